/**
 * Who came and who went, one after the other: in one sentence, which can be opened. Where many pass by,
 * they would otherwise bury what is said.
 *
 * @import {Notice, NoticeKind} from "../../types/ipc.js"
 */
import { el, name } from "../../lib/dom.js";
import { isCalledLikeOneself } from "../../lib/people.js";
import { words } from "../../lib/words.js";
import { time } from "./line.js";

/** @typedef {"joined" | "left" | "lost"} Coming */
/** What became of somebody in a run: "found" is who was lost and came back, "passed" who came and left. @typedef {Coming | "passed" | "back" | "found"} Outcome */
/** @typedef {{ outcome: Outcome, names: string[] }} ComingGroup */
/** @typedef {{ who: Map<string, Outcome>, count: number, told: HTMLElement, news: HTMLElement, all: HTMLElement, pause: ReturnType<typeof setTimeout> | 0 }} Run */

export class Comings {
  /** The only one of its row so far. @type {WeakMap<Element, Notice>} */
  #single = new WeakMap();
  /** @type {WeakMap<Element, Run>} */
  #runs = new WeakMap();

  /**
   * @param {HTMLElement} log
   * @param {HTMLElement} said what is to be put at its end
   * @param {Notice} notice what that tells
   * @param {boolean} isNew whether it happens now
   */
  append(log, said, notice, isNew) {
    const last = log.lastElementChild;
    const before = last ? this.#single.get(last) : undefined;
    if (last && before && isComing(notice.what)) {
      const [box, run] = begin();
      this.#runs.set(box, run);
      last.replaceWith(box);
      note(run, before, last, false);
      note(run, notice, said, isNew);
      return;
    }
    const run = last ? this.#runs.get(last) : undefined;
    if (run && run.count < MOST_IN_ONE && isComing(notice.what)) {
      note(run, notice, said, isNew);
      return;
    }
    if (isComing(notice.what)) this.#single.set(said, notice);
    log.append(said);
  }

  /** @param {Element} toggle */
  toggle(toggle) {
    const run = this.#runs.get(toggle.closest(".comings") ?? toggle);
    if (run) open(toggle, run.all.hidden);
  }
}

/** Something about one of them is to be seen. @param {HTMLElement} said */
export function showInRun(said) {
  const toggle = said.closest(".comings")?.querySelector("button");
  if (toggle) open(toggle, true);
}

/** @param {Element} toggle @param {boolean} isOpen */
function open(toggle, isOpen) {
  const all = toggle.closest(".comings")?.querySelector(".all");
  if (all instanceof HTMLElement) all.hidden = !isOpen;
  toggle.textContent = isOpen ? words.line.fold : words.line.unfold;
  toggle.ariaExpanded = String(isOpen);
}

/** @returns {[HTMLElement, Run]} */
function begin() {
  const told = el("span");
  const news = el("span", { className: "visually-hidden", ariaLive: "polite" });
  const all = el("div", { className: "all", hidden: true });
  const toggle = el("button", { type: "button", ariaExpanded: "false" }, words.line.unfold);
  // Each of them read out would be a stream of names: they are told when there is a pause.
  const box = el("div", { className: "notice comings", ariaLive: "off" }, el("p", {}, told, " ", toggle), news, all);
  return [box, { who: new Map(), count: 0, told, news, all, pause: 0 }];
}

/** @param {Run} run @param {Notice} notice @param {Element} said @param {boolean} isNew */
function note(run, { what, time: moment }, said, isNew) {
  if (!isComing(what)) return;
  const outcome = outcomeOf(run.who.get(what.name), what.kind);
  // Whom something happened to last stands last.
  run.who.delete(what.name);
  run.who.set(what.name, outcome);
  run.count += 1;
  run.all.append(said);
  const parts = words.comings(grouped(run.who));
  run.told.replaceChildren(...parts.map((part, index) => (index % 2 === 1 ? name(part) : part)), " ", time(moment));
  if (!isNew) return;
  if (run.pause !== 0) clearTimeout(run.pause);
  run.pause = setTimeout(() => tell(run, parts.join("")), PAUSE_MS);
}

/** @param {Outcome | undefined} before @param {Coming} now @returns {Outcome} */
function outcomeOf(before, now) {
  if (now === "joined") return before === "lost" || before === "found" ? "found" : before === "left" || before === "back" ? "back" : "joined";
  return now === "left" && (before === "joined" || before === "passed") ? "passed" : now;
}

/** @param {Map<string, Outcome>} who @returns {ComingGroup[]} in the order in which the first of each came to it */
function grouped(who) {
  /** @type {Map<Outcome, string[]>} */
  const groups = new Map();
  for (const [name, outcome] of who) groups.set(outcome, [...(groups.get(outcome) ?? []), name]);
  return [...groups].map(([outcome, names]) => ({ outcome, names }));
}

/** @param {Run} run @param {string} text */
function tell(run, text) {
  run.news.textContent = text;
  // Read once; whoever comes by later reads what stands there for all.
  run.pause = setTimeout(() => run.news.replaceChildren(), READ_MS);
}

/**
 * One who looks like somebody else, or is called like oneself, is no mere passer-by.
 *
 * @param {NoticeKind} what
 * @returns {what is Extract<NoticeKind, { kind: Coming }>}
 */
const isComing = (what) =>
  ((what.kind === "joined" && what.imitates === undefined) || what.kind === "left" || what.kind === "lost") && !isCalledLikeOneself(what.name);

/** What a screen reader waits for before it tells who came and went. */
const PAUSE_MS = 3_000;
const READ_MS = 1_000;
/** What is longer goes on in the next. */
const MOST_IN_ONE = 100;
