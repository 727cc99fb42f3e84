//! The rooms a person wants to find again. Nothing else remembers a room.
//!
//! They are kept in the system's keyring where there is one, since a private room's secret is among
//! what they hold; otherwise in a file beside the profile that its owner alone may read. Which of
//! the two it is, is told. Asking the keyring may show a dialog or find nobody at home, so it is
//! only waited for so long.

use std::collections::BTreeMap;
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use view::{PinPlace, Refusal};
use wire::{Access, Invitation, InvitedAccess, Origin, RoomAddress};

use crate::file;

/// Rooms that can be pinned.
pub(crate) const MAX_PINS: usize = 64;
/// The largest list read: that many links with the longest names.
const MAX_PIN_BYTES: usize = 256 * 1024;
/// How long a keyring that does not answer is waited for. One that is locked asks the person, who
/// needs a moment.
const ANSWER_WITHIN: Duration = Duration::from_secs(3);
const UNLOCK_WITHIN: Duration = Duration::from_secs(60);

type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, NoKeyring>> + Send + 'a>>;

/// There is no keyring, or it does not answer, or the person keeps it locked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NoKeyring;

/// A place for one secret text.
pub(crate) trait Keyring: Send + Sync + std::fmt::Debug {
    /// The text, if one is kept.
    fn load(&self) -> Answer<'_, Option<String>>;
    /// Keeps a text instead of the one before.
    fn keep(&self, text: String) -> Answer<'_, ()>;
    /// Keeps nothing any more.
    fn forget(&self) -> Answer<'_, ()>;
}

/// Where pins are kept.
#[derive(Clone, Debug)]
pub(crate) struct PinBoard {
    keyring: Option<Arc<dyn Keyring>>,
    file: Option<PathBuf>,
}

/// Pinned rooms, and where they are kept.
#[derive(Clone, Debug)]
pub(crate) struct Pinboard {
    pub(crate) rooms: Vec<RoomAddress>,
    pub(crate) place: PinPlace,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    rooms: Vec<String>,
}

impl PinBoard {
    /// Without a file there is nowhere to keep anything: the profile is gone with the process too.
    pub(crate) fn new(keyring: Option<Arc<dyn Keyring>>, file: Option<PathBuf>) -> Self {
        Self {
            keyring: keyring.filter(|_| file.is_some()),
            file,
        }
    }

    /// What is pinned. A list that cannot be read counts as none.
    pub(crate) async fn load(&self) -> Pinboard {
        let Some(path) = &self.file else {
            return Pinboard {
                rooms: Vec::new(),
                place: PinPlace::Memory,
            };
        };
        if let Some(keyring) = &self.keyring
            && let Ok(text) = within(UNLOCK_WITHIN, keyring.load()).await
        {
            let mut rooms = text.as_deref().map(read).unwrap_or_default();
            // What was kept in the file while there was no keyring moves there.
            let beside = self.load_file().await;
            let place = if beside.is_empty() {
                PinPlace::Keyring
            } else {
                rooms.extend(beside);
                self.save(&rooms).await.unwrap_or(PinPlace::File)
            };
            return Pinboard {
                rooms: distinct(rooms),
                place,
            };
        }
        tracing::debug!(there = path.exists(), "no keyring, pins are in the file");
        Pinboard {
            rooms: distinct(self.load_file().await),
            place: PinPlace::File,
        }
    }

    /// Keeps these instead, and tells where.
    pub(crate) async fn save(&self, rooms: &[RoomAddress]) -> Result<PinPlace, Refusal> {
        let Some(path) = &self.file else {
            return Ok(PinPlace::Memory);
        };
        let links: Vec<String> = rooms.iter().map(link).collect();
        let text = serde_json::to_string(&Kept { rooms: links }).map_err(|_| Refusal::NotPinned)?;
        if let Some(keyring) = &self.keyring {
            let kept = if rooms.is_empty() {
                within(UNLOCK_WITHIN, keyring.forget()).await
            } else {
                within(UNLOCK_WITHIN, keyring.keep(text.clone())).await
            };
            if kept.is_ok() {
                crate::profile::remove(path.clone())
                    .await
                    .map_err(|_| Refusal::NotPinned)?;
                return Ok(PinPlace::Keyring);
            }
        }
        let done = if rooms.is_empty() {
            crate::profile::remove(path.clone()).await
        } else {
            crate::profile::write(path.clone(), text.into_bytes()).await
        };
        done.map(|()| PinPlace::File)
            .map_err(|_| Refusal::NotPinned)
    }

