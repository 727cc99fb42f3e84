//! One link: a connection, its negotiation, and its end.
//!
//! ```text
//! Dial:    offer ── gathering ─> OfferMade ── accept ─┐
//! Answer:  offer applied ── gathering ─> AnswerMade ──┴─> connecting ─> open ─> closed
//! ```
//!
//! Every step is an event in the one loop of [`Link::run`]: an order from outside, a [`Signal`] of
//! the stack, or a timer. The stack awaits its event handler inside its driver, so the handler only
//! passes signals on.

mod gathering;
mod handler;
mod renegotiation;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::FutureExt;
use rtc::ice::mdns::MulticastDnsMode;
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until, timeout};
use webrtc::data_channel::{DataChannel, RTCDataChannelState};
use webrtc::error::Result as StackResult;
use webrtc::peer_connection::{
    PeerConnection, RTCIceCandidateType, RTCPeerConnectionState, RTCSdpType, RTCSessionDescription,
};
use wire::LinkId;

use crate::options::Servers;
use crate::runtime::{Activity, LinkRuntime};
use crate::sdp::{self, BadDescription};
use crate::settings::{Buffers, Traffic};
use crate::stats::{self, LinkStats};
use crate::{CloseReason, Description, Heard, NEVER, Shared, channel, settings};
use gathering::{Gathering, Names, Purpose};
use handler::Handler;

pub(crate) use handler::Signal;

/// How a link begins.
pub(crate) enum Start {
    /// With this label on its channel.
    Dial(String),
    Answer(String),
}

/// All that a link is given at its beginning.
pub(crate) struct Begin {
    pub(crate) start: Start,
    pub(crate) traffic: Traffic,
    pub(crate) orders: mpsc::Receiver<Order>,
    pub(crate) frames: mpsc::UnboundedReceiver<Vec<u8>>,
    pub(crate) close: Arc<Notify>,
    pub(crate) cut: Arc<AtomicBool>,
}

/// What a link is asked to do later.
pub(crate) enum Order {
    Accept(String),
    FollowNetwork,
    Renegotiate(Description, String),
    Stats(oneshot::Sender<LinkStats>),
}

/// Runs a link from beginning to end, and cleans up behind it.
pub(crate) async fn run(shared: &Arc<Shared>, id: LinkId, begin: Begin) -> CloseReason {
    let Begin {
        start,
        traffic,
        orders,
        frames,
        close,
        cut,
    } = begin;
    let (signals, signals_in) = mpsc::unbounded_channel();
    let mut link = Link {
        id,
        shared: Arc::clone(shared),
        servers: shared.servers(),
        traffic,
        buffers: shared.spacious.buffers(traffic),
        impolite: matches!(start, Start::Dial(_)),
        attempt: 0,
        connection: None,
        activity: Arc::default(),
        signals,
        frames: Some(frames),
        channel: None,
        reader: None,
        writer: None,
        spare_channels: 0,
        candidates: 0,
        stage: Stage::Negotiating,
        shaky: false,
        relayed: None,
        gathering: None,
        open_by: None,
        look_at_path: None,
    };
    // Whatever a stranger's bytes do to the stack, one link pays for it, not the process.
    let why = AssertUnwindSafe(link.run(start, orders, signals_in, &close))
        .catch_unwind()
        .await
        .unwrap_or(CloseReason::Error);
    let flushes = why == CloseReason::Local && !cut.load(Ordering::SeqCst);
    if AssertUnwindSafe(link.end(flushes, &why))
        .catch_unwind()
        .await
        .is_err()
    {
        tracing::error!(link = id.0, "a link did not end cleanly");
    }
    why
}

