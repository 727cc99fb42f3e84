//! Everything that can go into [`Rooms`](crate::Rooms) and come out of it. The lists are closed:
//! to see all that a room can do, read this file.

mod place;
mod share;
mod shown;
mod trouble;

use std::time::Duration;

use wire::{
    FromTracker, Has, LinkId, MessageId, OfferName, PeerId, RenegotiationKind, RoomAddress,
    TransferSignal,
};

use crate::PersonId;

pub use place::{Now, RoomKey};
pub use share::{Share, ShareKey, SharedFiles};
pub use shown::{
    Delivery, Direct, DirectSnapshot, Entry, Fold, Judged, Likeness, Line, LineKey, Me, Mention,
    Notice, NoticeKind, Path, Peer, Proof, Reaction, Reply, RoomSnapshot, Rules, Snapshot,
    Standing, Trust, Unread,
};
pub use trouble::{
    Offence, Problem, ProblemKind, Refusal, TrackerFailure, TrackerState, TrackerStatus,
};

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
    /// Offer files in a room, to whoever is there and whoever comes. Answered with the line's id.
    Share {
        /// Where.
        room: RoomKey,
        /// What.
        shared: Box<SharedFiles>,
    },
    /// No longer offer files of ours. Browsers that have some keep on giving them.
    Unshare {
        /// Where.
        room: RoomKey,
        /// Which.
        key: ShareKey,
    },
    /// Tell the others how much we have of somebody's offer.
    Hold {
        /// Where.
        room: RoomKey,
        /// Of which.
        offer: OfferName,
        /// How much.
        has: Has,
    },
    /// Tell one peer how to connect to us for the bytes of an offer.
    SignalTransfer {
        /// Where.
        room: RoomKey,
        /// Whom.
        peer: PeerId,
        /// What.
        signal: Box<TransferSignal>,
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
    /// Whether others are looked for on this machine and network. They are unless told otherwise.
    LookingNear(bool),
    /// Whether what the person changed could be written down.
    Kept(bool),
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
    /// Connect every closed tracker socket again now, and have every open one prove that it is.
    WakeTrackers,
    /// Who has some of what is offered changed, ourselves left out: see [`Rooms::holders`](crate::Rooms::holders). For
    /// whoever moves the bytes; what is shown of it is told by [`Event::LineReplaced`].
    HoldersChanged {
        /// The room.
        room: RoomKey,
        /// What is offered.
        key: ShareKey,
    },
    /// A peer came into a room or is gone from it, also one that never said who it is. For whoever
    /// moves the bytes.
    Presence {
        /// The room.
        room: RoomKey,
        /// The peer.
        peer_id: PeerId,
        /// What became of it.
        presence: Presence,
    },
    /// A peer wants to connect to us for the bytes of an offer, or answers us. For whoever moves
    /// them.
    TransferSignalled {
        /// The room.
        room: RoomKey,
        /// The peer.
        peer_id: PeerId,
        /// What it says.
        signal: Box<TransferSignal>,
    },
    /// Tell the person at this machine.
    Tell(Event),
}

/// Whether a peer is in a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// It came.
    Here,
    /// Its connection was lost; it may come back in a moment.
    Lost,
    /// It left, or was turned away.
    Gone,
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
        /// Whether it was there before us, as far as can be told; then no notice says that it came.
        was_there: bool,
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
    /// Whom a private talk is with became known: it belongs to the person, not to the session, from
    /// now on. Where there was a talk with that person, the two are one.
    DirectMoved {
        /// The room it goes through.
        room: RoomKey,
        /// Whom it seemed to be with; there is no such talk any more.
        from: PersonId,
        /// The talk as it is now.
        talk: DirectSnapshot,
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
