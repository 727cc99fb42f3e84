/**
 * <peer-list> — who is in a room, oneself first.
 *
 * @import {Me, Peer} from "../../types/ipc.js"
 */
import { el, icon, name } from "../../lib/dom.js";
import { initial, tint } from "../../lib/people.js";
import { words } from "../../lib/words.js";

export class PeerList extends HTMLElement {
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
      badge(me.name, me.userId),
      el("div", { className: "who" }, called(me), el("span", { className: "tag" }, words.people.you)),
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
    row.replaceChildren(
      badge(peer.name, peer.userId ?? peer.peerId),
      el(
        "div",
        { className: "who" },
        called(peer),
        el(
          "ul",
          { className: "facts" },
          fact(VERIFICATION_ICONS[peer.verification], verification, verificationWhy, peer.verification),
          fact(PATH_ICONS[peer.path], path, pathWhy, peer.path),
          peer.native
            ? fact("app", words.people.native, words.people.nativeWhy, "native")
            : fact("world", words.people.browser, words.people.browserWhy, "browser"),
        ),
      ),
    );
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

  #counted() {
    this.#count.textContent = String(this.#rows.size + 1);
  }
}

/** @param {{ name: string, customName: string, animalName: string }} person */
function called(person) {
  const animal = person.customName !== "" && person.animalName !== "" && person.animalName !== person.name;
  return el(
    "p",
    { className: "called" },
    name(person.name, "name"),
    animal ? el("span", { className: "animal" }, " (", name(person.animalName), ")") : null,
  );
}

/** @param {string} shown @param {string} id */
const badge = (shown, id) =>
  el("span", { className: "badge", dataset: { tint: tint(id) }, ariaHidden: "true" }, initial(shown));

/** @param {string} picture @param {string} label @param {string} why @param {string} kind */
const fact = (picture, label, why, kind) =>
  el(
    "li",
    { className: `fact ${kind}`, title: why },
    icon(picture),
    label,
    el("span", { className: "visually-hidden" }, `. ${why}`),
  );

const VERIFICATION_ICONS = { verified: "verified", unverified: "caution", unidentified: "unknown" };
const PATH_ICONS = { direct: "direct", relayed: "relayed", unknown: "clock" };

customElements.define("peer-list", PeerList);
