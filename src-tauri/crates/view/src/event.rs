//! What is told: a [`Snapshot`] to begin with, then [`Event`]s in order.

use std::fmt;

use render::SafeHtml;
use serde::{Deserialize, Serialize, Serializer};

use crate::Settings;

/// Something that happened, in the order it happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(
    tag = "kind",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Event {
    /// A room was entered.
    Joined {
        /// The room's key: what commands and other events call it.
        room: String,
        /// The room's name within its origin.
        name: String,
        /// Which Chitchatter world it is in.
        origin: String,
        /// Whether it takes a secret to come in.
        private: bool,
        /// Who we are there.
        #[serde(rename = "self")]
        me: Me,
        /// How others come there.
        links: Links,
    },
    /// A room was left.
    Left {
        /// The room.
        room: String,
    },
    /// A tracker's state changed.
    TrackerChanged(Tracker),
    /// A tracker is no longer used.
    TrackerGone {
        /// Its address.
        url: String,
    },
    /// A peer can be talked to.
    PeerJoined {
        /// The room.
        room: String,
        /// The peer.
        peer: Peer,
    },
    /// Something about a peer changed.
    PeerChanged {
        /// The room.
        room: String,
        /// The peer, as it is now.
        peer: Peer,
    },
    /// A peer is gone.
    PeerLeft {
        /// The room.
        room: String,
        /// The peer.
        peer_id: String,
    },
    /// A line was added to the transcript, ours or another's.
    LineAdded {
        /// The room.
        room: String,
        /// The person it is shared with alone; absent for the room's own transcript.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional))]
        with: Option<String>,
        /// The line.
        line: Line,
    },
    /// One of our lines reached more people.
    LineChanged {
        /// The room.
        room: String,
        /// The person it is shared with alone.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional))]
        with: Option<String>,
        /// The line's id.
        id: String,
        /// The same line's key.
        key: u64,
        /// How far it got.
        delivery: Delivery,
    },
    /// A line is shown differently: it was edited, taken back, or reacted to.
    LineReplaced {
        /// The room.
        room: String,
        /// The person it is shared with alone.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional))]
        with: Option<String>,
        /// The line, as it is now; its key is the same.
        line: Line,
    },
    /// A private talk began, or the person it is with came, left or changed.
    DirectChanged {
        /// The room it goes through.
        room: String,
        /// Whom it is with.
        direct: Direct,
    },
    /// How much there is that the person has not seen changed.
    UnreadChanged {
        /// The room.
        room: String,
        /// A private talk of it; absent for the room's own transcript.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional))]
        with: Option<String>,
        /// From now on.
        unread: Unread,
    },
    /// A room was muted, or its rules changed.
    RoomChanged {
        /// The room.
        room: String,
        /// Whether it is mute.
        muted: bool,
        /// Its rules.
        rules: Rules,
    },
    /// Whom the person has muted or blocked.
    JudgedChanged {
        /// All of them.
        judged: Vec<Judged>,
    },
    /// Something worth a quiet line happened.
    NoticeAdded {
        /// The room.
        room: String,
        /// What.
        notice: Notice,
    },
    /// A peer started or stopped typing.
    TypingChanged {
        /// The room.
        room: String,
        /// The peer.
        peer_id: String,
        /// Whether it types to us alone.
        direct: bool,
        /// Whether it types.
        typing: bool,
    },
    /// Our own name changed.
    MeChanged {
        /// Who we are now.
        #[serde(rename = "self")]
        me: Me,
    },
    /// Something went wrong that the person can do something about.
    ProblemAdded {
        /// What.
        problem: Problem,
    },
    /// A problem is over, or was dismissed.
    ProblemGone {
        /// Which.
        id: u64,
    },
    /// The person opened a link to a room somewhere else on this machine.
    LinkOpened {
        /// The link, as it came; `read_link` says what it is.
        link: String,
    },
    /// The person wants to see a place: they clicked the notification about it.
    PlaceOpened {
        /// The room.
        room: String,
        /// A private talk of it; absent for the room's own transcript.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional))]
        with: Option<String>,
    },
    /// The settings were changed outside of the page.
    SettingsChanged {
        /// As they are now.
        settings: Box<Settings>,
    },
}

impl Event {
    /// The same event without the links that let whoever reads them into a private room: for
    /// places where output is kept.
    #[must_use]
    pub fn without_secrets(mut self) -> Self {
        if let Self::Joined { links, .. } = &mut self {
            links.secret = None;
        }
        self
    }
}

/// All there is to show, at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Snapshot {
    /// Who we are.
    #[serde(rename = "self")]
    pub me: Me,
    /// The origin rooms are joined in unless another is named.
    pub home: String,
    /// The rooms joined.
    pub rooms: Vec<Room>,
    /// The trackers in use.
    pub trackers: Vec<Tracker>,
    /// What the person has not dismissed yet, oldest first.
    pub problems: Vec<Problem>,
    /// Whom the person has muted or blocked.
    pub judged: Vec<Judged>,
}

