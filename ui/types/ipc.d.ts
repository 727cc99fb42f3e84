// Written by `cargo test -p view` from the Rust types; do not edit.

/** HTML that only the crate `render` makes. A plain string is not one. */
export type SafeHtml = string & { readonly __safe: unique symbol };

export type Snapshot = {
  /** Who we are. */
  self: Me,
  /** The origin rooms are joined in unless another is named. */
  home: string,
  /** The rooms joined. */
  rooms: Array<Room>,
  /** The trackers in use. */
  trackers: Array<Tracker>,
  /** What the person has not dismissed yet, oldest first. */
  problems: Array<Problem>,
  /** Whom the person has muted or blocked. */
  judged: Array<Judged>,
  /** What is fetched and given, of all rooms. */
  transfers: Array<Transfer>,
};

export type Event = { "kind": "joined",
  /** The room's key: what commands and other events call it. */
  room: string,
  /** The room's name within its origin. */
  name: string,
  /** Which Chitchatter world it is in. */
  origin: string,
  /** Whether it takes a secret to come in. */
  private: boolean,
  /** Who we are there. */
  self: Me,
  /** How others come there. */
  links: Links,
} | { "kind": "left",
  /** The room. */
  room: string,
} | { "kind": "trackerChanged" } & Tracker | { "kind": "trackerGone",
  /** Its address. */
  url: string,
} | { "kind": "peerJoined",
  /** The room. */
  room: string,
  /** The peer. */
  peer: Peer,
} | { "kind": "peerChanged",
  /** The room. */
  room: string,
  /** The peer, as it is now. */
  peer: Peer,
} | { "kind": "peerLeft",
  /** The room. */
  room: string,
  /** The peer. */
  peerId: string,
} | { "kind": "lineAdded",
  /** The room. */
  room: string,
  /** The person it is shared with alone; absent for the room's own transcript. */
  with?: string,
  /** The line. */
  line: Line,
} | { "kind": "lineChanged",
  /** The room. */
  room: string,
  /** The person it is shared with alone. */
  with?: string,
  /** The line's id. */
  id: string,
  /** The same line's key. */
  key: number,
  /** How far it got. */
  delivery: Delivery,
} | { "kind": "lineReplaced",
  /** The room. */
  room: string,
  /** The person it is shared with alone. */
  with?: string,
  /** The line, as it is now; its key is the same. */
  line: Line,
} | { "kind": "directChanged",
  /** The room it goes through. */
  room: string,
  /** Whom it is with. */
  direct: Direct,
} | { "kind": "directMoved",
  /** The room it goes through. */
  room: string,
  /** Whom it seemed to be with; there is no such talk any more. */
  from: string,
  /** The talk as it is now. */
  talk: DirectTalk,
} | { "kind": "unreadChanged",
  /** The room. */
  room: string,
  /** A private talk of it; absent for the room's own transcript. */
  with?: string,
  /** From now on. */
  unread: Unread,
} | { "kind": "roomChanged",
  /** The room. */
  room: string,
  /** Whether it is mute. */
  muted: boolean,
  /** Its rules. */
  rules: Rules,
} | { "kind": "judgedChanged",
  /** All of them. */
  judged: Array<Judged>,
} | { "kind": "noticeAdded",
  /** The room. */
  room: string,
  /** What. */
  notice: Notice,
} | { "kind": "typingChanged",
  /** The room. */
  room: string,
  /** The peer. */
  peerId: string,
  /** Whether it types to us alone. */
  direct: boolean,
  /** Whether it types. */
  typing: boolean,
} | { "kind": "meChanged",
  /** Who we are now. */
  self: Me,
} | { "kind": "problemAdded",
  /** What. */
  problem: Problem,
} | { "kind": "problemGone",
  /** Which. */
  id: number,
} | { "kind": "linkOpened",
  /** The link, as it came; `read_link` says what it is. */
  link: string,
} | { "kind": "placeOpened",
  /** The room. */
  room: string,
  /** A private talk of it; absent for the room's own transcript. */
  with?: string,
} | { "kind": "transferChanged",
  /** As it is now. */
  transfer: Transfer,
} | { "kind": "transferGone",
  /** The room. */
  room: string,
  /** What is shared. */
  key: string,
} | { "kind": "filesHovering",
  /** Whether they are. */
  over: boolean,
} | { "kind": "filesDropped",
  /** What they are. */
  chosen: Chosen,
} | { "kind": "dropRefused",
  /** Why. */
  refusal: Refusal,
} | { "kind": "endAsked" } | { "kind": "settingsChanged",
  /** As they are now. */
  settings: Settings,
};

