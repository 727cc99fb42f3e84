//! What can go wrong: trackers that cannot be used, problems of the person, commands that are refused.

use super::place::RoomKey;

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
    KeyTaken {
        /// That one.
        room: RoomKey,
    },
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
    /// Whose identity is not verified can be nobody one knows: anybody could come as them.
    #[error("that person's identity is not verified")]
    NotVerified,
    /// More people are marked as known, muted or blocked than are remembered.
    #[error("at most {limit} people can be marked as known, muted or blocked")]
    TooManyJudged {
        /// How many.
        limit: usize,
    },
    /// More of ours is offered in that room than others take.
    #[error("at most {limit} things can be shared in a room at once")]
    TooManyShares {
        /// How many.
        limit: usize,
    },
    /// There is no such offer, or it is not one of ours.
    #[error("no such share")]
    NoSuchShare,
    /// The node has stopped.
    #[error("stopped")]
    Stopped,
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
        /// Whether somebody was met there under ours, which is right then.
        met: bool,
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
    /// There is no tracker at all, and nobody is looked for nearby: nobody can be met.
    NowhereToMeet,
    /// What the person changed could not be written down; it holds until the program ends.
    NotKept,
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
