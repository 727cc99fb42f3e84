//! One bencoded value from a stranger.
#![no_main]

use files::torrent::bencode::Value;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    if let Ok((value, rest)) = Value::parse_first(text) {
        let mut again = value.to_vec();
        again.extend_from_slice(rest);
        assert_eq!(again, text);
    }
});
