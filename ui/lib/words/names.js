/** Sentences with names in them, in any language. The names stand at odd places. */

/**
 * @param {string} language
 * @param {string[]} names
 * @param {(more: number) => string} others what stands for those who are not named
 * @returns {string[]}
 */
export function named(language, names, others) {
  const shown = names.length > MOST_NAMED + 1 ? names.slice(0, MOST_NAMED) : names;
  const more = names.length - shown.length;
  const parts = new Intl.ListFormat(language).formatToParts(more > 0 ? [...shown, others(more)] : shown);
  let left = shown.length;
  return parts.reduce(
    (said, { type, value }) => (type === "element" && left-- > 0 ? [...said, value, ""] : extended(said, value)),
    [""],
  );
}

/**
 * What is said one after the other, as one sentence.
 *
 * @param {string[][]} all
 * @returns {string[]}
 */
export const joined = (all) =>
  all.reduce((said, [first = "", ...rest], index) => [...extended(said, index === 0 ? capital(first) : `; ${first}`), ...rest], [""]);

/** @param {string} before @param {string[]} named @param {string} after */
export const around = (before, named, after) => extended([`${before}${named[0] ?? ""}`, ...named.slice(1)], after);

/** @param {string[]} said @param {string} text */
const extended = (said, text) => [...said.slice(0, -1), `${said.at(-1) ?? ""}${text}`];

/** @param {string} text */
const capital = (text) => text.slice(0, 1).toLocaleUpperCase() + text.slice(1);

/** Of those who came or went at once; the rest are counted. */
const MOST_NAMED = 2;
