//! What others offer: native peers by name, browsers by magnet link, and media in a browser's
//! transcript.

use wire::{
    Feature, FileOffer, InlineMedia, LineName, Magnet, MessageId, OfferName, PeerId, ShareKind,
    UserId,
};

use super::{MAX_INLINE_BY_ONE, MAX_SHARES_BY_ONE, PeerShares, withdraw};
use crate::peering::Peering;
use crate::people::line_cost;
use crate::transcript::Said;
use crate::{Line, LineKey, Now, RoomKey, Rooms, Share, ShareKey};

/// What a magnet link that leads nowhere counts as nonsense.
const BAD_LINK: u32 = 5;
/// What an offer beyond all a peer may make counts as nonsense.
const TOO_MANY: u32 = 5;

/// A line about files, as its sender tells it.
struct Told {
    id: MessageId,
    time_sent: i64,
    misattributed: bool,
    share: Share,
    /// Where browsers find it, if it is a native peer's.
    inline: Option<String>,
}

impl PeerShares {
    /// Takes note that something can be had from the peer. Of very many media the oldest are
    /// forgotten; those are given.
    fn add_inline(&mut self, key: ShareKey) -> Vec<ShareKey> {
        if self.offers.contains(&key) {
            return Vec::new();
        }
        self.offers.push(key);
        let is_torrent = |key: &ShareKey| matches!(key, ShareKey::Torrent(_));
        let torrents = self.offers.iter().filter(|key| is_torrent(key)).count();
        let mut surplus = torrents.saturating_sub(MAX_INLINE_BY_ONE);
        let current = self.current;
        let gone = |key: &mut ShareKey| {
            let goes = surplus > 0 && is_torrent(key) && current != Some(*key);
            surplus -= usize::from(goes);
            goes
        };
        self.offers.extract_if(.., gone).collect()
    }

    /// Takes note that the peer passed something on. Of very many the oldest are forgotten; those
    /// are given.
    fn add_repeated(&mut self, key: ShareKey) -> Vec<ShareKey> {
        if self.offers.contains(&key) || self.repeats.contains(&key) {
            return Vec::new();
        }
        self.repeats.push(key);
        let surplus = self.repeats.len().saturating_sub(MAX_INLINE_BY_ONE);
        self.repeats.drain(..surplus).collect()
    }
}

impl Rooms {
    /// A native peer offers files, or tells again what it offers.
    pub(crate) fn share_heard(
        &mut self,
        now: Now,
        key: &RoomKey,
        peer: PeerId,
        share: wire::Share,
    ) {
        if let Some(author) = share.author.clone() {
            self.share_passed_on(now, key, peer, author, share);
            return;
        }
        let offer = ShareKey::Offer(share.offer);
        let Some(files) = self.news_from(now, key, peer, true) else {
            return;
        };
        if !files.offers.contains(&offer) {
            let is_offer = |key: &&ShareKey| matches!(key, ShareKey::Offer(_));
            if files.offers.iter().filter(is_offer).count() >= MAX_SHARES_BY_ONE {
                self.strike_peer(now, key, peer, TOO_MANY);
                return;
            }
            files.offers.push(offer);
        }
        self.announce_peer(now, key, peer);
        let told = Told {
            id: share.id.clone(),
            time_sent: share.time_sent,
            misattributed: false,
            inline: share.inline.clone(),
            share: offered(share),
        };
        match self.line_told(key, peer, &told.id) {
            Some(line) => self.share_again(now, key, peer, line, told),
            None => self.show_share(now, key, peer, told),
        }
        self.holders_changed(key, offer);
    }

    /// A native peer no longer offers something.
    pub(crate) fn unshare_heard(
        &mut self,
        now: Now,
        key: &RoomKey,
        peer: PeerId,
        offer: OfferName,
    ) {
        let share = ShareKey::Offer(offer);
        let Some(files) = self.news_from(now, key, peer, true) else {
            return;
        };
        let before = files.offers.len();
        files.offers.retain(|it| *it != share);
        if files.offers.len() == before {
            self.strike_peer(now, key, peer, 1);
            return;
        }
        self.withdraw_lines(key, peer, share);
        self.end_holdings(key, offer);
    }

