//! What native peers do with lines beyond saying them: answering, changing, taking back, marking
//! with an emoji, and saying that they came. Never sent to a peer that has not named
//! [`Feature::Talk`](crate::Feature::Talk) or [`Feature::Receipts`](crate::Feature::Receipts).

use std::fmt;

use serde_json::{Value, json};

use crate::chat::{Fault, MAX_TEXT_UNITS_IN, MAX_TRANSCRIPT_ENTRIES, text_units, to_json};
use crate::ids::{MessageId, UserId};
use crate::json;

/// The longest emoji, in bytes: a family of four with a skin tone each has 41.
pub const MAX_EMOJI_BYTES: usize = 48;
/// How many lines' states are told at once: as many as a transcript holds.
pub const MAX_STATE_LINES: usize = MAX_TRANSCRIPT_ENTRIES;
/// The longest payload that tells lines' states. Only changed lines carry text.
pub const MAX_STATES_BYTES: usize = 512 * 1024;
/// How many different emoji one line may have.
pub const MAX_MARK_KINDS: usize = 20;
/// How many people are told of with one emoji of one line.
pub const MAX_MARK_PEOPLE: usize = 64;

/// A line, wherever it is: ids count only together with their author.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LineName {
    /// Who said it.
    pub author_id: UserId,
    /// What the author called it.
    pub id: MessageId,
}

/// The sender says one of their lines differently, or takes it back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Which of the sender's lines.
    pub id: MessageId,
    /// Whether the line was for us alone.
    pub direct: bool,
    /// What becomes of it.
    pub what: Changed,
}

/// What becomes of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Changed {
    /// It says this from now on.
    Text(String),
    /// Nothing is left of it.
    Gone,
}

/// The sender puts an emoji on a line, or takes it away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Which line, of anybody.
    pub line: LineName,
    /// Whether the line is one between us alone.
    pub direct: bool,
    /// The emoji.
    pub emoji: Emoji,
    /// Whether it is there from now on.
    pub on: bool,
}

/// How lines that were passed on stand: what a plain transcript cannot say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct States {
    /// Whether they are lines between us alone.
    pub direct: bool,
    /// The lines, oldest first, at most [`MAX_STATE_LINES`].
    pub lines: Vec<LineState>,
}

/// How one line stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineState {
    /// The line.
    pub line: LineName,
    /// What it answers.
    pub reply_to: Option<LineName>,
    /// What it says since its author said it differently.
    pub text: Option<String>,
    /// Whether its author took it back.
    pub gone: bool,
    /// The emoji on it, and whose profiles put them there.
    pub marks: Vec<(Emoji, Vec<UserId>)>,
}

/// One emoji, as one would see it: a picture, a flag or a keycap, with what belongs to it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Emoji(String);

/// Why a text is not one emoji.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not one emoji")]
pub struct NotAnEmoji;

impl Emoji {
    /// Reads exactly one emoji.
    pub fn parse(text: &str) -> Result<Self, NotAnEmoji> {
        if text.len() > MAX_EMOJI_BYTES {
            return Err(NotAnEmoji);
        }
        let mut rest = element(text).ok_or(NotAnEmoji)?;
        while !rest.is_empty() {
            let joined = rest.strip_prefix('\u{200d}').ok_or(NotAnEmoji)?;
            rest = element(joined).ok_or(NotAnEmoji)?;
        }
        Ok(Self(text.to_owned()))
    }

    /// The emoji as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Emoji {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What follows one picture, flag or keycap at the start of a text.
fn element(text: &str) -> Option<&str> {
    let first = text.chars().next()?;
    let rest = text.get(first.len_utf8()..)?;
    match first {
        '0'..='9' | '#' | '*' => rest
            .strip_prefix('\u{fe0f}')
            .unwrap_or(rest)
            .strip_prefix('\u{20e3}'),
        // Two letters make a flag.
        '\u{1f1e6}'..='\u{1f1ff}' => {
            rest.strip_prefix(|it| matches!(it, '\u{1f1e6}'..='\u{1f1ff}'))
        }
        _ if is_picture(first) => {
            let rest = rest
                .strip_prefix(|it| matches!(it, '\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}'))
                .unwrap_or(rest);
            let tagged = rest.trim_start_matches(|it| matches!(it, '\u{e0020}'..='\u{e007e}'));
            if tagged.len() < rest.len() {
                // Flags of countries' parts; an end is due.
                tagged.strip_prefix('\u{e007f}')
            } else {
                Some(rest)
            }
        }
        _ => None,
    }
}

/// Whether a character is a picture by itself.
fn is_picture(char: char) -> bool {
    matches!(char,
        '\u{a9}' | '\u{ae}' | '\u{203c}' | '\u{2049}' | '\u{2122}' | '\u{2139}'
        | '\u{2194}'..='\u{21aa}' | '\u{231a}'..='\u{231b}' | '\u{2328}' | '\u{23cf}'
        | '\u{23e9}'..='\u{23f3}' | '\u{23f8}'..='\u{23fa}' | '\u{24c2}' | '\u{25aa}'..='\u{25ab}'
        | '\u{25b6}' | '\u{25c0}' | '\u{25fb}'..='\u{25fe}' | '\u{2600}'..='\u{27bf}'
        | '\u{2934}'..='\u{2935}' | '\u{2b05}'..='\u{2b07}' | '\u{2b1b}'..='\u{2b1c}' | '\u{2b50}'
        | '\u{2b55}' | '\u{3030}' | '\u{303d}' | '\u{3297}' | '\u{3299}'
        | '\u{1f004}' | '\u{1f0cf}' | '\u{1f170}'..='\u{1f171}' | '\u{1f17e}'..='\u{1f17f}'
        | '\u{1f18e}' | '\u{1f191}'..='\u{1f19a}' | '\u{1f201}'..='\u{1f202}' | '\u{1f21a}'
        | '\u{1f22f}' | '\u{1f232}'..='\u{1f23a}' | '\u{1f250}'..='\u{1f251}'
        | '\u{1f300}'..='\u{1f64f}' | '\u{1f680}'..='\u{1f6ff}' | '\u{1f7e0}'..='\u{1f7eb}'
        | '\u{1f7f0}' | '\u{1f900}'..='\u{1f9ff}' | '\u{1fa70}'..='\u{1faff}')
}

impl LineName {
    fn read(value: &Value) -> Result<Self, Fault> {
        Self::of(json::text(value, "authorId"), json::text(value, "id"))
            .ok_or(Fault::Odd("it names no line"))
    }

