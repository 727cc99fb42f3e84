//! What we decided about people, and what tells one from another.
//!
//! A person is a profile, or a session where its signature is not right. Anybody can make a key and
//! sign with it, so a right signature makes nobody known: whom the person knows they say themselves,
//! or show by speaking with them. Everybody else is a stranger. Whoever is muted is heard
//! and folded away; whoever is blocked is not spoken with: as soon as a session says it is theirs,
//! its connection is closed and its signals are left unanswered, without a word why. All of it
//! stays on this machine.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use wire::{LinkId, PeerId, UserId};

use crate::bucket::Bucket;
use crate::likeness::KnownLooks;
use crate::link::Stage;
use crate::looks::Look;
use crate::peering::Peering;
use crate::transcript::{Said, Transcript};
use crate::{
    Event, Fold, Judged, LineKey, NoticeKind, Now, PersonId, Refusal, Room, RoomKey, Rooms, Rules,
    Standing,
};

/// People that can be marked as known, muted or blocked.
pub const MAX_JUDGED: usize = 1_000;
/// Sessions remembered as belonging to somebody blocked; the oldest gives way, and is found out
/// again when it says who it is.
const MAX_SHUNNED: usize = 1_024;
/// People remembered as spoken with; one gives way to a new one.
const MAX_MET: usize = 1_024;
/// Profiles whose key and name are remembered; the one seen longest ago gives way.
const MAX_PINS: usize = 4_096;
/// Lines one peer may say at once, and how many come back per second. Whoever types or pastes stays
/// below; a program that prints does not.
const LINES: (u32, f64) = (80, 2.0);
/// Lines one peer may pass on before more is folded away; each long one counts as several.
pub(crate) const PASSED_ON_BY_ONE: u32 = 150;
/// Lines that all together may pass on at once in one room, and how many come back per second:
/// three whole histories.
const PASSED_ON: (u32, f64) = (450, 1.0);
/// Authors whose passed-on lines are measured; one gives way to a new one.
const MAX_PASSED_ON: usize = 512;
/// Bytes of text that count as one line more.
const LINE_BYTES: usize = 4 * 1024;
/// How long a peer keeps below that before it no longer counts as slowed down.
const CALM: Duration = Duration::from_secs(10);
/// Between two lines of a stranger in a slow room.
const SLOW_GAP: Duration = Duration::from_secs(5);

/// What is remembered of people beyond their stay in a room.
#[derive(Debug, Default)]
pub(crate) struct People {
    judged: BTreeMap<PersonId, Judged>,
    pub(crate) known_looks: KnownLooks,
    /// Whom the person has answered, put an emoji to, or written to alone in this session, and the
    /// fingerprint of the key they had.
    met: BTreeMap<UserId, String>,
    /// Sessions of those who are blocked, oldest first.
    shunned: VecDeque<(PeerId, PersonId)>,
    pins: BTreeMap<UserId, Pin>,
    /// Since when we have our name. At the start we were first.
    pub(crate) named_at: Duration,
}

/// What was seen of a profile.
#[derive(Debug)]
struct Pin {
    /// The first key that signed for it.
    public_key: String,
    look: Look,
    named_at: Duration,
    seen_at: Duration,
    /// Whether somebody has proven to hold the key.
    proven: bool,
}

/// How one line is shown.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Showing {
    pub(crate) folded: Option<Fold>,
    pub(crate) plain: bool,
}

/// How much one peer says.
#[derive(Debug)]
pub(crate) struct Pace {
    lines: Bucket,
    /// Until when it counts as slowed down, unless it goes on.
    slowed_until: Option<Duration>,
    /// When a slow room shows its next line.
    slow_until: Duration,
}

/// How much is passed on in a room, of each author and of all together.
#[derive(Debug)]
pub(crate) struct PassedOn {
    all: Bucket,
    authors: BTreeMap<UserId, Bucket>,
}

impl Default for PassedOn {
    fn default() -> Self {
        Self {
            all: Bucket::new(PASSED_ON.0, PASSED_ON.1),
            authors: BTreeMap::new(),
        }
    }
}

