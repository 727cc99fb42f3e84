//! An image of another site, fetched because the person asked for it, and only then.
//!
//! The site learns our address (or the proxy's), and nothing else: no cookies, no referrer, no name
//! of a program. It cannot lead us to what is near: each address is looked at, redirects too,
//! between looking its name up and connecting. What it gives is decoded within bounds and written
//! anew before anything shows it.

use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt, Empty};
use hyper::client::conn::http1;
use hyper::header::{ACCEPT, CONTENT_LENGTH, HOST, LOCATION};
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use signalling::{Denied, Proxy, Reason};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use url::{Host, Url};
use view::{FetchFault, RemoteImage};

use crate::picture::{self, MAX_IMAGE_BYTES};

/// How long all of it may take.
const WITHIN: Duration = Duration::from_secs(20);
/// How often a site may lead on to another address.
const MAX_REDIRECTS: usize = 4;
/// The longest address.
const MAX_URL_BYTES: usize = 2_048;
/// The longest head of an answer.
const MAX_HEAD_BYTES: usize = 16 * 1024;
/// The kinds that are read, most wanted first.
const WANTED: &str = "image/webp,image/png,image/jpeg,image/gif";

/// Fetches an image.
pub(crate) async fn image(url: &str, proxy: Option<&Proxy>) -> Result<RemoteImage, FetchFault> {
    let url = web_address(url)?;
    let file = timeout(WITHIN, follow(url, proxy))
        .await
        .map_err(|_| FetchFault::TooSlow)??;
    let shown = tokio::task::spawn_blocking(move || picture::rewritten(&file))
        .await
        .ok()
        .flatten()
        .ok_or(FetchFault::NotAnImage)?;
    Ok(RemoteImage {
        mime: shown.mime.to_owned(),
        data_url: format!(
            "data:{};base64,{}",
            shown.mime,
            BASE64_STANDARD.encode(&shown.bytes)
        ),
        width: shown.width,
        height: shown.height,
    })
}

fn web_address(text: &str) -> Result<Url, FetchFault> {
    if text.len() > MAX_URL_BYTES {
        return Err(FetchFault::BadAddress);
    }
    let mut url = Url::parse(text).map_err(|_| FetchFault::BadAddress)?;
    let is_web = url.scheme() == "https" && url.host().is_some();
    let has_login = !url.username().is_empty() || url.password().is_some();
    if !is_web || has_login {
        return Err(FetchFault::BadAddress);
    }
    url.set_fragment(None);
    Ok(url)
}

async fn follow(mut url: Url, proxy: Option<&Proxy>) -> Result<Bytes, FetchFault> {
    for _ in 0..=MAX_REDIRECTS {
        let host = url.host().ok_or(FetchFault::BadAddress)?;
        let stream = reach(&host, &url, proxy).await?;
        match ask(stream, &url).await? {
            Given::File(file) => return Ok(file),
            Given::Elsewhere(to) => {
                let next = url.join(&to).map_err(|_| FetchFault::BadAddress)?;
                url = web_address(next.as_str())?;
            }
        }
    }
    Err(FetchFault::TooManyRedirects)
}

async fn reach(
    host: &Host<&str>,
    url: &Url,
    proxy: Option<&Proxy>,
) -> Result<impl AsyncRead + AsyncWrite + Unpin + Send + 'static, FetchFault> {
    let port = url.port_or_known_default().ok_or(FetchFault::BadAddress)?;
    let stream =
        signalling::reach_public(host, port, proxy)
            .await
            .map_err(|denied| match denied {
                Denied::Private => FetchFault::PrivateAddress,
                Denied::Reason(Reason::Proxy | Reason::ProxyLogin) => FetchFault::Proxy,
                Denied::Reason(_) => FetchFault::Unreachable,
            })?;
    let name = match host {
        Host::Domain(name) => {
            ServerName::try_from((*name).to_owned()).map_err(|_| FetchFault::BadAddress)?
        }
        Host::Ipv4(address) => ServerName::IpAddress((*address).into()),
        Host::Ipv6(address) => ServerName::IpAddress((*address).into()),
    };
    TlsConnector::from(signalling::tls())
        .connect(name, stream)
        .await
        .map_err(|_| FetchFault::Tls)
}

/// What a site answered.
enum Given {
    File(Bytes),
    Elsewhere(String),
}

async fn ask(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    url: &Url,
) -> Result<Given, FetchFault> {
    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(MAX_HEAD_BYTES)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(|_| FetchFault::Unreachable)?;
    // It ends with the sender, at the end of this function.
    let driving = tokio::spawn(connection);
    let asked = sender.send_request(request(url)?).await;
    let given = match asked {
        Ok(response) => read(response).await,
        Err(_) => Err(FetchFault::Unreachable),
    };
    driving.abort();
    given
}

