//! The UDP socket handed to the stack.
//!
//! Three things differ from the stack's own. The receive buffer is large: packets leave in bursts
//! of dozens, and each lost tail of a burst costs a second. Received packets are not merged by the
//! kernel (measured, it gains nothing here) and from browsers come two at a time: the stack
//! acknowledges once per batch it drains, and a browser sends at most four packets per
//! acknowledgement, so that over 100 ms it would send 48 kB/s instead of megabytes. And every
//! packet is told to the runtime, see `runtime`.

use std::fmt;
use std::io::{self, IoSliceMut};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll};

use tokio::io::{Interest, ReadBuf};
use webrtc::runtime::{AsyncUdpSocket, RecvMeta, Transmit, UdpSockRef, UdpSocketState};

use crate::runtime::Activity;

/// Asked of the kernel, which may grant less.
const RECEIVE_BUFFER: usize = 4 * 1024 * 1024;

/// A socket of one link.
pub(crate) struct Socket {
    io: tokio::net::UdpSocket,
    /// Sends many packets in one call, where the system can.
    batch: Option<UdpSocketState>,
    /// Packets handed over since the last pause.
    burst: AtomicU32,
    activity: Arc<Activity>,
}

impl Socket {
    pub(crate) fn new(socket: std::net::UdpSocket, activity: Arc<Activity>) -> io::Result<Self> {
        socket.set_nonblocking(true)?;
        if let Err(error) = socket2::SockRef::from(&socket).set_recv_buffer_size(RECEIVE_BUFFER) {
            tracing::debug!(kind = ?error.kind(), "the receive buffer keeps its size");
        }
        Ok(Socket {
            io: tokio::net::UdpSocket::from_std(socket)?,
            batch: batch_sending(),
            burst: AtomicU32::new(0),
            activity,
        })
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
        self.io.local_addr()
    }

    fn max_gso_segments(&self) -> usize {
        self.batch
            .as_ref()
            .map_or(1, UdpSocketState::max_gso_segments)
    }

    fn poll_send(&self, cx: &mut Context<'_>, transmit: &Transmit<'_>) -> Poll<io::Result<usize>> {
        self.activity.kick();
        let Some(batch) = &self.batch else {
            return self
                .io
                .poll_send_to(cx, transmit.contents, transmit.destination);
        };
        loop {
            std::task::ready!(self.io.poll_send_ready(cx))?;
            // By `try_io`, so that tokio learns when the socket is full.
            let sent = self.io.try_io(Interest::WRITABLE, || {
                batch.try_send(UdpSockRef::from(&self.io), transmit)
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
        if self.burst.load(Ordering::Relaxed) >= self.activity.burst() {
            self.burst.store(0, Ordering::Relaxed);
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let mut read = ReadBuf::new(buf);
        let Poll::Ready(from) = self.io.poll_recv_from(cx, &mut read) else {
            self.burst.store(0, Ordering::Relaxed);
            return Poll::Pending;
        };
        let from = from?;
        self.burst.fetch_add(1, Ordering::Relaxed);
        self.activity.kick();
        *meta = RecvMeta::default();
        meta.addr = from;
        meta.len = read.filled().len();
        // The stack divides by it.
        meta.stride = meta.len.max(1);
        Poll::Ready(Ok(1))
    }
}
