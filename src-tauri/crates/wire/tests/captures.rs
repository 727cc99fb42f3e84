//! Do we read and write what real Chitchatter pages said to each other and to a tracker?

use serde_json::Value;
use wire::action::size_limit;
use wire::{
    Access, Action, Assembly, Body, FromTracker, Handshake, InfoHash, Magnet, OfferId, Origin,
    Outer, PeerId, RoomAddress, RoomName, RoomToken, SignalKey, SignalKind, ToTracker, UserId,
    Verification, challenge_response, frames, presence, verify,
};

const PUBLIC: &str = include_str!("data/captures/public.jsonl");
const PRIVATE: &str = include_str!("data/captures/private.jsonl");
const MEDIA: &str = include_str!("data/captures/media.jsonl");
const FILE: &str = include_str!("data/captures/file.jsonl");

#[test]
fn every_frame_of_a_public_room_is_read_and_written() {
    assert_eq!(
        check(PUBLIC),
        Seen {
            said: 12,
            told: 18,
            presence: 2,
            actions: 14,
            cut: 2,
            foreign_tracker: 0,
            foreign_channel: 0
        }
    );
}

#[test]
fn every_frame_of_a_private_room_is_read_and_written() {
    assert_eq!(
        check(PRIVATE),
        Seen {
            said: 12,
            told: 18,
            presence: 2,
            actions: 12,
            cut: 2,
            foreign_tracker: 0,
            foreign_channel: 0
        }
    );
}

#[test]
fn every_frame_of_a_call_is_read_and_written_and_those_of_its_picture_are_left_alone() {
    assert_eq!(
        check(MEDIA),
        Seen {
            said: 11,
            told: 16,
            presence: 4,
            actions: 48,
            cut: 12,
            foreign_tracker: 19,
            foreign_channel: 64
        }
    );
}

#[test]
fn every_frame_beside_a_file_transfer_is_read_and_written_and_the_transfer_is_left_alone() {
    assert_eq!(
        check(FILE),
        Seen {
            said: 12,
            told: 18,
            presence: 2,
            actions: 15,
            cut: 0,
            foreign_tracker: 9,
            foreign_channel: 68
        }
    );
}

#[test]
fn sealed_descriptions_open_with_the_rooms_key_and_seal_to_the_same_text() {
    let address = file_room();
    let key = SignalKey::new(&address);
    let mut opened = 0;
    for (direction, text) in tracker_texts(FILE) {
        let value: Value = serde_json::from_str(&text).expect("JSON");
        if value["info_hash"] != address.info_hash().as_str() {
            continue;
        }
        let mut sealed: Vec<&Value> = vec![&value["offer"]["sdp"], &value["answer"]["sdp"]];
        if direction == "out"
            && let Some(offers) = value["offers"].as_array()
        {
            sealed.extend(offers.iter().map(|offer| &offer["offer"]["sdp"]));
        }
        for sealed in sealed.into_iter().filter_map(Value::as_str) {
            let sdp = key.open(sealed).expect("opens");
            assert!(sdp.starts_with("v=0\r\n") && sdp.contains("webrtc-datachannel"));
            assert_eq!(key.seal(&sdp, iv_of(sealed)), sealed);
            opened += 1;
        }
    }
    assert!(opened >= 8, "{opened}");
}

#[test]
fn the_links_of_shared_files_name_their_torrents() {
    let named = |capture: &'static str| -> Vec<(String, String)> {
        let links = channel_frames(capture).filter_map(|frame| link_in(&frame));
        links
            .map(|link| {
                let magnet = Magnet::parse(&link).expect("a link to a torrent");
                (magnet.hash.to_string(), magnet.name)
            })
            .collect()
    };
    let picture = |hash: &str| (hash.to_owned(), "pic.png".to_owned());

    let sample = "fa0e57606005711875925ea3bd3aad7153df74b9".to_owned();
    assert_eq!(named(FILE), [(sample, "sample.bin".to_owned())]);
    // The same picture twice, to be saved and to be shown, each sealed by itself.
    let media = named(MEDIA);
    assert!(media.contains(&picture("a8e8e02ed2c00610a8c2380470147ecce2a17408")));
    assert!(media.contains(&picture("abd8a2d00898cd00be15b8b3d5693bc3bcbf6d07")));
}

/// The magnet link in a frame, if there is one.
fn link_in(frame: &[u8]) -> Option<String> {
    let Outer::Room { chunk, .. } = Outer::parse(frame).ok()? else {
        return None;
    };
    let body = Assembly::new().push(chunk).ok()??;
    match Action::parse(&body).ok()? {
        Action::FileOffer(offer) => Some(offer?.magnet_uri),
        Action::InlineMedia(media) => Some(media.magnet_uri),
        _ => None,
    }
}

