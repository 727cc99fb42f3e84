//! What passes between us and one peer of a room: what waits for its turn, what it has not said it
//! has, and what those get who missed it.
//!
//! ```text
//! said ──▶ queue (browsers: paced) ──▶ awaiting ──receipt, or the connection took it──▶ received
//!            └──── peer lost ──────────────┴──▶ owed ──the same person comes back──▶ queue
//! ```
//!
//! A native peer says with one id that everything up to it has come; for a browser, which cannot,
//! a message counts as received when the connection took its last byte.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use wire::{Action, Feature, InlineMedia, LinkId, Message, MessageId, PeerId};

use crate::transcript::{Owed, Said, count_one_more};
use crate::{LineKey, Now, PersonId, Refusal, RoomKey, Rooms};

/// Between two messages to a browser peer. Pages lost none at 100 ms on an idle machine.
const PACE: Duration = Duration::from_millis(200);
/// From a peer's activation to the first paced message: its page is busy listing us.
pub(crate) const FIRST_LINE_PAUSE: Duration = Duration::from_millis(250);
/// How long receipts are gathered into one.
const RECEIPT_PAUSE: Duration = Duration::from_millis(100);
/// How long a room that is being left waits for the next receipt of a peer that owes some: a busy
/// one reads what its connection took long ago.
const RECEIPT_PATIENCE: Duration = Duration::from_secs(3);
/// Messages handed to one peer of which it is not known that they came; as many as a room keeps.
const MAX_AWAITING: usize = 1_000;
/// How long someone whose connection was lost is owed what is said meanwhile.
const AWAY_LIFE: Duration = Duration::from_secs(600);
/// People remembered as lost, in one room.
const MAX_AWAY: usize = 64;

/// See the module's page.
#[derive(Debug, Default)]
pub(crate) struct Exchange {
    /// Messages that wait for their turn: browser pages lose bursts.
    pub(crate) queue: VecDeque<Arc<Outgoing>>,
    /// When the next of them may go.
    pub(crate) next: Duration,
    awaiting: VecDeque<Awaiting>,
    /// When the last of those was sent, or the last receipt for any of them came.
    moved: Duration,
    /// The last message that came and of which the peer has no receipt, and when it gets one.
    receipt: Option<(MessageId, Duration)>,
    /// Until when the peer counts as typing to us alone.
    pub(crate) direct_typing_until: Option<Duration>,
    /// Whether we type to the peer alone.
    pub(crate) typing_to: bool,
    /// Whether it got what was said before it was known who it is; nothing said later comes first.
    caught_up: bool,
    pub(crate) heard_transcript: bool,
    pub(crate) sent_transcript: bool,
    pub(crate) sent_states: bool,
    /// Whether the states of a room's lines came, and those of our private lines.
    pub(crate) heard_states: (bool, bool),
    /// Lines of ours that were left out of that transcript, to be said once it is known who listens.
    pub(crate) left_out: BTreeSet<LineKey>,
}

/// One of our lines, as it is sent.
#[derive(Clone, Debug)]
pub(crate) struct Outgoing {
    pub(crate) key: LineKey,
    pub(crate) with: Option<PersonId>,
    pub(crate) message: Message,
    /// The text for those who do not know what a reply is.
    pub(crate) quoted: Option<String>,
    /// What it shows in a browser's transcript, in place of a text.
    pub(crate) inline: Option<InlineMedia>,
}

#[derive(Debug)]
struct Awaiting {
    key: LineKey,
    with: Option<PersonId>,
    id: MessageId,
    /// How much the connection must have taken until it has this.
    mark: u64,
}

impl Exchange {
    pub(crate) fn next_wake(&self) -> Option<Duration> {
        let queue = (self.caught_up && !self.queue.is_empty()).then_some(self.next);
        let receipt = self.receipt.as_ref().map(|(_, due)| *due);
        [queue, receipt, self.direct_typing_until]
            .into_iter()
            .flatten()
            .min()
    }

    /// Whether what is said now may go to it at once.
    pub(crate) fn has_caught_up(&self) -> bool {
        self.caught_up
    }

    /// Until when it is worth waiting for receipts that the peer owes us.
    pub(crate) fn receipts_until(&self) -> Option<Duration> {
        (!self.awaiting.is_empty()).then_some(self.moved + RECEIPT_PATIENCE)
    }

