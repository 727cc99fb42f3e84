//! Files: what a person can do with them. Each method returns as soon as it is begun; how it goes on
//! is told ([`crate::Told::Files`]).

use std::io::ErrorKind;
use std::path::PathBuf;

use files::kind::{HEAD_BYTES, Kind, inline_kind, pixels};
use files::limits::MAX_MEMORY_BYTES;
use files::store::{Found, Source, StoreError};
use files::torrent::metainfo::MetainfoError;
use room::{RoomKey, ShareKey};
use tokio::sync::oneshot;
use view::Refusal;

use crate::Node;
use crate::run::{FilesRequest, Request};
use crate::transfers::{Answer, Change, Look, Media, Part};

/// How much of a file is read at once to show it.
const SHOWN_PART: u32 = 1024 * 1024;

/// The most pixels that the pictures of one share may have together when they are shown: a whole wall
/// of screens, and four times as many bytes once they are decoded. A few bytes can be a picture of
/// gigabytes.
pub const MAX_SHOWN_PIXELS: u64 = 64 * 1024 * 1024;

/// A file as it may be shown.
#[derive(Clone, PartialEq, Eq)]
pub struct ShownMedia {
    /// The only type it may be given to a web view as.
    pub mime: &'static str,
    /// All of it.
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for ShownMedia {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ShownMedia")
            .field("mime", &self.mime)
            .field("bytes", &self.bytes.len())
            .finish()
    }
}

/// How much there is to share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measure {
    /// Files, those in folders among them.
    pub files: u64,
    /// Bytes of all of them.
    pub size: u64,
}

/// Looks at what is to be shared, folders and all. It blocks.
///
/// # Errors
/// [`Refusal::NothingToShare`], [`Refusal::CannotShare`], [`Refusal::TooMuchToShare`].
pub fn measure(sources: &[Source]) -> Result<Measure, Refusal> {
    for source in sources {
        let Source::Path(path) = source else { continue };
        // Of a folder that may not be read the system says so only when it is opened.
        let looked = match std::fs::metadata(path) {
            Ok(about) if about.is_dir() => std::fs::read_dir(path).map(drop),
            Ok(about) if about.is_file() => std::fs::File::open(path).map(drop),
            other => other.map(drop),
        };
        if let (Err(fault), Some(name)) = (looked, path.file_name()) {
            return Err(Refusal::CannotShare {
                name: name.to_string_lossy().into_owned(),
                gone: fault.kind() == ErrorKind::NotFound,
            });
        }
    }
    let found = Found::find(sources).map_err(|why| match why {
        StoreError::OverQuota
        | StoreError::Metainfo(MetainfoError::TooLarge | MetainfoError::TooManyFiles) => {
            Refusal::TooMuchToShare
        }
        _ => Refusal::NothingToShare,
    })?;
    Ok(Measure {
        files: u64::try_from(found.files()).unwrap_or(u64::MAX),
        size: found.total(),
    })
}

impl Node {
    /// Offers files and folders in a room, all together, once they are read. Until then they go by a
    /// key of their own, which is told as gone when they are offered under their line's.
    ///
    /// # Errors
    /// [`Refusal::NotJoined`], [`Refusal::NothingToShare`], [`Refusal::Busy`], [`Refusal::Stopped`].
    pub async fn share(&self, room: &RoomKey, paths: Vec<PathBuf>) -> Result<(), Refusal> {
        let sources = paths.into_iter().map(Source::Path).collect();
        self.share_sources(room, sources).await
    }

    /// Offers something that is on no disk, such as a pasted picture. It is kept in memory alone.
    ///
    /// # Errors
    /// As [`Node::share`], and [`Refusal::TooLargeToShow`].
    pub async fn share_bytes(
        &self,
        room: &RoomKey,
        name: String,
        bytes: Vec<u8>,
    ) -> Result<(), Refusal> {
        let bytes = bytes.into();
        self.share_sources(room, vec![Source::Bytes { name, bytes }])
            .await
    }

