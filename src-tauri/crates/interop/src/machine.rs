//! Other machines, as far as a peer can tell: networks of their own, a home folder of their own, and
//! a cable between two of them that can be pulled.
//!
//! They are network namespaces inside of a user namespace, so no right is needed that a person does
//! not have; they end with the processes that hold them.

use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use tokio::process::Command;

/// Where a program is run.
#[derive(Clone, Debug)]
pub enum Machine {
    /// Here, as whoever runs the tests.
    This,
    /// Here, but with this home folder and nothing of the real one.
    At(PathBuf),
    /// In the network that the process of this id holds.
    Apart(u32),
}

impl Machine {
    /// A program, ready to be given its arguments.
    pub(crate) fn run(&self, program: &Path) -> Command {
        match self {
            Self::This => Command::new(program),
            Self::At(home) => {
                let mut command = Command::new(program);
                command
                    .env("HOME", home)
                    .env("TMPDIR", home)
                    .env("XDG_RUNTIME_DIR", home)
                    .current_dir(home);
                for kind in ["CONFIG", "DATA", "CACHE", "STATE"] {
                    let name = format!("XDG_{kind}_HOME");
                    command.env(name, home.join(kind.to_lowercase()));
                }
                command
            }
            Self::Apart(holder) => {
                let mut command = Command::new("nsenter");
                command.args(inside(*holder)).arg(program);
                command
            }
        }
    }
}

/// An end of a [`Cable`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The left one.
    Left,
    /// The right one.
    Right,
}

/// Two machines and the cable between them.
#[derive(Debug)]
pub struct Cable {
    left: Child,
    right: Child,
}

impl Cable {
    /// The address of the left machine.
    pub const LEFT: &str = "10.77.0.1";
    /// The address of the right machine.
    pub const RIGHT: &str = "10.77.0.2";

    /// Sets both machines up, and plugs the cable in.
    ///
    /// # Panics
    /// If the system has no namespaces for its users, or the tools are missing.
    #[must_use]
    pub fn plugged() -> Self {
        let left = held("unshare", &["--user", "--map-root-user", "--net"]);
        until_apart(left.id(), &[std::process::id()]);
        let mut around: Vec<String> = inside(left.id());
        around.extend(["unshare".to_owned(), "--net".to_owned()]);
        let right = held("nsenter", &around);
        // It starts in our own and goes through the left one's.
        until_apart(right.id(), &[std::process::id(), left.id()]);
        let cable = Self { left, right };
        let peer = cable.right.id().to_string();
        let pair = ["link", "add", "plug", "type", "veth", "peer"];
        let far_end = ["name", "plug", "netns", &peer];
        cable.on(End::Left, &[&pair[..], &far_end].concat());
        for (end, address) in [(End::Left, Self::LEFT), (End::Right, Self::RIGHT)] {
            for link in ["lo", "plug"] {
                cable.on(end, &["link", "set", link, "up"]);
            }
            cable.address(end, address);
        }
        cable
    }

    /// The machine at one end, whose network stays as it is when the cable is pulled.
    #[must_use]
    pub fn left(&self) -> Machine {
        Machine::Apart(self.left.id())
    }

    /// The machine at the other end, which then has no network at all.
    #[must_use]
    pub fn right(&self) -> Machine {
        Machine::Apart(self.right.id())
    }

    /// Pulls it out.
    ///
    /// # Panics
    /// If the system refuses.
    pub fn pull(&self) {
        self.on(End::Right, &["link", "set", "plug", "down"]);
        self.on(End::Right, &["address", "flush", "dev", "plug"]);
    }

    /// Puts it back.
    ///
    /// # Panics
    /// If the system refuses.
    pub fn put_back(&self) {
        self.on(End::Right, &["link", "set", "plug", "up"]);
        self.address(End::Right, Self::RIGHT);
    }

    /// Gives the machine at one end an interface that has nothing to do with the cable, as a
    /// private network or a hotspot would.
    ///
    /// # Panics
    /// If the system refuses.
    pub fn add_interface(&self, end: End) {
        let pair = ["link", "add", "other", "type", "veth", "peer"];
        self.on(end, &[&pair[..], &["name", "others"]].concat());
        self.on(end, &["address", "add", "10.78.0.1/24", "dev", "other"]);
        self.on(end, &["link", "set", "other", "up"]);
    }

    /// Takes it away again.
    ///
    /// # Panics
    /// If the system refuses.
    pub fn remove_interface(&self, end: End) {
        self.on(end, &["link", "del", "other"]);
    }

    /// Gives the machine at one end another address in place of the one it has.
    ///
    /// # Panics
    /// If the system refuses.
    pub fn renumber(&self, end: End, address: &str) {
        self.on(end, &["address", "flush", "dev", "plug"]);
        self.address(end, address);
    }

    fn address(&self, end: End, address: &str) {
        let with_net = format!("{address}/24");
        self.on(end, &["address", "add", &with_net, "dev", "plug"]);
    }

    fn on(&self, end: End, words: &[&str]) {
        let holder = match end {
            End::Left => &self.left,
            End::Right => &self.right,
        };
        ip(holder.id(), words);
    }
}

impl Drop for Cable {
    fn drop(&mut self) {
        for holder in [&mut self.right, &mut self.left] {
            // It may have ended by itself.
            let _ = holder.kill();
            let _ = holder.wait();
        }
    }
}

/// How to get into the network that a process holds.
fn inside(holder: u32) -> Vec<String> {
    let target = format!("--target={holder}");
    let words = [
        target.as_str(),
        "--user",
        "--preserve-credentials",
        "--net",
        "--",
    ];
    words.map(String::from).to_vec()
}

/// Starts a process in namespaces of its own that does nothing but hold them.
fn held(program: &str, arguments: &[impl AsRef<str>]) -> Child {
    let arguments = arguments.iter().map(AsRef::as_ref);
    std::process::Command::new(program)
        .args(arguments)
        // Ends when its input does, at the latest with this process.
        .arg("cat")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap_or_else(|error| panic!("{program} (of util-linux) is needed: {error}"))
}

/// Waits until a process has a network that none of the others has, and may do something in it.
fn until_apart(process: u32, from: &[u32]) {
    let network = |id: u32| std::fs::read_link(format!("/proc/{id}/ns/net")).ok();
    let is_apart = || {
        let own = network(process);
        own.is_some() && from.iter().all(|id| network(*id) != own)
    };
    // Until it is written who is who inside, whoever goes in may do nothing there.
    let is_somebody = || {
        let map = std::fs::read_to_string(format!("/proc/{process}/uid_map"));
        map.is_ok_and(|map| !map.trim().is_empty())
    };
    let start = Instant::now();
    while !(is_apart() && is_somebody()) {
        assert!(
            start.elapsed() < Duration::from_secs(20),
            "this system gives its users no networks of their own (user namespaces)"
        );
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn ip(holder: u32, words: &[&str]) {
    let done = std::process::Command::new("nsenter")
        .args(inside(holder))
        .arg("ip")
        .args(words)
        .status()
        .expect("nsenter can be started");
    assert!(
        done.success(),
        "ip {words:?} (of iproute2) ended with {done}"
    );
}
