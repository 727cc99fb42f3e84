//! One peer in one room: handshake, identity, leaving (protocol/trystero §6, §8).
//!
//! ```text
//! bind ──▶ Pending ──own part passed and `@_hsready` heard──▶ Active ──leave, loss──▶ gone
//!             └──10 s, or a wrong answer──▶ gone
//! ```

use std::time::Duration;

use wire::{
    Action, ActionError, Assembly, Chunk, Feature, Handshake, LinkId, Metadata, Native, PeerId,
    Renegotiation, RenegotiationKind, UserId, Verification,
};

use crate::bucket::Bucket;
use crate::exchange::Exchange;
use crate::link::Stage as LinkStage;
use crate::looks::Look;
use crate::people::Pace;
use crate::{
    Event, Me, NoticeKind, Now, Offence, Path, Peer, PersonId, Refusal, Room, RoomKey, Rooms,
    Standing, Trust,
};

/// How long a handshake may take (protocol/trystero §6.2).
const HANDSHAKE_PATIENCE: Duration = Duration::from_secs(10);
/// How long a peer that talks but does not say who it is stays unlisted.
const IDENTITY_PATIENCE: Duration = Duration::from_secs(1);
/// Between two sendings of our metadata to one peer: browser peers list us twice when they come in
/// one burst (protocol/chitchatter §7).
const METADATA_GAP: Duration = Duration::from_secs(1);
/// How long a peer counts as typing that says no more.
pub(crate) const TYPING_LIFE: Duration = Duration::from_secs(60);
/// Identities one peer may send at once, and how many come back per second: each costs a signature
/// check.
const IDENTITY_BUCKET: (u32, f64) = (10, 0.2);
/// Typing changes, pings and the like one peer may send at once, and per second.
const CHATTER_BUCKET: (u32, f64) = (60, 20.0);
/// Profiles remembered of those one session said were its own.
const MAX_CLAIMS: usize = 8;
/// Session descriptions one peer may send at once, and per second: each costs a negotiation.
const SIGNAL_BUCKET: (u32, f64) = (20, 0.5);
/// Peers one peer may name at once, and per second: each may cost connections. A whole room, and
/// some who come later.
const NAMES_BUCKET: (u32, f64) = (160, 0.5);
/// Offers and answers one peer may have passed on, at once and per second.
const INTRODUCTION_BUCKET: (u32, f64) = (512, 20.0);

/// One peer in one room.
#[derive(Debug)]
pub(crate) struct Peering {
    pub(crate) link: LinkId,
    stage: Stage,
    assembly: Assembly,
    identity: Option<Known>,
    /// Whether the person has been told of this peer.
    announced: bool,
    active_since: Duration,
    metadata_sent: Duration,
    metadata_due: bool,
    pub(crate) typing_until: Option<Duration>,
    pub(crate) exchange: Exchange,
    identities: Bucket,
    chatter: Bucket,
    signals: Bucket,
    introductions: Bucket,
    names: Bucket,
    /// All profiles it said were its own; of very many the last takes the place of the one before.
    claimed: Vec<UserId>,
    /// What we decided about it.
    pub(crate) standing: Standing,
    pub(crate) pace: Pace,
    /// Whom its name looks like, who was there first.
    pub(crate) imitates: Option<String>,
}

/// A name somebody goes by.
#[derive(Debug)]
pub(crate) struct Named<'a> {
    pub(crate) user: &'a UserId,
    pub(crate) name: &'a str,
    pub(crate) look: &'a Look,
    pub(crate) since: Duration,
    /// Whether it is more than the animal that goes with the user id.
    pub(crate) chosen: bool,
}

