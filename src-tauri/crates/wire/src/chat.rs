//! What people say to each other: messages, who they are, and what was said before.

use std::collections::VecDeque;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize as DeriveDeserialize, Serialize};
use serde_json::Value;

use crate::identity::MAX_PUBLIC_TEXT;
use crate::ids::{MessageId, UserId};
use crate::json::{self, Scalar};
use crate::native::Native;
use crate::talk::LineName;

/// The longest text a person may send, in UTF-16 units: browsers refuse 10 000 and more.
pub const MAX_TEXT_UNITS: usize = 9_999;
/// The longest text we take from others, in UTF-16 units.
pub const MAX_TEXT_UNITS_IN: usize = 10_000;
/// The longest name a person may choose, in characters: what browsers let one type.
pub const MAX_CUSTOM_NAME: usize = 30;
/// The longest chosen name we take from others, in characters.
pub const MAX_CUSTOM_NAME_IN: usize = 64;
/// How many entries a transcript holds, ours and browsers'.
pub const MAX_TRANSCRIPT_ENTRIES: usize = 150;
/// How many entries we take of somebody's transcript: the last ones.
pub const MAX_TRANSCRIPT_ENTRIES_IN: usize = 500;
/// The longest transcript in bytes, read or written: 150 of the longest texts, mostly unescaped.
pub const MAX_TRANSCRIPT_BYTES: usize = 8 * 1024 * 1024;
/// The longest magnet link we take, in bytes: a name and a handful of trackers.
pub const MAX_MAGNET_BYTES: usize = 8 * 1024;

/// A line somebody said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// Who wrote it, by their own account.
    #[serde(serialize_with = "as_text")]
    pub author_id: UserId,
    /// Markdown, as typed.
    pub text: String,
    /// When, by the author's clock, in Unix milliseconds.
    pub time_sent: i64,
    /// What tells it from every other line.
    #[serde(serialize_with = "as_text")]
    pub id: MessageId,
    /// The line it answers; only said to peers that named [`Feature::Talk`](crate::Feature::Talk).
    #[serde(flatten, serialize_with = "as_reply")]
    pub reply_to: Option<LineName>,
}

/// Pictures or sounds shown in the transcript, to be fetched from a swarm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InlineMedia {
    /// Who shared them, by their own account.
    #[serde(serialize_with = "as_text")]
    pub author_id: UserId,
    /// Where they are.
    #[serde(rename = "magnetURI")]
    pub magnet_uri: String,
    /// When, by the author's clock, in Unix milliseconds.
    pub time_sent: i64,
    /// What tells it from every other line.
    #[serde(serialize_with = "as_text")]
    pub id: MessageId,
}

/// One entry of what was said before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TranscriptEntry {
    /// What was said.
    #[serde(flatten)]
    pub entry: TranscriptItem,
    /// When it reached whoever passes it on, by their clock, in Unix milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_received: Option<i64>,
}

/// What can stand in a transcript.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum TranscriptItem {
    /// A line of text.
    Message(Message),
    /// Pictures or sounds.
    InlineMedia(InlineMedia),
}

/// What a peer says about the person behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metadata {
    /// Who they are.
    pub user_id: UserId,
    /// What they call themselves; empty when they chose no name. Clean when read.
    pub custom_name: String,
    /// Their key, as they wrote it; empty when there was none. [`crate::verify`] judges it.
    pub public_key: String,
    /// Their signature, as they wrote it; empty when there was none. [`crate::verify`] judges it.
    pub signature: String,
    /// What they say only to their own kind.
    pub native: Option<Native>,
}

/// Why something said could not be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Something is missing or not what it should be.
    Odd(&'static str),
    /// The text is too long.
    TextTooLong { units: usize },
}

/// A transcript as it was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transcript {
    /// The good entries, oldest first, at most [`MAX_TRANSCRIPT_ENTRIES_IN`].
    pub entries: Vec<TranscriptEntry>,
    /// How many entries were not entries.
    pub bad: usize,
}

