//! Everything that can go into [`Rooms`](crate::Rooms) and come out of it. The lists are closed:
//! to see all that a room can do, read this file.

use std::time::Duration;

use crate::PersonId;
use wire::{
    FromTracker, LinkId, MessageId, Origin, PeerId, RenegotiationKind, RoomAddress, UserId,
};

/// The time, as the caller knows it. Rooms never read a clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// Monotonic time since any fixed moment; all waiting is counted in it.
    pub since_start: Duration,
    /// Wall-clock time, Unix milliseconds; only shown and sent, never waited for.
    pub unix_ms: i64,
}

/// How a joined room is called towards the person: the room's name in the node's own origin,
/// otherwise the origin, a slash and the name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoomKey(String);

impl RoomKey {
    /// The key of a room seen from a node whose own origin is `home`.
    #[must_use]
    pub fn new(address: &RoomAddress, home: &Origin) -> Self {
        if address.origin == *home {
            Self(address.name.as_str().to_owned())
        } else {
            Self(format!(
                "{}/{}",
                address.origin.as_str(),
                address.name.as_str()
            ))
        }
    }

    /// Takes a key as the window or a program wrote it. A key that names no room is found out when
    /// it is used ([`Refusal::NotJoined`]).
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        let end = text.floor_char_boundary(MAX_KEY_BYTES);
        Self(text[..end].to_owned())
    }

    /// The key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for RoomKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Longest text [`RoomKey::from_text`] keeps: an origin and the longest room name.
const MAX_KEY_BYTES: usize = 1024;

/// What the person at this machine wants.
#[derive(Clone, Debug)]
pub enum Command {
    /// Enter a room. Answered with its key; joining a room one is in changes nothing.
    Join(RoomAddress),
    /// Leave a room at once.
    Leave(RoomKey),
    /// Leave a room as soon as everything said has been handed over (or nobody came in time).
    Finish(RoomKey),
    /// Say one message in a room. Answered with its id.
    Say {
        /// Where.
        room: RoomKey,
        /// To one person alone; to everyone where `None`.
        with: Option<PersonId>,
        /// Markdown, as typed.
        text: String,
        /// The line this answers.
        reply_to: Option<LineKey>,
    },
    /// Say one of our lines differently. Peers that do not know our extensions keep the old words.
    Edit {
        /// Where.
        room: RoomKey,
        /// The line, in the room's transcript or in a private talk of it.
        line: LineKey,
        /// Markdown, as typed.
        text: String,
    },
    /// Take one of our lines back. Peers that do not know our extensions keep it.
    Delete {
        /// Where.
        room: RoomKey,
        /// The line.
        line: LineKey,
    },
    /// Put an emoji on a line, or take it away.
    React {
        /// Where.
        room: RoomKey,
        /// The line.
        line: LineKey,
        /// One emoji.
        emoji: String,
        /// Whether to put it there.
        on: bool,
    },
    /// Send a line of ours again to those it was meant for and did not reach.
    Resend {
        /// Where.
        room: RoomKey,
        /// The line.
        line: LineKey,
    },
    /// What the person has before their eyes now, if anything: nothing in it is unread any more.
    Look(Option<(RoomKey, Option<PersonId>)>),
    /// Tell nothing of a room while one is not looking, or tell it again.
    MuteRoom {
        /// Where.
        room: RoomKey,
        /// Whether it is mute.
        muted: bool,
    },
    /// Choose how a room treats people one does not know.
    SetRules {
        /// Where.
        room: RoomKey,
        /// From now on.
        rules: Rules,
    },
    /// Decide about a person, in every room.
    Judge {
        /// Who.
        person: PersonId,
        /// From now on.
        standing: Standing,
    },
    /// Whether others are told that one is typing.
    ShowTyping(bool),
    /// Tell the others whether one is typing.
    SetTyping {
        /// Where.
        room: RoomKey,
        /// To one person alone; to everyone where `None`.
        with: Option<PersonId>,
        /// Whether a message is being typed.
        typing: bool,
    },
    /// Take another custom name; empty means the animal name alone.
    Rename(String),
    /// The person has read a problem.
    DismissProblem(u64),
}

/// What a command gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is done.
    Done,
    /// The room joined.
    Room(RoomKey),
    /// The message said.
    Said(MessageId),
}

