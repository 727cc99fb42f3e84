//! What whoever runs the rooms asks about them as a whole: which connections there are, and who
//! the person is from now on.

use std::collections::BTreeSet;

use wire::{LinkId, Origin, PeerId, RoomAddress};

use crate::link::Stage;
use crate::{Event, Identity, Now, Path, RoomKey, Rooms};

/// An open connection, and what it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// The connection.
    pub link: LinkId,
    /// Who is at the other end.
    pub peer_id: PeerId,
    /// What they are called in the first room that has them; empty while none has.
    pub name: String,
    /// The rooms that use it.
    pub rooms: BTreeSet<RoomKey>,
    /// How it runs.
    pub path: Path,
    /// Whether it hears nothing for the moment.
    pub shaky: bool,
}

impl Rooms {
    /// The connections that are open, in order of their links.
    #[must_use]
    pub fn connections(&self) -> Vec<Connection> {
        self.links
            .iter()
            .filter(|(_, link)| link.stage == Stage::Open)
            .filter_map(|(id, link)| {
                let peer_id = link.remote?;
                let name = link.bound.iter().find_map(|key| {
                    let room = self.rooms.get(key)?;
                    let peers = self.peers_of(room);
                    peers
                        .into_iter()
                        .find(|peer| peer.peer_id == peer_id)
                        .map(|peer| peer.name)
                });
                Some(Connection {
                    link: *id,
                    peer_id,
                    name: name.unwrap_or_default(),
                    rooms: link.bound.clone(),
                    path: link.path,
                    shaky: link.is_shaky(),
                })
            })
            .collect()
    }

    /// The origin that rooms are joined in unless another is named.
    #[must_use]
    pub fn home(&self) -> &Origin {
        &self.home
    }

    /// Where a joined room is.
    #[must_use]
    pub fn address(&self, room: &RoomKey) -> Option<&RoomAddress> {
        self.rooms.get(room).map(|room| &room.address)
    }

    /// Makes the person somebody else, with another session, where no room is joined: whoever is in
    /// a room stays who they are there. Says whether it was done.
    pub fn become_another(&mut self, now: Now, me: Identity) -> bool {
        if !self.rooms.is_empty() {
            return false;
        }
        // What is open was opened by the one before.
        let links: Vec<LinkId> = self.links.keys().copied().collect();
        for link in links {
            self.lose_link(now, link);
        }
        self.farewells.clear();
        self.me = me;
        let me = self.me();
        self.tell(Event::MeChanged { me });
        true
    }
}
