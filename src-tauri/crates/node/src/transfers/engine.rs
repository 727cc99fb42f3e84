//! The task: what happened goes where it belongs. It never waits for anything but the next event.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use files::store::Disk;
use files::torrent::announce::FromTracker;
use files::torrent::session::{Conn, Input};
use mesh::{Heard, Mesh, MeshOptions};
use rand::SeedableRng;
use rand::rngs::StdRng;
use room::{RoomKey, ShareKey};
use signalling::Trackers;
use tokio::sync::{mpsc, oneshot};
use wire::{LinkId, PeerId, SignalKind};

use super::Ways;
use super::jobs::Done;
use super::leftovers::Leftovers;
use super::links::{Link, With};
use super::orders::{Order, Report};
use super::swarm::{Swarm, SwarmId, Way};
use super::transfer::{Transfer, TransferId};

/// What connections tell and is not taken yet: as many messages of the largest size, so that the
/// peers are slowed down rather than our memory filled.
const LINKS_WAITING: usize = 64;
/// What trackers say and is not taken yet.
const SOCKETS_WAITING: usize = 64;
/// How often what moves is looked at, and told.
const TICK: Duration = Duration::from_millis(250);
/// The same while nothing moves, and somebody may come.
const SLOW_TICK: Duration = Duration::from_secs(1);
/// How long stopping waits for the disk.
const LEFTOVERS_WITHIN: Duration = Duration::from_secs(2);
/// The shortest pause between two looks at the clock.
const SHORTEST: Duration = Duration::from_millis(2);
/// How long an engine without anything to do sleeps.
const LONG: Duration = Duration::from_secs(3600);

/// All transfers of a node.
pub(super) struct Engine {
    orders: mpsc::Receiver<Order>,
    reports: mpsc::Sender<Report>,
    /// What is to be reported, as the loop takes it.
    pub(super) outgoing: VecDeque<Report>,
    pub(super) mesh: Mesh,
    links_heard: mpsc::Receiver<Heard>,
    pub(super) trackers: Trackers<FromTracker>,
    sockets_heard: mpsc::Receiver<signalling::Heard<FromTracker>>,
    /// For blocks that are read and written.
    pub(super) disk: Disk,
    /// For what takes long: hashing, opening, looking through folders.
    pub(super) long: Disk,
    /// There are never more of them than jobs, which are bounded by what sessions hold.
    pub(super) done_told: mpsc::UnboundedSender<Done>,
    done: mpsc::UnboundedReceiver<Done>,
    started: Instant,
    pub(super) rng: StdRng,
    pub(super) ways: Ways,
    pub(super) transfers: BTreeMap<TransferId, Transfer>,
    pub(super) swarms: BTreeMap<SwarmId, Swarm>,
    pub(super) links: BTreeMap<LinkId, Link>,
    /// Who was lost from a room without a word, and until when they may come back.
    pub(super) missing: BTreeMap<(RoomKey, PeerId), Duration>,
    /// The trackers that the rooms use, and whether each is near.
    pub(super) known_trackers: BTreeMap<String, bool>,
    /// Those that can be spoken with about files.
    pub(super) open_trackers: BTreeSet<String>,
    /// Swarms whose session wants something read.
    pub(super) reading: BTreeSet<SwarmId>,
    /// Transfers of which something is to be told at once.
    pub(super) urgent: BTreeSet<TransferId>,
    /// What is left of what is not wanted now.
    pub(super) leftovers: Leftovers,
    /// Shares of which it was looked for what is here from before.
    pub(super) looked_for: BTreeSet<(RoomKey, ShareKey)>,
    tick_at: Duration,
    woken_at: Duration,
    last: u64,
}

impl Engine {
    pub(super) fn new(orders: mpsc::Receiver<Order>, reports: mpsc::Sender<Report>) -> Self {
        let (links_told, links_heard) = mpsc::channel(LINKS_WAITING);
        let (sockets_told, sockets_heard) = mpsc::channel(SOCKETS_WAITING);
        let (done_told, done) = mpsc::unbounded_channel();
        Self {
            orders,
            reports,
            outgoing: VecDeque::new(),
            mesh: Mesh::new(
                MeshOptions {
                    ice_servers: Vec::new(),
                    loopback: true,
                },
                links_told,
            ),
            links_heard,
            trackers: Trackers::reading(sockets_told, FromTracker::parse),
            sockets_heard,
            disk: Disk::default(),
            long: Disk::default(),
            done_told,
            done,
            started: Instant::now(),
            rng: StdRng::from_entropy(),
            ways: Ways::default(),
            transfers: BTreeMap::new(),
            swarms: BTreeMap::new(),
            links: BTreeMap::new(),
            missing: BTreeMap::new(),
            known_trackers: BTreeMap::new(),
            open_trackers: BTreeSet::new(),
            reading: BTreeSet::new(),
            urgent: BTreeSet::new(),
            leftovers: Leftovers::default(),
            looked_for: BTreeSet::new(),
            tick_at: Duration::ZERO,
            woken_at: Duration::ZERO,
            last: 0,
        }
    }

