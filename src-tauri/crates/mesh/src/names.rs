//! Names of STUN and TURN servers to addresses, without anybody waiting.
//!
//! The stack resolves names in the task that also drives the connection, host candidates are not
//! told before it is done, and a machine without network may take many seconds to fail. So names
//! are looked up here, ahead of time, each on a thread of its own (a hanging one then holds up
//! neither the runtime nor its end), and the stack is only ever answered from this table.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;

/// The table. A cheap handle; clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Names(Arc<Table>);

#[derive(Debug)]
struct Table {
    entries: Mutex<HashMap<String, Entry>>,
    changes: watch::Sender<()>,
}

#[derive(Debug, Default)]
struct Entry {
    /// Kept while it is looked up again, and when that fails.
    known: Vec<IpAddr>,
    asking: bool,
    /// When the last answer came, and whether it was good.
    last: Option<(Instant, bool)>,
}

impl Default for Names {
    fn default() -> Self {
        Names(Arc::new(Table {
            entries: Mutex::default(),
            changes: watch::Sender::new(()),
        }))
    }
}

impl Names {
    /// Looks up those of `hosts` that were never asked for or not lately.
    pub(crate) fn refresh(&self, hosts: &[String]) {
        for host in hosts {
            if host.parse::<IpAddr>().is_ok() {
                continue;
            }
            {
                let mut entries = self.entries();
                let entry = entries.entry(host.clone()).or_default();
                let stale = entry.last.is_none_or(|(at, good)| {
                    at.elapsed() > if good { KEEP_GOOD } else { KEEP_BAD }
                });
                if entry.asking || !stale {
                    continue;
                }
                entry.asking = true;
            }
            let table = self.clone();
            let asked = host.clone();
            let spawned = std::thread::Builder::new()
                .name("name-lookup".to_owned())
                .spawn(move || {
                    let found = (asked.as_str(), 0_u16)
                        .to_socket_addrs()
                        .map(|all| all.map(|it| it.ip()).take(MAX_ADDRESSES).collect());
                    table.learn(&asked, found.unwrap_or_default());
                });
            if spawned.is_err() {
                self.learn(host, Vec::new());
            }
        }
    }

    /// Whether the first lookup of any of `hosts` is still under way.
    pub(crate) fn awaited(&self, hosts: &[String]) -> bool {
        let entries = self.entries();
        hosts
            .iter()
            .filter_map(|host| entries.get(host))
            .any(|entry| entry.asking && entry.known.is_empty())
    }

    /// Whether any of `hosts` has an address.
    pub(crate) fn any_known(&self, hosts: &[String]) -> bool {
        let entries = self.entries();
        hosts.iter().any(|host| {
            host.parse::<IpAddr>().is_ok()
                || entries.get(host).is_some_and(|it| !it.known.is_empty())
        })
    }

    /// Tells of every change from now on.
    pub(crate) fn changes(&self) -> watch::Receiver<()> {
        self.0.changes.subscribe()
    }

    /// What the stack asks for, `host:port`, from the table alone.
    pub(crate) fn resolve(&self, address: &str) -> io::Result<Vec<SocketAddr>> {
        let unknown = || io::Error::new(io::ErrorKind::NotFound, "no address is known");
        let (host, port) = address.rsplit_once(':').ok_or_else(unknown)?;
        let port: u16 = port.parse().map_err(|_| unknown())?;
        let host = host.trim_start_matches('[').trim_end_matches(']');
        if let Ok(ip) = host.parse::<IpAddr>() {
            return Ok(vec![SocketAddr::new(ip, port)]);
        }
        let entries = self.entries();
        match entries.get(host) {
            Some(entry) if !entry.known.is_empty() => Ok(entry
                .known
                .iter()
                .map(|ip| SocketAddr::new(*ip, port))
                .collect()),
            _ => Err(unknown()),
        }
    }

    fn learn(&self, host: &str, found: Vec<IpAddr>) {
        {
            let mut entries = self.entries();
            let entry = entries.entry(host.to_owned()).or_default();
            entry.asking = false;
            entry.last = Some((Instant::now(), !found.is_empty()));
            if !found.is_empty() {
                entry.known = found;
            }
        }
        self.0.changes.send_replace(());
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<String, Entry>> {
        self.0
            .entries
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// The system's own cache does not tell how long an answer holds; servers seldom move.
const KEEP_GOOD: Duration = Duration::from_secs(300);
/// A machine that comes online should not wait long for its first STUN answer.
const KEEP_BAD: Duration = Duration::from_secs(5);
/// The stack uses the first of each family.
const MAX_ADDRESSES: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_need_no_lookup() {
        let names = Names::default();
        let address = |text: &str| -> SocketAddr { text.parse().expect("an address") };
        let v4 = names.resolve("192.0.2.1:3478").expect("an address");
        assert_eq!(v4, [address("192.0.2.1:3478")]);
        // The stack writes a relay's IPv6 address without brackets.
        let v6 = names.resolve("2001:db8::1:3478").expect("an address");
        assert_eq!(v6, [address("[2001:db8::1]:3478")]);
        assert_eq!(names.resolve("[2001:db8::1]:3478").expect("an address"), v6);
    }

    #[tokio::test]
    async fn a_name_is_known_once_it_was_looked_up() {
        let names = Names::default();
        let hosts = ["localhost".to_owned()];
        assert!(names.resolve("localhost:1").is_err());
        let mut changes = names.changes();
        names.refresh(&hosts);
        tokio::time::timeout(Duration::from_secs(30), changes.changed())
            .await
            .expect("an answer in time")
            .expect("the table lives");
        assert!(!names.awaited(&hosts));
        assert!(names.any_known(&hosts));
        let found = names.resolve("localhost:9").expect("localhost is known");
        assert!(
            found
                .iter()
                .all(|it| it.ip().is_loopback() && it.port() == 9)
        );
    }
}
