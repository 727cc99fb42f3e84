//! How a page meets others through trackers.

use rand::RngCore;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use room::Output;
use serde_json::json;
use wire::{LinkId, OfferId, PeerId, SignalKind, TrackerSignal};

use super::{Browser, Conn};

/// §2.5
const OFFERS: usize = 3;
/// §2.5
const OFFER_LIFE: Duration = Duration::from_millis(120_000);
/// §2.4: pauses before the first announces of a room on a tracker. Two go at once.
const WARM_UP: [Duration; 5] = [
    Duration::ZERO,
    Duration::ZERO,
    Duration::from_millis(233),
    Duration::from_millis(533),
    Duration::from_millis(1_333),
];
/// §2.4
const PERIOD: (Duration, Duration) = (Duration::from_secs(10), Duration::from_secs(20));
/// §2.3
const DUPLICATE: Duration = Duration::from_secs(4);
/// §4.3
const ANSWERING: Duration = Duration::from_millis(23_333);

#[derive(Debug)]
pub(super) struct Offer {
    pub(super) id: OfferId,
    pub(super) link: LinkId,
    pub(super) made_at: Duration,
    pub(super) sealed: Option<String>,
}

#[derive(Debug)]
pub(super) struct Timer {
    pub(super) step: usize,
    pub(super) next: Duration,
    pub(super) period: Duration,
    /// Announces that wait for the offers to be made.
    pub(super) waiting: usize,
}

#[derive(Debug)]
pub(super) struct Attempt {
    pub(super) link: LinkId,
    pub(super) url: String,
    pub(super) offer_id: OfferId,
    pub(super) until: Duration,
}

impl Browser {
    // Trackers, §2.

    pub(super) fn tracker_opened(&mut self, now: Duration, url: String) {
        self.sockets.insert(url.clone(), true);
        for name in self.names() {
            // After a reconnect nothing is sent until the next announce is due, §2.6.
            let known = self.rooms.get(&name);
            if known.is_some_and(|room| !room.announcing.contains_key(&url)) {
                self.start_announcing(now, &name, &url);
            }
        }
    }

    pub(super) fn start_announcing(&mut self, now: Duration, name: &str, url: &str) {
        if let Some(room) = self.rooms.get_mut(name)
            && room.leaving.is_none()
        {
            let timer = Timer {
                step: 0,
                next: now,
                period: PERIOD.0,
                waiting: 0,
            };
            room.announcing.insert(url.to_owned(), timer);
        }
    }

    pub(super) fn note_interval(&mut self, name: &str, url: &str, interval: Duration) {
        if let Some(timer) = self
            .rooms
            .get_mut(name)
            .and_then(|room| room.announcing.get_mut(url))
            && interval > timer.period
        {
            timer.period = interval.min(PERIOD.1);
        }
    }

    pub(super) fn announce(&mut self, now: Duration, name: &str, url: &str) {
        let Some(room) = self.rooms.get_mut(name) else {
            return;
        };
        let Some(timer) = room.announcing.get_mut(url) else {
            return;
        };
        timer.step += 1;
        timer.next = now + WARM_UP.get(timer.step).copied().unwrap_or(timer.period);
        timer.waiting += 1;
        let old: Vec<LinkId> = room
            .offers
            .iter()
            .filter(|offer| offer.made_at + OFFER_LIFE < now)
            .map(|offer| offer.link)
            .collect();
        room.offers.retain(|offer| !old.contains(&offer.link));
        for link in old {
            self.drop_conn(link);
        }
        self.top_up(now, name);
        self.announce_what_waits(name);
    }

    fn top_up(&mut self, now: Duration, name: &str) {
        while self
            .rooms
            .get(name)
            .is_some_and(|room| room.offers.len() < OFFERS)
        {
            let link = self.new_conn(name, None);
            let id = OfferId::random(&mut self.rng);
            if let Some(room) = self.rooms.get_mut(name) {
                room.offers.push(Offer {
                    id,
                    link,
                    made_at: now,
                    sealed: None,
                });
            }
            self.outputs.push_back(Output::Dial { link });
        }
    }

    fn announce_what_waits(&mut self, name: &str) {
        let Some(room) = self.rooms.get_mut(name) else {
            return;
        };
        let made: Vec<_> = room
            .offers
            .iter()
            .filter_map(|offer| {
                let sealed = offer.sealed.as_ref()?;
                Some(json!({"offer_id": offer.id.as_str(), "offer": {"type": "offer", "sdp": sealed}}))
            })
            .collect();
        if made.len() < room.offers.len() {
            return;
        }
        let text = json!({
            "action": "announce", "info_hash": room.address.info_hash().as_str(),
            "peer_id": self.id.as_str(), "numwant": OFFERS, "offers": made,
        })
        .to_string();
        for (url, timer) in &mut room.announcing {
            for _ in 0..std::mem::take(&mut timer.waiting) {
                self.outputs.push_back(Output::Announce {
                    url: url.clone(),
                    text: text.clone(),
                });
            }
        }
    }

