//! What is being given directly: files and folders where they lie, as they are.
//!
//! They are read once when they are offered, for the hashes. A file that changed since, by its length
//! or its time, is not given any more: those who fetch would take us for a liar.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use super::StoreError;
use crate::direct::{FileHasher, OfferHash, describe, piece_len};
use crate::limits::{MAX_DEPTH, MAX_DIRECT_BYTES, MAX_DIRECT_FILES};
use crate::names::{NameError, SafePath, is_junk};
use crate::torrent::metainfo::{Metainfo, MetainfoError};

/// How much is read at once when a file is hashed.
const STEP: usize = 256 * 1024;

/// Files and folders that are offered directly.
#[derive(Debug)]
pub struct Tree {
    metainfo: Arc<Metainfo>,
    offer: OfferHash,
    sources: Vec<Source>,
}

#[derive(Debug)]
struct Source {
    path: PathBuf,
    len: u64,
    modified: Option<SystemTime>,
}

impl Tree {
    /// Offers files, and folders with all that is in them. Links inside folders are left out: they may
    /// lead anywhere. `goes_on` is told how many bytes were read, and may call it off.
    pub fn new(
        paths: &[PathBuf],
        mut goes_on: impl FnMut(u64) -> bool,
    ) -> Result<Self, StoreError> {
        let mut found = Vec::new();
        for path in paths {
            // A link that a person picked is what the person means.
            let about = std::fs::metadata(path)?;
            walk(path, &about, &mut Vec::new(), &mut found)?;
        }
        let total = found.iter().try_fold(0_u64, |sum, (_, source)| {
            sum.checked_add(source.len)
                .filter(|total| *total <= MAX_DIRECT_BYTES)
        });
        let piece_len = piece_len(total.ok_or(MetainfoError::TooLarge)?);

        let mut hashed = Vec::new();
        let mut sources = Vec::new();
        let mut bytes = vec![0; STEP];
        for (path, source) in found {
            let mut file = source.open()?;
            let mut hasher = FileHasher::new(piece_len);
            let mut left = source.len;
            while left > 0 {
                let len = usize::try_from(left).map_or(STEP, |left| left.min(STEP));
                let part = bytes.get_mut(..len).unwrap_or_default();
                read_exact(&mut file, part)?;
                hasher.push(part);
                left -= len as u64;
                if !goes_on(len as u64) {
                    return Err(StoreError::CalledOff);
                }
            }
            hashed.push((path, hasher.finish()));
            sources.push(source);
        }
        let (metainfo, offer) = describe(&hashed)?;
        Ok(Self {
            metainfo: Arc::new(metainfo),
            offer,
            sources,
        })
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
            let source = self.sources.get(span.file).ok_or(StoreError::OutOfRange)?;
            let mut file = source.open()?;
            file.seek(SeekFrom::Start(span.offset))?;
            read_exact(&mut file, now)?;
        }
        Ok(bytes)
    }
}

impl Source {
    fn open(&self) -> Result<File, StoreError> {
        let file = OpenOptions::new().read(true).open(&self.path)?;
        let about = file.metadata()?;
        if about.len() != self.len || about.modified().ok() != self.modified {
            return Err(StoreError::Changed);
        }
        Ok(file)
    }
}

fn read_exact(file: &mut File, bytes: &mut [u8]) -> Result<(), StoreError> {
    file.read_exact(bytes).map_err(|why| match why.kind() {
        std::io::ErrorKind::UnexpectedEof => StoreError::Changed,
        _ => why.into(),
    })
}

fn walk(
    path: &Path,
    about: &Metadata,
    above: &mut Vec<String>,
    found: &mut Vec<(SafePath, Source)>,
) -> Result<(), StoreError> {
    let name = path.file_name().and_then(|name| name.to_str());
    let name = name.ok_or(NameError::NotText)?;
    if is_junk(name) {
        return Ok(());
    }
    above.push(name.to_owned());
    if about.is_file() {
        if found.len() >= MAX_DIRECT_FILES {
            return Err(MetainfoError::TooManyFiles.into());
        }
        let names = above.iter().map(String::as_bytes);
        let source = Source {
            path: path.to_owned(),
            len: about.len(),
            modified: about.modified().ok(),
        };
        found.push((SafePath::parse(names)?, source));
    } else if about.is_dir() {
        if above.len() >= MAX_DEPTH {
            return Err(NameError::TooDeep.into());
        }
        let mut entries = std::fs::read_dir(path)?.collect::<Result<Vec<_>, _>>()?;
        // The order of a disk is chance; the same folder shall be the same offer.
        entries.sort_by_key(std::fs::DirEntry::file_name);
        for entry in entries {
            let about = entry.metadata()?;
            if about.is_file() || about.is_dir() {
                walk(&entry.path(), &about, above, found)?;
            }
        }
    } else {
        return Err(StoreError::NotAFile);
    }
    above.pop();
    Ok(())
}
