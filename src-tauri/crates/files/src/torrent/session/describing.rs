//! The description: asking peers for it, and giving it to them.

use std::sync::Arc;

use super::{Asking, Command, Conn, Content, Event, Reason, Session};
use crate::direct;
use crate::limits::{
    MAX_METADATA_READS, MAX_UPLOAD_HELD_PER_PEER, METADATA_PATIENCE, METADATA_PAUSE,
};
use crate::torrent::bits::Bits;
use crate::torrent::metadata::{self, Gather, PART_LEN};
use crate::torrent::metainfo::{Metainfo, MetainfoError};
use crate::torrent::wire::Message;
impl Session {
    /// Asks one peer for the description, if nobody is being asked.
    pub(super) fn ask_for_description(&mut self) {
        if !matches!(self.content, Content::Unknown(None)) {
            return;
        }
        let asking = self.peers.iter().find_map(|(conn, peer)| {
            let can = self.now >= peer.silent_until && peer.extensions.ut_metadata.is_some();
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

    pub(super) fn ask_for_part(&mut self, conn: Conn, part: u32) {
        self.say_of_description(conn, metadata::Message::Request(part));
    }

    /// Asks somebody else for the description.
    pub(super) fn turn_from(&mut self, conn: Conn) {
        if let Some(peer) = self.peers.get_mut(&conn) {
            peer.silent_until = self.now + METADATA_PAUSE;
        }
        if matches!(&self.content, Content::Unknown(Some(asking)) if asking.conn == conn) {
            self.content = Content::Unknown(None);
            self.ask_for_description();
        }
    }

    /// A peer asks for the description, or gives it.
    pub(super) fn described(&mut self, conn: Conn, payload: &[u8]) {
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

    pub(super) fn described_whole(&mut self, conn: Conn) {
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

    pub(super) fn describe(&mut self, conn: Conn, part: u32) {
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

    pub(super) fn say_of_description(&mut self, conn: Conn, message: metadata::Message<'_>) {
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
