//! Steps side by side: some burn, some half wait, some only wait. Together they take little longer
//! than the longest. What they say is kept until they end, so that it can be read.

use std::collections::VecDeque;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use super::crates::Bench;
use super::report::{Outcome, Report, announce, tell};
use super::steps::{Step, When};
use crate::shell::{keeping, target};

/// Which steps each lane begins with.
const LANES: [When; 3] = [When::Working, When::Waiting, When::Idle];

/// Runs steps in their lanes; they are told of in the order they end.
pub(crate) fn run(bench: &Bench, steps: &[&Step], fail_fast: bool) -> Vec<Report> {
    let stop = AtomicBool::new(false);
    let queues = LANES.map(|when| Mutex::new(of(steps, when)));
    let run = |step: &Step, kept: Option<&Path>| {
        let report = match kept {
            None => one(step, || bench.run(step)),
            Some(file) => kept_back(file, step, || bench.run(step)),
        };
        let failed = matches!(report.outcome, Outcome::Failed(_));
        stop.fetch_or(fail_fast && failed, Ordering::Relaxed);
        report
    };
    let goes_on = || !stop.load(Ordering::Relaxed);
    if steps.windows(2).all(|two| two[0].when == two[1].when) {
        let next = steps.iter().take_while(|_| goes_on());
        return next.map(|step| run(step, None)).collect();
    }
    let lane = |own: usize| {
        let kept = kept_in(own);
        let mut reports = Vec::new();
        while let Some(step) = goes_on().then(|| next(&queues, own)).flatten() {
            reports.push(run(step, Some(&kept)));
        }
        reports
    };
    let mut reports: Vec<Report> = std::thread::scope(|scope| {
        let lane = &lane;
        let lanes = [0, 1, 2].map(|own| scope.spawn(move || lane(own)));
        // A lane that panicked is a fault of this script, which is to be seen.
        let done = lanes.map(|it| {
            it.join()
                .unwrap_or_else(|why| std::panic::resume_unwind(why))
        });
        done.into_iter().flatten().collect()
    });
    let place = |report: &Report| steps.iter().position(|step| step.name == report.name);
    reports.sort_by_key(place);
    reports
}

fn of<'a>(steps: &[&'a Step], when: When) -> VecDeque<&'a Step> {
    let are = steps.iter().copied().filter(|step| step.when == when);
    are.collect()
}

/// The next step of that lane. One that has nothing left takes over the last of another, but the
/// idle one would be one too many at work.
fn next<'a>(queues: &[Mutex<VecDeque<&'a Step>>], own: usize) -> Option<&'a Step> {
    let queue = |lane: usize| {
        let queue = queues.get(lane)?;
        Some(queue.lock().unwrap_or_else(PoisonError::into_inner))
    };
    let first = queue(own)?.pop_front();
    if first.is_some() || LANES.get(own) == Some(&When::Idle) {
        return first;
    }
    let others = (0..queues.len()).filter(|&other| other != own);
    others.filter_map(|other| queue(other)?.pop_back()).next()
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

fn kept_in(lane: usize) -> PathBuf {
    target().join("xtask").join(format!("lane-{lane}.log"))
}

/// Several processes write to its end.
fn new(path: &Path) -> std::io::Result<File> {
    std::fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
    File::create(path)?;
    File::options().append(true).open(path)
}
