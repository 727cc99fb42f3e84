//! What is given and fetched through a real disk: byte for byte, after a restart, and never outside
//! the chosen folder.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use files::limits::PARTIAL_LIFETIME;
use files::names::SafePath;
use files::sealed::{RoomKey, Sealer};
use files::store::{Disk, Partial, Share, Source, StoreError, Tree, clean, plain_sizes};
use files::torrent::bits::Bits;
use files::torrent::ids::PeerId;
use files::torrent::metainfo::{Metainfo, PieceHasher};
use files::torrent::session::{Conn, Input, Order, Output, Session};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use tempfile::TempDir;

#[test]
fn files_of_every_size_go_from_disk_to_disk() {
    let sizes = [0, 1, 65_518, 65_519, 65_520, 200_000, 1_000_000];
    let (from, to) = (folder(), folder());
    let paths: Vec<PathBuf> = sizes
        .iter()
        .map(|size| write(from.path(), &format!("{size}.bin"), &bytes(*size)))
        .collect();
    let share = share(&paths);
    assert_eq!(
        plain_sizes(share.metainfo()),
        Some(sizes.map(|size| size as u64).to_vec())
    );

    let partial = fetch(&share, to.path(), |_| true);
    let finished = partial
        .finish(Some(&key()), ORIGIN, |_| true)
        .expect("whole");

    assert_eq!(finished.len(), sizes.len());
    for (done, size) in finished.iter().zip(sizes) {
        assert_eq!(done.path, to.path().join(format!("{size}.bin")));
        assert_eq!(fs::read(&done.path).expect("a file"), bytes(size));
    }
    assert_eq!(
        names(to.path()).len(),
        sizes.len(),
        "nothing unfinished is left"
    );
}

#[test]
fn what_is_there_is_never_written_over_nor_a_link_followed() {
    let (from, to, elsewhere) = (folder(), folder(), folder());
    let paths = [
        write(from.path(), "a.txt", b"new"),
        write(from.path(), "b.txt", b"newer"),
    ];
    write(to.path(), "a.txt", b"old");
    let target = elsewhere.path().join("target");
    symlink(&target, to.path().join("b.txt")).expect("a link");

    let partial = fetch(&share(&paths), to.path(), |_| true);
    partial
        .finish(Some(&key()), ORIGIN, |_| true)
        .expect("whole");

    assert_eq!(
        names(to.path()),
        ["a (2).txt", "a.txt", "b (2).txt", "b.txt"]
    );
    assert_eq!(fs::read(to.path().join("a.txt")).expect("a file"), b"old");
    assert_eq!(
        fs::read(to.path().join("b (2).txt")).expect("a file"),
        b"newer"
    );
    assert!(!target.exists());
}

#[test]
fn folders_are_made_anew_beside_those_that_are_there() {
    let (to, elsewhere) = (folder(), folder());
    symlink(elsewhere.path(), to.path().join("photos")).expect("a link");
    let tree = [
        (&["photos", "a.txt"][..], b"one"),
        (&["photos", "in", "b.txt"], b"two"),
    ];
    let (metainfo, sealed) = torrent(&tree);
    let partial = Partial::open(to.path(), metainfo, u64::MAX).expect("a place");
    partial.write(0, &sealed).expect("written");

    let finished = partial
        .finish(Some(&key()), ORIGIN, |_| true)
        .expect("whole");

    let paths: Vec<_> = finished.iter().map(|done| done.path.clone()).collect();
    let made = to.path().join("photos (2)");
    assert_eq!(paths, [made.join("a.txt"), made.join("in").join("b.txt")]);
    assert_eq!(names(elsewhere.path()), [""; 0]);
}

