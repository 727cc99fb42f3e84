/**
 * What happens is shown, what is wanted is asked for: events to elements, intentions to `ipc`.
 * The page holds no truth; loading it again loses nothing but a draft.
 *
 * @import {DirectTalk, Event as RoomEvent, Me, Problem, Room, Snapshot} from "./types/ipc.js"
 * @import {Intention, Page, Place} from "./types/intention.js"
 */
import "./components/leave-dialog/leave-dialog.js";
import "./components/link-dialog/link-dialog.js";
import "./components/own-name/own-name.js";
import "./components/problem-list/problem-list.js";
import "./components/room-door/room-door.js";
import "./components/room-welcome/room-welcome.js";
import "./components/share-dialog/share-dialog.js";
import "./components/status-toasts/status-toasts.js";
import "./components/tracker-list/tracker-list.js";

import * as files from "./files.js";
import * as ipc from "./ipc.js";
import * as pages from "./pages.js";
import * as rooms from "./rooms.js";
import * as talks from "./talks.js";
import { hashOf, isSamePlace, placeOf } from "./lib/places.js";
import { moveFor, pageFor } from "./lib/shortcuts.js";
import { unreachable } from "./lib/unreachable.js";
import { words } from "./lib/words.js";
import { tried } from "./pages.js";

const home = part("#home");
const roomsPane = part("#rooms-pane");
const newRoom = part("#new-room");
/** @type {NodeListOf<HTMLElement>} */
const pageButtons = document.querySelectorAll("button[data-page]");
/** What is always there; made anew when the language changes. */
let { door, homeProblems, toasts, linkDialog, leaveDialog, shareDialog, personDialog, doctor, ownNames } = parts();

/** @type {Me | null} */
let me = null;
/** @type {Place | null} the room or private talk in front; nothing for another page */
let current = null;
/** @type {Place | null} what the backend was told the person has before their eyes */
let looked = null;
/** @type {Page} the page in front where no room is */
let page = "home";
/** @type {string | null} a room that was asked for and is to come to the front */
let awaited = null;
/** How often the page began to listen; only the last time counts. */
let listening = 0;

/**
 * Everything that can happen.
 *
 * @param {RoomEvent} event
 */
function hear(event) {
  switch (event.kind) {
    case "joined": {
      const { room, name, origin, links } = event;
      showMe(event.self);
      open({
        room, name, origin, private: event.private, links, entries: [], peers: [], directs: [],
        unread: { lines: 0, mentions: 0 }, muted: false, rules: { slow: false, plainStrangers: false, autoMedia: false },
      });
      if (awaited === room) show({ room });
      break;
    }
    case "left":
      close(event.room);
      break;
    case "trackerChanged":
    case "trackerGone":
    case "lineChanged":
    case "lineReplaced":
    case "noticeAdded":
    case "typingChanged":
    case "directChanged":
    case "judgedChanged":
    case "transferChanged":
    case "transferGone":
      rooms.hear(event);
      break;
    case "lineAdded":
      rooms.hear(event);
      ring(event);
      break;
    case "peerJoined":
    case "peerChanged":
      rooms.hear(event);
      personDialog.refresh(event.room, event.peer);
      break;
    case "peerLeft":
      rooms.hear(event);
      personDialog.gone(event.room, event.peerId);
      break;
    case "directMoved":
      moveDirect(event.room, event.from, event.talk);
      break;
    case "unreadChanged":
    case "roomChanged":
      rooms.hear(event);
      showTitle();
      break;
    case "meChanged":
      showMe(event.self);
      break;
    case "problemAdded":
      addProblem(event.problem);
      // Not every page has a list of problems, and a change was asked for a moment ago.
      if (event.problem.what.kind === "notKept") toasts.warn(words.problems.notKept.join(". "));
      break;
    case "problemGone":
      rooms.hear(event);
      homeProblems.delete(event.id);
      break;
    case "linkOpened":
      void pages.ask(event.link);
      break;
    case "placeOpened":
      // The room may have been left since, or be entered in a moment.
      if (rooms.get(event.room)) show({ room: event.room, with: event.with });
      else awaited = event.room;
      break;
    case "filesHovering":
      files.hover(event.over);
      break;
    case "filesDropped":
      void files.dropped(event.chosen);
      break;
    case "dropRefused":
      files.dropRefused(event.refusal);
      break;
    case "endAsked":
      void files.askToEnd();
      break;
    case "settingsChanged":
      void pages.showSettings(event.settings);
      break;
    default:
      unreachable(event);
  }
}

