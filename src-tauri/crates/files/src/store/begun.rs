//! The folders in which the unfinished lies, and small files in them.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::{StoreError, is_folder, open};
use crate::limits::PARTIAL_LIFETIME;
use crate::torrent::ids::Hash;

const PREFIX: &str = ".chitchatter-";
pub(super) const SUFFIX: &str = ".part";
const GONE_SUFFIX: &str = ".gone";

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

/// Whether something can be kept in a folder: it is tried, and nothing of it is left.
#[must_use]
pub fn can_keep_in(folder: &Path) -> bool {
    let trial = folder.join(format!("{PREFIX}{}.trial", std::process::id()));
    if std::fs::metadata(folder).is_ok_and(|it| !it.is_dir()) || make_dir(&trial).is_err() {
        return false;
    }
    let written = write_small(&trial, "trial", b"trial").is_ok();
    std::fs::remove_dir_all(&trial).is_ok() && written
}

pub(super) fn dir_of(folder: &Path, hash: Hash) -> PathBuf {
    folder.join(format!("{PREFIX}{}{SUFFIX}", hash.to_hex()))
}

/// The folders that are ours: real ones, and with exactly the name we give.
pub(super) fn dirs_in(folder: &Path, suffix: &str) -> Result<Vec<(Hash, PathBuf)>, StoreError> {
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

/// Makes a folder ours as long as the file lives, also against other programs like this one.
pub(super) fn lock(dir: &Path) -> Result<File, StoreError> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    let file = open(&dir.join("lock"), &mut options)?;
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Err(StoreError::InUse),
        // Where nothing can be locked, two do each other no more harm than fetching again.
        Ok(()) | Err(TryLockError::Error(_)) => Ok(file),
    }
}

pub(super) fn is_there(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok()
}

pub(super) fn make_dir(dir: &Path) -> Result<(), StoreError> {
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir).map_err(|why| match why.kind() {
        io::ErrorKind::AlreadyExists => StoreError::Foreign,
        _ => why.into(),
    })
}

/// Looks whose a folder is in which something was begun. What another person made is not gone on with;
/// `false` where others could write into it, so that what lies in it proves nothing. They cannot any
/// more.
#[cfg(unix)]
pub(super) fn claim(dir: &Path) -> Result<bool, StoreError> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let about = std::fs::symlink_metadata(dir)?;
    if !about.is_dir() || about.uid() != rustix::process::geteuid().as_raw() {
        return Err(StoreError::Foreign);
    }
    let is_open = |about: &std::fs::Metadata| about.mode() & 0o022 != 0;
    if !is_open(&about) {
        return Ok(true);
    }
    std::fs::set_permissions(dir, std::fs::Permissions::from_mode(0o700))?;
    // Some file systems know no permissions: there everything is open, ours as well.
    Ok(is_open(&std::fs::symlink_metadata(dir)?))
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "other systems may refuse")]
pub(super) fn claim(_: &Path) -> Result<bool, StoreError> {
    Ok(true)
}

/// Reads a small file of ours whole. `None` if there is none, or one that is longer than it can be.
pub(super) fn read_small(path: &Path, limit: usize) -> Result<Option<Vec<u8>>, StoreError> {
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
pub(super) fn write_small(dir: &Path, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
    let new = dir.join(format!("{name}.new"));
    let mut options = OpenOptions::new();
    let mut file = open(&new, options.write(true).create(true).truncate(true))?;
    file.write_all(bytes)?;
    drop(file);
    std::fs::rename(new, dir.join(name))?;
    Ok(())
}
