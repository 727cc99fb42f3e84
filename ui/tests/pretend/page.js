/**
 * The page of `index.html` with a pretend app behind it, for looking at it in any browser:
 * serve `ui/` and open `tests/fake.html?busy`. The states are those of `states.js`.
 */
import { pretend } from "./backend.js";
import { states } from "./states.js";

const UI = new URL("../../", import.meta.url);
const wanted = new URLSearchParams(location.search).keys().next().value ?? "home";
pretend((states[wanted] ?? states["home"] ?? (() => ({})))());

const page = new DOMParser().parseFromString(await (await fetch(new URL("index.html", UI))).text(), "text/html");
const sheets = [...page.querySelectorAll("link[rel=stylesheet]")].map((sheet) => {
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = new URL(sheet.getAttribute("href") ?? "", UI).href;
  const loaded = new Promise((done) => link.addEventListener("load", done));
  document.head.append(link);
  return loaded;
});
document.body.replaceWith(document.adoptNode(page.body));
await Promise.all(sheets);
await import("../../main.js");
