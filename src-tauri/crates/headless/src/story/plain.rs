//! Readable lines for people.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use time::UtcOffset;
use view::{Event, Fold, Line, Peer, Tracker, TrackerState, Verification};

use super::words::{
    clock, failure_text, folded, full_name, imitation, notice_text, problem_text, time_of,
};
use crate::clean;

/// Lines for people.
pub(crate) struct Plain {
    offset: UtcOffset,
    /// The terminal's width; where there is none, lines are not cut.
    width: Option<usize>,
    /// Whether lines of our own are told. A terminal has shown them while they were typed.
    own_lines: bool,
    /// Who is here, by room and session.
    peers: BTreeMap<(String, String), Peer>,
    /// What was last told of each tracker: they are tried again and again, and only changes matter.
    trackers: BTreeMap<String, String>,
    /// What those are called with whom there are private talks.
    talks: BTreeMap<String, String>,
    /// The rooms one is in. With more than one, each line says from which it is.
    rooms: BTreeSet<String>,
    /// From which, for what is being told.
    place: String,
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

/// Characters of a room's name before its lines.
const MAX_PLACE: usize = 24;

/// The room something happened in.
fn room_of(event: &Event) -> Option<&str> {
    match event {
        Event::Joined { room, .. }
        | Event::Left { room }
        | Event::PeerJoined { room, .. }
        | Event::PeerChanged { room, .. }
        | Event::PeerLeft { room, .. }
        | Event::LineAdded { room, .. }
        | Event::LineChanged { room, .. }
        | Event::LineReplaced { room, .. }
        | Event::DirectChanged { room, .. }
        | Event::DirectMoved { room, .. }
        | Event::UnreadChanged { room, .. }
        | Event::RoomChanged { room, .. }
        | Event::NoticeAdded { room, .. }
        | Event::TypingChanged { room, .. } => Some(room),
        _ => None,
    }
}

/// Under the time, where a text goes on.
const INDENT: &str = "       ";

impl Plain {
    pub(crate) fn new(offset: UtcOffset, width: Option<usize>, own_lines: bool) -> Self {
        Self {
            offset,
            width,
            own_lines,
            peers: BTreeMap::new(),
            trackers: BTreeMap::new(),
            talks: BTreeMap::new(),
            rooms: BTreeSet::new(),
            place: String::new(),
            texts: Texts::default(),
        }
    }

    pub(super) fn rows(&mut self, event: &Event) -> Vec<String> {
        if let Event::Joined { room, .. } = event {
            self.rooms.insert(room.clone());
        }
        self.place = match room_of(event) {
            Some(room) if self.rooms.len() > 1 => {
                let name: String = clean::visible(room).chars().take(MAX_PLACE).collect();
                format!("[{name}] ")
            }
            _ => String::new(),
        };
        let rows = self.rows_in_place(event);
        if let Event::Left { room } = event {
            self.rooms.remove(room);
            self.peers.retain(|(at, _), _| at != room);
        }
        rows
    }

