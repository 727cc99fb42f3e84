//! What is being fetched: kept apart, as it comes, until it is whole.
//!
//! ```text
//!  folder/.chitchatter-<info hash>.part/
//!    lock        held while somebody fetches into it
//!    info        the torrent's description
//!    have        a bit for each piece that is here
//!    0, 1, …     the files, sealed if from browsers; their names are not used yet
//!    0.open      being opened
//!    0.plain     opened, waiting for its name
//!    places      where finished files were put
//!  folder/.chitchatter-<info hash>.gone/     being removed
//! ```
//!
//! After a crash everything goes on: what `have` claims is hashed again before it is believed. It may
//! claim a little less than is there, for it is not written after every piece.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use super::handles::{Handles, read_at, write_at};
use super::place::Places;
use super::{StoreError, free_bytes, is_folder, mark, open};
use crate::direct::{self, OfferHash};
use crate::limits::{MAX_METADATA_BYTES, MIN_FREE_BYTES, PARTIAL_LIFETIME};
use crate::sealed::{Opener, RECORD_LEN, RoomKey, plain_len};
use crate::torrent::bits::Bits;
use crate::torrent::ids::Hash;
use crate::torrent::metainfo::Metainfo;

const PREFIX: &str = ".chitchatter-";
const SUFFIX: &str = ".part";
const GONE_SUFFIX: &str = ".gone";
/// How much is read at once when a file is opened.
const STEP: usize = 16 * RECORD_LEN;
/// After how many bytes it is written down what is here, and looked for how much room is left. So much
/// is fetched again after a crash.
const SAVE_EVERY: u64 = 8 * 1024 * 1024;

/// A torrent that is being fetched into a folder.
#[derive(Debug)]
pub struct Partial {
    folder: PathBuf,
    dir: PathBuf,
    metainfo: Arc<Metainfo>,
    state: Mutex<State>,
    handles: Handles,
}

