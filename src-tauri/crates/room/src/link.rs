//! One connection to one peer: how it comes to be open, what waits to be sent on it, and when it is
//! given up. Rooms of one origin share it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use wire::{Fingerprints, LinkId, OfferId, Origin, Outer, PeerId, RenegotiationKind, RoomToken};

use crate::bucket::Bucket;
use crate::{Input, Now, Offence, Output, Path, ProblemKind, RoomKey, Rooms};

/// Connections and attempts of one node at once. Each costs a socket and some 0.3 MiB.
const MAX_LINKS: usize = 1024;
/// How long a connection may take from the answer to the open channel.
const CONNECT_PATIENCE: Duration = Duration::from_secs(20);
/// How long making a description may take before the attempt counts as failed.
const MAKE_PATIENCE: Duration = Duration::from_secs(30);
/// How long a connection no room uses is kept, so that either side can come back by presence
/// (protocol/trystero §8.3).
const IDLE_LIFE: Duration = Duration::from_millis(123_333);
/// How long a connection may hear nothing before it counts as lost (protocol/trystero §8.4).
const SHAKY_LIFE: Duration = Duration::from_secs(5);
/// Bytes handed to the stack and not yet reported as sent.
const WINDOW: usize = 512 * 1024;
/// Bytes waiting for one peer before more is refused for a moment.
const BUSY_BYTES: usize = 1024 * 1024;
/// Bytes waiting for one peer before it is given up: several transcripts beside a full queue.
const MAX_OUTBOX: usize = 24 * 1024 * 1024;
/// A peer that took nothing for so long does not hold up what is said to others.
const STALL_GRACE: Duration = Duration::from_secs(2);
/// A peer that took nothing for so long is given up.
const STALL_LIFE: Duration = Duration::from_secs(15);
/// Rooms whose presence one peer may announce.
const MAX_PRESENT: usize = 64;
/// Nonsense one peer may send at once, and how fast that is forgiven.
const STRIKES: (u32, f64) = (1_000, 20.0);

/// Proofs of our key one connection may ask for at once, and per second: each costs a signature. One
/// for every room, and again for some that are left and joined.
const PROOFS: (u32, f64) = (32, 0.5);

/// One connection.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) origin: Origin,
    /// The room whose signalling made it.
    pub(crate) made_for: RoomKey,
    /// Who is at the other end; unknown while an offer of ours has no answer.
    pub(crate) remote: Option<PeerId>,
    pub(crate) stage: Stage,
    /// When it came to this stage.
    pub(crate) since: Duration,
    /// Whether its signals went over this machine or network.
    pub(crate) near: bool,
    /// Whether we made the offer, and so the data channel.
    offerer: bool,
    /// Rooms that have a peering on it.
    pub(crate) bound: BTreeSet<RoomKey>,
    /// Rooms the other side said it is in.
    pub(crate) present: BTreeSet<RoomToken>,
    /// What we asked the other side to prove that it knows each room's password. It stays the same
    /// as long as the connection: when both sides leave and come back at once, one of them may
    /// answer what was asked just before the other asked again.
    pub(crate) challenges: BTreeMap<RoomToken, String>,
    pub(crate) path: Path,
    /// The certificates either end may have made the connection with.
    pub(crate) our_end: Fingerprints,
    pub(crate) their_end: Fingerprints,
    pub(crate) proofs: Bucket,
    outbox: VecDeque<Vec<u8>>,
    waiting: usize,
    in_flight: usize,
    /// All that was ever queued, and all that the stack took of it.
    queued: u64,
    taken: u64,
    progress_at: Duration,
    idle_since: Option<Duration>,
    shaky_since: Option<Duration>,
    strikes: Bucket,
}

/// How far a connection has come.
///
/// ```text
/// Offering ──answer──▶ Connecting ──open──▶ Open
/// Answering ──made───▶ Connecting
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Our offer, in the book under this id.
    Offering(OfferId),
    /// Their offer, our answer being made.
    Answering {
        /// How it came, and the answer goes.
        by: Way,
        /// Their offer.
        offer_id: OfferId,
    },
    /// Both descriptions exist.
    Connecting {
        /// When it is given up.
        deadline: Duration,
    },
    /// The data channel is open.
    Open,
}

/// How signals between us and a peer that is not connected yet are carried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// The tracker at this address.
    Tracker(String),
    /// A peer connected to both.
    Peer(PeerId),
}

impl Link {
    pub(crate) fn connecting(&mut self, now: Now) {
        self.since = now.since_start;
        self.stage = Stage::Connecting {
            deadline: now.since_start + CONNECT_PATIENCE,
        };
    }

    /// Whether the other side made the offer.
    pub(crate) fn is_answer(&self) -> bool {
        !self.offerer
    }

