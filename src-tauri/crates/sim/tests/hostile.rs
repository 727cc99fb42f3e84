//! Peers that mean harm.

use std::time::Duration;

use room::{Offence, ProblemKind};
use sim::{Who, World, tell};
use wire::{Action, Body, BodyKind, Message, MessageId, RoomToken, UserId};

const TRACKER: &str = "wss://tracker.example";
const SECOND: Duration = Duration::from_secs(1);

/// Ann and Bob talk; Mallory is there too, by a page that can be made to say anything.
fn three(world: &mut World) -> (Who, Who, Who) {
    world.add_tracker(TRACKER);
    let (ann, bob, mallory) = (world.native(), world.native(), world.browser("m"));
    let all = [ann, bob, mallory];
    for who in all {
        world.join(who, &World::public("den"));
    }
    world.until("all meet", 3 * SECOND, |world| world.met(&all, "den"));
    (ann, bob, mallory)
}

/// Ann and Bob still talk, and promptly.
fn talk(world: &mut World, ann: Who, bob: Who) {
    let now = world.now();
    let (hello, hi) = (format!("hello {now:?}"), format!("hi {now:?}"));
    world.say(ann, "den", &hello);
    world.say(bob, "den", &hi);
    world.until("they hear each other", SECOND, |world| {
        world.has(bob, "den", &hello) && world.has(ann, "den", &hi)
    });
    assert!(world.sees(ann, bob, "den") && world.sees(bob, ann, "den"));
}

fn was_cut_off(world: &World, who: Who, offence: Offence) -> bool {
    world
        .witness(who)
        .problems_ever()
        .iter()
        .any(|what| matches!(what, ProblemKind::CutOff { offence: it, .. } if *it == offence))
}

fn token() -> RoomToken {
    World::public("den").token()
}

/// The one frame of a short action.
fn frame(action: &Action, nonce: u16) -> Vec<u8> {
    wire::frames(token(), nonce, &action.body()).swap_remove(0)
}

fn unknown(nonce: u16) -> Vec<u8> {
    let body = Body {
        action: "x.99".to_owned(),
        kind: BodyKind::Text,
        payload: b"?".to_vec(),
        metadata: None,
    };
    wire::frames(token(), nonce, &body).swap_remove(0)
}

/// Hands over a hundred at a time until nobody takes them any more.
fn flood(world: &mut World, from: Who, to: Who, frames: usize, make: impl Fn(u16) -> Vec<u8>) {
    for n in 0..frames {
        if !world.are_connected(from, to) {
            return;
        }
        let nonce = u16::try_from(n % 65_536).unwrap_or_default();
        world.smuggle(from, to, make(nonce));
        if n % 100 == 99 {
            world.run(Duration::from_millis(10));
        }
    }
    world.run(SECOND);
}

#[test]
fn a_hundred_thousand_unknown_actions_get_their_sender_cut_off() {
    tell(1, |world| {
        let (ann, bob, mallory) = three(world);
        let them = world.id(mallory);

        flood(world, mallory, ann, 100_000, unknown);

        assert!(was_cut_off(world, ann, Offence::Nonsense));
        assert!(world.witness(ann).peer("den", them).is_none());
        assert!(world.sees(bob, mallory, "den"), "it did nothing to bob");
        talk(world, ann, bob);
        // And it does not come right back.
        world.run(60 * SECOND);
        assert!(world.witness(ann).peer("den", them).is_none());
        assert_eq!(world.witness(ann).problems_ever().len(), 1);
    });
}

#[test]
fn a_few_unknown_actions_are_nothing() {
    tell(2, |world| {
        let (ann, bob, mallory) = three(world);
        for n in 0..300 {
            world.smuggle(mallory, ann, unknown(n));
        }
        world.run(SECOND);
        assert!(world.sees(ann, mallory, "den"));
        assert!(world.witness(ann).problems_ever().is_empty());
        talk(world, ann, bob);
    });
}

