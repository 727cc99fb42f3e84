//! Who has what was said: receipts, and what those get who missed it.

use std::time::Duration;

use room::{Command, Delivery, RoomKey};
use sim::{Who, World, tell};

const TRACKER: &str = "wss://tracker.example";
const SECOND: Duration = Duration::from_secs(1);

fn settle(world: &mut World, all: &[Who]) {
    world.gather(all, &World::public("den"), 25 * SECOND);
    world.run(SECOND);
}

fn delivery(world: &World, who: Who, text: &str) -> Delivery {
    world.line(who, "den", text).delivery
}

fn times_heard(world: &World, who: Who, text: &str) -> usize {
    world
        .texts(who, "den")
        .iter()
        .filter(|it| **it == text)
        .count()
}

#[test]
fn a_line_is_received_when_our_kind_says_so_and_a_browsers_connection_took_it() {
    tell(5, |world| {
        world.add_tracker(TRACKER);
        let all = [world.native(), world.native(), world.browser("b")];
        settle(world, &all);
        world.say(all[0], "den", "hello");

        let before = delivery(world, all[0], "hello");
        assert_eq!((before.of, before.received), (2, 0));
        world.run(2 * SECOND);
        let after = delivery(world, all[0], "hello");
        assert_eq!((after.reached, after.of, after.received), (2, 2, 2));
        assert!(!after.failed);
        let page = world.page(all[2]);
        assert!(
            page.unknown("den", world.id(all[0])).is_empty(),
            "no receipts for it"
        );
        assert!(page.unknown("den", world.id(all[1])).is_empty());
    });
}

#[test]
fn receipts_come_over_a_line_that_loses_much() {
    tell(5, |world| {
        world.add_tracker(TRACKER);
        let all = [world.native(), world.native(), world.native()];
        settle(world, &all);
        world.conditions.loss = 0.2;
        for n in 0..100 {
            world.say(all[0], "den", &format!("line {n}"));
            world.run(Duration::from_millis(20));
        }
        world.run(20 * SECOND);

        for n in 0..100 {
            let delivery = delivery(world, all[0], &format!("line {n}"));
            assert_eq!((delivery.received, delivery.of), (2, 2), "line {n}");
        }
    });
}

#[test]
fn ten_thousand_lines_need_few_receipts() {
    tell(1, |world| {
        world.add_tracker(TRACKER);
        let (ann, bob) = (world.native(), world.native());
        settle(world, &[ann, bob]);
        let (start, events) = (world.now(), world.witness(ann).events());
        let mut said = 0;
        while said < 10_000 {
            if world.try_say(ann, "den", &said.to_string()).is_ok() {
                said += 1;
            } else {
                world.run(Duration::from_millis(5));
            }
        }
        world.until("the last is received", 60 * SECOND, |world| {
            delivery(world, ann, "9999").received == 1
        });

        let took = (world.now() - start).as_millis() / 100 + 2;
        assert!(world.frames_since(bob, start) as u128 <= took + 5);
        let events = world.witness(ann).events() - events;
        assert!(events < 25_000, "{events}");
    });
}

#[test]
fn who_is_cut_off_in_the_middle_gets_the_rest_after_coming_back() {
    for browser in [false, true] {
        tell(10, |world| {
            world.add_tracker(TRACKER);
            let (ann, cyd) = (world.native(), world.native());
            let bob = world.someone(browser, "b");
            settle(world, &[ann, bob, cyd]);
            world.say(ann, "den", "before");
            world.run(2 * SECOND);

            world.part(&[ann], &[bob]);
            // Just long enough to notice that nothing is heard, not to give up.
            world.run(Duration::from_millis(3_100));
            // A peer that is heard of elsewhere is given up as soon as its connection is shaky.
            let is_there = world.sees(ann, bob, "den");
            world.say(ann, "den", "into the void");
            world.until("bob is missed", 30 * SECOND, |world| {
                !world.sees(ann, bob, "den")
            });
            world.run(SECOND);
            let missed = delivery(world, ann, "into the void");
            assert_eq!(missed.failed, is_there, "{missed:?}");
            assert_eq!(missed.received, 1, "cyd has it");
            world.say(ann, "den", "while he was away");
            world.run(SECOND);
            assert!(!delivery(world, ann, "while he was away").failed);

            world.heal();
            world.until("they meet again", 90 * SECOND, |world| {
                world.met(&[ann, bob], "den")
            });
            world.run(5 * SECOND);
            for text in ["before", "into the void", "while he was away"] {
                for who in [bob, cyd] {
                    assert_eq!(times_heard(world, who, text), 1, "{text}");
                }
            }
            let at_last = delivery(world, ann, "into the void");
            assert!(!at_last.failed, "{at_last:?}");
            assert_eq!((at_last.reached, at_last.received, at_last.of), (2, 2, 2));
        });
    }
}

