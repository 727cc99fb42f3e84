//! Who is here, and in what order.

use std::time::Duration;

use room::NoticeKind;
use sim::{Who, World, tell};

use super::{SECOND, TRACKER, settle};

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
