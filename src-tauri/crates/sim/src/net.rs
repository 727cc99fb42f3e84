//! Connections between peers, as WebRTC makes them, without WebRTC.
//!
//! A description names the attempt it belongs to, so that an answer finds its offer. An open
//! connection is two pipes, each ordered and reliable: what is lost on the way comes late, and while
//! the ends cannot reach each other everything waits in them.
//!
//! ```text
//! Dial ──▶ OfferMade … Accept ─┐
//!                              ├─▶ Opened on either side ─▶ Bytes, Sent, Shaky, Steady ─▶ Closed
//! Answer ──▶ AnswerMade ───────┘
//! ```

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use rand::Rng;
use room::Input;
use wire::LinkId;

use crate::world::{Happening, Who, World};

/// How long silence lasts until a connection counts as shaky, as `mesh` has it set.
const SHAKY_AFTER: Duration = Duration::from_secs(3);
/// How long silence lasts until a connection is lost, as `mesh` has it set.
const LOST_AFTER: Duration = Duration::from_secs(8);
/// How long an attempt is kept up that does not come to anything.
const ATTEMPT_LIFE: Duration = Duration::from_secs(20);
/// How often an attempt looks for a way.
const ATTEMPT_STEP: Duration = Duration::from_millis(250);
/// Bytes the stack takes before it has them all delivered.
const STACK_BYTES: usize = 256 * 1024;
/// What one end must not pile up, whatever the other does.
const MAX_UNSENT: usize = 64 * 1024 * 1024;

/// Which end of a connection.
pub(crate) type Side = usize;
/// Names a connection.
pub(crate) type ConnId = u64;

/// All attempts and connections there are.
#[derive(Debug, Default)]
pub(crate) struct Net {
    ends: BTreeMap<(Who, LinkId), End>,
    conns: BTreeMap<ConnId, Conn>,
    last: ConnId,
    /// Attempts begun, for counting.
    pub(crate) dials: u64,
}

/// One peer's view of an attempt or connection.
#[derive(Debug)]
struct End {
    conn: Option<(ConnId, Side)>,
    /// For an answer: the attempt it answers.
    answers: Option<(Who, LinkId)>,
}

/// Two ends that know each other.
#[derive(Debug)]
struct Conn {
    ends: [(Who, LinkId); 2],
    given_up_at: Duration,
    open: [bool; 2],
    /// Whether this end was closed, by its owner or by its stack.
    closed: [bool; 2],
    /// What each end sends.
    pipes: [Pipe; 2],
    silent: bool,
    shaky: bool,
    /// Counts silences, so that a timer of an earlier one is known to be stale.
    silences: u64,
}

/// One direction.
#[derive(Debug, Default)]
struct Pipe {
    unsent: VecDeque<Vec<u8>>,
    unsent_bytes: usize,
    travelling: VecDeque<(Duration, Parcel)>,
    travelling_bytes: usize,
    /// When the wire is free again.
    free_at: Duration,
    /// Nothing may overtake what was sent before.
    last_arrival: Duration,
}

#[derive(Debug)]
enum Parcel {
    Bytes(Vec<u8>),
    /// The sender has closed.
    End,
}

impl World {
    pub(crate) fn dial(&mut self, who: Who, link: LinkId) {
        self.net.dials += 1;
        self.net.ends.insert(
            (who, link),
            End {
                conn: None,
                answers: None,
            },
        );
        let staleness = self.conditions.staleness;
        let is_stale = !self.is_native(who) && staleness > 0.0 && self.rng.gen_bool(staleness);
        let what = if is_stale { "stale offer" } else { "offer" };
        let sdp = format!("{what} {} {}{}", who.0, link.0, certificate(who, link));
        let gathering = self.gathering(who);
        if self.is_native(who) && self.rng.gen_bool(0.5) {
            // Host candidates are known before a STUN server has answered.
            let early = Input::OfferMade {
                link,
                sdp: sdp.clone(),
                complete: false,
            };
            self.later(gathering / 10, Happening::ToPeer(who, early));
        }
        let whole = Input::OfferMade {
            link,
            sdp,
            complete: true,
        };
        self.later(gathering, Happening::ToPeer(who, whole));
    }

