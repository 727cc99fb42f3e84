//! From an address to an open WebSocket.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use rustls::{ClientConfig, RootCertStore};
use tokio::net::{TcpStream, lookup_host};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{Connector, MaybeTlsStream, WebSocketStream, client_async_tls_with_config};
use url::{Host, Url};

use crate::Reason;
use crate::proxy::{Proxy, ProxyRefusal, is_near};

/// An open WebSocket to a tracker.
pub(crate) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// How long each of the two steps, reaching the tracker and greeting it, may take.
pub(crate) const CONNECT: Duration = Duration::from_secs(10);

/// How long one address may keep silent before the next is tried beside it: a machine with broken
/// IPv6 must not wait for it.
const HEAD_START: Duration = Duration::from_millis(250);

/// How many addresses of one name are tried.
const MAX_ADDRESSES: usize = 8;

/// The longest message a tracker may send; it carries one offer or answer.
pub(crate) const MAX_MESSAGE_BYTES: usize = 128 * 1024;

/// Where the reading buffer starts; it grows for a message.
const READ_BUFFER: usize = 8 * 1024;

/// What may wait in the socket while it is written; one message of ours is far below.
const WRITE_BUFFER: usize = 1024 * 1024;

/// Whom to trust and how to encrypt. The cryptography is named here, so that it does not depend
/// on what another crate made the default of the process.
#[must_use]
pub fn tls() -> Arc<ClientConfig> {
    let roots: RootCertStore = webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect();
    Arc::new(tls_trusting(roots))
}

/// The same with other authorities.
pub(crate) fn tls_trusting(roots: RootCertStore) -> ClientConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let versions =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    match versions {
        Ok(builder) => builder.with_root_certificates(roots).with_no_client_auth(),
        Err(_) => unreachable!("ring supports the protocol versions rustls calls safe"),
    }
}

/// Opens a WebSocket, or says why not.
pub(crate) async fn dial(
    url: &Url,
    tls: Arc<ClientConfig>,
    proxy: Option<&Proxy>,
) -> Result<Socket, Reason> {
    let host = url.host().ok_or(Reason::Unreachable)?;
    let port = url.port_or_known_default().ok_or(Reason::Unreachable)?;
    let stream = match proxy.filter(|_| !is_near(&host)) {
        Some(proxy) => through(proxy, &host, port).await?,
        None => timeout(CONNECT, reach(&host, port))
            .await
            .map_err(|_| Reason::Unreachable)??,
    };
    // Signalling is small messages that somebody waits for.
    let _ = stream.set_nodelay(true);

    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(0)
        .max_write_buffer_size(WRITE_BUFFER)
        .max_message_size(Some(MAX_MESSAGE_BYTES))
        .max_frame_size(Some(MAX_MESSAGE_BYTES));
    let connector = Some(Connector::Rustls(tls));
    let greeting = client_async_tls_with_config(url.as_str(), stream, Some(config), connector);
    match timeout(CONNECT, greeting).await {
        Ok(Ok((socket, _))) => Ok(socket),
        Ok(Err(error)) => Err(Reason::of_handshake(&error)),
        Err(_) => Err(Reason::Silent),
    }
}

/// Reaches a site of the open internet. One that is on this machine, or in a network around it, is
/// not reached: the addresses are looked at between looking the name up and connecting to them.
/// A proxy looks names up itself, so that there only what the name says can be looked at.
///
/// # Errors
/// [`Denied`] says why not.
pub async fn reach_public(
    host: &Host<&str>,
    port: u16,
    proxy: Option<&Proxy>,
) -> Result<TcpStream, Denied> {
    if is_near(host) || literal(host).is_some_and(|ip| !is_public(ip)) {
        return Err(Denied::Private);
    }
    if let Some(proxy) = proxy {
        return through(proxy, host, port).await.map_err(Denied::Reason);
    }
    let addresses = timeout(CONNECT, look_up(host, port))
        .await
        .map_err(|_| Denied::Reason(Reason::Unreachable))?
        .map_err(Denied::Reason)?;
    let public: Vec<SocketAddr> = addresses
        .iter()
        .copied()
        .filter(|it| is_public(it.ip()))
        .collect();
    if public.is_empty() && !addresses.is_empty() {
        return Err(Denied::Private);
    }
    timeout(CONNECT, race(alternating(public)))
        .await
        .map_err(|_| Denied::Reason(Reason::Unreachable))?
        .map_err(Denied::Reason)
}