    pub(super) fn offer_made(&mut self, link: LinkId, sdp: &str) {
        let mut iv = [0; 16];
        self.rng.fill_bytes(&mut iv);
        let Some(name) = self.conns.get(&link).map(|conn| conn.room.clone()) else {
            return;
        };
        if let Some(room) = self.rooms.get_mut(&name) {
            for offer in room.offers.iter_mut().filter(|offer| offer.link == link) {
                offer.sealed = Some(room.key.seal(sdp, iv));
            }
        }
        self.announce_what_waits(&name);
    }

    // Signals, §4.

    pub(super) fn signal(&mut self, now: Duration, name: &str, url: &str, signal: &TrackerSignal) {
        let own = self.id;
        let Some(room) = self.rooms.get_mut(name) else {
            return;
        };
        if signal.from == own || room.leaving.is_some() {
            return;
        }
        let what = (
            signal.kind == SignalKind::Offer,
            signal.offer_id,
            signal.from,
        );
        if room
            .handled
            .get(&what)
            .is_some_and(|at| now < *at + DUPLICATE)
        {
            return;
        }
        room.handled.insert(what, now);
        if room.peers.contains_key(&signal.from) {
            return;
        }
        if let Some(link) = self.shared.get(&signal.from).copied() {
            self.bind(now, name, signal.from, link);
            return;
        }
        match signal.kind {
            SignalKind::Offer => self.offer_heard(now, name, url, signal),
            SignalKind::Answer => self.answer_heard(name, signal),
        }
    }

    fn offer_heard(&mut self, now: Duration, name: &str, url: &str, signal: &TrackerSignal) {
        let own = self.id;
        let Some(room) = self.rooms.get(name) else {
            return;
        };
        if room.answering.contains_key(&signal.from)
            || (!room.offers.is_empty() && own < signal.from)
        {
            return;
        }
        let Ok(sdp) = room.key.open(&signal.sealed) else {
            return;
        };
        let link = self.new_conn(name, Some(signal.from));
        if let Some(room) = self.rooms.get_mut(name) {
            room.answering.insert(
                signal.from,
                Attempt {
                    link,
                    url: url.to_owned(),
                    offer_id: signal.offer_id,
                    until: now + ANSWERING,
                },
            );
        }
        self.outputs.push_back(Output::Answer { link, sdp });
    }

    pub(super) fn answer_made(&mut self, link: LinkId, sdp: &str) {
        let mut iv = [0; 16];
        self.rng.fill_bytes(&mut iv);
        let Some(conn) = self.conns.get(&link) else {
            return;
        };
        let Some(room) = self.rooms.get(&conn.room) else {
            return;
        };
        let Some((peer, attempt)) = room
            .answering
            .iter()
            .find(|(_, attempt)| attempt.link == link)
        else {
            return;
        };
        let text = json!({
            "action": "announce", "info_hash": room.address.info_hash().as_str(),
            "peer_id": self.id.as_str(), "to_peer_id": peer.as_str(),
            "offer_id": attempt.offer_id.as_str(),
            "answer": {"type": "answer", "sdp": room.key.seal(sdp, iv)},
        });
        self.outputs.push_back(Output::Announce {
            url: attempt.url.clone(),
            text: text.to_string(),
        });
    }

    fn answer_heard(&mut self, name: &str, signal: &TrackerSignal) {
        let Some(room) = self.rooms.get_mut(name) else {
            return;
        };
        let Some(at) = room
            .offers
            .iter()
            .position(|offer| offer.id == signal.offer_id)
        else {
            return;
        };
        let offer = room.offers.remove(at);
        let opened = room.key.open(&signal.sealed);
        match (opened, self.conns.get_mut(&offer.link)) {
            (Ok(sdp), Some(conn)) => {
                conn.remote = Some(signal.from);
                self.outputs.push_back(Output::Accept {
                    link: offer.link,
                    sdp,
                });
            }
            (Ok(_) | Err(_), _) => self.drop_conn(offer.link),
        }
    }

    // Connections, §4.5, §8.

    fn new_conn(&mut self, name: &str, remote: Option<PeerId>) -> LinkId {
        self.last_link += 1;
        let link = LinkId(self.last_link);
        self.conns.insert(
            link,
            Conn {
                remote,
                room: name.to_owned(),
                is_open: false,
                bound: BTreeSet::new(),
                present: BTreeSet::new(),
                parked: BTreeMap::new(),
                idle_since: None,
                shaky_since: None,
            },
        );
        link
    }
}
