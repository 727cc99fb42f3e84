//! What is checked of the sources as a whole.

use std::path::PathBuf;
use std::time::Duration;

use super::report::Outcome;
use crate::architecture;
use crate::shell::{answer, cargo, root, say, succeed, target};

pub(crate) fn format() -> Outcome {
    succeed(cargo().args(["fmt", "--all", "--check"])).into()
}

pub(crate) fn architecture() -> Outcome {
    architecture::check().into()
}

pub(crate) fn clippy() -> Outcome {
    let mut command = cargo();
    command.args([
        "clippy",
        "--workspace",
        "--all-targets",
        "--",
        "--deny",
        "warnings",
    ]);
    succeed(&mut command).into()
}

pub(crate) fn doc() -> Outcome {
    succeed(cargo().args(["test", "--workspace", "--doc"])).into()
}

/// Fuzz targets are workspaces of their own; they share our target folder, so that what both use is
/// checked once.
pub(crate) fn fuzz() -> Outcome {
    let crates = root().join("src-tauri/crates");
    let mut manifests: Vec<PathBuf> = std::fs::read_dir(crates)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("fuzz/Cargo.toml"))
        .filter(|manifest| manifest.is_file())
        .collect();
    manifests.sort();
    if manifests.is_empty() {
        return Outcome::Failed("there are no fuzz targets".into());
    }
    for manifest in manifests {
        let mut command = cargo();
        command.args(["check", "--bins", "--manifest-path"]);
        command.arg(manifest).arg("--target-dir").arg(target());
        if let Err(why) = succeed(&mut command) {
            return Outcome::Failed(why);
        }
    }
    Outcome::Passed
}

pub(crate) fn deny() -> Outcome {
    let Some(version) = answer("cargo-deny", &["--version"]) else {
        return Outcome::Skipped(
            "cargo-deny is not installed (cargo install cargo-deny --locked)".into(),
        );
    };
    say(&version);
    let mut command = cargo();
    command.args([
        "deny",
        "--all-features",
        "--config",
        ".github/deny.toml",
        "check",
    ]);
    // The list of advisories lives on the internet; the rest is checked without it.
    if !advisories_are_reachable() {
        say("No internet: advisories are not checked.");
        command.args(["bans", "licenses", "sources"]);
    }
    succeed(&mut command).into()
}

fn advisories_are_reachable() -> bool {
    use std::net::ToSocketAddrs;
    let Ok(mut addresses) = ("github.com", 443).to_socket_addrs() else {
        return false;
    };
    addresses.any(|address| {
        std::net::TcpStream::connect_timeout(&address, Duration::from_secs(5)).is_ok()
    })
}
