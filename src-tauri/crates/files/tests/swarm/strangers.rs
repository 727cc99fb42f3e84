//! What strangers may say, and what a session takes of it.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use files::limits::{
    IDLE_AFTER, MAX_CONNECTIONS, MAX_JUNK_BYTES, MAX_UNCHOKED, MAX_UPLOAD_HELD_PER_PEER,
    METADATA_PAUSE, TAKE_PATIENCE,
};
use files::torrent::bits::Bits;
use files::torrent::ids::{Hash, PeerId};
use files::torrent::metadata::{self, Extensions};
use files::torrent::metainfo::Metainfo;
use files::torrent::session::{Conn, Input, MAX_HELD, Order, Output, Reason, Session};
use files::torrent::wire::{Block, Greeting, Message};
use proptest::prelude::*;

use super::SECOND;
use super::puppet::{CONN, Puppet, greeting};
use super::world::{content, torrent};

#[test]
fn ourselves_and_other_torrents_are_not_spoken_with() {
    let it = torrent(1_000_000, 32_768);
    for (hash, id, why) in [
        (Hash([0; 20]), PeerId([1; 20]), Reason::OtherTorrent),
        (it.info_hash(), PeerId([9; 20]), Reason::Myself),
    ] {
        let mut puppet = Puppet::new(&it, true);
        puppet.say(&greeting(hash, id));
        assert_eq!(puppet.closed, Some(why));
    }
}

#[test]
fn a_giver_reads_no_more_than_a_slow_peer_can_take() {
    let it = torrent(8_000_000, 65_536);
    let mut puppet = Puppet::new(&it, true);
    puppet.greet(&it);
    puppet.say(&Message::Interested.to_bytes());
    let mut requests = Vec::new();
    for piece in 0..it.pieces() - 1 {
        for begin in (0..65_536).step_by(16_384) {
            let block = Block {
                piece,
                begin,
                len: 16_384,
            };
            requests.extend(Message::Request(block).to_bytes());
        }
    }
    puppet.say(&requests);

    assert!(puppet.sent > 900_000 && puppet.sent <= MAX_UPLOAD_HELD_PER_PEER + 32_768);
    let before = puppet.sent;
    puppet.input(Input::Sent(CONN, 500_000));
    assert!(puppet.sent > before + 400_000);
    assert_eq!(puppet.closed, None);
}

#[test]
fn a_peer_that_asks_and_never_takes_is_closed() {
    let it = torrent(8_000_000, 65_536);
    let mut puppet = Puppet::new(&it, true);
    puppet.greet(&it);
    // It is choked, so every request is answered with a refusal that it never takes.
    let block = Block {
        piece: 0,
        begin: 0,
        len: 16_384,
    };
    let requests = Message::Request(block).to_bytes().repeat(10_000);
    for _ in 0..100 {
        puppet.now += SECOND;
        puppet.say(&requests);
    }
    assert_eq!(puppet.closed, Some(Reason::TakesNothing));
}

#[test]
fn a_peer_that_talks_without_end_is_closed() {
    let it = torrent(8_000_000, 65_536);
    let mut puppet = Puppet::new(&it, true);
    puppet.greet(&it);
    puppet.say(&Message::KeepAlive.to_bytes().repeat(50_000));
    assert_eq!(puppet.closed, Some(Reason::Flood));

    let mut puppet = Puppet::new(&it, true);
    puppet.greet(&it);
    puppet.say(&Message::Choke.to_bytes().repeat(500));
    assert_eq!(puppet.closed, Some(Reason::Flood));
}

#[test]
fn data_that_nobody_asked_for_is_borne_for_a_while() {
    let it = torrent(8_000_000, 65_536);
    let mut puppet = Puppet::new(&it, false);
    puppet.greet(&it);
    let junk = vec![0; 16_384];
    let message = Message::Piece {
        piece: 3,
        begin: 0,
        bytes: &junk,
    }
    .to_bytes();
    for _ in 0..MAX_JUNK_BYTES / junk.len() {
        puppet.say(&message);
    }
    assert_eq!(puppet.closed, None);
    puppet.say(&message);
    assert_eq!(puppet.closed, Some(Reason::Flood));
}

#[test]
fn nonsense_is_closed() {
    let it = torrent(8_000_000, 65_536);
    for nonsense in [
        Message::Have(it.pieces()).to_bytes(),
        Message::Bitfield(&[0; 3]).to_bytes(),
        Message::Bitfield(&[0xff; 16]).to_bytes(),
        Message::Request(Block {
            piece: it.pieces(),
            begin: 0,
            len: 1,
        })
        .to_bytes(),
        Message::Request(Block {
            piece: 0,
            begin: 65_535,
            len: 2,
        })
        .to_bytes(),
        Message::Request(Block {
            piece: 0,
            begin: u32::MAX,
            len: 16_384,
        })
        .to_bytes(),
        Message::Extended {
            kind: 0,
            payload: b"x",
        }
        .to_bytes(),
        Message::Extended {
            kind: 1,
            payload: b"x",
        }
        .to_bytes(),
    ] {
        let mut puppet = Puppet::new(&it, true);
        puppet.greet(&it);
        puppet.say(&nonsense);
        assert_eq!(puppet.closed, Some(Reason::Senseless), "{nonsense:?}");
    }
}

