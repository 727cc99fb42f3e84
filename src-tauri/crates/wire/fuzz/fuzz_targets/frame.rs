//! One data-channel message from a stranger.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::{Chunk, Outer, presence};

fuzz_target!(|message: &[u8]| {
    if let Ok(Outer::Presence { token, present }) = Outer::parse(message) {
        // Only the first byte after the kind may differ: any value but one means absent.
        let ours = presence(token, present);
        assert!(message.len() >= ours.len());
        assert_eq!(ours[2..], message[2..ours.len()]);
    }
    if let Ok(chunk) = Chunk::parse(message) {
        assert!(!chunk.action.is_empty() && chunk.payload.len() < message.len());
    }
});
