//! What clients say and what they are told: one JSON object per message.
//!
//! ```text
//! announce  {"action":"announce","info_hash":I,"peer_id":I,"event"?,"left"?,"numwant"?,
//!            "offers"?:[{"offer":any,"offer_id":I}]}
//! answer    {"action":"announce","info_hash":I,"peer_id":I,"to_peer_id":I,"offer_id":I,"answer":any}
//! scrape    {"action":"scrape","info_hash":I or [I]}
//! ```
//!
//! `I` is a text of twenty code points, each at most 0xFF: WebTorrent writes twenty bytes that
//! way, Trystero twenty letters and digits. Fields of other kinds are ignored, as the reference
//! does; `offer` and `answer` are passed on untouched.

use std::fmt;

use serde::de::{Deserializer, SeqAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::Limits;

/// Offers and answers are objects of two texts; nothing honest nests deeper than this.
const MAX_NESTING: usize = 8;

/// An id on the wire: an info hash, a peer id or an offer id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Id([u8; Id::LEN]);

impl Id {
    const LEN: usize = 20;

    /// Reads twenty code points, each at most 0xFF.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; Self::LEN];
        let mut points = text.chars();
        for byte in &mut bytes {
            *byte = u8::try_from(u32::from(points.next()?)).ok()?;
        }
        points.next().is_none().then_some(Self(bytes))
    }

    fn from_raw(raw: Option<&RawValue>) -> Option<Self> {
        Self::parse(&text(raw?)?)
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .try_for_each(|&byte| fmt::Write::write_char(f, char::from(byte)))
    }
}

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// What a client asks for.
#[derive(Debug)]
pub(crate) enum Request<'a> {
    /// It is in a swarm, or leaves it, and may bring offers.
    Announce(Announce<'a>),
    /// It answers somebody's offer.
    Answer(Answer<'a>),
    /// It wants to know how many peers these swarms have.
    Scrape(Vec<Id>),
}

/// One announce.
#[derive(Debug)]
pub(crate) struct Announce<'a> {
    /// The swarm.
    pub(crate) info_hash: Id,
    /// Who is announced.
    pub(crate) peer_id: Id,
    /// Why.
    pub(crate) event: Event,
    /// Whether the peer has all there is.
    pub(crate) complete: bool,
    /// How many offers may be handed out.
    pub(crate) wanted: usize,
    /// The offers, one for each peer that gets one.
    pub(crate) offers: Vec<Offer<'a>>,
}

/// One offer of an announce.
#[derive(Debug)]
pub(crate) struct Offer<'a> {
    /// What the answer will name.
    pub(crate) id: Id,
    /// Passed on as it came.
    pub(crate) body: &'a RawValue,
}

/// The answer to an offer.
#[derive(Debug)]
pub(crate) struct Answer<'a> {
    /// The swarm.
    pub(crate) info_hash: Id,
    /// Who answers.
    pub(crate) peer_id: Id,
    /// Whose offer it was.
    pub(crate) to: Id,
    /// Which offer it was.
    pub(crate) offer_id: Id,
    /// Passed on as it came.
    pub(crate) body: &'a RawValue,
}

/// Why a peer announces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// It is there, for the first time or still.
    Present,
    /// It now has all there is.
    Completed,
    /// It leaves.
    Stopped,
}

/// A message that cannot be served, with what is known of it for the reply.
#[derive(Debug)]
pub(crate) struct Bad {
    action: Option<Action>,
    info_hash: Option<Id>,
    reason: Reason,
}

/// What is wrong with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Reason {
    #[error("invalid message")]
    NotAnObject,
    #[error("invalid action in WS request")]
    Action,
    #[error("invalid info_hash")]
    InfoHash,
    #[error("invalid peer_id")]
    PeerId,
    #[error("invalid `to_peer_id` (required with `answer`)")]
    ToPeerId,
    #[error("invalid event")]
    Event,
    #[error("invalid offers")]
    Offers,
    #[error("invalid offer_id")]
    OfferId,
    #[error("offer or answer too large")]
    Description,
    #[error("too many swarms in one scrape")]
    ScrapeTooLong,
    #[error("too many entries on one connection")]
    TooManyEntries,
    #[error("swarm is full")]
    SwarmFull,
    #[error("too many messages")]
    TooManyMessages,
}

impl<'a> Request<'a> {
    /// Reads one message.
    pub(crate) fn parse(text: &'a str, limits: &Limits) -> Result<Self, Bad> {
        let fields: Fields<'a> = serde_json::from_str(text).map_err(|_| Bad::unread())?;
        let action = fields.action().ok_or(Bad {
            action: None,
            info_hash: Id::from_raw(fields.info_hash),
            reason: Reason::Action,
        })?;
        let read = match action {
            Action::Announce => fields.announce(limits),
            Action::Scrape => fields.scrape(limits),
        };
        read.map_err(|reason| Bad {
            action: Some(action),
            info_hash: Id::from_raw(fields.info_hash),
            reason,
        })
    }
}

