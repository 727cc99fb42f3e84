//! The terminal peer as a program: arguments, exit codes, signals, streams, and nothing but itself.

mod common;

use std::net::TcpListener;
use std::process::{Command, Output, Stdio};

use common::{LIMIT, Peer, Process, Tracker, pair, program, room};
use serde_json::Value;

fn run(arguments: &[&str]) -> Output {
    let mut command = program();
    command
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .expect("it runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

/// One letter more than a room's name may have.
const LONG_NAME: &str = match std::str::from_utf8(&[b'x'; 513]) {
    Ok(name) => name,
    Err(_) => "",
};

#[test]
fn what_makes_no_sense_ends_with_two_and_says_why() {
    for (arguments, why) in [
        (&["join"][..], "ROOM|LINK"),
        (&["join", ""], "room"),
        (&["join", "https://chitchatter.im/about"], "room"),
        (&["join", "ftp://chitchatter.im/public/x"], "link"),
        (&["join", "https://chitchatter.im/private/den"], "password"),
        (
            &["join", "https://chitchatter.im/private/den#secret=short"],
            "secret",
        ),
        (&["join", "den", "--password", ""], "password"),
        (
            &[
                "join",
                "https://chitchatter.im/private/den#pwd=sesame",
                "--password",
                "guess",
            ],
            "--password",
        ),
        (
            &[
                "join",
                "https://chitchatter.im/public/den",
                "--password",
                "guess",
            ],
            "--password",
        ),
        (
            &[
                "join",
                "https://chitchatter.im/public/den",
                "--origin",
                "http://localhost:3000",
            ],
            "--origin",
        ),
        (&["join", LONG_NAME], "512 bytes"),
        (
            &["join", "den", "--password-file", "/nowhere/password"],
            "--password-file",
        ),
        (&["link", "--qr", "/nowhere/code.png"], "--qr"),
        (&["join", "den", "--origin", "chitchatter"], "--origin"),
        (
            &["join", "den", "--tracker", "http://127.0.0.1"],
            "--tracker",
        ),
        (
            &["join", "den", "--ice-server", "turns:a:b@host"],
            "--ice-server",
        ),
        (&["join", "den", "--proxy", "gopher://x"], "--proxy"),
        (
            &[
                "join",
                "den",
                "--name",
                "a name that is far longer than thirty characters",
            ],
            "--name",
        ),
        (&["link", "chitchatter://nowhere/den"], "room"),
        (&["tracker", "--listen", "here"], "--listen"),
        (&["dance"], "dance"),
    ] {
        let ended = run(arguments);

        assert_eq!(ended.status.code(), Some(2), "{arguments:?}");
        assert!(
            text(&ended.stderr).contains(why),
            "{arguments:?}: {}",
            text(&ended.stderr)
        );
        assert!(ended.stdout.is_empty(), "{arguments:?}");
    }
}

#[test]
fn what_cannot_be_had_ends_with_three_and_says_what() {
    let folder = tempfile::tempdir().expect("a folder");
    let profile = folder.path().join("profile.json");
    std::fs::write(&profile, "not a profile").expect("written");
    let profile = profile.display().to_string();
    let ended = run(&["join", "den", "--no-lan", "--profile", &profile]);
    assert_eq!(ended.status.code(), Some(3));
    assert!(text(&ended.stderr).contains("profile.json"));
    assert_eq!(
        std::fs::read_to_string(&profile).expect("there"),
        "not a profile"
    );

    // A folder stands for the profile in it.
    let place = folder.path().display().to_string();
    let ended = run(&["join", "den", "--no-lan", "--profile", &place]);
    assert_eq!(ended.status.code(), Some(3));
    assert!(text(&ended.stderr).contains("profile.json: not a profile"));

    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("bound").to_string();
    let ended = run(&["tracker", "--listen", &address]);
    assert_eq!(ended.status.code(), Some(3));
    assert!(text(&ended.stderr).contains(&address));
}

#[cfg(target_os = "linux")]
#[test]
fn a_typo_in_the_configuration_ends_with_three_and_names_the_file() {
    let home = tempfile::tempdir().expect("a folder");
    let folder = home.path().join(".config/chitchatter");
    std::fs::create_dir_all(&folder).expect("made");
    std::fs::write(folder.join("trackers.json"), r#"["http://not.a.tracker"]"#).expect("written");

    let ended = program()
        .env("HOME", home.path())
        .args(["join", "den", "--no-lan"])
        .stdin(Stdio::null())
        .output()
        .expect("it runs");

    assert_eq!(ended.status.code(), Some(3));
    assert!(
        text(&ended.stderr).contains("trackers.json"),
        "{}",
        text(&ended.stderr)
    );
}

/// A home whose list of trackers is this.
#[cfg(target_os = "linux")]
fn home_with_trackers(list: &str) -> tempfile::TempDir {
    let home = tempfile::tempdir().expect("a folder");
    let folder = home.path().join(".config/chitchatter");
    std::fs::create_dir_all(&folder).expect("made");
    std::fs::write(folder.join("trackers.json"), list).expect("written");
    home
}

#[cfg(target_os = "linux")]
#[test]
fn a_list_that_is_no_json_is_named_with_the_place_and_what_it_looks_like() {
    let home = home_with_trackers("[\nnonsense");
    let ended = program()
        .env("HOME", home.path())
        .args(["join", "den", "--no-lan"])
        .stdin(Stdio::null())
        .output()
        .expect("it runs");

    assert_eq!(ended.status.code(), Some(3));
    let said = text(&ended.stderr);
    for words in ["trackers.json", "not JSON", "line 2", "wss://"] {
        assert!(said.contains(words), "{said}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_room_where_nobody_can_be_met_is_a_problem_that_is_told() {
    let home = home_with_trackers("[]");
    for (format, words) in [
        ("--json", "nowhereToMeet"),
        ("--plain", "Nobody can be met"),
    ] {
        let ended = program()
            .env("HOME", home.path())
            .args(["join", "den", "--no-lan", "--no-lan", format])
            .stdin(Stdio::null())
            .output()
            .expect("it runs");

        assert_eq!(ended.status.code(), Some(0));
        let told = text(&ended.stdout);
        assert!(told.contains(words), "{told}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn words_that_cannot_be_written_end_it_with_four_however_soon_it_ends() {
    for _ in 0..10 {
        let full = std::fs::File::options()
            .write(true)
            .open("/dev/full")
            .expect("there");
        let ended = program()
            .args([
                "join",
                &room(),
                "--json",
                "--no-lan",
                "--ice-server",
                "none",
            ])
            .args(["--tracker", "ws://127.0.0.1:9"])
            .stdin(Stdio::null())
            .stdout(full)
            .status()
            .expect("it runs");

        assert_eq!(ended.code(), Some(4));
    }
}

#[test]
fn a_password_may_be_where_nobody_sees_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("password");
    std::fs::write(&file, "sesame\nmore\n").expect("written");
    let file = file.display().to_string();
    let by_password = run(&["link", "den", "--password", "sesame"]).stdout;

    let by_file = run(&["link", "den", "--password-file", &file]).stdout;
    let by_variable = program()
        .args(["link", "den"])
        .env("CHITCHATTER_PASSWORD", "sesame")
        .output()
        .expect("it runs");

    assert!(text(&by_password).contains("#secret="));
    assert_eq!(by_file, by_password);
    assert_eq!(by_variable.stdout, by_password);
    let contradiction = program()
        .args(["link", "https://chitchatter.im/public/den"])
        .env("CHITCHATTER_PASSWORD", "sesame")
        .output()
        .expect("it runs");
    assert_eq!(contradiction.status.code(), Some(2));
    assert!(text(&contradiction.stderr).contains("CHITCHATTER_PASSWORD"));
}

#[test]
fn what_is_not_seen_in_the_name_of_a_room_is_written_out() {
    let name = "a\u{202e}b\u{2028}c";
    let shown = text(&run(&["link", name]).stdout);
    let json = text(&run(&["link", name, "--json"]).stdout);

    assert!(shown.contains("a\\u{202e}b\\u{2028}c\n"), "{shown}");
    assert!(json.contains("a\\u202eb\\u2028c"), "{json}");
    let read: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(read["name"], name);
}

#[test]
fn help_says_how_it_ends() {
    for arguments in [&["--help"][..], &["join", "--help"]] {
        let ended = run(arguments);

        assert_eq!(ended.status.code(), Some(0));
        assert!(text(&ended.stdout).contains("Exit codes"));
    }
}

#[test]
fn a_link_is_explained() {
    let ended = run(&["link", "https://chitchatter.im/private/den#pwd=sesame"]);
    let by_link = text(&ended.stdout);
    let by_password = text(&run(&["link", "den", "--password", "sesame"]).stdout);
    let public: Value =
        serde_json::from_slice(&run(&["link", "a room", "--json"]).stdout).expect("JSON");

    assert_eq!(ended.status.code(), Some(0));
    assert_eq!(by_link, by_password);
    assert!(
        by_link.contains("https://chitchatter.im/private/den#secret="),
        "{by_link}"
    );
    assert!(!by_link.contains("sesame"));
    assert_eq!(
        public["links"]["web"],
        "https://chitchatter.im/public/a%20room"
    );
    assert_eq!(public["links"]["secret"], Value::Null);
    assert_eq!(public["private"], false);
}

#[cfg(unix)]
#[test]
fn a_tracker_serves_until_it_is_told_to_end() {
    for signal in ["INT", "TERM"] {
        let mut command = program();
        command.args(["tracker", "--listen", "[::1]:0"]);
        let mut tracker = Process::start(command);
        let url = tracker.out.find("where it listens", 0, LIMIT, |line| {
            line.strip_prefix("listening on ").map(str::to_owned)
        });
        assert!(url.starts_with("ws://[::1]:"), "{url}");
        assert!(!url.ends_with(":0"), "{url}");
        let (_ada, _ben) = pair(&url, &room(), &[]);

        tracker.signal(signal);

        assert_eq!(tracker.code(), Some(0));
        assert_eq!(tracker.out.lines().len(), 1);
    }
}

#[test]
fn a_tracker_takes_as_many_from_one_address_as_it_is_told() {
    let mut command = program();
    command.args(["tracker", "--listen", "127.0.0.1:0", "--per-address", "1"]);
    let tracker = Process::start(command);
    let url = tracker.out.find("where it listens", 0, LIMIT, |line| {
        line.strip_prefix("listening on ").map(str::to_owned)
    });
    let ada = Peer::join(&url, &room(), &[]);
    ada.hears("trackerChanged", |event| event["state"] == "open");
    let ben = Peer::join(&url, &room(), &[]);

    ben.hears("trackerChanged", |event| event["state"] == "failed");

    for wrong in ["0", "many"] {
        let ended = run(&["tracker", "--per-address", wrong]);
        assert_eq!(ended.status.code(), Some(2), "{wrong}");
    }
}

#[cfg(unix)]
#[test]
fn a_signal_makes_it_leave_politely() {
    let tracker = Tracker::start();
    for signal in ["INT", "TERM", "HUP"] {
        let (mut ada, ben) = pair(&tracker.url, &room(), &[]);

        ada.process.signal(signal);

        assert_eq!(ada.process.code(), Some(0), "{signal}");
        ben.hears("noticeAdded", |event| {
            event["notice"]["what"]["kind"] == "left"
        });
    }
}

#[test]
fn a_closed_output_ends_it_with_four() {
    let tracker = Tracker::start();
    let room = room();
    let mut ben = Peer::join(&tracker.url, &room, &[]);
    let mut command = program();
    command
        .args(["join", &room, "--json", "--no-lan", "--ice-server", "none"])
        .args(["--tracker", &tracker.url])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut child = command.spawn().expect("it starts");
    drop(child.stdout.take());
    let input = child.stdin.take();

    // Its own events break the pipe; what others say would as well.
    ben.say("anyone?");
    let ended = child.wait().expect("it ends");

    drop(input);
    assert_eq!(ended.code(), Some(4));
}

#[test]
fn people_read_lines_without_orders_to_their_terminal() {
    let tracker = Tracker::start();
    let room = room();
    let mut command = program();
    command
        .args([
            "join",
            &room,
            "--name",
            "Ada",
            "--no-lan",
            "--ice-server",
            "none",
        ])
        .args(["--tracker", &tracker.url]);
    let mut ada = Process::start(command);
    let mut eve = Peer::join(&tracker.url, &room, &["--name", "Eve"]);
    eve.hears("peerJoined", |_| true);

    eve.say("\u{1b}[2J\u{1b}]0;mine\u{7}red\u{202e}der\u{9b}31m\u{8}");
    let shown = ada.out.find("the line", 0, LIMIT, |line| {
        line.contains("red").then(|| line.to_owned())
    });
    assert!(shown.ends_with("): ]0;mineredder"), "{shown}");
    assert!(shown[7..].starts_with("Eve ("), "{shown}");
    ada.type_line("hello");
    eve.hears_line("hello");
    ada.type_line("/peers");
    ada.out.find("who is here", 0, LIMIT, |line| {
        (line.starts_with("Eve (") && line.ends_with(": verified, app, direct")).then_some(())
    });
    eve.say("/leave");
    ada.out.find("that she left", 0, LIMIT, |line| {
        line.ends_with("* Eve left.").then_some(())
    });
    ada.end_input();

    assert_eq!(ada.code(), Some(0));
    for line in ada.out.lines() {
        assert!(!line.contains(char::is_control), "{line:?}");
    }
    assert!(
        ada.out
            .lines()
            .iter()
            .any(|line| line.contains(" Tracker ws://"))
    );
    assert!(ada.err.lines().is_empty(), "{:?}", ada.err.lines());
}

#[test]
fn a_profile_makes_one_the_same_person_again() {
    let tracker = Tracker::start();
    let folder = tempfile::tempdir().expect("a folder");
    let profile = folder.path().join("me.json").display().to_string();
    let mut ids = Vec::new();
    for _ in 0..2 {
        let mut peer = Peer::join(&tracker.url, &room(), &["--profile", &profile]);
        ids.push(peer.me()["userId"].clone());
        peer.process.end_input();
        assert_eq!(peer.process.code(), Some(0));
    }
    let mut other = Peer::join(&tracker.url, &room(), &[]);
    other.process.end_input();

    assert_eq!(ids[0], ids[1]);
    assert_ne!(ids[0], other.me()["userId"]);
}

#[cfg(unix)]
#[test]
fn a_second_program_leaves_a_profile_alone_until_the_first_has_ended() {
    let tracker = Tracker::start();
    let folder = tempfile::tempdir().expect("a folder");
    let profile = folder.path().join("me.json");
    let named = profile.display().to_string();
    let mut first = Peer::join(&tracker.url, &room(), &["--profile", &named]);
    let id = first.me()["userId"].clone();
    let before = std::fs::read(&profile).expect("there");

    let second = run(&["join", "den", "--profile", &named, "--no-lan"]);
    assert_eq!(second.status.code(), Some(3));
    let told = text(&second.stderr);
    assert!(
        told.contains(&named) && told.contains("another Chitchatter"),
        "{told}"
    );
    assert_eq!(std::fs::read(&profile).expect("there"), before);

    // However it ends: the system lets go of it.
    first.process.signal("KILL");
    first.process.ended();
    for _ in 0..2 {
        let mut next = Peer::join(&tracker.url, &room(), &["--profile", &named]);
        assert_eq!(next.me()["userId"], id);
        next.process.end_input();
        assert_eq!(next.process.code(), Some(0));
    }
}

#[test]
fn diagnostics_name_neither_words_nor_people() {
    let tracker = Tracker::start();
    let room = room();
    let (mut ada, ben) = pair(&tracker.url, &room, &["--verbose"]);

    ada.say("a word in private");
    ben.hears_line("a word in private");
    let (ada_id, ben_id) = (ada.id(), ben.id());
    ada.say("/leave");
    assert_eq!(ada.process.code(), Some(0));

    let told = ada.process.err.lines().join("\n");
    for words in [
        "tracker 1 is open",
        "tracker 1 is told",
        "connection",
        "is up",
    ] {
        assert!(told.contains(words), "{words}: {told}");
    }
    for line in ada
        .process
        .err
        .lines()
        .iter()
        .chain(&ben.process.err.lines())
    {
        for secret in ["a word in private", "127.0.0.1", &room, &ada_id, &ben_id] {
            assert!(!line.contains(secret), "{line}");
        }
    }
}

#[test]
fn two_programs_on_one_machine_meet_without_any_network_service() {
    // Both at once, so that they differ.
    let (port, nobody) = {
        let free = || TcpListener::bind("127.0.0.1:0").expect("a port");
        let (one, other) = (free(), free());
        let port = one.local_addr().expect("bound").port().to_string();
        let nobody = other.local_addr().expect("bound");
        (port, format!("ws://{nobody}"))
    };
    let room = room();
    let start = || {
        let mut command: Command = program();
        command
            .args([
                "join",
                &room,
                "--json",
                "--verbose",
                "--ice-server",
                "none",
                "--tracker",
                &nobody,
            ])
            .args(["--lan-port", &port]);
        Peer::start(command)
    };
    let mut ada = start();
    let ben = start();

    ada.meets(&ben);
    ben.meets(&ada);
    ada.say("by ourselves");

    ben.hears_line("by ourselves");
    ben.hears("trackerChanged", |event| {
        event["url"] == nobody && event["state"] == "failed"
    });
    ben.hears("trackerChanged", |event| {
        event["local"] == true && event["state"] == "open"
    });
    // Whoever served the other takes its tracker along; they stay connected, and a third finds
    // the one that took over.
    ada.say("/leave");
    assert_eq!(ada.process.code(), Some(0));
    let eve = start();
    eve.meets(&ben);
}
