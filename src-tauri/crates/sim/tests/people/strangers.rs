//! Floods, slow rooms, and who is nobody one knows.

use std::time::Duration;

use rand::SeedableRng;
use room::{Command, Fold, NoticeKind, PersonId, Refusal, RoomKey, Rules, Standing, Trust};
use sim::{Who, World, tell};
use wire::{Action, Message, MessageId, UserId};

use super::{
    SECOND, TRACKER, fold_of, identity, judge, keys, person, set_rules, settle, shown, smuggle,
    talk,
};

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
