//! What is done with lines once they are said: changing them, taking them back, putting emoji on
//! them. Only peers that named [`Feature::Talk`] are told.
//!
//! Whoever may change a line is [`Said::is_by`](crate::transcript::Said::is_by); everyone present
//! may put emoji on any line. Who was away learns it afterwards from [`States`], where again only a
//! line's author is believed, or who passed the line on and could have passed on anything.

use wire::{Action, Change, Changed, Emoji, Feature, LineName, LineState, Mark, PeerId, States};

use crate::backfill::BACKFILL_LINES;
use crate::chat::{check_text, reply_to};
use crate::exchange::compose;
use crate::transcript::{Said, Transcript};
use crate::{Event, LineKey, Now, PersonId, Refusal, RoomKey, Rooms};

impl Rooms {
    /// Says one of our lines differently.
    pub(crate) fn edit(
        &mut self,
        now: Now,
        key: &RoomKey,
        line: LineKey,
        text: String,
    ) -> Result<(), Refusal> {
        check_text(&text)?;
        let (with, before) = self.own_line(key, line)?;
        if before.line.share.is_some() {
            return Err(Refusal::NoSuchLine);
        }
        if before.line.text == text {
            return Ok(());
        }
        let id = before.line.id.clone();
        let outgoing = self.change_line(key, with.as_ref(), line, |said| {
            said.line.text.clone_from(&text);
            // What nobody has heard was never said differently.
            said.line.edited |= said.line.delivery.reached > 0;
            compose(with.as_ref(), said)
        });
        self.quote_anew(key, with.as_ref(), line);
        self.requeue(key, line, outgoing.flatten());
        let change = Change {
            id,
            direct: with.is_some(),
            what: Changed::Text(text),
        };
        self.tell_talking(now, key, with.as_ref(), &Action::Change(change));
        Ok(())
    }

    /// Takes one of our lines back.
    pub(crate) fn delete(&mut self, now: Now, key: &RoomKey, line: LineKey) -> Result<(), Refusal> {
        let (with, before) = self.own_line(key, line)?;
        self.unshare_line(now, key, line);
        self.change_line(key, with.as_ref(), line, Said::take_back);
        self.quote_anew(key, with.as_ref(), line);
        self.requeue(key, line, None);
        let change = Change {
            id: before.line.id,
            direct: with.is_some(),
            what: Changed::Gone,
        };
        self.tell_talking(now, key, with.as_ref(), &Action::Change(change));
        Ok(())
    }

    /// Puts an emoji on a line, or takes it away.
    pub(crate) fn react(
        &mut self,
        now: Now,
        key: &RoomKey,
        line: LineKey,
        emoji: &str,
        on: bool,
    ) -> Result<(), Refusal> {
        let emoji = Emoji::parse(emoji).map_err(|_| Refusal::NotAnEmoji)?;
        let with = self.place_of(key, line)?;
        let said = self
            .rooms
            .get(key)
            .and_then(|room| room.transcript_of(with.as_ref()))
            .and_then(|transcript| transcript.get(line))
            .filter(|said| !said.line.deleted)
            .ok_or(Refusal::NoSuchLine)?;
        // Where the author is not known, others call the line by another name.
        let name = said.name().ok_or(Refusal::NoSuchLine)?;
        let author = said.person.clone();
        let (me, my_name) = (self.my_person(), self.me().name);
        if !self.put_mark(key, with.as_ref(), line, (&me, &my_name), &emoji, on) {
            return Ok(());
        }
        if on && let Some(author) = author {
            self.note_met(&author);
        }
        let mark = Mark {
            line: name,
            direct: with.is_some(),
            emoji,
            on,
        };
        self.tell_talking(now, key, with.as_ref(), &Action::Mark(mark));
        Ok(())
    }

    /// A peer changed a line, or claims to.
    pub(crate) fn change_heard(&mut self, key: &RoomKey, peer: PeerId, change: Change) {
        let Some(person) = self.person_at(key, peer) else {
            return;
        };
        let with = change.direct.then(|| person.clone());
        let user = self
            .rooms
            .get(key)
            .and_then(|room| room.peers.get(&peer))
            .and_then(|peering| peering.user_id().cloned());
        let name = user.map(|author_id| LineName {
            author_id,
            id: change.id.clone(),
        });
        let Some(transcript) = self
            .rooms
            .get_mut(key)
            .and_then(|room| room.transcript_of_mut(with.as_ref()))
        else {
            return;
        };
        let line = name
            .as_ref()
            .and_then(|name| transcript.find(name))
            .or_else(|| transcript.find_from(peer, &change.id));
        let Some(line) = line else {
            if let (Changed::Gone, PersonId::Profile(_), Some(name)) = (&change.what, &person, name)
            {
                transcript.bury(name);
            }
            return;
        };
        if transcript
            .get(line)
            .is_some_and(|said| said.is_by(peer, &person))
        {
            self.apply(key, peer, with.as_ref(), line, change.what);
        }
    }

