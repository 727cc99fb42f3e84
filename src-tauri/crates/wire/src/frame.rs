//! Trystero's data-channel framing.
//!
//! Every data-channel message is binary. The first byte says which of two kinds it is:
//!
//! ```text
//!  0    1      3          3+L
//!  +----+------+----------+---------------
//!  | 01 | L u16| token    | action frame…        something said in a room
//!  +----+------+----------+---------------
//!  0    1    2      4          4+L
//!  +----+----+------+----------+
//!  | 02 | on | L u16| token    |                 whether the sender is in a room
//!  +----+----+------+----------+
//! ```
//!
//! and a transmission is cut into action frames that all start with the same header:
//!
//! ```text
//!  0             32      34    35         36
//!  +--------------+-------+-----+----------+---------
//!  | action name  | nonce | tag | progress | payload…
//!  +--------------+-------+-----+----------+---------
//!   UTF-8, 0-padded u16 BE  bits  0..=255
//! ```
//!
//! Frames of one transmission share name and nonce and arrive in order, so a reader needs no index:
//! it appends until one is marked last. [`crate::Action`] gives the whole its meaning.

use std::collections::HashMap;

use crate::action::size_limit;
use crate::ids::RoomToken;

/// The longest data-channel message we read: what browsers can send at once.
pub const MAX_FRAME_BYTES: usize = 256 * 1024;
/// How much payload one frame carries.
pub const MAX_PAYLOAD_BYTES: usize = 16_384 - ACTION_HEADER_LEN;
/// The longest action name, in bytes.
pub const MAX_ACTION_BYTES: usize = 32;
/// The longest metadata we join to a transmission.
pub const MAX_METADATA_BYTES: usize = 16 * 1024;
/// How many transmissions one sender may have unfinished at a time. Trystero has rarely two.
pub const MAX_OPEN_TRANSMISSIONS: usize = 16;
/// How much of one sender's unfinished transmissions we hold: the largest, and some.
pub const MAX_ASSEMBLY_BYTES: usize = 9 * 1024 * 1024;

const ROOM: u8 = 1;
const PRESENCE: u8 = 2;
const TOKEN_LEN: u16 = 64;
const ROOM_HEADER_LEN: usize = 67;
const ACTION_HEADER_LEN: usize = 36;

const LAST: u8 = 0x01;
const METADATA: u8 = 0x02;
const BINARY: u8 = 0x04;
const NOT_TEXT: u8 = 0x08;

/// Why a data-channel message is not a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// It is longer than we take.
    #[error("the frame is too long: {0} bytes")]
    TooLong(usize),
    /// It ends before its header does.
    #[error("the frame is too short: {0} bytes")]
    TooShort(usize),
    /// Its first byte names no kind of frame.
    #[error("there is no frame of kind {0}")]
    Kind(u8),
    /// Its room has a name of another form than ours.
    #[error("the room token is not one of ours: {length} bytes")]
    ForeignToken {
        /// How long that name is.
        length: usize,
    },
    /// Its action name is empty, not UTF-8, or has zeros inside.
    #[error("the action name is not text")]
    ActionName,
}

/// A data-channel message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outer<'a> {
    /// Something said in a room.
    Room {
        /// The room.
        token: RoomToken,
        /// What was said, or a part of it.
        chunk: Chunk<'a>,
    },
    /// Whether the sender is in a room.
    Presence {
        /// The room.
        token: RoomToken,
        /// Whether it is in there.
        present: bool,
    },
}

/// A part of a transmission, borrowed from the message it came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chunk<'a> {
    /// Which action this is part of.
    pub action: &'a str,
    /// Which transmission of that action this is part of.
    pub nonce: u16,
    /// Whether the transmission is whole after this.
    pub last: bool,
    /// Whether the payload is the transmission's metadata.
    pub metadata: bool,
    /// What the whole payload is.
    pub kind: BodyKind,
    /// How much of the transmission has been sent, of 255.
    pub progress: u8,
    /// This part's share.
    pub payload: &'a [u8],
}

/// What a payload is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BodyKind {
    /// A bare string.
    Text,
    /// Any other JSON value.
    Json,
    /// Bytes.
    Binary,
}