    pub(crate) fn answer(&mut self, who: Who, link: LinkId, sdp: &str) {
        let Some(offer) = parse_offer(sdp) else {
            // A stack refuses a description it cannot read.
            let refused = Happening::ToPeer(who, Input::LinkClosed { link });
            self.later(Duration::from_millis(1), refused);
            return;
        };
        self.net.ends.insert(
            (who, link),
            End {
                conn: None,
                answers: Some(offer),
            },
        );
        let certificate = certificate(who, link);
        let sdp = format!(
            "answer {} {} to {} {}{certificate}",
            who.0, link.0, offer.0.0, offer.1.0
        );
        let gathering = self.gathering(who) / 2;
        self.later(
            gathering,
            Happening::ToPeer(who, Input::AnswerMade { link, sdp }),
        );
        self.later(gathering + ATTEMPT_LIFE, Happening::AttemptOver(who, link));
    }

    pub(crate) fn accept(&mut self, who: Who, link: LinkId, sdp: &str) {
        let ours = (who, link);
        if !self.net.ends.contains_key(&ours) {
            return;
        }
        let Some((theirs, _)) = parse_answer(sdp).filter(|(_, to)| *to == ours) else {
            self.net.ends.remove(&ours);
            let refused = Happening::ToPeer(who, Input::LinkClosed { link });
            self.later(Duration::from_millis(1), refused);
            return;
        };
        self.later(ATTEMPT_LIFE, Happening::AttemptOver(who, link));
        let waits = self
            .net
            .ends
            .get(&theirs)
            .is_some_and(|end| end.answers == Some(ours) && end.conn.is_none());
        let refused = self.conditions.refusal > 0.0 && self.rng.gen_bool(self.conditions.refusal);
        if !waits || refused {
            // There is nobody at the other end, or no way there: the attempt runs out.
            return;
        }
        self.net.last += 1;
        let id = self.net.last;
        for (side, end) in [ours, theirs].iter().enumerate() {
            if let Some(end) = self.net.ends.get_mut(end) {
                end.conn = Some((id, side));
            }
        }
        self.net.conns.insert(
            id,
            Conn {
                ends: [ours, theirs],
                given_up_at: self.now + ATTEMPT_LIFE,
                open: [false; 2],
                closed: [false; 2],
                pipes: [Pipe::default(), Pipe::default()],
                silent: false,
                shaky: false,
                silences: 0,
            },
        );
        // ICE, DTLS and SCTP each go there and back, some of it at once.
        let way = self.latency() + self.latency() + self.latency() + self.latency();
        self.later(way, Happening::Establish(id));
    }

    pub(crate) fn establish(&mut self, id: ConnId) {
        let Some(conn) = self.net.conns.get(&id) else {
            return;
        };
        let [a, b] = conn.ends;
        if conn.closed != [false; 2] || conn.given_up_at <= self.now {
            return;
        }
        if !self.can_reach(a.0, b.0) {
            self.later(ATTEMPT_STEP, Happening::Establish(id));
            return;
        }
        let first: Side = self.rng.gen_range(0..2);
        let lag = self.latency();
        self.later(Duration::ZERO, Happening::Open(id, first));
        self.later(lag, Happening::Open(id, 1 - first));
    }

    pub(crate) fn open(&mut self, id: ConnId, side: Side) {
        let Some(conn) = self.net.conns.get_mut(&id) else {
            return;
        };
        if conn.closed[side] || conn.open[side] {
            return;
        }
        conn.open[side] = true;
        let (who, link) = conn.ends[side];
        self.hand_in(who, Input::LinkOpened { link });
        if self.is_native(who) {
            self.hand_in(
                who,
                Input::Path {
                    link,
                    relayed: false,
                },
            );
        }
        self.deliver(id, 1 - side);
        self.note_reachability();
    }

    pub(crate) fn send(&mut self, who: Who, link: LinkId, bytes: Vec<u8>) {
        let Some((id, side)) = self.net.ends.get(&(who, link)).and_then(|end| end.conn) else {
            return;
        };
        let Some(conn) = self.net.conns.get_mut(&id) else {
            return;
        };
        if !conn.open[side] || conn.closed[side] {
            return;
        }
        let pipe = &mut conn.pipes[side];
        pipe.unsent_bytes += bytes.len();
        assert!(
            pipe.unsent_bytes <= MAX_UNSENT,
            "{who:?} piles up {}",
            pipe.unsent_bytes
        );
        pipe.unsent.push_back(bytes);
        self.pump(id, side);
    }

