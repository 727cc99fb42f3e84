//! A stream of the peer wire from a stranger: the first byte says how it is cut.
#![no_main]

use files::limits::MAX_FRAME_BYTES;
use files::torrent::wire::{Decoder, Heard};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((cut, stream)) = bytes.split_first() else {
        return;
    };
    let read = |cut: usize| {
        let mut decoder = Decoder::default();
        let mut said = Vec::new();
        for part in stream.chunks(cut) {
            decoder.push(part);
            while let Ok(Some(heard)) = decoder.next() {
                said.push(match heard {
                    Heard::Greeting(greeting) => greeting.to_bytes().to_vec(),
                    Heard::Message(message) => message.to_bytes(),
                });
            }
            assert!(decoder.held() <= MAX_FRAME_BYTES + 4 + part.len());
        }
        said
    };
    assert_eq!(read(usize::from(*cut) + 1), read(usize::MAX));
});
