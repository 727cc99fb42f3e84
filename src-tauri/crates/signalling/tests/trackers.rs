//! One socket for each tracker, whatever the tracker does.

use std::future::pending;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use signalling::{Heard, MAX_TRACKERS, MAX_URL_BYTES, Reason, Trackers, UrlError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};
use tokio_tungstenite::tungstenite::{Bytes, Message};
use tokio_tungstenite::{WebSocketStream, accept_async};

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(40);

const REPLY: &str = r#"{"action":"announce","info_hash":"aaaaaaaaaaaaaaaaaaaa","interval":7}"#;

#[tokio::test]
async fn a_tracker_is_opened_and_talked_with() {
    let server = Server::start().await;
    let mut client = Client::new();
    client.trackers.open(&server.url, false);

    assert!(matches!(client.hear().await, Heard::Connecting { url } if url == server.url));
    let mut socket = server.accept().await;
    assert!(matches!(client.hear().await, Heard::Opened { url } if url == server.url));

    assert!(client.trackers.send(&server.url, "hello".to_owned()));
    assert_eq!(text(&mut socket).await, "hello");
    socket.send(Message::text(REPLY)).await.expect("open");
    let Heard::Said { url, message } = client.hear().await else {
        panic!("it said something");
    };
    assert_eq!(url, server.url);
    assert_eq!(message.interval, Some(Duration::from_secs(7)));
}

#[tokio::test]
async fn what_a_tracker_says_is_read_as_its_listener_reads() {
    let server = Server::start().await;
    let (sender, mut heard) = mpsc::channel(64);
    let trackers = Trackers::reading(sender, |text| text.strip_prefix("say ").map(str::len));
    trackers.open(&server.url, false);
    let mut socket = server.accept().await;
    for text in ["nonsense", "say four"] {
        socket.send(Message::text(text)).await.expect("open");
    }

    let said = async {
        loop {
            match heard.recv().await {
                Some(Heard::Said { message, .. }) => return message,
                Some(_) => {}
                None => panic!("it still runs"),
            }
        }
    };
    assert_eq!(timeout(PATIENCE, said).await.expect("in time"), 4);
}

#[tokio::test]
async fn the_request_is_what_a_browser_sends_and_names_no_subprotocol() {
    let server = Server::start().await;
    let client = Client::new();
    let url = format!("{}/announce?key=1#unsent", server.url);
    client.trackers.open(&url, false);
    let mut stream = server.stream().await;
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        request.push(stream.read_u8().await.expect("a request"));
    }
    let request = String::from_utf8(request).expect("text").to_lowercase();
    assert!(
        request.starts_with("get /announce?key=1 http/1.1\r\n"),
        "{request}"
    );
    assert!(
        request.contains(&format!("host: {}\r\n", server.address)),
        "{request}"
    );
    assert!(!request.contains("sec-websocket-protocol"), "{request}");

    let key = request
        .lines()
        .find(|line| line.starts_with("sec-websocket-key"));
    assert!(key.is_some(), "{request}");
}

#[tokio::test]
async fn a_tracker_opened_twice_has_one_socket() {
    let server = Server::start().await;
    let mut client = Client::new();
    client.trackers.open(&server.url, true);
    client.trackers.open(&server.url, true);
    let _first = server.accept().await;
    client.until_opened().await;
    client.trackers.open(&server.url, true);
    let second = timeout(Duration::from_millis(500), server.listener.accept()).await;
    assert!(second.is_err());
}

#[tokio::test]
async fn a_tracker_that_is_not_there_is_tried_until_it_is() {
    let gone = Server::start().await;
    let (address, url) = (gone.address, gone.url.clone());
    drop(gone);
    let mut client = Client::new();
    client.trackers.open(&url, true);
    for _ in 0..3 {
        let (reason, retry_in) = client.until_closed().await;
        assert_eq!(reason, Reason::Refused);
        assert!(retry_in < Duration::from_secs(5));
    }
    let server = Server::at(address).await;
    let _socket = server.accept().await;
    client.until_opened().await;
}

