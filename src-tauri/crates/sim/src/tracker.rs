//! A tracker that does as the reference WebTorrent tracker does: an entry per peer id and swarm,
//! each offer to another random member, answers to whom they are for.

use std::collections::BTreeMap;

use rand::seq::SliceRandom;
use rand_chacha::ChaCha20Rng;
use serde_json::{Value, json};

/// Names one socket to a tracker.
pub(crate) type SocketId = u64;

/// Most offers one announce has passed on.
const MAX_OFFERS: usize = 82;

/// A tracker.
#[derive(Debug)]
pub(crate) struct Tracker {
    /// Seconds it asks clients to wait between announces.
    interval: u64,
    pub(crate) is_up: bool,
    /// Swarms by info hash, their members' sockets by peer id.
    swarms: BTreeMap<String, BTreeMap<String, SocketId>>,
}

impl Tracker {
    pub(crate) fn new(interval: u64) -> Self {
        Self {
            interval,
            is_up: true,
            swarms: BTreeMap::new(),
        }
    }

    /// Takes one message. Gives back what to send, and to whom.
    pub(crate) fn hear(
        &mut self,
        rng: &mut ChaCha20Rng,
        socket: SocketId,
        text: &str,
    ) -> Vec<(SocketId, String)> {
        let said: Value = serde_json::from_str(text).expect("clients send JSON");
        let field = |name: &str| said.get(name).and_then(Value::as_str).unwrap_or_default();
        assert_eq!(field("action"), "announce");
        let (info_hash, peer_id) = (field("info_hash"), field("peer_id"));
        assert_eq!(
            (info_hash.len(), peer_id.len()),
            (20, 20),
            "ids of twenty characters"
        );

        let swarm = self.swarms.entry(info_hash.to_owned()).or_default();
        if field("event") == "stopped" {
            swarm.remove(peer_id);
        } else {
            // The socket of the first announce stays, as in the reference server.
            swarm.entry(peer_id.to_owned()).or_insert(socket);
        }

        let mut out = Vec::new();
        if let Some(answer) = said.get("answer") {
            if let Some(to) = swarm.get(field("to_peer_id")) {
                let passed_on = json!({
                    "action": "announce", "answer": answer, "offer_id": field("offer_id"),
                    "peer_id": peer_id, "info_hash": info_hash,
                });
                out.push((*to, passed_on.to_string()));
            }
            return out;
        }
        let reply = json!({
            "action": "announce", "info_hash": info_hash, "interval": self.interval,
            "complete": 0, "incomplete": swarm.len(),
        });
        out.push((socket, reply.to_string()));

        let offers = said.get("offers").and_then(Value::as_array);
        let offers: &[Value] = offers.map_or(&[], Vec::as_slice);
        let wanted = offers.len().min(MAX_OFFERS);
        let mut others: Vec<SocketId> = swarm
            .iter()
            .filter(|(other, _)| other.as_str() != peer_id)
            .map(|(_, socket)| *socket)
            .collect();
        others.shuffle(rng);
        for (offer, to) in offers.iter().zip(others).take(wanted) {
            let passed_on = json!({
                "action": "announce", "offer": offer.get("offer"), "offer_id": offer.get("offer_id"),
                "peer_id": peer_id, "info_hash": info_hash,
            });
            out.push((to, passed_on.to_string()));
        }
        out
    }

    /// A socket closed: whoever came by it is gone.
    pub(crate) fn forget(&mut self, socket: SocketId) {
        for swarm in self.swarms.values_mut() {
            swarm.retain(|_, theirs| *theirs != socket);
        }
    }

    /// Forgets everything, as after a crash.
    pub(crate) fn crash(&mut self) {
        self.is_up = false;
        self.swarms.clear();
    }
}
