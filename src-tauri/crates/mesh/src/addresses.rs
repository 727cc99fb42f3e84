//! Which local addresses a link listens on.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};

/// The addresses of this machine, looked up anew each time the stack binds its sockets: at the
/// start of a link, and again when the peer restarts its ICE.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LocalAddresses {
    pub(crate) loopback: bool,
}

impl ToSocketAddrs for LocalAddresses {
    type Iter = std::vec::IntoIter<SocketAddr>;

    fn to_socket_addrs(&self) -> io::Result<Self::Iter> {
        // A machine whose interfaces cannot be read still has its loopback.
        let found = if_addrs::get_if_addrs().unwrap_or_default();
        let mut addresses: Vec<IpAddr> = Vec::new();
        for ip in found.iter().map(if_addrs::Interface::ip) {
            if reachable_from_outside(ip)
                && !addresses.contains(&ip)
                && addresses.len() < MAX_ADDRESSES
            {
                addresses.push(ip);
            }
        }
        if self.loopback {
            addresses.push(IpAddr::V4(Ipv4Addr::LOCALHOST));
            if found.iter().any(|it| it.ip() == Ipv6Addr::LOCALHOST) {
                addresses.push(IpAddr::V6(Ipv6Addr::LOCALHOST));
            }
        }
        if addresses.is_empty() {
            // The stack refuses to start without a socket; a network may come later.
            addresses.push(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        }
        Ok(addresses
            .into_iter()
            .map(|ip| SocketAddr::new(ip, 0))
            .collect::<Vec<_>>()
            .into_iter())
    }
}

/// A link-local address means nothing without its interface, and a candidate cannot name one.
fn reachable_from_outside(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => !ip.is_loopback() && !ip.is_unspecified() && !ip.is_link_local(),
        IpAddr::V6(ip) => !ip.is_loopback() && !ip.is_unspecified() && !ip.is_unicast_link_local(),
    }
}

/// Each address costs a socket per link, and a candidate the peer tries against all of its own;
/// machines with many container networks have dozens.
const MAX_ADDRESSES: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_listened_on_only_when_asked_for() {
        let all = |loopback| -> Vec<SocketAddr> {
            LocalAddresses { loopback }
                .to_socket_addrs()
                .expect("reading interfaces")
                .collect()
        };
        assert!(all(true).iter().any(|it| it.ip() == Ipv4Addr::LOCALHOST));
        assert!(all(false).iter().all(|it| !it.ip().is_loopback()));
        assert!(!all(false).is_empty());
    }

    #[test]
    fn link_local_addresses_are_left_out() {
        for ip in ["169.254.1.1", "fe80::1", "127.0.0.1", "::1", "0.0.0.0"] {
            assert!(!reachable_from_outside(ip.parse().expect("an address")));
        }
        for ip in ["192.0.2.1", "10.0.0.1", "fd00::1", "2001:db8::1"] {
            assert!(reachable_from_outside(ip.parse().expect("an address")));
        }
    }
}