/// Why a site was not reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// It is on this machine, or in a network around it.
    #[error("an address of a private network")]
    Private,
    /// It could not be reached.
    #[error(transparent)]
    Reason(Reason),
}

/// Has a proxy connect us.
async fn through(proxy: &Proxy, host: &Host<&str>, port: u16) -> Result<TcpStream, Reason> {
    let reached = timeout(CONNECT, reach(&borrowed(proxy.host()), proxy.port())).await;
    let Ok(Ok(mut stream)) = reached else {
        return Err(Reason::Proxy);
    };
    let _ = stream.set_nodelay(true);
    match timeout(CONNECT, proxy.greet(&mut stream, host, port)).await {
        Ok(Ok(())) => Ok(stream),
        Ok(Err(ProxyRefusal::NotAProxy)) => Err(Reason::Proxy),
        Ok(Err(ProxyRefusal::Login)) => Err(Reason::ProxyLogin),
        Ok(Err(ProxyRefusal::Target)) | Err(_) => Err(Reason::Unreachable),
    }
}

fn borrowed(host: &Host<String>) -> Host<&str> {
    match host {
        Host::Domain(name) => Host::Domain(name.as_str()),
        Host::Ipv4(address) => Host::Ipv4(*address),
        Host::Ipv6(address) => Host::Ipv6(*address),
    }
}

fn literal(host: &Host<&str>) -> Option<IpAddr> {
    match host {
        Host::Ipv4(address) => Some((*address).into()),
        Host::Ipv6(address) => Some((*address).into()),
        Host::Domain(_) => None,
    }
}

async fn reach(host: &Host<&str>, port: u16) -> Result<TcpStream, Reason> {
    race(alternating(look_up(host, port).await?)).await
}

async fn look_up(host: &Host<&str>, port: u16) -> Result<Vec<SocketAddr>, Reason> {
    match host {
        Host::Ipv4(address) => Ok(vec![(*address, port).into()]),
        Host::Ipv6(address) => Ok(vec![(*address, port).into()]),
        Host::Domain(name) => {
            let found = lookup_host((*name, port))
                .await
                .map_err(|_| Reason::Unreachable)?;
            Ok(found.take(MAX_ADDRESSES).collect())
        }
    }
}

/// Whether an address is one of the open internet. What is doubtful is not.
fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => {
            let [first, second, third, _] = ip.octets();
            let shared = first == 100 && (64..128).contains(&second);
            let protocols = first == 192 && second == 0 && third == 0;
            let benchmarks = first == 198 && (18..20).contains(&second);
            !(ip.is_private()
                || ip.is_loopback()
                || ip.is_link_local()
                || ip.is_broadcast()
                || ip.is_documentation()
                || ip.is_multicast()
                || first == 0
                || first >= 240
                || shared
                || protocols
                || benchmarks)
        }
        IpAddr::V6(ip) => {
            // Forms that carry an IPv4 address lead where that leads.
            if let Some(v4) = ip.to_ipv4_mapped() {
                return is_public(v4.into());
            }
            let first = ip.segments()[0];
            let second = ip.segments()[1];
            // Only what is given out (2000::/3), without documentation, benchmarks, Teredo and 6to4.
            (0x2000..0x4000).contains(&first)
                && !(first == 0x2001 && (second < 0x0200 || second == 0x0db8))
                && first != 0x2002
                && !(first == 0x3fff && second < 0x1000)
        }
    }
}

/// Connects to whichever address answers first, giving each a head start over the next.
async fn race(addresses: Vec<SocketAddr>) -> Result<TcpStream, Reason> {
    let mut left = addresses.into_iter();
    let mut attempts: JoinSet<io::Result<TcpStream>> = JoinSet::new();
    let mut why = Reason::Unreachable;
    loop {
        let next = left.next();
        let more = next.is_some();
        if let Some(address) = next {
            attempts.spawn(TcpStream::connect(address));
        }
        tokio::select! {
            ended = attempts.join_next() => match ended {
                Some(Ok(Ok(stream))) => return Ok(stream),
                Some(Ok(Err(error))) => why = Reason::of_connect(&error),
                Some(Err(_)) => {}
                None if more => {}
                None => return Err(why),
            },
            () = sleep(HEAD_START), if more => {}
        }
    }
}

