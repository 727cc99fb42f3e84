//! One try at a tracker, for a person who wants to know whether it works.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use rand::thread_rng;
use tokio::time::{Instant, timeout};
use tokio_tungstenite::tungstenite::Message;
use wire::{FromTracker, InfoHash, PeerId, ToTracker, random_text};

use crate::dial::{CONNECT, Socket, dial, tls};
use crate::proxy::Proxy;
use crate::socket::FAREWELL;
use crate::{Reason, url};

/// How many messages are read while the answer is waited for.
const MAX_MESSAGES: usize = 32;

/// What a tracker answered to a test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tested {
    /// It took an announce.
    Works {
        /// How long reaching and greeting it took.
        connect: Duration,
        /// How long it took to answer the announce.
        answer: Duration,
    },
    /// It refused the announce.
    Rejected {
        /// How long reaching and greeting it took.
        connect: Duration,
        /// What it said.
        message: String,
    },
    /// It could not be had, or did not answer.
    Failed(Reason),
    /// That is not the address of a tracker.
    BadAddress,
}

/// Connects, announces a swarm nobody is in, and leaves again. Takes half a minute at most.
pub async fn test(text: &str, proxy: Option<&Proxy>) -> Tested {
    let Ok(url) = url::parse(text) else {
        return Tested::BadAddress;
    };
    let begun = Instant::now();
    let mut socket = match dial(&url, tls(), proxy).await {
        Ok(socket) => socket,
        Err(reason) => return Tested::Failed(reason),
    };
    let connect = begun.elapsed();
    let info_hash = InfoHash::derive(&random_text(&mut thread_rng(), 20), "test");
    let peer_id = PeerId::random_low(&mut thread_rng());
    let announce = ToTracker::Offers {
        info_hash,
        peer_id,
        numwant: 1,
        offers: Vec::new(),
    };
    let asked = Instant::now();
    let answered = timeout(CONNECT, ask(&mut socket, &announce, info_hash)).await;
    let answer = asked.elapsed();
    let stopped = ToTracker::Stopped { info_hash, peer_id };
    let _ = timeout(FAREWELL, async {
        let _ = socket.send(Message::text(stopped.to_json())).await;
        socket.close(None).await
    })
    .await;
    match answered {
        Ok(Ok(None)) => Tested::Works { connect, answer },
        Ok(Ok(Some(message))) => Tested::Rejected { connect, message },
        Ok(Err(reason)) => Tested::Failed(reason),
        Err(_) => Tested::Failed(Reason::Silent),
    }
}

/// Announces, and gives what the tracker has against it, if anything.
async fn ask(
    socket: &mut Socket,
    announce: &ToTracker,
    ours: InfoHash,
) -> Result<Option<String>, Reason> {
    let sent = socket.send(Message::text(announce.to_json())).await;
    sent.map_err(|error| Reason::of_socket(&error))?;
    let mut heard = 0;
    while heard < MAX_MESSAGES {
        let frame = match socket.next().await {
            Some(Ok(frame)) => frame,
            Some(Err(error)) => return Err(Reason::of_socket(&error)),
            None => return Err(Reason::Closed),
        };
        match frame {
            Message::Text(text) => {
                heard += 1;
                let Ok(message) = FromTracker::parse(&text) else {
                    continue;
                };
                if message.failure.is_some() {
                    return Ok(message.failure);
                }
                if message.info_hash == Some(ours) {
                    return Ok(None);
                }
            }
            Message::Close(_) => return Err(Reason::Closed),
            _ => heard += 1,
        }
    }
    Err(Reason::Garbage)
}