export type Room = {
  /** Its key: what commands and events call it. */
  room: string,
  /** Its name within its origin. */
  name: string,
  /** Which Chitchatter world it is in. */
  origin: string,
  /** Whether it takes a secret to come in. */
  private: boolean,
  /** How others come there. */
  links: Links,
  /** The transcript, oldest first. */
  entries: Array<Entry>,
  /** Who is there besides us. */
  peers: Array<Peer>,
  /** What of the transcript the person has not seen. */
  unread: Unread,
  /** Whether it is mute. */
  muted: boolean,
  /** How it treats people one does not know. */
  rules: Rules,
  /** The private talks that go through it. */
  directs: Array<DirectTalk>,
};

export type Links = {
  /** For a browser; holds no secret. */
  web: string,
  /** For this program; holds no secret. */
  app: string,
  /** With the secret of a private room in them. Absent for public rooms. */
  secret?: SecretLinks,
};

export type SecretLinks = {
  /** For a browser. */
  web: string,
  /** For this program. */
  app: string,
};

export type DirectTalk = {
  /** Whom it is with. */
  direct: Direct,
  /** The transcript, oldest first. */
  entries: Array<Entry>,
  /** What of it the person has not seen. */
  unread: Unread,
  /** Whether the other is typing to us. */
  typing: boolean,
};

export type Direct = {
  /** Who. */
  with: string,
  /** What they are called, or were when last seen. */
  name: string,
  /** Their session; null while they are away. */
  peerId: string | null,
  /** The name they cannot choose; null where they are known by their session alone. */
  animalName: string | null,
  /** Whom their name may be taken for, or could be when last seen; null if nobody. */
  imitates: Likeness | null,
};

export type Unread = {
  /** Lines. */
  lines: number,
  /** Those of them that name the person, or are for them alone. */
  mentions: number,
};

export type Rules = {
  /** Whether strangers say little at a time. */
  slow: boolean,
  /** Whether links and media of strangers are shown as bare text. */
  plainStrangers: boolean,
  /** Whether pictures and sounds of everybody else are shown by themselves. */
  autoMedia: boolean,
};

export type Judged = {
  /** Who. */
  person: string,
  /** What they were called then. */
  name: string,
  /** The name they cannot choose; null where they are known by their session alone. */
  animalName: string | null,
  /** What we decided. */
  standing: Standing,
};

export type Standing = "normal" | "known" | "muted" | "blocked";

export type Me = {
  /** This session. */
  peerId: string,
  /** The profile. */
  userId: string,
  /** The custom name, or else the animal name. */
  name: string,
  /** The custom name; may be empty. */
  customName: string,
  /** The name derived from the user id. */
  animalName: string,
  /** The public key others know us by. */
  publicKey: string,
  /** The same in digits that can be read aloud. */
  fingerprint: string,
};

export type Peer = {
  /** Its session. */
  peerId: string,
  /** Whose profile it claims; null while it has not said. */
  userId: string | null,
  /** What to call it. */
  name: string,
  /** The custom name; may be empty. */
  customName: string,
  /** The name derived from the user id; empty while unidentified. */
  animalName: string,
  /** The public key it says is its own; null while it has shown none. */
  publicKey: string | null,
  /** The same in digits that can be read aloud. */
  fingerprint: string | null,
  /** Whether its signature is right; `verification` says more. */
  verified: boolean,
  /** What is known of its identity. */
  verification: Verification,
  /** Whether it runs this program rather than a browser page. */
  native: boolean,
  /** How the connection runs. */
  path: Path,
  /** Whether it is typing. */
  typing: boolean,
  /** Who it is, beyond this session: what commands about a person take. */
  person: string,
  /** What we decided about it. */
  standing: Standing,
  /** Whether it is no stranger: its identity is verified, and it is somebody the person marked as
 * known or has spoken with in this session. */
  known: boolean,
  /** Whether it says more than is shown at once. */
  slowed: boolean,
  /** Whom the name it chose may be taken for, who had that name first; null if nobody. */
  imitates: Likeness | null,
  /** Whether the same profile came with another key before. */
  keyChanged: boolean,
  /** Whether it has proven to hold its profile's key. */
  proof: Proof,
  /** Whether it understands replies, edits, deletions and reactions. */
  talks: boolean,
};

