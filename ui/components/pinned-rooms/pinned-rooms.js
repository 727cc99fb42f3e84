/**
 * <pinned-rooms> — the rooms that are remembered, and where.
 *
 * @import {Pinned, Pins} from "../../types/ipc.js"
 */
import { button, el, icon, name } from "../../lib/dom.js";
import { intend } from "../../lib/intend.js";
import { words } from "../../lib/words.js";

export class PinnedRooms extends HTMLElement {
  #list = el("ul", { role: "list" });
  #where = el("p", { className: "hint" });

  connectedCallback() {
    if (this.firstChild) return;
    this.append(el("h2", { id: "pinned-title" }, words.pinned.title), this.#list, this.#where);
    this.#list.setAttribute("aria-labelledby", "pinned-title");
    this.hidden = true;
  }

  /** @param {Pins} pins */
  show({ rooms, where }) {
    const hadFocus = this.contains(document.activeElement);
    this.hidden = rooms.length === 0;
    this.#list.replaceChildren(...rooms.map((room) => this.#row(room)));
    this.#where.textContent = words.pinned[where];
    if (hadFocus) this.querySelector("button")?.focus();
  }

  /** @param {Pinned} pinned */
  #row(pinned) {
    const enter = el(
      "button",
      { type: "button", className: "pinned-room", title: pinned.name },
      icon(pinned.private ? "lock" : "hash"),
      el(
        "span",
        { className: "label" },
        name(pinned.name, "name"),
        pinned.private ? el("span", { className: "visually-hidden" }, ` (${words.rooms.private})`) : null,
        el("span", { className: "under" }, name(pinned.origin.replace(/^https:\/\//, ""))),
      ),
    );
    enter.addEventListener("click", () => intend(this, { kind: "enterPinned", pinned }));
    const unpin = button("unpin", words.pinned.unpin(pinned.name), { quiet: true, iconOnly: true });
    unpin.addEventListener("click", () => intend(this, { kind: "pin", room: pinned.room, pinned: false }));
    return el("li", {}, enter, unpin);
  }
}

customElements.define("pinned-rooms", PinnedRooms);
