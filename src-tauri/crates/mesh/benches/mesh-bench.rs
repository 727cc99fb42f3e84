//! Measures links between two processes on this machine, and prints JSON lines.
//!
//! `cargo bench -p mesh` runs it. The second process is this program again, told what to do by lines
//! of JSON on its standard input. Others may use it the same way, to measure against what they like:
//!
//! | it is told | it does, and says |
//! |---|---|
//! | `"v=0…"`, an offer | opens a link; says its answer |
//! | `{"send": n}` | sends so many bytes on the link opened last |
//! | `{"expect": n}` | waits for so many bytes; says `[c, m]` when they are there |
//! | `null` | says `[c, m]` |
//!
//! `c` is its processor time in seconds since it was told to send or to expect, `m` its peak memory
//! in megabytes.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a measuring program prints, and has nobody to recover for"
)]

use std::process::Stdio;
use std::time::{Duration, Instant};

use mesh::{Heard, Mesh, MeshOptions};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines, Stdin};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::mpsc;
use wire::LinkId;

const ROLE: &str = "MESH_BENCH_ROLE";
const CONNECTS: u64 = 20;
const MESSAGE: usize = 16 * 1024;
const TOTAL: usize = 256 * 1024 * 1024;
/// As a caller would: so much may be unsent before the next message is handed over.
const WINDOW: usize = 1024 * 1024;

#[tokio::main]
async fn main() {
    if std::env::var_os(ROLE).is_some() {
        obey().await;
    } else if std::env::args().any(|it| it == "--bench") {
        measure().await;
    }
}

fn mesh() -> (Mesh, mpsc::Receiver<Heard>) {
    let (tell, heard) = mpsc::channel(1024);
    let options = MeshOptions {
        ice_servers: Vec::new(),
        loopback: true,
    };
    (Mesh::new(options, tell), heard)
}

async fn measure() {
    let (mesh, mut heard) = mesh();
    let mut other = Other::start();

    let (mut from_descriptions, mut from_dial) = (Vec::new(), Vec::new());
    for id in 1..=CONNECTS {
        let dialled = Instant::now();
        let described = connect(&mesh, &mut heard, &mut other, LinkId(id)).await;
        from_descriptions.push(described.elapsed());
        from_dial.push(dialled.elapsed());
        mesh.close(LinkId(id));
    }
    print_times("descriptionsToOpen", &mut from_descriptions);
    print_times("dialToOpen", &mut from_dial);

    let link = LinkId(CONNECTS + 1);
    connect(&mesh, &mut heard, &mut other, link).await;
    other.tell(&serde_json::json!({ "expect": TOTAL })).await;
    let cpu_before = cpu_seconds();
    let started = Instant::now();
    let mut load = Load::of(TOTAL);
    let reply = loop {
        load.push(&mesh, link);
        tokio::select! {
            Some(heard) = heard.recv() => load.hear(link, &heard),
            line = other.line() => break line,
        }
    };
    let seconds = started.elapsed().as_secs_f64();
    let sender_cpu = cpu_seconds() - cpu_before;
    let [receiver_cpu, receiver_rss] = serde_json::from_str::<[f64; 2]>(&reply).unwrap();
    let gigabytes = TOTAL as f64 / 1e9;
    println!(
        "{}",
        serde_json::json!({
            "kind": "throughput",
            "megabytesPerSecond": gigabytes * 1e3 / seconds,
            "messageBytes": MESSAGE,
            "totalBytes": TOTAL,
            "cpuSecondsPerGigabyte": {
                "sender": sender_cpu / gigabytes,
                "receiver": receiver_cpu / gigabytes,
            },
            "peakMegabytes": { "sender": peak_megabytes(), "receiver": receiver_rss },
        })
    );
    mesh.shutdown().await;
    other.stop().await;
}

/// Bytes to be sent.
struct Load {
    left: usize,
    unsent: usize,
}

impl Load {
    fn of(bytes: usize) -> Load {
        Load {
            left: bytes,
            unsent: 0,
        }
    }

    fn is_under_way(&self) -> bool {
        self.left + self.unsent > 0
    }

    fn push(&mut self, mesh: &Mesh, link: LinkId) {
        while self.left > 0 && self.unsent < WINDOW {
            let bytes = self.left.min(MESSAGE);
            mesh.send(link, vec![7; bytes]);
            self.left -= bytes;
            self.unsent += bytes;
        }
    }

    fn hear(&mut self, link: LinkId, heard: &Heard) {
        match heard {
            Heard::Sent { bytes, link: of } if *of == link => self.unsent -= bytes,
            Heard::Closed { link: of, why } if *of == link => panic!("closed: {why}"),
            _ => {}
        }
    }
}

