//! Which block to ask of whom, and pieces being put together.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use rand::Rng;
use sha1::{Digest, Sha1};

use super::event::{Conn, Order};
use crate::limits::{MAX_PIECES_HELD, MAX_SUSPECTS, STEAL_AFTER, STEAL_FROM_SILENT_AFTER};
use crate::torrent::bits::Bits;
use crate::torrent::metainfo::{Metainfo, PieceCheck};
use crate::torrent::wire::Block;

/// Among how many pieces the rarest is looked for.
const CANDIDATES: usize = 256;

/// The pieces of a torrent whose description is known.
#[derive(Debug)]
pub(super) struct Pieces {
    pub(super) metainfo: Arc<Metainfo>,
    pub(super) have: Bits,
    /// Bytes of the pieces we have.
    pub(super) have_bytes: u64,
    /// Pieces that nobody was asked for yet.
    missing: Bits,
    active: BTreeMap<u32, Active>,
    writing: BTreeSet<u32>,
    /// How many peers have each piece.
    availability: Vec<u16>,
    /// What came for a piece that was wrong, from several peers: who sent what.
    suspects: BTreeMap<u32, Vec<(Conn, [u8; 20])>>,
    held: usize,
    /// Who ever sent a block that was asked for.
    givers: BTreeSet<Conn>,
    /// How much of it may be held at once.
    pub(super) may_hold: usize,
    /// How much is asked for at once.
    block_len: u32,
}

/// A piece being put together.
#[derive(Debug)]
struct Active {
    bytes: Vec<u8>,
    blocks: Vec<BlockState>,
    /// Blocks nobody was asked for.
    free: usize,
    /// Blocks that are not here.
    left: usize,
    /// Hashes the blocks at the front that are here.
    check: PieceCheck,
    hashed: usize,
    /// The one peer this comes from, after several together sent it wrong.
    sole: Option<Conn>,
}

#[derive(Clone, Copy, Debug)]
enum BlockState {
    Free,
    Asked(Conn, Duration),
    Here(Conn),
}

/// What to ask next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Pick {
    /// This block.
    Ask(Block),
    /// This block, which that peer was asked for too long ago.
    Steal(Block, Conn),
    /// Nothing now: as much is held as may be.
    Full,
    /// Nothing that this peer has.
    Nothing,
}

/// What became of a block that came.
#[derive(Debug)]
pub(super) enum Taken {
    /// Nobody wants it.
    Unwanted,
    /// It is kept; that other peer need not send it any more.
    Kept(Option<Conn>),
    /// Its piece is whole and true. These peers lied about it earlier.
    Whole {
        bytes: Vec<u8>,
        liars: Vec<Conn>,
        other: Option<Conn>,
    },
    /// Its piece is whole and wrong. This peer lied, if it is known who.
    Wrong(Option<Conn>),
}

impl Pieces {
    pub(super) fn new(metainfo: Arc<Metainfo>, have: Bits) -> Self {
        let count = metainfo.pieces();
        let have = if have.len() == count {
            have
        } else {
            Bits::none(count)
        };
        Self {
            have_bytes: have
                .iter()
                .map(|piece| u64::from(metainfo.len_of(piece)))
                .sum(),
            missing: {
                let mut missing = Bits::all(count);
                for piece in have.iter() {
                    missing.clear(piece);
                }
                missing
            },
            availability: vec![0; count as usize],
            active: BTreeMap::new(),
            writing: BTreeSet::new(),
            suspects: BTreeMap::new(),
            givers: BTreeSet::new(),
            may_hold: MAX_PIECES_HELD,
            held: 0,
            block_len: metainfo.block_len(),
            metainfo,
            have,
        }
    }

    /// Bytes in memory: pieces being put together, and pieces being written.
    pub(super) fn held(&self) -> usize {
        self.held
    }

    pub(super) fn block_len(&self) -> u32 {
        self.block_len
    }

    pub(super) fn is_active(&self) -> bool {
        !self.active.is_empty()
    }

    /// A peer has these pieces, or, when it leaves, has them no longer.
    pub(super) fn count(&mut self, pieces: &Bits, is_here: bool) {
        for piece in pieces.iter() {
            self.count_one(piece, is_here);
        }
    }

    pub(super) fn count_one(&mut self, piece: u32, is_here: bool) {
        if let Some(count) = self.availability.get_mut(piece as usize) {
            *count = if is_here {
                count.saturating_add(1)
            } else {
                count.saturating_sub(1)
            };
        }
    }

