/**
 * <room-menu> — how a room treats its people and the person at this machine; in a narrow window also
 * what has no space in the header.
 *
 * Wants `pin`, `muteRoom`, `setRules`, `share`, `leave` and `fullScreen`; the room it is in hears `find`.
 *
 * @import {Rules} from "../../types/ipc.js"
 */
import { placeBeside } from "../../lib/beside.js";
import { button, el } from "../../lib/dom.js";
import { intend } from "../../lib/intend.js";
import { words } from "../../lib/words.js";

export class RoomMenu extends HTMLElement {
  room = "";
  #id = `room-menu-${++menus}`;
  #open = button("more", words.roomMenu.open, { quiet: true, iconOnly: true });
  #mute = el("input", { type: "checkbox", role: "switch", id: `${this.#id}-mute` });
  #pin = el("input", { type: "checkbox", role: "switch", id: `${this.#id}-pin` });
  #slow = el("input", { type: "checkbox", role: "switch", id: `${this.#id}-slow` });
  #plain = el("input", { type: "checkbox", role: "switch", id: `${this.#id}-plain` });
  #auto = el("input", { type: "checkbox", role: "switch", id: `${this.#id}-auto` });
  #fullScreen = button("whole", words.roomMenu.fullScreen, { quiet: true });
  #box = el("div", { id: this.#id, className: "menu", popover: "auto", role: "dialog", ariaLabel: words.roomMenu.title });

  connectedCallback() {
    if (this.firstChild) return;
    const find = button("search", words.search.open, { quiet: true });
    find.addEventListener("click", () => this.#then(() => this.dispatchEvent(new CustomEvent("find", { bubbles: true }))));
    const invite = button("link", words.room.invite, { quiet: true });
    invite.addEventListener("click", () => this.#then(() => intend(this, { kind: "share", room: this.room })));
    const leave = button("leave", words.room.leave, { quiet: true });
    leave.addEventListener("click", () => this.#then(() => intend(this, { kind: "leave", room: this.room })));
    for (const it of [find, invite, leave]) it.classList.add("in-header");
    this.#fullScreen.append(el("span", { className: "tag" }, FULL_SCREEN_KEY));
    this.#fullScreen.setAttribute("aria-keyshortcuts", FULL_SCREEN_KEY);
    this.#fullScreen.addEventListener("click", () => this.#then(() => intend(this, { kind: "fullScreen" })));
    this.#box.append(
      el("h2", {}, words.roomMenu.title),
      el("div", { className: "also" }, find, invite, leave, this.#fullScreen),
      choice(this.#pin, words.pinned.pin, words.pinned.pinHint),
      choice(this.#mute, words.roomMenu.mute, words.roomMenu.muteWhy),
      choice(this.#slow, words.roomMenu.slow, words.roomMenu.slowWhy),
      choice(this.#plain, words.roomMenu.plain, words.roomMenu.plainWhy),
      choice(this.#auto, words.files.auto, words.files.autoWhy),
      el("p", { className: "hint" }, words.roomMenu.onlyHere),
    );
    this.append(this.#open, this.#box);
    this.#open.setAttribute("popovertarget", this.#id);
    this.#box.addEventListener("toggle", (event) => {
      if (/** @type {ToggleEvent} */ (event).newState !== "open") return;
      const isFull = document.fullscreenElement !== null;
      this.#fullScreen.querySelector("span")?.replaceChildren(isFull ? words.roomMenu.window : words.roomMenu.fullScreen);
      placeBeside(this.#box, this.#open);
    });
    this.#mute.addEventListener("change", () => intend(this, { kind: "muteRoom", room: this.room, muted: this.#mute.checked }));
    this.#pin.addEventListener("change", () => intend(this, { kind: "pin", room: this.room, pinned: this.#pin.checked }));
    for (const rule of [this.#slow, this.#plain, this.#auto]) {
      rule.addEventListener("change", () =>
        intend(this, {
          kind: "setRules",
          room: this.room,
          rules: { slow: this.#slow.checked, plainStrangers: this.#plain.checked, autoMedia: this.#auto.checked },
        }),
      );
    }
  }

  /** @param {boolean} muted @param {Rules} rules */
  set(muted, rules) {
    this.#mute.checked = muted;
    this.#slow.checked = rules.slow;
    this.#plain.checked = rules.plainStrangers;
    this.#auto.checked = rules.autoMedia;
  }

  set isPinned(/** @type {boolean} */ pinned) {
    this.#pin.checked = pinned;
  }

  /** @param {() => void} done */
  #then(done) {
    this.#box.hidePopover();
    done();
  }
}

/** @param {HTMLInputElement} input @param {string} label @param {string} why */
function choice(input, label, why) {
  const hint = el("span", { id: `${input.id}-why`, className: "hint" }, why);
  input.setAttribute("aria-describedby", hint.id);
  return el("div", { className: "check" }, input, el("div", {}, el("label", { htmlFor: input.id }, label), hint));
}

let menus = 0;
/** What does the same from anywhere. */
const FULL_SCREEN_KEY = "F11";

customElements.define("room-menu", RoomMenu);
