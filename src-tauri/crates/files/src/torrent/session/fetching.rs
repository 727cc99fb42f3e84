//! Fetching: asking for blocks.

use super::pieces::Pick;
use super::{Conn, Content, Session};
use crate::torrent::wire::Message;
impl Session {
    pub(super) fn ask_all(&mut self) {
        for conn in self.conns() {
            self.ask(conn);
        }
    }

    /// Asks a peer for as much as it can send soon.
    pub(super) fn ask(&mut self, conn: Conn) {
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

    pub(super) fn show_interest(&mut self, conn: Conn) {
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
}
