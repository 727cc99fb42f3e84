//! What a story can ask of the world: who sees whom, what was read, and how much it cost.

use std::time::Duration;

use room::{Line, LineKey, PersonId, RoomKey, ShareKey, Snapshot};
use wire::{PeerId, UserId};

use super::{Kind, Who, World};
use crate::browser::Browser;
use crate::witness::Witness;

impl World {
    /// Who a peer is to others, once it is verified.
    #[must_use]
    pub fn person(&self, who: Who) -> PersonId {
        PersonId::Profile(self.user(who).clone())
    }

    /// The private texts a peer has with another.
    #[must_use]
    pub fn private_texts(&self, who: Who, room: &str, with: Who) -> Vec<String> {
        match &self.peers[who.0].kind {
            Kind::Native(_) => {
                let lines = self.witness(who).private_lines(room, &self.person(with));
                lines.iter().map(|line| line.text.clone()).collect()
            }
            Kind::Browser(browser) => {
                let said = browser.private_log(room, self.id(with));
                said.iter().map(|it| it.message.text.clone()).collect()
            }
        }
    }

    /// A native peer's lines of a text, newest first.
    ///
    /// # Panics
    /// When it has none.
    #[must_use]
    pub fn line(&self, who: Who, room: &str, text: &str) -> &Line {
        let lines = self.witness(who).lines(room);
        let found = lines.iter().rev().find(|line| line.text == text);
        found.unwrap_or_else(|| panic!("{who:?} has no line {text:?}"))
    }

    /// Whether a message could be smuggled.
    #[must_use]
    pub fn are_connected(&self, a: Who, b: Who) -> bool {
        self.link_to(a, b).is_some() && self.link_to(b, a).is_some()
    }

    /// Whether `a` shows `b` in this room.
    #[must_use]
    pub fn sees(&self, a: Who, b: Who, room: &str) -> bool {
        let them = self.id(b);
        match &self.peers[a.0].kind {
            Kind::Native(_) => self.witness(a).peer(room, them).is_some(),
            Kind::Browser(browser) => browser.sees(room, them),
        }
    }

    /// Whether all of them show each other in this room.
    #[must_use]
    pub fn met(&self, all: &[Who], room: &str) -> bool {
        all.iter()
            .all(|a| all.iter().all(|b| a == b || self.sees(*a, *b, room)))
    }

    /// The texts a peer has in this room, in its order.
    #[must_use]
    pub fn texts(&self, who: Who, room: &str) -> Vec<&str> {
        match &self.peers[who.0].kind {
            Kind::Native(_) => {
                let lines = self.witness(who).lines(room);
                lines.iter().map(|line| line.text.as_str()).collect()
            }
            Kind::Browser(browser) => browser.texts(room),
        }
    }

    /// Whether a peer has a line of this text in this room.
    #[must_use]
    pub fn has(&self, who: Who, room: &str, text: &str) -> bool {
        match &self.peers[who.0].kind {
            Kind::Native(_) => {
                let lines = self.witness(who).lines(room);
                lines.iter().rev().any(|line| line.text == text)
            }
            Kind::Browser(browser) => browser.texts(room).contains(&text),
        }
    }

    /// What the person at a peer was shown.
    #[must_use]
    pub fn witness(&self, who: Who) -> &Witness {
        &self.peers[who.0].witness
    }

    /// All there is to show at a native peer.
    ///
    /// # Panics
    /// When it is a browser.
    #[must_use]
    pub fn snapshot(&self, who: Who) -> Snapshot {
        match &self.peers[who.0].kind {
            Kind::Native(rooms) => rooms.snapshot(),
            Kind::Browser(_) => panic!("{who:?} is a browser"),
        }
    }

    /// The lines of a room in which a native peer finds these words.
    ///
    /// # Panics
    /// When it is a browser.
    #[must_use]
    pub fn search(&self, who: Who, room: &str, words: &str) -> Vec<LineKey> {
        match &self.peers[who.0].kind {
            Kind::Native(rooms) => rooms.search(&RoomKey::from_text(room), None, words),
            Kind::Browser(_) => panic!("{who:?} is a browser"),
        }
    }

    /// The ids of all offers a peer has announced.
    #[must_use]
    pub fn offers_of(&self, who: Who) -> Vec<String> {
        self.peers[who.0].offers.clone()
    }

