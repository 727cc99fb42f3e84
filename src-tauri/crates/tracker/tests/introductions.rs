//! What honest clients get from the tracker: the behaviour of the reference server.

mod support;

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use serde_json::json;
use support::{Client, Server, announce, answer, id, peers_in, scrape, until_peers};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tracker::{BindError, Limits, Tracker};

#[tokio::test]
async fn an_announce_is_answered_with_the_counts_and_the_interval() {
    let server = Server::start(Limits::default()).await;
    let mut client = Client::to(&server).await;

    let reply = client.ask(announce("room", "a", &["o1", "o2", "o3"])).await;

    assert_eq!(
        reply,
        json!({
            "action": "announce",
            "info_hash": id("room"),
            "interval": 12,
            "complete": 0,
            "incomplete": 1,
        })
    );
}

#[tokio::test]
async fn an_announce_without_offers_enters_the_swarm() {
    let server = Server::start(Limits::default()).await;
    let mut a = Client::to(&server).await;
    let mut b = Client::to(&server).await;

    let reply = a.ask(announce("room", "a", &[])).await;
    assert_eq!(reply["incomplete"], 1);
    let mut bare = announce("room", "c", &[]);
    bare.as_object_mut().expect("an object").remove("offers");
    assert_eq!(a.ask(bare).await["incomplete"], 2);

    b.ask(announce("room", "b", &["o1", "o2"])).await;
    assert_eq!(a.hear().await["peer_id"], id("b"));
}

#[tokio::test]
async fn an_offer_and_its_answer_are_passed_on_exactly_as_they_came() {
    let server = Server::start(Limits::default()).await;
    let mut a = Client::to(&server).await;
    let mut b = Client::to(&server).await;
    a.ask(announce("room", "a", &[])).await;

    b.ask(announce("room", "b", &["o1"])).await;
    assert_eq!(
        a.hear().await,
        json!({
            "action": "announce",
            "info_hash": id("room"),
            "peer_id": id("b"),
            "offer_id": id("o1"),
            "offer": { "type": "offer", "sdp": "o1" },
        })
    );

    a.say(answer("room", "a", "b", "o1")).await;
    assert_eq!(
        b.hear().await,
        json!({
            "action": "announce",
            "info_hash": id("room"),
            "peer_id": id("a"),
            "offer_id": id("o1"),
            "answer": { "type": "answer", "sdp": "to o1" },
        })
    );
}

#[tokio::test]
async fn offers_reach_others_once_each_and_never_their_own_maker() {
    let server = Server::start(Limits::default()).await;
    let mut maker = Client::to(&server).await;
    maker.ask(announce("room", "maker", &[])).await;
    let mut others = Vec::new();
    for n in 0..3 {
        let mut other = Client::to(&server).await;
        other.ask(announce("room", &format!("other{n}"), &[])).await;
        others.push(other);
    }

    let offers = ["o1", "o2", "o3", "o4", "o5"];
    maker.ask(announce("room", "maker", &offers)).await;
    let mut heard = Vec::new();
    for other in &mut others {
        heard.push(other.hear().await["offer_id"].clone());
    }
    heard.sort_by_key(|it| it.to_string());
    assert_eq!(heard, [id("o1"), id("o2"), id("o3")], "one each");

    // Whatever else was sent to anybody comes before the reply to a scrape.
    for client in others.iter_mut().chain([&mut maker]) {
        assert_eq!(client.ask(scrape("room")).await["action"], "scrape");
    }
}

#[tokio::test]
async fn no_more_peers_are_reached_than_wanted() {
    let server = Server::start(Limits::default()).await;
    let mut others = Vec::new();
    for n in 0..4 {
        let mut other = Client::to(&server).await;
        other.ask(announce("room", &format!("other{n}"), &[])).await;
        others.push(other);
    }
    let mut maker = Client::to(&server).await;
    let mut wanting = announce("room", "maker", &["o1", "o2", "o3", "o4"]);
    wanting["numwant"] = json!(2);
    maker.ask(wanting).await;

    let mut reached = 0;
    for other in &mut others {
        reached += usize::from(other.ask(scrape("room")).await["action"] == "announce");
    }
    assert_eq!(reached, 2);
}

#[tokio::test]
async fn ids_of_any_twenty_bytes_come_back_unchanged() {
    let server = Server::start(Limits::default()).await;
    let mut a = Client::to(&server).await;
    let mut b = Client::to(&server).await;
    let bytes = |from: u8| -> String { (from..from + 20).map(char::from).collect() };
    for start in [0_u8, 20, 90, 120, 150, 235] {
        let (room, one, other, offer) = (bytes(start), bytes(0), bytes(200), bytes(34));
        let enter = json!({
            "action": "announce", "info_hash": room, "peer_id": one, "left": null,
            "uploaded": 0, "downloaded": 0, "event": "started", "numwant": 5, "offers": [],
        });
        assert_eq!(a.ask(enter).await["info_hash"], room);
        let offering = json!({
            "action": "announce", "info_hash": room, "peer_id": other, "left": 10, "numwant": 1,
            "offers": [{ "offer": { "type": "offer", "sdp": "x" }, "offer_id": offer }],
        });
        b.ask(offering).await;
        let heard = a.hear().await;
        assert_eq!(heard["info_hash"], room);
        assert_eq!(heard["peer_id"], other);
        assert_eq!(heard["offer_id"], offer);
        let scraped = json!({ "action": "scrape", "info_hash": [room] });
        assert_eq!(a.ask(scraped).await["files"][&room]["incomplete"], 2);
    }
}

