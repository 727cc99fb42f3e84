/**
 * The rooms one is in: of each what is shown, its row in the list, and how much of it is new. Which of
 * them is in front is for `main.js` to say.
 *
 * @import {DirectTalk, Event as RoomEvent, Judged, Me, Problem, Room, Tracker, Transfer, Unread} from "./types/ipc.js"
 * @import {Place} from "./types/intention.js"
 * @import {ChatRoom} from "./components/chat-room/chat-room.js"
 */
import "./components/room-list/room-list.js";

import { unreachable } from "./lib/unreachable.js";
import { isPinned } from "./pages.js";

/** @typedef {{ room: Room, view: ChatRoom, muted: boolean, unread: Map<string | undefined, Unread> }} Open `unread` by the person; of the room itself without */
/** @typedef {Extract<RoomEvent, { kind: "trackerChanged" | "trackerGone" | "peerJoined" | "peerChanged" | "peerLeft" | "lineAdded" | "lineChanged" | "lineReplaced" | "directChanged" | "unreadChanged" | "roomChanged" | "judgedChanged" | "noticeAdded" | "typingChanged" | "problemAdded" | "problemGone" | "transferChanged" | "transferGone" }>} EventInside */

/** @type {Map<string, Open>} */
const rooms = new Map();
/** @type {Map<string, Tracker>} */
const trackers = new Map();
/** @type {Map<number, Problem>} */
const problems = new Map();
/** What is fetched and given, by the room and what it is called. @type {Map<string, Map<string, Transfer>>} */
const transfers = new Map();
/** @type {Judged[]} */
let judged = [];
/** In which order rooms were entered, for when all of them are opened anew. @type {string[]} */
let order = [];
/** What was being written where, for when the room is entered again. @type {Map<string, Record<string, string>>} */
const drafts = new Map();

/** @param {string} room @returns {Open | undefined} */
export const get = (room) => rooms.get(room);

/** @param {string} room @returns {ChatRoom | undefined} */
export const viewOf = (room) => rooms.get(room)?.view;

/** In the order in which they were entered. @returns {string[]} */
export const names = () => [...rooms.keys()];

/**
 * What happens in rooms, and around all of them.
 *
 * @param {EventInside} event
 */
export function hear(event) {
  switch (event.kind) {
    case "trackerChanged": {
      const { kind: _, ...tracker } = event;
      setTracker(tracker);
      break;
    }
    case "trackerGone":
      trackers.delete(event.url);
      for (const { view } of rooms.values()) view.deleteTracker(event.url);
      break;
    case "peerJoined":
    case "peerChanged":
    case "peerLeft":
      viewOf(event.room)?.hear(event);
      showOthers(event.room);
      break;
    case "lineAdded":
      viewOf(event.room)?.hear(event);
      if (event.with !== undefined) showDirect(event.room, event.with);
      break;
    case "lineChanged":
    case "lineReplaced":
    case "noticeAdded":
    case "typingChanged":
      viewOf(event.room)?.hear(event);
      break;
    case "directChanged":
      viewOf(event.room)?.hear(event);
      showDirect(event.room, event.direct.with);
      break;
    case "unreadChanged":
      noteUnread({ room: event.room, with: event.with }, event.unread);
      break;
    case "roomChanged": {
      const here = rooms.get(event.room);
      if (here) here.muted = event.muted;
      here?.view.hear(event);
      list().setMuted(event.room, event.muted);
      break;
    }
    case "judgedChanged":
      setJudged(event.judged);
      break;
    case "transferChanged":
      setTransfer(event.transfer);
      break;
    case "transferGone":
      transfers.get(event.room)?.delete(event.key);
      viewOf(event.room)?.hear(event);
      moving().delete(event.room, event.key);
      break;
    case "problemAdded":
      addProblem(event.problem);
      break;
    case "problemGone":
      problems.delete(event.id);
      for (const { view } of rooms.values()) view.deleteProblem(event.id);
      break;
    default:
      unreachable(event);
  }
}

/** @param {Room} room @param {Me} me */
export function open(room, me) {
  if (rooms.has(room.room)) return;
  if (!order.includes(room.room)) order.push(room.room);
  const view = document.createElement("chat-room");
  view.hidden = true;
  document.querySelector("main")?.append(view);
  view.open(room, me, [...(transfers.get(room.room)?.values() ?? [])]);
  for (const tracker of trackers.values()) view.setTracker(tracker);
  for (const problem of problems.values()) if (concerns(problem, room.room)) view.addProblem(problem);
  view.setJudged(judged);
  view.drafts = drafts.get(room.room) ?? {};
  drafts.delete(room.room);
  view.isPinned = isPinned(room.room);
  rooms.set(room.room, { room, view, muted: room.muted, unread: new Map([[undefined, room.unread]]) });
  list().add(room);
  list().setMuted(room.room, room.muted);
  list().setUnread({ room: room.room }, room.unread);
  showOthers(room.room);
  for (const { direct, unread } of room.directs) {
    showDirect(room.room, direct.with);
    noteUnread({ room: room.room, with: direct.with }, unread);
  }
}

/** @param {string} room */
export function close(room) {
  viewOf(room)?.remove();
  rooms.delete(room);
  order = order.filter((it) => it !== room);
  transfers.delete(room);
  moving().clear(room);
  list().delete(room);
}

/** Closes all of them, to be opened anew: what was being written stays. */
export function clear() {
  for (const [room, { view }] of rooms) {
    keepDraft(room);
    view.remove();
  }
  rooms.clear();
  trackers.clear();
  problems.clear();
  transfers.clear();
  moving().clear();
}

