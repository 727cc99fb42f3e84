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

mod event;
mod peer;
mod pieces;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

pub use event::{Command, Conn, Event, Input, Order, Output, Progress, Reason, Ticket};

use super::bits::Bits;
use super::ids::{Hash, PeerId};
use super::metadata::{self, EXTENSIONS, Extensions, Gather, LT_DONTHAVE, UT_METADATA};
use super::metainfo::{Metainfo, MetainfoError};
use super::wire::{Block, Greeting, Heard, Message};
use crate::direct::{self, OfferHash};
use crate::limits::{
    BLOCK_PATIENCE, HANDSHAKE_PATIENCE, KEEP_ALIVE, MAX_BANNED, MAX_CONNECTIONS,
    MAX_CONNECTIONS_PER_PEER, MAX_FRAME_BYTES, MAX_JUNK_BYTES, MAX_METADATA_BYTES,
    MAX_METADATA_READS, MAX_PIECES, MAX_PIECES_HELD, MAX_REQUESTS_WAITING, MAX_UNCHOKED,
    MAX_UNSENT, MAX_UPLOAD_HELD, MAX_UPLOAD_HELD_PER_PEER, METADATA_PATIENCE, REJECT_PAUSE,
    SILENCE_PATIENCE, STALL_AFTER,
};
use metadata::PART_LEN;
use peer::Peer;
use pieces::{Pick, Pieces, Taken};

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
            if peer.rests_until > self.now {
                wakes.push(peer.rests_until);
            }
        }
        match &self.content {
            Content::Unknown(Some(asking)) => wakes.push(asking.by),
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

    /// How far it is.
    #[must_use]
    pub fn progress(&self) -> Progress {
        let spoken = self.peers.values().filter(|peer| peer.greeting.is_some());
        let is_seed = |peer: &&Peer| peer.has_all || peer.has.is_full();
        Progress {
            have: self.pieces().map_or(0, |pieces| pieces.have_bytes),
            total: self.metainfo().map(|metainfo| metainfo.total()),
            downloaded: self.downloaded,
            uploaded: self.uploaded,
            peers: spoken.clone().count(),
            seeds: spoken.filter(is_seed).count(),
        }
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

/// What comes from the caller.
impl Session {
    fn connect(&mut self, conn: Conn) {
        if matches!(self.content, Content::Over) {
            self.outputs.push_back(Output::Close(conn, Reason::Stopped));
            return;
        }
        if self.peers.len() >= MAX_CONNECTIONS || self.peers.contains_key(&conn) {
            self.outputs.push_back(Output::Close(conn, Reason::TooMany));
            return;
        }
        let pieces = self.metainfo().map(|metainfo| metainfo.pieces());
        self.peers.insert(conn, Peer::new(self.now, pieces));
        let greeting = Greeting {
            info_hash: self.info_hash,
            peer_id: self.me,
            extended: true,
            fast: true,
        };
        self.send(conn, greeting.to_bytes().to_vec());
    }

    fn receive(&mut self, conn: Conn, bytes: &[u8]) {
        let now = self.now;
        let Some(peer) = self.peers.get_mut(&conn) else {
            return;
        };
        peer.heard_at = now;
        let mut decoder = std::mem::take(&mut peer.decoder);
        // A part at a time, so that what is held stays within one message.
        for part in bytes.chunks(MAX_FRAME_BYTES) {
            decoder.push(part);
            loop {
                match decoder.next() {
                    Ok(None) => break,
                    Ok(Some(Heard::Greeting(greeting))) => self.greeted(conn, greeting),
                    Ok(Some(Heard::Message(message))) => self.hear(conn, message),
                    Err(why) => self.drop_peer(conn, Reason::Garbled(why)),
                }
                if !self.peers.contains_key(&conn) {
                    return;
                }
            }
        }
        if let Some(peer) = self.peers.get_mut(&conn) {
            peer.decoder = decoder;
        }
        self.ask(conn);
        self.serve();
    }

    fn sent(&mut self, conn: Conn, bytes: usize) {
        if let Some(peer) = self.peers.get_mut(&conn) {
            peer.unsent = peer.unsent.saturating_sub(bytes);
        }
        self.serve();
    }

    fn read(&mut self, ticket: Ticket, bytes: Option<Vec<u8>>) {
        let Some((conn, block)) = self.reads.remove(&ticket) else {
            return;
        };
        let Some(peer) = self.peers.get_mut(&conn) else {
            return;
        };
        peer.reading = peer.reading.saturating_sub(block.len as usize);
        let (is_choked, is_fast) = (peer.is_choked, peer.is_fast());
        match bytes.filter(|bytes| bytes.len() == block.len as usize) {
            Some(bytes) if !is_choked => {
                self.uploaded += u64::from(block.len);
                let message = Message::Piece {
                    piece: block.piece,
                    begin: block.begin,
                    bytes: &bytes,
                };
                self.send(conn, message.to_bytes());
            }
            readable => {
                if is_fast {
                    self.say(conn, Message::Reject(block));
                }
                if readable.is_none() && !self.is_unreadable {
                    self.is_unreadable = true;
                    self.tell(Event::CannotRead);
                }
            }
        }
        self.serve();
    }

    fn written(&mut self, piece: u32, is_written: bool) {
        let Content::Known(pieces) = &mut self.content else {
            return;
        };
        if !pieces.written(piece, is_written) {
            return;
        }
        if !is_written {
            self.tell(Event::CannotWrite);
            self.pause();
            return;
        }
        let is_complete = pieces.have.is_full();
        self.tell(Event::Piece(piece));
        let listeners: Vec<Conn> = self
            .peers
            .iter()
            .filter(|(_, peer)| peer.is_told && !peer.has.has(piece))
            .map(|(conn, _)| *conn)
            .collect();
        for conn in listeners {
            self.say(conn, Message::Have(piece));
        }
        if is_complete {
            self.tell(Event::Complete);
            for conn in self.conns() {
                self.show_interest(conn);
            }
        } else if self.is_full {
            self.is_full = false;
            self.ask_all();
        }
    }

    fn command(&mut self, command: Command) {
        match command {
            Command::Fetch { have } => {
                let Content::Described(metainfo) = &self.content else {
                    return;
                };
                self.new_at = self.now;
                let mut pieces = Pieces::new(Arc::clone(metainfo), have);
                for peer in self.peers.values() {
                    pieces.count(&peer.has, true);
                }
                let is_complete = pieces.have.is_full();
                self.content = Content::Known(Box::new(pieces));
                for conn in self.conns() {
                    self.tell_what_is_here(conn);
                    self.show_interest(conn);
                    self.ask(conn);
                }
                if is_complete {
                    self.tell(Event::Complete);
                }
            }
            Command::Pause => self.pause(),
            Command::Resume => {
                self.is_paused = false;
                self.is_unreadable = false;
                self.new_at = self.now;
                for conn in self.conns() {
                    self.show_interest(conn);
                    self.ask(conn);
                }
                self.take_turns();
            }
            Command::Stop => {
                // What was to be said is not said any more: withdrawn means withdrawn.
                self.outputs
                    .retain(|output| matches!(output, Output::Tell(_) | Output::Close(..)));
                self.content = Content::Over;
                for conn in self.conns() {
                    self.drop_peer(conn, Reason::Stopped);
                }
            }
        }
    }

    fn pause(&mut self) {
        self.is_paused = true;
        for conn in self.conns() {
            self.choke(conn);
            let asked = match self.peers.get_mut(&conn) {
                Some(peer) => std::mem::take(&mut peer.asked),
                None => continue,
            };
            for block in asked {
                self.say(conn, Message::Cancel(block));
            }
            if let Content::Known(pieces) = &mut self.content {
                pieces.release(conn);
            }
            self.show_interest(conn);
        }
    }

    fn wake(&mut self) {
        let now = self.now;
        for conn in self.conns() {
            let Some(peer) = self.peers.get(&conn) else {
                continue;
            };
            if peer.greeting.is_none() {
                if now >= peer.since + HANDSHAKE_PATIENCE {
                    self.drop_peer(conn, Reason::Silent);
                }
            } else if now >= peer.heard_at + SILENCE_PATIENCE {
                self.drop_peer(conn, Reason::Silent);
            } else if !peer.asked.is_empty() && now >= peer.block_at + BLOCK_PATIENCE {
                self.drop_peer(conn, Reason::Stalled);
            } else if now >= peer.said_at + KEEP_ALIVE {
                self.say(conn, Message::KeepAlive);
            }
        }
        if let Content::Unknown(Some(asking)) = &self.content
            && now >= asking.by
        {
            let conn = asking.conn;
            self.turn_from(conn);
        }
        if self.has_queue() {
            self.end_turns();
        }
        if now >= self.looked_at + LOOK {
            self.looked_at = now;
        }
        self.ask_all();
        if self.wants_more() && !self.is_stalled && now >= self.new_at + STALL_AFTER {
            self.is_stalled = true;
            self.tell(Event::Stalled);
        }
    }
}

/// What comes from peers.
impl Session {
    fn greeted(&mut self, conn: Conn, greeting: Greeting) {
        let same = |peer: &&Peer| {
            peer.greeting
                .is_some_and(|other| other.peer_id == greeting.peer_id)
        };
        let refusal = if greeting.info_hash != self.info_hash {
            Some(Reason::OtherTorrent)
        } else if greeting.peer_id == self.me {
            Some(Reason::Myself)
        } else if self.lies_of(greeting.peer_id) >= MAX_LIES {
            Some(Reason::Distrusted)
        } else if self.peers.values().filter(same).count() >= MAX_CONNECTIONS_PER_PEER {
            Some(Reason::TooMany)
        } else {
            None
        };
        if let Some(why) = refusal {
            self.drop_peer(conn, why);
            return;
        }
        if let Some(peer) = self.peers.get_mut(&conn) {
            peer.greeting = Some(greeting);
        }
        self.introduce(conn);
        self.tell_what_is_here(conn);
    }

    fn hear(&mut self, conn: Conn, message: Message<'_>) {
        let now = self.now;
        let Some(peer) = self.peers.get_mut(&conn) else {
            return;
        };
        // Data is limited by what was asked for; words are limited here.
        let cost = match message {
            Message::Piece { .. } => 0,
            Message::KeepAlive
            | Message::Have(_)
            | Message::Request(_)
            | Message::Cancel(_)
            | Message::Reject(_) => 1,
            _ => RARE_COST,
        };
        if !peer.may_speak(now, cost) {
            self.drop_peer(conn, Reason::Flood);
            return;
        }
        match message {
            Message::KeepAlive
            | Message::Port(_)
            | Message::Suggest(_)
            | Message::AllowedFast(_)
            | Message::Unknown(_) => {}
            Message::Choke => {
                peer.chokes = true;
                peer.asked.clear();
                if let Content::Known(pieces) = &mut self.content {
                    pieces.release(conn);
                }
                self.ask_all();
            }
            Message::Unchoke => peer.chokes = false,
            Message::Interested => {
                peer.is_interested = true;
                self.take_turns();
            }
            Message::NotInterested => {
                peer.is_interested = false;
                self.choke(conn);
                self.take_turns();
            }
            Message::Have(piece) => self.learn_one(conn, piece, true),
            Message::Bitfield(bytes) => {
                let has = match &self.content {
                    Content::Known(_) | Content::Described(_) => Bits::parse(bytes, peer.has.len()),
                    // How many pieces there are is not known yet; the last byte's spare bits are.
                    _ => {
                        let mut padded = bytes.to_vec();
                        padded.resize(MAX_PIECES.div_ceil(8) as usize, 0);
                        Bits::parse(&padded, MAX_PIECES)
                    }
                };
                match has {
                    Some(has) => self.learn(conn, has),
                    None => self.drop_peer(conn, Reason::Senseless),
                }
            }
            Message::HaveAll => {
                peer.has_all = true;
                let all = Bits::all(peer.has.len());
                if matches!(self.content, Content::Known(_) | Content::Described(_)) {
                    self.learn(conn, all);
                }
            }
            Message::HaveNone => {
                peer.has_all = false;
                let none = Bits::none(peer.has.len());
                self.learn(conn, none);
            }
            Message::Request(block) => self.requested(conn, block),
            Message::Cancel(block) => {
                let waiting = peer.wants.len();
                peer.wants.retain(|wanted| *wanted != block);
                if peer.wants.len() < waiting && peer.is_fast() {
                    self.say(conn, Message::Reject(block));
                }
            }
            Message::Reject(block) => {
                if peer.asked.remove(&block) {
                    peer.rests_until = now + REJECT_PAUSE;
                    if let Content::Known(pieces) = &mut self.content {
                        pieces.release_block(conn, block);
                    }
                    self.ask_all();
                }
            }
            Message::Piece {
                piece,
                begin,
                bytes,
            } => self.take_block(conn, piece, begin, bytes),
            Message::Extended { kind, payload } => match kind {
                EXTENSIONS => match Extensions::parse(payload) {
                    Some(extensions) => {
                        peer.extensions = extensions;
                        self.ask_for_description();
                    }
                    None => self.drop_peer(conn, Reason::Senseless),
                },
                UT_METADATA => self.described(conn, payload),
                LT_DONTHAVE => {
                    if let Some(index) = payload.first_chunk::<4>() {
                        self.learn_one(conn, u32::from_be_bytes(*index), false);
                    }
                }
                _ => {}
            },
        }
    }

    fn learn(&mut self, conn: Conn, has: Bits) {
        let Some(peer) = self.peers.get_mut(&conn) else {
            return;
        };
        if let Content::Known(pieces) = &mut self.content {
            pieces.count(&peer.has, false);
            pieces.count(&has, true);
        }
        peer.has = has;
        self.show_interest(conn);
    }

    fn learn_one(&mut self, conn: Conn, piece: u32, is_here: bool) {
        let Some(peer) = self.peers.get_mut(&conn) else {
            return;
        };
        if piece >= peer.has.len() {
            self.drop_peer(conn, Reason::Senseless);
            return;
        }
        let is_news = if is_here {
            peer.has.set(piece)
        } else {
            peer.has_all = false;
            peer.has.clear(piece)
        };
        let interests = peer.interests;
        if !is_news {
            return;
        }
        if let Content::Known(pieces) = &mut self.content {
            pieces.count_one(piece, is_here);
        }
        if interests != is_here {
            self.show_interest(conn);
        }
    }

    fn take_block(&mut self, conn: Conn, piece: u32, begin: u32, bytes: &[u8]) {
        let now = self.now;
        let (Some(peer), Content::Known(pieces)) = (self.peers.get_mut(&conn), &mut self.content)
        else {
            return;
        };
        let block = Block {
            piece,
            begin,
            len: bytes.len() as u32,
        };
        let was_asked = peer.asked.remove(&block);
        if self.is_paused && !was_asked {
            return;
        }
        self.downloaded += bytes.len() as u64;
        let taken = pieces.take(conn, piece, begin, bytes);
        match taken {
            Taken::Unwanted => {
                peer.junk += bytes.len();
                if peer.junk > MAX_JUNK_BYTES {
                    self.drop_peer(conn, Reason::Flood);
                }
            }
            Taken::Kept(other) => {
                peer.note_block(now, bytes.len());
                self.spare(other, block);
            }
            Taken::Whole {
                bytes: whole,
                liars,
                other,
            } => {
                peer.note_block(now, bytes.len());
                let offset = pieces.metainfo.piece_start(piece);
                self.outputs.push_back(Output::Write {
                    piece,
                    offset,
                    bytes: whole,
                });
                self.new_at = now;
                if self.is_stalled {
                    self.is_stalled = false;
                    self.tell(Event::Flowing);
                }
                self.spare(other, block);
                for liar in liars {
                    self.distrust(liar);
                }
            }
            Taken::Wrong(liar) => {
                peer.note_block(now, bytes.len());
                if let Some(liar) = liar {
                    self.distrust(liar);
                }
                self.ask_all();
            }
        }
    }

    /// Somebody else was asked for this block, and need not send it.
    fn spare(&mut self, other: Option<Conn>, block: Block) {
        if let Some(other) = other
            && let Some(peer) = self.peers.get_mut(&other)
            && peer.asked.remove(&block)
        {
            self.say(other, Message::Cancel(block));
        }
    }

    fn distrust(&mut self, conn: Conn) {
        let Some(id) = self
            .peers
            .get(&conn)
            .and_then(|peer| peer.greeting)
            .map(|greeting| greeting.peer_id)
        else {
            return;
        };
        // A peer id is only a claim, and a liar may claim an honest peer's. So the connection is what
        // is closed, and the id only loses trust by repetition.
        match self.lies.iter_mut().find(|(known, _)| *known == id) {
            Some((_, count)) => *count = count.saturating_add(1),
            None => {
                if self.lies.len() >= MAX_BANNED {
                    self.lies.pop_front();
                }
                self.lies.push_back((id, 1));
            }
        }
        self.drop_peer(conn, Reason::WrongData);
    }

    fn lies_of(&self, id: PeerId) -> u8 {
        let known = self.lies.iter().find(|(known, _)| *known == id);
        known.map_or(0, |(_, count)| *count)
    }
}

/// Giving.
impl Session {
    fn requested(&mut self, conn: Conn, block: Block) {
        let Content::Known(pieces) = &self.content else {
            return;
        };
        let has = pieces.have.has(block.piece);
        let end = u64::from(block.begin) + u64::from(block.len);
        if end > u64::from(pieces.metainfo.len_of(block.piece)) {
            self.drop_peer(conn, Reason::Senseless);
            return;
        }
        let Some(peer) = self.peers.get_mut(&conn) else {
            return;
        };
        let is_given = has
            && !peer.is_choked
            && !self.is_paused
            && !self.is_unreadable
            && peer.wants.len() < MAX_REQUESTS_WAITING;
        if is_given {
            peer.wants.push_back(block);
        } else if peer.is_fast() {
            self.say(conn, Message::Reject(block));
        }
    }

    /// Reads for peers in turns, as far as there is room.
    fn serve(&mut self) {
        let Content::Known(pieces) = &self.content else {
            return;
        };
        let metainfo = Arc::clone(&pieces.metainfo);
        let mut held = self.reading();
        held += self.peers.values().map(|peer| peer.unsent).sum::<usize>();
        loop {
            let ready = |peer: &Peer| {
                !peer.wants.is_empty() && peer.reading + peer.unsent < MAX_UPLOAD_HELD_PER_PEER
            };
            let next = |peer: &(&Conn, &mut Peer)| ready(peer.1);
            let after = self.served.map_or(0, |Conn(conn)| conn.saturating_add(1));
            let turn = self
                .peers
                .range_mut(Conn(after)..)
                .find(next)
                .map(|(conn, _)| *conn)
                .or_else(|| self.peers.iter_mut().find(next).map(|(conn, _)| *conn));
            let Some(conn) = turn else { return };
            let Some(peer) = self.peers.get_mut(&conn) else {
                return;
            };
            let Some(block) = peer.wants.front().copied() else {
                return;
            };
            if held + block.len as usize > MAX_UPLOAD_HELD {
                return;
            }
            peer.wants.pop_front();
            peer.reading += block.len as usize;
            held += block.len as usize;
            self.served = Some(conn);
            self.last_ticket += 1;
            let ticket = Ticket(self.last_ticket);
            self.reads.insert(ticket, (conn, block));
            self.outputs.push_back(Output::Read {
                ticket,
                offset: metainfo.piece_start(block.piece) + u64::from(block.begin),
                len: block.len as usize,
            });
        }
    }

    /// Lets those who want something ask for it, as many as may at once.
    fn take_turns(&mut self) {
        if self.is_paused || !matches!(self.content, Content::Known(_)) {
            return;
        }
        let mut free = MAX_UNCHOKED.saturating_sub(self.turns().count());
        for conn in self.conns() {
            let Some(peer) = self.peers.get_mut(&conn) else {
                continue;
            };
            if free > 0 && peer.is_choked && peer.is_interested {
                free -= 1;
                peer.is_choked = false;
                peer.unchoked_at = self.now;
                self.say(conn, Message::Unchoke);
            }
        }
    }

    fn turns(&self) -> impl Iterator<Item = (Conn, Duration)> + '_ {
        let unchoked = self.peers.iter().filter(|(_, peer)| !peer.is_choked);
        unchoked.map(|(conn, peer)| (*conn, peer.unchoked_at))
    }

    fn has_queue(&self) -> bool {
        !self.is_paused
            && matches!(self.content, Content::Known(_))
            && self
                .peers
                .values()
                .any(|peer| peer.is_choked && peer.is_interested)
    }

    /// Those who had their turn make way for those who wait.
    fn end_turns(&mut self) {
        let waiting = self
            .peers
            .values()
            .filter(|peer| peer.is_choked && peer.is_interested)
            .count();
        let mut over: Vec<_> = self
            .turns()
            .filter(|(_, at)| self.now >= *at + TURN)
            .map(|(conn, at)| (at, conn))
            .collect();
        over.sort_unstable();
        let over: Vec<Conn> = over.into_iter().take(waiting).map(|(_, it)| it).collect();
        // The waiting go first: a peer that made way must not take its own place again.
        let waiting: Vec<Conn> = self
            .peers
            .iter()
            .filter(|(_, peer)| peer.is_choked && peer.is_interested)
            .map(|(conn, _)| *conn)
            .collect();
        for conn in &over {
            self.choke(*conn);
        }
        for conn in waiting.into_iter().take(over.len()) {
            if let Some(peer) = self.peers.get_mut(&conn) {
                peer.is_choked = false;
                peer.unchoked_at = self.now;
                self.say(conn, Message::Unchoke);
            }
        }
    }

    fn choke(&mut self, conn: Conn) {
        let Some(peer) = self.peers.get_mut(&conn) else {
            return;
        };
        if peer.is_choked {
            return;
        }
        peer.is_choked = true;
        let wants = std::mem::take(&mut peer.wants);
        let is_fast = peer.is_fast();
        self.say(conn, Message::Choke);
        if is_fast {
            for block in wants {
                self.say(conn, Message::Reject(block));
            }
        }
    }
}

/// Fetching.
impl Session {
    fn ask_all(&mut self) {
        for conn in self.conns() {
            self.ask(conn);
        }
    }

    /// Asks a peer for as much as it can send soon.
    fn ask(&mut self, conn: Conn) {
        let now = self.now;
        let (Some(peer), Content::Known(pieces)) = (self.peers.get_mut(&conn), &mut self.content)
        else {
            return;
        };
        let may_ask = peer.interests && !peer.chokes && !self.is_paused && now >= peer.rests_until;
        if !may_ask {
            return;
        }
        let mut said = Vec::new();
        let mut spared = Vec::new();
        while peer.asked.len() < peer.pipeline(pieces.block_len()) {
            let picked = pieces.pick(conn, &peer.has, self.order, now, &mut self.rng);
            let block = match picked {
                Pick::Ask(block) => block,
                Pick::Steal(block, other) => {
                    spared.push((other, block));
                    block
                }
                Pick::Full => {
                    self.is_full = true;
                    break;
                }
                Pick::Nothing => break,
            };
            if peer.asked.is_empty() {
                peer.begin_work(now);
            }
            peer.asked.insert(block);
            said.extend(Message::Request(block).to_bytes());
        }
        if !said.is_empty() {
            self.send(conn, said);
        }
        for (other, block) in spared {
            self.spare(Some(other), block);
        }
    }

    fn show_interest(&mut self, conn: Conn) {
        let (Some(peer), Content::Known(pieces)) = (self.peers.get_mut(&conn), &self.content)
        else {
            return;
        };
        let interests = peer.greeting.is_some()
            && !self.is_paused
            && !pieces.have.is_full()
            && peer.has.exceeds(&pieces.have);
        if interests == peer.interests {
            return;
        }
        peer.interests = interests;
        self.say(
            conn,
            if interests {
                Message::Interested
            } else {
                Message::NotInterested
            },
        );
    }

    /// Asks one peer for the description, if nobody is being asked.
    fn ask_for_description(&mut self) {
        if !matches!(self.content, Content::Unknown(None)) {
            return;
        }
        let asking = self.peers.iter().find_map(|(conn, peer)| {
            let can = !peer.is_silent_on_description && peer.extensions.ut_metadata.is_some();
            let size = peer.extensions.metadata_size.filter(|_| can)?;
            Some(Asking {
                conn: *conn,
                gather: Gather::new(size),
                by: self.now + METADATA_PATIENCE,
            })
        });
        let conn = asking.as_ref().map(|asking| asking.conn);
        self.content = Content::Unknown(asking);
        if let Some(conn) = conn {
            self.ask_for_part(conn, 0);
        }
    }

    fn ask_for_part(&mut self, conn: Conn, part: u32) {
        self.say_of_description(conn, metadata::Message::Request(part));
    }

    /// Asks somebody else for the description.
    fn turn_from(&mut self, conn: Conn) {
        if let Some(peer) = self.peers.get_mut(&conn) {
            peer.is_silent_on_description = true;
        }
        if matches!(&self.content, Content::Unknown(Some(asking)) if asking.conn == conn) {
            self.content = Content::Unknown(None);
            self.ask_for_description();
        }
    }

    /// A peer asks for the description, or gives it.
    fn described(&mut self, conn: Conn, payload: &[u8]) {
        match metadata::Message::parse(payload) {
            Some(metadata::Message::Request(part)) => self.describe(conn, part),
            Some(metadata::Message::Part { part, total, bytes }) => {
                let Content::Unknown(Some(asking)) = &mut self.content else {
                    return;
                };
                if asking.conn != conn {
                    return;
                }
                if !asking.gather.take(part, total, bytes) {
                    self.turn_from(conn);
                    return;
                }
                asking.by = self.now + METADATA_PATIENCE;
                match asking.gather.wanted() {
                    Some(part) => self.ask_for_part(conn, part),
                    None => self.described_whole(conn),
                }
            }
            Some(metadata::Message::Reject(_)) => self.turn_from(conn),
            None => self.drop_peer(conn, Reason::Senseless),
        }
    }

    fn described_whole(&mut self, conn: Conn) {
        let Content::Unknown(asking) = &mut self.content else {
            return;
        };
        let Some(asking) = asking.take() else { return };
        let info = asking.gather.finish();
        let described = match self.offer {
            None => Metainfo::parse(info, self.info_hash),
            Some(offer) => direct::parse(info, offer),
        };
        match described {
            Ok(metainfo) => {
                let count = metainfo.pieces();
                let metainfo = Arc::new(metainfo);
                self.content = Content::Described(Arc::clone(&metainfo));
                for peer in self.peers.values_mut() {
                    let mut has = Bits::none(count);
                    for piece in 0..count {
                        if peer.has_all || peer.has.has(piece) {
                            has.set(piece);
                        }
                    }
                    peer.has = has;
                }
                // Those who came before it was known learn that it can be had here now.
                for conn in self.conns() {
                    self.introduce(conn);
                }
                self.tell(Event::Described(metainfo));
            }
            Err(MetainfoError::WrongHash) => {
                self.distrust(conn);
                self.ask_for_description();
            }
            Err(why) => {
                // It is what the link stands for, and we do not take it: no other peer has better.
                self.tell(Event::Refused(why));
                self.command(Command::Stop);
            }
        }
    }

    fn describe(&mut self, conn: Conn, part: u32) {
        let Some(metainfo) = self.metainfo().cloned() else {
            self.say_of_description(conn, metadata::Message::Reject(part));
            return;
        };
        let parts = metainfo.info().len().div_ceil(PART_LEN);
        let Some(peer) = self.peers.get_mut(&conn) else {
            return;
        };
        peer.described += 1;
        let is_given =
            peer.described <= MAX_METADATA_READS * parts && peer.unsent < MAX_UPLOAD_HELD_PER_PEER;
        let bytes = metadata::part_of(metainfo.info(), part).filter(|_| is_given);
        let message = match bytes {
            Some(bytes) => metadata::Message::Part {
                part,
                total: metainfo.info().len(),
                bytes,
            },
            None => metadata::Message::Reject(part),
        };
        self.say_of_description(conn, message);
    }

    fn say_of_description(&mut self, conn: Conn, message: metadata::Message<'_>) {
        let kind = self
            .peers
            .get(&conn)
            .and_then(|peer| peer.extensions.ut_metadata);
        if let Some(kind) = kind {
            let payload = message.to_payload();
            self.say(
                conn,
                Message::Extended {
                    kind,
                    payload: &payload,
                },
            );
        }
    }
}

/// Speaking, and no longer.
impl Session {
    fn introduce(&mut self, conn: Conn) {
        if self.peers.get(&conn).is_none_or(|peer| !peer.is_extended()) {
            return;
        }
        let size = self.metainfo().map(|metainfo| metainfo.info().len());
        let payload = Extensions::ours(size).to_payload();
        self.say(
            conn,
            Message::Extended {
                kind: EXTENSIONS,
                payload: &payload,
            },
        );
    }

    fn tell_what_is_here(&mut self, conn: Conn) {
        let (Some(peer), Content::Known(pieces)) = (self.peers.get_mut(&conn), &self.content)
        else {
            return;
        };
        if peer.greeting.is_none() || peer.is_told {
            return;
        }
        peer.is_told = true;
        let have = pieces.have.clone();
        let message = if !peer.is_fast() {
            Message::Bitfield(have.as_bytes())
        } else if have.is_full() {
            Message::HaveAll
        } else if have.is_empty() {
            Message::HaveNone
        } else {
            Message::Bitfield(have.as_bytes())
        };
        self.say(conn, message);
    }

    fn say(&mut self, conn: Conn, message: Message<'_>) {
        // Without these extensions a peer would hang up on such a message.
        let is_known = self.peers.get(&conn).is_some_and(|peer| match message {
            Message::Extended { .. } => peer.is_extended(),
            Message::HaveAll | Message::HaveNone | Message::Reject(_) => peer.is_fast(),
            _ => true,
        });
        if is_known {
            self.send(conn, message.to_bytes());
        }
    }

    fn send(&mut self, conn: Conn, bytes: Vec<u8>) {
        let Some(peer) = self.peers.get_mut(&conn) else {
            return;
        };
        peer.unsent += bytes.len();
        peer.said_at = self.now;
        if peer.unsent > MAX_UNSENT {
            self.drop_peer(conn, Reason::TakesNothing);
            return;
        }
        self.outputs.push_back(Output::Send(conn, bytes));
    }

    fn tell(&mut self, event: Event) {
        self.outputs.push_back(Output::Tell(event));
    }

    fn drop_peer(&mut self, conn: Conn, why: Reason) {
        if self.peers.contains_key(&conn) {
            self.outputs.push_back(Output::Close(conn, why));
            self.forget(conn);
        }
    }

    fn forget(&mut self, conn: Conn) {
        let Some(peer) = self.peers.remove(&conn) else {
            return;
        };
        self.reads.retain(|_, (reader, _)| *reader != conn);
        if let Content::Known(pieces) = &mut self.content {
            pieces.release(conn);
            pieces.count(&peer.has, false);
        }
        self.turn_from(conn);
        self.take_turns();
        self.ask_all();
        self.serve();
    }

    fn conns(&self) -> Vec<Conn> {
        self.peers.keys().copied().collect()
    }
}