struct Link {
    id: LinkId,
    shared: Arc<Shared>,
    /// Those in force when the link began.
    servers: Arc<Servers>,
    traffic: Traffic,
    buffers: Buffers,
    /// Whether we made the data channel; on a collision of offers the one who did does not yield.
    impolite: bool,
    /// Counts the connections built for this link.
    attempt: u32,
    connection: Option<Arc<dyn PeerConnection>>,
    activity: Arc<Activity>,
    signals: mpsc::UnboundedSender<Signal>,
    frames: Option<mpsc::UnboundedReceiver<Vec<u8>>>,
    channel: Option<Arc<dyn DataChannel>>,
    reader: Option<JoinHandle<()>>,
    writer: Option<JoinHandle<()>>,
    spare_channels: usize,
    /// Candidates the peer sent by themselves.
    candidates: usize,
    stage: Stage,
    shaky: bool,
    relayed: Option<bool>,
    gathering: Option<Gathering>,
    open_by: Option<Instant>,
    look_at_path: Option<(Instant, Duration)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Making or answering the first offer.
    Negotiating,
    /// Both descriptions are known.
    Connecting,
    Open,
}

/// A step's outcome: go on, or end the link.
type Step = Result<(), CloseReason>;

impl Link {
    async fn run(
        &mut self,
        start: Start,
        mut orders: mpsc::Receiver<Order>,
        mut signals: mpsc::UnboundedReceiver<Signal>,
        close: &Notify,
    ) -> CloseReason {
        let mut names = self.shared.names.changes();
        // Not to be interrupted: a connection dropped half made would keep its driver for ever.
        if let Err(why) = self.start(start).await {
            return why;
        }
        let heard = self.shared.heard.clone();
        loop {
            let names_awaited = self
                .gathering
                .as_ref()
                .is_some_and(|it| matches!(it.names, Names::Awaited { .. }));
            let wake = self.next_wake();
            let step = tokio::select! {
                biased;
                () = close.notified() => return CloseReason::Local,
                () = heard.closed() => return CloseReason::Local,
                Some(signal) = signals.recv() => self.on_signal(signal).await,
                Some(order) = orders.recv() => self.on_order(order).await,
                Ok(()) = names.changed(), if names_awaited => self.on_names().await,
                () = sleep_until(wake) => self.on_time().await,
            };
            if let Err(why) = step {
                return why;
            }
        }
    }

    async fn start(&mut self, start: Start) -> Step {
        match start {
            Start::Dial(label) => self.dial(&label).await,
            Start::Answer(offer) => self.answer(offer).await,
        }
    }

    async fn dial(&mut self, label: &str) -> Step {
        let shared = Arc::clone(&self.shared);
        shared.names.refresh(self.servers.hosts());
        let awaited = shared.names.awaited(self.servers.hosts());
        let connection = self.connect(true).await?;
        let made = async {
            let channel = connection.create_data_channel(label, None).await?;
            let offer = connection.create_offer(None).await?;
            connection.set_local_description(offer).await?;
            StackResult::Ok(channel)
        };
        let channel = made.await.map_err(|_| CloseReason::Error)?;
        self.take_channel(channel);
        self.gather(Purpose::Offer, self.offer_gathering());
        if let Some(gathering) = &mut self.gathering
            && awaited
        {
            gathering.names = Names::Awaited { ended: false };
        }
        Ok(())
    }

    async fn answer(&mut self, offer: String) -> Step {
        sdp::bounded(&offer).map_err(CloseReason::Negotiation)?;
        sdp::has_channel(&offer).map_err(CloseReason::Negotiation)?;
        self.await_names().await;
        let connection = self.connect(sdp::has_local_names(&offer)).await?;
        self.apply(&connection, RTCSdpType::Offer, offer).await?;
        self.make_answer(&connection).await?;
        self.stage = Stage::Connecting;
        self.open_by = Some(Instant::now() + settings::OPEN_WITHIN);
        self.gather(Purpose::Answer, self.answer_gathering());
        Ok(())
    }

    async fn connect(
        &mut self,
        resolve_local_names: bool,
    ) -> Result<Arc<dyn PeerConnection>, CloseReason> {
        // Who asks the network for a peer's hidden name shows that they are there.
        let resolve_local_names = resolve_local_names && !self.servers.relay_only();
        if resolve_local_names && let Ok(connection) = self.build(MulticastDnsMode::QueryOnly).await
        {
            return Ok(connection);
        }
        // Without a route for multicast the mDNS socket cannot be had; peers with plain addresses
        // can be reached all the same.
        self.build(MulticastDnsMode::Disabled)
            .await
            .map_err(|_| CloseReason::Error)
    }

