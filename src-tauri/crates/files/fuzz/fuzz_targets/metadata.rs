//! Messages about descriptions from a stranger.
#![no_main]

use files::torrent::metadata::{Extensions, Message};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|payload: &[u8]| {
    if let Some(extensions) = Extensions::parse(payload) {
        assert_eq!(
            Extensions::parse(&extensions.to_payload()),
            Some(extensions)
        );
    }
    if let Some(message) = Message::parse(payload) {
        assert_eq!(Message::parse(&message.to_payload()), Some(message));
    }
});
