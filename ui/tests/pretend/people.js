/**
 * Pretend people, rooms and lines.
 *
 * @import {Delivery, Line, Me, Notice, Peer, Room, SafeHtml, Share, Tracker, Transfer, TransferFile} from "../../types/ipc.js"
 */

/** @param {string} [customName] @returns {Me} */
export const me = (customName = "Ann") => ({
  peerId: "0annannannannannanna",
  userId: "user-ann",
  name: customName || "Helpful Peacock",
  customName,
  animalName: "Helpful Peacock",
  publicKey: publicKeyOf("Ann"),
  fingerprint: fingerprintOf("Ann"),
});

/** @param {string} name */
const publicKeyOf = (name) => `MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A${btoa(unescape(encodeURIComponent(name)))}`;

/** Digits that are always the same for the same name. @param {string} name */
const fingerprintOf = (name) =>
  Array.from({ length: 6 }, (_, group) =>
    String([...name].reduce((sum, it) => (sum * 31 + it.charCodeAt(0)) % 100_000, 7 + group * 13_577)).padStart(5, "0"),
  ).join(" ");

/** @param {string} name @param {Partial<Room>} [rest] @returns {Room} */
export const room = (name, rest = {}) => {
  const origin = rest.origin ?? "https://chitchatter.im";
  const access = rest.private ? "private" : "public";
  const web = `${origin}/${access}/${encodeURIComponent(name)}`;
  const app = `chitchatter://${access}/${encodeURIComponent(name)}?origin=${encodeURIComponent(origin)}`;
  const secret = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3I%3D";
  return {
    room: name,
    name,
    origin,
    private: false,
    links: rest.private ? { web, app, secret: { web: `${web}#secret=${secret}`, app: `${app}#secret=${secret}` } } : { web, app },
    entries: [],
    peers: [],
    unread: { lines: 0, mentions: 0 },
    muted: false,
    rules: { slow: false, plainStrangers: false, autoMedia: false },
    directs: [],
    ...rest,
  };
};

/** @param {string} name */
export const peerIdOf = (name) => `peer-${name}`.padEnd(20, "x").slice(0, 20);

/** @param {string} name @param {string} animalName @param {Partial<Peer>} [rest] @returns {Peer} */
export const peer = (name, animalName, rest = {}) => ({
  peerId: peerIdOf(name),
  userId: `user-${name}`,
  name,
  customName: name === animalName ? "" : name,
  animalName,
  verified: true,
  verification: "verified",
  native: false,
  path: "direct",
  typing: false,
  person: rest.verified === false ? `session:${`peer-${name}`.padEnd(20, "x").slice(0, 20)}` : `profile:user-${name}`,
  standing: "normal",
  known: rest.verified !== false,
  slowed: false,
  imitates: null,
  keyChanged: false,
  talks: rest.native ?? false,
  proof: rest.native ? "proven" : "none",
  publicKey: rest.userId === null ? null : publicKeyOf(name),
  fingerprint: rest.userId === null ? null : fingerprintOf(name),
  ...rest,
});

let lines = 0;

/** The names nobody chose, by the chosen ones. */
const animals = new Map([["Bo", "Precious Egret"], ["Во", "Sly Newt"]]);

/** @param {string} author @param {string} html @param {Partial<Line>} [rest] @returns {Line} */
export const line = (author, html, rest = {}) => ({
  id: `line-${++lines}`,
  peerId: peerIdOf(author),
  author,
  authorId: `user-${author}`,
  text: "",
  html: /** @type {SafeHtml} */ (html),
  timeSent: minutesAgo(20 - lines / 3),
  timeReceived: minutesAgo(20 - lines / 3),
  own: false,
  backfilled: false,
  misattributed: false,
  delivery: delivery(0, 0),
  key: ++keys,
  reply: null,
  edited: false,
  deleted: false,
  reactions: [],
  mentionsMe: false,
  folded: null,
  share: null,
  animalName: animals.get(author) ?? author,
  imitates: null,
  ...rest,
});

let keys = 0;

/** @param {number} received @param {number} of @param {Partial<Delivery>} [rest] @returns {Delivery} */
export const delivery = (received, of, rest = {}) => ({ reached: received, of, received, failed: false, ...rest });

/** @param {string} id @param {string} text @returns {Line} */
export const ourLine = (id, text) =>
  line("Ann", `<p>${escaped(text).replaceAll("\n", "<br>")}</p>`, {
    id,
    text,
    own: true,
    peerId: me().peerId,
    authorId: me().userId,
    timeSent: Date.now(),
    timeReceived: Date.now(),
    delivery: delivery(0, 2),
  });

/** @param {string} text */
const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** @param {string} name @param {Partial<Share>} [rest] @returns {Share} */
export const share = (name, rest = {}) => ({
  key: keyOf(name),
  name,
  files: 1,
  size: 4_200_000,
  kind: "file",
  thumbnail: null,
  holders: [],
  moreHolders: 0,
  gone: false,
  withdrawn: false,
  inline: false,
  plain: false,
  ...rest,
});

/** What is done about a share. @param {string} name @param {Partial<Transfer>} [rest] @returns {Transfer} */
export const transfer = (name, rest = {}) => ({
  room: "harbour",
  key: keyOf(name),
  name,
  kind: "file",
  own: false,
  state: "fetching",
  have: 1_300_000,
  total: 4_200_000,
  speed: 0,
  leftMs: null,
  peers: 1,
  stalled: false,
  files: [file(name)],
  folder: "/home/ann/Downloads",
  reason: null,
  ...rest,
});

/** @param {string} name @param {Partial<TransferFile>} [rest] @returns {TransferFile} */
export const file = (name, rest = {}) => ({ index: 0, name, size: 4_200_000, kind: "file", pathShown: null, mime: null, runs: false, ...rest });

/** Always the same for the same name. @param {string} name */
const keyOf = (name) => Array.from({ length: 64 }, (_, at) => ((name.charCodeAt(at % name.length) * 7 + at * 13 + name.length) % 16).toString(16)).join("");

/** @param {Notice["what"]} what @returns {Notice} */
export const notice = (what) => ({ id: ++lines, time: minutesAgo(20 - lines / 3), what });

/** @returns {Tracker[]} one in each state */
export const trackers = () => [
  { url: "ws://192.168.1.20:8126", state: "open", local: true },
  { url: "wss://tracker.openwebtorrent.com", state: "open", local: false },
  { url: "wss://tracker.webtorrent.dev", state: "connecting", local: false },
  { url: "wss://tracker.btorrent.xyz", state: "failed", reason: "refused", status: 503, local: false, retryAt: Date.now() + 42_000 },
  { url: "wss://tracker.files.fm:7073/announce", state: "failed", reason: "rejected", message: "too many announces", local: false, retryAt: Date.now() + 9_000 },
];

/** @param {number} minutes */
export const minutesAgo = (minutes) => Date.now() - minutes * 60_000;
