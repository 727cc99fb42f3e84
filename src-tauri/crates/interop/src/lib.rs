//! Real foreign peers, for tests and measurements only: Trystero in Chromium, the reference
//! WebTorrent tracker, and our own terminal peer as a stranger would run it.

mod driver;
mod files;
mod foreign;
mod log;
mod machine;
mod native;
mod secrets;
mod tools;

pub use files::{Chosen, Fetched, FetchedFile, Offer};
pub use foreign::{Foreign, Page, PageOptions, Sorts};
pub use log::{Log, PATIENCE};
pub use machine::{Cable, End, Machine};
pub use native::{Native, OurTracker};
pub use secrets::Secrets;
pub use tools::terminal_peer;

/// A room as the peers of a test are told of it.
#[derive(Clone, Debug)]
pub struct Meeting {
    /// The name of the room.
    pub room: String,
    /// Which Chitchatter world it is in.
    pub origin: String,
    /// The password as a person types it, if the room is private.
    pub password: Option<String>,
    /// The trackers everyone uses.
    pub trackers: Vec<String>,
}

impl Meeting {
    /// A public room of that name, found through one tracker.
    pub fn at(tracker: &str, room: &str) -> Self {
        Self {
            room: room.to_owned(),
            origin: "http://localhost:3000".to_owned(),
            password: None,
            trackers: vec![tracker.to_owned()],
        }
    }

    /// The same room, but private.
    pub fn with_password(mut self, password: &str) -> Self {
        self.password = Some(password.to_owned());
        self
    }
}
