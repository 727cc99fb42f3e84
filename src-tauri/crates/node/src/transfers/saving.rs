//! Files of others that are whole: they get their names, and are given on.

use std::sync::Arc;

use files::sealed::RoomKey as FileKey;
use files::store::{Kept, Partial, StoreError, Tree, Whole};
use files::torrent::meeting;
use room::Has;
use view::{Refusal, TransferFault, TransferState};

use super::engine::Engine;
use super::jobs::Done;
use super::kinds;
use super::orders::Wanted;
use super::swarm::{Store, SwarmId};
use super::transfer::{TransferId, Work};

impl Engine {
    /// All pieces are here: the files get their names.
    pub(super) fn complete(&mut self, id: TransferId, swarm: SwarmId) {
        let (Some(transfer), Some(there)) =
            (self.transfers.get_mut(&id), self.swarms.get_mut(&swarm))
        else {
            return;
        };
        let Store::Kept(kept) = &there.store else {
            return;
        };
        transfer.state = TransferState::Saving;
        transfer.stalled = false;
        transfer.progress.have = transfer.total.unwrap_or(0);
        there.is_saving = true;
        let work = Arc::<Work>::default();
        transfer.work = Some(Arc::clone(&work));
        let kept = Arc::clone(kept);
        let key = FileKey::of_room(transfer.place.name.as_str()).ok();
        let origin = transfer.place.origin.as_str().to_owned();
        let save = move || save(&kept, key.as_ref(), &origin, &work);
        self.job(&self.long, save, move |saved| Done::Saved {
            transfer: id,
            swarm,
            saved,
        });
        self.urgent.insert(id);
    }

    pub(super) fn saved(
        &mut self,
        id: TransferId,
        swarm: SwarmId,
        saved: Result<(Whole, Option<Tree>), StoreError>,
    ) {
        let Some(transfer) = self.transfers.get_mut(&id) else {
            return;
        };
        transfer.work = None;
        let (whole, tree) = match saved {
            Ok(saved) => saved,
            Err(StoreError::CalledOff) => return,
            Err(why) => {
                let fault = kinds::fault_of_writing(&why);
                let is_useless = fault == TransferFault::CannotOpen;
                let (key, folder) = (transfer.key, transfer.folder().cloned());
                self.fail(id, fault);
                if is_useless {
                    // It is whole and the key is the room's: trying again opens it no better.
                    self.give_up(id, key, folder, false);
                }
                return;
            }
        };
        let in_memory = matches!(whole, Whole::Memory(_));
        transfer.finish(whole);
        let gives_on = tree.is_some() || in_memory;
        if let Some(there) = self.swarms.get_mut(&swarm) {
            there.is_saving = false;
            if let Some(tree) = tree {
                there.store = Store::Tree(Arc::new(tree));
            }
            self.reading.insert(swarm);
        }
        self.meeting(swarm, meeting::Input::Completed);
        if gives_on && self.swarms.contains_key(&swarm) {
            self.hold(id, Has::Whole);
        } else {
            // What lies opened in its folder is not what browsers gave us; they have each other.
            self.end_swarm(swarm);
            self.hold(id, Has::None);
        }
        self.urgent.insert(id);
        self.begin_next();
    }

    /// What was only held in memory shall lie in a folder too.
    pub(super) fn save_from_memory(
        &mut self,
        id: TransferId,
        wanted: Wanted,
    ) -> Result<(), Refusal> {
        let (Some(folder), Some(transfer)) = (wanted.into.clone(), self.transfers.get_mut(&id))
        else {
            return Err(Refusal::NoSuchShare);
        };
        let held = transfer.swarms.first().copied().and_then(|swarm| {
            match &self.swarms.get(&swarm)?.store {
                Store::Kept(kept) => Some((swarm, Arc::clone(kept))),
                _ => None,
            }
        });
        let Some((swarm, kept)) = held else {
            // It is not given on any more, so it has to be fetched again.
            self.forget(id);
            return self.fetch(wanted);
        };
        let work = Arc::<Work>::default();
        transfer.wanted = Some(wanted);
        transfer.state = TransferState::Saving;
        transfer.work = Some(Arc::clone(&work));
        let key = FileKey::of_room(transfer.place.name.as_str()).ok();
        let origin = transfer.place.origin.as_str().to_owned();
        let copy = move || {
            let metainfo = Arc::clone(kept.metainfo());
            let partial = Partial::open(&folder, Arc::clone(&metainfo), u64::MAX)?;
            for piece in 0..metainfo.pieces() {
                let len = metainfo.len_of(piece) as usize;
                let bytes = kept.read(metainfo.piece_start(piece), len)?;
                partial.write(piece, &bytes)?;
            }
            save(&Kept::Disk(partial), key.as_ref(), &origin, &work)
        };
        self.job(&self.long, copy, move |saved| Done::Saved {
            transfer: id,
            swarm,
            saved,
        });
        self.urgent.insert(id);
        Ok(())
    }
}

fn save(
    kept: &Kept,
    key: Option<&FileKey>,
    origin: &str,
    work: &Work,
) -> Result<(Whole, Option<Tree>), StoreError> {
    let whole = kept.finish(key, origin, |bytes| work.goes_on(bytes))?;
    let tree = match &whole {
        Whole::Disk(finished) if !kept.metainfo().is_sealed() => {
            // Whatever became of the files meanwhile, they are in their place.
            Tree::of_finished(Arc::clone(kept.metainfo()), finished).ok()
        }
        _ => None,
    };
    Ok((whole, tree))
}
