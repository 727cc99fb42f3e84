//! Everything that can go into a session and come out of it.

use std::sync::Arc;

use crate::torrent::bits::Bits;
use crate::torrent::metainfo::{Metainfo, MetainfoError};
use crate::torrent::wire::WireError;

/// One data channel to a peer, as the caller numbers them. A number is never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Conn(pub u64);

/// One thing asked of the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

/// What can happen to a session.
#[derive(Debug)]
pub enum Input {
    /// A data channel opened.
    Connected(Conn),
    /// Bytes came, cut anyhow.
    Received(Conn, Vec<u8>),
    /// This many bytes of what was to be sent have left the channel's buffer.
    Sent(Conn, usize),
    /// A data channel closed, or failed.
    Closed(Conn),
    /// What was asked of the disk; `None` if it cannot be had.
    Read(Ticket, Option<Vec<u8>>),
    /// Whether a piece was written.
    Written(u32, bool),
    /// The person at this machine wants something.
    Command(Command),
    /// The time asked for by `next_wake` has come.
    Wake,
}

/// What a person can want of a session.
#[derive(Debug)]
pub enum Command {
    /// Fetch what the description promises, but for what is here already.
    Fetch {
        /// The pieces that are on disk, checked.
        have: Bits,
    },
    /// Fetch and give nothing for a while; connections stay.
    Pause,
    /// Go on.
    Resume,
    /// End it: from this moment nothing more is given.
    Stop,
}

/// What a session asks of whoever runs it.
#[derive(Debug, PartialEq, Eq)]
pub enum Output {
    /// Send these bytes; say [`Input::Sent`] as they leave.
    Send(Conn, Vec<u8>),
    /// Close this channel. No [`Input::Closed`] is needed for it.
    Close(Conn, Reason),
    /// Read these bytes of the torrent; say [`Input::Read`].
    Read {
        /// What to answer with.
        ticket: Ticket,
        /// Where in the torrent, all files laid end to end.
        offset: u64,
        /// How much.
        len: usize,
    },
    /// Write these bytes, which are a whole and true piece; say [`Input::Written`].
    Write {
        /// Which piece.
        piece: u32,
        /// Where in the torrent, all files laid end to end.
        offset: u64,
        /// Its bytes.
        bytes: Vec<u8>,
    },
    /// Tell the person at this machine.
    Tell(Event),
}

/// What the person at this machine is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The description is here. Nothing is fetched until [`Command::Fetch`].
    Described(Arc<Metainfo>),
    /// The description is here, and refused. The session is over.
    Refused(MetainfoError),
    /// A piece is on disk.
    Piece(u32),
    /// All pieces are on disk.
    Complete,
    /// Nothing new has come for a while.
    Stalled,
    /// Something new has come again.
    Flowing,
    /// The disk does not take what comes. The session waits to be resumed.
    CannotWrite,
    /// What we offered cannot be read any more, or is not what it was.
    CannotRead,
}

/// Why a session closed a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The session ended.
    Stopped,
    /// There are enough connections already.
    TooMany,
    /// It is ourselves.
    Myself,
    /// It is about another torrent.
    OtherTorrent,
    /// It has sent wrong data too often.
    Distrusted,
    /// What it says cannot be read.
    Garbled(WireError),
    /// What it says makes no sense for this torrent.
    Senseless,
    /// It says nothing.
    Silent,
    /// It owes us blocks and sends none.
    Stalled,
    /// It sent data that has the wrong hash.
    WrongData,
    /// It says too much.
    Flood,
    /// It takes nothing of what is sent.
    TakesNothing,
}

/// How far a session is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Bytes on disk.
    pub have: u64,
    /// Bytes of all files; none while the description is not here.
    pub total: Option<u64>,
    /// Bytes of pieces received from peers, true and false ones.
    pub downloaded: u64,
    /// Bytes of pieces given to peers.
    pub uploaded: u64,
    /// Peers that we speak with.
    pub peers: usize,
    /// Peers among them that have everything.
    pub seeds: usize,
}

/// In which order pieces are fetched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// From front to back, for what is looked at while it comes.
    Sequential,
    /// What fewest have comes first, so that a swarm lives on when one leaves.
    #[default]
    Rarest,
}
