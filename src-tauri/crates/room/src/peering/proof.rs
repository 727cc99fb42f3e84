//! Whether a peer holds its profile's key now, on this connection ([`wire::proof`]).
//!
//! The signature that comes with an identity can be repeated by whoever has seen it. A peer that
//! can prove more is asked to, and counts as verified only when it has; and who has proven it once
//! is afterwards nobody who cannot: see [`People::has_proven`](crate::people::People::has_proven).
//! A browser is never asked.
//!
//! ```text
//! names `proof` ──▶ Awaited ──right──▶ Proven
//!                      └──wrong, or 10 s──▶ Missing
//! ```

use std::time::Duration;

use wire::{Action, Claim, Feature, Nonce, PeerId, UserId, Verification};

use super::Peering;
use crate::{Now, Proof, RoomKey, Rooms, Trust};

/// How long a proof may take. A slow machine needs a noticeable part of a second to sign.
const PROOF_PATIENCE: Duration = Duration::from_secs(10);
/// What a question counts as nonsense that nobody has any business to ask, and an answer nobody
/// asked for: each costs a signature or its check.
const UNCALLED_FOR: u32 = 20;

/// What one peer and we have asked each other, in one stay.
#[derive(Debug, Default)]
pub(crate) struct Proving {
    /// What we asked, and when we stop waiting.
    asked: Option<(Nonce, Duration)>,
    /// What it asked. It is answered once.
    theirs: Option<Nonce>,
    /// Whose key it has proven to hold: the profile and the key.
    proven: Option<(UserId, String)>,
    /// Whether its proof was wrong or did not come.
    is_over: bool,
}

impl Proving {
    pub(super) fn next_wake(&self) -> Option<Duration> {
        let (_, until) = self.asked.as_ref()?;
        self.is_awaited().then_some(*until)
    }

    pub(super) fn is_asked(&self) -> bool {
        self.asked.is_some()
    }

    pub(super) fn is_awaited(&self) -> bool {
        self.asked.is_some() && self.proven.is_none() && !self.is_over
    }

    /// Whether this key of this profile has been proven to be held.
    pub(super) fn covers(&self, user: &UserId, public_key: &str) -> bool {
        let proven = self.proven.as_ref();
        proven.is_some_and(|(whose, key)| whose == user && key == public_key)
    }
}

impl Peering {
    /// What is known of whether it holds its key.
    pub(super) fn proof(&self) -> Proof {
        match &self.identity {
            None => Proof::None,
            Some(known) if self.proving.covers(&known.user_id, &known.public_key) => Proof::Proven,
            Some(_) if self.proving.is_awaited() => Proof::Awaited,
            Some(known) if known.unproven => Proof::Missing,
            Some(_) => Proof::None,
        }
    }
}

impl Rooms {
    /// Asks a peer that can prove it whether it holds its key, once.
    pub(super) fn ask_for_proof(&mut self, now: Now, key: &RoomKey, peer: PeerId) {
        let nonce = Nonce::random(&mut self.rng);
        let Some(peering) = self
            .rooms
            .get_mut(key)
            .and_then(|room| room.peers.get_mut(&peer))
        else {
            return;
        };
        if !peering.has(Feature::Proof) || peering.proving.is_asked() {
            return;
        }
        peering.proving.asked = Some((nonce, now.since_start + PROOF_PATIENCE));
        self.send(now, key, peer, &Action::Challenge(nonce));
    }

    /// Whether a peer is about to prove who it is.
    pub(super) fn is_proving(&self, key: &RoomKey, peer: PeerId) -> bool {
        let peering = self.rooms.get(key).and_then(|room| room.peers.get(&peer));
        peering.is_some_and(|peering| peering.proving.is_awaited())
    }

    /// A peer asks whether we hold our key.
    pub(super) fn challenge_heard(&mut self, now: Now, key: &RoomKey, peer: PeerId, nonce: Nonce) {
        let Some(peering) = self
            .rooms
            .get_mut(key)
            .and_then(|room| room.peers.get_mut(&peer))
        else {
            return;
        };
        let id = peering.link;
        let is_new = peering.has(Feature::Proof) && peering.proving.theirs.is_none();
        let may = is_new
            && self
                .links
                .get_mut(&id)
                .is_some_and(|link| link.proofs.take(now.since_start, 1));
        if !may {
            self.strike(now, id, UNCALLED_FOR);
            return;
        }
        peering.proving.theirs = Some(nonce);
        // Ours has to be there before our answer: it is part of what is signed.
        self.ask_for_proof(now, key, peer);
        let signature = self.rooms.get(key).and_then(|room| {
            let proving = &room.peers.get(&peer)?.proving;
            let link = self.links.get(&id)?;
            let claim = Claim {
                room: room.token,
                prover: self.me.peer_id,
                user: &self.me.user_id,
                verifier: peer,
                prover_nonce: proving.asked?.0,
                verifier_nonce: nonce,
                prover_end: &link.our_end,
                verifier_end: &link.their_end,
            };
            self.me.keys.prove(&mut self.rng, &claim)
        });
        if let Some(signature) = signature {
            self.send(now, key, peer, &Action::Proof(signature));
        }
    }

