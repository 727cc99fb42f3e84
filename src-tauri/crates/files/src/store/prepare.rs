//! Making an offer: everything picked is read once, and hashed for native peers and for browsers in
//! the same pass.

use std::collections::BTreeSet;
use std::sync::Arc;

use rand::{CryptoRng, RngCore};

use super::StoreError;
use super::share::{SealedFile, Share};
use super::source::{Items, Source};
use super::tree::Tree;
use crate::direct::{self, FileHasher, FileHashes};
use crate::kind::Kind;
use crate::limits::{MAX_DIRECT_BYTES, MAX_FILES, MAX_TOTAL_BYTES};
use crate::names::SafePath;
use crate::sealed::{RECORD_LEN, RoomKey, SALT_LEN, Sealer, sealed_len};
use crate::torrent::metainfo::{self, Metainfo, MetainfoError, PieceHasher};

/// How much is read at once. Each kind of hash takes it in a thread of its own, so it should be worth
/// one.
const STEP: usize = 2 * 1024 * 1024;
/// Less than this is hashed on the spot.
const WORTH_A_THREAD: usize = 256 * 1024;

/// What a person picked: found, and not read yet.
#[derive(Debug)]
pub struct Found {
    items: Arc<Items>,
    total: u64,
}

/// What is offered at once, described for everybody who may fetch it.
#[derive(Debug)]
pub struct Prepared {
    /// For native peers.
    pub tree: Tree,
    /// For browsers: all of it, without its folders. Or why they cannot have it.
    pub sealed: Result<Share, StoreError>,
    /// For browsers: the pictures, sounds and films among it once more, which they show by themselves.
    pub media: Option<Share>,
}

impl Found {
    /// Looks for the files of what was picked. Links inside folders are left out, and so are files
    /// nobody means to share.
    pub fn find(sources: &[Source]) -> Result<Self, StoreError> {
        let items = Items::find(sources)?;
        let total = items.total(MAX_DIRECT_BYTES)?;
        if items.iter().next().is_none() {
            return Err(MetainfoError::Empty.into());
        }
        Ok(Self {
            items: Arc::new(items),
            total,
        })
    }

    /// How many bytes will be read.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.total
    }

    /// How many files there are.
    #[must_use]
    pub fn files(&self) -> usize {
        self.items.iter().count()
    }

    /// What they are all together: one kind of media if all are of it, else files. A folder is what
    /// lies in one.
    #[must_use]
    pub fn kind(&self) -> Kind {
        let mut kinds = self.items.iter().map(|item| match item.path.names().len() {
            0 | 1 => Kind::of_name(item.path.file_name()),
            _ => Kind::File,
        });
        let first = kinds.next().unwrap_or(Kind::File);
        if kinds.all(|kind| kind == first) {
            first
        } else {
            Kind::File
        }
    }

    /// Whether some of it lies in a folder that was picked.
    #[must_use]
    pub fn has_folders(&self) -> bool {
        self.items.iter().any(|item| item.path.names().len() > 1)
    }

    /// Whether browsers show all of it by themselves.
    #[must_use]
    pub fn is_all_media(&self) -> bool {
        self.items.iter().all(|item| is_media(&item.path))
    }

    /// Reads all of it once and describes it. Without the room's key only for native peers. `goes_on`
    /// is told how many bytes more were read, and may call it off.
    pub fn prepare(
        self,
        key: Option<&RoomKey>,
        rng: &mut (impl RngCore + CryptoRng),
        goes_on: impl FnMut(u64) -> bool,
    ) -> Result<Prepared, StoreError> {
        let mut sealed = match key {
            Some(key) => Sealing::begin(&self.items, key, rng, |_| true),
            None => Err(StoreError::NoKey),
        };
        let mut media = key
            .filter(|_| sealed.is_ok() && self.items.iter().any(|item| is_media(&item.path)))
            .and_then(|key| Sealing::begin(&self.items, key, rng, is_media).ok());
        let mut hashing = Hashing::new(self.total);

        let mut lines: Vec<&mut dyn Line> = vec![&mut hashing];
        if let Ok(sealed) = &mut sealed {
            lines.push(sealed);
        }
        if let Some(media) = &mut media {
            lines.push(media);
        }
        read_through(&self.items, &mut lines, goes_on)?;
        Ok(Prepared {
            tree: hashing.finish(&self.items)?,
            sealed: sealed.and_then(|sealed| sealed.finish(&self.items)),
            media: media.and_then(|media| media.finish(&self.items).ok()),
        })
    }
}

