//! Browsers, the reference tracker and its client, run by `browser/driver.mjs`.

use std::collections::HashMap;
use std::process::Stdio;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::oneshot;

use crate::tools::browser_folder;
use crate::{Log, Meeting};

/// Starting a browser on a busy machine takes its time.
const ANSWER_LIMIT: Duration = Duration::from_secs(90);

/// A running driver. When it is dropped, all it started ends. Clones share it.
#[derive(Clone, Debug)]
pub struct Foreign(Arc<Driver>);

#[derive(Debug)]
struct Driver {
    input: tokio::sync::Mutex<ChildStdin>,
    waiting: Mutex<HashMap<u64, oneshot::Sender<Result<Value, String>>>>,
    logs: Mutex<HashMap<String, Log>>,
    next_id: AtomicU64,
    // Kept for its input, whose end is what tells the driver to go.
    _child: Child,
}

/// Where a browser's peer id shall sort: that decides who offers and who answers.
#[derive(Clone, Copy, Debug)]
pub enum Sorts {
    /// Below ours: the browser offers.
    Low,
    /// Above ours: we offer.
    High,
}

/// What a browser is like.
#[derive(Clone, Copy, Debug)]
pub struct PageOptions {
    /// Where its peer id sorts.
    pub sorts: Sorts,
    /// Whether its candidates hold addresses, or names that only multicast DNS resolves.
    pub show_addresses: bool,
    /// Whether it holds files in memory as in a private window, and not in its database.
    pub private: bool,
}

impl Default for PageOptions {
    fn default() -> Self {
        Self {
            sorts: Sorts::High,
            show_addresses: true,
            private: false,
        }
    }
}

/// A browser with one page, which is one peer.
#[derive(Clone, Debug)]
pub struct Page {
    driver: Arc<Driver>,
    name: String,
    log: Log,
    peer_id: String,
    user_id: String,
}

impl Foreign {
    /// Starts a driver.
    ///
    /// # Panics
    /// If Node cannot be started.
    pub async fn start() -> Self {
        let mut child = Command::new("node")
            .arg("driver.mjs")
            .current_dir(browser_folder())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node can be started");
        let input = child.stdin.take().expect("its input is piped");
        let output = child.stdout.take().expect("its output is piped");
        let driver = Arc::new(Driver {
            input: tokio::sync::Mutex::new(input),
            waiting: Mutex::default(),
            logs: Mutex::default(),
            next_id: AtomicU64::new(1),
            _child: child,
        });
        tokio::spawn(listen(output, Arc::downgrade(&driver)));
        Self(driver)
    }

    /// Starts a reference tracker, and gives its address.
    ///
    /// # Panics
    /// If it does not start.
    pub async fn tracker(&self) -> String {
        let answer = self.0.ask(json!({"do": "tracker"})).await;
        answer["url"].as_str().unwrap_or_default().to_owned()
    }

    /// Starts a client of the reference tracker's own kind, and gives what it is told. Ids are
    /// given in hexadecimal, as they may be any bytes.
    ///
    /// # Panics
    /// If it does not start.
    pub async fn client(&self, name: &str, tracker: &str, info_hash: &str, peer_id: &str) -> Log {
        let log = self.0.log(name);
        self.0
            .ask(json!({
                "do": "client", "name": name, "tracker": tracker,
                "infoHash": info_hash, "peerId": peer_id,
            }))
            .await;
        log
    }

    /// Lets a client announce again.
    ///
    /// # Panics
    /// If there is none of that name.
    pub async fn client_update(&self, name: &str) {
        self.0
            .ask(json!({"do": "clientUpdate", "name": name}))
            .await;
    }

    /// Lets a client say that it stops, and ends it.
    ///
    /// # Panics
    /// If there is none of that name.
    pub async fn client_stop(&self, name: &str) {
        self.0.ask(json!({"do": "clientStop", "name": name})).await;
    }

