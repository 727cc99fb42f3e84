//! Who somebody is across sessions: an RSA key, and a signature over room and user.
//!
//! It proves that the sender once held the key in this room, no more: the signature covers neither
//! the peer nor the connection, so a member of a room can repeat another's. More is known of whom
//! [`verify_proof`] is right about.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rand::{CryptoRng, RngCore};
use rsa::pkcs1v15::{Signature, SigningKey, VerifyingKey};
use rsa::pkcs8::{
    DecodePrivateKey as _, DecodePublicKey as _, EncodePrivateKey as _, EncodePublicKey as _,
};
use rsa::sha2::Sha256;
use rsa::signature::{RandomizedSigner as _, SignatureEncoding as _, Signer as _, Verifier as _};
use rsa::traits::PublicKeyParts as _;
use rsa::{BigUint, RsaPrivateKey, RsaPublicKey};

use crate::ids::{RoomName, UserId};
use crate::proof::Claim;

/// The longest public key or signature we decode, in characters: that of a 4096-bit key, and some.
pub const MAX_PUBLIC_TEXT: usize = 1024;
/// The longest private key we decode, in characters: that of a 4096-bit key, and some.
pub const MAX_PRIVATE_TEXT: usize = 8 * 1024;
/// The key sizes we take. Smaller ones prove nothing, larger ones cost time to refuse.
pub const KEY_BITS: std::ops::RangeInclusive<usize> = 2048..=4096;

/// The size of the keys we make, like browsers do.
const NEW_KEY_BITS: usize = 2048;
/// The largest public exponent we take. Browsers use 65537; verifying costs time with its length.
const MAX_EXPONENT: u64 = u32::MAX as u64;

/// How many bytes of a key's hash make one group of its fingerprint.
const FINGERPRINT_BYTES: usize = 5;
/// One more than the largest number a group of a fingerprint holds.
const FINGERPRINT_GROUP: u64 = 100_000;

/// Why there is no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// None could be made.
    #[error("a key could not be made")]
    Generate,
    /// The text is no private key.
    #[error("this is not a private key")]
    Malformed,
    /// The key is of a size nobody accepts.
    #[error("the key has {bits} bits; it must have 2048 to 4096")]
    Size {
        /// Its size.
        bits: usize,
    },
}

/// A person's own key.
#[derive(Clone)]
pub struct KeyPair {
    signing: SigningKey<Sha256>,
    private: String,
    public: String,
}

impl KeyPair {
    /// Makes a new key. This takes a noticeable part of a second.
    pub fn generate(rng: &mut (impl CryptoRng + RngCore)) -> Result<Self, KeyError> {
        let key = RsaPrivateKey::new(rng, NEW_KEY_BITS).map_err(|_| KeyError::Generate)?;
        Self::new(key)
    }

    /// Reads a key from the base64 text of its PKCS#8 form.
    pub fn from_private(base64: &str) -> Result<Self, KeyError> {
        if base64.len() > MAX_PRIVATE_TEXT {
            return Err(KeyError::Malformed);
        }
        let der = STANDARD.decode(base64).map_err(|_| KeyError::Malformed)?;
        let key = RsaPrivateKey::from_pkcs8_der(&der).map_err(|_| KeyError::Malformed)?;
        let bits = key.n().bits();
        if !KEY_BITS.contains(&bits) {
            return Err(KeyError::Size { bits });
        }
        Self::new(key)
    }

    fn new(key: RsaPrivateKey) -> Result<Self, KeyError> {
        let private = key.to_pkcs8_der().map_err(|_| KeyError::Malformed)?;
        let public = key
            .to_public_key()
            .to_public_key_der()
            .map_err(|_| KeyError::Malformed)?;
        Ok(Self {
            private: STANDARD.encode(private.as_bytes()),
            public: STANDARD.encode(public.as_bytes()),
            signing: SigningKey::new(key),
        })
    }

    /// The private key, as base64 text of its PKCS#8 form. For the profile and nothing else.
    pub fn private_key(&self) -> String {
        self.private.clone()
    }

