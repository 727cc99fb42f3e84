//! A pretend network of sessions: links with delay and speed that cut the stream anywhere, disks that
//! hold, lie or stall. Everything follows from a seed.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::sync::Arc;
use std::time::Duration;

use files::direct::{self, FileHasher, OfferHash};
use files::limits::MAX_UNSENT;
use files::names::SafePath;
use files::torrent::bencode::Value;
use files::torrent::bits::Bits;
use files::torrent::ids::{Hash, PeerId};
use files::torrent::metainfo::{Metainfo, PieceHasher};
use files::torrent::session::{
    Command, Conn, Event, Input, MAX_HELD, Order, Output, Reason, Session,
};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sha1::{Digest, Sha1};

/// How a node's disk behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Disk {
    Good,
    /// Gives wrong bytes.
    Lying,
    /// Gives nothing, for ever.
    Stuck,
    /// Refuses to be written.
    Full,
    /// Cannot be read any more.
    Gone,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Link {
    pub(crate) delay: Duration,
    pub(crate) bytes_per_second: u64,
}

pub(crate) const FAST: Link = Link {
    delay: Duration::from_millis(2),
    bytes_per_second: 100_000_000,
};

pub(crate) struct Node {
    pub(crate) session: Session,
    pub(crate) disk: Disk,
    pub(crate) events: Vec<Event>,
    pub(crate) closed: Vec<(Conn, Reason)>,
    pub(crate) written: BTreeSet<u32>,
    /// How many bytes were read from its disk.
    pub(crate) bytes_read: u64,
    pub(crate) most_held: usize,
    unsent: BTreeMap<Conn, usize>,
}

pub(crate) struct World {
    pub(crate) now: Duration,
    pub(crate) nodes: Vec<Node>,
    rng: ChaCha8Rng,
    seed: u64,
    queue: BinaryHeap<Reverse<(Duration, u64, usize)>>,
    happenings: BTreeMap<u64, Happening>,
    links: BTreeMap<Conn, (usize, usize, Link)>,
    /// When a link's direction is free again.
    busy: BTreeMap<(Conn, usize), Duration>,
    next: u64,
    torrent: Arc<Metainfo>,
    /// The name of what is given directly.
    pub(crate) offer: Option<OfferHash>,
}

enum Happening {
    Input(Input),
    /// This many bytes of a link's direction have left.
    Left(Conn, usize),
}

impl World {
    pub(crate) fn new(seed: u64, torrent: &Arc<Metainfo>) -> Self {
        Self {
            now: Duration::from_secs(1),
            nodes: Vec::new(),
            rng: ChaCha8Rng::seed_from_u64(seed),
            seed,
            queue: BinaryHeap::new(),
            happenings: BTreeMap::new(),
            links: BTreeMap::new(),
            busy: BTreeMap::new(),
            next: 0,
            torrent: Arc::clone(torrent),
            offer: None,
        }
    }

    pub(crate) fn seeder(&mut self, disk: Disk) -> usize {
        self.holder(Bits::all(self.torrent.pieces()), disk, Order::Rarest)
    }

    /// A node that knows the description and has these pieces.
    pub(crate) fn holder(&mut self, have: Bits, disk: Disk, order: Order) -> usize {
        let written = have.iter().collect();
        let seed = self.rng.r#gen();
        let me = self.peer_id();
        let torrent = Arc::clone(&self.torrent);
        let session = Session::of_metainfo(self.now, torrent, have, me, order, seed);
        self.add(session, disk, written)
    }

