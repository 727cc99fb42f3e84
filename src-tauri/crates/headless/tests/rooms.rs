//! Several rooms in one process, and what is remembered of them.

mod common;

use common::{Peer, Process, Tracker, program, room};
use serde_json::Value;

fn is_in<'a>(room: &'a str) -> impl Fn(&Value) -> bool + 'a {
    move |event| event["room"] == room
}

#[test]
fn one_process_talks_in_several_rooms_and_ends_with_the_last() {
    let tracker = Tracker::start();
    let (first, second) = (room(), room());
    let mut ada = Peer::join(&tracker.url, &first, &["--name", "Ada"]);
    let mut ben = Peer::join(&tracker.url, &second, &["--name", "Ben"]);
    ada.hears("joined", is_in(&first));

    ada.say(&format!("/join {second}"));
    ada.hears("current", is_in(&second));
    ada.hears("peerJoined", is_in(&second));
    ada.say("here I am");
    assert_eq!(ben.hears_line("here I am")["room"], second.as_str());
    ben.say("welcome");
    let line = ada.hears_line("welcome");
    assert_eq!(line["room"], second.as_str());

    ada.say("/switch 1");
    ada.hears("current", is_in(&first));
    ada.say("only the wind hears this");
    // A line is answered where it was said, wherever one is.
    ada.say(&format!("/reply {} thank you", line["line"]["key"]));
    assert_eq!(ben.hears_line("thank you")["room"], second.as_str());
    ada.say("/rooms");
    let rooms = ada.hears("rooms", |_| true);
    let listed = rooms["rooms"].as_array().expect("a list");
    assert_eq!(listed.len(), 2);
    let current: Vec<&Value> = listed.iter().filter(|it| it["current"] == true).collect();
    assert_eq!(current.len(), 1);
    assert_eq!(current[0]["room"], first.as_str());
    assert!(
        ben.events()
            .iter()
            .all(|event| { event["line"]["text"] != "only the wind hears this" })
    );

    let mark = ada.mark();
    ada.say("/leave");
    ada.hears("left", is_in(&first));
    ada.hears_from(mark, "current", common::LIMIT, is_in(&second));
    ada.say("still here");
    ben.hears_line("still here");
    ada.say("/switch 5");
    ada.complains("no such room");
    ada.say("/leave");
    assert_eq!(ada.process.code(), Some(0));
    ben.hears("peerLeft", |_| true);
}

#[test]
fn the_end_of_the_input_sends_what_is_left_in_every_room() {
    let tracker = Tracker::start();
    let (first, second) = (room(), room());
    let ben = Peer::join(&tracker.url, &first, &[]);
    let eve = Peer::join(&tracker.url, &second, &[]);
    ben.me();
    eve.me();
    let mut ada = Peer::join(&tracker.url, &first, &[]);
    ada.say("one");
    ada.say(&format!("/join {second}"));
    ada.say("two");
    ada.process.end_input();

    ben.hears_line("one");
    eve.hears_line("two");
    assert_eq!(ada.process.code(), Some(0));
}

#[test]
fn a_private_room_is_entered_with_its_password_or_said_to_be_private() {
    let tracker = Tracker::start();
    let den = room();
    let ben = Peer::join(&tracker.url, &den, &["--password", "open sesame"]);
    ben.me();
    let mut ada = Peer::join(&tracker.url, &room(), &[]);

    ada.say(&format!("/join https://chitchatter.im/private/{den}"));
    ada.complains("that room is private");
    ada.say("/join ftp://nowhere");
    ada.complains("not a room");
    ada.say(&format!("/join {den} open sesame"));
    let joined = ada.hears("joined", is_in(&den));
    assert_eq!(joined["private"], true);
    ada.hears("peerJoined", is_in(&den));
    ada.say("/qr");
    let code = ada.hears("qr", |_| true);
    assert!(!code["text"].as_str().expect("a link").contains("secret"));
    ada.say("/qr secret");
    let code = ada.hears("qr", |it| {
        it["text"]
            .as_str()
            .is_some_and(|text| text.contains("#secret="))
    });
    let size = code["size"].as_u64().expect("a size");
    let modules = code["modules"].as_str().expect("squares");
    assert_eq!(modules.len() as u64, size * size);
}

#[test]
fn lines_for_people_say_their_room_where_there_are_several() {
    let tracker = Tracker::start();
    let (first, second) = (room(), room());
    let mut command = program();
    command.args(["join", &first, "--no-lan", "--ice-server", "none"]);
    command.args(["--tracker", &tracker.url]);
    let mut ada = Process::start(command);
    let shows = |ada: &Process, words: &str| {
        ada.out.find(words, 0, common::LIMIT, |line| {
            line.contains(words).then_some(())
        });
    };

    ada.type_line("alone");
    shows(&ada, ": alone");
    ada.type_line(&format!("/join {second}"));
    shows(&ada, &format!("You talk in {second} now."));
    ada.type_line("in company");
    shows(&ada, &format!("[{second}] "));
    assert!(!ada.out.lines().concat().contains(&format!("[{first}] ")));
    ada.type_line("/qr");
    shows(&ada, "▀");
    ada.type_line("/switch 1");
    shows(&ada, &format!("You talk in {first} now."));
    ada.type_line("back again");
    shows(&ada, &format!("[{first}] "));
    ada.end_input();
    assert_eq!(ada.code(), Some(0));
}

#[test]
fn a_pinned_room_is_found_again_by_whoever_has_a_profile() {
    let tracker = Tracker::start();
    let folder = tempfile::tempdir().expect("a folder");
    let profile = folder.path().join("profile.json").display().to_string();
    let (den, other) = (room(), room());
    let join = |room: &str, more: &[&str]| {
        let mut command = program();
        // No keyring of the person who runs the tests.
        command
            .env_remove("DBUS_SESSION_BUS_ADDRESS")
            .env("XDG_RUNTIME_DIR", folder.path())
            .args(["join", room, "--json", "--no-lan", "--ice-server", "none"])
            .args(["--tracker", &tracker.url, "--profile", &profile])
            .args(more);
        Peer::start(command)
    };

    let mut ada = join(&den, &["--password", "open sesame"]);
    ada.say("/pin");
    ada.say("/pinned");
    let pinned = ada.hears("pinned", |_| true);
    assert_eq!(pinned["rooms"][0]["room"], den.as_str());
    assert_eq!(pinned["where"], "file");
    assert!(!pinned.to_string().contains("secret"), "{pinned}");
    ada.process.end_input();
    assert_eq!(ada.process.code(), Some(0));

    let mut ada = join(&other, &[]);
    ada.say("/pinned 7");
    ada.complains("no room 7 is pinned");
    ada.say("/pinned 1");
    assert_eq!(ada.hears("joined", is_in(&den))["private"], true);
    let mark = ada.mark();
    ada.say("/unpin 1");
    ada.say("/pinned");
    let pinned = ada.hears_from(mark, "pinned", common::LIMIT, |_| true);
    assert_eq!(pinned["rooms"].as_array().map(Vec::len), Some(0));
}
