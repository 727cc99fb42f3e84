//! The UDP socket handed to the stack.
//!
//! Four things differ from the stack's own. The receive buffer is large: packets leave in bursts
//! of dozens, and each lost tail of a burst costs a second. Received packets are not merged by the
//! kernel (measured, it gains nothing here) and from browsers come two at a time: the stack
//! acknowledges once per batch it drains, and a browser sends at most four packets per
//! acknowledgement, so that over 100 ms it would send 48 kB/s instead of megabytes. And every
//! packet is told to the runtime, see `runtime`. And when this machine loses the address it was opened
//! for, it goes on from another one, and follows a peer that does so, see `way`; the stack knows
//! nothing of either.

use std::fmt;
use std::io::{self, IoSliceMut};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};
use std::task::{Context, Poll};
use std::time::Instant;

use futures_util::task::AtomicWaker;
use tokio::io::{Interest, ReadBuf};
use tokio::net::UdpSocket;
use webrtc::runtime::{AsyncUdpSocket, RecvMeta, Transmit, UdpSockRef, UdpSocketState};

use crate::runtime::Activity;
use crate::way::Way;

/// Asked of the kernel, which may grant less.
const RECEIVE_BUFFER: usize = 4 * 1024 * 1024;

/// A socket of one link.
pub(crate) struct Socket {
    /// The address the stack knows it by, whatever it has now.
    address: SocketAddr,
    io: RwLock<UdpSocket>,
    way: Mutex<Way>,
    /// Who waits for it; those who wait for a socket that was replaced would wait for ever.
    reader: AtomicWaker,
    writer: AtomicWaker,
    /// Sends many packets in one call, where the system can.
    batch: Option<UdpSocketState>,
    /// Packets handed over since the last pause.
    burst: AtomicU32,
    activity: Arc<Activity>,
}

impl Socket {
    pub(crate) fn new(socket: std::net::UdpSocket, activity: Arc<Activity>) -> io::Result<Self> {
        Ok(Socket {
            address: socket.local_addr()?,
            io: RwLock::new(ready(socket)?),
            way: Mutex::default(),
            reader: AtomicWaker::new(),
            writer: AtomicWaker::new(),
            batch: batch_sending(),
            burst: AtomicU32::new(0),
            activity,
        })
    }

    /// Goes on from another address of this machine, if the socket's own is gone, or if nothing
    /// comes back on it and the system would by now send from another. Says whether it does. A socket
    /// that does not carry the connection itself is of no use any more and stays.
    pub(crate) fn follow_network(&self, is_silent: bool) -> bool {
        let (Some(peer), Ok(bound)) = (self.way().peer(), self.io().local_addr()) else {
            return false;
        };
        // One that is bound to none is sent from whichever there is.
        if bound.ip().is_unspecified() {
            return false;
        }
        let is_left = is_gone(bound.ip())
            || is_silent && source_towards(peer).is_some_and(|source| source != bound.ip());
        if !is_left {
            return false;
        }
        match self.rebind(bound.port()) {
            Ok(()) => true,
            Err(error) => {
                tracing::debug!(kind = ?error.kind(), "a socket cannot leave its address");
                false
            }
        }
    }

    /// ICE begins anew: whom to follow is settled again when the connection itself goes by this
    /// socket.
    pub(crate) fn begin_anew(&self) {
        *self.way() = Way::default();
    }

    /// Binds to no address in particular, on the same port where that is free: behind most routers
    /// and firewalls the way back is open for that one alone.
    fn rebind(&self, port: u16) -> io::Result<()> {
        let anywhere = unspecified(self.address.ip());
        {
            let mut io = self.io.write().unwrap_or_else(PoisonError::into_inner);
            // It takes two steps, as the port is free only once the old socket is closed.
            *io = ready(std::net::UdpSocket::bind((anywhere, 0))?)?;
            if let Ok(same) = std::net::UdpSocket::bind((anywhere, port)).and_then(ready) {
                *io = same;
            }
        }
        self.reader.wake();
        self.writer.wake();
        Ok(())
    }

