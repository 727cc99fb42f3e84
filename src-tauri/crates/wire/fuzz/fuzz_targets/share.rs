//! What native peers say of files, the picture that comes with one, and magnet links.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::share::{MAX_SHARE_NAME_BYTES, is_thumbnail};
use wire::{Action, Body, BodyKind, Magnet};

fuzz_target!(|bytes: &[u8]| {
    for name in ["n.8", "n.9", "n.10", "n.11"] {
        let body = Body {
            action: name.to_owned(),
            kind: BodyKind::Json,
            payload: bytes.to_vec(),
            metadata: None,
        };
        if let Ok(action) = Action::parse(&body) {
            // What was understood is understood again when we say it.
            assert_eq!(Action::parse(&action.body()), Ok(action));
        }
    }
    let _ = is_thumbnail(bytes);
    if let Ok(text) = str::from_utf8(bytes)
        && let Some(magnet) = Magnet::parse(text)
    {
        assert!(magnet.name.len() <= MAX_SHARE_NAME_BYTES);
    }
});
