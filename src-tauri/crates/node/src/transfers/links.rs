//! The connections of all swarms.

use std::time::Duration;

use files::torrent::ids::OfferId;
use files::torrent::session::{Conn, Input, Reason};
use mesh::settings::MAX_MESSAGE_AMONG_US;
use wire::{LinkId, PeerId};

use super::engine::Engine;
use super::swarm::SwarmId;

/// What a connection is for.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) swarm: SwarmId,
    pub(super) with: With,
    pub(super) is_open: bool,
    /// Until when it must have come about; later it is given up.
    pub(super) by: Option<Duration>,
}

/// Whom a connection is with.
#[derive(Clone, Copy, Debug)]
pub(super) enum With {
    Native {
        peer: PeerId,
        id: wire::TransferId,
        dialled: bool,
    },
    Browser {
        offer: OfferId,
        dialled: bool,
    },
}

impl Engine {
    /// A message boundary means nothing here, so what is long is cut to what every peer takes.
    pub(super) fn send(&self, link: LinkId, bytes: Vec<u8>) {
        let most = MAX_MESSAGE_AMONG_US as usize;
        if bytes.len() <= most {
            self.mesh.send(link, bytes);
            return;
        }
        for part in bytes.chunks(most) {
            self.mesh.send(link, part.to_vec());
        }
    }

    /// The session wants no more of a connection.
    pub(super) fn hang_up(&mut self, id: LinkId, why: Reason) {
        let Some(link) = self.links.remove(&id) else {
            return;
        };
        match why {
            // Withdrawn means withdrawn: what waits is not sent any more.
            Reason::Stopped => self.mesh.cut(id),
            _ => {
                tracing::debug!(link = id.0, ?why, "a connection for files is closed");
                self.mesh.close(id);
            }
        }
        let is_bad = matches!(
            why,
            Reason::WrongData | Reason::Distrusted | Reason::Senseless | Reason::Garbled(_)
        );
        self.link_lost(link, is_bad);
    }

    /// A connection came about.
    pub(super) fn link_opened(&mut self, id: LinkId) {
        let Some(link) = self.links.get_mut(&id) else {
            return;
        };
        link.is_open = true;
        link.by = None;
        let (swarm, with) = (link.swarm, link.with);
        if let With::Native { peer, .. } = with {
            self.native_reached(swarm, peer);
        }
        self.session(swarm, Input::Connected(Conn(id.0)));
    }

    /// A connection is gone, without our doing.
    pub(super) fn link_closed(&mut self, id: LinkId) {
        let Some(link) = self.links.remove(&id) else {
            return;
        };
        if link.is_open {
            self.session(link.swarm, Input::Closed(Conn(id.0)));
        }
        self.link_lost(link, false);
    }

    /// A connection is no more, whyever.
    pub(super) fn link_lost(&mut self, link: Link, is_bad: bool) {
        match link.with {
            With::Native { peer, .. } => self.native_lost(link.swarm, peer, is_bad),
            With::Browser { offer, dialled } if !link.is_open => {
                self.not_described(link.swarm, offer, dialled);
            }
            With::Browser { .. } => {}
        }
    }
}
