//! What a person may edit without knowing Rust: the lists in `config/`.
//!
//! The defaults are embedded in the program; a file of the same name in the user's configuration
//! folder replaces that list. What another implementation must agree with is protocol, not
//! configuration, and lives in `wire`.

use std::path::{Path, PathBuf};

use mesh::IceServer;
use serde::Deserialize;
use wire::{Origin, RoomName};

/// The largest file read. The lists are short.
const MAX_FILE_BYTES: u64 = 256 * 1024;
/// Trackers used at once; each sees every announce.
pub const MAX_TRACKERS: usize = 8;
/// The longest address of a tracker.
const MAX_URL_BYTES: usize = signalling::MAX_URL_BYTES;
/// The Chitchatter world a node is in unless told otherwise.
pub const DEFAULT_ORIGIN: &str = "https://chitchatter.im";

/// The lists in force.
#[derive(Clone, Debug)]
pub struct Config {
    /// The origin rooms are joined in unless a link names another.
    pub origin: Origin,
    /// WebTorrent trackers, `ws:` or `wss:` addresses; all are used at once.
    pub trackers: Vec<String>,
    /// STUN and TURN servers.
    pub ice_servers: Vec<IceServer>,
    /// Rooms offered on the first screen.
    pub rooms: Vec<RoomName>,
}

/// What is wrong with a configuration file.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// It is there but cannot be read.
    #[error("{}: cannot be read: {}", path.display(), crate::file::words(*reason))]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: std::io::ErrorKind,
    },
    /// It is larger than any such list can be.
    #[error("{}: larger than {limit} bytes", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The largest allowed.
        limit: u64,
    },
    /// It is not JSON of the right shape; the reason names the line and the key.
    #[error("{}: {reason}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What the parser says.
        reason: String,
    },
    /// One entry is wrong.
    #[error("{}: {entry:?} {why}", path.display())]
    BadEntry {
        /// The file.
        path: PathBuf,
        /// The entry.
        entry: String,
        /// Why.
        why: &'static str,
    },
}

impl Config {
    /// The embedded lists, each replaced by the file of the same name in `folder` if there is one.
    ///
    /// # Errors
    /// [`ConfigError`] names the file and the entry that is wrong; a typo is never silently left out.
    pub fn load(folder: Option<&Path>) -> Result<Self, ConfigError> {
        Ok(Self {
            origin: default_origin(),
            trackers: trackers(&list(folder, "trackers.json", TRACKERS)?)?,
            ice_servers: ice_servers(&list(folder, "ice-servers.json", ICE_SERVERS)?)?,
            rooms: rooms(&list(folder, "rooms.json", ROOMS)?)?,
        })
    }
}

/// Checks the address of a tracker as the configuration does.
///
/// # Errors
/// Says in words what is wrong with it.
pub fn check_tracker(url: &str) -> Result<(), &'static str> {
    let parsed = url::Url::parse(url).map_err(|_| "is not an address")?;
    if !matches!(parsed.scheme(), "ws" | "wss") {
        return Err("is not a ws: or wss: address");
    }
    if parsed.host().is_none() {
        return Err("names no host");
    }
    if !parsed.username().is_empty() || parsed.password().is_some() {
        return Err("holds a login, which trackers do not have");
    }
    if url.len() > MAX_URL_BYTES {
        return Err("is too long");
    }
    Ok(())
}

/// The origin of [`DEFAULT_ORIGIN`].
#[must_use]
pub fn default_origin() -> Origin {
    match Origin::parse(DEFAULT_ORIGIN) {
        Ok(origin) => origin,
        Err(_) => unreachable!("a test parses the default origin"),
    }
}

/// A list as text, and where it came from.
struct Text {
    path: PathBuf,
    text: String,
}

const TRACKERS: &str = include_str!("../../../../config/trackers.json");
const ICE_SERVERS: &str = include_str!("../../../../config/ice-servers.json");
const ROOMS: &str = include_str!("../../../../config/rooms.json");

