//! What goes on underneath, for whoever asked to be told: that there is a tracker, an offer, a
//! connection. Never who, where or what about: trackers and connections go by numbers.

use std::collections::BTreeMap;

use room::Output;
use tracing::{debug, enabled};
use wire::SignalKind;

/// The numbers trackers go by.
#[derive(Debug, Default)]
pub(super) struct Below {
    numbers: BTreeMap<String, u64>,
    last: u64,
}

impl Below {
    /// Something is done.
    pub(super) fn does(&mut self, output: &Output) {
        match output {
            Output::OpenTracker { url, local } => {
                let (number, near) = (self.number(url), *local);
                debug!(near, "tracker {number} is to be used");
            }
            Output::CloseTracker { url } => {
                debug!("tracker {} is not used any more", self.number(url));
                self.numbers.remove(url);
            }
            // Put into words only where somebody reads them: it is read through for that.
            Output::Announce { url, text } if enabled!(tracing::Level::DEBUG) => {
                debug!("tracker {} is told {}", self.number(url), told(text));
            }
            Output::Dial { link } => debug!("connection {} gets an offer", link.0),
            Output::Answer { link, .. } => debug!("connection {} answers an offer", link.0),
            Output::Accept { link, .. } => debug!("connection {} takes an answer", link.0),
            Output::Close { link } => debug!("connection {} is to be closed", link.0),
            Output::Announce { .. }
            | Output::Send { .. }
            | Output::Renegotiate { .. }
            | Output::WakeTrackers
            | Output::HoldersChanged { .. }
            | Output::Presence { .. }
            | Output::TransferSignalled { .. }
            | Output::Tell(_) => {}
        }
    }

    /// A tracker's socket did something.
    pub(super) fn tracker(&mut self, heard: &signalling::Heard) {
        use signalling::Heard;
        match heard {
            Heard::Connecting { url } => debug!("tracker {} is called", self.number(url)),
            Heard::Opened { url } => debug!("tracker {} is open", self.number(url)),
            Heard::Said { url, message } => {
                let number = self.number(url);
                if message.failure.is_some() {
                    debug!("tracker {number} refuses");
                } else if let Some(signal) = &message.signal {
                    let what = match signal.kind {
                        SignalKind::Offer => "an offer",
                        SignalKind::Answer => "an answer",
                    };
                    debug!("tracker {number} brings {what}");
                } else {
                    debug!(peers = message.swarm, "tracker {number} answers");
                }
            }
            Heard::Closed {
                url,
                reason,
                retry_in,
            } => {
                let number = self.number(url);
                debug!(%reason, ?retry_in, "tracker {number} is closed");
            }
            Heard::Unusable { url, .. } => {
                debug!("tracker {} cannot be used", self.number(url));
            }
        }
    }

    /// A connection did something.
    pub(super) fn link(heard: &mesh::Heard) {
        use mesh::Heard;
        match heard {
            Heard::OfferMade { link, complete, .. } => {
                debug!(complete, "connection {} has its offer", link.0);
            }
            Heard::AnswerMade { link, .. } => debug!("connection {} has its answer", link.0),
            Heard::Opened { link } => debug!("connection {} is up", link.0),
            Heard::Path { link, relayed } => {
                debug!(relayed, "connection {} has a path", link.0);
            }
            Heard::Shaky { link } => debug!("connection {} is silent", link.0),
            Heard::Steady { link } => debug!("connection {} is back", link.0),
            Heard::Moved { link } => debug!("connection {} has another address", link.0),
            Heard::Closed { link, why } => debug!(%why, "connection {} is closed", link.0),
            Heard::Renegotiate { .. } | Heard::Bytes { .. } | Heard::Sent { .. } => {}
        }
    }

    fn number(&mut self, url: &str) -> u64 {
        if let Some(number) = self.numbers.get(url) {
            return *number;
        }
        self.last += 1;
        self.numbers.insert(url.to_owned(), self.last);
        self.last
    }
}

/// What one of our own announces is about.
fn told(announce: &str) -> String {
    if announce.contains("\"event\":\"stopped\"") {
        return "that a room is left".to_owned();
    }
    if announce.contains("\"answer\":{") {
        return "an answer".to_owned();
    }
    match announce.matches("\"offer_id\":").count() {
        0 => "that we are there".to_owned(),
        1 => "that we are there, with an offer".to_owned(),
        offers => format!("that we are there, with {offers} offers"),
    }
}

#[cfg(test)]
mod tests {
    use wire::{InfoHash, OfferId, PeerId, ToTracker};

    use super::*;

    #[test]
    fn an_announce_is_told_by_what_it_is_about_alone() {
        let info_hash = InfoHash::derive("den", "test");
        let peer_id = PeerId::parse("0bbbbbbbbbbbbbbbbbbb").expect("a peer id");
        let offer = |id: &str| (OfferId::parse(id).expect("an id"), "sealed".to_owned());
        let offers = |offers| ToTracker::Offers {
            info_hash,
            peer_id,
            numwant: 1,
            offers,
        };
        for (announce, words) in [
            (offers(Vec::new()), "that we are there"),
            (
                offers(vec![offer("aaaaaaaaaaaaaaaaaaaa")]),
                "that we are there, with an offer",
            ),
            (
                offers(vec![
                    offer("aaaaaaaaaaaaaaaaaaaa"),
                    offer("bbbbbbbbbbbbbbbbbbbb"),
                ]),
                "that we are there, with 2 offers",
            ),
            (
                ToTracker::Stopped { info_hash, peer_id },
                "that a room is left",
            ),
        ] {
            assert_eq!(told(&announce.to_json()), words);
        }
    }
}
