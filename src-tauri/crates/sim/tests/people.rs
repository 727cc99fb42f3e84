//! What is decided about people holds, and whoever passes for somebody else is pointed out.

use std::time::Duration;

use rand::SeedableRng;
use room::{
    Command, Fold, Judged, Likeness, NoticeKind, Peer, PersonId, ProblemKind, Refusal, RoomKey,
    Rules, Standing, Trust,
};
use sim::{Who, World, tell};
use wire::{Action, KeyPair, Message, MessageId, Metadata, RoomAddress, UserId};

const TRACKER: &str = "wss://tracker.example";
const SECOND: Duration = Duration::from_secs(1);

fn settle(world: &mut World, all: &[Who], room: &RoomAddress) {
    world.gather(all, room, 40 * SECOND);
    // Names and keys have been told, too.
    world.run(2 * SECOND);
}

fn person(world: &World, who: Who) -> PersonId {
    PersonId::Profile(world.user(who).clone())
}

fn judge(world: &mut World, judge: Who, person: PersonId, standing: Standing) {
    let done = world.command(judge, Command::Judge { person, standing });
    done.expect("anybody may be judged");
}

fn shown(world: &World, to: Who, who: Who) -> Peer {
    let peer = world.witness(to).peer("den", world.id(who));
    peer.expect("they are shown").clone()
}

fn like(name: &str) -> Option<Likeness> {
    Some(Likeness::Person(name.to_owned()))
}

fn fold_of(world: &World, who: Who, room: &str, text: &str) -> Option<Fold> {
    let mut lines = world.witness(who).lines(room).iter();
    lines.find(|line| line.text == text).expect(text).folded
}

fn set_rules(world: &mut World, who: Who, rules: Rules) {
    let room = RoomKey::from_text("den");
    let done = world.command(who, Command::SetRules { room, rules });
    done.expect("the room is joined");
}

/// Hands on an action that a page never made.
fn smuggle(world: &mut World, from: Who, to: Who, nonce: u16, action: &Action) {
    for frame in wire::frames(World::public("den").token(), nonce, &action.body()) {
        world.smuggle(from, to, frame);
    }
}

fn keys(seed: u64) -> KeyPair {
    let mut rng = rand_chacha::ChaCha20Rng::seed_from_u64(seed);
    KeyPair::generate(&mut rng).expect("a key pair")
}

fn identity(keys: &KeyPair, user: &UserId, name: &str) -> Action {
    Action::Metadata(Box::new(Metadata {
        user_id: user.clone(),
        custom_name: name.to_owned(),
        public_key: keys.public_key().to_owned(),
        signature: keys.sign(&World::public("den").name, user),
        native: None,
    }))
}

#[test]
fn whoever_is_blocked_is_gone_from_every_room_and_stays_out_in_any_session() {
    for browser in [false, true] {
        tell(5, |world| {
            world.add_tracker(TRACKER);
            let (ann, cyd) = (world.native(), world.native());
            let bob = world.someone(browser, "b");
            for room in ["den", "attic"] {
                settle(world, &[ann, bob, cyd], &World::public(room));
            }

            let who = person(world, bob);
            judge(world, ann, who.clone(), Standing::Blocked);

            for room in ["den", "attic"] {
                assert!(!world.sees(ann, bob, room), "{room}");
                let notices = world.witness(ann).notices(room);
                let blocked = notices
                    .iter()
                    .filter(|it| matches!(it.what, NoticeKind::Blocked { .. }));
                assert_eq!(blocked.count(), 1, "{room}");
            }
            assert_eq!(world.connections(ann, bob), 0);
            let judged: Vec<Judged> = world.snapshot(ann).judged;
            assert_eq!(judged.len(), 1);
            assert_eq!(
                (&judged[0].person, judged[0].standing),
                (&who, Standing::Blocked)
            );

            // He looks for her with all he has, leaves and comes back, and still she is not there.
            world.run(60 * SECOND);
            world.leave(bob, "den");
            world.run(SECOND);
            world.join(bob, &World::public("den"));
            world.run(60 * SECOND);
            world.say(bob, "den", "where is she?");
            world.say(ann, "den", "all quiet");
            world.run(2 * SECOND);
            assert!(!world.sees(ann, bob, "den") && !world.sees(bob, ann, "den"));
            assert!(!world.has(ann, "den", "where is she?"));
            assert!(!world.has(bob, "den", "all quiet"));
            assert!(world.has(cyd, "den", "where is she?") && world.has(cyd, "den", "all quiet"));
            assert!(world.met(&[ann, cyd], "den") && world.met(&[bob, cyd], "den"));

            judge(world, ann, who, Standing::Normal);
            world.until("they are friends again", 45 * SECOND, |world| {
                world.met(&[ann, bob, cyd], "den") && world.met(&[ann, bob, cyd], "attic")
            });
            assert!(world.snapshot(ann).judged.is_empty());
        });
    }
}

#[test]
fn whoever_was_blocked_in_an_earlier_process_is_let_go_as_soon_as_they_say_who_they_are() {
    tell(5, |world| {
        world.add_tracker(TRACKER);
        let (ann, bob, cyd) = (world.native(), world.native(), world.native());
        let who = person(world, bob);
        judge(world, ann, who, Standing::Blocked);

        settle(world, &[ann, cyd], &World::public("den"));
        world.join(bob, &World::public("den"));
        world.until("the others meet", 10 * SECOND, |world| {
            world.met(&[bob, cyd], "den")
        });
        world.say(bob, "den", "hello?");
        world.run(30 * SECOND);

        assert!(!world.sees(ann, bob, "den") && !world.has(ann, "den", "hello?"));
        assert_eq!(world.connections(ann, bob), 0);
        assert_eq!(world.witness(ann).joins("den"), 1, "he was never shown");
    });
}

#[test]
fn what_somebody_blocked_said_is_not_shown_when_others_pass_it_on() {
    tell(5, |world| {
        world.add_tracker(TRACKER);
        let (bob, cyd) = (world.native(), world.native());
        settle(world, &[bob, cyd], &World::public("den"));
        world.say(bob, "den", "old news");
        world.say(cyd, "den", "good news");
        world.run(SECOND);
        let (ann, dan) = (world.native(), world.native());
        let who = person(world, bob);
        judge(world, ann, who.clone(), Standing::Blocked);
        judge(world, dan, who, Standing::Muted);

        for new in [ann, dan] {
            world.join(new, &World::public("den"));
        }
        world.until("they read it", 10 * SECOND, |world| {
            world.has(ann, "den", "good news") && world.has(dan, "den", "good news")
        });
        world.run(5 * SECOND);

        assert_eq!(world.texts(ann, "den"), ["good news"]);
        assert_eq!(fold_of(world, dan, "den", "old news"), Some(Fold::Muted));
        assert_eq!(fold_of(world, dan, "den", "good news"), None);
    });
}

