//! Files go to browsers and come from them, as their own libraries lock and move them.

mod common;

use std::path::PathBuf;
use std::time::Duration;

use common::files::{Folder, Person, as_it_is};
use common::{AT_ONCE, On, World, meet, on_both_trackers, on_one_tracker};
use interop::{Chosen, Fetched, Meeting, PATIENCE, Page, PageOptions, Sorts};
use serde_json::Value;

/// How long nothing comes of what is not given.
const IN_VAIN: Duration = Duration::from_secs(8);

mod of_any_kind {
    use super::*;

    on_both_trackers! {
        browsers_fetch_from_each_other
        a_browser_fetches_what_we_share
        we_fetch_what_a_browser_shares
    }
}

mod of_any_size {
    use super::*;

    on_one_tracker! {
        nothing_and_one_byte_and_several_files_go_both_ways
        what_is_shared_reaches_who_comes_later_and_ends_when_it_is_taken_back
        pictures_are_shown_and_are_in_what_newcomers_are_told
    }
}

/// That the browsers' own way works is what all else here rests on.
async fn browsers_fetch_from_each_other(on: On) {
    let world = World::with_tracker(on).await;
    let meeting = Meeting::at(&world.tracker, "among browsers");
    let from = Folder::new();
    let film = from.file("film.bin", 300_000);
    // They need not meet in the room, which takes its time between browsers.
    let ana = world.foreign.page("ana", at_files(Sorts::High)).await;
    let dora = world.foreign.page("dora", at_files(Sorts::High)).await;
    ana.join("Ana", &meeting).await;

    let offer = ana.offer(&meeting, &[Chosen::at(&film)]).await;

    let fetched = fetched(&dora, &meeting, &offer.magnet).await;
    assert_eq!(fetched.files, [as_it_is(&film)]);
}

async fn a_browser_fetches_what_we_share(on: On) {
    let (_world, meeting, mut ben, ana) = ben_and_ana(on, "from us").await;
    let film = ben.at.file("a film.bin", 500_000);

    ben.shares(&[&film]).await;

    let magnet = ana.is_offered(ben.peer.peer_id()).await;
    let fetched = fetched(&ana, &meeting, &magnet).await;
    assert_eq!(fetched.files, [as_it_is(&film)]);
}

async fn we_fetch_what_a_browser_shares(on: On) {
    let (_world, meeting, mut ben, ana) = ben_and_ana(on, "from a browser").await;
    let from = Folder::new();
    let film = from.file("a film.bin", 500_000);

    ana.offer(&meeting, &[Chosen::at(&film)]).await;

    let offer = ben.is_offered("a film.bin").await;
    assert_eq!(offer["author"], "Ana");
    let paths = ben.fetches(&offer).await;
    assert_eq!(paths, [ben.at.path("a film.bin")]);
    assert_eq!(as_it_is(&paths[0]), as_it_is(&film));
}

async fn nothing_and_one_byte_and_several_files_go_both_ways(on: On) {
    let (_world, meeting, mut ben, ana) = ben_and_ana(on, "sizes").await;
    let from = Folder::new();
    let nothing = from.file("nothing.txt", 0);
    let one = from.file("one.txt", 1);
    // One record of what is locked, and one byte more.
    let edge = from.file("edge.txt", 65_519);
    let over = from.file("over.txt", 65_520);
    let all = [&nothing, &one, &edge, &over];

    for path in [&nothing, &one] {
        ana.log().forget();
        ben.shares(&[path]).await;
        let magnet = ana.is_offered(ben.peer.peer_id()).await;
        let fetched = fetched(&ana, &meeting, &magnet).await;
        assert_eq!(fetched.files, [as_it_is(path)]);
    }
    ana.log().forget();
    ben.shares(&all.map(PathBuf::as_path)).await;
    let magnet = ana.is_offered(ben.peer.peer_id()).await;
    let fetched = fetched(&ana, &meeting, &magnet).await;
    assert_eq!(fetched.files, all.map(|path| as_it_is(path)));

    for chosen in [&all[..1], &all[1..2], &all[..]] {
        ben.peer.log().forget();
        let files: Vec<_> = chosen.iter().map(Chosen::at).collect();
        ana.offer(&meeting, &files).await;
        let name = chosen[0].file_name().and_then(|it| it.to_str());
        let offer = ben.is_offered(name.expect("a name")).await;
        let paths = ben.fetches(&offer).await;
        assert_eq!(paths.len(), chosen.len());
        for (came, sent) in paths.iter().zip(chosen) {
            assert_eq!(as_it_is(came).sha256, as_it_is(sent).sha256, "{came:?}");
        }
    }

    // What a stranger calls a file is not where it goes.
    ben.peer.log().forget();
    let hostile = Chosen::at(&one).named("..\u{202e}gpj.exe");
    ana.offer(&meeting, &[hostile]).await;
    let offer = ben
        .peer
        .log()
        .until("an offer", |event| event["kind"] == "fileOffered")
        .await;
    let paths = ben.fetches(&offer).await;
    assert_eq!(paths[0].parent(), Some(ben.at.0.path()));
    let kept = paths[0].to_string_lossy();
    assert!(!kept.contains('\u{202e}'), "{kept}");
}

