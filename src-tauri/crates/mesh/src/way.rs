//! Where a socket's packets really go, while the stack believes in one pair of addresses.
//!
//! The stack settles on a pair of addresses for good. An ICE restart is no way out: it gives the
//! pair up before the peer has heard of it, so neither the offer nor the answer gets across the link
//! itself. So addresses change below the stack. The end that lost its own goes on from another, see
//! `socket`; the other end notices here:
//!
//! ```text
//! a proved check from elsewhere ──▶ a check of our own goes there, and nothing else
//! it is answered, while checks of the address in use are not
//!     ──▶ what was for the known address goes there, what comes from there is taken for its
//! it is answered from the known address ──▶ as at the beginning
//! ```
//!
//! Checks cross the network in the clear, so whoever hears one can say it again, from anywhere and
//! as often as they like; and a peer can name an address that is not its own. Therefore a check
//! proves nothing about now and about where it comes from. Only the answer to a check of ours does,
//! as its number cannot be guessed: by that alone a peer counts as heard, here and, as everything
//! else is kept from it, in the stack. It is what a browser does too, so both may be at the other
//! end.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::stun::{self, Id, Kind, Passwords};

/// How long a check of the address in use is unanswered before another may take its place. The
/// stack checks it each second.
const SILENT: Duration = Duration::from_millis(750);

/// How long after one test of an address the next may go there.
const TEST_PAUSE: Duration = Duration::from_millis(250);

/// How long the answer to a test counts.
const TEST_LASTS: Duration = Duration::from_secs(2);

/// How many tests may wait for their answers, over all addresses: with [`TEST_LASTS`], sixteen a
/// second, each no larger than the check it follows.
const MAX_TESTS: usize = 32;

/// How long an address is believed to be the peer's after it answered a test.
const PROVED_LASTS: Duration = Duration::from_secs(30);

/// Of how many addresses besides the one in use that is remembered.
const MAX_PROVED: usize = 8;

/// How many checks of the stack's may wait for their answers.
const MAX_ASKED: usize = 64;

/// How many checks of the peer's are known again when somebody repeats them: more than an hour of
/// them.
const MAX_SEEN: usize = 4096;

/// What the first byte of the connection's own packets is (RFC 7983); they go where the stack has
/// settled, unlike checks.
const DTLS: std::ops::RangeInclusive<u8> = 20..=63;

/// The way one socket's packets take.
#[derive(Debug, Default)]
pub(crate) struct Way {
    settled: Option<Settled>,
    asked: VecDeque<Asked>,
    /// The last check the stack sent to the peer: tests are made like it.
    check: Option<Vec<u8>>,
    tests: VecDeque<Test>,
    proved: VecDeque<Proved>,
    /// Checks of the peer's that came already.
    seen: VecDeque<u32>,
}

#[derive(Debug)]
struct Settled {
    /// The address the stack knows.
    known: SocketAddr,
    /// Where the peer is now instead.
    moved: Option<SocketAddr>,
    /// When the peer last answered from where it is.
    heard: Instant,
    /// Since when a check waits for an answer from there.
    waits: Option<Instant>,
}

/// A check of the stack's.
#[derive(Debug)]
struct Asked {
    id: Id,
    /// Where it went.
    at: SocketAddr,
    /// What the stack takes that for.
    known: SocketAddr,
}

/// A check of our own.
#[derive(Debug)]
struct Test {
    id: Id,
    at: SocketAddr,
    since: Instant,
}

/// An address that answered a test.
#[derive(Debug)]
struct Proved {
    address: SocketAddr,
    since: Instant,
}

/// What becomes of a packet that came.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// Whom the stack has to take for its sender; the stack is not told of it without.
    pub(crate) from: Option<SocketAddr>,
    /// What is said in return, to where it came from.
    pub(crate) reply: Option<Vec<u8>>,
}

impl Verdict {
    fn pass(from: SocketAddr) -> Self {
        Verdict {
            from: Some(from),
            reply: None,
        }
    }
}

