/** What a message needs beside its words: places to scroll, and ways to copy. */
import { button, el } from "../../lib/dom.js";
import { words } from "../../lib/words.js";

/**
 * Gives what can scroll a place in the tab order and a name, and code a way to copy it.
 *
 * @param {HTMLElement} body
 */
export function furnish(body) {
  for (const table of body.querySelectorAll("div.table")) scrollable(table, words.line.table);
  for (const code of body.querySelectorAll("pre")) {
    const frame = code.closest("div.code") ?? el("div", { className: "code" });
    if (!code.parentElement?.matches("div.code")) code.replaceWith(frame);
    const language = frame instanceof HTMLElement ? frame.dataset["language"] : undefined;
    frame.append(code);
    if (code.textContent?.trim() === "") {
      code.dataset["empty"] = words.line.emptyCode;
      continue;
    }
    scrollable(code, language === undefined ? words.line.code : `${words.line.code}, ${language}`);
    const copy = button("copy", words.line.copyCode, { iconOnly: true, quiet: true });
    copy.classList.add("copy-code");
    frame.append(copy);
  }
}

/** @param {Element} element @param {string} label */
function scrollable(element, label) {
  element.setAttribute("tabindex", "0");
  element.setAttribute("role", "group");
  element.setAttribute("aria-label", label);
}
