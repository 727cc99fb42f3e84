//! A torrent's description: which files, cut how, with which hashes.
//!
//! What peers agree on is one bencoded dictionary, the *info*; its SHA-1 is the torrent's name. Its
//! bytes are kept as they came, for they are what is hashed and passed on.

use blake3::hazmat::HasherExt;
use sha1::{Digest, Sha1};

mod check;

use super::bencode::{BencodeError, Value};
use super::ids::{Hash, ID_LEN};
use crate::limits::{
    DIRECT_BLOCK_BYTES, MAX_FILES, MAX_METADATA_BYTES, MAX_PIECE_BYTES, MAX_PIECES,
    MAX_TOTAL_BYTES, MIN_PIECE_BYTES,
};
use crate::names::{NameError, SafePath};

use check::Hasher;
pub(crate) use check::PieceCheck;
pub use check::{PieceHasher, piece_len};

/// A torrent's description, checked.
#[derive(Clone, PartialEq, Eq)]
pub struct Metainfo {
    info: Vec<u8>,
    info_hash: Hash,
    name: SafePath,
    files: Vec<FileEntry>,
    total: u64,
    piece_len: u32,
    /// What is cut into pieces by itself: in a torrent everything together, directly each file.
    runs: Vec<Run>,
    hashes: Hashes,
}

/// Bytes that are cut into pieces from their beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) first_piece: u32,
    pub(crate) start: u64,
    pub(crate) len: u64,
}

/// The hashes of all pieces.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Hashes {
    /// As torrents have them.
    Sha1(Vec<[u8; ID_LEN]>),
    /// Subtrees of each file's BLAKE3 tree, or its root when the piece is the whole file.
    Blake3(Vec<[u8; blake3::OUT_LEN]>),
}

/// One file of a torrent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileEntry {
    /// Where it belongs below the chosen folder.
    pub path: SafePath,
    /// How many bytes of the torrent it is; sealed, where files are.
    pub len: u64,
    /// Where it begins, all files laid end to end.
    pub start: u64,
}

/// A part of one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Which file.
    pub file: usize,
    /// Where in it.
    pub offset: u64,
    /// How much.
    pub len: usize,
}

