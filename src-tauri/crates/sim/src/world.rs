//! The internet: who is there, what they can reach, and what happens next.

use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::time::Duration;

use rand::{Rng, RngCore, SeedableRng};
use rand_chacha::ChaCha20Rng;
use room::{
    Answer, Command, Identity, Input, Line, LineKey, Now, Output, PersonId, Refusal, RoomKey,
    Rooms, Snapshot, TrackerFailure,
};
use wire::{
    Access, FromTracker, KeyPair, LinkId, MessageId, Origin, PeerId, RoomAddress, RoomName, Secret,
    UserId, random_text,
};

use crate::browser::Browser;
use crate::keys;
use crate::net::{ConnId, Net, Side};
use crate::tracker::{SocketId, Tracker};
use crate::witness::Witness;

/// The wall clock when the world begins, Unix milliseconds.
const EPOCH: i64 = 1_800_000_000_000;
/// Wakes of one peer without any time passing; more means that it spins.
const MAX_WAKES_AT_ONCE: u32 = 50;
/// Outputs one input may cause. Passing a long transcript on to fifty peers needs some thousands.
const MAX_OUTPUTS: usize = 100_000;
/// The first pause before a tracker's socket is tried again, and the longest.
const RETRY: (Duration, Duration) = (Duration::from_millis(3_333), Duration::from_secs(60));
/// How long it takes to notice that a tracker's socket leads nowhere.
const SOCKET_SILENCE: Duration = Duration::from_secs(20);

/// One of the peers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Who(pub(crate) usize);

/// How the internet behaves. May be changed while a story runs.
#[derive(Clone, Copy, Debug)]
pub struct Manners {
    /// From anyone to anyone, one way.
    pub latency: Duration,
    /// What may come on top of it, each time anew.
    pub jitter: Duration,
    /// How long a native peer needs for a whole description.
    pub gathering: Duration,
    /// How long a browser needs for one.
    pub browser_gathering: Duration,
    /// Bytes per second of one connection, one way.
    pub bandwidth: u64,
    /// How likely a message must be sent again, which holds up all behind it.
    pub loss: f64,
    /// How likely an attempt to connect comes to nothing.
    pub refusal: f64,
}

impl Default for Manners {
    fn default() -> Self {
        Self {
            latency: Duration::from_millis(20),
            jitter: Duration::from_millis(3),
            gathering: Duration::from_millis(30),
            browser_gathering: Duration::from_millis(60),
            bandwidth: 12_500_000,
            loss: 0.0,
            refusal: 0.0,
        }
    }
}

/// A pretend internet.
#[derive(Debug)]
pub struct World {
    /// How it behaves.
    pub conditions: Manners,
    pub(crate) rng: ChaCha20Rng,
    pub(crate) now: Duration,
    pub(crate) net: Net,
    queue: BinaryHeap<Reverse<Scheduled>>,
    scheduled: u64,
    peers: Vec<Someone>,
    trackers: BTreeMap<String, Tracker>,
    sockets: BTreeMap<(Who, String), Socket>,
    last_socket: SocketId,
    /// Pairs that cannot reach each other.
    apart: BTreeSet<(Who, Who)>,
}

/// What will happen.
#[derive(Debug)]
pub(crate) enum Happening {
    /// Something happens to a peer.
    ToPeer(Who, Input),
    /// A socket to a tracker is tried.
    Connect(Who, String, SocketId),
    /// It opens, or not.
    Connected(Who, String, SocketId),
    /// It was found to lead nowhere.
    SocketSilent(Who, String, SocketId),
    /// A message reaches a tracker.
    ToTracker(String, SocketId, String),
    /// A message from a tracker reaches a peer.
    FromTracker(Who, String, SocketId, String),
    /// Two ends find each other.
    Establish(ConnId),
    /// One end of a connection opens.
    Open(ConnId, Side),
    /// Something arrives that this side sent.
    Deliver(ConnId, Side),
    /// An attempt has had its time.
    AttemptOver(Who, LinkId),
    /// A connection has been silent for a while.
    Silence(ConnId, u64),
}

#[derive(Debug)]
struct Scheduled {
    at: Duration,
    /// What was scheduled first happens first.
    turn: u64,
    what: Happening,
}

impl PartialEq for Scheduled {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Scheduled {}

impl PartialOrd for Scheduled {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Scheduled {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.at, self.turn).cmp(&(other.at, other.turn))
    }
}

