//! Private talks that go through a room: with whom, and what was said.
//!
//! A talk is with a person and not with a session: whoever is verified finds it again after coming
//! back, and what was said to them meanwhile goes out then. Someone who is only a session takes
//! the talk along; it stays to be read. Nothing private is ever sent to anyone who is not, at that
//! moment, who the talk is with: see [`Peering::person`](crate::peering::Peering::person).

use std::time::Duration;

use wire::{Action, Message, PeerId};

use crate::peering::TYPING_LIFE;
use crate::transcript::{Limits, Transcript};
use crate::{
    Direct, DirectSnapshot, Event, Likeness, Now, PersonId, Refusal, Room, RoomKey, Rooms,
};

/// Private talks kept in one room: more than there can be peers, so that one of somebody who is
/// gone can always give way.
const MAX_TALKS: usize = crate::MAX_PEERS_PER_ROOM + 64;
/// What is kept of a talk that we have a part in.
const ANSWERED: Limits = Limits {
    entries: 1_000,
    text_bytes: 2 * 1024 * 1024,
};
/// What is kept of a talk that we have said nothing in. Strangers cannot fill memory with these.
const UNANSWERED: Limits = Limits {
    entries: 100,
    text_bytes: 128 * 1024,
};

/// One private talk.
#[derive(Debug)]
pub(crate) struct Talk {
    name: String,
    /// Whom that name may be taken for.
    imitates: Option<Likeness>,
    /// The session the person is in, while they are there.
    peer_id: Option<PeerId>,
    pub(crate) transcript: Transcript,
    is_answered: bool,
    last: Duration,
}

impl Room {
    /// The session of a person who is there: never one that somebody else could have taken over.
    pub(crate) fn session_of(&self, person: &PersonId) -> Option<PeerId> {
        match person {
            PersonId::Session(peer) => {
                let peering = self.peers.get(peer)?;
                (peering.is_active() && peering.person(*peer) == *person).then_some(*peer)
            }
            PersonId::Profile(_) => self
                .peers
                .iter()
                .find(|(peer, peering)| peering.is_active() && peering.person(**peer) == *person)
                .map(|(peer, _)| *peer),
        }
    }

    /// The transcript of the room, or of a private talk.
    pub(crate) fn transcript_of(&self, with: Option<&PersonId>) -> Option<&Transcript> {
        match with {
            None => Some(&self.transcript),
            Some(person) => self.directs.get(person).map(|talk| &talk.transcript),
        }
    }

    /// The transcript of the room, or of a private talk.
    pub(crate) fn transcript_of_mut(&mut self, with: Option<&PersonId>) -> Option<&mut Transcript> {
        match with {
            None => Some(&mut self.transcript),
            Some(person) => self
                .directs
                .get_mut(person)
                .map(|talk| &mut talk.transcript),
        }
    }

    /// The private talks, as shown.
    pub(crate) fn directs_shown(&self) -> Vec<DirectSnapshot> {
        self.directs
            .iter()
            .map(|(person, talk)| talk.shown_whole(person, self.types_to_us(talk.peer_id)))
            .collect()
    }

    fn types_to_us(&self, peer: Option<PeerId>) -> bool {
        peer.and_then(|peer| self.peers.get(&peer))
            .is_some_and(|it| it.exchange.direct_typing_until.is_some())
    }
}

impl Talk {
    fn shown_whole(&self, person: &PersonId, typing: bool) -> DirectSnapshot {
        DirectSnapshot {
            direct: self.shown(person),
            entries: self.transcript.entries(),
            unread: self.transcript.unread,
            typing,
        }
    }

    /// Takes up what was said in another talk with the same person.
    fn absorb(&mut self, other: Self) {
        self.is_answered |= other.is_answered;
        self.last = self.last.max(other.last);
        let limits = if self.is_answered {
            ANSWERED
        } else {
            UNANSWERED
        };
        self.transcript.limit(limits);
        self.transcript.absorb(other.transcript);
    }

    fn shown(&self, person: &PersonId) -> Direct {
        Direct {
            with: person.clone(),
            name: self.name.clone(),
            peer_id: self.peer_id,
            imitates: self.imitates.clone(),
        }
    }
}