    /// Hands to the wire what the stack takes.
    fn pump(&mut self, id: ConnId, side: Side) {
        let mut sent = 0;
        let mut sent_at = self.now;
        let mut arrivals = Vec::new();
        loop {
            let latency = self.latency();
            let lost = self.conditions.loss > 0.0 && self.rng.gen_bool(self.conditions.loss);
            let again = Duration::from_millis(self.rng.gen_range(200..1000));
            let Some(conn) = self.net.conns.get_mut(&id) else {
                return;
            };
            let pipe = &mut conn.pipes[side];
            if pipe.travelling_bytes >= STACK_BYTES {
                break;
            }
            let Some(bytes) = pipe.unsent.pop_front() else {
                break;
            };
            let length = bytes.len();
            pipe.unsent_bytes -= length;
            pipe.travelling_bytes += length;
            let start = pipe.free_at.max(self.now);
            pipe.free_at = start + transfer_time(length, self.conditions.bandwidth);
            sent += length;
            sent_at = pipe.free_at;
            let mut arrival = pipe.free_at + latency;
            if lost {
                arrival += again;
            }
            arrival = arrival.max(pipe.last_arrival);
            pipe.last_arrival = arrival;
            pipe.travelling.push_back((arrival, Parcel::Bytes(bytes)));
            arrivals.push(arrival);
        }
        for arrival in arrivals {
            self.at(arrival, Happening::Deliver(id, side));
        }
        if sent > 0
            && let Some(conn) = self.net.conns.get(&id)
        {
            let (who, link) = conn.ends[side];
            self.at(
                sent_at,
                Happening::ToPeer(who, Input::Sent { link, bytes: sent }),
            );
        }
    }

    /// Hands over what has arrived of what `side` sent.
    pub(crate) fn deliver(&mut self, id: ConnId, side: Side) {
        loop {
            let now = self.now;
            let Some(conn) = self.net.conns.get(&id) else {
                return;
            };
            let other = 1 - side;
            let (to, link) = conn.ends[other];
            if !conn.open[other] || conn.closed[other] || !self.can_reach(conn.ends[side].0, to) {
                return;
            }
            let Some(conn) = self.net.conns.get_mut(&id) else {
                return;
            };
            let pipe = &mut conn.pipes[side];
            match pipe.travelling.front() {
                Some((arrival, _)) if *arrival <= now => {}
                Some(_) | None => return,
            }
            match pipe.travelling.pop_front() {
                Some((_, Parcel::Bytes(bytes))) => {
                    pipe.travelling_bytes -= bytes.len();
                    self.pump(id, side);
                    self.hand_in(to, Input::Bytes { link, bytes });
                }
                Some((_, Parcel::End)) => {
                    conn.closed[other] = true;
                    self.net.ends.remove(&(to, link));
                    self.hand_in(to, Input::LinkClosed { link });
                }
                None => return,
            }
        }
    }

    /// A peer closes its end. The other learns of it when the word arrives, if it does.
    pub(crate) fn close(&mut self, who: Who, link: LinkId) {
        let Some(end) = self.net.ends.remove(&(who, link)) else {
            return;
        };
        let Some((id, side)) = end.conn else { return };
        let latency = self.latency();
        let now = self.now;
        let Some(conn) = self.net.conns.get_mut(&id) else {
            return;
        };
        conn.closed[side] = true;
        if conn.open == [false; 2] {
            return;
        }
        let pipe = &mut conn.pipes[side];
        pipe.unsent.clear();
        pipe.unsent_bytes = 0;
        let arrival = (now + latency).max(pipe.last_arrival);
        pipe.travelling.push_back((arrival, Parcel::End));
        self.at(arrival, Happening::Deliver(id, side));
    }

    /// An attempt has had its time.
    pub(crate) fn attempt_over(&mut self, who: Who, link: LinkId) {
        let Some(end) = self.net.ends.get(&(who, link)) else {
            return;
        };
        let opened = end
            .conn
            .is_some_and(|(id, side)| self.net.conns.get(&id).is_some_and(|conn| conn.open[side]));
        if !opened {
            self.end_is_closed(who, link);
        }
    }

