//! `cargo xtask run | test | bench | dist`: the only script in the house.
//!
//! Uses nothing but the standard library, so that it is built in a moment on a fresh machine.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a script speaks to the person who started it"
)]

mod architecture;
mod artefacts;
mod bench;
mod dist;
mod manual;
mod packages;
mod run;
mod shell;
mod test;

use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask run [--two] [--headless] [-- ARGS]   build and open the app; ARGS go to it
    --two         two windows, already in one room through the embedded tracker
    --headless    the terminal peer instead of a window (the default without a display)
cargo xtask test [--fail-fast] [NAME…]           run all tests, or the named ones
cargo xtask test --list                          what names there are
cargo xtask bench [NAME…]                        measure a release build
cargo xtask dist [--debug]                       make a Debian package of a release build

--no-install, with any of them, installs no system packages and only says what is missing.";

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    let verb = words.next().unwrap_or_default();
    let words: Vec<String> = words.collect();
    let done = match verb.as_str() {
        "run" => run::run(&words),
        "test" => test::test(&words),
        "bench" => bench::bench(&words),
        "dist" => dist::dist(&words),
        "" | "help" | "--help" | "-h" => {
            println!("{USAGE}");
            Ok(())
        }
        other => Err(format!("there is no `cargo xtask {other}`.\n\n{USAGE}")),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("xtask: {why}");
            ExitCode::FAILURE
        }
    }
}