impl Transcript {
    /// Reads a transcript as a stream, so that a million entries need no more memory than those
    /// that are kept. `None` when it is no list.
    pub fn parse(text: &[u8]) -> Option<Self> {
        json::parse(text)
    }
}

/// Writes the last entries that fit a transcript.
pub(crate) fn write_transcript(entries: &[TranscriptEntry]) -> Vec<u8> {
    let mut fitting = VecDeque::new();
    let mut length = 2;
    for entry in entries.iter().rev() {
        let text = to_json(entry);
        length += text.len() + 1;
        if length > MAX_TRANSCRIPT_BYTES {
            break;
        }
        fitting.push_front(text);
    }

    let mut written = Vec::with_capacity(length);
    written.push(b'[');
    for (index, text) in fitting.iter().enumerate() {
        if index > 0 {
            written.push(b',');
        }
        written.extend_from_slice(text);
    }
    written.push(b']');
    written
}

/// JSON text of one of our own types, which never fails: they hold strings and numbers.
pub(crate) fn to_json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_default()
}

impl Message {
    pub(crate) fn read(text: &[u8]) -> Result<Self, Fault> {
        match RawEntry::read(text)?.into_item(Expected::Message)? {
            TranscriptItem::Message(message) => Ok(message),
            TranscriptItem::InlineMedia(_) => Err(Fault::Odd("it has no text")),
        }
    }
}

impl InlineMedia {
    pub(crate) fn read(text: &[u8]) -> Result<Self, Fault> {
        match RawEntry::read(text)?.into_item(Expected::InlineMedia)? {
            TranscriptItem::InlineMedia(media) => Ok(media),
            TranscriptItem::Message(_) => Err(Fault::Odd("it has no magnet link")),
        }
    }
}

/// A magnet link, if it is one and not too long.
pub(crate) fn check_magnet(text: &str) -> Result<(), Fault> {
    if text.len() > MAX_MAGNET_BYTES {
        return Err(Fault::Odd("the magnet link is too long"));
    }
    if !text.starts_with("magnet:?") || text.chars().any(char::is_control) {
        return Err(Fault::Odd("this is not a magnet link"));
    }
    Ok(())
}

impl Metadata {
    pub(crate) fn read(value: &Value) -> Result<Self, Fault> {
        let user_id = json::text(value, "userId").ok_or(Fault::Odd("it names no user"))?;
        // Never decoded when too long, so it may as well be absent: `verify` says malformed to both.
        let evidence = |key| {
            json::text(value, key)
                .filter(|text| text.len() <= MAX_PUBLIC_TEXT)
                .unwrap_or_default()
                .to_owned()
        };
        Ok(Self {
            user_id: UserId::parse(user_id).map_err(|_| Fault::Odd("the user id is not one"))?,
            custom_name: clean_name(json::text(value, "customUsername").unwrap_or_default()),
            public_key: evidence("publicKeyString"),
            signature: evidence("identitySignatureBase64"),
            native: value.get("native").and_then(Native::read),
        })
    }

    pub(crate) fn write(&self) -> Vec<u8> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Written<'a> {
            user_id: &'a str,
            custom_username: &'a str,
            public_key_string: &'a str,
            identity_signature_base64: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            native: Option<Value>,
        }
        to_json(&Written {
            user_id: self.user_id.as_str(),
            custom_username: &self.custom_name,
            public_key_string: &self.public_key,
            identity_signature_base64: &self.signature,
            native: self.native.as_ref().map(Native::written),
        })
    }
}

/// A chosen name without what cannot be seen or turns text around, and not too long.
pub fn clean_name(name: &str) -> String {
    let mut clean = String::new();
    let mut length = 0;
    for char in name.chars().filter(|char| !is_invisible(*char)) {
        if length == MAX_CUSTOM_NAME_IN {
            break;
        }
        if clean.is_empty() && char.is_whitespace() {
            continue;
        }
        clean.push(char);
        length += 1;
    }
    clean.truncate(clean.trim_end().len());
    clean
}