    /// What to ask a peer that has these pieces.
    pub(super) fn pick(
        &mut self,
        conn: Conn,
        has: &Bits,
        order: Order,
        now: Duration,
        rng: &mut impl Rng,
    ) -> Pick {
        let started = self.active.iter().find(|(piece, active)| {
            active.free > 0 && has.has(**piece) && active.sole.is_none_or(|sole| sole == conn)
        });
        if let Some(piece) = started.map(|(piece, _)| *piece) {
            return self.ask(piece, conn, now);
        }
        if let Some(piece) = self.choose(has, order, rng) {
            let len = self.metainfo.len_of(piece) as usize;
            if self.held > 0 && self.held + len > self.may_hold {
                // What takes the room may wait for somebody slow.
                return match self.steal(conn, has, now) {
                    Pick::Nothing => Pick::Full,
                    stolen => stolen,
                };
            }
            self.start(piece, len, conn);
            return self.ask(piece, conn, now);
        }
        self.steal(conn, has, now)
    }

    fn choose(&self, has: &Bits, order: Order, rng: &mut impl Rng) -> Option<u32> {
        match order {
            Order::Sequential => self.missing.common(has, 0).next(),
            Order::Rarest => {
                let from = rng.gen_range(0..self.have.len().max(1));
                self.missing
                    .common(has, from)
                    .take(CANDIDATES)
                    .min_by_key(|piece| self.availability.get(*piece as usize))
            }
        }
    }

    fn start(&mut self, piece: u32, len: usize, conn: Conn) {
        let blocks = len.div_ceil(self.block_len as usize);
        self.missing.clear(piece);
        self.held += len;
        let active = Active {
            bytes: vec![0; len],
            blocks: vec![BlockState::Free; blocks],
            free: blocks,
            left: blocks,
            check: self.metainfo.check(piece),
            hashed: 0,
            sole: self.suspects.contains_key(&piece).then_some(conn),
        };
        self.active.insert(piece, active);
    }

    fn ask(&mut self, piece: u32, conn: Conn, now: Duration) -> Pick {
        let Some(active) = self.active.get_mut(&piece) else {
            return Pick::Nothing;
        };
        let free = active
            .blocks
            .iter_mut()
            .enumerate()
            .find(|(_, state)| matches!(state, BlockState::Free));
        let Some((index, state)) = free else {
            return Pick::Nothing;
        };
        *state = BlockState::Asked(conn, now);
        active.free -= 1;
        Pick::Ask(block(piece, index, active.bytes.len(), self.block_len))
    }

    fn steal(&mut self, conn: Conn, has: &Bits, now: Duration) -> Pick {
        let givers = &self.givers;
        let patience = |of: &Conn| match givers.contains(of) {
            true => STEAL_AFTER,
            false => STEAL_FROM_SILENT_AFTER,
        };
        for (piece, active) in &mut self.active {
            if !has.has(*piece) || active.sole.is_some() {
                continue;
            }
            for (index, state) in active.blocks.iter_mut().enumerate() {
                if let BlockState::Asked(other, at) = *state
                    && other != conn
                    && now.saturating_sub(at) >= patience(&other)
                {
                    *state = BlockState::Asked(conn, now);
                    return Pick::Steal(
                        block(*piece, index, active.bytes.len(), self.block_len),
                        other,
                    );
                }
            }
        }
        Pick::Nothing
    }

    /// Takes a block that came.
    pub(super) fn take(&mut self, conn: Conn, piece: u32, begin: u32, bytes: &[u8]) -> Taken {
        let block_len = self.block_len;
        let Some(active) = self.active.get_mut(&piece) else {
            return Taken::Unwanted;
        };
        let index = (begin / block_len) as usize;
        let start = begin as usize;
        let fits = begin.is_multiple_of(block_len)
            && active.sole.is_none_or(|sole| sole == conn)
            && index < active.blocks.len()
            && bytes.len() == (active.bytes.len() - start).min(block_len as usize);
        let (true, Some(state), Some(place)) = (
            fits,
            active.blocks.get_mut(index),
            active.bytes.get_mut(start..start + bytes.len()),
        ) else {
            return Taken::Unwanted;
        };
        let other = match *state {
            BlockState::Here(_) => return Taken::Unwanted,
            BlockState::Asked(other, _) => Some(other).filter(|other| *other != conn),
            BlockState::Free => {
                active.free -= 1;
                None
            }
        };
        place.copy_from_slice(bytes);
        self.givers.insert(conn);
        *state = BlockState::Here(conn);
        active.left -= 1;
        active.hash(block_len as usize);
        if active.left > 0 {
            return Taken::Kept(other);
        }
        let Some(active) = self.active.remove(&piece) else {
            return Taken::Unwanted;
        };
        self.judge(piece, active, other)
    }

