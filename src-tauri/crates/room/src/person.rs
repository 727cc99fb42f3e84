//! Whom something is about, when it is about a person rather than a session.

use std::fmt;

use wire::{PeerId, UserId};

/// Someone, for as long as they can be recognised: by their profile where its signature is right,
/// otherwise only by their session.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PersonId {
    /// Whoever holds the key of this profile.
    Profile(UserId),
    /// Whoever is at the other end of this session; gone with it.
    Session(PeerId),
}

impl PersonId {
    /// Reads what [`fmt::Display`] wrote; `None` where it is not that.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (kind, id) = text.split_once(':')?;
        match kind {
            "profile" => UserId::parse(id).ok().map(Self::Profile),
            "session" => PeerId::parse(id).ok().map(Self::Session),
            _ => None,
        }
    }
}

impl fmt::Display for PersonId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Profile(user) => write!(f, "profile:{}", user.as_str()),
            Self::Session(peer) => write!(f, "session:{}", peer.as_str()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        for person in [
            PersonId::Profile(UserId::parse("a:b").expect("a user id")),
            PersonId::Session(PeerId::parse("0123456789abcdefghij").expect("a peer id")),
        ] {
            assert_eq!(PersonId::parse(&person.to_string()), Some(person));
        }
    }

    #[test]
    fn anything_else_is_nobody() {
        for odd in ["", "profile", "profile:", "session:short", "else:x"] {
            assert_eq!(PersonId::parse(odd), None, "{odd}");
        }
    }
}
