//! What people do: come, join, talk, leave, and what is done to them.

use std::time::Duration;

use rand::RngCore;
use room::{Answer, Command, Identity, Input, Refusal, RoomKey, Rooms};
use wire::{
    Access, KeyPair, MessageId, PeerId, RoomAddress, RoomName, Secret, UserId, random_text,
};

use super::schedule::Happening;
use super::sockets::SOCKET_SILENCE;
use super::{Kind, Someone, Who, World, home};
use crate::browser::Browser;
use crate::keys;
use crate::tracker::SocketId;
use crate::witness::Witness;

impl World {
    /// A public room.
    #[must_use]
    pub fn public(name: &str) -> RoomAddress {
        RoomAddress {
            origin: home(),
            name: RoomName::parse(name).expect("a room name"),
            access: Access::Public,
        }
    }

    /// A private room.
    #[must_use]
    pub fn private(name: &str, password: &str) -> RoomAddress {
        let name = RoomName::parse(name).expect("a room name");
        let secret = Secret::from_password(&name, password);
        RoomAddress {
            origin: home(),
            name,
            access: Access::Private(secret),
        }
    }

    /// A native peer; its peer id sorts low, as all of them do.
    pub fn native(&mut self) -> Who {
        let id = PeerId::random_low(&mut self.rng);
        self.native_with(id, "")
    }

    /// A native peer whose peer id begins so, and which has this custom name.
    pub fn native_called(&mut self, start: &str, name: &str) -> Who {
        let id = self.peer_id(start);
        self.native_with(id, name)
    }

    /// A browser whose peer id begins so.
    pub fn browser(&mut self, start: &str) -> Who {
        let id = self.peer_id(start);
        let user = UserId::random(&mut self.rng);
        let keys = keys::any(&mut self.rng);
        let seed = self.rng.next_u64();
        let browser = Browser::new(id, user.clone(), keys.clone(), seed);
        self.settle(id, user, keys, Kind::Browser(Box::new(browser)))
    }

    /// A browser that goes by somebody else's user id, with a key of its own.
    pub fn impostor(&mut self, start: &str, of: Who) -> Who {
        let id = self.peer_id(start);
        let user = self.user(of).clone();
        let theirs = self.peers[of.0].keys.public_key().to_owned();
        let mut keys = keys::any(&mut self.rng);
        while keys.public_key() == theirs {
            keys = keys::any(&mut self.rng);
        }
        let seed = self.rng.next_u64();
        let browser = Browser::new(id, user.clone(), keys.clone(), seed);
        self.settle(id, user, keys, Kind::Browser(Box::new(browser)))
    }

    /// A page whose id begins like this, or a native peer: for stories that hold for both.
    pub fn someone(&mut self, browser: bool, start: &str) -> Who {
        if browser {
            self.browser(start)
        } else {
            self.native()
        }
    }

    /// All of them join a room and meet there, in time.
    ///
    /// # Panics
    /// When they do not.
    pub fn gather(&mut self, all: &[Who], room: &RoomAddress, within: Duration) {
        for who in all {
            self.join(*who, room);
        }
        let name = room.name.as_str();
        self.until("they meet", within, |world| world.met(all, name));
    }

    /// Enters a room.
    ///
    /// # Panics
    /// When the peer refuses.
    pub fn join(&mut self, who: Who, address: &RoomAddress) {
        let now = self.clock();
        match &mut self.peers[who.0].kind {
            Kind::Native(rooms) => {
                let joined = rooms.command(now, Command::Join(address.clone()));
                joined.expect("the room can be joined");
            }
            Kind::Browser(browser) => browser.join(self.now, address.clone()),
        }
        self.settle_up(who);
    }

    /// Leaves a room.
    ///
    /// # Panics
    /// When the peer is not there.
    pub fn leave(&mut self, who: Who, room: &str) {
        let now = self.clock();
        match &mut self.peers[who.0].kind {
            Kind::Native(rooms) => {
                let left = rooms.command(now, Command::Leave(RoomKey::from_text(room)));
                left.expect("the room was joined");
            }
            Kind::Browser(browser) => browser.leave(self.now, room),
        }
        self.settle_up(who);
    }

