//! What a person picks to offer: files, folders with all that is in them, and what was never on the
//! disk, like a pasted picture.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use super::handles::{Handles, read_at};
use super::{StoreError, open};
use crate::limits::{MAX_DEPTH, MAX_DIRECT_FILES};
use crate::names::{NameError, SafeName, SafePath, is_junk};
use crate::torrent::metainfo::MetainfoError;

/// One thing that a person picks.
#[derive(Clone)]
pub enum Source {
    /// A file or a folder on the disk.
    Path(PathBuf),
    /// Bytes in memory, and what the file is to be called.
    Bytes {
        /// The name.
        name: String,
        /// The bytes.
        bytes: Arc<[u8]>,
    },
}

impl From<PathBuf> for Source {
    fn from(path: PathBuf) -> Self {
        Self::Path(path)
    }
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Neither what people share nor where they keep it belongs in a log.
        f.write_str(match self {
            Self::Path(_) => "Path(…)",
            Self::Bytes { .. } => "Bytes(…)",
        })
    }
}

/// The files of what was picked, in the order they are offered in.
pub(super) struct Items {
    items: Vec<Item>,
    handles: Handles,
}

/// One file.
#[derive(Debug)]
pub(super) struct Item {
    /// What it is called in the offer.
    pub(super) path: SafePath,
    pub(super) len: u64,
    content: Content,
}

enum Content {
    Disk {
        path: PathBuf,
        modified: Option<SystemTime>,
        /// A link that a person picked is what the person means; one that comes into a picked folder
        /// later is not.
        follows_links: bool,
    },
    Memory(Arc<[u8]>),
}

impl Items {
    /// Looks for the files of what was picked. Left out are links inside folders, because they may lead
    /// anywhere; what is neither file nor folder; and files nobody means to share.
    pub(super) fn find(sources: &[Source]) -> Result<Self, StoreError> {
        let mut walk = Walk::default();
        let mut taken = BTreeSet::new();
        for source in sources {
            let (about, name) = match source {
                Source::Path(path) => (Some(std::fs::metadata(path)?), picked_name(path)?),
                Source::Bytes { name, .. } => (None, name.clone()),
            };
            if is_junk(&name) {
                continue;
            }
            // Two that were picked in different places may have one name.
            let name = mended(&name)?.first_free(|name| taken.contains(&name.folded()))?;
            taken.insert(name.folded());
            match (source, about) {
                (Source::Path(path), Some(about)) => walk.go(path, &about, vec![name])?,
                (Source::Bytes { bytes, .. }, _) => walk.add(Item {
                    path: SafePath::new(vec![name])?,
                    len: bytes.len() as u64,
                    content: Content::Memory(Arc::clone(bytes)),
                })?,
                (Source::Path(_), None) => {}
            }
        }
        Ok(Self::new(walk.found))
    }

    /// Files that were fetched and lie where they were put: these paths in this order.
    pub(super) fn fetched(files: Vec<(SafePath, PathBuf)>) -> Result<Self, StoreError> {
        let items = files.into_iter().map(|(name, path)| {
            let about = std::fs::symlink_metadata(&path)?;
            Ok(Item::on_disk(name, &path, &about, false))
        });
        Ok(Self::new(items.collect::<Result<_, io::Error>>()?))
    }

