//! What is being given directly: files and folders where they lie, as they are.
//!
//! They are read once when they are offered, for the hashes. A file that changed since, by its length
//! or its time, is not given any more: those who fetch would take us for a liar.

use std::sync::Arc;

use super::source::Items;
use super::{Finished, StoreError};
use crate::direct::OfferHash;
use crate::torrent::metainfo::Metainfo;

/// Files and folders that are offered directly.
#[derive(Debug)]
pub struct Tree {
    metainfo: Arc<Metainfo>,
    offer: OfferHash,
    items: Arc<Items>,
}

impl Tree {
    pub(super) fn of_items(metainfo: Arc<Metainfo>, offer: OfferHash, items: Arc<Items>) -> Self {
        Self {
            metainfo,
            offer,
            items,
        }
    }

    /// Gives on what was fetched and lies where it was put; nothing is read for it. An error if one of
    /// the files is not there, or is not as long as it was.
    pub fn of_finished(metainfo: Arc<Metainfo>, finished: &[Finished]) -> Result<Self, StoreError> {
        let mut files = Vec::new();
        for (index, entry) in metainfo.files().iter().enumerate() {
            let done = finished.iter().find(|done| done.file == index);
            let done = done.ok_or(StoreError::Unfinished)?;
            files.push((entry.path.clone(), done.path.clone()));
        }
        let items = Items::fetched(files)?;
        let lens = items.iter().map(|item| item.len);
        if metainfo.is_sealed() || !lens.eq(metainfo.files().iter().map(|file| file.len)) {
            return Err(StoreError::Changed);
        }
        let offer = OfferHash::of(metainfo.info());
        Ok(Self::of_items(metainfo, offer, Arc::new(items)))
    }

    /// The description.
    #[must_use]
    pub fn metainfo(&self) -> &Arc<Metainfo> {
        &self.metainfo
    }

    /// The offer's name.
    #[must_use]
    pub fn offer(&self) -> OfferHash {
        self.offer
    }

    /// Reads a part of it. An error if a file is gone, or not what it was.
    pub fn read(&self, offset: u64, len: usize) -> Result<Vec<u8>, StoreError> {
        let end = offset.checked_add(len as u64);
        if end.is_none_or(|end| end > self.metainfo.total()) {
            return Err(StoreError::OutOfRange);
        }
        let mut bytes = vec![0; len];
        let mut rest = &mut bytes[..];
        for span in self.metainfo.spans(offset, len) {
            let (now, later) = rest.split_at_mut(span.len.min(rest.len()));
            rest = later;
            self.items.is_same(span.file)?;
            self.items.read(span.file, span.offset, now)?;
        }
        Ok(bytes)
    }
}