    /// A page offers files, or none any more.
    ///
    /// # Panics
    /// When the peer is no page.
    pub fn page_offers(&mut self, who: Who, room: &str, offer: Option<wire::FileOffer>) {
        match &mut self.peers[who.0].kind {
            Kind::Native(_) => panic!("{who:?} is no page"),
            Kind::Browser(browser) => browser.offer_files(room, offer),
        }
        self.settle_up(who);
    }

    /// A page puts media among what is said.
    ///
    /// # Panics
    /// When the peer is no page.
    pub fn page_shows(&mut self, who: Who, room: &str, magnet: &str) -> MessageId {
        let now = self.clock();
        let id = match &mut self.peers[who.0].kind {
            Kind::Native(_) => panic!("{who:?} is no page"),
            Kind::Browser(browser) => browser.show(now, room, magnet.to_owned()),
        };
        self.settle_up(who);
        id
    }

    /// Says something, which must not be refused.
    ///
    /// # Panics
    /// When it is.
    pub fn say(&mut self, who: Who, room: &str, text: &str) -> MessageId {
        self.try_say(who, room, text).expect("the message is taken")
    }

    /// Says something, if the peer takes it.
    ///
    /// # Errors
    /// Why a native peer did not.
    pub fn try_say(&mut self, who: Who, room: &str, text: &str) -> Result<MessageId, Refusal> {
        let now = self.clock();
        let said = match &mut self.peers[who.0].kind {
            Kind::Native(rooms) => {
                let room = RoomKey::from_text(room);
                let text = text.to_owned();
                match rooms.command(
                    now,
                    Command::Say {
                        room,
                        with: None,
                        text,
                        reply_to: None,
                    },
                )? {
                    Answer::Said(id) => id,
                    other => panic!("saying gave {other:?}"),
                }
            }
            Kind::Browser(browser) => browser.say(now, room, text),
        };
        self.settle_up(who);
        Ok(said)
    }

    /// Says something to one person alone, which must not be refused.
    ///
    /// # Panics
    /// When it is, or when a browser is to whisper to somebody it does not see.
    pub fn whisper(&mut self, who: Who, room: &str, to: Who, text: &str) {
        let now = self.clock();
        let them = self.id(to);
        let person = self.person(to);
        match &mut self.peers[who.0].kind {
            Kind::Native(rooms) => {
                let command = Command::Say {
                    room: RoomKey::from_text(room),
                    with: Some(person),
                    text: text.to_owned(),
                    reply_to: None,
                };
                rooms.command(now, command).expect("it is taken");
            }
            Kind::Browser(browser) => browser.whisper(now, room, them, text),
        }
        self.settle_up(who);
    }

    /// A browser types to one peer alone, or stops.
    pub fn type_privately(&mut self, page: Who, room: &str, to: Who, typing: bool) {
        let them = self.id(to);
        self.page_mut(page).type_privately(room, them, typing);
        self.settle_up(page);
    }

    /// A new process of the same person: another session, the same profile.
    pub fn reborn(&mut self, who: Who) -> Who {
        let id = PeerId::random_low(&mut self.rng);
        let user = self.user(who).clone();
        let keys = self.peers[who.0].keys.clone();
        self.native_as(id, "", user, keys)
    }

    /// Any other wish of the person at a native peer.
    ///
    /// # Errors
    /// Why the peer refused.
    pub fn command(&mut self, who: Who, command: Command) -> Result<Answer, Refusal> {
        let now = self.clock();
        let answer = self.rooms_mut(who).command(now, command)?;
        self.settle_up(who);
        Ok(answer)
    }

    /// A native peer takes up what was decided about people in an earlier process.
    pub fn take_up_judged(&mut self, who: Who, judged: Vec<room::Judged>) {
        let now = self.clock();
        self.rooms_mut(who).set_judged(now, judged);
        self.settle_up(who);
    }

    /// Tells a native peer that its machine's addresses changed.
    pub fn change_network(&mut self, who: Who) {
        self.hand_in(who, Input::NetworkChanged);
    }

    /// Hands a peer's connection to another a message that peer never made.
    ///
    /// # Panics
    /// When the two are not connected.
    pub fn smuggle(&mut self, from: Who, to: Who, bytes: Vec<u8>) {
        let link = self.link_to(from, to).expect("they are connected");
        self.send(from, link, bytes);
    }

