//! The JSON that the window and programs reading the terminal peer rely on.

use room::{RoomKey, Trust};
use serde_json::{Value, json};
use view::{
    Access, Event, FilesEvent, JoinRequest, ParsedLink, Refusal, ShareKind, Transfer,
    TransferFault, TransferFile, TransferState, project, snapshot,
};
use wire::{MessageId, Origin, PeerId, RoomAddress, RoomName, Secret, UserId};

#[test]
fn joined_tells_the_room_who_we_are_and_how_others_come() {
    let address = RoomAddress {
        origin: home(),
        name: RoomName::parse("démo 1").expect("a name"),
        access: wire::Access::Public,
    };
    let event = room::Event::Joined {
        room: RoomKey::new(&address, &home()),
        address,
        me: me(),
    };

    assert_eq!(
        written(project(event)),
        json!({
            "kind": "joined",
            "room": "démo 1",
            "name": "démo 1",
            "origin": "https://chitchatter.im",
            "private": false,
            "self": {
                "peerId": "0aaaaaaaaaaaaaaaaaaa",
                "userId": "user-1",
                "name": "Ann",
                "customName": "Ann",
                "animalName": "Helpful Peacock",
                "publicKey": "AAAA",
                "fingerprint": "77220 61502 48810 84012 56172 72024",
            },
            "links": {
                "web": "https://chitchatter.im/public/d%C3%A9mo%201",
                "app": "chitchatter://public/d%C3%A9mo%201?origin=https%3A%2F%2Fchitchatter.im",
            },
        })
    );
}

#[test]
fn the_secret_of_a_private_room_is_only_in_the_links_made_for_it() {
    let name = RoomName::parse("den").expect("a name");
    let secret = Secret::from_password(&name, "sesame");
    let address = RoomAddress {
        origin: home(),
        name,
        access: wire::Access::Private(secret.clone()),
    };
    let event = project(room::Event::Joined {
        room: RoomKey::new(&address, &home()),
        address,
        me: me(),
    });

    let debug = format!("{event:?}");
    let json = written(event.clone());
    let kept = written(event.without_secrets());

    assert_eq!(json["private"], json!(true));
    assert_eq!(
        json["links"]["web"],
        json!("https://chitchatter.im/private/den")
    );
    let link = json["links"]["secret"]["web"].as_str().expect("a link");
    assert!(link.starts_with("https://chitchatter.im/private/den#secret="));
    assert!(
        json["links"]["secret"]["app"]
            .as_str()
            .is_some_and(|it| it.contains("#secret="))
    );
    assert_eq!(kept["links"].get("secret"), None);
    assert!(
        !debug.contains("#secret=") && !debug.contains(secret.as_str()),
        "{debug}"
    );
}

#[test]
fn a_tracker_is_told_flat_with_the_reason_it_failed_for() {
    let tracker = |state, retry_at| {
        written(project(room::Event::TrackerChanged {
            tracker: room::TrackerStatus {
                url: "wss://tracker.example".to_owned(),
                state,
                local: false,
                retry_at,
            },
        }))
    };

    assert_eq!(
        tracker(room::TrackerState::Open, None),
        json!({
            "kind": "trackerChanged", "url": "wss://tracker.example", "state": "open", "local": false,
        })
    );
    let reason = room::TrackerFailure::Refused { status: Some(503) };
    assert_eq!(
        tracker(room::TrackerState::Failed { reason }, Some(5)),
        json!({
            "kind": "trackerChanged", "url": "wss://tracker.example", "state": "failed",
            "reason": "refused", "status": 503, "local": false, "retryAt": 5,
        })
    );
    let reason = room::TrackerFailure::Rejected {
        message: "go away".to_owned(),
    };
    assert_eq!(
        tracker(room::TrackerState::Failed { reason }, None)["message"],
        json!("go away")
    );
}

#[test]
fn a_peer_says_whether_it_is_verified_both_ways() {
    let peer = |trust| {
        written(project(room::Event::PeerJoined {
            room: demo(),
            peer: peer(trust),
            was_there: true,
        }))
    };

    assert_eq!(
        peer(Trust::Verified),
        json!({
            "kind": "peerJoined",
            "room": "demo",
            "peer": {
                "peerId": "zzzzzzzzzzzzzzzzzzzz", "userId": "user-2", "name": "Bo",
                "customName": "Bo", "animalName": "Precious Egret",
                "publicKey": null, "fingerprint": null, "verified": true,
                "verification": "verified", "native": false, "path": "direct", "typing": false,
                "person": "profile:user-2", "standing": "normal", "known": false, "slowed": false,
                "imitates": null, "keyChanged": false, "talks": false,
                "proof": "none",
            },
        })
    );
    assert_eq!(peer(Trust::Unverified)["peer"]["verified"], json!(false));
    assert_eq!(
        peer(Trust::Unidentified)["peer"]["verification"],
        json!("unidentified")
    );
}