impl Bad {
    /// Not even an object of ours.
    pub(crate) fn unread() -> Self {
        Self {
            action: None,
            info_hash: None,
            reason: Reason::NotAnObject,
        }
    }

    /// An announce that was read but cannot be served.
    pub(crate) fn announce(info_hash: Id, reason: Reason) -> Self {
        Self {
            action: Some(Action::Announce),
            info_hash: Some(info_hash),
            reason,
        }
    }

    /// More than the connection may send.
    pub(crate) fn flood() -> Self {
        Self {
            action: None,
            info_hash: None,
            reason: Reason::TooManyMessages,
        }
    }

    /// The message that says so.
    pub(crate) fn to_json(&self) -> String {
        #[derive(Serialize)]
        struct Failure {
            #[serde(skip_serializing_if = "Option::is_none")]
            action: Option<Action>,
            #[serde(rename = "failure reason")]
            reason: String,
            #[serde(skip_serializing_if = "Option::is_none")]
            info_hash: Option<Id>,
        }
        json(&Failure {
            action: self.action,
            reason: self.reason.to_string(),
            info_hash: self.info_hash,
        })
    }
}

/// How many peers of a swarm have all there is, and how many do not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Peers that have all.
    pub(crate) complete: usize,
    /// Peers that do not.
    pub(crate) incomplete: usize,
}

/// The reply to an announce.
pub(crate) fn announced(info_hash: Id, counts: Counts, limits: &Limits) -> String {
    #[derive(Serialize)]
    struct Reply {
        complete: usize,
        incomplete: usize,
        action: Action,
        info_hash: Id,
        interval: u64,
    }
    json(&Reply {
        complete: counts.complete,
        incomplete: counts.incomplete,
        action: Action::Announce,
        info_hash,
        interval: limits.interval.as_secs().max(1),
    })
}

/// An offer, as the peer that is to answer it hears it.
pub(crate) fn offered(info_hash: Id, from: Id, offer: &Offer<'_>) -> String {
    #[derive(Serialize)]
    struct Offered<'a> {
        action: Action,
        offer: &'a RawValue,
        offer_id: Id,
        peer_id: Id,
        info_hash: Id,
    }
    json(&Offered {
        action: Action::Announce,
        offer: offer.body,
        offer_id: offer.id,
        peer_id: from,
        info_hash,
    })
}

/// An answer, as the peer that made the offer hears it.
pub(crate) fn answered(answer: &Answer<'_>) -> String {
    #[derive(Serialize)]
    struct Answered<'a> {
        action: Action,
        answer: &'a RawValue,
        offer_id: Id,
        peer_id: Id,
        info_hash: Id,
    }
    json(&Answered {
        action: Action::Announce,
        answer: answer.body,
        offer_id: answer.offer_id,
        peer_id: answer.peer_id,
        info_hash: answer.info_hash,
    })
}

/// The reply to a scrape.
pub(crate) fn scraped(swarms: &[(Id, Counts)], limits: &Limits) -> String {
    struct Files<'a>(&'a [(Id, Counts)]);

    impl Serialize for Files<'_> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            #[derive(Serialize)]
            struct File {
                complete: usize,
                incomplete: usize,
                downloaded: usize,
            }
            serializer.collect_map(self.0.iter().map(|(info_hash, counts)| {
                let file = File {
                    complete: counts.complete,
                    incomplete: counts.incomplete,
                    // Nobody counts downloads; the reference says the same.
                    downloaded: counts.complete,
                };
                (info_hash, file)
            }))
        }
    }

    #[derive(Serialize)]
    struct Flags {
        min_request_interval: u64,
    }

    #[derive(Serialize)]
    struct Scraped<'a> {
        action: Action,
        files: Files<'a>,
        flags: Flags,
    }

    json(&Scraped {
        action: Action::Scrape,
        files: Files(swarms),
        flags: Flags {
            min_request_interval: limits.interval.as_secs().max(1),
        },
    })
}

/// What a message is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Action {
    Announce,
    Scrape,
}

/// The fields we look at, each unread, so that a surprise in one does not hide the others.
#[derive(Deserialize)]
struct Fields<'a> {
    #[serde(borrow, default)]
    action: Option<&'a RawValue>,
    #[serde(borrow, default)]
    info_hash: Option<&'a RawValue>,
    #[serde(borrow, default)]
    peer_id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    to_peer_id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    offer_id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    event: Option<&'a RawValue>,
    #[serde(borrow, default)]
    left: Option<&'a RawValue>,
    #[serde(borrow, default)]
    numwant: Option<&'a RawValue>,
    #[serde(borrow, default)]
    offers: Option<&'a RawValue>,
    #[serde(borrow, default)]
    answer: Option<&'a RawValue>,
}

