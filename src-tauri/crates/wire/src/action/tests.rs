//! All that can be said is understood as it was meant, and nothing else is.

use super::*;
use crate::chat::{MAX_MAGNET_BYTES, MAX_TEXT_UNITS, TranscriptItem};
use crate::ids::{MessageId, TransferId, UserId};
use crate::native::Native;
use crate::share::{Has, ShareKind};
use crate::talk::{Changed, Emoji, LineName, LineState};
use crate::tracker::SignalKind;

#[test]
fn everything_we_can_say_is_understood_as_it_was_meant() {
    for action in all() {
        let body = action.body();

        assert_eq!(body.action, action.name());
        assert!(body.payload.len() <= size_limit(action.name()));
        assert_eq!(Action::parse(&body), Ok(action));
    }
}

#[test]
fn what_nobody_here_knows_is_unknown_and_not_malformed() {
    for name in ["g.9", "dm.1", "dm.3", "@_response", "g.", "G.0", "x"] {
        let body = Body {
            action: name.to_owned(),
            ..Action::Ping.body()
        };
        assert_eq!(
            Action::parse(&body),
            Err(ActionError::Unknown {
                name: name.to_owned()
            })
        );
    }
}

#[test]
fn the_longest_text_is_taken_and_one_unit_more_is_not() {
    for (action, units) in [
        (MESSAGE, MAX_TEXT_UNITS),
        (DIRECT_MESSAGE, MAX_TEXT_UNITS_IN),
    ] {
        assert!(Action::parse(&message(action, &"x".repeat(units))).is_ok());
        // An emoji is two units, and six bytes each when it is escaped.
        assert!(Action::parse(&message(action, &"🙂".repeat(units / 2))).is_ok());
    }
    assert_eq!(
        Action::parse(&message(MESSAGE, &"🙂".repeat(5_001))),
        Err(ActionError::TooLong {
            action: MESSAGE,
            length: 10_002,
            limit: MAX_TEXT_UNITS_IN
        })
    );
}

#[test]
fn a_payload_over_its_limit_is_not_even_looked_at() {
    let body = Body {
        payload: vec![b' '; MAX_SMALL_BYTES + 1],
        ..Action::Typing(true).body()
    };

    assert_eq!(
        Action::parse(&body),
        Err(ActionError::TooLong {
            action: TYPING,
            length: MAX_SMALL_BYTES + 1,
            limit: MAX_SMALL_BYTES
        })
    );
}