    async fn build(&mut self, mdns: MulticastDnsMode) -> StackResult<Arc<dyn PeerConnection>> {
        self.attempt += 1;
        let runtime = LinkRuntime::new(
            self.shared.names.clone(),
            self.signals.clone(),
            self.attempt,
        );
        self.activity = runtime.activity();
        let connection = settings::connect(
            &self.servers,
            &self.buffers,
            self.shared.loopback,
            mdns,
            Arc::new(runtime),
            Arc::new(Handler(self.signals.clone())),
        )
        .await?;
        self.connection = Some(Arc::clone(&connection));
        Ok(connection)
    }

    async fn on_signal(&mut self, signal: Signal) -> Step {
        match signal {
            Signal::Candidate(kind) => self.on_candidate(kind).await,
            Signal::Gathered => self.on_gathered().await,
            Signal::State(state) => self.on_state(state).await,
            Signal::Channel(channel) => self.on_channel(channel),
            Signal::Opened(told) => self.on_opened(told).await,
            Signal::ChannelClosed => Err(CloseReason::Remote),
            Signal::SendFailed => Err(self.why_sending_failed().await),
            Signal::DriverEnded(attempt) if attempt == self.attempt => Err(CloseReason::Error),
            // The try with mDNS failed; the one without runs.
            Signal::DriverEnded(_) => Ok(()),
        }
    }

    async fn on_order(&mut self, order: Order) -> Step {
        match order {
            Order::Accept(answer) => self.accept(answer).await,
            Order::FollowNetwork => self.follow_network().await,
            Order::Renegotiate(kind, sdp) => self.renegotiate(kind, sdp).await,
            Order::Stats(told) => {
                if let Some(connection) = &self.connection {
                    // Whoever asked may have stopped waiting.
                    let _ = told.send(stats::of(&**connection).await);
                }
                Ok(())
            }
        }
    }

    async fn on_time(&mut self) -> Step {
        let now = Instant::now();
        if self.open_by.is_some_and(|at| at <= now) {
            return Err(CloseReason::Failed);
        }
        if let Some((at, pause)) = self.look_at_path
            && at <= now
        {
            let is_known = self.learn_round_trip().await;
            let next = if is_known {
                pause
            } else {
                pause.min(settings::SPACIOUS_ASK)
            };
            self.look_at_path = Some((now + next, (pause * 2).min(PATH_PAUSE_MAX)));
            self.tell_path().await?;
        }
        let Some(gathering) = &mut self.gathering else {
            return Ok(());
        };
        if gathering.is_empty() && now < gathering.at_latest {
            gathering.wait_on(now);
        } else if gathering.until <= now {
            return self.finish_gathering().await;
        } else if gathering.early.is_some_and(|at| at <= now) {
            gathering.early = None;
            return self.tell_offer(false).await;
        }
        Ok(())
    }

    fn next_wake(&self) -> Instant {
        let gathering = self.gathering.as_ref();
        [
            self.open_by,
            self.look_at_path.map(|(at, _)| at),
            gathering.map(|it| it.until),
            gathering.and_then(|it| it.early),
        ]
        .into_iter()
        .flatten()
        .min()
        .unwrap_or_else(|| Instant::now() + NEVER)
    }

    async fn tell_offer(&self, complete: bool) -> Step {
        if self.stage != Stage::Negotiating {
            return Ok(());
        }
        let sdp = self.local_sdp().await?;
        let link = self.id;
        self.tell(Heard::OfferMade {
            link,
            sdp,
            complete,
        })
        .await
    }

    async fn tell_description(&self, kind: Description) -> Step {
        let sdp = self.local_sdp().await?;
        let link = self.id;
        self.tell(Heard::Renegotiate { link, kind, sdp }).await
    }

