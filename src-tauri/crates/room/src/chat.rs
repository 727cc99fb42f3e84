//! What is said and heard in a room.
//!
//! Browser pages lose messages that come faster than they redraw (protocol/chitchatter §7), so group
//! messages to a peer are paced until it has named [`Feature::Burst`]. Between native peers nothing
//! is paced, and the ordered channel keeps each author's lines in order.

use std::sync::Arc;
use std::time::Duration;

use wire::{Action, Feature, LineName, Message, MessageId, PeerId, UserId};

use crate::exchange::compose;
use crate::peering::{Peering, TYPING_LIFE};
use crate::transcript::{Added, Said, Transcript};
use crate::{
    Delivery, Event, Line, LineKey, Notice, NoticeKind, Now, PersonId, Refusal, Reply, RoomKey,
    Rooms,
};

/// Characters of a line that are shown beside its answer.
const EXCERPT_CHARS: usize = 140;
/// Messages that wait for one peer, or for anyone to come, before more is refused for a moment.
pub(crate) const BUSY_LINES: usize = 512;
/// How long more is held back in a room where nobody is: someone may be about to come.
const LONELY: Duration = Duration::from_secs(15);

impl Rooms {
    /// Whether so much waits to be sent in a room that the next message should wait too.
    #[must_use]
    pub fn is_busy(&self, now: Now, key: &RoomKey) -> bool {
        self.rooms.get(key).is_some_and(|room| {
            if room.hold_until.is_some() {
                return true;
            }
            room.peers.values().any(|peering| {
                peering.exchange.queue.len() >= BUSY_LINES
                    || self
                        .links
                        .get(&peering.link)
                        .is_some_and(|link| link.is_busy(now))
            })
        })
    }

    /// Whether something said in a room has not been handed over yet to everyone there.
    pub(crate) fn is_sending(&self, key: &RoomKey) -> bool {
        self.rooms.get(key).is_some_and(|room| {
            room.peers.values().any(|peering| {
                !peering.exchange.queue.is_empty()
                    || self
                        .links
                        .get(&peering.link)
                        .is_some_and(crate::link::Link::is_sending)
            })
        })
    }

    pub(crate) fn say(
        &mut self,
        now: Now,
        key: &RoomKey,
        with: Option<PersonId>,
        text: String,
        reply_to: Option<LineKey>,
    ) -> Result<MessageId, Refusal> {
        if !self.rooms.contains_key(key) {
            return Err(Refusal::NotJoined);
        }
        check_text(&text)?;
        if self.is_busy(now, key) {
            return Err(Refusal::Busy);
        }
        let answered = match reply_to {
            Some(line) => Some(self.answered(key, with.as_ref(), line)?),
            None => None,
        };
        if let Some(person) = &with {
            self.begin_talk(now, key, person, true)?;
        }
        if let Some(line) = reply_to {
            self.note_answered(key, with.as_ref(), line);
        }
        let me = self.me();
        let peers = self.addressees(key, with.as_ref());
        let waiting = self
            .rooms
            .get(key)
            .and_then(|room| room.transcript_of(with.as_ref()))
            .map_or(0, Transcript::unheard);
        if with.is_some() && waiting >= BUSY_LINES {
            return Err(Refusal::Busy);
        }
        let (at_once, paced): (Vec<_>, Vec<_>) = peers.into_iter().partition(|(_, burst)| *burst);
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let id = MessageId::random(&mut self.rng);
        // What is said to one person alone is for one, whether they are there or not.
        let of = count(at_once.len() + paced.len()).max(u32::from(with.is_some()));
        let mut line = Line {
            id: id.clone(),
            delivery: Delivery {
                reached: count(at_once.len()),
                of,
                received: 0,
                failed: false,
            },
            author_id: Some(me.user_id),
            own: true,
            ..self.blank_line(now, me.peer_id, me.name, text, now.unix_ms)
        };
        line.mentions_me = false;
        let person = line.author_id.clone().map(PersonId::Profile);
        let mut said = Said::new(line, person);
        if let Some((reply, name)) = answered {
            said.line.reply = Some(reply);
            said.reply_to = name;
        }
        if with.is_none() {
            said.owed = self.away_now(now, key);
        }
        let Some(outgoing) = compose(with.as_ref(), &said).map(Arc::new) else {
            return Err(Refusal::EmptyMessage);
        };
        if let Some(room) = self.rooms.get_mut(key) {
            for (peer, _) in &paced {
                if let Some(peering) = room.peers.get_mut(peer) {
                    peering.exchange.queue.push_back(Arc::clone(&outgoing));
                }
            }
        }
        self.add_line(now, key, with.as_ref(), said);
        if let Some(room) = self.rooms.get_mut(key)
            && room.transcript.unheard() >= BUSY_LINES
            && !room.held_out
        {
            room.hold_until.get_or_insert(now.since_start + LONELY);
        }
        let names: Vec<PeerId> = at_once.into_iter().map(|(peer, _)| peer).collect();
        self.hand_over(now, key, &names, &outgoing);
        self.send_due_lines(now);
        Ok(id)
    }