async fn what_is_shared_reaches_who_comes_later_and_ends_when_it_is_taken_back(on: On) {
    let (world, meeting, mut ben, ana) = ben_and_ana(on, "later").await;
    let film = ben.at.file("film.bin", 400_000);
    ben.shares(&[&film]).await;
    let magnet = ana.is_offered(ben.peer.peer_id()).await;

    let dora = browser(&world, &meeting, "Dora", Sorts::Low).await;
    meet(AT_ONCE, &ben.peer, &dora).await;
    assert_eq!(dora.is_offered(ben.peer.peer_id()).await, magnet);
    let offer = ana.offer(&meeting, &[Chosen::at(&film)]).await;
    let theirs = ben.is_offered("film.bin").await;

    let own = ben
        .peer
        .log()
        .until("our line", |event| {
            event["kind"] == "lineAdded" && event["line"]["own"] == true
        })
        .await;
    let number = &own["line"]["key"];
    ben.peer.type_lines(&[format!("/unshare {number}")]).await;
    ana.log()
        .until("that it is taken back", |event| {
            event["action"] == "g.7" && event["data"].is_null()
        })
        .await;
    let none = ana.fetch(&meeting, &magnet, IN_VAIN, None).await;
    assert!(none.is_err(), "{none:?}");

    // And the other way: a browser's null ends its offer for us.
    assert_ne!(offer.magnet, magnet);
    ana.withdraw(&meeting).await;
    ben.peer
        .log()
        .until("that it is taken back", |event| {
            event["kind"] == "lineReplaced"
                && event["line"]["key"] == theirs["n"]
                && event["line"]["share"]["withdrawn"] == true
        })
        .await;
    let told = dora.log().all_where(|event| event["action"] == "g.7");
    let nulls = told
        .iter()
        .filter(|event| event["data"].is_null() && event["peerId"] == ben.peer.peer_id());
    assert_eq!(nulls.count(), 1, "each is told once: {told:?}");
    let errors = dora.log().all("pageError");
    assert!(errors.is_empty(), "{errors:?}");
}

async fn pictures_are_shown_and_are_in_what_newcomers_are_told(on: On) {
    let (world, meeting, mut ben, ana) = ben_and_ana(on, "pictures").await;
    let from = Folder::new();
    let picture = from.file("hers.png", 20_000);
    let text = from.file("text.bin", 10);

    ana.offer(&meeting, &[Chosen::at(&picture), Chosen::at(&text)])
        .await;
    let shown = ben
        .peer
        .log()
        .until("a picture", |event| {
            event["kind"] == "fileOffered" && event["share"]["inline"] == true
        })
        .await;
    let paths = ben.fetches(&shown).await;
    assert_eq!(as_it_is(&paths[0]), as_it_is(&picture));

    let mine = ben.at.file("mine.png", 30_000);
    ben.shares(&[&mine]).await;
    let magnet = ana.is_shown(ben.peer.peer_id()).await;
    assert_eq!(
        fetched(&ana, &meeting, &magnet).await.files,
        [as_it_is(&mine)]
    );
    let whole = ana
        .log()
        .until("all of it", |event| {
            event["action"] == "g.7" && event["data"]["magnetURI"] != Value::Null
        })
        .await;
    assert_eq!(whole["data"]["isAllInlineMedia"], true);
    assert_ne!(whole["data"]["magnetURI"], magnet.as_str());

    let dora = browser(&world, &meeting, "Dora", Sorts::High).await;
    let told = dora
        .log()
        .until("what Ben remembers", |event| {
            event["action"] == "g.2" && event["peerId"] == ben.peer.peer_id()
        })
        .await;
    let told = told["data"].as_array().expect("a list");
    let entry = told
        .iter()
        .find(|it| it["magnetURI"] == magnet.as_str())
        .unwrap_or_else(|| panic!("ours is in it: {told:?}"));
    assert_eq!(entry["authorId"], ben.peer.user_id());
    assert_eq!(
        fetched(&dora, &meeting, &magnet).await.files,
        [as_it_is(&mine)]
    );
}

/// Ben, who is native, and Ana, who is a browser, in one room. Who of them offers there is another
/// on each tracker.
async fn ben_and_ana(on: On, room: &str) -> (World, Meeting, Person, Page) {
    let world = World::with_tracker(on).await;
    let meeting = Meeting::at(&world.tracker, room);
    let sorts = match on {
        On::Reference => Sorts::High,
        On::Ours => Sorts::Low,
    };
    let ana = browser(&world, &meeting, "Ana", sorts).await;
    let ben = Person::join("Ben", &meeting).await;
    meet(PATIENCE, &ben.peer, &ana).await;
    (world, meeting, ben, ana)
}

async fn browser(world: &World, meeting: &Meeting, name: &str, sorts: Sorts) -> Page {
    let page = world.foreign.page(name, at_files(sorts)).await;
    page.join(name, meeting).await;
    page
}

/// A browser that keeps files in a database of its own.
fn at_files(sorts: Sorts) -> PageOptions {
    PageOptions {
        sorts,
        own_browser: true,
        ..PageOptions::default()
    }
}

async fn fetched(page: &Page, meeting: &Meeting, magnet: &str) -> Fetched {
    let fetched = page.fetch(meeting, magnet, PATIENCE, None).await;
    fetched.expect("it comes")
}