/**
 * Everything a person can want.
 *
 * @param {Intention} wish
 */
async function act(wish) {
  switch (wish.kind) {
    case "showHome":
      show(null);
      break;
    case "showPage":
      show(null, wish.page);
      break;
    case "suggestRoom":
    case "suggestPassword":
    case "readQr":
    case "drawQr":
    case "saveQr":
    case "pin":
    case "enterPinned":
    case "enter":
    case "enterAgain":
    case "saveSettings":
    case "playSound":
    case "testTracker":
    case "testIceServer":
    case "diagnose":
    case "exportProfile":
    case "importProfile":
    case "tryTrackers":
    case "enterAllAgain":
    case "deleteProfile":
      await pages.act(wish);
      break;
    case "showRoom":
      show({ room: wish.room, with: wish.with });
      break;
    case "say":
    case "edit":
    case "takeBack":
    case "react":
    case "resend":
    case "type":
    case "search":
    case "findEmoji":
    case "pickEmoji":
    case "load":
    case "showPerson":
    case "judge":
    case "muteRoom":
    case "setRules":
      await talks.act(wish);
      break;
    case "pickFiles":
    case "pasteFile":
    case "fetchShare":
    case "showShare":
    case "moveShare":
    case "unshare":
    case "openFile":
    case "revealFile":
    case "loadMedia":
    case "chooseDownloads":
      await files.act(wish);
      break;
    case "join":
      door.isBusy = true;
      await tried(ipc.join(wish.request), (room) => {
        awaited = room;
        door.clear();
        suggest();
        if (rooms.get(room)) show({ room });
      }, (why, refusal) => {
        if (refusal?.kind === "passwordNeeded") door.askForPassword(why);
        else if (refusal?.kind === "keyTaken") void pages.enterInstead(wish.request, refusal.room, door.refuse.bind(door));
        else door.refuse(why);
      });
      door.isBusy = false;
      break;
    case "leave": {
      const here = rooms.get(wish.room);
      const leave = () => tried(ipc.leave(wish.room));
      const ends = files.endsWith(wish.room);
      const lost = [...ends, ...(here?.view.hasLines ? [words.leave.lead] : [])];
      if (here && lost.length > 0) leaveDialog.ask(here.room.name, lost, leave);
      else await leave();
      break;
    }
    case "retypePassword": {
      const here = rooms.get(wish.room)?.room;
      if (here) await pages.askAgain(here.room, here.links.web);
      break;
    }
    case "rename":
      await tried(ipc.rename(wish.name), () => toasts.say(words.me.saved));
      break;
    case "readLink":
      await tried(
        ipc.readLink(wish.text),
        (read) => door.showRead(wish.text, read),
        (why) => door.showFault(wish.text, why),
      );
      break;
    case "copy":
      await tried(ipc.copy(wish.text), () => toasts.say(wish.done));
      break;
    case "share": {
      const here = rooms.get(wish.room);
      if (here) shareDialog.show(here.room);
      break;
    }
    case "fullScreen":
      await fullScreen();
      break;
    case "follow":
      linkDialog.ask(wish.url, wish.shown);
      break;
    case "open":
      await tried(ipc.openLink(wish.url));
      break;
    case "dismiss":
      await tried(ipc.dismissProblem(wish.problem));
      break;
    default:
      unreachable(wish);
  }
}

/** @param {Snapshot} snapshot */
function begin(snapshot) {
  showMe(snapshot.self);
  for (const tracker of snapshot.trackers) rooms.setTracker(tracker);
  for (const problem of snapshot.problems) addProblem(problem);
  rooms.setJudged(snapshot.judged);
  for (const transfer of snapshot.transfers) rooms.setTransfer(transfer);
  for (const room of rooms.inOrder(snapshot.rooms)) open(room);
  // After a reload what was in front is in the address. At a start nothing is, and a room that was
  // named on the command line comes to the front.
  const [first = null] = location.href.includes("#") ? [] : rooms.names();
  const wanted = placeOf(location.hash);
  const other = [...pageButtons].map(pageOf).find((it) => location.hash === `#/${it}`);
  show(wanted && rooms.get(wanted.room) ? wanted : first === null ? null : { room: first }, other);
}

