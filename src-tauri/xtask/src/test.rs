//! `cargo xtask test`: everything that is checked, as a list of named steps.
//!
//! A step that fails does not stop the others; at the end there is a table and a closing line.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use crate::architecture;
use crate::artefacts::Built;
use crate::dist;
use crate::packages::{self, Needs};
use crate::shell::{answer, cargo, npm, root, succeed, target};

/// Runs the named steps, or all.
pub(crate) fn test(words: &[String]) -> Result<(), String> {
    let wish = Wish::parse(words)?;
    if wish.list {
        println!("{}", names());
        return Ok(());
    }
    let mut steps: Vec<&Step> = STEPS
        .iter()
        .filter(|step| wish.names.is_empty() || wish.names.iter().any(|name| name == step.name))
        .collect();
    let needs = steps
        .iter()
        .fold(Needs::default(), |all, step| all.and(step.work.needs()));
    packages::ensure(needs, wish.install)?;

    if let Some(first) = steps.iter().position(|step| step.work.folder().is_some()) {
        steps.insert(first, &BUILD);
    }
    let folders = steps.iter().filter_map(|step| step.work.folder());
    let mut bench = Bench {
        folders: folders.collect(),
        whole: wish.names.is_empty(),
        built: Built::default(),
    };
    let mut reports = Vec::new();
    for step in &steps {
        println!("\n=== {}: {}", step.name, step.what);
        let start = Instant::now();
        let outcome = bench.run(step);
        match &outcome {
            Outcome::Passed => {}
            Outcome::Failed(why) => println!("{} failed: {why}", step.name),
            Outcome::Skipped(why) => println!("{} skipped: {why}", step.name),
        }
        let stop = wish.fail_fast && matches!(outcome, Outcome::Failed(_));
        reports.push(Report {
            name: step.name,
            outcome,
            took: start.elapsed(),
        });
        if stop {
            break;
        }
    }
    conclude(&reports)
}

/// Everything there is to check. Quick ones come first, so that a slip is seen early; the ones that
/// share a build stand together.
const STEPS: [Step; 23] = [
    Step {
        name: "fmt",
        what: "the code is formatted",
        work: Work::Plain(format),
    },
    Step {
        name: "architecture",
        what: "the house keeps its invariants",
        work: Work::Plain(architecture),
    },
    Step {
        name: "types",
        what: "the page's types agree with the contract (tsc)",
        work: Work::Page(types),
    },
    Step {
        name: "page",
        what: "the page's own tests (node --test)",
        work: Work::Page(page),
    },
    Step {
        name: "axe",
        what: "the page serves everyone (axe in Chromium)",
        work: Work::Page(axe),
    },
    Step {
        name: "xtask",
        what: "this script",
        work: Work::Crate("src-tauri/xtask"),
    },
    Step {
        name: "wire",
        what: "bytes and types: vectors, captures, properties",
        work: Work::Crate("src-tauri/crates/wire"),
    },
    Step {
        name: "render",
        what: "Markdown to harmless HTML",
        work: Work::Crate("src-tauri/crates/render"),
    },
    Step {
        name: "room",
        what: "one room, fed by hand",
        work: Work::Crate("src-tauri/crates/room"),
    },
    Step {
        name: "view",
        what: "what the window is shown",
        work: Work::Crate("src-tauri/crates/view"),
    },
    Step {
        name: "sim",
        what: "many rooms on a pretend internet",
        work: Work::Crate("src-tauri/crates/sim"),
    },
    Step {
        name: "signalling",
        what: "sockets to trackers",
        work: Work::Crate("src-tauri/crates/signalling"),
    },
    Step {
        name: "tracker",
        what: "the embedded tracker",
        work: Work::Crate("src-tauri/crates/tracker"),
    },
    Step {
        name: "mesh",
        what: "links to peers",
        work: Work::Crate("src-tauri/crates/mesh"),
    },
    Step {
        name: "node",
        what: "real WebRTC and tracker on loopback",
        work: Work::Crate("src-tauri/crates/node"),
    },
    Step {
        name: "headless",
        what: "the terminal peer",
        work: Work::Crate("src-tauri/crates/headless"),
    },
    Step {
        name: "interop",
        what: "Trystero in Chromium, and the reference tracker",
        work: Work::Crate("src-tauri/crates/interop"),
    },
    Step {
        name: "window",
        what: "the real app on a pretend screen",
        work: Work::Crate("src-tauri"),
    },
    Step {
        name: "dist",
        what: "the package: installed, opened by links, removed",
        work: Work::Package,
    },
    Step {
        name: "doc",
        what: "examples in the documentation",
        work: Work::Plain(doc),
    },
    Step {
        name: "clippy",
        what: "no warnings",
        work: Work::Plain(clippy),
    },
    Step {
        name: "fuzz",
        what: "the fuzz targets compile",
        work: Work::Plain(fuzz),
    },
    Step {
        name: "deny",
        what: "licences, advisories, bans and sources",
        work: Work::Plain(deny),
    },
];

