//! `cargo xtask run`: build, and open the app so that a newcomer sees what it is for.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use crate::artefacts::Built;
use crate::packages::{self, Needs};
use crate::shell::{cargo, succeed};

/// The room the terminal peer opens when none is named.
const DEFAULT_ROOM: &str = "demo";

/// Builds and opens the app.
pub(crate) fn run(words: &[String]) -> Result<(), String> {
    let wish = Wish::parse(words)?;
    let headless = wish.headless || !has_display();
    if headless && !wish.headless {
        println!("There is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set),");
        println!("so this starts the terminal peer instead of a window.");
    }
    let needs = Needs {
        compiler: true,
        window: !headless,
        media: !headless,
        ..Needs::default()
    };
    packages::ensure(needs, wish.install)?;
    if headless {
        return terminal(&wish);
    }
    // With the features the whole workspace chooses, so that the tests need little more compiling.
    let built = Built::of(cargo().args(["build", "--workspace", "--bin", "chitchatter"]))?;
    let app = built.program("chitchatter")?;
    if wish.two {
        return two_windows(&app, &wish.arguments);
    }
    succeed(Command::new(app).args(&wish.arguments))
}

#[derive(Debug)]
struct Wish {
    two: bool,
    headless: bool,
    install: bool,
    arguments: Vec<String>,
}

impl Wish {
    fn parse(words: &[String]) -> Result<Self, String> {
        let mut wish = Self {
            two: false,
            headless: false,
            install: true,
            arguments: Vec::new(),
        };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            match word.as_str() {
                "--two" => wish.two = true,
                "--headless" => wish.headless = true,
                "--no-install" => wish.install = false,
                "--" => wish.arguments = words.by_ref().cloned().collect(),
                other => return Err(format!("run does not know `{other}`")),
            }
        }
        Ok(wish)
    }
}

fn has_display() -> bool {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux") || is_set("DISPLAY") || is_set("WAYLAND_DISPLAY")
}

/// Two windows, each with a profile of its own that is gone afterwards.
fn two_windows(app: &PathBuf, arguments: &[String]) -> Result<(), String> {
    let room = own_room();
    let profiles = Profiles::make()?;
    println!("Two windows in the room {room}. Close both to end.");
    let mut windows = Vec::new();
    for (name, half) in [("Ada", "left"), ("Ben", "right")] {
        let window = Command::new(app)
            .arg("--profile")
            .arg(profiles.folder(name)?)
            .args(["--name", name, "--join", &room, "--place", half])
            .args(arguments)
            .spawn()
            .map_err(|error| format!("cannot open a window: {error}"))?;
        windows.push((name, window));
    }
    wait_for(windows)
}

fn wait_for(children: Vec<(&str, Child)>) -> Result<(), String> {
    let mut trouble = Vec::new();
    for (name, mut child) in children {
        match child.wait() {
            Ok(status) if status.success() => {}
            Ok(status) => trouble.push(format!("{name}'s window ended with {status}")),
            Err(error) => trouble.push(format!("{name}'s window was lost: {error}")),
        }
    }
    if trouble.is_empty() {
        Ok(())
    } else {
        Err(trouble.join("; "))
    }
}

/// The terminal peer; with `--two`, in company.
fn terminal(wish: &Wish) -> Result<(), String> {
    let peer =
        Built::of(cargo().args(["build", "--package", "headless"]))?.program("chitchatter-cli")?;
    if !wish.two {
        let mut command = Command::new(peer);
        if wish.arguments.is_empty() {
            command.args(["join", DEFAULT_ROOM]);
        } else {
            command.args(&wish.arguments);
        }
        return succeed(&mut command);
    }
    let room = own_room();
    println!("You are Ada, in the room {room} with Ben. What you type is sent; Ctrl-D leaves.");
    let mut ben = Command::new(&peer)
        .args(["join", &room, "--name", "Ben"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .map_err(|error| format!("cannot start the second peer: {error}"))?;
    let mut keyboard = ben.stdin.take().ok_or("the second peer has no input")?;
    writeln!(keyboard, "Hello, this is Ben.").map_err(|error| error.to_string())?;
    let ada = succeed(
        Command::new(&peer)
            .args(["join", &room, "--name", "Ada"])
            .args(&wish.arguments),
    );
    // End of input is how a terminal peer is told to go.
    drop(keyboard);
    ben.wait().map_err(|error| error.to_string())?;
    ada
}

/// A room nobody else is in, wherever it may be announced.
fn own_room() -> String {
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap_or_default();
    format!("hello-{:x}{:x}", now.subsec_nanos(), std::process::id())
}

/// Folders for profiles, removed at the end.
struct Profiles(PathBuf);

impl Profiles {
    fn make() -> Result<Self, String> {
        let folder = std::env::temp_dir().join(format!("chitchatter-two-{}", std::process::id()));
        std::fs::create_dir_all(&folder)
            .map_err(|error| format!("{}: {error}", folder.display()))?;
        Ok(Self(folder))
    }

    fn folder(&self, name: &str) -> Result<PathBuf, String> {
        let folder = self.0.join(name);
        std::fs::create_dir_all(&folder)
            .map_err(|error| format!("{}: {error}", folder.display()))?;
        Ok(folder)
    }
}

impl Drop for Profiles {
    fn drop(&mut self) {
        // Nothing is lost if it stays: it lies in the folder for temporary files.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
