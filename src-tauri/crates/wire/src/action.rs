//! What a finished transmission means: the named actions of Trystero (`@_…`) and of Chitchatter
//! (`g.…` to the whole room, `dm.…` to one peer), and those native peers have among themselves
//! (`n.…`).

use rand::RngCore;
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::address::RoomAddress;
use crate::chat::{
    Fault, InlineMedia, MAX_TEXT_UNITS_IN, MAX_TRANSCRIPT_BYTES, Message, Metadata, Transcript,
    TranscriptEntry, check_magnet, to_json, write_transcript,
};
use crate::frame::{Body, BodyKind};
use crate::ids::MessageId;
use crate::ids::{hex, random_text};
use crate::introduce::{Company, Introduction, MAX_COMPANY_BYTES, MAX_INTRODUCTION_BYTES};
use crate::json;
use crate::talk::{Change, MAX_STATES_BYTES, Mark, States, read_receipt};

/// The longest payload of an action that carries a word or nothing.
pub const MAX_SMALL_BYTES: usize = 4 * 1024;
/// The longest message payload: the longest text with every unit escaped, and some.
pub const MAX_MESSAGE_BYTES: usize = 128 * 1024;
/// The longest metadata payload; a browser's has about 860 bytes.
pub const MAX_PEER_METADATA_BYTES: usize = 16 * 1024;
/// The longest payload with a magnet link in it.
pub const MAX_OFFER_BYTES: usize = 32 * 1024;
/// The longest renegotiation payload; with three streams a browser's has about 6 KB.
pub const MAX_SIGNAL_BYTES: usize = 128 * 1024;
/// The longest payload of an action nobody here knows. It is joined only to be ignored.
pub const MAX_UNKNOWN_BYTES: usize = 64 * 1024;
/// The longest session description or candidate inside a renegotiation.
pub const MAX_SDP_BYTES: usize = 96 * 1024;
/// The longest challenge or response we take in a handshake, in bytes. Browsers send 36 and 64.
pub const MAX_HANDSHAKE_BYTES: usize = 256;
/// The longest stream, track or announcement key we take, in bytes. Browsers send 20 and 36.
pub const MAX_MEDIA_ID_BYTES: usize = 256;

const CHALLENGE_LEN: usize = 36;

const HANDSHAKE_DATA: &str = "@_hsdata";
const HANDSHAKE_READY: &str = "@_hsready";
const LEAVE: &str = "@_leave";
const PING: &str = "@_ping";
const PONG: &str = "@_pong";
const SIGNAL: &str = "@_signal";
const STREAM: &str = "@_stream";
const TRACK: &str = "@_track";
const MESSAGE: &str = "g.0";
const DIRECT_MESSAGE: &str = "dm.0";
const INLINE_MEDIA: &str = "g.1";
const TRANSCRIPT: &str = "g.2";
const METADATA: &str = "g.3";
const AUDIO: &str = "g.4";
const VIDEO: &str = "g.5";
const SCREEN: &str = "g.6";
const FILE_OFFER: &str = "g.7";
const TYPING: &str = "g.8";
const DIRECT_TYPING: &str = "dm.8";
/// What only native peers say, see [`crate::native`].
const CHANGE: &str = "n.0";
const MARK: &str = "n.1";
const RECEIPT: &str = "n.2";
const STATES: &str = "n.3";
const COMPANY: &str = "n.4";
const INTRODUCTION: &str = "n.5";

const PLAYING: &str = "PLAYING";
const STOPPED: &str = "STOPPED";
const SHARING: &str = "SHARING";
const NOT_SHARING: &str = "NOT_SHARING";

/// How long a payload of this action may become while its chunks are joined.
pub fn size_limit(action: &str) -> usize {
    match action {
        HANDSHAKE_DATA | HANDSHAKE_READY | LEAVE | PING | PONG | STREAM | TRACK | AUDIO | VIDEO
        | SCREEN | TYPING | DIRECT_TYPING | MARK | RECEIPT => MAX_SMALL_BYTES,
        MESSAGE | DIRECT_MESSAGE | CHANGE => MAX_MESSAGE_BYTES,
        STATES => MAX_STATES_BYTES,
        COMPANY => MAX_COMPANY_BYTES,
        INTRODUCTION => MAX_INTRODUCTION_BYTES,
        INLINE_MEDIA | FILE_OFFER => MAX_OFFER_BYTES,
        METADATA => MAX_PEER_METADATA_BYTES,
        TRANSCRIPT => MAX_TRANSCRIPT_BYTES,
        SIGNAL => MAX_SIGNAL_BYTES,
        _ => MAX_UNKNOWN_BYTES,
    }
}

