//! How native peers connect for the bytes of an offer: they tell each other over the link of the room.

use std::collections::BTreeMap;
use std::time::Duration;

use files::limits::MAX_CONNECTIONS;
use mesh::Traffic;
use rand::Rng;
use wire::{LinkId, OfferName, PeerId, SignalKind, TransferSignal};

use super::engine::Engine;
use super::links::{Link, With};
use super::orders::{Place, Report};
use super::swarm::{SwarmId, Way};

/// The label of a channel for bytes between native peers.
const LABEL: &str = "files";
/// How long a connection between natives may take to come about, from the first word on.
const CONNECT_WITHIN: Duration = Duration::from_secs(25);
/// The same with a browser, which may take up our offer late: trackers hold it for fifty seconds.
const BROWSER_WITHIN: Duration = Duration::from_secs(75);
/// How long somebody who offered may take to take up our answer, which reaches them at once.
const ANSWER_WITHIN: Duration = Duration::from_secs(20);
/// Connections of one offer that are being made at once by us.
const MAX_DIALS: usize = 8;
/// The pause before a holder is tried again; it doubles.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// How long somebody who gave what is wrong is left alone.
const BAD_PAUSE: Duration = Duration::from_secs(600);

/// The peers of one offer.
#[derive(Debug)]
pub(super) struct Natives {
    pub(super) offer: OfferName,
    contacts: BTreeMap<PeerId, Contact>,
}

/// One of them.
#[derive(Debug)]
struct Contact {
    /// Whether it has some of it.
    holds: bool,
    link: Option<LinkId>,
    tries: u32,
    /// When to try it next.
    at: Duration,
}

impl Natives {
    pub(super) fn new(offer: OfferName) -> Self {
        Self {
            offer,
            contacts: BTreeMap::new(),
        }
    }

    fn contact(&mut self, peer: PeerId, now: Duration) -> &mut Contact {
        self.contacts.entry(peer).or_insert(Contact {
            holds: false,
            link: None,
            tries: 0,
            at: now,
        })
    }

    /// These have some of it now, and nobody else.
    pub(super) fn held_by(&mut self, holders: &[PeerId], now: Duration) {
        for contact in self.contacts.values_mut() {
            contact.holds = false;
        }
        for peer in holders {
            self.contact(*peer, now).holds = true;
        }
        self.contacts
            .retain(|_, contact| contact.holds || contact.link.is_some());
    }

    /// Somebody is not there any more.
    pub(super) fn is_gone(&mut self, peer: PeerId) {
        if let Some(contact) = self.contacts.get_mut(&peer) {
            contact.holds = false;
        }
        self.contacts
            .retain(|_, contact| contact.holds || contact.link.is_some());
    }

    /// Whether there is anybody to have it of.
    pub(super) fn has_holders(&self) -> bool {
        self.contacts.values().any(|contact| contact.holds)
    }

    /// Tries everybody again at once.
    pub(super) fn hurry(&mut self, now: Duration) {
        for contact in self.contacts.values_mut() {
            contact.at = contact.at.min(now);
            contact.tries = 0;
        }
    }

    fn linked(&self) -> usize {
        let linked = self.contacts.values().filter(|it| it.link.is_some());
        linked.count()
    }

    fn due(&self, now: Duration) -> Option<PeerId> {
        let due = |contact: &Contact| contact.holds && contact.link.is_none() && contact.at <= now;
        let mut contacts = self.contacts.iter();
        contacts.find(|(_, it)| due(it)).map(|(peer, _)| *peer)
    }

    /// When somebody is to be tried.
    fn wake(&self) -> Option<Duration> {
        let waiting = self
            .contacts
            .values()
            .filter(|contact| contact.holds && contact.link.is_none());
        waiting.map(|contact| contact.at).min()
    }
}

impl Engine {
    /// Connects to those who have what is wanted, as far as it is time.
    pub(super) fn dial_natives(&mut self) {
        let wanting: Vec<SwarmId> = self
            .swarms
            .iter()
            .filter(|(_, swarm)| matches!(swarm.way, Way::Natives(_)))
            .filter(|(_, swarm)| {
                let transfer = self.transfers.get(&swarm.transfer);
                transfer.is_some_and(super::transfer::Transfer::wants)
            })
            .map(|(id, _)| *id)
            .collect();
        for id in wanting {
            while let Some(peer) = self.due(id) {
                self.dial_native(id, peer);
            }
        }
    }

    fn due(&self, id: SwarmId) -> Option<PeerId> {
        let Way::Natives(natives) = self.way_of(id)? else {
            return None;
        };
        let may_dial = self.may_dial(id, natives);
        may_dial.then(|| natives.due(self.now())).flatten()
    }

    /// Whether one more connection of this offer may be made now.
    fn may_dial(&self, id: SwarmId, natives: &Natives) -> bool {
        let links = self.links.values();
        let opening = links.filter(|link| link.swarm == id && !link.is_open);
        opening.count() < MAX_DIALS
            && natives.linked() < MAX_CONNECTIONS
            && self.has_room_for_links()
    }

    /// When somebody is to be tried next, if anybody may be.
    pub(super) fn dial_wake(&self, id: SwarmId, natives: &Natives) -> Option<Duration> {
        let transfer = self
            .swarms
            .get(&id)
            .and_then(|swarm| self.transfers.get(&swarm.transfer))?;
        let may_dial = transfer.wants() && self.may_dial(id, natives);
        may_dial.then(|| natives.wake()).flatten()
    }

