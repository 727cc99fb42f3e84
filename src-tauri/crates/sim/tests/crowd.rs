//! Many peers, many messages, and nothing at all.

use std::time::Duration;

use room::Refusal;
use sim::{Who, World, tell};

const TRACKER: &str = "wss://tracker.example";
const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

#[test]
fn fifty_peers_become_a_full_mesh_without_flooding_the_tracker() {
    tell(1, |world| {
        world.add_tracker(TRACKER);
        let start = world.now();
        let all: Vec<Who> = (0..50).map(|_| world.native()).collect();
        for who in &all {
            world.join(*who, &World::public("den"));
            let pause = Duration::from_millis(world.roll(200));
            world.run(pause);
        }

        let everyone_sees_all = |world: &World| {
            all.iter()
                .all(|who| world.witness(*who).peers("den").len() == 49)
        };
        // The last pairs wait for one of their ten offers to fall to the other by chance.
        world.until("the mesh is full", 300 * SECOND, everyone_sees_all);
        let meshed = world.now();
        let worst = all
            .iter()
            .map(|who| world.announces_since(*who, start))
            .max();
        let took = (meshed - start).as_secs_f64() / 60.0;
        let rate = f64::from(u32::try_from(worst.unwrap_or(0)).unwrap_or(u32::MAX)) / took.max(1.0);
        assert!(
            rate <= 180.0,
            "{worst:?} announces of one peer in {took:.1} minutes"
        );

        // Whatever was under way comes to an end, and then there is little to say.
        world.run(2 * MINUTE);
        assert!(everyone_sees_all(world));
        let calm = world.now();
        let wakes: u64 = all.iter().map(|who| world.wakes(*who)).sum();
        world.run(10 * MINUTE);
        for who in &all {
            let announces = world.announces_since(*who, calm);
            assert!(
                announces <= 10,
                "{announces} announces in ten quiet minutes"
            );
            assert!(
                world.links(*who) <= 49 + 10,
                "{} connections",
                world.links(*who)
            );
            assert_eq!(world.witness(*who).joins("den"), 49, "nobody came twice");
        }
        let woken = all.iter().map(|who| world.wakes(*who)).sum::<u64>() - wakes;
        assert!(
            woken <= 50 * 60,
            "{woken} wakes of fifty peers in ten quiet minutes"
        );

        world.say(all[7], "den", "hello everyone");
        world.until("all hear", SECOND, |world| {
            all.iter()
                .all(|who| world.has(*who, "den", "hello everyone"))
        });
        let (leaving, staying) = all.split_at(25);
        for who in leaving {
            world.leave(*who, "den");
        }
        world.until("half is gone", SECOND, |world| {
            staying
                .iter()
                .all(|who| world.witness(*who).peers("den").len() == 24)
        });
    });
}

#[test]
fn a_pair_at_rest_does_next_to_nothing() {
    for browser in [false, true] {
        tell(5, |world| {
            world.add_tracker(TRACKER);
            let ann = world.native();
            let bob = world.someone(browser, "b");
            for who in [ann, bob] {
                world.join(who, &World::public("den"));
            }
            world.until("they meet", 3 * SECOND, |world| {
                world.met(&[ann, bob], "den")
            });
            world.run(2 * MINUTE);

            let (calm, wakes, events) =
                (world.now(), world.wakes(ann), world.witness(ann).events());
            world.run(10 * MINUTE);

            assert!(world.announces_since(ann, calm) <= 7);
            assert!(
                world.wakes(ann) - wakes <= 100,
                "{} wakes",
                world.wakes(ann) - wakes
            );
            assert_eq!(world.frames_since(ann, calm), 0);
            assert_eq!(
                world.witness(ann).events(),
                events,
                "nothing happened, nothing is told"
            );
        });
    }
}

