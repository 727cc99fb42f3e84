//! What is being fetched: kept apart, as it comes, until it is whole.
//!
//! ```text
//!  folder/.chitchatter-<info hash>.part/
//!    info        the torrent's description
//!    have        a bit for each piece that is here
//!    0, 1, …     the files, sealed if from browsers; their names are not used yet
//!    0.open      being opened
//!    0.plain     opened, waiting for its name
//!    folders     which folders were made for which names
//! ```
//!
//! After a crash everything goes on: what `have` claims is hashed again before it is believed.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use super::{StoreError, free_bytes, is_folder, mark, open, place};
use crate::direct::{self, OfferHash};
use crate::limits::{MAX_METADATA_BYTES, MIN_FREE_BYTES, PARTIAL_LIFETIME};
use crate::sealed::{Opener, RECORD_LEN, RoomKey, plain_len};
use crate::torrent::bits::Bits;
use crate::torrent::ids::Hash;
use crate::torrent::metainfo::Metainfo;

const PREFIX: &str = ".chitchatter-";
const SUFFIX: &str = ".part";
/// How much is read at once when a file is opened.
const STEP: usize = 4 * RECORD_LEN;

/// A torrent that is being fetched into a folder.
#[derive(Debug)]
pub struct Partial {
    folder: PathBuf,
    dir: PathBuf,
    metainfo: Arc<Metainfo>,
    have: Mutex<Bits>,
}

/// A file that is in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finished {
    /// Which file of the torrent.
    pub file: usize,
    /// Where it is.
    pub path: PathBuf,
}

/// How long the files of a torrent are when opened. `None` if one cannot be a sealed file: then it is
/// not worth fetching.
#[must_use]
pub fn plain_sizes(metainfo: &Metainfo) -> Option<Vec<u64>> {
    let files = metainfo.files().iter();
    if !metainfo.is_sealed() {
        return Some(files.map(|file| file.len).collect());
    }
    files.map(|file| plain_len(file.len)).collect()
}

impl Partial {
    /// Begins to fetch into a folder, or goes on with what was begun there. Call
    /// [`Partial::check`] next. No more than `quota` bytes are taken.
    pub fn open(folder: &Path, metainfo: Arc<Metainfo>, quota: u64) -> Result<Self, StoreError> {
        if metainfo.total() > quota {
            return Err(StoreError::OverQuota);
        }
        let dir = dir_of(folder, metainfo.info_hash());
        if is_folder(&dir) {
            if read_small(&dir.join("info"), MAX_METADATA_BYTES)?.as_deref()
                != Some(metainfo.info())
            {
                // Nothing of it is of use without the description.
                write_small(&dir, "info", metainfo.info())?;
            }
        } else {
            // While a file is opened it is there twice.
            let sealed = metainfo.files().iter().filter(|_| metainfo.is_sealed());
            let largest = sealed.map(|file| file.len).max();
            let needed = metainfo.total() + largest.unwrap_or(0) + MIN_FREE_BYTES;
            if let Some(free) = free_bytes(folder)
                && free < needed
            {
                return Err(StoreError::NoRoom { needed, free });
            }
            make_dir(&dir)?;
            write_small(&dir, "info", metainfo.info())?;
        }
        let pieces = metainfo.pieces();
        let claimed = read_small(&dir.join("have"), pieces.div_ceil(8) as usize)?;
        let have = claimed.and_then(|claimed| Bits::parse(&claimed, pieces));
        Ok(Self {
            folder: folder.to_owned(),
            dir,
            have: Mutex::new(have.unwrap_or_else(|| Bits::none(pieces))),
            metainfo,
        })
    }

    /// What was begun in a folder and not finished.
    pub fn found_in(folder: &Path) -> Result<Vec<Self>, StoreError> {
        let mut found = Vec::new();
        for (hash, dir) in dirs_in(folder)? {
            let info = read_small(&dir.join("info"), MAX_METADATA_BYTES)?;
            let metainfo = info.and_then(|info| {
                let offer = OfferHash::of(&info);
                if offer.short() == hash {
                    return direct::parse(info, offer).ok();
                }
                Metainfo::parse(info, hash).ok()
            });
            if let Some(metainfo) = metainfo {
                found.push(Self::open(folder, Arc::new(metainfo), u64::MAX)?);
            }
        }
        Ok(found)
    }

    /// The description.
    #[must_use]
    pub fn metainfo(&self) -> &Arc<Metainfo> {
        &self.metainfo
    }

    /// The pieces that are here.
    #[must_use]
    pub fn have(&self) -> Bits {
        self.lock().clone()
    }

