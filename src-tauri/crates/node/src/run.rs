//! The loop: what happened goes to `room`, what `room` asks for is done. No decisions about chat.

use std::collections::VecDeque;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use mesh::{IceServer, Mesh, MeshOptions};
use rand::RngCore;
use rand::rngs::OsRng;
use room::{
    Answer, Command, Event, Identity, Input, LineKey, Now, Output, PersonId, Refusal, RoomKey,
    Rooms, Snapshot,
};
use signalling::{Lan, LanHeard, Own, Proxy, Trackers};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Sleep, sleep_until};
use tracker::{Neighbour, Neighbourhood, NeighbourhoodOptions};
use view::{Imported, LanHealth, Servers, Settings};
use wire::{MessageId, Origin, PeerId, RoomAddress};

use crate::config::Config;
use crate::doctor::{Look, Record};
use crate::profile::{Profile, ProfileError};
use crate::settings::{self, Checked};
use crate::told::{Subscription, Told};
use crate::vault::Person;
use crate::{Options, network, translate};

/// What may wait between the parts and the loop; full, each part slows its own outside down.
const WAITING: usize = 256;
/// Messages that may wait for their room to be less busy; see [`crate::Node::say`].
const MAX_WAITING_WORDS: usize = 256;
/// How long it may take to say goodbye to everyone and close everything. The parts have limits of
/// their own, which together come to no more.
const STOP_WITHIN: Duration = Duration::from_secs(6);
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
        words: Words,
        answer: oneshot::Sender<Result<MessageId, Refusal>>,
    },
    Search {
        room: RoomKey,
        with: Option<PersonId>,
        text: String,
        answer: oneshot::Sender<Result<Vec<LineKey>, Refusal>>,
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
        settings: Box<Settings>,
        answer: oneshot::Sender<Result<(), view::Refusal>>,
    },
    UsualServers {
        answer: oneshot::Sender<Servers>,
    },
    Home {
        answer: oneshot::Sender<Origin>,
    },
    CommunityRooms {
        answer: oneshot::Sender<Vec<String>>,
    },
    Address {
        room: RoomKey,
        answer: oneshot::Sender<Option<RoomAddress>>,
    },
    Person {
        answer: oneshot::Sender<Person>,
    },
    Become {
        person: Box<Person>,
        answer: oneshot::Sender<Result<Imported, view::Refusal>>,
    },
    Forget {
        answer: oneshot::Sender<Result<(), view::Refusal>>,
    },
    Proxy {
        answer: oneshot::Sender<Option<Proxy>>,
    },
    Look {
        answer: oneshot::Sender<Look>,
    },
}

/// Something to be said.
#[derive(Debug)]
pub(crate) struct Words {
    pub(crate) room: RoomKey,
    pub(crate) with: Option<PersonId>,
    pub(crate) text: String,
    pub(crate) reply_to: Option<LineKey>,
}

/// A message that waits to be said, and who waits for it.
type Waiting = (Words, oneshot::Sender<Result<MessageId, Refusal>>);

/// A running node.
pub(crate) struct Run {
    rooms: Rooms,
    profile: Profile,
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
    words: VecDeque<Waiting>,
    finishing: Vec<(RoomKey, oneshot::Sender<Result<(), Refusal>>)>,
}

/// What this start was told otherwise than the profile says. It is in force until the person
/// changes it, and not kept.
#[derive(Debug, Default)]
struct Overruled {
    origin: Option<String>,
    lan: Option<bool>,
    trackers: Option<Vec<String>>,
    ice_servers: Option<Vec<IceServer>>,
    relay_only: Option<bool>,
    proxy: Option<String>,
}

impl Overruled {
    /// The settings kept, but for what this start was told otherwise.
    fn in_force(&self, kept: Option<&Settings>, config: &Config) -> Settings {
        let mut settings = kept.cloned().unwrap_or_else(|| Settings {
            origin: config.origin.as_str().to_owned(),
            ..Settings::default()
        });
        if let Some(origin) = &self.origin {
            settings.origin.clone_from(origin);
        }
        settings.lan = self.lan.unwrap_or(settings.lan);
        settings.relay_only = self.relay_only.unwrap_or(settings.relay_only);
        if let Some(proxy) = &self.proxy {
            settings.proxy = Some(proxy.clone());
        }
        settings
    }
}