    /// A browser's inside.
    ///
    /// # Panics
    /// When it is none.
    #[must_use]
    pub fn page(&self, who: Who) -> &Browser {
        match &self.peers[who.0].kind {
            Kind::Browser(browser) => browser,
            Kind::Native(_) => panic!("{who:?} is no browser"),
        }
    }

    /// A browser's inside, to be made to misbehave.
    ///
    /// # Panics
    /// When it is none.
    pub fn page_mut(&mut self, who: Who) -> &mut Browser {
        match &mut self.peers[who.0].kind {
            Kind::Browser(browser) => browser,
            Kind::Native(_) => panic!("{who:?} is no browser"),
        }
    }

    /// A peer's id.
    #[must_use]
    pub fn id(&self, who: Who) -> PeerId {
        self.peers[who.0].id
    }

    /// A peer's user id.
    #[must_use]
    pub fn user(&self, who: Who) -> &UserId {
        &self.peers[who.0].user
    }

    /// Those who have some of what is shared, as a native peer knows.
    ///
    /// # Panics
    /// When it is a browser, or when one of them is nobody's session.
    #[must_use]
    pub fn holders(&self, who: Who, room: &str, share: &ShareKey) -> Vec<Who> {
        let Kind::Native(rooms) = &self.peers[who.0].kind else {
            panic!("{who:?} is a browser");
        };
        let holders = rooms.holders(&RoomKey::from_text(room), share).into_iter();
        let all = self.everyone();
        let find = |id| all.iter().find(|it| self.id(**it) == id);
        holders
            .map(|id| *find(id).expect("somebody has this id"))
            .collect()
    }

    /// Who came and went, as whoever moves bytes is told.
    #[must_use]
    pub fn presences(&self, who: Who) -> &[(PeerId, room::Presence)] {
        &self.peers[who.0].presences
    }

    /// What a peer was told of connections for the bytes of files, and by whom.
    #[must_use]
    pub fn signalled(&self, who: Who) -> &[(PeerId, wire::TransferSignal)] {
        &self.peers[who.0].signalled
    }

    /// How many announces a peer has sent since a moment.
    #[must_use]
    pub fn announces_since(&self, who: Who, since: Duration) -> usize {
        let all = &self.peers[who.0].announces;
        all.iter().filter(|at| **at >= since).count()
    }

    /// How often a peer has had its trackers prove that they are there.
    #[must_use]
    pub fn doubts(&self, who: Who) -> usize {
        self.peers[who.0].doubts
    }

    /// How often a peer has been woken by its own timers.
    #[must_use]
    pub fn wakes(&self, who: Who) -> u64 {
        self.peers[who.0].wakes
    }

    /// How many messages a peer has handed to its connections since a moment.
    #[must_use]
    pub fn frames_since(&self, who: Who, since: Duration) -> usize {
        let all = &self.peers[who.0].sent;
        all.iter().filter(|at| **at >= since).count()
    }

    /// How many connections and attempts a peer has.
    #[must_use]
    pub fn links(&self, who: Who) -> usize {
        self.ends_of(who)
    }

    /// How many connections two peers have with each other.
    #[must_use]
    pub fn connections(&self, a: Who, b: Who) -> usize {
        self.connections_between(a, b)
    }

    /// How many offers everyone together has asked the stack for.
    #[must_use]
    pub fn dials(&self) -> u64 {
        self.net.dials
    }

    /// Checks that everybody was told the truth.
    ///
    /// # Panics
    /// When somebody was not.
    pub fn check(&self) {
        for someone in self.peers.iter().filter(|someone| someone.is_alive) {
            if let Kind::Native(rooms) = &someone.kind {
                someone.witness.compare(&rooms.snapshot());
            }
        }
    }

    /// Who sees whom, for a failing story.
    pub(super) fn scene(&self) -> String {
        let mut scene = String::new();
        for (n, someone) in self.peers.iter().enumerate() {
            let shown = match &someone.kind {
                Kind::Native(_) => someone.witness.scene(),
                Kind::Browser(browser) => browser.scene(),
            };
            scene.push_str(&format!("{n} {} {shown}\n", someone.id));
        }
        scene
    }
}