impl<'a> Fields<'a> {
    fn action(&self) -> Option<Action> {
        match text(self.action?)?.as_str() {
            "announce" => Some(Action::Announce),
            "scrape" => Some(Action::Scrape),
            _ => None,
        }
    }

    fn announce(&self, limits: &Limits) -> Result<Request<'a>, Reason> {
        let info_hash = Id::from_raw(self.info_hash).ok_or(Reason::InfoHash)?;
        let peer_id = Id::from_raw(self.peer_id).ok_or(Reason::PeerId)?;

        if let Some(body) = self.answer {
            return Ok(Request::Answer(Answer {
                info_hash,
                peer_id,
                to: Id::from_raw(self.to_peer_id).ok_or(Reason::ToPeerId)?,
                offer_id: Id::from_raw(self.offer_id).ok_or(Reason::OfferId)?,
                body: description(body, limits)?,
            }));
        }

        let event = self.event()?;
        let offers = match (event, self.offers) {
            (Event::Present, Some(offers)) => read_offers(offers, limits)?,
            _ => Vec::new(),
        };
        Ok(Request::Announce(Announce {
            info_hash,
            peer_id,
            event,
            complete: self.is_complete(),
            wanted: self.wanted().unwrap_or(offers.len()),
            offers,
        }))
    }

    fn scrape(&self, limits: &Limits) -> Result<Request<'a>, Reason> {
        // The reference lists every swarm when none is named. We do not: that would tell any web
        // page which rooms the people around this machine are in.
        let named = self.info_hash.ok_or(Reason::InfoHash)?;
        if let Some(one) = Id::from_raw(Some(named)) {
            return Ok(Request::Scrape(vec![one]));
        }
        let (names, whole) =
            some_of::<String>(named, limits.hashes_per_scrape).map_err(|_| Reason::InfoHash)?;
        if !whole {
            return Err(Reason::ScrapeTooLong);
        }
        names
            .iter()
            .map(|name| Id::parse(name).ok_or(Reason::InfoHash))
            .collect::<Result<_, _>>()
            .map(Request::Scrape)
    }

    fn event(&self) -> Result<Event, Reason> {
        let Some(raw) = self.event else {
            return Ok(Event::Present);
        };
        match text(raw).as_deref() {
            Some("" | "empty" | "started" | "update" | "paused") => Ok(Event::Present),
            Some("completed") => Ok(Event::Completed),
            Some("stopped") => Ok(Event::Stopped),
            _ => Err(Reason::Event),
        }
    }

    /// `left` is `null` for somebody who does not know yet how much there is, and is absent in
    /// Trystero's announces; only a plain zero means that nothing is missing.
    fn is_complete(&self) -> bool {
        let left = self
            .left
            .and_then(|raw| serde_json::from_str::<f64>(raw.get()).ok());
        left.is_some_and(|left| left == 0.0)
    }

    fn wanted(&self) -> Option<usize> {
        serde_json::from_str(self.numwant?.get()).ok()
    }
}

fn read_offers<'a>(raw: &'a RawValue, limits: &Limits) -> Result<Vec<Offer<'a>>, Reason> {
    #[derive(Deserialize)]
    struct Pair<'a> {
        #[serde(borrow)]
        offer: &'a RawValue,
        #[serde(borrow)]
        offer_id: &'a RawValue,
    }

    let (pairs, whole) =
        some_of::<Pair<'a>>(raw, limits.offers_per_announce).map_err(|_| Reason::Offers)?;
    if !whole {
        return Err(Reason::Offers);
    }
    pairs
        .into_iter()
        .map(|pair| {
            Ok(Offer {
                id: Id::from_raw(Some(pair.offer_id)).ok_or(Reason::OfferId)?,
                body: description(pair.offer, limits)?,
            })
        })
        .collect()
}

/// Lets an offer or answer through if its receiver can be expected to bear it.
fn description<'a>(raw: &'a RawValue, limits: &Limits) -> Result<&'a RawValue, Reason> {
    if raw.get().len() > limits.description_bytes || nesting(raw.get()) > MAX_NESTING {
        return Err(Reason::Description);
    }
    Ok(raw)
}

/// How deep a piece of valid JSON goes.
fn nesting(json: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let (mut in_text, mut escaped) = (false, false);
    for byte in json.bytes() {
        match (in_text, byte) {
            (true, _) if escaped => escaped = false,
            (true, b'\\') => escaped = true,
            (true, b'"') => in_text = false,
            (true, _) => {}
            (false, b'"') => in_text = true,
            (false, b'{' | b'[') => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            (false, b'}' | b']') => depth = depth.saturating_sub(1),
            (false, _) => {}
        }
    }
    deepest
}

