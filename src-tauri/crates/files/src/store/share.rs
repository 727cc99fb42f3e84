//! What is being given: files where they lie, sealed as they are read.
//!
//! They are read once when they are offered, for the hashes; nothing sealed is kept. Of every record a
//! short mark is kept, and compared whenever the record is sealed again: a file that changed meanwhile
//! is not given. That is more than politeness: two versions of one record, sealed with one salt, would
//! give away the key.

use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use rand::{CryptoRng, RngCore};

use super::StoreError;
use crate::limits::{MAX_FILES, MAX_TOTAL_BYTES};
use crate::names::{SafePath, is_junk};
use crate::sealed::{RoomKey, SALT_LEN, Sealer, sealed_len};
use crate::torrent::metainfo::{Metainfo, MetainfoError, PieceHasher, piece_len};

/// Sealed records kept for the next request: peers ask for a quarter of one at a time.
const KEPT_RECORDS: usize = 16;

/// Files that are offered, as one torrent.
#[derive(Debug)]
pub struct Share {
    metainfo: Arc<Metainfo>,
    sources: Vec<Source>,
    kept: Mutex<VecDeque<Kept>>,
}

#[derive(Debug)]
struct Source {
    path: PathBuf,
    sealer: Sealer,
    marks: Vec<u64>,
}

#[derive(Debug)]
struct Kept {
    file: usize,
    record: u32,
    sealed: Vec<u8>,
}

impl Share {
    /// Offers files of a room, each with a new salt. Reads all of them once; `goes_on` is told how
    /// many bytes were read, and may call it off. Files nobody means to share are left out.
    pub fn new(
        paths: &[PathBuf],
        key: &RoomKey,
        rng: &mut (impl RngCore + CryptoRng),
        mut goes_on: impl FnMut(u64) -> bool,
    ) -> Result<Self, StoreError> {
        let mut sources = Vec::new();
        let mut entries = Vec::new();
        for path in paths {
            let name = path.file_name().and_then(|name| name.to_str());
            let name = name.ok_or(StoreError::NotAFile)?;
            if is_junk(name) {
                continue;
            }
            let about = std::fs::metadata(path)?;
            if !about.is_file() {
                return Err(StoreError::NotAFile);
            }
            if sources.len() >= MAX_FILES {
                return Err(MetainfoError::TooManyFiles.into());
            }
            let mut salt = [0; SALT_LEN];
            rng.fill_bytes(&mut salt);
            entries.push((SafePath::parse([name.as_bytes()])?, sealed_len(about.len())));
            sources.push(Source {
                path: path.clone(),
                sealer: Sealer::new(key, salt, about.len()),
                marks: Vec::new(),
            });
        }
        let total = entries.iter().try_fold(0_u64, |sum, (_, len)| {
            sum.checked_add(*len)
                .filter(|total| *total <= MAX_TOTAL_BYTES)
        });
        let total = total.ok_or(MetainfoError::TooLarge)?;

        let mut hasher = PieceHasher::new(piece_len(total));
        for source in &mut sources {
            hasher.push(&source.sealer.header());
            let mut file = open(source)?;
            for record in 0..source.sealer.records() {
                let sealed = seal(source, &mut file, record)?;
                source.marks.push(Sealer::record_mark(&sealed));
                hasher.push(&sealed);
                let plain = source.sealer.plain_range(record);
                if !goes_on(plain.end - plain.start) {
                    return Err(StoreError::CalledOff);
                }
            }
        }
        Ok(Self {
            metainfo: Arc::new(Metainfo::new(&entries, &hasher.finish())?),
            sources,
            kept: Mutex::default(),
        })
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
            let Some(source) = self.sources.get(span.file) else {
                return Err(StoreError::OutOfRange);
            };
            let end = span.offset + span.len as u64;
            let header = source.sealer.header();
            let from = (span.offset as usize).min(header.len());
            let to = (end.min(header.len() as u64)) as usize;
            bytes.extend_from_slice(header.get(from..to).unwrap_or_default());
            for record in source.sealer.records_of(span.offset..end) {
                let range = source.sealer.sealed_range(record);
                let from = span.offset.max(range.start) - range.start;
                let to = end.min(range.end).saturating_sub(range.start);
                self.with_record(span.file, source, record, |sealed| {
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
        file: usize,
        source: &Source,
        record: u32,
        take: impl FnOnce(&[u8]),
    ) -> Result<(), StoreError> {
        let lock = || self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = lock()
            .iter()
            .find(|kept| kept.file == file && kept.record == record)
        {
            take(&kept.sealed);
            return Ok(());
        }
        let sealed = seal(source, &mut open(source)?, record)?;
        if source.marks.get(record as usize) != Some(&Sealer::record_mark(&sealed)) {
            return Err(StoreError::Changed);
        }
        take(&sealed);
        let mut kept = lock();
        if kept.len() >= KEPT_RECORDS {
            kept.pop_front();
        }
        kept.push_back(Kept {
            file,
            record,
            sealed,
        });
        Ok(())
    }
}

fn open(source: &Source) -> Result<File, StoreError> {
    // A link that a person picked is what the person means: it is followed.
    Ok(OpenOptions::new().read(true).open(&source.path)?)
}

fn seal(source: &Source, file: &mut File, record: u32) -> Result<Vec<u8>, StoreError> {
    let range = source.sealer.plain_range(record);
    let mut bytes = vec![0; (range.end - range.start) as usize];
    file.seek(SeekFrom::Start(range.start))?;
    file.read_exact(&mut bytes)
        .map_err(|why| match why.kind() {
            std::io::ErrorKind::UnexpectedEof => StoreError::Changed,
            _ => why.into(),
        })?;
    if !source.sealer.seal(record, &mut bytes) {
        return Err(StoreError::Changed);
    }
    Ok(bytes)
}
