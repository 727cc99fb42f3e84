//! Giving: who may ask, and reading for them in turns.

use std::sync::Arc;
use std::time::Duration;

use super::peer::Peer;
use super::{Conn, Content, Output, Reason, Session, TURN, Ticket};
use crate::limits::{
    MAX_CONNECTIONS, MAX_REQUESTS_WAITING, MAX_UNCHOKED, MAX_UPLOAD_HELD, MAX_UPLOAD_HELD_PER_PEER,
    UPLOAD_RESERVED_PER_PEER,
};
use crate::torrent::wire::{Block, Message};
/// What everybody may have waiting together, beyond what is each one's own.
const SHARED: usize = MAX_UPLOAD_HELD - MAX_CONNECTIONS * UPLOAD_RESERVED_PER_PEER;
/// The least that a reading counts for: it is a job of its own, however little it reads.
const LEAST_WEIGHT: usize = 4 * 1024;

/// What a block counts for while it is read.
pub(super) fn weight(block: Block) -> usize {
    (block.len as usize).max(LEAST_WEIGHT)
}

impl Session {
    pub(super) fn requested(&mut self, conn: Conn, block: Block) {
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
    pub(super) fn serve(&mut self) {
        let Content::Known(pieces) = &self.content else {
            return;
        };
        let metainfo = Arc::clone(&pieces.metainfo);
        let mut held = self.reading();
        held += self.peers.values().map(|peer| peer.unsent).sum::<usize>();
        loop {
            let ready = |peer: &Peer| {
                let waiting = peer.reading + peer.unsent;
                peer.wants.front().is_some_and(|block| {
                    waiting < MAX_UPLOAD_HELD_PER_PEER
                        && (held + weight(*block) <= SHARED
                            || waiting + weight(*block) <= UPLOAD_RESERVED_PER_PEER)
                })
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
            peer.wants.pop_front();
            peer.reading += weight(block);
            held += weight(block);
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
    pub(super) fn take_turns(&mut self) {
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

    pub(super) fn turns(&self) -> impl Iterator<Item = (Conn, Duration)> + '_ {
        let unchoked = self.peers.iter().filter(|(_, peer)| !peer.is_choked);
        unchoked.map(|(conn, peer)| (*conn, peer.unchoked_at))
    }

    pub(super) fn has_queue(&self) -> bool {
        !self.is_paused
            && matches!(self.content, Content::Known(_))
            && self
                .peers
                .values()
                .any(|peer| peer.is_choked && peer.is_interested)
    }

    /// Those who had their turn make way for those who wait.
    pub(super) fn end_turns(&mut self) {
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

    pub(super) fn choke(&mut self, conn: Conn) {
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