    /// Hashes what is claimed to be here, and keeps what is true. `goes_on` is told after each piece
    /// and may call it off.
    pub fn check(&self, mut goes_on: impl FnMut() -> bool) -> Result<Bits, StoreError> {
        if self.is_opening() {
            // All was here, and checked, before the first file was opened.
            return Ok(Bits::all(self.metainfo.pieces()));
        }
        let claimed = self.have();
        let mut have = claimed.clone();
        for piece in claimed.iter() {
            let len = self.metainfo.len_of(piece) as usize;
            let is_true = self
                .read(self.metainfo.piece_start(piece), len)
                .is_ok_and(|bytes| self.metainfo.is_piece(piece, &bytes));
            if !is_true {
                have.clear(piece);
            }
            if !goes_on() {
                return Err(StoreError::CalledOff);
            }
        }
        *self.lock() = have.clone();
        write_small(&self.dir, "have", have.as_bytes())?;
        Ok(have)
    }

    /// Writes a piece that was checked.
    pub fn write(&self, piece: u32, bytes: &[u8]) -> Result<(), StoreError> {
        if bytes.len() != self.metainfo.len_of(piece) as usize || bytes.is_empty() {
            return Err(StoreError::OutOfRange);
        }
        let mut rest = bytes;
        for span in self
            .metainfo
            .spans(self.metainfo.piece_start(piece), bytes.len())
        {
            let (now, later) = rest.split_at(span.len.min(rest.len()));
            rest = later;
            let path = self.dir.join(span.file.to_string());
            let mut options = OpenOptions::new();
            let mut file = open(&path, options.write(true).create(true).truncate(false))?;
            file.seek(SeekFrom::Start(span.offset))?;
            file.write_all(now)?;
        }
        let mut have = self.lock();
        have.set(piece);
        write_small(&self.dir, "have", have.as_bytes())
    }

    /// Reads what was written, for peers who want it too.
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
            let path = self.dir.join(span.file.to_string());
            let mut file = open(&path, OpenOptions::new().read(true))?;
            file.seek(SeekFrom::Start(span.offset))?;
            file.read_exact(now)?;
        }
        Ok(bytes)
    }

    /// Opens every file, gives it its name and marks it as being from `origin`; then nothing of the
    /// unfinished is left. Goes on where an earlier try ended. `goes_on` is told how many bytes were
    /// opened, and may call it off. What was given directly needs no key.
    pub fn finish(
        &self,
        key: Option<&RoomKey>,
        origin: &str,
        mut goes_on: impl FnMut(u64) -> bool,
    ) -> Result<Vec<Finished>, StoreError> {
        if !self.is_opening() && !self.lock().is_full() {
            return Err(StoreError::Unfinished);
        }
        if !self.is_opening() {
            self.make_empty_files()?;
        }
        // From here nothing is given or hashed any more; only this can go on.
        let files = 0..self.metainfo.files().len();
        for file in files.clone() {
            let here = self.dir.join(file.to_string());
            match (
                std::fs::symlink_metadata(&here).is_ok(),
                self.metainfo.is_sealed(),
            ) {
                (true, true) => {
                    let key = key.ok_or(StoreError::NoKey)?;
                    self.open_file(file, &here, key, &mut goes_on)?;
                }
                (true, false) => {
                    open(&here, OpenOptions::new().write(true))?.sync_all()?;
                    std::fs::rename(&here, self.plain(file))?;
                }
                (false, _) => {}
            }
        }

        let folders_at = self.dir.join("folders");
        let known = read_small(&folders_at, MAX_METADATA_BYTES)?.unwrap_or_default();
        let mut folders: BTreeMap<String, String> =
            serde_json::from_slice(&known).unwrap_or_default();
        let mut finished = Vec::new();
        for (file, entry) in self.metainfo.files().iter().enumerate() {
            let plain = self.plain(file);
            if std::fs::symlink_metadata(&plain).is_err() {
                continue;
            }
            mark::from_internet(&plain, origin);
            let known = folders.len();
            let path = place::place(&plain, &self.folder, &entry.path, &mut folders)?;
            if folders.len() != known {
                let text = serde_json::to_vec(&folders).unwrap_or_default();
                write_small(&self.dir, "folders", &text)?;
            }
            finished.push(Finished { file, path });
        }
        std::fs::remove_dir_all(&self.dir)?;
        Ok(finished)
    }

    /// Nothing is ever written to a file without bytes, so that it is not there yet.
    fn make_empty_files(&self) -> Result<(), StoreError> {
        for (file, entry) in self.metainfo.files().iter().enumerate() {
            if entry.len == 0 {
                let mut options = OpenOptions::new();
                let path = self.dir.join(file.to_string());
                open(&path, options.write(true).create(true).truncate(false))?;
            }
        }
        Ok(())
    }

    fn open_file(
        &self,
        file: usize,
        sealed: &Path,
        key: &RoomKey,
        goes_on: &mut impl FnMut(u64) -> bool,
    ) -> Result<(), StoreError> {
        let cannot = |why| StoreError::Sealed { file, why };
        let opening = self.dir.join(format!("{file}.open"));
        let mut from = open(sealed, OpenOptions::new().read(true))?;
        let mut options = OpenOptions::new();
        let mut to = open(&opening, options.write(true).create(true).truncate(true))?;
        let mut opener = Opener::new(key);
        let mut bytes = vec![0; STEP];
        let mut plain = Vec::with_capacity(STEP);
        loop {
            let read = from.read(&mut bytes)?;
            if read == 0 {
                opener.finish(&mut plain).map_err(cannot)?;
            } else {
                let part = bytes.get(..read).unwrap_or_default();
                opener.push(part, &mut plain).map_err(cannot)?;
            }
            to.write_all(&plain)?;
            if !goes_on(plain.len() as u64) {
                return Err(StoreError::CalledOff);
            }
            plain.clear();
            if read == 0 {
                break;
            }
        }
        // The opened file must be on disk before the sealed one is given up.
        to.sync_all()?;
        std::fs::rename(&opening, self.plain(file))?;
        std::fs::remove_file(sealed)?;
        Ok(())
    }

    /// Gives up: removes all of it.
    pub fn discard(self) -> Result<(), StoreError> {
        std::fs::remove_dir_all(&self.dir)?;
        Ok(())
    }

    fn plain(&self, file: usize) -> PathBuf {
        self.dir.join(format!("{file}.plain"))
    }

    /// Whether some file was opened already, so that not all is there sealed. Also when all of them
    /// have their names, and only the end of it was not come to.
    fn is_opening(&self) -> bool {
        let is_there = |path: PathBuf| std::fs::symlink_metadata(path).is_ok();
        let mut files = 0..self.metainfo.files().len();
        files.clone().any(|file| is_there(self.plain(file)))
            || is_there(self.dir.join("folders"))
            || (self.metainfo.total() > 0
                && self.lock().is_full()
                && !files.any(|file| is_there(self.dir.join(file.to_string()))))
    }

    fn lock(&self) -> MutexGuard<'_, Bits> {
        // Bits are whole after every change, so a panic elsewhere leaves nothing half done.
        self.have.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Removes what was begun in a folder long ago, but for what is still wanted. Says how many were.
