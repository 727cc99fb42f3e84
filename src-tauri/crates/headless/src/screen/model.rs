//! What the full screen shows, and what keys do to it. No terminal is needed for any of it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use room::RoomKey;
use view::{DirectTalk, Entry, Event, Likeness, Line, Me, Peer, Tracker, Transfer};

use super::draft::Shared;
use super::question::Asking;
use super::talk::{Item, Talk};
use crate::alert::{Alert, Alerts};
use crate::commands::{At, Question, Then};
use crate::passphrase::Secret;
use crate::story::{self, News, Outage, Shelf};

/// All that is shown.
pub(super) struct Model {
    /// Each room, followed by the private talks there in the order they began. Never none.
    pub(super) talks: Vec<Talk>,
    /// Which of them is before the person's eyes.
    pub(super) shown: usize,
    pub(super) me: Option<Me>,
    /// Who is there, by room and session.
    peers: BTreeMap<(String, String), Peer>,
    pub(super) trackers: BTreeMap<String, Tracker>,
    /// Who types in which room, and whether to us alone.
    typing: BTreeSet<(String, String, bool)>,
    /// What the person is asked, if anything.
    pub(super) asking: Option<Asking>,
    /// What is shared.
    shelf: Shelf,
    outage: Outage,
    /// What moves, by room and key.
    transfers: BTreeMap<(String, String), Transfer>,
    alerts: Alerts,
    /// Who called us since somebody asked.
    pub(super) calls: Option<Alert>,
    /// How large the transcript is drawn: columns and rows.
    pub(super) size: (usize, usize),
}

/// What is to be done for a key.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wish {
    Nothing,
    /// Carry out this line, typed there.
    Take(String, At),
    /// Go on with what was asked for, or without an answer.
    Answer(Then, Option<Secret>),
    /// Another talk is before the person's eyes.
    Look,
    /// Draw all of it again.
    Redraw,
    Leave,
}

impl Model {
    pub(super) fn new() -> Self {
        Self {
            // It becomes the first room's.
            talks: vec![Talk::new(String::new(), None, String::new())],
            shown: 0,
            me: None,
            peers: BTreeMap::new(),
            trackers: BTreeMap::new(),
            typing: BTreeSet::new(),
            asking: None,
            shelf: Shelf::default(),
            outage: Outage::default(),
            transfers: BTreeMap::new(),
            alerts: Alerts::default(),
            calls: None,
            size: (80, 20),
        }
    }

    /// The talk before the person's eyes.
    pub(super) fn talk(&mut self) -> &mut Talk {
        let shown = self.shown.min(self.talks.len() - 1);
        &mut self.talks[shown]
    }

    /// Who is in the room before the person's eyes.
    pub(super) fn peers(&self) -> impl Iterator<Item = &Peer> {
        let room = self.talks.get(self.shown).map(|it| it.room.as_str());
        self.peers
            .iter()
            .filter(move |((at, _), _)| Some(at.as_str()) == room)
            .map(|(_, peer)| peer)
    }

    /// Who types where the person looks.
    pub(super) fn typing(&self) -> impl Iterator<Item = &Peer> {
        let talk = self.talks.get(self.shown);
        self.typing.iter().filter_map(move |(room, id, direct)| {
            let talk = talk.filter(|it| it.room == *room)?;
            let peer = self.peers.get(&(room.clone(), id.clone()))?;
            let is_here = match &talk.with {
                None => !direct,
                Some(with) => *direct && peer.person == *with,
            };
            is_here.then_some(peer)
        })
    }

    /// Shows the person a picture where they look.
    pub(super) fn show_picture(&mut self, rows: Vec<String>) {
        let columns = self.size.0;
        self.talk().add(Item::Picture(rows), columns);
        self.talk().below = 0;
    }

