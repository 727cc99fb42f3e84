//! When and where: the time as the caller knows it, and how a room is called.

use std::time::Duration;

use wire::{Origin, RoomAddress};

/// The time, as the caller knows it. Rooms never read a clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// Monotonic time since any fixed moment; all waiting is counted in it.
    pub since_start: Duration,
    /// Wall-clock time, Unix milliseconds; only shown and sent, never waited for.
    pub unix_ms: i64,
}

/// How a joined room is called towards the person: the room's name in the node's own origin,
/// otherwise the origin, a slash and the name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoomKey(String);

impl RoomKey {
    /// The key of a room seen from a node whose own origin is `home`.
    #[must_use]
    pub fn new(address: &RoomAddress, home: &Origin) -> Self {
        if address.origin == *home {
            Self(address.name.as_str().to_owned())
        } else {
            Self(format!(
                "{}/{}",
                address.origin.as_str(),
                address.name.as_str()
            ))
        }
    }

    /// Takes a key as the window or a program wrote it. A key that names no room is found out when
    /// it is used ([`Refusal::NotJoined`]).
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        let end = text.floor_char_boundary(MAX_KEY_BYTES);
        Self(text[..end].to_owned())
    }

    /// The key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for RoomKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Longest text [`RoomKey::from_text`] keeps: an origin and the longest room name.
const MAX_KEY_BYTES: usize = 1024;
