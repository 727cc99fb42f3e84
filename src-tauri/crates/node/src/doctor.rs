//! Why someone is or is not reachable: what the loop knows, what the servers answer when asked, and
//! what follows from both. No words: those are the page's, but for the report.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::net::IpAddr;
use std::time::Duration;

use mesh::{CloseReason, IceServer, LinkStats, Mesh, Probe, ServerFault, ServerProbe};
use room::{Connection, TrackerState, TrackerStatus};
use view::{
    Advice, Candidate, CandidateKind, Diagnosis, Family, IceFailure, IceTest, LanHealth,
    LastFailure, Nat, PeerHealth, Tracker, TrackerFailure, TrackerHealth, TrackerTest, Tried,
};
use wire::LinkId;

/// What is remembered of connections and trackers between two looks.
#[derive(Debug, Default)]
pub(crate) struct Record {
    pub(crate) tried: Tried,
    /// Since when each link is open, Unix milliseconds, and how often another path was looked for.
    open: BTreeMap<LinkId, Open>,
    /// Links that were met by somebody and are not open yet.
    met: BTreeSet<LinkId>,
    failures: BTreeMap<String, LastFailure>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Open {
    since: i64,
    restarts: u32,
}

impl Record {
    /// Somebody is at the other end of an attempt: they answered us, or we them.
    pub(crate) fn met(&mut self, link: LinkId) {
        if self.met.insert(link) {
            self.tried.attempts = self.tried.attempts.saturating_add(1);
        }
    }

    pub(crate) fn restarted(&mut self, link: LinkId) {
        if let Some(open) = self.open.get_mut(&link) {
            open.restarts = open.restarts.saturating_add(1);
        }
    }

    pub(crate) fn heard(&mut self, heard: &mesh::Heard, unix_ms: i64) {
        match heard {
            mesh::Heard::Opened { link } => {
                self.met.remove(link);
                self.tried.opened = self.tried.opened.saturating_add(1);
                let open = Open {
                    since: unix_ms,
                    restarts: 0,
                };
                self.open.insert(*link, open);
            }
            mesh::Heard::Closed { link, why } => {
                let was_met = self.met.remove(link);
                self.open.remove(link);
                if was_met {
                    let count = match why {
                        CloseReason::Negotiation(_) => &mut self.tried.refused,
                        // The rooms give an attempt up when it takes too long.
                        _ => &mut self.tried.no_path,
                    };
                    *count = count.saturating_add(1);
                }
            }
            _ => {}
        }
    }

    pub(crate) fn tracker(&mut self, status: &TrackerStatus, unix_ms: i64) {
        let TrackerState::Failed { .. } = status.state else {
            return;
        };
        let shown = Tracker::from(status.clone());
        if let Some(reason) = shown.reason {
            let failure = LastFailure {
                time: unix_ms,
                reason,
                status: shown.status,
                message: shown.message,
            };
            self.failures.insert(status.url.clone(), failure);
        }
    }

    pub(crate) fn tracker_gone(&mut self, url: &str) {
        self.failures.remove(url);
    }
}

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

impl Record {
    pub(crate) fn trackers(&self, trackers: Vec<TrackerStatus>) -> Vec<TrackerHealth> {
        trackers
            .into_iter()
            .map(|status| TrackerHealth {
                last_failure: self.failures.get(&status.url).cloned(),
                now: Tracker::from(status),
            })
            .collect()
    }

