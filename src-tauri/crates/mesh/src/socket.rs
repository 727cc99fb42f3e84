//! The UDP socket handed to the stack.
//!
//! Three things differ from the stack's own. The receive buffer is large: packets leave in bursts
//! of dozens, and each lost tail of a burst costs a second. Packets the kernel has merged are
//! handed over one by one, and from browsers two at a time: the stack acknowledges once per batch
//! it drains, and a browser sends at most four packets per acknowledgement, so that over 100 ms it
//! would send 48 kB/s instead of megabytes. And every packet is told to the runtime, see `runtime`.

use std::cell::RefCell;
use std::fmt;
use std::io::{self, IoSliceMut};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use tokio::io::Interest;
use webrtc::runtime::{AsyncUdpSocket, RecvMeta, Transmit, UdpSockRef, UdpSocketState};

use crate::runtime::Activity;

/// Asked of the kernel, which may grant less.
const RECEIVE_BUFFER: usize = 4 * 1024 * 1024;

/// The most the kernel merges into one read.
const MERGED: usize = 64 * 1024;

/// A socket of one link.
pub(crate) struct Socket {
    io: tokio::net::UdpSocket,
    /// Sends and receives many packets in one call, where the system can.
    batch: UdpSocketState,
    /// Packets of the last read that are still to be handed over.
    merged: Mutex<Option<Merged>>,
    /// Packets handed over since the last pause.
    burst: AtomicU32,
    activity: Arc<Activity>,
}

struct Merged {
    bytes: Box<[u8]>,
    next: usize,
    /// The length of each packet but the last, which may be shorter.
    stride: usize,
    from: SocketAddr,
}

thread_local! {
    /// Read into first: a buffer of this size for each socket would be most of a link's memory.
    static READ: RefCell<Box<[u8]>> = RefCell::new(vec![0; MERGED].into_boxed_slice());
}

impl Socket {
    pub(crate) fn new(socket: std::net::UdpSocket, activity: Arc<Activity>) -> io::Result<Self> {
        socket.set_nonblocking(true)?;
        if let Err(error) = socket2::SockRef::from(&socket).set_recv_buffer_size(RECEIVE_BUFFER) {
            tracing::debug!(kind = ?error.kind(), "the receive buffer keeps its size");
        }
        let io = tokio::net::UdpSocket::from_std(socket)?;
        Ok(Socket {
            batch: UdpSocketState::new(UdpSockRef::from(&io))?,
            io,
            merged: Mutex::new(None),
            burst: AtomicU32::new(0),
            activity,
        })
    }

    /// Reads once; keeps what is more than one packet. By `try_io`, so that tokio learns when there
    /// is nothing left.
    fn read(&self, into: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.io.try_io(Interest::READABLE, || {
            READ.with_borrow_mut(|buffer| {
                let mut meta = [RecvMeta::default()];
                let mut slices = [IoSliceMut::new(buffer)];
                let socket = UdpSockRef::from(&self.io);
                if self.batch.recv(socket, &mut slices, &mut meta)? == 0 {
                    return Err(io::ErrorKind::WouldBlock.into());
                }
                let [meta] = meta;
                let bytes = buffer.get(..meta.len).unwrap_or_default();
                let first = if meta.stride == 0 {
                    meta.len
                } else {
                    meta.stride
                };
                let (first, rest) = bytes.split_at(first.min(bytes.len()));
                if !rest.is_empty() {
                    *self.merged() = Some(Merged {
                        bytes: rest.into(),
                        next: 0,
                        stride: meta.stride,
                        from: meta.addr,
                    });
                }
                Ok((copy(first, into), meta.addr))
            })
        })
    }

    /// The next packet of an earlier read.
    fn next_merged(&self, into: &mut [u8]) -> Option<(usize, SocketAddr)> {
        let mut slot = self.merged();
        let merged = slot.as_mut()?;
        let rest = merged.bytes.get(merged.next..).unwrap_or_default();
        let packet = rest.get(..merged.stride).unwrap_or(rest);
        let taken = (copy(packet, into), merged.from);
        merged.next += packet.len();
        if packet.len() >= rest.len() {
            *slot = None;
        }
        Some(taken)
    }

    fn merged(&self) -> std::sync::MutexGuard<'_, Option<Merged>> {
        self.merged.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Copies what fits: a packet too long for the stack's buffer is cut, as the kernel would.
fn copy(packet: &[u8], into: &mut [u8]) -> usize {
    let length = packet.len().min(into.len());
    into[..length].copy_from_slice(&packet[..length]);
    length
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
        self.batch.max_gso_segments()
    }

    fn poll_send(&self, cx: &mut Context<'_>, transmit: &Transmit<'_>) -> Poll<io::Result<usize>> {
        self.activity.kick();
        loop {
            ready!(self.io.poll_send_ready(cx))?;
            // By `try_io`, so that tokio learns when the socket is full.
            let sent = self.io.try_io(Interest::WRITABLE, || {
                self.batch.try_send(UdpSockRef::from(&self.io), transmit)
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
        let (Some(into), Some(meta)) = (bufs.first_mut(), meta.first_mut()) else {
            return Poll::Ready(Ok(0));
        };
        if self.burst.load(Ordering::Relaxed) >= self.activity.burst() {
            self.burst.store(0, Ordering::Relaxed);
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let (length, from) = match self.next_merged(into) {
            Some(packet) => packet,
            None => loop {
                let Poll::Ready(readable) = self.io.poll_recv_ready(cx) else {
                    self.burst.store(0, Ordering::Relaxed);
                    return Poll::Pending;
                };
                readable?;
                match self.read(into) {
                    Ok(packet) => break packet,
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                    Err(error) => return Poll::Ready(Err(error)),
                }
            },
        };
        self.burst.fetch_add(1, Ordering::Relaxed);
        self.activity.kick();
        *meta = RecvMeta::default();
        meta.addr = from;
        meta.len = length;
        // The stack divides by it.
        meta.stride = length.max(1);
        Poll::Ready(Ok(1))
    }
}
