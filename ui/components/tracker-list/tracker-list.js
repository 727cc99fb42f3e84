/**
 * <tracker-list> — the meeting points and what each is doing, in words.
 *
 * @import {Tracker} from "../../types/ipc.js"
 */
import { button, el, icon, name } from "../../lib/dom.js";
import { intend } from "../../lib/intend.js";
import { words } from "../../lib/words.js";

export class TrackerList extends HTMLElement {
  /** @type {Map<string, { tracker: Tracker, row: HTMLLIElement }>} */
  #rows = new Map();
  /** @type {ReturnType<typeof setInterval> | 0} */
  #ticking = 0;
  #list = el("ul");
  #now = button("again", words.trackers.tryNow, { quiet: true, hidden: true });
  #summary = el("p", { className: "summary" });

  connectedCallback() {
    if (!this.firstChild) {
      const more = button("pulse", words.doctor.more, { quiet: true });
      this.#now.addEventListener("click", () => intend(this, { kind: "tryTrackers" }));
      more.addEventListener("click", () => intend(this, { kind: "showPage", page: "doctor" }));
      this.append(
        el("h2", {}, words.trackers.title),
        this.#summary,
        this.#list,
        el("p", { className: "hint" }, words.trackers.lead),
        this.#now,
        more,
      );
    }
    this.#ticking = setInterval(() => this.#tick(), TICK_MS);
    this.#summed();
  }

  disconnectedCallback() {
    clearInterval(this.#ticking);
  }

  /** @param {Tracker} tracker as it is now */
  set(tracker) {
    let known = this.#rows.get(tracker.url);
    if (!known) {
      known = { tracker, row: el("li") };
      this.#rows.set(tracker.url, known);
      this.#list.append(known.row);
    }
    known.tracker = tracker;
    show(known.row, tracker);
    this.#summed();
  }

  /** @param {string} url */
  delete(url) {
    this.#rows.get(url)?.row.remove();
    this.#rows.delete(url);
    this.#summed();
  }

  #tick() {
    for (const { tracker, row } of this.#rows.values()) {
      const again = row.querySelector(".again");
      if (again && tracker.retryAt !== undefined) again.textContent = countdown(tracker.retryAt);
    }
  }

  #summed() {
    const states = [...this.#rows.values()].map(({ tracker }) => tracker.state);
    const open = states.filter((state) => state === "open").length;
    this.#summary.textContent = words.trackers.summary(open, states.length);
    const hadFocus = this.#now === document.activeElement;
    this.#now.hidden = open === states.length;
    const next = this.#now.nextElementSibling;
    if (hadFocus && this.#now.hidden && next instanceof HTMLElement) next.focus();
  }
}

/** @param {HTMLElement} row @param {Tracker} tracker */
function show(row, tracker) {
  row.className = tracker.state;
  row.title = tracker.url;
  row.replaceChildren(
    icon(ICONS[tracker.state]),
    el(
      "div",
      {},
      el(
        "p",
        { className: "url" },
        name(host(tracker.url)),
        tracker.local ? el("span", { className: "tag" }, words.trackers.local) : null,
      ),
      el(
        "p",
        { className: "state" },
        words.trackerState(tracker),
        tracker.state === "failed" && tracker.retryAt !== undefined
          ? el("span", {}, ", ", el("span", { className: "again" }, countdown(tracker.retryAt)))
          : null,
        tracker.message ? el("q", { dir: "auto" }, tracker.message) : null,
      ),
    ),
  );
}

/** @param {string} url */
const host = (url) => url.replace(/^wss?:\/\//, "").replace(/\/$/, "");

/** @param {number} retryAt */
const countdown = (retryAt) => words.trackers.again(Math.ceil((retryAt - Date.now()) / 1000));

const ICONS = { open: "check", connecting: "clock", closed: "nobody", failed: "caution" };
const TICK_MS = 1_000;

customElements.define("tracker-list", TrackerList);
