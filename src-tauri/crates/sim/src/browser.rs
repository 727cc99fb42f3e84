//! A page with Trystero 0.25 and Chitchatter on it, as far as others can tell.
//!
//! Written from the protocol's description and not from `room`, so that `room` is not only tried on
//! its own kind. It hears and asks for the same things as the rooms do ([`Input`], [`Output`]), and
//! shares with them nothing but `wire`. Section numbers are those of `protocol/trystero`.

mod looks;
mod meeting;
mod talking;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use room::{Input, Now, Output};
use wire::{
    Action, Assembly, FileOffer, InlineMedia, KeyPair, LinkId, Message, Metadata, OfferId, PeerId,
    RoomAddress, RoomToken, SignalKey, UserId,
};

use meeting::{Attempt, Offer, Timer};

/// §8.1
const LEAVE_PAUSE: Duration = Duration::from_millis(99);
/// §8.3
const IDLE: Duration = Duration::from_millis(123_333);
/// §8.4
const DISCONNECTED: Duration = Duration::from_secs(5);

/// A pretend browser.
#[derive(Debug)]
pub struct Browser {
    id: PeerId,
    user: UserId,
    keys: KeyPair,
    custom_name: String,
    rng: ChaCha20Rng,
    /// Trackers, and whether their sockets are open.
    sockets: BTreeMap<String, bool>,
    rooms: BTreeMap<String, Room>,
    conns: BTreeMap<LinkId, Conn>,
    /// §4.5: the one open connection to each peer.
    shared: BTreeMap<PeerId, LinkId>,
    last_link: u64,
    outputs: VecDeque<Output>,
    /// Answers the password challenge with nonsense.
    lies: bool,
}

#[derive(Debug)]
struct Conn {
    remote: Option<PeerId>,
    /// The room whose signalling made it.
    room: String,
    is_open: bool,
    bound: BTreeSet<String>,
    /// §6.1: rooms the other side announced.
    present: BTreeSet<RoomToken>,
    /// §5.2: frames of rooms that are not bound yet.
    parked: BTreeMap<RoomToken, Vec<Vec<u8>>>,
    idle_since: Option<Duration>,
    shaky_since: Option<Duration>,
}

#[derive(Debug)]
struct Room {
    address: RoomAddress,
    token: RoomToken,
    key: SignalKey,
    /// The same for everyone, and slow to make.
    signature: String,
    offers: Vec<Offer>,
    announcing: BTreeMap<String, Timer>,
    answering: BTreeMap<PeerId, Attempt>,
    peers: BTreeMap<PeerId, Peer>,
    handled: BTreeMap<(bool, OfferId, PeerId), Duration>,
    nonces: BTreeMap<String, u16>,
    log: Vec<Said>,
    /// Media among what is said.
    media: Vec<Shown>,
    /// What the page itself offers.
    offer: Option<FileOffer>,
    /// Chitchatter keeps private lines by session.
    private: BTreeMap<PeerId, Vec<Said>>,
    /// When the pause after `@_leave` is over.
    leaving: Option<Duration>,
}

#[derive(Debug)]
struct Peer {
    link: LinkId,
    assembly: Assembly,
    /// What we sent, when we are the one who asks.
    challenge: Option<String>,
    own_passed: bool,
    remote_ready: bool,
    is_active: bool,
    deadline: Duration,
    metadata: Option<Metadata>,
    metadata_heard: u32,
    typing: bool,
    types_privately: bool,
    /// What it offers.
    offer: Option<FileOffer>,
    /// All it ever said of that.
    offers_heard: Vec<Option<FileOffer>>,
    /// Names of actions that no page knows: Trystero keeps each for ever.
    unknown: Vec<String>,
    /// What of it only native peers understand.
    foreign: Vec<Action>,
}

/// A line on the page.
#[derive(Clone, Debug)]
pub struct Said {
    /// Who handed it to us; the page's own id for its own lines.
    pub from: PeerId,
    /// The line.
    pub message: Message,
    /// When it came.
    pub at: Duration,
    /// Whether it came in a transcript.
    pub backfilled: bool,
}

/// Media on the page.
#[derive(Clone, Debug)]
pub struct Shown {
    /// Who handed it to us; the page's own id for its own.
    pub from: PeerId,
    /// What.
    pub media: InlineMedia,
    /// Whether it came in a transcript.
    pub backfilled: bool,
}

impl Browser {
    pub(crate) fn new(id: PeerId, user: UserId, keys: KeyPair, seed: u64) -> Self {
        Self {
            id,
            user,
            keys,
            custom_name: String::new(),
            rng: ChaCha20Rng::seed_from_u64(seed),
            sockets: BTreeMap::new(),
            rooms: BTreeMap::new(),
            conns: BTreeMap::new(),
            shared: BTreeMap::new(),
            last_link: 0,
            outputs: VecDeque::new(),
            lies: false,
        }
    }