    /// A browser offers files, or none any more.
    pub(crate) fn file_offer_heard(
        &mut self,
        now: Now,
        key: &RoomKey,
        peer: PeerId,
        offer: Option<FileOffer>,
    ) {
        let Some(files) = self.news_from(now, key, peer, false) else {
            return;
        };
        let link = offer.as_ref().map(|offer| Magnet::parse(&offer.magnet_uri));
        let Some(magnet) = link.map_or(Some(None), |link| link.map(Some)) else {
            self.strike_peer(now, key, peer, BAD_LINK);
            return;
        };
        let share = magnet.as_ref().map(|it| ShareKey::Torrent(it.hash));
        let before = files.current;
        files.current = share;
        if let Some(before) = before.filter(|_| before != share) {
            // A page has one offer: another takes its place.
            files.offers.retain(|it| *it != before);
            self.withdraw_lines(key, peer, before);
            self.holders_changed(key, before);
        }
        let (Some(offer), Some(magnet), Some(share)) = (offer, magnet, share) else {
            return;
        };
        self.announce_peer(now, key, peer);
        // What is shown in the transcript has its place there.
        let has_place = offer.is_all_inline_media && !self.came_too_late(now, key, peer);
        if before == Some(share) || has_place {
            return;
        }
        self.add_inline(key, peer, share);
        let told = Told {
            id: MessageId::random(&mut self.rng),
            time_sent: now.unix_ms,
            misattributed: false,
            share: torrent(share, magnet.name, offer.magnet_uri, false),
            inline: None,
        };
        match self.line_offering(key, peer, share) {
            Some(line) => self.share_again(now, key, peer, line, told),
            None => self.show_share(now, key, peer, told),
        }
        self.holders_changed(key, share);
    }

    /// A browser puts media into the transcript.
    pub(crate) fn inline_heard(
        &mut self,
        now: Now,
        key: &RoomKey,
        peer: PeerId,
        media: InlineMedia,
    ) {
        if self.news_from(now, key, peer, false).is_none() {
            return;
        }
        let Some(magnet) = Magnet::parse(&media.magnet_uri) else {
            self.strike_peer(now, key, peer, BAD_LINK);
            return;
        };
        self.announce_peer(now, key, peer);
        let share = ShareKey::Torrent(magnet.hash);
        self.add_inline(key, peer, share);
        let told = Told {
            misattributed: self
                .user_at(key, peer)
                .is_some_and(|user| user != media.author_id),
            id: media.id,
            time_sent: media.time_sent,
            share: torrent(share, magnet.name, media.magnet_uri, true),
            inline: None,
        };
        self.show_share(now, key, peer, told);
        self.holders_changed(key, share);
    }

    /// Media stood in a transcript that somebody passed on, of whom this much more is shown openly.
    pub(crate) fn inline_passed_on(
        &mut self,
        now: Now,
        key: &RoomKey,
        peer: PeerId,
        media: InlineMedia,
        heard: Option<i64>,
        left: &mut u32,
    ) {
        let Some(magnet) = Magnet::parse(&media.magnet_uri) else {
            self.strike_peer(now, key, peer, BAD_LINK);
            return;
        };
        let cost = line_cost(media.magnet_uri.len());
        let heard = heard.unwrap_or(now.unix_ms).min(now.unix_ms);
        let rest = left.checked_sub(cost);
        *left = rest.unwrap_or(*left);
        let cost = rest.map(|_| cost);
        let Some(showing) = self.showing_passed_on(now, key, &media.author_id, heard, cost) else {
            return;
        };
        let share = ShareKey::Torrent(magnet.hash);
        self.add_passing(key, peer, &media.author_id, share);
        if let Some(author) = self.page_claiming(key, &media.author_id) {
            self.add_inline(key, author, share);
        }
        let author = self.user_name(key, &media.author_id);
        let told = torrent(share, magnet.name, media.magnet_uri, true);
        let line = Line {
            id: media.id,
            author_id: Some(media.author_id),
            backfilled: true,
            folded: showing.folded,
            plain: showing.plain,
            share: Some(self.with_holders(key, false, told)),
            ..self.blank_line(now, peer, author, String::new(), media.time_sent)
        };
        self.add_line(now, key, None, Said::new(line, None));
        self.holders_changed(key, share);
    }

    /// Media that stand in our transcript already were passed on once more.
    pub(crate) fn inline_passed_again(&mut self, key: &RoomKey, peer: PeerId, media: &InlineMedia) {
        if let Some(magnet) = Magnet::parse(&media.magnet_uri) {
            let share = ShareKey::Torrent(magnet.hash);
            self.add_passing(key, peer, &media.author_id, share);
            self.holders_changed(key, share);
        }
    }

