//! What a person picks becomes an offer for everybody at once.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::Arc;

use files::kind::Kind;
use files::limits::{MAX_DIRECT_FILES, MAX_FILES};
use files::store::{Found, Kept, Memory, Partial, Share, Source, StoreError, Tree, Whole};
use files::torrent::metainfo::{Metainfo, MetainfoError};

use super::{ORIGIN, bytes, folder, give_to, key, rng, write};

#[test]
fn one_reading_makes_the_same_offers_as_one_for_each() {
    let from = folder();
    // Records, steps and pieces begin in different places.
    let picked = [
        write(from.path(), "a.png", &bytes(5_000_001)).into(),
        write(from.path(), "b.txt", &bytes(70_000)).into(),
        write(from.path(), "empty", b"").into(),
        write(from.path(), "c.mp3", &bytes(65_519)).into(),
    ];
    let found = Found::find(&picked).expect("found");
    assert_eq!(found.files(), 4);
    let total = found.total();

    let mut read = 0;
    let made = found
        .prepare(Some(&key()), &mut rng(), |bytes| {
            read += bytes;
            true
        })
        .expect("prepared");

    assert_eq!(read, total, "everything is read once");
    let tree = Tree::new(&picked, |_| true).expect("a tree");
    assert_eq!(made.tree.offer(), tree.offer());
    let sealed = made.sealed.expect("a share");
    let alone = Share::new(&picked, &key(), &mut rng(), |_| true).expect("a share");
    assert_eq!(sealed.metainfo(), alone.metainfo());
    let media = made.media.expect("a share");
    assert_eq!(names_in(media.metainfo()), ["a.png", "c.mp3"]);
    for share in [&sealed, &media] {
        let it = share.metainfo();
        for piece in 0..it.pieces() {
            let bytes = share.read(it.piece_start(piece), it.len_of(piece) as usize);
            assert!(it.is_piece(piece, &bytes.expect("a piece")));
        }
    }
}

#[test]
fn a_pasted_picture_is_offered_without_touching_the_disk() {
    let picture: Arc<[u8]> = bytes(300_000).into();
    let picked = [Source::Bytes {
        name: "pasted.png".to_owned(),
        bytes: Arc::clone(&picture),
    }];
    let found = Found::find(&picked).expect("found");
    assert_eq!(found.kind(), Kind::Image);
    assert!(found.is_all_media() && !found.has_folders());

    let made = found.prepare(Some(&key()), &mut rng(), |_| true);
    let made = made.expect("prepared");

    assert_eq!(made.tree.read(0, 300_000).expect("bytes"), *picture);
    let sealed = made.sealed.expect("a share");
    let memory = Memory::new(Arc::clone(sealed.metainfo()), u64::MAX).expect("room");
    give_to(sealed.metainfo(), &Kept::Memory(memory), |offset, len| {
        sealed.read(offset, len)
    });
    assert!(!format!("{picked:?}").contains("pasted"));
}

#[test]
fn browsers_get_the_files_of_a_folder_side_by_side() {
    let from = folder();
    let photos = from.path().join("photos");
    fs::create_dir_all(photos.join("in")).expect("folders");
    write(&photos, "a.jpg", b"one");
    write(&photos.join("in"), "A.jpg", b"two");
    write(&photos.join("in"), "b.txt", b"three");
    let found = Found::find(&[photos.into()]).expect("found");
    assert!(found.has_folders() && !found.is_all_media());
    assert_eq!(found.kind(), Kind::File);

    let made = found.prepare(Some(&key()), &mut rng(), |_| true);
    let made = made.expect("prepared");

    assert_eq!(
        names_in(made.tree.metainfo()),
        ["photos/a.jpg", "photos/in/A.jpg", "photos/in/b.txt"]
    );
    let sealed = made.sealed.expect("a share");
    assert_eq!(names_in(sealed.metainfo()), ["a.jpg", "A (2).jpg", "b.txt"]);
    let media = made.media.expect("a share");
    assert_eq!(names_in(media.metainfo()), ["a.jpg", "A (2).jpg"]);
}

#[test]
fn more_than_browsers_take_is_still_offered_to_native_peers() {
    let from = folder();
    let many = from.path().join("many");
    fs::create_dir(&many).expect("a folder");
    for index in 0..=MAX_FILES {
        write(&many, &format!("{index}.jpg"), b"x");
    }
    let find = || Found::find(&[many.clone().into()]).expect("found");

    let made = find().prepare(Some(&key()), &mut rng(), |_| true);
    let made = made.expect("prepared");
    assert_eq!(made.tree.metainfo().files().len(), MAX_FILES + 1);
    let too_many = StoreError::Metainfo(MetainfoError::TooManyFiles).to_string();
    assert_eq!(made.sealed.expect_err("too many").to_string(), too_many);
    assert!(made.media.is_none());

    let made = find()
        .prepare(None, &mut rng(), |_| true)
        .expect("prepared");
    assert!(matches!(made.sealed, Err(StoreError::NoKey)));
}

