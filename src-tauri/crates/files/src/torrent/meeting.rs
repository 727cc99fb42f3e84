//! How the peers of one torrent find each other: when to announce, which offers to hold, whom to
//! answer.
//!
//! Pure, like [`super::session`]: what happens goes in by [`Meeting::handle`], what to do comes out of
//! [`Meeting::poll`], and [`Meeting::next_wake`] says when to hand in [`Input::Wake`]. An offer is made
//! whole before it is sent, for nothing trickles here; a tracker gets those that are ready in time.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::announce::{
    DEFAULT_INTERVAL, FromTracker, Moved, OFFER_LIFETIME, OFFERS, Said, Signal, ToTracker,
};
use super::ids::{Hash, OfferId, PeerId};
use crate::limits::{
    MAX_ANSWERS_OF_PEER, MAX_ANSWERS_OF_TRACKER, MAX_ANSWERS_WAITING, MAX_TRACKERS, MIN_INTERVAL,
    OFFER_PATIENCE,
};

/// What can happen.
#[derive(Debug)]
pub enum Input {
    /// A tracker can be spoken with.
    TrackerUp(String),
    /// A tracker cannot be spoken with any more.
    TrackerDown(String),
    /// A tracker said something about this torrent.
    Heard(String, FromTracker),
    /// An offer is whole; `None` if it could not be made.
    OfferMade(OfferId, Option<String>),
    /// An answer is whole; `None` if it could not be made, or nobody took it up.
    AnswerMade(OfferId, Option<String>),
    /// Somebody took our answer up: there is a connection.
    AnswerTaken(OfferId),
    /// How many more connections are wanted, and what was moved.
    Wanted(usize, Moved),
    /// All of it is here now.
    Completed,
    /// It is over: every tracker is told, every offer taken back.
    Stop,
    /// The time asked for by `next_wake` has come.
    Wake,
}

/// What to do.
#[derive(Debug, PartialEq, Eq)]
pub enum Output {
    /// Say this to that tracker.
    Say(String, String),
    /// Prepare a connection, and say [`Input::OfferMade`] when its description is whole.
    MakeOffer(OfferId),
    /// Nobody took this offer: give its connection up.
    DropOffer(OfferId),
    /// Somebody took this offer, with this description.
    TakeAnswer(OfferId, PeerId, String),
    /// Somebody offers; prepare a connection and say [`Input::AnswerMade`].
    MakeAnswer(OfferId, PeerId, String),
}

/// How the peers of one torrent find each other. See the module's page.
#[derive(Debug)]
pub struct Meeting {
    info_hash: Hash,
    me: PeerId,
    trackers: BTreeMap<String, Tracker>,
    offers: BTreeMap<OfferId, Offer>,
    answers: BTreeMap<OfferId, Answering>,
    wanted: usize,
    moved: Moved,
    is_over: bool,
    rng: ChaCha8Rng,
    outputs: VecDeque<Output>,
}

#[derive(Debug)]
struct Tracker {
    interval: Duration,
    /// When to announce next.
    at: Duration,
    /// Until when offers for the announcement under way are waited for.
    waits_until: Option<Duration>,
    is_told: bool,
}

#[derive(Debug)]
struct Offer {
    tracker: String,
    since: Duration,
    /// The description, whole and not yet sent.
    sdp: Option<String>,
    is_sent: bool,
}

#[derive(Debug)]
struct Answering {
    tracker: String,
    to: PeerId,
    since: Duration,
    /// Whether it was told.
    is_said: bool,
}

impl Meeting {
    /// Peers of this torrent, met as `me`.
    #[must_use]
    pub fn new(info_hash: Hash, me: PeerId, moved: Moved, wanted: usize, seed: u64) -> Self {
        Self {
            info_hash,
            me,
            trackers: BTreeMap::new(),
            offers: BTreeMap::new(),
            answers: BTreeMap::new(),
            wanted,
            moved,
            is_over: false,
            rng: ChaCha8Rng::seed_from_u64(seed),
            outputs: VecDeque::new(),
        }
    }

    /// Takes one input.
    pub fn handle(&mut self, now: Duration, input: Input) {
        if self.is_over {
            return;
        }
        match input {
            Input::TrackerUp(url) => {
                if self.trackers.len() < MAX_TRACKERS {
                    let tracker = Tracker {
                        interval: DEFAULT_INTERVAL,
                        at: now,
                        waits_until: None,
                        is_told: false,
                    };
                    self.trackers.insert(url, tracker);
                }
            }
            Input::TrackerDown(url) => {
                self.trackers.remove(&url);
                self.drop_offers(|offer| offer.tracker == url);
                self.answers.retain(|_, answer| answer.tracker != url);
            }
            Input::Heard(url, said) => self.hear(now, url, said),
            Input::OfferMade(id, Some(sdp)) => {
                if let Some(offer) = self.offers.get_mut(&id) {
                    offer.sdp = Some(sdp);
                }
            }
            Input::OfferMade(id, None) => {
                self.offers.remove(&id);
            }
            Input::AnswerMade(id, Some(sdp)) => {
                let answer = self.answers.get_mut(&id).filter(|it| !it.is_said);
                if let Some(answer) = answer {
                    answer.is_said = true;
                    let (tracker, to) = (answer.tracker.clone(), answer.to);
                    let said = Said::Answer {
                        to,
                        offer_id: id,
                        sdp,
                    };
                    self.say(tracker, said);
                }
            }
            Input::AnswerMade(id, None) | Input::AnswerTaken(id) => {
                self.answers.remove(&id);
            }
            Input::Wanted(wanted, moved) => {
                self.wanted = wanted;
                self.moved = moved;
            }
            Input::Completed => {
                self.moved.left = Some(0);
                self.say_to_all(&Said::Completed(self.moved));
            }
            Input::Stop => {
                self.say_to_all(&Said::Stopped(self.moved));
                self.drop_offers(|_| true);
                self.trackers.clear();
                self.answers.clear();
                self.is_over = true;
            }
            Input::Wake => {}
        }
        self.go_on(now);
    }

