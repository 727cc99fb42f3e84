//! Coming together.

use std::time::Duration;

use room::{Command, RoomKey, Trust};
use sim::{Who, World, tell};

const TRACKER: &str = "wss://tracker.example";
const SECOND: Duration = Duration::from_secs(1);

/// `first` waits in the room for a while, then `second` comes. Gives how long until both see both.
fn meet(world: &mut World, first: Who, second: Who, limit: Duration) -> Duration {
    let den = World::public("den");
    world.join(first, &den);
    let alone = Duration::from_millis(500 + world.roll(200_000));
    world.run(alone);
    world.join(second, &den);
    world.until("they meet", limit, |world| {
        world.met(&[first, second], "den")
    })
}

#[test]
fn two_native_peers_meet_within_a_second_whoever_sorts_lower() {
    for (waiting, coming) in [("0a", "0b"), ("0b", "0a")] {
        tell(20, |world| {
            world.add_tracker(TRACKER);
            let ann = world.native_called(waiting, "Ann");
            let bob = world.native_called(coming, "Bob");

            let took = meet(world, ann, bob, SECOND);
            // In a second both are also told who it is.
            world.run(SECOND.saturating_sub(took));

            let seen = world.witness(ann).peer("den", world.id(bob)).expect("seen");
            assert_eq!((seen.name.as_str(), seen.trust), ("Bob", Trust::Verified));
            assert!(seen.native);
            assert_eq!(world.connections(ann, bob), 1);
        });
    }
}

#[test]
fn two_native_peers_talk_both_ways() {
    tell(5, |world| {
        world.add_tracker(TRACKER);
        let (ann, bob) = (world.native(), world.native());
        meet(world, ann, bob, SECOND);

        let from_ann = world.say(ann, "den", "hello");
        world.say(bob, "den", "hi *all*");

        world.until("they hear", SECOND, |world| {
            world.has(bob, "den", "hello") && world.has(ann, "den", "hi *all*")
        });
        let delivery = world.witness(ann).delivery("den", &from_ann).expect("ours");
        assert_eq!((delivery.reached, delivery.of), (1, 1));
        let lines = world.witness(bob).lines("den");
        let heard = lines
            .iter()
            .find(|line| line.id == from_ann)
            .expect("heard");
        assert_eq!(heard.author_id.as_ref(), Some(world.user(ann)));
        assert!(!heard.backfilled && !heard.misattributed && !heard.own);
    });
}

#[test]
fn a_browser_that_sorts_higher_is_met_within_two_seconds_whoever_comes_first() {
    for native_first in [true, false] {
        tell(30, |world| {
            world.add_tracker(TRACKER);
            let ann = world.native();
            let page = world.browser("b");
            let (first, second) = if native_first {
                (ann, page)
            } else {
                (page, ann)
            };

            meet(world, first, second, 2 * SECOND);

            assert_eq!(world.connections(ann, page), 1);
        });
    }
}

#[test]
fn a_browser_that_comes_to_a_waiting_native_peer_is_answered_at_once() {
    tell(30, |world| {
        world.add_tracker(TRACKER);
        let (ann, page) = (world.native(), world.browser("b"));

        world.join(ann, &World::public("den"));
        let alone = Duration::from_millis(5_000 + world.roll(200_000));
        world.run(alone);
        let start = world.now();
        world.join(page, &World::public("den"));
        world.until("they meet", 2 * SECOND, |world| {
            world.met(&[ann, page], "den")
        });

        assert_eq!(world.announces_since(ann, start), 1, "the answer alone");
    });
}

