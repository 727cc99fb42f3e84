//! Leaving and coming back.

use std::time::Duration;

use room::ProblemKind;
use sim::{Who, World, tell};

const TRACKER: &str = "wss://tracker.example";
const SECOND: Duration = Duration::from_secs(1);

fn settle(world: &mut World, all: &[Who]) {
    world.gather(all, &World::public("den"), 3 * SECOND);
}

/// Everybody says something new, and everybody else hears it.
fn talk(world: &mut World, all: &[Who], topic: &str) {
    for (n, who) in all.iter().enumerate() {
        world.say(*who, "den", &format!("{topic} {n}"));
    }
    world.until("everybody hears", 3 * SECOND, |world| {
        all.iter()
            .all(|who| (0..all.len()).all(|n| world.has(*who, "den", &format!("{topic} {n}"))))
    });
}

#[test]
fn leaving_is_noticed_at_once() {
    for browser in [false, true] {
        tell(5, |world| {
            world.add_tracker(TRACKER);
            let ann = world.native();
            let bob = world.someone(browser, "b");
            settle(world, &[ann, bob]);

            world.leave(bob, "den");
            world.until("bob is gone", SECOND, |world| !world.sees(ann, bob, "den"));

            world.run(SECOND);
            world.join(bob, &World::public("den"));
            world.until("bob is back", SECOND, |world| world.met(&[ann, bob], "den"));
            world.leave(ann, "den");
            world.until("ann is gone", SECOND, |world| !world.sees(bob, ann, "den"));
        });
    }
}

#[test]
fn twenty_times_out_and_in_again_by_either_side_leaves_no_ghosts() {
    for browser in [false, true] {
        tell(10, |world| {
            world.add_tracker(TRACKER);
            let ann = world.native();
            let bob = world.someone(browser, "b");
            settle(world, &[ann, bob]);
            for round in 0..20 {
                let who = if world.roll(2) == 0 { ann } else { bob };
                let away = Duration::from_millis(100 + world.roll(1500));

                world.leave(who, "den");
                world.run(away);
                world.join(who, &World::public("den"));

                world.until("they meet again", 2 * SECOND, |world| {
                    world.met(&[ann, bob], "den")
                });
                talk(world, &[ann, bob], &format!("round {round}"));
                assert_eq!(world.connections(ann, bob), 1);
            }
            assert_eq!(world.witness(ann).peers("den").len(), 1);
            assert!(world.witness(ann).problems_ever().is_empty());
        });
    }
}

#[test]
fn twenty_times_out_and_in_again_by_both_sides_leaves_no_ghosts() {
    tell(8, |world| {
        world.add_tracker(TRACKER);
        let (ann, bob) = (world.native(), world.native());
        settle(world, &[ann, bob]);
        for round in 0..20 {
            for who in [ann, bob] {
                world.leave(who, "den");
                let apart = Duration::from_millis(world.roll(40));
                world.run(apart);
            }
            let away = Duration::from_millis(world.roll(3) * 70);
            world.run(away);
            for who in [bob, ann] {
                world.join(who, &World::public("den"));
                let apart = Duration::from_millis(world.roll(40));
                world.run(apart);
            }

            world.until("they meet again", 2 * SECOND, |world| {
                world.met(&[ann, bob], "den")
            });
            talk(world, &[ann, bob], &format!("round {round}"));
        }
        for who in [ann, bob] {
            assert_eq!(world.witness(who).peers("den").len(), 1);
            assert!(world.witness(who).problems_ever().is_empty());
        }
    });
}

#[test]
fn coming_back_within_the_pause_of_leaving_works() {
    for browser in [false, true] {
        tell(20, |world| {
            world.add_tracker(TRACKER);
            let ann = world.native();
            let bob = world.someone(browser, "b");
            settle(world, &[ann, bob]);
            // Long enough for every timer of the connection to have started long ago.
            world.run(30 * SECOND);
            for round in 0..5 {
                world.leave(ann, "den");
                let away = Duration::from_millis(world.roll(99));
                world.run(away);
                world.join(ann, &World::public("den"));

                world.until("they meet again", SECOND, |world| {
                    world.met(&[ann, bob], "den")
                });
                talk(world, &[ann, bob], &format!("round {round}"));
                let pause = Duration::from_secs(world.roll(40));
                world.run(pause);
                assert!(world.met(&[ann, bob], "den"));
            }
            assert!(world.witness(ann).problems_ever().is_empty());
            if !browser {
                assert!(world.witness(bob).problems_ever().is_empty());
            }
        });
    }
}