    /// Starts a browser.
    ///
    /// # Panics
    /// If it does not start.
    pub async fn page(&self, name: &str, options: PageOptions) -> Page {
        let log = self.0.log(name);
        let sorts = match options.sorts {
            Sorts::Low => "low",
            Sorts::High => "high",
        };
        let me = self
            .0
            .ask(json!({
                "do": "page", "page": name, "sorts": sorts,
                "showAddresses": options.show_addresses, "isPrivate": options.private,
            }))
            .await;
        let text = |key: &str| me[key].as_str().unwrap_or_default().to_owned();
        Page {
            driver: Arc::clone(&self.0),
            name: name.to_owned(),
            log,
            peer_id: text("peerId"),
            user_id: text("userId"),
        }
    }
}

impl Page {
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

    /// Enters a room under a name, as Chitchatter does.
    ///
    /// # Panics
    /// If the page fails.
    pub async fn join(&self, name: &str, meeting: &Meeting) {
        self.enter(name, meeting, false).await;
    }

    /// Enters a room as a peer that only says and hears messages.
    ///
    /// # Panics
    /// If the page fails.
    pub async fn join_bare(&self, meeting: &Meeting) {
        self.enter("", meeting, true).await;
    }

    async fn enter(&self, name: &str, meeting: &Meeting, bare: bool) {
        self.ask(json!({
            "do": "join", "room": meeting.room, "origin": meeting.origin, "name": name,
            "password": meeting.password, "trackers": meeting.trackers, "bare": bare,
        }))
        .await;
    }

    /// Says something to everyone, and gives the message as it was sent.
    ///
    /// # Panics
    /// If the page fails.
    pub async fn say(&self, meeting: &Meeting, text: &str) -> Value {
        self.ask(json!({"do": "say", "room": meeting.room, "text": text}))
            .await
    }

    /// Says something to one peer alone, and gives the message as it was sent.
    ///
    /// # Panics
    /// If the page fails.
    pub async fn whisper(&self, meeting: &Meeting, to: &str, text: &str) -> Value {
        self.ask(json!({"do": "say", "room": meeting.room, "text": text, "to": to}))
            .await
    }

    /// Starts or stops typing to one peer alone.
    ///
    /// # Panics
    /// If the page fails.
    pub async fn type_to(&self, meeting: &Meeting, to: &str, is_typing: bool) {
        let room = &meeting.room;
        self.ask(json!({"do": "type", "room": room, "isTyping": is_typing, "to": to}))
            .await;
    }

    /// Loads the page again, which is a new session of the same person, in no room.
    ///
    /// # Panics
    /// If the page fails.
    pub async fn reload(&mut self) {
        let me = self.ask(json!({"do": "reload"})).await;
        assert_eq!(me["userId"], self.user_id, "it is the same person");
        me["peerId"]
            .as_str()
            .unwrap_or_default()
            .clone_into(&mut self.peer_id);
    }

    /// In how many of these rooms that peer is, and over how many connections.
    ///
    /// # Panics
    /// If the page fails.
    pub async fn connections(&self, meetings: &[&Meeting], to: &str) -> Value {
        let rooms: Vec<_> = meetings.iter().map(|meeting| &meeting.room).collect();
        self.ask(json!({"do": "connections", "rooms": rooms, "to": to}))
            .await
    }

    /// Sends any payload as any action.
    ///
    /// # Panics
    /// If the page fails.
    pub async fn send(&self, meeting: &Meeting, action: &str, data: Value) {
        self.ask(json!({"do": "send", "room": meeting.room, "action": action, "data": data}))
            .await;
    }

    /// Starts or stops typing.
    ///
    /// # Panics
    /// If the page fails.
    pub async fn set_typing(&self, meeting: &Meeting, is_typing: bool) {
        self.ask(json!({"do": "type", "room": meeting.room, "isTyping": is_typing}))
            .await;
    }

    /// Takes another name.
    ///
    /// # Panics
    /// If the page fails.
    pub async fn rename(&self, meeting: &Meeting, name: &str) {
        self.ask(json!({"do": "rename", "room": meeting.room, "name": name}))
            .await;
    }

    /// Leaves the room; the page stays.
    ///
    /// # Panics
    /// If the page fails.
    pub async fn leave(&self, meeting: &Meeting) {
        self.ask(json!({"do": "leave", "room": meeting.room})).await;
    }

