//! What happens, as JSON for programs or as readable lines for people.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use room::{
    DirectSnapshot, Entry, PersonId, RoomKey, RoomSnapshot, Rules, Snapshot, Trust, Unread,
};
use time::{OffsetDateTime, UtcOffset};
use view::{
    Event, Fold, Line, NoticeKind, Offence, Peer, ProblemKind, Tracker, TrackerFailure,
    TrackerState, Verification,
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
        judged,
        home: _,
    } = snapshot;
    let mut events = Vec::new();
    for it in rooms {
        let RoomSnapshot {
            room,
            address,
            entries,
            peers,
            unread,
            muted,
            rules,
            directs,
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
        events.extend(transcript(&room, None, entries, unread));
        for talk in directs {
            let DirectSnapshot {
                direct,
                entries,
                unread,
                ..
            } = talk;
            let with = direct.with.clone();
            events.push(room::Event::DirectChanged {
                room: room.clone(),
                direct,
            });
            events.extend(transcript(&room, Some(with), entries, unread));
        }
        if muted || rules != Rules::default() {
            events.push(room::Event::RoomChanged { room, muted, rules });
        }
    }
    if !judged.is_empty() {
        events.push(room::Event::JudgedChanged { judged });
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

fn transcript(
    room: &RoomKey,
    with: Option<PersonId>,
    entries: Vec<Entry>,
    unread: Unread,
) -> Vec<room::Event> {
    let mut events: Vec<room::Event> = entries
        .into_iter()
        .map(|entry| match entry {
            Entry::Line(line) => room::Event::LineAdded {
                room: room.clone(),
                with: with.clone(),
                line,
            },
            Entry::Notice(notice) => room::Event::NoticeAdded {
                room: room.clone(),
                notice,
            },
        })
        .collect();
    if unread != Unread::default() {
        events.push(room::Event::UnreadChanged {
            room: room.clone(),
            with,
            unread,
        });
    }
    events
}

/// When a line is shown to have been said: by our clock where we heard it ourselves.
pub(crate) fn time_of(backfilled: bool, sent: i64, received: i64) -> i64 {
    if backfilled { sent } else { received }
}

/// The hour on the clock here.
pub(crate) fn clock(unix_ms: i64, offset: UtcOffset) -> String {
    let time = OffsetDateTime::from_unix_timestamp(unix_ms.div_euclid(1000))
        .ok()
        .and_then(|time| time.checked_to_offset(offset));
    match time {
        Some(time) => format!("{:02}:{:02}", time.hour(), time.minute()),
        None => "--:--".to_owned(),
    }
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
    /// What those are called with whom there are private talks.
    talks: BTreeMap<String, String>,
    /// What the lines said, so that a change of words is told apart from an emoji on them.
    texts: Texts,
}

/// What the latest lines said, in short.
#[derive(Default)]
struct Texts(BTreeMap<u64, u64>);

/// Lines whose words are remembered. Changes of older ones are told even if only an emoji came.
const MAX_TEXTS: usize = 10_000;

impl Texts {
    /// Whether the line says something else than before.
    fn insert(&mut self, key: u64, text: &str, deleted: bool) -> bool {
        let mut hasher = DefaultHasher::new();
        (text, deleted).hash(&mut hasher);
        let now = hasher.finish();
        let before = self.0.insert(key, now);
        if self.0.len() > MAX_TEXTS {
            self.0.pop_first();
        }
        before != Some(now)
    }
}

/// What stands for a line that is folded away.
pub(crate) fn folded(fold: Fold, key: u64) -> String {
    let why = match fold {
        Fold::Flood => "too much at once",
        Fold::Slow => "this room is slow",
        Fold::Muted => "muted by you",
    };
    format!("(folded away: {why}; /show {key})")
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
            talks: BTreeMap::new(),
            texts: Texts::default(),
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
            Event::LineAdded { with, line, .. } => self.line(with.as_deref(), line),
            Event::LineReplaced { line, .. } => self.change(line),
            Event::DirectChanged { direct, .. } => {
                self.talks.insert(direct.with.clone(), direct.name.clone());
                Vec::new()
            }
            Event::NoticeAdded { notice, .. } => {
                let what = notice_text(&notice.what);
                self.rows_at(notice.time, "* ", &[what])
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
            | Event::UnreadChanged { .. }
            | Event::RoomChanged { .. }
            | Event::JudgedChanged { .. }
            | Event::TypingChanged { .. }
            | Event::ProblemGone { .. }
            | Event::LinkOpened { .. }
            | Event::PlaceOpened { .. }
            | Event::SettingsChanged { .. } => Vec::new(),
        }
    }

    fn note_proof(&mut self, peer: &Peer) {
        if peer.verified {
            self.unproved.remove(&peer.peer_id);
        } else {
            self.unproved.insert(peer.peer_id.clone());
        }
    }

    fn line(&mut self, with: Option<&str>, line: &Line) -> Vec<String> {
        self.texts.insert(line.key, &line.text, line.deleted);
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
        if let Some(with) = with {
            let other = self.talks.get(with).map_or(with, String::as_str);
            author.push_str(&match line.own {
                true => format!(" (to {} alone)", clean::line(other)),
                false => " (to you alone)".to_owned(),
            });
        }
        if let Some(reply) = &line.reply {
            author.push_str(&format!(
                " (to {}'s \"{}\")",
                clean::line(&reply.author),
                clean::line(&reply.excerpt)
            ));
        }
        let mut text = match line.folded {
            // Who reads a stream chose to mute and to be slow, but not to lose what comes fast.
            Some(fold @ (Fold::Muted | Fold::Slow)) if !line.own => vec![folded(fold, line.key)],
            _ => clean::lines(&line.text),
        };
        if let Some(first) = text.first_mut() {
            first.insert_str(0, &format!("{author}: "));
        }
        let time = time_of(line.backfilled, line.time_sent, line.time_received);
        self.rows_at(time, "", &text)
    }

    /// What an author did to a line. Emoji that come and go are no news here; `/lines` shows where
    /// things stand.
    fn change(&mut self, line: &Line) -> Vec<String> {
        let is_news = self.texts.insert(line.key, &line.text, line.deleted);
        if !is_news || line.own && !self.own_lines || line.folded.is_some() && !line.own {
            return Vec::new();
        }
        let author = clean::line(&line.author);
        if line.deleted {
            return self.aside(&format!("{author} took back line #{}.", line.key));
        }
        let mut text = clean::lines(&line.text);
        if let Some(first) = text.first_mut() {
            first.insert_str(0, &format!("{author} now says in line #{}: ", line.key));
        }
        self.under(INDENT, "- ", &text)
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
        let lead = format!("{}  ", clock(unix_ms, self.offset));
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

/// Who is here, a row for each.
pub(crate) fn who_is_here(peers: &[room::Peer]) -> Vec<String> {
    if peers.is_empty() {
        return vec!["Nobody else is here.".to_owned()];
    }
    peers.iter().map(who).collect()
}

fn who(peer: &room::Peer) -> String {
    let name = clean::line(&full_name(&peer.name, &peer.animal_name));
    let trust = match peer.trust {
        Trust::Verified => "verified",
        Trust::Unverified => "signature wrong",
        Trust::Unidentified => "unidentified",
    };
    let kind = if peer.native { "app" } else { "browser" };
    let path = match peer.path {
        room::Path::Unknown => "path unknown",
        room::Path::Direct => "direct",
        room::Path::Relayed => "relayed",
    };
    let mut text = format!("{name}: {trust}, {kind}, {path}");
    if peer.standing == room::Standing::Muted {
        text.push_str(", muted by you");
    }
    if peer.slowed {
        text.push_str(", says more than is shown at once");
    }
    if peer.key_changed {
        text.push_str(", has another key than before");
    }
    if let Some(other) = &peer.imitates {
        text.push_str(&format!(", has a name like {}'s", clean::line(other)));
    }
    text
}

/// The chosen name with the one nobody can choose, as others see it.
pub(crate) fn full_name(name: &str, animal_name: &str) -> String {
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

/// What a quiet line says. Clean.
pub(crate) fn notice_text(notice: &NoticeKind) -> String {
    clean::line(&match notice {
        NoticeKind::Joined { name } => format!("{name} joined."),
        NoticeKind::Left { name } => format!("{name} left."),
        NoticeKind::Lost { name } => format!("The connection to {name} was lost."),
        NoticeKind::Renamed { from, to } => format!("{from} is now called {to}."),
        NoticeKind::Slowed { name } => format!("{name} says more than is shown at once."),
        NoticeKind::Blocked { name } => format!("You blocked {name}."),
    })
}

pub(crate) fn problem_text(problem: &ProblemKind) -> String {
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

    fn changed(event: Event, change: impl FnOnce(&mut Line)) -> Event {
        match event {
            Event::LineAdded {
                room,
                with,
                mut line,
            } => {
                change(&mut line);
                Event::LineReplaced { room, with, line }
            }
            other => other,
        }
    }

    #[test]
    fn words_between_two_people_are_told_apart_from_the_room_s() {
        let mut plain = plain(None);
        let mut event = line("Ada", "psst");
        if let Event::LineAdded { with, .. } = &mut event {
            *with = Some("session:01234567890123456789".to_owned());
        }

        assert_eq!(plain.rows(&event), ["00:01  Ada (to you alone): psst"]);
    }

    #[test]
    fn other_words_are_news_and_an_emoji_is_none() {
        let mut plain = plain(None);
        plain.rows(&line("Ada", "frist"));

        let edited = changed(line("Ada", "first"), |_| {});
        assert_eq!(
            plain.rows(&edited),
            ["       - Ada now says in line #1: first"]
        );
        let marked = changed(line("Ada", "first"), |line| {
            line.reactions.push(view::Reaction {
                emoji: "!".to_owned(),
                names: vec!["Ben".to_owned()],
                own: false,
            });
        });
        assert!(plain.rows(&marked).is_empty());
        let deleted = changed(line("Ada", ""), |line| line.deleted = true);
        assert_eq!(plain.rows(&deleted), ["       - Ada took back line #1."]);
    }

    #[test]
    fn what_a_muted_person_says_is_folded_away_and_what_comes_fast_is_not() {
        let mut plain = plain(None);
        for (fold, shown) in [
            (Fold::Muted, false),
            (Fold::Slow, false),
            (Fold::Flood, true),
        ] {
            let mut event = line("Eve", "words");
            if let Event::LineAdded { line, .. } = &mut event {
                line.folded = Some(fold);
            }
            let rows = plain.rows(&event).concat();
            assert_eq!(rows.contains("words"), shown, "{rows}");
            assert_eq!(rows.contains("/show 1"), !shown, "{rows}");
        }
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
