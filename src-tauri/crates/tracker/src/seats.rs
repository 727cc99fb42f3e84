//! How many connections there are, in all and from each address.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::Limits;

/// The seats of a tracker.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seats(Arc<Mutex<Taken>>);

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// One taken seat; free again when dropped.
#[derive(Debug)]
pub(crate) struct Seat {
    seats: Seats,
    address: IpAddr,
}

impl Seats {
    /// Takes a seat for a connection from this address, if there is one.
    pub(crate) fn take(&self, address: IpAddr, limits: &Limits) -> Option<Seat> {
        let address = accountable(address);
        let mut taken = self.taken();
        if taken.all >= limits.connections {
            return None;
        }
        let here = taken.by_address.get(&address).copied().unwrap_or(0);
        if here >= limits.connections_per_address {
            return None;
        }
        taken.by_address.insert(address, here + 1);
        taken.all += 1;
        drop(taken);
        Some(Seat {
            seats: self.clone(),
            address,
        })
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.taken();
        taken.all = taken.all.saturating_sub(1);
        if let Some(here) = taken.by_address.get_mut(&self.address) {
            *here = here.saturating_sub(1);
            if *here == 0 {
                taken.by_address.remove(&self.address);
            }
        }
    }
}

/// Whom an address stands for: one machine has a whole /64 of IPv6 addresses to itself.
fn accountable(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let network = v6.to_bits() & !u128::from(u64::MAX);
            IpAddr::V6(Ipv6Addr::from_bits(network))
        }
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seats_are_counted_in_all_and_per_address_and_come_back() {
        let seats = Seats::default();
        let limits = Limits {
            connections: 3,
            connections_per_address: 2,
            ..Limits::default()
        };
        let (here, there) = (address("192.0.2.1"), address("192.0.2.2"));

        let first = seats.take(here, &limits);
        let _second = seats.take(here, &limits).expect("free");
        assert!(seats.take(here, &limits).is_none(), "two per address");
        let _third = seats.take(there, &limits).expect("free");
        assert!(seats.take(there, &limits).is_none(), "three in all");

        drop(first);
        assert!(seats.take(here, &limits).is_some());
        assert_eq!(seats.taken().all, 2);
    }

    #[test]
    fn all_addresses_of_one_ipv6_network_count_as_one() {
        assert_eq!(
            accountable(address("2001:db8::1")),
            accountable(address("2001:db8::ffff:1"))
        );
        assert_ne!(
            accountable(address("2001:db8::1")),
            accountable(address("2001:db8:0:1::1"))
        );
        assert_eq!(
            accountable(address("::ffff:192.0.2.1")),
            address("192.0.2.1")
        );
    }

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }
}
