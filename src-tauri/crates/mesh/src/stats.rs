//! How a link runs, for a person who wants to know.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use rtc::statistics::StatsSelector;
use rtc::statistics::report::RTCStatsReport;
use webrtc::peer_connection::{PeerConnection, RTCIceCandidateType};

/// How an end of a path is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CandidateKind {
    /// It is the machine's own address.
    Host,
    /// A STUN server saw it.
    Reflexive,
    /// The other side saw it.
    PeerReflexive,
    /// A TURN server lends it.
    Relay,
}

/// How a link runs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LinkStats {
    /// Our end, once there is a path.
    pub local: Option<CandidateKind>,
    /// The other end.
    pub remote: Option<CandidateKind>,
    /// Whether the path runs over IPv6.
    pub v6: Option<bool>,
    /// The time to the peer and back.
    pub rtt: Option<Duration>,
    /// Bytes sent.
    pub sent: u64,
    /// Bytes received.
    pub received: u64,
}

/// What the stack knows of a connection.
pub(crate) async fn of(connection: &dyn PeerConnection) -> LinkStats {
    let mut stats = LinkStats::default();
    if let Some(sctp) = connection.sctp().await {
        let ice = sctp.transport().ice_transport();
        if let Ok(Some(pair)) = ice.get_selected_candidate_pair().await {
            stats.local = kind(pair.local().typ);
            stats.remote = kind(pair.remote().typ);
            let address: Option<IpAddr> = pair.remote().address.parse().ok();
            stats.v6 = address.map(|it| it.is_ipv6());
        }
    }
    let report = connection
        .get_stats(Instant::now(), StatsSelector::None)
        .await;
    stats.count(&report);
    stats
}

impl LinkStats {
    fn count(&mut self, report: &RTCStatsReport) {
        for pair in report.candidate_pairs() {
            self.sent += pair.bytes_sent;
            self.received += pair.bytes_received;
            let measured = pair.current_round_trip_time;
            if pair.nominated && measured > 0.0 {
                self.rtt = Duration::try_from_secs_f64(measured).ok();
            }
        }
        if let Some(transport) = report.transport() {
            self.sent = self.sent.max(transport.bytes_sent);
            self.received = self.received.max(transport.bytes_received);
        }
    }
}

fn kind(kind: RTCIceCandidateType) -> Option<CandidateKind> {
    match kind {
        RTCIceCandidateType::Host => Some(CandidateKind::Host),
        RTCIceCandidateType::Srflx => Some(CandidateKind::Reflexive),
        RTCIceCandidateType::Prflx => Some(CandidateKind::PeerReflexive),
        RTCIceCandidateType::Relay => Some(CandidateKind::Relay),
        _ => None,
    }
}