#[test]
fn guests_who_come_and_go_are_nearly_all_answered_at_once() {
    const GUESTS: usize = 60;
    tell(5, |world| {
        world.add_tracker(TRACKER);
        let ann = world.native();
        world.join(ann, &World::public("den"));
        let mut in_turn = 0;
        for _ in 0..GUESTS {
            let page = world.browser("b");
            world.run(Duration::from_millis(3_500));
            let start = world.now();
            world.join(page, &World::public("den"));
            world.until("they meet", 2 * SECOND, |world| {
                world.met(&[ann, page], "den")
            });
            in_turn += usize::from(world.announces_since(ann, start) > 1);
            world.leave(page, "den");
            world.run(SECOND / 2);
            world.kill(page);
        }
        // Those who come while an announce of ours is fresh have to wait for its offers.
        assert!(in_turn <= GUESTS / 15, "{in_turn} of {GUESTS}");
    });
}

#[test]
fn a_browser_that_sorts_lower_is_met_with_its_next_announce() {
    for native_first in [true, false] {
        tell(10, |world| {
            world.add_tracker(TRACKER);
            let ann = world.native_called("0z", "Ann");
            let page = world.browser("00");
            let (first, second) = if native_first {
                (ann, page)
            } else {
                (page, ann)
            };

            meet(world, first, second, 22 * SECOND);
        });
    }
}

#[test]
fn a_browser_and_a_native_peer_talk_both_ways_and_know_each_other() {
    tell(10, |world| {
        world.add_tracker(TRACKER);
        let ann = world.native_called("0", "Ann");
        let page = world.browser("b");
        meet(world, page, ann, 2 * SECOND);

        world.say(ann, "den", "hello page");
        world.say(page, "den", "hello app");

        world.until("they hear", 2 * SECOND, |world| {
            world.has(page, "den", "hello page") && world.has(ann, "den", "hello app")
        });
        let (metadata, times) = world
            .page(page)
            .metadata("den", world.id(ann))
            .expect("sent");
        assert_eq!((metadata.custom_name.as_str(), times), ("Ann", 1));
        let seen = world
            .witness(ann)
            .peer("den", world.id(page))
            .expect("seen");
        assert_eq!(seen.trust, Trust::Verified);
        assert!(!seen.native);
    });
}

#[test]
fn typing_is_shown_and_ends_with_the_message() {
    tell(3, |world| {
        world.add_tracker(TRACKER);
        let (ann, bob, page) = (world.native(), world.native(), world.browser("b"));
        meet(world, ann, bob, SECOND);
        world.join(page, &World::public("den"));
        world.until("all meet", 3 * SECOND, |world| {
            world.met(&[ann, bob, page], "den")
        });

        let room = RoomKey::from_text("den");
        let typing = Command::SetTyping {
            room,
            with: None,
            typing: true,
        };
        world.command(ann, typing).expect("typing can be told");
        let them = world.id(ann);
        let types = |world: &World| {
            world
                .witness(bob)
                .peer("den", them)
                .is_some_and(|peer| peer.typing)
        };
        world.until("it is shown", SECOND, |world| {
            types(world) && world.page(page).is_typing("den", them)
        });

        world.say(ann, "den", "done");
        world.until("it is over", SECOND, |world| !types(world));
        world.until("on the page too", SECOND, |world| {
            !world.page(page).is_typing("den", them)
        });
    });
}

#[test]
fn a_new_name_reaches_everyone() {
    tell(3, |world| {
        world.add_tracker(TRACKER);
        let (ann, bob) = (world.native_called("0", "Ann"), world.native());
        meet(world, ann, bob, SECOND);

        world
            .command(ann, Command::Rename("Anna".to_owned()))
            .expect("a fine name");
        world
            .command(ann, Command::Rename("Annika".to_owned()))
            .expect("a fine name");

        let them = world.id(ann);
        world.until("the name arrives", 3 * SECOND, |world| {
            world
                .witness(bob)
                .peer("den", them)
                .is_some_and(|peer| peer.name == "Annika")
        });
    });
}