/// One peer and what it has done.
#[derive(Debug)]
struct Someone {
    id: PeerId,
    user: UserId,
    kind: Kind,
    witness: Witness,
    is_alive: bool,
    is_plugged: bool,
    /// What happens to it while its machine sleeps, to be noticed afterwards.
    asleep: Option<Vec<Input>>,
    wake: Option<Duration>,
    wakes: u64,
    wakes_at_once: (Duration, u32),
    announces: Vec<Duration>,
    offers: Vec<String>,
    /// Frames handed to connections.
    sent: Vec<Duration>,
    keys: KeyPair,
}

#[derive(Debug)]
enum Kind {
    Native(Box<Rooms>),
    Browser(Box<Browser>),
}

#[derive(Debug)]
struct Socket {
    id: SocketId,
    is_open: bool,
    is_wanted: bool,
    pause: Duration,
}

impl World {
    /// A world in which everything random follows from `seed`.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            conditions: Manners::default(),
            rng: ChaCha20Rng::seed_from_u64(seed),
            // Not zero: nothing may depend on the clock starting there.
            now: Duration::from_secs(1000),
            net: Net::default(),
            queue: BinaryHeap::new(),
            scheduled: 0,
            peers: Vec::new(),
            trackers: BTreeMap::new(),
            sockets: BTreeMap::new(),
            last_socket: 0,
            apart: BTreeSet::new(),
        }
    }

    /// A public room.
    #[must_use]
    pub fn public(name: &str) -> RoomAddress {
        RoomAddress {
            origin: home(),
            name: RoomName::parse(name).expect("a room name"),
            access: Access::Public,
        }
    }

    /// A private room.
    #[must_use]
    pub fn private(name: &str, password: &str) -> RoomAddress {
        let name = RoomName::parse(name).expect("a room name");
        let secret = Secret::from_password(&name, password);
        RoomAddress {
            origin: home(),
            name,
            access: Access::Private(secret),
        }
    }

    /// A new tracker that asks for announces every two minutes. Everyone knows it.
    pub fn add_tracker(&mut self, url: &str) {
        self.trackers.insert(url.to_owned(), Tracker::new(120));
        for who in self.everyone() {
            self.introduce_tracker(who, url.to_owned());
        }
    }

    /// A tracker's process ends: its sockets close, and it forgets everyone.
    pub fn stop_tracker(&mut self, url: &str) {
        self.tracker_mut(url).crash();
        let open: Vec<Who> = self
            .sockets
            .iter()
            .filter(|((_, of), socket)| of == url && socket.is_open)
            .map(|((who, _), _)| *who)
            .collect();
        for who in open {
            self.socket_closed(who, url, TrackerFailure::Closed);
        }
    }

    /// A stopped tracker serves again.
    pub fn start_tracker(&mut self, url: &str) {
        self.tracker_mut(url).is_up = true;
    }

    /// Lets a tracker say anything to a peer, at once.
    pub fn tracker_says(&mut self, url: &str, to: Who, text: &str) {
        if let Ok(message) = FromTracker::parse(text) {
            let url = url.to_owned();
            self.hand_in(to, Input::TrackerSaid { url, message });
        }
    }

    /// A native peer; its peer id sorts low, as all of them do.
    pub fn native(&mut self) -> Who {
        let id = PeerId::random_low(&mut self.rng);
        self.native_with(id, "")
    }

    /// A native peer whose peer id begins so, and which has this custom name.
    pub fn native_called(&mut self, start: &str, name: &str) -> Who {
        let id = self.peer_id(start);
        self.native_with(id, name)
    }

    /// A browser whose peer id begins so.
    pub fn browser(&mut self, start: &str) -> Who {
        let id = self.peer_id(start);
        let user = UserId::random(&mut self.rng);
        let keys = keys::any(&mut self.rng);
        let seed = self.rng.next_u64();
        let browser = Browser::new(id, user.clone(), keys.clone(), seed);
        self.settle(id, user, keys, Kind::Browser(Box::new(browser)))
    }

    /// Enters a room.
    ///
    /// # Panics
    /// When the peer refuses.
    pub fn join(&mut self, who: Who, address: &RoomAddress) {
        let now = self.clock();
        match &mut self.peers[who.0].kind {
            Kind::Native(rooms) => {
                let joined = rooms.command(now, Command::Join(address.clone()));
                joined.expect("the room can be joined");
            }
            Kind::Browser(browser) => browser.join(self.now, address.clone()),
        }
        self.settle_up(who);
    }

    /// Leaves a room.
    ///
    /// # Panics
    /// When the peer is not there.
    pub fn leave(&mut self, who: Who, room: &str) {
        let now = self.clock();
        match &mut self.peers[who.0].kind {
            Kind::Native(rooms) => {
                let left = rooms.command(now, Command::Leave(RoomKey::from_text(room)));
                left.expect("the room was joined");
            }
            Kind::Browser(browser) => browser.leave(self.now, room),
        }
        self.settle_up(who);
    }

    /// Says something, which must not be refused.
    ///
    /// # Panics
    /// When it is.
    pub fn say(&mut self, who: Who, room: &str, text: &str) -> MessageId {
        self.try_say(who, room, text).expect("the message is taken")
    }

    /// Says something, if the peer takes it.
    ///
    /// # Errors
    /// Why a native peer did not.
    pub fn try_say(&mut self, who: Who, room: &str, text: &str) -> Result<MessageId, Refusal> {
        let now = self.clock();
        let said = match &mut self.peers[who.0].kind {
            Kind::Native(rooms) => {
                let room = RoomKey::from_text(room);
                let text = text.to_owned();
                match rooms.command(
                    now,
                    Command::Say {
                        room,
                        with: None,
                        text,
                        reply_to: None,
                    },
                )? {
                    Answer::Said(id) => id,
                    other => panic!("saying gave {other:?}"),
                }
            }
            Kind::Browser(browser) => browser.say(now, room, text),
        };
        self.settle_up(who);
        Ok(said)
    }

    /// Says something to one person alone, which must not be refused.
    ///
    /// # Panics
    /// When it is, or when a browser is to whisper to somebody it does not see.
    pub fn whisper(&mut self, who: Who, room: &str, to: Who, text: &str) {
        let now = self.clock();
        let them = self.id(to);
        let person = self.person(to);
        match &mut self.peers[who.0].kind {
            Kind::Native(rooms) => {
                let command = Command::Say {
                    room: RoomKey::from_text(room),
                    with: Some(person),
                    text: text.to_owned(),
                    reply_to: None,
                };
                rooms.command(now, command).expect("it is taken");
            }
            Kind::Browser(browser) => browser.whisper(now, room, them, text),
        }
        self.settle_up(who);
    }

    /// A browser types to one peer alone, or stops.
    pub fn type_privately(&mut self, page: Who, room: &str, to: Who, typing: bool) {
        let them = self.id(to);
        self.page_mut(page).type_privately(room, them, typing);
        self.settle_up(page);
    }

    /// Who a peer is to others, once it is verified.
    #[must_use]
    pub fn person(&self, who: Who) -> PersonId {
        PersonId::Profile(self.user(who).clone())
    }

    /// The private texts a peer has with another.
    #[must_use]
    pub fn private_texts(&self, who: Who, room: &str, with: Who) -> Vec<String> {
        match &self.peers[who.0].kind {
            Kind::Native(_) => {
                let lines = self.witness(who).private_lines(room, &self.person(with));
                lines.iter().map(|line| line.text.clone()).collect()
            }
            Kind::Browser(browser) => {
                let said = browser.private_log(room, self.id(with));
                said.iter().map(|it| it.message.text.clone()).collect()
            }
        }
    }

    /// A native peer's lines of a text, newest first.
    ///
    /// # Panics
    /// When it has none.
    #[must_use]
    pub fn line(&self, who: Who, room: &str, text: &str) -> &Line {
        let lines = self.witness(who).lines(room);
        let found = lines.iter().rev().find(|line| line.text == text);
        found.unwrap_or_else(|| panic!("{who:?} has no line {text:?}"))
    }

    /// A new process of the same person: another session, the same profile.
    pub fn reborn(&mut self, who: Who) -> Who {
        let id = PeerId::random_low(&mut self.rng);
        let user = self.user(who).clone();
        let keys = self.peers[who.0].keys.clone();
        self.native_as(id, "", user, keys)
    }

    /// Any other wish of the person at a native peer.
    ///
    /// # Errors
    /// Why the peer refused.
    pub fn command(&mut self, who: Who, command: Command) -> Result<Answer, Refusal> {
        let now = self.clock();
        let answer = self.rooms_mut(who).command(now, command)?;
        self.settle_up(who);
        Ok(answer)
    }

    /// Tells a native peer that its machine's addresses changed.
    pub fn change_network(&mut self, who: Who) {
        self.hand_in(who, Input::NetworkChanged);
    }

    /// Hands a peer's connection to another a message that peer never made.
    ///
    /// # Panics
    /// When the two are not connected.
    pub fn smuggle(&mut self, from: Who, to: Who, bytes: Vec<u8>) {
        let link = self.link_to(from, to).expect("they are connected");
        self.send(from, link, bytes);
    }

    /// Whether a message could be smuggled.
    #[must_use]
    pub fn are_connected(&self, a: Who, b: Who) -> bool {
        self.link_to(a, b).is_some() && self.link_to(b, a).is_some()
    }

    /// A process ends without a word. Its sockets close, its connections fall silent.
    pub fn kill(&mut self, who: Who) {
        self.peers[who.0].is_alive = false;
        self.peers[who.0].wake = None;
        for ((of, url), socket) in &mut self.sockets {
            if *of == who {
                socket.is_open = false;
                socket.is_wanted = false;
                if let Some(tracker) = self.trackers.get_mut(url) {
                    tracker.forget(socket.id);
                }
            }
        }
        self.note_reachability();
    }

    /// Pulls a peer's cable: nobody and no tracker can be reached.
    pub fn unplug(&mut self, who: Who) {
        self.peers[who.0].is_plugged = false;
        let open: Vec<(String, SocketId)> = self
            .sockets
            .iter()
            .filter(|((of, _), socket)| *of == who && socket.is_open)
            .map(|((_, url), socket)| (url.clone(), socket.id))
            .collect();
        for (url, id) in open {
            self.later(SOCKET_SILENCE, Happening::SocketSilent(who, url, id));
        }
        self.note_reachability();
    }

    /// Plugs the cable in again.
    pub fn plug(&mut self, who: Who) {
        self.peers[who.0].is_plugged = true;
        self.note_reachability();
    }

    /// A native peer's machine falls asleep: it cannot be reached, and nothing happens in it.
    pub fn sleep(&mut self, who: Who) {
        self.peers[who.0].asleep = Some(Vec::new());
        self.unplug(who);
    }

    /// It wakes: it notices all at once what it has slept through, and that its network is another.
    pub fn rouse(&mut self, who: Who) {
        let missed = self.peers[who.0].asleep.take();
        self.plug(who);
        for input in missed.into_iter().flatten() {
            self.hand_in(who, input);
        }
        self.change_network(who);
    }

    /// Nobody of `these` can reach any of `those`; the trackers reach them all.
    pub fn part(&mut self, these: &[Who], those: &[Who]) {
        for a in these {
            for b in those {
                self.apart.insert((*a, *b));
                self.apart.insert((*b, *a));
            }
        }
        self.note_reachability();
    }

    /// Everyone can reach everyone.
    pub fn heal(&mut self) {
        self.apart.clear();
        self.note_reachability();
    }

    /// Lets time pass.
    pub fn run(&mut self, time: Duration) {
        let end = self.now + time;
        while self.step(end) {}
        self.now = end;
    }

    /// Lets time pass until something is so. Gives the time it took.
    ///
    /// # Panics
    /// When it is not so after `limit`.
    pub fn until(
        &mut self,
        what: &str,
        limit: Duration,
        is_so: impl Fn(&Self) -> bool,
    ) -> Duration {
        let start = self.now;
        let end = start + limit;
        while !is_so(self) {
            assert!(
                self.step(end),
                "not within {limit:?}: {what}\n{}",
                self.scene()
            );
        }
        self.now - start
    }

    /// Whether `a` shows `b` in this room.
    #[must_use]
    pub fn sees(&self, a: Who, b: Who, room: &str) -> bool {
        let them = self.id(b);
        match &self.peers[a.0].kind {
            Kind::Native(_) => self.witness(a).peer(room, them).is_some(),
            Kind::Browser(browser) => browser.sees(room, them),
        }
    }

    /// Whether all of them show each other in this room.
    #[must_use]
    pub fn met(&self, all: &[Who], room: &str) -> bool {
        all.iter()
            .all(|a| all.iter().all(|b| a == b || self.sees(*a, *b, room)))
    }

    /// The texts a peer has in this room, in its order.
    #[must_use]
    pub fn texts(&self, who: Who, room: &str) -> Vec<&str> {
        match &self.peers[who.0].kind {
            Kind::Native(_) => {
                let lines = self.witness(who).lines(room);
                lines.iter().map(|line| line.text.as_str()).collect()
            }
            Kind::Browser(browser) => browser.texts(room),
        }
    }

    /// Whether a peer has a line of this text in this room.
    #[must_use]
    pub fn has(&self, who: Who, room: &str, text: &str) -> bool {
        match &self.peers[who.0].kind {
            Kind::Native(_) => {
                let lines = self.witness(who).lines(room);
                lines.iter().rev().any(|line| line.text == text)
            }
            Kind::Browser(browser) => browser.texts(room).contains(&text),
        }
    }

    /// What the person at a peer was shown.
    #[must_use]
    pub fn witness(&self, who: Who) -> &Witness {
        &self.peers[who.0].witness
    }

    /// All there is to show at a native peer.
    ///
    /// # Panics
    /// When it is a browser.
    #[must_use]
    pub fn snapshot(&self, who: Who) -> Snapshot {
        match &self.peers[who.0].kind {
            Kind::Native(rooms) => rooms.snapshot(),
            Kind::Browser(_) => panic!("{who:?} is a browser"),
        }
    }

    /// The lines of a room in which a native peer finds these words.
    ///
    /// # Panics
    /// When it is a browser.
    #[must_use]
    pub fn search(&self, who: Who, room: &str, words: &str) -> Vec<LineKey> {
        match &self.peers[who.0].kind {
            Kind::Native(rooms) => rooms.search(&RoomKey::from_text(room), None, words),
            Kind::Browser(_) => panic!("{who:?} is a browser"),
        }
    }

    /// The ids of all offers a peer has announced.
    #[must_use]
    pub fn offers_of(&self, who: Who) -> Vec<String> {
        self.peers[who.0].offers.clone()
    }

    /// A browser's inside.
    ///
    /// # Panics
    /// When it is none.
    #[must_use]
    pub fn page(&self, who: Who) -> &Browser {
        match &self.peers[who.0].kind {
            Kind::Browser(browser) => browser,
            Kind::Native(_) => panic!("{who:?} is no browser"),
        }
    }

    /// A browser's inside, to be made to misbehave.
    ///
    /// # Panics
    /// When it is none.
    pub fn page_mut(&mut self, who: Who) -> &mut Browser {
        match &mut self.peers[who.0].kind {
            Kind::Browser(browser) => browser,
            Kind::Native(_) => panic!("{who:?} is no browser"),
        }
    }

    /// A peer's id.
    #[must_use]
    pub fn id(&self, who: Who) -> PeerId {
        self.peers[who.0].id
    }

    /// A peer's user id.
    #[must_use]
    pub fn user(&self, who: Who) -> &UserId {
        &self.peers[who.0].user
    }

    /// How long the world exists.
    #[must_use]
    pub fn now(&self) -> Duration {
        self.now
    }

    /// How many announces a peer has sent since a moment.
    #[must_use]
    pub fn announces_since(&self, who: Who, since: Duration) -> usize {
        let all = &self.peers[who.0].announces;
        all.iter().filter(|at| **at >= since).count()
    }

    /// How often a peer has been woken by its own timers.
    #[must_use]
    pub fn wakes(&self, who: Who) -> u64 {
        self.peers[who.0].wakes
    }

    /// How many messages a peer has handed to its connections since a moment.
    #[must_use]
    pub fn frames_since(&self, who: Who, since: Duration) -> usize {
        let all = &self.peers[who.0].sent;
        all.iter().filter(|at| **at >= since).count()
    }

    /// How many connections and attempts a peer has.
    #[must_use]
    pub fn links(&self, who: Who) -> usize {
        self.ends_of(who)
    }

    /// How many connections two peers have with each other.
    #[must_use]
    pub fn connections(&self, a: Who, b: Who) -> usize {
        self.connections_between(a, b)
    }

    /// How many offers everyone together has asked the stack for.
    #[must_use]
    pub fn dials(&self) -> u64 {
        self.net.dials
    }

    /// A random number below `end`, from the world's seed.
    pub fn roll(&mut self, end: u64) -> u64 {
        self.rng.gen_range(0..end)
    }

    /// Random bytes, from the world's seed.
    pub fn noise(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        self.rng.fill_bytes(&mut bytes);
        bytes
    }

    /// Checks that everybody was told the truth.
    ///
    /// # Panics
    /// When somebody was not.
    pub fn check(&self) {
        for someone in self.peers.iter().filter(|someone| someone.is_alive) {
            if let Kind::Native(rooms) = &someone.kind {
                someone.witness.compare(&rooms.snapshot());
            }
        }
    }

    /// Who sees whom, for a failing story.
    fn scene(&self) -> String {
        let mut scene = String::new();
        for (n, someone) in self.peers.iter().enumerate() {
            let shown = match &someone.kind {
                Kind::Native(_) => someone.witness.scene(),
                Kind::Browser(browser) => browser.scene(),
            };
            scene.push_str(&format!("{n} {} {shown}\n", someone.id));
        }
        scene
    }

    // What follows is for the other modules.

    pub(crate) fn is_native(&self, who: Who) -> bool {
        matches!(self.peers[who.0].kind, Kind::Native(_))
    }

    pub(crate) fn can_reach(&self, a: Who, b: Who) -> bool {
        let there = |who: Who| self.peers[who.0].is_alive && self.peers[who.0].is_plugged;
        there(a) && there(b) && !self.apart.contains(&(a, b))
    }

    pub(crate) fn latency(&mut self) -> Duration {
        let jitter = u64::try_from(self.conditions.jitter.as_micros()).unwrap_or(u64::MAX);
        self.conditions.latency + Duration::from_micros(self.rng.gen_range(0..=jitter))
    }

    pub(crate) fn gathering(&mut self, who: Who) -> Duration {
        let time = if self.is_native(who) {
            self.conditions.gathering
        } else {
            self.conditions.browser_gathering
        };
        time.mul_f64(self.rng.gen_range(0.7..1.3))
    }

    pub(crate) fn at(&mut self, at: Duration, what: Happening) {
        self.scheduled += 1;
        self.queue.push(Reverse(Scheduled {
            at: at.max(self.now),
            turn: self.scheduled,
            what,
        }));
    }

    pub(crate) fn later(&mut self, pause: Duration, what: Happening) {
        self.at(self.now + pause, what);
    }

    /// Hands something in to a peer and does what follows from it.
    pub(crate) fn hand_in(&mut self, who: Who, input: Input) {
        if !self.peers[who.0].is_alive {
            return;
        }
        if let Some(missed) = &mut self.peers[who.0].asleep {
            missed.push(input);
            return;
        }
        let now = self.clock();
        match &mut self.peers[who.0].kind {
            Kind::Native(rooms) => rooms.handle(now, input),
            Kind::Browser(browser) => browser.handle(now, input),
        }
        self.settle_up(who);
    }

    // What follows is for this module.

    fn clock(&self) -> Now {
        let ms = i64::try_from(self.now.as_millis()).unwrap_or(i64::MAX);
        Now {
            since_start: self.now,
            unix_ms: EPOCH + ms,
        }
    }

    fn everyone(&self) -> Vec<Who> {
        (0..self.peers.len()).map(Who).collect()
    }

    fn peer_id(&mut self, start: &str) -> PeerId {
        let rest = random_text(&mut self.rng, 20 - start.len());
        PeerId::parse(&format!("{start}{rest}")).expect("twenty characters are a peer id")
    }

    fn native_with(&mut self, id: PeerId, name: &str) -> Who {
        let user = UserId::random(&mut self.rng);
        let keys = keys::any(&mut self.rng);
        self.native_as(id, name, user, keys)
    }

    fn native_as(&mut self, id: PeerId, name: &str, user: UserId, keys: KeyPair) -> Who {
        let identity = Identity {
            peer_id: id,
            user_id: user.clone(),
            custom_name: name.to_owned(),
            keys: keys.clone(),
        };
        let mut seed = [0; 32];
        self.rng.fill_bytes(&mut seed);
        let rooms = Rooms::new(identity, home(), seed);
        self.settle(id, user, keys, Kind::Native(Box::new(rooms)))
    }

    fn settle(&mut self, id: PeerId, user: UserId, keys: KeyPair, kind: Kind) -> Who {
        let who = Who(self.peers.len());
        self.peers.push(Someone {
            id,
            user,
            kind,
            witness: Witness::default(),
            is_alive: true,
            is_plugged: true,
            asleep: None,
            wake: None,
            wakes: 0,
            wakes_at_once: (Duration::ZERO, 0),
            announces: Vec::new(),
            offers: Vec::new(),
            sent: Vec::new(),
            keys,
        });
        let urls: Vec<String> = self.trackers.keys().cloned().collect();
        for url in urls {
            self.introduce_tracker(who, url);
        }
        who
    }

    fn introduce_tracker(&mut self, who: Who, url: String) {
        self.hand_in(
            who,
            Input::TrackerAdded {
                local: url.starts_with("ws:"),
                url,
            },
        );
    }

    fn rooms_mut(&mut self, who: Who) -> &mut Rooms {
        match &mut self.peers[who.0].kind {
            Kind::Native(rooms) => rooms,
            Kind::Browser(_) => panic!("{who:?} is a browser"),
        }
    }

    fn tracker_mut(&mut self, url: &str) -> &mut Tracker {
        self.trackers.get_mut(url).expect("the tracker exists")
    }

    /// The next thing that happens, if it does before `end`.
    fn step(&mut self, end: Duration) -> bool {
        let due = self.queue.peek().map(|Reverse(next)| next.at);
        let wake = self
            .peers
            .iter()
            .enumerate()
            .filter(|(_, someone)| someone.asleep.is_none())
            .filter_map(|(n, someone)| Some((someone.wake?, Who(n))))
            .min();
        match (due, wake) {
            (Some(due), wake) if wake.is_none_or(|(at, _)| due <= at) => {
                if due > end {
                    return false;
                }
                self.now = self.now.max(due);
                if let Some(Reverse(next)) = self.queue.pop() {
                    self.happen(next.what);
                }
                true
            }
            (_, Some((at, who))) => {
                if at > end {
                    return false;
                }
                self.now = self.now.max(at);
                self.wake(who);
                true
            }
            (_, None) => false,
        }
    }

    fn wake(&mut self, who: Who) {
        let someone = &mut self.peers[who.0];
        someone.wakes += 1;
        let (last, times) = &mut someone.wakes_at_once;
        if *last == self.now {
            *times += 1;
        } else {
            (*last, *times) = (self.now, 0);
        }
        assert!(
            *times < MAX_WAKES_AT_ONCE,
            "{who:?} wants to be woken all the time"
        );
        self.hand_in(who, Input::Wake);
    }

    fn happen(&mut self, what: Happening) {
        match what {
            Happening::ToPeer(who, input) => self.hand_in(who, input),
            Happening::Connect(who, url, id) => self.connect(who, &url, id),
            Happening::Connected(who, url, id) => self.connected(who, &url, id),
            Happening::SocketSilent(who, url, id) => {
                let silent = self.is_open(who, &url, id) && !self.peers[who.0].is_plugged;
                if silent {
                    self.tracker_mut(&url).forget(id);
                    self.socket_closed(who, &url, TrackerFailure::Silent);
                }
            }
            Happening::ToTracker(url, socket, text) => self.at_tracker(&url, socket, &text),
            Happening::FromTracker(who, url, id, text) => {
                if self.is_open(who, &url, id) && self.peers[who.0].is_plugged {
                    self.tracker_says(&url, who, &text);
                }
            }
            Happening::Establish(id) => self.establish(id),
            Happening::Open(id, side) => self.open(id, side),
            Happening::Deliver(id, side) => self.deliver(id, side),
            Happening::AttemptOver(who, link) => self.attempt_over(who, link),
            Happening::Silence(id, silences) => self.silence(id, silences),
        }
    }

    /// Does all that a peer asks for.
    fn settle_up(&mut self, who: Who) {
        let mut done = 0;
        loop {
            let output = match &mut self.peers[who.0].kind {
                Kind::Native(rooms) => rooms.poll(),
                Kind::Browser(browser) => browser.poll(),
            };
            let Some(output) = output else { break };
            done += 1;
            assert!(done < MAX_OUTPUTS, "{who:?} never comes to an end");
            self.carry_out(who, output);
        }
        let someone = &mut self.peers[who.0];
        someone.wake = match &someone.kind {
            Kind::Native(rooms) => rooms.next_wake(),
            Kind::Browser(browser) => browser.next_wake(),
        };
    }

    fn carry_out(&mut self, who: Who, output: Output) {
        match output {
            Output::OpenTracker { url, .. } => self.open_socket(who, url),
            Output::CloseTracker { url } => self.close_socket(who, &url),
            Output::Announce { url, text } => self.announce(who, url, text),
            Output::Dial { link } => self.dial(who, link),
            Output::Answer { link, sdp } => self.answer(who, link, &sdp),
            Output::Accept { link, sdp } => self.accept(who, link, &sdp),
            Output::Send { link, bytes } => {
                let now = self.now;
                self.peers[who.0].sent.push(now);
                self.send(who, link, bytes);
            }
            // A restart makes a description; what it says does not matter here.
            Output::Restart { link } => {
                let restart = Input::Renegotiate {
                    link,
                    kind: wire::RenegotiationKind::Offer,
                    sdp: "offer to go another way".to_owned(),
                };
                self.later(self.conditions.gathering, Happening::ToPeer(who, restart));
            }
            Output::Renegotiate { link, kind, .. } => {
                if kind == wire::RenegotiationKind::Offer {
                    let answer = Input::Renegotiate {
                        link,
                        kind: wire::RenegotiationKind::Answer,
                        sdp: "answer to go another way".to_owned(),
                    };
                    self.later(self.conditions.gathering, Happening::ToPeer(who, answer));
                }
            }
            Output::Close { link } => self.close(who, link),
            Output::WakeTrackers => self.wake_sockets(who),
            Output::Tell(event) => {
                let now = self.now;
                self.peers[who.0].witness.see(now, event);
            }
        }
    }

    fn announce(&mut self, who: Who, url: String, text: String) {
        let now = self.now;
        let said: serde_json::Value = serde_json::from_str(&text).expect("peers send JSON");
        let offers = said.get("offers").and_then(serde_json::Value::as_array);
        let ids = offers.into_iter().flatten().filter_map(|offer| {
            let id = offer.get("offer_id")?.as_str()?;
            Some(id.to_owned())
        });
        self.peers[who.0].offers.extend(ids);
        self.peers[who.0].announces.push(now);
        let latency = self.latency();
        if let Some(socket) = self.sockets.get(&(who, url.clone()))
            && socket.is_open
            && self.peers[who.0].is_plugged
        {
            let id = socket.id;
            self.later(latency, Happening::ToTracker(url, id, text));
        }
    }

    fn at_tracker(&mut self, url: &str, socket: SocketId, text: &str) {
        let Some(tracker) = self.trackers.get_mut(url).filter(|tracker| tracker.is_up) else {
            return;
        };
        let out = tracker.hear(&mut self.rng, socket, text);
        for (to, text) in out {
            let theirs = self
                .sockets
                .iter()
                .find(|(_, socket)| socket.id == to)
                .map(|((who, _), _)| *who);
            if let Some(who) = theirs {
                let latency = self.latency();
                self.later(
                    latency,
                    Happening::FromTracker(who, url.to_owned(), to, text),
                );
            }
        }
    }

    fn open_socket(&mut self, who: Who, url: String) {
        let socket = self.sockets.entry((who, url.clone())).or_insert(Socket {
            id: 0,
            is_open: false,
            is_wanted: false,
            pause: RETRY.0,
        });
        if socket.is_wanted {
            return;
        }
        socket.is_wanted = true;
        socket.pause = RETRY.0;
        let id = self.new_socket(who, &url);
        self.later(Duration::ZERO, Happening::Connect(who, url, id));
    }

    /// Gives a socket a new name, so that whatever is under way for the old one is lost.
    fn new_socket(&mut self, who: Who, url: &str) -> SocketId {
        self.last_socket += 1;
        let id = self.last_socket;
        if let Some(socket) = self.sockets.get_mut(&(who, url.to_owned())) {
            socket.id = id;
            socket.is_open = false;
        }
        id
    }

    fn close_socket(&mut self, who: Who, url: &str) {
        let Some(socket) = self.sockets.get_mut(&(who, url.to_owned())) else {
            return;
        };
        socket.is_wanted = false;
        let id = socket.id;
        self.new_socket(who, url);
        if let Some(tracker) = self.trackers.get_mut(url) {
            tracker.forget(id);
        }
    }

    fn is_current(&self, who: Who, url: &str, id: SocketId) -> bool {
        self.sockets
            .get(&(who, url.to_owned()))
            .is_some_and(|socket| socket.id == id && socket.is_wanted)
    }

    fn is_open(&self, who: Who, url: &str, id: SocketId) -> bool {
        self.sockets
            .get(&(who, url.to_owned()))
            .is_some_and(|socket| socket.id == id && socket.is_open)
    }

    fn connect(&mut self, who: Who, url: &str, id: SocketId) {
        if !self.is_current(who, url, id) {
            return;
        }
        let url = url.to_owned();
        self.hand_in(who, Input::TrackerConnecting { url: url.clone() });
        // TCP and TLS and the upgrade each go there and back.
        let way = self.conditions.latency * 6;
        self.later(way, Happening::Connected(who, url, id));
    }

    fn connected(&mut self, who: Who, url: &str, id: SocketId) {
        if !self.is_current(who, url, id) {
            return;
        }
        let reachable = self.peers[who.0].is_plugged
            && self.trackers.get(url).is_some_and(|tracker| tracker.is_up);
        if !reachable {
            self.socket_closed(who, url, TrackerFailure::Unreachable);
            return;
        }
        if let Some(socket) = self.sockets.get_mut(&(who, url.to_owned())) {
            socket.is_open = true;
            socket.pause = RETRY.0;
        }
        let url = url.to_owned();
        self.hand_in(who, Input::TrackerOpened { url });
    }

    fn socket_closed(&mut self, who: Who, url: &str, reason: TrackerFailure) {
        let part = self.rng.gen_range(0.0..1.0);
        let Some(socket) = self.sockets.get_mut(&(who, url.to_owned())) else {
            return;
        };
        let retry_in = socket.pause.mul_f64(part);
        socket.pause = (socket.pause * 2).min(RETRY.1);
        let id = self.new_socket(who, url);
        let url = url.to_owned();
        self.later(retry_in, Happening::Connect(who, url.clone(), id));
        self.hand_in(
            who,
            Input::TrackerClosed {
                url,
                reason,
                retry_in,
            },
        );
    }

    /// Connects everything that is closed now.
    fn wake_sockets(&mut self, who: Who) {
        let closed: Vec<String> = self
            .sockets
            .iter()
            .filter(|((of, _), socket)| *of == who && socket.is_wanted && !socket.is_open)
            .map(|((_, url), _)| url.clone())
            .collect();
        for url in closed {
            let id = self.new_socket(who, &url);
            self.later(Duration::ZERO, Happening::Connect(who, url, id));
        }
    }
}

fn home() -> Origin {
    Origin::parse("https://chitchatter.im").expect("an origin")
}
