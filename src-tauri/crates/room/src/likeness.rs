//! Who goes by a name that may be taken for another's.
//!
//! A chosen name is compared with those who are there, with ourselves, with whom the person marked
//! as known, there or not, and with those whose lines still stand although they went or are called
//! differently now. The names nobody can choose are compared, too: they are what tells people apart.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use wire::{PeerId, UserId};

use crate::looks::Look;
use crate::peering::{Named, Peering};
use crate::{Judged, Likeness, Line, Now, PersonId, Room, RoomKey, Rooms, Standing};

/// Names remembered in a room under which lines stand that nobody there goes by now.
const MAX_FORMER: usize = 256;

/// Those the person marked as known, and how their names look.
#[derive(Debug, Default)]
pub(crate) struct KnownLooks(BTreeMap<UserId, KnownLook>);

#[derive(Debug)]
struct KnownLook {
    name: String,
    look: Look,
    animal: Look,
}

/// The names in a room under which lines stand, of those who went or are called differently now;
/// oldest first.
#[derive(Debug, Default)]
pub(crate) struct Former(VecDeque<FormerName>);

#[derive(Debug)]
struct FormerName {
    user: UserId,
    name: String,
    look: Look,
    since: Duration,
}

/// How we are called.
struct Ours {
    look: Look,
    animal: Look,
}

impl KnownLooks {
    pub(crate) fn of<'a>(judged: impl Iterator<Item = &'a Judged>) -> Self {
        let known = judged.filter(|judged| judged.standing == Standing::Known);
        let looks = known.filter_map(|judged| match &judged.person {
            PersonId::Profile(user) => {
                let known = KnownLook {
                    name: judged.name.clone(),
                    look: Look::of(&judged.name),
                    animal: Look::of(&wire::animal_name(user.as_str())),
                };
                Some((user.clone(), known))
            }
            PersonId::Session(_) => None,
        });
        Self(looks.collect())
    }

    /// Whether the person knows somebody under this name.
    fn vouches_for(&self, peering: &Peering, named: &Named<'_>) -> bool {
        let known = self.0.get(named.user);
        peering.standing == Standing::Known
            && known.is_some_and(|known| known.look.is_like(named.look))
    }
}

impl Former {
    fn holds(&self, user: &UserId, name: &str) -> bool {
        self.0.iter().any(|it| it.user == *user && it.name == name)
    }
}

impl Rooms {
    /// Our own name changed: those who have had it before us imitate nobody.
    pub(crate) fn note_own_name(&mut self, now: Now, before: &str) {
        if !Look::of(before).is_like(&Look::of(&self.me().name)) {
            self.people.named_at = now.since_start;
        }
        self.find_all_imitations();
    }

    /// What was decided about somebody counts in every room.
    pub(crate) fn find_all_imitations(&mut self) {
        let keys: Vec<RoomKey> = self.rooms.keys().cloned().collect();
        for key in keys {
            self.find_imitations(&key);
        }
    }

    /// Finds out anew who in a room goes by a name that looks like another's who had it first. An
    /// animal name is nobody's choice and imitates nobody.
    pub(crate) fn find_imitations(&mut self, key: &RoomKey) {
        let me = self.me();
        let ours = Ours {
            look: Look::of(&me.name),
            animal: Look::of(&me.animal_name),
        };
        let Some(room) = self.rooms.get(key) else {
            return;
        };
        let mut changed = Vec::new();
        for (peer, peering) in &room.peers {
            let likeness = self.likeness(room, &ours, *peer, peering);
            if peering.imitates != likeness {
                changed.push((*peer, likeness));
            }
        }
        for (peer, likeness) in changed {
            let is_like_another = likeness.is_some();
            if let Some(peering) = self
                .rooms
                .get_mut(key)
                .and_then(|room| room.peers.get_mut(&peer))
            {
                peering.imitates = likeness;
            }
            self.tell_peer(key, peer);
            // That the other name is gone makes nothing of what was said under this one more true.
            if is_like_another {
                self.note_likeness_of_lines(key, peer);
            }
        }
    }

    /// Puts on what somebody said under the name they have now whom it may be taken for.
    pub(crate) fn note_likeness_of_lines(&mut self, key: &RoomKey, peer: PeerId) {
        let Some(room) = self.rooms.get(key) else {
            return;
        };
        let Some(peering) = room.peers.get(&peer) else {
            return;
        };
        let (person, name) = (peering.person(peer), peering.name(peer));
        let mut stale = Vec::new();
        for with in [None, Some(&person)] {
            let Some(transcript) = room.transcript_of(with) else {
                continue;
            };
            for said in transcript.said() {
                let line = &said.line;
                let is_theirs = !line.own && said.is_by(peer, &person) && line.author == name;
                if is_theirs && line.imitates != peering.imitates {
                    stale.push((with.cloned(), line.key));
                }
            }
        }
        let likeness = peering.imitates.clone();
        for (with, line) in stale {
            self.change_line(key, with.as_ref(), line, |said| {
                said.line.imitates.clone_from(&likeness);
            });
        }
    }

