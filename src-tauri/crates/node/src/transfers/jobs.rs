//! What blocks, done elsewhere: its end comes back to the task.

use std::path::PathBuf;

use files::store::{Begun, Disk, Finished, Kept, Prepared, StoreError, Tree, Whole};
use files::torrent::bits::Bits;
use files::torrent::ids::Hash;
use files::torrent::session::Ticket;
use view::TransferFault;

use super::engine::Engine;
use super::orders::{Answer, Media, Wanted};
use super::swarm::SwarmId;
use super::transfer::TransferId;

/// The end of something that blocked.
pub(super) enum Done {
    /// What was picked is described.
    Prepared {
        transfer: TransferId,
        made: Result<Box<Made>, StoreError>,
    },
    /// It was looked for what is here of something wanted.
    Looked {
        transfer: TransferId,
        found: Result<Option<(Kept, Bits)>, StoreError>,
    },
    /// It was looked for what is here from before of something nobody asked for yet.
    Remembered {
        wanted: Box<Wanted>,
        found: Result<Option<Begun>, StoreError>,
    },
    /// There is a place for what is wanted, or it is there.
    Placed {
        transfer: TransferId,
        swarm: SwarmId,
        placed: Result<Placed, StoreError>,
    },
    Read {
        swarm: SwarmId,
        blocks: Vec<(Ticket, Option<Vec<u8>>)>,
        fault: Option<TransferFault>,
    },
    Written {
        swarm: SwarmId,
        piece: u32,
        fault: Option<TransferFault>,
    },
    /// All is in its place.
    Saved {
        transfer: TransferId,
        swarm: SwarmId,
        saved: Result<(Whole, Option<Tree>), StoreError>,
    },
    /// A part of a file was read, to be shown.
    Media {
        media: Result<Media, StoreError>,
        answer: Answer<Media>,
    },
    /// What was left of something is removed, or written down.
    Removed(Hash),
}

/// Where something that is wanted goes.
pub(super) enum Placed {
    /// There, and so much of it is there from before.
    Kept(Kept, Bits),
    /// Nowhere: all of it lies where it would be put.
    There(Vec<Finished>, Tree),
}

/// What is to be offered.
pub(super) struct Made {
    pub(super) prepared: Prepared,
    pub(super) name: String,
    pub(super) kind: view::ShareKind,
    pub(super) files: u32,
    pub(super) total: u64,
    pub(super) all_media: bool,
    pub(super) thumbnail: Option<Vec<u8>>,
}

impl Engine {
    /// Does something that blocks, when it is its turn.
    pub(super) fn job<T: Send + 'static>(
        &self,
        disk: &Disk,
        job: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
        end: impl FnOnce(Result<T, StoreError>) -> Done + Send + 'static,
    ) {
        let disk = disk.clone();
        let done = self.done_told.clone();
        tokio::spawn(async move {
            let ended = end(disk.run(job).await);
            // Nobody is left to hear it when the node has stopped.
            let _ = done.send(ended);
        });
    }

    pub(super) fn job_done(&mut self, done: Done) {
        match done {
            Done::Prepared { transfer, made } => self.prepared(transfer, made),
            Done::Looked { transfer, found } => self.looked(transfer, found),
            Done::Remembered { wanted, found } => self.remembered(*wanted, found),
            Done::Placed {
                transfer,
                swarm,
                placed,
            } => self.placed(transfer, swarm, placed),
            Done::Read {
                swarm,
                blocks,
                fault,
            } => self.blocks_read(swarm, blocks, fault),
            Done::Written {
                swarm,
                piece,
                fault,
            } => self.piece_written(swarm, piece, fault),
            Done::Saved {
                transfer,
                swarm,
                saved,
            } => self.saved(transfer, swarm, saved),
            Done::Media { media, answer } => {
                let media = media.map_err(|_| view::Refusal::NoSuchShare);
                let _ = answer.send(media);
            }
            Done::Removed(hash) => self.removed(hash),
        }
        self.begin_next();
    }
}

/// Where a picked file lies, of which an offer says this name.
pub(super) fn place_in(picked: &[PathBuf], name: &str) -> Option<PathBuf> {
    let (first, rest) = match name.split_once('/') {
        Some((first, rest)) => (first, Some(rest)),
        None => (name, None),
    };
    let named = |path: &&PathBuf| path.file_name().is_some_and(|it| it == first);
    let base = picked.iter().find(named)?;
    Some(match rest {
        Some(rest) => base.join(rest),
        None => base.clone(),
    })
}
