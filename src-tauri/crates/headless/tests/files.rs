//! Files between real processes of the terminal peer, over loopback.

mod common;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use common::{LIMIT, Peer, Tracker, room};
use rand::{RngCore as _, SeedableRng as _, rngs::StdRng};
use serde_json::Value;
use tempfile::TempDir;

/// Large enough to be caught in the middle on loopback.
const LARGE: usize = 40 * 1024 * 1024;

/// Nothing comes of something that was stopped.
const QUIET: Duration = Duration::from_secs(2);

/// A peer and the folder its files go to.
struct Person {
    peer: Peer,
    folder: TempDir,
}

impl Person {
    fn join(tracker: &Tracker, room: &str, name: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let peer = joined(tracker, room, name, folder.path());
        Self { peer, folder }
    }

    /// The same again, with the same folder, as after a power cut.
    fn again(self, tracker: &Tracker, room: &str, name: &str) -> Self {
        let Self { peer, folder } = self;
        peer.process.signal("KILL");
        drop(peer);
        let peer = joined(tracker, room, name, folder.path());
        Self { peer, folder }
    }

    /// Shares what lies there.
    fn shares(&mut self, paths: &[&Path]) {
        let paths: Vec<_> = paths
            .iter()
            .map(|it| format!("'{}'", it.display()))
            .collect();
        self.peer.say(&format!("/file {}", paths.join(" ")));
    }

    /// What somebody offers under that name, from a mark on.
    fn is_offered_from(&self, mark: usize, name: &str) -> Value {
        self.peer.hears_from(mark, "fileOffered", LIMIT, |event| {
            event["share"]["name"] == name
        })
    }

    fn is_offered(&self, name: &str) -> Value {
        self.is_offered_from(0, name)
    }

    /// Fetches it, and says where it is.
    fn fetches(&mut self, offer: &Value) -> Vec<PathBuf> {
        let mark = self.peer.mark();
        self.peer.say(&format!("/get {}", offer["n"]));
        self.has(mark, offer)
    }

    /// Waits until all of it is there, and says where.
    fn has(&self, mark: usize, offer: &Value) -> Vec<PathBuf> {
        let done = self
            .peer
            .hears_from(mark, "fileDone", LIMIT, |event| event["n"] == offer["n"]);
        let paths = done["paths"].as_array().expect("paths");
        paths
            .iter()
            .map(|path| PathBuf::from(path.as_str().expect("text")))
            .collect()
    }

    /// Waits until much of it came, and not all.
    fn has_some(&self, mark: usize) {
        self.peer.hears_from(mark, "fileProgress", LIMIT, |event| {
            let (have, total) = (event["have"].as_u64(), event["total"].as_u64());
            have.zip(total)
                .is_some_and(|(have, total)| have >= total / 3 && have < total)
        });
    }

    /// Begins to fetch something, and says from where on it came, once much of it is here.
    fn fetches_some(&mut self, offer: &Value) -> usize {
        let mark = self.peer.mark();
        self.peer.say(&format!("/get {}", offer["n"]));
        self.has_some(mark);
        mark
    }

