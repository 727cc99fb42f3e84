//! How much memory clients can make the tracker use. On its own, because the whole process is
//! weighed.
#![cfg(target_os = "linux")]

mod support;

use serde_json::json;
use support::{Client, Server, announce, until_peers, upgraded};
use tokio::io::AsyncWriteExt;
use tracker::Limits;

/// Clients that do not read, in every room they may enter, with a message they never finish; and
/// one that floods them with offers.
#[tokio::test]
async fn memory_stays_within_bounds_whatever_clients_do() {
    const CLIENTS: usize = 8;
    const ROUNDS: usize = 1_500;
    const OFFER: usize = 20_000;
    const BOUND: usize = 32 * 1024 * 1024;
    let limits = Limits {
        messages_per_second: 1_000_000,
        message_burst: 1_000_000,
        ..Limits::default()
    };
    let entries = limits.entries_per_connection;
    let server = Server::start(limits).await;
    let before = resident();

    let mut idlers = Vec::new();
    for n in 0..CLIENTS {
        let mut stream = upgraded(&server).await;
        for room in 0..entries {
            let message = announce(&room.to_string(), &n.to_string(), &[]).to_string();
            stream
                .write_all(&frame(&message, 0))
                .await
                .expect("written");
        }
        let begun = frame("x", 250_000);
        stream.write_all(&begun).await.expect("written");
        idlers.push(stream);
    }
    until_peers(server.address, "0", CLIENTS as u64).await;

    let mut busy = Client::to(&server).await;
    let mut most = 0;
    for round in 0..ROUNDS {
        let room = (round % 2).to_string();
        let mut flood = announce(&room, "busy", &["o1", "o2", "o3"]);
        for offer in flood["offers"].as_array_mut().expect("a list") {
            offer["offer"]["sdp"] = json!("x".repeat(OFFER));
        }
        busy.ask(flood).await;
        most = most.max(resident().saturating_sub(before));
    }
    assert!(most < BOUND, "grew by {} KiB", most / 1024);
}

/// A masked text frame that holds this text and claims to hold so many bytes more.
fn frame(text: &str, more: usize) -> Vec<u8> {
    let length = (text.len() + more) as u64;
    let mut frame = vec![0x81, 0xff];
    frame.extend(length.to_be_bytes());
    frame.extend([0; 4]);
    frame.extend(text.as_bytes());
    frame
}

fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").expect("statm");
    let pages: usize = statm
        .split_whitespace()
        .nth(1)
        .and_then(|pages| pages.parse().ok())
        .expect("a number of pages");
    pages * 4096
}
