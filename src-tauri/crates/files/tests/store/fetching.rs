//! What comes is kept apart, and goes on after a restart.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use files::limits::PARTIAL_LIFETIME;
use files::sealed::RoomKey;
use files::store::{Disk, Partial, StoreError, Tree, clean, plain_sizes};
use files::torrent::bits::Bits;
use files::torrent::ids::PeerId;
use files::torrent::metainfo::Metainfo;
use files::torrent::session::{Conn, Input, Order, Output, Session};

use super::{ORIGIN, bytes, fetch, folder, key, names, share, sources, write};

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

#[test]
fn two_do_not_fetch_the_same_into_one_folder_at_once() {
    let (from, to) = (folder(), folder());
    let share = share(&[write(from.path(), "a.bin", &bytes(100_000))]);
    let open = || Partial::open(to.path(), Arc::clone(share.metainfo()), u64::MAX);
    let first = open().expect("a place");

    assert!(matches!(open(), Err(StoreError::InUse)));
    assert!(Partial::found_in(to.path()).expect("a list").is_empty());
    let hash = share.metainfo().info_hash();
    assert!(matches!(
        Partial::begun(to.path(), hash),
        Err(StoreError::InUse)
    ));
    drop(first);
    let again = Partial::begun(to.path(), hash).expect("looked for");
    assert!(again.is_some());
    drop(again);
    assert!(matches!(Partial::begun(from.path(), hash), Ok(None)));
    assert!(open().is_ok());
}

#[test]
fn what_is_in_use_is_not_cleaned_away_and_what_is_half_removed_is() {
    let (from, to) = (folder(), folder());
    let share = share(&[write(from.path(), "a.bin", &bytes(100_000))]);
    let partial = fetch(&share, to.path(), |piece| piece == 0);
    let hash = share.metainfo().info_hash().to_hex();
    let gone = to.path().join(format!(".chitchatter-{hash}.gone"));
    fs::create_dir(&gone).expect("a folder");
    fs::write(gone.join("0"), b"x").expect("written");
    #[expect(clippy::disallowed_methods, reason = "files carry the true time")]
    let late = SystemTime::now() + PARTIAL_LIFETIME + Duration::from_secs(60);

    assert_eq!(clean(to.path(), &[], late).expect("cleaned"), 0);
    assert_eq!(names(to.path()), [format!(".chitchatter-{hash}.part")]);
    fs::create_dir(&gone).expect("a folder");
    partial.discard().expect("gone");
    assert_eq!(names(to.path()), [""; 0]);

    let partial = fetch(&share, to.path(), |piece| piece == 0);
    let elsewhere = folder();
    symlink(elsewhere.path(), &gone).expect("a link");
    partial.discard().expect("gone");
    assert_eq!(names(to.path()), [format!(".chitchatter-{hash}.gone")]);
    assert!(elsewhere.path().exists());
}