#[test]
fn a_link_where_the_unfinished_should_lie_is_refused() {
    let (from, to, elsewhere) = (folder(), folder(), folder());
    let share = share(&[write(from.path(), "a.bin", &bytes(100_000))]);
    let hash = share.metainfo().info_hash().to_hex();
    let dir = to.path().join(format!(".chitchatter-{hash}.part"));

    symlink(elsewhere.path(), &dir).expect("a link");
    let refused = Partial::open(to.path(), Arc::clone(share.metainfo()), u64::MAX);
    assert!(matches!(refused, Err(StoreError::Foreign)));
    assert!(Partial::found_in(to.path()).expect("a list").is_empty());

    fs::remove_file(&dir).expect("removed");
    let partial =
        Partial::open(to.path(), Arc::clone(share.metainfo()), u64::MAX).expect("a place");
    let target = write(elsewhere.path(), "target", b"untouched");
    symlink(&target, dir.join("0")).expect("a link");
    let piece = share.read(0, 16_384).expect("a piece");
    assert!(matches!(partial.write(0, &piece), Err(StoreError::Io(_))));
    assert_eq!(fs::read(target).expect("a file"), b"untouched");
    assert_eq!(fs::metadata(dir).expect("a folder").mode() & 0o777, 0o700);
}

#[test]
fn what_was_begun_goes_on_and_only_what_is_true_is_believed() {
    let (from, to) = (folder(), folder());
    let share = share(&[write(from.path(), "a.bin", &bytes(300_000))]);
    let partial = fetch(&share, to.path(), |piece| piece % 2 == 0);
    let had = partial.have();
    drop(partial);
    let hash = share.metainfo().info_hash().to_hex();
    let data = to.path().join(format!(".chitchatter-{hash}.part/0"));
    let mut spoilt = fs::read(&data).expect("a file");
    spoilt[5] ^= 1;
    fs::write(&data, spoilt).expect("spoilt");

    let mut found = Partial::found_in(to.path()).expect("a list");
    let partial = found.pop().expect("one");
    assert_eq!(partial.have(), had);
    let true_ones = partial.check(|| true).expect("checked");
    assert_eq!(true_ones.count(), had.count() - 1);
    assert!(!true_ones.has(0));
    assert!(matches!(
        partial.finish(Some(&key()), ORIGIN, |_| true),
        Err(StoreError::Unfinished)
    ));
    drop(partial);

    let partial = fetch(&share, to.path(), |_| true);
    let done = partial
        .finish(Some(&key()), ORIGIN, |_| true)
        .expect("whole");
    assert_eq!(fs::read(&done[0].path).expect("a file"), bytes(300_000));
}

#[test]
fn finishing_goes_on_wherever_it_ended() {
    let (from, to) = (folder(), folder());
    let paths: Vec<_> = (0..4)
        .map(|index| write(from.path(), &format!("{index}.bin"), &bytes(70_000 + index)))
        .collect();
    let share = share(&paths);
    let total: u64 = (0..4).map(|index| 70_000 + index).sum();
    for stop_after in [0, 70_000, 150_000, 270_000] {
        let partial = fetch(&share, to.path(), |_| true);
        let mut opened = 0;
        let ended = partial.finish(Some(&key()), ORIGIN, |bytes| {
            opened += bytes;
            opened <= stop_after
        });
        assert!(matches!(ended, Err(StoreError::CalledOff)));
        drop(partial);

        let partial = Partial::found_in(to.path())
            .expect("a list")
            .pop()
            .expect("one");
        assert!(partial.check(|| true).expect("checked").is_full());
        let mut opened_again = 0;
        let finished = partial.finish(Some(&key()), ORIGIN, |bytes| {
            opened_again += bytes;
            true
        });
        assert_eq!(finished.expect("whole").len(), 4);
        assert!(opened_again <= total);
        assert_eq!(names(to.path()), ["0.bin", "1.bin", "2.bin", "3.bin"]);
        for name in names(to.path()) {
            fs::remove_file(to.path().join(name)).expect("removed");
        }
    }
}

