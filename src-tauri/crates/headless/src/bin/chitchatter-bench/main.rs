//! Measures the terminal peer against itself and against real browsers, on this machine.
//!
//! Everything measured runs as processes of its own on one tracker of ours; this program starts
//! them, listens and counts. It prints a table and writes the same figures as JSON.
//!
//! | module | measures |
//! |---|---|
//! | `join` | from joining to being able to talk |
//! | `talk` | message latency, a burst of messages, memory |
//! | `channel` | bytes over one data channel, and what they cost |
//! | `crowd` | rooms of many terminal peers |
//! | `files` | files from disk to disk, near and far |

mod browser;
mod channel;
mod crowd;
mod distance;
mod figures;
mod files;
mod join;
mod machine;
mod stream;
mod talk;
mod terminal;

use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, ValueEnum};

use browser::Browser;
use figures::Report;
use terminal::{Profile, Tracker};

/// Measures the terminal peer against itself and against real browsers.
#[derive(Debug, Parser)]
#[command(name = "chitchatter-bench", version, about)]
struct Arguments {
    /// What to measure; everything if nothing is named
    what: Vec<What>,

    /// How often each kind of join is measured
    #[arg(long, default_value_t = 20)]
    rounds: usize,

    /// How many terminal peers fill a room
    #[arg(long, default_values_t = [16, 64])]
    crowd: Vec<usize>,

    /// How much of the usual sizes of files is moved: less to see that it works
    #[arg(long, default_value_t = 1.0)]
    share: f64,

    /// Measure without browsers
    #[arg(long)]
    no_browser: bool,

    /// Do nothing but carry packets between two places, each so many microseconds later
    #[arg(long, hide = true)]
    carry: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum What {
    /// From joining to being able to talk
    Join,
    /// Message latency, bursts, memory
    Talk,
    /// Data-channel throughput
    Channel,
    /// Rooms of 16 and 64
    Crowd,
    /// Files from disk to disk
    Files,
}

/// Why something could not be measured.
type Trouble = String;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = match arguments.carry {
        Some(later) => distance::carry(Duration::from_micros(later)),
        None => measure(&arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => {
            say(&format!("chitchatter-bench: {trouble}"));
            ExitCode::FAILURE
        }
    }
}

fn measure(arguments: &Arguments) -> Result<(), Trouble> {
    let wants = |what| arguments.what.is_empty() || arguments.what.contains(&what);
    let mut report = Report::start();
    let tracker = Tracker::start()?;
    let profile = Profile::make(&tracker)?;
    let uses_browser = wants(What::Join) || wants(What::Talk) || wants(What::Channel);
    let mut browser = None;
    if uses_browser && !arguments.no_browser {
        match Browser::start() {
            Ok(started) => browser = Some(started),
            Err(trouble) => say(&format!("Without browsers: {trouble}")),
        }
    }
    // A part that fails costs only its own figures.
    let mut troubles = Vec::new();
    let mut note = |what: &str, done: Result<(), Trouble>| {
        if let Err(trouble) = done {
            say(&format!("{what} was not measured: {trouble}"));
            troubles.push(what.to_owned());
        }
    };
    if wants(What::Join) {
        let rounds = arguments.rounds;
        note(
            "join",
            join::measure(&mut report, &tracker, &profile, browser.as_mut(), rounds),
        );
    }
    if wants(What::Talk) {
        note(
            "talk",
            talk::measure(&mut report, &tracker, &profile, browser.as_mut()),
        );
    }
    if wants(What::Channel) {
        note("channel", channel::measure(&mut report, browser.is_some()));
    }
    if wants(What::Crowd) {
        for size in arguments.crowd.clone() {
            note(
                "crowd",
                crowd::measure(&mut report, &tracker, &profile, size),
            );
        }
    }
    if wants(What::Files) {
        let with_browser = !arguments.no_browser;
        note(
            "files",
            files::measure(&mut report, &profile, with_browser, arguments.share),
        );
    }
    say(&report.table());
    let path = report.write()?;
    say(&format!("Written to {}", path.display()));
    if troubles.is_empty() {
        Ok(())
    } else {
        Err(format!("not measured: {}", troubles.join(", ")))
    }
}

/// Tells the person at the terminal.
fn say(text: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}
