//! Who a peer says it is, what is known of that, and what we say of ourselves.

use std::time::Duration;

use wire::{Action, Feature, Metadata, Native, PeerId, UserId, Verification};

use super::Peering;
use crate::looks::Look;
use crate::{Event, Me, NoticeKind, Now, PersonId, Refusal, RoomKey, Rooms, Trust};

/// Between two sendings of our metadata to one peer: browser peers list us twice when they come in
/// one burst (protocol/chitchatter §7).
pub(super) const METADATA_GAP: Duration = Duration::from_secs(1);
/// Profiles remembered of those one session said were its own.
const MAX_CLAIMS: usize = 8;

/// A name somebody goes by.
#[derive(Debug)]
pub(crate) struct Named<'a> {
    pub(crate) user: &'a UserId,
    pub(crate) name: &'a str,
    pub(crate) look: &'a Look,
    /// How the name looks that nobody can choose.
    pub(crate) animal: &'a Look,
    pub(crate) since: Duration,
    /// Whether it is more than the animal that goes with the user id.
    pub(crate) chosen: bool,
}

/// Who a peer says it is.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) user_id: UserId,
    pub(super) custom_name: String,
    pub(super) animal_name: String,
    /// Whether the signature is right.
    pub(super) signed: bool,
    /// Whether the peer was somebody else before, on the same connection.
    pub(super) switched: bool,
    /// Whether someone who was there before, or we, go by the same id. A signature can be repeated
    /// by whoever has seen it, so the later one proves nothing.
    pub(super) taken: bool,
    /// Whether the profile came with another key before.
    pub(super) key_changed: bool,
    pub(super) look: Look,
    pub(super) animal_look: Look,
    /// Since when it goes by a name that looks so.
    pub(super) named_at: Duration,
    pub(super) native: Option<Native>,
    pub(super) public_key: String,
    /// Whether it has yet to prove, or cannot prove, that it holds the key.
    pub(super) unproven: bool,
}

impl Known {
    pub(super) fn trust(&self) -> Trust {
        if self.signed && !self.switched && !self.taken && !self.unproven {
            Trust::Verified
        } else {
            Trust::Unverified
        }
    }

    fn named(&self) -> Named<'_> {
        Named {
            user: &self.user_id,
            name: self.name(),
            look: &self.look,
            animal: &self.animal_look,
            since: self.named_at,
            chosen: !self.custom_name.is_empty(),
        }
    }

    pub(super) fn name(&self) -> &str {
        if self.custom_name.is_empty() {
            &self.animal_name
        } else {
            &self.custom_name
        }
    }
}

impl Peering {
    /// Whether the peer named this extension of ours.
    pub(crate) fn has(&self, feature: Feature) -> bool {
        self.identity
            .as_ref()
            .and_then(|known| known.native.as_ref())
            .is_some_and(|native| native.features.contains(feature))
    }

    /// Whether the peer named any of our extensions.
    pub(crate) fn is_native(&self) -> bool {
        let known = self.identity.as_ref();
        known.is_some_and(|known| known.native.is_some())
    }

    pub(crate) fn user_id(&self) -> Option<&UserId> {
        self.identity.as_ref().map(|known| &known.user_id)
    }

    pub(crate) fn trust(&self) -> Trust {
        self.identity
            .as_ref()
            .map_or(Trust::Unidentified, Known::trust)
    }

    /// Who it is beyond this session. A profile that comes with another key is somebody else until
    /// the person has found out why.
    pub(crate) fn person(&self, peer: PeerId) -> PersonId {
        match &self.identity {
            Some(known) if known.trust() == Trust::Verified && !known.key_changed => {
                PersonId::Profile(known.user_id.clone())
            }
            Some(_) | None => PersonId::Session(peer),
        }
    }

    /// All profiles it said were its own.
    pub(crate) fn claimed(&self) -> impl Iterator<Item = &UserId> {
        self.claimed.iter()
    }

