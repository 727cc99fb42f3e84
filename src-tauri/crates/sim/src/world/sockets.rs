//! The trackers, and everyone's sockets to them.

use rand::Rng;
use std::time::Duration;

use room::{Input, TrackerFailure};
use wire::FromTracker;

use super::schedule::Happening;
use super::{Who, World};
use crate::tracker::{SocketId, Tracker};

/// The first pause before a tracker's socket is tried again, and the longest.
const RETRY: (Duration, Duration) = (Duration::from_millis(3_333), Duration::from_secs(60));
/// How long it takes to notice that a tracker's socket leads nowhere.
pub(super) const SOCKET_SILENCE: Duration = Duration::from_secs(20);
/// The same where it has to prove itself at once.
const SOCKET_PROOF: Duration = Duration::from_secs(3);
/// The longest pause for a tracker that has worked.
const RETRY_PROVEN: Duration = Duration::from_secs(15);

#[derive(Debug)]
pub(super) struct Socket {
    pub(super) id: SocketId,
    pub(super) is_open: bool,
    pub(super) is_wanted: bool,
    pub(super) pause: Duration,
    pub(super) has_worked: bool,
}

impl World {
    /// A new tracker that asks for announces every two minutes. Everyone knows it.
    pub fn add_tracker(&mut self, url: &str) {
        self.trackers.insert(url.to_owned(), Tracker::new(120));
        for who in self.everyone() {
            self.introduce_tracker(who, url.to_owned());
        }
    }

    /// A tracker's process ends: its sockets close, and it forgets everyone.
    pub fn stop_tracker(&mut self, url: &str) {
        self.tracker_mut(url).crash();
        let open: Vec<Who> = self
            .sockets
            .iter()
            .filter(|((_, of), socket)| of == url && socket.is_open)
            .map(|((who, _), _)| *who)
            .collect();
        for who in open {
            self.socket_closed(who, url, TrackerFailure::Closed);
        }
    }

    /// A stopped tracker serves again.
    pub fn start_tracker(&mut self, url: &str) {
        self.tracker_mut(url).is_up = true;
    }

    /// Lets a tracker say anything to a peer, at once.
    pub fn tracker_says(&mut self, url: &str, to: Who, text: &str) {
        if let Ok(message) = FromTracker::parse(text) {
            let url = url.to_owned();
            self.hand_in(to, Input::TrackerSaid { url, message });
        }
    }

    pub(super) fn tracker_mut(&mut self, url: &str) -> &mut Tracker {
        self.trackers.get_mut(url).expect("the tracker exists")
    }

    pub(super) fn announce(&mut self, who: Who, url: String, text: String) {
        let now = self.now;
        let said: serde_json::Value = serde_json::from_str(&text).expect("peers send JSON");
        let offers = said.get("offers").and_then(serde_json::Value::as_array);
        let ids = offers.into_iter().flatten().filter_map(|offer| {
            let id = offer.get("offer_id")?.as_str()?;
            Some(id.to_owned())
        });
        self.peers[who.0].offers.extend(ids);
        self.peers[who.0].announces.push(now);
        let latency = self.latency();
        if let Some(socket) = self.sockets.get(&(who, url.clone()))
            && socket.is_open
            && self.peers[who.0].is_plugged
        {
            let id = socket.id;
            self.later(latency, Happening::ToTracker(url, id, text));
        }
    }

    pub(super) fn at_tracker(&mut self, url: &str, socket: SocketId, text: &str) {
        let Some(tracker) = self.trackers.get_mut(url).filter(|tracker| tracker.is_up) else {
            return;
        };
        let out = tracker.hear(&mut self.rng, socket, text);
        for (to, text) in out {
            let theirs = self
                .sockets
                .iter()
                .find(|(_, socket)| socket.id == to)
                .map(|((who, _), _)| *who);
            if let Some(who) = theirs {
                let latency = self.latency();
                self.later(
                    latency,
                    Happening::FromTracker(who, url.to_owned(), to, text),
                );
            }
        }
    }

