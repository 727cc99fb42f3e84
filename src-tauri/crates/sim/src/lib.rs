//! A pretend internet with a pretend clock, and the stories told on it.
//!
//! A [`World`] holds peers, trackers and the connections between them. Its peers are the real state
//! machines of `room`, beside pretend browsers that keep to Trystero's rules in code of their own.
//! Nothing here waits: the clock jumps to whatever happens next, so a minute of talk costs
//! milliseconds. Everything random comes from one seed, so a story that fails can be told again:
//! the failure names the seed, and `SEED=… cargo test` repeats it.
//!
//! | module | pretends to be |
//! |---|---|
//! | [`world`] | the internet: who is there, what happens next |
//! | `net` | WebRTC: offers, answers, channels with latency, loss and silence |
//! | `tracker` | the reference WebTorrent tracker |
//! | [`browser`] | a page with Trystero 0.25 and Chitchatter on it |
//! | [`witness`] | the person at a native peer, who remembers all that was shown |
//! | [`story`] | the teller: runs a story with several seeds |

pub mod browser;
pub mod story;
pub mod witness;
pub mod world;

mod keys;
mod net;
mod tracker;

pub use browser::Browser;
pub use story::tell;
pub use witness::Witness;
pub use world::{Manners, Who, World};
