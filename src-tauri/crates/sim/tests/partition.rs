//! Bad networks.

use std::collections::BTreeSet;
use std::time::Duration;

use sim::{Who, World, tell};
use wire::RoomAddress;

const TRACKER: &str = "wss://tracker.example";
const SECOND: Duration = Duration::from_secs(1);

fn settle(world: &mut World, all: &[Who], room: &RoomAddress) {
    world.gather(all, room, 120 * SECOND);
}

#[test]
fn after_a_partition_heals_everyone_has_every_line_once() {
    for private in [false, true] {
        tell(10, |world| {
            world.add_tracker(TRACKER);
            let den = if private {
                World::private("den", "key")
            } else {
                World::public("den")
            };
            let all: Vec<Who> = (0..5).map(|_| world.native()).collect();
            settle(world, &all, &den);
            let mut said = BTreeSet::new();
            let mut speak = |world: &mut World, when: &str| {
                for (n, who) in all.iter().enumerate() {
                    for round in 0..3 {
                        let text = format!("{when} {n} {round}");
                        world.say(*who, "den", &text);
                        said.insert(text);
                        let pause = Duration::from_millis(world.roll(300));
                        world.run(pause);
                    }
                }
            };

            speak(world, "before");
            world.part(&all[..2], &all[2..]);
            speak(world, "unnoticed");
            world.until("it is noticed", 15 * SECOND, |world| {
                all[..2].iter().all(|a| {
                    all[2..]
                        .iter()
                        .all(|b| !world.sees(*a, *b, "den") && !world.sees(*b, *a, "den"))
                })
            });
            speak(world, "apart");
            let apart = Duration::from_secs(world.roll(120));
            world.run(apart);
            world.heal();
            // Attempts look for a way again at most every 20 s, and each may take 20 s to fail.
            world.until("all meet again", 60 * SECOND, |world| {
                world.met(&all, "den")
            });
            speak(world, "after");
            world.run(5 * SECOND);

            for who in &all {
                let texts = world.texts(*who, "den");
                let have: BTreeSet<String> = texts.iter().map(|it| (*it).to_owned()).collect();
                let missing: Vec<&String> = said.difference(&have).collect();
                assert!(missing.is_empty(), "{who:?} lacks {missing:?}");
                assert_eq!(texts.len(), said.len(), "and each once");
            }
            assert_eq!(world.connections(all[0], all[4]), 1);
        });
    }
}

#[test]
fn a_short_silence_is_ridden_out() {
    tell(10, |world| {
        world.add_tracker(TRACKER);
        let (ann, bob) = (world.native(), world.native());
        settle(world, &[ann, bob], &World::public("den"));

        world.part(&[ann], &[bob]);
        world.say(ann, "den", "are you there?");
        let pause = Duration::from_millis(500 + world.roll(4500));
        world.run(pause);
        world.heal();

        world.until("bob hears", 2 * SECOND, |world| {
            world.has(bob, "den", "are you there?")
        });
        assert_eq!(world.witness(ann).joins("den"), 1);
        assert_eq!(world.witness(bob).joins("den"), 1);
    });
}

#[test]
fn a_pulled_cable_is_noticed_and_a_plugged_one_is_too() {
    for browser in [false, true] {
        tell(10, |world| {
            world.add_tracker(TRACKER);
            let (ann, cyd) = (world.native(), world.native());
            let bob = world.someone(browser, "b");
            settle(world, &[ann, bob, cyd], &World::public("den"));

            world.unplug(bob);
            world.until("bob is gone", 15 * SECOND, |world| {
                !world.sees(ann, bob, "den") && !world.sees(cyd, bob, "den")
            });
            world.until("bob is alone", 15 * SECOND, |world| {
                !world.sees(bob, ann, "den") && !world.sees(bob, cyd, "den")
            });
            let away = Duration::from_secs(world.roll(100));
            world.run(away);
            world.plug(bob);
            if !browser {
                world.change_network(bob);
            }

            // A socket to the tracker may be in the middle of its longest pause.
            world.until("all are back", 85 * SECOND, |world| {
                world.met(&[ann, bob, cyd], "den")
            });
            world.say(bob, "den", "back");
            world.until("all hear", 2 * SECOND, |world| {
                world.has(ann, "den", "back") && world.has(cyd, "den", "back")
            });
        });
    }
}

