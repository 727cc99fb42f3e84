//! One message from a tracker.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::FromTracker;
use wire::seal::MAX_SEALED_BYTES;
use wire::tracker::{MAX_INTERVAL, MAX_REASON_CHARS};

fuzz_target!(|text: &str| {
    let Ok(message) = FromTracker::parse(text) else {
        return;
    };
    for reason in [message.failure, message.warning].into_iter().flatten() {
        assert!(reason.chars().count() <= MAX_REASON_CHARS);
    }
    assert!(
        message
            .interval
            .is_none_or(|interval| interval <= MAX_INTERVAL)
    );
    if let Some(signal) = message.signal {
        assert!(message.info_hash.is_some());
        assert!(!signal.sealed.is_empty() && signal.sealed.len() <= MAX_SEALED_BYTES);
    }
});
