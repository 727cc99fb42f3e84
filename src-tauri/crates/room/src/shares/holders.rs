//! Who has what is offered, and what a line shows of that.

use wire::{Feature, Has, Holding, OfferName, PeerId, TransferSignal};

use super::PeerShares;
use crate::{LineKey, Now, Output, RoomKey, Rooms, Share, ShareKey};

/// Names of people who have a share that are shown with it.
const MAX_HOLDERS_NAMED: usize = 8;
/// What a signal counts as nonsense that is about nothing either of us has. One may cross the end of
/// an offer.
const ABOUT_NOTHING: u32 = 5;

impl Rooms {
    /// The peers that have some of what is offered; those who have all of it first.
    #[must_use]
    pub fn holders(&self, room: &RoomKey, share: &ShareKey) -> Vec<PeerId> {
        let peers = self.rooms.get(room).into_iter().flat_map(|it| &it.peers);
        let mut holders: Vec<(Has, PeerId)> = peers
            .filter(|(_, peering)| peering.is_active())
            .map(|(peer, peering)| (peering.files.has(*share), *peer))
            .filter(|(has, _)| *has != Has::None)
            .collect();
        holders.sort_by_key(|(has, _)| std::cmp::Reverse(*has));
        holders.into_iter().map(|(_, peer)| peer).collect()
    }

    /// What is offered under a key, as it is shown: as it can be had, where several lines offer it.
    #[must_use]
    pub fn share(&self, room: &RoomKey, share: &ShareKey) -> Option<&Share> {
        let said = self.rooms.get(room)?.transcript.said();
        said.filter_map(|said| said.line.share.as_ref())
            .filter(|it| it.key == *share)
            .max_by_key(|it| (!it.withdrawn, !it.gone))
    }

    /// A peer says how much it has.
    pub(crate) fn holding_heard(
        &mut self,
        now: Now,
        key: &RoomKey,
        peer: PeerId,
        holding: Holding,
    ) {
        let Some(peering) = self
            .rooms
            .get_mut(key)
            .and_then(|room| room.peers.get_mut(&peer))
        else {
            return;
        };
        let link = peering.link;
        let has_files = peering.has(Feature::Files);
        let files = &mut peering.files;
        let share = ShareKey::Offer(holding.offer);
        let before = files.has(share);
        let is_room = files.holds.len() < super::MAX_HELD || before != Has::None;
        if !has_files || !is_room || !files.holdings.take(now.since_start, 1) {
            self.strike(now, link, 1);
            return;
        }
        if files.offers.contains(&share) || before == holding.has {
            return;
        }
        if holding.has == Has::None {
            files.holds.remove(&holding.offer);
        } else {
            files.holds.insert(holding.offer, holding.has);
        }
        self.holders_changed(key, share);
    }

    /// A peer wants a connection for the bytes of an offer.
    pub(crate) fn transfer_signal_heard(
        &mut self,
        now: Now,
        key: &RoomKey,
        peer: PeerId,
        signal: TransferSignal,
    ) {
        let Some(room) = self.rooms.get_mut(key) else {
            return;
        };
        let Some(peering) = room.peers.get_mut(&peer) else {
            return;
        };
        let link = peering.link;
        let is_known = room.shares.has(signal.offer)
            || peering.files.has(ShareKey::Offer(signal.offer)) != Has::None;
        if !peering.has(Feature::Files) || !is_known {
            self.strike(now, link, ABOUT_NOTHING);
            return;
        }
        if !peering.files.signals.take(now.since_start, 1) {
            self.strike(now, link, 1);
            return;
        }
        self.outputs.push_back(Output::TransferSignalled {
            room: key.clone(),
            peer_id: peer,
            signal: Box::new(signal),
        });
    }

    /// Nobody offers this any more, unless somebody else does: then nobody has some of it either.
    pub(super) fn end_holdings(&mut self, key: &RoomKey, offer: OfferName) {
        let share = ShareKey::Offer(offer);
        let Some(room) = self.rooms.get_mut(key) else {
            return;
        };
        let is_offered = room.shares.live.iter().any(|it| it.files.offer == offer)
            || room
                .peers
                .values()
                .any(|it| it.files.offers.contains(&share));
        if !is_offered {
            room.shares.holds.remove(&offer);
            for peering in room.peers.values_mut() {
                peering.files.holds.remove(&offer);
            }
        }
        self.holders_changed(key, share);
    }

    /// A peer is gone, and what it had with it.
    pub(crate) fn shares_gone(&mut self, now: Now, key: &RoomKey, files: &PeerShares) {
        for share in files.keys() {
            self.holders_changed(key, share);
        }
        if !files.offers.is_empty() {
            self.pass_on_what_is_left(now, key);
        }
    }

    /// A peer is called something else, perhaps.
    pub(crate) fn name_holder(&mut self, key: &RoomKey, peer: PeerId) {
        let room = self.rooms.get(key);
        let keys = room
            .and_then(|room| room.peers.get(&peer))
            .map_or_else(Vec::new, |it| it.files.keys());
        for share in keys {
            self.show_holders(key, share);
        }
    }

    /// Tells everyone whom it concerns that who has a share changed.
    pub(super) fn holders_changed(&mut self, key: &RoomKey, share: ShareKey) {
        self.outputs.push_back(Output::HoldersChanged {
            room: key.clone(),
            key: share,
        });
        self.show_holders(key, share);
    }

    pub(super) fn show_holders(&mut self, key: &RoomKey, share: ShareKey) {
        let Some(room) = self.rooms.get(key) else {
            return;
        };
        let shown: Vec<(LineKey, Share)> = room
            .transcript
            .said()
            .filter_map(|said| {
                let there = said.line.share.as_ref().filter(|it| it.key == share)?;
                let now = self.with_holders(key, said.line.own, there.clone());
                (now != *there).then_some((said.line.key, now))
            })
            .collect();
        for (line, share) in shown {
            self.change_line(key, None, line, |said| said.line.share = Some(share));
        }
    }

    /// A share as it is to be shown now.
    pub(super) fn with_holders(&self, key: &RoomKey, own: bool, mut share: Share) -> Share {
        if share.withdrawn {
            return share;
        }
        let room = self.rooms.get(key);
        let peers = room.into_iter().flat_map(|it| &it.peers);
        let mut names: Vec<String> = peers
            .filter(|(_, it)| it.is_active() && it.files.has(share.key) == Has::Whole)
            .map(|(peer, it)| it.name(*peer))
            .collect();
        let more = names.len().saturating_sub(MAX_HOLDERS_NAMED);
        let is_here = room.is_some_and(|room| room.shares.holds_whole(share.key));
        let mut peers = room.into_iter().flat_map(|it| it.peers.values());
        let may_be_had = peers.any(|it| it.is_active() && it.files.may_have(share.key));
        share.gone = !own && !may_be_had && !is_here;
        names.truncate(MAX_HOLDERS_NAMED);
        share.holders = names;
        share.more_holders = u32::try_from(more).unwrap_or(u32::MAX);
        share
    }
}
