//! A program that fetches is killed again and again, at any moment.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use files::store::{Found, Partial, Prepared};

use super::{ORIGIN, bytes, folder, key, names, rng, write};

/// Tells this very test, run again as a program of its own, that it is the one to be killed.
const ROLE: &str = "FILES_TEST_FETCHES";
const SIZES: [usize; 3] = [2_000_000, 0, 70_000];
/// Killed so often, each time a little later.
const KILLS: u64 = 40;

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "the test is two programs, and one of them is told so by its surroundings"
)]
fn killed_at_any_moment_nothing_is_lost_doubled_or_wrong() {
    if let Some(work) = std::env::var_os(ROLE) {
        let work = PathBuf::from(work);
        fetch(
            &work.join("from"),
            &work.join("to"),
            work.join("sealed").exists(),
        );
        return;
    }
    for is_sealed in [false, true] {
        let work = folder();
        let (from, to) = (work.path().join("from"), work.path().join("to"));
        fs::create_dir(&from).expect("a folder");
        fs::create_dir(&to).expect("a folder");
        if is_sealed {
            write(work.path(), "sealed", b"");
        }
        for (index, size) in SIZES.iter().enumerate() {
            write(&from, &format!("{index}.bin"), &bytes(*size));
        }
        let program = std::env::current_exe().expect("this program");
        let mut kills = 0;
        loop {
            let mut child = Command::new(&program)
                .args(["--exact", "--nocapture"])
                .arg("killed::killed_at_any_moment_nothing_is_lost_doubled_or_wrong")
                .env(ROLE, work.path())
                .stdout(Stdio::null())
                .spawn()
                .expect("a program");
            if kills < KILLS {
                // It has begun when there is something of it, or something finished.
                while names(&to).is_empty() && child.try_wait().expect("a state").is_none() {
                    std::thread::yield_now();
                }
                // Any moment will do: what must hold holds after each.
                std::thread::sleep(Duration::from_millis(3 * kills));
                child.kill().expect("killed");
            }
            let ended = child.wait().expect("ended");
            kills += 1;
            // Killed after its last step it has done everything.
            let is_begun = names(&to).iter().any(|name| name.ends_with(".part"));
            if ended.success() || (!is_begun && !names(&to).is_empty()) {
                break;
            }
            assert!(kills <= KILLS, "it never came to its end");
        }
        for name in names(&to) {
            assert!(!name.ends_with(".part"));
            if name.ends_with(".gone") {
                fs::remove_dir_all(to.join(name)).expect("removed");
            }
        }
        assert_eq!(names(&to), ["0.bin", "1.bin", "2.bin"]);
        for (index, size) in SIZES.iter().enumerate() {
            let read = fs::read(to.join(format!("{index}.bin"))).expect("a file");
            assert!(read == bytes(*size), "{index}, sealed: {is_sealed}");
        }
    }
}

fn fetch(from: &Path, to: &Path, is_sealed: bool) {
    let paths = (0..SIZES.len()).map(|index| from.join(format!("{index}.bin")).into());
    let found = Found::find(&paths.collect::<Vec<_>>()).expect("found");
    // The same chance gives the same salts, so that it is the same torrent each time.
    let made = found.prepare(Some(&key()), &mut rng(), |_| true);
    let Prepared { tree, sealed, .. } = made.expect("prepared");
    let sealed = sealed.expect("a share");
    let it = if is_sealed {
        sealed.metainfo()
    } else {
        tree.metainfo()
    };
    let partial = Partial::open(to, Arc::clone(it), u64::MAX).expect("a place");
    let have = partial.check(|| true).expect("checked");
    for piece in (0..it.pieces()).filter(|piece| !have.has(*piece)) {
        let (offset, len) = (it.piece_start(piece), it.len_of(piece) as usize);
        let bytes = if is_sealed {
            sealed.read(offset, len)
        } else {
            tree.read(offset, len)
        };
        partial
            .write(piece, &bytes.expect("bytes"))
            .expect("written");
    }
    partial
        .finish(Some(&key()), ORIGIN, |_| true)
        .expect("whole");
}
