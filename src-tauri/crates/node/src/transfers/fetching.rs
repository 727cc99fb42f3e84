//! Files of others, from being wanted to lying in their folder.

use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use files::direct::OfferHash;
use files::kind::Kind;
use files::limits::{MAX_MEMORY_BYTES, MAX_PIECES_HELD_TOGETHER};
use files::names::{SafeName, SafePath};
use files::store::{self, Kept, Memory, Partial, StoreError, Tree, Whole, plain_sizes};
use files::torrent::bits::Bits;
use files::torrent::ids::{Hash, PeerId};
use files::torrent::magnet::Magnet;
use files::torrent::metainfo::Metainfo;
use files::torrent::session::{Command, Input, Order, Session};
use rand::Rng;
use room::{Has, ShareKey};
use view::{Refusal, ShareKind, TransferFault, TransferState};

use super::browsers::Browsers;
use super::engine::Engine;
use super::jobs::{Done, Placed};
use super::kinds;
use super::leftovers::short;
use super::natives::Natives;
use super::orders::Wanted;
use super::swarm::{Store, Swarm, SwarmId, Way};
use super::transfer::{Transfer, TransferId, Work};

/// Transfers of all rooms, those that are over among them.
pub(super) const MAX_TRANSFERS: usize = 256;
/// Downloads into folders that come at once; the others wait for their turn.
const MAX_AT_ONCE: usize = 4;
/// What all that is only held in memory may take together.
const MAX_MEMORY_TOGETHER: u64 = 4 * MAX_MEMORY_BYTES;

impl Engine {
    /// Begins to fetch, or goes on with what was begun.
    pub(super) fn fetch(&mut self, wanted: Wanted) -> Result<(), Refusal> {
        if let Some(id) = self.find(&wanted.place.room, &wanted.key) {
            let Some(transfer) = self.transfers.get(&id) else {
                return Err(Refusal::NoSuchShare);
            };
            let was_in_memory = transfer.folder().is_none();
            let is_over = matches!(
                transfer.state,
                TransferState::Failed | TransferState::Withdrawn
            );
            match &transfer.whole {
                _ if transfer.own => return Ok(()),
                Some(Whole::Memory(_)) if wanted.into.is_some() => {
                    return self.save_from_memory(id, wanted);
                }
                None if is_over || (was_in_memory && wanted.into.is_some()) => self.forget(id),
                // Now another folder was chosen.
                None if transfer.remembered && transfer.folder() != wanted.into.as_ref() => {
                    self.forget(id);
                }
                None if transfer.state == TransferState::Paused => {
                    return self.resume(id);
                }
                _ => return Ok(()),
            }
        }
        let memory = self.memory_for(&wanted)?;
        let is_taken = self.transfers.values().any(|other| {
            other.key == wanted.key
                && wanted.into.is_some()
                && other.folder() == wanted.into.as_ref()
                && other.whole.is_none()
                && !other.remembered
        });
        if is_taken || self.transfers.len() >= MAX_TRANSFERS {
            return Err(Refusal::Busy);
        }
        let (place, name) = (wanted.place.clone(), wanted.name.clone());
        let id = TransferId(self.number());
        let transfer = Transfer {
            total: wanted.size,
            memory,
            ..Transfer::new(place, wanted.key, name, wanted.kind)
        };
        self.transfers.insert(
            id,
            Transfer {
                wanted: Some(wanted),
                ..transfer
            },
        );
        self.urgent.insert(id);
        self.begin_next();
        Ok(())
    }

    /// How much memory to keep free for something that shall only be shown.
    fn memory_for(&self, wanted: &Wanted) -> Result<u64, Refusal> {
        if wanted.into.is_some() {
            return Ok(0);
        }
        let needed = wanted.size.unwrap_or(MAX_MEMORY_BYTES);
        self.takes_memory(needed)
    }

    pub(super) fn takes_memory(&self, needed: u64) -> Result<u64, Refusal> {
        let taken: u64 = self.transfers.values().map(|it| it.memory).sum();
        if needed > MAX_MEMORY_BYTES || taken.saturating_add(needed) > MAX_MEMORY_TOGETHER {
            return Err(Refusal::TooLargeToShow);
        }
        Ok(needed)
    }

