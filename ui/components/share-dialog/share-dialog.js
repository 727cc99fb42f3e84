/**
 * <share-dialog> — how others are invited: a link, its QR code, or a text to send. A private room's
 * password is in none of them until the person said that they know what that means.
 *
 * @import {QrCode, Room} from "../../types/ipc.js"
 */
import { button, el, icon } from "../../lib/dom.js";
import { intend } from "../../lib/intend.js";
import { words } from "../../lib/words.js";

/** @typedef {Pick<Room, "name" | "private" | "links">} Shared */

export class ShareDialog extends HTMLElement {
  #dialog = el("dialog", { className: "dialog", tabIndex: -1 });
  /** @type {Shared | null} */
  #room = null;
  #web = el("input", { type: "radio", name: "share-kind", checked: true });
  #app = el("input", { type: "radio", name: "share-kind" });
  #consent = el("input", { type: "checkbox", id: "share-consent" });
  #link = el("input", { id: "share-link", type: "text", readOnly: true, dir: "ltr" });
  #linkHint = el("p", { id: "share-link-hint", className: "hint" });
  #copy = button("copy", words.share.copy, { autofocus: true });
  #qr = el("qr-view");
  #scan = el("p", { className: "hint" });
  #save = button("down", words.share.saveQr, { quiet: true });
  #saved = el("p", { className: "hint", role: "status" });
  #invitation = el("textarea", { id: "share-invitation", readOnly: true, rows: 4, dir: "auto" });

  connectedCallback() {
    if (this.firstChild) return;
    for (const input of [this.#web, this.#app, this.#consent]) {
      input.addEventListener("change", () => this.#draw());
    }
    for (const field of [this.#link, this.#invitation]) field.addEventListener("focus", () => field.select());
    this.#link.setAttribute("aria-describedby", this.#linkHint.id);
    this.#copy.classList.add("primary");
    this.#copy.addEventListener("click", () =>
      this.#give(this.#link.value, this.#consent.checked ? words.room.secretCopied : words.room.linkCopied),
    );
    this.#save.addEventListener("click", () => intend(this, { kind: "saveQr", text: this.#link.value }));
    this.append(this.#dialog);
  }

  /** @param {Shared} room */
  show(room) {
    this.#room = room;
    this.#web.checked = true;
    this.#consent.checked = false;
    const title = el("h2", { id: "share-dialog-title" }, words.share.title(room.name));
    this.#dialog.setAttribute("aria-labelledby", title.id);
    const close = button("close", words.close, { quiet: true });
    close.addEventListener("click", () => this.#dialog.close());
    const text = button("copy", words.share.copyInvitation);
    text.addEventListener("click", () => this.#give(this.#invitation.value, words.share.invitationCopied));
    this.#dialog.replaceChildren(
      title,
      el(
        "fieldset",
        { className: "segments" },
        el("legend", { className: "visually-hidden" }, words.share.kind),
        el("label", {}, this.#web, el("span", {}, words.share.web)),
        el("label", {}, this.#app, el("span", {}, words.share.app)),
      ),
      el(
        "div",
        { className: "field" },
        el("label", { htmlFor: this.#link.id }, words.share.link),
        el("div", { className: "field-row" }, this.#link, this.#copy),
        this.#linkHint,
      ),
      room.links.secret ? this.#secret() : "",
      el(
        "div",
        { className: "ways" },
        el("figure", {}, this.#qr, el("figcaption", {}, this.#scan, this.#save, this.#saved)),
        el(
          "div",
          { className: "field" },
          el("label", { htmlFor: this.#invitation.id }, words.share.invitation),
          this.#invitation,
          text,
        ),
      ),
      el("div", { className: "buttons" }, close),
    );
    this.#draw();
    this.#dialog.showModal();
  }

  /** @param {string} text what it holds @param {QrCode | null} code nothing if it could not be drawn */
  showQr(text, code) {
    if (text !== this.#link.value || !this.#room) return;
    this.#scan.textContent = code ? words.share.scan : words.qr.none;
    this.#save.hidden = !code;
    if (!code) return;
    const { name } = this.#room;
    this.#qr.show(code, this.#consent.checked ? words.qr.altSecret(name) : words.qr.alt(text));
  }

  /** What became of the wish to keep the code as a picture. @param {string} text in words */
  saved(text) {
    this.#saved.textContent = text;
  }

  #draw() {
    const room = this.#room;
    if (!room) return;
    const secret = this.#consent.checked ? room.links.secret : undefined;
    const links = secret ?? room.links;
    const link = this.#web.checked ? links.web : links.app;
    this.#link.value = link;
    this.#linkHint.textContent = [
      this.#web.checked ? words.share.webHint : words.share.appHint,
      room.private ? (secret ? words.share.withSecret : words.share.withoutSecret) : "",
    ].join(" ");
    this.#copy.replaceChildren(
      icon(secret ? "lock" : "copy"),
      el("span", {}, secret ? words.share.secretCopy : words.share.copy),
    );
    this.#dialog.classList.toggle("with-secret", secret !== undefined);
    const { textPublic, textPrivate, textSecret } = words.share;
    const text = secret ? textSecret : room.private ? textPrivate : textPublic;
    this.#invitation.value = text(room.name, link);
    this.#scan.textContent = "";
    this.#saved.textContent = "";
    this.#save.hidden = true;
    this.#qr.clear();
    intend(this, { kind: "drawQr", text: link });
  }

  #secret() {
    return el(
      "section",
      { className: "secret" },
      el("h3", {}, words.share.secretTitle),
      el("p", { className: "caution" }, icon("caution"), el("span", {}, words.share.secretWarning)),
      el("label", { className: "check" }, this.#consent, el("span", {}, words.share.secretConsent)),
    );
  }

  /** @param {string} text @param {string} done */
  #give(text, done) {
    this.#dialog.close();
    intend(this, { kind: "copy", text, done });
  }
}

customElements.define("share-dialog", ShareDialog);
