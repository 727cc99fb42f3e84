//! How the trackers are, and what the person can do something about.

use serde::Serialize;

/// A tracker: where peers find each other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Tracker {
    /// Its address.
    pub url: String,
    /// What it is doing.
    pub state: TrackerState,
    /// Why it failed. Present only then.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub reason: Option<TrackerFailure>,
    /// The HTTP status it refused with, where there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub status: Option<u16>,
    /// What it said when it rejected us, in its own words.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub message: Option<String>,
    /// Whether it is part of this program or on the local network.
    pub local: bool,
    /// When it will be tried again, Unix milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub retry_at: Option<i64>,
}

/// What the connection to a tracker is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum TrackerState {
    /// Not in use: no room is joined.
    Closed,
    /// Being opened.
    Connecting,
    /// Open, and nothing wrong is known.
    Open,
    /// Not to be had at the moment.
    Failed,
}

/// Why a tracker cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum TrackerFailure {
    /// Its name or address cannot be reached.
    Unreachable,
    /// Its machine answered, but not as a tracker.
    Refused,
    /// Its certificate or encryption is wrong.
    Tls,
    /// It refuses our announces.
    Rejected,
    /// It stopped answering.
    Silent,
    /// It sent nonsense.
    Garbage,
    /// It sent too much.
    Flooded,
    /// It closed the connection.
    Closed,
    /// Its address is not one of a tracker.
    BadAddress,
    /// The proxy it is to be reached through does not work.
    Proxy,
}

/// Something the person can do something about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// Counts up in one process.
    pub id: u64,
    /// When, Unix milliseconds.
    pub time: i64,
    /// What.
    pub what: ProblemKind,
}

/// What a [`Problem`] is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(
    tag = "kind",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum ProblemKind {
    /// Someone is in a room of that name with another password, or with none.
    OtherPassword {
        /// The room.
        room: String,
        /// Whether somebody was met there under ours, which is right then.
        met: bool,
    },
    /// A peer misbehaved and was disconnected.
    CutOff {
        /// The room.
        room: String,
        /// The peer's name.
        name: String,
        /// What it did.
        offence: Offence,
    },
    /// None of the trackers can be reached.
    NoTracker,
    /// There is no tracker at all, and nobody is looked for on the local network: nobody can be
    /// met.
    NowhereToMeet,
    /// What the person changed could not be written to the profile; it holds until the program
    /// ends.
    NotKept,
    /// A peer was met, but no connection to it could be made.
    Unconnectable {
        /// The room.
        room: String,
    },
}

/// Why a peer was disconnected by us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum Offence {
    /// It sent something larger than allowed.
    Oversized,
    /// It sent too much nonsense.
    Nonsense,
    /// It took nothing of what we sent.
    Stalled,
}