    /// The next thing to do.
    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When to hand in [`Input::Wake`].
    #[must_use]
    pub fn next_wake(&self) -> Option<Duration> {
        let announce = self
            .trackers
            .values()
            .map(|it| it.waits_until.unwrap_or(it.at));
        let offers = self.offers.values().map(|it| it.since + OFFER_LIFETIME);
        let answers = self.answers.values().map(|it| it.since + OFFER_LIFETIME);
        announce.chain(offers).chain(answers).min()
    }

    fn hear(&mut self, now: Duration, url: String, said: FromTracker) {
        let Some(tracker) = self.trackers.get_mut(&url) else {
            return;
        };
        if said.info_hash != self.info_hash {
            return;
        }
        if let Some(interval) = said.interval {
            tracker.interval = interval.max(MIN_INTERVAL);
        }
        let Some(Signal {
            from,
            offer_id,
            is_answer,
            sdp,
        }) = said.signal
        else {
            return;
        };
        if from == self.me {
            return;
        }
        if is_answer {
            let is_ours = self
                .offers
                .get(&offer_id)
                .is_some_and(|offer| offer.is_sent && offer.tracker == url);
            if is_ours {
                self.offers.remove(&offer_id);
                self.outputs
                    .push_back(Output::TakeAnswer(offer_id, from, sdp));
            }
        } else if self.may_answer(&url, from) && !self.answers.contains_key(&offer_id) {
            let answer = Answering {
                tracker: url,
                to: from,
                since: now,
                is_said: false,
            };
            self.answers.insert(offer_id, answer);
            self.outputs
                .push_back(Output::MakeAnswer(offer_id, from, sdp));
        }
    }

    /// How many of our answers to offers that this tracker brought, or any where `None`, nobody has
    /// taken up yet.
    #[must_use]
    pub fn waiting(&self, tracker: Option<&str>) -> usize {
        let answers = self.answers.values();
        let brought = answers.filter(|it| tracker.is_none_or(|url| it.tracker == url));
        brought.count()
    }

    fn may_answer(&self, url: &str, from: PeerId) -> bool {
        let of_peer = self.answers.values().filter(|it| it.to == from);
        self.answers.len() < MAX_ANSWERS_WAITING
            && self.waiting(Some(url)) < MAX_ANSWERS_OF_TRACKER
            && of_peer.count() < MAX_ANSWERS_OF_PEER
    }

    fn go_on(&mut self, now: Duration) {
        self.drop_offers(|offer| now >= offer.since + OFFER_LIFETIME);
        self.answers
            .retain(|_, answer| now < answer.since + OFFER_LIFETIME);
        let urls: Vec<String> = self.trackers.keys().cloned().collect();
        for url in urls {
            self.announce(now, url);
        }
    }

    fn announce(&mut self, now: Duration, url: String) {
        let Some(tracker) = self.trackers.get_mut(&url) else {
            return;
        };
        match tracker.waits_until {
            None if now >= tracker.at => {
                tracker.waits_until = Some(now + OFFER_PATIENCE);
                for _ in 0..self.wanted.min(OFFERS) {
                    let id = OfferId::random(&mut self.rng);
                    let offer = Offer {
                        tracker: url.clone(),
                        since: now,
                        sdp: None,
                        is_sent: false,
                    };
                    self.offers.insert(id, offer);
                    self.outputs.push_back(Output::MakeOffer(id));
                }
            }
            None => return,
            Some(_) => {}
        }
        let is_late = tracker.waits_until.is_some_and(|until| now >= until);
        let unsent = self
            .offers
            .values()
            .filter(|offer| offer.tracker == url && !offer.is_sent);
        if !is_late && unsent.clone().any(|offer| offer.sdp.is_none()) {
            return;
        }
        tracker.waits_until = None;
        tracker.at = now + tracker.interval;
        let is_first = !tracker.is_told;
        tracker.is_told = true;
        let mut offers = Vec::new();
        for (id, offer) in &mut self.offers {
            if offer.tracker == url
                && !offer.is_sent
                && offers.len() < OFFERS
                && let Some(sdp) = offer.sdp.take()
            {
                offer.is_sent = true;
                offer.since = now;
                offers.push((*id, sdp));
            }
        }
        let moved = self.moved;
        self.say(
            url,
            Said::Offers {
                moved,
                is_first,
                offers,
            },
        );
    }

    fn drop_offers(&mut self, is_over: impl Fn(&Offer) -> bool) {
        let outputs = &mut self.outputs;
        self.offers.retain(|id, offer| {
            let is_over = is_over(offer);
            if is_over {
                outputs.push_back(Output::DropOffer(*id));
            }
            !is_over
        });
    }

    fn say_to_all(&mut self, said: &Said) {
        let told = self.trackers.iter().filter(|(_, tracker)| tracker.is_told);
        let urls: Vec<String> = told.map(|(url, _)| url.clone()).collect();
        for url in urls {
            self.say(url, said.clone());
        }
    }

    fn say(&mut self, url: String, said: Said) {
        let message = ToTracker {
            info_hash: self.info_hash,
            peer_id: self.me,
            said,
        };
        self.outputs.push_back(Output::Say(url, message.to_json()));
    }
}

#[cfg(test)]
mod tests;
