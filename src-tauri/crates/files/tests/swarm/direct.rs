//! What native peers give each other directly.

use std::time::Duration;

use files::limits::MAX_PIECES_HELD;
use files::torrent::session::Reason;

use super::world::{Disk, FAST, Link, World, direct, seeds};
use super::{LIMIT, SECOND, accept};

#[test]
fn a_folder_is_given_directly_by_its_name_alone_to_many_at_once() {
    for seed in seeds() {
        let (it, offer) = direct(&[700_000, 0, 1, 262_144, 3_000_000, 5]);
        let mut world = World::new(seed, &it);
        world.offer = Some(offer);
        let givers = [world.seeder(Disk::Good), world.seeder(Disk::Good)];
        let getters: Vec<usize> = (0..3).map(|_| world.fetcher(Disk::Good)).collect();
        for (index, getter) in getters.iter().enumerate() {
            for giver in givers {
                world.connect(giver, *getter, FAST);
            }
            for other in &getters[..index] {
                world.connect(*other, *getter, FAST);
            }
        }

        for getter in &getters {
            accept(&mut world, *getter);
        }
        world.run_until(LIMIT, |world| {
            getters
                .iter()
                .all(|getter| world.nodes[*getter].is_complete())
        });

        for getter in &getters {
            assert_eq!(world.nodes[*getter].written.len() as u32, it.pieces());
            assert!(world.nodes[*getter].closed.is_empty());
        }
    }
}

#[test]
fn a_liar_among_direct_givers_is_found() {
    for seed in seeds() {
        let (it, offer) = direct(&[5_000_000, 4_000_000]);
        let mut world = World::new(seed, &it);
        world.offer = Some(offer);
        let honest = [world.seeder(Disk::Good), world.seeder(Disk::Good)];
        let liar = world.seeder(Disk::Lying);
        let getter = world.fetcher(Disk::Good);
        let slow = Link {
            bytes_per_second: 2_000_000,
            ..FAST
        };
        let lie = world.connect(liar, getter, slow);
        for giver in honest {
            world.connect(giver, getter, slow);
        }

        accept(&mut world, getter);
        world.run_until(LIMIT, |world| world.nodes[getter].is_complete());

        let closed = &world.nodes[getter].closed;
        assert_eq!(closed, &[(lie, Reason::WrongData)], "seed {seed}");
    }
}

#[test]
fn an_offer_of_empty_files_is_complete_at_once() {
    let (it, offer) = direct(&[0, 0]);
    let mut world = World::new(1, &it);
    world.offer = Some(offer);
    let (giver, getter) = (world.seeder(Disk::Good), world.fetcher(Disk::Good));
    world.connect(giver, getter, FAST);
    accept(&mut world, getter);
    world.run_until(LIMIT, |world| world.nodes[getter].is_complete());
}

#[test]
fn what_is_given_directly_uses_the_speed_of_a_far_link() {
    let (it, offer) = direct(&[60_000_000]);
    let mut world = World::new(1, &it);
    world.offer = Some(offer);
    let (giver, getter) = (world.seeder(Disk::Good), world.fetcher(Disk::Good));
    let far = Link {
        delay: Duration::from_millis(50),
        bytes_per_second: 50_000_000,
    };
    world.connect(giver, getter, far);
    accept(&mut world, getter);
    let from = world.now;
    world.run_until(LIMIT, |world| world.nodes[getter].is_complete());

    // It would be 1.2 seconds if no time were lost.
    assert!(world.now - from < 3 * SECOND, "{:?}", world.now - from);
    assert!(world.nodes[getter].most_held <= MAX_PIECES_HELD + 1024 * 1024);
}
