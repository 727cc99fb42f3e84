//! Links to peers: WebRTC connections with one data channel each.
//!
//! The only crate that names `webrtc` (and `rtc`, its core). A [`Mesh`] does as it is told and
//! reports what happened as [`Heard`]; whom to dial, when and why is decided elsewhere.
//!
//! ```text
//! dial ───> OfferMade (early) ─> OfferMade (complete) ── accept ─┐
//!                                                                ├─> Opened ─> Bytes, Sent, Path,
//! answer ─> AnswerMade ──────────────────────────────────────────┘             Shaky, Steady …
//!                                          every link ends with exactly one Closed, its last word
//! ```
//!
//! Signalling does not trickle: a description carries all the candidates it will ever have. An
//! offer is therefore told twice when STUN or TURN servers are configured, at first with the
//! addresses of this machine alone, so that nobody on the same network waits for a far server.
//!
//! What the connections need to be fast and to please browsers stands in [`settings`](mod@settings).

mod addresses;
mod channel;
mod link;
mod names;
mod options;
mod probe;
mod runtime;
mod sdp;
pub mod settings;
mod socket;
mod stats;
mod stun;
mod way;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::runtime::Handle;
use tokio::sync::{Notify, mpsc, oneshot};
use wire::LinkId;

pub use options::{IceServer, MeshOptions};
pub use probe::{Mapping, Probe, ServerFault, ServerProbe, probe};
pub use sdp::{BadDescription, MAX_CANDIDATE, MAX_CANDIDATES, MAX_DESCRIPTION, MAX_SECTIONS};
pub use settings::Traffic;
pub use stats::{CandidateKind, LinkStats};

use link::{Begin, Order, Start};
use names::Names;
use settings::{Reach, Spacious};

/// All links of this process. A cheap handle; clones share everything.
#[derive(Clone)]
pub struct Mesh(Arc<Shared>);

/// What happened on a link.
#[derive(Debug)]
pub enum Heard {
    /// [`Mesh::dial`] has an offer. Told a second time, complete, when the servers had more to add.
    OfferMade {
        /// The link dialled.
        link: LinkId,
        /// The offer to hand to the peer.
        sdp: String,
        /// Whether this is all the offer will ever hold.
        complete: bool,
    },
    /// [`Mesh::answer`] has its answer; told once.
    AnswerMade {
        /// The link answered on.
        link: LinkId,
        /// The answer to hand back.
        sdp: String,
    },
    /// The open link wants this description carried to the peer, over the link itself.
    Renegotiate {
        /// The link.
        link: LinkId,
        /// What it is: an answer, as nothing is offered once a link is open.
        kind: Description,
        /// The description.
        sdp: String,
    },
    /// Messages can flow.
    Opened {
        /// The link.
        link: LinkId,
    },
    /// One binary message arrived.
    Bytes {
        /// The link.
        link: LinkId,
        /// The message.
        bytes: Bytes,
    },
    /// Bytes handed to the stack since the last `Sent` of this link.
    Sent {
        /// The link.
        link: LinkId,
        /// How many.
        bytes: usize,
    },
    /// Which way the bytes go: told after opening, and again when it changes.
    Path {
        /// The link.
        link: LinkId,
        /// Whether a TURN server stands between.
        relayed: bool,
    },
    /// Nothing has come from the peer for [`settings::DISCONNECTED_AFTER`].
    Shaky {
        /// The link.
        link: LinkId,
    },
    /// A shaky link carries again.
    Steady {
        /// The link.
        link: LinkId,
    },
    /// The link goes on from another address of this machine. Whether it gets through from there,
    /// [`Heard::Steady`] or the end will tell.
    Moved {
        /// The link.
        link: LinkId,
    },
    /// The link is gone. Told exactly once; nothing of this link follows.
    Closed {
        /// The link.
        link: LinkId,
        /// Why.
        why: CloseReason,
    },
}

/// What a description carried over the link is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Description {
    /// An offer.
    Offer,
    /// An answer.
    Answer,
    /// One more ICE candidate: the JSON text of an `RTCIceCandidateInit`.
    Candidate,
}

