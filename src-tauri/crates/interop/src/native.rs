//! The terminal peer and its tracker, run and spoken to as a stranger would: by their arguments,
//! their input and what they print.

use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin};

use crate::log::PATIENCE;
use crate::{Log, Machine, Meeting, terminal_peer};

/// One running terminal peer.
#[derive(Debug)]
pub struct Native {
    child: Child,
    keyboard: Option<ChildStdin>,
    log: Log,
    peer_id: String,
    user_id: String,
}

impl Native {
    /// Starts it in a room, and returns once it is in.
    ///
    /// # Panics
    /// If it does not get there.
    pub async fn join(name: &str, meeting: &Meeting) -> Self {
        Self::join_with(name, meeting, &[]).await
    }

    /// The same, with more arguments.
    ///
    /// # Panics
    /// If it does not get there.
    pub async fn join_with(name: &str, meeting: &Meeting, more: &[&str]) -> Self {
        Self::join_on(&Machine::This, name, meeting, more).await
    }

    /// The same, on another machine.
    ///
    /// # Panics
    /// If it does not get there.
    pub async fn join_on(machine: &Machine, name: &str, meeting: &Meeting, more: &[&str]) -> Self {
        let mut command = machine.run(terminal_peer());
        command.args(["join", &meeting.room, "--json", "--no-lan", "--name", name]);
        // Nothing outside of this machine is asked for anything.
        command.args(["--origin", &meeting.origin, "--ice-server", "none"]);
        for tracker in &meeting.trackers {
            command.args(["--tracker", tracker]);
        }
        if let Some(password) = &meeting.password {
            command.args(["--password", password]);
        }
        command.args(more);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command
            .kill_on_drop(true)
            .spawn()
            .expect("the terminal peer can be started");

        let log = Log::of(name);
        let stdout = child.stdout.take().expect("its output is piped");
        let stderr = child.stderr.take().expect("its diagnostics are piped");
        tokio::spawn(listen(stdout, log.clone(), |line| {
            serde_json::from_str(line).unwrap_or_else(|_| json!({"kind": "notJson", "line": line}))
        }));
        tokio::spawn(listen(
            stderr,
            log.clone(),
            |line| json!({"kind": "stderr", "line": line}),
        ));
        let joined = log.until("joined", |event| event["kind"] == "joined").await;
        let text = |key: &str| joined["self"][key].as_str().unwrap_or_default().to_owned();
        Self {
            peer_id: text("peerId"),
            user_id: text("userId"),
            keyboard: child.stdin.take(),
            child,
            log,
        }
    }

    /// What it told.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// Its id in the swarm.
    pub fn peer_id(&self) -> &str {
        &self.peer_id
    }

    /// The id of the person at it.
    pub fn user_id(&self) -> &str {
        &self.user_id
    }

    /// The process.
    pub fn process_id(&self) -> Option<u32> {
        self.child.id()
    }

    /// How many bytes of memory it has now.
    ///
    /// # Panics
    /// If the system does not say, as only Linux does.
    pub fn memory(&self) -> u64 {
        self.memory_as("VmRSS:")
    }

    /// How many it had at most.
    ///
    /// # Panics
    /// If the system does not say.
    pub fn most_memory(&self) -> u64 {
        self.memory_as("VmHWM:")
    }

    fn memory_as(&self, name: &str) -> u64 {
        let id = self.child.id().expect("it is running");
        let status = std::fs::read_to_string(format!("/proc/{id}/status"));
        let status = status.expect("the system tells of its processes");
        let mut lines = status.lines().filter_map(|line| line.strip_prefix(name));
        let kibibytes = lines.next().and_then(|it| it.trim().strip_suffix(" kB"));
        let kibibytes = kibibytes.and_then(|it| it.parse::<u64>().ok());
        kibibytes.expect("memory is told in kB") * 1024
    }

    /// Types lines.
    ///
    /// # Panics
    /// If it no longer takes any.
    pub async fn type_lines(&mut self, lines: &[impl AsRef<str>]) {
        let keyboard = self.keyboard.as_mut().expect("its input is open");
        for line in lines {
            let line = format!("{}\n", line.as_ref());
            keyboard
                .write_all(line.as_bytes())
                .await
                .expect("it reads its input");
        }
        keyboard.flush().await.expect("it reads its input");
    }