    fn await_receipt(&mut self, now: Now, outgoing: &Outgoing) {
        self.moved = now.since_start;
        if self.awaiting.len() >= MAX_AWAITING {
            self.awaiting.pop_front();
        }
        self.awaiting.push_back(Awaiting {
            key: outgoing.key,
            with: outgoing.with.clone(),
            id: outgoing.message.id.clone(),
            mark: u64::MAX,
        });
    }

    /// What is under way in one private talk belongs to another.
    pub(crate) fn move_talk(&mut self, from: &PersonId, into: &PersonId) {
        for outgoing in &mut self.queue {
            if outgoing.with.as_ref() == Some(from) {
                Arc::make_mut(outgoing).with = Some(into.clone());
            }
        }
        for awaiting in &mut self.awaiting {
            if awaiting.with.as_ref() == Some(from) {
                awaiting.with = Some(into.clone());
            }
        }
    }

    pub(crate) fn has(&self, key: LineKey) -> bool {
        self.queue.iter().any(|it| it.key == key) || self.awaiting.iter().any(|it| it.key == key)
    }
}

impl Outgoing {
    /// Whether the peer needs no quote to understand. Where the answered line's author is not
    /// known, there is no name for it that others could understand.
    fn is_plain_for(&self, talks: bool) -> bool {
        self.quoted.is_none() || (talks && self.message.reply_to.is_some())
    }

    /// The line as this kind of peer is told it.
    fn action(&self, talks: bool) -> Action {
        if let Some(media) = &self.inline {
            return Action::InlineMedia(media.clone());
        }
        let mut message = self.message.clone();
        if let Some(quoted) = self.quoted.as_ref().filter(|_| !self.is_plain_for(talks)) {
            message.reply_to = None;
            message.text.clone_from(quoted);
        }
        if self.with.is_some() {
            Action::DirectMessage(message)
        } else {
            Action::Message(message)
        }
    }
}

impl Rooms {
    /// Sends one line to these peers at once.
    pub(crate) fn hand_over(
        &mut self,
        now: Now,
        key: &RoomKey,
        peers: &[PeerId],
        outgoing: &Outgoing,
    ) {
        let Some(room) = self.rooms.get_mut(key) else {
            return;
        };
        let (mut talking, mut plain) = (Vec::new(), Vec::new());
        for peer in peers {
            if let Some(peering) = room.peers.get_mut(peer) {
                // Before it is sent: that may be the end of the connection.
                peering.exchange.await_receipt(now, outgoing);
                if outgoing.is_plain_for(peering.has(Feature::Talk)) {
                    talking.push(*peer);
                } else {
                    plain.push(*peer);
                }
            }
        }
        if !talking.is_empty() {
            self.send_all(now, key, &talking, &outgoing.action(true));
        }
        if !plain.is_empty() {
            self.send_all(now, key, &plain, &outgoing.action(false));
        }
        let Some(room) = self.rooms.get_mut(key) else {
            return;
        };
        for peer in peers {
            if let Some(peering) = room.peers.get_mut(peer)
                && let Some(link) = self.links.get(&peering.link)
                && let Some(last) = peering.exchange.awaiting.back_mut()
                && last.key == outgoing.key
            {
                last.mark = link.queued_bytes();
            }
        }
    }

    /// Hands over the messages whose turn has come.
    pub(crate) fn send_due_lines(&mut self, now: Now) {
        let due: Vec<(RoomKey, PeerId)> = self
            .rooms
            .iter()
            .flat_map(|(key, room)| {
                room.peers
                    .iter()
                    .filter(|(_, peering)| {
                        peering.is_active()
                            && peering.exchange.caught_up
                            && !peering.exchange.queue.is_empty()
                            && peering.exchange.next <= now.since_start
                    })
                    .map(|(peer, _)| (key.clone(), *peer))
            })
            .collect();
        for (key, peer) in due {
            let Some(peering) = self
                .rooms
                .get_mut(&key)
                .and_then(|room| room.peers.get_mut(&peer))
            else {
                continue;
            };
            let exchange = &mut peering.exchange;
            exchange.next = now.since_start + PACE;
            // What a browser does not get is lost without a trace; it waits until it is heard again.
            if self
                .links
                .get(&peering.link)
                .is_some_and(crate::link::Link::is_shaky)
            {
                continue;
            }
            let Some(outgoing) = exchange.queue.pop_front() else {
                continue;
            };
            self.hand_over(now, &key, &[peer], &outgoing);
            self.count_reached(&key, outgoing.with.as_ref(), outgoing.key);
        }
    }

