//! What a finished transmission means: the named actions of Trystero (`@_…`) and of Chitchatter
//! (`g.…` to the whole room, `dm.…` to one peer), and those native peers have among themselves
//! (`n.…`).

mod handshake;
mod limits;
mod media;

use serde::Serialize;
use serde_json::{Value, json};

use crate::chat::{
    Fault, InlineMedia, MAX_TEXT_UNITS_IN, Message, Metadata, Transcript, TranscriptEntry, to_json,
    write_transcript,
};
use crate::frame::{Body, BodyKind};
use crate::ids::MessageId;
use crate::introduce::{Company, Introduction};
use crate::json;
use crate::proof::{Nonce, read_proof};
use crate::share::{Holding, OfferName, Share, TransferSignal, read_unshare};
use crate::talk::{Change, Mark, States, read_receipt};

pub use handshake::{Handshake, challenge_response, challenge_response_for, random_challenge};
pub use limits::{
    MAX_HANDSHAKE_BYTES, MAX_MEDIA_ID_BYTES, MAX_MESSAGE_BYTES, MAX_OFFER_BYTES,
    MAX_PEER_METADATA_BYTES, MAX_SDP_BYTES, MAX_SIGNAL_BYTES, MAX_SMALL_BYTES, MAX_UNKNOWN_BYTES,
    size_limit,
};
pub use media::{FileOffer, MediaAnnouncement, MediaKind, Renegotiation, RenegotiationKind};

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
const CHALLENGE: &str = "n.6";
const PROOF: &str = "n.7";
const SHARE: &str = "n.8";
const UNSHARE: &str = "n.9";
const HOLDING: &str = "n.10";
const TRANSFER_SIGNAL: &str = "n.11";

const PLAYING: &str = "PLAYING";
const STOPPED: &str = "STOPPED";
const SHARING: &str = "SHARING";
const NOT_SHARING: &str = "NOT_SHARING";

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
    /// The sender asks for a proof that we hold our key.
    Challenge(Nonce),
    /// The sender proves that it holds its key: a signature of a [`Claim`](crate::Claim).
    Proof(String),
    /// The sender offers files to native peers.
    Share(Box<Share>),
    /// The sender no longer offers them.
    Unshare(OfferName),
    /// How much of an offer the sender has by now.
    Holding(Holding),
    /// The sender wants a connection for the bytes of an offer, or answers such a wish.
    TransferSignal(TransferSignal),
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
            CHALLENGE => Self::Challenge(Nonce::read(&value_of(body)?)?),
            PROOF => Self::Proof(read_proof(&value_of(body)?)?),
            SHARE => Self::Share(Box::new(Share::read(&value_of(body)?)?)),
            UNSHARE => Self::Unshare(read_unshare(&value_of(body)?)?),
            HOLDING => Self::Holding(Holding::read(&value_of(body)?)?),
            TRANSFER_SIGNAL => Self::TransferSignal(TransferSignal::read(&value_of(body)?)?),
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
            Self::Challenge(nonce) => json_text(&json!({ "nonce": nonce.to_text() })),
            Self::Proof(signature) => json_text(&json!({ "signature": signature })),
            Self::Share(share) => json_text(&share.written()),
            Self::Unshare(offer) => json_text(&json!({ "offer": offer.to_string() })),
            Self::Holding(holding) => json_text(&holding.written()),
            Self::TransferSignal(signal) => json_text(&signal.written()),
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
            Self::Challenge(_) => CHALLENGE,
            Self::Proof(_) => PROOF,
            Self::Share(_) => SHARE,
            Self::Unshare(_) => UNSHARE,
            Self::Holding(_) => HOLDING,
            Self::TransferSignal(_) => TRANSFER_SIGNAL,
        }
    }
}

/// The name, if it is one of ours.
fn known(name: &str) -> Option<&'static str> {
    const KNOWN: [&str; 31] = [
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
        CHALLENGE,
        PROOF,
        SHARE,
        UNSHARE,
        HOLDING,
        TRANSFER_SIGNAL,
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
struct AudioWritten {
    #[serde(skip_serializing_if = "Option::is_none")]
    microphone: Option<&'static str>,
    #[serde(rename = "screen-share", skip_serializing_if = "Option::is_none")]
    screen_share: Option<&'static str>,
}

#[cfg(test)]
mod tests;
