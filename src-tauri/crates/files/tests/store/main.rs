//! What is given and fetched through a real disk: byte for byte, after a restart, and never outside
//! the chosen folder.
#![cfg(unix)]

mod fetching;
mod finishing;
mod giving;
mod killed;
mod memory;
mod offering;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use files::names::SafePath;
use files::sealed::{RoomKey, Sealer};
use files::store::{Kept, Partial, Share, Source, StoreError};
use files::torrent::metainfo::{Metainfo, PieceHasher};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use tempfile::TempDir;

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

/// Hands over all pieces, last first.
fn give_to(it: &Metainfo, to: &Kept, read: impl Fn(u64, usize) -> Result<Vec<u8>, StoreError>) {
    for piece in (0..it.pieces()).rev() {
        let bytes = read(it.piece_start(piece), it.len_of(piece) as usize).expect("a piece");
        assert!(it.is_piece(piece, &bytes));
        to.write(piece, &bytes).expect("kept");
        assert_eq!(
            to.read(it.piece_start(piece), bytes.len()).expect("read"),
            bytes
        );
    }
    assert!(to.check(|| true).expect("checked").is_full());
}
