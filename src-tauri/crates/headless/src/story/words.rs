//! What people read about others, trackers and troubles. Clean where it says so.

use room::Trust;
use time::{OffsetDateTime, UtcOffset};
use view::{Fold, Likeness, Line, NoticeKind, Offence, Peer, Problem, ProblemKind, TrackerFailure};

use crate::clean;

/// When a line is shown to have been said: by our clock where we heard it ourselves. What is shared is
/// told anew to whoever comes later, so there its sender's clock counts, as far as it can be true.
pub(crate) fn time_of(line: &Line) -> i64 {
    let is_shared = line.share.is_some();
    said_at(
        line.backfilled,
        is_shared,
        line.time_sent,
        line.time_received,
    )
}

/// The same for a line of any kind.
pub(crate) fn said_at(backfilled: bool, is_shared: bool, sent: i64, received: i64) -> i64 {
    let is_possible = sent > 0 && sent <= received;
    if backfilled || (is_shared && is_possible) {
        sent
    } else {
        received
    }
}

/// The hour on the clock here.
pub(crate) fn clock(unix_ms: i64, offset: UtcOffset) -> String {
    let time = OffsetDateTime::from_unix_timestamp(unix_ms.div_euclid(1000))
        .ok()
        .and_then(|time| time.checked_to_offset(offset));
    match time {
        Some(time) => format!("{:02}:{:02}", time.hour(), time.minute()),
        None => "--:--".to_owned(),
    }
}

/// What stands for a line that is folded away.
pub(crate) fn folded(fold: Fold, key: u64) -> String {
    let why = match fold {
        Fold::Flood => "too much at once",
        Fold::Slow => "this room is slow",
        Fold::Muted => "muted by you",
        Fold::Blocked => "blocked by you",
    };
    format!("(folded away: {why}; /show {key})")
}

/// Who is here, a row for each.
pub(crate) fn who_is_here(peers: &[room::Peer]) -> Vec<String> {
    if peers.is_empty() {
        return vec!["Nobody else is here.".to_owned()];
    }
    peers.iter().map(who).collect()
}

fn who(peer: &room::Peer) -> String {
    let name = clean::line(&full_name(&peer.name, &peer.animal_name));
    let trust = match peer.trust {
        Trust::Verified => "verified",
        Trust::Unverified => "signature wrong",
        Trust::Unidentified => "unidentified",
    };
    let kind = if peer.native { "app" } else { "browser" };
    let path = match peer.path {
        room::Path::Unknown => "path unknown",
        room::Path::Direct => "direct",
        room::Path::Relayed => "relayed",
    };
    let mut text = format!("{name}: {trust}, {kind}, {path}");
    if peer.standing == room::Standing::Known {
        text.push_str(", somebody you know");
    } else if peer.known {
        text.push_str(", somebody you have spoken with");
    }
    if peer.standing == room::Standing::Muted {
        text.push_str(", muted by you");
    }
    if peer.slowed {
        text.push_str(", says more than is shown at once");
    }
    if peer.key_changed {
        text.push_str(", has another key than before");
    }
    if let Some(likeness) = peer.imitates.clone() {
        let like = likeness_text(&likeness.into());
        text.push_str(&format!(", has {}", clean::line(&like)));
    }
    text
}

/// What a name is that may be taken for another's.
pub(crate) fn likeness_text(likeness: &Likeness) -> String {
    match likeness {
        Likeness::Person { name } => format!("a name like {name}'s"),
        Likeness::Ours => "a name like yours".to_owned(),
        Likeness::Oneself => "a name that reads as yourself".to_owned(),
    }
}

/// The chosen name with the one nobody can choose, as others see it.
pub(crate) fn full_name(name: &str, animal_name: &str) -> String {
    if name == animal_name || animal_name.is_empty() {
        name.to_owned()
    } else {
        format!("{name} ({animal_name})")
    }
}