    /// A node that knows the name alone: the magnet link, or the offer.
    pub(crate) fn fetcher(&mut self, disk: Disk) -> usize {
        let (me, seed) = (self.peer_id(), self.rng.r#gen());
        let hash = self.torrent.info_hash();
        let session = match self.offer {
            None => Session::of_magnet(self.now, hash, me, Order::Rarest, seed),
            Some(offer) => Session::of_offer(self.now, offer, me, Order::Rarest, seed),
        };
        self.add(session, disk, BTreeSet::new())
    }

    fn add(&mut self, session: Session, disk: Disk, written: BTreeSet<u32>) -> usize {
        self.nodes.push(Node {
            session,
            disk,
            events: Vec::new(),
            closed: Vec::new(),
            written,
            bytes_read: 0,
            most_held: 0,
            unsent: BTreeMap::new(),
        });
        self.nodes.len() - 1
    }

    fn peer_id(&mut self) -> PeerId {
        PeerId::random(&mut self.rng)
    }

    pub(crate) fn connect(&mut self, one: usize, other: usize, link: Link) -> Conn {
        self.next += 1;
        let conn = Conn(self.next);
        self.links.insert(conn, (one, other, link));
        self.input(one, Input::Connected(conn));
        self.input(other, Input::Connected(conn));
        conn
    }

    /// Breaks a link: what is on its way is lost.
    pub(crate) fn cut(&mut self, conn: Conn) {
        if let Some((one, other, _)) = self.links.remove(&conn) {
            self.input(one, Input::Closed(conn));
            self.input(other, Input::Closed(conn));
        }
    }

    pub(crate) fn command(&mut self, node: usize, command: Command) {
        self.input(node, Input::Command(command));
    }

    /// Runs until this holds; panics if it does not within so much pretended time.
    pub(crate) fn run_until(&mut self, limit: Duration, mut holds: impl FnMut(&Self) -> bool) {
        let end = self.now + limit;
        while !holds(self) {
            assert!(
                self.step(end),
                "seed {}: it did not happen within {limit:?}; {:?}",
                self.seed,
                self.nodes
                    .iter()
                    .map(|node| node.session.progress())
                    .collect::<Vec<_>>()
            );
        }
    }

    pub(crate) fn run_for(&mut self, time: Duration) {
        let end = self.now + time;
        while self.step(end) {}
        self.now = end;
    }

    fn step(&mut self, end: Duration) -> bool {
        let wake = self
            .nodes
            .iter()
            .enumerate()
            .filter_map(|(index, node)| Some((node.session.next_wake()?.max(self.now), index)))
            .min();
        let queued = self.queue.peek().map(|Reverse((at, ..))| *at);
        match (queued, wake) {
            (queued, Some((at, node))) if queued.is_none_or(|queued| at < queued) => {
                if at > end {
                    return false;
                }
                self.now = at;
                self.input(node, Input::Wake);
            }
            (Some(at), _) => {
                if at > end {
                    return false;
                }
                let Some(Reverse((at, id, node))) = self.queue.pop() else {
                    return false;
                };
                self.now = at;
                match self.happenings.remove(&id) {
                    Some(Happening::Input(input)) => {
                        let is_alive = match &input {
                            Input::Received(conn, _) => self.links.contains_key(conn),
                            _ => true,
                        };
                        if is_alive {
                            self.input(node, input);
                        }
                    }
                    Some(Happening::Left(conn, bytes)) => {
                        if let Some(unsent) = self.nodes[node].unsent.get_mut(&conn) {
                            *unsent -= bytes;
                        }
                        self.input(node, Input::Sent(conn, bytes));
                    }
                    None => {}
                }
            }
            (None, _) => return false,
        }
        true
    }

    fn later(&mut self, at: Duration, node: usize, happening: Happening) {
        self.next += 1;
        self.queue.push(Reverse((at, self.next, node)));
        self.happenings.insert(self.next, happening);
    }

    fn input(&mut self, index: usize, input: Input) {
        self.nodes[index].session.handle(self.now, input);
        while let Some(output) = self.nodes[index].session.poll() {
            self.output(index, output);
        }
        let node = &mut self.nodes[index];
        node.most_held = node.most_held.max(node.session.held());
        assert!(node.session.held() <= MAX_HELD, "seed {}", self.seed);
    }

    fn output(&mut self, index: usize, output: Output) {
        let now = self.now;
        match output {
            Output::Send(conn, bytes) => self.send(index, conn, &bytes),
            Output::Close(conn, why) => {
                self.nodes[index].closed.push((conn, why));
                if let Some((one, other, _)) = self.links.remove(&conn) {
                    let far = if one == index { other } else { one };
                    self.later(now, far, Happening::Input(Input::Closed(conn)));
                }
            }
            Output::Read {
                ticket,
                offset,
                len,
            } => {
                let node = &mut self.nodes[index];
                node.bytes_read += len as u64;
                let bytes = match node.disk {
                    Disk::Stuck => return,
                    Disk::Gone => None,
                    Disk::Good | Disk::Full => Some(content(offset, len)),
                    Disk::Lying => {
                        let mut bytes = content(offset, len);
                        bytes[len / 2] ^= 1;
                        Some(bytes)
                    }
                };
                let at = now + Duration::from_micros(self.rng.gen_range(0..500));
                self.later(at, index, Happening::Input(Input::Read(ticket, bytes)));
            }
            Output::Write {
                piece,
                offset,
                bytes,
            } => {
                assert_eq!(bytes, content(offset, bytes.len()), "seed {}", self.seed);
                let node = &mut self.nodes[index];
                let is_written = node.disk != Disk::Full;
                if is_written {
                    assert!(node.written.insert(piece), "a piece is written once");
                }
                let at = now + Duration::from_micros(self.rng.gen_range(0..3000));
                let input = Input::Written(piece, is_written);
                self.later(at, index, Happening::Input(input));
            }
            Output::Tell(event) => self.nodes[index].events.push(event),
        }
    }

    fn send(&mut self, index: usize, conn: Conn, bytes: &[u8]) {
        let Some((one, other, link)) = self.links.get(&conn).copied() else {
            return;
        };
        let far = if one == index { other } else { one };
        let unsent = self.nodes[index].unsent.entry(conn).or_default();
        *unsent += bytes.len();
        assert!(*unsent <= MAX_UNSENT);

        let mut rest = bytes;
        while !rest.is_empty() {
            // Mostly whole, often in two, sometimes in crumbs.
            let cut = match self.rng.gen_range(0..10) {
                0 => self.rng.gen_range(1..=rest.len().min(20)),
                1..=4 => self.rng.gen_range(1..=rest.len()),
                _ => rest.len(),
            };
            let (now, later) = rest.split_at(cut);
            rest = later;
            let nanos = now.len() as u64 * 1_000_000_000 / link.bytes_per_second;
            let busy = self.busy.entry((conn, index)).or_default();
            *busy = (*busy).max(self.now) + Duration::from_nanos(nanos);
            let left_at = *busy;
            self.later(left_at, index, Happening::Left(conn, now.len()));
            let input = Input::Received(conn, now.to_vec());
            self.later(left_at + link.delay, far, Happening::Input(input));
        }
    }
}

impl Node {
    pub(crate) fn is_complete(&self) -> bool {
        self.events.contains(&Event::Complete)
    }

