/**
 * How elements say what the person wants. They do nothing themselves.
 *
 * @import {Intention} from "../types/intention.js"
 */

/** @param {HTMLElement} element @param {Intention} intention */
export function intend(element, intention) {
  element.dispatchEvent(new CustomEvent("intention", { bubbles: true, detail: intention }));
}
