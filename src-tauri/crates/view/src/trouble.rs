//! Why there is nothing to talk with, as the page of trouble is shown it.

use serde::Serialize;

/// What keeps the app from starting, or from going on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Trouble {
    /// What it is.
    pub what: TroubleKind,
    /// The file or folder it is about, where it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub file: Option<String>,
    /// What exactly is wrong, in the words of whoever noticed it; may be empty.
    pub detail: String,
}

/// What a [`Trouble`] is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum TroubleKind {
    /// A list in the configuration folder holds a mistake.
    BadList,
    /// A list in the configuration folder cannot be read.
    UnreadableList,
    /// The profile is none.
    BadProfile,
    /// The profile cannot be read.
    UnreadableProfile,
    /// The profile cannot be written.
    UnwritableProfile,
    /// Another program uses the profile.
    ProfileInUse,
    /// The system names no folder for a profile.
    NoFolder,
    /// No identity could be made.
    NoKey,
    /// The window's page ended by itself again and again.
    PageEnds,
}
