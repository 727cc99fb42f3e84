//! What happens, as JSON for programs or as readable lines for people.

use std::collections::{BTreeMap, BTreeSet};

use room::{Entry, RoomSnapshot, Snapshot};
use time::{OffsetDateTime, UtcOffset};
use view::{
    Event, Line, NoticeKind, Offence, Peer, ProblemKind, Tracker, TrackerFailure, TrackerState,
    Verification,
};

use crate::clean;

/// How events are told.
pub(crate) enum Story {
    /// One object a line.
    Json,
    /// Lines for people.
    Plain(Plain),
}

impl Story {
    /// Adds an event to a page.
    pub(crate) fn tell(&mut self, event: room::Event, page: &mut Vec<u8>) {
        let event = view::project(event).without_secrets();
        match self {
            Self::Json => {
                let start = page.len();
                match serde_json::to_writer(&mut *page, &event) {
                    Ok(()) => page.push(b'\n'),
                    // Cannot be for these types; half an object must not stand in the page.
                    Err(_) => page.truncate(start),
                }
            }
            Self::Plain(plain) => {
                for row in plain.rows(&event) {
                    page.extend_from_slice(row.as_bytes());
                    page.push(b'\n');
                }
            }
        }
    }
}

/// The events that lead to a snapshot: what a listener from the beginning would have heard.
pub(crate) fn so_far(snapshot: Snapshot) -> Vec<room::Event> {
    let Snapshot {
        me,
        rooms,
        trackers,
        problems,
        ..
    } = snapshot;
    let mut events = Vec::new();
    for it in rooms {
        let RoomSnapshot {
            room,
            address,
            entries,
            peers,
            ..
        } = it;
        events.push(room::Event::Joined {
            room: room.clone(),
            address,
            me: me.clone(),
        });
        for peer in peers {
            events.push(room::Event::PeerJoined {
                room: room.clone(),
                peer,
            });
        }
        for entry in entries {
            let room = room.clone();
            events.push(match entry {
                Entry::Line(line) => room::Event::LineAdded {
                    room,
                    with: None,
                    line,
                },
                Entry::Notice(notice) => room::Event::NoticeAdded { room, notice },
            });
        }
    }
    events.extend(
        trackers
            .into_iter()
            .map(|tracker| room::Event::TrackerChanged { tracker }),
    );
    events.extend(
        problems
            .into_iter()
            .map(|problem| room::Event::ProblemAdded { problem }),
    );
    events
}

/// Lines for people.
pub(crate) struct Plain {
    offset: UtcOffset,
    /// The terminal's width; where there is none, lines are not cut.
    width: Option<usize>,
    /// Whether lines of our own are told. A terminal has shown them while they were typed.
    own_lines: bool,
    /// Who is here without having proved who they are.
    unproved: BTreeSet<String>,
    /// What was last told of each tracker: they are tried again and again, and only changes matter.
    trackers: BTreeMap<String, String>,
}

/// Under the time, where a text goes on.
const INDENT: &str = "       ";

impl Plain {
    pub(crate) fn new(offset: UtcOffset, width: Option<usize>, own_lines: bool) -> Self {
        Self {
            offset,
            width,
            own_lines,
            unproved: BTreeSet::new(),
            trackers: BTreeMap::new(),
        }
    }

