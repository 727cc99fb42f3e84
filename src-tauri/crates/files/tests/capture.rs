//! Do we read, and say, what real browsers said to each other when one gave the other a file?

use std::sync::Arc;
use std::time::Duration;

use files::sealed::{Opener, RoomKey, Sealer, sealed_len};
use files::torrent::announce::{FromTracker, Moved, Said, ToTracker};
use files::torrent::bits::Bits;
use files::torrent::ids::{Hash, OfferId, PeerId};
use files::torrent::metadata;
use files::torrent::metainfo::Metainfo;
use files::torrent::session::{Command, Conn, Event, Input, Order, Output, Session};
use files::torrent::wire::{Decoder, Heard, Message};
use serde_json::Value;
use sha2::{Digest, Sha256};

const SEEDER: &[u8] = include_bytes!("data/seeder.bin");
const FETCHER: &[u8] = include_bytes!("data/fetcher.bin");
const CUTS: &str = include_str!("data/cuts.json");
const TRACKER: &str = include_str!("data/tracker.jsonl");
const ROOM: &str = "room-bad479b2";
const INFO_HASH: &str = "fa0e57606005711875925ea3bd3aad7153df74b9";
const PLAIN_SHA256: &str = "f025a43bd82583b74bfade30c8a71f239890e4a5455b762c3dfd4d7c07275669";

#[test]
fn every_message_is_read_and_written_byte_for_byte() {
    for (stream, messages) in [(SEEDER, 18), (FETCHER, 31)] {
        let mut said = Vec::new();
        let mut count = 0;
        decode(stream, 1, |heard| match heard {
            Heard::Greeting(greeting) => said.extend(greeting.to_bytes()),
            Heard::Message(message) => {
                assert!(!matches!(message, Message::Unknown(_)));
                count += 1;
                said.extend(message.to_bytes());
            }
        });
        assert_eq!(said, stream);
        assert_eq!(count, messages);
    }
}

#[test]
fn the_file_is_had_from_the_recording_and_the_rooms_name_alone() {
    let info = recorded_info();
    let metainfo = Metainfo::parse(info, hash()).expect("a description");
    assert_eq!(
        (metainfo.name(), metainfo.total()),
        ("sample.bin", sealed_len(200_000))
    );

    let mut pieces = vec![None; metainfo.pieces() as usize];
    decode(SEEDER, 1000, |heard| {
        if let Heard::Message(Message::Piece {
            piece,
            begin: 0,
            bytes,
        }) = heard
        {
            assert!(metainfo.is_piece(piece, bytes));
            pieces[piece as usize] = Some(bytes.to_vec());
        }
    });
    let sealed: Vec<u8> = pieces
        .into_iter()
        .flat_map(|piece| piece.expect("each"))
        .collect();

    assert_eq!(sha256(&open(&sealed)), PLAIN_SHA256);
}

#[test]
fn a_file_sealed_and_described_here_is_the_one_the_browser_made() {
    let sealed = recorded_file();
    let plain = open(&sealed);
    let salt: [u8; 16] = sealed[..16].try_into().expect("a salt");

    let sealer = Sealer::new(&key(), salt, plain.len() as u64);
    let mut again = sealer.header().to_vec();
    for record in 0..sealer.records() {
        let range = sealer.plain_range(record);
        let mut bytes = plain[range.start as usize..range.end as usize].to_vec();
        assert!(sealer.seal(record, &mut bytes));
        again.extend(bytes);
    }
    assert!(again == sealed);

    let path = files::names::SafePath::parse([&b"sample.bin"[..]]).expect("a path");
    let len = sealed.len() as u64;
    let mut hasher =
        files::torrent::metainfo::PieceHasher::new(files::torrent::metainfo::piece_len(len));
    hasher.push(&sealed);
    let made = Metainfo::new(&[(path, len)], &hasher.finish()).expect("a description");
    assert_eq!(made.info_hash(), hash());
    assert_eq!(made.info(), recorded_info());
}

