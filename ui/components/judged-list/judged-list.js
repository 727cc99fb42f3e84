/**
 * <judged-list> — whom one knows, muted or blocked, and the way back.
 *
 * @import {Judged} from "../../types/ipc.js"
 */
import { button, el } from "../../lib/dom.js";
import { intend } from "../../lib/intend.js";
import { words } from "../../lib/words.js";
import { called as calledBy } from "../peer-list/peer-list.js";

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
    const at = [...this.#list.children].findIndex((row) => row.contains(document.activeElement));
    this.#count.textContent = String(judged.length);
    this.#list.replaceChildren(
      ...judged.map(({ person, name: called, animalName, standing }) => {
        const say = words.people;
        const [tag, label, whole] = {
          normal: ["", "", ""],
          known: [say.known, say.unknow, say.unknowWho(called)],
          muted: [say.muted, say.unmute, say.unmuteWho(called)],
          blocked: [say.blocked, say.unblock, say.unblockWho(called)],
        }[standing];
        // Several may be called so by now; what they cannot choose tells them apart.
        const who = calledBy({ name: called, customName: called, animalName: animalName ?? "" });
        const undo = button("again", label ?? "", { quiet: true });
        undo.ariaLabel = whole ?? "";
        undo.addEventListener("click", () => intend(this, { kind: "judge", person, name: called, standing: "normal", was: standing }));
        return el(
          "li",
          {},
          el("span", { className: "who" }, who, el("span", { className: "tag" }, tag ?? "")),
          undo,
        );
      }),
    );
    this.hidden = judged.length === 0;
    if (at < 0) return;
    // Whoever let one go may want to let the next go; where there is none, they are among people.
    const next = this.#list.children[Math.min(at, judged.length - 1)]?.querySelector("button");
    (next ?? this.parentElement?.querySelector("peer-list"))?.focus();
  }
}

customElements.define("judged-list", JudgedList);
