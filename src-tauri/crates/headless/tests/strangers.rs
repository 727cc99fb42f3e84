//! What strangers can do to a terminal peer: be thrown out, and nothing else.
//!
//! The victim is the real program; its memory is what the system says it is.

#![cfg(target_os = "linux")]

mod common;
mod stranger;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use common::{LIMIT, Peer, Tracker, room};
use rand::{Rng, RngCore};
use sha1::{Digest, Sha1};
use stranger::Stranger;
use wire::{Access, Origin, PeerId, RoomAddress, RoomName};

/// What one misbehaving peer may cost in memory for a moment: nine mebibytes of unfinished
/// transmissions, one more transcript being read, what the network stack holds, and what the
/// allocator does not give back.
const MEMORY: u64 = 48 * 1024;

/// Between two honest lines while strangers rage.
const CHAT_EVERY: Duration = Duration::from_millis(50);

const LAST: u8 = 0x01;
const TEXT: u8 = 0x00;
const JSON: u8 = 0x08;
const BINARY: u8 = 0x0c;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stranger_is_bounded_and_thrown_out_while_others_go_on_chatting() {
    let tracker = Tracker::start();
    let room = room();
    let victim = Peer::join(&tracker.url, &room, &["--name", "Victim"]);
    let ada = Peer::join(&tracker.url, &room, &["--name", "Ada"]);
    let ben = Peer::join(&tracker.url, &room, &["--name", "Ben"]);
    for peer in [&ada, &ben] {
        peer.meets(&victim);
        victim.meets(peer);
    }
    let place = Place {
        tracker: tracker.url.clone(),
        address: address(&room),
        victim: PeerId::parse(&victim.id()).expect("an id"),
    };
    let chat = Chat::start([ada, ben]);
    let before = peak_kilobytes(&victim);

    for (name, attack) in ATTACKS {
        let mark = victim.mark();
        let mut stranger = Stranger::meet(&place.tracker, &place.address, &place.victim).await;
        let is_member = |event: &serde_json::Value| event["peer"]["peerId"] == stranger.id.as_str();
        victim.hears_from(mark, "peerJoined", LIMIT, is_member);
        rage(*attack, &mut stranger).await;
        stranger.is_thrown_out().await;

        let id = stranger.id.as_str();
        victim.hears_from(mark, "problemAdded", LIMIT, |event| {
            event["problem"]["what"]["kind"] == "cutOff"
        });
        victim.hears_from(mark, "peerLeft", LIMIT, |event| event["peerId"] == id);
        let grown = peak_kilobytes(&victim) - before;
        assert!(grown <= MEMORY, "{name}: {grown} KiB more than before");
    }

    let said = chat.stop();
    for (author, count) in said {
        let mut next = 0;
        victim.hears("lineAdded", |event| {
            if event["line"]["author"] == author {
                assert_eq!(event["line"]["text"], format!("{author} {next}"));
                next += 1;
            }
            next == count
        });
        assert!(count > 10, "{author} had time to talk");
    }
}

/// Where a stranger finds its victim.
struct Place {
    tracker: String,
    address: RoomAddress,
    victim: PeerId,
}

#[derive(Clone, Copy)]
enum Attack {
    OversizedFrames,
    EndlessChunks,
    ManyUnfinished,
    UnknownActions,
    NotText,
    HugeTranscript,
    TranscriptsThatFit,
    RandomBytes,
}

const ATTACKS: &[(&str, Attack)] = &[
    ("oversized frames", Attack::OversizedFrames),
    ("endless chunks", Attack::EndlessChunks),
    ("many unfinished transmissions", Attack::ManyUnfinished),
    ("unknown actions", Attack::UnknownActions),
    ("invalid UTF-8", Attack::NotText),
    ("a transcript of a million lines", Attack::HugeTranscript),
    (
        "transcripts that just fit, again and again",
        Attack::TranscriptsThatFit,
    ),
    ("random bytes", Attack::RandomBytes),
];