    /// It says this name of itself to whoever it meets from now on.
    pub fn be_called(&mut self, name: &str) {
        name.clone_into(&mut self.custom_name);
    }

    /// From now on password challenges are answered wrongly.
    pub fn lie(&mut self) {
        self.lies = true;
    }

    pub(crate) fn join(&mut self, now: Duration, address: RoomAddress) {
        let name = address.name.as_str().to_owned();
        let token = address.token();
        let room = Room {
            token,
            key: SignalKey::new(&address),
            signature: self.keys.sign(&address.name, &self.user),
            address,
            offers: Vec::new(),
            announcing: BTreeMap::new(),
            answering: BTreeMap::new(),
            peers: BTreeMap::new(),
            handled: BTreeMap::new(),
            nonces: BTreeMap::new(),
            log: Vec::new(),
            media: Vec::new(),
            offer: None,
            private: BTreeMap::new(),
            leaving: None,
        };
        let before = self.rooms.insert(name.clone(), room);
        assert!(before.is_none(), "the page is in {name} already");
        for url in self.sockets.keys().cloned().collect::<Vec<_>>() {
            self.outputs.push_back(Output::OpenTracker {
                url: url.clone(),
                local: false,
            });
            if self.sockets.get(&url) == Some(&true) {
                self.start_announcing(now, &name, &url);
            }
        }
        self.presence_to_all(token, true);
        let there: Vec<(LinkId, PeerId)> = self
            .conns
            .iter()
            .filter(|(_, conn)| conn.is_open && conn.present.contains(&token))
            .filter_map(|(link, conn)| Some((*link, conn.remote?)))
            .collect();
        for (link, peer) in there {
            self.bind(now, &name, peer, link);
        }
    }

    pub(crate) fn leave(&mut self, now: Duration, name: &str) {
        let Some(room) = self.rooms.get_mut(name) else {
            panic!("the page is not in {name}");
        };
        room.leaving = Some(now + LEAVE_PAUSE);
        room.announcing.clear();
        let attempts = std::mem::take(&mut room.answering);
        let offers = std::mem::take(&mut room.offers);
        let peers: Vec<PeerId> = room.peers.keys().copied().collect();
        for link in attempts
            .values()
            .map(|attempt| attempt.link)
            .chain(offers.iter().map(|offer| offer.link))
        {
            self.drop_conn(link);
        }
        for peer in peers {
            self.send(name, peer, &Action::Leave);
        }
    }

    pub(crate) fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    pub(crate) fn next_wake(&self) -> Option<Duration> {
        let rooms = self.rooms.values().flat_map(|room| {
            let announces = room.announcing.values().map(|timer| timer.next);
            let attempts = room.answering.values().map(|attempt| attempt.until);
            let handshakes = room
                .peers
                .values()
                .filter(|peer| !peer.is_active)
                .map(|peer| peer.deadline);
            announces
                .chain(attempts)
                .chain(handshakes)
                .chain(room.leaving)
        });
        let conns = self.conns.values().flat_map(|conn| {
            let idle = conn.idle_since.map(|since| since + IDLE);
            let shaky = conn.shaky_since.map(|since| since + DISCONNECTED);
            [idle, shaky].into_iter().flatten()
        });
        rooms.chain(conns).min()
    }

    pub(crate) fn handle(&mut self, now: Now, input: Input) {
        let now = now.since_start;
        match input {
            Input::TrackerAdded { url, .. } => {
                self.sockets.insert(url.clone(), false);
                if !self.rooms.is_empty() {
                    self.outputs
                        .push_back(Output::OpenTracker { url, local: false });
                }
            }
            Input::TrackerRemoved { url } => {
                self.sockets.remove(&url);
            }
            Input::TrackerOpened { url } => self.tracker_opened(now, url),
            Input::TrackerClosed { url, .. } => {
                self.sockets.insert(url, false);
            }
            Input::TrackerSaid { url, message } => {
                if message.failure.is_some() {
                    return;
                }
                let Some(name) = self.rooms.iter().find_map(|(name, room)| {
                    (Some(room.address.info_hash()) == message.info_hash).then(|| name.clone())
                }) else {
                    return;
                };
                if let Some(interval) = message.interval {
                    self.note_interval(&name, &url, interval);
                }
                if let Some(signal) = message.signal {
                    self.signal(now, &name, &url, &signal);
                }
            }
            Input::OfferMade {
                link,
                sdp,
                complete,
            } => {
                if complete {
                    self.offer_made(link, &sdp);
                }
            }
            Input::AnswerMade { link, sdp } => self.answer_made(link, &sdp),
            Input::LinkOpened { link } => self.opened(now, link),
            Input::Bytes { link, bytes } => self.bytes(now, link, bytes),
            Input::Shaky { link } => {
                if let Some(conn) = self.conns.get_mut(&link) {
                    conn.shaky_since = Some(now);
                }
            }
            Input::Steady { link } => {
                if let Some(conn) = self.conns.get_mut(&link) {
                    conn.shaky_since = None;
                }
            }
            Input::LinkClosed { link } => self.closed(link),
            Input::Wake => self.wake(now),
            Input::TrackerConnecting { .. }
            | Input::LookingNear(_)
            | Input::Kept(_)
            | Input::Renegotiate { .. }
            | Input::Sent { .. }
            | Input::Path { .. }
            | Input::NetworkChanged => {}
        }
    }

