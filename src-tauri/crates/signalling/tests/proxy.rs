//! Trackers behind a proxy, on loopback.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use signalling::{Heard, Proxy, Reason, Tested, Trackers};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_tungstenite::accept_async;
use tokio_tungstenite::tungstenite::Message;

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(40);

/// A tracker nobody can look up; only the proxy knows where it is.
const FAR: &str = "ws://tracker.test:7000";

#[tokio::test]
async fn a_far_tracker_is_reached_through_a_socks_proxy_that_looks_its_name_up() {
    let tracker = tracker().await;
    let proxy = SocksProxy::start(tracker, None).await;
    let url = format!("socks5://{}", proxy.address);
    let mut client = Client::through(&url);

    client.trackers.open(FAR, false);

    client.until_opened().await;
    assert_eq!(proxy.asked(), ["tracker.test:7000"]);
}

#[tokio::test]
async fn a_socks_proxy_with_a_login_is_logged_into_and_a_wrong_one_is_told() {
    let tracker = tracker().await;
    let proxy = SocksProxy::start(tracker, Some(("me", "pass word"))).await;

    let mut client = Client::through(&format!("socks5://me:pass%20word@{}", proxy.address));
    client.trackers.open(FAR, false);
    client.until_opened().await;

    for wrong in ["me:other@", ""] {
        let mut client = Client::through(&format!("socks5://{wrong}{}", proxy.address));
        client.trackers.open(FAR, false);
        assert_eq!(client.until_closed().await, Reason::ProxyLogin);
    }
}

#[tokio::test]
async fn a_far_tracker_is_reached_through_an_http_proxy_with_and_without_a_login() {
    let tracker = tracker().await;
    for (login, header) in [
        ("", None),
        (
            "me:secret@",
            Some("Proxy-Authorization: Basic bWU6c2VjcmV0"),
        ),
    ] {
        let (address, requests) = http_proxy(tracker, "HTTP/1.1 200 Fine\r\nX: y\r\n\r\n").await;
        let mut client = Client::through(&format!("http://{login}{address}"));
        client.trackers.open(FAR, false);
        client.until_opened().await;
        let request = requests.lock().expect("whole").join("");
        assert!(request.starts_with("CONNECT tracker.test:7000 HTTP/1.1\r\n"));
        assert_eq!(request.lines().find(|it| it.starts_with("Proxy-")), header);
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_proxy_is_told() {
    let tracker = tracker().await;
    for (answer, why) in [
        ("HTTP/1.1 407 Who are you\r\n\r\n", Reason::ProxyLogin),
        ("HTTP/1.1 502 Not there\r\n\r\n", Reason::Unreachable),
        ("SSH-2.0-something\r\n\r\n", Reason::Proxy),
        ("", Reason::Proxy),
    ] {
        let (address, _) = http_proxy(tracker, answer).await;
        let mut client = Client::through(&format!("http://{address}"));
        client.trackers.open(FAR, false);
        assert_eq!(client.until_closed().await, why, "{answer}");
    }
    let gone = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = gone.local_addr().expect("bound");
    drop(gone);
    let mut client = Client::through(&format!("socks5://{address}"));
    client.trackers.open(FAR, false);
    assert_eq!(client.until_closed().await, Reason::Proxy);
}

#[tokio::test]
async fn what_is_near_is_never_asked_of_a_proxy() {
    let tracker = tracker().await;
    let proxy = SocksProxy::start(tracker, None).await;
    for local in [true, false] {
        let mut client = Client::through(&format!("socks5://{}", proxy.address));
        client.trackers.open(&format!("ws://{tracker}"), local);
        client.until_opened().await;
    }
    assert!(proxy.asked().is_empty());
}

#[tokio::test]
async fn a_proxy_that_answers_without_end_is_given_up() {
    let tracker = tracker().await;
    let endless = "HTTP/1.1 200 Fine\r\n".to_owned() + &"X: y\r\n".repeat(4_000);
    let (address, _) = http_proxy(tracker, &endless).await;
    let mut client = Client::through(&format!("http://{address}"));
    client.trackers.open(FAR, false);
    assert_eq!(client.until_closed().await, Reason::Proxy);
}

#[tokio::test]
async fn a_test_of_a_tracker_tells_what_came_of_it() {
    let works = tracker().await;
    let tested = signalling::test(&format!("ws://{works}"), None).await;
    assert!(matches!(tested, Tested::Works { .. }), "{tested:?}");

    let refuses = answering(|_| r#"{"failure reason":"not you"}"#.to_owned()).await;
    let tested = signalling::test(&format!("ws://{refuses}"), None).await;
    let Tested::Rejected { message, .. } = tested else {
        panic!("{tested:?}");
    };
    assert_eq!(message, "not you");

    let gone = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = gone.local_addr().expect("bound");
    drop(gone);
    let tested = signalling::test(&format!("ws://{address}"), None).await;
    assert_eq!(tested, Tested::Failed(Reason::Refused));
    assert_eq!(
        signalling::test("https://x.example", None).await,
        Tested::BadAddress
    );
}

/// A tracker that takes every announce.
async fn tracker() -> SocketAddr {
    answering(|announce| {
        let at = announce.find(r#""info_hash":""#).expect("an announce") + 13;
        let info_hash = &announce[at..at + 20];
        format!(
            r#"{{"action":"announce","info_hash":"{info_hash}","interval":60,"complete":0,"incomplete":1}}"#
        )
    })
    .await
}

async fn answering(answer: fn(&str) -> String) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("bound");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let Ok(mut socket) = accept_async(stream).await else {
                    return;
                };
                while let Some(Ok(message)) = socket.next().await {
                    if let Message::Text(text) = message
                        && socket.send(Message::text(answer(&text))).await.is_err()
                    {
                        return;
                    }
                }
            });
        }
    });
    address
}

