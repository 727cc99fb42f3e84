/**
 * An app that is not there: answers what the page asks for and remembers that it was asked.
 *
 * @import {Event as RoomEvent, JoinRequest, ParsedLink, Settings, Snapshot} from "../../types/ipc.js"
 */
import { delivery, me, ourLine, room, trackers } from "./people.js";

/**
 * @typedef {object} State
 * @property {Partial<Snapshot>} [snapshot]
 * @property {(tell: (...events: RoomEvent[]) => void) => void} [then] what happens after it
 * @property {Record<string, unknown>} [refusals] what a command fails with, by its name
 */

/**
 * @param {State} state
 */
export function pretend({ snapshot = {}, then = () => {}, refusals = {} }) {
  /** @type {(events: RoomEvent[]) => void} */
  let heard = () => {};
  /** @type {{ command: string, args: any }[]} */
  const calls = [];
  /** @type {Settings} */
  let settings = { origin: "https://chitchatter.im", lan: true };
  let name = "Ann";
  let said = 0;
  const tell = (/** @type {RoomEvent[]} */ ...events) => heard(events);

  /** @type {Record<string, (args: any) => unknown>} */
  const commands = {
    subscribe: ({ events }) => {
      heard = events.onmessage;
      setTimeout(() => then(tell));
      return { self: me(), home: settings.origin, rooms: [], trackers: trackers(), problems: [], judged: [], ...snapshot };
    },
    join: (/** @type {{ request: JoinRequest }} */ { request }) => {
      const read = parsed(request.text);
      if (read.access === "private" && !read.hasSecret && !request.password) throw { kind: "passwordNeeded" };
      const isPrivate = read.link ? read.access === "private" : request.access === "private";
      if (isPrivate && !read.hasSecret && !request.password) throw { kind: "passwordNeeded" };
      const { room: key, name: called, private: closed, origin, links } = room(read.name, { private: isPrivate, origin: read.origin });
      tell({ kind: "joined", self: me(name), room: key, name: called, private: closed, origin, links });
      return key;
    },
    leave: ({ room }) => tell({ kind: "left", room }),
    say: ({ room, text }) => {
      const line = ourLine(`said-${++said}`, text);
      tell({ kind: "lineAdded", room, line });
      setTimeout(() => tell({ kind: "lineChanged", room, id: line.id, key: line.key, delivery: delivery(2, 2) }), 50);
      return line.id;
    },
    set_typing: () => {},
    rename: (args) => {
      name = args.name;
      tell({ kind: "meChanged", self: me(name) });
    },
    read_link: ({ text }) => parsed(text),
    open_link: () => {},
    copy: () => {},
    suggest_room_name: () => `quiet-harbour-${41 + calls.length}`,
    settings: () => settings,
    save_settings: (args) => {
      if (!/^https?:\/\/[^/]+$/.test(args.settings.origin)) throw { kind: "badOrigin" };
      settings = args.settings;
    },
    dismiss_problem: ({ id }) => tell({ kind: "problemGone", id }),
  };

  window.__TAURI__ = {
    core: {
      /** @param {string} command @param {Record<string, unknown>} [args] @returns {Promise<any>} */
      async invoke(command, args) {
        calls.push({ command, args });
        const answer = commands[command];
        if (!answer) throw new Error(`no such command: ${command}`);
        if (refusals[command]) throw refusals[command];
        return answer(args ?? {});
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
  Object.assign(window, { pretended: { tell, calls } });
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
