/**
 * <peer-list> — who is in a room, oneself first. Each opens what is known of that person.
 *
 * Wants `showPerson`.
 *
 * @import {Me, Peer} from "../../types/ipc.js"
 */
import { badge, PATH_ICONS, PROOF_ICONS, VERIFICATION_ICONS } from "../../lib/badge.js";
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
  /** As they are now. @type {Map<string, Peer>} */
  #peers = new Map();
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
    this.#show(this.#me, words.people.aboutYou, null, badge(me.name, this.tintOf(`profile:${me.userId}`)),
      called(me), el("span", { className: "tag" }, words.people.you));
  }

  /** @param {Peer} peer as it is now */
  set(peer) {
    let row = this.#rows.get(peer.peerId);
    if (!row) {
      row = el("li");
      this.#rows.set(peer.peerId, row);
      this.#list.append(row);
    }
    // To call that verified in the same breath would say two things.
    const isClaimed = peer.verified && peer.proof === "none";
    const [verification, verificationWhy] = words.verification(peer.verification);
    const [path, pathWhy] = words.path(peer.path);
    this.#peers.set(peer.peerId, peer);
    row.className = peer.standing;
    this.#show(row, words.people.about(peer.name), peer.peerId, badge(peer.name, this.tintOf(peer.person)),
      called(peer),
      el(
        "span",
        { className: "facts" },
        ...flags(peer),
        isClaimed
          ? fact(PROOF_ICONS.none, ...words.proof("none", peer.native), "claimed")
          : fact(VERIFICATION_ICONS[peer.verification], verification, verificationWhy, peer.verification),
        fact(PATH_ICONS[peer.path], path, pathWhy, peer.path),
        peer.native
          ? fact("app", words.people.native, words.people.nativeWhy, "native")
          : fact("world", words.people.browser, words.people.browserWhy, "browser"),
      ));
    this.setTyping(peer.peerId, peer.typing);
    this.#counted();
  }

  /** @param {string} peerId @param {boolean} typing */
  setTyping(peerId, typing) {
    this.#rows.get(peerId)?.classList.toggle("typing", typing);
  }

  /** @param {string} peerId */
  delete(peerId) {
    const row = this.#rows.get(peerId);
    const hadFocus = row?.contains(document.activeElement) ?? false;
    row?.remove();
    this.#rows.delete(peerId);
    this.#peers.delete(peerId);
    if (hadFocus) this.focus();
    this.#counted();
  }

  /** Where one is when nobody else is meant: on oneself. */
  focus() {
    this.#me.querySelector("button")?.focus();
  }

  /**
   * The button stays the same one: a dialog that it opened gives the focus back to it.
   *
   * @param {HTMLLIElement} row
   * @param {string} label
   * @param {string | null} peerId oneself without
   * @param {Node} mark
   * @param {Node[]} inside
   */
  #show(row, label, peerId, mark, ...inside) {
    let card = row.querySelector("button");
    if (!card) {
      card = el("button", { type: "button", className: "person" });
      card.addEventListener("click", () => {
        intend(this, { kind: "showPerson", room: this.room, peer: peerId === null ? null : (this.#peers.get(peerId) ?? null) });
      });
      row.append(card);
    }
    card.title = label;
    card.replaceChildren(mark, el("span", { className: "who" }, ...inside));
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
