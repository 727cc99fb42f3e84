/**
 * <room-door> — the way into a room: by a name, or by any link to one.
 *
 * @import {ParsedLink} from "../../types/ipc.js"
 */
import { button, el, icon, name } from "../../lib/dom.js";
import { intend } from "../../lib/intend.js";
import { words } from "../../lib/words.js";

export class RoomDoor extends HTMLElement {
  /** @type {ParsedLink | null} what the text was last read as */
  #read = null;
  /** @type {ReturnType<typeof setTimeout> | 0} */
  #pause = 0;
  /** Whether the text was put in for the person. */
  #given = false;
  #text = el("input", {
    id: "door-room",
    type: "text",
    autocomplete: "off",
    autocapitalize: "off",
    spellcheck: false,
    required: true,
    dir: "auto",
  });
  #found = el("div", { id: "door-found", className: "found", role: "status", hidden: true });
  #fault = el("p", { id: "door-fault", className: "error", role: "alert" });
  #public = el("input", { type: "radio", name: "access", value: "public", checked: true });
  #private = el("input", { type: "radio", name: "access", value: "private" });
  #password = el("input", { id: "door-password", type: "password", autocomplete: "off", maxLength: MAX_PASSWORD });
  #showPassword = button("eye", words.door.showPassword, { quiet: true, iconOnly: true });
  #enter = button("enter", words.door.enter, { type: "submit" });
  #access = el("fieldset", { className: "access" });
  #passwordField = el("div", { className: "field", hidden: true });

  connectedCallback() {
    if (this.firstChild) return;
    const suggest = button("again", words.door.suggest, { quiet: true, iconOnly: true });
    suggest.addEventListener("click", () => intend(this, { kind: "suggestName" }));
    this.#text.setAttribute("aria-describedby", `${this.#found.id} ${this.#fault.id}`);
    this.#access.append(
      el("legend", {}, words.door.access),
      choice(this.#public, "world", words.door.public, words.door.publicHint),
      choice(this.#private, "lock", words.door.private, words.door.privateHint),
    );
    const hint = el("p", { id: "door-password-hint", className: "hint" }, words.door.passwordHint);
    this.#password.setAttribute("aria-describedby", hint.id);
    this.#passwordField.append(
      el("label", { htmlFor: this.#password.id }, words.door.password),
      el("div", { className: "field-row" }, this.#password, this.#showPassword),
      hint,
    );
    this.#enter.classList.add("primary", "wide");
    const form = el(
      "form",
      { noValidate: true },
      el(
        "div",
        { className: "field" },
        el("label", { htmlFor: this.#text.id }, words.door.room),
        el("div", { className: "field-row" }, this.#text, suggest),
        this.#found,
      ),
      this.#access,
      this.#passwordField,
      this.#fault,
      this.#enter,
    );
    this.append(form);
    this.#text.addEventListener("input", () => this.#readSoon());
    for (const radio of [this.#public, this.#private]) {
      radio.addEventListener("change", () => this.#arrange());
    }
    this.#showPassword.addEventListener("click", () => this.#togglePassword());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
  }

  focus() {
    this.#text.focus();
    this.#text.select();
  }

  /** Whether the person has put in something of their own. */
  get isTouched() {
    return this.#text.value !== "";
  }

  /** @param {string} text a name or a link */
  fill(text) {
    this.#text.value = text;
    this.#password.value = "";
    this.#public.checked = true;
    this.#fault.textContent = "";
    this.#given = true;
    intend(this, { kind: "readLink", text });
  }

  /** @param {string} text @param {ParsedLink} read what it leads to */
  showRead(text, read) {
    if (text !== this.#text.value) return;
    this.#read = read;
    // Only what was wrong with the text is mended; why one could not enter is still to be read.
    if (this.#text.ariaInvalid === "true") this.#fault.textContent = "";
    this.#text.ariaInvalid = "false";
    this.#arrange();
    // A link that came ready needs only what is still missing.
    if (read.link && document.activeElement === this.#text && this.#given) {
      (this.#passwordField.hidden ? this.#enter : this.#password).focus();
    }
    this.#given = false;
  }

  /** @param {string} text @param {string} fault why it leads nowhere, in words */
  showFault(text, fault) {
    if (text !== this.#text.value) return;
    this.#read = null;
    // An empty field needs no scolding before one tries to enter.
    this.refuse(text.trim() === "" ? "" : fault);
    this.#text.ariaInvalid = String(text.trim() !== "");
    this.#arrange();
  }

  /** @param {string} why in words */
  refuse(why) {
    this.#fault.textContent = why;
  }

  set isBusy(/** @type {boolean} */ busy) {
    this.#enter.disabled = busy;
    this.#enter.lastElementChild?.replaceChildren(busy ? words.door.entering : words.door.enter);
  }

  /** Forgets what it took to enter. */
  clear() {
    this.#text.value = "";
    this.#password.value = "";
    this.#public.checked = true;
    this.#read = null;
    this.#fault.textContent = "";
    this.#arrange();
  }

  #readSoon() {
    if (this.#pause !== 0) clearTimeout(this.#pause);
    this.#pause = setTimeout(() => intend(this, { kind: "readLink", text: this.#text.value }), READ_PAUSE_MS);
  }

  /** Shows what the text is, and asks only for what it leaves open. */
  #arrange() {
    const read = this.#read;
    const link = read?.link === true;
    const secret = link && read.hasSecret;
    this.#access.hidden = link;
    this.#passwordField.hidden = link ? read.access === "public" || secret : !this.#private.checked;
    this.#found.hidden = !read || (!link && !read.elsewhere);
    this.#found.replaceChildren(...(read && !this.#found.hidden ? found(read) : []));
  }

  #togglePassword() {
    const shown = this.#password.type === "text";
    this.#password.type = shown ? "password" : "text";
    const label = shown ? words.door.showPassword : words.door.hidePassword;
    this.#showPassword.ariaLabel = label;
    this.#showPassword.title = label;
    this.#showPassword.replaceChildren(icon(shown ? "eye" : "eye-off"));
  }

  #submit() {
    this.#fault.textContent = "";
    const password = this.#passwordField.hidden ? "" : this.#password.value;
    intend(this, {
      kind: "join",
      request: {
        text: this.#text.value,
        access: this.#private.checked ? "private" : "public",
        ...(password === "" ? {} : { password }),
      },
    });
  }
}

/** @param {HTMLInputElement} radio @param {string} picture @param {string} label @param {string} hint */
const choice = (radio, picture, label, hint) =>
  el(
    "label",
    { className: "choice" },
    radio,
    icon(picture),
    el("span", {}, el("strong", {}, label), el("small", {}, hint)),
  );

/** @param {ParsedLink} read */
function found(read) {
  const what = read.hasSecret
    ? words.door.linkSecret
    : read.access === "private"
      ? words.door.linkPrivate
      : words.door.linkPublic;
  return [
    el("p", { className: "what" }, icon(read.access === "private" ? "lock" : "world"), what),
    el("p", {}, words.door.nameIn, " ", name(read.name, "name"), " ", words.door.world(read.origin)),
    ...(read.trackers.length > 0
      ? [el("p", {}, words.door.ownTrackers(read.trackers.join(", ")))]
      : []),
  ];
}

const READ_PAUSE_MS = 120;
/** More than anyone types; the field just needs an end. */
const MAX_PASSWORD = 256;

customElements.define("room-door", RoomDoor);