export type Likeness = { "kind": "person",
  /** What they are or were called. */
  name: string,
} | { "kind": "ours" } | { "kind": "oneself" };

export type Verification = "verified" | "unverified" | "unidentified";

export type Proof = "none" | "awaited" | "proven" | "missing";

export type Path = "unknown" | "direct" | "relayed";

export type Entry = { "kind": "line",
  /** The message. */
  line: Line,
} | { "kind": "notice",
  /** The quiet line. */
  notice: Notice,
};

export type Line = {
  /** Chosen by its author. */
  id: string,
  /** Who sent it to us, or passed it on. */
  peerId: string,
  /** The author's name when the line came. */
  author: string,
  /** The author's profile; null while unknown. */
  authorId: string | null,
  /** Markdown, as its author typed it. */
  text: string,
  /** The same, to be shown. */
  html: SafeHtml,
  /** Unix milliseconds by the author's clock. */
  timeSent: number,
  /** Unix milliseconds by ours. */
  timeReceived: number,
  /** Whether we said it. */
  own: boolean,
  /** Whether it was passed on by another peer; then nobody vouches for its author. */
  backfilled: boolean,
  /** Whether it claimed an author other than its sender. */
  misattributed: boolean,
  /** How far it got; all zero for lines of others. */
  delivery: Delivery,
  /** What this process calls it: what commands about a line take. */
  key: number,
  /** What it answers; null if nothing. */
  reply: Reply | null,
  /** Whether its author said it differently before. */
  edited: boolean,
  /** Whether its author took it back; then there is no text. */
  deleted: boolean,
  /** The emoji on it. */
  reactions: Array<Reaction>,
  /** Whether it names us. */
  mentionsMe: boolean,
  /** Why it is folded away until asked for; null if it is not. */
  folded: Fold | null,
  /** What it offers, where it offers files; then there is no text. */
  share: Share | null,
  /** The name its author cannot choose; null while unknown. */
  animalName: string | null,
  /** Whom the author's name could be taken for when the line came; null if nobody. */
  imitates: Likeness | null,
};

export type Reply = {
  /** The line's key; null where it is not known here. */
  key: number | null,
  /** Who said it, as far as known. */
  author: string,
  /** Its beginning, as text, as it is now. */
  excerpt: string,
  /** Whether its author took it back. */
  gone: boolean,
};

export type Reaction = {
  /** The emoji. */
  emoji: string,
  /** Who put it there, as they are called. */
  names: Array<string>,
  /** Whether we did. */
  own: boolean,
};

export type Fold = "flood" | "slow" | "muted" | "blocked";

export type Delivery = {
  /** Peers it was handed to. */
  reached: number,
  /** Peers it is meant for. */
  of: number,
  /** Peers that have it for certain. */
  received: number,
  /** Whether somebody it was meant for went before they had it. */
  failed: boolean,
};

export type Share = {
  /** What commands about it call it. */
  key: string,
  /** The name of the file or folder, or of the first of several files. */
  name: string,
  /** How many files it has; null while it is not known. */
  files: number | null,
  /** All of them together in bytes; null while it is not known. */
  size: number | null,
  /** What it is. */
  kind: ShareKind,
  /** A small picture of it, as a `data:` address of a JPEG made by its sender. */
  thumbnail: string | null,
  /** The names of some who have all of it, besides us. */
  holders: Array<string>,
  /** How many have all of it whose names are not told. */
  moreHolders: number,
  /** Whether nobody who has it is there any more. */
  gone: boolean,
  /** Whether whoever offered it took it back. */
  withdrawn: boolean,
  /** Whether it was sent to be shown among what is said, as browsers do with media. */
  inline: boolean,
  /** Whether nothing of it is shown until it is asked for: it is of somebody one does not know,
 * and the room is plain for them. */
  plain: boolean,
};

export type ShareKind = "file" | "folder" | "image" | "audio" | "video";

