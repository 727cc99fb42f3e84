/**
 * Lines that are folded away until asked for: those of one author, for one reason, in a row, stand
 * under one sentence.
 *
 * @import {Fold} from "../../types/ipc.js"
 * @import {Shown} from "./chat-transcript.js"
 */
import { el, icon } from "../../lib/dom.js";
import { words } from "../../lib/words.js";

/** @typedef {{ author: string, why: Fold, lines: Set<Shown>, summary: HTMLElement, told: HTMLElement, toggle: HTMLButtonElement, isOpen: boolean }} Group */

export class Folds {
  /** @type {Group | null} to which the next line may belong */
  #latest = null;
  /** @type {WeakMap<Shown, Group>} */
  #groups = new WeakMap();
  /** @type {WeakMap<Element, Group>} */
  #toggles = new WeakMap();

  /**
   * @param {Shown} shown
   * @returns {HTMLElement | null} what is to stand above it, if a new group begins
   */
  add(shown) {
    const { folded, authorId, peerId, author } = shown.line;
    if (folded === null) {
      this.#latest = null;
      return null;
    }
    const by = authorId ?? peerId;
    const isNew = this.#latest?.author !== by || this.#latest.why !== folded;
    const group = isNew || !this.#latest ? this.#begin(by, folded) : this.#latest;
    this.#latest = group;
    group.lines.add(shown);
    this.#groups.set(shown, group);
    shown.article.hidden = !group.isOpen;
    tell(group, author);
    return isNew ? group.summary : null;
  }

  /** What comes next belongs to no group yet. */
  end() {
    this.#latest = null;
  }

  /** @param {Shown} shown that is drawn anew */
  update(shown) {
    const group = this.#groups.get(shown);
    if (!group || shown.line.folded !== null) return;
    shown.article.hidden = false;
    group.lines.delete(shown);
    this.#groups.delete(shown);
    tell(group, shown.line.author);
  }

  /** @param {Shown} shown that is to be seen */
  open(shown) {
    const group = this.#groups.get(shown);
    if (group && !group.isOpen) this.toggle(group.toggle);
  }

  /** @param {Element} toggle */
  toggle(toggle) {
    const group = this.#toggles.get(toggle);
    if (!group) return;
    group.isOpen = !group.isOpen;
    for (const { article } of group.lines) article.hidden = !group.isOpen;
    group.toggle.textContent = group.isOpen ? words.line.fold : words.line.unfold;
    group.toggle.ariaExpanded = String(group.isOpen);
  }

  /** @param {string} author @param {Fold} why @returns {Group} */
  #begin(author, why) {
    const told = el("span");
    const toggle = el("button", { type: "button", ariaExpanded: "false" }, words.line.unfold);
    // Counting up is not worth reading out each time; a notice says once that somebody is slowed.
    const summary = el("p", { className: "fold", ariaLive: "off" }, icon("fold"), told, " ", toggle);
    /** @type {Group} */
    const group = { author, why, lines: new Set(), summary, told, toggle, isOpen: false };
    this.#toggles.set(toggle, group);
    return group;
  }
}

/** @param {Group} group @param {string} author */
function tell(group, author) {
  group.summary.hidden = group.lines.size === 0;
  group.told.textContent = words.line.folded(group.lines.size, author, group.why);
}