pub fn clean(folder: &Path, wanted: &[Hash], now: SystemTime) -> Result<usize, StoreError> {
    let mut removed = 0;
    for (hash, dir) in dirs_in(folder)? {
        let touched = std::fs::symlink_metadata(dir.join("have"))
            .or_else(|_| std::fs::symlink_metadata(&dir))?
            .modified()?;
        let age = now.duration_since(touched).unwrap_or_default();
        if !wanted.contains(&hash) && age > PARTIAL_LIFETIME {
            std::fs::remove_dir_all(dir)?;
            removed += 1;
        }
    }
    Ok(removed)
}

fn dir_of(folder: &Path, hash: Hash) -> PathBuf {
    folder.join(format!("{PREFIX}{}{SUFFIX}", hash.to_hex()))
}

/// The folders that are ours: real ones, and with exactly the name we give.
fn dirs_in(folder: &Path) -> Result<Vec<(Hash, PathBuf)>, StoreError> {
    let mut dirs = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let hash = name
            .to_str()
            .and_then(|name| name.strip_prefix(PREFIX)?.strip_suffix(SUFFIX))
            .and_then(Hash::parse);
        if let Some(hash) = hash {
            let dir = dir_of(folder, hash);
            if entry.path() == dir && is_folder(&dir) {
                dirs.push((hash, dir));
            }
        }
    }
    dirs.sort();
    Ok(dirs)
}

fn make_dir(dir: &Path) -> Result<(), StoreError> {
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir).map_err(|why| match why.kind() {
        io::ErrorKind::AlreadyExists => StoreError::Foreign,
        _ => why.into(),
    })
}

/// Reads a small file of ours whole. `None` if there is none, or one that is longer than it can be.
fn read_small(path: &Path, limit: usize) -> Result<Option<Vec<u8>>, StoreError> {
    let file = match open(path, OpenOptions::new().read(true)) {
        Ok(file) => file,
        Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(why) => return Err(why.into()),
    };
    let mut bytes = Vec::new();
    file.take(limit as u64 + 1).read_to_end(&mut bytes)?;
    Ok((bytes.len() <= limit).then_some(bytes))
}

/// Writes a small file of ours so that it is there whole or not at all.
fn write_small(dir: &Path, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
    let new = dir.join(format!("{name}.new"));
    let mut options = OpenOptions::new();
    let mut file = open(&new, options.write(true).create(true).truncate(true))?;
    file.write_all(bytes)?;
    drop(file);
    std::fs::rename(new, dir.join(name))?;
    Ok(())
}