    /// The line that is answered, as it is shown beside the answer and as others call it.
    fn answered(
        &self,
        key: &RoomKey,
        with: Option<&PersonId>,
        line: LineKey,
    ) -> Result<(Reply, Option<LineName>), Refusal> {
        let said = self
            .rooms
            .get(key)
            .and_then(|room| room.transcript_of(with))
            .and_then(|transcript| transcript.get(line))
            .ok_or(Refusal::NoSuchLine)?;
        Ok((reply_to(said), said.name()))
    }

    /// Whoever certainly said a line that is answered is spoken with.
    fn note_answered(&mut self, key: &RoomKey, with: Option<&PersonId>, line: LineKey) {
        let author = self
            .rooms
            .get(key)
            .and_then(|room| room.transcript_of(with)?.get(line)?.person.clone());
        if let Some(author) = author {
            self.note_met(&author);
        }
    }

    /// What is shown of a line that another one answers.
    pub(crate) fn reply_shown(
        &self,
        key: &RoomKey,
        with: Option<&PersonId>,
        name: &LineName,
    ) -> Reply {
        let said = self
            .rooms
            .get(key)
            .and_then(|room| room.transcript_of(with))
            .and_then(|transcript| transcript.get(transcript.find(name)?));
        said.map_or_else(
            || Reply {
                key: None,
                author: self.user_name(key, &name.author_id),
                excerpt: String::new(),
                gone: false,
            },
            reply_to,
        )
    }

    /// A line of which only the obvious is known.
    pub(crate) fn blank_line(
        &mut self,
        now: Now,
        peer_id: PeerId,
        author: String,
        text: String,
        time_sent: i64,
    ) -> Line {
        Line {
            id: MessageId::random(&mut self.rng),
            peer_id,
            author,
            author_id: None,
            text,
            time_sent,
            time_received: now.unix_ms,
            own: false,
            backfilled: false,
            misattributed: false,
            delivery: Delivery::default(),
            key: LineKey(self.new_id()),
            reply: None,
            edited: false,
            deleted: false,
            reactions: Vec::new(),
            mentions: Vec::new(),
            mentions_me: false,
            folded: None,
            plain: false,
            share: None,
            imitates: None,
        }
    }

    /// Says on where nobody came to hear what waits.
    pub(crate) fn stop_holding(&mut self, now: Now) {
        for room in self.rooms.values_mut() {
            if room
                .hold_until
                .is_some_and(|until| until <= now.since_start)
            {
                room.hold_until = None;
                room.held_out = true;
            }
        }
    }

    /// A line to the whole room came.
    pub(crate) fn message_heard(
        &mut self,
        now: Now,
        key: &RoomKey,
        peer: PeerId,
        message: Message,
    ) {
        // A peer that talks before it says who it is, is shown as unidentified.
        self.announce_peer(now, key, peer);
        self.note_typing(now, key, peer, false);
        self.line_heard(now, key, peer, None, message);
    }

    /// A line came, to the room or to us alone.
    pub(crate) fn line_heard(
        &mut self,
        now: Now,
        key: &RoomKey,
        peer: PeerId,
        with: Option<PersonId>,
        message: Message,
    ) {
        self.owe_receipt(now, key, peer, &message.id);
        let showing = self.showing(now, key, peer, message.text.len());
        let author = self.name_on(key, Some(peer));
        let Some(sender) = self.rooms.get(key).and_then(|room| room.peers.get(&peer)) else {
            return;
        };
        let author_id = sender.user_id().cloned();
        let person = sender.person(peer);
        let reply = message
            .reply_to
            .as_ref()
            .map(|name| self.reply_shown(key, with.as_ref(), name));
        let line = Line {
            misattributed: author_id
                .as_ref()
                .is_some_and(|user_id| *user_id != message.author_id),
            id: message.id,
            author_id,
            reply,
            folded: showing.folded,
            plain: showing.plain,
            ..self.blank_line(now, peer, author, message.text, message.time_sent)
        };
        let mut said = Said::new(line, Some(person));
        said.reply_to = message.reply_to;
        self.add_line(now, key, with.as_ref(), said);
    }