impl Settled {
    fn real(&self) -> SocketAddr {
        self.moved.unwrap_or(self.known)
    }

    /// Whom the stack takes this address for.
    fn named(&self, from: SocketAddr) -> SocketAddr {
        if from == self.real() {
            self.known
        } else {
            from
        }
    }

    fn is_silent(&self, now: Instant) -> bool {
        self.waits
            .is_some_and(|since| now.saturating_duration_since(since) >= SILENT)
    }
}

impl Way {
    /// Where the peer is, once the connection itself goes by this socket.
    pub(crate) fn peer(&self) -> Option<SocketAddr> {
        self.settled.as_ref().map(Settled::real)
    }

    /// Where a packet for this address has to go.
    pub(crate) fn out(&mut self, to: SocketAddr, packet: &[u8], now: Instant) -> SocketAddr {
        self.turn(now);
        let is_known = self.settled.as_ref().is_some_and(|it| it.known == to);
        if !is_known && packet.first().is_some_and(|byte| DTLS.contains(byte)) {
            self.settled = Some(Settled {
                known: to,
                moved: None,
                heard: now,
                waits: None,
            });
        }
        let real = match &self.settled {
            Some(settled) if settled.known == to => settled.real(),
            _ => to,
        };
        if let Some((Kind::Check, id)) = stun::read(packet) {
            self.note_check(id, real, to, packet, now);
        }
        real
    }

    fn note_check(&mut self, id: Id, at: SocketAddr, known: SocketAddr, it: &[u8], now: Instant) {
        bounded(&mut self.asked, MAX_ASKED, Asked { id, at, known });
        if stun::names_peer(it) {
            self.check = Some(it.to_vec());
        }
        if let Some(settled) = &mut self.settled
            && settled.known == known
        {
            settled.waits.get_or_insert(now);
        }
    }

    /// What becomes of a packet from this address.
    pub(crate) fn inward(
        &mut self,
        from: SocketAddr,
        packet: &[u8],
        now: Instant,
        passwords: impl FnOnce() -> Passwords,
    ) -> Verdict {
        let Some(settled) = &self.settled else {
            return Verdict::pass(from);
        };
        let named = settled.named(from);
        let is_of_peer = named == settled.known;
        match stun::read(packet) {
            Some((Kind::Check, id)) => self.on_check(from, packet, id, now, &passwords()),
            Some((Kind::Answer, id)) => self.on_answer(from, packet, id, now, &passwords()),
            // Anybody can make one, and the stack would take it for a sign of life.
            Some((Kind::Indication, _)) if is_of_peer => Verdict::default(),
            _ => Verdict::pass(named),
        }
    }

    fn on_check(
        &mut self,
        from: SocketAddr,
        packet: &[u8],
        id: Id,
        now: Instant,
        passwords: &Passwords,
    ) -> Verdict {
        let Some(settled) = &self.settled else {
            return Verdict::pass(from);
        };
        let (is_real, known) = (from == settled.real(), settled.known);
        let short = short(id);
        let is_new = !self.seen.contains(&short);
        if !is_new && !is_real {
            return Verdict::default();
        }
        if !stun::is_proved_by(packet, &passwords.ours) {
            // The stack refuses it.
            return Verdict::pass(settled.named(from));
        }
        let is_silent = settled.is_silent(now);
        if is_new {
            bounded(&mut self.seen, MAX_SEEN, short);
        }
        if !is_real {
            let is_proved = self.is_proved(from, now);
            return Verdict {
                from: (is_proved && from != known).then_some(from),
                reply: self.test(from, packet.len(), now, &passwords.theirs),
            };
        }
        if is_new && !is_silent {
            return Verdict::pass(known);
        }
        // The stack would take it for a sign of life. The peer is answered all the same: it may be
        // waiting for that as we are.
        Verdict {
            from: None,
            reply: stun::answer(packet, from, &passwords.ours),
        }
    }

