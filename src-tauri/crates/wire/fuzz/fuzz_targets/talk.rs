//! What native peers say of lines: the states of many, and one emoji.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::{Action, Body, BodyKind, Emoji};

fuzz_target!(|bytes: &[u8]| {
    for name in ["n.0", "n.1", "n.2", "n.3"] {
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
    if let Ok(text) = str::from_utf8(bytes)
        && let Ok(emoji) = Emoji::parse(text)
    {
        assert_eq!(emoji.as_str(), text);
    }
});