    /// Looks which connections have fallen silent, and which are heard again. To be called whenever
    /// someone's reach has changed.
    pub(crate) fn note_reachability(&mut self) {
        let ids: Vec<ConnId> = self.net.conns.keys().copied().collect();
        for id in ids {
            let Some(conn) = self.net.conns.get(&id) else {
                continue;
            };
            if conn.closed == [true; 2] {
                self.net.conns.remove(&id);
                continue;
            }
            let [a, b] = conn.ends;
            // A closed end sends nothing more, not even that it is there.
            let silent = !self.can_reach(a.0, b.0) || conn.closed != [false; 2];
            let open = conn.open != [false; 2];
            let Some(conn) = self.net.conns.get_mut(&id) else {
                continue;
            };
            if !open || silent == conn.silent {
                continue;
            }
            conn.silent = silent;
            conn.silences += 1;
            let (silences, was_shaky) = (conn.silences, conn.shaky);
            conn.shaky = false;
            if silent {
                self.later(SHAKY_AFTER, Happening::Silence(id, silences));
                self.later(LOST_AFTER, Happening::Silence(id, silences));
            } else {
                for side in 0..2 {
                    if was_shaky {
                        self.tell_end(id, side, |link| Input::Steady { link });
                    }
                    self.deliver(id, side);
                }
            }
        }
    }

    /// A connection has been silent for a while: first shaky, then lost.
    pub(crate) fn silence(&mut self, id: ConnId, silences: u64) {
        let Some(conn) = self.net.conns.get_mut(&id) else {
            return;
        };
        if !conn.silent || conn.silences != silences {
            return;
        }
        if !conn.shaky {
            conn.shaky = true;
            for side in 0..2 {
                self.tell_end(id, side, |link| Input::Shaky { link });
            }
            return;
        }
        let ends = conn.ends;
        for (who, link) in ends {
            self.end_is_closed(who, link);
        }
    }

    /// The open connection a peer has to another, if it has one.
    pub(crate) fn link_to(&self, from: Who, to: Who) -> Option<LinkId> {
        self.net.conns.values().find_map(|conn| {
            let side = conn.ends.iter().position(|end| end.0 == from)?;
            let there = conn.ends[1 - side].0 == to && conn.open[side] && !conn.closed[side];
            there.then_some(conn.ends[side].1)
        })
    }

    /// How many connections two peers have open with each other.
    pub(crate) fn connections_between(&self, a: Who, b: Who) -> usize {
        self.net
            .conns
            .values()
            .filter(|conn| {
                let [x, y] = conn.ends;
                conn.open == [true; 2]
                    && conn.closed == [false; 2]
                    && ((x.0, y.0) == (a, b) || (x.0, y.0) == (b, a))
            })
            .count()
    }

    /// How many connections and attempts a peer has.
    pub(crate) fn ends_of(&self, who: Who) -> usize {
        self.net.ends.keys().filter(|end| end.0 == who).count()
    }

    fn end_is_closed(&mut self, who: Who, link: LinkId) {
        let Some(end) = self.net.ends.remove(&(who, link)) else {
            return;
        };
        if let Some((id, side)) = end.conn
            && let Some(conn) = self.net.conns.get_mut(&id)
        {
            conn.closed[side] = true;
        }
        self.hand_in(who, Input::LinkClosed { link });
    }

    fn tell_end(&mut self, id: ConnId, side: Side, what: impl Fn(LinkId) -> Input) {
        let Some(conn) = self.net.conns.get(&id) else {
            return;
        };
        if conn.open[side] && !conn.closed[side] {
            let (who, link) = conn.ends[side];
            self.hand_in(who, what(link));
        }
    }
}

fn transfer_time(bytes: usize, per_second: u64) -> Duration {
    Duration::from_nanos(bytes as u64 * 1_000_000_000 / per_second)
}

/// `offer <who> <link>`
/// The line that names the certificate of one end: every connection has another.
fn certificate(who: Who, link: LinkId) -> String {
    format!("\na=fingerprint:sha-256 {:04X}:{:08X}", who.0, link.0)
}

fn first_line(sdp: &str) -> &str {
    sdp.lines().next().unwrap_or_default()
}

fn parse_offer(sdp: &str) -> Option<(Who, LinkId)> {
    let mut words = first_line(sdp).strip_prefix("offer ")?.split(' ');
    let end = parse_end(words.next()?, words.next()?)?;
    words.next().is_none().then_some(end)
}

/// `answer <who> <link> to <who> <link>`: who answers, and what.
fn parse_answer(sdp: &str) -> Option<((Who, LinkId), (Who, LinkId))> {
    let (by, to) = first_line(sdp)
        .strip_prefix("answer ")?
        .split_once(" to ")?;
    let (by_who, by_link) = by.split_once(' ')?;
    let (to_who, to_link) = to.split_once(' ')?;
    Some((parse_end(by_who, by_link)?, parse_end(to_who, to_link)?))
}

fn parse_end(who: &str, link: &str) -> Option<(Who, LinkId)> {
    Some((Who(who.parse().ok()?), LinkId(link.parse().ok()?)))
}
