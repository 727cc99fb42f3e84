//! The full screen on a real terminal.

#![cfg(unix)]

mod common;

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use common::{LIMIT, Peer, Tracker, program, room};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, Termios, Winsize, tcgetattr, tcsetwinsize};

const ENTER_SCREEN: &str = "\u{1b}[?1049h";
const LEAVE_SCREEN: &str = "\u{1b}[?1049l";
const SHOW_CURSOR: &str = "\u{1b}[?25h";

/// A terminal of our own with the program in it.
struct Screen {
    child: Child,
    keys: File,
    /// The program's side, kept to see how it is set.
    side: File,
    before: Termios,
    shown: Arc<Mutex<Vec<u8>>>,
}

impl Screen {
    fn start(mut command: Command) -> Self {
        let control = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
        grantpt(&control).expect("granted");
        unlockpt(&control).expect("unlocked");
        let name = ptsname(&control, Vec::new()).expect("its name");
        let side = File::options()
            .read(true)
            .write(true)
            .open(name.to_str().expect("text"))
            .expect("its other side");
        let before = tcgetattr(&side).expect("a terminal");
        let end = || Stdio::from(OwnedFd::from(side.try_clone().expect("a copy")));
        let control = File::from(control);
        let mut screen = control.try_clone().expect("a copy");
        resize(&control, 60, 15);
        let child = command
            .env("TERM", "xterm-256color")
            .env_remove("NO_COLOR")
            .stdin(end())
            .stdout(end())
            .stderr(end())
            .spawn()
            .expect("it starts");
        let shown = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&shown);
        // It ends with the terminal, which this test holds.
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = screen.read(&mut bytes) {
                seen.lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .extend_from_slice(&bytes[..count]);
            }
        });
        Self {
            child,
            keys: control,
            side,
            before,
            shown,
        }
    }

    fn join(tracker: &Tracker, room: &str) -> Self {
        let mut command = program();
        command
            .args(["join", room, "--name", "Ada", "--no-lan"])
            .args(["--ice-server", "none", "--tracker", &tracker.url]);
        Self::start(command)
    }

    fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).expect("it listens");
    }

    fn shown(&self) -> String {
        let shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&shown).into_owned()
    }

    /// Waits for text, or an order to the terminal, after what was shown up to `mark`.
    fn shows(&self, text: &str, mark: usize) {
        wait(text, || {
            self.shown().get(mark..).is_some_and(|it| it.contains(text))
        });
    }

    fn mark(&self) -> usize {
        self.shown().len()
    }

    fn resize(&self, columns: u16, rows: u16) {
        resize(&self.keys, columns, rows);
        // The terminal is nobody's controlling one, so nobody else says so.
        self.signal("WINCH");
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill")
            .args([&format!("-{name}"), &self.child.id().to_string()])
            .status()
            .expect("kill runs");
        assert!(sent.success());
    }

    /// Waits for its end, after which the terminal has to be as it was.
    fn is_given_back(&mut self) {
        let mut code = None;
        wait("it ends", || {
            code = self.child.try_wait().expect("a child of ours");
            code.is_some()
        });
        assert_eq!(code.and_then(|it| it.code()), Some(0), "{}", self.shown());
        self.shows(LEAVE_SCREEN, 0);
        let shown = self.shown();
        let left = shown.rfind(LEAVE_SCREEN).expect("shown");
        assert!(shown.rfind(ENTER_SCREEN).expect("shown") < left);
        assert!(shown[left..].contains(SHOW_CURSOR), "{:?}", &shown[left..]);
        let after = tcgetattr(&self.side).expect("a terminal");
        assert_eq!(after.local_modes, self.before.local_modes);
        assert_eq!(after.input_modes, self.before.input_modes);
        assert_eq!(after.output_modes, self.before.output_modes);
        assert_eq!(after.control_modes, self.before.control_modes);
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn resize(terminal: &File, columns: u16, rows: u16) {
    let size = Winsize {
        ws_row: rows,
        ws_col: columns,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    tcsetwinsize(terminal, size).expect("resized");
}

fn wait(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + LIMIT;
    while !is_so() {
        assert!(Instant::now() < deadline, "never: {what:?}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_person_talks_on_the_whole_terminal_and_gets_it_back() {
    let tracker = Tracker::start();
    let room = room();
    let mut ben = Peer::join(&tracker.url, &room, &["--name", "Ben"]);
    let mut ada = Screen::join(&tracker, &room);
    ada.shows(ENTER_SCREEN, 0);
    ben.hears("peerJoined", |_| true);
    let during = tcgetattr(&ada.side).expect("a terminal");
    assert!(!during.local_modes.contains(LocalModes::ICANON));

    ada.press("hello-from-a-termimal");
    ben.hears("typingChanged", |event| event["typing"] == true);
    let mark = ada.mark();
    // Ctrl+W takes back the word.
    ada.press("\u{17}hello-from-a-terminal\r");
    ben.hears_line("hello-from-a-terminal");
    ada.shows("hello-from-a-terminal", mark);
    ben.say("/msg Ada between-us");
    ada.shows("@Ben", 0);
    let mark = ada.mark();
    ada.press("\t");
    ada.shows("between-us", mark);
    ada.press("likewise\r");
    let heard = ben.hears_line("likewise");
    assert!(heard["with"].is_string(), "the tab is a private talk");
    let mark = ada.mark();
    ada.resize(100, 20);
    ada.shows("Here:", mark);
    ada.press("/nonsense\r");
    ada.shows("/nonsense;", mark);
    ada.press("/leave\r");

    ada.is_given_back();
    ben.hears("noticeAdded", |event| {
        event["notice"]["what"]["kind"] == "left"
    });
}

#[test]
fn the_terminal_is_given_back_however_it_ends() {
    let tracker = Tracker::start();
    for end in ["\u{3}", "\u{4}", "TERM", "HUP"] {
        let mut ada = Screen::join(&tracker, &room());
        ada.shows(ENTER_SCREEN, 0);
        ada.shows("trackers", 0);
        if end.len() == 1 {
            ada.press(end);
        } else {
            ada.signal(end);
        }
        ada.is_given_back();
    }
}

#[test]
fn a_terminal_that_can_do_nothing_and_whoever_wants_lines_get_lines() {
    let tracker = Tracker::start();
    let room = room();
    let mut command = program();
    command.args(["join", &room, "--plain", "--no-lan"]).args([
        "--ice-server",
        "none",
        "--tracker",
        &tracker.url,
    ]);
    let mut ada = Screen::start(command);

    ada.shows("Type to talk", 0);
    ada.press("/help\n");
    ada.shows("/doctor", 0);
    ada.press("/leave\n");
    wait("it ends", || {
        ada.child.try_wait().expect("a child of ours").is_some()
    });
    assert!(!ada.shown().contains('\u{1b}'));
}
