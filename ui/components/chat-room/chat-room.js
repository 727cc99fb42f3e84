/**
 * <chat-room> — one room: what is said there, to all and in private, who is there and how they are
 * reached. It lives as long as the person is in the room; drafts wait in it.
 *
 * @import {Direct, DirectTalk as DirectThere, Event as RoomEvent, Judged, Likeness, Line, Me, Peer, Problem, Room, Rules, Tracker, Transfer} from "../../types/ipc.js"
 * @import {Looks} from "../../lib/people.js"
 * @import {DirectTalk} from "../direct-talk/direct-talk.js"
 * @import {TalkView} from "../talk-view/talk-view.js"
 */
import { button, el, icon, name } from "../../lib/dom.js";
import { intend } from "../../lib/intend.js";
import { isCalledLikeOneself, Tints } from "../../lib/people.js";
import { showsItself } from "../../lib/shares.js";
import { words } from "../../lib/words.js";
import { unreachable } from "../../lib/unreachable.js";

/** @typedef {Extract<RoomEvent, { kind: "peerJoined" | "peerChanged" | "peerLeft" | "lineAdded" | "lineChanged" | "lineReplaced" | "directChanged" | "noticeAdded" | "typingChanged" | "roomChanged" | "transferChanged" | "transferGone" }>} EventHere */

export class ChatRoom extends HTMLElement {
  /** @type {Pick<Room, "room" | "name">} */
  #room = { room: "", name: "" };
  /** @type {Map<string, Peer>} */
  #peers = new Map();
  #tints = new Tints();
  /** Oneself, as a person. */
  #self = "";
  /** How each of those who are here is told apart, as last shown. */
  #looks = "";
  /** @type {Map<string, { view: DirectTalk, direct: Direct }>} by the person */
  #directs = new Map();
  /** Who is writing to us alone, by session. @type {Set<string>} */
  #typingToUs = new Set();
  /** What is fetched and given here, by what it is called. @type {Map<string, Transfer>} */
  #transfers = new Map();
  /** @type {Rules} */
  #rules = { slow: false, plainStrangers: false, autoMedia: false };
  /** What is being made ready, and stands on no line yet. */
  #preparing = el("transfer-list");
  /** @type {Map<string, Tracker>} */
  #trackers = new Map();
  #view = el("talk-view");
  #welcome = el("room-welcome");
  #alone = el("p", { className: "alone" }, icon("nobody"), el("span", {}, words.room.alone));
  /** Stands where nobody comes because of another password. */
  #invite = el("div", { className: "silent", hidden: true });
  #silent = el("p", { className: "silent", hidden: true }, words.room.silent);
  /** Whether nobody else is here, as last shown. */
  #wasAlone = true;
  #problems = el("problem-list");
  /** Problems that tell of somebody with another password. @type {Set<number>} */
  #strangers = new Set();
  #conversation = el("section", { className: "conversation" });
  #peerList = el("peer-list");
  #judgedList = el("judged-list");
  #trackerList = el("tracker-list");
  #menu = el("room-menu");
  #peopleCount = el("span", { className: "number" });
  #peopleButton = button("people", words.room.people, { quiet: true, iconOnly: true });
  #heading = el("h1", { tabIndex: -1 });