/// Everything peers say to each other on a data channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// A step of the handshake.
    HandshakeData(Handshake),
    /// The sender's part of the handshake has passed.
    HandshakeReady,
    /// The sender leaves the room.
    Leave,
    /// The sender asks for a pong.
    Ping,
    /// The answer to a ping.
    Pong,
    /// The sender wants the connection changed, or answers such a wish.
    Signal(Renegotiation),
    /// A line to the whole room.
    Message(Message),
    /// A line to us alone.
    DirectMessage(Message),
    /// Who the sender is.
    Metadata(Box<Metadata>),
    /// What was said before we came.
    Transcript(Vec<TranscriptEntry>),
    /// Whether the sender is writing to the room.
    Typing(bool),
    /// Whether the sender is writing to us.
    DirectTyping(bool),
    /// Pictures or sounds for the transcript.
    InlineMedia(InlineMedia),
    /// Files to fetch, or that there are none any more.
    FileOffer(Option<FileOffer>),
    /// Whether each of the sender's sounds is on, of those it names.
    Audio {
        /// The microphone.
        microphone: Option<bool>,
        /// The sound of a shared screen.
        screen_share: Option<bool>,
    },
    /// Whether the sender's camera is on.
    Video(bool),
    /// Whether the sender shares a screen.
    Screen(bool),
    /// A stream is about to be added.
    Stream(MediaAnnouncement),
    /// A track is about to be added or replaced.
    Track(MediaAnnouncement),
    /// The sender changes one of their lines.
    Change(Change),
    /// The sender puts an emoji on a line, or takes it away.
    Mark(Mark),
    /// Everything we said to the sender has come, up to this line.
    Receipt(MessageId),
    /// How the lines stand that the sender passed on.
    States(States),
    /// Who else is in the room.
    Company(Company),
    /// An offer or an answer that is passed on.
    Introduction(Introduction),
}

/// A step of the handshake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Handshake {
    /// Prove that you know the password.
    Challenge {
        /// What the proof must be over.
        c: String,
    },
    /// The proof.
    Response {
        /// The hash of challenge, password and names.
        h: String,
    },
    /// Something else, or something odd.
    Other,
}

/// A wish to change the connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renegotiation {
    /// What it is.
    pub kind: RenegotiationKind,
    /// The description, or the JSON text of a candidate.
    pub sdp: String,
}

/// What a renegotiation carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RenegotiationKind {
    /// A new description.
    Offer,
    /// The description that answers it.
    Answer,
    /// One more candidate.
    Candidate,
}

/// Files to fetch from a swarm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FileOffer {
    /// Where they are.
    #[serde(rename = "magnetURI")]
    pub magnet_uri: String,
    /// Whether all of them are also shown in the transcript.
    pub is_all_inline_media: bool,
}

/// What is said before media is added to the connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaAnnouncement {
    /// What tells this addition from every other.
    pub key: String,
    /// The stream's id.
    pub stream: Option<String>,
    /// The track's id; when a track is replaced, the old one's.
    pub track: Option<String>,
    /// What it shows or sounds.
    pub kind: Option<MediaKind>,
}

/// What a stream shows or sounds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MediaKind {
    /// A camera.
    Webcam,
    /// A microphone.
    Microphone,
    /// A screen, and perhaps its sound.
    ScreenShare,
    /// Something nobody here knows.
    Other(String),
}

/// Why a transmission is no action.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ActionError {
    /// Nobody here knows it. Others may: it is to be ignored.
    #[error("there is no action {name:?} here")]
    Unknown {
        /// Its name.
        name: String,
    },
    /// It is not what an action of its name is.
    #[error("{action} is malformed: {reason}")]
    Malformed {
        /// Its name.
        action: &'static str,
        /// What is wrong.
        reason: &'static str,
    },
    /// It is longer than we take.
    #[error("{action} is too long: {length}, at most {limit}")]
    TooLong {
        /// Its name.
        action: &'static str,
        /// How long it is: UTF-16 units of a text, bytes of anything else.
        length: usize,
        /// How long it may be.
        limit: usize,
    },
}

