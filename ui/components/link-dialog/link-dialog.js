/** <link-dialog> — shows where a link in a message leads before it is followed. */
import { destination } from "../../lib/address.js";
import { button, el, icon, name } from "../../lib/dom.js";
import { intend } from "../../lib/intend.js";
import { words } from "../../lib/words.js";

export class LinkDialog extends HTMLElement {
  #dialog = el("dialog", { className: "dialog", tabIndex: -1 });

  connectedCallback() {
    if (this.firstChild) return;
    this.append(this.#dialog);
  }

  /** @param {string} url @param {string} shown the text of the link */
  ask(url, shown) {
    const to = destination(url, shown);
    if (!to) return;
    const cautions = [
      to.different ? words.link.different : null,
      to.disguised ? words.link.disguised : null,
      to.encrypted ? null : words.link.unencrypted,
    ].filter((it) => it !== null);
    // Who was warned must not go on by a stray Enter.
    const isWarned = cautions.length > 0;
    const cancel = button("close", words.cancel, { quiet: !isWarned, autofocus: isWarned });
    cancel.addEventListener("click", () => this.#dialog.close());
    const copy = button("copy", words.copy, { quiet: true });
    copy.addEventListener("click", () => {
      this.#dialog.close();
      intend(this, { kind: "copy", text: url, done: words.copied });
    });
    const open = button("outside", to.kind === "mail" ? words.link.openMail : words.link.open, { autofocus: !isWarned });
    open.classList.toggle("primary", !isWarned);
    open.addEventListener("click", () => {
      this.#dialog.close();
      intend(this, { kind: "open", url });
    });
    const title = el("h2", { id: "link-dialog-title" }, words.link.title);
    this.#dialog.setAttribute("aria-labelledby", title.id);
    this.#dialog.replaceChildren(
      title,
      el("p", {}, to.kind === "mail" ? words.link.mail : words.link.leads),
      el("p", { className: "host", dir: "ltr" }, name(to.host)),
      ...cautions.map((caution) => el("p", { className: "caution" }, icon("caution"), caution)),
      el("p", { className: "tag" }, words.link.full),
      el("p", { className: "address", dir: "ltr", tabIndex: 0 }, url),
      el("div", { className: "buttons" }, cancel, copy, open),
    );
    this.#dialog.showModal();
  }
}

customElements.define("link-dialog", LinkDialog);
