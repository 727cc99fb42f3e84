//! How browsers connect for the bytes of an offer: they meet at trackers, by offers that are whole.
//!
//! Only trackers that the rooms use are spoken with, and two more that all browsers use where a link
//! names them: no link of a stranger's makes us call an address of its choosing.

use std::collections::BTreeSet;
use std::time::Duration;

use files::torrent::announce::{FromTracker, Moved, OFFERS};
use files::torrent::ids::{OfferId, PeerId};
use files::torrent::magnet::Magnet;
use files::torrent::meeting::{Input, Meeting, Output};
use files::torrent::session::Progress;
use mesh::Traffic;
use rand::RngCore;
use signalling::Heard;
use wire::LinkId;

use super::engine::Engine;
use super::links::With;
use super::swarm::{SwarmId, Way};

/// Where browsers meet for files unless they are told otherwise.
const USUAL: [&str; 2] = [
    "wss://tracker.btorrent.xyz",
    "wss://tracker.openwebtorrent.com",
];
/// Trackers of one offer at once.
const MAX_TRACKERS: usize = 8;
/// Offers that are held while we only give: whoever wants something brings offers of their own, and
/// ours are for those who came before us.
const OFFERS_OF_GIVERS: usize = 1;
/// Answers for all torrents together that nobody has taken up yet: each is a connection opened for
/// somebody who need not be in any room.
const MAX_ANSWERS: usize = 24;
/// How many of them one tracker may bring.
const MAX_ANSWERS_OF_TRACKER: usize = 12;
/// How often trackers are told how much was moved, for the next time they are spoken with.
const COUNT_EVERY: Duration = Duration::from_secs(5);

/// How long nobody may be found before the person is told that somebody is waited for.
const LONELY_AFTER: Duration = Duration::from_secs(8);
/// How long nobody may be found before there is nothing to wait for. Whoever is there is told at once
/// that somebody looks for them, and connections come about within seconds.
const NOBODY_AFTER: Duration = Duration::from_secs(20);
/// How long those who were found may describe nothing: they may themselves look for it in vain.
const MUTE_AFTER: Duration = Duration::from_secs(120);

/// Since when somebody is looked for who has it.
#[derive(Debug, Default)]
pub(super) struct Seeking {
    began: Option<Duration>,
    alone: Option<Duration>,
}

/// Whether looking for somebody was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answered {
    /// It was, or it is too early to tell.
    Yet,
    /// Nobody is there so far.
    NotYet,
    /// Nobody is there who has it.
    InVain,
}

impl Seeking {
    /// Looks again: so many are connected now.
    pub(super) fn look(&mut self, now: Duration, wants: bool, peers: usize) -> Answered {
        if !wants {
            *self = Self::default();
            return Answered::Yet;
        }
        let began = *self.began.get_or_insert(now);
        if peers > 0 {
            self.alone = None;
            return match now >= began + MUTE_AFTER {
                true => Answered::InVain,
                false => Answered::Yet,
            };
        }
        let alone = *self.alone.get_or_insert(now);
        match now.saturating_sub(alone) {
            time if time >= NOBODY_AFTER => Answered::InVain,
            time if time >= LONELY_AFTER => Answered::NotYet,
            _ => Answered::Yet,
        }
    }
}

/// The peers of one torrent.
pub(super) struct Browsers {
    meeting: Meeting,
    urls: BTreeSet<String>,
    pub(super) wake: Option<Duration>,
    pub(super) seeking: Seeking,
    counted_at: Duration,
}

impl Browsers {
    pub(super) fn new(
        magnet: &Magnet,
        me: PeerId,
        urls: BTreeSet<String>,
        wants: bool,
        seed: u64,
    ) -> Self {
        let left = (!wants).then_some(0);
        let moved = Moved {
            left,
            ..Moved::default()
        };
        Self {
            meeting: Meeting::new(magnet.info_hash, me, moved, offers(wants), seed),
            urls,
            wake: None,
            seeking: Seeking::default(),
            counted_at: Duration::ZERO,
        }
    }
}

