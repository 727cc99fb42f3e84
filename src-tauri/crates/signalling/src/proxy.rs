//! The way to a tracker through a proxy: SOCKS5 (RFC 1928, 1929) or HTTP's CONNECT.
//!
//! The proxy looks the name up, so that nobody near us learns which tracker is meant. What is on
//! this machine or network is never asked of a proxy; that is decided by whoever dials.

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use url::{Host, Url};

/// The longest answer of an HTTP proxy that is read.
const MAX_ANSWER_BYTES: usize = 8 * 1024;

/// The longest user name or password, as SOCKS5 counts them.
const MAX_LOGIN_BYTES: usize = 255;

/// The longest address of a proxy.
const MAX_PROXY_BYTES: usize = 1024;

/// The port of a SOCKS proxy that names none.
const SOCKS_PORT: u16 = 1080;

/// A proxy that connects us to others.
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy {
    kind: Kind,
    host: Host<String>,
    port: u16,
    login: Option<Login>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Socks5,
    Http,
}

#[derive(Clone, PartialEq, Eq)]
struct Login {
    user: String,
    password: String,
}

/// Why an address cannot be a proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProxyError {
    /// It is not an address, or names no host.
    #[error("this is not an address")]
    Malformed,
    /// It begins with neither `socks5://` nor `http://`.
    #[error("a proxy's address begins with socks5:// or http://")]
    Scheme,
    /// It, its user name or its password is too long.
    #[error("the address is too long")]
    TooLong,
}

/// Why a proxy did not connect us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ProxyRefusal {
    /// It broke off, or speaks something else.
    #[error("what answers there is no such proxy")]
    NotAProxy,
    /// It wants a login, or another one.
    #[error("it does not accept the login")]
    Login,
    /// It could not, or would not, reach the other.
    #[error("it cannot reach the other")]
    Target,
}

impl fmt::Debug for Proxy {
    /// Leaves out the login.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxy")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

impl Proxy {
    /// Reads `socks5://host:port` or `http://host:port`, either with `user:password@`.
    ///
    /// # Errors
    /// [`ProxyError`] says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, ProxyError> {
        let text = text.trim();
        if text.len() > MAX_PROXY_BYTES {
            return Err(ProxyError::TooLong);
        }
        let url = Url::parse(text).map_err(|_| ProxyError::Malformed)?;
        let (kind, usual) = match url.scheme() {
            "socks5" | "socks5h" => (Kind::Socks5, SOCKS_PORT),
            "http" => (Kind::Http, 80),
            _ => return Err(ProxyError::Scheme),
        };
        let host = match url.host().ok_or(ProxyError::Malformed)? {
            // In schemes the standard does not know, addresses stay text.
            Host::Domain(name) => match name.parse::<Ipv4Addr>() {
                Ok(address) => Host::Ipv4(address),
                Err(_) if name.is_empty() => return Err(ProxyError::Malformed),
                Err(_) => Host::Domain(name.to_owned()),
            },
            Host::Ipv4(address) => Host::Ipv4(address),
            Host::Ipv6(address) => Host::Ipv6(address),
        };
        if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
            return Err(ProxyError::Malformed);
        }
        let login = if url.username().is_empty() && url.password().is_none() {
            None
        } else {
            let login = Login {
                user: unescaped(url.username())?,
                password: unescaped(url.password().unwrap_or_default())?,
            };
            if login.user.len() > MAX_LOGIN_BYTES || login.password.len() > MAX_LOGIN_BYTES {
                return Err(ProxyError::TooLong);
            }
            Some(login)
        };
        Ok(Self {
            kind,
            host,
            port: url.port().unwrap_or(usual),
            login,
        })
    }

    /// Where the proxy is.
    pub(crate) fn host(&self) -> &Host<String> {
        &self.host
    }

    /// At which port.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Asks the proxy at the other end of `stream` to connect us; from then on `stream` is ours.
    pub(crate) async fn greet(
        &self,
        stream: &mut TcpStream,
        host: &Host<&str>,
        port: u16,
    ) -> Result<(), ProxyRefusal> {
        match self.kind {
            Kind::Socks5 => self.socks(stream, host, port).await,
            Kind::Http => self.tunnel(stream, host, port).await,
        }
    }

    async fn socks(
        &self,
        stream: &mut TcpStream,
        host: &Host<&str>,
        port: u16,
    ) -> Result<(), ProxyRefusal> {
        let methods: &[u8] = match self.login {
            Some(_) => &[5, 2, 0, 2],
            None => &[5, 1, 0],
        };
        write(stream, methods).await?;
        match read::<2>(stream).await? {
            [5, 0] => {}
            [5, 2] => self.log_in(stream).await?,
            [5, 0xff] => return Err(ProxyRefusal::Login),
            _ => return Err(ProxyRefusal::NotAProxy),
        }
        let mut request = vec![5, 1, 0];
        match host {
            Host::Ipv4(address) => {
                request.push(1);
                request.extend(address.octets());
            }
            Host::Ipv6(address) => {
                request.push(4);
                request.extend(address.octets());
            }
            Host::Domain(name) => {
                let length = u8::try_from(name.len()).map_err(|_| ProxyRefusal::Target)?;
                request.extend([3, length]);
                request.extend(name.as_bytes());
            }
        }
        request.extend(port.to_be_bytes());
        write(stream, &request).await?;
        let [version, status, _, kind] = read::<4>(stream).await?;
        if version != 5 {
            return Err(ProxyRefusal::NotAProxy);
        }
        if status != 0 {
            return Err(ProxyRefusal::Target);
        }
        // The address it connected from is of no use, but stands between us and the other.
        match kind {
            1 => drop(read::<{ 4 + 2 }>(stream).await?),
            4 => drop(read::<{ 16 + 2 }>(stream).await?),
            3 => {
                let [length] = read::<1>(stream).await?;
                let mut rest = vec![0; usize::from(length) + 2];
                stream.read_exact(&mut rest).await.map_err(broken)?;
            }
            _ => return Err(ProxyRefusal::NotAProxy),
        }
        Ok(())
    }

    async fn log_in(&self, stream: &mut TcpStream) -> Result<(), ProxyRefusal> {
        let login = self.login.as_ref().ok_or(ProxyRefusal::NotAProxy)?;
        let mut request = vec![1];
        for part in [&login.user, &login.password] {
            request.push(u8::try_from(part.len()).map_err(|_| ProxyRefusal::Login)?);
            request.extend(part.as_bytes());
        }
        write(stream, &request).await?;
        match read::<2>(stream).await? {
            [_, 0] => Ok(()),
            _ => Err(ProxyRefusal::Login),
        }
    }

    async fn tunnel(
        &self,
        stream: &mut TcpStream,
        host: &Host<&str>,
        port: u16,
    ) -> Result<(), ProxyRefusal> {
        let mut request = format!("CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n");
        if let Some(login) = &self.login {
            let login = BASE64_STANDARD.encode(format!("{}:{}", login.user, login.password));
            request.push_str(&format!("Proxy-Authorization: Basic {login}\r\n"));
        }
        request.push_str("\r\n");
        write(stream, request.as_bytes()).await?;
        // One byte at a time: what follows the answer is not ours to take here.
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n") {
            if answer.len() >= MAX_ANSWER_BYTES {
                return Err(ProxyRefusal::NotAProxy);
            }
            answer.extend(read::<1>(stream).await?);
        }
        let head = String::from_utf8_lossy(&answer);
        let mut words = head.split_ascii_whitespace();
        let is_http = words.next().is_some_and(|it| it.starts_with("HTTP/1."));
        match words.next().and_then(|it| it.parse::<u16>().ok()) {
            Some(200..=299) if is_http => Ok(()),
            Some(401 | 407) if is_http => Err(ProxyRefusal::Login),
            Some(_) if is_http => Err(ProxyRefusal::Target),
            _ => Err(ProxyRefusal::NotAProxy),
        }
    }
}

