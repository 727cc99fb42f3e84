//! How a description is asked of peers (BEP 9), over messages with a type of their own (BEP 10).

use super::bencode::Value;
use crate::limits::{MAX_EXTENSION_BYTES, MAX_METADATA_BYTES};

/// How long every part of a description but the last is.
pub const PART_LEN: usize = 16 * 1024;
/// The number under which we, and browsers, want to get messages about descriptions.
pub const UT_METADATA: u8 = 1;
/// The number under which we, and browsers, want to hear that a piece is gone (BEP 54).
pub const LT_DONTHAVE: u8 = 2;
/// The number of the message that says which numbers a side wants.
pub const EXTENSIONS: u8 = 0;

/// Which extensions a peer has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extensions {
    /// Under which number it wants messages about descriptions.
    pub ut_metadata: Option<u8>,
    /// Under which number it wants to hear that a piece is gone.
    pub lt_donthave: Option<u8>,
    /// How long its description is. `None` if it has none, or one we would not take.
    pub metadata_size: Option<usize>,
}

impl Extensions {
    /// What we have; `metadata_size` when the description is known.
    #[must_use]
    pub fn ours(metadata_size: Option<usize>) -> Self {
        Self {
            ut_metadata: Some(UT_METADATA),
            lt_donthave: Some(LT_DONTHAVE),
            metadata_size,
        }
    }

    /// Reads what a peer says. `None` if it cannot be read.
    #[must_use]
    pub fn parse(payload: &[u8]) -> Option<Self> {
        if payload.len() > MAX_EXTENSION_BYTES {
            return None;
        }
        let (value, _) = Value::parse_first(payload).ok()?;
        let number = |key| {
            let number = value.get("m")?.get(key)?.as_int()?;
            u8::try_from(number).ok().filter(|number| *number != 0)
        };
        Some(Self {
            ut_metadata: number("ut_metadata"),
            lt_donthave: number("lt_donthave"),
            metadata_size: value
                .get("metadata_size")
                .and_then(Value::as_int)
                .and_then(|size| usize::try_from(size).ok())
                .filter(|size| (1..=MAX_METADATA_BYTES).contains(size)),
        })
    }

    /// The message's payload, to the order of its fields as browsers write it.
    #[must_use]
    pub fn to_payload(self) -> Vec<u8> {
        let number = |key: &'static [u8], number: Option<u8>| {
            number.map(|number| (key, Value::Int(i64::from(number))))
        };
        let numbers = [
            number(b"lt_donthave", self.lt_donthave),
            number(b"ut_metadata", self.ut_metadata),
        ];
        let mut entries = vec![(
            &b"m"[..],
            Value::Dict(numbers.into_iter().flatten().collect()),
        )];
        if let Some(size) = self.metadata_size {
            entries.push((b"metadata_size", Value::Int(size as i64)));
        }
        Value::Dict(entries).to_vec()
    }
}

/// One message about a description.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message<'a> {
    /// This part is wanted.
    Request(u32),
    /// Here is a part.
    Part {
        /// Which.
        part: u32,
        /// How long the whole description is.
        total: usize,
        /// Its bytes.
        bytes: &'a [u8],
    },
    /// That part will not be given.
    Reject(u32),
}

impl<'a> Message<'a> {
    /// Reads a payload. `None` if it cannot be read.
    #[must_use]
    pub fn parse(payload: &'a [u8]) -> Option<Self> {
        if payload.len() > PART_LEN + MAX_EXTENSION_BYTES {
            return None;
        }
        let (value, bytes) = Value::parse_first(payload).ok()?;
        let int = |key| value.get(key).and_then(Value::as_int);
        let part = u32::try_from(int("piece")?).ok()?;
        match int("msg_type")? {
            0 => Some(Self::Request(part)),
            1 => {
                let total = usize::try_from(int("total_size")?).ok()?;
                let fits = total <= MAX_METADATA_BYTES && bytes.len() == part_len(total, part);
                (fits && !bytes.is_empty()).then_some(Self::Part { part, total, bytes })
            }
            2 => Some(Self::Reject(part)),
            _ => None,
        }
    }

    /// The message's payload.
    #[must_use]
    pub fn to_payload(self) -> Vec<u8> {
        let (kind, part) = match self {
            Self::Request(part) => (0, part),
            Self::Part { part, .. } => (1, part),
            Self::Reject(part) => (2, part),
        };
        let mut entries = vec![
            (&b"msg_type"[..], Value::Int(kind)),
            (b"piece", Value::Int(i64::from(part))),
        ];
        if let Self::Part { total, .. } = self {
            entries.push((b"total_size", Value::Int(total as i64)));
        }
        let mut payload = Value::Dict(entries).to_vec();
        if let Self::Part { bytes, .. } = self {
            payload.extend_from_slice(bytes);
        }
        payload
    }
}

