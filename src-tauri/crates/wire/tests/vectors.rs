//! Do we read and write what the published Trystero reads and writes? One test a group of vectors.

use rand::RngCore;
use serde_json::Value;
use wire::action::challenge_response_for;
use wire::address::sha1_base36;
use wire::{
    Action, ActionError, Assembly, Body, BodyKind, Chunk, FrameError, Handshake, InfoHash, OfferId,
    Outer, PeerId, RoomToken, SealError, SignalKey, ToTracker, frames, presence, random_challenge,
    random_text,
};

const VECTORS: &str = include_str!("data/trystero-vectors.json");
/// What comes before the action frame in a room frame.
const ROOM_HEADER_LEN: usize = 67;

#[test]
fn there_is_no_group_of_vectors_without_a_test() {
    let vectors: Value = serde_json::from_str(VECTORS).expect("the vectors are JSON");
    let groups: Vec<&String> = vectors["groups"]
        .as_object()
        .expect("groups")
        .keys()
        .collect();

    assert_eq!(
        groups,
        [
            "action_frames",
            "id_alphabet",
            "live_announce",
            "outer_frames",
            "password_handshake",
            "requests",
            "room_session",
            "sha1b36",
            "signal_cipher",
            "signal_cipher_edge",
            "topics",
        ]
    );
}

#[test]
fn random_ids_are_drawn_as_trystero_draws_them() {
    let group = group("id_alphabet");
    let mut walk = Walk(0);

    for id in list(&group["sampleIds"]) {
        assert_eq!(random_text(&mut walk, 20), string(id));
    }
    let mut walk = Walk(0);
    let alphabet = string(&group["alphabet"]);
    let drawn: String = random_text(&mut walk, 62);
    let in_order: String = (0..62)
        .filter_map(|index| drawn.chars().nth(index * 9 % 62))
        .collect();
    assert_eq!(in_order, alphabet);
}

#[test]
fn rooms_are_called_what_trystero_calls_them() {
    for vector in list(&group("topics")) {
        let (app, room) = (string(&vector["appId"]), string(&vector["roomId"]));

        assert_eq!(
            sha1_base36(string(&vector["rootTopicPlaintext"])),
            string(&vector["rootTopic"])
        );
        assert_eq!(
            sha1_base36(string(&vector["selfTopicPlaintext"])),
            string(&vector["selfTopic"])
        );
        assert_eq!(
            sha1_base36(string(&vector["rootTopic"])),
            string(&vector["infoHashBeforeTruncation"])
        );
        assert_eq!(
            InfoHash::derive(app, room).as_str(),
            string(&vector["infoHash"])
        );
        assert_eq!(
            RoomToken::derive(app, room).as_str(),
            string(&vector["roomToken"])
        );
    }
}

#[test]
fn digests_are_printed_as_trystero_prints_them() {
    for vector in list(&group("sha1b36")) {
        assert_eq!(
            sha1_base36(string(&vector["input"])),
            string(&vector["sha1b36"])
        );
    }
}

#[test]
fn descriptions_are_sealed_to_the_same_text_and_opened_from_it() {
    for vector in list(&group("signal_cipher")) {
        let key = SignalKey::derive(
            string(&vector["password"]),
            string(&vector["appId"]),
            string(&vector["roomId"]),
        );
        let iv: [u8; 16] = unhex(string(&vector["ivHex"]))
            .try_into()
            .expect("16 bytes");
        let (plain, sealed) = (string(&vector["plaintext"]), string(&vector["ciphertext"]));

        assert_eq!(key.seal(plain, iv), sealed);
        assert_eq!(key.open(sealed).as_deref(), Ok(plain));
    }
}

#[test]
fn odd_sealed_texts_fare_as_they_do_in_trystero() {
    let key = SignalKey::derive("pw", "test-app", "room-1");
    for vector in list(&group("signal_cipher_edge")) {
        let opened = key.open(string(&vector["input"]));

        match string(&vector["label"]) {
            "wrong key" => assert_eq!(opened, Err(SealError::Key)),
            "no $" => assert_eq!(opened, Err(SealError::Form)),
            _ => assert_eq!(opened.as_deref(), Ok(string(&vector["plaintext"]))),
        }
    }
}

#[test]
fn the_password_is_proved_as_trystero_proves_it() {
    for vector in list(&group("password_handshake")) {
        let messages = list(&vector["messages"]);
        let challenge = string(&messages[0]["data"]["c"]);
        let proof = challenge_response_for(
            challenge,
            string(&vector["password"]),
            string(&vector["appId"]),
            string(&vector["roomId"]),
        );

        assert_eq!(random_challenge(&mut Walk(0)), challenge);
        assert_eq!(proof, string(&messages[1]["data"]["h"]));
        let steps = [
            Handshake::Challenge {
                c: challenge.to_owned(),
            },
            Handshake::Response { h: proof },
        ];
        for (step, message) in steps.into_iter().zip(messages) {
            let action = Action::HandshakeData(step);
            let body = action.body();

            assert_eq!(json(&body.payload), message["data"]);
            assert_eq!(Action::parse(&body), Ok(action));
        }
    }
}