#[test]
fn a_wrong_description_is_the_liars_loss() {
    let it = torrent(1_000_000, 32_768);
    let session = Session::of_magnet(SECOND, it.info_hash(), PeerId([9; 20]), Order::Rarest, 1);
    let mut puppet = Puppet::with(session);
    puppet.say(&greeting(it.info_hash(), PeerId([1; 20])));
    let payload = Extensions::ours(Some(it.info().len())).to_payload();
    puppet.say(
        &Message::Extended {
            kind: 0,
            payload: &payload,
        }
        .to_bytes(),
    );
    let mut wrong = it.info().to_vec();
    wrong[20] ^= 1;
    let total = wrong.len();
    let part = metadata::Message::Part {
        part: 0,
        total,
        bytes: &wrong,
    }
    .to_payload();
    puppet.say(
        &Message::Extended {
            kind: 1,
            payload: &part,
        }
        .to_bytes(),
    );

    assert_eq!(puppet.closed, Some(Reason::WrongData));
    assert!(puppet.events.is_empty());
}

#[test]
fn a_peer_without_extensions_is_given_to_in_the_old_way() {
    let it = torrent(1_000_000, 32_768);
    let mut puppet = Puppet::new(&it, true);
    let plain = Greeting {
        extended: false,
        fast: false,
        info_hash: it.info_hash(),
        peer_id: PeerId([1; 20]),
    };
    puppet.say(&plain.to_bytes());
    puppet.say(&Message::Interested.to_bytes());
    let block = Block {
        piece: 1,
        begin: 16_384,
        len: 16_384,
    };
    puppet.say(&Message::Request(block).to_bytes());

    let full = Bits::all(it.pieces());
    let data = content(32_768 + 16_384, 16_384);
    let heard = [
        format!("{:?}", Message::Bitfield(full.as_bytes())),
        format!("{:?}", Message::Unchoke),
        format!(
            "{:?}",
            Message::Piece {
                piece: 1,
                begin: 16_384,
                bytes: &data
            }
        ),
    ];
    assert_eq!(puppet.heard, heard);
}

#[test]
fn a_peer_that_lets_everything_wait_is_closed_in_time() {
    let it = torrent(8_000_000, 65_536);
    let mut puppet = Puppet::new(&it, true);
    puppet.greet(&it);
    puppet.now += TAKE_PATIENCE - SECOND;
    puppet.input(Input::Wake);
    assert_eq!(puppet.closed, None);
    puppet.input(Input::Sent(CONN, 1));
    puppet.now += TAKE_PATIENCE - SECOND;
    puppet.input(Input::Wake);
    assert_eq!(puppet.closed, None, "a little was taken");
    puppet.now += SECOND;
    puppet.input(Input::Wake);
    assert_eq!(puppet.closed, Some(Reason::TakesNothing));
}

#[test]
fn those_who_take_nothing_do_not_keep_it_from_the_others() {
    let it = torrent(8_000_000, 65_536);
    let (me, have) = (PeerId([9; 20]), Bits::all(it.pieces()));
    let info_hash = it.info_hash();
    let mut session = Session::of_metainfo(SECOND, it, have, me, Order::Rarest, 1);
    // Asks for two megabytes, and says how much was sent of it.
    let mut ask = |conn: u64| {
        let mut heard = greeting(info_hash, PeerId([conn as u8 + 10; 20])).to_vec();
        heard.extend(Message::Interested.to_bytes());
        for block in 0..128 {
            let block = Block {
                piece: block / 4,
                begin: block % 4 * 16_384,
                len: 16_384,
            };
            heard.extend(Message::Request(block).to_bytes());
        }
        session.handle(SECOND, Input::Connected(Conn(conn)));
        session.handle(SECOND, Input::Received(Conn(conn), heard));
        let mut sent = 0;
        while let Some(output) = session.poll() {
            match output {
                Output::Send(to, bytes) if to == Conn(conn) => sent += bytes.len(),
                Output::Read { ticket, len, .. } => {
                    session.handle(SECOND, Input::Read(ticket, Some(vec![0; len])));
                }
                _ => {}
            }
        }
        assert!(session.held() <= MAX_HELD);
        sent
    };
    for conn in 1..=MAX_UNCHOKED as u64 - 1 {
        ask(conn);
    }
    assert!(ask(MAX_UNCHOKED as u64) > 100_000);
}

#[test]
fn who_asks_for_crumbs_may_ask_less_often() {
    let it = torrent(8_000_000, 65_536);
    for (len, closed) in [(16_384, None), (1, Some(Reason::Flood))] {
        let mut puppet = Puppet::new(&it, true);
        puppet.greet(&it);
        puppet.say(&Message::Interested.to_bytes());
        let block = Block {
            piece: 0,
            begin: 0,
            len,
        };
        puppet.say(&Message::Request(block).to_bytes().repeat(4_000));
        assert_eq!(puppet.closed, closed, "{len}");
    }
}

