//! How peers find each other's first word: sockets to trackers, and trackers found on the network.
//!
//! [`Trackers`] keeps one WebSocket for each tracker it was told to open, reconnects it when it
//! ends, and passes on what was said. A tracker that dies, lies, floods or sends garbage costs
//! nothing but its own socket.
//!
//! A [`Proxy`] may stand between us and what is not near; [`reach_public`] is the same way for
//! whatever else is fetched from the open internet.
//!
//! [`Lan`] announces the embedded tracker on the local network and finds those of others. It says
//! nothing about rooms or people.

mod backoff;
mod bucket;
mod dial;
mod lan;
mod proxy;
mod reason;
mod socket;
mod table;
mod test;
mod trackers;
mod url;

pub use dial::{Denied, reach_public, tls};
pub use lan::{Lan, LanHeard, LanOptions, Own};
pub use proxy::{Proxy, ProxyError};
pub use reason::Reason;
pub use test::{Tested, test};
pub use trackers::{Heard, MAX_TRACKERS, Trackers};
pub use url::{MAX_URL_BYTES, UrlError, check_url};
