//! Hashing pieces: those that come, against what they should be, and ours, to describe them.

use blake3::hazmat::HasherExt;
use sha1::{Digest, Sha1};

use crate::limits::{MAX_PIECE_BYTES, MIN_PIECE_BYTES};
use crate::torrent::ids::ID_LEN;

/// Hashes one piece while its bytes go by, from its beginning.
#[derive(Debug)]
pub(crate) struct PieceCheck {
    pub(super) hasher: Hasher,
}

#[derive(Debug)]
pub(super) enum Hasher {
    Sha1 {
        hasher: Sha1,
        expected: [u8; ID_LEN],
    },
    Blake3 {
        hasher: Box<blake3::Hasher>,
        is_whole_file: bool,
        expected: [u8; blake3::OUT_LEN],
    },
    /// There is no such piece.
    Never,
}

impl PieceCheck {
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        match &mut self.hasher {
            Hasher::Sha1 { hasher, .. } => hasher.update(bytes),
            Hasher::Blake3 { hasher, .. } => {
                hasher.update(bytes);
            }
            Hasher::Never => {}
        }
    }

    /// Whether the bytes were the piece.
    pub(crate) fn holds(self) -> bool {
        match self.hasher {
            Hasher::Sha1 { hasher, expected } => {
                <[u8; ID_LEN]>::from(hasher.finalize()) == expected
            }
            Hasher::Blake3 {
                hasher,
                is_whole_file: true,
                expected,
            } => *hasher.finalize().as_bytes() == expected,
            Hasher::Blake3 {
                hasher, expected, ..
            } => hasher.finalize_non_root() == expected,
            Hasher::Never => false,
        }
    }
}

/// How browsers cut a torrent of `total` bytes: into about a thousand pieces, each a power of two.
/// They do not stop at our largest piece; we do, and every reader takes it.
#[must_use]
pub fn piece_len(total: u64) -> u32 {
    // Rounds the logarithm to the nearest: the borders lie at the powers of two times √2.
    let kibi = (total.max(1024) as f64) / 1024.0;
    let exponent = (kibi.log2() + 0.5).floor().clamp(0.0, 31.0) as u32;
    (1_u32 << exponent).clamp(MIN_PIECE_BYTES, MAX_PIECE_BYTES)
}

/// Hashes a torrent's pieces while its bytes go by.
#[derive(Debug)]
pub struct PieceHasher {
    piece_len: usize,
    filled: usize,
    hasher: Sha1,
    hashes: Vec<[u8; ID_LEN]>,
}

impl PieceHasher {
    /// For pieces of this length.
    #[must_use]
    pub fn new(piece_len: u32) -> Self {
        Self {
            piece_len: piece_len.max(1) as usize,
            filled: 0,
            hasher: Sha1::new(),
            hashes: Vec::new(),
        }
    }

    /// Takes the next bytes.
    pub fn push(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min(self.piece_len - self.filled));
            self.hasher.update(now);
            self.filled += now.len();
            bytes = later;
            if self.filled == self.piece_len {
                self.hashes.push(self.hasher.finalize_reset().into());
                self.filled = 0;
            }
        }
    }

    /// The hashes of all pieces, the last of which may be short.
    #[must_use]
    pub fn finish(mut self) -> Vec<[u8; ID_LEN]> {
        if self.filled > 0 {
            self.hashes.push(self.hasher.finalize().into());
        }
        self.hashes
    }
}
