//! Readable lines for people.

#[cfg(test)]
pub(super) mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Instant;

use time::UtcOffset;
use view::{Event, Fold, Line, Peer, Share, Tracker, TrackerState, Verification};

use super::files::{News, Shelf, holders_text, share_hint, share_text};
use super::words::{
    Outage, clock, failure_text, folded, full_name, imitation, likeness_text, notice_text,
    problem_text, time_of,
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
    /// What is shared and what moves.
    shelf: Shelf,
    outage: Outage,
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
    fn insert(&mut self, line: &Line) -> bool {
        let mut hasher = DefaultHasher::new();
        (&line.text, line.deleted).hash(&mut hasher);
        if let Some(share) = &line.share {
            (share.withdrawn, share.gone).hash(&mut hasher);
        }
        let now = hasher.finish();
        let before = self.0.insert(line.key, now);
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
        | Event::TransferGone { room, .. }
        | Event::TypingChanged { room, .. } => Some(room),
        Event::TransferChanged { transfer } => Some(&transfer.room),
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
            shelf: Shelf::default(),
            outage: Outage::default(),
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
        self.shelf.note(event);
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
            Event::PeerJoined {
                room,
                peer,
                was_there,
            } => {
                self.note(room, peer);
                self.peer(peer, *was_there)
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
                self.outage.note(problem);
                let what = clean::line(&problem_text(&problem.what));
                self.rows_at(problem.time, "! ", &[what])
            }
            Event::ProblemGone { id } => match self.outage.over(*id) {
                Some(words) => self.aside(words),
                None => Vec::new(),
            },
            Event::TransferChanged { transfer } => {
                let news = self.shelf.news(transfer, Instant::now());
                self.news(news)
            }
            Event::TransferGone { room, key } => {
                let news = self.shelf.gone(room, key);
                self.news(news)
            }
            // Told by a notice, or nothing to read.
            Event::LineChanged { .. }
            | Event::UnreadChanged { .. }
            | Event::RoomChanged { .. }
            | Event::JudgedChanged { .. }
            | Event::TypingChanged { .. }
            | Event::LinkOpened { .. }
            | Event::PlaceOpened { .. }
            | Event::FilesHovering { .. }
            | Event::FilesDropped { .. }
            | Event::DropRefused { .. }
            | Event::EndAsked
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
        let sender = self.peers.get(&(room.to_owned(), line.peer_id.clone()));
        if line.backfilled {
            // Who passed it on is not who said it.
            author.push_str(" (earlier)");
        } else if sender.is_some_and(|it| !it.verified) {
            author.push_str(" (not verified)");
        }
        // As it was when it was said: whoever has another name by now said it under this one.
        if let Some(other) = &line.imitates {
            author.push_str(&format!(" ({})", clean::line(&likeness_text(other))));
        }
        author
    }

    fn line(&mut self, room: &str, with: Option<&str>, line: &Line) -> Vec<String> {
        self.texts.insert(line);
        // What one shares oneself has a number that one has not typed.
        if line.own && !self.own_lines && line.share.is_none() {
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
            let to = clean::line(&reply.author);
            author.push_str(&match reply.gone {
                true => format!(" (to what {to} took back)"),
                false => format!(" (to {to}'s \"{}\")", clean::line(&reply.excerpt)),
            });
        }
        if let (Some(share), None) = (&line.share, line.folded.filter(|_| !line.own)) {
            let mut parts = vec![format!("[{}] {}", line.key, share_text(share))];
            parts.push(match line.own {
                true => "shared by you".to_owned(),
                false => format!("from {author}"),
            });
            parts.extend(holders_text(share, &line.author));
            let hint = share_hint(share, line.own, line.key);
            let text = format!("{} — {hint}", parts.join(" · "));
            let time = time_of(line);
            return self.rows_at(time, "", &[text]);
        }
        let mut text = match line.folded {
            // Who reads a stream chose to mute and to be slow, but not to lose what comes fast.
            Some(fold @ (Fold::Muted | Fold::Blocked | Fold::Slow)) if !line.own => {
                vec![folded(fold, line.key)]
            }
            _ => clean::said(&line.text),
        };
        if let Some(first) = text.first_mut() {
            first.insert_str(0, &format!("{author}: "));
        }
        let time = time_of(line);
        self.rows_at(time, "", &text)
    }

    /// What an author did to a line. Emoji that come and go are no news here; `/lines` shows where
    /// things stand.
    fn change(&mut self, room: &str, line: &Line) -> Vec<String> {
        let is_news = self.texts.insert(line);
        if !is_news || line.own && !self.own_lines || line.folded.is_some() && !line.own {
            return Vec::new();
        }
        let author = self.author(room, line);
        if let Some(share) = &line.share {
            return self.share_changed(&author, line, share);
        }
        if line.deleted {
            return self.aside(&format!("{author} took back line #{}.", line.key));
        }
        let mut text = clean::said(&line.text);
        if let Some(first) = text.first_mut() {
            first.insert_str(0, &format!("{author} now says in line #{}: ", line.key));
        }
        self.under(INDENT, "- ", &text)
    }

    /// Whether what somebody shares can be had at all.
    fn share_changed(&self, author: &str, line: &Line, share: &Share) -> Vec<String> {
        let what = format!("{} (line #{})", clean::line(&share.name), line.key);
        if share.withdrawn {
            self.aside(&format!("{author} took back {what}."))
        } else if line.own {
            Vec::new()
        } else if share.gone {
            self.aside(&format!("Nobody who has {what} is here any more."))
        } else {
            self.aside(&format!("Somebody who has {what} is here."))
        }
    }

    fn peer(&self, peer: &Peer, was_there: bool) -> Vec<String> {
        match peer.verification {
            Verification::Verified if was_there => self.aside(&format!(
                "{} is here.",
                full_name(&peer.name, &peer.animal_name)
            )),
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

    fn news(&self, news: Option<News>) -> Vec<String> {
        match news {
            Some(News { text, is_trouble }) => {
                self.under(INDENT, if is_trouble { "! " } else { "- " }, &[text])
            }
            None => Vec::new(),
        }
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
