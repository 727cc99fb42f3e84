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
use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, Termios, Winsize, tcgetattr, tcsetwinsize};

const ENTER_SCREEN: &str = "\u{1b}[?1049h";
const LEAVE_SCREEN: &str = "\u{1b}[?1049l";
const SHOW_CURSOR: &str = "\u{1b}[?25h";
/// The largest screen there is here.
const WIDTH: u16 = 100;
const HEIGHT: u16 = 20;

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

    /// Waits until text stands on the screen.
    fn shows(&self, text: &str) {
        let deadline = Instant::now() + LIMIT;
        while !rows(&self.shown()).iter().any(|row| row.contains(text)) {
            assert!(
                Instant::now() < deadline,
                "never {text:?} on\n{}",
                rows(&self.shown()).join("\n")
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Waits until this is written to the terminal in one piece, as orders are.
    fn writes(&self, order: &str) {
        wait(order, || self.shown().contains(order));
    }

    /// Changes the size and presses keys, so close together that the program may learn of both at
    /// once.
    fn resize_and_press(&mut self, columns: u16, rows: u16, keys: &str) {
        resize(&self.keys, columns, rows);
        // The terminal is nobody's controlling one, so nobody else says so.
        let child = Pid::from_child(&self.child);
        kill_process(child, Signal::WINCH).expect("it runs");
        self.press(keys);
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
        self.writes(LEAVE_SCREEN);
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

/// What stands on a screen to which all this was written. Only what changes is written, so that a
/// word need not come in one piece.
fn rows(written: &str) -> Vec<String> {
    let mut screen = vec![vec![' '; usize::from(WIDTH)]; usize::from(HEIGHT)];
    let (mut row, mut column) = (0, 0);
    let mut rest = written.chars();
    while let Some(char) = rest.next() {
        if char == '\u{7}' {
            continue;
        }
        if char != '\u{1b}' {
            if let Some(cell) = screen.get_mut(row).and_then(|row| row.get_mut(column)) {
                *cell = char;
            }
            column += 1;
            continue;
        }
        match rest.next() {
            Some('[') => {}
            Some(']') => {
                // Words for the terminal itself, up to a bell.
                rest.by_ref().take_while(|it| *it != '\u{7}').for_each(drop);
                continue;
            }
            _ => continue,
        }
        let mut parameters = String::new();
        let order = loop {
            match rest.next() {
                Some(char) if ('\u{40}'..='\u{7e}').contains(&char) => break Some(char),
                Some(char) => parameters.push(char),
                None => break None,
            }
        };
        match order {
            Some('H') => {
                let mut places = parameters
                    .split(';')
                    .map(|it| it.parse().unwrap_or(1_usize));
                row = places.next().unwrap_or(1).saturating_sub(1);
                column = places.next().unwrap_or(1).saturating_sub(1);
            }
            Some('J') => screen.iter_mut().for_each(|row| row.fill(' ')),
            _ => {}
        }
    }
    screen.into_iter().map(String::from_iter).collect()
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
    ada.writes(ENTER_SCREEN);
    ben.hears("peerJoined", |_| true);
    let during = tcgetattr(&ada.side).expect("a terminal");
    assert!(!during.local_modes.contains(LocalModes::ICANON));

    ada.press("hello-from-a-termimal");
    ben.hears("typingChanged", |event| event["typing"] == true);
    // Ctrl+W takes back the word.
    ada.press("\u{17}hello-from-a-terminal\r");
    ben.hears_line("hello-from-a-terminal");
    ada.shows("Ada: hello-from-a-terminal");
    ben.say("/msg Ada between-us");
    ada.shows("2 @Ben (1)");
    ada.press("\t");
    ada.shows("Ben: between-us");
    ada.press("likewise\r");
    let heard = ben.hears_line("likewise");
    assert!(heard["with"].is_string(), "the tab is a private talk");
    ada.resize_and_press(WIDTH, HEIGHT, "/nonsense\r");
    ada.shows("│ Here: 2");
    ada.shows("there is no /nonsense;");
    ada.press("/leave\r");

    ada.is_given_back();
    ben.hears("noticeAdded", |event| {
        event["notice"]["what"]["kind"] == "left"
    });
}

#[test]
fn no_key_is_lost_while_the_size_changes() {
    let tracker = Tracker::start();
    let mut ada = Screen::join(&tracker, &room());
    ada.writes(ENTER_SCREEN);
    ada.shows("trackers");

    let mut typed = String::new();
    for letter in ('a'..='z').chain('A'..='Z') {
        typed.push(letter);
        let columns = WIDTH - 40 + u16::try_from(typed.len() % 2).expect("small");
        ada.resize_and_press(columns, HEIGHT, letter.encode_utf8(&mut [0; 4]));
        // Nothing else is pressed, so nothing else can bring it to light.
        ada.shows(&format!("> {typed}"));
    }

    ada.press("\u{3}");
    ada.is_given_back();
}

#[test]
fn the_terminal_is_given_back_however_it_ends() {
    let tracker = Tracker::start();
    for end in ["\u{3}", "\u{4}", "TERM", "HUP"] {
        let mut ada = Screen::join(&tracker, &room());
        ada.writes(ENTER_SCREEN);
        ada.shows("trackers");
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

    ada.writes("Type to talk");
    ada.press("/help\n");
    ada.writes("/doctor");
    ada.press("/leave\n");
    wait("it ends", || {
        ada.child.try_wait().expect("a child of ours").is_some()
    });
    assert!(!ada.shown().contains('\u{1b}'));
}

#[test]
fn a_passphrase_is_asked_for_where_there_is_somebody_and_never_shown() {
    let tracker = Tracker::start();
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("me.json").display().to_string();
    let secret = "open-sesame-and-more";

    let mut command = program();
    command
        .env_remove("CHITCHATTER_PASSPHRASE")
        .args(["join", &room(), "--plain", "--no-lan"])
        .args(["--ice-server", "none", "--tracker", &tracker.url]);
    let mut ada = Screen::start(command);
    ada.writes("Type to talk");
    let has_echo = |ada: &Screen| {
        let modes = tcgetattr(&ada.side).expect("a terminal").local_modes;
        modes.contains(LocalModes::ECHO)
    };
    for (again, outcome) in [("a slip", "are not the same"), (secret, "locked with")] {
        let before = ada.shown().len();
        ada.press(&format!("/export {file} encrypted\n"));
        for (question, answer) in [("Passphrase for the file: ", secret), ("again: ", again)] {
            wait(question, || ada.shown()[before..].contains(question));
            assert!(!has_echo(&ada));
            ada.press(&format!("{answer}\n"));
        }
        wait(outcome, || ada.shown()[before..].contains(outcome));
        wait("what is typed is shown again", || has_echo(&ada));
    }
    assert!(!ada.shown().contains(secret));
    ada.press("/leave\n");

    let mut ben = Screen::join(&tracker, &room());
    ben.writes(ENTER_SCREEN);
    ben.press(&format!("/import {file}\r"));
    ben.shows("Passphrase of the file: ");
    ben.press("wrong\r");
    ben.shows("the password is");
    ben.press(&format!("/import {file}\r"));
    ben.shows("Passphrase of the file: ");
    ben.press(&format!("{secret}\r"));
    ben.shows("The profile is taken in.");
    assert!(!ben.shown().contains(secret));
    ben.press("\u{4}");
    ben.is_given_back();
}

#[test]
fn a_terminal_rings_for_whoever_is_meant_unless_they_are_not_to_be_disturbed() {
    let tracker = Tracker::start();
    let room = room();
    let mut ada = Screen::join(&tracker, &room);
    ada.writes(ENTER_SCREEN);
    let mut ben = Peer::join(&tracker.url, &room, &["--name", "Ben"]);
    ben.hears("peerJoined", |_| true);

    ada.press("/settings dnd on\r");
    ada.shows("do-not-disturb on");
    ben.say("/msg Ada first");
    ada.shows("@Ben (1)");
    ben.say("for everyone");
    ada.shows("Ben: for everyone");
    assert!(!ada.shown().contains('\u{7}'));

    ada.press("/settings dnd off\r");
    ada.shows("do-not-disturb off");
    // Not twice within moments: so it is tried until it may ring again.
    wait("it rings", || {
        ben.say("/msg Ada look here");
        std::thread::sleep(Duration::from_millis(300));
        ada.shown().contains('\u{7}')
    });
    ada.writes("\u{1b}]9;chitchatter: someone writes to you alone\u{7}");
    assert!(!ada.shown().contains("9;chitchatter: Ben"));
    ada.press("\u{4}");
    ada.is_given_back();
}

#[test]
fn rooms_are_tabs_and_the_last_one_ends_it() {
    let tracker = Tracker::start();
    let (first, second) = (room(), room());
    let mut ada = Screen::join(&tracker, &first);
    ada.writes(ENTER_SCREEN);
    ada.shows(&format!(" 1 {first}"));

    // Completed, as it would be typed.
    ada.press(&format!("/jo\t{second}\r"));
    ada.shows(&format!(" 2 {second}"));
    ada.shows(&format!("You talk in {second} now."));
    ada.press("/qr\r");
    ada.shows("▀▀▀");
    ada.press("/leave\r");
    ada.shows(&format!("You talk in {first} now."));
    ada.press("/leave\r");
    ada.is_given_back();
}