#[test]
fn what_cannot_be_offered_is_refused_with_its_reason() {
    let from = folder();
    let refused = |path: &Path| Found::find(&[path.to_owned().into()]).expect_err("refused");
    assert!(matches!(
        refused(&from.path().join("nothing")),
        StoreError::Io(_)
    ));
    let empty = from.path().join("empty");
    fs::create_dir(&empty).expect("a folder");
    assert!(matches!(
        refused(&empty),
        StoreError::Metainfo(MetainfoError::Empty)
    ));
    let deep = from.path().join(["d"; 16].join("/"));
    fs::create_dir_all(&deep).expect("folders");
    assert!(matches!(
        refused(&from.path().join("d")),
        StoreError::Name(_)
    ));
    let many = from.path().join("many");
    fs::create_dir(&many).expect("a folder");
    for index in 0..=MAX_DIRECT_FILES {
        write(&many, &index.to_string(), b"");
    }
    assert!(matches!(
        refused(&many),
        StoreError::Metainfo(MetainfoError::TooManyFiles)
    ));
}

#[test]
fn a_picked_link_is_followed_and_one_that_is_found_is_not() {
    let (from, elsewhere) = (folder(), folder());
    let secret = write(elsewhere.path(), "secret", b"secret");
    let link = from.path().join("link");
    symlink(&secret, &link).expect("a link");
    let picked = Tree::new(&[link.into()], |_| true).expect("a tree");
    assert_eq!(picked.read(0, 6).expect("bytes"), b"secret");

    // A file of a folder that becomes a link after it was found.
    let inner = from.path().join("in");
    fs::create_dir(&inner).expect("a folder");
    let path = write(&inner, "a.txt", b"public");
    let found = Found::find(&[inner.into()]).expect("found");
    fs::remove_file(&path).expect("removed");
    symlink(&secret, &path).expect("a link");
    let refused = found.prepare(Some(&key()), &mut rng(), |_| true);
    assert!(matches!(refused, Err(StoreError::Io(_))));
}

#[test]
fn two_picked_under_one_name_stay_two_whatever_the_name_is() {
    let (one, other) = (folder(), folder());
    let odd = "a\\b\u{202e}.txt";
    let picked = [
        write(one.path(), odd, b"one").into(),
        write(other.path(), odd, b"other").into(),
    ];
    let tree = Tree::new(&picked, |_| true).expect("a tree");
    assert_eq!(names_in(tree.metainfo()), ["a_b_.txt", "a_b_ (2).txt"]);
}

#[test]
fn a_file_that_was_removed_is_not_given_even_while_it_is_open() {
    let from = folder();
    let path = write(from.path(), "a", &bytes(1000));
    let tree = Tree::new(&[path.clone().into()], |_| true).expect("a tree");
    assert!(tree.read(0, 1000).is_ok());
    fs::remove_file(path).expect("removed");
    assert!(matches!(tree.read(0, 1000), Err(StoreError::Io(_))));
}

#[test]
fn what_was_fetched_is_given_on_from_where_it_was_put() {
    let (from, to) = (folder(), folder());
    let picked = [
        write(from.path(), "a.bin", &bytes(400_000)).into(),
        write(from.path(), "empty", b"").into(),
    ];
    let tree = Tree::new(&picked, |_| true).expect("a tree");
    let it = tree.metainfo();
    let partial = Partial::open(to.path(), Arc::clone(it), u64::MAX).expect("a place");
    let kept = Kept::Disk(partial);
    give_to(it, &kept, |offset, len| tree.read(offset, len));
    let Whole::Disk(finished) = kept.finish(None, ORIGIN, |_| true).expect("whole") else {
        panic!("it was for the disk");
    };

    let again = Tree::of_finished(Arc::clone(it), &finished).expect("a tree");
    assert_eq!(again.offer(), tree.offer());
    assert_eq!(again.read(0, 400_000).expect("bytes"), bytes(400_000));

    fs::write(&finished[0].path, b"other").expect("changed");
    assert!(matches!(
        Tree::of_finished(Arc::clone(it), &finished),
        Err(StoreError::Changed)
    ));
    assert!(Tree::of_finished(Arc::clone(it), &finished[..1]).is_err());
}

fn names_in(it: &Metainfo) -> Vec<String> {
    it.files()
        .iter()
        .map(|file| file.path.to_string())
        .collect()
}
