//! How it went.

use std::time::Duration;

use super::steps::Step;
use crate::shell::say;

/// How one step went.
#[derive(Debug)]
pub(crate) enum Outcome {
    Passed,
    Failed(String),
    Skipped(String),
}

impl From<Result<(), String>> for Outcome {
    fn from(result: Result<(), String>) -> Self {
        match result {
            Ok(()) => Self::Passed,
            Err(why) => Self::Failed(why),
        }
    }
}

/// One line of the table.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) name: &'static str,
    pub(crate) outcome: Outcome,
    pub(crate) took: Duration,
}

/// Says what begins.
pub(crate) fn announce(step: &Step) {
    say(&format!("\n=== {}: {}", step.name, step.what));
}

/// Says how it ended, if there is more to say than that it passed.
pub(crate) fn tell(step: &Step, outcome: &Outcome) {
    match outcome {
        Outcome::Passed => {}
        Outcome::Failed(why) => say(&format!("{} failed: {why}", step.name)),
        Outcome::Skipped(why) => say(&format!("{} skipped: {why}", step.name)),
    }
}

/// Prints the table and the closing line.
pub(crate) fn conclude(reports: &[Report], took: Duration) -> Result<(), String> {
    println!("\n{:<13} {:>8}  result", "step", "seconds");
    for Report {
        name,
        outcome,
        took,
    } in reports
    {
        let result = match outcome {
            Outcome::Passed => "passed".to_owned(),
            Outcome::Failed(why) => format!("FAILED  {}", first_line(why)),
            Outcome::Skipped(why) => format!("skipped {why}"),
        };
        println!("{name:<13} {:>8.1}  {result}", took.as_secs_f64());
    }
    let count =
        |wanted: fn(&Outcome) -> bool| reports.iter().filter(|it| wanted(&it.outcome)).count();
    let passed = count(|it| matches!(it, Outcome::Passed));
    let failed = count(|it| matches!(it, Outcome::Failed(_)));
    println!(
        "{passed} passed, {failed} failed in {:.0} seconds",
        took.as_secs_f64()
    );
    if failed == 0 {
        Ok(())
    } else {
        Err("not everything passed".into())
    }
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or(text)
}
