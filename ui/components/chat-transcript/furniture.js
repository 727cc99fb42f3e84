/** What a message needs beside its words: places to scroll, ways to copy, things to load when asked. */
import { button, el, icon } from "../../lib/dom.js";
import { destination } from "../../lib/address.js";
import { words } from "../../lib/words.js";

/**
 * Gives what can scroll a place in the tab order and a name, code a way to copy it, and what could
 * be loaded the name of where it would come from.
 *
 * @param {HTMLElement} body
 */
export function furnish(body) {
  for (const table of body.querySelectorAll("div.table")) scrollable(table, words.line.table);
  for (const code of body.querySelectorAll("pre")) {
    const frame = code.closest("div.code") ?? el("div", { className: "code" });
    if (!code.parentElement?.matches("div.code")) code.replaceWith(frame);
    const language = frame instanceof HTMLElement ? frame.dataset["language"] : undefined;
    scrollable(code, language === undefined ? words.line.code : `${words.line.code}, ${language}`);
    const copy = button("copy", words.line.copyCode, { iconOnly: true, quiet: true });
    copy.classList.add("copy-code");
    frame.append(code, copy);
  }
  for (const card of body.querySelectorAll("a[data-card]")) {
    if (!(card instanceof HTMLElement)) continue;
    const { card: kind, host = "" } = card.dataset;
    const label = kind === "youtube" ? words.load.video(host) : words.load.picture(host);
    card.prepend(icon(kind === "youtube" ? "video" : "picture"));
    card.append(el("span", { className: "from" }, label));
  }
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
  return { kind: element.dataset["card"] === "picture" ? "picture" : "page", url };
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
  // The address stays a link of its own; the card has done what it was there for.
  const own = element.firstChild?.nextSibling?.textContent?.trim() ?? "";
  const picture = el("img", { src: data, alt: own || words.load.shown, className: "loaded" });
  element.after(picture);
  element.hidden = true;
  picture.closest("article")?.focus({ preventScroll: true });
}

/** @param {Element} element @param {string} label */
function scrollable(element, label) {
  element.setAttribute("tabindex", "0");
  element.setAttribute("role", "group");
  element.setAttribute("aria-label", label);
}