#[test]
fn a_session_without_a_profile_can_be_blocked_for_its_life() {
    tell(5, |world| {
        world.add_tracker(TRACKER);
        let (ann, page) = (world.native(), world.browser("b"));
        settle(world, &[ann, page], &World::public("den"));
        // It becomes somebody else, so its signature proves nothing any more.
        let other = UserId::random(&mut rand_chacha::ChaCha20Rng::seed_from_u64(9));
        smuggle(world, page, ann, 40, &identity(&keys(1), &other, "Nobody"));
        world.run(SECOND);
        let who = shown(world, ann, page).person;
        assert_eq!(who, PersonId::Session(world.id(page)));

        judge(world, ann, who, Standing::Blocked);
        world.run(60 * SECOND);
        assert!(!world.sees(ann, page, "den"));
        world.leave(page, "den");
        world.run(SECOND);
        world.join(page, &World::public("den"));
        world.run(60 * SECOND);
        assert!(!world.sees(ann, page, "den"));

        let gone =
            PersonId::Session(wire::PeerId::parse("00000000000000000000").expect("a peer id"));
        let refused = world.command(
            ann,
            Command::Judge {
                person: gone,
                standing: Standing::Muted,
            },
        );
        assert_eq!(refused, Err(Refusal::NobodyThere));
    });
}

#[test]
fn there_is_an_end_to_how_many_people_are_judged() {
    tell(1, |world| {
        let ann = world.native();
        let mut rng = rand_chacha::ChaCha20Rng::seed_from_u64(0x9e0913);
        for _ in 0..room::MAX_JUDGED {
            let person = PersonId::Profile(UserId::random(&mut rng));
            judge(world, ann, person, Standing::Muted);
        }
        let person = PersonId::Profile(UserId::random(&mut rng));
        let standing = Standing::Muted;
        let refused = world.command(ann, Command::Judge { person, standing });
        let limit = room::MAX_JUDGED;
        assert_eq!(refused, Err(Refusal::TooManyJudged { limit }));
    });
}

#[test]
fn whoever_is_muted_is_folded_away_and_not_seen_typing_until_they_are_not() {
    tell(5, |world| {
        world.add_tracker(TRACKER);
        let (ann, bob, cyd) = (world.native(), world.native(), world.native());
        settle(world, &[ann, bob, cyd], &World::public("den"));
        let who = person(world, bob);
        let typing = |typing| Command::SetTyping {
            room: RoomKey::from_text("den"),
            with: None,
            typing,
        };

        judge(world, ann, who.clone(), Standing::Muted);
        assert_eq!(shown(world, ann, bob).standing, Standing::Muted);
        world.command(bob, typing(true)).expect("he may type");
        world.run(SECOND);
        assert!(!shown(world, ann, bob).typing && shown(world, cyd, bob).typing);
        world.say(bob, "den", "mumble");
        world.say(cyd, "den", "clear");
        world.run(SECOND);
        assert_eq!(fold_of(world, ann, "den", "mumble"), Some(Fold::Muted));
        assert_eq!(fold_of(world, ann, "den", "clear"), None);
        assert_eq!(fold_of(world, cyd, "den", "mumble"), None);

        // It holds when he comes back.
        world.leave(bob, "den");
        world.run(SECOND);
        world.join(bob, &World::public("den"));
        world.until("he is back", 10 * SECOND, |world| {
            world.met(&[ann, bob, cyd], "den")
        });
        world.run(SECOND);
        world.say(bob, "den", "again");
        world.run(SECOND);
        assert_eq!(fold_of(world, ann, "den", "again"), Some(Fold::Muted));

        judge(world, ann, who, Standing::Normal);
        assert_eq!(shown(world, ann, bob).standing, Standing::Normal);
        world.say(bob, "den", "sorry");
        world.run(SECOND);
        assert_eq!(fold_of(world, ann, "den", "sorry"), None);
    });
}

#[test]
fn becoming_somebody_else_sheds_no_verdict() {
    tell(3, |world| {
        world.add_tracker(TRACKER);
        let (ann, page) = (world.native(), world.browser("b"));
        settle(world, &[ann, page], &World::public("den"));
        let who = person(world, page);
        judge(world, ann, who, Standing::Muted);

        let other = UserId::random(&mut rand_chacha::ChaCha20Rng::seed_from_u64(9));
        smuggle(world, page, ann, 40, &identity(&keys(1), &other, "Saint"));
        world.run(SECOND);
        world.say(page, "den", "me? never");
        world.run(SECOND);

        assert_eq!(shown(world, ann, page).name, "Saint");
        assert_eq!(fold_of(world, ann, "den", "me? never"), Some(Fold::Muted));
    });
}

#[test]
fn whoever_floods_is_slowed_and_pushes_out_nobody_elses_lines() {
    tell(2, |world| {
        world.add_tracker(TRACKER);
        let (ann, bob, page) = (world.native(), world.native(), world.browser("m"));
        settle(world, &[ann, bob, page], &World::public("den"));
        talk(world, bob);
        assert!(!shown(world, ann, bob).slowed, "so much is talk");

        let author = world.user(page).clone();
        for n in 0..5_000_u16 {
            let message = Message {
                author_id: author.clone(),
                text: format!("spam {n} {}", "!".repeat(1_000)),
                time_sent: 0,
                id: MessageId::parse(&format!("spam-{n}")).expect("an id"),
                reply_to: None,
            };
            smuggle(world, page, ann, n, &Action::Message(message));
            if n % 100 == 99 {
                world.run(Duration::from_millis(10));
            }
        }
        world.run(SECOND);

        assert!(shown(world, ann, page).slowed);
        assert!(!shown(world, ann, bob).slowed);
        let lines = world.witness(ann).lines("den");
        let spam = |folded: Option<Fold>| {
            let spam = lines.iter().filter(|line| line.text.starts_with("spam"));
            spam.filter(|line| line.folded == folded).count()
        };
        assert_eq!(
            spam(None) + spam(Some(Fold::Flood)),
            5_000,
            "nothing is lost"
        );
        assert!(spam(None) <= 200, "{} lines of it are open", spam(None));
        let kept = &world.snapshot(ann).rooms[0].entries;
        let thoughts = kept.iter().filter(
            |entry| matches!(entry, room::Entry::Line(line) if line.text.starts_with("thought")),
        );
        assert_eq!(thoughts.count(), 30);
        let slowed = |world: &World| {
            let notices = world.witness(ann).notices("den");
            let slowed = notices
                .iter()
                .filter(|it| matches!(it.what, NoticeKind::Slowed { .. }));
            slowed.count()
        };
        assert_eq!(slowed(world), 1, "told once");

        world.run(20 * SECOND);
        assert!(!shown(world, ann, page).slowed, "it is over");
        world.say(page, "den", "calm again");
        world.run(SECOND);
        assert_eq!(fold_of(world, ann, "den", "calm again"), None);
        assert_eq!(slowed(world), 1);
    });
}

