//! Sessions among each other, on a pretend network: does every file arrive, whole and true, whoever
//! leaves, stalls or lies, and does memory stay bounded?

mod world;

use std::time::Duration;

use files::limits::{MAX_JUNK_BYTES, MAX_PIECES_HELD, MAX_UPLOAD_HELD_PER_PEER, STALL_AFTER};
use files::torrent::bits::Bits;
use files::torrent::ids::{Hash, PeerId};
use files::torrent::metadata::{self, Extensions};
use files::torrent::session::{
    Command, Conn, Event, Input, MAX_HELD, Order, Output, Reason, Session,
};
use files::torrent::wire::{Block, Decoder, Greeting, Heard, Message};
use proptest::prelude::*;
use world::{Disk, FAST, Link, World, content, direct, seeds, torrent};

const LIMIT: Duration = Duration::from_secs(600);
const SECOND: Duration = Duration::from_secs(1);

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
fn who_leaves_is_made_up_for_by_others() {
    for seed in seeds() {
        let it = torrent(5_000_000, 65_536);
        let mut world = World::new(seed, &it);
        let (one, two) = (world.seeder(Disk::Good), world.seeder(Disk::Good));
        let getter = world.fetcher(Disk::Good);
        let slow = Link {
            bytes_per_second: 500_000,
            ..FAST
        };
        let link = world.connect(one, getter, slow);
        world.connect(two, getter, slow);

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
        let slow = Link {
            bytes_per_second: 500_000,
            ..FAST
        };
        let link = world.connect(giver, getter, slow);

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

#[test]
fn withdrawn_means_withdrawn() {
    let it = torrent(3_000_000, 32_768);
    let mut world = World::new(1, &it);
    let (giver, getter) = (world.seeder(Disk::Good), world.fetcher(Disk::Good));
    let slow = Link {
        bytes_per_second: 500_000,
        ..FAST
    };
    world.connect(giver, getter, slow);
    accept(&mut world, getter);
    world.run_for(SECOND);

    world.command(giver, Command::Stop);
    let given = world.nodes[giver].bytes_read;
    let again = world.connect(giver, getter, slow);
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
        let slow = Link {
            bytes_per_second: 500_000,
            ..FAST
        };
        world.connect(giver, getter, slow);
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

#[test]
fn ourselves_and_other_torrents_are_not_spoken_with() {
    let it = torrent(1_000_000, 32_768);
    for (hash, id, why) in [
        (Hash([0; 20]), PeerId([1; 20]), Reason::OtherTorrent),
        (it.info_hash(), PeerId([9; 20]), Reason::Myself),
    ] {
        let mut puppet = Puppet::new(&it, true);
        puppet.say(&greeting(hash, id));
        assert_eq!(puppet.closed, Some(why));
    }
}

#[test]
fn a_giver_reads_no_more_than_a_slow_peer_can_take() {
    let it = torrent(8_000_000, 65_536);
    let mut puppet = Puppet::new(&it, true);
    puppet.greet(&it);
    puppet.say(&Message::Interested.to_bytes());
    let mut requests = Vec::new();
    for piece in 0..it.pieces() - 1 {
        for begin in (0..65_536).step_by(16_384) {
            let block = Block {
                piece,
                begin,
                len: 16_384,
            };
            requests.extend(Message::Request(block).to_bytes());
        }
    }
    puppet.say(&requests);

    assert!(puppet.sent > 900_000 && puppet.sent <= MAX_UPLOAD_HELD_PER_PEER + 32_768);
    let before = puppet.sent;
    puppet.input(Input::Sent(CONN, 500_000));
    assert!(puppet.sent > before + 400_000);
    assert_eq!(puppet.closed, None);
}

#[test]
fn a_peer_that_asks_and_never_takes_is_closed() {
    let it = torrent(8_000_000, 65_536);
    let mut puppet = Puppet::new(&it, true);
    puppet.greet(&it);
    // It is choked, so every request is answered with a refusal that it never takes.
    let block = Block {
        piece: 0,
        begin: 0,
        len: 16_384,
    };
    let requests = Message::Request(block).to_bytes().repeat(10_000);
    for _ in 0..100 {
        puppet.now += SECOND;
        puppet.say(&requests);
    }
    assert_eq!(puppet.closed, Some(Reason::TakesNothing));
}

#[test]
fn a_peer_that_talks_without_end_is_closed() {
    let it = torrent(8_000_000, 65_536);
    let mut puppet = Puppet::new(&it, true);
    puppet.greet(&it);
    puppet.say(&Message::KeepAlive.to_bytes().repeat(50_000));
    assert_eq!(puppet.closed, Some(Reason::Flood));

    let mut puppet = Puppet::new(&it, true);
    puppet.greet(&it);
    puppet.say(&Message::Choke.to_bytes().repeat(500));
    assert_eq!(puppet.closed, Some(Reason::Flood));
}

#[test]
fn data_that_nobody_asked_for_is_borne_for_a_while() {
    let it = torrent(8_000_000, 65_536);
    let mut puppet = Puppet::new(&it, false);
    puppet.greet(&it);
    let junk = vec![0; 16_384];
    let message = Message::Piece {
        piece: 3,
        begin: 0,
        bytes: &junk,
    }
    .to_bytes();
    for _ in 0..MAX_JUNK_BYTES / junk.len() {
        puppet.say(&message);
    }
    assert_eq!(puppet.closed, None);
    puppet.say(&message);
    assert_eq!(puppet.closed, Some(Reason::Flood));
}

#[test]
fn nonsense_is_closed() {
    let it = torrent(8_000_000, 65_536);
    for nonsense in [
        Message::Have(it.pieces()).to_bytes(),
        Message::Bitfield(&[0; 3]).to_bytes(),
        Message::Bitfield(&[0xff; 16]).to_bytes(),
        Message::Request(Block {
            piece: it.pieces(),
            begin: 0,
            len: 1,
        })
        .to_bytes(),
        Message::Request(Block {
            piece: 0,
            begin: 65_535,
            len: 2,
        })
        .to_bytes(),
        Message::Request(Block {
            piece: 0,
            begin: u32::MAX,
            len: 16_384,
        })
        .to_bytes(),
        Message::Extended {
            kind: 0,
            payload: b"x",
        }
        .to_bytes(),
        Message::Extended {
            kind: 1,
            payload: b"x",
        }
        .to_bytes(),
    ] {
        let mut puppet = Puppet::new(&it, true);
        puppet.greet(&it);
        puppet.say(&nonsense);
        assert_eq!(puppet.closed, Some(Reason::Senseless), "{nonsense:?}");
    }
}

#[test]
fn a_wrong_description_is_the_liars_loss() {
    let it = torrent(1_000_000, 32_768);
    let session = Session::of_magnet(SECOND, it.info_hash(), PeerId([9; 20]), Order::Rarest, 1);
    let mut puppet = Puppet::with(session);
    puppet.say(&greeting(it.info_hash(), PeerId([1; 20])));
    let payload = Extensions::ours(Some(it.info().len())).to_payload();
    puppet.say(
        &Message::Extended {
            kind: 0,
            payload: &payload,
        }
        .to_bytes(),
    );
    let mut wrong = it.info().to_vec();
    wrong[20] ^= 1;
    let total = wrong.len();
    let part = metadata::Message::Part {
        part: 0,
        total,
        bytes: &wrong,
    }
    .to_payload();
    puppet.say(
        &Message::Extended {
            kind: 1,
            payload: &part,
        }
        .to_bytes(),
    );

    assert_eq!(puppet.closed, Some(Reason::WrongData));
    assert!(puppet.events.is_empty());
}

#[test]
fn a_peer_without_extensions_is_given_to_in_the_old_way() {
    let it = torrent(1_000_000, 32_768);
    let mut puppet = Puppet::new(&it, true);
    let plain = Greeting {
        extended: false,
        fast: false,
        info_hash: it.info_hash(),
        peer_id: PeerId([1; 20]),
    };
    puppet.say(&plain.to_bytes());
    puppet.say(&Message::Interested.to_bytes());
    let block = Block {
        piece: 1,
        begin: 16_384,
        len: 16_384,
    };
    puppet.say(&Message::Request(block).to_bytes());

    let full = Bits::all(it.pieces());
    let data = content(32_768 + 16_384, 16_384);
    let heard = [
        format!("{:?}", Message::Bitfield(full.as_bytes())),
        format!("{:?}", Message::Unchoke),
        format!(
            "{:?}",
            Message::Piece {
                piece: 1,
                begin: 16_384,
                bytes: &data
            }
        ),
    ];
    assert_eq!(puppet.heard, heard);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn whatever_a_stranger_says_a_session_stays_whole_and_small(
        parts in proptest::collection::vec(said(), 0..60),
        gives: bool,
    ) {
        let it = small();
        let mut puppet = Puppet::new(&it, gives);
        puppet.greet(&it);
        for part in parts {
            puppet.now += Duration::from_millis(700);
            puppet.say(&part);
            puppet.input(Input::Wake);
            prop_assert!(puppet.session.held() <= MAX_HELD);
        }
    }
}

/// Messages that are mostly well formed, with fields that are mostly not.
fn said() -> impl Strategy<Value = Vec<u8>> {
    let number = || prop_oneof![0_u32..8, any::<u32>()];
    let block = (
        number(),
        prop_oneof![Just(0_u32), Just(16_384), any::<u32>()],
        prop_oneof![Just(16_384_u32), any::<u32>()],
    )
        .prop_map(|(piece, begin, len)| Block { piece, begin, len });
    prop_oneof![
        Just(Message::Unchoke.to_bytes()),
        Just(Message::Choke.to_bytes()),
        Just(Message::Interested.to_bytes()),
        Just(Message::NotInterested.to_bytes()),
        Just(Message::HaveAll.to_bytes()),
        Just(Message::HaveNone.to_bytes()),
        number().prop_map(|piece| Message::Have(piece).to_bytes()),
        block
            .clone()
            .prop_map(|block| Message::Request(block).to_bytes()),
        block
            .clone()
            .prop_map(|block| Message::Cancel(block).to_bytes()),
        block.prop_map(|block| Message::Reject(block).to_bytes()),
        (0_u32..4, prop_oneof![Just(0_u32), Just(16_384)], 0_usize..2).prop_map(
            |(piece, begin, lie)| {
                let mut bytes = content(u64::from(piece) * 32_768 + u64::from(begin), 16_384);
                bytes[7] ^= lie as u8;
                Message::Piece {
                    piece,
                    begin,
                    bytes: &bytes,
                }
                .to_bytes()
            }
        ),
        (0_u8..3, any::<Vec<u8>>()).prop_map(|(kind, payload)| Message::Extended {
            kind,
            payload: &payload
        }
        .to_bytes()),
        any::<Vec<u8>>(),
    ]
}

fn small() -> std::sync::Arc<files::torrent::metainfo::Metainfo> {
    static SMALL: std::sync::OnceLock<std::sync::Arc<files::torrent::metainfo::Metainfo>> =
        std::sync::OnceLock::new();
    std::sync::Arc::clone(SMALL.get_or_init(|| torrent(130_000, 32_768)))
}

const CONN: Conn = Conn(1);

/// One session, and a peer of it that is moved by hand.
struct Puppet {
    session: Session,
    now: Duration,
    closed: Option<Reason>,
    events: Vec<Event>,
    heard: Vec<String>,
    sent: usize,
    decoder: Decoder,
}

impl Puppet {
    fn new(it: &std::sync::Arc<files::torrent::metainfo::Metainfo>, gives: bool) -> Self {
        let have = if gives {
            Bits::all(it.pieces())
        } else {
            Bits::none(it.pieces())
        };
        let it = std::sync::Arc::clone(it);
        let me = PeerId([9; 20]);
        Self::with(Session::of_metainfo(SECOND, it, have, me, Order::Rarest, 1))
    }

    fn with(session: Session) -> Self {
        let mut puppet = Self {
            session,
            now: SECOND,
            closed: None,
            events: Vec::new(),
            heard: Vec::new(),
            sent: 0,
            decoder: Decoder::default(),
        };
        puppet.input(Input::Connected(CONN));
        puppet
    }

    fn greet(&mut self, it: &files::torrent::metainfo::Metainfo) {
        self.say(&greeting(it.info_hash(), PeerId([1; 20])));
    }

    fn say(&mut self, bytes: &[u8]) {
        self.input(Input::Received(CONN, bytes.to_vec()));
    }

    fn input(&mut self, input: Input) {
        self.session.handle(self.now, input);
        while let Some(output) = self.session.poll() {
            match output {
                Output::Send(_, bytes) => {
                    self.sent += bytes.len();
                    self.decoder.push(&bytes);
                    while let Ok(Some(heard)) = self.decoder.next() {
                        if let Heard::Message(message) = heard {
                            self.heard.push(format!("{message:?}"));
                        }
                    }
                }
                Output::Close(_, why) => self.closed = Some(why),
                Output::Read {
                    ticket,
                    offset,
                    len,
                } => {
                    let bytes = content(offset, len);
                    self.session
                        .handle(self.now, Input::Read(ticket, Some(bytes)));
                }
                Output::Write {
                    piece,
                    offset,
                    bytes,
                } => {
                    assert_eq!(bytes, content(offset, bytes.len()));
                    self.session.handle(self.now, Input::Written(piece, true));
                }
                Output::Tell(event) => self.events.push(event),
            }
        }
    }
}

fn greeting(info_hash: Hash, peer_id: PeerId) -> [u8; 68] {
    let greeting = Greeting {
        info_hash,
        peer_id,
        extended: true,
        fast: true,
    };
    greeting.to_bytes()
}

/// Waits for the description and says yes.
fn accept(world: &mut World, getter: usize) {
    if world.nodes[getter].session.have().is_some() {
        return;
    }
    world.run_until(LIMIT, |world| {
        world.nodes[getter].session.metainfo().is_some()
    });
    let pieces = world.nodes[getter]
        .session
        .metainfo()
        .map_or(0, |it| it.pieces());
    world.command(
        getter,
        Command::Fetch {
            have: Bits::none(pieces),
        },
    );
}
