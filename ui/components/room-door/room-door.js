/**
 * <room-door> — the way into a room: by a name, or by any link to one.
 *
 * @import {ParsedLink, SuggestedKind, Suggestion} from "../../types/ipc.js"
 */
import { isUnencryptedWorld } from "../../lib/address.js";
import { button, el, icon, name } from "../../lib/dom.js";
import { intend } from "../../lib/intend.js";
import { typedBits } from "../../lib/strength.js";
import { words } from "../../lib/words.js";

export class RoomDoor extends HTMLElement {
  /** @type {ParsedLink | null} what the text was last read as */
  #read = null;
  /** @type {ReturnType<typeof setTimeout> | 0} */
  #pause = 0;
  /** Whether it is private only because a link said so. */
  #linkedPrivate = false;
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
  /** @type {string} the last name that was made up, to tell whether it is still there */
  #made = "";
  /** How hard that is to guess, in words. */
  #madeStrength = "";
  #passphrase = el("input", { type: "radio", name: "door-kind", checked: true });
  #uuid = el("input", { type: "radio", name: "door-kind" });
  #strength = el("p", { id: "door-strength", className: "hint" });
  #passwordStrength = el("p", { id: "door-password-strength", className: "hint", hidden: true });
  #madePassword = el("p", { className: "hint", role: "status" });
  #copyPassword = button("copy", words.door.copyPassword, { quiet: true, iconOnly: true });
  #picture = el("input", { type: "file", accept: "image/png,image/jpeg,image/webp", hidden: true, tabIndex: -1 });
  #enter = button("enter", words.door.enter, { type: "submit" });
  #access = el("fieldset", { className: "access" });
  #passwordField = el("div", { className: "field", hidden: true });

