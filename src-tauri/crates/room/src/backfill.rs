//! What was said before somebody came: passed on to them, and heard from those who were there.
//!
//! In public rooms everyone gets a transcript at once; in private ones only those who say that they
//! take it, once they have. Nobody vouches for what is passed on.

use std::collections::BTreeSet;

use wire::{Action, LineName, PeerId, TranscriptEntry, TranscriptItem, UserId};

use crate::people::{PASSED_ON_BY_ONE, line_cost};
use crate::shares::{entry_of, media_of};
use crate::transcript::{Said, is_unheard};
use crate::{Fold, Line, Now, RoomKey, Rooms};

/// What a second transcript counts as nonsense, besides its entries.
const REPEATED_TRANSCRIPT: u32 = 20;
/// Lines passed on to a newcomer, as many as browser peers keep.
pub(crate) const BACKFILL_LINES: usize = wire::chat::MAX_TRANSCRIPT_ENTRIES;

impl Rooms {
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

    /// Somebody passes on what was said before we came.
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
        // One is sent at each joining; more would be a way to rewrite history bit by bit, and each
        // costs as much to read as hundreds of messages.
        if std::mem::replace(&mut peering.exchange.heard_transcript, true) {
            let link = peering.link;
            let cost = u32::try_from(entries.len()).unwrap_or(u32::MAX);
            self.strike(now, link, cost.saturating_add(REPEATED_TRANSCRIPT));
            return;
        }
        let mut left = PASSED_ON_BY_ONE;
        for entry in entries {
            let (author_id, id) = match &entry.entry {
                TranscriptItem::Message(message) => (&message.author_id, &message.id),
                TranscriptItem::InlineMedia(media) => (&media.author_id, &media.id),
            };
            let name = LineName {
                author_id: author_id.clone(),
                id: id.clone(),
            };
            let is_known = self
                .rooms
                .get(key)
                .is_some_and(|room| room.transcript.find(&name).is_some());
            // What several pass on counts once.
            if is_known {
                if let TranscriptItem::InlineMedia(media) = &entry.entry {
                    self.inline_passed_again(key, peer, media);
                }
                continue;
            }
            let message = match entry.entry {
                TranscriptItem::Message(message) => message,
                TranscriptItem::InlineMedia(media) => {
                    let heard = entry.time_received;
                    self.inline_passed_on(now, key, peer, media, heard, &mut left);
                    continue;
                }
            };
            let cost = line_cost(message.text.len());
            // Nothing was heard later than now, whatever a sender says.
            let heard = entry.time_received.unwrap_or(now.unix_ms).min(now.unix_ms);
            let is_within = left
                .checked_sub(cost)
                .inspect(|rest| left = *rest)
                .is_some();
            let Some(showing) = self.showing_passed_on(
                now,
                key,
                &message.author_id,
                heard,
                is_within.then_some(cost),
            ) else {
                continue;
            };
            let author = self.user_name(key, &message.author_id);
            let line = Line {
                id: message.id,
                author_id: Some(message.author_id),
                backfilled: true,
                folded: showing.folded,
                plain: showing.plain,
                ..self.blank_line(now, peer, author, message.text, message.time_sent)
            };
            let shown = line
                .author_id
                .clone()
                .map(|user| (user, line.author.clone()));
            self.add_line(now, key, None, Said::new(line, None));
            if let Some((user, name)) = shown {
                self.note_passed_on_name(now, key, &user, &name);
            }
        }
    }

    /// Passes on to a peer what was said before it came.
    pub(crate) fn send_transcript(&mut self, now: Now, key: &RoomKey, peer: PeerId) {
        let Some(room) = self.rooms.get_mut(key) else {
            return;
        };
        // What nobody has heard goes as a message of its own, as does what waits for its turn, and a line whose author is not known
        // is nobody's to pass on. What was taken back is gone.
        let waiting = room.peers.get(&peer).map(|peering| &peering.exchange);
        let can_go = |said: &&Said| {
            let line = &said.line;
            if waiting.is_some_and(|exchange| exchange.has(line.key)) {
                return false;
            }
            let is_there = line.share.is_none() || media_of(said).is_some();
            let is_known = !line.misattributed && line.author_id.is_some();
            !is_unheard(line) && is_known && !line.deleted && is_there
        };
        let lines = without_floods(room.transcript.said().filter(can_go));
        let mut entries: Vec<TranscriptEntry> = lines.into_iter().filter_map(entry_of).collect();
        entries.reverse();
        if let Some(peering) = room.peers.get_mut(&peer) {
            peering.exchange.sent_transcript = true;
            // Someone else may hear them before this peer has said who it is.
            peering.exchange.left_out = room
                .transcript
                .said()
                .filter(|said| is_unheard(&said.line))
                .map(|said| said.line.key)
                .collect();
        }
        self.send(now, key, peer, &Action::Transcript(entries));
    }
}

/// The newest lines, newest first, as many as are passed on. A flood keeps back none of what others
/// said before it.
fn without_floods<'a>(said: impl DoubleEndedIterator<Item = &'a Said>) -> Vec<&'a Said> {
    let is_flood = |said: &Said| said.line.folded == Some(Fold::Flood);
    let mut lines = said.rev();
    let mut newest: Vec<&Said> = lines.by_ref().take(BACKFILL_LINES).collect();
    let flooders: BTreeSet<Option<&UserId>> = newest
        .iter()
        .filter(|said| is_flood(said))
        .map(|said| said.line.author_id.as_ref())
        .collect();
    let flood = newest.iter().filter(|said| is_flood(said)).count();
    let pushed_out: Vec<&Said> = lines
        .filter(|said| !is_flood(said) && !flooders.contains(&said.line.author_id.as_ref()))
        .take(flood)
        .collect();
    let mut spared = flood - pushed_out.len();
    newest.retain(|said| {
        if !is_flood(said) {
            return true;
        }
        let is_spared = spared > 0;
        spared = spared.saturating_sub(1);
        is_spared
    });
    newest.extend(pushed_out);
    newest
}
