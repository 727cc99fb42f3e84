//! A tracker on loopback and clients made by hand.

// Each test file uses its own part of this.
#![allow(dead_code)]

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, client_async};
use tracker::{Limits, Tracker};

/// Longer than anything here takes on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A tracker that serves until it is dropped.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl Server {
    pub(crate) async fn start(limits: Limits) -> Self {
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let tracker = Tracker::bind(any, limits).await.expect("a free port");
        let address = tracker.local_addr();
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(tracker.serve(async move {
            let _ = stopped.await;
        }));
        Self {
            address,
            stop: Some(stop),
            task,
        }
    }

    pub(crate) async fn stop(mut self) {
        drop(self.stop.take());
        timeout(PATIENCE, &mut self.task)
            .await
            .expect("it stops")
            .expect("it did not panic");
    }
}

/// A client's socket.
pub(crate) struct Client(pub(crate) WebSocketStream<TcpStream>);

impl Client {
    pub(crate) async fn to(server: &Server) -> Self {
        Self::at(server.address).await
    }

    pub(crate) async fn at(address: SocketAddr) -> Self {
        Self::try_at(address).await.expect("a WebSocket")
    }

    pub(crate) async fn try_at(address: SocketAddr) -> Option<Self> {
        let stream = TcpStream::connect(address).await.ok()?;
        let _ = stream.set_nodelay(true);
        let url = format!("ws://{address}/");
        let opened = timeout(PATIENCE, client_async(url, stream)).await;
        let (socket, _) = opened.expect("an answer in time").ok()?;
        Some(Self(socket))
    }

    pub(crate) async fn say(&mut self, message: Value) {
        self.say_text(message.to_string()).await;
    }

    pub(crate) async fn say_text(&mut self, text: String) {
        let message = Message::Text(text.into());
        self.0.send(message).await.expect("the socket is open");
    }

    /// The next message, with pings answered on the way.
    pub(crate) async fn hear(&mut self) -> Value {
        self.try_hear().await.expect("the socket is open")
    }

    /// The next message, or nothing when the tracker ended the connection.
    pub(crate) async fn try_hear(&mut self) -> Option<Value> {
        loop {
            match timeout(PATIENCE, self.0.next()).await.expect("in time")? {
                Ok(Message::Text(text)) => {
                    return Some(serde_json::from_str(&text).expect("JSON"));
                }
                Ok(Message::Close(_)) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    }

    pub(crate) async fn ask(&mut self, message: Value) -> Value {
        self.say(message).await;
        self.hear().await
    }

    /// Reads until the tracker ends the connection.
    pub(crate) async fn until_closed(&mut self) {
        while self.try_hear().await.is_some() {}
    }

    pub(crate) async fn close(mut self) {
        let _ = self.0.close(None).await;
        while let Ok(Some(Ok(_))) = timeout(PATIENCE, self.0.next()).await {}
    }
}

/// Twenty characters.
pub(crate) fn id(text: &str) -> String {
    format!("{text:->20}")
}

/// An announce as Trystero writes it.
pub(crate) fn announce(room: &str, peer: &str, offers: &[&str]) -> Value {
    let offers: Vec<Value> = offers.iter().map(|offer| offer_of(offer)).collect();
    json!({
        "action": "announce",
        "info_hash": id(room),
        "peer_id": id(peer),
        "numwant": offers.len(),
        "offers": offers,
    })
}

pub(crate) fn offer_of(offer: &str) -> Value {
    json!({ "offer": { "type": "offer", "sdp": offer }, "offer_id": id(offer) })
}

pub(crate) fn answer(room: &str, from: &str, to: &str, offer: &str) -> Value {
    json!({
        "action": "announce",
        "info_hash": id(room),
        "peer_id": id(from),
        "to_peer_id": id(to),
        "offer_id": id(offer),
        "answer": { "type": "answer", "sdp": format!("to {offer}") },
    })
}

pub(crate) fn scrape(room: &str) -> Value {
    json!({ "action": "scrape", "info_hash": id(room) })
}

/// How many peers a room has, asked over a connection of its own.
pub(crate) async fn peers_in(address: SocketAddr, room: &str) -> u64 {
    let mut client = Client::at(address).await;
    let reply = client.ask(scrape(room)).await;
    let file = &reply["files"][id(room)];
    let count = |what: &str| file[what].as_u64().expect("a number");
    let peers = count("complete") + count("incomplete");
    client.close().await;
    peers
}

/// Waits until a room has so many peers.
pub(crate) async fn until_peers(address: SocketAddr, room: &str, expected: u64) {
    let watch = async {
        while peers_in(address, room).await != expected {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, watch).await.expect("the room gets there");
}

/// A WebSocket without anything on our side that keeps its rules.
pub(crate) async fn upgraded(server: &Server) -> TcpStream {
    let mut stream = TcpStream::connect(server.address).await.expect("connected");
    let request = "GET / HTTP/1.1\r\nHost: here\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
        Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    stream.write_all(request.as_bytes()).await.expect("written");
    let mut reply = [0; 12];
    stream.read_exact(&mut reply).await.expect("a reply");
    assert_eq!(&reply, b"HTTP/1.1 101");
    stream
}
