//! A transcript from a stranger.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::chat::{MAX_TRANSCRIPT_ENTRIES_IN, Transcript};

fuzz_target!(|text: &[u8]| {
    if let Some(transcript) = Transcript::parse(text) {
        assert!(transcript.entries.len() <= MAX_TRANSCRIPT_ENTRIES_IN);
    }
});