    fn dial_native(&mut self, swarm: SwarmId, peer: PeerId) {
        let now = self.now();
        let link = LinkId(self.number());
        let id = wire::TransferId::random(&mut self.rng);
        let Some(Way::Natives(natives)) = self.way(swarm) else {
            return;
        };
        natives.contact(peer, now).link = Some(link);
        let with = With::Native {
            peer,
            id,
            dialled: true,
        };
        self.link_begins(link, swarm, with);
        self.mesh.dial_as(link, Traffic::FilesWithNative, LABEL);
    }

    pub(super) fn link_begins(&mut self, link: LinkId, swarm: SwarmId, with: With) {
        let within = match with {
            With::Native { .. } => CONNECT_WITHIN,
            With::Browser { dialled: true, .. } => BROWSER_WITHIN,
            With::Browser { dialled: false, .. } => ANSWER_WITHIN,
        };
        let now = self.now();
        let by = Some(now + within);
        self.links.insert(
            link,
            Link {
                swarm,
                with,
                is_open: false,
                moved_at: now,
                by,
            },
        );
    }

    /// Our description of a connection is whole.
    pub(super) fn tell_native(
        &mut self,
        swarm: SwarmId,
        peer: PeerId,
        id: wire::TransferId,
        kind: SignalKind,
        sdp: String,
    ) {
        let Some(swarm) = self.swarms.get(&swarm) else {
            return;
        };
        let (Way::Natives(natives), Some(transfer)) =
            (&swarm.way, self.transfers.get(&swarm.transfer))
        else {
            return;
        };
        let signal = Box::new(TransferSignal {
            offer: natives.offer,
            id,
            kind,
            sdp,
        });
        let room = transfer.place.room.clone();
        self.report(Report::Signal { room, peer, signal });
    }

    /// A peer wants to connect, or answers us.
    pub(super) fn signalled(&mut self, place: &Place, peer: PeerId, signal: TransferSignal) {
        let key = room::ShareKey::Offer(signal.offer);
        let swarm = self
            .find(&place.room, &key)
            .and_then(|id| self.transfers.get(&id))
            .and_then(|transfer| {
                transfer
                    .swarms
                    .iter()
                    .find(|id| matches!(self.way_of(**id), Some(Way::Natives(_))))
            })
            .copied();
        // What is not given any more is not spoken of.
        let Some(swarm) = swarm else { return };
        match signal.kind {
            SignalKind::Offer => self.native_dials(place.me, swarm, peer, signal),
            SignalKind::Answer => {
                let link = self.links.iter().find(|(_, link)| {
                    link.swarm == swarm
                        && !link.is_open
                        && matches!(link.with, With::Native { peer: with, id, dialled: true }
                            if with == peer && id == signal.id)
                });
                if let Some((link, _)) = link {
                    self.mesh.accept(*link, signal.sdp);
                }
            }
        }
    }

    fn native_dials(&mut self, me: PeerId, swarm: SwarmId, peer: PeerId, signal: TransferSignal) {
        let now = self.now();
        let has_room = self.has_room_for_links();
        let Some(Way::Natives(natives)) = self.way(swarm) else {
            return;
        };
        let before = natives.contacts.get(&peer).and_then(|it| it.link);
        if before.is_none() && (!has_room || natives.linked() >= MAX_CONNECTIONS) {
            return;
        }
        if let Some(before) = before {
            let is_our_dial = self.links.get(&before).is_some_and(|link| {
                !link.is_open && matches!(link.with, With::Native { dialled: true, .. })
            });
            // Both dialled at once: one of the two goes on, and both sides know which.
            if is_our_dial && me < peer {
                return;
            }
            // Else it has lost what we take for open.
            self.mesh.cut(before);
            self.link_closed(before);
        }
        let link = LinkId(self.number());
        if let Some(Way::Natives(natives)) = self.way(swarm) {
            natives.contact(peer, now).link = Some(link);
        }
        let with = With::Native {
            peer,
            id: signal.id,
            dialled: false,
        };
        self.link_begins(link, swarm, with);
        self.mesh
            .answer_as(link, Traffic::FilesWithNative, signal.sdp);
    }

    pub(super) fn native_reached(&mut self, swarm: SwarmId, peer: PeerId) {
        let now = self.now();
        if let Some(Way::Natives(natives)) = self.way(swarm) {
            natives.contact(peer, now).tries = 0;
        }
    }

    pub(super) fn native_lost(&mut self, swarm: SwarmId, peer: PeerId, is_bad: bool) {
        let now = self.now();
        let jitter = self.rng.gen_range(0.5..1.5);
        let Some(Way::Natives(natives)) = self.way(swarm) else {
            return;
        };
        let Some(contact) = natives.contacts.get_mut(&peer) else {
            return;
        };
        contact.link = None;
        let pause = if is_bad {
            BAD_PAUSE
        } else {
            let doubled = FIRST_PAUSE.saturating_mul(1 << contact.tries.min(10));
            doubled.min(LONGEST_PAUSE).mul_f64(jitter)
        };
        contact.tries = contact.tries.saturating_add(1);
        contact.at = now + pause;
        if !contact.holds {
            natives.contacts.remove(&peer);
        }
    }
}
