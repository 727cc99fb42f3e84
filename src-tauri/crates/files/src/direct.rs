//! Files given directly, between native peers: what they are, told by content.
//!
//! A file's name is the BLAKE3 hash of its bytes. So that a part of it can be checked alone, its
//! description carries the hashes of subtrees of that tree, one for each piece; whoever reads the
//! description merges them and sees that they lead to the file's name. A description lists several
//! files in folders; its own hash is the offer's name, and whoever has that name can fetch from
//! everyone who has the files, go on after a restart, and believe nobody.
//!
//! The rest is the same as towards browsers: [`crate::torrent::session`] fetches and gives,
//! [`crate::store`] keeps. Nothing is sealed, because the connection is; names and sizes are only in the
//! description, which is told to peers of the room over the same connection.
//!
//! ```text
//!  d 5:files l  d [6:hashes 32n:…] 6:length i…e 4:path l…e 4:root 32:… e … e
//!    12:piece length i…e  7:version i1e e
//! ```
//!
//! `hashes` is there when a file has more than one piece. Every file begins a piece.

use blake3::hazmat::{
    HasherExt, Mode, left_subtree_len, merge_subtrees_non_root, merge_subtrees_root,
};

use crate::limits::{
    MAX_DIRECT_BYTES, MAX_DIRECT_FILES, MAX_METADATA_BYTES, MAX_PIECE_BYTES, MAX_PIECE_STRETCH,
    MAX_PIECES, MIN_DIRECT_PIECE_BYTES,
};
use crate::names::SafePath;
use crate::torrent::bencode::Value;
use crate::torrent::ids::{Hash, ID_LEN};
use crate::torrent::metainfo::{Metainfo, MetainfoError};

/// How long a hash is.
pub const HASH_LEN: usize = blake3::OUT_LEN;
const VERSION: i64 = 1;
/// How many pieces an offer is cut into, about.
const PIECES: u64 = 4096;

/// The name of an offer: the BLAKE3 hash of its description.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OfferHash(pub [u8; HASH_LEN]);

impl OfferHash {
    /// The name of this description.
    #[must_use]
    pub fn of(info: &[u8]) -> Self {
        Self(*blake3::hash(info).as_bytes())
    }

    /// The name as text.
    #[must_use]
    pub fn to_hex(self) -> String {
        blake3::Hash::from_bytes(self.0).to_hex().to_string()
    }

    /// Reads sixty-four hexadecimal digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let hash = blake3::Hash::from_hex(text).ok()?;
        Some(Self(*hash.as_bytes()))
    }

    /// The part of it that peers greet each other with.
    #[must_use]
    pub fn short(self) -> Hash {
        let mut short = [0; ID_LEN];
        for (to, from) in short.iter_mut().zip(self.0) {
            *to = from;
        }
        Hash(short)
    }
}

impl std::fmt::Debug for OfferHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OfferHash({})", self.to_hex())
    }
}

/// How an offer of `total` bytes is cut.
#[must_use]
pub fn piece_len(total: u64) -> u32 {
    let len = (total / PIECES).checked_next_power_of_two();
    let len = len.unwrap_or(u64::MAX).min(u64::from(MAX_PIECE_BYTES)) as u32;
    len.max(MIN_DIRECT_PIECE_BYTES)
}

/// The hashes of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileHashes {
    root: [u8; HASH_LEN],
    pieces: Vec<[u8; HASH_LEN]>,
    len: u64,
}

/// Hashes a file while its bytes go by.
#[derive(Debug)]
pub struct FileHasher {
    piece_len: u64,
    whole: Box<blake3::Hasher>,
    piece: Box<blake3::Hasher>,
    filled: u64,
    len: u64,
    pieces: Vec<[u8; HASH_LEN]>,
}

impl FileHasher {
    /// For pieces of this length, which [`piece_len`] gave.
    #[must_use]
    pub fn new(piece_len: u32) -> Self {
        // Only powers of two are whole subtrees.
        let piece_len = u64::from(piece_len.max(MIN_DIRECT_PIECE_BYTES));
        Self {
            piece_len: piece_len.next_power_of_two(),
            whole: Box::default(),
            piece: Box::default(),
            filled: 0,
            len: 0,
            pieces: Vec::new(),
        }
    }

