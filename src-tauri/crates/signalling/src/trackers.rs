//! All trackers in use, by their addresses.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustls::ClientConfig;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;
use wire::FromTracker;

use crate::Reason;
use crate::dial;
use crate::proxy::Proxy;
use crate::socket::{FAREWELL, Line};
use crate::url::{self, UrlError};

/// How many trackers may be open: a configured list, a few from a link, and the local ones.
pub const MAX_TRACKERS: usize = 32;

/// How many messages may wait for one slow socket. Announcing ten rooms and answering fifty
/// offers at once stays below.
const QUEUE: usize = 256;

/// What happens at the trackers. Every event names its tracker by the address given to
/// [`Trackers::open`].
#[derive(Clone, Debug)]
pub enum Heard<M = FromTracker> {
    /// An attempt begins.
    Connecting {
        /// Which tracker.
        url: String,
    },
    /// Messages may be sent.
    Opened {
        /// Which tracker.
        url: String,
    },
    /// It said something.
    Said {
        /// Which tracker.
        url: String,
        /// What it said.
        message: M,
    },
    /// It is not connected, or no longer; the next attempt follows by itself.
    Closed {
        /// Which tracker.
        url: String,
        /// Why.
        reason: Reason,
        /// When the next attempt begins.
        retry_in: Duration,
    },
    /// It cannot be opened at all; nothing more will be heard of it.
    Unusable {
        /// What was given.
        url: String,
        /// Why.
        why: UrlError,
    },
}

/// One socket for each tracker. Dropping this drops them all at once.
///
/// What trackers say is read as `M`: rooms and torrents write their ids differently.
#[derive(Debug)]
pub struct Trackers<M = FromTracker> {
    heard: mpsc::Sender<Heard<M>>,
    read: Reads<M>,
    tls: Arc<ClientConfig>,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    proxy: Option<Proxy>,
    lines: HashMap<String, Handle>,
    tasks: JoinSet<()>,
}

/// Our end of one line. Dropping it hangs up.
#[derive(Debug)]
struct Handle {
    outgoing: mpsc::Sender<String>,
    is_open: Arc<AtomicBool>,
    wakes: watch::Sender<u64>,
}

/// Reads what a tracker said; `None` if it makes no sense.
pub(crate) type Reads<M> = fn(&str) -> Option<M>;

impl Trackers {
    /// No tracker yet, for rooms. `heard` should have room for some dozens: while it is full, no
    /// tracker is read from. Needs a tokio runtime.
    pub fn new(heard: mpsc::Sender<Heard>) -> Self {
        Self::reading(heard, |text| FromTracker::parse(text).ok())
    }
}

impl<M: Send + 'static> Trackers<M> {
    /// No tracker yet, for those who read what is said there by `read`; else as [`Trackers::new`].
    pub fn reading(heard: mpsc::Sender<Heard<M>>, read: fn(&str) -> Option<M>) -> Self {
        Self::with_tls(heard, read, dial::tls())
    }

    pub(crate) fn with_tls(
        heard: mpsc::Sender<Heard<M>>,
        read: Reads<M>,
        tls: Arc<ClientConfig>,
    ) -> Self {
        Self {
            heard,
            read,
            tls,
            open: Mutex::default(),
        }
    }

    /// Opens a tracker and keeps it open. One that is open already stays as it is. `local` says
    /// that it is on this machine or network, where asking often costs nobody anything.
    pub fn open(&self, url: &str, local: bool) {
        let mut open = self.lock();
        while open.tasks.try_join_next().is_some() {}
        if open.lines.contains_key(url) {
            return;
        }
        let checked = if open.lines.len() >= MAX_TRACKERS {
            Err(UrlError::TooMany)
        } else {
            url::parse(url)
        };
        match checked {
            Ok(address) => {
                let (outgoing, messages) = mpsc::channel(QUEUE);
                let (wakes, waking) = watch::channel(0);
                let is_open = Arc::<AtomicBool>::default();
                let line = Line {
                    url: url.to_owned(),
                    address,
                    local,
                    tls: Arc::clone(&self.tls),
                    proxy: open.proxy.clone().filter(|_| !local),
                    heard: self.heard.clone(),
                    read: self.read,
                    messages,
                    waking,
                    is_open: Arc::clone(&is_open),
                };
                open.tasks.spawn(line.keep());
                let handle = Handle {
                    outgoing,
                    is_open,
                    wakes,
                };
                open.lines.insert(url.to_owned(), handle);
            }
            Err(why) => {
                let heard = self.heard.clone();
                // What is shown to a person or logged is never longer than an address may be.
                let url = url.chars().take(url::MAX_URL_BYTES).collect();
                open.tasks.spawn(async move {
                    let _ = heard.send(Heard::Unusable { url, why }).await;
                });
            }
        }
    }

    /// Reaches trackers through this proxy, if any, from the next [`Trackers::open`] on. Those that
    /// are local, or near by their address, are always reached straight.
    pub fn set_proxy(&self, proxy: Option<Proxy>) {
        self.lock().proxy = proxy;
    }

    /// Closes a tracker. What was sent before is still written; nothing more is heard of it.
    pub fn close(&self, url: &str) {
        self.lock().lines.remove(url);
    }

    /// Sends one message. False when it was dropped: the tracker is not open, or so slow that its
    /// queue is full.
    pub fn send(&self, url: &str, text: String) -> bool {
        self.lock().lines.get(url).is_some_and(|line| {
            line.is_open.load(Ordering::Acquire) && line.outgoing.try_send(text).is_ok()
        })
    }

    /// The network is back, or has changed: whoever waits to reconnect does so now, and whoever
    /// seems open must prove it within seconds.
    pub fn wake(&self) {
        for line in self.lock().lines.values() {
            line.wakes.send_modify(|wakes| *wakes += 1);
        }
    }

    /// Closes all trackers in good order; takes a second or two at most.
    pub async fn shutdown(self) {
        let open = {
            let mut open = self.lock();
            open.lines.clear();
            std::mem::take(&mut open.tasks)
        };
        let mut tasks = open;
        let farewell = async { while tasks.join_next().await.is_some() {} };
        let _ = timeout(FAREWELL * 2, farewell).await;
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