#[test]
fn transmissions_are_cut_and_joined_as_trystero_does_it() {
    let mut compared = 0;
    for vector in list(&group("action_frames")) {
        let label = string(&vector["label"]);
        if label.starts_with("nonce:") {
            // Counting is the sender's; what the frame holds is all of it.
            for nonce in list(&vector["nonces"]) {
                let (action, nonce) = string(nonce).split_once(':').expect("name:nonce");
                let nonce = nonce.parse().expect("a nonce");
                let written = inner_frames(nonce, &text_body(action, "x"));
                let chunk = Chunk::parse(&written[0]).expect("a chunk");
                assert_eq!((chunk.action, chunk.nonce), (action, nonce));
            }
            continue;
        }
        if let Some(error) = vector.get("error") {
            assert!(string(error).contains("exceeds byte limit (32)"));
            assert!(inner_frames(0, &text_body(&"é".repeat(17), "x")).is_empty());
            continue;
        }

        let body = body_of(vector);
        let written = inner_frames(0, &body);
        let expected = list(&vector["frames"]);
        assert_eq!(written.len(), expected.len(), "{label}");
        for (frame, expected) in written.iter().zip(expected) {
            assert_frame(frame, expected, label);
        }
        for (frame, share) in written.iter().zip(list(&vector["senderProgress"])) {
            let chunk = Chunk::parse(frame).expect("a chunk");
            let share = share.as_f64().expect("a share");
            assert!(
                (f64::from(chunk.progress) / 255.0 - share).abs() < 0.01,
                "{label}"
            );
        }
        assert_eq!(join(&written), Some(body), "{label}");
        compared += 1;
    }
    assert_eq!(compared, 19);
}

#[test]
fn requests_and_responses_are_transmissions_with_metadata() {
    let group = group("requests");
    let mut assembly = Assembly::new();
    let mut bodies = Vec::new();
    for vector in list(&group["frames"]) {
        let frame = unhex(string(&vector["frame"]));
        let chunk = Chunk::parse(&frame).expect("a chunk");
        let nonce = chunk.nonce;
        if let Some(body) = assembly.push(chunk).expect("taken") {
            bodies.push((nonce, body));
        }
    }

    let rewritten: Vec<Vec<u8>> = bodies
        .iter()
        .flat_map(|(nonce, body)| inner_frames(*nonce, body))
        .collect();
    let expected: Vec<Vec<u8>> = list(&group["frames"])
        .iter()
        .map(|vector| unhex(string(&vector["frame"])))
        .collect();
    assert_eq!(rewritten, expected);
    assert_eq!(bodies.len(), 4);
    for (_, body) in bodies {
        let metadata = json(body.metadata.as_deref().expect("metadata"));
        assert!(metadata["r"].is_string());
        assert_eq!(
            Action::parse(&body),
            Err(ActionError::Unknown {
                name: body.action.clone()
            })
        );
    }
}

#[test]
fn messages_on_the_channel_name_their_room_as_trystero_does() {
    let group = group("outer_frames");
    let token = RoomToken::parse(string(&group["roomToken"])).expect("a token");

    for (present, vector) in [(true, "presenceOn"), (false, "presenceOff")] {
        let frame = unhex(string(&group[vector]));
        assert_eq!(presence(token, present), frame);
        assert_eq!(Outer::parse(&frame), Ok(Outer::Presence { token, present }));
    }

    // The vector wraps two bytes that are no action frame: the room is read, the rest is refused.
    let frame = unhex(string(&group["roomFrame"]));
    assert_eq!(Outer::parse(&frame), Err(FrameError::TooShort(2)));
    let ours = &frames(token, 0, &text_body("g.0", ""))[0];
    assert_eq!(ours[..ROOM_HEADER_LEN], frame[..ROOM_HEADER_LEN]);
}

#[test]
fn a_whole_session_of_two_rooms_is_read_and_written() {
    let mut said = Vec::new();
    for vector in list(&group("room_session")) {
        let Some(frame) = vector.get("frame") else {
            continue;
        };
        let frame = unhex(string(frame));
        let chunk = Chunk::parse(&frame).expect("a chunk");
        let nonce = chunk.nonce;
        assert_eq!(chunk.action, string(&vector["type"]));
        assert_eq!(Some(u64::from(nonce)), vector["nonce"].as_u64());
        assert_eq!(Some(u64::from(chunk.progress)), vector["progress"].as_u64());
        assert_eq!(chunk.payload, string(&vector["payload"]).as_bytes());

        let body = Assembly::new().push(chunk).expect("taken").expect("whole");
        let action = Action::parse(&body).expect("an action");
        assert_eq!(inner_frames(nonce, &action.body()), [frame]);
        said.push(action.name());
    }

    assert_eq!(
        said,
        [
            "@_hsdata",
            "@_hsdata",
            "@_hsready",
            "@_hsready",
            "@_ping",
            "@_pong",
            "@_stream",
            "@_stream",
            "@_track",
            "@_track",
            "@_signal",
            "@_leave",
        ]
    );
}

