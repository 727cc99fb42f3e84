//! What was found, for somebody who helps.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use view::{Advice, CandidateKind, Diagnosis, Family, Tried};

/// What may be sent to somebody who helps: no address of ours or a peer's, no name of a person or
/// room, and of trackers and servers only those everybody uses by name.
pub(super) fn report(it: &Diagnosis) -> String {
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
    writeln!(out, "network: {}", in_words(&it.nat))?;
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
            in_words(&tracker.now.state)
        )?;
        if let Some(failure) = &tracker.last_failure {
            let ago = (it.time - failure.time).max(0) / 1_000;
            write!(
                out,
                ", last failure {} {ago} s ago",
                in_words(&failure.reason)
            )?;
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
                    in_words(kind),
                    server.ms.unwrap_or_default()
                )?;
            }
            (None, Some(reason)) => writeln!(out, "{}", in_words(reason))?,
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
            in_words(&kind),
            in_words(&family)
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
        let end = |kind: &Option<CandidateKind>| kind.map_or("?".to_owned(), |it| in_words(&it));
        write!(
            out,
            "peer {}: {}, {} to {}",
            number + 1,
            in_words(&peer.path),
            end(&peer.local),
            end(&peer.remote)
        )?;
        if let Some(family) = peer.family {
            write!(out, ", {}", in_words(&family))?;
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
        writeln!(out, "advice: {}", advised(advice))?;
    }
    Ok(())
}

fn advised(advice: &Advice) -> String {
    match advice {
        Advice::NoNetwork => "connect to a network".to_owned(),
        Advice::MendProxy => "check the proxy".to_owned(),
        Advice::NoTracker => "no tracker can be reached".to_owned(),
        Advice::OnlyNearTrackers => "no tracker but near ones can be reached".to_owned(),
        Advice::SomeTrackers { failing, of } => format!("{failing} of {of} trackers fail"),
        Advice::RelayOnlyWithoutRelay => "relays only, and none is set up".to_owned(),
        Advice::RelayOnlyNoAnswer => "relays only, and none answers".to_owned(),
        Advice::UdpBlocked => "no STUN server answers, UDP may be blocked".to_owned(),
        Advice::AddRelay => "add a relay, the router is strict".to_owned(),
        Advice::PeersUnreachable { attempts } => format!("{attempts} attempts found no path"),
        Advice::LanOff => "look on the local network too".to_owned(),
        // Rooms are nobody else's business.
        Advice::NobodyThere { rooms } => {
            format!("nobody else is there in {} of the rooms", rooms.len())
        }
    }
}

fn on(is_on: bool) -> &'static str {
    if is_on { "on" } else { "off" }
}

/// A kind in words: the name the page knows it by, "sameForAll", taken apart.
fn in_words(kind: &impl serde::Serialize) -> String {
    let text = serde_json::to_string(kind).unwrap_or_default();
    let mut words = String::new();
    for it in text.trim_matches('"').chars() {
        if it.is_ascii_uppercase() {
            words.push(' ');
        }
        words.push(it.to_ascii_lowercase());
    }
    words
}

/// An address without what leads to somebody: names of the open internet stay, without their paths;
/// numbers and names of a network of one's own go.
pub(super) fn redacted(url: &str) -> String {
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
