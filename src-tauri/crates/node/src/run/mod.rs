//! The loop: what happened goes to `room`, what `room` asks for is done. No decisions about chat.
//!
//! | module | what it does |
//! |---|---|
//! | `requests` | what a handle asks of the loop |
//! | `choices` | what the person chose, put in force |
//! | `person` | who the person is |
//! | `near` | peers of this machine and network |
//! | `files` | files on their way |
//! | `below` | what goes on underneath, for whoever asked |

mod below;
mod choices;
mod files;
mod near;
mod person;
mod requests;

use std::collections::VecDeque;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use mesh::{IceServer, Mesh, MeshOptions};
use rand::RngCore;
use rand::rngs::OsRng;
use room::{Answer, Command, Event, Identity, Input, Now, Output, Refusal, RoomKey, Rooms};
use signalling::{Proxy, Trackers};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Sleep, sleep_until};
use view::Settings;
use wire::MessageId;

use crate::config::Config;
use crate::doctor::Record;
use crate::profile::{Lock, Profile};
use crate::told::{Listeners, Told};
use crate::transfers::{self, Shown, Transfers};
use crate::{Options, translate};

use below::Below;
use choices::Overruled;
pub(crate) use files::FilesRequest;
use near::Near;
pub use person::checked_name;
use person::identity;
pub(crate) use requests::{Request, Words};

/// What may wait between the parts and the loop; full, each part slows its own outside down.
const WAITING: usize = 256;
/// Messages that may wait for their room to be less busy; see [`crate::Node::say`].
const MAX_WAITING_WORDS: usize = 256;
/// How long it may take to say goodbye to everyone and close everything. The parts have limits of
/// their own, which together come to no more.
const STOP_WITHIN: Duration = Duration::from_secs(6);
/// How long a node that is not joined to anything sleeps.
const LONG: Duration = Duration::from_secs(3600);

/// A message that waits to be said, and who waits for it.
type Waiting = (Words, oneshot::Sender<Result<MessageId, Refusal>>);

/// A running node.
pub(crate) struct Run {
    rooms: Rooms,
    profile: Profile,
    /// Let go before whoever waits for the end hears of it: they may begin again at once.
    _lock: Lock,
    /// What is in force: the profile's, but for what this start was told otherwise.
    settings: Settings,
    overruled: Overruled,
    config: Config,
    /// What the settings mean.
    proxy: Option<Proxy>,
    ice_servers: Vec<IceServer>,
    /// Trackers of the settings or the configuration, as far as they are in use.
    far: Vec<String>,
    keep_name: bool,
    /// Who the person is once all rooms are left.
    next_me: Option<Identity>,
    /// Whether the profile has something that is not written yet.
    unkept: bool,
    record: Record,
    below: Below,
    started: Instant,
    mesh: Mesh,
    links: mpsc::Receiver<mesh::Heard>,
    trackers: Trackers,
    sockets: mpsc::Receiver<signalling::Heard>,
    near: Near,
    /// When the person last asked for the trackers to be tried.
    tried_at: Option<Instant>,
    requests: mpsc::Receiver<Request>,
    stopping: watch::Receiver<bool>,
    network: mpsc::Receiver<()>,
    told: Listeners,
    transfers: Transfers,
    /// What the transfers shall do, as soon as they take it.
    orders: VecDeque<transfers::Order>,
    /// The transfers as they were last told.
    shown: Shown,
    words: VecDeque<Waiting>,
    finishing: Vec<(RoomKey, oneshot::Sender<Result<(), Refusal>>)>,
}

