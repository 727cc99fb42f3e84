//! What somebody offered who does not any more: passed on by whoever has all of it, to our own kind.
//!
//! Nobody vouches for whose it was, as with all that is passed on. What was taken back is not.

use wire::{Action, Feature, Has, LineName, PeerId, UserId};

use super::heard::offered;
use crate::people::line_cost;
use crate::transcript::Said;
use crate::{Line, LineKey, Now, RoomKey, Rooms, Share, ShareKey};

/// What passing on something that the sender did not say it has counts as nonsense. One may cross the
/// end of an offer.
const NOT_THERE: u32 = 2;

impl Rooms {
    /// Passes on to a peer what we have all of and nobody offers any more.
    pub(super) fn pass_on_shares(&mut self, now: Now, key: &RoomKey, peer: PeerId) {
        let Some(room) = self.rooms.get(key) else {
            return;
        };
        let takes = room
            .peers
            .get(&peer)
            .is_some_and(|it| it.has(Feature::PassOn));
        if !takes {
            return;
        }
        let is_offered = |share: &Share| {
            let mut peers = room.peers.values();
            peers.any(|it| it.is_active() && it.files.offers.contains(&share.key))
        };
        let lines = room.transcript.said().map(|said| &said.line);
        let told: Vec<wire::Share> = lines
            .filter(|line| !line.own && !line.deleted && !line.misattributed)
            .filter_map(|line| Some((line, line.share.as_ref()?)))
            .filter(|(_, share)| !share.withdrawn && room.shares.holds_whole(share.key))
            .filter(|(_, share)| !is_offered(share))
            .filter_map(|(line, share)| passed_on(line, share))
            .collect();
        for share in told {
            let room = self.rooms.get_mut(key);
            let peering = room.and_then(|room| room.peers.get_mut(&peer));
            // Several lines may offer the same: the first of them is enough.
            if peering.is_some_and(|it| it.files.passed_on.insert(share.offer)) {
                self.send(now, key, peer, &Action::Share(Box::new(share)));
            }
        }
    }

    /// The same to everyone: whoever came before it was noticed that an offerer was lost heard of the
    /// offer from nobody.
    pub(super) fn pass_on_what_is_left(&mut self, now: Now, key: &RoomKey) {
        let peers: Vec<PeerId> = self.rooms.get(key).map_or_else(Vec::new, |room| {
            let here = room.peers.iter().filter(|(_, it)| it.is_active());
            here.map(|(peer, _)| *peer).collect()
        });
        for peer in peers {
            self.pass_on_shares(now, key, peer);
        }
    }

    /// A peer passes on what somebody else offered.
    pub(super) fn share_passed_on(
        &mut self,
        now: Now,
        key: &RoomKey,
        peer: PeerId,
        author: UserId,
        told: wire::Share,
    ) {
        let share = ShareKey::Offer(told.offer);
        let Some(files) = self.news_from(now, key, peer, true) else {
            return;
        };
        if files.has(share) != Has::Whole {
            self.strike_peer(now, key, peer, NOT_THERE);
            return;
        }
        if self.share(key, &share).is_some() {
            return;
        }
        let name = LineName {
            author_id: author,
            id: told.id.clone(),
        };
        let there = self.rooms.get(key).and_then(|it| it.transcript.find(&name));
        if let Some(line) = there {
            self.offer_natively(key, line, told);
            return;
        }
        let author = name.author_id;
        let cost = line_cost(told.name.len());
        let showing = self.showing_passed_on(now, key, &author, now.unix_ms, Some(cost));
        let Some(showing) = showing else {
            return;
        };
        let called = self.user_name(key, &author);
        let line = self.blank_line(now, peer, called, String::new(), told.time_sent);
        let line = Line {
            id: told.id.clone(),
            author_id: Some(author),
            backfilled: true,
            folded: showing.folded,
            plain: showing.plain,
            share: Some(self.with_holders(key, false, offered(told))),
            ..line
        };
        self.add_line(now, key, None, Said::new(line, None));
        self.holders_changed(key, share);
    }

    /// What was passed on as browsers have it can be had from our own kind: that is checked piece by
    /// piece, and needs no tracker.
    fn offer_natively(&mut self, key: &RoomKey, line: LineKey, told: wire::Share) {
        let said = self.rooms.get(key).and_then(|it| it.transcript.get(line));
        let said = said.filter(|it| it.line.backfilled && !it.line.deleted);
        let before = said.and_then(|it| it.line.share.as_ref());
        let Some(before) = before.filter(|it| it.inline && !it.withdrawn) else {
            return;
        };
        let (was, magnet) = (before.key, before.magnet.clone());
        let share = self.with_holders(key, false, offered(told));
        let is = share.key;
        self.change_line(key, None, line, |said| {
            // It goes on to browsers as it came.
            said.inline = magnet;
            said.line.share = Some(share);
        });
        self.holders_changed(key, was);
        self.holders_changed(key, is);
    }
}

fn passed_on(line: &Line, share: &Share) -> Option<wire::Share> {
    let ShareKey::Offer(offer) = share.key else {
        return None;
    };
    Some(wire::Share {
        id: line.id.clone(),
        offer,
        name: share.name.clone(),
        files: share.files?,
        size: share.size?,
        kind: share.kind,
        time_sent: line.time_sent,
        thumbnail: share.thumbnail.clone(),
        // That stands in the transcript, which is passed on too.
        inline: None,
        author: Some(line.author_id.clone()?),
    })
}