/// Why a command did nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is nothing but blank space to say.
    #[error("the message is empty")]
    EmptyMessage,
    /// Browser peers refuse longer messages (protocol/chitchatter §7).
    #[error("the message has {units} characters, {limit} are allowed")]
    MessageTooLong {
        /// Its length in UTF-16 units, as the protocol counts.
        units: usize,
        /// The longest allowed.
        limit: usize,
    },
    /// No such room is joined.
    #[error("not in that room")]
    NotJoined,
    /// Another room with the same name or swarm is joined already: the same name with another
    /// password, or a name that reads like another origin's room.
    #[error("a room of that name is already open; leave it first")]
    KeyTaken,
    /// The custom name is too long.
    #[error("a name may have {limit} characters")]
    NameTooLong {
        /// The longest allowed.
        limit: usize,
    },
    /// Every room costs connections; there is an end.
    #[error("at most {limit} rooms at once")]
    TooManyRooms {
        /// How many rooms at once.
        limit: usize,
    },
    /// Too much that was said waits for slow peers; try again in a moment.
    #[error("too much is waiting to be sent")]
    Busy,
    /// There is no such line, or it is not ours to change.
    #[error("no such line of yours")]
    NoSuchLine,
    /// That is not one emoji.
    #[error("not an emoji")]
    NotAnEmoji,
    /// The person is not there now, and was not before.
    #[error("that person is not here")]
    NobodyThere,
    /// More people are muted or blocked than are remembered.
    #[error("at most {limit} people can be muted or blocked")]
    TooManyJudged {
        /// How many.
        limit: usize,
    },
    /// The node has stopped.
    #[error("stopped")]
    Stopped,
}

/// What can happen to the rooms.
#[derive(Clone, Debug)]
pub enum Input {
    /// A tracker may be used from now on.
    TrackerAdded {
        /// Its address.
        url: String,
        /// Whether it is the embedded one or was found on the local network.
        local: bool,
    },
    /// A tracker found on the local network is gone.
    TrackerRemoved {
        /// Its address.
        url: String,
    },
    /// A socket to a tracker is being opened.
    TrackerConnecting {
        /// Its address.
        url: String,
    },
    /// A socket to a tracker is open.
    TrackerOpened {
        /// Its address.
        url: String,
    },
    /// A tracker said something.
    TrackerSaid {
        /// Its address.
        url: String,
        /// What it said.
        message: FromTracker,
    },
    /// A socket to a tracker closed or could not be opened.
    TrackerClosed {
        /// Its address.
        url: String,
        /// Why.
        reason: TrackerFailure,
        /// When it will be tried again.
        retry_in: Duration,
    },
    /// The offer asked for by [`Output::Dial`]. May come twice: early, then complete.
    OfferMade {
        /// The connection.
        link: LinkId,
        /// The session description.
        sdp: String,
        /// Whether all candidates are in it.
        complete: bool,
    },
    /// The answer asked for by [`Output::Answer`].
    AnswerMade {
        /// The connection.
        link: LinkId,
        /// The session description.
        sdp: String,
    },
    /// An open connection wants to tell the other side a new description.
    Renegotiate {
        /// The connection.
        link: LinkId,
        /// Offer or answer.
        kind: RenegotiationKind,
        /// The session description.
        sdp: String,
    },
    /// The data channel opened.
    LinkOpened {
        /// The connection.
        link: LinkId,
    },
    /// A message came over the data channel.
    Bytes {
        /// The connection.
        link: LinkId,
        /// The message.
        bytes: Vec<u8>,
    },
    /// So many bytes of what we sent have been handed to the stack.
    Sent {
        /// The connection.
        link: LinkId,
        /// Bytes since the last report.
        bytes: usize,
    },
    /// How a connection runs.
    Path {
        /// The connection.
        link: LinkId,
        /// Through a TURN server.
        relayed: bool,
    },
    /// A connection hears nothing for the moment.
    Shaky {
        /// The connection.
        link: LinkId,
    },
    /// A shaky connection hears again.
    Steady {
        /// The connection.
        link: LinkId,
    },
    /// A connection is over (or an attempt failed). Nothing more comes of it.
    LinkClosed {
        /// The connection.
        link: LinkId,
    },
    /// This machine's addresses changed, or it woke up.
    NetworkChanged,
    /// The time asked for by [`Rooms::next_wake`](crate::Rooms::next_wake) has come.
    Wake,
}