/** In the order in which they were entered, the new ones last. @param {Room[]} all @returns {Room[]} */
export function inOrder(all) {
  order = order.filter((it) => all.some(({ room }) => room === it));
  const at = (/** @type {Room} */ { room }) => (order.includes(room) ? order.indexOf(room) : order.length);
  return all.toSorted((one, other) => at(one) - at(other));
}

/** @param {Me} me */
export function setMe(me) {
  for (const { view } of rooms.values()) view.setMe(me);
}

/** @param {Tracker} tracker */
export function setTracker(tracker) {
  trackers.set(tracker.url, tracker);
  for (const { view } of rooms.values()) view.setTracker(tracker);
}

/** @param {Problem} problem */
export function addProblem(problem) {
  problems.set(problem.id, problem);
  for (const [room, { view }] of rooms) if (concerns(problem, room)) view.addProblem(problem);
}

/** @param {Transfer} transfer new, or as it is now */
export function setTransfer(transfer) {
  const here = transfers.get(transfer.room) ?? new Map();
  transfers.set(transfer.room, here.set(transfer.key, transfer));
  viewOf(transfer.room)?.hear({ kind: "transferChanged", transfer });
  moving().nameOf = (room) => rooms.get(room)?.room.name ?? room;
  moving().set(transfer);
}

/** What is fetched and given in a room, or in all of them. @param {string} [room] @returns {Transfer[]} */
export const transfersIn = (room) => [...transfers].flatMap(([at, all]) => (room === undefined || at === room ? [...all.values()] : []));

/** Whether much of something that is fetched is here already. @param {string} room @param {string} key */
export const hasSomeOf = (room, key) => (transfers.get(room)?.get(key)?.have ?? 0) > MUCH_TO_LOSE && transfers.get(room)?.get(key)?.state !== "failed";

/** @param {Judged[]} now */
export function setJudged(now) {
  judged = now;
  for (const { view } of rooms.values()) view.setJudged(now);
}

/** Which rooms are remembered. */
export function showPins() {
  for (const [room, { view }] of rooms) view.isPinned = isPinned(room);
}

/** @param {string} room its drafts are there again when it is entered again */
export function keepDraft(room) {
  const view = viewOf(room);
  if (view) drafts.set(room, view.drafts);
}

/**
 * Puts one of them in front.
 *
 * @param {Place | null} place nothing where another page is in front
 */
export function show(place) {
  if (place?.with !== undefined) showDirect(place.room, place.with);
  for (const [room, { view }] of rooms) view.hidden = room !== place?.room;
  list().setCurrent(place);
}

/** @param {string} room @param {string} person */
export function showDirect(room, person) {
  const view = viewOf(room);
  const direct = view?.directWith(person);
  if (view && direct) list().setDirect(room, direct, view.tintOf(person));
}

/**
 * Who seemed to be somebody else turned out to be known: what was said to them is in another talk.
 *
 * @param {string} room @param {string} from @param {DirectTalk} talk
 */
export function moveDirect(room, from, talk) {
  const here = rooms.get(room);
  if (!here) return;
  here.view.moveDirect(from, talk);
  here.unread.delete(from);
  list().deleteDirect(room, from);
  showDirect(room, talk.direct.with);
  noteUnread({ room, with: talk.direct.with }, talk.unread);
}

/** How much nobody has seen; of rooms that are mute, only what names the person. */
export function unread() {
  return [...rooms.values()]
    .flatMap((here) => [...here.unread].map(([person, { lines, mentions }]) => (here.muted && person === undefined ? mentions : lines)))
    .reduce((sum, count) => sum + count, 0);
}

/** What of it is for the person alone or names them, and whether there is more. */
export function news() {
  const all = [...rooms.values()].flatMap((here) => [...here.unread].map(([person, { lines, mentions }]) => ({ isDirect: person !== undefined, muted: here.muted, lines, mentions })));
  const forUs = all.reduce((sum, { isDirect, lines, mentions }) => sum + (isDirect ? lines : mentions), 0);
  return { forUs, more: all.some(({ isDirect, muted, lines, mentions }) => !isDirect && !muted && lines > mentions) };
}

/**
 * Another room or private talk than the one in front.
 *
 * @param {(place: Place) => boolean} isCurrent
 * @param {number} by how far down the list
 * @param {boolean} onlyNew only one with something new
 * @returns {Place | null}
 */
export function beside(isCurrent, by, onlyNew) {
  const isNew = (/** @type {Place} */ { room, with: person }) => (rooms.get(room)?.unread.get(person)?.lines ?? 0) > 0;
  const places = list().places.filter((it) => !onlyNew || isCurrent(it) || isNew(it));
  if (places.length === 0) return null;
  const at = places.findIndex(isCurrent);
  const to = at < 0 ? (by > 0 ? 0 : -1) : (at + by + places.length) % places.length;
  return places.at(to) ?? null;
}

/** @param {string} room */
function showOthers(room) {
  const view = viewOf(room);
  if (!view) return;
  list().setOthers(room, view.others);
  for (const direct of view.directs) list().setDirect(room, direct, view.tintOf(direct.with));
}

/** @param {Place} place @param {Unread} unread */
function noteUnread(place, unread) {
  rooms.get(place.room)?.unread.set(place.with, unread);
  list().setUnread(place, unread);
}

/** @param {Problem} problem @param {string} room */
const concerns = (problem, room) => !("room" in problem.what) || problem.what.room === room;

/** Made anew when the language changes. */
function list() {
  const found = document.querySelector("room-list");
  if (!found) throw new Error("room-list is missing");
  return found;
}

/** Likewise. */
function moving() {
  const found = document.querySelector("transfer-list");
  if (!found) throw new Error("transfer-list is missing");
  return found;
}

/** Bytes that one would not want to fetch again. */
const MUCH_TO_LOSE = 10 * 1000 * 1000;