/** @param {Room} room */
function open(room) {
  if (me) rooms.open(room, me);
}

/** @param {string} room */
function close(room) {
  rooms.close(room);
  if (current?.room === room) show(null);
  showTitle();
}

/**
 * Brings a room, a private talk, or another page, to the front.
 *
 * @param {Place | null} place
 * @param {Page} [other] what, where it is no room
 */
function show(place, other = "home") {
  const here = place === null ? undefined : rooms.get(place.room);
  const direct = place?.with === undefined ? null : here?.view.directWith(place.with);
  current = here ? { room: here.room.room, with: direct?.with } : null;
  page = here ? "home" : other;
  if (current !== null && current.room === awaited) awaited = null;
  home.hidden = here !== undefined || page !== "home";
  for (const view of document.querySelectorAll(".page")) {
    /** @type {HTMLElement} */ (view).hidden = here !== undefined || view.id !== `${page}-page`;
  }
  rooms.show(current);
  const isCurrent = (/** @type {Page} */ it) => !here && page === it;
  mark(newRoom, isCurrent("home"));
  for (const it of pageButtons) mark(it, isCurrent(pageOf(it)));
  if (roomsPane.matches(":popover-open")) roomsPane.hidePopover();
  history.replaceState(null, "", here || page === "home" ? hashOf(current) : `#/${page}`);
  here?.view.shown(current?.with);
  look();
  showTitle();
  if (here) return;
  if (page === "home") door.focus();
  else part(`#${page}-title`).focus();
  if (page === "doctor") doctor.look();
}

/** @param {HTMLElement} button @param {boolean} current */
function mark(button, current) {
  if (current) button.setAttribute("aria-current", "page");
  else button.removeAttribute("aria-current");
}

/** @param {HTMLElement} button */
const pageOf = (button) => /** @type {Page} */ (button.dataset["page"] ?? "home");

/** @param {Me} now */
function showMe(now) {
  me = now;
  for (const element of ownNames) element.setMe(now);
  rooms.setMe(now);
  pages.setMe(now);
}

/** @param {Problem} problem */
function addProblem(problem) {
  // Where one is elsewhere, somebody else's mistake is nothing to hear of.
  if (problem.what.kind !== "otherPassword" || !problem.what.met) homeProblems.add(problem);
  rooms.addProblem(problem);
}

/** Tells the backend what the person has before their eyes, whenever that changes. */
function look() {
  const now = document.visibilityState === "visible" && document.hasFocus() ? current : null;
  if (looked !== null && !isSamePlace(looked, now)) rooms.viewOf(looked.room)?.setSeen(looked.with, false);
  if (now !== null) rooms.viewOf(now.room)?.setSeen(now.with, true);
  if (isSamePlace(looked, now)) return;
  looked = now;
  // Nothing to say if it fails: what is counted as unread stays so.
  void ipc.look(now?.room ?? null, now?.with ?? null).catch(() => {});
}

/**
 * Who seemed to be somebody else turned out to be known: what was said to them is in another talk.
 *
 * @param {string} room @param {string} from @param {DirectTalk} talk
 */
function moveDirect(room, from, talk) {
  const to = { room, with: talk.direct.with };
  const wasInFront = isSamePlace(current, { room, with: from }) || isSamePlace(current, to);
  if (wasInFront) current = to;
  rooms.moveDirect(room, from, talk);
  if (wasInFront) show(to);
  showTitle();
}

/**
 * Goes to another room or private talk.
 *
 * @param {number} by how far down the list
 * @param {boolean} unread only to one with something new
 */
function step(by, unread) {
  const to = rooms.beside((it) => isSamePlace(it, current), by, unread);
  if (to) show(to);
}

function showTitle() {
  showNews();
  const unread = rooms.unread();
  const here = current === null ? undefined : rooms.get(current.room);
  const direct = current?.with === undefined ? null : here?.view.directWith(current.with);
  const name = here ? [direct?.name, here.room.name].filter(Boolean).join(" · ") : page === "home" ? "" : words.places[page];
  document.title = `${unread > 0 ? `(${unread}) ` : ""}${name === "" ? "" : `${name} · `}${words.app}`;
}