    fn io(&self) -> RwLockReadGuard<'_, UdpSocket> {
        self.io.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn way(&self) -> MutexGuard<'_, Way> {
        self.way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Sets a socket up.
fn ready(socket: std::net::UdpSocket) -> io::Result<UdpSocket> {
    socket.set_nonblocking(true)?;
    if let Err(error) = socket2::SockRef::from(&socket).set_recv_buffer_size(RECEIVE_BUFFER) {
        tracing::debug!(kind = ?error.kind(), "the receive buffer keeps its size");
    }
    UdpSocket::from_std(socket)
}

/// Whether no interface of this machine has the address any more.
fn is_gone(ip: IpAddr) -> bool {
    // Where they cannot be read, nothing is known to be gone.
    if_addrs::get_if_addrs().is_ok_and(|all| all.iter().all(|it| it.ip() != ip))
}

/// The address the system would send from to this one.
fn source_towards(peer: SocketAddr) -> Option<IpAddr> {
    let asked = std::net::UdpSocket::bind((unspecified(peer.ip()), 0)).ok()?;
    // It only looks the way up; nothing is sent.
    asked.connect(peer).ok()?;
    asked.local_addr().ok().map(|it| it.ip())
}

/// No address in particular, of the same family.
fn unspecified(like: IpAddr) -> IpAddr {
    match like {
        IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    }
}

/// Making this state also switches on merged receiving, on the socket it is made from; so it is
/// made from another one, which is thrown away.
fn batch_sending() -> Option<UdpSocketState> {
    let other = std::net::UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))
        .or_else(|_| std::net::UdpSocket::bind((Ipv6Addr::LOCALHOST, 0)))
        .ok()?;
    UdpSocketState::new(UdpSockRef::from(&other)).ok()
}

impl fmt::Debug for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Socket")
    }
}

