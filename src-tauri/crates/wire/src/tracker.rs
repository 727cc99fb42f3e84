//! What we say to WebTorrent trackers and what they say to us: one JSON object a message.
//!
//! Both sides of the file-sharing world speak on the same sockets, with ids that are raw bytes. Their
//! messages parse, and carry nothing for us.

use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

use crate::ids::{InfoHash, OfferId, PeerId};
use crate::json;
use crate::seal::MAX_SEALED_BYTES;

/// The longest tracker message we read. One offer is some 2 KB; leave room for big descriptions.
pub const MAX_TRACKER_MESSAGE: usize = 128 * 1024;
/// The longest failure or warning we keep, in characters: a sentence, not a page.
pub const MAX_REASON_CHARS: usize = 200;
/// The longest announce period a tracker can ask for. Longer is as good as never.
pub const MAX_INTERVAL: Duration = Duration::from_secs(24 * 60 * 60);

/// What a client says to a tracker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ToTracker {
    /// We are in this swarm, and here are offers for those already in it. May carry no offers.
    Offers {
        /// The swarm.
        info_hash: InfoHash,
        /// Ourselves.
        peer_id: PeerId,
        /// How many peers shall get an offer.
        numwant: u32,
        /// Each offer's id and sealed description.
        offers: Vec<(OfferId, String)>,
    },
    /// An answer to somebody's offer.
    Answer {
        /// The swarm.
        info_hash: InfoHash,
        /// Ourselves.
        peer_id: PeerId,
        /// Who made the offer.
        to: PeerId,
        /// Which offer.
        offer_id: OfferId,
        /// The sealed description.
        sealed: String,
    },
    /// We have left this swarm.
    Stopped {
        /// The swarm.
        info_hash: InfoHash,
        /// Ourselves.
        peer_id: PeerId,
    },
}

impl ToTracker {
    /// The message as Trystero writes it, to the order of its fields. Some trackers take exactly
    /// these fields and no others.
    pub fn to_json(&self) -> String {
        let announce = match self {
            Self::Offers {
                info_hash,
                peer_id,
                numwant,
                offers,
            } => Announce {
                numwant: Some(*numwant),
                offers: Some(offers.iter().map(WrittenOffer::new).collect()),
                ..Announce::new(info_hash, peer_id)
            },
            Self::Answer {
                info_hash,
                peer_id,
                to,
                offer_id,
                sealed,
            } => Announce {
                answer: Some(Description {
                    kind: "answer",
                    sdp: sealed,
                }),
                offer_id: Some(offer_id.as_str()),
                to_peer_id: Some(to.as_str()),
                ..Announce::new(info_hash, peer_id)
            },
            Self::Stopped { info_hash, peer_id } => Announce {
                event: Some("stopped"),
                ..Announce::new(info_hash, peer_id)
            },
        };
        // Strings and numbers only: this cannot fail.
        serde_json::to_string(&announce).unwrap_or_default()
    }
}

#[derive(Serialize)]
struct Announce<'a> {
    action: &'static str,
    info_hash: &'a str,
    peer_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    numwant: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    offers: Option<Vec<WrittenOffer<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<Description<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    offer_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to_peer_id: Option<&'a str>,
}

impl<'a> Announce<'a> {
    fn new(info_hash: &'a InfoHash, peer_id: &'a PeerId) -> Self {
        Self {
            action: "announce",
            info_hash: info_hash.as_str(),
            peer_id: peer_id.as_str(),
            event: None,
            numwant: None,
            offers: None,
            answer: None,
            offer_id: None,
            to_peer_id: None,
        }
    }
}

#[derive(Serialize)]
struct WrittenOffer<'a> {
    offer_id: &'a str,
    offer: Description<'a>,
}

impl<'a> WrittenOffer<'a> {
    fn new((offer_id, sealed): &'a (OfferId, String)) -> Self {
        Self {
            offer_id: offer_id.as_str(),
            offer: Description {
                kind: "offer",
                sdp: sealed,
            },
        }
    }
}

#[derive(Serialize)]
struct Description<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    sdp: &'a str,
}

