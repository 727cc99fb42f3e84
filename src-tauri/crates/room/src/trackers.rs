//! Which trackers are kept open, and what the person is told of them.

use std::time::Duration;

use crate::{Event, Now, Output, ProblemKind, Rooms, TrackerFailure, TrackerState, TrackerStatus};

/// How long sockets are kept after the last room was left, for someone who comes right back.
pub(crate) const LINGER: Duration = Duration::from_secs(30);
/// Trackers one node uses at once.
pub(crate) const MAX_TRACKERS: usize = 16;

/// Between two doubts about all trackers: in a large room somebody is always being lost, and each
/// doubt costs every tracker a question.
const DOUBT_GAP: Duration = Duration::from_secs(10);

/// A tracker we may use.
#[derive(Debug)]
pub(crate) struct Tracker {
    url: String,
    local: bool,
    state: TrackerState,
    retry_at: Option<i64>,
    /// Whether the socket is open, whatever the tracker thinks of our announces.
    pub(crate) open: bool,
}

impl Tracker {
    /// What the person sees of it.
    pub(crate) fn status(&self) -> TrackerStatus {
        TrackerStatus {
            url: self.url.clone(),
            state: self.state.clone(),
            local: self.local,
            retry_at: self.retry_at,
        }
    }

    /// Whether everyone it introduces can be reached without a STUN server's help: it is on this
    /// machine or on the local network.
    pub(crate) fn is_near(&self) -> bool {
        self.local || has_private_host(&self.url)
    }
}

impl Rooms {
    pub(crate) fn tracker_added(&mut self, url: String, local: bool) {
        if self.trackers.contains_key(&url) || self.trackers.len() >= MAX_TRACKERS {
            return;
        }
        let tracker = Tracker {
            url: url.clone(),
            local,
            state: TrackerState::Closed,
            retry_at: None,
            open: false,
        };
        self.tell(Event::TrackerChanged {
            tracker: tracker.status(),
        });
        self.trackers.insert(url.clone(), tracker);
        if !self.rooms.is_empty() {
            self.outputs.push_back(Output::OpenTracker { url, local });
        }
    }

    pub(crate) fn tracker_removed(&mut self, url: &str) {
        if self.trackers.remove(url).is_some() {
            self.outputs.push_back(Output::CloseTracker {
                url: url.to_owned(),
            });
            self.forget_schedules(url);
            self.tell(Event::TrackerGone {
                url: url.to_owned(),
            });
        }
    }

    pub(crate) fn open_trackers(&mut self) {
        self.trackers_idle_since = None;
        for tracker in self.trackers.values() {
            if tracker.state == TrackerState::Closed {
                self.outputs.push_back(Output::OpenTracker {
                    url: tracker.url.clone(),
                    local: tracker.local,
                });
            }
        }
    }

    pub(crate) fn tracker_connecting(&mut self, url: &str) {
        self.change_tracker(url, |tracker| {
            tracker.open = false;
            tracker.retry_at = None;
            tracker.state = TrackerState::Connecting;
        });
    }

    pub(crate) fn tracker_opened(&mut self, now: Now, url: &str) {
        self.change_tracker(url, |tracker| {
            tracker.open = true;
            tracker.retry_at = None;
            tracker.state = TrackerState::Open;
        });
        self.drop_problems(|problem| problem.what == ProblemKind::NoTracker);
        self.announce_everywhere_on(now, url);
    }

    pub(crate) fn tracker_closed(
        &mut self,
        now: Now,
        url: &str,
        reason: TrackerFailure,
        retry_in: Duration,
    ) {
        let retry_in = i64::try_from(retry_in.as_millis()).unwrap_or(i64::MAX);
        self.change_tracker(url, |tracker| {
            tracker.open = false;
            tracker.retry_at = Some(now.unix_ms.saturating_add(retry_in));
            tracker.state = TrackerState::Failed { reason };
        });
        self.forget_schedules(url);
        let all_failing = self
            .trackers
            .values()
            .all(|tracker| matches!(tracker.state, TrackerState::Failed { .. }));
        if all_failing && !self.rooms.is_empty() {
            self.add_problem(now, ProblemKind::NoTracker);
        }
    }

