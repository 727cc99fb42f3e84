//! What rooms do: meeting peers, shaking hands, talking, leaving.
//!
//! A pure state machine over all rooms of one node, because rooms share connections: what happens
//! goes in by [`Rooms::handle`] and [`Rooms::command`], what to do comes out of [`Rooms::poll`], and
//! [`Rooms::next_wake`] says when to hand in the next [`Input::Wake`]. No I/O, no clock, no dice:
//! the time is an argument and randomness comes from a generator given at the start, so a
//! simulation with a seed can replay any history.
//!
//! | module | decides |
//! |---|---|
//! | [`event`] | nothing: the closed lists of what goes in and out |
//! | `trackers` | which trackers are kept open, what the person is told of them |
//! | `meet` | when to announce, how many offers to hold, who answers whom |
//! | `introduce` | who is met through those who are met already |
//! | `link` | one connection: opening, queueing, giving up |
//! | `peering` | one peer in one room: handshake, identity and its proof, leaving |
//! | `passwords` | when somebody seems to have another password |
//! | `people` | who is muted or blocked, who says too much, who passes for somebody else |
//! | `looks` | which names look the same |
//! | `chat` | what is said and heard |
//! | `backfill` | what was said before somebody came |
//! | `exchange` | what waits for one peer, what it has for certain, what it gets afterwards |
//! | `direct` | private talks: with whom, through which session |
//! | `talk` | changing, taking back and marking what was said |
//! | `unread` | what the person has not seen; finding a line |
//! | `shares` | files: who offers them, who has them |
//! | `transcript` | what is remembered of it |

pub mod event;

mod backfill;
mod bucket;
mod chat;
mod connections;
mod direct;
mod exchange;
mod introduce;
mod likeness;
mod link;
mod looks;
mod meet;
mod mention;
mod passwords;
mod peering;
mod people;
mod person;
mod shares;
mod talk;
mod trackers;
mod transcript;
mod unread;

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use rand::{RngCore, SeedableRng};
use rand_chacha::ChaCha20Rng;
use wire::{
    Feature, InfoHash, KeyPair, LinkId, Origin, PeerId, RoomAddress, RoomToken, SignalKey, UserId,
};

pub use connections::Connection;
pub use event::{
    Answer, Command, Delivery, Direct, DirectSnapshot, Entry, Event, Fold, Input, Judged, Likeness,
    Line, LineKey, Me, Mention, Notice, NoticeKind, Now, Offence, Output, Path, Peer, Presence,
    Problem, ProblemKind, Proof, Reaction, Refusal, Reply, RoomKey, RoomSnapshot, Rules, Share,
    ShareKey, SharedFiles, Snapshot, Standing, TrackerFailure, TrackerState, TrackerStatus, Trust,
    Unread,
};
pub use people::MAX_JUDGED;
pub use person::PersonId;
pub use shares::{MAX_HELD, MAX_SHARES_BY_ONE};
pub use unread::MAX_FOUND;
pub use wire::{Has, ShareKind};

use direct::Talk;
use likeness::Former;
use link::Link;
use meet::Meeting;
use passwords::Others;
use peering::Peering;
use people::{PassedOn, People};
use shares::OwnShares;
use trackers::Tracker;
use transcript::Transcript;
use unread::Tidings;

/// Rooms one node may be in at once; each costs announces and handshakes.
pub const MAX_ROOMS: usize = 16;
/// Peers one room connects to. A mesh beyond this serves nobody.
pub const MAX_PEERS_PER_ROOM: usize = 128;
/// Problems kept for the person; older ones give way.
pub const MAX_PROBLEMS: usize = 20;
/// Peers remembered as cut off; the oldest gives way.
const MAX_BANNED: usize = 256;
/// How long a peer that was cut off is not spoken with.
const BAN: Duration = Duration::from_secs(600);
/// The pause between `@_leave` and presence-off, as browser peers keep it (protocol/trystero §8.1).
const LEAVE_PAUSE: Duration = Duration::from_millis(99);
/// How long a finishing room waits for someone to hear what was said to nobody.
const FINISH_PATIENCE: Duration = Duration::from_secs(15);