#[test]
fn announcements_have_exactly_the_fields_trystero_sends() {
    let group = group("live_announce");
    let key = SignalKey::derive("pw", "test-app", "room-1");
    let iv = [
        0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee,
        0xff,
    ];
    let info_hash = InfoHash::derive("test-app", "room-1");
    let own = PeerId::parse("SelfSelfSelfSelfSelf").expect("an id");
    let offer_ids = ["0", "1", "2"].map(|digit| OfferId::parse(&digit.repeat(20)).expect("an id"));

    let offers = ToTracker::Offers {
        info_hash,
        peer_id: own,
        numwant: 3,
        offers: offer_ids.map(|id| (id, key.seal("OFFER-SDP", iv))).to_vec(),
    };
    let unmask = |value: &Value| {
        let mut text = value.to_string().replace("<SELF_ID>", own.as_str());
        for (index, id) in offer_ids.iter().enumerate() {
            text = text.replace(&format!("<OFFER_ID_{index}>"), id.as_str());
        }
        json(text.as_bytes())
    };
    assert_eq!(
        json(offers.to_json().as_bytes()),
        unmask(&group["announce"])
    );

    let answer = ToTracker::Answer {
        info_hash,
        peer_id: own,
        to: PeerId::parse("00000000000000000000").expect("an id"),
        offer_id: OfferId::parse("offerIdFromLower0000").expect("an id"),
        sealed: key.seal("ANSWER-SDP", iv),
    };
    assert_eq!(json(answer.to_json().as_bytes()), unmask(&group["answer"]));
    assert_eq!(
        group["selfIdLength"].as_u64(),
        Some(own.as_str().len() as u64)
    );
}

/// Steps through the alphabet by sevens, as the generator of the vectors did.
struct Walk(u64);

impl RngCore for Walk {
    fn next_u32(&mut self) -> u32 {
        let index = self.0 * 7 % 62;
        self.0 += 1;
        u32::try_from((index << 32).div_ceil(62)).expect("less than 2^32")
    }

    fn next_u64(&mut self) -> u64 {
        u64::from(self.next_u32())
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        bytes.fill(0);
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), rand::Error> {
        bytes.fill(0);
        Ok(())
    }
}

fn group(name: &str) -> Value {
    let mut vectors: Value = serde_json::from_str(VECTORS).expect("the vectors are JSON");
    vectors["groups"][name]["vectors"].take()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

fn string(value: &Value) -> &str {
    value.as_str().expect("a string")
}

fn json(text: &[u8]) -> Value {
    serde_json::from_slice(text).expect("JSON")
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).expect("hex"))
        .collect()
}

fn text_body(action: &str, text: &str) -> Body {
    Body {
        action: action.to_owned(),
        kind: BodyKind::Text,
        payload: text.as_bytes().to_vec(),
        metadata: None,
    }
}

/// The transmission a vector describes. Bytes it does not spell out follow its stated pattern.
fn body_of(vector: &Value) -> Body {
    let (kind, payload) = match &vector["data"] {
        Value::String(text) => (BodyKind::Text, text.as_bytes().to_vec()),
        Value::Object(data) if data.contains_key("binaryLength") => {
            let length = data["binaryLength"].as_u64().expect("a length");
            let bytes = match data.get("hex") {
                Some(bytes) => unhex(string(bytes)),
                None => (0..length).map(|index| (index & 0xff) as u8).collect(),
            };
            (BodyKind::Binary, bytes)
        }
        other => (BodyKind::Json, other.to_string().into_bytes()),
    };
    Body {
        action: string(&vector["type"]).to_owned(),
        kind,
        payload,
        metadata: vector
            .get("metadata")
            .map(|value| value.to_string().into_bytes()),
    }
}

fn inner_frames(nonce: u16, body: &Body) -> Vec<Vec<u8>> {
    frames(RoomToken::derive("test-app", "room-1"), nonce, body)
        .into_iter()
        .map(|frame| frame[ROOM_HEADER_LEN..].to_vec())
        .collect()
}

/// Long frames are only summarised in the vectors.
fn assert_frame(frame: &[u8], expected: &Value, label: &str) {
    let Some(header) = expected.get("headerHex") else {
        assert_eq!(frame, unhex(string(expected)), "{label}");
        return;
    };
    let (head, payload) = frame.split_at(36);
    assert_eq!(head, unhex(string(header)), "{label}");
    assert_eq!(
        Some(payload.len() as u64),
        expected["payloadLength"].as_u64()
    );
    assert!(payload.starts_with(&unhex(string(&expected["payloadHeadHex"]))));
    assert!(payload.ends_with(&unhex(string(&expected["payloadTailHex"]))));
}

fn join(frames: &[Vec<u8>]) -> Option<Body> {
    let mut assembly = Assembly::new();
    let mut whole = None;
    for frame in frames {
        assert_eq!(whole, None, "whole before its last frame");
        whole = assembly
            .push(Chunk::parse(frame).expect("a chunk"))
            .expect("taken");
    }
    whole
}