/// Characters that show nothing, or change the direction of what stands around them.
pub(crate) fn is_invisible(char: char) -> bool {
    char.is_control()
        || matches!(char,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// How long a text is as browsers count: in UTF-16 units.
pub fn text_units(text: &str) -> usize {
    text.encode_utf16().count()
}

/// A message or inline media before it is known to be either.
#[derive(Default)]
struct RawEntry {
    author_id: Scalar,
    text: Scalar,
    magnet_uri: Scalar,
    time_sent: Scalar,
    id: Scalar,
    time_received: Scalar,
    reply_to: Scalar,
    reply_to_author: Scalar,
}

/// What an entry has to be.
#[derive(Clone, Copy, PartialEq)]
enum Expected {
    Message,
    InlineMedia,
    Either,
}

impl RawEntry {
    fn read(text: &[u8]) -> Result<Self, Fault> {
        json::parse(text).ok_or(Fault::Odd("it is not JSON"))
    }

    fn into_item(self, expected: Expected) -> Result<TranscriptItem, Fault> {
        let author_id = self
            .author_id
            .text()
            .ok_or(Fault::Odd("it names no author"))?;
        let author_id =
            UserId::parse(&author_id).map_err(|_| Fault::Odd("the author's id is not one"))?;
        let id = self.id.text().ok_or(Fault::Odd("it has no id"))?;
        let id = MessageId::parse(&id).map_err(|_| Fault::Odd("its id is not one"))?;
        let time_sent = self
            .time_sent
            .time_ms()
            .ok_or(Fault::Odd("it has no time"))?;

        // In a transcript it is the magnet link that tells the two apart.
        let magnet_uri = match expected {
            Expected::Message => None,
            Expected::InlineMedia | Expected::Either => self.magnet_uri.text(),
        };
        if let Some(magnet_uri) = magnet_uri {
            check_magnet(&magnet_uri)?;
            return Ok(TranscriptItem::InlineMedia(InlineMedia {
                author_id,
                magnet_uri,
                time_sent,
                id,
            }));
        }
        if expected == Expected::InlineMedia {
            return Err(Fault::Odd("it has no magnet link"));
        }
        let text = self.text.text().ok_or(Fault::Odd("it has no text"))?;
        let units = text_units(&text);
        if units > MAX_TEXT_UNITS_IN {
            return Err(Fault::TextTooLong { units });
        }
        let reply_to = LineName::of(
            self.reply_to_author.text().as_deref(),
            self.reply_to.text().as_deref(),
        );
        Ok(TranscriptItem::Message(Message {
            author_id,
            text,
            time_sent,
            id,
            reply_to,
        }))
    }
}

impl<'de> Deserialize<'de> for RawEntry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawEntryVisitor)
    }
}

#[derive(DeriveDeserialize)]
#[serde(field_identifier, rename_all = "camelCase")]
enum Field {
    AuthorId,
    Text,
    #[serde(rename = "magnetURI")]
    MagnetUri,
    TimeSent,
    Id,
    TimeReceived,
    ReplyTo,
    ReplyToAuthor,
    #[serde(other)]
    Other,
}

/// Takes any JSON value, so that an entry that is none spoils only itself.
struct RawEntryVisitor;