    fn rows(&mut self, event: &Event) -> Vec<String> {
        match event {
            Event::Joined {
                name,
                origin,
                private,
                me,
                links,
                ..
            } => {
                let kind = if *private { "private" } else { "public" };
                let mut rows = self.aside(&format!(
                    "You are in the {kind} room {name} of {origin}, as {}.",
                    full_name(&me.name, &me.animal_name)
                ));
                rows.extend(self.aside(&format!("Others come here by {}", links.web)));
                rows.extend(self.aside("Type to talk, /help for more."));
                rows
            }
            Event::Left { .. } => self.aside("You left."),
            Event::TrackerChanged(tracker) => self.tracker(tracker),
            Event::TrackerGone { url } => {
                self.trackers.remove(url);
                Vec::new()
            }
            Event::PeerJoined { peer, .. } => {
                self.note_proof(peer);
                self.peer(peer)
            }
            Event::PeerChanged { peer, .. } => {
                self.note_proof(peer);
                Vec::new()
            }
            Event::PeerLeft { peer_id, .. } => {
                self.unproved.remove(peer_id);
                Vec::new()
            }
            Event::LineAdded { line, .. } => self.line(line),
            Event::NoticeAdded { notice, .. } => {
                let what = match &notice.what {
                    NoticeKind::Joined { name } => format!("{name} joined."),
                    NoticeKind::Left { name } => format!("{name} left."),
                    NoticeKind::Lost { name } => format!("The connection to {name} was lost."),
                    NoticeKind::Renamed { from, to } => format!("{from} is now called {to}."),
                    NoticeKind::Slowed { name } => {
                        format!("{name} says more than is shown at once.")
                    }
                    NoticeKind::Blocked { name } => format!("You blocked {name}."),
                };
                self.rows_at(notice.time, "* ", &[clean::line(&what)])
            }
            Event::MeChanged { me } => self.aside(&format!(
                "You are now called {}.",
                full_name(&me.name, &me.animal_name)
            )),
            Event::ProblemAdded { problem } => {
                let what = clean::line(&problem_text(&problem.what));
                self.rows_at(problem.time, "! ", &[what])
            }
            // Told by a notice, or nothing to read.
            Event::LineChanged { .. }
            | Event::LineReplaced { .. }
            | Event::DirectChanged { .. }
            | Event::UnreadChanged { .. }
            | Event::RoomChanged { .. }
            | Event::JudgedChanged { .. }
            | Event::TypingChanged { .. }
            | Event::ProblemGone { .. }
            | Event::LinkOpened { .. } => Vec::new(),
        }
    }

    fn note_proof(&mut self, peer: &Peer) {
        if peer.verified {
            self.unproved.remove(&peer.peer_id);
        } else {
            self.unproved.insert(peer.peer_id.clone());
        }
    }

    fn line(&self, line: &Line) -> Vec<String> {
        if line.own && !self.own_lines {
            return Vec::new();
        }
        let animal = line
            .author_id
            .as_deref()
            .map(wire::animal_name)
            .unwrap_or_default();
        let mut author = clean::line(&full_name(&line.author, &animal));
        if line.backfilled {
            author.push_str(" (earlier)");
        }
        if !line.backfilled && self.unproved.contains(&line.peer_id) {
            author.push_str(" (not verified)");
        }
        if line.misattributed {
            author.push_str(" (claims to be someone else)");
        }
        let mut text = clean::lines(&line.text);
        if let Some(first) = text.first_mut() {
            first.insert_str(0, &format!("{author}: "));
        }
        let time = if line.backfilled {
            line.time_sent
        } else {
            line.time_received
        };
        self.rows_at(time, "", &text)
    }

    fn peer(&self, peer: &Peer) -> Vec<String> {
        match peer.verification {
            // A notice says that it joined.
            Verification::Verified => Vec::new(),
            Verification::Unverified => self.aside(&format!(
                "{} cannot prove who it is: its signature is wrong.",
                peer.name
            )),
            Verification::Unidentified => {
                self.aside(&format!("{} has not said who it is.", peer.name))
            }
        }
    }

    fn tracker(&mut self, tracker: &Tracker) -> Vec<String> {
        let state = match tracker.state {
            TrackerState::Open => "is open".to_owned(),
            TrackerState::Failed => format!("fails: {}", failure_text(tracker)),
            TrackerState::Connecting | TrackerState::Closed => return Vec::new(),
        };
        let before = self.trackers.insert(tracker.url.clone(), state.clone());
        if before.as_ref() == Some(&state) {
            return Vec::new();
        }
        self.aside(&format!("Tracker {} {state}.", tracker.url))
    }

    /// A line that has no time of its own.
    fn aside(&self, text: &str) -> Vec<String> {
        self.under(INDENT, "- ", &[clean::line(text)])
    }

    fn rows_at(&self, unix_ms: i64, mark: &str, text: &[String]) -> Vec<String> {
        let time = OffsetDateTime::from_unix_timestamp(unix_ms / 1000)
            .ok()
            .and_then(|time| time.checked_to_offset(self.offset));
        let lead = match time {
            Some(time) => format!("{:02}:{:02}  ", time.hour(), time.minute()),
            None => "--:--  ".to_owned(),
        };
        self.under(&lead, mark, text)
    }

