/**
 * What stands behind sharing files: like `main.js` it turns intentions into `ipc`, and answers into
 * elements.
 *
 * @import {Chosen, Refusal, Settings, Transfer} from "./types/ipc.js"
 * @import {FileIntention, Place} from "./types/intention.js"
 */
import "./components/drop-veil/drop-veil.js";
import "./components/share-card/share-card.js";
import "./components/transfer-list/transfer-list.js";

import * as ipc from "./ipc.js";
import { isComing, isGiven, isMuch, readable, titleOfTransfer } from "./lib/shares.js";
import { bytes } from "./lib/sizes.js";
import { unreachable } from "./lib/unreachable.js";
import { words } from "./lib/words.js";
import { tried } from "./pages.js";

/**
 * What sharing needs from whoever shows the rooms.
 *
 * @typedef {object} Host
 * @property {(room: string) => string} nameOf what a room is called
 * @property {() => Place | null} place the room or private talk in front
 * @property {() => boolean} isHome whether the first page is in front
 * @property {(room: string, key: string) => boolean} mayLose whether much of what is on its way came already
 * @property {(settings: Settings) => unknown} settings they were changed
 * @property {(room?: string) => Transfer[]} transfers those of a room, or of all
 */

/** @type {Host} */
let host = { nameOf: (room) => room, place: () => null, isHome: () => false, mayLose: () => false, settings: () => {}, transfers: () => [] };

/** @param {Host} whom */
export function begin(whom) {
  host = whom;
}

/** @param {FileIntention} wish */
export async function act(wish) {
  switch (wish.kind) {
    case "pickFiles":
      await tried(ipc.pickFiles(wish.folder), (chosen) => (chosen === null ? undefined : share(wish.room, chosen)));
      break;
    case "pasteFile":
      await paste(wish.room, wish.file);
      break;
    case "fetchShare":
      // One is asked where to, and may think better of it; that is no fault.
      await tried(ipc.fetchShare(wish.room, wish.key), () => refreshSettings());
      break;
    case "showShare":
      await tried(ipc.showShare(wish.room, wish.key));
      break;
    case "moveShare":
      if (wish.to === "cancel" && !(await isSureToCancel(wish.room, wish.key, wish.own))) break;
      await tried(MOVES[wish.to](wish.room, wish.key));
      break;
    case "unshare": {
      const sure = await part("confirm-dialog").ask({
        title: words.files.unshareTitle,
        lead: [words.files.unshareLead],
        yes: words.files.unshare,
        no: words.files.keepSharing,
        picture: "block",
      });
      if (sure) await tried(ipc.unshare(wish.room, wish.key));
      break;
    }
    case "openFile":
      await tried(ipc.openFile(wish.room, wish.key, wish.file), undefined, (why, refusal) => warn(refusal?.kind === "notOpened" ? words.files.notOpened : why));
      break;
    case "revealFile":
      await tried(ipc.revealFile(wish.room, wish.key, wish.file), undefined, (why, refusal) => warn(refusal?.kind === "notOpened" ? words.files.notRevealed : why));
      break;
    case "loadMedia":
      await tried(
        ipc.media(wish.room, wish.key, wish.file),
        (content) => wish.loaded(URL.createObjectURL(content)),
        (why) => wish.loaded(null, why === words.refusal({ kind: "tooLargeToShow" })),
      );
      break;
    case "chooseDownloads":
      await tried(ipc.chooseDownloads(), (settings) => (settings === null ? undefined : host.settings(settings)));
      break;
    default:
      unreachable(wish);
  }
}

/**
 * What leaving a room would end, a sentence each; nothing where nothing is shared or fetched there.
 *
 * @param {string} room
 */
export function endsWith(room) {
  const all = host.transfers(room);
  const moving = movingAmong(all);
  return [
    ...moving,
    ...(moving.length > 0 ? [words.files.stopsLeaving] : []),
    ...(all.some(({ own, state }) => own && state === "giving") ? [words.files.endsLeaving] : []),
  ];
}

/** The app is to be closed while something moves: the person is asked once, in words. */
export async function askToEnd() {
  const dialog = part("confirm-dialog");
  // The app waits no longer than a page takes that does not answer at all.
  await ipc.holdEnd();
  if (isAskedToEnd) return;
  const moving = movingAmong(host.transfers());
  isAskedToEnd = true;
  const sure =
    moving.length === 0 ||
    (await dialog.ask({
      title: words.files.endTitle,
      lead: [...moving, words.files.stopsEnding],
      yes: words.files.end,
      no: words.files.stay,
      picture: "leave",
      isWarned: true,
    }));
  isAskedToEnd = false;
  if (sure) await tried(ipc.quit());
}

