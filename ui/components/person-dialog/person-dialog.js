/**
 * <person-dialog> — what is known of one person, and what can be decided about them.
 *
 * Wants `showRoom`, `judge` and `copy`.
 *
 * @import {Me, Peer} from "../../types/ipc.js"
 */
import { badge, PATH_ICONS, PROOF_ICONS, VERIFICATION_ICONS } from "../../lib/badge.js";
import { button, el, icon, name } from "../../lib/dom.js";
import { intend } from "../../lib/intend.js";
import { tint } from "../../lib/people.js";
import { words } from "../../lib/words.js";

export class PersonDialog extends HTMLElement {
  #dialog = el("dialog", { className: "dialog", tabIndex: -1 });
  /** @type {{ room: string, peerId: string, tint: string } | null} who is shown */
  #at = null;

  connectedCallback() {
    if (this.firstChild) return;
    this.append(this.#dialog);
    this.#dialog.addEventListener("close", () => {
      this.#at = null;
      // What opened it may be gone, as who was in it may be.
      const heading = document.querySelector("chat-room:not([hidden]) .conversation:not([hidden]) h1");
      if (document.activeElement === document.body && heading instanceof HTMLElement) heading.focus();
    });
  }

  /** @param {string} room @param {Peer} peer @param {string} tint */
  show(room, peer, tint) {
    this.#at = { room, peerId: peer.peerId, tint };
    this.#draw(room, peer, tint);
    if (!this.#dialog.open) this.#dialog.showModal();
  }

  /** @param {Me} me */
  showMe(me) {
    this.#at = null;
    const close = button("close", words.close, { autofocus: true });
    close.addEventListener("click", () => this.#dialog.close());
    this.#fill(
      me,
      tint(`profile:${me.userId}`),
      el("p", { className: "hint" }, words.person.you),
      el(
        "section",
        { className: "marks" },
        this.#key(me.fingerprint, words.person.yourKey, me.publicKey),
        this.#mark("profile", words.person.profile, words.person.yourProfile, me.userId, words.person.copyProfile, words.person.profileCopied),
        this.#mark("session", words.person.session, words.person.yourSession, me.peerId, words.person.copySession, words.person.sessionCopied),
      ),
      el("div", { className: "buttons" }, close),
    );
    if (!this.#dialog.open) this.#dialog.showModal();
  }

  /** @param {string} room @param {Peer} peer as it is now */
  refresh(room, peer) {
    if (this.#at?.room === room && this.#at.peerId === peer.peerId) this.#draw(room, peer, this.#at.tint);
  }

  /** What was switched did not turn. */
  turnBack() {
    const known = this.#dialog.querySelector("#person-known");
    if (known instanceof HTMLInputElement) known.checked = !known.checked;
  }

  /** @param {string} room @param {string} peerId who went away */
  gone(room, peerId) {
    if (this.#at?.room === room && this.#at.peerId === peerId) this.#dialog.close();
  }

  /** @param {string} room @param {Peer} peer @param {string} tint */
  #draw(room, peer, tint) {
    const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset["act"] : undefined;
    const isClaimed = peer.verified && peer.proof === "none";
    const [verification, verificationWhy] = isClaimed ? words.signed : words.verification(peer.verification);
    const [path, pathWhy] = words.path(peer.path);
    const isMuted = peer.standing === "muted";
    this.#fill(
      peer,
      tint,
      ...warnings(peer),
      el(
        "section",
        {},
        el("h3", {}, words.person.verification),
        stated(isClaimed ? "pencil" : VERIFICATION_ICONS[peer.verification], verification, verificationWhy, isClaimed ? "signed" : peer.verification),
        peer.proof === "none" && !peer.verified ? null : stated(PROOF_ICONS[peer.proof], ...words.proof(peer.proof, peer.native), peer.proof),
        this.#known(room, peer),
      ),
      el(
        "section",
        {},
        el("h3", {}, words.person.connection),
        stated(PATH_ICONS[peer.path], path, pathWhy, peer.path),
        peer.native
          ? stated("app", words.people.native, words.people.nativeWhy, "native")
          : stated("world", words.people.browser, words.people.browserWhy, "browser"),
      ),
      el(
        "section",
        { className: "marks" },
        peer.publicKey !== null && peer.fingerprint !== null && peer.verified ? this.#key(peer.fingerprint, peer.native ? words.person.keyHint : words.person.keyHintBrowser, peer.publicKey) : null,
        peer.userId === null ? null : this.#mark("profile", words.person.profile, words.person.profileHint, peer.userId, words.person.copyProfile, words.person.profileCopied),
        this.#mark("session", words.person.session, words.person.sessionHint, peer.peerId, words.person.copySession, words.person.sessionCopied),
      ),
      el(
        "div",
        { className: "buttons" },
        this.#does("close", words.close, "close", () => {}, true),
        this.#does("block", words.person.block, "block", () => intend(this, { kind: "judge", room, person: peer.person, name: peer.name, standing: "blocked" }), true),
        this.#does(isMuted ? "bell" : "bell-off", isMuted ? words.person.unmute : words.person.mute, "mute", () =>
          intend(this, { kind: "judge", room, person: peer.person, name: peer.name, standing: isMuted ? "normal" : "muted" }),
        true),
        this.#does("message", words.person.message, "message", () => intend(this, { kind: "showRoom", room, with: peer.person }), false),
      ),
    );
    const again = focused === undefined ? null : this.#dialog.querySelector(`[data-act="${focused}"]`);
    if (again instanceof HTMLElement) again.focus();
  }

  /** @param {string} room @param {Peer} peer */
  #known(room, peer) {
    const is = peer.standing === "known";
    const input = el("input", { type: "checkbox", role: "switch", id: "person-known", checked: is, disabled: !peer.verified && !is, dataset: { act: "know" } });
    const say = words.person;
    const hint = el("p", { id: "person-known-hint", className: "hint" }, !peer.verified ? say.knowNot : peer.known && !is ? say.knowSpoken : say.knowWhy);
    input.setAttribute("aria-describedby", hint.id);
    input.addEventListener("change", () =>
      intend(this, { kind: "judge", room, person: peer.person, name: peer.name, standing: input.checked ? "known" : "normal", was: peer.standing }),
    );
    return el("div", { className: "known" }, el("label", { className: "switch", htmlFor: input.id }, el("span", {}, say.know), input), hint);
  }

  /** @param {{ name: string, customName: string, animalName: string }} person @param {string} tint @param {(Node | null)[]} rest */
  #fill(person, tint, ...rest) {
    const title = el("h2", { id: "person-dialog-title" }, name(person.name));
    const animal = person.animalName !== "" && person.animalName !== person.name;
    this.#dialog.setAttribute("aria-labelledby", title.id);
    this.#dialog.replaceChildren(
      el(
        "div",
        { className: "head" },
        badge(person.name, tint),
        el("div", {}, title, animal ? el("p", { className: "hint" }, name(person.animalName)) : null),
      ),
      ...rest.filter((it) => it !== null),
    );
  }

  /** @param {string} fingerprint @param {string} hint @param {string} whole */
  #key(fingerprint, hint, whole) {
    const mark = this.#mark("fingerprint", words.person.key, hint, fingerprint, words.person.copyFingerprint, words.person.fingerprintCopied);
    mark.querySelector(".address")?.classList.add("digits");
    const copy = button("copy", words.person.copyKey, { quiet: true });
    copy.dataset["act"] = "copy-key";
    copy.addEventListener("click", () => intend(this, { kind: "copy", text: whole, done: words.person.keyCopied }));
    mark.append(copy);
    return mark;
  }

  /**
   * What tells somebody from others, to be compared and copied.
   *
   * @param {string} act @param {string} title @param {string} hint @param {string} value @param {string} copyLabel @param {string} copied
   */
  #mark(act, title, hint, value, copyLabel, copied) {
    const copy = button("copy", copyLabel, { quiet: true, iconOnly: true });
    copy.dataset["act"] = `copy-${act}`;
    copy.addEventListener("click", () => intend(this, { kind: "copy", text: value, done: copied }));
    const shown = el("code", { className: "address", dir: "ltr", tabIndex: 0, attributes: { role: "group", "aria-label": title } }, value);
    return el("div", {}, el("h3", {}, title), el("div", { className: "value" }, shown, copy), el("p", { className: "hint" }, hint));
  }

  /** @param {string} picture @param {string} label @param {string} act @param {() => void} done @param {boolean} quiet */
  #does(picture, label, act, done, quiet) {
    const does = button(picture, label, { quiet });
    does.dataset["act"] = act;
    if (!quiet) {
      does.classList.add("primary");
      does.autofocus = true;
    }
    does.addEventListener("click", () => {
      if (act !== "mute") this.#dialog.close();
      done();
    });
    return does;
  }
}

/** @param {Peer} peer */
const warnings = (peer) =>
  [
    peer.imitates === null ? null : words.people.imitatesWhy(peer.imitates),
    peer.keyChanged ? words.people.keyChangedWhy : null,
    peer.slowed ? words.people.slowedWhy : null,
    peer.standing === "muted" ? words.people.mutedWhy : null,
  ]
    .filter((it) => it !== null)
    .map((text) => el("p", { className: "caution" }, icon("caution"), text));

/** @param {string} picture @param {string} label @param {string} why @param {string} kind */
const stated = (picture, label, why, kind) =>
  el("p", { className: `stated ${kind}` }, icon(picture), el("span", {}, el("strong", {}, label), ". ", why));

customElements.define("person-dialog", PersonDialog);
