//! A secret that somebody wrote into a file, for a program that nobody asks.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

/// The longest secret in a file, in bytes.
pub const MAX_SECRET_BYTES: usize = 4 * 1024;

/// Why a file gives no secret. The words go on after what the file is.
#[derive(Debug, thiserror::Error)]
pub enum SecretFault {
    /// The system does not let it be read.
    #[error("cannot be read: {0}")]
    Unreadable(#[from] std::io::Error),
    /// Its first line has no end, or a late one.
    #[error("begins with a line that is too long for a secret")]
    TooLong,
    /// It is not UTF-8.
    #[error("begins with what is no text")]
    NotText,
    /// There is nothing on its first line.
    #[error("begins with an empty line")]
    Empty,
    /// There is on its first line what nobody types: it is some other file.
    #[error("begins with control characters, which nobody types")]
    ControlCharacters,
}

/// The first line of a file, or of a pipe, without its end.
///
/// # Errors
/// [`SecretFault`].
pub fn secret_in(path: &Path) -> Result<String, SecretFault> {
    let mut bytes = Vec::new();
    let most = u64::try_from(MAX_SECRET_BYTES).unwrap_or(u64::MAX);
    File::open(path)?
        .take(most.saturating_add(1))
        .read_to_end(&mut bytes)?;
    first_line(&bytes)
}

fn first_line(bytes: &[u8]) -> Result<String, SecretFault> {
    let mut lines = bytes.split(|it| *it == b'\n');
    let line = lines.next().unwrap_or_default();
    let has_end = lines.next().is_some();
    if !has_end && line.len() > MAX_SECRET_BYTES {
        return Err(SecretFault::TooLong);
    }
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let line = std::str::from_utf8(line).map_err(|_| SecretFault::NotText)?;
    // Some editors begin every file with a mark that nobody sees.
    let line = line.strip_prefix('\u{feff}').unwrap_or(line);
    if line.is_empty() {
        return Err(SecretFault::Empty);
    }
    if line.contains(char::is_control) {
        return Err(SecretFault::ControlCharacters);
    }
    Ok(line.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_types_is_no_secret() {
        assert!(first_line(&vec![b'a'; MAX_SECRET_BYTES]).is_ok());
        let first = first_line("contraseña\r\n\0".as_bytes());
        assert_eq!(first.expect("a secret"), "contraseña");
        let marked = first_line("\u{feff}sesame\n".as_bytes());
        assert_eq!(marked.expect("a secret"), "sesame");
        for bad in [
            &vec![0; MAX_SECRET_BYTES + 1],
            &vec![b'a'; MAX_SECRET_BYTES + 1],
            &b"open\0sesame\n"[..],
            &b"open\tsesame\n"[..],
            &b"\x1b[31msesame"[..],
            &b"\xff\xfe\n"[..],
            &b"\r\n"[..],
            &b"\nlater\n"[..],
            &b""[..],
        ] {
            assert!(first_line(bad).is_err(), "{bad:?}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_file_without_an_end_is_read_no_further_than_a_secret_goes() {
        let fault = secret_in(Path::new("/dev/zero"));
        assert!(matches!(fault, Err(SecretFault::TooLong)), "{fault:?}");
    }
}