impl Action {
    /// Gives a transmission its meaning.
    pub fn parse(body: &Body) -> Result<Self, ActionError> {
        let name = known(&body.action).ok_or_else(|| ActionError::Unknown {
            name: body.action.clone(),
        })?;
        let limit = size_limit(name);
        if body.payload.len() > limit {
            return Err(ActionError::TooLong {
                action: name,
                length: body.payload.len(),
                limit,
            });
        }
        Self::read(name, body).map_err(|fault| match fault {
            Fault::Odd(reason) => ActionError::Malformed {
                action: name,
                reason,
            },
            Fault::TextTooLong { units } => ActionError::TooLong {
                action: name,
                length: units,
                limit: MAX_TEXT_UNITS_IN,
            },
        })
    }

    fn read(name: &'static str, body: &Body) -> Result<Self, Fault> {
        Ok(match name {
            HANDSHAKE_DATA => Self::HandshakeData(Handshake::read(body)),
            HANDSHAKE_READY => Self::HandshakeReady,
            LEAVE => Self::Leave,
            PING => Self::Ping,
            PONG => Self::Pong,
            SIGNAL => Self::Signal(Renegotiation::read(&value_of(body)?)?),
            STREAM => Self::Stream(MediaAnnouncement::read(&value_of(body)?)?),
            TRACK => Self::Track(MediaAnnouncement::read(&value_of(body)?)?),
            MESSAGE => Self::Message(Message::read(json_of(body)?)?),
            DIRECT_MESSAGE => Self::DirectMessage(Message::read(json_of(body)?)?),
            INLINE_MEDIA => Self::InlineMedia(InlineMedia::read(json_of(body)?)?),
            TRANSCRIPT => Self::Transcript(
                Transcript::parse(json_of(body)?)
                    .ok_or(Fault::Odd("it is no list"))?
                    .entries,
            ),
            METADATA => Self::Metadata(Box::new(Metadata::read(&value_of(body)?)?)),
            FILE_OFFER => Self::FileOffer(FileOffer::read(&value_of(body)?)?),
            AUDIO => {
                let value = value_of(body)?;
                Self::Audio {
                    microphone: json::text(&value, "microphone").and_then(playing),
                    screen_share: json::text(&value, "screen-share").and_then(playing),
                }
            }
            VIDEO => Self::Video(word(body, PLAYING, STOPPED)?),
            SCREEN => Self::Screen(word(body, SHARING, NOT_SHARING)?),
            TYPING => Self::Typing(read_typing(body)?),
            CHANGE => Self::Change(Change::read(&value_of(body)?)?),
            MARK => Self::Mark(Mark::read(&value_of(body)?)?),
            RECEIPT => Self::Receipt(read_receipt(&value_of(body)?)?),
            STATES => Self::States(States::read(&value_of(body)?)?),
            COMPANY => Self::Company(Company::read(&value_of(body)?)?),
            INTRODUCTION => Self::Introduction(Introduction::read(&value_of(body)?)?),
            // `known` lets no other name through.
            _ => Self::DirectTyping(read_typing(body)?),
        })
    }

    /// The transmission that says this.
    pub fn body(&self) -> Body {
        let (kind, payload) = match self {
            Self::HandshakeReady | Self::Leave | Self::Ping | Self::Pong => text(""),
            Self::HandshakeData(step) => json_text(&step.written()),
            Self::Signal(renegotiation) => json_text(&renegotiation.written()),
            Self::Message(message) | Self::DirectMessage(message) => json_text(message),
            Self::Metadata(metadata) => (BodyKind::Json, metadata.write()),
            Self::Transcript(entries) => (BodyKind::Json, write_transcript(entries)),
            Self::Typing(typing) | Self::DirectTyping(typing) => {
                json_text(&json!({ "isTyping": typing }))
            }
            Self::InlineMedia(media) => json_text(media),
            Self::FileOffer(offer) => json_text(offer),
            Self::Audio {
                microphone,
                screen_share,
            } => json_text(&AudioWritten {
                microphone: microphone.map(playing_word),
                screen_share: screen_share.map(playing_word),
            }),
            Self::Video(on) => text(playing_word(*on)),
            Self::Screen(on) => text(if *on { SHARING } else { NOT_SHARING }),
            Self::Stream(announcement) | Self::Track(announcement) => {
                json_text(&announcement.written())
            }
            Self::Change(change) => json_text(&change.written()),
            Self::Mark(mark) => json_text(&mark.written()),
            Self::Receipt(id) => json_text(&json!({ "upTo": id.as_str() })),
            Self::States(states) => (BodyKind::Json, states.write()),
            Self::Company(company) => json_text(&company.written()),
            Self::Introduction(introduction) => json_text(&introduction.written()),
        };
        Body {
            action: self.name().to_owned(),
            kind,
            payload,
            metadata: None,
        }
    }

