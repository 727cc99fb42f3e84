/**
 * <judged-list> — whom one muted or blocked, and the way back.
 *
 * @import {Judged} from "../../types/ipc.js"
 */
import { button, el, name } from "../../lib/dom.js";
import { intend } from "../../lib/intend.js";
import { words } from "../../lib/words.js";

export class JudgedList extends HTMLElement {
  #list = el("ul");
  #count = el("span", { className: "count" });

  connectedCallback() {
    if (this.firstChild) return;
    this.append(el("h2", {}, words.people.judged, " ", this.#count), this.#list);
    this.hidden = this.#list.childElementCount === 0;
  }

  /** @param {Judged[]} judged */
  set(judged) {
    this.#count.textContent = String(judged.length);
    this.#list.replaceChildren(
      ...judged.map(({ person, name: called, standing }) => {
        const isBlocked = standing === "blocked";
        const undo = button("again", isBlocked ? words.people.unblock : words.people.unmute, { quiet: true });
        undo.ariaLabel = isBlocked ? words.people.unblockWho(called) : words.people.unmuteWho(called);
        undo.addEventListener("click", () => intend(this, { kind: "judge", person, name: called, standing: "normal" }));
        return el(
          "li",
          {},
          el("span", { className: "who" }, name(called, "name"), el("span", { className: "tag" }, isBlocked ? words.people.blocked : words.people.muted)),
          undo,
        );
      }),
    );
    this.hidden = judged.length === 0;
  }
}

customElements.define("judged-list", JudgedList);
