//! Who is in which swarm, and through which connection they are reached. Pure: it opens nothing,
//! reads no clock and rolls no dice.

use std::collections::{HashMap, HashSet};

use rand::Rng;
use rand::seq::index;
use tokio::time::Instant;

use crate::Limits;
use crate::message::{Announce, Counts, Event, Id, Reason};

/// One connection, for as long as it lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ConnectionId(pub(crate) u64);

/// All swarms of a tracker. A swarm without peers does not exist.
#[derive(Debug, Default)]
pub(crate) struct Swarms {
    swarms: HashMap<Id, Swarm>,
    /// What each connection holds, so that its end costs only what it held.
    held: HashMap<ConnectionId, HashSet<(Id, Id)>>,
}

/// What an announce led to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Announced {
    /// How many peers there are now.
    pub(crate) counts: Counts,
    /// Where each offer goes: the first to the first, and so on.
    pub(crate) receivers: Vec<ConnectionId>,
}

#[derive(Debug, Default)]
struct Swarm {
    /// In no order, so that any of them can be drawn by number.
    peers: Vec<Peer>,
    places: HashMap<Id, usize>,
    complete: usize,
}

#[derive(Debug)]
struct Peer {
    id: Id,
    connection: ConnectionId,
    complete: bool,
    announced: Instant,
}

impl Swarms {
    /// Takes an announce. Whoever announces a peer last is where that peer is reached: after a
    /// lost connection the new one must not wait for the old one to be missed.
    pub(crate) fn announce(
        &mut self,
        now: Instant,
        connection: ConnectionId,
        announce: &Announce<'_>,
        limits: &Limits,
        rng: &mut impl Rng,
    ) -> Result<Announced, Reason> {
        let Announce {
            info_hash, peer_id, ..
        } = *announce;

        if announce.event == Event::Stopped {
            self.remove(info_hash, peer_id);
            return Ok(Announced {
                counts: self.counts(info_hash),
                receivers: Vec::new(),
            });
        }

        self.admit(connection, info_hash, peer_id, limits)?;
        let swarm = self.swarms.entry(info_hash).or_default();
        let before = swarm.place(now, connection, announce);
        if let Some(before) = before.filter(|&before| before != connection) {
            self.release(before, info_hash, peer_id);
        }
        self.held
            .entry(connection)
            .or_default()
            .insert((info_hash, peer_id));

        let wanted = announce.wanted.min(announce.offers.len());
        Ok(Announced {
            counts: self.counts(info_hash),
            receivers: self.others(info_hash, peer_id, wanted, rng),
        })
    }

    /// The connection through which a peer is reached.
    pub(crate) fn connection_of(&self, info_hash: Id, peer_id: Id) -> Option<ConnectionId> {
        let swarm = self.swarms.get(&info_hash)?;
        let place = swarm.places.get(&peer_id)?;
        Some(swarm.peers.get(*place)?.connection)
    }

    /// How many peers a swarm has.
    pub(crate) fn counts(&self, info_hash: Id) -> Counts {
        self.swarms
            .get(&info_hash)
            .map(Swarm::counts)
            .unwrap_or_default()
    }

    /// Forgets all that a connection held. Peers who meanwhile came by another connection stay.
    pub(crate) fn close(&mut self, connection: ConnectionId) {
        for (info_hash, peer_id) in self.held.remove(&connection).unwrap_or_default() {
            self.remove_from_swarm(info_hash, peer_id);
        }
    }

    /// Forgets the peers who have not announced for so long that they must have left.
    pub(crate) fn expire(&mut self, now: Instant, limits: &Limits) {
        let mut gone = Vec::new();
        for (info_hash, swarm) in &self.swarms {
            let old = swarm
                .peers
                .iter()
                .filter(|peer| now.duration_since(peer.announced) > limits.entry_lifetime);
            gone.extend(old.map(|peer| (*info_hash, peer.id)));
        }
        for (info_hash, peer_id) in gone {
            self.remove(info_hash, peer_id);
        }
    }

    fn admit(
        &self,
        connection: ConnectionId,
        info_hash: Id,
        peer_id: Id,
        limits: &Limits,
    ) -> Result<(), Reason> {
        let held = self.held.get(&connection);
        if held.is_some_and(|held| held.contains(&(info_hash, peer_id))) {
            return Ok(());
        }
        if held.is_some_and(|held| held.len() >= limits.entries_per_connection) {
            return Err(Reason::TooManyEntries);
        }
        let full = self.swarms.get(&info_hash).is_some_and(|swarm| {
            swarm.peers.len() >= limits.peers_per_swarm && !swarm.places.contains_key(&peer_id)
        });
        if full { Err(Reason::SwarmFull) } else { Ok(()) }
    }

