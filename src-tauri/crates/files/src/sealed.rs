//! How a file is encrypted towards browsers: RFC 8188 `aes128gcm` with a key made of the room's name
//! (protocol/chitchatter §9.2).
//!
//! ```text
//!  0        16        20    21          65557
//!  +--------+---------+-----+-----------+-----------+--
//!  | salt   | 65536   | 0   | record 0  | record 1  | …
//!  +--------+---------+-----+-----------+-----------+--
//!   random    u32 BE   id len
//!
//!  record: up to 65,519 bytes, then 1 (more follow) or 2 (the last), sealed; a tag of 16 bytes
//! ```
//!
//! Every record is sealed by itself, so [`Sealer`] gives any part of a sealed file without the rest:
//! nothing sealed is ever kept on disk. [`Opener`] reads from the front, and refuses whatever was cut
//! off, added or moved.

use std::ops::Range;

use hkdf::Hkdf;
use ring::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use sha2::Sha256;

/// How long a room's key is.
pub const KEY_LEN: usize = 16;
/// How long the random beginning of a sealed file is.
pub const SALT_LEN: usize = 16;
/// What stands before the records.
pub const HEADER_LEN: usize = SALT_LEN + 5;
/// How long every record but the last is.
pub const RECORD_LEN: usize = 65_536;
/// How much of a file is in every record but the last.
pub const PLAIN_LEN: usize = RECORD_LEN - TAG_LEN - 1;
const TAG_LEN: usize = 16;
const NONCE_LEN: usize = 12;
const MORE: u8 = 1;
const LAST: u8 = 2;

/// What all files of a room are sealed with.
#[derive(Clone, PartialEq, Eq)]
pub struct RoomKey([u8; KEY_LEN]);

/// Why a room has no key: browsers cannot share files in it either.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RoomKeyError {
    /// A character among the first sixteen is not ASCII.
    #[error("files cannot be shared in a room whose name begins with letters beyond ASCII")]
    NotAscii,
    /// The name is empty.
    #[error("files cannot be shared in a room without a name")]
    TooShort,
}

impl RoomKey {
    /// The key of a room: the first sixteen UTF-16 units of its name, with zeros behind a short one.
    pub fn of_room(room: &str) -> Result<Self, RoomKeyError> {
        let mut key = [b'0'; KEY_LEN];
        let mut units = room.encode_utf16().take(KEY_LEN).peekable();
        if units.peek().is_none() {
            return Err(RoomKeyError::TooShort);
        }
        for (byte, unit) in key.iter_mut().zip(units) {
            *byte = u8::try_from(unit)
                .ok()
                .filter(u8::is_ascii)
                .ok_or(RoomKeyError::NotAscii)?;
        }
        Ok(Self(key))
    }

    /// A key that is any sixteen bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; KEY_LEN]) -> Self {
        Self(bytes)
    }

    fn content(&self, salt: &[u8; SALT_LEN]) -> ContentKey {
        let expand = Hkdf::<Sha256>::new(Some(salt), &self.0);
        let mut key = [0; KEY_LEN];
        let mut nonce = [0; NONCE_LEN];
        // Both are far shorter than what can be expanded to, so neither can fail.
        let _ = expand.expand(b"Content-Encoding: aes128gcm\0", &mut key);
        let _ = expand.expand(b"Content-Encoding: nonce\0", &mut nonce);
        let Ok(key) = UnboundKey::new(&AES_128_GCM, &key) else {
            unreachable!("the key is as long as the cipher's");
        };
        ContentKey {
            cipher: LessSafeKey::new(key),
            nonce,
        }
    }
}

impl std::fmt::Debug for RoomKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RoomKey(…)")
    }
}

/// The key of one sealed file.
struct ContentKey {
    /// One key, and a nonce for each record: the format's own rule, which the library leaves to us.
    cipher: LessSafeKey,
    nonce: [u8; NONCE_LEN],
}

impl ContentKey {
    fn nonce(&self, record: u32) -> Nonce {
        let mut nonce = self.nonce;
        for (byte, number) in nonce[NONCE_LEN - 4..].iter_mut().zip(record.to_be_bytes()) {
            *byte ^= number;
        }
        Nonce::assume_unique_for_key(nonce)
    }
}

impl std::fmt::Debug for ContentKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ContentKey(…)")
    }
}

/// How long a file of `plain` bytes is when sealed.
#[must_use]
pub fn sealed_len(plain: u64) -> u64 {
    let records = plain.div_ceil(PLAIN_LEN as u64);
    (HEADER_LEN as u64)
        .saturating_add(plain.saturating_add(records.saturating_mul(TAG_LEN as u64 + 1)))
}

