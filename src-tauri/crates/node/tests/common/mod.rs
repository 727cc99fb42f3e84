//! What the tests of running nodes share: a tracker, options, places to meet, and patience.
#![allow(dead_code, reason = "each test uses a part of it")]

use std::net::SocketAddr;
use std::time::Duration;

use node::{Config, Node, Options, ProfileAt, Subscription, default_origin};
use room::Event;
use tokio::sync::oneshot;
use wire::{Access, RoomAddress, RoomName, Secret};

/// Generous: machines that test are slow at times.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A tracker on this machine, until this is dropped.
pub(crate) struct LocalTracker {
    pub(crate) url: String,
    pub(crate) address: SocketAddr,
    _stop: oneshot::Sender<()>,
}

impl LocalTracker {
    pub(crate) async fn start() -> Self {
        let any: SocketAddr = ([127, 0, 0, 1], 0).into();
        let tracker = tracker::Tracker::bind(any, tracker::Limits::default())
            .await
            .expect("a free port");
        let address = tracker.local_addr();
        let (stop, stopped) = oneshot::channel::<()>();
        tokio::spawn(tracker.serve(async {
            let _ = stopped.await;
        }));
        Self {
            url: format!("ws://{address}"),
            address,
            _stop: stop,
        }
    }
}

/// A node that keeps nothing, with these trackers and nothing else.
pub(crate) fn options(trackers: Vec<String>) -> Options {
    Options {
        config: Config {
            origin: default_origin(),
            trackers,
            ice_servers: Vec::new(),
            rooms: Vec::new(),
        },
        profile: ProfileAt::Memory,
        name: None,
        origin: None,
        trackers: None,
        ice_servers: None,
        lan: Some(false),
        relay_only: None,
        proxy: None,
        lan_port: None,
    }
}

/// A node of that kind, and what it hears.
pub(crate) async fn start(tracker: &LocalTracker, name: Option<&str>) -> (Node, Subscription) {
    let node = Node::start(Options {
        name: name.map(str::to_owned),
        ..options(vec![tracker.url.clone()])
    })
    .await
    .expect("started");
    let (_, hears) = node.subscribe().await.expect("subscribed");
    (node, hears)
}

/// A public room.
pub(crate) fn address(name: &str) -> RoomAddress {
    RoomAddress {
        origin: default_origin(),
        name: RoomName::parse(name).expect("a room name"),
        access: Access::Public,
    }
}

/// A private room.
pub(crate) fn private(name: &str) -> RoomAddress {
    let name = RoomName::parse(name).expect("a room name");
    RoomAddress {
        access: Access::Private(Secret::from_password(&name, "open sesame")),
        origin: default_origin(),
        name,
    }
}

/// The first event of the wanted kind.
pub(crate) async fn until<T>(hears: &mut Subscription, wanted: impl Fn(Event) -> Option<T>) -> T {
    let found = async {
        loop {
            let event = hears.next_of_rooms().await.expect("the node runs");
            if let Some(found) = wanted(event) {
                return found;
            }
        }
    };
    tokio::time::timeout(PATIENCE, found)
        .await
        .expect("it happens in time")
}

/// Whoever comes next.
pub(crate) async fn joined(hears: &mut Subscription) -> room::Peer {
    until(hears, |event| match event {
        Event::PeerJoined { peer, .. } => Some(peer),
        _ => None,
    })
    .await
}

/// What another says next.
pub(crate) async fn heard(hears: &mut Subscription) -> String {
    until(hears, |event| match event {
        Event::LineAdded { line, .. } if !line.own => Some(line.text),
        _ => None,
    })
    .await
}