    /// Asks the person something.
    pub(super) fn ask(&mut self, question: Question) {
        self.asking = Some(Asking::new(question));
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
        if let Some(alert) = self.alerts.note(&event, Instant::now()) {
            self.calls = Some(alert);
        }
        self.shelf.note(&event);
        match event {
            Event::Joined {
                room,
                name,
                origin,
                private,
                me,
                links,
                ..
            } => {
                let at = self.talk_with(&room, None);
                self.talks[at].name.clone_from(&name);
                let kind = if private { "private" } else { "public" };
                let called = story::full_name(&me.name, &me.animal_name);
                let name = crate::clean::visible(&name);
                let words = format!("You are in the {kind} room {name} of {origin}, as {called}.");
                self.aside(at, &words);
                self.aside(at, &format!("Others come here by {}", links.web));
                self.aside(at, "Type to talk; /help tells what else there is.");
                self.me = Some(me);
            }
            Event::Left { room } => self.leave(&room),
            Event::TrackerChanged(tracker) => {
                self.trackers.insert(tracker.url.clone(), tracker);
            }
            Event::TrackerGone { url } => {
                self.trackers.remove(&url);
            }
            Event::PeerJoined { room, peer, .. } | Event::PeerChanged { room, peer } => {
                let at = self.talk_with(&room, None);
                let key = (room, peer.peer_id.clone());
                let before = self.peers.insert(key, peer.clone());
                if let Some(words) = story::imitation(before.as_ref(), &peer) {
                    self.aside(at, &words);
                }
            }
            Event::PeerLeft { room, peer_id } => {
                self.typing
                    .retain(|(at, typing, _)| *at != room || *typing != peer_id);
                self.peers.remove(&(room, peer_id));
            }
            Event::LineAdded {
                room,
                with,
                mut line,
            } => {
                line.author = self.signed(&room, &line);
                let columns = self.size.0;
                let at = self.talk_with(&room, with);
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
            Event::LineReplaced {
                room,
                with,
                mut line,
            } => {
                line.author = self.signed(&room, &line);
                let at = self.talk_with(&room, with);
                if let Some(before) = self.talks[at].line(line.key) {
                    *before = line;
                }
            }
            Event::LineChanged {
                room,
                with,
                key,
                delivery,
                ..
            } => {
                let at = self.talk_with(&room, with);
                if let Some(line) = self.talks[at].line(key) {
                    line.delivery = delivery;
                }
            }
            Event::DirectChanged { room, direct } => {
                let at = self.talk_with(&room, Some(direct.with));
                let talk = &mut self.talks[at];
                talk.name = direct.name;
                talk.is_away = direct.peer_id.is_none();
            }
            Event::DirectMoved { room, from, talk } => self.move_talk(&room, &from, talk),
            Event::UnreadChanged { room, with, unread } => {
                let at = self.talk_with(&room, with);
                self.talks[at].unread = unread;
            }
            Event::NoticeAdded { room, notice } => {
                let at = self.talk_with(&room, None);
                let columns = self.size.0;
                let item = Item::Aside {
                    time: Some(notice.time),
                    text: vec![story::notice_text(&notice.what)],
                    is_trouble: false,
                };
                self.talks[at].add(item, columns);
            }
            Event::TypingChanged {
                room,
                peer_id,
                direct,
                typing,
            } => {
                let typist = (room, peer_id, direct);
                if typing {
                    self.typing.insert(typist);
                } else {
                    self.typing.remove(&typist);
                }
            }
            Event::MeChanged { me } => {
                let words = format!(
                    "You are now called {}.",
                    story::full_name(&me.name, &me.animal_name)
                );
                let at = self.room_shown();
                self.aside(at, &words);
                self.me = Some(me);
            }
            Event::ProblemAdded { problem } => {
                self.outage.note(&problem);
                let columns = self.size.0;
                let item = Item::Aside {
                    time: Some(problem.time),
                    text: vec![crate::clean::line(&story::problem_text(&problem.what))],
                    is_trouble: true,
                };
                let at = self.room_shown();
                self.talks[at].add(item, columns);
            }
            Event::ProblemGone { id } => {
                if let Some(words) = self.outage.over(id) {
                    let at = self.room_shown();
                    self.aside(at, words);
                }
            }
            Event::TransferChanged { transfer } => self.move_on(transfer),
            Event::TransferGone { room, key } => {
                let news = self.shelf.gone(&room, &key);
                self.tell_news(&room, news);
                self.transfers.remove(&(room, key));
            }
            // Answered where it was asked for, or over.
            Event::RoomChanged { .. }
            | Event::JudgedChanged { .. }
            | Event::LinkOpened { .. }
            | Event::PlaceOpened { .. }
            | Event::FilesHovering { .. }
            | Event::FilesDropped { .. }
            | Event::DropRefused { .. }
            | Event::EndAsked
            | Event::SettingsChanged { .. } => {}
        }
    }

    /// Something moves. How far it is stands on a row of its own; only its turns are told.
    fn move_on(&mut self, transfer: Transfer) {
        let place = (transfer.room.clone(), transfer.key.clone());
        let before = self.transfers.get(&place);
        let is_turn = before.is_none_or(|before| {
            before.state != transfer.state || before.stalled != transfer.stalled
        });
        let news = self.shelf.news(&transfer, Instant::now());
        self.tell_news(&transfer.room, news.filter(|_| is_turn));
        self.transfers.insert(place, transfer);
    }

    fn tell_news(&mut self, room: &str, news: Option<News>) {
        let Some(News { text, is_trouble }) = news else {
            return;
        };
        let at = self.talk_with(room, None);
        let item = Item::Aside {
            time: None,
            text: vec![text],
            is_trouble,
        };
        self.talks[at].add(item, self.size.0);
    }

    /// What moves, in all rooms.
    pub(super) fn transfers(&self) -> impl Iterator<Item = &Transfer> {
        self.transfers.values()
    }

    /// A key was pressed.
    pub(super) fn press(&mut self, key: KeyEvent) -> Wish {
        if key.kind == KeyEventKind::Release {
            return Wish::Nothing;
        }
        if let Some(asking) = &mut self.asking {
            let Some(answer) = asking.press(key) else {
                return Wish::Nothing;
            };
            return match self.asking.take() {
                Some(it) => Wish::Answer(it.then, answer),
                None => Wish::Nothing,
            };
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
            KeyCode::Tab if self.complete() => {}
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
            KeyCode::Char(char) => {
                self.talk().draft.insert(char.encode_utf8(&mut [0; 4]));
            }
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
        match &mut self.asking {
            Some(asking) => asking.insert(text),
            None => {
                if !self.talk().draft.insert(text) {
                    let words = format!(
                        "Nothing was pasted: that has {} characters, and a message may have {}. \
                         /file shares it as a file.",
                        text.chars().count(),
                        wire::MAX_TEXT_UNITS
                    );
                    self.tell(vec![words], true);
                }
            }
        }
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
            KeyCode::Enter => {
                self.talk().draft.insert("\n");
            }
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

    /// Completes the command or the name that is being typed. False where none is.
    fn complete(&mut self) -> bool {
        if self.talk().draft.complete_again() {
            return true;
        }
        let names = self.peers().map(|peer| crate::clean::line(&peer.name));
        let names: BTreeSet<String> = names.collect();
        let numbers = self.numbers();
        self.talk().draft.complete(&names, &numbers)
    }

    /// What is shared in the room before the person's eyes, the latest first.
    fn numbers(&mut self) -> Vec<Shared> {
        let talk = self.talk();
        let shares = talk.entries.iter().rev().filter_map(|item| match item {
            Item::Line(line) => Some((line.key, line.own, line.share.as_ref()?)),
            Item::Picture(_) | Item::Aside { .. } => None,
        });
        let shares: Vec<_> = shares
            .filter(|(_, _, share)| !share.withdrawn)
            .map(|(number, own, share)| (number, own, share.key.clone()))
            .collect();
        let room = talk.room.clone();
        let shared = |(number, own, key)| Shared {
            number,
            own,
            state: self.transfers.get(&(room.clone(), key)).map(|it| it.state),
        };
        shares.into_iter().map(shared).collect()
    }

    /// The person is in this room now, and sees it.
    pub(super) fn go(&mut self, room: &RoomKey) {
        let at = self.talk_with(room.as_str(), None);
        self.show(at);
    }

    /// A private talk belongs to somebody known from now on. Whoever looks at it goes on looking.
    fn move_talk(&mut self, room: &str, from: &str, moved: DirectTalk) {
        let columns = self.size.0;
        let mut lines = Vec::new();
        for entry in moved.entries {
            if let Entry::Line { mut line } = entry {
                line.author = self.signed(room, &line);
                lines.push(line);
            }
        }
        let into = self.talk_with(room, Some(moved.direct.with));
        let is_from = |talk: &Talk| talk.room == room && talk.with.as_deref() == Some(from);
        let before = self.talks.iter().position(is_from);
        let talk = &mut self.talks[into];
        talk.name = moved.direct.name;
        talk.is_away = moved.direct.peer_id.is_none();
        talk.unread = moved.unread;
        talk.entries.clear();
        for line in lines {
            talk.add(Item::Line(line), columns);
        }
        let Some(before) = before else { return };
        let gone = self.talks.remove(before);
        let into = into - usize::from(before < into);
        let talk = &mut self.talks[into];
        talk.new_from = talk.new_from.or(gone.new_from);
        if self.shown == before {
            self.shown = into;
            talk.draft = gone.draft;
        } else if before < self.shown {
            self.shown -= 1;
        }
    }

    /// Who said a line, told apart from whoever else could be meant by the name.
    fn signed(&self, room: &str, line: &Line) -> String {
        let animal = line.author_id.as_deref().map(wire::animal_name);
        let full = story::full_name(&line.author, animal.as_deref().unwrap_or_default());
        // As it was when it was said: whoever has another name by now said it under this one.
        if let Some(other) = &line.imitates {
            return format!("{full} [{}]", story::likeness_text(other));
        }
        let mut here = self.peers.iter().filter(|((at, _), _)| at == room);
        let is_shared = here.any(|(_, peer)| {
            let has_it = peer.name == line.author && peer.user_id != line.author_id;
            let is_imitated =
                |it: &Likeness| matches!(it, Likeness::Person { name } if *name == line.author);
            has_it || peer.imitates.as_ref().is_some_and(is_imitated)
        });
        let is_mine = self.me.as_ref().is_some_and(|me| {
            me.name == line.author && line.author_id.as_ref() != Some(&me.user_id)
        });
        if is_shared || is_mine {
            full
        } else {
            line.author.clone()
        }
    }

    /// A room is left; what was said there is gone, but for the last room.
    fn leave(&mut self, room: &str) {
        self.peers.retain(|(at, _), _| at != room);
        self.typing.retain(|(at, _, _)| at != room);
        self.transfers.retain(|(at, _), _| at != room);
        if self.talks.iter().all(|talk| talk.room == room) {
            self.talks.truncate(1);
            self.shown = 0;
            return self.aside(0, "You left.");
        }
        let before = self.talks.iter().take(self.shown);
        let stay_before = before.filter(|talk| talk.room != room).count();
        self.talks.retain(|talk| talk.room != room);
        self.shown = stay_before.min(self.talks.len() - 1);
    }

    /// Which talk is the room the person looks at, or at somebody in it.
    fn room_shown(&mut self) -> usize {
        let room = self.talk().room.clone();
        let mut talks = self.talks.iter();
        talks.position(|talk| talk.room == room).unwrap_or(0)
    }

    fn talk_with(&mut self, room: &str, with: Option<String>) -> usize {
        if let [first] = &mut self.talks[..]
            && first.room.is_empty()
        {
            first.room = room.to_owned();
        }
        let found = |talk: &Talk| talk.room == room && talk.with == with;
        if let Some(at) = self.talks.iter().position(found) {
            return at;
        }
        let name = match &with {
            None => room.to_owned(),
            Some(with) => {
                self.talk_with(room, None);
                let mut peers = self.peers.iter();
                let known = peers.find(|((at, _), peer)| at == room && peer.person == *with);
                known.map_or_else(String::new, |(_, peer)| peer.name.clone())
            }
        };
        let last = self.talks.iter().rposition(|talk| talk.room == room);
        let at = last.map_or(self.talks.len(), |last| last + 1);
        self.talks
            .insert(at, Talk::new(room.to_owned(), with, name));
        if at <= self.shown {
            self.shown += 1;
        }
        at
    }

    fn aside(&mut self, at: usize, text: &str) {
        let columns = self.size.0;
        let item = Item::Aside {
            time: None,
            text: vec![crate::clean::line(text)],
            is_trouble: false,
        };
        self.talks[at].add(item, columns);
    }
}