#[test]
fn another_rooms_file_is_not_opened() {
    let (from, to) = (folder(), folder());
    let share = share(&[write(from.path(), "a.bin", &bytes(100_000))]);
    let partial = fetch(&share, to.path(), |_| true);
    let other = RoomKey::of_room("other").expect("a key");

    let refused = partial.finish(Some(&other), ORIGIN, |_| true);

    assert!(matches!(refused, Err(StoreError::Sealed { file: 0, .. })));
    partial.discard().expect("gone");
    assert_eq!(names(to.path()), [""; 0]);
}

#[test]
fn a_file_that_changed_is_not_given() {
    let from = folder();
    let path = write(from.path(), "a.bin", &bytes(300_000));
    let share = share(std::slice::from_ref(&path));
    assert!(share.read(0, 100).is_ok());

    let mut changed = bytes(300_000);
    changed[290_000] ^= 1;
    fs::write(&path, &changed).expect("changed");
    assert!(matches!(
        share.read(290_000, 1000),
        Err(StoreError::Changed)
    ));
    assert!(
        share.read(70_000, 1000).is_ok(),
        "what did not change is given"
    );

    fs::write(&path, bytes(10)).expect("changed");
    assert!(matches!(
        share.read(140_000, 1000),
        Err(StoreError::Changed)
    ));
    fs::remove_file(&path).expect("removed");
    assert!(matches!(share.read(200_000, 1000), Err(StoreError::Io(_))));
    assert!(matches!(
        share.read(u64::MAX, 1),
        Err(StoreError::OutOfRange)
    ));
}

#[test]
fn only_files_and_folders_are_offered_and_junk_is_left_out() {
    let from = folder();
    let junk = write(from.path(), ".DS_Store", b"x");
    let good = write(from.path(), "a.txt", b"y");
    let share = share(&[junk.clone(), good]);
    assert_eq!(share.metainfo().files().len(), 1);

    let refused = |path: &Path| Share::new(&[path.to_owned().into()], &key(), &mut rng(), |_| true);
    assert!(matches!(
        refused(Path::new("/dev/null")),
        Err(StoreError::NotAFile)
    ));
    assert!(matches!(refused(&junk), Err(StoreError::Metainfo(_))));
    let one = [write(from.path(), "b", b"z").into()];
    let called_off = Share::new(&one, &key(), &mut rng(), |_| false);
    assert!(matches!(called_off, Err(StoreError::CalledOff)));
}

#[test]
fn the_same_file_offered_twice_is_two_torrents() {
    let from = folder();
    let path = write(from.path(), "a.bin", &bytes(1000));
    let mut rng = rng();
    let mut offer = || {
        let share = Share::new(&[path.clone().into()], &key(), &mut rng, |_| true);
        share.expect("a share").metainfo().info_hash()
    };
    assert_ne!(offer(), offer());
}

#[test]
fn a_finished_file_carries_the_mark_of_the_internet() {
    let (from, to) = (folder(), folder());
    let partial = fetch(
        &share(&[write(from.path(), "a.sh", b"echo")]),
        to.path(),
        |_| true,
    );
    let done = partial
        .finish(Some(&key()), ORIGIN, |_| true)
        .expect("whole");

    assert_eq!(
        fs::metadata(&done[0].path).expect("a file").mode() & 0o111,
        0,
        "it does not run"
    );
    let mut value = [0; 100];
    match rustix::fs::getxattr(&done[0].path, "user.xdg.origin.url", &mut value[..]) {
        Ok(len) => assert_eq!(&value[..len], ORIGIN.as_bytes()),
        // Not every file system keeps marks; then the file arrives all the same.
        Err(why) => assert_eq!(why, rustix::io::Errno::NOTSUP),
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "files carry the true time")]
fn what_nobody_wants_any_more_is_cleaned_away() {
    let (from, to) = (folder(), folder());
    let share = share(&[write(from.path(), "a.bin", &bytes(100_000))]);
    fetch(&share, to.path(), |piece| piece == 0);
    let hash = share.metainfo().info_hash();
    fs::create_dir(to.path().join(".chitchatter-mine.part")).expect("a folder");
    let late = SystemTime::now() + PARTIAL_LIFETIME + Duration::from_secs(60);

    assert_eq!(
        clean(to.path(), &[], SystemTime::now()).expect("cleaned"),
        0
    );
    assert_eq!(clean(to.path(), &[hash], late).expect("cleaned"), 0);
    assert_eq!(clean(to.path(), &[], late).expect("cleaned"), 1);
    assert_eq!(names(to.path()), [".chitchatter-mine.part"]);
}

