/**
 * How one line looks: who, what, to what it replies, what others put on it, when, and how far it got.
 *
 * @import {Delivery, Line, Reaction, Reply} from "../../types/ipc.js"
 * @import {Looks} from "../../lib/people.js"
 * @import {ShareCard} from "../share-card/share-card.js"
 * @import {Shown} from "./chat-transcript.js"
 */
import { button, el, icon, name, setSafeHtml } from "../../lib/dom.js";
import { progressOf } from "../../lib/delivery.js";
import { clock, full, machine, timeOf } from "../../lib/times.js";
import { words } from "../../lib/words.js";
import { showCards } from "./cards.js";
import { furnish } from "./furniture.js";

/**
 * @param {Shown} shown
 * @param {{ from: string, canJump: boolean, grown: () => void, share: (card: ShareCard) => void, isAnyoneHere: boolean }} around
 *   who passed it on, whether what it replies to is here, who is told when a picture made it taller, who
 *   knows what is to be known of files, and whether there is anyone a line of one's own could go to
 */
export function draw({ line, article, grouped, looks, loads }, { from, canJump, grown, share, isAnyoneHere }) {
  const who = author(line, grouped, looks);
  // What is shown or played in it goes on as long as it stays where it is.
  const card = line.share === null || line.deleted ? null : article.querySelector("share-card");
  const bubble = /** @type {HTMLElement | null | undefined} */ (card?.closest(".bubble")) ?? el("div", { className: "bubble" });
  who.id = `${article.id}-who`;
  bubble.id = `${article.id}-what`;
  article.setAttribute("aria-labelledby", `${who.id} ${bubble.id}`);
  const kinds = {
    line: true,
    own: line.own,
    other: !line.own,
    grouped,
    deleted: line.deleted,
    mentioned: line.mentionsMe && !line.deleted,
    replies: line.reply !== null && !line.deleted,
    found: article.classList.contains("found"),
    "found-here": article.classList.contains("found-here"),
  };
  article.className = Object.entries(kinds).filter(([, is]) => is).map(([kind]) => kind).join(" ");
  if (line.deleted) bubble.append(el("p", { className: "body gone" }, words.line.deleted));
  else if (line.share) {
    const shown = card ?? el("share-card", { grown });
    if (!card) bubble.append(el("div", { className: "body" }, shown));
    share(shown);
  } else fill(bubble, line, canJump, article.querySelector(".unfold[aria-expanded=true]") !== null);
  showCards(bubble, loads, grown);
  for (const old of [...article.children]) if (old !== bubble) old.remove();
  if (bubble.parentElement === article) bubble.before(who);
  else article.append(who, bubble);
  article.append(
    ...(line.reactions.length > 0 && !line.deleted ? [reactions(line.reactions)] : []),
    footer(line, from),
    ...(line.misattributed ? [el("p", { className: "caution" }, icon("caution"), words.line.misattributed)] : []),
  );
  if (isMine(line) && !line.deleted) showDelivery(article, line.delivery, isAnyoneHere);
}

/** Shows who it is from anew. @param {Shown} shown */
export function showAuthor({ line, article, grouped, looks }) {
  const who = author(line, grouped, looks);
  who.id = `${article.id}-who`;
  article.querySelector("header")?.replaceWith(who);
}

/** @param {HTMLElement} article @param {Delivery} delivery @param {boolean} isAnyoneHere to whom it could go now */
export function showDelivery(article, delivery, isAnyoneHere) {
  const place = article.querySelector(".delivery");
  if (!place) return;
  const progress = progressOf(delivery, isAnyoneHere);
  const [short, told] = words.line.progress(progress, delivery);
  // Of files only the offer arrived; who has fetched them stands on their card.
  const label = progress === "received" && article.querySelector("share-card") ? words.files.offeredTo(delivery.of) : told;
  const retry = place.querySelector(".retry");
  place.className = `delivery ${progress}`;
  place.setAttribute("title", label);
  const mark = el(
    "span",
    { className: "told" },
    icon(MARKS[progress]),
    short === "" ? "" : el("span", { ariaHidden: "true" }, short),
    el("span", { className: "visually-hidden" }, label),
  );
  place.replaceChildren(mark, ...(progress === "failed" && isAnyoneHere ? [retry ?? el("button", { type: "button", className: "retry" }, words.line.retry)] : []));
}

/** @param {number} moment */
export const time = (moment) => el("time", { dateTime: machine(moment), title: full(moment) }, clock(moment));

