//! A passphrase: where it comes from when nobody is asked, and how it is asked for unseen.

use std::fmt;
use std::path::PathBuf;

/// Where a passphrase is looked for, unless a file is named.
pub(crate) const VARIABLE: &str = "CHITCHATTER_PASSPHRASE";

/// What nobody is to see.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(String);

impl Secret {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// Where a passphrase comes from when nobody is asked. Not the command line: everybody on the
/// machine sees that.
#[derive(Clone, Debug)]
pub(crate) struct Passphrase {
    file: Option<PathBuf>,
}

impl Passphrase {
    pub(crate) fn new(file: Option<PathBuf>) -> Self {
        Self { file }
    }

    /// The passphrase, where there is one: the first line of the file, or the variable.
    ///
    /// # Errors
    /// Says in words why the file cannot be used.
    pub(crate) fn given(&self) -> Result<Option<Secret>, String> {
        let Some(path) = &self.file else {
            let given = std::env::var(VARIABLE).ok();
            return Ok(given.filter(|it| !it.is_empty()).map(Secret));
        };
        let secret = node::secret_in(path).map_err(|why| format!("the passphrase file {why}"))?;
        Ok(Some(Secret(secret)))
    }
}

/// While it lives, what is typed on the terminal is not shown.
pub(crate) struct Unseen {
    #[cfg(unix)]
    before: rustix::termios::Termios,
}

impl Unseen {
    /// Nothing where standard input is no terminal, or one that cannot be asked for it.
    #[cfg(unix)]
    pub(crate) fn begin() -> Option<Self> {
        use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
        let input = std::io::stdin();
        let before = tcgetattr(&input).ok()?;
        let mut quiet = before.clone();
        quiet.local_modes.remove(LocalModes::ECHO);
        // What was typed before the question is no answer to it.
        tcsetattr(&input, OptionalActions::Flush, &quiet).ok()?;
        Some(Self { before })
    }

    /// Elsewhere only the full screen can ask.
    #[cfg(not(unix))]
    pub(crate) fn begin() -> Option<Self> {
        None
    }
}

#[cfg(unix)]
impl Drop for Unseen {
    fn drop(&mut self) {
        use rustix::termios::{OptionalActions, tcsetattr};
        let _ = tcsetattr(std::io::stdin(), OptionalActions::Now, &self.before);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_passphrase_is_the_first_line_of_its_file_and_never_shown() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("passphrase");
        std::fs::write(&path, "open sesame\r\nnot this\n").expect("written");

        let given = Passphrase::new(Some(path.clone())).given();
        let secret = given.expect("readable").expect("one");
        assert_eq!(secret.reveal(), "open sesame");
        assert!(!format!("{secret:?}").contains("sesame"));

        std::fs::write(&path, "\nlater\n").expect("written");
        assert!(Passphrase::new(Some(path)).given().is_err());
        let missing = folder.path().join("missing");
        assert!(Passphrase::new(Some(missing)).given().is_err());
    }
}