    async fn load_file(&self) -> Vec<RoomAddress> {
        let Some(path) = self.file.clone() else {
            return Vec::new();
        };
        let limit = MAX_PIN_BYTES as u64;
        let text = tokio::task::spawn_blocking(move || file::read(&path, limit)).await;
        match text {
            Ok(Ok(Some(text))) => read(&text),
            _ => Vec::new(),
        }
    }
}

/// What joins a room again; of a private one the secret is in it.
pub(crate) fn link(address: &RoomAddress) -> String {
    let invitation = Invitation {
        origin: address.origin.clone(),
        name: address.name.clone(),
        access: match &address.access {
            Access::Public => InvitedAccess::Public,
            Access::Private(secret) => InvitedAccess::Private(Some(secret.clone())),
        },
        trackers: Vec::new(),
    };
    invitation
        .app_link_with_secret()
        .unwrap_or_else(|| invitation.app_link())
}

/// A pinned room as it is shown.
pub(crate) fn shown(address: &RoomAddress, home: &Origin) -> view::Pinned {
    view::Pinned {
        room: room::RoomKey::new(address, home).to_string(),
        name: address.name.as_str().to_owned(),
        origin: address.origin.as_str().to_owned(),
        private: address.is_private(),
        link: link(address),
    }
}

/// Waits so long and no longer.
async fn within<T>(limit: Duration, answer: Answer<'_, T>) -> Result<T, NoKeyring> {
    tokio::time::timeout(limit, answer)
        .await
        .unwrap_or(Err(NoKeyring))
}

fn read(text: &str) -> Vec<RoomAddress> {
    if text.len() > MAX_PIN_BYTES {
        return Vec::new();
    }
    let Ok(kept) = serde_json::from_str::<Kept>(text) else {
        tracing::warn!("the pinned rooms cannot be read");
        return Vec::new();
    };
    let home: Origin = crate::default_origin();
    kept.rooms
        .iter()
        .take(MAX_PINS)
        .filter_map(|link| Invitation::parse(link, &home).ok()?.address())
        .collect()
}

fn distinct(rooms: Vec<RoomAddress>) -> Vec<RoomAddress> {
    let by_link: BTreeMap<String, RoomAddress> =
        rooms.into_iter().map(|it| (link(&it), it)).collect();
    by_link.into_values().take(MAX_PINS).collect()
}

/// The keyring of this system, if it has one that we can speak with. `owner` tells the rooms of one
/// profile from those of another.
#[cfg(target_os = "linux")]
pub(crate) fn of_the_system(owner: &std::path::Path) -> Option<Arc<dyn Keyring>> {
    Some(Arc::new(secret_service::SecretServiceKeyring::new(owner)))
}

/// The keyring of this system, if it has one that we can speak with.
#[cfg(not(target_os = "linux"))]
pub(crate) fn of_the_system(_: &std::path::Path) -> Option<Arc<dyn Keyring>> {
    None
}

#[cfg(target_os = "linux")]
mod secret_service {
    //! The desktop's keyring, asked over D-Bus by the Secret Service protocol.

    use std::collections::HashMap;

    use ::secret_service::{Collection, EncryptionType, Error, SecretService};

    use super::{ANSWER_WITHIN, Answer, Keyring, NoKeyring};

    #[derive(Debug)]
    pub(super) struct SecretServiceKeyring {
        owner: String,
    }