  /** @param {Room} room @param {Me} me @param {Transfer[]} [transfers] */
  open(room, me, transfers = []) {
    const pane = this.#pane();
    this.#room = room;
    this.#preparing.room = room.room;
    for (const transfer of transfers) this.#setTransfer(transfer);
    this.#menu.room = room.room;
    this.#peerList.room = room.room;
    this.#peerList.tintOf = (person) => this.tintOf(person);
    this.#conversation.ariaLabel = room.name;
    this.#conversation.append(this.#header(room, pane), this.#problems, this.#alone, this.#view);
    this.append(this.#conversation, pane);
    this.#view.begin({ room: room.room }, this.#around());
    this.#view.welcome = this.#welcome;
    this.#view.welcome = this.#silent;
    const invite = button("link", words.room.invite);
    invite.addEventListener("click", () => intend(this, { kind: "share", room: room.room }));
    this.#invite.append(el("p", {}, words.room.aloneLead), invite);
    this.#view.welcome = this.#invite;
    this.#view.above = this.#preparing;
    this.addEventListener("find", () => this.#view.find());
    this.#welcome.show(room);
    this.#rules = room.rules;
    this.#menu.set(room.muted, room.rules);
    this.setMe(me);
    for (const peer of room.peers) this.#setPeer(peer);
    this.#view.restore(room.entries, room.unread.lines);
    for (const direct of room.directs) this.#restoreDirect(direct);
    this.#settled();
  }

  /** @param {EventHere} event */
  hear(event) {
    switch (event.kind) {
      case "peerJoined":
      case "peerChanged":
        this.#setPeer(event.peer);
        break;
      case "peerLeft":
        this.#peers.delete(event.peerId);
        this.#typingToUs.delete(event.peerId);
        this.#peerList.delete(event.peerId);
        this.#seat();
        this.#showDirects();
        break;
      case "typingChanged":
        this.#setTyping(event.peerId, event.direct, event.typing);
        break;
      case "lineAdded":
        this.#talk(event.with)?.addLine(event.line);
        break;
      case "lineChanged":
        this.#talk(event.with)?.setDelivery(event.key, event.delivery);
        break;
      case "lineReplaced":
        this.#talk(event.with)?.replaceLine(event.line);
        break;
      case "directChanged":
        this.#direct(event.direct);
        break;
      case "noticeAdded":
        this.#view.addNotice(event.notice);
        break;
      case "roomChanged":
        this.#rules = event.rules;
        this.#menu.set(event.muted, event.rules);
        this.#view.showShares();
        break;
      case "transferChanged":
        this.#setTransfer(event.transfer);
        return;
      case "transferGone":
        this.#transfers.delete(event.key);
        this.#preparing.delete(event.room, event.key);
        this.#view.setTransfer(event.key, undefined);
        return;
      default:
        unreachable(event);
    }
    this.#settled();
  }

  /**
   * A private talk with somebody, which may be about to begin.
   *
   * @param {string} person
   * @returns {Direct | null} nothing if nobody like that is known here
   */
  directWith(person) {
    const known = this.directs.find((direct) => direct.with === person);
    if (known) return known;
    const peer = this.#peerOf(person);
    if (!peer) return null;
    const { name, peerId, animalName, imitates } = peer;
    const direct = { with: person, name, peerId, animalName: animalName === "" ? null : animalName, imitates };
    this.#direct(direct);
    return direct;
  }

  /** The private talks, with those who are there as they are now. @returns {Direct[]} */
  get directs() {
    return [...this.#directs.values()].map(({ direct }) => {
      const peer = this.#peerOf(direct.with);
      if (!peer) return { ...direct, peerId: null };
      const { name, peerId, imitates } = peer;
      return { ...direct, name, peerId, imitates };
    });
  }

  /** @param {Me} me */
  setMe(me) {
    this.#self = `profile:${me.userId}`;
    this.#seat();
    this.#peerList.setMe(me);
  }

  /** The name that nobody chooses, of somebody whose chosen one can be mistaken. @param {string} person */
  animalOf(person) {
    const peer = this.#peerOf(person);
    return peer ? this.#appearance(peer).animal : null;
  }

  /** @param {string} person */
  tintOf(person) {
    return this.#tints.of(person);
  }

  /** @param {Judged[]} judged */
  setJudged(judged) {
    this.#judgedList.set(judged);
  }

  /** @param {Tracker} tracker */
  setTracker(tracker) {
    this.#trackers.set(tracker.url, tracker);
    this.#trackerList.set(tracker);
    this.#showTrackers();
  }

  /** @param {string} url */
  deleteTracker(url) {
    this.#trackers.delete(url);
    this.#trackerList.delete(url);
    this.#showTrackers();
  }

  /** @param {Problem} problem */
  addProblem(problem) {
    this.#problems.add(problem);
    // Someone is there: "you are the first" would not be true.
    if (problem.what.kind === "otherPassword") this.#strangers.add(problem.id);
    this.#settled();
  }

  /** @param {number} id */
  deleteProblem(id) {
    this.#problems.delete(id);
    if (this.#strangers.delete(id)) this.#settled();
  }

  /** @param {string | undefined} person @param {string} text */
  giveBack(person, text) {
    this.#talk(person)?.giveBack(text);
  }

  /** @param {string | undefined} person the private talk that comes to the front; the room itself without */
  shown(person) {
    this.#conversation.hidden = person !== undefined;
    for (const [other, { view }] of this.#directs) view.hidden = other !== person;
    this.#talk(person)?.shown();
  }

  /** @param {string | undefined} person @param {boolean} seen whether somebody has it before their eyes */
  setSeen(person, seen) {
    const view = person === undefined ? this.#view : this.#directs.get(person)?.view.view;
    view?.setSeen(seen);
  }

  /** @param {string | undefined} person */
  find(person) {
    this.#talk(person)?.find();
  }

  /** Whether it is remembered. */
  set isPinned(/** @type {boolean} */ pinned) {
    this.#menu.isPinned = pinned;
  }

  /** What is being written, by the place: the room's own under the empty name. @returns {Record<string, string>} */
  get drafts() {
    const all = [["", this.#view.draft], ...[...this.#directs].map(([person, { view }]) => [person, view.view.draft])];
    return Object.fromEntries(all.filter(([, draft]) => draft !== ""));
  }

  set drafts(drafts) {
    for (const [person, draft] of Object.entries(drafts)) {
      const talk = this.#talk(person === "" ? undefined : person);
      if (talk) talk.draft = draft;
    }
  }

  /** How many are there besides oneself. */
  get others() {
    return this.#peers.size;
  }

  /** Whether some of those who are there keep what others take back. */
  get someKeep() {
    return [...this.#peers.values()].some((peer) => !peer.talks);
  }

  /** Whether something was said that leaving would lose. */
  get hasLines() {
    return this.#view.hasLines || [...this.#directs.values()].some(({ view }) => view.view.hasLines);
  }

  /** @param {string | undefined} person @returns {TalkView | undefined} */
  #talk(person) {
    if (person === undefined) return this.#view;
    if (!this.#directs.has(person)) this.directWith(person);
    return this.#directs.get(person)?.view.view;
  }

  /** @param {string} [person] */
  #around(person) {
    const here = () => [...this.#peers.values()].filter((peer) => person === undefined || peer.person === person);
    return {
      nameOf: (/** @type {string} */ peerId) => this.#peers.get(peerId)?.name,
      looksOf: (/** @type {Line} */ line, /** @type {Looks | null} */ before) => this.#looksOf(line, before),
      imitatedBy: (/** @type {string} */ peerId, /** @type {string} */ called) => {
        const peer = this.#peers.get(peerId);
        return peer?.name === called ? peer.imitates : null;
      },
      animalOf: (/** @type {string} */ called) => this.#animalOfName(called),
      transferOf: (/** @type {string} */ key) => this.#transfers.get(key),
      showsItself: (/** @type {Line} */ line) => showsItself(line, this.#peers.get(line.peerId), this.#rules),
      names: () => here().map((peer) => peer.name),
      isAnyoneHere: () => here().length > 0,
      allTalk: () => here().every((peer) => peer.talks),
    };
  }

  /** @param {Transfer} transfer */
  #setTransfer(transfer) {
    this.#transfers.set(transfer.key, transfer);
    this.#preparing.set(transfer);
    this.#view.setTransfer(transfer.key, transfer);
  }

  /** @param {DirectThere} there */
  #restoreDirect({ direct, entries, unread, typing }) {
    if (typing && direct.peerId !== null) this.#typingToUs.add(direct.peerId);
    this.#direct(direct).restore(entries, unread.lines);
  }

  /**
   * A talk is with somebody else than it seemed, and may go on in one that was there already.
   *
   * @param {string} from @param {DirectThere} talk
   */
  moveDirect(from, talk) {
    const drafts = [talk.direct.with, from].map((person) => this.#directs.get(person)?.view.view.draft ?? "").filter((draft) => draft !== "");
    for (const person of [from, talk.direct.with]) {
      this.#directs.get(person)?.view.remove();
      this.#directs.delete(person);
    }
    this.#restoreDirect(talk);
    if (drafts.length > 0) this.#direct(talk.direct).view.draft = drafts.join("\n");
    this.#settled();
  }

  /** @param {Direct} direct @returns {DirectTalk} */
  #direct(direct) {
    let known = this.#directs.get(direct.with);
    if (!known) {
      const view = el("direct-talk", { hidden: true, room: this.#room.room, roomName: this.#room.name });
      known = { view, direct };
      this.#directs.set(direct.with, known);
      this.append(view);
      view.view.begin({ room: this.#room.room, with: direct.with }, this.#around(direct.with));
      this.#seat();
    }
    known.direct = direct;
    known.view.set(direct, this.#peerOf(direct.with), this.tintOf(direct.with));
    return known.view;
  }

  /** @param {string} person @returns {Peer | null} */
  #peerOf(person) {
    return [...this.#peers.values()].find((peer) => peer.person === person) ?? null;
  }

  #showDirects() {
    for (const { view, direct } of this.#directs.values()) view.set(direct, this.#peerOf(direct.with), this.tintOf(direct.with));
  }

  /** Gives everybody who is here their tint, and shows where somebody looks different than before. */
  #seat() {
    const here = [...this.#peers.values()];
    this.#tints.seat([this.#self, ...here.map(({ person }) => person)], [...this.#directs.keys()]);
    const now = JSON.stringify(here.map((peer) => [peer.peerId, this.#appearance(peer)]));
    if (now === this.#looks) return;
    this.#looks = now;
    this.#view.showLooks();
    this.#view.showShares();
    for (const { view } of this.#directs.values()) view.view.showLooks();
  }

  /** @param {Peer} peer @returns {Looks} */
  #appearance(peer) {
    const { name: called, customName, animalName, imitates } = peer;
    const animal = this.#isMistakable(called, imitates) && customName !== "" && animalName !== "" && animalName !== called ? animalName : null;
    return { tint: this.tintOf(peer.person), animal, imitates };
  }

  /** Whether a name leaves open who is meant. @param {string} called @param {Likeness | null} imitates */
  #isMistakable(called, imitates) {
    return imitates !== null || isCalledLikeOneself(called) || [...this.#peers.values()].some(({ imitates: other }) => other?.kind === "person" && other.name === called);
  }

  /** @param {Peer} peer */
  #toldApart(peer) {
    const { animal } = this.#appearance(peer);
    return animal === null ? peer.name : `${peer.name} (${animal})`;
  }

  /** Nothing where several are called so and it is not known who of them is meant. @param {string} called */
  #animalOfName(called) {
    const same = [...this.#peers.values()].filter((peer) => peer.name === called);
    const [only, ...others] = same.length > 1 ? same.filter((peer) => peer.slowed) : same;
    return only && others.length === 0 ? this.#appearance(only).animal : null;
  }

  /**
   * How the author of a line is told apart: by the name they had when they said it, whatever they are
   * called now. Who was told apart once stays so.
   *
   * @param {Line} line @param {Looks | null} before @returns {Looks}
   */
  #looksOf({ author, authorId, peerId, backfilled, animalName, imitates }, before) {
    const peer = backfilled ? undefined : this.#peers.get(peerId);
    const person = peer?.person ?? (authorId === null ? `session:${peerId}` : `profile:${authorId}`);
    const tint = !peer && before && !backfilled ? before.tint : this.tintOf(person);
    const isMistakable = this.#isMistakable(author, imitates) || (before?.animal ?? null) !== null;
    return { tint, animal: isMistakable && animalName !== author ? animalName : null, imitates };
  }

  /** @param {Room} room @param {HTMLElement} pane */
  #header(room, pane) {
    const menu = button("menu", words.rooms.show, { quiet: true, iconOnly: true });
    menu.classList.add("narrow-only");
    menu.setAttribute("popovertarget", "rooms-pane");
    const find = button("search", words.search.open, { quiet: true, iconOnly: true });
    find.classList.add("find");
    find.addEventListener("click", () => this.#view.find());
    const link = button("link", words.room.invite, { quiet: true });
    link.classList.add("invite");
    link.addEventListener("click", () => intend(this, { kind: "share", room: room.room }));
    this.#peopleButton.classList.add("people-button");
    this.#peopleButton.setAttribute("popovertarget", pane.id);
    this.#peopleButton.append(this.#peopleCount);
    const leave = button("leave", words.room.leave, { quiet: true });
    leave.classList.add("go");
    leave.addEventListener("click", () => intend(this, { kind: "leave", room: room.room }));
    this.#heading.append(name(room.name));
    this.#heading.title = room.name;
    return el(
      "header",
      { className: "room-header" },
      menu,
      el(
        "div",
        { className: "title" },
        this.#heading,
        el(
          "p",
          { className: "where" },
          icon(room.private ? "lock" : "world"),
          `${room.private ? words.room.private : words.room.public} · `,
          name(room.origin.replace(/^https:\/\//, "")),
        ),
      ),
      el("div", { className: "actions" }, find, link, this.#peopleButton, leave, this.#menu),
    );
  }

  #pane() {
    const close = button("close", words.close, { quiet: true, iconOnly: true });
    const id = `people-pane-${++panes}`;
    close.classList.add("close");
    close.setAttribute("popovertarget", id);
    close.setAttribute("popovertargetaction", "hide");
    return el(
      "aside",
      { id, className: "pane people-pane", popover: "auto", ariaLabel: words.room.people },
      close,
      this.#peerList,
      this.#judgedList,
      this.#trackerList,
    );
  }

  /** @param {Peer} peer */
  #setPeer(peer) {
    this.#peers.set(peer.peerId, peer);
    this.#seat();
    this.#peerList.set(peer);
    this.#showDirects();
  }

  /** @param {string} peerId @param {boolean} direct @param {boolean} typing */
  #setTyping(peerId, direct, typing) {
    if (direct) {
      if (typing) this.#typingToUs.add(peerId);
      else this.#typingToUs.delete(peerId);
      return;
    }
    const peer = this.#peers.get(peerId);
    if (!peer) return;
    this.#peers.set(peerId, { ...peer, typing });
    this.#peerList.setTyping(peerId, typing);
  }

  #showTrackers() {
    this.#welcome.setTrackers([...this.#trackers.values()].map(({ state }) => state));
  }

  #settled() {
    const alone = this.#peers.size === 0;
    const untouched = alone && this.#view.isEmpty;
    this.#welcome.hidden = !untouched || this.#strangers.size > 0;
    // Whoever has another password is no company.
    this.#invite.hidden = !untouched || this.#strangers.size === 0;
    this.#alone.hidden = !alone || untouched;
    this.#silent.hidden = alone || !this.#view.isEmpty;
    if (alone !== this.#wasAlone) this.#view.showPresence();
    this.#wasAlone = alone;
    this.#view.showTyping([...this.#peers.values()].filter((peer) => peer.typing).map((peer) => this.#toldApart(peer)));
    for (const { view, direct } of this.#directs.values()) {
      const peer = this.#peerOf(direct.with);
      view.view.showTyping(peer && this.#typingToUs.has(peer.peerId) ? [this.#toldApart(peer)] : []);
      view.settled();
    }
    const count = this.#peers.size + 1;
    this.#peopleCount.textContent = String(count);
    this.#peopleButton.ariaLabel = `${words.room.people}: ${words.room.peopleCount(count)}`;
  }
}

let panes = 0;

customElements.define("chat-room", ChatRoom);
