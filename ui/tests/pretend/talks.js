/**
 * The part of the pretend app that talks: it keeps lines, counts what is unread, and answers edits,
 * reactions, searches and judgements as the real one does.
 *
 * @import {Direct, Emoji, Event as RoomEvent, Judged, Line, Peer, Rules, Snapshot, Unread} from "../../types/ipc.js"
 */
import { delivery, me, ourLine } from "./people.js";

/** @typedef {{ room: string, with: string | undefined, line: Line }} Kept */

/**
 * @param {(...events: RoomEvent[]) => void} tell
 * @param {Partial<Snapshot>} snapshot
 */
export function pretendTalks(tell, snapshot) {
  /** @type {Map<number, Kept>} */
  const lines = new Map();
  /** @type {Map<string, Map<string, Peer>>} */
  const peers = new Map();
  /** @type {Map<string, Unread>} */
  const unread = new Map();
  /** @type {Map<string, { muted: boolean, rules: Rules }>} */
  const rooms = new Map();
  /** @type {Judged[]} */
  let judged = snapshot.judged ?? [];
  /** @type {string | null} */
  let looked = null;
  let said = 0;

  const placeOf = (/** @type {string} */ room, /** @type {string | null | undefined} */ person) => `${room}\n${person ?? ""}`;
  const keep = (/** @type {string} */ room, /** @type {Line} */ line, /** @type {string} */ person) =>
    lines.set(line.key, { room, with: person === "" ? undefined : person, line });

  for (const room of snapshot.rooms ?? []) {
    rooms.set(room.room, { muted: room.muted, rules: room.rules });
    peers.set(room.room, new Map(room.peers.map((peer) => [peer.peerId, peer])));
    unread.set(placeOf(room.room, null), room.unread);
    for (const entry of room.entries) if (entry.kind === "line") keep(room.room, entry.line, "");
    for (const direct of room.directs) {
      unread.set(placeOf(room.room, direct.direct.with), direct.unread);
      for (const entry of direct.entries) if (entry.kind === "line") keep(room.room, entry.line, direct.direct.with);
    }
  }

  /** What the real one would tell besides. @param {RoomEvent} event */
  function observe(event) {
    if (event.kind === "peerJoined" || event.kind === "peerChanged") {
      peers.set(event.room, (peers.get(event.room) ?? new Map()).set(event.peer.peerId, event.peer));
    }
    if (event.kind !== "lineAdded") return;
    const { room, line, with: person } = event;
    keep(room, line, person ?? "");
    const place = placeOf(room, person);
    if (line.own || line.backfilled || place === looked) return;
    const before = unread.get(place) ?? { lines: 0, mentions: 0 };
    const now = { lines: before.lines + 1, mentions: before.mentions + (line.mentionsMe || person ? 1 : 0) };
    unread.set(place, now);
    tell(unreadChanged(room, person, now));
  }

  /** @param {number} key @param {(line: Line) => Line} change */
  function replace(key, change) {
    const kept = lines.get(key);
    if (!kept) throw { kind: "noSuchLine" };
    kept.line = change(kept.line);
    tell({ kind: "lineReplaced", room: kept.room, ...withPerson(kept.with), line: kept.line });
  }

  /** @type {Record<string, (args: any) => unknown>} */
  const commands = {
    say: ({ room, text, with: person, replyTo }) => {
      const answered = lines.get(replyTo)?.line;
      const reply = answered ? { key: answered.key, author: answered.author, excerpt: (answered.share?.name ?? answered.text).slice(0, 80), gone: false } : null;
      const of = person ? 1 : 2;
      const line = { ...ourLine(`said-${++said}`, text), reply, delivery: delivery(0, of) };
      if (person) tell({ kind: "directChanged", room, direct: directOf(room, person) });
      tell({ kind: "lineAdded", room, ...withPerson(person), line });
      setTimeout(() => tell({ kind: "lineChanged", room, ...withPerson(person), id: line.id, key: line.key, delivery: delivery(of, of) }), 50);
      return line.id;
    },
    edit: ({ line, text }) => replace(line, (it) => ({ ...it, text, html: ourLine("", text).html, edited: true })),
    delete_line: ({ line }) =>
      replace(line, (it) => ({ ...it, text: "", html: ourLine("", "").html, deleted: true, reactions: [], reply: null })),
    react: ({ line, emoji, on }) =>
      replace(line, (it) => {
        const us = me().name;
        const others = it.reactions.find((reaction) => reaction.emoji === emoji)?.names.filter((name) => name !== us) ?? [];
        const names = on ? [...others, us] : others;
        const rest = it.reactions.filter((reaction) => reaction.emoji !== emoji);
        return { ...it, reactions: names.length > 0 ? [...rest, { emoji, names, own: on }] : rest };
      }),
    resend: ({ line }) => {
      const kept = lines.get(line);
      if (!kept) throw { kind: "noSuchLine" };
      const { of } = kept.line.delivery;
      tell({ kind: "lineChanged", room: kept.room, ...withPerson(kept.with), id: kept.line.id, key: line, delivery: delivery(of, of) });
    },
    look: ({ room, with: person }) => {
      looked = room === null ? null : placeOf(room, person);
      if (looked === null || (unread.get(looked)?.lines ?? 0) === 0) return;
      unread.set(looked, { lines: 0, mentions: 0 });
      tell(unreadChanged(room, person, { lines: 0, mentions: 0 }));
    },
    mute_room: ({ room, muted }) => setRoom(room, { muted }),
    set_rules: ({ room, rules }) => setRoom(room, { rules }),
    judge: ({ person, standing }) => {
      const found = [...peers].flatMap(([room, all]) => [...all.values()].filter((it) => it.person === person).map((peer) => ({ room, peer })));
      const name = found[0]?.peer.name ?? judged.find((it) => it.person === person)?.name ?? person;
      judged = judged.filter((it) => it.person !== person);
      if (standing !== "normal") judged = [...judged, { person, name, animalName: found[0]?.peer.animalName ?? null, standing }];
      tell({ kind: "judgedChanged", judged });
      for (const { room, peer } of found) {
        if (standing === "blocked") {
          tell({ kind: "peerLeft", room, peerId: peer.peerId }, { kind: "noticeAdded", room, notice: { id: ++said, time: Date.now(), what: { kind: "blocked", name } } });
        } else tell({ kind: "peerChanged", room, peer: { ...peer, standing } });
      }
    },
    search: ({ room, with: person, text }) =>
      [...lines.values()]
        .filter((it) => it.room === room && it.with === (person ?? undefined) && plain(it.line).includes(text.trim().toLowerCase()))
        .map((it) => it.line.key),
    emojis: ({ query }) => EMOJIS.filter(({ name, shortcode }) => `${name} ${shortcode}`.includes(query.toLowerCase())),
    load_remote: ({ url }) => {
      if (url.includes("missing")) throw { kind: "notFetched", fault: "unreachable" };
      if (url.includes("inside")) throw { kind: "notFetched", fault: "privateAddress" };
      if (url.includes("huge")) throw { kind: "notFetched", fault: "tooLarge" };
      if (url.includes("slow")) return new Promise(() => {});
      return { mime: "image/png", dataUrl: PICTURE };
    },
    set_typing: () => {},
  };

  /** @param {string} room @param {Partial<{ muted: boolean, rules: Rules }>} change */
  function setRoom(room, change) {
    const now = { muted: false, rules: { slow: false, plainStrangers: false, autoMedia: false }, ...rooms.get(room), ...change };
    rooms.set(room, now);
    tell({ kind: "roomChanged", room, ...now });
  }

  /** @param {string} room @param {string} person @returns {Direct} */
  function directOf(room, person) {
    const peer = [...(peers.get(room)?.values() ?? [])].find((it) => it.person === person);
    return { with: person, name: peer?.name ?? person, peerId: peer?.peerId ?? null, animalName: peer?.animalName ?? null, imitates: peer?.imitates ?? null };
  }

  return { commands, observe };
}