    /// Draws up to `wanted` peers of a swarm, never the one who asks.
    fn others(
        &self,
        info_hash: Id,
        peer_id: Id,
        wanted: usize,
        rng: &mut impl Rng,
    ) -> Vec<ConnectionId> {
        let Some(swarm) = self.swarms.get(&info_hash) else {
            return Vec::new();
        };
        let all = swarm.peers.len();
        // One more than wanted, because the asker may be drawn too.
        let drawn = index::sample(rng, all, all.min(wanted.saturating_add(1)));
        drawn
            .iter()
            .filter_map(|place| swarm.peers.get(place))
            .filter(|peer| peer.id != peer_id)
            .take(wanted)
            .map(|peer| peer.connection)
            .collect()
    }

    fn remove(&mut self, info_hash: Id, peer_id: Id) {
        if let Some(connection) = self.remove_from_swarm(info_hash, peer_id) {
            self.release(connection, info_hash, peer_id);
        }
    }

    fn remove_from_swarm(&mut self, info_hash: Id, peer_id: Id) -> Option<ConnectionId> {
        let swarm = self.swarms.get_mut(&info_hash)?;
        let removed = swarm.remove(peer_id);
        if swarm.peers.is_empty() {
            self.swarms.remove(&info_hash);
        }
        removed
    }

    fn release(&mut self, connection: ConnectionId, info_hash: Id, peer_id: Id) {
        if let Some(held) = self.held.get_mut(&connection) {
            held.remove(&(info_hash, peer_id));
            if held.is_empty() {
                self.held.remove(&connection);
            }
        }
    }
}

impl Swarm {
    fn counts(&self) -> Counts {
        Counts {
            complete: self.complete,
            incomplete: self.peers.len().saturating_sub(self.complete),
        }
    }

    /// Adds a peer or refreshes it; returns the connection it was reached by before.
    fn place(
        &mut self,
        now: Instant,
        connection: ConnectionId,
        announce: &Announce<'_>,
    ) -> Option<ConnectionId> {
        let complete = announce.complete || announce.event == Event::Completed;
        let known = self.places.get(&announce.peer_id).copied();
        if let Some(peer) = known.and_then(|place| self.peers.get_mut(place)) {
            if complete && !peer.complete {
                peer.complete = true;
                self.complete += 1;
            }
            peer.announced = now;
            return Some(std::mem::replace(&mut peer.connection, connection));
        }
        self.places.insert(announce.peer_id, self.peers.len());
        self.complete += usize::from(complete);
        self.peers.push(Peer {
            id: announce.peer_id,
            connection,
            complete,
            announced: now,
        });
        None
    }

