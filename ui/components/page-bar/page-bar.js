/**
 * <page-bar page="…"> — the top of a page that is no room: what it is called and, in a narrow window,
 * the way to the rooms.
 *
 * @import {Page} from "../../types/intention.js"
 */
import { button, el } from "../../lib/dom.js";
import { words } from "../../lib/words.js";

export class PageBar extends HTMLElement {
  connectedCallback() {
    if (this.firstChild) return;
    const page = /** @type {Exclude<Page, "home">} */ (this.getAttribute("page"));
    const rooms = button("menu", words.rooms.title, { quiet: true, iconOnly: true });
    rooms.classList.add("narrow-only");
    rooms.setAttribute("popovertarget", "rooms-pane");
    this.append(rooms, el("h1", { id: `${page}-title`, tabIndex: -1 }, words[page].title));
  }
}

customElements.define("page-bar", PageBar);
