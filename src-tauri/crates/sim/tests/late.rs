//! Coming late, and with another password.

use std::time::Duration;

use room::{ProblemKind, RoomKey};
use sim::{Who, World, tell};
use wire::RoomAddress;

const TRACKER: &str = "wss://tracker.example";
const SECOND: Duration = Duration::from_secs(1);

fn settle(world: &mut World, all: &[Who], room: &RoomAddress) {
    world.gather(all, room, 3 * SECOND);
}

fn converse(world: &mut World, all: &[Who], lines: usize) -> Vec<String> {
    for n in 0..lines {
        world.say(all[n % all.len()], "den", &format!("line {n}"));
        world.run(Duration::from_millis(400));
    }
    world.run(SECOND);
    (0..lines).map(|n| format!("line {n}")).collect()
}

#[test]
fn who_comes_late_to_a_public_room_reads_what_was_said() {
    tell(10, |world| {
        world.add_tracker(TRACKER);
        let (ann, bob) = (world.native(), world.native());
        let den = World::public("den");
        settle(world, &[ann, bob], &den);
        let said = converse(world, &[ann, bob], 12);

        let (cyd, page) = (world.native(), world.browser("b"));
        settle_more(world, &[ann, bob], &[cyd, page], &den);

        assert_eq!(world.texts(cyd, "den"), said);
        assert_eq!(world.texts(page, "den"), said);
        let lines = world.witness(cyd).lines("den");
        assert!(lines.iter().all(|line| line.backfilled && !line.own));
    });
}

#[test]
fn who_comes_late_to_a_private_room_reads_it_from_native_peers_and_not_from_browsers() {
    tell(10, |world| {
        world.add_tracker(TRACKER);
        let (ann, page) = (world.native(), world.browser("b"));
        let den = World::private("den", "key");
        settle(world, &[ann, page], &den);
        let said = converse(world, &[ann, page], 6);

        let (cyd, late_page) = (world.native(), world.browser("c"));
        settle_more(world, &[ann, page], &[cyd, late_page], &den);

        assert_eq!(world.texts(cyd, "den"), said);
        assert!(
            world.texts(late_page, "den").is_empty(),
            "browsers do not expect it there"
        );

        world.leave(ann, "den");
        world.leave(cyd, "den");
        world.run(SECOND);
        let dan = world.native();
        settle_more(world, &[page], &[dan], &den);
        assert!(
            world.texts(dan, "den").is_empty(),
            "browsers do not pass it on"
        );
    });
}

fn settle_more(world: &mut World, there: &[Who], new: &[Who], room: &RoomAddress) {
    for who in new {
        world.join(*who, room);
    }
    let all = [there, new].concat();
    world.until("all meet", 25 * SECOND, |world| {
        new.iter()
            .all(|a| all.iter().all(|b| a == b || world.sees(*a, *b, "den")))
    });
    world.run(SECOND);
}

#[test]
fn a_long_talk_comes_with_its_newest_lines_in_order() {
    tell(3, |world| {
        world.add_tracker(TRACKER);
        let (ann, bob) = (world.native(), world.native());
        let den = World::public("den");
        settle(world, &[ann, bob], &den);
        for n in 0..400 {
            world.say(ann, "den", &format!("line {n}"));
            world.run(Duration::from_millis(5));
        }

        let cyd = world.native();
        settle_more(world, &[ann, bob], &[cyd], &den);

        let newest: Vec<String> = (250..400).map(|n| format!("line {n}")).collect();
        assert_eq!(world.texts(cyd, "den"), newest);
    });
}

#[test]
fn a_wrong_password_keeps_out_and_is_told_while_others_talk_on() {
    for browser in [false, true] {
        tell(10, |world| {
            world.add_tracker(TRACKER);
            let (ann, bob) = (world.native(), world.native());
            let page = world.browser("b");
            let right = World::private("den", "right");
            settle(world, &[ann, bob, page], &right);

            let mallory = world.someone(browser, "m");
            world.join(mallory, &World::private("den", "wrong"));
            world.run(60 * SECOND);

            for who in [ann, bob, page] {
                assert!(!world.sees(who, mallory, "den") && !world.sees(mallory, who, "den"));
            }
            let wrong = ProblemKind::OtherPassword {
                room: RoomKey::from_text("den"),
                met: false,
            };
            if !browser {
                assert_eq!(
                    world.witness(mallory).problems_ever(),
                    std::slice::from_ref(&wrong)
                );
            }
            assert!(
                world.witness(ann).problems_ever().len() <= 1,
                "told once, not each time"
            );
            world.say(ann, "den", "all well?");
            world.until("they hear", SECOND, |world| {
                world.has(bob, "den", "all well?") && world.has(page, "den", "all well?")
            });
            assert!(world.met(&[ann, bob, page], "den"));
        });
    }
}