/** Where the list of rooms is put away, its button says what is new there. */
function showNews() {
  const { forUs, more } = rooms.news();
  const label = forUs > 0 ? words.rooms.forYou(forUs) : more ? words.rooms.news : words.rooms.title;
  for (const menu of document.querySelectorAll("[popovertarget=rooms-pane]")) {
    menu.ariaLabel = label;
    menu.setAttribute("title", label);
    menu.classList.toggle("has-news", forUs > 0 || more);
    menu.setAttribute("data-news", forUs === 0 ? "" : forUs > MOST_COUNTED ? `${MOST_COUNTED}+` : String(forUs));
  }
}

/** Takes the whole screen, or gives it back. */
async function fullScreen() {
  // Where the system does not want it, the window stays as it is.
  if (document.fullscreenElement) await document.exitFullscreen().catch(() => {});
  else await document.documentElement.requestFullscreen().catch(() => {});
}

/** A name to begin with, unless the person is already typing one. */
function suggest() {
  if (!door.isTouched) door.askForName(false);
}

/**
 * An element of the page that is always there.
 *
 * @template {string} S
 * @param {S} selector
 * @returns {S extends keyof HTMLElementTagNameMap ? HTMLElementTagNameMap[S] : S extends `${string} problem-list` ? HTMLElementTagNameMap["problem-list"] : HTMLElement}
 */
function part(selector) {
  const found = document.querySelector(selector);
  if (!found) throw new Error(`${selector} is missing`);
  return /** @type {any} */ (found);
}

/** What `main.js` speaks to and `speak` makes anew. */
function parts() {
  return {
    door: part("room-door"),
    homeProblems: part("#home problem-list"),
    toasts: part("status-toasts"),
    linkDialog: part("link-dialog"),
    leaveDialog: part("leave-dialog"),
    shareDialog: part("share-dialog"),
    personDialog: part("person-dialog"),
    doctor: part("connection-doctor"),
    ownNames: document.querySelectorAll("own-name"),
  };
}

/** The page's own text, in the person's language. */
function localise() {
  document.documentElement.lang = words.language;
  for (const [selector, text] of /** @type {const} */ ([
    ["#home h1", words.door.title],
    ["#home .lead", words.door.lead],
    ["#new-room span", words.rooms.new],
  ])) {
    part(selector).textContent = text;
  }
  for (const it of pageButtons) {
    const where = pageOf(it);
    if (where !== "home") it.querySelector("span")?.replaceChildren(words.places[where]);
  }
  const labels = { rooms: words.rooms.title, places: words.places.nav };
  for (const [name, label] of Object.entries(labels)) {
    for (const labelled of document.querySelectorAll(`[data-label=${name}]`)) labelled.ariaLabel = label;
  }
}

