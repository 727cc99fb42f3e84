/**
 * The page that is shown when the app cannot start or go on: what is wrong, where, and what to do.
 *
 * @import {Trouble} from "./types/ipc.js"
 */
import * as ipc from "./ipc.js";
import { el } from "./lib/dom.js";
import { words } from "./lib/words.js";

const page = document.querySelector("main");

/** @param {Trouble} trouble */
function show(trouble) {
  const { title, text, without } = words.trouble.about(trouble.what);
  const heading = el("h1", { tabIndex: -1 }, title);
  const again = choice(words.trouble.again, ipc.tryAgain);
  const instead = without === null ? null : choice(without, ipc.doWithout);
  (instead ?? again).classList.add("primary");
  const facts = [
    ...fact(words.trouble.file, trouble.file),
    ...fact(words.trouble.detail, trouble.detail),
  ];
  page?.replaceChildren(
    heading,
    el("p", {}, text),
    ...(facts.length > 0 ? [el("dl", {}, ...facts)] : []),
    el("div", { className: "buttons" }, instead, again, choice(words.trouble.quit, ipc.quit)),
  );
  // Whoever cannot see the page is read it from its beginning.
  heading.focus();
}

/** @param {string} label @param {string | undefined} value */
const fact = (label, value) => (value ? [el("div", {}, el("dt", {}, label), el("dd", { dir: "auto" }, value))] : []);

/**
 * A button that asks for something, and shows what is still wrong.
 *
 * @param {string} label
 * @param {() => Promise<Trouble | null>} ask
 */
function choice(label, ask) {
  const button = el("button", { type: "button", className: "button" }, label);
  button.addEventListener("click", async () => {
    setBusy(true);
    try {
      const still = await ask();
      if (still) show(still);
    } finally {
      setBusy(false);
    }
  });
  return button;
}

/** @param {boolean} busy */
function setBusy(busy) {
  for (const button of page?.querySelectorAll("button") ?? []) button.disabled = busy;
}

document.documentElement.lang = words.language;
if (ipc.isInApp()) {
  const trouble = await ipc.trouble();
  if (trouble) show(trouble);
} else {
  page?.append(el("p", {}, words.outside));
}
