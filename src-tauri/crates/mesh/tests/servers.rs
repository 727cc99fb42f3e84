//! STUN servers that answer, that do not, and that cannot be found.

mod common;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use common::{LINK, Peer};
use mesh::{Heard, IceServer};
use tokio::net::UdpSocket;
use tokio::time::Instant;
use wire::LinkId;

/// The address our STUN server claims to see everybody at.
const OUTER: [u8; 4] = [203, 0, 113, 7];

fn stun(address: impl std::fmt::Display) -> Vec<IceServer> {
    vec![IceServer {
        urls: vec![format!("stun:{address}")],
        ..IceServer::default()
    }]
}

/// Far enough away that an early offer is told before its answer.
const DISTANCE: Duration = Duration::from_millis(300);

/// A server that answers every Binding request with [`OUTER`] (RFC 8489).
async fn answering_server() -> SocketAddr {
    const COOKIE: [u8; 4] = [0x21, 0x12, 0xa4, 0x42];
    let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a socket");
    let socket = Arc::new(socket);
    let address = socket.local_addr().expect("its address");
    tokio::spawn(async move {
        let mut request = [0; 1500];
        while let Ok((length, from)) = socket.recv_from(&mut request).await {
            if length < 20 {
                continue;
            }
            let mut answer = vec![0x01, 0x01, 0x00, 0x0c];
            answer.extend_from_slice(&request[4..20]);
            answer.extend_from_slice(&[0x00, 0x20, 0x00, 0x08, 0x00, 0x01]);
            let port = 4000_u16.to_be_bytes();
            answer.extend((0..2).map(|at| port[at] ^ COOKIE[at]));
            answer.extend((0..4).map(|at| OUTER[at] ^ COOKIE[at]));
            let socket = Arc::clone(&socket);
            tokio::spawn(async move {
                tokio::time::sleep(DISTANCE).await;
                let _ = socket.send_to(&answer, from).await;
            });
        }
    });
    address
}

/// A server that hears and says nothing.
async fn silent_server() -> (UdpSocket, SocketAddr) {
    let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a socket");
    let address = socket.local_addr().expect("its address");
    (socket, address)
}

/// The offers of a link until the complete one, each with when it came.
async fn offers(peer: &mut Peer, wanted: LinkId) -> Vec<(Duration, String)> {
    let started = Instant::now();
    peer.mesh.dial(wanted);
    let mut offers = Vec::new();
    loop {
        match peer.next().await {
            Heard::OfferMade {
                link,
                sdp,
                complete,
            } if link == wanted => {
                offers.push((started.elapsed(), sdp));
                if complete {
                    return offers;
                }
            }
            Heard::Closed { why, .. } => panic!("closed: {why}"),
            _ => {}
        }
    }
}

fn assert_early_then_complete(offers: &[(Duration, String)]) {
    let [(_, early), (_, complete)] = offers else {
        panic!("told {} times", offers.len());
    };
    assert!(early.contains(" typ host"), "{early}");
    assert!(!early.contains(" typ srflx"), "{early}");
    assert!(complete.contains(" typ srflx"), "{complete}");
    assert!(complete.contains(" 203.0.113.7 "), "{complete}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_adds_the_outer_address_to_the_second_offer() {
    let server = answering_server().await;
    let mut peer = Peer::with(stun(server), 256);
    assert_early_then_complete(&offers(&mut peer, LINK).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_known_by_name_is_asked_once_its_name_is_known() {
    let server = answering_server().await;
    let mut peer = Peer::with(stun(format_args!("localhost:{}", server.port())), 256);
    assert_early_then_complete(&offers(&mut peer, LINK).await);
    assert_early_then_complete(&offers(&mut peer, LinkId(2)).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_waits_for_the_outer_address() {
    let server = answering_server().await;
    let (mut a, mut b) = (Peer::new(), Peer::with(stun(server), 256));
    a.mesh.dial(LINK);
    b.mesh.answer(LINK, a.offer().await);
    let answer = b.made_answer().await;
    assert!(answer.contains(" 203.0.113.7 "), "{answer}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silent_server_delays_neither_the_early_offer_nor_a_second_answer() {
    let (_server, address) = silent_server().await;
    let mut a = Peer::with(stun(address), 256);
    let told = offers(&mut a, LINK).await;
    assert_eq!(told.len(), 2);
    // The server alone is waited for, and that is bounded; the first offer does not wait at all.
    assert!(told[1].0 > told[0].0 + Duration::from_secs(1), "{told:?}");
    assert!(told[1].0 < Duration::from_secs(10), "{told:?}");

    let mut b = Peer::new();
    for link in [LinkId(2), LinkId(3)] {
        b.mesh.dial(link);
        let offer = b.offer().await;
        let asked = Instant::now();
        a.mesh.answer(link, offer);
        a.made_answer().await;
        assert!(asked.elapsed() < Duration::from_millis(900));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_whose_name_leads_nowhere_does_not_hold_up_an_offer() {
    let mut peer = Peer::with(stun("nowhere.invalid:3478"), 256);
    let told = offers(&mut peer, LINK).await;
    let (complete_after, sdp) = told.last().expect("at least one offer");
    assert!(sdp.contains(" typ host"), "{sdp}");
    assert!(*complete_after < Duration::from_secs(10), "{told:?}");
}