impl Rooms {
    /// Makes sure there is a talk with someone who is there, or was. `answered`: we say something.
    pub(crate) fn begin_talk(
        &mut self,
        now: Now,
        key: &RoomKey,
        person: &PersonId,
        answered: bool,
    ) -> Result<(), Refusal> {
        let room = self.rooms.get(key).ok_or(Refusal::NotJoined)?;
        let session = room.session_of(person);
        let known = room.directs.contains_key(person);
        let can_come_back =
            matches!(person, PersonId::Profile(_)) && (known || room.away.contains_key(person));
        if answered && self.is_blocked(person) {
            return Err(Refusal::NobodyThere);
        }
        if session.is_none() && !can_come_back && (answered || !known) {
            return Err(Refusal::NobodyThere);
        }
        if !known {
            self.make_place(key);
            let name = match (session, person) {
                (Some(peer), _) => self.name_on(key, Some(peer)),
                (None, PersonId::Session(peer)) => self.name_on(key, Some(*peer)),
                (None, PersonId::Profile(user)) => wire::animal_name(user.as_str()),
            };
            let imitates =
                session.and_then(|peer| self.rooms.get(key)?.peers.get(&peer)?.imitates.clone());
            let talk = Talk {
                name,
                imitates,
                peer_id: session,
                transcript: Transcript::new(UNANSWERED),
                is_answered: false,
                last: now.since_start,
            };
            let direct = talk.shown(person);
            if let Some(room) = self.rooms.get_mut(key) {
                room.directs.insert(person.clone(), talk);
            }
            self.tell(Event::DirectChanged {
                room: key.clone(),
                direct,
            });
        }
        if let Some(talk) = self
            .rooms
            .get_mut(key)
            .and_then(|room| room.directs.get_mut(person))
        {
            talk.last = now.since_start;
            if answered && !talk.is_answered {
                talk.is_answered = true;
                talk.transcript.limit(ANSWERED);
            }
        }
        if answered {
            self.note_met(person);
        }
        Ok(())
    }

    /// Lets the talk go that is missed least: of somebody gone, unanswered before answered, the
    /// oldest first.
    fn make_place(&mut self, key: &RoomKey) {
        let Some(room) = self.rooms.get_mut(key) else {
            return;
        };
        if room.directs.len() < MAX_TALKS {
            return;
        }
        let least = room
            .directs
            .iter()
            .min_by_key(|(_, talk)| (talk.peer_id.is_some(), talk.is_answered, talk.last))
            .map(|(person, _)| person.clone());
        if let Some(person) = least {
            room.directs.remove(&person);
        }
    }

    /// A line to us alone came.
    pub(crate) fn direct_heard(&mut self, now: Now, key: &RoomKey, peer: PeerId, message: Message) {
        self.announce_peer(now, key, peer);
        let Some(person) = self.person_at(key, peer) else {
            return;
        };
        self.note_direct_typing(now, key, peer, false);
        if self.begin_talk(now, key, &person, false).is_ok() {
            self.line_heard(now, key, peer, Some(person), message);
        }
    }

    /// Who a peer is, beyond this session.
    pub(crate) fn person_at(&self, key: &RoomKey, peer: PeerId) -> Option<PersonId> {
        let peering = self.rooms.get(key)?.peers.get(&peer)?;
        Some(peering.person(peer))
    }

    /// A peer types to us alone, or stopped.
    pub(crate) fn note_direct_typing(
        &mut self,
        now: Now,
        key: &RoomKey,
        peer_id: PeerId,
        typing: bool,
    ) {
        let typing = typing && !self.is_muted(key, peer_id);
        let Some(peering) = self
            .rooms
            .get_mut(key)
            .and_then(|room| room.peers.get_mut(&peer_id))
        else {
            return;
        };
        let until = &mut peering.exchange.direct_typing_until;
        let before = until.is_some();
        *until = typing.then_some(now.since_start + TYPING_LIFE);
        if before != typing {
            self.tell(Event::TypingChanged {
                room: key.clone(),
                peer_id,
                direct: true,
                typing,
            });
        }
    }

    /// Those who stopped typing to us without saying so.
    pub(crate) fn end_direct_typing(&mut self, now: Now) {
        let mut silent = Vec::new();
        for (key, room) in &self.rooms {
            for (peer, peering) in &room.peers {
                let until = peering.exchange.direct_typing_until;
                if until.is_some_and(|until| until <= now.since_start) {
                    silent.push((key.clone(), *peer));
                }
            }
        }
        for (key, peer) in silent {
            self.note_direct_typing(now, &key, peer, false);
        }
    }