fn offers(wants: bool) -> usize {
    if wants { OFFERS } else { OFFERS_OF_GIVERS }
}

/// The same tracker is written with and without a stroke at its end.
fn plain(url: &str) -> &str {
    url.trim_end_matches('/')
}

impl Engine {
    /// The trackers our own offers name: those of the rooms that others can reach too.
    pub(super) fn own_trackers(&self) -> BTreeSet<String> {
        let far = self.known_trackers.iter().filter(|(_, local)| !**local);
        let far: BTreeSet<String> = far.map(|(url, _)| url.clone()).take(MAX_TRACKERS).collect();
        if !far.is_empty() || self.ways.relay_only {
            return far;
        }
        self.known_trackers
            .keys()
            .take(MAX_TRACKERS)
            .cloned()
            .collect()
    }

    /// The trackers somebody else's offer is looked for at.
    pub(super) fn trackers_of(&self, magnet: &Magnet) -> BTreeSet<String> {
        let known = |named: &&String| {
            self.known_trackers
                .keys()
                .map(String::as_str)
                .chain(USUAL)
                .find(|url| plain(url) == plain(named))
        };
        let named: BTreeSet<String> = magnet
            .trackers
            .iter()
            .filter_map(|url| known(&url))
            .map(str::to_owned)
            .take(MAX_TRACKERS)
            .collect();
        if named.is_empty() {
            return self.own_trackers();
        }
        named
    }

    /// Begins to look for the peers of a torrent.
    pub(super) fn meet(&mut self, id: SwarmId) {
        let Some(Way::Browsers(browsers)) = self.way(id) else {
            return;
        };
        for url in browsers.urls.clone() {
            let local = self.known_trackers.get(&url).copied().unwrap_or(false);
            // One that is open stays as it is.
            self.trackers.open(&url, local);
            if self.open_trackers.contains(&url) {
                self.meeting(id, Input::TrackerUp(url));
            }
        }
    }

    /// Tells every tracker that we are gone, and lets go of those that nobody needs.
    pub(super) fn part_from_trackers(&mut self, id: SwarmId) {
        let Some(Way::Browsers(_)) = self.way(id) else {
            return;
        };
        self.meeting(id, Input::Stop);
        let Some(Way::Browsers(browsers)) = self.way(id) else {
            return;
        };
        let urls = std::mem::take(&mut browsers.urls);
        for url in urls {
            if !self.uses_tracker(&url) {
                self.trackers.close(&url);
                self.open_trackers.remove(&url);
            }
        }
    }

    fn uses_tracker(&self, url: &str) -> bool {
        self.swarms.values().any(|swarm| match &swarm.way {
            Way::Browsers(browsers) => browsers.urls.contains(url),
            Way::Natives(_) => false,
        })
    }

    /// The rooms use this tracker from now on, or another way to it.
    pub(super) fn tracker_used(&mut self, url: String, local: bool) {
        if self.uses_tracker(&url) {
            self.trackers.open(&url, local);
        }
        self.known_trackers.insert(url, local);
    }

    /// The rooms use it no more, and so do we, unless browsers always meet there.
    pub(super) fn tracker_unused(&mut self, url: String) {
        self.known_trackers.remove(&url);
        if self.uses_tracker(&url) && !USUAL.contains(&url.as_str()) {
            self.tracker_lost(url);
        }
    }

    fn tracker_lost(&mut self, url: String) {
        self.trackers.close(&url);
        self.open_trackers.remove(&url);
        for id in self.meeting_at(&url) {
            self.meeting(id, Input::TrackerDown(url.clone()));
        }
    }

    /// The ways to trackers changed: each is reached anew.
    pub(super) fn reach_trackers_anew(&mut self) {
        self.trackers.set_proxy(self.ways.proxy.clone());
        let urls: BTreeSet<String> = self
            .swarms
            .values()
            .filter_map(|swarm| match &swarm.way {
                Way::Browsers(browsers) => Some(browsers.urls.iter().cloned()),
                Way::Natives(_) => None,
            })
            .flatten()
            .collect();
        for url in urls {
            self.tracker_lost(url.clone());
            let local = self.known_trackers.get(&url).copied().unwrap_or(false);
            self.trackers.open(&url, local);
        }
    }

