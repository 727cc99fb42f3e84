//! The person at a native peer: remembers all that was shown, and notices what makes no sense.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use room::{
    Delivery, Event, Line, Notice, Peer, Problem, ProblemKind, RoomKey, Snapshot, TrackerState,
    TrackerStatus,
};
use wire::{MessageId, PeerId};

/// What a person has been shown.
#[derive(Debug, Default)]
pub struct Witness {
    rooms: BTreeMap<RoomKey, Shown>,
    trackers: BTreeMap<String, TrackerStatus>,
    problems: BTreeMap<u64, Problem>,
    /// All problems there ever were.
    told: Vec<ProblemKind>,
    events: u64,
}

/// What is shown of one room.
#[derive(Debug, Default)]
struct Shown {
    peers: BTreeMap<PeerId, (Peer, Duration)>,
    lines: Vec<Line>,
    ids: BTreeSet<(Option<String>, PeerId, MessageId)>,
    notices: Vec<Notice>,
    /// Lines with an id of ours, to follow how far they got.
    deliveries: BTreeMap<MessageId, Delivery>,
    joins: u64,
    last_left: BTreeMap<PeerId, Duration>,
}

impl Witness {
    pub(crate) fn see(&mut self, now: Duration, event: Event) {
        self.events += 1;
        match event {
            Event::Joined { room, .. } => {
                let before = self.rooms.insert(room.clone(), Shown::default());
                assert!(before.is_none(), "{room} was joined twice");
            }
            Event::Left { room } => {
                assert!(self.rooms.remove(&room).is_some(), "{room} was never there");
            }
            Event::TrackerChanged { tracker } => {
                self.trackers.insert(tracker.url.clone(), tracker);
            }
            Event::TrackerGone { url } => {
                self.trackers.remove(&url);
            }
            Event::PeerJoined { room, peer } => {
                let shown = self.room_mut(&room);
                shown.joins += 1;
                let doubled = shown.peers.insert(peer.peer_id, (peer.clone(), now));
                assert!(doubled.is_none(), "{} is shown twice", peer.peer_id);
            }
            Event::PeerChanged { room, peer } => {
                let known = self.room_mut(&room).peers.get_mut(&peer.peer_id);
                known.expect("only someone who is there changes").0 = peer;
            }
            Event::PeerLeft { room, peer_id } => {
                let shown = self.room_mut(&room);
                let left = shown.peers.remove(&peer_id);
                assert!(left.is_some(), "{peer_id} left without being there");
                shown.last_left.insert(peer_id, now);
            }
            Event::LineAdded {
                room,
                with: None,
                line,
            } => {
                let author = line.author_id.as_ref().map(ToString::to_string);
                let sender = if author.is_some() {
                    nobody()
                } else {
                    line.peer_id
                };
                let shown = self.room_mut(&room);
                let fresh = shown.ids.insert((author, sender, line.id.clone()));
                assert!(fresh, "the line {:?} is shown twice", line.text);
                if line.own {
                    shown.deliveries.insert(line.id.clone(), line.delivery);
                }
                shown.lines.push(line);
            }
            Event::LineChanged {
                room,
                with: None,
                id,
                delivery,
                ..
            } => {
                let before = self.room_mut(&room).deliveries.insert(id, delivery);
                let before = before.expect("only a line of ours is delivered");
                assert!(
                    delivery.reached > before.reached && delivery.reached <= delivery.of,
                    "{before:?} became {delivery:?}"
                );
            }
            Event::NoticeAdded { room, notice } => self.room_mut(&room).notices.push(notice),
            Event::TypingChanged {
                room,
                peer_id,
                direct: false,
                typing,
            } => {
                if let Some((peer, _)) = self.room_mut(&room).peers.get_mut(&peer_id) {
                    peer.typing = typing;
                }
            }
            Event::MeChanged { .. }
            | Event::LineAdded { .. }
            | Event::LineChanged { .. }
            | Event::LineReplaced { .. }
            | Event::TypingChanged { .. }
            | Event::DirectChanged { .. }
            | Event::UnreadChanged { .. }
            | Event::RoomChanged { .. }
            | Event::JudgedChanged { .. } => {}
            Event::ProblemAdded { problem } => {
                self.told.push(problem.what.clone());
                self.problems.insert(problem.id, problem);
            }
            Event::ProblemGone { id } => {
                self.problems.remove(&id);
            }
        }
    }

