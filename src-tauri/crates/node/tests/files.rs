//! Nodes that share files, over a real tracker and real connections on this machine.

mod common;

use std::path::{Path, PathBuf};

use common::{LocalTracker, PATIENCE, address, joined, start};
use node::{Node, Subscription, Told};
use room::{Event, RoomKey, ShareKey};
use tempfile::TempDir;
use view::{FilesEvent, Refusal, Transfer, TransferFault, TransferState};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_of_any_size_and_whole_folders_arrive_as_they_were() {
    let (ada, bob, room, _tracker) = two("files").await;
    let (mut ada, mut bob) = (ada, bob);
    let from = TempDir::new().expect("a folder");
    write(&from, "film.bin", &noise(3_000_000));
    write(&from, "one", b"1");
    write(&from, "none", b"");
    write(&from, "album/first/a.txt", b"a");
    write(&from, "album/b.bin", &noise(700_000));
    let to = TempDir::new().expect("a folder");

    for picked in ["film.bin", "one", "none", "album"] {
        let paths = vec![from.path().join(picked)];
        ada.node.share(&room, paths).await.expect("begun");
        let key = bob.offered().await;
        bob.node
            .fetch(&room, &key, Some(to.path().to_owned()))
            .await
            .expect("begun");
        let done = bob.until(&key, TransferState::Done).await;
        assert_eq!(done.have, done.total.expect("known"));
        let ours = ada.until(&key, TransferState::Giving).await;
        assert_eq!((ours.own, ours.total), (true, done.total));
    }

    for name in [
        "film.bin",
        "one",
        "none",
        "album/first/a.txt",
        "album/b.bin",
    ] {
        assert_eq!(read(&to, name), read(&from, name), "{name}");
    }
    let left = std::fs::read_dir(to.path()).expect("a folder").count();
    assert_eq!(left, 4, "nothing unfinished is left");
    ada.node.stop().await;
    bob.node.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn those_who_have_it_give_it_to_each_other_and_to_who_comes_late() {
    let tracker = LocalTracker::start().await;
    let mut people = Vec::new();
    for _ in 0..5 {
        people.push(Person::start(&tracker).await);
    }
    let room = meet(&mut people).await;
    let from = TempDir::new().expect("a folder");
    let bytes = noise(8_000_000);
    let film = write(&from, "film.bin", &bytes);
    let mut late = people.pop().expect("five");
    let mut takers = people.split_off(1);
    let ada = people.pop().expect("one");
    ada.node.share(&room, vec![film]).await.expect("begun");

    let mut folders = Vec::new();
    let mut key = None;
    for taker in &mut takers {
        let to = TempDir::new().expect("a folder");
        let offered = taker.offered().await;
        let into = Some(to.path().to_owned());
        let fetching = taker.node.fetch(&room, &offered, into);
        fetching.await.expect("begun");
        folders.push(to);
        key = Some(offered);
    }
    let key = key.expect("offered");
    for (taker, to) in takers.iter_mut().zip(&folders) {
        taker.until(&key, TransferState::Done).await;
        assert_eq!(read(to, "film.bin"), bytes);
    }
    assert_eq!(late.offered().await, key);
    ada.node.stop().await;

    let to = TempDir::new().expect("a folder");
    let into = Some(to.path().to_owned());
    late.node.fetch(&room, &key, into).await.expect("begun");
    late.until(&key, TransferState::Done).await;
    assert_eq!(read(&to, "film.bin"), bytes);
    for person in takers.into_iter().chain([late]) {
        person.node.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fetch_goes_on_where_it_was_when_either_side_comes_back() {
    let (mut ada, mut bob, room, tracker) = two("back again").await;
    let (from, to) = (TempDir::new().expect("one"), TempDir::new().expect("two"));
    let film = long_film(&from, 256);
    let share = |person: &Person| {
        let (node, room, film) = (person.node.clone(), room.clone(), film.clone());
        async move { node.share(&room, vec![film]).await.expect("begun") }
    };
    share(&ada).await;
    let key = bob.offered().await;
    let into = Some(to.path().to_owned());
    bob.node
        .fetch(&room, &key, into.clone())
        .await
        .expect("begun");
    bob.when(&key, |it| it.have > 0).await;

    // The offerer is gone in the middle, and comes back with the same file.
    ada.node.stop().await;
    let alone = bob.when(&key, |it| it.stalled && it.peers == 0).await;
    let total = alone.total.expect("known");
    assert!(alone.state == TransferState::Fetching && alone.have < total);
    ada = Person::start(&tracker).await;
    ada.node.join(address("back again")).await.expect("joined");
    share(&ada).await;
    let on = bob.when(&key, |it| it.peers > 0 && it.have > alone.have);
    let on = on.await;

    // And now the one who fetches.
    bob.node.stop().await;
    bob = Person::start(&tracker).await;
    bob.node.join(address("back again")).await.expect("joined");
    assert_eq!(bob.offered().await, key);
    bob.node.fetch(&room, &key, into).await.expect("begun");
    let again = bob.until(&key, TransferState::Fetching).await;
    assert!(again.have >= on.have, "{} after {}", again.have, on.have);
    bob.until(&key, TransferState::Done).await;

    let done = std::fs::metadata(to.path().join("film.bin")).expect("there");
    assert_eq!(done.len(), 256 << 20);
    ada.node.stop().await;
    bob.node.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_begun_another_time_is_shown_with_how_much_is_here_and_goes_on_when_asked() {
    let (ada, mut bob, room, tracker) = two("another time").await;
    let (from, to) = (TempDir::new().expect("one"), TempDir::new().expect("two"));
    let film = long_film(&from, 256);
    let (key, some) = on_its_way(&ada, &mut bob, &room, film, &to).await;
    bob.node.stop().await;

    bob = Person::start(&tracker).await;
    bob.keep_in(to.path()).await;
    bob.node
        .join(address("another time"))
        .await
        .expect("joined");
    assert_eq!(bob.offered().await, key);
    let resting = bob.until(&key, TransferState::Paused).await;
    assert!(resting.have >= some.have, "as much as is here");
    assert_eq!((resting.total, resting.peers), (Some(256 << 20), 0));
    assert_eq!(resting.folder.as_deref(), to.path().to_str());

    bob.node.resume(&room, &key).await.expect("begun");
    bob.until(&key, TransferState::Done).await;
    let done = std::fs::metadata(to.path().join("film.bin")).expect("there");
    assert_eq!(done.len(), 256 << 20);
    ada.node.stop().await;
    bob.node.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_came_of_something_that_was_taken_back_is_not_left_when_the_program_ends() {
    let (mut ada, mut bob, room, _tracker) = two("taken back").await;
    let (from, to) = (TempDir::new().expect("one"), TempDir::new().expect("two"));
    let film = long_film(&from, 512);
    let (key, _) = on_its_way(&ada, &mut bob, &room, film, &to).await;
    ada.until(&key, TransferState::Giving).await;
    ada.node.unshare(&room, &key).await.expect("done");
    let back = bob.until(&key, TransferState::Withdrawn).await;
    assert!(back.have > 0 && back.folder.is_some(), "how much that is");

    bob.node.stop().await;

    let left = std::fs::read_dir(to.path()).expect("a folder").count();
    assert_eq!(left, 0);
    ada.node.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn trying_again_takes_the_folder_of_now_where_the_old_one_will_not_do() {
    let (ada, mut bob, room, _tracker) = two("again").await;
    let (from, to) = (TempDir::new().expect("one"), TempDir::new().expect("two"));
    let bytes = noise(300_000);
    let film = write(&from, "film.bin", &bytes);
    ada.node.share(&room, vec![film]).await.expect("begun");
    let key = bob.offered().await;
    let gone = from.path().join("not there");
    let fetched = bob.node.fetch(&room, &key, Some(gone.clone()));
    fetched.await.expect("begun");
    let failed = bob.until(&key, TransferState::Failed).await;
    assert_eq!(failed.reason, Some(TransferFault::CannotWrite));

    let refused = bob.try_to_keep_in(&gone).await;
    let Err(Refusal::BadSettings { faults }) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(faults[0].fault, view::FieldFault::NotWritable);
    bob.keep_in(to.path()).await;
    bob.node.retry(&room, &key).await.expect("begun");
    let done = bob.until(&key, TransferState::Done).await;

    assert_eq!(done.folder.as_deref(), to.path().to_str());
    assert_eq!(read(&to, "film.bin"), bytes);
    let here = std::fs::read_dir(to.path()).expect("a folder").count();
    assert_eq!(here, 1, "nothing of trying it out is left");
    ada.node.stop().await;
    bob.node.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_lies_in_its_place_from_another_time_is_not_put_there_twice() {
    let (ada, mut bob, room, tracker) = two("twice").await;
    let (from, to) = (TempDir::new().expect("one"), TempDir::new().expect("two"));
    let bytes = noise(700_000);
    write(&from, "album/film.bin", &bytes);
    write(&from, "album/empty", b"");
    let album = from.path().join("album");
    ada.node.share(&room, vec![album]).await.expect("begun");
    let into = || Some(to.path().to_owned());
    let key = bob.offered().await;
    let fetched = bob.node.fetch(&room, &key, into());
    fetched.await.expect("begun");
    bob.until(&key, TransferState::Done).await;
    bob.node.stop().await;

    // Another session of theirs knows nothing of it.
    let here = || std::fs::read_dir(to.path()).expect("a folder").count();
    let mut again = Person::start(&tracker).await;
    again.node.join(address("twice")).await.expect("joined");
    assert_eq!(again.offered().await, key);
    let fetched = again.node.fetch(&room, &key, into());
    fetched.await.expect("begun");
    let done = again.until(&key, TransferState::Done).await;
    let shown = done.files.iter().find_map(|it| it.path_shown.clone());
    assert!(shown.is_some_and(|it| it.starts_with("album/")));
    assert_eq!(here(), 1, "it is there once");
    // It is given on as if it had come now.
    ada.node.stop().await;
    let mut late = Person::start(&tracker).await;
    let elsewhere = TempDir::new().expect("three");
    late.node.join(address("twice")).await.expect("joined");
    assert_eq!(late.offered().await, key);
    let there = Some(elsewhere.path().to_owned());
    late.node.fetch(&room, &key, there).await.expect("begun");
    late.until(&key, TransferState::Done).await;
    assert!(read(&elsewhere, "album/film.bin") == bytes);

    // What is something else by now stays, and what is wanted lies beside it.
    let mut other = bytes.clone();
    other[0] ^= 1;
    write(&to, "album/film.bin", &other);
    again.node.stop().await;
    let mut third = Person::start(&tracker).await;
    third.node.join(address("twice")).await.expect("joined");
    assert_eq!(third.offered().await, key);
    let fetched = third.node.fetch(&room, &key, into());
    fetched.await.expect("begun");
    third.until(&key, TransferState::Done).await;
    assert_eq!(here(), 2);
    assert!(read(&to, "album/film.bin") == other);
    late.node.stop().await;
    third.node.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_paused_waits_what_is_taken_back_stops_and_what_is_given_up_leaves_nothing() {
    let (mut ada, mut bob, room, _tracker) = two("stop and go").await;
    let (from, to) = (TempDir::new().expect("one"), TempDir::new().expect("two"));
    let film = long_film(&from, 512);
    let (key, _) = on_its_way(&ada, &mut bob, &room, film, &to).await;

    bob.node.pause(&room, &key).await.expect("done");
    let paused = bob.until(&key, TransferState::Paused).await;
    assert_eq!(paused.speed, 0);
    bob.node.resume(&room, &key).await.expect("done");
    bob.when(&key, |it| it.have > paused.have).await;

    ada.until(&key, TransferState::Giving).await;
    ada.node.unshare(&room, &key).await.expect("done");
    let left = bob.until(&key, TransferState::Withdrawn).await;
    assert!(left.have < left.total.expect("known"));
    assert_eq!(
        bob.node.retry(&room, &key).await,
        Ok(()),
        "it may be offered again"
    );
    bob.node.cancel(&room, &key).await.expect("done");
    bob.gone(&key).await;
    assert_eq!(
        bob.node.cancel(&room, &key).await,
        Err(Refusal::NoSuchShare)
    );
    let folder = to.path().to_owned();
    let is_empty = || std::fs::read_dir(&folder).expect("a folder").count() == 0;
    let emptied = async {
        while !is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, emptied)
        .await
        .expect("removed");
    ada.node.stop().await;
    bob.node.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_shared_again_after_it_was_taken_back_goes_on_where_it_was() {
    let (mut ada, mut bob, room, _tracker) = two("second thoughts").await;
    let (from, to) = (TempDir::new().expect("one"), TempDir::new().expect("two"));
    let film = long_film(&from, 256);
    let (key, _) = on_its_way(&ada, &mut bob, &room, film.clone(), &to).await;
    ada.until(&key, TransferState::Giving).await;
    ada.node.unshare(&room, &key).await.expect("done");
    let left = bob.until(&key, TransferState::Withdrawn).await;
    assert!(left.have > 0 && left.have < left.total.expect("known"));

    ada.node.share(&room, vec![film]).await.expect("begun");
    bob.gone(&key).await;
    let into = Some(to.path().to_owned());
    bob.node.fetch(&room, &key, into).await.expect("begun");
    let first = bob.when(&key, |it| it.have > 0).await;
    assert!(first.have >= left.have, "nothing came twice");
    bob.until(&key, TransferState::Done).await;
    assert_eq!(read(&to, "film.bin").len(), 256 << 20);
    ada.node.stop().await;
    bob.node.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_blocked_gets_nothing_more_from_that_moment() {
    let (mut ada, mut bob, room, _tracker) = two("blocked").await;
    let (from, to) = (TempDir::new().expect("one"), TempDir::new().expect("two"));
    let film = long_film(&from, 1024);
    let (key, _) = on_its_way(&ada, &mut bob, &room, film, &to).await;
    let snapshot = ada.node.subscribe().await.expect("it runs").0;
    let peers = &snapshot.rooms.rooms.first().expect("one room").peers;
    let bob_there = peers.first().expect("bob").person.clone();

    let blocked = ada.node.judge(bob_there, room::Standing::Blocked);
    blocked.await.expect("blocked");

    let given = ada.when(&key, |it| it.own && it.peers == 0).await;
    assert_eq!(given.state, TransferState::Giving, "others may have it");
    let alone = bob.when(&key, |it| it.peers == 0 && it.stalled).await;
    let total = alone.total.expect("known");
    assert!(alone.state == TransferState::Fetching && alone.have < total);
    ada.node.stop().await;
    bob.node.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pictures_that_would_take_gigabytes_are_not_shown_nor_too_many_large_ones() {
    let tracker = LocalTracker::start().await;
    let mut ada = Person::start(&tracker).await;
    let room = ada.node.join(address("pictures")).await.expect("joined");
    let from = TempDir::new().expect("a folder");
    let png = |side: u32| {
        let mut file = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
        file.extend_from_slice(&side.to_be_bytes());
        file.extend_from_slice(&side.to_be_bytes());
        file.extend_from_slice(&[1, 0, 0, 0, 0]);
        file
    };
    let sides = [23_000, 6_000, 100, 6_000, 200];
    for (index, side) in sides.iter().enumerate() {
        write(&from, &format!("{index}.png"), &png(*side));
    }
    let paths = (0..sides.len()).map(|index| from.path().join(format!("{index}.png")));
    ada.node.share(&room, paths.collect()).await.expect("begun");
    let key = ada.given().await;

    let mut shown = Vec::new();
    for file in 0..5 {
        shown.push(
            ada.node
                .shown_media(&room, &key, file)
                .await
                .map(|it| it.mime),
        );
    }
    let (png, too_large) = (Ok("image/png"), Err(Refusal::TooLargeToShow));
    assert_eq!(
        shown,
        [too_large.clone(), png.clone(), png.clone(), too_large, png]
    );
    ada.node.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_begun_long_ago_is_cleaned_away_though_nothing_is_fetched() {
    let tracker = LocalTracker::start().await;
    let ada = Person::start(&tracker).await;
    let folder = TempDir::new().expect("a folder");
    let part = folder
        .path()
        .join(format!(".chitchatter-{}.part", "0a".repeat(20)));
    std::fs::create_dir(&part).expect("made");
    let have = std::fs::File::create(part.join("have")).expect("made");
    let month = std::time::Duration::from_secs(31 * 24 * 3600);
    have.set_modified(std::time::SystemTime::now() - month)
        .expect("aged");

    let settings = view::Settings {
        downloads: Some(folder.path().to_string_lossy().into_owned()),
        ..ada.node.settings().await.expect("it runs")
    };
    // It is kept in memory alone, which is told.
    let _ = ada.node.save_settings(settings).await;

    let cleaned = async {
        while part.exists() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, cleaned)
        .await
        .expect("removed");
    ada.node.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_changed_after_it_was_offered_is_given_to_nobody() {
    let (mut ada, mut bob, room, _tracker) = two("changed").await;
    let (from, to) = (TempDir::new().expect("one"), TempDir::new().expect("two"));
    let text = write(&from, "text", b"what was meant");
    let paths = vec![text.clone()];
    ada.node.share(&room, paths).await.expect("begun");
    let key = bob.offered().await;
    ada.until(&key, TransferState::Giving).await;
    write(&from, "text", b"what was not");

    let into = Some(to.path().to_owned());
    bob.node.fetch(&room, &key, into).await.expect("begun");

    bob.until(&key, TransferState::Withdrawn).await;
    let spoilt = ada.until(&key, TransferState::Failed).await;
    assert_eq!(spoilt.reason, Some(TransferFault::Changed));
    ada.node.retry(&room, &key).await.expect("begun");
    let anew = bob.offered().await;
    assert_ne!(anew, key);
    let into = Some(to.path().to_owned());
    bob.node.fetch(&room, &anew, into).await.expect("begun");
    bob.until(&anew, TransferState::Done).await;
    assert_eq!(read(&to, "text"), b"what was not");
    ada.node.stop().await;
    bob.node.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_gives_what_is_wrong_is_left_and_those_who_give_what_is_right_suffice() {
    let tracker = LocalTracker::start().await;
    let mut people = Vec::new();
    for _ in 0..3 {
        people.push(Person::start(&tracker).await);
    }
    let room = meet(&mut people).await;
    let [mut ada, mut bob, mut cem] = <[Person; 3]>::try_from(people).ok().expect("three");
    let (from, honest, to) = (
        TempDir::new().expect("one"),
        TempDir::new().expect("two"),
        TempDir::new().expect("three"),
    );
    let bytes = noise(4_000_000);
    let film = write(&from, "film.bin", &bytes);
    ada.node
        .share(&room, vec![film.clone()])
        .await
        .expect("begun");
    let key = bob.offered().await;
    let into = Some(honest.path().to_owned());
    bob.node.fetch(&room, &key, into).await.expect("begun");
    bob.until(&key, TransferState::Done).await;
    ada.until(&key, TransferState::Giving).await;
    // Another content under the same length and time: nothing but its hash tells.
    let about = std::fs::metadata(&film).expect("there");
    let file = std::fs::File::options()
        .write(true)
        .open(&film)
        .expect("ours");
    std::io::Write::write_all(&mut &file, &vec![7; bytes.len()]).expect("written");
    file.set_modified(about.modified().expect("a time"))
        .expect("set");
    drop(file);

    assert_eq!(cem.offered().await, key);
    let into = Some(to.path().to_owned());
    cem.node.fetch(&room, &key, into).await.expect("begun");
    cem.until(&key, TransferState::Done).await;

    assert_eq!(read(&to, "film.bin"), bytes);
    for person in [ada, bob, cem] {
        person.node.stop().await;
    }
}

struct Person {
    node: Node,
    hears: Subscription,
    /// What was heard of rooms and not asked for yet.
    offers: std::collections::VecDeque<ShareKey>,
    transfers: std::collections::VecDeque<FilesEvent>,
}

impl Person {
    async fn start(tracker: &LocalTracker) -> Self {
        let (node, hears) = start(tracker, None).await;
        Self {
            node,
            hears,
            offers: Default::default(),
            transfers: Default::default(),
        }
    }

    async fn try_to_keep_in(&self, folder: &Path) -> Result<(), Refusal> {
        let settings = self.node.settings().await.expect("it runs");
        let downloads = Some(folder.to_str().expect("text").to_owned());
        let settings = view::Settings {
            downloads,
            ..settings
        };
        self.node.save_settings(settings).await
    }

    async fn keep_in(&self, folder: &Path) {
        self.try_to_keep_in(folder).await.expect("it is good");
    }

    async fn hear(&mut self) {
        let told = tokio::time::timeout(PATIENCE, self.hears.next()).await;
        match told.expect("in time").expect("the node runs") {
            Told::Room(Event::LineAdded { line, .. }) if !line.own => {
                self.offers.extend(line.share.map(|share| share.key));
            }
            Told::Room(_) => {}
            Told::Files(event) => self.transfers.push_back(event),
        }
    }

    /// What is offered next.
    async fn offered(&mut self) -> ShareKey {
        loop {
            if let Some(key) = self.offers.pop_front() {
                return key;
            }
            self.hear().await;
        }
    }

    /// A transfer, as soon as it is in this state.
    async fn until(&mut self, key: &ShareKey, state: TransferState) -> Transfer {
        self.when(key, |it| it.state == state).await
    }

    async fn when(&mut self, key: &ShareKey, wanted: impl Fn(&Transfer) -> bool) -> Transfer {
        let key = key.to_string();
        loop {
            while let Some(event) = self.transfers.pop_front() {
                match event {
                    FilesEvent::TransferChanged { transfer }
                        if transfer.key == key && wanted(&transfer) =>
                    {
                        return transfer;
                    }
                    _ => {}
                }
            }
            self.hear().await;
        }
    }
}

impl Person {
    /// What is ours and given next.
    async fn given(&mut self) -> ShareKey {
        loop {
            while let Some(event) = self.transfers.pop_front() {
                if let FilesEvent::TransferChanged { transfer } = event
                    && transfer.state == TransferState::Giving
                {
                    return ShareKey::parse(&transfer.key).expect("a key");
                }
            }
            self.hear().await;
        }
    }

    /// Nothing is left to tell of it.
    async fn gone(&mut self, key: &ShareKey) {
        let wanted = key.to_string();
        loop {
            while let Some(event) = self.transfers.pop_front() {
                if matches!(event, FilesEvent::TransferGone { key, .. } if key == wanted) {
                    return;
                }
            }
            self.hear().await;
        }
    }
}

/// All of them in one room, having met.
async fn meet(people: &mut [Person]) -> RoomKey {
    let mut room = None;
    for person in people.iter() {
        let joined = person.node.join(address("crowd")).await;
        room = Some(joined.expect("joined"));
    }
    let others = people.len() - 1;
    for person in people.iter_mut() {
        for _ in 0..others {
            joined(&mut person.hears).await;
        }
    }
    room.expect("somebody")
}

async fn two(room: &str) -> (Person, Person, RoomKey, LocalTracker) {
    let tracker = LocalTracker::start().await;
    let (mut ada, mut bob) = (Person::start(&tracker).await, Person::start(&tracker).await);
    let key = ada.node.join(address(room)).await.expect("joined");
    bob.node.join(address(room)).await.expect("joined");
    met(&mut ada).await;
    met(&mut bob).await;
    (ada, bob, key, tracker)
}

async fn met(person: &mut Person) {
    joined(&mut person.hears).await;
}

/// A film of so many mebibytes, nothing of which is on the disk.
fn long_film(folder: &TempDir, mebibytes: u64) -> PathBuf {
    let film = folder.path().join("film.bin");
    let file = std::fs::File::create(&film).expect("made");
    file.set_len(mebibytes << 20).expect("sparse");
    film
}

/// Shares it, and has the other fetch it, until some of it is there.
async fn on_its_way(
    ada: &Person,
    bob: &mut Person,
    room: &RoomKey,
    film: PathBuf,
    to: &TempDir,
) -> (ShareKey, Transfer) {
    ada.node.share(room, vec![film]).await.expect("begun");
    let key = bob.offered().await;
    let into = Some(to.path().to_owned());
    bob.node.fetch(room, &key, into).await.expect("begun");
    let some = bob.when(&key, |it| it.have > 0).await;
    (key, some)
}

fn write(folder: &TempDir, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.path().join(name);
    let parent = path.parent().expect("a folder");
    std::fs::create_dir_all(parent).expect("made");
    std::fs::write(&path, bytes).expect("written");
    path
}

fn read(folder: &TempDir, name: &str) -> Vec<u8> {
    read_at(&folder.path().join(name))
}

fn read_at(path: &Path) -> Vec<u8> {
    std::fs::read(path).expect("there")
}

fn noise(len: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64 ^ len as u64;
    let mut bytes = Vec::with_capacity(len + 8);
    while bytes.len() < len {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(len);
    bytes
}
