//! One client's connection, from the first byte to the last.

use std::future::{Future, pending};
use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval_at, timeout};
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Bytes, Error, Message};
use tokio_tungstenite::{WebSocketStream, accept_async_with_config};

use crate::Limits;
use crate::bucket::Bucket;
use crate::hub::{Hub, Inbox, Served};
use crate::message::Bad;
use crate::swarm::ConnectionId;

/// The reading buffer of each connection; it grows for a message and this is where it starts.
const READ_BUFFER: usize = 4 * 1024;

/// How long a parting client may take to read our last words.
pub(crate) const FAREWELL: Duration = Duration::from_secs(1);

/// Room for one whole message beside the frames of the protocol.
const WRITE_BUFFER_MARGIN: usize = 4 * 1024;

/// What somebody sees who opens the tracker's address in a browser.
const NOT_A_WEBSOCKET: &str = "HTTP/1.1 426 Upgrade Required\r\n\
    Connection: close\r\n\
    Upgrade: websocket\r\n\
    Content-Type: text/plain; charset=utf-8\r\n\
    Content-Length: 66\r\n\
    \r\n\
    This is a WebTorrent tracker. It speaks WebSocket, not web pages.\n";

/// Serves a connection until either side has had enough.
pub(crate) async fn attend(mut stream: TcpStream, hub: Arc<Hub>, stop: watch::Receiver<bool>) {
    // Signalling is small messages that somebody waits for.
    let _ = stream.set_nodelay(true);
    let limits = &hub.limits;
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(0)
        .max_write_buffer_size(limits.queued_bytes + WRITE_BUFFER_MARGIN)
        .max_message_size(Some(limits.message_bytes))
        .max_frame_size(Some(limits.message_bytes));

    let handshake = accept_async_with_config(&mut stream, Some(config));
    match timeout(limits.handshake, handshake).await {
        Ok(Ok(socket)) => {
            let (id, inbox) = hub.enter();
            // Also when this task is dropped in the middle.
            let _membership = Membership { hub: &hub, id };
            Conversation::new(&hub, id, socket, stop).hold(inbox).await;
        }
        Ok(Err(Error::Protocol(_))) => {
            let reply = stream.write_all(NOT_A_WEBSOCKET.as_bytes());
            let _ = timeout(limits.handshake, reply).await;
            let _ = timeout(limits.handshake, stream.shutdown()).await;
        }
        Ok(Err(_)) | Err(_) => {}
    }
}

struct Membership<'a> {
    hub: &'a Hub,
    id: ConnectionId,
}

impl Drop for Membership<'_> {
    fn drop(&mut self) {
        self.hub.leave(self.id);
    }
}

/// Why a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    /// The client left, or its network did.
    Gone,
    /// It does not read, or answers no pings.
    Dead,
    /// It was quiet for too long.
    Idle,
    /// It sent more than is allowed, or what nobody can read.
    Abuse,
    /// The tracker stops.
    Stopping,
}

struct Conversation<'a> {
    hub: &'a Hub,
    id: ConnectionId,
    socket: WebSocketStream<&'a mut TcpStream>,
    stop: watch::Receiver<bool>,
    bucket: Bucket,
    bad_messages: u32,
    last_frame: Instant,
    last_message: Instant,
}

impl<'a> Conversation<'a> {
    fn new(
        hub: &'a Hub,
        id: ConnectionId,
        socket: WebSocketStream<&'a mut TcpStream>,
        stop: watch::Receiver<bool>,
    ) -> Self {
        let now = Instant::now();
        let Limits {
            messages_per_second,
            message_burst,
            ..
        } = hub.limits;
        Self {
            hub,
            id,
            socket,
            stop,
            bucket: Bucket::new(messages_per_second, message_burst, now),
            bad_messages: 0,
            last_frame: now,
            last_message: now,
        }
    }

    async fn hold(mut self, mut inbox: Inbox) {
        let ending = self.talk(&mut inbox).await;
        tracing::debug!(?ending, "a client's connection ended");
        self.part(ending, &mut inbox).await;
    }

