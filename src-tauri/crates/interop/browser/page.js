/**
 * A peer as a browser is one: the published Trystero library, and on it what Chitchatter says.
 *
 * `window.peer` is driven by driver.mjs; all that happens is told through `window.report` and kept
 * in `window.events`.
 */
import { joinRoom, selfId } from "@trystero-p2p/torrent";

/** Chitchatter's numbered actions. */
const MESSAGE = 0;
const MEDIA = 1;
const TRANSCRIPT = 2;
const METADATA = 3;
const OFFER = 7;
const TYPING = 8;
const ACTION_COUNT = 9;

/** Where the name of an action stands in what comes over a data channel, and how long it may be. */
const [ACTION_AT, ACTION_LENGTH] = [67, 32];

/** The longest transcript Chitchatter keeps. */
const TRANSCRIPT_LIMIT = 150;

const utf8 = (text) => new TextEncoder().encode(text);
const toBase64 = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)));
const fromBase64 = (text) => Uint8Array.from(atob(text), (it) => it.charCodeAt(0));

const sha256 = (text) => crypto.subtle.digest("SHA-256", utf8(text));

const RSA = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };

/** Who one is outlives the page, as a stored profile does: a page that is loaded again is a new session of the same person. */
const identity = async () => {
  const kept = JSON.parse(sessionStorage.getItem("identity") ?? "null");
  if (kept) {
    const privateKey = await crypto.subtle.importKey("jwk", kept.privateKey, RSA, true, ["sign"]);
    return { ...kept, privateKey };
  }
  const made = await crypto.subtle.generateKey(
    { ...RSA, modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) },
    true,
    ["sign", "verify"],
  );
  const userId = crypto.randomUUID();
  const publicKeyString = toBase64(await crypto.subtle.exportKey("spki", made.publicKey));
  const privateKey = await crypto.subtle.exportKey("jwk", made.privateKey);
  sessionStorage.setItem("identity", JSON.stringify({ userId, publicKeyString, privateKey }));
  return { userId, publicKeyString, privateKey: made.privateKey };
};
const { userId, publicKeyString, privateKey } = await identity();

/** @type {object[]} */
window.events = [];

/** What happens is told in order, though `report` is answered later. */
const tell = (event) => {
  window.events.push(event);
  window.report(event);
};

/** Everything that comes is told by its name before anything makes sense of it, so that it is seen also where nobody asked for it. */
const { set: listen, ...rest } = Object.getOwnPropertyDescriptor(RTCDataChannel.prototype, "onmessage");
Object.defineProperty(RTCDataChannel.prototype, "onmessage", {
  ...rest,
  set(hear) {
    listen.call(this, (message) => {
      const bytes = message.data instanceof ArrayBuffer ? new Uint8Array(message.data) : new Uint8Array();
      const name = bytes.slice(ACTION_AT, ACTION_AT + ACTION_LENGTH);
      if (bytes[0] === 1) tell({ kind: "came", name: new TextDecoder().decode(name).replace(/\0+$/, "") });
      hear(message);
    });
  },
});

/** The rooms we are in, by name. */
const rooms = new Map();

const sign = async (room) =>
  toBase64(await crypto.subtle.sign(RSA, privateKey, utf8(`${room}_${userId}`)));

const isSignedBy = async (room, metadata) => {
  const key = await crypto.subtle.importKey(
    "spki",
    fromBase64(metadata.publicKeyString),
    RSA,
    false,
    ["verify"],
  );
  const signature = fromBase64(metadata.identitySignatureBase64);
  return crypto.subtle.verify(RSA, key, signature, utf8(`${room}_${metadata.userId}`));
};

/**
 * Enters a room.
 * @param {{room: string, origin: string, password?: string, trackers: string[], name?: string, bare?: boolean}} wish
 *   With a password the room is private; a `bare` peer only says and hears messages.
 */
const join = async ({ room, origin, password, trackers, name = "", bare = false }) => {
  const secret = password && toBase64(await sha256(`${room}_${password}`));
  const config = {
    appId: `${encodeURI(origin)}_undefined`,
    password: secret ?? room,
    relayConfig: { urls: trackers, redundancy: 4 },
    rtcConfig: { iceServers: [] },
  };
  const joined = joinRoom(config, room, {
    onJoinError: ({ error, peerId }) => tell({ kind: "joinError", room, peerId, error }),
  });
  const log = [];
  const actions = {};
  const numbers = bare ? [MESSAGE] : [...Array(ACTION_COUNT).keys()];
  for (const number of numbers) actions[`g.${number}`] = joined.makeAction(`g.${number}`);
  if (!bare) {
    for (const number of [MESSAGE, TYPING]) {
      actions[`dm.${number}`] = joined.makeAction(`dm.${number}`);
    }
  }
  const metadata = {
    userId,
    customUsername: name,
    publicKeyString,
    identitySignatureBase64: await sign(room),
  };

  joined.onPeerJoin = async (peerId) => {
    tell({ kind: "peerJoined", room, peerId });
    if (bare) return;
    await actions[`g.${METADATA}`].send(metadata, { target: peerId });
    if (!secret) await actions[`g.${TRANSCRIPT}`].send([...log], { target: peerId });
    const { offer } = rooms.get(room) ?? {};
    if (offer) await actions[`g.${OFFER}`].send(offer, { target: peerId });
  };
  joined.onPeerLeave = (peerId) => tell({ kind: "peerLeft", room, peerId });

  const keep = (entry) => {
    log.push({ ...entry, timeReceived: Date.now() });
    if (log.length > TRANSCRIPT_LIMIT) log.shift();
  };
  for (const [action, channel] of Object.entries(actions)) {
    channel.onMessage = (data, { peerId }) => {
      tell({ kind: "heard", room, peerId, action, data, at: performance.now() });
      if (action === `g.${MESSAGE}` || action === `g.${MEDIA}`) keep(data);
      // Only an empty log takes what another remembers.
      if (action === `g.${TRANSCRIPT}` && log.length === 0) log.push(...data);
      if (action === `g.${METADATA}`) {
        isSignedBy(room, data)
          .then((verified) => {
            tell({ kind: "known", room, peerId, userId: data.userId, verified });
            actions[`g.${TYPING}`].send({ isTyping: false }, { target: peerId });
          })
          .catch((error) => tell({ kind: "unknowable", room, peerId, error: String(error) }));
      }
    };
  }
  rooms.set(room, { joined, actions, keep, metadata, trackers });
};

