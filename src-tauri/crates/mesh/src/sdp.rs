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
    // The stack repeats a bundle's candidates in no section but the first; browsers likewise.
    if candidates > MAX_CANDIDATES {
        return Err(BadDescription::TooManyCandidates { count: candidates });
    }
    let sections = count("m=");
    if sections > MAX_SECTIONS {
        return Err(BadDescription::TooManySections { count: sections });
    }
    Ok(())
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

/// The first ICE user fragment: a new one means an ICE restart.
pub(crate) fn ufrag(sdp: &str) -> Option<&str> {
    sdp.lines()
        .find_map(|line| line.strip_prefix("a=ice-ufrag:"))
        .map(str::trim_end)
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn local_names_are_seen_only_in_candidates() {
        assert!(has_local_names(
            "v=0\r\na=candidate:1 1 udp 1 4d1a.local 50000 typ host\r\n"
        ));
        assert!(!has_local_names(
            "s=x.local\r\na=candidate:1 1 udp 1 192.0.2.1 50000 typ host\r\n"
        ));
    }

    #[test]
    fn the_user_fragment_is_read_from_either_level() {
        assert_eq!(ufrag("v=0\r\nm=x\r\na=ice-ufrag:abCD\r\n"), Some("abCD"));
        assert_eq!(ufrag("v=0\r\n"), None);
    }
}