let isAskedToEnd = false;

/** @param {Transfer[]} all @returns {string[]} a sentence for each that moves, of the first few */
function movingAmong(all) {
  const told = all.flatMap((it) => {
    const called = titleOfTransfer(it);
    if (isComing(it)) return [words.files.moving.comes(called)];
    return isGiven(it) ? [words.files.moving.gives(it.peers, called)] : [];
  });
  return told.length > MOST_TOLD ? [...told.slice(0, MOST_TOLD), words.files.moving.more(told.length - MOST_TOLD)] : told;
}

/** @param {boolean} over whether files are held above the window */
export function hover(over) {
  const veil = part("drop-veil");
  const place = host.place();
  if (!over) veil.hide();
  else if (document.querySelector("dialog[open]")) veil.hide();
  else if (place?.with !== undefined) veil.show(words.files.dropDirect, false);
  else if (place !== null) veil.show(words.files.drop(host.nameOf(place.room)), true);
  else if (host.isHome()) veil.show(words.files.dropHome, true);
  else veil.show(words.files.dropNowhere, false);
}

/** @param {Chosen} chosen what was dropped on the window */
export async function dropped(chosen) {
  part("drop-veil").hide();
  const place = host.place();
  if (document.querySelector("dialog[open]")) return;
  if (place?.with !== undefined) part("status-toasts").warn(words.files.dropDirect);
  else if (place !== null) await share(place.room, chosen);
  else if (host.isHome()) await readQr(chosen);
  else part("status-toasts").warn(words.files.dropNowhere);
}

/** @param {Refusal} refusal why what was dropped cannot be shared */
export function dropRefused(refusal) {
  part("drop-veil").hide();
  // That there is nothing in it mostly means that it is nothing of this machine.
  part("status-toasts").warn(refusal.kind === "nothingToShare" ? words.files.dropRefused : words.refusal(refusal));
}

/**
 * A picture or files on the clipboard, for the room in front.
 *
 * @param {ClipboardEvent} event
 * @returns {boolean} whether there is something that is not to be pasted as words
 */
