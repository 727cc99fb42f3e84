/**
 * <line-actions> — what can be done with the line one is at. One toolbar for all lines; it floats
 * beside the one the pointer or the focus is on.
 *
 * Wants `react`, `copy` and `takeBack`; the place it is in hears `answerline` and `editline`.
 *
 * @import {Line} from "../../types/ipc.js"
 * @import {Place} from "../../types/intention.js"
 * @import {Shown} from "../chat-transcript/chat-transcript.js"
 */
import { button, el } from "../../lib/dom.js";
import { intend } from "../../lib/intend.js";
import { words } from "../../lib/words.js";

export class LineActions extends HTMLElement {
  /** @type {Place} */
  place = { room: "" };
  /** Whether everybody who is there sees more than words. */
  allTalk = () => true;
  /** @type {Shown | null} */
  #at = null;
  #react = button("smile", words.lineActions.react, { quiet: true, iconOnly: true });
  #reply = button("reply", words.lineActions.reply, { quiet: true, iconOnly: true });
  #copy = button("copy", words.lineActions.copy, { quiet: true, iconOnly: true });
  #edit = button("pencil", words.lineActions.edit, { quiet: true, iconOnly: true });
  #delete = button("bin", words.lineActions.delete, { quiet: true, iconOnly: true });
  #bar = el("div", { role: "toolbar" }, this.#react, this.#reply, this.#copy, this.#edit, this.#delete);
  /** @type {ReturnType<typeof setTimeout> | 0} */
  #leaving = 0;
  #frame = 0;
  #resized = new ResizeObserver(() => this.#followed());
  #changed = new MutationObserver(() => this.#followed());

