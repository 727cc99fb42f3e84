//! The link that stands for a torrent.

use form_urlencoded::{byte_serialize, parse};

use super::ids::Hash;
use crate::limits::{MAX_MAGNET_BYTES, MAX_TRACKER_BYTES, MAX_TRACKERS};
use crate::names::SafeName;

/// What a magnet link says, as far as it concerns us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Magnet {
    /// Which torrent.
    pub info_hash: Hash,
    /// What it is said to be called. Only a hint until the description is here; `None` also when the
    /// name is not one we would use.
    pub name: Option<SafeName>,
    /// Trackers a browser can reach: addresses that begin with `ws:` or `wss:`, in order, once each.
    /// Nobody has agreed to them yet: whoever connects decides which.
    pub trackers: Vec<String>,
}

/// Why a link is not one of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MagnetError {
    /// It is longer than we take.
    #[error("the magnet link is too long")]
    TooLong,
    /// It is no magnet link.
    #[error("this is not a magnet link")]
    NotMagnet,
    /// It names no torrent, or several.
    #[error("the magnet link does not name one torrent")]
    NoHash,
}

impl Magnet {
    /// Reads a link.
    pub fn parse(link: &str) -> Result<Self, MagnetError> {
        if link.len() > MAX_MAGNET_BYTES {
            return Err(MagnetError::TooLong);
        }
        let query = link
            .split_at_checked(SCHEME.len())
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case(SCHEME))
            .map(|(_, query)| query)
            .ok_or(MagnetError::NotMagnet)?;

        let mut info_hash = None;
        let mut name = None;
        let mut trackers: Vec<String> = Vec::new();
        for (key, value) in parse(query.as_bytes()) {
            // Parameters may be numbered: `tr.1`.
            match key.split('.').next().unwrap_or_default() {
                "xt" => {
                    let Some(hash) = value.strip_prefix("urn:btih:") else {
                        continue;
                    };
                    let hash = Hash::parse(hash).ok_or(MagnetError::NoHash)?;
                    if info_hash.is_some_and(|other| other != hash) {
                        return Err(MagnetError::NoHash);
                    }
                    info_hash = Some(hash);
                }
                "dn" if name.is_none() => name = SafeName::parse(&value).ok(),
                "tr" => {
                    let is_reachable = value.starts_with("wss://") || value.starts_with("ws://");
                    let is_plain = value.bytes().all(|byte| byte.is_ascii_graphic());
                    if is_reachable
                        && is_plain
                        && value.len() <= MAX_TRACKER_BYTES
                        && trackers.len() < MAX_TRACKERS
                        && !trackers.iter().any(|known| *known == value)
                    {
                        trackers.push(value.into_owned());
                    }
                }
                _ => {}
            }
        }
        Ok(Self {
            info_hash: info_hash.ok_or(MagnetError::NoHash)?,
            name,
            trackers,
        })
    }

    /// The link as a browser writes it.
    #[must_use]
    pub fn to_link(&self) -> String {
        let mut link = format!("{SCHEME}xt=urn:btih:{}", self.info_hash.to_hex());
        if let Some(name) = &self.name {
            link.push_str("&dn=");
            link.extend(byte_serialize(name.as_str().as_bytes()));
        }
        for tracker in &self.trackers {
            link.push_str("&tr=");
            link.extend(byte_serialize(tracker.as_bytes()));
        }
        link
    }
}

const SCHEME: &str = "magnet:?";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CAPTURED: &str = "magnet:?xt=urn:btih:fa0e57606005711875925ea3bd3aad7153df74b9&dn=sample.bin&tr=ws%3A%2F%2Flocalhost%3A8000";

    #[test]
    fn a_link_made_by_a_browser_is_read_and_written() {
        let magnet = Magnet::parse(CAPTURED).expect("a link");

        assert_eq!(
            magnet.info_hash.to_hex(),
            "fa0e57606005711875925ea3bd3aad7153df74b9"
        );
        assert_eq!(
            magnet.name.as_ref().map(SafeName::as_str),
            Some("sample.bin")
        );
        assert_eq!(magnet.trackers, ["ws://localhost:8000"]);
        assert_eq!(magnet.to_link(), CAPTURED);
    }

    #[test]
    fn only_trackers_for_browsers_are_kept_once_each() {
        let link = "magnet:?xt=urn:btih:7IHFOYDAAVYRQ5MSL2R32OVNOFJ565FZ&tr=udp%3A%2F%2Fa%3A1&tr=wss%3A%2F%2Fb&tr.1=wss%3A%2F%2Fb&tr=wss%3A%2F%2Fc%0A&tr=http%3A%2F%2Fd&xs=http://evil&dn=a%2Fb";

        let magnet = Magnet::parse(link).expect("a link");

        assert_eq!(magnet.trackers, ["wss://b"]);
        assert_eq!(magnet.name, None);
    }

    #[test]
    fn what_names_no_torrent_or_two_is_refused() {
        let other = CAPTURED.replace(
            "&dn",
            "&xt=urn:btih:0000000000000000000000000000000000000000&dn",
        );
        for (link, why) in [
            ("http://a/?xt=urn:btih:0", MagnetError::NotMagnet),
            ("magnet:?dn=a", MagnetError::NoHash),
            ("magnet:?xt=urn:btih:0", MagnetError::NoHash),
            (
                "magnet:?xt=urn:sha1:fa0e57606005711875925ea3bd3aad7153df74b9",
                MagnetError::NoHash,
            ),
            (&other, MagnetError::NoHash),
            (
                &format!("{CAPTURED}&x={}", "x".repeat(MAX_MAGNET_BYTES)),
                MagnetError::TooLong,
            ),
        ] {
            assert_eq!(Magnet::parse(link), Err(why), "{link}");
        }
        let many: String = (0..50)
            .map(|index| format!("&tr=ws%3A%2F%2Ft{index}"))
            .collect();
        let many = Magnet::parse(&format!("{CAPTURED}{many}")).expect("a link");
        assert_eq!(many.trackers.len(), MAX_TRACKERS);
    }

    proptest! {
        #[test]
        fn a_link_survives_being_written(hash: [u8; 20], name in "\\PC{1,60}", port: u16) {
            let magnet = Magnet {
                info_hash: Hash(hash),
                name: SafeName::parse(&name).ok(),
                trackers: vec![format!("wss://tracker.example:{port}/a?b=c&d")],
            };
            prop_assert_eq!(Magnet::parse(&magnet.to_link()), Ok(magnet));
        }

        #[test]
        fn no_text_makes_it_panic(text in "(magnet:\\?)?(xt=urn:btih:|tr=|dn=|&|%|[0-9a-f]{40}|\\PC){0,20}") {
            let _ = Magnet::parse(&text);
        }
    }
}
