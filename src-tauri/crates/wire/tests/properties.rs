//! What must hold for any input: nothing panics, what we write is read back as it was meant.

use proptest::prelude::*;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng as _;
use wire::chat::{MAX_CUSTOM_NAME_IN, MAX_TRANSCRIPT_ENTRIES_IN, Transcript, clean_name};
use wire::share::{MAX_SHARE_NAME_BYTES, clean_share_name, is_thumbnail};
use wire::talk::MAX_EMOJI_BYTES;
use wire::{
    Action, Assembly, Body, BodyKind, Change, Changed, Chunk, Emoji, Feature, FromTracker, Has,
    Holding, InfoHash, Invitation, InvitedAccess, KeyPair, LineName, LineState, Magnet, Mark,
    Message, MessageId, Metadata, Native, OfferId, OfferName, Origin, Outer, PeerId, RoomName,
    RoomToken, Secret, Share, ShareKind, SignalKey, SignalKind, States, ToTracker, TorrentHash,
    TranscriptEntry, TranscriptItem, TransferId, TransferSignal, UserId, animal_name, frames,
    presence, verify,
};

const ACTIONS: [&str; 28] = [
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
    "n.8",
    "n.9",
    "n.10",
    "n.11",
    "g.99",
];

proptest! {
    #[test]
    fn bytes_never_panic_a_frame(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = Outer::parse(&bytes);
        if let Ok(chunk) = Chunk::parse(&bytes) {
            let _ = Assembly::new().push(chunk);
        }
    }

    #[test]
    fn a_damaged_frame_never_panics_what_reads_it(
        at in 0..140_usize,
        value in any::<u8>(),
        length in 0..200_usize,
    ) {
        let mut frame = frames(token(), 3, &Action::Typing(true).body()).remove(0);
        if let Some(byte) = frame.get_mut(at) {
            *byte = value;
        }
        frame.truncate(length);
        if let Ok(Outer::Room { chunk, .. }) = Outer::parse(&frame)
            && let Ok(Some(body)) = Assembly::new().push(chunk)
        {
            let _ = Action::parse(&body);
        }
    }

    #[test]
    fn bytes_never_panic_an_action(
        name in prop::sample::select(&ACTIONS[..]),
        kind in kind(),
        payload in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let _ = Action::parse(&Body { action: name.to_owned(), kind, payload, metadata: None });
    }

    #[test]
    fn json_never_panics_an_action(name in prop::sample::select(&ACTIONS[..]), text in json_text()) {
        let body = Body {
            action: name.to_owned(),
            kind: BodyKind::Json,
            payload: text.into_bytes(),
            metadata: None,
        };
        if let Ok(action) = Action::parse(&body) {
            // What was understood is understood again when we say it.
            prop_assert_eq!(Action::parse(&action.body()), Ok(action));
        }
    }

    #[test]
    fn text_never_panics_a_reader_of_text(text in any::<String>()) {
        let default = origin();
        let _ = FromTracker::parse(&text);
        let _ = key().open(&text);
        let _ = Invitation::parse(&text, &default);
        let _ = Origin::parse(&text);
        let _ = PeerId::parse(&text);
        let _ = RoomToken::parse(&text);
        let _ = Secret::parse(&text);
        let _ = KeyPair::from_private(&text);
        let _ = Transcript::parse(text.as_bytes());
        let _ = animal_name(&text);
        let _ = verify(&text, &name(), &user(), &text);
    }

    #[test]
    fn json_never_panics_what_hears_trackers(text in json_text()) {
        let _ = FromTracker::parse(&text);
    }

    #[test]
    fn links_never_panic(
        start in prop::sample::select(vec!["https://", "http://a.example/", "chitchatter://public/", "chitchatter://private/x?", "https://a.example/private/r#", "https://a.example/?/"]),
        rest in "[ -~é%&#?=/+:@~\\[\\]]{0,80}",
    ) {
        let link = format!("{start}{rest}");
        if let Ok(invitation) = Invitation::parse(&link, &origin()) {
            // Whatever was understood can be passed on.
            let passed = match invitation.app_link_with_secret() {
                Some(link) => link,
                None => invitation.app_link(),
            };
            prop_assert_eq!(Invitation::parse(&passed, &origin()), Ok(invitation));
        }
    }

    #[test]
    fn what_is_sealed_opens(sdp in any::<String>(), iv in any::<[u8; 16]>()) {
        prop_assert_eq!(key().open(&key().seal(&sdp, iv)), Ok(sdp));
    }

    #[test]
    fn a_damaged_seal_does_not_open_to_something_else(
        sdp in "[a-z]{1,50}",
        iv in any::<[u8; 16]>(),
        at in any::<prop::sample::Index>(),
        other in prop::char::range('!', '~'),
    ) {
        let sealed = key().seal(&sdp, iv);
        let mut damaged: Vec<char> = sealed.chars().collect();
        let at = at.index(damaged.len());
        damaged[at] = other;
        let damaged: String = damaged.into_iter().collect();
        if let Ok(opened) = key().open(&damaged) {
            prop_assert_eq!(opened, sdp);
        }
    }

    #[test]
    fn what_is_cut_is_joined(
        action in "[a-z@_.0-9]{1,32}",
        nonce in any::<u16>(),
        kind in kind(),
        (length, step) in (0..50_000_usize, any::<u8>()),
        metadata in prop::option::of(prop::collection::vec(any::<u8>(), 0..100)),
    ) {
        let payload = (0..length).map(|at| (at as u8).wrapping_mul(step)).collect();
        let body = Body { action, kind, payload, metadata };
        let mut assembly = Assembly::new();
        let mut joined = None;
        for frame in frames(token(), nonce, &body) {
            prop_assert!(frame.len() <= 16_451);
            prop_assert_eq!(&joined, &None);
            let Ok(Outer::Room { token: read, chunk }) = Outer::parse(&frame) else {
                panic!("not a room frame");
            };
            prop_assert_eq!((read, chunk.nonce), (token(), nonce));
            joined = assembly.push(chunk).expect("taken");
        }
        prop_assert_eq!(joined, Some(body));
        prop_assert_eq!(assembly.held(), 0);
    }

    #[test]
    fn presence_is_read_back(present in any::<bool>()) {
        let frame = presence(token(), present);
        prop_assert_eq!(Outer::parse(&frame), Ok(Outer::Presence { token: token(), present }));
    }

    #[test]
    fn messages_are_read_back(message in message()) {
        for action in [Action::Message(message.clone()), Action::DirectMessage(message)] {
            prop_assert_eq!(Action::parse(&action.body()), Ok(action));
        }
    }

    #[test]
    fn what_native_peers_say_of_lines_is_read_back(
        line in line(),
        text in any::<String>(),
        emoji in emoji(),
        (direct, on) in any::<(bool, bool)>(),
        lines in prop::collection::vec(state(), 0..10),
    ) {
        let change = |what| Change { id: line.id.clone(), direct, what };
        for action in [
            Action::Change(change(Changed::Text(text))),
            Action::Change(change(Changed::Gone)),
            Action::Receipt(line.id.clone()),
            Action::Mark(Mark { line: line.clone(), direct, emoji, on }),
            Action::States(States { direct, lines }),
        ] {
            prop_assert_eq!(Action::parse(&action.body()), Ok(action));
        }
    }

    #[test]
    fn what_native_peers_say_of_files_is_read_back(
        share in share(),
        has in prop::sample::select(vec![Has::None, Has::Part, Has::Whole]),
        kind in prop::sample::select(vec![SignalKind::Offer, SignalKind::Answer]),
        seed in any::<u64>(),
        sdp in ".{1,500}",
    ) {
        let offer = share.offer;
        let id = TransferId::random(&mut ChaCha8Rng::seed_from_u64(seed));
        for action in [
            Action::Share(Box::new(share)),
            Action::Unshare(offer),
            Action::Holding(Holding { offer, has }),
            Action::TransferSignal(TransferSignal { offer, id, kind, sdp }),
        ] {
            prop_assert_eq!(Action::parse(&action.body()), Ok(action));
        }
    }

    #[test]
    fn cleaning_a_shares_name_twice_changes_nothing(name in any::<String>()) {
        let clean = clean_share_name(&name);
        prop_assert!(clean.len() <= MAX_SHARE_NAME_BYTES);
        prop_assert_eq!(clean_share_name(&clean), clean);
    }

    #[test]
    fn no_text_is_too_odd_for_a_magnet_link(
        text in "(magnet:\\?)?(xt=urn:btih:|dn=|&|%|[0-9a-fA-F]{40}|\\PC){0,20}",
        hash: [u8; 20],
    ) {
        let _ = Magnet::parse(&text);
        let hash = TorrentHash(hash);
        let link = format!("magnet:?xt=urn:btih:{hash}&{}", text.replace("xt", "x"));
        prop_assert_eq!(Magnet::parse(&link).map(|it| it.hash), Some(hash));
    }

    #[test]
    fn bytes_never_panic_what_looks_at_pictures(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        let _ = is_thumbnail(&bytes);
        let _ = is_thumbnail(&[&[0xff, 0xd8, 0xff, 0xe1, 0, 2, 0xff], &*bytes].concat());
    }

    #[test]
    fn whatever_counts_as_an_emoji_is_short_and_shows_something(text in any::<String>()) {
        if let Ok(emoji) = Emoji::parse(&text) {
            prop_assert!(emoji.as_str().len() <= MAX_EMOJI_BYTES);
            prop_assert!(!emoji.as_str().chars().any(|it| it.is_alphabetic() || it.is_control()));
        }
    }

    #[test]
    fn transcripts_are_read_back(
        entries in prop::collection::vec((message(), prop::option::of(time())), 0..20)
    ) {
        let entries = entries
            .into_iter()
            .map(|(message, time_received)| TranscriptEntry {
                entry: TranscriptItem::Message(message),
                time_received,
            })
            .collect();
        let action = Action::Transcript(entries);
        prop_assert_eq!(Action::parse(&action.body()), Ok(action));
    }

    #[test]
    fn metadata_is_read_back(
        custom_name in any::<String>().prop_map(|name| clean_name(&name)),
        public_key in "[A-Za-z0-9+/=]{0,1024}",
        signature in "[A-Za-z0-9+/=]{0,400}",
        native in prop::option::of((1..u32::MAX, prop::collection::vec(prop::sample::select(&Feature::ALL[..]), 0..5))),
    ) {
        let action = Action::Metadata(Box::new(Metadata {
            user_id: user(),
            custom_name,
            public_key,
            signature,
            native: native.map(|(version, features)| Native {
                version,
                features: features.into_iter().collect(),
            }),
        }));
        prop_assert_eq!(Action::parse(&action.body()), Ok(action));
    }

    #[test]
    fn cleaning_a_name_twice_changes_nothing(name in any::<String>()) {
        let clean = clean_name(&name);
        prop_assert!(clean.chars().count() <= MAX_CUSTOM_NAME_IN);
        prop_assert_eq!(clean.trim(), &clean);
        prop_assert_eq!(clean_name(&clean), clean);
    }

    #[test]
    fn invitations_are_read_back(
        room in "[^\\p{Cc}]{1,60}",
        secret in prop::option::of(any::<String>()),
        trackers in prop::collection::vec("wss?://[a-z]{1,20}\\.example(:[1-9][0-9]{0,3})?(/[a-z]{0,9})?", 0..8),
    ) {
        let Ok(name) = RoomName::parse(&room) else {
            return Ok(());
        };
        let invitation = Invitation {
            origin: Origin::parse("http://localhost:3000").expect("an origin"),
            access: match secret {
                None => InvitedAccess::Public,
                Some(password) => InvitedAccess::Private(Some(Secret::from_password(&name, &password))),
            },
            name,
            trackers,
        };
        let app = invitation.app_link_with_secret().unwrap_or_else(|| invitation.app_link());
        prop_assert_eq!(Invitation::parse(&app, &origin()), Ok(invitation.clone()));

        // Browsers resolve rooms called like folders away; every other name survives their links.
        if !matches!(invitation.name.as_str(), "." | "..") {
            let web = invitation.web_link_with_secret().unwrap_or_else(|| invitation.web_link());
            let read = Invitation::parse(&web, &origin());
            prop_assert_eq!(read, Ok(Invitation { trackers: Vec::new(), ..invitation }));
        }
    }

    #[test]
    fn what_we_announce_is_json_with_our_ids(seed in any::<u64>(), sealed in any::<String>()) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let (own, other) = (PeerId::random_low(&mut rng), PeerId::random(&mut rng));
        let offer_id = OfferId::random(&mut rng);
        prop_assert!(own.as_str().starts_with("0000"));
        prop_assert_eq!(PeerId::parse(other.as_str()), Ok(other));
        prop_assert_eq!((own < other, own == other), (own.as_str() < other.as_str(), false));

        let info_hash = InfoHash::derive("app", "room");
        let message = ToTracker::Answer { info_hash, peer_id: own, to: other, offer_id, sealed: sealed.clone() };
        let value: serde_json::Value = serde_json::from_str(&message.to_json()).expect("JSON");
        prop_assert_eq!(value["answer"]["sdp"].as_str(), Some(&*sealed));
        prop_assert_eq!(value["to_peer_id"].as_str(), Some(other.as_str()));
    }

    #[test]
    fn every_user_has_an_animal(user in any::<String>()) {
        let name = animal_name(&user);
        prop_assert!(name.split_once(' ').is_some_and(|(adjective, animal)| !adjective.is_empty() && !animal.is_empty()));
    }
}

