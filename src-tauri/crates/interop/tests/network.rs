//! The network pulled out and put back, between two machines with networks of their own.
#![cfg(target_os = "linux")]

mod common;

use std::time::{Duration, Instant};

use interop::{Cable, Meeting, Native, OurTracker, PATIENCE};

/// How soon a room is whole again after the network is, on a machine that is busy with tests.
const BACK: Duration = Duration::from_secs(20);

#[tokio::test]
async fn a_room_comes_back_by_itself_and_what_was_said_meanwhile_arrives() {
    let cable = Cable::plugged();
    let tracker = OurTracker::start_on(&cable.left(), Cable::LEFT).await;
    let meeting = Meeting::at(tracker.url(), "over the wire");
    let mut ada = Native::join_on(&cable.left(), "Ada", &meeting, &[]).await;
    let mut ben = Native::join_on(&cable.right(), "Ben", &meeting, &[]).await;
    tokio::join!(
        ada.meets(PATIENCE, ben.peer_id()),
        ben.meets(PATIENCE, ada.peer_id())
    );
    ada.type_lines(&["before"]).await;
    ben.hears("before").await;
    ada.log().forget();
    ben.log().forget();

    cable.pull();
    // Said before either knows that the other is out of reach.
    ada.type_lines(&["into the dark, says Ada"]).await;
    ben.type_lines(&["into the dark, says Ben"]).await;
    // It is told: the meeting point cannot be reached, and each is gone for the other.
    ben.log()
        .until("that the tracker is out of reach", |event| {
            event["kind"] == "trackerChanged" && event["state"] == "failed"
        })
        .await;
    tokio::join!(
        ada.misses(PATIENCE, ben.peer_id()),
        ben.misses(PATIENCE, ada.peer_id())
    );
    for peer in [&ada, &ben] {
        peer.log()
            .until("that the connection was lost", |event| {
                event["kind"] == "noticeAdded" && event["notice"]["what"]["kind"] == "lost"
            })
            .await;
    }
    // Said while it is known that nobody is there.
    ada.type_lines(&["alone, says Ada"]).await;

    cable.put_back();
    let start = Instant::now();
    tokio::join!(
        ada.meets(BACK, ben.peer_id()),
        ben.meets(BACK, ada.peer_id())
    );
    let took = start.elapsed();
    assert!(took < BACK, "they met again after {took:?}");
    tokio::join!(
        ben.hears("into the dark, says Ada"),
        ada.hears("into the dark, says Ben")
    );
    ada.type_lines(&["after"]).await;
    ben.hears("after").await;
    let texts: Vec<_> = ben
        .log()
        .all_where(|event| event["kind"] == "lineAdded" && event["line"]["own"] == false)
        .iter()
        .map(|event| event["line"]["text"].clone())
        .collect();
    let dark = texts.iter().filter(|it| *it == "into the dark, says Ada");
    assert_eq!(dark.count(), 1, "it is shown once: {texts:?}");
    assert!(
        ada.finish().await.success() && ben.finish().await.success(),
        "both go as they were told to"
    );
}
