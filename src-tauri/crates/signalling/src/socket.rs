//! One tracker's line: connect, talk, wait, connect again.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use rustls::ClientConfig;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_tungstenite::tungstenite::{Bytes, Error, Message};
use url::Url;

use crate::backoff::Backoff;
use crate::bucket::Bucket;
use crate::dial::{Socket, dial};
use crate::proxy::Proxy;
use crate::trackers::Reads;
use crate::{Heard, Reason};

/// How long a closing socket may take to write what was sent before.
pub(crate) const FAREWELL: Duration = Duration::from_secs(1);

/// How often a tracker must show that it is alive. Trystero does not ask, and so does not notice
/// that its tracker went away while the machine slept.
const PING_EVERY: Duration = Duration::from_secs(30);

/// How long it may take to answer.
const PONG_WITHIN: Duration = Duration::from_secs(15);

/// The same after the network came back, when a dead socket is likely.
const PONG_AFTER_WAKE: Duration = Duration::from_secs(3);

/// How long one message may take to be written; a slower socket is as good as dead.
const WRITE: Duration = Duration::from_secs(10);

/// How many messages a second a tracker may send in the long run. A room of 64 that all announce
/// at once stays far below.
const MESSAGES_PER_SECOND: u32 = 200;

/// How many it may send at once.
const MESSAGE_BURST: u32 = 1_000;

/// How many messages nobody can read are borne with; each readable one makes up for one of them.
/// Some trackers send a word of their own now and then.
const MAX_GARBAGE: u32 = 50;

/// A socket that lasted this long was a good one: the next pause is short again.
const GOOD_AFTER: Duration = Duration::from_secs(10);

/// Everything one line needs. The line ends when the other halves of `messages` and `waking` are
/// dropped.
pub(crate) struct Line<M> {
    pub(crate) url: String,
    pub(crate) address: Url,
    pub(crate) local: bool,
    pub(crate) tls: Arc<ClientConfig>,
    /// Stands between, unless the tracker is local.
    pub(crate) proxy: Option<Proxy>,
    pub(crate) heard: mpsc::Sender<Heard<M>>,
    /// How what it says is read.
    pub(crate) read: Reads<M>,
    pub(crate) messages: mpsc::Receiver<String>,
    pub(crate) waking: watch::Receiver<u64>,
    pub(crate) is_open: Arc<AtomicBool>,
}

/// Nobody wants this line any more.
struct HungUp;

/// Why a conversation is over.
enum Over {
    /// The tracker's doing, or the network's.
    Lost(Reason),
    /// Ours.
    HungUp,
}

impl From<HungUp> for Over {
    fn from(_: HungUp) -> Self {
        Self::HungUp
    }
}