export type Transfer = {
  /** The room it is shared in. */
  room: string,
  /** What commands about it call it, as its line does. */
  key: string,
  /** The name of the file or folder, or of the first of several files. */
  name: string,
  /** What it is. */
  kind: ShareKind,
  /** Whether it is we who offer it. */
  own: boolean,
  /** What it is doing. */
  state: TransferState,
  /** The bytes here; of what we offer, those made ready. */
  have: number,
  /** All bytes; null while it is not known. */
  total: number | null,
  /** Bytes in a second, fetched or given. */
  speed: number,
  /** How long it will take at this speed, in milliseconds; null while nobody can tell. */
  leftMs: number | null,
  /** How many it is fetched from, or given to, at this moment. */
  peers: number,
  /** Whether it waits for somebody who has it. */
  stalled: boolean,
  /** Its files; none while they are not known. */
  files: Array<TransferFile>,
  /** The folder it is kept in; null for what is held in memory. */
  folder: string | null,
  /** Why it failed. Null unless it did. */
  reason: TransferFault | null,
};

export type TransferState = "preparing" | "waiting" | "fetching" | "paused" | "saving" | "done" | "failed" | "giving" | "withdrawn";

export type TransferFile = {
  /** Where it is within the transfer, counted from zero: what commands about a file take. */
  index: number,
  /** Its name, with the folders it lies in. */
  name: string,
  /** Its length in bytes. */
  size: number,
  /** What it is, by its name; never a folder. */
  kind: ShareKind,
  /** What it is called in the folder it is kept in, once it is there. */
  pathShown: string | null,
  /** Its media type, by its name and from our own list, where it can be shown or played in the
 * window. Null for what is too large, or of a type that can hold a program. */
  mime: string | null,
  /** Whether opening it may run what is in it: then it is only shown in its folder. */
  runs: boolean,
};

export type TransferFault = { "kind": "noRoom",
  /** How much is still to come, in bytes. */
  needed: number,
  /** How much must stay free beside that, in bytes. */
  spare: number,
  /** How much is free, in bytes. */
  free: number,
} | { "kind": "tooLarge" } | { "kind": "tooLargeToShow" } | { "kind": "badName" } | { "kind": "wrongHash" } | { "kind": "notAsOffered" } | { "kind": "cannotWrite" } | { "kind": "cannotRead" } | { "kind": "changed" } | { "kind": "noLongerThere" } | { "kind": "refused" } | { "kind": "nobodyAnswers" } | { "kind": "cannotOpen" } | { "kind": "calledOff" };

export type Chosen = {
  /** What commands about them call them. */
  id: number,
  /** The name of the first. */
  name: string,
  /** How many files there are, those in folders too. */
  files: number,
  /** All of them together, in bytes. */
  size: number,
};

export type Notice = {
  /** Counts up in one process. */
  id: number,
  /** Unix milliseconds. */
  time: number,
  /** What happened. */
  what: NoticeKind,
};

export type NoticeKind = { "kind": "joined",
  /** Their session. */
  peerId: string,
  /** Who. */
  name: string,
  /** The name they cannot choose; absent while they are unidentified. */
  animalName?: string,
  /** Whom their name may be taken for. */
  imitates?: Likeness,
} | { "kind": "left",
  /** Who. */
  name: string,
} | { "kind": "lost",
  /** Who. */
  name: string,
} | { "kind": "renamed",
  /** Their session. */
  peerId: string,
  /** The name before. */
  from: string,
  /** The name now. */
  to: string,
  /** The name they cannot choose. */
  animalName?: string,
  /** Whom the new name may be taken for. */
  imitates?: Likeness,
} | { "kind": "slowed",
  /** Who. */
  name: string,
} | { "kind": "blocked",
  /** Who. */
  name: string,
};

export type Tracker = {
  /** Its address. */
  url: string,
  /** What it is doing. */
  state: TrackerState,
  /** Why it failed. Present only then. */
  reason?: TrackerFailure,
  /** The HTTP status it refused with, where there was one. */
  status?: number,
  /** What it said when it rejected us, in its own words. */
  message?: string,
  /** Whether it is part of this program or on the local network. */
  local: boolean,
  /** When it will be tried again, Unix milliseconds. */
  retryAt?: number,
};

export type TrackerState = "closed" | "connecting" | "open" | "failed";

export type TrackerFailure = "unreachable" | "refused" | "tls" | "rejected" | "silent" | "garbage" | "flooded" | "closed" | "badAddress" | "proxy";

export type Problem = {
  /** Counts up in one process. */
  id: number,
  /** When, Unix milliseconds. */
  time: number,
  /** What. */
  what: ProblemKind,
};