/** Says something to everyone, or only to one peer in its dialog. */
const say = async ({ room, text, to }) => {
  const { actions, keep } = rooms.get(room);
  const message = { authorId: userId, text, timeSent: Date.now(), id: crypto.randomUUID() };
  if (to) await actions[`dm.${MESSAGE}`].send(message, { target: to });
  else {
    await actions[`g.${MESSAGE}`].send(message);
    keep(message);
  }
  return message;
};

/** Only whoever moves files needs all that is needed for it. */
const files = () => import("/files.js");

/** Those files that a transcript shows by themselves. */
const isMedia = ({ type }) => /^(image|audio|video)\//.test(type);

/**
 * Offers the files that were chosen, as the last thing offered.
 * @param {{room: string, files: {name?: string, type?: string}[]}} wish What each is called, and of
 *   which kind it is said to be, where that is not what the browser makes of it.
 */
const offer = async ({ room, files: wanted }) => {
  const here = rooms.get(room);
  const { actions, keep, trackers } = here;
  const chosen = [...document.querySelector("input").files].map((file, at) => {
    const { name = file.name, type = file.type } = wanted[at];
    return name === file.name && type === file.type ? file : new File([file], name, { type });
  });
  const { give } = await files();
  const magnetURI = await give(room, trackers, chosen);
  const media = chosen.filter(isMedia);
  let mediaMagnet = null;
  if (media.length > 0) {
    mediaMagnet = await give(room, trackers, media);
    const message = { authorId: userId, magnetURI: mediaMagnet, timeSent: Date.now(), id: crypto.randomUUID() };
    await actions[`g.${MEDIA}`].send(message);
    keep(message);
  }
  here.offer = { magnetURI, isAllInlineMedia: media.length === chosen.length };
  await actions[`g.${OFFER}`].send(here.offer);
  return { ...here.offer, mediaMagnet };
};

/** Takes the last offer back; unlike Chitchatter, which forgets to, stops giving it too. */
const withdraw = async ({ room }) => {
  const here = rooms.get(room);
  const { magnetURI } = here.offer;
  here.offer = null;
  await here.actions[`g.${OFFER}`].send(null);
  (await files()).withhold(here.trackers, magnetURI);
};

/** Fetches what is behind a magnet link, and hands it over under the name `save`. */
const fetchFiles = async ({ room, trackers, magnet, save, limit }) => {
  const { take } = await files();
  const post = async (index, body) => {
    const { ok, status } = await fetch(`/saved/${save}/${index}`, { method: "POST", body });
    if (!ok) throw new Error(`it cannot be handed over: ${status}`);
  };
  const late = new Promise((_, reject) => {
    setTimeout(() => reject(new Error("it did not come in time")), limit);
  });
  return Promise.race([take(room, trackers, magnet, post), late]);
};

/** Sends any payload as any action, to try what no honest page would send. */
const send = ({ room, action, data }) => {
  const { joined, actions } = rooms.get(room);
  actions[action] ??= joined.makeAction(action);
  return actions[action].send(data);
};

/** Takes another name, and tells everyone. */
const rename = ({ room, name }) => {
  const { actions, metadata } = rooms.get(room);
  metadata.customUsername = name;
  return actions[`g.${METADATA}`].send(metadata);
};

/** Starts or stops typing, to all or to one peer in its dialog. */
const type = ({ room, isTyping, to }) => {
  const { actions } = rooms.get(room);
  return to
    ? actions[`dm.${TYPING}`].send({ isTyping }, { target: to })
    : actions[`g.${TYPING}`].send({ isTyping });
};

/** How many connections there are to a peer in these rooms, and in how many of them it is. */
const connections = ({ rooms: names, to }) => {
  const all = names.map((room) => rooms.get(room)?.joined.getPeers()[to]).filter(Boolean);
  return { rooms: all.length, connections: new Set(all).size };
};

const leave = async ({ room }) => {
  await rooms.get(room).joined.leave();
  rooms.delete(room);
};

/** The candidates of both ends of each connection, as the page sees them. */
const candidates = async ({ room }) => {
  const found = [];
  for (const [peerId, connection] of Object.entries(rooms.get(room).joined.getPeers())) {
    const remote = connection.remoteDescription?.sdp ?? "";
    const local = connection.localDescription?.sdp ?? "";
    const lines = (sdp) => sdp.split("\r\n").filter((it) => it.startsWith("a=candidate:"));
    found.push({ peerId, local: lines(local), remote: lines(remote) });
  }
  return found;
};

window.peer = {
  selfId,
  userId,
  join,
  say,
  send,
  rename,
  type,
  leave,
  candidates,
  connections,
  offer,
  withdraw,
  fetchFiles,
};
