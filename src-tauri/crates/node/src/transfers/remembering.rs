//! What was begun another time, and lies in the folder for downloads: it is shown as resting, with as
//! much as is here, until somebody wants it again or throws it away.

use files::store::{Begun, StoreError, plain_sizes};
use room::{RoomKey, ShareKey};
use view::TransferState;

use super::engine::Engine;
use super::fetching::MAX_TRANSFERS;
use super::jobs::Done;
use super::kinds;
use super::leftovers::short;
use super::orders::Wanted;
use super::told::of_plain;
use super::transfer::{Transfer, TransferId};

/// Shares that are looked for at once, and remembered as such: strangers make them up.
const MAX_LOOKED_FOR: usize = 4096;
/// There is always room for what somebody asks for.
const MAX_REMEMBERED: usize = MAX_TRANSFERS / 2;

impl Engine {
    /// Something is offered: looks once for what is here of it.
    pub(super) fn remember(
        &mut self,
        room: &RoomKey,
        key: &ShareKey,
        withdrawn: bool,
        wanted: Option<Box<Wanted>>,
    ) {
        let place = (room.clone(), *key);
        if withdrawn {
            self.looked_for.remove(&place);
            return;
        }
        let Some(wanted) = wanted else { return };
        let Some(folder) = wanted.into.clone() else {
            return;
        };
        let is_full = self.looked_for.len() >= MAX_LOOKED_FOR;
        if self.is_known(key) || is_full || !self.looked_for.insert(place) {
            return;
        }
        let hash = short(key);
        let look = move || Begun::find(&folder, hash);
        self.job(&self.long, look, move |found| Done::Remembered {
            wanted,
            found,
        });
    }

    pub(super) fn remembered(&mut self, wanted: Wanted, found: Result<Option<Begun>, StoreError>) {
        let place = (wanted.place.room.clone(), wanted.key);
        // It may have been asked for, taken back or left meanwhile.
        let is_news = self.looked_for.contains(&place) && !self.is_known(&wanted.key);
        let Ok(Some(Begun { metainfo, have })) = found else {
            return;
        };
        let remembered = self.transfers.values().filter(|it| it.remembered);
        if !is_news || have == 0 || remembered.count() >= MAX_REMEMBERED {
            return;
        }
        let Some(sizes) = plain_sizes(&metainfo) else {
            return;
        };
        let total: u64 = sizes.iter().sum();
        let files = metainfo.files().iter().zip(sizes).enumerate();
        let id = TransferId(self.number());
        let (place, name) = (wanted.place.clone(), wanted.name.clone());
        let mut transfer = Transfer {
            state: TransferState::Paused,
            remembered: true,
            total: Some(total),
            files: files
                .map(|(index, (entry, size))| kinds::file(index, &entry.path, size))
                .collect(),
            ..Transfer::new(place, wanted.key, name, wanted.kind)
        };
        transfer.progress.have = of_plain(have, metainfo.total(), total);
        transfer.wanted = Some(wanted);
        self.transfers.insert(id, transfer);
        self.urgent.insert(id);
    }

    /// Whether something is done about it already, in some room.
    fn is_known(&self, key: &ShareKey) -> bool {
        self.transfers.values().any(|it| it.key == *key) || self.is_ending(key)
    }
}
