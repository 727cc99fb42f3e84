//! Peers that leave, stall or lie, disks that refuse, people who change their minds.

use files::limits::{BLOCK_PATIENCE, STALL_AFTER};
use files::torrent::session::{Command, Event, Reason};

use super::world::{Disk, FAST, Link, World, seeds, torrent};
use super::{LIMIT, SECOND, accept};

/// A link on which a transfer is under way for some seconds.
const SLOW: Link = Link {
    bytes_per_second: 500_000,
    ..FAST
};

#[test]
fn who_leaves_is_made_up_for_by_others() {
    for seed in seeds() {
        let it = torrent(5_000_000, 65_536);
        let mut world = World::new(seed, &it);
        let (one, two) = (world.seeder(Disk::Good), world.seeder(Disk::Good));
        let getter = world.fetcher(Disk::Good);
        let link = world.connect(one, getter, SLOW);
        world.connect(two, getter, SLOW);

        accept(&mut world, getter);
        world.run_for(2 * SECOND);
        assert!(!world.nodes[getter].is_complete());
        world.cut(link);
        world.run_until(LIMIT, |world| world.nodes[getter].is_complete());
    }
}

#[test]
fn a_file_whose_only_giver_left_goes_on_when_it_is_back() {
    for seed in seeds() {
        let it = torrent(3_000_000, 65_536);
        let mut world = World::new(seed, &it);
        let (giver, getter) = (world.seeder(Disk::Good), world.fetcher(Disk::Good));
        let link = world.connect(giver, getter, SLOW);

        accept(&mut world, getter);
        world.run_for(2 * SECOND);
        world.cut(link);
        world.run_for(STALL_AFTER + SECOND);
        assert!(world.nodes[getter].events.contains(&Event::Stalled));

        let before = world.nodes[getter].session.progress().have;
        world.connect(giver, getter, FAST);
        world.run_until(LIMIT, |world| world.nodes[getter].is_complete());

        assert!(world.nodes[getter].events.contains(&Event::Flowing));
        let downloaded = world.nodes[getter].session.progress().downloaded;
        assert!(downloaded <= 3_000_000 + 40 * 65_536, "{before} were kept");
    }
}

#[test]
fn who_stalls_is_not_waited_for() {
    for seed in seeds() {
        let it = torrent(2_000_000, 65_536);
        let mut world = World::new(seed, &it);
        let (good, stuck) = (world.seeder(Disk::Good), world.seeder(Disk::Stuck));
        let getter = world.fetcher(Disk::Good);
        world.connect(stuck, getter, FAST);
        world.connect(good, getter, FAST);

        accept(&mut world, getter);
        let from = world.now;
        world.run_until(LIMIT, |world| world.nodes[getter].is_complete());

        assert!(
            world.now - from < 10 * SECOND,
            "its blocks are asked of others"
        );
    }
    let it = torrent(2_000_000, 65_536);
    let mut world = World::new(1, &it);
    let (stuck, getter) = (world.seeder(Disk::Stuck), world.fetcher(Disk::Good));
    world.connect(stuck, getter, FAST);
    accept(&mut world, getter);
    world.run_until(LIMIT, |world| {
        world.nodes[getter].was_closed_for(Reason::Stalled)
    });
}

#[test]
fn a_liar_alone_is_closed_and_nothing_of_it_is_written() {
    for seed in seeds() {
        let it = torrent(2_000_000, 65_536);
        let mut world = World::new(seed, &it);
        let (liar, getter) = (world.seeder(Disk::Lying), world.fetcher(Disk::Good));

        for _ in 0..3 {
            world.connect(liar, getter, FAST);
            accept(&mut world, getter);
            let closed = world.nodes[getter].closed.len();
            world.run_until(LIMIT, |world| world.nodes[getter].closed.len() > closed);
        }
        world.connect(liar, getter, FAST);
        world.run_until(LIMIT, |world| {
            world.nodes[getter].was_closed_for(Reason::Distrusted)
        });

        assert!(world.nodes[getter].was_closed_for(Reason::WrongData));
        assert!(world.nodes[getter].written.is_empty());
    }
}

#[test]
fn a_liar_among_honest_peers_is_found_though_they_share_pieces() {
    for seed in seeds() {
        let it = torrent(8_000_000, 1024 * 1024);
        let mut world = World::new(seed, &it);
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

        assert_eq!(
            world.nodes[getter].closed,
            [(lie, Reason::WrongData)],
            "seed {seed}"
        );
    }
}

#[test]
fn a_disk_that_refuses_is_told_of_and_can_be_tried_again() {
    let it = torrent(1_000_000, 32_768);
    let mut world = World::new(1, &it);
    let (giver, getter) = (world.seeder(Disk::Good), world.fetcher(Disk::Full));
    world.connect(giver, getter, FAST);
    accept(&mut world, getter);
    world.run_until(LIMIT, |world| {
        world.nodes[getter].events.contains(&Event::CannotWrite)
    });
    world.run_for(SECOND);

    world.nodes[getter].disk = Disk::Good;
    world.command(getter, Command::Resume);
    world.run_until(LIMIT, |world| world.nodes[getter].is_complete());
}