    /// What it is called on the wire.
    pub fn name(&self) -> &'static str {
        match self {
            Self::HandshakeData(_) => HANDSHAKE_DATA,
            Self::HandshakeReady => HANDSHAKE_READY,
            Self::Leave => LEAVE,
            Self::Ping => PING,
            Self::Pong => PONG,
            Self::Signal(_) => SIGNAL,
            Self::Message(_) => MESSAGE,
            Self::DirectMessage(_) => DIRECT_MESSAGE,
            Self::Metadata(_) => METADATA,
            Self::Transcript(_) => TRANSCRIPT,
            Self::Typing(_) => TYPING,
            Self::DirectTyping(_) => DIRECT_TYPING,
            Self::InlineMedia(_) => INLINE_MEDIA,
            Self::FileOffer(_) => FILE_OFFER,
            Self::Audio { .. } => AUDIO,
            Self::Video(_) => VIDEO,
            Self::Screen(_) => SCREEN,
            Self::Stream(_) => STREAM,
            Self::Track(_) => TRACK,
            Self::Change(_) => CHANGE,
            Self::Mark(_) => MARK,
            Self::Receipt(_) => RECEIPT,
            Self::States(_) => STATES,
            Self::Company(_) => COMPANY,
            Self::Introduction(_) => INTRODUCTION,
        }
    }
}

/// The proof that we know the room's password.
pub fn challenge_response(challenge: &str, address: &RoomAddress) -> String {
    challenge_response_for(
        challenge,
        address.password(),
        address.origin.app_id().as_str(),
        address.name.as_str(),
    )
}

/// The proof that we know this password of this app's room.
pub fn challenge_response_for(challenge: &str, password: &str, app: &str, room: &str) -> String {
    hex(&Sha256::digest(format!(
        "{challenge}:{password}:{app}:{room}"
    )))
}

/// A fresh challenge.
pub fn random_challenge(rng: &mut impl RngCore) -> String {
    random_text(rng, CHALLENGE_LEN)
}

/// The name, if it is one of ours.
fn known(name: &str) -> Option<&'static str> {
    const KNOWN: [&str; 25] = [
        HANDSHAKE_DATA,
        HANDSHAKE_READY,
        LEAVE,
        PING,
        PONG,
        SIGNAL,
        STREAM,
        TRACK,
        MESSAGE,
        DIRECT_MESSAGE,
        INLINE_MEDIA,
        TRANSCRIPT,
        METADATA,
        AUDIO,
        VIDEO,
        SCREEN,
        FILE_OFFER,
        TYPING,
        DIRECT_TYPING,
        CHANGE,
        MARK,
        RECEIPT,
        STATES,
        COMPANY,
        INTRODUCTION,
    ];
    KNOWN.into_iter().find(|known| *known == name)
}

fn json_of(body: &Body) -> Result<&[u8], Fault> {
    if body.kind == BodyKind::Json {
        Ok(&body.payload)
    } else {
        Err(Fault::Odd("it was not sent as JSON"))
    }
}

fn value_of(body: &Body) -> Result<Value, Fault> {
    json::parse(json_of(body)?).ok_or(Fault::Odd("it is not JSON"))
}

/// A bare word that means yes or no.
fn word(body: &Body, yes: &str, no: &str) -> Result<bool, Fault> {
    match (body.kind, &*body.payload) {
        (BodyKind::Text, word) if word == yes.as_bytes() => Ok(true),
        (BodyKind::Text, word) if word == no.as_bytes() => Ok(false),
        _ => Err(Fault::Odd("it is none of the two words")),
    }
}

fn playing(word: &str) -> Option<bool> {
    match word {
        PLAYING => Some(true),
        STOPPED => Some(false),
        _ => None,
    }
}