impl Tree {
    /// Offers files, and folders with all that is in them, to native peers alone. `goes_on` is told how
    /// many bytes more were read, and may call it off.
    pub fn new(sources: &[Source], goes_on: impl FnMut(u64) -> bool) -> Result<Self, StoreError> {
        let found = Found::find(sources)?;
        let mut hashing = Hashing::new(found.total);
        read_through(&found.items, &mut [&mut hashing], goes_on)?;
        hashing.finish(&found.items)
    }
}

impl Share {
    /// Offers files of a room to browsers alone, each with a new salt; files in folders without the
    /// folders, which browsers do not know. `goes_on` is told how many bytes more were read, and may
    /// call it off.
    pub fn new(
        sources: &[Source],
        key: &RoomKey,
        rng: &mut (impl RngCore + CryptoRng),
        goes_on: impl FnMut(u64) -> bool,
    ) -> Result<Self, StoreError> {
        let found = Found::find(sources)?;
        let mut sealing = Sealing::begin(&found.items, key, rng, |_| true)?;
        read_through(&found.items, &mut [&mut sealing], goes_on)?;
        sealing.finish(&found.items)
    }
}

fn is_media(path: &SafePath) -> bool {
    Kind::of_name(path.file_name()) != Kind::File
}

/// Something that is made of all bytes as they go by.
trait Line: Send {
    /// The file with this number begins.
    fn begin(&mut self, index: usize);
    /// More of it.
    fn push(&mut self, bytes: &[u8]);
    /// It has ended.
    fn end(&mut self);
}

fn read_through(
    items: &Items,
    lines: &mut [&mut dyn Line],
    mut goes_on: impl FnMut(u64) -> bool,
) -> Result<(), StoreError> {
    let mut bytes = Vec::new();
    for (index, item) in items.iter().enumerate() {
        for line in &mut *lines {
            line.begin(index);
        }
        let mut at = 0;
        while at < item.len {
            let len = usize::try_from(item.len - at).map_or(STEP, |left| left.min(STEP));
            bytes.resize(len, 0);
            items.read(index, at, &mut bytes)?;
            push(lines, &bytes);
            at += len as u64;
            if !goes_on(len as u64) {
                return Err(StoreError::CalledOff);
            }
        }
        // What changed while it was read has hashes that nothing has.
        items.is_same(index)?;
        for line in &mut *lines {
            line.end();
        }
    }
    Ok(())
}

fn push(lines: &mut [&mut dyn Line], bytes: &[u8]) {
    let Some((first, others)) = lines.split_first_mut() else {
        return;
    };
    if others.is_empty() || bytes.len() < WORTH_A_THREAD {
        first.push(bytes);
        for line in others {
            line.push(bytes);
        }
        return;
    }
    std::thread::scope(|scope| {
        for line in others {
            scope.spawn(|| line.push(bytes));
        }
        first.push(bytes);
    });
}

/// Hashes for native peers.
struct Hashing {
    piece_len: u32,
    hasher: FileHasher,
    files: Vec<FileHashes>,
}

impl Hashing {
    fn new(total: u64) -> Self {
        let piece_len = direct::piece_len(total);
        Self {
            piece_len,
            hasher: FileHasher::new(piece_len),
            files: Vec::new(),
        }
    }