/// Peers of this machine and network, and how they are found.
struct Near {
    port: Option<u16>,
    neighbourhood: Option<Neighbourhood>,
    lan: Option<Lan>,
    /// Whether the tracker of this machine is ours.
    serving: bool,
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
            near: Near {
                port: options.lan_port,
                neighbourhood: None,
                lan: None,
                serving: false,
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
            overruled,
            config,
            proxy: None,
            ice_servers: Vec::new(),
            far: Vec::new(),
            next_me: None,
            unkept: false,
            record: Record::default(),
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
            self.become_next();
            if std::mem::take(&mut self.unkept) {
                self.keep_profile().await;
            }
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
                Output::Answer { link, sdp } => {
                    self.record.met(link);
                    self.mesh.answer(link, sdp);
                }
                Output::Accept { link, sdp } => {
                    self.record.met(link);
                    self.mesh.accept(link, sdp);
                }
                Output::Send { link, bytes } => self.mesh.send(link, bytes),
                Output::Restart { link } => {
                    self.record.restarted(link);
                    self.mesh.restart(link);
                }
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
            }
            Event::JudgedChanged { judged } => {
                self.profile.judged.clone_from(judged);
                self.unkept = true;
            }
            Event::TrackerChanged { tracker } => self.record.tracker(tracker, self.now().unix_ms),
            Event::TrackerGone { url } => self.record.tracker_gone(url),
            _ => {}
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
            Request::Say { words, answer } => {
                if self.words.len() >= MAX_WAITING_WORDS {
                    let _ = answer.send(Err(Refusal::Busy));
                } else {
                    self.words.push_back((words, answer));
                }
            }
            Request::Search {
                room,
                with,
                text,
                answer,
            } => {
                let _ = answer.send(Ok(self.rooms.search(&room, with.as_ref(), &text)));
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
                let _ = answer.send(self.save_settings(*settings).await);
            }
            Request::UsualServers { answer } => {
                let told = self.overruled.trackers.as_ref();
                let _ = answer.send(Servers {
                    trackers: told.unwrap_or(&self.config.trackers).clone(),
                    ice_servers: self
                        .usual_ice()
                        .iter()
                        .map(settings::shown_server)
                        .collect(),
                });
            }
            Request::Home { answer } => {
                let _ = answer.send(self.rooms.home().clone());
            }
            Request::CommunityRooms { answer } => {
                let names = self.config.rooms.iter().map(|it| it.as_str().to_owned());
                let _ = answer.send(names.collect());
            }
            Request::Address { room, answer } => {
                let _ = answer.send(self.rooms.address(&room).cloned());
            }
            Request::Person { answer } => {
                let _ = answer.send(Person {
                    user_id: self.profile.user_id.clone(),
                    custom_name: self.rooms.me().custom_name,
                    keys: self.profile.keys.clone(),
                    settings: self.settings.clone(),
                });
            }
            Request::Become { person, answer } => {
                let _ = answer.send(self.become_person(*person).await);
            }
            Request::Forget { answer } => {
                let _ = answer.send(self.forget().await);
            }
            Request::Proxy { answer } => {
                let _ = answer.send(self.proxy.clone());
            }
            Request::Look { answer } => {
                let _ = answer.send(self.look());
            }
        }
    }

    /// Takes the settings that are in force at the start. What no longer fits, such as a list with
    /// an address that a new version does not take, is left out.
    fn apply_kept(&mut self) {
        let checked = match settings::check(&self.settings, &self.usual_ice()) {
            Ok(checked) => checked,
            Err(faults) => {
                tracing::warn!(count = faults.len(), "some kept settings cannot be used");
                let usable = self.usable_settings();
                Checked {
                    home: self.rooms.home().clone(),
                    trackers: usable.trackers,
                    ice_servers: usable.ice_servers,
                    proxy: usable.proxy,
                }
            }
        };
        self.apply(checked);
    }

    /// Those of the kept settings that are good each by itself.
    fn usable_settings(&self) -> Checked {
        let alone = |change: fn(&mut Settings, &Settings)| {
            let mut settings = Settings::default();
            change(&mut settings, &self.settings);
            settings::check(&settings, &[]).ok()
        };
        Checked {
            home: self.rooms.home().clone(),
            trackers: alone(|to, from| to.trackers.clone_from(&from.trackers))
                .and_then(|it| it.trackers),
            ice_servers: alone(|to, from| to.ice_servers.clone_from(&from.ice_servers))
                .and_then(|it| it.ice_servers),
            proxy: alone(|to, from| to.proxy.clone_from(&from.proxy)).and_then(|it| it.proxy),
        }
    }

    /// The servers in use where the settings name none.
    fn usual_ice(&self) -> Vec<IceServer> {
        let overruled = self.overruled.ice_servers.as_ref();
        overruled.unwrap_or(&self.config.ice_servers).clone()
    }

    fn apply(&mut self, checked: Checked) {
        self.rooms
            .set_home(self.settings.home().unwrap_or(checked.home));
        self.set_lan(self.settings.lan);
        let typing = Command::ShowTyping(self.settings.typing);
        // It is never refused.
        let _ = self.commanded(typing);

        let usual = self.usual_ice();
        self.ice_servers = match (&self.overruled.ice_servers, checked.ice_servers) {
            (None, Some(chosen)) => chosen,
            _ => usual,
        };
        self.mesh
            .set_servers(&self.ice_servers, self.settings.relay_only);

        let wanted = match (&self.overruled.trackers, checked.trackers) {
            (Some(told), _) => told.clone(),
            (None, Some(chosen)) => chosen,
            (None, None) => self.config.trackers.clone(),
        };
        let by_another_way = self.proxy != checked.proxy;
        self.proxy = checked.proxy;
        self.trackers.set_proxy(self.proxy.clone());
        // All that is reached by another way now is closed first, those that links brought too.
        let gone: Vec<String> = self
            .rooms
            .snapshot()
            .trackers
            .into_iter()
            .filter(|it| !it.local)
            .map(|it| it.url)
            .filter(|url| by_another_way || (self.far.contains(url) && !wanted.contains(url)))
            .collect();
        let brought: Vec<String> = gone
            .iter()
            .filter(|url| by_another_way && !self.far.contains(*url))
            .cloned()
            .collect();
        for url in gone {
            self.happened(Input::TrackerRemoved { url });
        }
        for url in wanted.iter().cloned().chain(brought) {
            // One that is there already stays as it is.
            self.happened(Input::TrackerAdded { url, local: false });
        }
        self.far = wanted;
    }

    async fn save_settings(&mut self, settings: Settings) -> Result<(), view::Refusal> {
        let checked = settings::check(&settings, &self.usual_ice())
            .map_err(|faults| view::Refusal::BadSettings { faults })?;
        let mut kept = settings.clone();
        let before = self.profile.settings.clone();
        // What this start alone was told stays out of the profile until the person changes it.
        if self.overruled.origin.as_ref() == Some(&settings.origin) {
            kept.origin = before
                .as_ref()
                .map_or(self.config.origin.as_str().to_owned(), |it| {
                    it.origin.clone()
                });
        } else {
            self.overruled.origin = None;
        }
        if self.overruled.lan == Some(settings.lan) {
            kept.lan = before.as_ref().is_none_or(|it| it.lan);
        } else {
            self.overruled.lan = None;
        }
        if self.overruled.relay_only == Some(settings.relay_only) {
            kept.relay_only = before.as_ref().is_some_and(|it| it.relay_only);
        } else {
            self.overruled.relay_only = None;
        }
        if self.overruled.proxy.is_some() && self.overruled.proxy == settings.proxy {
            kept.proxy = before.as_ref().and_then(|it| it.proxy.clone());
        } else {
            self.overruled.proxy = None;
        }
        if settings.trackers != self.settings.trackers {
            self.overruled.trackers = None;
        }
        if settings.ice_servers != self.settings.ice_servers {
            self.overruled.ice_servers = None;
        }
        self.settings = settings;
        self.apply(checked);
        self.profile.settings = Some(kept);
        if self.keep_profile().await {
            Ok(())
        } else {
            Err(view::Refusal::NotSaved)
        }
    }

    /// Becomes the person of a file, at once where no room is joined, else when all are left.
    async fn become_person(&mut self, person: Person) -> Result<Imported, view::Refusal> {
        let checked = settings::check(&person.settings, &self.usual_ice())
            .map_err(|faults| view::Refusal::BadSettings { faults })?;
        let mut profile = self.profile.clone();
        profile.user_id = person.user_id;
        profile.custom_name = person.custom_name;
        profile.keys = person.keys;
        profile.settings = Some(person.settings);
        if !saved(&profile).await {
            return Err(view::Refusal::NotSaved);
        }
        let me = identity(&profile, profile.custom_name.clone());
        self.profile = profile;
        self.settings = self
            .overruled
            .in_force(self.profile.settings.as_ref(), &self.config);
        self.apply(checked);
        self.next_me = Some(me);
        self.become_next();
        Ok(Imported {
            rooms_keep_the_old: self.next_me.is_some(),
        })
    }

    /// Leaves all rooms and begins as somebody new.
    async fn forget(&mut self) -> Result<(), view::Refusal> {
        let old = self.profile.clone();
        let anew = tokio::task::spawn_blocking(move || old.begin_anew()).await;
        let profile = anew
            .unwrap_or(Err(ProfileError::NoKey))
            .map_err(|_| view::Refusal::NotSaved)?;
        self.leave_all();
        self.next_me = Some(identity(&profile, String::new()));
        self.profile = profile;
        self.settings = self.overruled.in_force(None, &self.config);
        self.apply_kept();
        self.become_next();
        self.rooms.set_judged(self.now(), Vec::new());
        self.carry_out();
        Ok(())
    }

    fn become_next(&mut self) {
        let Some(me) = self.next_me.take() else {
            return;
        };
        let again = Identity {
            peer_id: me.peer_id,
            user_id: me.user_id.clone(),
            custom_name: me.custom_name.clone(),
            keys: me.keys.clone(),
        };
        if self.rooms.become_another(self.now(), me) {
            self.keep_name = true;
            self.carry_out();
        } else {
            self.next_me = Some(again);
        }
    }

    fn look(&self) -> Look {
        let snapshot = self.rooms.snapshot();
        Look {
            time: self.now().unix_ms,
            in_a_room: !snapshot.rooms.is_empty(),
            empty_rooms: snapshot
                .rooms
                .iter()
                .filter(|room| room.peers.is_empty())
                .map(|room| room.room.to_string())
                .collect(),
            trackers: self.record.trackers(snapshot.trackers),
            lan: LanHealth {
                on: self.near.neighbourhood.is_some(),
                serving: self.near.serving,
                found: self.near.urls.len(),
            },
            relay_only: self.settings.relay_only,
            proxied: self.proxy.is_some(),
            tried: self.record.tried,
            ice_servers: self.ice_servers.clone(),
            connections: self.record.connections(self.rooms.connections()),
            mesh: self.mesh.clone(),
            addresses: network::addresses(),
        }
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

    fn neighbour(&mut self, heard: Neighbour) {
        match heard {
            Neighbour::Serving { url, port } => {
                self.near.serving = true;
                self.near_found(url);
                self.announce(Own::Serving(port));
            }
            Neighbour::Using { url, port } => {
                self.near.serving = false;
                self.near_found(url);
                self.announce(Own::Sharing(port));
            }
            Neighbour::Gone { url } => {
                self.near.serving = false;
                self.near_lost(&url);
            }
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
            self.near.serving = false;
            // What they still had to say is about peers that are no longer looked for.
            self.near.neighbours = mpsc::channel(WAITING);
            self.near.lan_heard = mpsc::channel(WAITING);
            for url in std::mem::take(&mut self.near.urls) {
                self.happened(Input::TrackerRemoved { url });
            }
        }
    }

    async fn keep_profile(&mut self) -> bool {
        if self.keep_name && self.next_me.is_none() {
            self.profile.custom_name = self.rooms.me().custom_name;
        }
        saved(&self.profile).await
    }

    fn leave_all(&mut self) {
        let rooms = self.rooms.snapshot().rooms;
        for room in rooms {
            // It was in the snapshot a moment ago.
            let _ = self.commanded(Command::Leave(room.room));
        }
    }

    /// Leaves all rooms, lets what is queued go out, closes everything. Whoever waits for it in
    /// [`crate::Node::stop`] does so until this returns.
    async fn wind_down(mut self) {
        self.requests.close();
        self.leave_all();
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
            tokio::join!(self.mesh.shutdown(), self.trackers.shutdown());
            // Only now: among those that still spoke to it may have been ourselves.
            if let Some(neighbourhood) = self.near.neighbourhood {
                neighbourhood.stop().await;
            }
        };
        let _ = tokio::time::timeout(STOP_WITHIN, farewell).await;
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

fn identity(profile: &Profile, custom_name: String) -> Identity {
    Identity {
        peer_id: PeerId::random_low(&mut OsRng),
        user_id: profile.user_id.clone(),
        custom_name,
        keys: profile.keys.clone(),
    }
}

async fn saved(profile: &Profile) -> bool {
    let profile = profile.clone();
    let kept = tokio::task::spawn_blocking(move || profile.save()).await;
    let is_kept = matches!(kept, Ok(Ok(())));
    if !is_kept {
        tracing::warn!("the profile could not be kept");
    }
    is_kept
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