impl Run {
    pub(crate) fn new(
        options: Options,
        (profile, lock): (Profile, Lock),
        requests: mpsc::Receiver<Request>,
        stopping: watch::Receiver<bool>,
    ) -> Result<Self, Refusal> {
        let custom_name = match &options.name {
            Some(name) => checked_name(name)?,
            None => profile.custom_name.clone(),
        };
        let config = options.config;
        let overruled = Overruled {
            origin: options.origin.map(|origin| origin.as_str().to_owned()),
            lan: options.lan,
            trackers: options.trackers,
            ice_servers: options.ice_servers,
            relay_only: options.relay_only,
            proxy: options.proxy,
        };
        let settings = overruled.in_force(profile.settings.as_ref(), &config);
        let mut seed = [0; 32];
        OsRng.fill_bytes(&mut seed);
        let me = identity(&profile, custom_name);
        let judged = profile.judged.clone();
        let home = settings.home().unwrap_or_else(|| config.origin.clone());
        let (links_told, links) = mpsc::channel(WAITING);
        let (sockets_told, sockets) = mpsc::channel(WAITING);
        let (changed, network) = mpsc::channel(1);
        tokio::spawn(crate::network::watch(changed));
        let mut run = Self {
            rooms: Rooms::new(me, home, seed),
            keep_name: options.name.is_none(),
            started: Instant::now(),
            mesh: Mesh::new(
                MeshOptions {
                    ice_servers: Vec::new(),
                    loopback: true,
                },
                links_told,
            ),
            links,
            trackers: Trackers::new(sockets_told),
            sockets,
            near: Near::new(options.lan_port),
            tried_at: None,
            requests,
            stopping,
            network,
            told: Listeners::default(),
            transfers: Transfers::start(),
            orders: VecDeque::new(),
            shown: Shown::default(),
            words: VecDeque::new(),
            finishing: Vec::new(),
            profile,
            _lock: lock,
            settings,
            overruled,
            config,
            proxy: None,
            ice_servers: Vec::new(),
            far: Vec::new(),
            next_me: None,
            unkept: false,
            record: Record::default(),
            below: Below::default(),
        };
        run.rooms.set_judged(run.now(), judged);
        run.carry_out();
        // What was kept is what was there.
        run.unkept = false;
        run.apply_kept();
        Ok(run)
    }

    /// Runs until the last handle is gone or it is asked to stop; then leaves politely.
    pub(crate) async fn until_stopped(mut self) {
        loop {
            let wake = self.wake();
            tokio::pin!(wake);
            let behind = self.told.is_behind();
            tokio::select! {
                request = self.requests.recv() => match request {
                    Some(request) => self.requested(request).await,
                    None => break,
                },
                _ = self.stopping.changed() => break,
                () = self.told.catch_up(), if behind => {}
                Some(heard) = self.links.recv(), if !behind => {
                    self.record.heard(&heard, self.now().unix_ms);
                    Below::link(&heard);
                    if let Some(input) = translate::link(heard) {
                        self.happened(input);
                    }
                }
                Some(heard) = self.sockets.recv(), if !behind => {
                    self.below.tracker(&heard);
                    self.happened(translate::tracker(heard));
                }
                Some(report) = self.transfers.reports.recv(), if !behind => self.reported(report),
                Some(heard) = self.near.neighbours.1.recv() => self.neighbour(heard),
                Some(heard) = self.near.lan_heard.1.recv() => self.lan(heard),
                Some(()) = self.network.recv() => {
                    self.mesh.network_changed();
                    self.order(transfers::Order::NetworkChanged);
                    self.happened(Input::NetworkChanged);
                }
                () = &mut wake => self.happened(Input::Wake),
            }
            self.say_what_waits();
            self.become_next();
            if std::mem::take(&mut self.unkept) {
                self.keep_or_tell().await;
            }
            self.hand_over_orders().await;
        }
        self.wind_down().await;
    }

    fn happened(&mut self, input: Input) {
        self.rooms.handle(self.now(), input);
        self.carry_out();
    }

    fn commanded(&mut self, command: Command) -> Result<Answer, Refusal> {
        let answer = self.rooms.command(self.now(), command);
        self.carry_out();
        answer
    }

    fn carry_out(&mut self) {
        while let Some(output) = self.rooms.poll() {
            self.below.does(&output);
            match output {
                Output::OpenTracker { url, local } => {
                    self.trackers.open(&url, local);
                    self.order(transfers::Order::TrackerUsed { url, local });
                }
                Output::CloseTracker { url } => {
                    self.trackers.close(&url);
                    self.order(transfers::Order::TrackerUnused { url });
                }
                Output::Announce { url, text } => {
                    // A tracker that takes nothing more hears the next announce.
                    let _ = self.trackers.send(&url, text);
                }
                Output::WakeTrackers => self.trackers.wake(),
                Output::Dial { link } => self.mesh.dial(link),
                Output::Answer { link, sdp } => {
                    self.record.met(link);
                    self.mesh.answer(link, sdp);
                }
                Output::Accept { link, sdp } => {
                    self.record.met(link);
                    self.mesh.accept(link, sdp);
                }
                Output::Send { link, bytes } => self.mesh.send(link, bytes),
                Output::Renegotiate { link, kind, sdp } => {
                    self.mesh
                        .renegotiate(link, translate::description(kind), sdp);
                }
                Output::Close { link } => self.mesh.close(link),
                Output::HoldersChanged { room, key } => self.holders_changed(room, key),
                Output::Presence {
                    room,
                    peer_id,
                    presence,
                } => self.order(transfers::Order::Presence {
                    room,
                    peer: peer_id,
                    presence,
                }),
                Output::TransferSignalled {
                    room,
                    peer_id,
                    signal,
                } => self.transfer_signalled(&room, peer_id, signal),
                Output::Tell(event) => self.tell(&event),
            }
        }
    }

