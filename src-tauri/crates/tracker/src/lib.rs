//! A WebTorrent tracker: it introduces peers to one another and forgets them when they go.
//!
//! It speaks to WebSocket clients as the reference `bittorrent-tracker` does, so our own peers,
//! Trystero in a browser and WebTorrent's file swarms can share it. It lives in the app and in
//! the terminal peer, and runs alone for a small group that wants its own.
//!
//! [`Tracker`] is the server. [`Neighbourhood`] lets the programs on one machine share a single
//! tracker, so that they find each other without any network.
//!
//! Nothing a client sends can panic the tracker or grow it past a named limit ([`Limits`]); ids
//! and addresses are never logged.

mod bucket;
mod connection;
mod hub;
mod limits;
mod message;
mod neighbourhood;
mod seats;
mod server;
mod swarm;

pub use limits::Limits;
pub use neighbourhood::{Neighbour, Neighbourhood, NeighbourhoodOptions, WELL_KNOWN_PORT};
pub use server::{BindError, Tracker};
