//! Trackers that die, lie and flood.

use std::time::Duration;

use room::{ProblemKind, RoomKey, TrackerFailure, TrackerState};
use sim::{Who, World, tell};

const ONE: &str = "wss://one.example";
const TWO: &str = "wss://two.example";
const SECOND: Duration = Duration::from_secs(1);

fn settle(world: &mut World, all: &[Who]) {
    world.gather(all, &World::public("den"), 3 * SECOND);
}

/// The info hash of the den, as a tracker knows it.
fn swarm() -> String {
    World::public("den").info_hash().as_str().to_owned()
}

#[test]
fn a_tracker_that_dies_parts_nobody_and_is_used_again_when_it_is_back() {
    tell(10, |world| {
        world.add_tracker(ONE);
        let (ann, bob) = (world.native(), world.native());
        settle(world, &[ann, bob]);

        world.stop_tracker(ONE);
        world.run(SECOND);
        assert_eq!(world.witness(ann).problems(), [&ProblemKind::NoTracker]);
        world.say(ann, "den", "still there?");
        world.until("bob hears", SECOND, |world| {
            world.has(bob, "den", "still there?")
        });

        let down = Duration::from_secs(world.roll(100));
        world.run(down);
        world.start_tracker(ONE);
        let cyd = world.native();
        world.join(cyd, &World::public("den"));

        // The others' sockets may be in the middle of their longest pause.
        world.until("all meet", 62 * SECOND, |world| {
            world.met(&[ann, bob, cyd], "den")
        });
        // They may have met through one another, before each was back at the tracker.
        world.until("nothing is wrong any more", 62 * SECOND, |world| {
            world.witness(ann).problems().is_empty()
        });
    });
}

#[test]
fn an_outage_beyond_the_own_cable_is_seen_with_the_loss_of_the_others_and_soon_over() {
    tell(10, |world| {
        world.add_tracker(ONE);
        let (ann, bob) = (world.native(), world.native());
        settle(world, &[ann, bob]);

        // No address changes here, so nothing tells that the way out is gone.
        world.unplug(ann);
        world.until("bob is lost", 15 * SECOND, |world| {
            !world.sees(ann, bob, "den")
        });
        world.until("the tracker is told as lost", 4 * SECOND, |world| {
            world.witness(ann).tracker(ONE) != Some(&TrackerState::Open)
        });

        let down = Duration::from_secs(30 + world.roll(100));
        world.run(down);
        world.plug(ann);
        world.until("they meet again", 20 * SECOND, |world| {
            world.met(&[ann, bob], "den")
        });
    });
}

#[test]
fn however_many_are_lost_the_trackers_are_asked_for_proof_once_in_a_while() {
    tell(3, |world| {
        world.add_tracker(ONE);
        let ann = world.native();
        let others: Vec<Who> = (0..6).map(|_| world.native()).collect();
        let mut all = others.clone();
        all.push(ann);
        world.gather(&all, &World::public("den"), 20 * SECOND);
        let before = world.doubts(ann);
        for who in &others {
            world.kill(*who);
            world.run(SECOND);
        }
        world.until("all are lost", 30 * SECOND, |world| {
            others.iter().all(|who| !world.sees(ann, *who, "den"))
        });
        let doubts = world.doubts(ann) - before;
        assert!((1..=2).contains(&doubts), "{doubts} doubts");
        assert_eq!(world.witness(ann).tracker(ONE), Some(&TrackerState::Open));
    });
}

#[test]
fn one_good_tracker_among_dead_ones_is_enough() {
    tell(10, |world| {
        for n in 0..4 {
            let url = format!("wss://dead{n}.example");
            world.add_tracker(&url);
            world.stop_tracker(&url);
        }
        world.add_tracker(ONE);
        let (ann, bob) = (world.native(), world.native());
        world.join(ann, &World::public("den"));
        world.run(5 * SECOND);
        world.join(bob, &World::public("den"));

        world.until("they meet", SECOND, |world| world.met(&[ann, bob], "den"));
        assert!(
            !world
                .witness(ann)
                .problems()
                .contains(&&ProblemKind::NoTracker)
        );
    });
}