/** @param {Line} before @param {Line} line */
export const isOfSameGroup = (before, line) =>
  before.own === line.own &&
  before.backfilled === line.backfilled &&
  before.authorId === line.authorId &&
  before.author === line.author &&
  (before.folded === null) === (line.folded === null) &&
  Math.abs(timeOf(line) - timeOf(before)) < GROUP_MS;

/** @param {HTMLElement} bubble @param {Line} line @param {boolean} canJump @param {boolean} isOpen whether all of a long one was wanted */
function fill(bubble, line, canJump, isOpen) {
  const body = el("div", { className: "body", dir: "auto" });
  setSafeHtml(body, line.html);
  furnish(body);
  if (line.reply) bubble.append(quote(line.reply, canJump));
  bubble.append(body);
  if (!isLong(line)) return;
  bubble.classList.toggle("long", !isOpen);
  const more = button("more", isOpen ? words.line.less : words.line.more, { className: "unfold", quiet: true });
  more.setAttribute("aria-expanded", String(isOpen));
  bubble.append(more);
  // What can be reached by Tab must be seen there.
  body.addEventListener("focusin", () => {
    if (bubble.classList.contains("long")) more.click();
  });
}

/** @param {Line} line @param {boolean} grouped @param {Looks} looks */
function author(line, grouped, { tint, animal, imitates }) {
  const className = grouped ? "visually-hidden" : "";
  if (isMine(line)) return el("header", { className }, el("span", { className: "author" }, words.line.you));
  const other = name(line.author, "author");
  other.dataset.tint = tint;
  return el(
    "header",
    { className },
    other,
    animal === null || animal === line.author ? null : el("span", { className: "animal" }, " (", name(animal), ")"),
    imitates === null ? null : el("span", { className: "imitates", title: words.people.imitatesWhy(imitates) }, " ", icon("caution"), words.people.imitates(imitates)),
  );
}

/** @param {Reply} reply @param {boolean} canJump */
function quote(reply, canJump) {
  const label = canJump ? words.line.replyTo(reply.author) : words.line.replyGone(reply.author);
  const inside = [
    icon("reply"),
    el("span", { className: "visually-hidden" }, `${label}: `),
    el("span", { className: "quoted" }, el("span", { ariaHidden: "true" }, name(reply.author, "quoted-author")), " ", el("span", reply.gone ? { className: "gone" } : { dir: "auto" }, reply.gone ? words.line.deletedShort : reply.excerpt)),
  ];
  return canJump
    ? el("button", { type: "button", className: "quote" }, ...inside)
    : el("p", { className: "quote" }, ...inside);
}

/** @param {Reaction[]} all */
function reactions(all) {
  const list = el("ul", { className: "reactions", ariaLabel: words.line.reactions, ariaLive: "off" });
  for (const { emoji, names, own } of all) {
    const told = words.line.reacted(names.slice(0, MOST_NAMED));
    list.append(
      el(
        "li",
        {},
        el(
          "button",
          { type: "button", className: "reaction", ariaPressed: String(own), dataset: { emoji, names: told } },
          el("span", { className: "emoji" }, emoji),
          " ",
          el("span", { className: "number" }, String(names.length)),
          el("span", { className: "visually-hidden" }, ` ${told}`),
        ),
      ),
    );
  }
  return list;
}

/** @param {Line} line @param {string} from */
function footer(line, from) {
  const why = words.line.earlierWhy(from);
  return el(
    "footer",
    {},
    time(timeOf(line)),
    line.edited && !line.deleted ? el("span", { className: "edited", title: words.line.editedWhy }, words.line.edited) : null,
    line.mentionsMe && !line.deleted ? el("span", { className: "visually-hidden" }, words.line.mentionsYou) : null,
    line.backfilled ? el("span", { className: "earlier", title: why }, icon("clock"), words.line.earlier) : null,
    isMine(line) && !line.deleted ? el("span", { className: "delivery", ariaLive: "off" }) : null,
  );
}

/** @param {Line} line */
const isMine = (line) => line.own && !line.backfilled;

/** @param {Line} line */
const isLong = ({ text }) => text.length > LONG_UNITS || text.split("\n", LONG_LINES + 1).length > LONG_LINES;

const MARKS = { nobody: "clock", waiting: "clock", sending: "clock", sent: "check", received: "received", failed: "caution" };
/** After a pause a name is worth repeating. */
const GROUP_MS = 5 * 60 * 1000;
/** From here on a line is folded until one wants all of it. */
const LONG_UNITS = 1_400;
const LONG_LINES = 24;
/** Of those who put an emoji on a line. */
const MOST_NAMED = 20;
