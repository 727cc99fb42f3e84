//! What the full screen shows, and what keys do to it. No terminal is needed for any of it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use room::PersonId;
use view::{Event, Line, Me, Peer, Tracker, Unread};

use super::draft::Draft;
use super::rows;
use crate::commands::At;
use crate::story;

/// Entries kept of one talk; older ones go.
const MAX_ENTRIES: usize = 5_000;

/// All that is shown.
pub(super) struct Model {
    /// The room, then the private talks in the order they began.
    pub(super) talks: Vec<Talk>,
    /// Which of them is before the person's eyes.
    pub(super) shown: usize,
    pub(super) me: Option<Me>,
    pub(super) is_private: bool,
    pub(super) peers: BTreeMap<String, Peer>,
    pub(super) trackers: BTreeMap<String, Tracker>,
    /// Who types, and whether to us alone.
    pub(super) typing: BTreeSet<(String, bool)>,
    /// How large the transcript is drawn: columns and rows.
    pub(super) size: (usize, usize),
}

/// One tab.
pub(super) struct Talk {
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
    /// Something the program says. Clean.
    Aside {
        time: Option<i64>,
        text: Vec<String>,
        is_trouble: bool,
    },
}

/// What is to be done for a key.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wish {
    Nothing,
    /// Carry out this line, typed there.
    Take(String, At),
    /// Another talk is before the person's eyes.
    Look,
    /// Draw all of it again.
    Redraw,
    Leave,
}

impl Talk {
    fn new(with: Option<String>, name: String) -> Self {
        Self {
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
        At::Talk(self.with.as_deref().and_then(PersonId::parse))
    }

    fn add(&mut self, item: Item, columns: usize) {
        if self.below > 0 {
            // Whoever reads what was said before is not moved.
            self.below += rows::height(&item, self.entries.back(), self.new_from, columns);
        }
        self.entries.push_back(item);
        if self.entries.len() > MAX_ENTRIES {
            self.entries.pop_front();
        }
    }

    fn line(&mut self, key: u64) -> Option<&mut Line> {
        self.entries.iter_mut().rev().find_map(|item| match item {
            Item::Line(line) if line.key == key => Some(line.as_mut()),
            _ => None,
        })
    }
}

impl Model {
    pub(super) fn new() -> Self {
        Self {
            talks: vec![Talk::new(None, String::new())],
            shown: 0,
            me: None,
            is_private: false,
            peers: BTreeMap::new(),
            trackers: BTreeMap::new(),
            typing: BTreeSet::new(),
            size: (80, 20),
        }
    }

    /// The talk before the person's eyes.
    pub(super) fn talk(&mut self) -> &mut Talk {
        let shown = self.shown.min(self.talks.len() - 1);
        &mut self.talks[shown]
    }

    /// Says something to the person where they look.
    pub(super) fn tell(&mut self, text: Vec<String>, is_trouble: bool) {
        let columns = self.size.0;
        self.talk().add(
            Item::Aside {
                time: None,
                text,
                is_trouble,
            },
            columns,
        );
        self.talk().below = 0;
    }

