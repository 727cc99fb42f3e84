//! Ending the app while files are on their way: the page asks first, in words. Where nothing moves,
//! or where there is no page that could ask, the app ends at once.

use std::collections::HashSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tauri::async_runtime::spawn;
use tauri::{AppHandle, Manager};
use tokio::sync::Notify;
use tokio::time::timeout;
use view::{Event, FilesEvent, Transfer, TransferState};

use crate::start;
use crate::window::{self, Audience};

/// How long a page may take to ask. One that is stuck cannot keep the app from ending.
const PATIENCE: Duration = Duration::from_secs(5);

/// Whether something would be lost by ending now.
#[derive(Default)]
pub(crate) struct Ending {
    /// What is on its way, by its room and what commands call it.
    moving: Mutex<HashSet<(String, String)>>,
    moves: AtomicBool,
    asked: Notify,
}

impl Ending {
    /// Hears how files are on their way.
    pub(crate) fn hear(&self, event: &FilesEvent) {
        let (room, key, moves) = match event {
            FilesEvent::TransferChanged { transfer } => {
                (&transfer.room, &transfer.key, is_on_its_way(transfer))
            }
            FilesEvent::TransferGone { room, key } => (room, key, false),
        };
        let Ok(mut moving) = self.moving.lock() else {
            return;
        };
        let it = (room.clone(), key.clone());
        if moves {
            moving.insert(it);
        } else {
            moving.remove(&it);
        }
        self.moves.store(!moving.is_empty(), Ordering::Relaxed);
    }

    /// Whether the person has to be asked before the app ends.
    pub(crate) fn needs_asking(&self) -> bool {
        self.moves.load(Ordering::Relaxed)
    }

    /// The page asks.
    pub(crate) fn is_asked(&self) {
        self.asked.notify_waiters();
    }
}

/// Ends the app, if the person wants that once they have heard what is on its way.
pub(crate) fn ask(app: &AppHandle) {
    window::show(app);
    let app = app.clone();
    spawn(async move {
        let ending = app.state::<Ending>();
        let asked = ending.asked.notified();
        tokio::pin!(asked);
        // It may ask before we listen.
        asked.as_mut().enable();
        drop(app.state::<Audience>().tell(Event::EndAsked));
        if timeout(PATIENCE, asked).await.is_err() {
            start::quit(&app);
        }
    });
}

/// Whether bytes of it move, or are about to.
fn is_on_its_way(transfer: &Transfer) -> bool {
    match transfer.state {
        TransferState::Waiting | TransferState::Fetching => !transfer.stalled,
        TransferState::Saving => true,
        // Whoever is connected may have got all of it already.
        TransferState::Giving | TransferState::Done => transfer.peers > 0 && transfer.speed > 0,
        TransferState::Preparing
        | TransferState::Paused
        | TransferState::Failed
        | TransferState::Withdrawn => false,
    }
}

#[cfg(test)]
mod tests {
    use view::ShareKind;

    use super::*;

    fn transfer(state: TransferState, peers: u32, speed: u64) -> Transfer {
        Transfer {
            room: "room".to_owned(),
            key: "key".to_owned(),
            name: "film.mkv".to_owned(),
            kind: ShareKind::Video,
            own: state == TransferState::Giving,
            state,
            have: 0,
            total: None,
            speed,
            left_ms: None,
            peers,
            stalled: false,
            files: Vec::new(),
            folder: None,
            reason: None,
        }
    }

    #[test]
    fn one_is_asked_only_while_something_moves() {
        let ending = Ending::default();
        let hear = |transfer| {
            ending.hear(&FilesEvent::TransferChanged { transfer });
            ending.needs_asking()
        };

        assert!(!ending.needs_asking());
        assert!(!hear(transfer(TransferState::Giving, 0, 0)));
        assert!(hear(transfer(TransferState::Giving, 2, 9)));
        // They have it, and are still connected.
        assert!(!hear(transfer(TransferState::Giving, 2, 0)));
        assert!(hear(transfer(TransferState::Fetching, 1, 9)));
        let stalled = Transfer {
            stalled: true,
            ..transfer(TransferState::Fetching, 0, 0)
        };
        assert!(!hear(stalled));
        assert!(hear(transfer(TransferState::Waiting, 0, 0)));
        ending.hear(&FilesEvent::TransferGone {
            room: "room".to_owned(),
            key: "key".to_owned(),
        });
        assert!(!ending.needs_asking());
    }
}
