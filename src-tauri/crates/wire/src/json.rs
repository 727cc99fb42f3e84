//! Reading JSON that strangers wrote: bounded by the caller, forgiving where browsers are.

use std::borrow::Cow;
use std::fmt;

use serde::de::{
    Deserialize, DeserializeOwned, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde_json::Value;

/// The furthest a browser's clock goes, in milliseconds from 1970 either way.
const MAX_TIME_MS: f64 = 8.64e15;

/// Reads one JSON text.
///
/// A browser writes half of a broken surrogate pair as an escape of its own, which no Rust string
/// can hold; such a half becomes U+FFFD instead of costing us the whole message.
pub(crate) fn parse<T: DeserializeOwned>(text: &[u8]) -> Option<T> {
    serde_json::from_slice(text).ok().or_else(|| {
        let text = str::from_utf8(text).ok()?;
        match mend_surrogates(text) {
            Cow::Owned(mended) => serde_json::from_str(&mended).ok(),
            Cow::Borrowed(_) => None,
        }
    })
}

/// The string under this key, if there is one.
pub(crate) fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key).and_then(Value::as_str)
}

/// A time in Unix milliseconds, from any number.
pub(crate) fn time_ms(number: f64) -> i64 {
    number.clamp(-MAX_TIME_MS, MAX_TIME_MS) as i64
}

/// Replaces every escaped surrogate that has no other half.
fn mend_surrogates(text: &str) -> Cow<'_, str> {
    const REPLACEMENT: &str = "\\ufffd";
    let mut mended = String::new();
    let mut copied = 0;
    let mut at = 0;
    while let Some(found) = text.get(at..).and_then(|rest| rest.find('\\')) {
        let escape = at + found;
        match (unit(text, escape), unit(text, escape + 6)) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => at = escape + 12,
            (Some(0xd800..=0xdfff), _) => {
                mended.push_str(text.get(copied..escape).unwrap_or_default());
                mended.push_str(REPLACEMENT);
                at = escape + 6;
                copied = at;
            }
            // Two bytes at least: the backslash and what it escapes, even another backslash.
            _ => at = text.ceil_char_boundary(escape + 2),
        }
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    mended.push_str(text.get(copied..).unwrap_or_default());
    Cow::Owned(mended)
}

/// The UTF-16 unit escaped here, if one is.
fn unit(text: &str, at: usize) -> Option<u16> {
    let digits = text.get(at..)?.strip_prefix("\\u")?.get(..4)?;
    if digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        u16::from_str_radix(digits, 16).ok()
    } else {
        None
    }
}

/// Any JSON value, of which only plain ones are kept. Reading one never fails on well-formed JSON
/// and never builds more than the text it came from.
#[derive(Debug, Default, PartialEq)]
pub(crate) enum Scalar {
    Text(String),
    Number(f64),
    #[default]
    Other,
}

impl Scalar {
    pub(crate) fn text(self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn time_ms(self) -> Option<i64> {
        match self {
            Self::Number(number) => Some(time_ms(number)),
            _ => None,
        }
    }
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor)
    }
}

struct ScalarVisitor;

impl<'de> Visitor<'de> for ScalarVisitor {
    type Value = Scalar;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_str<E>(self, text: &str) -> Result<Scalar, E> {
        Ok(Scalar::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Scalar, E> {
        Ok(Scalar::Text(text))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Scalar, E> {
        Ok(Scalar::Number(number))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Scalar, E> {
        Ok(Scalar::Number(number as f64))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Scalar, E> {
        Ok(Scalar::Number(number as f64))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Scalar, E> {
        Ok(Scalar::Other)
    }

    fn visit_unit<E>(self) -> Result<Scalar, E> {
        Ok(Scalar::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Scalar, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Scalar::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Scalar, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Scalar::Other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_surrogate_pair_becomes_a_replacement_character() {
        for (written, read) in [
            (r#""a\ud83db""#, "a\u{fffd}b"),
            (r#""\ude42\ud83d""#, "\u{fffd}\u{fffd}"),
            (r#""\ud83d\ude42""#, "🙂"),
            (r#""\uD83D\uD83D\uDE42""#, "\u{fffd}🙂"),
            (r#""\\ud83d\ud83d""#, "\\ud83d\u{fffd}"),
            (r#""é\ud800é""#, "é\u{fffd}é"),
        ] {
            assert_eq!(
                parse::<String>(written.as_bytes()).as_deref(),
                Some(read),
                "{written}"
            );
        }
    }

    #[test]
    fn text_that_is_not_json_stays_refused() {
        for text in [
            &b""[..],
            b"{",
            b"\"\\",
            b"\"\\u",
            b"\"\\ud8\"",
            b"\"\\ud800",
            b"\xff",
            b"\"\\\xc3\xa9\"",
        ] {
            assert_eq!(parse::<Value>(text), None);
        }
    }

    #[test]
    fn nesting_without_end_is_refused_and_does_not_exhaust_the_stack() {
        for open in ["[", "{\"a\":"] {
            assert_eq!(parse::<Value>(open.repeat(100_000).as_bytes()), None);
            assert_eq!(parse::<Scalar>(open.repeat(100_000).as_bytes()), None);
        }
        let deep = "[".repeat(100_000) + &"]".repeat(100_000);
        assert_eq!(parse::<Value>(deep.as_bytes()), None);
    }

    #[test]
    fn any_number_is_a_time() {
        assert_eq!(time_ms(1_795_359_092_883.7), 1_795_359_092_883);
        assert_eq!(time_ms(1e300), 8_640_000_000_000_000);
        assert_eq!(time_ms(-1e300), -8_640_000_000_000_000);
    }
}