    fn remove(&mut self, peer_id: Id) -> Option<ConnectionId> {
        let place = self.places.remove(&peer_id)?;
        if place >= self.peers.len() {
            return None;
        }
        let peer = self.peers.swap_remove(place);
        if let Some(moved) = self.peers.get(place) {
            self.places.insert(moved.id, place);
        }
        self.complete -= usize::from(peer.complete);
        Some(peer.connection)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Offer;
    use rand::SeedableRng;
    use rand::rngs::StdRng;
    use serde_json::value::RawValue;
    use std::time::Duration;

    #[test]
    fn each_offer_goes_to_another_peer_and_none_to_the_one_who_offers() {
        let mut world = World::new();
        for peer in 1..=9 {
            world.join(u64::from(peer), peer);
        }
        for _ in 0..50 {
            let mut receivers = world.announce(1, 1, 5).expect("admitted").receivers;
            receivers.sort_by_key(|connection| connection.0);
            receivers.dedup();
            assert_eq!(receivers.len(), 5);
            assert!(!receivers.contains(&ConnectionId(1)));
        }
    }

    #[test]
    fn every_other_peer_is_reached_when_there_are_enough_offers() {
        let mut world = World::new();
        for peer in 1..=4 {
            world.join(u64::from(peer), peer);
        }
        let announced = world.announce(1, 1, 10).expect("admitted");
        assert_eq!(announced.receivers.len(), 3);
    }

    #[test]
    fn a_closed_connection_takes_its_peers_with_it_but_not_those_who_moved() {
        let mut world = World::new();
        world.join(1, 1);
        world.join(1, 2);
        world.join(2, 1);

        world.swarms.close(ConnectionId(1));

        assert_eq!(
            world.swarms.connection_of(room(), id(1)),
            Some(ConnectionId(2))
        );
        assert_eq!(world.swarms.connection_of(room(), id(2)), None);
        assert_eq!(world.swarms.counts(room()).incomplete, 1);
    }

    #[test]
    fn an_empty_swarm_leaves_nothing_behind() {
        let mut world = World::new();
        world.join(1, 1);
        world.join(2, 2);
        world.swarms.close(ConnectionId(1));
        world.stop(2, 2);

        assert!(world.swarms.swarms.is_empty());
        assert!(world.swarms.held.is_empty());
    }

    #[test]
    fn a_peer_that_stops_announcing_is_forgotten() {
        let mut world = World::new();
        world.join(1, 1);
        world.now += Duration::from_secs(100);
        world.join(2, 2);
        world.now += Duration::from_secs(100);
        let limits = world.limits.clone();
        world.swarms.expire(world.now, &limits);

        assert_eq!(world.swarms.connection_of(room(), id(1)), None);
        assert!(world.swarms.connection_of(room(), id(2)).is_some());
        assert_eq!(world.swarms.held.len(), 1);
    }

    #[test]
    fn one_connection_holds_no_more_entries_than_allowed() {
        let mut world = World::new();
        world.limits.entries_per_connection = 3;
        for peer in 1..=3 {
            assert!(world.announce(1, peer, 0).is_ok());
        }
        assert_eq!(world.announce(1, 4, 0), Err(Reason::TooManyEntries));
        assert!(
            world.announce(1, 3, 0).is_ok(),
            "what it holds it may renew"
        );
        world.stop(1, 3);
        assert!(world.announce(1, 4, 0).is_ok(), "what it gave up is free");
    }

    #[test]
    fn a_full_swarm_takes_nobody_new_but_keeps_those_it_has() {
        let mut world = World::new();
        world.limits.peers_per_swarm = 2;
        assert!(world.announce(1, 1, 0).is_ok());
        assert!(world.announce(2, 2, 0).is_ok());
        assert_eq!(world.announce(3, 3, 0), Err(Reason::SwarmFull));
        assert!(world.announce(4, 2, 0).is_ok());
    }

    #[test]
    fn random_histories_keep_the_books_straight() {
        for seed in 0..200 {
            let mut world = World::new();
            world.rng = StdRng::seed_from_u64(seed);
            world.limits.entries_per_connection = 5;
            for _ in 0..200 {
                let connection = world.rng.gen_range(1..5);
                let peer = world.rng.gen_range(1..8);
                match world.rng.gen_range(0..6) {
                    0 => world.swarms.close(ConnectionId(connection)),
                    1 => world.stop(connection, peer),
                    _ => {
                        let _ = world.announce(connection, peer, 3);
                    }
                }
                world.check(seed);
            }
        }
    }

    fn room() -> Id {
        id(0)
    }

    fn id(last: u8) -> Id {
        Id::parse(&format!("{last:020}")).expect("twenty digits")
    }

    struct World {
        swarms: Swarms,
        limits: Limits,
        rng: StdRng,
        now: Instant,
    }

    impl World {
        fn new() -> Self {
            Self {
                swarms: Swarms::default(),
                limits: Limits::default(),
                rng: StdRng::seed_from_u64(7),
                now: Instant::now(),
            }
        }

        fn announce(&mut self, by: u64, peer: u8, offers: usize) -> Result<Announced, Reason> {
            self.say(by, peer, Event::Present, offers)
        }

        fn join(&mut self, by: u64, peer: u8) {
            self.announce(by, peer, 0).expect("there is room");
        }

        fn stop(&mut self, by: u64, peer: u8) {
            self.say(by, peer, Event::Stopped, 0)
                .expect("a stop is always heard");
        }

        fn say(&mut self, by: u64, peer: u8, event: Event, n: usize) -> Result<Announced, Reason> {
            let body = RawValue::from_string("{}".to_owned()).expect("valid");
            let offers = (0..n).map(|_| Offer {
                id: id(9),
                body: &body,
            });
            let announce = Announce {
                info_hash: room(),
                peer_id: id(peer),
                event,
                complete: peer.is_multiple_of(2),
                wanted: n,
                offers: offers.collect(),
            };
            let by = ConnectionId(by);
            self.swarms
                .announce(self.now, by, &announce, &self.limits, &mut self.rng)
        }

        /// The books agree with each other.
        fn check(&self, seed: u64) {
            let held: usize = self.swarms.held.values().map(HashSet::len).sum();
            let placed: usize = self.swarms.swarms.values().map(|it| it.peers.len()).sum();
            assert_eq!(held, placed, "seed {seed}");
            for (info_hash, swarm) in &self.swarms.swarms {
                assert!(!swarm.peers.is_empty(), "seed {seed}");
                assert_eq!(swarm.places.len(), swarm.peers.len(), "seed {seed}");
                let complete = swarm.peers.iter().filter(|peer| peer.complete).count();
                assert_eq!(swarm.complete, complete, "seed {seed}");
                for (place, peer) in swarm.peers.iter().enumerate() {
                    assert_eq!(swarm.places.get(&peer.id), Some(&place), "seed {seed}");
                    let holder = self.swarms.held.get(&peer.connection);
                    assert!(
                        holder.is_some_and(|held| held.contains(&(*info_hash, peer.id))),
                        "seed {seed}"
                    );
                }
            }
            for held in self.swarms.held.values() {
                assert!(
                    held.len() <= self.limits.entries_per_connection,
                    "seed {seed}"
                );
            }
        }
    }
}