    /// The public key, as base64 text of its SPKI form.
    pub fn public_key(&self) -> &str {
        &self.public
    }

    /// Signs that this user is in this room.
    pub fn sign(&self, room: &RoomName, user: &UserId) -> String {
        let signature = self.signing.sign(&signed_text(room, user));
        STANDARD.encode(signature.to_bytes())
    }

    /// Proves that this key is held now; `None` where the claim is bound to no connection.
    ///
    /// Strangers choose part of what is signed and can take the time of it, so it is blinded: how
    /// long it takes says nothing of the key.
    pub fn prove(&self, rng: &mut (impl CryptoRng + RngCore), claim: &Claim<'_>) -> Option<String> {
        if !claim.is_bound() {
            return None;
        }
        let signature = self.signing.try_sign_with_rng(rng, &claim.text()).ok()?;
        Some(STANDARD.encode(signature.to_bytes()))
    }
}

impl fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyPair(…)")
    }
}

/// What a signature is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verification {
    /// It is that key's, over this room and user.
    Verified,
    /// Key and signature are well formed, and do not belong together.
    Invalid,
    /// Key or signature is not one.
    Malformed,
}

/// Checks what somebody says about themselves. The time it takes is bounded.
pub fn verify(public_key: &str, room: &RoomName, user: &UserId, signature: &str) -> Verification {
    let (Some(key), Some(signature)) = (read_public_key(public_key), read_signature(signature))
    else {
        return Verification::Malformed;
    };
    check(key, &signed_text(room, user), &signature)
}

/// Checks whether somebody holds a key now. The time it takes is bounded.
pub fn verify_proof(public_key: &str, claim: &Claim<'_>, signature: &str) -> Verification {
    let (Some(key), Some(signature)) = (read_public_key(public_key), read_signature(signature))
    else {
        return Verification::Malformed;
    };
    if !claim.is_bound() {
        return Verification::Invalid;
    }
    check(key, &claim.text(), &signature)
}

/// A public key as thirty digits, in groups that can be read to somebody; `None` for what is no
/// key's text.
///
/// They are the first six times five bytes of its SHA-256, each group modulo 100 000: some 99 bits,
/// out of reach for whoever looks for another key with the same digits.
#[must_use]
pub fn fingerprint(public_key: &str) -> Option<String> {
    use rsa::sha2::Digest as _;

    let hash = Sha256::digest(decode(public_key).filter(|der| !der.is_empty())?);
    let groups: Vec<String> = hash
        .chunks_exact(FINGERPRINT_BYTES)
        .map(|bytes| {
            bytes
                .iter()
                .fold(0, |sum, byte| (sum << 8) | u64::from(*byte))
        })
        .map(|number| format!("{:05}", number % FINGERPRINT_GROUP))
        .collect();
    Some(groups.join(" "))
}

fn check(key: RsaPublicKey, text: &[u8], signature: &Signature) -> Verification {
    match VerifyingKey::<Sha256>::new(key).verify(text, signature) {
        Ok(()) => Verification::Verified,
        Err(_) => Verification::Invalid,
    }
}

fn signed_text(room: &RoomName, user: &UserId) -> Vec<u8> {
    format!("{room}_{user}").into_bytes()
}

fn read_public_key(base64: &str) -> Option<RsaPublicKey> {
    let key = RsaPublicKey::from_public_key_der(&decode(base64)?).ok()?;
    let exponent = key.e();
    let one = BigUint::from(1_u8);
    let sane =
        *exponent > one && *exponent <= BigUint::from(MAX_EXPONENT) && exponent % 2_u8 == one;
    (KEY_BITS.contains(&key.n().bits()) && sane).then_some(key)
}

fn read_signature(base64: &str) -> Option<Signature> {
    Signature::try_from(&*decode(base64)?).ok()
}

