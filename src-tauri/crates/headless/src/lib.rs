//! A peer with no window: the terminal client, which is also the bot and the test probe.
//!
//! The same node as the app's, driven by lines on standard input and told about on standard output,
//! as readable lines or as JSON. Nothing about chat is decided here.
//!
//! | module | what it does |
//! |---|---|
//! | `arguments` | what can be asked for on the command line |
//! | `destination` | from a name, a link and perhaps a password to a room |
//! | `ice` | STUN and TURN servers as they are written there |
//! | `session` | being in rooms, from joining the first to leaving the last |
//! | `input` | lines from standard input, one at a time |
//! | `typed` | what a typed line means |
//! | `commands` | what it does |
//! | `paths` | paths as people type them |
//! | `passphrase` | a passphrase, given or asked for unseen |
//! | `alert` | when a terminal rings |
//! | `paper` | standard output, written by a thread of its own |
//! | `story` | events as JSON or as readable lines |
//! | `screen` | the conversation on a whole terminal |
//! | `clean` | what strangers wrote, made harmless for a terminal |
//! | `stop` | being told to end by the system |
//! | `serve` | the tracker alone |
//! | `link` | which room a name or link leads to |
//! | `ending` | how it ends: exit codes |
//! | `diagnostics` | `--verbose` |

mod alert;
mod arguments;
mod clean;
mod commands;
mod destination;
mod diagnostics;
mod ending;
mod ice;
mod input;
mod link;
mod paper;
mod passphrase;
mod paths;
mod screen;
mod serve;
mod session;
mod stop;
mod story;
mod typed;

use std::process::ExitCode;

use clap::Parser;
use time::UtcOffset;

use arguments::{Arguments, Task};
use ending::Ending;

/// Runs the terminal peer with the process's arguments, to its end.
#[must_use]
pub fn run() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(problem) => {
            // Help and version are asked for; they are no problem and go to standard output.
            let ending = if problem.use_stderr() {
                Ending::Usage
            } else {
                Ending::Fine
            };
            let _ = problem.print();
            return ending.code();
        }
    };
    // To be asked while there is but one thread, else the system's answer cannot be trusted.
    let offset = UtcOffset::current_local_offset().unwrap_or(UtcOffset::UTC);
    if arguments.verbose {
        diagnostics::start();
    }
    let task = async {
        match arguments.task {
            Task::Join(wish) => session::run(wish, offset, arguments.verbose).await,
            Task::Tracker(wish) => serve::run(wish).await,
            Task::Link(wish) => link::run(&wish),
        }
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .max_blocking_threads(MAX_BLOCKING)
        .enable_all()
        .build();
    let outcome = match runtime {
        Ok(runtime) => {
            let outcome = runtime.block_on(task);
            // Name look-ups may still be waiting for an answer nobody needs.
            runtime.shutdown_background();
            outcome
        }
        Err(reason) => Err(ending::Failure::start(format!("cannot start: {reason}"))),
    };
    match outcome {
        Ok(ending) => ending.code(),
        Err(failure) => {
            ending::complain(&failure.to_string());
            failure.ending().code()
        }
    }
}

/// One peer is no work for more, and each thread costs memory.
const WORKERS: usize = 2;
/// Name look-ups and the profile's file, at once.
const MAX_BLOCKING: usize = 4;