/// A proxy that leads everybody to one place, and remembers what they asked for.
struct SocksProxy {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

impl SocksProxy {
    async fn start(to: SocketAddr, login: Option<(&'static str, &'static str)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("bound");
        let asked = Arc::<Mutex<Vec<String>>>::default();
        let remembered = Arc::clone(&asked);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let asked = Arc::clone(&remembered);
                // A client that is refused breaks off.
                tokio::spawn(async move { drop(socks(stream, to, login, &asked).await) });
            }
        });
        Self { address, asked }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("whole").clone()
    }
}

async fn socks(
    mut stream: TcpStream,
    to: SocketAddr,
    login: Option<(&str, &str)>,
    asked: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    assert_eq!(stream.read_u8().await?, 5);
    let count = stream.read_u8().await?;
    let mut methods = vec![0; usize::from(count)];
    stream.read_exact(&mut methods).await?;
    let wanted = if login.is_some() { 2 } else { 0 };
    if !methods.contains(&wanted) {
        return stream.write_all(&[5, 0xff]).await;
    }
    stream.write_all(&[5, wanted]).await?;
    if let Some((user, password)) = login {
        assert_eq!(stream.read_u8().await?, 1);
        let given = (text(&mut stream).await?, text(&mut stream).await?);
        let is_right = (given.0.as_str(), given.1.as_str()) == (user, password);
        stream.write_all(&[1, u8::from(!is_right)]).await?;
        if !is_right {
            return Ok(());
        }
    }
    let mut head = [0; 4];
    stream.read_exact(&mut head).await?;
    assert_eq!(head, [5, 1, 0, 3], "a connection to a name");
    let name = text(&mut stream).await?;
    let port = stream.read_u16().await?;
    asked.lock().expect("whole").push(format!("{name}:{port}"));
    let mut further = TcpStream::connect(to).await?;
    stream.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await?;
    copy_bidirectional(&mut stream, &mut further)
        .await
        .map(drop)
}

async fn text(stream: &mut TcpStream) -> std::io::Result<String> {
    let length = stream.read_u8().await?;
    let mut bytes = vec![0; usize::from(length)];
    stream.read_exact(&mut bytes).await?;
    Ok(String::from_utf8(bytes).expect("text"))
}

async fn http_proxy(to: SocketAddr, answer: &str) -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("bound");
    let requests = Arc::<Mutex<Vec<String>>>::default();
    let (remembered, answer) = (Arc::clone(&requests), answer.to_owned());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                match stream.read_u8().await {
                    Ok(byte) => request.push(byte),
                    Err(_) => break,
                }
            }
            let request = String::from_utf8(request).expect("text");
            remembered.lock().expect("whole").push(request);
            // A client that has read enough breaks off.
            if stream.write_all(answer.as_bytes()).await.is_ok() && answer.contains(" 200 ") {
                let mut further = TcpStream::connect(to).await.expect("the tracker");
                tokio::spawn(async move {
                    drop(copy_bidirectional(&mut stream, &mut further).await);
                });
            }
        }
    });
    (address, requests)
}

struct Client {
    trackers: Trackers,
    heard: mpsc::Receiver<Heard>,
}

impl Client {
    fn through(proxy: &str) -> Self {
        let (tell, heard) = mpsc::channel(64);
        let trackers = Trackers::new(tell);
        trackers.set_proxy(Some(Proxy::parse(proxy).expect("a proxy")));
        Self { trackers, heard }
    }

    async fn hear(&mut self) -> Heard {
        timeout(PATIENCE, self.heard.recv())
            .await
            .expect("it is heard in time")
            .expect("somebody tells")
    }

    async fn until_opened(&mut self) {
        loop {
            match self.hear().await {
                Heard::Opened { .. } => return,
                Heard::Connecting { .. } => {}
                other => panic!("{other:?}"),
            }
        }
    }

    async fn until_closed(&mut self) -> Reason {
        loop {
            match self.hear().await {
                Heard::Closed { reason, .. } => return reason,
                Heard::Connecting { .. } => {}
                other => panic!("{other:?}"),
            }
        }
    }
}
