/** <community-rooms> — public rooms to begin with. */
import { el, icon, name } from "../../lib/dom.js";
import { intend } from "../../lib/intend.js";
import { words } from "../../lib/words.js";

export class CommunityRooms extends HTMLElement {
  /** @type {string[]} */
  #rooms = [];
  #search = el("input", { type: "search", id: "community-search", autocomplete: "off", spellcheck: false });
  #list = el("ul", { role: "list" });
  #count = el("p", { className: "hint", role: "status" });

  connectedCallback() {
    if (this.firstChild) return;
    this.#search.addEventListener("input", () => this.#draw());
    this.#list.ariaLabel = words.community.title;
    this.append(
      el(
        "details",
        { className: "card" },
        el("summary", {}, words.community.title),
        el("p", { className: "hint" }, words.community.lead),
        el("label", { className: "visually-hidden", htmlFor: this.#search.id }, words.community.search),
        el("div", { className: "searching" }, icon("search"), this.#search),
        this.#list,
        this.#count,
      ),
    );
    this.#search.placeholder = words.community.search;
    this.hidden = true;
  }

  /** @param {string[]} rooms their names */
  show(rooms) {
    this.#rooms = rooms;
    this.hidden = rooms.length === 0;
    this.#draw();
  }

  #draw() {
    const wanted = plain(this.#search.value.trim());
    const found = this.#rooms.filter((it) => plain(it).includes(wanted));
    this.#list.replaceChildren(
      ...found.map((room) => {
        const enter = el("button", { type: "button", className: "button" }, icon("hash"), name(room));
        enter.addEventListener("click", () => intend(this, { kind: "join", request: { text: room, access: "public" } }));
        return el("li", {}, enter);
      }),
    );
    const told = found.length === 0 ? words.community.none : wanted === "" ? "" : words.community.found(found.length);
    if (this.#count.textContent !== told) this.#count.textContent = told;
  }
}

/** Letters without their marks and cases. @param {string} text */
const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLocaleLowerCase();

customElements.define("community-rooms", CommunityRooms);
