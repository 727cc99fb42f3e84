//! A file far larger than our peer may take memory goes to a browser, and comes from it. A story of its
//! own, for it takes as long as all the others together.

mod common;

use std::path::Path;
use std::time::Duration;

use common::files::{Folder, Person, as_it_is};
use common::{On, World, meet, on_one_tracker};
use interop::{Chosen, Meeting, PATIENCE, PageOptions};

/// Far more than is to be held in memory.
const LARGE: usize = 300_000_000;

/// A browser keeps what it gives and gets in a database of small pieces, and so takes its time.
const LARGE_LIMIT: Duration = Duration::from_secs(240);

/// What a transfer may take beyond what our peer takes anyway, however large the file.
const MORE_MEMORY: u64 = 64 * 1024 * 1024;

on_one_tracker! {
    a_large_file_goes_both_ways_and_does_not_fill_memory
}

/// Only our side is asked for little memory, not the browser's.
async fn a_large_file_goes_both_ways_and_does_not_fill_memory(on: On) {
    let world = World::with_tracker(on).await;
    let meeting = Meeting::at(&world.tracker, "large");
    // Its database would make this several times as long, and is in all other stories.
    let options = PageOptions {
        private: true,
        ..PageOptions::default()
    };
    let ana = world.foreign.page("ana", options).await;
    ana.join("Ana", &meeting).await;
    let mut ben = Person::join("Ben", &meeting).await;
    meet(PATIENCE, &ben.peer, &ana).await;
    let from = Folder::new();
    let film = from.file("film.bin", LARGE);
    let sum = as_it_is(&film);
    let idle = ben.peer.memory();

    ben.shares(&[&film]).await;
    let magnet = ana.is_offered(ben.peer.peer_id()).await;
    let fetched = ana.fetch(&meeting, &magnet, LARGE_LIMIT, None).await;
    assert_eq!(fetched.expect("it comes").files, std::slice::from_ref(&sum));

    ana.offer(&meeting, &[Chosen::at(&film)]).await;
    let offer = ben.is_offered("film.bin").await;
    let number = &offer["n"];
    ben.peer.type_lines(&[format!("/get {number}")]).await;
    let done = ben
        .peer
        .log()
        .within(LARGE_LIMIT, "that it is there", |event| {
            event["kind"] == "fileDone"
        })
        .await;
    let path = done["paths"][0].as_str().expect("a path");
    assert_eq!(as_it_is(Path::new(path)), sum);

    let most = ben.peer.most_memory();
    assert!(most <= idle + MORE_MEMORY, "{idle} bytes, and then {most}");
}
