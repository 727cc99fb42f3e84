/**
 * <chat-transcript> — what was said in one room, oldest first.
 *
 * Follows the newest line while the reader is at the bottom; otherwise leaves the scroll alone and
 * offers a way down. Lines of one person in a row stand together under one name.
 *
 * @import {Delivery, Entry, Line, Notice} from "../../types/ipc.js"
 */
import { button, el, icon, name, setSafeHtml } from "../../lib/dom.js";
import { intend } from "../../lib/intend.js";
import { tint } from "../../lib/people.js";
import { clock, day, daysBetween, full, machine, timeOf } from "../../lib/times.js";
import { words } from "../../lib/words.js";

export class ChatTranscript extends HTMLElement {
  /** @type {Map<string, HTMLElement>} own lines whose delivery may still change */
  #own = new Map();
  /** @type {(peerId: string) => string | undefined} */
  #nameOf = () => undefined;
  /** @type {Line | null} the line before, if a line is what came before */
  #last = null;
  #lastTime = 0;
  #following = true;
  #below = 0;
  #lines = 0;
  #log = el("div", { className: "log", role: "log", ariaLabel: words.room.log, tabIndex: 0 });
  #down = button("down", words.room.toBottom, { className: "down", hidden: true });

  connectedCallback() {
    if (this.firstChild) return;
    this.append(this.#log, this.#down);
    this.#log.addEventListener("scroll", () => this.#noticeScroll(), { passive: true });
    for (const event of /** @type {const} */ (["click", "auxclick"])) {
      this.#log.addEventListener(event, (clicked) => this.#follow(clicked));
    }
    this.#down.addEventListener("click", () => {
      this.#goDown();
      this.#log.focus();
    });
    new ResizeObserver(() => this.#stay()).observe(this.#log);
  }

  /** @param {(peerId: string) => string | undefined} nameOf who passes earlier lines on */
  set nameOf(nameOf) {
    this.#nameOf = nameOf;
  }

  get isEmpty() {
    return this.#log.childElementCount === 0;
  }

  /** Whether something was said that leaving would lose. */
  get hasLines() {
    return this.#lines > 0;
  }

  /**
   * Shows entries of the past without reading them out.
   *
   * @param {Entry[]} entries
   */
  restore(entries) {
    this.#silently(() => {
      for (const entry of entries) {
        if (entry.kind === "line") this.addLine(entry.line);
        else this.addNotice(entry.notice);
      }
    });
    this.#below = 0;
    this.#goDown();
  }

  /** @param {Line} line */
  addLine(line) {
    if (line.backfilled) this.#silently(() => this.#append(line));
    else this.#append(line);
    this.#lines += 1;
    if (line.own) this.#following = true;
    this.#added(!line.own);
  }

  /** @param {Notice} notice */
  addNotice(notice) {
    this.#separateDays(notice.time);
    const parts = words.notice(notice.what);
    this.#log.append(
      el(
        "p",
        { className: "notice" },
        ...parts.map((part, index) => (index % 2 === 1 ? name(part) : part)),
        " ",
        time(notice.time),
      ),
    );
    this.#last = null;
    this.#added(false);
  }

  /** @param {string} id @param {Delivery} delivery */
  setDelivery(id, delivery) {
    const line = this.#own.get(id);
    if (!line) return;
    showDelivery(line, delivery);
    if (delivery.of > 0 && delivery.reached >= delivery.of) this.#own.delete(id);
  }

  /** The room is in front again: what came meanwhile is seen if the reader was at the bottom. */
  shown() {
    if (this.#following) this.#goDown();
  }

  /** @param {Line} line */
  #append(line) {
    const moment = timeOf(line);
    this.#separateDays(moment);
    const grouped = this.#last !== null && isOfSameGroup(this.#last, line);
    const body = el("div", { className: "body", dir: "auto" });
    setSafeHtml(body, line.html);
    furnish(body);
    const article = el(
      "article",
      { className: `line ${line.own ? "own" : "other"}${grouped ? " grouped" : ""}` },
      author(line, grouped),
      body,
      el("footer", {}, time(moment), line.backfilled ? this.#earlier(line) : null),
      line.misattributed
        ? el("p", { className: "caution" }, icon("caution"), words.line.misattributed)
        : null,
    );
    if (line.own && !line.backfilled) {
      article.querySelector("footer")?.append(el("span", { className: "delivery", ariaLive: "off" }));
      this.#own.set(line.id, article);
      showDelivery(article, line.delivery);
    }
    this.#log.append(article);
    this.#last = line;
  }

  /** @param {Line} line */
  #earlier(line) {
    const why = words.line.earlierWhy(this.#nameOf(line.peerId) ?? words.line.someone);
    return el("span", { className: "earlier", title: why }, icon("clock"), words.line.earlier);
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
      }
    }
    this.#lastTime = moment;
  }

  /** @param {boolean} counts whether the reader would want to know of it */
  #added(counts) {
    while (this.#log.childElementCount > MAX_SHOWN) this.#log.firstElementChild?.remove();
    if (this.#following) this.#stay();
    else if (counts) {
      this.#below += 1;
      this.#offerDown();
    }
  }

  #noticeScroll() {
    const { scrollHeight, scrollTop, clientHeight } = this.#log;
    // The window or its content changed its size: that moves the scroll too, but nobody scrolled.
    if (this.#following && (scrollHeight !== this.#height || clientHeight !== this.#window)) {
      this.#stay();
      return;
    }
    this.#following = scrollHeight - scrollTop - clientHeight < NEAR_BOTTOM_PX;
    if (this.#following) this.#below = 0;
    this.#offerDown();
  }

  #offerDown() {
    this.#down.hidden = this.#following;
    const label = this.#below > 0 ? words.room.below(this.#below) : words.room.toBottom;
    this.#down.lastElementChild?.replaceChildren(label);
    this.#down.classList.toggle("news", this.#below > 0);
  }

  #goDown() {
    this.#following = true;
    this.#below = 0;
    this.#offerDown();
    this.#stay();
  }

  /** Many lines in one batch cost one measurement. */
  #stay() {
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      if (this.#following) this.#log.scrollTop = this.#log.scrollHeight;
      this.#height = this.#log.scrollHeight;
      this.#window = this.#log.clientHeight;
    });
  }

  #frame = 0;
  /** How high the lines, and the part of them in sight, were when last looked at. */
  #height = 0;
  #window = 0;

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

  /** @param {MouseEvent} clicked */
  #follow(clicked) {
    const target = clicked.target instanceof Element ? clicked.target : null;
    const link = target?.closest("a");
    if (link) {
      clicked.preventDefault();
      intend(this, { kind: "follow", url: link.href, shown: link.textContent ?? "" });
      return;
    }
    const copying = target?.closest("button.copy-code");
    const code = copying?.parentElement?.querySelector("pre");
    if (code) intend(this, { kind: "copy", text: code.textContent ?? "", done: words.copied });
  }
}

