//! Where a download is kept while it comes: one face for the disk and for memory.

use std::sync::Arc;

use super::{Finished, Memory, Opened, Partial, StoreError};
use crate::sealed::RoomKey;
use crate::torrent::bits::Bits;
use crate::torrent::metainfo::Metainfo;

/// A download.
#[derive(Debug)]
pub enum Kept {
    /// It shall lie in a folder.
    Disk(Partial),
    /// It shall only be shown.
    Memory(Memory),
}

/// A download that is whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whole {
    /// Its files are in their places.
    Disk(Vec<Finished>),
    /// Its files are here.
    Memory(Vec<Opened>),
}

impl Kept {
    /// The description.
    #[must_use]
    pub fn metainfo(&self) -> &Arc<Metainfo> {
        match self {
            Self::Disk(partial) => partial.metainfo(),
            Self::Memory(memory) => memory.metainfo(),
        }
    }

    /// The pieces that are here.
    #[must_use]
    pub fn have(&self) -> Bits {
        match self {
            Self::Disk(partial) => partial.have(),
            Self::Memory(memory) => memory.have(),
        }
    }

    /// Hashes what is claimed to be here from an earlier time, and keeps what is true. `goes_on` is
    /// told after each piece and may call it off.
    pub fn check(&self, goes_on: impl FnMut() -> bool) -> Result<Bits, StoreError> {
        match self {
            Self::Disk(partial) => partial.check(goes_on),
            Self::Memory(memory) => Ok(memory.have()),
        }
    }

    /// Keeps a piece that was checked.
    pub fn write(&self, piece: u32, bytes: &[u8]) -> Result<(), StoreError> {
        match self {
            Self::Disk(partial) => partial.write(piece, bytes),
            Self::Memory(memory) => memory.write(piece, bytes),
        }
    }

    /// Reads what was written, for peers who want it too.
    pub fn read(&self, offset: u64, len: usize) -> Result<Vec<u8>, StoreError> {
        match self {
            Self::Disk(partial) => partial.read(offset, len),
            Self::Memory(memory) => memory.read(offset, len),
        }
    }

    /// Opens every file; on the disk gives it its name and marks it as being from `origin`. `goes_on`
    /// is told how many bytes more were opened, and may call it off.
    pub fn finish(
        &self,
        key: Option<&RoomKey>,
        origin: &str,
        goes_on: impl FnMut(u64) -> bool,
    ) -> Result<Whole, StoreError> {
        match self {
            Self::Disk(partial) => partial.finish(key, origin, goes_on).map(Whole::Disk),
            Self::Memory(memory) => memory.finish(key).map(Whole::Memory),
        }
    }

    /// Gives up: nothing of it is left.
    pub fn discard(self) -> Result<(), StoreError> {
        match self {
            Self::Disk(partial) => partial.discard(),
            Self::Memory(_) => Ok(()),
        }
    }
}
