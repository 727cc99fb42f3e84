/**
 * How hard it is to guess what a person typed: rather too little than too much. Whoever guesses tries
 * words, years and rows of keys first, so a word counts by being one of some thousands and not by its
 * letters.
 */

/**
 * @param {string} text
 * @returns {number} whoever tries needs about two to the power of this many attempts
 */
export function typedBits(text) {
  /** @type {Set<string>} */
  const seen = new Set();
  let bits = 0;
  for (const [run] of text.slice(0, MOST_READ).matchAll(RUNS)) {
    const low = run.toLowerCase();
    bits += seen.has(low) ? AGAIN_BITS : worth(run);
    seen.add(low);
  }
  return bits;
}

/** @param {string} run letters alone, digits alone, or what stands between them */
function worth(run) {
  const units = [...run];
  if (new Set(run.toLowerCase()).size === 1) return ROW_BITS;
  if (/^\p{N}/u.test(run)) {
    if (isRow(units)) return ROW_BITS;
    return /^(19|20)\d\d$/.test(run) ? YEAR_BITS : units.length * DIGIT_BITS;
  }
  if (!/^\p{L}/u.test(run)) return Math.min(units.length, WORD_BITS);
  if (isRow(units)) return ROW_BITS;
  const inWord = Math.min(FIRST_LETTER_BITS + units.length * LETTER_BITS, WORD_BITS);
  const beyond = Math.max(0, units.length - LONG_WORD);
  const turned = /^\p{Lu}?\P{Lu}*$|^\p{Lu}+$/u.test(run) ? 0 : CASE_BITS;
  return inWord + beyond + turned;
}

/** Whether each is the one after, or before, the one before it. @param {string[]} units */
function isRow(units) {
  const steps = units.slice(1).map((unit, index) => (unit.codePointAt(0) ?? 0) - (units[index]?.codePointAt(0) ?? 0));
  const [first = 0] = steps;
  return units.length > 2 && Math.abs(first) === 1 && steps.every((step) => step === first);
}

const RUNS = /[\p{L}\p{M}]+|\p{N}+|[^\p{L}\p{M}\p{N}]+/gu;
/** What is longer is strong already, or does not get stronger by it. */
const MOST_READ = 256;
const AGAIN_BITS = 1;
/** The same again and again, or one after the other. */
const ROW_BITS = 3;
const YEAR_BITS = 6;
const DIGIT_BITS = 3.3;
const FIRST_LETTER_BITS = 2;
const LETTER_BITS = 1.5;
/** A word people think of is one of some two thousand. */
const WORD_BITS = 11;
/** What is longer is more than a word, or a rare one. */
const LONG_WORD = 10;
const CASE_BITS = 2;
