/**
 * What stands behind home, the settings and the other pages that are no room: like `main.js` it
 * turns intentions into `ipc`, and answers into elements.
 *
 * @import {Me, Pins, Refusal, Servers, Settings} from "./types/ipc.js"
 * @import {PageIntention} from "./types/intention.js"
 */
import "./components/about-page/about-page.js";
import "./components/community-rooms/community-rooms.js";
import "./components/connection-doctor/connection-doctor.js";
import "./components/enter-dialog/enter-dialog.js";
import "./components/page-bar/page-bar.js";
import "./components/pinned-rooms/pinned-rooms.js";
import "./components/profile-vault/profile-vault.js";
import "./components/qr-view/qr-view.js";
import "./components/server-list/server-list.js";
import "./components/settings-form/settings-form.js";
import "./components/shortcuts-page/shortcuts-page.js";

import * as ipc from "./ipc.js";
import { play } from "./lib/sounds.js";
import { unreachable } from "./lib/unreachable.js";
import { speak, words } from "./lib/words.js";

/**
 * What the pages need from whoever shows the rooms.
 *
 * @typedef {object} Host
 * @property {(room: string, stay?: unknown) => void} bring puts a room in front as soon as one is in it, after an earlier stay if one is given
 * @property {(room: string) => unknown} stay what stands for being in a room from a joining to a leaving
 * @property {(room: string) => void} keepDraft what is being written there is there again when it is entered again
 * @property {() => void} keepDrafts the same of all rooms
 * @property {() => void} pins other rooms are remembered than before
 * @property {() => Promise<void>} speak everything that was said in words is said anew
 */

/** @param {string} path @returns {string} what the file is called */
const fileName = (path) => path.split(/[\\/]/).at(-1) ?? path;

/** @type {Host} */
let host = { bring: () => {}, stay: () => undefined, keepDraft: () => {}, keepDrafts: () => {}, pins: () => {}, speak: async () => {} };
/** @type {Settings | null} as they are kept */
let settings = null;
/** @type {Pins} */
let pins = { rooms: [], where: "memory" };
/** @type {string[]} */
let community = [];
/** @type {Servers} in use while the settings name none */
let usual = { trackers: [], iceServers: [] };
/** Whether one is still who one was before another profile was taken over. */
let stays = false;
/** The session one goes by. @type {string | null} */
let session = null;
/** Whether this desktop has a tray. */
let hasTray = true;