    /// Something happened.
    pub(super) fn apply(&mut self, event: Event) {
        match event {
            Event::Joined {
                name,
                origin,
                private,
                me,
                links,
                ..
            } => {
                self.is_private = private;
                self.talks[0].name.clone_from(&name);
                let kind = if private { "private" } else { "public" };
                self.aside(format!(
                    "You are in the {kind} room {name} of {origin}, as {}.",
                    story::full_name(&me.name, &me.animal_name)
                ));
                self.aside(format!("Others come here by {}", links.web));
                self.aside("Type to talk; /help tells what else there is.".to_owned());
                self.me = Some(me);
            }
            Event::Left { .. } => self.aside("You left.".to_owned()),
            Event::TrackerChanged(tracker) => {
                self.trackers.insert(tracker.url.clone(), tracker);
            }
            Event::TrackerGone { url } => {
                self.trackers.remove(&url);
            }
            Event::PeerJoined { peer, .. } | Event::PeerChanged { peer, .. } => {
                self.peers.insert(peer.peer_id.clone(), peer);
            }
            Event::PeerLeft { peer_id, .. } => {
                self.typing.retain(|(typing, _)| *typing != peer_id);
                self.peers.remove(&peer_id);
            }
            Event::LineAdded { with, line, .. } => {
                let columns = self.size.0;
                let at = self.talk_with(with);
                let is_seen = at == self.shown && self.talks[at].below == 0;
                let talk = &mut self.talks[at];
                if line.own {
                    talk.new_from = None;
                    talk.below = 0;
                } else if !is_seen
                    && !line.backfilled
                    && line.folded.is_none()
                    && talk.new_from.is_none()
                {
                    talk.new_from = Some(line.key);
                }
                talk.add(Item::Line(Box::new(line)), columns);
            }
            Event::LineReplaced { with, line, .. } => {
                let at = self.talk_with(with);
                if let Some(before) = self.talks[at].line(line.key) {
                    *before = line;
                }
            }
            Event::LineChanged {
                with,
                key,
                delivery,
                ..
            } => {
                let at = self.talk_with(with);
                if let Some(line) = self.talks[at].line(key) {
                    line.delivery = delivery;
                }
            }
            Event::DirectChanged { direct, .. } => {
                let at = self.talk_with(Some(direct.with));
                let talk = &mut self.talks[at];
                talk.name = direct.name;
                talk.is_away = direct.peer_id.is_none();
            }
            Event::UnreadChanged { with, unread, .. } => {
                let at = self.talk_with(with);
                self.talks[at].unread = unread;
            }
            Event::NoticeAdded { notice, .. } => {
                let columns = self.size.0;
                let item = Item::Aside {
                    time: Some(notice.time),
                    text: vec![story::notice_text(&notice.what)],
                    is_trouble: false,
                };
                self.talks[0].add(item, columns);
            }
            Event::TypingChanged {
                peer_id,
                direct,
                typing,
                ..
            } => {
                if typing {
                    self.typing.insert((peer_id, direct));
                } else {
                    self.typing.remove(&(peer_id, direct));
                }
            }
            Event::MeChanged { me } => {
                self.aside(format!(
                    "You are now called {}.",
                    story::full_name(&me.name, &me.animal_name)
                ));
                self.me = Some(me);
            }
            Event::ProblemAdded { problem } => {
                let columns = self.size.0;
                let item = Item::Aside {
                    time: Some(problem.time),
                    text: vec![crate::clean::line(&story::problem_text(&problem.what))],
                    is_trouble: true,
                };
                self.talks[0].add(item, columns);
            }
            // Answered where it was asked for, or over.
            Event::RoomChanged { .. }
            | Event::JudgedChanged { .. }
            | Event::ProblemGone { .. }
            | Event::LinkOpened { .. }
            | Event::PlaceOpened { .. }
            | Event::SettingsChanged { .. } => {}
        }
    }

    /// A key was pressed.
    pub(super) fn press(&mut self, key: KeyEvent) -> Wish {
        if key.kind == KeyEventKind::Release {
            return Wish::Nothing;
        }
        if key.modifiers.contains(KeyModifiers::CONTROL) {
            return self.press_with_control(key.code);
        }
        if key.modifiers.contains(KeyModifiers::ALT) {
            return self.press_with_alt(key.code);
        }
        let page = self.size.1.saturating_sub(1).max(1);
        match key.code {
            KeyCode::Enter => return self.enter(),
            KeyCode::Tab => return self.show((self.shown + 1) % self.talks.len()),
            KeyCode::BackTab => {
                let last = self.talks.len() - 1;
                return self.show(self.shown.checked_sub(1).unwrap_or(last));
            }
            KeyCode::PageUp => self.talk().below += page,
            KeyCode::PageDown => {
                let talk = self.talk();
                talk.below = talk.below.saturating_sub(page);
            }
            KeyCode::Esc => self.talk().below = 0,
            KeyCode::Char(char) => self.talk().draft.insert(char.encode_utf8(&mut [0; 4])),
            KeyCode::Backspace => self.talk().draft.backspace(),
            KeyCode::Delete => self.talk().draft.delete(),
            KeyCode::Left => self.talk().draft.left(),
            KeyCode::Right => self.talk().draft.right(),
            KeyCode::Home => self.talk().draft.home(),
            KeyCode::End => self.talk().draft.end(),
            KeyCode::Up => self.talk().draft.earlier(),
            KeyCode::Down => self.talk().draft.later(),
            _ => {}
        }
        Wish::Nothing
    }