/// Why a link is gone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CloseReason {
    /// No way to the peer was found, or it fell silent for too long.
    #[error("the peer cannot be reached")]
    Failed,
    /// The peer closed it.
    #[error("the peer closed the connection")]
    Remote,
    /// We closed it.
    #[error("closed here")]
    Local,
    /// The peer's description, or what it did next, is not acceptable.
    #[error("negotiation failed: {0}")]
    Negotiation(BadDescription),
    /// The stack failed: no socket could be opened, or it stopped by itself.
    #[error("the connection could not be kept up")]
    Error,
}

impl Mesh {
    /// Makes a mesh that reports into `heard`.
    ///
    /// `heard` is bounded, and full it slows the peers down by SCTP's own flow control; links take
    /// turns at it. Must be called on a tokio runtime, which then runs the tasks of all links.
    pub fn new(options: MeshOptions, heard: mpsc::Sender<Heard>) -> Mesh {
        let servers = options::Servers::new(&options.ice_servers, false);
        let names = Names::default();
        names.refresh(servers.hosts());
        Mesh(Arc::new(Shared {
            runtime: Handle::current(),
            servers: Mutex::new(Arc::new(servers)),
            loopback: options.loopback,
            heard,
            names,
            reach: Reach::default(),
            spacious: Spacious::default(),
            links: Mutex::default(),
            emptied: Notify::new(),
            stopped: AtomicBool::new(false),
        }))
    }

    /// Asks these servers from the next link on. With `relay_only` such links use relays alone: no
    /// address of this machine is in any description, and without a TURN server none comes about.
    pub fn set_servers(&self, servers: &[IceServer], relay_only: bool) {
        let servers = Arc::new(options::Servers::new(servers, relay_only));
        self.0.names.refresh(servers.hosts());
        *self
            .0
            .servers
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = servers;
    }

    /// How an open link runs; `None` when there is no such link, or it does not answer at once.
    pub async fn stats(&self, link: LinkId) -> Option<LinkStats> {
        let (told, stats) = oneshot::channel();
        self.order(link, Order::Stats(told));
        tokio::time::timeout(settings::STATS_WITHIN, stats)
            .await
            .ok()?
            .ok()
    }

    /// Starts a link for chat and makes an offer: [`Heard::OfferMade`].
    pub fn dial(&self, link: LinkId) {
        self.dial_as(link, Traffic::Chat, settings::CHANNEL_LABEL);
    }

    /// The same for this traffic, on a channel of this label.
    pub fn dial_as(&self, link: LinkId, traffic: Traffic, label: &str) {
        self.start(link, Start::Dial(label.to_owned()), traffic);
    }

    /// Starts a link for chat with a peer's offer and answers it: [`Heard::AnswerMade`], once.
    pub fn answer(&self, link: LinkId, offer: String) {
        self.answer_as(link, Traffic::Chat, offer);
    }

    /// The same for this traffic. The label is the peer's to choose.
    pub fn answer_as(&self, link: LinkId, traffic: Traffic, offer: String) {
        self.start(link, Start::Answer(offer), traffic);
    }

    /// Applies the peer's answer to the offer of a link we dialled.
    pub fn accept(&self, link: LinkId, answer: String) {
        self.order(link, Order::Accept(answer));
    }

    /// The network of this machine is another. Links whose own address is gone go on from another;
    /// the rest is left alone. Nothing is said to the peers: they follow what comes from there.
    pub fn network_changed(&self) {
        let links: Vec<LinkId> = self.0.links().keys().copied().collect();
        for link in links {
            self.order(link, Order::FollowNetwork);
        }
    }

    /// Takes in a description the peer sent over the open link.
    pub fn renegotiate(&self, link: LinkId, kind: Description, sdp: String) {
        self.order(link, Order::Renegotiate(kind, sdp));
    }

    /// Queues one binary message. Never waits; what is unsent is bounded by the caller, who
    /// subtracts what [`Heard::Sent`] reports.
    pub fn send(&self, link: LinkId, frame: Vec<u8>) {
        let links = self.0.links();
        if let Some(frames) = links.get(&link).and_then(|it| it.frames.as_ref()) {
            // A link on its way out has no receiver; its frames have nowhere to go.
            let _ = frames.send(frame);
        }
    }

