//! Settings, and a person who moves to another machine.

mod common;

use common::{Peer, Tracker, program, room};

fn join(tracker: &Tracker, variable: Option<&str>, more: &[&str]) -> Peer {
    let mut command = program();
    command.env_remove("CHITCHATTER_PASSPHRASE");
    if let Some(passphrase) = variable {
        command.env("CHITCHATTER_PASSPHRASE", passphrase);
    }
    command
        .args([
            "join",
            &room(),
            "--json",
            "--no-lan",
            "--ice-server",
            "none",
        ])
        .args(["--tracker", &tracker.url])
        .args(more);
    Peer::start(command)
}

#[test]
fn a_person_moves_by_a_file_that_is_open_or_locked() {
    let tracker = Tracker::start();
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str| folder.path().join(name).display().to_string();
    let passphrase = file("passphrase");
    std::fs::write(&passphrase, "open sesame\n").expect("written");
    let (open, locked) = (file("open.json"), file("locked.json"));

    let mut ada = join(
        &tracker,
        None,
        &["--name", "Ada", "--passphrase-file", &passphrase],
    );
    let id = ada.me()["userId"].clone();
    // A name that no letters of a locked file can spell by chance.
    ada.say("/name Ada L.");
    ada.say(&format!("/export {open}"));
    assert_eq!(ada.hears("exported", |_| true)["encrypted"], false);
    ada.say(&format!("/export {locked} encrypted"));
    ada.hears("exported", |it| it["encrypted"] == true);
    ada.say(&format!("/export {open}"));
    ada.complains("already");
    let written = std::fs::read_to_string(&locked).expect("there");
    let user = id.as_str().expect("an id");
    assert!(!written.contains(user) && !written.contains("Ada L."));
    assert!(
        std::fs::read_to_string(&open)
            .expect("there")
            .contains(user)
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&open)
            .expect("there")
            .permissions()
            .mode();
        assert_eq!(mode & 0o077, 0, "its owner alone may read it");
    }

    let mut nobody = join(&tracker, None, &[]);
    nobody.say(&format!("/import {locked}"));
    nobody.complains("CHITCHATTER_PASSPHRASE");
    let mut guess = join(&tracker, Some("guess"), &[]);
    guess.say(&format!("/import {locked}"));
    guess.complains("the password is wrong");
    guess.say(&format!("/import {}", file("missing.json")));
    guess.complains("missing.json cannot be read");
    guess.say(&format!("/import {passphrase}"));
    guess.complains("not a profile");

    for (from, variable) in [(&open, None), (&locked, Some("open sesame"))] {
        let mut other = join(&tracker, variable, &[]);
        assert_ne!(other.me()["userId"], id);
        other.say(&format!("/import {from}"));
        let imported = other.hears("imported", |_| true);
        assert_eq!(imported["roomsKeepTheOld"], true);
        let mark = other.mark();
        other.say("/rejoin");
        other.hears_from(mark, "left", common::LIMIT, |_| true);
        let joined = other.hears_from(mark, "joined", common::LIMIT, |_| true);
        assert_eq!(joined["self"]["userId"], id);
        assert_eq!(joined["self"]["name"], "Ada L.");
        other.say("/leave");
        assert_eq!(other.process.code(), Some(0));
    }
}

#[test]
fn relay_only_without_a_relay_is_told_at_once_and_by_the_doctor() {
    let tracker = Tracker::start();
    let mut ada = join(&tracker, None, &["--relay-only"]);
    ada.complains("no TURN server is configured: nobody can be reached");
    ada.say("/doctor");
    let found = ada.hears("diagnosis", |_| true)["diagnosis"].clone();
    assert_eq!(found["relayOnly"], true);
    let advice = found["advice"].as_array().expect("a list");
    assert!(
        advice
            .iter()
            .any(|it| it["kind"] == "relayOnlyWithoutRelay"),
        "{advice:?}"
    );
}

#[test]
fn settings_are_shown_and_changed_without_repeating_a_login() {
    let tracker = Tracker::start();
    let mut ada = join(
        &tracker,
        None,
        &["--proxy", "socks5://ada:sesame@127.0.0.1:9"],
    );
    ada.say("/settings");
    let settings = ada.hears("settings", |_| true)["settings"].clone();
    assert_eq!(settings["proxy"], "socks5://127.0.0.1:9");
    assert_eq!(settings["doNotDisturb"], false);
    ada.say("/settings dnd on");
    ada.hears("settings", |it| it["settings"]["doNotDisturb"] == true);
    ada.say("/settings relay-only on");
    ada.complains("without a TURN server nobody could be reached");
    ada.say("/settings trackers http://127.0.0.1");
    ada.complains("trackers (number 1): that is an address of another kind than wss:// or ws://");
    ada.say("/settings colour red");
    ada.complains("write /settings");
    ada.say("/settings ice-servers turn:ada:sesame@127.0.0.1:9");
    ada.say("/settings relay-only on");
    let settings = ada.hears("settings", |it| it["settings"]["relayOnly"] == true);
    assert_eq!(settings["settings"]["iceServers"][0], "turn:127.0.0.1:9");
    for line in ada.process.out.lines() {
        assert!(!line.contains("sesame"), "{line}");
    }
}