    /// The candidate lines of both ends of each connection.
    ///
    /// # Panics
    /// If the page fails.
    pub async fn candidates(&self, meeting: &Meeting) -> Value {
        self.ask(json!({"do": "candidates", "room": meeting.room}))
            .await
    }

    /// Closes the tab, as a person does.
    ///
    /// # Panics
    /// If the driver fails.
    pub async fn close(&self) {
        self.ask(json!({"do": "close"})).await;
    }

    /// Ends the browser without a word.
    ///
    /// # Panics
    /// If the driver fails.
    pub async fn kill(&self) {
        self.ask(json!({"do": "kill"})).await;
    }

    /// Waits until it can talk to that peer.
    ///
    /// # Panics
    /// If that does not happen in time.
    pub async fn meets(&self, limit: Duration, peer_id: &str) {
        self.log
            .within(limit, &format!("meeting {peer_id}"), |event| {
                event["kind"] == "peerJoined" && event["peerId"] == peer_id
            })
            .await;
    }

    /// Waits until it has heard that text, and gives the message.
    ///
    /// # Panics
    /// If that does not happen in time.
    pub async fn hears(&self, text: &str) -> Value {
        let event = self
            .log
            .until("that message", |event| {
                event["action"] == "g.0" && event["data"]["text"] == text
            })
            .await;
        event["data"].clone()
    }

    /// Waits until it alone was told that text, and gives the message.
    ///
    /// # Panics
    /// If that does not happen in time.
    pub async fn is_told(&self, text: &str) -> Value {
        let event = self
            .log
            .until("that private message", |event| {
                event["action"] == "dm.0" && event["data"]["text"] == text
            })
            .await;
        event["data"].clone()
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

    pub(crate) async fn ask(&self, wish: Value) -> Value {
        self.ask_within(ANSWER_LIMIT, wish).await
    }

    pub(crate) async fn ask_within(&self, limit: Duration, mut wish: Value) -> Value {
        wish["page"] = json!(self.name);
        self.driver.ask_within(limit, wish).await
    }
}

impl Driver {
    fn log(&self, name: &str) -> Log {
        let mut logs = self.logs.lock().unwrap_or_else(PoisonError::into_inner);
        logs.entry(name.to_owned())
            .or_insert_with(|| Log::of(name))
            .clone()
    }

    async fn ask(&self, wish: Value) -> Value {
        self.ask_within(ANSWER_LIMIT, wish).await
    }

    async fn ask_within(&self, limit: Duration, mut wish: Value) -> Value {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let (sender, receiver) = oneshot::channel();
        self.waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(id, sender);
        wish["id"] = json!(id);
        let line = format!("{wish}\n");
        self.input
            .lock()
            .await
            .write_all(line.as_bytes())
            .await
            .expect("the driver reads its input");
        let answer = tokio::time::timeout(limit, receiver)
            .await
            .unwrap_or_else(|_| panic!("the driver did not answer {}", wish["do"]))
            .expect("the driver is running");
        answer.unwrap_or_else(|error| panic!("{} failed: {error}", wish["do"]))
    }

    fn hear(&self, mut message: Value) {
        if let Some(name) = message["page"].as_str() {
            self.log(name).push(message["event"].clone());
        } else if let Some(id) = message["id"].as_u64() {
            let waiting = self
                .waiting
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .remove(&id);
            let answer = match message["error"].as_str() {
                Some(error) => Err(error.to_owned()),
                None => Ok(message["result"].take()),
            };
            if let Some(waiting) = waiting {
                // Nobody waits any longer when the test has given up.
                let _ = waiting.send(answer);
            }
        }
    }
}

async fn listen(output: ChildStdout, driver: std::sync::Weak<Driver>) {
    let mut lines = BufReader::new(output).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        let Some(driver) = driver.upgrade() else {
            return;
        };
        let message = serde_json::from_str(&line)
            .unwrap_or_else(|error| panic!("the driver said {line:?}: {error}"));
        driver.hear(message);
    }
}
