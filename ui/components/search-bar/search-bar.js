/**
 * <search-bar> — finds a text in what was said in one place.
 *
 * Wants `search`. What it found it tells the transcript beside it, which knows where the lines are.
 *
 * @import {Place} from "../../types/intention.js"
 * @import {ChatTranscript} from "../chat-transcript/chat-transcript.js"
 */
import { button, el } from "../../lib/dom.js";
import { intend } from "../../lib/intend.js";
import { words } from "../../lib/words.js";

export class SearchBar extends HTMLElement {
  /** @type {Place} */
  place = { room: "" };
  /** @type {ChatTranscript | null} */
  transcript = null;
  /** @type {number[]} oldest first */
  #found = [];
  #at = -1;
  #asked = 0;
  /** @type {ReturnType<typeof setTimeout> | 0} */
  #waiting = 0;
  #field = el("input", { type: "search", ariaLabel: words.search.label, placeholder: words.search.label, dir: "auto", autocomplete: "off", spellcheck: false });
  #count = el("p", { className: "count", role: "status" });
  #earlier = button("up", words.search.earlier, { quiet: true, iconOnly: true, disabled: true });
  #later = button("down", words.search.later, { quiet: true, iconOnly: true, disabled: true });
  #close = button("close", words.search.close, { quiet: true, iconOnly: true });

  connectedCallback() {
    if (this.firstChild) return;
    this.role = "search";
    this.append(this.#field, this.#count, this.#earlier, this.#later, this.#close);
    this.#field.addEventListener("input", () => this.#search());
    this.addEventListener("keydown", (pressed) => {
      if (pressed.key === "Escape") this.close();
      else if (pressed.key === "Enter" && pressed.target === this.#field) this.#step(pressed.shiftKey ? 1 : -1);
      else return;
      pressed.preventDefault();
    });
    this.#earlier.addEventListener("click", () => this.#step(-1));
    this.#later.addEventListener("click", () => this.#step(1));
    this.#close.addEventListener("click", () => this.close());
  }

  open() {
    this.hidden = false;
    this.#field.focus();
    this.#field.select();
    if (this.#field.value !== "") this.#search();
  }

  close() {
    this.hidden = true;
    this.#asked += 1;
    this.#show([], "");
    this.dispatchEvent(new CustomEvent("write", { bubbles: true, detail: null }));
  }

  /** Something was said while one searches. */
  refresh() {
    if (this.hidden || this.#waiting !== 0 || this.#field.value.trim() === "") return;
    // Many lines at once are worth one search.
    this.#waiting = setTimeout(() => {
      this.#waiting = 0;
      if (!this.hidden) this.#search();
    }, REFRESH_MS);
  }

  #search() {
    const text = this.#field.value;
    const asked = ++this.#asked;
    if (text.trim() === "") {
      this.#show([], "");
      return;
    }
    intend(this, {
      kind: "search",
      place: this.place,
      text,
      answer: (lines) => {
        if (asked === this.#asked) this.#show(lines, text);
      },
    });
  }

  /** @param {number[]} lines @param {string} text */
  #show(lines, text) {
    const before = this.#found[this.#at];
    this.#found = this.transcript?.mark(lines, text) ?? [];
    // What came meanwhile does not take the reader from the match they are at.
    const still = before === undefined ? -1 : this.#found.indexOf(before);
    this.#at = still >= 0 ? still : this.#found.length - 1;
    this.#point(still < 0);
    this.#tell(text);
  }

  /** @param {number} by */
  #step(by) {
    const { length } = this.#found;
    if (length === 0) return;
    this.#at = (this.#at + by + length) % length;
    this.#point(true);
    this.#tell(this.#field.value);
  }

  /** @param {boolean} isNew whether one was elsewhere before */
  #point(isNew) {
    const key = this.#found[this.#at];
    if (key !== undefined) this.transcript?.point(key, isNew);
  }

  /** @param {string} text */
  #tell(text) {
    const { length } = this.#found;
    this.#earlier.disabled = length === 0;
    this.#later.disabled = length === 0;
    // Counted as one walks: from the newest, where one begins, to the oldest.
    this.#count.textContent =
      text.trim() === "" ? "" : length === 0 ? words.search.none : words.search.at(length - this.#at, length);
  }
}

const REFRESH_MS = 300;

customElements.define("search-bar", SearchBar);