#[test]
fn a_full_disk_is_told_as_such_and_nothing_of_it_is_lost() {
    // Every write to it fails as on a full disk.
    let full = Path::new("/dev/full");
    if !full.exists() {
        return;
    }
    let (from, to) = (folder(), folder());
    let share = share(&[write(from.path(), "a.bin", &bytes(100_000))]);
    let it = share.metainfo();
    let piece = |piece| {
        let bytes = share.read(it.piece_start(piece), it.len_of(piece) as usize);
        bytes.expect("a piece")
    };
    let partial = Partial::open(to.path(), Arc::clone(it), u64::MAX).expect("a place");
    partial.write(0, &piece(0)).expect("written");
    drop(partial);
    let hash = it.info_hash().to_hex();
    let data = to.path().join(format!(".chitchatter-{hash}.part/0"));
    let kept = fs::read(&data).expect("a file");

    let partial = Partial::open(to.path(), Arc::clone(it), u64::MAX).expect("a place");
    fs::remove_file(&data).expect("removed");
    // Links are not followed, so the device itself is made there, where that is allowed.
    let made = std::process::Command::new("mknod")
        .arg(&data)
        .args(["c", "1", "7"])
        .status();
    if !made.is_ok_and(|made| made.success()) {
        return;
    }
    match partial.write(1, &piece(1)) {
        Err(StoreError::NoRoom { .. }) => {}
        // Devices may not be opened in some places.
        Err(StoreError::Io(why)) if why.kind() == std::io::ErrorKind::PermissionDenied => return,
        other => panic!("{other:?}"),
    }
    fs::remove_file(&data).expect("removed");
    fs::write(&data, kept).expect("written");
    drop(partial);
    let partial = fetch(&share, to.path(), |piece| piece > 0);
    assert!(partial.check(|| true).expect("checked").is_full());
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

#[test]
fn what_somebody_else_left_as_opened_is_hashed_and_not_believed() {
    let (from, to) = (folder(), folder());
    let content = bytes(600_000);
    let picked = write(from.path(), "a.bin", &content);
    let tree = Tree::new(&sources(&[picked]), |_| true).expect("an offer");
    let it = tree.metainfo();
    let dir = format!(".chitchatter-{}.part", it.info_hash().to_hex());
    let dir = to.path().join(dir);
    for name in ["0.plain", "0"] {
        drop(Partial::open(to.path(), Arc::clone(it), u64::MAX).expect("a place"));
        let mut planted = content.clone();
        planted[400_000] ^= 1;
        write(&dir, name, &planted);
        write(&dir, "have", &[0xff]);
        write(&dir, "places", b"");

        let partial = Partial::begun(to.path(), it.info_hash()).expect("looked");
        let partial = partial.expect("begun");
        let have = partial.check(|| true).expect("checked");
        assert!(!have.is_full(), "{name}");
        assert!(matches!(
            partial.finish(None, ORIGIN, |_| true),
            Err(StoreError::Unfinished)
        ));
        partial.discard().expect("removed");
    }
}

#[test]
fn a_sealed_file_that_is_opened_has_its_length_or_is_fetched_again() {
    let (from, to) = (folder(), folder());
    let share = share(&[write(from.path(), "a.bin", &bytes(100_000))]);
    let it = share.metainfo();
    drop(Partial::open(to.path(), Arc::clone(it), u64::MAX).expect("a place"));
    let dir = format!(".chitchatter-{}.part", it.info_hash().to_hex());
    let dir = to.path().join(dir);
    write(&dir, "0.plain", b"planted");

    let partial = Partial::begun(to.path(), it.info_hash()).expect("looked");
    let have = partial.expect("begun").check(|| true).expect("checked");
    assert_eq!(have.count(), 0);
}

#[test]
fn where_others_could_write_nothing_counts_as_opened() {
    let (from, to) = (folder(), folder());
    let share = share(&[write(from.path(), "a.bin", &bytes(3))]);
    let it = share.metainfo();
    drop(Partial::open(to.path(), Arc::clone(it), u64::MAX).expect("a place"));
    let dir = format!(".chitchatter-{}.part", it.info_hash().to_hex());
    let dir = to.path().join(dir);
    write(&dir, "0.plain", b"abc");
    fs::set_permissions(&dir, fs::Permissions::from_mode(0o777)).expect("open");

    let partial = Partial::begun(to.path(), it.info_hash()).expect("looked");
    let have = partial.expect("begun").check(|| true).expect("checked");
    assert_eq!(have.count(), 0);
    let about = fs::metadata(&dir).expect("a folder");
    assert_eq!(about.mode() & 0o777, 0o700);
}

#[test]
fn what_is_unfinished_is_read_by_nobody_else_and_what_is_finished_is_like_any_file() {
    let (from, to) = (folder(), folder());
    let share = share(&[write(from.path(), "a.bin", &bytes(100_000))]);
    let partial = fetch(&share, to.path(), |_| true);
    partial.save().expect("saved");
    let dir = format!(
        ".chitchatter-{}.part",
        share.metainfo().info_hash().to_hex()
    );
    for name in ["0", "have", "info", "lock"] {
        let about = fs::metadata(to.path().join(&dir).join(name)).expect("a file");
        assert_eq!(about.mode() & 0o777, 0o600, "{name}");
    }

    let done = partial
        .finish(Some(&key()), ORIGIN, |_| true)
        .expect("whole");
    let any = fs::metadata(write(to.path(), "any", b"")).expect("a file");
    let done = fs::metadata(&done[0].path).expect("a file");
    assert_eq!(done.mode(), any.mode());
}