/// One room, at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Room {
    /// Its key: what commands and events call it.
    pub room: String,
    /// Its name within its origin.
    pub name: String,
    /// Which Chitchatter world it is in.
    pub origin: String,
    /// Whether it takes a secret to come in.
    pub private: bool,
    /// How others come there.
    pub links: Links,
    /// The transcript, oldest first.
    pub entries: Vec<Entry>,
    /// Who is there besides us.
    pub peers: Vec<Peer>,
    /// What of the transcript the person has not seen.
    pub unread: Unread,
    /// Whether it is mute.
    pub muted: bool,
    /// How it treats people one does not know.
    pub rules: Rules,
    /// The private talks that go through it.
    pub directs: Vec<DirectTalk>,
}

/// One private talk, at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct DirectTalk {
    /// Whom it is with.
    pub direct: Direct,
    /// The transcript, oldest first.
    pub entries: Vec<Entry>,
    /// What of it the person has not seen.
    pub unread: Unread,
    /// Whether the other is typing to us.
    pub typing: bool,
}

/// Whom a private talk is with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Direct {
    /// Who.
    pub with: String,
    /// What they are called, or were when last seen.
    pub name: String,
    /// Their session; null while they are away.
    pub peer_id: Option<String>,
}

/// What the person has not seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Unread {
    /// Lines.
    pub lines: u32,
    /// Those of them that name the person, or are for them alone.
    pub mentions: u32,
}

/// How a room treats people one does not know: on this machine alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rules {
    /// Whether those whose signature is not right say little at a time.
    pub slow: bool,
    /// Whether links and media of such people are shown as bare text.
    pub plain_strangers: bool,
}

/// Someone we decided about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Judged {
    /// Who.
    pub person: String,
    /// What they were called then.
    pub name: String,
    /// What we decided.
    pub standing: Standing,
}

/// What we decided about a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum Standing {
    /// Nothing.
    Normal,
    /// What they say is folded away and tells of nothing.
    Muted,
    /// They are not connected to and not heard.
    Blocked,
}

/// How others come to a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Links {
    /// For a browser; holds no secret.
    pub web: String,
    /// For this program; holds no secret.
    pub app: String,
    /// With the secret of a private room in them. Absent for public rooms.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub secret: Option<SecretLinks>,
}

/// Links that let in whoever has them.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct SecretLinks {
    /// For a browser.
    pub web: String,
    /// For this program.
    pub app: String,
}

impl fmt::Debug for SecretLinks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretLinks(..)")
    }
}

/// Who we are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Me {
    /// This session.
    pub peer_id: String,
    /// The profile.
    pub user_id: String,
    /// The custom name, or else the animal name.
    pub name: String,
    /// The custom name; may be empty.
    pub custom_name: String,
    /// The name derived from the user id.
    pub animal_name: String,
}

/// Someone in a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Peer {
    /// Its session.
    pub peer_id: String,
    /// Whose profile it claims; null while it has not said.
    pub user_id: Option<String>,
    /// What to call it.
    pub name: String,
    /// The custom name; may be empty.
    pub custom_name: String,
    /// The name derived from the user id; empty while unidentified.
    pub animal_name: String,
    /// Whether its signature is right; `verification` says more.
    pub verified: bool,
    /// What is known of its identity.
    pub verification: Verification,
    /// Whether it runs this program rather than a browser page.
    pub native: bool,
    /// How the connection runs.
    pub path: Path,
    /// Whether it is typing.
    pub typing: bool,
    /// Who it is, beyond this session: what commands about a person take.
    pub person: String,
    /// What we decided about it.
    pub standing: Standing,
    /// Whether it says more than is shown at once.
    pub slowed: bool,
    /// Someone who was there first and whose name this one's looks like; null if none.
    pub imitates: Option<String>,
    /// Whether the same profile came with another key before.
    pub key_changed: bool,
    /// Whether it understands replies, edits, deletions and reactions.
    pub talks: bool,
}

/// What is known of who a peer says it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum Verification {
    /// Its signature is right.
    Verified,
    /// Its signature is wrong.
    Unverified,
    /// It has not said who it is.
    Unidentified,
}

/// How the connection to a peer runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum Path {
    /// Not known yet.
    Unknown,
    /// Straight from machine to machine.
    Direct,
    /// Through a server that sees only ciphertext.
    Relayed,
}

/// One message in a transcript.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Line {
    /// Chosen by its author.
    pub id: String,
    /// Who sent it to us, or passed it on.
    pub peer_id: String,
    /// The author's name when the line came.
    pub author: String,
    /// The author's profile; null while unknown.
    pub author_id: Option<String>,
    /// Markdown, as its author typed it.
    pub text: String,
    /// The same, to be shown.
    #[serde(serialize_with = "html")]
    #[cfg_attr(test, ts(type = "SafeHtml"))]
    pub html: SafeHtml,
    /// Unix milliseconds by the author's clock.
    pub time_sent: i64,
    /// Unix milliseconds by ours.
    pub time_received: i64,
    /// Whether we said it.
    pub own: bool,
    /// Whether it was passed on by another peer; then nobody vouches for its author.
    pub backfilled: bool,
    /// Whether it claimed an author other than its sender.
    pub misattributed: bool,
    /// How far it got; all zero for lines of others.
    pub delivery: Delivery,
    /// What this process calls it: what commands about a line take.
    pub key: u64,
    /// What it answers; null if nothing.
    pub reply: Option<Reply>,
    /// Whether its author said it differently before.
    pub edited: bool,
    /// Whether its author took it back; then there is no text.
    pub deleted: bool,
    /// The emoji on it.
    pub reactions: Vec<Reaction>,
    /// Whether it names us.
    pub mentions_me: bool,
    /// Why it is folded away until asked for; null if it is not.
    pub folded: Option<Fold>,
}

