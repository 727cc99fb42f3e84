//! Everybody at once.

use std::time::Duration;

use sim::{World, tell};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn two_who_join_at_the_same_instant_meet_once() {
    tell(40, |world| {
        world.add_tracker("wss://one.example");
        let (ann, bob) = (world.native(), world.native());

        for who in [ann, bob] {
            world.join(who, &World::public("den"));
        }
        world.until("they meet", SECOND, |world| world.met(&[ann, bob], "den"));
        world.run(30 * SECOND);

        assert!(world.met(&[ann, bob], "den"));
        assert_eq!(world.connections(ann, bob), 1);
        assert_eq!(world.witness(ann).joins("den"), 1);
        assert_eq!(world.witness(bob).joins("den"), 1);
    });
}

#[test]
fn several_trackers_at_once_do_not_make_several_connections() {
    tell(40, |world| {
        for n in 0..4 {
            world.add_tracker(&format!("wss://tracker{n}.example"));
        }
        world.conditions.jitter = Duration::from_millis(60);
        let (ann, bob, page) = (world.native(), world.native(), world.browser("b"));
        let all = [ann, bob, page];

        for who in all {
            world.join(who, &World::public("den"));
        }
        world.until("they meet", 3 * SECOND, |world| world.met(&all, "den"));
        world.run(60 * SECOND);

        assert!(world.met(&all, "den"));
        for who in [ann, bob] {
            assert_eq!(world.witness(who).joins("den"), 2, "nobody came twice");
        }
        assert_eq!(world.connections(ann, bob), 1);
        assert_eq!(world.connections(ann, page), 1);
    });
}

#[test]
fn a_browser_that_joins_at_the_same_instant_is_met_whichever_sorts_lower() {
    for (ours, theirs, limit) in [("0", "b", 3), ("0z", "00", 23)] {
        tell(20, |world| {
            world.add_tracker("wss://one.example");
            world.add_tracker("wss://two.example");
            let ann = world.native_called(ours, "");
            let page = world.browser(theirs);

            for who in [page, ann] {
                world.join(who, &World::public("den"));
            }
            world.until("they meet", limit * SECOND, |world| {
                world.met(&[ann, page], "den")
            });
            world.run(30 * SECOND);

            assert!(world.met(&[ann, page], "den"));
            assert_eq!(world.connections(ann, page), 1);
        });
    }
}

#[test]
fn a_browser_that_comes_while_others_announce_is_met_once() {
    tell(200, |world| {
        for n in 0..1 + world.roll(4) {
            world.add_tracker(&format!("wss://tracker{n}.example"));
        }
        world.conditions.jitter = Duration::from_millis(world.roll(80));
        let (ann, bob, page) = (world.native(), world.native(), world.browser("b"));
        world.join(ann, &World::public("den"));
        let alone = Duration::from_millis(world.roll(8_000));
        world.run(alone);
        let company = world.roll(2) == 1;
        if company {
            world.join(bob, &World::public("den"));
        }
        let together = Duration::from_millis(world.roll(4_000));
        world.run(together);

        world.join(page, &World::public("den"));
        world.until("they meet", 3 * SECOND, |world| {
            world.met(&[ann, page], "den") && (!company || world.met(&[bob, page], "den"))
        });
        world.run(30 * SECOND);

        assert_eq!(world.connections(ann, page), 1);
        assert_eq!(
            world.witness(ann).joins("den"),
            1 + u64::from(company),
            "nobody came twice"
        );
    });
}

#[test]
fn two_rooms_at_once_over_uneven_ways_settle_on_one_connection() {
    tell(60, |world| {
        world.add_tracker("wss://one.example");
        world.conditions.jitter = Duration::from_millis(100);
        let (ann, bob) = (world.native(), world.native());
        for who in [ann, bob] {
            for name in ["den", "attic", "cellar"] {
                world.join(who, &World::public(name));
            }
        }

        world.until("they meet everywhere", 3 * SECOND, |world| {
            ["den", "attic", "cellar"]
                .iter()
                .all(|name| world.met(&[ann, bob], name))
        });
        world.run(10 * SECOND);

        for name in ["den", "attic", "cellar"] {
            assert!(world.met(&[ann, bob], name));
            assert_eq!(
                world.witness(ann).joins(name),
                1,
                "nobody was lost in {name}"
            );
        }
        assert_eq!(world.connections(ann, bob), 1);
    });
}
