/**
 * <chat-transcript> — what was said in one place, oldest first.
 *
 * Lines of one person in a row stand together under one name. What came while nobody looked stands
 * under a mark.
 *
 * Arrow keys go from line to line; what can be done with the line one is at floats beside it, outside
 * of the log, so that a screen reader is not told of it as if it had been said.
 *
 * @import {Delivery, Entry, Likeness, Line, Notice, Transfer} from "../../types/ipc.js"
 * @import {Place} from "../../types/intention.js"
 * @import {Looks} from "../../lib/people.js"
 * @import {Load} from "./cards.js"
 */
import { el } from "../../lib/dom.js";
import { rangesOf } from "../../lib/find.js";
import { intend } from "../../lib/intend.js";
import { tint } from "../../lib/people.js";
import { bringIntoSight } from "../../lib/sight.js";
import { day, daysBetween, timeOf } from "../../lib/times.js";
import { words } from "../../lib/words.js";
import { loadable, showCards } from "./cards.js";
import { Folds } from "./folds.js";
import { Following } from "./following.js";
import { draw, isOfSameGroup, showAuthor, showDelivery } from "./line.js";
import { Notices } from "./notices.js";

/** @typedef {{ line: Line, article: HTMLElement, grouped: boolean, looks: Looks, loads: Map<string, Load> }} Shown `loads` by the address */
/**
 * What is known of those who speak here.
 *
 * @typedef {object} Around
 * @property {(peerId: string) => string | undefined} nameOf who passes earlier lines on
 * @property {(line: Line, before: Looks | null) => Looks} looksOf how its author is told apart
 * @property {(called: string) => string | null} animalOf the name that nobody chooses, of somebody here whose chosen one can be mistaken
 * @property {(key: string) => Transfer | undefined} transferOf what this machine does about something that is shared
 * @property {(line: Line) => boolean} showsItself whether what it shares may be fetched and shown unasked
 * @property {() => boolean} isAnyoneHere besides oneself
 * @property {(peerId: string, called: string) => Likeness | null} imitatedBy whom somebody may be taken for who is here under this name
 */

export class ChatTranscript extends HTMLElement {
  /** @type {Place} */
  #place = { room: "" };
  /** @type {Map<number, Shown>} */
  #shown = new Map();
  /** @type {Around} */
  #around = { nameOf: () => undefined, looksOf: (line) => ({ tint: tint(line.peerId), animal: null, imitates: null }), animalOf: () => null, imitatedBy: () => null, transferOf: () => undefined, showsItself: () => false, isAnyoneHere: () => true };
  /** @type {Line | null} the line before, if a line is what came before */
  #last = null;
  #lastTime = 0;
  #lines = 0;
  /** Whether somebody has it before their eyes. */
  #seen = false;
  /** @type {HTMLElement | null} stands above what came while nobody looked */
  #news = null;
  #isNewsFresh = false;
  #folds = new Folds();
  #notices = new Notices();
  #number = ++transcripts;
  #log = el("div", { className: "log", role: "log", ariaLabel: words.room.log, tabIndex: 0 });
  #following = new Following(this.#log);
  #actions = el("line-actions", { hidden: true });