#[test]
fn strangers_that_only_sit_there_make_room_after_a_while() {
    let it = torrent(1_000_000, 32_768);
    let (me, have) = (PeerId([9; 20]), Bits::all(it.pieces()));
    let mut session = Session::of_metainfo(SECOND, it, have, me, Order::Rarest, 1);
    let mut connect = |now: Duration, conn: u64| {
        session.handle(now, Input::Connected(Conn(conn)));
        std::iter::from_fn(|| session.poll())
            .filter_map(|output| match output {
                Output::Close(conn, why) => Some((conn, why)),
                _ => None,
            })
            .collect::<Vec<_>>()
    };
    let sitting = MAX_CONNECTIONS as u64;
    for conn in 1..=sitting {
        assert_eq!(connect(SECOND, conn), []);
    }
    let soon = connect(SECOND, sitting + 1);
    assert_eq!(soon, [(Conn(sitting + 1), Reason::TooMany)]);
    let later = connect(SECOND + IDLE_AFTER, sitting + 2);
    assert_eq!(later, [(Conn(1), Reason::TooMany)]);
}

#[test]
fn who_did_not_give_the_description_once_is_asked_again_later() {
    let it = torrent(1_000_000, 32_768);
    let session = Session::of_magnet(SECOND, it.info_hash(), PeerId([9; 20]), Order::Rarest, 1);
    let mut puppet = Puppet::with(session);
    puppet.say(&greeting(it.info_hash(), PeerId([1; 20])));
    let extended = |kind, payload: &[u8]| Message::Extended { kind, payload }.to_bytes();
    puppet.say(&extended(
        0,
        &Extensions::ours(Some(it.info().len())).to_payload(),
    ));
    let asked = |puppet: &Puppet| {
        let asked = |heard: &&String| heard.contains("kind: 1");
        puppet.heard.iter().filter(asked).count()
    };
    assert_eq!(asked(&puppet), 1);
    puppet.say(&extended(1, &metadata::Message::Reject(0).to_payload()));
    puppet.input(Input::Wake);
    assert_eq!(asked(&puppet), 1);

    let wake = puppet.session.next_wake().expect("a time");
    assert!(wake <= puppet.now + METADATA_PAUSE);
    puppet.now += METADATA_PAUSE;
    puppet.input(Input::Sent(CONN, 1_000));
    puppet.input(Input::Wake);
    assert_eq!(asked(&puppet), 2);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn whatever_a_stranger_says_a_session_stays_whole_and_small(
        parts in proptest::collection::vec(said(), 0..60),
        gives: bool,
    ) {
        let it = small();
        let mut puppet = Puppet::new(&it, gives);
        puppet.greet(&it);
        for part in parts {
            puppet.now += Duration::from_millis(700);
            puppet.say(&part);
            puppet.input(Input::Wake);
            prop_assert!(puppet.session.held() <= MAX_HELD);
        }
    }
}

/// Messages that are mostly well formed, with fields that are mostly not.
fn said() -> impl Strategy<Value = Vec<u8>> {
    let number = || prop_oneof![0_u32..8, any::<u32>()];
    let block = (
        number(),
        prop_oneof![Just(0_u32), Just(16_384), any::<u32>()],
        prop_oneof![Just(16_384_u32), any::<u32>()],
    )
        .prop_map(|(piece, begin, len)| Block { piece, begin, len });
    prop_oneof![
        Just(Message::Unchoke.to_bytes()),
        Just(Message::Choke.to_bytes()),
        Just(Message::Interested.to_bytes()),
        Just(Message::NotInterested.to_bytes()),
        Just(Message::HaveAll.to_bytes()),
        Just(Message::HaveNone.to_bytes()),
        number().prop_map(|piece| Message::Have(piece).to_bytes()),
        block
            .clone()
            .prop_map(|block| Message::Request(block).to_bytes()),
        block
            .clone()
            .prop_map(|block| Message::Cancel(block).to_bytes()),
        block.prop_map(|block| Message::Reject(block).to_bytes()),
        (0_u32..4, prop_oneof![Just(0_u32), Just(16_384)], 0_usize..2).prop_map(
            |(piece, begin, lie)| {
                let mut bytes = content(u64::from(piece) * 32_768 + u64::from(begin), 16_384);
                bytes[7] ^= lie as u8;
                Message::Piece {
                    piece,
                    begin,
                    bytes: &bytes,
                }
                .to_bytes()
            }
        ),
        (0_u8..3, any::<Vec<u8>>()).prop_map(|(kind, payload)| Message::Extended {
            kind,
            payload: &payload
        }
        .to_bytes()),
        any::<Vec<u8>>(),
    ]
}

fn small() -> Arc<Metainfo> {
    static SMALL: OnceLock<Arc<Metainfo>> = OnceLock::new();
    Arc::clone(SMALL.get_or_init(|| torrent(130_000, 32_768)))
}