    pub(crate) fn named(&self) -> Option<Named<'_>> {
        self.identity.as_ref().map(Known::named)
    }

    fn note_claim(&mut self, user: &UserId) {
        if self.claimed.contains(user) {
            return;
        }
        if self.claimed.len() >= MAX_CLAIMS {
            self.claimed.pop();
        }
        self.claimed.push(user.clone());
    }

    /// What to call a peer.
    pub(crate) fn name(&self, peer: PeerId) -> String {
        match &self.identity {
            Some(known) => known.name().to_owned(),
            None => unidentified(peer),
        }
    }
}

impl Rooms {
    /// Our name changed, or the person asked for it.
    pub(crate) fn rename(&mut self, now: Now, name: &str) -> Result<(), Refusal> {
        let name = wire::chat::clean_name(name);
        if wire::chat::text_units(&name) > wire::MAX_CUSTOM_NAME {
            return Err(Refusal::NameTooLong {
                limit: wire::MAX_CUSTOM_NAME,
            });
        }
        if name == self.me.custom_name {
            return Ok(());
        }
        let before = self.me().name;
        self.me.custom_name = name;
        self.note_own_name(now, &before);
        let me: Me = self.me();
        self.tell(Event::MeChanged { me });
        for room in self.rooms.values_mut() {
            for peering in room.peers.values_mut().filter(|it| it.is_active()) {
                peering.metadata_due = true;
            }
        }
        self.send_due_metadata(now);
        Ok(())
    }

    /// What a peer is called in a room.
    pub(crate) fn name_on(&self, key: &RoomKey, peer: Option<PeerId>) -> String {
        peer.map_or_else(String::new, |peer| {
            self.rooms
                .get(key)
                .and_then(|room| room.peers.get(&peer))
                .map_or_else(|| unidentified(peer), |peering| peering.name(peer))
        })
    }

    pub(super) fn send_due_metadata(&mut self, now: Now) {
        let due: Vec<(RoomKey, PeerId)> = self
            .rooms
            .iter()
            .flat_map(|(key, room)| {
                room.peers
                    .iter()
                    .filter(|(_, peering)| {
                        peering.is_active()
                            && peering.metadata_due
                            && (peering.metadata_sent == Duration::ZERO
                                || peering.metadata_sent + METADATA_GAP <= now.since_start)
                    })
                    .map(|(peer, _)| (key.clone(), *peer))
            })
            .collect();
        for (key, peer) in due {
            let Some(room) = self.rooms.get_mut(&key) else {
                continue;
            };
            let metadata = Metadata {
                user_id: self.me.user_id.clone(),
                custom_name: self.me.custom_name.clone(),
                public_key: self.me.keys.public_key().to_owned(),
                signature: room.signature.clone(),
                native: Some(Native::ours()),
            };
            if let Some(peering) = room.peers.get_mut(&peer) {
                peering.metadata_due = false;
                peering.metadata_sent = now.since_start.max(Duration::from_nanos(1));
            }
            self.send(now, &key, peer, &Action::Metadata(Box::new(metadata)));
        }
    }

