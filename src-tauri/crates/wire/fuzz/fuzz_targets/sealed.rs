//! A sealed text from a stranger, and a text of our own through the seal and back.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::SignalKey;

fuzz_target!(|text: &str| {
    let key = SignalKey::derive("password", "app", "room");
    let _ = key.open(text);
    assert_eq!(key.open(&key.seal(text, [7; 16])).as_deref(), Ok(text));
});