#[test]
fn a_slow_room_folds_what_strangers_say_too_soon_and_makes_their_links_plain() {
    tell(3, |world| {
        world.add_tracker(TRACKER);
        let (ann, bob, page) = (world.native(), world.native(), world.browser("m"));
        settle(world, &[ann, bob, page], &World::public("den"));
        let rules = Rules {
            slow: true,
            plain_strangers: true,
            auto_media: false,
        };
        set_rules(world, ann, rules);
        assert_eq!(world.snapshot(ann).rooms[0].rules, rules);
        let friend = person(world, bob);
        judge(world, ann, friend, Standing::Known);
        // It becomes somebody else: its signature proves nothing any more.
        let other = UserId::random(&mut rand_chacha::ChaCha20Rng::seed_from_u64(9));
        smuggle(
            world,
            page,
            ann,
            40,
            &identity(&keys(1), &other, "Stranger"),
        );
        world.run(SECOND);
        assert_eq!(shown(world, ann, page).trust, Trust::Unverified);

        for n in 0..3 {
            world.say(bob, "den", &format!("known {n}"));
            world.say(page, "den", &format!("strange {n}"));
            world.run(SECOND);
        }
        world.run(10 * SECOND);
        world.say(page, "den", "strange at last");
        world.run(SECOND);

        let line = |text: &str| {
            let mut lines = world.witness(ann).lines("den").iter();
            let line = lines.find(|line| line.text == text).expect("it is there");
            (line.folded, line.plain)
        };
        for n in 0..3 {
            assert_eq!(line(&format!("known {n}")), (None, false));
        }
        assert_eq!(line("strange 0"), (None, true));
        assert_eq!(line("strange 1"), (Some(Fold::Slow), true));
        assert_eq!(line("strange 2"), (Some(Fold::Slow), true));
        assert_eq!(line("strange at last"), (None, true));

        set_rules(world, ann, Rules::default());
        for text in ["open", "and again"] {
            world.say(page, "den", text);
        }
        world.run(SECOND);
        assert_eq!(fold_of(world, ann, "den", "and again"), None);
    });
}

/// What ann's room does with strangers.
fn wary(world: &mut World, who: Who) {
    let rules = Rules {
        slow: true,
        plain_strangers: true,
        auto_media: true,
    };
    set_rules(world, who, rules);
}

fn is_open(world: &World, who: Who, text: &str) -> bool {
    let line = world.line(who, "den", text);
    line.folded.is_none() && !line.plain
}

#[test]
fn a_right_signature_makes_nobody_known_until_the_person_says_so() {
    for browser in [false, true] {
        tell(5, |world| {
            world.add_tracker(TRACKER);
            let ann = world.native();
            let bob = world.someone(browser, "b");
            settle(world, &[ann, bob], &World::public("den"));
            wary(world, ann);
            let bob_shown = shown(world, ann, bob);
            assert_eq!((bob_shown.trust, bob_shown.known), (Trust::Verified, false));
            for text in ["one", "two"] {
                world.say(bob, "den", text);
            }
            world.run(SECOND);
            assert_eq!(fold_of(world, ann, "den", "two"), Some(Fold::Slow));
            assert!(world.line(ann, "den", "one").plain);

            let friend = person(world, bob);
            judge(world, ann, friend.clone(), Standing::Known);
            let bob_shown = shown(world, ann, bob);
            assert_eq!(
                (bob_shown.standing, bob_shown.known),
                (Standing::Known, true)
            );
            for text in ["three", "four"] {
                world.say(bob, "den", text);
            }
            world.run(SECOND);
            for text in ["one", "two", "three", "four"] {
                assert!(is_open(world, ann, text), "{text}");
            }

            // It is for good, and holds where they come back.
            world.leave(bob, "den");
            world.run(SECOND);
            world.join(bob, &World::public("den"));
            world.until("he is back", 45 * SECOND, |world| {
                world.met(&[ann, bob], "den")
            });
            world.run(2 * SECOND);
            assert!(shown(world, ann, bob).known);
            assert_eq!(world.snapshot(ann).judged[0].standing, Standing::Known);

            judge(world, ann, friend, Standing::Normal);
            assert!(!shown(world, ann, bob).known && world.snapshot(ann).judged.is_empty());
            world.say(bob, "den", "a stranger again");
            world.run(SECOND);
            assert!(world.line(ann, "den", "a stranger again").plain);
        });
    }
}

#[test]
fn whoever_is_answered_gets_an_emoji_or_is_written_to_alone_is_known_for_the_session() {
    tell(5, |world| {
        world.add_tracker(TRACKER);
        let (ann, bob, cyd) = (world.native(), world.native(), world.native());
        let (dan, eve) = (world.browser("d"), world.browser("e"));
        let all = [ann, bob, cyd, dan, eve];
        settle(world, &all, &World::public("den"));
        wary(world, ann);
        for (who, text) in [(bob, "bob"), (cyd, "cyd"), (eve, "eve")] {
            world.say(who, "den", text);
        }
        // Who writes to her is not yet somebody she speaks with.
        world.whisper(eve, "den", ann, "psst");
        world.run(SECOND);
        let knows = |world: &World| {
            all[1..]
                .iter()
                .map(|who| shown(world, ann, *who).known)
                .collect::<Vec<_>>()
        };
        assert_eq!(knows(world), [false; 4]);

        let den = || RoomKey::from_text("den");
        let line = world.line(ann, "den", "bob").key;
        let answer = Command::Say {
            room: den(),
            with: None,
            text: "indeed".to_owned(),
            reply_to: Some(line),
        };
        world.command(ann, answer).expect("there is such a line");
        let line = world.line(ann, "den", "cyd").key;
        let react = |on| Command::React {
            room: den(),
            line,
            emoji: "👍".to_owned(),
            on,
        };
        world
            .command(ann, react(true))
            .expect("there is such a line");
        world.whisper(ann, "den", dan, "between us");
        world.run(SECOND);

        assert_eq!(knows(world), [true, true, true, false]);
        assert!(world.snapshot(ann).judged.is_empty(), "nothing is kept");
        assert!(is_open(world, ann, "bob") && is_open(world, ann, "cyd"));
        assert!(world.line(ann, "den", "eve").plain);

        // What was decided otherwise counts more.
        let friend = person(world, bob);
        judge(world, ann, friend.clone(), Standing::Normal);
        assert!(!shown(world, ann, bob).known);
        let mate = person(world, cyd);
        judge(world, ann, mate.clone(), Standing::Muted);
        judge(world, ann, mate, Standing::Normal);
        assert_eq!(knows(world), [false, false, true, false]);
    });
}