/// Why a tracker cannot be used. It may hold the tracker's own words.
pub(crate) fn failure_text(
    reason: Option<TrackerFailure>,
    status: Option<u16>,
    message: Option<&str>,
) -> String {
    let reason = match reason {
        Some(TrackerFailure::Unreachable) | None => "it cannot be reached",
        Some(TrackerFailure::Refused) => match status {
            Some(status) => return format!("no tracker answers there (HTTP {status})"),
            None => "no tracker answers there",
        },
        Some(TrackerFailure::Tls) => "its certificate or encryption is wrong",
        Some(TrackerFailure::Rejected) => match message {
            Some(message) => return format!("it rejects us, saying: {message}"),
            None => "it rejects us",
        },
        Some(TrackerFailure::Silent) => "it does not answer",
        Some(TrackerFailure::Garbage) => "it sends nonsense",
        Some(TrackerFailure::Flooded) => "it sends too much",
        Some(TrackerFailure::Closed) => "it closed the connection",
        Some(TrackerFailure::BadAddress) => "that is not the address of a tracker",
        Some(TrackerFailure::Proxy) => "the proxy to it does not work",
    };
    reason.to_owned()
}

fn told_apart(name: &str, animal_name: Option<&str>) -> String {
    full_name(name, animal_name.unwrap_or_default())
}

/// What to say of somebody who is there and whose name has come to look like another's. Whoever
/// joins or takes another name is told of by a notice.
pub(crate) fn imitation(before: Option<&Peer>, now: &Peer) -> Option<String> {
    let (before, other) = (before?, now.imitates.as_ref()?);
    let has_a_notice = before.name != now.name && !before.animal_name.is_empty();
    if has_a_notice || before.imitates == now.imitates {
        return None;
    }
    let name = full_name(&now.name, &now.animal_name);
    Some(format!("{name} has {}.", likeness_text(other)))
}

/// What a quiet line says. Clean.
pub(crate) fn notice_text(notice: &NoticeKind) -> String {
    clean::line(&match notice {
        NoticeKind::Joined {
            name,
            animal_name,
            imitates: Some(other),
            ..
        } => format!(
            "{} joined, with {}.",
            told_apart(name, animal_name.as_deref()),
            likeness_text(other)
        ),
        NoticeKind::Joined { name, .. } => format!("{name} joined."),
        NoticeKind::Left { name } => format!("{name} left."),
        NoticeKind::Lost { name } => format!("The connection to {name} was lost."),
        NoticeKind::Renamed {
            from,
            to,
            animal_name,
            imitates: Some(other),
            ..
        } => format!(
            "{from} is now called {}, {}.",
            told_apart(to, animal_name.as_deref()),
            likeness_text(other)
        ),
        NoticeKind::Renamed { from, to, .. } => format!("{from} is now called {to}."),
        NoticeKind::Slowed { name } => format!("{name} says more than is shown at once."),
        NoticeKind::Blocked { name } => format!("You blocked {name}."),
    })
}

/// That no tracker could be reached stands where it was told; so does that it is over.
#[derive(Default)]
pub(crate) struct Outage(Option<u64>);

impl Outage {
    pub(crate) fn note(&mut self, problem: &Problem) {
        if problem.what == ProblemKind::NoTracker {
            self.0 = Some(problem.id);
        }
    }

    /// What to say when a problem is gone, if it was that.
    pub(crate) fn over(&mut self, id: u64) -> Option<&'static str> {
        self.0.take_if(|it| *it == id)?;
        Some("A tracker can be reached again.")
    }
}

pub(crate) fn problem_text(problem: &ProblemKind) -> String {
    match problem {
        ProblemKind::OtherPassword { met: true, .. } => {
            "Someone with another password is trying to come in. Yours is right: you have met \
             others."
                .to_owned()
        }
        ProblemKind::OtherPassword { met: false, .. } => {
            "Someone is in a room of this name with another password; you cannot meet.".to_owned()
        }
        ProblemKind::CutOff { name, offence, .. } => {
            let what = match offence {
                Offence::Oversized => "sent more than is allowed",
                Offence::Nonsense => "sent nonsense",
                Offence::Stalled => "took nothing of what was sent to it",
            };
            format!("{name} {what} and was disconnected.")
        }
        ProblemKind::NoTracker => "No tracker can be reached, so nobody can be found.".to_owned(),
        ProblemKind::NowhereToMeet => {
            "Nobody can be met: there is no tracker to use, and nobody is looked for on the local \
             network. Name one by --tracker, in trackers.json or by /settings trackers."
                .to_owned()
        }
        ProblemKind::NotKept => {
            "What you changed is not kept: your profile cannot be written. It holds until this \
             program ends."
                .to_owned()
        }
        ProblemKind::Unconnectable { .. } => {
            "Someone is here, but no connection to them can be made.".to_owned()
        }
    }
}
