//! Files on their way: one task beside the node's loop, with connections and tracker sockets of its
//! own, so that nothing said ever waits behind bytes.
//!
//! The loop says what the person wants and what rooms tell ([`Order`]); the task reports what is to
//! be told to rooms and the person ([`Report`]). What to ask of whom is decided in `files`; here
//! its answers become connections and disk jobs.
//!
//! | module | what it does |
//! |---|---|
//! | `engine` | the task: what happened goes where it belongs |
//! | `transfer` | one share as the person sees it |
//! | `swarm` | one offer among those who have it: what its session asks for is done |
//! | `links` | the connections of all swarms |
//! | `natives` | how native peers connect: over the link of the room |
//! | `browsers` | how browsers connect: over trackers |
//! | `giving` | files of ours, from being picked to being taken back |
//! | `fetching` | files of others, from being wanted to lying in their folder |
//! | `holding` | who has what |
//! | `presence` | who is gone, and gets nothing more |
//! | `remembering` | what was begun another time |
//! | `saving` | what is whole gets its names |
//! | `changes` | what a person changes about a transfer |
//! | `jobs` | what blocks, done elsewhere |
//! | `leftovers` | what is left of what is not wanted now |
//! | `looking` | reading what is here, to show it |
//! | `told` | what the person is told, and how often |

mod browsers;
mod changes;
mod engine;
mod fetching;
mod giving;
mod holding;
mod jobs;
mod kinds;
mod leftovers;
mod links;
mod looking;
mod natives;
mod orders;
mod presence;
mod remembering;
mod saving;
mod swarm;
#[cfg(test)]
mod tests;
mod told;
mod transfer;

use mesh::IceServer;
use signalling::Proxy;
use tokio::sync::mpsc;

pub use orders::Media;
pub(crate) use orders::{Answer, Change, Look, Order, Part, Place, Report, Wanted};
pub(crate) use told::Shown;

/// Orders and reports that may wait.
const WAITING: usize = 256;

/// The loop's end of the transfers.
#[derive(Debug)]
pub(crate) struct Transfers {
    pub(crate) orders: mpsc::Sender<Order>,
    pub(crate) reports: mpsc::Receiver<Report>,
}

impl Transfers {
    /// Starts the task. It ends with [`Order::Stop`], or when this is dropped.
    pub(crate) fn start() -> Self {
        let (orders, ordered) = mpsc::channel(WAITING);
        let (report, reports) = mpsc::channel(WAITING);
        tokio::spawn(engine::Engine::new(ordered, report).until_stopped());
        Self { orders, reports }
    }
}

/// What connections and sockets are made with.
#[derive(Clone, Debug, Default)]
struct Ways {
    servers: Vec<IceServer>,
    relay_only: bool,
    proxy: Option<Proxy>,
}