    /// What a peer gets once it is known who it is: what we said that nobody has heard or it has
    /// missed, and how the lines stand that were passed on to it.
    pub(crate) fn catch_up(&mut self, now: Now, key: &RoomKey, peer: PeerId) {
        let Some(peering) = self.rooms.get(key).and_then(|room| room.peers.get(&peer)) else {
            return;
        };
        if peering.has(Feature::PrivateBackfill) && !peering.exchange.sent_transcript {
            self.send_transcript(now, key, peer);
        }
        self.tell_shares(now, key, peer);
        if let Some(room) = self.rooms.get_mut(key)
            && let Some(peering) = room.peers.get_mut(&peer)
        {
            peering.exchange.caught_up = true;
        }
        self.send_owed(now, key, peer);
        self.send_states(now, key, peer);
        self.send_due_lines(now);
    }

    /// Queues what someone has missed.
    pub(crate) fn send_owed(&mut self, now: Now, key: &RoomKey, peer: PeerId) {
        let Some(room) = self.rooms.get_mut(key) else {
            return;
        };
        let Some(peering) = room.peers.get_mut(&peer) else {
            return;
        };
        let person = peering.person(peer);
        let burst = peering.has(Feature::Burst);
        let talks = peering.has(Feature::Talk);
        let has_files = peering.has(Feature::Files);
        let exchange = &mut peering.exchange;
        let left_out = std::mem::take(&mut exchange.left_out);
        // A new page took the transcript, and would show a line twice.
        let has_read = |said: &Said, owed: &Owed| {
            !talks
                && exchange.sent_transcript
                && owed.session != peer
                && !left_out.contains(&said.line.key)
        };
        let mut queue = Vec::new();
        let mut read = Vec::new();
        for said in room.transcript.said() {
            let line = &said.line;
            let owed = said.owed.iter().find(|owed| owed.person == person);
            let is_due =
                line.delivery.reached == 0 || owed.is_some() || left_out.contains(&line.key);
            let by_name = line.share.is_some() && has_files;
            if !line.own || line.deleted || by_name || !is_due || exchange.has(line.key) {
                continue;
            }
            if owed.is_some_and(|owed| has_read(said, owed)) {
                read.push(line.key);
            } else {
                queue.push((None, line.key));
            }
        }
        if let Some(talk) = room.directs.get(&person) {
            for said in talk.transcript.said() {
                let line = &said.line;
                let is_due = line.own && !line.deleted && line.delivery.reached == 0;
                if is_due && !exchange.has(line.key) {
                    queue.push((Some(person.clone()), line.key));
                }
            }
        }
        let outgoing: Vec<Arc<Outgoing>> = queue
            .iter()
            .filter_map(|(with, line)| {
                let said = room.transcript_of(with.as_ref())?.get(*line)?;
                compose(with.as_ref(), said).map(Arc::new)
            })
            .collect();
        for (with, line) in &queue {
            if let Some(transcript) = room.transcript_of_mut(with.as_ref()) {
                transcript.change(*line, |said| said.settle(&person));
            }
        }
        for line in &read {
            room.transcript.change(*line, |said| said.settle(&person));
        }
        room.away.remove(&person);
        let Some(peering) = room.peers.get_mut(&peer) else {
            return;
        };
        let exchange = &mut peering.exchange;
        for outgoing in outgoing.into_iter().rev() {
            exchange.queue.push_front(outgoing);
        }
        for line in read {
            self.count_reached(key, None, line);
            self.count_received(now, key, None, line);
        }
        if burst {
            self.hand_over_queue(now, key, peer);
        }
    }

    /// Hands over at once what waited for a peer that takes bursts. It may have been taken for a
    /// browser until it said otherwise.
    pub(crate) fn hand_over_queue(&mut self, now: Now, key: &RoomKey, peer: PeerId) {
        let Some(peering) = self
            .rooms
            .get_mut(key)
            .and_then(|room| room.peers.get_mut(&peer))
        else {
            return;
        };
        for outgoing in std::mem::take(&mut peering.exchange.queue) {
            self.hand_over(now, key, &[peer], &outgoing);
            self.count_reached(key, outgoing.with.as_ref(), outgoing.key);
        }
    }