/** @param {string | null | undefined} person @returns {{ with?: string }} */
const withPerson = (person) => (person ? { with: person } : {});

/** @param {string} room @param {string | null | undefined} person @param {Unread} unread @returns {RoomEvent} */
const unreadChanged = (room, person, unread) => ({ kind: "unreadChanged", room, ...withPerson(person), unread });

/** @param {Line} line */
const plain = ({ text, html }) => (text || html.replace(/<[^>]+>/g, "")).toLowerCase();

/** @type {Emoji[]} */
const EMOJIS = [
  ["👍", "thumbs up", "+1"],
  ["❤️", "red heart", "heart"],
  ["😂", "face with tears of joy", "joy"],
  ["🎉", "party popper", "tada"],
  ["😮", "face with open mouth", "open_mouth"],
  ["😢", "crying face", "cry"],
  ["🙏", "folded hands", "pray"],
  ["🔥", "fire", "fire"],
  ["👀", "eyes", "eyes"],
  ["✅", "check mark button", "white_check_mark"],
  ["🚀", "rocket", "rocket"],
  ["🦚", "peacock", "peacock"],
  ["🦊", "fox", "fox_face"],
  ["🦦", "otter", "otter"],
  ["⛴️", "ferry", "ferry"],
  ["⚓", "anchor", "anchor"],
  ["🍵", "teacup without handle", "tea"],
  ["🌊", "water wave", "ocean"],
  ["☀️", "sun", "sunny"],
  ["🌧️", "cloud with rain", "cloud_with_rain"],
].map(([emoji = "", name = "", shortcode = ""]) => ({ emoji, name, shortcode }));

/** A small sea under a sky. */
const PICTURE =
  "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAHgAAABICAIAAACyfKYoAAAAu0lEQVR42u3XMQ2AUBBEwdWADaTgABFoovoGkIYBWkJHQjYUk2x11033Mh/DCgsC0KANNGjQFECDNtCgQVMADdpAgwZtoEEbaNCgDTRoAw0atIEGbaBBgzbQoA00aNAGGrSB/iH0tG73nfvyuHh98gqUzitQOq9A6bwCpfMKlM4rUDqvQOm8AqXzEiyCRbB4CRbBIligCBbB4iVYBItggSJYBIuXYBEsggWKYBEsXoJFsAgWKIJFsHi9fF3wROUjb3CFYQAAAABJRU5ErkJggg==";