#[test]
fn several_rooms_share_one_connection() {
    tell(20, |world| {
        world.add_tracker(TRACKER);
        let (ann, bob, page) = (world.native(), world.native(), world.browser("b"));
        let all = [ann, bob, page];
        let (den, attic) = (World::public("den"), World::private("attic", "key"));
        // Some come to both rooms at the same moment.
        for who in all {
            world.join(who, &den);
            world.join(who, &attic);
            let pause = Duration::from_millis(world.roll(2) * 700);
            world.run(pause);
        }

        world.until("all meet in both", 3 * SECOND, |world| {
            world.met(&all, "den") && world.met(&all, "attic")
        });
        world.run(30 * SECOND);

        assert!(world.met(&all, "den") && world.met(&all, "attic"));
        for (a, b) in [(ann, bob), (ann, page), (bob, page)] {
            assert_eq!(world.connections(a, b), 1);
        }
        world.leave(ann, "den");
        world.run(SECOND);
        assert!(!world.sees(bob, ann, "den") && world.met(&all, "attic"));
        world.say(ann, "attic", "still here");
        world.until("they hear", SECOND, |world| {
            world.has(bob, "attic", "still here") && world.has(page, "attic", "still here")
        });
    });
}

#[test]
fn a_room_joined_later_is_found_through_the_connection_at_hand() {
    tell(10, |world| {
        world.add_tracker(TRACKER);
        let (ann, bob) = (world.native(), world.native());
        meet(world, ann, bob, SECOND);
        // Nobody needs a tracker for this any more.
        world.stop_tracker(TRACKER);
        let attic = World::public("attic");

        world.join(ann, &attic);
        world.run(5 * SECOND);
        world.join(bob, &attic);

        world.until("they meet there", SECOND, |world| {
            world.met(&[ann, bob], "attic")
        });
    });
}

#[test]
fn what_was_said_alone_reaches_the_first_who_comes_and_finishing_waits_for_it() {
    for browser in [false, true] {
        tell(10, |world| {
            world.add_tracker(TRACKER);
            let ann = world.native();
            let bob = world.someone(browser, "b");
            world.join(ann, &World::public("den"));
            world.run(SECOND);
            for n in 0..5 {
                world.say(ann, "den", &format!("line {n}"));
            }
            let finish = Command::Finish(RoomKey::from_text("den"));
            world.command(ann, finish).expect("it can be finished");
            world.run(5 * SECOND);
            assert!(world.witness(ann).is_in("den"), "nobody has heard it yet");

            world.join(bob, &World::public("den"));

            world.until("ann leaves", 10 * SECOND, |world| {
                !world.witness(ann).is_in("den")
            });
            world.run(SECOND);
            let lines = ["line 0", "line 1", "line 2", "line 3", "line 4"];
            assert_eq!(world.texts(bob, "den"), lines);
        });
    }
}

#[test]
fn a_page_whose_offers_are_stale_is_met_by_ours_within_seconds() {
    for page_is_there in [false, true] {
        tell(20, |world| {
            world.add_tracker(TRACKER);
            world.conditions.staleness = 1.0;
            let (ann, page) = (world.native(), world.browser("b"));
            let (first, second) = if page_is_there {
                (page, ann)
            } else {
                (ann, page)
            };
            meet(world, first, second, 3 * SECOND);
        });
    }
}

#[test]
fn what_one_says_from_the_first_moment_is_heard_in_order_by_everyone() {
    for private in [false, true] {
        tell(10, |world| {
            world.add_tracker(TRACKER);
            let den = if private {
                World::private("den", "sesame")
            } else {
                World::public("den")
            };
            let (ann, bob, cyd) = (world.native(), world.native(), world.native());
            world.gather(&[bob, cyd], &den, 30 * SECOND);
            world.run(2 * SECOND);
            world.join(ann, &den);
            let lines: Vec<String> = (0..300).map(|n| format!("line {n}")).collect();
            for line in &lines {
                world.say(ann, "den", line);
                // Slowly enough that whoever is met last is not told only of the newest.
                world.run(Duration::from_millis(8));
            }
            world.until("all is heard", 30 * SECOND, |world| {
                [bob, cyd]
                    .iter()
                    .all(|who| world.texts(*who, "den").len() >= lines.len())
            });
            for who in [bob, cyd] {
                assert_eq!(world.texts(who, "den"), lines);
            }
        });
    }
}