/** @param {Line} line @param {boolean} grouped */
function author(line, grouped) {
  const other = name(line.author, "author");
  other.dataset.tint = tint(line.authorId ?? line.peerId);
  return el(
    "header",
    { className: grouped ? "visually-hidden" : "" },
    line.own && !line.backfilled ? el("span", { className: "author" }, words.line.you) : other,
  );
}

/** @param {number} moment */
const time = (moment) =>
  el("time", { dateTime: machine(moment), title: full(moment) }, clock(moment));

/** @param {HTMLElement} line @param {Delivery} delivery */
function showDelivery(line, { reached, of }) {
  const place = line.querySelector(".delivery");
  if (!place) return;
  const [short, label] =
    of === 0
      ? words.line.reachedNobody
      : reached < of
        ? words.line.reachedSome(reached, of)
        : words.line.reachedAll(of);
  const done = of > 0 && reached >= of;
  place.replaceChildren(
    icon(done ? "check" : of === 0 ? "nobody" : "clock"),
    short === "" ? "" : el("span", { ariaHidden: "true" }, short),
    el("span", { className: "visually-hidden" }, label),
  );
  place.setAttribute("title", label);
}

/**
 * Gives what can scroll a place in the tab order and a name, and code a way to copy it.
 *
 * @param {HTMLElement} body
 */
function furnish(body) {
  for (const table of body.querySelectorAll("div.table")) {
    scrollable(table, words.line.table);
  }
  for (const code of body.querySelectorAll("pre")) {
    scrollable(code, words.line.code);
    const copy = button("copy", words.line.copyCode, { iconOnly: true, quiet: true });
    copy.classList.add("copy-code");
    const frame = el("div", { className: "code" });
    code.replaceWith(frame);
    frame.append(code, copy);
  }
  for (const picture of body.querySelectorAll("a.picture")) picture.prepend(icon("picture"));
}

/** @param {Element} element @param {string} label */
function scrollable(element, label) {
  element.setAttribute("tabindex", "0");
  element.setAttribute("role", "group");
  element.setAttribute("aria-label", label);
}

/** @param {Line} before @param {Line} line */
const isOfSameGroup = (before, line) =>
  before.own === line.own &&
  before.backfilled === line.backfilled &&
  before.authorId === line.authorId &&
  before.author === line.author &&
  Math.abs(timeOf(line) - timeOf(before)) < GROUP_MS;

const NEAR_BOTTOM_PX = 48;
/** After a pause a name is worth repeating. */
const GROUP_MS = 5 * 60 * 1000;
/** A page with more would be slow to lay out; the rooms keep less than this. */
const MAX_SHOWN = 1_000;
/** As long as a screen reader may take to look at what changed. */
const QUIET_MS = 500;

customElements.define("chat-transcript", ChatTranscript);
