//! The internet: who is there, what they can reach, and what happens next.

mod doings;
mod looks;
mod schedule;
mod sockets;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::time::Duration;

use rand::{Rng, RngCore, SeedableRng};
use rand_chacha::ChaCha20Rng;
use room::{Input, Now, Output, Rooms, TrackerFailure};
use wire::{KeyPair, Origin, PeerId, UserId};

use crate::browser::Browser;
use crate::net::Net;
use crate::tracker::{SocketId, Tracker};
use crate::witness::Witness;
use schedule::Scheduled;
use sockets::Socket;

pub(crate) use schedule::Happening;

/// The wall clock when the world begins, Unix milliseconds.
const EPOCH: i64 = 1_800_000_000_000;
/// Wakes of one peer without any time passing; more means that it spins.
const MAX_WAKES_AT_ONCE: u32 = 50;
/// Outputs one input may cause. Passing a long transcript on to fifty peers needs some thousands.
const MAX_OUTPUTS: usize = 100_000;

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
    /// How likely an offer of a browser cannot be answered: pages keep some ready, and those of a page
    /// that is open for minutes have closed by then.
    pub staleness: f64,
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
            staleness: 0.0,
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
    /// How often it had its trackers prove that they are there.
    doubts: usize,
    offers: Vec<String>,
    /// Frames handed to connections.
    sent: Vec<Duration>,
    /// What it was told of connections for the bytes of files, and by whom.
    signalled: Vec<(PeerId, wire::TransferSignal)>,
    /// Who came and went, as whoever moves bytes is told.
    presences: Vec<(PeerId, room::Presence)>,
    keys: KeyPair,
}

#[derive(Debug)]
enum Kind {
    Native(Box<Rooms>),
    Browser(Box<Browser>),
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

    /// How long the world exists.
    #[must_use]
    pub fn now(&self) -> Duration {
        self.now
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
            // Whoever asks for it looks it up.
            Output::HoldersChanged { .. } => {}
            Output::Presence {
                peer_id, presence, ..
            } => self.peers[who.0].presences.push((peer_id, presence)),
            Output::TransferSignalled {
                peer_id, signal, ..
            } => self.peers[who.0].signalled.push((peer_id, *signal)),
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
            Output::WakeTrackers => {
                self.peers[who.0].doubts += 1;
                self.wake_sockets(who);
            }
            Output::Tell(event) => {
                let now = self.now;
                self.peers[who.0].witness.see(now, event);
            }
        }
    }
}

fn home() -> Origin {
    Origin::parse("https://chitchatter.im").expect("an origin")
}
