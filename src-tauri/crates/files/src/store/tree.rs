//! What is being given directly: files and folders where they lie, as they are.
//!
//! They are read once when they are offered, for the hashes. A file that changed since, by its length
//! or its time, is not given any more: those who fetch would take us for a liar.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::source::Items;
use super::{Finished, StoreError, is_folder};
use crate::direct::OfferHash;
use crate::names::SafePath;
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

    /// What lies in a folder already under the very names of what is described, if it is that, byte
    /// for byte: saved another time, or come another way. `goes_on` is asked after each piece, and may
    /// call it off.
    pub fn found_in(
        folder: &Path,
        metainfo: &Arc<Metainfo>,
        mut goes_on: impl FnMut() -> bool,
    ) -> Result<Option<(Self, Vec<Finished>)>, StoreError> {
        let mut finished = Vec::new();
        for (file, entry) in metainfo.files().iter().enumerate() {
            let Some(path) = place_of(folder, &entry.path, entry.len) else {
                return Ok(None);
            };
            finished.push(Finished { file, path });
        }
        let Ok(tree) = Self::of_finished(Arc::clone(metainfo), &finished) else {
            return Ok(None);
        };
        for piece in 0..metainfo.pieces() {
            let len = metainfo.len_of(piece) as usize;
            let is_true = tree
                .read(metainfo.piece_start(piece), len)
                .is_ok_and(|bytes| metainfo.is_piece(piece, &bytes));
            if !is_true {
                return Ok(None);
            }
            if !goes_on() {
                return Err(StoreError::CalledOff);
            }
        }
        Ok(Some((tree, finished)))
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

/// Where a file of this name and length lies below a folder, and no link leads out of it.
fn place_of(folder: &Path, path: &SafePath, len: u64) -> Option<PathBuf> {
    let (name, parents) = path.names().split_last()?;
    let mut place = folder.to_owned();
    for parent in parents {
        place.push(parent.as_str());
        if !is_folder(&place) {
            return None;
        }
    }
    place.push(name.as_str());
    let about = std::fs::symlink_metadata(&place).ok()?;
    (about.is_file() && about.len() == len).then_some(place)
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;
    use crate::direct::{FileHasher, describe, piece_len};

    const WORDS: &[u8] = b"what was said";

    #[test]
    fn what_lies_there_is_taken_only_for_what_it_is_byte_for_byte() {
        let metainfo = album();
        let folder = TempDir::new().expect("a folder");
        let place = folder.path().join("album");
        let found = || {
            let found = Tree::found_in(folder.path(), &metainfo, || true);
            found.expect("it can be read").map(|(_, finished)| finished)
        };
        assert_eq!(found(), None);
        std::fs::create_dir(&place).expect("made");
        let file = place.join("words.txt");
        std::fs::write(&file, WORDS).expect("written");
        let there = Finished {
            file: 0,
            path: file.clone(),
        };
        assert_eq!(found(), Some(vec![there]));

        for other in [&b"what was sung"[..], b"what was said!", b""] {
            std::fs::write(&file, other).expect("written");
            assert_eq!(found(), None);
        }
    }

    #[cfg(unix)]
    #[test]
    fn no_link_is_followed_to_what_lies_elsewhere() {
        use std::os::unix::fs::symlink;

        let metainfo = album();
        let (folder, elsewhere) = (TempDir::new(), TempDir::new());
        let (folder, elsewhere) = (folder.expect("one"), elsewhere.expect("two"));
        let file = elsewhere.path().join("words.txt");
        std::fs::write(&file, WORDS).expect("written");
        let found = || {
            let found = Tree::found_in(folder.path(), &metainfo, || true);
            found.expect("it can be read").is_some()
        };
        let place = folder.path().join("album");
        symlink(elsewhere.path(), &place).expect("a link");
        assert!(!found());
        std::fs::remove_file(&place).expect("removed");
        std::fs::create_dir(&place).expect("made");
        symlink(&file, place.join("words.txt")).expect("a link");
        assert!(!found());
    }

    #[test]
    fn looking_can_be_called_off() {
        let folder = TempDir::new().expect("a folder");
        std::fs::create_dir(folder.path().join("album")).expect("made");
        std::fs::write(folder.path().join("album/words.txt"), WORDS).expect("written");
        let found = Tree::found_in(folder.path(), &album(), || false);
        assert!(matches!(found, Err(StoreError::CalledOff)));
    }

    fn album() -> Arc<Metainfo> {
        let mut hasher = FileHasher::new(piece_len(WORDS.len() as u64));
        hasher.push(WORDS);
        let path = SafePath::parse([&b"album"[..], b"words.txt"]).expect("a path");
        let (metainfo, _) = describe(&[(path, hasher.finish())]).expect("described");
        Arc::new(metainfo)
    }
}
