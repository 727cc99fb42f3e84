/**
 * <talk-view> — one place to talk: what was said, the box to say something, who is writing, and the
 * search in it. A room has one, and so has each private talk.
 *
 * @import {Delivery, Entry, Line, Notice, Transfer} from "../../types/ipc.js"
 * @import {Place} from "../../types/intention.js"
 * @import {Around} from "../chat-transcript/chat-transcript.js"
 */
import { el } from "../../lib/dom.js";

export class TalkView extends HTMLElement {
  #search = el("search-bar", { hidden: true });
  #transcript = el("chat-transcript");
  #middle = el("div", { className: "middle" }, this.#transcript);
  #typing = el("typing-line");
  #above = el("div", { className: "above" });
  #composer = el("message-composer");

  connectedCallback() {
    if (this.firstChild) return;
    this.append(this.#search, this.#middle, this.#typing, this.#above, this.#composer);
    this.addEventListener("answerline", ({ detail }) => this.#composer.answer(detail));
    this.addEventListener("editline", ({ detail }) => this.#composer.edit(detail));
    this.addEventListener("editlast", () => {
      const line = this.#transcript.lastOwn;
      if (line) this.#composer.edit(line);
    });
    this.#transcript.addEventListener("write", () => this.#composer.focus());
    this.#search.addEventListener("write", () => this.#composer.focus());
  }

  /**
   * @param {Place} place
   * @param {Around & { names: () => string[], allTalk: () => boolean }} around
   */
  begin(place, { names, allTalk, ...around }) {
    for (const part of [this.#transcript, this.#composer, this.#search]) part.place = place;
    this.#search.transcript = this.#transcript;
    this.#transcript.around = around;
    this.#composer.names = names;
    this.#composer.allTalk = this.#transcript.allTalk = allTalk;
  }

  /** @param {Entry[]} entries @param {number} unread */
  restore(entries, unread) {
    this.#transcript.restore(entries, unread);
  }

  /** @param {Line} line */
  addLine(line) {
    this.#transcript.addLine(line);
    this.#search.refresh();
  }

  /** @param {Line} line */
  replaceLine(line) {
    this.#transcript.replaceLine(line);
    this.#composer.lineReplaced(line);
    this.#search.refresh();
  }

  /** @param {Notice} notice */
  addNotice(notice) {
    this.#transcript.addNotice(notice);
  }

  /** @param {number} key @param {Delivery} delivery */
  setDelivery(key, delivery) {
    this.#transcript.setDelivery(key, delivery);
  }

  /** @param {string} key of what is shared @param {Transfer | undefined} transfer as it is now */
  setTransfer(key, transfer) {
    this.#transcript.setTransfer(key, transfer);
  }

  /** The first came, or the last went. */
  showPresence() {
    this.#transcript.showPresence();
  }

  /** What shows itself may be another than before. */
  showShares() {
    this.#transcript.showShares();
  }

  /** @param {Node} above stands above the box one writes in */
  set above(above) {
    this.#above.append(above);
  }

  /** Who is there looks different than before. */
  showLooks() {
    this.#transcript.showLooks();
  }

  /** @param {string[]} names who is writing */
  showTyping(names) {
    this.#typing.show(names);
  }

  /** @param {Node | null} welcome stands where nothing was said yet */
  set welcome(welcome) {
    if (welcome) this.#middle.append(welcome);
  }

  /** @param {string} person whom one writes to alone */
  set to(person) {
    this.#composer.to = person;
  }

  /** What is being written. */
  get draft() {
    return this.#composer.draft;
  }

  set draft(draft) {
    this.#composer.draft = draft;
  }

  /** @param {string} text */
  giveBack(text) {
    this.#composer.giveBack(text);
  }

  find() {
    this.#search.open();
  }

  shown() {
    this.#transcript.shown();
    this.#composer.focus();
  }

  /** @param {boolean} seen */
  setSeen(seen) {
    this.#transcript.setSeen(seen);
  }

  get isEmpty() {
    return this.#transcript.isEmpty;
  }

  get hasLines() {
    return this.#transcript.hasLines;
  }
}

customElements.define("talk-view", TalkView);