export type ProblemKind = { "kind": "otherPassword",
  /** The room. */
  room: string,
  /** Whether somebody was met there under ours, which is right then. */
  met: boolean,
} | { "kind": "cutOff",
  /** The room. */
  room: string,
  /** The peer's name. */
  name: string,
  /** What it did. */
  offence: Offence,
} | { "kind": "noTracker" } | { "kind": "nowhereToMeet" } | { "kind": "notKept" } | { "kind": "unconnectable",
  /** The room. */
  room: string,
};

export type Offence = "oversized" | "nonsense" | "stalled";

export type JoinRequest = {
  /** The room's name, or any link to it. */
  text: string,
  /** Who may come in, where `text` is a bare name; a link says so itself. */
  access: Access,
  /** The password, where it takes one and the link brings none. */
  password?: string,
};

export type Access = "public" | "private";

export type ParsedLink = {
  /** Whether it is a link; otherwise it is the bare name of a room. */
  link: boolean,
  /** The room's name. */
  name: string,
  /** Which Chitchatter world it is in. */
  origin: string,
  /** Whether that is another world than the person's own. */
  elsewhere: boolean,
  /** Who may come in. A bare name says nothing of it and counts as public. */
  access: Access,
  /** Whether the link brings what it takes to come in. */
  hasSecret: boolean,
  /** Trackers the link asks to use beside the person's own. */
  trackers: Array<string>,
};

export type SuggestedKind = "uuid" | "passphrase";

export type Suggestion = {
  /** The name or password. */
  text: string,
  /** How hard it is to guess: whoever tries needs two to the power of this many attempts. */
  bits: number,
};

export type QrCode = {
  /** How many squares a side has. */
  size: number,
  /** All squares, line by line: `1` is dark, `0` is light. */
  modules: string,
};

export type Pins = {
  /** All of them, in order of their keys. */
  rooms: Array<Pinned>,
  /** Where they are remembered. */
  where: PinPlace,
};

export type Servers = {
  /** The addresses of trackers. */
  trackers: Array<string>,
  /** STUN and TURN servers. */
  iceServers: Array<IceServer>,
};

export type Pinned = {
  /** What the room is called once it is joined. */
  room: string,
  /** Its name. */
  name: string,
  /** The world it is in. */
  origin: string,
  /** Whether it takes a password. */
  private: boolean,
  /** What joins it; of a private room the secret is in it. */
  link: string,
};

export type PinPlace = "keyring" | "file" | "memory";

export type RemoteImage = {
  /** What kind of image, as written anew by us. */
  mime: string,
  /** The image itself. */
  dataUrl: string,
  /** Its width in pixels. */
  width: number,
  /** Its height in pixels. */
  height: number,
};

export type Emoji = {
  /** The emoji. */
  emoji: string,
  /** What it shows, in English. */
  name: string,
  /** What it is typed as, without the colons; empty where it has no such name. */
  shortcode: string,
};

export type Imported = {
  /** Whether rooms are open that keep the person before until they are joined again. */
  roomsKeepTheOld: boolean,
};

export type Settings = {
  /** Which Chitchatter world rooms are joined in, unless a link says otherwise. */
  origin: string,
  /** Whether others on the local network are found without the internet. */
  lan: boolean,
  /** The trackers to use; `null` for those of the configuration. */
  trackers: Array<string> | null,
  /** The STUN and TURN servers to use; `null` for those of the configuration. */
  iceServers: Array<IceServer> | null,
  /** Whether connections go through a TURN server only, so that nobody learns our address. */
  relayOnly: boolean,
  /** The proxy to reach trackers through, `socks5://…` or `http://…`; `null` for none. */
  proxy: string | null,
  /** Whether others are told that one is typing. */
  typing: boolean,
  /** The sound of a new message. */
  sound: Sound,
  /** Notifications of the desktop. */
  notifications: Notifications,
  /** Whether nothing sounds or pops up for now. */
  doNotDisturb: boolean,
  /** Whether there is an icon in the tray, where the app stays when its window is closed. */
  tray: boolean,
  /** Whether it starts there, without a window. */
  startHidden: boolean,
  /** The folder for what is fetched; `null` while the person was not asked. */
  downloads: string | null,
  /** Light or dark. */
  theme: Theme,
  /** How large text is. */
  textSize: TextSize,
  /** How close lines stand. */
  density: Density,
  /** The language of the window. */
  language: Language,
};

export type IceServer = {
  /** `stun:host:port` or `turn:host:port`. */
  urls: Array<string>,
  /** The login of a TURN server. */
  username?: string,
  /** Its password. */
  credential?: string,
};

