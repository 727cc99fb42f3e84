//! What a story can ask of a page.

use wire::{Action, FileOffer, Metadata, PeerId};

use super::{Browser, Peer, Said, Shown};

impl Browser {
    /// What a peer told the page that only native peers understand.
    #[must_use]
    pub fn foreign(&self, room: &str, peer: PeerId) -> &[Action] {
        self.peer(room, peer).map_or(&[], |peer| &peer.foreign)
    }

    /// The lines on the page.
    #[must_use]
    pub fn log(&self, room: &str) -> &[Said] {
        self.rooms.get(room).map_or(&[], |room| &room.log)
    }

    /// The media on the page.
    #[must_use]
    pub fn media(&self, room: &str) -> &[Shown] {
        self.rooms.get(room).map_or(&[], |room| &room.media)
    }

    /// The files a peer offers.
    #[must_use]
    pub fn offer(&self, room: &str, peer: PeerId) -> Option<&FileOffer> {
        self.peer(room, peer)?.offer.as_ref()
    }

    /// All a peer ever said of files it offers.
    #[must_use]
    pub fn offers_heard(&self, room: &str, peer: PeerId) -> &[Option<FileOffer>] {
        self.peer(room, peer).map_or(&[], |peer| &peer.offers_heard)
    }

    /// Whether a peer is shown to type.
    #[must_use]
    pub fn is_typing(&self, room: &str, peer: PeerId) -> bool {
        self.peer(room, peer).is_some_and(|peer| peer.typing)
    }

    /// The private lines with a peer.
    #[must_use]
    pub fn private_log(&self, room: &str, peer: PeerId) -> &[Said] {
        self.rooms
            .get(room)
            .and_then(|room| room.private.get(&peer))
            .map_or(&[], Vec::as_slice)
    }

    /// Whether a peer is shown to type to this page alone.
    #[must_use]
    pub fn is_typing_privately(&self, room: &str, peer: PeerId) -> bool {
        self.peer(room, peer)
            .is_some_and(|peer| peer.types_privately)
    }

    /// What a peer sent that no page knows, action by action.
    #[must_use]
    pub fn unknown(&self, room: &str, peer: PeerId) -> &[String] {
        self.peer(room, peer).map_or(&[], |peer| &peer.unknown)
    }

    /// What a peer says of itself, and how often it has.
    #[must_use]
    pub fn metadata(&self, room: &str, peer: PeerId) -> Option<(&Metadata, u32)> {
        let peer = self.peer(room, peer)?;
        Some((peer.metadata.as_ref()?, peer.metadata_heard))
    }

    /// How many peers the page is answering at the moment.
    #[must_use]
    pub fn answering(&self, room: &str) -> usize {
        self.rooms.get(room).map_or(0, |room| room.answering.len())
    }

    pub(crate) fn sees(&self, room: &str, peer: PeerId) -> bool {
        // A page lists whoever has said who they are.
        self.peer(room, peer)
            .is_some_and(|peer| peer.is_active && peer.metadata.is_some())
    }

    pub(crate) fn texts(&self, room: &str) -> Vec<&str> {
        let log = self.log(room);
        log.iter().map(|said| said.message.text.as_str()).collect()
    }

    pub(crate) fn scene(&self) -> String {
        let rooms: Vec<String> = self
            .rooms
            .iter()
            .map(|(name, room)| {
                let peers: Vec<String> = room
                    .peers
                    .iter()
                    .map(|(id, peer)| format!("{id}{}", if peer.is_active { "" } else { "?" }))
                    .collect();
                format!(
                    "{name}: [{}] answering {}",
                    peers.join(" "),
                    room.answering.len()
                )
            })
            .collect();
        format!("(browser) {}", rooms.join("; "))
    }

    pub(super) fn peer(&self, room: &str, peer: PeerId) -> Option<&Peer> {
        self.rooms.get(room)?.peers.get(&peer)
    }
}
