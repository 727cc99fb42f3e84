//! Two nodes, a real tracker and real WebRTC on this machine: is the glue connected?

mod common;

use common::{LocalTracker, address, heard, joined, options, private, start, until};
use node::{Node, Options, Subscription};
use room::{Event, RoomKey, Trust};

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
        ..options(Vec::new())
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
