/**
 * <room-list> — the rooms one is in with the private talks that go through them, which of them is in
 * front, and what is new in the others.
 *
 * Wants `showRoom`, `muteRoom` and `leave`.
 *
 * @import {Direct, Room, Unread} from "../../types/ipc.js"
 * @import {Place} from "../../types/intention.js"
 */
import { badge } from "../../lib/badge.js";
import { button, el, icon, name } from "../../lib/dom.js";
import { intend } from "../../lib/intend.js";
import { isSamePlace } from "../../lib/places.js";
import { bringIntoSight } from "../../lib/sight.js";
import { words } from "../../lib/words.js";

/** @typedef {{ place: Place, row: HTMLLIElement, show: HTMLButtonElement, under: HTMLElement, news: HTMLElement }} Row */
/** @typedef {Row & { mute: HTMLButtonElement, name: string, directs: HTMLUListElement, people: Map<string, Row> }} RoomRow */

export class RoomList extends HTMLElement {
  /** @type {Map<string, RoomRow>} */
  #rows = new Map();
  #list = el("ul");
  #none = el("p", { className: "hint" }, words.rooms.none);

  connectedCallback() {
    if (this.firstChild) return;
    this.append(this.#list, this.#none);
  }

  /** The places from top to bottom, as the keys go through them. @returns {Place[]} */
  get places() {
    return [...this.#rows.values()].flatMap(({ place, people }) => [place, ...[...people.values()].map((it) => it.place)]);
  }

  /** @param {Pick<Room, "room" | "name" | "private" | "origin">} room */
  add(room) {
    const place = { room: room.room };
    const under = el("span", { className: "under" });
    const news = el("span", { className: "fresh" });
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
      news,
    );
    show.addEventListener("click", () => intend(this, { kind: "showRoom", room: room.room }));
    const mute = button("bell", words.roomMenu.muteRoom(room.name), { quiet: true, iconOnly: true });
    mute.addEventListener("click", () =>
      intend(this, { kind: "muteRoom", room: room.room, muted: mute.getAttribute("aria-pressed") !== "true" }),
    );
    const leave = button("close", words.rooms.leave(room.name), { quiet: true, iconOnly: true });
    leave.addEventListener("click", () => intend(this, { kind: "leave", room: room.room }));
    const directs = el("ul", { className: "directs", hidden: true });
    const row = el("li", {}, el("div", { className: "row" }, show, mute, leave), directs);
    this.#rows.set(room.room, { place, row, show, under, news, mute, name: room.name, directs, people: new Map() });
    this.#list.append(row);
    this.#none.hidden = true;
    this.setMuted(room.room, false);
  }

  /** @param {string} room */
  delete(room) {
    this.#rows.get(room)?.row.remove();
    this.#rows.delete(room);
    this.#none.hidden = this.#rows.size > 0;
  }

  /** @param {string} room @param {Direct} direct @param {string} tint */
  setDirect(room, direct, tint) {
    const host = this.#rows.get(room);
    if (!host) return;
    const row = host.people.get(direct.with) ?? this.#addDirect(host, direct.with);
    const away = direct.peerId === null;
    row.row.classList.toggle("away", away);
    row.show.firstElementChild?.replaceWith(badge(direct.name, tint));
    const { name: called, animalName, imitates } = direct;
    const isToldApart = imitates !== null && animalName !== null && animalName !== called;
    row.show.querySelector(".name")?.replaceChildren(called, ...(isToldApart ? [" (", name(animalName), ")"] : []));
    row.under.replaceChildren(
      ...(imitates === null ? [] : [el("span", { className: "imitates", title: words.people.imitatesWhy(imitates) }, icon("caution"), words.people.imitates(imitates)), " "]),
      el("span", { className: "presence" }, away ? words.direct.away : words.direct.here),
    );
  }

  /** @param {string} room @param {string} person */
  deleteDirect(room, person) {
    const host = this.#rows.get(room);
    host?.people.get(person)?.row.remove();
    host?.people.delete(person);
    if (host) host.directs.hidden = host.people.size === 0;
  }

  /** @param {RoomRow} host @param {string} person @returns {Row} */
  #addDirect(host, person) {
    const place = { room: host.place.room, with: person };
    const under = el("span", { className: "under" });
    const news = el("span", { className: "fresh" });
    const show = el(
      "button",
      { type: "button", className: "room direct" },
      el("span"),
      el("span", { className: "label" }, name("", "name"), under),
      news,
    );
    show.addEventListener("click", () => intend(this, { kind: "showRoom", ...place }));
    const row = { place, row: el("li", {}, el("div", { className: "row" }, show)), show, under, news };
    host.people.set(person, row);
    host.directs.append(row.row);
    host.directs.hidden = false;
    return row;
  }

  /** @param {Place | null} current */
  setCurrent(current) {
    for (const { place, show } of this.#all()) {
      if (isSamePlace(place, current)) {
        show.setAttribute("aria-current", "page");
        bringIntoSight(this, show);
      } else show.removeAttribute("aria-current");
    }
  }

  /** @param {string} room @param {number} others who is there besides oneself */
  setOthers(room, others) {
    const row = this.#rows.get(room);
    if (row) row.under.textContent = words.rooms.people(others);
  }

  /** @param {string} room @param {boolean} muted */
  setMuted(room, muted) {
    const row = this.#rows.get(room);
    if (!row) return;
    const label = muted ? words.roomMenu.unmuteRoom(row.name) : words.roomMenu.muteRoom(row.name);
    row.row.classList.toggle("muted", muted);
    row.mute.replaceChildren(icon(muted ? "bell-off" : "bell"));
    row.mute.setAttribute("aria-pressed", String(muted));
    row.mute.ariaLabel = words.roomMenu.muteRoom(row.name);
    row.mute.title = label;
  }

  /** @param {Place} place @param {Unread} unread */
  setUnread(place, { lines, mentions }) {
    const room = this.#rows.get(place.room);
    const row = place.with === undefined ? room : room?.people.get(place.with);
    if (!row) return;
    const isDirect = place.with !== undefined;
    row.row.classList.toggle("unseen", lines > 0);
    row.news.replaceChildren(
      ...(mentions > 0 && !isDirect ? [mark("mentions", `@${most(mentions)}`, words.rooms.mentions(mentions))] : []),
      ...(lines > 0 ? [mark("unread", most(lines), isDirect ? words.direct.unread(lines) : words.rooms.unread(lines))] : []),
    );
  }

  /** @returns {Row[]} */
  #all() {
    return [...this.#rows.values()].flatMap((row) => [row, ...row.people.values()]);
  }
}

/** @param {string} kind @param {string} short @param {string} label */
const mark = (kind, short, label) =>
  el("span", { className: kind }, el("span", { ariaHidden: "true" }, short), el("span", { className: "visually-hidden" }, ` ${label} `));

/** @param {number} count */
const most = (count) => (count > MOST_COUNTED ? `${MOST_COUNTED}+` : String(count));

const MOST_COUNTED = 99;

customElements.define("room-list", RoomList);
