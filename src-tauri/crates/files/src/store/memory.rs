//! What is being fetched to be shown and not saved: kept in memory, within a bound.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{StoreError, plain_sizes};
use crate::limits::MAX_MEMORY_BYTES;
use crate::names::SafePath;
use crate::sealed::{Opener, RECORD_LEN, RoomKey};
use crate::torrent::bits::Bits;
use crate::torrent::metainfo::Metainfo;

/// A torrent that is being fetched into memory. It never touches the disk.
pub struct Memory {
    metainfo: Arc<Metainfo>,
    inner: Mutex<Inner>,
}

struct Inner {
    bytes: Vec<u8>,
    have: Bits,
}

/// A file that is whole, in memory.
#[derive(Clone, PartialEq, Eq)]
pub struct Opened {
    /// Which file of the torrent.
    pub file: usize,
    /// What it is called.
    pub path: SafePath,
    /// What is in it.
    pub bytes: Arc<[u8]>,
}

impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Opened")
            .field("file", &self.file)
            .field("len", &self.bytes.len())
            .finish_non_exhaustive()
    }
}

impl Memory {
    /// Makes room for a torrent. No more than `quota` bytes are taken, and never more than
    /// [`MAX_MEMORY_BYTES`].
    pub fn new(metainfo: Arc<Metainfo>, quota: u64) -> Result<Self, StoreError> {
        let len = usize::try_from(metainfo.total());
        let fits = metainfo.total() <= quota.min(MAX_MEMORY_BYTES);
        let len = len.ok().filter(|_| fits).ok_or(StoreError::OverQuota)?;
        let inner = Inner {
            bytes: vec![0; len],
            have: Bits::none(metainfo.pieces()),
        };
        Ok(Self {
            metainfo,
            inner: Mutex::new(inner),
        })
    }

    /// The description.
    #[must_use]
    pub fn metainfo(&self) -> &Arc<Metainfo> {
        &self.metainfo
    }

    /// The pieces that are here.
    #[must_use]
    pub fn have(&self) -> Bits {
        self.lock().have.clone()
    }

    /// Keeps a piece that was checked.
    pub fn write(&self, piece: u32, bytes: &[u8]) -> Result<(), StoreError> {
        if bytes.len() != self.metainfo.len_of(piece) as usize || bytes.is_empty() {
            return Err(StoreError::OutOfRange);
        }
        let start = usize::try_from(self.metainfo.piece_start(piece));
        let start = start.map_err(|_| StoreError::OutOfRange)?;
        let mut inner = self.lock();
        let place = inner.bytes.get_mut(start..start + bytes.len());
        place.ok_or(StoreError::OutOfRange)?.copy_from_slice(bytes);
        inner.have.set(piece);
        Ok(())
    }

    /// Reads what was written, for peers who want it too; also after it is whole.
    pub fn read(&self, offset: u64, len: usize) -> Result<Vec<u8>, StoreError> {
        let from = usize::try_from(offset).map_err(|_| StoreError::OutOfRange)?;
        let end = from.checked_add(len).ok_or(StoreError::OutOfRange)?;
        let inner = self.lock();
        let part = inner.bytes.get(from..end).ok_or(StoreError::OutOfRange)?;
        Ok(part.to_vec())
    }

    /// Opens every file. What was given directly needs no key. May be called again.
    pub fn finish(&self, key: Option<&RoomKey>) -> Result<Vec<Opened>, StoreError> {
        let inner = self.lock();
        if !inner.have.is_full() {
            return Err(StoreError::Unfinished);
        }
        let sizes = plain_sizes(&self.metainfo).ok_or(StoreError::OutOfRange)?;
        let mut opened = Vec::new();
        for (file, (entry, size)) in self.metainfo.files().iter().zip(sizes).enumerate() {
            let start = entry.start as usize;
            let part = inner.bytes.get(start..start + entry.len as usize);
            let part = part.ok_or(StoreError::OutOfRange)?;
            let bytes = if self.metainfo.is_sealed() {
                let key = key.ok_or(StoreError::NoKey)?;
                open(part, size as usize, key)
                    .map_err(|why| StoreError::Sealed { file, why })?
                    .into()
            } else {
                Arc::from(part)
            };
            opened.push(Opened {
                file,
                path: entry.path.clone(),
                bytes,
            });
        }
        Ok(opened)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // A piece is marked only after all of it is here.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Memory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Memory")
            .field("metainfo", &self.metainfo)
            .finish_non_exhaustive()
    }
}

fn open(sealed: &[u8], size: usize, key: &RoomKey) -> Result<Vec<u8>, crate::sealed::OpenError> {
    let mut opener = Opener::new(key);
    let mut plain = Vec::with_capacity(size);
    for part in sealed.chunks(RECORD_LEN) {
        opener.push(part, &mut plain)?;
    }
    opener.finish(&mut plain)?;
    Ok(plain)
}
