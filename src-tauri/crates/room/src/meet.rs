//! How the peers of a room find each other through trackers: when to announce, how many offers to
//! hold, who answers whom.
//!
//! An offer is announced once and to one tracker: a second peer that answers it would wait its whole
//! answering time-out (23.3 s in browsers) for nothing. Whoever has the lower peer id offers and the
//! higher answers (protocol/trystero §4.3); when an unknown peer with a higher id shows itself by an
//! offer of its own, we announce at once, so that no join waits for a timer.

mod answers;
mod offers;

use std::collections::BTreeMap;
use std::time::Duration;

use rand::Rng;
use wire::{FromTracker, LinkId, OfferId, SignalKind, ToTracker};

use crate::bucket::Bucket;
use crate::introduce::Circle;
use crate::link::{Stage, Way};
use crate::{Now, Output, Room, RoomKey, Rooms};
use answers::Doubt;
use offers::{FEW_OFFERS, OFFER_LIFE, Offer, wanted_offers};

/// Pauses between announces while someone in the swarm is not connected. In a large room chance
/// decides who gets an offer, so it takes a while of trying; someone who is only on the tracker's
/// list and nowhere else is not looked for as often for ever.
const SEARCHING: [Duration; 16] = [
    Duration::from_millis(250),
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
    Duration::from_secs(5),
    Duration::from_secs(5),
    Duration::from_secs(5),
    Duration::from_secs(5),
    Duration::from_secs(5),
    Duration::from_secs(5),
    Duration::from_secs(8),
    Duration::from_secs(8),
    Duration::from_secs(8),
    Duration::from_secs(15),
    Duration::from_secs(20),
];
/// The pause while everyone known is connected, where the tracker does not ask for another.
const CONTENT: Duration = Duration::from_secs(90);
/// How soon a tracker is asked again, at the earliest, when more came than it had counted.
const RECOUNT: Duration = Duration::from_secs(5);
/// Bounds of what a tracker may ask for.
const INTERVAL_BOUNDS: (Duration, Duration) = (Duration::from_secs(20), Duration::from_secs(120));

/// Answers out of turn, to somebody who sorts higher, that do not become connections: at once, and
/// per second. Whoever makes offers without end gets ours instead.
const EAGER_ANSWERS: (u32, f64) = (10, 0.2);

/// A room's dealings with trackers.
#[derive(Debug)]
pub(crate) struct Meeting {
    offers: BTreeMap<OfferId, Offer>,
    schedules: BTreeMap<String, Schedule>,
    /// Answers we gave to somebody who sorts higher, and when to stop counting on each. Browser peers
    /// announce one offer to several trackers, so another may have answered it first.
    doubts: BTreeMap<LinkId, Doubt>,
    eager: Bucket,
    pub(crate) circle: Circle,
}

impl Default for Meeting {
    fn default() -> Self {
        Self {
            offers: BTreeMap::new(),
            schedules: BTreeMap::new(),
            doubts: BTreeMap::new(),
            eager: Bucket::new(EAGER_ANSWERS.0, EAGER_ANSWERS.1),
            circle: Circle::default(),
        }
    }
}

/// When to announce to one tracker.
#[derive(Debug)]
struct Schedule {
    next: Duration,
    tries: usize,
    interval: Duration,
    /// Peers in the swarm with us, when the tracker last said.
    swarm: Option<usize>,
    /// An announce with offers is due as soon as there are any.
    owed: bool,
    /// Whether we are in its swarm.
    announced: bool,
    /// Since when an announce that is due waits for answers under way.
    held_since: Option<Duration>,
    /// Announces the tracker has not replied to yet.
    unanswered: u32,
    /// Announces out of turn.
    urgent: Bucket,
}

impl Schedule {
    fn new(now: Duration, near: bool) -> Self {
        Self {
            next: now,
            tries: 0,
            interval: CONTENT,
            swarm: None,
            owed: false,
            announced: false,
            held_since: None,
            unanswered: 0,
            urgent: if near {
                Bucket::new(20, 5.0)
            } else {
                Bucket::new(5, 0.5)
            },
        }
    }

    fn is_missing(&self, connected: usize) -> bool {
        self.swarm.is_none_or(|swarm| swarm > connected + 1)
    }

    fn pause(&self, connected: usize) -> Duration {
        if self.is_missing(connected) {
            SEARCHING[self.tries.min(SEARCHING.len() - 1)]
        } else {
            self.interval
        }
    }
}

impl Meeting {
    pub(crate) fn next_wake(&self) -> Option<Duration> {
        let announces = self.schedules.values().map(|schedule| schedule.next);
        let offers = self
            .offers
            .values()
            .filter_map(|offer| offer.sent.as_ref().map(|sent| sent.at + OFFER_LIFE));
        let doubts = self.doubts.values().map(|doubt| doubt.at);
        let circle = self.circle.next_wake();
        announces.chain(offers).chain(doubts).chain(circle).min()
    }
}