    /// Begins with those whose turn it is.
    pub(super) fn begin_next(&mut self) {
        // Something may wait for the end of what it was before, which no job is about to tell.
        self.end_leftovers();
        let is_busy = |it: &&Transfer| {
            it.wants() && it.folder().is_some() && (it.work.is_some() || !it.swarms.is_empty())
        };
        let mut busy = self.transfers.values().filter(is_busy).count();
        let waiting: Vec<(TransferId, bool)> = self
            .transfers
            .iter()
            .filter(|(_, it)| it.wants() && it.work.is_none() && it.swarms.is_empty())
            .map(|(id, it)| (*id, it.folder().is_some()))
            .collect();
        for (id, takes_turn) in waiting {
            let is_ending = |it: &Transfer| self.is_ending(&it.key);
            let must_wait = self.transfers.get(&id).is_some_and(is_ending);
            if must_wait || (takes_turn && busy >= MAX_AT_ONCE) {
                continue;
            }
            busy += usize::from(takes_turn);
            self.begin(id);
        }
    }

    /// What pieces that are not whole yet take in memory is shared among all that come.
    pub(super) fn share_memory(&mut self) {
        let coming: Vec<SwarmId> = self
            .transfers
            .values()
            .filter(|it| it.wants())
            .flat_map(|it| it.swarms.iter().copied())
            .collect();
        let each = MAX_PIECES_HELD_TOGETHER / coming.len().max(1);
        for id in coming {
            if let Some(swarm) = self.swarms.get_mut(&id) {
                swarm.session.may_hold(each);
            }
        }
    }

    /// Looks for what is here already, and begins.
    fn begin(&mut self, id: TransferId) {
        let wanted: Vec<Hash> = self
            .transfers
            .values()
            .map(|transfer| short(&transfer.key))
            .collect();
        let Some(transfer) = self.transfers.get_mut(&id) else {
            return;
        };
        let work = Arc::<Work>::default();
        transfer.work = Some(Arc::clone(&work));
        let hash = short(&transfer.key);
        let Some(folder) = transfer.folder().cloned() else {
            self.looked(id, Ok(None));
            return;
        };
        let look = move || {
            // What was begun long ago and never wanted again is in nobody's way while it is cleaned.
            let _ = store::clean(&folder, &wanted, SystemTime::now());
            look_for(&folder, hash, &work)
        };
        self.job(&self.long, look, move |found| Done::Looked {
            transfer: id,
            found,
        });
    }

    pub(super) fn looked(
        &mut self,
        id: TransferId,
        found: Result<Option<(Kept, Bits)>, StoreError>,
    ) {
        let Some(transfer) = self.transfers.get_mut(&id) else {
            drop(found);
            return self.looked_in_vain(id);
        };
        transfer.work = None;
        let is_paused = transfer.state == TransferState::Paused;
        if !(transfer.wants() || is_paused) {
            return;
        }
        let found = match found {
            Ok(found) => found,
            Err(StoreError::CalledOff) => return,
            Err(why) => return self.fail(id, kinds::fault_of_writing(&why)),
        };
        let Some(swarm) = self.swarm_of(id, found) else {
            return self.fail(id, TransferFault::NoLongerThere);
        };
        let have = swarm.session.have().cloned();
        let metainfo = swarm.session.metainfo().cloned();
        let is_browsers = matches!(swarm.way, Way::Browsers(_));
        let swarm = self.add_swarm(swarm);
        if let Some(metainfo) = metainfo
            && !self.take_description(id, &metainfo)
        {
            return;
        }
        if let (Some(transfer), Some(have)) = (self.transfers.get_mut(&id), have) {
            if !is_paused {
                transfer.state = TransferState::Fetching;
            }
            if have.count() > 0 {
                self.hold(id, Has::Part);
            }
            if have.is_full() {
                self.complete(id, swarm);
                return;
            }
        }
        if is_paused {
            self.session(swarm, Input::Command(Command::Pause));
        }
        if is_browsers {
            self.meet(swarm);
        }
        self.look_at(id);
        self.urgent.insert(id);
    }