/// Who this node is.
#[derive(Debug)]
pub struct Identity {
    /// The session's peer id; it should sort low, so that browser peers answer our offers.
    pub peer_id: PeerId,
    /// The profile's user id.
    pub user_id: UserId,
    /// The profile's custom name; may be empty.
    pub custom_name: String,
    /// The profile's key pair.
    pub keys: KeyPair,
}

/// All rooms of one node. See the crate's page.
#[derive(Debug)]
pub struct Rooms {
    me: Identity,
    home: Origin,
    rng: ChaCha20Rng,
    rooms: BTreeMap<RoomKey, Room>,
    links: BTreeMap<LinkId, Link>,
    /// The one open connection to a peer, per application (an origin).
    connected: BTreeMap<(Origin, PeerId), LinkId>,
    trackers: BTreeMap<String, Tracker>,
    farewells: Vec<Farewell>,
    banned: BTreeMap<PeerId, Duration>,
    people: People,
    problems: VecDeque<Problem>,
    /// Whether others are looked for on this machine and network.
    looking_near: bool,
    /// Whether the person knows that there is nowhere to meet anybody.
    nowhere_told: bool,
    trackers_idle_since: Option<Duration>,
    /// When they were last asked to prove themselves because somebody was lost.
    trackers_doubted: Option<Duration>,
    last_id: u64,
    /// What the person has before their eyes.
    looking: Option<(RoomKey, Option<PersonId>)>,
    /// Whether others are told that we type.
    shows_typing: bool,
    outputs: VecDeque<Output>,
}

/// One room.
#[derive(Debug)]
struct Room {
    address: RoomAddress,
    token: RoomToken,
    info_hash: InfoHash,
    key: SignalKey,
    /// Our signature for this room; the same for all peers.
    signature: String,
    meeting: Meeting,
    peers: BTreeMap<PeerId, Peering>,
    transcript: Transcript,
    passed_on: PassedOn,
    shares: OwnShares,
    /// Rises from room to room: they are shown in the order they were joined in.
    entered: u64,
    entered_at: Duration,
    /// The next nonce of each action; it only groups frames (protocol/trystero §5.3).
    nonces: BTreeMap<String, u16>,
    typing: bool,
    muted: bool,
    rules: Rules,
    directs: BTreeMap<PersonId, Talk>,
    /// Verified people whose connection was lost: which session, and when.
    away: BTreeMap<PersonId, (PeerId, Duration)>,
    tidings: Tidings,
    /// Names under which lines stand, of those who went or are called differently now.
    former: Former,
    /// Those who are in its place with another password.
    others: Others,
    /// Until when more is held back because nobody is there to hear what was said.
    hold_until: Option<Duration>,
    /// Whether that wait was in vain; then more is said, and the oldest is forgotten.
    held_out: bool,
    finishing: Option<Finishing>,
}

/// A room that is left as soon as all is handed over.
#[derive(Debug)]
struct Finishing {
    /// How long it is waited for someone to come and hear.
    by: Duration,
    /// Whether that time is over: then only what is on its way is waited for.
    is_late: bool,
    /// How long it is waited for the next receipt of somebody here; `None` when no more comes.
    receipts_by: Option<Duration>,
}

/// Presence-off still to be sent for a room that was left.
#[derive(Debug)]
struct Farewell {
    at: Duration,
    origin: Origin,
    token: RoomToken,
}

