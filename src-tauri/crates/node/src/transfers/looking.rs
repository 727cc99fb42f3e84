//! Reading what is here, to show it.

use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use files::store::{Source, StoreError, Whole};
use room::{RoomKey, ShareKey};
use view::Refusal;

use super::engine::Engine;
use super::jobs::{Done, place_in};
use super::orders::{Answer, Look, Media, Part};
use super::swarm::Store;
use super::transfer::Transfer;

/// The most that is read at once.
const MAX_PART: u32 = 4 * 1024 * 1024;

impl Engine {
    /// Answers what somebody wants to know of files that are here.
    pub(super) fn looked_at(&mut self, look: Look) {
        match look {
            Look::Media {
                room,
                key,
                part,
                answer,
            } => self.look_into(&room, &key, part, answer),
            Look::Path {
                room,
                key,
                file,
                answer,
            } => {
                // Whoever asked may have stopped waiting for the answer.
                let _ = answer.send(self.path_of(&room, &key, file));
            }
        }
    }

    /// Reads a part of a file that is here.
    fn look_into(&mut self, room: &RoomKey, key: &ShareKey, part: Part, answer: Answer<Media>) {
        let id = self.find(room, key);
        let transfer = id.and_then(|id| self.transfers.get(&id));
        let Some(read) = transfer.and_then(|transfer| self.reader(transfer, part)) else {
            let _ = answer.send(Err(Refusal::NoSuchShare));
            return;
        };
        self.job(&self.disk, read, |media| Done::Media { media, answer });
    }

    fn reader(
        &self,
        transfer: &Transfer,
        part: Part,
    ) -> Option<impl FnOnce() -> Result<Media, StoreError> + Send + use<>> {
        let index = usize::try_from(part.file).ok()?;
        let file = transfer.files.get(index)?;
        let (name, total) = (file.name.clone(), file.size);
        let left = total.saturating_sub(part.from);
        let len = u64::from(part.len.min(MAX_PART)).min(left) as usize;
        let from = part.from.min(total);
        let bytes: Box<dyn FnOnce() -> Result<Vec<u8>, StoreError> + Send> =
            match &transfer.whole {
                Some(Whole::Memory(files)) => {
                    let opened = files.iter().find(|it| it.file == index)?;
                    let bytes = Arc::clone(&opened.bytes);
                    let start = usize::try_from(from).ok()?;
                    Box::new(move || {
                        let part = bytes.get(start..start + len);
                        part.map(<[u8]>::to_vec).ok_or(StoreError::OutOfRange)
                    })
                }
                Some(Whole::Disk(files)) => {
                    let path = files.iter().find(|it| it.file == index)?.path.clone();
                    Box::new(move || read_part(&path, from, len))
                }
                None if transfer.own => {
                    let tree = transfer.swarms.iter().find_map(|id| {
                        match &self.swarms.get(id)?.store {
                            Store::Tree(tree) => Some(Arc::clone(tree)),
                            _ => None,
                        }
                    })?;
                    let start = tree.metainfo().files().get(index)?.start;
                    Box::new(move || tree.read(start + from, len))
                }
                None => return None,
            };
        Some(move || {
            Ok(Media {
                name,
                total,
                bytes: bytes()?,
            })
        })
    }

    /// Where a file that is here lies.
    fn path_of(&self, room: &RoomKey, key: &ShareKey, file: u32) -> Result<PathBuf, Refusal> {
        let transfer = self
            .find(room, key)
            .and_then(|id| self.transfers.get(&id))
            .ok_or(Refusal::NoSuchShare)?;
        let index = usize::try_from(file).map_err(|_| Refusal::NoSuchShare)?;
        let path = match &transfer.whole {
            Some(Whole::Disk(files)) => {
                let found = files.iter().find(|it| it.file == index);
                found.map(|it| it.path.clone())
            }
            _ => {
                let picked: Vec<PathBuf> = transfer
                    .sources
                    .iter()
                    .filter_map(|source| match source {
                        Source::Path(path) => Some(path.clone()),
                        Source::Bytes { .. } => None,
                    })
                    .collect();
                let name = transfer.files.get(index).map(|it| it.name.as_str());
                name.and_then(|name| place_in(&picked, name))
            }
        };
        path.ok_or(Refusal::NoSuchShare)
    }
}

fn read_part(path: &Path, from: u64, len: usize) -> Result<Vec<u8>, StoreError> {
    let mut file = std::fs::File::open(path)?;
    file.seek(SeekFrom::Start(from))?;
    let mut bytes = vec![0; len];
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}
