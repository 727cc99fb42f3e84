//! What was said in one place, a room or a private talk, as far as it is kept: in memory, bounded,
//! gone with the room.

use std::collections::{BTreeMap, VecDeque};

use wire::{Emoji, LineName, MessageId, PeerId, UserId};

use crate::{Delivery, Entry, Fold, Line, LineKey, Notice, PersonId, Reaction, Unread};

/// Quiet lines kept. They are worth less than what was said, and someone may come and go without end.
const MAX_NOTICES: usize = 200;
/// Different emoji one person may put on one line.
const MAX_MARKS_BY_ONE: usize = 6;
/// Folded lines kept, and the bytes of their text: whoever says too much pushes out none but their
/// own.
const MAX_FOLDED: (usize, usize) = (200, 1024 * 1024);
/// Lines remembered as taken back by their author before they came from others.
const MAX_BURIED: usize = 128;

/// How much a transcript keeps.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Entries. Browser peers keep 150 (protocol/chitchatter §7); a window can show more.
    pub(crate) entries: usize,
    /// Bytes of text, so that a thousand longest messages cannot pile up.
    pub(crate) text_bytes: usize,
}

/// What is kept of a room.
pub(crate) const ROOM: Limits = Limits {
    entries: 1_000,
    text_bytes: 8 * 1024 * 1024,
};

/// A transcript.
#[derive(Debug)]
pub(crate) struct Transcript {
    limits: Limits,
    /// Oldest first; their numbers rise.
    entries: VecDeque<Kept>,
    known: BTreeMap<Identity, LineKey>,
    buried: VecDeque<Identity>,
    notices: usize,
    /// Who holds how much of it.
    held: BTreeMap<Holder, Held>,
    folded: Held,
    text_bytes: usize,
    unheard: usize,
    pub(crate) unread: Unread,
    /// The newest entry there was when the person looked last.
    pub(crate) seen: LineKey,
}

/// Whose an entry is, for fair shares. What stands first gives way first: a flood to everything,
/// and what others say was said to what was heard.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Holder {
    worth: Worth,
    /// Nobody for notices.
    author: Option<PersonId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Worth {
    Flood,
    PassedOn,
    Heard,
}

/// How much that is.
#[derive(Clone, Copy, Debug, Default)]
struct Held {
    entries: usize,
    bytes: usize,
}

#[derive(Debug)]
enum Kept {
    Said(Box<Said>),
    Notice(Notice),
}

/// A line, and what only we need to know of it.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    /// What is shown.
    pub(crate) line: Line,
    /// Who said it, as far as that was certain when it came; nobody for what was passed on.
    pub(crate) person: Option<PersonId>,
    /// What it answers, as all peers call it.
    pub(crate) reply_to: Option<LineName>,
    /// Where browsers find what it shows in their transcript, where native peers tell of it.
    pub(crate) inline: Option<String>,
    /// Whom it is still to be said to when they come.
    pub(crate) owed: Vec<Owed>,
    marks: Vec<(Emoji, Vec<(PersonId, String)>)>,
}

/// Someone who has missed a line of ours.
#[derive(Clone, Debug)]
pub(crate) struct Owed {
    pub(crate) person: PersonId,
    /// Where they were when they missed it.
    pub(crate) session: PeerId,
    /// Whether the line was meant for them when it was said.
    pub(crate) failed: bool,
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

/// What came of adding a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Added {
    /// It is new.
    New,
    /// It was there, passed on by somebody; now its author vouches for it.
    Adopted(LineKey),
    /// It was there.
    Known,
}

impl Said {
    pub(crate) fn new(line: Line, person: Option<PersonId>) -> Self {
        Self {
            line,
            person,
            reply_to: None,
            inline: None,
            owed: Vec::new(),
            marks: Vec::new(),
        }
    }

    /// What all peers call the line, where its author is known.
    pub(crate) fn name(&self) -> Option<LineName> {
        Some(LineName {
            author_id: self.line.author_id.clone()?,
            id: self.line.id.clone(),
        })
    }

