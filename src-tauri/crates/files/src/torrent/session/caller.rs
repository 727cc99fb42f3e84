//! What comes from the caller: connections, what the disk did, what the person wants, the time.

use std::sync::Arc;

use super::giving;
use super::peer::Peer;
use super::pieces::Pieces;
use super::{Command, Conn, Content, Event, LOOK, Output, Reason, Session, Ticket};
use crate::limits::{
    BLOCK_PATIENCE, HANDSHAKE_PATIENCE, IDLE_AFTER, KEEP_ALIVE, MAX_CONNECTIONS, MAX_FRAME_BYTES,
    SILENCE_PATIENCE, STALL_AFTER, TAKE_PATIENCE,
};
use crate::torrent::wire::{Greeting, Heard, Message};
impl Session {
    pub(super) fn connect(&mut self, conn: Conn) {
        if matches!(self.content, Content::Over) {
            self.outputs.push_back(Output::Close(conn, Reason::Stopped));
            return;
        }
        if self.peers.len() >= MAX_CONNECTIONS {
            self.make_room();
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

    /// Closes the connection over which nothing has gone for longest, if that is long: strangers that
    /// only sit there shall not keep others out.
    fn make_room(&mut self) {
        let idlest = self
            .peers
            .iter()
            .map(|(conn, peer)| (peer.useful_at, *conn))
            .min();
        if let Some((useful_at, conn)) = idlest
            && self.now >= useful_at + IDLE_AFTER
        {
            self.drop_peer(conn, Reason::TooMany);
        }
    }

    pub(super) fn receive(&mut self, conn: Conn, bytes: &[u8]) {
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

    pub(super) fn sent(&mut self, conn: Conn, bytes: usize) {
        if let Some(peer) = self.peers.get_mut(&conn) {
            peer.unsent = peer.unsent.saturating_sub(bytes);
            peer.taken_at = self.now;
        }
        self.serve();
    }

    pub(super) fn read(&mut self, ticket: Ticket, bytes: Option<Vec<u8>>) {
        let Some((conn, block)) = self.reads.remove(&ticket) else {
            return;
        };
        let Some(peer) = self.peers.get_mut(&conn) else {
            return;
        };
        peer.reading = peer.reading.saturating_sub(giving::weight(block));
        let (is_choked, is_fast) = (peer.is_choked, peer.is_fast());
        match bytes.filter(|bytes| bytes.len() == block.len as usize) {
            Some(bytes) if !is_choked => {
                self.uploaded += u64::from(block.len);
                peer.useful_at = self.now;
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

    pub(super) fn written(&mut self, piece: u32, is_written: bool) {
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

    pub(super) fn command(&mut self, command: Command) {
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

    pub(super) fn pause(&mut self) {
        self.is_paused = true;
        for conn in self.conns() {
            self.choke(conn);
            let asked = match self.peers.get_mut(&conn) {
                Some(peer) => {
                    let lens = peer.asked.iter().map(|block| block.len as usize);
                    peer.cancelled += lens.sum::<usize>();
                    std::mem::take(&mut peer.asked)
                }
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

    pub(super) fn wake(&mut self) {
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
            } else if peer.unsent > 0 && now >= peer.taken_at + TAKE_PATIENCE {
                self.drop_peer(conn, Reason::TakesNothing);
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
        self.ask_for_description();
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