/// What a tracker said. Fields it left out, and fields that are not what they should be, are `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FromTracker {
    /// Why it refused what we said.
    pub failure: Option<String>,
    /// Something it wants known.
    pub warning: Option<String>,
    /// How often it wants to be told that we are still there.
    pub interval: Option<Duration>,
    /// The swarm this is about. `None` also when it is about a swarm of the file-sharing world.
    pub info_hash: Option<InfoHash>,
    /// How many peers are in the swarm.
    pub swarm: Option<u32>,
    /// What another peer had it pass on. `None` also when that was not for a room.
    pub signal: Option<TrackerSignal>,
}

/// What another peer had a tracker pass on to us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrackerSignal {
    /// Who sent it.
    pub from: PeerId,
    /// Which offer it is, or answers.
    pub offer_id: OfferId,
    /// Whether it offers or answers.
    pub kind: SignalKind,
    /// The sealed description.
    pub sealed: String,
}

/// The two halves of making a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SignalKind {
    /// A peer proposes a connection.
    Offer,
    /// A peer accepts our proposal.
    Answer,
}

/// Why a tracker's message cannot be read at all. What other peers had it pass on is never a
/// reason: that is not the tracker's fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrackerMessageError {
    /// It is longer than we take.
    #[error("the tracker's message is too long")]
    TooLong,
    /// It is not JSON.
    #[error("the tracker's message is not JSON")]
    NotJson,
    /// It is JSON, but no object.
    #[error("the tracker's message is not an object")]
    NotAnObject,
}

impl FromTracker {
    /// Reads one text message.
    pub fn parse(text: &str) -> Result<Self, TrackerMessageError> {
        if text.len() > MAX_TRACKER_MESSAGE {
            return Err(TrackerMessageError::TooLong);
        }
        let value: Value = json::parse(text.as_bytes()).ok_or(TrackerMessageError::NotJson)?;
        if !value.is_object() {
            return Err(TrackerMessageError::NotAnObject);
        }

        let info_hash = json::text(&value, "info_hash").and_then(|text| InfoHash::parse(text).ok());
        let failure = reason(&value, "failure reason");
        // A refusal says nothing else, whatever stands beside it.
        let signal = match (&failure, info_hash) {
            (None, Some(_)) => TrackerSignal::find(&value),
            _ => None,
        };
        Ok(Self {
            warning: reason(&value, "warning message"),
            interval: value
                .get("interval")
                .and_then(Value::as_f64)
                .and_then(interval),
            swarm: swarm(&value),
            failure,
            info_hash,
            signal,
        })
    }
}

impl TrackerSignal {
    fn find(value: &Value) -> Option<Self> {
        let (kind, description) = match (value.get("offer"), value.get("answer")) {
            (Some(offer), _) => (SignalKind::Offer, offer),
            (None, Some(answer)) => (SignalKind::Answer, answer),
            (None, None) => return None,
        };
        let sealed = json::text(description, "sdp")?;
        if sealed.is_empty() || sealed.len() > MAX_SEALED_BYTES {
            return None;
        }
        Some(Self {
            from: PeerId::parse(json::text(value, "peer_id")?).ok()?,
            offer_id: OfferId::parse(json::text(value, "offer_id")?).ok()?,
            kind,
            sealed: sealed.to_owned(),
        })
    }
}

/// A tracker's own words, shortened and on one line; words that are no text still count.
fn reason(value: &Value, key: &str) -> Option<String> {
    let written = match value.get(key)? {
        Value::Null => return None,
        Value::String(text) => text.as_str(),
        _ => "(no words)",
    };
    let shown = |char: char| if char.is_control() { ' ' } else { char };
    Some(written.chars().map(shown).take(MAX_REASON_CHARS).collect())
}

fn interval(seconds: f64) -> Option<Duration> {
    let seconds = seconds.min(MAX_INTERVAL.as_secs_f64());
    if seconds > 0.0 {
        Duration::try_from_secs_f64(seconds).ok()
    } else {
        None
    }
}

