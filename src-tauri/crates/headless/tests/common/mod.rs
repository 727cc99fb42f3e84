//! Real processes of the terminal peer, driven as a program would drive them.

#![allow(dead_code, reason = "each test program uses its part")]

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::Value;

/// Nothing takes so long unless it never comes, however slow the machine.
pub(crate) const LIMIT: Duration = Duration::from_secs(60);

/// The program, with no configuration of the person who runs the tests.
pub(crate) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chitchatter-cli"));
    let nowhere = std::env::temp_dir().join("chitchatter-tests-have-no-configuration");
    command
        .env("HOME", &nowhere)
        .env_remove("XDG_CONFIG_HOME")
        .env_remove("CHITCHATTER_PASSWORD")
        .env("TZ", "UTC");
    command
}

/// A room no other test is in.
pub(crate) fn room() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("room-{}-{count}", std::process::id())
}

/// What came out of a process, line by line.
#[derive(Default)]
pub(crate) struct Heard {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    lines: Vec<String>,
    ended: bool,
}

impl Heard {
    fn of(output: impl Read + Send + 'static) -> (Arc<Self>, JoinHandle<()>) {
        let heard = Arc::new(Self::default());
        let teller = Arc::clone(&heard);
        let reading = std::thread::spawn(move || {
            for line in BufReader::new(output).split(b'\n').map_while(Result::ok) {
                let line = String::from_utf8_lossy(&line).into_owned();
                teller.state().lines.push(line);
                teller.changed.notify_all();
            }
            teller.state().ended = true;
            teller.changed.notify_all();
        });
        (heard, reading)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.state().lines.clone()
    }

    /// How much there is so far.
    pub(crate) fn mark(&self) -> usize {
        self.state().lines.len()
    }

    /// The first answer of `look` to a line from `mark` on, as soon as there is one.
    pub(crate) fn find<T>(
        &self,
        what: &str,
        mark: usize,
        limit: Duration,
        mut look: impl FnMut(&str) -> Option<T>,
    ) -> T {
        let deadline = Instant::now() + limit;
        let mut next = mark;
        let mut state = self.state();
        loop {
            while let Some(line) = state.lines.get(next) {
                if let Some(found) = look(line) {
                    return found;
                }
                next += 1;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if state.ended || left.is_zero() {
                let last = state.lines.len().saturating_sub(30);
                panic!("{what}: not in {:#?}", &state.lines[last..]);
            }
            state = self
                .changed
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }
}

/// A process that ends with its test.
pub(crate) struct Process {
    child: Child,
    pub(crate) input: Option<ChildStdin>,
    pub(crate) out: Arc<Heard>,
    pub(crate) err: Arc<Heard>,
    reading: Vec<JoinHandle<()>>,
}

impl Process {
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let input = child.stdin.take();
        let (out, reading_out) = Heard::of(child.stdout.take().expect("piped"));
        let (err, reading_err) = Heard::of(child.stderr.take().expect("piped"));
        Self {
            child,
            input,
            out,
            err,
            reading: vec![reading_out, reading_err],
        }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Types a line.
    pub(crate) fn type_line(&mut self, line: &str) {
        let input = self.input.as_mut().expect("the input is open");
        writeln!(input, "{line}").expect("the program reads");
    }

    /// Ends the input.
    pub(crate) fn end_input(&mut self) {
        self.input = None;
    }

    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill")
            .args([&format!("-{name}"), &self.id().to_string()])
            .status()
            .expect("kill runs");
        assert!(sent.success());
    }

    /// Waits for its end, and for all it still had to say.
    pub(crate) fn ended(&mut self) -> ExitStatus {
        let deadline = Instant::now() + LIMIT;
        loop {
            if let Some(status) = self.child.try_wait().expect("a child of ours") {
                for reading in self.reading.drain(..) {
                    reading.join().expect("reading does not panic");
                }
                return status;
            }
            assert!(Instant::now() < deadline, "it does not end");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    pub(crate) fn code(&mut self) -> Option<i32> {
        self.ended().code()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The program's own tracker, alone.
pub(crate) struct Tracker {
    process: Process,
    pub(crate) url: String,
}

impl Tracker {
    pub(crate) fn start() -> Self {
        let mut command = program();
        command.args(["tracker", "--listen", "127.0.0.1:0"]);
        let process = Process::start(command);
        let url = process.out.find("where it listens", 0, LIMIT, |line| {
            line.strip_prefix("listening on ").map(str::to_owned)
        });
        Self { process, url }
    }
}

/// A terminal peer that speaks JSON.
pub(crate) struct Peer {
    pub(crate) process: Process,
}

impl Peer {
    /// Joins through a tracker alone.
    pub(crate) fn join(tracker: &str, room: &str, more: &[&str]) -> Self {
        let mut command = program();
        command
            .args(["join", room, "--json", "--no-lan", "--ice-server", "none"])
            .args(["--tracker", tracker])
            .args(more);
        Self::start(command)
    }

    pub(crate) fn start(command: Command) -> Self {
        Self {
            process: Process::start(command),
        }
    }

    pub(crate) fn say(&mut self, line: &str) {
        self.process.type_line(line);
    }

    pub(crate) fn mark(&self) -> usize {
        self.process.out.mark()
    }

    pub(crate) fn events(&self) -> Vec<Value> {
        self.process
            .out
            .lines()
            .iter()
            .map(|line| event(line))
            .collect()
    }

    /// The first event of that kind that pleases `is_it`, from `mark` on.
    pub(crate) fn hears_from(
        &self,
        mark: usize,
        kind: &str,
        limit: Duration,
        mut is_it: impl FnMut(&Value) -> bool,
    ) -> Value {
        self.process.out.find(kind, mark, limit, |line| {
            let event = event(line);
            (event["kind"] == kind && is_it(&event)).then_some(event)
        })
    }

    pub(crate) fn hears(&self, kind: &str, is_it: impl FnMut(&Value) -> bool) -> Value {
        self.hears_from(0, kind, LIMIT, is_it)
    }

    /// The line of another with that text.
    pub(crate) fn hears_line(&self, text: &str) -> Value {
        self.hears("lineAdded", |event| {
            event["line"]["text"] == text && event["line"]["own"] == false
        })
    }

    /// Waits for words on standard error.
    pub(crate) fn complains(&self, words: &str) {
        self.process
            .err
            .find(words, 0, LIMIT, |line| line.contains(words).then_some(()));
    }

    /// Ourselves.
    pub(crate) fn me(&self) -> Value {
        self.hears("joined", |_| true)["self"].clone()
    }

    pub(crate) fn id(&self) -> String {
        self.me()["peerId"].as_str().expect("a peer id").to_owned()
    }

    pub(crate) fn meets(&self, other: &Peer) -> Value {
        let id = other.id();
        self.hears("peerJoined", |event| event["peer"]["peerId"] == id.as_str())
    }
}

/// Why somebody waits in vain for another is to be seen with the other, too.
impl Drop for Peer {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let (out, err) = (self.process.out.lines(), self.process.err.lines());
            let _ = writeln!(
                std::io::stderr(),
                "this peer told {out:#?} and complained {err:#?}"
            );
        }
    }
}

/// Two peers that have met.
pub(crate) fn pair(tracker: &str, room: &str, more: &[&str]) -> (Peer, Peer) {
    let ada = Peer::join(tracker, room, &[&["--name", "Ada"], more].concat());
    let ben = Peer::join(tracker, room, &[&["--name", "Ben"], more].concat());
    ada.meets(&ben);
    ben.meets(&ada);
    (ada, ben)
}

pub(crate) fn event(line: &str) -> Value {
    serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))
}