    pub(crate) fn connections(&self, connections: Vec<Connection>) -> Vec<(Connection, i64, u32)> {
        connections
            .into_iter()
            .map(|it| {
                let open = self.open.get(&it.link).copied().unwrap_or_default();
                (it, open.since, open.restarts)
            })
            .collect()
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

pub(crate) fn ice_tests(servers: Vec<ServerProbe>) -> Vec<IceTest> {
    servers
        .into_iter()
        .map(|probe| match probe.answer {
            Ok((kind, took)) => IceTest {
                url: probe.url,
                works: true,
                candidate: Some(candidate_kind(kind)),
                ms: Some(milliseconds(took)),
                reason: None,
            },
            Err(fault) => IceTest {
                url: probe.url,
                works: false,
                candidate: None,
                ms: None,
                reason: Some(match fault {
                    ServerFault::BadAddress => IceFailure::BadAddress,
                    ServerFault::NeedsALogin => IceFailure::NeedsALogin,
                    ServerFault::NoSuchHost => IceFailure::NoSuchHost,
                    ServerFault::NoAnswer => IceFailure::NoAnswer,
                    ServerFault::WrongLogin => IceFailure::WrongLogin,
                    ServerFault::Refused => IceFailure::Refused,
                }),
            },
        })
        .collect()
}

/// What a tracker answered, in the words of the page.
pub(crate) fn tracker_test(tested: signalling::Tested) -> TrackerTest {
    let mut told = TrackerTest {
        works: false,
        connect_ms: None,
        answer_ms: None,
        reason: None,
        status: None,
        message: None,
    };
    match tested {
        signalling::Tested::Works { connect, answer } => {
            told.works = true;
            told.connect_ms = Some(milliseconds(connect));
            told.answer_ms = Some(milliseconds(answer));
        }
        signalling::Tested::Rejected { connect, message } => {
            told.connect_ms = Some(milliseconds(connect));
            told.reason = Some(TrackerFailure::Rejected);
            told.message = Some(message.chars().take(MAX_MESSAGE).collect());
        }
        signalling::Tested::Failed(reason) => {
            let shown = Tracker::from(TrackerStatus {
                url: String::new(),
                state: TrackerState::Failed {
                    reason: crate::translate::failure(reason),
                },
                local: false,
                retry_at: None,
            });
            told.reason = shown.reason;
            told.status = shown.status;
        }
        signalling::Tested::BadAddress => told.reason = Some(TrackerFailure::BadAddress),
    }
    told
}

/// The longest word of a tracker that is shown.
const MAX_MESSAGE: usize = 200;

fn advice(it: &Diagnosis, in_a_room: bool, empty_rooms: Vec<String>) -> Vec<Advice> {
    let mut advice = Vec::new();
    let far: Vec<&Tracker> = it
        .trackers
        .iter()
        .map(|it| &it.now)
        .filter(|tracker| !tracker.local)
        .collect();
    let failing = far
        .iter()
        .filter(|tracker| tracker.state == view::TrackerState::Failed)
        .count();
    let proxy_fails = far
        .iter()
        .any(|tracker| tracker.reason == Some(TrackerFailure::Proxy));
    let has_relay = it.servers.iter().any(|it| it.url.starts_with("turn:"));
    let relay_works = it
        .servers
        .iter()
        .any(|it| it.works && it.candidate == Some(CandidateKind::Relay));
    let is_offline = !it.relay_only && it.candidates.is_empty();
    if is_offline {
        advice.push(Advice::NoNetwork);
    }
    if proxy_fails {
        advice.push(Advice::MendProxy);
    } else if failing > 0 && failing == far.len() && !is_offline {
        advice.push(Advice::NoTracker);
    } else if failing > 0 && !is_offline {
        advice.push(Advice::SomeTrackers {
            failing,
            of: far.len(),
        });
    }
    if it.relay_only && !has_relay {
        advice.push(Advice::RelayOnlyWithoutRelay);
    } else if it.relay_only && !relay_works {
        advice.push(Advice::RelayOnlyNoAnswer);
    }
    if it.nat == Nat::NoAnswer && !is_offline {
        advice.push(Advice::UdpBlocked);
    }
    if it.nat == Nat::DifferentForEach && !relay_works {
        advice.push(Advice::AddRelay);
    }
    if it.tried.no_path > 0 && it.tried.no_path >= it.tried.opened {
        advice.push(Advice::PeersUnreachable {
            attempts: it.tried.no_path,
        });
    }
    if !it.lan.on {
        advice.push(Advice::LanOff);
    }
    let nothing_else_is_wrong = failing < far.len() || it.lan.found > 0;
    if in_a_room && !empty_rooms.is_empty() && nothing_else_is_wrong {
        advice.push(Advice::NobodyThere { rooms: empty_rooms });
    }
    advice
}

/// What may be sent to somebody who helps: no address of ours or a peer's, no name of a person or
/// room, and of trackers and servers only those everybody uses by name.
fn report(it: &Diagnosis) -> String {
    let mut report = String::new();
    // Writing into a String does not fail.
    let _ = write_report(&mut report, it);
    report
}

fn write_report(out: &mut String, it: &Diagnosis) -> std::fmt::Result {
    writeln!(out, "Chitchatter native {}", env!("CARGO_PKG_VERSION"))?;
    writeln!(
        out,
        "system: {} {}",
        std::env::consts::OS,
        std::env::consts::ARCH
    )?;
    writeln!(out, "network: {}", json(&it.nat))?;
    writeln!(
        out,
        "local discovery: {}, serving: {}, found: {}",
        on(it.lan.on),
        it.lan.serving,
        it.lan.found
    )?;
    writeln!(
        out,
        "relay only: {}, proxy: {}",
        on(it.relay_only),
        on(it.proxied)
    )?;
    for tracker in &it.trackers {
        write!(
            out,
            "tracker {}: {}",
            redacted(&tracker.now.url),
            json(&tracker.now.state)
        )?;
        if let Some(failure) = &tracker.last_failure {
            let ago = (it.time - failure.time).max(0) / 1_000;
            write!(out, ", last failure {} {ago} s ago", json(&failure.reason))?;
        }
        writeln!(out)?;
    }
    for server in &it.servers {
        write!(out, "server {}: ", redacted(&server.url))?;
        match (&server.candidate, &server.reason) {
            (Some(kind), _) => {
                writeln!(
                    out,
                    "{} in {} ms",
                    json(kind),
                    server.ms.unwrap_or_default()
                )?;
            }
            (None, Some(reason)) => writeln!(out, "{}", json(reason))?,
            (None, None) => writeln!(out, "?")?,
        }
    }
    let mut kinds: BTreeMap<(CandidateKind, Family), u32> = BTreeMap::new();
    for candidate in &it.candidates {
        *kinds.entry((candidate.kind, candidate.family)).or_default() += 1;
    }
    for ((kind, family), count) in kinds {
        writeln!(
            out,
            "own addresses: {count} {} {}",
            json(&kind),
            json(&family)
        )?;
    }
    let Tried {
        attempts,
        opened,
        no_path,
        refused,
    } = it.tried;
    writeln!(
        out,
        "tried: {attempts}, opened: {opened}, no path: {no_path}, refused: {refused}"
    )?;
    for (number, peer) in it.peers.iter().enumerate() {
        let end = |kind: &Option<CandidateKind>| kind.map_or("?".to_owned(), |it| json(&it));
        write!(
            out,
            "peer {}: {}, {} to {}",
            number + 1,
            json(&peer.path),
            end(&peer.local),
            end(&peer.remote)
        )?;
        if let Some(family) = peer.family {
            write!(out, ", {}", json(&family))?;
        }
        if let Some(rtt) = peer.rtt_ms {
            write!(out, ", {rtt} ms")?;
        }
        writeln!(
            out,
            ", sent {} B, received {} B, for {} s, restarts {}{}",
            peer.bytes_sent,
            peer.bytes_received,
            (it.time - peer.since).max(0) / 1_000,
            peer.restarts,
            if peer.shaky { ", silent now" } else { "" }
        )?;
    }
    for advice in &it.advice {
        let kind = match advice {
            // Rooms are nobody else's business.
            Advice::NobodyThere { .. } => "nobodyThere".to_owned(),
            other => json(other),
        };
        writeln!(out, "advice: {kind}")?;
    }
    Ok(())
}

fn on(is_on: bool) -> &'static str {
    if is_on { "on" } else { "off" }
}

/// A kind by the name the page knows it by.
fn json(kind: &impl serde::Serialize) -> String {
    let text = serde_json::to_string(kind).unwrap_or_default();
    text.trim_matches('"').to_owned()
}

/// An address without what leads to somebody: names of the open internet stay, without their paths;
/// numbers and names of a network of one's own go.
fn redacted(url: &str) -> String {
    let (scheme, rest) = url.split_once(':').unwrap_or((url, ""));
    let host = rest
        .trim_start_matches('/')
        .split(['/', '?', '#'])
        .next()
        .unwrap_or_default();
    let name = host.split(':').next().unwrap_or_default();
    let is_public_name = name.contains('.')
        && name.chars().any(|it| it.is_ascii_alphabetic())
        && !host.starts_with('[')
        && !name.ends_with(".local");
    if is_public_name {
        format!("{scheme}:{name}")
    } else {
        format!("{scheme}:(an address)")
    }
}

fn candidate_kind(kind: mesh::CandidateKind) -> CandidateKind {
    match kind {
        mesh::CandidateKind::Host => CandidateKind::Host,
        mesh::CandidateKind::Reflexive => CandidateKind::Reflexive,
        mesh::CandidateKind::PeerReflexive => CandidateKind::PeerReflexive,
        mesh::CandidateKind::Relay => CandidateKind::Relay,
    }
}

fn milliseconds(took: Duration) -> u32 {
    // Whoever is there within less is still one away.
    u32::try_from(took.as_millis().max(1)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn healthy() -> Diagnosis {
        let tracker = |url: &str, state| TrackerHealth {
            now: Tracker::from(TrackerStatus {
                url: url.to_owned(),
                state,
                local: false,
                retry_at: None,
            }),
            last_failure: None,
        };
        Diagnosis {
            time: 100_000,
            trackers: vec![
                tracker("wss://tracker.example.org/secret-path", TrackerState::Open),
                tracker("ws://192.0.2.55:8000", TrackerState::Open),
            ],
            candidates: vec![Candidate {
                kind: CandidateKind::Host,
                family: Family::V4,
                prefix: "192.0.2.…".to_owned(),
            }],
            nat: Nat::SameForAll,
            servers: vec![IceTest {
                url: "stun:stun.example.org:3478".to_owned(),
                works: true,
                candidate: Some(CandidateKind::Reflexive),
                ms: Some(20),
                reason: None,
            }],
            lan: LanHealth {
                on: true,
                serving: true,
                found: 1,
            },
            relay_only: false,
            proxied: false,
            peers: vec![PeerHealth {
                peer_id: "0abcdefghijklmnopqrs".to_owned(),
                name: "Ada".to_owned(),
                rooms: vec!["den".to_owned()],
                path: view::Path::Direct,
                rtt_ms: Some(12),
                local: Some(CandidateKind::Host),
                remote: Some(CandidateKind::PeerReflexive),
                family: Some(Family::V4),
                bytes_sent: 10,
                bytes_received: 20,
                since: 40_000,
                restarts: 1,
                shaky: false,
            }],
            tried: Tried {
                attempts: 1,
                opened: 1,
                no_path: 0,
                refused: 0,
            },
            advice: Vec::new(),
            report: String::new(),
        }
    }

    fn failed(it: &mut Diagnosis, reason: TrackerFailure) {
        for tracker in &mut it.trackers {
            tracker.now.state = view::TrackerState::Failed;
            tracker.now.reason = Some(reason);
        }
    }

    #[test]
    fn where_all_is_well_there_is_nothing_to_do() {
        assert_eq!(advice(&healthy(), true, Vec::new()), []);
        let rooms = vec!["den".to_owned()];
        assert_eq!(
            advice(&healthy(), true, rooms.clone()),
            [Advice::NobodyThere { rooms }]
        );
    }

    #[test]
    fn what_stands_in_the_way_is_named_with_the_most_urgent_first() {
        let mut it = healthy();
        failed(&mut it, TrackerFailure::Unreachable);
        it.nat = Nat::NoAnswer;
        it.tried.no_path = 3;
        it.lan.on = false;
        assert_eq!(
            advice(&it, true, Vec::new()),
            [
                Advice::NoTracker,
                Advice::UdpBlocked,
                Advice::PeersUnreachable { attempts: 3 },
                Advice::LanOff,
            ]
        );

        it.candidates.clear();
        assert_eq!(advice(&it, true, Vec::new())[0], Advice::NoNetwork);

        let mut it = healthy();
        failed(&mut it, TrackerFailure::Proxy);
        assert_eq!(advice(&it, true, Vec::new()), [Advice::MendProxy]);

        let mut it = healthy();
        it.trackers[0].now.state = view::TrackerState::Failed;
        let some = Advice::SomeTrackers { failing: 1, of: 2 };
        assert_eq!(advice(&it, true, Vec::new()), [some]);

        let mut it = healthy();
        it.nat = Nat::DifferentForEach;
        assert_eq!(advice(&it, true, Vec::new()), [Advice::AddRelay]);

        let mut it = healthy();
        it.relay_only = true;
        assert_eq!(
            advice(&it, true, Vec::new()),
            [Advice::RelayOnlyWithoutRelay]
        );
        it.servers[0].url = "turn:turn.example.org".to_owned();
        assert_eq!(advice(&it, true, Vec::new()), [Advice::RelayOnlyNoAnswer]);
    }

    #[test]
    fn the_report_tells_what_helps_and_no_address_name_or_room() {
        let mut it = healthy();
        it.advice = vec![Advice::NobodyThere {
            rooms: vec!["den".to_owned()],
        }];
        let report = report(&it);
        for told in [
            "tracker wss:tracker.example.org: open",
            "server stun:stun.example.org: reflexive in 20 ms",
            "own addresses: 1 host v4",
            "direct, host to peerReflexive, v4, 12 ms, sent 10 B, received 20 B, for 60 s, restarts 1",
            "advice: nobodyThere",
        ] {
            assert!(report.contains(told), "{told}\n{report}");
        }
        for secret in ["192.0.2", "secret-path", "Ada", "den", "0abcdef"] {
            assert!(!report.contains(secret), "{secret}\n{report}");
        }
    }

    #[test]
    fn of_an_address_only_what_many_share_is_shown() {
        let shown = |ip: &str| prefix(ip.parse().expect("an address"));
        assert_eq!(shown("192.0.2.55"), "192.0.2.…");
        assert_eq!(shown("2001:db8:1:2:3:4:5:6"), "2001:db8:1:…");
        for url in [
            "ws://[2001:db8::1]:80",
            "ws://10.0.0.1",
            "stun:box.local",
            "turn:host",
        ] {
            assert!(redacted(url).ends_with("(an address)"), "{url}");
        }
    }

    #[test]
    fn attempts_count_once_and_by_how_they_ended() {
        let mut record = Record::default();
        let closed = |link, why| mesh::Heard::Closed {
            link: LinkId(link),
            why,
        };
        for link in 1..=4 {
            record.met(LinkId(link));
            record.met(LinkId(link));
        }
        record.heard(&mesh::Heard::Opened { link: LinkId(1) }, 7);
        record.restarted(LinkId(1));
        record.heard(&closed(1, CloseReason::Remote), 8);
        record.heard(&closed(2, CloseReason::Failed), 8);
        record.heard(&closed(3, CloseReason::Local), 8);
        let bad = mesh::BadDescription::NoChannel;
        record.heard(&closed(4, CloseReason::Negotiation(bad)), 8);
        // Nobody was met on this one.
        record.heard(&closed(5, CloseReason::Local), 8);
        assert_eq!(
            record.tried,
            Tried {
                attempts: 4,
                opened: 1,
                no_path: 2,
                refused: 1,
            }
        );
    }
}