#[test]
fn what_cannot_be_read_any_more_is_told_of_and_not_given() {
    let it = torrent(1_000_000, 32_768);
    let mut world = World::new(1, &it);
    let (giver, getter) = (world.seeder(Disk::Gone), world.fetcher(Disk::Good));
    world.connect(giver, getter, FAST);
    accept(&mut world, getter);
    world.run_for(60 * SECOND);

    let told = world.nodes[giver].events.iter();
    assert_eq!(told.filter(|event| **event == Event::CannotRead).count(), 1);
    assert!(world.nodes[getter].events.contains(&Event::Stalled));
    assert_eq!(world.nodes[getter].session.progress().have, 0);
}

#[test]
fn when_nobody_is_there_a_person_is_told() {
    let it = torrent(1_000_000, 32_768);
    let mut world = World::new(1, &it);
    let getter = world.fetcher(Disk::Good);
    world.run_for(STALL_AFTER + SECOND);
    assert_eq!(world.nodes[getter].events, [Event::Stalled]);
}

#[test]
fn withdrawn_means_withdrawn() {
    let it = torrent(3_000_000, 32_768);
    let mut world = World::new(1, &it);
    let (giver, getter) = (world.seeder(Disk::Good), world.fetcher(Disk::Good));
    world.connect(giver, getter, SLOW);
    accept(&mut world, getter);
    world.run_for(SECOND);

    world.command(giver, Command::Stop);
    let given = world.nodes[giver].bytes_read;
    let again = world.connect(giver, getter, SLOW);
    world.run_for(10 * SECOND);

    assert_eq!(world.nodes[giver].bytes_read, given);
    assert!(
        world.nodes[giver]
            .closed
            .contains(&(again, Reason::Stopped))
    );
    assert_eq!(world.nodes[giver].session.held(), 0);
    assert_eq!(world.nodes[giver].session.next_wake(), None);
    assert!(!world.nodes[getter].is_complete());
}

#[test]
fn a_pause_stops_both_ways_and_ends() {
    for (pausing, seed) in [(0, 1), (1, 2)] {
        let it = torrent(3_000_000, 32_768);
        let mut world = World::new(seed, &it);
        let (giver, getter) = (world.seeder(Disk::Good), world.fetcher(Disk::Good));
        world.connect(giver, getter, SLOW);
        accept(&mut world, getter);
        world.run_for(SECOND);

        world.command([giver, getter][pausing], Command::Pause);
        world.run_for(5 * SECOND);
        let before = world.nodes[getter].session.progress();
        world.run_for(60 * SECOND);
        assert_eq!(world.nodes[getter].session.progress(), before);

        world.command([giver, getter][pausing], Command::Resume);
        world.run_until(LIMIT, |world| world.nodes[getter].is_complete());
        assert!(world.nodes[giver].closed.is_empty() && world.nodes[getter].closed.is_empty());
    }
}

#[test]
fn pieces_that_wait_for_who_stalls_do_not_keep_out_the_others() {
    for seed in seeds() {
        // Two of the largest pieces are all that memory takes.
        let it = torrent(90_000_000, 16 * 1024 * 1024);
        let mut world = World::new(seed, &it);
        let good = world.seeder(Disk::Good);
        let stuck = [world.seeder(Disk::Stuck), world.seeder(Disk::Stuck)];
        let getter = world.fetcher(Disk::Good);
        let link = Link {
            bytes_per_second: 20_000_000,
            ..FAST
        };
        let begun = world.now;
        world.connect(stuck[0], getter, FAST);
        accept(&mut world, getter);
        world.run_for(SECOND);
        world.connect(good, getter, link);
        world.run_for(SECOND);
        // By now the first piece waits for the first of them alone.
        world.connect(stuck[1], getter, FAST);
        world.run_until(LIMIT, |world| world.nodes[getter].is_complete());

        let took = world.now - begun;
        assert!(took < BLOCK_PATIENCE, "seed {seed}: {took:?}");
    }
}

#[test]
fn a_person_who_cannot_decide_is_not_held_against_the_giver() {
    for seed in seeds() {
        let it = torrent(40_000_000, 262_144);
        let mut world = World::new(seed, &it);
        let (giver, getter) = (world.seeder(Disk::Good), world.fetcher(Disk::Good));
        let far = Link {
            delay: 100 * SECOND / 1000,
            bytes_per_second: 8_000_000,
        };
        world.connect(giver, getter, far);
        accept(&mut world, getter);
        for _ in 0..30 {
            world.run_for(SECOND / 2);
            world.command(getter, Command::Pause);
            world.command(getter, Command::Resume);
        }
        world.run_until(LIMIT, |world| world.nodes[getter].is_complete());
        assert_eq!(world.nodes[getter].closed, [], "seed {seed}");
    }
}

#[test]
fn who_claims_to_have_it_and_sends_nothing_does_not_hold_up_the_end() {
    for seed in seeds() {
        let it = torrent(10_000_000, 262_144);
        let mut world = World::new(seed, &it);
        let (good, stuck) = (world.seeder(Disk::Good), world.seeder(Disk::Stuck));
        let getter = world.fetcher(Disk::Good);
        let link = Link {
            bytes_per_second: 20_000_000,
            ..FAST
        };
        let begun = world.now;
        world.connect(stuck, getter, FAST);
        world.connect(good, getter, link);
        accept(&mut world, getter);
        world.run_until(LIMIT, |world| world.nodes[getter].is_complete());

        let took = world.now - begun;
        assert!(took < 4 * SECOND, "seed {seed}: {took:?}");
    }
}
