//! How the peers of a room find each other through trackers: when to announce, how many offers to
//! hold, who answers whom.
//!
//! An offer is announced once and to one tracker: a second peer that answers it would wait its whole
//! answering time-out (23.3 s in browsers) for nothing. Whoever has the lower peer id offers and the
//! higher answers (protocol/trystero §4.3); when an unknown peer with a higher id shows itself by an
//! offer of its own, we announce at once, so that no join waits for a timer.

use std::collections::BTreeMap;
use std::time::Duration;

use rand::Rng;
use wire::{
    Action, FromTracker, Introduction, LinkId, OfferId, PeerId, SignalKind, ToTracker,
    TrackerSignal,
};

use crate::bucket::Bucket;
use crate::introduce::Circle;
use crate::link::{Link, Stage, Way};
use crate::{MAX_PEERS_PER_ROOM, Now, Output, Room, RoomKey, Rooms};

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
/// Offers in an announce when nothing more is known, as browser peers send (protocol/trystero §2.4).
const FEW_OFFERS: usize = 3;
/// Offers in an announce to a public tracker; older Trystero versions sent as many, and trackers
/// commonly refuse more.
const MOST_OFFERS_FAR: usize = 10;
/// Offers in an announce to a tracker on this machine or network.
const MOST_OFFERS_NEAR: usize = 24;
/// Offers one room holds over all trackers; the oldest announced gives way.
const MAX_OFFERS: usize = 64;
/// How long an announced offer may be answered. Browser peers give up an answer after 23.3 s.
const OFFER_LIFE: Duration = Duration::from_secs(25);
/// How long an offer may wait to be announced; then its candidates may be stale.
const OFFER_SHELF_LIFE: Duration = Duration::from_secs(50);
/// How long we stay with one attempt to connect to a peer before another may take its place.
const ATTEMPT_PATIENCE: Duration = Duration::from_secs(5);
/// How long after an announce somebody may still be answering an offer it brought.
const OFFERED_LATELY: Duration = Duration::from_secs(3);
/// How long announces wait for an answer just given to somebody who sorts higher: an offer that met
/// it on its way would make a second connection, and of two each side may keep another.
const ANSWER_QUIET: Duration = Duration::from_secs(1);
/// How long a tracker's announce waits for such answers at most, however many there are.
const MOST_QUIET: Duration = Duration::from_secs(2);
/// Attempts to answer at once in one room.
const MAX_ANSWERING: usize = 32;

/// Answers out of turn, to somebody who sorts higher: at once, and per second. Each costs a
/// connection; whoever makes offers without end gets ours instead.
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

/// An answer that may be in vain.
#[derive(Debug)]
struct Doubt {
    at: Duration,
    /// Where the offer came from.
    url: String,
}

/// One offer we hold.
#[derive(Debug)]
struct Offer {
    link: LinkId,
    made_at: Duration,
    sdp: Option<String>,
    complete: bool,
    sent: Option<Sent>,
}

/// Where and when an offer was announced.
#[derive(Debug)]
struct Sent {
    url: String,
    at: Duration,
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

    fn fresh(&self, near: bool) -> Vec<OfferId> {
        self.offers
            .iter()
            .filter(|(_, offer)| {
                offer.sent.is_none() && offer.sdp.is_some() && (near || offer.complete)
            })
            .map(|(id, _)| *id)
            .collect()
    }

