//! What is being given: files where they lie, sealed as they are read.
//!
//! They are read once when they are offered, for the hashes; nothing sealed is kept. Of every record a
//! short mark is kept, and compared whenever the record is sealed again: a file that changed meanwhile
//! is not given. That is more than politeness: two versions of one record, sealed with one salt, would
//! give away the key.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use super::StoreError;
use super::source::Items;
use crate::sealed::{RECORD_LEN, Sealer};
use crate::torrent::metainfo::Metainfo;

/// Sealed records kept for the next request: peers ask for a quarter of one at a time.
const KEPT_RECORDS: usize = 16;

/// Files that are offered, as one torrent.
#[derive(Debug)]
pub struct Share {
    metainfo: Arc<Metainfo>,
    items: Arc<Items>,
    files: Vec<SealedFile>,
    kept: Mutex<VecDeque<Kept>>,
}

/// One file of the torrent.
#[derive(Debug)]
pub(super) struct SealedFile {
    /// Which of what was picked.
    pub(super) index: usize,
    pub(super) sealer: Sealer,
    /// One for each record.
    pub(super) marks: Vec<u64>,
}

#[derive(Debug)]
struct Kept {
    file: usize,
    record: u32,
    sealed: Vec<u8>,
}

impl Share {
    pub(super) fn of_items(
        metainfo: Arc<Metainfo>,
        items: Arc<Items>,
        files: Vec<SealedFile>,
    ) -> Self {
        Self {
            metainfo,
            items,
            files,
            kept: Mutex::default(),
        }
    }

    /// The description.
    #[must_use]
    pub fn metainfo(&self) -> &Arc<Metainfo> {
        &self.metainfo
    }

    /// Reads a part of the torrent. An error if a file is gone, or not what it was.
    pub fn read(&self, offset: u64, len: usize) -> Result<Vec<u8>, StoreError> {
        let end = offset.checked_add(len as u64);
        if end.is_none_or(|end| end > self.metainfo.total()) {
            return Err(StoreError::OutOfRange);
        }
        let mut bytes = Vec::with_capacity(len);
        for span in self.metainfo.spans(offset, len) {
            let Some(file) = self.files.get(span.file) else {
                return Err(StoreError::OutOfRange);
            };
            let end = span.offset + span.len as u64;
            let header = file.sealer.header();
            let from = (span.offset as usize).min(header.len());
            let to = (end.min(header.len() as u64)) as usize;
            bytes.extend_from_slice(header.get(from..to).unwrap_or_default());
            for record in file.sealer.records_of(span.offset..end) {
                let range = file.sealer.sealed_range(record);
                let from = span.offset.max(range.start) - range.start;
                let to = end.min(range.end).saturating_sub(range.start);
                self.with_record(span.file, file, record, |sealed| {
                    let part = sealed.get(from as usize..to as usize);
                    bytes.extend_from_slice(part.unwrap_or_default());
                })?;
            }
        }
        if bytes.len() != len {
            return Err(StoreError::OutOfRange);
        }
        Ok(bytes)
    }

    fn with_record(
        &self,
        number: usize,
        file: &SealedFile,
        record: u32,
        take: impl FnOnce(&[u8]),
    ) -> Result<(), StoreError> {
        let lock = || self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = lock()
            .iter()
            .find(|kept| kept.file == number && kept.record == record)
        {
            take(&kept.sealed);
            return Ok(());
        }
        let sealed = self.seal(file, record)?;
        take(&sealed);
        let mut kept = lock();
        if kept.len() >= KEPT_RECORDS {
            kept.pop_front();
        }
        kept.push_back(Kept {
            file: number,
            record,
            sealed,
        });
        Ok(())
    }

    fn seal(&self, file: &SealedFile, record: u32) -> Result<Vec<u8>, StoreError> {
        let range = file.sealer.plain_range(record);
        let len = (range.end - range.start) as usize;
        let mut bytes = Vec::with_capacity(RECORD_LEN);
        bytes.resize(len, 0);
        self.items.read(file.index, range.start, &mut bytes)?;
        if !file.sealer.seal(record, &mut bytes)
            || file.marks.get(record as usize) != Some(&Sealer::record_mark(&bytes))
        {
            return Err(StoreError::Changed);
        }
        Ok(bytes)
    }
}
