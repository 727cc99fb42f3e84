/**
 * What a message could bring in from elsewhere. Until somebody asks for it, it is a card that says
 * where it would come from; afterwards a picture, with where it came from under it.
 */
import { el, icon } from "../../lib/dom.js";
import { destination } from "../../lib/address.js";
import { words } from "../../lib/words.js";

/** @typedef {{ is: "loading" } | { is: "loaded", picture: string } | { is: "failed", why: string, isFinal: boolean }} Load what came of asking; `isFinal` where asking again changes nothing */

/**
 * Dresses all cards of a message.
 *
 * @param {HTMLElement} body
 * @param {Map<string, Load>} loads by the address; what was asked for before
 * @param {() => void} [grown] a picture took its place
 */
export function showCards(body, loads, grown = () => {}) {
  for (const card of body.querySelectorAll("a[data-card]")) {
    if (card instanceof HTMLElement) dress(card, loads.get(addressOf(card)), grown);
  }
}

/**
 * What is loaded, or opened, when this is clicked.
 *
 * @param {HTMLElement} card
 * @returns {{ kind: "picture" | "page", url: string } | null}
 */
export function loadable(card) {
  const url = addressOf(card);
  if (destination(url, "")?.kind !== "web") return null;
  return { kind: card.dataset["card"] === "picture" ? "picture" : "page", url };
}

/** @param {HTMLElement} card @param {Load | undefined} load @param {() => void} grown */
function dress(card, load, grown) {
  const { card: kind, host = "" } = card.dataset;
  const own = card.querySelector(".shown") ?? el("span", { className: "shown" }, ...card.childNodes);
  const isVideo = kind === "youtube";
  card.classList.toggle("failed", load?.is === "failed");
  if (load?.is === "loading") card.ariaBusy = "true";
  else card.removeAttribute("aria-busy");
  switch (load?.is) {
    case "loading":
      card.replaceChildren(icon("clock"), own, from(words.load.loading(host)));
      break;
    case "failed":
      card.replaceChildren(icon("caution"), own, from(load.isFinal ? load.why : `${load.why} ${words.load.again}`));
      break;
    case "loaded": {
      const picture = el("img", { alt: own.textContent?.trim() || words.load.shown, className: "loaded" });
      picture.addEventListener("load", grown, { once: true });
      picture.src = load.picture;
      card.before(picture);
      // From here on it is a link like any other.
      card.className = "link source";
      delete card.dataset["card"];
      card.replaceChildren(icon("outside"), el("span", {}, words.load.from(host)));
      break;
    }
    default:
      card.replaceChildren(icon(isVideo ? "video" : "picture"), own, from(isVideo ? words.load.video(host) : words.load.picture(host)));
  }
}

/** @param {string} text */
const from = (text) => el("span", { className: "from" }, text);

/** @param {HTMLElement} card */
const addressOf = (card) => card.getAttribute("href") ?? "";
