/**
 * <peer-list> — who is in a room, oneself first. Each opens what is known of that person.
 *
 * Wants `showPerson`.
 *
 * @import {Me, Peer} from "../../types/ipc.js"
 */
import { badge, PATH_ICONS, VERIFICATION_ICONS } from "../../lib/badge.js";
import { el, icon, name } from "../../lib/dom.js";
import { intend } from "../../lib/intend.js";
import { tint } from "../../lib/people.js";
import { words } from "../../lib/words.js";

export class PeerList extends HTMLElement {
  room = "";
  /** @type {(person: string) => string} */
  tintOf = tint;
  /** @type {Map<string, HTMLLIElement>} */
  #rows = new Map();
  #me = el("li", { className: "me" });
  #list = el("ul", {}, this.#me);
  #count = el("span", { className: "count" });

  connectedCallback() {
    if (this.firstChild) return;
    this.append(el("h2", {}, words.people.title, " ", this.#count), this.#list);
    this.#counted();
  }

  /** @param {Me} me */
  setMe(me) {
    this.#me.replaceChildren(
      this.#card(me.name, `profile:${me.userId}`, words.people.aboutYou, null, called(me), el("span", { className: "tag" }, words.people.you)),
    );
  }

  /** @param {Peer} peer as it is now */
  set(peer) {
    let row = this.#rows.get(peer.peerId);
    if (!row) {
      row = el("li");
      this.#rows.set(peer.peerId, row);
      this.#list.append(row);
    }
    const [verification, verificationWhy] = words.verification(peer.verification);
    const [path, pathWhy] = words.path(peer.path);
    const hadFocus = row.contains(document.activeElement);
    row.className = peer.standing;
    row.replaceChildren(
      this.#card(
        peer.name,
        peer.person,
        words.people.about(peer.name),
        peer,
        called(peer),
        el(
          "span",
          { className: "facts" },
          ...flags(peer),
          fact(VERIFICATION_ICONS[peer.verification], verification, verificationWhy, peer.verification),
          fact(PATH_ICONS[peer.path], path, pathWhy, peer.path),
          peer.native
            ? fact("app", words.people.native, words.people.nativeWhy, "native")
            : fact("world", words.people.browser, words.people.browserWhy, "browser"),
        ),
      ),
    );
    if (hadFocus) row.querySelector("button")?.focus();
    this.setTyping(peer.peerId, peer.typing);
    this.#counted();
  }

  /** @param {string} peerId @param {boolean} typing */
  setTyping(peerId, typing) {
    this.#rows.get(peerId)?.classList.toggle("typing", typing);
  }

  /** @param {string} peerId */
  delete(peerId) {
    this.#rows.get(peerId)?.remove();
    this.#rows.delete(peerId);
    this.#counted();
  }

  /**
   * @param {string} shown
   * @param {string} person
   * @param {string} label
   * @param {Peer | null} peer
   * @param {Node[]} inside
   */
  #card(shown, person, label, peer, ...inside) {
    const card = el(
      "button",
      { type: "button", className: "person", title: label },
      badge(shown, this.tintOf(person)),
      el("span", { className: "who" }, ...inside),
    );
    card.addEventListener("click", () => intend(this, { kind: "showPerson", room: this.room, peer }));
    return card;
  }

  #counted() {
    this.#count.textContent = String(this.#rows.size + 1);
  }
}

/**
 * What one should know of somebody before one trusts them.
 *
 * @param {Peer} peer
 */
export function flags(peer) {
  return [
    peer.imitates === null ? null : fact("caution", words.people.imitates(peer.imitates), words.people.imitatesWhy(peer.imitates), "warning"),
    peer.keyChanged ? fact("caution", words.people.keyChanged, words.people.keyChangedWhy, "warning") : null,
    peer.slowed ? fact("clock", words.people.slowed, words.people.slowedWhy, "slowed") : null,
    peer.standing === "muted" ? fact("bell-off", words.people.muted, words.people.mutedWhy, "muted") : null,
  ].filter((it) => it !== null);
}

/** @param {{ name: string, customName: string, animalName: string }} person */
export function called(person) {
  const animal = person.customName !== "" && person.animalName !== "" && person.animalName !== person.name;
  return el(
    "span",
    { className: "called" },
    name(person.name, "name"),
    animal ? el("span", { className: "animal" }, " (", name(person.animalName), ")") : null,
  );
}

/** @param {string} picture @param {string} label @param {string} why @param {string} kind */
const fact = (picture, label, why, kind) =>
  el(
    "span",
    { className: `fact ${kind}`, title: why },
    icon(picture),
    label,
    el("span", { className: "visually-hidden" }, `. ${why} `),
  );

customElements.define("peer-list", PeerList);