#[test]
fn a_tracker_that_crashes_and_forgets_everyone_is_told_at_once() {
    tell(10, |world| {
        world.add_tracker(ONE);
        let ann = world.native();
        world.join(ann, &World::public("den"));
        world.run(30 * SECOND);
        world.stop_tracker(ONE);
        world.start_tracker(ONE);
        world.run(5 * SECOND);
        let bob = world.native();

        world.join(bob, &World::public("den"));

        world.until("they meet", SECOND, |world| world.met(&[ann, bob], "den"));
    });
}

#[test]
fn a_tracker_that_refuses_says_why_and_costs_only_itself() {
    tell(5, |world| {
        world.add_tracker(ONE);
        world.add_tracker(TWO);
        let (ann, bob) = (world.native(), world.native());
        world.join(ann, &World::public("den"));
        world.run(SECOND);
        world.tracker_says(ONE, ann, r#"{"failure reason":"not today"}"#);

        let message = "not today".to_owned();
        let rejected = TrackerState::Failed {
            reason: TrackerFailure::Rejected { message },
        };
        assert_eq!(world.witness(ann).tracker(ONE), Some(&rejected));
        assert_eq!(world.witness(ann).tracker(TWO), Some(&TrackerState::Open));
        world.join(bob, &World::public("den"));
        world.until("they meet", SECOND, |world| world.met(&[ann, bob], "den"));
    });
}

#[test]
fn lies_of_a_tracker_do_not_disturb() {
    tell(10, |world| {
        world.add_tracker(ONE);
        world.add_tracker(TWO);
        let (ann, bob) = (world.native(), world.native());
        settle(world, &[ann, bob]);
        let (swarm, mine, theirs) = (swarm(), world.id(ann), world.id(bob));
        let told = world.witness(ann).problems_ever().len();
        let lies = [
            "[]".to_owned(),
            "{}".to_owned(),
            "nonsense".to_owned(),
            r#"{"info_hash":7,"peer_id":[],"offer":null}"#.to_owned(),
            format!(r#"{{"info_hash":"{swarm}","complete":-5,"incomplete":1e300,"interval":-1}}"#),
            format!(r#"{{"info_hash":"{swarm}","complete":4000000000,"incomplete":4000000000}}"#),
            format!(r#"{{"info_hash":"{swarm}","interval":0.000001}}"#),
            // An offer from nobody, from ourselves, and from a friend who sent none.
            format!(
                r#"{{"info_hash":"{swarm}","peer_id":"aaaaaaaaaaaaaaaaaaaa","offer_id":"oooooooooooooooooooo","offer":{{"type":"offer","sdp":"garbage"}}}}"#
            ),
            format!(
                r#"{{"info_hash":"{swarm}","peer_id":"{mine}","offer_id":"oooooooooooooooooooo","offer":{{"type":"offer","sdp":"garbage"}}}}"#
            ),
            format!(
                r#"{{"info_hash":"{swarm}","peer_id":"{theirs}","offer_id":"oooooooooooooooooooo","offer":{{"type":"offer","sdp":"garbage"}}}}"#
            ),
            format!(
                r#"{{"info_hash":"{swarm}","peer_id":"{theirs}","offer_id":"oooooooooooooooooooo","answer":{{"type":"answer","sdp":"garbage"}}}}"#
            ),
            format!(
                r#"{{"info_hash":"{swarm}","peer_id":"short","offer_id":"short","answer":{{"type":"answer","sdp":"garbage"}}}}"#
            ),
        ];
        let start = world.now();
        for _ in 0..20 {
            for lie in &lies {
                world.tracker_says(ONE, ann, lie);
                let pause = Duration::from_millis(world.roll(300));
                world.run(pause);
            }
        }
        world.run(30 * SECOND);

        assert!(world.met(&[ann, bob], "den"));
        assert_eq!(world.witness(ann).joins("den"), 1);
        assert_eq!(
            world.witness(ann).problems_ever().len(),
            told,
            "garbage is no password"
        );
        let minutes = (world.now() - start).as_secs() / 60 + 1;
        let limit = usize::try_from(minutes).unwrap_or(usize::MAX) * 60;
        assert!(world.announces_since(ann, start) <= limit);
        world.say(ann, "den", "all well");
        world.until("bob hears", SECOND, |world| {
            world.has(bob, "den", "all well")
        });
    });
}

#[test]
fn a_flood_of_offers_is_answered_within_bounds_and_keeps_nobody_out() {
    tell(3, |world| {
        world.add_tracker(ONE);
        world.add_tracker(TWO);
        // Sorts high, so that it answers offers.
        let ann = world.native_called("z", "");
        world.join(ann, &World::public("den"));
        world.run(SECOND);
        let den = World::public("den");
        let (swarm, key) = (swarm(), wire::SignalKey::new(&den));
        let start = world.now();
        for n in 0..10_000_u32 {
            // Whoever floods knows the room, so the offers open.
            let sealed = key.seal(&format!("offer 999 {n}"), [7; 16]);
            let offer = format!(
                r#"{{"info_hash":"{swarm}","peer_id":"flood{n:015}","offer_id":"offer{n:015}","offer":{{"type":"offer","sdp":"{sealed}"}}}}"#
            );
            world.tracker_says(ONE, ann, &offer);
            world.run(Duration::from_millis(1));
        }
        assert!(
            world.links(ann) <= 1100,
            "{} attempts at once",
            world.links(ann)
        );
        let announces = world.announces_since(ann, start);
        assert!(announces <= 12_000, "{announces} announces");

        // When it is over, all is as before.
        world.run(60 * SECOND);
        let bob = world.native();
        world.join(bob, &den);
        world.until("they meet", 3 * SECOND, |world| {
            world.met(&[ann, bob], "den")
        });
    });
}

#[test]
fn a_flood_of_offers_to_who_sorts_lower_does_not_make_it_flood_the_tracker() {
    tell(3, |world| {
        world.add_tracker(ONE);
        let ann = world.native_called("0", "");
        world.join(ann, &World::public("den"));
        world.run(SECOND);
        let den = World::public("den");
        let (swarm, key) = (swarm(), wire::SignalKey::new(&den));
        let start = world.now();
        for n in 0..6_000_u32 {
            let sealed = key.seal(&format!("offer 999 {n}"), [7; 16]);
            let offer = format!(
                r#"{{"info_hash":"{swarm}","peer_id":"flood{n:015}","offer_id":"offer{n:015}","offer":{{"type":"offer","sdp":"{sealed}"}}}}"#
            );
            world.tracker_says(ONE, ann, &offer);
            world.run(Duration::from_millis(10));
        }

        let announces = world.announces_since(ann, start);
        assert!(announces <= 60, "{announces} announces in a minute");
        assert!(world.links(ann) <= 100);
    });
}

#[test]
fn a_failure_about_another_room_changes_nothing_here() {
    tell(3, |world| {
        world.add_tracker(ONE);
        let (ann, bob) = (world.native(), world.native());
        settle(world, &[ann, bob]);
        world.tracker_says(
            ONE,
            ann,
            r#"{"info_hash":"xxxxxxxxxxxxxxxxxxxx","interval":120,"complete":0,"incomplete":50}"#,
        );
        let start = world.now();
        world.run(60 * SECOND);
        assert!(world.announces_since(ann, start) <= 4);
    });
}

#[test]
fn joining_again_under_the_same_name_elsewhere_is_refused_while_one_is_there() {
    tell(1, |world| {
        world.add_tracker(ONE);
        let ann = world.native();
        world.join(ann, &World::public("den"));
        let private = World::private("den", "key");
        let refused = world.command(ann, room::Command::Join(private));
        let room = RoomKey::from_text("den");
        assert_eq!(refused, Err(room::Refusal::KeyTaken { room }));
        world.leave(ann, RoomKey::from_text("den").as_str());
        world.join(ann, &World::private("den", "key"));
    });
}
