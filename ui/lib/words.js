/**
 * All words the page says, in the person's language as far as there is a catalogue for it.
 * Another language is one more file beside `words/en.js`, of the same shape, and one line here.
 */
import { en } from "./words/en.js";
import { es } from "./words/es.js";

/** @type {Record<string, typeof en>} */
const CATALOGUES = { en, es };

/** @param {readonly string[]} languages as the person prefers them */
export function wordsFor(languages) {
  for (const language of languages) {
    const catalogue = CATALOGUES[base(language)];
    if (catalogue) return catalogue;
  }
  return en;
}

/** The catalogue in use. What was drawn before `speak` stays as it is until it is made anew. */
export let words = wordsFor(languages());

/**
 * Turns to another language.
 *
 * @param {string} language "system", or what `<html lang>` takes
 * @returns {boolean} whether that is another one than before
 */
export function speak(language) {
  const before = words;
  words = wordsFor(language === "system" ? languages() : [language]);
  return words !== before;
}

/** How times and numbers are written: as where the person lives, if that speaks the language. */
export const locale = () => languages().find((it) => base(it) === words.language) ?? words.language;

function languages() {
  return globalThis.navigator?.languages ?? [];
}

/** @param {string} language */
function base(language) {
  return language.toLowerCase().split("-")[0] ?? "";
}