    /// Remembers whether the tracker accepts our announces.
    pub(crate) fn tracker_verdict(&mut self, url: &str, failure: Option<String>) {
        let state = match failure {
            Some(message) => TrackerState::Failed {
                reason: TrackerFailure::Rejected { message },
            },
            None => TrackerState::Open,
        };
        self.change_tracker(url, |tracker| {
            if tracker.open {
                tracker.state = state;
            }
        });
    }

    /// Tells the person when there is nowhere to meet anybody, as long as it is so.
    pub(crate) fn note_meeting_places(&mut self, now: Now) {
        let nowhere = !self.rooms.is_empty() && self.trackers.is_empty() && !self.looking_near;
        if nowhere == self.nowhere_told {
            return;
        }
        self.nowhere_told = nowhere;
        if nowhere {
            self.add_problem(now, ProblemKind::NowhereToMeet);
        } else {
            self.drop_problems(|problem| problem.what == ProblemKind::NowhereToMeet);
        }
    }

    /// Somebody was lost without a word. It may be our own way out that is gone, which the sockets
    /// to the trackers would take long to notice: they are to prove themselves now.
    pub(crate) fn doubt_trackers(&mut self, now: Now) {
        let at = now.since_start;
        if self
            .trackers_doubted
            .is_some_and(|before| at < before + DOUBT_GAP)
        {
            return;
        }
        self.trackers_doubted = Some(at);
        self.outputs.push_back(Output::WakeTrackers);
    }

    /// Closes the sockets some time after the last room was left.
    pub(crate) fn wake_trackers(&mut self, now: Now) {
        let due = self
            .trackers_idle_since
            .is_some_and(|since| since + LINGER <= now.since_start);
        if !due || !self.rooms.is_empty() {
            return;
        }
        self.trackers_idle_since = None;
        let urls: Vec<String> = self.trackers.keys().cloned().collect();
        for url in urls {
            self.outputs
                .push_back(Output::CloseTracker { url: url.clone() });
            self.change_tracker(&url, |tracker| {
                tracker.open = false;
                tracker.retry_at = None;
                tracker.state = TrackerState::Closed;
            });
        }
    }

    fn change_tracker(&mut self, url: &str, change: impl FnOnce(&mut Tracker)) {
        let Some(tracker) = self.trackers.get_mut(url) else {
            return;
        };
        let before = tracker.status();
        change(tracker);
        let after = tracker.status();
        if before != after {
            self.tell(Event::TrackerChanged { tracker: after });
        }
    }
}

/// Whether an address names this machine or a private network.
fn has_private_host(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = match authority.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or_default(),
        None => authority
            .rsplit_once(':')
            .map_or(authority, |(host, _)| host),
    };
    match host.parse::<std::net::IpAddr>() {
        Ok(std::net::IpAddr::V4(ip)) => ip.is_loopback() || ip.is_private() || ip.is_link_local(),
        Ok(std::net::IpAddr::V6(ip)) => {
            ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local()
        }
        Err(_) => host == "localhost" || host.ends_with(".local") || host.ends_with(".localhost"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trackers_on_private_addresses_are_near() {
        for near in [
            "ws://127.0.0.1:8000",
            "ws://localhost:1/announce",
            "ws://[::1]:9/",
            "ws://192.168.1.2:80",
            "ws://kitchen.local:5",
        ] {
            assert!(has_private_host(near), "{near}");
        }
        for far in [
            "wss://tracker.example.org",
            "wss://tracker.example.org:7073/announce",
            "ws://8.8.8.8:1",
            "localhost.example.org",
        ] {
            assert!(!has_private_host(far), "{far}");
        }
    }
}
