//! What hostile and broken clients cost: their own connection and nothing else.

mod support;

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use rand::rngs::StdRng;
use rand::{Rng, RngCore, SeedableRng};
use serde_json::json;
use support::{
    Client, PATIENCE, Server, announce, answer, id, peers_in, scrape, until_peers, upgraded,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tracker::Limits;

#[tokio::test]
async fn endless_garbage_is_answered_for_a_while_and_then_cut_off() {
    let limits = Limits::default();
    let allowed = limits.bad_messages;
    let server = Server::start(limits).await;
    let mut honest = Client::to(&server).await;
    honest.ask(announce("room", "a", &[])).await;
    let mut rng = StdRng::seed_from_u64(2);

    let mut hostile = Client::to(&server).await;
    for _ in 0..=allowed {
        let mut bytes = vec![0; rng.gen_range(0..200)];
        rng.fill_bytes(&mut bytes);
        let _ = hostile.0.send(Message::Binary(bytes.into())).await;
    }
    let mut failures = 0;
    while let Some(reply) = hostile.try_hear().await {
        assert_eq!(reply["failure reason"], "invalid message");
        failures += 1;
    }
    assert_eq!(failures, allowed + 1);
    assert_eq!(honest.ask(scrape("room")).await["action"], "scrape");
}

#[tokio::test]
async fn a_message_too_long_ends_its_connection_only() {
    let limits = Limits::default();
    let too_long = limits.message_bytes + 1;
    let server = Server::start(limits).await;
    let mut honest = Client::to(&server).await;
    let mut hostile = Client::to(&server).await;
    hostile.ask(announce("room", "a", &[])).await;

    let _ = hostile
        .0
        .send(Message::Text("x".repeat(too_long).into()))
        .await;
    hostile.until_closed().await;
    until_peers(server.address, "room", 0).await;
    assert_eq!(honest.ask(scrape("room")).await["action"], "scrape");
}

#[tokio::test]
async fn endless_fragments_end_their_connection() {
    let server = Server::start(Limits::default()).await;
    let mut stream = upgraded(&server).await;
    // Unfinished frames of 1 KiB each, masked with zeros.
    let mut first = vec![0x01, 0xfe, 0x04, 0x00, 0, 0, 0, 0];
    first.extend([b'x'; 1024]);
    let mut next = first.clone();
    next[0] = 0x00;
    let flood = async {
        stream.write_all(&first).await?;
        loop {
            stream.write_all(&next).await?;
        }
    };
    let ended: Result<std::io::Result<()>, _> = timeout(PATIENCE, flood).await;
    assert!(ended.expect("it is cut off").is_err());
}

#[tokio::test]
async fn too_many_messages_are_refused_and_end_the_connection() {
    let limits = Limits {
        messages_per_second: 5,
        message_burst: 20,
        ..Limits::default()
    };
    let server = Server::start(limits).await;
    let mut hostile = Client::to(&server).await;
    for _ in 0..200 {
        let flood = Message::Text(announce("room", "a", &[]).to_string().into());
        if hostile.0.feed(flood).await.is_err() {
            break;
        }
    }
    let _ = hostile.0.flush().await;

    let mut last = json!(null);
    let mut served = 0;
    while let Some(reply) = hostile.try_hear().await {
        served += usize::from(reply["action"] == "announce");
        last = reply;
    }
    assert_eq!(last["failure reason"], "too many messages");
    assert!((20..40).contains(&served), "{served} were served");
    until_peers(server.address, "room", 0).await;
}

#[tokio::test]
async fn too_many_offers_or_swarms_in_one_message_are_refused() {
    let limits = Limits {
        offers_per_announce: 2,
        hashes_per_scrape: 2,
        entries_per_connection: 2,
        description_bytes: 100,
        ..Limits::default()
    };
    let server = Server::start(limits).await;
    let mut client = Client::to(&server).await;

    let reply = client.ask(announce("a", "a", &["1", "2", "3"])).await;
    assert_eq!(reply["failure reason"], "invalid offers");
    let hashes = [id("a"), id("b"), id("c")];
    let reply = client
        .ask(json!({ "action": "scrape", "info_hash": hashes }))
        .await;
    assert_eq!(reply["failure reason"], "too many swarms in one scrape");
    let reply = client.ask(announce("a", "a", &[&"x".repeat(20)])).await;
    assert_eq!(reply["incomplete"], 1);
    let mut long = announce("a", "a", &["o"]);
    long["offers"][0]["offer"]["sdp"] = json!("x".repeat(100));
    let reply = client.ask(long).await;
    assert_eq!(reply["failure reason"], "offer or answer too large");
    let mut long = answer("a", "a", "a", "o");
    long["answer"]["sdp"] = json!("x".repeat(100));
    let reply = client.ask(long).await;
    assert_eq!(reply["failure reason"], "offer or answer too large");

    client.ask(announce("b", "a", &[])).await;
    let reply = client.ask(announce("c", "a", &[])).await;
    assert_eq!(
        reply["failure reason"],
        "too many entries on one connection"
    );
    assert_eq!(reply["info_hash"], id("c"));
}

#[tokio::test]
async fn a_connection_that_never_becomes_a_websocket_is_dropped() {
    let limits = Limits {
        handshake: Duration::from_millis(200),
        ..Limits::default()
    };
    let server = Server::start(limits).await;
    for begin in ["", "GET / HTTP/1.1\r\nHost: he"] {
        let mut stream = TcpStream::connect(server.address).await.expect("connected");
        stream.write_all(begin.as_bytes()).await.expect("written");
        let mut rest = Vec::new();
        let ended = timeout(PATIENCE, stream.read_to_end(&mut rest)).await;
        assert!(ended.is_ok(), "it was left open after {begin:?}");
    }
    // Endless headers.
    let mut stream = TcpStream::connect(server.address).await.expect("connected");
    let flood = async {
        stream.write_all(b"GET / HTTP/1.1\r\n").await?;
        loop {
            stream.write_all(b"X-Endless: header\r\n").await?;
        }
    };
    let ended: Result<std::io::Result<()>, _> = timeout(PATIENCE, flood).await;
    assert!(ended.expect("it is cut off").is_err());
}

#[tokio::test]
async fn a_client_that_answers_no_pings_is_forgotten() {
    let limits = Limits {
        ping_every: Duration::from_millis(100),
        silence: Duration::from_millis(250),
        ..Limits::default()
    };
    let server = Server::start(limits).await;
    // This one reads, and so answers; the other one does not read at all.
    let mut alive = Client::to(&server).await;
    alive.ask(announce("room", "alive", &[])).await;
    let (pinged, mut pings) = tokio::sync::mpsc::unbounded_channel();
    let alive = tokio::spawn(async move {
        while let Some(Ok(message)) = alive.0.next().await {
            if matches!(message, Message::Ping(_)) {
                // Nobody counts any more once the test is over.
                let _ = pinged.send(());
            }
        }
    });
    let mut dead = Client::to(&server).await;
    dead.say(announce("room", "dead", &[])).await;
    until_peers(server.address, "room", 2).await;

    until_peers(server.address, "room", 1).await;
    // It is asked again for much longer than a silent one may stay.
    while pings.try_recv().is_ok() {}
    for _ in 0..6 {
        let ping = timeout(PATIENCE, pings.recv()).await.expect("in time");
        assert!(ping.is_some(), "the other is closed");
    }
    assert_eq!(peers_in(server.address, "room").await, 1, "the other stays");
    assert!(!alive.is_finished());
    alive.abort();
}

#[tokio::test]
async fn a_connection_that_says_nothing_for_long_is_closed() {
    let limits = Limits {
        ping_every: Duration::from_millis(50),
        idle: Duration::from_millis(300),
        ..Limits::default()
    };
    let server = Server::start(limits).await;
    let mut idle = Client::to(&server).await;
    idle.until_closed().await;
}

#[tokio::test]
async fn one_address_gets_its_share_of_connections_and_they_come_back() {
    let limits = Limits {
        connections_per_address: 50,
        ..Limits::default()
    };
    let server = Server::start(limits).await;
    let mut kept = Vec::new();
    for _ in 0..50 {
        kept.push(Client::to(&server).await);
    }
    for _ in 0..1_000 {
        assert!(Client::try_at(server.address).await.is_none());
    }
    assert_eq!(
        kept[0].ask(announce("room", "a", &[])).await["incomplete"],
        1
    );

    drop(kept.pop());
    let again = async {
        while Client::try_at(server.address).await.is_none() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, again).await.expect("a seat comes free");
}

#[tokio::test]
async fn a_slow_reader_is_dropped_and_holds_up_nobody() {
    let server = Server::start(Limits::default()).await;
    let mut slow = Client::to(&server).await;
    slow.say(announce("room", "slow", &[])).await;
    until_peers(server.address, "room", 1).await;

    // More than the network's buffers and the tracker's queue can hold.
    let mut busy = Client::to(&server).await;
    let mut offering = announce("room", "busy", &["o"]);
    offering["offers"][0]["offer"]["sdp"] = json!("x".repeat(60_000));
    let mut rounds = 0;
    while busy.ask(offering.clone()).await["incomplete"] == 2 {
        rounds += 1;
        assert!(rounds < 400, "the slow one is still there");
    }
    assert_eq!(peers_in(server.address, "room").await, 1);
}

#[tokio::test]
async fn a_client_that_asks_and_does_not_read_is_dropped() {
    let limits = Limits {
        messages_per_second: 1_000_000,
        message_burst: 1_000_000,
        write: Duration::from_millis(500),
        ..Limits::default()
    };
    let server = Server::start(limits).await;
    let mut greedy = Client::to(&server).await;
    let question = Message::Text(scrape("room").to_string().into());
    let ask = async { while greedy.0.send(question.clone()).await.is_ok() {} };
    timeout(PATIENCE, ask).await.expect("it is cut off");
    assert_eq!(peers_in(server.address, "room").await, 0);
}
