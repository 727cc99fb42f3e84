//! A page with Trystero 0.25 and Chitchatter on it, as far as others can tell.
//!
//! Written from the protocol's description and not from `room`, so that `room` is not only tried on
//! its own kind. It hears and asks for the same things as the rooms do ([`Input`], [`Output`]), and
//! shares with them nothing but `wire`. Section numbers are those of `protocol/trystero`.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use rand::{RngCore, SeedableRng};
use rand_chacha::ChaCha20Rng;
use room::{Input, Now, Output};
use serde_json::json;
use wire::{
    Action, Assembly, Handshake, KeyPair, LinkId, Message, MessageId, Metadata, OfferId, Outer,
    PeerId, RoomAddress, RoomToken, SignalKey, SignalKind, TrackerSignal, TranscriptEntry,
    TranscriptItem, UserId,
};

/// §2.5
const OFFERS: usize = 3;
/// §2.5
const OFFER_LIFE: Duration = Duration::from_millis(120_000);
/// §2.4: pauses before the first announces of a room on a tracker. Two go at once.
const WARM_UP: [Duration; 5] = [
    Duration::ZERO,
    Duration::ZERO,
    Duration::from_millis(233),
    Duration::from_millis(533),
    Duration::from_millis(1_333),
];
/// §2.4
const PERIOD: (Duration, Duration) = (Duration::from_secs(10), Duration::from_secs(20));
/// §2.3
const DUPLICATE: Duration = Duration::from_secs(4);
/// §4.3
const ANSWERING: Duration = Duration::from_millis(23_333);
/// §6.2
const HANDSHAKE: Duration = Duration::from_secs(10);
/// §8.1
const LEAVE_PAUSE: Duration = Duration::from_millis(99);
/// §8.3
const IDLE: Duration = Duration::from_millis(123_333);
/// §8.4
const DISCONNECTED: Duration = Duration::from_secs(5);
/// Chitchatter keeps so many entries.
const TRANSCRIPT: usize = 150;

/// A pretend browser.
#[derive(Debug)]
pub struct Browser {
    id: PeerId,
    user: UserId,
    keys: KeyPair,
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
    offers: Vec<Offer>,
    announcing: BTreeMap<String, Timer>,
    answering: BTreeMap<PeerId, Attempt>,
    peers: BTreeMap<PeerId, Peer>,
    handled: BTreeMap<(bool, OfferId, PeerId), Duration>,
    nonces: BTreeMap<String, u16>,
    log: Vec<Said>,
    /// Chitchatter keeps private lines by session.
    private: BTreeMap<PeerId, Vec<Said>>,
    /// When the pause after `@_leave` is over.
    leaving: Option<Duration>,
}

#[derive(Debug)]
struct Offer {
    id: OfferId,
    link: LinkId,
    made_at: Duration,
    sealed: Option<String>,
}

#[derive(Debug)]
struct Timer {
    step: usize,
    next: Duration,
    period: Duration,
    /// Announces that wait for the offers to be made.
    waiting: usize,
}

