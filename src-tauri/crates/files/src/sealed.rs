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

use aes_gcm::aead::AeadInPlace;
use aes_gcm::{Aes128Gcm, KeyInit};
use hkdf::Hkdf;
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
        ContentKey {
            cipher: Aes128Gcm::new(&key.into()),
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
    cipher: Aes128Gcm,
    nonce: [u8; NONCE_LEN],
}

impl ContentKey {
    fn nonce(&self, record: u32) -> [u8; NONCE_LEN] {
        let mut nonce = self.nonce;
        for (byte, number) in nonce[NONCE_LEN - 4..].iter_mut().zip(record.to_be_bytes()) {
            *byte ^= number;
        }
        nonce
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
        self.key
            .cipher
            .encrypt_in_place(&self.key.nonce(record).into(), b"", bytes)
            .is_ok()
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
                key.cipher
                    .decrypt_in_place(&key.nonce(next).into(), b"", &mut self.held)
                    .map_err(|_| OpenError::Record(next))?;
                // Zeros behind the delimiter are padding; browsers write none, the format has it.
                let end = self.held.iter().rposition(|byte| *byte != 0);
                let (Some(end), Some(delimiter)) =
                    (end, end.and_then(|end| self.held.get(end)).copied())
                else {
                    return Err(OpenError::NoDelimiter(next));
                };
                out.extend_from_slice(self.held.get(..end).unwrap_or_default());
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
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_key_is_the_first_sixteen_units_of_the_name() {
        let key = |room| RoomKey::of_room(room).map(|key| key.0);

        assert_eq!(key("room-bad479b2"), Ok(*b"room-bad479b2000"));
        assert_eq!(key("r"), Ok(*b"r000000000000000"));
        assert_eq!(key("0123456789abcdefghi"), Ok(*b"0123456789abcdef"));
        assert_eq!(key("0123456789abcdefé"), Ok(*b"0123456789abcdef"));
        assert_eq!(key("é"), Err(RoomKeyError::NotAscii));
        assert_eq!(key("0123456789abcde😀"), Err(RoomKeyError::NotAscii));
        assert_eq!(key(""), Err(RoomKeyError::TooShort));
    }

    #[test]
    fn the_examples_of_the_standard_open() {
        // RFC 8188 §3.1, then §3.2: a key name, small records and padding.
        for (key, sealed) in [
            (
                "caa76567eb587a67e88129afed6b393d",
                "23506cc6d16db65bf7bbf3a8f78c679b0000100000f8d015b9bdaa160044b902916a9a19bb\
                 e231908bdadcc101d4f0fe972f138638",
            ),
            (
                "04edd954fc549672ce45b5463296d3d5",
                "b8d0a45a2358cca4e704df638b7faa5800000019026131ce1bc721cff827be03aa746628bf\
                 1ca3baa4722458c40f2a05d45be48fa8503dd3c7239d4e114284a60cf74ac2d622a4bfb8",
            ),
        ] {
            let key: [u8; KEY_LEN] = hex(key).try_into().expect("a key");
            let mut opener = Opener::new(&RoomKey::from_bytes(key));
            let mut out = Vec::new();
            for byte in hex(sealed) {
                opener.push(&[byte], &mut out).expect("a part");
            }
            opener.finish(&mut out).expect("the end");
            assert_eq!(out, b"I am the walrus");
        }
    }

    #[test]
    fn sizes_go_both_ways() {
        for (plain, sealed) in [
            (0, 21),
            (1, 39),
            (65_519, 65_557),
            (65_520, 65_575),
            (200_000, 200_089),
        ] {
            assert_eq!(sealed_len(plain), sealed);
            assert_eq!(plain_len(sealed), Some(plain));
        }
        for impossible in [0, 20, 22, 38, 65_558, 65_574] {
            assert_eq!(plain_len(impossible), None, "{impossible}");
        }
        assert_eq!(sealed_len(u64::MAX), u64::MAX);
        assert!(plain_len(u64::MAX).is_none_or(|plain| sealed_len(plain) == u64::MAX));
    }

    #[test]
    fn a_file_opens_to_itself_however_it_is_cut() {
        for len in [0, 1, 65_518, 65_519, 65_520, 131_038, 200_000] {
            let plain = synthetic(len);
            let sealed = seal(&plain);
            assert_eq!(sealed.len() as u64, sealed_len(len as u64));
            for cut in [1, 7, 65_536, 65_537, usize::MAX] {
                if cut == 1 && len > 70_000 {
                    continue;
                }
                assert_eq!(open(&sealed, cut), Ok(plain.clone()), "{len} by {cut}");
            }
        }
    }

    #[test]
    fn what_was_cut_off_added_or_moved_is_refused() {
        let sealed = seal(&synthetic(200_000));

        let cut = |len: usize| open(&sealed[..len], usize::MAX);
        assert_eq!(cut(sealed.len() - 1), Err(OpenError::Record(3)));
        assert_eq!(cut(HEADER_LEN + 3 * RECORD_LEN), Err(OpenError::Truncated));
        assert_eq!(
            cut(HEADER_LEN + 3 * RECORD_LEN + 9),
            Err(OpenError::Truncated)
        );
        assert_eq!(cut(20), Err(OpenError::Truncated));
        assert_eq!(cut(0), Err(OpenError::Truncated));

        let mut longer = sealed.clone();
        longer.push(0);
        assert_eq!(open(&longer, usize::MAX), Err(OpenError::Record(3)));
        let whole = seal(&synthetic(PLAIN_LEN));
        let longer: Vec<u8> = whole.iter().chain(b"x").copied().collect();
        assert_eq!(open(&longer, usize::MAX), Err(OpenError::Trailing));

        let mut swapped = sealed.clone();
        let (first, second) =
            swapped[HEADER_LEN..HEADER_LEN + 2 * RECORD_LEN].split_at_mut(RECORD_LEN);
        first.swap_with_slice(second);
        assert_eq!(open(&swapped, usize::MAX), Err(OpenError::Record(0)));

        let mut flipped = sealed.clone();
        flipped[HEADER_LEN + RECORD_LEN + 5] ^= 1;
        assert_eq!(open(&flipped, 1000), Err(OpenError::Record(1)));

        for size in [0, 17, 65_537, u32::MAX] {
            let mut odd = sealed.clone();
            odd[SALT_LEN..SALT_LEN + 4].copy_from_slice(&size.to_be_bytes());
            assert_eq!(open(&odd, usize::MAX), Err(OpenError::RecordSize(size)));
        }
    }

    #[test]
    fn once_broken_always_broken() {
        let mut opener = Opener::new(&key());
        let mut out = Vec::new();
        assert!(opener.push(&[0; 21], &mut out).is_err());
        assert_eq!(
            opener.push(b"more", &mut out),
            Err(OpenError::RecordSize(0))
        );
        assert_eq!(opener.finish(&mut out), Err(OpenError::RecordSize(0)));
        assert!(out.is_empty());
    }

    #[test]
    fn a_record_that_changed_has_another_mark() {
        let sealer = Sealer::new(&key(), [7; SALT_LEN], 100);
        let (mut one, mut other) = (vec![0; 100], vec![0; 100]);
        other[50] = 1;

        assert!(sealer.seal(0, &mut one) && sealer.seal(0, &mut other));

        assert_ne!(Sealer::record_mark(&one), Sealer::record_mark(&other));
        assert!(!sealer.seal(0, &mut vec![0; 99]) && !sealer.seal(1, &mut Vec::new()));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn any_part_of_a_sealed_file_is_made_without_the_rest(len in 0_usize..300_000, from: u32, to: u32) {
            let plain = synthetic(len);
            let whole = seal(&plain);
            let (a, b) = (u64::from(from) % (whole.len() as u64 + 1), u64::from(to) % (whole.len() as u64 + 1));
            let part = a.min(b)..a.max(b);
            let sealer = Sealer::new(&key(), [7; SALT_LEN], len as u64);

            let mut made: Vec<(u64, Vec<u8>)> = vec![(0, sealer.header().to_vec())];
            for record in sealer.records_of(part.clone()) {
                let range = sealer.plain_range(record);
                let mut bytes = plain[range.start as usize..range.end as usize].to_vec();
                prop_assert!(sealer.seal(record, &mut bytes));
                made.push((sealer.sealed_range(record).start, bytes));
            }
            let mut got = vec![None; whole.len()];
            for (at, bytes) in made {
                for (offset, byte) in bytes.into_iter().enumerate() {
                    got[at as usize + offset] = Some(byte);
                }
            }
            for at in part {
                prop_assert_eq!(got[at as usize], Some(whole[at as usize]));
            }
        }

        #[test]
        fn random_bytes_open_to_nothing_and_never_panic(bytes: Vec<u8>, cut in 1_usize..50) {
            prop_assert!(open(&bytes, cut).is_err() || bytes.len() >= HEADER_LEN);
        }
    }

    fn key() -> RoomKey {
        RoomKey::of_room("room").expect("a key")
    }

    fn synthetic(len: usize) -> Vec<u8> {
        (0..len).map(|at| (at * 31 + at / 251) as u8).collect()
    }

    fn seal(plain: &[u8]) -> Vec<u8> {
        let sealer = Sealer::new(&key(), [7; SALT_LEN], plain.len() as u64);
        let mut sealed = sealer.header().to_vec();
        for record in 0..sealer.records() {
            let range = sealer.plain_range(record);
            let mut bytes = plain[range.start as usize..range.end as usize].to_vec();
            assert!(sealer.seal(record, &mut bytes));
            sealed.extend_from_slice(&bytes);
        }
        sealed
    }

    fn open(sealed: &[u8], cut: usize) -> Result<Vec<u8>, OpenError> {
        let mut opener = Opener::new(&key());
        let mut out = Vec::new();
        for part in sealed.chunks(cut) {
            opener.push(part, &mut out)?;
        }
        opener.finish(&mut out)?;
        Ok(out)
    }

    fn hex(text: &str) -> Vec<u8> {
        (0..text.len() / 2)
            .map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).expect("hex"))
            .collect()
    }
}
