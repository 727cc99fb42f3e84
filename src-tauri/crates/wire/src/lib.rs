//! What travels between peers, trackers and links, as types.
//!
//! Everything a stranger can send is parsed here, once, and bounded here by named constants; past
//! this crate there are no loose bytes and no loose JSON. The crate is pure: it opens nothing,
//! reads no clock, and takes randomness as an argument.
//!
//! | module | bytes or text of |
//! |---|---|
//! | [`ids`] | the names of peers, rooms, offers, messages and origins |
//! | [`address`] | what a room is called on trackers and data channels |
//! | [`link`] | invitations people paste |
//! | [`seal`] | the sealed session descriptions inside tracker messages |
//! | [`tracker`] | what trackers hear and say |
//! | [`frame`] | data-channel frames, cut and joined |
//! | [`action`] | what a finished transmission means |
//! | [`chat`] | messages, names and transcripts |
//! | [`talk`] | replies, changes, emoji and receipts between native peers |
//! | [`native`] | the registry of what only our own kind understands |
//! | [`identity`] | keys and signatures |
//! | [`proof`] | who holds their key now, on this connection |
//! | [`share`] | files: who offers them, who has them, how they are reached |
//! | [`animal`] | the name a user id has when nobody chose one |

pub mod action;
pub mod address;
pub mod animal;
pub mod chat;
pub mod frame;
pub mod identity;
pub mod ids;
pub mod introduce;
mod json;
pub mod link;
pub mod native;
mod percent;
pub mod proof;
pub mod seal;
pub mod share;
pub mod talk;
pub mod tracker;

pub use action::{
    Action, ActionError, FileOffer, Handshake, MediaAnnouncement, MediaKind, Renegotiation,
    RenegotiationKind, challenge_response, random_challenge,
};
pub use address::{Access, RoomAddress};
pub use animal::animal_name;
pub use chat::{
    InlineMedia, MAX_CUSTOM_NAME, MAX_TEXT_UNITS, Message, Metadata, TranscriptEntry,
    TranscriptItem,
};
pub use frame::{
    Assembly, AssemblyError, Body, BodyKind, Chunk, FrameError, Outer, frames, presence,
};
pub use identity::{KeyError, KeyPair, Verification, fingerprint, verify, verify_proof};
pub use ids::{
    AppId, IdError, InfoHash, LinkId, MessageId, OfferId, Origin, PeerId, RoomName, RoomToken,
    Secret, TransferId, UserId, random_text,
};
pub use introduce::{Company, Introduction};
pub use link::{Invitation, InvitedAccess, LinkError};
pub use native::{Feature, Features, Native};
pub use proof::{Claim, Fingerprints, Nonce};
pub use seal::{SealError, SignalKey};
pub use share::{
    Has, Holding, MAX_THUMBNAIL_BYTES, Magnet, OfferName, Share, ShareKind, TorrentHash,
    TransferSignal, clean_share_name,
};
pub use talk::{Change, Changed, Emoji, LineName, LineState, Mark, NotAnEmoji, States};
pub use tracker::{FromTracker, SignalKind, ToTracker, TrackerMessageError, TrackerSignal};