    /// Takes the next bytes.
    pub fn push(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            if self.filled == self.piece_len {
                self.end_piece();
                // Not `reset`: that keeps where the piece before began.
                *self.piece = blake3::Hasher::new();
                self.piece.set_input_offset(self.len);
            }
            let room = usize::try_from(self.piece_len - self.filled).unwrap_or(usize::MAX);
            let (now, later) = bytes.split_at(bytes.len().min(room));
            bytes = later;
            self.piece.update(now);
            if self.len < self.piece_len {
                // Only a file of one piece needs it; a longer one's root comes from its pieces.
                self.whole.update(now);
            }
            self.filled += now.len() as u64;
            self.len += now.len() as u64;
        }
    }

    fn end_piece(&mut self) {
        self.pieces.push(self.piece.finalize_non_root());
        self.filled = 0;
    }

    /// The file's hashes.
    #[must_use]
    pub fn finish(mut self) -> FileHashes {
        if self.len <= self.piece_len {
            let root = *self.whole.finalize().as_bytes();
            return FileHashes {
                root,
                pieces: vec![root; usize::from(self.len > 0)],
                len: self.len,
            };
        }
        self.end_piece();
        FileHashes {
            root: root_of(&self.pieces, self.len, self.piece_len).unwrap_or_default(),
            pieces: self.pieces,
            len: self.len,
        }
    }
}

/// The root of a file whose pieces, more than one, have these hashes.
fn root_of(pieces: &[[u8; HASH_LEN]], len: u64, piece_len: u64) -> Option<[u8; HASH_LEN]> {
    let (left, right) = halves(pieces, len, piece_len)?;
    Some(*merge_subtrees_root(&left, &right, Mode::Hash).as_bytes())
}

fn halves(
    pieces: &[[u8; HASH_LEN]],
    len: u64,
    piece_len: u64,
) -> Option<([u8; HASH_LEN], [u8; HASH_LEN])> {
    let left_len = left_subtree_len(len);
    let (left, right) = pieces.split_at_checked(usize::try_from(left_len / piece_len).ok()?)?;
    Some((
        node_of(left, left_len, piece_len)?,
        node_of(right, len - left_len, piece_len)?,
    ))
}

/// The hash of a subtree. It is halved each time, so this goes no deeper than a length has bits.
fn node_of(pieces: &[[u8; HASH_LEN]], len: u64, piece_len: u64) -> Option<[u8; HASH_LEN]> {
    if len <= piece_len {
        return match pieces {
            [piece] => Some(*piece),
            _ => None,
        };
    }
    let (left, right) = halves(pieces, len, piece_len)?;
    Some(merge_subtrees_non_root(&left, &right, Mode::Hash))
}

/// Describes files, all cut by the [`piece_len`] of their total.
pub fn describe(files: &[(SafePath, FileHashes)]) -> Result<(Metainfo, OfferHash), MetainfoError> {
    let total = files
        .iter()
        .try_fold(0_u64, |sum, (_, hashes)| sum.checked_add(hashes.len));
    let piece_len = piece_len(total.ok_or(MetainfoError::TooLarge)?);
    let joined: Vec<Vec<u8>> = files
        .iter()
        .map(|(_, hashes)| hashes.pieces.concat())
        .collect();
    let list = files.iter().zip(&joined).map(|((path, hashes), joined)| {
        let names = path.names().iter();
        let names = names.map(|name| Value::Bytes(name.as_str().as_bytes()));
        let mut entries = Vec::new();
        if hashes.pieces.len() > 1 {
            entries.push((&b"hashes"[..], Value::Bytes(joined)));
        }
        entries.push((
            b"length",
            Value::Int(hashes.len.min(i64::MAX as u64) as i64),
        ));
        entries.push((b"path", Value::List(names.collect())));
        entries.push((b"root", Value::Bytes(&hashes.root)));
        Value::Dict(entries)
    });
    let info = Value::Dict(vec![
        (b"files", Value::List(list.collect())),
        (b"piece length", Value::Int(i64::from(piece_len))),
        (b"version", Value::Int(VERSION)),
    ])
    .to_vec();
    let name = OfferHash::of(&info);
    Ok((parse(info, name)?, name))
}

