use proptest::prelude::*;

use super::*;

#[test]
fn a_greeting_is_read_and_written_as_browsers_do() {
    let bytes =
        b"\x13BitTorrent protocol\0\0\0\0\0\x10\0\x04hhhhhhhhhhhhhhhhhhhh-WW0109-N40WPxi2j5l/";

    let mut decoder = Decoder::default();
    decoder.push(bytes);
    let Ok(Some(Heard::Greeting(greeting))) = decoder.next() else {
        panic!("a greeting");
    };

    assert!(greeting.extended && greeting.fast);
    assert_eq!(greeting.info_hash, Hash([b'h'; 20]));
    assert_eq!(&greeting.to_bytes(), bytes);
}

#[test]
fn another_protocol_is_known_by_its_first_bytes() {
    let mut decoder = Decoder::default();
    decoder.push(b"GET / HTTP/1.1");
    assert_eq!(decoder.next(), Err(WireError::NotGreeting));
    decoder.push(&greeting().to_bytes());
    assert_eq!(decoder.next(), Err(WireError::NotGreeting));
}

#[test]
fn lengths_that_cannot_be_are_refused() {
    let refused = |bytes: &[u8]| {
        let mut decoder = Decoder::default();
        decoder.push(&greeting().to_bytes());
        assert!(matches!(decoder.next(), Ok(Some(Heard::Greeting(_)))));
        decoder.push(bytes);
        decoder.next().expect_err("a refusal")
    };
    assert_eq!(refused(&[0xff; 4]), WireError::TooLong(u32::MAX));
    assert_eq!(refused(&[0, 0, 0, 2, 0, 0]), WireError::WrongLength(0));
    assert_eq!(refused(&[0, 0, 0, 2, 4, 0]), WireError::WrongLength(4));
    assert_eq!(refused(&[0, 0, 0, 1, 7]), WireError::WrongLength(7));
    assert_eq!(refused(&[0, 0, 0, 1, 20]), WireError::WrongLength(20));
    for len in [0, MAX_BLOCK_BYTES + 1] {
        let block = Block {
            piece: 0,
            begin: 0,
            len,
        };
        let bytes = Message::Request(block).to_bytes();
        assert_eq!(refused(&bytes), WireError::BlockLength(len));
    }
}

proptest! {
    #[test]
    fn a_stream_means_the_same_however_it_is_cut(
        messages in proptest::collection::vec(message(), 0..20),
        cuts in proptest::collection::vec(1_usize..40, 1..50),
    ) {
        let mut stream = greeting().to_bytes().to_vec();
        let mut said = vec![format!("{:?}", Heard::Greeting(greeting()))];
        for message in &messages {
            let message = message.borrow();
            stream.extend(message.to_bytes());
            said.push(format!("{:?}", Heard::Message(message)));
        }

        let mut decoder = Decoder::default();
        let mut heard = Vec::new();
        let mut rest = &stream[..];
        for cut in cuts.iter().cycle() {
            let (now, later) = rest.split_at(rest.len().min(*cut));
            decoder.push(now);
            while let Some(it) = decoder.next().expect("a good stream") {
                heard.push(format!("{it:?}"));
            }
            rest = later;
            if rest.is_empty() {
                break;
            }
        }

        prop_assert_eq!(heard, said);
        prop_assert_eq!(decoder.held(), 0);
    }

    #[test]
    fn random_bytes_never_panic_and_are_never_hoarded(parts: Vec<Vec<u8>>, greets: bool) {
        let mut decoder = Decoder::default();
        if greets {
            decoder.push(&greeting().to_bytes());
        }
        for part in parts {
            decoder.push(&part);
            while let Ok(Some(_)) = decoder.next() {}
            prop_assert!(decoder.held() < MAX_FRAME_BYTES + 4 + part.len());
        }
    }
}

fn greeting() -> Greeting {
    Greeting {
        info_hash: Hash([1; 20]),
        peer_id: PeerId([2; 20]),
        extended: true,
        fast: false,
    }
}

#[derive(Clone, Debug)]
enum Owned {
    Plain(Message<'static>),
    Bitfield(Vec<u8>),
    Piece(u32, u32, Vec<u8>),
    Extended(u8, Vec<u8>),
}

impl Owned {
    fn borrow(&self) -> Message<'_> {
        match self {
            Self::Plain(message) => *message,
            Self::Bitfield(bits) => Message::Bitfield(bits),
            Self::Piece(piece, begin, bytes) => Message::Piece {
                piece: *piece,
                begin: *begin,
                bytes,
            },
            Self::Extended(kind, payload) => Message::Extended {
                kind: *kind,
                payload,
            },
        }
    }
}

fn message() -> impl Strategy<Value = Owned> {
    let block = (any::<u32>(), any::<u32>(), 1..=MAX_BLOCK_BYTES)
        .prop_map(|(piece, begin, len)| Block { piece, begin, len });
    prop_oneof![
        prop_oneof![
            Just(Message::KeepAlive),
            Just(Message::Choke),
            Just(Message::Unchoke),
            Just(Message::Interested),
            Just(Message::NotInterested),
            Just(Message::HaveAll),
            Just(Message::HaveNone),
            any::<u32>().prop_map(Message::Have),
            any::<u32>().prop_map(Message::Suggest),
            any::<u32>().prop_map(Message::AllowedFast),
            any::<u16>().prop_map(Message::Port),
            (21_u8..).prop_map(Message::Unknown),
            block.clone().prop_map(Message::Request),
            block.clone().prop_map(Message::Cancel),
            block.prop_map(Message::Reject),
        ]
        .prop_map(Owned::Plain),
        any::<Vec<u8>>().prop_map(Owned::Bitfield),
        any::<(u32, u32, Vec<u8>)>().prop_map(|(a, b, c)| Owned::Piece(a, b, c)),
        any::<(u8, Vec<u8>)>().prop_map(|(a, b)| Owned::Extended(a, b)),
    ]
}