#[test]
fn more_than_allowed_is_refused_before_anything_is_written() {
    let (from, to) = (folder(), folder());
    let share = share(&[write(from.path(), "a.bin", &bytes(100_000))]);
    let refused = Partial::open(to.path(), Arc::clone(share.metainfo()), 100_000);
    assert!(matches!(refused, Err(StoreError::OverQuota)));
    assert_eq!(names(to.path()), [""; 0]);
}

#[test]
fn jobs_run_beside_everything_else() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime");
    let disk = Disk::default();
    let jobs: Vec<_> = (0..20)
        .map(|index| {
            let disk = disk.clone();
            runtime.spawn(async move { disk.run(move || Ok(index)).await })
        })
        .collect();
    for (index, job) in jobs.into_iter().enumerate() {
        let done = runtime.block_on(job).expect("done");
        assert_eq!(done.expect("a number"), index);
    }
}

#[test]
fn folders_are_given_directly_with_all_that_is_in_them_but_links() {
    let (from, to) = (folder(), folder());
    let tree = from.path().join("photos");
    fs::create_dir_all(tree.join("in/deep")).expect("folders");
    write(&tree, "a.jpg", &bytes(300_000));
    write(&tree, ".DS_Store", b"junk");
    write(&tree.join("in"), "empty", b"");
    write(&tree.join("in/deep"), "b.jpg", &bytes(600_000));
    symlink("/etc/passwd", tree.join("link")).expect("a link");
    let single = write(from.path(), "c.txt", b"c");

    let offered = Tree::new(&[tree.clone().into(), single.into()], |_| true).expect("a tree");
    let again =
        Tree::new(&[tree.into(), from.path().join("c.txt").into()], |_| true).expect("a tree");
    assert_eq!(
        offered.offer(),
        again.offer(),
        "the same files are the same offer"
    );
    let it = Arc::clone(offered.metainfo());
    assert_eq!(plain_sizes(&it), Some(vec![300_000, 600_000, 0, 1]));

    let partial = Partial::open(to.path(), Arc::clone(&it), u64::MAX).expect("a place");
    give(&it, &partial, |offset, len| offered.read(offset, len));
    assert!(partial.check(|| true).expect("checked").is_full());
    partial.finish(None, ORIGIN, |_| true).expect("whole");

    assert_eq!(names(to.path()), ["c.txt", "photos"]);
    let made = to.path().join("photos");
    assert_eq!(names(&made), ["a.jpg", "in"]);
    assert_eq!(
        fs::read(made.join("a.jpg")).expect("a file"),
        bytes(300_000)
    );
    assert_eq!(
        fs::read(made.join("in/deep/b.jpg")).expect("a file"),
        bytes(600_000)
    );
    assert_eq!(fs::read(made.join("in/empty")).expect("a file"), b"");
}

#[test]
fn only_empty_files_arrive_too() {
    let (from, to) = (folder(), folder());
    let offered = Tree::new(&[write(from.path(), "empty", b"").into()], |_| true).expect("a tree");
    let it = Arc::clone(offered.metainfo());
    let partial = Partial::open(to.path(), it, u64::MAX).expect("a place");
    assert!(partial.check(|| true).expect("checked").is_full());
    assert_eq!(
        partial.finish(None, ORIGIN, |_| true).expect("whole").len(),
        1
    );
    assert_eq!(names(to.path()), ["empty"]);
}

