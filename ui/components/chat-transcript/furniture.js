/** What a message needs beside its words: places to scroll, ways to copy, things to load when asked. */
import { button, el, icon } from "../../lib/dom.js";
import { destination } from "../../lib/address.js";
import { words } from "../../lib/words.js";

/**
 * Gives what can scroll a place in the tab order and a name, and code a way to copy it.
 *
 * @param {HTMLElement} body
 */
export function furnish(body) {
  for (const table of body.querySelectorAll("div.table")) scrollable(table, words.line.table);
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

/**
 * What is loaded, or opened, when this is clicked.
 *
 * @param {HTMLElement} element
 * @returns {{ kind: "picture" | "page", url: string } | null}
 */
export function loadable(element) {
  const url = element.getAttribute("href") ?? "";
  if (destination(url, "")?.kind !== "web") return null;
  return { kind: element.dataset["load"] === "image" ? "picture" : "page", url };
}

/** @param {HTMLElement} element */
export function showLoading(element) {
  element.setAttribute("aria-busy", "true");
}

/**
 * @param {HTMLElement} element what was clicked
 * @param {string | null} data the picture; nothing if it was not wanted or did not come
 */
export function showLoaded(element, data) {
  element.removeAttribute("aria-busy");
  if (data === null) return;
  const label = element.textContent?.trim() || words.load.shown;
  const picture = el("img", { src: data, alt: label, className: "loaded" });
  element.after(picture);
}

/** @param {Element} element @param {string} label */
function scrollable(element, label) {
  element.setAttribute("tabindex", "0");
  element.setAttribute("role", "group");
  element.setAttribute("aria-label", label);
}