    /// Sends a line of ours again to everyone there who is owed it, and gives those up who cannot
    /// be recognised when they come back.
    pub(crate) fn resend(&mut self, now: Now, key: &RoomKey, line: LineKey) -> Result<(), Refusal> {
        let with = self.place_of(key, line)?;
        let Some(room) = self.rooms.get_mut(key) else {
            return Err(Refusal::NotJoined);
        };
        let Some(transcript) = room.transcript_of_mut(with.as_ref()) else {
            return Err(Refusal::NoSuchLine);
        };
        let is_ours = transcript
            .change(line, |said| {
                said.owed
                    .retain(|owed| matches!(owed.person, PersonId::Profile(_)));
                said.note_failure();
                said.line.own && !said.line.deleted
            })
            .unwrap_or(false);
        if !is_ours {
            return Err(Refusal::NoSuchLine);
        }
        let there: Vec<PeerId> = room
            .peers
            .iter()
            .filter(|(_, peering)| peering.is_active())
            .map(|(peer, _)| *peer)
            .collect();
        for peer in there {
            self.send_owed(now, key, peer);
        }
        self.send_due_lines(now);
        self.line_changed_soon(now, key, with, line);
        Ok(())
    }

    /// A peer is gone. Whatever it has not got, it is owed.
    pub(crate) fn exchange_ended(
        &mut self,
        now: Now,
        key: &RoomKey,
        peer: PeerId,
        person: PersonId,
        exchange: Exchange,
        politely: bool,
    ) {
        let Some(room) = self.rooms.get_mut(key) else {
            return;
        };
        if !politely && matches!(person, PersonId::Profile(_)) {
            if room.away.len() >= MAX_AWAY
                && let Some(first) = room
                    .away
                    .iter()
                    .min_by_key(|(_, away)| away.1)
                    .map(|(person, _)| person.clone())
            {
                room.away.remove(&first);
            }
            room.away.insert(person.clone(), (peer, now.since_start));
        }
        let handed = exchange.awaiting.into_iter().map(|it| (it.with, it.key, 1));
        let waiting = exchange.queue.iter().map(|it| (it.with.clone(), it.key, 0));
        let missed: Vec<_> = handed.chain(waiting).collect();
        for (with, line, counted) in missed {
            let Some(transcript) = room.transcript_of_mut(with.as_ref()) else {
                continue;
            };
            transcript.change(line, |said| {
                let is_over = said.line.share.is_some() && said.inline.is_none();
                if said.line.deleted || is_over {
                    return;
                }
                said.line.delivery.reached = said.line.delivery.reached.saturating_sub(counted);
                said.owe(Owed {
                    person: person.clone(),
                    session: peer,
                    failed: true,
                });
            });
            room.tidings.note_line(now, with, line);
        }
    }

    /// Whom a line said now is owed to besides those who are there.
    pub(crate) fn away_now(&mut self, now: Now, key: &RoomKey) -> Vec<Owed> {
        let Some(room) = self.rooms.get_mut(key) else {
            return Vec::new();
        };
        room.away
            .retain(|_, (_, since)| *since + AWAY_LIFE > now.since_start);
        room.away
            .iter()
            .map(|(person, (session, _))| Owed {
                person: person.clone(),
                session: *session,
                failed: false,
            })
            .collect()
    }

    /// A message came; its sender gets a receipt soon if it knows what that is.
    pub(crate) fn owe_receipt(&mut self, now: Now, key: &RoomKey, peer: PeerId, id: &MessageId) {
        if let Some(peering) = self
            .rooms
            .get_mut(key)
            .and_then(|room| room.peers.get_mut(&peer))
            && peering.has(Feature::Receipts)
        {
            let due = peering
                .exchange
                .receipt
                .take()
                .map_or(now.since_start + RECEIPT_PAUSE, |(_, due)| due);
            peering.exchange.receipt = Some((id.clone(), due));
        }
    }

    /// Sends the receipts that are due; all of a room's when it is left.
    pub(crate) fn send_receipts(&mut self, now: Now, leaving: Option<&RoomKey>) {
        let mut due = Vec::new();
        for (key, room) in &mut self.rooms {
            for (peer, peering) in &mut room.peers {
                let receipt = &mut peering.exchange.receipt;
                let is_due = |at: &Duration| *at <= now.since_start || leaving == Some(key);
                if receipt.as_ref().is_some_and(|(_, at)| is_due(at))
                    && let Some((id, _)) = receipt.take()
                {
                    due.push((key.clone(), *peer, id));
                }
            }
        }
        for (key, peer, id) in due {
            self.send(now, &key, peer, &Action::Receipt(id));
        }
    }

