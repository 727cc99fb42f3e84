//! A peer that dies without a word. The dying one is this test again, in a process of its own.

mod common;

use std::io::{BufRead, Write};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use common::{LINK, Peer};
use mesh::{CloseReason, Heard};

const ROLE: &str = "MESH_TEST_VICTIM";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_peer_is_noticed_in_fifteen_seconds() {
    if std::env::var_os(ROLE).is_some() {
        return live_until_killed().await;
    }
    let mut survivor = Peer::new();
    survivor.mesh.dial(LINK);
    let offer = survivor.offer().await;

    let mut victim = Command::new(std::env::current_exe().expect("this test's path"))
        .args(["--exact", "a_killed_peer_is_noticed_in_fifteen_seconds"])
        .args(["--nocapture", "--test-threads=1"])
        .env(ROLE, "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the other process starts");
    let mut to = victim.stdin.take().expect("its input");
    writeln!(to, "{}", offer.replace("\r\n", "|")).expect("the offer is written");
    let from = std::io::BufReader::new(victim.stdout.take().expect("its output"));
    let answer = tokio::task::spawn_blocking(move || {
        // The test runner says its part first.
        from.lines()
            .map_while(Result::ok)
            .find_map(|line| line.split_once("ANSWER ").map(|it| it.1.to_owned()))
    })
    .await
    .expect("reading ends")
    .expect("an answer");
    survivor.mesh.accept(LINK, answer.replace('|', "\r\n"));
    survivor.opened(LINK).await;

    victim.kill().expect("the other process dies");
    victim.wait().expect("and is buried");
    let killed = Instant::now();
    let shaky = survivor.until(|heard| matches!(heard, Heard::Shaky { .. }).then(Instant::now));
    let shaky = shaky.await.duration_since(killed);
    assert_eq!(survivor.closed(LINK).await, CloseReason::Failed);
    let closed = killed.elapsed();
    assert!(closed < Duration::from_secs(15), "noticed after {closed:?}");
    assert!(shaky < closed);
}

async fn live_until_killed() {
    let mut line = String::new();
    std::io::stdin()
        .read_line(&mut line)
        .expect("an offer is read");
    let mut peer = Peer::new();
    peer.mesh.answer(LINK, line.trim().replace('|', "\r\n"));
    let answer = peer.made_answer().await;
    let mut out = std::io::stdout();
    writeln!(out, "ANSWER {}", answer.replace("\r\n", "|")).expect("the answer is written");
    out.flush().expect("the answer is sent");
    while peer.heard.recv().await.is_some() {}
}