  connectedCallback() {
    if (this.firstChild) return;
    const suggest = button("again", words.door.suggest, { quiet: true, iconOnly: true });
    suggest.addEventListener("click", () => this.askForName(true));
    for (const radio of [this.#passphrase, this.#uuid]) {
      radio.addEventListener("change", () => this.askForName(false));
    }
    this.#text.setAttribute("aria-describedby", `${this.#strength.id} ${this.#found.id} ${this.#fault.id}`);
    this.#access.append(
      el("legend", {}, words.door.access),
      choice(this.#public, "world", words.door.public, words.door.publicHint),
      choice(this.#private, "lock", words.door.private, words.door.privateHint),
    );
    const hint = el("p", { id: "door-password-hint", className: "hint" }, words.door.passwordHint);
    this.#password.setAttribute("aria-describedby", `${hint.id} ${this.#passwordStrength.id} ${this.#fault.id}`);
    this.#passwordField.append(
      el("label", { htmlFor: this.#password.id }, words.door.password),
      el("div", { className: "field-row" }, this.#password, this.#showPassword, this.#copyPassword),
      hint,
      this.#passwordMaker(),
      this.#passwordStrength,
      this.#madePassword,
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
        this.#kinds(),
        this.#found,
      ),
      this.#access,
      this.#passwordField,
      this.#fault,
      this.#enter,
      this.#pictures(),
    );
    this.append(form);
    this.#text.addEventListener("input", (event) => {
      this.#showStrength();
      // Another text is meant now: what was said of the one before is no matter.
      this.#fault.textContent = "";
      // What is pasted is whole: whoever presses Enter next is to know what it is.
      this.#readSoon(event instanceof InputEvent && PASTED.has(event.inputType) ? 0 : READ_PAUSE_MS);
    });
    for (const radio of [this.#public, this.#private]) {
      radio.addEventListener("change", () => {
        this.#linkedPrivate = false;
        this.#noteAnswer();
        this.#arrange();
        this.#showStrength();
      });
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

  /** A name of the kind the person chose. @param {boolean} focus whether the field is where they want to be */
  askForName(focus) {
    /** @type {SuggestedKind} */
    const as = this.#uuid.checked ? "uuid" : "passphrase";
    intend(this, { kind: "suggestRoom", as, focus });
  }

  /** @param {Suggestion} made a name */
  suggest(made) {
    this.#made = made.text;
    this.#madeStrength = words.door.strength(made.bits);
    this.fill(made.text);
  }

  /** @param {Suggestion} made a password */
  suggestPassword(made) {
    this.#password.value = made.text;
    this.#noteAnswer();
    // Nobody can pass on what they do not see.
    this.#reveal(true);
    this.#madePassword.textContent = `${words.door.strength(made.bits)} ${words.door.passwordMade}`;
    this.#showPasswordStrength();
    this.#password.focus();
    this.#password.select();
  }

  /** @param {string} text a name or a link */
  fill(text) {
    this.#text.value = text;
    this.#forgetPassword();
    this.#fault.textContent = "";
    this.#given = true;
    this.#showStrength();
    intend(this, { kind: "readLink", text });
  }

  /** @param {string} text @param {ParsedLink} read what it leads to */
  showRead(text, read) {
    if (text !== this.#text.value) return;
    this.#read = read;
    // Only what was wrong with the text is mended; why one could not enter is still to be read.
    if (this.#text.ariaInvalid === "true") this.#fault.textContent = "";
    this.#text.ariaInvalid = "false";
    // Never the other way: who wanted a password must not lose it by looking at a public link.
    if (read.link && read.access === "private" && !this.#private.checked) {
      this.#private.checked = true;
      this.#linkedPrivate = true;
    } else if (!read.link && this.#linkedPrivate) {
      this.#public.checked = true;
      this.#linkedPrivate = false;
      this.#showStrength();
    }
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
    // An empty field needs no scolding before one tries to enter, and keeps it when one did.
    if (text.trim() !== "") this.refuse(fault);
    this.#text.ariaInvalid = String(text.trim() !== "");
    this.#arrange();
  }

  /** @param {string} why in words */
  refuse(why) {
    this.#fault.textContent = why;
  }

  /** It takes a password to enter: that is what is typed next. @param {string} why in words */
  askForPassword(why) {
    this.refuse(why);
    this.#private.checked = true;
    this.#arrange();
    this.#showStrength();
    // What the text is may not be read yet.
    this.#passwordField.hidden = false;
    this.#password.ariaInvalid = "true";
    this.#password.focus();
  }

  set isBusy(/** @type {boolean} */ busy) {
    this.#enter.disabled = busy;
    this.#enter.lastElementChild?.replaceChildren(busy ? words.door.entering : words.door.enter);
  }

  /** Forgets what it took to enter. */
  clear() {
    this.#text.value = "";
    this.#forgetPassword();
    this.#public.checked = true;
    this.#linkedPrivate = false;
    this.#showStrength();
    this.#read = null;
    this.#fault.textContent = "";
    this.#arrange();
  }

  /** @param {number} pause in milliseconds */
  #readSoon(pause) {
    if (this.#pause !== 0) clearTimeout(this.#pause);
    this.#pause = setTimeout(() => intend(this, { kind: "readLink", text: this.#text.value }), pause);
  }

  /** A password that was missed was given, or is not wanted any more. */
  #noteAnswer() {
    if (this.#password.ariaInvalid !== "true") return;
    this.#password.ariaInvalid = "false";
    this.#fault.textContent = "";
  }

  /** Shows what the text is, and asks only for what it leaves open. */
  #arrange() {
    const read = this.#read;
    const link = read?.link === true;
    const secret = link && read.hasSecret;
    this.#access.hidden = link;
    const made = this.querySelector(".made");
    if (made instanceof HTMLElement) made.hidden = link;
    this.#passwordField.hidden = link ? read.access === "public" || secret : !this.#private.checked;
    // Whoever was sent a link gets the password from whoever sent it.
    const maker = this.querySelector(".maker");
    if (maker instanceof HTMLElement) maker.hidden = link;
    this.#showPasswordStrength();
    this.#found.hidden = !read || (!link && !read.elsewhere);
    this.#found.replaceChildren(...(read && !this.#found.hidden ? found(read) : []));
  }

  #kinds() {
    const choice = (/** @type {HTMLInputElement} */ radio, /** @type {string} */ label) =>
      el("label", {}, radio, el("span", {}, label));
    return el(
      "div",
      { className: "made" },
      el(
        "div",
        { className: "segments small", role: "radiogroup", attributes: { "aria-labelledby": "door-kind" } },
        el("span", { id: "door-kind", className: "legend" }, words.door.kind),
        choice(this.#passphrase, words.door.passphrase),
        choice(this.#uuid, words.door.uuid),
      ),
      this.#strength,
    );
  }

  #showStrength() {
    const text = this.#text.value.trim();
    const isMade = text === this.#made;
    this.#strength.textContent = isMade ? this.#madeStrength : words.door.typedStrength(typedBits(text));
    // What a link leads to is not for the person to choose, and a password keeps a room by itself.
    this.#strength.hidden = text === "" || text.includes("://");
    // Its place stays, so that nothing jumps when one chooses.
    this.#strength.classList.toggle("unsaid", !isMade && this.#private.checked);
  }

  #passwordMaker() {
    const make = button("dice", words.door.suggestPassword);
    make.classList.add("maker");
    make.addEventListener("click", () => intend(this, { kind: "suggestPassword" }));
    this.#copyPassword.addEventListener("click", () =>
      intend(this, { kind: "copy", text: this.#password.value, done: words.door.passwordCopied }),
    );
    this.#password.addEventListener("input", () => {
      this.#madePassword.textContent = "";
      this.#showPasswordStrength();
      this.#noteAnswer();
    });
    return make;
  }

  #showPasswordStrength() {
    const text = this.#password.value;
    // Of one that was made up it is said already; that of a link was chosen by somebody else.
    const isTold = text === "" || this.#madePassword.textContent !== "" || this.#read?.link === true;
    this.#passwordStrength.textContent = isTold ? "" : words.door.typedStrength(typedBits(text));
    this.#passwordStrength.hidden = isTold;
  }

  /** A QR code comes in by choosing or pasting a picture; what is dropped is taken by the window as a whole. */
  #pictures() {
    const open = button("qr", words.door.qr, { quiet: true });
    open.setAttribute("aria-describedby", "door-qr-hint");
    open.addEventListener("click", () => this.#picture.click());
    this.#picture.ariaLabel = words.door.qr;
    this.#picture.addEventListener("change", () => {
      this.#take(this.#picture.files);
      this.#picture.value = "";
    });
    this.addEventListener("paste", (event) => {
      if (this.#take(event.clipboardData?.files ?? null)) event.preventDefault();
    });
    return el("div", { className: "picture" }, open, this.#picture, el("p", { id: "door-qr-hint", className: "hint" }, words.door.qrHint));
  }

  /** @param {FileList | null} files @returns {boolean} whether there was one to be read */
  #take(files) {
    const [file] = files ?? [];
    if (!file) return false;
    this.#fault.textContent = "";
    intend(this, { kind: "readQr", file });
    return true;
  }

  #forgetPassword() {
    this.#password.value = "";
    this.#noteAnswer();
    this.#madePassword.textContent = "";
    this.#showPasswordStrength();
    this.#reveal(false);
  }

  #togglePassword() {
    this.#reveal(this.#password.type === "password");
  }

  /** @param {boolean} shown */
  #reveal(shown) {
    this.#password.type = shown ? "text" : "password";
    const label = shown ? words.door.hidePassword : words.door.showPassword;
    this.#showPassword.ariaLabel = label;
    this.#showPassword.title = label;
    this.#showPassword.replaceChildren(icon(shown ? "eye-off" : "eye"));
  }

  #submit() {
    this.#fault.textContent = "";
    this.#password.ariaInvalid = "false";
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
    ...(isUnencryptedWorld(read.origin) ? [el("p", { className: "caution" }, icon("caution"), el("span", {}, words.door.unencryptedWorld(read.origin)))] : []),
    ...(read.trackers.length > 0
      ? [el("p", {}, words.door.ownTrackers(read.trackers.join(", ")))]
      : []),
  ];
}

const READ_PAUSE_MS = 120;
/** Ways in which a text comes all at once. */
const PASTED = new Set(["insertFromPaste", "insertFromDrop"]);
/** More than anyone types; the field just needs an end. */
const MAX_PASSWORD = 256;

customElements.define("room-door", RoomDoor);
