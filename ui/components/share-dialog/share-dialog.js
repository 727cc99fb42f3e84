/**
 * <share-dialog> — the links that invite others. A private room's password leaves only by the
 * link made for it, and only after the person said they know what that means.
 *
 * @import {Room} from "../../types/ipc.js"
 */
import { button, el, icon } from "../../lib/dom.js";
import { intend } from "../../lib/intend.js";
import { words } from "../../lib/words.js";

export class ShareDialog extends HTMLElement {
  #dialog = el("dialog", { className: "dialog" });

  connectedCallback() {
    if (this.firstChild) return;
    this.append(this.#dialog);
  }

  /** @param {Pick<Room, "name" | "private" | "links">} room */
  show(room) {
    const title = el("h2", { id: "share-dialog-title" }, words.share.title(room.name));
    this.#dialog.setAttribute("aria-labelledby", title.id);
    const close = button("close", words.close, { quiet: true });
    close.addEventListener("click", () => this.#dialog.close());
    this.#dialog.replaceChildren(
      title,
      this.#link("share-web", words.share.web, room.links.web, room.private ? words.share.webHintPrivate : words.share.webHint, true),
      this.#link("share-app", words.share.app, room.links.app, "", false),
      room.links.secret ? this.#secret(room.links.secret.web) : "",
      el("div", { className: "buttons" }, close),
    );
    this.#dialog.showModal();
  }

  /** @param {string} id @param {string} label @param {string} link @param {string} hint @param {boolean} first */
  #link(id, label, link, hint, first) {
    const field = el("input", { id, type: "text", readOnly: true, value: link, dir: "ltr" });
    field.addEventListener("focus", () => field.select());
    const copy = button("copy", words.share.copy, { autofocus: first });
    copy.setAttribute("aria-describedby", `${id}-label`);
    if (first) copy.classList.add("primary");
    copy.addEventListener("click", () => {
      this.#dialog.close();
      intend(this, { kind: "copy", text: link, done: words.room.linkCopied });
    });
    return el(
      "div",
      { className: "field" },
      el("label", { htmlFor: id, id: `${id}-label` }, label),
      el("div", { className: "field-row" }, field, copy),
      hint ? el("p", { className: "hint" }, hint) : null,
    );
  }

  /** @param {string} link */
  #secret(link) {
    const consent = el("input", { type: "checkbox", id: "share-consent" });
    const copy = button("lock", words.share.secretCopy, { disabled: true });
    consent.addEventListener("change", () => {
      copy.disabled = !consent.checked;
    });
    copy.addEventListener("click", () => {
      this.#dialog.close();
      intend(this, { kind: "copy", text: link, done: words.room.secretCopied });
    });
    return el(
      "section",
      { className: "secret" },
      el("h3", {}, words.share.secretTitle),
      el("p", { className: "caution" }, icon("caution"), el("span", {}, words.share.secretWarning)),
      el("label", { className: "check" }, consent, el("span", {}, words.share.secretConsent)),
      copy,
    );
  }
}

customElements.define("share-dialog", ShareDialog);
