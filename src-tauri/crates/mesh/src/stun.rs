//! The few messages of ICE that are read, and made, below the stack.

use std::net::SocketAddr;

use rtc::stun::attributes::{
    ATTR_ICE_CONTROLLED, ATTR_ICE_CONTROLLING, ATTR_PRIORITY, ATTR_USERNAME,
};
use rtc::stun::fingerprint::FINGERPRINT;
use rtc::stun::integrity::MessageIntegrity;
use rtc::stun::message::{
    BINDING_REQUEST, BINDING_SUCCESS, Message, Setter, TransactionId, is_stun_message,
};
use rtc::stun::xoraddr::XorMappedAddress;

/// What an answer has in common with what it answers; nobody else can guess it.
pub(crate) type Id = [u8; 12];

/// What the checks of either end are proved with.
#[derive(Default, Clone)]
pub(crate) struct Passwords {
    /// The peer's checks of us, and our answers.
    pub(crate) ours: String,
    /// Our checks of the peer, and its answers.
    pub(crate) theirs: String,
}

/// What a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A binding request.
    Check,
    /// The answer to one.
    Answer,
    /// What wants no answer, and proves nothing.
    Indication,
    /// Anything else, such as what a relay is asked.
    Other,
}

/// Reads the head of a STUN message; `None` when the packet is none.
pub(crate) fn read(packet: &[u8]) -> Option<(Kind, Id)> {
    if !is_stun_message(packet) {
        return None;
    }
    let kind = match packet.get(..2)? {
        [0, 1] => Kind::Check,
        [1, 1] => Kind::Answer,
        [0, 0x11] => Kind::Indication,
        _ => Kind::Other,
    };
    Some((kind, packet.get(8..20)?.try_into().ok()?))
}

/// Whether a STUN message was made by somebody who knows this password. Not when: it may have been
/// heard before, and be said again by somebody else.
pub(crate) fn is_proved_by(packet: &[u8], password: &str) -> bool {
    if password.is_empty() {
        return false;
    }
    let (Some(mut message), Ok(provider)) = (decoded(packet), rtc::crypto::default_provider())
    else {
        return false;
    };
    MessageIntegrity::check(&mut message, password.as_bytes(), provider.crypto()).is_ok()
}

/// Whether this is a check of a peer: servers are asked without a name.
pub(crate) fn names_peer(check: &[u8]) -> bool {
    decoded(check).is_some_and(|it| it.contains(ATTR_USERNAME))
}

/// A check like this one of the stack's, but nobody has seen it yet. It nominates nothing.
pub(crate) fn another(check: &[u8], theirs: &str) -> Option<(Id, Vec<u8>)> {
    let like = decoded(check)?;
    let id = TransactionId::new();
    let mut message = Message::new();
    message
        .build(&[Box::new(BINDING_REQUEST), Box::new(id)])
        .ok()?;
    for kind in [
        ATTR_USERNAME,
        ATTR_ICE_CONTROLLED,
        ATTR_ICE_CONTROLLING,
        ATTR_PRIORITY,
    ] {
        if let Ok(value) = like.get(kind) {
            message.add(kind, &value);
        }
    }
    Some((id.0, proved(message, theirs)?))
}

/// The answer to a check from this address.
pub(crate) fn answer(check: &[u8], from: SocketAddr, ours: &str) -> Option<Vec<u8>> {
    let mut message = Message::new();
    let seen_from = XorMappedAddress {
        ip: from.ip(),
        port: from.port(),
    };
    let setters: [Box<dyn Setter>; 3] = [
        Box::new(decoded(check)?),
        Box::new(BINDING_SUCCESS),
        Box::new(seen_from),
    ];
    message.build(&setters).ok()?;
    proved(message, ours)
}

fn proved(mut message: Message, password: &str) -> Option<Vec<u8>> {
    let provider = rtc::crypto::default_provider().ok()?;
    MessageIntegrity::new_short_term_integrity_with_provider(
        password.to_owned(),
        provider.crypto(),
    )
    .add_to(&mut message)
    .ok()?;
    FINGERPRINT.add_to(&mut message).ok()?;
    Some(message.raw)
}

fn decoded(packet: &[u8]) -> Option<Message> {
    if !is_stun_message(packet) {
        return None;
    }
    let mut message = Message {
        raw: packet.to_vec(),
        ..Message::default()
    };
    message.decode().ok()?;
    Some(message)
}

#[cfg(test)]
pub(crate) mod tests {
    use rtc::stun::message::Getter;
    use rtc::stun::textattrs::Username;

    use super::*;

    const PASSWORD: &str = "a password of twenty-two letters";

    #[test]
    fn only_a_whole_check_with_the_password_proves_anything() {
        let good = check(PASSWORD);
        assert!(is_proved_by(&good, PASSWORD));
        assert!(!is_proved_by(&good, "another's"));
        assert!(!is_proved_by(&check(""), ""), "no password proves nothing");
        for length in 0..good.len() {
            assert!(!is_proved_by(&good[..length], PASSWORD), "{length} bytes");
            assert!(answer(&good[..length], FROM, PASSWORD).is_none());
            assert!(another(&good[..length], PASSWORD).is_none());
        }
        for at in 0..20 {
            let mut bent = good.clone();
            bent[at] ^= 1;
            assert!(!is_proved_by(&bent, PASSWORD), "byte {at}");
        }
    }

    #[test]
    fn another_check_is_as_long_and_differs_in_what_nobody_can_guess() {
        let first = check("its own");
        let (id, second) = another(&first, PASSWORD).expect("a check");
        assert_eq!(read(&second), Some((Kind::Check, id)));
        assert_ne!(read(&first), Some((Kind::Check, id)));
        assert!(is_proved_by(&second, PASSWORD));
        assert!(names_peer(&second));
        assert_eq!(second.len(), first.len());
    }

    #[test]
    fn an_answer_is_proved_says_what_it_answers_and_is_no_longer() {
        let asked = check("its own");
        let answer = answer(&asked, FROM, PASSWORD).expect("an answer");
        let (_, id) = read(&asked).expect("a check");
        assert_eq!(read(&answer), Some((Kind::Answer, id)));
        assert!(is_proved_by(&answer, PASSWORD));
        assert!(answer.len() <= asked.len());
        let mut seen = XorMappedAddress::default();
        let message = decoded(&answer).expect("a message");
        seen.get_from(&message).expect("an address");
        assert_eq!(SocketAddr::new(seen.ip, seen.port), FROM);
    }

    const FROM: SocketAddr = SocketAddr::new(
        std::net::IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 7)),
        4000,
    );

    /// A check as a stack makes it.
    pub(crate) fn check(password: &str) -> Vec<u8> {
        let mut message = Message::new();
        let name = Username::new(ATTR_USERNAME, "theirs:ours".to_owned());
        message
            .build(&[
                Box::new(BINDING_REQUEST),
                Box::new(TransactionId::new()),
                Box::new(name),
            ])
            .expect("a message");
        message.add(ATTR_ICE_CONTROLLED, &[7; 8]);
        message.add(ATTR_PRIORITY, &[1; 4]);
        proved(message, password).expect("a check")
    }
}
