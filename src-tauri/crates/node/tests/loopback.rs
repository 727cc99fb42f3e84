//! Two nodes, a real tracker and real WebRTC on this machine: is the glue connected?

use std::net::SocketAddr;
use std::time::Duration;

use node::{Config, Node, Options, ProfileAt, Subscription, default_origin};
use room::{Event, RoomKey, Trust};
use tokio::sync::oneshot;
use wire::{Access, RoomAddress, RoomName, Secret};

/// Generous: machines that test are slow at times.
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_meet_talk_and_part() {
    let tracker = LocalTracker::start().await;
    let (ada, mut ada_hears) = start(&tracker, Some("Ada")).await;
    let (bob, mut bob_hears) = start(&tracker, None).await;
    let room = ada.join(address("meeting")).await.expect("joined");
    bob.join(address("meeting")).await.expect("joined");

    let peer = joined(&mut bob_hears).await;
    assert_eq!(peer.name, "Ada");
    assert_eq!(peer.trust, Trust::Verified);
    assert!(peer.native);
    let peer = joined(&mut ada_hears).await;
    assert_eq!(peer.name, peer.animal_name);

    ada.say(&room, None, "hello *there*".to_owned(), None)
        .await
        .expect("said");
    assert_eq!(heard(&mut bob_hears).await, "hello *there*");
    bob.say(&room, None, "hello yourself".to_owned(), None)
        .await
        .expect("said");
    assert_eq!(heard(&mut ada_hears).await, "hello yourself");

    bob.stop().await;
    until(&mut ada_hears, |event| match event {
        Event::PeerLeft { .. } => Some(()),
        _ => None,
    })
    .await;
    ada.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_comes_later_reads_what_was_said_in_private_rooms_too() {
    let tracker = LocalTracker::start().await;
    for address in [address("open"), private("closed")] {
        let (ada, mut ada_hears) = start(&tracker, None).await;
        let (bob, _bob_hears) = start(&tracker, None).await;
        let room = ada.join(address.clone()).await.expect("joined");
        bob.join(address.clone()).await.expect("joined");
        joined(&mut ada_hears).await;
        ada.say(&room, None, "early".to_owned(), None)
            .await
            .expect("said");

        let (late, mut late_hears) = start(&tracker, None).await;
        late.join(address).await.expect("joined");

        assert_eq!(heard(&mut late_hears).await, "early");
        for node in [ada, bob, late] {
            node.stop().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn leaving_and_coming_back_always_works() {
    let tracker = LocalTracker::start().await;
    let (ada, mut ada_hears) = start(&tracker, None).await;
    let (bob, mut bob_hears) = start(&tracker, None).await;
    let room = ada.join(address("revolving door")).await.expect("joined");
    for round in 0..5 {
        bob.join(address("revolving door")).await.expect("joined");
        joined(&mut ada_hears).await;
        joined(&mut bob_hears).await;
        let text = format!("round {round}");
        ada.say(&room, None, text.clone(), None)
            .await
            .expect("said");
        assert_eq!(fresh(&mut bob_hears).await, text);
        bob.leave(&room).await.expect("left");
    }
    ada.stop().await;
    bob.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_messages_arrive_in_order() {
    let tracker = LocalTracker::start().await;
    let (ada, mut ada_hears) = start(&tracker, None).await;
    let (bob, mut bob_hears) = start(&tracker, None).await;
    let room: RoomKey = ada.join(address("flood")).await.expect("joined");
    bob.join(address("flood")).await.expect("joined");
    joined(&mut ada_hears).await;
    joined(&mut bob_hears).await;
    let unheard = tokio::spawn(async move { while ada_hears.next().await.is_some() {} });

    let saying = tokio::spawn(async move {
        for number in 0..10_000 {
            ada.say(&room, None, format!("message {number}"), None)
                .await
                .expect("said");
        }
        ada.finish(&room).await.expect("finished");
        ada.stop().await;
    });
    for number in 0..10_000 {
        assert_eq!(heard(&mut bob_hears).await, format!("message {number}"));
    }

    saying.await.expect("all said");
    unheard.await.expect("all read");
    bob.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_of_one_machine_meet_without_any_tracker_given() {
    let port = free_port().await;
    let options = || Options {
        lan: Some(true),
        lan_port: Some(port),
        ..options(Vec::new(), None)
    };
    let ada = Node::start(options()).await.expect("started");
    let bob = Node::start(options()).await.expect("started");
    let (_, mut ada_hears) = ada.subscribe().await.expect("subscribed");
    let (_, mut bob_hears) = bob.subscribe().await.expect("subscribed");
    ada.join(address("kitchen")).await.expect("joined");
    bob.join(address("kitchen")).await.expect("joined");

    joined(&mut ada_hears).await;
    joined(&mut bob_hears).await;
    ada.stop().await;
    bob.stop().await;
}

struct LocalTracker {
    url: String,
    _stop: oneshot::Sender<()>,
}

impl LocalTracker {
    async fn start() -> Self {
        let any: SocketAddr = ([127, 0, 0, 1], 0).into();
        let tracker = tracker::Tracker::bind(any, tracker::Limits::default())
            .await
            .expect("a free port");
        let url = format!("ws://{}", tracker.local_addr());
        let (stop, stopped) = oneshot::channel::<()>();
        tokio::spawn(tracker.serve(async {
            let _ = stopped.await;
        }));
        Self { url, _stop: stop }
    }
}

fn options(trackers: Vec<String>, name: Option<&str>) -> Options {
    Options {
        config: Config {
            origin: default_origin(),
            trackers,
            ice_servers: Vec::new(),
            rooms: Vec::new(),
        },
        profile: ProfileAt::Memory,
        name: name.map(str::to_owned),
        origin: None,
        trackers: None,
        ice_servers: None,
        lan: Some(false),
        lan_port: None,
    }
}

async fn start(tracker: &LocalTracker, name: Option<&str>) -> (Node, Subscription) {
    let node = Node::start(options(vec![tracker.url.clone()], name))
        .await
        .expect("started");
    let (_, hears) = node.subscribe().await.expect("subscribed");
    (node, hears)
}

fn address(name: &str) -> RoomAddress {
    RoomAddress {
        origin: default_origin(),
        name: RoomName::parse(name).expect("a room name"),
        access: Access::Public,
    }
}

fn private(name: &str) -> RoomAddress {
    let name = RoomName::parse(name).expect("a room name");
    RoomAddress {
        access: Access::Private(Secret::from_password(&name, "open sesame")),
        origin: default_origin(),
        name,
    }
}

async fn until<T>(hears: &mut Subscription, wanted: impl Fn(Event) -> Option<T>) -> T {
    let found = async {
        loop {
            let event = hears.next().await.expect("the node runs");
            if let Some(found) = wanted(event) {
                return found;
            }
        }
    };
    tokio::time::timeout(PATIENCE, found)
        .await
        .expect("it happens in time")
}

async fn joined(hears: &mut Subscription) -> room::Peer {
    until(hears, |event| match event {
        Event::PeerJoined { peer, .. } => Some(peer),
        _ => None,
    })
    .await
}

async fn heard(hears: &mut Subscription) -> String {
    until(hears, |event| match event {
        Event::LineAdded { line, .. } if !line.own => Some(line.text),
        _ => None,
    })
    .await
}

async fn fresh(hears: &mut Subscription) -> String {
    until(hears, |event| match event {
        Event::LineAdded { line, .. } if !line.own && !line.backfilled => Some(line.text),
        _ => None,
    })
    .await
}

async fn free_port() -> u16 {
    let socket = tokio::net::TcpListener::bind(("127.0.0.1", 0))
        .await
        .expect("a free port");
    socket.local_addr().expect("bound").port()
}