    pub(crate) fn is_shaky(&self) -> bool {
        self.shaky_since.is_some()
    }

    /// Whether enough waits that more should wait before it is said. A peer that takes nothing at
    /// all does not count: it may not hold up the others.
    pub(crate) fn is_busy(&self, now: Now) -> bool {
        self.waiting > BUSY_BYTES && now.since_start < self.progress_at + STALL_GRACE
    }

    /// How many bytes were ever queued.
    pub(crate) fn queued_bytes(&self) -> u64 {
        self.queued
    }

    /// How many of them the stack took.
    pub(crate) fn taken_bytes(&self) -> u64 {
        self.taken
    }

    pub(crate) fn is_sending(&self) -> bool {
        self.waiting + self.in_flight > 0
    }

    pub(crate) fn next_wake(&self) -> Option<Duration> {
        let stage = match &self.stage {
            Stage::Offering(_) => None,
            Stage::Answering { .. } => Some(self.since + MAKE_PATIENCE),
            Stage::Connecting { deadline } => Some(*deadline),
            Stage::Open => None,
        };
        let idle = self.idle_since.map(|since| since + IDLE_LIFE);
        let shaky = self.shaky_since.map(|since| since + SHAKY_LIFE);
        let stalled = self.is_sending().then_some(self.progress_at + STALL_LIFE);
        [stage, idle, shaky, stalled].into_iter().flatten().min()
    }
}

impl Rooms {
    /// A new attempt to connect, unless there are too many.
    pub(crate) fn new_link(
        &mut self,
        now: Now,
        key: &RoomKey,
        remote: Option<PeerId>,
        stage: Stage,
    ) -> Option<LinkId> {
        let origin = self.rooms.get(key)?.address.origin.clone();
        if self.links.len() >= MAX_LINKS {
            return None;
        }
        let id = LinkId(self.new_id());
        self.links.insert(
            id,
            Link {
                origin,
                made_for: key.clone(),
                remote,
                near: false,
                offerer: matches!(stage, Stage::Offering(_)),
                stage,
                since: now.since_start,
                bound: BTreeSet::new(),
                present: BTreeSet::new(),
                challenges: BTreeMap::new(),
                path: Path::Unknown,
                our_end: Fingerprints::default(),
                their_end: Fingerprints::default(),
                proofs: Bucket::new(PROOFS.0, PROOFS.1),
                outbox: VecDeque::new(),
                waiting: 0,
                in_flight: 0,
                queued: 0,
                taken: 0,
                progress_at: now.since_start,
                idle_since: None,
                shaky_since: None,
                strikes: Bucket::new(STRIKES.0, STRIKES.1),
            },
        );
        Some(id)
    }

    pub(crate) fn link_opened(&mut self, now: Now, id: LinkId) {
        let Some(link) = self.links.get_mut(&id) else {
            return;
        };
        let Some(remote) = link.remote else {
            self.drop_link(id);
            return;
        };
        let origin = link.origin.clone();
        let made_for = link.made_for.clone();
        // Each side keeps the connection that opened first and closes any later one
        // (protocol/trystero §4.6).
        if self.connected.contains_key(&(origin.clone(), remote)) {
            self.drop_link(id);
            return;
        }
        link.stage = Stage::Open;
        link.idle_since = Some(now.since_start);
        link.progress_at = now.since_start;
        let answered = link.is_answer() && self.me.peer_id < remote;
        self.connected.insert((origin.clone(), remote), id);
        if answered {
            self.answer_was_eager_for_good(&made_for);
        }
        let others: Vec<LinkId> = self
            .links
            .iter()
            .filter(|(other, link)| {
                **other != id && link.remote == Some(remote) && link.origin == origin
            })
            .map(|(other, _)| *other)
            .collect();
        for other in others {
            self.drop_link(other);
        }
        let tokens: Vec<RoomToken> = self
            .rooms
            .values()
            .filter(|room| room.address.origin == origin)
            .map(|room| room.token)
            .collect();
        for token in tokens {
            self.queue(now, id, wire::presence(token, true));
        }
        self.drop_problems(|it| {
            it.what
                == ProblemKind::Unconnectable {
                    room: made_for.clone(),
                }
        });
        self.bind(now, &made_for, id);
    }

