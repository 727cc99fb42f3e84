/**
 * What tells people apart at a glance.
 *
 * @import {Likeness} from "../types/ipc.js"
 */

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
 * Whether a name is what oneself is called here, in a language of ours: under it anybody could be
 * taken for oneself.
 *
 * @param {string} called
 */
export const isCalledLikeOneself = (called) => ONESELF.has(called.normalize("NFKD").replace(/[^\p{L}]/gu, "").toLowerCase());

/**
 * How somebody is told apart from others in what they say.
 *
 * @typedef {object} Looks
 * @property {string} tint
 * @property {string | null} animal the name that nobody chooses, where the chosen one can be mistaken
 * @property {Likeness | null} imitates whom they may be taken for
 */

/**
 * The tint a person has as long as nobody else needs it, always the same for the same person.
 *
 * @param {string} person
 */
export const tint = (person) => String(wanted(person));

/** @param {string} person */
function wanted(person) {
  let sum = 0;
  for (let index = 0; index < person.length; index++) sum = (sum * 31 + person.charCodeAt(index)) >>> 0;
  return sum % TINTS;
}

/**
 * The tints in one room. Whoever comes gets one that nobody who is there has, as long as there are
 * any, and keeps it while they are there; if possible it is the one they have everywhere. Whom one
 * talks with alone keeps theirs also while away.
 */
export class Tints {
  /** Whoever came last stands last. @type {Map<string, number>} */
  #given = new Map();
  /** @type {Set<string>} */
  #here = new Set();

  /** @param {string[]} people who is there, oneself first @param {string[]} [known] whom one talks with alone, there or away */
  seat(people, known = []) {
    const kept = new Set(known.filter((person) => this.#given.has(person)));
    const here = new Set(people.filter((person) => this.#here.has(person)));
    for (const person of people) {
      if (here.has(person)) continue;
      if (!kept.has(person)) this.#give(person, here, kept);
      here.add(person);
    }
    for (const person of known) {
      if (this.#given.has(person)) continue;
      this.#give(person, here, kept);
      kept.add(person);
    }
    this.#here = here;
    this.#forget(new Set(known));
  }

  /** @param {string} person also one who was there, or never was */
  of(person) {
    return String(this.#given.get(person) ?? wanted(person));
  }

  /** @param {string} person @param {Set<string>} here @param {Set<string>} kept */
  #give(person, here, kept) {
    const first = this.#given.get(person) ?? wanted(person);
    const taken = [...here].map((other) => this.#given.get(other));
    const away = [...kept].filter((other) => !here.has(other)).map((other) => this.#given.get(other));
    const count = (/** @type {(number | undefined)[]} */ all, /** @type {number} */ it) => all.filter((other) => other === it).length;
    // Those who are there count first.
    const uses = (/** @type {number} */ it) => count(taken, it) * (away.length + 1) + count(away, it);
    const all = Array.from({ length: TINTS }, (_, step) => (first + step) % TINTS);
    const least = Math.min(...all.map(uses));
    const free = all.find((it) => uses(it) === least) ?? first;
    this.#given.delete(person);
    this.#given.set(person, free);
  }

  /** Of those who went, only the last are remembered. @param {Set<string>} known */
  #forget(known) {
    for (const person of this.#given.keys()) {
      if (this.#given.size - this.#here.size <= MOST_REMEMBERED) return;
      if (!this.#here.has(person) && !known.has(person)) this.#given.delete(person);
    }
  }
}

/** Without their accents. */
const ONESELF = new Set(["you", "me", "i", "myself", "tu", "yo", "ti", "vos", "usted"]);
/** A letter, a digit or a picture; not a mark that only turns or joins others. */
const VISIBLE = /[\p{L}\p{N}\p{Extended_Pictographic}]/u;
/** How many tints `tokens.css` has. */
export const TINTS = 12;
/** Who comes back soon is to look as before. */
const MOST_REMEMBERED = 200;
