//! Files a person may have put there: read whole, but never more than they can sensibly hold.

use std::io::{Error, ErrorKind, Read};
use std::path::Path;

/// The text of a file; `None` when it is longer than `limit` bytes. What is no file, such as a
/// device or a pipe that never ends, is an error.
pub(crate) fn read(path: &Path, limit: u64) -> std::io::Result<Option<String>> {
    // Asked before it is opened: opening a pipe waits for someone to write to it.
    if !std::fs::metadata(path)?.is_file() {
        return Err(Error::from(ErrorKind::InvalidInput));
    }
    let mut text = String::new();
    let mut file = std::fs::File::open(path)?.take(limit + 1);
    file.read_to_string(&mut text)?;
    let whole = u64::try_from(text.len()).is_ok_and(|length| length <= limit);
    Ok(whole.then_some(text))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

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
