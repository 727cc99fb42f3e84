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

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use rtc::ice::mdns::MulticastDnsMode;
use rtc::peer_connection::configuration::RTCOfferOptions;
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until, timeout};
use webrtc::data_channel::{DataChannel, RTCDataChannelState};
use webrtc::error::Result as StackResult;
use webrtc::peer_connection::{
    PeerConnection, PeerConnectionEventHandler, RTCIceCandidateInit, RTCIceCandidateType,
    RTCIceGatheringState, RTCPeerConnectionIceEvent, RTCPeerConnectionState, RTCSdpType,
    RTCSessionDescription,
};
use webrtc::rtp_transceiver::RTCRtpTransceiverDirection;
use wire::LinkId;

use crate::options::Servers;
use crate::runtime::{Activity, LinkRuntime};
use crate::sdp::{self, BadDescription};
use crate::settings;
use crate::stats::{self, LinkStats};
use crate::{CloseReason, Description, Heard, NEVER, Shared, channel};

/// How a link begins.
pub(crate) enum Start {
    Dial,
    Answer(String),
}

/// What a link is asked to do later.
pub(crate) enum Order {
    Accept(String),
    Restart,
    Renegotiate(Description, String),
    Stats(oneshot::Sender<LinkStats>),
}

/// What the stack and the link's own tasks tell it.
pub(crate) enum Signal {
    Candidate(RTCIceCandidateType),
    Gathered,
    State(RTCPeerConnectionState),
    Channel(Arc<dyn DataChannel>),
    Opened(oneshot::Sender<()>),
    ChannelClosed,
    SendFailed,
    DriverEnded(u32),
}

