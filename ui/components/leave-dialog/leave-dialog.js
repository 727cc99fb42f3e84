/** <leave-dialog> — asks before messages are lost, and before files stop on their way. */
import { button, el } from "../../lib/dom.js";
import { words } from "../../lib/words.js";

export class LeaveDialog extends HTMLElement {
  #dialog = el("dialog", { className: "dialog", tabIndex: -1 });

  connectedCallback() {
    if (this.firstChild) return;
    this.append(this.#dialog);
  }

  /** @param {string} room its name @param {string[]} lost what would be, a paragraph each @param {() => void} leave */
  ask(room, lost, leave) {
    const stay = button("close", words.leave.stay, { quiet: true, autofocus: true });
    stay.addEventListener("click", () => this.#dialog.close());
    const go = button("leave", words.leave.leave);
    go.classList.add("primary");
    go.addEventListener("click", () => {
      this.#dialog.close();
      leave();
    });
    const title = el("h2", { id: "leave-dialog-title" }, words.leave.title(room));
    this.#dialog.setAttribute("aria-labelledby", title.id);
    this.#dialog.replaceChildren(
      title,
      ...lost.map((it) => el("p", {}, it)),
      el("div", { className: "buttons" }, stay, go),
    );
    this.#dialog.showModal();
  }
}

customElements.define("leave-dialog", LeaveDialog);
