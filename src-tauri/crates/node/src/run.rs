//! The loop: what happened goes to `room`, what `room` asks for is done. No decisions about chat.

use std::collections::VecDeque;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use mesh::{Mesh, MeshOptions};
use rand::RngCore;
use rand::rngs::OsRng;
use room::{
    Answer, Command, Event, Identity, Input, Now, Output, Refusal, RoomKey, Rooms, Snapshot,
};
use signalling::{Lan, LanHeard, Own, Trackers};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Sleep, sleep_until};
use tracker::{Neighbour, Neighbourhood, NeighbourhoodOptions};
use wire::{MessageId, PeerId};

use crate::profile::{Profile, Settings};
use crate::told::{Subscription, Told};
use crate::{Options, translate};

/// What may wait between the parts and the loop; full, each part slows its own outside down.
const WAITING: usize = 256;
/// Messages that may wait for their room to be less busy; see [`crate::Node::say`].
const MAX_WAITING_WORDS: usize = 256;
/// How long a node that is not joined to anything sleeps.
const LONG: Duration = Duration::from_secs(3600);

/// What a [`crate::Node`] asks of its loop.
#[derive(Debug)]
pub(crate) enum Request {
    Command {
        command: Command,
        answer: oneshot::Sender<Result<Answer, Refusal>>,
    },
    Say {
        room: RoomKey,
        text: String,
        answer: oneshot::Sender<Result<MessageId, Refusal>>,
    },
    Finish {
        room: RoomKey,
        answer: oneshot::Sender<Result<(), Refusal>>,
    },
    UseTrackers {
        urls: Vec<String>,
        answer: oneshot::Sender<()>,
    },
    Subscribe {
        answer: oneshot::Sender<(Snapshot, Subscription)>,
    },
    Settings {
        answer: oneshot::Sender<Settings>,
    },
    SaveSettings {
        settings: Settings,
        answer: oneshot::Sender<()>,
    },
}

/// A message that waits to be said.
struct Words {
    room: RoomKey,
    text: String,
    answer: oneshot::Sender<Result<MessageId, Refusal>>,
}

/// A running node.
pub(crate) struct Run {
    rooms: Rooms,
    profile: Profile,
    settings: Settings,
    keep_name: bool,
    started: Instant,
    mesh: Mesh,
    links: mpsc::Receiver<mesh::Heard>,
    trackers: Trackers,
    sockets: mpsc::Receiver<signalling::Heard>,
    near: Near,
    requests: mpsc::Receiver<Request>,
    stopping: watch::Receiver<bool>,
    network: mpsc::Receiver<()>,
    told: Told,
    words: VecDeque<Words>,
    finishing: Vec<(RoomKey, oneshot::Sender<Result<(), Refusal>>)>,
}

/// Peers of this machine and network, and how they are found.
struct Near {
    port: Option<u16>,
    neighbourhood: Option<Neighbourhood>,
    lan: Option<Lan>,
    /// What is in use because of it.
    urls: Vec<String>,
    neighbours: (mpsc::Sender<Neighbour>, mpsc::Receiver<Neighbour>),
    lan_heard: (mpsc::Sender<LanHeard>, mpsc::Receiver<LanHeard>),
}

