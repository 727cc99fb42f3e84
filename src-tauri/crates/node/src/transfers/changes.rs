//! What a person changes about a transfer.

use std::path::PathBuf;

use files::torrent::session::{Command, Input};
use room::{Has, RoomKey, ShareKey};
use view::{Refusal, TransferState};

use super::engine::Engine;
use super::orders::{Change, Report};
use super::swarm::Store;
use super::transfer::TransferId;

impl Engine {
    /// Does something about a transfer because the person wants it.
    pub(super) fn change(
        &mut self,
        room: &RoomKey,
        key: &ShareKey,
        change: Change,
        into: Option<PathBuf>,
    ) -> Result<(), Refusal> {
        let id = self.find(room, key).ok_or(Refusal::NoSuchShare)?;
        match change {
            Change::Pause => self.pause(id),
            Change::Resume => self.resume(id),
            Change::Retry => self.retry(id, into),
            Change::Cancel => {
                self.cancel(id);
                Ok(())
            }
            Change::Unshare => {
                self.forget(id);
                Ok(())
            }
        }
    }

    fn pause(&mut self, id: TransferId) -> Result<(), Refusal> {
        let transfer = self.transfers.get_mut(&id).ok_or(Refusal::NoSuchShare)?;
        let can_wait = matches!(
            transfer.state,
            TransferState::Waiting | TransferState::Fetching | TransferState::Giving
        );
        if can_wait {
            transfer.state = TransferState::Paused;
            transfer.progress.stand_still();
            for swarm in transfer.swarms.clone() {
                self.session(swarm, Input::Command(Command::Pause));
            }
            self.urgent.insert(id);
            self.begin_next();
        }
        Ok(())
    }

    pub(super) fn resume(&mut self, id: TransferId) -> Result<(), Refusal> {
        let transfer = self.transfers.get_mut(&id).ok_or(Refusal::NoSuchShare)?;
        if transfer.state != TransferState::Paused {
            return Ok(());
        }
        transfer.remembered = false;
        let is_described = transfer.swarms.iter().any(|swarm| {
            let swarm = self.swarms.get(swarm);
            swarm.is_some_and(|it| !matches!(it.store, Store::Nothing))
        });
        transfer.state = match (transfer.own, is_described) {
            (true, _) => TransferState::Giving,
            (false, true) => TransferState::Fetching,
            (false, false) => TransferState::Waiting,
        };
        for swarm in transfer.swarms.clone() {
            self.session(swarm, Input::Command(Command::Resume));
        }
        self.urgent.insert(id);
        self.begin_next();
        Ok(())
    }

    fn retry(&mut self, id: TransferId, into: Option<PathBuf>) -> Result<(), Refusal> {
        let transfer = self.transfers.get(&id).ok_or(Refusal::NoSuchShare)?;
        let is_over = matches!(
            transfer.state,
            TransferState::Failed | TransferState::Withdrawn
        );
        if !is_over {
            return self.resume(id);
        }
        if transfer.own {
            let (place, sources) = (transfer.place.clone(), transfer.sources.clone());
            self.forget(id);
            return self.share(place, sources);
        }
        let mut wanted = transfer.wanted.clone().ok_or(Refusal::NoSuchShare)?;
        let key = transfer.key;
        let before = wanted.into.clone().filter(|before| {
            let is_elsewhere = into.as_ref().is_some_and(|into| into != before);
            is_elsewhere && (transfer.failed_for_its_folder() || !before.is_dir())
        });
        self.forget(id);
        if let Some(before) = before {
            // It begins anew in the folder of now; the other keeps nothing of it.
            wanted.into = into;
            self.give_up(id, key, Some(before), false);
        }
        self.fetch(wanted)
    }

    /// What was taken back is not kept for another time: nobody could have it whole.
    pub(super) fn throw_away_withdrawn(&mut self, id: TransferId) {
        let Some(transfer) = self.transfers.get(&id) else {
            return;
        };
        let is_wanted = transfer.own || transfer.whole.is_some();
        if !is_wanted && transfer.state == TransferState::Withdrawn {
            let (key, folder) = (transfer.key, transfer.folder().cloned());
            self.give_up(id, key, folder, false);
        }
    }

    fn cancel(&mut self, id: TransferId) {
        let Some(transfer) = self.transfers.get(&id) else {
            return;
        };
        let (room, key) = (transfer.place.room.clone(), transfer.key);
        if transfer.own {
            if transfer.state != TransferState::Preparing {
                self.report(Report::Spoilt { room, key });
            }
            self.forget(id);
            return;
        }
        self.hold(id, Has::None);
        let Some(transfer) = self.transfers.get(&id) else {
            return;
        };
        let folder = transfer.folder().cloned();
        let is_unfinished = transfer.whole.is_none();
        let is_looked_for = transfer.work.is_some() && transfer.state != TransferState::Saving;
        self.forget(id);
        if is_unfinished {
            self.give_up(id, key, folder, is_looked_for);
        }
        self.begin_next();
    }
}
