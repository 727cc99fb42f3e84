//! Files: what we offer, and who is told of it. What others offer is in `heard`, who has what in
//! `holders`, what is passed on of those who are gone in `passing`.
//!
//! Native peers are told of every offer by name, and of its end. To browsers only the newest exists,
//! as a magnet link, and there is none before there was one: a page breaks on an end without a
//! beginning (protocol/chitchatter §9.6). Media for a browser's transcript go as lines of ours, so
//! that they are paced, owed and passed on like any other.
//!
//! The bytes are somebody else's business: all that is said of them here is who has some.

mod heard;
mod holders;
mod passing;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use wire::{
    Action, Feature, FileOffer, Has, Holding, InlineMedia, MessageId, OfferName, PeerId,
    TranscriptEntry, TranscriptItem, TransferSignal,
};

use crate::bucket::Bucket;
use crate::exchange::compose;
use crate::transcript::Said;
use crate::{Line, LineKey, Now, PersonId, Refusal, RoomKey, Rooms, Share, ShareKey, SharedFiles};

/// Offers one peer may have in one room at once.
pub const MAX_SHARES_BY_ONE: usize = 32;
/// Offers of others of which one peer may say that it has some, in one room.
pub const MAX_HELD: usize = 256;
/// Media of one browser in the transcript that count as to be had from it.
const MAX_INLINE_BY_ONE: usize = 64;
/// Offers one peer may make or end at once, and per second. Whoever comes back tells of all it has.
const NEWS_BUCKET: (u32, f64) = (80, 1.0);
/// Times one peer may say how much it has, at once and per second.
const HOLDING_BUCKET: (u32, f64) = (300, 4.0);
/// Transfer signals one peer may send at once, and per second: each costs a negotiation. One for each
/// of its offers and one for each of ours.
const SIGNAL_BUCKET: (u32, f64) = (64, 1.0);

/// What we offer in one room, and what we have of others' offers.
#[derive(Debug, Default)]
pub(crate) struct OwnShares {
    /// Oldest first.
    live: Vec<OwnShare>,
    holds: BTreeMap<OfferName, Has>,
}

#[derive(Debug)]
struct OwnShare {
    files: SharedFiles,
    line: LineKey,
    id: MessageId,
    time_sent: i64,
}

/// What one peer and we have told each other of files, in one stay.
#[derive(Debug)]
pub(crate) struct PeerShares {
    /// Our offers it was told of by name.
    told: BTreeSet<OfferName>,
    /// The magnet link it was told last.
    magnet: Option<String>,
    /// What can be had from it because it offers it, oldest first.
    offers: Vec<ShareKey>,
    /// What stood in a transcript it passed on, oldest first: it may have it, and never said so.
    repeats: Vec<ShareKey>,
    /// What it offers by magnet link now.
    current: Option<ShareKey>,
    /// What it has of others' offers.
    holds: BTreeMap<OfferName, Has>,
    /// Others' offers that were passed on to it.
    passed_on: BTreeSet<OfferName>,
    news: Bucket,
    holdings: Bucket,
    signals: Bucket,
}

impl Default for PeerShares {
    fn default() -> Self {
        Self {
            told: BTreeSet::new(),
            magnet: None,
            offers: Vec::new(),
            repeats: Vec::new(),
            current: None,
            holds: BTreeMap::new(),
            passed_on: BTreeSet::new(),
            news: Bucket::new(NEWS_BUCKET.0, NEWS_BUCKET.1),
            holdings: Bucket::new(HOLDING_BUCKET.0, HOLDING_BUCKET.1),
            signals: Bucket::new(SIGNAL_BUCKET.0, SIGNAL_BUCKET.1),
        }
    }
}

impl PeerShares {
    /// All of which it has some, or said so, or may have.
    fn keys(&self) -> Vec<ShareKey> {
        let held = self.holds.keys().copied().map(ShareKey::Offer);
        let told = self.offers.iter().chain(&self.repeats);
        told.copied().chain(held).collect()
    }

    /// Whether asking it is worth it.
    fn may_have(&self, key: ShareKey) -> bool {
        self.has(key) == Has::Whole || self.repeats.contains(&key)
    }

    fn has(&self, key: ShareKey) -> Has {
        if self.offers.contains(&key) {
            return Has::Whole;
        }
        match key {
            ShareKey::Offer(offer) => self.holds.get(&offer).copied().unwrap_or_default(),
            ShareKey::Torrent(_) => Has::None,
        }
    }
}

impl OwnShares {
    fn has(&self, offer: OfferName) -> bool {
        self.holds.contains_key(&offer) || self.live.iter().any(|it| it.files.offer == offer)
    }