    /// A connection ended by itself, or an attempt failed.
    pub(crate) fn link_closed(&mut self, now: Now, id: LinkId) {
        let Some(link) = self.links.get(&id) else {
            return;
        };
        let was_offering = matches!(link.stage, Stage::Offering(_));
        let was_connecting = matches!(link.stage, Stage::Connecting { .. });
        let was_answering = matches!(link.stage, Stage::Answering { .. });
        let room = link.made_for.clone();
        if link.stage == Stage::Open && !link.bound.is_empty() {
            self.doubt_trackers(now);
        }
        self.forget_link(now, id);
        if was_offering {
            self.offer_failed(now, &room);
        }
        if was_connecting {
            self.attempt_failed(now, &room);
        }
        if was_answering {
            // An offer that nobody can answer: a page keeps some ready until they are stale. Ours are
            // new.
            self.search_again(now, &room);
        }
    }

    /// Gives up a connection whose peer is gone.
    pub(crate) fn lose_link(&mut self, now: Now, id: LinkId) {
        if self.links.contains_key(&id) {
            self.outputs.push_back(Output::Close { link: id });
            self.forget_link(now, id);
        }
    }

    /// Closes a connection nobody is met on.
    pub(crate) fn drop_link(&mut self, id: LinkId) {
        let Some(link) = self.links.remove(&id) else {
            return;
        };
        if let Stage::Offering(offer_id) = &link.stage {
            self.forget_offer(&link.made_for, offer_id);
        }
        self.outputs.push_back(Output::Close { link: id });
    }

    pub(crate) fn sent(&mut self, now: Now, id: LinkId, bytes: usize) {
        let Some(link) = self.links.get_mut(&id) else {
            return;
        };
        link.in_flight = link.in_flight.saturating_sub(bytes);
        link.taken = link.queued.min(link.taken + bytes as u64);
        link.progress_at = now.since_start;
        self.flush(id);
        self.connection_took(now, id);
    }

    pub(crate) fn path(&mut self, id: LinkId, relayed: bool) {
        let Some(link) = self.links.get_mut(&id) else {
            return;
        };
        link.path = if relayed { Path::Relayed } else { Path::Direct };
        self.tell_path_changed(id);
    }

    pub(crate) fn shaky(&mut self, now: Now, id: LinkId) {
        if let Some(link) = self.links.get_mut(&id)
            && link.stage == Stage::Open
        {
            link.shaky_since.get_or_insert(now.since_start);
        }
    }

    pub(crate) fn steady(&mut self, id: LinkId) {
        if let Some(link) = self.links.get_mut(&id) {
            link.shaky_since = None;
        }
    }

    /// The machine's addresses changed, or it woke: sockets to trackers are opened anew, and everyone
    /// is looked for again. Connections are left alone: those whose own address is gone go on from
    /// another by themselves, and those that hear nothing any more are found out as ever.
    pub(crate) fn network_changed(&mut self, now: Now) {
        self.outputs.push_back(Output::WakeTrackers);
        let keys: Vec<RoomKey> = self.rooms.keys().cloned().collect();
        for key in keys {
            self.search_again(now, &key);
        }
    }

    /// Our side of a connection has a new description for the other.
    pub(crate) fn renegotiation_made(
        &mut self,
        now: Now,
        id: LinkId,
        kind: RenegotiationKind,
        sdp: String,
    ) {
        self.send_signal(now, id, kind, sdp);
    }

    /// One data-channel message.
    pub(crate) fn bytes(&mut self, now: Now, id: LinkId, bytes: &[u8]) {
        let Some(link) = self.links.get_mut(&id) else {
            return;
        };
        if link.stage != Stage::Open {
            return;
        }
        match Outer::parse(bytes) {
            Ok(Outer::Presence {
                token,
                present: true,
            }) => {
                if link.present.len() < MAX_PRESENT {
                    link.present.insert(token);
                }
                let origin = link.origin.clone();
                if let Some(key) = self.room_of(&origin, token) {
                    self.bind(now, &key, id);
                }
            }
            Ok(Outer::Presence {
                token,
                present: false,
            }) => {
                link.present.remove(&token);
                let origin = link.origin.clone();
                if let Some(key) = self.room_of(&origin, token) {
                    self.absent(now, &key, id);
                }
            }
            Ok(Outer::Room { token, chunk }) => {
                let origin = link.origin.clone();
                if let Some(key) = self.room_of(&origin, token) {
                    self.chunk(now, &key, id, chunk);
                }
            }
            Err(_) => self.strike(now, id, 5),
        }
    }

    /// Counts nonsense against a peer; too much of it ends the connection.
    pub(crate) fn strike(&mut self, now: Now, id: LinkId, cost: u32) {
        if let Some(link) = self.links.get_mut(&id)
            && !link.strikes.take(now.since_start, cost)
        {
            self.cut_off(now, id, Offence::Nonsense);
        }
    }