    async fn share_sources(&self, room: &RoomKey, sources: Vec<Source>) -> Result<(), Refusal> {
        let room = room.clone();
        self.files_asked(|answer| FilesRequest::Share {
            room,
            sources,
            answer,
        })
        .await
    }

    /// No longer offers something: from this moment nothing more of it is given.
    ///
    /// # Errors
    /// [`Refusal::NoSuchShare`], [`Refusal::NotJoined`], [`Refusal::Stopped`].
    pub async fn unshare(&self, room: &RoomKey, key: &ShareKey) -> Result<(), Refusal> {
        self.change(room, key, Change::Unshare).await
    }

    /// Fetches what somebody offers into a folder, or only into memory to be shown. Goes on with
    /// what was begun there before, whenever that was. What is whole in memory is saved from there.
    ///
    /// # Errors
    /// [`Refusal::NoSuchShare`], [`Refusal::TooLargeToShow`], [`Refusal::Busy`],
    /// [`Refusal::NotJoined`], [`Refusal::Stopped`].
    pub async fn fetch(
        &self,
        room: &RoomKey,
        key: &ShareKey,
        into: Option<PathBuf>,
    ) -> Result<(), Refusal> {
        let (room, key) = (room.clone(), *key);
        self.files_asked(|answer| FilesRequest::Fetch {
            room,
            key,
            into,
            answer,
        })
        .await
    }

    /// Lets a transfer rest, one's own too.
    ///
    /// # Errors
    /// [`Refusal::NoSuchShare`], [`Refusal::Stopped`].
    pub async fn pause(&self, room: &RoomKey, key: &ShareKey) -> Result<(), Refusal> {
        self.change(room, key, Change::Pause).await
    }

    /// Goes on with a transfer that rests.
    ///
    /// # Errors
    /// [`Refusal::NoSuchShare`], [`Refusal::Stopped`].
    pub async fn resume(&self, room: &RoomKey, key: &ShareKey) -> Result<(), Refusal> {
        self.change(room, key, Change::Resume).await
    }

    /// Gives a transfer up; what is unfinished is removed. What is finished stays where it is, and is
    /// given to others no more. What we offer is taken back.
    ///
    /// # Errors
    /// [`Refusal::NoSuchShare`], [`Refusal::Stopped`].
    pub async fn cancel(&self, room: &RoomKey, key: &ShareKey) -> Result<(), Refusal> {
        self.change(room, key, Change::Cancel).await
    }

    /// Tries again what failed.
    ///
    /// # Errors
    /// [`Refusal::NoSuchShare`], [`Refusal::Busy`], [`Refusal::Stopped`].
    pub async fn retry(&self, room: &RoomKey, key: &ShareKey) -> Result<(), Refusal> {
        self.change(room, key, Change::Retry).await
    }

    /// All transfers, as they were last told.
    ///
    /// # Errors
    /// [`room::Refusal::Stopped`].
    pub async fn files(&self) -> Result<Vec<view::Transfer>, room::Refusal> {
        self.ask(|answer| Request::Files(FilesRequest::All { answer }))
            .await
    }

    /// Reads a part of a file that is here, ours or fetched, to show it: at most 4 MiB at once.
    ///
    /// # Errors
    /// [`Refusal::NoSuchShare`], [`Refusal::Stopped`].
    pub async fn open_media(
        &self,
        room: &RoomKey,
        key: &ShareKey,
        file: u32,
        from: u64,
        len: u32,
    ) -> Result<Media, Refusal> {
        let (room, key) = (room.clone(), *key);
        let part = Part { file, from, len };
        self.files_asked(|answer| {
            FilesRequest::Look(Look::Media {
                room,
                key,
                part,
                answer,
            })
        })
        .await
    }