impl Rooms {
    /// Rooms of a node that is `me`, joins rooms of `home` unless told otherwise, and draws its
    /// random numbers from `seed`.
    #[must_use]
    pub fn new(me: Identity, home: Origin, seed: [u8; 32]) -> Self {
        Self {
            me,
            home,
            rng: ChaCha20Rng::from_seed(seed),
            rooms: BTreeMap::new(),
            links: BTreeMap::new(),
            connected: BTreeMap::new(),
            trackers: BTreeMap::new(),
            farewells: Vec::new(),
            banned: BTreeMap::new(),
            people: People::default(),
            problems: VecDeque::new(),
            looking_near: true,
            nowhere_told: false,
            trackers_idle_since: None,
            trackers_doubted: None,
            last_id: 0,
            looking: None,
            shows_typing: true,
            outputs: VecDeque::new(),
        }
    }

    /// Does what the person wants, or says why not.
    ///
    /// # Errors
    /// Each [`Refusal`] says what is wrong with the command; nothing has changed then.
    pub fn command(&mut self, now: Now, command: Command) -> Result<Answer, Refusal> {
        match command {
            Command::Join(address) => {
                let joined = self.join(now, address).map(Answer::Room);
                self.note_meeting_places(now);
                joined
            }
            Command::Leave(room) => {
                let left = self.leave(now, &room).map(|()| Answer::Done);
                self.note_meeting_places(now);
                left
            }
            Command::Finish(room) => self.finish(now, &room).map(|()| Answer::Done),
            Command::Say {
                room,
                with,
                text,
                reply_to,
            } => self.say(now, &room, with, text, reply_to).map(Answer::Said),
            Command::SetTyping { room, with, typing } => self
                .set_typing(now, &room, with.as_ref(), typing)
                .map(|()| Answer::Done),
            Command::Edit { room, line, text } => {
                self.edit(now, &room, line, text).map(|()| Answer::Done)
            }
            Command::Delete { room, line } => self.delete(now, &room, line).map(|()| Answer::Done),
            Command::React {
                room,
                line,
                emoji,
                on,
            } => self
                .react(now, &room, line, &emoji, on)
                .map(|()| Answer::Done),
            Command::Resend { room, line } => self.resend(now, &room, line).map(|()| Answer::Done),
            Command::Share { room, shared } => {
                self.offer_files(now, &room, *shared).map(Answer::Said)
            }
            Command::Unshare { room, key } => self.unshare(now, &room, key).map(|()| Answer::Done),
            Command::Hold { room, offer, has } => {
                self.hold(now, &room, offer, has).map(|()| Answer::Done)
            }
            Command::SignalTransfer { room, peer, signal } => self
                .signal_transfer(now, &room, peer, *signal)
                .map(|()| Answer::Done),
            Command::Look(place) => self.look(place).map(|()| Answer::Done),
            Command::ShowTyping(shown) => {
                self.show_typing(now, shown);
                Ok(Answer::Done)
            }
            Command::MuteRoom { room, muted } => {
                self.mute_room(&room, muted).map(|()| Answer::Done)
            }
            Command::SetRules { room, rules } => {
                self.set_rules(&room, rules).map(|()| Answer::Done)
            }
            Command::Judge { person, standing } => {
                self.judge(now, person, standing).map(|()| Answer::Done)
            }
            Command::Rename(name) => self.rename(now, &name).map(|()| Answer::Done),
            Command::DismissProblem(id) => {
                self.drop_problems(|problem| problem.id == id);
                Ok(Answer::Done)
            }
        }
    }