    async fn talk(&mut self, inbox: &mut Inbox) -> Ending {
        let every = self.hub.limits.ping_every;
        let mut pings = interval_at(Instant::now() + every, every);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let overflow = Arc::clone(&inbox.overflow);

        loop {
            let ended = tokio::select! {
                frame = self.socket.next() => self.hear(frame),
                text = inbox.next() => match text {
                    Some(text) => self.write(Message::Text(text), overflow.notified()).await,
                    None => Some(Ending::Dead),
                },
                _ = pings.tick() => self.ping(overflow.notified()).await,
                () = overflow.notified() => Some(Ending::Dead),
                _ = self.stop.changed() => Some(Ending::Stopping),
            };
            if let Some(ending) = ended {
                return ending;
            }
        }
    }

    fn hear(&mut self, frame: Option<Result<Message, Error>>) -> Option<Ending> {
        let now = Instant::now();
        let frame = match frame {
            Some(Ok(frame)) => frame,
            Some(Err(Error::Capacity(_))) => return Some(Ending::Abuse),
            Some(Err(_)) | None => return Some(Ending::Gone),
        };
        self.last_frame = now;
        if !self.bucket.take(now) {
            self.hub.refuse(self.id, &Bad::flood());
            return Some(Ending::Abuse);
        }
        match &frame {
            Message::Text(text) => self.serve(now, text),
            // The reference reads JSON from binary messages too.
            Message::Binary(bytes) => self.serve(now, &String::from_utf8_lossy(bytes)),
            Message::Close(_) => Some(Ending::Gone),
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => None,
        }
    }

    fn serve(&mut self, now: Instant, text: &str) -> Option<Ending> {
        self.last_message = now;
        if self.hub.hear(now, self.id, text) == Served::No {
            self.bad_messages += 1;
        }
        (self.bad_messages > self.hub.limits.bad_messages).then_some(Ending::Abuse)
    }

    async fn ping(&mut self, overflow: impl Future<Output = ()>) -> Option<Ending> {
        let now = Instant::now();
        if now.duration_since(self.last_frame) > self.hub.limits.silence {
            return Some(Ending::Dead);
        }
        if now.duration_since(self.last_message) > self.hub.limits.idle {
            return Some(Ending::Idle);
        }
        self.write(Message::Ping(Bytes::new()), overflow).await
    }

    /// Writes one message, for as long as the client may take to read it.
    async fn write(
        &mut self,
        message: Message,
        overflow: impl Future<Output = ()>,
    ) -> Option<Ending> {
        tokio::select! {
            written = timeout(self.hub.limits.write, self.socket.send(message)) => match written {
                Ok(Ok(())) => None,
                Ok(Err(_)) => Some(Ending::Gone),
                Err(_) => Some(Ending::Dead),
            },
            () = overflow => Some(Ending::Dead),
        }
    }

    /// Says good-bye to those who still listen, with what was already queued for them.
    async fn part(&mut self, ending: Ending, inbox: &mut Inbox) {
        let code = match ending {
            Ending::Gone | Ending::Dead => return,
            Ending::Idle => CloseCode::Normal,
            Ending::Abuse => CloseCode::Policy,
            Ending::Stopping => CloseCode::Away,
        };
        self.hub.leave(self.id);
        let farewell = async {
            while let Some(text) = inbox.next().await {
                if self.write(Message::Text(text), pending()).await.is_some() {
                    return;
                }
            }
            let reason = "".into();
            let _ = self.socket.close(Some(CloseFrame { code, reason })).await;
            // Until the client has closed too: what it still sends must not turn our last words
            // into a reset.
            while let Some(Ok(_)) = self.socket.next().await {}
        };
        let _ = timeout(FAREWELL, farewell).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_for_browsers_says_how_long_it_is() {
        let (head, body) = NOT_A_WEBSOCKET.split_once("\r\n\r\n").expect("a head");
        assert!(head.contains(&format!("Content-Length: {}", body.len())));
    }
}
