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

mod browser;
mod channel;
mod crowd;
mod figures;
mod join;
mod machine;
mod stream;
mod talk;
mod terminal;

use std::io::Write;
use std::process::ExitCode;

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

    /// Measure without browsers
    #[arg(long)]
    no_browser: bool,
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
}

/// Why something could not be measured.
type Trouble = String;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match measure(&arguments) {
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
