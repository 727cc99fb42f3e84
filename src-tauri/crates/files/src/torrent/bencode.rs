//! Bencode, the notation of torrents.
//!
//! Read here rather than by a library: the ones with a serde face copy every byte string, allow any
//! depth and number of values, and refuse what follows a value, while a part of a description
//! (BEP 9) is raw bytes right behind a dictionary. What is needed is small: values that borrow, two
//! limits, and the length of what was read. Only the one canonical form of a value is taken, so
//! what was read can be written again byte for byte.

use crate::limits::{MAX_BENCODE_DEPTH, MAX_BENCODE_VALUES};

/// A value, borrowed from the text it was read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// A whole number.
    Int(i64),
    /// A byte string.
    Bytes(&'a [u8]),
    /// A list.
    List(Vec<Value<'a>>),
    /// A dictionary; keys ascend.
    Dict(Vec<(&'a [u8], Value<'a>)>),
}

/// Why something is not bencode that we take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BencodeError {
    /// It ends in the middle of a value.
    #[error("the text ends too early")]
    Short,
    /// A byte stands where none like it can.
    #[error("byte {0} is out of place")]
    Odd(usize),
    /// It nests deeper than we follow.
    #[error("the text nests too deep")]
    Deep,
    /// It has more values than we take.
    #[error("the text has too many values")]
    Many,
    /// Something follows where nothing should.
    #[error("something follows the value")]
    Trailing,
}

impl<'a> Value<'a> {
    /// Reads a text that is one value and nothing else.
    pub fn parse(text: &'a [u8]) -> Result<Self, BencodeError> {
        match Self::parse_first(text)? {
            (value, []) => Ok(value),
            _ => Err(BencodeError::Trailing),
        }
    }

    /// Reads the first value of a text; gives what follows it, too.
    pub fn parse_first(text: &'a [u8]) -> Result<(Self, &'a [u8]), BencodeError> {
        let mut reader = Reader {
            text,
            at: 0,
            values: 0,
        };
        let value = reader.value(0)?;
        Ok((value, text.get(reader.at..).unwrap_or_default()))
    }

    /// What a dictionary has under this key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        let Self::Dict(entries) = self else {
            return None;
        };
        entries
            .iter()
            .find(|(name, _)| *name == key.as_bytes())
            .map(|(_, value)| value)
    }

    /// The number, if it is one.
    #[must_use]
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Self::Int(number) => Some(*number),
            _ => None,
        }
    }

    /// The byte string, if it is one.
    #[must_use]
    pub fn as_bytes(&self) -> Option<&'a [u8]> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// The list, if it is one.
    #[must_use]
    pub fn as_list(&self) -> Option<&[Self]> {
        match self {
            Self::List(items) => Some(items),
            _ => None,
        }
    }

    /// Writes the value behind what is there. Dictionaries must ascend, as those that were read do.
    pub fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Int(number) => out.extend_from_slice(format!("i{number}e").as_bytes()),
            Self::Bytes(bytes) => write_bytes(bytes, out),
            Self::List(items) => {
                out.push(b'l');
                for item in items {
                    item.write(out);
                }
                out.push(b'e');
            }
            Self::Dict(entries) => {
                out.push(b'd');
                for (key, value) in entries {
                    write_bytes(key, out);
                    value.write(out);
                }
                out.push(b'e');
            }
        }
    }

    /// The value as text.
    #[must_use]
    pub fn to_vec(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.write(&mut out);
        out
    }
}

fn write_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(format!("{}:", bytes.len()).as_bytes());
    out.extend_from_slice(bytes);
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
    values: usize,
}

impl<'a> Reader<'a> {
    fn value(&mut self, depth: usize) -> Result<Value<'a>, BencodeError> {
        self.values += 1;
        if self.values > MAX_BENCODE_VALUES {
            return Err(BencodeError::Many);
        }
        match self.peek()? {
            b'i' => {
                self.at += 1;
                let number = self.number(b'e')?;
                Ok(Value::Int(number))
            }
            b'0'..=b'9' => Ok(Value::Bytes(self.bytes()?)),
            b'l' => {
                let depth = self.enter(depth)?;
                let mut items = Vec::new();
                while self.peek()? != b'e' {
                    items.push(self.value(depth)?);
                }
                self.at += 1;
                Ok(Value::List(items))
            }
            b'd' => {
                let depth = self.enter(depth)?;
                let mut entries: Vec<(&[u8], Value<'_>)> = Vec::new();
                while self.peek()? != b'e' {
                    let key_at = self.at;
                    let key = self.bytes()?;
                    if entries.last().is_some_and(|(last, _)| *last >= key) {
                        return Err(BencodeError::Odd(key_at));
                    }
                    let value = self.value(depth)?;
                    entries.push((key, value));
                }
                self.at += 1;
                Ok(Value::Dict(entries))
            }
            _ => Err(BencodeError::Odd(self.at)),
        }
    }

