//! The chunks of one sender, in any order: four bytes choose each.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::frame::MAX_ASSEMBLY_BYTES;
use wire::{Assembly, BodyKind, Chunk};

const ACTIONS: [&str; 8] = [
    "g.2", "g.2", "g.0", "g.3", "g.8", "@_signal", "@_hsdata", "unknown",
];
static PAYLOAD: [u8; 1 << 18] = [b'x'; 1 << 18];

fuzz_target!(|choices: &[u8]| {
    let mut assembly = Assembly::new();
    for choice in choices.chunks_exact(4) {
        let length = usize::from(u16::from_be_bytes([choice[2], choice[3]])) * 4;
        let chunk = Chunk {
            action: ACTIONS[usize::from(choice[0] & 7)],
            nonce: u16::from(choice[0] >> 3),
            last: choice[1] & 1 != 0,
            metadata: choice[1] & 6 == 6,
            kind: BodyKind::Json,
            progress: choice[1],
            payload: &PAYLOAD[..length],
        };
        let limit = wire::action::size_limit(chunk.action);
        if let Ok(Some(body)) = assembly.push(chunk) {
            assert!(body.payload.len() <= limit);
        }
        assert!(assembly.held() <= MAX_ASSEMBLY_BYTES);
    }
});