impl Run {
    pub(crate) fn new(
        options: Options,
        profile: Profile,
        requests: mpsc::Receiver<Request>,
        stopping: watch::Receiver<bool>,
    ) -> Result<Self, Refusal> {
        let custom_name = match &options.name {
            Some(name) => checked_name(name)?,
            None => profile.custom_name.clone(),
        };
        let settings = Settings {
            origin: options
                .origin
                .or_else(|| profile.origin.clone())
                .unwrap_or(options.config.origin),
            lan: options.lan.or(profile.lan).unwrap_or(true),
        };
        let mut seed = [0; 32];
        OsRng.fill_bytes(&mut seed);
        let me = Identity {
            peer_id: PeerId::random_low(&mut OsRng),
            user_id: profile.user_id.clone(),
            custom_name,
            keys: profile.keys.clone(),
        };
        let (links_told, links) = mpsc::channel(WAITING);
        let (sockets_told, sockets) = mpsc::channel(WAITING);
        let (changed, network) = mpsc::channel(1);
        tokio::spawn(crate::network::watch(changed));
        let mut run = Self {
            rooms: Rooms::new(me, settings.origin.clone(), seed),
            keep_name: options.name.is_none(),
            started: Instant::now(),
            mesh: Mesh::new(
                MeshOptions {
                    ice_servers: options.config.ice_servers,
                    loopback: true,
                },
                links_told,
            ),
            links,
            trackers: Trackers::new(sockets_told),
            sockets,
            near: Near {
                port: options.lan_port,
                neighbourhood: None,
                lan: None,
                urls: Vec::new(),
                neighbours: mpsc::channel(WAITING),
                lan_heard: mpsc::channel(WAITING),
            },
            requests,
            stopping,
            network,
            told: Told::default(),
            words: VecDeque::new(),
            finishing: Vec::new(),
            profile,
            settings,
        };
        for url in options.config.trackers {
            run.happened(Input::TrackerAdded { url, local: false });
        }
        run.set_lan(run.settings.lan);
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
                    self.happened(translate::link(heard));
                }
                Some(heard) = self.sockets.recv(), if !behind => {
                    self.happened(translate::tracker(heard));
                }
                Some(heard) = self.near.neighbours.1.recv() => self.neighbour(heard),
                Some(heard) = self.near.lan_heard.1.recv() => self.lan(heard),
                Some(()) = self.network.recv() => self.happened(Input::NetworkChanged),
                () = &mut wake => self.happened(Input::Wake),
            }
            self.say_what_waits();
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
            match output {
                Output::OpenTracker { url, local } => self.trackers.open(&url, local),
                Output::CloseTracker { url } => self.trackers.close(&url),
                Output::Announce { url, text } => {
                    // A tracker that takes nothing more hears the next announce.
                    let _ = self.trackers.send(&url, text);
                }
                Output::WakeTrackers => self.trackers.wake(),
                Output::Dial { link } => self.mesh.dial(link),
                Output::Answer { link, sdp } => self.mesh.answer(link, sdp),
                Output::Accept { link, sdp } => self.mesh.accept(link, sdp),
                Output::Send { link, bytes } => self.mesh.send(link, bytes),
                Output::Restart { link } => self.mesh.restart(link),
                Output::Renegotiate { link, kind, sdp } => {
                    self.mesh
                        .renegotiate(link, translate::description(kind), sdp);
                }
                Output::Close { link } => self.mesh.close(link),
                Output::Tell(event) => self.tell(&event),
            }
        }
    }

    fn tell(&mut self, event: &Event) {
        if let Event::Left { room } = event {
            let (left, waiting) = std::mem::take(&mut self.finishing)
                .into_iter()
                .partition(|(key, _)| key == room);
            self.finishing = waiting;
            let left: Vec<(RoomKey, oneshot::Sender<_>)> = left;
            for (_, answer) in left {
                let _ = answer.send(Ok(()));
            }
        }
        self.told.tell(event);
    }

    async fn requested(&mut self, request: Request) {
        // Whoever asked may have stopped waiting for the answer.
        match request {
            Request::Command { command, answer } => {
                let renamed = matches!(command, Command::Rename(_));
                let done = self.commanded(command);
                if renamed && done.is_ok() {
                    self.keep_profile().await;
                }
                let _ = answer.send(done);
            }
            Request::Say { room, text, answer } => {
                if self.words.len() >= MAX_WAITING_WORDS {
                    let _ = answer.send(Err(Refusal::Busy));
                } else {
                    self.words.push_back(Words { room, text, answer });
                }
            }
            Request::Finish { room, answer } => {
                self.finishing.push((room.clone(), answer));
                if let Err(refusal) = self.commanded(Command::Finish(room.clone())) {
                    let at = self.finishing.iter().rposition(|(key, _)| *key == room);
                    if let Some((_, answer)) = at.map(|at| self.finishing.remove(at)) {
                        let _ = answer.send(Err(refusal));
                    }
                }
            }
            Request::UseTrackers { urls, answer } => {
                for url in urls {
                    if crate::check_tracker(&url).is_ok() {
                        self.happened(Input::TrackerAdded { url, local: false });
                    }
                }
                let _ = answer.send(());
            }
            Request::Subscribe { answer } => {
                let told = (self.rooms.snapshot(), self.told.subscribe());
                let _ = answer.send(told);
            }
            Request::Settings { answer } => {
                let _ = answer.send(self.settings.clone());
            }
            Request::SaveSettings { settings, answer } => {
                self.rooms.set_home(settings.origin.clone());
                self.set_lan(settings.lan);
                self.profile.origin = Some(settings.origin.clone());
                self.profile.lan = Some(settings.lan);
                self.settings = settings;
                self.keep_profile().await;
                let _ = answer.send(());
            }
        }
    }

    /// Says what waited for its room to be less busy, in order for each room.
    fn say_what_waits(&mut self) {
        let mut busy: Vec<RoomKey> = Vec::new();
        let mut kept = VecDeque::new();
        while let Some(words) = self.words.pop_front() {
            let wait = self.told.is_behind()
                || busy.contains(&words.room)
                || self.rooms.is_busy(self.now(), &words.room);
            if wait {
                busy.push(words.room.clone());
                kept.push_back(words);
                continue;
            }
            let said = self.commanded(Command::Say {
                room: words.room,
                with: None,
                text: words.text,
                reply_to: None,
            });
            let _ = words.answer.send(match said {
                Ok(Answer::Said(id)) => Ok(id),
                Ok(Answer::Done | Answer::Room(_)) => Err(Refusal::NotJoined),
                Err(refusal) => Err(refusal),
            });
        }
        self.words = kept;
    }

    fn neighbour(&mut self, heard: Neighbour) {
        match heard {
            Neighbour::Serving { url, port } => {
                self.near_found(url);
                self.announce(Own::Serving(port));
            }
            Neighbour::Using { url, port } => {
                self.near_found(url);
                self.announce(Own::Sharing(port));
            }
            Neighbour::Gone { url } => self.near_lost(&url),
        }
    }

    fn lan(&mut self, heard: LanHeard) {
        match heard {
            LanHeard::Found { url } => self.near_found(url),
            LanHeard::Lost { url } => self.near_lost(&url),
            LanHeard::Unavailable => tracing::info!("no multicast on this network"),
        }
    }

    fn near_found(&mut self, url: String) {
        if !self.near.urls.contains(&url) {
            self.near.urls.push(url.clone());
        }
        self.happened(Input::TrackerAdded { url, local: true });
    }

    fn near_lost(&mut self, url: &str) {
        self.near.urls.retain(|it| it != url);
        self.happened(Input::TrackerRemoved {
            url: url.to_owned(),
        });
    }

    fn announce(&mut self, own: Own) {
        if let Some(lan) = &self.near.lan {
            lan.announce(own);
        }
    }

    /// Starts or stops finding and serving peers on this machine and network.
    fn set_lan(&mut self, on: bool) {
        if on && self.near.neighbourhood.is_none() {
            let port = self.near.port;
            let mut street = NeighbourhoodOptions::default();
            if let Some(port) = port {
                street.port = port;
            }
            self.near.neighbourhood =
                Some(Neighbourhood::start(street, self.near.neighbours.0.clone()));
            self.near.lan = Some(Lan::start(Own::Nothing, self.near.lan_heard.0.clone()));
        } else if !on && self.near.neighbourhood.is_some() {
            self.near.neighbourhood = None;
            self.near.lan = None;
            // What they still had to say is about peers that are no longer looked for.
            self.near.neighbours = mpsc::channel(WAITING);
            self.near.lan_heard = mpsc::channel(WAITING);
            for url in std::mem::take(&mut self.near.urls) {
                self.happened(Input::TrackerRemoved { url });
            }
        }
    }

    async fn keep_profile(&mut self) {
        if self.keep_name {
            self.profile.custom_name = self.rooms.me().custom_name;
        }
        let profile = self.profile.clone();
        let kept = tokio::task::spawn_blocking(move || profile.save()).await;
        if !matches!(kept, Ok(Ok(()))) {
            tracing::warn!("the profile could not be kept");
        }
    }

    /// Leaves all rooms, lets what is queued go out, closes everything.
    async fn wind_down(mut self) {
        self.requests.close();
        let rooms: Vec<RoomKey> = self
            .rooms
            .snapshot()
            .rooms
            .into_iter()
            .map(|room| room.room)
            .collect();
        for room in rooms {
            // It was in the snapshot a moment ago.
            let _ = self.commanded(Command::Leave(room));
        }
        // The last reports of the links have to be taken, or they could not end.
        let mut links = self.links;
        let drain = tokio::spawn(async move { while links.recv().await.is_some() {} });
        let mut sockets = self.sockets;
        let drain_sockets = tokio::spawn(async move { while sockets.recv().await.is_some() {} });
        tokio::join!(self.mesh.shutdown(), self.trackers.shutdown());
        if let Some(neighbourhood) = self.near.neighbourhood {
            neighbourhood.stop().await;
        }
        drain.abort();
        drain_sockets.abort();
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

/// A name given at the start, by the rules of [`crate::Node::rename`].
fn checked_name(name: &str) -> Result<String, Refusal> {
    let name = wire::chat::clean_name(name);
    if wire::chat::text_units(&name) > wire::MAX_CUSTOM_NAME {
        return Err(Refusal::NameTooLong {
            limit: wire::MAX_CUSTOM_NAME,
        });
    }
    Ok(name)
}