#[test]
fn a_wrong_password_for_one_of_two_shared_rooms_leaves_the_other_alone() {
    tell(10, |world| {
        world.add_tracker(TRACKER);
        let (ann, bob) = (world.native(), world.native());
        settle(world, &[ann, bob], &World::public("den"));

        world.join(ann, &World::private("attic", "right"));
        world.join(bob, &World::private("attic", "wrong"));
        world.run(60 * SECOND);

        assert!(!world.sees(ann, bob, "attic") && !world.sees(bob, ann, "attic"));
        let wrong = ProblemKind::OtherPassword {
            room: RoomKey::from_text("attic"),
            met: false,
        };
        let told = |who| world.witness(who).problems_ever().contains(&wrong);
        assert!(told(ann) || told(bob), "whoever asks learns of it");
        assert!(world.met(&[ann, bob], "den"));
        assert_eq!(world.connections(ann, bob), 1);
        assert_eq!(world.witness(ann).joins("den"), 1);
    });
}

#[test]
fn a_peer_that_cannot_prove_the_password_never_gets_in() {
    tell(10, |world| {
        world.add_tracker(TRACKER);
        // It can read the signalling, but answers the challenge wrongly.
        let (ann, liar) = (world.native_called("0", ""), world.browser("z"));
        world.page_mut(liar).lie();
        world.join(ann, &World::private("den", "key"));
        world.run(SECOND);
        world.join(liar, &World::private("den", "key"));
        world.run(5 * SECOND);

        assert!(!world.sees(ann, liar, "den"));
        assert!(world.witness(ann).joins("den") == 0);
        assert!(!world.witness(ann).problems_ever().is_empty());
    });
}

#[test]
fn a_line_under_anothers_name_is_not_shown_under_it() {
    tell(5, |world| {
        world.add_tracker(TRACKER);
        let (ann, bob, page) = (world.native(), world.native(), world.browser("b"));
        let den = World::public("den");
        settle(world, &[ann, bob, page], &den);
        let real = world.say(ann, "den", "mine");
        world.run(SECOND);

        let forged = wire::Message {
            author_id: world.user(ann).clone(),
            text: "forged".to_owned(),
            time_sent: 0,
            id: real.clone(),
            reply_to: None,
        };
        let body = wire::Action::Message(forged).body();
        for frame in wire::frames(den.token(), 77, &body) {
            world.smuggle(page, bob, frame);
        }

        world.until("it is shown", SECOND, |world| {
            world.has(bob, "den", "forged")
        });
        let lines = world.witness(bob).lines("den");
        let line = lines
            .iter()
            .find(|line| line.text == "forged")
            .expect("shown");
        assert!(line.misattributed);
        assert_eq!(line.author_id.as_ref(), Some(world.user(page)));
        // And it is nobody's to pass on.
        let cyd = world.native();
        settle_more(world, &[bob], &[cyd], &den);
        assert_eq!(world.texts(cyd, "den"), ["mine"]);
    });
}

#[test]
fn a_thousand_words_to_nobody_are_said_in_the_end_and_the_last_of_them_are_heard() {
    tell(2, |world| {
        world.add_tracker("wss://tracker.example");
        let ann = world.native();
        world.join(ann, &World::public("den"));
        let mut said = 0;
        for _ in 0..600 {
            while said < 3_000 && world.try_say(ann, "den", &format!("word {said}")).is_ok() {
                said += 1;
            }
            world.run(Duration::from_millis(100));
        }
        assert_eq!(said, 3_000);

        let bob = world.native();
        world.join(bob, &World::public("den"));
        world.until("the last is heard", Duration::from_secs(5), |world| {
            world.has(bob, "den", "word 2999")
        });
    });
}