impl PassedOn {
    /// Whether a line is shown openly: where its author may have said so much at that time, as it
    /// would be heard live.
    fn take(&mut self, now: Duration, author: &UserId, heard: i64, cost: u32) -> bool {
        if !self.authors.contains_key(author) && self.authors.len() >= MAX_PASSED_ON {
            self.authors.pop_first();
        }
        let theirs = self
            .authors
            .entry(author.clone())
            .or_insert_with(|| Bucket::new(LINES.0, LINES.1));
        let heard = Duration::from_millis(u64::try_from(heard).unwrap_or_default());
        theirs.take(heard, cost) && self.all.take(now, cost)
    }
}

/// How many lines a text of this many bytes counts as.
pub(crate) fn line_cost(bytes: usize) -> u32 {
    u32::try_from(1 + bytes / LINE_BYTES).unwrap_or(u32::MAX)
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            lines: Bucket::new(LINES.0, LINES.1),
            slowed_until: None,
            slow_until: Duration::ZERO,
        }
    }
}

impl Pace {
    pub(crate) fn is_slowed(&self) -> bool {
        self.slowed_until.is_some()
    }

    pub(crate) fn next_wake(&self) -> Option<Duration> {
        self.slowed_until
    }
}

impl People {
    /// Everyone we decided about.
    pub(crate) fn judged(&self) -> Vec<Judged> {
        self.judged.values().cloned().collect()
    }

    pub(crate) fn is_shunned(&self, peer: PeerId) -> bool {
        self.shunned.iter().any(|(shunned, _)| *shunned == peer)
    }

    fn standing(&self, person: &PersonId) -> Standing {
        self.judged
            .get(person)
            .map_or(Standing::Normal, |judged| judged.standing)
    }

    /// What we decided about whoever is at the other end: about the session, or about any profile
    /// it said was its own. Nobody sheds a verdict by becoming somebody else, nor by a signature
    /// that is wrong; and nobody is known for saying that they are somebody known.
    fn verdict(&self, peer: PeerId, peering: &Peering) -> Option<&Judged> {
        if self.judged.is_empty() {
            return None;
        }
        let session = self.judged.get(&PersonId::Session(peer));
        let profiles = peering
            .claimed()
            .filter_map(|user| self.judged.get(&PersonId::Profile(user.clone())));
        let person = peering.person(peer);
        let all = session.into_iter().chain(profiles);
        let all = all.filter(|it| it.standing != Standing::Known || it.person == person);
        all.max_by_key(|judged| weight(judged.standing))
    }

    /// Whether the person has marked somebody as known, or spoken with them. Whose identity is not
    /// verified is somebody else in every session.
    fn is_known(&self, person: &PersonId) -> bool {
        let PersonId::Profile(user) = person else {
            return false;
        };
        match self.standing(person) {
            Standing::Known => true,
            Standing::Normal => self.met.contains_key(user),
            Standing::Muted | Standing::Blocked => false,
        }
    }

    fn shun(&mut self, peer: PeerId, person: PersonId) {
        self.shunned.retain(|(shunned, _)| *shunned != peer);
        if self.shunned.len() >= MAX_SHUNNED {
            self.shunned.pop_front();
        }
        self.shunned.push_back((peer, person));
    }

    /// Whether another key than this signed for a profile before, or is the one somebody is known
    /// by.
    pub(crate) fn is_other_key(&self, user: &UserId, public_key: &str) -> bool {
        let judged = self.judged.get(&PersonId::Profile(user.clone()));
        let known = judged
            .and_then(|judged| judged.fingerprint.as_ref())
            .or_else(|| self.met.get(user));
        let is_known_by_another =
            known.is_some_and(|known| wire::fingerprint(public_key).as_ref() != Some(known));
        let pin = self.pins.get(user);
        is_known_by_another || pin.is_some_and(|pin| pin.public_key != public_key)
    }

    /// What a profile is known by that was seen with a right signature.
    fn fingerprint_of(&self, user: &UserId) -> Option<String> {
        wire::fingerprint(&self.pins.get(user)?.public_key)
    }

    /// Whether whoever a profile belongs to has proven it in this process. From then on nobody is
    /// taken for them who cannot.
    pub(crate) fn has_proven(&self, user: &UserId) -> bool {
        self.pins.get(user).is_some_and(|pin| pin.proven)
    }

    /// Somebody recognised has proven to hold the key.
    pub(crate) fn note_proven(&mut self, user: &UserId) {
        if let Some(pin) = self.pins.get_mut(user) {
            pin.proven = true;
        }
    }