    /// All of a file that is here as it may be shown where it stands, and its only type. What it is
    /// follows from its bytes, and no card of files ever takes more pixels than [`MAX_SHOWN_PIXELS`].
    ///
    /// # Errors
    /// [`Refusal::TooLargeToShow`], [`Refusal::BadImage`] where it is nothing to be shown,
    /// [`Refusal::NoSuchShare`], [`Refusal::Stopped`].
    pub async fn shown_media(
        &self,
        room: &RoomKey,
        key: &ShareKey,
        file: u32,
    ) -> Result<ShownMedia, Refusal> {
        let first = self.open_media(room, key, file, 0, SHOWN_PART).await?;
        if first.total > MAX_MEMORY_BYTES {
            return Err(Refusal::TooLargeToShow);
        }
        let head = first.bytes.get(..HEAD_BYTES).unwrap_or(&first.bytes);
        let shown = inline_kind(&first.name, head).ok_or(Refusal::BadImage)?;
        let bytes = self.rest_of(room, key, file, first).await?;
        if shown.kind == Kind::Image {
            let pixels = pixels(&bytes).ok_or(Refusal::BadImage)?;
            let before = self.pixels_before(room, key, file).await?;
            if before.saturating_add(pixels) > MAX_SHOWN_PIXELS {
                return Err(Refusal::TooLargeToShow);
            }
        }
        Ok(ShownMedia {
            mime: shown.mime,
            bytes,
        })
    }

    /// How many pixels the pictures of a share have that are shown before this one.
    async fn pixels_before(
        &self,
        room: &RoomKey,
        key: &ShareKey,
        file: u32,
    ) -> Result<u64, Refusal> {
        let mut sum: u64 = 0;
        for earlier in 0..file {
            let first = self.open_media(room, key, earlier, 0, SHOWN_PART).await?;
            if Kind::of(&first.name, &first.bytes) != Kind::Image || first.total > MAX_MEMORY_BYTES
            {
                continue;
            }
            let known = match pixels(&first.bytes) {
                Some(known) => Some(known),
                None => pixels(&self.rest_of(room, key, earlier, first).await?),
            };
            let with_it = sum.saturating_add(known.unwrap_or(0));
            if with_it <= MAX_SHOWN_PIXELS {
                sum = with_it;
            }
        }
        Ok(sum)
    }

    async fn rest_of(
        &self,
        room: &RoomKey,
        key: &ShareKey,
        file: u32,
        first: Media,
    ) -> Result<Vec<u8>, Refusal> {
        let mut bytes = first.bytes;
        while (bytes.len() as u64) < first.total {
            let from = bytes.len() as u64;
            let part = self.open_media(room, key, file, from, SHOWN_PART).await?;
            if part.bytes.is_empty() || part.total != first.total {
                return Err(Refusal::NoSuchShare);
            }
            bytes.extend_from_slice(&part.bytes);
        }
        Ok(bytes)
    }

    /// Where a file lies that is here, ours or fetched.
    ///
    /// # Errors
    /// [`Refusal::NoSuchShare`], [`Refusal::Stopped`].
    pub async fn file_path(
        &self,
        room: &RoomKey,
        key: &ShareKey,
        file: u32,
    ) -> Result<PathBuf, Refusal> {
        let (room, key) = (room.clone(), *key);
        self.files_asked(|answer| {
            FilesRequest::Look(Look::Path {
                room,
                key,
                file,
                answer,
            })
        })
        .await
    }

    async fn change(&self, room: &RoomKey, key: &ShareKey, change: Change) -> Result<(), Refusal> {
        let (room, key) = (room.clone(), *key);
        self.files_asked(|answer| FilesRequest::Change {
            room,
            key,
            change,
            answer,
        })
        .await
    }

    async fn files_asked<T>(
        &self,
        request: impl FnOnce(Answer<T>) -> FilesRequest,
    ) -> Result<T, Refusal> {
        let (answer, answered) = oneshot::channel();
        self.requests
            .send(Request::Files(request(answer)))
            .await
            .map_err(|_| Refusal::Stopped)?;
        answered.await.map_err(|_| Refusal::Stopped)?
    }
}
