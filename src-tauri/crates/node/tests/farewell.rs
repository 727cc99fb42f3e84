//! A node that has stopped has said goodbye: nothing of it is left to be done.

mod common;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use common::{LocalTracker, PATIENCE, address, joined, options, start, until};
use node::Node;
use room::{Event, NoticeKind};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_has_stopped_has_left_its_rooms_and_its_trackers() {
    let tracker = LocalTracker::start().await;
    let door = Door::open(tracker.address).await;
    let (ada, mut ada_hears) = start(&tracker, Some("Ada")).await;
    ada.join(address("meeting")).await.expect("joined");

    let (there, is_there) = oneshot::channel();
    let (go, told) = oneshot::channel::<()>();
    let trackers = vec![door.url.clone()];
    let bob = std::thread::spawn(move || {
        // A runtime that looks whether Bob has stopped after each step of anything else, and ends
        // there and then, so that nothing of him can go on.
        let runtime = tokio::runtime::Builder::new_current_thread()
            .event_interval(1)
            .enable_all()
            .build()
            .expect("a runtime");
        runtime.block_on(async {
            let bob = Node::start(options(trackers)).await.expect("started");
            let (_, mut hears) = bob.subscribe().await.expect("subscribed");
            for room in ["meeting", "elsewhere", "and another"] {
                bob.join(address(room)).await.expect("joined");
            }
            joined(&mut hears).await;
            there.send(()).expect("waited for");
            told.await.expect("told");
            let begun = Instant::now();
            bob.stop().await;
            begun.elapsed()
        })
    });
    joined(&mut ada_hears).await;
    is_there.await.expect("he is there");
    assert_eq!(door.stopped(), 0);

    go.send(()).expect("he waits");
    let took = tokio::task::spawn_blocking(|| bob.join().expect("no panic"))
        .await
        .expect("no panic");
    assert!(took < PATIENCE, "it is bounded");

    let last = until(&mut ada_hears, |event| match event {
        Event::NoticeAdded { notice, .. } => match notice.what {
            NoticeKind::Left { .. } | NoticeKind::Lost { .. } => Some(notice.what),
            _ => None,
        },
        _ => None,
    })
    .await;
    assert!(matches!(last, NoticeKind::Left { .. }), "{last:?}");
    door.closed().await;
    assert_eq!(door.stopped(), 3, "one for each room");
    ada.stop().await;
}

/// Passes on what one client says to a tracker, and remembers it.
struct Door {
    url: String,
    said: Arc<Mutex<Vec<u8>>>,
    done: tokio::sync::Mutex<tokio::task::JoinHandle<()>>,
}

impl Door {
    async fn open(tracker: SocketAddr) -> Self {
        let door = TcpListener::bind(("127.0.0.1", 0))
            .await
            .expect("a free port");
        let url = format!("ws://{}", door.local_addr().expect("bound"));
        let said = Arc::<Mutex<Vec<u8>>>::default();
        let heard = Arc::clone(&said);
        let done = tokio::spawn(async move {
            let (client, _) = door.accept().await.expect("he comes");
            let (mut from, mut to_client) = client.into_split();
            let tracker = TcpStream::connect(tracker).await.expect("it listens");
            let (mut answers, mut to) = tracker.into_split();
            let back = tokio::spawn(async move { copy(&mut answers, &mut to_client).await });
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = from.read(&mut bytes).await {
                heard
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .extend_from_slice(&bytes[..count]);
                let _ = to.write_all(&bytes[..count]).await;
            }
            back.abort();
        });
        Self {
            url,
            said,
            done: tokio::sync::Mutex::new(done),
        }
    }

    /// Waits until the client has closed its connection.
    async fn closed(&self) {
        let mut done = self.done.lock().await;
        tokio::time::timeout(PATIENCE, &mut *done)
            .await
            .expect("in time")
            .expect("no panic");
    }

    /// How many times it was said that a room is left.
    fn stopped(&self) -> usize {
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        texts(&said)
            .iter()
            .filter(|text| text.contains(r#""event":"stopped""#))
            .count()
    }
}

/// The texts a WebSocket client sent after its handshake, as far as they are whole.
fn texts(said: &[u8]) -> Vec<String> {
    let Some(end) = said.windows(4).position(|it| it == b"\r\n\r\n") else {
        return Vec::new();
    };
    let mut rest = &said[end + 4..];
    let mut texts = Vec::new();
    while let [first, second, ..] = *rest {
        let (length, start) = match second & 0x7f {
            126 if rest.len() >= 4 => (usize::from(u16::from_be_bytes([rest[2], rest[3]])), 4),
            127 if rest.len() >= 10 => {
                let length: [u8; 8] = rest[2..10].try_into().expect("eight");
                (
                    usize::try_from(u64::from_be_bytes(length)).expect("small"),
                    10,
                )
            }
            short @ ..126 => (usize::from(short), 2),
            _ => break,
        };
        // What a client says is always masked.
        let Some((mask, payload)) = rest[start..]
            .split_at_checked(4)
            .and_then(|(mask, payload)| Some((mask, payload.get(..length)?)))
        else {
            break;
        };
        if first & 0x0f == 1 {
            let text = payload.iter().zip(mask.iter().cycle());
            texts.push(text.map(|(byte, mask)| char::from(byte ^ mask)).collect());
        }
        rest = &rest[start + 4 + length..];
    }
    texts
}
