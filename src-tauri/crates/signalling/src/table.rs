//! Which of the trackers on a network are used. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// How many trackers of a network are used. Everybody uses those with the lowest names, so that
/// all agree, however many there are.
pub(crate) const MAX_USED: usize = 8;

/// How many names are remembered; a network with more of them is lying, and only the lowest
/// matter.
const MAX_REMEMBERED: usize = 64;

/// How much of a name is kept: as much as mDNS allows.
const MAX_NAME_BYTES: usize = 255;

/// The trackers announced on the network.
#[derive(Debug, Default)]
pub(crate) struct Table {
    named: BTreeMap<String, Announced>,
    /// What was last reported.
    used: BTreeSet<String>,
}

/// One announced tracker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Announced {
    /// Where it can be reached.
    pub(crate) address: IpAddr,
    /// At which port.
    pub(crate) port: u16,
    /// Whether we use it without being told: it is ours, or another program's of this machine.
    pub(crate) known: bool,
}

/// What changed for those who use the trackers.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Change {
    /// Trackers to use from now on.
    pub(crate) found: Vec<String>,
    /// Trackers to use no more.
    pub(crate) lost: Vec<String>,
}

impl Table {
    /// A tracker was announced, for the first time or again.
    pub(crate) fn add(&mut self, name: &str, announced: Announced) {
        if name.len() > MAX_NAME_BYTES {
            return;
        }
        self.named.insert(name.to_owned(), announced);
        if self.named.len() > MAX_REMEMBERED {
            self.named.pop_last();
        }
    }

    /// A tracker is gone.
    pub(crate) fn remove(&mut self, name: &str) {
        self.named.remove(name);
    }

    /// Nothing is known any more.
    pub(crate) fn clear(&mut self) {
        self.named.clear();
    }

    /// Looks again which of them we know anyway.
    pub(crate) fn mark_known(&mut self, is_known: impl Fn(&str, &Announced) -> bool) {
        for (name, announced) in &mut self.named {
            announced.known = is_known(name, announced);
        }
    }

    /// What changed since the last time this was asked.
    pub(crate) fn change(&mut self) -> Change {
        let chosen = self.named.values().take(MAX_USED);
        let urls: BTreeSet<String> = chosen
            .filter(|announced| !announced.known)
            .map(Announced::url)
            .collect();
        let change = Change {
            found: urls.difference(&self.used).cloned().collect(),
            lost: self.used.difference(&urls).cloned().collect(),
        };
        self.used = urls;
        change
    }
}

impl Announced {
    fn url(&self) -> String {
        match self.address {
            IpAddr::V4(address) => format!("ws://{address}:{}", self.port),
            IpAddr::V6(address) => format!("ws://[{address}]:{}", self.port),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tracker_is_found_once_and_lost_once() {
        let mut table = Table::default();
        table.add("a", at("192.0.2.1"));
        assert_eq!(found(&mut table), ["ws://192.0.2.1:7"]);
        table.add("a", at("192.0.2.1"));
        assert_eq!(table.change(), Change::default());
        table.remove("a");
        assert_eq!(table.change().lost, ["ws://192.0.2.1:7"]);
    }

    #[test]
    fn a_successor_at_the_same_address_is_no_change() {
        let mut table = Table::default();
        table.add("a", at("192.0.2.1"));
        table.change();
        table.add("b", at("192.0.2.1"));
        table.remove("a");
        assert_eq!(table.change(), Change::default());
    }

    #[test]
    fn a_new_address_replaces_the_old_one() {
        let mut table = Table::default();
        table.add("a", at("192.0.2.1"));
        table.change();
        table.add("a", at("2001:db8::1"));
        let change = table.change();
        assert_eq!(change.found, ["ws://[2001:db8::1]:7"]);
        assert_eq!(change.lost, ["ws://192.0.2.1:7"]);
    }

    #[test]
    fn only_the_lowest_names_are_used_and_ours_counts_among_them() {
        let mut table = Table::default();
        table.add(
            "00",
            Announced {
                known: true,
                ..at("192.0.2.100")
            },
        );
        for n in (1..=20).rev() {
            table.add(&format!("{n:02}"), at(&format!("192.0.2.{n}")));
        }
        let used = found(&mut table);
        assert_eq!(used.len(), MAX_USED - 1);
        assert!(used.contains(&"ws://192.0.2.7:7".to_owned()));
        assert!(!used.contains(&"ws://192.0.2.8:7".to_owned()));

        table.remove("03");
        assert_eq!(found(&mut table), ["ws://192.0.2.8:7"]);
    }

    #[test]
    fn a_flood_of_names_does_not_grow_the_table() {
        let mut table = Table::default();
        for n in 0..10_000 {
            table.add(&format!("{n:05}"), at("192.0.2.1"));
        }
        table.add(&"0".repeat(MAX_NAME_BYTES + 1), at("192.0.2.9"));
        assert_eq!(table.named.len(), MAX_REMEMBERED);
        assert_eq!(found(&mut table), ["ws://192.0.2.1:7"]);
    }

    #[test]
    fn what_turns_out_to_be_known_is_dropped() {
        let mut table = Table::default();
        table.add("a", at("192.0.2.1"));
        table.change();
        table.mark_known(|_, announced| announced.port == 7);
        assert_eq!(table.change().lost, ["ws://192.0.2.1:7"]);
    }

    fn at(address: &str) -> Announced {
        Announced {
            address: address.parse().expect("an address"),
            port: 7,
            known: false,
        }
    }

    fn found(table: &mut Table) -> Vec<String> {
        table.change().found
    }
}