/// Why a description is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MetainfoError {
    /// It is longer than we take.
    #[error("the description is too long")]
    TooLong,
    /// It is not the description of the torrent that was asked for.
    #[error("the description has another hash")]
    WrongHash,
    /// It is not bencode.
    #[error("the description cannot be read: {0}")]
    Bencode(#[from] BencodeError),
    /// This field is missing or makes no sense.
    #[error("the description's field {0:?} makes no sense")]
    Field(&'static str),
    /// A file's name is refused.
    #[error("a file's name is refused: {0}")]
    Name(#[from] NameError),
    /// There are more files than we take.
    #[error("there are too many files")]
    TooManyFiles,
    /// There are more bytes than we take.
    #[error("the files are too large")]
    TooLarge,
    /// There is nothing in it.
    #[error("there is nothing in it")]
    Empty,
}

impl Metainfo {
    /// Reads an info dictionary that should have this hash.
    pub fn parse(info: Vec<u8>, expected: Hash) -> Result<Self, MetainfoError> {
        if info.len() > MAX_METADATA_BYTES {
            return Err(MetainfoError::TooLong);
        }
        let info_hash = Hash(Sha1::digest(&info).into());
        if info_hash != expected {
            return Err(MetainfoError::WrongHash);
        }
        let value = Value::parse(&info)?;
        let piece_len = value
            .get("piece length")
            .and_then(Value::as_int)
            .and_then(|len| u32::try_from(len).ok())
            .filter(|len| {
                (MIN_PIECE_BYTES..=MAX_PIECE_BYTES).contains(len) && len.is_power_of_two()
            })
            .ok_or(MetainfoError::Field("piece length"))?;
        let name = bytes(&value, "name")?;
        let files = match (value.get("length"), value.get("files")) {
            (Some(length), None) => vec![(SafePath::parse([name])?, length_of(length)?)],
            (None, Some(files)) => files
                .as_list()
                .ok_or(MetainfoError::Field("files"))
                .and_then(files_of)?,
            _ => return Err(MetainfoError::Field("length")),
        };
        let name = SafePath::parse([name])?;
        let (files, total) = lay_out(files)?;

        let pieces = bytes(&value, "pieces")?;
        let (hashes, rest) = pieces.as_chunks::<ID_LEN>();
        if !rest.is_empty() || hashes.len() as u64 != total.div_ceil(u64::from(piece_len)) {
            return Err(MetainfoError::Field("pieces"));
        }
        if hashes.len() > MAX_PIECES as usize {
            return Err(MetainfoError::TooLarge);
        }
        let run = Run {
            first_piece: 0,
            start: 0,
            len: total,
        };
        Ok(Self {
            runs: vec![run],
            hashes: Hashes::Sha1(hashes.to_vec()),
            info,
            info_hash,
            name,
            files,
            total,
            piece_len,
        })
    }

    /// A description of files that are given directly, checked by [`crate::direct`].
    pub(crate) fn direct(
        info: Vec<u8>,
        info_hash: Hash,
        files: Vec<(SafePath, u64)>,
        piece_len: u32,
        hashes: Vec<[u8; blake3::OUT_LEN]>,
    ) -> Option<Self> {
        let (first, _) = files.first()?;
        let name = SafePath::parse(first.names().first().map(|name| name.as_str().as_bytes()));
        let mut runs = Vec::new();
        let mut laid = Vec::new();
        let (mut start, mut first_piece) = (0, 0);
        for (path, len) in files {
            if len > 0 {
                runs.push(Run {
                    first_piece,
                    start,
                    len,
                });
            }
            laid.push(FileEntry { path, len, start });
            start += len;
            first_piece += u32::try_from(len.div_ceil(u64::from(piece_len))).ok()?;
        }
        (hashes.len() == first_piece as usize).then_some(Self {
            name: name.ok()?,
            files: laid,
            total: start,
            hashes: Hashes::Blake3(hashes),
            info,
            info_hash,
            piece_len,
            runs,
        })
    }

    /// Describes files as a browser does: one stands alone, several stand in a list under the name
    /// of the first. `hashes` are those of the pieces, all files laid end to end and cut by
    /// [`piece_len`].
    pub fn new(files: &[(SafePath, u64)], hashes: &[[u8; ID_LEN]]) -> Result<Self, MetainfoError> {
        let (first, _) = files.first().ok_or(MetainfoError::Empty)?;
        let total = files
            .iter()
            .try_fold(0_u64, |sum, (_, len)| sum.checked_add(*len))
            .ok_or(MetainfoError::TooLarge)?;
        let piece_len = piece_len(total);
        let int = |number: u64| i64::try_from(number).map(Value::Int);
        let too_large = |_| MetainfoError::TooLarge;

        let content = match files {
            [(_, len)] => (&b"length"[..], int(*len).map_err(too_large)?),
            _ => {
                let list = files
                    .iter()
                    .map(|(path, len)| {
                        let names = path.names().iter();
                        let names = names.map(|name| Value::Bytes(name.as_str().as_bytes()));
                        Ok(Value::Dict(vec![
                            (b"length", int(*len).map_err(too_large)?),
                            (b"path", Value::List(names.collect())),
                        ]))
                    })
                    .collect::<Result<_, MetainfoError>>()?;
                (&b"files"[..], Value::List(list))
            }
        };
        let pieces = hashes.concat();
        let info = Value::Dict(vec![
            content,
            (b"name", Value::Bytes(first.file_name().as_bytes())),
            (b"piece length", Value::Int(i64::from(piece_len))),
            (b"pieces", Value::Bytes(&pieces)),
        ])
        .to_vec();
        let hash = Hash(Sha1::digest(&info).into());
        Self::parse(info, hash)
    }

    /// The info dictionary, as it came or was made.
    #[must_use]
    pub fn info(&self) -> &[u8] {
        &self.info
    }

    /// The torrent's name among peers.
    #[must_use]
    pub fn info_hash(&self) -> Hash {
        self.info_hash
    }

    /// The torrent's name among people.
    #[must_use]
    pub fn name(&self) -> &str {
        self.name.file_name()
    }

    /// The files, in order.
    #[must_use]
    pub fn files(&self) -> &[FileEntry] {
        &self.files
    }

    /// How many bytes all files have together.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.total
    }

    /// How many pieces there are; at least one in a torrent.
    #[must_use]
    pub fn pieces(&self) -> u32 {
        match &self.hashes {
            Hashes::Sha1(hashes) => hashes.len() as u32,
            Hashes::Blake3(hashes) => hashes.len() as u32,
        }
    }

    /// Whether the files are sealed, as towards browsers.
    #[must_use]
    pub fn is_sealed(&self) -> bool {
        matches!(self.hashes, Hashes::Sha1(_))
    }

    /// How long every piece is but the last of what is cut together.
    #[must_use]
    pub fn piece_len(&self) -> u32 {
        self.piece_len
    }

    /// How much is asked for at once: towards browsers what all of them give.
    #[must_use]
    pub fn block_len(&self) -> u32 {
        match self.hashes {
            Hashes::Sha1(_) => MIN_PIECE_BYTES,
            Hashes::Blake3(_) => DIRECT_BLOCK_BYTES,
        }
    }

    /// Where a piece begins.
    #[must_use]
    pub fn piece_start(&self, piece: u32) -> u64 {
        self.place_of(piece)
            .map_or(self.total, |(run, at)| run.start + at)
    }

    /// How long this piece is; pieces that do not exist have no length.
    #[must_use]
    pub fn len_of(&self, piece: u32) -> u32 {
        self.place_of(piece).map_or(0, |(run, at)| {
            run.len.saturating_sub(at).min(u64::from(self.piece_len)) as u32
        })
    }

    /// Where in what run a piece begins.
    fn place_of(&self, piece: u32) -> Option<(Run, u64)> {
        if piece >= self.pieces() {
            return None;
        }
        let after = self.runs.partition_point(|run| run.first_piece <= piece);
        let run = self.runs.get(after.checked_sub(1)?)?;
        let at = u64::from(piece - run.first_piece) * u64::from(self.piece_len);
        Some((*run, at))
    }

    /// Begins to check a piece.
    pub(crate) fn check(&self, piece: u32) -> PieceCheck {
        let index = piece as usize;
        let hasher = match &self.hashes {
            Hashes::Sha1(hashes) => hashes.get(index).map(|expected| Hasher::Sha1 {
                hasher: Sha1::new(),
                expected: *expected,
            }),
            Hashes::Blake3(hashes) => {
                let place = self.place_of(piece).zip(hashes.get(index));
                place.map(|((run, at), expected)| {
                    let mut hasher = Box::new(blake3::Hasher::new());
                    hasher.set_input_offset(at);
                    Hasher::Blake3 {
                        hasher,
                        is_whole_file: run.len <= u64::from(self.piece_len),
                        expected: *expected,
                    }
                })
            }
        };
        PieceCheck {
            hasher: hasher.unwrap_or(Hasher::Never),
        }
    }

    /// Whether these bytes are that piece.
    #[must_use]
    pub fn is_piece(&self, piece: u32, bytes: &[u8]) -> bool {
        if bytes.is_empty() || bytes.len() != self.len_of(piece) as usize {
            return false;
        }
        let mut check = self.check(piece);
        check.update(bytes);
        check.holds()
    }

    /// Which parts of which files a part of the torrent is. What lies beyond the end is left out.
    pub fn spans(&self, offset: u64, len: usize) -> impl Iterator<Item = Span> + '_ {
        let end = offset.saturating_add(len as u64).min(self.total);
        let first = self
            .files
            .partition_point(|file| file.start + file.len <= offset);
        self.files
            .iter()
            .enumerate()
            .skip(first)
            .take_while(move |(_, file)| file.start < end)
            .filter_map(move |(index, file)| {
                let from = offset.max(file.start);
                let to = end.min(file.start + file.len);
                (from < to).then(|| Span {
                    file: index,
                    offset: from - file.start,
                    len: (to - from) as usize,
                })
            })
    }
}

