//! The offers a room holds: how many, how long, and when enough are made to be announced.

use std::time::Duration;

use wire::{Fingerprints, LinkId, OfferId, ToTracker};

use super::{Meeting, Schedule};
use crate::link::{Link, Stage};
use crate::{Now, Output, RoomKey, Rooms};

/// Offers in an announce when nothing more is known, as browser peers send (protocol/trystero §2.4).
pub(super) const FEW_OFFERS: usize = 3;
/// Offers in an announce to a public tracker; older Trystero versions sent as many, and trackers
/// commonly refuse more.
const MOST_OFFERS_FAR: usize = 10;
/// Offers in an announce to a tracker on this machine or network.
const MOST_OFFERS_NEAR: usize = 24;
/// Offers one room holds over all trackers; the oldest announced gives way.
const MAX_OFFERS: usize = 64;
/// How long an announced offer may be answered. Browser peers give up an answer after 23.3 s.
pub(super) const OFFER_LIFE: Duration = Duration::from_secs(25);
/// How long an offer may wait to be announced; then its candidates may be stale.
const OFFER_SHELF_LIFE: Duration = Duration::from_secs(50);

/// One offer we hold.
#[derive(Debug)]
pub(super) struct Offer {
    pub(super) link: LinkId,
    pub(super) made_at: Duration,
    pub(super) sdp: Option<String>,
    pub(super) complete: bool,
    pub(super) sent: Option<Sent>,
}

/// Where and when an offer was announced.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) url: String,
    pub(super) at: Duration,
}

impl Meeting {
    pub(super) fn fresh(&self, near: bool) -> Vec<OfferId> {
        self.offers
            .iter()
            .filter(|(_, offer)| {
                offer.sent.is_none() && offer.sdp.is_some() && (near || offer.complete)
            })
            .map(|(id, _)| *id)
            .collect()
    }

    pub(super) fn unmade(&self, near: bool) -> usize {
        self.offers
            .values()
            .filter(|offer| {
                offer.sent.is_none() && (offer.sdp.is_none() || !(near || offer.complete))
            })
            .count()
    }
}

impl Rooms {
    /// An offer of ours has got its description.
    pub(crate) fn offer_made(&mut self, now: Now, link: LinkId, sdp: String, complete: bool) {
        let Some(Link {
            made_for: key,
            stage: Stage::Offering(offer_id),
            our_end,
            ..
        }) = self.links.get_mut(&link)
        else {
            return;
        };
        *our_end = Fingerprints::of(&sdp);
        let (key, offer_id) = (key.clone(), *offer_id);
        if self.invitation_made(now, &key, offer_id, &sdp, complete) {
            return;
        }
        let Some(offer) = self
            .rooms
            .get_mut(&key)
            .and_then(|room| room.meeting.offers.get_mut(&offer_id))
        else {
            return;
        };
        offer.sdp = Some(sdp);
        offer.complete = complete;
        self.pay_owed(now, &key, true);
    }

    /// The offer a connection was made for, if it is still held, leaves the book.
    pub(crate) fn forget_offer(&mut self, key: &RoomKey, offer_id: &OfferId) {
        if let Some(room) = self.rooms.get_mut(key) {
            room.meeting.offers.remove(offer_id);
            room.meeting.circle.forget(offer_id);
        }
    }

    /// An offer of ours could not be made. Those that wait for it go without; another is not tried
    /// before the next announce, lest a machine that can make none tries for ever.
    pub(crate) fn offer_failed(&mut self, now: Now, key: &RoomKey) {
        self.pay_owed(now, key, false);
    }

    /// Announces to the trackers that wait for offers, when enough are made.
    fn pay_owed(&mut self, now: Now, key: &RoomKey, restock: bool) {
        let owed: Vec<String> = self.rooms.get(key).map_or_else(Vec::new, |room| {
            room.meeting
                .schedules
                .iter()
                .filter(|(_, schedule)| schedule.owed)
                .map(|(url, _)| url.clone())
                .collect()
        });
        for url in owed {
            let near = self.trackers.get(&url).is_some_and(|it| it.is_near());
            let Some(room) = self.rooms.get(key) else {
                return;
            };
            let Some(schedule) = room.meeting.schedules.get(&url) else {
                continue;
            };
            let wanted = wanted_offers(schedule, room.active_peers(), near);
            let at_hand = room.meeting.fresh(near).len();
            if at_hand >= wanted || (at_hand > 0 && room.meeting.unmade(near) == 0) {
                self.announce_offers(now, key, &url, wanted);
            } else if at_hand == 0 && restock {
                // Another tracker took them; this one has its turn with the next.
                self.stock_offers(now, key, wanted, near);
            }
        }
    }