    /// Whatever a text holds, only its first row begins at the left.
    fn under(&self, lead: &str, mark: &str, text: &[String]) -> Vec<String> {
        let room = self
            .width
            .map(|width| width.saturating_sub(lead.len() + mark.len()));
        let mut rows = Vec::new();
        for line in text {
            match room {
                Some(room) => rows.extend(clean::wrap(line, room)),
                None => rows.push(line.clone()),
            }
        }
        rows.iter()
            .enumerate()
            .map(|(at, row)| {
                let row = match at {
                    0 => format!("{lead}{mark}{row}"),
                    _ => format!("{INDENT}{:indent$}{row}", "", indent = mark.len()),
                };
                row.trim_end().to_owned()
            })
            .collect()
    }
}

/// Who is here, for people.
pub(crate) fn who_is_here(snapshot: &Snapshot) -> String {
    let peers: Vec<Peer> = view::snapshot(snapshot.clone())
        .rooms
        .into_iter()
        .flat_map(|room| room.peers)
        .collect();
    if peers.is_empty() {
        return "Nobody else is here.\n".to_owned();
    }
    let mut text = String::new();
    for peer in &peers {
        let name = clean::line(&full_name(&peer.name, &peer.animal_name));
        let trust = match peer.verification {
            Verification::Verified => "verified",
            Verification::Unverified => "signature wrong",
            Verification::Unidentified => "unidentified",
        };
        let kind = if peer.native { "app" } else { "browser" };
        let path = match peer.path {
            view::Path::Unknown => "path unknown",
            view::Path::Direct => "direct",
            view::Path::Relayed => "relayed",
        };
        text.push_str(&format!("{name}: {trust}, {kind}, {path}\n"));
    }
    text
}

/// The chosen name with the one nobody can choose, as others see it.
fn full_name(name: &str, animal_name: &str) -> String {
    if name == animal_name || animal_name.is_empty() {
        name.to_owned()
    } else {
        format!("{name} ({animal_name})")
    }
}

fn failure_text(tracker: &Tracker) -> String {
    let reason = match tracker.reason {
        Some(TrackerFailure::Unreachable) | None => "it cannot be reached",
        Some(TrackerFailure::Refused) => match tracker.status {
            Some(status) => return format!("no tracker answers there (HTTP {status})"),
            None => "no tracker answers there",
        },
        Some(TrackerFailure::Tls) => "its certificate or encryption is wrong",
        Some(TrackerFailure::Rejected) => match &tracker.message {
            Some(message) => return format!("it rejects us, saying: {message}"),
            None => "it rejects us",
        },
        Some(TrackerFailure::Silent) => "it does not answer",
        Some(TrackerFailure::Garbage) => "it sends nonsense",
        Some(TrackerFailure::Flooded) => "it sends too much",
        Some(TrackerFailure::Closed) => "it closed the connection",
        Some(TrackerFailure::BadAddress) => "that is not the address of a tracker",
        Some(TrackerFailure::Proxy) => "the proxy to it does not work",
    };
    reason.to_owned()
}