    /// Waits until it can talk to that peer.
    ///
    /// # Panics
    /// If that does not happen in time.
    pub async fn meets(&self, limit: Duration, peer_id: &str) -> Value {
        self.log
            .within(limit, &format!("meeting {peer_id}"), |event| {
                event["kind"] == "peerJoined" && event["peer"]["peerId"] == peer_id
            })
            .await
    }

    /// Waits until it has shown that text as said by somebody else, and gives the line.
    ///
    /// # Panics
    /// If that does not happen in time.
    pub async fn hears(&self, text: &str) -> Value {
        let event = self
            .log
            .until("that line", |event| {
                event["kind"] == "lineAdded"
                    && event["line"]["text"] == text
                    && event["line"]["own"] == false
            })
            .await;
        event["line"].clone()
    }

    /// Waits until it knows of that peer what `is_it` asks.
    ///
    /// # Panics
    /// If that does not happen in time.
    pub async fn knows(&self, peer_id: &str, what: &str, is_it: impl Fn(&Value) -> bool) -> Value {
        let event = self
            .log
            .until(what, |event| {
                (event["kind"] == "peerJoined" || event["kind"] == "peerChanged")
                    && event["peer"]["peerId"] == peer_id
                    && is_it(&event["peer"])
            })
            .await;
        event["peer"].clone()
    }

    /// Waits until it has seen that peer go.
    ///
    /// # Panics
    /// If that does not happen in time.
    pub async fn misses(&self, limit: Duration, peer_id: &str) {
        self.log
            .within(limit, "leaving", |event| {
                event["kind"] == "peerLeft" && event["peerId"] == peer_id
            })
            .await;
    }

    /// Ends its input, as a person does who presses Ctrl-D, and waits for it to go.
    ///
    /// # Panics
    /// If it does not go in time.
    pub async fn finish(mut self) -> ExitStatus {
        drop(self.keyboard.take());
        match tokio::time::timeout(PATIENCE, self.child.wait()).await {
            Ok(status) => status.expect("it can be waited for"),
            Err(_) => panic!("it did not go. It told:\n{}", self.log.tail()),
        }
    }

    /// Ends it without a word.
    ///
    /// # Panics
    /// If the system refuses.
    pub async fn kill(mut self) {
        self.child.kill().await.expect("it can be ended");
    }
}

impl Drop for Native {
    /// What one peer saw explains why another waited in vain.
    #[allow(
        clippy::print_stderr,
        reason = "tests show what is printed when they fail"
    )]
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{} told:\n{}", self.peer_id, self.log.tail());
        }
    }
}

/// Our own tracker, running alone.
#[derive(Debug)]
pub struct OurTracker {
    url: String,
    _child: Child,
}

impl OurTracker {
    /// Starts it on a free port of this machine.
    ///
    /// # Panics
    /// If it does not say where it listens.
    pub async fn start() -> Self {
        Self::start_on(&Machine::This, "127.0.0.1").await
    }

    /// Starts it on a machine, at an address of it.
    ///
    /// # Panics
    /// If it does not say where it listens.
    pub async fn start_on(machine: &Machine, address: &str) -> Self {
        let mut child = machine
            .run(terminal_peer())
            .args(["tracker", "--listen", &format!("{address}:0")])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the tracker can be started");
        let stdout = child.stdout.take().expect("its output is piped");
        let mut lines = BufReader::new(stdout).lines();
        let line = tokio::time::timeout(PATIENCE, lines.next_line())
            .await
            .expect("it says where it listens")
            .expect("its output can be read")
            .expect("it says something");
        let url = line
            .strip_prefix("listening on ")
            .expect("it says `listening on` and where");
        Self {
            url: url.to_owned(),
            _child: child,
        }
    }

    /// Where it listens.
    pub fn url(&self) -> &str {
        &self.url
    }
}

async fn listen(
    output: impl tokio::io::AsyncRead + Unpin,
    log: Log,
    event: impl Fn(&str) -> Value,
) {
    let mut lines = BufReader::new(output).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        log.push(event(&line));
    }
}
