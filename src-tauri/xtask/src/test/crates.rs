//! The tests of the crates, built in one go and run from here; the package too.

use std::path::Path;
use std::process::Command;

use super::STEP_LIMIT;
use super::page::browser_packages;
use super::report::Outcome;
use super::steps::{INTEROP, Step, WINDOW, Work};
use crate::artefacts::Built;
use crate::dist;
use crate::packages;
use crate::shell::{cargo, root, succeed_within};

/// What the crates' tests share.
pub(crate) struct Bench {
    folders: Vec<&'static str>,
    whole: bool,
    built: Built,
}

impl Bench {
    /// Those of the folders of these steps.
    pub(crate) fn new(steps: &[&Step], whole: bool) -> Self {
        Self {
            folders: steps.iter().filter_map(|step| step.work.folder()).collect(),
            whole,
            built: Built::default(),
        }
    }

    /// Does what a step is about, after the build.
    pub(crate) fn run(&self, step: &Step) -> Outcome {
        match step.work {
            Work::Plain(work) | Work::Page(work) => work(),
            // Done before.
            Work::Build => Outcome::Passed,
            Work::Crate(folder) => self.test_crate(folder, |name| !is_large(name)).into(),
            Work::Large => self.test_crate(INTEROP, is_large).into(),
            Work::Package => self.test_package(),
        }
    }

    /// Builds them; what could be built is tested all the same.
    pub(crate) fn build(&mut self) -> Result<(), String> {
        let mut command = cargo();
        // One crate that does not compile must not hide what is wrong with the others.
        command.args(["test", "--no-run", "--no-fail-fast"]);
        if self.whole {
            command.arg("--workspace");
        } else {
            for folder in &self.folders {
                command.args(["--package", package_in(folder)]);
            }
            if self.folders.contains(&INTEROP) || self.folders.contains(&WINDOW) {
                // The terminal peer is what these tests drive, and part of the package.
                command.args(["--package", "headless"]);
            }
        }
        self.built.add(&mut command)
    }

    fn test_crate(&self, folder: &str, is_wanted: fn(&str) -> bool) -> Result<(), String> {
        let folder = root().join(folder);
        let mut environment = Vec::new();
        if folder.ends_with(INTEROP) {
            browser_packages()?;
            environment.push(("CHITCHATTER_CLI", self.built.program("chitchatter-cli")?));
            environment.extend(packages::chromium().map(|path| ("CHROMIUM", path)));
        }
        let programs: Vec<&Path> = self
            .built
            .tests_in(&folder)
            .filter(|program| is_wanted(&name_of(program)))
            .collect();
        if programs.is_empty() {
            return Err("the build made no tests for it".into());
        }
        let mut failed = Vec::new();
        for program in programs {
            let mut command = Command::new(program);
            command
                .current_dir(&folder)
                .env("CARGO_MANIFEST_DIR", &folder)
                .envs(environment.iter().cloned());
            if folder.ends_with(WINDOW) {
                command.args(["--skip", INSTALLED]);
            }
            if let Err(why) = succeed_within(STEP_LIMIT, &mut command) {
                failed.push(why);
            }
        }
        if failed.is_empty() {
            Ok(())
        } else {
            Err(failed.join("; "))
        }
    }

    /// Installs the package, lets the tests use it, and removes it without a trace.
    fn test_package(&self) -> Outcome {
        if let Some(why) = dist::uninstallable() {
            return Outcome::Skipped(why);
        }
        let package = match dist::package(&self.built, true) {
            Ok(package) => package,
            Err(why) => return Outcome::Failed(why),
        };
        let tested = dist::Installed::install(&package).and_then(|installed| {
            let tested = self.test_installed();
            // Whatever became of the tests: nothing is to be left.
            installed.remove().and(tested)
        });
        tested.into()
    }

    fn test_installed(&self) -> Result<(), String> {
        let folder = root().join(WINDOW);
        let mut programs = self
            .built
            .tests_in(&folder)
            .filter(|program| name_of(program).starts_with("window-"));
        let program = programs.next().ok_or("the build made no tests for it")?;
        let mut command = Command::new(program);
        command
            .current_dir(&folder)
            .env("CARGO_MANIFEST_DIR", &folder)
            .env("CHITCHATTER_INSTALLED", "1")
            .arg(INSTALLED);
        succeed_within(STEP_LIMIT, &mut command)
    }
}

/// The file name of a program of tests: what the tests are called, and cargo's mark.
fn name_of(program: &Path) -> String {
    let name = program.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

/// Whether these tests have a step of their own.
fn is_large(name: &str) -> bool {
    name.starts_with("large-")
}

/// The tests of the window that need the package installed.
const INSTALLED: &str = "installed::";

fn package_in(folder: &'static str) -> &'static str {
    match folder.rsplit('/').next() {
        Some("src-tauri") | None => "chitchatter",
        Some(name) => name,
    }
}
