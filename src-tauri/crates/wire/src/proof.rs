//! How a native peer proves that it holds its profile's key now, on this connection. Never sent to
//! a peer that has not named [`Feature::Proof`](crate::Feature::Proof).
//!
//! ```text
//! A ── n.6 {nonce a} ──▶ B        each asks with a number nobody has used before
//! A ◀── n.6 {nonce b} ── B
//! A ── n.7 {signature} ─▶ B       each signs both, and which connection it is
//! A ◀── n.7 {signature} ─ B
//! ```
//!
//! What is signed is the text of [`Claim`]: the room, who proves it to whom, the profile, both
//! nonces, and the fingerprints of the certificates both ends of the connection made it with. A
//! signature is therefore worth nothing in another room, towards another peer, on another
//! connection, or a second time; whoever stands in the middle of two connections has certificates
//! of its own on each.
//!
//! It does not prove who typed, nor that the profile's key was not copied.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use rand::RngCore;
use serde_json::Value;

use crate::chat::Fault;
use crate::ids::{PeerId, RoomToken, UserId, hex};
use crate::json;

/// Bytes of a nonce.
const NONCE_BYTES: usize = 32;
/// The longest fingerprint we take, in characters: that of SHA-512 has 199 with its name.
const MAX_FINGERPRINT: usize = 256;
/// How many different fingerprints one description may have.
const MAX_FINGERPRINTS: usize = 8;
/// The longest signature we take, in characters.
pub const MAX_PROOF_BYTES: usize = crate::identity::MAX_PUBLIC_TEXT;

/// A number nobody has used before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nonce([u8; NONCE_BYTES]);

impl Nonce {
    /// A fresh one.
    pub fn random(rng: &mut impl RngCore) -> Self {
        let mut bytes = [0; NONCE_BYTES];
        rng.fill_bytes(&mut bytes);
        Self(bytes)
    }

    /// Reads 64 lower-case hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.as_bytes();
        let lower = digits
            .iter()
            .all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
        if digits.len() != 2 * NONCE_BYTES || !lower {
            return None;
        }
        let mut bytes = [0; NONCE_BYTES];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok()?;
        }
        Some(Self(bytes))
    }

    /// As text.
    pub fn to_text(self) -> String {
        hex(&self.0)
    }

    pub(crate) fn read(value: &Value) -> Result<Self, Fault> {
        json::text(value, "nonce")
            .and_then(Self::parse)
            .ok_or(Fault::Odd("it has no nonce"))
    }
}

/// The signature in a proof, as text; whether it is one is found out when it is checked.
pub(crate) fn read_proof(value: &Value) -> Result<String, Fault> {
    json::text(value, "signature")
        .filter(|text| !text.is_empty() && text.len() <= MAX_PROOF_BYTES)
        .map(str::to_owned)
        .ok_or(Fault::Odd("it has no signature"))
}

/// The fingerprints of the certificates that one end of a connection may use: all that stand in
/// its description, for the other end takes any of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fingerprints(BTreeSet<String>);

impl Fingerprints {
    /// Those in a session description. None at all where one of them is odd or there are too many,
    /// so that nothing rests on half of them.
    pub fn of(sdp: &str) -> Self {
        let mut all = BTreeSet::new();
        for line in sdp.lines() {
            let Some(text) = line.trim_end().strip_prefix("a=fingerprint:") else {
                continue;
            };
            let Some((hash, digits)) = text.split_once(' ') else {
                return Self::default();
            };
            let graphic = text.bytes().all(|it| it.is_ascii_graphic() || it == b' ');
            if !graphic || text.len() > MAX_FINGERPRINT || all.len() >= MAX_FINGERPRINTS {
                return Self::default();
            }
            let hash = hash.to_ascii_lowercase();
            let digits = digits.trim().to_ascii_uppercase();
            all.insert(format!("{hash} {digits}"));
        }
        Self(all)
    }

    /// Whether none is known: then nothing is bound to the connection, and nothing proven.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// What a proof says.
#[derive(Clone, Debug)]
pub struct Claim<'a> {
    /// In which room.
    pub room: RoomToken,
    /// Who proves it.
    pub prover: PeerId,
    /// Whose key the prover holds.
    pub user: &'a UserId,
    /// To whom.
    pub verifier: PeerId,
    /// What the prover asked.
    pub prover_nonce: Nonce,
    /// What the verifier asked.
    pub verifier_nonce: Nonce,
    /// The prover's end of the connection.
    pub prover_end: &'a Fingerprints,
    /// The verifier's end of the connection.
    pub verifier_end: &'a Fingerprints,
}