fn playing_word(playing: bool) -> &'static str {
    if playing { PLAYING } else { STOPPED }
}

fn read_typing(body: &Body) -> Result<bool, Fault> {
    value_of(body)?
        .get("isTyping")
        .and_then(Value::as_bool)
        .ok_or(Fault::Odd("it does not say whether"))
}

fn text(text: &str) -> (BodyKind, Vec<u8>) {
    (BodyKind::Text, text.as_bytes().to_vec())
}

fn json_text(value: &impl Serialize) -> (BodyKind, Vec<u8>) {
    (BodyKind::Json, to_json(value))
}

/// A string under this key that is not too long.
fn short<'a>(value: &'a Value, key: &str, limit: usize) -> Option<&'a str> {
    json::text(value, key).filter(|text| text.len() <= limit)
}

#[derive(Serialize)]
struct HandshakeWritten<'a> {
    #[serde(rename = "__trystero_pw")]
    step: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    c: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    h: Option<&'a str>,
}

impl Handshake {
    /// Never fails: Trystero lets applications put anything here.
    fn read(body: &Body) -> Self {
        let Ok(value) = value_of(body) else {
            return Self::Other;
        };
        let part = |key| short(&value, key, MAX_HANDSHAKE_BYTES).map(str::to_owned);
        match json::text(&value, "__trystero_pw") {
            Some("challenge") => part("c").map_or(Self::Other, |c| Self::Challenge { c }),
            Some("response") => part("h").map_or(Self::Other, |h| Self::Response { h }),
            _ => Self::Other,
        }
    }

    /// `Other` is written as JSON `null`: there, and saying nothing.
    fn written(&self) -> Option<HandshakeWritten<'_>> {
        match self {
            Self::Challenge { c } => Some(HandshakeWritten {
                step: "challenge",
                c: Some(c),
                h: None,
            }),
            Self::Response { h } => Some(HandshakeWritten {
                step: "response",
                c: None,
                h: Some(h),
            }),
            Self::Other => None,
        }
    }
}

#[derive(Serialize)]
struct RenegotiationWritten<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    sdp: &'a str,
}

impl Renegotiation {
    fn read(value: &Value) -> Result<Self, Fault> {
        let kind = match json::text(value, "type") {
            Some("offer") => RenegotiationKind::Offer,
            Some("answer") => RenegotiationKind::Answer,
            Some("candidate") => RenegotiationKind::Candidate,
            _ => return Err(Fault::Odd("it is neither offer nor answer nor candidate")),
        };
        let sdp = short(value, "sdp", MAX_SDP_BYTES)
            .ok_or(Fault::Odd("its description is missing or too long"))?;
        Ok(Self {
            kind,
            sdp: sdp.to_owned(),
        })
    }

    fn written(&self) -> RenegotiationWritten<'_> {
        RenegotiationWritten {
            kind: match self.kind {
                RenegotiationKind::Offer => "offer",
                RenegotiationKind::Answer => "answer",
                RenegotiationKind::Candidate => "candidate",
            },
            sdp: &self.sdp,
        }
    }
}

impl FileOffer {
    fn read(value: &Value) -> Result<Option<Self>, Fault> {
        if value.is_null() {
            return Ok(None);
        }
        let magnet_uri =
            json::text(value, "magnetURI").ok_or(Fault::Odd("it has no magnet link"))?;
        check_magnet(magnet_uri)?;
        Ok(Some(Self {
            magnet_uri: magnet_uri.to_owned(),
            is_all_inline_media: value
                .get("isAllInlineMedia")
                .and_then(Value::as_bool)
                .unwrap_or(false),
        }))
    }
}

#[derive(Serialize)]
struct AudioWritten {
    #[serde(skip_serializing_if = "Option::is_none")]
    microphone: Option<&'static str>,
    #[serde(rename = "screen-share", skip_serializing_if = "Option::is_none")]
    screen_share: Option<&'static str>,
}

#[derive(Serialize)]
struct AnnouncementWritten<'a> {
    k: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    s: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    t: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    m: Option<KindWritten<'a>>,
}

#[derive(Serialize)]
struct KindWritten<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
}