async fn rage(attack: Attack, stranger: &mut Stranger) {
    match attack {
        // The channel takes messages of 256 KiB; ours are 16.
        Attack::OversizedFrames => {
            for bytes in [16 * 1024 + 1, 64 * 1024, 256 * 1024 - 103] {
                let frame = stranger.frame(b"g.0", 0, TEXT, &vec![b'x'; bytes]);
                stranger.send_all(std::iter::repeat_n(frame, 200)).await;
            }
        }
        Attack::EndlessChunks => {
            let frame = stranger.frame(b"g.2", 0, JSON, &[b'['; 16_000]);
            stranger.send_all(std::iter::repeat_n(frame, 10_000)).await;
        }
        Attack::ManyUnfinished => {
            let frames: Vec<_> = (0..64)
                .map(|nonce| stranger.frame(b"g.2", nonce, JSON, &[b'['; 16_000]))
                .collect();
            stranger
                .send_all(frames.iter().cycle().take(10_000).cloned())
                .await;
        }
        Attack::UnknownActions => {
            let frames: Vec<_> = (0..100u8)
                .map(|kind| {
                    let name = format!("x.{kind}");
                    stranger.frame(name.as_bytes(), 0, BINARY | LAST, &[kind; 1_000])
                })
                .collect();
            stranger
                .send_all(frames.iter().cycle().take(100_000).cloned())
                .await;
        }
        Attack::NotText => {
            let name = stranger.frame(b"g.\xff\xfe", 0, TEXT | LAST, b"x");
            let text = stranger.frame(b"g.0", 0, JSON | LAST, b"{\"text\":\"\xc3\x28\"}");
            let json = stranger.frame(b"g.3", 0, JSON | LAST, b"\xff\xff\xff");
            let frames = [name, text, json];
            stranger
                .send_all(frames.iter().cycle().take(100_000).cloned())
                .await;
        }
        Attack::HugeTranscript => {
            let open = stranger.frame(b"g.2", 7, JSON, b"[");
            stranger.send(open).await;
            let mut lines = 0;
            while lines < 1_000_000 {
                let mut part = String::new();
                while part.len() < 15_000 {
                    part.push_str(&line(lines));
                    part.push(',');
                    lines += 1;
                }
                let frame = stranger.frame(b"g.2", 7, JSON, part.as_bytes());
                stranger.send(frame).await;
            }
        }
        Attack::TranscriptsThatFit => {
            // Each is read; only the first of a peer counts, and none may cost more than another.
            for nonce in 0..6 {
                let mut text = String::from("[");
                for number in 0..70_000 {
                    text.push_str(&line(number));
                    text.push(',');
                }
                text.push_str("{}]");
                let last = text.len().div_ceil(16_000) - 1;
                let frames: Vec<_> = text
                    .as_bytes()
                    .chunks(16_000)
                    .enumerate()
                    .map(|(at, part)| {
                        let tag = if at == last { JSON | LAST } else { JSON };
                        stranger.frame(b"g.2", nonce, tag, part)
                    })
                    .collect();
                stranger.send_all(frames.into_iter()).await;
            }
            rage_on_with_nonsense(stranger).await;
        }
        Attack::RandomBytes => rage_on_with_nonsense(stranger).await,
    }
}

/// Nobody bears this.
async fn rage_on_with_nonsense(stranger: &mut Stranger) {
    let frames = (0..100_000).map(|_| {
        let mut rng = rand::thread_rng();
        let mut bytes = vec![0; rng.gen_range(1..2_000)];
        rng.fill_bytes(&mut bytes);
        bytes
    });
    stranger.send_all(frames).await;
}