  connectedCallback() {
    if (this.firstChild) return;
    this.append(this.#bar);
    this.#react.addEventListener("click", () => this.#do("react"));
    this.#reply.addEventListener("click", () => this.#do("reply"));
    this.#copy.addEventListener("click", () => this.#do("copy"));
    this.#edit.addEventListener("click", () => this.#do("edit"));
    this.#delete.addEventListener("click", () => this.#do("delete"));
    this.addEventListener("keydown", (pressed) => this.#move(pressed));
    this.addEventListener("pointerenter", () => this.#stayed());
  }

  /** @param {Shown} shown */
  show(shown) {
    this.#stayed();
    if (this.#at === shown && !this.hidden) return;
    if (!this.hidden && this.contains(document.activeElement)) return;
    this.#at?.article.classList.remove("at");
    this.#forget();
    this.#at = shown;
    shown.article.classList.add("at");
    this.#dress(shown.line);
    this.hidden = false;
    this.#placed();
    this.#watch();
  }

  hide() {
    this.#forget();
    this.#at?.article.classList.remove("at");
    this.#at = null;
    this.hidden = true;
  }

  /** The pointer went away; a moment later so does the toolbar, unless somebody is in it. */
  leave() {
    if (this.hidden || this.#isHeld()) return;
    this.#stayed();
    this.#leaving = setTimeout(() => {
      if (!this.#isHeld()) this.hide();
    }, LEAVING_MS);
  }

  /** The lines were scrolled. */
  moved() {
    if (this.hidden) return;
    if (this.#isHeld() || this.#at?.article.matches(":hover")) this.#followed();
    else this.hide();
  }

  /** @param {Shown} shown that was drawn anew */
  refresh(shown) {
    if (this.#at !== shown) return;
    if (shown.line.deleted) this.hide();
    else shown.article.classList.add("at");
  }

  /**
   * A key pressed on a line.
   *
   * @param {Shown} at
   * @param {string} key
   * @returns {boolean} whether it meant something
   */
  press(at, key) {
    if (at.line.deleted) return false;
    const action = key === "Enter" || key === " " ? "open" : KEYS[key.toLowerCase()];
    if (!action || ((action === "edit" || action === "delete") && !isSaid(at.line))) return false;
    this.show(at);
    if (action === "open") this.#react.focus();
    else this.#do(action);
    return true;
  }

  #isHeld() {
    return this.contains(document.activeElement) || this.#at?.article.contains(document.activeElement) === true;
  }

  #stayed() {
    if (this.#leaving !== 0) clearTimeout(this.#leaving);
    this.#leaving = 0;
  }

  /** @param {Line} line */
  #dress(line) {
    this.#bar.ariaLabel = isMine(line) ? words.lineActions.own : words.lineActions.title(line.author);
    this.#edit.hidden = !isSaid(line);
    this.#delete.hidden = !isSaid(line);
  }

  /** @param {Action} action */
  #do(action) {
    const at = this.#at;
    if (!at) return;
    const { line, article } = at;
    const { room } = this.place;
    switch (action) {
      case "react":
        intend(this, {
          kind: "pickEmoji",
          anchor: this.#react,
          ...(this.allTalk() ? {} : { note: words.emoji.browsers }),
          chosen: (emoji) => intend(this, { kind: "react", room, line: line.key, emoji, on: true }),
          closed: () => article.focus({ preventScroll: true }),
        });
        break;
      case "reply":
        this.dispatchEvent(new CustomEvent("answerline", { bubbles: true, detail: line }));
        break;
      case "copy":
        intend(this, { kind: "copy", text: line.share?.name ?? line.text, done: words.copied });
        article.focus({ preventScroll: true });
        break;
      case "edit":
        this.dispatchEvent(new CustomEvent("editline", { bubbles: true, detail: line }));
        break;
      case "delete":
        article.focus({ preventScroll: true });
        intend(this, { kind: "takeBack", room, line: line.key, heard: false });
        break;
    }
  }

  /** @param {KeyboardEvent} pressed */
  #move(pressed) {
    const buttons = [...this.#bar.querySelectorAll("button")].filter((it) => !it.hidden);
    const index = buttons.findIndex((it) => it === document.activeElement);
    const step = { ArrowLeft: -1, ArrowRight: 1 }[pressed.key];
    if (step !== undefined && index >= 0) {
      pressed.preventDefault();
      buttons[(index + step + buttons.length) % buttons.length]?.focus();
    } else if (pressed.key === "Escape") {
      pressed.preventDefault();
      this.#at?.article.focus({ preventScroll: true });
    } else if (this.#at && pressed.key !== "Enter" && pressed.key !== " " && !pressed.ctrlKey && !pressed.metaKey && !pressed.altKey) {
      if (this.press(this.#at, pressed.key)) pressed.preventDefault();
    }
  }

  /** What is shown changed its size or its place: the toolbar goes along with its line. */
  #followed() {
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      if (this.hidden) return;
      const line = this.#at?.article.getBoundingClientRect();
      const around = this.parentElement?.getBoundingClientRect();
      const isGone = !line || !around || line.height === 0 || line.bottom < around.top || line.top > around.bottom;
      if (isGone && !this.#isHeld()) this.hide();
      else this.#placed();
    });
  }

  #watch() {
    const { article } = this.#at ?? {};
    if (!article?.parentElement || !this.parentElement) return;
    this.#resized.observe(this.parentElement);
    this.#resized.observe(article);
    this.#changed.observe(article.parentElement, { childList: true, subtree: true, attributeFilter: ["class", "hidden"] });
  }

  #forget() {
    this.#resized.disconnect();
    this.#changed.disconnect();
  }

  /**
   * In the space beside the bubble, which holds no words: next to when it was said, or above that.
   * In a narrow window there may be none; then above the far end of the bubble, in the row of the name.
   */
  #placed() {
    const article = this.#at?.article;
    const bubble = article?.querySelector(".bubble")?.getBoundingClientRect();
    const around = this.parentElement?.getBoundingClientRect();
    const line = article?.getBoundingClientRect();
    const facts = [...(article?.querySelector("footer")?.children ?? [])].map((it) => it.getBoundingClientRect()).filter((it) => it.width > 1);
    if (!bubble || !around || !line || facts.length === 0) return;
    const { offsetWidth: width, offsetHeight: height } = this;
    const own = article?.classList.contains("own") ?? false;
    const factsTop = Math.min(...facts.map((it) => it.top));
    const isUnder = factsTop >= bubble.bottom - 1;
    /** How far the bubble, and what stands beside it, reaches. */
    const edge = (/** @type {DOMRect[]} */ boxes) =>
      own ? Math.min(...boxes.map((it) => it.left)) : Math.max(...boxes.map((it) => it.right));
    const spaceFrom = (/** @type {number} */ from) => (own ? from - line.left : line.right - from);
    const next = (/** @type {number} */ from) => (own ? from - GAP_PX - width : from + GAP_PX);
    const taken = isUnder ? edge([bubble]) : edge([bubble, ...facts]);
    let left = next(edge([bubble]));
    let top = Math.min(bubble.top, factsTop - height);
    if (spaceFrom(taken) >= width + GAP_PX) {
      left = next(taken);
      top = bubble.top + Math.min(0, (bubble.height - height) / 2);
    } else if (isUnder) {
      left = own ? line.left : line.right - width;
      top = bubble.top - height + OVERLAP_PX;
    }
    this.style.left = `${Math.max(EDGE_PX, Math.min(left, around.right - EDGE_PX - width) - around.left)}px`;
    this.style.top = `${Math.max(EDGE_PX, Math.min(top, around.bottom - height) - around.top)}px`;
  }
}

/** @typedef {"open" | "react" | "reply" | "copy" | "edit" | "delete"} Action */

/** @param {Line} line */
const isMine = (line) => line.own && !line.backfilled;

/** What was said by us in words can be changed and taken back; files have a button of their own for it. @param {Line} line */
const isSaid = (line) => isMine(line) && line.share === null;

/** @type {Record<string, Action | undefined>} */
const KEYS = { r: "reply", e: "edit", c: "copy", a: "react", "+": "react", delete: "delete" };
const LEAVING_MS = 150;
const GAP_PX = 8;
/** Less than the space around the words in a bubble. */
const OVERLAP_PX = 6;
const EDGE_PX = 4;

customElements.define("line-actions", LineActions);