    pub(crate) fn note_typing(&mut self, now: Now, key: &RoomKey, peer_id: PeerId, typing: bool) {
        let typing = typing && !self.is_muted(key, peer_id);
        let Some(peering) = self
            .rooms
            .get_mut(key)
            .and_then(|room| room.peers.get_mut(&peer_id))
        else {
            return;
        };
        let before = peering.typing_until.is_some();
        peering.typing_until = typing.then_some(now.since_start + TYPING_LIFE);
        if before != typing {
            self.tell(Event::TypingChanged {
                room: key.clone(),
                peer_id,
                direct: false,
                typing,
            });
        }
    }

    pub(crate) fn notice(&mut self, now: Now, key: &RoomKey, what: NoticeKind) {
        let notice = Notice {
            id: self.new_id(),
            time: now.unix_ms,
            what,
        };
        if let Some(room) = self.rooms.get_mut(key) {
            room.transcript.add_notice(notice.clone());
            self.tell(Event::NoticeAdded {
                room: key.clone(),
                notice,
            });
        }
    }

    /// Sends one action to one peer of a room.
    pub(crate) fn send(&mut self, now: Now, key: &RoomKey, peer: PeerId, action: &Action) {
        self.send_all(now, key, &[peer], action);
    }

    pub(crate) fn send_all(&mut self, now: Now, key: &RoomKey, peers: &[PeerId], action: &Action) {
        let Some(room) = self.rooms.get_mut(key) else {
            return;
        };
        if peers.is_empty() {
            return;
        }
        let body = action.body();
        let nonce = room.nonces.entry(body.action.clone()).or_insert(0);
        let frames = wire::frames(room.token, *nonce, &body);
        *nonce = nonce.wrapping_add(1);
        let links: Vec<_> = peers
            .iter()
            .filter_map(|peer| room.peers.get(peer).map(|peering| peering.link))
            .collect();
        for link in links {
            for frame in &frames {
                self.queue(now, link, frame.clone());
            }
        }
    }

    /// The active peers of a room, and whether each takes bursts.
    pub(crate) fn listeners(&self, key: &RoomKey) -> Vec<(PeerId, bool)> {
        self.rooms.get(key).map_or_else(Vec::new, |room| {
            room.peers
                .iter()
                .filter(|(_, peering)| peering.is_active())
                .map(|(peer, peering)| (*peer, takes_bursts(peering)))
                .collect()
        })
    }

    /// Those a line said now goes to, and whether each takes bursts.
    fn addressees(&self, key: &RoomKey, with: Option<&PersonId>) -> Vec<(PeerId, bool)> {
        let Some(person) = with else {
            return self.listeners(key);
        };
        let Some(room) = self.rooms.get(key) else {
            return Vec::new();
        };
        room.session_of(person)
            .and_then(|peer| Some((peer, takes_bursts(room.peers.get(&peer)?))))
            .into_iter()
            .collect()
    }

    pub(crate) fn add_line(
        &mut self,
        now: Now,
        key: &RoomKey,
        with: Option<&PersonId>,
        mut said: Said,
    ) {
        self.note_mentions(key, &mut said.line);
        said.line.imitates = self.likeness_of_author(key, &said.line);
        let line = said.line.clone();
        let Some(transcript) = self
            .rooms
            .get_mut(key)
            .and_then(|room| room.transcript_of_mut(with))
        else {
            return;
        };
        match transcript.add(said) {
            Added::New => {
                self.tell(Event::LineAdded {
                    room: key.clone(),
                    with: with.cloned(),
                    line: line.clone(),
                });
                self.count_unread(now, key, with, &line);
            }
            Added::Adopted(there) => {
                if let Some(said) = transcript.get(there) {
                    let line = said.line.clone();
                    self.tell(Event::LineReplaced {
                        room: key.clone(),
                        with: with.cloned(),
                        line,
                    });
                }
            }
            Added::Known => {}
        }
    }

    /// Puts somebody's name on what was passed on of theirs before they were known to be here.
    pub(crate) fn name_passed_on(&mut self, key: &RoomKey, user: &UserId) {
        let name = self.user_name(key, user);
        let animal_name = wire::animal_name(user.as_str());
        let Some(room) = self.rooms.get(key).filter(|_| name != animal_name) else {
            return;
        };
        let unnamed = |line: &Line| {
            line.backfilled && line.author_id.as_ref() == Some(user) && line.author == animal_name
        };
        let lines: Vec<LineKey> = room
            .transcript
            .said()
            .filter(|said| unnamed(&said.line))
            .map(|said| said.line.key)
            .collect();
        for line in lines {
            let mut shown = self
                .rooms
                .get(key)
                .and_then(|room| Some(room.transcript.get(line)?.line.clone()));
            if let Some(shown) = &mut shown {
                shown.author.clone_from(&name);
                shown.imitates = self.likeness_of_author(key, shown);
            }
            self.change_line(key, None, line, |said| {
                if let Some(shown) = shown {
                    said.line = shown;
                }
            });
        }
    }

