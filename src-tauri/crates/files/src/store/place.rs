//! Giving a finished file its name, without touching anything that is there.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io;
use std::path::{Path, PathBuf};

use super::{StoreError, is_folder, open};
use crate::names::{NameError, SafeName, SafePath};

/// Moves a file to its place below the folder; to a numbered name if the place is taken. Folders are
/// made anew, too; `folders` says which were made before for which outermost name.
pub(super) fn place(
    from: &Path,
    folder: &Path,
    path: &SafePath,
    folders: &mut BTreeMap<String, String>,
) -> Result<PathBuf, StoreError> {
    let Some((name, parents)) = path.names().split_last() else {
        return Err(NameError::Empty.into());
    };
    let mut at = folder.to_owned();
    for (depth, parent) in parents.iter().enumerate() {
        at = if depth == 0 {
            outermost(&at, parent, folders)?
        } else {
            inner(&at, parent)?
        };
    }
    let to = reserve(&at, name, |path| {
        open(path, OpenOptions::new().write(true).create_new(true)).map(drop)
    })?;
    // The name is ours now: what is written over is our own empty file.
    std::fs::rename(from, &to)?;
    Ok(to)
}

fn outermost(
    folder: &Path,
    name: &SafeName,
    folders: &mut BTreeMap<String, String>,
) -> Result<PathBuf, StoreError> {
    if let Some(made) = folders.get(name.as_str()) {
        let path = folder.join(SafeName::parse(made)?.as_str());
        if is_folder(&path) {
            return Ok(path);
        }
    }
    let path = reserve(folder, name, |path| std::fs::create_dir(path))?;
    let made = path.file_name().and_then(|name| name.to_str());
    if let Some(made) = made {
        folders.insert(name.as_str().to_owned(), made.to_owned());
    }
    Ok(path)
}

/// A folder inside one that we made.
fn inner(at: &Path, name: &SafeName) -> Result<PathBuf, StoreError> {
    let path = at.join(name.as_str());
    if is_folder(&path) {
        return Ok(path);
    }
    reserve(at, name, |path| std::fs::create_dir(path))
}

/// Makes the first of `name`, `name (2)`… that is not there.
fn reserve(
    at: &Path,
    name: &SafeName,
    make: impl Fn(&Path) -> io::Result<()>,
) -> Result<PathBuf, StoreError> {
    let mut failure = None;
    let made = name.first_free(|name| match make(&at.join(name.as_str())) {
        Ok(()) => false,
        Err(why) if why.kind() == io::ErrorKind::AlreadyExists => true,
        Err(why) => {
            failure = Some(why);
            false
        }
    })?;
    match failure {
        Some(why) => Err(why.into()),
        None => Ok(at.join(made.as_str())),
    }
}