#[tokio::test]
async fn a_tracker_that_closes_or_breaks_off_is_connected_to_again() {
    let server = Server::start().await;
    let mut client = Client::new();
    client.trackers.open(&server.url, true);

    let mut polite = server.accept().await;
    client.until_opened().await;
    polite.close(None).await.expect("closed");
    assert_eq!(client.until_closed().await.0, Reason::Closed);

    let rude = server.accept().await;
    client.until_opened().await;
    drop(rude);
    assert_eq!(client.until_closed().await.0, Reason::Closed);

    let _again = server.accept().await;
    client.until_opened().await;
}

#[tokio::test]
async fn what_answers_with_anything_but_a_websocket_is_named_for_what_it_is() {
    let server = Server::start().await;
    let mut client = Client::new();
    client.trackers.open(&server.url, true);
    let elsewhere = Server::start().await;
    let moved = format!("HTTP/1.1 301 Moved\r\nLocation: {}\r\n\r\n", elsewhere.url);
    for (reply, reason) in [
        ("HTTP/1.1 404 Not Found\r\n\r\n", Reason::HttpStatus(404)),
        ("HTTP/1.1 200 OK\r\n\r\n", Reason::HttpStatus(200)),
        (
            "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n",
            Reason::HttpStatus(503),
        ),
        (&moved, Reason::HttpStatus(301)),
        ("SSH-2.0-OpenSSH_9.9\r\n\r\n", Reason::NotATracker),
        (
            "HTTP/1.1 101 Go\r\nUpgrade: websocket\r\n\r\n",
            Reason::NotATracker,
        ),
        ("", Reason::Closed),
    ] {
        let mut stream = server.stream().await;
        let mut request = [0; 64];
        stream.read_exact(&mut request).await.expect("a request");
        stream.write_all(reply.as_bytes()).await.expect("written");
        stream.shutdown().await.expect("ended");
        assert_eq!(client.until_closed().await.0, reason, "{reply}");
    }
    let followed = timeout(Duration::from_millis(300), elsewhere.listener.accept()).await;
    assert!(followed.is_err(), "a redirect was followed");
}

#[tokio::test]
async fn what_never_answers_is_given_up() {
    let server = Server::start().await;
    let mut client = Client::new();
    client.trackers.open(&server.url, true);
    let _silent = server.stream().await;
    assert_eq!(client.until_closed().await.0, Reason::Silent);
}

