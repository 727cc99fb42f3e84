//! Hashes, peer ids and offer ids: twenty bytes each, and never to be mixed up.

use std::fmt;

use rand::RngCore;

/// How long each id is.
pub const ID_LEN: usize = 20;

/// How our peer ids begin: the client and version of the browsers, which then treat us as one.
pub const PEER_ID_PREFIX: &[u8; 8] = b"-WW0109-";

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; ID_LEN]);

        impl $name {
            /// The id as trackers write it: one character for each byte.
            #[must_use]
            pub fn to_latin1(self) -> String {
                self.0.iter().map(|byte| char::from(*byte)).collect()
            }

            /// Reads what a tracker wrote. `None` unless it is twenty characters, each a byte.
            #[must_use]
            pub fn from_latin1(text: &str) -> Option<Self> {
                let mut bytes = [0; ID_LEN];
                let mut chars = text.chars();
                for byte in &mut bytes {
                    *byte = u8::try_from(u32::from(chars.next()?)).ok()?;
                }
                chars.next().is_none().then_some(Self(bytes))
            }

            /// The id as people see it.
            #[must_use]
            pub fn to_hex(self) -> String {
                self.0.iter().map(|byte| format!("{byte:02x}")).collect()
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.to_hex())
            }
        }
    };
}

id! {
    /// The SHA-1 of a torrent's description: its name among peers and trackers.
    Hash
}
id! {
    /// One client of one torrent.
    PeerId
}
id! {
    /// One offer of a connection.
    OfferId
}

impl Hash {
    /// Reads forty hexadecimal digits, or thirty-two of base 32, as magnet links have them.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (bits, digit): (u32, fn(u8) -> Option<u32>) = match text.len() {
            40 => (4, |byte| char::from(byte).to_digit(16)),
            32 => (5, |byte| match byte.to_ascii_uppercase() {
                letter @ b'A'..=b'Z' => Some(u32::from(letter - b'A')),
                number @ b'2'..=b'7' => Some(u32::from(number - b'2') + 26),
                _ => None,
            }),
            _ => return None,
        };
        let mut bytes = Vec::with_capacity(ID_LEN);
        let (mut held, mut count) = (0_u32, 0);
        for byte in text.bytes() {
            held = (held << bits) | digit(byte)?;
            count += bits;
            if count >= 8 {
                count -= 8;
                bytes.push((held >> count) as u8);
                held &= (1 << count) - 1;
            }
        }
        Some(Self(bytes.try_into().ok()?))
    }
}

impl PeerId {
    /// A new id, as a browser makes it.
    pub fn random(rng: &mut impl RngCore) -> Self {
        const LETTERS: &[u8; 64] =
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let mut bytes = [0; ID_LEN];
        rng.fill_bytes(&mut bytes);
        for byte in &mut bytes {
            *byte = LETTERS[usize::from(*byte % 64)];
        }
        bytes[..PEER_ID_PREFIX.len()].copy_from_slice(PEER_ID_PREFIX);
        Self(bytes)
    }
}

impl OfferId {
    /// A new id.
    pub fn random(rng: &mut impl RngCore) -> Self {
        let mut bytes = [0; ID_LEN];
        rng.fill_bytes(&mut bytes);
        Self(bytes)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_hash_is_read_in_both_notations() {
        let hex = Hash::parse("fa0e57606005711875925ea3bd3aad7153df74b9").expect("a hash");

        assert_eq!(Hash::parse("7IHFOYDAAVYRQ5MSL2R32OVNOFJ565FZ"), Some(hex));
        assert_eq!(hex.to_hex(), "fa0e57606005711875925ea3bd3aad7153df74b9");
        for bad in [
            "",
            "fa0e",
            &"g".repeat(40),
            &"1".repeat(32),
            &"é".repeat(20),
        ] {
            assert_eq!(Hash::parse(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn an_id_survives_a_tracker(bytes: [u8; 20]) {
            prop_assert_eq!(PeerId::from_latin1(&PeerId(bytes).to_latin1()), Some(PeerId(bytes)));
            prop_assert_eq!(Hash::parse(&Hash(bytes).to_hex()), Some(Hash(bytes)));
        }

        #[test]
        fn other_text_is_no_id(text in "\\PC{0,24}") {
            if let Some(id) = OfferId::from_latin1(&text) {
                prop_assert_eq!(id.to_latin1(), text);
            }
        }
    }
}