    /// Takes one thing that happened. What follows from it waits in [`Rooms::poll`].
    pub fn handle(&mut self, now: Now, input: Input) {
        match input {
            Input::TrackerAdded { url, local } => self.tracker_added(url, local),
            Input::TrackerRemoved { url } => self.tracker_removed(&url),
            Input::LookingNear(looking) => self.looking_near = looking,
            Input::Kept(kept) => self.kept(now, kept),
            Input::TrackerConnecting { url } => self.tracker_connecting(&url),
            Input::TrackerOpened { url } => self.tracker_opened(now, &url),
            Input::TrackerSaid { url, message } => self.tracker_said(now, &url, message),
            Input::TrackerClosed {
                url,
                reason,
                retry_in,
            } => self.tracker_closed(now, &url, reason, retry_in),
            Input::OfferMade {
                link,
                sdp,
                complete,
            } => self.offer_made(now, link, sdp, complete),
            Input::AnswerMade { link, sdp } => self.answer_made(now, link, &sdp),
            Input::Renegotiate { link, kind, sdp } => self.renegotiation_made(now, link, kind, sdp),
            Input::LinkOpened { link } => self.link_opened(now, link),
            Input::Bytes { link, bytes } => self.bytes(now, link, &bytes),
            Input::Sent { link, bytes } => self.sent(now, link, bytes),
            Input::Path { link, relayed } => self.path(link, relayed),
            Input::Shaky { link } => self.shaky(now, link),
            Input::Steady { link } => self.steady(link),
            Input::LinkClosed { link } => self.link_closed(now, link),
            Input::NetworkChanged => self.network_changed(now),
            Input::Wake => self.wake(now),
        }
        self.finish_what_is_done(now);
        self.note_meeting_places(now);
    }

    /// The next thing to do, if any.
    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When to hand in [`Input::Wake`], in [`Now::since_start`] time.
    #[must_use]
    pub fn next_wake(&self) -> Option<Duration> {
        let links = self.links.values().filter_map(Link::next_wake);
        let rooms = self.rooms.values().filter_map(Room::next_wake);
        let farewells = self.farewells.iter().map(|farewell| farewell.at);
        let idle = self
            .trackers_idle_since
            .map(|since| since + trackers::LINGER);
        links.chain(rooms).chain(farewells).chain(idle).min()
    }

