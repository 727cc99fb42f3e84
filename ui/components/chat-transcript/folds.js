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
  /** @type {WeakMap<Element, Group>} by the lines in them */
  #articles = new WeakMap();
  /** @type {WeakMap<Element, Group>} */
  #toggles = new WeakMap();

  /**
   * @param {Shown} shown
   * @returns {HTMLElement | null} what is to stand above it, if a new group begins
   */
  add(shown) {
    const { folded, author } = shown.line;
    if (folded === null) {
      this.#latest = null;
      return null;
    }
    const by = authorOf(shown);
    const isNew = this.#latest?.author !== by || this.#latest.why !== folded;
    const group = isNew || !this.#latest ? this.#begin(by, folded) : this.#latest;
    this.#latest = group;
    this.#join(shown, group);
    tell(group, author);
    return isNew ? group.summary : null;
  }

  /** What comes next belongs to no group yet. */
  end() {
    this.#latest = null;
  }

  /**
   * Somebody may have been muted, or not be any more: what they said before goes along.
   *
   * @param {Shown} shown that is drawn anew, and stands where it stood
   */
  update(shown) {
    const { folded, author } = shown.line;
    const before = this.#groups.get(shown);
    if ((before?.why ?? null) === folded) return;
    if (before) this.#drop(shown, before);
    if (folded === null) {
      shown.article.hidden = false;
      return;
    }
    const above = this.#beside(shown, shown.article.previousElementSibling);
    const below = this.#beside(shown, shown.article.nextElementSibling);
    const group = above ?? below ?? this.#begin(authorOf(shown), folded);
    if (!above) shown.article.before(group.summary);
    this.#join(shown, group);
    if (above && below && above !== below) {
      for (const it of below.lines) this.#join(it, above);
      below.summary.remove();
      if (this.#latest === below) this.#latest = above;
    }
    if (!shown.article.nextElementSibling) this.#latest = group;
    tell(group, author);
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

  /** @param {Shown} shown @param {Group} group */
  #join(shown, group) {
    group.lines.add(shown);
    this.#groups.set(shown, group);
    this.#articles.set(shown.article, group);
    shown.article.hidden = !group.isOpen;
  }

  /** @param {Shown} shown @param {Group} group */
  #drop(shown, group) {
    group.lines.delete(shown);
    this.#groups.delete(shown);
    this.#articles.delete(shown.article);
    tell(group, shown.line.author);
    if (group.lines.size > 0) return;
    // What comes next would stand far from it.
    group.summary.remove();
    if (this.#latest === group) this.#latest = null;
  }

  /**
   * The group a neighbour belongs to, if a line may join it.
   *
   * @param {Shown} shown @param {Element | null} neighbour a line, or the sentence above folded ones
   */
  #beside(shown, neighbour) {
    if (!neighbour) return undefined;
    const toggle = neighbour.matches(".fold") ? neighbour.querySelector("button") : null;
    const group = toggle ? this.#toggles.get(toggle) : this.#articles.get(neighbour);
    return group?.author === authorOf(shown) && group.why === shown.line.folded ? group : undefined;
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

/** @param {Shown} shown */
const authorOf = ({ line }) => line.authorId ?? line.peerId;

/** @param {Group} group @param {string} author */
function tell(group, author) {
  group.summary.hidden = group.lines.size === 0;
  group.told.textContent = words.line.folded(group.lines.size, author, group.why);
}
