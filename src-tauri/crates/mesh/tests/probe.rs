//! Trying STUN and TURN servers, links through relays alone, and how a link says it runs.

mod common;

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use common::{LINK, Peer, pair};
use mesh::{CandidateKind, Heard, IceServer, Mapping, ServerFault, probe};
use tokio::net::UdpSocket;
use wire::LinkId;

const COOKIE: [u8; 4] = [0x21, 0x12, 0xa4, 0x42];

#[tokio::test]
async fn servers_that_see_us_as_we_are_show_an_open_network() {
    let (one, other) = (stun(seen_as_is).await, stun(seen_as_is).await);

    let found = probe(&[server(&one), server(&other)]).await;

    assert_eq!(found.mapping, Mapping::Open);
    assert_eq!(found.servers.len(), 2);
    for probed in found.servers {
        let (kind, _) = probed.answer.expect("it answers");
        assert_eq!(kind, CandidateKind::Reflexive);
    }
}

#[tokio::test]
async fn two_answers_tell_one_translator_from_another() {
    let outer = |port| move |_: SocketAddr| SocketAddr::from(([203, 0, 113, 7], port));
    let (one, same, other) = (
        stun(outer(4_000)).await,
        stun(outer(4_000)).await,
        stun(outer(4_001)).await,
    );

    let found = probe(&[server(&one), server(&same)]).await;
    assert_eq!(found.mapping, Mapping::SameForAll);
    assert_eq!(found.seen, [Ipv4Addr::new(203, 0, 113, 7)]);
    let found = probe(&[server(&one), server(&other)]).await;
    assert_eq!(found.mapping, Mapping::DifferentForEach);
    let found = probe(&[server(&one)]).await;
    assert_eq!(found.mapping, Mapping::Unknown);
    assert_eq!(probe(&[]).await.mapping, Mapping::Unknown);
}

#[tokio::test]
async fn what_is_wrong_with_a_server_is_told() {
    let silent = UdpSocket::bind("127.0.0.1:0").await.expect("a socket");
    let silent = silent.local_addr().expect("bound");
    let no_login = IceServer {
        urls: vec!["turn:127.0.0.1:1".to_owned()],
        ..IceServer::default()
    };
    let bad = IceServer {
        urls: vec!["stuns:127.0.0.1:1".to_owned()],
        ..IceServer::default()
    };

    let found = probe(&[server(&silent.to_string()), no_login, bad]).await;

    let faults: Vec<_> = found
        .servers
        .into_iter()
        .map(|it| it.answer.err())
        .collect();
    assert_eq!(
        faults,
        [
            Some(ServerFault::NoAnswer),
            Some(ServerFault::NeedsALogin),
            Some(ServerFault::BadAddress)
        ]
    );
    assert_eq!(found.mapping, Mapping::NoAnswer);
}

