//! Files that are offered in a room.

use std::fmt;
use std::sync::Arc;

use wire::{OfferName, ShareKind, TorrentHash};

/// What an offer is called, by everyone to whom it is the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ShareKey {
    /// A native peer's.
    Offer(OfferName),
    /// A browser's.
    Torrent(TorrentHash),
}

impl ShareKey {
    /// Reads what [`fmt::Display`] wrote; `None` where it is not that.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        OfferName::parse(text)
            .map(Self::Offer)
            .or_else(|| TorrentHash::parse(text).map(Self::Torrent))
    }
}

impl fmt::Display for ShareKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Offer(offer) => offer.fmt(f),
            Self::Torrent(hash) => hash.fmt(f),
        }
    }
}

/// What a line offers, which then has no text. Where [`Line::plain`](crate::Line::plain) is set,
/// neither picture nor content is to be shown until it is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    /// What it is called.
    pub key: ShareKey,
    /// What a person calls it: the file, the folder, or the first of several files.
    pub name: String,
    /// How many files there are, where that was said.
    pub files: Option<u32>,
    /// All of them together in bytes, where that was said.
    pub size: Option<u64>,
    /// What it is.
    pub kind: ShareKind,
    /// A small JPEG of it, made by whoever offers it.
    pub thumbnail: Option<Arc<[u8]>>,
    /// Where a browser's is.
    pub magnet: Option<String>,
    /// Some who have all of it, besides us.
    pub holders: Vec<String>,
    /// How many more those are.
    pub more_holders: u32,
    /// Whether nobody who has it is there any more; never so for our own.
    pub gone: bool,
    /// Whether whoever offered it took it back.
    pub withdrawn: bool,
    /// Whether it came to be shown among what is said, as browsers do with media.
    pub inline: bool,
}

/// Files of ours that are ready to be given.
#[derive(Clone, Debug)]
pub struct SharedFiles {
    /// What native peers call them.
    pub offer: OfferName,
    /// What a person calls them.
    pub name: String,
    /// How many.
    pub files: u32,
    /// All of them together in bytes.
    pub size: u64,
    /// What they are.
    pub kind: ShareKind,
    /// A small JPEG; one that is too large is left out.
    pub thumbnail: Option<Arc<[u8]>>,
    /// Where browsers find them; without it they are told of nothing.
    pub magnet: Option<String>,
    /// Where browsers find those they show among what is said.
    pub inline: Option<String>,
    /// Whether those are all.
    pub all_inline: bool,
}
