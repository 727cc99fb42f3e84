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
    ada.complains("with quotes around what has spaces");
    ada.say(&format!("/join {den} \"open sesame\""));
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

#[test]
fn the_last_line_is_the_one_of_the_talk_one_is_in_and_never_a_private_one() {
    let tracker = Tracker::start();
    let room = room();
    let (mut ada, ben) = common::pair(&tracker.url, &room, &[]);

    ada.say("for everyone");
    ben.hears_line("for everyone");
    ada.say("/msg Ben between us");
    ben.hears_line("between us");
    ada.say("/edit -1 oops");
    ada.complains("where N is the number of a line");
    ada.say("/edit for all");
    let changed = ben.hears("lineReplaced", |event| event["line"]["text"] == "for all");
    assert!(changed["with"].is_null(), "{changed}");
    ada.say("/delete");
    let gone = ben.hears("lineReplaced", |event| event["line"]["deleted"] == true);
    assert!(gone["with"].is_null(), "{gone}");
    // Nothing of the room is left, and what is private is not meant.
    ada.say("/delete");
    ada.complains("you have said nothing here yet");
}

#[test]
fn a_tracker_is_tried_and_a_picture_leads_to_a_room() {
    let tracker = Tracker::start();
    let (first, second) = (room(), room());
    let mut ada = Peer::join(&tracker.url, &first, &[]);
    ada.say(&format!("/test {}", tracker.url));
    let tested = ada.hears("tested", |_| true);
    assert_eq!(tested["tracker"]["works"], true, "{tested}");
    ada.say("/test ftp://nowhere");
    ada.complains("not a ws: or wss: address");

    let folder = tempfile::tempdir().expect("a folder");
    let picture = folder.path().join("code.png");
    let link = format!("https://chitchatter.im/public/{second}");
    let code = node::qr(&link).expect("a code");
    std::fs::write(&picture, png(&code)).expect("written");
    ada.say(&format!("/open-qr {}", picture.display()));
    ada.hears("current", is_in(&second));
    ada.say("/open-qr /nowhere/code.png");
    ada.complains("cannot be read");
    ada.process.end_input();
    assert_eq!(ada.process.code(), Some(0));

    let shown = program()
        .args(["link", "--json", "--qr"])
        .arg(&picture)
        .output()
        .expect("it runs");
    let shown: Value = serde_json::from_slice(&shown.stdout).expect("JSON");
    assert_eq!(shown["name"], second.as_str());
}

#[test]
fn everything_is_forgotten_once_it_is_said_twice() {
    let tracker = Tracker::start();
    let folder = tempfile::tempdir().expect("a folder");
    let profile = folder.path().join("me.json").display().to_string();
    let mut ada = Peer::join(&tracker.url, &room(), &["--profile", &profile]);
    let before = ada.me()["userId"].clone();
    ada.say("/pin");
    ada.complains("is pinned");
    ada.say("/forget everything");
    ada.complains("/forget everything for ever");
    ada.say("/forget everything for ever");
    ada.hears("forgotten", |_| true);
    assert_eq!(ada.process.code(), Some(0));

    let mut next = Peer::join(&tracker.url, &room(), &["--profile", &profile]);
    assert_ne!(next.me()["userId"], before);
    next.say("/pinned");
    let pinned = next.hears("pinned", |_| true);
    assert_eq!(pinned["rooms"].as_array().map(Vec::len), Some(0));
}

/// A code as a picture: grey, with each square some pixels wide.
fn png(code: &view::QrCode) -> Vec<u8> {
    const WIDE: usize = 6;
    const MARGIN: usize = 4;
    let side = (code.size + 2 * MARGIN) * WIDE;
    let modules = code.modules.as_bytes();
    let mut rows = Vec::new();
    for y in 0..side {
        rows.push(0);
        for x in 0..side {
            let at = |pixel: usize| {
                (pixel / WIDE)
                    .checked_sub(MARGIN)
                    .filter(|it| *it < code.size)
            };
            let is_dark = at(x)
                .zip(at(y))
                .is_some_and(|(x, y)| modules[y * code.size + x] == b'1');
            rows.push(if is_dark { 0 } else { 255 });
        }
    }
    let side = u32::try_from(side).expect("small").to_be_bytes();
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(
        &mut file,
        b"IHDR",
        &[&side[..], &side, &[8, 0, 0, 0, 0]].concat(),
    );
    chunk(&mut file, b"IDAT", &stored(&rows));
    chunk(&mut file, b"IEND", &[]);
    file
}

/// As zlib has what is not made smaller.
fn stored(bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![0x78, 0x01];
    let blocks = bytes.chunks(0xffff);
    let last = blocks.len() - 1;
    for (at, block) in blocks.enumerate() {
        let length = u16::try_from(block.len()).expect("a block");
        out.push(u8::from(at == last));
        out.extend(length.to_le_bytes());
        out.extend((!length).to_le_bytes());
        out.extend(block);
    }
    let (mut a, mut b) = (1_u32, 0_u32);
    for byte in bytes {
        a = (a + u32::from(*byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    out.extend((b << 16 | a).to_be_bytes());
    out
}

fn chunk(file: &mut Vec<u8>, kind: &[u8; 4], bytes: &[u8]) {
    let length = u32::try_from(bytes.len()).expect("small");
    file.extend(length.to_be_bytes());
    let from = file.len();
    file.extend(kind);
    file.extend(bytes);
    let mut sum = u32::MAX;
    for byte in &file[from..] {
        sum ^= u32::from(*byte);
        for _ in 0..8 {
            sum = (sum >> 1) ^ (0xedb8_8320 & 0_u32.wrapping_sub(sum & 1));
        }
    }
    file.extend((!sum).to_be_bytes());
}