    pub(super) fn tracker_heard(&mut self, heard: Heard<FromTracker>) {
        match heard {
            Heard::Opened { url } => {
                self.open_trackers.insert(url.clone());
                for id in self.meeting_at(&url) {
                    self.meeting(id, Input::TrackerUp(url.clone()));
                }
            }
            Heard::Closed { url, .. } | Heard::Unusable { url, .. } => {
                self.open_trackers.remove(&url);
                for id in self.meeting_at(&url) {
                    self.meeting(id, Input::TrackerDown(url.clone()));
                }
            }
            Heard::Said { url, message } => {
                let about = |id: &SwarmId| {
                    let swarm = self.swarms.get(id);
                    swarm.is_some_and(|it| it.session.info_hash() == message.info_hash)
                };
                let mut meetings = self.meeting_at(&url);
                meetings.retain(about);
                // In two rooms it is one torrent: a connection belongs to one of the two.
                let is_offer = message.signal.as_ref().is_some_and(|it| !it.is_answer);
                if is_offer && !self.may_answer(&url) {
                    return;
                }
                meetings.truncate(if is_offer { 1 } else { usize::MAX });
                for id in meetings {
                    self.meeting(id, Input::Heard(url.clone(), message.clone()));
                }
            }
            Heard::Connecting { .. } => {}
        }
    }

    /// Whether one more offer that this tracker brought may be answered.
    fn may_answer(&self, url: &str) -> bool {
        let waiting = |tracker| -> usize {
            let meetings = self.swarms.values().filter_map(|swarm| match &swarm.way {
                Way::Browsers(browsers) => Some(&browsers.meeting),
                Way::Natives(_) => None,
            });
            meetings.map(|it| it.waiting(tracker)).sum()
        };
        waiting(None) < MAX_ANSWERS && waiting(Some(url)) < MAX_ANSWERS_OF_TRACKER
    }

    fn meeting_at(&self, url: &str) -> Vec<SwarmId> {
        let at = self.swarms.iter().filter(|(_, swarm)| match &swarm.way {
            Way::Browsers(browsers) => browsers.urls.contains(url),
            Way::Natives(_) => false,
        });
        at.map(|(id, _)| *id).collect()
    }

    /// Something happened to a meeting.
    pub(super) fn meeting(&mut self, id: SwarmId, input: Input) {
        let now = self.now();
        let Some(Way::Browsers(browsers)) = self.way(id) else {
            return;
        };
        browsers.meeting.handle(now, input);
        while let Some(Way::Browsers(browsers)) = self.way(id) {
            let Some(output) = browsers.meeting.poll() else {
                browsers.wake = browsers.meeting.next_wake();
                return;
            };
            self.meet_as_told(id, output);
        }
    }

    fn meet_as_told(&mut self, id: SwarmId, output: Output) {
        match output {
            Output::Say(url, text) => {
                // A tracker that takes nothing more hears the next announce.
                let _ = self.trackers.send(&url, text);
            }
            Output::MakeOffer(offer) if !self.has_room_for_browsers() => {
                self.not_described(id, offer, true);
            }
            Output::MakeAnswer(offer, ..) if !self.has_room_for_browsers() => {
                self.not_described(id, offer, false);
            }
            Output::MakeOffer(offer) => {
                let link = LinkId(self.number());
                let label = self.label();
                self.link_begins(
                    link,
                    id,
                    With::Browser {
                        offer,
                        dialled: true,
                    },
                );
                self.mesh.dial_as(link, Traffic::FilesWithBrowser, &label);
            }
            Output::DropOffer(offer) => {
                if let Some(link) = self.browser_link(id, offer, true) {
                    self.links.remove(&link);
                    self.mesh.cut(link);
                }
            }
            Output::TakeAnswer(offer, _, sdp) => {
                if let Some(link) = self.browser_link(id, offer, true) {
                    self.mesh.accept(link, sdp);
                }
            }
            Output::MakeAnswer(offer, _, sdp) => {
                let link = LinkId(self.number());
                self.link_begins(
                    link,
                    id,
                    With::Browser {
                        offer,
                        dialled: false,
                    },
                );
                self.mesh.answer_as(link, Traffic::FilesWithBrowser, sdp);
            }
        }
    }