#[test]
fn nobody_is_known_by_an_id_that_somebody_else_is_known_by() {
    tell(5, |world| {
        world.add_tracker(TRACKER);
        let (ann, bob) = (world.native(), world.browser("b"));
        let den = World::public("den");
        settle(world, &[ann, bob], &den);
        let friend = person(world, bob);
        judge(world, ann, friend.clone(), Standing::Known);
        let kept = world.snapshot(ann).judged;
        world.kill(bob);
        world.kill(ann);

        // In the next process she has met nobody yet, and one with his id and a key of their own
        // comes first.
        let ann = world.native();
        world.join(ann, &den);
        world.take_up_judged(ann, kept);
        let user = world.user(bob).clone();
        let mallory = world.impostor("m", bob);
        world.join(mallory, &den);
        world.until("they meet", 45 * SECOND, |world| {
            world.sees(ann, mallory, "den")
        });
        world.run(2 * SECOND);
        let copy = shown(world, ann, mallory);
        assert_eq!(copy.user_id.as_ref(), Some(&user));
        assert!(copy.key_changed && !copy.known);
        assert_eq!(copy.standing, Standing::Normal);

        let known = Command::Judge {
            person: copy.person,
            standing: Standing::Known,
        };
        assert_eq!(world.command(ann, known), Err(Refusal::NotVerified));
        let unseen = PersonId::Profile(UserId::parse("nobody").expect("an id"));
        let known = Command::Judge {
            person: unseen,
            standing: Standing::Known,
        };
        assert_eq!(world.command(ann, known), Err(Refusal::NobodyThere));
    });
}

#[test]
fn a_muted_room_says_so() {
    tell(1, |world| {
        let ann = world.native();
        world.join(ann, &World::public("den"));
        let mute = |room: &str| Command::MuteRoom {
            room: RoomKey::from_text(room),
            muted: true,
        };

        world.command(ann, mute("den")).expect("it is joined");

        assert!(world.snapshot(ann).rooms[0].muted);
        assert_eq!(world.command(ann, mute("attic")), Err(Refusal::NotJoined));
    });
}

#[test]
fn whoever_is_called_as_one_is_oneself_is_pointed_out_to_everyone() {
    tell(3, |world| {
        world.add_tracker(TRACKER);
        let first = world.native_called("00", "(You)");
        let second = world.native_called("01", "TÚ");
        let other = world.native_called("02", "Yousef");
        let ann = world.native_called("03", "Ann");
        settle(world, &[first, second, other, ann], &World::public("den"));

        for who in [first, second] {
            for reader in [ann, other] {
                assert_eq!(shown(world, reader, who).imitates, Some(Likeness::Oneself));
            }
        }
        assert_eq!(shown(world, ann, other).imitates, None);
    });
}

#[test]
fn whoever_takes_a_name_that_looks_like_anothers_is_pointed_out_and_the_other_is_not() {
    tell(3, |world| {
        world.add_tracker(TRACKER);
        let ann = world.native_called("00", "Ann");
        let bob = world.native_called("01", "Bob Smith");
        let den = World::public("den");
        settle(world, &[ann, bob], &den);
        world.run(5 * SECOND);
        // Cyrillic letters, a digit, another dash.
        let copy = world.native_called("02", "Воb_5mith");
        let twin = world.native_called("03", "ΑNN");
        let other = world.native_called("04", "Cyd");
        for who in [copy, twin, other] {
            world.join(who, &den);
        }
        let all = [ann, bob, copy, twin, other];
        world.until("they meet", 20 * SECOND, |world| world.met(&all, "den"));
        world.run(2 * SECOND);

        assert_eq!(shown(world, ann, copy).imitates, None, "a 5 is no S");
        assert_eq!(shown(world, ann, twin).imitates, Some(Likeness::Ours));
        assert_eq!(shown(world, bob, twin).imitates, like("Ann"));
        for who in [bob, other] {
            assert_eq!(shown(world, ann, who).imitates, None);
        }
        assert_eq!(shown(world, bob, ann).imitates, None);

        let rename = |name: &str| Command::Rename(name.to_owned());
        world.command(copy, rename("Воb.Smith")).expect("a name");
        world.run(3 * SECOND);
        for who in [ann, other] {
            assert_eq!(shown(world, who, copy).imitates, like("Bob Smith"));
        }
        assert_eq!(shown(world, copy, bob).imitates, None, "he was first");

        // He is away for a moment, and his name is still his.
        world.leave(bob, "den");
        world.run(3 * SECOND);
        assert_eq!(shown(world, ann, copy).imitates, None);
        world.join(bob, &den);
        world.until("he is back", 10 * SECOND, |world| world.met(&all, "den"));
        world.run(2 * SECOND);
        assert_eq!(shown(world, ann, bob).imitates, None);
        assert_eq!(shown(world, ann, copy).imitates, like("Bob Smith"));

        world.command(copy, rename("Dan")).expect("a name");
        world.run(3 * SECOND);
        assert_eq!(shown(world, ann, copy).imitates, None);
    });
}

#[test]
fn a_name_that_is_only_the_animal_imitates_nobody_but_can_be_imitated() {
    tell(3, |world| {
        world.add_tracker(TRACKER);
        let (ann, bob) = (world.native(), world.native());
        let den = World::public("den");
        settle(world, &[ann, bob], &den);
        let animal = shown(world, ann, bob).animal_name;
        let copy = world.native_called("09", &animal.to_uppercase());
        // Somebody named like an animal, and then the animal itself.
        let name = wire::animal_name(world.user(bob).as_str());
        assert_eq!(name, animal);
        world.join(copy, &den);
        world.until("they meet", 10 * SECOND, |world| {
            world.met(&[ann, bob, copy], "den")
        });
        world.run(2 * SECOND);
        assert_eq!(shown(world, ann, copy).imitates, like(&animal));

        world.leave(bob, "den");
        world.run(3 * SECOND);
        world.join(bob, &den);
        world.until("he is back", 10 * SECOND, |world| {
            world.met(&[ann, bob, copy], "den")
        });
        world.run(2 * SECOND);
        assert_eq!(shown(world, ann, bob).imitates, None);
    });
}