    pub(super) async fn until_stopped(mut self) {
        let answer = loop {
            let wake = self.wake();
            let reports = self.reports.clone();
            tokio::select! {
                order = self.orders.recv() => match order {
                    None => break None,
                    Some(Order::Stop(answer)) => break Some(answer),
                    Some(order) => self.ordered(order),
                },
                room = reports.reserve(), if !self.outgoing.is_empty() => match room {
                    Ok(room) => if let Some(report) = self.outgoing.pop_front() {
                        room.send(report);
                    },
                    Err(_) => break None,
                },
                Some(done) = self.done.recv() => self.job_done(done),
                Some(heard) = self.links_heard.recv() => {
                    self.link_heard(heard);
                    // What came with it is taken with it: looking around costs more than taking.
                    for _ in 0..LINKS_WAITING {
                        let Ok(heard) = self.links_heard.try_recv() else { break };
                        self.link_heard(heard);
                    }
                }
                Some(heard) = self.sockets_heard.recv() => self.tracker_heard(heard),
                () = tokio::time::sleep_until((self.started + wake).into()) => self.woken(),
            }
            self.read_for_sessions();
            self.dial_natives();
            self.tell_what_is_urgent();
        };
        self.wind_down(answer).await;
    }

    fn ordered(&mut self, order: Order) {
        // Whoever asked may have stopped waiting for the answer.
        match order {
            Order::Share {
                place,
                sources,
                answer,
            } => {
                let _ = answer.send(self.share(place, sources));
            }
            Order::Offered { transfer, taken } => self.offered(transfer, taken),
            Order::Fetch { wanted, answer } => {
                let _ = answer.send(self.fetch(*wanted));
            }
            Order::Change {
                room,
                key,
                change,
                into,
                answer,
            } => {
                let _ = answer.send(self.change(&room, &key, change, into));
            }
            Order::Look(look) => self.looked_at(look),
            Order::Signalled {
                place,
                peer,
                signal,
            } => self.signalled(&place, peer, *signal),
            Order::Holders {
                room,
                key,
                holders,
                withdrawn,
                wanted,
            } => {
                self.held_by(&room, &key, &holders, withdrawn);
                self.remember(&room, &key, withdrawn, wanted);
            }
            Order::Presence {
                room,
                peer,
                presence,
            } => self.is_present(room, peer, presence),
            Order::Left { room } => self.left(&room),
            Order::Servers {
                servers,
                relay_only,
            } => {
                self.mesh.set_servers(&servers, relay_only);
                self.ways.servers = servers;
                self.ways.relay_only = relay_only;
            }
            Order::Proxy(proxy) => {
                if self.ways.proxy != proxy {
                    self.ways.proxy = proxy;
                    self.reach_trackers_anew();
                }
            }
            Order::TrackerUsed { url, local } => self.tracker_used(url, local),
            Order::TrackerUnused { url } => self.tracker_unused(url),
            Order::NetworkChanged => {
                self.mesh.network_changed();
                self.trackers.wake();
                self.hurry();
            }
            // It ends the loop before it comes here.
            Order::Stop(_) => {}
        }
    }

    fn link_heard(&mut self, heard: Heard) {
        match heard {
            Heard::OfferMade {
                link,
                sdp,
                complete: true,
            } => self.link_described(link, SignalKind::Offer, sdp),
            Heard::AnswerMade { link, sdp } => self.link_described(link, SignalKind::Answer, sdp),
            Heard::Opened { link } => self.link_opened(link),
            Heard::Bytes { link, bytes } => {
                if let Some(swarm) = self.moved_on(link) {
                    self.session(swarm, Input::Received(Conn(link.0), bytes.into()));
                }
            }
            Heard::Sent { link, bytes } => {
                if let Some(swarm) = self.moved_on(link) {
                    self.session(swarm, Input::Sent(Conn(link.0), bytes));
                }
            }
            Heard::Closed { link, why } => {
                tracing::debug!(link = link.0, %why, "a connection for files ended");
                self.link_closed(link);
            }
            // Nothing trickles here, and a path is a path.
            Heard::OfferMade { .. }
            | Heard::Renegotiate { .. }
            | Heard::Path { .. }
            | Heard::Shaky { .. }
            | Heard::Steady { .. }
            | Heard::Moved { .. } => {}
        }
    }

