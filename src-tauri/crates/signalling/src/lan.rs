//! Trackers on the local network, by mDNS service discovery.
//!
//! What is announced is that there is a tracker here, and its port: under a random name, for a
//! random host. Rooms, people and the machine's own name are not in it.

use std::collections::HashSet;
use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use if_addrs::{IfAddr, get_if_addrs};
use mdns_sd::{
    DaemonEvent, IfKind, MDNS_PORT, Receiver, ResolvedService, ScopedIp, ServiceDaemon,
    ServiceEvent, ServiceInfo,
};
use rand::Rng;
use rand::distributions::Alphanumeric;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use crate::table::{Announced, Table};

/// What we are announced as.
const SERVICE: &str = "_chitchatter._tcp.local.";

/// The length of our random names.
const NAME_LEN: usize = 16;

/// How long to rest when discovery breaks down, or the network says more than can be true.
const REST: Duration = Duration::from_secs(30);

/// How many different names one run of discovery bears with. The library keeps what it hears
/// until it expires; starting afresh is how it forgets.
const MAX_NAMES_HEARD: usize = 1_024;

/// How long the good-bye may take.
const GOODBYE: Duration = Duration::from_secs(1);

/// Where our own tracker is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Own {
    /// There is none.
    Nothing,
    /// We serve at this port, and say so.
    Serving(u16),
    /// Another program of this machine serves at this port and says so; we use it anyway.
    Sharing(u16),
}

/// What is found out about the network. All URLs begin with `ws://`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LanHeard {
    /// There is a tracker.
    Found {
        /// Its address.
        url: String,
    },
    /// It is there no longer.
    Lost {
        /// Its address.
        url: String,
    },
    /// Discovery does not work here, at least for now. Said once; what is found later is told all
    /// the same.
    Unavailable,
}

/// How discovery is set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LanOptions {
    /// The UDP port. Tests use another, so that they never meet a running program.
    pub port: u16,
    /// Whether to stay on this machine, for tests.
    pub loopback_only: bool,
}

impl Default for LanOptions {
    fn default() -> Self {
        Self {
            port: MDNS_PORT,
            loopback_only: false,
        }
    }
}

/// Our part in the network's discovery. Dropping it says good-bye.
#[derive(Debug)]
pub struct Lan {
    own: watch::Sender<Own>,
    task: Option<JoinHandle<()>>,
}

impl Lan {
    /// Announces what we have and looks for others. Needs a tokio runtime. Where there is no
    /// multicast, nothing is found, and that is said once.
    pub fn start(own: Own, heard: mpsc::Sender<LanHeard>) -> Self {
        Self::start_with(LanOptions::default(), own, heard)
    }

    /// The same, set up differently.
    pub fn start_with(options: LanOptions, own: Own, heard: mpsc::Sender<LanHeard>) -> Self {
        let (sender, receiver) = watch::channel(own);
        let neighbours = Neighbours {
            options,
            own: receiver,
            heard,
            table: Table::default(),
            our_name: None,
            complained: false,
        };
        Self {
            own: sender,
            task: Some(tokio::spawn(neighbours.watch())),
        }
    }

    /// Says where our own tracker is now.
    pub fn announce(&self, own: Own) {
        self.own.send_if_modified(|was| {
            let changed = *was != own;
            *was = own;
            changed
        });
    }

    /// Says good-bye and waits until it is said.
    pub async fn stop(mut self) {
        let task = self.task.take();
        drop(self);
        if let Some(mut task) = task
            && timeout(GOODBYE * 2, &mut task).await.is_err()
        {
            task.abort();
        }
    }
}

/// Nobody listens to us any more.
struct Deaf;

/// Why a run of discovery ended.
enum Over {
    Deaf,
    Broken,
}

impl From<Deaf> for Over {
    fn from(_: Deaf) -> Self {
        Self::Deaf
    }
}

impl From<mdns_sd::Error> for Over {
    fn from(_: mdns_sd::Error) -> Self {
        Self::Broken
    }
}

struct Neighbours {
    options: LanOptions,
    own: watch::Receiver<Own>,
    heard: mpsc::Sender<LanHeard>,
    table: Table,
    our_name: Option<String>,
    complained: bool,
}

impl Neighbours {
    async fn watch(mut self) {
        while self.live_once().await.is_ok() {
            tokio::select! {
                () = sleep(REST) => {}
                () = self.heard.closed() => return,
                () = dropped(self.own.clone()) => return,
            }
        }
    }

    /// One run of discovery.
    async fn live_once(&mut self) -> Result<(), Deaf> {
        if !self.options.loopback_only && !has_network() {
            self.complain().await?;
        }
        let Ok(daemon) = self.daemon() else {
            return self.complain().await;
        };
        let over = self.discover(&daemon).await;
        self.our_name = None;
        // The daemon says good-bye for us before it ends.
        if let Ok(status) = daemon.shutdown() {
            let _ = timeout(GOODBYE, status.recv_async()).await;
        }
        match over {
            Over::Deaf => Err(Deaf),
            Over::Broken => {
                self.table.clear();
                self.tell_changes().await?;
                self.complain().await
            }
        }
    }

