//! The bot of the README, as it stands there.

#![cfg(unix)]

mod common;

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use common::{Peer, Tracker, room};

const README: &str = include_str!("../../../../README.md");

/// The script, and what it is told to do instead of going to a room of the wide world.
fn script(room: &str, tracker: &str) -> String {
    let block = README
        .split("```sh\n")
        .filter_map(|rest| rest.split("```").next())
        .find(|block| block.contains("!ping"))
        .expect("the README shows a bot");
    let written = "join our-garden-party";
    assert_eq!(block.matches(written).count(), 1, "{block}");
    block.replace(
        written,
        &format!("join {room} --no-lan --ice-server none --tracker {tracker}"),
    )
}

/// A shell and what it started, which end with the test.
struct Bot(Child);

impl Drop for Bot {
    fn drop(&mut self) {
        let group = format!("-{}", self.0.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
        let _ = self.0.wait();
    }
}

#[test]
fn the_bot_of_the_readme_answers_in_the_room_and_in_private() {
    let tracker = Tracker::start();
    let room = room();
    let folder = tempfile::tempdir().expect("a folder");
    let program = Path::new(env!("CARGO_BIN_EXE_chitchatter-cli"));
    let beside = program.parent().expect("a folder").to_owned();
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let paths = std::iter::once(beside).chain(std::env::split_paths(&paths));
    let _bot = Bot(Command::new("sh")
        .args(["-c", &script(&room, &tracker.url)])
        .current_dir(folder.path())
        .env("PATH", std::env::join_paths(paths).expect("paths"))
        .env("HOME", folder.path())
        .env_remove("XDG_CONFIG_HOME")
        .stdin(Stdio::null())
        .process_group(0)
        .spawn()
        .expect("a shell"));
    let mut ada = Peer::join(&tracker.url, &room, &["--name", "Ada"]);
    ada.hears("peerJoined", |event| event["peer"]["name"] == "Pong");

    // Words that only look like it are not answered.
    ada.say("say \"text\":\"!ping\",\"own\":false,\"backfilled\":false");
    ada.say("!ping");
    let answer = ada.hears_line("pong");
    let asked = ada.hears("lineAdded", |event| event["line"]["text"] == "!ping");
    assert_eq!(answer["line"]["reply"]["key"], asked["line"]["key"]);
    assert!(answer["with"].is_null());

    ada.say("/msg Pong !ping");
    let alone = ada.hears("lineAdded", |event| {
        event["line"]["text"] == "pong" && event["with"].is_string()
    });
    assert_eq!(alone["line"]["own"], false);
}
