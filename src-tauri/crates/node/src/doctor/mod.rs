//! Why someone is or is not reachable: what the loop knows, what the servers answer when asked, and
//! what follows from both. No words: those are the page's, but for the report.
//!
//! | module | what it does |
//! |---|---|
//! | `record` | what the loop remembers between two looks |
//! | `trial` | what one server or tracker answered |
//! | `advice` | what to do next |
//! | `report` | all of it, for somebody who helps |

mod advice;
mod record;
mod report;
#[cfg(test)]
mod tests;
mod trial;

use std::collections::BTreeSet;
use std::net::IpAddr;

use mesh::{IceServer, LinkStats, Mesh, Probe};
use room::Connection;
use view::{
    Candidate, CandidateKind, Diagnosis, Family, LanHealth, Nat, PeerHealth, TrackerHealth, Tried,
};

use advice::advice;
pub(crate) use record::Record;
use report::report;
use trial::{candidate_kind, milliseconds};
pub(crate) use trial::{ice_tests, tracker_test};

/// What the loop knows at one moment.
pub(crate) struct Look {
    pub(crate) time: i64,
    pub(crate) trackers: Vec<TrackerHealth>,
    pub(crate) lan: LanHealth,
    pub(crate) relay_only: bool,
    pub(crate) proxied: bool,
    pub(crate) tried: Tried,
    pub(crate) ice_servers: Vec<IceServer>,
    pub(crate) connections: Vec<(Connection, i64, u32)>,
    /// Rooms that are joined and have nobody in them.
    pub(crate) empty_rooms: Vec<String>,
    pub(crate) in_a_room: bool,
    pub(crate) mesh: Mesh,
    pub(crate) addresses: BTreeSet<IpAddr>,
}

impl std::fmt::Debug for Look {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Look").finish_non_exhaustive()
    }
}

/// Asks who has to be asked, and draws the conclusions.
pub(crate) async fn diagnose(look: Look) -> Diagnosis {
    let (probe, peers) = tokio::join!(
        mesh::probe(&look.ice_servers),
        peers(&look.mesh, look.connections)
    );
    let mut diagnosis = Diagnosis {
        time: look.time,
        trackers: look.trackers,
        candidates: candidates(&look.addresses, &probe, look.relay_only),
        nat: nat(&probe),
        servers: ice_tests(probe.servers),
        lan: look.lan,
        relay_only: look.relay_only,
        proxied: look.proxied,
        peers,
        tried: look.tried,
        advice: Vec::new(),
        report: String::new(),
    };
    diagnosis.advice = advice(&diagnosis, look.in_a_room, look.empty_rooms);
    diagnosis.report = report(&diagnosis);
    diagnosis
}

async fn peers(mesh: &Mesh, connections: Vec<(Connection, i64, u32)>) -> Vec<PeerHealth> {
    let stats = connections.iter().map(|(it, ..)| mesh.stats(it.link));
    let stats = join_all(stats.collect()).await;
    connections
        .into_iter()
        .zip(stats)
        .map(|((it, since, restarts), stats)| peer(it, since, restarts, stats.unwrap_or_default()))
        .collect()
}

/// All at once: one that does not answer costs its own time alone.
async fn join_all<F: Future>(futures: Vec<F>) -> Vec<F::Output> {
    let mut futures: Vec<_> = futures.into_iter().map(Box::pin).collect();
    let mut done: Vec<Option<F::Output>> = futures.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        for (future, done) in futures.iter_mut().zip(&mut done) {
            if done.is_none()
                && let std::task::Poll::Ready(output) = future.as_mut().poll(context)
            {
                *done = Some(output);
            }
        }
        if done.iter().all(Option::is_some) {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
    done.into_iter().flatten().collect()
}

fn peer(it: Connection, since: i64, restarts: u32, stats: LinkStats) -> PeerHealth {
    PeerHealth {
        peer_id: it.peer_id.to_string(),
        name: it.name,
        rooms: it.rooms.iter().map(ToString::to_string).collect(),
        path: match it.path {
            room::Path::Unknown => view::Path::Unknown,
            room::Path::Direct => view::Path::Direct,
            room::Path::Relayed => view::Path::Relayed,
        },
        rtt_ms: stats.rtt.map(milliseconds),
        local: stats.local.map(candidate_kind),
        remote: stats.remote.map(candidate_kind),
        family: stats.v6.map(|v6| if v6 { Family::V6 } else { Family::V4 }),
        bytes_sent: stats.sent,
        bytes_received: stats.received,
        since,
        restarts,
        shaky: it.shaky,
    }
}

fn candidates(own: &BTreeSet<IpAddr>, probe: &Probe, relay_only: bool) -> Vec<Candidate> {
    let mut found = Vec::new();
    let mut add = |kind, ip: IpAddr| {
        let candidate = Candidate {
            kind,
            family: if ip.is_ipv6() { Family::V6 } else { Family::V4 },
            prefix: prefix(ip),
        };
        if !found.contains(&candidate) {
            found.push(candidate);
        }
    };
    if !relay_only {
        for ip in own.iter().filter(|ip| !is_link_local(**ip)) {
            add(CandidateKind::Host, *ip);
        }
        for ip in &probe.seen {
            add(CandidateKind::Reflexive, *ip);
        }
    }
    for ip in &probe.relayed {
        add(CandidateKind::Relay, *ip);
    }
    found
}

fn is_link_local(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_unicast_link_local(),
    }
}

/// The part of an address that many share.
fn prefix(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(ip) => {
            let [first, second, third, _] = ip.octets();
            format!("{first}.{second}.{third}.…")
        }
        IpAddr::V6(ip) => {
            let [first, second, third, ..] = ip.segments();
            format!("{first:x}:{second:x}:{third:x}:…")
        }
    }
}

fn nat(probe: &Probe) -> Nat {
    match probe.mapping {
        mesh::Mapping::Open => Nat::Open,
        mesh::Mapping::SameForAll => Nat::SameForAll,
        mesh::Mapping::DifferentForEach => Nat::DifferentForEach,
        mesh::Mapping::NoAnswer => Nat::NoAnswer,
        mesh::Mapping::Unknown => Nat::Unknown,
    }
}