/// How long a file is that has `sealed` bytes when sealed; `None` if no file has.
#[must_use]
pub fn plain_len(sealed: u64) -> Option<u64> {
    let body = sealed.checked_sub(HEADER_LEN as u64)?;
    let records = body.div_ceil(RECORD_LEN as u64);
    let plain = body.checked_sub(records * (TAG_LEN as u64 + 1))?;
    (sealed_len(plain) == sealed).then_some(plain)
}

/// Seals a file, any part at a time.
#[derive(Debug)]
pub struct Sealer {
    key: ContentKey,
    salt: [u8; SALT_LEN],
    plain_len: u64,
}

impl Sealer {
    /// Seals a file of `plain_len` bytes. The salt must be random and new: two different files
    /// sealed with one salt give each other away. For the same reason a file must not have changed
    /// between two readings of a record; see [`Sealer::record_mark`].
    #[must_use]
    pub fn new(key: &RoomKey, salt: [u8; SALT_LEN], plain_len: u64) -> Self {
        Self {
            key: key.content(&salt),
            salt,
            plain_len,
        }
    }

    /// How long the sealed file is.
    #[must_use]
    pub fn len(&self) -> u64 {
        sealed_len(self.plain_len)
    }

    /// Never: even an empty file has a header.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        false
    }

    /// What stands before the records.
    #[must_use]
    pub fn header(&self) -> [u8; HEADER_LEN] {
        let mut header = [0; HEADER_LEN];
        header[..SALT_LEN].copy_from_slice(&self.salt);
        header[SALT_LEN..SALT_LEN + 4].copy_from_slice(&(RECORD_LEN as u32).to_be_bytes());
        header
    }

    /// How many records there are.
    #[must_use]
    pub fn records(&self) -> u32 {
        u32::try_from(self.plain_len.div_ceil(PLAIN_LEN as u64)).unwrap_or(u32::MAX)
    }

    /// Which bytes of the file are in a record.
    #[must_use]
    pub fn plain_range(&self, record: u32) -> Range<u64> {
        let start = (u64::from(record) * PLAIN_LEN as u64).min(self.plain_len);
        start..(start + PLAIN_LEN as u64).min(self.plain_len)
    }

    /// Where in the sealed file a record is.
    #[must_use]
    pub fn sealed_range(&self, record: u32) -> Range<u64> {
        let start = HEADER_LEN as u64 + u64::from(record) * RECORD_LEN as u64;
        start.min(self.len())..(start + RECORD_LEN as u64).min(self.len())
    }

    /// Which records hold a part of the sealed file; none when the part is all header.
    #[must_use]
    pub fn records_of(&self, sealed: Range<u64>) -> Range<u32> {
        let index = |at: u64| u32::try_from(at).unwrap_or(u32::MAX);
        let first = sealed.start.saturating_sub(HEADER_LEN as u64) / RECORD_LEN as u64;
        let end = sealed
            .end
            .saturating_sub(HEADER_LEN as u64)
            .div_ceil(RECORD_LEN as u64);
        index(first)..index(end).min(self.records()).max(index(first))
    }

    /// Seals one record in place: the bytes of [`Sealer::plain_range`] become those of
    /// [`Sealer::sealed_range`]. Says whether it could: the length must be right.
    #[must_use]
    pub fn seal(&self, record: u32, bytes: &mut Vec<u8>) -> bool {
        let range = self.plain_range(record);
        if record >= self.records() || bytes.len() as u64 != range.end - range.start {
            return false;
        }
        bytes.push(if range.end == self.plain_len {
            LAST
        } else {
            MORE
        });
        let nonce = self.key.nonce(record);
        let sealed = self
            .key
            .cipher
            .seal_in_place_append_tag(nonce, Aad::empty(), bytes);
        sealed.is_ok()
    }

    /// Something short that tells one sealed record from another: equal marks mean equal bytes.
    /// Whoever reads a file twice compares them, for a record that changed must never leave here: it
    /// would give away the key of all its kind.
    #[must_use]
    pub fn record_mark(sealed: &[u8]) -> u64 {
        sealed
            .last_chunk::<8>()
            .map_or(0, |tag| u64::from_be_bytes(*tag))
    }
}

/// Why a sealed file cannot be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// It claims records of a size nobody sends.
    #[error("the sealed file has records of {0} bytes")]
    RecordSize(u32),
    /// A record was changed, moved, or sealed with another key.
    #[error("record {0} is not what was sealed in this room")]
    Record(u32),
    /// A record has no mark for its end.
    #[error("record {0} has no end")]
    NoDelimiter(u32),
    /// Something follows the last record.
    #[error("something follows the end of the sealed file")]
    Trailing,
    /// The last record is missing.
    #[error("the sealed file ends too early")]
    Truncated,
    /// It has more records than can be counted.
    #[error("the sealed file has too many records")]
    TooMany,
}