    /// Ends the connection to a peer that misbehaves, and speaks no more with it for a while.
    pub(crate) fn cut_off(&mut self, now: Now, id: LinkId, offence: Offence) {
        let Some(link) = self.links.get(&id) else {
            return;
        };
        let remote = link.remote;
        let room = link
            .bound
            .first()
            .cloned()
            .unwrap_or_else(|| link.made_for.clone());
        let name = self.name_on(&room, remote);
        if let Some(remote) = remote {
            self.ban(now, remote);
        }
        self.lose_link(now, id);
        if self.rooms.contains_key(&room) {
            self.add_problem(
                now,
                ProblemKind::CutOff {
                    room,
                    name,
                    offence,
                },
            );
        }
    }

    pub(crate) fn send_presence(
        &mut self,
        now: Now,
        origin: &Origin,
        token: RoomToken,
        present: bool,
    ) {
        let open: Vec<LinkId> = self
            .links
            .iter()
            .filter(|(_, link)| link.stage == Stage::Open && link.origin == *origin)
            .map(|(id, _)| *id)
            .collect();
        for id in open {
            self.queue(now, id, wire::presence(token, present));
        }
    }

    /// Puts one message in a connection's queue.
    pub(crate) fn queue(&mut self, now: Now, id: LinkId, bytes: Vec<u8>) {
        let Some(link) = self.links.get_mut(&id) else {
            return;
        };
        if !link.is_sending() {
            link.progress_at = link.progress_at.max(now.since_start);
        }
        link.waiting += bytes.len();
        link.queued += bytes.len() as u64;
        link.outbox.push_back(bytes);
        if link.waiting > MAX_OUTBOX {
            self.cut_off(now, id, Offence::Stalled);
            return;
        }
        self.flush(id);
    }

    /// Whether nobody uses the connection any more; then it idles until it is used or given up.
    pub(crate) fn unbind(&mut self, now: Now, key: &RoomKey, id: LinkId) {
        if let Some(link) = self.links.get_mut(&id) {
            link.bound.remove(key);
            if link.bound.is_empty() {
                link.idle_since = Some(now.since_start);
            }
        }
    }

    pub(crate) fn mark_bound(&mut self, key: &RoomKey, id: LinkId) {
        if let Some(link) = self.links.get_mut(&id) {
            link.bound.insert(key.clone());
            link.idle_since = None;
        }
    }

    pub(crate) fn wake_links(&mut self, now: Now) {
        let at = now.since_start;
        let mut lost = Vec::new();
        let mut stalled = Vec::new();
        for (id, link) in &self.links {
            let idle = link.idle_since.is_some_and(|since| since + IDLE_LIFE <= at);
            let shaky = link
                .shaky_since
                .is_some_and(|since| since + SHAKY_LIFE <= at);
            let late = match &link.stage {
                Stage::Offering(_) | Stage::Open => false,
                Stage::Answering { .. } => link.since + MAKE_PATIENCE <= at,
                Stage::Connecting { deadline } => *deadline <= at,
            };
            if idle || shaky || late {
                lost.push(*id);
            } else if link.is_sending() && link.progress_at + STALL_LIFE <= at {
                stalled.push(*id);
            }
        }
        for id in lost {
            self.outputs.push_back(Output::Close { link: id });
            self.handle(now, Input::LinkClosed { link: id });
        }
        for id in stalled {
            self.cut_off(now, id, Offence::Stalled);
        }
    }

    fn flush(&mut self, id: LinkId) {
        let Some(link) = self.links.get_mut(&id) else {
            return;
        };
        while link.in_flight < WINDOW
            && let Some(bytes) = link.outbox.pop_front()
        {
            link.waiting -= bytes.len();
            link.in_flight += bytes.len();
            self.outputs.push_back(Output::Send { link: id, bytes });
        }
    }

    fn forget_link(&mut self, now: Now, id: LinkId) {
        let Some(link) = self.links.remove(&id) else {
            return;
        };
        if let Stage::Offering(offer_id) = &link.stage {
            self.forget_offer(&link.made_for, offer_id);
        }
        if link.stage == Stage::Open
            && let Some(remote) = link.remote
        {
            self.connected.remove(&(link.origin.clone(), remote));
            for key in &link.bound {
                self.peer_lost(now, key, remote);
            }
        }
    }

    fn attempt_failed(&mut self, now: Now, key: &RoomKey) {
        let Some(room) = self.rooms.get(key) else {
            return;
        };
        if room.peers.is_empty() {
            self.add_problem(now, ProblemKind::Unconnectable { room: key.clone() });
        }
        self.search_again(now, key);
    }

    fn room_of(&self, origin: &Origin, token: RoomToken) -> Option<RoomKey> {
        self.rooms
            .iter()
            .find(|(_, room)| room.token == token && room.address.origin == *origin)
            .map(|(key, _)| key.clone())
    }
}