    /// Whether we type, to the room or to one person.
    pub(crate) fn set_typing(
        &mut self,
        now: Now,
        key: &RoomKey,
        with: Option<&PersonId>,
        typing: bool,
    ) -> Result<(), Refusal> {
        let typing = typing && self.shows_typing;
        let room = self.rooms.get_mut(key).ok_or(Refusal::NotJoined)?;
        let Some(person) = with else {
            if room.typing != typing {
                room.typing = typing;
                let peers: Vec<PeerId> = self
                    .listeners(key)
                    .into_iter()
                    .map(|(peer, _)| peer)
                    .collect();
                self.send_all(now, key, &peers, &Action::Typing(typing));
            }
            return Ok(());
        };
        let Some(peer) = room.session_of(person) else {
            let known = room.directs.contains_key(person);
            return if known {
                Ok(())
            } else {
                Err(Refusal::NobodyThere)
            };
        };
        if let Some(peering) = room.peers.get_mut(&peer)
            && peering.exchange.typing_to != typing
        {
            peering.exchange.typing_to = typing;
            self.send(now, key, peer, &Action::DirectTyping(typing));
        }
        Ok(())
    }

    /// Whether anybody is told that we type. Whoever thinks we do is told otherwise.
    pub(crate) fn show_typing(&mut self, now: Now, shown: bool) {
        self.shows_typing = shown;
        if shown {
            return;
        }
        let keys: Vec<RoomKey> = self.rooms.keys().cloned().collect();
        for key in keys {
            // The room is there: its key was taken a moment ago.
            let _ = self.set_typing(now, &key, None, false);
            let told: Vec<PeerId> = self.rooms.get_mut(&key).map_or_else(Vec::new, |room| {
                room.peers
                    .iter_mut()
                    .filter_map(|(peer, it)| {
                        std::mem::take(&mut it.exchange.typing_to).then_some(*peer)
                    })
                    .collect()
            });
            self.send_all(now, &key, &told, &Action::DirectTyping(false));
        }
    }

    /// Gives the talks with sessions of which it became known whose they are to those people.
    fn move_directs(&mut self, key: &RoomKey) {
        let Some(room) = self.rooms.get(key) else {
            return;
        };
        let moved: Vec<(PersonId, PeerId, PersonId)> = room
            .directs
            .keys()
            .filter_map(|from| match from {
                PersonId::Session(peer) => {
                    let into = room.peers.get(peer)?.person(*peer);
                    (into != *from).then(|| (from.clone(), *peer, into))
                }
                PersonId::Profile(_) => None,
            })
            .collect();
        for (from, peer, into) in moved {
            self.move_direct(key, &from, peer, into);
        }
    }

    fn move_direct(&mut self, key: &RoomKey, from: &PersonId, peer: PeerId, into: PersonId) {
        let Some(room) = self.rooms.get_mut(key) else {
            return;
        };
        let Some(mut talk) = room.directs.remove(from) else {
            return;
        };
        let is_answered = talk.is_answered;
        talk.transcript.reassign(from, &into);
        talk.peer_id = Some(peer);
        match room.directs.get_mut(&into) {
            Some(there) => there.absorb(talk),
            None => {
                room.directs.insert(into.clone(), talk);
            }
        }
        if let Some(peering) = room.peers.get_mut(&peer) {
            peering.exchange.move_talk(from, &into);
        }
        room.tidings.move_talk(from, &into);
        if let Some((place, Some(with))) = &mut self.looking
            && place == key
            && with == from
        {
            *with = into.clone();
        }
        let typing = room.types_to_us(Some(peer));
        if let Some(talk) = room.directs.get_mut(&into) {
            if self
                .looking
                .as_ref()
                .is_some_and(|(place, with)| place == key && with.as_ref() == Some(&into))
            {
                talk.transcript.unread = crate::Unread::default();
            }
            let talk = talk.shown_whole(&into, typing);
            self.tell(Event::DirectMoved {
                room: key.clone(),
                from: from.clone(),
                talk,
            });
        }
        if is_answered {
            self.note_met(&into);
        }
    }

    /// Tells of every talk whose person came, left or is called something else.
    pub(crate) fn refresh_directs(&mut self, key: &RoomKey) {
        self.move_directs(key);
        let Some(room) = self.rooms.get(key) else {
            return;
        };
        let now: Vec<_> = room
            .directs
            .keys()
            .map(|person| {
                let session = room.session_of(person);
                let looks = session.and_then(|peer| {
                    let peering = room.peers.get(&peer)?;
                    Some((peering.name(peer), peering.imitates.clone()))
                });
                (person.clone(), session, looks)
            })
            .collect();
        for (person, session, looks) in now {
            let Some(talk) = self
                .rooms
                .get_mut(key)
                .and_then(|room| room.directs.get_mut(&person))
            else {
                continue;
            };
            let before = talk.shown(&person);
            talk.peer_id = session;
            if let Some((name, imitates)) = looks {
                talk.name = name;
                talk.imitates = imitates;
            }
            let direct = talk.shown(&person);
            if direct != before {
                self.tell(Event::DirectChanged {
                    room: key.clone(),
                    direct,
                });
            }
        }
    }
}
