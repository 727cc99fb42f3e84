//! Links between two meshes on one machine.

mod common;

use common::{LINK, Peer, pair};
use mesh::{CloseReason, Heard};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_peers_meet_and_talk_both_ways() {
    let (mut a, mut b) = pair().await;
    for length in [1, 16 * 1024, 65_535, 65_536, 65_537, 262_144] {
        let message: Vec<u8> = (0..length).map(|at| (at % 251) as u8).collect();
        a.mesh.send(LINK, message.clone());
        assert!(b.bytes().await == message, "{length} bytes there");
        b.mesh.send(LINK, message.clone());
        assert!(a.bytes().await == message, "{length} bytes back");
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
