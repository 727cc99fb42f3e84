//! One tracker for all the programs of ours on this machine.
//!
//! ```text
//! port free -------------------------------> Serving (it is ours now)
//! port taken, a tracker answers there -----> Using; when it ends, from the top
//! port taken, something else is there -----> Serving on any free port; look again now and then
//! ```
//!
//! So two programs started on a machine without any network meet through 127.0.0.1, and when the
//! one that served goes away, another takes its place within a second.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use rand::Rng;
use rand::distributions::Alphanumeric;
use tokio::net::TcpStream;
use tokio::sync::{mpsc, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{sleep, timeout};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use crate::{BindError, Limits, Tracker};

/// Where the programs of one machine look for each other. Not assigned to anything, and below
/// the ranges from which systems take the ports of outgoing connections (from 32768 on Linux,
/// from 49152 elsewhere), so nobody has it by accident.
pub const WELL_KNOWN_PORT: u16 = 27_474;

/// How long another tracker on this machine may take to answer.
const PROBE: Duration = Duration::from_secs(3);

/// The longest message worth reading from whatever answers there.
const PROBE_BYTES: usize = 64 * 1024;

/// How often the port may be taken and yet silent before it counts as somebody else's: a tracker
/// of ours that starts or ends is silent for a moment.
const PATIENCE: u32 = 3;

/// The pause between looks while it is open who has the port. Random, so that those who lost the
/// same tracker do not all run for the port at once.
const SOON: std::ops::Range<Duration> = Duration::from_millis(20)..Duration::from_millis(250);

/// The pause between looks at a port that somebody else has.
const LATER: std::ops::Range<Duration> = Duration::from_secs(5)..Duration::from_secs(10);

/// How a machine's shared tracker is set up.
#[derive(Clone, Debug)]
pub struct NeighbourhoodOptions {
    /// The shared port. Tests use another, so that they never meet a running program.
    pub port: u16,
    /// Whether other machines may use our tracker too.
    pub open_to_network: bool,
    /// What our tracker allows.
    pub limits: Limits,
}

impl Default for NeighbourhoodOptions {
    fn default() -> Self {
        Self {
            port: WELL_KNOWN_PORT,
            open_to_network: true,
            limits: Limits::default(),
        }
    }
}

/// What is found out about this machine. All URLs begin with `ws://127.0.0.1:`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Neighbour {
    /// We serve here; other machines reach it at the same port.
    Serving {
        /// For our own use.
        url: String,
        /// What to announce on the network.
        port: u16,
    },
    /// Another program of this machine serves here.
    Using {
        /// For our own use.
        url: String,
        /// What the other one announces on the network.
        port: u16,
    },
    /// Nobody serves here any more, and we could not take over.
    Gone {
        /// What was in use.
        url: String,
    },
}

/// This program's part in the machine's shared tracker. Dropping it leaves at once.
#[derive(Debug)]
pub struct Neighbourhood {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Neighbourhood {
    /// Starts to serve or to use; what comes of it is told to `heard`.
    pub fn start(options: NeighbourhoodOptions, heard: mpsc::Sender<Neighbour>) -> Self {
        let (stop, stopping) = watch::channel(false);
        let task = tokio::spawn(async move {
            let mut street = Street {
                options,
                heard,
                stopping: stopping.clone(),
                servers: JoinSet::new(),
                using: false,
                elsewhere: false,
            };
            let mut stopping = stopping;
            tokio::select! {
                _ = street.watch() => {}
                _ = stopping.changed() => {}
            }
            while street.servers.join_next().await.is_some() {}
        });
        Self { stop, task }
    }