#[test]
fn a_line_comes_as_typed_and_as_shown() {
    let event = project(room::Event::LineAdded {
        room: demo(),
        with: None,
        line: room::Line {
            imitates: Some(room::Likeness::Ours),
            ..line("*hi* <b>")
        },
    });

    assert_eq!(
        written(event),
        json!({
            "kind": "lineAdded",
            "room": "demo",
            "line": {
                "id": "m-1", "peerId": "zzzzzzzzzzzzzzzzzzzz", "author": "Bo", "authorId": "user-2",
                "text": "*hi* <b>", "html": "<p><em>hi</em> &lt;b&gt;</p>",
                "timeSent": 1_700_000_000_000_i64, "timeReceived": 1_700_000_000_050_i64,
                "own": false, "backfilled": false, "misattributed": false,
                "delivery": { "reached": 0, "of": 0, "received": 0, "failed": false },
                "key": 7, "reply": null, "edited": false, "deleted": false, "reactions": [],
                "mentionsMe": false, "folded": null, "share": null,
                "animalName": wire::animal_name("user-2"), "imitates": {"kind": "ours"},
            },
        })
    );
}

#[test]
fn the_small_events_keep_their_shapes() {
    let peer_id = peer(Trust::Verified).peer_id;
    let id = MessageId::parse("m-1").expect("an id");
    for (event, expected) in [
        (
            room::Event::PeerLeft {
                room: demo(),
                peer_id,
            },
            json!({"kind": "peerLeft", "room": "demo", "peerId": "zzzzzzzzzzzzzzzzzzzz"}),
        ),
        (
            room::Event::TypingChanged {
                room: demo(),
                peer_id,
                direct: false,
                typing: true,
            },
            json!({"kind": "typingChanged", "room": "demo", "peerId": "zzzzzzzzzzzzzzzzzzzz", "direct": false, "typing": true}),
        ),
        (
            room::Event::LineChanged {
                room: demo(),
                id,
                key: room::LineKey(7),
                with: None,
                delivery: room::Delivery {
                    reached: 1,
                    of: 2,
                    received: 1,
                    failed: false,
                },
            },
            json!({"kind": "lineChanged", "room": "demo", "id": "m-1", "key": 7, "delivery": {"reached": 1, "of": 2, "received": 1, "failed": false}}),
        ),
        (
            room::Event::DirectChanged {
                room: demo(),
                direct: room::Direct {
                    with: room::PersonId::Profile(UserId::parse("user-2").expect("an id")),
                    name: "Bo".to_owned(),
                    peer_id: None,
                    imitates: Some(room::Likeness::Oneself),
                },
            },
            json!({"kind": "directChanged", "room": "demo", "direct":
                {"with": "profile:user-2", "name": "Bo", "peerId": null,
                    "animalName": wire::animal_name("user-2"), "imitates": {"kind": "oneself"}}}),
        ),
        (
            room::Event::NoticeAdded {
                room: demo(),
                notice: room::Notice {
                    id: 3,
                    time: 9,
                    what: room::NoticeKind::Renamed {
                        peer_id: PeerId::parse("zzzzzzzzzzzzzzzzzzzz").expect("an id"),
                        from: "A".to_owned(),
                        to: "B".to_owned(),
                        animal_name: "Shiny Lynx".to_owned(),
                        imitates: Some(room::Likeness::Person("b".to_owned())),
                    },
                },
            },
            json!({"kind": "noticeAdded", "room": "demo", "notice":
                {"id": 3, "time": 9, "what": {"kind": "renamed", "peerId": "zzzzzzzzzzzzzzzzzzzz", "from": "A", "to": "B",
                    "animalName": "Shiny Lynx", "imitates": {"kind": "person", "name": "b"}}}}),
        ),
        (
            room::Event::Left { room: demo() },
            json!({"kind": "left", "room": "demo"}),
        ),
        (
            room::Event::TrackerGone {
                url: "ws://x".to_owned(),
            },
            json!({"kind": "trackerGone", "url": "ws://x"}),
        ),
        (
            room::Event::ProblemGone { id: 7 },
            json!({"kind": "problemGone", "id": 7}),
        ),
        (
            room::Event::ProblemAdded {
                problem: room::Problem {
                    id: 7,
                    time: 9,
                    what: room::ProblemKind::CutOff {
                        room: demo(),
                        name: "Bo".to_owned(),
                        offence: room::Offence::Oversized,
                    },
                },
            },
            json!({"kind": "problemAdded", "problem": {"id": 7, "time": 9, "what":
                {"kind": "cutOff", "room": "demo", "name": "Bo", "offence": "oversized"}}}),
        ),
    ] {
        assert_eq!(written(project(event)), expected);
    }
    assert_eq!(
        written(project(room::Event::MeChanged { me: me() }))["self"]["name"],
        json!("Ann")
    );
}

