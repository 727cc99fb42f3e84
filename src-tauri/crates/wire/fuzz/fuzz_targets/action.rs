//! One finished transmission: a byte chooses the name, another its kind, the rest is the payload.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::{Action, Body, BodyKind};

const NAMES: [&str; 32] = [
    "@_hsdata",
    "@_hsready",
    "@_leave",
    "@_ping",
    "@_pong",
    "@_signal",
    "@_stream",
    "@_track",
    "g.0",
    "g.1",
    "g.2",
    "g.3",
    "g.4",
    "g.5",
    "g.6",
    "g.7",
    "g.8",
    "dm.0",
    "dm.8",
    "n.0",
    "n.1",
    "n.2",
    "n.3",
    "n.4",
    "n.5",
    "n.6",
    "n.7",
    "n.8",
    "n.9",
    "n.10",
    "n.11",
    "g.99",
];
const KINDS: [BodyKind; 4] = [
    BodyKind::Json,
    BodyKind::Json,
    BodyKind::Text,
    BodyKind::Binary,
];

fuzz_target!(|bytes: &[u8]| {
    let [name, kind, payload @ ..] = bytes else {
        return;
    };
    let body = Body {
        action: NAMES[usize::from(*name) % NAMES.len()].to_owned(),
        kind: KINDS[usize::from(*kind) % KINDS.len()],
        payload: payload.to_vec(),
        metadata: None,
    };
    if let Ok(action) = Action::parse(&body) {
        // What was understood is understood again when we say it.
        assert_eq!(Action::parse(&action.body()), Ok(action));
    }
});
