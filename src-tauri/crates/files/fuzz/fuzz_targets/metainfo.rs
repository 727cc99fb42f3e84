//! A torrent's description from a stranger.
#![no_main]

use files::torrent::ids::Hash;
use files::torrent::metainfo::Metainfo;
use libfuzzer_sys::fuzz_target;
use sha1::{Digest, Sha1};

fuzz_target!(|info: &[u8]| {
    let hash = Hash(Sha1::digest(info).into());
    if let Ok(metainfo) = Metainfo::parse(info.to_vec(), hash) {
        assert_eq!(metainfo.info(), info);
        let all = metainfo.total().min(1 << 30) as usize;
        assert_eq!(
            metainfo.spans(0, all).map(|span| span.len).sum::<usize>(),
            all
        );
    }
});
