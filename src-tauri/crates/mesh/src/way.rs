//! Where a socket's packets really go, while the stack believes in one pair of addresses.
//!
//! The stack settles on a pair of addresses for good. An ICE restart is no way out: it gives the
//! pair up before the peer has heard of it, so neither the offer nor the answer gets across the link
//! itself. So addresses change below the stack. The end that lost its own goes on from another, see
//! `socket`; the other end notices here:
//!
//! ```text
//! a check from elsewhere, proved by the link's ICE password, while the known address is silent
//!     ──▶ what was for the known address goes there, what comes from there is taken for its
//! a proved check from the known address ──▶ as at the beginning
//! ```
//!
//! It is what a browser does with such checks, so both may be at the other end.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use rtc::stun::integrity::MessageIntegrity;
use rtc::stun::message::{Message, is_stun_message};

/// How long an address is silent before another may take its place. Somebody who is there is heard
/// each second, by their own keep-alive and by the answer to ours.
const SILENT: Duration = Duration::from_millis(1500);

/// What the first byte of the connection's own packets is (RFC 7983); they go where the stack has
/// settled, unlike checks.
const DTLS: std::ops::RangeInclusive<u8> = 20..=63;

/// The type of a STUN binding request.
const BINDING_REQUEST: [u8; 2] = [0, 1];

/// The way one socket's packets take.
#[derive(Debug, Default)]
pub(crate) struct Way {
    settled: Option<Settled>,
}

#[derive(Debug)]
struct Settled {
    /// The address the stack knows.
    known: SocketAddr,
    /// Where the peer is now instead.
    moved: Option<SocketAddr>,
    heard: Instant,
}

impl Settled {
    fn real(&self) -> SocketAddr {
        self.moved.unwrap_or(self.known)
    }
}

impl Way {
    /// Where the peer is, once the connection itself goes by this socket.
    pub(crate) fn peer(&self) -> Option<SocketAddr> {
        self.settled.as_ref().map(Settled::real)
    }

    /// Where a packet for this address has to go.
    pub(crate) fn out(&mut self, to: SocketAddr, packet: &[u8], now: Instant) -> SocketAddr {
        match &self.settled {
            Some(settled) if settled.known == to => settled.real(),
            _ => {
                if packet.first().is_some_and(|byte| DTLS.contains(byte)) {
                    self.settled = Some(Settled {
                        known: to,
                        moved: None,
                        heard: now,
                    });
                }
                to
            }
        }
    }

    /// Whom the stack has to take for the sender of a packet from this address.
    pub(crate) fn inward(
        &mut self,
        from: SocketAddr,
        packet: &[u8],
        now: Instant,
        proves: impl FnOnce(&[u8]) -> bool,
    ) -> SocketAddr {
        let Some(settled) = &mut self.settled else {
            return from;
        };
        if from == settled.real() {
            settled.heard = now;
            return settled.known;
        }
        let is_back = from == settled.known;
        let may_move = is_back || now.saturating_duration_since(settled.heard) >= SILENT;
        if may_move && packet.starts_with(&BINDING_REQUEST) && proves(packet) {
            tracing::debug!(is_back, "the peer goes on from another address");
            settled.moved = (!is_back).then_some(from);
            settled.heard = now;
            return settled.known;
        }
        from
    }
}

/// Whether a STUN message was made by somebody who knows this ICE password.
pub(crate) fn is_proved_by(packet: &[u8], password: &str) -> bool {
    if password.is_empty() || !is_stun_message(packet) {
        return false;
    }
    let Ok(provider) = rtc::crypto::default_provider() else {
        return false;
    };
    let mut message = Message {
        raw: packet.to_vec(),
        ..Message::default()
    };
    message.decode().is_ok()
        && MessageIntegrity::check(&mut message, password.as_bytes(), provider.crypto()).is_ok()
}

#[cfg(test)]
mod tests {
    use rtc::stun::fingerprint::FINGERPRINT;
    use rtc::stun::message::{BINDING_REQUEST as REQUEST, Setter, TransactionId};

    use super::*;

    const DATA: &[u8] = &[23, 254, 253];
    const PASSWORD: &str = "a password of twenty-two letters";

