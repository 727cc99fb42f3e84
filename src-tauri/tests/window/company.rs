//! Others in a room, without a window, and the tracker where they meet.

use std::ffi::OsStr;
use std::future::pending;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use node::{Config, Node, Options, ProfileAt, Subscription, Told, default_origin};
use room::{Event, Line, LineKey, Peer, PersonId, RoomKey, Share, ShareKey};
use tokio::time::timeout;
use tracker::{Limits, Tracker};
use view::{FilesEvent, TransferState};
use wire::{Access, RoomAddress, RoomName, Secret};

use crate::stage::PATIENCE;

/// Starts a tracker on this machine that runs until the test ends, and gives its address.
pub(crate) async fn tracker() -> String {
    let tracker = Tracker::bind(
        SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        Limits::default(),
    )
    .await
    .expect("a tracker");
    let url = format!("ws://{}", tracker.local_addr());
    tokio::spawn(tracker.serve(pending()));
    url
}

/// A public room in the usual world.
pub(crate) fn public(room: &str) -> RoomAddress {
    RoomAddress {
        origin: default_origin(),
        name: RoomName::parse(room).expect("a room's name"),
        access: Access::Public,
    }
}

/// The private room of that name with this password.
pub(crate) fn private(room: &str, password: &str) -> RoomAddress {
    let name = RoomName::parse(room).expect("a room's name");
    let access = Access::Private(Secret::from_password(&name, password));
    RoomAddress {
        origin: default_origin(),
        name,
        access,
    }
}

/// Somebody in a room, or in several.
pub(crate) struct Guest {
    node: Node,
    room: RoomKey,
    events: Subscription,
}

impl Guest {
    /// Enters a public room through a tracker.
    pub(crate) async fn enter(room: &str, tracker: &str, name: &str) -> Self {
        Self::come(public(room), tracker, name, ProfileAt::Memory).await
    }

    /// Enters a room as somebody who may have been there before.
    pub(crate) async fn come(
        address: RoomAddress,
        tracker: &str,
        name: &str,
        profile: ProfileAt,
    ) -> Self {
        let node = Node::start(Options {
            config: Config {
                origin: default_origin(),
                trackers: vec![tracker.to_owned()],
                ice_servers: vec![],
                rooms: vec![],
            },
            profile,
            name: Some(name.to_owned()),
            origin: None,
            trackers: None,
            ice_servers: None,
            relay_only: None,
            proxy: None,
            lan: Some(false),
            lan_port: None,
        })
        .await
        .expect("a node");
        let (_, events) = node.subscribe().await.expect("its events");
        let room = node.join(address).await.expect("it enters");
        Self { node, room, events }
    }

    /// Enters another public room, and is there from now on as well.
    pub(crate) async fn enter_also(&self, room: &str) -> RoomKey {
        self.node.join(public(room)).await.expect("it enters")
    }

    /// Says something in another room one is in.
    pub(crate) async fn say_in(&self, room: &RoomKey, text: &str) {
        let said = self.node.say(room, None, text.to_owned(), None).await;
        said.expect("it is said");
    }

    /// Says something to one person alone.
    pub(crate) async fn whisper(&self, to: &PersonId, text: &str) {
        let to = Some(to.clone());
        let said = self.node.say(&self.room, to, text.to_owned(), None).await;
        said.expect("it is said");
    }

    /// Begins or ends to type to one person alone.
    pub(crate) async fn type_to(&self, to: &PersonId, typing: bool) {
        let typing = self
            .node
            .set_typing(&self.room, Some(to.clone()), typing)
            .await;
        typing.expect("it types");
    }

    /// Answers a line.
    pub(crate) async fn answer(&self, line: LineKey, text: &str) {
        let said = self
            .node
            .say(&self.room, None, text.to_owned(), Some(line))
            .await;
        said.expect("it is said");
    }

    /// Puts an emoji on a line, or takes it away.
    pub(crate) async fn react(&self, line: LineKey, emoji: &str, on: bool) {
        let reacted = self.node.react(&self.room, line, emoji.to_owned(), on);
        reacted.await.expect("it reacts");
    }

    /// Takes another name.
    pub(crate) async fn rename(&self, name: &str) {
        self.node.rename(name.to_owned()).await.expect("a name");
    }

    /// Waits until somebody with this name is here and has shown who they are.
    pub(crate) async fn recognises(&mut self, name: &str) -> PersonId {
        self.wait(&format!("{name} to be recognised"), |event| match event {
            Event::PeerJoined {
                peer:
                    Peer {
                        person,
                        name: called,
                        ..
                    },
                ..
            }
            | Event::PeerChanged {
                peer:
                    Peer {
                        person,
                        name: called,
                        ..
                    },
                ..
            } if called == name && matches!(person, PersonId::Profile(_)) => Some(person.clone()),
            _ => None,
        })
        .await
    }

    /// Waits until somebody else says this to it alone.
    pub(crate) async fn is_told(&mut self, text: &str) {
        self.wait(&format!("{text:?} to be whispered"), |event| match event {
            Event::LineAdded {
                with: Some(_),
                line,
                ..
            } if !line.own && line.text == text => Some(()),
            _ => None,
        })
        .await;
    }

    /// Waits until a line, new or changed, is like that.
    pub(crate) async fn sees_line(&mut self, what: &str, is_it: impl Fn(&Line) -> bool) -> Line {
        self.wait(what, |event| match event {
            Event::LineAdded { line, .. } | Event::LineReplaced { line, .. } if is_it(line) => {
                Some(line.clone())
            }
            _ => None,
        })
        .await
    }