    /// A peer put an emoji on a line, or took it away.
    pub(crate) fn mark_heard(&mut self, key: &RoomKey, peer: PeerId, mark: &Mark) {
        if self.is_muted(key, peer) {
            return;
        }
        let Some(person) = self.person_at(key, peer) else {
            return;
        };
        let with = mark.direct.then(|| person.clone());
        let line = self
            .rooms
            .get(key)
            .and_then(|room| room.transcript_of(with.as_ref()))
            .and_then(|transcript| transcript.find(&mark.line));
        if let Some(line) = line {
            let name = self.name_on(key, Some(peer));
            let by = (&person, name.as_str());
            self.put_mark(key, with.as_ref(), line, by, &mark.emoji, mark.on);
        }
    }

    /// Tells a peer how the lines stand that it got plain, and what we did to lines it has.
    pub(crate) fn send_states(&mut self, now: Now, key: &RoomKey, peer: PeerId) {
        let Some(room) = self.rooms.get_mut(key) else {
            return;
        };
        let Some(peering) = room.peers.get_mut(&peer) else {
            return;
        };
        if !peering.has(Feature::Talk) || peering.exchange.sent_states {
            return;
        }
        peering.exchange.sent_states = true;
        let person = peering.person(peer);
        let mut told = vec![(false, room.transcript_of(None))];
        told.push((true, room.transcript_of(Some(&person))));
        let states: Vec<States> = told
            .into_iter()
            .filter_map(|(direct, transcript)| {
                let newest = transcript?.said().rev().take(BACKFILL_LINES);
                let mut lines: Vec<LineState> = newest.filter_map(state_of).collect();
                lines.reverse();
                (!lines.is_empty()).then_some(States { direct, lines })
            })
            .collect();
        for states in states {
            self.send(now, key, peer, &Action::States(states));
        }
    }

    /// A peer says how lines stand. Whether it had any business to.
    pub(crate) fn states_heard(&mut self, key: &RoomKey, peer: PeerId, states: States) -> bool {
        let Some(person) = self.person_at(key, peer) else {
            return false;
        };
        let Some(peering) = self
            .rooms
            .get_mut(key)
            .and_then(|room| room.peers.get_mut(&peer))
        else {
            return false;
        };
        let heard = &mut peering.exchange.heard_states;
        let heard = if states.direct {
            &mut heard.1
        } else {
            &mut heard.0
        };
        if std::mem::replace(heard, true) {
            return false;
        }
        let with = states.direct.then(|| person.clone());
        for state in states.lines {
            self.state_heard(key, peer, &person, with.as_ref(), state);
        }
        true
    }

    fn state_heard(
        &mut self,
        key: &RoomKey,
        peer: PeerId,
        person: &PersonId,
        with: Option<&PersonId>,
        state: LineState,
    ) {
        let is_author = |name: &LineName| *person == PersonId::Profile(name.author_id.clone());
        let Some(transcript) = self
            .rooms
            .get_mut(key)
            .and_then(|room| room.transcript_of_mut(with))
        else {
            return;
        };
        let Some(line) = transcript.find(&state.line) else {
            if state.gone && is_author(&state.line) {
                transcript.bury(state.line);
            }
            return;
        };
        let Some(said) = transcript.get(line) else {
            return;
        };
        let passed_on = said.line.backfilled && said.line.peer_id == peer;
        let believed = passed_on || said.is_by(peer, person);
        let has_reply = said.reply_to.is_some();
        if state.gone {
            if said.is_by(peer, person) {
                self.apply(key, peer, with, line, Changed::Gone);
            }
            return;
        }
        if believed
            && !has_reply
            && let Some(name) = state.reply_to
        {
            let reply = self.reply_shown(key, with, &name);
            self.change_line(key, with, line, |said| {
                said.line.reply = Some(reply);
                said.reply_to = Some(name);
            });
        }
        if believed && let Some(text) = state.text {
            self.apply(key, peer, with, line, Changed::Text(text));
        }
        for (emoji, users) in state.marks {
            for user in users {
                let by = PersonId::Profile(user.clone());
                if (!passed_on && by != *person) || !self.is_heard(&by) {
                    continue;
                }
                let name = if by == *person {
                    self.name_on(key, Some(peer))
                } else {
                    self.user_name(key, &user)
                };
                self.put_mark(key, with, line, (&by, &name), &emoji, true);
            }
        }
    }

    /// Does to a line what a peer says of it.
    fn apply(
        &mut self,
        key: &RoomKey,
        peer: PeerId,
        with: Option<&PersonId>,
        line: LineKey,
        what: Changed,
    ) {
        let plain = self.is_plain(key, peer);
        let Some(said) = self
            .rooms
            .get(key)
            .and_then(|room| room.transcript_of(with)?.get(line))
        else {
            return;
        };
        if said.line.deleted {
            return;
        }
        match what {
            Changed::Gone => {
                self.change_line(key, with, line, Said::take_back);
            }
            // There is nothing in it that could be said differently.
            Changed::Text(_) if said.line.share.is_some() => {}
            Changed::Text(text) => {
                let mut shown = said.line.clone();
                if shown.text == text && shown.edited {
                    return;
                }
                shown.text = text;
                shown.edited = true;
                // The new words are as little known as whoever they come from now, or as anything
                // that is passed on.
                shown.plain = plain || (shown.plain && shown.backfilled);
                self.note_mentions(key, &mut shown);
                self.change_line(key, with, line, |said| said.line = shown);
            }
        }
        self.quote_anew(key, with, line);
    }