#[tokio::test]
async fn a_flood_costs_the_tracker_its_socket_and_the_others_nothing() {
    let (hostile, honest) = (Server::start().await, Server::start().await);
    let mut client = Client::new();
    client.trackers.open(&hostile.url, false);
    let mut flooding = hostile.accept().await;
    client.until_opened().await;
    client.trackers.open(&honest.url, false);
    let mut calm = honest.accept().await;
    client.until_opened().await;

    let flood =
        tokio::spawn(async move { while flooding.send(Message::text(REPLY)).await.is_ok() {} });
    let mut heard = 0;
    let (reason, retry_in) = loop {
        match client.hear().await {
            Heard::Said { .. } => heard += 1,
            Heard::Closed {
                url,
                reason,
                retry_in,
            } => {
                assert_eq!(url, hostile.url);
                break (reason, retry_in);
            }
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(reason, Reason::Flooded);
    assert!(heard >= 1_000, "{heard} were heard");
    assert!(retry_in >= Duration::from_secs(30), "{retry_in:?}");
    timeout(PATIENCE, flood)
        .await
        .expect("cut off")
        .expect("no panic");

    calm.send(Message::text(REPLY)).await.expect("open");
    assert!(matches!(client.hear().await, Heard::Said { url, .. } if url == honest.url));
}

#[tokio::test]
async fn a_flood_of_pings_is_a_flood_too() {
    let server = Server::start().await;
    let mut client = Client::new();
    client.trackers.open(&server.url, false);
    let (mut sink, mut stream) = server.accept().await.split();
    client.until_opened().await;
    let reading = tokio::spawn(async move { while let Some(Ok(_)) = stream.next().await {} });
    while sink
        .send(Message::Ping(Bytes::from_static(b"x")))
        .await
        .is_ok()
    {}
    assert_eq!(client.until_closed().await.0, Reason::Flooded);
    reading.abort();
}

#[tokio::test]
async fn some_garbage_is_borne_with_and_much_is_not() {
    let server = Server::start().await;
    let mut client = Client::new();
    client.trackers.open(&server.url, false);
    let mut socket = server.accept().await;
    client.until_opened().await;

    for garbage in ["", "hello", "[1,2]", "{", "nul", "\u{0}\u{ffff}"] {
        socket.send(Message::text(garbage)).await.expect("open");
    }
    socket
        .send(Message::binary(vec![0xff; 100]))
        .await
        .expect("open");
    socket.send(Message::text(REPLY)).await.expect("open");
    assert!(matches!(client.hear().await, Heard::Said { .. }));

    while socket.send(Message::text("garbage")).await.is_ok() {}
    let (reason, retry_in) = client.until_closed().await;
    assert_eq!(reason, Reason::Garbage);
    assert!(retry_in >= Duration::from_secs(30), "{retry_in:?}");
}

#[tokio::test]
async fn a_message_too_large_ends_the_socket() {
    let server = Server::start().await;
    let mut client = Client::new();
    client.trackers.open(&server.url, false);
    let mut socket = server.accept().await;
    client.until_opened().await;
    let _ = socket.send(Message::text("x".repeat(128 * 1024 + 1))).await;
    assert_eq!(client.until_closed().await.0, Reason::TooLarge);
}

#[tokio::test]
async fn broken_frames_end_the_socket() {
    let server = Server::start().await;
    let mut client = Client::new();
    client.trackers.open(&server.url, true);
    for broken in [
        // Reserved bits, a masked frame, an unknown kind, text that is no UTF-8, a fragmented ping.
        [0xf1, 0x01, b'x', 0, 0, 0, 0, 0],
        [0x81, 0x81, 0, 0, 0, 0, b'x', 0],
        [0x83, 0x01, b'x', 0, 0, 0, 0, 0],
        [0x81, 0x02, 0xff, 0xff, 0, 0, 0, 0],
        [0x09, 0x01, b'x', 0, 0, 0, 0, 0],
    ] {
        let mut stream = server.accept().await.into_inner();
        client.until_opened().await;
        stream.write_all(&broken).await.expect("written");
        assert_eq!(
            client.until_closed().await.0,
            Reason::Protocol,
            "{broken:x?}"
        );
        client.trackers.wake();
    }
}

#[tokio::test]
async fn a_busy_listener_slows_the_tracker_down_and_loses_nothing() {
    const MESSAGES: u64 = 900;
    let server = Server::start().await;
    let mut client = Client::with_room_for(1);
    client.trackers.open(&server.url, false);
    let mut socket = server.accept().await;
    client.until_opened().await;
    let sending = tokio::spawn(async move {
        for n in 1..=MESSAGES {
            let numbered = REPLY.replace('7', &n.to_string());
            socket.send(Message::text(numbered)).await.expect("open");
        }
        pending::<()>().await;
        drop(socket);
    });
    for n in 1..=MESSAGES {
        match client.hear().await {
            Heard::Said { message, .. } => {
                assert_eq!(message.interval, Some(Duration::from_secs(n)));
            }
            other => panic!("{other:?}"),
        }
    }
    sending.abort();
}

#[tokio::test]
async fn what_was_said_before_closing_is_still_written_and_nothing_is_heard_afterwards() {
    let server = Server::start().await;
    let mut client = Client::new();
    client.trackers.open(&server.url, false);
    let mut socket = server.accept().await;
    client.until_opened().await;

    for n in 0..20 {
        assert!(client.trackers.send(&server.url, n.to_string()));
    }
    client.trackers.close(&server.url);
    assert!(!client.trackers.send(&server.url, "too late".to_owned()));
    let _ = socket.send(Message::text(REPLY)).await;
    for n in 0..20 {
        assert_eq!(text(&mut socket).await, n.to_string());
    }
    let last = timeout(PATIENCE, socket.next()).await.expect("in time");
    assert!(matches!(last, Some(Ok(Message::Close(_)))), "{last:?}");

    // Opened again at once, it is a new socket; nothing of the old one comes between.
    client.trackers.open(&server.url, false);
    assert!(matches!(client.hear().await, Heard::Connecting { .. }));
    let _again = server.accept().await;
    assert!(matches!(client.hear().await, Heard::Opened { .. }));
}

#[tokio::test]
async fn closing_is_heard_even_while_the_listener_is_busy() {
    let server = Server::start().await;
    let mut client = Client::with_room_for(1);
    client.trackers.open(&server.url, false);
    let mut socket = server.accept().await;
    client.until_opened().await;
    for _ in 0..10 {
        socket.send(Message::text(REPLY)).await.expect("open");
    }
    assert!(client.trackers.send(&server.url, "last".to_owned()));
    client.trackers.close(&server.url);
    assert_eq!(text(&mut socket).await, "last");
}

#[tokio::test]
async fn nothing_is_sent_to_a_tracker_that_is_not_open() {
    let server = Server::start().await;
    let mut client = Client::new();
    assert!(!client.trackers.send(&server.url, "unknown".to_owned()));
    client.trackers.open(&server.url, true);
    assert!(!client.trackers.send(&server.url, "too early".to_owned()));
    let socket = server.accept().await;
    client.until_opened().await;
    drop(socket);
    client.until_closed().await;
    assert!(!client.trackers.send(&server.url, "too late".to_owned()));

    let mut socket = server.accept().await;
    client.until_opened().await;
    assert!(client.trackers.send(&server.url, "in time".to_owned()));
    assert_eq!(text(&mut socket).await, "in time");
}

#[tokio::test]
async fn a_socket_too_slow_refuses_what_does_not_fit() {
    let server = Server::start().await;
    let mut client = Client::new();
    client.trackers.open(&server.url, false);
    let _unread = server.accept().await;
    client.until_opened().await;
    let large = "x".repeat(60_000);
    let fill = async {
        while client.trackers.send(&server.url, large.clone()) {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, fill).await.expect("the queue is bounded");
    let (reason, _) = client.until_closed().await;
    assert_eq!(reason, Reason::Silent);
}

#[tokio::test]
async fn a_wake_reconnects_at_once_whatever_the_pause() {
    let server = Server::start().await;
    let mut client = Client::new();
    client.trackers.open(&server.url, false);
    let mut socket = server.accept().await;
    client.until_opened().await;
    let _ = socket.send(Message::text("x".repeat(200_000))).await;
    let (_, retry_in) = client.until_closed().await;
    assert!(retry_in >= Duration::from_secs(30), "{retry_in:?}");

    let woken = Instant::now();
    client.trackers.wake();
    let _again = server.accept().await;
    client.until_opened().await;
    assert!(woken.elapsed() < Duration::from_secs(20));
}

#[tokio::test]
async fn after_a_wake_a_dead_socket_is_noticed_within_seconds_and_a_live_one_kept() {
    let (dead, alive) = (Server::start().await, Server::start().await);
    let mut client = Client::new();
    client.trackers.open(&dead.url, true);
    let _unread = dead.accept().await;
    client.until_opened().await;
    client.trackers.open(&alive.url, true);
    let mut answering = alive.accept().await;
    client.until_opened().await;
    let answering = tokio::spawn(async move { while let Some(Ok(_)) = answering.next().await {} });

    client.trackers.wake();
    match client.hear().await {
        Heard::Closed { url, reason, .. } => {
            assert_eq!((url, reason), (dead.url.clone(), Reason::Silent));
        }
        other => panic!("{other:?}"),
    }
    let _again = dead.accept().await;
    client.until_opened().await;
    assert!(client.trackers.send(&alive.url, "still open".to_owned()));
    assert!(!answering.is_finished());
}

#[tokio::test]
async fn an_address_that_cannot_be_a_tracker_is_said_to_be_unusable() {
    let mut client = Client::new();
    for (url, expected) in [
        ("https://tracker.example", UrlError::Scheme),
        ("nonsense", UrlError::Malformed),
        ("ws://", UrlError::Malformed),
        (&"x".repeat(100_000), UrlError::TooLong),
    ] {
        client.trackers.open(url, false);
        let Heard::Unusable { url, why } = client.hear().await else {
            panic!("{url} was opened");
        };
        assert_eq!(why, expected);
        assert!(url.len() <= MAX_URL_BYTES);
    }
}

#[tokio::test]
async fn only_so_many_trackers_are_opened() {
    let server = Server::start().await;
    let mut client = Client::with_room_for(200);
    for n in 0..=MAX_TRACKERS {
        client.trackers.open(&format!("{}/{n}", server.url), true);
    }
    loop {
        match client.hear().await {
            Heard::Unusable { url, why } => {
                assert_eq!(url, format!("{}/{MAX_TRACKERS}", server.url));
                assert_eq!(why, UrlError::TooMany);
                break;
            }
            Heard::Connecting { .. } => {}
            other => panic!("{other:?}"),
        }
    }
    client.trackers.close(&format!("{}/0", server.url));
    let url = format!("{}/another", server.url);
    client.trackers.open(&url, true);
    while !matches!(client.hear().await, Heard::Connecting { url: it } if it == url) {}
}

#[tokio::test]
async fn shutting_down_writes_what_was_said_and_dropping_hangs_up() {
    let server = Server::start().await;
    let mut client = Client::new();
    client.trackers.open(&server.url, false);
    let mut socket = server.accept().await;
    client.until_opened().await;
    assert!(client.trackers.send(&server.url, "bye".to_owned()));
    let reading = tokio::spawn(async move {
        let last = text(&mut socket).await;
        while let Some(Ok(_)) = socket.next().await {}
        last
    });
    timeout(PATIENCE, client.trackers.shutdown())
        .await
        .expect("bounded");
    assert_eq!(reading.await.expect("no panic"), "bye");

    let mut client = Client::new();
    client.trackers.open(&server.url, false);
    let mut socket = server.accept().await;
    client.until_opened().await;
    drop(client);
    let ended = async { while let Some(Ok(_)) = socket.next().await {} };
    timeout(PATIENCE, ended).await.expect("hung up");
}

struct Client {
    trackers: Trackers,
    heard: mpsc::Receiver<Heard>,
}

impl Client {
    fn new() -> Self {
        Self::with_room_for(64)
    }

    fn with_room_for(events: usize) -> Self {
        let (sender, heard) = mpsc::channel(events);
        Self {
            trackers: Trackers::new(sender),
            heard,
        }
    }

    async fn hear(&mut self) -> Heard {
        let heard = timeout(PATIENCE, self.heard.recv()).await;
        heard.expect("in time").expect("it still runs")
    }

    async fn until_opened(&mut self) {
        while !matches!(self.hear().await, Heard::Opened { .. }) {}
    }

    async fn until_closed(&mut self) -> (Reason, Duration) {
        loop {
            if let Heard::Closed {
                reason, retry_in, ..
            } = self.hear().await
            {
                return (reason, retry_in);
            }
        }
    }
}

/// A listener that does by hand what a tracker might.
struct Server {
    listener: TcpListener,
    address: SocketAddr,
    url: String,
}

impl Server {
    async fn start() -> Self {
        Self::at((Ipv4Addr::LOCALHOST, 0).into()).await
    }

    async fn at(address: SocketAddr) -> Self {
        let listener = TcpListener::bind(address).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let url = format!("ws://{address}");
        Self {
            listener,
            address,
            url,
        }
    }

    async fn stream(&self) -> TcpStream {
        let accepted = timeout(PATIENCE, self.listener.accept()).await;
        accepted.expect("in time").expect("accepted").0
    }

    async fn accept(&self) -> WebSocketStream<TcpStream> {
        accept_async(self.stream().await)
            .await
            .expect("a WebSocket")
    }
}

async fn text(socket: &mut WebSocketStream<TcpStream>) -> String {
    loop {
        let message = timeout(PATIENCE, socket.next()).await.expect("in time");
        if let Message::Text(text) = message.expect("open").expect("open") {
            return text.to_string();
        }
    }
}