    async fn local_sdp(&self) -> Result<String, CloseReason> {
        let Some(connection) = &self.connection else {
            return Err(CloseReason::Error);
        };
        let description = connection.local_description().await;
        if let Some(password) = description.as_ref().and_then(|it| sdp::password(&it.sdp)) {
            self.activity.set_our_password(password);
        }
        description
            .map(|it| sdp::without_rtcp_candidates(&it.sdp))
            .map(|it| match self.servers.relay_only() {
                true => sdp::relays_only(&it),
                false => it,
            })
            .ok_or(CloseReason::Error)
    }

    async fn tell(&self, heard: Heard) -> Step {
        // Nobody listens any more: the mesh is being dropped.
        self.shared
            .heard
            .send(heard)
            .await
            .map_err(|_| CloseReason::Local)
    }

    async fn accept(&mut self, answer: String) -> Step {
        if self.stage != Stage::Negotiating || !self.impolite {
            tracing::debug!(link = self.id.0, "an answer nobody waits for");
            return Ok(());
        }
        sdp::bounded(&answer).map_err(CloseReason::Negotiation)?;
        sdp::has_channel(&answer).map_err(CloseReason::Negotiation)?;
        let connection = self.connection.clone().ok_or(CloseReason::Error)?;
        self.apply(&connection, RTCSdpType::Answer, answer).await?;
        self.stage = Stage::Connecting;
        self.open_by = Some(Instant::now() + settings::OPEN_WITHIN);
        Ok(())
    }

