//! What trackers hear and say of a torrent: one JSON object a message (protocol/chitchatter §9.4).
//!
//! Rooms speak on the same sockets with printable ids (`wire::tracker`); here ids are raw bytes, each
//! written as one character. A message of a room parses and carries nothing for us.

use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

use super::ids::{Hash, OfferId, PeerId};
use crate::limits::{MAX_INTERVAL, MAX_REASON_CHARS, MAX_SDP_BYTES, MAX_TRACKER_MESSAGE_BYTES};

/// How many offers go with one announcement, as browsers have it.
pub const OFFERS: usize = 5;
/// How often browsers announce until a tracker says otherwise.
pub const DEFAULT_INTERVAL: Duration = Duration::from_secs(30);
/// How long an offer is held, as browsers have it.
pub const OFFER_LIFETIME: Duration = Duration::from_secs(50);
/// What browsers say they want of peers when they bring no offers.
const NUMWANT_WITHOUT_OFFERS: usize = 50;

/// What has been moved so far; trackers keep count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moved {
    /// Bytes given.
    pub uploaded: u64,
    /// Bytes had.
    pub downloaded: u64,
    /// Bytes missing; `None` while that is not known.
    pub left: Option<u64>,
}

/// What a client says to a tracker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToTracker {
    /// Which torrent.
    pub info_hash: Hash,
    /// Who says it.
    pub peer_id: PeerId,
    /// What it says.
    pub said: Said,
}

/// The things a client can say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// We are here, and these are offers for others who are. The first time, `is_first`.
    Offers {
        /// What has been moved.
        moved: Moved,
        /// Whether this tracker hears of us for the first time.
        is_first: bool,
        /// Each offer with its description; descriptions are whole, nothing trickles.
        offers: Vec<(OfferId, String)>,
    },
    /// We have all of it.
    Completed(Moved),
    /// We are gone.
    Stopped(Moved),
    /// An answer to somebody's offer.
    Answer {
        /// Who offered.
        to: PeerId,
        /// Which offer.
        offer_id: OfferId,
        /// The description.
        sdp: String,
    },
}

impl ToTracker {
    /// The message as a browser writes it, to the order of its fields.
    #[must_use]
    pub fn to_json(&self) -> String {
        let about = About {
            action: "announce",
            info_hash: self.info_hash.to_latin1(),
            peer_id: self.peer_id.to_latin1(),
        };
        let counted = |moved: &Moved, event, numwant| Counted {
            numwant,
            uploaded: moved.uploaded,
            downloaded: moved.downloaded,
            left: moved.left,
            event,
        };
        let written = match &self.said {
            Said::Offers {
                moved,
                is_first,
                offers,
            } => {
                let offers: Vec<_> = offers.iter().take(OFFERS).collect();
                serde_json::to_string(&Announcement {
                    counted: counted(moved, is_first.then_some("started"), offers.len()),
                    about,
                    offers: Some(
                        offers
                            .into_iter()
                            .map(|(id, sdp)| WrittenOffer {
                                offer: Description { kind: "offer", sdp },
                                offer_id: id.to_latin1(),
                            })
                            .collect(),
                    ),
                })
            }
            Said::Completed(moved) => serde_json::to_string(&Announcement {
                counted: counted(moved, Some("completed"), NUMWANT_WITHOUT_OFFERS),
                about,
                offers: None,
            }),
            Said::Stopped(moved) => serde_json::to_string(&Announcement {
                counted: counted(moved, Some("stopped"), NUMWANT_WITHOUT_OFFERS),
                about,
                offers: None,
            }),
            Said::Answer { to, offer_id, sdp } => serde_json::to_string(&WrittenAnswer {
                about,
                to_peer_id: to.to_latin1(),
                answer: Description {
                    kind: "answer",
                    sdp,
                },
                offer_id: offer_id.to_latin1(),
            }),
        };
        // Strings and numbers only: this cannot fail.
        written.unwrap_or_default()
    }
}