    /// A name from its two parts, where both are there and right.
    pub(crate) fn of(author_id: Option<&str>, id: Option<&str>) -> Option<Self> {
        Some(Self {
            author_id: UserId::parse(author_id?).ok()?,
            id: MessageId::parse(id?).ok()?,
        })
    }
}

impl Change {
    pub(crate) fn read(value: &Value) -> Result<Self, Fault> {
        let id = json::text(value, "id").ok_or(Fault::Odd("it names no line"))?;
        let what = if is_set(value, "gone") {
            Changed::Gone
        } else {
            let text = json::text(value, "text").ok_or(Fault::Odd("it says no change"))?;
            Changed::Text(bounded(text)?)
        };
        Ok(Self {
            id: MessageId::parse(id).map_err(|_| Fault::Odd("its id is not one"))?,
            direct: is_set(value, "direct"),
            what,
        })
    }

    pub(crate) fn written(&self) -> Value {
        match &self.what {
            Changed::Text(text) => {
                json!({ "id": self.id.as_str(), "direct": self.direct, "text": text })
            }
            Changed::Gone => json!({ "id": self.id.as_str(), "direct": self.direct, "gone": true }),
        }
    }
}

impl Mark {
    pub(crate) fn read(value: &Value) -> Result<Self, Fault> {
        let emoji = json::text(value, "emoji").ok_or(Fault::Odd("it has no emoji"))?;
        Ok(Self {
            line: LineName::read(value)?,
            direct: is_set(value, "direct"),
            emoji: Emoji::parse(emoji).map_err(|_| Fault::Odd("that is not one emoji"))?,
            on: is_set(value, "on"),
        })
    }

    pub(crate) fn written(&self) -> Value {
        json!({
            "authorId": self.line.author_id.as_str(),
            "id": self.line.id.as_str(),
            "direct": self.direct,
            "emoji": self.emoji.as_str(),
            "on": self.on,
        })
    }
}

impl States {
    /// Reads the states of lines. A state that is none spoils only itself.
    pub(crate) fn read(value: &Value) -> Result<Self, Fault> {
        let lines = value
            .get("lines")
            .and_then(Value::as_array)
            .ok_or(Fault::Odd("it has no lines"))?;
        Ok(Self {
            direct: is_set(value, "direct"),
            lines: lines
                .iter()
                .take(MAX_STATE_LINES)
                .filter_map(|line| LineState::read(line).ok())
                .collect(),
        })
    }

    /// Writes the last states that fit.
    pub(crate) fn write(&self) -> Vec<u8> {
        let mut fitting = Vec::new();
        let mut length = 64;
        for state in self.lines.iter().rev().take(MAX_STATE_LINES) {
            let written = state.written();
            length += to_json(&written).len() + 1;
            if length > MAX_STATES_BYTES {
                break;
            }
            fitting.push(written);
        }
        fitting.reverse();
        to_json(&json!({ "direct": self.direct, "lines": fitting }))
    }
}

impl LineState {
    fn read(value: &Value) -> Result<Self, Fault> {
        let marks = value.get("marks").and_then(Value::as_array);
        let text = json::text(value, "text").map(bounded).transpose()?;
        Ok(Self {
            line: LineName::read(value)?,
            reply_to: LineName::of(
                json::text(value, "replyToAuthor"),
                json::text(value, "replyTo"),
            ),
            text,
            gone: is_set(value, "gone"),
            marks: marks
                .into_iter()
                .flatten()
                .take(MAX_MARK_KINDS)
                .filter_map(read_marks)
                .collect(),
        })
    }