#[test]
fn whoever_takes_the_name_of_somebody_known_or_of_whose_lines_still_stand_is_pointed_out() {
    tell(3, |world| {
        world.add_tracker(TRACKER);
        let ann = world.native_called("00", "Ann");
        let tom = world.native_called("01", "Tom");
        let kim = world.native_called("02", "Kim");
        let lou = world.native_called("03", "Lou");
        let copy = world.native_called("04", "Mallory");
        let all = [ann, tom, kim, lou, copy];
        settle(world, &all, &World::public("den"));
        let tom_is = person(world, tom);
        judge(world, ann, tom_is.clone(), Standing::Known);
        world.say(kim, "den", "hello");
        world.run(5 * SECOND);
        for who in [tom, kim, lou] {
            world.leave(who, "den");
        }
        world.run(3 * SECOND);

        let called = |world: &mut World, name: &str| {
            let rename = Command::Rename(name.to_owned());
            world.command(copy, rename).expect("a name");
            world.run(3 * SECOND);
            shown(world, ann, copy).imitates
        };
        assert_eq!(called(world, "Тom"), like("Tom"), "she knows him");
        assert_eq!(called(world, "Kim"), like("Kim"), "her line stands");
        assert_eq!(called(world, "Lou"), None, "nothing is left of him");

        // Whom she knows under a name imitates nobody by it, and comes back to it.
        assert_eq!(called(world, "Tom"), like("Tom"));
        world.join(tom, &World::public("den"));
        world.until("he is back", 20 * SECOND, |world| {
            world.sees(ann, tom, "den")
        });
        world.run(2 * SECOND);
        assert_eq!(shown(world, ann, tom).imitates, None);
        assert_eq!(shown(world, ann, copy).imitates, like("Tom"));

        world.leave(tom, "den");
        world.run(2 * SECOND);
        judge(world, ann, tom_is, Standing::Normal);
        assert_eq!(shown(world, ann, copy).imitates, None, "she knows nobody");
    });
}

#[test]
fn whoever_forges_what_tells_people_apart_is_pointed_out_and_a_room_full_of_annas_is_not() {
    tell(3, |world| {
        world.add_tracker(TRACKER);
        let ben = world.native_called("00", "Ben");
        let anna = world.native_called("01", "Anna");
        let copy = world.native_called("02", "Mallory");
        settle(world, &[ben, anna, copy], &World::public("den"));
        let animal = shown(world, ben, anna).animal_name;
        let ours = wire::animal_name(world.user(ben).as_str());
        let theirs = shown(world, ben, copy).animal_name;

        let called = |world: &mut World, name: &str| {
            let rename = Command::Rename(name.to_owned());
            world.command(copy, rename).expect("a name");
            world.run(3 * SECOND);
            shown(world, ben, copy).imitates
        };
        for name in ["Anna (x)", "Anna ✅", "Anna 🌻", "anna [you know who]"] {
            assert_eq!(called(world, name), like("Anna"), "{name}");
        }
        assert_eq!(called(world, &animal), like("Anna"));
        assert_eq!(called(world, &format!("A ({animal})")), like("Anna"));
        assert_eq!(
            called(world, &format!("Zed ({ours})")),
            Some(Likeness::Ours)
        );
        assert_eq!(called(world, "Ben (b)"), Some(Likeness::Ours));
        assert_eq!(called(world, "Zed (you)"), Some(Likeness::Oneself));
        let own = format!("M ({theirs})");
        for name in ["Anna2", "Anna M", "Hanna", own.as_str()] {
            assert_eq!(called(world, name), None, "{name}");
        }

        let rename = Command::Rename("Anna (Rome)".to_owned());
        world.command(anna, rename).expect("a name");
        assert_eq!(called(world, "Anna (Berlin)"), None);
        assert_eq!(shown(world, ben, anna).imitates, None);
    });
}

#[test]
fn a_line_keeps_what_its_authors_name_looked_like_when_it_was_said() {
    tell(3, |world| {
        world.add_tracker(TRACKER);
        let ben = world.native_called("00", "Ben");
        let anna = world.native_called("01", "Anna");
        let copy = world.native_called("02", "Cleo");
        let late = world.native_called("03", "Lou");
        let den = World::public("den");
        settle(world, &[ben, anna, copy], &den);
        let to_ben = person(world, ben);
        for (name, words) in [
            ("Cleo", "before"),
            ("Аnna", "meanwhile"),
            ("Cleo", "afterwards"),
        ] {
            let rename = Command::Rename(name.to_owned());
            world.command(copy, rename).expect("a name");
            world.run(3 * SECOND);
            world.say(copy, "den", words);
            let alone = Command::Say {
                room: RoomKey::from_text("den"),
                with: Some(to_ben.clone()),
                text: words.to_owned(),
                reply_to: None,
            };
            world.command(copy, alone).expect("he is there");
            world.run(SECOND);
        }
        world.say(anna, "den", "I am");
        world.run(SECOND);

        let expected = [
            ("before", None),
            ("meanwhile", like("Anna")),
            ("afterwards", None),
        ];
        for (words, imitates) in &expected {
            assert_eq!(world.line(ben, "den", words).imitates, *imitates, "{words}");
        }
        assert_eq!(world.line(ben, "den", "I am").imitates, None);
        assert_eq!(world.line(copy, "den", "meanwhile").imitates, None);
        let copy_is = person(world, copy);
        let alone = world.witness(ben).private_lines("den", &copy_is);
        let alone: Vec<_> = alone
            .iter()
            .map(|line| (line.text.as_str(), line.imitates.clone()))
            .collect();
        assert_eq!(alone, expected);

        // What is passed on stands under the name its author has when it is heard.
        let rename = Command::Rename("Аnna".to_owned());
        world.command(copy, rename).expect("a name");
        world.run(3 * SECOND);
        world.join(late, &den);
        world.until("they meet", 20 * SECOND, |world| {
            world.met(&[ben, anna, copy, late], "den")
        });
        world.run(2 * SECOND);
        let others = shown(world, late, copy)
            .imitates
            .or(shown(world, late, anna).imitates);
        assert!(others.is_some(), "one of them was met first");
        for who in [anna, copy] {
            let words = if who == anna { "I am" } else { "meanwhile" };
            let line = world.line(late, "den", words);
            let peer = shown(world, late, who);
            assert!(line.backfilled);
            assert_eq!((&line.author, &line.imitates), (&peer.name, &peer.imitates));
        }
    });
}