impl Rooms {
    /// Starts looking for the peers of a room that was just joined.
    pub(crate) fn start_meeting(&mut self, now: Now, key: &RoomKey) {
        self.stock_offers(now, key, FEW_OFFERS, false);
        let open: Vec<String> = self
            .trackers
            .values()
            .filter(|tracker| tracker.open)
            .map(|tracker| tracker.status().url)
            .collect();
        for url in open {
            self.begin_schedule(now, key, &url);
        }
    }

    /// Starts announcing every room on a tracker whose socket opened.
    pub(crate) fn announce_everywhere_on(&mut self, now: Now, url: &str) {
        let keys: Vec<RoomKey> = self.rooms.keys().cloned().collect();
        for key in keys {
            self.begin_schedule(now, &key, url);
        }
    }

    /// Stops announcing on a tracker whose socket closed.
    pub(crate) fn forget_schedules(&mut self, url: &str) {
        for room in self.rooms.values_mut() {
            room.meeting.schedules.remove(url);
        }
    }

    /// Withdraws a room from all trackers and gives up everything not yet connected.
    pub(crate) fn end_meeting(&mut self, key: &RoomKey) {
        let Some(room) = self.rooms.get_mut(key) else {
            return;
        };
        let meeting = std::mem::take(&mut room.meeting);
        let text = ToTracker::Stopped {
            info_hash: room.info_hash,
            peer_id: self.me.peer_id,
        }
        .to_json();
        for (url, schedule) in meeting.schedules {
            if schedule.announced {
                self.outputs.push_back(Output::Announce {
                    url,
                    text: text.clone(),
                });
            }
        }
        let unfinished: Vec<LinkId> = self
            .links
            .iter()
            .filter(|(_, link)| link.made_for == *key && link.stage != Stage::Open)
            .map(|(id, _)| *id)
            .collect();
        for link in unfinished {
            self.drop_link(link);
        }
    }

    /// A tracker said something.
    pub(crate) fn tracker_said(&mut self, now: Now, url: &str, message: FromTracker) {
        if message.failure.is_some() || message.interval.is_some() {
            self.tracker_verdict(url, message.failure);
        }
        let Some(key) = message.info_hash.and_then(|info_hash| {
            self.rooms
                .iter()
                .find(|(_, room)| room.info_hash == info_hash)
                .map(|(key, _)| key.clone())
        }) else {
            return;
        };
        self.note_swarm(now, &key, url, message.interval, message.swarm);
        let Some(signal) = message.signal else {
            return;
        };
        if signal.from == self.me.peer_id
            || self.banned.contains_key(&signal.from)
            || self.people.is_shunned(signal.from)
        {
            return;
        }
        match signal.kind {
            SignalKind::Offer => self.offer_heard(now, &key, Way::Tracker(url.to_owned()), &signal),
            SignalKind::Answer => self.answer_heard(now, &key, &signal),
        }
    }

    /// Announces the room again soon on all trackers: someone was lost, or the network changed.
    pub(crate) fn search_again(&mut self, now: Now, key: &RoomKey) {
        let Some(room) = self.rooms.get_mut(key) else {
            return;
        };
        for schedule in room.meeting.schedules.values_mut() {
            schedule.tries = 0;
            schedule.swarm = None;
        }
        let urls: Vec<String> = room.meeting.schedules.keys().cloned().collect();
        for url in urls {
            self.announce_urgently(now, key, &url);
        }
    }

    /// Waits longer where everyone known is connected now. Where more are connected than the tracker
    /// last counted, it is asked again before long: others may have come with them.
    pub(crate) fn calm_down(&mut self, now: Now, key: &RoomKey) {
        // Not all at the same moment: everyone in the room sees the newcomer.
        let recount = now.since_start + RECOUNT.mul_f64(self.rng.gen_range(1.0..2.0));
        let Some(room) = self.rooms.get_mut(key) else {
            return;
        };
        let connected = room.active_peers();
        for schedule in room.meeting.schedules.values_mut() {
            if schedule.is_missing(connected) || schedule.owed {
                continue;
            }
            schedule.tries = 0;
            if schedule.swarm == Some(connected + 1) {
                schedule.next = schedule.next.max(now.since_start + schedule.interval);
            } else {
                schedule.next = schedule.next.min(recount);
            }
        }
    }