    fn written(&self) -> Value {
        let mut written = json!({
            "authorId": self.line.author_id.as_str(),
            "id": self.line.id.as_str(),
        });
        let mut put = |key: &str, value: Value| {
            if let Some(object) = written.as_object_mut() {
                object.insert(key.to_owned(), value);
            }
        };
        if let Some(name) = &self.reply_to {
            put("replyToAuthor", json!(name.author_id.as_str()));
            put("replyTo", json!(name.id.as_str()));
        }
        if let Some(text) = &self.text {
            put("text", json!(text));
        }
        if self.gone {
            put("gone", json!(true));
        }
        if !self.marks.is_empty() {
            let marks: Vec<Value> = self
                .marks
                .iter()
                .map(|(emoji, people)| {
                    let by: Vec<&str> = people.iter().map(UserId::as_str).collect();
                    json!({ "emoji": emoji.as_str(), "by": by })
                })
                .collect();
            put("marks", json!(marks));
        }
        written
    }
}

fn read_marks(value: &Value) -> Option<(Emoji, Vec<UserId>)> {
    let emoji = Emoji::parse(json::text(value, "emoji")?).ok()?;
    let people = value.get("by")?.as_array()?;
    let people: Vec<UserId> = people
        .iter()
        .take(MAX_MARK_PEOPLE)
        .filter_map(Value::as_str)
        .filter_map(|user| UserId::parse(user).ok())
        .collect();
    Some((emoji, people))
}

/// Reads how far everything sent has come: the last line that has.
pub(crate) fn read_receipt(value: &Value) -> Result<MessageId, Fault> {
    json::text(value, "upTo")
        .and_then(|id| MessageId::parse(id).ok())
        .ok_or(Fault::Odd("it names no line"))
}

fn is_set(value: &Value, key: &str) -> bool {
    value.get(key).and_then(Value::as_bool).unwrap_or(false)
}

fn bounded(text: &str) -> Result<String, Fault> {
    let units = text_units(text);
    if units > MAX_TEXT_UNITS_IN {
        return Err(Fault::TextTooLong { units });
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_emoji_is_one_whatever_it_is_made_of() {
        for emoji in [
            "👍",
            "❤️",
            "❤",
            "👍🏽",
            "🇪🇸",
            "1️⃣",
            "#⃣",
            "👩‍👩‍👧‍👦",
            "🏳️‍🌈",
            "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
            "👩🏽‍🚀",
            "🫠",
            "☕",
            "©",
            "⏳",
            "🧑🏻‍❤️‍💋‍🧑🏿",
        ] {
            assert_eq!(Emoji::parse(emoji).map(|it| it.0), Ok(emoji.to_owned()));
        }
    }

    #[test]
    fn anything_but_one_emoji_is_refused() {
        let long = "👩\u{200d}".repeat(20) + "👩";
        for odd in [
            "",
            "a",
            "ab",
            "1",
            "#",
            "👍👍",
            "👍a",
            "a👍",
            "👍\u{200d}",
            "\u{200d}👍",
            "👍\u{202e}",
            "\u{fe0f}",
            "\u{1f1ea}",
            "🇪🇸🇪",
            " 👍",
            "👍 ",
            "é",
            "\n",
            "<b>",
            "\u{e0041}",
            "🏴\u{e0067}",
            "\u{0}",
            "한",
            &long,
        ] {
            assert_eq!(Emoji::parse(odd), Err(NotAnEmoji), "{odd:?}");
        }
    }

    #[test]
    fn an_odd_state_spoils_only_itself() {
        let read = States::read(&json!({"lines": [
            5, {}, {"authorId": "a"},
            {"authorId": "a", "id": "i", "text": "x".repeat(MAX_TEXT_UNITS_IN + 1)},
            {"authorId": "a", "id": "i", "marks": [{"emoji": "no", "by": []}, {"emoji": "👍", "by": ["u", 5]}]},
        ]}))
        .expect("states");

        let [state] = &*read.lines else {
            panic!("{read:?}");
        };
        let thumb = Emoji::parse("👍").expect("an emoji");
        let user = UserId::parse("u").expect("an id");
        assert_eq!(state.marks, [(thumb, vec![user])]);
    }

    #[test]
    fn states_stay_within_their_length_and_keep_the_newest() {
        let state = |n: usize| LineState {
            line: LineName {
                author_id: UserId::parse("a").expect("an id"),
                id: MessageId::parse(&n.to_string()).expect("an id"),
            },
            reply_to: None,
            text: Some("\u{1}".repeat(MAX_TEXT_UNITS_IN)),
            gone: false,
            marks: Vec::new(),
        };
        let states = States {
            direct: false,
            lines: (0..200).map(state).collect(),
        };

        let written = states.write();
        assert!(written.len() <= MAX_STATES_BYTES);
        let value: Value = serde_json::from_slice(&written).expect("JSON");
        let read = States::read(&value).expect("states");
        assert!(read.lines.len() > 5);
        assert_eq!(read.lines.last(), states.lines.last());
    }
}