    /// Whether this is someone who may change the line: who said it, or, where it was passed on,
    /// whoever it is by.
    pub(crate) fn is_by(&self, peer: PeerId, person: &PersonId) -> bool {
        if self.line.own {
            return false;
        }
        if self.line.backfilled {
            return matches!((person, &self.line.author_id),
                (PersonId::Profile(user), Some(author)) if user == author);
        }
        self.line.peer_id == peer || self.person.as_ref() == Some(person)
    }

    /// The emoji on the line, and who put them there.
    pub(crate) fn marks(&self) -> &[(Emoji, Vec<(PersonId, String)>)] {
        &self.marks
    }

    /// Puts an emoji on the line or takes it away. Whether anything changed.
    pub(crate) fn mark(&mut self, person: &PersonId, name: &str, emoji: &Emoji, on: bool) -> bool {
        let by_them = |(_, people): &&(Emoji, Vec<(PersonId, String)>)| {
            people.iter().any(|(other, _)| other == person)
        };
        if !on {
            let Some(at) = self.marks.iter().position(|(other, _)| other == emoji) else {
                return false;
            };
            let Some((_, people)) = self.marks.get_mut(at) else {
                return false;
            };
            let before = people.len();
            people.retain(|(other, _)| other != person);
            let changed = people.len() < before;
            if people.is_empty() {
                self.marks.remove(at);
            }
            return changed;
        }
        if self.marks.iter().filter(by_them).count() >= MAX_MARKS_BY_ONE {
            return false;
        }
        let kinds = self.marks.len();
        let someone = (person.clone(), name.to_owned());
        match self.marks.iter_mut().find(|(other, _)| other == emoji) {
            Some((_, people)) => {
                let there = people.iter().any(|(other, _)| other == person);
                if there || people.len() >= wire::talk::MAX_MARK_PEOPLE {
                    return false;
                }
                people.push(someone);
            }
            None if kinds >= wire::talk::MAX_MARK_KINDS => return false,
            None => self.marks.push((emoji.clone(), vec![someone])),
        }
        true
    }

    /// Shows the emoji as they are now.
    pub(crate) fn show_marks(&mut self, me: &PersonId) {
        self.line.reactions = self
            .marks
            .iter()
            .map(|(emoji, people)| Reaction {
                emoji: emoji.as_str().to_owned(),
                names: people.iter().map(|(_, name)| name.clone()).collect(),
                own: people.iter().any(|(person, _)| person == me),
            })
            .collect();
    }

    /// Leaves nothing of the line but its place.
    pub(crate) fn take_back(&mut self) {
        self.line.text = String::new();
        self.line.share = None;
        self.inline = None;
        self.line.deleted = true;
        self.line.edited = false;
        self.line.mentions_me = false;
        self.line.reply = None;
        self.line.reactions = Vec::new();
        self.line.delivery.failed = false;
        self.reply_to = None;
        self.marks = Vec::new();
        self.owed = Vec::new();
    }

    /// Someone has missed the line.
    pub(crate) fn owe(&mut self, owed: Owed) {
        self.owed.retain(|other| other.person != owed.person);
        self.owed.push(owed);
        self.note_failure();
    }

    /// The line is on its way to someone, who is owed nothing more of it.
    pub(crate) fn settle(&mut self, person: &PersonId) {
        self.owed.retain(|owed| owed.person != *person);
        self.note_failure();
    }

    pub(crate) fn note_failure(&mut self) {
        self.line.delivery.failed = self.owed.iter().any(|owed| owed.failed);
    }
}

impl Kept {
    fn number(&self) -> u64 {
        match self {
            Self::Said(said) => said.line.key.0,
            Self::Notice(notice) => notice.id,
        }
    }

    fn holder(&self) -> Holder {
        match self {
            Self::Said(said) => Holder::of(said),
            Self::Notice(_) => Holder {
                worth: Worth::Heard,
                author: None,
            },
        }
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Said(said) => weight(said),
            Self::Notice(_) => 0,
        }
    }

    fn is_of(&self, holder: &Holder) -> bool {
        self.holder() == *holder
    }

    fn is_folded(&self) -> bool {
        matches!(self, Self::Said(said) if said.line.folded.is_some())
    }
}