#[test]
fn a_hundred_thousand_changes_of_typing_are_told_only_some_times() {
    tell(1, |world| {
        let (ann, bob, mallory) = three(world);
        let before = world.witness(ann).events();

        flood(world, mallory, ann, 100_000, |n| {
            frame(&Action::Typing(n % 2 == 0), n)
        });

        let told = world.witness(ann).events() - before;
        assert!(told <= 2_000, "{told} changes of typing told");
        talk(world, ann, bob);
    });
}

#[test]
fn a_hundred_thousand_valid_messages_keep_nobody_else_from_talking() {
    tell(1, |world| {
        let (ann, bob, mallory) = three(world);
        let author = world.user(mallory).clone();

        for n in 0..100_000_u32 {
            let message = Message {
                author_id: author.clone(),
                text: format!("spam {n}"),
                time_sent: 0,
                id: MessageId::parse(&format!("spam-{n}")).expect("an id"),
                reply_to: None,
            };
            let nonce = u16::try_from(n % 65_536).unwrap_or_default();
            if !world.are_connected(mallory, ann) {
                break;
            }
            world.smuggle(mallory, ann, frame(&Action::Message(message), nonce));
            if n % 1_000 == 999 {
                world.run(Duration::from_millis(20));
            }
            if n % 20_000 == 19_999 {
                talk(world, ann, bob);
            }
        }
        world.run(SECOND);

        let room = &world.snapshot(ann).rooms[0];
        assert!(
            room.entries.len() <= 1_000,
            "{} entries are kept",
            room.entries.len()
        );
        talk(world, ann, bob);
    });
}

#[test]
fn pings_renegotiations_and_presence_without_end_cost_little() {
    tell(1, |world| {
        let (ann, bob, mallory) = three(world);
        let start = world.now();
        let signal = Action::Signal(wire::Renegotiation {
            kind: wire::RenegotiationKind::Offer,
            sdp: "v=0".to_owned(),
        });

        flood(world, mallory, ann, 20_000, |n| frame(&Action::Ping, n));
        flood(world, mallory, ann, 20_000, |n| frame(&signal, n));
        flood(world, mallory, ann, 20_000, |n| {
            wire::presence(token(), n % 2 == 0)
        });

        let sent = world.frames_since(ann, start);
        assert!(sent <= 1_000, "{sent} frames were sent for nothing");
        talk(world, ann, bob);
    });
}

#[test]
fn leaving_and_coming_back_without_end_does_not_fill_the_transcript() {
    tell(1, |world| {
        let (ann, bob, mallory) = three(world);
        world.say(bob, "den", "precious");
        world.run(SECOND);
        for _ in 0..600 {
            world.leave(mallory, "den");
            world.run(Duration::from_millis(150));
            world.join(mallory, &World::public("den"));
            world.run(Duration::from_millis(200));
        }
        let room = &world.snapshot(ann).rooms[0];
        let kept = room
            .entries
            .iter()
            .any(|entry| matches!(entry, room::Entry::Line(line) if line.text == "precious"));
        assert!(kept, "what was said is worth more than who came and went");
        talk(world, ann, bob);
    });
}

#[test]
fn random_bytes_harm_nobody_and_get_their_sender_cut_off() {
    tell(5, |world| {
        let (ann, bob, mallory) = three(world);
        for _ in 0..5_000 {
            if !world.are_connected(mallory, ann) {
                break;
            }
            let length = usize::try_from(world.roll(300)).unwrap_or_default();
            let mut noise = world.noise(length);
            // Some of it looks right at first.
            match world.roll(4) {
                0 => {
                    let mut begun = wire::presence(token(), true);
                    begun.truncate(usize::try_from(world.roll(70)).unwrap_or_default());
                    noise = begun;
                }
                1 => {
                    let mut begun = unknown(0);
                    begun.truncate(67 + usize::try_from(world.roll(36)).unwrap_or_default());
                    noise = begun;
                }
                2 => {
                    let mut begun = unknown(0);
                    begun.truncate(67);
                    begun.extend(&noise);
                    noise = begun;
                }
                _ => {}
            }
            world.smuggle(mallory, ann, noise);
            world.run(Duration::from_millis(2));
        }
        world.run(SECOND);

        assert!(
            was_cut_off(world, ann, Offence::Nonsense)
                || was_cut_off(world, ann, Offence::Oversized)
        );
        talk(world, ann, bob);
    });
}