    fn new(items: Vec<Item>) -> Self {
        Self {
            items,
            handles: Handles::default(),
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Item> + Clone {
        self.items.iter()
    }

    /// How many bytes they have together; an error if there are more than `limit`.
    pub(super) fn total(&self, limit: u64) -> Result<u64, MetainfoError> {
        let mut lens = self.items.iter().map(|item| item.len);
        lens.try_fold(0_u64, |sum, len| {
            sum.checked_add(len).filter(|total| *total <= limit)
        })
        .ok_or(MetainfoError::TooLarge)
    }

    /// Reads a part of one. An error if it is gone.
    pub(super) fn read(
        &self,
        index: usize,
        offset: u64,
        bytes: &mut [u8],
    ) -> Result<(), StoreError> {
        let item = self.items.get(index).ok_or(StoreError::OutOfRange)?;
        match &item.content {
            Content::Disk { .. } => {
                let file = self.open(index, item)?;
                read_at(&file, offset, bytes).map_err(|why| match why.kind() {
                    io::ErrorKind::UnexpectedEof => StoreError::Changed,
                    _ => why.into(),
                })
            }
            Content::Memory(all) => {
                let from = usize::try_from(offset).map_err(|_| StoreError::OutOfRange)?;
                let part = all.get(from..).and_then(|rest| rest.get(..bytes.len()));
                bytes.copy_from_slice(part.ok_or(StoreError::OutOfRange)?);
                Ok(())
            }
        }
    }

    /// An error if one is not what it was, by its length or its time.
    pub(super) fn is_same(&self, index: usize) -> Result<(), StoreError> {
        let item = self.items.get(index).ok_or(StoreError::OutOfRange)?;
        let Content::Disk { modified, .. } = &item.content else {
            return Ok(());
        };
        let about = self.open(index, item)?.metadata()?;
        if about.len() != item.len || about.modified().ok() != *modified {
            return Err(StoreError::Changed);
        }
        Ok(())
    }

    fn open(&self, index: usize, item: &Item) -> Result<Arc<File>, StoreError> {
        let Content::Disk {
            path,
            follows_links,
            ..
        } = &item.content
        else {
            return Err(StoreError::NotAFile);
        };
        let file = self.handles.get(index, || {
            let mut options = OpenOptions::new();
            options.read(true);
            let file = if *follows_links {
                options.open(path)
            } else {
                open(path, &mut options)
            };
            Ok(file?)
        })?;
        // Who removes a file means that nobody shall have it any more, open or not.
        #[cfg(unix)]
        if std::os::unix::fs::MetadataExt::nlink(&file.metadata()?) == 0 {
            return Err(io::Error::from(io::ErrorKind::NotFound).into());
        }
        Ok(file)
    }
}

impl std::fmt::Debug for Items {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Items")
            .field("files", &self.items.len())
            .finish_non_exhaustive()
    }
}

impl Item {
    fn on_disk(name: SafePath, path: &Path, about: &Metadata, follows_links: bool) -> Self {
        Self {
            path: name,
            len: about.len(),
            content: Content::Disk {
                path: path.to_owned(),
                modified: about.modified().ok(),
                follows_links,
            },
        }
    }
}

impl std::fmt::Debug for Content {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Disk { .. } => "Disk(…)",
            Self::Memory(_) => "Memory(…)",
        })
    }
}

/// A walk through picked folders.
#[derive(Default)]
struct Walk {
    found: Vec<Item>,
    folders: usize,
}

impl Walk {
    fn go(
        &mut self,
        path: &Path,
        about: &Metadata,
        names: Vec<SafeName>,
    ) -> Result<(), StoreError> {
        if about.is_file() {
            let was_picked = names.len() == 1;
            return self.add(Item::on_disk(
                SafePath::new(names)?,
                path,
                about,
                was_picked,
            ));
        }
        if !about.is_dir() {
            return Err(StoreError::NotAFile);
        }
        self.folders += 1;
        if self.folders > MAX_DIRECT_FILES {
            return Err(MetainfoError::TooManyFiles.into());
        }
        if names.len() >= MAX_DEPTH {
            return Err(NameError::TooDeep.into());
        }
        let entries = std::fs::read_dir(path)?.take(MAX_DIRECT_FILES + 1);
        let mut entries = entries.collect::<Result<Vec<_>, _>>()?;
        if entries.len() > MAX_DIRECT_FILES {
            return Err(MetainfoError::TooManyFiles.into());
        }
        // The order of a disk is chance; the same folder shall be the same offer.
        entries.sort_by_key(std::fs::DirEntry::file_name);
        for entry in entries {
            let name = text(&entry.file_name());
            let about = entry.metadata()?;
            if is_junk(&name) || !(about.is_file() || about.is_dir()) {
                continue;
            }
            let mut names = names.clone();
            names.push(mended(&name)?);
            self.go(&entry.path(), &about, names)?;
        }
        Ok(())
    }

    fn add(&mut self, item: Item) -> Result<(), StoreError> {
        if self.found.len() >= MAX_DIRECT_FILES {
            return Err(MetainfoError::TooManyFiles.into());
        }
        self.found.push(item);
        Ok(())
    }
}

/// What a picked file or folder is called, also when it was picked as `.` or the like.
fn picked_name(path: &Path) -> Result<String, StoreError> {
    if let Some(name) = path.file_name() {
        return Ok(text(name));
    }
    let whole = std::fs::canonicalize(path)?;
    whole.file_name().map(text).ok_or(StoreError::NotAFile)
}

fn text(name: &OsStr) -> String {
    name.to_string_lossy().into_owned()
}

/// A name of ours may have what is refused of strangers: a system allows it, and nobody means harm.
fn mended(name: &str) -> Result<SafeName, NameError> {
    let name = if matches!(name, "" | "." | "..") {
        "_"
    } else {
        name
    };
    SafeName::parse(&name.replace(['/', '\\', '\0'], "_"))
}