    /// Somebody said who they are: some of what stands there as theirs can be had from them.
    ///
    /// Being here again is not having it again. Native peers tell all that they offer, and a page
    /// passes on what it shows where pages do that. Else a page has what it showed in this session,
    /// and in private rooms, where it would not tell, what was passed on as its own.
    pub(super) fn find_again(&mut self, key: &RoomKey, peer: PeerId) {
        let Some(user) = self.user_at(key, peer) else {
            return;
        };
        let Some(room) = self.rooms.get(key) else {
            return;
        };
        if room.peers.get(&peer).is_none_or(|it| it.is_native()) {
            return;
        }
        let is_private = room.address.is_private();
        let theirs = |line: &&Line| {
            let is_told = !line.backfilled && line.peer_id == peer;
            !line.own && line.author_id.as_ref() == Some(&user) && (is_told || is_private)
        };
        let lines = room.transcript.said().map(|said| &said.line);
        let shares = lines.filter(theirs).filter_map(|line| line.share.as_ref());
        let keys: Vec<ShareKey> = shares
            .filter(|it| it.inline && !it.withdrawn)
            .map(|it| it.key)
            .collect();
        for share in keys {
            self.add_inline(key, peer, share);
            self.holders_changed(key, share);
        }
    }

    /// The peer's part in what is shared, if it may tell news of it and of this kind now.
    pub(super) fn news_from(
        &mut self,
        now: Now,
        key: &RoomKey,
        peer: PeerId,
        by_name: bool,
    ) -> Option<&mut PeerShares> {
        let peering = self.rooms.get_mut(key)?.peers.get_mut(&peer)?;
        let is_theirs = peering.has(Feature::Files) == by_name;
        if !is_theirs || !peering.files.news.take(now.since_start, 1) {
            let link = peering.link;
            self.strike(now, link, 1);
            return None;
        }
        // Looked up anew: a strike borrows everything.
        let peering = self.rooms.get_mut(key)?.peers.get_mut(&peer)?;
        Some(&mut peering.files)
    }

    pub(super) fn strike_peer(&mut self, now: Now, key: &RoomKey, peer: PeerId, cost: u32) {
        let room = self.rooms.get(key);
        if let Some(peering) = room.and_then(|room| room.peers.get(&peer)) {
            let link = peering.link;
            self.strike(now, link, cost);
        }
    }

    fn add_inline(&mut self, key: &RoomKey, peer: PeerId, share: ShareKey) {
        let room = self.rooms.get_mut(key);
        let gone = room
            .and_then(|room| room.peers.get_mut(&peer))
            .map_or_else(Vec::new, |it| it.files.add_inline(share));
        for share in gone {
            self.holders_changed(key, share);
        }
    }

    /// Whether a peer tells us of media that stand in its transcript and not in ours: it put them
    /// there before we came to a private room, where pages pass nothing on.
    fn came_too_late(&self, now: Now, key: &RoomKey, peer: PeerId) -> bool {
        let Some(room) = self.rooms.get(key) else {
            return false;
        };
        let peering = room.peers.get(&peer);
        let is_new = peering.is_some_and(|it| it.is_new(now));
        let user = peering.and_then(|it| it.user_id());
        let has_media = room.transcript.said().map(|said| &said.line).any(|line| {
            let is_theirs = line.author_id.is_some() && line.author_id.as_ref() == user;
            is_theirs && line.share.as_ref().is_some_and(|it| it.inline)
        });
        room.address.is_private() && is_new && !has_media
    }

    /// The line a peer told of under this id, or somebody by its name.
    fn line_told(&self, key: &RoomKey, peer: PeerId, id: &MessageId) -> Option<LineKey> {
        let transcript = &self.rooms.get(key)?.transcript;
        let name = self.user_at(key, peer).map(|author_id| LineName {
            author_id,
            id: id.clone(),
        });
        name.and_then(|name| transcript.find(&name))
            .or_else(|| transcript.find_from(peer, id))
    }

    /// The line by which whoever is at the other end offered this before.
    fn line_offering(&self, key: &RoomKey, peer: PeerId, share: ShareKey) -> Option<LineKey> {
        let user = self.user_at(key, peer);
        let said = self.rooms.get(key)?.transcript.said();
        let mut lines = said.map(|said| &said.line).filter(|line| !line.own);
        let line = lines.find(|line| {
            let is_theirs = line.peer_id == peer || (user.is_some() && line.author_id == user);
            is_theirs && line.share.as_ref().is_some_and(|it| it.key == share)
        });
        line.map(|line| line.key)
    }

