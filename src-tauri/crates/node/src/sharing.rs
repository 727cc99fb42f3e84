//! Files: what a person can do with them. Each method returns as soon as it is begun; how it goes on
//! is told ([`crate::Told::Files`]).

use std::path::PathBuf;

use files::store::{Found, Source, StoreError};
use files::torrent::metainfo::MetainfoError;
use room::{RoomKey, ShareKey};
use tokio::sync::oneshot;
use view::Refusal;

use crate::Node;
use crate::run::{FilesRequest, Request};
use crate::transfers::{Answer, Change, Look, Media, Part};

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
/// [`Refusal::NothingToShare`], [`Refusal::TooMuchToShare`].
pub fn measure(sources: &[Source]) -> Result<Measure, Refusal> {
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
