//! One torrent among its peers: giving, fetching, deciding.
//!
//! A pure state machine: what happens goes in by [`Session::handle`], what to do comes out of
//! [`Session::poll`], and [`Session::next_wake`] says when to hand in the next [`Input::Wake`]. It
//! opens nothing and reads no clock; connections are data channels that the caller has opened, the
//! disk is asked for bytes ([`Output::Read`]) and given them ([`Output::Write`]).
//!
//! Memory is bounded whatever peers do; [`Session::held`] counts it, and [`MAX_HELD`] is never passed:
//! pieces being put together and written, bytes read for peers and not yet taken by their channels,
//! and what is half heard. No block is asked for that there is no room for, and none is read for a
//! peer whose channel is full.
//!
//! A piece that is wrong is never written. If all of it came from one peer, that connection is closed;
//! if it came from several, it is fetched once more from one alone, and then it is known whose blocks
//! differ.

mod caller;
mod describing;
mod event;
mod fetching;
mod giving;
mod hearing;
mod peer;
mod pieces;
mod speaking;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

pub use event::{Command, Conn, Event, Input, Order, Output, Progress, Reason, Ticket};

use super::bits::Bits;
use super::ids::{Hash, PeerId};
use super::metadata::Gather;
use super::metainfo::Metainfo;
use super::wire::Block;
use crate::direct::OfferHash;
use crate::limits::{
    BLOCK_PATIENCE, HANDSHAKE_PATIENCE, KEEP_ALIVE, MAX_CONNECTIONS, MAX_FRAME_BYTES,
    MAX_METADATA_BYTES, MAX_PIECES_HELD, MAX_UPLOAD_HELD, SILENCE_PATIENCE, STALL_AFTER,
    TAKE_PATIENCE,
};
use peer::Peer;
use pieces::Pieces;

/// The most bytes a session holds, all together: pieces, what is given, what is half heard of each
/// peer, and the description. What peers' channels hold is the caller's.
pub const MAX_HELD: usize = MAX_PIECES_HELD
    + MAX_UPLOAD_HELD
    + MAX_CONNECTIONS * (MAX_FRAME_BYTES + 4)
    + 2 * MAX_METADATA_BYTES;
/// How many connections may lie under one peer id before it is not spoken with any more.
const MAX_LIES: u8 = 3;
/// How many common messages one counts for that is said rarely and makes us think about everybody.
const RARE_COST: u64 = 100;
/// How many common messages one counts for that asks for less than a common block.
const CRUMB_COST: u64 = 16;
/// How long one peer is given to while others wait for their turn.
const TURN: Duration = Duration::from_secs(30);
/// How often it is looked for work to be taken over from slow peers.
const LOOK: Duration = Duration::from_secs(1);

/// One torrent among its peers. See the module's page.
#[derive(Debug)]
pub struct Session {
    info_hash: Hash,
    /// The whole name of what is given directly; a torrent's is its hash.
    offer: Option<OfferHash>,
    me: PeerId,
    order: Order,
    content: Content,
    peers: BTreeMap<Conn, Peer>,
    reads: BTreeMap<Ticket, (Conn, Block)>,
    /// How often connections under a peer id sent wrong data.
    lies: VecDeque<(PeerId, u8)>,
    outputs: VecDeque<Output>,
    rng: ChaCha8Rng,
    now: Duration,
    looked_at: Duration,
    /// When something new last came.
    new_at: Duration,
    is_stalled: bool,
    is_paused: bool,
    /// Whether somebody could be asked for more, were there room.
    is_full: bool,
    is_unreadable: bool,
    last_ticket: u64,
    /// Who was read for last; the next turn is another's.
    served: Option<Conn>,
    downloaded: u64,
    uploaded: u64,
}

/// What is known of the torrent.
#[derive(Debug)]
enum Content {
    /// Its name alone. At most one peer is being asked for the description.
    Unknown(Option<Asking>),
    /// The description; the person has not decided yet.
    Described(Arc<Metainfo>),
    /// All there is to know; pieces are fetched and given.
    Known(Box<Pieces>),
    /// The session has ended.
    Over,
}

#[derive(Debug)]
struct Asking {
    conn: Conn,
    gather: Gather,
    by: Duration,
}

impl Session {
    /// A session that knows only the torrent's name, from a magnet link. Once the description is
    /// here it says [`Event::Described`] and waits for [`Command::Fetch`].
    #[must_use]
    pub fn of_magnet(now: Duration, info_hash: Hash, me: PeerId, order: Order, seed: u64) -> Self {
        Self::new(now, info_hash, me, order, seed, Content::Unknown(None))
    }

    /// The same for what a native peer gives directly.
    #[must_use]
    pub fn of_offer(now: Duration, offer: OfferHash, me: PeerId, order: Order, seed: u64) -> Self {
        let content = Content::Unknown(None);
        Self {
            offer: Some(offer),
            ..Self::new(now, offer.short(), me, order, seed, content)
        }
    }

    /// A session that knows the description and has these pieces, checked: all of them to give what
    /// was just offered, some to go on with what was begun.
    #[must_use]
    pub fn of_metainfo(
        now: Duration,
        metainfo: Arc<Metainfo>,
        have: Bits,
        me: PeerId,
        order: Order,
        seed: u64,
    ) -> Self {
        let info_hash = metainfo.info_hash();
        let pieces = Pieces::new(metainfo, have);
        let content = Content::Known(Box::new(pieces));
        Self::new(now, info_hash, me, order, seed, content)
    }

