//! What a question is answered with: a QR code, a name nobody has, the rooms remembered.

use std::fmt;

use serde::Serialize;

use crate::settings::IceServer;

/// A QR code as squares.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct QrCode {
    /// How many squares a side has.
    pub size: usize,
    /// All squares, line by line: `1` is dark, `0` is light.
    pub modules: String,
}

impl fmt::Debug for QrCode {
    /// Leaves out the squares: a secret may be in them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QrCode")
            .field("size", &self.size)
            .finish_non_exhaustive()
    }
}

/// The name of a room nobody is in, or a password nobody guesses.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Suggestion {
    /// The name or password.
    pub text: String,
    /// How hard it is to guess: whoever tries needs two to the power of this many attempts.
    pub bits: u32,
}

impl fmt::Debug for Suggestion {
    /// Leaves out the text: it may become a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Suggestion")
            .field("bits", &self.bits)
            .finish_non_exhaustive()
    }
}

/// Trackers, and STUN and TURN servers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Servers {
    /// The addresses of trackers.
    pub trackers: Vec<String>,
    /// STUN and TURN servers.
    pub ice_servers: Vec<IceServer>,
}

/// The rooms a person wants to find again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Pins {
    /// All of them, in order of their keys.
    pub rooms: Vec<Pinned>,
    /// Where they are remembered.
    #[serde(rename = "where")]
    pub place: PinPlace,
}

/// A room a person wants to find again.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Pinned {
    /// What the room is called once it is joined.
    pub room: String,
    /// Its name.
    pub name: String,
    /// The world it is in.
    pub origin: String,
    /// Whether it takes a password.
    pub private: bool,
    /// What joins it; of a private room the secret is in it.
    pub link: String,
}

impl fmt::Debug for Pinned {
    /// Leaves out the link: a secret may be in it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pinned")
            .field("room", &self.room)
            .field("private", &self.private)
            .finish_non_exhaustive()
    }
}

/// Where pinned rooms are remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum PinPlace {
    /// In the keyring of the system, locked with the person's login.
    Keyring,
    /// In a file beside the profile that its owner alone may read.
    File,
    /// Nowhere: they are gone with the program.
    Memory,
}

/// An image of another site, fetched because the person asked for it.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct RemoteImage {
    /// What kind of image, as written anew by us.
    pub mime: String,
    /// The image itself.
    pub data_url: String,
    /// Its width in pixels.
    pub width: u32,
    /// Its height in pixels.
    pub height: u32,
}

impl fmt::Debug for RemoteImage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteImage")
            .field("mime", &self.mime)
            .finish_non_exhaustive()
    }
}

/// An emoji to choose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Emoji {
    /// The emoji.
    pub emoji: String,
    /// What it shows, in English.
    pub name: String,
    /// What it is typed as, without the colons; empty where it has no such name.
    pub shortcode: String,
}

/// How many emoji are offered at once.
const MAX_EMOJI: usize = 60;

/// The emoji that a few letters mean, best first; the usual ones where there are none.
#[must_use]
pub fn emojis(query: &str) -> Vec<Emoji> {
    render::emoji::find(query, MAX_EMOJI)
        .into_iter()
        .map(|it| Emoji {
            emoji: it.emoji.to_owned(),
            name: it.name.to_owned(),
            shortcode: it.shortcode.to_owned(),
        })
        .collect()
}

/// What came of taking in a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Imported {
    /// Whether rooms are open that keep the person before until they are joined again.
    pub rooms_keep_the_old: bool,
}
