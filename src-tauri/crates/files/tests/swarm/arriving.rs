//! Whole files, of every size, from one and from many, in bounded memory.

use std::time::Duration;

use files::limits::MAX_PIECES_HELD;
use files::torrent::bits::Bits;
use files::torrent::session::{MAX_HELD, Order};

use super::world::{Disk, FAST, Link, World, seeds, torrent};
use super::{LIMIT, SECOND, accept};

#[test]
fn files_of_every_size_arrive_from_a_magnet_link_alone() {
    // An empty file sealed, one of one byte, one block, a byte more, many blocks.
    for total in [21, 39, 1, 16_384, 16_385, 200_089] {
        for seed in seeds() {
            let it = torrent(total, 16_384);
            let mut world = World::new(seed, &it);
            let (giver, getter) = (world.seeder(Disk::Good), world.fetcher(Disk::Good));
            world.connect(giver, getter, FAST);

            accept(&mut world, getter);
            world.run_until(LIMIT, |world| world.nodes[getter].is_complete());

            let progress = world.nodes[getter].session.progress();
            assert_eq!((progress.have, progress.total), (total, Some(total)));
            assert_eq!(progress.downloaded, total);
            assert_eq!(world.nodes[giver].session.progress().uploaded, total);
            assert!(world.nodes[giver].closed.is_empty() && world.nodes[getter].closed.is_empty());
        }
    }
}

#[test]
fn three_hundred_megabytes_arrive_from_two_at_once_within_bounded_memory() {
    let it = torrent(300_000_000, 262_144);
    let mut world = World::new(1, &it);
    let (one, two) = (world.seeder(Disk::Good), world.seeder(Disk::Good));
    let getter = world.fetcher(Disk::Good);
    let far = Link {
        delay: Duration::from_millis(50),
        ..FAST
    };
    world.connect(one, getter, far);
    world.connect(two, getter, far);

    accept(&mut world, getter);
    let from = world.now;
    world.run_until(LIMIT, |world| world.nodes[getter].is_complete());

    let seconds = (world.now - from).as_secs_f64();
    assert!(seconds < 15.0, "at 100 ms it took {seconds} s");
    for giver in [one, two] {
        let share = world.nodes[giver].session.progress().uploaded;
        assert!(share > 60_000_000, "one of two gave {share} bytes");
        assert!(world.nodes[giver].most_held < 4 * 1024 * 1024);
    }
    let held = world.nodes[getter].most_held;
    assert!(
        held <= MAX_PIECES_HELD + 1024 * 1024,
        "{held} bytes were held"
    );
}

#[test]
fn the_largest_pieces_stay_within_bounded_memory() {
    let it = torrent(100_000_000, 16 * 1024 * 1024);
    let mut world = World::new(1, &it);
    let givers = [
        world.seeder(Disk::Good),
        world.seeder(Disk::Good),
        world.seeder(Disk::Good),
    ];
    let getter = world.fetcher(Disk::Good);
    for giver in givers {
        world.connect(giver, getter, FAST);
    }

    accept(&mut world, getter);
    world.run_until(LIMIT, |world| world.nodes[getter].is_complete());

    assert!(world.nodes[getter].most_held <= MAX_HELD);
}

#[test]
fn what_was_begun_goes_on_after_a_restart() {
    for seed in seeds() {
        let it = torrent(4_000_000, 32_768);
        let mut world = World::new(seed, &it);
        let (giver, getter) = (world.seeder(Disk::Good), world.fetcher(Disk::Good));
        let slow = Link {
            bytes_per_second: 1_000_000,
            ..FAST
        };
        let link = world.connect(giver, getter, slow);
        accept(&mut world, getter);
        world.run_for(2 * SECOND);
        world.cut(link);
        world.run_for(SECOND);

        let mut have = Bits::none(it.pieces());
        for piece in &world.nodes[getter].written {
            have.set(*piece);
        }
        assert!(have.count() > 20 && !have.is_full());
        let missing: u64 = (0..it.pieces())
            .filter(|piece| !have.has(*piece))
            .map(|piece| u64::from(it.len_of(piece)))
            .sum();
        let again = world.holder(have, Disk::Good, Order::Sequential);
        world.connect(giver, again, FAST);
        world.run_until(LIMIT, |world| world.nodes[again].is_complete());

        assert_eq!(world.nodes[again].session.progress().downloaded, missing);
    }
}

#[test]
fn who_fetches_gives_to_others_meanwhile() {
    for seed in seeds() {
        let it = torrent(2_000_000, 32_768);
        let mut world = World::new(seed, &it);
        let giver = world.seeder(Disk::Good);
        let getters: Vec<usize> = (0..4).map(|_| world.fetcher(Disk::Good)).collect();
        // Only the first reaches the giver; the others hang on each other.
        let slow = Link {
            bytes_per_second: 1_000_000,
            ..FAST
        };
        world.connect(giver, getters[0], slow);
        for pair in getters.windows(2) {
            world.connect(pair[0], pair[1], slow);
        }

        for getter in &getters {
            accept(&mut world, *getter);
        }
        let from = world.now;
        world.run_until(LIMIT, |world| {
            getters
                .iter()
                .all(|getter| world.nodes[*getter].is_complete())
        });

        assert_eq!(world.nodes[giver].session.progress().uploaded, 2_000_000);
        assert!(
            world.now - from < 6 * SECOND,
            "one after the other it would take eight"
        );
    }
}

#[test]
fn more_than_can_be_given_to_at_once_all_get_their_turn() {
    let it = torrent(3_000_000, 32_768);
    let mut world = World::new(1, &it);
    let giver = world.seeder(Disk::Good);
    let slow = Link {
        bytes_per_second: 50_000,
        ..FAST
    };
    let getters: Vec<usize> = (0..40)
        .map(|_| world.holder(Bits::none(it.pieces()), Disk::Good, Order::Rarest))
        .collect();
    for getter in &getters {
        world.connect(giver, *getter, slow);
    }

    world.run_until(LIMIT, |world| {
        getters
            .iter()
            .all(|getter| world.nodes[*getter].is_complete())
    });
}
