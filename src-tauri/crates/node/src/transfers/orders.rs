//! What the node's loop asks of the transfers, and what they report.

use std::path::PathBuf;

use files::store::Source;
use mesh::IceServer;
use room::{Has, Presence, RoomKey, ShareKey, SharedFiles};
use signalling::Proxy;
use tokio::sync::oneshot;
use view::{FilesEvent, Refusal, ShareKind};
use wire::{OfferName, Origin, PeerId, RoomName, TransferSignal};

use super::transfer::TransferId;

/// Where whoever asked waits for the answer.
pub(crate) type Answer<T> = oneshot::Sender<Result<T, Refusal>>;

/// What somebody wants to know of files that are here.
#[derive(Debug)]
pub(crate) enum Look {
    /// Read a part of a file that is here.
    Media {
        room: RoomKey,
        key: ShareKey,
        part: Part,
        answer: Answer<Media>,
    },
    /// Say where a file that is here lies.
    Path {
        room: RoomKey,
        key: ShareKey,
        file: u32,
        answer: Answer<PathBuf>,
    },
}

/// What is asked of the transfers.
pub(crate) enum Order {
    /// Read what the person picked, to offer it.
    Share {
        place: Place,
        sources: Vec<Source>,
        answer: Answer<()>,
    },
    /// What was ready is offered now, or was refused.
    Offered { transfer: TransferId, taken: bool },
    /// Fetch what somebody offers.
    Fetch {
        wanted: Box<Wanted>,
        answer: Answer<()>,
    },
    /// Do something about a transfer.
    Change {
        room: RoomKey,
        key: ShareKey,
        change: Change,
        /// The folder for downloads now, for what cannot lie any more where it was wanted.
        into: Option<PathBuf>,
        answer: Answer<()>,
    },
    /// Look at what is here.
    Look(Look),
    /// A peer wants to connect for the bytes of an offer, or answers.
    Signalled {
        place: Place,
        peer: PeerId,
        signal: Box<TransferSignal>,
    },
    /// Who has some of what is offered, or that it was taken back.
    Holders {
        room: RoomKey,
        key: ShareKey,
        holders: Vec<PeerId>,
        withdrawn: bool,
        /// What it would be if it were fetched into the folder for downloads.
        wanted: Option<Box<Wanted>>,
    },
    /// A peer came into a room, or is gone from it.
    Presence {
        room: RoomKey,
        peer: PeerId,
        presence: Presence,
    },
    /// A room is left.
    Left { room: RoomKey },
    /// Use these servers from the next connection on.
    Servers {
        servers: Vec<IceServer>,
        relay_only: bool,
    },
    /// Reach trackers through this proxy from now on.
    Proxy(Option<Proxy>),
    /// The rooms use this tracker.
    TrackerUsed { url: String, local: bool },
    /// The rooms use it no more.
    TrackerUnused { url: String },
    /// This machine's addresses changed, or it slept.
    NetworkChanged,
    /// End everything, and say when that is done.
    Stop(oneshot::Sender<()>),
}

/// What the transfers report.
#[derive(Debug)]
pub(crate) enum Report {
    /// Files of ours are ready to be offered.
    Ready {
        room: RoomKey,
        transfer: TransferId,
        shared: Box<SharedFiles>,
    },
    /// Our files are not what was offered any more.
    Spoilt { room: RoomKey, key: ShareKey },
    /// A peer shall be told this.
    Signal {
        room: RoomKey,
        peer: PeerId,
        signal: Box<TransferSignal>,
    },
    /// The others shall be told how much of an offer we have.
    Hold {
        room: RoomKey,
        offer: OfferName,
        has: Has,
    },
    /// The person shall be told this.
    Tell(FilesEvent),
}

/// A room, as far as transfers need to know it.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) room: RoomKey,
    pub(crate) name: RoomName,
    pub(crate) origin: Origin,
    /// Who we are there.
    pub(crate) me: PeerId,
}

/// Something that a person wants to have.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub(crate) place: Place,
    pub(crate) key: ShareKey,
    pub(crate) name: String,
    pub(crate) kind: ShareKind,
    /// How many files its sender says there are.
    pub(crate) files: Option<u32>,
    /// What its sender says it is long.
    pub(crate) size: Option<u64>,
    /// Where a browser's is.
    pub(crate) magnet: Option<String>,
    pub(crate) holders: Vec<PeerId>,
    /// The folder it shall lie in; in memory where `None`.
    pub(crate) into: Option<PathBuf>,
}

/// What can be done about a transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    Pause,
    Resume,
    /// Give it up; what is unfinished is removed. What is finished stays, and is not given any more.
    Cancel,
    /// Try again what failed.
    Retry,
    /// It is offered no more.
    Unshare,
}

/// A part of a file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part {
    pub(crate) file: u32,
    pub(crate) from: u64,
    pub(crate) len: u32,
}

/// A part of a file that is here, to be shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Media {
    /// What the file is called.
    pub name: String,
    /// How long all of it is.
    pub total: u64,
    /// The bytes asked for, or as many of them as there are.
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for Media {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Media")
            .field("total", &self.total)
            .field("bytes", &self.bytes.len())
            .finish_non_exhaustive()
    }
}