#[test]
fn our_session_fetches_the_file_from_what_the_browser_said() {
    let me = PeerId([b'm'; 20]);
    let mut session = Session::of_magnet(Duration::ZERO, hash(), me, Order::Sequential, 1);
    let mut sealed = vec![0; sealed_len(200_000) as usize];
    let mut events = Vec::new();
    let mut now = Duration::ZERO;
    let mut handle = |session: &mut Session, input: Input| {
        now += Duration::from_millis(5);
        session.handle(now, input);
        while let Some(output) = session.poll() {
            match output {
                Output::Write {
                    piece,
                    offset,
                    bytes,
                } => {
                    let at = offset as usize;
                    sealed[at..at + bytes.len()].copy_from_slice(&bytes);
                    session.handle(now, Input::Written(piece, true));
                }
                Output::Tell(Event::Described(it)) => {
                    let have = Bits::none(it.pieces());
                    session.handle(now, Input::Command(Command::Fetch { have }));
                }
                Output::Tell(event) => events.push(event),
                Output::Send(..) => {}
                Output::Close(_, why) => panic!("closed: {why:?}"),
                Output::Read { .. } => panic!("nothing was asked"),
            }
        }
    };

    handle(&mut session, Input::Connected(Conn(1)));
    let mut rest = SEEDER;
    for (is_seeder, len) in cuts() {
        if is_seeder {
            let (now, later) = rest.split_at(len);
            rest = later;
            handle(&mut session, Input::Received(Conn(1), now.to_vec()));
        }
    }

    assert!(rest.is_empty());
    assert!(events.contains(&Event::Complete));
    assert_eq!(sha256(&open(&sealed)), PLAIN_SHA256);
}

#[test]
fn our_session_gives_what_the_browser_gave_to_the_same_questions() {
    let sealed = recorded_file();
    let metainfo = Arc::new(Metainfo::parse(recorded_info(), hash()).expect("a description"));
    let have = Bits::all(metainfo.pieces());
    let me = PeerId(*b"-WW0109-OAN3MzuKFIpj");
    let now = Duration::ZERO;
    let mut session = Session::of_metainfo(now, metainfo, have, me, Order::Rarest, 1);
    let mut said = Vec::new();
    let mut handle = |session: &mut Session, input: Input| {
        session.handle(now, input);
        while let Some(output) = session.poll() {
            match output {
                Output::Send(_, bytes) => said.extend(bytes),
                Output::Read {
                    ticket,
                    offset,
                    len,
                } => {
                    let bytes = sealed[offset as usize..offset as usize + len].to_vec();
                    session.handle(now, Input::Read(ticket, Some(bytes)));
                }
                other => panic!("{other:?}"),
            }
        }
    };

    handle(&mut session, Input::Connected(Conn(1)));
    let mut rest = FETCHER;
    for (is_seeder, len) in cuts() {
        if !is_seeder {
            let (now, later) = rest.split_at(len);
            rest = later;
            handle(&mut session, Input::Received(Conn(1), now.to_vec()));
        }
    }

    // The order of what is independent may differ; the words may not.
    assert_eq!(sorted(&said), sorted(SEEDER));
}

#[test]
fn every_announcement_is_read_and_written_byte_for_byte() {
    let mut seen = [0; 4];
    for line in TRACKER.lines() {
        let line: Value = serde_json::from_str(line).expect("a line");
        let text = line["data"].as_str().expect("text");
        if line["dir"] == "out" {
            let said = from_browser(text);
            assert_eq!(said.to_json(), text);
            seen[match said.said {
                Said::Offers { .. } => 0,
                Said::Answer { .. } => 1,
                Said::Completed(_) | Said::Stopped(_) => 2,
            }] += 1;
        } else {
            let read = FromTracker::parse(text).expect("a message");
            assert_eq!(read.info_hash, hash());
            assert!(read.signal.is_some() || read.interval.is_some());
            seen[3] += 1;
        }
    }
    assert_eq!(seen, [2, 1, 1, 5]);
}

