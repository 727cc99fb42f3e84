/**
 * All words the page says, in the person's language as far as there is a catalogue for it.
 * Another language is one more file beside `words/en.js`, of the same shape.
 */
import { en } from "./words/en.js";

/** @type {Record<string, typeof en>} */
const CATALOGUES = { en };

/** @param {readonly string[]} languages as the person prefers them */
export function wordsFor(languages) {
  for (const language of languages) {
    const catalogue = CATALOGUES[language.toLowerCase().split("-")[0] ?? ""];
    if (catalogue) return catalogue;
  }
  return en;
}

export const words = wordsFor(globalThis.navigator?.languages ?? []);
