//! What is remembered of connections and trackers between two looks.

use std::collections::{BTreeMap, BTreeSet};

use mesh::CloseReason;
use room::{Connection, TrackerState, TrackerStatus};
use view::{LastFailure, Tracker, TrackerHealth, Tried};
use wire::LinkId;

/// What is remembered of connections and trackers between two looks.
#[derive(Debug, Default)]
pub(crate) struct Record {
    pub(crate) tried: Tried,
    /// Since when each link is open, Unix milliseconds, and how often it went on from another
    /// address.
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
            mesh::Heard::Moved { link } => {
                if let Some(open) = self.open.get_mut(link) {
                    open.restarts = open.restarts.saturating_add(1);
                }
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

#[cfg(test)]
mod tests {
    use super::*;

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
        record.heard(&mesh::Heard::Moved { link: LinkId(1) }, 8);
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
