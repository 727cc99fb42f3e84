//! The names of things, one type for each so that no two can be swapped.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rand::RngCore;
use sha2::{Digest as _, Sha256};

use crate::percent;

/// The longest room name we take, in bytes of UTF-8. A room name stands in links and in keys.
pub const MAX_ROOM_NAME_BYTES: usize = 512;
/// The longest user or message id we take, in characters. Browsers send UUIDs: 36.
pub const MAX_ID_CHARS: usize = 64;
/// The longest origin we take, in bytes: a scheme, the longest host name DNS allows, and a port.
pub const MAX_ORIGIN_BYTES: usize = 300;
/// The longest app id we take, in bytes: a whole origin with every byte escaped still fits.
pub const MAX_APP_ID_BYTES: usize = 1024;

/// What Trystero draws its random ids from, in its order.
const ALPHABET: &[u8; 62] = b"0123456789AaBbCcDdEeFfGgHhIiJjKkLlMmNnOoPpQqRrSsTtUuVvWwXxYyZz";
/// What a build of Chitchatter without a name appends to its origin; the public one is such a build.
const APP_ID_SUFFIX: &str = "_undefined";

/// Why some text is not a name of the kind asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// It has another length than this kind of name always has.
    #[error("must be {expected} characters long")]
    Length {
        /// The length it should have.
        expected: usize,
    },
    /// It is longer than we take.
    #[error("must not be longer than {limit}")]
    TooLong {
        /// The longest we take.
        limit: usize,
    },
    /// There is nothing in it, or only white space.
    #[error("must not be empty")]
    Blank,
    /// It holds control characters.
    #[error("must not hold control characters")]
    Control,
    /// It holds characters this kind of name never has.
    #[error("holds characters that do not belong there")]
    Character,
    /// It is not an `http` or `https` origin.
    #[error("must be http:// or https://, a host, and perhaps a port")]
    Origin,
    /// It is not the standard base64 of 32 bytes.
    #[error("must be the base64 text of 32 bytes")]
    Base64,
}

/// `n` random letters and digits, each equally likely.
pub fn random_text(rng: &mut impl RngCore, n: usize) -> String {
    (0..n).map(|_| char::from(random_letter(rng))).collect()
}

/// Multiply and shift: unlike rejecting values it ends with any generator, and the bias is 2⁻²⁶.
fn random_letter(rng: &mut impl RngCore) -> u8 {
    let index = (u64::from(rng.next_u32()) * ALPHABET.len() as u64) >> 32;
    usize::try_from(index)
        .ok()
        .and_then(|index| ALPHABET.get(index))
        .copied()
        .unwrap_or(b'0')
}

