//! How peers find each other's first word: sockets to trackers, and trackers found on the network.
//!
//! [`Trackers`] keeps one WebSocket for each tracker it was told to open, reconnects it when it
//! ends, and passes on what was said. A tracker that dies, lies, floods or sends garbage costs
//! nothing but its own socket.
//!
//! [`Lan`] announces the embedded tracker on the local network and finds those of others. It says
//! nothing about rooms or people.

mod backoff;
mod bucket;
mod dial;
mod lan;
mod reason;
mod socket;
mod table;
mod trackers;
mod url;

pub use lan::{Lan, LanHeard, LanOptions, Own};
pub use reason::Reason;
pub use trackers::{Heard, MAX_TRACKERS, Trackers};
pub use url::{MAX_URL_BYTES, UrlError, check_url};