#[test]
fn a_private_talk_says_whom_the_others_name_may_be_taken_for_also_when_they_are_gone() {
    tell(3, |world| {
        world.add_tracker(TRACKER);
        let ben = world.native_called("00", "Ben");
        let anna = world.native_called("01", "Anna");
        let copy = world.native_called("02", "Cleo");
        settle(world, &[ben, anna, copy], &World::public("den"));
        let with = person(world, ben);
        let alone = Command::Say {
            room: RoomKey::from_text("den"),
            with: Some(with),
            text: "psst".to_owned(),
            reply_to: None,
        };
        world.command(copy, alone).expect("he is there");
        world.run(SECOND);
        let talk = |world: &World| {
            let room = world.snapshot(ben).rooms.remove(0);
            let direct = room.directs.into_iter().next();
            let direct = direct.expect("a talk").direct;
            (direct.name, direct.imitates)
        };
        assert_eq!(talk(world), ("Cleo".to_owned(), None));

        let rename = Command::Rename("Anna ✅".to_owned());
        world.command(copy, rename).expect("a name");
        world.run(3 * SECOND);
        let flagged = ("Anna ✅".to_owned(), like("Anna"));
        assert_eq!(talk(world), flagged);

        world.leave(copy, "den");
        world.run(3 * SECOND);
        assert_eq!(talk(world), flagged);
    });
}

#[test]
fn what_is_passed_on_of_a_browser_is_shown_under_its_name_as_soon_as_it_is_there() {
    tell(3, |world| {
        world.add_tracker(TRACKER);
        let (ann, kim, tab) = (world.native(), world.native(), world.browser("t"));
        world.page_mut(tab).be_called("Tab");
        settle(world, &[kim, tab], &World::public("den"));
        world.say(tab, "den", "said before");
        world.run(SECOND);
        world.leave(tab, "den");
        world.join(ann, &World::public("den"));
        let author = |world: &World| {
            let mut lines = world.witness(ann).lines("den").iter();
            let line = lines.find(|line| line.backfilled)?;
            Some(line.author.clone())
        };
        world.until("she hears of it", 20 * SECOND, |world| {
            author(world).is_some()
        });
        let animal = wire::animal_name(world.user(tab).as_str());
        assert_eq!(author(world), Some(animal));

        world.join(tab, &World::public("den"));
        world.until("it comes", 40 * SECOND, |world| world.sees(ann, tab, "den"));
        world.run(2 * SECOND);

        assert_eq!(author(world).as_deref(), Some("Tab"));
    });
}

#[test]
fn a_profile_that_comes_with_another_key_is_pointed_out_and_is_nobody_known() {
    tell(3, |world| {
        world.add_tracker(TRACKER);
        let (ann, bob, page) = (world.native(), world.native(), world.browser("m"));
        settle(world, &[ann, bob], &World::public("den"));
        let user = world.user(bob).clone();
        assert_eq!(
            shown(world, ann, bob).person,
            PersonId::Profile(user.clone())
        );
        world.leave(bob, "den");
        world.run(SECOND);

        world.join(page, &World::public("den"));
        world.until("they meet", 30 * SECOND, |world| {
            world.met(&[ann, page], "den")
        });
        // The first thing it says of itself would be its own profile; this is what comes after.
        smuggle(world, page, ann, 40, &identity(&keys(1), &user, "Bob"));
        world.run(2 * SECOND);
        let peer = shown(world, ann, page);
        assert_eq!(peer.user_id.as_ref(), Some(&user));
        assert!(peer.key_changed);
        assert_eq!(peer.person, PersonId::Session(world.id(page)));
        world.leave(page, "den");
        world.run(SECOND);

        world.join(bob, &World::public("den"));
        world.until("he is back", 10 * SECOND, |world| {
            world.met(&[ann, bob], "den")
        });
        world.run(2 * SECOND);
        let peer = shown(world, ann, bob);
        assert!(!peer.key_changed);
        assert_eq!(peer.person, PersonId::Profile(user));
    });
}

#[test]
fn both_sides_of_a_wrong_password_in_a_shared_connection_are_told_once() {
    tell(10, |world| {
        world.add_tracker(TRACKER);
        let (ann, bob) = (world.native(), world.native());
        settle(world, &[ann, bob], &World::public("den"));

        world.join(ann, &World::private("attic", "right"));
        world.run(SECOND);
        world.join(bob, &World::private("attic", "wrong"));
        world.run(60 * SECOND);

        let wrong = other_password("attic");
        for who in [ann, bob] {
            assert_eq!(world.witness(who).problems(), [&wrong]);
            assert_eq!(world.witness(who).problems_ever().len(), 1);
        }
    });
}

#[test]
fn a_wrong_password_is_told_while_it_lasts_and_over_when_it_is_typed_again() {
    for browser in [false, true] {
        tell(10, |world| {
            world.add_tracker(TRACKER);
            let ann = world.someone(browser, "b");
            let bob = world.native();
            world.join(ann, &World::private("den", "right"));
            world.run(5 * SECOND);
            world.join(bob, &World::private("den", "wrnog"));

            let wrong = other_password("den");
            world.until("he is told", 25 * SECOND, |world| {
                world.witness(bob).problems() == [&wrong]
            });
            // He has read it, and is not told again of the same.
            let id = world.snapshot(bob).problems[0].id;
            world
                .command(bob, Command::DismissProblem(id))
                .expect("read");
            world.run(60 * SECOND);
            assert_eq!(world.witness(bob).problems_ever().len(), 1);

            world.leave(bob, "den");
            world.run(SECOND);
            world.join(bob, &World::private("den", "right"));
            world.until("they meet", 45 * SECOND, |world| {
                world.met(&[ann, bob], "den")
            });
            world.run(200 * SECOND);
            assert!(world.witness(bob).problems().is_empty());
            if !browser {
                assert!(world.witness(ann).problems().is_empty());
            }
        });
    }
}

