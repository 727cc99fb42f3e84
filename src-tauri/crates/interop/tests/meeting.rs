//! Finding each other: who offers, who answers, and who must not come in.

mod common;

use common::{AT_ONCE, On, World, meet, on_both_trackers, talk};
use interop::{Meeting, Native, PageOptions, Sorts};

on_both_trackers! {
    we_offer_to_a_browser_that_is_already_there
    we_offer_to_a_browser_that_comes_later
    a_browser_with_a_lower_id_offers_and_we_answer
    a_browser_and_two_of_us_all_talk_to_each_other
    a_private_room_is_entered_with_the_same_password
    a_wrong_password_lets_nobody_meet
    a_browser_that_tells_nothing_of_itself_can_still_talk
}

async fn we_offer_to_a_browser_that_is_already_there(on: On) {
    let world = World::with_tracker(on).await;
    let meeting = Meeting::at(&world.tracker, "we offer, they were first");
    let ana = world.foreign.page("ana", PageOptions::default()).await;
    ana.join("Ana", &meeting).await;

    let mut ben = Native::join("Ben", &meeting).await;

    assert!(ben.peer_id() < ana.peer_id());
    meet(AT_ONCE, &ben, &ana).await;
    talk(&mut ben, &ana, &meeting, "hello").await;
}

async fn we_offer_to_a_browser_that_comes_later(on: On) {
    let world = World::with_tracker(on).await;
    let meeting = Meeting::at(&world.tracker, "we offer, they come later");
    let ana = world.foreign.page("ana", PageOptions::default()).await;
    let mut ben = Native::join("Ben", &meeting).await;

    ana.join("Ana", &meeting).await;

    meet(AT_ONCE, &ben, &ana).await;
    talk(&mut ben, &ana, &meeting, "hello").await;
}

async fn a_browser_with_a_lower_id_offers_and_we_answer(on: On) {
    let world = World::with_tracker(on).await;
    let meeting = Meeting::at(&world.tracker, "they offer");
    let low = PageOptions {
        sorts: Sorts::Low,
        ..PageOptions::default()
    };
    let ana = world.foreign.page("ana", low).await;
    let mut ben = Native::join("Ben", &meeting).await;

    ana.join("Ana", &meeting).await;

    assert!(ana.peer_id() < ben.peer_id());
    meet(AT_ONCE, &ben, &ana).await;
    talk(&mut ben, &ana, &meeting, "hello").await;
}

async fn a_browser_and_two_of_us_all_talk_to_each_other(on: On) {
    let world = World::with_tracker(on).await;
    let meeting = Meeting::at(&world.tracker, "three of us");
    let ana = world.foreign.page("ana", PageOptions::default()).await;
    let mut ben = Native::join("Ben", &meeting).await;
    ana.join("Ana", &meeting).await;
    meet(AT_ONCE, &ben, &ana).await;

    let mut cem = Native::join("Cem", &meeting).await;

    meet(AT_ONCE, &cem, &ana).await;
    tokio::join!(
        ben.meets(AT_ONCE, cem.peer_id()),
        cem.meets(AT_ONCE, ben.peer_id())
    );
    ben.knows(cem.peer_id(), "that Cem is native", |peer| {
        peer["native"] == true
    })
    .await;
    ben.knows(ana.peer_id(), "that Ana is not", |peer| {
        peer["native"] == false
    })
    .await;
    ben.type_lines(&["from Ben"]).await;
    cem.type_lines(&["from Cem"]).await;
    ana.say(&meeting, "from Ana").await;
    tokio::join!(
        ana.hears("from Ben"),
        cem.hears("from Ben"),
        ana.hears("from Cem")
    );
    tokio::join!(
        ben.hears("from Cem"),
        ben.hears("from Ana"),
        cem.hears("from Ana")
    );
}

async fn a_private_room_is_entered_with_the_same_password(on: On) {
    let world = World::with_tracker(on).await;
    let meeting = Meeting::at(&world.tracker, "behind a door").with_password("pässword ✓");
    let ana = world.foreign.page("ana", PageOptions::default()).await;
    ana.join("Ana", &meeting).await;

    let mut ben = Native::join("Ben", &meeting).await;

    meet(AT_ONCE, &ben, &ana).await;
    talk(&mut ben, &ana, &meeting, "psst").await;
    let transcripts = ana.log().all_where(|event| event["action"] == "g.2");
    assert_eq!(
        transcripts.len(),
        0,
        "nothing is passed on in a private room"
    );
}

/// The browser's library tells when an offer cannot be opened; that both have tried in vain is
/// proven by it, and by a third one with the right password who is met meanwhile.
async fn a_wrong_password_lets_nobody_meet(on: On) {
    let world = World::with_tracker(on).await;
    let right = Meeting::at(&world.tracker, "behind a door").with_password("right");
    let wrong = Meeting::at(&world.tracker, "behind a door").with_password("wrong");
    let ana = world.foreign.page("ana", PageOptions::default()).await;
    ana.join("Ana", &right).await;

    let stranger = Native::join("Stranger", &wrong).await;
    ana.log()
        .until("an offer that cannot be opened", |event| {
            event["kind"] == "joinError" && event["peerId"] == stranger.peer_id()
        })
        .await;
    // She offers to whoever is there while she comes in, and else every other minute at most.
    ana.leave(&right).await;
    ana.join("Ana", &right).await;
    stranger
        .log()
        .until("that somebody has another password", |event| {
            event["kind"] == "problemAdded" && event["problem"]["what"]["kind"] == "otherPassword"
        })
        .await;
    let mut ben = Native::join("Ben", &right).await;
    meet(AT_ONCE, &ben, &ana).await;
    talk(&mut ben, &ana, &right, "alone at last").await;

    assert_eq!(stranger.log().all("peerJoined").len(), 0);
    assert_eq!(stranger.log().all("lineAdded").len(), 0);
    let met = ana
        .log()
        .all_where(|event| event["kind"] == "peerJoined" && event["peerId"] == stranger.peer_id());
    assert_eq!(met.len(), 0);
    assert!(
        stranger.finish().await.success(),
        "it waits until it is told to go"
    );
}

async fn a_browser_that_tells_nothing_of_itself_can_still_talk(on: On) {
    let world = World::with_tracker(on).await;
    let meeting = Meeting::at(&world.tracker, "a stranger");
    let ana = world.foreign.page("ana", PageOptions::default()).await;
    ana.join_bare(&meeting).await;

    let mut ben = Native::join("Ben", &meeting).await;

    meet(AT_ONCE, &ben, &ana).await;
    talk(&mut ben, &ana, &meeting, "hello").await;
    let peer = ben.knows(ana.peer_id(), "Ana", |_| true).await;
    assert_eq!(peer["verified"], false);
    assert_eq!(peer["native"], false);
}
