//! The tracker alone, for a group that wants its own.

use std::net::SocketAddr;

use tracker::{BindError, Limits, Tracker};

use crate::arguments::{self, DEFAULT_LISTEN};
use crate::ending::{Ending, Failure};
use crate::paper::Paper;
use crate::stop::Stop;

/// Serves until told to end.
pub(crate) async fn run(wish: arguments::Tracker) -> Result<Ending, Failure> {
    let mut stop = Stop::listen().map_err(|reason| Failure::start(reason.to_string()))?;
    let mut limits = Limits::default();
    if let Some(count) = wish.per_address {
        limits.connections_per_address = count.get();
    }
    let tracker = bind(wish.listen, limits)
        .await
        .map_err(|reason| Failure::start(reason.to_string()))?;
    let (paper, written) = Paper::standard();
    let line = format!("listening on ws://{}\n", tracker.local_addr());
    // Whoever closes the output wants no more of it than that line; serving goes on.
    let _ = paper.write(line.into_bytes()).await;
    drop(paper);
    let _ = written.wait().await;
    tracker.serve(async { stop.told().await }).await;
    Ok(Ending::Fine)
}

async fn bind(address: SocketAddr, limits: Limits) -> Result<Tracker, BindError> {
    if address == DEFAULT_LISTEN {
        // A machine without IPv6 is no reason to fail where nobody asked for it.
        Tracker::bind_everywhere(address.port(), limits).await
    } else {
        Tracker::bind(address, limits).await
    }
}