/// One part of a description we have.
#[must_use]
pub fn part_of(info: &[u8], part: u32) -> Option<&[u8]> {
    let start = (part as usize).checked_mul(PART_LEN)?;
    info.get(start..start + part_len(info.len(), part))
        .filter(|bytes| !bytes.is_empty())
}

fn part_len(total: usize, part: u32) -> usize {
    total
        .saturating_sub((part as usize).saturating_mul(PART_LEN))
        .min(PART_LEN)
}

/// A description that is being fetched from one peer, part after part. From one only: if the whole
/// is wrong, it is known who lied.
#[derive(Debug)]
pub struct Gather {
    total: usize,
    bytes: Vec<u8>,
}

impl Gather {
    /// Fetches a description of this length.
    #[must_use]
    pub fn new(total: usize) -> Self {
        Self {
            total: total.min(MAX_METADATA_BYTES),
            bytes: Vec::new(),
        }
    }

    /// Which part is wanted next; `None` when all are here.
    #[must_use]
    pub fn wanted(&self) -> Option<u32> {
        (self.bytes.len() < self.total).then_some((self.bytes.len() / PART_LEN) as u32)
    }

    /// Takes a part; says whether it was the one wanted.
    pub fn take(&mut self, part: u32, total: usize, bytes: &[u8]) -> bool {
        let is_wanted = self.wanted() == Some(part)
            && total == self.total
            && bytes.len() == part_len(self.total, part);
        if is_wanted {
            self.bytes.extend_from_slice(bytes);
        }
        is_wanted
    }

    /// How many bytes are held.
    #[must_use]
    pub fn held(&self) -> usize {
        self.bytes.len()
    }

    /// The whole description, once no part is wanted. Its hash is yet to be checked.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn extensions_are_read_and_written_as_browsers_do() {
        let payload = b"d1:md11:lt_donthavei2e11:ut_metadatai1ee13:metadata_sizei331ee";

        let read = Extensions::parse(payload).expect("extensions");

        assert_eq!(read, Extensions::ours(Some(331)));
        assert_eq!(read.to_payload(), payload);
        assert_eq!(
            Extensions::ours(None).to_payload(),
            b"d1:md11:lt_donthavei2e11:ut_metadatai1eee"
        );
    }

    #[test]
    fn a_description_of_odd_length_is_none() {
        for size in ["0", "-1", "1048577", "99999999999"] {
            let payload = format!("d1:mde13:metadata_sizei{size}ee");
            let read = Extensions::parse(payload.as_bytes()).expect("extensions");
            assert_eq!(read, Extensions::default(), "{size}");
        }
        assert_eq!(Extensions::parse(b"d1:mdx"), None);
    }

    #[test]
    fn messages_are_read_and_written_as_browsers_do() {
        let request = b"d8:msg_typei0e5:piecei0ee";
        assert_eq!(Message::parse(request), Some(Message::Request(0)));
        assert_eq!(Message::Request(0).to_payload(), request);

        let part = b"d8:msg_typei1e5:piecei0e10:total_sizei3eeabc";
        let read = Message::Part {
            part: 0,
            total: 3,
            bytes: b"abc",
        };
        assert_eq!(Message::parse(part), Some(read));
        assert_eq!(read.to_payload(), part);
    }

    #[test]
    fn parts_of_the_wrong_length_are_refused() {
        for payload in [
            &b"d8:msg_typei1e5:piecei0e10:total_sizei3eeab"[..],
            b"d8:msg_typei1e5:piecei1e10:total_sizei3ee",
            b"d8:msg_typei1e5:piecei0e10:total_sizei0ee",
            b"d8:msg_typei1e5:piecei-1e10:total_sizei3eeabc",
            b"d8:msg_typei1e5:piecei0eeabc",
            b"d8:msg_typei3e5:piecei0ee",
        ] {
            assert_eq!(Message::parse(payload), None);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn a_description_is_gathered_part_by_part(len in 1_usize..100_000) {
            let info: Vec<u8> = (0..len).map(|at| (at / 7) as u8).collect();
            let mut gather = Gather::new(len);

            while let Some(part) = gather.wanted() {
                let bytes = part_of(&info, part).expect("a part");
                let payload = Message::Part { part, total: len, bytes }.to_payload();
                let Some(Message::Part { part, total, bytes }) = Message::parse(&payload) else {
                    panic!("a part was written");
                };
                prop_assert!(!gather.take(part + 1, total, bytes));
                prop_assert!(gather.take(part, total, bytes));
            }

            prop_assert_eq!(part_of(&info, len.div_ceil(PART_LEN) as u32), None);
            prop_assert_eq!(gather.finish(), info);
        }

        #[test]
        fn random_bytes_never_panic(bytes: Vec<u8>, part: u32) {
            let _ = Message::parse(&bytes);
            let _ = Extensions::parse(&bytes);
            let _ = part_of(&bytes, part);
        }
    }
}
