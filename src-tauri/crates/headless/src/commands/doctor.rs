//! Why someone is or is not reachable, in words.

use serde_json::json;
use view::{
    Advice, CandidateKind, Diagnosis, Family, LanHealth, Nat, Path, PeerHealth, TrackerHealth,
    TrackerState, Tried,
};

use super::trial::server_words;
use super::{Answer, Commands, Fault, Outcome, answer};
use crate::{clean, story};

impl Commands {
    pub(super) async fn retry(&self) -> Result<Outcome, Fault> {
        self.node.try_trackers_now().await?;
        Ok(answer(vec!["Trying the trackers now.".to_owned()]))
    }

    pub(super) async fn doctor(&self) -> Result<Outcome, Fault> {
        let diagnosis = self.node.diagnose().await?;
        let for_this_start = diagnosis.lan.for_this_start;
        let advice = diagnosis.advice.iter();
        let mut rows: Vec<String> = advice.map(|it| words(it, for_this_start)).collect();
        if rows.is_empty() {
            rows.push("Nothing is wrong that this program can see.".to_owned());
        }
        rows.extend(found(&diagnosis));
        let object = serde_json::to_value(&diagnosis)
            .ok()
            .map(|it| json!({ "kind": "diagnosis", "diagnosis": it }));
        Ok(Outcome::Answer(Answer::of(rows, object)))
    }
}

fn words(advice: &Advice, lan_for_this_start: bool) -> String {
    match advice {
        Advice::NoNetwork => "This machine has no network.".to_owned(),
        Advice::MendProxy => {
            "The proxy cannot be used, and trackers cannot be reached without it.".to_owned()
        }
        Advice::NoTracker => "No tracker can be reached.".to_owned(),
        Advice::OnlyNearTrackers => {
            "No tracker of the internet can be reached; people near you still find you.".to_owned()
        }
        Advice::SomeTrackers { failing, of } => {
            format!("{failing} of {of} trackers cannot be reached; the others suffice.")
        }
        Advice::RelayOnlyWithoutRelay => {
            "Relay-only is on, but no TURN server is configured.".to_owned()
        }
        Advice::RelayOnlyNoAnswer => "Relay-only is on, but no TURN server answers.".to_owned(),
        Advice::UdpBlocked => {
            "No STUN server answers: this network may let no UDP through.".to_owned()
        }
        Advice::AddRelay => {
            "This network shows everyone another address of yours; a TURN server helps.".to_owned()
        }
        Advice::PeersUnreachable { attempts } => format!(
            "People were met, but {attempts} attempts to connect found no path; a TURN server \
             helps."
        ),
        Advice::LanOff if lan_for_this_start => {
            "Finding people on the local network is switched off for this start.".to_owned()
        }
        Advice::LanOff => {
            "Finding people on the local network is switched off in the settings.".to_owned()
        }
        Advice::NobodyThere { rooms } => format!(
            "All works, but nobody is in {}: compare the room's name and password.",
            clean::visible(&rooms.join(", "))
        ),
    }
}

/// What was found, in words. It is for whoever asked: on their own screen nothing is left out.
fn found(it: &Diagnosis) -> Vec<String> {
    let mut rows: Vec<String> = it
        .trackers
        .iter()
        .map(|tracker| tracker_words(tracker, it.time))
        .collect();
    if it.proxied {
        rows.push(
            "Trackers are reached through your proxy, but those on this machine and around it."
                .to_owned(),
        );
    }
    rows.push(lan_words(&it.lan));
    if it.relay_only {
        rows.push("You are reached through relays only.".to_owned());
    }
    rows.push(nat_words(it.nat, it.servers.len()).to_owned());
    let addresses: Vec<String> = it
        .candidates
        .iter()
        .map(|it| format!("{} ({})", it.prefix, candidate_words(it.kind)))
        .collect();
    if !addresses.is_empty() {
        rows.push(format!("Addresses you offer: {}.", addresses.join(", ")));
    }
    rows.extend(it.servers.iter().map(server_words));
    rows.extend(it.peers.iter().map(|peer| peer_words(peer, it.time)));
    if it.peers.is_empty() {
        rows.push("You are connected to nobody at the moment.".to_owned());
    }
    rows.push(tried_words(it.tried));
    rows
}

