//! What the person is told of transfers: news at once, progress now and then.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::time::Duration;

use files::torrent::session::Conn;
use room::RoomKey;
use view::{FilesEvent, TransferFault, TransferState};

use super::browsers::Answered;
use super::engine::Engine;
use super::orders::Report;
use super::swarm::Way;
use super::transfer::{Transfer, TransferId};

/// All transfers as they were last told, by room and key.
#[derive(Debug, Default)]
pub(crate) struct Shown(BTreeMap<(String, String), view::Transfer>);

impl Shown {
    /// Something is told now.
    pub(crate) fn told(&mut self, event: &FilesEvent) {
        match event {
            FilesEvent::TransferChanged { transfer } => {
                let at = (transfer.room.clone(), transfer.key.clone());
                self.0.insert(at, transfer.clone());
            }
            FilesEvent::TransferGone { room, key } => {
                self.0.remove(&(room.clone(), key.clone()));
            }
        }
    }

    pub(crate) fn all(&self) -> Vec<view::Transfer> {
        self.0.values().cloned().collect()
    }
}

impl Engine {
    /// Looks how far everything is, and tells what changed: four times a second at most. Says whether
    /// anything is likely to change soon.
    pub(super) fn look_at_what_moves(&mut self) -> bool {
        let moving: Vec<TransferId> = self
            .transfers
            .iter()
            .filter(|(_, transfer)| transfer.is_moving())
            .map(|(id, _)| *id)
            .collect();
        self.share_memory();
        let mut is_busy = false;
        for id in moving {
            self.look_at(id);
            let now = self.now();
            if let Some(transfer) = self.transfers.get(&id)
                && !transfer.told.is_told_as(&transfer.progress)
                && now >= transfer.told_at + pause(transfer)
            {
                self.tell(id);
            }
            is_busy |= self.transfers.get(&id).is_some_and(Transfer::is_busy);
        }
        is_busy
    }

    pub(super) fn tell_what_is_urgent(&mut self) {
        for id in std::mem::take(&mut self.urgent) {
            self.tell(id);
        }
    }

    /// Looks how far a transfer is.
    pub(super) fn look_at(&mut self, id: TransferId) {
        let now = self.now();
        let Some(transfer) = self.transfers.get_mut(&id) else {
            return;
        };
        let (mut have, mut all, mut peers) = (0, 0, 0);
        let (mut downloaded, mut uploaded) = (0, 0);
        let mut is_lonely = false;
        let taking = self.links.iter().filter(|(id, link)| {
            let is_its = transfer.swarms.contains(&link.swarm);
            let swarm = self.swarms.get(&link.swarm);
            // Whoever has all of it takes nothing more.
            let is_done = swarm.is_some_and(|it| it.session.is_seed(Conn(id.0)));
            is_its && link.is_open && !is_done && now < link.moved_at + TAKES_FOR
        });
        let taking = u32::try_from(taking.count()).unwrap_or(u32::MAX);
        let (mut is_unanswered, wants) = (false, transfer.wants());
        for id in &transfer.swarms {
            let Some(swarm) = self.swarms.get_mut(id) else {
                continue;
            };
            let progress = swarm.session.progress();
            have = progress.have;
            all = progress.total.unwrap_or(0);
            peers += u32::try_from(progress.peers).unwrap_or(u32::MAX);
            downloaded += progress.downloaded;
            uploaded += progress.uploaded;
            is_lonely = match &mut swarm.way {
                Way::Natives(natives) => !natives.has_holders() && progress.peers == 0,
                Way::Browsers(browsers) => {
                    let seeking = browsers.seeking.look(now, wants, progress.peers);
                    let is_described = swarm.session.metainfo().is_some();
                    is_unanswered |= !is_described && seeking == Answered::InVain;
                    progress.peers == 0 && seeking != Answered::Yet
                }
            };
        }
        let mut moved = downloaded;
        match transfer.state {
            TransferState::Preparing => {
                let work = transfer.work.as_ref();
                let done = work.map_or(0, |work| work.done.load(Ordering::Relaxed));
                transfer.progress.have = transfer.total.map_or(done, |total| done.min(total));
                transfer.total = work
                    .map(|work| work.all.load(Ordering::Relaxed))
                    .filter(|all| *all > 0)
                    .or(transfer.total);
                moved = done;
            }
            TransferState::Fetching | TransferState::Paused => {
                if let Some(total) = transfer.total {
                    transfer.progress.have = of_plain(have, all, total);
                }
            }
            _ => {
                // Connections stay for a while when all was given.
                peers = taking;
                moved = uploaded;
                if !transfer.own && transfer.state == TransferState::Saving {
                    moved = downloaded;
                }
            }
        }
        transfer.progress.lonely = is_lonely;
        transfer.progress.peers = peers;
        transfer.progress.look(now, moved);
        if is_unanswered {
            // What nobody even describes may be nowhere: there is nothing to wait for.
            self.fail(id, TransferFault::NobodyAnswers);
        }
    }

