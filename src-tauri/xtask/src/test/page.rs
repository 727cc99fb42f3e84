//! The page's own tests, in Node and in a browser.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::STEP_LIMIT;
use super::report::Outcome;
use crate::packages;
use crate::shell::{npm, root, succeed, succeed_within};

/// Where the browser's packages are.
const BROWSER: &str = "src-tauri/crates/interop/browser";

/// Where the page's test tools are.
const PAGE: &str = "src-tauri/crates/interop/page";

/// The test of the page that asks whether everyone can use it.
const AXE: &str = "access.test.js";

/// Whether the page's JavaScript agrees with the types made from Rust.
pub(crate) fn types() -> Outcome {
    let folder = root().join(PAGE);
    install_npm(&folder)
        .and_then(|()| succeed_within(STEP_LIMIT, npm(&folder).args(["run", "--silent", "types"])))
        .into()
}

/// The page's own tests: its parts in Node, then the whole in a browser.
pub(crate) fn page() -> Outcome {
    let parts = tests_of(&root().join("ui/tests"), |_| true);
    let whole = tests_of(&root().join(PAGE), |name| name != AXE);
    node_tests(&parts).and_then(|()| node_tests(&whole)).into()
}

pub(crate) fn axe() -> Outcome {
    node_tests(&[root().join(PAGE).join(AXE)]).into()
}

fn tests_of(folder: &Path, is_wanted: fn(&str) -> bool) -> Vec<PathBuf> {
    let mut tests: Vec<PathBuf> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            name.ends_with(".test.js") && is_wanted(&name)
        })
        .map(|entry| entry.path())
        .collect();
    tests.sort();
    tests
}

fn node_tests(tests: &[PathBuf]) -> Result<(), String> {
    if tests.is_empty() {
        return Err("there are no tests".into());
    }
    let folder = root().join(PAGE);
    install_npm(&folder)?;
    let mut command = Command::new("node");
    // One after the other: browsers side by side on a small machine only wait for each other.
    command.args(["--test", "--test-concurrency=1", "--test-reporter=spec"]);
    command.current_dir(folder).args(tests);
    if let Some(chromium) = packages::chromium() {
        command.env("CHROMIUM", chromium);
    }
    succeed_within(STEP_LIMIT, &mut command)
}

/// Installs what the browser peers consist of.
pub(crate) fn browser_packages() -> Result<(), String> {
    install_npm(&root().join(BROWSER))
}

/// Installs a folder's packages unless the ones there are those of its lock file. No package may
/// run a script while it is installed.
fn install_npm(folder: &Path) -> Result<(), String> {
    let lock = folder.join("package-lock.json");
    let lock = std::fs::read(&lock).map_err(|error| format!("{}: {error}", lock.display()))?;
    let mark = folder.join("node_modules/.installed");
    if std::fs::read(&mark).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    succeed(npm(folder).args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]))?;
    std::fs::write(&mark, lock).map_err(|error| format!("{}: {error}", mark.display()))
}