    pub(super) fn announce_offers(&mut self, now: Now, key: &RoomKey, url: &str, wanted: usize) {
        if self.hold_announce(now, key, url) {
            return;
        }
        let near = self.trackers.get(url).is_some_and(|it| it.is_near());
        let chosen: Vec<OfferId> = match self.rooms.get(key) {
            Some(room) => room.meeting.fresh(near).into_iter().take(wanted).collect(),
            None => return,
        };
        let ivs: Vec<[u8; 16]> = chosen.iter().map(|_| self.new_iv()).collect();
        let Some(room) = self.rooms.get_mut(key) else {
            return;
        };
        let mut offers = Vec::new();
        for (id, iv) in chosen.iter().zip(ivs) {
            if let Some(offer) = room.meeting.offers.get_mut(id)
                && let Some(sdp) = &offer.sdp
            {
                offers.push((*id, room.key.seal(sdp, iv)));
                offer.sent = Some(Sent {
                    url: url.to_owned(),
                    at: now.since_start,
                });
            }
        }
        if let Some(schedule) = room.meeting.schedules.get_mut(url) {
            schedule.announced = true;
            schedule.held_since = None;
            schedule.unanswered = schedule.unanswered.saturating_add(1);
            schedule.owed = offers.is_empty();
        }
        let numwant = u32::try_from(offers.len().max(FEW_OFFERS)).unwrap_or(u32::MAX);
        let text = ToTracker::Offers {
            info_hash: room.info_hash,
            peer_id: self.me.peer_id,
            numwant,
            offers,
        }
        .to_json();
        self.outputs.push_back(Output::Announce {
            url: url.to_owned(),
            text,
        });
    }

    /// Begins `more` offers, less what is being made already, as far as the bounds allow. For a
    /// tracker far away an offer is in the making until all its candidates are known.
    pub(super) fn stock_offers(&mut self, now: Now, key: &RoomKey, more: usize, near: bool) {
        let Some(room) = self.rooms.get_mut(key) else {
            return;
        };
        let making = room.meeting.unmade(near);
        let more = more.saturating_sub(making);
        let surplus = (room.meeting.offers.len() + more).saturating_sub(MAX_OFFERS);
        let mut sent: Vec<(Duration, LinkId)> = room
            .meeting
            .offers
            .values()
            .filter_map(|offer| offer.sent.as_ref().map(|sent| (sent.at, offer.link)))
            .collect();
        sent.sort_unstable();
        for (_, link) in sent.into_iter().take(surplus) {
            self.drop_link(link);
        }
        for _ in 0..more {
            let offer_id = OfferId::random(&mut self.rng);
            let link = self.new_link(now, key, None, Stage::Offering(offer_id));
            let Some(link) = link else { return };
            if let Some(room) = self.rooms.get_mut(key) {
                room.meeting.offers.insert(
                    offer_id,
                    Offer {
                        link,
                        made_at: now.since_start,
                        sdp: None,
                        complete: false,
                        sent: None,
                    },
                );
            }
            self.outputs.push_back(Output::Dial { link });
        }
    }

    pub(super) fn retire_offers(&mut self, now: Now, key: &RoomKey) {
        let Some(room) = self.rooms.get(key) else {
            return;
        };
        let old: Vec<LinkId> = room
            .meeting
            .offers
            .values()
            .filter(|offer| match &offer.sent {
                Some(sent) => sent.at + OFFER_LIFE <= now.since_start,
                None => offer.sdp.is_some() && offer.made_at + OFFER_SHELF_LIFE <= now.since_start,
            })
            .map(|offer| offer.link)
            .collect();
        for link in old {
            self.drop_link(link);
        }
    }
}

pub(super) fn wanted_offers(schedule: &Schedule, connected: usize, near: bool) -> usize {
    match schedule.swarm {
        // Offers go to random members of the swarm, so all of it must be aimed at.
        Some(swarm) if schedule.is_missing(connected) => {
            let others = swarm.saturating_sub(1);
            others.clamp(FEW_OFFERS, most_offers(near))
        }
        Some(_) | None => FEW_OFFERS,
    }
}

pub(super) fn most_offers(near: bool) -> usize {
    if near {
        MOST_OFFERS_NEAR
    } else {
        MOST_OFFERS_FAR
    }
}
