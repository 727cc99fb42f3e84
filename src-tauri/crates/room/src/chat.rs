//! What is said and heard in a room.
//!
//! Browser pages lose messages that come faster than they redraw (protocol/chitchatter §7), so group
//! messages to a peer are paced until it has named [`Feature::Burst`]. Between native peers nothing
//! is paced, and the ordered channel keeps each author's lines in order.

use std::time::Duration;

use wire::{Action, Feature, Message, MessageId, PeerId, TranscriptEntry, TranscriptItem};

use crate::peering::TYPING_LIFE;
use crate::transcript::is_unheard;
use crate::{Delivery, Event, Line, LineKey, Notice, NoticeKind, Now, Refusal, RoomKey, Rooms};

/// Between two group messages to a browser peer. Pages lost none at 100 ms on an idle machine.
const PACE: Duration = Duration::from_millis(200);
/// From a peer's activation to the first paced message: its page is busy listing us.
pub(crate) const FIRST_LINE_PAUSE: Duration = Duration::from_millis(250);
/// Messages that wait for one peer, or for anyone to come, before more is refused for a moment.
const BUSY_LINES: usize = 512;
/// How long more is held back in a room where nobody is: someone may be about to come.
const LONELY: Duration = Duration::from_secs(15);
/// Lines passed on to a newcomer, as many as browser peers keep.
const BACKFILL_LINES: usize = wire::chat::MAX_TRANSCRIPT_ENTRIES;

