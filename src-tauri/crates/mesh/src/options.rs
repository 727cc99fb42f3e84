//! What a mesh is told when it is made.

use std::fmt;

use webrtc::peer_connection::RTCIceServer;

/// How to reach peers.
#[derive(Debug, Clone, Default)]
pub struct MeshOptions {
    /// STUN and TURN servers to ask.
    pub ice_servers: Vec<IceServer>,
    /// Also offer 127.0.0.1 and ::1, so that peers on one machine meet even without any network.
    pub loopback: bool,
}

/// One entry of `RTCConfiguration.iceServers`.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct IceServer {
    /// `stun:host:port` or `turn:host:port`.
    pub urls: Vec<String>,
    /// For TURN.
    pub username: Option<String>,
    /// For TURN.
    pub credential: Option<String>,
}

impl IceServer {
    /// The addresses of this entry that the stack cannot use: anything over TCP or TLS, TURN
    /// without credentials, and what is not a STUN or TURN address at all.
    pub fn unsupported(&self) -> Vec<&str> {
        self.urls
            .iter()
            .map(String::as_str)
            .filter(|url| self.usable(url).is_none())
            .collect()
    }

    /// Whether this is meant as a relay: one of its addresses begins with `turn:`.
    #[must_use]
    pub fn is_relay(&self) -> bool {
        self.urls.iter().any(|url| {
            let scheme = url.split(':').next().unwrap_or_default();
            scheme == "turn"
        })
    }

    /// Host and port of `url` when the stack can use it.
    pub(crate) fn place(&self, url: &str) -> Option<(String, u16)> {
        self.usable(url)?;
        let rest = url.split_once(':')?.1;
        let authority = rest.split('?').next()?;
        place_of(authority).map(|(host, port)| (host, port.unwrap_or(USUAL_PORT)))
    }

    /// The host of `url` when the stack can use it.
    fn usable(&self, url: &str) -> Option<String> {
        let (scheme, rest) = url.split_once(':')?;
        let (authority, query) = match rest.split_once('?') {
            Some((authority, query)) => (authority, Some(query)),
            None => (rest, None),
        };
        if query.is_some_and(|query| !query.eq_ignore_ascii_case("transport=udp")) {
            return None;
        }
        let credentials = self.username.as_ref().is_some_and(|it| !it.is_empty())
            && self.credential.as_ref().is_some_and(|it| !it.is_empty());
        match scheme {
            "stun" => {}
            "turn" if credentials => {}
            _ => return None,
        }
        host_of(authority)
    }
}

impl fmt::Debug for IceServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IceServer")
            .field("urls", &self.urls)
            .field("username", &self.username)
            .field("credential", &self.credential.as_ref().map(|_| "…"))
            .finish()
    }
}

/// The host in `host`, `host:port`, `[v6]` or `[v6]:port`.
fn host_of(authority: &str) -> Option<String> {
    place_of(authority).map(|(host, _)| host)
}

/// The host, and the port where it names one.
fn place_of(authority: &str) -> Option<(String, Option<u16>)> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (host, after) = rest.split_once(']')?;
            host.parse::<std::net::Ipv6Addr>().ok()?;
            match after {
                "" => (host, None),
                _ => (host, Some(after.strip_prefix(':')?)),
            }
        }
        None => match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        },
    };
    let port_is_good = port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port != 0));
    let host_is_good = !host.is_empty()
        && !host
            .chars()
            .any(|it| it.is_whitespace() || it.is_control() || "/@?#".contains(it));
    (port_is_good && host_is_good).then(|| {
        let port = port.and_then(|port| port.parse().ok());
        (host.to_owned(), port)
    })
}

/// The servers in the stack's terms, the unusable left out: one bad entry would fail every
/// connection.
pub(crate) struct Servers {
    list: Vec<RTCIceServer>,
    hosts: Vec<String>,
    relays: bool,
    relay_only: bool,
}

impl Servers {
    pub(crate) fn new(servers: &[IceServer], relay_only: bool) -> Self {
        let mut list = Vec::new();
        let mut hosts: Vec<String> = Vec::new();
        let mut relays = false;
        for server in servers {
            let mut urls = Vec::new();
            for url in &server.urls {
                let Some(host) = server.usable(url) else {
                    tracing::warn!(url, "this ICE server cannot be used");
                    continue;
                };
                if hosts.len() >= MAX_HOSTS {
                    break;
                }
                if !hosts.contains(&host) {
                    hosts.push(host);
                }
                relays |= url.starts_with("turn:");
                urls.push(url.clone());
            }
            if !urls.is_empty() {
                list.push(RTCIceServer {
                    urls,
                    username: server.username.clone().unwrap_or_default(),
                    credential: server.credential.clone().unwrap_or_default(),
                });
            }
        }
        Servers {
            list,
            hosts,
            relays,
            relay_only,
        }
    }

    /// Whether links may use relays only.
    pub(crate) fn relay_only(&self) -> bool {
        self.relay_only
    }

    pub(crate) fn list(&self) -> Vec<RTCIceServer> {
        self.list.clone()
    }

    pub(crate) fn hosts(&self) -> &[String] {
        &self.hosts
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Whether one of them is a relay.
    pub(crate) fn has_relay(&self) -> bool {
        self.relays
    }
}

/// Of STUN and TURN alike.
const USUAL_PORT: u16 = 3478;

/// Each server is asked from each local address by each new link.
const MAX_HOSTS: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    fn server(urls: &[&str]) -> IceServer {
        IceServer {
            urls: urls.iter().map(|it| (*it).to_owned()).collect(),
            username: Some("u".to_owned()),
            credential: Some("c".to_owned()),
        }
    }

    #[test]
    fn what_the_stack_cannot_do_is_named() {
        let all = server(&[
            "stun:stun.example.org:19302",
            "stun:[2001:db8::1]:3478",
            "turn:turn.example.org",
            "turn:turn.example.org?transport=udp",
            "turn:turn.example.org?transport=tcp",
            "turns:turn.example.org:5349",
            "stuns:stun.example.org",
            "https://example.org",
            "stun:",
            "stun:host:notaport",
            "nonsense",
        ]);
        assert_eq!(
            all.unsupported(),
            [
                "turn:turn.example.org?transport=tcp",
                "turns:turn.example.org:5349",
                "stuns:stun.example.org",
                "https://example.org",
                "stun:",
                "stun:host:notaport",
                "nonsense",
            ]
        );
    }

    #[test]
    fn turn_without_credentials_is_unsupported() {
        let bare = IceServer {
            urls: vec!["turn:turn.example.org".to_owned()],
            ..IceServer::default()
        };
        assert_eq!(bare.unsupported(), ["turn:turn.example.org"]);
        assert!(Servers::new(&[bare], false).is_empty());
    }

    #[test]
    fn a_credential_is_not_shown() {
        let text = format!("{:?}", server(&["turn:t"]));
        assert!(!text.contains("\"c\""), "{text}");
    }
}