    fn rows_in_place(&mut self, event: &Event) -> Vec<String> {
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
                    "You are in the {kind} room {} of {origin}, as {}.",
                    clean::visible(name),
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
            Event::PeerJoined { room, peer } => {
                self.note(room, peer);
                self.peer(peer)
            }
            Event::PeerChanged { room, peer } => {
                let before = self.note(room, peer);
                match imitation(before.as_ref(), peer) {
                    Some(words) => self.aside(&words),
                    None => Vec::new(),
                }
            }
            Event::PeerLeft { room, peer_id } => {
                self.peers.remove(&(room.clone(), peer_id.clone()));
                Vec::new()
            }
            Event::LineAdded { room, with, line } => self.line(room, with.as_deref(), line),
            Event::LineReplaced { room, line, .. } => self.change(room, line),
            Event::DirectChanged { direct, .. } => {
                self.talks.insert(direct.with.clone(), direct.name.clone());
                Vec::new()
            }
            Event::DirectMoved { from, talk, .. } => {
                self.talks.remove(from);
                let direct = &talk.direct;
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

    /// Remembers somebody as they are now, and gives them as they were.
    fn note(&mut self, room: &str, peer: &Peer) -> Option<Peer> {
        let key = (room.to_owned(), peer.peer_id.clone());
        self.peers.insert(key, peer.clone())
    }

    /// Who said a line, with what is known against them. Clean.
    fn author(&self, room: &str, line: &Line) -> String {
        let animal = line
            .author_id
            .as_deref()
            .map(wire::animal_name)
            .unwrap_or_default();
        let mut author = clean::line(&full_name(&line.author, &animal));
        if line.backfilled {
            author.push_str(" (earlier)");
            // Who passed it on is not who said it.
            return author;
        }
        let sender = self.peers.get(&(room.to_owned(), line.peer_id.clone()));
        if sender.is_some_and(|it| !it.verified) {
            author.push_str(" (not verified)");
        }
        if let Some(other) = sender.and_then(|it| it.imitates.as_deref()) {
            author.push_str(&format!(" (a name like {}'s)", clean::line(other)));
        }
        author
    }

    fn line(&mut self, room: &str, with: Option<&str>, line: &Line) -> Vec<String> {
        self.texts.insert(line.key, &line.text, line.deleted);
        if line.own && !self.own_lines {
            return Vec::new();
        }
        let mut author = self.author(room, line);
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
    fn change(&mut self, room: &str, line: &Line) -> Vec<String> {
        let is_news = self.texts.insert(line.key, &line.text, line.deleted);
        if !is_news || line.own && !self.own_lines || line.folded.is_some() && !line.own {
            return Vec::new();
        }
        let author = self.author(room, line);
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
            TrackerState::Failed => {
                let message = tracker.message.as_deref();
                format!(
                    "fails: {}",
                    failure_text(tracker.reason, tracker.status, message)
                )
            }
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
        let lead = format!("{lead}{}", self.place);
        let room = self
            .width
            .map(|width| width.saturating_sub(lead.chars().count() + mark.len()));
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

#[cfg(test)]
mod tests {
    use view::TrackerFailure;

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

    fn peer(name: &str, imitates: Option<&str>) -> Peer {
        let peer_id = wire::PeerId::parse("01234567890123456789").expect("an id");
        Peer::from(room::Peer {
            person: room::PersonId::Session(peer_id),
            peer_id,
            user_id: None,
            name: name.to_owned(),
            custom_name: name.to_owned(),
            animal_name: "Shiny Lynx".to_owned(),
            public_key: None,
            trust: room::Trust::Verified,
            native: true,
            path: room::Path::Direct,
            typing: false,
            standing: room::Standing::Normal,
            slowed: false,
            imitates: imitates.map(str::to_owned),
            key_changed: false,
            proof: room::Proof::None,
            talks: true,
        })
    }

    #[test]
    fn a_name_like_another_s_is_told_when_it_comes_and_beside_each_line() {
        let mut plain = plain(None);
        let room = "demo".to_owned();
        let joined = |peer| Event::PeerJoined {
            room: room.clone(),
            peer,
        };
        let changed = |peer| Event::PeerChanged {
            room: room.clone(),
            peer,
        };
        let notice = |what| Event::NoticeAdded {
            room: room.clone(),
            notice: view::Notice {
                id: 1,
                time: 0,
                what,
            },
        };
        let animal_name = Some("Shiny Lynx".to_owned());
        plain.rows(&joined(peer("Adа", Some("Ada"))));
        let came = notice(view::NoticeKind::Joined {
            name: "Adа".to_owned(),
            animal_name: animal_name.clone(),
            imitates: Some("Ada".to_owned()),
        });
        assert_eq!(
            plain.rows(&came),
            ["00:00  * Adа (Shiny Lynx) joined, with a name like Ada's."]
        );
        assert_eq!(
            plain.rows(&line("Adа", "send it to me")),
            ["00:01  Adа (a name like Ada's): send it to me"]
        );

        // A notice tells of a name that was taken, and of nothing else that changed.
        assert!(plain.rows(&changed(peer("Bob", None))).is_empty());
        assert!(plain.rows(&changed(peer("Beh", Some("Ben")))).is_empty());
        let renamed = notice(view::NoticeKind::Renamed {
            from: "Bob".to_owned(),
            to: "Beh".to_owned(),
            animal_name,
            imitates: Some("Ben".to_owned()),
        });
        assert_eq!(
            plain.rows(&renamed),
            ["00:00  * Bob is now called Beh (Shiny Lynx), a name like Ben's."]
        );
        assert_eq!(
            plain.rows(&changed(peer("Beh", Some("Bch")))),
            ["       - Beh (Shiny Lynx) has a name like Bch's."]
        );
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
}
