/**
 * <typing-line> — who is writing. Always as high as one line, so that nothing jumps; not read out,
 * since it changes all the time.
 */
import { name } from "../../lib/dom.js";
import { words } from "../../lib/words.js";

export class TypingLine extends HTMLElement {
  /** @param {string[]} names */
  show(names) {
    const parts = words.typing(names);
    this.replaceChildren(...parts.map((part, index) => (index % 2 === 1 ? name(part) : part)));
  }
}

customElements.define("typing-line", TypingLine);
