/**
 * What is shared: how far it is, what it is called, and whether it may show itself.
 *
 * @import {Line, Peer, Rules, Share, ShareKind, Transfer} from "../types/ipc.js"
 */
import { words } from "./words.js";

/**
 * How far a share is, for the person.
 *
 * @typedef {"offered" | "waiting" | "preparing" | "fetching" | "paused" | "stalled" | "saving" | "done" | "shown" | "failed" | "giving" | "gone" | "withdrawn"} Stage
 */

/**
 * @param {Pick<Share, "gone" | "withdrawn">} share
 * @param {Transfer | undefined} transfer what this machine does about it
 * @param {boolean} own
 * @returns {Stage}
 */
export function stageOf(share, transfer, own) {
  switch (transfer?.state) {
    // What is here stays here, whatever became of the offer.
    case "done":
      return own ? ended(share, "giving") : transfer.folder === null ? "shown" : "done";
    case "preparing":
      return "preparing";
    case "saving":
      return "saving";
    case "failed":
      return share.withdrawn ? "withdrawn" : "failed";
    case "giving":
      return ended(share, "giving");
    case "withdrawn":
      return "withdrawn";
    case "paused":
      return ended(share, "paused");
    case "waiting":
    case "fetching":
      return share.withdrawn ? "withdrawn" : transfer.stalled ? "stalled" : transfer.state;
    default:
      return share.withdrawn ? "withdrawn" : own ? "giving" : share.gone ? "gone" : "offered";
  }
}

/** @param {Pick<Share, "withdrawn">} share @param {Stage} stage @returns {Stage} */
const ended = ({ withdrawn }, stage) => (withdrawn ? "withdrawn" : stage);

/** Whether bytes move or wait to, which is when there is something to measure. @param {Stage} stage */
export const isMoving = (stage) => MOVING.has(stage);

/** How much is here, in hundredths; nothing while nobody knows. @param {Pick<Transfer, "have" | "total">} transfer */
export function percentOf({ have, total }) {
  if (total === null) return null;
  // All but a little is not all.
  return total === 0 ? 100 : Math.min(100, Math.floor((have / total) * 100));
}

/**
 * What a share is called: several files that are no folder are not called by one of them alone.
 *
 * @param {string} name @param {ShareKind} kind @param {number | null} files
 */
export const titleOf = (name, kind, files) =>
  kind !== "folder" && files !== null && files > 1 ? words.files.several(files, readable(name)) : readable(name);

/** @param {Transfer} transfer */
export const titleOfTransfer = ({ name, kind, files }) => titleOf(name, kind, files.length === 0 ? null : files.length);

/** Whether others fetch it from this machine: `peers` are those to whom something went in the last moments. @param {Transfer} transfer */
export const isGiven = ({ state, peers }) => (state === "giving" || state === "done") && peers > 0;

/** Whether it comes at this moment, or is about to. @param {Transfer} transfer */
export const isComing = ({ state, stalled }) => state === "saving" || ((state === "waiting" || state === "fetching") && !stalled);

/** Whether it is too large to be held in memory and shown. @param {ShareKind} kind @param {number | null} size */
export const isTooLargeToShow = (kind, size) => MEDIA.has(kind) && size !== null && size > MOST_SHOWN;

/** Whether something can be shown among what is said. @param {Pick<Share, "kind" | "size">} share */
export const isShowable = ({ kind, size }) => MEDIA.has(kind) && (size === null || size <= MOST_SHOWN);

/**
 * Whether a sound or film of this name can be played here, as far as can be told before it is: of what
 * may be in it, one that is usual must be known.
 *
 * @param {string} name @param {(type: string) => string} canPlay what the web view says of a type
 */
export const isPlayable = (name, canPlay) => playedAs(name).some((type) => canPlay(type) !== "");

/** Whether it is of a kind that can be played where the system has what that needs. @param {string} name */
export const isPlayedSomewhere = (name) => playedAs(name).length > 0;