    /// Whether we have all of something that somebody else offered.
    fn holds_whole(&self, key: ShareKey) -> bool {
        match key {
            ShareKey::Offer(offer) => self.holds.get(&offer) == Some(&Has::Whole),
            ShareKey::Torrent(_) => false,
        }
    }

    /// What browsers are told is on offer.
    fn for_browsers(&self) -> Option<FileOffer> {
        self.live.iter().rev().find_map(|it| {
            Some(FileOffer {
                magnet_uri: it.files.magnet.clone()?,
                is_all_inline_media: it.files.all_inline,
            })
        })
    }
}

impl OwnShare {
    fn told(&self) -> Action {
        Action::Share(Box::new(self.offer()))
    }

    fn shown(&self) -> Share {
        heard::offered(self.offer())
    }

    fn offer(&self) -> wire::Share {
        let files = &self.files;
        wire::Share {
            id: self.id.clone(),
            offer: files.offer,
            name: files.name.clone(),
            files: files.files,
            size: files.size,
            kind: files.kind,
            time_sent: self.time_sent,
            thumbnail: files.thumbnail.clone(),
            inline: files.inline.clone(),
            author: None,
        }
    }
}

impl Rooms {
    /// Offers files to whoever is there. What is offered already gets the new magnet links.
    pub(crate) fn offer_files(
        &mut self,
        now: Now,
        key: &RoomKey,
        mut files: SharedFiles,
    ) -> Result<MessageId, Refusal> {
        files.name = wire::share::clean_share_name(&files.name);
        files.thumbnail = files.thumbnail.filter(|it| wire::share::is_thumbnail(it));
        let me = self.me();
        let room = self.rooms.get_mut(key).ok_or(Refusal::NotJoined)?;
        let own = &mut room.shares;
        if let Some(there) = own.live.iter_mut().find(|it| it.files.offer == files.offer) {
            let (id, line) = (there.id.clone(), there.line);
            let inline = files.inline.clone();
            there.files = files;
            room.transcript.change(line, |said| said.inline = inline);
            self.tell_magnets(now, key);
            return Ok(id);
        }
        if own.live.len() >= MAX_SHARES_BY_ONE {
            return Err(Refusal::TooManyShares {
                limit: MAX_SHARES_BY_ONE,
            });
        }
        // Whoever has yet to say who it is will be told then.
        let (natives, others): (Vec<_>, Vec<_>) = room
            .peers
            .iter()
            .filter(|(_, it)| it.is_active())
            .partition(|(_, it)| it.has(Feature::Files));
        let natives: Vec<PeerId> = natives.into_iter().map(|(peer, _)| *peer).collect();
        let others: Vec<(PeerId, bool)> = others
            .into_iter()
            .map(|(peer, it)| (*peer, it.has(Feature::Burst)))
            .collect();
        let line = Line {
            author_id: Some(me.user_id),
            own: true,
            ..self.blank_line(now, me.peer_id, me.name, String::new(), now.unix_ms)
        };
        let share = OwnShare {
            line: line.key,
            id: line.id.clone(),
            time_sent: line.time_sent,
            files,
        };
        let person = line.author_id.clone().map(PersonId::Profile);
        let mut said = Said::new(line, person);
        said.inline.clone_from(&share.files.inline);
        said.line.share = Some(share.shown());
        let told = match (&share.files.magnet, &said.inline) {
            (Some(_), None) => natives.len() + others.len(),
            (None | Some(_), _) => natives.len(),
        };
        let by_lines = said.inline.as_ref().map_or(0, |_| others.len());
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        said.line.delivery.reached = count(told);
        said.line.delivery.received = count(told);
        said.line.delivery.of = count(told + by_lines);
        let (id, action) = (share.id.clone(), share.told());
        let outgoing = compose(None, &said).map(Arc::new);
        if let Some(room) = self.rooms.get_mut(key) {
            room.shares.live.push(share);
        }
        self.add_line(now, key, None, said);
        self.note_told(key, &natives, &id);
        self.send_all(now, key, &natives, &action);
        self.tell_magnets(now, key);
        if let Some(outgoing) = outgoing {
            for (peer, burst) in others {
                let room = self.rooms.get_mut(key);
                if let Some(peering) = room.and_then(|room| room.peers.get_mut(&peer)) {
                    peering.exchange.queue.push_back(Arc::clone(&outgoing));
                }
                if burst {
                    self.hand_over_queue(now, key, peer);
                }
            }
            self.send_due_lines(now);
        }
        Ok(id)
    }