#[test]
fn endless_and_oversized_transmissions_get_their_sender_cut_off() {
    for action in [
        "g.0", "dm.0", "g.2", "g.3", "g.8", "n.0", "n.1", "n.2", "n.3", "@_hsdata", "x.1",
    ] {
        tell(1, |world| {
            let (ann, bob, mallory) = three(world);
            let body = Body {
                action: action.to_owned(),
                kind: BodyKind::Json,
                payload: vec![b'['; 2 * wire::frame::MAX_PAYLOAD_BYTES],
                metadata: None,
            };
            // The first of two frames, again and again: it never ends.
            let endless = wire::frames(token(), 9, &body).swap_remove(0);

            flood(world, mallory, ann, 1_000, |_| endless.clone());

            assert!(was_cut_off(world, ann, Offence::Oversized), "with {action}");
            talk(world, ann, bob);
        });
    }
}

#[test]
fn many_transmissions_begun_and_never_ended_get_their_sender_cut_off() {
    tell(1, |world| {
        let (ann, bob, mallory) = three(world);
        let begun = |nonce| {
            let body = Body {
                action: "g.0".to_owned(),
                kind: BodyKind::Json,
                payload: vec![b' '; 2 * wire::frame::MAX_PAYLOAD_BYTES],
                metadata: None,
            };
            wire::frames(token(), nonce, &body).swap_remove(0)
        };
        flood(world, mallory, ann, 1_000, begun);

        assert!(was_cut_off(world, ann, Offence::Oversized));
        talk(world, ann, bob);
    });
}

#[test]
fn a_transcript_without_end_is_bounded_and_counts_once() {
    tell(2, |world| {
        let (ann, bob, mallory) = three(world);
        let entry = |n: u32| wire::TranscriptEntry {
            entry: wire::TranscriptItem::Message(Message {
                author_id: UserId::parse("somebody").expect("an id"),
                text: format!("{n}"),
                time_sent: 0,
                id: MessageId::parse(&format!("made-up-{n}")).expect("an id"),
                reply_to: None,
            }),
            time_received: Some(0),
        };
        // Mallory's page has sent its own when it came, so a second changes nothing.
        let lines = world.texts(ann, "den").len();
        let body = Action::Transcript((0..100).map(entry).collect()).body();
        for frame in wire::frames(token(), 5, &body) {
            world.smuggle(mallory, ann, frame);
        }
        world.run(SECOND);
        assert_eq!(world.texts(ann, "den").len(), lines);

        // Nor is a huge one any use at its next coming.
        let one = r#"{"authorId":"a","text":"t","timeSent":1,"id":"ID","timeReceived":1},"#;
        let many: String = (0..80_000)
            .map(|n| one.replace("ID", &n.to_string()))
            .collect();
        let body = Body {
            action: "g.2".to_owned(),
            kind: BodyKind::Json,
            payload: format!("[{}0]", many).into_bytes(),
            metadata: None,
        };
        assert!(body.payload.len() < 8 * 1024 * 1024);
        for frame in wire::frames(token(), 6, &body) {
            world.smuggle(mallory, ann, frame);
        }
        world.run(2 * SECOND);
        assert_eq!(world.texts(ann, "den").len(), lines);
        talk(world, ann, bob);
    });
}

