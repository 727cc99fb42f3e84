//! What is looked at in a description before the stack parses it.

/// Why a peer's description is not acceptable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadDescription {
    /// Longer than [`MAX_DESCRIPTION`].
    #[error("the description has {bytes} bytes")]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// More than [`MAX_CANDIDATES`] candidates: each costs a check against all of ours.
    #[error("the description has {count} candidates")]
    TooManyCandidates {
        /// How many.
        count: usize,
    },
    /// More than [`MAX_SECTIONS`] media sections.
    #[error("the description has {count} sections")]
    TooManySections {
        /// How many.
        count: usize,
    },
    /// No data channel is offered or accepted.
    #[error("the description has no data channel")]
    NoChannel,
    /// The stack does not accept it.
    #[error("the description is malformed or does not fit the connection")]
    Refused,
    /// The peer keeps opening channels.
    #[error("too many data channels")]
    TooManyChannels,
}

/// The longest description we parse. A browser's, with camera and microphone, has about 10 kB.
pub const MAX_DESCRIPTION: usize = 64 * 1024;

/// The most candidates of one link. A machine with many networks and relays has some dozens.
pub const MAX_CANDIDATES: usize = 100;

/// The most media sections. Each stream a browser ever showed leaves one or two behind.
pub const MAX_SECTIONS: usize = 64;

/// The longest candidate sent by itself.
pub const MAX_CANDIDATE: usize = 1024;

/// Checks the bounds that keep a stranger's description cheap.
pub(crate) fn bounded(sdp: &str) -> Result<(), BadDescription> {
    if sdp.len() > MAX_DESCRIPTION {
        return Err(BadDescription::TooLong { bytes: sdp.len() });
    }
    let count = |prefix: &str| sdp.lines().filter(|line| line.starts_with(prefix)).count();
    let candidates = count("a=candidate:");
    if candidates > MAX_CANDIDATES {
        return Err(BadDescription::TooManyCandidates { count: candidates });
    }
    let sections = count("m=");
    if sections > MAX_SECTIONS {
        return Err(BadDescription::TooManySections { count: sections });
    }
    Ok(())
}

/// Checks that there will be a data channel; without one the connection would come up for nothing.
pub(crate) fn has_channel(sdp: &str) -> Result<(), BadDescription> {
    let is_channel = |line: &str| {
        let mut words = line.split_ascii_whitespace();
        words.next() == Some("m=application")
            // Port 0 means refused.
            && words.next().is_some_and(|port| port != "0")
            && words.next().is_some_and(|protocol| protocol.ends_with("/SCTP"))
            && words.next() == Some("webrtc-datachannel")
    };
    if sdp.lines().any(is_channel) {
        Ok(())
    } else {
        Err(BadDescription::NoChannel)
    }
}

/// The stack lists each candidate a second time for RTCP, which nobody has sent separately for
/// years; every tracker would carry them, and every peer would read them, for nothing.
pub(crate) fn without_rtcp_candidates(sdp: &str) -> String {
    sdp.split_inclusive('\n')
        .filter(|line| {
            !line.starts_with("a=candidate:") || line.split_ascii_whitespace().nth(1) != Some("2")
        })
        .collect()
}

/// The same description with relayed candidates alone, and without the address behind each: nothing
/// in it tells where we are. The stack gathers no others then; this is for whatever it may change.
pub(crate) fn relays_only(sdp: &str) -> String {
    let mut kept = String::with_capacity(sdp.len());
    for line in sdp.split_inclusive('\n') {
        if !line.starts_with("a=candidate:") {
            kept.push_str(line);
            continue;
        }
        let mut words: Vec<&str> = line.trim_end().split(' ').collect();
        let after = |name: &str| {
            let at = words.iter().position(|word| *word == name)?;
            (at + 1 < words.len()).then_some(at + 1)
        };
        let (kind, address, port) = (after("typ"), after("raddr"), after("rport"));
        if kind.and_then(|at| words.get(at)) != Some(&"relay") {
            continue;
        }
        if let Some(word) = address.and_then(|at| words.get_mut(at)) {
            *word = if word.contains(':') { "::" } else { "0.0.0.0" };
        }
        if let Some(word) = port.and_then(|at| words.get_mut(at)) {
            *word = "0";
        }
        kept.push_str(&words.join(" "));
        kept.push_str("\r\n");
    }
    kept
}

/// Whether a candidate hides its address behind an mDNS name.
pub(crate) fn has_local_names(sdp: &str) -> bool {
    sdp.lines()
        .filter(|line| line.starts_with("a=candidate:"))
        .any(|line| {
            line.split_ascii_whitespace()
                .any(|it| it.ends_with(".local"))
        })
}

/// Whether the description looks like one of our own stack's, by the address in its origin line. A
/// guess, for the pace of reading and the longest message: wrong, it costs speed, or messages longer
/// than any the protocol has.
pub(crate) fn is_of_our_stack(sdp: &str) -> bool {
    sdp.lines()
        .find_map(|line| line.strip_prefix("o=- "))
        .is_some_and(|origin| origin.trim_end().ends_with(" IN IP4 0.0.0.0"))
}