impl BodyKind {
    fn of(tag: u8) -> Self {
        if tag & BINARY != 0 {
            Self::Binary
        } else if tag & NOT_TEXT != 0 {
            Self::Json
        } else {
            Self::Text
        }
    }

    fn tag(self) -> u8 {
        match self {
            Self::Text => 0,
            Self::Json => NOT_TEXT,
            Self::Binary => NOT_TEXT | BINARY,
        }
    }
}

impl<'a> Outer<'a> {
    /// Reads one data-channel message.
    pub fn parse(message: &'a [u8]) -> Result<Self, FrameError> {
        if message.len() > MAX_FRAME_BYTES {
            return Err(FrameError::TooLong(message.len()));
        }
        let short = FrameError::TooShort(message.len());
        let (kind, rest) = message.split_first().ok_or(short)?;
        match *kind {
            ROOM => {
                let (token, rest) = split_token(rest, short)?;
                let chunk = Chunk::parse(rest)?;
                Ok(Self::Room {
                    token: our_token(token)?,
                    chunk,
                })
            }
            PRESENCE => {
                let (present, rest) = rest.split_first().ok_or(short)?;
                let (token, _) = split_token(rest, short)?;
                Ok(Self::Presence {
                    token: our_token(token)?,
                    present: *present == 1,
                })
            }
            other => Err(FrameError::Kind(other)),
        }
    }
}

fn split_token(bytes: &[u8], short: FrameError) -> Result<(&[u8], &[u8]), FrameError> {
    let (length, rest) = bytes.split_first_chunk().ok_or(short)?;
    let length = usize::from(u16::from_be_bytes(*length));
    rest.split_at_checked(length).ok_or(short)
}

fn our_token(bytes: &[u8]) -> Result<RoomToken, FrameError> {
    str::from_utf8(bytes)
        .ok()
        .and_then(|text| RoomToken::parse(text).ok())
        .ok_or(FrameError::ForeignToken {
            length: bytes.len(),
        })
}

impl<'a> Chunk<'a> {
    /// Reads one action frame, without the room around it.
    pub fn parse(frame: &'a [u8]) -> Result<Self, FrameError> {
        let short = FrameError::TooShort(frame.len());
        let (name, rest) = frame.split_first_chunk::<MAX_ACTION_BYTES>().ok_or(short)?;
        let (&[high, low, tag, progress], payload) = rest.split_first_chunk().ok_or(short)?;

        let action = str::from_utf8(name)
            .map_err(|_| FrameError::ActionName)?
            .trim_end_matches('\0');
        if action.is_empty() || action.contains('\0') {
            return Err(FrameError::ActionName);
        }
        Ok(Self {
            action,
            nonce: u16::from_be_bytes([high, low]),
            last: tag & LAST != 0,
            metadata: tag & METADATA != 0,
            kind: BodyKind::of(tag),
            progress,
            payload,
        })
    }
}

/// The message that says whether we are in a room.
pub fn presence(token: RoomToken, present: bool) -> Vec<u8> {
    let mut frame = vec![PRESENCE, u8::from(present)];
    frame.extend(TOKEN_LEN.to_be_bytes());
    frame.extend(token.as_str().bytes());
    frame
}

/// A whole transmission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    /// The action's name, at most [`MAX_ACTION_BYTES`] long.
    pub action: String,
    /// What the payload is.
    pub kind: BodyKind,
    /// The payload.
    pub payload: Vec<u8>,
    /// What the sender says about the payload, as JSON text.
    pub metadata: Option<Vec<u8>>,
}

/// Cuts a transmission into data-channel messages.
///
/// Metadata travels first, in one message, however long. A name that does not fit its field cannot
/// be said: there are no messages then.
pub fn frames(token: RoomToken, nonce: u16, body: &Body) -> Vec<Vec<u8>> {
    let Some(padding) = MAX_ACTION_BYTES.checked_sub(body.action.len()) else {
        return Vec::new();
    };
    let parts = parts_of(body);
    let total = parts.len();

    let mut frames = Vec::with_capacity(total);
    for (index, (metadata, payload)) in parts.into_iter().enumerate() {
        let last = index + 1 == total;
        let mut tag = body.kind.tag();
        if last {
            tag |= LAST;
        }
        if metadata {
            tag |= METADATA;
        }

        let mut frame = Vec::with_capacity(ROOM_HEADER_LEN + ACTION_HEADER_LEN + payload.len());
        frame.push(ROOM);
        frame.extend(TOKEN_LEN.to_be_bytes());
        frame.extend(token.as_str().bytes());
        frame.extend(body.action.bytes());
        frame.extend(std::iter::repeat_n(0, padding));
        frame.extend(nonce.to_be_bytes());
        frame.extend([tag, progress(index, total)]);
        frame.extend(payload);
        frames.push(frame);
    }
    frames
}

