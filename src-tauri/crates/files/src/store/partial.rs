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
//!    usual       empty; shows what may be done with new files
//!  folder/.chitchatter-<info hash>.gone/     being removed
//! ```
//!
//! After a crash everything goes on: what `have` claims is hashed again before it is believed. It may
//! claim a little less than is there, for it is not written after every piece.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::begun::{
    SUFFIX, claim, dir_of, dirs_in, is_there, lock, make_dir, read_small, write_small,
};
use super::handles::{Handles, read_at, write_at};
use super::{StoreError, free_bytes, is_folder, open};
use crate::direct::{self, OfferHash};
use crate::limits::{MAX_METADATA_BYTES, MIN_FREE_BYTES};
use crate::sealed::plain_len;
use crate::torrent::bits::Bits;
use crate::torrent::ids::Hash;
use crate::torrent::metainfo::Metainfo;

/// After how many bytes it is written down what is here, and looked for how much room is left. So much
/// is fetched again after a crash.
const SAVE_EVERY: u64 = 8 * 1024 * 1024;

/// A torrent that is being fetched into a folder.
#[derive(Debug)]
pub struct Partial {
    pub(super) folder: PathBuf,
    pub(super) dir: PathBuf,
    pub(super) metainfo: Arc<Metainfo>,
    state: Mutex<State>,
    pub(super) handles: Handles,
}

#[derive(Debug)]
pub(super) struct State {
    pub(super) have: Bits,
    /// Bytes written since it was last said what is here.
    unsaved: u64,
    /// Held as long as the unfinished is there; `None`: it is removed.
    lock: Option<File>,
}

/// What lies unfinished in a folder, as it says itself.
#[derive(Clone, Debug)]
pub struct Begun {
    /// The description.
    pub metainfo: Metainfo,
    /// How many bytes of it are claimed to be here.
    pub have: u64,
}

impl Begun {
    /// Looks what was begun in a folder and not finished. Nothing is hashed, or held.
    pub fn find(folder: &Path, hash: Hash) -> Result<Option<Self>, StoreError> {
        let dir = dir_of(folder, hash);
        if !is_folder(&dir) {
            return Ok(None);
        }
        let Some(metainfo) = described(&dir, hash)? else {
            return Ok(None);
        };
        let pieces = metainfo.pieces();
        let claimed = read_small(&dir.join("have"), pieces.div_ceil(8) as usize)?;
        let have = claimed.and_then(|claimed| Bits::parse(&claimed, pieces));
        let have = have.map_or(0, |have| bytes_of(&metainfo, &have));
        Ok(Some(Self { metainfo, have }))
    }
}