impl MediaAnnouncement {
    fn read(value: &Value) -> Result<Self, Fault> {
        let part = |key| short(value, key, MAX_MEDIA_ID_BYTES).map(str::to_owned);
        Ok(Self {
            key: part("k").ok_or(Fault::Odd("it has no key"))?,
            stream: part("s"),
            track: part("t"),
            kind: value
                .get("m")
                .and_then(|kind| short(kind, "type", MAX_MEDIA_ID_BYTES))
                .map(MediaKind::named),
        })
    }

    fn written(&self) -> AnnouncementWritten<'_> {
        AnnouncementWritten {
            k: &self.key,
            s: self.stream.as_deref(),
            t: self.track.as_deref(),
            m: self
                .kind
                .as_ref()
                .map(|kind| KindWritten { kind: kind.name() }),
        }
    }
}

impl MediaKind {
    /// What it is called on the wire.
    pub fn name(&self) -> &str {
        match self {
            Self::Webcam => "WEBCAM",
            Self::Microphone => "MICROPHONE",
            Self::ScreenShare => "SCREEN_SHARE",
            Self::Other(name) => name,
        }
    }

    fn named(name: &str) -> Self {
        match name {
            "WEBCAM" => Self::Webcam,
            "MICROPHONE" => Self::Microphone,
            "SCREEN_SHARE" => Self::ScreenShare,
            other => Self::Other(other.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::{MAX_MAGNET_BYTES, MAX_TEXT_UNITS, TranscriptItem};
    use crate::ids::{MessageId, UserId};
    use crate::native::Native;
    use crate::talk::{Changed, Emoji, LineName, LineState};

    #[test]
    fn everything_we_can_say_is_understood_as_it_was_meant() {
        for action in all() {
            let body = action.body();

            assert_eq!(body.action, action.name());
            assert!(body.payload.len() <= size_limit(action.name()));
            assert_eq!(Action::parse(&body), Ok(action));
        }
    }

    #[test]
    fn what_nobody_here_knows_is_unknown_and_not_malformed() {
        for name in ["g.9", "dm.1", "dm.3", "@_response", "g.", "G.0", "x"] {
            let body = Body {
                action: name.to_owned(),
                ..Action::Ping.body()
            };
            assert_eq!(
                Action::parse(&body),
                Err(ActionError::Unknown {
                    name: name.to_owned()
                })
            );
        }
    }

    #[test]
    fn the_longest_text_is_taken_and_one_unit_more_is_not() {
        for (action, units) in [
            (MESSAGE, MAX_TEXT_UNITS),
            (DIRECT_MESSAGE, MAX_TEXT_UNITS_IN),
        ] {
            assert!(Action::parse(&message(action, &"x".repeat(units))).is_ok());
            // An emoji is two units, and six bytes each when it is escaped.
            assert!(Action::parse(&message(action, &"🙂".repeat(units / 2))).is_ok());
        }
        assert_eq!(
            Action::parse(&message(MESSAGE, &"🙂".repeat(5_001))),
            Err(ActionError::TooLong {
                action: MESSAGE,
                length: 10_002,
                limit: MAX_TEXT_UNITS_IN
            })
        );
    }

    #[test]
    fn a_payload_over_its_limit_is_not_even_looked_at() {
        let body = Body {
            payload: vec![b' '; MAX_SMALL_BYTES + 1],
            ..Action::Typing(true).body()
        };

        assert_eq!(
            Action::parse(&body),
            Err(ActionError::TooLong {
                action: TYPING,
                length: MAX_SMALL_BYTES + 1,
                limit: MAX_SMALL_BYTES
            })
        );
    }

    #[test]
    fn any_number_is_a_time_and_anything_else_is_none() {
        let sent = |time: &str| {
            let text = format!(r#"{{"authorId":"a","text":"","timeSent":{time},"id":"i"}}"#);
            match Action::parse(&json_body(MESSAGE, &text)) {
                Ok(Action::Message(message)) => Some(message.time_sent),
                _ => None,
            }
        };

        assert_eq!(sent("1795359092883"), Some(1_795_359_092_883));
        assert_eq!(sent("1.5"), Some(1));
        assert_eq!(sent("-3"), Some(-3));
        assert_eq!(sent("1e300"), Some(8_640_000_000_000_000));
        assert_eq!(sent("18446744073709551615"), Some(8_640_000_000_000_000));
        for odd in ["null", "\"1\"", "[]", "true", "1e999"] {
            assert_eq!(sent(odd), None, "{odd}");
        }
    }

    #[test]
    fn malformed_payloads_are_refused_whatever_they_hold() {
        let deep = "[".repeat(2_000);
        for name in [
            SIGNAL,
            STREAM,
            TRACK,
            MESSAGE,
            DIRECT_MESSAGE,
            INLINE_MEDIA,
            TRANSCRIPT,
            METADATA,
            TYPING,
            DIRECT_TYPING,
            FILE_OFFER,
            CHANGE,
            MARK,
            RECEIPT,
            STATES,
            COMPANY,
            INTRODUCTION,
        ] {
            for text in [
                "",
                "{",
                "5",
                "\"x\"",
                "{}",
                "[[[",
                &deep,
                "{\"k\":5,\"isTyping\":1}",
                "\u{0}",
            ] {
                assert!(
                    matches!(Action::parse(&json_body(name, text)), Err(ActionError::Malformed { action, .. }) if action == name),
                    "{name} {text}"
                );
            }
            let bytes = Body {
                payload: vec![0xff, 0xfe],
                ..json_body(name, "")
            };
            assert!(matches!(
                Action::parse(&bytes),
                Err(ActionError::Malformed { .. })
            ));
            let text = Body {
                kind: BodyKind::Text,
                ..json_body(name, "[]")
            };
            assert!(matches!(
                Action::parse(&text),
                Err(ActionError::Malformed { .. })
            ));
        }
        for name in [VIDEO, SCREEN] {
            for kind in [BodyKind::Text, BodyKind::Json, BodyKind::Binary] {
                let body = Body {
                    kind,
                    ..json_body(name, "playing")
                };
                assert!(matches!(
                    Action::parse(&body),
                    Err(ActionError::Malformed { .. })
                ));
            }
        }
    }

    #[test]
    fn an_odd_step_of_the_handshake_is_some_other_step() {
        let long = format!(
            r#"{{"__trystero_pw":"challenge","c":"{}"}}"#,
            "x".repeat(257)
        );
        for text in [
            "",
            "null",
            "[]",
            r#"{"__trystero_pw":"challenge"}"#,
            r#"{"__trystero_pw":"response","h":5}"#,
            &long,
        ] {
            assert_eq!(
                Action::parse(&json_body(HANDSHAKE_DATA, text)),
                Ok(Action::HandshakeData(Handshake::Other)),
                "{text}"
            );
        }
    }

    #[test]
    fn sounds_nobody_knows_are_ignored() {
        for (text, microphone, screen_share) in [
            (r#"{"microphone":"PLAYING"}"#, Some(true), None),
            (
                r#"{"screen-share":"STOPPED","drum":"PLAYING"}"#,
                None,
                Some(false),
            ),
            (r#"{"microphone":"LOUD"}"#, None, None),
            ("5", None, None),
        ] {
            assert_eq!(
                Action::parse(&json_body(AUDIO, text)),
                Ok(Action::Audio {
                    microphone,
                    screen_share
                })
            );
        }
    }

    #[test]
    fn magnet_links_are_magnet_links_and_short() {
        let offer = |magnet: &str| {
            let text = json!({ "magnetURI": magnet }).to_string();
            Action::parse(&json_body(FILE_OFFER, &text))
        };

        assert_eq!(
            offer("magnet:?xt=urn:btih:0"),
            Ok(Action::FileOffer(Some(FileOffer {
                magnet_uri: "magnet:?xt=urn:btih:0".to_owned(),
                is_all_inline_media: false
            })))
        );
        assert!(offer("https://elsewhere").is_err());
        assert!(offer("magnet:?\n").is_err());
        assert!(offer(&format!("magnet:?{}", "x".repeat(MAX_MAGNET_BYTES))).is_err());
    }

    #[test]
    fn half_an_emoji_does_not_cost_the_message() {
        let text = r#"{"authorId":"a","text":"oh \ud83d","timeSent":1,"id":"i"}"#;

        let read = Action::parse(&json_body(MESSAGE, text)).expect("a message");
        assert!(matches!(read, Action::Message(message) if message.text == "oh \u{fffd}"));
    }

    fn all() -> Vec<Action> {
        let author_id = UserId::parse("dd10555f-3dc0-440f-909e-30fcb914b8d9").expect("an id");
        let message = Message {
            author_id: author_id.clone(),
            text: "**é** \"🙂\"\n\u{1f}\u{2028}\\".to_owned(),
            time_sent: 1_795_359_093_311,
            id: MessageId::parse("39046d2f-e595-4db8-8273-5d84e51c2290").expect("an id"),
            reply_to: None,
        };
        let line = LineName {
            author_id: author_id.clone(),
            id: message.id.clone(),
        };
        let answer = Message {
            reply_to: Some(line.clone()),
            ..message.clone()
        };
        let emoji = Emoji::parse("👍").expect("an emoji");
        let media = InlineMedia {
            author_id: author_id.clone(),
            magnet_uri: "magnet:?xt=urn:btih:a8e8&dn=pic.png".to_owned(),
            time_sent: -1,
            id: message.id.clone(),
        };
        let announcement = MediaAnnouncement {
            key: "k".to_owned(),
            stream: Some("s".to_owned()),
            track: None,
            kind: Some(MediaKind::Webcam),
        };
        let mut all = vec![
            Action::HandshakeData(Handshake::Challenge { c: "c".to_owned() }),
            Action::HandshakeData(Handshake::Response { h: "h".to_owned() }),
            Action::HandshakeData(Handshake::Other),
            Action::HandshakeReady,
            Action::Leave,
            Action::Ping,
            Action::Pong,
            Action::Message(message.clone()),
            Action::DirectMessage(message.clone()),
            Action::Message(answer.clone()),
            Action::DirectMessage(answer),
            Action::Receipt(message.id.clone()),
            Action::States(States::default()),
            Action::InlineMedia(media.clone()),
            Action::Transcript(Vec::new()),
            Action::Transcript(vec![
                TranscriptEntry {
                    entry: TranscriptItem::Message(message),
                    time_received: Some(5),
                },
                TranscriptEntry {
                    entry: TranscriptItem::InlineMedia(media),
                    time_received: None,
                },
            ]),
            Action::FileOffer(None),
            Action::FileOffer(Some(FileOffer {
                magnet_uri: "magnet:?xt=1".to_owned(),
                is_all_inline_media: true,
            })),
            Action::Audio {
                microphone: Some(true),
                screen_share: Some(false),
            },
            Action::Stream(announcement.clone()),
            Action::Track(MediaAnnouncement {
                track: Some("t".to_owned()),
                kind: None,
                ..announcement
            }),
        ];
        for kind in [
            RenegotiationKind::Offer,
            RenegotiationKind::Answer,
            RenegotiationKind::Candidate,
        ] {
            all.push(Action::Signal(Renegotiation {
                kind,
                sdp: "v=0\r\n".to_owned(),
            }));
        }
        for on in [true, false] {
            all.extend([
                Action::Change(Change {
                    id: line.id.clone(),
                    direct: on,
                    what: Changed::Text("**é**".to_owned()),
                }),
                Action::Change(Change {
                    id: line.id.clone(),
                    direct: on,
                    what: Changed::Gone,
                }),
                Action::Mark(Mark {
                    line: line.clone(),
                    direct: !on,
                    emoji: emoji.clone(),
                    on,
                }),
                Action::States(States {
                    direct: on,
                    lines: vec![LineState {
                        line: line.clone(),
                        reply_to: on.then(|| line.clone()),
                        text: (!on).then(|| "else".to_owned()),
                        gone: on,
                        marks: vec![(emoji.clone(), vec![author_id.clone()])],
                    }],
                }),
                Action::Typing(on),
                Action::DirectTyping(on),
                Action::Video(on),
                Action::Screen(on),
            ]);
        }
        for native in [None, Some(Native::ours())] {
            all.push(Action::Metadata(Box::new(Metadata {
                user_id: author_id.clone(),
                custom_name: "Ada".to_owned(),
                public_key: "key".to_owned(),
                signature: "signature".to_owned(),
                native,
            })));
        }
        all
    }

    fn message(action: &str, text: &str) -> Body {
        let text = json!({ "authorId": "a", "text": text, "timeSent": 1, "id": "i" }).to_string();
        json_body(action, &text)
    }

    fn json_body(action: &str, text: &str) -> Body {
        Body {
            action: action.to_owned(),
            kind: BodyKind::Json,
            payload: text.as_bytes().to_vec(),
            metadata: None,
        }
    }
}
