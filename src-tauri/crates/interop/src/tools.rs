//! Finding the programs that are tested and the tools that test them, building what is missing.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The terminal peer: the one named by `CHITCHATTER_CLI`, else built here.
///
/// # Panics
/// If it cannot be built.
pub fn terminal_peer() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| std::env::var_os("CHITCHATTER_CLI").map_or_else(build_it, PathBuf::from))
}

/// The folder of the browser's side, with its packages installed.
///
/// # Panics
/// If they cannot be installed.
pub(crate) fn browser_folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("browser");
        if !folder.join("node_modules").is_dir() {
            let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
            let installed = Command::new(npm)
                .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
                .current_dir(&folder)
                .status()
                .expect("npm can be started");
            assert!(installed.success(), "npm ci ended with {installed}");
        }
        folder
    })
}

/// Builds the terminal peer beside this very program, so in the same target folder and profile.
fn build_it() -> PathBuf {
    let me = std::env::current_exe().expect("a program knows where it is");
    let folder = me
        .ancestors()
        .find(|folder| folder.ends_with("debug") || folder.ends_with("release"))
        .expect("cargo puts programs below a folder named after the profile");
    let target = folder
        .parent()
        .expect("that folder is in the target folder");
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command
        .args(["build", "--package", "headless", "--target-dir"])
        .arg(target);
    if folder.ends_with("release") {
        command.arg("--release");
    }
    let built = command.status().expect("cargo can be started");
    assert!(
        built.success(),
        "building the terminal peer ended with {built}"
    );
    folder.join(format!("chitchatter-cli{}", std::env::consts::EXE_SUFFIX))
}