#[test]
fn what_was_begun_directly_is_found_again() {
    let (from, to) = (folder(), folder());
    let offered = Tree::new(&[write(from.path(), "a", &bytes(1_000_000)).into()], |_| {
        true
    });
    let offered = offered.expect("a tree");
    let it = offered.metainfo();
    let partial = Partial::open(to.path(), Arc::clone(it), u64::MAX).expect("a place");
    let piece = offered
        .read(it.piece_start(2), it.len_of(2) as usize)
        .expect("a piece");
    partial.write(2, &piece).expect("written");
    drop(partial);

    let partial = Partial::found_in(to.path())
        .expect("a list")
        .pop()
        .expect("one");
    assert_eq!(partial.metainfo(), it);
    assert_eq!(
        partial
            .check(|| true)
            .expect("checked")
            .iter()
            .collect::<Vec<_>>(),
        [2]
    );
}

#[test]
#[expect(clippy::disallowed_methods, reason = "files carry the true time")]
#[expect(
    clippy::disallowed_types,
    reason = "this tries the part that touches the disk"
)]
fn a_file_that_changed_is_not_given_directly() {
    let from = folder();
    let path = write(from.path(), "a", &bytes(1000));
    let offered = Tree::new(&[path.clone().into()], |_| true).expect("a tree");
    assert!(offered.read(0, 1000).is_ok());
    assert!(matches!(offered.read(1, 1000), Err(StoreError::OutOfRange)));

    let file = fs::File::options().write(true).open(&path).expect("a file");
    file.set_modified(SystemTime::now() + Duration::from_secs(5))
        .expect("changed");
    assert!(matches!(offered.read(0, 1000), Err(StoreError::Changed)));
}

#[test]
fn disk_to_disk_through_two_sessions_and_a_restart() {
    let from = folder();
    let path = write(from.path(), "film.mkv", &bytes(3_000_000));
    let sealed = share(std::slice::from_ref(&path));
    let plain = Tree::new(&[path.clone().into()], |_| true).expect("a tree");
    let read_sealed = |offset, len| sealed.read(offset, len);
    let read_plain = |offset, len| plain.read(offset, len);
    let ways: [(&Arc<Metainfo>, Option<RoomKey>, &Reader<'_>); 2] = [
        (sealed.metainfo(), Some(key()), &read_sealed),
        (plain.metainfo(), None, &read_plain),
    ];
    for (it, key, read) in ways {
        let to = folder();
        let partial = Partial::open(to.path(), Arc::clone(it), u64::MAX).expect("a place");
        let begun = exchange(it, &partial, read, it.pieces() / 2);
        assert!(begun >= it.pieces() / 2 && begun < it.pieces());
        drop(partial);

        let mut found = Partial::found_in(to.path()).expect("a list");
        let partial = found.pop().expect("one");
        assert_eq!(partial.check(|| true).expect("checked").count(), begun);
        let rest = exchange(it, &partial, read, it.pieces());
        assert_eq!(begun + rest, it.pieces());

        let done = partial
            .finish(key.as_ref(), ORIGIN, |_| true)
            .expect("whole");
        assert_eq!(fs::read(&done[0].path).expect("a file"), bytes(3_000_000));
        assert_eq!(names(to.path()), ["film.mkv"]);
    }
}

/// Reads a part of what is offered.
type Reader<'a> = dyn Fn(u64, usize) -> Result<Vec<u8>, StoreError> + 'a;

/// One session gives, another fetches, until so many pieces are on disk; says how many were written.
fn exchange(it: &Arc<Metainfo>, partial: &Partial, read: &Reader<'_>, until: u32) -> u32 {
    let conn = Conn(1);
    let mut now = Duration::ZERO;
    let all = Bits::all(it.pieces());
    let (one, two) = (PeerId([1; 20]), PeerId([2; 20]));
    let mut sessions = [
        Session::of_metainfo(now, Arc::clone(it), all, one, Order::Sequential, 1),
        Session::of_metainfo(
            now,
            Arc::clone(it),
            partial.have(),
            two,
            Order::Sequential,
            2,
        ),
    ];
    for session in &mut sessions {
        session.handle(now, Input::Connected(conn));
    }
    let mut written = 0;
    while partial.have().count() < until {
        now += Duration::from_millis(1);
        let mut is_idle = true;
        for index in 0..2 {
            let Some(output) = sessions[index].poll() else {
                continue;
            };
            is_idle = false;
            match output {
                Output::Send(conn, bytes) => {
                    sessions[index].handle(now, Input::Sent(conn, bytes.len()));
                    sessions[1 - index].handle(now, Input::Received(conn, bytes));
                }
                Output::Read {
                    ticket,
                    offset,
                    len,
                } => {
                    let bytes = read(offset, len).expect("bytes");
                    sessions[index].handle(now, Input::Read(ticket, Some(bytes)));
                }
                Output::Write { piece, bytes, .. } => {
                    partial.write(piece, &bytes).expect("written");
                    written += 1;
                    sessions[index].handle(now, Input::Written(piece, true));
                }
                Output::Close(_, why) => panic!("closed: {why:?}"),
                Output::Tell(_) => {}
            }
        }
        assert!(!is_idle, "it goes on");
    }
    written
}

/// Writes all pieces, last first.
fn give(
    it: &Metainfo,
    partial: &Partial,
    read: impl Fn(u64, usize) -> Result<Vec<u8>, StoreError>,
) {
    for piece in (0..it.pieces()).rev() {
        let bytes = read(it.piece_start(piece), it.len_of(piece) as usize).expect("a piece");
        assert!(it.is_piece(piece, &bytes));
        partial.write(piece, &bytes).expect("written");
    }
}

const ORIGIN: &str = "https://chitchatter.im/";

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

fn key() -> RoomKey {
    RoomKey::of_room("room").expect("a key")
}

fn rng() -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(1)
}

