//! Going, coming back, and being gone without a word.

mod common;

use std::time::Duration;

use common::{AT_ONCE, GONE, On, World, meet, on_both_trackers, talk};
use interop::{Meeting, Native, Page, PageOptions};

/// A page gives a lost connection 5 s after it was found to be lost, and finding takes it up to
/// 10 s; that is the browser's doing, not ours.
const GONE_FOR_A_BROWSER: Duration = Duration::from_secs(25);

on_both_trackers! {
    a_leave_is_noticed_both_ways
    a_browser_that_leaves_and_comes_back_five_times_is_met_each_time
    a_native_peer_that_leaves_and_comes_back_five_times_is_met_each_time
    a_closed_tab_is_noticed_at_once
    a_killed_browser_is_noticed
    a_killed_native_peer_is_noticed
}

async fn a_leave_is_noticed_both_ways(on: On) {
    let (_world, meeting, mut ben, ana) = ben_and_ana(on, "leaving").await;

    ana.leave(&meeting).await;
    ben.misses(AT_ONCE, ana.peer_id()).await;
    ben.log().forget();
    ana.log().forget();
    ana.join("Ana", &meeting).await;
    meet(AT_ONCE, &ben, &ana).await;
    let ben_was = ben.peer_id().to_owned();
    ben.type_lines(&["good night"]).await;
    let ended = ben.finish().await;

    assert!(ended.success());
    ana.hears("good night").await;
    ana.misses(AT_ONCE, &ben_was).await;
}

async fn a_browser_that_leaves_and_comes_back_five_times_is_met_each_time(on: On) {
    let (_world, meeting, mut ben, ana) = ben_and_ana(on, "to and fro").await;

    for round in 1..=5 {
        ana.leave(&meeting).await;
        ben.misses(AT_ONCE, ana.peer_id()).await;
        ben.log().forget();
        ana.log().forget();

        ana.join("Ana", &meeting).await;

        meet(AT_ONCE, &ben, &ana).await;
        talk(&mut ben, &ana, &meeting, &format!("round {round}")).await;
        assert_eq!(
            ben.log().all("peerJoined").len(),
            1,
            "nobody is there twice"
        );
    }
}

async fn a_native_peer_that_leaves_and_comes_back_five_times_is_met_each_time(on: On) {
    let (_world, meeting, mut ben, ana) = ben_and_ana(on, "fro and to").await;

    for round in 1..=5 {
        let ben_was = ben.peer_id().to_owned();
        assert!(ben.finish().await.success());
        ana.misses(AT_ONCE, &ben_was).await;
        ana.log().forget();

        ben = Native::join("Ben", &meeting).await;

        meet(AT_ONCE, &ben, &ana).await;
        talk(&mut ben, &ana, &meeting, &format!("round {round}")).await;
        assert_eq!(
            ana.log().all("peerJoined").len(),
            1,
            "nobody is there twice"
        );
    }
}

async fn a_closed_tab_is_noticed_at_once(on: On) {
    let (_world, _meeting, ben, ana) = ben_and_her_browser(on, "closing the tab").await;

    ana.close().await;

    ben.misses(AT_ONCE, ana.peer_id()).await;
}

async fn a_killed_browser_is_noticed(on: On) {
    let (_world, _meeting, ben, ana) = ben_and_her_browser(on, "the browser dies").await;

    ana.kill().await;

    ben.misses(GONE, ana.peer_id()).await;
}

async fn a_killed_native_peer_is_noticed(on: On) {
    let (_world, _meeting, ben, ana) = ben_and_ana(on, "the native peer dies").await;
    let ben_was = ben.peer_id().to_owned();

    ben.kill().await;

    ana.misses(GONE_FOR_A_BROWSER, &ben_was).await;
}

/// Ben, who is native, and Ana, who is a browser, in one room.
async fn ben_and_ana(on: On, room: &str) -> (World, Meeting, Native, Page) {
    ben_and_ana_with(PageOptions::default(), on, room).await
}

/// The same, but the browser ends with the page.
async fn ben_and_her_browser(on: On, room: &str) -> (World, Meeting, Native, Page) {
    let options = PageOptions {
        own_browser: true,
        ..PageOptions::default()
    };
    ben_and_ana_with(options, on, room).await
}

async fn ben_and_ana_with(
    options: PageOptions,
    on: On,
    room: &str,
) -> (World, Meeting, Native, Page) {
    let world = World::with_tracker(on).await;
    let meeting = Meeting::at(&world.tracker, room);
    let ana = world.foreign.page("ana", options).await;
    ana.join("Ana", &meeting).await;
    let ben = Native::join("Ben", &meeting).await;
    meet(AT_ONCE, &ben, &ana).await;
    (world, meeting, ben, ana)
}
