//! What files cost without any network: `cargo bench -p files`.
//!
//! Prints a line for each way bytes go, in megabytes a second: the median of several rounds. Everything
//! runs on one thread but `prepare`, which hashes for everybody at once. With `--json` each line is
//! a JSON object.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench looks at a clock, says what it saw, and has nobody to recover for"
)]

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use files::sealed::{Opener, RoomKey};
use files::store::{Found, Kept, Memory, Partial, Prepared, Share, Source, Tree};
use files::torrent::bits::Bits;
use files::torrent::ids::PeerId;
use files::torrent::metainfo::{Metainfo, PieceHasher};
use files::torrent::session::{Conn, Input, Order, Output, Session};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;

/// Rounds each figure is the median of.
const ROUNDS: usize = 5;
/// How much goes by in each round.
const SIZE: usize = 128 * 1024 * 1024;

fn main() {
    let is_json = std::env::args().any(|word| word == "--json");
    let bytes: Arc<[u8]> = (0..SIZE).map(|at| (at * 7 + at / 253) as u8).collect();
    let film = |name: &str| {
        [Source::Bytes {
            name: name.to_owned(),
            bytes: Arc::clone(&bytes),
        }]
    };
    let folder = tempfile::tempdir().unwrap();
    let say = |name: &str, round: &mut dyn FnMut() -> Cost| {
        let mut rounds: Vec<Cost> = (0..ROUNDS).map(|_| round()).collect();
        rounds.sort_unstable();
        let (wall, cpu) = rounds[ROUNDS / 2];
        let speed = SIZE as f64 / 1e6 / wall.as_secs_f64();
        let cpu = cpu.as_secs_f64() * (1_u64 << 30) as f64 / SIZE as f64;
        if is_json {
            println!(r#"{{"name":"{name}","mbPerSecond":{speed:.0},"cpuSecondsPerGiB":{cpu:.2}}}"#);
        } else {
            println!("{name:<52} {speed:>6.0} MB/s {cpu:>6.2} CPU s/GiB");
        }
    };

    say("hash pieces as browsers do, alone", &mut || {
        timed(|| {
            let mut hasher = PieceHasher::new(1 << 17);
            hasher.push(&bytes);
            black_box(hasher.finish());
        })
    });
    say("hash for native peers", &mut || {
        timed(|| drop(black_box(Tree::new(&film("a.bin"), |_| true).unwrap())))
    });
    say("hash for browsers", &mut || {
        timed(|| drop(black_box(share(&film("a.bin")))))
    });
    say("hash for both at once", &mut || {
        timed(|| drop(black_box(prepare(&film("a.bin")))))
    });
    say("hash for both, and a film once more", &mut || {
        timed(|| drop(black_box(prepare(&film("a.mkv")))))
    });

    let Prepared { tree, sealed, .. } = prepare(&film("a.bin"));
    let sealed = sealed.unwrap();
    let (direct, torrent) = (tree.metainfo(), sealed.metainfo());
    let read_direct: &Reader<'_> = &|offset, len| tree.read(offset, len).unwrap();
    let read_sealed: &Reader<'_> = &|offset, len| sealed.read(offset, len).unwrap();
    say("seal for a browser, block by block", &mut || {
        timed(|| {
            let block = torrent.block_len() as usize;
            for offset in (0..torrent.total()).step_by(block) {
                let len = block.min((torrent.total() - offset) as usize);
                black_box(read_sealed(offset, len));
            }
        })
    });
    let all = read_sealed(0, torrent.total() as usize);
    say("open what a browser sealed", &mut || {
        let mut opener = Opener::new(&key());
        let mut plain = Vec::new();
        timed(|| {
            for part in all.chunks(1 << 20) {
                plain.clear();
                opener.push(part, &mut plain).unwrap();
            }
            opener.finish(&mut plain).unwrap();
        })
    });
    drop(all);
    let nothing: &Writer<'_> = &|_, bytes| drop(black_box(bytes));
    for (name, it, read) in [
        ("direct", direct, read_direct),
        ("sealed", torrent, read_sealed),
    ] {
        say(
            &format!("session to session, {name}, nothing kept"),
            &mut || timed(|| exchange(it, read, nothing)),
        );
        say(
            &format!("session to session, {name}, into a folder"),
            &mut || {
                let partial = Partial::open(folder.path(), Arc::clone(it), u64::MAX).unwrap();
                let kept = Kept::Disk(partial);
                timed(|| {
                    exchange(it, read, &|piece, bytes| kept.write(piece, &bytes).unwrap());
                    kept.finish(Some(&key()), "https://chitchatter.im/", |_| true)
                        .unwrap();
                })
            },
        );
        remove_all(folder.path());
    }
    let path = folder.path().join("a.bin");
    std::fs::write(&path, &bytes).unwrap();
    let on_disk = [Source::Path(path)];
    say("hash for both at once, from a folder", &mut || {
        timed(|| drop(black_box(prepare(&on_disk))))
    });
    let small = Memory::new(Arc::clone(direct), 1);
    assert!(small.is_err(), "memory is for small files");
}

type Reader<'a> = dyn Fn(u64, usize) -> Vec<u8> + 'a;
type Writer<'a> = dyn Fn(u32, Vec<u8>) + 'a;

/// One session gives all of it to another.
fn exchange(it: &Arc<Metainfo>, read: &Reader<'_>, write: &Writer<'_>) {
    let conn = Conn(1);
    let begun = Instant::now();
    let now = || begun.elapsed();
    let session = |have, id| {
        let me = PeerId([id; 20]);
        Session::of_metainfo(
            now(),
            Arc::clone(it),
            have,
            me,
            Order::Rarest,
            u64::from(id),
        )
    };
    let mut sessions = [
        session(Bits::all(it.pieces()), 1),
        session(Bits::none(it.pieces()), 2),
    ];
    for session in &mut sessions {
        session.handle(now(), Input::Connected(conn));
    }
    let mut written = 0;
    while written < it.pieces() {
        for index in 0..2 {
            while let Some(output) = sessions[index].poll() {
                match output {
                    Output::Send(conn, bytes) => {
                        sessions[index].handle(now(), Input::Sent(conn, bytes.len()));
                        sessions[1 - index].handle(now(), Input::Received(conn, bytes));
                    }
                    Output::Read {
                        ticket,
                        offset,
                        len,
                    } => {
                        let bytes = read(offset, len);
                        sessions[index].handle(now(), Input::Read(ticket, Some(bytes)));
                    }
                    Output::Write { piece, bytes, .. } => {
                        write(piece, bytes);
                        written += 1;
                        sessions[index].handle(now(), Input::Written(piece, true));
                    }
                    Output::Close(_, why) => panic!("closed: {why:?}"),
                    Output::Tell(_) => {}
                }
            }
        }
    }
}

/// How long something took, and how much of the processor.
type Cost = (Duration, Duration);

fn timed(work: impl FnOnce()) -> Cost {
    let (begun, cpu) = (Instant::now(), cpu());
    work();
    (begun.elapsed(), self::cpu().saturating_sub(cpu))
}

fn cpu() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

fn key() -> RoomKey {
    RoomKey::of_room("room").unwrap()
}

fn rng() -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(1)
}

fn share(picked: &[Source]) -> Share {
    Share::new(picked, &key(), &mut rng(), |_| true).unwrap()
}

fn prepare(picked: &[Source]) -> Prepared {
    let found = Found::find(picked).unwrap();
    found.prepare(Some(&key()), &mut rng(), |_| true).unwrap()
}

fn remove_all(folder: &Path) {
    for entry in std::fs::read_dir(folder).unwrap() {
        std::fs::remove_file(entry.unwrap().path()).unwrap();
    }
}