    fn tell(&mut self, event: &Event) {
        match event {
            Event::Left { room } => {
                let (left, waiting) = std::mem::take(&mut self.finishing)
                    .into_iter()
                    .partition(|(key, _)| key == room);
                self.finishing = waiting;
                let left: Vec<(RoomKey, oneshot::Sender<_>)> = left;
                for (_, answer) in left {
                    let _ = answer.send(Ok(()));
                }
                self.order(transfers::Order::Left { room: room.clone() });
            }
            Event::JudgedChanged { judged } => {
                self.profile.judged.clone_from(judged);
                self.unkept = true;
            }
            Event::TrackerChanged { tracker } => self.record.tracker(tracker, self.now().unix_ms),
            Event::TrackerGone { url } => self.record.tracker_gone(url),
            _ => {}
        }
        self.told.tell(&Told::Room(event.clone()));
    }

    /// Says what waited for its room to be less busy, in order for each room.
    fn say_what_waits(&mut self) {
        let mut busy: Vec<RoomKey> = Vec::new();
        let mut kept = VecDeque::new();
        while let Some((words, answer)) = self.words.pop_front() {
            let wait = self.told.is_behind()
                || busy.contains(&words.room)
                || self.rooms.is_busy(self.now(), &words.room);
            if wait {
                busy.push(words.room.clone());
                kept.push_back((words, answer));
                continue;
            }
            let said = self.commanded(Command::Say {
                room: words.room,
                with: words.with,
                text: words.text,
                reply_to: words.reply_to,
            });
            let _ = answer.send(match said {
                Ok(Answer::Said(id)) => Ok(id),
                Ok(Answer::Done | Answer::Room(_)) => Err(Refusal::NotJoined),
                Err(refusal) => Err(refusal),
            });
        }
        self.words = kept;
    }

    /// Leaves all rooms, lets what is queued go out, closes everything. Whoever waits for it in
    /// [`crate::Node::stop`] does so until this returns.
    async fn wind_down(mut self) {
        self.requests.close();
        self.leave_all();
        self.hand_over_orders().await;
        let (files_stopped, stopping) = oneshot::channel();
        let _ = self
            .transfers
            .orders
            .send(transfers::Order::Stop(files_stopped))
            .await;
        // Whatever the transfers still report, nobody is there to be told.
        let mut reports = self.transfers.reports;
        let drain_reports = tokio::spawn(async move { while reports.recv().await.is_some() {} });
        // A listener that is slow still gets all of it, but nobody waits for that.
        let mut told = self.told;
        tokio::spawn(async move {
            while told.is_behind() {
                told.catch_up().await;
            }
        });
        // The last reports of the links have to be taken, or they could not end.
        let mut links = self.links;
        let drain = tokio::spawn(async move { while links.recv().await.is_some() {} });
        let mut sockets = self.sockets;
        let drain_sockets = tokio::spawn(async move { while sockets.recv().await.is_some() {} });
        let farewell = async {
            let (_, _, _) = tokio::join!(self.mesh.shutdown(), self.trackers.shutdown(), stopping);
            // Only now: among those that still spoke to it may have been ourselves.
            if let Some(neighbourhood) = self.near.neighbourhood {
                neighbourhood.stop().await;
            }
        };
        let _ = tokio::time::timeout(STOP_WITHIN, farewell).await;
        drain.abort();
        drain_sockets.abort();
        drain_reports.abort();
    }

    fn now(&self) -> Now {
        let unix = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Now {
            since_start: self.started.elapsed(),
            unix_ms: i64::try_from(unix.as_millis()).unwrap_or(i64::MAX),
        }
    }

    fn wake(&self) -> Sleep {
        let at = self.rooms.next_wake().map_or_else(
            || Instant::now() + LONG,
            |since_start| self.started + since_start,
        );
        sleep_until(at.into())
    }
}
