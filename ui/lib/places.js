/**
 * A place to talk: a room, or a private talk that goes through it.
 *
 * @import {Place} from "../types/intention.js"
 */

/** @param {Place | null} one @param {Place | null} other */
export const isSamePlace = (one, other) => one?.room === other?.room && one?.with === other?.with;

/** @param {Place | null} place @returns {string} for the address of the page */
export const hashOf = (place) =>
  place === null ? "#" : `#${[place.room, place.with].filter((it) => it !== undefined).map(encodeURIComponent).join("/")}`;

/** @param {string} hash @returns {Place | null} */
export function placeOf(hash) {
  const [room = "", person] = hash.slice(1).split("/").map(decoded);
  return room === "" ? null : person === undefined ? { room } : { room, with: person };
}

/** @param {string} text */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}
