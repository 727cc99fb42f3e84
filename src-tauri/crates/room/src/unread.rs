//! What the person has not seen, what changed too often to tell each time, and finding a line.
//!
//! A line counts as unread when somebody else said it live while the person did not look, and it is
//! shown at once: neither folded away nor passed on from before. It counts as a mention when it
//! names the person or is for them alone. A muted room counts lines, and no mentions.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::transcript::Said;
use crate::{Event, Line, LineKey, Now, PersonId, Refusal, RoomKey, Rooms, Unread};

/// Lines one search finds.
pub const MAX_FOUND: usize = 200;
/// Words of a search that count.
const MAX_WORDS: usize = 16;
/// How long changes are gathered, so that a thousand receipts are told as one.
const GATHER: Duration = Duration::from_millis(100);

/// Whether a line is something new to the person, who has not seen it.
fn is_news(line: &Line) -> bool {
    !line.own && !line.backfilled && line.folded.is_none()
}

/// What changed and is told soon.
#[derive(Debug, Default)]
pub(crate) struct Tidings {
    pub(crate) due: Option<Duration>,
    lines: BTreeSet<(Option<PersonId>, LineKey)>,
    unread: BTreeSet<Option<PersonId>>,
}

impl Tidings {
    pub(crate) fn note_line(&mut self, now: Now, with: Option<PersonId>, line: LineKey) {
        self.due.get_or_insert(now.since_start + GATHER);
        self.lines.insert((with, line));
    }

    /// What is still to be told of one private talk is told of another.
    pub(crate) fn move_talk(&mut self, from: &PersonId, into: &PersonId) {
        let moved = |with: Option<PersonId>| {
            if with.as_ref() == Some(from) {
                Some(into.clone())
            } else {
                with
            }
        };
        let lines = std::mem::take(&mut self.lines).into_iter();
        self.lines = lines.map(|(with, line)| (moved(with), line)).collect();
        let unread = std::mem::take(&mut self.unread).into_iter();
        self.unread = unread.map(moved).collect();
    }

    fn note_unread(&mut self, now: Now, with: Option<PersonId>) {
        self.due.get_or_insert(now.since_start + GATHER);
        self.unread.insert(with);
    }
}

impl Rooms {
    /// How far a line got is told soon.
    pub(crate) fn line_changed_soon(
        &mut self,
        now: Now,
        key: &RoomKey,
        with: Option<PersonId>,
        line: LineKey,
    ) {
        if let Some(room) = self.rooms.get_mut(key) {
            room.tidings.note_line(now, with, line);
        }
    }

    /// Tells what has been gathered.
    pub(crate) fn tell_tidings(&mut self, now: Now) {
        let mut events = Vec::new();
        for (key, room) in &mut self.rooms {
            if room.tidings.due.is_none_or(|due| due > now.since_start) {
                continue;
            }
            let tidings = std::mem::take(&mut room.tidings);
            for (with, line) in tidings.lines {
                let said = room
                    .transcript_of(with.as_ref())
                    .and_then(|transcript| transcript.get(line));
                if let Some(said) = said.filter(|said| !said.line.deleted) {
                    events.push(Event::LineChanged {
                        room: key.clone(),
                        with,
                        id: said.line.id.clone(),
                        key: line,
                        delivery: said.line.delivery,
                    });
                }
            }
            for with in tidings.unread {
                if let Some(transcript) = room.transcript_of(with.as_ref()) {
                    events.push(Event::UnreadChanged {
                        room: key.clone(),
                        unread: transcript.unread,
                        with,
                    });
                }
            }
        }
        for event in events {
            self.tell(event);
        }
    }

    /// Counts a line that came, unless the person sees it.
    pub(crate) fn count_unread(
        &mut self,
        now: Now,
        key: &RoomKey,
        with: Option<&PersonId>,
        line: &Line,
    ) {
        let is_seen = self
            .looking
            .as_ref()
            .is_some_and(|(room, person)| room == key && person.as_ref() == with);
        if !is_news(line) || is_seen {
            return;
        }
        let Some(room) = self.rooms.get_mut(key) else {
            return;
        };
        // In a room that is muted too: whoever is named, or written to alone, wants to know.
        let counts = line.mentions_me || with.is_some();
        if let Some(transcript) = room.transcript_of_mut(with) {
            let unread = &mut transcript.unread;
            unread.lines = unread.lines.saturating_add(1);
            unread.mentions = unread.mentions.saturating_add(u32::from(counts));
            room.tidings.note_unread(now, with.cloned());
        }
    }

