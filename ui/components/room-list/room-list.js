/**
 * <room-list> — the rooms one is in, which of them is in front, and what is new in the others.
 *
 * @import {Room} from "../../types/ipc.js"
 */
import { button, el, icon, name } from "../../lib/dom.js";
import { intend } from "../../lib/intend.js";
import { words } from "../../lib/words.js";

/** @typedef {{ row: HTMLLIElement, show: HTMLButtonElement, under: HTMLElement, unread: HTMLElement }} Row */

export class RoomList extends HTMLElement {
  /** @type {Map<string, Row>} */
  #rows = new Map();
  #list = el("ul");
  #none = el("p", { className: "hint" }, words.rooms.none);

  connectedCallback() {
    if (this.firstChild) return;
    this.append(this.#list, this.#none);
  }

  /** @param {Pick<Room, "room" | "name" | "private" | "origin">} room */
  add(room) {
    const under = el("span", { className: "under" });
    const unread = el("span", { className: "unread", hidden: true });
    const show = el(
      "button",
      { type: "button", className: "room" },
      icon(room.private ? "lock" : "hash"),
      el(
        "span",
        { className: "label" },
        name(room.name, "name"),
        room.private ? el("span", { className: "visually-hidden" }, ` (${words.rooms.private})`) : null,
        under,
      ),
      unread,
    );
    show.addEventListener("click", () => intend(this, { kind: "showRoom", room: room.room }));
    const leave = button("close", words.rooms.leave(room.name), { quiet: true, iconOnly: true });
    leave.addEventListener("click", () => intend(this, { kind: "leave", room: room.room }));
    const row = el("li", {}, show, leave);
    this.#rows.set(room.room, { row, show, under, unread });
    this.#list.append(row);
    this.#none.hidden = true;
  }

  /** @param {string} room */
  delete(room) {
    this.#rows.get(room)?.row.remove();
    this.#rows.delete(room);
    this.#none.hidden = this.#rows.size > 0;
  }

  /** @param {string | null} current */
  setCurrent(current) {
    for (const [room, { show }] of this.#rows) {
      if (room === current) show.setAttribute("aria-current", "page");
      else show.removeAttribute("aria-current");
    }
  }

  /** @param {string} room @param {{ others: number, unread: number }} news */
  set(room, { others, unread }) {
    const row = this.#rows.get(room);
    if (!row) return;
    row.under.textContent = words.rooms.people(others);
    row.unread.hidden = unread === 0;
    row.unread.replaceChildren(
      el("span", { ariaHidden: "true" }, unread > MOST_COUNTED ? `${MOST_COUNTED}+` : String(unread)),
      el("span", { className: "visually-hidden" }, words.rooms.unread(unread)),
    );
  }
}

const MOST_COUNTED = 99;

customElements.define("room-list", RoomList);
