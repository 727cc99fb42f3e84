/**
 * Where one reads: follows the newest line while the reader is at the bottom; otherwise leaves the
 * scroll alone and offers a way down.
 */
import { button } from "../../lib/dom.js";
import { words } from "../../lib/words.js";

export class Following {
  /** Leads to the newest line. */
  down = button("down", words.room.toBottom, { className: "down", hidden: true });
  #log;
  #is = true;
  /** How many lines came below what one reads. */
  #below = 0;
  #frame = 0;
  /** How high the lines, and the part of them in sight, were when last looked at. */
  #height = 0;
  #window = 0;

  /** @param {HTMLElement} log what scrolls */
  constructor(log) {
    this.#log = log;
    log.addEventListener("scroll", () => this.#noticeScroll(), { passive: true });
    new ResizeObserver(() => this.stay()).observe(log);
    this.down.addEventListener("click", () => {
      this.goDown();
      log.focus();
    });
  }

  get is() {
    return this.#is;
  }

  /** Also what comes next is to be in sight. */
  start() {
    this.#is = true;
  }

  /** @param {number} [below] how many lines one has not come to yet */
  stop(below = this.#below) {
    this.#is = false;
    this.#below = below;
  }

  goDown() {
    this.#is = true;
    this.#below = 0;
    this.#offerDown();
    this.stay();
  }

  /** @param {boolean} counts whether the reader would want to know of what was added */
  added(counts) {
    if (this.#is) this.stay();
    else if (counts) {
      this.#below += 1;
      this.#offerDown();
    }
  }

  /** Many lines in one batch cost one measurement. */
  stay() {
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      if (this.#is) this.#log.scrollTop = this.#log.scrollHeight;
      this.#height = this.#log.scrollHeight;
      this.#window = this.#log.clientHeight;
    });
  }

  #noticeScroll() {
    const { scrollHeight, scrollTop, clientHeight } = this.#log;
    // The window or its content changed its size: that moves the scroll too, but nobody scrolled.
    if (this.#is && (scrollHeight !== this.#height || clientHeight !== this.#window)) {
      this.stay();
      return;
    }
    this.#is = scrollHeight - scrollTop - clientHeight < NEAR_BOTTOM_PX;
    if (this.#is) this.#below = 0;
    this.#offerDown();
  }

  #offerDown() {
    this.down.hidden = this.#is;
    const label = this.#below > 0 ? words.room.below(this.#below) : words.room.toBottom;
    this.down.lastElementChild?.replaceChildren(label);
    this.down.title = label;
    this.down.classList.toggle("fresh", this.#below > 0);
  }
}

const NEAR_BOTTOM_PX = 48;
