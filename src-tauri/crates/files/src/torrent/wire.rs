//! What peers say to each other: 68 bytes of greeting, then a stream of messages.
//!
//! ```text
//!  greeting:  19 "BitTorrent protocol"  8 flags  20 info hash  20 peer id
//!  message:   length u32 BE, then that many bytes: type, fields     (length 0: keep-alive)
//! ```
//!
//! It is a stream of bytes: a browser sends a message's length, header and block as data-channel
//! messages of their own, others send several at once. [`Decoder`] takes it however it is cut.

use super::ids::{Hash, ID_LEN, PeerId};
use crate::limits::{MAX_BLOCK_BYTES, MAX_FRAME_BYTES};

/// How long a greeting is.
pub const GREETING_LEN: usize = 68;
const PROTOCOL: &[u8; 20] = b"\x13BitTorrent protocol";
const EXTENDED_AT: usize = 5;
const EXTENDED: u8 = 0x10;
const FAST_AT: usize = 7;
const FAST: u8 = 0x04;

/// The first thing a peer says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Greeting {
    /// Which torrent it is about.
    pub info_hash: Hash,
    /// Who says it.
    pub peer_id: PeerId,
    /// Whether it knows messages with types of their own (BEP 10).
    pub extended: bool,
    /// Whether it knows *have all*, *have none* and *reject* (BEP 6).
    pub fast: bool,
}

impl Greeting {
    /// The greeting as bytes.
    #[must_use]
    pub fn to_bytes(self) -> [u8; GREETING_LEN] {
        let mut bytes = [0; GREETING_LEN];
        bytes[..20].copy_from_slice(PROTOCOL);
        if self.extended {
            bytes[20 + EXTENDED_AT] |= EXTENDED;
        }
        if self.fast {
            bytes[20 + FAST_AT] |= FAST;
        }
        bytes[28..48].copy_from_slice(&self.info_hash.0);
        bytes[48..].copy_from_slice(&self.peer_id.0);
        bytes
    }

    fn parse(bytes: &[u8; GREETING_LEN]) -> Option<Self> {
        let (protocol, rest) = bytes.split_first_chunk::<20>()?;
        let (flags, rest) = rest.split_first_chunk::<8>()?;
        let (info_hash, rest) = rest.split_first_chunk::<ID_LEN>()?;
        let peer_id = rest.first_chunk::<ID_LEN>()?;
        (protocol == PROTOCOL).then_some(Self {
            info_hash: Hash(*info_hash),
            peer_id: PeerId(*peer_id),
            extended: flags[EXTENDED_AT] & EXTENDED != 0,
            fast: flags[FAST_AT] & FAST != 0,
        })
    }
}

/// A part of a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Block {
    /// Which piece.
    pub piece: u32,
    /// Where in it.
    pub begin: u32,
    /// How much.
    pub len: u32,
}

/// One message, borrowed from the stream it came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message<'a> {
    /// Nothing, to say that we are still here.
    KeepAlive,
    /// Nothing will be given.
    Choke,
    /// What is asked for will be given.
    Unchoke,
    /// The other side has something we want.
    Interested,
    /// It has nothing we want any more.
    NotInterested,
    /// This piece is here now.
    Have(u32),
    /// These pieces are here.
    Bitfield(&'a [u8]),
    /// This block is wanted.
    Request(Block),
    /// Here is a block.
    Piece {
        /// Of which piece.
        piece: u32,
        /// Where in it.
        begin: u32,
        /// Its bytes.
        bytes: &'a [u8],
    },
    /// This block is no longer wanted.
    Cancel(Block),
    /// Where to find us in a network browsers cannot reach.
    Port(u16),
    /// This piece would be a good one to ask for.
    Suggest(u32),
    /// All pieces are here.
    HaveAll,
    /// No piece is here.
    HaveNone,
    /// This block will not be given.
    Reject(Block),
    /// This piece is given even to those who are choked.
    AllowedFast(u32),
    /// A message with a type of its own.
    Extended {
        /// Which type, as the side that reads it asked to have it numbered.
        kind: u8,
        /// Its content.
        payload: &'a [u8],
    },
    /// A message of a type nobody here knows.
    Unknown(u8),
}

