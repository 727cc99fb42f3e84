/** What tells people apart at a glance. */

/**
 * The letter on somebody's badge.
 *
 * @param {string} name
 */
export function initial(name) {
  for (const { segment } of new Intl.Segmenter(undefined, { granularity: "grapheme" }).segment(name)) {
    if (VISIBLE.test(segment)) return segment.toLocaleUpperCase();
  }
  return "?";
}

/**
 * One of the tints, always the same for the same person.
 *
 * @param {string} id
 */
export function tint(id) {
  let sum = 0;
  for (let index = 0; index < id.length; index++) sum = (sum * 31 + id.charCodeAt(index)) >>> 0;
  return String(sum % TINTS);
}

/** A letter, a digit or a picture; not a mark that only turns or joins others. */
const VISIBLE = /[\p{L}\p{N}\p{Extended_Pictographic}]/u;
/** How many tints `tokens.css` has. */
const TINTS = 8;