/// What the rooms ask of whoever runs them.
#[expect(
    clippy::large_enum_variant,
    reason = "most of what comes out is for the person, and is moved once"
)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Keep a socket to this tracker.
    OpenTracker {
        /// Its address.
        url: String,
        /// Whether it is on this machine or network.
        local: bool,
    },
    /// Close the socket to this tracker.
    CloseTracker {
        /// Its address.
        url: String,
    },
    /// Send this text to a tracker.
    Announce {
        /// Its address.
        url: String,
        /// One JSON object.
        text: String,
    },
    /// Make an offer on a new connection.
    Dial {
        /// The connection.
        link: LinkId,
    },
    /// Answer an offer on a new connection.
    Answer {
        /// The connection.
        link: LinkId,
        /// The remote offer.
        sdp: String,
    },
    /// Apply the answer to our offer.
    Accept {
        /// The connection.
        link: LinkId,
        /// The remote answer.
        sdp: String,
    },
    /// Send this message on the data channel.
    Send {
        /// The connection.
        link: LinkId,
        /// One data-channel message.
        bytes: Vec<u8>,
    },
    /// Try new paths for an open connection (ICE restart).
    Restart {
        /// The connection.
        link: LinkId,
    },
    /// The other side wants another description.
    Renegotiate {
        /// The connection.
        link: LinkId,
        /// Offer, answer or candidate.
        kind: RenegotiationKind,
        /// What it sent.
        sdp: String,
    },
    /// Close a connection. [`Input::LinkClosed`] need not follow.
    Close {
        /// The connection.
        link: LinkId,
    },
    /// Connect every closed tracker socket again now.
    WakeTrackers,
    /// Tell the person at this machine.
    Tell(Event),
}

/// What the person at this machine is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A room was entered.
    Joined {
        /// The room.
        room: RoomKey,
        /// Where it is.
        address: RoomAddress,
        /// Who we are there.
        me: Me,
    },
    /// A room was left, or finished.
    Left {
        /// The room.
        room: RoomKey,
    },
    /// A tracker's state changed.
    TrackerChanged {
        /// The tracker, as it is now.
        tracker: TrackerStatus,
    },
    /// A tracker is no longer used.
    TrackerGone {
        /// Its address.
        url: String,
    },
    /// A peer can be talked to.
    PeerJoined {
        /// The room.
        room: RoomKey,
        /// The peer.
        peer: Peer,
    },
    /// A peer's name, verification or path changed.
    PeerChanged {
        /// The room.
        room: RoomKey,
        /// The peer, as it is now.
        peer: Peer,
    },
    /// A peer is gone.
    PeerLeft {
        /// The room.
        room: RoomKey,
        /// The peer.
        peer_id: PeerId,
    },
    /// A line was added to a transcript, ours or another's.
    LineAdded {
        /// The room.
        room: RoomKey,
        /// The person it is shared with alone; `None` for the room's own transcript.
        with: Option<PersonId>,
        /// The line.
        line: Line,
    },
    /// One of our lines reached more people.
    LineChanged {
        /// The room.
        room: RoomKey,
        /// The person it is shared with alone.
        with: Option<PersonId>,
        /// The line.
        id: MessageId,
        /// The same line.
        key: LineKey,
        /// How far it got.
        delivery: Delivery,
    },
    /// A line is shown differently: it was edited, taken back, or reacted to.
    LineReplaced {
        /// The room.
        room: RoomKey,
        /// The person it is shared with alone.
        with: Option<PersonId>,
        /// The line, as it is now; its key is the same.
        line: Line,
    },
    /// A private talk began, or the person it is with came, left or changed.
    DirectChanged {
        /// The room it goes through.
        room: RoomKey,
        /// Whom it is with, and whether they are there.
        direct: Direct,
    },
    /// How much there is that the person has not seen changed.
    UnreadChanged {
        /// The room.
        room: RoomKey,
        /// A private talk of it; `None` for the room's own transcript.
        with: Option<PersonId>,
        /// From now on.
        unread: Unread,
    },
    /// A room was muted, or its rules changed.
    RoomChanged {
        /// The room.
        room: RoomKey,
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
        room: RoomKey,
        /// What.
        notice: Notice,
    },
    /// A peer started or stopped typing.
    TypingChanged {
        /// The room.
        room: RoomKey,
        /// The peer.
        peer_id: PeerId,
        /// Whether it types to us alone.
        direct: bool,
        /// Whether it types.
        typing: bool,
    },
    /// Our own name changed.
    MeChanged {
        /// Who we are now.
        me: Me,
    },
    /// Something went wrong that the person can do something about.
    ProblemAdded {
        /// What.
        problem: Problem,
    },
    /// A problem is over, or was dismissed.
    ProblemGone {
        /// Its [`Problem::id`].
        id: u64,
    },
}

/// Who we are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Me {
    /// This process's peer id.
    pub peer_id: PeerId,
    /// The profile's user id.
    pub user_id: UserId,
    /// The custom name, or else the animal name.
    pub name: String,
    /// The custom name; may be empty.
    pub custom_name: String,
    /// The name derived from the user id.
    pub animal_name: String,
}

