//! A stranger talks to a session: the first byte says whether it gives, and how the stream is cut.
#![no_main]

use std::sync::Arc;
use std::time::Duration;

use files::names::SafePath;
use files::torrent::bits::Bits;
use files::torrent::ids::PeerId;
use files::torrent::metainfo::{Metainfo, PieceHasher};
use files::torrent::session::{Conn, Input, MAX_HELD, Order, Output, Session};
use files::torrent::wire::Greeting;
use libfuzzer_sys::fuzz_target;

const TOTAL: usize = 40_000;

fuzz_target!(|bytes: &[u8]| {
    let Some((how, stream)) = bytes.split_first() else {
        return;
    };
    let content = vec![7; TOTAL];
    let mut hasher = PieceHasher::new(16_384);
    hasher.push(&content);
    let Ok(path) = SafePath::parse([&b"a"[..]]) else {
        return;
    };
    let Ok(metainfo) = Metainfo::new(&[(path, TOTAL as u64)], &hasher.finish()) else {
        return;
    };
    let pieces = metainfo.pieces();
    let info_hash = metainfo.info_hash();
    let have = if how % 2 == 0 {
        Bits::all(pieces)
    } else {
        Bits::none(pieces)
    };
    let me = PeerId([1; 20]);
    let mut now = Duration::from_secs(1);
    let mut session = Session::of_metainfo(now, Arc::new(metainfo), have, me, Order::Rarest, 1);
    let greeting = Greeting {
        info_hash,
        peer_id: PeerId([2; 20]),
        extended: true,
        fast: true,
    };
    let mut inputs = vec![
        Input::Connected(Conn(1)),
        Input::Received(Conn(1), greeting.to_bytes().to_vec()),
    ];
    for part in stream.chunks(usize::from(how / 2) + 1) {
        inputs.push(Input::Received(Conn(1), part.to_vec()));
        inputs.push(Input::Wake);
    }
    for input in inputs {
        now += Duration::from_millis(300);
        session.handle(now, input);
        while let Some(output) = session.poll() {
            match output {
                Output::Read {
                    ticket,
                    offset,
                    len,
                } => {
                    let at = offset as usize;
                    let bytes = content[at..at + len].to_vec();
                    session.handle(now, Input::Read(ticket, Some(bytes)));
                }
                Output::Write {
                    piece,
                    offset,
                    bytes,
                } => {
                    let at = offset as usize;
                    assert_eq!(bytes, content[at..at + bytes.len()]);
                    session.handle(now, Input::Written(piece, true));
                }
                Output::Send(..) | Output::Close(..) | Output::Tell(_) => {}
            }
        }
        assert!(session.held() <= MAX_HELD);
    }
});