impl Transcript {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            entries: VecDeque::new(),
            known: BTreeMap::new(),
            buried: VecDeque::new(),
            notices: 0,
            held: BTreeMap::new(),
            folded: Held::default(),
            text_bytes: 0,
            unheard: 0,
            unread: Unread::default(),
            seen: LineKey(0),
        }
    }

    /// All entries, oldest first.
    pub(crate) fn entries(&self) -> Vec<Entry> {
        self.entries
            .iter()
            .map(|kept| match kept {
                Kept::Said(said) => Entry::Line(said.line.clone()),
                Kept::Notice(notice) => Entry::Notice(notice.clone()),
            })
            .collect()
    }

    /// The lines, oldest first.
    pub(crate) fn said(&self) -> impl DoubleEndedIterator<Item = &Said> {
        self.entries.iter().filter_map(|kept| match kept {
            Kept::Said(said) => Some(&**said),
            Kept::Notice(_) => None,
        })
    }

    /// How many of our lines have reached nobody yet.
    pub(crate) fn unheard(&self) -> usize {
        self.unheard
    }

    /// The line of this key.
    pub(crate) fn get(&self, key: LineKey) -> Option<&Said> {
        match self.entries.get(self.place(key)?)? {
            Kept::Said(said) => Some(said),
            Kept::Notice(_) => None,
        }
    }

    /// The line of this name.
    pub(crate) fn find(&self, name: &LineName) -> Option<LineKey> {
        let identity = Identity::Author(name.author_id.clone(), name.id.clone());
        self.known.get(&identity).copied()
    }

    /// The line a peer said under this id before it said who it is.
    pub(crate) fn find_from(&self, peer: PeerId, id: &MessageId) -> Option<LineKey> {
        self.known.get(&Identity::Sender(peer, id.clone())).copied()
    }

    /// Changes a line. Everything that is counted stays right.
    pub(crate) fn change<R>(
        &mut self,
        key: LineKey,
        change: impl FnOnce(&mut Said) -> R,
    ) -> Option<R> {
        let at = self.place(key)?;
        let Some(Kept::Said(said)) = self.entries.get_mut(at) else {
            return None;
        };
        self.unheard -= usize::from(is_waiting(&said.line));
        self.text_bytes -= weight(said);
        if said.line.folded.is_some() {
            self.folded.remove(weight(said));
        }
        let holder = Holder::of(said);
        release(&mut self.held, &holder, weight(said));
        let result = change(said);
        let bytes = weight(said);
        self.held.entry(Holder::of(said)).or_default().add(bytes);
        if said.line.folded.is_some() {
            self.folded.add(bytes);
        }
        self.unheard += usize::from(is_waiting(&said.line));
        self.text_bytes += bytes;
        Some(result)
    }

    /// Adds a line, unless it is there already.
    pub(crate) fn add(&mut self, said: Said) -> Added {
        let identity = Identity::of(&said.line);
        if let Some(key) = self.known.get(&identity).copied() {
            let adopts = !said.line.backfilled
                && matches!((&said.person, &said.line.author_id),
                    (Some(PersonId::Profile(user)), Some(author)) if user == author)
                && self
                    .get(key)
                    .is_some_and(|it| it.line.backfilled && !it.line.deleted);
            if !adopts {
                return Added::Known;
            }
            self.change(key, |there| {
                let edited = there.line.edited;
                let text = std::mem::take(&mut there.line.text);
                there.line = Line {
                    key,
                    // What is said again is what its author has made of it since; what others said
                    // it was changed to counts only where it is the same.
                    edited: edited && text == said.line.text,
                    reactions: std::mem::take(&mut there.line.reactions),
                    time_received: there.line.time_received,
                    ..said.line
                };
                there.person = said.person;
                there.reply_to = said.reply_to;
                there.inline = said.inline;
            });
            return Added::Adopted(key);
        }
        if said.line.backfilled && self.buried.contains(&identity) {
            return Added::Known;
        }
        let (key, backfilled) = (said.line.key, said.line.backfilled);
        let bytes = weight(&said);
        self.known.insert(identity, key);
        self.text_bytes += bytes;
        self.held.entry(Holder::of(&said)).or_default().add(bytes);
        if said.line.folded.is_some() {
            self.folded.add(bytes);
        }
        self.unheard += usize::from(is_waiting(&said.line));
        self.entries.push_back(Kept::Said(Box::new(said)));
        self.trim();
        // What was passed on and found no room is not shown either.
        if backfilled && self.place(key).is_none() {
            return Added::Known;
        }
        Added::New
    }

    /// Whoever was known as one person is known as another.
    pub(crate) fn reassign(&mut self, from: &PersonId, into: &PersonId) {
        let become_known = |person: &mut PersonId| {
            if person == from {
                *person = into.clone();
            }
        };
        self.held.clear();
        for kept in &mut self.entries {
            let Kept::Said(said) = kept else {
                self.held.entry(kept.holder()).or_default().add(0);
                continue;
            };
            said.person.iter_mut().for_each(become_known);
            said.owed
                .iter_mut()
                .for_each(|owed| become_known(&mut owed.person));
            let marks = said.marks.iter_mut().flat_map(|(_, people)| people);
            marks.for_each(|(person, _)| become_known(person));
            let bytes = weight(said);
            self.held.entry(Holder::of(said)).or_default().add(bytes);
        }
    }

    /// Takes up another transcript, each entry where it belongs. A line that is in both stays once.
    pub(crate) fn absorb(&mut self, other: Self) {
        let empty = Self::new(self.limits);
        let before = std::mem::replace(self, empty);
        self.unread = Unread {
            lines: before.unread.lines.saturating_add(other.unread.lines),
            mentions: before.unread.mentions.saturating_add(other.unread.mentions),
        };
        self.seen = before.seen.max(other.seen);
        self.buried = before.buried.into_iter().chain(other.buried).collect();
        while self.buried.len() > MAX_BURIED {
            self.buried.pop_front();
        }
        let mut entries: Vec<Kept> = before.entries.into_iter().chain(other.entries).collect();
        entries.sort_by_key(Kept::number);
        for kept in entries {
            match kept {
                Kept::Said(said) => {
                    self.add(*said);
                }
                Kept::Notice(notice) => self.add_notice(notice),
            }
        }
    }

    /// Remembers that an author took a line back that may still be passed on to us.
    pub(crate) fn bury(&mut self, name: LineName) {
        let identity = Identity::Author(name.author_id, name.id);
        if self.buried.contains(&identity) {
            return;
        }
        if self.buried.len() >= MAX_BURIED {
            self.buried.pop_front();
        }
        self.buried.push_back(identity);
    }

    /// Adds a quiet line.
    pub(crate) fn add_notice(&mut self, notice: Notice) {
        if self.notices >= MAX_NOTICES
            && let Some(oldest) = self
                .entries
                .iter()
                .position(|kept| matches!(kept, Kept::Notice(_)))
        {
            self.drop_entry(oldest);
        }
        let kept = Kept::Notice(notice);
        self.notices += 1;
        self.held.entry(kept.holder()).or_default().add(0);
        self.entries.push_back(kept);
        self.trim();
    }

    /// Keeps more or less from now on.
    pub(crate) fn limit(&mut self, limits: Limits) {
        self.limits = limits;
        self.trim();
    }

    fn place(&self, key: LineKey) -> Option<usize> {
        self.entries.binary_search_by_key(&key.0, Kept::number).ok()
    }

    /// Makes room: what is worth least goes first, and of that the oldest of whoever holds most, so
    /// that nobody's words push out another's who said less.
    fn trim(&mut self) {
        while self.folded.entries > MAX_FOLDED.0 || self.folded.bytes > MAX_FOLDED.1 {
            let mut folded: BTreeMap<Holder, Held> = BTreeMap::new();
            for kept in self.entries.iter().filter(|kept| kept.is_folded()) {
                folded.entry(kept.holder()).or_default().add(kept.bytes());
            }
            let by_bytes = self.folded.bytes > MAX_FOLDED.1;
            let Some(holder) = largest(&folded, by_bytes) else {
                return;
            };
            let oldest = self
                .entries
                .iter()
                .position(|kept| kept.is_folded() && kept.is_of(&holder));
            let Some(oldest) = oldest else { return };
            self.drop_entry(oldest);
        }
        while self.entries.len() > self.limits.entries || self.text_bytes > self.limits.text_bytes {
            let by_bytes = self.text_bytes > self.limits.text_bytes;
            let Some(holder) = largest(&self.held, by_bytes) else {
                return;
            };
            let oldest = self.entries.iter().position(|kept| kept.is_of(&holder));
            let Some(oldest) = oldest else { return };
            self.drop_entry(oldest);
        }
    }

    fn drop_entry(&mut self, at: usize) {
        let Some(kept) = self.entries.remove(at) else {
            return;
        };
        release(&mut self.held, &kept.holder(), kept.bytes());
        let Kept::Said(said) = kept else {
            self.notices -= 1;
            return;
        };
        self.known.remove(&Identity::of(&said.line));
        self.text_bytes -= weight(&said);
        if said.line.folded.is_some() {
            self.folded.remove(weight(&said));
        }
        self.unheard -= usize::from(is_waiting(&said.line));
    }
}