fn line(number: u32) -> String {
    format!(r#"{{"authorId":"a","text":"t","timeSent":1,"id":"{number}","timeReceived":1}}"#)
}

fn address(room: &str) -> RoomAddress {
    RoomAddress {
        origin: Origin::parse("https://chitchatter.im").expect("an origin"),
        name: RoomName::parse(room).expect("a name"),
        access: Access::Public,
    }
}

/// Honest peers that chat until told to stop.
struct Chat {
    stop: Arc<AtomicBool>,
    talking: Vec<JoinHandle<(String, usize)>>,
}

impl Chat {
    fn start(peers: [Peer; 2]) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let talking = peers
            .into_iter()
            .map(|mut peer| {
                let stop = Arc::clone(&stop);
                std::thread::spawn(move || {
                    let name = peer.me()["name"].as_str().expect("a name").to_owned();
                    let mut said = 0;
                    while !stop.load(Ordering::SeqCst) {
                        peer.say(&format!("{name} {said}"));
                        said += 1;
                        std::thread::sleep(CHAT_EVERY);
                    }
                    peer.process.end_input();
                    assert_eq!(peer.process.code(), Some(0));
                    (name, said)
                })
            })
            .collect();
        Self { stop, talking }
    }

    /// Who said how much.
    fn stop(self) -> Vec<(String, usize)> {
        self.stop.store(true, Ordering::SeqCst);
        self.talking
            .into_iter()
            .map(|it| it.join().expect("no chatter panics"))
            .collect()
    }
}

/// The most memory a process ever held, in kibibytes.
fn peak_kilobytes(peer: &Peer) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", peer.process.id()))
        .expect("the victim lives");
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .and_then(|rest| rest.split_whitespace().next())
        .and_then(|number| number.parse().ok())
        .expect("the system says")
}

#[test]
fn hostile_trackers_cost_nothing_but_themselves() {
    let tracker = Tracker::start();
    let room = room();
    let hostile: Vec<HostileTracker> = [
        Hostility::Slam,
        Hostility::Babble,
        Hostility::Flood,
        Hostility::Giant,
        Hostility::Lie,
        Hostility::Refuse,
        Hostility::Silence,
    ]
    .into_iter()
    .map(|hostility| HostileTracker::start(hostility, address(&room)))
    .collect();
    let mut more = vec!["--name", "Ada"];
    for tracker in &hostile {
        more.extend(["--tracker", tracker.url.as_str()]);
    }
    let mut ada = Peer::join(&tracker.url, &room, &more);
    more[1] = "Ben";
    let mut ben = Peer::join(&tracker.url, &room, &more);
    ada.meets(&ben);
    ben.meets(&ada);
    let before = peak_kilobytes(&ada).max(peak_kilobytes(&ben));

    for tracker in &hostile {
        let expected = match tracker.hostility {
            Hostility::Slam => "closed",
            Hostility::Babble | Hostility::Giant => "garbage",
            Hostility::Flood => "flooded",
            Hostility::Refuse => "refused",
            // It looks like any other from outside, or like one that thinks for long.
            Hostility::Lie | Hostility::Silence => continue,
        };
        ada.hears("trackerChanged", |event| {
            event["url"] == tracker.url.as_str()
                && event["state"] == "failed"
                && (event["reason"] == expected
                    // How a slammed door looks depends on how far the visitor was.
                    || tracker.hostility == Hostility::Slam)
        });
    }
    let started = Instant::now();
    let mut round = 0;
    while started.elapsed() < Duration::from_secs(5) {
        ada.say(&format!("ada {round}"));
        ben.say(&format!("ben {round}"));
        ben.hears_line(&format!("ada {round}"));
        ada.hears_line(&format!("ben {round}"));
        round += 1;
    }

    // A newcomer with the same trackers is met as well.
    let eve = Peer::join(&tracker.url, &room, &more);
    eve.meets(&ada);
    eve.meets(&ben);
    for peer in [&ada, &ben] {
        let grown = peak_kilobytes(peer).saturating_sub(before);
        assert!(grown <= MEMORY, "{grown} KiB more than before");
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Hostility {
    /// Closes every connection at once.
    Slam,
    /// Sends text that is no tracker's message.
    Babble,
    /// Sends good messages without end.
    Flood,
    /// Announces a message of a pebibyte and starts to send it.
    Giant,
    /// Passes on offers and answers that nobody made.
    Lie,
    /// Answers with an HTTP error.
    Refuse,
    /// Takes connections and says nothing.
    Silence,
}

/// A WebSocket server that is no friend. Written by hand: no library would let it misbehave so.
struct HostileTracker {
    url: String,
    hostility: Hostility,
    stop: Arc<AtomicBool>,
}

impl HostileTracker {
    fn start(hostility: Hostility, address: RoomAddress) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("ws://{}", listener.local_addr().expect("bound"));
        let stop = Arc::new(AtomicBool::new(false));
        let stopping = Arc::clone(&stop);
        std::thread::spawn(move || {
            let mut kept = Vec::new();
            for stream in listener.incoming().map_while(Result::ok) {
                if stopping.load(Ordering::SeqCst) {
                    return;
                }
                match hostility {
                    Hostility::Slam => drop(stream),
                    Hostility::Silence => kept.push(stream),
                    _ => {
                        let address = address.clone();
                        let stopping = Arc::clone(&stopping);
                        std::thread::spawn(move || {
                            // The other side ends it, as it should.
                            let _ = misbehave(hostility, stream, &address, &stopping);
                        });
                    }
                }
            }
        });
        Self {
            url,
            hostility,
            stop,
        }
    }
}

impl Drop for HostileTracker {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // One more visitor, so that the door is looked at again.
        let _ = TcpStream::connect(self.url.trim_start_matches("ws://"));
    }
}

