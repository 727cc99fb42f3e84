//! Those who listen to a node: the window, the terminal.
//!
//! Nothing is ever left out for a listener: while one of them is behind, the node stops reading
//! from peers and trackers, and their own flow control slows them down.

use std::collections::VecDeque;

use room::Event;
use tokio::sync::mpsc;

/// Events a listener may leave unread before the node waits for it.
const UNREAD: usize = 1_024;

/// The events of one listener, in order, from the moment of its snapshot on.
#[derive(Debug)]
pub struct Subscription(mpsc::Receiver<Event>);

impl Subscription {
    /// The next event; `None` when the node has stopped.
    pub async fn next(&mut self) -> Option<Event> {
        self.0.recv().await
    }

    /// The next event if it is there already, so that a listener can take several at once.
    pub fn try_next(&mut self) -> Option<Event> {
        self.0.try_recv().ok()
    }
}

/// All listeners of a node.
#[derive(Debug, Default)]
pub(crate) struct Told(Vec<Listener>);

#[derive(Debug)]
struct Listener {
    events: mpsc::Sender<Event>,
    backlog: VecDeque<Event>,
}

impl Told {
    pub(crate) fn subscribe(&mut self) -> Subscription {
        let (events, unread) = mpsc::channel(UNREAD);
        self.0.push(Listener {
            events,
            backlog: VecDeque::new(),
        });
        Subscription(unread)
    }

    pub(crate) fn tell(&mut self, event: &Event) {
        self.0.retain(|listener| !listener.events.is_closed());
        for listener in &mut self.0 {
            listener.backlog.push_back(event.clone());
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
