//! The person at a native peer: remembers all that was shown, and notices what makes no sense.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use room::{
    Delivery, Direct, Entry, Event, Judged, Line, LineKey, Notice, Peer, PersonId, Problem,
    ProblemKind, RoomKey, Rules, Snapshot, TrackerState, TrackerStatus, Unread,
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
    judged: Vec<Judged>,
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
    unread: Unread,
    talks: BTreeMap<PersonId, ShownTalk>,
    direct_typing: BTreeSet<PeerId>,
    muted: bool,
    rules: Rules,
}

/// What is shown of one private talk.
#[derive(Debug, Default)]
struct ShownTalk {
    direct: Option<Direct>,
    lines: Vec<Line>,
    unread: Unread,
}

impl Shown {
    fn line_mut(&mut self, with: Option<&PersonId>, key: LineKey) -> Option<&mut Line> {
        let lines = match with {
            None => &mut self.lines,
            Some(with) => &mut self.talks.get_mut(with)?.lines,
        };
        lines.iter_mut().rev().find(|line| line.key == key)
    }
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
            Event::PeerJoined { room, peer, .. } => {
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
                with: Some(with),
                line,
            } => {
                let talk = self.talk_mut(&room, &with);
                assert!(
                    talk.lines.iter().all(|it| it.key != line.key),
                    "the line {:?} is shown twice",
                    line.text
                );
                talk.lines.push(line);
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
                with,
                id,
                key,
                delivery,
            } => {
                assert!(
                    delivery.reached <= delivery.of && delivery.received <= delivery.of,
                    "{delivery:?}"
                );
                let shown = self.room_mut(&room);
                if with.is_none() {
                    let before = shown.deliveries.insert(id, delivery);
                    before.expect("only a line of ours is delivered");
                }
                if let Some(line) = shown.line_mut(with.as_ref(), key) {
                    line.delivery = delivery;
                }
            }
            Event::LineReplaced { room, with, line } => {
                let there = self.room_mut(&room).line_mut(with.as_ref(), line.key);
                *there.expect("only a line that is shown is replaced") = line;
            }
            Event::DirectChanged { room, direct } => {
                let shown = self.room_mut(&room);
                let talk = shown.talks.entry(direct.with.clone()).or_default();
                talk.direct = Some(direct);
            }
            Event::DirectMoved { room, from, talk } => {
                let shown = self.room_mut(&room);
                let before = shown.talks.remove(&from);
                let mut told = before.expect("only a talk that is shown moves").lines;
                let with = talk.direct.with.clone();
                told.extend(
                    shown
                        .talks
                        .remove(&with)
                        .into_iter()
                        .flat_map(|it| it.lines),
                );
                compare_lines(&told, &talk.entries);
                let lines = talk.entries.into_iter().filter_map(|entry| match entry {
                    Entry::Line(line) => Some(line),
                    Entry::Notice(_) => None,
                });
                let moved = ShownTalk {
                    direct: Some(talk.direct),
                    lines: lines.collect(),
                    unread: talk.unread,
                };
                shown.talks.insert(with, moved);
            }
            Event::UnreadChanged { room, with, unread } => {
                let shown = self.room_mut(&room);
                match with {
                    None => shown.unread = unread,
                    Some(with) => shown.talks.entry(with).or_default().unread = unread,
                }
            }
            Event::NoticeAdded { room, notice } => self.room_mut(&room).notices.push(notice),
            Event::TypingChanged {
                room,
                peer_id,
                direct,
                typing,
            } => {
                if direct {
                    let shown = self.room_mut(&room);
                    if typing {
                        shown.direct_typing.insert(peer_id);
                    } else {
                        shown.direct_typing.remove(&peer_id);
                    }
                    return;
                }
                if let Some((peer, _)) = self.room_mut(&room).peers.get_mut(&peer_id) {
                    peer.typing = typing;
                }
            }
            Event::RoomChanged { room, muted, rules } => {
                let shown = self.room_mut(&room);
                (shown.muted, shown.rules) = (muted, rules);
            }
            Event::JudgedChanged { judged } => self.judged = judged,
            Event::MeChanged { .. } => {}
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
            assert_eq!((shown.muted, shown.rules), (room.muted, room.rules));
            compare_lines(&shown.lines, &room.entries);
            for direct in &room.directs {
                let talk = shown.talks.get(&direct.direct.with);
                let talk = talk.expect("every talk was told");
                assert_eq!(
                    talk.direct.as_ref(),
                    Some(&direct.direct),
                    "who a talk is with"
                );
                compare_lines(&talk.lines, &direct.entries);
            }
        }
        let told: Vec<&Problem> = self.problems.values().collect();
        let real: Vec<&Problem> = there.problems.iter().collect();
        assert_eq!(told, real, "problems told and problems there");
        assert_eq!(self.judged, there.judged, "people judged, told and there");
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

    /// The private lines with someone, in the order shown.
    #[must_use]
    pub fn private_lines(&self, room: &str, with: &PersonId) -> &[Line] {
        self.room(room)
            .and_then(|shown| shown.talks.get(with))
            .map_or(&[], |talk| &talk.lines)
    }

    /// The private talks that are shown.
    #[must_use]
    pub fn talks(&self, room: &str) -> Vec<&Direct> {
        self.room(room).map_or_else(Vec::new, |shown| {
            let talks = shown.talks.values();
            talks.filter_map(|talk| talk.direct.as_ref()).collect()
        })
    }

    /// What is shown as unread.
    #[must_use]
    pub fn unread(&self, room: &str, with: Option<&PersonId>) -> Unread {
        let Some(shown) = self.room(room) else {
            return Unread::default();
        };
        match with {
            None => shown.unread,
            Some(with) => shown
                .talks
                .get(with)
                .map_or_else(Unread::default, |it| it.unread),
        }
    }

    /// Whether a peer is shown to type to us alone.
    #[must_use]
    pub fn is_typing_privately(&self, room: &str, peer: PeerId) -> bool {
        self.room(room)
            .is_some_and(|shown| shown.direct_typing.contains(&peer))
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

    fn talk_mut(&mut self, room: &RoomKey, with: &PersonId) -> &mut ShownTalk {
        let talk = self.room_mut(room).talks.get_mut(with);
        talk.expect("a talk is told before its lines")
    }

    fn room_mut(&mut self, room: &RoomKey) -> &mut Shown {
        self.rooms
            .get_mut(room)
            .expect("only of joined rooms something is told")
    }
}

/// Whether the lines there are as they were shown; others were forgotten since. How far they got
/// may be told a moment later.
fn compare_lines(shown: &[Line], there: &[Entry]) {
    let shown: BTreeMap<LineKey, &Line> = shown.iter().map(|line| (line.key, line)).collect();
    for entry in there {
        if let Entry::Line(line) = entry {
            let told = shown.get(&line.key).expect("every line was told");
            assert_eq!(
                settled(told),
                settled(line),
                "a line told and the line there"
            );
        }
    }
}

fn settled(line: &Line) -> Line {
    Line {
        delivery: Delivery::default(),
        ..line.clone()
    }
}

/// Stands for the sender of a line whose author is known: then the sender does not matter.
fn nobody() -> PeerId {
    PeerId::parse("--------------------").expect("twenty characters are a peer id")
}