fn bytes_of(metainfo: &Metainfo, have: &Bits) -> u64 {
    let lens = have.iter().map(|piece| metainfo.len_of(piece));
    lens.map(u64::from).sum()
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
        if let Some(short) = free_bytes(folder).and_then(|free| shortage(&metainfo, 0, free)) {
            return Err(short);
        }
        make_dir(&dir)?;
        write_small(&dir, "info", metainfo.info())?;
        Self::go_on(folder, metainfo)
    }

    fn go_on(folder: &Path, metainfo: Arc<Metainfo>) -> Result<Self, StoreError> {
        let dir = dir_of(folder, metainfo.info_hash());
        let is_believed = claim(&dir)?;
        let lock = lock(&dir)?;
        if !is_believed {
            forget_opened(&dir, metainfo.files().len())?;
        }
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

    /// This one, if it was begun in a folder and not finished. An error if somebody else is fetching
    /// into it.
    pub fn begun(folder: &Path, hash: Hash) -> Result<Option<Self>, StoreError> {
        let dir = dir_of(folder, hash);
        if !is_folder(&dir) {
            return Ok(None);
        }
        let metainfo = described(&dir, hash)?;
        metainfo
            .map(|metainfo| Self::go_on(folder, Arc::new(metainfo)))
            .transpose()
    }

    /// What was begun in a folder and not finished, but for what somebody else is fetching into. All of
    /// it is held as long as the list is: look for one alone with [`Partial::begun`].
    pub fn found_in(folder: &Path) -> Result<Vec<Self>, StoreError> {
        let mut found = Vec::new();
        for (hash, dir) in dirs_in(folder, SUFFIX)? {
            // One that cannot be read does not hide the others.
            let metainfo = described(&dir, hash).ok().flatten();
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
            // All was here, and checked, before the first file was opened. That somebody else put it
            // there shows by its content, or by its length where only we could know that.
            if self.is_opened_true(&mut goes_on)? {
                return Ok(Bits::all(self.metainfo.pieces()));
            }
            forget_opened(&self.dir, self.metainfo.files().len())?;
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

    /// Gives up: removes all of it.
    pub fn discard(self) -> Result<(), StoreError> {
        self.handles.close();
        self.remove()
    }

    /// Half of it would look like something that can go on, so it gets another name first.
    pub(super) fn remove(&self) -> Result<(), StoreError> {
        // Some systems do not move a folder in which something is open.
        drop(self.lock().lock.take());
        let gone = self.dir.with_extension("gone");
        if is_folder(&gone) {
            std::fs::remove_dir_all(&gone)?;
        }
        let is_moved = std::fs::rename(&self.dir, &gone).is_ok();
        std::fs::remove_dir_all(if is_moved { &gone } else { &self.dir })?;
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
        let have = self.bytes_here();
        let short = free_bytes(&self.folder).and_then(|free| shortage(&self.metainfo, have, free));
        match short {
            Some(short) if !self.is_opening() => Err(short),
            _ => Ok(()),
        }
    }

    fn bytes_here(&self) -> u64 {
        bytes_of(&self.metainfo, &self.lock().have)
    }

    /// A full disk is told as such.
    pub(super) fn explain(&self, why: StoreError) -> StoreError {
        match why {
            StoreError::Io(io)
                if matches!(
                    io.kind(),
                    io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
                ) =>
            {
                StoreError::NoRoom {
                    needed: self.metainfo.total().saturating_sub(self.bytes_here()),
                    spare: spare(&self.metainfo),
                    free: free_bytes(&self.folder).unwrap_or(0),
                }
            }
            why => why,
        }
    }

    pub(super) fn data(&self, file: usize) -> PathBuf {
        self.dir.join(file.to_string())
    }

    pub(super) fn plain(&self, file: usize) -> PathBuf {
        self.dir.join(format!("{file}.plain"))
    }

    /// Whether some file was opened already, so that not all is there sealed. Also when all of them
    /// have their names, and only the end of it was not come to.
    pub(super) fn is_opening(&self) -> bool {
        let mut files = 0..self.metainfo.files().len();
        files.any(|file| is_there(&self.plain(file))) || is_there(&self.dir.join("places"))
    }

    /// Whether what was opened, and what has its name already, is what it must be. What was given
    /// directly is hashed again; of what was sealed only the lengths are known any more.
    fn is_opened_true(&self, goes_on: &mut impl FnMut() -> bool) -> Result<bool, StoreError> {
        let Some(lens) = plain_sizes(&self.metainfo) else {
            return Ok(false);
        };
        let is_sealed = self.metainfo.is_sealed();
        let places = self.places()?;
        let mut pieces = 0..self.metainfo.pieces();
        for (file, (entry, len)) in self.metainfo.files().iter().zip(lens).enumerate() {
            let (plain, data) = (self.plain(file), self.data(file));
            let (path, len) = if is_there(&plain) {
                (plain, len)
            } else if is_there(&data) {
                (data, entry.len)
            } else if let Some(path) = places.of_file(file) {
                (path, len)
            } else {
                // Somebody took it from its place: it is not there, and nothing is believed of it.
                let end = entry.start + entry.len;
                while pieces.start < pieces.end && self.metainfo.piece_start(pieces.start) < end {
                    pieces.start += 1;
                }
                continue;
            };
            let it = open(&path, OpenOptions::new().read(true))?;
            let about = it.metadata()?;
            if !about.is_file() || about.len() != len {
                return Ok(false);
            }
            let end = entry.start + entry.len;
            while !is_sealed
                && pieces.start < pieces.end
                && self.metainfo.piece_start(pieces.start) < end
            {
                let piece = pieces.start;
                pieces.start += 1;
                let mut bytes = vec![0; self.metainfo.len_of(piece) as usize];
                let from = self.metainfo.piece_start(piece) - entry.start;
                let is_read = read_at(&it, from, &mut bytes).is_ok();
                if !is_read || !self.metainfo.is_piece(piece, &bytes) {
                    return Ok(false);
                }
                if !goes_on() {
                    return Err(StoreError::CalledOff);
                }
            }
        }
        Ok(true)
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

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
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

/// Nothing in a folder of the unfinished is taken for opened any more.
fn forget_opened(dir: &Path, files: usize) -> Result<(), StoreError> {
    let opened = (0..files).flat_map(|file| [format!("{file}.plain"), format!("{file}.open")]);
    for name in opened.chain(["places".to_owned()]) {
        match std::fs::remove_file(dir.join(name)) {
            Err(why) if why.kind() != io::ErrorKind::NotFound => return Err(why.into()),
            _ => {}
        }
    }
    Ok(())
}

/// What lies in a folder of the unfinished, as its description says.
fn described(dir: &Path, hash: Hash) -> Result<Option<Metainfo>, StoreError> {
    let info = read_small(&dir.join("info"), MAX_METADATA_BYTES)?;
    Ok(info.and_then(|info| {
        let offer = OfferHash::of(&info);
        if offer.short() == hash {
            return direct::parse(info, offer).ok();
        }
        Metainfo::parse(info, hash).ok()
    }))
}

/// That there is too little room for a torrent of which so much is here, if there is.
fn shortage(metainfo: &Metainfo, have: u64, free: u64) -> Option<StoreError> {
    let (needed, spare) = (metainfo.total().saturating_sub(have), spare(metainfo));
    (free < needed.saturating_add(spare)).then_some(StoreError::NoRoom {
        needed,
        spare,
        free,
    })
}

/// How much must be free beside a torrent. While a file is opened it is there twice.
fn spare(metainfo: &Metainfo) -> u64 {
    let sealed = metainfo.files().iter().filter(|_| metainfo.is_sealed());
    let largest = sealed.map(|file| file.len).max();
    largest.unwrap_or(0) + MIN_FREE_BYTES
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::direct::{FileHasher, describe, piece_len};
    use crate::names::SafePath;

    #[test]
    fn what_is_told_to_be_short_is_what_is_still_to_come_and_what_stays_free_apart() {
        let mut hasher = FileHasher::new(piece_len(1_000));
        hasher.push(&[7; 1_000]);
        let path = SafePath::parse([&b"a.png"[..]]).expect("a path");
        let (metainfo, _) = describe(&[(path, hasher.finish())]).expect("described");

        let enough = 1_000 + MIN_FREE_BYTES;
        assert!(shortage(&metainfo, 0, enough).is_none());
        assert!(shortage(&metainfo, 400, enough - 400).is_none());
        let short = shortage(&metainfo, 400, enough - 401);
        let Some(StoreError::NoRoom {
            needed,
            spare,
            free,
        }) = short
        else {
            panic!("{short:?}");
        };
        assert_eq!((needed, spare), (600, MIN_FREE_BYTES));
        assert_eq!(free, enough - 401);
    }
}
