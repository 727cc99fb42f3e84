//! The runtime handed to the stack: tokio's, with three things changed.
//!
//! - *The kick.* The stack's driver flushes what it wants to send at the top of its loop and then
//!   sleeps until its next timer. What it produces after that flush (an answer to what it has just
//!   read) waits for that timer, up to the next ICE tick. So for a short while after packets moved
//!   its sleeps are cut short: a channel opens in 7 ms instead of 600.
//! - Sockets are ours, see `socket`.
//! - Names are resolved from a table, see `names`.

use std::fmt;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::sync::mpsc;
use webrtc::runtime::{
    AsyncInterval, AsyncTcpListener, AsyncTcpStream, AsyncUdpSocket, JoinHandle, Runtime,
    TokioRuntime,
};

use crate::link::Signal;
use crate::names::Names;
use crate::socket::Socket;
use crate::stun::Passwords;

/// How many sleeps after the last packet are cut short. Each round of the driver may leave output
/// for the next; a relay needs one more layer than a direct path.
const KICKS: u8 = 3;

/// What a sleep is cut to.
const KICKED_SLEEP: Duration = Duration::from_micros(500);

/// The port of mDNS.
const MDNS_PORT: u16 = 5353;

type BoxedFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The runtime of one link.
pub(crate) struct LinkRuntime {
    tokio: TokioRuntime,
    names: Names,
    activity: Arc<Activity>,
    started: AtomicBool,
    signals: mpsc::UnboundedSender<Signal>,
    attempt: u32,
}

/// Packets handed to the stack before it must take a turn of its loop, and so acknowledge.
const BURST: u32 = 2;

/// The same, from a peer with our own stack, which sends as much as its window allows however few
/// acknowledgements there are. The turns saved are a third of the work.
const LONG_BURST: u32 = 32;

/// What the sockets of one link and its runtime share.
pub(crate) struct Activity {
    kicks: AtomicU8,
    sockets: AtomicUsize,
    burst: AtomicU32,
    /// The sockets there are, mDNS apart.
    open: Mutex<Vec<Weak<Socket>>>,
    /// What checks are proved with, the peer's and ours.
    passwords: Mutex<Passwords>,
}

impl Default for Activity {
    fn default() -> Self {
        Activity {
            kicks: AtomicU8::new(0),
            sockets: AtomicUsize::new(0),
            burst: AtomicU32::new(BURST),
            open: Mutex::default(),
            passwords: Mutex::default(),
        }
    }
}

impl Activity {
    /// A packet moved.
    pub(crate) fn kick(&self) {
        self.kicks.store(KICKS, Ordering::Relaxed);
    }

    /// How many packets may be read at once.
    pub(crate) fn burst(&self) -> u32 {
        self.burst.load(Ordering::Relaxed)
    }

    /// The peer's stack is our own.
    pub(crate) fn allow_long_bursts(&self) {
        self.burst.store(LONG_BURST, Ordering::Relaxed);
    }

    /// How many sockets were opened, mDNS apart; each gives one host candidate.
    pub(crate) fn sockets(&self) -> usize {
        self.sockets.load(Ordering::Relaxed)
    }

    /// The network of this machine is another, or nothing is heard from the peer: sockets whose
    /// address is gone go on from another. Says whether any does.
    pub(crate) fn follow_network(&self, is_silent: bool) -> bool {
        let mut follows = false;
        for socket in self.open_sockets() {
            follows |= socket.follow_network(is_silent);
        }
        follows
    }

    /// What checks are proved with now.
    pub(crate) fn passwords(&self) -> Passwords {
        locked(&self.passwords).clone()
    }

    /// The peer's checks are proved with this from now on. If it is not the first, ICE begins anew,
    /// and its checks come from wherever they may.
    pub(crate) fn set_our_password(&self, password: &str) {
        let before = {
            let mut passwords = locked(&self.passwords);
            std::mem::replace(&mut passwords.ours, password.to_owned())
        };
        if before.is_empty() || before == password {
            return;
        }
        for socket in self.open_sockets() {
            socket.begin_anew();
        }
    }

    /// Our checks are proved with this from now on.
    pub(crate) fn set_their_password(&self, password: &str) {
        password.clone_into(&mut locked(&self.passwords).theirs);
    }

    fn open_sockets(&self) -> Vec<Arc<Socket>> {
        locked(&self.open)
            .iter()
            .filter_map(Weak::upgrade)
            .collect()
    }