/// Builds the tests of all crates asked for, in one go; comes before the first of them.
const BUILD: Step = Step {
    name: "build",
    what: "the tests compile",
    work: Work::Build,
};

/// No step takes this long unless it hangs.
const STEP_LIMIT: Duration = Duration::from_secs(25 * 60);

/// Where the browser's packages are.
const BROWSER: &str = "src-tauri/crates/interop/browser";

/// Where the page's test tools are.
const PAGE: &str = "src-tauri/crates/interop/page";

/// The test of the page that asks whether everyone can use it.
const AXE: &str = "access.test.js";

#[derive(Debug)]
struct Step {
    name: &'static str,
    what: &'static str,
    work: Work,
}

#[derive(Clone, Copy, Debug)]
enum Work {
    /// Something of its own.
    Plain(fn() -> Outcome),
    /// The build the next ones share.
    Build,
    /// The tests of the package in that folder.
    Crate(&'static str),
    /// Something of its own that needs a browser.
    Page(fn() -> Outcome),
    /// The package made of what the build made.
    Package,
}

impl Work {
    fn folder(self) -> Option<&'static str> {
        match self {
            Self::Crate(folder) => Some(folder),
            Self::Package => Some(WINDOW),
            Self::Plain(_) | Self::Page(_) | Self::Build => None,
        }
    }

    fn needs(self) -> Needs {
        let mut needs = Needs::default();
        match self {
            Self::Crate(folder) => {
                needs.compiler = true;
                needs.window = folder == WINDOW;
                needs.screen = folder == WINDOW;
                needs.browser = folder == INTEROP;
            }
            Self::Page(_) => needs.browser = true,
            Self::Package => {
                (needs.compiler, needs.window) = (true, true);
                (needs.screen, needs.desktop) = (true, true);
            }
            Self::Build => {}
            // Clippy and the examples compile the whole workspace, so the window too.
            Self::Plain(_) => (needs.compiler, needs.window) = (true, true),
        }
        needs
    }
}

const WINDOW: &str = "src-tauri";
const INTEROP: &str = "src-tauri/crates/interop";

#[derive(Debug)]
enum Outcome {
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

#[derive(Debug)]
struct Report {
    name: &'static str,
    outcome: Outcome,
    took: Duration,
}

#[derive(Debug, Default)]
struct Wish {
    names: Vec<String>,
    fail_fast: bool,
    list: bool,
    install: bool,
}

impl Wish {
    fn parse(words: &[String]) -> Result<Self, String> {
        let mut wish = Self {
            install: true,
            ..Self::default()
        };
        for word in words {
            match word.as_str() {
                "--fail-fast" => wish.fail_fast = true,
                "--list" => wish.list = true,
                "--no-install" => wish.install = false,
                name if STEPS.iter().any(|step| step.name == name) => {
                    wish.names.push(name.to_owned());
                }
                other => {
                    return Err(format!(
                        "there is no test called `{other}`. There are:\n{}",
                        names()
                    ));
                }
            }
        }
        Ok(wish)
    }
}

fn names() -> String {
    let mut list = String::new();
    for step in &STEPS {
        // Writing to a String cannot fail.
        let _ = writeln!(list, "  {:<13} {}", step.name, step.what);
    }
    list
}

/// What the crates' tests share.
struct Bench {
    folders: Vec<&'static str>,
    whole: bool,
    built: Built,
}

impl Bench {
    fn run(&mut self, step: &Step) -> Outcome {
        match step.work {
            Work::Plain(work) | Work::Page(work) => work(),
            Work::Build => self.build().into(),
            Work::Crate(folder) => self.test_crate(folder).into(),
            Work::Package => self.test_package(),
        }
    }

