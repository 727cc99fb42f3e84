//! How two peers show each other that they know a room's password (protocol/trystero §6).

use rand::RngCore;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::limits::MAX_HANDSHAKE_BYTES;
use super::{short, value_of};
use crate::address::RoomAddress;
use crate::frame::Body;
use crate::ids::{hex, random_text};
use crate::json;

const CHALLENGE_LEN: usize = 36;

/// A step of the handshake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Handshake {
    /// Prove that you know the password.
    Challenge {
        /// What the proof must be over.
        c: String,
    },
    /// The proof.
    Response {
        /// The hash of challenge, password and names.
        h: String,
    },
    /// Something else, or something odd.
    Other,
}

/// The proof that we know the room's password.
pub fn challenge_response(challenge: &str, address: &RoomAddress) -> String {
    challenge_response_for(
        challenge,
        address.password(),
        address.origin.app_id().as_str(),
        address.name.as_str(),
    )
}

/// The proof that we know this password of this app's room.
pub fn challenge_response_for(challenge: &str, password: &str, app: &str, room: &str) -> String {
    hex(&Sha256::digest(format!(
        "{challenge}:{password}:{app}:{room}"
    )))
}

/// A fresh challenge.
pub fn random_challenge(rng: &mut impl RngCore) -> String {
    random_text(rng, CHALLENGE_LEN)
}

#[derive(Serialize)]
pub(super) struct HandshakeWritten<'a> {
    #[serde(rename = "__trystero_pw")]
    step: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    c: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    h: Option<&'a str>,
}

impl Handshake {
    /// Never fails: Trystero lets applications put anything here.
    pub(super) fn read(body: &Body) -> Self {
        let Ok(value) = value_of(body) else {
            return Self::Other;
        };
        let part = |key| short(&value, key, MAX_HANDSHAKE_BYTES).map(str::to_owned);
        match json::text(&value, "__trystero_pw") {
            Some("challenge") => part("c").map_or(Self::Other, |c| Self::Challenge { c }),
            Some("response") => part("h").map_or(Self::Other, |h| Self::Response { h }),
            _ => Self::Other,
        }
    }

    /// `Other` is written as JSON `null`: there, and saying nothing.
    pub(super) fn written(&self) -> Option<HandshakeWritten<'_>> {
        match self {
            Self::Challenge { c } => Some(HandshakeWritten {
                step: "challenge",
                c: Some(c),
                h: None,
            }),
            Self::Response { h } => Some(HandshakeWritten {
                step: "response",
                c: None,
                h: Some(h),
            }),
            Self::Other => None,
        }
    }
}