    fn link_described(&mut self, id: LinkId, kind: SignalKind, sdp: String) {
        let Some(link) = self.links.get(&id) else {
            return;
        };
        let swarm = link.swarm;
        match link.with {
            With::Native { peer, id, .. } => self.tell_native(swarm, peer, id, kind, sdp),
            With::Browser { offer, dialled } => self.tell_browser(swarm, offer, dialled, sdp),
        }
    }

    fn woken(&mut self) {
        let now = self.now();
        self.woken_at = now;
        let late: Vec<LinkId> = self
            .links
            .iter()
            .filter(|(_, link)| link.by.is_some_and(|by| by <= now))
            .map(|(id, _)| *id)
            .collect();
        for link in late {
            self.mesh.cut(link);
            self.link_closed(link);
        }
        self.part_from_the_missing(now);
        let swarms: Vec<SwarmId> = self.swarms.keys().copied().collect();
        for id in swarms {
            let wake = self.swarms.get(&id).and_then(|swarm| swarm.wake);
            if wake.is_some_and(|wake| wake <= now) {
                self.session(id, Input::Wake);
            }
            self.wake_meeting(id, now);
        }
        if now >= self.tick_at {
            let is_busy = self.look_at_what_moves();
            self.close_what_is_idle();
            self.tick_at = now + if is_busy { TICK } else { SLOW_TICK };
        }
    }

    fn wake(&self) -> Duration {
        let swarms = self.swarms.iter().flat_map(|(id, swarm)| {
            let way = match &swarm.way {
                Way::Natives(natives) => self.dial_wake(*id, natives),
                Way::Browsers(browsers) => browsers.wake,
            };
            [swarm.wake, way].into_iter().flatten()
        });
        let links = self.links.values().filter_map(|link| link.by);
        let missing = self.missing.values().copied();
        let is_moving = self.transfers.values().any(Transfer::is_moving);
        let tick = is_moving.then_some(self.tick_at);
        swarms
            .chain(links)
            .chain(missing)
            .chain(tick)
            .min()
            .unwrap_or_else(|| self.now() + LONG)
            // A dial that has no room must not keep us awake.
            .max(self.woken_at + SHORTEST)
    }

    async fn wind_down(mut self, answer: Option<oneshot::Sender<()>>) {
        let transfers: Vec<TransferId> = self.transfers.keys().copied().collect();
        for id in transfers {
            if let Some(transfer) = self.transfers.get_mut(&id) {
                transfer.call_off_work();
            }
            self.end_swarms(id);
            self.throw_away_withdrawn(id);
        }
        self.transfers.clear();
        // What is unfinished is whole on the disk before somebody else may go on with it.
        let ended = async {
            self.end_leftovers();
            while self.has_leftovers()
                && let Some(done) = self.done.recv().await
            {
                self.job_done(done);
            }
        };
        let _ = tokio::time::timeout(LEFTOVERS_WITHIN, ended).await;
        // The last reports of links and sockets have to be taken, or they could not end.
        let mut links = self.links_heard;
        let links = tokio::spawn(async move { while links.recv().await.is_some() {} });
        let mut sockets = self.sockets_heard;
        let sockets = tokio::spawn(async move { while sockets.recv().await.is_some() {} });
        tokio::join!(self.mesh.shutdown(), self.trackers.shutdown());
        links.abort();
        sockets.abort();
        if let Some(answer) = answer {
            let _ = answer.send(());
        }
    }

    /// A number that nothing else here has.
    pub(super) fn number(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    pub(super) fn now(&self) -> Duration {
        self.started.elapsed()
    }

    pub(super) fn way(&mut self, id: SwarmId) -> Option<&mut Way> {
        self.swarms.get_mut(&id).map(|swarm| &mut swarm.way)
    }

    pub(super) fn way_of(&self, id: SwarmId) -> Option<&Way> {
        self.swarms.get(&id).map(|swarm| &swarm.way)
    }

    /// The transfer of a share in a room.
    pub(super) fn find(&self, room: &RoomKey, key: &ShareKey) -> Option<TransferId> {
        let mut transfers = self.transfers.iter();
        let found = transfers.find(|(_, it)| it.is_of(room, key));
        found.map(|(id, _)| *id)
    }

    pub(super) fn report(&mut self, report: Report) {
        self.outgoing.push_back(report);
    }
}
