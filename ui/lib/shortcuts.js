/**
 * The keys that do something anywhere, and the list of all keys for the page that tells them.
 *
 * @import {Page} from "../types/intention.js"
 * @import {places} from "./words/en/places.js"
 */

/** @typedef {keyof typeof places.shortcuts.does} Deed */

/** Where keys count, and what they do there. @type {{ where: keyof typeof places.shortcuts.where, keys: [Deed, ...string[]][] }[]} */
export const SHORTCUTS = [
  {
    where: "everywhere",
    keys: [
      ["shortcuts", "Ctrl+/", "?"],
      ["settings", "Ctrl+,"],
      ["home", "Ctrl+N"],
      ["close", "Escape"],
    ],
  },
];

/**
 * The page a key press asks for.
 *
 * @param {Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey">} event
 * @param {boolean} isWriting whether what has the focus takes letters
 * @returns {Page | null}
 */
export function pageFor({ key, ctrlKey, metaKey, altKey }, isWriting) {
  if (altKey) return null;
  if (!ctrlKey && !metaKey) return key === "?" && !isWriting ? "shortcuts" : null;
  switch (key) {
    case "/":
    // Where the slash is a shifted key, it is what is shifted that arrives.
    case "?":
      return "shortcuts";
    case ",":
      return "settings";
    case "n":
      return "home";
    default:
      return null;
  }
}