    fn daemon(&self) -> mdns_sd::Result<ServiceDaemon> {
        let daemon = ServiceDaemon::new_with_port(self.options.port)?;
        if self.options.loopback_only {
            daemon.disable_interface(IfKind::All)?;
            daemon.enable_interface(IfKind::LoopbackV4)?;
        }
        Ok(daemon)
    }

    async fn discover(&mut self, daemon: &ServiceDaemon) -> Over {
        match self.try_discover(daemon).await {
            Ok(never) => match never {},
            Err(over) => over,
        }
    }

    async fn try_discover(
        &mut self,
        daemon: &ServiceDaemon,
    ) -> Result<std::convert::Infallible, Over> {
        let troubles = daemon.monitor()?;
        let services = daemon.browse(SERVICE)?;
        let mut names = HashSet::new();
        self.own.mark_changed();
        loop {
            tokio::select! {
                changed = self.own.changed() => {
                    changed.map_err(|_| Deaf)?;
                    self.introduce(daemon)?;
                    self.tell_changes().await?;
                }
                service = services.recv_async() => {
                    let service = service.map_err(|_| Over::Broken)?;
                    self.notice(service, &mut names)?;
                    self.tell_changes().await?;
                }
                () = trouble(&troubles) => self.complain().await?,
                () = self.heard.closed() => return Err(Over::Deaf),
            }
        }
    }

    /// Announces what is ours now, under a new name, and takes the old name back.
    fn introduce(&mut self, daemon: &ServiceDaemon) -> Result<(), Over> {
        if let Some(name) = self.our_name.take() {
            daemon.unregister(&name)?;
        }
        if let Own::Serving(port) = *self.own.borrow() {
            let host = format!("{}.local.", random_name());
            let service = ServiceInfo::new(SERVICE, &random_name(), &host, (), port, None)?;
            self.our_name = Some(service.get_fullname().to_owned());
            daemon.register(service.enable_addr_auto())?;
        }
        Ok(())
    }

    fn notice(&mut self, event: ServiceEvent, names: &mut HashSet<String>) -> Result<(), Over> {
        match event {
            ServiceEvent::ServiceFound(_, name) => {
                names.insert(name);
                if names.len() > MAX_NAMES_HEARD {
                    return Err(Over::Broken);
                }
            }
            ServiceEvent::ServiceResolved(service) => {
                if let Some(announced) = reachable(&service, &interfaces()) {
                    self.table.add(service.get_fullname(), announced);
                }
            }
            ServiceEvent::ServiceRemoved(_, name) => self.table.remove(&name),
            _ => {}
        }
        Ok(())
    }

    async fn tell_changes(&mut self) -> Result<(), Deaf> {
        let own = *self.own.borrow();
        let interfaces = interfaces();
        let our_name = self.our_name.as_deref();
        self.table.mark_known(|name, announced| {
            // Right after a take-over the port is ours, but the name is still another's.
            let port = announced.port;
            let shared = matches!(own, Own::Serving(it) | Own::Sharing(it) if it == port)
                && interfaces.iter().any(|it| it.ip() == announced.address);
            shared || our_name.is_some_and(|ours| ours.eq_ignore_ascii_case(name))
        });
        let change = self.table.change();
        for url in change.lost {
            self.tell(LanHeard::Lost { url }).await?;
        }
        for url in change.found {
            self.tell(LanHeard::Found { url }).await?;
        }
        Ok(())
    }

    async fn complain(&mut self) -> Result<(), Deaf> {
        if !std::mem::replace(&mut self.complained, true) {
            self.tell(LanHeard::Unavailable).await?;
        }
        Ok(())
    }

    async fn tell(&self, event: LanHeard) -> Result<(), Deaf> {
        self.heard.send(event).await.map_err(|_| Deaf)
    }
}

/// Resolves when whoever started this is gone.
async fn dropped(mut own: watch::Receiver<Own>) {
    while own.changed().await.is_ok() {}
}

/// The next error the daemon reports; other news is passed over.
async fn trouble(events: &Receiver<DaemonEvent>) {
    loop {
        match events.recv_async().await {
            Ok(DaemonEvent::Error(_)) => return,
            Ok(_) => {}
            Err(_) => std::future::pending().await,
        }
    }
}

/// The address at which a service can be reached from here, if it says one that is on a network
/// of ours: what is announced on a network is on that network, and nobody may send us elsewhere.
/// IPv4 is preferred, and an address others can use over loopback.
fn reachable(service: &ResolvedService, interfaces: &[if_addrs::Interface]) -> Option<Announced> {
    let mut addresses: Vec<IpAddr> = service
        .get_addresses()
        .iter()
        .filter(|address| came_from_where_it_points(address, interfaces))
        .map(ScopedIp::to_ip_addr)
        .filter(|address| interfaces.iter().any(|it| is_on(&it.addr, *address)))
        .collect();
    addresses.sort_by_key(|address| (address.is_loopback(), address.is_ipv6(), *address));
    let port = service.get_port();
    (port != 0).then_some(Announced {
        address: *addresses.first()?,
        port,
        known: false,
    })
}