    fn judge(&mut self, piece: u32, active: Active, other: Option<Conn>) -> Taken {
        let is_true = active.check.holds();
        let senders = active.blocks.iter().map(|state| match state {
            BlockState::Here(conn) => Some(*conn),
            BlockState::Free | BlockState::Asked(..) => None,
        });
        let parts = active.bytes.chunks(self.block_len as usize);
        if is_true {
            let mut liars = Vec::new();
            for ((conn, was), part) in self
                .suspects
                .remove(&piece)
                .unwrap_or_default()
                .into_iter()
                .zip(parts)
            {
                if !liars.contains(&conn) && was != <[u8; 20]>::from(Sha1::digest(part)) {
                    liars.push(conn);
                }
            }
            self.writing.insert(piece);
            return Taken::Whole {
                bytes: active.bytes,
                liars,
                other,
            };
        }

        self.held -= active.bytes.len();
        self.missing.set(piece);
        let from: BTreeSet<Conn> = senders.clone().flatten().collect();
        if from.len() == 1 {
            return Taken::Wrong(from.first().copied());
        }
        if self.suspects.len() < MAX_SUSPECTS {
            let sent = senders
                .flatten()
                .zip(parts)
                .map(|(conn, part)| (conn, Sha1::digest(part).into()));
            self.suspects.insert(piece, sent.collect());
        }
        Taken::Wrong(None)
    }

    /// A peer will not send what it was asked for.
    pub(super) fn release(&mut self, conn: Conn) {
        self.givers.remove(&conn);
        let mut given_up = Vec::new();
        for (piece, active) in &mut self.active {
            for state in &mut active.blocks {
                if matches!(state, BlockState::Asked(by, _) if *by == conn) {
                    *state = BlockState::Free;
                    active.free += 1;
                }
            }
            // A piece that one peer alone may send would wait for it for ever; and what nobody sent
            // anything of yet takes memory for nothing.
            if active.sole == Some(conn) || active.free == active.blocks.len() {
                given_up.push(*piece);
            }
        }
        for piece in given_up {
            self.give_up(piece);
        }
    }

    /// A peer will not send this block.
    pub(super) fn release_block(&mut self, conn: Conn, block: Block) {
        let Some(active) = self.active.get_mut(&block.piece) else {
            return;
        };
        if let Some(state) = active
            .blocks
            .get_mut((block.begin / self.block_len) as usize)
            && matches!(state, BlockState::Asked(by, _) if *by == conn)
        {
            *state = BlockState::Free;
            active.free += 1;
            if active.sole == Some(conn) || active.free == active.blocks.len() {
                self.give_up(block.piece);
            }
        }
    }

    fn give_up(&mut self, piece: u32) {
        if let Some(active) = self.active.remove(&piece) {
            self.held -= active.bytes.len();
            self.missing.set(piece);
        }
    }

    /// A piece was written, or could not be. Says whether that is news.
    pub(super) fn written(&mut self, piece: u32, is_written: bool) -> bool {
        if !self.writing.remove(&piece) {
            return false;
        }
        let len = self.metainfo.len_of(piece);
        self.held -= len as usize;
        if is_written {
            self.have.set(piece);
            self.have_bytes += u64::from(len);
        } else {
            self.missing.set(piece);
        }
        true
    }
}

impl Active {
    fn hash(&mut self, block_len: usize) {
        while matches!(self.blocks.get(self.hashed), Some(BlockState::Here(_))) {
            let start = self.hashed * block_len;
            let end = (start + block_len).min(self.bytes.len());
            self.check
                .update(self.bytes.get(start..end).unwrap_or_default());
            self.hashed += 1;
        }
    }
}

fn block(piece: u32, index: usize, piece_len: usize, block_len: u32) -> Block {
    let begin = index * block_len as usize;
    Block {
        piece,
        begin: begin as u32,
        len: (piece_len - begin).min(block_len as usize) as u32,
    }
}
