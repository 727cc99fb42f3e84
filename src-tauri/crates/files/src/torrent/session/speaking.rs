//! Speaking to peers, and no longer.

use super::{Conn, Content, Event, Output, Reason, Session};
use crate::limits::MAX_UNSENT;
use crate::torrent::metadata::{EXTENSIONS, Extensions};
use crate::torrent::wire::Message;
impl Session {
    pub(super) fn introduce(&mut self, conn: Conn) {
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

    pub(super) fn tell_what_is_here(&mut self, conn: Conn) {
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

    pub(super) fn say(&mut self, conn: Conn, message: Message<'_>) {
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

    pub(super) fn send(&mut self, conn: Conn, bytes: Vec<u8>) {
        let Some(peer) = self.peers.get_mut(&conn) else {
            return;
        };
        if peer.unsent == 0 {
            peer.taken_at = self.now;
        }
        peer.unsent += bytes.len();
        peer.said_at = self.now;
        if peer.unsent > MAX_UNSENT {
            self.drop_peer(conn, Reason::TakesNothing);
            return;
        }
        self.outputs.push_back(Output::Send(conn, bytes));
    }

    pub(super) fn tell(&mut self, event: Event) {
        self.outputs.push_back(Output::Tell(event));
    }

    pub(super) fn drop_peer(&mut self, conn: Conn, why: Reason) {
        if self.peers.contains_key(&conn) {
            self.outputs.push_back(Output::Close(conn, why));
            self.forget(conn);
        }
    }

    pub(super) fn forget(&mut self, conn: Conn) {
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

    pub(super) fn conns(&self) -> Vec<Conn> {
        self.peers.keys().copied().collect()
    }
}