#[test]
fn finishing_in_an_empty_room_ends_after_a_while() {
    tell(3, |world| {
        world.add_tracker(TRACKER);
        let ann = world.native();
        world.join(ann, &World::public("den"));
        world.say(ann, "den", "anybody?");
        let finish = Command::Finish(RoomKey::from_text("den"));
        world.command(ann, finish).expect("it can be finished");

        world.until("ann leaves", 20 * SECOND, |world| {
            !world.witness(ann).is_in("den")
        });
    });
}

#[test]
fn finishing_waits_for_all_that_is_paced_and_does_not_spin() {
    tell(3, |world| {
        world.add_tracker(TRACKER);
        let (ann, page) = (world.native(), world.browser("b"));
        meet(world, ann, page, 2 * SECOND);
        for n in 0..150 {
            world.say(ann, "den", &format!("line {n}"));
        }
        let before = world.wakes(ann);

        let finish = Command::Finish(RoomKey::from_text("den"));
        world.command(ann, finish).expect("it can be finished");

        // Some 30 s at the pace browsers take, which is longer than finishing waits for nobody.
        world.until("ann leaves", 60 * SECOND, |world| {
            !world.witness(ann).is_in("den")
        });
        world.run(SECOND);
        let lines: Vec<String> = (0..150).map(|n| format!("line {n}")).collect();
        assert_eq!(world.texts(page, "den"), lines);
        assert!(world.wakes(ann) - before < 400);
    });
}

#[test]
fn finishing_waits_until_those_who_can_say_so_have_read_it() {
    tell(10, |world| {
        world.add_tracker(TRACKER);
        let (ann, bob) = (world.native(), world.native());
        meet(world, ann, bob, 2 * SECOND);
        let lines: Vec<String> = (0..100).map(|n| format!("line {n}")).collect();
        for line in &lines {
            world.say(ann, "den", line);
        }
        let finish = Command::Finish(RoomKey::from_text("den"));
        world.command(ann, finish).expect("it can be finished");

        world.until("ann leaves", 10 * SECOND, |world| {
            !world.witness(ann).is_in("den")
        });
        assert_eq!(world.texts(bob, "den"), lines);
    });
}

#[test]
fn finishing_waits_for_nobody_who_says_nothing_any_more() {
    tell(10, |world| {
        world.add_tracker(TRACKER);
        let (ann, bob) = (world.native(), world.native());
        meet(world, ann, bob, 2 * SECOND);
        world.say(ann, "den", "are you there?");
        world.kill(bob);
        let before = world.wakes(ann);
        let finish = Command::Finish(RoomKey::from_text("den"));
        world.command(ann, finish).expect("it can be finished");

        world.until("ann leaves", 5 * SECOND, |world| {
            !world.witness(ann).is_in("den")
        });
        assert!(world.wakes(ann) - before < 100);
    });
}

#[test]
fn two_who_come_at_once_both_get_what_was_said_alone() {
    tell(20, |world| {
        world.add_tracker(TRACKER);
        let (ann, bob, cyd) = (world.native(), world.native(), world.native());
        let den = World::public("den");
        world.join(ann, &den);
        world.run(SECOND);
        for n in 0..3 {
            world.say(ann, "den", &format!("line {n}"));
        }

        world.join(bob, &den);
        world.join(cyd, &den);
        world.until("all meet", 2 * SECOND, |world| {
            world.met(&[ann, bob, cyd], "den")
        });
        world.run(SECOND);

        for who in [bob, cyd] {
            assert_eq!(world.texts(who, "den"), ["line 0", "line 1", "line 2"]);
        }
    });
}
