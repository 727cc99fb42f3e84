//! Whatever a person pastes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::{Invitation, Origin};

fuzz_target!(|text: &str| {
    let _ = Origin::parse(text);
    let Ok(default) = Origin::parse("https://default.example") else {
        return;
    };
    if let Ok(invitation) = Invitation::parse(text, &default) {
        // Whatever was understood can be passed on.
        let link = match invitation.app_link_with_secret() {
            Some(link) => link,
            None => invitation.app_link(),
        };
        // Escaping makes a link longer, at worst beyond what we read.
        if link.len() <= wire::link::MAX_LINK_BYTES {
            assert_eq!(Invitation::parse(&link, &default), Ok(invitation));
        }
    }
});
