/**
 * The part of the pretend app that shares files: what is chosen is offered, what is fetched comes in
 * a few steps, and a picture is a picture.
 *
 * @import {Event as RoomEvent, Line, Settings, Share, Snapshot, Transfer} from "../../types/ipc.js"
 */
import { file, me, ourLine, share, transfer } from "./people.js";

/**
 * @param {(...events: RoomEvent[]) => void} tell
 * @param {Partial<Snapshot>} snapshot
 * @param {(folder: string | null) => Settings} settings what they are, with another folder if there is one
 */
export function pretendFiles(tell, snapshot, settings) {
  /** @type {Map<string, Transfer>} */
  const transfers = new Map((snapshot.transfers ?? []).map((it) => [it.key, it]));
  /** @type {Map<number, { id: number, name: string, files: number, size: number }>} */
  const held = new Map();
  let chosen = 0;
  /** The file that was copied; a picture was unless something is said, and `null` is nothing. @type {string | null | undefined} */
  let copied;

  const hold = (/** @type {string} */ name, files = 1, size = 2_300_000) => {
    const it = { id: ++chosen, name, files, size };
    held.set(it.id, it);
    return it;
  };
  const set = (/** @type {Transfer} */ it) => {
    transfers.set(it.key, it);
    tell({ kind: "transferChanged", transfer: it });
  };
  const change = (/** @type {string} */ key, /** @type {Partial<Transfer>} */ rest) => {
    const it = transfers.get(key);
    if (!it) throw { kind: "noSuchShare" };
    set({ ...it, ...rest });
  };
  /** @type {Map<string, Line>} */
  const lines = new Map();
  for (const { entries } of snapshot.rooms ?? []) {
    for (const it of entries) if (it.kind === "line" && it.line.share) lines.set(it.line.share.key, it.line);
  }
  const begin = (/** @type {string} */ room, /** @type {string} */ key, /** @type {string | null} */ folder) => {
    const offered = lines.get(key)?.share;
    if (!offered) throw { kind: "noSuchShare" };
    const total = offered.size ?? 4_200_000;
    const mime = { image: "image/png", audio: "audio/wav", video: "video/webm", file: null, folder: null }[offered.kind];
    const files = [file(offered.name, { size: total, kind: offered.kind === "folder" ? "file" : offered.kind, mime, runs: offered.name.endsWith(".exe") })];
    set(transfer(offered.name, { room, key, kind: offered.kind, total, have: 0, folder, files, state: "waiting", peers: 0 }));
    setTimeout(() => transfers.get(key)?.state === "waiting" && change(key, { state: "fetching", have: total / 2, speed: 3_000_000, leftMs: 700, peers: 1 }), 60);
    if (!offered.name.includes("slow")) {
      setTimeout(() => transfers.get(key)?.state === "fetching" && change(key, { state: "done", have: total, speed: 0, leftMs: null, files: files.map((it) => ({ ...it, pathShown: folder === null ? null : it.name })) }), 200);
    }
  };

  /** @type {Record<string, (args: any) => unknown>} */
  const commands = {
    pick_files: ({ folder }) => (folder ? hold("Photos of the harbour", 214, 900_000_000) : hold("timetable.pdf")),
    hold_file: ({ name, content }) => hold(decodeURIComponent(name), 1, content.length),
    hold_clipboard: ({ name }) => (copied === undefined ? hold(name, 1, 48_000) : copied === null ? null : hold(copied)),
    read_chosen_qr: () => "https://chitchatter.im/private/den#secret=x",
    share_chosen: async ({ room, chosen: id }) => {
      const it = held.get(id);
      if (!it) throw { kind: "nothingToShare" };
      const key = share(it.name).key;
      set(transfer(it.name, { room, key, own: true, state: "preparing", have: it.size / 3, total: it.size }));
      await new Promise((ready) => setTimeout(ready, 700));
      const kind = /\.(png|jpg)$/.test(it.name) ? "image" : it.files > 1 ? "folder" : "file";
      /** @type {Share} */
      const offered = share(it.name, { key, kind, size: it.size, files: it.files });
      const line = { ...ourLine(`share-${id}`, ""), peerId: me().peerId, share: offered };
      lines.set(key, line);
      tell({ kind: "lineAdded", room, line });
      set(transfer(it.name, { room, key, own: true, state: "giving", have: it.size, total: it.size, folder: null, peers: 0 }));
    },
    unshare: ({ room, key }) => {
      const line = lines.get(key);
      if (!line?.share) throw { kind: "noSuchShare" };
      tell({ kind: "transferGone", room, key }, { kind: "lineReplaced", room, line: { ...line, share: { ...line.share, withdrawn: true } } });
    },
    fetch_share: ({ room, key }) => {
      begin(room, key, settings("/home/ann/Downloads").downloads);
      return true;
    },
    show_share: ({ room, key }) => begin(room, key, null),
    pause_share: ({ key }) => change(key, { state: "paused", speed: 0, leftMs: null }),
    resume_share: ({ key }) => change(key, { state: "fetching", stalled: false, speed: 3_000_000, leftMs: 700 }),
    retry_share: ({ key }) => change(key, { state: "fetching", reason: null, speed: 3_000_000, leftMs: 700 }),
    cancel_share: ({ room, key }) => {
      transfers.delete(key);
      tell({ kind: "transferGone", room, key });
    },
    media: async ({ key }) => {
      const kind = transfers.get(key)?.kind;
      const [made, type] = kind === "image" ? [PICTURE, "image/png"] : [SILENCE, "audio/wav"];
      return Uint8Array.from(`${String.fromCharCode(type.length)}${type}${atob(made)}`, (it) => it.charCodeAt(0)).buffer;
    },
    open_file: () => {},
    reveal_file: () => {},
    choose_downloads: () => settings("/home/ann/Shared things"),
  };
  return { commands, copied: (/** @type {string | null} */ name) => void (copied = name) };
}

/** A small sea under a sky, as a PNG. */
export const PICTURE =
  "iVBORw0KGgoAAAANSUhEUgAAAHgAAABICAIAAACyfKYoAAAAu0lEQVR42u3XMQ2AUBBEwdWADaTgABFoovoGkIYBWkJHQjYUk2x11033Mh/DCgsC0KANNGjQFECDNtCgQVMADdpAgwZtoEEbaNCgDTRoAw0atIEGbaBBgzbQoA00aNAGGrSB/iH0tG73nfvyuHh98gqUzitQOq9A6bwCpfMKlM4rUDqvQOm8AqXzEiyCRbB4CRbBIligCBbB4iVYBItggSJYBIuXYBEsggWKYBEsXoJFsAgWKIJFsHi9fF3wROUjb3CFYQAAAABJRU5ErkJggg==";
/** A tenth of a second of nothing, as a WAV of 8 kHz. */
const SILENCE = btoa(`RIFF${word(836)}WAVEfmt ${word(16)}${half(1)}${half(1)}${word(8000)}${word(8000)}${half(1)}${half(8)}data${word(800)}${"\x80".repeat(800)}`);

/** @param {number} it */
function half(it) {
  return String.fromCharCode(it & 255, (it >> 8) & 255);
}

/** @param {number} it */
function word(it) {
  return half(it & 65_535) + half(it >>> 16);
}