#[test]
fn a_wrong_password_is_over_when_whoever_has_it_is_gone() {
    tell(5, |world| {
        world.add_tracker(TRACKER);
        let (ann, bob) = (world.native(), world.native());
        world.join(ann, &World::private("den", "right"));
        world.join(bob, &World::private("den", "wrong"));
        let wrong = other_password("den");
        world.until("she is told", 20 * SECOND, |world| {
            world.witness(ann).problems() == [&wrong]
        });

        world.leave(bob, "den");
        world.until("it is over", 200 * SECOND, |world| {
            world.witness(ann).problems().is_empty()
        });
        world.run(300 * SECOND);
        assert!(world.witness(ann).problems().is_empty());
    });
}

#[test]
fn another_password_in_a_room_where_somebody_was_met_is_not_taken_for_ones_own_mistake() {
    tell(5, |world| {
        world.add_tracker(TRACKER);
        let (ann, bob, cyd) = (world.native(), world.native(), world.native());
        settle(world, &[ann, bob], &World::private("den", "right"));

        world.join(cyd, &World::private("den", "wrong"));
        let told = |met| ProblemKind::OtherPassword {
            room: RoomKey::from_text("den"),
            met,
        };
        world.until("all are told", 60 * SECOND, |world| {
            world.witness(cyd).problems() == [&told(false)]
                && [ann, bob]
                    .iter()
                    .all(|who| world.witness(*who).problems() == [&told(true)])
        });
    });
}

fn other_password(room: &str) -> ProblemKind {
    ProblemKind::OtherPassword {
        room: RoomKey::from_text(room),
        met: false,
    }
}

#[test]
fn a_machine_that_wakes_after_an_hour_is_back_with_everyone_in_seconds() {
    for browser in [false, true] {
        tell(10, |world| {
            world.add_tracker(TRACKER);
            let (ann, bob) = (world.native(), world.native());
            let cyd = world.someone(browser, "c");
            for room in ["den", "attic"] {
                settle(world, &[ann, bob, cyd], &World::public(room));
            }

            let nap = Duration::from_secs(if world.roll(2) == 0 { 3_600 } else { 6 });
            world.sleep(bob);
            world.run(nap);
            world.rouse(bob);

            let limit = if browser { 30 * SECOND } else { 10 * SECOND };
            world.until("all are back", limit, |world| {
                let all = [ann, bob, cyd];
                world.met(&all, "den") && world.met(&all, "attic")
            });
            // For as long as anyone may still take the old connection for a live one.
            world.run(15 * SECOND);
            for room in ["den", "attic"] {
                world.until("all are there", limit, |world| {
                    world.met(&[ann, bob, cyd], room)
                });
                world.say(bob, room, "back");
            }
            world.until("all hear", 2 * SECOND, |world| {
                ["den", "attic"]
                    .iter()
                    .all(|room| world.has(ann, room, "back") && world.has(cyd, room, "back"))
            });
        });
    }
}

#[test]
fn what_somebody_said_before_is_folded_away_with_them_and_shown_again() {
    tell(3, |world| {
        world.add_tracker(TRACKER);
        let (ann, bob, cyd) = (world.native(), world.native(), world.native());
        settle(world, &[ann, bob, cyd], &World::public("den"));
        world.say(bob, "den", "nasty");
        world.say(cyd, "den", "nice");
        world.say(ann, "den", "mine");
        world.run(SECOND);
        let who = person(world, bob);

        for (standing, fold) in [
            (Standing::Muted, Fold::Muted),
            (Standing::Blocked, Fold::Blocked),
        ] {
            judge(world, ann, who.clone(), standing);
            assert_eq!(
                fold_of(world, ann, "den", "nasty"),
                Some(fold),
                "{standing:?}"
            );
            for text in ["nice", "mine"] {
                assert_eq!(fold_of(world, ann, "den", text), None, "{text}");
            }
        }
        judge(world, ann, who, Standing::Normal);
        assert_eq!(fold_of(world, ann, "den", "nasty"), None);
    });
}

#[test]
fn nothing_is_said_to_somebody_blocked_nor_kept_for_them() {
    tell(3, |world| {
        world.add_tracker(TRACKER);
        let (ann, bob, cyd) = (world.native(), world.native(), world.native());
        settle(world, &[ann, bob, cyd], &World::public("den"));
        let who = person(world, bob);
        let whisper = |text: &str| Command::Say {
            room: RoomKey::from_text("den"),
            with: Some(who.clone()),
            text: text.to_owned(),
            reply_to: None,
        };
        world.command(ann, whisper("psst")).expect("he is there");
        // He is lost, and would be sent what he misses.
        world.unplug(bob);
        world.until("he is lost", 15 * SECOND, |world| {
            !world.sees(ann, bob, "den")
        });

        judge(world, ann, who.clone(), Standing::Blocked);
        let refused = world.command(ann, whisper("you there?"));
        assert_eq!(refused, Err(Refusal::NobodyThere));
        world.say(ann, "den", "not for bob");
        world.plug(bob);
        world.change_network(bob);
        world.run(30 * SECOND);
        judge(world, ann, who.clone(), Standing::Normal);
        world.until("they meet", 45 * SECOND, |world| {
            world.met(&[ann, bob, cyd], "den")
        });
        world.run(5 * SECOND);

        let line = |text: &str| {
            let mut lines = world.witness(bob).lines("den").iter();
            lines.find(|line| line.text == text).cloned()
        };
        let kept = line("not for bob");
        assert!(
            kept.is_none_or(|line| line.backfilled),
            "it was not sent to him as missed"
        );
        world.command(ann, whisper("again")).expect("he is back");
    });
}

/// A room in which pages pass nothing on by themselves.
fn cellar() -> RoomAddress {
    World::private("den", "sesame")
}

/// What a page passes on that never heard it.
fn pass_on(world: &mut World, from: Who, to: Who, action: &Action) {
    for frame in wire::frames(cellar().token(), 1, &action.body()) {
        world.smuggle(from, to, frame);
    }
}

/// What a page says was said before.
fn passed_on(author: &UserId, heard: i64, count: usize, word: &str) -> Action {
    let entries = (0..count).map(|n| wire::TranscriptEntry {
        entry: wire::TranscriptItem::Message(Message {
            author_id: author.clone(),
            text: format!("{word} {n}"),
            time_sent: heard,
            id: MessageId::parse(&format!("{word}-{n}")).expect("an id"),
            reply_to: None,
        }),
        time_received: Some(heard),
    });
    Action::Transcript(entries.collect())
}

fn count(world: &World, who: Who, word: &str, folded: Option<Fold>) -> usize {
    let lines = world.witness(who).lines("den").iter();
    lines
        .filter(|line| line.text.starts_with(word) && line.folded == folded)
        .count()
}

