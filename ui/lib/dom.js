/**
 * Making elements, and the only place where text becomes markup.
 *
 * @import {SafeHtml} from "../types/ipc.js"
 */

/**
 * @typedef {{
 *   dataset?: Record<string, string>,
 *   attributes?: Record<string, string>,
 * }} Extras
 */

/**
 * Makes an element. Strings among the children are text, never markup.
 *
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Omit<Partial<HTMLElementTagNameMap[K]>, "dataset" | "attributes"> & Extras} [properties]
 * @param {(Node | string | null)[]} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function el(tag, properties, ...children) {
  const element = document.createElement(tag);
  const { dataset, attributes, ...rest } = properties ?? {};
  Object.assign(element, rest);
  Object.assign(element.dataset, dataset);
  for (const [name, value] of Object.entries(attributes ?? {})) element.setAttribute(name, value);
  element.append(...children.filter((child) => child !== null));
  return element;
}

/**
 * Shows what a stranger wrote. Only the crate `render` makes `SafeHtml`.
 *
 * @param {HTMLElement} element
 * @param {SafeHtml} html
 */
export function setSafeHtml(element, html) {
  element.innerHTML = html;
}

/**
 * An icon from the sheet in `index.html`. It says nothing by itself: a word stands beside it, or
 * its button has a label.
 *
 * @param {string} name
 */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("focusable", "false");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#icon-${name}`);
  svg.append(use);
  return svg;
}

/**
 * A button with an icon and, unless it is hidden, a word.
 *
 * @param {string} name the icon
 * @param {string} label
 * @param {Omit<Partial<HTMLButtonElement>, "dataset" | "attributes"> & { quiet?: boolean, iconOnly?: boolean }} [properties]
 */
export function button(name, label, properties = {}) {
  const { quiet = false, iconOnly = false, ...rest } = properties;
  const element = el("button", { type: "button", ...rest }, icon(name));
  element.classList.add("button");
  if (quiet) element.classList.add("quiet");
  if (iconOnly) {
    element.classList.add("icon-only");
    element.ariaLabel = label;
    element.title = label;
  } else {
    element.append(el("span", {}, label));
  }
  return element;
}

/**
 * A name somebody chose: whatever its direction, it does not turn what stands around it.
 *
 * @param {string} text
 * @param {string} [className]
 */
export const name = (text, className = "") => el("bdi", { className }, text);

const SVG = "http://www.w3.org/2000/svg";