    fn opened(&self, socket: &Arc<Socket>) {
        self.sockets.fetch_add(1, Ordering::Relaxed);
        let mut open = locked(&self.open);
        open.retain(|it| it.strong_count() > 0);
        open.push(Arc::downgrade(socket));
    }

    fn take_kick(&self) -> bool {
        self.kicks
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                left.checked_sub(1)
            })
            .is_ok()
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl LinkRuntime {
    pub(crate) fn new(names: Names, signals: mpsc::UnboundedSender<Signal>, attempt: u32) -> Self {
        LinkRuntime {
            tokio: TokioRuntime,
            names,
            activity: Arc::default(),
            started: AtomicBool::new(false),
            signals,
            attempt,
        }
    }

    pub(crate) fn activity(&self) -> Arc<Activity> {
        Arc::clone(&self.activity)
    }
}

impl fmt::Debug for LinkRuntime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkRuntime")
    }
}

impl Runtime for LinkRuntime {
    #[track_caller]
    fn spawn(&self, future: BoxedFuture<'static, ()>) -> Box<dyn JoinHandle> {
        // The first task is the driver; it lives as long as the connection.
        let ended = (!self.started.swap(true, Ordering::Relaxed)).then(|| TellsItsEnd {
            signals: self.signals.clone(),
            attempt: self.attempt,
        });
        self.tokio.spawn(Box::pin(Driver {
            future,
            _ended: ended,
        }))
    }

    fn wrap_udp_socket(&self, socket: std::net::UdpSocket) -> io::Result<Arc<dyn AsyncUdpSocket>> {
        // What others on the network ask each other by mDNS must not keep us awake.
        if socket.local_addr()?.port() == MDNS_PORT {
            return Ok(Arc::new(Socket::new(socket, Arc::default())?));
        }
        let socket = Arc::new(Socket::new(socket, Arc::clone(&self.activity))?);
        self.activity.opened(&socket);
        Ok(socket)
    }

    fn wrap_tcp_listener(
        &self,
        listener: std::net::TcpListener,
    ) -> io::Result<Arc<dyn AsyncTcpListener>> {
        self.tokio.wrap_tcp_listener(listener)
    }

    fn connect_tcp<'a>(
        &'a self,
        remote_addr: SocketAddr,
    ) -> BoxedFuture<'a, io::Result<Arc<dyn AsyncTcpStream>>> {
        self.tokio.connect_tcp(remote_addr)
    }

    fn resolve_host<'a>(&'a self, host: &'a str) -> BoxedFuture<'a, io::Result<Vec<SocketAddr>>> {
        let found = self.names.resolve(host);
        Box::pin(async move { found })
    }

    fn sleep(&self, duration: Duration) -> BoxedFuture<'static, ()> {
        // Only the driver's own sleep; the stack's time-outs elsewhere must stay what they are.
        if duration > KICKED_SLEEP && DRIVING.get() && self.activity.take_kick() {
            return self.tokio.sleep(KICKED_SLEEP);
        }
        self.tokio.sleep(duration)
    }

    fn interval(&self, period: Duration) -> Box<dyn AsyncInterval> {
        self.tokio.interval(period)
    }

    fn block_on(&self, future: Pin<Box<dyn Future<Output = ()> + '_>>) {
        self.tokio.block_on(future);
    }

    fn yield_now(&self) -> BoxedFuture<'static, ()> {
        self.tokio.yield_now()
    }

    fn name(&self) -> &'static str {
        "mesh"
    }
}

thread_local! {
    /// Whether this thread is inside a driver at this moment.
    static DRIVING: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

/// A task of the stack, known by [`DRIVING`] while it is polled.
struct Driver {
    future: BoxedFuture<'static, ()>,
    _ended: Option<TellsItsEnd>,
}

impl Future for Driver {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        struct Restore(bool);
        impl Drop for Restore {
            fn drop(&mut self) {
                DRIVING.set(self.0);
            }
        }
        let _restore = Restore(DRIVING.replace(true));
        self.future.as_mut().poll(context)
    }
}

/// Tells the link when the driver is gone, however it went: nothing else would.
struct TellsItsEnd {
    signals: mpsc::UnboundedSender<Signal>,
    attempt: u32,
}

impl Drop for TellsItsEnd {
    fn drop(&mut self) {
        let _ = self.signals.send(Signal::DriverEnded(self.attempt));
    }
}