fn misbehave(
    hostility: Hostility,
    mut stream: TcpStream,
    address: &RoomAddress,
    stopping: &AtomicBool,
) -> std::io::Result<()> {
    let request = head(&mut stream)?;
    if hostility == Hostility::Refuse {
        return stream.write_all(b"HTTP/1.1 503 No\r\ncontent-length: 0\r\n\r\n");
    }
    let key = request
        .lines()
        .find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("sec-websocket-key")
                .then(|| value.trim().to_owned())
        })
        .unwrap_or_default();
    let accept = BASE64_STANDARD.encode(Sha1::digest(format!(
        "{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
    )));
    stream.write_all(
        format!(
            "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\
             sec-websocket-accept: {accept}\r\n\r\n"
        )
        .as_bytes(),
    )?;
    let hash = address.info_hash();
    let honest = format!(
        r#"{{"action":"announce","info_hash":"{}","interval":0,"complete":1,"incomplete":1}}"#,
        hash.as_str()
    );
    if hostility == Hostility::Giant {
        stream.write_all(&[0x81, 127])?;
        stream.write_all(&(1u64 << 50).to_be_bytes())?;
    }
    while !stopping.load(Ordering::SeqCst) {
        match hostility {
            Hostility::Babble => say(&mut stream, "[[[[ no tracker says this \u{1b}[2J")?,
            Hostility::Flood => say(&mut stream, &honest)?,
            Hostility::Giant => stream.write_all(&[b'x'; 64 * 1024])?,
            Hostility::Lie => {
                say(&mut stream, &lie(hash.as_str()))?;
                std::thread::sleep(Duration::from_millis(10));
            }
            Hostility::Slam | Hostility::Refuse | Hostility::Silence => return Ok(()),
        }
    }
    Ok(())
}

/// An offer or an answer from nobody.
fn lie(info_hash: &str) -> String {
    let mut rng = rand::thread_rng();
    let peer = wire::random_text(&mut rng, 20);
    let offer = wire::random_text(&mut rng, 20);
    let kind = if rng.r#gen() { "offer" } else { "answer" };
    let iv: Vec<String> = (0..16).map(|_| rng.r#gen::<u8>().to_string()).collect();
    let mut bytes = [0; 600];
    rng.fill_bytes(&mut bytes);
    let sealed = format!("{}${}", iv.join(","), BASE64_STANDARD.encode(bytes));
    format!(
        r#"{{"action":"announce","info_hash":"{info_hash}","peer_id":"{peer}","offer_id":"{offer}","{kind}":{{"type":"{kind}","sdp":"{sealed}"}}}}"#
    )
}

/// One text message, as a server sends it.
fn say(stream: &mut TcpStream, text: &str) -> std::io::Result<()> {
    let length = u16::try_from(text.len()).expect("short");
    let mut frame = vec![0x81];
    if length < 126 {
        frame.push(length as u8);
    } else {
        frame.push(126);
        frame.extend(length.to_be_bytes());
    }
    frame.extend(text.bytes());
    stream.write_all(&frame)
}

/// The request, up to the empty line.
fn head(stream: &mut TcpStream) -> std::io::Result<String> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}