/// The same description, with a lower limit for messages where it has a higher one (or none, by 0).
pub(crate) fn with_message_limit(sdp: &str, limit: u32) -> String {
    let mut limited = String::with_capacity(sdp.len());
    for line in sdp.split_inclusive('\n') {
        let told = line
            .strip_prefix("a=max-message-size:")
            .and_then(|told| told.trim_end().parse::<u32>().ok());
        match told {
            Some(told) if told == 0 || told > limit => {
                limited.push_str("a=max-message-size:");
                limited.push_str(&limit.to_string());
                limited.push_str("\r\n");
            }
            _ => limited.push_str(line),
        }
    }
    limited
}

/// The first ICE user fragment: a new one means an ICE restart.
pub(crate) fn ufrag(sdp: &str) -> Option<&str> {
    sdp.lines()
        .find_map(|line| line.strip_prefix("a=ice-ufrag:"))
        .map(str::trim_end)
}

/// The first ICE password: checks of who gave it are proved with it, and their answers.
pub(crate) fn password(sdp: &str) -> Option<&str> {
    sdp.lines()
        .find_map(|line| line.strip_prefix("a=ice-pwd:"))
        .map(str::trim_end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_for_messages_is_lowered_and_never_raised() {
        let with = |told: &str| format!("v=0\r\na=max-message-size:{told}\r\na=mid:0\r\n");
        for (told, then) in [
            ("262144", "1000"),
            ("0", "1000"),
            ("1000", "1000"),
            ("9", "9"),
        ] {
            assert_eq!(with_message_limit(&with(told), 1000), with(then));
        }
        assert_eq!(with_message_limit("v=0\r\n", 1000), "v=0\r\n");
    }

    #[test]
    fn a_description_is_bounded_in_length_candidates_and_sections() {
        assert_eq!(bounded("v=0\r\n"), Ok(()));
        let long = "x".repeat(MAX_DESCRIPTION + 1);
        assert!(matches!(
            bounded(&long),
            Err(BadDescription::TooLong { .. })
        ));
        let many = "a=candidate:1 1 udp 1 192.0.2.1 1 typ host\r\n".repeat(MAX_CANDIDATES + 1);
        assert_eq!(
            bounded(&many),
            Err(BadDescription::TooManyCandidates {
                count: MAX_CANDIDATES + 1
            })
        );
        let wide = "m=audio 9 X 0\r\n".repeat(MAX_SECTIONS + 1);
        assert!(matches!(
            bounded(&wide),
            Err(BadDescription::TooManySections { .. })
        ));
    }

    #[test]
    fn a_description_without_a_data_channel_is_seen() {
        let with = "v=0\r\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n";
        assert_eq!(has_channel(with), Ok(()));
        for without in [
            "v=0\r\n",
            "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n",
            "m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\n",
            "m=application 9 UDP/DTLS/SCTP\r\n",
            "m=application 9 RTP/AVP webrtc-datachannel\r\n",
        ] {
            assert_eq!(has_channel(without), Err(BadDescription::NoChannel));
        }
    }

    #[test]
    fn only_candidates_of_the_second_component_are_left_out() {
        let sdp = "a=x 2\r\na=candidate:1 1 udp 5 ::1 2 typ host\r\n";
        let twice = format!("{sdp}a=candidate:1 2 udp 5 ::1 2 typ host\r\na=end\r\n");
        assert_eq!(without_rtcp_candidates(&twice), format!("{sdp}a=end\r\n"));
    }

    #[test]
    fn where_only_relays_may_be_used_nothing_tells_where_we_are() {
        let sdp = "v=0\r\n\
            a=candidate:1 1 udp 9 192.0.2.1 5000 typ host\r\n\
            a=candidate:2 1 udp 8 203.0.113.7 5001 typ srflx raddr 192.0.2.1 rport 5000\r\n\
            a=candidate:3 1 udp 7 198.51.100.2 5002 typ relay raddr 203.0.113.7 rport 5001\r\n\
            a=end-of-candidates\r\n";
        assert_eq!(
            relays_only(sdp),
            "v=0\r\n\
            a=candidate:3 1 udp 7 198.51.100.2 5002 typ relay raddr 0.0.0.0 rport 0\r\n\
            a=end-of-candidates\r\n"
        );
    }

    #[test]
    fn local_names_are_seen_only_in_candidates() {
        assert!(has_local_names(
            "v=0\r\na=candidate:1 1 udp 1 4d1a.local 50000 typ host\r\n"
        ));
        assert!(!has_local_names(
            "s=x.local\r\na=candidate:1 1 udp 1 192.0.2.1 50000 typ host\r\n"
        ));
    }

    #[test]
    fn browsers_are_told_from_our_own_stack() {
        assert!(is_of_our_stack("v=0\r\no=- 5 7 IN IP4 0.0.0.0\r\n"));
        assert!(!is_of_our_stack("v=0\r\no=- 5 2 IN IP4 127.0.0.1\r\n"));
        assert!(!is_of_our_stack(
            "v=0\r\no=mozilla...THIS_IS_SDPARTA-99.0 5 0 IN IP4 0.0.0.0\r\n"
        ));
    }

    #[test]
    fn the_user_fragment_is_read_from_either_level() {
        assert_eq!(ufrag("v=0\r\nm=x\r\na=ice-ufrag:abCD\r\n"), Some("abCD"));
        assert_eq!(ufrag("v=0\r\n"), None);
    }
}
