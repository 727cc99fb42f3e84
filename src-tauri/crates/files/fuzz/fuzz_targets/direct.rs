//! A native peer's description of files from a stranger.
#![no_main]

use files::direct::{OfferHash, parse};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|info: &[u8]| {
    let Ok(metainfo) = parse(info.to_vec(), OfferHash::of(info)) else {
        return;
    };
    assert_eq!(metainfo.info(), info);
    let lens = (0..metainfo.pieces()).map(|piece| u64::from(metainfo.len_of(piece)));
    assert_eq!(lens.sum::<u64>(), metainfo.total());
    assert!(!metainfo.is_piece(0, b"") && !metainfo.is_piece(u32::MAX, info));
});