    /// Our description of a connection is whole.
    pub(super) fn tell_browser(
        &mut self,
        swarm: SwarmId,
        offer: OfferId,
        dialled: bool,
        sdp: String,
    ) {
        let made = match dialled {
            true => Input::OfferMade(offer, Some(sdp)),
            false => Input::AnswerMade(offer, Some(sdp)),
        };
        self.meeting(swarm, made);
    }

    /// A connection was lost before it came about.
    pub(super) fn not_described(&mut self, swarm: SwarmId, offer: OfferId, dialled: bool) {
        let failed = match dialled {
            true => Input::OfferMade(offer, None),
            false => Input::AnswerMade(offer, None),
        };
        self.meeting(swarm, failed);
    }

    fn browser_link(&self, id: SwarmId, offer: OfferId, ours: bool) -> Option<LinkId> {
        let mut links = self.links.iter();
        let found = links.find(|(_, link)| {
            link.swarm == id
                && !link.is_open
                && matches!(link.with, With::Browser { offer: of, dialled } if of == offer && dialled == ours)
        });
        found.map(|(link, _)| *link)
    }

    /// Wakes a meeting whose time has come, and counts for it what was moved.
    pub(super) fn wake_meeting(&mut self, id: SwarmId, now: Duration) {
        let wants = self
            .swarms
            .get(&id)
            .and_then(|swarm| self.transfers.get(&swarm.transfer))
            .is_some_and(super::transfer::Transfer::wants);
        let Some(swarm) = self.swarms.get_mut(&id) else {
            return;
        };
        let progress = swarm.session.progress();
        let Way::Browsers(browsers) = &mut swarm.way else {
            return;
        };
        if now >= browsers.counted_at + COUNT_EVERY {
            browsers.counted_at = now;
            let wanted = Input::Wanted(offers(wants), moved(&progress));
            self.meeting(id, wanted);
        } else if browsers.wake.is_some_and(|at| at <= now) {
            self.meeting(id, Input::Wake);
        }
    }

    /// The label of a channel as browsers make them.
    fn label(&mut self) -> String {
        let mut bytes = [0; 20];
        self.rng.fill_bytes(&mut bytes);
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

fn moved(progress: &Progress) -> Moved {
    Moved {
        uploaded: progress.uploaded,
        downloaded: progress.downloaded,
        left: progress
            .total
            .map(|total| total.saturating_sub(progress.have)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn somebody_is_looked_for_only_so_long() {
        let mut seeking = Seeking::default();
        let at = Duration::from_secs;
        assert_eq!(seeking.look(at(100), true, 0), Answered::Yet);
        assert_eq!(seeking.look(at(107), true, 0), Answered::Yet);
        assert_eq!(seeking.look(at(108), true, 0), Answered::NotYet);
        assert_eq!(seeking.look(at(119), true, 1), Answered::Yet);
        assert_eq!(seeking.look(at(121), true, 0), Answered::Yet);
        assert_eq!(seeking.look(at(141), true, 0), Answered::InVain);
        assert_eq!(seeking.look(at(219), true, 1), Answered::Yet);
        assert_eq!(seeking.look(at(220), true, 1), Answered::InVain);
        // Whoever pauses it and goes on has all the time again.
        assert_eq!(seeking.look(at(230), false, 0), Answered::Yet);
        assert_eq!(seeking.look(at(240), true, 0), Answered::Yet);
        assert_eq!(seeking.look(at(260), true, 0), Answered::InVain);
    }
}
