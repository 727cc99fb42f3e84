//! One peer in one room: handshake, identity, leaving (protocol/trystero §6, §8).
//!
//! ```text
//! bind ──▶ Pending ──own part passed and `@_hsready` heard──▶ Active ──leave, loss──▶ gone
//!             └──10 s, or a wrong answer──▶ gone
//! ```

mod handshake;
mod identity;
mod proof;

use std::time::Duration;

use wire::{
    Action, ActionError, Assembly, Chunk, Feature, LinkId, PeerId, Renegotiation,
    RenegotiationKind, UserId,
};

use crate::bucket::Bucket;
use crate::exchange::Exchange;
use crate::people::Pace;
use crate::shares::PeerShares;
use crate::{
    Event, Likeness, NoticeKind, Now, Offence, Output, Path, Peer, PersonId, Presence, Room,
    RoomKey, Rooms, Standing,
};
use handshake::{HANDSHAKE_PATIENCE, is_handshake};
pub(crate) use identity::Named;
use identity::{Known, METADATA_GAP};
use proof::Proving;

/// How long a peer that talks but does not say who it is stays unlisted.
const IDENTITY_PATIENCE: Duration = Duration::from_secs(1);
/// How long what a peer offers counts as offered before it was met.
const GREETING: Duration = Duration::from_secs(2);
/// Who is met within this time of our own coming counts as there before.
const ARRIVAL: Duration = Duration::from_secs(8);
/// How long a peer counts as typing that says no more.
pub(crate) const TYPING_LIFE: Duration = Duration::from_secs(60);
/// Identities one peer may send at once, and how many come back per second: each costs a signature
/// check.
const IDENTITY_BUCKET: (u32, f64) = (10, 0.2);
/// Typing changes, pings and the like one peer may send at once, and per second.
const CHATTER_BUCKET: (u32, f64) = (60, 20.0);
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
    proving: Proving,
    /// Whether the person has been told of this peer.
    announced: bool,
    active_since: Duration,
    metadata_sent: Duration,
    metadata_due: bool,
    pub(crate) typing_until: Option<Duration>,
    pub(crate) exchange: Exchange,
    pub(crate) files: PeerShares,
    identities: Bucket,
    chatter: Bucket,
    signals: Bucket,
    introductions: Bucket,
    names: Bucket,
    /// All profiles it said were its own; of very many the last takes the place of the one before.
    claimed: Vec<UserId>,
    /// What we decided about it.
    pub(crate) standing: Standing,
    /// Whether it is shown as no stranger.
    pub(crate) known: bool,
    pub(crate) pace: Pace,
    /// Whom its name may be taken for.
    pub(crate) imitates: Option<Likeness>,
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
            proving: Proving::default(),
            announced: false,
            active_since: now.since_start,
            metadata_sent: Duration::ZERO,
            metadata_due: false,
            typing_until: None,
            exchange: Exchange::default(),
            files: PeerShares::default(),
            identities: Bucket::new(IDENTITY_BUCKET.0, IDENTITY_BUCKET.1),
            chatter: Bucket::new(CHATTER_BUCKET.0, CHATTER_BUCKET.1),
            signals: Bucket::new(SIGNAL_BUCKET.0, SIGNAL_BUCKET.1),
            names: Bucket::new(NAMES_BUCKET.0, NAMES_BUCKET.1),
            introductions: Bucket::new(INTRODUCTION_BUCKET.0, INTRODUCTION_BUCKET.1),
            claimed: Vec::new(),
            standing: Standing::Normal,
            known: false,
            pace: Pace::default(),
            imitates: None,
        }
    }

    pub(crate) fn is_active(&self) -> bool {
        matches!(self.stage, Stage::Active)
    }

    /// Whether it has only just come, or we have: what it tells now, it tells for the second time.
    pub(crate) fn is_new(&self, now: Now) -> bool {
        self.is_active() && now.since_start < self.active_since + GREETING
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
                let proof = self.proving.next_wake();
                [identity, metadata, exchange, self.typing_until, pace, proof]
                    .into_iter()
                    .flatten()
                    .min()
            }
        }
    }

    /// The name nobody can choose; empty while it has not said who it is.
    pub(crate) fn animal_name(&self) -> String {
        let known = self.identity.as_ref();
        known.map_or_else(String::new, |known| known.animal_name.clone())
    }

    fn shown(&self, peer_id: PeerId, path: Path) -> Peer {
        let known = self.identity.as_ref();
        Peer {
            peer_id,
            user_id: known.map(|known| known.user_id.clone()),
            name: self.name(peer_id),
            custom_name: known.map_or_else(String::new, |known| known.custom_name.clone()),
            animal_name: self.animal_name(),
            public_key: known.map(|known| known.public_key.clone()),
            trust: self.trust(),
            native: known.is_some_and(|known| known.native.is_some()),
            path,
            typing: self.typing_until.is_some(),
            person: self.person(peer_id),
            standing: self.standing,
            known: self.known,
            slowed: self.pace.is_slowed(),
            imitates: self.imitates.clone(),
            key_changed: known.is_some_and(|known| known.key_changed),
            talks: self.has(Feature::Talk),
            proof: self.proof(),
        }
    }
}