#[test]
fn handshakes_out_of_place_change_nothing() {
    tell(5, |world| {
        let (ann, bob, mallory) = three(world);
        let odd = [
            Action::HandshakeReady,
            Action::HandshakeData(wire::Handshake::Challenge { c: "x".repeat(200) }),
            Action::HandshakeData(wire::Handshake::Response { h: "0".repeat(64) }),
            Action::HandshakeData(wire::Handshake::Other),
            Action::Pong,
            Action::FileOffer(None),
        ];
        for n in 0..200_u16 {
            let which = usize::try_from(world.roll(6)).unwrap_or_default();
            world.smuggle(mallory, ann, frame(&odd[which], n));
        }
        world.run(15 * SECOND);

        assert!(world.sees(ann, mallory, "den"));
        talk(world, ann, bob);
    });
}

#[test]
fn identities_without_end_are_not_all_checked() {
    tell(1, |world| {
        let (ann, bob, mallory) = three(world);
        let before = world.witness(ann).events();
        for n in 0..3_000_u16 {
            if !world.are_connected(mallory, ann) {
                break;
            }
            let metadata = wire::Metadata {
                user_id: UserId::parse(&format!("user-{n}")).expect("an id"),
                custom_name: format!("name {n}"),
                public_key: "AAAA".to_owned(),
                signature: "AAAA".to_owned(),
                native: None,
            };
            world.smuggle(
                mallory,
                ann,
                frame(&Action::Metadata(Box::new(metadata)), n),
            );
        }
        world.run(5 * SECOND);

        let told = world.witness(ann).events() - before;
        assert!(told <= 60, "{told} things told about one identity");
        talk(world, ann, bob);
    });
}

#[test]
fn an_answer_full_of_garbage_spoils_only_the_offer_it_names() {
    tell(5, |world| {
        world.add_tracker(TRACKER);
        let (ann, bob) = (world.native_called("0", ""), world.browser("b"));
        let den = World::public("den");
        world.join(ann, &den);
        world.run(SECOND);
        let swarm = den.info_hash();
        let key = wire::SignalKey::new(&den);
        // It knows the room, but not what an answer looks like.
        for offer_id in world.offers_of(ann) {
            let sealed = key.seal("garbage", [9; 16]);
            let answer = format!(
                r#"{{"info_hash":"{swarm}","peer_id":"mmmmmmmmmmmmmmmmmmmm","offer_id":"{offer_id}","answer":{{"type":"answer","sdp":"{sealed}"}}}}"#
            );
            world.tracker_says(TRACKER, ann, &answer);
        }

        world.join(bob, &den);
        world.until("they meet", 3 * SECOND, |world| {
            world.met(&[ann, bob], "den")
        });
    });
}

#[test]
fn whoever_repeats_the_identity_of_somebody_present_is_not_believed() {
    use rand::SeedableRng;
    let keys = wire::KeyPair::generate(&mut rand_chacha::ChaCha20Rng::seed_from_u64(1))
        .expect("a key pair");
    tell(3, |world| {
        let (ann, bob, mallory) = three(world);
        let name = World::public("den").name;
        // A signature that is right says only that its maker once was in this room.
        let repeat = |of: &UserId| {
            frame(
                &Action::Metadata(Box::new(wire::Metadata {
                    user_id: of.clone(),
                    custom_name: "Bob".to_owned(),
                    public_key: keys.public_key().to_owned(),
                    signature: keys.sign(&name, of),
                    native: None,
                })),
                7,
            )
        };
        for user in [world.user(bob).clone(), world.user(ann).clone()] {
            world.smuggle(mallory, ann, repeat(&user));
            world.run(SECOND);
            let mallory = world.id(mallory);
            let shown = world.witness(ann).peer("den", mallory).expect("there");
            assert_eq!(shown.user_id.as_ref(), Some(&user));
            assert_eq!(shown.trust, room::Trust::Unverified);
        }

        let shown = world.witness(ann).peer("den", world.id(bob));
        assert_eq!(shown.map(|it| it.trust), Some(room::Trust::Verified));
    });
}
