//! The connections of all swarms.

use std::time::Duration;

use files::torrent::ids::OfferId;
use files::torrent::meeting;
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
    /// When something last moved on it.
    pub(super) moved_at: Duration,
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

/// Connections of all transfers together.
const MAX_LINKS: usize = 256;
/// How many of them may be with browsers, who need not be in the room: the rest is kept for those who are.
const MAX_BROWSER_LINKS: usize = MAX_LINKS / 2;
/// How long a connection that we made stays when nothing moves and we want nothing more: whoever
/// wants something of us makes another.
const IDLE: Duration = Duration::from_secs(45);

impl Engine {
    /// Whether one more connection can be had.
    pub(super) fn has_room_for_links(&self) -> bool {
        self.links.len() < MAX_LINKS
    }

    /// Whether one more connection with a browser can be had.
    pub(super) fn has_room_for_browsers(&self) -> bool {
        let links = self.links.values();
        let browsers = links.filter(|link| matches!(link.with, With::Browser { .. }));
        self.has_room_for_links() && browsers.count() < MAX_BROWSER_LINKS
    }

    /// Something moved on a connection; whose it is.
    pub(super) fn moved_on(&mut self, id: LinkId) -> Option<SwarmId> {
        let now = self.now();
        let link = self.links.get_mut(&id)?;
        link.moved_at = now;
        Some(link.swarm)
    }

    /// Closes connections that nobody needs any more.
    pub(super) fn close_what_is_idle(&mut self) {
        let now = self.now();
        let is_idle = |link: &Link| {
            let wants = self
                .swarms
                .get(&link.swarm)
                .and_then(|swarm| self.transfers.get(&swarm.transfer))
                .is_some_and(|transfer| transfer.whole.is_none());
            link.is_open
                && !wants
                && matches!(link.with, With::Native { dialled: true, .. })
                && now >= link.moved_at + IDLE
        };
        let links = self.links.iter().filter(|(_, link)| is_idle(link));
        let idle: Vec<LinkId> = links.map(|(id, _)| *id).collect();
        for link in idle {
            self.mesh.close(link);
            self.link_closed(link);
        }
    }

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
        match with {
            With::Native { peer, .. } => self.native_reached(swarm, peer),
            With::Browser {
                offer,
                dialled: false,
            } => self.meeting(swarm, meeting::Input::AnswerTaken(offer)),
            With::Browser { .. } => {}
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