/// A name of a fixed number of ASCII bytes.
macro_rules! fixed_name {
    ($(#[$doc:meta])* $name:ident, $length:literal, $belongs:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; $length]);

        impl $name {
            /// Reads the name, verbatim.
            pub fn parse(text: &str) -> Result<Self, IdError> {
                let bytes: [u8; $length] = text
                    .as_bytes()
                    .try_into()
                    .map_err(|_| IdError::Length { expected: $length })?;
                if bytes.iter().all($belongs) {
                    Ok(Self(bytes))
                } else {
                    Err(IdError::Character)
                }
            }

            /// The name as text.
            pub fn as_str(&self) -> &str {
                // Only ASCII gets in, so this is always the whole name.
                str::from_utf8(&self.0).unwrap_or_default()
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.as_str())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

fixed_name! {
    /// One running peer. The order is that of the bytes: it decides who offers and who challenges.
    PeerId, 20, u8::is_ascii_graphic
}

fixed_name! {
    /// One offer of a connection, as a tracker passes it on.
    OfferId, 20, u8::is_ascii_graphic
}

fixed_name! {
    /// What a room is called on a tracker.
    InfoHash, 20, u8::is_ascii_graphic
}

fixed_name! {
    /// What a room is called on a data channel.
    RoomToken, 64, |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}

fixed_name! {
    /// One connection for the bytes of files, or an attempt at one, between two peers.
    TransferId, 20, u8::is_ascii_alphanumeric
}

impl TransferId {
    /// A fresh id.
    pub fn random(rng: &mut impl RngCore) -> Self {
        Self(std::array::from_fn(|_| random_letter(rng)))
    }
}

/// How many characters of an id of ours are the lowest there is.
const LOW_LETTERS: usize = 4;

impl PeerId {
    /// A fresh id that sorts below every browser's but one in 62⁴, so that browsers answer our offers
    /// and nobody has to wait for an announcement of theirs, which comes every ten seconds or less
    /// often. Sixteen random characters remain (protocol/trystero §14.22).
    pub fn random_low(rng: &mut impl RngCore) -> Self {
        let Self(mut bytes) = Self::random(rng);
        for first in bytes.iter_mut().take(LOW_LETTERS) {
            *first = b'0';
        }
        Self(bytes)
    }

    /// A fresh id like a browser's.
    pub fn random(rng: &mut impl RngCore) -> Self {
        Self(std::array::from_fn(|_| random_letter(rng)))
    }
}

impl OfferId {
    /// A fresh id.
    pub fn random(rng: &mut impl RngCore) -> Self {
        Self(std::array::from_fn(|_| random_letter(rng)))
    }
}

impl InfoHash {
    /// The first twenty characters of the hash of the hash of the room's topic.
    pub fn derive(app: &str, room: &str) -> Self {
        let topic = crate::address::sha1_base36(&format!("Trystero@{app}@{room}"));
        let twice = crate::address::sha1_base36(&topic);
        // Twenty digest bytes give at least twenty characters.
        let mut bytes = [b'0'; 20];
        for (byte, digit) in bytes.iter_mut().zip(twice.bytes()) {
            *byte = digit;
        }
        Self(bytes)
    }
}

impl RoomToken {
    /// The hash of the app and the room, in hex.
    pub fn derive(app: &str, room: &str) -> Self {
        let digest = Sha256::digest(format!("Trystero:{app}:{room}"));
        let mut bytes = [b'0'; 64];
        for (byte, digit) in bytes.iter_mut().zip(hex(&digest).bytes()) {
            *byte = digit;
        }
        Self(bytes)
    }
}

/// Lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// One WebRTC connection, or an attempt at one. Ours alone: it never leaves the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkId(pub u64);

impl fmt::Display for LinkId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A name of varying length.
macro_rules! text_name {
    ($(#[$doc:meta])* $name:ident, $check:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Reads the name, verbatim.
            pub fn parse(text: &str) -> Result<Self, IdError> {
                let check: fn(&str) -> Result<(), IdError> = $check;
                check(text)?;
                Ok(Self(text.to_owned()))
            }

            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({:?})", stringify!($name), self.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_name! {
    /// Who a person is, across sessions. Browsers use a UUID.
    UserId, check_id
}

text_name! {
    /// One message. Browsers use a UUID.
    MessageId, check_id
}

text_name! {
    /// A room's name, exactly as its people spell it: it goes into keys.
    RoomName, check_room_name
}

text_name! {
    /// The application part of every derived name: peers of different apps never meet.
    AppId, check_app_id
}

impl UserId {
    /// A fresh id: the text of a version 4 UUID.
    pub fn random(rng: &mut impl RngCore) -> Self {
        Self(random_uuid(rng))
    }
}

impl MessageId {
    /// A fresh id: the text of a version 4 UUID.
    pub fn random(rng: &mut impl RngCore) -> Self {
        Self(random_uuid(rng))
    }
}

fn random_uuid(rng: &mut impl RngCore) -> String {
    let mut bytes = [0; 16];
    rng.fill_bytes(&mut bytes);
    uuid::Builder::from_random_bytes(bytes)
        .into_uuid()
        .to_string()
}

fn check_id(text: &str) -> Result<(), IdError> {
    if text.is_empty() {
        return Err(IdError::Blank);
    }
    if text.chars().nth(MAX_ID_CHARS).is_some() {
        return Err(IdError::TooLong {
            limit: MAX_ID_CHARS,
        });
    }
    refuse_control(text)
}

fn check_room_name(text: &str) -> Result<(), IdError> {
    if text.len() > MAX_ROOM_NAME_BYTES {
        return Err(IdError::TooLong {
            limit: MAX_ROOM_NAME_BYTES,
        });
    }
    if text.trim().is_empty() {
        return Err(IdError::Blank);
    }
    refuse_control(text)
}

fn check_app_id(text: &str) -> Result<(), IdError> {
    if text.is_empty() {
        return Err(IdError::Blank);
    }
    if text.len() > MAX_APP_ID_BYTES {
        return Err(IdError::TooLong {
            limit: MAX_APP_ID_BYTES,
        });
    }
    Ok(())
}

fn refuse_control(text: &str) -> Result<(), IdError> {
    if text.chars().any(char::is_control) {
        Err(IdError::Control)
    } else {
        Ok(())
    }
}

/// Which Chitchatter world a room is in: the page's origin, in the spelling a browser gives it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin(String);

impl Origin {
    /// Reads `https://chitchatter.im` and the like, and spells it as a browser would: lower-case
    /// host, no default port, no trailing slash.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        if text.len() > MAX_ORIGIN_BYTES {
            return Err(IdError::TooLong {
                limit: MAX_ORIGIN_BYTES,
            });
        }
        refuse_control(text)?;

        let url = url::Url::parse(text).map_err(|_| IdError::Origin)?;
        let bare =
            matches!(url.path(), "" | "/") && url.query().is_none() && url.fragment().is_none();
        if bare {
            Self::of(&url)
        } else {
            Err(IdError::Origin)
        }
    }

    /// The origin of a page's address.
    pub(crate) fn of(url: &url::Url) -> Result<Self, IdError> {
        let anonymous = url.username().is_empty() && url.password().is_none();
        if matches!(url.scheme(), "http" | "https") && anonymous && url.has_host() {
            Ok(Self(url.origin().ascii_serialization()))
        } else {
            Err(IdError::Origin)
        }
    }

    /// The origin as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The app id that pages of this origin use.
    pub fn app_id(&self) -> AppId {
        AppId(percent::encode_uri(&self.0) + APP_ID_SUFFIX)
    }
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Origin({})", self.0)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What opens a private room: its password, hashed with its name. Whoever has it is in.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Secret(String);

impl Secret {
    /// The secret a typed password makes for this room.
    pub fn from_password(room: &RoomName, password: &str) -> Self {
        Self(STANDARD.encode(Sha256::digest(format!("{room}_{password}"))))
    }

    /// Reads a secret from a link. The text itself is the key, so only its one spelling is taken.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        let mut bytes = [0; 33];
        match STANDARD.decode_slice(text, &mut bytes) {
            Ok(32) => Ok(Self(text.to_owned())),
            _ => Err(IdError::Base64),
        }
    }

    /// The secret as text. There is no `Display`, so that it is never printed by accident.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_low_peer_id_starts_with_zeros_and_the_rest_is_random() {
        let mut rng = rand::rngs::mock::StepRng::new(u64::MAX, 0);

        assert_eq!(
            PeerId::random_low(&mut rng).as_str(),
            "0000zzzzzzzzzzzzzzzz"
        );
    }

    #[test]
    fn peer_ids_are_ordered_as_their_bytes() {
        let ordered = ["0", "9", "A", "Z", "a", "z"]
            .map(|first| PeerId::parse(&first.repeat(20)).expect("an id"));

        assert!(ordered.is_sorted());
    }

    #[test]
    fn names_of_the_wrong_shape_are_refused() {
        assert_eq!(
            PeerId::parse("short"),
            Err(IdError::Length { expected: 20 })
        );
        assert_eq!(
            PeerId::parse("has a space in it..."),
            Err(IdError::Character)
        );
        assert!(PeerId::parse("ééééééééééaaaaaaaaaa").is_err());
        assert_eq!(RoomToken::parse(&"A".repeat(64)), Err(IdError::Character));
        assert_eq!(UserId::parse(""), Err(IdError::Blank));
        assert_eq!(UserId::parse("a\nb"), Err(IdError::Control));
        assert!(UserId::parse(&"é".repeat(64)).is_ok());
        assert!(UserId::parse(&"é".repeat(65)).is_err());
        assert_eq!(RoomName::parse(" \u{2003}"), Err(IdError::Blank));
        assert!(RoomName::parse(&"a".repeat(512)).is_ok());
        assert!(RoomName::parse(&"a".repeat(513)).is_err());
    }

    #[test]
    fn a_room_name_is_kept_as_it_is_spelt() {
        assert_eq!(
            RoomName::parse(" Ünï/room ").map(|name| name.to_string()),
            Ok(" Ünï/room ".to_owned())
        );
    }

    #[test]
    fn origins_are_spelt_as_a_browser_spells_them() {
        for (written, read) in [
            ("https://chitchatter.im", "https://chitchatter.im"),
            ("HTTPS://ChitChatter.IM:443/", "https://chitchatter.im"),
            ("http://localhost:3000/", "http://localhost:3000"),
            ("http://127.0.0.1:80", "http://127.0.0.1"),
            ("http://[::1]:3000", "http://[::1]:3000"),
            ("https://bücher.example", "https://xn--bcher-kva.example"),
        ] {
            assert_eq!(
                Origin::parse(written).map(|origin| origin.to_string()),
                Ok(read.to_owned())
            );
        }
        for refused in [
            "",
            "chitchatter.im",
            "ftp://chitchatter.im",
            "https://",
            "https://a/path",
            "https://a?query",
            "https://a#fragment",
            "https://user:pass@a",
            "file:///etc",
        ] {
            assert_eq!(Origin::parse(refused), Err(IdError::Origin), "{refused}");
        }
    }

    #[test]
    fn an_app_id_is_the_escaped_origin_and_the_missing_name() {
        let app_id = |origin| {
            Origin::parse(origin)
                .expect("an origin")
                .app_id()
                .to_string()
        };

        assert_eq!(
            app_id("https://chitchatter.im"),
            "https://chitchatter.im_undefined"
        );
        assert_eq!(
            app_id("http://[::1]:3000"),
            "http://%5B::1%5D:3000_undefined"
        );
    }

    #[test]
    fn a_secret_is_the_hash_of_room_and_password_and_is_never_shown() {
        for (room, password, encoded) in [
            (
                "probe-vaq3bj",
                "pw",
                "2fItgPUc8rZG11CLbYvkL8Ev8rZCFR+U4r8AXONN/cA=",
            ),
            (
                "room-1",
                "hunter2",
                "NKGPv0FcG9HojrGEuQRzFnIKiZQdU+0qE9DDAlY3gKo=",
            ),
        ] {
            let room = RoomName::parse(room).expect("a name");
            let secret = Secret::from_password(&room, password);

            assert_eq!(secret.as_str(), encoded);
            assert_eq!(Secret::parse(encoded), Ok(secret.clone()));
            assert!(!format!("{secret:?}").contains(encoded));
        }
        for refused in [
            "",
            "NKGP",
            "NKGPv0FcG9HojrGEuQRzFnIKiZQdU+0qE9DDAlY3gKo",
            &"A".repeat(10_000),
        ] {
            assert_eq!(Secret::parse(refused), Err(IdError::Base64));
        }
    }
}
