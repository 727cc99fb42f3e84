/**
 * The only file that talks to Rust. One function per command; one stream of events back.
 *
 * Where `person` is asked for, `null` means everybody in the room; `line` is a line's `key`.
 *
 * @import {Chosen, Diagnosis, Emoji, Event as RoomEvent, IceServer, IceTest, Imported, JoinRequest, ParsedLink, Pins,
 *   QrCode, RemoteImage, Rules, Servers, Settings, Snapshot, Standing, SuggestedKind, Suggestion, TrackerTest,
 *   Trouble} from "./types/ipc.js"
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

/**
 * @param {string} room
 * @param {string} text Markdown, as typed
 * @param {string | null} [person]
 * @param {number | null} [replyTo] the line it answers
 * @returns {Promise<string>} the message's id
 */
export const say = (room, text, person = null, replyTo = null) => invoke("say", { room, with: person, text, replyTo });

/** @param {string} room @param {number} line @param {string} text @returns {Promise<void>} */
export const edit = (room, line, text) => invoke("edit", { room, line, text });

/** @param {string} room @param {number} line @returns {Promise<void>} */
export const deleteLine = (room, line) => invoke("delete_line", { room, line });

/** @param {string} room @param {number} line @param {string} emoji @param {boolean} on @returns {Promise<void>} */
export const react = (room, line, emoji, on) => invoke("react", { room, line, emoji, on });

/** @param {string} room @param {number} line @returns {Promise<void>} */
export const resend = (room, line) => invoke("resend", { room, line });

/**
 * Says what the person has before their eyes; nothing in it is unread any more.
 *
 * @param {string | null} room
 * @param {string | null} [person]
 * @returns {Promise<void>}
 */
export const look = (room, person = null) => invoke("look", { room, with: person });

/** @param {string} room @param {boolean} muted @returns {Promise<void>} */
export const muteRoom = (room, muted) => invoke("mute_room", { room, muted });

/** @param {string} room @param {Rules} rules @returns {Promise<void>} */
export const setRules = (room, rules) => invoke("set_rules", { room, rules });

/** @param {string} person @param {Standing} standing @returns {Promise<void>} */
export const judge = (person, standing) => invoke("judge", { person, standing });

/** @param {string} room @param {string} text @param {string | null} [person] @returns {Promise<number[]>} lines */
export const search = (room, text, person = null) => invoke("search", { room, with: person, text });

/** @param {string} room @param {boolean} typing @param {string | null} [person] @returns {Promise<void>} */
export const setTyping = (room, typing, person = null) => invoke("set_typing", { room, with: person, typing });

/** @param {string} name empty for the animal name alone @returns {Promise<void>} */
export const rename = (name) => invoke("rename", { name });

/** @param {string} text a room's name or any link @returns {Promise<ParsedLink>} */
export const readLink = (text) => invoke("read_link", { text });

/** @param {string} url @returns {Promise<void>} once the system's browser was asked to open it */
export const openLink = (url) => invoke("open_link", { url });

/** @param {string} text @returns {Promise<void>} */
export const copy = (text) => invoke("copy", { text });

/** @param {SuggestedKind} kind @returns {Promise<Suggestion>} the name of a room nobody is in */
export const suggestRoom = (kind) => invoke("suggest_room", { kind });

/** @returns {Promise<Suggestion>} a password nobody guesses */
export const suggestPassword = () => invoke("suggest_password");

/** @returns {Promise<string[]>} the names of public rooms to begin with */
export const communityRooms = () => invoke("community_rooms");

/** @param {string} query empty for the common ones @returns {Promise<Emoji[]>} at most 60 */
export const emojis = (query) => invoke("emojis", { query });

/** @param {string} text @returns {Promise<QrCode>} */
export const qr = (text) => invoke("qr", { text });

/** @param {ArrayBuffer} image a PNG, JPEG or WebP file @returns {Promise<string>} what its QR code says */
export const readQr = (image) => core().invoke("read_qr", new Uint8Array(image));

/** @param {string} url @returns {Promise<RemoteImage>} fetched by Rust because the person clicked */
export const loadRemote = (url) => invoke("load_remote", { url });

/** @returns {Promise<Pins>} */
export const pinned = () => invoke("pinned");

/** @param {string} room @param {boolean} pinned @returns {Promise<void>} */
export const pin = (room, pinned) => invoke("pin", { room, pinned });

/** @returns {Promise<Settings>} */
export const settings = () => invoke("settings");

/** @param {Settings} settings @returns {Promise<void>} rejected with `badSettings`, which names each bad field */
export const saveSettings = (settings) => invoke("save_settings", { settings });

/** @returns {Promise<Servers>} in use while the settings name none */
export const usualServers = () => invoke("usual_servers");

/** @returns {Promise<boolean>} whether this desktop has a tray */
export const trayAvailable = () => invoke("tray_available");

/** @param {string} url @returns {Promise<TrackerTest>} */
export const testTracker = (url) => invoke("test_tracker", { url });

/** @param {IceServer} server @returns {Promise<IceTest[]>} one for each address */
export const testIceServer = (server) => invoke("test_ice_server", { server });