#[test]
fn transcripts_stay_within_their_length() {
    for count in [0, 1, 499, 500, 501, 2_000] {
        let entry = r#"{"authorId":"a","text":"t","timeSent":1,"id":"i"}"#;
        let text = format!("[{}]", vec![entry; count].join(","));
        let read = Transcript::parse(text.as_bytes()).expect("a list");

        assert_eq!(read.entries.len(), count.min(MAX_TRANSCRIPT_ENTRIES_IN));
    }
}

fn kind() -> impl Strategy<Value = BodyKind> {
    prop::sample::select(vec![BodyKind::Text, BodyKind::Json, BodyKind::Binary])
}

fn message() -> impl Strategy<Value = Message> {
    (any::<String>(), time(), id(), prop::option::of(line())).prop_map(
        |(text, time_sent, id, reply_to)| Message {
            author_id: user(),
            text,
            time_sent,
            id,
            reply_to,
        },
    )
}

fn id() -> impl Strategy<Value = MessageId> {
    any::<u64>().prop_map(|seed| MessageId::random(&mut ChaCha8Rng::seed_from_u64(seed)))
}

fn share() -> impl Strategy<Value = Share> {
    let kinds = [
        ShareKind::File,
        ShareKind::Folder,
        ShareKind::Image,
        ShareKind::Audio,
        ShareKind::Video,
    ];
    let name = any::<String>()
        .prop_map(|name| clean_share_name(&name))
        .prop_filter("shows something", |name| !name.is_empty());
    (
        (id(), any::<[u8; 32]>(), name),
        (
            1..u32::MAX,
            any::<u64>(),
            prop::sample::select(kinds.to_vec()),
            time(),
        ),
        (
            prop::option::of(0..9_000_usize),
            prop::option::of(any::<[u8; 20]>()),
            prop::option::of(Just(user())),
        ),
    )
        .prop_map(
            |((id, offer, name), (files, size, kind, time_sent), (jpeg, hash, author))| Share {
                id,
                offer: OfferName(offer),
                name,
                files,
                size,
                kind,
                time_sent,
                thumbnail: jpeg.map(|length| {
                    let mut jpeg = vec![0xff, 0xd8, 0xff, 0xc0, 0, 11, 8, 0, 90, 0, 90];
                    jpeg.resize(11 + length, 7);
                    jpeg.into()
                }),
                inline: hash.map(|hash| format!("magnet:?xt=urn:btih:{}", TorrentHash(hash))),
                author,
            },
        )
}

