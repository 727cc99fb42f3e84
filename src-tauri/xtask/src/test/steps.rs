//! Everything that is checked, and what each of it needs.

use std::fmt::Write as _;

use super::report::Outcome;
use super::{checks, page};
use crate::packages::Needs;

/// Everything there is to check. Quick ones come first, so that a slip is seen early.
pub(crate) const STEPS: [Step; 25] = [
    Step {
        name: "fmt",
        what: "the code is formatted",
        when: When::First,
        work: Work::Plain(checks::format),
    },
    Step {
        name: "architecture",
        what: "the house keeps its invariants",
        when: When::First,
        work: Work::Plain(checks::architecture),
    },
    Step {
        name: "types",
        what: "the page's types agree with the contract (tsc)",
        when: When::First,
        work: Work::Page(page::types),
    },
    Step {
        name: "page",
        what: "the page's own tests (node --test)",
        when: When::Working,
        work: Work::Page(page::page),
    },
    Step {
        name: "axe",
        what: "the page serves everyone (axe in Chromium)",
        when: When::Working,
        work: Work::Page(page::axe),
    },
    Step {
        name: "xtask",
        what: "this script",
        when: When::Working,
        work: Work::Crate("src-tauri/xtask"),
    },
    Step {
        name: "wire",
        what: "bytes and types: vectors, captures, properties",
        when: When::Working,
        work: Work::Crate("src-tauri/crates/wire"),
    },
    Step {
        name: "render",
        what: "Markdown to harmless HTML",
        when: When::Working,
        work: Work::Crate("src-tauri/crates/render"),
    },
    Step {
        name: "room",
        what: "one room, fed by hand",
        when: When::Working,
        work: Work::Crate("src-tauri/crates/room"),
    },
    Step {
        name: "view",
        what: "what the window is shown",
        when: When::Working,
        work: Work::Crate("src-tauri/crates/view"),
    },
    Step {
        name: "files",
        what: "files that are offered, fetched and kept",
        when: When::Working,
        work: Work::Crate("src-tauri/crates/files"),
    },
    Step {
        name: "sim",
        what: "many rooms on a pretend internet",
        when: When::Working,
        work: Work::Crate("src-tauri/crates/sim"),
    },
    Step {
        name: "signalling",
        what: "sockets to trackers",
        when: When::Idle,
        work: Work::Crate("src-tauri/crates/signalling"),
    },
    Step {
        name: "tracker",
        what: "the embedded tracker",
        when: When::Idle,
        work: Work::Crate("src-tauri/crates/tracker"),
    },
    Step {
        name: "mesh",
        what: "links to peers",
        when: When::Idle,
        work: Work::Crate("src-tauri/crates/mesh"),
    },
    Step {
        name: "node",
        what: "real WebRTC and tracker on loopback",
        when: When::Idle,
        work: Work::Crate("src-tauri/crates/node"),
    },
    Step {
        name: "headless",
        what: "the terminal peer",
        when: When::Idle,
        work: Work::Crate("src-tauri/crates/headless"),
    },
    // Before the window, whose links the installed app would take.
    Step {
        name: "dist",
        what: "the package: installed, opened by links, removed",
        when: When::Waiting,
        work: Work::Package,
    },
    Step {
        name: "window",
        what: "the real app on a pretend screen",
        when: When::Waiting,
        work: Work::Crate("src-tauri"),
    },
    Step {
        name: "interop",
        what: "Trystero in Chromium, and the reference tracker",
        when: When::Waiting,
        work: Work::Crate("src-tauri/crates/interop"),
    },
    Step {
        name: "doc",
        what: "examples in the documentation",
        when: When::Working,
        work: Work::Plain(checks::doc),
    },
    Step {
        name: "clippy",
        what: "no warnings",
        when: When::Working,
        work: Work::Plain(checks::clippy),
    },
    Step {
        name: "fuzz",
        what: "the fuzz targets compile",
        when: When::Working,
        work: Work::Plain(checks::fuzz),
    },
    Step {
        name: "deny",
        what: "licences, advisories, bans and sources",
        when: When::Working,
        work: Work::Plain(checks::deny),
    },
    Step {
        name: "large",
        what: "a large file, to a browser and back",
        when: When::Idle,
        work: Work::Large,
    },
];

/// Builds the tests of all crates asked for, in one go; comes before the first of them.
pub(crate) const BUILD: Step = Step {
    name: "build",
    what: "the tests compile",
    when: When::First,
    work: Work::Build,
};

/// The app.
pub(crate) const WINDOW: &str = "src-tauri";

/// The browser peers' tests.
pub(crate) const INTEROP: &str = "src-tauri/crates/interop";

/// The node's tests, which meet by a relay too.
const NODE: &str = "src-tauri/crates/node";

/// One thing to check.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) name: &'static str,
    pub(crate) what: &'static str,
    pub(crate) when: When,
    pub(crate) work: Work,
}

/// What a step may run beside: one of each kind at a time, and at the end two of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    /// Nothing: it comes before the others, one after the other.
    First,
    /// It hardly works at all: its peers wait for each other, on timers and sockets.
    Idle,
    /// It waits as much as it works: for windows, browsers and who is met in them.
    Waiting,
    /// It keeps processors busy by itself, or needs cargo's lock.
    Working,
}

/// What a step does.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Work {
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
    /// What of the browser peers' tests takes as long as all the others together.
    Large,
}

impl Work {
    /// The package whose tests it runs.
    pub(crate) fn folder(self) -> Option<&'static str> {
        match self {
            Self::Crate(folder) => Some(folder),
            Self::Package => Some(WINDOW),
            Self::Large => Some(INTEROP),
            Self::Plain(_) | Self::Page(_) | Self::Build => None,
        }
    }

    /// What must be on the machine.
    pub(crate) fn needs(self) -> Needs {
        let mut needs = Needs::default();
        match self {
            Self::Crate(folder) => {
                needs.compiler = true;
                needs.window = folder == WINDOW;
                needs.screen = folder == WINDOW;
                // Links find the app that runs, too, not only the package.
                needs.desktop = folder == WINDOW;
                needs.browser = folder == INTEROP;
                needs.relay = folder == NODE;
            }
            Self::Page(_) => needs.browser = true,
            Self::Large => (needs.compiler, needs.browser) = (true, true),
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

/// All names, and what they stand for.
pub(crate) fn names() -> String {
    let mut list = String::new();
    for step in &STEPS {
        // Writing to a String cannot fail.
        let _ = writeln!(list, "  {:<13} {}", step.name, step.what);
    }
    list
}
