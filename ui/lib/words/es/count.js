/** How Spanish counts. */

/** @param {number} count @param {string} one @param {string} many */
export const counted = (count, one, many) => `${count} ${count === 1 ? one : many}`;

/** @param {number} seconds */
export const inSeconds = (seconds) =>
  seconds < 90 ? counted(seconds, "segundo", "segundos") : counted(Math.round(seconds / 60), "minuto", "minutos");

/** @param {string[]} names */
export const listed = (names) => new Intl.ListFormat("es").format(names);