impl<M: Send + 'static> Line<M> {
    /// Keeps the line up until nobody wants it.
    pub(crate) async fn keep(mut self) {
        let mut backoff = Backoff::new(self.local);
        while self.live_once(&mut backoff).await.is_ok() {}
    }

    /// One connection, and the pause after it.
    async fn live_once(&mut self, backoff: &mut Backoff) -> Result<(), HungUp> {
        let url = self.url.clone();
        self.tell(Heard::Connecting { url }).await?;

        let (reason, lasted) = match self.connect().await? {
            Ok(socket) => {
                let since = Instant::now();
                let reason = self.converse(socket).await?;
                (reason, since.elapsed())
            }
            Err(reason) => (reason, Duration::ZERO),
        };

        let retry_in = pause(backoff, reason, lasted);
        tracing::debug!(?reason, ?retry_in, "a tracker's socket ended");
        let url = self.url.clone();
        self.tell(Heard::Closed {
            url,
            reason,
            retry_in,
        })
        .await?;

        tokio::select! {
            () = sleep(retry_in) => {}
            woken = woken(&mut self.waking) => {
                woken?;
                backoff.reset();
            }
        }
        Ok(())
    }

    /// An attempt that is under way when the network comes back is likely to be stuck in the old
    /// one, so it is started over.
    async fn connect(&mut self) -> Result<Result<Socket, Reason>, HungUp> {
        loop {
            tokio::select! {
                dialled = dial(&self.address, Arc::clone(&self.tls), self.proxy.as_ref()) => return Ok(dialled),
                woken = woken(&mut self.waking) => woken?,
            }
        }
    }

    /// Talks until the socket ends.
    async fn converse(&mut self, mut socket: Socket) -> Result<Reason, HungUp> {
        // What was meant for an earlier connection is stale.
        while self.messages.try_recv().is_ok() {}
        self.is_open.store(true, Ordering::Release);
        let url = self.url.clone();
        let over = match self.tell(Heard::Opened { url }).await {
            Ok(()) => self.talk(&mut socket).await,
            Err(HungUp) => Over::HungUp,
        };
        self.is_open.store(false, Ordering::Release);
        match over {
            Over::Lost(reason) => {
                // A last word is a courtesy; it must not hold up the next attempt.
                let _ = timeout(FAREWELL, socket.close(None)).await;
                Ok(reason)
            }
            Over::HungUp => {
                let _ = timeout(FAREWELL, self.part(&mut socket)).await;
                Err(HungUp)
            }
        }
    }

    async fn talk(&mut self, socket: &mut Socket) -> Over {
        let mut manners = Manners::new(Instant::now());
        loop {
            let done = tokio::select! {
                frame = socket.next() => self.hear(&mut manners, frame).await,
                text = self.messages.recv() => match text {
                    Some(text) => write(socket, Message::Text(text.into())).await,
                    None => Err(Over::HungUp),
                },
                () = sleep_until(manners.due()) => match manners.ping(Instant::now()) {
                    Ok(()) => write(socket, Message::Ping(Bytes::new())).await,
                    Err(reason) => Err(Over::Lost(reason)),
                },
                woken = woken(&mut self.waking) => match woken {
                    Ok(()) => {
                        manners.hurry(Instant::now());
                        write(socket, Message::Ping(Bytes::new())).await
                    }
                    Err(HungUp) => Err(Over::HungUp),
                },
            };
            if let Err(over) = done {
                return over;
            }
        }
    }

    async fn hear(
        &mut self,
        manners: &mut Manners,
        frame: Option<Result<Message, Error>>,
    ) -> Result<(), Over> {
        let frame = match frame {
            Some(Ok(frame)) => frame,
            Some(Err(error)) => return Err(Over::Lost(Reason::of_socket(&error))),
            None => return Err(Over::Lost(Reason::Closed)),
        };
        manners.note(Instant::now()).map_err(Over::Lost)?;
        match frame {
            Message::Text(text) => match (self.read)(&text) {
                Some(message) => {
                    manners.garbage = manners.garbage.saturating_sub(1);
                    let url = self.url.clone();
                    self.tell(Heard::Said { url, message }).await?;
                    // However long that took, it was not the tracker's silence.
                    manners.alive(Instant::now());
                    Ok(())
                }
                None => manners.note_garbage().map_err(Over::Lost),
            },
            Message::Binary(_) => manners.note_garbage().map_err(Over::Lost),
            Message::Close(_) => Err(Over::Lost(Reason::Closed)),
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => Ok(()),
        }
    }

    /// Writes what was sent before the line was closed, and says good-bye.
    async fn part(&mut self, socket: &mut Socket) {
        while let Some(text) = self.messages.recv().await {
            if socket.send(Message::Text(text.into())).await.is_err() {
                return;
            }
        }
        let _ = socket.close(None).await;
        while let Some(Ok(_)) = socket.next().await {}
    }

    /// Passes an event on, waiting while its receiver is busy; meanwhile this tracker is not read
    /// from, and only this one.
    async fn tell(&mut self, event: Heard<M>) -> Result<(), HungUp> {
        let hung_up = self.messages_closed();
        tokio::select! {
            biased;
            () = hung_up => Err(HungUp),
            told = self.heard.send(event) => told.map_err(|_| HungUp),
        }
    }

    fn messages_closed(&self) -> impl Future<Output = ()> + use<M> {
        // A copy: wakes that come meanwhile stay to be seen by the line itself.
        let mut waking = self.waking.clone();
        async move { while waking.changed().await.is_ok() {} }
    }
}

