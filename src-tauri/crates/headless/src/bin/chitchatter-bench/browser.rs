//! Real browsers with the published Trystero library, by the driver of the interop tests.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::Trouble;
use crate::distance::Place;
use crate::stream::Stream;
use crate::terminal::{LIMIT, ORIGIN, Tracker, end_within, text};

/// Where the driver is, from the root of the house.
pub(crate) const FOLDER: &str = "src-tauri/crates/interop/browser";

/// The driver, and the pages it has opened.
pub(crate) struct Browser {
    child: Child,
    input: ChildStdin,
    lines: Stream,
    asked: u64,
    pages: u64,
}

/// A page that is a peer.
#[derive(Clone)]
pub(crate) struct Page {
    name: String,
    pub(crate) peer_id: String,
}

impl Browser {
    pub(crate) fn start() -> Result<Self, Trouble> {
        Self::start_at(Place::Here, "127.0.0.1")
    }

    /// The same somewhere else, with a tracker at this address.
    pub(crate) fn start_at(place: Place, tracker: &str) -> Result<Self, Trouble> {
        let folder = folder()?;
        let mut child = place
            .command("node")
            .arg("driver.mjs")
            .env("REACHABLE", tracker)
            .current_dir(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("node does not start: {error}"))?;
        let input = child.stdin.take().ok_or("no input")?;
        let lines = Stream::of(child.stdout.take().ok_or("no output")?);
        let mut browser = Self {
            child,
            input,
            lines,
            asked: 0,
            pages: 0,
        };
        let page = browser.page()?;
        browser.close(&page)?;
        Ok(browser)
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// A new browser with one page in it.
    pub(crate) fn page(&mut self) -> Result<Page, Trouble> {
        self.pages += 1;
        let name = format!("page {}", self.pages);
        let (_, made) = self.ask("page", json!({ "page": name }))?;
        Ok(Page {
            name,
            peer_id: text(&made["peerId"]),
        })
    }

    /// Joins, and tells when it began to.
    pub(crate) fn join(
        &mut self,
        page: &Page,
        tracker: &Tracker,
        room: &str,
    ) -> Result<Instant, Trouble> {
        let wish = json!({
            "page": page.name, "room": room, "origin": ORIGIN, "trackers": [tracker.url],
            "name": page.name,
        });
        Ok(self.ask("join", wish)?.0)
    }

    /// Says something, and tells when it began to.
    pub(crate) fn say(&mut self, page: &Page, room: &str, text: &str) -> Result<Instant, Trouble> {
        let wish = json!({ "page": page.name, "room": room, "text": text });
        Ok(self.ask("say", wish)?.0)
    }

    pub(crate) fn leave(&mut self, page: &Page, room: &str) -> Result<(), Trouble> {
        self.ask("leave", json!({ "page": page.name, "room": room }))
            .map(drop)
    }

    /// Ends a page and its browser.
    pub(crate) fn close(&mut self, page: &Page) -> Result<(), Trouble> {
        self.ask("kill", json!({ "page": page.name })).map(drop)
    }

    /// When the page met someone.
    pub(crate) fn meets(
        &mut self,
        page: &Page,
        peer_id: &str,
        limit: Duration,
    ) -> Result<Instant, Trouble> {
        self.event(page, "a peer that joins", limit, |event| {
            event["kind"] == "peerJoined" && event["peerId"] == peer_id
        })
    }

    /// When the page heard that line.
    pub(crate) fn hears(&mut self, page: &Page, text: &str) -> Result<Instant, Trouble> {
        self.event(page, "a line", LIMIT, |event| {
            event["kind"] == "heard" && event["data"]["text"] == text
        })
    }

    /// Waits until someone is gone.
    pub(crate) fn loses(&mut self, page: &Page, peer_id: &str) -> Result<(), Trouble> {
        self.event(page, "a peer that leaves", LIMIT, |event| {
            event["kind"] == "peerLeft" && event["peerId"] == peer_id
        })
        .map(drop)
    }

    pub(crate) fn forget(&mut self) {
        self.lines.forget();
    }

    fn event(
        &mut self,
        page: &Page,
        what: &str,
        limit: Duration,
        is_it: impl Fn(&Value) -> bool,
    ) -> Result<Instant, Trouble> {
        let look = |said: &Value| {
            (said["page"] == page.name.as_str() && is_it(&said["event"])).then_some(())
        };
        Ok(self.lines.wait(what, limit, look)?.0)
    }

    /// Asks for something that takes long; [`Browser::reply`] says how it ended.
    pub(crate) fn begin(
        &mut self,
        verb: &str,
        page: &Page,
        mut wish: Value,
    ) -> Result<u64, Trouble> {
        wish["page"] = json!(page.name);
        Ok(self.tell(verb, wish)?.0)
    }

    /// What became of something asked for, and when it did.
    pub(crate) fn reply(
        &mut self,
        verb: &str,
        id: u64,
        limit: Duration,
    ) -> Result<(Instant, Value), Trouble> {
        let (at, reply) = self
            .lines
            .wait(verb, limit, |said| (said["id"] == id).then(|| said.clone()))?;
        match reply.get("error") {
            Some(error) => Err(format!("{verb}: {error}")),
            None => Ok((at, reply["result"].clone())),
        }
    }

    /// Waits until someone offers the page files, and gives the magnet link.
    pub(crate) fn is_pointed_to(
        &mut self,
        page: &Page,
        from: &str,
        limit: Duration,
    ) -> Result<String, Trouble> {
        let look = |said: &Value| {
            let event = &said["event"];
            let is_it = said["page"] == page.name.as_str()
                && event["action"] == "g.7"
                && event["peerId"] == from;
            event["data"]["magnetURI"]
                .as_str()
                .filter(|_| is_it)
                .map(str::to_owned)
        };
        Ok(self.lines.wait("a magnet link", limit, look)?.1)
    }

    fn ask(&mut self, verb: &str, wish: Value) -> Result<(Instant, Value), Trouble> {
        let (id, asked_at) = self.tell(verb, wish)?;
        let (_, reply) = self.reply(verb, id, LIMIT)?;
        Ok((asked_at, reply))
    }

    fn tell(&mut self, verb: &str, mut wish: Value) -> Result<(u64, Instant), Trouble> {
        self.asked += 1;
        let id = self.asked;
        wish["id"] = json!(id);
        wish["do"] = json!(verb);
        let asked_at = Instant::now();
        let written = writeln!(self.input, "{wish}").and_then(|()| self.input.flush());
        written.map_err(|error| format!("the driver does not listen: {error}"))?;
        Ok((id, asked_at))
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        end_politely(&mut self.child);
    }
}

/// Tells the driver to end, and gives it the time to end the browsers it started.
fn end_politely(child: &mut Child) {
    let _ = Command::new("kill").arg(child.id().to_string()).status();
    end_within(child, Duration::from_secs(10));
}

/// The folder with the driver, and its packages installed.
pub(crate) fn folder() -> Result<PathBuf, Trouble> {
    let folder = Path::new(FOLDER).to_path_buf();
    if folder.join("node_modules").is_dir() {
        Ok(folder)
    } else {
        Err(format!(
            "{FOLDER} has no packages; `cargo xtask bench` installs them"
        ))
    }
}
