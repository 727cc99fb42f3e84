//! The network pulled out and put back, or become another, between two machines with networks of
//! their own.
#![cfg(target_os = "linux")]

mod common;

use std::time::{Duration, Instant};

use interop::{Cable, End, Meeting, Native, OurTracker, PATIENCE};

/// How soon a room is whole again after the network is, on a machine that is busy with tests.
const BACK: Duration = Duration::from_secs(20);
/// Longer than a connection that hears nothing is kept.
const LOST_BY: Duration = Duration::from_secs(10);

#[tokio::test]
async fn a_room_comes_back_by_itself_and_what_was_said_meanwhile_arrives() {
    let cable = Cable::plugged();
    let (_tracker, mut ada, mut ben) = both_ends(&cable).await;
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

#[tokio::test]
async fn an_interface_that_comes_or_goes_leaves_connections_alone_at_either_end() {
    let cable = Cable::plugged();
    let (_tracker, mut ada, mut ben) = both_ends(&cable).await;
    for end in [End::Left, End::Right] {
        cable.add_interface(end);
        let start = Instant::now();
        let mut said = 0;
        while start.elapsed() < LOST_BY {
            if said == 5 {
                cable.remove_interface(end);
            }
            said += 1;
            each_hears_the_other(&mut ada, &mut ben, &format!("{said}, {end:?}")).await;
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }
    nobody_missed_the_other(&ada, &ben);
}

#[tokio::test]
async fn a_machine_with_another_address_keeps_its_connections_and_loses_nothing() {
    let cable = Cable::plugged();
    let (_tracker, mut ada, mut ben) = both_ends(&cable).await;
    // The tracker is at the address the left one had at first, so it is of no help from there on.
    for (end, address) in [
        (End::Right, "10.77.0.12"),
        (End::Left, "10.77.0.11"),
        (End::Left, Cable::LEFT),
        (End::Right, "10.77.0.22"),
    ] {
        cable.renumber(end, address);
        each_hears_the_other(&mut ada, &mut ben, address).await;
        nobody_missed_the_other(&ada, &ben);
    }
}

/// A tracker on the left machine, and on each machine somebody who met the other.
async fn both_ends(cable: &Cable) -> (OurTracker, Native, Native) {
    let tracker = OurTracker::start_on(&cable.left(), Cable::LEFT).await;
    let meeting = Meeting::at(tracker.url(), "over the wire");
    let mut ada = Native::join_on(&cable.left(), "Ada", &meeting, &[]).await;
    let mut ben = Native::join_on(&cable.right(), "Ben", &meeting, &[]).await;
    tokio::join!(
        ada.meets(PATIENCE, ben.peer_id()),
        ben.meets(PATIENCE, ada.peer_id())
    );
    each_hears_the_other(&mut ada, &mut ben, "before").await;
    (tracker, ada, ben)
}

async fn each_hears_the_other(ada: &mut Native, ben: &mut Native, text: &str) {
    ada.type_lines(&[format!("{text}, says Ada")]).await;
    ben.type_lines(&[format!("{text}, says Ben")]).await;
    let (from_ada, from_ben) = (format!("{text}, says Ada"), format!("{text}, says Ben"));
    tokio::join!(ben.hears(&from_ada), ada.hears(&from_ben));
}

fn nobody_missed_the_other(ada: &Native, ben: &Native) {
    for peer in [ada, ben] {
        assert!(peer.log().all("peerLeft").is_empty(), "somebody was lost");
    }
}
