//! Links between two meshes on one machine.

mod common;

use std::time::Duration;

use common::{LINK, Peer, join, pair, strangers};
use mesh::{
    BadDescription, CloseReason, Description, Heard, MAX_CANDIDATES, MAX_DESCRIPTION, Traffic,
};
use tokio::time::{Instant, timeout};
use wire::LinkId;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_peers_meet_and_talk_both_ways() {
    let (mut a, mut b) = pair().await;
    exchange_lengths(&mut a, &mut b, &[1, 16 * 1024, 65_535, 65_536]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn those_who_may_be_browsers_are_sent_and_may_send_what_a_browser_can() {
    let (mut a, mut b) = strangers().await;
    exchange_lengths(&mut a, &mut b, &[1, 65_536, 65_537, 262_144]).await;
}

async fn exchange_lengths(a: &mut Peer, b: &mut Peer, lengths: &[usize]) {
    for length in lengths {
        let message: Vec<u8> = (0..*length).map(|at| (at % 251) as u8).collect();
        a.mesh.send(LINK, message.clone());
        assert!(b.bytes().await == message, "{length} bytes there");
        b.mesh.send(LINK, message.clone());
        assert!(a.bytes().await == message, "{length} bytes back");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_messages_each_way_arrive_in_order() {
    const COUNT: u32 = 10_000;
    let (mut a, mut b) = pair().await;
    let mut there = std::pin::pin!(exchange(&mut a, COUNT));
    let mut back = std::pin::pin!(exchange(&mut b, COUNT));
    tokio::join!(&mut there, &mut back);

    async fn exchange(peer: &mut Peer, count: u32) {
        for number in 0..count {
            peer.mesh.send(LINK, number.to_be_bytes().to_vec());
        }
        let (mut sent, mut next) = (0, 0_u32);
        while next < count || sent < 4 * count as usize {
            match peer.next().await {
                Heard::Bytes { bytes, .. } => {
                    assert_eq!(bytes[..], next.to_be_bytes());
                    next += 1;
                }
                Heard::Sent { bytes, .. } => sent += bytes,
                Heard::Closed { why, .. } => panic!("closed: {why}"),
                _ => {}
            }
        }
        assert_eq!(sent, 4 * count as usize, "every byte is reported once");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn frames_queued_before_the_link_opens_are_sent_when_it_does() {
    let (mut a, mut b) = (Peer::new(), Peer::new());
    a.mesh.dial(LINK);
    a.mesh.send(LINK, b"early".to_vec());
    b.mesh.answer(LINK, a.offer().await);
    a.mesh.accept(LINK, b.made_answer().await);
    assert_eq!(b.bytes().await, b"early");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_who_dial_each_other_get_two_links() {
    let (mut a, mut b) = (Peer::new(), Peer::new());
    let (by_a, by_b) = (LinkId(1), LinkId(2));
    a.mesh.dial(by_a);
    b.mesh.dial(by_b);
    let (from_a, from_b) = (a.offer().await, b.offer().await);
    a.mesh.answer(by_b, from_b);
    b.mesh.answer(by_a, from_a);
    let (answer_a, answer_b) = (a.made_answer().await, b.made_answer().await);
    a.mesh.accept(by_a, answer_b);
    b.mesh.accept(by_b, answer_a);
    for peer in [&mut a, &mut b] {
        let mut open = 0;
        while open < 2 {
            match peer.next().await {
                Heard::Opened { .. } => open += 1,
                Heard::Closed { why, .. } => panic!("closed: {why}"),
                _ => {}
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_path_between_neighbours_is_direct() {
    let (mut a, mut b) = pair().await;
    for peer in [&mut a, &mut b] {
        let relayed = peer
            .until(|heard| match heard {
                Heard::Path { relayed, .. } => Some(*relayed),
                _ => None,
            })
            .await;
        assert!(!relayed);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_close_is_told_to_both_exactly_once() {
    let (mut a, mut b) = pair().await;
    a.mesh.close(LINK);
    a.mesh.close(LINK);
    assert_eq!(a.closed(LINK).await, CloseReason::Local);
    assert_eq!(b.closed(LINK).await, CloseReason::Remote);
    for peer in [a, b] {
        let Peer { mesh, mut heard } = peer;
        drop(mesh);
        assert!(heard.recv().await.is_none(), "nothing follows the end");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_sent_before_a_close_still_arrives() {
    const COUNT: usize = 100;
    let (a, mut b) = pair().await;
    for _ in 0..COUNT {
        a.mesh.send(LINK, vec![1; 100]);
    }
    a.mesh.close(LINK);
    let mut arrived = 0;
    loop {
        match b.next().await {
            Heard::Bytes { .. } => arrived += 1,
            Heard::Closed { why, .. } => {
                assert_eq!(why, CloseReason::Remote);
                break;
            }
            _ => {}
        }
    }
    assert_eq!(arrived, COUNT);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_offer_can_be_withdrawn() {
    let mut a = Peer::new();
    a.mesh.dial(LINK);
    a.mesh.close(LINK);
    assert_eq!(a.closed(LINK).await, CloseReason::Local);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shut_down_mesh_has_closed_everything_and_starts_nothing() {
    let (mut a, mut b) = pair().await;
    join(&mut a, &mut b, LinkId(2)).await;
    a.mesh.shutdown().await;
    a.mesh.dial(LinkId(3));
    let mut closed = Vec::new();
    let Peer { mesh, mut heard } = a;
    drop(mesh);
    while let Some(heard) = heard.recv().await {
        if let Heard::Closed { link, why } = heard {
            assert_eq!(why, CloseReason::Local);
            closed.push(link);
        }
    }
    closed.sort();
    assert_eq!(closed, [LINK, LinkId(2)]);
    for _ in 0..2 {
        b.until(|heard| matches!(heard, Heard::Closed { .. }).then_some(()))
            .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_servers_an_offer_is_told_once_and_complete() {
    let mut a = Peer::new();
    a.mesh.dial(LINK);
    match a.next().await {
        Heard::OfferMade { sdp, complete, .. } => {
            assert!(complete);
            assert!(sdp.contains(" typ host"), "{sdp}");
            assert!(sdp.contains("127.0.0.1"), "{sdp}");
            assert!(sdp.contains("a=max-message-size:262144"), "{sdp}");
        }
        other => panic!("{other:?}"),
    }
    a.mesh.close(LINK);
    assert_eq!(a.closed(LINK).await, CloseReason::Local);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_malformed_or_endless_description_ends_the_link_and_nothing_else() {
    let mut a = Peer::new();
    a.mesh.dial(LinkId(1000));
    let good = a.offer().await;
    let candidate = "a=candidate:1 1 udp 1 192.0.2.1 1 typ host\r\n";
    let hostile = [
        String::new(),
        "garbage".to_owned(),
        "v=0\r\n".to_owned(),
        good[..good.len() / 2].to_owned(),
        good.replace("a=fingerprint", "a=fingerless"),
        good.replace("a=ice-ufrag", "a=ice-nothing"),
        good.replace("a=mid:0", "a=mid:"),
        good.replace("UDP/DTLS/SCTP", "\u{0}\u{fffd}"),
        "m=".repeat(MAX_DESCRIPTION / 2),
        "x".repeat(MAX_DESCRIPTION + 1),
        good.clone() + &candidate.repeat(MAX_CANDIDATES + 1),
        good.clone() + &"m=audio 9 UDP/TLS/RTP/SAVPF 0\r\n".repeat(1000),
    ];
    for (at, sdp) in hostile.into_iter().enumerate() {
        let link = LinkId(at as u64);
        a.mesh.answer(link, sdp);
        let why = a.closed(link).await;
        assert!(matches!(why, CloseReason::Negotiation(_)), "{at}: {why}");
    }

    let mut b = Peer::new();
    for (at, sdp) in ["garbage".to_owned(), "x".repeat(MAX_DESCRIPTION + 1)]
        .into_iter()
        .enumerate()
    {
        let link = LinkId(at as u64);
        b.mesh.dial(link);
        b.offer().await;
        b.mesh.accept(link, sdp);
        let why = b.closed(link).await;
        assert!(matches!(why, CloseReason::Negotiation(_)), "{at}: {why}");
    }

    // The mesh that met all this still works.
    b.mesh.answer(LinkId(1000), good);
    a.mesh.accept(LinkId(1000), b.made_answer().await);
    a.opened(LinkId(1000)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_malformed_renegotiation_ends_the_link() {
    let (a, mut b) = pair().await;
    b.mesh
        .renegotiate(LINK, Description::Candidate, "{]".to_owned());
    a.mesh.send(LINK, b"still here".to_vec());
    assert_eq!(b.bytes().await, b"still here");
    b.mesh
        .renegotiate(LINK, Description::Offer, "garbage".to_owned());
    assert_eq!(
        b.closed(LINK).await,
        CloseReason::Negotiation(BadDescription::Refused)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_of_network_leaves_a_link_alone_whose_address_is_still_there() {
    let (mut a, mut b) = pair().await;
    talk(&mut a, &mut b).await;
    a.mesh.network_changed();
    b.mesh.network_changed();
    talk(&mut a, &mut b).await;
    for peer in [&mut a, &mut b] {
        while let Ok(Some(heard)) = timeout(Duration::from_millis(500), peer.heard.recv()).await {
            let is_usual = matches!(heard, Heard::Sent { .. } | Heard::Path { .. });
            assert!(is_usual, "{heard:?}");
        }
    }
}

async fn talk(a: &mut Peer, b: &mut Peer) {
    a.mesh.send(LINK, b"ping".to_vec());
    assert_eq!(b.bytes().await, b"ping");
    b.mesh.send(LINK, b"pong".to_vec());
    assert_eq!(a.bytes().await, b"pong");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_peer_who_does_not_listen_slows_the_sender_down() {
    const MESSAGE: usize = 16 * 1024;
    const COUNT: usize = 4096;
    /// What two stacks, their queues and the socket may hold between them.
    const HELD: usize = 24 * 1024 * 1024;
    const QUIET: Duration = Duration::from_secs(3);
    let (mut a, mut b) = pair().await;
    for _ in 0..COUNT {
        a.mesh.send(LINK, vec![0; MESSAGE]);
    }
    let mut sent = 0;
    while let Ok(heard) = timeout(QUIET, a.heard.recv()).await {
        match heard.expect("the mesh lives") {
            Heard::Sent { bytes, .. } => sent += bytes,
            Heard::Closed { why, .. } => panic!("closed: {why}"),
            _ => {}
        }
    }
    assert!(sent < HELD, "{sent} bytes went out with nobody reading");

    // Once somebody listens, all of it comes.
    let mut arrived = 0;
    while arrived < COUNT {
        match b.next().await {
            Heard::Bytes { .. } => arrived += 1,
            Heard::Closed { why, .. } => panic!("closed: {why}"),
            _ => {}
        }
        while let Ok(heard) = a.heard.try_recv() {
            if let Heard::Closed { why, .. } = heard {
                panic!("closed: {why}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_who_floods_does_not_silence_another() {
    let mut listener = Peer::with(Vec::new(), 16);
    let (mut loud, mut quiet) = (Peer::new(), Peer::new());
    let (loud_link, quiet_link) = (LinkId(1), LinkId(2));
    join(&mut loud, &mut listener, loud_link).await;
    join(&mut quiet, &mut listener, quiet_link).await;
    for _ in 0..4096 {
        loud.mesh.send(loud_link, vec![0; 4096]);
    }
    // The flood is on its way before the other says a word.
    listener.bytes().await;
    quiet.mesh.send(quiet_link, b"hello".to_vec());
    let mut before = 0;
    loop {
        match listener.next().await {
            Heard::Bytes { link, .. } if link == quiet_link => break,
            Heard::Bytes { .. } => {
                before += 1;
                // A listener that takes its time.
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            _ => {}
        }
    }
    assert!(before < 2000, "{before} messages of the flood came first");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_offer_nobody_can_reach_fails_in_time() {
    let (mut a, mut b) = (Peer::new(), Peer::new());
    a.mesh.dial(LINK);
    let offer = a.offer().await;
    // Another's addresses: documentation networks, where nobody answers.
    let elsewhere: String = offer
        .lines()
        .map(|line| match line.split_once(" udp ") {
            Some((head, _)) if line.starts_with("a=candidate:") => {
                format!("{head} udp 2130706431 192.0.2.99 9 typ host\r\n")
            }
            _ => format!("{line}\r\n"),
        })
        .collect();
    let started = Instant::now();
    b.mesh.answer(LINK, elsewhere);
    assert_eq!(b.closed(LINK).await, CloseReason::Failed);
    assert!(started.elapsed() < Duration::from_secs(30));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_flow_both_ways_on_links_of_their_own() {
    for traffic in [Traffic::FilesWithNative, Traffic::FilesWithBrowser] {
        let (mut giver, mut taker) = (Peer::new(), Peer::new());
        giver.mesh.dial_as(LINK, traffic, "0123456789abcdef");
        taker.mesh.answer_as(LINK, traffic, giver.offer().await);
        giver.mesh.accept(LINK, taker.made_answer().await);
        giver.opened(LINK).await;
        taker.opened(LINK).await;

        let block = vec![7; 60_000];
        for _ in 0..200 {
            giver.mesh.send(LINK, block.clone());
        }
        let mut heard = 0;
        while heard < 200 * block.len() {
            heard += taker.bytes().await.len();
        }
        taker.mesh.send(LINK, vec![1, 2, 3]);
        assert_eq!(giver.bytes().await, [1, 2, 3]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_that_is_cut_sends_nothing_of_what_waited() {
    let (giver, mut taker) = pair().await;
    let block = vec![7; 60_000];
    for _ in 0..1_000 {
        giver.mesh.send(LINK, block.clone());
    }
    giver.mesh.cut(LINK);

    let mut heard = 0;
    loop {
        match taker.next().await {
            Heard::Bytes { bytes, .. } => heard += bytes.len(),
            Heard::Closed { .. } => break,
            _ => {}
        }
    }
    assert!(heard < 1_000 * block.len());
}