/// How long to wait after a connection that lasted so long and ended like that.
fn pause(backoff: &mut Backoff, reason: Reason, lasted: Duration) -> Duration {
    let rng = &mut rand::thread_rng();
    if reason.is_misbehaviour() {
        return backoff.penalty(rng);
    }
    let now = Instant::now();
    if lasted >= GOOD_AFTER {
        backoff.worked(now);
    }
    backoff.pause(now, rng)
}

/// The next wake, or that there will be none.
async fn woken(waking: &mut watch::Receiver<u64>) -> Result<(), HungUp> {
    waking.changed().await.map_err(|_| HungUp)
}

async fn write(socket: &mut Socket, message: Message) -> Result<(), Over> {
    match timeout(WRITE, socket.send(message)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(Over::Lost(Reason::of_socket(&error))),
        Err(_) => Err(Over::Lost(Reason::Silent)),
    }
}

/// What is expected of a tracker on one connection.
struct Manners {
    bucket: Bucket,
    garbage: u32,
    /// When a ping was sent that nothing followed yet, and until when something must.
    unanswered: Option<Instant>,
    next_ping: Instant,
}

impl Manners {
    fn new(now: Instant) -> Self {
        Self {
            bucket: Bucket::new(MESSAGES_PER_SECOND, MESSAGE_BURST, now),
            garbage: 0,
            unanswered: None,
            next_ping: now + PING_EVERY,
        }
    }

    /// When to look again.
    fn due(&self) -> Instant {
        self.unanswered.unwrap_or(self.next_ping)
    }

    /// The time from [`Manners::due`] has come: a ping is to be sent, unless the last one was in
    /// vain.
    fn ping(&mut self, now: Instant) -> Result<(), Reason> {
        if self.unanswered.is_some_and(|until| until <= now) {
            return Err(Reason::Silent);
        }
        self.unanswered = Some(now + PONG_WITHIN);
        Ok(())
    }

    /// A ping is sent out of turn.
    fn hurry(&mut self, now: Instant) {
        self.unanswered = Some(now + PONG_AFTER_WAKE);
    }

    /// A frame came.
    fn note(&mut self, now: Instant) -> Result<(), Reason> {
        self.alive(now);
        if self.bucket.take(now) {
            Ok(())
        } else {
            Err(Reason::Flooded)
        }
    }

    fn note_garbage(&mut self) -> Result<(), Reason> {
        self.garbage += 1;
        if self.garbage > MAX_GARBAGE {
            Err(Reason::Garbage)
        } else {
            Ok(())
        }
    }

    fn alive(&mut self, now: Instant) {
        self.unanswered = None;
        self.next_ping = now + PING_EVERY;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tracker_is_pinged_when_quiet_and_given_up_when_it_does_not_answer() {
        let start = Instant::now();
        let mut manners = Manners::new(start);
        assert_eq!(manners.due(), start + PING_EVERY);

        assert_eq!(manners.ping(manners.due()), Ok(()));
        let limit = start + PING_EVERY + PONG_WITHIN;
        assert_eq!(manners.due(), limit);
        assert_eq!(manners.ping(limit), Err(Reason::Silent));
    }

    #[test]
    fn any_sign_of_life_counts_as_an_answer() {
        let start = Instant::now();
        let mut manners = Manners::new(start);
        assert_eq!(manners.ping(manners.due()), Ok(()));
        let later = start + PING_EVERY + Duration::from_secs(1);
        assert_eq!(manners.note(later), Ok(()));
        assert_eq!(manners.due(), later + PING_EVERY);
    }

    #[test]
    fn after_a_wake_the_answer_must_come_soon() {
        let start = Instant::now();
        let mut manners = Manners::new(start);
        manners.hurry(start);
        assert_eq!(manners.ping(start + PONG_AFTER_WAKE), Err(Reason::Silent));
    }
}
