/**
 * An app that is not there: answers what the page asks for and remembers that it was asked.
 *
 * @import {Diagnosis, Event as RoomEvent, JoinRequest, ParsedLink, Pins, Settings, Snapshot} from "../../types/ipc.js"
 */
import { diagnosis, qrOf, settings as usual, usualServers } from "./pages.js";
import { me, room, trackers } from "./people.js";
import { pretendFiles } from "./files.js";
import { pretendTalks } from "./talks.js";

/**
 * @typedef {object} State
 * @property {Partial<Snapshot>} [snapshot]
 * @property {(tell: (...events: RoomEvent[]) => void) => void} [then] what happens after it
 * @property {Partial<Settings>} [settings]
 * @property {Pins} [pins]
 * @property {Diagnosis} [diagnosis]
 * @property {boolean} [tray] whether the desktop has one
 * @property {Record<string, unknown>} [refusals] what a command fails with, by its name
 */

/**
 * @param {State} state
 */
export function pretend({ snapshot = {}, then = () => {}, refusals = {}, ...more }) {
  /** @type {(events: RoomEvent[]) => void} */
  let heard = () => {};
  /** @type {{ command: string, args: any }[]} */
  const calls = [];
  /** @type {Settings} */
  let settings = { ...usual(), ...more.settings };
  /** @type {Pins} */
  let pins = more.pins ?? { rooms: [], where: "keyring" };
  let name = "Ann";
  const tell = (/** @type {RoomEvent[]} */ ...events) => {
    heard(events);
    events.forEach(talks.observe);
  };
  const talks = pretendTalks(tell, snapshot);
  const files = pretendFiles(tell, snapshot, (folder) => (settings = { ...settings, downloads: folder ?? settings.downloads }));

  /** Rooms that were entered, and whether they are private. @type {Map<string, boolean>} */
  const entered = new Map();
  /** @type {Record<string, (args: any) => unknown>} */
  const commands = {
    subscribe: ({ events }) => {
      heard = events.onmessage;
      setTimeout(() => then(tell));
      return { self: me(), home: settings.origin, rooms: [], trackers: trackers(), problems: [], judged: [], transfers: [], ...snapshot };
    },
    join: (/** @type {{ request: JoinRequest }} */ { request }) => {
      const read = parsed(request.text);
      if (read.access === "private" && !read.hasSecret && !request.password) throw { kind: "passwordNeeded" };
      const isPrivate = read.link ? read.access === "private" : request.access === "private";
      if (isPrivate && !read.hasSecret && !request.password) throw { kind: "passwordNeeded" };
      const { room: key, name: called, private: closed, origin, links } = room(read.name, { private: isPrivate, origin: read.origin });
      if (entered.has(key) && entered.get(key) !== closed) throw { kind: "keyTaken", room: key };
      entered.set(key, closed);
      tell({ kind: "joined", self: me(name), room: key, name: called, private: closed, origin, links });
      return key;
    },
    leave: ({ room }) => {
      entered.delete(room);
      tell({ kind: "left", room });
    },
    ...talks.commands,
    ...files.commands,
    rename: (args) => {
      name = args.name;
      tell({ kind: "meChanged", self: me(name) });
    },
    read_link: ({ text }) => parsed(text),
    open_link: () => {},
    copy: () => {},
    suggest_room: ({ kind }) =>
      kind === "uuid"
        ? { text: `00000000-0000-4000-8000-${String(calls.length).padStart(12, "0")}`, bits: 122 }
        : { text: `quiet-harbour-lantern-mossy-comet-${41 + calls.length}`, bits: 78 },
    suggest_password: () => ({ text: `velvet-otter-${calls.length}-umbrella-drift-quarry`, bits: 78 }),
    community_rooms: () => ["lounge", "help", "books", "music", "gardening", "cooking", "Astronomía"],
    qr: ({ text }) => qrOf(text),
    read_qr: () => "https://chitchatter.im/private/den#secret=x",
    pinned: () => pins,
    pin: ({ room: key, pinned }) => {
      const rooms = pins.rooms.filter((it) => it.room !== key);
      const [name = key] = String(key).split("/").slice(-1);
      const link = `https://chitchatter.im/public/${encodeURIComponent(name)}`;
      if (pinned) rooms.push({ room: key, name, origin: "https://chitchatter.im", private: false, link });
      pins = { ...pins, rooms };
    },
    test_tracker: ({ url }) =>
      url.includes("tracker.btorrent")
        ? { works: false, reason: "refused", status: 503 }
        : { works: true, connectMs: 48, answerMs: 95 },
    test_ice_server: ({ server }) =>
      server.urls.map((/** @type {string} */ url) =>
        url.startsWith("turn:") && !server.username
          ? { url, works: false, reason: "needsALogin" }
          : { url, works: true, candidate: url.startsWith("turn:") ? "relay" : "reflexive", ms: 37 },
      ),
    diagnose: () => more.diagnosis ?? diagnosis(),
    export_profile: ({ password }) => (password ? "sealed" : "{}"),
    import_profile: ({ text, password }) => {
      if (text.includes("publicKey")) {
        if (text.includes("dark")) settings = { ...settings, theme: "dark" };
        return { roomsKeepTheOld: (snapshot.rooms ?? []).length > 0 };
      }
      if (!text.includes("sealed")) throw { kind: "badProfile", fault: "notAProfile" };
      if (password === null) throw { kind: "badProfile", fault: "passwordNeeded" };
      if (password !== "correct horse") throw { kind: "badProfile", fault: "wrongPassword" };
      return { roomsKeepTheOld: false };
    },
    try_trackers: () => tell(...trackers().map((it) => /** @type {const} */ ({ kind: "trackerChanged", url: it.url, state: "open", local: it.local }))),
    enter_all_again: () => {
      const self = { ...me("Grace"), peerId: "0gracegracegracegrac" };
      const rooms = snapshot.rooms ?? [];
      tell(...rooms.map(({ room: key }) => /** @type {const} */ ({ kind: "left", room: key })), { kind: "meChanged", self });
      for (const { room: key, name: called, private: closed, origin, links } of rooms) {
        tell({ kind: "joined", self, room: key, name: called, private: closed, origin, links });
      }
    },
    save_qr: (/** @type {{ name: string }} */ wish) => `/home/ada/Downloads/${wish.name}`,
    save_text: (/** @type {{ name: string }} */ wish) => `/home/ada/Downloads/${wish.name}`,
    delete_profile: () => {
      settings = usual();
      pins = { ...pins, rooms: [] };
    },
    settings: () => settings,
    usual_servers: () => usualServers(),
    tray_available: () => more.tray ?? true,
    save_settings: (args) => {
      const { origin, proxy, iceServers, relayOnly } = args.settings;
      const faults = [];
      if (!/^https?:\/\/[^/]+$/.test(origin)) faults.push({ field: "origin", fault: "notAnAddress" });
      if (proxy !== null && !/^(socks5|http):\/\/./.test(proxy)) faults.push({ field: "proxy", fault: "wrongKind" });
      for (const [item, { urls }] of (iceServers ?? []).entries()) {
        if (!/^(stun|turn):./.test(urls[0])) faults.push({ field: "iceServers", item, fault: "wrongKind" });
      }
      if (relayOnly && !iceServers?.some((/** @type {any} */ it) => it.urls[0].startsWith("turn:"))) {
        faults.push({ field: "relayOnly", fault: "noRelay" });
      }
      if (faults.length > 0) throw { kind: "badSettings", faults };
      settings = args.settings;
    },
    hold_end: () => {},
    quit: () => {},
    dismiss_problem: ({ id }) => tell({ kind: "problemGone", id }),
  };

  window.__TAURI__ = {
    core: {
      /** @param {string} command @param {Record<string, unknown>} [args] @param {{ headers: Record<string, string> }} [options] @returns {Promise<any>} */
      async invoke(command, args, options) {
        calls.push({ command, args: options ? { ...options.headers } : args });
        const answer = commands[command];
        if (!answer) throw new Error(`no such command: ${command}`);
        if (refusals[command]) throw refusals[command];
        return answer(options ? { ...options.headers, content: args } : (args ?? {}));
      },
      Channel: /** @type {any} */ (
        class {
          /** @param {(events: RoomEvent[]) => void} onmessage */
          constructor(onmessage) {
            this.onmessage = onmessage;
          }
        }
      ),
    },
  };
  Object.assign(window, { pretended: { tell, calls, copied: files.copied } });
}

/** @param {string} text @returns {ParsedLink} */
function parsed(text) {
  const home = "https://chitchatter.im";
  if (text.trim() === "") throw { kind: "badRoom", fault: "empty" };
  if (!/^https?:\/\//.test(text)) {
    return { link: false, name: text.trim(), origin: home, elsewhere: false, access: "public", hasSecret: false, trackers: [] };
  }
  const url = new URL(text);
  const [, access, name] = url.pathname.split("/");
  if ((access !== "public" && access !== "private") || !name) throw { kind: "badRoom", fault: "notARoom" };
  return {
    link: true,
    name: decodeURIComponent(name),
    origin: url.origin,
    elsewhere: url.origin !== home,
    access,
    hasSecret: url.hash.startsWith("#secret="),
    trackers: [],
  };
}