#[tokio::test]
async fn those_who_have_all_are_counted_apart() {
    let server = Server::start(Limits::default()).await;
    let mut client = Client::to(&server).await;
    let with = |peer: &str, field: &str, value: serde_json::Value| {
        let mut announce = announce("room", peer, &[]);
        announce[field] = value;
        announce
    };

    let reply = client.ask(with("seed", "left", json!(0))).await;
    assert_eq!(
        (&reply["complete"], &reply["incomplete"]),
        (&json!(1), &json!(0))
    );
    // Someone who does not know yet how much there is has not got it.
    let reply = client.ask(with("magnet", "left", json!(null))).await;
    assert_eq!(
        (&reply["complete"], &reply["incomplete"]),
        (&json!(1), &json!(1))
    );
    let reply = client.ask(with("leech", "left", json!(77))).await;
    assert_eq!(
        (&reply["complete"], &reply["incomplete"]),
        (&json!(1), &json!(2))
    );
    let reply = client.ask(with("leech", "event", json!("completed"))).await;
    assert_eq!(
        (&reply["complete"], &reply["incomplete"]),
        (&json!(2), &json!(1))
    );
    let reply = client.ask(with("leech", "event", json!("stopped"))).await;
    assert_eq!(
        (&reply["complete"], &reply["incomplete"]),
        (&json!(1), &json!(1))
    );
    let reply = client.ask(with("nobody", "event", json!("stopped"))).await;
    assert_eq!(
        (&reply["complete"], &reply["incomplete"]),
        (&json!(1), &json!(1))
    );
}

#[tokio::test]
async fn a_scrape_counts_one_swarm_or_several_and_never_lists_those_not_named() {
    let server = Server::start(Limits::default()).await;
    let mut client = Client::to(&server).await;
    client.ask(announce("room", "a", &[])).await;
    client.ask(announce("other", "a", &[])).await;

    let both = json!({ "action": "scrape", "info_hash": [id("room"), id("nowhere")] });
    assert_eq!(
        client.ask(both).await,
        json!({
            "action": "scrape",
            "files": {
                id("room"): { "complete": 0, "incomplete": 1, "downloaded": 0 },
                id("nowhere"): { "complete": 0, "incomplete": 0, "downloaded": 0 },
            },
            "flags": { "min_request_interval": 12 },
        })
    );
    let all = client.ask(json!({ "action": "scrape" })).await;
    assert_eq!(all["failure reason"], "invalid info_hash");
    assert_eq!(all["files"], json!(null));
}

#[tokio::test]
async fn what_cannot_be_served_is_answered_with_a_reason_and_the_connection_goes_on() {
    let server = Server::start(Limits::default()).await;
    let mut client = Client::to(&server).await;
    let changed = |field: &str, value: serde_json::Value| {
        let mut announce = announce("room", "a", &["o1"]);
        announce[field] = value;
        announce
    };
    let nested = serde_json::from_str(&format!("{}{}", "[".repeat(50), "]".repeat(50)));
    let nested: serde_json::Value = nested.expect("JSON");

    for (message, reason) in [
        (json!([]), "invalid action in WS request"),
        (json!({}), "invalid action in WS request"),
        (
            changed("action", json!("dance")),
            "invalid action in WS request",
        ),
        (changed("action", json!(7)), "invalid action in WS request"),
        (changed("info_hash", json!("short")), "invalid info_hash"),
        (changed("info_hash", json!(null)), "invalid info_hash"),
        (
            changed("info_hash", json!("ā".repeat(20))),
            "invalid info_hash",
        ),
        (changed("peer_id", json!(id("a") + "b")), "invalid peer_id"),
        (changed("event", json!("party")), "invalid event"),
        (changed("event", json!(7)), "invalid event"),
        (changed("offers", json!("many")), "invalid offers"),
        (changed("offers", json!([7])), "invalid offers"),
        (
            changed("offers", json!([{ "offer": {}, "offer_id": "x" }])),
            "invalid offer_id",
        ),
        (
            changed("offers", json!([{ "offer": nested, "offer_id": id("x") }])),
            "offer or answer too large",
        ),
        (
            changed("answer", json!({})),
            "invalid `to_peer_id` (required with `answer`)",
        ),
    ] {
        let reply = client.ask(message.clone()).await;
        assert_eq!(reply["failure reason"], reason, "{message}");
        if message["action"] == "announce" && reason != "invalid info_hash" {
            assert_eq!(reply["action"], "announce", "{message}");
            assert_eq!(reply["info_hash"], id("room"), "{message}");
        }
    }
    client.say_text("not JSON".to_owned()).await;
    assert_eq!(client.hear().await["failure reason"], "invalid message");

    let reply = client.ask(announce("room", "a", &["o1"])).await;
    assert_eq!(reply["incomplete"], 1);
}