    fn on_answer(
        &mut self,
        from: SocketAddr,
        packet: &[u8],
        id: Id,
        now: Instant,
        passwords: &Passwords,
    ) -> Verdict {
        let asked = self
            .asked
            .iter()
            .position(|it| it.id == id && it.at == from);
        let is_test = self.tests.iter().any(|it| {
            let waited = now.saturating_duration_since(it.since);
            it.id == id && it.at == from && waited < TEST_LASTS
        });
        let Some(settled) = &mut self.settled else {
            return Verdict::pass(from);
        };
        if asked.is_none() && !is_test {
            let is_of_peer = from == settled.real() || from == settled.known;
            // Nobody of the peer's was asked that, or it was answered already.
            return match is_of_peer {
                true => Verdict::default(),
                false => Verdict::pass(from),
            };
        }
        let is_proved = stun::is_proved_by(packet, &passwords.theirs);
        if let Some(asked) = asked.and_then(|at| self.asked.get(at)) {
            // What a server answers is proved otherwise, or not at all.
            let is_of_peer = asked.known == settled.known;
            if is_of_peer && !is_proved {
                return Verdict::default();
            }
            let verdict = Verdict::pass(asked.known);
            if is_of_peer && from == settled.real() {
                settled.heard = now;
                settled.waits = None;
            }
            self.asked.retain(|it| it.id != id);
            return verdict;
        }
        if is_proved {
            self.tests.retain(|it| it.id != id);
            self.proved.retain(|it| it.address != from);
            let proved = Proved {
                address: from,
                since: now,
            };
            bounded(&mut self.proved, MAX_PROVED, proved);
            self.turn(now);
        }
        Verdict::default()
    }

    /// Goes on where the peer has proved to be, if it does not answer where it was; and back to
    /// where the stack knows it, if it answers there.
    fn turn(&mut self, now: Instant) {
        let Some(settled) = &mut self.settled else {
            return;
        };
        let is_silent = settled.is_silent(now);
        let (real, known, heard) = (settled.real(), settled.known, settled.heard);
        let next = self.proved.iter().rev().find(|it| {
            it.address != real && it.since >= heard && (is_silent || it.address == known)
        });
        let Some(next) = next else {
            return;
        };
        let is_back = next.address == known;
        tracing::debug!(is_back, "the peer goes on from another address");
        settled.moved = (!is_back).then_some(next.address);
        settled.heard = next.since;
        settled.waits = None;
    }

    fn is_proved(&self, address: SocketAddr, now: Instant) -> bool {
        self.proved.iter().any(|it| {
            let since = now.saturating_duration_since(it.since);
            it.address == address && since < PROVED_LASTS
        })
    }

    /// A test of an address from which a check of this length came, if another may be sent.
    fn test(
        &mut self,
        at: SocketAddr,
        longest: usize,
        now: Instant,
        theirs: &str,
    ) -> Option<Vec<u8>> {
        let waited = |it: &Test| now.saturating_duration_since(it.since);
        self.tests.retain(|it| waited(it) < TEST_LASTS);
        let is_tested = |it: &Test| it.at == at && waited(it) < TEST_PAUSE;
        if self.tests.len() >= MAX_TESTS || self.tests.iter().any(is_tested) {
            return None;
        }
        let (id, test) = stun::another(self.check.as_deref()?, theirs)?;
        if test.len() > longest {
            return None;
        }
        self.tests.push_back(Test { id, at, since: now });
        Some(test)
    }
}

/// Puts one more at the end, and takes those off the front that are too many.
fn bounded<T>(all: &mut VecDeque<T>, most: usize, one: T) {
    while all.len() >= most {
        all.pop_front();
    }
    all.push_back(one);
}

/// Enough of a check's number to know it again. A true one that is taken for another is answered,
/// or followed by the next.
fn short(id: Id) -> u32 {
    id.chunks_exact(4)
        .filter_map(|part| part.try_into().ok())
        .map(u32::from_be_bytes)
        .fold(0, |all, part| all.rotate_left(7) ^ part)
}

#[cfg(test)]
mod tests;
