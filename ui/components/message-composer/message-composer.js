/**
 * <message-composer> — the box a message is written in. Keeps its draft as long as it lives.
 *
 * Wants `say` and `type`; `main.js` gives back what could not be said.
 */
import { button, el } from "../../lib/dom.js";
import { intend } from "../../lib/intend.js";
import { measure } from "../../lib/limits.js";
import { words } from "../../lib/words.js";

export class MessageComposer extends HTMLElement {
  room = "";
  /** @type {ReturnType<typeof setTimeout> | 0} */
  #stillTyping = 0;
  #box = el("textarea", {
    rows: 1,
    placeholder: words.composer.placeholder,
    ariaLabel: words.composer.label,
    dir: "auto",
    enterKeyHint: "send",
  });
  #count = el("p", { className: "count", role: "status" });
  #send = button("send", words.composer.send, { type: "submit", iconOnly: true, disabled: true });

  connectedCallback() {
    if (this.firstChild) return;
    const id = `composer-${++composers}`;
    const help = el("p", { id: `${id}-help`, className: "help" }, words.composer.help);
    this.#count.id = `${id}-count`;
    this.#box.setAttribute("aria-describedby", `${help.id} ${this.#count.id}`);
    const form = el(
      "form",
      {},
      el("div", { className: "box" }, this.#box, this.#send),
      el("div", { className: "under" }, this.#count, help),
    );
    this.append(form);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#box.addEventListener("keydown", (event) => {
      // While a word is being composed, Enter accepts the word. Safari's engine reports that
      // very key press as code 229 and as no longer composing.
      if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
      event.preventDefault();
      this.#submit();
    });
    this.#box.addEventListener("input", () => {
      this.#measured();
      this.#type(this.#box.value.trim() !== "");
    });
  }

  focus() {
    this.#box.focus();
  }

  /**
   * Puts back what could not be said, before whatever was written since.
   *
   * @param {string} text
   */
  giveBack(text) {
    this.#box.value = this.#box.value === "" ? text : `${text}\n${this.#box.value}`;
    this.#measured();
  }

  #submit() {
    const text = this.#box.value;
    if (!measure(text).sendable) return;
    this.#box.value = "";
    this.#measured();
    this.#type(false);
    intend(this, { kind: "say", room: this.room, text });
  }

  #measured() {
    const { sendable, left, counted } = measure(this.#box.value);
    this.#send.disabled = !sendable;
    this.#count.textContent = !counted
      ? ""
      : left < 0
        ? words.composer.over(-left)
        : words.composer.left(left);
    this.#count.classList.toggle("over", left < 0);
    this.#box.ariaInvalid = String(left < 0);
    // The box grows with its text, up to what the style allows.
    this.#box.style.height = "auto";
    this.#box.style.height = `${this.#box.scrollHeight + BORDERS_PX}px`;
  }

  /** @param {boolean} typing */
  #type(typing) {
    const was = this.#stillTyping !== 0;
    if (this.#stillTyping !== 0) clearTimeout(this.#stillTyping);
    this.#stillTyping = typing ? setTimeout(() => this.#type(false), TYPING_MS) : 0;
    if (was !== typing) intend(this, { kind: "type", room: this.room, typing });
  }
}

let composers = 0;
const BORDERS_PX = 2;
/** How long after the last key one counts as typing; the same as in browsers. */
const TYPING_MS = 2_000;

customElements.define("message-composer", MessageComposer);