    /// Closes a link: what was queued goes out first, for at most
    /// [`settings::CLOSE_FLUSH_LONGEST`].
    pub fn close(&self, link: LinkId) {
        if let Some(handle) = self.0.links().get(&link) {
            handle.close.notify_one();
        }
    }

    /// Closes a link at once: what was queued stays unsent.
    pub fn cut(&self, link: LinkId) {
        if let Some(handle) = self.0.links().get_mut(&link) {
            handle.cut.store(true, Ordering::SeqCst);
            handle.close.notify_one();
        }
    }

    /// Closes all links and returns when they are gone, at most [`settings::SHUTDOWN_WITHIN`] later.
    pub async fn shutdown(&self) {
        self.0.stopped.store(true, Ordering::SeqCst);
        let emptied = async {
            loop {
                let gone = self.0.emptied.notified();
                {
                    let links = self.0.links();
                    if links.is_empty() {
                        return;
                    }
                    for handle in links.values() {
                        handle.close.notify_one();
                    }
                }
                gone.await;
            }
        };
        let _ = tokio::time::timeout(settings::SHUTDOWN_WITHIN, emptied).await;
    }

    fn start(&self, link: LinkId, start: Start, traffic: Traffic) {
        if self.0.stopped.load(Ordering::SeqCst) {
            return;
        }
        let (orders, orders_in) = mpsc::channel(settings::MAX_ORDERS);
        let (frames, frames_in) = mpsc::unbounded_channel();
        let close = Arc::new(Notify::new());
        let cut = Arc::<AtomicBool>::default();
        {
            let mut links = self.0.links();
            if links.contains_key(&link) {
                tracing::warn!(link = link.0, "this link is already in use");
                return;
            }
            links.insert(
                link,
                LinkHandle {
                    orders,
                    frames: Some(frames),
                    close: Arc::clone(&close),
                    cut: Arc::clone(&cut),
                },
            );
        }
        let shared = Arc::clone(&self.0);
        let begin = Begin {
            start,
            traffic,
            orders: orders_in,
            frames: frames_in,
            close,
            cut,
        };
        self.0.runtime.spawn(async move {
            let why = link::run(&shared, link, begin).await;
            shared.links().remove(&link);
            let _ = shared.heard.send(Heard::Closed { link, why }).await;
            shared.emptied.notify_waiters();
        });
    }

    fn order(&self, link: LinkId, order: Order) {
        if let Some(handle) = self.0.links().get(&link) {
            // Only a peer that floods us with descriptions can fill this; losing some is its own
            // trouble.
            if handle.orders.try_send(order).is_err() {
                tracing::debug!(link = link.0, "too many orders at once, one is dropped");
            }
        }
    }
}

/// What links share.
struct Shared {
    runtime: Handle,
    servers: Mutex<Arc<options::Servers>>,
    loopback: bool,
    heard: mpsc::Sender<Heard>,
    names: Names,
    reach: Reach,
    /// How many links have large buffers.
    spacious: Spacious,
    links: Mutex<HashMap<LinkId, LinkHandle>>,
    emptied: Notify,
    stopped: AtomicBool,
}

impl Shared {
    fn links(&self) -> MutexGuard<'_, HashMap<LinkId, LinkHandle>> {
        self.links.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The servers that links begun now ask.
    fn servers(&self) -> Arc<options::Servers> {
        Arc::clone(&self.servers.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Ends the queue of a link's frames.
    fn end_frames(&self, link: LinkId) {
        if let Some(handle) = self.links().get_mut(&link) {
            handle.frames = None;
        }
    }
}

struct LinkHandle {
    orders: mpsc::Sender<Order>,
    /// None once the link is closing.
    frames: Option<mpsc::UnboundedSender<Vec<u8>>>,
    close: Arc<Notify>,
    /// Whether closing leaves unsent what was queued.
    cut: Arc<AtomicBool>,
}

/// A moment far enough away to stand for "never" in a timer.
const NEVER: Duration = Duration::from_secs(24 * 60 * 60);
