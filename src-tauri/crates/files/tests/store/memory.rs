//! What is fetched only to be shown stays in memory.

use std::fs;
use std::sync::Arc;

use files::limits::MAX_MEMORY_BYTES;
use files::sealed::RoomKey;
use files::store::{Found, Kept, Memory, Source, StoreError, Tree, Whole};

use super::{ORIGIN, bytes, folder, give_to, key, rng, write};

#[test]
fn what_is_only_shown_never_touches_the_disk_and_opens_with_the_rooms_key() {
    let from = folder();
    let sizes = [0, 1, 65_519, 200_000];
    let picked: Vec<Source> = sizes
        .iter()
        .map(|size| write(from.path(), &format!("{size}.png"), &bytes(*size)).into())
        .collect();
    let made = Found::find(&picked)
        .and_then(|found| found.prepare(Some(&key()), &mut rng(), |_| true))
        .expect("prepared");
    let sealed = made.sealed.expect("a share");
    let other = RoomKey::of_room("other").expect("a key");

    let direct = Memory::new(Arc::clone(made.tree.metainfo()), u64::MAX).expect("room");
    let direct = Kept::Memory(direct);
    assert!(matches!(
        direct.finish(None, ORIGIN, |_| true),
        Err(StoreError::Unfinished)
    ));
    give_to(made.tree.metainfo(), &direct, |offset, len| {
        made.tree.read(offset, len)
    });
    let torrent = Memory::new(Arc::clone(sealed.metainfo()), u64::MAX).expect("room");
    let torrent = Kept::Memory(torrent);
    give_to(sealed.metainfo(), &torrent, |offset, len| {
        sealed.read(offset, len)
    });
    assert!(matches!(
        torrent.finish(None, ORIGIN, |_| true),
        Err(StoreError::NoKey)
    ));
    assert!(matches!(
        torrent.finish(Some(&other), ORIGIN, |_| true),
        Err(StoreError::Sealed { .. })
    ));

    for whole in [
        direct.finish(None, ORIGIN, |_| true),
        torrent.finish(Some(&key()), ORIGIN, |_| true),
    ] {
        let Ok(Whole::Memory(opened)) = whole else {
            panic!("it is in memory");
        };
        assert_eq!(opened.len(), sizes.len());
        for (opened, size) in opened.iter().zip(sizes) {
            assert_eq!(opened.path.to_string(), format!("{size}.png"));
            assert_eq!(*opened.bytes, bytes(size));
        }
    }
    torrent.discard().expect("gone");
}

#[test]
fn memory_takes_no_more_than_is_allowed() {
    let from = folder();
    let path = from.path().join("large");
    #[expect(
        clippy::disallowed_types,
        reason = "this tries the part that touches the disk"
    )]
    let file = fs::File::create(&path).expect("a file");
    file.set_len(MAX_MEMORY_BYTES + 1).expect("a length");
    let tree = Tree::new(&[path.into()], |_| true).expect("a tree");
    let it = tree.metainfo();

    let refused = Memory::new(Arc::clone(it), u64::MAX);
    assert!(matches!(refused, Err(StoreError::OverQuota)));

    let small = Tree::new(&[write(from.path(), "a", &bytes(1000)).into()], |_| true);
    let it = Arc::clone(small.expect("a tree").metainfo());
    let refused = Memory::new(Arc::clone(&it), 999);
    assert!(matches!(refused, Err(StoreError::OverQuota)));
    let memory = Memory::new(it, 1000).expect("room");
    assert!(matches!(
        memory.write(0, &[0; 999]),
        Err(StoreError::OutOfRange)
    ));
    assert!(matches!(
        memory.write(1, &[0; 1000]),
        Err(StoreError::OutOfRange)
    ));
    for (offset, len) in [(1, 1000), (u64::MAX, 1), (1001, 0)] {
        assert!(matches!(
            memory.read(offset, len),
            Err(StoreError::OutOfRange)
        ));
    }
    assert!(!format!("{memory:?}").contains("bytes: ["));
}