impl<'de> Visitor<'de> for RawEntryVisitor {
    type Value = RawEntry;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RawEntry, A::Error> {
        let mut entry = RawEntry::default();
        while let Some(field) = map.next_key()? {
            match field {
                Field::AuthorId => entry.author_id = map.next_value()?,
                Field::Text => entry.text = map.next_value()?,
                Field::MagnetUri => entry.magnet_uri = map.next_value()?,
                Field::TimeSent => entry.time_sent = map.next_value()?,
                Field::Id => entry.id = map.next_value()?,
                Field::TimeReceived => entry.time_received = map.next_value()?,
                Field::ReplyTo => entry.reply_to = map.next_value()?,
                Field::ReplyToAuthor => entry.reply_to_author = map.next_value()?,
                Field::Other => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(entry)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<RawEntry, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(RawEntry::default())
    }

    fn visit_str<E>(self, _: &str) -> Result<RawEntry, E> {
        Ok(RawEntry::default())
    }

    fn visit_f64<E>(self, _: f64) -> Result<RawEntry, E> {
        Ok(RawEntry::default())
    }

    fn visit_i64<E>(self, _: i64) -> Result<RawEntry, E> {
        Ok(RawEntry::default())
    }

    fn visit_u64<E>(self, _: u64) -> Result<RawEntry, E> {
        Ok(RawEntry::default())
    }

    fn visit_bool<E>(self, _: bool) -> Result<RawEntry, E> {
        Ok(RawEntry::default())
    }

    fn visit_unit<E>(self) -> Result<RawEntry, E> {
        Ok(RawEntry::default())
    }
}

impl<'de> Deserialize<'de> for Transcript {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(TranscriptVisitor)
    }
}

struct TranscriptVisitor;

impl<'de> Visitor<'de> for TranscriptVisitor {
    type Value = Transcript;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of entries")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Transcript, A::Error> {
        let mut kept = VecDeque::new();
        let mut bad = 0;
        while let Some(mut raw) = seq.next_element::<RawEntry>()? {
            let time_received = std::mem::take(&mut raw.time_received).time_ms();
            let Ok(entry) = raw.into_item(Expected::Either) else {
                bad += 1;
                continue;
            };
            if kept.len() == MAX_TRANSCRIPT_ENTRIES_IN {
                kept.pop_front();
            }
            kept.push_back(TranscriptEntry {
                entry,
                time_received,
            });
        }
        Ok(Transcript {
            entries: kept.into(),
            bad,
        })
    }
}

fn as_text<S: serde::Serializer>(
    name: &impl fmt::Display,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_str(name)
}

