//! What moves: files being fetched, and files being given.

use serde::Serialize;

use crate::event::{Event, ShareKind};

/// Something that happened to a transfer, from what moves the bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FilesEvent {
    /// It is new, or something about it changed.
    TransferChanged {
        /// As it is now.
        transfer: Transfer,
    },
    /// It is over, and there is nothing left to tell of it.
    TransferGone {
        /// The room.
        room: String,
        /// What is shared.
        key: String,
    },
}

impl From<FilesEvent> for Event {
    fn from(event: FilesEvent) -> Self {
        match event {
            FilesEvent::TransferChanged { transfer } => Self::TransferChanged { transfer },
            FilesEvent::TransferGone { room, key } => Self::TransferGone { room, key },
        }
    }
}

/// One share as this machine fetches or gives it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Transfer {
    /// The room it is shared in.
    pub room: String,
    /// What commands about it call it, as its line does.
    pub key: String,
    /// The name of the file or folder, or of the first of several files.
    pub name: String,
    /// What it is.
    pub kind: ShareKind,
    /// Whether it is we who offer it.
    pub own: bool,
    /// What it is doing.
    pub state: TransferState,
    /// The bytes here; of what we offer, those made ready.
    pub have: u64,
    /// All bytes; null while it is not known.
    pub total: Option<u64>,
    /// Bytes in a second, fetched or given.
    pub speed: u64,
    /// How long it will take at this speed, in milliseconds; null while nobody can tell.
    pub left_ms: Option<u64>,
    /// How many it is fetched from, or given to, at this moment.
    pub peers: u32,
    /// Whether it waits for somebody who has it.
    pub stalled: bool,
    /// Its files; none while they are not known.
    pub files: Vec<TransferFile>,
    /// The folder it is kept in; null for what is held in memory.
    pub folder: Option<String>,
    /// Why it failed. Null unless it did.
    pub reason: Option<TransferFault>,
}

/// What a transfer is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum TransferState {
    /// Our files are being read, to be offered.
    Preparing,
    /// It was asked for, and waits for its turn or for its description.
    Waiting,
    /// It is coming.
    Fetching,
    /// The person stopped it for now.
    Paused,
    /// All is here; it is being put where it belongs.
    Saving,
    /// All of it is here.
    Done,
    /// It will not come, or cannot be offered; `reason` says why.
    Failed,
    /// It is ours, and whoever wants it gets it.
    Giving,
    /// It was taken back.
    Withdrawn,
}

/// One file of a transfer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct TransferFile {
    /// Where it is within the transfer, counted from zero: what commands about a file take.
    pub index: u32,
    /// Its name, with the folders it lies in.
    pub name: String,
    /// Its length in bytes.
    pub size: u64,
    /// What it is, by its name; never a folder.
    pub kind: ShareKind,
    /// What it is called in the folder it is kept in, once it is there.
    pub path_shown: Option<String>,
    /// Its media type, by its name and from our own list, where it can be shown or played in the
    /// window. Null for what is too large, or of a type that can hold a program.
    pub mime: Option<String>,
    /// Whether opening it may run what is in it: then it is only shown in its folder.
    pub runs: bool,
}

/// Files the person chose, dropped or pasted, before they are shared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Chosen {
    /// What commands about them call them.
    pub id: u64,
    /// The name of the first.
    pub name: String,
    /// How many files there are, those in folders too.
    pub files: u64,
    /// All of them together, in bytes.
    pub size: u64,
}

/// Why a transfer failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(
    tag = "kind",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum TransferFault {
    /// There is not enough room on the disk.
    NoRoom {
        /// How much is still to come, in bytes.
        needed: u64,
        /// How much must stay free beside that, in bytes.
        spare: u64,
        /// How much is free, in bytes.
        free: u64,
    },
    /// It is larger, or has more files, than can be shared.
    TooLarge,
    /// It is larger than what can be shown without being saved.
    TooLargeToShow,
    /// A name in it is one that nothing may be called.
    BadName,
    /// What came is not what was promised.
    WrongHash,
    /// It has other names, another size or another number of files than was told.
    NotAsOffered,
    /// The folder cannot be written to.
    CannotWrite,
    /// The files cannot be read.
    CannotRead,
    /// Our files are not what they were when they were offered.
    Changed,
    /// Our files are not there any more.
    NoLongerThere,
    /// Nobody who has it gives it.
    Refused,
    /// Nobody was found who has it.
    NobodyAnswers,
    /// It was locked with another key than the room's.
    CannotOpen,
    /// Somebody called it off.
    CalledOff,
}