fn bytes(len: usize) -> Vec<u8> {
    (0..len).map(|at| (at * 7 + at / 253) as u8).collect()
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, bytes).expect("written");
    path
}

fn sources(paths: &[PathBuf]) -> Vec<Source> {
    paths.iter().cloned().map(Source::from).collect()
}

fn share(paths: &[PathBuf]) -> Share {
    Share::new(&sources(paths), &key(), &mut rng(), |_| true).expect("a share")
}

/// Fetches some pieces as a session would: out of order, in whole pieces.
fn fetch(share: &Share, to: &Path, which: impl Fn(u32) -> bool) -> Partial {
    let it = share.metainfo();
    let partial = Partial::open(to, Arc::clone(it), u64::MAX).expect("a place");
    for piece in (0..it.pieces()).rev().filter(|piece| which(*piece)) {
        let bytes = share
            .read(it.piece_start(piece), it.len_of(piece) as usize)
            .expect("a piece");
        assert!(it.is_piece(piece, &bytes));
        partial.write(piece, &bytes).expect("written");
    }
    partial
}

/// A torrent with folders in it, of one piece.
fn torrent(tree: &[(&[&str], &[u8; 3])]) -> (Arc<Metainfo>, Vec<u8>) {
    let mut all = Vec::new();
    let mut entries = Vec::new();
    for (names, content) in tree {
        let sealer = Sealer::new(&key(), [1; 16], 3);
        let mut record = content.to_vec();
        assert!(sealer.seal(0, &mut record));
        all.extend(sealer.header());
        all.extend(record);
        let path = SafePath::parse(names.iter().map(|name| name.as_bytes())).expect("a path");
        entries.push((path, sealer.len()));
    }
    let mut hasher = PieceHasher::new(16_384);
    hasher.push(&all);
    let metainfo = Metainfo::new(&entries, &hasher.finish()).expect("a torrent");
    (Arc::new(metainfo), all)
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.sort();
    names
}
