//! What the system says of processes. Zero where it says nothing (there is no `/proc`).

use std::collections::BTreeSet;
use std::fs;

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
