/** What tells people apart at a glance. */

/**
 * The letter on somebody's badge.
 *
 * @param {string} name
 */
export function initial(name) {
  const [first] = new Intl.Segmenter(undefined, { granularity: "grapheme" }).segment(name.trim());
  return first ? first.segment.toLocaleUpperCase() : "?";
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

/** How many tints `tokens.css` has. */
const TINTS = 8;
