//! Others in a room, without a window, and the tracker where they meet.

use std::future::pending;
use std::net::{Ipv4Addr, SocketAddr};

use node::{Config, Node, Options, ProfileAt, Subscription, default_origin};
use room::{Event, RoomKey};
use tokio::time::timeout;
use tracker::{Limits, Tracker};
use wire::{Access, RoomAddress, RoomName};

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

/// Somebody in one room.
pub(crate) struct Guest {
    node: Node,
    room: RoomKey,
    events: Subscription,
}

impl Guest {
    /// Enters a public room through a tracker.
    pub(crate) async fn enter(room: &str, tracker: &str, name: &str) -> Self {
        let node = Node::start(Options {
            config: Config {
                origin: default_origin(),
                trackers: vec![tracker.to_owned()],
                ice_servers: vec![],
                rooms: vec![],
            },
            profile: ProfileAt::Memory,
            name: Some(name.to_owned()),
            origin: None,
            trackers: None,
            ice_servers: None,
            lan: Some(false),
            lan_port: None,
        })
        .await
        .expect("a node");
        let (_, events) = node.subscribe().await.expect("its events");
        let address = RoomAddress {
            origin: default_origin(),
            name: RoomName::parse(room).expect("a room's name"),
            access: Access::Public,
        };
        let room = node.join(address).await.expect("it enters");
        Self { node, room, events }
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

    /// Leaves politely.
    pub(crate) async fn stop(self) {
        self.node.stop().await;
    }

    async fn until(&mut self, what: &str, mut is_it: impl FnMut(&Event) -> bool) {
        let events = &mut self.events;
        let waiting = async {
            while let Some(event) = events.next().await {
                if is_it(&event) {
                    return;
                }
            }
            panic!("the node stopped before {what}");
        };
        if timeout(PATIENCE, waiting).await.is_err() {
            panic!("waited in vain for {what}");
        }
    }
}
