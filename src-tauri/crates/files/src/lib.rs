//! Files: how they are sealed, cut, fetched, checked and kept.
//!
//! The crate knows bytes, hashes and one folder on the disk; it knows neither rooms nor sockets.
//! Everything that decides is pure: the time is an argument, randomness comes from a generator given
//! at the start, and disk and network are asked for by values. Only [`store`] touches the disk.
//!
//! | module | holds |
//! |---|---|
//! | [`limits`] | how much of anything a stranger may make us take, and why |
//! | [`names`] | what a stranger calls a file, and what we call it |
//! | [`kind`] | which files are pictures, sounds and films, and which may be shown |
//! | [`sealed`] | the encryption of a file towards browsers |
//! | [`torrent`] | how browsers describe, find and exchange files |
//! | [`direct`] | how native peers describe files; they exchange them in the same way |
//! | [`store`] | what is being fetched, kept apart until it is whole; what is being given |

pub mod direct;
pub mod kind;
pub mod limits;
pub mod names;
pub mod sealed;
pub mod store;
pub mod torrent;