    fn unmade(&self, near: bool) -> usize {
        self.offers
            .values()
            .filter(|offer| {
                offer.sent.is_none() && (offer.sdp.is_none() || !(near || offer.complete))
            })
            .count()
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

    /// An offer of ours has got its description.
    pub(crate) fn offer_made(&mut self, now: Now, link: LinkId, sdp: String, complete: bool) {
        let Some(Link {
            made_for: key,
            stage: Stage::Offering(offer_id),
            ..
        }) = self.links.get(&link)
        else {
            return;
        };
        let (key, offer_id) = (key.clone(), *offer_id);
        if self.invitation_made(now, &key, offer_id, &sdp, complete) {
            return;
        }
        let Some(offer) = self
            .rooms
            .get_mut(&key)
            .and_then(|room| room.meeting.offers.get_mut(&offer_id))
        else {
            return;
        };
        offer.sdp = Some(sdp);
        offer.complete = complete;
        self.pay_owed(now, &key, true);
    }

    /// An answer of ours has got its description.
    pub(crate) fn answer_made(&mut self, now: Now, id: LinkId, sdp: &str) {
        let iv = self.new_iv();
        let Some(link) = self.links.get_mut(&id) else {
            return;
        };
        let (Stage::Answering { by, offer_id }, Some(remote)) = (&link.stage, link.remote) else {
            return;
        };
        let (by, offer_id) = (by.clone(), *offer_id);
        let Some(room) = self.rooms.get(&link.made_for) else {
            return;
        };
        let key = link.made_for.clone();
        link.connecting(now);
        let sealed = room.key.seal(sdp, iv);
        let from = self.me.peer_id;
        match by {
            Way::Tracker(url) => {
                let text = ToTracker::Answer {
                    info_hash: room.info_hash,
                    peer_id: from,
                    to: remote,
                    offer_id,
                    sealed,
                }
                .to_json();
                self.outputs.push_back(Output::Announce { url, text });
            }
            Way::Peer(by) => {
                let introduction = Introduction {
                    from,
                    to: remote,
                    offer_id,
                    kind: SignalKind::Answer,
                    sealed,
                };
                self.send(now, &key, by, &Action::Introduction(introduction));
            }
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

    /// The offer a connection was made for, if it is still held, leaves the book.
    pub(crate) fn forget_offer(&mut self, key: &RoomKey, offer_id: &OfferId) {
        if let Some(room) = self.rooms.get_mut(key) {
            room.meeting.offers.remove(offer_id);
            room.meeting.circle.forget(offer_id);
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

    /// An offer of ours could not be made. Those that wait for it go without; another is not tried
    /// before the next announce, lest a machine that can make none tries for ever.
    pub(crate) fn offer_failed(&mut self, now: Now, key: &RoomKey) {
        self.pay_owed(now, key, false);
    }

    /// Announces to the trackers that wait for offers, when enough are made.
    fn pay_owed(&mut self, now: Now, key: &RoomKey, restock: bool) {
        let owed: Vec<String> = self.rooms.get(key).map_or_else(Vec::new, |room| {
            room.meeting
                .schedules
                .iter()
                .filter(|(_, schedule)| schedule.owed)
                .map(|(url, _)| url.clone())
                .collect()
        });
        for url in owed {
            let near = self.trackers.get(&url).is_some_and(|it| it.is_near());
            let Some(room) = self.rooms.get(key) else {
                return;
            };
            let Some(schedule) = room.meeting.schedules.get(&url) else {
                continue;
            };
            let wanted = wanted_offers(schedule, room.active_peers(), near);
            let at_hand = room.meeting.fresh(near).len();
            if at_hand >= wanted || (at_hand > 0 && room.meeting.unmade(near) == 0) {
                self.announce_offers(now, key, &url, wanted);
            } else if at_hand == 0 && restock {
                // Another tracker took them; this one has its turn with the next.
                self.stock_offers(now, key, wanted, near);
            }
        }
    }

    fn announce_offers(&mut self, now: Now, key: &RoomKey, url: &str, wanted: usize) {
        if self.hold_announce(now, key, url) {
            return;
        }
        let near = self.trackers.get(url).is_some_and(|it| it.is_near());
        let chosen: Vec<OfferId> = match self.rooms.get(key) {
            Some(room) => room.meeting.fresh(near).into_iter().take(wanted).collect(),
            None => return,
        };
        let ivs: Vec<[u8; 16]> = chosen.iter().map(|_| self.new_iv()).collect();
        let Some(room) = self.rooms.get_mut(key) else {
            return;
        };
        let mut offers = Vec::new();
        for (id, iv) in chosen.iter().zip(ivs) {
            if let Some(offer) = room.meeting.offers.get_mut(id)
                && let Some(sdp) = &offer.sdp
            {
                offers.push((*id, room.key.seal(sdp, iv)));
                offer.sent = Some(Sent {
                    url: url.to_owned(),
                    at: now.since_start,
                });
            }
        }
        if let Some(schedule) = room.meeting.schedules.get_mut(url) {
            schedule.announced = true;
            schedule.held_since = None;
            schedule.unanswered = schedule.unanswered.saturating_add(1);
            schedule.owed = offers.is_empty();
        }
        let numwant = u32::try_from(offers.len().max(FEW_OFFERS)).unwrap_or(u32::MAX);
        let text = ToTracker::Offers {
            info_hash: room.info_hash,
            peer_id: self.me.peer_id,
            numwant,
            offers,
        }
        .to_json();
        self.outputs.push_back(Output::Announce {
            url: url.to_owned(),
            text,
        });
    }

    /// Begins `more` offers, less what is being made already, as far as the bounds allow. For a
    /// tracker far away an offer is in the making until all its candidates are known.
    fn stock_offers(&mut self, now: Now, key: &RoomKey, more: usize, near: bool) {
        let Some(room) = self.rooms.get_mut(key) else {
            return;
        };
        let making = room.meeting.unmade(near);
        let more = more.saturating_sub(making);
        let surplus = (room.meeting.offers.len() + more).saturating_sub(MAX_OFFERS);
        let mut sent: Vec<(Duration, LinkId)> = room
            .meeting
            .offers
            .values()
            .filter_map(|offer| offer.sent.as_ref().map(|sent| (sent.at, offer.link)))
            .collect();
        sent.sort_unstable();
        for (_, link) in sent.into_iter().take(surplus) {
            self.drop_link(link);
        }
        for _ in 0..more {
            let offer_id = OfferId::random(&mut self.rng);
            let link = self.new_link(now, key, None, Stage::Offering(offer_id));
            let Some(link) = link else { return };
            if let Some(room) = self.rooms.get_mut(key) {
                room.meeting.offers.insert(
                    offer_id,
                    Offer {
                        link,
                        made_at: now.since_start,
                        sdp: None,
                        complete: false,
                        sent: None,
                    },
                );
            }
            self.outputs.push_back(Output::Dial { link });
        }
    }

    fn retire_offers(&mut self, now: Now, key: &RoomKey) {
        let Some(room) = self.rooms.get(key) else {
            return;
        };
        let old: Vec<LinkId> = room
            .meeting
            .offers
            .values()
            .filter(|offer| match &offer.sent {
                Some(sent) => sent.at + OFFER_LIFE <= now.since_start,
                None => offer.sdp.is_some() && offer.made_at + OFFER_SHELF_LIFE <= now.since_start,
            })
            .map(|offer| offer.link)
            .collect();
        for link in old {
            self.drop_link(link);
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

    pub(crate) fn offer_heard(&mut self, now: Now, key: &RoomKey, by: Way, signal: &TrackerSignal) {
        if self.is_connected(now, key, signal.from) {
            return;
        }
        let Some(room) = self.rooms.get(key) else {
            return;
        };
        let sdp = match room.key.open(&signal.sealed) {
            Ok(sdp) => sdp,
            Err(error) => {
                if self.not_opened(now, key, signal.from, error)
                    && let Way::Tracker(url) = &by
                {
                    self.announce_urgently(now, key, url);
                }
                return;
            }
        };
        if room.peers.len() >= MAX_PEERS_PER_ROOM {
            return;
        }
        // Whoever sorts lower offers, where both do: an offer of ours announced lately may be in the
        // other's hands already. Otherwise an answer is the shortest way; and where a swarm has more
        // members than an announce has offers, only an answer is sure to reach the one it is for.
        if let Way::Tracker(url) = &by
            && self.me.peer_id < signal.from
            && !self.is_crowded(key, url)
            && (self.offered_lately(now, key) || !self.may_answer_eagerly(now, key))
        {
            let underway = self.attempt_with(key, signal.from);
            let underway = underway.is_some_and(|link| self.is_fresh(now, link));
            if !underway {
                self.announce_urgently(now, key, url);
            }
            return;
        }
        // Two who invited each other keep the invitation of whoever sorts lower.
        if let Some(earlier) = self.attempt_with(key, signal.from)
            && self.is_invitation(earlier)
        {
            if self.me.peer_id < signal.from {
                return;
            }
            self.drop_link(earlier);
        }
        if !self.give_up_earlier(now, key, signal.from) {
            return;
        }
        let answering = self
            .links
            .values()
            .filter(|link| link.made_for == *key && matches!(link.stage, Stage::Answering { .. }))
            .count();
        if answering >= MAX_ANSWERING {
            return;
        }
        let near = match &by {
            Way::Tracker(url) => self.trackers.get(url).is_some_and(|it| it.is_near()),
            Way::Peer(peer) => self.is_near(key, *peer),
        };
        let stage = Stage::Answering {
            by: by.clone(),
            offer_id: signal.offer_id,
        };
        let Some(id) = self.new_link(now, key, Some(signal.from), stage) else {
            return;
        };
        if let Some(link) = self.links.get_mut(&id) {
            link.near = near;
        }
        self.outputs.push_back(Output::Answer { link: id, sdp });
        if let Way::Tracker(url) = by
            && self.me.peer_id < signal.from
            && let Some(room) = self.rooms.get_mut(key)
        {
            let at = now.since_start + ANSWER_QUIET;
            let doubt = Doubt {
                at,
                url: url.clone(),
            };
            room.meeting.doubts.insert(id, doubt);
            self.announce_if_more_are_missing(now, key, &url);
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

    /// Announces at once where more are in the swarm than those being answered.
    fn announce_if_more_are_missing(&mut self, now: Now, key: &RoomKey, url: &str) {
        let answering = self
            .links
            .values()
            .filter(|link| link.made_for == *key && link.is_answer() && link.stage != Stage::Open)
            .count();
        let more = self.rooms.get(key).is_some_and(|room| {
            let known = room.active_peers() + answering;
            let schedule = room.meeting.schedules.get(url);
            schedule
                .and_then(|it| it.swarm)
                .is_some_and(|swarm| swarm > known + 1)
        });
        if more {
            self.announce_urgently(now, key, url);
        }
    }

    /// Makes offers of our own to those our answers have not reached.
    fn doubt_answers(&mut self, now: Now, key: &RoomKey) {
        let Some(room) = self.rooms.get_mut(key) else {
            return;
        };
        let mut due = Vec::new();
        room.meeting.doubts.retain(|link, doubt| {
            let is_due = doubt.at <= now.since_start;
            if is_due {
                due.push((*link, std::mem::take(&mut doubt.url)));
            }
            !is_due
        });
        for (link, url) in due {
            let link = self.links.get(&link);
            if link.is_some_and(|link| link.stage != Stage::Open) {
                self.announce_urgently(now, key, &url);
            }
        }
    }

    pub(crate) fn answer_heard(&mut self, now: Now, key: &RoomKey, signal: &TrackerSignal) {
        let Some(room) = self.rooms.get(key) else {
            return;
        };
        let meeting = &room.meeting;
        let (id, near) = if let Some(offer) = meeting.offers.get(&signal.offer_id) {
            let url = offer.sent.as_ref().map(|sent| sent.url.as_str());
            let tracker = url.and_then(|url| self.trackers.get(url));
            (offer.link, tracker.is_some_and(|it| it.is_near()))
        } else if let Some(link) = meeting.circle.invitation(&signal.offer_id, signal.from) {
            (link, self.links.get(&link).is_some_and(|it| it.near))
        } else {
            return;
        };
        let sdp = match room.key.open(&signal.sealed) {
            Ok(sdp) => sdp,
            Err(error) => {
                self.not_opened(now, key, signal.from, error);
                return;
            }
        };
        if self.is_connected(now, key, signal.from) {
            self.drop_link(id);
            return;
        }
        // Of two attempts at once, both sides keep the one offered by whoever sorts lower. An
        // invitation nobody has answered yet is none.
        if let Some(earlier) = self.attempt_with(key, signal.from).filter(|it| *it != id) {
            let lower = self.me.peer_id < signal.from;
            let answers = self.links.get(&earlier).is_some_and(Link::is_answer);
            let gives_way = self.is_invitation(earlier) || (lower && answers);
            if !gives_way && self.is_fresh(now, earlier) {
                self.drop_link(id);
                return;
            }
            self.drop_link(earlier);
        }
        self.forget_offer(key, &signal.offer_id);
        if let Some(link) = self.links.get_mut(&id) {
            link.remote = Some(signal.from);
            link.near = near;
            link.connecting(now);
            self.outputs.push_back(Output::Accept { link: id, sdp });
        }
    }

    /// Whether a connection to this peer is open already; then the room is bound to it instead of
    /// making another (protocol/trystero §4.2). One that hears nothing is given up.
    pub(crate) fn is_connected(&mut self, now: Now, key: &RoomKey, peer: PeerId) -> bool {
        let Some(origin) = self.rooms.get(key).map(|room| room.address.origin.clone()) else {
            return false;
        };
        let Some(id) = self.connected.get(&(origin, peer)).copied() else {
            return false;
        };
        if self.links.get(&id).is_some_and(Link::is_shaky) {
            self.lose_link(now, id);
            return false;
        }
        self.bind(now, key, id);
        true
    }

    /// Whether someone may be answering an offer of ours now.
    fn offered_lately(&self, now: Now, key: &RoomKey) -> bool {
        self.rooms.get(key).is_some_and(|room| {
            room.meeting.offers.values().any(|offer| {
                let sent = offer.sent.as_ref();
                sent.is_some_and(|sent| now.since_start < sent.at + OFFERED_LATELY)
            })
        })
    }

    fn may_answer_eagerly(&mut self, now: Now, key: &RoomKey) -> bool {
        self.rooms
            .get_mut(key)
            .is_some_and(|room| room.meeting.eager.take(now.since_start, 1))
    }

    /// Puts an announce off while an answer to somebody who sorts higher is under way, if so; for a
    /// short while, lest whoever makes offers without end keep us from announcing.
    fn hold_announce(&mut self, now: Now, key: &RoomKey, url: &str) -> bool {
        if self.is_crowded(key, url) {
            return false;
        }
        let answers: Vec<Duration> = self
            .links
            .values()
            .filter(|link| {
                link.made_for == *key
                    && link.is_answer()
                    && link.stage != Stage::Open
                    && link.remote.is_some_and(|remote| self.me.peer_id < remote)
            })
            .map(|link| link.since + ANSWER_QUIET)
            .collect();
        let Some(room) = self.rooms.get_mut(key) else {
            return false;
        };
        let connected = room.active_peers();
        let schedule = room.meeting.schedules.get_mut(url);
        let (Some(until), Some(schedule)) = (answers.iter().max().copied(), schedule) else {
            return false;
        };
        if schedule.is_missing(connected + answers.len()) {
            return false;
        }
        let since = *schedule.held_since.get_or_insert(now.since_start);
        let until = until.min(since + MOST_QUIET);
        if !schedule.announced || until <= now.since_start {
            return false;
        }
        schedule.owed = false;
        schedule.next = until;
        true
    }

    /// Whether an announce cannot have an offer for everyone in the swarm.
    fn is_crowded(&self, key: &RoomKey, url: &str) -> bool {
        let near = self.trackers.get(url).is_some_and(|it| it.is_near());
        self.rooms
            .get(key)
            .and_then(|room| room.meeting.schedules.get(url)?.swarm)
            .is_some_and(|swarm| swarm.saturating_sub(1) > most_offers(near))
    }

    /// Makes way for a new attempt to connect to a peer. Not while an earlier one may still come to
    /// something.
    fn give_up_earlier(&mut self, now: Now, key: &RoomKey, peer: PeerId) -> bool {
        match self.attempt_with(key, peer) {
            Some(earlier) if self.is_fresh(now, earlier) => false,
            Some(earlier) => {
                self.drop_link(earlier);
                true
            }
            None => true,
        }
    }

    fn is_fresh(&self, now: Now, attempt: LinkId) -> bool {
        self.links
            .get(&attempt)
            .is_some_and(|link| now.since_start < link.since + ATTEMPT_PATIENCE)
    }

    /// The attempt under way to connect to a peer, in whichever room of the same origin it began:
    /// they will share the connection, and of two each side may close another.
    pub(crate) fn attempt_with(&self, key: &RoomKey, peer: PeerId) -> Option<LinkId> {
        let origin = &self.rooms.get(key)?.address.origin;
        self.links
            .iter()
            .find(|(_, link)| {
                link.remote == Some(peer) && link.origin == *origin && link.stage != Stage::Open
            })
            .map(|(id, _)| *id)
    }
}

impl Room {
    /// Peers whose handshake is complete.
    pub(crate) fn active_peers(&self) -> usize {
        self.peers.values().filter(|peer| peer.is_active()).count()
    }
}

fn wanted_offers(schedule: &Schedule, connected: usize, near: bool) -> usize {
    match schedule.swarm {
        // Offers go to random members of the swarm, so all of it must be aimed at.
        Some(swarm) if schedule.is_missing(connected) => {
            let others = swarm.saturating_sub(1);
            others.clamp(FEW_OFFERS, most_offers(near))
        }
        Some(_) | None => FEW_OFFERS,
    }
}

fn most_offers(near: bool) -> usize {
    if near {
        MOST_OFFERS_NEAR
    } else {
        MOST_OFFERS_FAR
    }
}
