//! The end of a download: files are opened, and get their names.

use std::fs::OpenOptions;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use super::begun::is_there;
use super::place::Places;
use super::{Partial, StoreError, mark, open};
use crate::sealed::{Opener, RECORD_LEN, RoomKey};

/// How much is read at once when a file is opened.
const STEP: usize = 16 * RECORD_LEN;
/// From how many files on it is quicker to wait for everything the disk has to write than for each.
#[cfg(target_os = "linux")]
const WORTH_SYNCING_ALL: usize = 32;

/// A file that is in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finished {
    /// Which file of the torrent.
    pub file: usize,
    /// Where it is.
    pub path: PathBuf,
}

impl Partial {
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
                self.sync()?;
            }
        }
        self.handles.close();
        for file in 0..self.metainfo.files().len() {
            let here = self.data(file);
            match (is_there(&here), self.metainfo.is_sealed()) {
                (true, true) => {
                    let key = key.ok_or(StoreError::NoKey)?;
                    let opened = self.open_file(file, &here, key, &mut goes_on);
                    opened.map_err(|why| {
                        // Half of a file, open to read, is of no use to anybody.
                        let _ = std::fs::remove_file(self.opening(file));
                        self.explain(why)
                    })?;
                }
                (true, false) => std::fs::rename(&here, self.plain(file))?,
                (false, _) => {}
            }
        }

        let mut places = self.places()?;
        let usual = self.usual_permissions();
        let mut finished = Vec::new();
        for (file, entry) in self.metainfo.files().iter().enumerate() {
            let plain = self.plain(file);
            let path = if is_there(&plain) {
                mark::from_internet(&plain, origin);
                if let Some(usual) = &usual {
                    // Where permissions cannot be changed, nobody wants them.
                    let _ = std::fs::set_permissions(&plain, usual.clone());
                }
                places.place(file, &plain, &entry.path)?
            } else if let Some(path) = places.of_file(file) {
                path
            } else {
                continue;
            };
            finished.push(Finished { file, path });
        }
        drop(places);
        // The files are where they belong; what cannot be removed is cleaned away later.
        let _ = self.remove();
        Ok(finished)
    }

    /// What a new file of this person's may be used for, and by whom: what is finished is like any other.
    #[cfg(unix)]
    fn usual_permissions(&self) -> Option<std::fs::Permissions> {
        use std::os::unix::fs::OpenOptionsExt;
        let mut options = OpenOptions::new();
        let options = options.write(true).create_new(true).mode(0o666);
        let path = self.dir.join("usual");
        let _ = std::fs::remove_file(&path);
        let file = options.open(&path).ok()?;
        Some(file.metadata().ok()?.permissions())
    }

    #[cfg(not(unix))]
    fn usual_permissions(&self) -> Option<std::fs::Permissions> {
        None
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

    /// Waits until what was written is on disk.
    fn sync(&self) -> Result<(), StoreError> {
        let files = self.metainfo.files();
        #[cfg(target_os = "linux")]
        if files.len() > WORTH_SYNCING_ALL {
            let dir = open(&self.dir, OpenOptions::new().read(true))?;
            return Ok(rustix::fs::syncfs(dir).map_err(std::io::Error::from)?);
        }
        for (file, _) in files.iter().enumerate().filter(|(_, entry)| entry.len > 0) {
            open(&self.data(file), OpenOptions::new().write(true))?.sync_all()?;
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
        let opening = self.opening(file);
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

    fn opening(&self, file: usize) -> PathBuf {
        self.dir.join(format!("{file}.open"))
    }

    pub(super) fn places(&self) -> Result<Places, StoreError> {
        Places::open(&self.dir.join("places"), &self.folder)
    }
}