/** @param {PageIntention} wish */
export async function act(wish) {
  switch (wish.kind) {
    case "suggestRoom":
      await tried(ipc.suggestRoom(wish.as), (made) => {
        part("room-door").suggest(made);
        if (wish.focus) part("room-door").focus();
      });
      break;
    case "suggestPassword":
      await tried(ipc.suggestPassword(), (made) => part("room-door").suggestPassword(made));
      break;
    case "readQr":
      if (wish.file.size > MAX_PICTURE_BYTES) {
        part("room-door").refuse(words.door.qrTooLarge);
        break;
      }
      await tried(
        wish.file.arrayBuffer().then(ipc.readQr),
        (text) => {
          part("room-door").fill(text);
          part("status-toasts").say(words.door.qrRead);
        },
        (why) => part("room-door").refuse(why),
      );
      break;
    case "drawQr":
      await tried(
        ipc.qr(wish.text),
        (code) => part("share-dialog").showQr(wish.text, code),
        () => part("share-dialog").showQr(wish.text, null),
      );
      break;
    case "saveQr":
      await tried(
        ipc.saveQr(QR_FILE, wish.text),
        (saved) => part("share-dialog").saved(words.share.qrSaved(fileName(saved))),
        (why) => part("share-dialog").saved(why),
      );
      break;
    case "pin":
      await tried(ipc.pin(wish.room, wish.pinned), () => {
        part("status-toasts").say(wish.pinned ? words.pinned.pinned : words.pinned.unpinned);
      });
      // Also when it failed: the switch goes back to what is true.
      await showPins();
      break;
    case "enterPinned": {
      const { link, private: isPrivate } = wish.pinned;
      await tried(ipc.readLink(link), (read) => {
        if (isPrivate && !read.hasSecret) part("enter-dialog").ask(link, read, "pinned");
        else void enter({ text: link, access: read.access });
      });
      break;
    }
    case "enter":
      await enter(wish.request);
      break;
    case "enterAgain": {
      const stay = host.stay(wish.room);
      host.keepDraft(wish.room);
      await tried(
        // Whoever is no longer in the room comes in all the same.
        ipc.leave(wish.room).catch(() => {}).then(() => ipc.join(wish.request)),
        (room) => {
          part("enter-dialog").done(wish.request);
          host.bring(room, stay);
        },
        (why) => failed(wish.request, why),
      );
      break;
    }
    case "playSound":
      await play(wish.which, { always: true });
      break;
    case "saveSettings":
      await tried(
        ipc.saveSettings(wish.settings),
        () => {
          part("settings-form").answer(null);
          return showSettings(wish.settings);
        },
        (_, refusal) => part("settings-form").answer(refusal),
      );
      break;
    case "testTracker":
      await tried(
        ipc.testTracker(wish.url),
        (test) => part("settings-form").showTest("tracker", wish.url, words.trackerTest(test), test.works),
        (why) => part("settings-form").showTest("tracker", wish.url, why, false),
      );
      break;
    case "testIceServer": {
      const urls = wish.server.urls.join(", ");
      await tried(
        ipc.testIceServer(wish.server),
        (tests) => {
          const [bad = tests[0]] = tests.filter((it) => !it.works);
          if (bad) part("settings-form").showTest("ice", urls, words.iceTest(bad), bad.works);
        },
        (why) => part("settings-form").showTest("ice", urls, why, false),
      );
      break;
    }
    case "diagnose":
      await tried(
        ipc.diagnose(),
        (diagnosis) => part("connection-doctor").show(diagnosis),
        (why) => part("connection-doctor").fail(why),
      );
      break;
    case "exportProfile":
      await tried(
        ipc.exportProfile(wish.password).then((text) => ipc.saveText(PROFILE_FILE, text)),
        (saved) => {
          if (!saved) return;
          part("profile-vault").done();
          part("status-toasts").say(words.settings.exported(fileName(saved)));
        },
        (why, refusal) => part("profile-vault").refuse(unwritten(refusal, words.settings.notExported) ?? why, true),
      );
      break;
    case "importProfile":
      await tried(
        ipc.importProfile(wish.text, wish.password),
        async ({ roomsKeepTheOld }) => {
          stays = roomsKeepTheOld;
          part("profile-vault").done();
          // The file brings settings, perhaps in another language.
          await tried(ipc.settings(), showSettings);
          part("profile-vault").stays = stays;
          part("status-toasts").say(stays ? words.settings.importedLater : words.settings.imported);
        },
        (why, refusal) => {
          const fault = refusal?.kind === "badProfile" ? refusal.fault : null;
          if (fault === "passwordNeeded") part("profile-vault").askPassphrase(wish.text);
          else part("profile-vault").refuse(unwritten(refusal, words.settings.notReplaced) ?? why, fault === "wrongPassword");
        },
      );
      break;
    case "tryTrackers":
      await tried(ipc.tryTrackers(), () => part("status-toasts").say(words.trackers.trying));
      break;
    case "enterAllAgain":
      host.keepDrafts();
      await tried(ipc.enterAllAgain(), () => part("status-toasts").say(words.settings.enteredAgain));
      break;
    case "deleteProfile":
      await tried(
        ipc.deleteProfile(),
        async () => {
          part("profile-vault").done();
          await tried(ipc.settings(), showSettings);
          await showPins();
          // Last, and in the language that is left when the chosen one is gone too.
          part("status-toasts").say(words.settings.deleted);
        },
        (why, refusal) => part("profile-vault").refuse(unwritten(refusal, words.settings.notReplaced) ?? why, true),
      );
      break;
    default:
      unreachable(wish);
  }
}

/** @param {Host} whom */
export async function begin(whom) {
  host = whom;
  await tried(ipc.settings(), showSettings);
  // Nobody waits for these: they fill in when they come.
  void showPins();
  void tried(ipc.communityRooms(), (rooms) => {
    community = rooms;
    part("community-rooms").show(rooms);
  });
  void tried(ipc.usualServers(), (servers) => {
    usual = servers;
    part("settings-form").setUsual(servers);
  });
  void tried(ipc.trayAvailable(), (isThere) => {
    hasTray = isThere;
    part("settings-form").setTray(isThere);
  });
}