    impl SecretServiceKeyring {
        pub(super) fn new(owner: &std::path::Path) -> Self {
            Self {
                owner: owner.to_string_lossy().into_owned(),
            }
        }

        fn attributes(&self) -> HashMap<&str, &str> {
            HashMap::from([
                ("application", "chitchatter"),
                ("kind", "pinned-rooms"),
                ("profile", self.owner.as_str()),
            ])
        }

        async fn load_now(&self) -> Result<Option<String>, NoKeyring> {
            let service = connect().await?;
            let collection = unlocked(&service).await?;
            let items = collection.search_items(self.attributes()).await;
            let Some(item) = items.map_err(none)?.into_iter().next() else {
                return Ok(None);
            };
            let secret = item.get_secret().await.map_err(none)?;
            String::from_utf8(secret).map(Some).map_err(|_| NoKeyring)
        }

        async fn keep_now(&self, text: &str) -> Result<(), NoKeyring> {
            let service = connect().await?;
            let collection = unlocked(&service).await?;
            collection
                .create_item(
                    "Chitchatter: pinned rooms",
                    self.attributes(),
                    text.as_bytes(),
                    true,
                    "application/json",
                )
                .await
                .map(drop)
                .map_err(none)
        }

        async fn forget_now(&self) -> Result<(), NoKeyring> {
            let service = connect().await?;
            let collection = unlocked(&service).await?;
            let items = collection.search_items(self.attributes()).await;
            for item in items.map_err(none)? {
                item.delete().await.map_err(none)?;
            }
            Ok(())
        }
    }

    impl Keyring for SecretServiceKeyring {
        fn load(&self) -> Answer<'_, Option<String>> {
            Box::pin(self.load_now())
        }

