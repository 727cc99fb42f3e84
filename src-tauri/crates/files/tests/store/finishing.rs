//! Finished files get their names, and touch nothing that is there, wherever it was broken off.

use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use files::direct::{FileHasher, describe};
use files::limits::{MAX_DIRECT_FILES, MIN_DIRECT_PIECE_BYTES};
use files::names::SafePath;
use files::sealed::RoomKey;
use files::store::{Partial, StoreError, Tree, plain_sizes};
use files::torrent::metainfo::Metainfo;

use super::{ORIGIN, bytes, fetch, folder, key, names, share, torrent, write};

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
    let [unfinished] = &names(to.path())[..] else {
        panic!("only what is unfinished is there");
    };
    let left = names(&to.path().join(unfinished));
    assert!(!left.contains(&"0.open".to_owned()), "{left:?}");
    partial.discard().expect("gone");
    assert_eq!(names(to.path()), [""; 0]);
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

#[test]
#[expect(clippy::disallowed_methods, reason = "this is about time")]
fn thousands_of_one_name_are_told_apart_in_good_time() {
    let to = folder();
    let mut files = Vec::new();
    for index in 0..MAX_DIRECT_FILES {
        // On many systems these are one name.
        let name = if index % 2 == 0 { "a.txt" } else { "A.txt" };
        let path = SafePath::parse([name.as_bytes()]).expect("a path");
        files.push((path, FileHasher::new(MIN_DIRECT_PIECE_BYTES).finish()));
    }
    let (it, _) = describe(&files).expect("an offer");
    let partial = Partial::open(to.path(), Arc::new(it), u64::MAX).expect("a place");
    let begun = Instant::now();

    let finished = partial.finish(None, ORIGIN, |_| true).expect("whole");

    assert_eq!(finished.len(), MAX_DIRECT_FILES);
    assert_eq!(names(to.path()).len(), MAX_DIRECT_FILES);
    // Trying all taken names for each would be eight million tries.
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(60), "{took:?}");
}

/// A crash: what it leaves in the chosen folder and in that of the unfinished.
type Crash<'a> = &'a dyn Fn(&Path, &Path);

#[test]
fn a_crash_at_any_step_of_finishing_loses_and_doubles_nothing() {
    let after: [(&str, Crash<'_>); 6] = [
        ("some are renamed", &|_, dir| {
            fs::rename(dir.join("0"), dir.join("0.plain")).expect("renamed");
        }),
        ("all are renamed", &|_, dir| {
            fs::rename(dir.join("0"), dir.join("0.plain")).expect("renamed");
            fs::rename(dir.join("1"), dir.join("1.plain")).expect("renamed");
        }),
        ("a place is chosen", &|_, dir| {
            fs::rename(dir.join("0"), dir.join("0.plain")).expect("renamed");
            fs::rename(dir.join("1"), dir.join("1.plain")).expect("renamed");
            fs::write(dir.join("places"), "[0,\"a.bin\"]\n").expect("written");
        }),
        ("the list is torn", &|to, dir| {
            fs::rename(dir.join("0"), to.join("a.bin")).expect("renamed");
            fs::rename(dir.join("1"), dir.join("1.plain")).expect("renamed");
            fs::write(dir.join("places"), "[0,\"a.bin\"]\n[1,\"b").expect("written");
        }),
        ("one is in its place", &|to, dir| {
            fs::rename(dir.join("0"), to.join("a.bin")).expect("renamed");
            fs::rename(dir.join("1"), dir.join("1.plain")).expect("renamed");
            fs::write(dir.join("places"), "[0,\"a.bin\"]\n").expect("written");
        }),
        ("all are in their places", &|to, dir| {
            fs::rename(dir.join("0"), to.join("a.bin")).expect("renamed");
            fs::rename(dir.join("1"), to.join("b.bin")).expect("renamed");
            let list = "[0,\"a.bin\"]\n[1,\"b.bin\"]\n";
            fs::write(dir.join("places"), list).expect("written");
        }),
    ];
    for (name, step) in after {
        let (from, to) = (folder(), folder());
        let tree = Tree::new(
            &[
                write(from.path(), "a.bin", &bytes(300_000)).into(),
                write(from.path(), "b.bin", &bytes(10)).into(),
            ],
            |_| true,
        )
        .expect("a tree");
        let it = Arc::clone(tree.metainfo());
        let partial = Partial::open(to.path(), Arc::clone(&it), u64::MAX).expect("a place");
        give(&it, &partial, |offset, len| tree.read(offset, len));
        drop(partial);
        let dir = to
            .path()
            .join(format!(".chitchatter-{}.part", it.info_hash().to_hex()));
        step(to.path(), &dir);

        let mut found = Partial::found_in(to.path()).expect("a list");
        let partial = found.pop().expect("one");
        assert!(partial.check(|| true).expect("checked").is_full(), "{name}");
        let finished = partial.finish(None, ORIGIN, |_| true).expect("whole");

        assert_eq!(finished.len(), 2, "{name}");
        assert_eq!(names(to.path()), ["a.bin", "b.bin"], "{name}");
        let read = |name| fs::read(to.path().join(name)).expect("a file");
        assert_eq!((read("a.bin"), read("b.bin")), (bytes(300_000), bytes(10)));
    }
}

#[test]
fn what_was_put_in_its_place_and_taken_from_there_is_fetched_anew() {
    let (from, to) = (folder(), folder());
    let tree = Tree::new(&[write(from.path(), "a", &bytes(1000)).into()], |_| true);
    let tree = tree.expect("a tree");
    let it = Arc::clone(tree.metainfo());
    let partial = Partial::open(to.path(), Arc::clone(&it), u64::MAX).expect("a place");
    give(&it, &partial, |offset, len| tree.read(offset, len));
    drop(partial);
    // A crash just before the end; then the person moves the file elsewhere.
    let dir = to
        .path()
        .join(format!(".chitchatter-{}.part", it.info_hash().to_hex()));
    fs::remove_file(dir.join("0")).expect("moved");
    fs::write(dir.join("places"), "[0,\"a\"]\n").expect("written");

    let partial = Partial::open(to.path(), Arc::clone(&it), u64::MAX).expect("a place");
    assert!(partial.have().is_empty());
    give(&it, &partial, |offset, len| tree.read(offset, len));
    partial.finish(None, ORIGIN, |_| true).expect("whole");
    assert_eq!(names(to.path()), ["a"]);
}

#[test]
fn a_list_of_places_leads_nowhere_outside_the_folder() {
    let (from, to, elsewhere) = (folder(), folder(), folder());
    let tree = Tree::new(&[write(from.path(), "a", &bytes(1000)).into()], |_| true);
    let tree = tree.expect("a tree");
    let it = Arc::clone(tree.metainfo());
    let partial = Partial::open(to.path(), Arc::clone(&it), u64::MAX).expect("a place");
    give(&it, &partial, |offset, len| tree.read(offset, len));
    let dir = to
        .path()
        .join(format!(".chitchatter-{}.part", it.info_hash().to_hex()));
    let target = elsewhere.path().join("a");
    fs::write(&target, b"x").expect("written");
    fs::write(
        dir.join("places"),
        format!("[0,\"../{}\"]\n[\"a\",\"..\"]\n", target.display()),
    )
    .expect("written");

    let finished = partial.finish(None, ORIGIN, |_| true).expect("whole");
    assert_eq!(finished[0].path, to.path().join("a"));
    assert_eq!(fs::read(target).expect("a file"), b"x");
}
