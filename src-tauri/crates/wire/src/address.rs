//! Where a room is: its world, its name, and who may come in; and what that makes it called on the
//! wire.

use sha1::{Digest as _, Sha1};

use crate::ids::{InfoHash, Origin, RoomName, RoomToken, Secret};

/// Who may come in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Access {
    /// Whoever knows the name.
    Public,
    /// Whoever has the secret as well.
    Private(Secret),
}

/// All that is needed to be in a room.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoomAddress {
    /// Which Chitchatter world.
    pub origin: Origin,
    /// The name within it.
    pub name: RoomName,
    /// Who may come in.
    pub access: Access,
}

impl RoomAddress {
    /// What Trystero is given as password: a public room's is its own name.
    pub fn password(&self) -> &str {
        match &self.access {
            Access::Public => self.name.as_str(),
            Access::Private(secret) => secret.as_str(),
        }
    }

    /// What the room is called on trackers. The same for public and private rooms of one name.
    pub fn info_hash(&self) -> InfoHash {
        InfoHash::derive(self.origin.app_id().as_str(), self.name.as_str())
    }

    /// What the room is called on data channels. The same for public and private rooms of one name.
    pub fn token(&self) -> RoomToken {
        RoomToken::derive(self.origin.app_id().as_str(), self.name.as_str())
    }

    /// Whether it takes a secret to come in.
    pub fn is_private(&self) -> bool {
        matches!(self.access, Access::Private(_))
    }
}

/// Trystero's text form of a SHA-1: each byte on its own in base 36, without padding.
pub fn sha1_base36(text: &str) -> String {
    let mut encoded = String::with_capacity(40);
    for byte in Sha1::digest(text) {
        let (high, low) = (u32::from(byte) / 36, u32::from(byte) % 36);
        if high > 0 {
            encoded.extend(char::from_digit(high, 36));
        }
        encoded.extend(char::from_digit(low, 36));
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_printed_byte_by_byte_in_base_36() {
        for (text, encoded) in [
            ("", "621l4j6m2m2z23d1e2d5b6n452oo404v6079"),
            (
                "Trystero@test-app@room-1",
                "5h6m342w3e6u596w6j2r4p3ksh1y64736v6v3y",
            ),
        ] {
            assert_eq!(sha1_base36(text), encoded);
        }
    }

    #[test]
    fn public_and_private_rooms_of_one_name_differ_only_in_password() {
        let name = RoomName::parse("test").expect("a name");
        let public = RoomAddress {
            origin: Origin::parse("https://chitchatter.im").expect("an origin"),
            name: name.clone(),
            access: Access::Public,
        };
        let private = RoomAddress {
            access: Access::Private(Secret::from_password(&name, "pw")),
            ..public.clone()
        };

        assert_eq!(public.info_hash().as_str(), "1e2j1i3p3u4j3b5c1r6x");
        assert_eq!(public.info_hash(), private.info_hash());
        assert_eq!(public.token(), private.token());
        assert_eq!(public.password(), "test");
        assert_ne!(private.password(), "test");
        assert!(private.is_private() && !public.is_private());
    }
}