    /// Remembers that a profile was seen with this key, and with this name in this session since then.
    /// Gives since when it goes by a name that looks so.
    pub(crate) fn recognise(
        &mut self,
        now: Now,
        user: &UserId,
        public_key: &str,
        (look, since): (&Look, Duration),
    ) -> Duration {
        let now = now.since_start;
        if let Some(pin) = self.pins.get_mut(user) {
            pin.seen_at = now;
            if !pin.look.is_like(look) {
                pin.look = look.clone();
                pin.named_at = since;
            }
            return pin.named_at;
        }
        if self.pins.len() >= MAX_PINS
            && let Some(oldest) = self
                .pins
                .iter()
                .min_by_key(|(_, pin)| (pin.proven, pin.seen_at))
        {
            let oldest = oldest.0.clone();
            self.pins.remove(&oldest);
        }
        let pin = Pin {
            public_key: public_key.to_owned(),
            look: look.clone(),
            named_at: since,
            seen_at: now,
            proven: false,
        };
        self.pins.insert(user.clone(), pin);
        since
    }
}

impl Rooms {
    /// Takes up what was decided about profiles in an earlier process, in place of what there is and
    /// whom the person spoke with. Sessions of that time mean nothing now, and are left out.
    pub fn set_judged(&mut self, now: Now, judged: Vec<Judged>) {
        let profiles = judged.into_iter().filter(|judged| {
            let is_whole = match judged.standing {
                Standing::Normal => false,
                Standing::Known => judged.fingerprint.is_some(),
                Standing::Muted | Standing::Blocked => true,
            };
            is_whole && matches!(judged.person, PersonId::Profile(_))
        });
        self.people.met.clear();
        let all = &mut self.people.judged;
        all.retain(|person, _| matches!(person, PersonId::Session(_)));
        for judged in profiles.take(MAX_JUDGED) {
            all.insert(judged.person.clone(), judged);
        }
        let judged = &self.people.judged;
        let shunned = &mut self.people.shunned;
        shunned.retain(|(_, whose)| judged.contains_key(whose));
        self.tell_judged();
        self.shun_blocked(now, true);
        self.tell_standing(now);
        self.find_all_imitations();
    }

    pub(crate) fn judge(
        &mut self,
        now: Now,
        person: PersonId,
        standing: Standing,
    ) -> Result<(), Refusal> {
        let before = self.people.standing(&person);
        let fingerprint = match (&person, standing) {
            (PersonId::Session(_), Standing::Known) => return Err(Refusal::NotVerified),
            (PersonId::Profile(user), Standing::Known) => {
                let seen = self.people.fingerprint_of(user);
                Some(seen.ok_or(Refusal::NobodyThere)?)
            }
            _ => None,
        };
        let was_met = self.forget_met(&person, standing);
        if before == standing {
            if was_met {
                self.tell_standing(now);
            }
            return Ok(());
        }
        if standing == Standing::Normal {
            self.people.judged.remove(&person);
        } else {
            let ourselves = match &person {
                PersonId::Profile(user) => *user == self.me.user_id,
                PersonId::Session(peer) => *peer == self.me.peer_id,
            };
            let known = self.people.judged.get(&person).map(|it| it.name.clone());
            let name = self.name_of(&person).or(known);
            let name = match (&person, name) {
                _ if ourselves => return Err(Refusal::NobodyThere),
                (_, Some(name)) => name,
                (PersonId::Profile(user), None) => wire::animal_name(user.as_str()),
                // Nobody comes back under the name of a session that is over.
                (PersonId::Session(_), None) => return Err(Refusal::NobodyThere),
            };
            let is_new = before == Standing::Normal;
            if is_new && self.people.judged.len() >= MAX_JUDGED {
                return Err(Refusal::TooManyJudged { limit: MAX_JUDGED });
            }
            let judged = Judged {
                person: person.clone(),
                name,
                standing,
                fingerprint,
            };
            self.people.judged.insert(person.clone(), judged);
        }
        self.tell_judged();
        if before == Standing::Blocked {
            self.meet_again(now, &person);
        }
        if standing == Standing::Blocked {
            self.shun_blocked(now, true);
            for room in self.rooms.values_mut() {
                room.away.remove(&person);
            }
        }
        self.tell_standing(now);
        self.find_all_imitations();
        self.fold_said(now, &person, standing);
        if standing == Standing::Known {
            self.show_openly(&person);
        }
        Ok(())
    }