    /// Whether what was told adds up to what there is.
    pub(crate) fn compare(&self, there: &Snapshot) {
        assert_eq!(
            self.rooms.len(),
            there.rooms.len(),
            "rooms told and rooms there"
        );
        for room in &there.rooms {
            let shown = self.rooms.get(&room.room).expect("every room was told");
            let told: Vec<&Peer> = shown.peers.values().map(|(peer, _)| peer).collect();
            let real: Vec<&Peer> = room.peers.iter().collect();
            assert_eq!(told, real, "peers told and peers there in {}", room.room);
        }
        let told: Vec<&Problem> = self.problems.values().collect();
        let real: Vec<&Problem> = there.problems.iter().collect();
        assert_eq!(told, real, "problems told and problems there");
    }

    /// Who is there, in the room of this name.
    #[must_use]
    pub fn peers(&self, room: &str) -> Vec<&Peer> {
        self.room(room).map_or_else(Vec::new, |shown| {
            shown.peers.values().map(|it| &it.0).collect()
        })
    }

    /// The peer of this id, where it is there.
    #[must_use]
    pub fn peer(&self, room: &str, peer: PeerId) -> Option<&Peer> {
        Some(&self.room(room)?.peers.get(&peer)?.0)
    }

    /// When a peer was first shown, of those that are there.
    #[must_use]
    pub fn since(&self, room: &str, peer: PeerId) -> Option<Duration> {
        Some(self.room(room)?.peers.get(&peer)?.1)
    }

    /// When a peer left last.
    #[must_use]
    pub fn left_at(&self, room: &str, peer: PeerId) -> Option<Duration> {
        self.room(room)?.last_left.get(&peer).copied()
    }

    /// All lines, in the order shown.
    #[must_use]
    pub fn lines(&self, room: &str) -> &[Line] {
        self.room(room).map_or(&[], |shown| &shown.lines)
    }

    /// The quiet lines, in the order shown.
    #[must_use]
    pub fn notices(&self, room: &str) -> &[Notice] {
        self.room(room).map_or(&[], |shown| &shown.notices)
    }

    /// How far a line of ours got.
    #[must_use]
    pub fn delivery(&self, room: &str, id: &MessageId) -> Option<Delivery> {
        self.room(room)?.deliveries.get(id).copied()
    }

    /// How often somebody was shown to come.
    #[must_use]
    pub fn joins(&self, room: &str) -> u64 {
        self.room(room).map_or(0, |shown| shown.joins)
    }

    /// The problems shown now.
    #[must_use]
    pub fn problems(&self) -> Vec<&ProblemKind> {
        self.problems
            .values()
            .map(|problem| &problem.what)
            .collect()
    }

    /// All problems ever shown.
    #[must_use]
    pub fn problems_ever(&self) -> &[ProblemKind] {
        &self.told
    }

    /// What a tracker is shown to do.
    #[must_use]
    pub fn tracker(&self, url: &str) -> Option<&TrackerState> {
        self.trackers.get(url).map(|tracker| &tracker.state)
    }

    /// How many things were told.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.events
    }

    /// Whether a room is shown.
    #[must_use]
    pub fn is_in(&self, room: &str) -> bool {
        self.room(room).is_some()
    }

    pub(crate) fn scene(&self) -> String {
        let rooms: Vec<String> = self
            .rooms
            .iter()
            .map(|(key, shown)| {
                let peers: Vec<&str> = shown.peers.keys().map(PeerId::as_str).collect();
                format!("{key}: [{}] {} lines", peers.join(" "), shown.lines.len())
            })
            .collect();
        format!("{} {:?}", rooms.join("; "), self.problems())
    }

    fn room(&self, room: &str) -> Option<&Shown> {
        self.rooms.get(&RoomKey::from_text(room))
    }

    fn room_mut(&mut self, room: &RoomKey) -> &mut Shown {
        self.rooms
            .get_mut(room)
            .expect("only of joined rooms something is told")
    }
}

/// Stands for the sender of a line whose author is known: then the sender does not matter.
fn nobody() -> PeerId {
    PeerId::parse("--------------------").expect("twenty characters are a peer id")
}