impl Holder {
    fn of(said: &Said) -> Self {
        let worth = if said.line.folded == Some(Fold::Flood) {
            Worth::Flood
        } else if said.line.backfilled {
            Worth::PassedOn
        } else {
            Worth::Heard
        };
        let author = said.line.author_id.clone().map(PersonId::Profile);
        let author = said.person.clone().or(author);
        Self {
            worth,
            author: author.or(Some(PersonId::Session(said.line.peer_id))),
        }
    }
}

impl Held {
    fn add(&mut self, bytes: usize) {
        self.entries += 1;
        self.bytes += bytes;
    }

    fn remove(&mut self, bytes: usize) {
        self.entries -= 1;
        self.bytes -= bytes;
    }
}

fn release(held: &mut BTreeMap<Holder, Held>, holder: &Holder, bytes: usize) {
    if let Some(theirs) = held.get_mut(holder) {
        theirs.remove(bytes);
        if theirs.entries == 0 {
            held.remove(holder);
        }
    }
}

/// Whoever holds most of what is worth least.
fn largest(held: &BTreeMap<Holder, Held>, by_bytes: bool) -> Option<Holder> {
    let (least, _) = held.first_key_value()?;
    let size = |it: &Held| if by_bytes { it.bytes } else { it.entries };
    held.iter()
        .filter(|(holder, _)| holder.worth == least.worth)
        .max_by_key(|(_, theirs)| size(theirs))
        .map(|(holder, _)| holder.clone())
}

/// Whether a line of ours has reached nobody.
pub(crate) fn is_unheard(line: &Line) -> bool {
    line.own && line.delivery.reached == 0 && !line.deleted
}

/// Whether a line of ours waits for somebody to come. What we share is told to whoever does.
fn is_waiting(line: &Line) -> bool {
    is_unheard(line) && line.share.is_none()
}

/// How many bytes of others' words and pictures a line keeps in memory.
fn weight(said: &Said) -> usize {
    let line = &said.line;
    let share = line.share.as_ref().map_or(0, |share| {
        let picture = share.thumbnail.as_ref().map_or(0, |it| it.len());
        share.name.len() + share.magnet.as_ref().map_or(0, String::len) + picture
    });
    line.text.len() + share + said.inline.as_ref().map_or(0, String::len)
}

/// One more peer got a line.
pub(crate) fn count_one_more(delivery: &mut Delivery) {
    delivery.reached += 1;
    delivery.of = delivery.of.max(delivery.reached);
}