async function start() {
  localise();
  if (!ipc.isInApp()) {
    toasts.warn(words.outside);
    return;
  }
  document.addEventListener("intention", (wished) => {
    void act(/** @type {CustomEvent<Intention>} */ (wished).detail);
  });
  newRoom.addEventListener("click", () => show(null));
  for (const it of pageButtons) it.addEventListener("click", () => show(null, pageOf(it)));
  document.addEventListener("keydown", (event) => {
    if (document.querySelector("dialog[open]")) return;
    const isPasting = (event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "v";
    const isAsked = event.target instanceof Element && event.target.matches("textarea, #door-room");
    if (isPasting && (isAsked || !takesLetters(event.target))) files.pasting();
    const to = pageFor(event, takesLetters(event.target));
    const move = to === null ? moveFor(event) : null;
    if (to !== null) show(null, to);
    else if (move?.kind === "step") step(move.by, move.unread);
    else if (move?.kind === "room") show({ room: rooms.names()[move.at] ?? current?.room ?? "" });
    else if (move?.kind === "fullScreen") void fullScreen();
    else if (move?.kind === "files") {
      if (current && current.with === undefined) void files.act({ kind: "pickFiles", room: current.room, folder: false });
    } else if (move?.kind === "anew") location.reload();
    else if (move?.kind === "find" && current) rooms.viewOf(current.room)?.find(current.with);
    else return;
    event.preventDefault();
  });
  // A file that is dropped beside the door would replace the page.
  for (const kind of ["dragover", "drop"]) document.addEventListener(kind, (event) => event.preventDefault());
  document.addEventListener("paste", (event) => {
    // A web view that hears of it but gives nothing has not seen what is there.
    const given = event.clipboardData;
    if (given && (given.files.length > 0 || given.getData("text/plain") !== "")) files.heardPaste();
    if (!event.defaultPrevented && files.pasted(event)) event.preventDefault();
  });
  // What nobody foresaw is said at least: a page that stopped halfway looks as if it listened.
  addEventListener("error", ({ error }) => {
    if (error instanceof Error) toasts.warn(words.broken);
  });
  addEventListener("unhandledrejection", () => toasts.warn(words.broken));
  document.addEventListener("visibilitychange", look);
  for (const kind of ["focus", "blur"]) addEventListener(kind, look);
  talks.begin({ viewOf: rooms.viewOf, me: () => me });
  files.begin({
    nameOf: (room) => rooms.get(room)?.room.name ?? room,
    place: () => current,
    isHome: () => current === null && page === "home",
    mayLose: rooms.hasSomeOf,
    settings: pages.showSettings,
    transfers: rooms.transfersIn,
  });
  // What was open when the window grew would stay above the page, a menu where its button was.
  for (const query of ["(width > 720px)", "(width > 1040px)"]) {
    matchMedia(query).addEventListener("change", () => {
      for (const pane of document.querySelectorAll(":is(.pane, .menu):popover-open")) {
        /** @type {HTMLElement} */ (pane).hidePopover();
      }
    });
  }

  await pages.begin({ bring, stay: rooms.get, keepDraft: rooms.keepDraft, keepDrafts: () => rooms.names().forEach(rooms.keepDraft), pins: rooms.showPins, speak });
  await listen();
  suggest();
}

/** Shows the present, then all that happens after it. */
async function listen() {
  const mine = ++listening;
  let isBegun = false;
  /** What happens before the present is known is heard after it. @type {RoomEvent[]} */
  const early = [];
  const snapshot = await ipc.subscribe((events) => {
    if (!isBegun) early.push(...events);
    else if (mine === listening) events.forEach(hear);
  });
  isBegun = true;
  if (mine !== listening) return;
  begin(snapshot);
  early.forEach(hear);
}

/** Another language: everything that was said in words is said anew. What was being written stays. */
async function speak() {
  const isStarting = listening === 0;
  rooms.clear();
  for (const old of [...document.body.querySelectorAll("*")].filter((it) => it.localName.includes("-"))) {
    // What stands inside of another goes with it.
    if (!old.isConnected) continue;
    const fresh = document.createElement(old.localName);
    for (const { name, value } of old.attributes) fresh.setAttribute(name, value);
    old.replaceWith(fresh);
  }
  ({ door, homeProblems, toasts, linkDialog, leaveDialog, shareDialog, personDialog, doctor, ownNames } = parts());
  localise();
  pages.show();
  if (isStarting) return;
  await listen();
  suggest();
  if (page === "settings") part("#settings-language").focus();
  toasts.say(words.settings.saved);
}

/** Somebody said something where the person does not look. @param {Extract<RoomEvent, { kind: "lineAdded" }>} event */
function ring({ room, with: person, line }) {
  if (line.own || line.backfilled || line.folded !== null || isSamePlace(looked, { room, with: person })) return;
  if (rooms.get(room)?.muted && !line.mentionsMe && person === undefined) return;
  pages.ring();
}

/**
 * The answer to a command may come before what it made happen.
 *
 * @param {string} room it comes to the front as soon as one is in it
 * @param {unknown} [stay] that is over, though its end may be yet to be heard of
 */
function bring(room, stay) {
  awaited = room;
  const here = rooms.get(room);
  if (here && here !== stay) show({ room });
}

/** @param {EventTarget | null} target */
const takesLetters = (target) =>
  target instanceof HTMLTextAreaElement ||
  target instanceof HTMLSelectElement ||
  (target instanceof HTMLInputElement && !["checkbox", "radio", "button", "file"].includes(target.type));

const MOST_COUNTED = 99;

start().catch(() => toasts.warn(words.notStarted));