    /// The person speaks with somebody, who is no stranger from now on.
    pub(crate) fn note_met(&mut self, person: &PersonId) {
        let PersonId::Profile(user) = person else {
            return;
        };
        if *user == self.me.user_id || self.people.met.contains_key(user) {
            return;
        }
        let Some(fingerprint) = self.people.fingerprint_of(user) else {
            return;
        };
        let met = &mut self.people.met;
        if met.len() >= MAX_MET {
            met.pop_first();
        }
        met.insert(user.clone(), fingerprint);
        for (key, peer) in self.note_everyone() {
            self.tell_peer(&key, peer);
        }
        if self.people.is_known(person) {
            self.show_openly(person);
        }
    }

    /// That somebody was spoken with counts no more where something else is decided. Whether it did.
    fn forget_met(&mut self, person: &PersonId, standing: Standing) -> bool {
        match person {
            PersonId::Profile(user) if standing != Standing::Known => {
                self.people.met.remove(user).is_some()
            }
            PersonId::Profile(_) | PersonId::Session(_) => false,
        }
    }

    /// Whether a peer is nobody the person knows.
    fn is_stranger(&self, key: &RoomKey, peer: PeerId) -> bool {
        let person = self.person_at(key, peer);
        person.is_none_or(|person| !self.people.is_known(&person))
    }

    pub(crate) fn is_blocked(&self, person: &PersonId) -> bool {
        self.people.standing(person) == Standing::Blocked
    }

    pub(crate) fn is_heard(&self, person: &PersonId) -> bool {
        self.people.standing(person).is_heard()
    }

    pub(crate) fn set_rules(&mut self, key: &RoomKey, rules: Rules) -> Result<(), Refusal> {
        let room = self.rooms.get_mut(key).ok_or(Refusal::NotJoined)?;
        if room.rules != rules {
            room.rules = rules;
            self.tell_room(key);
        }
        Ok(())
    }

    pub(crate) fn mute_room(&mut self, key: &RoomKey, muted: bool) -> Result<(), Refusal> {
        let room = self.rooms.get_mut(key).ok_or(Refusal::NotJoined)?;
        if room.muted != muted {
            room.muted = muted;
            self.tell_room(key);
        }
        Ok(())
    }

    /// Whether what a peer does is not to be noticed.
    pub(crate) fn is_muted(&self, key: &RoomKey, peer: PeerId) -> bool {
        self.rooms
            .get(key)
            .and_then(|room| room.peers.get(&peer))
            .is_some_and(|peering| !peering.standing.is_heard())
    }

    /// How a line of this many bytes is shown that a peer says now.
    pub(crate) fn showing(
        &mut self,
        now: Now,
        key: &RoomKey,
        peer: PeerId,
        bytes: usize,
    ) -> Showing {
        let muted = self.is_muted(key, peer);
        let stranger = self.is_stranger(key, peer);
        let Some(room) = self.rooms.get_mut(key) else {
            return Showing::default();
        };
        let rules = room.rules;
        let Some(peering) = room.peers.get_mut(&peer) else {
            return Showing::default();
        };
        let at = now.since_start;
        let pace = &mut peering.pace;
        let cost = line_cost(bytes);
        let flood = !pace.lines.take(at, cost);
        let folded = if muted {
            Some(Fold::Muted)
        } else if flood {
            Some(Fold::Flood)
        } else if rules.slow && stranger && at < pace.slow_until {
            Some(Fold::Slow)
        } else {
            pace.slow_until = at + SLOW_GAP;
            None
        };
        if flood {
            let spell_begins = pace.slowed_until.replace(at + CALM).is_none();
            if spell_begins {
                self.tell_peer(key, peer);
                if !muted {
                    let name = self.name_on(key, Some(peer));
                    self.notice(now, key, NoticeKind::Slowed { name });
                }
            }
        }
        Showing {
            folded,
            plain: rules.plain_strangers && stranger,
        }
    }

    /// Whether what a peer says is to be shown as bare text now.
    pub(crate) fn is_plain(&self, key: &RoomKey, peer: PeerId) -> bool {
        let room = self.rooms.get(key);
        room.is_some_and(|room| room.rules.plain_strangers) && self.is_stranger(key, peer)
    }

