//! Those who listen to a node: the window, the terminal.
//!
//! Nothing is ever left out for a listener: while one of them is behind, the node stops reading
//! from peers and trackers, and their own flow control slows them down.

use std::collections::VecDeque;

use room::Event;
use tokio::sync::mpsc;
use view::FilesEvent;

/// Events a listener may leave unread before the node waits for it.
const UNREAD: usize = 1_024;

/// Something that is told.
#[expect(
    clippy::large_enum_variant,
    reason = "nearly all that is told is of rooms"
)]
#[derive(Clone, Debug)]
pub enum Told {
    /// In a room, or about all of them.
    Room(Event),
    /// Of files on their way.
    Files(FilesEvent),
}

impl Told {
    /// What happened in a room, if it is about one.
    #[must_use]
    pub fn room(self) -> Option<Event> {
        match self {
            Self::Room(event) => Some(event),
            Self::Files(_) => None,
        }
    }
}

impl From<Told> for view::Event {
    fn from(told: Told) -> Self {
        match told {
            Told::Room(event) => view::project(event),
            Told::Files(event) => event.into(),
        }
    }
}

/// Everything there is to show at one moment.
#[derive(Clone, Debug)]
pub struct Present {
    /// Who we are, the rooms and what is said in them.
    pub rooms: room::Snapshot,
    /// The files on their way.
    pub transfers: Vec<view::Transfer>,
}

impl From<Present> for view::Snapshot {
    fn from(present: Present) -> Self {
        Self {
            transfers: present.transfers,
            ..view::snapshot(present.rooms)
        }
    }
}

/// What is told to one listener, in order, from the moment of its snapshot on.
#[derive(Debug)]
pub struct Subscription(mpsc::Receiver<Told>);

impl Subscription {
    /// The next event; `None` when the node has stopped.
    pub async fn next(&mut self) -> Option<Told> {
        self.0.recv().await
    }

    /// The next thing told of rooms; what is told of files is passed over.
    pub async fn next_of_rooms(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.next().await?.room() {
                return Some(event);
            }
        }
    }

    /// The next thing told of rooms if it is there already.
    pub fn try_next_of_rooms(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.try_next()?.room() {
                return Some(event);
            }
        }
    }

    /// The next event if it is there already, so that a listener can take several at once.
    pub fn try_next(&mut self) -> Option<Told> {
        self.0.try_recv().ok()
    }
}

/// All listeners of a node.
#[derive(Debug, Default)]
pub(crate) struct Listeners(Vec<Listener>);

#[derive(Debug)]
struct Listener {
    events: mpsc::Sender<Told>,
    backlog: VecDeque<Told>,
}

impl Listeners {
    pub(crate) fn subscribe(&mut self) -> Subscription {
        let (events, unread) = mpsc::channel(UNREAD);
        self.0.push(Listener {
            events,
            backlog: VecDeque::new(),
        });
        Subscription(unread)
    }

    pub(crate) fn tell(&mut self, told: &Told) {
        self.0.retain(|listener| !listener.events.is_closed());
        for listener in &mut self.0 {
            listener.backlog.push_back(told.clone());
            listener.hand_over();
        }
    }

    /// Whether a listener has to read before more is taken from outside.
    pub(crate) fn is_behind(&self) -> bool {
        self.0.iter().any(|listener| !listener.backlog.is_empty())
    }

    /// Waits until the first listener that is behind reads, and hands it what waited.
    pub(crate) async fn catch_up(&mut self) {
        let Some(listener) = self.0.iter_mut().find(|it| !it.backlog.is_empty()) else {
            return std::future::pending().await;
        };
        let listening = match listener.events.reserve().await {
            Ok(permit) => {
                if let Some(event) = listener.backlog.pop_front() {
                    permit.send(event);
                }
                true
            }
            Err(_) => false,
        };
        if listening {
            listener.hand_over();
        } else {
            listener.backlog.clear();
        }
    }
}

impl Listener {
    fn hand_over(&mut self) {
        while let Some(event) = self.backlog.pop_front() {
            if let Err(mpsc::error::TrySendError::Full(event)) = self.events.try_send(event) {
                self.backlog.push_front(event);
                return;
            }
        }
    }
}