impl AsyncUdpSocket for Socket {
    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }

    fn max_gso_segments(&self) -> usize {
        self.batch
            .as_ref()
            .map_or(1, UdpSocketState::max_gso_segments)
    }

    fn poll_send(&self, cx: &mut Context<'_>, transmit: &Transmit<'_>) -> Poll<io::Result<usize>> {
        self.activity.kick();
        let destination = self
            .way()
            .out(transmit.destination, transmit.contents, Instant::now());
        let transmit = Transmit {
            destination,
            ecn: transmit.ecn,
            contents: transmit.contents,
            segment_size: transmit.segment_size,
            src_ip: transmit.src_ip,
        };
        let io = self.io();
        let Some(batch) = &self.batch else {
            let sent = io.poll_send_to(cx, transmit.contents, destination);
            if sent.is_pending() {
                self.writer.register(cx.waker());
            }
            return sent;
        };
        loop {
            if io.poll_send_ready(cx)?.is_pending() {
                self.writer.register(cx.waker());
                return Poll::Pending;
            }
            // By `try_io`, so that tokio learns when the socket is full.
            let sent = io.try_io(Interest::WRITABLE, || {
                batch.try_send(UdpSockRef::from(&*io), &transmit)
            });
            match sent {
                Ok(()) => return Poll::Ready(Ok(transmit.contents.len())),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }

    fn poll_recv(
        &self,
        cx: &mut Context<'_>,
        bufs: &mut [IoSliceMut<'_>],
        meta: &mut [RecvMeta],
    ) -> Poll<io::Result<usize>> {
        let (Some(buf), Some(meta)) = (bufs.first_mut(), meta.first_mut()) else {
            return Poll::Ready(Ok(0));
        };
        let mut read = ReadBuf::new(buf);
        let io = self.io();
        // What the stack is not told of counts all the same, so that nobody keeps us here.
        while self.burst.load(Ordering::Relaxed) < self.activity.burst() {
            read.clear();
            let Poll::Ready(from) = io.poll_recv_from(cx, &mut read) else {
                self.burst.store(0, Ordering::Relaxed);
                self.reader.register(cx.waker());
                return Poll::Pending;
            };
            let from = from?;
            self.burst.fetch_add(1, Ordering::Relaxed);
            let passwords = || self.activity.passwords();
            let verdict = self
                .way()
                .inward(from, read.filled(), Instant::now(), passwords);
            if let Some(reply) = verdict.reply {
                // One that is lost here might be lost on its way as well; the peer asks again.
                let _ = io.try_send_to(&reply, from);
            }
            let Some(from) = verdict.from else {
                continue;
            };
            self.activity.kick();
            *meta = RecvMeta::default();
            meta.addr = from;
            meta.len = read.filled().len();
            // The stack divides by it.
            meta.stride = meta.len.max(1);
            return Poll::Ready(Ok(1));
        }
        self.burst.store(0, Ordering::Relaxed);
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;
    use crate::stun;

    const PATIENCE: Duration = Duration::from_secs(20);

    #[tokio::test]
    async fn who_waits_at_a_socket_hears_what_comes_after_it_left_its_address() {
        let (socket, peer) = (socket(), peer().await);
        let reading = tokio::spawn(read(Arc::clone(&socket)));
        // On this one thread it waits before anything else is done.
        tokio::task::yield_now().await;

        socket.rebind(socket.address.port()).expect("another");
        let bound = socket.io().local_addr().expect("an address");
        assert!(bound.ip().is_unspecified());
        assert_eq!(bound.port(), socket.address.port(), "the way back is open");
        assert_eq!(socket.local_addr().expect("an address"), socket.address);

        let sent = peer.send_to(b"hello", socket.address).await;
        assert_eq!(sent.expect("it is sent"), 5);
        let read = timeout(PATIENCE, reading).await;
        assert_eq!(read.expect("in time").expect("it is read"), b"hello");
    }

    #[tokio::test]
    async fn a_socket_whose_address_is_there_stays_also_while_nothing_is_heard() {
        let (socket, peer) = (socket(), peer().await);
        assert!(!socket.follow_network(true), "it goes nowhere yet");
        let there = peer.local_addr().expect("an address");
        send(&socket, there, &[23, 254, 253]).await;
        assert_eq!(socket.way().peer(), Some(there));
        assert!(!socket.follow_network(false));
        assert!(!socket.follow_network(true));
    }

    #[tokio::test]
    async fn a_peer_is_followed_once_it_answers_from_elsewhere_and_told_nothing_before() {
        let (socket, before, after) = (socket(), peer().await, peer().await);
        socket.activity.set_our_password("ours");
        socket.activity.set_their_password("theirs");
        let known = before.local_addr().expect("an address");
        let reading = tokio::spawn({
            let socket = Arc::clone(&socket);
            async move { while !read(Arc::clone(&socket)).await.is_empty() {} }
        });
        send(&socket, known, &[23, 254, 253]).await;
        send(&socket, known, &stun::tests::check("theirs")).await;

        let followed = async {
            let mut bytes = [0; 256];
            loop {
                let check = stun::tests::check("ours");
                let sent = after.send_to(&check, socket.address).await;
                sent.expect("it is sent");
                send(&socket, known, &[23, 254, 253]).await;
                let come = timeout(Duration::from_millis(50), after.recv(&mut bytes)).await;
                let Ok(length) = come else {
                    continue;
                };
                let came = &bytes[..length.expect("it is read")];
                if came == [23, 254, 253] {
                    return;
                }
                let answer = stun::answer(came, socket.address, "theirs");
                let answer = answer.expect("nothing but checks goes there before");
                let sent = after.send_to(&answer, socket.address).await;
                sent.expect("it is sent");
            }
        };
        timeout(PATIENCE, followed).await.expect("in time");
        assert_eq!(socket.way().peer(), after.local_addr().ok());
        reading.abort();
    }

    #[test]
    fn an_address_of_no_interface_is_gone() {
        assert!(!is_gone(Ipv4Addr::LOCALHOST.into()));
        // For documentation alone.
        assert!(is_gone(Ipv4Addr::new(192, 0, 2, 77).into()));
    }

    fn socket() -> Arc<Socket> {
        let bound = std::net::UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a socket");
        Arc::new(Socket::new(bound, Arc::default()).expect("a socket"))
    }

    async fn peer() -> UdpSocket {
        let bound = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await;
        bound.expect("a socket")
    }

    async fn send(socket: &Socket, destination: SocketAddr, contents: &[u8]) {
        let transmit = Transmit {
            destination,
            ecn: None,
            contents,
            segment_size: None,
            src_ip: None,
        };
        poll_fn(|cx| socket.poll_send(cx, &transmit))
            .await
            .expect("it is sent");
    }

    async fn read(socket: Arc<Socket>) -> Vec<u8> {
        let mut bytes = [0; 256];
        let mut meta = [RecvMeta::default()];
        let count = poll_fn(|cx| {
            let mut bufs = [IoSliceMut::new(&mut bytes)];
            socket.poll_recv(cx, &mut bufs, &mut meta)
        });
        assert_eq!(count.await.expect("it is read"), 1);
        bytes[..meta[0].len].to_vec()
    }
}
