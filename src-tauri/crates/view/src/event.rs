//! What is told: a [`Snapshot`] to begin with, then [`Event`]s in order.

mod line;
mod links;
mod people;
mod share;
mod trouble;

use serde::Serialize;

use crate::{Chosen, Refusal, Settings, Transfer};

pub use line::{Delivery, Entry, Fold, Line, Notice, NoticeKind, Reaction, Reply, Unread};
pub use links::{Links, SecretLinks};
pub use people::{Direct, Judged, Likeness, Me, Path, Peer, Proof, Rules, Standing, Verification};
pub use share::{Share, ShareKind};
pub use trouble::{Offence, Problem, ProblemKind, Tracker, TrackerFailure, TrackerState};

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
        /// Whether it was there before us; then no notice says that it came.
        #[serde(skip)]
        was_there: bool,
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
    /// Whom a private talk is with became known: it belongs to the person from now on. Where there
    /// was a talk with that person, the two are one.
    DirectMoved {
        /// The room it goes through.
        room: String,
        /// Whom it seemed to be with; there is no such talk any more.
        from: String,
        /// The talk as it is now.
        talk: DirectTalk,
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
    /// A transfer is new, or something about it changed.
    TransferChanged {
        /// As it is now.
        transfer: Transfer,
    },
    /// A transfer is over, and there is nothing left to tell of it.
    TransferGone {
        /// The room.
        room: String,
        /// What is shared.
        key: String,
    },
    /// Files are held above the window, or not any more.
    FilesHovering {
        /// Whether they are.
        over: bool,
    },
    /// Files were dropped on the window.
    FilesDropped {
        /// What they are.
        chosen: Chosen,
    },
    /// What was dropped on the window is nothing that can be shared.
    DropRefused {
        /// Why.
        refusal: Refusal,
    },
    /// The app is to be closed while files are on their way: the person is to be asked.
    EndAsked,
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
    /// What is fetched and given, of all rooms.
    pub transfers: Vec<Transfer>,
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