/** @param {string} name */
const playedAs = (name) => PLAYED.get(name.slice(name.lastIndexOf(".") + 1).toLowerCase()) ?? [];

/**
 * Whether it is fetched and shown without being asked for.
 *
 * @param {Pick<Line, "own" | "backfilled" | "misattributed" | "folded" | "share">} line
 * @param {Pick<Peer, "known" | "standing"> | undefined} author as known here, if they are here
 * @param {Pick<Rules, "autoMedia">} rules
 */
export function showsItself({ own, backfilled, misattributed, folded, share }, author, { autoMedia }) {
  if (!autoMedia || own || backfilled || misattributed || folded !== null || !share || share.plain) return false;
  if (author?.known !== true || author.standing === "muted" || author.standing === "blocked") return false;
  return MEDIA.has(share.kind) && !share.gone && !share.withdrawn && share.size !== null && share.size <= MOST_BY_ITSELF;
}

/** Whether one is asked once more before so much is shared. @param {{ files: number, size: number }} chosen */
export const isMuch = ({ files, size }) => files > MANY_FILES || size > MUCH_BYTES;

/**
 * A name as it may be shown: what cannot be seen in it, or turns what stands beside it around, is
 * seen. Rust does so too; a name that came another way is not trusted to have gone through it.
 *
 * @param {string} name
 */
export const readable = (name) => name.replace(UNSEEN, "_");

/**
 * A name in two parts, of which only the first may be cut: what a file is stands at its end.
 *
 * @param {string} name
 * @returns {[string, string]}
 */
export function parted(name) {
  const signs = [...new Intl.Segmenter(undefined, { granularity: "grapheme" }).segment(name)].map(({ segment }) => segment);
  if (signs.length <= UNPARTED) return [name, ""];
  return [signs.slice(0, -TAIL).join(""), signs.slice(-TAIL).join("")];
}

/** @type {Set<Stage>} */
const MOVING = new Set(["waiting", "preparing", "fetching", "paused", "stalled", "saving"]);
/** @type {Set<Share["kind"]>} */
const MEDIA = new Set(["image", "audio", "video"]);
/** What Rust holds in memory to show it. */
const MOST_SHOWN = 32 * 1024 * 1024;
const MOST_BY_ITSELF = 8 * 1024 * 1024;
/** What Rust gives to be played, by its ending, with what is usually in it. @type {Map<string, string[]>} */
const PLAYED = new Map([
  ["mp3", ["audio/mpeg"]],
  ["flac", ["audio/flac"]],
  ["ogg", ['audio/ogg; codecs="vorbis"', 'audio/ogg; codecs="opus"']],
  ["oga", ['audio/ogg; codecs="vorbis"', 'audio/ogg; codecs="opus"']],
  ["opus", ['audio/ogg; codecs="opus"']],
  ["aac", ["audio/aac"]],
  ["wav", ["audio/wav"]],
  ["m4a", ['audio/mp4; codecs="mp4a.40.2"']],
  ["weba", ['audio/webm; codecs="opus"', 'audio/webm; codecs="vorbis"']],
  ["mp4", ['video/mp4; codecs="avc1.42E01E"', 'video/mp4; codecs="hvc1.1.6.L93.B0"', 'video/mp4; codecs="av01.0.04M.08"']],
  ["m4v", ['video/mp4; codecs="avc1.42E01E"']],
  ["webm", ['video/webm; codecs="vp8"', 'video/webm; codecs="vp9"', 'video/webm; codecs="av01.0.04M.08"']],
  ["ogv", ['video/ogg; codecs="theora"']],
]);
const MANY_FILES = 100;
const MUCH_BYTES = 2 * 1024 * 1024 * 1024;
/** Control characters, and those that format; but not the joiners, which emoji and scripts need. */
const UNSEEN = /(?![\u200C\u200D])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;
/** Shorter names have space everywhere. */
const UNPARTED = 20;
const TAIL = 12;
