//! Writes the TypeScript twin of this crate's types, `ui/types/ipc.d.ts`.

use std::fmt::Write as _;
use std::path::Path;

use ts_rs::{Config, TS};

use crate::{
    Access, Advice, Candidate, CandidateKind, Chosen, Delivery, Density, Diagnosis, Direct,
    DirectTalk, Emoji, Entry, Event, Family, FetchFault, FieldFault, Fold, IceFailure, IceServer,
    IceTest, Imported, JoinRequest, Judged, LanHealth, Language, LastFailure, Likeness, Line,
    LinkFault, Links, Me, Nat, Notice, NoticeKind, Notifications, Offence, ParsedLink, Peer,
    PeerHealth, PinPlace, Pinned, Pins, Problem, ProblemKind, ProfileFault, Proof, QrCode,
    Reaction, Refusal, RemoteImage, Reply, Room, Rules, SecretLinks, Servers, Settings,
    SettingsFault, SettingsField, Share, ShareKind, Snapshot, Sound, Standing, SuggestedKind,
    Suggestion, TextSize, Theme, Tone, Tracker, TrackerFailure, TrackerHealth, TrackerState,
    TrackerTest, Transfer, TransferFault, TransferFile, TransferState, Tried, Trouble, TroubleKind,
    Unread, Verification,
};

#[test]
fn the_typescript_twin_is_the_one_committed() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../ui/types/ipc.d.ts");
    let committed = std::fs::read_to_string(&file).unwrap_or_default();
    let current = twin();

    if committed != current {
        std::fs::write(&file, &current).expect("ui/types is writable");
    }

    assert!(
        committed == current,
        "ui/types/ipc.d.ts was out of date; it is written, commit it"
    );
}

fn twin() -> String {
    let config = Config::new().with_large_int("number");
    let mut twin = String::from(HEAD);
    for declaration in [
        Snapshot::decl(&config),
        Event::decl(&config),
        Room::decl(&config),
        Links::decl(&config),
        SecretLinks::decl(&config),
        DirectTalk::decl(&config),
        Direct::decl(&config),
        Unread::decl(&config),
        Rules::decl(&config),
        Judged::decl(&config),
        Standing::decl(&config),
        Me::decl(&config),
        Peer::decl(&config),
        Likeness::decl(&config),
        Verification::decl(&config),
        Proof::decl(&config),
        crate::Path::decl(&config),
        Entry::decl(&config),
        Line::decl(&config),
        Reply::decl(&config),
        Reaction::decl(&config),
        Fold::decl(&config),
        Delivery::decl(&config),
        Share::decl(&config),
        ShareKind::decl(&config),
        Transfer::decl(&config),
        TransferState::decl(&config),
        TransferFile::decl(&config),
        TransferFault::decl(&config),
        Chosen::decl(&config),
        Notice::decl(&config),
        NoticeKind::decl(&config),
        Tracker::decl(&config),
        TrackerState::decl(&config),
        TrackerFailure::decl(&config),
        Problem::decl(&config),
        ProblemKind::decl(&config),
        Offence::decl(&config),
        JoinRequest::decl(&config),
        Access::decl(&config),
        ParsedLink::decl(&config),
        SuggestedKind::decl(&config),
        Suggestion::decl(&config),
        QrCode::decl(&config),
        Pins::decl(&config),
        Servers::decl(&config),
        Pinned::decl(&config),
        PinPlace::decl(&config),
        RemoteImage::decl(&config),
        Emoji::decl(&config),
        Imported::decl(&config),
        Settings::decl(&config),
        IceServer::decl(&config),
        Sound::decl(&config),
        Tone::decl(&config),
        Notifications::decl(&config),
        Theme::decl(&config),
        TextSize::decl(&config),
        Density::decl(&config),
        Language::decl(&config),
        Diagnosis::decl(&config),
        TrackerHealth::decl(&config),
        LastFailure::decl(&config),
        Candidate::decl(&config),
        CandidateKind::decl(&config),
        Family::decl(&config),
        Nat::decl(&config),
        LanHealth::decl(&config),
        PeerHealth::decl(&config),
        Tried::decl(&config),
        Advice::decl(&config),
        TrackerTest::decl(&config),
        IceTest::decl(&config),
        IceFailure::decl(&config),
        Refusal::decl(&config),
        LinkFault::decl(&config),
        SettingsFault::decl(&config),
        SettingsField::decl(&config),
        FieldFault::decl(&config),
        ProfileFault::decl(&config),
        FetchFault::decl(&config),
        Trouble::decl(&config),
        TroubleKind::decl(&config),
    ] {
        let _ = writeln!(twin, "\nexport {}", in_our_style(&declaration));
    }
    twin
}

/// A member with its comment on one line each, so that a person can read a difference.
fn in_our_style(declaration: &str) -> String {
    declaration
        .replace("\n/**\n * ", "\n  /** ")
        .replace("\n */\n", " */\n  ")
        .replace(", \n", ",\n")
        .replace("{ \n", "{\n")
        .replace(", };", ",\n};")
        .replace(", } |", ",\n} |")
}

const HEAD: &str = "\
// Written by `cargo test -p view` from the Rust types; do not edit.

/** HTML that only the crate `render` makes. A plain string is not one. */
export type SafeHtml = string & { readonly __safe: unique symbol };
";