#[test]
fn the_password_was_proved_as_we_prove_it() {
    let steps: Vec<Handshake> = actions(FILE)
        .filter_map(|action| match action {
            Action::HandshakeData(step) => Some(step),
            _ => None,
        })
        .collect();

    let [Handshake::Challenge { c }, Handshake::Response { h }] = &*steps else {
        panic!("not a challenge and a response: {steps:?}");
    };
    assert_eq!(*h, challenge_response(c, &file_room()));
}

#[test]
fn signatures_verify_in_their_room_and_for_their_user_only() {
    let room = file_room().name;
    let elsewhere = RoomName::parse("elsewhere").expect("a name");
    let somebody = UserId::parse("somebody").expect("an id");
    let mut verified = 0;
    for action in actions(FILE) {
        let Action::Metadata(metadata) = action else {
            continue;
        };
        let judge = |room, user| verify(&metadata.public_key, room, user, &metadata.signature);

        assert_eq!(judge(&room, &metadata.user_id), Verification::Verified);
        assert_eq!(judge(&elsewhere, &metadata.user_id), Verification::Invalid);
        assert_eq!(judge(&room, &somebody), Verification::Invalid);
        verified += 1;
    }
    assert_eq!(verified, 2);
}

/// How many messages of each sort a capture holds.
#[derive(Debug, Default, PartialEq)]
struct Seen {
    said: u64,
    told: u64,
    presence: u64,
    actions: u64,
    /// Those of the actions that were cut short in the capture.
    cut: u64,
    foreign_tracker: u64,
    foreign_channel: u64,
}

/// Reads and rewrites every message of a capture.
fn check(capture: &str) -> Seen {
    let mut seen = Seen::default();
    for line in lines(capture) {
        let times = line["seen"].as_u64().expect("a count");
        if let Some(text) = line["text"].as_str() {
            match (line["tracker"].as_str(), is_ours(text)) {
                (Some("out"), true) => {
                    assert_eq!(rewrite(text), text);
                    seen.said += times;
                }
                (Some("in"), true) => {
                    assert_told(text);
                    seen.told += times;
                }
                (_, _) => {
                    let read = FromTracker::parse(text).expect("a message");
                    assert_eq!((read.info_hash, read.signal), (None, None));
                    seen.foreign_tracker += times;
                }
            }
            continue;
        }

        let bytes = unhex(line["hex"].as_str().expect("bytes"));
        let length = usize::try_from(line["length"].as_u64().expect("a length")).expect("small");
        if line["channel"] != "data" {
            assert!(Outer::parse(&bytes).is_err());
            seen.foreign_channel += times;
            continue;
        }
        match Outer::parse(&bytes).expect("a frame") {
            Outer::Presence { token, present } => {
                assert_eq!(presence(token, present), bytes);
                seen.presence += times;
            }
            Outer::Room { token, chunk } => {
                let nonce = chunk.nonce;
                assert!(chunk.last && !chunk.metadata && chunk.progress == 255);
                assert!(length - (bytes.len() - chunk.payload.len()) <= size_limit(chunk.action));
                let body = Assembly::new().push(chunk).expect("taken").expect("whole");
                if bytes.len() == length {
                    assert_eq!(frames(token, nonce, &understand(&body)), [bytes]);
                } else {
                    assert_cut(&body);
                    seen.cut += times;
                }
                seen.actions += times;
            }
        }
    }
    seen
}

/// What we would send to say the same.
fn understand(body: &Body) -> Body {
    Action::parse(body).expect("an action").body()
}

/// Only the beginning is there: it must begin as ours would.
fn assert_cut(body: &Body) {
    let start: &[u8] = match &*body.action {
        "g.3" => b"{\"userId\":\"",
        "@_signal" => b"{\"type\":\"",
        other => panic!("{other} was cut"),
    };
    assert!(body.payload.starts_with(start));
    assert!(Action::parse(body).is_err());
}

fn is_ours(text: &str) -> bool {
    let value: Value = serde_json::from_str(text).expect("JSON");
    InfoHash::parse(value["info_hash"].as_str().expect("a hash")).is_ok()
}