impl Claim<'_> {
    /// What is signed, line by line. No part has a line break in it; the first line and the last
    /// keep it apart from the one other text these keys sign, a room's name, `_` and a user id.
    pub(crate) fn text(&self) -> Vec<u8> {
        let mut text = String::from("chitchatter native proof 1\n");
        let parts = [
            self.room.as_str().to_owned(),
            self.prover.as_str().to_owned(),
            self.user.as_str().to_owned(),
            self.verifier.as_str().to_owned(),
            self.prover_nonce.to_text(),
            self.verifier_nonce.to_text(),
        ];
        for part in parts {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{part}");
        }
        for end in [self.prover_end, self.verifier_end] {
            let _ = writeln!(text, "{}", end.0.len());
            for fingerprint in &end.0 {
                let _ = writeln!(text, "{fingerprint}");
            }
        }
        text.push_str("end of proof\n");
        text.into_bytes()
    }

    /// Whether both ends of the connection are known.
    pub(crate) fn is_bound(&self) -> bool {
        !self.prover_end.is_empty() && !self.verifier_end.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::{KeyPair, RoomName, Verification, verify_proof};

    const OURS: &str = "v=0\r\na=fingerprint:sha-256 AB:CD\r\nm=application\r\n";
    const THEIRS: &str = "v=0\r\na=fingerprint:SHA-256 12:ef\r\na=fingerprint:sha-256 12:EF\r\n";

    fn peer(text: &str) -> PeerId {
        PeerId::parse(text).expect("a peer id")
    }

    #[test]
    fn a_proof_is_worth_nothing_for_anything_else() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let key = KeyPair::generate(&mut rng).expect("a key");
        let other_key = KeyPair::generate(&mut rng).expect("a key");
        let (user, other_user) = (
            UserId::parse("ann").expect("a user id"),
            UserId::parse("bob").expect("a user id"),
        );
        let (ours, theirs) = (Fingerprints::of(OURS), Fingerprints::of(THEIRS));
        let both = Fingerprints::of(&format!("{OURS}{THEIRS}"));
        let nothing = Fingerprints::default();
        let [a, b, c] = [(); 3].map(|()| Nonce::random(&mut rng));
        let room = RoomToken::parse(&"a".repeat(64)).expect("a token");
        let other_room = RoomToken::parse(&"b".repeat(64)).expect("a token");
        let right = Claim {
            room,
            prover: peer("prover-prover-prover"),
            user: &user,
            verifier: peer("verifier-verifier-ve"),
            prover_nonce: a,
            verifier_nonce: b,
            prover_end: &ours,
            verifier_end: &theirs,
        };
        let signature = key.prove(&mut rng, &right).expect("both ends are known");
        let worth = |claim: &Claim<'_>| verify_proof(key.public_key(), claim, &signature);

        assert_eq!(worth(&right), Verification::Verified);
        let it = || right.clone();
        let third = peer("somebody-else-comple");
        let wrong = [
            Claim {
                room: other_room,
                ..it()
            },
            Claim {
                prover: third,
                ..it()
            },
            Claim {
                verifier: third,
                ..it()
            },
            Claim {
                prover: right.verifier,
                verifier: right.prover,
                ..it()
            },
            Claim {
                user: &other_user,
                ..it()
            },
            Claim {
                prover_nonce: c,
                ..it()
            },
            Claim {
                verifier_nonce: c,
                ..it()
            },
            Claim {
                prover_nonce: b,
                verifier_nonce: a,
                ..it()
            },
            Claim {
                prover_end: &theirs,
                verifier_end: &ours,
                ..it()
            },
            Claim {
                prover_end: &both,
                ..it()
            },
            Claim {
                verifier_end: &both,
                ..it()
            },
        ];
        for claim in wrong {
            assert_eq!(worth(&claim), Verification::Invalid, "{claim:?}");
        }
        let unbound = Claim {
            verifier_end: &nothing,
            ..it()
        };
        assert_eq!(worth(&unbound), Verification::Invalid);
        assert_eq!(
            key.prove(&mut rng, &unbound),
            None,
            "nothing is signed for any connection"
        );
        assert_eq!(
            verify_proof(other_key.public_key(), &right, &signature),
            Verification::Invalid
        );
        let name = RoomName::parse("den").expect("a room");
        assert_eq!(
            verify_proof(key.public_key(), &right, &key.sign(&name, &user)),
            Verification::Invalid,
            "the signature everybody sees proves nothing"
        );
        assert_eq!(
            verify_proof(key.public_key(), &right, "?"),
            Verification::Malformed
        );
    }

    #[test]
    fn fingerprints_are_found_however_they_are_written_and_odd_ones_are_none() {
        assert_eq!(
            Fingerprints::of(THEIRS),
            Fingerprints::of("a=fingerprint:sha-256 12:EF")
        );
        assert!(!Fingerprints::of(OURS).is_empty());
        for odd in [
            "",
            "a=fingerprint:",
            "a=fingerprint:sha-256",
            "a=fingerprint:sha-256 12:EF\na=fingerprint:\u{1}",
            "a=fingerprint:sha-256 Ä",
        ] {
            assert!(Fingerprints::of(odd).is_empty(), "{odd:?}");
        }
        let many: String = (0..50).map(|n| format!("a=fingerprint:x {n}\n")).collect();
        assert!(Fingerprints::of(&many).is_empty());
    }

    #[test]
    fn a_nonce_is_sixty_four_digits_and_read_back() {
        let nonce = Nonce::random(&mut ChaCha8Rng::seed_from_u64(1));
        assert_eq!(Nonce::parse(&nonce.to_text()), Some(nonce));
        let text = nonce.to_text();
        for odd in [
            "",
            &text[1..],
            &text.to_uppercase().replace('0', "A"),
            &format!("+{}", &text[1..]),
        ] {
            assert_eq!(Nonce::parse(odd), None, "{odd}");
        }
    }
}
