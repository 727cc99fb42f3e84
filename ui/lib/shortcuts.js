/**
 * The keys that do something anywhere, and the list of all keys for the page that tells them.
 *
 * @import {Page} from "../types/intention.js"
 * @import {places} from "./words/en/places.js"
 */

/** @typedef {keyof typeof places.shortcuts.does} Deed */

/** Where keys count, and what they do there; of a row of them the first and the last. @type {{ where: keyof typeof places.shortcuts.where, keys: [Deed, ...string[]][] }[]} */
export const SHORTCUTS = [
  {
    where: "everywhere",
    keys: [
      ["shortcuts", "Ctrl+/", "?"],
      ["settings", "Ctrl+,"],
      ["home", "Ctrl+N"],
      ["fullScreen", "F11"],
      ["anew", "Ctrl+R"],
      ["close", "Escape"],
    ],
  },
  {
    where: "rooms",
    keys: [
      ["next", "Alt+Down"],
      ["previous", "Alt+Up"],
      ["nextUnread", "Alt+Shift+Down"],
      ["nth", "Ctrl+1", "Ctrl+9"],
    ],
  },
  {
    where: "writing",
    keys: [
      ["send", "Enter"],
      ["newLine", "Shift+Enter"],
      ["editLast", "Up"],
      ["complete", "Up", "Down"],
      ["files", "Ctrl+U"],
    ],
  },
  {
    where: "reading",
    keys: [
      ["search", "Ctrl+F"],
      ["lines", "Up", "Down"],
      ["newest", "End"],
      ["actions", "Enter"],
      ["reply", "R"],
      ["react", "A"],
      ["copy", "C"],
      ["edit", "E"],
      ["takeBack", "Delete"],
      ["write", "Escape"],
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

/**
 * Where among the rooms a key press leads, and what else it does anywhere.
 *
 * @param {Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey">} event
 * @returns {{ kind: "step", by: number, unread: boolean } | { kind: "room", at: number } | { kind: "find" | "files" | "fullScreen" | "anew" } | null}
 */
export function moveFor({ key, ctrlKey, metaKey, altKey, shiftKey }) {
  if (key === "F11" && !altKey && !ctrlKey && !metaKey && !shiftKey) return { kind: "fullScreen" };
  if (altKey && !ctrlKey && !metaKey) {
    const by = { ArrowUp: -1, ArrowDown: 1 }[key];
    return by === undefined ? null : { kind: "step", by, unread: shiftKey };
  }
  if (altKey || shiftKey || !(ctrlKey || metaKey)) return null;
  if (key === "f") return { kind: "find" };
  if (key === "u") return { kind: "files" };
  if (key === "r") return { kind: "anew" };
  return /^[1-9]$/.test(key) ? { kind: "room", at: Number(key) - 1 } : null;
}
