//! When a description has enough candidates in it to be told.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, timeout};
use webrtc::peer_connection::{RTCIceCandidateType, RTCSdpType, RTCSessionDescription};

use super::{Link, Stage, Step};
use crate::settings::Traffic;
use crate::{CloseReason, Description, Heard, settings};

/// A description waiting for its candidates.
pub(super) struct Gathering {
    pub(super) purpose: Purpose,
    /// When to stop waiting.
    pub(super) until: Instant,
    /// When to stop waiting even for a first candidate.
    pub(super) at_latest: Instant,
    /// When an offer is told for the first time, unless its host candidates are there before.
    pub(super) early: Option<Instant>,
    pub(super) hosts: usize,
    pub(super) reflexive: bool,
    pub(super) relay: bool,
    /// Whether servers were asked, and given time to answer.
    pub(super) fair: bool,
    pub(super) names: Names,
}

impl Gathering {
    pub(super) fn is_empty(&self) -> bool {
        self.hosts == 0 && !self.relay
    }

    /// On a machine so busy that not even its own addresses are there yet: a description without
    /// any candidate would be of no use to the peer.
    pub(super) fn wait_on(&mut self, now: Instant) {
        let soon = now + settings::EARLY_OFFER_AFTER;
        self.until = self.until.max(soon);
        if let Some(early) = &mut self.early {
            *early = (*early).max(soon);
        }
    }
}

/// Whether an offer must gather a second time, because the names of its servers were still being
/// looked up the first time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Names {
    /// They were known, or there are none.
    Settled,
    /// The names are awaited; the first gathering runs, or has `ended`.
    Awaited { ended: bool },
    /// The names are here, the end of the first gathering is awaited.
    Arrived,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Offer,
    Answer,
    Reanswer,
}

impl Link {
    /// An answer cannot gather twice, so names looked up for the first time are waited for.
    pub(super) async fn await_names(&self) {
        let shared = Arc::clone(&self.shared);
        let hosts = self.servers.hosts();
        shared.names.refresh(hosts);
        if shared.reach.is_lost() {
            return;
        }
        let mut changes = shared.names.changes();
        let known =
            async { while shared.names.awaited(hosts) && changes.changed().await.is_ok() {} };
        let _ = timeout(settings::NAMES_WAIT, known).await;
    }

    /// What is said early of a link for chat is of use at once; for files only all of it is said, so
    /// servers that did not answer a moment ago are not waited for as long again.
    pub(super) fn offer_gathering(&self) -> Duration {
        if self.traffic != Traffic::Chat && self.shared.reach.is_lost() {
            settings::ANSWER_GATHERING_ALONE
        } else {
            settings::OFFER_GATHERING
        }
    }

    pub(super) fn answer_gathering(&self) -> Duration {
        if self.shared.reach.is_lost() {
            settings::ANSWER_GATHERING_ALONE
        } else {
            settings::ANSWER_GATHERING
        }
    }

    pub(super) fn gather(&mut self, purpose: Purpose, limit: Duration) {
        let now = Instant::now();
        let servers = !self.servers.is_empty();
        self.gathering = Some(Gathering {
            purpose,
            until: now + limit,
            at_latest: now + settings::OFFER_GATHERING,
            early: (purpose == Purpose::Offer && servers && !self.servers.relay_only())
                .then(|| now + settings::EARLY_OFFER_AFTER),
            hosts: 0,
            reflexive: false,
            relay: false,
            fair: servers && limit > settings::ANSWER_GATHERING_ALONE,
            names: Names::Settled,
        });
    }

    pub(super) async fn on_candidate(&mut self, kind: RTCIceCandidateType) -> Step {
        let expected = self.activity.sockets();
        let relays = self.servers.has_relay();
        if kind != RTCIceCandidateType::Host {
            self.shared.reach.note(true);
        }
        let Some(gathering) = &mut self.gathering else {
            return Ok(());
        };
        match kind {
            RTCIceCandidateType::Host => gathering.hosts += 1,
            RTCIceCandidateType::Relay => gathering.relay = true,
            _ => gathering.reflexive = true,
        }
        let enough = gathering.relay || (gathering.reflexive && !relays);
        if enough {
            let settled = Instant::now() + settings::GATHERING_SETTLES;
            gathering.until = gathering.until.min(settled);
        }
        if gathering.early.is_some() && gathering.hosts >= expected {
            gathering.early = None;
            self.tell_offer(false).await?;
        }
        Ok(())
    }

    pub(super) async fn on_gathered(&mut self) -> Step {
        let Some(gathering) = &mut self.gathering else {
            return Ok(());
        };
        // The late end of an earlier gathering, given up long ago: this one has sockets of its own
        // and has said nothing yet.
        if gathering.is_empty() {
            return Ok(());
        }
        match gathering.names {
            Names::Settled => self.finish_gathering().await,
            Names::Awaited { .. } => {
                gathering.names = Names::Awaited { ended: true };
                Ok(())
            }
            Names::Arrived => self.gather_again().await,
        }
    }

    pub(super) async fn on_names(&mut self) -> Step {
        let shared = Arc::clone(&self.shared);
        if shared.names.awaited(self.servers.hosts()) {
            return Ok(());
        }
        let Some(gathering) = &mut self.gathering else {
            return Ok(());
        };
        if gathering.names == (Names::Awaited { ended: true }) {
            return self.gather_again().await;
        }
        gathering.names = Names::Arrived;
        Ok(())
    }

    /// The names have become known: an offer that was gathered without them is gathered once more.
    async fn gather_again(&mut self) -> Step {
        if let Some(gathering) = &mut self.gathering {
            gathering.names = Names::Settled;
        }
        let shared = Arc::clone(&self.shared);
        let connection = self.connection.clone().ok_or(CloseReason::Error)?;
        if self.stage != Stage::Negotiating || !shared.names.any_known(self.servers.hosts()) {
            return self.finish_gathering().await;
        }
        let again = async {
            // Without a new configuration the stack takes its gathering for done.
            let configuration = settings::configuration(&self.servers);
            connection.set_configuration(configuration).await?;
            let mut same = RTCSessionDescription::default();
            same.sdp_type = RTCSdpType::Offer;
            // No text means the last offer.
            connection.set_local_description(same).await
        };
        match again.await {
            Ok(()) => Ok(()),
            Err(_) => self.finish_gathering().await,
        }
    }

    pub(super) async fn finish_gathering(&mut self) -> Step {
        let Some(gathering) = self.gathering.take() else {
            return Ok(());
        };
        if gathering.fair && !gathering.reflexive && !gathering.relay {
            self.shared.reach.note(false);
        }
        match gathering.purpose {
            // An answer to the early offer has come already; nobody needs another.
            Purpose::Offer if self.stage != Stage::Negotiating => Ok(()),
            Purpose::Offer => self.tell_offer(true).await,
            Purpose::Answer => {
                let sdp = self.local_sdp().await?;
                self.tell(Heard::AnswerMade { link: self.id, sdp }).await
            }
            Purpose::Reanswer => self.tell_description(Description::Answer).await,
        }
    }
}
