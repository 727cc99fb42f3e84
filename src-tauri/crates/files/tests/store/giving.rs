//! What is offered, and what is not given any more.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use files::store::{Share, StoreError, Tree};

use super::{bytes, folder, key, rng, share, write};

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