    /// How a line is shown that was passed on as this author's; `None` where it is not. Nobody
    /// vouches for the author. `cost` is nothing where its sender passed on too much already;
    /// `heard` is when somebody heard it, in Unix milliseconds.
    pub(crate) fn showing_passed_on(
        &mut self,
        now: Now,
        key: &RoomKey,
        author: &UserId,
        heard: i64,
        cost: Option<u32>,
    ) -> Option<Showing> {
        let standing = self.people.standing(&PersonId::Profile(author.clone()));
        if standing == Standing::Blocked {
            return None;
        }
        let room = self.rooms.get_mut(key)?;
        let is_open =
            cost.is_some_and(|cost| room.passed_on.take(now.since_start, author, heard, cost));
        let folded = if standing == Standing::Muted {
            Some(Fold::Muted)
        } else {
            (!is_open).then_some(Fold::Flood)
        };
        Some(Showing {
            folded,
            plain: room.rules.plain_strangers && *author != self.me.user_id,
        })
    }

    /// Ends the spells of those who have calmed down.
    pub(crate) fn calm_paces(&mut self, now: Now) {
        let mut calm = Vec::new();
        for (key, room) in &mut self.rooms {
            for (peer, peering) in &mut room.peers {
                let until = &mut peering.pace.slowed_until;
                if until.is_some_and(|until| until <= now.since_start) {
                    *until = None;
                    calm.push((key.clone(), *peer));
                }
            }
        }
        for (key, peer) in calm {
            self.tell_peer(&key, peer);
        }
    }

    /// Turns away everyone present who is blocked. Whether anybody was.
    pub(crate) fn shun_blocked(&mut self, now: Now, aloud: bool) -> bool {
        let mut blocked: BTreeMap<PeerId, PersonId> = BTreeMap::new();
        for room in self.rooms.values() {
            for (peer, peering) in &room.peers {
                let verdict = self.people.verdict(*peer, peering);
                if let Some(judged) = verdict
                    && judged.standing == Standing::Blocked
                {
                    blocked.insert(*peer, judged.person.clone());
                }
            }
        }
        let found = !blocked.is_empty();
        for (peer, person) in blocked {
            self.people.shun(peer, person);
            self.turn_away(now, peer, aloud);
        }
        found
    }

    /// Ends all there is with one session. Nothing is said to it, and it is not looked for.
    fn turn_away(&mut self, now: Now, peer: PeerId, aloud: bool) {
        let keys: Vec<RoomKey> = self
            .rooms
            .iter()
            .filter(|(_, room)| room.peers.contains_key(&peer))
            .map(|(key, _)| key.clone())
            .collect();
        for key in keys {
            let name = self.name_on(&key, Some(peer));
            if self.remove_peer(now, &key, peer, true) && aloud {
                self.notice(now, &key, NoticeKind::Blocked { name });
            }
        }
        let links: Vec<LinkId> = self
            .links
            .iter()
            .filter(|(_, link)| link.remote == Some(peer))
            .map(|(id, _)| *id)
            .collect();
        for id in links {
            if let Some(link) = self.links.get(&id)
                && link.stage == Stage::Open
            {
                self.connected.remove(&(link.origin.clone(), peer));
            }
            self.drop_link(id);
        }
    }

    /// Looks for somebody who is no longer blocked.
    fn meet_again(&mut self, now: Now, person: &PersonId) {
        self.people.shunned.retain(|(_, whose)| whose != person);
        let keys: Vec<RoomKey> = self.rooms.keys().cloned().collect();
        for key in keys {
            self.search_again(now, &key);
        }
    }

    /// Takes note of what we decided about everyone present, and tells where it is new.
    fn tell_standing(&mut self, now: Now) {
        for (key, peer) in self.note_everyone() {
            if self.is_muted(&key, peer) {
                self.note_typing(now, &key, peer, false);
            }
            self.tell_peer(&key, peer);
        }
    }

    /// Takes note of what we decided about everyone present. Gives those where it is new.
    fn note_everyone(&mut self) -> Vec<(RoomKey, PeerId)> {
        let mut everyone: Vec<(RoomKey, PeerId)> = self
            .rooms
            .iter()
            .flat_map(|(key, room)| room.peers.keys().map(|peer| (key.clone(), *peer)))
            .collect();
        everyone.retain(|(key, peer)| self.note_standing(key, *peer));
        everyone
    }