    /// Takes an offer of ours back.
    pub(crate) fn unshare(
        &mut self,
        now: Now,
        key: &RoomKey,
        share: ShareKey,
    ) -> Result<(), Refusal> {
        let room = self.rooms.get_mut(key).ok_or(Refusal::NotJoined)?;
        let is_it = |it: &OwnShare| match share {
            ShareKey::Offer(offer) => it.files.offer == offer,
            ShareKey::Torrent(hash) => [&it.files.magnet, &it.files.inline]
                .into_iter()
                .flatten()
                .any(|link| wire::Magnet::parse(link).is_some_and(|it| it.hash == hash)),
        };
        let own = &mut room.shares.live;
        let at = own.iter().position(is_it).ok_or(Refusal::NoSuchShare)?;
        let ended = own.remove(at);
        let offer = ended.files.offer;
        let told: Vec<PeerId> = room
            .peers
            .iter_mut()
            .filter_map(|(peer, it)| it.files.told.remove(&offer).then_some(*peer))
            .collect();
        self.requeue(key, ended.line, None);
        self.change_line(key, None, ended.line, |said| {
            said.inline = None;
            said.owed.clear();
            said.note_failure();
            if let Some(share) = &mut said.line.share {
                withdraw(share);
            }
        });
        self.send_all(now, key, &told, &Action::Unshare(offer));
        self.tell_magnets(now, key);
        self.end_holdings(key, offer);
        Ok(())
    }

    /// Takes back what a line of ours offers, if it does.
    pub(crate) fn unshare_line(&mut self, now: Now, key: &RoomKey, line: LineKey) {
        let live = self.rooms.get(key).map(|room| &room.shares.live);
        let offer = live.and_then(|live| live.iter().find(|it| it.line == line));
        if let Some(offer) = offer.map(|it| it.files.offer) {
            // It is there: it was found a moment ago.
            let _ = self.unshare(now, key, ShareKey::Offer(offer));
        }
    }

    /// Tells how much we have of somebody's offer.
    pub(crate) fn hold(
        &mut self,
        now: Now,
        key: &RoomKey,
        offer: OfferName,
        has: Has,
    ) -> Result<(), Refusal> {
        let room = self.rooms.get_mut(key).ok_or(Refusal::NotJoined)?;
        let own = &mut room.shares;
        let before = own.holds.get(&offer).copied().unwrap_or_default();
        if before == has || own.live.iter().any(|it| it.files.offer == offer) {
            return Ok(());
        }
        if before == Has::None && own.holds.len() >= MAX_HELD {
            return Err(Refusal::TooManyShares { limit: MAX_HELD });
        }
        if has == Has::None {
            own.holds.remove(&offer);
        } else {
            own.holds.insert(offer, has);
        }
        let peers: Vec<PeerId> = room
            .peers
            .iter()
            .filter(|(_, it)| it.is_active() && it.has(Feature::Files))
            .map(|(peer, _)| *peer)
            .collect();
        let holding = Action::Holding(Holding { offer, has });
        self.send_all(now, key, &peers, &holding);
        self.show_holders(key, ShareKey::Offer(offer));
        Ok(())
    }

    /// Tells one peer how to connect to us for the bytes of an offer that one of us makes or has
    /// some of.
    pub(crate) fn signal_transfer(
        &mut self,
        now: Now,
        key: &RoomKey,
        peer: PeerId,
        signal: TransferSignal,
    ) -> Result<(), Refusal> {
        let room = self.rooms.get(key).ok_or(Refusal::NotJoined)?;
        let there = room.peers.get(&peer);
        let peering = there
            .filter(|it| it.is_active() && it.has(Feature::Files))
            .ok_or(Refusal::NobodyThere)?;
        let theirs = peering.files.has(ShareKey::Offer(signal.offer));
        if theirs == Has::None && !room.shares.has(signal.offer) {
            return Err(Refusal::NoSuchShare);
        }
        self.send(now, key, peer, &Action::TransferSignal(signal));
        Ok(())
    }

