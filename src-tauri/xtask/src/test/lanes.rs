//! Steps side by side. Half of them burn, the other half mostly waits: together they take little
//! longer than either. What they say is kept until they end, so that it can be read.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use super::crates::Bench;
use super::report::{Outcome, Report, announce, tell};
use super::steps::{Step, When};
use crate::shell::{keeping, target};

/// Runs steps in their lanes; they are told of in the order they end.
pub(crate) fn run(bench: &Bench, steps: &[&Step], fail_fast: bool) -> Vec<Report> {
    let stop = AtomicBool::new(false);
    let (waiting, working): (Vec<&Step>, Vec<&Step>) =
        steps.iter().partition(|step| step.when == When::Waiting);
    let lane = |steps: &[&Step], kept: Option<&Path>| {
        let mut reports = Vec::new();
        for step in steps {
            if stop.load(Ordering::Relaxed) {
                break;
            }
            let report = match kept {
                None => one(step, || bench.run(step)),
                Some(file) => kept_back(file, step, || bench.run(step)),
            };
            let failed = matches!(report.outcome, Outcome::Failed(_));
            stop.fetch_or(fail_fast && failed, Ordering::Relaxed);
            reports.push(report);
        }
        reports
    };
    if waiting.is_empty() || working.is_empty() {
        return lane(steps, None);
    }
    let (first, second) = (kept_in("waiting"), kept_in("working"));
    let mut reports = std::thread::scope(|scope| {
        let beside = scope.spawn(|| lane(&waiting, Some(&first)));
        let mut reports = lane(&working, Some(&second));
        // A lane that panicked is a fault of this script, which is to be seen.
        reports.extend(
            beside
                .join()
                .unwrap_or_else(|why| std::panic::resume_unwind(why)),
        );
        reports
    });
    let place = |report: &Report| steps.iter().position(|step| step.name == report.name);
    reports.sort_by_key(place);
    reports
}

/// Runs one step, and says what it says.
pub(crate) fn one(step: &Step, work: impl FnOnce() -> Outcome) -> Report {
    announce(step);
    let start = Instant::now();
    let outcome = work();
    tell(step, &outcome);
    Report {
        name: step.name,
        outcome,
        took: start.elapsed(),
    }
}

/// Runs one step, and says what it has said when it has ended.
fn kept_back(file: &Path, step: &Step, work: impl FnOnce() -> Outcome) -> Report {
    println!("... {} begins", step.name);
    let Ok(kept) = new(file) else {
        return one(step, work);
    };
    let report = keeping(kept, || one(step, work));
    let said = std::fs::read(file).unwrap_or_default();
    println!("{}", String::from_utf8_lossy(&said).trim_end());
    report
}

fn kept_in(lane: &str) -> PathBuf {
    target().join("xtask").join(format!("{lane}.log"))
}

/// Several processes write to its end.
fn new(path: &Path) -> std::io::Result<File> {
    std::fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
    File::create(path)?;
    File::options().append(true).open(path)
}