    pub(crate) fn was_closed_for(&self, why: Reason) -> bool {
        self.closed.iter().any(|(_, reason)| *reason == why)
    }
}

/// The bytes of every torrent here: different on every page, made without being kept.
pub(crate) fn content(offset: u64, len: usize) -> Vec<u8> {
    const PAGE: u64 = 4096;
    let mut bytes = Vec::with_capacity(len + 2 * PAGE as usize);
    let first = offset / PAGE;
    let end = offset + len as u64;
    for page in first..end.div_ceil(PAGE) {
        bytes.extend_from_slice(&(page + 1).to_le_bytes());
        bytes.resize(bytes.len() + PAGE as usize - 8, (page % 251) as u8);
    }
    let skip = (offset - first * PAGE) as usize;
    bytes.drain(..skip);
    bytes.truncate(len);
    bytes
}

/// A torrent of so many bytes, cut as asked.
pub(crate) fn torrent(total: u64, piece_len: u32) -> Arc<Metainfo> {
    let mut hasher = PieceHasher::new(piece_len);
    let mut at = 0;
    while at < total {
        let len = (total - at).min(1 << 20);
        hasher.push(&content(at, len as usize));
        at += len;
    }
    let pieces = hasher.finish().concat();
    let info = Value::Dict(vec![
        (b"length", Value::Int(total as i64)),
        (b"name", Value::Bytes(b"film.mkv")),
        (b"piece length", Value::Int(i64::from(piece_len))),
        (b"pieces", Value::Bytes(&pieces)),
    ])
    .to_vec();
    let hash = Hash(Sha1::digest(&info).into());
    Arc::new(Metainfo::parse(info, hash).expect("a torrent"))
}

/// Files of these lengths in a folder, given directly.
pub(crate) fn direct(lens: &[u64]) -> (Arc<Metainfo>, OfferHash) {
    let total = lens.iter().sum();
    let mut start = 0;
    let mut files = Vec::new();
    for (index, len) in lens.iter().enumerate() {
        let mut hasher = FileHasher::new(direct::piece_len(total));
        let mut at = start;
        start += len;
        while at < start {
            let part = (start - at).min(1 << 20);
            hasher.push(&content(at, part as usize));
            at += part;
        }
        let name = format!("{index}.bin");
        let path = SafePath::parse([&b"folder"[..], name.as_bytes()]).expect("a path");
        files.push((path, hasher.finish()));
    }
    let (metainfo, offer) = direct::describe(&files).expect("an offer");
    (Arc::new(metainfo), offer)
}

pub(crate) fn seeds() -> Vec<u64> {
    match std::option_env!("SEED").and_then(|seed| seed.parse().ok()) {
        Some(seed) => vec![seed],
        None => (1..=5).collect(),
    }
}
