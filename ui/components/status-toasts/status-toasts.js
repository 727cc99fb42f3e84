/** <status-toasts> — short news about what one just did. They go by themselves and are read out. */
import { el, icon } from "../../lib/dom.js";

export class StatusToasts extends HTMLElement {
  #good = el("div", { role: "status" });
  #bad = el("div", { role: "alert" });

  connectedCallback() {
    if (this.firstChild) return;
    this.append(this.#good, this.#bad);
  }

  /** @param {string} text */
  say(text) {
    this.#add(this.#good, "check", text, SHOWN_MS);
  }

  /** @param {string} text */
  warn(text) {
    this.#add(this.#bad, "caution", text, WARNING_SHOWN_MS);
  }

  /** @param {HTMLElement} place @param {string} picture @param {string} text @param {number} shown */
  #add(place, picture, text, shown) {
    const toast = el("p", { className: "toast" }, icon(picture), el("span", {}, text));
    // One of a kind is enough: the newest says what counts.
    place.replaceChildren(toast);
    setTimeout(() => toast.remove(), shown);
  }
}

const SHOWN_MS = 4_000;
const WARNING_SHOWN_MS = 10_000;

customElements.define("status-toasts", StatusToasts);
