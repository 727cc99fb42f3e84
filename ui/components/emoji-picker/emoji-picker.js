/**
 * <emoji-picker> — one emoji out of many: the common ones, or those a word finds. Floats beside the
 * button that asked for it; the search field keeps the focus and the arrow keys move in the grid.
 *
 * Wants `findEmoji`.
 *
 * @import {Emoji} from "../../types/ipc.js"
 */
import { placeBeside } from "../../lib/beside.js";
import { el } from "../../lib/dom.js";
import { intend } from "../../lib/intend.js";
import { bringIntoSight } from "../../lib/sight.js";
import { words } from "../../lib/words.js";

export class EmojiPicker extends HTMLElement {
  /** @type {(emoji: string) => void} */
  #chosen = () => {};
  /** @type {() => void} */
  #closed = () => {};
  /** @type {HTMLElement[]} */
  #options = [];
  #at = -1;
  #asked = 0;
  #field = el("input", {
    type: "search",
    role: "combobox",
    ariaLabel: words.emoji.search,
    placeholder: words.emoji.search,
    autocomplete: "off",
    spellcheck: false,
    attributes: { "aria-describedby": "emoji-note", "aria-controls": "emoji-options", "aria-expanded": "true", "aria-autocomplete": "list" },
  });
  #grid = el("div", { id: "emoji-options", className: "grid", role: "listbox", ariaLabel: words.emoji.title });
  #told = el("p", { className: "told", role: "status" });
  #note = el("p", { id: "emoji-note", className: "note" });
  #box = el("div", { className: "box", popover: "auto", role: "dialog", ariaLabel: words.emoji.title });

  connectedCallback() {
    if (this.firstChild) return;
    this.#box.append(this.#field, this.#grid, this.#note, this.#told);
    this.append(this.#box);
    this.#field.addEventListener("input", () => this.#find());
    this.#field.addEventListener("keydown", (pressed) => this.#move(pressed));
    this.#grid.addEventListener("pointerdown", (event) => event.preventDefault());
    this.#grid.addEventListener("click", ({ target }) => {
      const option = target instanceof Element ? target.closest("[role=option]") : null;
      if (option instanceof HTMLElement) this.#choose(option);
    });
    // Before it is gone, so that whoever types on does not lose a letter to what comes after.
    this.#box.addEventListener("beforetoggle", (event) => {
      if (/** @type {ToggleEvent} */ (event).newState === "closed") this.#closed();
    });
  }

  /**
   * @param {object} wish
   * @param {HTMLElement} wish.anchor
   * @param {string} [wish.note] what one should know before one chooses
   * @param {(emoji: string) => void} wish.chosen
   * @param {() => void} [wish.closed] in any case, when it is put away
   */
  open({ anchor, note = "", chosen, closed = () => anchor.focus() }) {
    this.#chosen = chosen;
    this.#closed = closed;
    this.#field.value = "";
    this.#note.textContent = note;
    this.#note.hidden = note === "";
    this.#box.showPopover();
    placeBeside(this.#box, anchor);
    this.#field.focus();
    this.#find();
  }

  #find() {
    const asked = ++this.#asked;
    intend(this, {
      kind: "findEmoji",
      query: this.#field.value.trim().replace(/^:|:$/g, ""),
      answer: (found) => {
        if (asked === this.#asked) this.#show(found);
      },
    });
  }

  /** @param {Emoji[]} found */
  #show(found) {
    this.#options = found.map(({ emoji, name, shortcode }, index) =>
      el("span", { id: `emoji-${index}`, role: "option", className: "emoji", ariaLabel: name, title: `${name} :${shortcode}:`, ariaSelected: "false", dataset: { emoji } }, emoji),
    );
    this.#grid.replaceChildren(...this.#options);
    const searched = this.#field.value.trim() !== "";
    this.#told.textContent = found.length === 0 ? words.emoji.none : searched ? words.emoji.found(found.length) : "";
    this.#goTo(searched && found.length > 0 ? 0 : -1);
  }

  /** @param {KeyboardEvent} pressed */
  #move(pressed) {
    if (pressed.isComposing) return;
    const here = this.#options[this.#at];
    if (pressed.key === "Enter") {
      pressed.preventDefault();
      if (here) this.#choose(here);
      return;
    }
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: this.#columns(), ArrowUp: -this.#columns() }[pressed.key];
    if (step === undefined || this.#options.length === 0) return;
    // Before the grid is entered, left and right belong to what is typed.
    if (this.#at < 0 && Math.abs(step) === 1 && this.#field.value !== "") return;
    pressed.preventDefault();
    this.#goTo(this.#at < 0 ? 0 : Math.max(0, Math.min(this.#options.length - 1, this.#at + step)));
  }

  /** @param {number} at */
  #goTo(at) {
    this.#options[this.#at]?.setAttribute("aria-selected", "false");
    this.#at = at;
    const option = this.#options[at];
    option?.setAttribute("aria-selected", "true");
    if (option) bringIntoSight(this.#grid, option);
    if (option) this.#field.setAttribute("aria-activedescendant", option.id);
    else this.#field.removeAttribute("aria-activedescendant");
  }

  #columns() {
    const [first] = this.#options;
    return Math.max(1, this.#options.findIndex((it) => it.offsetTop !== first?.offsetTop));
  }

  /** @param {HTMLElement} option */
  #choose(option) {
    const { emoji = "" } = option.dataset;
    this.#box.hidePopover();
    this.#chosen(emoji);
  }
}

customElements.define("emoji-picker", EmojiPicker);
