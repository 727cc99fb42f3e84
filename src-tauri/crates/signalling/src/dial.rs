//! From an address to an open WebSocket.

use std::io;
use std::net::SocketAddr;
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
pub(crate) fn tls() -> Arc<ClientConfig> {
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
pub(crate) async fn dial(url: &Url, tls: Arc<ClientConfig>) -> Result<Socket, Reason> {
    let stream = timeout(CONNECT, reach(url))
        .await
        .map_err(|_| Reason::Unreachable)??;
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

async fn reach(url: &Url) -> Result<TcpStream, Reason> {
    let port = url.port_or_known_default().ok_or(Reason::Unreachable)?;
    let addresses: Vec<SocketAddr> = match url.host() {
        Some(Host::Ipv4(address)) => vec![(address, port).into()],
        Some(Host::Ipv6(address)) => vec![(address, port).into()],
        Some(Host::Domain(name)) => lookup_host((name, port))
            .await
            .map_err(|_| Reason::Unreachable)?
            .take(MAX_ADDRESSES)
            .collect(),
        None => Vec::new(),
    };
    race(alternating(addresses)).await
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

        assert!(dial(&by_name, Arc::clone(&trusting)).await.is_ok());
        assert_eq!(dial(&by_name, tls()).await.err(), Some(Reason::Tls));
        let wrong_name = dial(&by_address, trusting).await;
        assert_eq!(wrong_name.err(), Some(Reason::Tls));
        assert!(dial(&plain, tls()).await.is_err());
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
        assert_eq!(dial(&url, tls()).await.err(), Some(Reason::Tls));
        serving.abort();
    }
}