    pub(super) fn identity_heard(
        &mut self,
        now: Now,
        key: &RoomKey,
        peer: PeerId,
        metadata: &Metadata,
    ) {
        let taken = metadata.user_id == self.me.user_id
            || self.rooms.get(key).is_some_and(|room| {
                room.peers.iter().any(|(other, peering)| {
                    *other != peer
                        && peering.identity.as_ref().is_some_and(|it| {
                            it.user_id == metadata.user_id && it.signed && !it.taken && !it.unproven
                        })
                })
            });
        let Some(room) = self.rooms.get_mut(key) else {
            return;
        };
        let Some(peering) = room.peers.get_mut(&peer) else {
            return;
        };
        let verification = wire::verify(
            &metadata.public_key,
            &room.address.name,
            &metadata.user_id,
            &metadata.signature,
        );
        let before = peering.name(peer);
        let first = peering.identity.is_none();
        let switched = peering
            .identity
            .as_ref()
            .is_some_and(|it| it.switched || it.user_id != metadata.user_id);
        let mut known = Known {
            animal_name: wire::animal_name(metadata.user_id.as_str()),
            user_id: metadata.user_id.clone(),
            custom_name: metadata.custom_name.clone(),
            signed: verification == Verification::Verified,
            switched,
            taken,
            key_changed: false,
            look: Look::default(),
            animal_look: Look::default(),
            named_at: now.since_start,
            native: metadata.native.clone(),
            public_key: metadata.public_key.clone(),
            unproven: false,
        };
        let can_prove = known
            .native
            .as_ref()
            .is_some_and(|it| it.features.contains(Feature::Proof));
        let proving = &peering.proving;
        let expected = can_prove || proving.is_asked() || self.people.has_proven(&metadata.user_id);
        known.unproven = expected && !proving.covers(&metadata.user_id, &metadata.public_key);
        known.look = Look::of(known.name());
        known.animal_look = Look::of(&known.animal_name);
        if let Some(earlier) = &peering.identity
            && earlier.look.is_like(&known.look)
        {
            known.named_at = earlier.named_at;
        }
        if known.signed {
            let (people, key) = (&mut self.people, &metadata.public_key);
            known.key_changed = people.is_other_key(&known.user_id, key);
            if known.trust() == Trust::Verified && !known.key_changed {
                let named = (&known.look, known.named_at);
                known.named_at = people.recognise(now, &known.user_id, key, named);
            }
        }
        let earlier = peering.identity.replace(known);
        peering.note_claim(&metadata.user_id);
        let after = peering.name(peer);
        let announced = peering.announced;
        let typing = room.typing;
        if let Some(earlier) = earlier.filter(|_| before != after || switched) {
            self.note_former_name(key, &earlier.named());
        }
        self.note_standing(key, peer);
        if self.shun_blocked(now, announced) {
            return;
        }
        self.find_imitations(key);
        if first {
            // Browser peers take this as the sign that they are listed (protocol/chitchatter §5.2).
            self.send(now, key, peer, &Action::Typing(typing));
            self.introduce(now, key, peer);
        }
        self.ask_for_proof(now, key, peer);
        if !announced {
            // Who can prove who they are is told of when they have, or soon anyway.
            if !self.is_proving(key, peer) {
                self.announce_peer(now, key, peer);
            }
            return;
        }
        self.tell_peer(key, peer);
        if !first && before != after {
            let peers = self.rooms.get(key).map(|room| &room.peers);
            let peering = peers.and_then(|peers| peers.get(&peer));
            let what = NoticeKind::Renamed {
                peer_id: peer,
                from: before,
                to: after,
                animal_name: peering.map_or_else(String::new, Peering::animal_name),
                imitates: peering.and_then(|it| it.imitates.clone()),
            };
            self.notice(now, key, what);
        }
        if first {
            self.catch_up(now, key, peer);
        }
    }

    /// Someone who went by this id is gone: a person whose connection was lost comes back as a new
    /// peer before the old one is missed, and is who they say from now on.
    pub(super) fn give_id_back(&mut self, now: Now, key: &RoomKey, user_id: &UserId) {
        if *user_id == self.me.user_id {
            return;
        }
        let Some(room) = self.rooms.get_mut(key) else {
            return;
        };
        let heir = room.peers.iter_mut().find_map(|(peer, peering)| {
            let known = peering.identity.as_mut()?;
            (known.user_id == *user_id && !known.unproven).then(|| {
                known.taken = false;
                *peer
            })
        });
        if let Some(heir) = heir {
            self.tell_peer(key, heir);
            self.send_owed(now, key, heir);
        }
    }
}

/// What a peer is called that has not said who it is: by the end of its id, since ids of our kind all
/// begin alike.
fn unidentified(peer: PeerId) -> String {
    let id = peer.as_str();
    let end = id.get(id.len().saturating_sub(6)..).unwrap_or(id);
    format!("Unidentified {end}")
}