/// The line another one answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Reply {
    /// The line's key; null where it is not known here.
    pub key: Option<u64>,
    /// Who said it, as far as known.
    pub author: String,
    /// Its beginning, as text.
    pub excerpt: String,
}

/// One emoji on a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Reaction {
    /// The emoji.
    pub emoji: String,
    /// Who put it there, as they are called.
    pub names: Vec<String>,
    /// Whether we did.
    pub own: bool,
}

/// Why a line is folded away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum Fold {
    /// Its author said too much at once.
    Flood,
    /// The room is slow for people one does not know.
    Slow,
    /// Its author is muted.
    Muted,
}

fn html<S: Serializer>(html: &SafeHtml, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(html.as_str())
}

/// How far one of our lines got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Delivery {
    /// Peers it was handed to.
    pub reached: u32,
    /// Peers it is meant for.
    pub of: u32,
    /// Peers that have it for certain.
    pub received: u32,
    /// Whether somebody it was meant for went before they had it.
    pub failed: bool,
}

/// A quiet line in the transcript.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Notice {
    /// Counts up in one process.
    pub id: u64,
    /// Unix milliseconds.
    pub time: i64,
    /// What happened.
    pub what: NoticeKind,
}

/// What a [`Notice`] is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(
    tag = "kind",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum NoticeKind {
    /// Someone came.
    Joined {
        /// Who.
        name: String,
    },
    /// Someone left.
    Left {
        /// Who.
        name: String,
    },
    /// The connection to someone was lost.
    Lost {
        /// Who.
        name: String,
    },
    /// Someone took another name.
    Renamed {
        /// The name before.
        from: String,
        /// The name now.
        to: String,
    },
    /// Someone says more than is shown at once.
    Slowed {
        /// Who.
        name: String,
    },
    /// Someone was blocked by us.
    Blocked {
        /// Who.
        name: String,
    },
}

/// One entry of a transcript.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(
    tag = "kind",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Entry {
    /// A message.
    Line {
        /// The message.
        line: Box<Line>,
    },
    /// A quiet line.
    Notice {
        /// The quiet line.
        notice: Notice,
    },
}

/// A tracker: where peers find each other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Tracker {
    /// Its address.
    pub url: String,
    /// What it is doing.
    pub state: TrackerState,
    /// Why it failed. Present only then.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub reason: Option<TrackerFailure>,
    /// The HTTP status it refused with, where there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub status: Option<u16>,
    /// What it said when it rejected us, in its own words.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub message: Option<String>,
    /// Whether it is part of this program or on the local network.
    pub local: bool,
    /// When it will be tried again, Unix milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub retry_at: Option<i64>,
}

/// What the connection to a tracker is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum TrackerState {
    /// Not in use: no room is joined.
    Closed,
    /// Being opened.
    Connecting,
    /// Open, and nothing wrong is known.
    Open,
    /// Not to be had at the moment.
    Failed,
}

/// Why a tracker cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum TrackerFailure {
    /// Its name or address cannot be reached.
    Unreachable,
    /// Its machine answered, but not as a tracker.
    Refused,
    /// Its certificate or encryption is wrong.
    Tls,
    /// It refuses our announces.
    Rejected,
    /// It stopped answering.
    Silent,
    /// It sent nonsense.
    Garbage,
    /// It sent too much.
    Flooded,
    /// It closed the connection.
    Closed,
    /// Its address is not one of a tracker.
    BadAddress,
    /// The proxy it is to be reached through does not work.
    Proxy,
}

/// Something the person can do something about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// Counts up in one process.
    pub id: u64,
    /// When, Unix milliseconds.
    pub time: i64,
    /// What.
    pub what: ProblemKind,
}

/// What a [`Problem`] is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(
    tag = "kind",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum ProblemKind {
    /// Someone is in a room of that name with another password, or with none.
    OtherPassword {
        /// The room.
        room: String,
    },
    /// A peer misbehaved and was disconnected.
    CutOff {
        /// The room.
        room: String,
        /// The peer's name.
        name: String,
        /// What it did.
        offence: Offence,
    },
    /// None of the trackers can be reached.
    NoTracker,
    /// A peer was met, but no connection to it could be made.
    Unconnectable {
        /// The room.
        room: String,
    },
}

/// Why a peer was disconnected by us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum Offence {
    /// It sent something larger than allowed.
    Oversized,
    /// It sent too much nonsense.
    Nonsense,
    /// It took nothing of what we sent.
    Stalled,
}
