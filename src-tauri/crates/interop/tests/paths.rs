//! The ways to each other: hidden addresses, several trackers, and foreign clients on our tracker.

mod common;

use common::{AT_ONCE, On, World, meet, on_both_trackers, talk};
use interop::{Meeting, Native, OurTracker, PageOptions, Sorts};
use serde_json::Value;

on_both_trackers! {
    a_browser_that_hides_its_addresses_is_reached_when_we_offer
    a_browser_that_hides_its_addresses_is_reached_when_it_offers
}

async fn a_browser_that_hides_its_addresses_is_reached_when_we_offer(on: On) {
    reach_a_hiding_browser(on, Sorts::High).await;
}

async fn a_browser_that_hides_its_addresses_is_reached_when_it_offers(on: On) {
    reach_a_hiding_browser(on, Sorts::Low).await;
}

async fn reach_a_hiding_browser(on: On, sorts: Sorts) {
    let world = World::with_tracker(on).await;
    let meeting = Meeting::at(&world.tracker, "hide and seek");
    let ana = world
        .foreign
        .page(
            "ana",
            PageOptions {
                sorts,
                show_addresses: false,
                ..PageOptions::default()
            },
        )
        .await;
    let mut ben = Native::join("Ben", &meeting).await;

    ana.join("Ana", &meeting).await;

    meet(AT_ONCE, &ben, &ana).await;
    talk(&mut ben, &ana, &meeting, "found you").await;
    let candidates = ana.candidates(&meeting).await;
    let own: Vec<_> = candidates[0]["local"]
        .as_array()
        .into_iter()
        .flatten()
        .collect();
    let is_hidden = |line: &&Value| line.as_str().is_some_and(|line| line.contains(".local "));
    assert!(
        !own.is_empty() && own.iter().all(is_hidden),
        "they were not hidden: {own:?}"
    );
}

#[tokio::test]
async fn two_trackers_are_as_good_as_one_and_one_may_be_dead() {
    let world = World::with_tracker(On::Reference).await;
    let ours = OurTracker::start().await;
    let mut meeting = Meeting::at(&world.tracker, "many ways");
    meeting.trackers.push(ours.url().to_owned());
    // Nothing listens on the port that a just-closed listener had.
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr());
    meeting
        .trackers
        .push(format!("ws://{}", nobody.expect("there is a free port")));
    let ana = world.foreign.page("ana", PageOptions::default()).await;
    ana.join("Ana", &meeting).await;

    let mut ben = Native::join("Ben", &meeting).await;

    meet(AT_ONCE, &ben, &ana).await;
    talk(&mut ben, &ana, &meeting, "hello").await;
    assert_eq!(
        ben.log().all("peerJoined").len(),
        1,
        "found twice, there once"
    );
    assert_eq!(
        ana.log().all("peerJoined").len(),
        1,
        "found twice, there once"
    );
    ben.log()
        .until("that the dead tracker fails", |event| {
            event["kind"] == "trackerChanged"
                && event["url"] == meeting.trackers[2].as_str()
                && event["state"] == "failed"
        })
        .await;
}

/// The reference client's ids are any 20 bytes, written as one code point each.
#[tokio::test]
async fn the_reference_trackers_own_client_is_at_home_on_our_tracker() {
    let world = World::with_tracker(On::Ours).await;
    let swarm = "ff".repeat(20);
    let (first_id, second_id) = ("fe".repeat(20), "00fd".repeat(10));

    let first = world
        .foreign
        .client("first", &world.tracker, &swarm, &first_id)
        .await;
    first
        .until("its place in the swarm", |event| event["incomplete"] == 1)
        .await;
    let second = world
        .foreign
        .client("second", &world.tracker, &swarm, &second_id)
        .await;

    second
        .until("both in the swarm", |event| event["incomplete"] == 2)
        .await;
    let offered = first
        .until("an offer", |event| event["kind"] == "peer")
        .await;
    assert_eq!(
        (&offered["initiator"], &offered["id"]),
        (&Value::Bool(false), &Value::from(second_id))
    );
    let answered = second
        .until("an answer", |event| event["kind"] == "peer")
        .await;
    assert_eq!(
        (&answered["initiator"], &answered["id"]),
        (&Value::Bool(true), &Value::from(first_id))
    );
    world.foreign.client_stop("second").await;
    first.forget();
    world.foreign.client_update("first").await;
    first
        .until("being alone again", |event| event["incomplete"] == 1)
        .await;
    assert_eq!(first.all("warning"), Vec::<Value>::new());
}

#[tokio::test]
async fn our_tracker_carries_two_browsers_that_are_not_ours() {
    let world = World::with_tracker(On::Ours).await;
    let meeting = Meeting::at(&world.tracker, "without us");
    let ana = world.foreign.page("ana", PageOptions::default()).await;
    let low = PageOptions {
        sorts: Sorts::Low,
        ..PageOptions::default()
    };
    let ben = world.foreign.page("ben", low).await;
    ana.join("Ana", &meeting).await;

    ben.join("Ben", &meeting).await;

    tokio::join!(
        ana.meets(AT_ONCE, ben.peer_id()),
        ben.meets(AT_ONCE, ana.peer_id())
    );
    ana.say(&meeting, "just us").await;
    ben.hears("just us").await;
}