/// A loopback address counts only when it was heard on loopback; else somebody on the network
/// could make us talk to a program of this machine.
fn came_from_where_it_points(address: &ScopedIp, interfaces: &[if_addrs::Interface]) -> bool {
    if !address.is_loopback() {
        return true;
    }
    let is_loopback = |name: &str| {
        interfaces
            .iter()
            .any(|it| it.name == name && it.is_loopback())
    };
    match address {
        ScopedIp::V4(v4) => {
            let heard_on = v4.interface_ids();
            !heard_on.is_empty() && heard_on.iter().all(|it| is_loopback(&it.name))
        }
        ScopedIp::V6(v6) => is_loopback(&v6.scope_id().name),
        _ => false,
    }
}

/// Whether an address belongs to the network an interface is on. Link-local IPv6 addresses do not
/// count: a URL cannot say on which link.
fn is_on(network: &IfAddr, address: IpAddr) -> bool {
    match (network, address) {
        (IfAddr::V4(own), IpAddr::V4(address)) => {
            let mask = own.netmask.to_bits();
            mask != 0 && own.ip.to_bits() & mask == address.to_bits() & mask
        }
        (IfAddr::V6(own), IpAddr::V6(address)) => {
            let mask = own.netmask.to_bits();
            mask != 0
                && !is_link_local(&address)
                && own.ip.to_bits() & mask == address.to_bits() & mask
        }
        _ => false,
    }
}

fn is_link_local(address: &Ipv6Addr) -> bool {
    address.segments()[0] & 0xffc0 == 0xfe80
}

fn interfaces() -> Vec<if_addrs::Interface> {
    get_if_addrs().unwrap_or_default()
}

fn has_network() -> bool {
    interfaces().iter().any(|it| !it.is_loopback())
}

fn random_name() -> String {
    rand::thread_rng()
        .sample_iter(Alphanumeric)
        .take(NAME_LEN)
        .map(|byte| char::from(byte).to_ascii_lowercase())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use if_addrs::{IfOperStatus, Ifv4Addr, Ifv6Addr, Interface};

    #[test]
    fn only_addresses_on_our_own_networks_are_used_and_ipv4_first() {
        let networks = [
            interface("lo", "127.0.0.1", 8),
            interface("eth0", "192.168.7.2", 24),
            interface("eth0", "2001:db8:7::2", 64),
            interface("eth0", "fe80::2", 64),
            interface("tun0", "10.0.0.2", 0),
        ];
        for (announced, used) in [
            (vec!["192.168.7.9"], Some("192.168.7.9")),
            (vec!["2001:db8:7::9", "192.168.7.9"], Some("192.168.7.9")),
            (vec!["2001:db8:7::9"], Some("2001:db8:7::9")),
            (vec!["198.51.100.1", "192.168.7.9"], Some("192.168.7.9")),
            // Elsewhere, on a link a URL cannot name, and on loopback though heard from outside.
            (vec!["198.51.100.1", "2001:db8:8::9"], None),
            (vec!["fe80::9"], None),
            (vec!["127.0.0.1"], None),
            (vec![], None),
        ] {
            let found = reachable(&service(&announced, 7), &networks);
            let found = found.map(|it| it.address.to_string());
            assert_eq!(found.as_deref(), used, "{announced:?}");
        }
        assert_eq!(reachable(&service(&["192.168.7.9"], 0), &networks), None);
    }

    fn service(addresses: &[&str], port: u16) -> ResolvedService {
        let addresses: Vec<IpAddr> = addresses.iter().map(|it| ip(it)).collect();
        ServiceInfo::new(SERVICE, "name", "host.local.", &addresses[..], port, None)
            .expect("a service")
            .as_resolved_service()
    }

    fn interface(name: &str, address: &str, prefix: u8) -> Interface {
        let addr = match ip(address) {
            IpAddr::V4(ip) => IfAddr::V4(Ifv4Addr {
                ip,
                netmask: u32::MAX
                    .checked_shl(32 - u32::from(prefix))
                    .unwrap_or(0)
                    .into(),
                prefixlen: prefix,
                broadcast: None,
            }),
            IpAddr::V6(ip) => IfAddr::V6(Ifv6Addr {
                ip,
                netmask: u128::MAX
                    .checked_shl(128 - u32::from(prefix))
                    .unwrap_or(0)
                    .into(),
                prefixlen: prefix,
                broadcast: None,
            }),
        };
        Interface {
            name: name.to_owned(),
            addr,
            index: None,
            oper_status: IfOperStatus::Up,
            is_p2p: false,
            #[cfg(windows)]
            adapter_name: String::new(),
        }
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }
}
