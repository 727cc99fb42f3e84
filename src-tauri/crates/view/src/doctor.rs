//! Why someone is or is not reachable: what was found out, as kinds and figures. The words are the
//! page's.

use serde::Serialize;

use crate::{Path, Tracker, TrackerFailure};

/// How this program is connected, at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Diagnosis {
    /// When, Unix milliseconds.
    pub time: i64,
    /// The trackers, and what each last failed for.
    pub trackers: Vec<TrackerHealth>,
    /// Under which addresses we can offer to be reached.
    pub candidates: Vec<Candidate>,
    /// What stands between us and the internet, as far as two STUN servers tell.
    pub nat: Nat,
    /// What each STUN and TURN server answered.
    pub servers: Vec<IceTest>,
    /// Peers on this machine and the local network.
    pub lan: LanHealth,
    /// Whether connections go through a TURN server only.
    pub relay_only: bool,
    /// Whether trackers are reached through a proxy.
    pub proxied: bool,
    /// The connections that are open.
    pub peers: Vec<PeerHealth>,
    /// What was tried since the program started.
    pub tried: Tried,
    /// What to do next, the most urgent first. Empty when all is well.
    pub advice: Vec<Advice>,
    /// All this as text to be sent to somebody who helps; without any address of a person.
    pub report: String,
}

/// A tracker, and what it last failed for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct TrackerHealth {
    /// As it is now.
    pub now: Tracker,
    /// What it failed for the last time, even if it is open again.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub last_failure: Option<LastFailure>,
}

/// What a tracker last failed for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct LastFailure {
    /// When, Unix milliseconds.
    pub time: i64,
    /// Why.
    pub reason: TrackerFailure,
    /// The HTTP status, where there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub status: Option<u16>,
    /// What it said, in its own words.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub message: Option<String>,
}

/// One address under which we can be reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Candidate {
    /// How it is known.
    pub kind: CandidateKind,
    /// IPv4 or IPv6.
    pub family: Family,
    /// The beginning of the address; the part that tells one machine from another is left out.
    pub prefix: String,
}

/// How an address is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum CandidateKind {
    /// It is this machine's own.
    Host,
    /// A STUN server sees us under it.
    Reflexive,
    /// A peer saw us under it.
    PeerReflexive,
    /// A TURN server lends it to us.
    Relay,
}

/// Which kind of address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum Family {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

/// What stands between this machine and the internet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum Nat {
    /// Nothing: our own address is seen.
    Open,
    /// A translator that shows everybody the same address: most can reach us.
    SameForAll,
    /// A translator that shows each another address: only a relay helps towards others like it.
    DifferentForEach,
    /// No STUN server answered: UDP may be blocked, or there is no internet.
    NoAnswer,
    /// Fewer than two servers answered, or none is configured.
    Unknown,
}

/// Peers on this machine and the local network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct LanHealth {
    /// Whether they are looked for.
    pub on: bool,
    /// Whether that is so for this start alone, whatever the settings say.
    pub for_this_start: bool,
    /// Whether this program serves the tracker of this machine.
    pub serving: bool,
    /// How many trackers were found on this machine and the network.
    pub found: usize,
}

/// One open connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct PeerHealth {
    /// The session.
    pub peer_id: String,
    /// What they are called, in the first room that has them.
    pub name: String,
    /// The rooms it serves.
    pub rooms: Vec<String>,
    /// Straight or through a relay.
    pub path: Path,
    /// The time a packet takes there and back, milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub rtt_ms: Option<u32>,
    /// What our end of the path is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub local: Option<CandidateKind>,
    /// What the other end is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub remote: Option<CandidateKind>,
    /// Which kind of addresses the path runs between.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub family: Option<Family>,
    /// Bytes to them.
    pub bytes_sent: u64,
    /// Bytes from them.
    pub bytes_received: u64,
    /// Since when it is open, Unix milliseconds.
    pub since: i64,
    /// How often another path was looked for.
    pub restarts: u32,
    /// Whether nothing comes from them at the moment.
    pub shaky: bool,
}

/// What was tried since the program started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Tried {
    /// Connections begun in answer to somebody, or that somebody answered.
    pub attempts: u32,
    /// Those that came about.
    pub opened: u32,
    /// Those for which no path was found.
    pub no_path: u32,
    /// Those whose other side sent what cannot be used.
    pub refused: u32,
}

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(
    tag = "kind",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Advice {
    /// This machine has no network.
    NoNetwork,
    /// The proxy cannot be used; trackers cannot be reached without it.
    MendProxy,
    /// No tracker can be reached.
    NoTracker,
    /// None but those on this machine and around it can be reached.
    OnlyNearTrackers,
    /// Some trackers cannot be reached; the others suffice.
    SomeTrackers {
        /// How many fail.
        failing: usize,
        /// Of how many.
        of: usize,
    },
    /// Relay-only is on, but no TURN server is configured.
    RelayOnlyWithoutRelay,
    /// Relay-only is on, but no TURN server answers.
    RelayOnlyNoAnswer,
    /// No STUN server answers: the network may block UDP.
    UdpBlocked,
    /// Our network shows each another address; add a TURN server.
    AddRelay,
    /// Peers were met, but no path to them was found; a TURN server would help.
    PeersUnreachable {
        /// How many attempts failed.
        attempts: u32,
    },
    /// Local discovery is off: people on the same network meet through the internet only.
    LanOff,
    /// Everything works, but nobody is there: compare the room's name and password.
    NobodyThere {
        /// The rooms without anybody.
        rooms: Vec<String>,
    },
}

/// What a tracker answered to a test.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct TrackerTest {
    /// Whether it can be used.
    pub works: bool,
    /// How long it took to reach it, milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub connect_ms: Option<u32>,
    /// How long it took to answer an announce, milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub answer_ms: Option<u32>,
    /// Why it cannot be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub reason: Option<TrackerFailure>,
    /// The HTTP status it refused with.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub status: Option<u16>,
    /// What it said, in its own words.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub message: Option<String>,
}

/// What a STUN or TURN server answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct IceTest {
    /// Its address.
    pub url: String,
    /// Whether it can be used.
    pub works: bool,
    /// What it gave us.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub candidate: Option<CandidateKind>,
    /// How long it took, milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub ms: Option<u32>,
    /// Why it cannot be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub reason: Option<IceFailure>,
}

/// Why a STUN or TURN server cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum IceFailure {
    /// That is no address of such a server, or it is spoken over TCP or TLS.
    BadAddress,
    /// A TURN server needs a user name and a password.
    NeedsALogin,
    /// There is no machine of that name.
    NoSuchHost,
    /// It does not answer.
    NoAnswer,
    /// It does not take this user name and password.
    WrongLogin,
    /// It answers, but gives nothing.
    Refused,
}
