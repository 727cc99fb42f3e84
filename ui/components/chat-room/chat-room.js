/**
 * <chat-room> — one room: what is said there, the box to say something, who is there and how they
 * are reached. It lives as long as the person is in the room; a draft waits in it.
 *
 * @import {Event as RoomEvent, Me, Peer, Problem, Room, Tracker} from "../../types/ipc.js"
 */
import { button, el, icon, name } from "../../lib/dom.js";
import { intend } from "../../lib/intend.js";
import { words } from "../../lib/words.js";
import { unreachable } from "../../lib/unreachable.js";

/** @typedef {Extract<RoomEvent, { kind: "peerJoined" | "peerChanged" | "peerLeft" | "lineAdded" | "lineChanged" | "noticeAdded" | "typingChanged" }>} EventHere */

export class ChatRoom extends HTMLElement {
  /** @type {Map<string, Peer>} */
  #peers = new Map();
  /** @type {Map<string, Tracker>} */
  #trackers = new Map();
  #transcript = el("chat-transcript");
  #welcome = el("room-welcome");
  #typing = el("typing-line");
  #alone = el("p", { className: "alone" }, icon("nobody"), words.room.alone);
  #composer = el("message-composer");
  #problems = el("problem-list");
  #peerList = el("peer-list");
  #trackerList = el("tracker-list");
  #peopleCount = el("span", { className: "number" });
  #peopleButton = button("people", words.room.people, { quiet: true, iconOnly: true });
  #heading = el("h1", { tabIndex: -1 });

  /** @param {Room} room @param {Me} me */
  open(room, me) {
    const pane = this.#pane();
    this.#composer.room = room.room;
    this.append(
      el(
        "section",
        { className: "conversation", ariaLabel: room.name },
        this.#header(room, pane),
        this.#problems,
        el("div", { className: "middle" }, this.#transcript, this.#welcome),
        this.#alone,
        this.#typing,
        this.#composer,
      ),
      pane,
    );
    this.#transcript.nameOf = (peerId) => this.#peers.get(peerId)?.name;
    this.#welcome.show(room);
    this.#peerList.setMe(me);
    for (const peer of room.peers) this.#setPeer(peer);
    this.#transcript.restore(room.entries);
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
        this.#peerList.delete(event.peerId);
        break;
      case "typingChanged":
        this.#setTyping(event.peerId, event.typing);
        break;
      case "lineAdded":
        this.#transcript.addLine(event.line);
        break;
      case "lineChanged":
        this.#transcript.setDelivery(event.id, event.delivery);
        break;
      case "noticeAdded":
        this.#transcript.addNotice(event.notice);
        break;
      default:
        unreachable(event);
    }
    this.#settled();
  }

  /** @param {Me} me */
  setMe(me) {
    this.#peerList.setMe(me);
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
  }

  /** @param {number} id */
  deleteProblem(id) {
    this.#problems.delete(id);
  }

  /** @param {string} text */
  giveBack(text) {
    this.#composer.giveBack(text);
  }

  /** The room comes to the front. */
  shown() {
    this.#transcript.shown();
    this.#composer.focus();
  }

  /** How many are there besides oneself. */
  get others() {
    return this.#peers.size;
  }

  /** Whether something was said that leaving would lose. */
  get hasLines() {
    return this.#transcript.hasLines;
  }

  /** @param {Room} room @param {HTMLElement} pane */
  #header(room, pane) {
    const menu = button("menu", words.rooms.show, { quiet: true, iconOnly: true });
    menu.classList.add("narrow-only");
    menu.setAttribute("popovertarget", "rooms-pane");
    const link = button("link", words.room.invite, { quiet: true });
    link.addEventListener("click", () => intend(this, { kind: "share", room: room.room }));
    this.#peopleButton.classList.add("people-button");
    this.#peopleButton.setAttribute("popovertarget", pane.id);
    this.#peopleButton.append(this.#peopleCount);
    const leave = button("leave", words.room.leave, { quiet: true });
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
      el("div", { className: "actions" }, link, this.#peopleButton, leave),
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
      this.#trackerList,
    );
  }

  /** @param {Peer} peer */
  #setPeer(peer) {
    this.#peers.set(peer.peerId, peer);
    this.#peerList.set(peer);
  }

  /** @param {string} peerId @param {boolean} typing */
  #setTyping(peerId, typing) {
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
    const untouched = alone && this.#transcript.isEmpty;
    this.#welcome.hidden = !untouched;
    this.#alone.hidden = !alone || untouched;
    this.#typing.show([...this.#peers.values()].filter((peer) => peer.typing).map((peer) => peer.name));
    const count = this.#peers.size + 1;
    this.#peopleCount.textContent = String(count);
    this.#peopleButton.ariaLabel = `${words.room.people}: ${words.room.peopleCount(count)}`;
  }
}

let panes = 0;

customElements.define("chat-room", ChatRoom);
