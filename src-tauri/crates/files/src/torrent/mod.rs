//! The part of BitTorrent that WebTorrent in a browser speaks (BEP 3, 6, 9, 10), without sockets.
//!
//! | module | bytes or text of |
//! |---|---|
//! | [`ids`] | hashes, peer ids, offer ids: twenty bytes each |
//! | [`bits`] | who has which piece |
//! | [`bencode`] | the notation of everything that is not a plain message |
//! | [`metainfo`] | a torrent's description |
//! | [`magnet`] | the link that stands for it |
//! | [`wire`] | what peers say to each other |
//! | [`metadata`] | how a description is asked of peers |
//! | [`announce`] | what trackers hear and say |
//! | [`meeting`] | how its peers find each other: when to announce, whom to answer |
//! | [`session`] | one torrent among its peers: giving, fetching, deciding |

pub mod announce;
pub mod bencode;
pub mod bits;
pub mod ids;
pub mod magnet;
pub mod meeting;
pub mod metadata;
pub mod metainfo;
pub mod session;
pub mod wire;
