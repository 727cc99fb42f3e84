//! What comes from peers.

use super::peer::Peer;
use super::pieces::Taken;
use super::{CRUMB_COST, Conn, Content, Event, MAX_LIES, Output, RARE_COST, Reason, Session};
use crate::limits::{
    MAX_BANNED, MAX_CONNECTIONS_PER_PEER, MAX_JUNK_BYTES, MAX_PIECES, MIN_PIECE_BYTES, REJECT_PAUSE,
};
use crate::torrent::bits::Bits;
use crate::torrent::ids::PeerId;
use crate::torrent::metadata::{EXTENSIONS, Extensions, LT_DONTHAVE, UT_METADATA};
use crate::torrent::wire::{Block, Greeting, Message};
impl Session {
    pub(super) fn greeted(&mut self, conn: Conn, greeting: Greeting) {
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

    pub(super) fn hear(&mut self, conn: Conn, message: Message<'_>) {
        let now = self.now;
        let Some(peer) = self.peers.get_mut(&conn) else {
            return;
        };
        // Data is limited by what was asked for; words are limited here.
        let cost = match message {
            Message::Piece { .. } => 0,
            // Whoever asks for crumbs makes us read, and often seal, as much as for a loaf.
            Message::Request(block) if block.len < MIN_PIECE_BYTES => CRUMB_COST,
            Message::KeepAlive | Message::Have(_) | Message::Request(_) | Message::Reject(_) => 1,
            // All that it asked for is looked through.
            Message::Cancel(_) => 1 + peer.wants.len() as u64 / 256,
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

    pub(super) fn learn(&mut self, conn: Conn, has: Bits) {
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

    pub(super) fn learn_one(&mut self, conn: Conn, piece: u32, is_here: bool) {
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

    pub(super) fn take_block(&mut self, conn: Conn, piece: u32, begin: u32, bytes: &[u8]) {
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
                peer.note_unwanted(bytes.len());
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
    pub(super) fn spare(&mut self, other: Option<Conn>, block: Block) {
        if let Some(other) = other
            && let Some(peer) = self.peers.get_mut(&other)
            && peer.asked.remove(&block)
        {
            peer.cancelled += block.len as usize;
            self.say(other, Message::Cancel(block));
        }
    }

    pub(super) fn distrust(&mut self, conn: Conn) {
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

    pub(super) fn lies_of(&self, id: PeerId) -> u8 {
        let known = self.lies.iter().find(|(known, _)| *known == id);
        known.map_or(0, |(_, count)| *count)
    }
}