#[tokio::test]
async fn an_answer_to_somebody_who_left_is_dropped_in_silence() {
    let server = Server::start(Limits::default()).await;
    let mut client = Client::to(&server).await;
    client.ask(announce("room", "a", &[])).await;

    client.say(answer("room", "a", "nobody", "o1")).await;
    client.say(answer("nowhere", "a", "nobody", "o1")).await;
    assert_eq!(client.ask(scrape("room")).await["action"], "scrape");
}

#[tokio::test]
async fn a_closed_connection_leaves_all_its_swarms() {
    let server = Server::start(Limits::default()).await;
    let mut client = Client::to(&server).await;
    client.ask(announce("one", "a", &[])).await;
    client.ask(announce("two", "a", &[])).await;
    assert_eq!(peers_in(server.address, "one").await, 1);

    client.close().await;

    until_peers(server.address, "one", 0).await;
    until_peers(server.address, "two", 0).await;
}

#[tokio::test]
async fn a_broken_connection_leaves_all_its_swarms() {
    let server = Server::start(Limits::default()).await;
    let mut client = Client::to(&server).await;
    client.ask(announce("room", "a", &[])).await;
    drop(client);
    until_peers(server.address, "room", 0).await;
}

#[tokio::test]
async fn a_peer_that_reconnects_is_reached_by_its_new_connection_even_when_the_old_one_ends() {
    let server = Server::start(Limits::default()).await;
    let mut old = Client::to(&server).await;
    let mut new = Client::to(&server).await;
    let mut other = Client::to(&server).await;
    old.ask(announce("room", "a", &[])).await;
    old.ask(announce("old room", "a", &[])).await;
    new.ask(announce("room", "a", &[])).await;

    other.ask(announce("room", "b", &["o1"])).await;
    assert_eq!(new.hear().await["offer_id"], id("o1"));
    assert_eq!(
        old.ask(scrape("room")).await["action"],
        "scrape",
        "not to the old one"
    );

    old.close().await;
    until_peers(server.address, "old room", 0).await;
    let reply = other.ask(announce("room", "b", &["o2"])).await;
    assert_eq!(reply["incomplete"], 2);
    assert_eq!(new.hear().await["offer_id"], id("o2"));
}

#[tokio::test]
async fn a_web_page_is_told_what_this_is() {
    let server = Server::start(Limits::default()).await;
    for request in [
        "GET / HTTP/1.1\r\nHost: here\r\n\r\n",
        "GET /stats HTTP/1.0\r\n\r\n",
        "HEAD / HTTP/1.1\r\nHost: here\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: here\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 7\r\n\r\n",
    ] {
        let mut stream = TcpStream::connect(server.address).await.expect("connected");
        stream.write_all(request.as_bytes()).await.expect("written");
        let mut reply = String::new();
        let read = stream.read_to_string(&mut reply);
        let read = tokio::time::timeout(support::PATIENCE, read).await;
        read.expect("it does not hang").expect("it is text");
        assert!(reply.starts_with("HTTP/1.1 426 "), "{request}: {reply}");
        assert!(reply.contains("WebTorrent tracker"), "{request}: {reply}");
    }
}

#[tokio::test]
async fn a_taken_port_is_a_refusal_of_its_own() {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .await
        .expect("a port");
    let address = taken.local_addr().expect("an address");
    let refused = Tracker::bind(address, Limits::default()).await;
    assert!(matches!(refused, Err(BindError::InUse(at)) if at == address));

    let port = address.port();
    let refused = Tracker::bind_everywhere(port, Limits::default()).await;
    assert!(matches!(refused, Err(BindError::InUse(_))));

    let elsewhere = "192.0.2.1:0".parse().expect("an address");
    let refused = Tracker::bind(elsewhere, Limits::default()).await;
    assert!(matches!(refused, Err(BindError::NotHere(_))));
}

#[tokio::test]
async fn one_port_serves_both_families() {
    let tracker = Tracker::bind_everywhere(0, Limits::default())
        .await
        .expect("a port");
    let port = tracker.local_addr().port();
    let serving = tokio::spawn(tracker.serve(std::future::pending()));

    let v4 = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut a = Client::at(v4).await;
    a.ask(announce("room", "a", &[])).await;
    // Some machines have no IPv6 at all.
    if TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).await.is_ok() {
        let v6 = SocketAddr::from((Ipv6Addr::LOCALHOST, port));
        let mut b = Client::at(v6).await;
        b.ask(announce("room", "b", &["o1"])).await;
        assert_eq!(a.hear().await["peer_id"], id("b"));
    }
    serving.abort();
}

#[tokio::test]
async fn a_tracker_that_stops_says_good_bye_and_gives_its_port_back() {
    let server = Server::start(Limits::default()).await;
    let address = server.address;
    let mut client = Client::to(&server).await;
    client.ask(announce("room", "a", &[])).await;

    let (_, ()) = tokio::join!(server.stop(), client.until_closed());

    let again = Tracker::bind(address, Limits::default()).await;
    assert!(again.is_ok(), "{again:?}");
}