/// What a browser said, as the type we say it with.
fn from_browser(text: &str) -> ToTracker {
    let value: Value = serde_json::from_str(text).expect("JSON");
    let field = |key: &str| value[key].as_str().unwrap_or_default();
    let number = |key: &str| value[key].as_u64();
    let moved = Moved {
        uploaded: number("uploaded").unwrap_or_default(),
        downloaded: number("downloaded").unwrap_or_default(),
        left: number("left"),
    };
    let offer_id = |value: &Value| {
        OfferId::from_latin1(value["offer_id"].as_str().expect("an id")).expect("an id")
    };
    let said = if let Some(to) = PeerId::from_latin1(field("to_peer_id")) {
        Said::Answer {
            to,
            offer_id: offer_id(&value),
            sdp: value["answer"]["sdp"]
                .as_str()
                .expect("an answer")
                .to_owned(),
        }
    } else if field("event") == "completed" {
        Said::Completed(moved)
    } else {
        let offers = value["offers"].as_array().expect("offers");
        Said::Offers {
            moved,
            is_first: field("event") == "started",
            offers: offers
                .iter()
                .map(|offer| {
                    let sdp = offer["offer"]["sdp"].as_str().expect("an offer");
                    (offer_id(offer), sdp.to_owned())
                })
                .collect(),
        }
    };
    ToTracker {
        info_hash: Hash::from_latin1(field("info_hash")).expect("a hash"),
        peer_id: PeerId::from_latin1(field("peer_id")).expect("an id"),
        said,
    }
}

fn hash() -> Hash {
    Hash::parse(INFO_HASH).expect("a hash")
}

fn key() -> RoomKey {
    RoomKey::of_room(ROOM).expect("a key")
}

fn cuts() -> Vec<(bool, usize)> {
    let cuts: Vec<(String, usize)> = serde_json::from_str(CUTS).expect("cuts");
    cuts.into_iter()
        .map(|(dir, len)| (dir == "in", len))
        .collect()
}

fn decode(stream: &[u8], cut: usize, mut take: impl FnMut(Heard<'_>)) {
    let mut decoder = Decoder::default();
    for part in stream.chunks(cut) {
        decoder.push(part);
        while let Some(heard) = decoder.next().expect("a good stream") {
            take(heard);
        }
    }
    assert_eq!(decoder.held(), 0);
}

fn recorded_info() -> Vec<u8> {
    let mut info = Vec::new();
    decode(SEEDER, 10_000, |heard| {
        if let Heard::Message(Message::Extended { kind: 1, payload }) = heard
            && let Some(metadata::Message::Part { bytes, .. }) = metadata::Message::parse(payload)
        {
            info = bytes.to_vec();
        }
    });
    info
}

fn recorded_file() -> Vec<u8> {
    let mut sealed = vec![0; sealed_len(200_000) as usize];
    decode(SEEDER, usize::MAX, |heard| {
        if let Heard::Message(Message::Piece {
            piece,
            begin,
            bytes,
        }) = heard
        {
            let at = piece as usize * 16_384 + begin as usize;
            sealed[at..at + bytes.len()].copy_from_slice(bytes);
        }
    });
    sealed
}

fn open(sealed: &[u8]) -> Vec<u8> {
    let mut opener = Opener::new(&key());
    let mut plain = Vec::new();
    for part in sealed.chunks(10_007) {
        opener.push(part, &mut plain).expect("a part");
    }
    opener.finish(&mut plain).expect("the end");
    plain
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn sorted(stream: &[u8]) -> Vec<Vec<u8>> {
    let mut messages = Vec::new();
    decode(stream, usize::MAX, |heard| {
        messages.push(match heard {
            Heard::Greeting(greeting) => greeting.to_bytes().to_vec(),
            Heard::Message(message) => message.to_bytes(),
        });
    });
    messages.sort();
    messages
}