  connectedCallback() {
    if (this.firstChild) return;
    const how = el("p", { id: `transcript-${this.#number}-how`, hidden: true }, words.line.how);
    this.#log.setAttribute("aria-describedby", how.id);
    this.append(how, this.#log, this.#following.down, this.#actions);
    this.#log.addEventListener("scroll", () => this.#actions.moved(), { passive: true });
    this.#log.addEventListener("click", (clicked) => this.#clicked(clicked));
    this.#log.addEventListener("auxclick", (clicked) => this.#follow(clicked));
    this.#log.addEventListener("keydown", (pressed) => this.#move(pressed));
    this.#log.addEventListener("focusin", (event) => this.#offerActions(event.target));
    this.#log.addEventListener("pointerover", (event) => {
      if (event.pointerType === "mouse") this.#offerActions(event.target);
    });
    this.#log.addEventListener("contextmenu", (event) => {
      // A long press on a screen that is touched; a mouse has the toolbar already.
      if (!matchMedia("(hover: none)").matches || this.#isControl(event.target)) return;
      event.preventDefault();
      this.#offerActions(event.target);
    });
    this.addEventListener("pointerleave", () => this.#actions.leave());
    this.addEventListener("focusout", (event) => {
      if (!(event.relatedTarget instanceof Node && this.contains(event.relatedTarget))) this.#actions.hide();
    });
  }

  /** @param {Place} place */
  set place(place) {
    this.#place = place;
    this.#actions.place = place;
  }

  /** @param {() => boolean} allTalk whether everybody who is there sees more than words */
  set allTalk(allTalk) {
    this.#actions.allTalk = allTalk;
  }

  /** @param {Around} around */
  set around(around) {
    this.#around = around;
  }

  get isEmpty() {
    return this.#log.childElementCount === 0;
  }

  /** Whether something was said that leaving would lose. */
  get hasLines() {
    return this.#lines > 0;
  }

  /** The line one would change when one presses the up arrow in an empty box. */
  get lastOwn() {
    return [...this.#shown.values()].findLast(({ line }) => isMine(line) && !line.deleted && line.share === null)?.line ?? null;
  }

  /**
   * Shows entries of the past without reading them out.
   *
   * @param {Entry[]} entries
   * @param {number} unread how many of the last lines were not seen
   */
  restore(entries, unread = 0) {
    const others = entries.filter((entry) => entry.kind === "line" && !entry.line.own && !entry.line.backfilled);
    const firstUnread = unread > 0 ? others.at(-Math.min(unread, others.length)) : undefined;
    this.#silently(() => {
      for (const entry of entries) {
        if (entry === firstUnread) this.#markNews(entry.kind === "line" ? timeOf(entry.line) : 0);
        if (entry.kind === "line") this.#append(entry.line);
        else this.addNotice(entry.notice, false);
        if (entry.kind === "line") this.#lines += 1;
      }
    });
    this.#trim();
    this.#following.goDown();
  }

  /** @param {Line} line */
  addLine(line) {
    const isNews = !line.own && !line.backfilled;
    if (line.own && this.#seen) this.#dropNews();
    if (isNews && !this.#seen && !this.#news) this.#markNews(timeOf(line));
    if (line.backfilled) this.#silently(() => this.#append(line));
    else this.#append(line);
    this.#lines += 1;
    if (isMine(line)) this.#following.start();
    this.#added(!line.own && line.folded === null);
  }

  /** @param {Line} line as it is now */
  replaceLine(line) {
    const shown = this.#shown.get(line.key);
    if (!shown) return;
    const hadFocus = shown.article.contains(document.activeElement);
    // An edit is not news; it is found where it was.
    this.#silently(() => {
      shown.line = line;
      shown.looks = this.#around.looksOf(line, shown.looks);
      this.#draw(shown);
      this.#folds.update(shown);
    });
    if (this.#last?.key === line.key) this.#last = line;
    if (hadFocus) shown.article.focus({ preventScroll: true });
    this.#actions.refresh(shown);
    this.#following.stay();
  }

  /** @param {Notice} notice @param {boolean} [isNew] whether it happens now */
  addNotice(notice, isNew = true) {
    this.#separateDays(notice.time);
    this.#notices.append(this.#log, notice, this.#around.animalOf, isNew);
    this.#notices.flag(this.#around.imitatedBy);
    this.#last = null;
    this.#folds.end();
    this.#added(false);
  }

  /** @param {number} key @param {Delivery} delivery */
  setDelivery(key, delivery) {
    const shown = this.#shown.get(key);
    if (!shown) return;
    shown.line = { ...shown.line, delivery };
    showDelivery(shown.article, delivery, this.#around.isAnyoneHere());
  }

  /** The first came, or the last went: what is not received yet waits for another reason. */
  showPresence() {
    const isAnyoneHere = this.#around.isAnyoneHere();
    for (const { line, article } of this.#shown.values()) if (isMine(line) && !line.deleted) showDelivery(article, line.delivery, isAnyoneHere);
  }

  /** @param {string} key of what is shared @param {Transfer | undefined} transfer as it is now */
  setTransfer(key, transfer) {
    for (const { line, article } of this.#shown.values()) {
      const card = line.share?.key === key ? article.querySelector("share-card") : null;
      if (card) card.transfer = transfer;
    }
    this.#following.stay();
  }

  /** What shows itself may be another than before. */
  showShares() {
    for (const { line, article } of this.#shown.values()) if (line.share) this.#share(line, article.querySelector("share-card"));
  }

  /** @param {Line} line @param {import("../share-card/share-card.js").ShareCard | null} card */
  #share(line, card) {
    if (line.share) card?.set(this.#place.room, line, this.#around.transferOf(line.share.key), this.#around.showsItself(line));
  }

  /** Who is there looks different than before. */
  showLooks() {
    for (const shown of this.#shown.values()) {
      const before = shown.looks;
      shown.looks = this.#around.looksOf(shown.line, before);
      if (isSameLooks(before, shown.looks)) continue;
      // That alone is not read out; that somebody came is.
      shown.article.ariaLive = "off";
      setTimeout(() => {
        shown.article.ariaLive = null;
      }, QUIET_MS);
      showAuthor(shown);
    }
    this.#notices.flag(this.#around.imitatedBy);
    this.#following.stay();
  }

  /** @param {boolean} seen whether somebody looks at it from now on */
  setSeen(seen) {
    // What was new when one came is not new any more when one comes again.
    if (this.#seen && !seen) this.#dropNews();
    this.#seen = seen;
  }

  /** The place is in front again: one goes on where one stopped reading. */
  shown() {
    if (this.#news && this.#isNewsFresh) this.#goToNews();
    else if (this.#following.is) this.#following.goDown();
  }

  /** Puts the focus on the newest line in sight. */
  focus() {
    (this.#newestInSight() ?? this.#log).focus({ preventScroll: true });
  }

  /** @param {number} key */
  reveal(key) {
    const shown = this.#shown.get(key);
    if (!shown) return;
    this.#folds.open(shown);
    shown.article.querySelector(".bubble")?.classList.remove("long");
    this.#following.stop();
    bringIntoSight(this.#log, shown.article, { centred: true });
    shown.article.classList.remove("flash");
    requestAnimationFrame(() => shown.article.classList.add("flash"));
    setTimeout(() => shown.article.classList.remove("flash"), FLASH_MS);
  }

  /**
   * Marks where a text was found.
   *
   * @param {number[]} keys
   * @param {string} text
   * @returns {number[]} those of them that are shown, oldest first
   */
  mark(keys, text) {
    const wanted = new Set(keys);
    const found = [...this.#shown.values()].filter(({ line }) => wanted.has(line.key) && !line.deleted);
    for (const { article } of this.#shown.values()) article.classList.remove("found", "found-here");
    for (const { article } of found) article.classList.add("found");
    if ("highlights" in CSS) {
      const bodies = found.map(({ article }) => article.querySelector(".body")).filter((it) => it !== null);
      CSS.highlights.set("found", new Highlight(...bodies.flatMap((body) => rangesOf(body, text))));
    }
    return found.map(({ line }) => line.key);
  }

  /** @param {number} key the match one is at @param {boolean} isNew whether one was elsewhere before */
  point(key, isNew) {
    for (const { article } of this.#shown.values()) article.classList.remove("found-here");
    this.#shown.get(key)?.article.classList.add("found-here");
    if (isNew) this.reveal(key);
  }

  /** @param {Line} line */
  #append(line) {
    const moment = timeOf(line);
    this.#separateDays(moment);
    const grouped = this.#last !== null && isOfSameGroup(this.#last, line);
    const article = el("article", { tabIndex: -1, id: `line-${this.#number}-${line.key}`, dataset: { key: String(line.key) } });
    const shown = { line, article, grouped, looks: this.#around.looksOf(line, null), loads: new Map() };
    this.#shown.set(line.key, shown);
    this.#draw(shown);
    const summary = this.#folds.add(shown);
    if (summary) this.#log.append(summary);
    this.#log.append(article);
    this.#last = line;
  }

  /** @param {Shown} shown */
  #draw(shown) {
    const { line } = shown;
    draw(shown, {
      from: this.#around.nameOf(line.peerId) ?? words.line.someone,
      canJump: line.reply?.key != null && this.#shown.has(line.reply.key),
      grown: () => this.#following.stay(),
      share: (card) => this.#share(line, card),
      isAnyoneHere: this.#around.isAnyoneHere(),
    });
  }

  /** @param {number} moment */
  #separateDays(moment) {
    const now = Date.now();
    if (daysBetween(this.#lastTime, moment) !== 0) {
      const ago = daysBetween(moment, now);
      const label = ago === 0 ? words.room.today : ago === 1 ? words.room.yesterday : day(moment);
      // A conversation that begins today needs no heading saying so.
      if (label && !(ago === 0 && this.isEmpty)) {
        this.#log.append(el("p", { className: "day" }, el("span", {}, label)));
        this.#last = null;
        this.#folds.end();
      }
    }
    this.#lastTime = moment;
  }

  /** @param {number} moment of the first line that is new */
  #markNews(moment) {
    this.#separateDays(moment);
    this.#news = el("p", { className: "news" }, el("span", {}, words.line.news));
    this.#isNewsFresh = true;
    this.#log.append(this.#news);
    this.#last = null;
    this.#folds.end();
  }

  #dropNews() {
    this.#news?.remove();
    this.#news = null;
  }

  #goToNews() {
    this.#isNewsFresh = false;
    this.#following.goDown();
    requestAnimationFrame(() => {
      const [mark, log] = [this.#news?.getBoundingClientRect(), this.#log.getBoundingClientRect()];
      if (!mark || mark.top >= log.top) return;
      this.#following.stop([...this.#shown.values()].filter(({ article }) => article.getBoundingClientRect().top > log.bottom).length);
      this.#log.scrollTop += mark.top - log.top - NEAR_TOP_PX;
    });
  }

  /** @param {boolean} counts whether the reader would want to know of it */
  #added(counts) {
    this.#trim();
    this.#following.added(counts);
  }

  #trim() {
    while (this.#log.childElementCount > MAX_SHOWN) {
      const first = this.#log.firstElementChild;
      if (first instanceof HTMLElement && first.dataset["key"]) this.#shown.delete(Number(first.dataset["key"]));
      if (first === this.#news) this.#news = null;
      first?.remove();
    }
  }

  /** @param {() => void} change */
  #silently(change) {
    this.#log.ariaLive = "off";
    change();
    if (this.#quiet !== 0) clearTimeout(this.#quiet);
    this.#quiet = setTimeout(() => {
      this.#log.ariaLive = null;
    }, QUIET_MS);
  }

  /** @type {ReturnType<typeof setTimeout> | 0} */
  #quiet = 0;

  // --- what is pressed and clicked ---

  /** @param {EventTarget | null} target */
  #shownAt(target) {
    const article = target instanceof Element ? target.closest("article") : null;
    return article ? this.#shown.get(Number(article.dataset["key"])) : undefined;
  }

  /** @param {EventTarget | null} target */
  #isControl(target) {
    return target instanceof Element && target.closest("a, button, input, summary") !== null;
  }

  /** @param {EventTarget | null} target */
  #offerActions(target) {
    const shown = this.#shownAt(target);
    if (shown && !shown.line.deleted) this.#actions.show(shown);
  }

  /** @param {KeyboardEvent} pressed */
  #move(pressed) {
    if (pressed.ctrlKey || pressed.metaKey || pressed.altKey) return;
    const at = this.#shownAt(pressed.target);
    const isOnLine = at !== undefined && pressed.target === at.article;
    if (pressed.target === this.#log) {
      if (pressed.key !== "ArrowUp" && pressed.key !== "ArrowDown") return;
      pressed.preventDefault();
      this.#goTo(this.#newestInSight());
    } else if (isOnLine) {
      if (!this.#moveFrom(at, pressed.key)) return;
      pressed.preventDefault();
    } else if (at && pressed.key === "Escape") {
      pressed.preventDefault();
      this.#goTo(at.article);
    }
  }

  /** @param {Shown} at @param {string} key @returns {boolean} whether the key meant something */
  #moveFrom(at, key) {
    const all = this.#stops();
    const index = all.indexOf(at.article);
    switch (key) {
      case "ArrowUp":
        this.#goTo(all[index - 1]);
        return true;
      case "ArrowDown":
        this.#goTo(all[index + 1]);
        return true;
      case "Home":
        this.#goTo(all[0]);
        return true;
      case "End":
        this.#goTo(all.at(-1));
        return true;
      case "Escape":
        this.dispatchEvent(new CustomEvent("write", { detail: null }));
        return true;
      default:
        return this.#actions.press(at, key);
    }
  }

  /** What the arrow keys go to: lines, and where lines are folded the button that shows them. */
  #stops() {
    const all = this.#log.querySelectorAll("article:not([hidden]), .fold button, .comings button");
    return /** @type {HTMLElement[]} */ ([...all]);
  }

  #newestInSight() {
    const { bottom } = this.#log.getBoundingClientRect();
    const stops = this.#stops();
    return stops.findLast((stop) => stop.getBoundingClientRect().top < bottom - 8) ?? stops.at(-1);
  }

  /** @param {HTMLElement | undefined} stop */
  #goTo(stop) {
    if (!stop) return;
    this.#following.stop();
    stop.focus({ preventScroll: true });
    bringIntoSight(this.#log, stop);
  }

  /** @param {MouseEvent} clicked */
  #clicked(clicked) {
    const target = clicked.target instanceof Element ? clicked.target : null;
    const shown = this.#shownAt(target);
    const control = target?.closest("a, button");
    if (!control) {
      if (matchMedia("(hover: none)").matches && window.getSelection()?.isCollapsed !== false) this.#offerActions(target);
      return;
    }
    if (this.#follow(clicked)) return;
    if (control.matches(".fold button")) this.#folds.toggle(control);
    if (control.matches(".comings button")) this.#notices.toggle(control);
    if (!shown) return;
    const { line, article } = shown;
    if (control.matches(".copy-code")) {
      const code = control.parentElement?.querySelector("pre")?.textContent ?? "";
      intend(this, { kind: "copy", text: code, done: words.copied });
    } else if (control.matches(".retry")) {
      intend(this, { kind: "resend", room: this.#place.room, line: line.key });
      article.focus({ preventScroll: true });
    } else if (control.matches(".quote") && line.reply?.key != null) {
      this.reveal(line.reply.key);
      this.#goTo(this.#shown.get(line.reply.key)?.article);
    } else if (control.matches(".reaction")) {
      const { emoji = "" } = /** @type {HTMLElement} */ (control).dataset;
      const own = line.reactions.some((reaction) => reaction.emoji === emoji && reaction.own);
      intend(this, { kind: "react", room: this.#place.room, line: line.key, emoji, on: !own });
    } else if (control.matches(".unfold")) {
      const long = article.querySelector(".bubble")?.classList.toggle("long") ?? false;
      control.setAttribute("aria-expanded", String(!long));
      control.lastElementChild?.replaceChildren(long ? words.line.more : words.line.less);
      if (long) bringIntoSight(this.#log, article);
    }
  }

  /** @param {Shown} shown which may have been drawn anew since @param {string} url @param {Load} now */
  #noteLoad(shown, url, now) {
    shown.loads.set(url, now);
    showCards(shown.article, shown.loads, () => this.#following.stay());
  }

  /**
   * Nothing is fetched and nothing is opened before the person has seen where it leads.
   *
   * @param {MouseEvent} clicked
   * @returns {boolean} whether there was something to follow
   */
  #follow(clicked) {
    const target = clicked.target instanceof Element ? clicked.target : null;
    const load = target?.closest("a[data-card]");
    const wanted = load instanceof HTMLElement ? loadable(load) : null;
    if (load instanceof HTMLElement && wanted) {
      clicked.preventDefault();
      const shown = this.#shown.get(Number(load.closest("article")?.dataset["key"]));
      const before = shown?.loads.get(wanted.url);
      if (wanted.kind === "page" || (before?.is === "failed" && before.isFinal)) intend(this, { kind: "follow", url: wanted.url, shown: "" });
      else if (shown && before?.is !== "loading") {
        intend(this, { kind: "load", url: wanted.url, told: (now) => this.#noteLoad(shown, wanted.url, now) });
      }
      return true;
    }
    const link = target?.closest("a");
    if (!link) return false;
    clicked.preventDefault();
    intend(this, { kind: "follow", url: link.href, shown: link.textContent ?? "" });
    return true;
  }
}

/** @param {Line} line */
const isMine = (line) => line.own && !line.backfilled;

/** @param {Looks} one @param {Looks} other */
const isSameLooks = (one, other) => one.tint === other.tint && one.animal === other.animal && JSON.stringify(one.imitates) === JSON.stringify(other.imitates);

let transcripts = 0;
const NEAR_TOP_PX = 8;
/** A page with more would be slow to lay out; the rooms keep less than this. */
const MAX_SHOWN = 1_000;
/** As long as a screen reader may take to look at what changed. */
const QUIET_MS = 500;
/** As long as the style shows where one was led. */
const FLASH_MS = 1_600;

customElements.define("chat-transcript", ChatTranscript);
