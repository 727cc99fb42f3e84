//! One session, and a peer of it that is moved by hand.

use std::sync::Arc;
use std::time::Duration;

use files::torrent::bits::Bits;
use files::torrent::ids::{Hash, PeerId};
use files::torrent::metainfo::Metainfo;
use files::torrent::session::{Conn, Event, Input, Order, Output, Reason, Session};
use files::torrent::wire::{Decoder, Greeting, Heard};

use super::SECOND;
use super::world::content;

pub(crate) const CONN: Conn = Conn(1);

/// One session, and a peer of it that is moved by hand.
pub(crate) struct Puppet {
    pub(crate) session: Session,
    pub(crate) now: Duration,
    pub(crate) closed: Option<Reason>,
    pub(crate) events: Vec<Event>,
    pub(crate) heard: Vec<String>,
    pub(crate) sent: usize,
    decoder: Decoder,
}

impl Puppet {
    pub(crate) fn new(it: &Arc<Metainfo>, gives: bool) -> Self {
        let have = if gives {
            Bits::all(it.pieces())
        } else {
            Bits::none(it.pieces())
        };
        let it = Arc::clone(it);
        let me = PeerId([9; 20]);
        Self::with(Session::of_metainfo(SECOND, it, have, me, Order::Rarest, 1))
    }

    pub(crate) fn with(session: Session) -> Self {
        let mut puppet = Self {
            session,
            now: SECOND,
            closed: None,
            events: Vec::new(),
            heard: Vec::new(),
            sent: 0,
            decoder: Decoder::default(),
        };
        puppet.input(Input::Connected(CONN));
        puppet
    }

    pub(crate) fn greet(&mut self, it: &Metainfo) {
        self.say(&greeting(it.info_hash(), PeerId([1; 20])));
    }

    pub(crate) fn say(&mut self, bytes: &[u8]) {
        self.input(Input::Received(CONN, bytes.to_vec()));
    }

    pub(crate) fn input(&mut self, input: Input) {
        self.session.handle(self.now, input);
        while let Some(output) = self.session.poll() {
            match output {
                Output::Send(_, bytes) => {
                    self.sent += bytes.len();
                    self.decoder.push(&bytes);
                    while let Ok(Some(heard)) = self.decoder.next() {
                        if let Heard::Message(message) = heard {
                            self.heard.push(format!("{message:?}"));
                        }
                    }
                }
                Output::Close(_, why) => self.closed = Some(why),
                Output::Read {
                    ticket,
                    offset,
                    len,
                } => {
                    let bytes = content(offset, len);
                    self.session
                        .handle(self.now, Input::Read(ticket, Some(bytes)));
                }
                Output::Write {
                    piece,
                    offset,
                    bytes,
                } => {
                    assert_eq!(bytes, content(offset, bytes.len()));
                    self.session.handle(self.now, Input::Written(piece, true));
                }
                Output::Tell(event) => self.events.push(event),
            }
        }
    }
}

pub(crate) fn greeting(info_hash: Hash, peer_id: PeerId) -> [u8; 68] {
    let greeting = Greeting {
        info_hash,
        peer_id,
        extended: true,
        fast: true,
    };
    greeting.to_bytes()
}
