//! Where connections meet: each message is read, the swarms are asked, and what follows is put
//! into the queues of those it is for. Nothing here waits, so no connection can hold up another.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, mpsc};
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use crate::Limits;
use crate::message::{self, Announce, Answer, Bad, Counts, Id, Request};
use crate::swarm::{ConnectionId, Swarms};

/// What all connections of a tracker share.
#[derive(Debug)]
pub(crate) struct Hub {
    /// What is allowed.
    pub(crate) limits: Limits,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    swarms: Swarms,
    queues: HashMap<ConnectionId, Queue>,
    last_id: u64,
}

/// The sending end of what waits for one connection.
#[derive(Debug)]
struct Queue {
    messages: mpsc::Sender<Utf8Bytes>,
    bytes: Arc<AtomicUsize>,
    overflow: Arc<Notify>,
}

/// The receiving end of what waits for one connection.
#[derive(Debug)]
pub(crate) struct Inbox {
    messages: mpsc::Receiver<Utf8Bytes>,
    bytes: Arc<AtomicUsize>,
    /// Told when more came than may wait; the connection is then too slow to keep.
    pub(crate) overflow: Arc<Notify>,
}

/// Whether a message could be served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Served {
    /// It could.
    Yes,
    /// It could not, and its sender was told why.
    No,
}

impl Hub {
    /// A hub without connections.
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            state: Mutex::default(),
        }
    }

    /// Takes in a connection.
    pub(crate) fn enter(&self) -> (ConnectionId, Inbox) {
        let (sender, receiver) = mpsc::channel(self.limits.queued_messages.max(1));
        let (bytes, overflow) = (Arc::default(), Arc::<Notify>::default());
        let inbox = Inbox {
            messages: receiver,
            bytes: Arc::clone(&bytes),
            overflow: Arc::clone(&overflow),
        };
        let queue = Queue {
            messages: sender,
            bytes,
            overflow,
        };

        let mut state = self.state();
        state.last_id += 1;
        let id = ConnectionId(state.last_id);
        state.queues.insert(id, queue);
        (id, inbox)
    }

    /// Lets a connection go, and with it the peers only it could reach.
    pub(crate) fn leave(&self, id: ConnectionId) {
        let mut state = self.state();
        state.queues.remove(&id);
        state.swarms.close(id);
    }

    /// Serves one message.
    pub(crate) fn hear(&self, now: Instant, from: ConnectionId, text: &str) -> Served {
        let bad = match Request::parse(text, &self.limits) {
            Ok(Request::Announce(announce)) => self.announce(now, from, &announce),
            Ok(Request::Answer(answer)) => {
                self.answer(&answer);
                Ok(())
            }
            Ok(Request::Scrape(swarms)) => {
                self.scrape(from, &swarms);
                Ok(())
            }
            Err(bad) => Err(bad),
        };
        match bad {
            Ok(()) => Served::Yes,
            Err(bad) => {
                self.refuse(from, &bad);
                Served::No
            }
        }
    }

    /// Tells a connection why it was not served.
    pub(crate) fn refuse(&self, to: ConnectionId, bad: &Bad) {
        self.state().tell(to, bad.to_json(), &self.limits);
    }

    /// Forgets the peers that stopped announcing.
    pub(crate) fn expire(&self, now: Instant) {
        self.state().swarms.expire(now, &self.limits);
    }

    fn announce(
        &self,
        now: Instant,
        from: ConnectionId,
        announce: &Announce<'_>,
    ) -> Result<(), Bad> {
        let Announce {
            info_hash, peer_id, ..
        } = *announce;
        let mut state = self.state();
        let announced = state
            .swarms
            .announce(now, from, announce, &self.limits, &mut rand::thread_rng())
            .map_err(|reason| Bad::announce(info_hash, reason))?;

        let reply = message::announced(info_hash, announced.counts, &self.limits);
        state.tell(from, reply, &self.limits);
        for (offer, to) in announce.offers.iter().zip(announced.receivers) {
            let offer = message::offered(info_hash, peer_id, offer);
            state.tell(to, offer, &self.limits);
        }
        Ok(())
    }

    /// Passes an answer on. If its receiver is gone, nothing is said: the reference is silent
    /// too, and the one who answers has its own time-out.
    fn answer(&self, answer: &Answer<'_>) {
        let mut state = self.state();
        if let Some(to) = state.swarms.connection_of(answer.info_hash, answer.to) {
            state.tell(to, message::answered(answer), &self.limits);
        }
    }

    fn scrape(&self, from: ConnectionId, info_hashes: &[Id]) {
        let mut state = self.state();
        let swarms: Vec<(Id, Counts)> = info_hashes
            .iter()
            .map(|info_hash| (*info_hash, state.swarms.counts(*info_hash)))
            .collect();
        state.tell(from, message::scraped(&swarms, &self.limits), &self.limits);
    }

    /// A panic elsewhere must not stop the tracker: the books are whole between any two calls.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Queues a message. One who does not read in time is dropped rather than waited for.
    fn tell(&mut self, to: ConnectionId, text: String, limits: &Limits) {
        let Some(queue) = self.queues.get(&to) else {
            return;
        };
        let waiting = queue.bytes.fetch_add(text.len(), Ordering::Relaxed) + text.len();
        if waiting > limits.queued_bytes || queue.messages.try_send(text.into()).is_err() {
            queue.overflow.notify_one();
            // From here on it is only waited for to end; it must not fill up further.
            self.queues.remove(&to);
            self.swarms.close(to);
        }
    }
}

impl Inbox {
    /// The next message for this connection; `None` when there will be no more.
    pub(crate) async fn next(&mut self) -> Option<Utf8Bytes> {
        let text = self.messages.recv().await?;
        self.bytes.fetch_sub(text.len(), Ordering::Relaxed);
        Some(text)
    }
}