    fn enter(&mut self, depth: usize) -> Result<usize, BencodeError> {
        self.at += 1;
        if depth >= MAX_BENCODE_DEPTH {
            return Err(BencodeError::Deep);
        }
        Ok(depth + 1)
    }

    fn bytes(&mut self) -> Result<&'a [u8], BencodeError> {
        let at = self.at;
        if !self.peek()?.is_ascii_digit() {
            return Err(BencodeError::Odd(at));
        }
        let len = usize::try_from(self.number(b':')?).map_err(|_| BencodeError::Odd(at))?;
        let end = self.at.checked_add(len).ok_or(BencodeError::Short)?;
        let bytes = self.text.get(self.at..end).ok_or(BencodeError::Short)?;
        self.at = end;
        Ok(bytes)
    }

    /// A number in its one canonical form, and the byte that ends it.
    fn number(&mut self, end: u8) -> Result<i64, BencodeError> {
        let start = self.at;
        let is_negative = self.peek()? == b'-';
        if is_negative {
            self.at += 1;
        }
        let first = self.peek()?;
        let digits_at = self.at;
        let mut number = 0_i64;
        loop {
            let byte = self.peek()?;
            if byte == end {
                break;
            }
            if !byte.is_ascii_digit() {
                return Err(BencodeError::Odd(self.at));
            }
            let digit = i64::from(byte - b'0');
            let digit = if is_negative { -digit } else { digit };
            number = number
                .checked_mul(10)
                .and_then(|number| number.checked_add(digit))
                .ok_or(BencodeError::Odd(start))?;
            self.at += 1;
        }
        let digits = self.at - digits_at;
        if digits == 0 || (first == b'0' && (digits > 1 || is_negative)) {
            return Err(BencodeError::Odd(start));
        }
        self.at += 1;
        Ok(number)
    }

    fn peek(&self) -> Result<u8, BencodeError> {
        self.text.get(self.at).copied().ok_or(BencodeError::Short)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_four_kinds_are_read() {
        let text = b"d1:ai-7e1:bl3:xyz0:ee";

        let value = Value::parse(text).expect("a value");

        assert_eq!(value.get("a").and_then(Value::as_int), Some(-7));
        assert_eq!(
            value.get("b").and_then(Value::as_list),
            Some(&[Value::Bytes(b"xyz"), Value::Bytes(b"")][..])
        );
        assert_eq!(value.to_vec(), text);
    }

    #[test]
    fn only_the_canonical_form_is_taken() {
        for bad in [
            "i01e",
            "i-0e",
            "i--1e",
            "ie",
            "i-e",
            "i1",
            "01:a",
            "-1:a",
            "2:a",
            "d1:bi1e1:ai1ee",
            "d1:ai1e1:ai1ee",
            "di1ei1ee",
            "d1:ae",
            "l",
            "",
            "e",
            "x",
            "i1ei2e",
            "i9223372036854775808e",
            "99999999999999999999:",
        ] {
            assert!(Value::parse(bad.as_bytes()).is_err(), "{bad}");
        }
        assert_eq!(
            Value::parse(b"i-9223372036854775808e"),
            Ok(Value::Int(i64::MIN))
        );
    }

    #[test]
    fn depth_and_number_are_bounded() {
        let deep = "l".repeat(100_000);
        assert_eq!(Value::parse(deep.as_bytes()), Err(BencodeError::Deep));

        let many = format!("l{}e", "0:".repeat(MAX_BENCODE_VALUES));
        assert_eq!(Value::parse(many.as_bytes()), Err(BencodeError::Many));
    }

    #[test]
    fn what_follows_a_value_can_be_had() {
        let (value, rest) = Value::parse_first(b"i5eabc").expect("a value");

        assert_eq!(value, Value::Int(5));
        assert_eq!(rest, b"abc");
    }

    proptest! {
        #[test]
        fn what_is_read_is_written_again_byte_for_byte(text in bencode_like()) {
            if let Ok((value, rest)) = Value::parse_first(&text) {
                let mut again = value.to_vec();
                again.extend_from_slice(rest);
                prop_assert_eq!(again, text);
            }
        }
    }

    fn bencode_like() -> impl Strategy<Value = Vec<u8>> {
        proptest::collection::vec(
            prop_oneof![
                Just(b"d".to_vec()),
                Just(b"l".to_vec()),
                Just(b"e".to_vec()),
                Just(b"1:a".to_vec()),
                Just(b"1:b".to_vec()),
                Just(b"i12e".to_vec()),
                any::<u8>().prop_map(|byte| vec![byte]),
            ],
            0..40,
        )
        .prop_map(|parts| parts.concat())
    }
}