/// Why a stream cannot be read on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// It does not begin with the greeting of this protocol.
    #[error("this is not the peer wire")]
    NotGreeting,
    /// A message is longer than any we take.
    #[error("a message of {0} bytes is too long")]
    TooLong(u32),
    /// A message of this type has the wrong length.
    #[error("a message of type {0} has the wrong length")]
    WrongLength(u8),
    /// A block has a length nobody may ask for.
    #[error("a block of {0} bytes is too long or too short")]
    BlockLength(u32),
}

impl<'a> Message<'a> {
    /// Reads a message without its length.
    pub fn parse(body: &'a [u8]) -> Result<Self, WireError> {
        let Some((&kind, rest)) = body.split_first() else {
            return Ok(Self::KeepAlive);
        };
        let wrong = WireError::WrongLength(kind);
        let plain = |message| {
            if rest.is_empty() {
                Ok(message)
            } else {
                Err(wrong)
            }
        };
        let index = || match rest.as_chunks::<4>() {
            ([index], []) => Ok(u32::from_be_bytes(*index)),
            _ => Err(wrong),
        };
        let block = || match rest.as_chunks::<4>() {
            ([piece, begin, len], []) => Block {
                piece: u32::from_be_bytes(*piece),
                begin: u32::from_be_bytes(*begin),
                len: u32::from_be_bytes(*len),
            }
            .checked(),
            _ => Err(wrong),
        };
        match kind {
            0 => plain(Self::Choke),
            1 => plain(Self::Unchoke),
            2 => plain(Self::Interested),
            3 => plain(Self::NotInterested),
            4 => index().map(Self::Have),
            5 => Ok(Self::Bitfield(rest)),
            6 => block().map(Self::Request),
            7 => {
                let (piece, rest) = rest.split_first_chunk::<4>().ok_or(wrong)?;
                let (begin, bytes) = rest.split_first_chunk::<4>().ok_or(wrong)?;
                Ok(Self::Piece {
                    piece: u32::from_be_bytes(*piece),
                    begin: u32::from_be_bytes(*begin),
                    bytes,
                })
            }
            8 => block().map(Self::Cancel),
            9 => match rest {
                [high, low] => Ok(Self::Port(u16::from_be_bytes([*high, *low]))),
                _ => Err(wrong),
            },
            13 => index().map(Self::Suggest),
            14 => plain(Self::HaveAll),
            15 => plain(Self::HaveNone),
            16 => block().map(Self::Reject),
            17 => index().map(Self::AllowedFast),
            20 => rest
                .split_first()
                .map(|(&kind, payload)| Self::Extended { kind, payload })
                .ok_or(wrong),
            _ => Ok(Self::Unknown(kind)),
        }
    }

    /// The message with its length.
    #[must_use]
    pub fn to_bytes(self) -> Vec<u8> {
        let mut body = vec![0; 4];
        match self {
            Self::KeepAlive => {}
            Self::Choke => body.push(0),
            Self::Unchoke => body.push(1),
            Self::Interested => body.push(2),
            Self::NotInterested => body.push(3),
            Self::Have(index) => with_index(&mut body, 4, index),
            Self::Bitfield(bits) => {
                body.push(5);
                body.extend_from_slice(bits);
            }
            Self::Request(block) => with_block(&mut body, 6, block),
            Self::Piece {
                piece,
                begin,
                bytes,
            } => {
                body.reserve_exact(9 + bytes.len());
                with_index(&mut body, 7, piece);
                body.extend_from_slice(&begin.to_be_bytes());
                body.extend_from_slice(bytes);
            }
            Self::Cancel(block) => with_block(&mut body, 8, block),
            Self::Port(port) => {
                body.push(9);
                body.extend_from_slice(&port.to_be_bytes());
            }
            Self::Suggest(index) => with_index(&mut body, 13, index),
            Self::HaveAll => body.push(14),
            Self::HaveNone => body.push(15),
            Self::Reject(block) => with_block(&mut body, 16, block),
            Self::AllowedFast(index) => with_index(&mut body, 17, index),
            Self::Extended { kind, payload } => {
                body.extend_from_slice(&[20, kind]);
                body.extend_from_slice(payload);
            }
            Self::Unknown(kind) => body.push(kind),
        }
        let len = (body.len() - 4) as u32;
        body[..4].copy_from_slice(&len.to_be_bytes());
        body
    }
}