    /// The name of a user who need not be there: our own or a verified peer's that is here,
    /// otherwise the animal name, which nobody can choose.
    pub(crate) fn user_name(&self, key: &RoomKey, user: &UserId) -> String {
        if *user == self.me.user_id {
            return self.me().name;
        }
        self.rooms
            .get(key)
            .into_iter()
            .flat_map(|room| self.peers_of(room))
            .find(|peer| {
                peer.trust == crate::Trust::Verified && peer.user_id.as_ref() == Some(user)
            })
            .map_or_else(|| wire::animal_name(user.as_str()), |peer| peer.name)
    }
}

/// Whether a text can be said.
pub(crate) fn check_text(text: &str) -> Result<(), Refusal> {
    if text.trim().is_empty() {
        return Err(Refusal::EmptyMessage);
    }
    let units = wire::chat::text_units(text);
    if units > wire::MAX_TEXT_UNITS {
        return Err(Refusal::MessageTooLong {
            units,
            limit: wire::MAX_TEXT_UNITS,
        });
    }
    Ok(())
}

/// Whether what is said now goes to a peer at once.
fn takes_bursts(peering: &Peering) -> bool {
    peering.has(Feature::Burst) && peering.exchange.has_caught_up()
}

/// What is shown of a line beside its answer.
pub(crate) fn reply_to(said: &Said) -> Reply {
    Reply {
        key: Some(said.line.key),
        author: said.line.author.clone(),
        excerpt: excerpt(said.line.words()),
        gone: said.line.deleted,
    }
}

/// The beginning of a text, on one line.
fn excerpt(text: &str) -> String {
    let mut short = String::new();
    let mut length = 0;
    for word in text.split_whitespace() {
        if !short.is_empty() {
            short.push(' ');
            length += 1;
        }
        for char in word.chars() {
            if length == EXCERPT_CHARS {
                short.push('…');
                return short;
            }
            short.push(char);
            length += 1;
        }
    }
    short
}

/// An answer for those who know only text: a Markdown quote before it, as far as there is room.
pub(crate) fn quote(reply: &Reply, text: &str) -> String {
    let quote = format!(
        "> {}: {}\n\n",
        escaped(&reply.author),
        escaped(&reply.excerpt)
    );
    let units = wire::chat::text_units(&quote) + wire::chat::text_units(text);
    if reply.excerpt.is_empty() || units > wire::MAX_TEXT_UNITS {
        return text.to_owned();
    }
    quote + text
}

/// A text in which nothing is Markdown: a quoted picture would be fetched a second time.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for char in text.chars() {
        if char.is_ascii_punctuation() {
            escaped.push('\\');
        }
        escaped.push(char);
    }
    escaped
}

/// A line as its author sent it; `None` where the author is not known.
pub(crate) fn as_message(line: &Line) -> Option<Message> {
    Some(Message {
        author_id: line.author_id.clone()?,
        text: line.text.clone(),
        time_sent: line.time_sent,
        id: line.id.clone(),
        reply_to: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(excerpt: &str) -> Reply {
        Reply {
            key: None,
            author: "Ann_Lee".to_owned(),
            excerpt: excerpt.to_owned(),
            gone: false,
        }
    }

    #[test]
    fn an_answer_begins_with_a_quote_in_which_nothing_is_markdown() {
        assert_eq!(
            quote(&reply("see ![](http://x)"), "no"),
            "> Ann\\_Lee: see \\!\\[\\]\\(http\\:\\/\\/x\\)\n\nno"
        );
    }

    #[test]
    fn an_answer_without_room_for_a_quote_goes_alone() {
        let long = "x".repeat(wire::MAX_TEXT_UNITS - 5);
        assert_eq!(quote(&reply("what?"), &long), long);
        let fitting = "x".repeat(wire::MAX_TEXT_UNITS - 40);
        let quoted = quote(&reply("what?"), &fitting);
        assert!(quoted.len() > fitting.len() && quoted.len() <= wire::MAX_TEXT_UNITS);
    }

    #[test]
    fn an_excerpt_is_short_and_one_line() {
        assert_eq!(excerpt(" one\n\n two\t"), "one two");
        let long = excerpt(&"word ".repeat(100));
        assert_eq!(long.chars().count(), EXCERPT_CHARS + 1);
        assert!(long.ends_with('…'));
    }
}
