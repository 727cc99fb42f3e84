//! Files a person may have put there: read whole, but never more than they can sensibly hold.

use std::io::{Error, ErrorKind, Read};
use std::path::Path;

/// The text of a file; `None` when it is longer than `limit` bytes. What is no file, such as a
/// device or a pipe that never ends, is an error.
pub(crate) fn read(path: &Path, limit: u64) -> std::io::Result<Option<String>> {
    // Asked before it is opened: opening a pipe waits for someone to write to it.
    let there = std::fs::metadata(path)?;
    if there.is_dir() {
        return Err(Error::from(ErrorKind::IsADirectory));
    }
    if !there.is_file() {
        return Err(Error::from(ErrorKind::InvalidInput));
    }
    let mut text = String::new();
    let mut file = std::fs::File::open(path)?.take(limit + 1);
    file.read_to_string(&mut text)?;
    let whole = u64::try_from(text.len()).is_ok_and(|length| length <= limit);
    Ok(whole.then_some(text))
}

/// What the system says about a file, in words for a person.
#[must_use]
pub fn words(reason: ErrorKind) -> String {
    match reason {
        ErrorKind::IsADirectory => "it is a folder, not a file".to_owned(),
        ErrorKind::NotADirectory => "a part of its path is no folder".to_owned(),
        ErrorKind::InvalidInput => "it is no ordinary file".to_owned(),
        ErrorKind::InvalidData => "it is not UTF-8 text".to_owned(),
        ErrorKind::PermissionDenied => "the system does not allow it".to_owned(),
        ErrorKind::ReadOnlyFilesystem => "the disk can only be read".to_owned(),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "the disk is full".to_owned(),
        other => other.to_string(),
    }
}

/// What is wrong with a text that should be JSON of some kind, and where.
pub(crate) fn json_fault(error: &serde_json::Error, expected: &str) -> String {
    use serde_json::error::Category;
    // Where a text ends or begins wrongly, the parser counts from nothing.
    let (line, column) = (error.line(), error.column().max(1));
    match error.classify() {
        Category::Data => format!("{error}; expected is {expected}"),
        Category::Eof => {
            format!("not JSON: it ends too early, in line {line}; expected is {expected}")
        }
        Category::Syntax | Category::Io => {
            format!("not JSON: see line {line}, column {column}; expected is {expected}")
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_called_one() {
        let folder = tempfile::tempdir().expect("a folder");

        let refused = read(folder.path(), 4).expect_err("no file");

        assert_eq!(words(refused.kind()), "it is a folder, not a file");
    }

    #[test]
    fn what_never_ends_is_not_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let endless = folder.path().join("endless");
        std::os::unix::fs::symlink("/dev/zero", &endless).expect("linked");
        let long = folder.path().join("long");
        std::fs::write(&long, "12345").expect("written");

        assert!(read(&endless, 4).is_err());
        assert_eq!(read(&long, 4).expect("a file"), None);
        assert_eq!(read(&long, 5).expect("a file").as_deref(), Some("12345"));
    }
}