    /// Shows beside the answers to a line what it says now: a quote must not keep what its author
    /// took back.
    fn quote_anew(&mut self, key: &RoomKey, with: Option<&PersonId>, line: LineKey) {
        let transcript = self
            .rooms
            .get(key)
            .and_then(|room| room.transcript_of(with));
        let Some(now) = transcript.and_then(|it| it.get(line)).map(reply_to) else {
            return;
        };
        let answers: Vec<LineKey> = transcript
            .into_iter()
            .flat_map(Transcript::said)
            .filter(|said| {
                let reply = said.line.reply.as_ref();
                reply.is_some_and(|it| it.key == now.key && *it != now)
            })
            .map(|said| said.line.key)
            .collect();
        for answer in answers {
            self.change_line(key, with, answer, |said| {
                said.line.reply = Some(now.clone())
            });
        }
    }

    fn put_mark(
        &mut self,
        key: &RoomKey,
        with: Option<&PersonId>,
        line: LineKey,
        (person, name): (&PersonId, &str),
        emoji: &Emoji,
        on: bool,
    ) -> bool {
        let me = self.my_person();
        let Some(transcript) = self
            .rooms
            .get_mut(key)
            .and_then(|room| room.transcript_of_mut(with))
        else {
            return false;
        };
        let changed = transcript
            .change(line, |said| {
                !said.line.deleted && said.mark(person, name, emoji, on)
            })
            .unwrap_or(false);
        if changed {
            self.change_line(key, with, line, |said| said.show_marks(&me));
        }
        changed
    }

    /// Changes a line and shows it anew.
    pub(crate) fn change_line<R>(
        &mut self,
        key: &RoomKey,
        with: Option<&PersonId>,
        line: LineKey,
        change: impl FnOnce(&mut Said) -> R,
    ) -> Option<R> {
        let (result, shown) = self
            .rooms
            .get_mut(key)?
            .transcript_of_mut(with)?
            .change(line, |said| (change(said), said.line.clone()))?;
        self.tell(Event::LineReplaced {
            room: key.clone(),
            with: with.cloned(),
            line: shown,
        });
        Some(result)
    }

    fn own_line(&self, key: &RoomKey, line: LineKey) -> Result<(Option<PersonId>, Said), Refusal> {
        let with = self.place_of(key, line)?;
        self.rooms
            .get(key)
            .and_then(|room| room.transcript_of(with.as_ref())?.get(line))
            .filter(|said| said.line.own && !said.line.deleted)
            .map(|said| (with.clone(), said.clone()))
            .ok_or(Refusal::NoSuchLine)
    }

    fn my_person(&self) -> PersonId {
        PersonId::Profile(self.me.user_id.clone())
    }

    /// Tells those something who understand it.
    fn tell_talking(&mut self, now: Now, key: &RoomKey, with: Option<&PersonId>, action: &Action) {
        let Some(room) = self.rooms.get(key) else {
            return;
        };
        let only = with.map(|person| room.session_of(person));
        let peers: Vec<PeerId> = room
            .peers
            .iter()
            .filter(|(peer, peering)| {
                peering.is_active()
                    && peering.has(Feature::Talk)
                    && only.is_none_or(|only| only == Some(**peer))
            })
            .map(|(peer, _)| *peer)
            .collect();
        self.send_all(now, key, &peers, action);
    }
}

/// How a line stands, if there is more to it than its text.
fn state_of(said: &Said) -> Option<LineState> {
    let line = &said.line;
    if line.own && line.delivery.reached == 0 && !line.deleted {
        // It goes out as a message of its own, as it is now.
        return None;
    }
    let marks: Vec<(Emoji, Vec<wire::UserId>)> = said
        .marks()
        .iter()
        .map(|(emoji, people)| {
            let users = people.iter().filter_map(|(person, _)| match person {
                PersonId::Profile(user) => Some(user.clone()),
                PersonId::Session(_) => None,
            });
            (emoji.clone(), users.collect::<Vec<_>>())
        })
        .filter(|(_, users)| !users.is_empty())
        .collect();
    let state = LineState {
        line: said.name()?,
        reply_to: said.reply_to.clone(),
        text: line.edited.then(|| line.text.clone()),
        gone: line.deleted,
        marks,
    };
    let is_plain =
        state.reply_to.is_none() && state.text.is_none() && !state.gone && state.marks.is_empty();
    (!is_plain).then_some(state)
}
