//! What a room looks like to the person: who is there, and what was said.

use wire::{MessageId, Origin, PeerId, RoomAddress, UserId};

use super::place::RoomKey;
use super::share::Share;
use super::trouble::{Problem, TrackerStatus};
use crate::PersonId;

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
    /// The public key others know us by.
    pub public_key: String,
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

/// Whether a peer holds the key of the profile it goes by: more than a signature, which can be
/// repeated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Proof {
    /// It cannot be asked: it is a browser, or has not said who it is.
    #[default]
    None,
    /// It was asked.
    Awaited,
    /// It does, on this connection.
    Proven,
    /// It was asked and gave none, or a wrong one; or its profile has proven itself before, and it
    /// cannot. It is not verified.
    Missing,
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
    /// The public key it says is its own, which may be no key at all; `None` while unidentified.
    pub public_key: Option<String>,
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
    /// Whether it is no stranger: its identity is verified, and it is somebody the person marked as
    /// known or has spoken with in this session.
    pub known: bool,
    /// Whether it says more than is shown at once.
    pub slowed: bool,
    /// Whom the name it chose may be taken for, who had that name first.
    pub imitates: Option<Likeness>,
    /// Whether the same profile came with another key before.
    pub key_changed: bool,
    /// Whether it understands replies, edits, deletions and reactions.
    pub talks: bool,
    /// Whether it has proven to hold its profile's key.
    pub proof: Proof,
}

/// Whom a chosen name may be taken for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Likeness {
    /// Somebody of this name: who is there, whom the person knows, or whose lines still stand.
    Person(String),
    /// Us.
    Ours,
    /// Whoever reads it: it is, or holds, what programs call oneself.
    Oneself,
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
    /// The person knows them; counts for whoever is verified as them.
    Known,
    /// What they say is folded away and tells of nothing.
    Muted,
    /// They are not connected to and not heard.
    Blocked,
}

impl Standing {
    /// Whether what they say is shown and tells of something.
    #[must_use]
    pub fn is_heard(self) -> bool {
        match self {
            Self::Normal | Self::Known => true,
            Self::Muted | Self::Blocked => false,
        }
    }
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
    /// The fingerprint of the key they are known by: an id can be taken by whoever has seen it.
    /// Nothing but somebody known has one.
    pub fingerprint: Option<String>,
}

/// How a room treats people one does not know, on this machine alone: all whose identity is not
/// verified, and of the others those neither marked as known nor spoken with in this session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// Whether strangers say little at a time.
    pub slow: bool,
    /// Whether links and media of strangers are shown as bare text.
    pub plain_strangers: bool,
    /// Whether pictures and sounds of everybody else are shown by themselves.
    pub auto_media: bool,
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
    /// Whom that name may be taken for, or might have been when they were last seen.
    pub imitates: Option<Likeness>,
}

/// The line another one answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The line, where it is known here.
    pub key: Option<LineKey>,
    /// Who said it, as far as known.
    pub author: String,
    /// Its beginning, as text, as it is now.
    pub excerpt: String,
    /// Whether its author took it back.
    pub gone: bool,
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
    /// Its author is blocked.
    Blocked,
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
    /// The files it offers, if it does; then there is no text.
    pub share: Option<Share>,
    /// Whom its author's name could be taken for when the line came. It stays so, whatever they are
    /// called later.
    pub imitates: Option<Likeness>,
}

impl Line {
    /// What a person would look for: the text, or what the files are called.
    #[must_use]
    pub fn words(&self) -> &str {
        self.share.as_ref().map_or(&self.text, |share| &share.name)
    }
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
        /// Their session.
        peer_id: PeerId,
        /// Who.
        name: String,
        /// The name they cannot choose; empty while they are unidentified.
        animal_name: String,
        /// Whom their name may be taken for.
        imitates: Option<Likeness>,
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
        /// Their session.
        peer_id: PeerId,
        /// The name before.
        from: String,
        /// The name now.
        to: String,
        /// The name they cannot choose.
        animal_name: String,
        /// Whom the new name may be taken for.
        imitates: Option<Likeness>,
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
#[expect(
    clippy::large_enum_variant,
    reason = "nearly every entry is a message, and each is moved once"
)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A message.
    Line(Line),
    /// A quiet line.
    Notice(Notice),
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
    /// Whom the person has marked as known, muted or blocked.
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