    /// Tells a peer, once it is known who it is, what we offer and what we have.
    pub(crate) fn tell_shares(&mut self, now: Now, key: &RoomKey, peer: PeerId) {
        self.find_again(key, peer);
        let Some(room) = self.rooms.get_mut(key) else {
            return;
        };
        let Some(peering) = room.peers.get_mut(&peer) else {
            return;
        };
        if peering.user_id().is_none() {
            return;
        }
        if !peering.has(Feature::Files) {
            self.tell_magnet(now, key, peer);
            return;
        }
        // It may have been taken for a browser until it said otherwise.
        peering.exchange.queue.retain(|it| it.inline.is_none());
        let untold = |it: &&OwnShare| !peering.files.told.contains(&it.files.offer);
        let shares = room.shares.live.iter().filter(untold);
        let mut told: Vec<(Option<MessageId>, Action)> = shares
            .map(|share| (Some(share.id.clone()), share.told()))
            .collect();
        told.extend(room.shares.holds.iter().map(|(offer, has)| {
            let (offer, has) = (*offer, *has);
            (None, Action::Holding(Holding { offer, has }))
        }));
        for (id, action) in told {
            if let Some(id) = id {
                self.note_told(key, &[peer], &id);
                self.count_first_told(key, &id);
            }
            self.send(now, key, peer, &action);
        }
        self.pass_on_shares(now, key, peer);
    }

    /// Tells everyone who needs a magnet link which one it is now.
    fn tell_magnets(&mut self, now: Now, key: &RoomKey) {
        let peers: Vec<PeerId> = self.rooms.get(key).map_or_else(Vec::new, |room| {
            room.peers
                .iter()
                .filter(|(_, it)| {
                    it.is_active() && it.user_id().is_some() && !it.has(Feature::Files)
                })
                .map(|(peer, _)| *peer)
                .collect()
        });
        for peer in peers {
            self.tell_magnet(now, key, peer);
        }
    }

    fn tell_magnet(&mut self, now: Now, key: &RoomKey, peer: PeerId) {
        let Some(room) = self.rooms.get_mut(key) else {
            return;
        };
        let offer = room.shares.for_browsers();
        let Some(peering) = room.peers.get_mut(&peer) else {
            return;
        };
        let link = offer.as_ref().map(|offer| offer.magnet_uri.clone());
        if peering.files.magnet == link {
            return;
        }
        peering.files.magnet.clone_from(&link);
        let newest = room.shares.live.iter().rev();
        let told = newest.clone().find(|it| it.files.magnet == link);
        // Media for a browser's transcript are counted as the line they are.
        let told = link.and(told).filter(|it| it.files.inline.is_none());
        let id = told.map(|it| it.id.clone());
        if let Some(id) = id {
            self.count_first_told(key, &id);
        }
        self.send(now, key, peer, &Action::FileOffer(offer));
    }

    fn note_told(&mut self, key: &RoomKey, peers: &[PeerId], id: &MessageId) {
        let Some(room) = self.rooms.get_mut(key) else {
            return;
        };
        let Some(share) = room.shares.live.iter().find(|it| it.id == *id) else {
            return;
        };
        for peer in peers {
            if let Some(peering) = room.peers.get_mut(peer) {
                peering.files.told.insert(share.files.offer);
            }
        }
    }

    /// Somebody was told of an offer that nobody had heard of.
    fn count_first_told(&mut self, key: &RoomKey, id: &MessageId) {
        let Some(room) = self.rooms.get(key) else {
            return;
        };
        let Some(share) = room.shares.live.iter().find(|it| it.id == *id) else {
            return;
        };
        let line = share.line;
        let said = room.transcript.get(line);
        let is_first = said.is_some_and(|said| said.line.delivery.reached == 0);
        if is_first {
            self.count_reached(key, None, line);
            let room = self.rooms.get_mut(key);
            room.and_then(|room| {
                let transcript = &mut room.transcript;
                transcript.change(line, |said| said.line.delivery.received = 1)
            });
        }
    }
}

/// A line as it stands in the transcript that is passed on; `None` where it cannot.
pub(crate) fn entry_of(said: &Said) -> Option<TranscriptEntry> {
    let line = &said.line;
    let entry = match &line.share {
        None => TranscriptItem::Message(crate::chat::as_message(line)?),
        Some(_) => TranscriptItem::InlineMedia(media_of(said)?),
    };
    Some(TranscriptEntry {
        entry,
        time_received: Some(line.time_received),
    })
}

/// What a line shows in a browser's transcript, where it is there to be fetched.
pub(crate) fn media_of(said: &Said) -> Option<InlineMedia> {
    let line = &said.line;
    let share = line.share.as_ref()?;
    let theirs = || share.magnet.as_ref().filter(|_| share.inline);
    let magnet = said.inline.as_ref().or_else(theirs)?;
    if share.withdrawn {
        return None;
    }
    Some(InlineMedia {
        author_id: line.author_id.clone()?,
        magnet_uri: magnet.clone(),
        time_sent: line.time_sent,
        id: line.id.clone(),
    })
}

/// From now on nobody gives it.
fn withdraw(share: &mut Share) {
    share.withdrawn = true;
    share.holders = Vec::new();
    share.more_holders = 0;
}