#[derive(Serialize)]
struct About {
    action: &'static str,
    info_hash: String,
    peer_id: String,
}

#[derive(Serialize)]
struct Counted {
    numwant: usize,
    uploaded: u64,
    downloaded: u64,
    left: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<&'static str>,
}

#[derive(Serialize)]
struct Announcement<'a> {
    #[serde(flatten)]
    counted: Counted,
    #[serde(flatten)]
    about: About,
    #[serde(skip_serializing_if = "Option::is_none")]
    offers: Option<Vec<WrittenOffer<'a>>>,
}

#[derive(Serialize)]
struct WrittenOffer<'a> {
    offer: Description<'a>,
    offer_id: String,
}

#[derive(Serialize)]
struct WrittenAnswer<'a> {
    #[serde(flatten)]
    about: About,
    to_peer_id: String,
    answer: Description<'a>,
    offer_id: String,
}

#[derive(Serialize)]
struct Description<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    sdp: &'a str,
}

/// What a tracker said of a torrent. Fields it left out, and fields that are not what they should
/// be, are `None`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FromTracker {
    /// Which torrent.
    pub info_hash: Hash,
    /// Why it refused what we said; then nothing else is believed.
    pub failure: Option<String>,
    /// How often it wants to hear from us.
    pub interval: Option<Duration>,
    /// How many have all of it.
    pub complete: Option<u32>,
    /// How many do not.
    pub incomplete: Option<u32>,
    /// What another peer had it pass on.
    pub signal: Option<Signal>,
}

/// What another peer had a tracker pass on to us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signal {
    /// Who sent it.
    pub from: PeerId,
    /// Which offer it is, or answers.
    pub offer_id: OfferId,
    /// Whether it answers one of our offers, rather than being one.
    pub is_answer: bool,
    /// The description.
    pub sdp: String,
}

impl FromTracker {
    /// Reads one text message. `None` if it is about no torrent: then it may be for a room, or for
    /// nobody.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > MAX_TRACKER_MESSAGE_BYTES {
            return None;
        }
        let value: Value = serde_json::from_str(text).ok()?;
        let info_hash = Hash::from_latin1(value.get("info_hash")?.as_str()?)?;
        let failure = value
            .get("failure reason")
            .filter(|reason| !reason.is_null())
            .map(|reason| shown(reason.as_str().unwrap_or("(no words)")));
        let count = |key| {
            let count = value.get(key)?.as_u64()?;
            Some(u32::try_from(count).unwrap_or(u32::MAX))
        };
        let said = Self {
            info_hash,
            failure: None,
            interval: value
                .get("interval")
                .and_then(Value::as_f64)
                .and_then(interval),
            complete: count("complete"),
            incomplete: count("incomplete"),
            signal: Signal::find(&value),
        };
        Some(match failure {
            None => said,
            Some(_) => Self {
                failure,
                interval: None,
                complete: None,
                incomplete: None,
                signal: None,
                ..said
            },
        })
    }
}

impl Signal {
    fn find(value: &Value) -> Option<Self> {
        let (is_answer, description) = match (value.get("offer"), value.get("answer")) {
            (Some(offer), _) => (false, offer),
            (None, Some(answer)) => (true, answer),
            (None, None) => return None,
        };
        let sdp = description.get("sdp")?.as_str()?;
        if sdp.is_empty() || sdp.len() > MAX_SDP_BYTES {
            return None;
        }
        Some(Self {
            from: PeerId::from_latin1(value.get("peer_id")?.as_str()?)?,
            offer_id: OfferId::from_latin1(value.get("offer_id")?.as_str()?)?,
            is_answer,
            sdp: sdp.to_owned(),
        })
    }
}

fn shown(words: &str) -> String {
    let shown = |char: char| if char.is_control() { ' ' } else { char };
    words.chars().map(shown).take(MAX_REASON_CHARS).collect()
}