impl Rooms {
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

    /// A connection ended with a peer of this room on it.
    pub(crate) fn peer_lost(&mut self, now: Now, key: &RoomKey, peer: PeerId) {
        let name = self.name_on(key, Some(peer));
        if self.remove_peer(now, key, peer, false) {
            self.notice(now, key, NoticeKind::Lost { name });
        }
        self.search_again(now, key);
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
            self.tell_peer(&key, remote);
        }
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
        self.miss_proofs(now);
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
        let what = NoticeKind::Joined {
            peer_id: peer,
            name: peering.name(peer),
            animal_name: peering.animal_name(),
            imitates: peering.imitates.clone(),
        };
        let is_like_another = peering.imitates.is_some();
        let was_there = self
            .rooms
            .get(key)
            .is_some_and(|room| now.since_start < room.entered_at + ARRIVAL);
        // Whose name looks like another's is pointed out, whoever was first.
        let came = !was_there || is_like_another;
        self.tell_of_peer(key, peer, Some(!came));
        if came {
            self.notice(now, key, what);
        }
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
            Action::InlineMedia(media) => self.inline_heard(now, key, peer, media),
            Action::FileOffer(offer) => self.file_offer_heard(now, key, peer, offer),
            Action::Share(share) => self.share_heard(now, key, peer, *share),
            Action::Unshare(offer) => self.unshare_heard(now, key, peer, offer),
            Action::Holding(holding) => self.holding_heard(now, key, peer, holding),
            Action::TransferSignal(signal) => self.transfer_signal_heard(now, key, peer, signal),
            // Understood, and nothing to do for a peer without calls.
            Action::Pong
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
            Action::Challenge(nonce) => self.challenge_heard(now, key, peer, nonce),
            Action::Proof(signature) => self.proof_heard(now, key, peer, &signature),
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
        self.outputs.push_back(Output::Presence {
            room: key.clone(),
            peer_id: peer,
            presence: match politely {
                true => Presence::Gone,
                false => Presence::Lost,
            },
        });
        if gone.announced {
            self.tell(Event::PeerLeft {
                room: key.clone(),
                peer_id: peer,
            });
        }
        if let Some(named) = gone.named() {
            self.note_former_name(key, &named);
        }
        let person = gone.person(peer);
        self.exchange_ended(now, key, peer, person, gone.exchange, politely);
        self.shares_gone(now, key, &gone.files);
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

    pub(crate) fn tell_peer(&mut self, key: &RoomKey, peer_id: PeerId) {
        self.tell_of_peer(key, peer_id, None);
    }

    /// Tells of a peer: where it is new, whether it was there before us.
    fn tell_of_peer(&mut self, key: &RoomKey, peer_id: PeerId, joined: Option<bool>) {
        // What is known of it may have changed, and with it who it is.
        self.note_standing(key, peer_id);
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
        let person = peer.person.clone();
        let room = key.clone();
        self.tell(match joined {
            Some(was_there) => Event::PeerJoined {
                room,
                peer,
                was_there,
            },
            None => Event::PeerChanged { room, peer },
        });
        self.refresh_directs(key);
        self.name_holder(key, peer_id);
        if let PersonId::Profile(user) = person {
            self.name_passed_on(key, &user);
        }
    }

    fn path_of(&self, id: LinkId) -> Path {
        self.links.get(&id).map_or(Path::Unknown, |link| link.path)
    }
}
