//! Whoever left a room or was blocked there gets nothing more of us, and gives nothing.
//!
//! Connections for files are made over the room's link, and would outlive it. Those with browsers are
//! not: they are met at trackers, under names that say nothing of who they are in the room.

use std::time::Duration;

use room::{Presence, RoomKey};
use wire::{LinkId, PeerId};

use super::engine::Engine;
use super::links::With;
use super::swarm::{SwarmId, Way};

/// How long files go on moving after the room lost somebody without a word: a connection of the room's
/// that breaks is soon made anew.
const GRACE: Duration = Duration::from_secs(10);

impl Engine {
    /// Somebody came into a room, or is not there any more.
    pub(super) fn is_present(&mut self, room: RoomKey, peer: PeerId, presence: Presence) {
        let until = self.now() + GRACE;
        let who = (room, peer);
        match presence {
            Presence::Here => drop(self.missing.remove(&who)),
            // Without a connection there is nothing to wait for.
            Presence::Lost if !self.links_with(&who.0, peer).is_empty() => {
                self.missing.insert(who, until);
            }
            Presence::Lost => {}
            Presence::Gone => {
                self.missing.remove(&who);
                self.part_from(&who.0, peer);
            }
        }
    }

    /// Parts from those who did not come back in time.
    pub(super) fn part_from_the_missing(&mut self, now: Duration) {
        let late = self.missing.iter().filter(|(_, until)| **until <= now);
        let late: Vec<(RoomKey, PeerId)> = late.map(|(who, _)| who.clone()).collect();
        for (room, peer) in late {
            self.missing.remove(&(room.clone(), peer));
            self.part_from(&room, peer);
        }
    }

    fn part_from(&mut self, room: &RoomKey, peer: PeerId) {
        let there = self.swarms.keys().filter(|id| self.is_in(**id, room));
        let there: Vec<SwarmId> = there.copied().collect();
        for id in there {
            if let Some(Way::Natives(natives)) = self.way(id) {
                natives.is_gone(peer);
            }
        }
        for link in self.links_with(room, peer) {
            // What waits to be sent is not sent any more.
            self.mesh.cut(link);
            self.link_closed(link);
        }
    }

    fn links_with(&self, room: &RoomKey, peer: PeerId) -> Vec<LinkId> {
        let links = self.links.iter().filter(|(_, link)| {
            matches!(link.with, With::Native { peer: with, .. } if with == peer)
                && self.is_in(link.swarm, room)
        });
        links.map(|(id, _)| *id).collect()
    }

    fn is_in(&self, id: SwarmId, room: &RoomKey) -> bool {
        let swarm = self.swarms.get(&id);
        let transfer = swarm.and_then(|swarm| self.transfers.get(&swarm.transfer));
        transfer.is_some_and(|transfer| transfer.place.room == *room)
    }
}
