/**
 * <transfer-list> — files that are on their way now, of all rooms; with `room`, those that are being
 * made ready to be shared there and stand on no line yet.
 *
 * Wants `moveShare` and `showRoom`.
 *
 * @import {Transfer} from "../../types/ipc.js"
 */
import { button, el, icon, name } from "../../lib/dom.js";
import { intend } from "../../lib/intend.js";
import { isMoving, percentOf, stageOf, titleOfTransfer } from "../../lib/shares.js";
import { bytes } from "../../lib/sizes.js";
import { words } from "../../lib/words.js";

/** @typedef {{ transfer: Transfer, shape: string, item: HTMLElement, where: HTMLElement, state: HTMLElement, bar: HTMLElement, buttons: HTMLElement }} Row */

export class TransferList extends HTMLElement {
  /** Nothing for all rooms. */
  room = "";
  /** What a room is called. @type {(room: string) => string} */
  nameOf = (room) => room;
  /** @type {Map<string, Row>} */
  #rows = new Map();
  #list = el("ul");

  connectedCallback() {
    if (this.firstChild) return;
    this.append(el("h2", {}, words.files.transfers), this.#list);
    this.hidden = this.#rows.size === 0;
  }

  /** @param {Transfer} transfer new, or as it is now */
  set(transfer) {
    const key = keyOf(transfer);
    if (!this.#isShown(transfer)) {
      this.delete(transfer.room, transfer.key);
      return;
    }
    const row = this.#rows.get(key) ?? this.#added(key, transfer);
    row.transfer = transfer;
    this.#draw(row);
    this.hidden = false;
  }

  /** @param {string} room @param {string} key */
  delete(room, key) {
    this.#rows.get(keyOf({ room, key }))?.item.remove();
    this.#rows.delete(keyOf({ room, key }));
    this.hidden = this.#rows.size === 0;
  }

  /** @param {string} [room] all of it, or all there is */
  clear(room) {
    for (const { transfer } of [...this.#rows.values()]) if (room === undefined || transfer.room === room) this.delete(transfer.room, transfer.key);
  }

  /** @param {Transfer} transfer */
  #isShown({ room, own, state }) {
    // What could not be made ready stands nowhere else.
    if (this.room !== "") return room === this.room && own && (state === "preparing" || state === "failed");
    return ON_THE_WAY.has(state);
  }

  /** @param {string} key @param {Transfer} transfer @returns {Row} */
  #added(key, transfer) {
    const where = el("button", { type: "button", className: "where" });
    const state = el("p", { className: "tag" });
    const bar = el("div", { className: "bar", role: "progressbar", ariaValueMin: "0", ariaValueMax: "100" }, el("div"));
    const buttons = el("div", { className: "buttons" });
    const item = el("li", {}, where, buttons, bar, state);
    const row = { transfer, shape: "", item, where, state, bar, buttons };
    where.addEventListener("click", () => intend(this, { kind: "showRoom", room: row.transfer.room }));
    this.#rows.set(key, row);
    this.#list.append(item);
    return row;
  }

  /** @param {Row} row */
  #draw(row) {
    const { transfer, bar, state, where } = row;
    const stage = stageOf(NOTHING_KNOWN, transfer, transfer.own);
    const called = titleOfTransfer(transfer);
    const percent = percentOf(transfer);
    if (where.title !== called) {
      where.title = called;
      where.replaceChildren(name(called, "name"), ...(this.room === "" ? [el("span", { className: "tag" }, words.files.inRoom(this.nameOf(transfer.room)))] : []));
    }
    bar.hidden = !isMoving(stage);
    bar.ariaLabel = words.files.progress(called);
    bar.classList.toggle("unknown", percent === null);
    const [fill] = bar.children;
    if (fill instanceof HTMLElement) fill.style.width = percent === null ? "" : `${percent}%`;
    if (percent === null) bar.removeAttribute("aria-valuenow");
    else bar.ariaValueNow = String(percent);
    const parts = [stage === "giving" ? words.files.own : stage === "failed" && transfer.own ? words.files.failedOwn : words.files[stage]];
    if (transfer.total !== null && transfer.total > 0 && isMoving(stage)) parts.push(words.files.amount(bytes(transfer.have), bytes(transfer.total)));
    if (transfer.speed > 0 && stage === "fetching") parts.push(words.files.speed(bytes(transfer.speed)));
    if (transfer.leftMs !== null && stage === "fetching") parts.push(words.files.left(transfer.leftMs));
    const why = stage === "failed" && transfer.reason ? words.files.fault(transfer.reason, bytes) : "";
    state.replaceChildren(...(stage === "failed" ? [icon("caution")] : []), [parts.join(" · "), why].filter(Boolean).join(". "));
    this.#drawButtons(row, stage, called);
  }

  /** @param {Row} row @param {ReturnType<typeof stageOf>} stage @param {string} called */
  #drawButtons(row, stage, called) {
    if (row.shape === stage) return;
    row.shape = stage;
    const { room, key, own } = row.transfer;
    const held = row.buttons.contains(document.activeElement);
    const move = (/** @type {string} */ picture, /** @type {string} */ label, /** @type {"pause" | "resume" | "cancel" | "retry"} */ to) => {
      const made = button(picture, label, { quiet: true, iconOnly: true });
      made.addEventListener("click", () => intend(this, { kind: "moveShare", room, key, to, own }));
      return made;
    };
    const all = [];
    if (stage === "fetching" || stage === "waiting" || stage === "stalled") all.push(move("pause", words.files.pauseWhat(called), "pause"));
    if (stage === "paused") all.push(move("play", words.files.resumeWhat(called), "resume"));
    if (stage === "failed") all.push(move("close", words.files.dropWhat(called), "cancel"));
    else if (stage !== "saving") all.push(move("close", words.files.cancelWhat(called), "cancel"));
    row.buttons.replaceChildren(...all);
    if (held) all[0]?.focus();
  }
}

/** @param {Pick<Transfer, "room" | "key">} transfer */
const keyOf = ({ room, key }) => `${room}\n${key}`;

/** What a transfer alone tells of its offer. */
const NOTHING_KNOWN = { gone: false, withdrawn: false };
/** @type {Set<Transfer["state"]>} */
const ON_THE_WAY = new Set(["preparing", "waiting", "fetching", "paused", "saving"]);

customElements.define("transfer-list", TransferList);