    fn build(&mut self) -> Result<(), String> {
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

    fn test_crate(&self, folder: &str) -> Result<(), String> {
        let folder = root().join(folder);
        let mut environment = Vec::new();
        if folder.ends_with(INTEROP) {
            browser_packages()?;
            environment.push(("CHITCHATTER_CLI", self.built.program("chitchatter-cli")?));
            environment.extend(packages::chromium().map(|path| ("CHROMIUM", path)));
        }
        let programs: Vec<&Path> = self.built.tests_in(&folder).collect();
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
            if let Err(why) = succeed_in_time(&mut command) {
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
        let mut programs = self.built.tests_in(&folder).filter(|program| {
            let name = program.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with("window-")
        });
        let program = programs.next().ok_or("the build made no tests for it")?;
        let mut command = Command::new(program);
        command
            .current_dir(&folder)
            .env("CARGO_MANIFEST_DIR", &folder)
            .env("CHITCHATTER_INSTALLED", "1")
            .arg(INSTALLED);
        succeed_in_time(&mut command)
    }
}

/// The tests of the window that need the package installed.
const INSTALLED: &str = "installed::";

fn package_in(folder: &'static str) -> &'static str {
    match folder.rsplit('/').next() {
        Some("src-tauri") | None => "chitchatter",
        Some(name) => name,
    }
}

fn format() -> Outcome {
    succeed(cargo().args(["fmt", "--all", "--check"])).into()
}

fn architecture() -> Outcome {
    architecture::check().into()
}

fn clippy() -> Outcome {
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

fn doc() -> Outcome {
    succeed(cargo().args(["test", "--workspace", "--doc"])).into()
}

/// Fuzz targets are workspaces of their own; they share our target folder, so that what both use is
/// checked once.
fn fuzz() -> Outcome {
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

fn deny() -> Outcome {
    let Some(version) = answer("cargo-deny", &["--version"]) else {
        return Outcome::Skipped(
            "cargo-deny is not installed (cargo install cargo-deny --locked)".into(),
        );
    };
    println!("{version}");
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
        println!("No internet: advisories are not checked.");
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

/// Whether the page's JavaScript agrees with the types made from Rust.
fn types() -> Outcome {
    let folder = root().join(PAGE);
    install_npm(&folder)
        .and_then(|()| succeed_in_time(npm(&folder).args(["run", "--silent", "types"])))
        .into()
}

/// The page's own tests: its parts in Node, then the whole in a browser.
fn page() -> Outcome {
    let parts = tests_of(&root().join("ui/tests"), |_| true);
    let whole = tests_of(&root().join(PAGE), |name| name != AXE);
    node_tests(&parts).and_then(|()| node_tests(&whole)).into()
}

fn axe() -> Outcome {
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
    succeed_in_time(&mut command)
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

/// Runs a command to its end, or ends it when it hangs.
fn succeed_in_time(command: &mut Command) -> Result<(), String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let mut child = command
        .spawn()
        .map_err(|error| format!("cannot start {name}: {error}"))?;
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait().map_err(|error| error.to_string())? {
            return if status.success() {
                Ok(())
            } else {
                Err(format!("{name} ended with {status}"))
            };
        }
        if start.elapsed() > STEP_LIMIT {
            end(&mut child);
            return Err(format!(
                "{name} was ended after {} minutes",
                STEP_LIMIT.as_secs() / 60
            ));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn end(child: &mut Child) {
    // It may have ended by itself in the meantime.
    let _ = child.kill();
    let _ = child.wait();
}

/// Prints the table and the closing line.
fn conclude(reports: &[Report]) -> Result<(), String> {
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
    println!("{passed} passed, {failed} failed");
    if failed == 0 {
        Ok(())
    } else {
        Err("not everything passed".into())
    }
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &[&str]) -> Result<Wish, String> {
        Wish::parse(
            &words
                .iter()
                .map(|word| (*word).to_owned())
                .collect::<Vec<_>>(),
        )
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_names_there_are() {
        let answer = parse(&["wier"]).expect_err("there is no such test");

        assert!(answer.contains("`wier`"));
        assert!(STEPS.iter().all(|step| answer.contains(step.name)));
    }

    #[test]
    fn every_crate_of_the_house_is_tested() {
        let crates = root().join("src-tauri/crates");

        for entry in std::fs::read_dir(crates)
            .expect("the crates are there")
            .flatten()
        {
            let name = entry.file_name().to_string_lossy().into_owned();
            assert!(
                STEPS.iter().any(|step| step.name == name),
                "nothing tests {name}"
            );
        }
    }

    #[test]
    fn names_choose_steps_and_flags_do_not() {
        let wish = parse(&["wire", "--fail-fast", "room"]).expect("both exist");

        assert_eq!(wish.names, ["wire", "room"]);
        assert!(wish.fail_fast);
    }
}