async fn write(stream: &mut TcpStream, bytes: &[u8]) -> Result<(), ProxyRefusal> {
    stream.write_all(bytes).await.map_err(broken)
}

async fn read<const N: usize>(stream: &mut TcpStream) -> Result<[u8; N], ProxyRefusal> {
    let mut bytes = [0; N];
    stream.read_exact(&mut bytes).await.map_err(broken)?;
    Ok(bytes)
}

fn broken(_: io::Error) -> ProxyRefusal {
    ProxyRefusal::NotAProxy
}

/// A part of an address as it was before it was percent-encoded.
fn unescaped(text: &str) -> Result<String, ProxyError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || char::from(rest.next()?).to_digit(16);
        let (Some(high), Some(low)) = (digit(), digit()) else {
            return Err(ProxyError::Malformed);
        };
        bytes.push(u8::try_from(high * 16 + low).map_err(|_| ProxyError::Malformed)?);
    }
    String::from_utf8(bytes).map_err(|_| ProxyError::Malformed)
}

/// Whether a host is this machine or of a network around it, as far as its name tells; such a one
/// is never asked of a proxy.
pub(crate) fn is_near(host: &Host<&str>) -> bool {
    match host {
        Host::Ipv4(ip) => ip.is_loopback() || ip.is_private() || ip.is_link_local(),
        Host::Ipv6(ip) => is_near_v6(ip),
        Host::Domain(name) => {
            let name = name.trim_end_matches('.').to_ascii_lowercase();
            name == "localhost" || name.ends_with(".localhost") || name.ends_with(".local")
        }
    }
}

fn is_near_v6(ip: &Ipv6Addr) -> bool {
    ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proxies_people_use_are_accepted() {
        for (text, host, port) in [
            ("socks5://127.0.0.1:9050", "127.0.0.1", 9050),
            ("socks5h://localhost", "localhost", 1080),
            ("socks5://[::1]:1", "[::1]", 1),
            ("http://proxy.example:3128/", "proxy.example", 3128),
            ("http://me:a%3Ab@proxy.example", "proxy.example", 80),
        ] {
            let proxy = Proxy::parse(text).expect(text);
            assert_eq!(
                (proxy.host().to_string().as_str(), proxy.port()),
                (host, port)
            );
        }
        let login = Proxy::parse("socks5://me:a%3Ab@h:1")
            .expect("a proxy")
            .login
            .expect("a login");
        assert_eq!(
            (login.user.as_str(), login.password.as_str()),
            ("me", "a:b")
        );
    }

    #[test]
    fn anything_else_is_refused_with_its_reason() {
        let long = format!("http://{}:b@h", "u".repeat(MAX_LOGIN_BYTES + 1));
        for (text, why) in [
            ("", ProxyError::Malformed),
            ("proxy.example", ProxyError::Malformed),
            ("socks5://", ProxyError::Malformed),
            ("socks5://h:1/path", ProxyError::Malformed),
            ("http://h:1/?x", ProxyError::Malformed),
            ("https://h:1", ProxyError::Scheme),
            ("socks4://h:1", ProxyError::Scheme),
            (long.as_str(), ProxyError::TooLong),
        ] {
            assert_eq!(Proxy::parse(text).err(), Some(why), "{text}");
        }
    }

    #[test]
    fn the_login_of_a_proxy_is_not_shown() {
        let proxy = Proxy::parse("http://me:secret@h:1").expect("a proxy");
        assert!(!format!("{proxy:?}").contains("secret"));
    }
}