impl std::fmt::Debug for Metainfo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Metainfo")
            .field("info_hash", &self.info_hash)
            .field("files", &self.files.len())
            .field("total", &self.total)
            .field("piece_len", &self.piece_len)
            .finish_non_exhaustive()
    }
}

fn bytes<'a>(value: &Value<'a>, key: &'static str) -> Result<&'a [u8], MetainfoError> {
    value
        .get(key)
        .and_then(Value::as_bytes)
        .ok_or(MetainfoError::Field(key))
}

fn length_of(value: &Value<'_>) -> Result<u64, MetainfoError> {
    value
        .as_int()
        .and_then(|len| u64::try_from(len).ok())
        .ok_or(MetainfoError::Field("length"))
}

fn files_of(list: &[Value<'_>]) -> Result<Vec<(SafePath, u64)>, MetainfoError> {
    if list.len() > MAX_FILES {
        return Err(MetainfoError::TooManyFiles);
    }
    list.iter()
        .map(|file| {
            let len = length_of(file.get("length").ok_or(MetainfoError::Field("length"))?)?;
            let path = file
                .get("path")
                .and_then(Value::as_list)
                .ok_or(MetainfoError::Field("path"))?;
            let names = path.iter().map(|name| name.as_bytes().unwrap_or_default());
            Ok((SafePath::parse(names)?, len))
        })
        .collect()
}

fn lay_out(files: Vec<(SafePath, u64)>) -> Result<(Vec<FileEntry>, u64), MetainfoError> {
    let mut total = 0_u64;
    let mut laid = Vec::with_capacity(files.len());
    for (path, len) in files {
        let start = total;
        total = total
            .checked_add(len)
            .filter(|total| *total <= MAX_TOTAL_BYTES)
            .ok_or(MetainfoError::TooLarge)?;
        laid.push(FileEntry { path, len, start });
    }
    if total == 0 {
        return Err(MetainfoError::Empty);
    }
    Ok((laid, total))
}

#[cfg(test)]
mod tests;