#[test]
fn what_is_passed_on_of_one_author_is_folded_beyond_what_they_could_have_said() {
    tell(3, |world| {
        world.add_tracker(TRACKER);
        let (ann, page, other) = (world.native(), world.browser("m"), world.browser("n"));
        settle(world, &[ann, page, other], &cellar());
        let me = world.snapshot(ann).me.name;
        let author = UserId::parse("nobody-here").expect("an id");

        // Two pass on the same, and each some more of the same author.
        let word = format!("@{me} spam");
        let same = passed_on(&author, 1_000, 140, &word.replace(['@', ' '], "-"));
        for (n, from) in [page, other].into_iter().enumerate() {
            let more = passed_on(&author, 1_000, 140, &format!("more{n}"));
            let (Action::Transcript(mut lines), Action::Transcript(same)) = (more, same.clone())
            else {
                unreachable!("both are transcripts");
            };
            lines.truncate(10);
            lines.extend(same);
            for line in &mut lines {
                if let wire::TranscriptItem::Message(message) = &mut line.entry {
                    message.text = format!("{word} {}", message.id.as_str());
                }
            }
            pass_on(world, from, ann, &Action::Transcript(lines));
        }
        world.run(SECOND);

        let open = count(world, ann, &word, None);
        let folded = count(world, ann, &word, Some(Fold::Flood));
        assert_eq!(open + folded, 160, "all of it is there, once");
        assert!(open <= 80, "{open} lines of it are open");
        let lines = world.witness(ann).lines("den");
        let calls = lines.iter().filter(|line| line.mentions_me).count();
        assert_eq!(calls, open, "and no more than those call ann");
    });
}

#[test]
fn no_line_that_was_heard_gives_way_to_what_is_passed_on() {
    tell(2, |world| {
        world.add_tracker(TRACKER);
        let (ann, bob) = (world.native(), world.native());
        settle(world, &[ann, bob], &cellar());
        for n in 0..990 {
            let who = if n % 2 == 0 { ann } else { bob };
            world.say(who, "den", &format!("talk {n}"));
            world.run(Duration::from_secs(1));
        }
        let heard = |world: &World| {
            let entries = &world.snapshot(ann).rooms[0].entries;
            let is_talk = |it: &&room::Entry| matches!(it, room::Entry::Line(line) if line.text.starts_with("talk"));
            entries.iter().filter(is_talk).count()
        };
        assert_eq!(heard(world), 990);

        let pages = [world.browser("m"), world.browser("n")];
        for (n, page) in pages.into_iter().enumerate() {
            world.join(page, &cellar());
            world.until("they meet", 40 * SECOND, |world| {
                world.sees(page, ann, "den")
            });
            world.run(SECOND);
            // Each line has an author of its own, so that no measure of one author holds it.
            let entries = (0..150).map(|line| {
                let author = UserId::parse(&format!("mask-{n}-{line}")).expect("an id");
                let Action::Transcript(mut one) = passed_on(&author, 0, 1, "forged") else {
                    unreachable!("it is a transcript");
                };
                one.remove(0)
            });
            pass_on(world, page, ann, &Action::Transcript(entries.collect()));
            world.run(SECOND);
        }

        assert!(
            count(world, ann, "forged", None) > 0,
            "some of it is taken up"
        );
        assert_eq!(heard(world), 990, "none of what was heard is gone");
        // Somebody who says very much gives up their own.
        for n in 0..300 {
            world.say(bob, "den", &format!("much {n}"));
            world.run(Duration::from_secs(1));
        }
        let anns = world.snapshot(ann).rooms[0]
            .entries
            .iter()
            .filter(|it| matches!(it, room::Entry::Line(line) if line.own))
            .count();
        assert_eq!(anns, 495);
    });
}

#[test]
fn a_flood_does_not_keep_a_newcomer_from_what_others_said() {
    tell(2, |world| {
        world.add_tracker(TRACKER);
        let (ann, bob, page) = (world.native(), world.native(), world.browser("m"));
        settle(world, &[ann, bob, page], &World::public("den"));
        talk(world, bob);
        let author = world.user(page).clone();
        for n in 0..400_u16 {
            let message = Message {
                author_id: author.clone(),
                text: format!("spam {n}"),
                time_sent: 0,
                id: MessageId::parse(&format!("spam-{n}")).expect("an id"),
                reply_to: None,
            };
            for to in [ann, bob] {
                smuggle(world, page, to, n, &Action::Message(message.clone()));
            }
            world.run(Duration::from_millis(5));
        }
        world.kill(page);
        world.run(60 * SECOND);

        let cyd = world.native();
        world.join(cyd, &World::public("den"));
        world.until("they meet", 40 * SECOND, |world| {
            world.met(&[ann, bob, cyd], "den")
        });
        world.run(5 * SECOND);

        assert_eq!(count(world, cyd, "thought", None), 30);
        let open = count(world, cyd, "spam", None);
        assert!(open <= 84, "{open} lines of it are open");
        assert!(count(world, cyd, "spam", Some(Fold::Flood)) > 0);
    });
}

#[test]
fn rooms_are_told_in_the_order_they_were_joined_in() {
    tell(1, |world| {
        let ann = world.native();
        for name in ["zoo", "attic", "mill"] {
            world.join(ann, &World::public(name));
        }
        let rooms = world.snapshot(ann).rooms;
        let names: Vec<&str> = rooms.iter().map(|room| room.room.as_str()).collect();
        assert_eq!(names, ["zoo", "attic", "mill"]);
    });
}

#[test]
fn nobody_is_said_to_have_come_in_who_was_there_before_us() {
    tell(3, |world| {
        world.add_tracker(TRACKER);
        let (ann, bob) = (world.native(), world.native());
        world.join(ann, &World::public("den"));
        world.run(20 * SECOND);
        world.join(bob, &World::public("den"));
        world.until("they meet", 40 * SECOND, |world| {
            world.met(&[ann, bob], "den")
        });
        world.run(2 * SECOND);

        let arrivals = |who: Who| {
            let notices = world.witness(who).notices("den").iter();
            notices
                .filter(|it| matches!(it.what, NoticeKind::Joined { .. }))
                .count()
        };
        assert_eq!(arrivals(ann), 1);
        assert_eq!(arrivals(bob), 0);
    });
}

/// Says so much that it is talk and no flood.
fn talk(world: &mut World, who: Who) {
    for n in 0..30 {
        world.say(who, "den", &format!("thought {n}"));
        world.run(SECOND);
    }
}