    fn swarm_of(&mut self, id: TransferId, found: Option<(Kept, Bits)>) -> Option<Swarm> {
        let (now, me, seed) = (self.now(), PeerId::random(&mut self.rng), self.rng.r#gen());
        let transfer = self.transfers.get(&id)?;
        let wanted = transfer.wanted.as_ref()?;
        // What is only shown is looked at while it comes.
        let order = match wanted.into {
            Some(_) => Order::Rarest,
            None => Order::Sequential,
        };
        let (fresh, way) = match wanted.key {
            ShareKey::Offer(offer) => {
                let mut natives = Natives::new(offer);
                natives.held_by(&wanted.holders, now);
                let offer = OfferHash(offer.0);
                let fresh = Session::of_offer(now, offer, me, order, seed);
                (fresh, Way::Natives(natives))
            }
            ShareKey::Torrent(hash) => {
                let magnet = Magnet::parse(wanted.magnet.as_ref()?).ok()?;
                let hash = Hash(hash.0);
                if magnet.info_hash != hash {
                    return None;
                }
                let urls = self.trackers_of(&magnet);
                let browsers = Browsers::new(&magnet, me, urls, true, seed);
                let fresh = Session::of_magnet(now, hash, me, order, seed);
                (fresh, Way::Browsers(Box::new(browsers)))
            }
        };
        let (session, store) = match found {
            Some((kept, have)) => {
                let metainfo = Arc::clone(kept.metainfo());
                let session = Session::of_metainfo(now, metainfo, have, me, order, seed);
                (session, Store::Kept(Arc::new(kept)))
            }
            None => (fresh, Store::Nothing),
        };
        Some(Swarm::new(id, session, store, way))
    }

    /// The description is here: a place is made for what it promises.
    pub(super) fn described(&mut self, id: TransferId, swarm: SwarmId, metainfo: Arc<Metainfo>) {
        if !self.take_description(id, &metainfo) {
            return;
        }
        let Some(transfer) = self.transfers.get_mut(&id) else {
            return;
        };
        let work = Arc::<Work>::default();
        transfer.work = Some(Arc::clone(&work));
        let folder = transfer.folder().cloned();
        let place = move || {
            if let Some(folder) = &folder
                && let Some((tree, finished)) =
                    Tree::found_in(folder, &metainfo, || work.goes_on(0))?
            {
                return Ok(Placed::There(finished, tree));
            }
            let kept = match &folder {
                Some(folder) => Kept::Disk(Partial::open(folder, metainfo, u64::MAX)?),
                None => Kept::Memory(Memory::new(metainfo, MAX_MEMORY_BYTES)?),
            };
            let have = kept.check(|| work.goes_on(0))?;
            Ok(Placed::Kept(kept, have))
        };
        self.job(&self.long, place, move |placed| Done::Placed {
            transfer: id,
            swarm,
            placed,
        });
    }

    /// Believes a description, or refuses it. Says whether it is believed.
    fn take_description(&mut self, id: TransferId, metainfo: &Metainfo) -> bool {
        let Some(transfer) = self.transfers.get_mut(&id) else {
            return false;
        };
        let Some(sizes) = plain_sizes(metainfo) else {
            self.fail(id, TransferFault::CannotOpen);
            return false;
        };
        let total: u64 = sizes.iter().sum();
        let is_other = |wanted: &Wanted| !is_as_offered(wanted, metainfo, total);
        if transfer.wanted.as_ref().is_some_and(is_other) {
            self.fail(id, TransferFault::NotAsOffered);
            return false;
        }
        let promised = transfer.wanted.as_ref().and_then(|wanted| wanted.size);
        let in_memory = transfer.folder().is_none();
        if promised.is_some_and(|promised| total > promised) {
            self.fail(id, TransferFault::TooLarge);
            return false;
        }
        if in_memory && metainfo.total() > MAX_MEMORY_BYTES {
            self.fail(id, TransferFault::TooLargeToShow);
            return false;
        }
        transfer.memory = if in_memory { metainfo.total() } else { 0 };
        transfer.total = Some(total);
        transfer.files = metainfo
            .files()
            .iter()
            .zip(sizes)
            .enumerate()
            .map(|(index, (entry, size))| kinds::file(index, &entry.path, size))
            .collect();
        self.urgent.insert(id);
        true
    }

    pub(super) fn placed(
        &mut self,
        id: TransferId,
        swarm: SwarmId,
        placed: Result<Placed, StoreError>,
    ) {
        let (Some(transfer), Some(there)) =
            (self.transfers.get_mut(&id), self.swarms.get_mut(&swarm))
        else {
            drop(placed);
            return self.looked_in_vain(id);
        };
        transfer.work = None;
        let (kept, have) = match placed {
            Ok(Placed::Kept(kept, have)) => (kept, have),
            Ok(Placed::There(finished, tree)) => {
                let have = Bits::all(tree.metainfo().pieces());
                // It is saved already when the session finds that nothing is missing.
                self.saved(id, swarm, Ok((Whole::Disk(finished), Some(tree))));
                return self.session(swarm, Input::Command(Command::Fetch { have }));
            }
            Err(why) => return self.fail(id, kinds::fault_of_writing(&why)),
        };
        there.store = Store::Kept(Arc::new(kept));
        if transfer.state == TransferState::Waiting {
            transfer.state = TransferState::Fetching;
        }
        transfer.stalled = false;
        let some = have.count() > 0;
        self.urgent.insert(id);
        if some {
            self.hold(id, Has::Part);
        }
        self.session(swarm, Input::Command(Command::Fetch { have }));
    }
}

/// Whether a description is of what its sender told the room, and the person chose by that. Browsers
/// tell nothing but a link.
fn is_as_offered(wanted: &Wanted, metainfo: &Metainfo, total: u64) -> bool {
    if !matches!(wanted.key, ShareKey::Offer(_)) {
        return true;
    }
    let paths = || metainfo.files().iter().map(|file| &file.path);
    let count = u32::try_from(metainfo.files().len()).ok();
    let is_folder = paths().any(|path| path.names().len() > 1);
    let kind_of = |path: &SafePath| kinds::shown(Kind::of_name(path.file_name()));
    let mut outermost = paths().filter_map(|path| path.names().first());
    let first = outermost.next();
    let is_set = outermost.any(|it| Some(it) != first);
    let is_of_kind = match wanted.kind {
        ShareKind::Folder => is_folder,
        // What newer peers may call theirs is some file here. Folders may be in a set.
        ShareKind::File => !is_folder || is_set,
        kind => !is_folder && paths().all(|path| kind_of(path) == kind),
    };
    let told = wire::clean_share_name(&wanted.name);
    let is_called_so = |path: &SafePath| {
        let outermost = path.names().first().map(SafeName::as_str);
        outermost.is_some_and(|name| wire::clean_share_name(name) == told)
    };
    wanted.files.is_none_or(|files| Some(files) == count)
        && wanted.size.is_none_or(|size| size == total)
        && is_of_kind
        && paths().any(is_called_so)
}

/// What lies unfinished in a folder of something wanted.
fn look_for(folder: &Path, hash: Hash, work: &Work) -> Result<Option<(Kept, Bits)>, StoreError> {
    let Some(partial) = Partial::begun(folder, hash)? else {
        return Ok(None);
    };
    let have = partial.check(|| work.goes_on(0))?;
    Ok(Some((Kept::Disk(partial), have)))
}

#[cfg(test)]
mod tests {
    use files::direct::{FileHasher, describe};
    use wire::{OfferName, PeerId, RoomName};