    /// Waits until there is nothing in the folder.
    fn keeps_nothing(&self) {
        let start = Instant::now();
        while !self.kept().is_empty() {
            assert!(start.elapsed() < LIMIT, "{:?}", self.kept());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Everything below the folder, hidden or not.
    fn kept(&self) -> Vec<PathBuf> {
        below(self.folder.path())
    }
}

fn joined(tracker: &Tracker, room: &str, name: &str, folder: &Path) -> Peer {
    let folder = folder.to_str().expect("its path");
    Peer::join(&tracker.url, room, &["--name", name, "--downloads", folder])
}

/// People who have met.
fn met<const N: usize>(tracker: &Tracker, names: [&str; N]) -> (String, [Person; N]) {
    let room = room();
    let people = names.map(|name| Person::join(tracker, &room, name));
    for one in &people {
        for other in &people {
            if !std::ptr::eq(one, other) {
                one.peer.meets(&other.peer);
            }
        }
    }
    (room, people)
}

/// A file of bytes that nothing makes smaller, the same for a seed.
fn file(folder: &Path, name: &str, size: usize) -> PathBuf {
    let mut bytes = vec![0; size];
    StdRng::seed_from_u64(size as u64).fill_bytes(&mut bytes);
    let path = folder.join(name);
    std::fs::write(&path, bytes).expect("written");
    path
}

fn same(one: &Path, other: &Path) -> bool {
    let read = |path: &Path| std::fs::read(path).expect("it is there");
    read(one) == read(other)
}

fn below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("it is there").flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(below(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

#[test]
fn files_of_any_size_arrive_as_they_are_and_overwrite_nothing() {
    let tracker = Tracker::start();
    let (_, [mut ada, mut ben]) = met(&tracker, ["Ada", "Ben"]);
    let from = tempfile::tempdir().expect("a folder");
    for (name, size) in [("empty", 0), ("one", 1), ("my film.bin", 3_000_001)] {
        let sent = file(from.path(), name, size);
        ada.shares(&[&sent]);

        let offer = ben.is_offered(name);
        assert_eq!(offer["author"], "Ada");
        assert_eq!(offer["share"]["size"], size);
        assert_eq!(offer["share"]["files"], 1);
        let paths = ben.fetches(&offer);

        assert_eq!(paths, [ben.folder.path().join(name)]);
        assert!(same(&paths[0], &sent), "{name}");
    }
    let other = from.path().join("other");
    std::fs::create_dir(&other).expect("made");
    let sent = file(&other, "one", 2);
    let mark = ben.peer.mark();
    ada.shares(&[&sent]);
    let paths = ben.fetches(&ben.is_offered_from(mark, "one"));
    assert_ne!(paths, [ben.folder.path().join("one")], "that one is there");
    assert!(same(&paths[0], &sent));
    assert_eq!(ben.kept().len(), 4, "and nothing else: {:?}", ben.kept());
}

#[test]
fn a_folder_and_several_files_keep_their_shape() {
    let tracker = Tracker::start();
    let (_, [mut ada, mut ben]) = met(&tracker, ["Ada", "Ben"]);
    let from = tempfile::tempdir().expect("a folder");
    let album = from.path().join("album");
    std::fs::create_dir_all(album.join("deep/er")).expect("made");
    let sent = [
        file(&album, "cover.png", 1_000),
        file(&album.join("deep"), "song.ogg", 300_000),
        file(&album.join("deep/er"), "empty", 0),
    ];

    ada.shares(&[&album]);
    let offer = ben.is_offered("album");
    assert_eq!(offer["share"]["kind"], "folder");
    assert_eq!(offer["share"]["files"], 3);
    ben.fetches(&offer);
    for path in &sent {
        let inside = path.strip_prefix(from.path()).expect("it is below");
        assert!(same(&ben.folder.path().join(inside), path), "{inside:?}");
    }

    let loose = [
        file(from.path(), "a.txt", 10),
        file(from.path(), "b.txt", 20),
    ];
    ada.shares(&[&loose[0], &loose[1]]);
    let offer = ben.is_offered("a.txt");
    assert_eq!(offer["share"]["files"], 2);
    let paths = ben.fetches(&offer);
    assert_eq!(paths.len(), 2);
    let mark = ben.peer.mark();
    for (path, sent) in paths.iter().zip(&loose) {
        assert!(same(path, sent));
    }

    // A folder and a file beside it are a set, and not the folder alone.
    ada.shares(&[&album, &loose[1]]);
    let offer = ben.peer.hears_from(mark, "fileOffered", LIMIT, |event| {
        event["share"]["files"] == 4
    });
    assert_eq!(offer["share"]["kind"], "file");
    assert_eq!(offer["share"]["name"], "album");
    assert_eq!(ben.fetches(&offer).len(), 4);
}

#[test]
fn a_name_that_could_do_harm_does_none() {
    let tracker = Tracker::start();
    let (_, [mut ada, mut ben]) = met(&tracker, ["Ada", "Ben"]);
    let from = tempfile::tempdir().expect("a folder");
    let names = [
        "fi\u{202e}gnp.exe",
        "red\u{1b}[31m",
        "CON.txt",
        "...",
        "-rf ",
    ];
    for (at, name) in names.into_iter().enumerate() {
        let sent = file(from.path(), name, 100 + at);
        let mark = ben.peer.mark();
        ada.shares(&[&sent]);
        let offer = ben.peer.hears_from(mark, "fileOffered", LIMIT, |event| {
            event["share"]["size"] == 100 + at
        });

        let paths = ben.fetches(&offer);

        assert_eq!(paths.len(), 1);
        assert_eq!(paths[0].parent(), Some(ben.folder.path()), "{name:?}");
        assert!(same(&paths[0], &sent));
        let kept = paths[0].to_string_lossy();
        let misleads = |it: char| it.is_control() || it == '\u{202e}';
        assert!(!kept.contains(misleads), "{kept:?}");
        assert!(!kept.contains("/-"), "no program takes it for an option");
    }
    for line in ben.peer.process.out.lines() {
        assert!(!line.contains(['\u{1b}', '\u{202e}']), "{line:?}");
    }
}

#[test]
fn whoever_is_killed_in_the_middle_goes_on_where_they_were() {
    let tracker = Tracker::start();
    let (room, [mut ada, mut ben]) = met(&tracker, ["Ada", "Ben"]);
    let from = tempfile::tempdir().expect("a folder");
    let sent = file(from.path(), "film.bin", LARGE);
    ada.shares(&[&sent]);
    let offer = ben.is_offered("film.bin");
    ben.fetches_some(&offer);

    let mut ben = ben.again(&tracker, &room, "Ben");
    ben.peer.meets(&ada.peer);
    let offer = ben.is_offered("film.bin");
    let mark = ben.peer.mark();
    ben.peer.say(&format!("/get {}", offer["n"]));
    let first = ben
        .peer
        .hears_from(mark, "fileProgress", LIMIT, |event| event["have"] != 0);
    let paths = ben.has(mark, &offer);

    assert!(
        first["have"].as_u64() > Some(LARGE as u64 / 8),
        "what was there before is not fetched again: {first}"
    );
    assert_eq!(paths, [ben.folder.path().join("film.bin")]);
    assert!(same(&paths[0], &sent));
    assert_eq!(ben.kept(), paths, "nothing is left of what was unfinished");
}

#[test]
fn a_giver_that_was_killed_and_shares_it_again_is_gone_on_with() {
    let tracker = Tracker::start();
    let (room, [mut ada, mut ben]) = met(&tracker, ["Ada", "Ben"]);
    let from = tempfile::tempdir().expect("a folder");
    let sent = file(from.path(), "film.bin", LARGE);
    ada.shares(&[&sent]);
    let offer = ben.is_offered("film.bin");
    let mark = ben.fetches_some(&offer);

    let mut ada = ada.again(&tracker, &room, "Ada");
    ben.peer.meets(&ada.peer);
    ada.shares(&[&sent]);
    let done = ben.peer.hears_from(mark, "fileDone", LIMIT, |_| true);

    let path = done["paths"][0].as_str().expect("a path");
    assert!(same(Path::new(path), &sent));
    assert!(
        !ben.peer
            .events()
            .iter()
            .any(|it| it["kind"] == "fileFailed"),
        "it only waited"
    );
}

#[test]
fn three_fetch_the_same_and_give_it_on_when_the_first_is_gone() {
    let tracker = Tracker::start();
    let (_, [mut ada, mut ben, mut cem, mut dora]) = met(&tracker, ["Ada", "Ben", "Cem", "Dora"]);
    let from = tempfile::tempdir().expect("a folder");
    let sent = file(from.path(), "film.bin", LARGE / 4);
    ada.shares(&[&sent]);

    let offers = [&ben, &cem].map(|it| it.is_offered("film.bin"));
    let marks = [&ben, &cem].map(|it| it.peer.mark());
    for (person, offer) in [&mut ben, &mut cem].into_iter().zip(&offers) {
        person.peer.say(&format!("/get {}", offer["n"]));
    }
    for ((person, mark), offer) in [&ben, &cem].into_iter().zip(marks).zip(&offers) {
        let paths = person.has(mark, offer);
        assert!(same(&paths[0], &sent));
    }
    dora.peer.hears("lineReplaced", |event| {
        let holders = event["line"]["share"]["holders"].as_array();
        let has = |name: &str| holders.is_some_and(|it| it.iter().any(|it| it == name));
        has("Ben") && has("Cem")
    });

    ada.peer.say("/leave");
    assert_eq!(ada.peer.process.code(), Some(0));
    let gone = ada.peer.id();
    dora.peer
        .hears("peerLeft", |event| event["peerId"] == gone.as_str());
    let paths = dora.fetches(&dora.is_offered("film.bin"));
    assert!(same(&paths[0], &sent));
}

#[test]
fn who_pauses_goes_on_and_who_cancels_keeps_nothing() {
    let tracker = Tracker::start();
    let (_, [mut ada, mut ben]) = met(&tracker, ["Ada", "Ben"]);
    let from = tempfile::tempdir().expect("a folder");
    let sent = file(from.path(), "film.bin", LARGE);
    ada.shares(&[&sent]);
    let offer = ben.is_offered("film.bin");
    let number = offer["n"].clone();
    let state = |ben: &Person, mark, state: &str| {
        ben.peer
            .hears_from(mark, "transferChanged", LIMIT, |event| {
                event["transfer"]["state"] == state
            })
    };

    let mark = ben.peer.mark();
    ben.peer.say(&format!("/get {number}"));
    ben.has_some(mark);
    let mark = ben.peer.mark();
    ben.peer.say(&format!("/pause {number}"));
    state(&ben, mark, "paused");
    let mark = ben.peer.mark();
    std::thread::sleep(QUIET);
    assert!(
        !ben.peer.events()[mark..]
            .iter()
            .any(|it| it["kind"] == "fileProgress"),
        "nothing comes while it is paused"
    );
    ben.peer.say(&format!("/resume {number}"));
    ben.has_some(mark);
    let mark = ben.peer.mark();
    ben.peer.say(&format!("/cancel {number}"));
    ben.peer.hears_from(mark, "transferGone", LIMIT, |_| true);
    ben.keeps_nothing();

    let paths = ben.fetches(&offer);
    assert!(same(&paths[0], &sent), "it can be fetched all the same");
    ben.peer.say(&format!("/get {number}"));
    ben.peer.complains("/cancel");
}

#[test]
fn what_is_taken_back_is_given_to_nobody_any_more() {
    let tracker = Tracker::start();
    let (room, [mut ada, mut ben]) = met(&tracker, ["Ada", "Ben"]);
    let from = tempfile::tempdir().expect("a folder");
    let sent = file(from.path(), "film.bin", LARGE);
    ada.shares(&[&sent]);
    let offer = ben.is_offered("film.bin");
    let own = ada.peer.hears("lineAdded", |event| {
        event["line"]["own"] == true && event["line"]["share"]["name"] == "film.bin"
    });
    ben.fetches_some(&offer);

    ada.peer.say(&format!("/unshare {}", own["line"]["key"]));

    ben.peer.hears("lineReplaced", |event| {
        event["line"]["share"]["withdrawn"] == true
    });
    let late = Person::join(&tracker, &room, "Late");
    late.peer.meets(&ada.peer);
    ada.peer.say("there was something");
    late.peer.hears_line("there was something");
    let offers = late.peer.events();
    assert!(!offers.iter().any(|it| it["kind"] == "fileOffered"));
    std::thread::sleep(QUIET);
    assert!(
        !ben.peer.events().iter().any(|it| it["kind"] == "fileDone"),
        "what was given before is not given on"
    );
}

#[test]
fn a_file_that_changed_since_it_was_shared_is_not_given_as_what_it_was() {
    let tracker = Tracker::start();
    let (_, [mut ada, mut ben]) = met(&tracker, ["Ada", "Ben"]);
    let from = tempfile::tempdir().expect("a folder");
    let sent = file(from.path(), "a.bin", 3_000_000);
    ada.shares(&[&sent]);
    let offer = ben.is_offered("a.bin");
    std::fs::write(&sent, "other words").expect("written");

    ben.peer.say(&format!("/get {}", offer["n"]));

    let failed = ada.peer.hears("fileFailed", |_| true);
    assert_eq!(failed["own"], true);
    assert_eq!(failed["reason"]["kind"], "changed");
    ben.peer.hears("lineReplaced", |event| {
        let share = &event["line"]["share"];
        share["withdrawn"] == true || share["gone"] == true
    });
    assert!(!ben.peer.events().iter().any(|it| it["kind"] == "fileDone"));
}

#[test]
fn people_read_what_is_shared_how_it_comes_and_where_it_is() {
    let tracker = Tracker::start();
    let (room, [mut ada]) = met(&tracker, ["Ada"]);
    let from = tempfile::tempdir().expect("a folder");
    let into = tempfile::tempdir().expect("a folder");
    let sent = file(from.path(), "film\u{1b}[31m.bin", 2_000_000);
    let mut command = common::program();
    command
        .args([
            "join",
            &room,
            "--name",
            "Ben",
            "--no-lan",
            "--ice-server",
            "none",
        ])
        .args(["--tracker", &tracker.url]);
    let mut ben = common::Process::start(command);
    ada.peer.hears("peerJoined", |_| true);
    ada.shares(&[&sent]);

    let number = ben.out.find("the share", 0, LIMIT, |line| {
        let (_, rest) = line.split_once("  [")?;
        let (number, rest) = rest.split_once("] ")?;
        let is_it = rest.starts_with("film") && rest.contains(".bin · 2 MB · from Ada");
        let is_told = rest.ends_with(&format!(" — /get {number}"));
        (is_it && is_told).then(|| number.to_owned())
    });
    ben.type_line(&format!("/get {number} '{}'", into.path().display()));
    // It is waited for where nothing more is typed.
    ben.end_input();

    let shown = into.path().display().to_string();
    ben.out.find("that it comes", 0, LIMIT, |line| {
        (line.contains("Fetching film") && line.contains(&shown)).then_some(())
    });
    ben.out.find("that it is there", 0, LIMIT, |line| {
        line.contains(".bin is here: ").then_some(())
    });
    assert_eq!(ben.code(), Some(0));
    assert!(!ben.out.lines().concat().contains('\u{1b}'));
    let kept = below(into.path());
    assert_eq!(kept.len(), 1);
    assert!(same(&kept[0], &sent));
}

#[test]
fn what_cannot_be_done_about_files_is_refused_in_words() {
    let tracker = Tracker::start();
    let (_, [mut ada, mut ben]) = met(&tracker, ["Ada", "Ben"]);
    let from = tempfile::tempdir().expect("a folder");
    let sent = file(from.path(), "a.txt", 3);
    ada.shares(&[&sent]);
    let offer = ben.is_offered("a.txt");
    let number = &offer["n"];

    for (line, words) in [
        ("/file /nowhere/at/all".to_owned(), "/nowhere/at/all"),
        ("/get 99999".to_owned(), "line 99999 shares nothing"),
        (
            format!("/get {number} /nowhere"),
            "there is no folder /nowhere",
        ),
        (
            format!("/unshare {number}"),
            "it is not you who shares that",
        ),
        (format!("/pause {number}"), "not done"),
        (format!("/cancel {number}"), "not done"),
    ] {
        ben.peer.say(&line);
        ben.peer.complains(words);
    }
    ben.peer.say("/files");
    let files = ben.peer.hears("files", |_| true);
    assert_eq!(files["files"][0]["n"], *number);
    assert_eq!(files["files"][0]["author"], "Ada");
    assert_eq!(files["files"][0]["transfer"], Value::Null);
    assert_eq!(files["files"][0]["share"]["name"], "a.txt");
}

#[test]
fn a_folder_for_downloads_that_is_not_there_is_refused_at_once() {
    let mut command = common::program();
    command.args(["join", "den", "--no-lan", "--downloads", "/nowhere/at/all"]);
    let mut process = common::Process::start(command);

    assert_eq!(process.code(), Some(2));
    process.err.find("why", 0, LIMIT, |line| {
        line.contains("--downloads").then_some(())
    });
}