    /// A peer says that everything up to this message has come.
    pub(crate) fn receipt_heard(&mut self, now: Now, key: &RoomKey, peer: PeerId, id: &MessageId) {
        let Some(peering) = self
            .rooms
            .get_mut(key)
            .and_then(|room| room.peers.get_mut(&peer))
        else {
            return;
        };
        let exchange = &mut peering.exchange;
        let awaiting = &mut exchange.awaiting;
        let Some(last) = awaiting.iter().position(|it| it.id == *id) else {
            return;
        };
        exchange.moved = now.since_start;
        let come: Vec<Awaiting> = awaiting.drain(..=last).collect();
        for it in come {
            self.count_received(now, key, it.with, it.key);
        }
    }

    /// A connection took more of what we sent.
    pub(crate) fn connection_took(&mut self, now: Now, id: LinkId) {
        let Some(link) = self.links.get(&id) else {
            return;
        };
        let Some(remote) = link.remote else { return };
        let taken = link.taken_bytes();
        let mut come = Vec::new();
        for key in &link.bound {
            let Some(peering) = self
                .rooms
                .get_mut(key)
                .and_then(|room| room.peers.get_mut(&remote))
            else {
                continue;
            };
            if peering.has(Feature::Receipts) {
                continue;
            }
            let awaiting = &mut peering.exchange.awaiting;
            let count = awaiting.iter().take_while(|it| it.mark <= taken).count();
            come.extend(awaiting.drain(..count).map(|it| (key.clone(), it)));
        }
        for (key, it) in come {
            self.count_received(now, &key, it.with, it.key);
        }
    }

    /// A line that waits says something else from now on, or is not to be said any more.
    pub(crate) fn requeue(&mut self, key: &RoomKey, line: LineKey, outgoing: Option<Outgoing>) {
        let outgoing = outgoing.map(Arc::new);
        let Some(room) = self.rooms.get_mut(key) else {
            return;
        };
        for peering in room.peers.values_mut() {
            match &outgoing {
                Some(outgoing) => {
                    for waiting in &mut peering.exchange.queue {
                        if waiting.key == line {
                            *waiting = Arc::clone(outgoing);
                        }
                    }
                }
                None => peering.exchange.queue.retain(|it| it.key != line),
            }
        }
    }

    fn count_received(&mut self, now: Now, key: &RoomKey, with: Option<PersonId>, line: LineKey) {
        if let Some(transcript) = self
            .rooms
            .get_mut(key)
            .and_then(|room| room.transcript_of_mut(with.as_ref()))
        {
            transcript.change(line, |said| {
                let delivery = &mut said.line.delivery;
                delivery.received = (delivery.received + 1).min(delivery.of);
            });
            self.line_changed_soon(now, key, with, line);
        }
    }

    pub(crate) fn count_reached(&mut self, key: &RoomKey, with: Option<&PersonId>, line: LineKey) {
        let Some(room) = self.rooms.get_mut(key) else {
            return;
        };
        let reached = room.transcript_of_mut(with).and_then(|transcript| {
            transcript.change(line, |said| {
                count_one_more(&mut said.line.delivery);
                (said.line.id.clone(), said.line.delivery)
            })
        });
        if room.transcript.unheard() < crate::chat::BUSY_LINES {
            room.hold_until = None;
            room.held_out = false;
        }
        if let Some((id, delivery)) = reached {
            self.tell(crate::Event::LineChanged {
                room: key.clone(),
                with: with.cloned(),
                id,
                key: line,
                delivery,
            });
        }
    }
}

/// One of our lines as it is sent now; `None` where there is nothing to send.
pub(crate) fn compose(with: Option<&PersonId>, said: &Said) -> Option<Outgoing> {
    let line = &said.line;
    if line.deleted {
        return None;
    }
    let inline = match &line.share {
        Some(_) => Some(crate::shares::media_of(said)?),
        None => None,
    };
    Some(Outgoing {
        key: line.key,
        with: with.cloned(),
        message: Message {
            reply_to: said.reply_to.clone(),
            ..crate::chat::as_message(line)?
        },
        quoted: line
            .reply
            .as_ref()
            .map(|reply| crate::chat::quote(reply, &line.text)),
        inline,
    })
}