/// Who a peer says it is.
#[derive(Debug)]
struct Known {
    user_id: UserId,
    custom_name: String,
    animal_name: String,
    /// Whether the signature is right.
    signed: bool,
    /// Whether the peer was somebody else before, on the same connection.
    switched: bool,
    /// Whether someone who was there before, or we, go by the same id. A signature can be repeated
    /// by whoever has seen it, so the later one proves nothing.
    taken: bool,
    /// Whether the profile came with another key before.
    key_changed: bool,
    look: Look,
    /// Since when it goes by a name that looks so.
    named_at: Duration,
    native: Option<Native>,
}

impl Known {
    fn trust(&self) -> Trust {
        if self.signed && !self.switched && !self.taken {
            Trust::Verified
        } else {
            Trust::Unverified
        }
    }

    fn name(&self) -> &str {
        if self.custom_name.is_empty() {
            &self.animal_name
        } else {
            &self.custom_name
        }
    }
}

#[derive(Debug)]
enum Stage {
    Pending {
        deadline: Duration,
        own_passed: bool,
        remote_ready: bool,
        challenge: Option<String>,
    },
    Active,
}

impl Peering {
    fn new(now: Now, link: LinkId, challenge: Option<String>) -> Self {
        Self {
            link,
            stage: Stage::Pending {
                deadline: now.since_start + HANDSHAKE_PATIENCE,
                own_passed: false,
                remote_ready: false,
                challenge,
            },
            assembly: Assembly::new(),
            identity: None,
            announced: false,
            active_since: now.since_start,
            metadata_sent: Duration::ZERO,
            metadata_due: false,
            typing_until: None,
            exchange: Exchange::default(),
            identities: Bucket::new(IDENTITY_BUCKET.0, IDENTITY_BUCKET.1),
            chatter: Bucket::new(CHATTER_BUCKET.0, CHATTER_BUCKET.1),
            signals: Bucket::new(SIGNAL_BUCKET.0, SIGNAL_BUCKET.1),
            names: Bucket::new(NAMES_BUCKET.0, NAMES_BUCKET.1),
            introductions: Bucket::new(INTRODUCTION_BUCKET.0, INTRODUCTION_BUCKET.1),
            claimed: Vec::new(),
            standing: Standing::Normal,
            pace: Pace::default(),
            imitates: None,
        }
    }

    pub(crate) fn is_active(&self) -> bool {
        matches!(self.stage, Stage::Active)
    }

    /// Whether the peer named this extension of ours.
    pub(crate) fn has(&self, feature: Feature) -> bool {
        self.identity
            .as_ref()
            .and_then(|known| known.native.as_ref())
            .is_some_and(|native| native.features.contains(feature))
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
        self.identity.as_ref().map(|known| Named {
            user: &known.user_id,
            name: known.name(),
            look: &known.look,
            since: known.named_at,
            chosen: !known.custom_name.is_empty(),
        })
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

    pub(crate) fn next_wake(&self) -> Option<Duration> {
        match &self.stage {
            Stage::Pending { deadline, .. } => Some(*deadline),
            Stage::Active => {
                let identity = (!self.announced).then_some(self.active_since + IDENTITY_PATIENCE);
                let metadata = self
                    .metadata_due
                    .then_some(self.metadata_sent + METADATA_GAP);
                let exchange = self.exchange.next_wake();
                let pace = self.pace.next_wake();
                [identity, metadata, exchange, self.typing_until, pace]
                    .into_iter()
                    .flatten()
                    .min()
            }
        }
    }

    /// What to call a peer.
    pub(crate) fn name(&self, peer: PeerId) -> String {
        match &self.identity {
            Some(known) => known.name().to_owned(),
            None => unidentified(peer),
        }
    }

    fn shown(&self, peer_id: PeerId, path: Path) -> Peer {
        let known = self.identity.as_ref();
        Peer {
            peer_id,
            user_id: known.map(|known| known.user_id.clone()),
            name: self.name(peer_id),
            custom_name: known.map_or_else(String::new, |known| known.custom_name.clone()),
            animal_name: known.map_or_else(String::new, |known| known.animal_name.clone()),
            trust: self.trust(),
            native: known.is_some_and(|known| known.native.is_some()),
            path,
            typing: self.typing_until.is_some(),
            person: self.person(peer_id),
            standing: self.standing,
            slowed: self.pace.is_slowed(),
            imitates: self.imitates.clone(),
            key_changed: known.is_some_and(|known| known.key_changed),
            talks: self.has(Feature::Talk),
        }
    }
}

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

