//! What follows from what was found.

use room::{TrackerState, TrackerStatus};
use view::{
    Advice, IceTest, LanHealth, Nat, PeerHealth, Tracker, TrackerFailure, TrackerHealth, Tried,
};

use super::advice::advice;
use super::report::{redacted, report};
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
            for_this_start: false,
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

    let mut near = it.clone();
    near.trackers.push(near.trackers[0].clone());
    near.trackers[2].now.local = true;
    assert_eq!(advice(&near, true, Vec::new())[0], Advice::NoTracker);
    near.trackers[2].now.state = view::TrackerState::Open;
    assert_eq!(advice(&near, true, Vec::new())[0], Advice::OnlyNearTrackers);

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
        "direct, host to peer reflexive, v4, 12 ms, sent 10 B, received 20 B, for 60 s, restarts 1",
        "advice: nobody else is there in 1 of the rooms",
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
