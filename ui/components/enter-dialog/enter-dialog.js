/**
 * <enter-dialog> — asks before a room is entered by a link that came from elsewhere, and for the
 * password where one is missing or was another than the others'.
 *
 * @import {JoinRequest, ParsedLink} from "../../types/ipc.js"
 */
import { isUnencryptedWorld } from "../../lib/address.js";
import { button, el, icon, name } from "../../lib/dom.js";
import { intend } from "../../lib/intend.js";
import { words } from "../../lib/words.js";

/** @typedef {"opened" | "pinned" | "retype" | "instead"} Reason why the person is asked */

export class EnterDialog extends HTMLElement {
  #dialog = el("dialog", { className: "dialog", tabIndex: -1 });
  #fault = el("p", { className: "error", role: "alert", id: "enter-fault" });
  #password = el("input", { type: "password", id: "enter-password", autocomplete: "off", maxLength: MAX_PASSWORD });
  /** @type {HTMLButtonElement | null} */
  #go = null;
  /** @type {string | null} the room whose password is typed again */
  #room = null;
  /** @type {JoinRequest | null} what was answered, until one is in or could not enter */
  #request = null;
  /** Questions that wait until the one that is open is answered. @type {(() => void)[]} */
  #waiting = [];
  /** @type {ReturnType<typeof setTimeout> | 0} */
  #guard = 0;

  connectedCallback() {
    if (this.firstChild) return;
    this.append(this.#dialog);
    this.#dialog.addEventListener("close", () => {
      // The next may be open already: this is told a moment after it happened.
      if (this.#dialog.open) return;
      this.#request = null;
      this.#password.value = "";
      this.#waiting.shift()?.();
    });
  }

  /** @param {JoinRequest} request @returns {boolean} whether it was answered here, and the question is still open */
  waitsFor(request) {
    return this.#request === request;
  }

  /**
   * @param {string} text the link
   * @param {ParsedLink} read what it leads to
   * @param {Reason} reason
   * @param {string | null} [room] the room one is in, whose password is typed again
   * @returns {boolean} whether it is asked, now or as soon as what is open is answered
   */
  ask(text, read, reason, room = null) {
    return this.#next(() => this.#ask({ text, access: read.access }, read, reason, room));
  }

  /**
   * One is in a room of that name by another password, or by none.
   *
   * @param {JoinRequest} request what was wanted
   * @param {ParsedLink} read what it leads to
   * @param {string} room the one to leave for it
   */
  askInstead(request, read, room) {
    this.done(request);
    return this.#next(() => this.#ask(request, read, "instead", room));
  }

  /**
   * @param {string} text the link, as it came
   * @param {string} why it leads nowhere, in words
   * @returns {boolean} whether it is shown, now or as soon as what is open is answered
   */
  refuse(text, why) {
    return this.#next(() => this.#refuse(text, why));
  }

  /** @param {JoinRequest} request @param {string} why one could not enter, in words */
  fail(request, why) {
    if (!this.waitsFor(request)) return;
    this.#request = null;
    this.#complain(why);
  }

  /** One is in. @param {JoinRequest} request */
  done(request) {
    if (this.waitsFor(request)) this.#dialog.close();
  }

  /** What is open stays as it is: it must not change under the hand that answers it. @param {() => void} question */
  #next(question) {
    // One that was answered a moment ago is closed, and has yet to call the next.
    const isFree = !this.#dialog.open && this.#waiting.length === 0;
    if (isFree) question();
    else if (this.#waiting.length < MAX_WAITING) this.#waiting.push(question);
    else return false;
    return true;
  }

