//! Files of ours, from being picked to being taken back.

use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use files::kind::Kind;
use files::sealed::RoomKey as FileKey;
use files::store::{Found, Prepared, Share, Source, StoreError};
use files::torrent::bits::Bits;
use files::torrent::ids::PeerId;
use files::torrent::magnet::Magnet;
use files::torrent::metainfo::{Metainfo, MetainfoError};
use files::torrent::session::{Order, Session};
use rand::rngs::OsRng;
use rand::{Rng, RngCore};
use room::{Has, MAX_SHARES_BY_ONE, ShareKey, SharedFiles};
use view::{Refusal, ShareKind, TransferFault, TransferState};
use wire::OfferName;

use super::browsers::Browsers;
use super::engine::Engine;
use super::fetching::MAX_TRANSFERS;
use super::jobs::{Done, Made};
use super::kinds;
use super::natives::Natives;
use super::orders::{Place, Report};
use super::swarm::{Store, Swarm, SwarmId, Way};
use super::transfer::{Transfer, TransferId, Work};
use crate::picture;

/// The most bytes that browsers are made to fetch by themselves: they take what is offered as media
/// without asking, whole, into memory.
const MAX_SHOWN_BYTES: u64 = 64 * 1024 * 1024;
/// The largest file a small picture is made of.
const MAX_PICTURE_BYTES: u64 = 32 * 1024 * 1024;

impl Engine {
    /// Begins to read what was picked.
    pub(super) fn share(&mut self, place: Place, sources: Vec<Source>) -> Result<(), Refusal> {
        let name = sources.first().and_then(name_of);
        let name = name.ok_or(Refusal::NothingToShare)?;
        let held = sources.iter().map(|source| match source {
            Source::Bytes { bytes, .. } => bytes.len() as u64,
            Source::Path(_) => 0,
        });
        let memory = self.takes_memory(held.sum())?;
        if self.transfers.len() >= MAX_TRANSFERS {
            return Err(Refusal::Busy);
        }
        let is_offered = |it: &&Transfer| {
            it.own && it.place.room == place.room && it.state != TransferState::Failed
        };
        if self.transfers.values().filter(is_offered).count() >= MAX_SHARES_BY_ONE {
            return Err(room::Refusal::TooManyShares {
                limit: MAX_SHARES_BY_ONE,
            }
            .into());
        }
        let mut key = [0; 32];
        self.rng.fill_bytes(&mut key);
        // Only until it is known what its content is called.
        let key = ShareKey::Offer(OfferName(key));
        let id = TransferId(self.number());
        let work = Arc::<Work>::default();
        let file_key = FileKey::of_room(place.name.as_str()).ok();
        let transfer = Transfer {
            own: true,
            state: TransferState::Preparing,
            memory,
            sources: sources.clone(),
            work: Some(Arc::clone(&work)),
            ..Transfer::new(place, key, name, ShareKind::File)
        };
        self.transfers.insert(id, transfer);
        self.urgent.insert(id);
        let make = move || make(&sources, file_key.as_ref(), &work).map(Box::new);
        self.job(&self.long, make, move |made| Done::Prepared {
            transfer: id,
            made,
        });
        Ok(())
    }

    /// What was picked is described: the room shall offer it.
    pub(super) fn prepared(&mut self, id: TransferId, made: Result<Box<Made>, StoreError>) {
        let Some(transfer) = self.transfers.get_mut(&id) else {
            return;
        };
        transfer.work = None;
        let made = match made {
            Ok(made) => *made,
            Err(why) => return self.fail(id, kinds::fault_of_reading(&why)),
        };
        transfer.name.clone_from(&made.name);
        transfer.kind = made.kind;
        transfer.total = Some(made.total);
        let room = transfer.place.room.clone();
        // Without trackers there are no browsers either.
        let urls = Some(self.own_trackers()).filter(|urls| !urls.is_empty());
        let link = |share: &Share| {
            let magnet = Magnet {
                trackers: urls.iter().flatten().cloned().collect(),
                ..magnet_of(share.metainfo())
            };
            magnet.to_link()
        };
        let sealed = made.prepared.sealed.as_ref().ok();
        let sealed = sealed.filter(|_| urls.is_some());
        let media = made.prepared.media.as_ref();
        let media = media.filter(|media| sealed.is_some() && is_small(media));
        let shared = Box::new(SharedFiles {
            offer: OfferName(made.prepared.tree.offer().0),
            name: made.name,
            files: made.files,
            size: made.total,
            kind: kinds::told(made.kind),
            thumbnail: made.thumbnail.map(Into::into),
            magnet: sealed.map(link),
            inline: media.map(link),
            all_inline: media.is_some() && made.all_media,
        });
        if let Some(transfer) = self.transfers.get_mut(&id) {
            transfer.ready = Some(Box::new(made.prepared));
        }
        self.report(Report::Ready {
            room,
            transfer: id,
            shared,
        });
        self.urgent.insert(id);
    }

    /// The room offers it, or does not.
    pub(super) fn offered(&mut self, id: TransferId, taken: bool) {
        let ready = self.transfers.get_mut(&id).and_then(|it| it.ready.take());
        let Some(ready) = ready else { return };
        if !taken {
            return self.fail(id, TransferFault::CalledOff);
        }
        let Some(mut transfer) = self.transfers.remove(&id) else {
            return;
        };
        // From here on it goes by the name of what is in it.
        self.tell_gone(&transfer);
        transfer.key = ShareKey::Offer(OfferName(ready.tree.offer().0));
        if let Some(before) = self.find(&transfer.place.room, &transfer.key) {
            // The same once more, or what was fetched of others.
            self.forget(before);
        }
        let files = ready.tree.metainfo().files();
        transfer.files = files
            .iter()
            .enumerate()
            .map(|(index, entry)| kinds::file(index, &entry.path, entry.len))
            .collect();
        transfer.state = TransferState::Giving;
        transfer.progress.begin_anew(self.now());
        transfer.progress.have = transfer.total.unwrap_or(0);
        self.transfers.insert(id, transfer);
        self.give(id, *ready);
        self.urgent.insert(id);
    }

