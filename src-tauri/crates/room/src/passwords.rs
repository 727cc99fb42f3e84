//! When somebody in a room's place has another password.
//!
//! The swarm goes by the room's name alone, so all passwords share it. An offer or answer that is
//! well sealed, but not with our key, comes from another password; so does a handshake that is
//! answered wrongly, or that we answer and that is never accepted. Nobody can be asked which of the
//! two passwords is the mistyped one.

use std::collections::BTreeMap;
use std::time::Duration;

use wire::{PeerId, SealError};

use crate::bucket::Bucket;
use crate::{Now, ProblemKind, RoomKey, Rooms};

/// How long someone counts as there who was heard once. Trackers may ask for announces every two
/// minutes only.
const HEARD_LIFE: Duration = Duration::from_secs(150);
/// Sessions remembered; of more, the one heard longest ago gives way.
const MAX_HEARD: usize = 64;
/// How often it is told of newcomers at once, and per second; anybody can pretend to be many.
const TELLS: (u32, f64) = (3, 1.0 / 600.0);

/// Announces made for those whose offers do not open, at once, and per second.
const ECHOES: (u32, f64) = (3, 1.0 / 30.0);

/// The sessions of one room that have another password. Each is told of once while it is there.
#[derive(Debug)]
pub(crate) struct Others {
    heard: BTreeMap<PeerId, Duration>,
    /// Whether somebody was met under our own.
    met: bool,
    tells: Bucket,
    echoes: Bucket,
}

impl Default for Others {
    fn default() -> Self {
        Self {
            heard: BTreeMap::new(),
            met: false,
            tells: Bucket::new(TELLS.0, TELLS.1),
            echoes: Bucket::new(ECHOES.0, ECHOES.1),
        }
    }
}

impl Others {
    pub(crate) fn next_wake(&self) -> Option<Duration> {
        self.heard.values().min().map(|last| *last + HEARD_LIFE)
    }

    /// Whether there is something to tell of.
    fn hear(&mut self, now: Duration, peer: PeerId) -> bool {
        if self.heard.insert(peer, now).is_some() {
            return false;
        }
        if self.heard.len() > MAX_HEARD
            && let Some(oldest) = self.heard.iter().min_by_key(|(_, last)| **last)
        {
            let oldest = *oldest.0;
            self.heard.remove(&oldest);
        }
        self.tells.take(now, 1)
    }

    /// Whether the last of them has fallen silent.
    fn forget_silent(&mut self, now: Duration) -> bool {
        let there = !self.heard.is_empty();
        self.heard.retain(|_, last| now < *last + HEARD_LIFE);
        there && self.heard.is_empty()
    }
}

impl Rooms {
    /// What was well sealed, but not with our key, comes from someone with another password; anything
    /// else is garbage, and says nothing about passwords. Gives whether to answer with an offer of
    /// ours: theirs may be the wrong password, and they learn of it in no other way.
    pub(crate) fn not_opened(
        &mut self,
        now: Now,
        key: &RoomKey,
        peer: PeerId,
        error: SealError,
    ) -> bool {
        if error != SealError::Key {
            return false;
        }
        self.other_password(now, key, peer);
        self.rooms
            .get_mut(key)
            .is_some_and(|room| room.others.echoes.take(now.since_start, 1))
    }

    /// A session was found to have another password.
    pub(crate) fn other_password(&mut self, now: Now, key: &RoomKey, peer: PeerId) {
        let Some(room) = self.rooms.get_mut(key) else {
            return;
        };
        if room.others.hear(now.since_start, peer) {
            let (room, met) = (key.clone(), room.others.met);
            self.add_problem(now, ProblemKind::OtherPassword { room, met });
        }
    }

    /// Someone was met, so the password is not only ours. Others with another one are still
    /// remembered, and told of no more.
    pub(crate) fn password_works(&mut self, key: &RoomKey, peer: PeerId) {
        if let Some(room) = self.rooms.get_mut(key) {
            room.others.heard.remove(&peer);
            room.others.met = true;
        }
        self.drop_problems(|problem| is_other_password(&problem.what, key));
    }

    /// What was told of those who have fallen silent is over.
    pub(crate) fn forget_other_passwords(&mut self, now: Now) {
        let over: Vec<RoomKey> = self
            .rooms
            .iter_mut()
            .filter_map(|(key, room)| {
                let over = room.others.forget_silent(now.since_start);
                over.then(|| key.clone())
            })
            .collect();
        for key in over {
            self.drop_problems(|problem| is_other_password(&problem.what, &key));
        }
    }
}

fn is_other_password(what: &ProblemKind, key: &RoomKey) -> bool {
    matches!(what, ProblemKind::OtherPassword { room, .. } if room == key)
}