fn tracker_words(tracker: &TrackerHealth, now: i64) -> String {
    let near = if tracker.now.local { " (near you)" } else { "" };
    let state = match tracker.now.state {
        TrackerState::Open => "is open".to_owned(),
        TrackerState::Connecting => "is being reached".to_owned(),
        TrackerState::Closed => "is not in use".to_owned(),
        TrackerState::Failed => {
            let it = &tracker.now;
            let why = story::failure_text(it.reason, it.status, it.message.as_deref());
            format!("fails: {why}")
        }
    };
    let failed = match &tracker.last_failure {
        Some(last) if tracker.now.state != TrackerState::Failed => {
            let why = story::failure_text(Some(last.reason), last.status, last.message.as_deref());
            format!("; it failed {} ago: {why}", lasted(now - last.time))
        }
        Some(_) | None => String::new(),
    };
    clean::line(&format!(
        "Tracker {}{near} {state}{failed}.",
        tracker.now.url
    ))
}

fn lan_words(lan: &LanHealth) -> String {
    if !lan.on {
        return "Nobody is looked for on the local network.".to_owned();
    }
    if !lan.serving {
        return format!("Trackers found near you: {}.", lan.found);
    }
    let found = match lan.found {
        0 => "no other was found around it".to_owned(),
        1 => "1 other was found around it".to_owned(),
        more => format!("{more} others were found around it"),
    };
    format!("This program is the tracker of this machine; {found}.")
}

/// What stands between this machine and the internet, as far as `servers` of them could tell.
fn nat_words(nat: Nat, servers: usize) -> &'static str {
    match nat {
        Nat::Open => "The internet sees this machine under its own address.",
        Nat::SameForAll => {
            "Your router shows the same address to everyone: most people can be reached directly."
        }
        Nat::DifferentForEach => {
            "Your router shows everyone another address: people behind one like it are reached \
             through a TURN server only."
        }
        Nat::NoAnswer => "No STUN server answered: nobody can tell how the internet sees you.",
        Nat::Unknown if servers == 0 => {
            "No STUN server is set up, so nobody can tell how the internet sees you: two of them \
             can, named with --ice-server."
        }
        Nat::Unknown => {
            "It takes answers of two STUN servers to tell how the internet sees you: name another \
             with --ice-server."
        }
    }
}

fn candidate_words(kind: CandidateKind) -> &'static str {
    match kind {
        CandidateKind::Host => "this machine's own",
        CandidateKind::Reflexive => "as the internet sees you",
        CandidateKind::PeerReflexive => "as a peer sees you",
        CandidateKind::Relay => "on a relay",
    }
}

fn end_words(kind: CandidateKind) -> &'static str {
    match kind {
        CandidateKind::Host => "by the machine's own address",
        CandidateKind::Reflexive => "as the internet sees it",
        CandidateKind::PeerReflexive => "found on the way",
        CandidateKind::Relay => "on a relay",
    }
}

fn peer_words(peer: &PeerHealth, now: i64) -> String {
    let mut parts = vec![
        match peer.path {
            Path::Direct => "direct",
            Path::Relayed => "relayed",
            Path::Unknown => "connected",
        }
        .to_owned(),
    ];
    parts.extend(peer.rtt_ms.map(|ms| format!("{ms} ms there and back")));
    parts.extend(peer.family.map(|family| match family {
        Family::V4 => "IPv4".to_owned(),
        Family::V6 => "IPv6".to_owned(),
    }));
    if let (Some(local), Some(remote)) = (peer.local, peer.remote) {
        let (you, they) = (end_words(local), end_words(remote));
        parts.push(format!("you {you}, they {they}"));
    }
    parts.push(format!(
        "{} sent, {} received in {}",
        story::size(peer.bytes_sent),
        story::size(peer.bytes_received),
        lasted(now - peer.since)
    ));
    match peer.restarts {
        0 => {}
        1 => parts.push("a new path was looked for once".to_owned()),
        times => parts.push(format!("a new path was looked for {times} times")),
    }
    if peer.shaky {
        parts.push("nothing comes from them at the moment".to_owned());
    }
    clean::line(&format!("{}: {}.", peer.name, parts.join(", ")))
}