#[test]
fn a_snapshot_holds_what_the_events_would_have_told() {
    let address = RoomAddress {
        origin: home(),
        name: RoomName::parse("demo").expect("a name"),
        access: wire::Access::Public,
    };
    let json = written(snapshot(room::Snapshot {
        me: me(),
        home: home(),
        rooms: vec![room::RoomSnapshot {
            room: demo(),
            address,
            entries: vec![
                room::Entry::Line(line("hi")),
                room::Entry::Notice(room::Notice {
                    id: 1,
                    time: 2,
                    what: room::NoticeKind::Left {
                        name: "Cy".to_owned(),
                    },
                }),
            ],
            peers: vec![peer(Trust::Verified)],
            unread: room::Unread {
                lines: 2,
                mentions: 1,
            },
            muted: false,
            rules: room::Rules::default(),
            directs: Vec::new(),
        }],
        trackers: Vec::new(),
        problems: Vec::new(),
        judged: Vec::new(),
    }));

    assert_eq!(json["self"]["animalName"], json!("Helpful Peacock"));
    assert_eq!(json["home"], json!("https://chitchatter.im"));
    assert_eq!(
        json["rooms"][0]["links"]["web"],
        json!("https://chitchatter.im/public/demo")
    );
    assert_eq!(json["rooms"][0]["entries"][0]["kind"], json!("line"));
    assert_eq!(
        json["rooms"][0]["entries"][0]["line"]["html"],
        json!("<p>hi</p>")
    );
    assert_eq!(
        json["rooms"][0]["entries"][1]["notice"]["what"]["kind"],
        json!("left")
    );
    assert_eq!(json["rooms"][0]["peers"][0]["name"], json!("Bo"));
    assert_eq!(json["transfers"], json!([]));
}

#[test]
fn a_wish_to_join_becomes_an_address() {
    let wish = |text: &str, access, password: Option<&str>| {
        JoinRequest {
            text: text.to_owned(),
            access,
            password: password.map(str::to_owned),
        }
        .address(&home())
    };
    let secret =
        |password| Secret::from_password(&RoomName::parse("den").expect("a name"), password);
    let with_secret = format!(
        "https://chitchatter.im/private/den#secret={}",
        secret("sesame").as_str().replace('=', "%3D")
    );

    assert_eq!(
        wish("demo", Access::Public, None).map(|it| it.is_private()),
        Ok(false)
    );
    assert_eq!(
        wish("den", Access::Private, None),
        Err(Refusal::PasswordNeeded)
    );
    assert_eq!(
        wish("den", Access::Private, Some("")),
        Err(Refusal::PasswordNeeded)
    );
    assert_eq!(
        wish("den", Access::Private, Some("sesame")).map(|it| it.access),
        Ok(wire::Access::Private(secret("sesame")))
    );
    // A link says itself who may come in, and a secret in it opens the room without a password.
    assert_eq!(
        wish("https://other.example/public/x", Access::Private, None)
            .map(|it| it.origin.to_string()),
        Ok("https://other.example".to_owned())
    );
    assert_eq!(
        wish("https://chitchatter.im/private/den", Access::Public, None),
        Err(Refusal::PasswordNeeded)
    );
    assert_eq!(
        wish(&with_secret, Access::Public, None).map(|it| it.access),
        Ok(wire::Access::Private(secret("sesame")))
    );
    assert!(matches!(
        wish("  ", Access::Public, None),
        Err(Refusal::BadRoom { .. })
    ));
    assert!(
        !format!(
            "{:?}",
            JoinRequest {
                text: with_secret,
                access: Access::Private,
                password: Some("sesame".to_owned())
            }
        )
        .contains("se")
    );
}

#[test]
fn a_text_is_read_before_it_is_followed() {
    let read = |text| ParsedLink::read(text, &home()).map(written);

    assert_eq!(
        read("demo"),
        Ok(json!({
            "link": false, "name": "demo", "origin": "https://chitchatter.im", "elsewhere": false,
            "access": "public", "hasSecret": false, "trackers": [],
        }))
    );
    assert_eq!(
        read("http://localhost:3000/private/den"),
        Ok(json!({
            "link": true, "name": "den", "origin": "http://localhost:3000", "elsewhere": true,
            "access": "private", "hasSecret": false, "trackers": [],
        }))
    );
    assert_eq!(
        ParsedLink::read("https://example.com/elsewhere", &home()).map_err(written),
        Err(json!({"kind": "badRoom", "fault": "notARoom"}))
    );
}

