//! How a session description is hidden from the tracker that carries it.
//!
//! The text form is the initialisation vector in decimal, a dollar sign, and the base64 of the
//! ciphertext and its tag: `0,17,…,255$YpAq6RMk…`. The cipher is AES-256-GCM under a hash of the
//! room's password and name, with a vector of 16 bytes, not the usual 12.

use std::fmt;

use aes_gcm::aead::consts::{U12, U16};
use aes_gcm::aead::{Aead as _, KeyInit as _};
use aes_gcm::aes::Aes256;
use aes_gcm::{AesGcm, Nonce};
use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use sha2::{Digest as _, Sha256};

use crate::address::RoomAddress;

/// The longest sealed text we open. A browser's description with media is some 10 KB.
pub const MAX_SEALED_BYTES: usize = 96 * 1024;

/// The longest vector anybody sends, in bytes.
const MAX_IV_BYTES: usize = 16;

/// Takes base64 with or without padding, as browsers do; writes it with.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Why a sealed text does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// It is longer than we take.
    #[error("the sealed text is too long")]
    TooLong,
    /// It has not the form of a sealed text.
    #[error("this is not a sealed text")]
    Form,
    /// It was sealed with another key, or changed on the way.
    #[error("the sealed text does not open with this room's key")]
    Key,
    /// It opens, but not to text.
    #[error("the sealed text does not hold text")]
    NotText,
}

/// The key of one room.
#[derive(Clone)]
pub struct SignalKey([u8; 32]);

impl SignalKey {
    /// The key of this room.
    pub fn new(address: &RoomAddress) -> Self {
        Self::derive(
            address.password(),
            address.origin.app_id().as_str(),
            address.name.as_str(),
        )
    }

    /// The key made of these three; the password may be empty.
    pub fn derive(password: &str, app: &str, room: &str) -> Self {
        Self(Sha256::digest(format!("{password}:{app}:{room}")).into())
    }

    /// Seals a description. The vector must be random and never used twice.
    pub fn seal(&self, sdp: &str, iv: [u8; 16]) -> String {
        let cipher = AesGcm::<Aes256, U16>::new(&self.0.into());
        // Sealing fails only beyond 64 GiB; an empty text then opens nowhere.
        let sealed = cipher
            .encrypt(Nonce::<U16>::from_slice(&iv), sdp.as_bytes())
            .unwrap_or_default();
        let iv: Vec<String> = iv.iter().map(u8::to_string).collect();
        format!("{}${}", iv.join(","), BASE64.encode(sealed))
    }

    /// Opens a sealed text.
    pub fn open(&self, sealed: &str) -> Result<String, SealError> {
        if sealed.len() > MAX_SEALED_BYTES {
            return Err(SealError::TooLong);
        }
        // Trystero splits at every dollar sign and looks at the first two parts only.
        let mut parts = sealed.split('$');
        let (Some(iv), Some(text)) = (parts.next(), parts.next()) else {
            return Err(SealError::Form);
        };
        let iv = parse_iv(iv).ok_or(SealError::Form)?;
        let text = BASE64.decode(text).map_err(|_| SealError::Form)?;

        let key = &self.0.into();
        let opened = match iv.len() {
            16 => AesGcm::<Aes256, U16>::new(key).decrypt(Nonce::<U16>::from_slice(&iv), &*text),
            12 => AesGcm::<Aes256, U12>::new(key).decrypt(Nonce::<U12>::from_slice(&iv), &*text),
            _ => return Err(SealError::Form),
        };
        String::from_utf8(opened.map_err(|_| SealError::Key)?).map_err(|_| SealError::NotText)
    }

    #[cfg(test)]
    fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for SignalKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignalKey(…)")
    }
}

fn parse_iv(text: &str) -> Option<Vec<u8>> {
    let mut iv = Vec::with_capacity(MAX_IV_BYTES);
    for number in text.split(',') {
        if iv.len() == MAX_IV_BYTES || !number.bytes().all(|digit| digit.is_ascii_digit()) {
            return None;
        }
        iv.push(number.parse().ok()?);
    }
    Some(iv)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_a_hash_of_password_app_and_room() {
        let key = SignalKey::derive("pw", "test-app", "room-1");

        assert_eq!(
            crate::ids::hex(key.bytes()),
            "f4c5a6cabcea1b9a3e3568e19e78e71c400456ab467747ea83890a5fc844a37b"
        );
        assert_eq!(format!("{key:?}"), "SignalKey(…)");
    }

    #[test]
    fn what_is_not_a_sealed_text_is_refused_by_name() {
        let key = SignalKey::derive("pw", "test-app", "room-1");

        for text in [
            "",
            "abc",
            "$",
            "1,2,3$AAAA",
            "0,0,0,0,0,0,0,0,0,0,0,256$AAAA",
            "+1$AAAA",
            "1,,2$",
        ] {
            assert_eq!(key.open(text), Err(SealError::Form), "{text}");
        }
        let iv = ["7"; 16].join(",");
        assert_eq!(key.open(&format!("{iv}$A*A=")), Err(SealError::Form));
        assert_eq!(key.open(&format!("{iv}$AAAA")), Err(SealError::Key));
        assert_eq!(
            key.open(&"9".repeat(MAX_SEALED_BYTES + 1)),
            Err(SealError::TooLong)
        );
    }

    #[test]
    fn another_rooms_key_does_not_open_it() {
        let sealed = SignalKey::derive("pw", "app", "one").seal("v=0", [7; 16]);

        assert_eq!(
            SignalKey::derive("pw", "app", "two").open(&sealed),
            Err(SealError::Key)
        );
        assert_eq!(
            SignalKey::derive("other", "app", "one").open(&sealed),
            Err(SealError::Key)
        );
        assert_eq!(
            SignalKey::derive("pw", "app", "one")
                .open(&sealed)
                .as_deref(),
            Ok("v=0")
        );
    }
}
