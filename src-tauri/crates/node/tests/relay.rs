//! Being seen by relays alone, through a real TURN server (Debian's `coturn`).
#![cfg(unix)]

mod common;

use std::net::UdpSocket;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use common::{LocalTracker, PATIENCE, address, heard, joined, options, until};
use node::{IceServer, Node, Options, Subscription};
use room::{Event, Path, RoomKey};
use view::{Advice, CandidateKind};

const USER: &str = "ada";
const PASSWORD: &str = "open-sesame";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_who_are_seen_by_relays_alone_meet_and_talk_through_one() {
    let tracker = LocalTracker::start().await;
    let relay = Relay::start().await;
    let (ada, mut ada_hears) = start(&tracker, vec![relay.server()]).await;
    let (bob, mut bob_hears) = start(&tracker, vec![relay.server()]).await;
    let room: RoomKey = ada.join(address("far apart")).await.expect("joined");
    bob.join(address("far apart")).await.expect("joined");

    for hears in [&mut ada_hears, &mut bob_hears] {
        let peer = joined(hears).await;
        if peer.path != Path::Relayed {
            let path = until(hears, |event| match event {
                Event::PeerChanged { peer, .. } if peer.path != Path::Unknown => Some(peer.path),
                _ => None,
            })
            .await;
            assert_eq!(path, Path::Relayed);
        }
    }
    ada.say(&room, None, "by a long way".to_owned(), None)
        .await
        .expect("said");
    assert_eq!(heard(&mut bob_hears).await, "by a long way");
    bob.say(&room, None, "and back".to_owned(), None)
        .await
        .expect("said");
    assert_eq!(heard(&mut ada_hears).await, "and back");

    let found = ada.diagnose().await.expect("a diagnosis");
    let peer = found.peers.first().expect("bob");
    for end in [peer.local, peer.remote] {
        assert_eq!(end, Some(CandidateKind::Relay), "{peer:?}");
    }
    assert!(
        !found.advice.contains(&Advice::RelayOnlyNoAnswer),
        "{:?}",
        found.advice
    );
    ada.stop().await;
    bob.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_relay_that_answers_it_is_said_why_nobody_can_be_reached() {
    let tracker = LocalTracker::start().await;
    // Bound, so that nothing else answers there, and silent.
    let silent = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    let silent = server(silent.local_addr().expect("bound").port());
    for (servers, advice) in [
        (Vec::new(), Advice::RelayOnlyWithoutRelay),
        (vec![silent], Advice::RelayOnlyNoAnswer),
    ] {
        let (ada, _hears) = start(&tracker, servers).await;
        ada.join(address("an island")).await.expect("joined");

        let found = ada.diagnose().await.expect("a diagnosis");
        assert!(found.relay_only);
        assert!(found.advice.contains(&advice), "{:?}", found.advice);
        ada.stop().await;
    }
}

async fn start(tracker: &LocalTracker, servers: Vec<IceServer>) -> (Node, Subscription) {
    let node = Node::start(Options {
        relay_only: Some(true),
        ice_servers: Some(servers),
        ..options(vec![tracker.url.clone()])
    })
    .await
    .expect("started");
    let (_, hears) = node.subscribe().await.expect("subscribed");
    (node, hears)
}

fn server(port: u16) -> IceServer {
    IceServer {
        urls: vec![format!("turn:127.0.0.1:{port}")],
        username: Some(USER.to_owned()),
        credential: Some(PASSWORD.to_owned()),
    }
}

/// A TURN server of our own on this machine, until this is dropped.
struct Relay {
    process: Child,
    port: u16,
    _folder: tempfile::TempDir,
}

impl Relay {
    async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let port = {
            let free = UdpSocket::bind("127.0.0.1:0").expect("a free port");
            free.local_addr().expect("bound").port()
        };
        let process = Command::new("turnserver")
            .current_dir(folder.path())
            // No file of this machine's own server: `-n` reads none, the rest names what it writes.
            .args(["-n", "--no-cli", "--no-tls", "--no-dtls", "--no-tcp"])
            .args(["--listening-ip", "127.0.0.1", "--relay-ip", "127.0.0.1"])
            .args(["--listening-port", &port.to_string()])
            .args(["--lt-cred-mech", "--realm", "test", "--fingerprint"])
            .args(["--user", &format!("{USER}:{PASSWORD}")])
            .args(["--allow-loopback-peers", "--no-multicast-peers"])
            .args(["--userdb", "users", "--pidfile", "pid"])
            .args(["--log-file", "stdout"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("`turnserver` starts; it is in Debian's package coturn");
        let relay = Self {
            process,
            port,
            _folder: folder,
        };
        relay.answers().await;
        relay
    }

    fn server(&self) -> IceServer {
        server(self.port)
    }

    /// Waits until it lends addresses.
    async fn answers(&self) {
        let asked = view::IceServer {
            urls: vec![format!("turn:127.0.0.1:{}", self.port)],
            username: Some(USER.to_owned()),
            credential: Some(PASSWORD.to_owned()),
        };
        let node = Node::start(options(Vec::new())).await.expect("started");
        let lends = async {
            loop {
                let tests = node.test_ice(&asked).await;
                if !tests.is_empty() && tests.iter().all(|it| it.works) {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        tokio::time::timeout(PATIENCE, lends)
            .await
            .expect("the TURN server lends addresses");
        node.stop().await;
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