#[test]
fn what_was_lost_on_the_way_to_a_process_that_died_reaches_its_next_life() {
    tell(10, |world| {
        world.add_tracker(TRACKER);
        let (ann, bob) = (world.native(), world.native());
        settle(world, &[ann, bob]);
        world.kill(bob);
        world.say(ann, "den", "still there?");
        world.until("he is missed", 30 * SECOND, |world| {
            !world.sees(ann, bob, "den")
        });
        world.run(SECOND);
        assert!(delivery(world, ann, "still there?").failed);

        let again = world.reborn(bob);
        world.join(again, &World::public("den"));
        world.until("he hears it", 10 * SECOND, |world| {
            world.has(again, "den", "still there?")
        });
        world.run(SECOND);
        let delivery = delivery(world, ann, "still there?");
        assert!(!delivery.failed && delivery.received == 1, "{delivery:?}");
        assert_eq!(times_heard(world, again, "still there?"), 1);
    });
}

#[test]
fn a_line_that_cannot_reach_somebody_any_more_is_given_up_on_request() {
    tell(5, |world| {
        world.add_tracker(TRACKER);
        let (ann, bob) = (world.native(), world.native());
        settle(world, &[ann, bob]);
        // Somebody whose signature proves nothing: they cannot be recognised again.
        let double = world.reborn(bob);
        world.join(double, &World::public("den"));
        world.until("it is there", 5 * SECOND, |world| {
            world.sees(ann, double, "den")
        });
        world.run(SECOND);
        world.kill(double);
        world.say(ann, "den", "gone?");
        world.until("it is missed", 30 * SECOND, |world| {
            !world.sees(ann, double, "den")
        });
        world.run(SECOND);
        assert!(delivery(world, ann, "gone?").failed);

        let line = world.line(ann, "den", "gone?").key;
        let room = RoomKey::from_text("den");
        world
            .command(ann, Command::Resend { room, line })
            .expect("it is ours");
        world.run(SECOND);
        assert!(!delivery(world, ann, "gone?").failed);
        assert_eq!(times_heard(world, bob, "gone?"), 1, "who has it is spared");
    });
}

#[test]
fn a_machine_that_slept_hears_what_was_said_and_says_what_it_could_not() {
    tell(10, |world| {
        world.add_tracker(TRACKER);
        let (ann, bob, page) = (world.native(), world.native(), world.browser("b"));
        settle(world, &[ann, bob, page]);
        world.say(ann, "den", "good night");
        world.run(2 * SECOND);
        world.sleep(ann);
        world.run(600 * SECOND);
        world.say(bob, "den", "while you slept");
        world.run(5 * SECOND);
        world.rouse(ann);
        world.say(ann, "den", "good morning");

        world.until("all is as before", 60 * SECOND, |world| {
            world.met(&[ann, bob, page], "den")
        });
        world.run(5 * SECOND);
        for text in ["good night", "while you slept", "good morning"] {
            for who in [ann, bob, page] {
                assert_eq!(times_heard(world, who, text), 1, "{text} at {who:?}");
            }
        }
        let delivery = delivery(world, ann, "good morning");
        assert!(!delivery.failed, "{delivery:?}");
    });
}