#[test]
fn alone_in_a_room_or_in_none_there_is_next_to_nothing_to_do() {
    tell(5, |world| {
        world.add_tracker(TRACKER);
        let (ann, bob) = (world.native(), world.native());
        world.join(ann, &World::public("den"));
        world.join(bob, &World::public("attic"));
        world.run(SECOND);
        world.leave(bob, "attic");
        world.run(2 * MINUTE);

        let (calm, wakes) = (world.now(), world.wakes(ann) + world.wakes(bob));
        world.run(10 * MINUTE);

        assert!(world.announces_since(ann, calm) <= 7);
        assert_eq!(world.announces_since(bob, calm), 0);
        assert!(world.wakes(ann) + world.wakes(bob) - wakes <= 30);
    });
}

#[test]
fn ten_thousand_messages_said_as_fast_as_possible_all_arrive_in_order() {
    tell(1, |world| {
        world.add_tracker(TRACKER);
        let (ann, bob, cyd) = (world.native(), world.native(), world.native());
        for who in [ann, bob, cyd] {
            world.join(who, &World::public("den"));
        }
        world.until("they meet", 3 * SECOND, |world| {
            world.met(&[ann, bob, cyd], "den")
        });
        let start = world.now();
        let mut refused = 0;
        for n in 0..10_000 {
            let text = format!("{n}");
            while let Err(refusal) = world.try_say(ann, "den", &text) {
                assert_eq!(refusal, Refusal::Busy);
                refused += 1;
                world.run(Duration::from_millis(10));
            }
        }
        world.until("all arrive", 60 * SECOND, |world| {
            world.texts(bob, "den").len() == 10_000 && world.texts(cyd, "den").len() == 10_000
        });

        for who in [bob, cyd] {
            for (n, text) in world.texts(who, "den").iter().enumerate() {
                assert_eq!(*text, n.to_string());
            }
        }
        assert!(refused > 0, "so much is not taken at once");
        assert!(world.now() - start < 20 * SECOND);
    });
}

#[test]
fn two_hundred_messages_to_a_browser_come_one_after_another_in_order() {
    tell(3, |world| {
        world.add_tracker(TRACKER);
        let (ann, bob, page) = (world.native(), world.native(), world.browser("b"));
        for who in [ann, bob, page] {
            world.join(who, &World::public("den"));
        }
        world.until("they meet", 3 * SECOND, |world| {
            world.met(&[ann, bob, page], "den")
        });
        for n in 0..200 {
            world.say(ann, "den", &format!("{n}"));
        }
        world.until("native peers have them at once", 2 * SECOND, |world| {
            world.texts(bob, "den").len() == 200
        });

        world.until("the page has them", 60 * SECOND, |world| {
            world.texts(page, "den").len() == 200
        });

        let log = world.page(page).log("den");
        assert!(
            log.iter()
                .enumerate()
                .all(|(n, said)| said.message.text == n.to_string())
        );
        for pair in log.windows(2) {
            let gap = pair[1].at - pair[0].at;
            assert!(gap >= Duration::from_millis(100), "only {gap:?} apart");
        }
    });
}

#[test]
fn a_browser_that_takes_its_time_does_not_stop_the_talk_of_others() {
    tell(3, |world| {
        world.add_tracker(TRACKER);
        let (ann, bob, page) = (world.native(), world.native(), world.browser("b"));
        for who in [ann, bob, page] {
            world.join(who, &World::public("den"));
        }
        world.until("they meet", 3 * SECOND, |world| {
            world.met(&[ann, bob, page], "den")
        });
        // The page's cable is pulled while much is said: what it cannot take holds nobody up.
        world.unplug(page);
        let mut said = 0;
        let end = world.now() + 20 * SECOND;
        while world.now() < end {
            if world.try_say(ann, "den", &format!("{said}")).is_ok() {
                said += 1;
            }
            world.run(Duration::from_millis(20));
        }
        world.run(SECOND);

        assert!(said >= 500, "only {said} were taken");
        assert_eq!(world.texts(bob, "den").len(), said);
    });
}