fn interval(seconds: f64) -> Option<Duration> {
    let seconds = seconds.min(MAX_INTERVAL.as_secs_f64());
    (seconds > 0.0)
        .then(|| Duration::try_from_secs_f64(seconds).ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_thing_a_client_says_has_the_fields_of_a_browser() {
        let say = |said| {
            ToTracker {
                info_hash: Hash([0xfa; 20]),
                peer_id: PeerId([b'p'; 20]),
                said,
            }
            .to_json()
        };
        let hash = "ú".repeat(20);
        let id = "p".repeat(20);

        assert_eq!(
            say(Said::Offers {
                moved: Moved::default(),
                is_first: true,
                offers: vec![(OfferId([1; 20]), "v=0".into())],
            }),
            format!(
                r#"{{"numwant":1,"uploaded":0,"downloaded":0,"left":null,"event":"started","action":"announce","info_hash":"{hash}","peer_id":"{id}","offers":[{{"offer":{{"type":"offer","sdp":"v=0"}},"offer_id":"{}"}}]}}"#,
                "\\u0001".repeat(20)
            )
        );
        assert_eq!(
            say(Said::Stopped(Moved {
                uploaded: 1,
                downloaded: 2,
                left: Some(0)
            })),
            format!(
                r#"{{"numwant":50,"uploaded":1,"downloaded":2,"left":0,"event":"stopped","action":"announce","info_hash":"{hash}","peer_id":"{id}"}}"#
            )
        );
    }

    #[test]
    fn a_message_for_a_room_is_not_for_us_unless_it_looks_the_same() {
        assert_eq!(FromTracker::parse(r#"{"interval":120}"#), None);
        assert_eq!(FromTracker::parse(r#"{"info_hash":"short"}"#), None);
        assert_eq!(FromTracker::parse("[]"), None);
        assert_eq!(FromTracker::parse("x"), None);
        let long = " ".repeat(MAX_TRACKER_MESSAGE_BYTES) + "{}";
        assert_eq!(FromTracker::parse(&long), None);
    }

    #[test]
    fn numbers_and_words_of_a_tracker_are_bounded() {
        let hash = "h".repeat(20);
        let read = FromTracker::parse(&format!(
            r#"{{"info_hash":"{hash}","interval":1e99,"complete":99999999999,"incomplete":-1}}"#
        ))
        .expect("a message");
        assert_eq!(read.interval, Some(MAX_INTERVAL));
        assert_eq!((read.complete, read.incomplete), (Some(u32::MAX), None));

        let read = FromTracker::parse(&format!(
            r#"{{"info_hash":"{hash}","failure reason":"a\nb{}","offer":{{"sdp":"v"}},"peer_id":"{hash}","offer_id":"{hash}"}}"#,
            "é".repeat(900)
        ))
        .expect("a message");
        assert_eq!(
            read.failure.map(|words| words.chars().count()),
            Some(MAX_REASON_CHARS)
        );
        assert_eq!(read.signal, None);
    }

    proptest! {
        #[test]
        fn an_answer_survives_being_passed_on(to: [u8; 20], offer: [u8; 20], hash: [u8; 20], sdp in "\\PC{1,50}") {
            let said = ToTracker {
                info_hash: Hash(hash),
                peer_id: PeerId(to),
                said: Said::Answer { to: PeerId([1; 20]), offer_id: OfferId(offer), sdp: sdp.clone() },
            };
            let read = FromTracker::parse(&said.to_json()).expect("a message");
            prop_assert_eq!(read.info_hash, Hash(hash));
            prop_assert_eq!(read.signal, Some(Signal {
                from: PeerId(to), offer_id: OfferId(offer), is_answer: true, sdp,
            }));
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\{(\"(info_hash|offer|sdp|interval)\":|[0-9a-z\"{},:\\[\\]]|\\PC){0,30}") {
            let _ = FromTracker::parse(&text);
        }
    }
}