/// The two parts of a line's name, beside a message's own fields.
fn as_reply<S: serde::Serializer>(
    name: &Option<LineName>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Written<'a> {
        #[serde(skip_serializing_if = "Option::is_none")]
        reply_to_author: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        reply_to: Option<&'a str>,
    }
    Written {
        reply_to_author: name.as_ref().map(|name| name.author_id.as_str()),
        reply_to: name.as_ref().map(|name| name.id.as_str()),
    }
    .serialize(serializer)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_transcript_of_a_million_lines_keeps_only_the_last() {
        let line = |index: usize| {
            format!(r#"{{"authorId":"a","text":"t","timeSent":{index},"id":"i","timeReceived":1}}"#)
        };
        let mut text = String::from("[");
        let mut count = 0;
        while text.len() < MAX_TRANSCRIPT_BYTES - 100 {
            text.push_str(&line(count));
            text.push(',');
            count += 1;
        }
        text.push_str(&line(count));
        text.push(']');

        let read = Transcript::parse(text.as_bytes()).expect("a list");
        assert_eq!(read.bad, 0);
        assert_eq!(read.entries.len(), MAX_TRANSCRIPT_ENTRIES_IN);
        let TranscriptItem::Message(last) = &read.entries[MAX_TRANSCRIPT_ENTRIES_IN - 1].entry
        else {
            panic!("not a message");
        };
        assert_eq!(usize::try_from(last.time_sent), Ok(count));
    }

    #[test]
    fn bad_entries_are_counted_and_spoil_nothing() {
        let text = json!([
            null, true, -1, 1, 0.5, "entry", [], [[[[]]]], {}, {"authorId": {"a": []}},
            {"authorId": "a", "text": 5, "timeSent": 1, "id": "i"},
            {"authorId": "a", "text": "x".repeat(MAX_TEXT_UNITS_IN + 1), "timeSent": 1, "id": "i"},
            {"authorId": "a", "magnetURI": "http://elsewhere", "timeSent": 1, "id": "i"},
            {"authorId": "a", "text": "good", "timeSent": 1.9, "id": "i", "more": [{}]},
            {"authorId": "a", "magnetURI": "magnet:?xt=1", "timeSent": 1, "id": "i", "timeReceived": 2},
        ])
        .to_string();

        let read = Transcript::parse(text.as_bytes()).expect("a list");
        assert_eq!(read.bad, 13);
        let [first, second] = &*read.entries else {
            panic!("{:?}", read.entries);
        };
        assert!(
            matches!(&first.entry, TranscriptItem::Message(message) if message.text == "good" && message.time_sent == 1)
        );
        assert_eq!(first.time_received, None);
        assert!(matches!(&second.entry, TranscriptItem::InlineMedia(_)));
        assert_eq!(second.time_received, Some(2));
    }

    #[test]
    fn what_is_no_list_is_no_transcript() {
        for text in [
            "",
            "{}",
            "null",
            "5",
            "[",
            "[{]",
            "[] []",
            "[\"\\ud800\"",
            "[nul]",
        ] {
            assert_eq!(Transcript::parse(text.as_bytes()), None, "{text}");
        }
        assert_eq!(Transcript::parse(b"[]"), Some(Transcript::default()));
    }

    #[test]
    fn a_field_said_twice_counts_the_last_time() {
        let text = br#"{"authorId":"a","text":"one","timeSent":1,"id":"i","text":"two"}"#;

        assert_eq!(
            Message::read(text).map(|message| message.text),
            Ok("two".to_owned())
        );
    }

    #[test]
    fn a_transcript_too_long_to_send_loses_its_oldest_entries() {
        let entry = |index: i64| TranscriptEntry {
            entry: TranscriptItem::Message(Message {
                author_id: UserId::parse("a").expect("an id"),
                // Each of these takes six bytes when written.
                text: "\u{1}".repeat(MAX_TEXT_UNITS),
                time_sent: index,
                id: MessageId::parse("i").expect("an id"),
                reply_to: None,
            }),
            time_received: Some(index),
        };
        let entries: Vec<_> = (0..150).map(entry).collect();

        let written = write_transcript(&entries);
        assert!(written.len() <= MAX_TRANSCRIPT_BYTES);
        let read = Transcript::parse(&written).expect("a list");
        assert!(read.entries.len() > 130);
        assert_eq!(read.entries, entries[150 - read.entries.len()..]);
    }

    #[test]
    fn names_show_what_they_are() {
        for (written, shown) in [
            ("  Ada  ", "Ada"),
            ("A\u{202e}da", "Ada"),
            ("\u{200b}\u{feff}", ""),
            ("A\u{0}\nd\ta", "Ada"),
            (" \u{200b} Ada \u{2066}", "Ada"),
            ("Ada Lovelace 🙂 é", "Ada Lovelace 🙂 é"),
            ("\u{3164}", ""),
        ] {
            assert_eq!(clean_name(written), shown);
        }
        assert_eq!(
            clean_name(&"é".repeat(1_000)).chars().count(),
            MAX_CUSTOM_NAME_IN
        );
        let spaced = format!("{}{}", "a".repeat(63), " b");
        assert_eq!(clean_name(&spaced), "a".repeat(63));
    }

    #[test]
    fn an_odd_part_of_metadata_does_not_hide_the_peer() {
        let read = Metadata::read(&json!({
            "userId": "u", "customUsername": 5, "publicKeyString": null,
            "identitySignatureBase64": "x".repeat(MAX_PUBLIC_TEXT + 1), "native": "yes", "more": {}
        }));

        assert_eq!(
            read,
            Ok(Metadata {
                user_id: UserId::parse("u").expect("an id"),
                custom_name: String::new(),
                public_key: String::new(),
                signature: String::new(),
                native: None,
            })
        );
        assert!(Metadata::read(&json!({"userId": ""})).is_err());
        assert!(Metadata::read(&json!({"customUsername": "Ada"})).is_err());
        assert!(Metadata::read(&json!([])).is_err());
    }
}
