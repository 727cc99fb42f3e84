/**
 * <room-welcome> — what stands in a room before anyone or anything is in it: how to invite others,
 * and whether they can find it.
 *
 * @import {Room, TrackerState} from "../../types/ipc.js"
 */
import { button, el } from "../../lib/dom.js";
import { intend } from "../../lib/intend.js";
import { words } from "../../lib/words.js";

export class RoomWelcome extends HTMLElement {
  #state = el("p", { className: "state", role: "status" });

  /** @param {Pick<Room, "room" | "private" | "links">} room */
  show(room) {
    const link = el("input", { type: "text", readOnly: true, value: room.links.web, ariaLabel: words.welcome.link });
    link.addEventListener("focus", () => link.select());
    const copy = button("copy", words.copy);
    copy.classList.add("primary");
    copy.addEventListener("click", () =>
      intend(this, { kind: "copy", text: room.links.web, done: words.room.linkCopied }),
    );
    const share = button("link", words.welcome.share, { quiet: true });
    share.addEventListener("click", () => intend(this, { kind: "share", room: room.room }));
    this.replaceChildren(
      el("h2", {}, words.welcome.title),
      el("p", {}, room.private ? words.welcome.leadPrivate : words.welcome.lead),
      el("div", { className: "field-row" }, link, copy),
      share,
      el("div", { className: "pulse", ariaHidden: "true" }),
      this.#state,
    );
  }

  /** @param {TrackerState[]} states of all meeting points */
  setTrackers(states) {
    const count = (/** @type {TrackerState} */ wanted) => states.filter((it) => it === wanted).length;
    const open = count("open");
    const text =
      open > 0
        ? words.welcome.listening(open, states.length)
        : states.length > 0 && count("failed") === states.length
          ? words.welcome.failed
          : words.welcome.connecting;
    // A status that says the same again would be read out again.
    if (this.#state.textContent !== text) this.#state.textContent = text;
    this.classList.toggle("listening", open > 0);
  }
}

customElements.define("room-welcome", RoomWelcome);