/// What is known of who a peer says it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// Its signature over room and user id is right.
    Verified,
    /// It sent an identity whose signature is wrong.
    Unverified,
    /// It has not sent a readable identity.
    Unidentified,
}

/// How the connection to a peer runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Path {
    /// Not known yet.
    Unknown,
    /// Straight from machine to machine.
    Direct,
    /// Through a TURN server, which sees only ciphertext.
    Relayed,
}

/// Someone in a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Its session.
    pub peer_id: PeerId,
    /// Whose profile it claims; `None` while it has not said.
    pub user_id: Option<UserId>,
    /// What to call it: the custom name, else the animal name, else its peer id shortened.
    pub name: String,
    /// The custom name; may be empty.
    pub custom_name: String,
    /// The name derived from the user id; empty while unidentified.
    pub animal_name: String,
    /// What is known of its identity.
    pub trust: Trust,
    /// Whether it named our extensions.
    pub native: bool,
    /// How the connection runs.
    pub path: Path,
    /// Whether it is typing.
    pub typing: bool,
    /// Who it is, beyond this session.
    pub person: PersonId,
    /// What we decided about it; whoever is blocked is not listed.
    pub standing: Standing,
    /// Whether it says more than is shown at once.
    pub slowed: bool,
    /// Someone present whose name this one's looks like, and who was there first.
    pub imitates: Option<String>,
    /// Whether the same profile came with another key before.
    pub key_changed: bool,
    /// Whether it understands replies, edits, deletions and reactions.
    pub talks: bool,
}

/// One line, for as long as this process runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LineKey(pub u64);

/// What we decided about a person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Standing {
    /// Nothing.
    #[default]
    Normal,
    /// What they say is folded away and tells of nothing.
    Muted,
    /// They are not connected to and not heard.
    Blocked,
}

/// Someone we decided about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// Who.
    pub person: PersonId,
    /// What they were called then.
    pub name: String,
    /// What we decided.
    pub standing: Standing,
}

/// How a room treats people one does not know: on this machine alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// Whether those whose signature is not right say little at a time.
    pub slow: bool,
    /// Whether links and media of such people are shown as bare text.
    pub plain_strangers: bool,
}

/// What the person has not seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unread {
    /// Lines.
    pub lines: u32,
    /// Those of them that name the person, or are for them alone.
    pub mentions: u32,
}

/// Whom a private talk is with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Direct {
    /// Who.
    pub with: PersonId,
    /// What they are called, or were when last seen.
    pub name: String,
    /// Their session, while they are there.
    pub peer_id: Option<PeerId>,
}

/// The line another one answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The line, where it is known here.
    pub key: Option<LineKey>,
    /// Who said it, as far as known.
    pub author: String,
    /// Its beginning, as text.
    pub excerpt: String,
}

/// One emoji on a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reaction {
    /// The emoji.
    pub emoji: String,
    /// Who put it there, as they are called.
    pub names: Vec<String>,
    /// Whether we did.
    pub own: bool,
}

/// Someone a line names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    /// What stands in the text after the `@`.
    pub name: String,
    /// Whether it is us.
    pub me: bool,
}

/// Why a line is folded away until asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fold {
    /// Its author said too much at once.
    Flood,
    /// The room is slow for people one does not know.
    Slow,
    /// Its author is muted.
    Muted,
}

/// One message in a transcript.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Chosen by its author.
    pub id: MessageId,
    /// Who sent it to us, or passed it on; ourselves for our own lines.
    pub peer_id: PeerId,
    /// The author's name when the line came.
    pub author: String,
    /// The author; for a live line always who sent it, whatever the message claims.
    pub author_id: Option<UserId>,
    /// Markdown, as its author typed it.
    pub text: String,
    /// Unix milliseconds by the author's clock.
    pub time_sent: i64,
    /// Unix milliseconds by ours.
    pub time_received: i64,
    /// Whether we said it in this session.
    pub own: bool,
    /// Whether it was passed on by another peer; then nobody vouches for its author.
    pub backfilled: bool,
    /// Whether it claimed an author other than its sender.
    pub misattributed: bool,
    /// How far it got; all zero for lines of others.
    pub delivery: Delivery,
    /// What this process calls it.
    pub key: LineKey,
    /// What it answers.
    pub reply: Option<Reply>,
    /// Whether its author said it differently before.
    pub edited: bool,
    /// Whether its author took it back; then there is no text.
    pub deleted: bool,
    /// The emoji on it.
    pub reactions: Vec<Reaction>,
    /// Those it names who were there when it came.
    pub mentions: Vec<Mention>,
    /// Whether it names us.
    pub mentions_me: bool,
    /// Whether it is folded away, and why.
    pub folded: Option<Fold>,
    /// Whether its links and media are to be shown as bare text.
    pub plain: bool,
}

