//! What the terminal peer leaves behind: nothing of what was said.

mod common;

use std::path::Path;

use interop::{Machine, Meeting, Native, OurTracker, PATIENCE, Secrets};

#[tokio::test]
async fn nothing_of_a_conversation_is_on_the_disk_or_in_the_log() {
    // Words nobody writes by chance; each stands for one kind of thing that must not be kept.
    let secrets = Secrets::new(&[
        "room", "password", "aloud", "answer", "changed", "private", "sought", "guest", "other",
        "file", "bytes",
    ]);
    let of = |what: &str| secrets.of(what);
    let home = tempfile::tempdir().expect("a home folder");
    let machine = Machine::At(home.path().to_owned());
    let tracker = OurTracker::start().await;
    let meeting = Meeting::at(tracker.url(), of("room")).with_password(of("password"));
    let profile = home.path().join("profile.json");
    let profile = profile.to_str().expect("its path");
    // A tracker that cannot be reached gives it something to report.
    let dead = "ws://127.0.0.1:9";
    let kept = ["--profile", profile, "--verbose", "--tracker", dead];
    let mut ada = Native::join_on(&machine, "Ada", &meeting, &kept).await;
    let mut ben = Native::join(of("guest"), &meeting).await;
    tokio::join!(
        ada.meets(PATIENCE, ben.peer_id()),
        ben.meets(PATIENCE, ada.peer_id())
    );
    ben.knows(ada.peer_id(), "who Ada is", |peer| peer["verified"] == true)
        .await;

    ada.type_lines(&[of("aloud")]).await;
    let key = ben.hears(of("aloud")).await["key"].clone();
    ben.type_lines(&[format!("/reply {key} {}", of("answer"))])
        .await;
    ada.hears(of("answer")).await;
    ada.type_lines(&[format!("/edit {}", of("changed"))]).await;
    ben.log()
        .until("other words", |event| {
            event["line"]["text"] == of("changed") && event["line"]["edited"] == true
        })
        .await;
    ben.type_lines(&[format!("/msg Ada {}", of("private"))])
        .await;
    ada.hears(of("private")).await;
    let elsewhere = tempfile::tempdir().expect("a folder");
    let shared = elsewhere.path().join(of("file"));
    std::fs::write(&shared, of("bytes")).expect("written");
    ada.type_lines(&[format!("/file {}", shared.display())])
        .await;
    let offer = ben
        .log()
        .until("a file", |event| {
            event["kind"] == "fileOffered" && event["share"]["name"] == of("file")
        })
        .await;
    let (number, into) = (&offer["n"], elsewhere.path().display());
    ben.type_lines(&[format!("/get {number} {into}")]).await;
    ben.log()
        .until("that it is there", |event| event["kind"] == "fileDone")
        .await;
    ada.type_lines(&[
        format!("/search {}", of("sought")),
        format!("/join {}", of("other")),
        "/doctor".to_owned(),
    ])
    .await;
    ada.log()
        .until("another room", |event| {
            event["kind"] == "joined" && event["room"] == of("other")
        })
        .await;
    let log = ada.log().clone();
    assert!(ada.finish().await.success());
    assert!(ben.finish().await.success());

    let files = secrets.found_below(home.path());
    assert!(files.is_empty(), "on the disk: {files:?}");
    assert!(
        Path::new(profile).exists(),
        "the profile at least is kept there"
    );
    let told = log.all("stderr");
    assert!(!told.is_empty(), "it says what goes on underneath");
    for event in told {
        let line = event["line"].as_str().unwrap_or_default();
        let found = secrets.found_in(line.as_bytes());
        assert!(found.is_empty(), "{found:?} in the log: {line}");
    }
}