    /// Takes note of what we decided about a peer. Whether that is new.
    pub(crate) fn note_standing(&mut self, key: &RoomKey, peer: PeerId) -> bool {
        let Some(peering) = self
            .rooms
            .get_mut(key)
            .and_then(|room| room.peers.get_mut(&peer))
        else {
            return false;
        };
        let verdict = self.people.verdict(peer, peering);
        let standing = verdict.map_or(Standing::Normal, |judged| judged.standing);
        let known = standing.is_heard() && self.people.is_known(&peering.person(peer));
        let before = (peering.standing, peering.known);
        (peering.standing, peering.known) = (standing, known);
        before != (standing, known)
    }

    /// Shows what somebody has said before as what it is: they were taken for a stranger.
    fn show_openly(&mut self, person: &PersonId) {
        let is_hidden = |said: &Said| {
            let line = &said.line;
            said.person.as_ref() == Some(person) && (line.plain || line.folded == Some(Fold::Slow))
        };
        for (key, with, line) in self.lines_where(is_hidden) {
            self.change_line(&key, with.as_ref(), line, |said| {
                said.line.plain = false;
                said.line.folded.take_if(|it| *it == Fold::Slow);
            });
        }
    }

    /// Folds away what somebody has said before, or shows it again.
    fn fold_said(&mut self, now: Now, person: &PersonId, standing: Standing) {
        let to = match standing {
            Standing::Normal | Standing::Known => None,
            Standing::Muted => Some(Fold::Muted),
            Standing::Blocked => Some(Fold::Blocked),
        };
        // What is folded for another reason stays so.
        let is_theirs = |said: &Said| {
            let is_ours = matches!(said.line.folded, None | Some(Fold::Muted | Fold::Blocked));
            is_ours && said.line.folded != to && is_from(said, person)
        };
        let mut places = BTreeSet::new();
        for (key, with, line) in self.lines_where(is_theirs) {
            self.change_line(&key, with.as_ref(), line, |said| said.line.folded = to);
            places.insert((key, with));
        }
        if to.is_some() {
            for (key, with) in places {
                self.count_anew(now, &key, with.as_ref());
            }
        }
    }

    /// Lines of all rooms and private talks.
    fn lines_where(
        &self,
        is_meant: impl Fn(&Said) -> bool,
    ) -> Vec<(RoomKey, Option<PersonId>, LineKey)> {
        let mut lines = Vec::new();
        for (key, room) in &self.rooms {
            let talks = room.directs.keys().map(Some);
            for with in std::iter::once(None).chain(talks) {
                let said = room
                    .transcript_of(with)
                    .into_iter()
                    .flat_map(Transcript::said);
                for said in said.filter(|said| is_meant(said)) {
                    lines.push((key.clone(), with.cloned(), said.line.key));
                }
            }
        }
        lines
    }

    fn tell_judged(&mut self) {
        self.people.known_looks = KnownLooks::of(self.people.judged.values());
        let judged = self.people.judged();
        self.tell(Event::JudgedChanged { judged });
    }

    fn tell_room(&mut self, key: &RoomKey) {
        if let Some(Room { muted, rules, .. }) = self.rooms.get(key) {
            let (muted, rules) = (*muted, *rules);
            self.tell(Event::RoomChanged {
                room: key.clone(),
                muted,
                rules,
            });
        }
    }

    /// What somebody present is called.
    fn name_of(&self, person: &PersonId) -> Option<String> {
        self.rooms.values().find_map(|room| {
            let (peer, peering) = room.peers.iter().find(|(peer, peering)| match person {
                PersonId::Session(session) => *peer == session,
                PersonId::Profile(user) => peering.user_id() == Some(user),
            })?;
            Some(peering.name(*peer))
        })
    }
}

/// Whether somebody said a line, or is said to have.
fn is_from(said: &Said, person: &PersonId) -> bool {
    let is_author = |user: &UserId| said.line.author_id.as_ref() == Some(user);
    !said.line.own
        && match person {
            PersonId::Profile(user) => said.person.as_ref() == Some(person) || is_author(user),
            PersonId::Session(peer) => !said.line.backfilled && said.line.peer_id == *peer,
        }
}

fn weight(standing: Standing) -> u8 {
    match standing {
        Standing::Normal => 0,
        Standing::Known => 1,
        Standing::Muted => 2,
        Standing::Blocked => 3,
    }
}
