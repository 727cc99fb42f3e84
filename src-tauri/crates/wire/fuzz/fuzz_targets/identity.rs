//! Evidence from a stranger: a key and a signature with a line between them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::{KeyPair, RoomName, UserId, verify};

fuzz_target!(|text: &str| {
    let (Ok(room), Ok(user)) = (RoomName::parse("room"), UserId::parse("user")) else {
        return;
    };
    let (key, signature) = text.split_once('\n').unwrap_or((text, "AAAA"));
    let _ = verify(key, &room, &user, signature);
    if let Ok(pair) = KeyPair::from_private(key) {
        let signature = pair.sign(&room, &user);
        let _ = verify(pair.public_key(), &room, &user, &signature);
    }
});
