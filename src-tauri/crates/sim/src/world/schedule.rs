//! What is still to happen, in order.

use std::cmp::{Ordering, Reverse};
use std::time::Duration;

use room::Input;
use wire::LinkId;

use super::{Who, World};
use crate::net::{ConnId, Side};
use crate::tracker::SocketId;

/// What will happen.
#[derive(Debug)]
pub(crate) enum Happening {
    /// Something happens to a peer.
    ToPeer(Who, Input),
    /// A socket to a tracker is tried.
    Connect(Who, String, SocketId),
    /// It opens, or not.
    Connected(Who, String, SocketId),
    /// It was found to lead nowhere.
    SocketSilent(Who, String, SocketId),
    /// A message reaches a tracker.
    ToTracker(String, SocketId, String),
    /// A message from a tracker reaches a peer.
    FromTracker(Who, String, SocketId, String),
    /// Two ends find each other.
    Establish(ConnId),
    /// One end of a connection opens.
    Open(ConnId, Side),
    /// Something arrives that this side sent.
    Deliver(ConnId, Side),
    /// An attempt has had its time.
    AttemptOver(Who, LinkId),
    /// A connection has been silent for a while.
    Silence(ConnId, u64),
}

#[derive(Debug)]
pub(super) struct Scheduled {
    pub(super) at: Duration,
    /// What was scheduled first happens first.
    pub(super) turn: u64,
    pub(super) what: Happening,
}

impl PartialEq for Scheduled {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Scheduled {}

impl PartialOrd for Scheduled {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Scheduled {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.at, self.turn).cmp(&(other.at, other.turn))
    }
}

impl World {
    pub(crate) fn at(&mut self, at: Duration, what: Happening) {
        self.scheduled += 1;
        self.queue.push(Reverse(Scheduled {
            at: at.max(self.now),
            turn: self.scheduled,
            what,
        }));
    }

    pub(crate) fn later(&mut self, pause: Duration, what: Happening) {
        self.at(self.now + pause, what);
    }
}