/// Opens a link to the other process; tells when both descriptions were known.
async fn connect(
    mesh: &Mesh,
    heard: &mut mpsc::Receiver<Heard>,
    other: &mut Other,
    wanted: LinkId,
) -> Instant {
    mesh.dial(wanted);
    let mut described = Instant::now();
    loop {
        match heard.recv().await.unwrap() {
            Heard::OfferMade { link, sdp, .. } if link == wanted => {
                let answer = other.ask(&sdp).await;
                described = Instant::now();
                mesh.accept(link, answer);
            }
            Heard::Opened { link } if link == wanted => return described,
            Heard::Closed { link, why } if link == wanted => panic!("closed: {why}"),
            _ => {}
        }
    }
}

fn print_times(kind: &str, times: &mut [Duration]) {
    times.sort();
    let at = |share: f64| -> f64 {
        let index = ((times.len() - 1) as f64 * share).round() as usize;
        times[index].as_secs_f64() * 1e3
    };
    println!(
        "{}",
        serde_json::json!({
            "kind": kind,
            "runs": times.len(),
            "milliseconds": { "p50": at(0.5), "p95": at(0.95), "max": at(1.0) },
        })
    );
}

/// The second process, from the first one's side.
struct Other {
    child: Child,
    to: ChildStdin,
    from: Lines<BufReader<ChildStdout>>,
}

impl Other {
    fn start() -> Other {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .env(ROLE, "obey")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        Other {
            to: child.stdin.take().unwrap(),
            from: BufReader::new(child.stdout.take().unwrap()).lines(),
            child,
        }
    }

    async fn tell(&mut self, wish: &Value) {
        let line = format!("{wish}\n");
        self.to.write_all(line.as_bytes()).await.unwrap();
    }

    async fn ask(&mut self, offer: &str) -> String {
        self.tell(&offer.into()).await;
        serde_json::from_str(&self.line().await).unwrap()
    }

    async fn line(&mut self) -> String {
        self.from.next_line().await.unwrap().unwrap()
    }

    async fn stop(mut self) {
        drop(self.to);
        self.child.wait().await.unwrap();
    }
}

/// The second process: does as it is told.
async fn obey() {
    let (mesh, mut heard) = mesh();
    let mut wishes: Lines<BufReader<Stdin>> = BufReader::new(tokio::io::stdin()).lines();
    let mut link = LinkId(0);
    let mut load = Load::of(0);
    let (mut expected, mut received, mut cpu_before) = (0, 0, 0.0);
    let bytes_of = |wish: &Value, verb: &str| wish[verb].as_u64().map(|it| it as usize);
    loop {
        tokio::select! {
            line = wishes.next_line() => {
                let Some(line) = line.unwrap() else { break };
                let wish: Value = serde_json::from_str(&line).unwrap();
                if let Value::String(offer) = wish {
                    link = LinkId(link.0 + 1);
                    mesh.answer(link, offer);
                } else if let Some(bytes) = bytes_of(&wish, "send") {
                    cpu_before = cpu_seconds();
                    load = Load::of(bytes);
                    load.push(&mesh, link);
                } else if let Some(bytes) = bytes_of(&wish, "expect") {
                    cpu_before = cpu_seconds();
                    expected += bytes;
                } else {
                    say_cost(cpu_before).await;
                }
            }
            Some(heard) = heard.recv() => match heard {
                Heard::AnswerMade { sdp, .. } => say(&serde_json::to_string(&sdp).unwrap()).await,
                Heard::Bytes { bytes, .. } => received += bytes.len(),
                // A link may go, but not while it is being sent on.
                heard if load.is_under_way() => {
                    load.hear(link, &heard);
                    load.push(&mesh, link);
                }
                _ => {}
            },
        }
        if expected > 0 && received >= expected {
            expected = 0;
            received = 0;
            say_cost(cpu_before).await;
        }
    }
    mesh.shutdown().await;
}

async fn say_cost(cpu_before: f64) {
    let used = cpu_seconds() - cpu_before;
    say(&format!("[{used},{}]", peak_megabytes())).await;
}

async fn say(line: &str) {
    let mut out = tokio::io::stdout();
    out.write_all(line.as_bytes()).await.unwrap();
    out.write_all(b"\n").await.unwrap();
    out.flush().await.unwrap();
}

/// User and system time of this process; zero where there is no `/proc`.
fn cpu_seconds() -> f64 {
    const TICKS_PER_SECOND: f64 = 100.0;
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name before the closing bracket may hold spaces.
    let fields = stat.rsplit(')').next().unwrap_or_default();
    let ticks: f64 = fields
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|it| it.parse::<f64>().ok())
        .sum();
    ticks / TICKS_PER_SECOND
}

/// The most memory this process ever held; zero where there is no `/proc`.
fn peak_megabytes() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .and_then(|rest| rest.split_whitespace().next())
        .and_then(|kilobytes| kilobytes.parse::<f64>().ok())
        .map_or(0.0, |kilobytes| kilobytes / 1024.0)
}