fn text(raw: &RawValue) -> Option<String> {
    serde_json::from_str(raw.get()).ok()
}

/// The first `limit` elements of a list, and whether that was all of them: a list of 100 000
/// must not be held before it is refused.
fn some_of<'a, T: Deserialize<'a>>(
    raw: &'a RawValue,
    limit: usize,
) -> Result<(Vec<T>, bool), serde_json::Error> {
    struct FirstOnes<T>(usize, std::marker::PhantomData<T>);

    impl<'de, T: Deserialize<'de>> Visitor<'de> for FirstOnes<T> {
        type Value = (Vec<T>, bool);

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
            let mut kept = Vec::new();
            while kept.len() < self.0 {
                match list.next_element()? {
                    Some(element) => kept.push(element),
                    None => return Ok((kept, true)),
                }
            }
            let mut whole = true;
            while list.next_element::<serde::de::IgnoredAny>()?.is_some() {
                whole = false;
            }
            Ok((kept, whole))
        }
    }

    let mut json = serde_json::Deserializer::from_str(raw.get());
    json.deserialize_seq(FirstOnes(limit, std::marker::PhantomData))
}

/// Our own messages are made of texts and numbers; they have no way to fail.
fn json(message: &impl Serialize) -> String {
    serde_json::to_string(message).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};

    const ANNOUNCE: &str = concat!(
        r#"{"action":"announce","info_hash":"aaaaaaaaaaaaaaaaaaaa","peer_id":"bbbbbbbbbbbbbbbbbbbb","#,
        r#""event":"started","left":null,"numwant":3,"offers":[{"offer":{"type":"offer","sdp":"x"},"#,
        r#""offer_id":"cccccccccccccccccccc"}]}"#,
    );

    #[test]
    fn no_text_however_mangled_is_more_than_refused() {
        let limits = Limits::default();
        let alphabet: Vec<char> = "{}[]\":,\\u0eE+-.1 nulltrue\u{ff}\u{100}\u{10ffff}\0"
            .chars()
            .collect();
        for seed in 0..5_000 {
            let mut rng = StdRng::seed_from_u64(seed);
            let mut text: Vec<char> = ANNOUNCE.chars().collect();
            for _ in 0..rng.gen_range(1..12) {
                let at = rng.gen_range(0..text.len());
                let with = alphabet[rng.gen_range(0..alphabet.len())];
                match rng.gen_range(0..4) {
                    0 => text.insert(at, with),
                    1 => text[at] = with,
                    2 if text.len() > 1 => drop(text.remove(at)),
                    _ => text.truncate(at.max(1)),
                }
            }
            let text: String = text.into_iter().collect();
            match Request::parse(&text, &limits) {
                Ok(Request::Announce(announce)) => {
                    assert!(
                        announce.offers.len() <= limits.offers_per_announce,
                        "seed {seed}"
                    );
                }
                Ok(_) => {}
                Err(bad) => {
                    let told: serde_json::Value =
                        serde_json::from_str(&bad.to_json()).expect("JSON");
                    assert!(told["failure reason"].is_string(), "seed {seed}");
                }
            }
        }
    }

    #[test]
    fn depth_does_not_count_what_stands_in_texts() {
        assert_eq!(nesting(r#"{"a":[1,{"b":"[[[{\"[["}],"c":[]}"#), 3);
        assert_eq!(nesting(r#""[""#), 0);
        assert_eq!(nesting(&"[".repeat(100_000)), 100_000);
    }

    #[test]
    fn a_list_of_a_hundred_thousand_is_refused_without_being_held() {
        let limits = Limits::default();
        let offers = "{},".repeat(100_000);
        let text = ANNOUNCE.replace(r#""offers":["#, &format!(r#""offers":[{offers}"#));
        assert!(matches!(
            Request::parse(&text, &limits),
            Err(Bad {
                reason: Reason::Offers,
                ..
            })
        ));
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(Request::parse(&deep, &limits).is_err());
        let text = ANNOUNCE.replace(r#"{"type":"offer","sdp":"x"}"#, &deep);
        assert!(Request::parse(&text, &limits).is_err());
    }

    #[test]
    fn an_id_is_twenty_code_points_of_one_byte_each() {
        let every: Vec<String> = (0..=255_u8)
            .map(|byte| std::iter::repeat_n(char::from(byte), 20).collect())
            .collect();
        for text in every {
            assert_eq!(Id::parse(&text).map(|id| id.to_string()), Some(text));
        }
        assert_eq!(Id::parse("aaaaaaaaaaaaaaaaaaa"), None);
        assert_eq!(Id::parse("aaaaaaaaaaaaaaaaaaaaa"), None);
        assert_eq!(Id::parse(&"\u{100}".repeat(20)), None);
    }
}