/// Reads a description that should have this name. What comes out is as checked as a torrent's: safe
/// paths, bounded sizes, and hashes that lead to each file's root.
pub fn parse(info: Vec<u8>, expected: OfferHash) -> Result<Metainfo, MetainfoError> {
    if info.len() > MAX_METADATA_BYTES {
        return Err(MetainfoError::TooLong);
    }
    if OfferHash::of(&info) != expected {
        return Err(MetainfoError::WrongHash);
    }
    let value = Value::parse(&info)?;
    let field = |key: &'static str| value.get(key).ok_or(MetainfoError::Field(key));
    if field("version")?.as_int() != Some(VERSION) {
        return Err(MetainfoError::Field("version"));
    }
    let piece_len = field("piece length")?
        .as_int()
        .and_then(|len| u32::try_from(len).ok())
        .filter(|len| {
            (MIN_DIRECT_PIECE_BYTES..=MAX_PIECE_BYTES).contains(len) && len.is_power_of_two()
        })
        .ok_or(MetainfoError::Field("piece length"))?;
    let list = field("files")?
        .as_list()
        .ok_or(MetainfoError::Field("files"))?;
    if list.len() > MAX_DIRECT_FILES {
        return Err(MetainfoError::TooManyFiles);
    }

    let mut files = Vec::with_capacity(list.len());
    let mut hashes = Vec::new();
    let mut total = 0_u64;
    for entry in list {
        let (path, file) = file_of(entry, piece_len)?;
        total = total
            .checked_add(file.len)
            .filter(|total| *total <= MAX_DIRECT_BYTES)
            .ok_or(MetainfoError::TooLarge)?;
        hashes.extend(file.pieces);
        files.push((path, file.len));
    }
    if files.is_empty() {
        return Err(MetainfoError::Empty);
    }
    if piece_len > self::piece_len(total).saturating_mul(MAX_PIECE_STRETCH) {
        return Err(MetainfoError::Field("piece length"));
    }
    if hashes.len() > MAX_PIECES as usize {
        return Err(MetainfoError::TooLarge);
    }
    Metainfo::direct(info, expected.short(), files, piece_len, hashes)
        .ok_or(MetainfoError::Field("files"))
}

fn file_of(entry: &Value<'_>, piece_len: u32) -> Result<(SafePath, FileHashes), MetainfoError> {
    let len = entry
        .get("length")
        .and_then(Value::as_int)
        .and_then(|len| u64::try_from(len).ok())
        .filter(|len| *len <= MAX_DIRECT_BYTES)
        .ok_or(MetainfoError::Field("length"))?;
    let path = entry
        .get("path")
        .and_then(Value::as_list)
        .ok_or(MetainfoError::Field("path"))?;
    let path = SafePath::parse(path.iter().map(|name| name.as_bytes().unwrap_or_default()))?;
    let root: [u8; HASH_LEN] = entry
        .get("root")
        .and_then(Value::as_bytes)
        .and_then(|root| root.try_into().ok())
        .ok_or(MetainfoError::Field("root"))?;
    let piece_len = u64::from(piece_len);
    let pieces = match (entry.get("hashes"), len.div_ceil(piece_len)) {
        (None, 0) if root == *blake3::hash(b"").as_bytes() => Vec::new(),
        (None, 1) => vec![root],
        (Some(hashes), count @ 2..) => {
            let hashes = hashes.as_bytes().unwrap_or_default();
            let (pieces, rest) = hashes.as_chunks::<HASH_LEN>();
            let fits = rest.is_empty() && pieces.len() as u64 == count;
            if !fits || root_of(pieces, len, piece_len) != Some(root) {
                return Err(MetainfoError::Field("hashes"));
            }
            pieces.to_vec()
        }
        _ => return Err(MetainfoError::Field("hashes")),
    };
    Ok((path, FileHashes { root, pieces, len }))
}

#[cfg(test)]
mod tests;