/// What each frame carries, and whether that is the metadata. There is always at least one.
fn parts_of(body: &Body) -> Vec<(bool, &[u8])> {
    let metadata = body.metadata.iter().map(|metadata| (true, &**metadata));
    let payload = body
        .payload
        .chunks(MAX_PAYLOAD_BYTES)
        .map(|payload| (false, payload));
    let mut parts: Vec<_> = metadata.chain(payload).collect();
    if parts.is_empty() {
        parts.push((false, &[]));
    }
    parts
}

/// How much of 255 has been sent after this frame, halves rounded up.
fn progress(index: usize, total: usize) -> u8 {
    let share = (510 * (index + 1) + total) / (2 * total);
    u8::try_from(share).unwrap_or(u8::MAX)
}

/// Why a chunk was not taken. The transmission it belongs to is lost; others are not touched.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AssemblyError {
    /// The transmission has become longer than its action ever needs to be.
    #[error("{action} has become longer than {limit} bytes")]
    TooLong {
        /// The action.
        action: String,
        /// How long it may be.
        limit: usize,
    },
    /// The sender has too many transmissions unfinished.
    #[error("more than {MAX_OPEN_TRANSMISSIONS} transmissions are unfinished")]
    TooManyOpen,
    /// The sender's unfinished transmissions are too long together.
    #[error("more than {MAX_ASSEMBLY_BYTES} bytes are unfinished")]
    Full,
}

/// Joins the chunks of one sender into transmissions, in bounded memory.
#[derive(Debug, Default)]
pub struct Assembly {
    open: HashMap<(String, u16), Open>,
    held: usize,
}

#[derive(Debug)]
enum Open {
    Growing {
        payload: Vec<u8>,
        metadata: Option<Vec<u8>>,
    },
    /// Refused: what is left of it is swallowed, lest its tail be taken for a transmission.
    Refused,
}

impl Assembly {
    /// An assembly without anything in it.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many bytes it holds for transmissions that are not finished.
    pub fn held(&self) -> usize {
        self.held
    }

    /// Adds a chunk. Gives back the transmission when it is whole.
    pub fn push(&mut self, chunk: Chunk<'_>) -> Result<Option<Body>, AssemblyError> {
        let key = (chunk.action.to_owned(), chunk.nonce);
        let (mut payload, mut metadata) = match self.open.remove(&key) {
            Some(Open::Growing { payload, metadata }) => (payload, metadata),
            Some(Open::Refused) => {
                if !chunk.last {
                    self.open.insert(key, Open::Refused);
                }
                return Ok(None);
            }
            None if self.open.len() >= MAX_OPEN_TRANSMISSIONS && !chunk.last => {
                return Err(AssemblyError::TooManyOpen);
            }
            None => (Vec::new(), None),
        };
        let before = payload.capacity() + metadata.as_ref().map_or(0, Vec::capacity);
        self.held = self.held.saturating_sub(before);

        match self.grow(&chunk, &mut payload, &mut metadata) {
            Ok(()) if chunk.last => Ok(Some(Body {
                action: key.0,
                kind: chunk.kind,
                payload,
                metadata,
            })),
            Ok(()) => {
                self.held += payload.capacity() + metadata.as_ref().map_or(0, Vec::capacity);
                self.open.insert(key, Open::Growing { payload, metadata });
                Ok(None)
            }
            Err(error) => {
                if !chunk.last {
                    self.open.insert(key, Open::Refused);
                }
                Err(error)
            }
        }
    }