#[derive(Debug)]
struct State {
    have: Bits,
    /// Bytes written since it was last said what is here.
    unsaved: u64,
    /// Held as long as the unfinished is there; `None`: it is removed.
    lock: Option<File>,
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
            let partial = Self::go_on(folder, Arc::clone(&metainfo))?;
            if !partial.is_spent()? {
                partial.look_for_room()?;
                return Ok(partial);
            }
            // All of it was put in its place, and somebody took it from there.
            partial.discard()?;
        }
        let needed = needed(&metainfo, 0);
        if let Some(free) = free_bytes(folder)
            && free < needed
        {
            return Err(StoreError::NoRoom { needed, free });
        }
        make_dir(&dir)?;
        write_small(&dir, "info", metainfo.info())?;
        Self::go_on(folder, metainfo)
    }

    fn go_on(folder: &Path, metainfo: Arc<Metainfo>) -> Result<Self, StoreError> {
        let dir = dir_of(folder, metainfo.info_hash());
        let lock = lock(&dir)?;
        if read_small(&dir.join("info"), MAX_METADATA_BYTES)?.as_deref() != Some(metainfo.info()) {
            write_small(&dir, "info", metainfo.info())?;
        }
        let pieces = metainfo.pieces();
        let claimed = read_small(&dir.join("have"), pieces.div_ceil(8) as usize)?;
        let have = claimed.and_then(|claimed| Bits::parse(&claimed, pieces));
        Ok(Self {
            folder: folder.to_owned(),
            dir,
            state: Mutex::new(State {
                have: have.unwrap_or_else(|| Bits::none(pieces)),
                unsaved: 0,
                lock: Some(lock),
            }),
            handles: Handles::default(),
            metainfo,
        })
    }

    /// What was begun in a folder and not finished, but for what somebody else is fetching into.
    pub fn found_in(folder: &Path) -> Result<Vec<Self>, StoreError> {
        let mut found = Vec::new();
        for (hash, dir) in dirs_in(folder, SUFFIX)? {
            // One that cannot be read does not hide the others.
            let info = read_small(&dir.join("info"), MAX_METADATA_BYTES);
            let metainfo = info.ok().flatten().and_then(|info| {
                let offer = OfferHash::of(&info);
                if offer.short() == hash {
                    return direct::parse(info, offer).ok();
                }
                Metainfo::parse(info, hash).ok()
            });
            let partial = metainfo.map(|metainfo| Self::go_on(folder, Arc::new(metainfo)));
            found.extend(partial.and_then(Result::ok));
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
        self.lock().have.clone()
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
        self.lock().have = have.clone();
        self.save()?;
        Ok(have)
    }

    /// Writes a piece that was checked.
    pub fn write(&self, piece: u32, bytes: &[u8]) -> Result<(), StoreError> {
        if bytes.len() != self.metainfo.len_of(piece) as usize || bytes.is_empty() {
            return Err(StoreError::OutOfRange);
        }
        let mut rest = bytes;
        let spans = self
            .metainfo
            .spans(self.metainfo.piece_start(piece), bytes.len());
        for span in spans {
            let (now, later) = rest.split_at(span.len.min(rest.len()));
            rest = later;
            let written = self
                .handle(span.file, true)
                .and_then(|file| Ok(write_at(&file, span.offset, now)?));
            written.map_err(|why| self.explain(why))?;
        }
        let is_due = {
            let mut state = self.lock();
            state.have.set(piece);
            state.unsaved += bytes.len() as u64;
            state.unsaved >= SAVE_EVERY && !state.have.is_full()
        };
        if is_due {
            self.save().map_err(|why| self.explain(why))?;
            self.look_for_room()?;
        }
        Ok(())
    }

    /// Writes down what is here, so that no more than this must be fetched after a crash. It is done
    /// now and then by itself, and in the end.
    pub fn save(&self) -> Result<(), StoreError> {
        let mut state = self.lock();
        if state.lock.is_some() {
            write_small(&self.dir, "have", state.have.as_bytes())?;
            state.unsaved = 0;
        }
        Ok(())
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
            read_at(&*self.handle(span.file, false)?, span.offset, now)?;
        }
        Ok(bytes)
    }

    /// Opens every file, gives it its name and marks it as being from `origin`; then nothing of the
    /// unfinished is left. Goes on where an earlier try ended. `goes_on` is told how many bytes were
    /// opened, and may call it off. What was given directly needs no key. Nothing can be read from
    /// here any more when this has begun; see [`Tree::of_finished`](super::Tree::of_finished).
    pub fn finish(
        &self,
        key: Option<&RoomKey>,
        origin: &str,
        mut goes_on: impl FnMut(u64) -> bool,
    ) -> Result<Vec<Finished>, StoreError> {
        if !self.is_opening() {
            if !self.lock().have.is_full() {
                return Err(StoreError::Unfinished);
            }
            self.save()?;
            self.make_empty_files()?;
            if !self.metainfo.is_sealed() {
                // From the first renaming on nobody hashes what is here again, so it must be on disk.
                for file in 0..self.metainfo.files().len() {
                    open(&self.data(file), OpenOptions::new().write(true))?.sync_all()?;
                }
            }
        }
        self.handles.close();
        for file in 0..self.metainfo.files().len() {
            let here = self.data(file);
            match (is_there(&here), self.metainfo.is_sealed()) {
                (true, true) => {
                    let key = key.ok_or(StoreError::NoKey)?;
                    self.open_file(file, &here, key, &mut goes_on)
                        .map_err(|why| self.explain(why))?;
                }
                (true, false) => std::fs::rename(&here, self.plain(file))?,
                (false, _) => {}
            }
        }

        let mut places = self.places()?;
        let mut finished = Vec::new();
        for (file, entry) in self.metainfo.files().iter().enumerate() {
            let plain = self.plain(file);
            let path = if is_there(&plain) {
                mark::from_internet(&plain, origin);
                places.place(file, &plain, &entry.path)?
            } else if let Some(path) = places.of_file(file) {
                path
            } else {
                continue;
            };
            finished.push(Finished { file, path });
        }
        drop(places);
        self.remove()?;
        Ok(finished)
    }

    /// Nothing is ever written to a file without bytes, so that it is not there yet.
    fn make_empty_files(&self) -> Result<(), StoreError> {
        for (file, entry) in self.metainfo.files().iter().enumerate() {
            if entry.len == 0 {
                let mut options = OpenOptions::new();
                options.write(true).create(true).truncate(false);
                open(&self.data(file), &mut options)?;
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
        self.handles.close();
        self.remove()
    }

    /// Half of it would look like something that can go on, so it gets another name first.
    fn remove(&self) -> Result<(), StoreError> {
        // Some systems do not move a folder in which something is open.
        drop(self.lock().lock.take());
        let gone = self.dir.with_extension("gone");
        if is_folder(&gone) {
            std::fs::remove_dir_all(&gone)?;
        }
        std::fs::rename(&self.dir, &gone)?;
        std::fs::remove_dir_all(gone)?;
        Ok(())
    }

    fn handle(&self, file: usize, may_make: bool) -> Result<Arc<File>, StoreError> {
        self.handles.get(file, || {
            let mut options = OpenOptions::new();
            options.read(true).write(true).create(may_make);
            Ok(open(&self.data(file), &mut options)?)
        })
    }

    /// Other programs take room, too. What is left alone is left alone.
    fn look_for_room(&self) -> Result<(), StoreError> {
        let needed = {
            let have = &self.lock().have;
            let lens = have.iter().map(|piece| self.metainfo.len_of(piece));
            needed(&self.metainfo, lens.map(u64::from).sum())
        };
        match free_bytes(&self.folder) {
            Some(free) if free < needed && !self.is_opening() => {
                Err(StoreError::NoRoom { needed, free })
            }
            _ => Ok(()),
        }
    }

    /// A full disk is told as such.
    fn explain(&self, why: StoreError) -> StoreError {
        match why {
            StoreError::Io(io)
                if matches!(
                    io.kind(),
                    io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
                ) =>
            {
                StoreError::NoRoom {
                    needed: self.metainfo.total(),
                    free: free_bytes(&self.folder).unwrap_or(0),
                }
            }
            why => why,
        }
    }

    fn data(&self, file: usize) -> PathBuf {
        self.dir.join(file.to_string())
    }

    fn plain(&self, file: usize) -> PathBuf {
        self.dir.join(format!("{file}.plain"))
    }

    fn places(&self) -> Result<Places, StoreError> {
        Places::open(&self.dir.join("places"), &self.folder)
    }

    /// Whether some file was opened already, so that not all is there sealed. Also when all of them
    /// have their names, and only the end of it was not come to.
    fn is_opening(&self) -> bool {
        let mut files = 0..self.metainfo.files().len();
        files.any(|file| is_there(&self.plain(file))) || is_there(&self.dir.join("places"))
    }

    /// Whether all files were put in their places, and not all are there any more.
    fn is_spent(&self) -> Result<bool, StoreError> {
        let files = 0..self.metainfo.files().len();
        let is_left = |file: &usize| is_there(&self.plain(*file)) || is_there(&self.data(*file));
        if !is_there(&self.dir.join("places")) || files.clone().any(|file| is_left(&file)) {
            return Ok(false);
        }
        let places = self.places()?;
        Ok(files.clone().any(|file| places.of_file(file).is_none()))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Bits are whole after every change, so a panic elsewhere leaves nothing half done.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        if self.lock().unsaved > 0 {
            // A little more is fetched again when this fails.
            let _ = self.save();
        }
    }
}

/// Removes what was begun in a folder long ago, but for what is still wanted or in use. Says how many
/// were.
pub fn clean(folder: &Path, wanted: &[Hash], now: SystemTime) -> Result<usize, StoreError> {
    let mut removed = 0;
    for (hash, dir) in dirs_in(folder, SUFFIX)? {
        let touched = std::fs::symlink_metadata(dir.join("have"))
            .or_else(|_| std::fs::symlink_metadata(&dir))?
            .modified()?;
        let age = now.duration_since(touched).unwrap_or_default();
        if !wanted.contains(&hash) && age > PARTIAL_LIFETIME && lock(&dir).is_ok() {
            std::fs::remove_dir_all(dir)?;
            removed += 1;
        }
    }
    for (_, dir) in dirs_in(folder, GONE_SUFFIX)? {
        std::fs::remove_dir_all(dir)?;
    }
    Ok(removed)
}

fn dir_of(folder: &Path, hash: Hash) -> PathBuf {
    folder.join(format!("{PREFIX}{}{SUFFIX}", hash.to_hex()))
}

/// The folders that are ours: real ones, and with exactly the name we give.
fn dirs_in(folder: &Path, suffix: &str) -> Result<Vec<(Hash, PathBuf)>, StoreError> {
    let mut dirs = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_str().unwrap_or_default();
        let hash = name
            .strip_prefix(PREFIX)
            .and_then(|name| Hash::parse(name.strip_suffix(suffix)?));
        if let Some(hash) = hash {
            let ours = format!("{PREFIX}{}{suffix}", hash.to_hex());
            if name == ours && is_folder(&entry.path()) {
                dirs.push((hash, entry.path()));
            }
        }
    }
    dirs.sort();
    Ok(dirs)
}

/// How much room a torrent needs of which so much is here. While a file is opened it is there twice.
fn needed(metainfo: &Metainfo, have: u64) -> u64 {
    let sealed = metainfo.files().iter().filter(|_| metainfo.is_sealed());
    let largest = sealed.map(|file| file.len).max();
    metainfo.total().saturating_sub(have) + largest.unwrap_or(0) + MIN_FREE_BYTES
}

/// Makes a folder ours as long as the file lives, also against other programs like this one.
fn lock(dir: &Path) -> Result<File, StoreError> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    let file = open(&dir.join("lock"), &mut options)?;
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Err(StoreError::InUse),
        // Where nothing can be locked, two do each other no more harm than fetching again.
        Ok(()) | Err(TryLockError::Error(_)) => Ok(file),
    }
}

fn is_there(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok()
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
