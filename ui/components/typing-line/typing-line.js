/**
 * <typing-line> — who is writing. Always as high as one line, so that nothing jumps; not read out,
 * since it changes all the time.
 */
import { el, name } from "../../lib/dom.js";
import { words } from "../../lib/words.js";

export class TypingLine extends HTMLElement {
  /** @param {string[]} names */
  show(names) {
    const parts = words.typing(names);
    // In an element of their own: WebKit leaves bare words that go away on the screen.
    this.replaceChildren(...parts.map((part, index) => (index % 2 === 1 ? name(part) : el("span", {}, part))));
  }
}

customElements.define("typing-line", TypingLine);
