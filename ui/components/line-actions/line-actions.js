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
    this.#at = shown;
    shown.article.classList.add("at");
    this.#dress(shown.line);
    this.hidden = false;
    this.#placed();
  }

  hide() {
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
    if (this.#isHeld()) this.#placed();
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
    if (!action || ((action === "edit" || action === "delete") && !isMine(at.line))) return false;
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
    this.#edit.hidden = !isMine(line);
    this.#delete.hidden = !isMine(line);
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
        intend(this, { kind: "copy", text: line.text, done: words.copied });
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

  /** Beside the bubble where there is space, else over its upper edge. */
  #placed() {
    const bubble = this.#at?.article.querySelector(".bubble")?.getBoundingClientRect();
    const around = this.parentElement?.getBoundingClientRect();
    const line = this.#at?.article.getBoundingClientRect();
    const footer = this.#at?.article.querySelector("footer")?.getBoundingClientRect();
    if (!bubble || !around || !line || !footer) return;
    const { offsetWidth: width, offsetHeight: height } = this;
    const own = this.#at?.article.classList.contains("own") ?? false;
    const space = own ? Math.min(footer.left, bubble.left) - line.left : line.right - Math.max(footer.right, bubble.right);
    const beside = space >= width + GAP_PX;
    const left = beside
      ? own ? Math.min(footer.left, bubble.left) - GAP_PX - width : Math.max(footer.right, bubble.right) + GAP_PX
      : own ? bubble.right - width : Math.max(bubble.right - width, bubble.left);
    const top = beside ? bubble.top + Math.min(0, (bubble.height - height) / 2) : bubble.top - height + OVERLAP_PX;
    this.style.left = `${Math.max(4, Math.min(left, around.right - 4 - width) - around.left)}px`;
    this.style.top = `${Math.max(4, Math.min(top, around.bottom - height) - around.top)}px`;
  }
}

/** @typedef {"open" | "react" | "reply" | "copy" | "edit" | "delete"} Action */

/** @param {Line} line */
const isMine = (line) => line.own && !line.backfilled;

/** @type {Record<string, Action | undefined>} */
const KEYS = { r: "reply", e: "edit", c: "copy", a: "react", "+": "react", delete: "delete" };
const LEAVING_MS = 150;
const GAP_PX = 8;
const OVERLAP_PX = 10;

customElements.define("line-actions", LineActions);
