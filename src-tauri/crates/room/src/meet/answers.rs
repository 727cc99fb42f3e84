//! Who answers whom: offers and answers heard, answers of ours that may be in vain, and which of two
//! attempts to connect gives way.

use std::time::Duration;

use wire::{
    Action, Fingerprints, Introduction, LinkId, PeerId, SignalKind, ToTracker, TrackerSignal,
};

use super::offers::most_offers;
use crate::link::{Link, Stage, Way};
use crate::{MAX_PEERS_PER_ROOM, Now, Output, RoomKey, Rooms};

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

/// An answer that may be in vain.
#[derive(Debug)]
pub(super) struct Doubt {
    pub(super) at: Duration,
    /// Where the offer came from.
    pub(super) url: String,
}

impl Rooms {
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
        link.our_end = Fingerprints::of(sdp);
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
            link.their_end = Fingerprints::of(&sdp);
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
    pub(super) fn doubt_answers(&mut self, now: Now, key: &RoomKey) {
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
            link.their_end = Fingerprints::of(&sdp);
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

    /// Counts no answer that became a connection: only offers that lead nowhere are bounded.
    pub(crate) fn answer_was_eager_for_good(&mut self, key: &RoomKey) {
        if let Some(room) = self.rooms.get_mut(key) {
            room.meeting.eager.give_back(1);
        }
    }

    /// Puts an announce off while an answer to somebody who sorts higher is under way, if so; for a
    /// short while, lest whoever makes offers without end keep us from announcing.
    pub(super) fn hold_announce(&mut self, now: Now, key: &RoomKey, url: &str) -> bool {
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