fn tried_words(tried: Tried) -> String {
    let Tried {
        attempts,
        opened,
        no_path,
        refused,
    } = tried;
    if attempts == 0 {
        return "Nobody else was met since the start.".to_owned();
    }
    let mut words = format!("Connections tried since the start: {attempts}; {opened} came about");
    if no_path > 0 {
        words.push_str(&format!(", for {no_path} there was no path"));
    }
    if refused > 0 {
        words.push_str(&format!(", {refused} sent what cannot be used"));
    }
    words.push('.');
    words
}

/// A time as long as it is felt.
fn lasted(ms: i64) -> String {
    match ms.max(0) / 1_000 {
        seconds @ 0..120 => format!("{seconds} s"),
        seconds @ 120..7_200 => format!("{} min", seconds / 60),
        seconds => format!("{} h", seconds / 3_600),
    }
}

#[cfg(test)]
mod tests {
    use view::{LastFailure, Tracker, TrackerFailure};

    use super::*;

    fn tracker(url: &str, state: TrackerState, local: bool) -> TrackerHealth {
        TrackerHealth {
            now: Tracker {
                url: url.to_owned(),
                state,
                reason: (state == TrackerState::Failed).then_some(TrackerFailure::Silent),
                status: None,
                message: None,
                local,
                retry_at: None,
            },
            last_failure: None,
        }
    }

    #[test]
    fn on_ones_own_screen_trackers_and_people_are_told_apart_and_in_words() {
        let mut back = tracker("wss://b.example", TrackerState::Open, false);
        back.last_failure = Some(LastFailure {
            time: 40_000,
            reason: TrackerFailure::Silent,
            status: None,
            message: None,
        });
        let peer = PeerHealth {
            peer_id: "0abcdefghijklmnopqrs".to_owned(),
            name: "Ada\u{1b}[31m".to_owned(),
            rooms: vec!["den".to_owned()],
            path: Path::Direct,
            rtt_ms: Some(12),
            local: Some(CandidateKind::Host),
            remote: Some(CandidateKind::PeerReflexive),
            family: Some(Family::V4),
            bytes_sent: 10,
            bytes_received: 2_000,
            since: 40_000,
            restarts: 1,
            shaky: false,
        };
        let it = Diagnosis {
            time: 100_000,
            trackers: vec![
                tracker("ws://192.0.2.1:8000", TrackerState::Failed, false),
                back,
                tracker("ws://127.0.0.1:9", TrackerState::Open, true),
            ],
            candidates: Vec::new(),
            nat: Nat::SameForAll,
            servers: Vec::new(),
            lan: LanHealth {
                on: true,
                for_this_start: false,
                serving: true,
                found: 1,
            },
            relay_only: false,
            proxied: true,
            peers: vec![peer],
            tried: Tried {
                attempts: 2,
                opened: 1,
                no_path: 1,
                refused: 0,
            },
            advice: Vec::new(),
            report: String::new(),
        };
        assert_eq!(
            found(&it),
            [
                "Tracker ws://192.0.2.1:8000 fails: it does not answer.",
                "Tracker wss://b.example is open; it failed 60 s ago: it does not answer.",
                "Tracker ws://127.0.0.1:9 (near you) is open.",
                "Trackers are reached through your proxy, but those on this machine and around it.",
                "This program is the tracker of this machine; 1 other was found around it.",
                "Your router shows the same address to everyone: most people can be reached \
                 directly.",
                "Ada: direct, 12 ms there and back, IPv4, you by the machine's own address, they \
                 found on the way, 10 bytes sent, 2 kB received in 60 s, a new path was looked \
                 for once.",
                "Connections tried since the start: 2; 1 came about, for 1 there was no path.",
            ]
        );
    }

    #[test]
    fn where_only_trackers_near_one_answer_it_is_not_said_that_none_does() {
        let told = words(&Advice::OnlyNearTrackers, false);
        assert!(told.contains("people near you still find you"), "{told}");
    }
}
