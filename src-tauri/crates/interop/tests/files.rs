//! Files go to browsers and come from them, as their own libraries lock and move them.

mod common;

use std::path::Path;

use common::{On, World, on_both_trackers};
use interop::{Chosen, FetchedFile, Meeting, PATIENCE, PageOptions};
use sha2::{Digest as _, Sha256};

on_both_trackers! {
    browsers_fetch_from_each_other
}

/// That the browsers' own way works is what all else here rests on.
async fn browsers_fetch_from_each_other(on: On) {
    let world = World::with_tracker(on).await;
    let meeting = Meeting::at(&world.tracker, "among browsers");
    let folder = tempfile::tempdir().expect("a folder");
    let film = file(folder.path(), "film.mkv", 300_000);
    let empty = file(folder.path(), "empty", 0);
    let ana = world.foreign.page("ana", PageOptions::default()).await;
    let dora = world.foreign.page("dora", PageOptions::default()).await;
    ana.join("Ana", &meeting).await;
    dora.join("Dora", &meeting).await;
    dora.meets(PATIENCE, ana.peer_id()).await;

    let offer = ana
        .offer(&meeting, &[Chosen::at(&film), Chosen::at(&empty)])
        .await;

    let magnet = dora.is_offered(ana.peer_id()).await;
    assert_eq!(magnet, offer.magnet);
    let fetched = dora
        .fetch(&meeting, &magnet, PATIENCE, None)
        .await
        .expect("it comes");
    assert_eq!(fetched.files, [as_it_is(&film), as_it_is(&empty)]);
}

fn file(folder: &Path, name: &str, size: usize) -> std::path::PathBuf {
    let path = folder.join(name);
    let bytes: Vec<u8> = (0..size).map(|at| (at * 31 % 251) as u8).collect();
    std::fs::write(&path, bytes).expect("written");
    path
}

fn as_it_is(path: &Path) -> FetchedFile {
    FetchedFile {
        name: path
            .file_name()
            .and_then(|it| it.to_str())
            .unwrap_or_default()
            .to_owned(),
        size: std::fs::metadata(path).expect("it is there").len(),
        sha256: sha256(path),
    }
}

fn sha256(path: &Path) -> String {
    let mut hash = Sha256::new();
    let mut file = std::fs::File::open(path).expect("it is there");
    std::io::copy(&mut file, &mut hash).expect("it can be read");
    format!("{:x}", hash.finalize())
}
