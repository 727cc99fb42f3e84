/**
 * The only file that talks to Rust. One function per command; one stream of events back.
 *
 * @import {Event as RoomEvent, JoinRequest, ParsedLink, Settings, Snapshot} from "./types/ipc.js"
 */

/** Whether there is anything to talk to: this page is of no use in a plain browser. */
export const isInApp = () => window.__TAURI__ !== undefined;

/**
 * Gives the present, then tells all that happens after it, in order.
 *
 * @param {(events: RoomEvent[]) => void} heard
 * @returns {Promise<Snapshot>}
 */
export const subscribe = (heard) => {
  const { Channel } = core();
  return invoke("subscribe", { events: new Channel(heard) });
};

/** @param {JoinRequest} request @returns {Promise<string>} the room's key */
export const join = (request) => invoke("join", { request });

/** @param {string} room @returns {Promise<void>} */
export const leave = (room) => invoke("leave", { room });

/** @param {string} room @param {string} text Markdown, as typed @returns {Promise<string>} the message's id */
export const say = (room, text) => invoke("say", { room, text });

/** @param {string} room @param {boolean} typing @returns {Promise<void>} */
export const setTyping = (room, typing) => invoke("set_typing", { room, typing });

/** @param {string} name empty for the animal name alone @returns {Promise<void>} */
export const rename = (name) => invoke("rename", { name });

/** @param {string} text a room's name or any link @returns {Promise<ParsedLink>} */
export const readLink = (text) => invoke("read_link", { text });

/** @param {string} url @returns {Promise<void>} once the system's browser was asked to open it */
export const openLink = (url) => invoke("open_link", { url });

/** @param {string} text @returns {Promise<void>} */
export const copy = (text) => invoke("copy", { text });

/** @returns {Promise<string>} the name of a room nobody is in */
export const suggestRoomName = () => invoke("suggest_room_name");

/** @returns {Promise<Settings>} */
export const settings = () => invoke("settings");

/** @param {Settings} settings @returns {Promise<void>} */
export const saveSettings = (settings) => invoke("save_settings", { settings });

/** @param {number} id @returns {Promise<void>} */
export const dismissProblem = (id) => invoke("dismiss_problem", { id });

/**
 * @template T
 * @param {string} command
 * @param {Record<string, unknown>} [args]
 * @returns {Promise<T>}
 */
const invoke = (command, args) => core().invoke(command, args);

function core() {
  if (!window.__TAURI__) throw new Error("outside of the app");
  return window.__TAURI__.core;
}
