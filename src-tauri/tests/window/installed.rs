//! The installed package, opened by links as a desktop opens them.
//!
//! `cargo xtask test dist` installs the package, runs these and removes it again. Nothing else
//! changes a machine, so without it they say that they looked at nothing.

use std::io::ErrorKind;
use std::io::Write as _;
use std::net::{Ipv4Addr, TcpListener};

use serde_json::json;

use crate::stage::{Setup, Stage, turn};

#[tokio::test(flavor = "multi_thread")]
async fn a_link_starts_the_app_which_asks_before_anything_is_joined() {
    if !is_installed() {
        return;
    }
    let _turn = turn().await;
    let outside = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a listener");
    outside.set_nonblocking(true).expect("it does not block");
    let tracker = outside.local_addr().expect("its address").to_string();
    let link = |room: &str| {
        format!(
            "chitchatter://public/{room}?origin=http%3A%2F%2Flocalhost%3A3000&tracker=ws%3A%2F%2F{}",
            tracker.replace(':', "%3A")
        )
    };

    let stage = Setup::new()
        .file("config/chitchatter/trackers.json", "[]")
        .by_link(&link("garden"))
        .open()
        .await;
    // The very program of the package.
    let page = stage.web_processes()[0];
    assert!(ancestors(page).contains(&"/usr/bin/chitchatter".to_owned()));
    asks(&stage, &["garden", "localhost:3000", &tracker]).await;
    stage.picture("installed-cold").await;
    nothing_is_joined(&stage, &outside).await;

    // It runs already: the same window asks.
    stage.press("enter-dialog dialog[open] button").await;
    stage.open_link(&link("orchard")).await;
    asks(&stage, &["orchard", "localhost:3000", &tracker]).await;
    nothing_is_joined(&stage, &outside).await;
    assert_eq!(stage.web_processes(), [page], "one window, one page");

    stage
        .press("enter-dialog dialog[open] button.primary:enabled")
        .await;
    stage
        .until(
            "the room",
            "return document.querySelectorAll('chat-room').length === 1",
            vec![],
        )
        .await;
    stage
        .eventually("the tracker of the link to be asked", || {
            outside.accept().is_ok()
        })
        .await;
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn links_that_lead_nowhere_are_refused_in_words_and_change_nothing() {
    if !is_installed() {
        return;
    }
    let _turn = turn().await;
    let outside = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a listener");
    outside.set_nonblocking(true).expect("it does not block");
    let tracker = outside.local_addr().expect("its address").to_string();
    let stage = Setup::new()
        .file("config/chitchatter/trackers.json", "[]")
        .by_link("chitchatter://nowhere")
        .open()
        .await;
    stage.find("enter-dialog dialog[open] .caution").await;
    stage.picture("installed-refused").await;
    for (number, link) in [
        "chitchatter://public/".to_owned(),
        "chitchatter://public/a%00b".to_owned(),
        "chitchatter://public/x?tracker=javascript%3Aalert(1)".to_owned(),
        "chitchatter://public/x?tracker=http%3A%2F%2Flocalhost".to_owned(),
        "chitchatter://public/x?origin=file%3A%2F%2F%2Fetc%2Fpasswd".to_owned(),
        "chitchatter://private/x#secret=short".to_owned(),
        format!("chitchatter://elsewhere/--join={tracker}"),
        format!("chitchatter://public/{}", "x".repeat(4_000)),
    ]
    .iter()
    .enumerate()
    {
        stage.press("enter-dialog dialog[open] button").await;
        stage
            .until(
                "the dialog to close",
                "return document.querySelector('enter-dialog dialog[open]') === null",
                vec![],
            )
            .await;
        stage.open_link(link).await;
        let refused = stage.find("enter-dialog dialog[open] .caution").await;
        let why = refused.text().await.expect("words");
        assert!(why.len() > 10, "{number}: {why}");
        nothing_is_joined(&stage, &outside).await;
    }

    // What looks like an option stays a text: it is shown whole, and nothing is done about it.
    let folder = stage.home().join("elsewhere");
    let option = format!("chitchatter:--profile={}", folder.display());
    stage.press("enter-dialog dialog[open] button").await;
    stage.open_link(&option).await;
    asks(&stage, &[&option]).await;
    nothing_is_joined(&stage, &outside).await;
    assert!(!folder.exists(), "it was taken for an option");
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_address_of_a_room_in_the_browser_can_be_handed_over() {
    if !is_installed() {
        return;
    }
    let _turn = turn().await;
    let outside = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a listener");
    outside.set_nonblocking(true).expect("it does not block");
    let stage = Setup::new()
        .file("config/chitchatter/trackers.json", "[]")
        .by_link("chitchatter://public/garden")
        .open()
        .await;
    asks(&stage, &["garden"]).await;
    stage.press("enter-dialog dialog[open] button").await;
    let web = "https://chitchatter.im/public/cellar";
    assert!(stage.start_installed(&[web]).await.success());
    asks(&stage, &["cellar"]).await;
    nothing_is_joined(&stage, &outside).await;
    stage.close().await;
}

/// Whether there is a package to look at.
fn is_installed() -> bool {
    let is = std::env::var_os("CHITCHATTER_INSTALLED").is_some();
    if !is {
        // Past the test's own capture: nobody is to believe that it has looked.
        let _ = writeln!(
            std::io::stdout(),
            "no package is installed: `cargo xtask test dist` does that"
        );
    }
    is
}

/// Waits for the question, and for what it must name.
async fn asks(stage: &Stage, names: &[&str]) {
    stage
        .until(
            &format!("to be asked about {names:?}"),
            "const text = document.querySelector('enter-dialog dialog[open]')?.innerText ?? '';
             return arguments[0].every((name) => text.includes(name));",
            vec![json!(names)],
        )
        .await;
}

async fn nothing_is_joined(stage: &Stage, outside: &TcpListener) {
    let rooms = "return document.querySelectorAll('chat-room').length";
    assert_eq!(stage.js(rooms, vec![]).await, json!(0));
    let heard = outside.accept().map(|_| ()).map_err(|error| error.kind());
    assert_eq!(heard, Err(ErrorKind::WouldBlock), "nobody was connected to");
}

/// The programs of a process and of all that started it.
fn ancestors(process: u32) -> Vec<String> {
    let mut programs = Vec::new();
    let mut next = Some(process);
    while let Some(process) = next {
        let folder = format!("/proc/{process}");
        if let Ok(program) = std::fs::read_link(format!("{folder}/exe")) {
            programs.push(program.display().to_string());
        }
        next = std::fs::read_to_string(format!("{folder}/status"))
            .ok()
            .and_then(|status| {
                let line = status.lines().find_map(|it| it.strip_prefix("PPid:"))?;
                line.trim().parse().ok()
            })
            .filter(|&parent| parent > 1);
    }
    programs
}