    use super::*;
    use crate::default_origin;
    use crate::transfers::Place;

    #[test]
    fn what_comes_is_what_the_card_says() {
        let card = |name: &str, kind, files, size| Wanted {
            place: place(),
            key: ShareKey::Offer(OfferName([1; 32])),
            name: name.to_owned(),
            kind,
            files: Some(files),
            size: Some(size),
            magnet: None,
            holders: Vec::new(),
            into: None,
        };
        let holiday = card("holiday.jpg", ShareKind::Image, 1, 3);
        let folder = card("trip", ShareKind::Folder, 2, 6);
        let set = card("a.txt", ShareKind::File, 2, 6);
        for (wanted, paths, is_true) in [
            (&holiday, &["holiday.jpg"][..], true),
            (&holiday, &["holiday.jpg.exe"], false),
            (&holiday, &["holiday.jpg", "b.sh"], false),
            (&holiday, &["holiday.jpg/holiday.jpg"], false),
            (&folder, &["trip/a.jpg", "trip/in/b.sh"], true),
            (&folder, &["trip/a.jpg"], false),
            (&folder, &["run.desktop", "b.sh"], false),
            (&set, &["a.txt", "b.txt"], true),
            (&set, &["b.txt", "c.txt"], false),
            (&set, &["a.txt", "trip/b.txt"], true),
            (&set, &["a.txt/a.txt", "a.txt/b.txt"], false),
        ] {
            let metainfo = described(paths);
            let total = metainfo.total();
            assert_eq!(
                is_as_offered(wanted, &metainfo, total),
                is_true,
                "{paths:?}"
            );
        }
        let shorter = Wanted {
            size: Some(4),
            ..holiday.clone()
        };
        assert!(!is_as_offered(&shorter, &described(&["holiday.jpg"]), 3));
        let unheard = card("holi\u{200b}day.jpg", ShareKind::Image, 1, 3);
        assert!(is_as_offered(&unheard, &described(&["holiday.jpg"]), 3));
    }

    fn described(paths: &[&str]) -> Metainfo {
        let files = paths.iter().map(|path| {
            let mut hasher = FileHasher::new(0);
            hasher.push(b"abc");
            let path = SafePath::parse(path.split('/').map(str::as_bytes));
            (path.expect("a path"), hasher.finish())
        });
        let files: Vec<_> = files.collect();
        describe(&files).expect("a description").0
    }

    fn place() -> Place {
        let address = wire::RoomAddress {
            origin: default_origin(),
            name: RoomName::parse("den").expect("a room name"),
            access: wire::Access::Public,
        };
        Place {
            room: room::RoomKey::new(&address, &address.origin),
            name: address.name,
            origin: address.origin,
            me: PeerId::random_low(&mut rand::rngs::OsRng),
        }
    }
}