/** @returns {Promise<Diagnosis>} after asking the STUN and TURN servers: takes a few seconds at most */
export const diagnose = () => invoke("diagnose");

/** @param {string | null} [password] encrypts it @returns {Promise<string>} the text of a file, for `saveText` */
export const exportProfile = (password = null) => invoke("export_profile", { password });

/** @param {string} text of a file @param {string | null} [password] @returns {Promise<Imported>} */
export const importProfile = (text, password = null) => invoke("import_profile", { text, password });

/** @returns {Promise<void>} also the trackers that were to be tried later */
export const tryTrackers = () => invoke("try_trackers");

/** @returns {Promise<void>} leaves all rooms and enters them again, as who one is by now */
export const enterAllAgain = () => invoke("enter_all_again");

/** @returns {Promise<void>} forgets the person, their settings and their rooms, and begins as somebody new */
export const deleteProfile = () => invoke("delete_profile");

/** @param {string} name @param {string} text what the code says @returns {Promise<string>} the picture, in the folder for downloads */
export const saveQr = (name, text) => invoke("save_qr", { name, text });

/** @param {string} name @param {string} text @returns {Promise<string>} the file, in the folder for downloads */
export const saveText = (name, text) => invoke("save_text", { name, text });

/** @param {boolean} folder rather than files @returns {Promise<Chosen | null>} nothing when the person chose nothing */
export const pickFiles = (folder) => invoke("pick_files", { folder });

/** @param {string} name @param {ArrayBuffer} content @returns {Promise<Chosen>} held in memory, to be shared */
export const holdFile = (name, content) =>
  core().invoke("hold_file", new Uint8Array(content), { headers: { name: encodeURIComponent(name) } });

/** @param {string} name what it is to be called @returns {Promise<Chosen | null>} the picture on the clipboard, if there is one */
export const holdClipboard = (name) => invoke("hold_clipboard", { name });

/** @param {string} room @param {number} chosen @returns {Promise<void>} once it is offered, which may take a while */
export const shareChosen = (room, chosen) => invoke("share_chosen", { room, chosen });

/** @param {number} chosen @returns {Promise<string>} what the QR code in it says */
export const readChosenQr = (chosen) => invoke("read_chosen_qr", { chosen });

/** @param {string} room @param {string} key @returns {Promise<void>} nobody can fetch it from us any more */
export const unshare = (room, key) => invoke("unshare", { room, key });

/** @param {string} room @param {string} key @returns {Promise<boolean>} whether it is fetched: the person may be asked where to */
export const fetchShare = (room, key) => invoke("fetch_share", { room, key });

/** @param {string} room @param {string} key @returns {Promise<void>} fetched into memory, to be shown */
export const showShare = (room, key) => invoke("show_share", { room, key });

/** @param {string} room @param {string} key @returns {Promise<void>} */
export const pauseShare = (room, key) => invoke("pause_share", { room, key });

/** @param {string} room @param {string} key @returns {Promise<void>} */
export const resumeShare = (room, key) => invoke("resume_share", { room, key });

/** @param {string} room @param {string} key @returns {Promise<void>} */
export const cancelShare = (room, key) => invoke("cancel_share", { room, key });

/** @param {string} room @param {string} key @returns {Promise<void>} */
export const retryShare = (room, key) => invoke("retry_share", { room, key });

/**
 * All of a file that is here, to be shown. Its type, which Rust knows by its first bytes, comes before it:
 * a byte that says how long it is, and the type.
 *
 * @param {string} room @param {string} key @param {number} file @returns {Promise<Blob>}
 */
export const media = async (room, key, file) => {
  /** @type {ArrayBuffer} */
  const answer = await invoke("media", { room, key, file });
  const [length = 0] = new Uint8Array(answer, 0, 1);
  const type = new TextDecoder().decode(new Uint8Array(answer, 1, length));
  return new Blob([answer.slice(1 + length)], { type });
};

/** @param {string} room @param {string} key @param {number} file @returns {Promise<void>} once the system was asked to open it */
export const openFile = (room, key, file) => invoke("open_file", { room, key, file });

/** @param {string} room @param {string} key @param {number | null} file or the folder they are in @returns {Promise<void>} */
export const revealFile = (room, key, file) => invoke("reveal_file", { room, key, file });

/** @returns {Promise<Settings | null>} with the folder the person chose, if they did */
export const chooseDownloads = () => invoke("choose_downloads");

/** @param {number} id @returns {Promise<void>} */
export const dismissProblem = (id) => invoke("dismiss_problem", { id });

/** @returns {Promise<Trouble | null>} what keeps the app from starting or going on */
export const trouble = () => invoke("trouble");

/** @returns {Promise<Trouble | null>} what is still wrong; the window shows another page when nothing is */
export const tryAgain = () => invoke("try_again");

/** @returns {Promise<Trouble | null>} what else is wrong, when what is broken is left out this time */
export const doWithout = () => invoke("do_without");

/** @returns {Promise<null>} */
export const quit = () => invoke("quit");

/** The person is being asked whether to end the app, so it does not end by itself. @returns {Promise<void>} */
export const holdEnd = () => invoke("hold_end");

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
