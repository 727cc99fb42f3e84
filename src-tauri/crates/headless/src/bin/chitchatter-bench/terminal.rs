//! Terminal peers and the tracker, as processes.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::Trouble;
use crate::distance::Place;
use crate::stream::Stream;

/// Nothing takes so long that goes well.
pub(crate) const LIMIT: Duration = Duration::from_secs(60);

/// The world everything is measured in.
pub(crate) const ORIGIN: &str = "https://chitchatter.im";

/// The terminal peer's program: what the environment names, or the one beside us.
fn program(place: Place) -> Result<Command, Trouble> {
    let beside = || {
        let here = std::env::current_exe().ok()?;
        Some(here.with_file_name(format!("chitchatter-cli{}", std::env::consts::EXE_SUFFIX)))
    };
    let path = std::env::var_os("CHITCHATTER_CLI")
        .map(PathBuf::from)
        .or_else(beside)
        .ok_or("there is no chitchatter-cli")?;
    Ok(place.command(path))
}

/// Our own tracker, alone.
pub(crate) struct Tracker {
    child: Child,
    pub(crate) url: String,
}

impl Tracker {
    pub(crate) fn start() -> Result<Self, Trouble> {
        Self::start_at(Place::Here, "127.0.0.1")
    }

    /// The same somewhere else, at this address.
    pub(crate) fn start_at(place: Place, address: &str) -> Result<Self, Trouble> {
        let mut child = program(place)?
            .args(["tracker", "--listen", &format!("{address}:0")])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("the tracker does not start: {error}"))?;
        let output = child.stdout.take().ok_or("no output")?;
        let line = Stream::of(output).next(LIMIT)?.line;
        let url = line
            .strip_prefix("listening on ")
            .ok_or("the tracker does not say where it listens")?
            .to_owned();
        Ok(Self { child, url })
    }
}

impl Drop for Tracker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An identity for all peers, so that no joining is measured together with the making of a key. Each
/// peer has a copy of it: a profile is one program's own.
pub(crate) struct Profile {
    folder: PathBuf,
    copies: AtomicUsize,
}

impl Profile {
    pub(crate) fn make(tracker: &Tracker) -> Result<Self, Trouble> {
        let name = format!("chitchatter-bench-{}", std::process::id());
        let profile = Self {
            folder: std::env::temp_dir().join(name),
            copies: AtomicUsize::new(0),
        };
        std::fs::create_dir(&profile.folder)
            .map_err(|error| format!("{}: {error}", profile.folder.display()))?;
        Terminal::join(tracker, &profile, "making-a-profile")?.leave()?;
        Ok(profile)
    }

    /// A file that nobody else uses: the first is where the identity is made, the others have it.
    fn copy(&self) -> Result<PathBuf, Trouble> {
        let path = |number: usize| self.folder.join(format!("{number}.json"));
        let number = self.copies.fetch_add(1, Ordering::Relaxed);
        let copy = path(number);
        if number > 0 {
            std::fs::copy(path(0), &copy)
                .map_err(|error| format!("{}: {error}", copy.display()))?;
        }
        Ok(copy)
    }
}

impl Drop for Profile {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// A terminal peer in a room.
pub(crate) struct Terminal {
    child: Child,
    input: ChildStdin,
    pub(crate) events: Stream,
    pub(crate) joined_at: Instant,
    pub(crate) peer_id: String,
}

impl Terminal {
    /// Starts one and waits until it has joined; that it has met someone is another matter.
    pub(crate) fn join(tracker: &Tracker, profile: &Profile, room: &str) -> Result<Self, Trouble> {
        Self::join_at(Place::Here, tracker, profile, room)
    }

    /// The same somewhere else.
    pub(crate) fn join_at(
        place: Place,
        tracker: &Tracker,
        profile: &Profile,
        room: &str,
    ) -> Result<Self, Trouble> {
        let mut child = program(place)?
            .args(["join", room, "--json", "--no-lan", "--ice-server", "none"])
            .args(["--origin", ORIGIN, "--tracker", &tracker.url])
            .arg("--profile")
            .arg(profile.copy()?)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("a terminal peer does not start: {error}"))?;
        let input = child.stdin.take().ok_or("no input")?;
        let mut events = Stream::of(child.stdout.take().ok_or("no output")?);
        let (joined_at, peer_id) = events.wait("joined", LIMIT, |event| {
            (event["kind"] == "joined").then(|| text(&event["self"]["peerId"]))
        })?;
        Ok(Self {
            child,
            input,
            events,
            joined_at,
            peer_id,
        })
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// When it met someone.
    pub(crate) fn meets(&mut self, peer_id: &str, limit: Duration) -> Result<Instant, Trouble> {
        let is_it = |event: &Value| {
            (event["kind"] == "peerJoined" && event["peer"]["peerId"] == peer_id).then_some(())
        };
        Ok(self.events.wait("a peer that joins", limit, is_it)?.0)
    }

    /// When it heard that line from someone else.
    pub(crate) fn hears(&mut self, text: &str) -> Result<Instant, Trouble> {
        let is_it = |event: &Value| {
            let line = &event["line"];
            (event["kind"] == "lineAdded" && line["text"] == text && line["own"] == false)
                .then_some(())
        };
        Ok(self.events.wait("a line", LIMIT, is_it)?.0)
    }

    /// Waits until nobody of that name is there any more.
    pub(crate) fn loses(&mut self, peer_id: &str) -> Result<(), Trouble> {
        let is_it = |event: &Value| {
            (event["kind"] == "peerLeft" && event["peerId"] == peer_id).then_some(())
        };
        self.events
            .wait("a peer that leaves", LIMIT, is_it)
            .map(drop)
    }

    /// Says lines, and tells when it began to.
    pub(crate) fn say(&mut self, lines: &str) -> Result<Instant, Trouble> {
        let began = Instant::now();
        let written = self
            .input
            .write_all(lines.as_bytes())
            .and_then(|()| self.input.flush());
        written.map_err(|error| format!("a terminal peer does not listen: {error}"))?;
        Ok(began)
    }

    pub(crate) fn leave(mut self) -> Result<(), Trouble> {
        self.say("/leave\n")?;
        match end_within(&mut self.child, LIMIT) {
            Some(ended) if ended.success() => Ok(()),
            Some(ended) => Err(format!("a terminal peer ended with {ended}")),
            None => Err("a terminal peer does not end".to_owned()),
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits for a process to end by itself, but not for ever.
pub(crate) fn end_within(child: &mut Child, limit: Duration) -> Option<ExitStatus> {
    let deadline = Instant::now() + limit;
    while Instant::now() < deadline {
        if let Ok(Some(ended)) = child.try_wait() {
            return Some(ended);
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let _ = child.kill();
    let _ = child.wait();
    None
}

/// A room nobody has been in.
pub(crate) fn room(what: &str) -> String {
    format!("bench-{what}-{}", std::process::id())
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
