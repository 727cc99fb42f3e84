//! Meeting through those one has met: every native peer says who else is in the room, and passes
//! offers and answers on. A newcomer that has met one peer so meets all, each by one offer made for
//! it alone, without leaving to a tracker's dice who gets which; and a room whose trackers are gone
//! can still grow.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use wire::introduce::MAX_COMPANY;
use wire::{
    Action, Company, Feature, Introduction, LinkId, OfferId, PeerId, SignalKind, TrackerSignal,
};

use crate::link::{Link, Stage, Way};
use crate::{Now, Output, RoomKey, Rooms};

/// Invitations of one room under way at once; the rest waits for its turn.
const MAX_INVITATIONS: usize = 16;
/// Those we were told of and have not met.
const MAX_KNOWN: usize = 128;
/// How many of those who told of someone are remembered, in case one of them goes.
const MAX_GUARANTORS: usize = 4;
/// How often somebody is invited who does not come.
const MAX_TRIES: u8 = 3;
/// How long an invitation may be answered. The ways are short: both ends are connected to whoever
/// passes it on.
const INVITATION_LIFE: Duration = Duration::from_secs(6);
/// How long after an invitation the same peer may be invited again.
const AGAIN: Duration = Duration::from_secs(7);
/// When to see again to somebody an attempt is under way with.
const LATER: Duration = Duration::from_secs(1);
/// Rooms larger than this are not told of each single browser peer that comes.
const MAX_HERALDS: usize = 32;

/// Whom a room's peers told us of.
#[derive(Debug, Default)]
pub(crate) struct Circle {
    known: BTreeMap<PeerId, Acquaintance>,
    invitations: BTreeMap<OfferId, Invitation>,
}

/// Somebody we were told of.
#[derive(Debug)]
struct Acquaintance {
    /// Who told us.
    by: BTreeSet<PeerId>,
    tries: u8,
    /// When to invite them, at the earliest.
    next: Duration,
}

/// An offer made for one peer, passed on by another.
#[derive(Debug)]
struct Invitation {
    link: LinkId,
    to: PeerId,
    by: PeerId,
    /// Whether `by` is on this machine or network, so that the first candidates are enough.
    near: bool,
    made_at: Duration,
    sent: bool,
}

impl Circle {
    pub(crate) fn next_wake(&self) -> Option<Duration> {
        let lives = self.invitations.values();
        let lives = lives.map(|invitation| invitation.made_at + INVITATION_LIFE);
        let full = self.invitations.len() >= MAX_INVITATIONS;
        let turns = self.known.values().map(|known| known.next);
        lives.chain(turns.filter(|_| !full)).min()
    }

    /// The connection of an offer made for this peer alone.
    pub(crate) fn invitation(&self, offer_id: &OfferId, to: PeerId) -> Option<LinkId> {
        let invitation = self.invitations.get(offer_id)?;
        (invitation.to == to).then_some(invitation.link)
    }

    pub(crate) fn forget(&mut self, offer_id: &OfferId) {
        self.invitations.remove(offer_id);
    }
}

impl Rooms {
    /// Tells a peer that has just said who it is whom else it may meet here; and, of one that can
    /// only be met through a tracker, tells the others.
    pub(crate) fn introduce(&mut self, now: Now, key: &RoomKey, peer: PeerId) {
        let Some(room) = self.rooms.get(key) else {
            return;
        };
        let mut company = Company::default();
        for (other, peering) in room.peers.iter().filter(|(other, peering)| {
            **other != peer && peering.is_active() && peering.user_id().is_some()
        }) {
            if peering.has(Feature::Introduce) {
                company.natives.push(*other);
            } else {
                company.others.push(*other);
            }
        }
        company.natives.truncate(MAX_COMPANY);
        company.others.truncate(MAX_COMPANY);
        let able = room
            .peers
            .get(&peer)
            .is_some_and(|peering| peering.has(Feature::Introduce));
        if able && !company.is_empty() {
            self.send(now, key, peer, &Action::Company(company));
        } else if !able && company.natives.len() <= MAX_HERALDS {
            let newcomer = Action::Company(Company {
                natives: Vec::new(),
                others: vec![peer],
            });
            for native in company.natives {
                self.send(now, key, native, &newcomer);
            }
        }
    }

    /// A peer says who else is there.
    pub(crate) fn company_heard(
        &mut self,
        now: Now,
        key: &RoomKey,
        peer: PeerId,
        company: Company,
    ) {
        let me = self.me.peer_id;
        let banned: BTreeSet<PeerId> = self.banned.keys().copied().collect();
        let Some(room) = self.rooms.get_mut(key) else {
            return;
        };
        for other in company.natives {
            if other == me || room.peers.contains_key(&other) || banned.contains(&other) {
                continue;
            }
            let circle = &mut room.meeting.circle;
            if !circle.known.contains_key(&other) && circle.known.len() >= MAX_KNOWN {
                break;
            }
            let known = circle.known.entry(other).or_insert(Acquaintance {
                by: BTreeSet::new(),
                tries: 0,
                next: now.since_start,
            });
            if known.by.len() < MAX_GUARANTORS {
                known.by.insert(peer);
            }
        }
        let missing = company
            .others
            .iter()
            .any(|other| !room.peers.contains_key(other) && !banned.contains(other));
        if missing {
            self.look_for_more(now, key);
        }
        self.pursue(now, key);
    }