    fn tell(&mut self, id: TransferId) {
        let now = self.now();
        let Some(transfer) = self.transfers.get_mut(&id) else {
            return;
        };
        transfer.told_at = now;
        transfer.told = transfer.progress.clone();
        let shown = transfer.shown();
        // Where an older word of it still waits, it is not needed any more.
        let waiting = self.outgoing.iter_mut().find_map(|report| match report {
            Report::Tell(FilesEvent::TransferChanged { transfer })
                if transfer.room == shown.room && transfer.key == shown.key =>
            {
                Some(transfer)
            }
            _ => None,
        });
        match waiting {
            Some(waiting) => *waiting = shown,
            None => self.report(Report::Tell(FilesEvent::TransferChanged {
                transfer: shown,
            })),
        }
    }

    /// Forgets a transfer, and tells that there is nothing left to tell of it.
    pub(super) fn forget(&mut self, id: TransferId) {
        self.end_swarms(id);
        self.urgent.remove(&id);
        let Some(mut transfer) = self.transfers.remove(&id) else {
            return;
        };
        transfer.call_off_work();
        self.tell_gone(&transfer);
    }

    /// Nothing is left to tell of what goes by this key.
    pub(super) fn tell_gone(&mut self, transfer: &Transfer) {
        let (room, key) = (transfer.place.room.to_string(), transfer.key.to_string());
        self.outgoing.retain(|report| {
            !matches!(report, Report::Tell(FilesEvent::TransferChanged { transfer })
                if transfer.room == room && transfer.key == key)
        });
        self.report(Report::Tell(FilesEvent::TransferGone { room, key }));
    }

    /// A room is left: nothing of it moves any more.
    pub(super) fn left(&mut self, room: &RoomKey) {
        let there: Vec<TransferId> = self
            .transfers
            .iter()
            .filter(|(_, transfer)| transfer.place.room == *room)
            .map(|(id, _)| *id)
            .collect();
        self.looked_for.retain(|(known, _)| known != room);
        for id in there {
            self.throw_away_withdrawn(id);
            self.forget(id);
        }
        self.end_leftovers();
    }
}

/// How long nothing is told of a transfer's progress after the last word: all its files are told with
/// it, so a long list of them is not told as often.
fn pause(transfer: &Transfer) -> Duration {
    let lists = u32::try_from(transfer.files.len() / LIST).unwrap_or(u32::MAX);
    TELL_EVERY.saturating_mul(lists.min(MAX_LISTS))
}

/// How often progress is told of a list as long as this.
const TELL_EVERY: Duration = Duration::from_millis(250);
const LIST: usize = 100;
/// For how long something goes to somebody after the last of it moved.
const TAKES_FOR: Duration = Duration::from_secs(2);
const MAX_LISTS: u32 = 16;

/// How many bytes of the files themselves it is when so many of all bytes on the way are here.
pub(super) fn of_plain(have: u64, all: u64, plain: u64) -> u64 {
    if all == 0 {
        return 0;
    }
    let part = u128::from(have.min(all)) * u128::from(plain) / u128::from(all);
    u64::try_from(part).unwrap_or(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_told_in_bytes_of_the_files_themselves() {
        assert_eq!(of_plain(0, 0, 0), 0);
        assert_eq!(of_plain(0, 21, 0), 0);
        assert_eq!(of_plain(100, 200, 180), 90);
        assert_eq!(of_plain(300, 200, 180), 180);
        assert_eq!(of_plain(u64::MAX, u64::MAX, u64::MAX), u64::MAX);
    }
}
