/**
 * <direct-talk> — a private talk with one person, through the room both are in. It outlives their
 * session: whoever has the same profile goes on in the same talk.
 *
 * @import {Direct, Entry, Peer} from "../../types/ipc.js"
 */
import { badge, PROOF_ICONS, VERIFICATION_ICONS } from "../../lib/badge.js";
import { button, el, icon, name } from "../../lib/dom.js";
import { intend } from "../../lib/intend.js";
import { isCalledLikeOneself } from "../../lib/people.js";
import { words } from "../../lib/words.js";

export class DirectTalk extends HTMLElement {
  room = "";
  roomName = "";
  view = el("talk-view");
  /** @type {Peer | null} the person, while they are there */
  #peer = null;
  #who = el("div", { className: "who" });
  #heading = el("h1", { tabIndex: -1 });
  #where = el("p", { className: "where" });
  #about = button("person", words.direct.about, { quiet: true, iconOnly: true });
  #empty = el("div", { className: "empty" }, el("h2", {}, words.direct.empty), el("p", {}, words.direct.emptyLead));
  #away = el("p", { className: "alone", hidden: true }, icon("nobody"), el("span", {}, words.direct.awayWhy));

  connectedCallback() {
    if (this.firstChild) return;
    const menu = button("menu", words.rooms.show, { quiet: true, iconOnly: true });
    menu.classList.add("narrow-only");
    menu.setAttribute("popovertarget", "rooms-pane");
    const back = button("back", words.direct.back, { quiet: true });
    back.addEventListener("click", () => intend(this, { kind: "showRoom", room: this.room }));
    const find = button("search", words.search.open, { quiet: true, iconOnly: true });
    find.addEventListener("click", () => this.view.find());
    this.#about.addEventListener("click", () => {
      if (this.#peer) intend(this, { kind: "showPerson", room: this.room, peer: this.#peer });
    });
    this.append(
      el(
        "section",
        { className: "conversation" },
        el(
          "header",
          { className: "room-header" },
          menu,
          this.#who,
          el("div", { className: "title" }, this.#heading, this.#where),
          el("div", { className: "actions" }, find, this.#about, back),
        ),
        this.#away,
        this.view,
      ),
    );
    this.view.welcome = this.#empty;
  }

  /** @param {Direct} direct @param {Peer | null} peer them, while they are there @param {string} tint */
  set(direct, peer, tint) {
    const cameOrWent = (this.#peer === null) !== (peer === null);
    this.#peer = peer;
    const called = peer?.name ?? direct.name;
    const animalName = peer?.animalName ?? direct.animalName ?? "";
    // Also of who is gone it stays true.
    const imitates = peer ? peer.imitates : direct.imitates;
    const isToldApart = (imitates !== null || isCalledLikeOneself(called)) && animalName !== "" && animalName !== called;
    this.#who.replaceChildren(badge(called, tint));
    this.#heading.replaceChildren(name(called), ...(isToldApart ? [" (", name(animalName), ")"] : []));
    this.#heading.title = called;
    this.querySelector("section")?.setAttribute("aria-label", words.direct.title(called));
    const [verification = "", why = ""] = peer ? words.verification(peer.verification) : [];
    this.#where.replaceChildren(
      el("span", { className: `presence ${peer ? "here" : "away"}` }, peer ? words.direct.here : words.direct.away),
      ...(peer ? [el("span", { className: `fact ${peer.verification}`, title: why }, icon(VERIFICATION_ICONS[peer.verification]), verification)] : []),
      // A name that is only claimed by its key says less than one that was proven.
      ...(peer?.verified && peer.proof === "none" ? [claimed(...words.proof("none", peer.native))] : []),
      ...(imitates === null ? [] : [el("span", { className: "fact warning", title: words.people.imitatesWhy(imitates) }, icon("caution"), words.people.imitates(imitates))]),
      el("span", { className: "through" }, words.direct.through(this.roomName)),
    );
    this.#about.disabled = peer === null;
    this.view.to = called;
    if (cameOrWent) this.view.showPresence();
    this.#settled();
  }

  /** @param {Entry[]} entries @param {number} unread */
  restore(entries, unread) {
    this.view.restore(entries, unread);
    this.#settled();
  }

  /** Something was said, or the other came or went. */
  settled() {
    this.#settled();
  }

  #settled() {
    this.#empty.hidden = !this.view.isEmpty;
    this.#away.hidden = this.#peer !== null;
  }
}

/** @param {string} short @param {string} why */
const claimed = (short, why) => el("span", { className: "fact claimed", title: why }, icon(PROOF_ICONS.none), short);

customElements.define("direct-talk", DirectTalk);
