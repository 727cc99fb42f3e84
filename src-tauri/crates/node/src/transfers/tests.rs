//! Two tasks and a real tracker: what browsers would do, done by ourselves.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use files::store::Source;
use room::{RoomKey, ShareKey, SharedFiles};
use tokio::sync::oneshot;
use tokio::time::timeout;
use view::{FilesEvent, Refusal, ShareKind, Transfer, TransferFault, TransferState};
use wire::{Access, PeerId, RoomAddress, RoomName, TorrentHash};

use super::*;
use crate::default_origin;

/// Generous: machines that test are slow at times.
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_offered_to_browsers_is_fetched_and_opened_by_its_link_alone() {
    let url = tracker().await;
    let (mut giver, mut taker) = (Task::start(&url).await, Task::start(&url).await);
    let from = tempfile::tempdir().expect("a folder");
    let files = [("a.png", 200_000), ("empty", 0), ("b.txt", 1)];
    for (name, len) in files {
        std::fs::write(from.path().join(name), noise(len)).expect("written");
    }
    let picked = files.map(|(name, _)| Source::Path(from.path().join(name)));
    let shared = giver.share(picked.to_vec()).await;
    assert!(!shared.all_inline && shared.files == 3);

    let to = tempfile::tempdir().expect("a folder");
    for (magnet, names) in [
        (shared.magnet, &["a.png", "empty", "b.txt"][..]),
        (shared.inline, &["a.png"]),
    ] {
        let magnet = magnet.expect("for browsers");
        let key = taker.fetch(&magnet, Some(to.path().to_owned())).await;
        let done = taker.until(key, TransferState::Done).await;
        assert_eq!(done.files.len(), names.len());
        for file in done.files {
            let place = to.path().join(file.path_shown.expect("it has its place"));
            let len = files.iter().find(|(name, _)| *name == file.name);
            let (_, len) = len.expect("a file of ours");
            assert_eq!(std::fs::read(place).expect("there"), noise(*len));
        }
    }
    giver.stop().await;
    taker.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_only_shown_is_held_in_memory_and_saved_from_there() {
    let url = tracker().await;
    let (mut giver, mut taker) = (Task::start(&url).await, Task::start(&url).await);
    let bytes: Arc<[u8]> = noise(300_000).into();
    let name = "a.png".to_owned();
    let picked = Source::Bytes {
        name,
        bytes: Arc::clone(&bytes),
    };
    let shared = giver.share(vec![picked]).await;
    assert!(shared.all_inline);
    let magnet = shared.inline.expect("for browsers");

    let key = taker.fetch(&magnet, None).await;
    let done = taker.until(key, TransferState::Done).await;
    assert_eq!((done.folder, done.have), (None, 300_000));
    assert_eq!(done.files[0].mime.as_deref(), Some("image/png"));
    let media = taker.media(key, 100_000, 1_000_000).await.expect("read");
    assert_eq!(
        (media.total, &media.bytes[..]),
        (300_000, &bytes[100_000..])
    );
    giver.stop().await;

    let to = tempfile::tempdir().expect("a folder");
    taker.fetch(&magnet, Some(to.path().to_owned())).await;
    let done = taker.when(key, |it| {
        it.folder.is_some() && it.state == TransferState::Done
    });
    done.await;
    let saved = std::fs::read(to.path().join("a.png")).expect("there");
    assert_eq!(saved, &bytes[..]);
    assert_eq!(
        taker.media(key, 0, 10).await.expect("read").bytes,
        &bytes[..10]
    );
    taker.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_locked_with_another_rooms_key_says_so_and_leaves_nothing_open() {
    let url = tracker().await;
    let (mut giver, mut taker) = (Task::start(&url).await, Task::start(&url).await);
    let picked = Source::Bytes {
        name: "a.bin".to_owned(),
        bytes: noise(1_000).into(),
    };
    let magnet = giver.share(vec![picked]).await.magnet.expect("a link");
    taker.place = place("another room");

    let to = tempfile::tempdir().expect("a folder");
    let key = taker.fetch(&magnet, Some(to.path().to_owned())).await;
    let failed = taker.until(key, TransferState::Failed).await;

    assert_eq!(failed.reason, Some(TransferFault::CannotOpen));
    let nothing_left = async {
        while std::fs::read_dir(to.path()).expect("a folder").count() > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let removed = timeout(PATIENCE, nothing_left).await;
    removed.expect("what cannot be opened is not kept");
    // Trying again ends as well, whichever way.
    taker.change(key, Change::Retry).await.expect("begun");
    taker.until(key, TransferState::Waiting).await;
    let again = taker.until(key, TransferState::Failed).await;
    assert_eq!(again.reason, Some(TransferFault::CannotOpen));
    let room = taker.place.room.clone();
    taker.change(key, Change::Cancel).await.expect("done");
    taker
        .reported(|report| {
            matches!(report, Report::Tell(FilesEvent::TransferGone { room: of, .. })
                if of == room.to_string())
            .then_some(())
        })
        .await;
    giver.stop().await;
    taker.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_answers_for_is_not_waited_for_without_end() {
    let url = tracker().await;
    let mut taker = Task::start(&url).await;
    let magnet = format!("magnet:?xt=urn:btih:{}&dn=a.png", "7".repeat(40));
    let key = taker.fetch(&magnet, None).await;
    taker.when(key, |it| it.stalled).await;
    let failed = taker.until(key, TransferState::Failed).await;
    assert_eq!(failed.reason, Some(TransferFault::NobodyAnswers));
    taker.change(key, Change::Retry).await.expect("begun");
    taker.until(key, TransferState::Waiting).await;
    taker.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_the_moment_it_is_taken_back_nothing_more_is_given_to_anybody() {
    let url = tracker().await;
    let (mut giver, mut taker) = (Task::start(&url).await, Task::start(&url).await);
    let from = tempfile::tempdir().expect("a folder");
    let film = from.path().join("film.bin");
    // Sparse, and long enough that it is on its way for a while on any machine.
    let file = std::fs::File::create(&film).expect("made");
    file.set_len(512 << 20).expect("long");
    let shared = giver.share(vec![Source::Path(film)]).await;
    let key = ShareKey::Offer(shared.offer);
    let to = tempfile::tempdir().expect("a folder");
    let magnet = shared.magnet.expect("a link");
    let fetched = taker.fetch(&magnet, Some(to.path().to_owned())).await;
    taker.when(fetched, |it| it.have > 0 && it.peers > 0).await;

    giver.change(key, Change::Unshare).await.expect("done");

    let left = taker.when(fetched, |it| it.peers == 0).await;
    assert_eq!(left.state, TransferState::Fetching);
    assert!(left.total.is_some_and(|total| left.have < total));
    assert_eq!(
        giver.change(key, Change::Pause).await,
        Err(Refusal::NoSuchShare)
    );
    taker.change(fetched, Change::Cancel).await.expect("done");
    giver.stop().await;
    taker.stop().await;
}

struct Task {
    transfers: Transfers,
    place: Place,
}

impl Task {
    async fn start(tracker: &str) -> Self {
        let transfers = Transfers::start();
        let url = tracker.to_owned();
        let used = Order::TrackerUsed { url, local: false };
        transfers.orders.send(used).await.expect("it runs");
        Self {
            transfers,
            place: place("a room"),
        }
    }

    async fn ask<T>(&self, order: impl FnOnce(Answer<T>) -> Order) -> Result<T, Refusal> {
        let (answer, answered) = oneshot::channel();
        let sent = self.transfers.orders.send(order(answer)).await;
        sent.expect("it runs");
        answered.await.expect("it answers")
    }

    async fn reported<T>(&mut self, wanted: impl Fn(Report) -> Option<T>) -> T {
        let found = async {
            loop {
                let report = self.transfers.reports.recv().await.expect("it runs");
                if let Some(found) = wanted(report) {
                    return found;
                }
            }
        };
        timeout(PATIENCE, found).await.expect("in time")
    }

    async fn share(&mut self, sources: Vec<Source>) -> SharedFiles {
        let place = self.place.clone();
        self.ask(|answer| Order::Share {
            place,
            sources,
            answer,
        })
        .await
        .expect("begun");
        let (transfer, shared) = self
            .reported(|report| match report {
                Report::Ready {
                    transfer, shared, ..
                } => Some((transfer, shared)),
                _ => None,
            })
            .await;
        let taken = true;
        let offered = Order::Offered { transfer, taken };
        self.transfers.orders.send(offered).await.expect("it runs");
        let key = ShareKey::Offer(shared.offer);
        self.until(key, TransferState::Giving).await;
        *shared
    }

    async fn fetch(&mut self, magnet: &str, into: Option<PathBuf>) -> ShareKey {
        let hash = &magnet.split_once("btih:").expect("a hash").1[..40];
        let key = ShareKey::Torrent(TorrentHash::parse(hash).expect("a hash"));
        let wanted = Box::new(Wanted {
            place: self.place.clone(),
            key,
            name: "something".to_owned(),
            kind: ShareKind::File,
            files: None,
            size: None,
            magnet: Some(magnet.to_owned()),
            holders: Vec::new(),
            into,
        });
        let asked = self.ask(|answer| Order::Fetch { wanted, answer });
        asked.await.expect("begun");
        key
    }

    async fn change(&self, key: ShareKey, change: Change) -> Result<(), Refusal> {
        let room = self.place.room.clone();
        self.ask(|answer| Order::Change {
            room,
            key,
            change,
            into: None,
            answer,
        })
        .await
    }

    async fn media(&self, key: ShareKey, from: u64, len: u32) -> Result<Media, Refusal> {
        let room = self.place.room.clone();
        let part = Part { file: 0, from, len };
        self.ask(|answer| {
            Order::Look(Look::Media {
                room,
                key,
                part,
                answer,
            })
        })
        .await
    }

    async fn until(&mut self, key: ShareKey, state: TransferState) -> Transfer {
        self.when(key, |it| it.state == state).await
    }

    async fn when(&mut self, key: ShareKey, wanted: impl Fn(&Transfer) -> bool) -> Transfer {
        self.reported(|report| match report {
            Report::Tell(FilesEvent::TransferChanged { transfer })
                if transfer.key == key.to_string() && wanted(&transfer) =>
            {
                Some(transfer)
            }
            _ => None,
        })
        .await
    }

    async fn stop(self) {
        let (stopped, stopping) = oneshot::channel();
        let stop = Order::Stop(stopped);
        self.transfers.orders.send(stop).await.expect("it runs");
        timeout(PATIENCE, stopping)
            .await
            .expect("in time")
            .expect("it stops");
    }
}

fn place(name: &str) -> Place {
    let address = RoomAddress {
        origin: default_origin(),
        name: RoomName::parse(name).expect("a room name"),
        access: Access::Public,
    };
    Place {
        room: RoomKey::new(&address, &address.origin),
        name: address.name,
        origin: address.origin,
        me: PeerId::random_low(&mut rand::rngs::OsRng),
    }
}

async fn tracker() -> String {
    let any: SocketAddr = ([127, 0, 0, 1], 0).into();
    let bound = tracker::Tracker::bind(any, tracker::Limits::default()).await;
    let tracker = bound.expect("a free port");
    let url = format!("ws://{}", tracker.local_addr());
    tokio::spawn(tracker.serve(std::future::pending()));
    url
}

fn noise(len: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64 ^ len as u64;
    let mut bytes = Vec::with_capacity(len + 8);
    while bytes.len() < len {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(len);
    bytes
}