fn decode(base64: &str) -> Option<Vec<u8>> {
    if base64.is_empty() || base64.len() > MAX_PUBLIC_TEXT {
        return None;
    }
    STANDARD.decode(base64).ok()
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    #[test]
    fn a_new_key_signs_what_verifies_and_survives_being_stored() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let key = KeyPair::generate(&mut rng).expect("a key");
        let (room, user) = room_and_user();
        let signature = key.sign(&room, &user);

        assert_eq!(key.public_key().len(), 392);
        assert_eq!(signature.len(), 344);
        assert_eq!(
            verify(key.public_key(), &room, &user, &signature),
            Verification::Verified
        );

        let stored = KeyPair::from_private(&key.private_key()).expect("a key");
        assert_eq!(stored.public_key(), key.public_key());
        assert_eq!(stored.sign(&room, &user), signature);
        assert!(!format!("{key:?}").contains(&key.private_key()));
    }

    #[test]
    fn a_key_is_read_aloud_as_thirty_digits_and_what_is_no_key_not_at_all() {
        // "abc", whose hash is known.
        assert_eq!(
            fingerprint("YWJj").as_deref(),
            Some("73807 03137 88322 66979 05876 85760")
        );
        assert_ne!(fingerprint("YWJj"), fingerprint("YWJk"));
        for nothing in ["", "not base64!", &"A".repeat(MAX_PUBLIC_TEXT + 4)] {
            assert_eq!(fingerprint(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn what_is_no_private_key_is_refused() {
        for text in ["", "AAAA", "not base64", &"A".repeat(MAX_PRIVATE_TEXT + 4)] {
            assert_eq!(KeyPair::from_private(text).err(), Some(KeyError::Malformed));
        }
        let small = RsaPrivateKey::new(&mut ChaCha8Rng::seed_from_u64(1), 1024).expect("a key");
        let small = STANDARD.encode(small.to_pkcs8_der().expect("der").as_bytes());
        assert_eq!(
            KeyPair::from_private(&small).err(),
            Some(KeyError::Size { bits: 1024 })
        );
    }

    #[test]
    fn keys_of_unheard_sizes_and_exponents_are_malformed() {
        let (room, user) = room_and_user();
        let signature = STANDARD.encode([7; 256]);
        let judge = |bits: usize, exponent: u64| {
            let modulus = (BigUint::from(1_u8) << (bits - 1)) + BigUint::from(1_u8);
            let key = RsaPublicKey::new_unchecked(modulus, BigUint::from(exponent));
            let key = STANDARD.encode(key.to_public_key_der().expect("der").as_bytes());
            verify(&key, &room, &user, &signature)
        };

        for bits in [2048, 3072, 4096] {
            assert_eq!(judge(bits, 65_537), Verification::Invalid, "{bits}");
        }
        assert_eq!(judge(2048, 3), Verification::Invalid);
        for bits in [512, 1024, 2047, 4097, 8192, 16_384] {
            assert_eq!(judge(bits, 65_537), Verification::Malformed, "{bits}");
        }
        for exponent in [0, 1, 2, 65_536, 4_294_967_297, u64::MAX] {
            assert_eq!(judge(2048, exponent), Verification::Malformed, "{exponent}");
        }
    }

    #[test]
    fn evidence_that_is_none_is_malformed() {
        let key = KeyPair::generate(&mut ChaCha8Rng::seed_from_u64(2)).expect("a key");
        let (room, user) = room_and_user();
        let signature = key.sign(&room, &user);
        let long = "A".repeat(MAX_PUBLIC_TEXT + 4);

        for odd in ["", "x", "====", "é", &long] {
            assert_eq!(
                verify(odd, &room, &user, &signature),
                Verification::Malformed
            );
            assert_eq!(
                verify(key.public_key(), &room, &user, odd),
                Verification::Malformed
            );
        }
        for wrong in [
            "AAAA",
            &STANDARD.encode([0; 256]),
            &STANDARD.encode([0xff; 512]),
        ] {
            assert_eq!(
                verify(key.public_key(), &room, &user, wrong),
                Verification::Invalid
            );
        }
    }

    fn room_and_user() -> (RoomName, UserId) {
        (
            RoomName::parse("demo").expect("a name"),
            UserId::parse("92b7cc2e-0906-4b5f-ad38-5aa5c8ed3b1c").expect("an id"),
        )
    }
}