/// Opens a sealed file from front to back, however it is cut. Holds one record at most.
#[derive(Debug)]
pub struct Opener {
    key: RoomKey,
    held: Vec<u8>,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    /// Waiting for the salt, the record size and the length of what follows.
    Header,
    /// Skipping the name of the key; browsers leave it empty.
    KeyId {
        key: ContentKey,
        record_len: usize,
        id_len: usize,
    },
    /// Reading records; `next` is the number of the one being read.
    Records {
        key: ContentKey,
        record_len: usize,
        next: u32,
    },
    /// The last record was read.
    Done,
    /// Something was wrong; nothing more is said.
    Broken(OpenError),
}

impl Opener {
    /// Opens files of a room.
    #[must_use]
    pub fn new(key: &RoomKey) -> Self {
        Self {
            key: key.clone(),
            held: Vec::new(),
            stage: Stage::Header,
        }
    }

    /// Takes the next bytes, and appends to `out` what they open to.
    pub fn push(&mut self, mut bytes: &[u8], out: &mut Vec<u8>) -> Result<(), OpenError> {
        loop {
            let want = match &self.stage {
                Stage::Header => HEADER_LEN,
                Stage::KeyId { id_len, .. } => *id_len,
                Stage::Records { record_len, .. } => *record_len,
                Stage::Done if bytes.is_empty() => return Ok(()),
                Stage::Done => return self.fail(OpenError::Trailing),
                Stage::Broken(why) => return Err(*why),
            };
            let (now, later) = bytes.split_at(bytes.len().min(want - self.held.len()));
            self.held.extend_from_slice(now);
            bytes = later;
            if self.held.len() < want {
                return Ok(());
            }
            if let Err(why) = self.step(out) {
                return self.fail(why);
            }
        }
    }

    /// Says that nothing follows, and appends to `out` what was still held.
    pub fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), OpenError> {
        let result = match &self.stage {
            // An empty file has no record at all.
            Stage::Records { next: 0, .. } if self.held.is_empty() => Ok(()),
            Stage::Records { .. } if self.held.len() > TAG_LEN => self.step(out),
            Stage::Header | Stage::KeyId { .. } | Stage::Records { .. } => {
                Err(OpenError::Truncated)
            }
            Stage::Done => Ok(()),
            Stage::Broken(why) => Err(*why),
        };
        match result {
            Ok(()) if matches!(self.stage, Stage::Records { next: 1.., .. }) => {
                self.fail(OpenError::Truncated)
            }
            Ok(()) => {
                self.stage = Stage::Done;
                Ok(())
            }
            Err(why) => self.fail(why),
        }
    }

    fn fail(&mut self, why: OpenError) -> Result<(), OpenError> {
        self.held = Vec::new();
        self.stage = Stage::Broken(why);
        Err(why)
    }

    /// Works on what is held, which is a whole header, key name or record.
    fn step(&mut self, out: &mut Vec<u8>) -> Result<(), OpenError> {
        self.stage = match std::mem::replace(&mut self.stage, Stage::Done) {
            Stage::Header => {
                let (Some(salt), Some(size)) = (
                    self.held.first_chunk::<SALT_LEN>(),
                    self.held.get(SALT_LEN..).and_then(<[u8]>::first_chunk::<4>),
                ) else {
                    return Err(OpenError::Truncated);
                };
                let size = u32::from_be_bytes(*size);
                let record_len = size as usize;
                if !(TAG_LEN + 2..=RECORD_LEN).contains(&record_len) {
                    return Err(OpenError::RecordSize(size));
                }
                let key = self.key.content(salt);
                let id_len = self.held.last().copied().map_or(0, usize::from);
                if id_len == 0 {
                    Stage::Records {
                        key,
                        record_len,
                        next: 0,
                    }
                } else {
                    Stage::KeyId {
                        key,
                        record_len,
                        id_len,
                    }
                }
            }
            Stage::KeyId {
                key, record_len, ..
            } => Stage::Records {
                key,
                record_len,
                next: 0,
            },
            Stage::Records {
                key,
                record_len,
                next,
            } => {
                let opened = key
                    .cipher
                    .open_in_place(key.nonce(next), Aad::empty(), &mut self.held)
                    .map_err(|_| OpenError::Record(next))?;
                // Zeros behind the delimiter are padding; browsers write none, the format has it.
                let end = opened.iter().rposition(|byte| *byte != 0);
                let (Some(end), Some(delimiter)) =
                    (end, end.and_then(|end| opened.get(end)).copied())
                else {
                    return Err(OpenError::NoDelimiter(next));
                };
                out.extend_from_slice(opened.get(..end).unwrap_or_default());
                match delimiter {
                    LAST => Stage::Done,
                    MORE => Stage::Records {
                        key,
                        record_len,
                        next: next.checked_add(1).ok_or(OpenError::TooMany)?,
                    },
                    _ => return Err(OpenError::NoDelimiter(next)),
                }
            }
            done @ (Stage::Done | Stage::Broken(_)) => done,
        };
        self.held.clear();
        Ok(())
    }
}

#[cfg(test)]
mod tests;