    /// A process ends without a word. Its sockets close, its connections fall silent.
    pub fn kill(&mut self, who: Who) {
        self.peers[who.0].is_alive = false;
        self.peers[who.0].wake = None;
        for ((of, url), socket) in &mut self.sockets {
            if *of == who {
                socket.is_open = false;
                socket.is_wanted = false;
                if let Some(tracker) = self.trackers.get_mut(url) {
                    tracker.forget(socket.id);
                }
            }
        }
        self.note_reachability();
    }

    /// Pulls a peer's cable: nobody and no tracker can be reached.
    pub fn unplug(&mut self, who: Who) {
        self.peers[who.0].is_plugged = false;
        let open: Vec<(String, SocketId)> = self
            .sockets
            .iter()
            .filter(|((of, _), socket)| *of == who && socket.is_open)
            .map(|((_, url), socket)| (url.clone(), socket.id))
            .collect();
        for (url, id) in open {
            self.later(SOCKET_SILENCE, Happening::SocketSilent(who, url, id));
        }
        self.note_reachability();
    }

    /// Plugs the cable in again.
    pub fn plug(&mut self, who: Who) {
        self.peers[who.0].is_plugged = true;
        self.note_reachability();
    }

    /// A native peer's machine falls asleep: it cannot be reached, and nothing happens in it.
    pub fn sleep(&mut self, who: Who) {
        self.peers[who.0].asleep = Some(Vec::new());
        self.unplug(who);
    }

    /// It wakes: it notices all at once what it has slept through, and that its network is another.
    pub fn rouse(&mut self, who: Who) {
        let missed = self.peers[who.0].asleep.take();
        self.plug(who);
        for input in missed.into_iter().flatten() {
            self.hand_in(who, input);
        }
        self.change_network(who);
    }

    /// Nobody of `these` can reach any of `those`; the trackers reach them all.
    pub fn part(&mut self, these: &[Who], those: &[Who]) {
        for a in these {
            for b in those {
                self.apart.insert((*a, *b));
                self.apart.insert((*b, *a));
            }
        }
        self.note_reachability();
    }

    /// Everyone can reach everyone.
    pub fn heal(&mut self) {
        self.apart.clear();
        self.note_reachability();
    }

    fn peer_id(&mut self, start: &str) -> PeerId {
        let rest = random_text(&mut self.rng, 20 - start.len());
        PeerId::parse(&format!("{start}{rest}")).expect("twenty characters are a peer id")
    }

    fn native_with(&mut self, id: PeerId, name: &str) -> Who {
        let user = UserId::random(&mut self.rng);
        let keys = keys::any(&mut self.rng);
        self.native_as(id, name, user, keys)
    }

    fn native_as(&mut self, id: PeerId, name: &str, user: UserId, keys: KeyPair) -> Who {
        let identity = Identity {
            peer_id: id,
            user_id: user.clone(),
            custom_name: name.to_owned(),
            keys: keys.clone(),
        };
        let mut seed = [0; 32];
        self.rng.fill_bytes(&mut seed);
        let rooms = Rooms::new(identity, home(), seed);
        self.settle(id, user, keys, Kind::Native(Box::new(rooms)))
    }

    fn settle(&mut self, id: PeerId, user: UserId, keys: KeyPair, kind: Kind) -> Who {
        let who = Who(self.peers.len());
        self.peers.push(Someone {
            id,
            user,
            kind,
            witness: Witness::default(),
            is_alive: true,
            is_plugged: true,
            asleep: None,
            wake: None,
            wakes: 0,
            wakes_at_once: (Duration::ZERO, 0),
            announces: Vec::new(),
            doubts: 0,
            offers: Vec::new(),
            sent: Vec::new(),
            signalled: Vec::new(),
            presences: Vec::new(),
            keys,
        });
        let urls: Vec<String> = self.trackers.keys().cloned().collect();
        for url in urls {
            self.introduce_tracker(who, url);
        }
        who
    }

    pub(super) fn introduce_tracker(&mut self, who: Who, url: String) {
        self.hand_in(
            who,
            Input::TrackerAdded {
                local: url.starts_with("ws:"),
                url,
            },
        );
    }

    fn rooms_mut(&mut self, who: Who) -> &mut Rooms {
        match &mut self.peers[who.0].kind {
            Kind::Native(rooms) => rooms,
            Kind::Browser(_) => panic!("{who:?} is a browser"),
        }
    }
}