impl Rooms {
    /// Whether so much waits to be sent in a room that the next message should wait too.
    #[must_use]
    pub fn is_busy(&self, now: Now, key: &RoomKey) -> bool {
        self.rooms.get(key).is_some_and(|room| {
            if room.hold_until.is_some() {
                return true;
            }
            room.peers.values().any(|peering| {
                peering.paced.len() >= BUSY_LINES
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
                !peering.paced.is_empty()
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
        text: String,
    ) -> Result<MessageId, Refusal> {
        if !self.rooms.contains_key(key) {
            return Err(Refusal::NotJoined);
        }
        if text.trim().is_empty() {
            return Err(Refusal::EmptyMessage);
        }
        let units = wire::chat::text_units(&text);
        if units > wire::MAX_TEXT_UNITS {
            return Err(Refusal::MessageTooLong {
                units,
                limit: wire::MAX_TEXT_UNITS,
            });
        }
        if self.is_busy(now, key) {
            return Err(Refusal::Busy);
        }
        let me = self.me();
        let message = Message {
            author_id: me.user_id.clone(),
            text,
            time_sent: now.unix_ms,
            id: MessageId::random(&mut self.rng),
            reply_to: None,
        };
        let id = message.id.clone();
        let peers = self.listeners(key);
        let (at_once, paced): (Vec<_>, Vec<_>) = peers.into_iter().partition(|(_, burst)| *burst);
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let line = Line {
            id: id.clone(),
            peer_id: me.peer_id,
            author: me.name,
            author_id: Some(me.user_id),
            text: message.text.clone(),
            time_sent: message.time_sent,
            time_received: now.unix_ms,
            own: true,
            backfilled: false,
            misattributed: false,
            delivery: Delivery {
                reached: count(at_once.len()),
                of: count(at_once.len() + paced.len()),
                received: 0,
                failed: false,
            },
            key: LineKey(self.new_id()),
            reply: None,
            edited: false,
            deleted: false,
            reactions: Vec::new(),
            mentions: Vec::new(),
            mentions_me: false,
            folded: None,
            plain: false,
        };
        if let Some(room) = self.rooms.get_mut(key) {
            for (peer, _) in &paced {
                if let Some(peering) = room.peers.get_mut(peer) {
                    peering.paced.push_back(message.clone());
                }
            }
        }
        self.add_line(key, line);
        if let Some(room) = self.rooms.get_mut(key)
            && room.transcript.unheard() >= BUSY_LINES
            && !room.held_out
        {
            room.hold_until.get_or_insert(now.since_start + LONELY);
        }
        let names: Vec<PeerId> = at_once.into_iter().map(|(peer, _)| peer).collect();
        self.send_all(now, key, &names, &Action::Message(message));
        self.send_due_lines(now);
        Ok(id)
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

    pub(crate) fn set_typing(
        &mut self,
        now: Now,
        key: &RoomKey,
        typing: bool,
    ) -> Result<(), Refusal> {
        let room = self.rooms.get_mut(key).ok_or(Refusal::NotJoined)?;
        if room.typing == typing {
            return Ok(());
        }
        room.typing = typing;
        let peers: Vec<PeerId> = self
            .listeners(key)
            .into_iter()
            .map(|(peer, _)| peer)
            .collect();
        self.send_all(now, key, &peers, &Action::Typing(typing));
        Ok(())
    }

    /// What a peer gets as soon as it is active: in public rooms, what was said before.
    pub(crate) fn welcome(&mut self, now: Now, key: &RoomKey, peer: PeerId) {
        let public = self
            .rooms
            .get(key)
            .is_some_and(|room| !room.address.is_private());
        if public {
            self.send_transcript(now, key, peer);
        }
    }

    /// What a peer gets once it is known who it is: what we said that nobody has heard, and between
    /// native peers the transcript of a private room too.
    pub(crate) fn catch_up(&mut self, now: Now, key: &RoomKey, peer: PeerId) {
        let Some(peering) = self.rooms.get(key).and_then(|room| room.peers.get(&peer)) else {
            return;
        };
        let burst = peering.has(Feature::Burst);
        if peering.has(Feature::PrivateBackfill) && !peering.sent_transcript {
            self.send_transcript(now, key, peer);
        }
        let Some(room) = self.rooms.get_mut(key) else {
            return;
        };
        let Some(peering) = room.peers.get_mut(&peer) else {
            return;
        };
        let left_out = std::mem::take(&mut peering.left_out);
        let mut queue: Vec<Message> = room
            .transcript
            .lines()
            .filter(|line| is_unheard(line) || left_out.contains(&line.id))
            .filter_map(as_message)
            .filter(|message| peering.paced.iter().all(|it| it.id != message.id))
            .collect();
        if burst {
            // It was taken for a browser until it said otherwise; its turn is now.
            queue.extend(peering.paced.drain(..));
            for message in queue {
                let id = message.id.clone();
                self.send(now, key, peer, &Action::Message(message));
                self.count_reached(key, &id);
            }
        } else {
            for message in queue.into_iter().rev() {
                peering.paced.push_front(message);
            }
            self.send_due_lines(now);
        }
    }

    /// Hands over the paced messages whose time has come.
    pub(crate) fn send_due_lines(&mut self, now: Now) {
        let due: Vec<(RoomKey, PeerId)> = self
            .rooms
            .iter()
            .flat_map(|(key, room)| {
                room.peers
                    .iter()
                    .filter(|(_, peering)| {
                        peering.is_active()
                            && !peering.paced.is_empty()
                            && peering.paced_next <= now.since_start
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
            let Some(message) = peering.paced.pop_front() else {
                continue;
            };
            peering.paced_next = now.since_start + PACE;
            let id = message.id.clone();
            self.send(now, &key, peer, &Action::Message(message));
            self.count_reached(&key, &id);
        }
    }

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
        let showing = self.showing(now, key, peer, message.text.len());
        let author = self.name_on(key, Some(peer));
        let Some(sender) = self.rooms.get(key).and_then(|room| room.peers.get(&peer)) else {
            return;
        };
        let author_id = sender.user_id().cloned();
        let line = Line {
            misattributed: author_id
                .as_ref()
                .is_some_and(|user_id| *user_id != message.author_id),
            id: message.id,
            peer_id: peer,
            author,
            author_id,
            text: message.text,
            time_sent: message.time_sent,
            time_received: now.unix_ms,
            own: false,
            backfilled: false,
            delivery: Delivery::default(),
            key: LineKey(self.new_id()),
            reply: None,
            edited: false,
            deleted: false,
            reactions: Vec::new(),
            mentions: Vec::new(),
            mentions_me: false,
            folded: showing.folded,
            plain: showing.plain,
        };
        self.add_line(key, line);
    }

    pub(crate) fn transcript_heard(
        &mut self,
        now: Now,
        key: &RoomKey,
        peer: PeerId,
        entries: Vec<TranscriptEntry>,
    ) {
        let Some(peering) = self
            .rooms
            .get_mut(key)
            .and_then(|room| room.peers.get_mut(&peer))
        else {
            return;
        };
        // One is sent at each joining; more would be a way to rewrite history bit by bit.
        if std::mem::replace(&mut peering.heard_transcript, true) {
            return;
        }
        for entry in entries {
            let TranscriptItem::Message(message) = entry.entry else {
                continue;
            };
            let Some(showing) = self.showing_passed_on(key, &message.author_id) else {
                continue;
            };
            let line = Line {
                author: self.author_name(key, &message),
                id: message.id,
                peer_id: peer,
                author_id: Some(message.author_id),
                text: message.text,
                time_sent: message.time_sent,
                time_received: now.unix_ms,
                own: false,
                backfilled: true,
                misattributed: false,
                delivery: Delivery::default(),
                key: LineKey(self.new_id()),
                reply: None,
                edited: false,
                deleted: false,
                reactions: Vec::new(),
                mentions: Vec::new(),
                mentions_me: false,
                folded: showing.folded,
                plain: showing.plain,
            };
            self.add_line(key, line);
        }
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

    fn send_all(&mut self, now: Now, key: &RoomKey, peers: &[PeerId], action: &Action) {
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
    fn listeners(&self, key: &RoomKey) -> Vec<(PeerId, bool)> {
        self.rooms.get(key).map_or_else(Vec::new, |room| {
            room.peers
                .iter()
                .filter(|(_, peering)| peering.is_active())
                .map(|(peer, peering)| (*peer, peering.has(Feature::Burst)))
                .collect()
        })
    }

    fn send_transcript(&mut self, now: Now, key: &RoomKey, peer: PeerId) {
        let Some(room) = self.rooms.get_mut(key) else {
            return;
        };
        // What nobody has heard goes as a message of its own, and a line whose author is not known
        // is nobody's to pass on.
        let mut entries: Vec<TranscriptEntry> = room
            .transcript
            .lines()
            .rev()
            .filter(|line| !is_unheard(line) && !line.misattributed)
            .take(BACKFILL_LINES)
            .filter_map(|line| Some((as_message(line)?, line)))
            .map(|(message, line)| TranscriptEntry {
                entry: TranscriptItem::Message(message),
                time_received: Some(line.time_received),
            })
            .collect();
        entries.reverse();
        if let Some(peering) = room.peers.get_mut(&peer) {
            peering.sent_transcript = true;
            // Someone else may hear them before this peer has said who it is.
            peering.left_out = room
                .transcript
                .lines()
                .filter(|line| is_unheard(line))
                .map(|line| line.id.clone())
                .collect();
        }
        self.send(now, key, peer, &Action::Transcript(entries));
    }

    fn add_line(&mut self, key: &RoomKey, mut line: Line) {
        self.note_mentions(key, &mut line);
        if let Some(room) = self.rooms.get_mut(key)
            && room.transcript.add(line.clone())
        {
            self.tell(Event::LineAdded {
                room: key.clone(),
                with: None,
                line,
            });
        }
    }

    fn count_reached(&mut self, key: &RoomKey, id: &MessageId) {
        let Some(room) = self.rooms.get_mut(key) else {
            return;
        };
        let reached = room.transcript.reached_one_more(id);
        if room.transcript.unheard() < BUSY_LINES {
            room.hold_until = None;
            room.held_out = false;
        }
        if let Some((line, delivery)) = reached {
            self.tell(Event::LineChanged {
                room: key.clone(),
                with: None,
                id: id.clone(),
                key: line,
                delivery,
            });
        }
    }

    /// The name of a passed-on line's author: our own or a verified peer's that is here, otherwise
    /// the animal name, which nobody can choose.
    fn author_name(&self, key: &RoomKey, message: &Message) -> String {
        if message.author_id == self.me.user_id {
            return self.me().name;
        }
        self.rooms
            .get(key)
            .into_iter()
            .flat_map(|room| self.peers_of(room))
            .find(|peer| {
                peer.trust == crate::Trust::Verified
                    && peer.user_id.as_ref() == Some(&message.author_id)
            })
            .map_or_else(
                || wire::animal_name(message.author_id.as_str()),
                |peer| peer.name,
            )
    }
}

/// A line as its author sent it; `None` where the author is not known.
fn as_message(line: &Line) -> Option<Message> {
    Some(Message {
        author_id: line.author_id.clone()?,
        text: line.text.clone(),
        time_sent: line.time_sent,
        id: line.id.clone(),
        reply_to: None,
    })
}
