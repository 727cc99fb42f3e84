/**
 * <drop-veil> — says where files that are held above the window would go. It lies above the page and
 * takes no press: what is dropped is taken by the window as a whole.
 */
import { el, icon } from "../../lib/dom.js";

export class DropVeil extends HTMLElement {
  #said = el("p", { role: "status" });

  connectedCallback() {
    if (this.firstChild) return;
    this.hidden = true;
    this.append(el("div", {}, this.#said));
  }

  /** @param {string} said @param {boolean} takes whether they can be dropped here */
  show(said, takes) {
    this.#said.replaceChildren(icon(takes ? "clip" : "block"), el("span", {}, said));
    this.classList.toggle("refuses", !takes);
    this.hidden = false;
  }

  hide() {
    this.hidden = true;
    this.#said.replaceChildren();
  }
}

customElements.define("drop-veil", DropVeil);