/// Reads what a page said to the tracker, and says it ourselves.
fn rewrite(text: &str) -> String {
    let value: Value = serde_json::from_str(text).expect("JSON");
    let string = |key: &str| value[key].as_str().expect(key).to_owned();
    let info_hash = InfoHash::parse(&string("info_hash")).expect("a hash");
    let peer_id = PeerId::parse(&string("peer_id")).expect("an id");
    let sealed = |value: &Value| value["sdp"].as_str().expect("sealed").to_owned();

    let message = match value.get("offers") {
        Some(offers) => ToTracker::Offers {
            info_hash,
            peer_id,
            numwant: u32::try_from(value["numwant"].as_u64().expect("a number")).expect("small"),
            offers: offers
                .as_array()
                .expect("a list")
                .iter()
                .map(|offer| {
                    let id = offer["offer_id"].as_str().expect("an id");
                    (OfferId::parse(id).expect("an id"), sealed(&offer["offer"]))
                })
                .collect(),
        },
        None => ToTracker::Answer {
            info_hash,
            peer_id,
            to: PeerId::parse(&string("to_peer_id")).expect("an id"),
            offer_id: OfferId::parse(&string("offer_id")).expect("an id"),
            sealed: sealed(&value["answer"]),
        },
    };
    message.to_json()
}

fn assert_told(text: &str) {
    let value: Value = serde_json::from_str(text).expect("JSON");
    let read = FromTracker::parse(text).expect("a message");
    assert_eq!(
        read.info_hash.map(|hash| hash.to_string()).as_deref(),
        value["info_hash"].as_str()
    );
    assert_eq!((&read.failure, &read.warning), (&None, &None));
    assert_eq!(
        read.interval.map(|interval| interval.as_secs()),
        value["interval"].as_u64()
    );
    assert_eq!(
        read.swarm.map(u64::from),
        value["complete"]
            .as_u64()
            .zip(value["incomplete"].as_u64())
            .map(|(complete, incomplete)| complete + incomplete)
    );

    let (kind, description) = match (value.get("offer"), value.get("answer")) {
        (Some(offer), _) => (SignalKind::Offer, offer),
        (_, Some(answer)) => (SignalKind::Answer, answer),
        _ => {
            assert_eq!(read.signal, None);
            return;
        }
    };
    let signal = read.signal.expect("a signal");
    assert_eq!(signal.kind, kind);
    assert_eq!(Some(signal.from.as_str()), value["peer_id"].as_str());
    assert_eq!(Some(signal.offer_id.as_str()), value["offer_id"].as_str());
    assert_eq!(Some(&*signal.sealed), description["sdp"].as_str());
}

/// The only room whose name is known: that of the file transfer.
fn file_room() -> RoomAddress {
    let address = RoomAddress {
        origin: Origin::parse("http://localhost:3000").expect("an origin"),
        name: RoomName::parse("room-bad479b2").expect("a name"),
        access: Access::Public,
    };
    assert_eq!(tokens(FILE), [address.token(); 17]);
    address
}

fn tokens(capture: &str) -> Vec<RoomToken> {
    channel_frames(capture)
        .map(|frame| match Outer::parse(&frame).expect("a frame") {
            Outer::Room { token, .. } | Outer::Presence { token, .. } => token,
        })
        .collect()
}

/// Everything said in a capture, in order.
fn actions(capture: &str) -> impl Iterator<Item = Action> {
    channel_frames(capture).filter_map(|frame| match Outer::parse(&frame).expect("a frame") {
        Outer::Room { chunk, .. } => {
            let body = Assembly::new().push(chunk).expect("taken").expect("whole");
            Some(Action::parse(&body).expect("an action"))
        }
        Outer::Presence { .. } => None,
    })
}

fn channel_frames(capture: &str) -> impl Iterator<Item = Vec<u8>> {
    lines(capture)
        .filter(|line| line["channel"] == "data")
        .flat_map(|line| {
            let times = usize::try_from(line["seen"].as_u64().expect("a count")).expect("small");
            std::iter::repeat_n(unhex(line["hex"].as_str().expect("bytes")), times)
        })
}

fn tracker_texts(capture: &str) -> impl Iterator<Item = (String, String)> {
    lines(capture).filter_map(|line| {
        let direction = line["tracker"].as_str()?.to_owned();
        Some((direction, line["text"].as_str()?.to_owned()))
    })
}

fn lines(capture: &str) -> impl Iterator<Item = Value> {
    capture
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
}

fn iv_of(sealed: &str) -> [u8; 16] {
    let (iv, _) = sealed.split_once('$').expect("a vector");
    let bytes: Vec<u8> = iv
        .split(',')
        .map(|byte| byte.parse().expect("a byte"))
        .collect();
    bytes.try_into().expect("16 bytes")
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).expect("hex"))
        .collect()
}
