//! Notices that this machine's addresses changed or that it slept.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use tokio::sync::mpsc;

/// Between two looks. A change is noticed within it, and a look costs microseconds.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// A look that comes so much later by the wall clock than it should means the machine slept.
const SLEPT: Duration = Duration::from_secs(10);

/// Sends a word into `changed` whenever the addresses of this machine changed or it woke up. Ends
/// with its receiver.
pub(crate) async fn watch(changed: mpsc::Sender<()>) {
    let mut known = addresses();
    let mut looked_at = SystemTime::now();
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        let now = SystemTime::now();
        let slept = now
            .duration_since(looked_at)
            .is_ok_and(|gone| gone > LOOK_EVERY + SLEPT);
        looked_at = now;
        let found = addresses();
        if slept || found != known {
            known = found;
            if changed.send(()).await.is_err() {
                return;
            }
        } else if changed.is_closed() {
            return;
        }
    }
}

/// The addresses by which others could reach this machine.
fn addresses() -> BTreeSet<IpAddr> {
    if_addrs::get_if_addrs()
        .unwrap_or_default()
        .into_iter()
        .map(|interface| interface.ip())
        .filter(|ip| !ip.is_loopback())
        .collect()
}
