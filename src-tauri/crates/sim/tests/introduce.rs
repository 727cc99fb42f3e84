//! Meeting through those one has met.

use std::time::Duration;

use room::{Offence, ProblemKind};
use sim::{Who, World, tell};
use wire::{Action, Company, Introduction, OfferId, PeerId, SignalKey, SignalKind};

const TRACKER: &str = "wss://tracker.example";
const SECOND: Duration = Duration::from_secs(1);

fn den(world: &mut World, natives: usize) -> Vec<Who> {
    let all: Vec<Who> = (0..natives).map(|_| world.native()).collect();
    for who in &all {
        world.join(*who, &World::public("den"));
    }
    world.until("all meet", 5 * SECOND, |world| world.met(&all, "den"));
    all
}

fn smuggle(world: &mut World, from: Who, to: Who, action: &Action) {
    let token = World::public("den").token();
    for frame in wire::frames(token, 9, &action.body()) {
        world.smuggle(from, to, frame);
    }
}

fn stranger(n: usize) -> PeerId {
    PeerId::parse(&format!("0stranger{n:011}")).expect("a peer id")
}

#[test]
fn many_who_join_at_once_have_all_met_within_seconds() {
    tell(3, |world| {
        world.add_tracker(TRACKER);
        let all: Vec<Who> = (0..20).map(|_| world.native()).collect();
        for who in &all {
            world.join(*who, &World::public("den"));
            let pause = Duration::from_millis(world.roll(100));
            world.run(pause);
        }

        world.until("all meet", 8 * SECOND, |world| world.met(&all, "den"));
        world.run(30 * SECOND);

        for (n, who) in all.iter().enumerate() {
            assert_eq!(world.witness(*who).joins("den"), 19, "nobody came twice");
            for other in &all[..n] {
                assert_eq!(world.connections(*who, *other), 1);
            }
        }
    });
}

#[test]
fn whoever_comes_to_a_full_room_meets_one_and_then_all_with_one_offer_each() {
    tell(3, |world| {
        world.add_tracker(TRACKER);
        let all = den(world, 12);
        world.run(60 * SECOND);

        let (before, start) = (world.dials(), world.now());
        let late = world.native();
        world.join(late, &World::public("den"));
        world.until("the newcomer sees everyone", 2 * SECOND, |world| {
            all.iter().all(|who| world.sees(late, *who, "den"))
        });

        let announces: usize = all
            .iter()
            .map(|who| world.announces_since(*who, start))
            .sum();
        assert!(
            announces <= 24,
            "{announces} announces of those who were there"
        );
        let dials = world.dials() - before;
        assert!(dials <= 40, "{dials} offers");
    });
}

#[test]
fn a_browser_that_meets_some_is_soon_met_by_all() {
    tell(5, |world| {
        world.add_tracker(TRACKER);
        let mut all = den(world, 10);
        world.run(60 * SECOND);

        let page = world.browser("b");
        world.join(page, &World::public("den"));
        all.push(page);

        world.until("everyone sees the page", 6 * SECOND, |world| {
            world.met(&all, "den")
        });
    });
}

#[test]
fn names_of_nobody_cost_little_and_end() {
    tell(3, |world| {
        world.add_tracker(TRACKER);
        let all = den(world, 3);
        let (ann, bob, mallory) = (all[0], all[1], all[2]);
        let before = world.dials();

        for round in 0..20 {
            let natives = (0..wire::introduce::MAX_COMPANY).map(|n| stranger(round * 1_000 + n));
            let company = Company {
                natives: natives.collect(),
                others: Vec::new(),
            };
            smuggle(world, mallory, ann, &Action::Company(company));
            world.run(SECOND);
            assert!(world.links(ann) <= 60, "{} connections", world.links(ann));
        }
        world.run(240 * SECOND);

        let dials = world.dials() - before;
        assert!(dials <= 3 * 600, "{dials} offers to nobody");
        assert!(world.links(ann) <= 20);
        assert!(world.sees(ann, bob, "den") && world.sees(bob, ann, "den"));
    });
}

#[test]
fn introductions_without_end_get_their_sender_cut_off() {
    tell(2, |world| {
        world.add_tracker(TRACKER);
        let all = den(world, 3);
        let (ann, bob, mallory) = (all[0], all[1], all[2]);
        let key = SignalKey::new(&World::public("den"));
        for n in 0..4_000_u32 {
            if !world.are_connected(mallory, ann) {
                break;
            }
            let introduction = Introduction {
                from: world.id(mallory),
                to: world.id(bob),
                offer_id: OfferId::parse(&format!("offer{n:015}")).expect("an offer id"),
                kind: SignalKind::Offer,
                sealed: key.seal("offer 999 1", [7; 16]),
            };
            smuggle(world, mallory, ann, &Action::Introduction(introduction));
            world.run(Duration::from_millis(2));
        }
        world.run(SECOND);

        let cut_off = world.witness(ann).problems_ever().iter().any(|what| {
            matches!(
                what,
                ProblemKind::CutOff {
                    offence: Offence::Nonsense,
                    ..
                }
            )
        });
        assert!(cut_off);
        assert!(world.sees(ann, bob, "den") && world.sees(bob, ann, "den"));
    });
}

#[test]
fn nobody_is_introduced_in_the_name_of_another() {
    tell(3, |world| {
        world.add_tracker(TRACKER);
        let all = den(world, 3);
        let (ann, bob, mallory) = (all[0], all[1], all[2]);
        let key = SignalKey::new(&World::public("den"));
        let heard = world.frames_since(ann, Duration::ZERO);
        let introduction = Introduction {
            from: stranger(1),
            to: world.id(bob),
            offer_id: OfferId::parse("offer000000000000000").expect("an offer id"),
            kind: SignalKind::Offer,
            sealed: key.seal("offer 999 1", [7; 16]),
        };

        smuggle(world, mallory, ann, &Action::Introduction(introduction));
        world.run(Duration::from_millis(500));

        assert_eq!(
            world.frames_since(ann, Duration::ZERO),
            heard,
            "ann passes nothing on"
        );
    });
}