#[derive(Debug)]
struct Attempt {
    link: LinkId,
    url: String,
    offer_id: OfferId,
    until: Duration,
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
    /// Names of actions that no page knows: Trystero keeps each for ever.
    unknown: Vec<String>,
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

impl Browser {
    pub(crate) fn new(id: PeerId, user: UserId, keys: KeyPair, seed: u64) -> Self {
        Self {
            id,
            user,
            keys,
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

    /// From now on password challenges are answered wrongly.
    pub fn lie(&mut self) {
        self.lies = true;
    }

    /// The lines on the page.
    #[must_use]
    pub fn log(&self, room: &str) -> &[Said] {
        self.rooms.get(room).map_or(&[], |room| &room.log)
    }

    /// Whether a peer is shown to type.
    #[must_use]
    pub fn is_typing(&self, room: &str, peer: PeerId) -> bool {
        self.peer(room, peer).is_some_and(|peer| peer.typing)
    }

    /// The private lines with a peer.
    #[must_use]
    pub fn private_log(&self, room: &str, peer: PeerId) -> &[Said] {
        self.rooms
            .get(room)
            .and_then(|room| room.private.get(&peer))
            .map_or(&[], Vec::as_slice)
    }

    /// Whether a peer is shown to type to this page alone.
    #[must_use]
    pub fn is_typing_privately(&self, room: &str, peer: PeerId) -> bool {
        self.peer(room, peer)
            .is_some_and(|peer| peer.types_privately)
    }

    /// What a peer sent that no page knows, action by action.
    #[must_use]
    pub fn unknown(&self, room: &str, peer: PeerId) -> &[String] {
        self.peer(room, peer).map_or(&[], |peer| &peer.unknown)
    }

    /// What a peer says of itself, and how often it has.
    #[must_use]
    pub fn metadata(&self, room: &str, peer: PeerId) -> Option<(&Metadata, u32)> {
        let peer = self.peer(room, peer)?;
        Some((peer.metadata.as_ref()?, peer.metadata_heard))
    }

    /// How many peers the page is answering at the moment.
    #[must_use]
    pub fn answering(&self, room: &str) -> usize {
        self.rooms.get(room).map_or(0, |room| room.answering.len())
    }

    pub(crate) fn sees(&self, room: &str, peer: PeerId) -> bool {
        // A page lists whoever has said who they are.
        self.peer(room, peer)
            .is_some_and(|peer| peer.is_active && peer.metadata.is_some())
    }

    pub(crate) fn texts(&self, room: &str) -> Vec<&str> {
        let log = self.log(room);
        log.iter().map(|said| said.message.text.as_str()).collect()
    }

    pub(crate) fn scene(&self) -> String {
        let rooms: Vec<String> = self
            .rooms
            .iter()
            .map(|(name, room)| {
                let peers: Vec<String> = room
                    .peers
                    .iter()
                    .map(|(id, peer)| format!("{id}{}", if peer.is_active { "" } else { "?" }))
                    .collect();
                format!(
                    "{name}: [{}] answering {}",
                    peers.join(" "),
                    room.answering.len()
                )
            })
            .collect();
        format!("(browser) {}", rooms.join("; "))
    }

    fn peer(&self, room: &str, peer: PeerId) -> Option<&Peer> {
        self.rooms.get(room)?.peers.get(&peer)
    }

    pub(crate) fn join(&mut self, now: Duration, address: RoomAddress) {
        let name = address.name.as_str().to_owned();
        let token = address.token();
        let room = Room {
            token,
            key: SignalKey::new(&address),
            address,
            offers: Vec::new(),
            announcing: BTreeMap::new(),
            answering: BTreeMap::new(),
            peers: BTreeMap::new(),
            handled: BTreeMap::new(),
            nonces: BTreeMap::new(),
            log: Vec::new(),
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

    pub(crate) fn say(&mut self, now: Now, name: &str, text: &str) -> MessageId {
        let message = Message {
            author_id: self.user.clone(),
            text: text.to_owned(),
            time_sent: now.unix_ms,
            id: MessageId::random(&mut self.rng),
            reply_to: None,
        };
        let id = message.id.clone();
        let own = self.id;
        let Some(room) = self.rooms.get_mut(name) else {
            panic!("the page is not in {name}");
        };
        room.note(Said {
            from: own,
            message: message.clone(),
            at: now.since_start,
            backfilled: false,
        });
        for peer in self.active(name) {
            self.send(name, peer, &Action::Message(message.clone()));
        }
        id
    }

    /// Says something to one peer alone.
    pub(crate) fn whisper(&mut self, now: Now, name: &str, to: PeerId, text: &str) {
        let message = Message {
            author_id: self.user.clone(),
            text: text.to_owned(),
            time_sent: now.unix_ms,
            id: MessageId::random(&mut self.rng),
            reply_to: None,
        };
        let own = self.id;
        if let Some(room) = self.rooms.get_mut(name) {
            room.private.entry(to).or_default().push(Said {
                from: own,
                message: message.clone(),
                at: now.since_start,
                backfilled: false,
            });
        }
        self.send(name, to, &Action::DirectMessage(message));
    }

    /// Types to one peer alone, or stops.
    pub(crate) fn type_privately(&mut self, name: &str, to: PeerId, typing: bool) {
        self.send(name, to, &Action::DirectTyping(typing));
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
            | Input::Renegotiate { .. }
            | Input::Sent { .. }
            | Input::Path { .. }
            | Input::NetworkChanged => {}
        }
    }

    // Trackers, §2.

    fn tracker_opened(&mut self, now: Duration, url: String) {
        self.sockets.insert(url.clone(), true);
        for name in self.names() {
            // After a reconnect nothing is sent until the next announce is due, §2.6.
            let known = self.rooms.get(&name);
            if known.is_some_and(|room| !room.announcing.contains_key(&url)) {
                self.start_announcing(now, &name, &url);
            }
        }
    }

    fn start_announcing(&mut self, now: Duration, name: &str, url: &str) {
        if let Some(room) = self.rooms.get_mut(name)
            && room.leaving.is_none()
        {
            let timer = Timer {
                step: 0,
                next: now,
                period: PERIOD.0,
                waiting: 0,
            };
            room.announcing.insert(url.to_owned(), timer);
        }
    }

    fn note_interval(&mut self, name: &str, url: &str, interval: Duration) {
        if let Some(timer) = self
            .rooms
            .get_mut(name)
            .and_then(|room| room.announcing.get_mut(url))
            && interval > timer.period
        {
            timer.period = interval.min(PERIOD.1);
        }
    }

    fn announce(&mut self, now: Duration, name: &str, url: &str) {
        let Some(room) = self.rooms.get_mut(name) else {
            return;
        };
        let Some(timer) = room.announcing.get_mut(url) else {
            return;
        };
        timer.step += 1;
        timer.next = now + WARM_UP.get(timer.step).copied().unwrap_or(timer.period);
        timer.waiting += 1;
        let old: Vec<LinkId> = room
            .offers
            .iter()
            .filter(|offer| offer.made_at + OFFER_LIFE < now)
            .map(|offer| offer.link)
            .collect();
        room.offers.retain(|offer| !old.contains(&offer.link));
        for link in old {
            self.drop_conn(link);
        }
        self.top_up(now, name);
        self.announce_what_waits(name);
    }

    fn top_up(&mut self, now: Duration, name: &str) {
        while self
            .rooms
            .get(name)
            .is_some_and(|room| room.offers.len() < OFFERS)
        {
            let link = self.new_conn(name, None);
            let id = OfferId::random(&mut self.rng);
            if let Some(room) = self.rooms.get_mut(name) {
                room.offers.push(Offer {
                    id,
                    link,
                    made_at: now,
                    sealed: None,
                });
            }
            self.outputs.push_back(Output::Dial { link });
        }
    }

    fn announce_what_waits(&mut self, name: &str) {
        let Some(room) = self.rooms.get_mut(name) else {
            return;
        };
        let made: Vec<_> = room
            .offers
            .iter()
            .filter_map(|offer| {
                let sealed = offer.sealed.as_ref()?;
                Some(json!({"offer_id": offer.id.as_str(), "offer": {"type": "offer", "sdp": sealed}}))
            })
            .collect();
        if made.len() < room.offers.len() {
            return;
        }
        let text = json!({
            "action": "announce", "info_hash": room.address.info_hash().as_str(),
            "peer_id": self.id.as_str(), "numwant": OFFERS, "offers": made,
        })
        .to_string();
        for (url, timer) in &mut room.announcing {
            for _ in 0..std::mem::take(&mut timer.waiting) {
                self.outputs.push_back(Output::Announce {
                    url: url.clone(),
                    text: text.clone(),
                });
            }
        }
    }

    fn offer_made(&mut self, link: LinkId, sdp: &str) {
        let mut iv = [0; 16];
        self.rng.fill_bytes(&mut iv);
        let Some(name) = self.conns.get(&link).map(|conn| conn.room.clone()) else {
            return;
        };
        if let Some(room) = self.rooms.get_mut(&name) {
            for offer in room.offers.iter_mut().filter(|offer| offer.link == link) {
                offer.sealed = Some(room.key.seal(sdp, iv));
            }
        }
        self.announce_what_waits(&name);
    }

    // Signals, §4.

    fn signal(&mut self, now: Duration, name: &str, url: &str, signal: &TrackerSignal) {
        let own = self.id;
        let Some(room) = self.rooms.get_mut(name) else {
            return;
        };
        if signal.from == own || room.leaving.is_some() {
            return;
        }
        let what = (
            signal.kind == SignalKind::Offer,
            signal.offer_id,
            signal.from,
        );
        if room
            .handled
            .get(&what)
            .is_some_and(|at| now < *at + DUPLICATE)
        {
            return;
        }
        room.handled.insert(what, now);
        if room.peers.contains_key(&signal.from) {
            return;
        }
        if let Some(link) = self.shared.get(&signal.from).copied() {
            self.bind(now, name, signal.from, link);
            return;
        }
        match signal.kind {
            SignalKind::Offer => self.offer_heard(now, name, url, signal),
            SignalKind::Answer => self.answer_heard(name, signal),
        }
    }

    fn offer_heard(&mut self, now: Duration, name: &str, url: &str, signal: &TrackerSignal) {
        let own = self.id;
        let Some(room) = self.rooms.get(name) else {
            return;
        };
        if room.answering.contains_key(&signal.from)
            || (!room.offers.is_empty() && own < signal.from)
        {
            return;
        }
        let Ok(sdp) = room.key.open(&signal.sealed) else {
            return;
        };
        let link = self.new_conn(name, Some(signal.from));
        if let Some(room) = self.rooms.get_mut(name) {
            room.answering.insert(
                signal.from,
                Attempt {
                    link,
                    url: url.to_owned(),
                    offer_id: signal.offer_id,
                    until: now + ANSWERING,
                },
            );
        }
        self.outputs.push_back(Output::Answer { link, sdp });
    }

    fn answer_made(&mut self, link: LinkId, sdp: &str) {
        let mut iv = [0; 16];
        self.rng.fill_bytes(&mut iv);
        let Some(conn) = self.conns.get(&link) else {
            return;
        };
        let Some(room) = self.rooms.get(&conn.room) else {
            return;
        };
        let Some((peer, attempt)) = room
            .answering
            .iter()
            .find(|(_, attempt)| attempt.link == link)
        else {
            return;
        };
        let text = json!({
            "action": "announce", "info_hash": room.address.info_hash().as_str(),
            "peer_id": self.id.as_str(), "to_peer_id": peer.as_str(),
            "offer_id": attempt.offer_id.as_str(),
            "answer": {"type": "answer", "sdp": room.key.seal(sdp, iv)},
        });
        self.outputs.push_back(Output::Announce {
            url: attempt.url.clone(),
            text: text.to_string(),
        });
    }

    fn answer_heard(&mut self, name: &str, signal: &TrackerSignal) {
        let Some(room) = self.rooms.get_mut(name) else {
            return;
        };
        let Some(at) = room
            .offers
            .iter()
            .position(|offer| offer.id == signal.offer_id)
        else {
            return;
        };
        let offer = room.offers.remove(at);
        let opened = room.key.open(&signal.sealed);
        match (opened, self.conns.get_mut(&offer.link)) {
            (Ok(sdp), Some(conn)) => {
                conn.remote = Some(signal.from);
                self.outputs.push_back(Output::Accept {
                    link: offer.link,
                    sdp,
                });
            }
            (Ok(_) | Err(_), _) => self.drop_conn(offer.link),
        }
    }

    // Connections, §4.5, §8.

    fn new_conn(&mut self, name: &str, remote: Option<PeerId>) -> LinkId {
        self.last_link += 1;
        let link = LinkId(self.last_link);
        self.conns.insert(
            link,
            Conn {
                remote,
                room: name.to_owned(),
                is_open: false,
                bound: BTreeSet::new(),
                present: BTreeSet::new(),
                parked: BTreeMap::new(),
                idle_since: None,
                shaky_since: None,
            },
        );
        link
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

    // Rooms on connections, §6.

    fn bind(&mut self, now: Duration, name: &str, peer: PeerId, link: LinkId) {
        let asks = self.id < peer;
        let challenge = asks.then(|| wire::random_challenge(&mut self.rng));
        let Some(room) = self.rooms.get_mut(name) else {
            return;
        };
        if room.leaving.is_some() || room.peers.contains_key(&peer) {
            return;
        }
        let token = room.token;
        room.peers.insert(
            peer,
            Peer {
                link,
                assembly: Assembly::new(),
                challenge: challenge.clone(),
                own_passed: false,
                remote_ready: false,
                is_active: false,
                deadline: now + HANDSHAKE,
                metadata: None,
                metadata_heard: 0,
                typing: false,
                types_privately: false,
                unknown: Vec::new(),
            },
        );
        let Some(conn) = self.conns.get_mut(&link) else {
            return;
        };
        conn.bound.insert(name.to_owned());
        conn.idle_since = None;
        let parked = conn.parked.remove(&token).unwrap_or_default();
        if let Some(c) = challenge {
            let challenge = Action::HandshakeData(Handshake::Challenge { c });
            self.send(name, peer, &challenge);
        }
        for frame in parked {
            self.bytes(now, link, frame);
        }
    }

    fn detach(&mut self, now: Duration, name: &str, peer: PeerId) {
        let Some(gone) = self
            .rooms
            .get_mut(name)
            .and_then(|room| room.peers.remove(&peer))
        else {
            return;
        };
        self.unbind(now, name, gone.link);
    }

    fn unbind(&mut self, now: Duration, name: &str, link: LinkId) {
        if let Some(conn) = self.conns.get_mut(&link) {
            conn.bound.remove(name);
            if conn.bound.is_empty() {
                conn.idle_since = Some(now);
            }
        }
    }

    fn bytes(&mut self, now: Duration, link: LinkId, bytes: Vec<u8>) {
        let Some(conn) = self.conns.get_mut(&link) else {
            return;
        };
        let Some(peer) = conn.remote.filter(|_| conn.is_open) else {
            return;
        };
        match Outer::parse(&bytes) {
            Ok(Outer::Presence { token, present }) => {
                if !present {
                    conn.present.remove(&token);
                    return;
                }
                conn.present.insert(token);
                if let Some(name) = self.room_of(token) {
                    self.bind(now, &name, peer, link);
                }
            }
            Ok(Outer::Room { token, chunk }) => {
                let name = self.room_of(token);
                let bound =
                    name.filter(|name| self.peer(name, peer).is_some_and(|it| it.link == link));
                let Some(name) = bound else {
                    if let Some(conn) = self.conns.get_mut(&link) {
                        conn.parked.entry(token).or_default().push(bytes);
                    }
                    return;
                };
                let Some(theirs) = self
                    .rooms
                    .get_mut(&name)
                    .and_then(|room| room.peers.get_mut(&peer))
                else {
                    return;
                };
                if let Ok(Some(body)) = theirs.assembly.push(chunk) {
                    let text = String::from_utf8_lossy(&body.payload);
                    // Not all that `wire` knows, a page knows.
                    if body.action.starts_with("n.") || text.contains("\"replyTo\"") {
                        theirs.unknown.push(body.action.clone());
                    }
                    if let Ok(action) = Action::parse(&body) {
                        self.action(now, &name, peer, action);
                    }
                }
            }
            Err(_) => {}
        }
    }

    fn action(&mut self, now: Duration, name: &str, peer: PeerId, action: Action) {
        let own = self.id;
        let Some(room) = self.rooms.get_mut(name) else {
            return;
        };
        let address = room.address.clone();
        let is_first = room.log.is_empty();
        let Some(theirs) = room.peers.get_mut(&peer) else {
            return;
        };
        match action {
            Action::Leave => self.detach(now, name, peer),
            Action::HandshakeData(data) if !theirs.is_active && !theirs.own_passed => {
                match (&theirs.challenge, data) {
                    (None, Handshake::Challenge { c }) => {
                        theirs.own_passed = true;
                        let h = if self.lies {
                            "0".repeat(64)
                        } else {
                            wire::challenge_response(&c, &address)
                        };
                        let response = Action::HandshakeData(Handshake::Response { h });
                        self.send(name, peer, &response);
                    }
                    (Some(c), Handshake::Response { h })
                        if h == wire::challenge_response(c, &address) =>
                    {
                        theirs.own_passed = true;
                    }
                    _ => {
                        self.detach(now, name, peer);
                        return;
                    }
                }
                self.send(name, peer, &Action::HandshakeReady);
                self.activate(name, peer);
            }
            Action::HandshakeReady if !theirs.is_active => {
                theirs.remote_ready = true;
                self.activate(name, peer);
            }
            _ if !theirs.is_active => {}
            Action::Ping => self.send(name, peer, &Action::Pong),
            Action::Metadata(metadata) => {
                theirs.metadata = Some(*metadata);
                theirs.metadata_heard += 1;
                self.send(name, peer, &Action::Typing(false));
                self.send(name, peer, &Action::DirectTyping(false));
            }
            Action::Typing(typing) => theirs.typing = typing,
            Action::Message(message) => {
                theirs.typing = false;
                room.note(Said {
                    from: peer,
                    message,
                    at: now,
                    backfilled: false,
                });
            }
            Action::DirectTyping(typing) => theirs.types_privately = typing,
            Action::DirectMessage(message) => {
                theirs.types_privately = false;
                room.private.entry(peer).or_default().push(Said {
                    from: peer,
                    message,
                    at: now,
                    backfilled: false,
                });
            }
            // A transcript counts only while one's own is empty.
            Action::Transcript(entries) if is_first => {
                for entry in entries {
                    if let TranscriptItem::Message(message) = entry.entry {
                        room.note(Said {
                            from: peer,
                            message,
                            at: now,
                            backfilled: true,
                        });
                    }
                }
            }
            _ => {}
        }
        debug_assert!(own != peer, "nobody connects to themselves");
    }

    fn activate(&mut self, name: &str, peer: PeerId) {
        let user_id = self.user.clone();
        let Some(room) = self.rooms.get_mut(name) else {
            return;
        };
        let Some(theirs) = room.peers.get_mut(&peer) else {
            return;
        };
        if theirs.is_active || !theirs.own_passed || !theirs.remote_ready {
            return;
        }
        theirs.is_active = true;
        let metadata = Metadata {
            custom_name: String::new(),
            public_key: self.keys.public_key().to_owned(),
            signature: self.keys.sign(&room.address.name, &user_id),
            user_id,
            native: None,
        };
        let log: Vec<TranscriptEntry> = room
            .log
            .iter()
            .map(|said| TranscriptEntry {
                entry: TranscriptItem::Message(said.message.clone()),
                time_received: Some(said.message.time_sent),
            })
            .collect();
        let public = !room.address.is_private();
        self.send(name, peer, &Action::Metadata(Box::new(metadata)));
        if public {
            self.send(name, peer, &Action::Transcript(log));
        }
    }

    // Sending.

    fn send(&mut self, name: &str, peer: PeerId, action: &Action) {
        let Some(room) = self.rooms.get_mut(name) else {
            return;
        };
        let Some(link) = room.peers.get(&peer).map(|peer| peer.link) else {
            return;
        };
        let body = action.body();
        let nonce = room.nonces.entry(body.action.clone()).or_insert(0);
        let frames = wire::frames(room.token, *nonce, &body);
        *nonce = nonce.wrapping_add(1);
        for frame in frames {
            self.push(link, frame);
        }
    }

    fn presence_to_all(&mut self, token: RoomToken, present: bool) {
        let open: Vec<LinkId> = self.shared.values().copied().collect();
        for link in open {
            self.push(link, wire::presence(token, present));
        }
    }

    fn push(&mut self, link: LinkId, bytes: Vec<u8>) {
        self.outputs.push_back(Output::Send { link, bytes });
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

impl Room {
    fn note(&mut self, said: Said) {
        self.log.push(said);
        if self.log.len() > TRANSCRIPT.max(1000) {
            self.log.remove(0);
        }
    }
}