/** Shows once more what is known, in elements that were made anew. */
export function show() {
  part("settings-form").setUsual(usual);
  part("settings-form").setTray(hasTray);
  if (settings) part("settings-form").show(settings);
  part("pinned-rooms").show(pins);
  part("community-rooms").show(community);
  part("profile-vault").stays = stays;
}

/** @param {Me} me whoever is somebody else has another session as well */
export function setMe({ peerId }) {
  if (session !== null && session !== peerId) part("profile-vault").stays = stays = false;
  session = peerId;
}

/** Somebody said something where the person does not look. */
export function ring() {
  if (settings?.sound.on && !settings.doNotDisturb) void play(settings.sound.which);
}

/** @param {string} room @returns {boolean} whether it is remembered */
export const isPinned = (room) => pins.rooms.some((it) => it.room === room);

/**
 * A link came from outside the app.
 *
 * @param {string} link
 */
export async function ask(link) {
  await tried(
    ipc.readLink(link),
    (read) => dropped(part("enter-dialog").ask(link, read, "opened")),
    (why) => dropped(part("enter-dialog").refuse(link, why)),
  );
}

/** @param {boolean} isAsked */
function dropped(isAsked) {
  if (!isAsked) part("status-toasts").warn(words.invitation.dropped);
}

/**
 * Somebody in a room has another password: the person's is typed again.
 *
 * @param {string} room
 * @param {string} link to it, without the secret
 */
export async function askAgain(room, link) {
  await tried(ipc.readLink(link), (read) => part("enter-dialog").ask(link, read, "retype", room));
}

/** @param {import("./types/ipc.js").JoinRequest} request */
async function enter(request) {
  await tried(
    ipc.join(request),
    (room) => {
      part("enter-dialog").done(request);
      host.bring(room);
    },
    (why, refusal) => (refusal?.kind === "keyTaken" ? enterInstead(request, refusal.room, () => failed(request, why)) : failed(request, why)),
  );
}

/**
 * One is in a room of that name otherwise: that one is left for this, if the person wants.
 *
 * @param {import("./types/ipc.js").JoinRequest} request
 * @param {string} room
 * @param {(why: string) => void} refused where that cannot be asked
 */
export async function enterInstead(request, room, refused) {
  await tried(
    ipc.readLink(request.text),
    // What is typed at the door is private by what was chosen there.
    (read) => dropped(part("enter-dialog").askInstead(request, { ...read, access: request.access }, room)),
    refused,
  );
}

/** Said where it was asked for, if that is still open. @param {import("./types/ipc.js").JoinRequest} request @param {string} why */
function failed(request, why) {
  if (part("enter-dialog").waitsFor(request)) part("enter-dialog").fail(request, why);
  else part("status-toasts").warn(why);
}

/** Also what was changed elsewhere: in the tray. @param {Settings} kept */
export async function showSettings(kept) {
  settings = kept;
  const { dataset } = document.documentElement;
  dataset["theme"] = kept.theme;
  dataset["textSize"] = kept.textSize;
  dataset["density"] = kept.density;
  part("settings-form").show(kept);
  if (speak(kept.language)) await host.speak();
}

async function showPins() {
  await tried(ipc.pinned(), (now) => {
    pins = now;
    part("pinned-rooms").show(now);
    host.pins();
  });
}

/**
 * Waits for an answer; says in words why there is none.
 *
 * @template T
 * @param {Promise<T>} answer
 * @param {(value: T) => unknown} [done] waited for as well
 * @param {(why: string, refusal: Refusal | null) => unknown} [failed] waited for as well
 */
export async function tried(answer, done = () => {}, failed = (why) => part("status-toasts").warn(why)) {
  let value;
  try {
    value = await answer;
  } catch (error) {
    if (isRefusal(error)) await failed(words.refusal(error), error);
    else await failed(words.failed, null);
    return;
  }
  await done(value);
}

/** What could not be written depends on what was wanted. @param {Refusal | null} refusal @param {string} text */
const unwritten = (refusal, text) => (refusal?.kind === "notSaved" ? text : null);

/** @param {unknown} error @returns {error is Refusal} */
const isRefusal = (error) => typeof error === "object" && error !== null && "kind" in error;

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

/** Without the room's name: whoever sees the folder need not learn it. */
const QR_FILE = "chitchatter-invitation.png";
const PROFILE_FILE = "chitchatter-profile.json";
/** Rust takes no larger picture either. */
const MAX_PICTURE_BYTES = 10 * 1024 * 1024;
