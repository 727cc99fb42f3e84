//! Who is there, and what is known and decided about them.

use serde::{Deserialize, Serialize};

/// Whom a private talk is with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Direct {
    /// Who.
    pub with: String,
    /// What they are called, or were when last seen.
    pub name: String,
    /// Their session; null while they are away.
    pub peer_id: Option<String>,
    /// The name they cannot choose; null where they are known by their session alone.
    pub animal_name: Option<String>,
    /// Whom their name may be taken for, or could be when last seen; null if nobody.
    pub imitates: Option<Likeness>,
}

/// How a room treats people one does not know, on this machine alone: all whose identity is not
/// verified, and of the others those neither marked as known nor spoken with in this session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rules {
    /// Whether strangers say little at a time.
    pub slow: bool,
    /// Whether links and media of strangers are shown as bare text.
    pub plain_strangers: bool,
    /// Whether pictures and sounds of everybody else are shown by themselves.
    pub auto_media: bool,
}

/// Someone we decided about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Judged {
    /// Who.
    pub person: String,
    /// What they were called then.
    pub name: String,
    /// The name they cannot choose; null where they are known by their session alone.
    pub animal_name: Option<String>,
    /// What we decided.
    pub standing: Standing,
}

/// What we decided about a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum Standing {
    /// Nothing.
    Normal,
    /// The person knows them; counts for whoever is verified as them.
    Known,
    /// What they say is folded away and tells of nothing.
    Muted,
    /// They are not connected to and not heard.
    Blocked,
}

/// Who we are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Me {
    /// This session.
    pub peer_id: String,
    /// The profile.
    pub user_id: String,
    /// The custom name, or else the animal name.
    pub name: String,
    /// The custom name; may be empty.
    pub custom_name: String,
    /// The name derived from the user id.
    pub animal_name: String,
    /// The public key others know us by.
    pub public_key: String,
    /// The same in digits that can be read aloud.
    pub fingerprint: String,
}

/// Someone in a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Peer {
    /// Its session.
    pub peer_id: String,
    /// Whose profile it claims; null while it has not said.
    pub user_id: Option<String>,
    /// What to call it.
    pub name: String,
    /// The custom name; may be empty.
    pub custom_name: String,
    /// The name derived from the user id; empty while unidentified.
    pub animal_name: String,
    /// The public key it says is its own; null while it has shown none.
    pub public_key: Option<String>,
    /// The same in digits that can be read aloud.
    pub fingerprint: Option<String>,
    /// Whether its signature is right; `verification` says more.
    pub verified: bool,
    /// What is known of its identity.
    pub verification: Verification,
    /// Whether it runs this program rather than a browser page.
    pub native: bool,
    /// How the connection runs.
    pub path: Path,
    /// Whether it is typing.
    pub typing: bool,
    /// Who it is, beyond this session: what commands about a person take.
    pub person: String,
    /// What we decided about it.
    pub standing: Standing,
    /// Whether it is no stranger: its identity is verified, and it is somebody the person marked as
    /// known or has spoken with in this session.
    pub known: bool,
    /// Whether it says more than is shown at once.
    pub slowed: bool,
    /// Whom the name it chose may be taken for, who had that name first; null if nobody.
    pub imitates: Option<Likeness>,
    /// Whether the same profile came with another key before.
    pub key_changed: bool,
    /// Whether it has proven to hold its profile's key.
    pub proof: Proof,
    /// Whether it understands replies, edits, deletions and reactions.
    pub talks: bool,
}

/// Whom a chosen name may be taken for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Likeness {
    /// Somebody: who is there, whom the person knows, or whose lines still stand.
    Person {
        /// What they are or were called.
        name: String,
    },
    /// Us.
    Ours,
    /// Whoever reads it: it is, or holds, what programs call oneself.
    Oneself,
}

/// What is known of who a peer says it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum Verification {
    /// Its signature is right.
    Verified,
    /// Its signature is wrong.
    Unverified,
    /// It has not said who it is.
    Unidentified,
}

/// Whether a peer holds the key of the profile it goes by: more than a signature, which can be
/// repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum Proof {
    /// It cannot be asked: it is a browser, or has not said who it is.
    None,
    /// It was asked.
    Awaited,
    /// It does, on this connection.
    Proven,
    /// It was asked and gave none, or a wrong one; or its profile has proven itself before, and it
    /// cannot. It is not verified.
    Missing,
}

/// How the connection to a peer runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum Path {
    /// Not known yet.
    Unknown,
    /// Straight from machine to machine.
    Direct,
    /// Through a server that sees only ciphertext.
    Relayed,
}
