//! One message from a tracker.
#![no_main]

use files::limits::{MAX_INTERVAL, MAX_REASON_CHARS, MAX_SDP_BYTES};
use files::torrent::announce::FromTracker;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Some(message) = FromTracker::parse(text) else {
        return;
    };
    assert!(
        message
            .interval
            .is_none_or(|interval| interval <= MAX_INTERVAL)
    );
    if let Some(reason) = message.failure {
        assert!(reason.chars().count() <= MAX_REASON_CHARS);
        assert!(message.signal.is_none());
    }
    if let Some(signal) = message.signal {
        assert!(!signal.sdp.is_empty() && signal.sdp.len() <= MAX_SDP_BYTES);
    }
});