  /** @param {JoinRequest} wanted @param {ParsedLink} read @param {Reason} reason @param {string | null} room */
  #ask(wanted, read, reason, room) {
    this.#room = room;
    const say = words.invitation;
    const retype = reason === "retype";
    const needsPassword = read.access === "private" && wanted.password === undefined && (!read.hasSecret || retype);
    const { title, lead, label } = {
      opened: { title: say.title, lead: say.lead, label: say.enter },
      pinned: { title: say.titlePinned, lead: say.leadPinned, label: say.enter },
      retype: { title: say.titleRetype, lead: say.leadRetype, label: say.retype },
      instead: { title: say.titleInstead, lead: say.leadInstead, label: say.instead },
    }[reason];
    const go = button(room === null ? "enter" : "again", label, { type: "submit" });
    this.#password.value = "";
    this.#password.type = "password";
    const form = el(
      "form",
      { noValidate: true },
      this.#title(title),
      el("p", {}, lead),
      // Who types a password again is in the room and knows the rest.
      el("dl", { className: "facts" }, ...(retype ? facts(read).slice(0, 2) : facts(read))),
      needsPassword ? this.#field() : null,
      this.#fault,
      this.#buttons(words.cancel, go),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit(wanted, needsPassword);
    });
    this.#show(form, go);
    if (reason === "opened" || reason === "instead") this.#hold(go);
    // Whoever did not ask for the dialog may be typing: a stray Enter must not take them anywhere.
    if (needsPassword) this.#password.focus();
    else this.#cancel()?.focus();
  }

  /** @param {string} text @param {string} why */
  #refuse(text, why) {
    this.#room = null;
    this.#show(
      el(
        "form",
        { method: "dialog" },
        this.#title(words.invitation.refusedTitle),
        el("p", { className: "caution" }, icon("caution"), el("span", {}, why)),
        el("p", { className: "address", tabIndex: 0, dir: "ltr" }, shortened(text)),
        el("p", {}, words.invitation.refusedLead),
        this.#buttons(words.close, null),
      ),
      null,
    );
    this.#cancel()?.focus();
  }

  /** @param {string} why */
  #complain(why) {
    this.#fault.textContent = why;
    this.#busy(false);
    if (this.#password.isConnected) this.#password.select();
  }

  /** @param {boolean} busy */
  #busy(busy) {
    clearTimeout(this.#guard);
    if (this.#go) this.#go.disabled = busy;
  }

  /** Nobody enters by a click that was meant for what was there before the question. @param {HTMLButtonElement} go */
  #hold(go) {
    clearTimeout(this.#guard);
    go.disabled = true;
    this.#guard = setTimeout(() => {
      go.disabled = false;
    }, UNREAD_MS);
  }

  /** @param {JoinRequest} wanted @param {boolean} needsPassword */
  #submit(wanted, needsPassword) {
    this.#fault.textContent = "";
    const password = this.#password.value;
    if (needsPassword && password === "") {
      this.#complain(words.refusal({ kind: "passwordNeeded" }));
      return;
    }
    this.#busy(true);
    const request = { ...wanted, ...(needsPassword ? { password } : {}) };
    this.#request = request;
    intend(this, this.#room === null ? { kind: "enter", request } : { kind: "enterAgain", room: this.#room, request });
  }

  /** @param {HTMLFormElement} form @param {HTMLButtonElement | null} go */
  #show(form, go) {
    this.#go = go;
    this.#fault.textContent = "";
    go?.classList.add("primary");
    this.#dialog.setAttribute("aria-labelledby", "enter-dialog-title");
    this.#dialog.replaceChildren(form);
    if (!this.#dialog.open) this.#dialog.showModal();
  }

  /** @param {string} text */
  #title(text) {
    return el("h2", { id: "enter-dialog-title" }, text);
  }

  #field() {
    const show = button("eye", words.door.showPassword, { quiet: true, iconOnly: true });
    show.addEventListener("click", () => {
      const shown = this.#password.type === "text";
      this.#password.type = shown ? "password" : "text";
      show.ariaLabel = show.title = shown ? words.door.showPassword : words.door.hidePassword;
      show.replaceChildren(icon(shown ? "eye" : "eye-off"));
    });
    const hint = el("p", { id: "enter-password-hint", className: "hint" }, words.door.passwordHint);
    this.#password.setAttribute("aria-describedby", `${hint.id} ${this.#fault.id}`);
    return el(
      "div",
      { className: "field" },
      el("label", { htmlFor: this.#password.id }, words.door.password),
      el("div", { className: "field-row" }, this.#password, show),
      hint,
    );
  }

  /** @param {string} label @param {HTMLButtonElement | null} go */
  #buttons(label, go) {
    const cancel = button("close", label, { quiet: true });
    cancel.classList.add("cancel");
    cancel.addEventListener("click", () => this.#dialog.close());
    return el("div", { className: "buttons" }, cancel, go);
  }

  /** @returns {HTMLElement | null} */
  #cancel() {
    return this.#dialog.querySelector(".cancel");
  }
}

/** @param {ParsedLink} read what will be joined, point by point */
function facts(read) {
  const say = words.invitation;
  const isPrivate = read.access === "private";
  return [
    el("dt", {}, say.name),
    el("dd", { className: "room-name" }, name(read.name)),
    el("dt", {}, say.access),
    el("dd", {}, icon(isPrivate ? "lock" : "world"), el("span", {}, isPrivate ? (read.hasSecret ? say.privateSecret : say.private) : say.public)),
    el("dt", {}, say.world),
    el("dd", {}, el("span", {}, name(read.origin), ` (${read.elsewhere ? say.otherWorld : say.ownWorld})`),
      ...(isUnencryptedWorld(read.origin) ? [el("span", { className: "caution" }, icon("caution"), words.door.unencryptedWorld(read.origin))] : [])),
    el("dt", {}, say.trackers),
    read.trackers.length === 0
      ? el("dd", {}, say.usualTrackers)
      : el("dd", {}, el("div", {}, el("p", {}, say.extraTrackers), el("ul", {}, ...read.trackers.map((it) => el("li", {}, name(it)))))),
  ];
}

/** Without what may be a secret, however damaged it is. @param {string} text */
function shortened(text) {
  const shown = text.replace(/(#|%23).*$/isu, "$1•••").replace(/((?:secret|pwd|password)=)[^&]*/giu, "$1•••");
  return shown.length > MAX_SHOWN ? `${shown.slice(0, MAX_SHOWN)}…` : shown;
}

const MAX_PASSWORD = 256;
/** How many questions wait behind the one that is open; nobody opens more links before they answer. */
const MAX_WAITING = 3;
/** How long nobody can have read a question that they did not ask for. */
const UNREAD_MS = 500;
/** Enough of a refused link to recognise it by. */
const MAX_SHOWN = 300;

customElements.define("enter-dialog", EnterDialog);