fn line() -> impl Strategy<Value = LineName> {
    id().prop_map(|id| LineName {
        author_id: user(),
        id,
    })
}

fn emoji() -> impl Strategy<Value = Emoji> {
    prop::sample::select(vec!["👍", "❤️", "🇪🇸", "1️⃣", "👩🏽‍🚀"])
        .prop_map(|text| Emoji::parse(text).expect("an emoji"))
}

fn state() -> impl Strategy<Value = LineState> {
    (
        line(),
        prop::option::of(line()),
        prop::option::of(any::<String>()),
        any::<bool>(),
        prop::collection::vec((emoji(), prop::collection::vec(Just(user()), 0..5)), 0..4),
    )
        .prop_map(|(line, reply_to, text, gone, marks)| LineState {
            line,
            reply_to,
            text,
            gone,
            marks,
        })
}

/// The times a browser's clock knows.
fn time() -> impl Strategy<Value = i64> {
    -8_640_000_000_000_000..=8_640_000_000_000_000_i64
}

/// JSON built from the words of the protocol, so that it often nearly fits.
fn json_text() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "userId",
        "customUsername",
        "publicKeyString",
        "identitySignatureBase64",
        "native",
        "version",
        "features",
        "burst",
        "authorId",
        "text",
        "timeSent",
        "id",
        "timeReceived",
        "replyTo",
        "replyToAuthor",
        "direct",
        "gone",
        "emoji",
        "on",
        "upTo",
        "lines",
        "marks",
        "by",
        "👍",
        "magnetURI",
        "magnet:?xt=1",
        "isAllInlineMedia",
        "name",
        "files",
        "size",
        "kind",
        "thumbnail",
        "inline",
        "has",
        "whole",
        "0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f",
        "isTyping",
        "microphone",
        "screen-share",
        "PLAYING",
        "STOPPED",
        "type",
        "sdp",
        "offer",
        "answer",
        "candidate",
        "k",
        "s",
        "t",
        "m",
        "WEBCAM",
        "__trystero_pw",
        "challenge",
        "response",
        "c",
        "h",
        "failure reason",
        "warning message",
        "interval",
        "info_hash",
        "peer_id",
        "offer_id",
        "complete",
        "incomplete",
        "725f285p2e14c273x6l2",
    ]);
    let leaf = prop_oneof![
        Just("null".to_owned()),
        any::<bool>().prop_map(|value| value.to_string()),
        any::<f64>()
            .prop_filter("finite", |value| value.is_finite())
            .prop_map(|value| value.to_string()),
        any::<i64>().prop_map(|value| value.to_string()),
        words.clone().prop_map(|word| format!("\"{word}\"")),
        any::<String>().prop_map(|text| serde_json::Value::String(text).to_string()),
        Just(r#""\ud83d""#.to_owned()),
    ];
    leaf.prop_recursive(4, 40, 8, move |inner| {
        let pair =
            (words.clone(), inner.clone()).prop_map(|(key, value)| format!("\"{key}\":{value}"));
        prop_oneof![
            prop::collection::vec(inner, 0..6).prop_map(|items| format!("[{}]", items.join(","))),
            prop::collection::vec(pair, 0..8).prop_map(|pairs| format!("{{{}}}", pairs.join(","))),
        ]
    })
}

fn token() -> RoomToken {
    RoomToken::derive("app", "room")
}

fn key() -> SignalKey {
    SignalKey::derive("password", "app", "room")
}

fn origin() -> Origin {
    Origin::parse("https://default.example").expect("an origin")
}

fn name() -> RoomName {
    RoomName::parse("room").expect("a name")
}

fn user() -> UserId {
    UserId::parse("92b7cc2e-0906-4b5f-ad38-5aa5c8ed3b1c").expect("an id")
}