    /// Everything there is to show, now.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let mut rooms: Vec<_> = self.rooms.iter().collect();
        rooms.sort_by_key(|(_, room)| room.entered);
        Snapshot {
            me: self.me(),
            home: self.home.clone(),
            rooms: rooms
                .into_iter()
                .map(|(key, room)| RoomSnapshot {
                    room: key.clone(),
                    address: room.address.clone(),
                    entries: room.transcript.entries(),
                    peers: self.peers_of(room),
                    unread: room.transcript.unread,
                    muted: room.muted,
                    rules: room.rules,
                    directs: room.directs_shown(),
                })
                .collect(),
            trackers: self.trackers.values().map(Tracker::status).collect(),
            problems: self.problems.iter().cloned().collect(),
            judged: self.people.judged(),
        }
    }

    /// Who we are, as shown.
    #[must_use]
    pub fn me(&self) -> Me {
        let animal_name = wire::animal_name(self.me.user_id.as_str());
        let custom_name = self.me.custom_name.clone();
        Me {
            peer_id: self.me.peer_id,
            user_id: self.me.user_id.clone(),
            name: if custom_name.is_empty() {
                animal_name.clone()
            } else {
                custom_name.clone()
            },
            custom_name,
            animal_name,
            public_key: self.me.keys.public_key().to_owned(),
        }
    }

    /// Changes the origin that rooms are joined in unless another is named. Rooms already joined
    /// keep their keys.
    pub fn set_home(&mut self, home: Origin) {
        self.home = home;
    }

    fn join(&mut self, now: Now, address: RoomAddress) -> Result<RoomKey, Refusal> {
        let key = RoomKey::new(&address, &self.home);
        if let Some(there) = self.rooms.get_mut(&key) {
            return if there.address == address {
                // Whoever joins again has changed their mind about leaving.
                there.finishing = None;
                Ok(key)
            } else {
                Err(Refusal::KeyTaken { room: key })
            };
        }
        let token = address.token();
        if let Some((other, _)) = self.rooms.iter().find(|(_, room)| room.token == token) {
            return Err(Refusal::KeyTaken {
                room: other.clone(),
            });
        }
        if self.rooms.len() >= MAX_ROOMS {
            return Err(Refusal::TooManyRooms { limit: MAX_ROOMS });
        }

        self.flush_farewell(now, &address.origin, token);
        let entered = self.new_id();
        self.rooms.insert(
            key.clone(),
            Room {
                token,
                info_hash: address.info_hash(),
                key: SignalKey::new(&address),
                signature: self.me.keys.sign(&address.name, &self.me.user_id),
                meeting: Meeting::default(),
                peers: BTreeMap::new(),
                transcript: Transcript::new(transcript::ROOM),
                passed_on: PassedOn::default(),
                shares: OwnShares::default(),
                entered,
                entered_at: now.since_start,
                nonces: BTreeMap::new(),
                typing: false,
                muted: false,
                rules: Rules::default(),
                directs: BTreeMap::new(),
                away: BTreeMap::new(),
                tidings: Tidings::default(),
                former: Former::default(),
                others: Others::default(),
                hold_until: None,
                held_out: false,
                finishing: None,
                address: address.clone(),
            },
        );
        self.tell(Event::Joined {
            room: key.clone(),
            address,
            me: self.me(),
        });
        self.open_trackers();
        self.start_meeting(now, &key);
        self.greet_connected(now, &key);
        Ok(key)
    }

    fn leave(&mut self, now: Now, key: &RoomKey) -> Result<(), Refusal> {
        if !self.rooms.contains_key(key) {
            return Err(Refusal::NotJoined);
        }
        self.end_meeting(key);
        self.take_leave(now, key);
        if let Some(room) = self.rooms.remove(key) {
            self.farewells.push(Farewell {
                at: now.since_start + LEAVE_PAUSE,
                origin: room.address.origin,
                token: room.token,
            });
        }
        self.drop_problems(|problem| problem.room() == Some(key));
        if self.looking.as_ref().is_some_and(|(room, _)| room == key) {
            self.looking = None;
        }
        if self.rooms.is_empty() {
            self.trackers_idle_since = Some(now.since_start);
        }
        self.tell(Event::Left { room: key.clone() });
        Ok(())
    }

    fn finish(&mut self, now: Now, key: &RoomKey) -> Result<(), Refusal> {
        let room = self.rooms.get_mut(key).ok_or(Refusal::NotJoined)?;
        room.finishing = Some(Finishing {
            by: now.since_start + FINISH_PATIENCE,
            is_late: false,
            receipts_by: None,
        });
        self.finish_what_is_done(now);
        Ok(())
    }

    /// Leaves the rooms that only waited for their last words to be handed over.
    fn finish_what_is_done(&mut self, now: Now) {
        for room in self.rooms.values_mut() {
            let receipts_by = room.receipts_until().filter(|by| *by > now.since_start);
            if let Some(finishing) = &mut room.finishing {
                finishing.is_late = finishing.by <= now.since_start;
                finishing.receipts_by = receipts_by;
            }
        }
        let done: Vec<RoomKey> = self
            .rooms
            .iter()
            .filter(|(key, room)| {
                room.finishing.as_ref().is_some_and(|finishing| {
                    let nobody_waits = finishing.is_late || room.transcript.unheard() == 0;
                    nobody_waits && finishing.receipts_by.is_none() && !self.is_sending(key)
                })
            })
            .map(|(key, _)| key.clone())
            .collect();
        for key in done {
            // The room is there: it was found a moment ago.
            let _ = self.leave(now, &key);
        }
    }

    fn wake(&mut self, now: Now) {
        let due: Vec<Farewell> = {
            let (due, later) = std::mem::take(&mut self.farewells)
                .into_iter()
                .partition(|farewell| farewell.at <= now.since_start);
            self.farewells = later;
            due
        };
        for farewell in due {
            self.send_presence(now, &farewell.origin, farewell.token, false);
        }
        self.banned.retain(|_, until| *until > now.since_start);
        self.stop_holding(now);
        self.wake_links(now);
        self.wake_peerings(now);
        self.tell_tidings(now);
        self.wake_meetings(now);
        self.wake_circles(now);
        self.forget_other_passwords(now);
        self.wake_trackers(now);
    }

    /// Sends a presence-off that is still owed, because the same room is joined again.
    fn flush_farewell(&mut self, now: Now, origin: &Origin, token: RoomToken) {
        let owed = self.farewells.len();
        self.farewells
            .retain(|it| !(it.origin == *origin && it.token == token));
        if self.farewells.len() < owed {
            self.send_presence(now, origin, token, false);
        }
    }

    fn ban(&mut self, now: Now, peer: PeerId) {
        if self.banned.len() >= MAX_BANNED
            && let Some(first) = self
                .banned
                .iter()
                .min_by_key(|(_, until)| **until)
                .map(|(peer, _)| *peer)
        {
            self.banned.remove(&first);
        }
        self.banned.insert(peer, now.since_start + BAN);
    }

    /// Tells each time that something could not be kept: the one before may have been read already.
    fn kept(&mut self, now: Now, kept: bool) {
        self.drop_problems(|problem| problem.what == ProblemKind::NotKept);
        if !kept {
            self.add_problem(now, ProblemKind::NotKept);
        }
    }

    fn add_problem(&mut self, now: Now, what: ProblemKind) {
        if self.problems.iter().any(|problem| problem.what == what) {
            return;
        }
        let problem = Problem {
            id: self.new_id(),
            time: now.unix_ms,
            what,
        };
        if self.problems.len() >= MAX_PROBLEMS
            && let Some(oldest) = self.problems.pop_front()
        {
            self.tell(Event::ProblemGone { id: oldest.id });
        }
        self.problems.push_back(problem.clone());
        self.tell(Event::ProblemAdded { problem });
    }

    fn drop_problems(&mut self, gone: impl Fn(&Problem) -> bool) {
        let (dropped, kept): (Vec<Problem>, Vec<Problem>) = std::mem::take(&mut self.problems)
            .into_iter()
            .partition(|problem| gone(problem));
        self.problems = kept.into();
        for problem in dropped {
            self.tell(Event::ProblemGone { id: problem.id });
        }
    }

    fn new_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    fn new_iv(&mut self) -> [u8; 16] {
        let mut iv = [0; 16];
        self.rng.fill_bytes(&mut iv);
        iv
    }

    fn tell(&mut self, event: Event) {
        self.outputs.push_back(Output::Tell(event));
    }
}