export function pasted(event) {
  const files = [...(event.clipboardData?.files ?? [])];
  const picture = files.find((it) => PICTURES.has(it.type));
  const text = event.clipboardData?.getData("text/plain") ?? "";
  const isOfPaths = text !== "" && text.trim().split(/\r?\n/).every((it) => /^(file:\/\/)?\//.test(it));
  const place = host.place();
  if ((files.length === 0 && !isOfPaths) || place === null || document.querySelector("dialog[open]")) return false;
  if (place.with !== undefined) {
    if (files.length === 0) return false;
    warn(words.files.dropDirect);
  } else if (picture && text === "") void act({ kind: "pasteFile", room: place.room, file: picture });
  // A file manager also gives the paths of what was copied as words; Rust sees whether it was one.
  else void pasteFromClipboard(place.room, text);
  return true;
}

/** What waits to see whether the web view hears of a paste by itself. @type {ReturnType<typeof setTimeout> | 0} */
let unheard = 0;

/**
 * The keys for pasting were pressed in a room or on the first page. A web view that only knows words
 * on the clipboard tells nothing of a picture there; then Rust looks.
 */
export function pasting() {
  const place = host.place();
  const isTaken = place === null ? host.isHome() : place.with === undefined;
  if (!isTaken || document.querySelector("dialog[open]")) return;
  heardPaste();
  unheard = setTimeout(() => void (place === null ? readFromClipboard() : pasteFromClipboard(place.room)), HEARING_MS);
}

/** The web view tells of a paste by itself. */
export function heardPaste() {
  if (unheard !== 0) clearTimeout(unheard);
  unheard = 0;
}

/** A picture that was copied may show a room's address. */
async function readFromClipboard() {
  unheard = 0;
  await tried(ipc.holdClipboard(nameOfPasted("png")), async (chosen) => {
    if (chosen !== null) await readQr(chosen);
  });
}

/** @param {string} room @param {string} [text] what is pasted where nothing but words was copied */
async function pasteFromClipboard(room, text = "") {
  unheard = 0;
  const called = nameOfPasted("png");
  await tried(ipc.holdClipboard(called), async (chosen) => {
    if (chosen === null) {
      if (text !== "") insert(text);
    } else if (chosen.name === called || (await isSureToPaste(room, chosen))) await share(room, chosen);
  });
}

/** Pastes words where one writes. @param {string} text */
function insert(text) {
  const box = document.activeElement;
  if (!(box instanceof HTMLTextAreaElement || box instanceof HTMLInputElement)) return;
  const before = box.value;
  // The one way that can be undone again; not every web view takes it at any moment.
  document.execCommand("insertText", false, text);
  if (box.value !== before) return;
  box.setRangeText(text, box.selectionStart ?? before.length, box.selectionEnd ?? before.length, "end");
  box.dispatchEvent(new InputEvent("input", { bubbles: true, inputType: "insertFromPaste" }));
}

/** Nobody sees what is on a clipboard before it is pasted. @param {string} room @param {Chosen} chosen */
const isSureToPaste = (room, chosen) =>
  isMuch(chosen) ||
  part("confirm-dialog").ask({
    title: words.files.pasteTitle,
    lead: [words.files.pasteLead(readable(chosen.name), chosen.files, bytes(chosen.size), host.nameOf(room))],
    yes: words.files.sureYes,
    no: words.cancel,
    picture: "clip",
  });

/** @param {string} ending */
function nameOfPasted(ending) {
  const now = new Date();
  const two = (/** @type {number} */ it) => String(it).padStart(2, "0");
  const moment = `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())} ${two(now.getHours())}.${two(now.getMinutes())}.${two(now.getSeconds())}`;
  return `${words.files.pasted} ${moment}.${ending}`;
}

/** @param {string} room @param {Chosen} chosen */
async function share(room, chosen) {
  const sure =
    !isMuch(chosen) ||
    (await part("confirm-dialog").ask({
      title: words.files.sureTitle,
      lead: [words.files.sure(chosen.files, bytes(chosen.size), host.nameOf(room)), words.files.sureWhy],
      yes: words.files.sureYes,
      no: words.cancel,
      picture: "clip",
    }));
  if (sure) await tried(ipc.shareChosen(room, chosen.id));
}

/** @param {string} room @param {Blob} file */
async function paste(room, file) {
  if (file.size > MAX_PASTED_BYTES) {
    part("status-toasts").warn(words.refusal({ kind: "tooMuchToShare" }));
    return;
  }
  const called = nameOfPasted(PICTURES.get(file.type) ?? "png");
  await tried(file.arrayBuffer().then((content) => ipc.holdFile(called, content)), (chosen) => share(room, chosen));
}

/** A picture that came to the first page may show a room's address. @param {Chosen} chosen */
async function readQr(chosen) {
  await tried(
    ipc.readChosenQr(chosen.id),
    (text) => {
      part("room-door").fill(text);
      part("status-toasts").say(words.door.qrRead);
    },
    (why) => part("room-door").refuse(why),
  );
}

/** What came so far would be lost; what is only being made ready is quickly made ready again. @param {string} room @param {string} key @param {boolean} own */
async function isSureToCancel(room, key, own) {
  if (own || !host.mayLose(room, key)) return true;
  return part("confirm-dialog").ask({
    title: words.files.cancelTitle,
    lead: [words.files.cancelLead],
    yes: words.files.throwAway,
    no: words.files.keepFetching,
    picture: "bin",
  });
}

/** @param {string} why */
const warn = (why) => part("status-toasts").warn(why);

/** The folder may have been chosen just now. */
const refreshSettings = () => tried(ipc.settings(), host.settings);

const MOVES = { pause: ipc.pauseShare, resume: ipc.resumeShare, cancel: ipc.cancelShare, retry: ipc.retryShare };

/** The pictures that can be pasted, with the ending of their names. */
const PICTURES = new Map([["image/png", "png"], ["image/jpeg", "jpg"], ["image/gif", "gif"], ["image/webp", "webp"]]);
/** As long as a web view may take to tell of a paste. */
const HEARING_MS = 200;
/** Of what moves; the rest is counted. */
const MOST_TOLD = 4;
/** Rust holds no more either. */
const MAX_PASTED_BYTES = 32 * 1024 * 1024;

/**
 * An element of the page that is always there.
 *
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 */
function part(tag) {
  const found = document.querySelector(tag);
  if (!found) throw new Error(`${tag} is missing`);
  return found;
}
