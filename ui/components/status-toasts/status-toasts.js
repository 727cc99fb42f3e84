/**
 * <status-toasts> — short news about what one just did. They go by themselves and are read out, also
 * where a dialog is open: it covers everything that came before it, and silences all around it.
 */
import { el, icon } from "../../lib/dom.js";

export class StatusToasts extends HTMLElement {
  #good = el("div", { role: "status" });
  #bad = el("div", { role: "alert" });

  connectedCallback() {
    if (this.firstChild) return;
    this.popover = "manual";
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
    if (this.matches(":popover-open")) this.hidePopover();
    this.showPopover();
    const echo = echoed(place.role ?? "status", text);
    setTimeout(() => {
      toast.remove();
      echo?.remove();
      if (this.querySelector(".toast") === null && this.isConnected) this.hidePopover();
    }, shown);
  }
}

/**
 * Says the same inside of the dialog that is open.
 *
 * @param {string} role
 * @param {string} text
 */
function echoed(role, text) {
  const dialog = document.querySelector("dialog:modal");
  if (!dialog) return null;
  const echo = el("p", { role, className: "visually-hidden" });
  dialog.append(echo);
  // Only what changes is read out.
  setTimeout(() => {
    echo.textContent = text;
  }, ECHO_MS);
  return echo;
}

const ECHO_MS = 100;
const SHOWN_MS = 4_000;
const WARNING_SHOWN_MS = 10_000;

customElements.define("status-toasts", StatusToasts);