#[test]
fn a_refusal_is_a_kind_and_its_numbers() {
    let refusal: Refusal = room::Refusal::MessageTooLong {
        units: 10_000,
        limit: 9_999,
    }
    .into();

    assert_eq!(
        written(refusal),
        json!({"kind": "messageTooLong", "units": 10_000, "limit": 9_999})
    );
    assert_eq!(
        written(Refusal::PasswordNeeded),
        json!({"kind": "passwordNeeded"})
    );
}

fn written(it: impl serde::Serialize) -> Value {
    serde_json::to_value(it).expect("plain data")
}

fn home() -> Origin {
    Origin::parse("https://chitchatter.im").expect("an origin")
}

fn demo() -> RoomKey {
    RoomKey::from_text("demo")
}

fn me() -> room::Me {
    room::Me {
        peer_id: PeerId::parse("0aaaaaaaaaaaaaaaaaaa").expect("an id"),
        user_id: UserId::parse("user-1").expect("an id"),
        name: "Ann".to_owned(),
        custom_name: "Ann".to_owned(),
        animal_name: "Helpful Peacock".to_owned(),
        public_key: "AAAA".to_owned(),
    }
}

fn peer(trust: Trust) -> room::Peer {
    room::Peer {
        peer_id: PeerId::parse("zzzzzzzzzzzzzzzzzzzz").expect("an id"),
        user_id: UserId::parse("user-2").ok(),
        name: "Bo".to_owned(),
        custom_name: "Bo".to_owned(),
        animal_name: "Precious Egret".to_owned(),
        public_key: Some("not a key".to_owned()),
        trust,
        native: false,
        path: room::Path::Direct,
        typing: false,
        person: room::PersonId::Profile(UserId::parse("user-2").expect("an id")),
        standing: room::Standing::Normal,
        known: false,
        slowed: false,
        imitates: None,
        key_changed: false,
        proof: room::Proof::None,
        talks: false,
    }
}

fn line(text: &str) -> room::Line {
    room::Line {
        id: MessageId::parse("m-1").expect("an id"),
        peer_id: PeerId::parse("zzzzzzzzzzzzzzzzzzzz").expect("an id"),
        author: "Bo".to_owned(),
        author_id: UserId::parse("user-2").ok(),
        text: text.to_owned(),
        time_sent: 1_700_000_000_000,
        time_received: 1_700_000_000_050,
        own: false,
        backfilled: false,
        misattributed: false,
        delivery: room::Delivery::default(),
        key: room::LineKey(7),
        reply: None,
        edited: false,
        deleted: false,
        reactions: Vec::new(),
        mentions: Vec::new(),
        mentions_me: false,
        folded: None,
        plain: false,
        share: None,
        imitates: None,
    }
}

#[test]
fn a_transfer_is_told_whole_each_time_and_its_end_by_its_name() {
    let transfer = Transfer {
        room: "demo".to_owned(),
        key: "ab".repeat(32),
        name: "film.mkv".to_owned(),
        kind: ShareKind::Video,
        own: false,
        state: TransferState::Failed,
        have: 5,
        total: Some(10),
        speed: 0,
        left_ms: None,
        peers: 0,
        stalled: false,
        files: vec![TransferFile {
            index: 0,
            name: "film.mkv".to_owned(),
            size: 10,
            kind: ShareKind::Video,
            path_shown: None,
            mime: Some("video/x-matroska".to_owned()),
            runs: false,
        }],
        folder: Some("/home/ann/Downloads".to_owned()),
        reason: Some(TransferFault::NoRoom {
            needed: 10,
            spare: 2,
            free: 3,
        }),
    };

    assert_eq!(
        written(Event::from(FilesEvent::TransferChanged { transfer })),
        json!({
            "kind": "transferChanged",
            "transfer": {
                "room": "demo", "key": "ab".repeat(32), "name": "film.mkv", "kind": "video",
                "own": false, "state": "failed", "have": 5, "total": 10, "speed": 0,
                "leftMs": null, "peers": 0, "stalled": false,
                "files": [{
                    "index": 0, "name": "film.mkv", "size": 10, "kind": "video",
                    "pathShown": null, "mime": "video/x-matroska",
                    "runs": false,
                }],
                "folder": "/home/ann/Downloads",
                "reason": { "kind": "noRoom", "needed": 10, "spare": 2, "free": 3 },
            },
        })
    );
    let gone = FilesEvent::TransferGone {
        room: "demo".to_owned(),
        key: "ab".repeat(20),
    };
    assert_eq!(
        written(Event::from(gone)),
        json!({ "kind": "transferGone", "room": "demo", "key": "ab".repeat(20) })
    );
}