    fn user_at(&self, key: &RoomKey, peer: PeerId) -> Option<UserId> {
        let peering = self.rooms.get(key)?.peers.get(&peer)?;
        peering.user_id().cloned()
    }

    /// The page of somebody in a private room, where pages do not tell what they have.
    fn page_claiming(&self, key: &RoomKey, user: &UserId) -> Option<PeerId> {
        let room = self.rooms.get(key).filter(|it| it.address.is_private())?;
        let is_it = |it: &Peering| it.is_active() && it.user_id() == Some(user) && !it.is_native();
        let mut peers = room.peers.iter();
        peers.find(|(_, it)| is_it(it)).map(|(peer, _)| *peer)
    }

    /// A page fetches what it shows if it can, and gives it on then. Whether it could, nobody says:
    /// only of what it shows as its own it is believed that it has it.
    fn add_passing(&mut self, key: &RoomKey, peer: PeerId, author: &UserId, share: ShareKey) {
        let Some(giver) = self
            .rooms
            .get_mut(key)
            .and_then(|room| room.peers.get_mut(&peer))
            .filter(|it| !it.is_native())
        else {
            return;
        };
        if giver.user_id() == Some(author) {
            self.add_inline(key, peer, share);
            return;
        }
        for forgotten in giver.files.add_repeated(share) {
            self.holders_changed(key, forgotten);
        }
    }

    /// Shows a new line.
    fn show_share(&mut self, now: Now, key: &RoomKey, peer: PeerId, told: Told) {
        let showing = self.showing(now, key, peer, told.share.name.len());
        let author = self.name_on(key, Some(peer));
        let person = self.person_at(key, peer);
        let line = Line {
            id: told.id,
            author_id: self.user_at(key, peer),
            misattributed: told.misattributed,
            folded: showing.folded,
            plain: showing.plain,
            share: Some(self.with_holders(key, false, told.share)),
            ..self.blank_line(now, peer, author, String::new(), told.time_sent)
        };
        let mut said = Said::new(line, person);
        said.inline = told.inline;
        self.add_line(now, key, None, said);
    }

    /// Somebody offers again what a line of theirs offered before: it is that line's.
    fn share_again(&mut self, now: Now, key: &RoomKey, peer: PeerId, line: LineKey, told: Told) {
        let Some(person) = self.person_at(key, peer) else {
            return;
        };
        let room = self.rooms.get(key);
        let Some(said) = room.and_then(|room| room.transcript.get(line)) else {
            return;
        };
        if !said.is_by(peer, &person) || said.line.deleted || said.line.share.is_none() {
            return;
        }
        if said.line.backfilled {
            // Now its author vouches for it.
            self.show_share(now, key, peer, told);
            return;
        }
        let share = self.with_holders(key, false, told.share);
        if said.line.share.as_ref() != Some(&share) || said.inline != told.inline {
            self.change_line(key, None, line, |said| {
                said.line.peer_id = peer;
                said.inline = told.inline;
                said.line.share = Some(share);
            });
        }
    }

    /// The peer took back what it offered by these lines.
    fn withdraw_lines(&mut self, key: &RoomKey, peer: PeerId, share: ShareKey) {
        let Some(person) = self.person_at(key, peer) else {
            return;
        };
        let Some(room) = self.rooms.get(key) else {
            return;
        };
        let lines: Vec<LineKey> = room
            .transcript
            .said()
            .filter(|said| said.is_by(peer, &person))
            .filter(|said| {
                let there = said.line.share.as_ref();
                there.is_some_and(|it| it.key == share && !it.withdrawn && !it.inline)
            })
            .map(|said| said.line.key)
            .collect();
        for line in lines {
            self.change_line(key, None, line, |said| {
                if let Some(share) = &mut said.line.share {
                    withdraw(share);
                }
            });
        }
    }
}

pub(super) fn offered(share: wire::Share) -> Share {
    Share {
        key: ShareKey::Offer(share.offer),
        name: share.name,
        files: Some(share.files),
        size: Some(share.size),
        kind: share.kind,
        thumbnail: share.thumbnail,
        magnet: None,
        holders: Vec::new(),
        more_holders: 0,
        gone: false,
        withdrawn: false,
        inline: false,
    }
}

fn torrent(key: ShareKey, name: String, magnet: String, inline: bool) -> Share {
    Share {
        key,
        kind: ShareKind::of_file(&name),
        name,
        files: None,
        size: None,
        thumbnail: None,
        magnet: Some(magnet),
        holders: Vec::new(),
        more_holders: 0,
        gone: false,
        withdrawn: false,
        inline,
    }
}