    /// Appends what the chunk carries, if there is room for it.
    fn grow(
        &self,
        chunk: &Chunk<'_>,
        payload: &mut Vec<u8>,
        metadata: &mut Option<Vec<u8>>,
    ) -> Result<(), AssemblyError> {
        let limit = size_limit(chunk.action);
        let too_long = |limit| AssemblyError::TooLong {
            action: chunk.action.to_owned(),
            limit,
        };
        let free = MAX_ASSEMBLY_BYTES.saturating_sub(self.held);

        if chunk.metadata {
            if chunk.payload.len() > MAX_METADATA_BYTES {
                return Err(too_long(MAX_METADATA_BYTES));
            }
            if payload.capacity() + chunk.payload.len() > free {
                return Err(AssemblyError::Full);
            }
            *metadata = Some(chunk.payload.to_vec());
            return Ok(());
        }

        let length = payload.len() + chunk.payload.len();
        if length > limit {
            return Err(too_long(limit));
        }
        if length > payload.capacity() {
            let free = free.saturating_sub(metadata.as_ref().map_or(0, Vec::capacity));
            if length > free {
                return Err(AssemblyError::Full);
            }
            // Doubling keeps appending cheap, and is never allowed to overshoot a limit.
            let capacity = (payload.capacity() * 2).clamp(length, limit.min(free).max(length));
            payload.reserve_exact(capacity - payload.len());
        }
        payload.extend_from_slice(chunk.payload);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use proptest::prelude::*;

    use super::*;
    use crate::chat::MAX_TRANSCRIPT_BYTES;

    const TRANSCRIPT: &str = "g.2";
    const TYPING: &str = "g.8";

    #[test]
    fn a_transmission_without_end_is_cut_off_at_its_limit_and_its_tail_is_swallowed() {
        let mut assembly = Assembly::new();
        let limit = size_limit(TYPING);
        let part = vec![b'x'; limit];

        assert_eq!(assembly.push(chunk(TYPING, 0, false, &part)), Ok(None));
        assert_eq!(
            assembly.push(chunk(TYPING, 0, false, b"x")),
            Err(AssemblyError::TooLong {
                action: TYPING.to_owned(),
                limit
            })
        );
        assert_eq!(assembly.held(), 0);
        for _ in 0..1_000 {
            assert_eq!(assembly.push(chunk(TYPING, 0, false, &part)), Ok(None));
        }
        assert_eq!(assembly.push(chunk(TYPING, 0, true, b"tail")), Ok(None));

        let again = assembly.push(chunk(TYPING, 0, true, b"whole"));
        assert_eq!(
            again.map(|body| body.map(|body| body.payload)),
            Ok(Some(b"whole".to_vec()))
        );
    }

    #[test]
    fn two_long_transmissions_at_once_fill_it_and_it_holds_no_more() {
        let mut assembly = Assembly::new();
        let part = vec![b'x'; MAX_PAYLOAD_BYTES];
        let mut refused = None;
        for index in 0..2 * MAX_TRANSCRIPT_BYTES / MAX_PAYLOAD_BYTES {
            let nonce = (index % 2) as u16;
            let pushed = assembly.push(chunk(TRANSCRIPT, nonce, false, &part));
            assert_within_limits(&assembly);
            if let Err(error) = pushed {
                refused = Some(error);
                break;
            }
        }

        assert_eq!(refused, Some(AssemblyError::Full));
        let other = assembly.push(chunk(TRANSCRIPT, 2, true, &part));
        assert!(matches!(other, Ok(Some(_))), "others are not touched");
    }

    #[test]
    fn one_transmission_may_be_as_long_as_its_limit() {
        let mut assembly = Assembly::new();
        let whole = vec![b'x'; MAX_TRANSCRIPT_BYTES];
        let mut parts = whole.chunks(MAX_PAYLOAD_BYTES).peekable();
        let mut body = None;
        while let Some(part) = parts.next() {
            body = assembly
                .push(chunk(TRANSCRIPT, 0, parts.peek().is_none(), part))
                .expect("taken");
            assert_within_limits(&assembly);
        }

        assert_eq!(
            body.map(|body| body.payload.len()),
            Some(MAX_TRANSCRIPT_BYTES)
        );
        assert_eq!(assembly.held(), 0);
    }

    #[test]
    fn too_many_unfinished_transmissions_are_refused_and_whole_ones_still_pass() {
        let mut assembly = Assembly::new();
        for nonce in 0..16 {
            assert_eq!(assembly.push(chunk("a", nonce, false, b"x")), Ok(None));
        }

        assert_eq!(
            assembly.push(chunk("a", 16, false, b"x")),
            Err(AssemblyError::TooManyOpen)
        );
        assert!(matches!(
            assembly.push(chunk("a", 17, true, b"x")),
            Ok(Some(_))
        ));
        assert!(matches!(
            assembly.push(chunk("a", 3, true, b"x")),
            Ok(Some(_))
        ));
        assert_eq!(assembly.push(chunk("a", 18, false, b"x")), Ok(None));
    }

    #[test]
    fn chunks_without_anything_in_them_hold_nothing() {
        let mut assembly = Assembly::new();
        for _ in 0..10_000 {
            assert_eq!(assembly.push(chunk("a", 0, false, b"")), Ok(None));
        }

        assert_eq!(assembly.held(), 0);
    }

    #[test]
    fn metadata_is_bounded_and_the_last_of_it_counts() {
        let mut assembly = Assembly::new();
        let metadata = |payload| Chunk {
            metadata: true,
            ..chunk("a", 0, false, payload)
        };

        assert_eq!(assembly.push(metadata(b"{}")), Ok(None));
        assert_eq!(assembly.push(metadata(b"[]")), Ok(None));
        let body = assembly
            .push(chunk("a", 0, true, b"x"))
            .expect("taken")
            .expect("whole");
        assert_eq!(body.metadata.as_deref(), Some(&b"[]"[..]));

        let long = vec![b' '; MAX_METADATA_BYTES + 1];
        assert_eq!(
            assembly.push(metadata(&long)),
            Err(AssemblyError::TooLong {
                action: "a".to_owned(),
                limit: MAX_METADATA_BYTES
            })
        );
    }

    #[test]
    fn rooms_called_otherwise_than_ours_are_a_named_error() {
        let frame = &frames(RoomToken::derive("a", "b"), 0, &body("g.8", b"{}"))[0];
        let (inner, token) = (&frame[67..], &frame[3..67]);

        for length in [0, 1, 63, 65, 4_000] {
            let mut foreign = vec![ROOM];
            foreign.extend((length as u16).to_be_bytes());
            foreign.extend(token.iter().cycle().take(length));
            foreign.extend(inner);
            assert_eq!(
                Outer::parse(&foreign),
                Err(FrameError::ForeignToken { length })
            );

            let mut foreign = vec![PRESENCE, 1];
            foreign.extend((length as u16).to_be_bytes());
            foreign.extend(token.iter().cycle().take(length));
            assert_eq!(
                Outer::parse(&foreign),
                Err(FrameError::ForeignToken { length })
            );
        }
        let mut upper = frame.clone();
        upper[3..67].make_ascii_uppercase();
        assert_eq!(
            Outer::parse(&upper),
            Err(FrameError::ForeignToken { length: 64 })
        );
    }

    #[test]
    fn a_frame_cut_anywhere_in_its_headers_is_too_short() {
        let frame = &frames(RoomToken::derive("a", "b"), 7, &body("g.8", b"{}"))[0];
        for length in 0..103 {
            assert!(
                matches!(Outer::parse(&frame[..length]), Err(FrameError::TooShort(_))),
                "{length}"
            );
        }
        assert!(Outer::parse(&frame[..103]).is_ok());

        let frame = presence(RoomToken::derive("a", "b"), true);
        for length in 0..68 {
            assert!(matches!(
                Outer::parse(&frame[..length]),
                Err(FrameError::TooShort(_))
            ));
        }
    }

    #[test]
    fn what_no_header_can_say_is_refused_by_name() {
        let frame = frames(RoomToken::derive("a", "b"), 7, &body("g.8", b"{}")).remove(0);
        let with_name = |name: &[u8; 32]| {
            let mut frame = frame.clone();
            frame[67..99].copy_from_slice(name);
            Outer::parse(&frame).map(|_| ())
        };

        assert_eq!(with_name(&[0; 32]), Err(FrameError::ActionName));
        assert_eq!(with_name(&[0xff; 32]), Err(FrameError::ActionName));
        assert_eq!(
            with_name(b"g\x008\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
            Err(FrameError::ActionName)
        );
        assert_eq!(with_name(&[b'a'; 32]), Ok(()));
        assert_eq!(Outer::parse(&[3; 200]), Err(FrameError::Kind(3)));
        assert_eq!(
            Outer::parse(&vec![1; MAX_FRAME_BYTES + 1]),
            Err(FrameError::TooLong(MAX_FRAME_BYTES + 1))
        );
    }

    #[test]
    fn no_message_is_longer_than_trysteros_longest() {
        let body = body("g.2", &[b'x'; 40_000]);
        let lengths: Vec<usize> = frames(RoomToken::derive("a", "b"), 0, &body)
            .iter()
            .map(Vec::len)
            .collect();

        assert_eq!(lengths, [16_451, 16_451, 7_407]);
    }

    proptest! {
        /// Whatever chunks come in whatever order, it holds what it says and never too much.
        #[test]
        fn whatever_comes_it_stays_within_its_limits(
            chunks in prop::collection::vec(
                (0..5_usize, 0..8_u16, prop::bool::weighted(0.1), prop::bool::weighted(0.1), 0..200_000_usize),
                1..120,
            )
        ) {
            let mut assembly = Assembly::new();
            let bytes = vec![b'x'; 200_000];
            for (action, nonce, last, metadata, length) in chunks {
                let action = ["g.2", "g.0", "g.8", "@_signal", "unknown"][action];
                let chunk = Chunk { metadata, ..chunk(action, nonce, last, &bytes[..length]) };
                let _refused = assembly.push(chunk).is_err();
                assert_within_limits(&assembly);
            }
        }

        /// Transmissions of several names and nonces may be mixed in any way that keeps each in order.
        #[test]
        fn mixed_transmissions_are_told_apart(
            lengths in prop::collection::vec(0..60_000_usize, 1..6),
            order in prop::collection::vec(0..6_usize, 0..40),
        ) {
            let token = RoomToken::derive("a", "b");
            let bodies: Vec<Body> = lengths
                .iter()
                .zip(0_u8..)
                .map(|(length, fill)| body("g.2", &vec![fill; *length]))
                .collect();
            let mut waiting: Vec<VecDeque<Vec<u8>>> = bodies
                .iter()
                .zip(0_u16..)
                .map(|(body, nonce)| frames(token, nonce, body).into())
                .collect();
            let mut assembly = Assembly::new();
            let mut joined = vec![None; bodies.len()];
            let turns = order.into_iter().chain((0..lengths.len()).flat_map(|index| [index; 8]));
            for index in turns {
                let Some(frame) = waiting.get_mut(index).and_then(VecDeque::pop_front) else {
                    continue;
                };
                let Outer::Room { chunk, .. } = Outer::parse(&frame).expect("a frame") else {
                    panic!("not a room frame");
                };
                if let Some(body) = assembly.push(chunk).expect("taken") {
                    joined[index] = Some(body);
                }
            }
            prop_assert_eq!(joined, bodies.into_iter().map(Some).collect::<Vec<_>>());
            prop_assert_eq!(assembly.held(), 0);
        }
    }

    fn chunk<'a>(action: &'a str, nonce: u16, last: bool, payload: &'a [u8]) -> Chunk<'a> {
        Chunk {
            action,
            nonce,
            last,
            metadata: false,
            kind: BodyKind::Json,
            progress: 0,
            payload,
        }
    }

    fn body(action: &str, payload: &[u8]) -> Body {
        Body {
            action: action.to_owned(),
            kind: BodyKind::Json,
            payload: payload.to_vec(),
            metadata: None,
        }
    }

    fn assert_within_limits(assembly: &Assembly) {
        let allocated: usize = assembly
            .open
            .values()
            .map(|open| match open {
                Open::Growing { payload, metadata } => {
                    payload.capacity() + metadata.as_ref().map_or(0, Vec::capacity)
                }
                Open::Refused => 0,
            })
            .sum();
        assert_eq!(allocated, assembly.held());
        assert!(allocated <= MAX_ASSEMBLY_BYTES, "{allocated}");
        assert!(assembly.open.len() <= MAX_OPEN_TRANSMISSIONS);
    }
}