    fn opened(&mut self, now: Duration, link: LinkId) {
        let Some(conn) = self.conns.get_mut(&link) else {
            return;
        };
        let Some(peer) = conn.remote else {
            self.drop_conn(link);
            return;
        };
        if self.shared.contains_key(&peer) {
            self.drop_conn(link);
            return;
        }
        conn.is_open = true;
        conn.idle_since = Some(now);
        let name = conn.room.clone();
        self.shared.insert(peer, link);
        let tokens: Vec<RoomToken> = self
            .rooms
            .values_mut()
            .filter(|room| room.leaving.is_none())
            .map(|room| {
                room.answering.remove(&peer);
                room.token
            })
            .collect();
        for token in tokens {
            self.push(link, wire::presence(token, true));
        }
        self.bind(now, &name, peer, link);
    }

    /// The connection is gone, whoever closed it.
    fn closed(&mut self, link: LinkId) {
        let Some(conn) = self.conns.remove(&link) else {
            return;
        };
        for room in self.rooms.values_mut() {
            room.offers.retain(|offer| offer.link != link);
            room.answering.retain(|_, attempt| attempt.link != link);
            room.peers.retain(|_, peer| peer.link != link);
        }
        if let Some(peer) = conn.remote
            && self.shared.get(&peer) == Some(&link)
        {
            self.shared.remove(&peer);
        }
    }

    fn drop_conn(&mut self, link: LinkId) {
        if self.conns.contains_key(&link) {
            self.outputs.push_back(Output::Close { link });
            self.closed(link);
        }
    }

    fn wake(&mut self, now: Duration) {
        for name in self.names() {
            self.wake_room(now, &name);
        }
        let over: Vec<LinkId> = self
            .conns
            .iter()
            .filter(|(_, conn)| {
                conn.idle_since.is_some_and(|since| since + IDLE <= now)
                    || conn
                        .shaky_since
                        .is_some_and(|since| since + DISCONNECTED <= now)
            })
            .map(|(link, _)| *link)
            .collect();
        for link in over {
            self.drop_conn(link);
        }
    }

    fn wake_room(&mut self, now: Duration, name: &str) {
        let Some(room) = self.rooms.get(name) else {
            return;
        };
        if room.leaving.is_some_and(|at| at <= now) {
            let token = room.token;
            let bound: Vec<(PeerId, LinkId)> = room
                .peers
                .iter()
                .map(|(peer, it)| (*peer, it.link))
                .collect();
            self.rooms.remove(name);
            for (_, link) in bound {
                self.unbind(now, name, link);
            }
            self.presence_to_all(token, false);
            return;
        }
        let due: Vec<String> = room
            .announcing
            .iter()
            .filter(|(_, timer)| timer.next <= now)
            .map(|(url, _)| url.clone())
            .collect();
        let late: Vec<LinkId> = room
            .answering
            .values()
            .filter(|attempt| attempt.until <= now)
            .map(|attempt| attempt.link)
            .collect();
        let failed: Vec<PeerId> = room
            .peers
            .iter()
            .filter(|(_, peer)| !peer.is_active && peer.deadline <= now)
            .map(|(peer, _)| *peer)
            .collect();
        for url in due {
            self.announce(now, name, &url);
        }
        for link in late {
            self.drop_conn(link);
        }
        for peer in failed {
            self.detach(now, name, peer);
        }
    }

    fn names(&self) -> Vec<String> {
        self.rooms.keys().cloned().collect()
    }

    fn room_of(&self, token: RoomToken) -> Option<String> {
        self.rooms
            .iter()
            .find(|(_, room)| room.token == token && room.leaving.is_none())
            .map(|(name, _)| name.clone())
    }

    fn active(&self, name: &str) -> Vec<PeerId> {
        self.rooms.get(name).map_or_else(Vec::new, |room| {
            let peers = room.peers.iter().filter(|(_, peer)| peer.is_active);
            peers.map(|(id, _)| *id).collect()
        })
    }
}