    /// A peer proves that it holds its key, or claims to.
    pub(super) fn proof_heard(&mut self, now: Now, key: &RoomKey, peer: PeerId, signature: &str) {
        let Some(room) = self.rooms.get_mut(key) else {
            return;
        };
        let Some(peering) = room.peers.get_mut(&peer) else {
            return;
        };
        let id = peering.link;
        if !peering.proving.is_awaited() {
            self.strike(now, id, UNCALLED_FOR);
            return;
        }
        let proving = &peering.proving;
        let known = peering.identity.as_ref();
        let link = self.links.get(&id);
        let proven = known.zip(link).and_then(|(known, link)| {
            let claim = Claim {
                room: room.token,
                prover: peer,
                user: &known.user_id,
                verifier: self.me.peer_id,
                prover_nonce: proving.theirs?,
                verifier_nonce: proving.asked?.0,
                prover_end: &link.their_end,
                verifier_end: &link.our_end,
            };
            let worth = wire::verify_proof(&known.public_key, &claim, signature);
            (worth == Verification::Verified)
                .then(|| (known.user_id.clone(), known.public_key.clone()))
        });
        peering.proving.is_over = proven.is_none();
        peering.proving.proven = proven;
        self.proof_settled(now, key, peer);
    }

    /// Those whose proof did not come in time.
    pub(super) fn miss_proofs(&mut self, now: Now) {
        let mut late = Vec::new();
        for (key, room) in &mut self.rooms {
            for (peer, peering) in &mut room.peers {
                let due = peering.proving.next_wake();
                if due.is_some_and(|due| due <= now.since_start) {
                    peering.proving.is_over = true;
                    late.push((key.clone(), *peer));
                }
            }
        }
        for (key, peer) in late {
            self.proof_settled(now, &key, peer);
        }
    }

    /// It is known whether a peer can prove who it is.
    fn proof_settled(&mut self, now: Now, key: &RoomKey, peer: PeerId) {
        let Some(room) = self.rooms.get_mut(key) else {
            return;
        };
        // Of two who have proven to hold the same key, the first is who is talked to.
        let user = room.peers.get(&peer).and_then(Peering::user_id).cloned();
        let is_ours = user.as_ref() == Some(&self.me.user_id);
        let taken = is_ours
            || room.peers.iter().any(|(other, peering)| {
                let known = peering.identity.as_ref();
                *other != peer
                    && peering.proof() == Proof::Proven
                    && known.is_some_and(|it| Some(&it.user_id) == user.as_ref() && !it.taken)
            });
        let Some(peering) = room.peers.get_mut(&peer) else {
            return;
        };
        let announced = peering.announced;
        let is_proven = peering.proof() == Proof::Proven;
        if let Some(known) = peering.identity.as_mut().filter(|_| is_proven) {
            known.unproven = false;
            known.taken = taken;
            if known.trust() == Trust::Verified && !known.key_changed {
                let people = &mut self.people;
                // To prove it takes nobody longer to have a name than to say it.
                let named = (&known.look, known.named_at);
                known.named_at = people.recognise(now, &known.user_id, &known.public_key, named);
                people.note_proven(&known.user_id);
            }
        }
        let user = user.filter(|_| is_proven);
        if let Some(user) = &user {
            self.doubt_the_unproven(user);
        }
        self.note_standing(key, peer);
        self.find_imitations(key);
        // Who has proven to have had the name first said nothing under somebody else's.
        self.note_likeness_of_lines(key, peer);
        if announced {
            self.tell_peer(key, peer);
            self.catch_up(now, key, peer);
        } else {
            self.announce_peer(now, key, peer);
        }
    }

    /// Somebody has proven who they are: whoever goes by the same profile and cannot is not them.
    fn doubt_the_unproven(&mut self, user: &UserId) {
        if !self.people.has_proven(user) {
            return;
        }
        let mut doubted = Vec::new();
        for (key, room) in &mut self.rooms {
            for (peer, peering) in &mut room.peers {
                let is_proven = peering.proof() == Proof::Proven;
                if let Some(known) = peering.identity.as_mut()
                    && known.user_id == *user
                    && !is_proven
                    && !std::mem::replace(&mut known.unproven, true)
                {
                    doubted.push((key.clone(), *peer));
                }
            }
        }
        for (key, peer) in doubted {
            self.tell_peer(&key, peer);
        }
    }
}
