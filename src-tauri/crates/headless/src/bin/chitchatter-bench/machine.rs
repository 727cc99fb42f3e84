//! What the system says of processes. Zero where it says nothing (there is no `/proc`).

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// The system counts processor time in hundredths of a second.
const TICKS_PER_SECOND: f64 = 100.0;

/// Processor time of these processes so far, in seconds.
pub(crate) fn cpu_seconds(processes: impl IntoIterator<Item = u32>) -> f64 {
    processes
        .into_iter()
        .map(|id| {
            let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
            let after_name = stat.rsplit(')').next().unwrap_or_default();
            let times = after_name.split_whitespace().skip(11).take(2);
            times
                .filter_map(|ticks| ticks.parse::<f64>().ok())
                .sum::<f64>()
                / TICKS_PER_SECOND
        })
        .sum()
}

/// The most memory a process ever held, in megabytes.
pub(crate) fn peak_megabytes(process: u32) -> f64 {
    megabytes(&format!("/proc/{process}/status"), "VmHWM:")
}

/// The memory a process holds now, in megabytes.
pub(crate) fn megabytes_now(process: u32) -> f64 {
    megabytes(&format!("/proc/{process}/status"), "VmRSS:")
}

/// The memory of many processes that share some of it, each shared page counted once.
pub(crate) fn megabytes_together(processes: &BTreeSet<u32>) -> f64 {
    processes
        .iter()
        .map(|id| megabytes(&format!("/proc/{id}/smaps_rollup"), "Pss:"))
        .sum()
}

/// Looks again and again how much memory some processes hold together.
pub(crate) struct PeakWatch {
    end: Sender<()>,
    watching: JoinHandle<f64>,
}

/// Rarely, for each look costs the processes watched a millisecond or so each.
const LOOK: Duration = Duration::from_millis(500);

impl PeakWatch {
    pub(crate) fn start(processes: BTreeSet<u32>) -> Self {
        let (end, ended) = channel();
        let watching = std::thread::spawn(move || {
            let mut peak = megabytes_together(&processes);
            while ended.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
                peak = peak.max(megabytes_together(&processes));
            }
            peak.max(megabytes_together(&processes))
        });
        Self { end, watching }
    }

    /// The most that was seen, in megabytes.
    pub(crate) fn end(self) -> f64 {
        drop(self.end);
        self.watching.join().unwrap_or(f64::NAN)
    }
}

/// Ends a process at once.
pub(crate) fn end(process: u32) {
    let _ = Command::new("kill")
        .args(["-9", &process.to_string()])
        .status();
}

/// How busy the machine is, as it says itself: processes that want to run, over the last minute.
pub(crate) fn load() -> f64 {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let first = text.split_whitespace().next();
    first.and_then(|it| it.parse().ok()).unwrap_or(0.0)
}

/// A process and all that it started, directly or not.
pub(crate) fn family(process: u32) -> BTreeSet<u32> {
    let mut parents = Vec::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let name = entry.file_name();
        let Some(id) = name.to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        let after_name = stat.rsplit(')').next().unwrap_or_default();
        if let Some(parent) = after_name
            .split_whitespace()
            .nth(1)
            .and_then(|it| it.parse().ok())
        {
            parents.push((id, parent));
        }
    }
    let mut family = BTreeSet::from([process]);
    loop {
        let before = family.len();
        for (id, parent) in &parents {
            if family.contains(parent) {
                family.insert(*id);
            }
        }
        if family.len() == before {
            return family;
        }
    }
}

fn megabytes(file: &str, key: &str) -> f64 {
    let text = fs::read_to_string(file).unwrap_or_default();
    text.lines()
        .find_map(|line| line.strip_prefix(key))
        .and_then(|rest| rest.split_whitespace().next())
        .and_then(|kilobytes| kilobytes.parse::<f64>().ok())
        .map_or(0.0, |kilobytes| kilobytes / 1024.0)
}
