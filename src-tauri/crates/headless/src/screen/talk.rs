//! One tab: a room, or a private talk in it.

use std::collections::VecDeque;

use room::{PersonId, RoomKey};
use view::{Line, Unread};

use super::draft::Draft;
use super::rows;
use crate::commands::At;

/// Entries kept of one talk; older ones go.
const MAX_ENTRIES: usize = 5_000;

/// One tab.
pub(super) struct Talk {
    pub(super) room: String,
    /// Whom it is with; nobody for the room.
    pub(super) with: Option<String>,
    pub(super) name: String,
    /// Whether whom it is with is not there.
    pub(super) is_away: bool,
    pub(super) entries: VecDeque<Item>,
    pub(super) unread: Unread,
    /// The first line that came while nobody looked.
    pub(super) new_from: Option<u64>,
    /// How many rows below the last one shown.
    pub(super) below: usize,
    pub(super) draft: Draft,
}

/// One entry of a transcript.
pub(super) enum Item {
    Line(Box<Line>),
    /// Rows that are neither broken nor moved.
    Picture(Vec<String>),
    /// Something the program says. Clean.
    Aside {
        time: Option<i64>,
        text: Vec<String>,
        is_trouble: bool,
    },
}

impl Talk {
    pub(super) fn new(room: String, with: Option<String>, name: String) -> Self {
        Self {
            room,
            with,
            name,
            is_away: false,
            entries: VecDeque::new(),
            unread: Unread {
                lines: 0,
                mentions: 0,
            },
            new_from: None,
            below: 0,
            draft: Draft::default(),
        }
    }

    /// Where something typed here goes.
    pub(super) fn at(&self) -> At {
        At::Talk(
            RoomKey::from_text(&self.room),
            self.with.as_deref().and_then(PersonId::parse),
        )
    }

    pub(super) fn add(&mut self, item: Item, columns: usize) {
        if self.below > 0 {
            // Whoever reads what was said before is not moved.
            self.below += rows::height(&item, self.entries.back(), self.new_from, columns);
        }
        self.entries.push_back(item);
        if self.entries.len() > MAX_ENTRIES {
            self.entries.pop_front();
        }
    }

    pub(super) fn line(&mut self, key: u64) -> Option<&mut Line> {
        self.entries.iter_mut().rev().find_map(|item| match item {
            Item::Line(line) if line.key == key => Some(line.as_mut()),
            _ => None,
        })
    }
}
