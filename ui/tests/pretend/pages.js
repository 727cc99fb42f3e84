/**
 * What the pages that are no room show in the pretend app.
 *
 * @import {Diagnosis, PeerHealth, Pins, QrCode, Servers, Settings} from "../../types/ipc.js"
 */
import { minutesAgo, trackers } from "./people.js";

/** @returns {Settings} as they are before anybody changed them */
export const settings = () => ({
  origin: "https://chitchatter.im",
  lan: true,
  trackers: null,
  iceServers: null,
  relayOnly: false,
  proxy: null,
  typing: true,
  sound: { on: true, which: "message" },
  notifications: { on: true, text: false },
  doNotDisturb: false,
  tray: false,
  startHidden: false,
  downloads: null,
  theme: "system",
  textSize: "normal",
  density: "cozy",
  language: "system",
});

/** @returns {Servers} those of the configuration */
export const usualServers = () => ({
  trackers: trackers().filter((it) => !it.local).map((it) => it.url),
  iceServers: [{ urls: ["stun:stun.example.org:3478"] }, { urls: ["stun:stun.example.net:19302"] }],
});

/** @returns {Pins} */
export const pins = () => ({
  rooms: [
    { room: "harbour", name: "harbour", origin: "https://chitchatter.im", private: false, link: "https://chitchatter.im/public/harbour" },
    { room: "den", name: "den", origin: "https://chitchatter.im", private: true, link: "https://chitchatter.im/private/den#secret=x" },
    { room: "cellar", name: "cellar", origin: "http://localhost:3000", private: true, link: "http://localhost:3000/private/cellar" },
  ],
  where: "keyring",
});

/** @param {Partial<Diagnosis>} [rest] @returns {Diagnosis} where something is amiss */
export const diagnosis = (rest = {}) => ({
  time: Date.now(),
  trackers: trackers().map((now) =>
    now.url.includes("openwebtorrent")
      ? { now, lastFailure: { time: minutesAgo(12), reason: "closed" } }
      : { now },
  ),
  candidates: [
    { kind: "host", family: "v4", prefix: "192.168.…" },
    { kind: "host", family: "v6", prefix: "fd00:…" },
    { kind: "reflexive", family: "v4", prefix: "203.0.…" },
  ],
  nat: "differentForEach",
  servers: [
    { url: "stun:stun.example.org:3478", works: true, candidate: "reflexive", ms: 31 },
    { url: "turn:turn.example.org:3478", works: false, reason: "wrongLogin" },
  ],
  lan: { on: true, forThisStart: false, serving: true, found: 1 },
  relayOnly: false,
  proxied: false,
  peers: [
    health("Bo", { local: "host", remote: "host", family: "v4", rttMs: 3 }),
    health("Sly Fox", { path: "relayed", local: "relay", remote: "reflexive", family: "v4", rttMs: 148, shaky: true, restarts: 2 }),
  ],
  tried: { attempts: 7, opened: 4, noPath: 2, refused: 1 },
  advice: [
    { kind: "addRelay" },
    { kind: "someTrackers", failing: 2, of: 5 },
    { kind: "nobodyThere", rooms: ["den"] },
  ],
  report: "Chitchatter 0.1.0\ntrackers: 2 of 5\n",
  ...rest,
});

/** @param {string} name @param {Partial<PeerHealth>} rest @returns {PeerHealth} */
const health = (name, rest) => ({
  peerId: `peer-${name}`.padEnd(20, "x").slice(0, 20),
  name,
  rooms: ["harbour"],
  path: "direct",
  bytesSent: 18_240,
  bytesReceived: 1_204_800,
  since: minutesAgo(14),
  restarts: 0,
  shaky: false,
  ...rest,
});

/** Looks like a QR code, and is another one for another text. @param {string} text @returns {QrCode} */
export function qrOf(text) {
  const size = 29;
  let seed = [...text].reduce((sum, it) => (sum * 31 + it.charCodeAt(0)) >>> 0, 7);
  const corner = (/** @type {number} */ x, /** @type {number} */ y) => {
    const ring = Math.max(Math.abs(x - 3), Math.abs(y - 3));
    return ring !== 2 && ring < 4;
  };
  let modules = "";
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      seed = (seed * 1_103_515_245 + 12_345) >>> 0;
      const [fx, fy] = [x > 14 ? size - 1 - x : x, y > 14 ? size - 1 - y : y];
      const inCorner = fx < 8 && fy < 8 && !(x > 14 && y > 14);
      modules += (inCorner ? corner(fx, fy) : (seed >>> 16) % 2 === 1) ? "1" : "0";
    }
  }
  return { size, modules };
}
