/** <shortcuts-page> — what can be done by keyboard, and with which keys. */
import { el } from "../../lib/dom.js";
import { SHORTCUTS } from "../../lib/shortcuts.js";
import { words } from "../../lib/words.js";

export class ShortcutsPage extends HTMLElement {
  connectedCallback() {
    if (this.firstChild) return;
    this.append(
      el("p", { className: "lead" }, words.shortcuts.lead),
      ...SHORTCUTS.map(({ where, keys }) => {
        const heading = el("h2", { id: `shortcuts-${where}` }, words.shortcuts.where[where]);
        return el(
          "section",
          { attributes: { "aria-labelledby": heading.id } },
          heading,
          el(
            "dl",
            {},
            ...keys.map(([what, ...combinations]) =>
              el(
                "div",
                {},
                el("dt", {}, words.shortcuts.does[what]),
                el("dd", {}, ...combinations.flatMap((it, index) => [index === 0 ? "" : what === "nth" ? " … " : ` ${words.shortcuts.or} `, ...written(it)])),
              ),
            ),
          ),
        );
      }),
    );
  }
}

/** @param {string} combination "Ctrl+Enter" */
const written = (combination) =>
  combination.split("+").flatMap((key, index) => [
    index > 0 ? " + " : "",
    el("kbd", {}, words.shortcuts.keys[/** @type {keyof typeof words.shortcuts.keys} */ (key)] ?? key),
  ]);

customElements.define("shortcuts-page", ShortcutsPage);