#[test]
fn any_number_is_a_time_and_anything_else_is_none() {
    let sent = |time: &str| {
        let text = format!(r#"{{"authorId":"a","text":"","timeSent":{time},"id":"i"}}"#);
        match Action::parse(&json_body(MESSAGE, &text)) {
            Ok(Action::Message(message)) => Some(message.time_sent),
            _ => None,
        }
    };

    assert_eq!(sent("1795359092883"), Some(1_795_359_092_883));
    assert_eq!(sent("1.5"), Some(1));
    assert_eq!(sent("-3"), Some(-3));
    assert_eq!(sent("1e300"), Some(8_640_000_000_000_000));
    assert_eq!(sent("18446744073709551615"), Some(8_640_000_000_000_000));
    for odd in ["null", "\"1\"", "[]", "true", "1e999"] {
        assert_eq!(sent(odd), None, "{odd}");
    }
}

#[test]
fn malformed_payloads_are_refused_whatever_they_hold() {
    let deep = "[".repeat(2_000);
    for name in [
        SIGNAL,
        STREAM,
        TRACK,
        MESSAGE,
        DIRECT_MESSAGE,
        INLINE_MEDIA,
        TRANSCRIPT,
        METADATA,
        TYPING,
        DIRECT_TYPING,
        FILE_OFFER,
        CHANGE,
        MARK,
        RECEIPT,
        STATES,
        COMPANY,
        INTRODUCTION,
        SHARE,
        UNSHARE,
        HOLDING,
        TRANSFER_SIGNAL,
    ] {
        for text in [
            "",
            "{",
            "5",
            "\"x\"",
            "{}",
            "[[[",
            &deep,
            "{\"k\":5,\"isTyping\":1}",
            "\u{0}",
        ] {
            assert!(
                matches!(Action::parse(&json_body(name, text)), Err(ActionError::Malformed { action, .. }) if action == name),
                "{name} {text}"
            );
        }
        let bytes = Body {
            payload: vec![0xff, 0xfe],
            ..json_body(name, "")
        };
        assert!(matches!(
            Action::parse(&bytes),
            Err(ActionError::Malformed { .. })
        ));
        let text = Body {
            kind: BodyKind::Text,
            ..json_body(name, "[]")
        };
        assert!(matches!(
            Action::parse(&text),
            Err(ActionError::Malformed { .. })
        ));
    }
    for name in [VIDEO, SCREEN] {
        for kind in [BodyKind::Text, BodyKind::Json, BodyKind::Binary] {
            let body = Body {
                kind,
                ..json_body(name, "playing")
            };
            assert!(matches!(
                Action::parse(&body),
                Err(ActionError::Malformed { .. })
            ));
        }
    }
}

#[test]
fn an_odd_step_of_the_handshake_is_some_other_step() {
    let long = format!(
        r#"{{"__trystero_pw":"challenge","c":"{}"}}"#,
        "x".repeat(257)
    );
    for text in [
        "",
        "null",
        "[]",
        r#"{"__trystero_pw":"challenge"}"#,
        r#"{"__trystero_pw":"response","h":5}"#,
        &long,
    ] {
        assert_eq!(
            Action::parse(&json_body(HANDSHAKE_DATA, text)),
            Ok(Action::HandshakeData(Handshake::Other)),
            "{text}"
        );
    }
}

#[test]
fn sounds_nobody_knows_are_ignored() {
    for (text, microphone, screen_share) in [
        (r#"{"microphone":"PLAYING"}"#, Some(true), None),
        (
            r#"{"screen-share":"STOPPED","drum":"PLAYING"}"#,
            None,
            Some(false),
        ),
        (r#"{"microphone":"LOUD"}"#, None, None),
        ("5", None, None),
    ] {
        assert_eq!(
            Action::parse(&json_body(AUDIO, text)),
            Ok(Action::Audio {
                microphone,
                screen_share
            })
        );
    }
}

#[test]
fn magnet_links_are_magnet_links_and_short() {
    let offer = |magnet: &str| {
        let text = json!({ "magnetURI": magnet }).to_string();
        Action::parse(&json_body(FILE_OFFER, &text))
    };

    assert_eq!(
        offer("magnet:?xt=urn:btih:0"),
        Ok(Action::FileOffer(Some(FileOffer {
            magnet_uri: "magnet:?xt=urn:btih:0".to_owned(),
            is_all_inline_media: false
        })))
    );
    assert!(offer("https://elsewhere").is_err());
    assert!(offer("magnet:?\n").is_err());
    assert!(offer(&format!("magnet:?{}", "x".repeat(MAX_MAGNET_BYTES))).is_err());
}

#[test]
fn half_an_emoji_does_not_cost_the_message() {
    let text = r#"{"authorId":"a","text":"oh \ud83d","timeSent":1,"id":"i"}"#;

    let read = Action::parse(&json_body(MESSAGE, text)).expect("a message");
    assert!(matches!(read, Action::Message(message) if message.text == "oh \u{fffd}"));
}

fn all() -> Vec<Action> {
    let author_id = UserId::parse("dd10555f-3dc0-440f-909e-30fcb914b8d9").expect("an id");
    let message = Message {
        author_id: author_id.clone(),
        text: "**é** \"🙂\"\n\u{1f}\u{2028}\\".to_owned(),
        time_sent: 1_795_359_093_311,
        id: MessageId::parse("39046d2f-e595-4db8-8273-5d84e51c2290").expect("an id"),
        reply_to: None,
    };
    let line = LineName {
        author_id: author_id.clone(),
        id: message.id.clone(),
    };
    let answer = Message {
        reply_to: Some(line.clone()),
        ..message.clone()
    };
    let emoji = Emoji::parse("👍").expect("an emoji");
    let media = InlineMedia {
        author_id: author_id.clone(),
        magnet_uri: "magnet:?xt=urn:btih:a8e8&dn=pic.png".to_owned(),
        time_sent: -1,
        id: message.id.clone(),
    };
    let announcement = MediaAnnouncement {
        key: "k".to_owned(),
        stream: Some("s".to_owned()),
        track: None,
        kind: Some(MediaKind::Webcam),
    };
    let mut all = vec![
        Action::HandshakeData(Handshake::Challenge { c: "c".to_owned() }),
        Action::HandshakeData(Handshake::Response { h: "h".to_owned() }),
        Action::HandshakeData(Handshake::Other),
        Action::HandshakeReady,
        Action::Leave,
        Action::Ping,
        Action::Pong,
        Action::Message(message.clone()),
        Action::DirectMessage(message.clone()),
        Action::Message(answer.clone()),
        Action::DirectMessage(answer),
        Action::Receipt(message.id.clone()),
        Action::Challenge(Nonce::parse(&"0123456789abcdef".repeat(4)).expect("a nonce")),
        Action::Proof("c2lnbmF0dXJl".to_owned()),
        Action::States(States::default()),
        Action::InlineMedia(media.clone()),
        Action::Transcript(Vec::new()),
        Action::Transcript(vec![
            TranscriptEntry {
                entry: TranscriptItem::Message(message),
                time_received: Some(5),
            },
            TranscriptEntry {
                entry: TranscriptItem::InlineMedia(media),
                time_received: None,
            },
        ]),
        Action::FileOffer(None),
        Action::FileOffer(Some(FileOffer {
            magnet_uri: "magnet:?xt=1".to_owned(),
            is_all_inline_media: true,
        })),
        Action::Audio {
            microphone: Some(true),
            screen_share: Some(false),
        },
        Action::Share(Box::new(Share {
            id: line.id.clone(),
            offer: OfferName([7; 32]),
            name: "é \"x\".png".to_owned(),
            files: 1,
            size: u64::MAX,
            kind: ShareKind::Image,
            time_sent: 5,
            thumbnail: None,
            inline: None,
            author: None,
        })),
        Action::Unshare(OfferName([7; 32])),
        Action::Holding(Holding {
            offer: OfferName([7; 32]),
            has: Has::Part,
        }),
        Action::TransferSignal(TransferSignal {
            offer: OfferName([7; 32]),
            id: TransferId::parse("0123456789abcdefGHIJ").expect("an id"),
            kind: SignalKind::Answer,
            sdp: "v=0\r\n".to_owned(),
        }),
        Action::Stream(announcement.clone()),
        Action::Track(MediaAnnouncement {
            track: Some("t".to_owned()),
            kind: None,
            ..announcement
        }),
    ];
    for kind in [
        RenegotiationKind::Offer,
        RenegotiationKind::Answer,
        RenegotiationKind::Candidate,
    ] {
        all.push(Action::Signal(Renegotiation {
            kind,
            sdp: "v=0\r\n".to_owned(),
        }));
    }
    for on in [true, false] {
        all.extend([
            Action::Change(Change {
                id: line.id.clone(),
                direct: on,
                what: Changed::Text("**é**".to_owned()),
            }),
            Action::Change(Change {
                id: line.id.clone(),
                direct: on,
                what: Changed::Gone,
            }),
            Action::Mark(Mark {
                line: line.clone(),
                direct: !on,
                emoji: emoji.clone(),
                on,
            }),
            Action::States(States {
                direct: on,
                lines: vec![LineState {
                    line: line.clone(),
                    reply_to: on.then(|| line.clone()),
                    text: (!on).then(|| "else".to_owned()),
                    gone: on,
                    marks: vec![(emoji.clone(), vec![author_id.clone()])],
                }],
            }),
            Action::Typing(on),
            Action::DirectTyping(on),
            Action::Video(on),
            Action::Screen(on),
        ]);
    }
    for native in [None, Some(Native::ours())] {
        all.push(Action::Metadata(Box::new(Metadata {
            user_id: author_id.clone(),
            custom_name: "Ada".to_owned(),
            public_key: "key".to_owned(),
            signature: "signature".to_owned(),
            native,
        })));
    }
    all
}

fn message(action: &str, text: &str) -> Body {
    let text = json!({ "authorId": "a", "text": text, "timeSent": 1, "id": "i" }).to_string();
    json_body(action, &text)
}

fn json_body(action: &str, text: &str) -> Body {
    Body {
        action: action.to_owned(),
        kind: BodyKind::Json,
        payload: text.as_bytes().to_vec(),
        metadata: None,
    }
}