fn swarm(value: &Value) -> Option<u32> {
    let count = |key| {
        let count = value.get(key)?.as_f64()?;
        // Casting saturates, so a boast of a trillion peers is merely a large number.
        (count >= 0.0).then_some(count as u32)
    };
    match (count("complete"), count("incomplete")) {
        (None, None) => None,
        (complete, incomplete) => Some(
            complete
                .unwrap_or(0)
                .saturating_add(incomplete.unwrap_or(0)),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "725f285p2e14c273x6l2";

    #[test]
    fn an_announcement_without_offers_still_has_the_list() {
        let message = ToTracker::Offers {
            info_hash: InfoHash::parse(HASH).expect("a hash"),
            peer_id: PeerId::parse("00000000000000000000").expect("an id"),
            numwant: 3,
            offers: Vec::new(),
        };

        assert_eq!(
            message.to_json(),
            r#"{"action":"announce","info_hash":"725f285p2e14c273x6l2","peer_id":"00000000000000000000","numwant":3,"offers":[]}"#
        );
    }

    #[test]
    fn leaving_is_one_announcement_that_says_stopped() {
        let message = ToTracker::Stopped {
            info_hash: InfoHash::parse(HASH).expect("a hash"),
            peer_id: PeerId::parse("00000000000000000000").expect("an id"),
        };

        assert_eq!(
            message.to_json(),
            r#"{"action":"announce","info_hash":"725f285p2e14c273x6l2","peer_id":"00000000000000000000","event":"stopped"}"#
        );
    }

    #[test]
    fn a_refusal_says_nothing_else() {
        let read = FromTracker::parse(
            r#"{"failure reason":"no\nroom","info_hash":"725f285p2e14c273x6l2","offer":{"sdp":"x"},"peer_id":"00000000000000000000","offer_id":"00000000000000000000"}"#,
        )
        .expect("a message");

        assert_eq!(read.failure.as_deref(), Some("no room"));
        assert_eq!(read.signal, None);
    }

    #[test]
    fn numbers_from_a_tracker_are_bounded() {
        let read = FromTracker::parse(
            r#"{"interval":1e99,"complete":1e99,"incomplete":4294967295,"warning message":{}}"#,
        )
        .expect("a message");

        assert_eq!(read.interval, Some(MAX_INTERVAL));
        assert_eq!(read.swarm, Some(u32::MAX));
        assert_eq!(read.warning.as_deref(), Some("(no words)"));

        let read = FromTracker::parse(r#"{"interval":-1,"complete":-1,"failure reason":null}"#)
            .expect("a message");
        assert_eq!(read, FromTracker::default());

        let long = format!(r#"{{"failure reason":"{}"}}"#, "é".repeat(5_000));
        let read = FromTracker::parse(&long).expect("a message");
        assert_eq!(read.failure.map(|text| text.chars().count()), Some(200));
    }

    #[test]
    fn a_signal_that_lacks_something_is_no_signal_and_no_fault_of_the_tracker() {
        let whole = r#"{"info_hash":"725f285p2e14c273x6l2","offer":{"type":"offer","sdp":"x"},"peer_id":"00000000000000000000","offer_id":"11111111111111111111"}"#;
        assert!(
            FromTracker::parse(whole)
                .expect("a message")
                .signal
                .is_some()
        );

        for (part, other) in [
            (HASH, "\u{fa}25f285p2e14c273x6l2"),
            (r#""sdp":"x""#, r#""sdp":"""#),
            (r#""sdp":"x""#, r#""sdp":5"#),
            (r#"{"type":"offer","sdp":"x"}"#, r#""x""#),
            ("0000", "\u{7f}000"),
            (r#""11111111111111111111""#, "null"),
        ] {
            let read = FromTracker::parse(&whole.replacen(part, other, 1)).expect("a message");
            assert_eq!(read.signal, None, "{other}");
        }
    }

    #[test]
    fn what_is_no_object_is_refused() {
        assert_eq!(FromTracker::parse("x"), Err(TrackerMessageError::NotJson));
        assert_eq!(
            FromTracker::parse("[]"),
            Err(TrackerMessageError::NotAnObject)
        );
        let long = " ".repeat(MAX_TRACKER_MESSAGE) + "{}";
        assert_eq!(FromTracker::parse(&long), Err(TrackerMessageError::TooLong));
    }
}