    /// Invites those we were told of, as many as may be under way.
    fn pursue(&mut self, now: Now, key: &RoomKey) {
        let Some(room) = self.rooms.get_mut(key) else {
            return;
        };
        let peers = &room.peers;
        let is_guarantor = |by: &PeerId| {
            peers
                .get(by)
                .is_some_and(|it| it.is_active() && it.has(Feature::Introduce))
        };
        room.meeting.circle.known.retain(|other, known| {
            known.by.retain(is_guarantor);
            !peers.contains_key(other) && !known.by.is_empty()
        });
        let due: Vec<(PeerId, PeerId)> = room
            .meeting
            .circle
            .known
            .iter()
            .filter(|(_, known)| known.next <= now.since_start)
            .filter_map(|(other, known)| {
                // Another one each time: the first may not be connected to them.
                let turn = usize::from(known.tries) % known.by.len().max(1);
                Some((*other, *known.by.iter().nth(turn)?))
            })
            .collect();
        for (other, by) in due {
            let is_under_way =
                self.is_connected(now, key, other) || self.attempt_with(key, other).is_some();
            let Some(room) = self.rooms.get_mut(key) else {
                return;
            };
            if room.meeting.circle.invitations.len() >= MAX_INVITATIONS {
                return;
            }
            if let Some(known) = room.meeting.circle.known.get_mut(&other) {
                if is_under_way {
                    known.next = now.since_start + LATER;
                    continue;
                }
                if known.tries >= MAX_TRIES {
                    room.meeting.circle.known.remove(&other);
                    continue;
                }
                known.next = now.since_start + AGAIN;
                known.tries += 1;
            }
            self.invite(now, key, other, by);
        }
    }

    fn invite(&mut self, now: Now, key: &RoomKey, to: PeerId, by: PeerId) {
        let near = self.is_near(key, by);
        let offer_id = OfferId::random(&mut self.rng);
        let Some(link) = self.new_link(now, key, Some(to), Stage::Offering(offer_id)) else {
            return;
        };
        if let Some(room) = self.rooms.get_mut(key) {
            let invitation = Invitation {
                link,
                to,
                by,
                near,
                made_at: now.since_start,
                sent: false,
            };
            room.meeting.circle.invitations.insert(offer_id, invitation);
        }
        if let Some(link) = self.links.get_mut(&link) {
            link.near = near;
        }
        self.outputs.push_back(Output::Dial { link });
    }

    /// The offer of an invitation has got its description. Whether it was one.
    pub(crate) fn invitation_made(
        &mut self,
        now: Now,
        key: &RoomKey,
        offer_id: OfferId,
        sdp: &str,
        complete: bool,
    ) -> bool {
        let from = self.me.peer_id;
        let iv = self.new_iv();
        let Some(room) = self.rooms.get_mut(key) else {
            return false;
        };
        let Some(invitation) = room.meeting.circle.invitations.get_mut(&offer_id) else {
            return false;
        };
        if invitation.sent || !(complete || invitation.near) {
            return true;
        }
        invitation.sent = true;
        let by = invitation.by;
        let introduction = Introduction {
            from,
            to: invitation.to,
            offer_id,
            kind: SignalKind::Offer,
            sealed: room.key.seal(sdp, iv),
        };
        self.send(now, key, by, &Action::Introduction(introduction));
        true
    }

    /// A peer passes an offer or an answer on to us, or wants one passed on.
    pub(crate) fn introduction_heard(
        &mut self,
        now: Now,
        key: &RoomKey,
        peer: PeerId,
        introduction: Introduction,
    ) {
        let Introduction {
            from,
            to,
            offer_id,
            kind,
            ..
        } = introduction;
        if to != self.me.peer_id {
            let able = self
                .rooms
                .get(key)
                .and_then(|room| room.peers.get(&to))
                .is_some_and(|it| it.is_active() && it.has(Feature::Introduce));
            // Once, and only for whoever made it: nobody speaks for another through us.
            if able && from == peer {
                self.send(now, key, to, &Action::Introduction(introduction));
            }
            return;
        }
        if from == self.me.peer_id || self.banned.contains_key(&from) {
            return;
        }
        let signal = TrackerSignal {
            from,
            offer_id,
            kind,
            sealed: introduction.sealed,
        };
        match kind {
            SignalKind::Offer => self.offer_heard(now, key, Way::Peer(peer), &signal),
            SignalKind::Answer => self.answer_heard(now, key, &signal),
        }
    }

    pub(crate) fn wake_circles(&mut self, now: Now) {
        let keys: Vec<RoomKey> = self.rooms.keys().cloned().collect();
        for key in keys {
            let old: Vec<LinkId> = self.rooms.get(&key).map_or_else(Vec::new, |room| {
                let invitations = room.meeting.circle.invitations.values();
                invitations
                    .filter(|it| it.made_at + INVITATION_LIFE <= now.since_start)
                    .map(|it| it.link)
                    .collect()
            });
            for link in old {
                self.drop_link(link);
            }
            self.pursue(now, &key);
        }
    }

    /// Whether the way to a peer was found on this machine or network.
    pub(crate) fn is_near(&self, key: &RoomKey, peer: PeerId) -> bool {
        self.rooms
            .get(key)
            .and_then(|room| self.links.get(&room.peers.get(&peer)?.link))
            .is_some_and(|link| link.near)
    }

    /// Whether an attempt is an offer of ours made for one peer, without an answer yet.
    pub(crate) fn is_invitation(&self, attempt: LinkId) -> bool {
        self.links.get(&attempt).is_some_and(|link: &Link| {
            matches!(link.stage, Stage::Offering(_)) && link.remote.is_some()
        })
    }
}
