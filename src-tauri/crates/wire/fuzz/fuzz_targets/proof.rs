//! What is asked and answered about keys, and the fingerprints in a description.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::{Action, Body, BodyKind, Fingerprints, Nonce};

fuzz_target!(|bytes: &[u8]| {
    for name in ["n.6", "n.7"] {
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
    let Ok(text) = str::from_utf8(bytes) else {
        return;
    };
    if let Some(nonce) = Nonce::parse(text) {
        assert_eq!(nonce.to_text(), text);
    }
    let before = Fingerprints::of(text);
    assert_eq!(Fingerprints::of(&format!("{text}\r\nm=x")), before);
});