fn request(url: &Url) -> Result<Request<Empty<Bytes>>, FetchFault> {
    let host = &url[url::Position::BeforeHost..url::Position::AfterPort];
    let path = &url[url::Position::BeforePath..url::Position::AfterQuery];
    Request::builder()
        .method(Method::GET)
        .uri(path)
        .header(HOST, host)
        .header(ACCEPT, WANTED)
        .body(Empty::new())
        .map_err(|_| FetchFault::BadAddress)
}

async fn read(response: Response<hyper::body::Incoming>) -> Result<Given, FetchFault> {
    let status = response.status();
    if status.is_redirection() && status != StatusCode::NOT_MODIFIED {
        let to = response.headers().get(LOCATION);
        let to = to
            .and_then(|to| to.to_str().ok())
            .ok_or(FetchFault::Refused)?;
        return Ok(Given::Elsewhere(to.to_owned()));
    }
    if status != StatusCode::OK {
        return Err(FetchFault::Refused);
    }
    let told = response
        .headers()
        .get(CONTENT_LENGTH)
        .and_then(|told| told.to_str().ok()?.parse::<usize>().ok());
    if told.is_some_and(|told| told > MAX_IMAGE_BYTES) {
        return Err(FetchFault::TooLarge);
    }
    let mut body = response.into_body();
    let mut file = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| FetchFault::Unreachable)?;
        if let Some(bytes) = frame.data_ref() {
            // However long it said it would be.
            if file.len() + bytes.len() > MAX_IMAGE_BYTES {
                return Err(FetchFault::TooLarge);
            }
            file.extend_from_slice(bytes);
        }
    }
    Ok(Given::File(file.freeze()))
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;

    /// What a site's answer is taken for, and what it was asked.
    async fn answered(answer: Vec<u8>) -> (Result<Given, FetchFault>, String) {
        let (ours, mut theirs) = duplex(64 * 1024);
        let site = tokio::spawn(async move {
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                request.push(theirs.read_u8().await.expect("a request"));
            }
            // Whoever has read enough breaks off.
            let _ = theirs.write_all(&answer).await;
            String::from_utf8(request).expect("text")
        });
        let url = web_address("https://example.org:444/a%20b.png?c=d#e").expect("an address");
        let given = ask(ours, &url).await;
        (given, site.await.expect("it was asked"))
    }

    #[tokio::test]
    async fn a_site_is_asked_for_one_thing_and_told_nothing_else() {
        let file = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc".to_vec();
        let (given, request) = answered(file).await;
        assert!(matches!(given, Ok(Given::File(file)) if file == "abc"));
        let mut lines: Vec<String> = request.to_lowercase().lines().map(str::to_owned).collect();
        lines.sort();
        assert_eq!(
            lines,
            [
                "",
                "accept: image/webp,image/png,image/jpeg,image/gif",
                "get /a%20b.png?c=d http/1.1",
                "host: example.org:444",
            ]
        );
    }

    #[tokio::test]
    async fn a_site_that_leads_on_is_followed_only_to_encrypted_addresses() {
        let moved = b"HTTP/1.1 302 Found\r\nLocation: /other.png\r\n\r\n".to_vec();
        let (given, _) = answered(moved).await;
        assert!(matches!(given, Ok(Given::Elsewhere(to)) if to == "/other.png"));
        for elsewhere in ["http://example.org/", "file:///etc/passwd", "data:,x"] {
            assert_eq!(web_address(elsewhere), Err(FetchFault::BadAddress));
        }
    }

    #[tokio::test]
    async fn what_is_not_given_or_too_large_is_told() {
        let told = |head: &str| format!("HTTP/1.1 {head}\r\n\r\n").into_bytes();
        let fault = |given: Result<Given, FetchFault>| given.err();
        let (given, _) = answered(told("404 Not Found")).await;
        assert_eq!(fault(given), Some(FetchFault::Refused));
        let (given, _) = answered(told("302 Found")).await;
        assert_eq!(fault(given), Some(FetchFault::Refused));
        let length = format!("200 OK\r\nContent-Length: {}", MAX_IMAGE_BYTES + 1);
        let (given, _) = answered(told(&length)).await;
        assert_eq!(fault(given), Some(FetchFault::TooLarge));

        // One that says nothing of its length, and goes on.
        let mut endless = told("200 OK");
        endless.resize(MAX_IMAGE_BYTES + 64 * 1024, b'x');
        let (given, _) = answered(endless).await;
        assert_eq!(fault(given), Some(FetchFault::TooLarge));

        let mut long_head = b"HTTP/1.1 200 OK\r\n".to_vec();
        long_head.resize(4 * MAX_HEAD_BYTES, b'x');
        let (given, _) = answered(long_head).await;
        assert_eq!(fault(given), Some(FetchFault::Unreachable));
        let (given, _) = answered(b"SSH-2.0-x\r\n\r\n".to_vec()).await;
        assert_eq!(fault(given), Some(FetchFault::Unreachable));
    }
}