export type Sound = {
  /** Whether there is one. */
  on: boolean,
  /** Which. */
  which: Tone,
};

export type Tone = "message" | "chime" | "beep";

export type Notifications = {
  /** Whether there are any. */
  on: boolean,
  /** Whether they show what was said; else only that something was. A desktop may keep a list
 * of what it showed, so they do not unless asked to. */
  text: boolean,
};

export type Theme = "system" | "light" | "dark";

export type TextSize = "small" | "normal" | "large";

export type Density = "cozy" | "compact";

export type Language = "system" | "en" | "es";

export type Diagnosis = {
  /** When, Unix milliseconds. */
  time: number,
  /** The trackers, and what each last failed for. */
  trackers: Array<TrackerHealth>,
  /** Under which addresses we can offer to be reached. */
  candidates: Array<Candidate>,
  /** What stands between us and the internet, as far as two STUN servers tell. */
  nat: Nat,
  /** What each STUN and TURN server answered. */
  servers: Array<IceTest>,
  /** Peers on this machine and the local network. */
  lan: LanHealth,
  /** Whether connections go through a TURN server only. */
  relayOnly: boolean,
  /** Whether trackers are reached through a proxy. */
  proxied: boolean,
  /** The connections that are open. */
  peers: Array<PeerHealth>,
  /** What was tried since the program started. */
  tried: Tried,
  /** What to do next, the most urgent first. Empty when all is well. */
  advice: Array<Advice>,
  /** All this as text to be sent to somebody who helps; without any address of a person. */
  report: string,
};

export type TrackerHealth = {
  /** As it is now. */
  now: Tracker,
  /** What it failed for the last time, even if it is open again. */
  lastFailure?: LastFailure,
};

export type LastFailure = {
  /** When, Unix milliseconds. */
  time: number,
  /** Why. */
  reason: TrackerFailure,
  /** The HTTP status, where there was one. */
  status?: number,
  /** What it said, in its own words. */
  message?: string,
};

export type Candidate = {
  /** How it is known. */
  kind: CandidateKind,
  /** IPv4 or IPv6. */
  family: Family,
  /** The beginning of the address; the part that tells one machine from another is left out. */
  prefix: string,
};

export type CandidateKind = "host" | "reflexive" | "peerReflexive" | "relay";

export type Family = "v4" | "v6";

export type Nat = "open" | "sameForAll" | "differentForEach" | "noAnswer" | "unknown";

export type LanHealth = {
  /** Whether they are looked for. */
  on: boolean,
  /** Whether that is so for this start alone, whatever the settings say. */
  forThisStart: boolean,
  /** Whether this program serves the tracker of this machine. */
  serving: boolean,
  /** How many trackers were found on this machine and the network. */
  found: number,
};

export type PeerHealth = {
  /** The session. */
  peerId: string,
  /** What they are called, in the first room that has them. */
  name: string,
  /** The rooms it serves. */
  rooms: Array<string>,
  /** Straight or through a relay. */
  path: Path,
  /** The time a packet takes there and back, milliseconds. */
  rttMs?: number,
  /** What our end of the path is. */
  local?: CandidateKind,
  /** What the other end is. */
  remote?: CandidateKind,
  /** Which kind of addresses the path runs between. */
  family?: Family,
  /** Bytes to them. */
  bytesSent: number,
  /** Bytes from them. */
  bytesReceived: number,
  /** Since when it is open, Unix milliseconds. */
  since: number,
  /** How often another path was looked for. */
  restarts: number,
  /** Whether nothing comes from them at the moment. */
  shaky: boolean,
};

export type Tried = {
  /** Connections begun in answer to somebody, or that somebody answered. */
  attempts: number,
  /** Those that came about. */
  opened: number,
  /** Those for which no path was found. */
  noPath: number,
  /** Those whose other side sent what cannot be used. */
  refused: number,
};

export type Advice = { "kind": "noNetwork" } | { "kind": "mendProxy" } | { "kind": "noTracker" } | { "kind": "onlyNearTrackers" } | { "kind": "someTrackers",
  /** How many fail. */
  failing: number,
  /** Of how many. */
  of: number,
} | { "kind": "relayOnlyWithoutRelay" } | { "kind": "relayOnlyNoAnswer" } | { "kind": "udpBlocked" } | { "kind": "addRelay" } | { "kind": "peersUnreachable",
  /** How many attempts failed. */
  attempts: number,
} | { "kind": "lanOff" } | { "kind": "nobodyThere",
  /** The rooms without anybody. */
  rooms: Array<string>,
};