fn problem_text(problem: &ProblemKind) -> String {
    match problem {
        ProblemKind::OtherPassword { .. } => {
            "Someone is in a room of this name with another password; you cannot meet.".to_owned()
        }
        ProblemKind::CutOff { name, offence, .. } => {
            let what = match offence {
                Offence::Oversized => "sent more than is allowed",
                Offence::Nonsense => "sent nonsense",
                Offence::Stalled => "took nothing of what was sent to it",
            };
            format!("{name} {what} and was disconnected.")
        }
        ProblemKind::NoTracker => "No tracker can be reached, so nobody can be found.".to_owned(),
        ProblemKind::Unconnectable { .. } => {
            "Someone is here, but no connection to them can be made.".to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(author: &str, text: &str) -> Event {
        let mut event = view::project(room::Event::LineAdded {
            room: room::RoomKey::from_text("demo"),
            with: None,
            line: room::Line {
                id: wire::MessageId::parse("m").expect("an id"),
                peer_id: wire::PeerId::parse("01234567890123456789").expect("an id"),
                author: String::new(),
                author_id: None,
                text: text.to_owned(),
                time_sent: 0,
                time_received: 61_000,
                own: false,
                backfilled: false,
                misattributed: false,
                delivery: room::Delivery::default(),
                key: room::LineKey(1),
                reply: None,
                edited: false,
                deleted: false,
                reactions: Vec::new(),
                mentions: Vec::new(),
                mentions_me: false,
                folded: None,
                plain: false,
            },
        });
        if let Event::LineAdded { line, .. } = &mut event {
            line.author = author.to_owned();
        }
        event
    }

    fn plain(width: Option<usize>) -> Plain {
        Plain::new(UtcOffset::UTC, width, true)
    }

    #[test]
    fn a_line_shows_when_who_and_what() {
        let rows = plain(Some(80)).rows(&line("Ada", "hello *you*"));

        assert_eq!(rows, ["00:01  Ada: hello *you*"]);
    }

    #[test]
    fn nobody_can_write_a_line_that_seems_to_be_another_s() {
        let fake = "00:01  Bob: I agree";
        let filler = " ".repeat(80 - "00:01  Eve: ".len());
        for text in [
            format!("hi\n{fake}"),
            format!("hi\r{fake}"),
            format!("hi\u{1b}[1G{fake}"),
            format!("hi\u{2028}{fake}"),
            format!("{filler}{fake}"),
        ] {
            let rows = plain(Some(80)).rows(&line("Eve", &text));

            let left: Vec<&String> = rows.iter().filter(|row| !row.starts_with("  ")).collect();
            assert_eq!(left.len(), 1, "{rows:?}");
            assert!(left[0].starts_with("00:01  Eve:"), "{rows:?}");
        }
        let rows = plain(None).rows(&line("Eve\n00:01  Bob", "hi"));
        assert_eq!(rows, ["00:01  Eve 00:01  Bob: hi"]);
    }

    #[test]
    fn a_tracker_that_stays_as_it_is_is_told_once() {
        let mut plain = plain(None);
        let failed = |state| {
            Event::TrackerChanged(Tracker {
                url: "ws://127.0.0.1:9".to_owned(),
                state,
                reason: Some(TrackerFailure::Unreachable),
                status: None,
                message: None,
                local: false,
                retry_at: None,
            })
        };

        let told: Vec<String> = [
            TrackerState::Connecting,
            TrackerState::Failed,
            TrackerState::Connecting,
            TrackerState::Failed,
            TrackerState::Open,
        ]
        .into_iter()
        .flat_map(|state| plain.rows(&failed(state)))
        .collect();

        assert_eq!(told.len(), 2, "{told:?}");
    }

    #[test]
    fn json_is_one_object_a_line_whatever_is_in_it() {
        let mut page = Vec::new();
        let mut story = Story::Json;
        for text in ["one\ntwo", "\u{2028}", "\u{1b}[2J"] {
            let event = room::Event::LineAdded {
                room: room::RoomKey::from_text("demo"),
                with: None,
                line: room::Line {
                    id: wire::MessageId::parse("m").expect("an id"),
                    peer_id: wire::PeerId::parse("01234567890123456789").expect("an id"),
                    author: "Ada".to_owned(),
                    author_id: None,
                    text: text.to_owned(),
                    time_sent: 0,
                    time_received: 0,
                    own: false,
                    backfilled: false,
                    misattributed: false,
                    delivery: room::Delivery::default(),
                    key: room::LineKey(1),
                    reply: None,
                    edited: false,
                    deleted: false,
                    reactions: Vec::new(),
                    mentions: Vec::new(),
                    mentions_me: false,
                    folded: None,
                    plain: false,
                },
            };
            story.tell(event, &mut page);
        }

        let page = String::from_utf8(page).expect("UTF-8");
        assert_eq!(page.lines().count(), 3);
        for line in page.lines() {
            let object: serde_json::Value = serde_json::from_str(line).expect("JSON");
            assert_eq!(object["kind"], "lineAdded");
        }
    }
}