    fn give(&mut self, id: TransferId, ready: Prepared) {
        let Prepared {
            tree,
            sealed,
            media,
        } = ready;
        let offer = OfferName(tree.offer().0);
        let session = self.giving(tree.metainfo());
        let way = Way::Natives(Natives::new(offer));
        let store = Store::Tree(Arc::new(tree));
        self.add_swarm(Swarm::new(id, session, store, way));
        let media = media.filter(is_small);
        for share in sealed.into_iter().chain(media) {
            let me = PeerId::random(&mut self.rng);
            let magnet = magnet_of(share.metainfo());
            let urls = self.own_trackers();
            if urls.is_empty() {
                continue;
            }
            let seed = self.rng.r#gen();
            let browsers = Browsers::new(&magnet, me, urls, false, seed);
            let session = self.giving_as(share.metainfo(), me);
            let store = Store::Sealed(Arc::new(share));
            let swarm = Swarm::new(id, session, store, Way::Browsers(Box::new(browsers)));
            let swarm = self.add_swarm(swarm);
            self.meet(swarm);
        }
    }

    fn giving(&mut self, metainfo: &Arc<Metainfo>) -> Session {
        let me = PeerId::random(&mut self.rng);
        self.giving_as(metainfo, me)
    }

    fn giving_as(&mut self, metainfo: &Arc<Metainfo>, me: PeerId) -> Session {
        let (now, seed) = (self.now(), self.rng.r#gen());
        let all = Bits::all(metainfo.pieces());
        Session::of_metainfo(now, Arc::clone(metainfo), all, me, Order::Rarest, seed)
    }

    /// What is given cannot be read any more, or is not what it was.
    pub(super) fn unreadable(&mut self, id: TransferId, swarm: SwarmId, fault: TransferFault) {
        let Some(transfer) = self.transfers.get(&id) else {
            return;
        };
        if transfer.own {
            let (room, key) = (transfer.place.room.clone(), transfer.key);
            self.fail(id, fault);
            self.report(Report::Spoilt { room, key });
        } else if !transfer.wants() {
            // It is here all the same; it is only not given on.
            self.end_swarm(swarm);
            self.hold(id, Has::None);
        }
    }

    /// Tries everybody again at once: the network is another.
    pub(super) fn hurry(&mut self) {
        let now = self.now();
        for swarm in self.swarms.values_mut() {
            if let Way::Natives(natives) = &mut swarm.way {
                natives.hurry(now);
            }
        }
    }
}

fn magnet_of(metainfo: &Metainfo) -> Magnet {
    Magnet {
        info_hash: metainfo.info_hash(),
        name: files::names::SafeName::parse(metainfo.name()).ok(),
        trackers: Vec::new(),
    }
}

fn is_small(share: &Share) -> bool {
    share.metainfo().total() <= MAX_SHOWN_BYTES
}

fn name_of(source: &Source) -> Option<String> {
    match source {
        Source::Bytes { name, .. } => Some(name.clone()),
        Source::Path(path) => path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .or_else(|| Some(path.to_string_lossy().into_owned())),
    }
}

/// Reads and describes what was picked.
fn make(sources: &[Source], key: Option<&FileKey>, work: &Work) -> Result<Made, StoreError> {
    let found = Found::find(sources)?;
    let (total, files) = (found.total(), found.files());
    work.all.store(total, Ordering::Relaxed);
    let all_media = found.is_all_media();
    let kind = found.kind();
    let has_folders = found.has_folders();
    let thumbnail = (kind == Kind::Image)
        .then(|| sources.iter().find_map(small_picture))
        .flatten();
    let prepared = found.prepare(key, &mut OsRng, |bytes| work.goes_on(bytes))?;
    let first = prepared.tree.metainfo().files().first();
    let first = first.ok_or(MetainfoError::Empty)?;
    let outermost = first.path.names().first().ok_or(MetainfoError::Empty)?;
    let mut files_made = prepared.tree.metainfo().files().iter();
    let is_one = files_made.all(|it| it.path.names().first() == Some(outermost));
    Ok(Made {
        name: outermost.as_str().to_owned(),
        kind: match (has_folders, is_one) {
            (true, true) => ShareKind::Folder,
            // A folder and something beside it are a set, and called so.
            (true, false) => ShareKind::File,
            (false, _) => kinds::shown(kind),
        },
        files: u32::try_from(files).unwrap_or(u32::MAX),
        total,
        all_media,
        thumbnail,
        prepared,
    })
}

/// A small picture of what was picked, if it is one that can be read.
fn small_picture(source: &Source) -> Option<Vec<u8>> {
    match source {
        Source::Bytes { bytes, .. } => picture::thumbnail(bytes),
        Source::Path(path) => picture::thumbnail(&read_picture(path)?),
    }
}

fn read_picture(path: &Path) -> Option<Vec<u8>> {
    let file = std::fs::File::open(path).ok()?;
    let mut bytes = Vec::new();
    file.take(MAX_PICTURE_BYTES + 1)
        .read_to_end(&mut bytes)
        .ok()?;
    (bytes.len() as u64 <= MAX_PICTURE_BYTES).then_some(bytes)
}