export type TrackerTest = {
  /** Whether it can be used. */
  works: boolean,
  /** How long it took to reach it, milliseconds. */
  connectMs?: number,
  /** How long it took to answer an announce, milliseconds. */
  answerMs?: number,
  /** Why it cannot be used. */
  reason?: TrackerFailure,
  /** The HTTP status it refused with. */
  status?: number,
  /** What it said, in its own words. */
  message?: string,
};

export type IceTest = {
  /** Its address. */
  url: string,
  /** Whether it can be used. */
  works: boolean,
  /** What it gave us. */
  candidate?: CandidateKind,
  /** How long it took, milliseconds. */
  ms?: number,
  /** Why it cannot be used. */
  reason?: IceFailure,
};

export type IceFailure = "badAddress" | "needsALogin" | "noSuchHost" | "noAnswer" | "wrongLogin" | "refused";

export type Refusal = { "kind": "emptyMessage" } | { "kind": "messageTooLong",
  /** Its length in UTF-16 units. */
  units: number,
  /** The longest allowed. */
  limit: number,
} | { "kind": "notJoined" } | { "kind": "keyTaken",
  /** That one. */
  room: string,
} | { "kind": "nameTooLong",
  /** The longest allowed. */
  limit: number,
} | { "kind": "tooManyRooms",
  /** How many rooms at once. */
  limit: number,
} | { "kind": "busy" } | { "kind": "noSuchLine" } | { "kind": "notAnEmoji" } | { "kind": "nobodyThere" } | { "kind": "notVerified" } | { "kind": "tooManyJudged",
  /** How many. */
  limit: number,
} | { "kind": "stopped" } | { "kind": "badRoom",
  /** What is wrong with it. */
  fault: LinkFault,
} | { "kind": "passwordNeeded" } | { "kind": "badSettings",
  /** All of them. */
  faults: Array<SettingsFault>,
} | { "kind": "badProfile",
  /** What is wrong with it. */
  fault: ProfileFault,
  /** The field it is in, where it is in one, as the file calls it. */
  field?: string,
} | { "kind": "tooLongForQr" } | { "kind": "badImage" } | { "kind": "noQrCode" } | { "kind": "notFetched",
  /** Why. */
  fault: FetchFault,
} | { "kind": "notPinned" } | { "kind": "tooManyPins",
  /** How many. */
  limit: number,
} | { "kind": "badOrigin" } | { "kind": "nothingToShare" } | { "kind": "cannotShare",
  /** What it is called. */
  name: string,
  /** Whether it is not there; else it may not be read. */
  gone: boolean,
} | { "kind": "tooMuchToShare" } | { "kind": "noSuchShare" } | { "kind": "tooLargeToShow" } | { "kind": "mayRun" } | { "kind": "notSaved" } | { "kind": "notOpened" } | { "kind": "notCopied" };

export type LinkFault = "empty" | "tooLong" | "notARoom" | "badName" | "badOrigin" | "badSecret" | "badTracker";

export type SettingsFault = {
  /** The field it is in. */
  field: SettingsField,
  /** Which item of it, counted from zero, where it is a list. */
  item?: number,
  /** What. */
  fault: FieldFault,
};

export type SettingsField = "origin" | "trackers" | "iceServers" | "relayOnly" | "proxy" | "downloads";

export type FieldFault = "notAnAddress" | "wrongKind" | "holdsALogin" | "needsALogin" | "onlyUdp" | "notAFolder" | "notWritable" | "tooLong" | "tooMany" | "twice" | "noRelay";

export type ProfileFault = "tooLarge" | "notAProfile" | "passwordNeeded" | "wrongPassword" | "missing" | "badValue" | "keysDiffer";

export type FetchFault = "badAddress" | "privateAddress" | "unreachable" | "tls" | "refused" | "tooManyRedirects" | "tooLarge" | "tooSlow" | "proxy" | "notAnImage";

export type Trouble = {
  /** What it is. */
  what: TroubleKind,
  /** The file or folder it is about, where it is about one. */
  file?: string,
  /** What exactly is wrong, in the words of whoever noticed it; may be empty. */
  detail: string,
};

export type TroubleKind = "badList" | "unreadableList" | "badProfile" | "unreadableProfile" | "unwritableProfile" | "profileInUse" | "noFolder" | "noKey" | "pageEnds";