#[test]
fn coming_right_back_does_not_cut_off_those_who_are_only_in_another_room() {
    tell(10, |world| {
        world.add_tracker(TRACKER);
        let (ann, bob) = (world.native(), world.native());
        settle(world, &[ann, bob]);
        world.join(ann, &World::public("attic"));
        // Nothing is said for so long that the connection's last progress lies far back.
        world.run(60 * SECOND);

        world.leave(ann, "attic");
        world.run(Duration::from_millis(10));
        world.join(ann, &World::public("attic"));
        world.run(5 * SECOND);

        assert!(world.met(&[ann, bob], "den"));
        assert!(world.witness(ann).problems_ever().is_empty());
        assert_eq!(world.witness(ann).joins("den"), 1);
    });
}

#[test]
fn both_leaving_and_coming_back_at_the_same_instant_works() {
    tell(30, |world| {
        world.add_tracker(TRACKER);
        let (ann, bob) = (world.native(), world.native());
        settle(world, &[ann, bob]);
        for round in 0..5 {
            for who in [ann, bob] {
                world.leave(who, "den");
            }
            for who in [ann, bob] {
                world.join(who, &World::public("den"));
            }
            world.until("they meet again", SECOND, |world| {
                world.met(&[ann, bob], "den")
            });
            talk(world, &[ann, bob], &format!("round {round}"));
        }
        for who in [ann, bob] {
            assert!(world.witness(who).problems_ever().is_empty());
        }
    });
}

#[test]
fn coming_back_after_the_connection_was_given_up_works() {
    for browser in [false, true] {
        tell(5, |world| {
            world.add_tracker(TRACKER);
            let ann = world.native();
            let bob = world.someone(browser, "b");
            settle(world, &[ann, bob]);
            world.leave(ann, "den");
            world.run(130 * SECOND);
            assert_eq!(world.connections(ann, bob), 0, "nobody needs it any more");

            world.join(ann, &World::public("den"));

            world.until("they meet again", 2 * SECOND, |world| {
                world.met(&[ann, bob], "den")
            });
        });
    }
}

#[test]
fn a_peer_killed_without_a_word_is_gone_within_fifteen_seconds() {
    for browser in [false, true] {
        tell(5, |world| {
            world.add_tracker(TRACKER);
            let (ann, cyd) = (world.native(), world.native());
            let bob = world.someone(browser, "b");
            settle(world, &[ann, bob, cyd]);

            world.kill(bob);

            world.until("bob is gone", 15 * SECOND, |world| {
                !world.sees(ann, bob, "den") && !world.sees(cyd, bob, "den")
            });
            world.say(ann, "den", "bob?");
            world.until("cyd hears", SECOND, |world| world.has(cyd, "den", "bob?"));
        });
    }
}

#[test]
fn a_process_that_comes_back_under_a_new_name_is_met_while_the_old_one_fades() {
    tell(10, |world| {
        world.add_tracker(TRACKER);
        let (ann, old) = (world.native(), world.native());
        settle(world, &[ann, old]);
        world.kill(old);

        let new = world.native();
        world.join(new, &World::public("den"));

        world.until("they meet", SECOND, |world| world.met(&[ann, new], "den"));
        world.until("the old one is gone", 15 * SECOND, |world| {
            !world.sees(ann, old, "den")
        });
    });
}

#[test]
fn an_attempt_cut_short_by_leaving_does_not_keep_anyone_from_meeting() {
    tell(40, |world| {
        world.add_tracker(TRACKER);
        let ann = world.native();
        let bob = if world.roll(2) == 0 {
            world.browser("b")
        } else {
            world.native()
        };
        world.join(ann, &World::public("den"));
        world.run(SECOND);
        world.join(bob, &World::public("den"));
        // Somewhere between the announce and the open connection.
        let moment = Duration::from_millis(100 + world.roll(350));
        world.run(moment);
        world.leave(ann, "den");
        let away = Duration::from_millis(world.roll(300));
        world.run(away);
        world.join(ann, &World::public("den"));

        // A browser stays with one attempt for 23.3 s, and then the next offer is waited for.
        world.until("they meet", 45 * SECOND, |world| {
            world.met(&[ann, bob], "den")
        });
        talk(world, &[ann, bob], "after all");
        assert!(
            !world
                .witness(ann)
                .problems()
                .iter()
                .any(|what| matches!(what, ProblemKind::OtherPassword { .. }))
        );
    });
}
