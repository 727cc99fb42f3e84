//! Who has what: what others are told of ours, and what they tell.

use room::{Has, RoomKey, ShareKey};
use view::TransferState;

use super::engine::Engine;
use super::orders::Report;
use super::swarm::Way;
use super::transfer::TransferId;

impl Engine {
    /// Tells others how much of it we have, where that is more or less than they know.
    pub(super) fn hold(&mut self, id: TransferId, has: Has) {
        let Some(transfer) = self.transfers.get_mut(&id) else {
            return;
        };
        let ShareKey::Offer(offer) = transfer.key else {
            return;
        };
        let is_news = match has {
            Has::Part => transfer.holds == Has::None,
            other => transfer.holds != other,
        };
        if is_news && !transfer.own {
            transfer.holds = has;
            let room = transfer.place.room.clone();
            self.report(Report::Hold { room, offer, has });
        }
    }

    /// Who has some of it, or that it was taken back.
    pub(super) fn held_by(
        &mut self,
        room: &RoomKey,
        key: &ShareKey,
        holders: &[wire::PeerId],
        withdrawn: bool,
    ) {
        let now = self.now();
        let Some(id) = self.find(room, key) else {
            return;
        };
        if withdrawn {
            // How much came is told with it.
            self.look_at(id);
        }
        let Some(transfer) = self.transfers.get_mut(&id) else {
            return;
        };
        if transfer.own {
            return;
        }
        if let Some(wanted) = &mut transfer.wanted {
            wanted.holders = holders.to_vec();
        }
        if withdrawn {
            // Whoever offered it wants it given no more, by us neither. What is here stays here.
            if transfer.whole.is_none() && transfer.state != TransferState::Saving {
                transfer.state = TransferState::Withdrawn;
                transfer.call_off_work();
            }
            transfer.progress.stand_still();
            self.end_swarms(id);
            self.hold(id, Has::None);
            self.urgent.insert(id);
            self.begin_next();
            return;
        }
        if transfer.state == TransferState::Withdrawn {
            // It is offered again. What came before lies there until somebody wants it to go on.
            return self.forget(id);
        }
        for swarm in transfer.swarms.clone() {
            if let Some(Way::Natives(natives)) = self.way(swarm) {
                natives.held_by(holders, now);
            }
        }
    }
}