    /// Whom the name above a line may be taken for now. Of what was passed on only a name that was
    /// put above it counts, because its author is here: the animal names nobody chose.
    pub(crate) fn likeness_of_author(&self, key: &RoomKey, line: &Line) -> Option<Likeness> {
        let room = self.rooms.get(key).filter(|_| !line.own)?;
        if !line.backfilled {
            return room.peers.get(&line.peer_id)?.imitates.clone();
        }
        room.peers.iter().find_map(|(peer, peering)| {
            let is_theirs = matches!((peering.person(*peer), &line.author_id),
                (PersonId::Profile(user), Some(author)) if user == *author);
            let likeness = peering.imitates.as_ref()?;
            (is_theirs && peering.name(*peer) == line.author).then(|| likeness.clone())
        })
    }

    /// Remembers the name somebody had under which lines still stand.
    pub(crate) fn note_former_name(&mut self, key: &RoomKey, named: &Named<'_>) {
        let (user, since) = (named.user.clone(), named.since);
        let (name, look) = (named.name.to_owned(), named.look.clone());
        self.remember_former(key, user, name, look, since);
    }

    /// Remembers the name under which a line stands that was passed on.
    pub(crate) fn note_passed_on_name(
        &mut self,
        now: Now,
        key: &RoomKey,
        user: &UserId,
        name: &str,
    ) {
        let room = self.rooms.get(key);
        if *user != self.me.user_id && room.is_some_and(|it| !it.former.holds(user, name)) {
            let (user, name, look) = (user.clone(), name.to_owned(), Look::of(name));
            self.remember_former(key, user, name, look, now.since_start);
        }
    }

    fn remember_former(
        &mut self,
        key: &RoomKey,
        user: UserId,
        name: String,
        look: Look,
        since: Duration,
    ) {
        let Some(room) = self.rooms.get_mut(key) else {
            return;
        };
        if room.former.holds(&user, &name) || !has_lines(room, &user, &name) {
            return;
        }
        if room.former.0.len() >= MAX_FORMER {
            let mut former = std::mem::take(&mut room.former.0);
            former.retain(|it| has_lines(room, &it.user, &it.name));
            if former.len() >= MAX_FORMER {
                former.pop_front();
            }
            room.former.0 = former;
        }
        room.former.0.push_back(FormerName {
            user,
            name,
            look,
            since,
        });
    }

    fn likeness(
        &self,
        room: &Room,
        ours: &Ours,
        peer: PeerId,
        peering: &Peering,
    ) -> Option<Likeness> {
        let chosen = peering.named().filter(|named| named.chosen)?;
        let look = chosen.look;
        if look.is_oneself() {
            return Some(Likeness::Oneself);
        }
        // Nobody else's animal is in a name for being in one's own.
        let holds = |animal: &Look| animal != chosen.animal && look.holds(animal);
        let is_earlier = chosen.since <= self.people.named_at;
        let is_like_ours = !is_earlier && look.passes_for(&ours.look);
        if *chosen.user != self.me.user_id && (is_like_ours || holds(&ours.animal)) {
            return Some(Likeness::Ours);
        }
        let known = &self.people.known_looks;
        let is_vouched_for = known.vouches_for(peering, &chosen);
        let known_one = known.0.iter().find(|(user, it)| {
            let is_like = look.passes_for(&it.look) || holds(&it.animal);
            *user != chosen.user && !is_vouched_for && is_like
        });
        if let Some((_, it)) = known_one {
            return Some(Likeness::Person(it.name.clone()));
        }
        let present = room
            .peers
            .iter()
            .filter_map(|(other, theirs)| Some((other, theirs, theirs.named()?)))
            .filter(|(other, theirs, named)| {
                // Of two at the same instant, one has to be the first.
                let is_first = (named.since, *other) < (chosen.since, &peer);
                let may_be = !is_vouched_for || known.vouches_for(theirs, named);
                let is_like = is_first && may_be && look.passes_for(named.look);
                named.user != chosen.user && (is_like || holds(named.animal))
            })
            .min_by_key(|(_, _, named)| named.since);
        if let Some((_, _, named)) = present {
            return Some(Likeness::Person(named.name.to_owned()));
        }
        let gone = room.former.0.iter().find(|it| {
            it.user != *chosen.user
                && it.since < chosen.since
                && !is_vouched_for
                && look.passes_for(&it.look)
                && has_lines(room, &it.user, &it.name)
        });
        gone.map(|it| Likeness::Person(it.name.clone()))
    }
}

/// Whether lines of somebody stand under this name.
fn has_lines(room: &Room, user: &UserId, name: &str) -> bool {
    room.transcript.said().any(|said| {
        let line = &said.line;
        !line.own && line.author == name && line.author_id.as_ref() == Some(user)
    })
}