    /// Something was pasted; it is not sent before Enter is pressed.
    pub(super) fn paste(&mut self, text: &str) {
        self.talk().draft.insert(text);
    }

    fn press_with_control(&mut self, code: KeyCode) -> Wish {
        let draft = &mut self.talk().draft;
        match code {
            KeyCode::Char('c') => return Wish::Leave,
            KeyCode::Char('d') if draft.text().is_empty() => return Wish::Leave,
            KeyCode::Char('d') => draft.delete(),
            KeyCode::Char('l') => return Wish::Redraw,
            KeyCode::Char('a') => draft.home(),
            KeyCode::Char('e') => draft.end(),
            KeyCode::Char('b') => draft.left(),
            KeyCode::Char('f') => draft.right(),
            KeyCode::Char('h') => draft.backspace(),
            KeyCode::Char('k') => draft.delete_to_end(),
            KeyCode::Char('u') => draft.delete_to_start(),
            KeyCode::Char('w') => draft.delete_word(),
            KeyCode::Char('p') => draft.earlier(),
            KeyCode::Char('n') => draft.later(),
            KeyCode::Char('j') => return self.enter(),
            KeyCode::Left => draft.word_left(),
            KeyCode::Right => draft.word_right(),
            _ => {}
        }
        Wish::Nothing
    }

    fn press_with_alt(&mut self, code: KeyCode) -> Wish {
        match code {
            KeyCode::Enter => self.talk().draft.insert("\n"),
            KeyCode::Char('b') | KeyCode::Left => self.talk().draft.word_left(),
            KeyCode::Char('f') | KeyCode::Right => self.talk().draft.word_right(),
            KeyCode::Backspace => self.talk().draft.delete_word(),
            KeyCode::Char(digit) => {
                let at = digit.to_digit(10).and_then(|it| it.checked_sub(1));
                if let Some(at) = at.and_then(|it| usize::try_from(it).ok())
                    && at < self.talks.len()
                {
                    return self.show(at);
                }
            }
            _ => {}
        }
        Wish::Nothing
    }

    fn enter(&mut self) -> Wish {
        let talk = self.talk();
        let text = talk.draft.take();
        if text.trim().is_empty() {
            return Wish::Nothing;
        }
        Wish::Take(text, talk.at())
    }

    fn show(&mut self, at: usize) -> Wish {
        if at == self.shown {
            return Wish::Nothing;
        }
        // What was new there has been seen.
        self.talk().new_from = None;
        self.shown = at;
        Wish::Look
    }

    fn talk_with(&mut self, with: Option<String>) -> usize {
        if let Some(at) = self.talks.iter().position(|talk| talk.with == with) {
            return at;
        }
        let name = self
            .peers
            .values()
            .find(|peer| Some(&peer.person) == with.as_ref())
            .map_or_else(String::new, |peer| peer.name.clone());
        self.talks.push(Talk::new(with, name));
        self.talks.len() - 1
    }

    fn aside(&mut self, text: String) {
        let columns = self.size.0;
        let item = Item::Aside {
            time: None,
            text: vec![crate::clean::line(&text)],
            is_trouble: false,
        };
        self.talks[0].add(item, columns);
    }
}
