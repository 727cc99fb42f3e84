//! The port a tracker listens on.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener as StdListener};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, interval, sleep, timeout};

use crate::Limits;
use crate::connection::{FAREWELL, attend};
use crate::hub::Hub;
use crate::seats::Seats;

/// How many connections may wait to be accepted.
const BACKLOG: i32 = 1_024;

/// How often peers are looked for that stopped announcing.
const SWEEP: Duration = Duration::from_secs(20);

/// How long to rest when the system has no more descriptors to accept with.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// A tracker that has its port and may start to serve.
#[derive(Debug)]
pub struct Tracker {
    listener: TcpListener,
    address: SocketAddr,
    limits: Limits,
}

/// Why a tracker has no port.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// Another program has it.
    #[error("{0} is already in use")]
    InUse(SocketAddr),
    /// The system does not let us have it.
    #[error("no permission to listen on {0}")]
    Denied(SocketAddr),
    /// It is not an address of this machine.
    #[error("{0} is not an address of this machine")]
    NotHere(SocketAddr),
    /// Something else.
    #[error("cannot listen on {0}")]
    Other(SocketAddr, #[source] io::Error),
}

impl Tracker {
    /// Takes a port; 0 takes any that is free. `[::]` stands for every address of the machine,
    /// IPv4 too; `0.0.0.0` for all its IPv4 addresses.
    pub async fn bind(address: SocketAddr, limits: Limits) -> Result<Self, BindError> {
        let refused = |error: io::Error| match error.kind() {
            io::ErrorKind::AddrInUse => BindError::InUse(address),
            io::ErrorKind::PermissionDenied => BindError::Denied(address),
            io::ErrorKind::AddrNotAvailable => BindError::NotHere(address),
            _ => BindError::Other(address, error),
        };
        let listener = listen(address).map_err(refused)?;
        Ok(Self {
            address: listener.local_addr().map_err(refused)?,
            listener,
            limits,
        })
    }

    /// Takes a port on every address of the machine, whether or not it has IPv6.
    pub async fn bind_everywhere(port: u16, limits: Limits) -> Result<Self, BindError> {
        match Self::bind((Ipv6Addr::UNSPECIFIED, port).into(), limits.clone()).await {
            Err(BindError::Other(..) | BindError::NotHere(_)) => {
                Self::bind((Ipv4Addr::UNSPECIFIED, port).into(), limits).await
            }
            bound => bound,
        }
    }

    /// Where it listens.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `stop` resolves; then says good-bye to everyone and gives the port back.
    /// Dropping the future stops it at once.
    pub async fn serve(self, stop: impl Future<Output = ()>) {
        let hub = Arc::new(Hub::new(self.limits));
        let seats = Seats::default();
        let (stop_clients, stopping) = watch::channel(false);
        let mut clients = JoinSet::new();
        let mut sweep = interval(SWEEP);
        let mut stop = pin!(stop);

        loop {
            tokio::select! {
                () = &mut stop => break,
                (stream, from) = accept(&self.listener) => {
                    // Without a seat the connection is dropped unheard: answering costs more.
                    if let Some(seat) = seats.take(from.ip(), &hub.limits) {
                        let attending = attend(stream, Arc::clone(&hub), stopping.clone());
                        clients.spawn(async move {
                            attending.await;
                            drop(seat);
                        });
                    }
                }
                Some(_) = clients.join_next() => {}
                _ = sweep.tick() => hub.expire(Instant::now()),
            }
        }

        drop(self.listener);
        let _ = stop_clients.send(true);
        let farewell = async { while clients.join_next().await.is_some() {} };
        // One that is still shaking hands does not hear us and is dropped with the rest.
        let _ = timeout(FAREWELL * 2, farewell).await;
    }
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    if address.is_ipv6() {
        socket.set_only_v6(!address.ip().is_unspecified())?;
    }
    // Elsewhere than on Unix this would let two programs share the port.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    TcpListener::from_std(StdListener::from(socket))
}

async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) if is_about_one_client(&error) => {}
            Err(_) => sleep(ACCEPT_PAUSE).await,
        }
    }
}

fn is_about_one_client(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
    )
}