    fn finish(self, items: &Arc<Items>) -> Result<Tree, StoreError> {
        let paths = items.iter().map(|item| item.path.clone());
        let files: Vec<_> = paths.zip(self.files).collect();
        let (metainfo, offer) = direct::describe(&files)?;
        Ok(Tree::of_items(Arc::new(metainfo), offer, Arc::clone(items)))
    }
}

impl Line for Hashing {
    fn begin(&mut self, _: usize) {
        self.hasher = FileHasher::new(self.piece_len);
    }

    fn push(&mut self, bytes: &[u8]) {
        self.hasher.push(bytes);
    }

    fn end(&mut self) {
        let next = FileHasher::new(self.piece_len);
        let hasher = std::mem::replace(&mut self.hasher, next);
        self.files.push(hasher.finish());
    }
}

/// Seals for browsers.
struct Sealing {
    files: Vec<SealedFile>,
    names: Vec<(SafePath, u64)>,
    hasher: PieceHasher,
    /// Which of our files is going by; none if it is left out.
    current: Option<usize>,
    next: usize,
    record: Vec<u8>,
}

impl Sealing {
    fn begin(
        items: &Items,
        key: &RoomKey,
        rng: &mut (impl RngCore + CryptoRng),
        is_in: impl Fn(&SafePath) -> bool,
    ) -> Result<Self, StoreError> {
        let mut files = Vec::new();
        let mut names = Vec::new();
        let mut taken = BTreeSet::new();
        for (index, item) in items.iter().enumerate() {
            if !is_in(&item.path) {
                continue;
            }
            if files.len() >= MAX_FILES {
                return Err(MetainfoError::TooManyFiles.into());
            }
            let name = item.path.own_name();
            let name = name.first_free(|name| taken.contains(&name.folded()))?;
            taken.insert(name.folded());
            let mut salt = [0; SALT_LEN];
            rng.fill_bytes(&mut salt);
            names.push((SafePath::new(vec![name])?, sealed_len(item.len)));
            files.push(SealedFile {
                index,
                sealer: Sealer::new(key, salt, item.len),
                marks: Vec::new(),
            });
        }
        let total = names.iter().try_fold(0_u64, |sum, (_, len)| {
            sum.checked_add(*len)
                .filter(|total| *total <= MAX_TOTAL_BYTES)
        });
        let total = total.ok_or(MetainfoError::TooLarge)?;
        Ok(Self {
            files,
            names,
            hasher: PieceHasher::new(metainfo::piece_len(total)),
            current: None,
            next: 0,
            record: Vec::with_capacity(RECORD_LEN),
        })
    }

    fn finish(self, items: &Arc<Items>) -> Result<Share, StoreError> {
        let metainfo = Metainfo::new(&self.names, &self.hasher.finish())?;
        Ok(Share::of_items(
            Arc::new(metainfo),
            Arc::clone(items),
            self.files,
        ))
    }
}

impl Line for Sealing {
    fn begin(&mut self, index: usize) {
        self.current = None;
        if let Some(file) = self.files.get(self.next)
            && file.index == index
        {
            self.current = Some(self.next);
            self.next += 1;
            self.hasher.push(&file.sealer.header());
        }
    }

    fn push(&mut self, mut bytes: &[u8]) {
        let Some(file) = self.current.and_then(|current| self.files.get_mut(current)) else {
            return;
        };
        while !bytes.is_empty() {
            let record = u32::try_from(file.marks.len()).unwrap_or(u32::MAX);
            let range = file.sealer.plain_range(record);
            let want = (range.end - range.start) as usize;
            if want == 0 {
                // More than was found: the file is refused when it ends.
                return;
            }
            let (now, later) = bytes.split_at(bytes.len().min(want - self.record.len()));
            self.record.extend_from_slice(now);
            bytes = later;
            if self.record.len() < want {
                return;
            }
            let is_sealed = file.sealer.seal(record, &mut self.record);
            debug_assert!(is_sealed, "the length is right");
            file.marks.push(Sealer::record_mark(&self.record));
            self.hasher.push(&self.record);
            self.record.clear();
        }
    }

    fn end(&mut self) {
        self.current = None;
    }
}