    #[test]
    fn a_peer_that_fell_silent_is_followed_to_where_it_proves_to_be() {
        let mut talk = Talk::new();
        assert_eq!(talk.hears(KNOWN, DATA), KNOWN);
        talk.passes(SILENT);
        assert_eq!(talk.hears(OTHER, DATA), OTHER, "data prove nothing");
        assert_eq!(talk.hears(OTHER, &check("another's")), OTHER);
        assert_eq!(talk.sends(KNOWN), KNOWN);

        assert_eq!(talk.hears(OTHER, &check(PASSWORD)), KNOWN);
        assert_eq!(talk.sends(KNOWN), OTHER);
        assert_eq!(talk.hears(OTHER, DATA), KNOWN);
        assert_eq!(talk.sends(SERVER), SERVER, "others are not followed");
        assert_eq!(talk.hears(SERVER, DATA), SERVER);
    }

    #[test]
    fn a_peer_that_is_heard_is_not_looked_for_elsewhere() {
        let mut talk = Talk::new();
        talk.passes(SILENT / 2);
        assert_eq!(talk.hears(KNOWN, DATA), KNOWN);
        talk.passes(SILENT / 2);
        assert_eq!(talk.hears(OTHER, &check(PASSWORD)), OTHER);
        assert_eq!(talk.sends(KNOWN), KNOWN);
    }

    #[test]
    fn a_peer_that_comes_back_is_followed_at_once() {
        let mut talk = Talk::new();
        talk.passes(SILENT);
        assert_eq!(talk.hears(OTHER, &check(PASSWORD)), KNOWN);
        assert_eq!(talk.hears(KNOWN, &check("another's")), KNOWN);
        assert_eq!(talk.sends(KNOWN), OTHER);
        assert_eq!(talk.hears(KNOWN, &check(PASSWORD)), KNOWN);
        assert_eq!(talk.sends(KNOWN), KNOWN);
    }

    #[test]
    fn before_the_connection_itself_goes_anywhere_nobody_is_followed() {
        let mut way = Way::default();
        let now = Instant::now();
        assert_eq!(way.out(KNOWN, &check(PASSWORD), now), KNOWN);
        let later = now + SILENT * 2;
        let taken_for = way.inward(OTHER, &check(PASSWORD), later, |_| true);
        assert_eq!(taken_for, OTHER);
        assert_eq!(way.peer(), None);
    }

    #[test]
    fn only_a_whole_check_with_the_password_proves_anything() {
        let good = check(PASSWORD);
        assert!(is_proved_by(&good, PASSWORD));
        assert!(!is_proved_by(&good, "another's"));
        assert!(!is_proved_by(&check(""), ""), "no password proves nothing");
        for length in 0..good.len() {
            assert!(!is_proved_by(&good[..length], PASSWORD), "{length} bytes");
        }
        for at in 0..20 {
            let mut bent = good.clone();
            bent[at] ^= 1;
            assert!(!is_proved_by(&bent, PASSWORD), "byte {at}");
        }
    }

    const KNOWN: SocketAddr = address(1);
    const OTHER: SocketAddr = address(2);
    const SERVER: SocketAddr = address(3);

    const fn address(last: u8) -> SocketAddr {
        let ip = std::net::Ipv4Addr::new(192, 0, 2, last);
        SocketAddr::new(std::net::IpAddr::V4(ip), 4000)
    }

    /// A connection that goes to [`KNOWN`], and the time that passes on it.
    struct Talk {
        way: Way,
        now: Instant,
    }

    impl Talk {
        fn new() -> Self {
            let mut talk = Talk {
                way: Way::default(),
                now: Instant::now(),
            };
            assert_eq!(talk.sends(KNOWN), KNOWN);
            talk
        }

        fn passes(&mut self, time: Duration) {
            self.now += time;
        }

        fn sends(&mut self, to: SocketAddr) -> SocketAddr {
            // A check settles nothing.
            let packet = if to == KNOWN { DATA } else { &[0, 1][..] };
            self.way.out(to, packet, self.now)
        }

        fn hears(&mut self, from: SocketAddr, packet: &[u8]) -> SocketAddr {
            let proves = |packet: &[u8]| is_proved_by(packet, PASSWORD);
            self.way.inward(from, packet, self.now, proves)
        }
    }

    fn check(password: &str) -> Vec<u8> {
        let provider = rtc::crypto::default_provider().expect("a provider");
        let integrity = MessageIntegrity::new_short_term_integrity_with_provider(
            password.to_owned(),
            provider.crypto(),
        );
        let mut message = Message::new();
        let setters: [Box<dyn Setter + '_>; 4] = [
            Box::new(REQUEST),
            Box::new(TransactionId::new()),
            Box::new(integrity),
            Box::new(FINGERPRINT),
        ];
        message.build(&setters).expect("a message");
        message.raw
    }
}