    fn new(
        now: Duration,
        info_hash: Hash,
        me: PeerId,
        order: Order,
        seed: u64,
        content: Content,
    ) -> Self {
        Self {
            info_hash,
            offer: None,
            me,
            order,
            content,
            peers: BTreeMap::new(),
            reads: BTreeMap::new(),
            lies: VecDeque::new(),
            outputs: VecDeque::new(),
            rng: ChaCha8Rng::seed_from_u64(seed),
            now,
            looked_at: now,
            new_at: now,
            is_stalled: false,
            is_paused: false,
            is_full: false,
            is_unreadable: false,
            last_ticket: 0,
            served: None,
            downloaded: 0,
            uploaded: 0,
        }
    }

    /// Takes one input. What it caused waits in [`Session::poll`].
    pub fn handle(&mut self, now: Duration, input: Input) {
        self.now = self.now.max(now);
        match input {
            Input::Connected(conn) => self.connect(conn),
            Input::Received(conn, bytes) => self.receive(conn, &bytes),
            Input::Sent(conn, bytes) => self.sent(conn, bytes),
            Input::Closed(conn) => self.forget(conn),
            Input::Read(ticket, bytes) => self.read(ticket, bytes),
            Input::Written(piece, is_written) => self.written(piece, is_written),
            Input::Command(command) => self.command(command),
            Input::Wake => self.wake(),
        }
    }

    /// The next thing to do. Take all of them after each input.
    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When to hand in [`Input::Wake`]. `None`: only after something else.
    #[must_use]
    pub fn next_wake(&self) -> Option<Duration> {
        let mut wakes: Vec<Duration> = Vec::new();
        for peer in self.peers.values() {
            if peer.greeting.is_none() {
                wakes.push(peer.since + HANDSHAKE_PATIENCE);
                continue;
            }
            wakes.push(peer.said_at + KEEP_ALIVE);
            wakes.push(peer.heard_at + SILENCE_PATIENCE);
            if !peer.asked.is_empty() {
                wakes.push(peer.block_at + BLOCK_PATIENCE);
            }
            if peer.unsent > 0 {
                wakes.push(peer.taken_at + TAKE_PATIENCE);
            }
            if peer.rests_until > self.now {
                wakes.push(peer.rests_until);
            }
        }
        match &self.content {
            Content::Unknown(Some(asking)) => wakes.push(asking.by),
            Content::Unknown(None) => {
                let silent = self.peers.values().map(|peer| peer.silent_until);
                wakes.extend(silent.filter(|until| *until > self.now));
            }
            Content::Known(pieces) if pieces.is_active() && !self.is_paused => {
                wakes.push(self.looked_at + LOOK);
            }
            _ => {}
        }
        if self.wants_more() && !self.is_stalled {
            wakes.push(self.new_at + STALL_AFTER);
        }
        if self.has_queue() {
            wakes.extend(self.turns().map(|(_, at)| at + TURN));
        }
        wakes.into_iter().min()
    }

    /// The torrent's name.
    #[must_use]
    pub fn info_hash(&self) -> Hash {
        self.info_hash
    }

    /// The description, once it is here.
    #[must_use]
    pub fn metainfo(&self) -> Option<&Arc<Metainfo>> {
        match &self.content {
            Content::Described(metainfo) => Some(metainfo),
            Content::Known(pieces) => Some(&pieces.metainfo),
            Content::Unknown(_) | Content::Over => None,
        }
    }

    /// The pieces on disk.
    #[must_use]
    pub fn have(&self) -> Option<&Bits> {
        self.pieces().map(|pieces| &pieces.have)
    }

    /// No more bytes of pieces than this are held from now on, though always one piece: many sessions
    /// share the memory. Never more than [`MAX_PIECES_HELD`].
    pub fn may_hold(&mut self, bytes: usize) {
        if let Content::Known(pieces) = &mut self.content {
            pieces.may_hold = bytes.min(MAX_PIECES_HELD);
        }
    }

    /// How far it is.
    #[must_use]
    pub fn progress(&self) -> Progress {
        let spoken = self.peers.values().filter(|peer| peer.greeting.is_some());
        let seeds = self.peers.keys().filter(|conn| self.is_seed(**conn));
        Progress {
            have: self.pieces().map_or(0, |pieces| pieces.have_bytes),
            total: self.metainfo().map(|metainfo| metainfo.total()),
            downloaded: self.downloaded,
            uploaded: self.uploaded,
            peers: spoken.count(),
            seeds: seeds.count(),
        }
    }

    /// Whether the peer at the other end of a connection has everything, as it says.
    #[must_use]
    pub fn is_seed(&self, conn: Conn) -> bool {
        let peer = self.peers.get(&conn);
        peer.is_some_and(|peer| peer.has_all || peer.has.is_full())
    }

    /// How many bytes are in memory for this session: never more than [`MAX_HELD`].
    #[must_use]
    pub fn held(&self) -> usize {
        let content = match &self.content {
            Content::Unknown(Some(asking)) => asking.gather.held(),
            Content::Unknown(None) | Content::Over => 0,
            Content::Described(metainfo) => metainfo.info().len(),
            Content::Known(pieces) => pieces.held() + pieces.metainfo.info().len(),
        };
        let heard: usize = self.peers.values().map(|peer| peer.decoder.held()).sum();
        content + heard + self.reading()
    }

    fn pieces(&self) -> Option<&Pieces> {
        match &self.content {
            Content::Known(pieces) => Some(pieces),
            _ => None,
        }
    }

    /// Bytes being read for peers.
    fn reading(&self) -> usize {
        self.peers.values().map(|peer| peer.reading).sum()
    }

    fn wants_more(&self) -> bool {
        match &self.content {
            Content::Unknown(_) => true,
            Content::Known(pieces) => !self.is_paused && !pieces.have.is_full(),
            Content::Described(_) | Content::Over => false,
        }
    }
}
