/** <confirm-dialog> — asks once more before something that cannot be undone, or that others notice. */
import { button, el } from "../../lib/dom.js";

/**
 * @typedef {object} Question
 * @property {string} title
 * @property {(string | Node)[]} lead one paragraph each
 * @property {string} yes
 * @property {string} no
 * @property {string} picture the icon of yes
 * @property {boolean} [isWarned] whether something speaks against it, so that yes does not look like the way on
 */

export class ConfirmDialog extends HTMLElement {
  #dialog = el("dialog", { className: "dialog", tabIndex: -1 });
  /** @type {(sure: boolean) => void} */
  #answer = () => {};

  connectedCallback() {
    if (this.firstChild) return;
    this.append(this.#dialog);
    this.#dialog.addEventListener("close", () => this.#answered(false));
  }

  /**
   * A stray Enter is never a yes: the focus begins on what changes nothing.
   *
   * @param {Question} question
   * @returns {Promise<boolean>} whether the person is sure
   */
  ask({ title, lead, yes, no, picture, isWarned = false }) {
    this.#answered(false);
    const stay = button("close", no, { quiet: !isWarned, autofocus: true });
    stay.addEventListener("click", () => this.#dialog.close());
    const go = button(picture, yes);
    go.classList.toggle("primary", !isWarned);
    go.addEventListener("click", () => {
      this.#answered(true);
      this.#dialog.close();
    });
    const heading = el("h2", { id: "confirm-dialog-title" }, title);
    this.#dialog.setAttribute("aria-labelledby", heading.id);
    this.#dialog.replaceChildren(
      heading,
      ...lead.map((part) => (typeof part === "string" ? el("p", {}, part) : part)),
      el("div", { className: "buttons" }, stay, go),
    );
    this.#dialog.showModal();
    return new Promise((answer) => {
      this.#answer = answer;
    });
  }

  /** @param {boolean} sure */
  #answered(sure) {
    this.#answer(sure);
    this.#answer = () => {};
  }
}

customElements.define("confirm-dialog", ConfirmDialog);