        fn keep(&self, text: String) -> Answer<'_, ()> {
            Box::pin(async move { self.keep_now(&text).await })
        }

        fn forget(&self) -> Answer<'_, ()> {
            Box::pin(self.forget_now())
        }
    }

    /// Without a session bus nobody is asked: the library would start one.
    async fn connect<'a>() -> Result<SecretService<'a>, NoKeyring> {
        let has_bus = std::env::var_os("DBUS_SESSION_BUS_ADDRESS").is_some_and(|it| !it.is_empty());
        if !has_bus {
            return Err(NoKeyring);
        }
        // The secret crosses the bus encrypted, so that nobody who listens there reads it.
        let connecting = SecretService::connect(EncryptionType::Dh);
        tokio::time::timeout(ANSWER_WITHIN, connecting)
            .await
            .map_err(|_| NoKeyring)?
            .map_err(none)
    }

    async fn unlocked<'a>(service: &'a SecretService<'_>) -> Result<Collection<'a>, NoKeyring> {
        let collection = service.get_default_collection().await.map_err(none)?;
        if collection.is_locked().await.map_err(none)? {
            collection.unlock().await.map_err(none)?;
        }
        Ok(collection)
    }

    fn none(error: Error) -> NoKeyring {
        tracing::debug!(%error, "the keyring cannot be used");
        NoKeyring
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use wire::{RoomName, Secret};

    use super::*;

    /// A keyring in memory, that may be away.
    #[derive(Debug, Default)]
    struct Pretend {
        kept: Mutex<Option<String>>,
        away: Mutex<bool>,
    }

    impl Pretend {
        fn ask<T>(&self, act: impl FnOnce(&mut Option<String>) -> T) -> Result<T, NoKeyring> {
            if *self.away.lock().expect("whole") {
                return Err(NoKeyring);
            }
            Ok(act(&mut self.kept.lock().expect("whole")))
        }
    }

    impl Keyring for Pretend {
        fn load(&self) -> Answer<'_, Option<String>> {
            Box::pin(async { self.ask(|kept| kept.clone()) })
        }

        fn keep(&self, text: String) -> Answer<'_, ()> {
            Box::pin(async { self.ask(|kept| *kept = Some(text)) })
        }

        fn forget(&self) -> Answer<'_, ()> {
            Box::pin(async { self.ask(|kept| *kept = None) })
        }
    }

    /// A keyring that never answers.
    #[derive(Debug)]
    struct Hanging;

    impl Keyring for Hanging {
        fn load(&self) -> Answer<'_, Option<String>> {
            Box::pin(std::future::pending())
        }

        fn keep(&self, _: String) -> Answer<'_, ()> {
            Box::pin(std::future::pending())
        }

        fn forget(&self) -> Answer<'_, ()> {
            Box::pin(std::future::pending())
        }
    }

    fn rooms() -> Vec<RoomAddress> {
        let name = |text| RoomName::parse(text).expect("a name");
        let den = name("den");
        let secret = Secret::from_password(&den, "sesame");
        let origin = crate::default_origin();
        vec![
            RoomAddress {
                origin: origin.clone(),
                name: den,
                access: Access::Private(secret),
            },
            RoomAddress {
                origin,
                name: name("lounge"),
                access: Access::Public,
            },
        ]
    }

    #[tokio::test]
    async fn in_a_keyring_nothing_is_written_to_disk() {
        let folder = tempfile::tempdir().expect("a folder");
        let keyring = Arc::new(Pretend::default());
        let board = PinBoard::new(Some(keyring.clone()), Some(folder.path().join("pins")));

        assert_eq!(board.save(&rooms()).await, Ok(PinPlace::Keyring));

        let found = board.load().await;
        assert_eq!((found.rooms, found.place), (rooms(), PinPlace::Keyring));
        assert_eq!(std::fs::read_dir(folder.path()).expect("there").count(), 0);
        assert_eq!(board.save(&[]).await, Ok(PinPlace::Keyring));
        assert_eq!(*keyring.kept.lock().expect("whole"), None);
    }

    #[tokio::test]
    async fn without_a_keyring_pins_are_in_a_file_of_the_owner_alone_and_move_when_there_is_one() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("pins");
        let keyring = Arc::new(Pretend::default());
        *keyring.away.lock().expect("whole") = true;
        let board = PinBoard::new(Some(keyring.clone()), Some(path.clone()));

        assert_eq!(board.save(&rooms()).await, Ok(PinPlace::File));
        assert_eq!(board.load().await.place, PinPlace::File);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(&path)
                .expect("there")
                .permissions()
                .mode();
            assert_eq!(mode & 0o077, 0);
        }

        *keyring.away.lock().expect("whole") = false;
        let found = board.load().await;
        assert_eq!((found.rooms, found.place), (rooms(), PinPlace::Keyring));
        assert!(!path.exists());
    }

    #[tokio::test(start_paused = true)]
    async fn a_keyring_that_never_answers_is_not_waited_for_for_ever() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("pins");
        let board = PinBoard::new(Some(Arc::new(Hanging)), Some(file));
        assert_eq!(board.save(&rooms()).await, Ok(PinPlace::File));
        assert_eq!(board.load().await.rooms, rooms());
    }

    #[tokio::test]
    async fn without_a_file_nothing_is_remembered_anywhere() {
        let keyring = Arc::new(Pretend::default());
        let board = PinBoard::new(Some(keyring.clone()), None);
        assert_eq!(board.save(&rooms()).await, Ok(PinPlace::Memory));
        assert_eq!(*keyring.kept.lock().expect("whole"), None);
        assert_eq!(board.load().await.place, PinPlace::Memory);
    }

    #[test]
    fn a_list_that_is_damaged_or_endless_counts_as_far_as_it_is_good() {
        assert!(read("nonsense").is_empty());
        assert!(read(r#"{"rooms":7}"#).is_empty());
        assert_eq!(read(r#"{"rooms":["ftp://x","lounge"]}"#).len(), 1);
        let many: Vec<String> = (0..1_000).map(|n| format!("room-{n}")).collect();
        let text = serde_json::to_string(&Kept { rooms: many }).expect("JSON");
        assert_eq!(read(&text).len(), MAX_PINS);
    }
}
