//! Why a tracker's socket ended.

use std::error::Error as StdError;
use std::io;

use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::error::ProtocolError;

/// Why a tracker cannot be used for now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Reason {
    /// There is no way to it: no network, no such name, no answer.
    #[error("unreachable")]
    Unreachable,
    /// Its machine answers, but nothing listens there.
    #[error("connection refused")]
    Refused,
    /// It cannot prove who it is, or speaks no TLS.
    #[error("no secure connection")]
    Tls,
    /// It answered, but with this HTTP status instead of a WebSocket. Redirects are not followed.
    #[error("HTTP status {0}")]
    HttpStatus(u16),
    /// What answers there does not speak WebSocket.
    #[error("not a tracker")]
    NotATracker,
    /// It stopped answering.
    #[error("silent")]
    Silent,
    /// It sent far more than a tracker should.
    #[error("too many messages")]
    Flooded,
    /// It kept sending what is no tracker's message.
    #[error("unreadable messages")]
    Garbage,
    /// It sent a message larger than any tracker's.
    #[error("message too large")]
    TooLarge,
    /// It broke the rules of WebSocket.
    #[error("protocol error")]
    Protocol,
    /// It closed the connection, or the connection broke.
    #[error("closed")]
    Closed,
    /// The proxy to it cannot be reached, or is none.
    #[error("the proxy does not answer")]
    Proxy,
    /// The proxy to it does not accept the login.
    #[error("the proxy does not accept the login")]
    ProxyLogin,
}

impl Reason {
    /// Whether the tracker did what an honest one does not.
    pub(crate) fn is_misbehaviour(self) -> bool {
        matches!(
            self,
            Self::Flooded | Self::Garbage | Self::TooLarge | Self::Protocol
        )
    }

    /// Why no TCP connection came about.
    pub(crate) fn of_connect(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::ConnectionRefused => Self::Refused,
            _ => Self::Unreachable,
        }
    }

    /// Why the connection did not become a WebSocket.
    pub(crate) fn of_handshake(error: &Error) -> Self {
        match error {
            Error::Http(response) => Self::HttpStatus(response.status().as_u16()),
            Error::Tls(_) => Self::Tls,
            Error::Io(error) if is_tls(error) => Self::Tls,
            Error::Io(_) | Error::ConnectionClosed => Self::Closed,
            Error::Protocol(ProtocolError::HandshakeIncomplete) => Self::Closed,
            _ => Self::NotATracker,
        }
    }

    /// Why an open socket ended.
    pub(crate) fn of_socket(error: &Error) -> Self {
        match error {
            Error::Capacity(_) => Self::TooLarge,
            Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => Self::Closed,
            Error::Protocol(_) | Error::Utf8(_) | Error::AttackAttempt => Self::Protocol,
            _ => Self::Closed,
        }
    }
}

/// rustls hides its own errors in `io::Error`.
fn is_tls(error: &io::Error) -> bool {
    let mut source: Option<&(dyn StdError + 'static)> = match error.get_ref() {
        Some(inner) => Some(inner),
        None => None,
    };
    while let Some(error) = source {
        if error.is::<rustls::Error>() {
            return true;
        }
        source = error.source();
    }
    false
}