    pub(super) fn open_socket(&mut self, who: Who, url: String) {
        let socket = self.sockets.entry((who, url.clone())).or_insert(Socket {
            id: 0,
            is_open: false,
            is_wanted: false,
            pause: RETRY.0,
            has_worked: false,
        });
        if socket.is_wanted {
            return;
        }
        socket.is_wanted = true;
        socket.pause = RETRY.0;
        let id = self.new_socket(who, &url);
        self.later(Duration::ZERO, Happening::Connect(who, url, id));
    }

    /// Gives a socket a new name, so that whatever is under way for the old one is lost.
    fn new_socket(&mut self, who: Who, url: &str) -> SocketId {
        self.last_socket += 1;
        let id = self.last_socket;
        if let Some(socket) = self.sockets.get_mut(&(who, url.to_owned())) {
            socket.id = id;
            socket.is_open = false;
        }
        id
    }

    pub(super) fn close_socket(&mut self, who: Who, url: &str) {
        let Some(socket) = self.sockets.get_mut(&(who, url.to_owned())) else {
            return;
        };
        socket.is_wanted = false;
        let id = socket.id;
        self.new_socket(who, url);
        if let Some(tracker) = self.trackers.get_mut(url) {
            tracker.forget(id);
        }
    }

    fn is_current(&self, who: Who, url: &str, id: SocketId) -> bool {
        self.sockets
            .get(&(who, url.to_owned()))
            .is_some_and(|socket| socket.id == id && socket.is_wanted)
    }

    pub(super) fn is_open(&self, who: Who, url: &str, id: SocketId) -> bool {
        self.sockets
            .get(&(who, url.to_owned()))
            .is_some_and(|socket| socket.id == id && socket.is_open)
    }

    pub(super) fn connect(&mut self, who: Who, url: &str, id: SocketId) {
        if !self.is_current(who, url, id) {
            return;
        }
        let url = url.to_owned();
        self.hand_in(who, Input::TrackerConnecting { url: url.clone() });
        // TCP and TLS and the upgrade each go there and back.
        let way = self.conditions.latency * 6;
        self.later(way, Happening::Connected(who, url, id));
    }

    pub(super) fn connected(&mut self, who: Who, url: &str, id: SocketId) {
        if !self.is_current(who, url, id) {
            return;
        }
        let reachable = self.peers[who.0].is_plugged
            && self.trackers.get(url).is_some_and(|tracker| tracker.is_up);
        if !reachable {
            self.socket_closed(who, url, TrackerFailure::Unreachable);
            return;
        }
        if let Some(socket) = self.sockets.get_mut(&(who, url.to_owned())) {
            socket.is_open = true;
            socket.has_worked = true;
            socket.pause = RETRY.0;
        }
        let url = url.to_owned();
        self.hand_in(who, Input::TrackerOpened { url });
    }

    pub(super) fn socket_closed(&mut self, who: Who, url: &str, reason: TrackerFailure) {
        let part = self.rng.gen_range(0.0..1.0);
        let Some(socket) = self.sockets.get_mut(&(who, url.to_owned())) else {
            return;
        };
        let retry_in = socket.pause.mul_f64(part);
        let longest = if socket.has_worked {
            RETRY_PROVEN
        } else {
            RETRY.1
        };
        socket.pause = (socket.pause * 2).min(longest);
        let id = self.new_socket(who, url);
        let url = url.to_owned();
        self.later(retry_in, Happening::Connect(who, url.clone(), id));
        self.hand_in(
            who,
            Input::TrackerClosed {
                url,
                reason,
                retry_in,
            },
        );
    }

    /// Connects everything that is closed now, and finds out what only seems open.
    pub(super) fn wake_sockets(&mut self, who: Who) {
        let open: Vec<(String, SocketId)> = self
            .sockets
            .iter()
            .filter(|((of, _), socket)| *of == who && socket.is_open)
            .map(|((_, url), socket)| (url.clone(), socket.id))
            .collect();
        for (url, id) in open {
            self.later(SOCKET_PROOF, Happening::SocketSilent(who, url, id));
        }
        let closed: Vec<String> = self
            .sockets
            .iter()
            .filter(|((of, _), socket)| *of == who && socket.is_wanted && !socket.is_open)
            .map(|((_, url), _)| url.clone())
            .collect();
        for url in closed {
            let id = self.new_socket(who, &url);
            self.later(Duration::ZERO, Happening::Connect(who, url, id));
        }
    }
}