    /// Counts again, as lines were folded away: for what is not shown, nobody is called.
    pub(crate) fn count_anew(&mut self, now: Now, key: &RoomKey, with: Option<&PersonId>) {
        let Some(room) = self.rooms.get_mut(key) else {
            return;
        };
        let Some(transcript) = room.transcript_of_mut(with) else {
            return;
        };
        let before = transcript.unread;
        let (mut lines, mut mentions) = (0, 0);
        for Said { line, .. } in transcript.said().rev() {
            if line.key <= transcript.seen {
                break;
            }
            if is_news(line) {
                lines += 1;
                mentions += u32::from(line.mentions_me || with.is_some());
            }
        }
        transcript.unread = Unread {
            lines: before.lines.min(lines),
            mentions: before.mentions.min(mentions),
        };
        if transcript.unread != before {
            room.tidings.note_unread(now, with.cloned());
        }
    }

    /// All there is now in one place has been seen.
    fn note_seen(&mut self, key: &RoomKey, with: Option<&PersonId>) {
        let newest = LineKey(self.last_id);
        let room = self.rooms.get_mut(key);
        if let Some(transcript) = room.and_then(|room| room.transcript_of_mut(with)) {
            transcript.seen = newest;
        }
    }

    /// What the person has before their eyes from now on.
    pub(crate) fn look(
        &mut self,
        place: Option<(RoomKey, Option<PersonId>)>,
    ) -> Result<(), Refusal> {
        if let Some((key, with)) = &place {
            let room = self.rooms.get_mut(key).ok_or(Refusal::NotJoined)?;
            if let Some(transcript) = room.transcript_of_mut(with.as_ref())
                && std::mem::take(&mut transcript.unread) != Unread::default()
            {
                room.tidings.unread.remove(with);
                self.tell(Event::UnreadChanged {
                    room: key.clone(),
                    with: with.clone(),
                    unread: Unread::default(),
                });
            }
        }
        for (key, with) in [self.looking.take(), place.clone()].into_iter().flatten() {
            self.note_seen(&key, with.as_ref());
        }
        self.looking = place;
        Ok(())
    }

    /// The lines in which every word of a text occurs, in what is said or in its author's name,
    /// whatever the case; the newest first, at most [`MAX_FOUND`].
    #[must_use]
    pub fn search(&self, room: &RoomKey, with: Option<&PersonId>, text: &str) -> Vec<LineKey> {
        let text = text.to_lowercase();
        let words: Vec<&str> = text.split_whitespace().take(MAX_WORDS).collect();
        if words.is_empty() {
            return Vec::new();
        }
        let Some(transcript) = self
            .rooms
            .get(room)
            .and_then(|room| room.transcript_of(with))
        else {
            return Vec::new();
        };
        transcript
            .said()
            .rev()
            .map(|said| &said.line)
            .filter(|line| !line.deleted)
            .filter(|line| {
                let said = line.words().to_lowercase();
                let author = line.author.to_lowercase();
                words
                    .iter()
                    .all(|word| said.contains(word) || author.contains(word))
            })
            .take(MAX_FOUND)
            .map(|line| line.key)
            .collect()
    }

    /// Where a line is: `None` inside is the room's own transcript.
    pub(crate) fn place_of(
        &self,
        key: &RoomKey,
        line: LineKey,
    ) -> Result<Option<PersonId>, Refusal> {
        let room = self.rooms.get(key).ok_or(Refusal::NotJoined)?;
        if room.transcript.get(line).is_some() {
            return Ok(None);
        }
        room.directs
            .iter()
            .find(|(_, talk)| talk.transcript.get(line).is_some())
            .map(|(person, _)| Some(person.clone()))
            .ok_or(Refusal::NoSuchLine)
    }
}
