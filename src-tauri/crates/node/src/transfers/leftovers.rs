//! What is left of unfinished files when nothing of them is wanted for now, or ever again. One thing
//! at a time is done about each: a new beginning waits until the old end is done.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use files::direct::OfferHash;
use files::store::{Kept, Partial, StoreError};
use files::torrent::ids::Hash;
use room::ShareKey;

use super::engine::Engine;
use super::jobs::Done;
use super::transfer::TransferId;

/// What is not wanted for now, or ever again, and may still be in use.
#[derive(Default)]
pub(super) struct Leftovers {
    /// Written to or read from until all jobs are done; whether to remove it then.
    ending: Vec<(Arc<Kept>, bool)>,
    /// Looked for when it was given up.
    looked_for: Vec<(TransferId, PathBuf, ShareKey)>,
    /// Being ended or removed.
    removing: Vec<Hash>,
    /// To be removed from these folders as soon as they are ended.
    unwanted: Vec<(PathBuf, Hash)>,
}

impl Engine {
    /// Nothing is written to it or read from it any more, but for what is under way.
    pub(super) fn let_go(&mut self, kept: Arc<Kept>) {
        self.leftovers.ending.push((kept, false));
    }

    /// Nobody wants it any more: it is removed as soon as it can be.
    pub(super) fn give_up(
        &mut self,
        id: TransferId,
        key: ShareKey,
        folder: Option<PathBuf>,
        is_looked_for: bool,
    ) {
        let hash = short(&key);
        let mut was_there = false;
        for (kept, removes) in &mut self.leftovers.ending {
            if kept.metainfo().info_hash() == hash {
                *removes = true;
                was_there = true;
            }
        }
        match folder {
            Some(folder) if is_looked_for => self.leftovers.looked_for.push((id, folder, key)),
            Some(folder) if !was_there => self.remove_from(folder, hash),
            _ => self.end_leftovers(),
        }
    }

    /// Whether something about this is not done yet.
    pub(super) fn is_ending(&self, key: &ShareKey) -> bool {
        let hash = short(key);
        let Leftovers {
            ending,
            looked_for,
            removing,
            unwanted,
        } = &self.leftovers;
        ending
            .iter()
            .any(|(kept, _)| kept.metainfo().info_hash() == hash)
            || looked_for.iter().any(|(.., known)| known == key)
            || removing.contains(&hash)
            || unwanted.iter().any(|(_, known)| *known == hash)
    }

    pub(super) fn has_leftovers(&self) -> bool {
        let left = &self.leftovers;
        !(left.ending.is_empty()
            && left.looked_for.is_empty()
            && left.removing.is_empty()
            && left.unwanted.is_empty())
    }

    /// Something was looked for, and nobody waits for it any more.
    pub(super) fn looked_in_vain(&mut self, id: TransferId) {
        let mut looked_for = self.leftovers.looked_for.iter();
        if let Some(at) = looked_for.position(|(known, ..)| *known == id) {
            let (_, folder, key) = self.leftovers.looked_for.swap_remove(at);
            self.remove_from(folder, short(&key));
        }
    }

    pub(super) fn removed(&mut self, hash: Hash) {
        let mut removing = self.leftovers.removing.iter();
        if let Some(at) = removing.position(|known| *known == hash) {
            self.leftovers.removing.swap_remove(at);
        }
        let unwanted = &mut self.leftovers.unwanted;
        if let Some(at) = unwanted.iter().position(|(_, known)| *known == hash) {
            let (folder, hash) = unwanted.swap_remove(at);
            self.remove_from(folder, hash);
        }
    }

    /// Ends what no job uses any more, and begins with what waited for it.
    pub(super) fn end_leftovers(&mut self) {
        for (kept, removes) in std::mem::take(&mut self.leftovers.ending) {
            match Arc::try_unwrap(kept) {
                Ok(kept) if removes => {
                    let hash = kept.metainfo().info_hash();
                    self.leftovers.removing.push(hash);
                    self.job(
                        &self.long,
                        move || kept.discard(),
                        move |_| Done::Removed(hash),
                    );
                }
                // What is here is written down in the end, which may take a moment.
                Ok(kept) => {
                    let hash = kept.metainfo().info_hash();
                    self.leftovers.removing.push(hash);
                    let end = move || {
                        drop(kept);
                        Ok(())
                    };
                    self.job(&self.long, end, move |_| Done::Removed(hash));
                }
                Err(kept) => self.leftovers.ending.push((kept, removes)),
            }
        }
    }

    fn remove_from(&mut self, folder: PathBuf, hash: Hash) {
        // What is still being ended is nobody else's to touch.
        if self.leftovers.removing.contains(&hash) {
            self.leftovers.unwanted.push((folder, hash));
            return;
        }
        self.leftovers.removing.push(hash);
        let remove = move || remove_from(&folder, hash);
        self.job(&self.long, remove, move |_| Done::Removed(hash));
    }
}

fn remove_from(folder: &Path, hash: Hash) -> Result<(), StoreError> {
    match Partial::begun(folder, hash)? {
        Some(partial) => partial.discard(),
        None => Ok(()),
    }
}

/// The part of a key that unfinished files lie under.
pub(super) fn short(key: &ShareKey) -> Hash {
    match key {
        ShareKey::Offer(offer) => OfferHash(offer.0).short(),
        ShareKey::Torrent(hash) => Hash(hash.0),
    }
}
