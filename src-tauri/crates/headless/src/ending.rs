//! How it ends, and what the shell is told.

use std::fmt;
use std::io::Write;
use std::process::ExitCode;

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// As wished: the input ended, `/leave`, or a polite signal.
    Fine,
    /// The arguments make no sense, or lead to no room.
    Usage,
    /// The profile, the configuration or the network's door could not be had.
    NotStarted,
    /// Nobody reads the output any more.
    OutputClosed,
}

impl Ending {
    pub(crate) fn code(self) -> ExitCode {
        ExitCode::from(match self {
            Self::Fine => 0,
            Self::Usage => 2,
            Self::NotStarted => 3,
            Self::OutputClosed => 4,
        })
    }
}

/// Said at the end of `--help`.
pub(crate) const EXIT_CODES: &str = "\
Exit codes:
  0  all is well: the input ended, /leave, or the program was told to end
  2  the arguments make no sense or contradict the link, name no room, or lack a password
  3  it could not start: profile, configuration or address cannot be had
  4  nobody reads standard output any more";

/// Why nothing came of it.
#[derive(Debug)]
pub(crate) struct Failure {
    ending: Ending,
    why: String,
}

impl Failure {
    /// The arguments are at fault.
    pub(crate) fn usage(why: impl Into<String>) -> Self {
        Self {
            ending: Ending::Usage,
            why: why.into(),
        }
    }

    /// It could not start.
    pub(crate) fn start(why: impl Into<String>) -> Self {
        Self {
            ending: Ending::NotStarted,
            why: why.into(),
        }
    }

    pub(crate) fn ending(&self) -> Ending {
        self.ending
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)
    }
}

/// Says something on standard error. If nobody listens there, it is not said.
pub(crate) fn complain(what: &str) {
    let _ = writeln!(std::io::stderr().lock(), "chitchatter-cli: {what}");
}