    /// Stops serving in good order, so that another can take over at once.
    pub async fn stop(mut self) {
        let _ = self.stop.send(true);
        let _ = (&mut self.task).await;
    }
}

impl Drop for Neighbourhood {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Street {
    options: NeighbourhoodOptions,
    heard: mpsc::Sender<Neighbour>,
    stopping: watch::Receiver<bool>,
    servers: JoinSet<()>,
    /// Whether `Using` was the last word about the shared port.
    using: bool,
    /// Whether we serve on another port because somebody else has the shared one.
    elsewhere: bool,
}

/// Nobody listens to us any more.
struct Deaf;

impl Street {
    /// Keeps an eye on the shared port until it is ours.
    async fn watch(&mut self) -> Result<(), Deaf> {
        let port = self.options.port;
        let mut silent = 0;
        loop {
            match self.bind(port).await {
                Ok(tracker) => return self.serve(tracker).await,
                Err(BindError::InUse(_)) => {}
                // Whatever the system has against this port will not pass soon.
                Err(_) => silent = PATIENCE,
            }
            if let Some(socket) = probe(port).await {
                silent = 0;
                self.say_using(port).await?;
                until_closed(socket).await;
            } else {
                silent += 1;
            }
            if silent >= PATIENCE {
                self.move_elsewhere().await?;
                rest(LATER).await;
            } else {
                rest(SOON).await;
            }
        }
    }

    async fn bind(&self, port: u16) -> Result<Tracker, BindError> {
        let limits = self.options.limits.clone();
        if self.options.open_to_network {
            Tracker::bind_everywhere(port, limits).await
        } else {
            Tracker::bind((Ipv4Addr::LOCALHOST, port).into(), limits).await
        }
    }

    /// Serves in the background.
    async fn serve(&mut self, tracker: Tracker) -> Result<(), Deaf> {
        let port = tracker.local_addr().port();
        let mut stopping = self.stopping.clone();
        self.servers.spawn(tracker.serve(async move {
            let _ = stopping.changed().await;
        }));
        let url = url(port);
        self.say(Neighbour::Serving { url, port }).await
    }

    async fn say_using(&mut self, port: u16) -> Result<(), Deaf> {
        if !std::mem::replace(&mut self.using, true) {
            let url = url(port);
            self.say(Neighbour::Using { url, port }).await?;
        }
        Ok(())
    }

    async fn move_elsewhere(&mut self) -> Result<(), Deaf> {
        if std::mem::take(&mut self.using) {
            let url = url(self.options.port);
            self.say(Neighbour::Gone { url }).await?;
        }
        if !self.elsewhere
            && let Ok(tracker) = self.bind(0).await
        {
            self.elsewhere = true;
            self.serve(tracker).await?;
        }
        Ok(())
    }

    async fn say(&self, neighbour: Neighbour) -> Result<(), Deaf> {
        self.heard.send(neighbour).await.map_err(|_| Deaf)
    }
}

/// Asks whatever has the port whether it is a WebTorrent tracker; if so, keeps the line open.
async fn probe(port: u16) -> Option<WebSocketStream<TcpStream>> {
    timeout(PROBE, ask(port)).await.ok().flatten()
}

async fn ask(port: u16) -> Option<WebSocketStream<TcpStream>> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let stream = TcpStream::connect(address).await.ok()?;
    let _ = stream.set_nodelay(true);
    let config = WebSocketConfig::default()
        .max_message_size(Some(PROBE_BYTES))
        .max_frame_size(Some(PROBE_BYTES));
    let (mut socket, _) = client_async_with_config(url(port), stream, Some(config))
        .await
        .ok()?;

    // A swarm nobody is in: asking says nothing about us.
    let nobody: String = rand::thread_rng()
        .sample_iter(Alphanumeric)
        .take(20)
        .map(char::from)
        .collect();
    let question = format!(r#"{{"action":"scrape","info_hash":"{nobody}"}}"#);
    socket.send(Message::Text(question.into())).await.ok()?;
    loop {
        if let Message::Text(reply) = socket.next().await?.ok()? {
            return is_scrape(&reply, &nobody).then_some(socket);
        }
    }
}

fn is_scrape(reply: &str, info_hash: &str) -> bool {
    serde_json::from_str::<serde_json::Value>(reply)
        .is_ok_and(|reply| reply["action"] == "scrape" && reply["files"][info_hash].is_object())
}

/// Waits for the other tracker to end. Its pings are answered meanwhile.
async fn until_closed(mut socket: WebSocketStream<TcpStream>) {
    while let Some(Ok(_)) = socket.next().await {}
}

async fn rest(range: std::ops::Range<Duration>) {
    let pause = rand::thread_rng().gen_range(range);
    sleep(pause).await;
}

fn url(port: u16) -> String {
    format!("ws://127.0.0.1:{port}")
}
