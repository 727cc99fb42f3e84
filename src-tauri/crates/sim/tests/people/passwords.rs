//! People who have another password.

use room::{Command, ProblemKind, RoomKey};
use sim::{World, tell};

use super::{SECOND, TRACKER, settle};

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
