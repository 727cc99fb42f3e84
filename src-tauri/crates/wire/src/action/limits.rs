//! How long the payload of each action may be.

use super::{
    AUDIO, CHALLENGE, CHANGE, COMPANY, DIRECT_MESSAGE, DIRECT_TYPING, FILE_OFFER, HANDSHAKE_DATA,
    HANDSHAKE_READY, HOLDING, INLINE_MEDIA, INTRODUCTION, LEAVE, MARK, MESSAGE, METADATA, PING,
    PONG, PROOF, RECEIPT, SCREEN, SHARE, SIGNAL, STATES, STREAM, TRACK, TRANSCRIPT,
    TRANSFER_SIGNAL, TYPING, UNSHARE, VIDEO,
};
use crate::chat::MAX_TRANSCRIPT_BYTES;
use crate::introduce::{MAX_COMPANY_BYTES, MAX_INTRODUCTION_BYTES};
use crate::share::MAX_SHARE_BYTES;
use crate::talk::MAX_STATES_BYTES;

/// The longest payload of an action that carries a word or nothing.
pub const MAX_SMALL_BYTES: usize = 4 * 1024;
/// The longest message payload: the longest text with every unit escaped, and some.
pub const MAX_MESSAGE_BYTES: usize = 128 * 1024;
/// The longest metadata payload; a browser's has about 860 bytes.
pub const MAX_PEER_METADATA_BYTES: usize = 16 * 1024;
/// The longest payload with a magnet link in it.
pub const MAX_OFFER_BYTES: usize = 32 * 1024;
/// The longest renegotiation payload; with three streams a browser's has about 6 KB.
pub const MAX_SIGNAL_BYTES: usize = 128 * 1024;
/// The longest payload of an action nobody here knows. It is joined only to be ignored.
pub const MAX_UNKNOWN_BYTES: usize = 64 * 1024;
/// The longest session description or candidate inside a renegotiation.
pub const MAX_SDP_BYTES: usize = 96 * 1024;
/// The longest challenge or response we take in a handshake, in bytes. Browsers send 36 and 64.
pub const MAX_HANDSHAKE_BYTES: usize = 256;
/// The longest stream, track or announcement key we take, in bytes. Browsers send 20 and 36.
pub const MAX_MEDIA_ID_BYTES: usize = 256;

/// How long a payload of this action may become while its chunks are joined.
pub fn size_limit(action: &str) -> usize {
    match action {
        HANDSHAKE_DATA | HANDSHAKE_READY | LEAVE | PING | PONG | STREAM | TRACK | AUDIO | VIDEO
        | SCREEN | TYPING | DIRECT_TYPING | MARK | RECEIPT | CHALLENGE | PROOF | UNSHARE
        | HOLDING => MAX_SMALL_BYTES,
        MESSAGE | DIRECT_MESSAGE | CHANGE => MAX_MESSAGE_BYTES,
        STATES => MAX_STATES_BYTES,
        COMPANY => MAX_COMPANY_BYTES,
        INTRODUCTION => MAX_INTRODUCTION_BYTES,
        INLINE_MEDIA | FILE_OFFER => MAX_OFFER_BYTES,
        SHARE => MAX_SHARE_BYTES,
        METADATA => MAX_PEER_METADATA_BYTES,
        TRANSCRIPT => MAX_TRANSCRIPT_BYTES,
        SIGNAL | TRANSFER_SIGNAL => MAX_SIGNAL_BYTES,
        _ => MAX_UNKNOWN_BYTES,
    }
}
