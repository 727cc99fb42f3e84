//! Browsers, the reference tracker and its client, run by `browser/driver.mjs`.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::driver::{ANSWER_LIMIT, Story};
use crate::{Log, Meeting};

/// The foreign peers of one test, all of which end with the last clone of this and the last of its
/// pages. All tests of a program share what it takes to run them.
#[derive(Clone, Debug)]
pub struct Foreign(Arc<Story>);

/// Where a browser's peer id shall sort: that decides who offers and who answers.
#[derive(Clone, Copy, Debug)]
pub enum Sorts {
    /// Below ours: the browser offers.
    Low,
    /// Above ours: we offer.
    High,
}

/// What a page and its browser are like.
#[derive(Clone, Copy, Debug)]
pub struct PageOptions {
    /// Where its peer id sorts.
    pub sorts: Sorts,
    /// Whether its candidates hold addresses, or names that only multicast DNS resolves.
    pub show_addresses: bool,
    /// Whether it holds files in memory as in a private window, and not in its database.
    pub private: bool,
    /// Whether its browser is its own, as it must be for a page that is closed or killed with it, or
    /// that keeps files in its database. Else it shares one with other pages of this program, of
    /// which it knows nothing; one that hides its addresses or is private never does.
    pub own_browser: bool,
}

impl Default for PageOptions {
    fn default() -> Self {
        Self {
            sorts: Sorts::High,
            show_addresses: true,
            private: false,
            own_browser: false,
        }
    }
}

/// A page in a browser, which is one peer.
#[derive(Clone, Debug)]
pub struct Page {
    story: Arc<Story>,
    name: String,
    log: Log,
    peer_id: String,
    user_id: String,
}

impl Foreign {
    /// Begins a story of foreign peers, in which there is nobody yet. The first of a program starts
    /// their driver.
    ///
    /// # Panics
    /// If Node cannot be started.
    #[must_use]
    pub fn start() -> Self {
        Self(Arc::new(Story::begin()))
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

    /// Opens a page, in a browser that is started if it has to be.
    ///
    /// # Panics
    /// If it does not open.
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
                "mayShare": !options.own_browser && options.show_addresses && !options.private,
            }))
            .await;
        let text = |key: &str| me[key].as_str().unwrap_or_default().to_owned();
        Page {
            story: Arc::clone(&self.0),
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

    /// Closes the tab, as a person does, and then its own browser.
    ///
    /// # Panics
    /// If it has none, or the driver fails.
    pub async fn close(&self) {
        self.ask(json!({"do": "close"})).await;
    }

    /// Ends its own browser without a word.
    ///
    /// # Panics
    /// If it has none, or the driver fails.
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
        self.story.ask_within(limit, wish).await
    }
}
