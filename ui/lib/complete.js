/** What the word before the caret may become: somebody’s name after an at sign, an emoji after a colon. */

/** @typedef {{ kind: "emoji" | "mention", query: string, start: number }} Begun `start` is where its sign stands */

/**
 * @param {string} text
 * @param {number} caret
 * @returns {Begun | null}
 */
export function begun(text, caret) {
  const before = text.slice(Math.max(0, caret - LONGEST), caret);
  const match = EMOJI.exec(before) ?? MENTION.exec(before);
  if (!match) return null;
  const [, sign = "", query = ""] = match;
  return {
    kind: sign === ":" ? "emoji" : "mention",
    query,
    start: caret - query.length - sign.length,
  };
}

/**
 * @param {string} text
 * @param {number} start
 * @param {number} caret
 * @param {string} whole what stands there instead; a blank follows it
 * @returns {{ text: string, caret: number }}
 */
export function completed(text, start, caret, whole) {
  const after = text.slice(caret);
  const put = after.startsWith(" ") ? whole : `${whole} `;
  const at = start + whole.length + 1;
  return { text: text.slice(0, start) + put + after, caret: at };
}

/**
 * The names that go on like the query, best first; each once.
 *
 * @param {string[]} names
 * @param {string} query
 */
export function namesLike(names, query) {
  const wanted = query.toLocaleLowerCase();
  const starts = (/** @type {string} */ text) => text.toLocaleLowerCase().startsWith(wanted);
  const unlike = [...new Set(names)].filter((name) => name !== "");
  const first = unlike.filter(starts);
  const later = unlike.filter((name) => !first.includes(name) && name.split(/\s+/u).some(starts));
  return [...first, ...later].slice(0, MOST_NAMES);
}

/** Two letters at least: one colon is punctuation. */
const EMOJI = /(?:^|[\s(])(:)([\p{L}\p{N}_+-]{2,32})$/u;
/** Names have blanks in them, so a query may; it ends with the line. */
const MENTION = /(?:^|[\s(])(@)([^@\n]{0,40})$/u;
/** As far back as a word is looked for. */
const LONGEST = 48;
const MOST_NAMES = 8;