/// Runs a link from beginning to end, and cleans up behind it.
pub(crate) async fn run(
    shared: &Arc<Shared>,
    id: LinkId,
    start: Start,
    orders: mpsc::Receiver<Order>,
    frames: mpsc::UnboundedReceiver<Vec<u8>>,
    close: Arc<Notify>,
) -> CloseReason {
    let (signals, signals_in) = mpsc::unbounded_channel();
    let mut link = Link {
        id,
        shared: Arc::clone(shared),
        servers: shared.servers(),
        impolite: matches!(start, Start::Dial),
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
        restart_wanted: false,
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
    if AssertUnwindSafe(link.end(&why))
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
    /// A restart asked for while another negotiation was under way.
    restart_wanted: bool,
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

/// A description waiting for its candidates.
struct Gathering {
    purpose: Purpose,
    /// When to stop waiting.
    until: Instant,
    /// When to stop waiting even for a first candidate.
    at_latest: Instant,
    /// When an offer is told for the first time, unless its host candidates are there before.
    early: Option<Instant>,
    hosts: usize,
    reflexive: bool,
    relay: bool,
    /// Whether servers were asked, and given time to answer.
    fair: bool,
    names: Names,
}

impl Gathering {
    fn is_empty(&self) -> bool {
        self.hosts == 0 && !self.relay
    }

    /// On a machine so busy that not even its own addresses are there yet: a description without
    /// any candidate would be of no use to the peer.
    fn wait_on(&mut self, now: Instant) {
        let soon = now + settings::EARLY_OFFER_AFTER;
        self.until = self.until.max(soon);
        if let Some(early) = &mut self.early {
            *early = (*early).max(soon);
        }
    }
}

/// Whether an offer must gather a second time, because the names of its servers were still being
/// looked up the first time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Names {
    /// They were known, or there are none.
    Settled,
    /// The names are awaited; the first gathering runs, or has `ended`.
    Awaited { ended: bool },
    /// The names are here, the end of the first gathering is awaited.
    Arrived,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Offer,
    Answer,
    Reoffer,
    Reanswer,
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
            Start::Dial => self.dial().await,
            Start::Answer(offer) => self.answer(offer).await,
        }
    }

    async fn dial(&mut self) -> Step {
        let shared = Arc::clone(&self.shared);
        shared.names.refresh(self.servers.hosts());
        let awaited = shared.names.awaited(self.servers.hosts());
        let connection = self.connect(true).await?;
        let made = async {
            let channel = connection
                .create_data_channel(settings::CHANNEL_LABEL, None)
                .await?;
            let offer = connection.create_offer(None).await?;
            connection.set_local_description(offer).await?;
            StackResult::Ok(channel)
        };
        let channel = made.await.map_err(|_| CloseReason::Error)?;
        self.take_channel(channel);
        self.gather(Purpose::Offer, settings::OFFER_GATHERING);
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

    /// An answer cannot gather twice, so names looked up for the first time are waited for.
    async fn await_names(&self) {
        let shared = Arc::clone(&self.shared);
        let hosts = self.servers.hosts();
        shared.names.refresh(hosts);
        if shared.reach.is_lost() {
            return;
        }
        let mut changes = shared.names.changes();
        let known =
            async { while shared.names.awaited(hosts) && changes.changed().await.is_ok() {} };
        let _ = timeout(settings::NAMES_WAIT, known).await;
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
            self.shared.loopback,
            mdns,
            Arc::new(runtime),
            Arc::new(Handler(self.signals.clone())),
        )
        .await?;
        self.connection = Some(Arc::clone(&connection));
        Ok(connection)
    }

    fn answer_gathering(&self) -> Duration {
        if self.shared.reach.is_lost() {
            settings::ANSWER_GATHERING_ALONE
        } else {
            settings::ANSWER_GATHERING
        }
    }

    fn gather(&mut self, purpose: Purpose, limit: Duration) {
        let now = Instant::now();
        let servers = !self.servers.is_empty();
        self.gathering = Some(Gathering {
            purpose,
            until: now + limit,
            at_latest: now + settings::OFFER_GATHERING,
            early: (purpose == Purpose::Offer && servers && !self.servers.relay_only())
                .then(|| now + settings::EARLY_OFFER_AFTER),
            hosts: 0,
            reflexive: false,
            relay: false,
            fair: servers && limit > settings::ANSWER_GATHERING_ALONE,
            names: Names::Settled,
        });
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
            Order::Restart => self.restart().await,
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

    async fn on_candidate(&mut self, kind: RTCIceCandidateType) -> Step {
        let expected = self.activity.sockets();
        let relays = self.servers.has_relay();
        if kind != RTCIceCandidateType::Host {
            self.shared.reach.note(true);
        }
        let Some(gathering) = &mut self.gathering else {
            return Ok(());
        };
        match kind {
            RTCIceCandidateType::Host => gathering.hosts += 1,
            RTCIceCandidateType::Relay => gathering.relay = true,
            _ => gathering.reflexive = true,
        }
        let enough = gathering.relay || (gathering.reflexive && !relays);
        if enough {
            let settled = Instant::now() + settings::GATHERING_SETTLES;
            gathering.until = gathering.until.min(settled);
        }
        if gathering.early.is_some() && gathering.hosts >= expected {
            gathering.early = None;
            self.tell_offer(false).await?;
        }
        Ok(())
    }

    async fn on_gathered(&mut self) -> Step {
        let Some(gathering) = &mut self.gathering else {
            return Ok(());
        };
        // The late end of an earlier gathering, given up long ago: this one has sockets of its own
        // and has said nothing yet.
        if gathering.is_empty() {
            return Ok(());
        }
        match gathering.names {
            Names::Settled => self.finish_gathering().await,
            Names::Awaited { .. } => {
                gathering.names = Names::Awaited { ended: true };
                Ok(())
            }
            Names::Arrived => self.gather_again().await,
        }
    }

    async fn on_names(&mut self) -> Step {
        let shared = Arc::clone(&self.shared);
        if shared.names.awaited(self.servers.hosts()) {
            return Ok(());
        }
        let Some(gathering) = &mut self.gathering else {
            return Ok(());
        };
        if gathering.names == (Names::Awaited { ended: true }) {
            return self.gather_again().await;
        }
        gathering.names = Names::Arrived;
        Ok(())
    }

    /// The names have become known: an offer that was gathered without them is gathered once more.
    async fn gather_again(&mut self) -> Step {
        if let Some(gathering) = &mut self.gathering {
            gathering.names = Names::Settled;
        }
        let shared = Arc::clone(&self.shared);
        let connection = self.connection.clone().ok_or(CloseReason::Error)?;
        if self.stage != Stage::Negotiating || !shared.names.any_known(self.servers.hosts()) {
            return self.finish_gathering().await;
        }
        let again = async {
            // Without a new configuration the stack takes its gathering for done.
            let configuration = settings::configuration(&self.servers);
            connection.set_configuration(configuration).await?;
            let mut same = RTCSessionDescription::default();
            same.sdp_type = RTCSdpType::Offer;
            // No text means the last offer.
            connection.set_local_description(same).await
        };
        match again.await {
            Ok(()) => Ok(()),
            Err(_) => self.finish_gathering().await,
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
            self.look_at_path = Some((now + pause, (pause * 2).min(PATH_PAUSE_MAX)));
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

    async fn finish_gathering(&mut self) -> Step {
        let Some(gathering) = self.gathering.take() else {
            return Ok(());
        };
        if gathering.fair && !gathering.reflexive && !gathering.relay {
            self.shared.reach.note(false);
        }
        match gathering.purpose {
            // An answer to the early offer has come already; nobody needs another.
            Purpose::Offer if self.stage != Stage::Negotiating => Ok(()),
            Purpose::Offer => self.tell_offer(true).await,
            Purpose::Answer => {
                let sdp = self.local_sdp().await?;
                self.tell(Heard::AnswerMade { link: self.id, sdp }).await
            }
            Purpose::Reoffer => self.tell_description(Description::Offer).await,
            Purpose::Reanswer => {
                self.tell_description(Description::Answer).await?;
                self.restart_if_wanted().await
            }
        }
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

    /// Whether no offer of ours waits for an answer, made or in the making.
    async fn is_stable(&self, connection: &Arc<dyn PeerConnection>) -> bool {
        self.gathering.is_none()
            && connection.pending_local_description().await.is_none()
            && connection.pending_remote_description().await.is_none()
    }

    async fn restart(&mut self) -> Step {
        let connection = self.connection.clone().ok_or(CloseReason::Error)?;
        if self.stage != Stage::Open {
            return Ok(());
        }
        if !self.is_stable(&connection).await {
            self.restart_wanted = true;
            return Ok(());
        }
        self.restart_wanted = false;
        let options = RTCOfferOptions { ice_restart: true };
        let made = async {
            let offer = connection.create_offer(Some(options)).await?;
            connection.set_local_description(offer).await
        };
        made.await.map_err(|_| CloseReason::Error)?;
        self.gather(Purpose::Reoffer, self.answer_gathering());
        Ok(())
    }

    async fn restart_if_wanted(&mut self) -> Step {
        if self.restart_wanted {
            return self.restart().await;
        }
        Ok(())
    }

    async fn renegotiate(&mut self, kind: Description, sdp: String) -> Step {
        let connection = self.connection.clone().ok_or(CloseReason::Error)?;
        if self.stage != Stage::Open {
            return Ok(());
        }
        match kind {
            Description::Candidate => self.add_candidate(&connection, &sdp).await,
            Description::Offer => self.on_reoffer(&connection, sdp).await,
            Description::Answer => self.on_reanswer(&connection, sdp).await,
        }
    }

    /// A candidate that does not parse costs nothing but itself: the pair may well connect without.
    async fn add_candidate(&mut self, connection: &Arc<dyn PeerConnection>, json: &str) -> Step {
        if self.candidates >= sdp::MAX_CANDIDATES || json.len() > sdp::MAX_CANDIDATE {
            return Ok(());
        }
        self.candidates += 1;
        if let Ok(candidate) = serde_json::from_str::<RTCIceCandidateInit>(json)
            && connection.add_ice_candidate(candidate).await.is_err()
        {
            tracing::debug!(link = self.id.0, "a candidate is of no use");
        }
        Ok(())
    }

    async fn on_reoffer(&mut self, connection: &Arc<dyn PeerConnection>, offer: String) -> Step {
        sdp::bounded(&offer).map_err(CloseReason::Negotiation)?;
        if !self.is_stable(connection).await {
            if self.impolite {
                return Ok(());
            }
            self.yield_to_peer(connection).await?;
        }
        let before = connection.current_remote_description().await;
        let restarts = before.is_none_or(|it| sdp::ufrag(&it.sdp) != sdp::ufrag(&offer));
        self.apply(connection, RTCSdpType::Offer, offer).await?;
        self.decline_media(connection).await?;
        self.make_answer(connection).await?;
        if restarts {
            self.gather(Purpose::Reanswer, self.answer_gathering());
            return Ok(());
        }
        self.tell_description(Description::Answer).await?;
        self.restart_if_wanted().await
    }

    /// Rolls our offer back, to make it again when the peer's is dealt with.
    async fn yield_to_peer(&mut self, connection: &Arc<dyn PeerConnection>) -> Step {
        if let Some(gathering) = self.gathering.take()
            && gathering.purpose == Purpose::Reanswer
        {
            // The peer did not wait for our answer; it is told now, then its new offer is dealt with.
            self.tell_description(Description::Answer).await?;
        }
        if connection.pending_local_description().await.is_some() {
            self.restart_wanted = true;
            let back = RTCSessionDescription::rollback(None).map_err(|_| CloseReason::Error)?;
            connection
                .set_local_description(back)
                .await
                .map_err(|_| CloseReason::Error)?;
        }
        Ok(())
    }

    /// Media is not played yet: each section stays, with its codecs, and nothing flows in it.
    async fn decline_media(&self, connection: &Arc<dyn PeerConnection>) -> Step {
        for transceiver in connection.get_transceivers().await {
            transceiver
                .set_direction(RTCRtpTransceiverDirection::Inactive)
                .await
                .map_err(|_| CloseReason::Error)?;
        }
        Ok(())
    }

    async fn on_reanswer(&mut self, connection: &Arc<dyn PeerConnection>, answer: String) -> Step {
        sdp::bounded(&answer).map_err(CloseReason::Negotiation)?;
        if connection.pending_local_description().await.is_none() {
            return Ok(());
        }
        self.apply(connection, RTCSdpType::Answer, answer).await?;
        self.restart_if_wanted().await
    }

    async fn apply(
        &self,
        connection: &Arc<dyn PeerConnection>,
        kind: RTCSdpType,
        mut sdp: String,
    ) -> Step {
        let refused = |_| CloseReason::Negotiation(BadDescription::Refused);
        if sdp::is_of_our_stack(&sdp) {
            self.activity.allow_long_bursts();
            sdp = sdp::with_message_limit(&sdp, settings::MAX_MESSAGE_AMONG_US);
        }
        let description = description(kind, sdp).map_err(refused)?;
        connection
            .set_remote_description(description)
            .await
            .map_err(refused)
    }

    async fn make_answer(&self, connection: &Arc<dyn PeerConnection>) -> Step {
        let made = async {
            let answer = connection.create_answer(None).await?;
            connection.set_local_description(answer).await
        };
        // It failed on what the peer offered; nothing else went into it.
        made.await
            .map_err(|_| CloseReason::Negotiation(BadDescription::Refused))
    }

    async fn on_state(&mut self, state: RTCPeerConnectionState) -> Step {
        let link = self.id;
        match state {
            RTCPeerConnectionState::Failed => Err(CloseReason::Failed),
            RTCPeerConnectionState::Closed => Err(CloseReason::Remote),
            RTCPeerConnectionState::Disconnected if self.stage == Stage::Open && !self.shaky => {
                self.shaky = true;
                self.tell(Heard::Shaky { link }).await
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
                self.shared.heard.clone(),
                self.signals.clone(),
            )));
        }
        self.look_at_path = Some((Instant::now() + PATH_PAUSE, PATH_PAUSE));
        self.tell_path().await
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
    async fn end(&mut self, why: &CloseReason) {
        if *why == CloseReason::Local {
            let _ = timeout(settings::CLOSE_FLUSH, self.flush()).await;
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

    /// Waits until what was queued has reached the peer.
    async fn flush(&mut self) {
        let (Some(writer), Some(channel)) = (&mut self.writer, &self.channel) else {
            return;
        };
        // Nothing more can be queued, so the writer ends with the last frame.
        self.shared.end_frames(self.id);
        let _ = writer.await;
        self.writer = None;
        while channel.outstanding_bytes().await.is_ok_and(|left| left > 0) {
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

/// Passes the stack's events on.
struct Handler(mpsc::UnboundedSender<Signal>);

impl Handler {
    fn tell(&self, signal: Signal) {
        // A link that has ended does not care.
        let _ = self.0.send(signal);
    }
}

// `on_negotiation_needed` is left alone on purpose: we offer when we are told to, and a browser
// never answers an offer without media.
#[async_trait::async_trait]
impl PeerConnectionEventHandler for Handler {
    async fn on_ice_candidate(&self, event: RTCPeerConnectionIceEvent) {
        self.tell(Signal::Candidate(event.candidate.typ));
    }

    async fn on_ice_gathering_state_change(&self, state: RTCIceGatheringState) {
        if state == RTCIceGatheringState::Complete {
            self.tell(Signal::Gathered);
        }
    }

    async fn on_connection_state_change(&self, state: RTCPeerConnectionState) {
        self.tell(Signal::State(state));
    }

    async fn on_data_channel(&self, channel: Arc<dyn DataChannel>) {
        self.tell(Signal::Channel(channel));
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