#[tokio::test]
async fn a_relay_is_asked_for_an_address_with_the_login_and_gets_it_back() {
    let (address, log) = turn("secret").await;
    let relay = |credential: &str| IceServer {
        urls: vec![format!("turn:{address}")],
        username: Some("me".to_owned()),
        credential: Some(credential.to_owned()),
    };

    let found = probe(&[relay("secret")]).await;
    let (kind, _) = found.servers[0].answer.expect("it answers");
    assert_eq!(kind, CandidateKind::Relay);
    assert_eq!(found.relayed, [Ipv4Addr::new(198, 51, 100, 2)]);

    let found = probe(&[relay("wrong")]).await;
    assert_eq!(found.servers[0].answer, Err(ServerFault::WrongLogin));

    let released = async {
        while !log.lock().expect("whole").contains(&REFRESH) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(common::PATIENCE, released)
        .await
        .expect("what was lent is given back");
}

#[tokio::test]
async fn an_open_link_says_how_it_runs() {
    let (dialler, mut answerer) = pair().await;
    dialler.mesh.send(LINK, vec![7; 10_000]);
    assert_eq!(answerer.bytes().await.len(), 10_000);

    for peer in [&dialler, &answerer] {
        let stats = peer.mesh.stats(LINK).await.expect("an open link");
        assert!(stats.local.is_some() && stats.remote.is_some(), "{stats:?}");
        assert!(stats.v6.is_some());
        assert!(stats.rtt.is_some_and(|it| it > Duration::ZERO), "{stats:?}");
        assert!(stats.sent > 0 && stats.received > 0, "{stats:?}");
    }
    assert_eq!(dialler.mesh.stats(LinkId(99)).await, None);
}

#[tokio::test]
async fn with_relays_alone_no_address_of_this_machine_is_offered() {
    let mut peer = Peer::new();
    let stun = stun(seen_as_is).await;
    peer.mesh.set_servers(&[server(&stun)], true);

    peer.mesh.dial(LINK);

    // Without a relay there is nothing to offer; whatever is told holds no address.
    let told = tokio::time::timeout(Duration::from_secs(8), peer.heard.recv()).await;
    if let Ok(Some(Heard::OfferMade { sdp, .. })) = told {
        let candidates: BTreeSet<&str> = sdp
            .lines()
            .filter(|line| line.starts_with("a=candidate:"))
            .collect();
        assert_eq!(candidates, BTreeSet::new());
    }

    let mut peer = Peer::new();
    peer.mesh.set_servers(&[server(&stun)], true);
    peer.mesh.set_servers(&[], false);
    peer.mesh.dial(LinkId(2));
    let sdp = peer
        .until(|heard| match heard {
            Heard::OfferMade { link, sdp, .. } if *link == LinkId(2) => Some(sdp.clone()),
            _ => None,
        })
        .await;
    assert!(sdp.contains("a=candidate:"));
}

fn server(address: &str) -> IceServer {
    IceServer {
        urls: vec![format!("stun:{address}")],
        ..IceServer::default()
    }
}

fn seen_as_is(from: SocketAddr) -> SocketAddr {
    from
}

/// A STUN server that says it sees everybody as `see` has it.
async fn stun(see: impl Fn(SocketAddr) -> SocketAddr + Send + 'static) -> String {
    let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a socket");
    let address = socket.local_addr().expect("bound").to_string();
    tokio::spawn(async move {
        let mut request = [0; 1_500];
        while let Ok((length, from)) = socket.recv_from(&mut request).await {
            if length < 20 {
                continue;
            }
            let answer = message(0x0101, &request[8..20], &[(0x0020, xored(see(from)))]);
            let _ = socket.send_to(&answer, from).await;
        }
    });
    address
}

const ALLOCATE: u8 = 3;
const REFRESH: u8 = 4;

/// A relay that lends one address to whoever has the login (RFC 8656), as far as a test needs it,
/// and remembers the methods it was asked for.
async fn turn(password: &'static str) -> (String, std::sync::Arc<std::sync::Mutex<Vec<u8>>>) {
    let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a socket");
    let address = socket.local_addr().expect("bound").to_string();
    let log = std::sync::Arc::<std::sync::Mutex<Vec<u8>>>::default();
    let remembered = std::sync::Arc::clone(&log);
    tokio::spawn(async move {
        let mut request = [0; 1_500];
        while let Ok((length, from)) = socket.recv_from(&mut request).await {
            let Some(request) = request.get(..length).filter(|it| it.len() >= 20) else {
                continue;
            };
            remembered.lock().expect("whole").push(request[1]);
            let id = &request[8..20];
            let answer = if is_signed_with(request, password) {
                let lent = xored(SocketAddr::from(([198, 51, 100, 2], 5_000)));
                message(0x0100 | u16::from(request[1]), id, &[(0x0016, lent)])
            } else {
                let code = vec![0, 0, 4, 1];
                let challenge = [
                    (0x0009, code),
                    (0x0014, b"here".to_vec()),
                    (0x0015, b"once".to_vec()),
                ];
                message(0x0110 | u16::from(ALLOCATE), id, &challenge)
            };
            let _ = socket.send_to(&answer, from).await;
        }
    });
    (address, log)
}

/// Whether a message ends with the integrity that `me`, this password and our realm make.
fn is_signed_with(request: &[u8], password: &str) -> bool {
    use rtc::stun::integrity::MessageIntegrity;
    use rtc::stun::message::Message;
    let mut message = Message::new();
    message.unmarshal_binary(request).expect("a message");
    let provider = rtc::crypto::default_provider().expect("cryptography");
    let key = MessageIntegrity::long_term_integrity_key(
        "me".to_owned(),
        "here".to_owned(),
        password.to_owned(),
        provider.crypto(),
    )
    .expect("a key");
    MessageIntegrity::check(&mut message, &key, provider.crypto()).is_ok()
}

fn message(kind: u16, id: &[u8], attributes: &[(u16, Vec<u8>)]) -> Vec<u8> {
    let mut body = Vec::new();
    for (kind, value) in attributes {
        body.extend(kind.to_be_bytes());
        body.extend(u16::try_from(value.len()).expect("short").to_be_bytes());
        body.extend(value);
        body.resize(body.len().next_multiple_of(4), 0);
    }
    let mut whole = kind.to_be_bytes().to_vec();
    whole.extend(u16::try_from(body.len()).expect("short").to_be_bytes());
    whole.extend(COOKIE);
    whole.extend(id);
    whole.extend(body);
    whole
}

fn xored(address: SocketAddr) -> Vec<u8> {
    let SocketAddr::V4(address) = address else {
        panic!("loopback is IPv4 here");
    };
    let port = address.port().to_be_bytes();
    let mut value = vec![0, 1];
    value.extend((0..2).map(|at| port[at] ^ COOKIE[at]));
    value.extend((0..4).map(|at| address.ip().octets()[at] ^ COOKIE[at]));
    value
}
