//! What to do about what was found, the most urgent first.

use view::{Advice, CandidateKind, Diagnosis, Nat, Tracker, TrackerFailure};

pub(super) fn advice(it: &Diagnosis, in_a_room: bool, empty_rooms: Vec<String>) -> Vec<Advice> {
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
    let is_one_near = it
        .trackers
        .iter()
        .any(|it| it.now.local && it.now.state == view::TrackerState::Open);
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
        advice.push(match is_one_near {
            true => Advice::OnlyNearTrackers,
            false => Advice::NoTracker,
        });
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