impl Block {
    fn checked(self) -> Result<Self, WireError> {
        if self.len == 0 || self.len > MAX_BLOCK_BYTES {
            return Err(WireError::BlockLength(self.len));
        }
        Ok(self)
    }
}

fn with_index(body: &mut Vec<u8>, kind: u8, index: u32) {
    body.push(kind);
    body.extend_from_slice(&index.to_be_bytes());
}

fn with_block(body: &mut Vec<u8>, kind: u8, block: Block) {
    with_index(body, kind, block.piece);
    body.extend_from_slice(&block.begin.to_be_bytes());
    body.extend_from_slice(&block.len.to_be_bytes());
}

/// What comes out of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard<'a> {
    /// The greeting; always first, and once.
    Greeting(Greeting),
    /// A message.
    Message(Message<'a>),
}

/// Reads a stream however it is cut. What is held after [`Decoder::next`] gave all it could is less
/// than one message.
#[derive(Debug, Default)]
pub struct Decoder {
    held: Vec<u8>,
    /// What of `held` was read already.
    read: usize,
    is_greeted: bool,
    broken: Option<WireError>,
}

impl Decoder {
    /// Takes the next bytes. Call [`Decoder::next`] until it gives nothing before pushing more.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.broken.is_some() {
            self.held = Vec::new();
            self.read = 0;
            return;
        }
        if self.read > 0 {
            self.held.drain(..self.read);
            self.read = 0;
        }
        self.held.extend_from_slice(bytes);
    }

    /// The next thing the peer said, if it is here whole.
    #[expect(
        clippy::should_implement_trait,
        reason = "what comes out borrows from the decoder"
    )]
    pub fn next(&mut self) -> Result<Option<Heard<'_>>, WireError> {
        if let Some(why) = self.broken {
            return Err(why);
        }
        match step(&self.held, self.read, self.is_greeted) {
            Err(why) => {
                self.broken = Some(why);
                Err(why)
            }
            Ok(None) => Ok(None),
            Ok(Some((heard, end))) => {
                self.read = end;
                self.is_greeted = true;
                Ok(Some(heard))
            }
        }
    }

    /// How many bytes are held.
    #[must_use]
    pub fn held(&self) -> usize {
        self.held.len() - self.read
    }
}

fn step(
    held: &[u8],
    read: usize,
    is_greeted: bool,
) -> Result<Option<(Heard<'_>, usize)>, WireError> {
    let rest = held.get(read..).unwrap_or_default();
    if !is_greeted {
        // A stranger of another protocol is known by its first bytes, not after 68.
        let known = rest.len().min(PROTOCOL.len());
        if rest.get(..known) != PROTOCOL.get(..known) {
            return Err(WireError::NotGreeting);
        }
        let Some(bytes) = rest.first_chunk::<GREETING_LEN>() else {
            return Ok(None);
        };
        let greeting = Greeting::parse(bytes).ok_or(WireError::NotGreeting)?;
        return Ok(Some((Heard::Greeting(greeting), read + GREETING_LEN)));
    }
    let Some((len, rest)) = rest.split_first_chunk::<4>() else {
        return Ok(None);
    };
    let len = u32::from_be_bytes(*len);
    if len as usize > MAX_FRAME_BYTES {
        return Err(WireError::TooLong(len));
    }
    let Some(body) = rest.get(..len as usize) else {
        return Ok(None);
    };
    let message = Message::parse(body)?;
    Ok(Some((Heard::Message(message), read + 4 + len as usize)))
}

#[cfg(test)]
mod tests;