/// How far one of our lines got.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Delivery {
    /// Peers it was handed to.
    pub reached: u32,
    /// Peers it is meant for.
    pub of: u32,
    /// Peers that have it for certain: they said so, or, where they cannot say it, the connection
    /// took it.
    pub received: u32,
    /// Whether somebody it was meant for went before they had it. It is sent when they come back;
    /// [`Command::Resend`] tries at once.
    pub failed: bool,
}

/// A quiet line in the transcript.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Counts up in one process.
    pub id: u64,
    /// Unix milliseconds.
    pub time: i64,
    /// What happened.
    pub what: NoticeKind,
}

/// What a [`Notice`] is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoticeKind {
    /// Someone came.
    Joined {
        /// Who.
        name: String,
    },
    /// Someone left politely.
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
#[expect(clippy::large_enum_variant, reason = "nearly all entries are lines")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A message.
    Line(Line),
    /// A quiet line.
    Notice(Notice),
}

/// A tracker, as the person sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrackerStatus {
    /// Its address.
    pub url: String,
    /// What it is doing.
    pub state: TrackerState,
    /// Whether it is embedded or on the local network.
    pub local: bool,
    /// When it will be tried again, Unix milliseconds.
    pub retry_at: Option<i64>,
}

/// What the socket to a tracker is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TrackerState {
    /// Not in use: no room is joined.
    Closed,
    /// Being opened.
    Connecting,
    /// Open, and nothing wrong is known.
    Open,
    /// Not to be had at the moment.
    Failed {
        /// Why.
        reason: TrackerFailure,
    },
}

/// Why a tracker cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TrackerFailure {
    /// Its name or address cannot be reached.
    Unreachable,
    /// Its machine answered, but nobody serves there or it answered with this HTTP status.
    Refused {
        /// The HTTP status, where there was one.
        status: Option<u16>,
    },
    /// Its certificate or encryption is wrong.
    Tls,
    /// It refuses our announces.
    Rejected {
        /// In its own words, shortened.
        message: String,
    },
    /// It stopped answering.
    Silent,
    /// It sent nonsense.
    Garbage,
    /// It sent too much.
    Flooded,
    /// It closed the connection.
    Closed,
    /// Its address is not a `ws:` or `wss:` address.
    BadAddress,
    /// The proxy it is to be reached through does not work.
    Proxy,
}

/// Something the person can do something about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Counts up in one process.
    pub id: u64,
    /// When, Unix milliseconds.
    pub time: i64,
    /// What.
    pub what: ProblemKind,
}

/// What a [`Problem`] is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProblemKind {
    /// Someone is in that room's place with another password.
    OtherPassword {
        /// The room.
        room: RoomKey,
    },
    /// A peer misbehaved and was disconnected.
    CutOff {
        /// The room.
        room: RoomKey,
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
        room: RoomKey,
    },
}

/// Why a peer was disconnected by us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offence {
    /// It sent something larger than allowed.
    Oversized,
    /// It sent too much nonsense.
    Nonsense,
    /// It took nothing of what we sent.
    Stalled,
}

/// All there is to show, at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Who we are.
    pub me: Me,
    /// The origin rooms are joined in unless another is named.
    pub home: Origin,
    /// The rooms joined, in order of their keys.
    pub rooms: Vec<RoomSnapshot>,
    /// The trackers in use.
    pub trackers: Vec<TrackerStatus>,
    /// What the person has not dismissed yet, oldest first.
    pub problems: Vec<Problem>,
    /// Whom the person has muted or blocked.
    pub judged: Vec<Judged>,
}

/// One room, at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomSnapshot {
    /// The room.
    pub room: RoomKey,
    /// Where it is.
    pub address: RoomAddress,
    /// The transcript, oldest first.
    pub entries: Vec<Entry>,
    /// Who is there.
    pub peers: Vec<Peer>,
    /// What of the transcript the person has not seen.
    pub unread: Unread,
    /// Whether it is mute.
    pub muted: bool,
    /// How it treats people one does not know.
    pub rules: Rules,
    /// The private talks that go through it.
    pub directs: Vec<DirectSnapshot>,
}

/// One private talk, at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirectSnapshot {
    /// Whom it is with.
    pub direct: Direct,
    /// The transcript, oldest first.
    pub entries: Vec<Entry>,
    /// What of it the person has not seen.
    pub unread: Unread,
    /// Whether the other is typing to us.
    pub typing: bool,
}