impl Room {
    fn next_wake(&self) -> Option<Duration> {
        let peers = self.peers.values().filter_map(Peering::next_wake);
        let finishing = self.finishing.as_ref();
        let late = finishing.filter(|it| !it.is_late).map(|it| it.by);
        let receipts = finishing.and_then(|it| it.receipts_by);
        peers
            .chain(self.meeting.next_wake())
            .chain(late)
            .chain(receipts)
            .chain(self.hold_until)
            .chain(self.tidings.due)
            .chain(self.others.next_wake())
            .min()
    }

    /// Until when it is worth waiting for receipts of those who are here.
    fn receipts_until(&self) -> Option<Duration> {
        self.peers
            .values()
            .filter(|peering| peering.has(Feature::Receipts))
            .filter_map(|peering| peering.exchange.receipts_until())
            .max()
    }
}

impl Problem {
    /// The room it is about, if it is about one.
    #[must_use]
    pub fn room(&self) -> Option<&RoomKey> {
        match &self.what {
            ProblemKind::OtherPassword { room, .. }
            | ProblemKind::CutOff { room, .. }
            | ProblemKind::Unconnectable { room } => Some(room),
            ProblemKind::NoTracker | ProblemKind::NowhereToMeet | ProblemKind::NotKept => None,
        }
    }
}
