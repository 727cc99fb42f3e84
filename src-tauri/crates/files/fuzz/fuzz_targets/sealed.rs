//! A sealed file from a stranger: the first byte says how it is cut.
#![no_main]

use files::sealed::{Opener, RoomKey};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((cut, sealed)) = bytes.split_first() else {
        return;
    };
    let open = |cut: usize| {
        let mut opener = Opener::new(&RoomKey::from_bytes([0; 16]));
        let mut out = Vec::new();
        let pushed = sealed
            .chunks(cut)
            .try_for_each(|part| opener.push(part, &mut out));
        (pushed.and_then(|()| opener.finish(&mut out)), out)
    };
    let (result, out) = open(usize::from(*cut) + 1);
    assert!(out.len() <= sealed.len());
    assert_eq!((result, out), open(usize::MAX));
});
