//! What was said in one room, as far as it is kept: in memory, bounded, gone with the room.

use std::collections::{BTreeSet, VecDeque};

use wire::{MessageId, PeerId, UserId};

use crate::{Delivery, Entry, Line, LineKey, Notice};

/// Entries kept. Browser peers keep 150 (protocol/chitchatter §7); a window can show more.
const MAX_ENTRIES: usize = 1_000;
/// Quiet lines kept. They are worth less than what was said, and someone may come and go without end.
const MAX_NOTICES: usize = 200;
/// Bytes of text kept, so that a thousand longest messages cannot pile up.
const MAX_TEXT_BYTES: usize = 8 * 1024 * 1024;

/// The transcript of one room.
#[derive(Debug, Default)]
pub(crate) struct Transcript {
    entries: VecDeque<Entry>,
    known: BTreeSet<Identity>,
    notices: usize,
    text_bytes: usize,
    unheard: usize,
}

/// What makes two lines the same: an id counts only together with who it came from, so that nobody
/// can suppress another's message by taking its id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Identity {
    Author(UserId, MessageId),
    Sender(PeerId, MessageId),
}

impl Identity {
    fn of(line: &Line) -> Self {
        match &line.author_id {
            Some(author) => Self::Author(author.clone(), line.id.clone()),
            None => Self::Sender(line.peer_id, line.id.clone()),
        }
    }
}

impl Transcript {
    /// All entries, oldest first.
    pub(crate) fn entries(&self) -> Vec<Entry> {
        self.entries.iter().cloned().collect()
    }

    /// The lines, oldest first.
    pub(crate) fn lines(&self) -> impl DoubleEndedIterator<Item = &Line> {
        self.entries.iter().filter_map(|entry| match entry {
            Entry::Line(line) => Some(line),
            Entry::Notice(_) => None,
        })
    }

    /// How many of our lines have reached nobody yet.
    pub(crate) fn unheard(&self) -> usize {
        self.unheard
    }

    /// Adds a line, unless it is there already.
    pub(crate) fn add(&mut self, line: Line) -> bool {
        if !self.known.insert(Identity::of(&line)) {
            return false;
        }
        self.text_bytes += line.text.len();
        self.unheard += usize::from(is_unheard(&line));
        self.entries.push_back(Entry::Line(line));
        self.trim();
        true
    }

    /// Adds a quiet line.
    pub(crate) fn add_notice(&mut self, notice: Notice) {
        if self.notices >= MAX_NOTICES
            && let Some(oldest) = self
                .entries
                .iter()
                .position(|entry| matches!(entry, Entry::Notice(_)))
        {
            self.entries.remove(oldest);
            self.notices -= 1;
        }
        self.notices += 1;
        self.entries.push_back(Entry::Notice(notice));
        self.trim();
    }

    /// One of our lines was handed to one more peer. Gives how far it got now.
    pub(crate) fn reached_one_more(&mut self, id: &MessageId) -> Option<(LineKey, Delivery)> {
        // Lines on their way are among the newest.
        let line = self
            .entries
            .iter_mut()
            .rev()
            .find_map(|entry| match entry {
                Entry::Line(line) if line.own && line.id == *id => Some(line),
                Entry::Line(_) | Entry::Notice(_) => None,
            })?;
        self.unheard -= usize::from(is_unheard(line));
        line.delivery.reached += 1;
        line.delivery.of = line.delivery.of.max(line.delivery.reached);
        Some((line.key, line.delivery))
    }

    fn trim(&mut self) {
        while self.entries.len() > MAX_ENTRIES || self.text_bytes > MAX_TEXT_BYTES {
            match self.entries.pop_front() {
                Some(Entry::Line(line)) => {
                    self.known.remove(&Identity::of(&line));
                    self.text_bytes -= line.text.len();
                    self.unheard -= usize::from(is_unheard(&line));
                }
                Some(Entry::Notice(_)) => self.notices -= 1,
                None => return,
            }
        }
    }
}

/// Whether a line of ours has reached nobody.
pub(crate) fn is_unheard(line: &Line) -> bool {
    line.own && line.delivery.reached == 0
}
