//! How a peer comes to be in a room: both sides show that they know its password
//! (protocol/trystero §6).

use std::time::Duration;

use wire::{Action, Handshake, LinkId, PeerId};

use super::{Peering, Stage};
use crate::link::Stage as LinkStage;
use crate::{Now, Output, Presence, RoomKey, Rooms};

/// How long a handshake may take (protocol/trystero §6.2).
pub(super) const HANDSHAKE_PATIENCE: Duration = Duration::from_secs(10);

impl Rooms {
    /// Starts the handshake with the peer at the other end of an open connection, unless it is
    /// there already.
    pub(crate) fn bind(&mut self, now: Now, key: &RoomKey, id: LinkId) {
        let Some(link) = self.links.get_mut(&id) else {
            return;
        };
        let Some(remote) = link.remote else { return };
        let Some(room) = self.rooms.get_mut(key) else {
            return;
        };
        if room.peers.contains_key(&remote) || room.peers.len() >= crate::MAX_PEERS_PER_ROOM {
            return;
        }
        let initiator = self.me.peer_id < remote;
        let challenge = initiator.then(|| {
            let rng = &mut self.rng;
            let challenges = link.challenges.entry(room.token);
            challenges
                .or_insert_with(|| wire::random_challenge(rng))
                .clone()
        });
        room.peers
            .insert(remote, Peering::new(now, id, challenge.clone()));
        self.outputs.push_back(Output::Presence {
            room: key.clone(),
            peer_id: remote,
            presence: Presence::Here,
        });
        self.note_standing(key, remote);
        self.mark_bound(key, id);
        if let Some(c) = challenge {
            let challenge = Action::HandshakeData(Handshake::Challenge { c });
            self.send(now, key, remote, &challenge);
        }
    }

    /// The other side says it is not in a room. A handshake begun in the belief that it is would
    /// never end, and would be taken for the one it begins when it comes back.
    pub(crate) fn absent(&mut self, now: Now, key: &RoomKey, id: LinkId) {
        let pending = self.rooms.get(key).and_then(|room| {
            let mut peers = room.peers.iter();
            peers.find(|(_, peering)| peering.link == id && !peering.is_active())
        });
        if let Some(peer) = pending.map(|(peer, _)| *peer) {
            self.detach(now, key, peer, id);
        }
    }

    /// Meets the peers that are connected through another room and have said they are in this one.
    pub(crate) fn greet_connected(&mut self, now: Now, key: &RoomKey) {
        let Some(room) = self.rooms.get(key) else {
            return;
        };
        let (origin, token) = (room.address.origin.clone(), room.token);
        self.send_presence(now, &origin, token, true);
        let there: Vec<LinkId> = self
            .links
            .iter()
            .filter(|(_, link)| {
                link.stage == LinkStage::Open
                    && link.origin == origin
                    && link.present.contains(&token)
            })
            .map(|(id, _)| *id)
            .collect();
        for id in there {
            self.bind(now, key, id);
        }
    }

    pub(super) fn handshake(&mut self, now: Now, key: &RoomKey, peer: PeerId, data: Handshake) {
        let Some(room) = self.rooms.get_mut(key) else {
            return;
        };
        let Some(peering) = room.peers.get_mut(&peer) else {
            return;
        };
        let Stage::Pending {
            own_passed,
            challenge,
            ..
        } = &mut peering.stage
        else {
            return;
        };
        if *own_passed {
            return;
        }
        match (challenge, data) {
            (Some(sent), Handshake::Response { h }) => {
                if h != wire::challenge_response(sent, &room.address) {
                    let link = peering.link;
                    self.other_password(now, key, peer);
                    self.detach(now, key, peer, link);
                    return;
                }
                *own_passed = true;
            }
            (None, Handshake::Challenge { c }) => {
                *own_passed = true;
                let h = wire::challenge_response(&c, &room.address);
                let response = Action::HandshakeData(Handshake::Response { h });
                self.send(now, key, peer, &response);
            }
            (Some(_) | None, _) => return,
        }
        self.send(now, key, peer, &Action::HandshakeReady);
        self.activate_if_ready(now, key, peer);
    }

    pub(super) fn activate_if_ready(&mut self, now: Now, key: &RoomKey, peer: PeerId) {
        let Some(peering) = self
            .rooms
            .get_mut(key)
            .and_then(|room| room.peers.get_mut(&peer))
        else {
            return;
        };
        if !matches!(
            peering.stage,
            Stage::Pending {
                own_passed: true,
                remote_ready: true,
                ..
            }
        ) {
            return;
        }
        peering.stage = Stage::Active;
        peering.active_since = now.since_start;
        peering.metadata_due = true;
        peering.exchange.next = now.since_start + crate::exchange::FIRST_LINE_PAUSE;
        self.send_due_metadata(now);
        self.password_works(key, peer);
        self.welcome(now, key, peer);
        self.calm_down(now, key);
    }

    /// The handshake did not end in time. If no room uses the connection it is closed, so that both
    /// sides can meet anew through a tracker.
    pub(super) fn handshake_failed(&mut self, now: Now, key: &RoomKey, peer: PeerId, link: LinkId) {
        self.detach(now, key, peer, link);
        let unused = self
            .links
            .get(&link)
            .is_some_and(|link| link.bound.is_empty());
        if unused {
            self.lose_link(now, link);
            self.search_again(now, key);
        }
    }

    /// Whether a peer took our answer to its challenge and let us in no more: whoever asks says
    /// nothing when the answer is wrong (protocol/trystero §6.3).
    pub(super) fn was_refused(&self, key: &RoomKey, peer: PeerId, link: LinkId) -> bool {
        let answered = self
            .rooms
            .get(key)
            .and_then(|room| room.peers.get(&peer))
            .is_some_and(|peering| {
                matches!(
                    peering.stage,
                    Stage::Pending {
                        own_passed: true,
                        remote_ready: false,
                        challenge: None,
                        ..
                    }
                )
            });
        answered && self.links.get(&link).is_some_and(|link| !link.is_shaky())
    }
}

/// Whether an action begins a stay, rather than belonging to one.
pub(super) fn is_handshake(action: &str) -> bool {
    [
        Action::HandshakeReady.name(),
        Action::HandshakeData(Handshake::Other).name(),
    ]
    .contains(&action)
}
