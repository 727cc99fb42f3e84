//! Giving finished files their names, without touching anything that is there.
//!
//! What was done is written down line by line, so that after a crash no file is placed twice and it is
//! still known where each one is:
//!
//! ```text
//!  ["photos/in", "photos (2)/in"]     this folder was made for that one of the offer
//!  [3, "photos (2)/in/b.txt"]         file 3 is about to be moved there
//! ```

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{StoreError, is_folder, open};
use crate::limits::{MAX_DIRECT_FILES, MAX_NAME_TRIES, MAX_PATH_BYTES};
use crate::names::{NameError, SafeName, SafePath};

/// The longest list: a folder and a file for each, some of them tried under two names.
const MAX_LIST_BYTES: u64 = 4 * MAX_DIRECT_FILES as u64 * 2 * MAX_PATH_BYTES as u64;

/// Where finished files were put.
#[derive(Debug)]
pub(super) struct Places {
    folder: PathBuf,
    list: File,
    /// Which folder was made for which of the offer.
    folders: BTreeMap<String, String>,
    files: BTreeMap<usize, String>,
    /// Which number to try first for a name that was taken: a stranger may call thousands alike.
    next: BTreeMap<String, u32>,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Line {
    Folder(String, String),
    File(usize, String),
}

impl Places {
    /// Goes on with the list at `path`, or begins it. What is placed goes below `folder`.
    pub(super) fn open(path: &Path, folder: &Path) -> Result<Self, StoreError> {
        let mut options = OpenOptions::new();
        let mut list = open(path, options.read(true).append(true).create(true))?;
        let mut text = Vec::new();
        Read::by_ref(&mut list)
            .take(MAX_LIST_BYTES)
            .read_to_end(&mut text)?;
        let mut places = Self {
            folder: folder.to_owned(),
            list,
            folders: BTreeMap::new(),
            files: BTreeMap::new(),
            next: BTreeMap::new(),
        };
        for line in text.split(|byte| *byte == b'\n') {
            // A line that was cut off by a crash says nothing yet.
            match serde_json::from_slice(line) {
                Ok(Line::Folder(of, made)) => drop(places.folders.insert(of, made)),
                Ok(Line::File(file, path)) => drop(places.files.insert(file, path)),
                Err(_) => {}
            }
        }
        if !text.is_empty() && !text.ends_with(b"\n") {
            places.list.write_all(b"\n")?;
        }
        Ok(places)
    }

    /// Where a file was put earlier, if it is still there.
    pub(super) fn of_file(&self, file: usize) -> Option<PathBuf> {
        let path = self.below(self.files.get(&file)?).ok()?;
        let about = std::fs::symlink_metadata(&path).ok()?;
        about.is_file().then_some(path)
    }

    /// Moves a file to its place below the folder; to a numbered name if the place is taken. Folders
    /// are made anew, too.
    pub(super) fn place(
        &mut self,
        file: usize,
        from: &Path,
        path: &SafePath,
    ) -> Result<PathBuf, StoreError> {
        let Some((name, parents)) = path.names().split_last() else {
            return Err(NameError::Empty.into());
        };
        let mut of = String::new();
        let mut at = String::new();
        for parent in parents {
            of = joined(&of, parent);
            at = self.folder_for(&of, &at, parent)?;
        }
        self.make(&at, name, |places, to| {
            places.note(&Line::File(file, to.to_owned()))?;
            Ok(move_new(from, &places.below(to)?)?)
        })
        .and_then(|to| self.below(&to))
    }

    /// The folder that stands for that one of the offer; `at` is the one around it.
    fn folder_for(&mut self, of: &str, at: &str, name: &SafeName) -> Result<String, StoreError> {
        if let Some(made) = self.folders.get(of)
            && is_folder(&self.below(made)?)
        {
            return Ok(made.clone());
        }
        let made = self.make(at, name, |places, path| {
            Ok(std::fs::create_dir(places.below(path)?)?)
        })?;
        self.note(&Line::Folder(of.to_owned(), made.clone()))?;
        Ok(made)
    }

    /// Makes something of this name in the folder `at`, or of the first numbered name that is free.
    fn make(
        &mut self,
        at: &str,
        name: &SafeName,
        mut make: impl FnMut(&mut Self, &str) -> Result<(), StoreError>,
    ) -> Result<String, StoreError> {
        let plain = joined(at, name);
        let mut count = self.next.get(&plain).copied().unwrap_or(1);
        while count < MAX_NAME_TRIES {
            let path = match count {
                1 => plain.clone(),
                _ => joined(at, &name.numbered(count)),
            };
            count += 1;
            if std::fs::symlink_metadata(self.below(&path)?).is_ok() {
                continue;
            }
            match make(self, &path) {
                Err(StoreError::Io(why)) if why.kind() == io::ErrorKind::AlreadyExists => {}
                Err(why) => return Err(why),
                Ok(()) => {
                    self.next.insert(plain, count);
                    return Ok(path);
                }
            }
        }
        Err(NameError::Taken.into())
    }

    fn note(&mut self, line: &Line) -> Result<(), StoreError> {
        let mut text = serde_json::to_vec(line).map_err(io::Error::from)?;
        text.push(b'\n');
        self.list.write_all(&text)?;
        match line {
            Line::Folder(of, made) => drop(self.folders.insert(of.clone(), made.clone())),
            Line::File(file, path) => drop(self.files.insert(*file, path.clone())),
        }
        Ok(())
    }

    /// A path of the list, below the folder and nowhere else.
    fn below(&self, path: &str) -> Result<PathBuf, StoreError> {
        let safe = SafePath::parse(path.split('/').map(str::as_bytes))?;
        let mut below = self.folder.clone();
        below.extend(safe.names().iter().map(SafeName::as_str));
        Ok(below)
    }
}

fn joined(at: &str, name: &SafeName) -> String {
    if at.is_empty() {
        name.as_str().to_owned()
    } else {
        format!("{at}/{name}")
    }
}

/// Moves a file to where nothing is.
fn move_new(from: &Path, to: &Path) -> io::Result<()> {
    #[cfg(any(target_os = "linux", target_os = "macos"))]
    {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        use rustix::io::Errno;
        match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
            // Some file systems cannot promise it.
            Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {}
            moved => return Ok(moved?),
        }
    }
    // The name is made ours first: what is written over is our own empty file.
    open(to, OpenOptions::new().write(true).create_new(true))?;
    std::fs::rename(from, to)
}