    /// Says goodbye to everyone in a room and unties it from its connections.
    pub(crate) fn take_leave(&mut self, now: Now, key: &RoomKey) {
        let peers: Vec<(PeerId, LinkId)> = self.rooms.get(key).map_or_else(Vec::new, |room| {
            room.peers
                .iter()
                .map(|(peer, peering)| (*peer, peering.link))
                .collect()
        });
        self.send_receipts(now, Some(key));
        for (peer, link) in peers {
            self.send(now, key, peer, &Action::Leave);
            self.unbind(now, key, link);
        }
    }

    /// One frame for a joined room.
    pub(crate) fn chunk(&mut self, now: Now, key: &RoomKey, id: LinkId, chunk: Chunk<'_>) {
        let Some(remote) = self.links.get(&id).and_then(|link| link.remote) else {
            return;
        };
        let there = self
            .rooms
            .get(key)
            .is_some_and(|room| room.peers.contains_key(&remote));
        if !there {
            // The other side bound first (protocol/trystero §6.1); anything but a handshake is left
            // over from an earlier stay and must not reach the new one.
            if !is_handshake(chunk.action) {
                return;
            }
            self.bind(now, key, id);
        }
        let Some(peering) = self
            .rooms
            .get_mut(key)
            .and_then(|room| room.peers.get_mut(&remote))
        else {
            return;
        };
        match peering.assembly.push(chunk) {
            Ok(None) => {}
            Ok(Some(body)) => match Action::parse(&body) {
                Ok(action) => self.action(now, key, remote, action),
                Err(ActionError::Unknown { .. }) => self.strike(now, id, 1),
                Err(ActionError::Malformed { .. } | ActionError::TooLong { .. }) => {
                    self.strike(now, id, 5);
                }
            },
            Err(_) => self.cut_off(now, id, Offence::Oversized),
        }
    }

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