fn list(folder: Option<&Path>, name: &str, embedded: &str) -> Result<Text, ConfigError> {
    let embedded = || Text {
        path: Path::new("config").join(name),
        text: embedded.to_owned(),
    };
    let Some(path) = folder.map(|folder| folder.join(name)) else {
        return Ok(embedded());
    };
    let unreadable = |reason: std::io::Error, path: &Path| ConfigError::Unreadable {
        path: path.to_owned(),
        reason: reason.kind(),
    };
    match crate::file::read(&path, MAX_FILE_BYTES) {
        Ok(Some(text)) => Ok(Text { path, text }),
        Ok(None) => Err(ConfigError::TooLarge {
            path,
            limit: MAX_FILE_BYTES,
        }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(embedded()),
        Err(error) => Err(unreadable(error, &path)),
    }
}

fn parse<'a, T: Deserialize<'a>>(list: &'a Text, expected: &str) -> Result<T, ConfigError> {
    serde_json::from_str(&list.text).map_err(|error| ConfigError::Malformed {
        path: list.path.clone(),
        reason: crate::file::json_fault(&error, expected),
    })
}

/// What each list looks like, for whoever made a mistake in it.
const LIKE_TRACKERS: &str = r#"a list such as ["wss://tracker.example"]"#;
const LIKE_ICE_SERVERS: &str =
    r#"an object such as {"iceServers": [{"urls": "stun:stun.example:3478"}]}"#;
const LIKE_ROOMS: &str = r#"a list such as ["a room", "another"]"#;

fn trackers(list: &Text) -> Result<Vec<String>, ConfigError> {
    let urls: Vec<String> = parse(list, LIKE_TRACKERS)?;
    for url in &urls {
        check_tracker(url).map_err(|why| bad(list, url, why))?;
    }
    if let Some(extra) = urls.get(MAX_TRACKERS) {
        return Err(bad(list, extra, "is one tracker too many"));
    }
    Ok(urls)
}

/// `RTCConfiguration`, as far as it concerns us.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct IceConfiguration {
    ice_servers: Vec<IceEntry>,
}

/// `RTCIceServer`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct IceEntry {
    urls: Urls,
    username: Option<String>,
    credential: Option<String>,
}

/// WebRTC allows one address or several.
#[derive(Deserialize)]
#[serde(untagged)]
enum Urls {
    One(String),
    Several(Vec<String>),
}

fn ice_servers(list: &Text) -> Result<Vec<IceServer>, ConfigError> {
    let configuration: IceConfiguration = parse(list, LIKE_ICE_SERVERS)?;
    configuration
        .ice_servers
        .into_iter()
        .map(|entry| {
            let server = IceServer {
                urls: match entry.urls {
                    Urls::One(url) => vec![url],
                    Urls::Several(urls) => urls,
                },
                username: entry.username,
                credential: entry.credential,
            };
            match server.unsupported().first() {
                Some(url) => Err(bad(
                    list,
                    url,
                    "cannot be used: only STUN, and TURN over UDP with a login",
                )),
                None => Ok(server),
            }
        })
        .collect()
}

fn rooms(list: &Text) -> Result<Vec<RoomName>, ConfigError> {
    let names: Vec<String> = parse(list, LIKE_ROOMS)?;
    names
        .iter()
        .map(|name| RoomName::parse(name).map_err(|_| bad(list, name, "is not a room name")))
        .collect()
}

fn bad(list: &Text, entry: &str, why: &'static str) -> ConfigError {
    ConfigError::BadEntry {
        path: list.path.clone(),
        entry: entry.to_owned(),
        why,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_lists_are_good() {
        let config = Config::load(None).expect("embedded lists");

        assert_eq!(config.trackers.len(), 4);
        assert!(!config.ice_servers.is_empty());
        assert!(!config.rooms.is_empty());
        assert_eq!(config.origin.as_str(), DEFAULT_ORIGIN);
    }

    #[test]
    fn a_file_of_the_same_name_replaces_the_list() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(
            folder.path().join("trackers.json"),
            r#"["ws://127.0.0.1:9"]"#,
        )
        .expect("written");

        let config = Config::load(Some(folder.path())).expect("good lists");

        assert_eq!(config.trackers, ["ws://127.0.0.1:9"]);
        assert!(!config.ice_servers.is_empty());
    }

    #[test]
    fn a_typo_is_an_error_with_file_and_entry() {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, text, named) in [
            ("trackers.json", r#"["http://x"]"#, "http://x"),
            ("trackers.json", r#"["ws://x""#, "line 1"),
            (
                "trackers.json",
                "[\n]nonsense",
                r#"not JSON: see line 2, column 2; expected is a list such as ["wss:"#,
            ),
            ("trackers.json", "{}", "expected is a list such as"),
            ("rooms.json", "[1]", "expected a string at line 1"),
            (
                "ice-servers.json",
                r#"{"iceServers":[{"url":"stun:x"}]}"#,
                "url",
            ),
            (
                "ice-servers.json",
                r#"{"iceServers":[{"urls":"turns:x"}]}"#,
                "turns:x",
            ),
            ("rooms.json", r#"[""]"#, "\"\""),
        ] {
            let path = folder.path().join(name);
            std::fs::write(&path, text).expect("written");

            let error = Config::load(Some(folder.path()))
                .expect_err("a bad list")
                .to_string();

            assert!(error.contains(name), "{error}");
            assert!(error.contains(named), "{error}");
            std::fs::remove_file(path).expect("removed");
        }
    }
}