    async fn on_state(&mut self, state: RTCPeerConnectionState) -> Step {
        let link = self.id;
        match state {
            RTCPeerConnectionState::Failed => Err(CloseReason::Failed),
            RTCPeerConnectionState::Closed => Err(CloseReason::Remote),
            RTCPeerConnectionState::Disconnected if self.stage == Stage::Open && !self.shaky => {
                self.shaky = true;
                self.tell(Heard::Shaky { link }).await?;
                self.follow_network().await
            }
            RTCPeerConnectionState::Connected => {
                if std::mem::take(&mut self.shaky) {
                    self.tell(Heard::Steady { link }).await?;
                }
                if self.stage == Stage::Open {
                    self.look_at_path = Some((Instant::now(), PATH_PAUSE));
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Goes on from another address of this machine, if need be.
    async fn follow_network(&self) -> Step {
        let link = self.id;
        if self.activity.follow_network(self.shaky) {
            return self.tell(Heard::Moved { link }).await;
        }
        Ok(())
    }

    /// The peer opened a channel. The answerer takes the first; nobody takes another.
    fn on_channel(&mut self, channel: Arc<dyn DataChannel>) -> Step {
        if !self.impolite && self.channel.is_none() {
            self.take_channel(channel);
            return Ok(());
        }
        self.spare_channels += 1;
        if self.spare_channels > settings::MAX_SPARE_CHANNELS {
            return Err(CloseReason::Negotiation(BadDescription::TooManyChannels));
        }
        // On a task of its own: whatever the stack waits for, this link does not.
        tokio::spawn(async move {
            let _ = channel.close().await;
        });
        Ok(())
    }

    fn take_channel(&mut self, channel: Arc<dyn DataChannel>) {
        self.channel = Some(Arc::clone(&channel));
        self.reader = Some(tokio::spawn(channel::read(
            self.id,
            channel,
            self.shared.heard.clone(),
            self.signals.clone(),
        )));
    }

    async fn on_opened(&mut self, told: oneshot::Sender<()>) -> Step {
        self.stage = Stage::Open;
        self.open_by = None;
        self.tell(Heard::Opened { link: self.id }).await?;
        // The reader waits for this, unless it has ended.
        let _ = told.send(());
        if let (Some(channel), Some(frames)) = (self.channel.clone(), self.frames.take()) {
            self.writer = Some(tokio::spawn(channel::write(
                self.id,
                channel,
                frames,
                self.buffers.window().cloned(),
                self.shared.heard.clone(),
                self.signals.clone(),
            )));
        }
        let first = match self.buffers.window() {
            Some(_) => settings::SPACIOUS_ASK,
            None => PATH_PAUSE,
        };
        self.look_at_path = Some((Instant::now() + first, PATH_PAUSE));
        self.tell_path().await
    }

    /// Learns how long the way is, where that decides how much may be under way. Says whether it is
    /// known.
    async fn learn_round_trip(&self) -> bool {
        let (Some(window), Some(connection)) = (self.buffers.window(), &self.connection) else {
            return true;
        };
        if let Some(round_trip) = stats::of(&**connection).await.rtt {
            window.note(round_trip);
        }
        window.is_known()
    }

    async fn tell_path(&mut self) -> Step {
        let Some(connection) = &self.connection else {
            return Ok(());
        };
        let Some(sctp) = connection.sctp().await else {
            return Ok(());
        };
        let ice = sctp.transport().ice_transport();
        let Ok(Some(pair)) = ice.get_selected_candidate_pair().await else {
            return Ok(());
        };
        let relayed = pair.local().typ == RTCIceCandidateType::Relay
            || pair.remote().typ == RTCIceCandidateType::Relay;
        if self.relayed.replace(relayed) != Some(relayed) {
            let link = self.id;
            return self.tell(Heard::Path { link, relayed }).await;
        }
        Ok(())
    }

    async fn why_sending_failed(&self) -> CloseReason {
        let state = match &self.channel {
            Some(channel) => channel.ready_state().await.ok(),
            None => None,
        };
        match state {
            Some(RTCDataChannelState::Open) => CloseReason::Error,
            _ => CloseReason::Remote,
        }
    }

    /// Frees everything. After this no task of the link is left to say anything.
    async fn end(&mut self, flushes: bool, why: &CloseReason) {
        if flushes {
            let _ = timeout(settings::CLOSE_FLUSH_LONGEST, self.flush()).await;
        }
        if *why == CloseReason::Local {
            stop(self.reader.take()).await;
        }
        stop(self.writer.take()).await;
        if let Some(connection) = self.connection.take() {
            // The stack gives its driver a tenth of a second; a driver that hangs is aborted.
            let _ = timeout(CLOSE_WITHIN, connection.close()).await;
        }
        // With the connection the reader's events end; what came before is still told.
        if let Some(reader) = &mut self.reader {
            let _ = timeout(settings::CLOSE_DRAIN, reader).await;
        }
        stop(self.reader.take()).await;
        self.channel = None;
    }

    /// Waits until what was queued has reached the peer, or the peer takes no more of it.
    async fn flush(&mut self) {
        let (Some(writer), Some(channel)) = (&self.writer, &self.channel) else {
            return;
        };
        // Nothing more can be queued, so the writer ends with the last frame.
        self.shared.end_frames(self.id);
        let mut moved = (None, Instant::now());
        while let Ok(left) = channel.outstanding_bytes().await {
            if left == 0 && writer.is_finished() {
                return;
            }
            if moved.0 != Some(left) {
                moved = (Some(left), Instant::now());
            }
            if moved.1.elapsed() >= settings::CLOSE_FLUSH {
                return;
            }
            tokio::time::sleep(FLUSH_LOOK).await;
        }
    }
}

async fn stop(task: Option<JoinHandle<()>>) {
    if let Some(task) = task
        && !task.is_finished()
    {
        task.abort();
        // However it ended, it has.
        let _ = task.await;
    }
}

fn description(kind: RTCSdpType, sdp: String) -> StackResult<RTCSessionDescription> {
    match kind {
        RTCSdpType::Answer => RTCSessionDescription::answer(sdp),
        _ => RTCSessionDescription::offer(sdp),
    }
}

/// The first pause before the path is looked at again; each is twice as long as the one before. A
/// browser often starts on a relay and moves to a better path seconds later, without telling.
const PATH_PAUSE: Duration = Duration::from_millis(500);
const PATH_PAUSE_MAX: Duration = Duration::from_secs(15);

/// How long closing a connection may take.
const CLOSE_WITHIN: Duration = Duration::from_secs(1);

/// How often a closing link looks whether its last bytes were acknowledged.
const FLUSH_LOOK: Duration = Duration::from_millis(2);