    /// Waits until somebody else says this, and tells of each who begins to type before.
    pub(crate) async fn until_line(&mut self, text: &str, mut typing: impl FnMut(bool)) {
        self.until(&format!("{text:?} to be said"), |event| match event {
            Event::TypingChanged { typing: now, .. } => {
                typing(*now);
                false
            }
            Event::LineAdded { line, .. } => !line.own && line.text == text,
            _ => false,
        })
        .await;
    }

    /// Waits until somebody goes.
    pub(crate) async fn misses_somebody(&mut self) {
        self.wait("somebody to go", |event| {
            matches!(event, Event::PeerLeft { .. }).then_some(())
        })
        .await;
    }

    /// All that was said by others and not looked at yet.
    pub(crate) fn heard_meanwhile(&mut self) -> Vec<String> {
        let mut texts = Vec::new();
        while let Some(event) = self.events.try_next_of_rooms() {
            if let Event::LineAdded { line, .. } = event
                && !line.own
            {
                texts.push(line.text);
            }
        }
        texts
    }

    /// Says something.
    pub(crate) async fn say(&self, text: &str) {
        self.node
            .say(&self.room, None, text.to_owned(), None)
            .await
            .expect("it is said");
    }

    /// Begins or ends to type.
    pub(crate) async fn type_something(&self, typing: bool) {
        self.node
            .set_typing(&self.room, None, typing)
            .await
            .expect("it types");
    }

    /// Waits until somebody with this name is here.
    pub(crate) async fn meets(&mut self, name: &str) {
        self.until(&format!("{name} to be here"), |event| match event {
            Event::PeerJoined { peer, .. } | Event::PeerChanged { peer, .. } => peer.name == name,
            _ => false,
        })
        .await;
    }

    /// Waits until somebody else says this.
    pub(crate) async fn hears(&mut self, text: &str) {
        self.until(&format!("{text:?} to be said"), |event| match event {
            Event::LineAdded { line, .. } => !line.own && line.text == text,
            _ => false,
        })
        .await;
    }

    /// Waits until somebody begins, or stops, to type.
    pub(crate) async fn sees_typing(&mut self, typing: bool) {
        self.until("typing to change", |event| match event {
            Event::TypingChanged { typing: now, .. } => *now == typing,
            _ => false,
        })
        .await;
    }

    /// Offers files, and gives what they are called.
    pub(crate) async fn share(&mut self, file: &Path) -> ShareKey {
        let name = file.file_name().and_then(OsStr::to_str).expect("its name");
        let name = name.to_owned();
        let shared = self.node.share(&self.room, vec![file.to_owned()]);
        shared.await.expect("it is shared");
        self.wait(&format!("{name} to be offered"), |event| match event {
            Event::LineAdded { line, .. } if line.own => {
                let share = line.share.as_ref()?;
                (share.name == name).then_some(share.key)
            }
            _ => None,
        })
        .await
    }

    /// No longer offers something.
    pub(crate) async fn unshare(&self, key: &ShareKey) {
        let taken_back = self.node.unshare(&self.room, key).await;
        taken_back.expect("it is taken back");
    }

    /// Waits until somebody else offers files of this name.
    pub(crate) async fn is_offered(&mut self, name: &str) -> Share {
        self.wait(&format!("{name} to be offered"), |event| match event {
            Event::LineAdded { line, .. } if !line.own => {
                line.share.clone().filter(|share| share.name == name)
            }
            _ => None,
        })
        .await
    }

    /// Fetches something into a folder, and waits until it is there.
    pub(crate) async fn fetches(&mut self, key: &ShareKey, into: &Path) {
        let fetched = self.node.fetch(&self.room, key, Some(into.to_owned()));
        fetched.await.expect("it is fetched");
        let key = key.to_string();
        self.wait_told("a file", |told| match told {
            Told::Files(FilesEvent::TransferChanged { transfer }) if transfer.key == key => {
                let failed = transfer.state == TransferState::Failed;
                assert!(!failed, "it failed: {:?}", transfer.reason);
                (transfer.state == TransferState::Done).then_some(())
            }
            _ => None,
        })
        .await;
    }

    /// Begins to fetch something into a folder.
    pub(crate) async fn begins_to_fetch(&self, key: &ShareKey, into: &Path) {
        let fetched = self.node.fetch(&self.room, key, Some(into.to_owned()));
        fetched.await.expect("it is fetched");
    }

    /// Leaves politely.
    pub(crate) async fn stop(self) {
        self.node.stop().await;
    }

    async fn until(&mut self, what: &str, mut is_it: impl FnMut(&Event) -> bool) {
        self.wait(what, |event| is_it(event).then_some(())).await;
    }

    async fn wait<T>(&mut self, what: &str, mut find: impl FnMut(&Event) -> Option<T>) -> T {
        self.wait_told(what, |told| match told {
            Told::Room(event) => find(event),
            Told::Files(_) => None,
        })
        .await
    }

    async fn wait_told<T>(&mut self, what: &str, mut find: impl FnMut(&Told) -> Option<T>) -> T {
        let events = &mut self.events;
        let waiting = async {
            while let Some(told) = events.next().await {
                if let Some(found) = find(&told) {
                    return found;
                }
            }
            panic!("the node stopped before {what}");
        };
        match timeout(PATIENCE, waiting).await {
            Ok(found) => found,
            Err(_) => panic!("waited in vain for {what}"),
        }
    }
}