    pub(crate) fn wake_meetings(&mut self, now: Now) {
        let keys: Vec<RoomKey> = self.rooms.keys().cloned().collect();
        for key in keys {
            self.retire_offers(now, &key);
            self.doubt_answers(now, &key);
            let due: Vec<String> = self.rooms.get(&key).map_or_else(Vec::new, |room| {
                room.meeting
                    .schedules
                    .iter()
                    .filter(|(_, schedule)| schedule.next <= now.since_start)
                    .map(|(url, _)| url.clone())
                    .collect()
            });
            for url in due {
                // It counts as one out of turn as well, or a flood of offers would get two announces
                // for each token: one when it is there, one when it was waited for.
                if let Some(room) = self.rooms.get_mut(&key)
                    && let Some(schedule) = room.meeting.schedules.get_mut(&url)
                {
                    schedule.urgent.take(now.since_start, 1);
                    schedule.tries = schedule.tries.saturating_add(1);
                }
                self.announce(now, &key, &url);
            }
        }
    }

    fn begin_schedule(&mut self, now: Now, key: &RoomKey, url: &str) {
        let near = self.trackers.get(url).is_some_and(|it| it.is_near());
        let Some(room) = self.rooms.get_mut(key) else {
            return;
        };
        room.meeting
            .schedules
            .insert(url.to_owned(), Schedule::new(now.since_start, near));
        self.announce(now, key, url);
    }

    fn announce_urgently(&mut self, now: Now, key: &RoomKey, url: &str) {
        let Some(schedule) = self
            .rooms
            .get_mut(key)
            .and_then(|room| room.meeting.schedules.get_mut(url))
        else {
            return;
        };
        if schedule.urgent.take(now.since_start, 1) {
            self.announce(now, key, url);
        } else {
            let soon = now.since_start + schedule.urgent.wait();
            schedule.next = schedule.next.min(soon);
        }
    }

    /// Announces now, if there are offers enough at hand; otherwise as soon as they are made. The
    /// first time it is done at once in any case, so that others' offers reach us meanwhile.
    fn announce(&mut self, now: Now, key: &RoomKey, url: &str) {
        self.retire_offers(now, key);
        let near = self.trackers.get(url).is_some_and(|it| it.is_near());
        let Some(room) = self.rooms.get_mut(key) else {
            return;
        };
        let connected = room.active_peers();
        let Some(schedule) = room.meeting.schedules.get_mut(url) else {
            return;
        };
        let wanted = wanted_offers(schedule, connected, near);
        schedule.next = now.since_start + schedule.pause(connected);
        schedule.owed = true;
        let first = !schedule.announced;
        // Fewer offers than others in the swarm would leave to chance who gets one.
        let others = schedule
            .swarm
            .map_or(wanted, |swarm| swarm.saturating_sub(1));
        let at_hand = room.meeting.fresh(near).len();
        self.stock_offers(now, key, wanted.saturating_sub(at_hand), near);
        let in_making = self
            .rooms
            .get(key)
            .is_some_and(|room| room.meeting.unmade(near) > 0);
        if first || !in_making || at_hand >= others.clamp(1, wanted) {
            self.announce_offers(now, key, url, wanted);
        }
    }

    fn note_swarm(
        &mut self,
        now: Now,
        key: &RoomKey,
        url: &str,
        interval: Option<Duration>,
        swarm: Option<u32>,
    ) {
        let Some(room) = self.rooms.get_mut(key) else {
            return;
        };
        let connected = room.active_peers();
        let Some(schedule) = room.meeting.schedules.get_mut(url) else {
            return;
        };
        if let Some(interval) = interval {
            schedule.interval = interval.clamp(INTERVAL_BOUNDS.0, INTERVAL_BOUNDS.1);
        }
        let Some(swarm) = swarm else { return };
        schedule.unanswered = schedule.unanswered.saturating_sub(1);
        schedule.swarm = Some(usize::try_from(swarm).unwrap_or(usize::MAX));
        let pause = schedule.pause(connected);
        schedule.next = if schedule.is_missing(connected) {
            schedule.next.min(now.since_start + pause)
        } else {
            now.since_start + pause
        };
        if swarm <= 1 && schedule.unanswered == 0 {
            // Nobody was there to get them, so nobody will answer them: they are fresh again. Not so
            // while a later announce is under way, for somebody may have come in between.
            for offer in room.meeting.offers.values_mut() {
                if offer.sent.as_ref().is_some_and(|sent| sent.url == url) {
                    offer.sent = None;
                }
            }
            schedule.owed = false;
        }
    }

    /// Announces on all trackers: somebody is there who is not connected.
    pub(crate) fn look_for_more(&mut self, now: Now, key: &RoomKey) {
        let urls: Vec<String> = self.rooms.get(key).map_or_else(Vec::new, |room| {
            room.meeting.schedules.keys().cloned().collect()
        });
        for url in urls {
            self.announce_urgently(now, key, &url);
        }
    }
}

impl Room {
    /// Peers whose handshake is complete.
    pub(crate) fn active_peers(&self) -> usize {
        self.peers.values().filter(|peer| peer.is_active()).count()
    }
}
