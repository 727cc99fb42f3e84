/** <about-page> — what this is, who sees what, and under which terms. */
import { button, el } from "../../lib/dom.js";
import { intend } from "../../lib/intend.js";
import { VERSION } from "../../lib/version.js";
import { words } from "../../lib/words.js";

export class AboutPage extends HTMLElement {
  connectedCallback() {
    if (this.firstChild) return;
    const say = words.about;
    const points = (/** @type {string[]} */ all) => el("ul", { className: "points" }, ...all.map((it) => el("li", {}, it)));
    const licence = button("outside", say.licence, { quiet: true });
    licence.addEventListener("click", () => intend(this, { kind: "follow", url: LICENCE, shown: say.licence }));
    this.append(
      el("p", { className: "lead" }, say.lead),
      part(say.howTitle, el("p", {}, say.how)),
      part(say.whoTitle, points(say.who)),
      part(say.limitsTitle, points(say.limits)),
      part(say.freeTitle, el("p", {}, say.free), licence, el("p", {}, say.friends)),
      el("p", { className: "hint" }, say.version(VERSION)),
    );
  }
}

/** @param {string} title @param {Node[]} parts */
const part = (title, ...parts) => el("section", {}, el("h2", {}, title), ...parts);

const LICENCE = "https://www.gnu.org/licenses/old-licenses/gpl-2.0.html";

customElements.define("about-page", AboutPage);
