//! A link from a stranger.
#![no_main]

use files::torrent::magnet::Magnet;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|link: &str| {
    if let Ok(magnet) = Magnet::parse(link) {
        assert_eq!(Magnet::parse(&magnet.to_link()), Ok(magnet));
    }
});