    /// A connection ended with a peer of this room on it.
    pub(crate) fn peer_lost(&mut self, now: Now, key: &RoomKey, peer: PeerId) {
        let name = self.name_on(key, Some(peer));
        if self.remove_peer(now, key, peer, false) {
            self.notice(now, key, NoticeKind::Lost { name });
        }
        self.search_again(now, key);
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

    /// Who is in a room, as shown.
    pub(crate) fn peers_of(&self, room: &Room) -> Vec<Peer> {
        room.peers
            .iter()
            .filter(|(_, peering)| peering.announced)
            .map(|(peer, peering)| peering.shown(*peer, self.path_of(peering.link)))
            .collect()
    }

    pub(crate) fn tell_path_changed(&mut self, id: LinkId) {
        let Some(link) = self.links.get(&id) else {
            return;
        };
        let Some(remote) = link.remote else { return };
        let keys: Vec<RoomKey> = link.bound.iter().cloned().collect();
        for key in keys {
            self.tell_peer(&key, remote, false);
        }
    }

    /// Whether the peer of a connection follows an ICE restart told over the data channel; browser
    /// peers ignore descriptions without media (protocol/trystero §7.2).
    pub(crate) fn can_restart(&self, id: LinkId) -> bool {
        self.rooms
            .values()
            .flat_map(|room| room.peers.values())
            .any(|peering| peering.link == id && peering.has(Feature::Restart))
    }

    /// Sends a description over the data channel, under the first room the peer is active in.
    pub(crate) fn send_signal(
        &mut self,
        now: Now,
        id: LinkId,
        kind: RenegotiationKind,
        sdp: String,
    ) {
        let Some(remote) = self.links.get(&id).and_then(|link| link.remote) else {
            return;
        };
        let key = self.rooms.iter().find_map(|(key, room)| {
            let peering = room.peers.get(&remote)?;
            (peering.link == id && peering.is_active()).then(|| key.clone())
        });
        if let Some(key) = key {
            let signal = Action::Signal(Renegotiation { kind, sdp });
            self.send(now, &key, remote, &signal);
        }
    }

    pub(crate) fn wake_peerings(&mut self, now: Now) {
        let at = now.since_start;
        let mut late = Vec::new();
        let mut unnamed = Vec::new();
        let mut silent = Vec::new();
        for (key, room) in &self.rooms {
            for (peer, peering) in &room.peers {
                match &peering.stage {
                    Stage::Pending { deadline, .. } if *deadline <= at => {
                        late.push((key.clone(), *peer, peering.link));
                    }
                    Stage::Pending { .. } => {}
                    Stage::Active => {
                        if !peering.announced && peering.active_since + IDENTITY_PATIENCE <= at {
                            unnamed.push((key.clone(), *peer));
                        }
                        if peering.typing_until.is_some_and(|until| until <= at) {
                            silent.push((key.clone(), *peer));
                        }
                    }
                }
            }
        }
        for (key, peer, link) in late {
            if self.was_refused(&key, peer, link) {
                self.other_password(now, &key, peer);
            }
            self.handshake_failed(now, &key, peer, link);
        }
        for (key, peer) in unnamed {
            self.announce_peer(now, &key, peer);
        }
        for (key, peer) in silent {
            self.note_typing(now, &key, peer, false);
        }
        self.calm_paces(now);
        self.end_direct_typing(now);
        self.send_due_metadata(now);
        self.send_due_lines(now);
        self.send_receipts(now, None);
    }

    /// Tells the person of a peer that can be talked to, once.
    pub(crate) fn announce_peer(&mut self, now: Now, key: &RoomKey, peer: PeerId) {
        let Some(peering) = self
            .rooms
            .get_mut(key)
            .and_then(|room| room.peers.get_mut(&peer))
        else {
            return;
        };
        if peering.announced {
            return;
        }
        peering.announced = true;
        let name = peering.name(peer);
        self.tell_peer(key, peer, true);
        self.notice(now, key, NoticeKind::Joined { name });
        self.catch_up(now, key, peer);
    }

    fn action(&mut self, now: Now, key: &RoomKey, peer: PeerId, action: Action) {
        let Some(peering) = self
            .rooms
            .get_mut(key)
            .and_then(|room| room.peers.get_mut(&peer))
        else {
            return;
        };
        let link = peering.link;
        let active = peering.is_active();
        match action {
            Action::Leave => self.left(now, key, peer),
            Action::HandshakeData(data) => {
                if !active {
                    self.handshake(now, key, peer, data);
                }
            }
            Action::HandshakeReady => {
                if let Stage::Pending { remote_ready, .. } = &mut peering.stage {
                    *remote_ready = true;
                    self.activate_if_ready(now, key, peer);
                }
            }
            // Until the handshake is over nothing else counts (protocol/trystero §5.6).
            _ if !active => {}
            Action::Ping => {
                if peering.chatter.take(now.since_start, 1) {
                    self.send(now, key, peer, &Action::Pong);
                }
            }
            Action::Signal(Renegotiation { kind, sdp }) => {
                if peering.signals.take(now.since_start, 1) {
                    self.outputs
                        .push_back(crate::Output::Renegotiate { link, kind, sdp });
                }
            }
            Action::Metadata(metadata) => {
                if peering.identities.take(now.since_start, 1) {
                    self.identity_heard(now, key, peer, &metadata);
                } else {
                    self.strike(now, link, 1);
                }
            }
            Action::Message(message) => self.message_heard(now, key, peer, message),
            Action::Transcript(entries) => self.transcript_heard(now, key, peer, entries),
            Action::Typing(typing) => {
                if peering.chatter.take(now.since_start, 1) || !typing {
                    self.note_typing(now, key, peer, typing);
                }
            }
            Action::DirectMessage(message) => self.direct_heard(now, key, peer, message),
            Action::DirectTyping(typing) => {
                if peering.chatter.take(now.since_start, 1) || !typing {
                    self.note_direct_typing(now, key, peer, typing);
                }
            }
            Action::Receipt(id) => {
                if peering.chatter.take(now.since_start, 1) {
                    self.receipt_heard(now, key, peer, &id);
                } else {
                    self.strike(now, link, 1);
                }
            }
            Action::Change(change) => {
                if peering.chatter.take(now.since_start, 1) {
                    self.change_heard(key, peer, change);
                } else {
                    self.strike(now, link, 1);
                }
            }
            Action::Mark(mark) => {
                if peering.chatter.take(now.since_start, 1) {
                    self.mark_heard(key, peer, &mark);
                } else {
                    self.strike(now, link, 1);
                }
            }
            Action::States(states) => {
                let cost = u32::try_from(states.lines.len()).unwrap_or(u32::MAX);
                if !self.states_heard(key, peer, states) {
                    self.strike(now, link, cost.saturating_add(20));
                }
            }
            // Understood, and nothing to do for a peer without calls and files.
            Action::Pong
            | Action::InlineMedia(_)
            | Action::FileOffer(_)
            | Action::Audio { .. }
            | Action::Video(_)
            | Action::Screen(_)
            | Action::Stream(_)
            | Action::Track(_) => {}
            Action::Company(company) => {
                let count = company.natives.len() + company.others.len();
                let cost = u32::try_from(count).unwrap_or(u32::MAX);
                if peering.has(Feature::Introduce) && peering.names.take(now.since_start, cost) {
                    self.company_heard(now, key, peer, company);
                } else {
                    self.strike(now, link, 1);
                }
            }
            Action::Introduction(introduction) => {
                if peering.has(Feature::Introduce) && peering.introductions.take(now.since_start, 1)
                {
                    self.introduction_heard(now, key, peer, introduction);
                } else {
                    self.strike(now, link, 1);
                }
            }
        }
    }

    fn handshake(&mut self, now: Now, key: &RoomKey, peer: PeerId, data: Handshake) {
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

    fn activate_if_ready(&mut self, now: Now, key: &RoomKey, peer: PeerId) {
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

    fn send_due_metadata(&mut self, now: Now) {
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

    fn identity_heard(&mut self, now: Now, key: &RoomKey, peer: PeerId, metadata: &Metadata) {
        let taken = metadata.user_id == self.me.user_id
            || self.rooms.get(key).is_some_and(|room| {
                room.peers.iter().any(|(other, peering)| {
                    *other != peer
                        && peering.identity.as_ref().is_some_and(|it| {
                            it.user_id == metadata.user_id && it.signed && !it.taken
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
            named_at: now.since_start,
            native: metadata.native.clone(),
        };
        known.look = Look::of(known.name());
        if let Some(earlier) = &peering.identity
            && earlier.look.is_like(&known.look)
        {
            known.named_at = earlier.named_at;
        }
        if known.signed {
            let (people, key) = (&mut self.people, &metadata.public_key);
            known.key_changed = people.is_other_key(&known.user_id, key);
            if known.trust() == Trust::Verified && !known.key_changed {
                known.named_at = people.recognise(now, &known.user_id, key, &known.look);
            }
        }
        peering.identity = Some(known);
        peering.note_claim(&metadata.user_id);
        let after = peering.name(peer);
        let announced = peering.announced;
        let typing = room.typing;
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
        if !announced {
            self.announce_peer(now, key, peer);
            return;
        }
        self.tell_peer(key, peer, false);
        if !first && before != after {
            let what = NoticeKind::Renamed {
                from: before,
                to: after,
            };
            self.notice(now, key, what);
        }
        if first {
            self.catch_up(now, key, peer);
        }
    }

    fn left(&mut self, now: Now, key: &RoomKey, peer: PeerId) {
        let name = self.name_on(key, Some(peer));
        let link = self
            .rooms
            .get(key)
            .and_then(|room| room.peers.get(&peer))
            .map(|peering| peering.link);
        if self.remove_peer(now, key, peer, true) {
            self.notice(now, key, NoticeKind::Left { name });
        }
        if let Some(link) = link {
            self.unbind(now, key, link);
        }
    }

    /// The handshake did not end in time. If no room uses the connection it is closed, so that both
    /// sides can meet anew through a tracker.
    fn handshake_failed(&mut self, now: Now, key: &RoomKey, peer: PeerId, link: LinkId) {
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
    fn was_refused(&self, key: &RoomKey, peer: PeerId, link: LinkId) -> bool {
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

    fn detach(&mut self, now: Now, key: &RoomKey, peer: PeerId, link: LinkId) {
        self.remove_peer(now, key, peer, true);
        self.unbind(now, key, link);
    }

    /// Whether the person had been told of the peer.
    pub(crate) fn remove_peer(
        &mut self,
        now: Now,
        key: &RoomKey,
        peer: PeerId,
        politely: bool,
    ) -> bool {
        let Some(room) = self.rooms.get_mut(key) else {
            return false;
        };
        let Some(gone) = room.peers.remove(&peer) else {
            return false;
        };
        if gone.announced {
            self.tell(Event::PeerLeft {
                room: key.clone(),
                peer_id: peer,
            });
        }
        let person = gone.person(peer);
        self.exchange_ended(now, key, peer, person, gone.exchange, politely);
        if let Some(known) = gone.identity
            && known.signed
            && !known.taken
        {
            self.give_id_back(now, key, &known.user_id);
        }
        self.refresh_directs(key);
        self.find_imitations(key);
        gone.announced
    }

    /// Someone who went by this id is gone: a person whose connection was lost comes back as a new
    /// peer before the old one is missed, and is who they say from now on.
    fn give_id_back(&mut self, now: Now, key: &RoomKey, user_id: &UserId) {
        if *user_id == self.me.user_id {
            return;
        }
        let Some(room) = self.rooms.get_mut(key) else {
            return;
        };
        let heir = room.peers.iter_mut().find_map(|(peer, peering)| {
            let known = peering.identity.as_mut()?;
            (known.user_id == *user_id).then(|| {
                known.taken = false;
                *peer
            })
        });
        if let Some(heir) = heir {
            self.tell_peer(key, heir, false);
            self.send_owed(now, key, heir);
        }
    }

    pub(crate) fn tell_peer(&mut self, key: &RoomKey, peer_id: PeerId, joined: bool) {
        let Some(peering) = self
            .rooms
            .get(key)
            .and_then(|room| room.peers.get(&peer_id))
        else {
            return;
        };
        if !peering.announced {
            return;
        }
        let peer = peering.shown(peer_id, self.path_of(peering.link));
        let room = key.clone();
        self.tell(if joined {
            Event::PeerJoined { room, peer }
        } else {
            Event::PeerChanged { room, peer }
        });
        self.refresh_directs(key);
    }

    fn path_of(&self, id: LinkId) -> Path {
        self.links.get(&id).map_or(Path::Unknown, |link| link.path)
    }
}

/// Whether an action begins a stay, rather than belonging to one.
fn is_handshake(action: &str) -> bool {
    [
        Action::HandshakeReady.name(),
        Action::HandshakeData(Handshake::Other).name(),
    ]
    .contains(&action)
}

/// What a peer is called that has not said who it is.
fn unidentified(peer: PeerId) -> String {
    let start: String = peer.as_str().chars().take(6).collect();
    format!("Unidentified {start}")
}