#[test]
fn lossy_ways_lose_nothing_and_double_nothing() {
    tell(10, |world| {
        world.add_tracker(TRACKER);
        world.conditions.latency = Duration::from_millis(120);
        world.conditions.jitter = Duration::from_millis(200);
        world.conditions.loss = 0.2;
        // Three in ten attempts fail, and each is waited for before the next.
        world.conditions.refusal = 0.3;
        let all: Vec<Who> = (0..4).map(|_| world.native()).collect();
        settle(world, &all, &World::public("den"));

        for n in 0..40 {
            world.say(all[n % 4], "den", &format!("line {n}"));
            let pause = Duration::from_millis(world.roll(500));
            world.run(pause);
        }
        world.run(60 * SECOND);

        assert!(world.met(&all, "den"));
        for who in &all {
            let texts: BTreeSet<&str> = world.texts(*who, "den").into_iter().collect();
            assert_eq!((texts.len(), world.texts(*who, "den").len()), (40, 40));
        }
    });
}

#[test]
fn an_attempt_that_comes_to_nothing_is_made_again() {
    for browser in [false, true] {
        tell(20, |world| {
            world.add_tracker(TRACKER);
            world.conditions.refusal = 1.0;
            let ann = world.native();
            let bob = world.someone(browser, "b");
            world.join(ann, &World::public("den"));
            world.join(bob, &World::public("den"));
            let bad = Duration::from_secs(1 + world.roll(60));
            world.run(bad);
            world.conditions.refusal = 0.0;

            // An answer that led nowhere is given up after 5 s by us, after 23.3 s by a browser;
            // then the next offer is waited for, which may take 20 s.
            let limit = if browser { 45 } else { 26 };
            world.until("they meet", limit * SECOND, |world| {
                world.met(&[ann, bob], "den")
            });
            world.run(SECOND);
            assert!(
                world.witness(ann).problems().is_empty(),
                "what was wrong is over"
            );
        });
    }
}

#[test]
fn a_slow_way_delays_and_loses_nothing() {
    tell(5, |world| {
        world.add_tracker(TRACKER);
        world.conditions.bandwidth = 20_000;
        let (ann, bob) = (world.native(), world.native());
        settle(world, &[ann, bob], &World::public("den"));
        let long = "x".repeat(9_000);

        for n in 0..40 {
            world.say(ann, "den", &format!("{n} {long}"));
        }
        world.run(40 * SECOND);

        let texts = world.texts(bob, "den");
        assert_eq!(texts.len(), 40);
        assert!(
            texts
                .iter()
                .enumerate()
                .all(|(n, text)| text.starts_with(&format!("{n} ")))
        );
        assert!(world.met(&[ann, bob], "den"));
    });
}

#[test]
fn another_network_cuts_no_connection_and_is_said_to_nobody() {
    tell(10, |world| {
        world.add_tracker(TRACKER);
        let all: Vec<Who> = (0..4).map(|_| world.native()).collect();
        settle(world, &all, &World::public("den"));
        for (n, who) in all.iter().enumerate() {
            // Until nothing is left to be said of what came before.
            world.run(15 * SECOND);
            let before = world.frames_since(*who, Duration::ZERO);
            world.change_network(*who);
            world.run(SECOND / 10);
            let after = world.frames_since(*who, Duration::ZERO);
            assert_eq!(after, before, "a peer need not know");

            let text = format!("from network {n}");
            world.say(*who, "den", &text);
            world.until("all hear", SECOND, |world| {
                all.iter().all(|who| world.has(*who, "den", &text))
            });
        }
        // Longer than a connection that hears nothing is kept.
        world.run(15 * SECOND);
        for who in &all {
            for other in all.iter().filter(|other| *other != who) {
                let left = world.witness(*who).left_at("den", world.id(*other));
                assert_eq!(left, None, "nobody was lost");
            }
        }
    });
}