/// Takes turns between the families, beginning with the one the system put first.
fn alternating(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let first_is_v6 = addresses.first().is_some_and(SocketAddr::is_ipv6);
    let (first, second): (Vec<_>, Vec<_>) = addresses
        .into_iter()
        .partition(|address| address.is_ipv6() == first_is_v6);
    let (mut first, mut second) = (first.into_iter(), second.into_iter());
    let mut mixed = Vec::new();
    loop {
        match (first.next(), second.next()) {
            (None, None) => return mixed,
            (one, other) => mixed.extend(one.into_iter().chain(other)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustls::pki_types::PrivatePkcs8KeyDer;

    #[test]
    fn address_families_take_turns() {
        let all = ["[::1]:1", "[::2]:1", "[::3]:1", "10.0.0.1:1"];
        let mixed = alternating(all.map(|it| it.parse().expect("an address")).to_vec());
        let mixed: Vec<String> = mixed.iter().map(SocketAddr::to_string).collect();
        assert_eq!(mixed, ["[::1]:1", "10.0.0.1:1", "[::2]:1", "[::3]:1"]);
    }

    #[test]
    fn only_the_open_internet_is_public() {
        for public in ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "2a00:1450::1"] {
            assert!(is_public(public.parse().expect("an address")), "{public}");
        }
        for private in [
            "0.0.0.0",
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "192.0.0.8",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::7f00:1",
            "fe80::1",
            "fd00::1",
            "ff02::1",
            "64:ff9b::7f00:1",
            "2001:db8::1",
            "2002:7f00:1::",
        ] {
            assert!(
                !is_public(private.parse().expect("an address")),
                "{private}"
            );
        }
    }

    #[tokio::test]
    async fn what_is_near_is_not_reached_for_the_public() {
        for near in [
            "127.0.0.1",
            "localhost",
            "x.localhost",
            "printer.local",
            "[::1]",
            "10.0.0.1",
        ] {
            let host = Host::parse(near).expect("a host");
            let denied = reach_public(&borrowed(&host), 9, None).await;
            assert_eq!(denied.err(), Some(Denied::Private), "{near}");
        }
    }

    #[tokio::test]
    async fn an_address_that_answers_is_found_behind_one_that_does_not() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port");
        let open = listener.local_addr().expect("an address");
        let gone = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port");
        let closed = gone.local_addr().expect("an address");
        drop(gone);

        let stream = race(vec![closed, open]).await.expect("one answers");
        assert_eq!(stream.peer_addr().expect("connected"), open);
        assert_eq!(race(vec![closed]).await.err(), Some(Reason::Refused));
        assert_eq!(race(Vec::new()).await.err(), Some(Reason::Unreachable));
    }

    #[tokio::test]
    async fn a_certificate_is_accepted_only_from_an_authority_we_trust() {
        let certified = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]);
        let rcgen::CertifiedKey { cert, signing_key } = certified.expect("a certificate");
        let key = PrivatePkcs8KeyDer::from(signing_key.serialize_der());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![cert.der().clone()], key.into())
            .expect("a matching key");
        let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let serving = tokio::spawn(async move {
            let mut open = Vec::new();
            while let Ok((stream, _)) = listener.accept().await {
                if let Ok(stream) = acceptor.accept(stream).await {
                    open.push(tokio_tungstenite::accept_async(stream).await);
                }
            }
        });

        let by_name = Url::parse(&format!("wss://localhost:{port}")).expect("a URL");
        let by_address = Url::parse(&format!("wss://127.0.0.1:{port}")).expect("a URL");
        let plain = Url::parse(&format!("ws://127.0.0.1:{port}")).expect("a URL");
        let mut roots = RootCertStore::empty();
        roots.add(cert.der().clone()).expect("an authority");
        let trusting = Arc::new(tls_trusting(roots));

        assert!(dial(&by_name, Arc::clone(&trusting), None).await.is_ok());
        assert_eq!(dial(&by_name, tls(), None).await.err(), Some(Reason::Tls));
        let wrong_name = dial(&by_address, trusting, None).await;
        assert_eq!(wrong_name.err(), Some(Reason::Tls));
        assert!(dial(&plain, tls(), None).await.is_err());
        serving.abort();
    }

    #[tokio::test]
    async fn a_tracker_without_tls_is_no_secure_tracker() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let serving = tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let reply = b"HTTP/1.1 400 Bad Request\r\n\r\n";
                let _ = tokio::io::AsyncWriteExt::write_all(&mut stream, reply).await;
            }
        });
        let url = Url::parse(&format!("wss://127.0.0.1:{port}")).expect("a URL");
        assert_eq!(dial(&url, tls(), None).await.err(), Some(Reason::Tls));
        serving.abort();
    }
}
