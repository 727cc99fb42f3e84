//! Bytes over one data channel, and what they cost.
//!
//! Between native peers this is the mesh crate's own measuring program; with browsers, a bare page
//! with nothing but a channel.

use std::io::Write;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::figures::{Report, Wish};
use crate::machine::{self, PeakWatch};
use crate::stream::Stream;
use crate::terminal::{end_within, text};
use crate::{Trouble, browser, say};

/// What is sent where a browser takes part. They are slow.
const BYTES: u64 = 128 * 1024 * 1024;
/// How often each pair is measured.
const PASSAGES: usize = 3;
/// The slowest transfer; at this, less than half a megabyte comes in a second.
const TRANSFER: Duration = Duration::from_secs(300);
/// The longest way to an open channel, or to an answer.
const SOON: Duration = Duration::from_secs(60);

/// The pairs, the last of which the others are compared with: in the JSON, and in words.
const PAIRS: [(&str, &str); 4] = [
    ("nativeToNative", "native to native"),
    ("nativeToBrowser", "native to browser"),
    ("browserToNative", "browser to native"),
    ("browserToBrowser", "browser to browser"),
];

pub(crate) fn measure(report: &mut Report, with_browser: bool) -> Result<(), Trouble> {
    say("Measuring data channels…");
    report.part("Data channel, one way, 16 KiB messages, the middle one of three");
    let program = program()?;
    let measured: [&dyn Fn() -> Result<Passage, Trouble>; 4] = [
        &|| natives(&program),
        &|| to_browser(&program),
        &|| to_native(&program),
        &browsers,
    ];
    let mut troubles = Vec::new();
    for ((key, what), measure) in PAIRS.into_iter().zip(measured) {
        if key.contains("rowser") && !with_browser {
            continue;
        }
        // One pair that fails does not cost the others.
        match middle(what, measure) {
            Ok(passage) => {
                passage.add(report, key, what);
            }
            Err(trouble) => troubles.push(format!("{what}: {trouble}")),
        }
    }
    for (name, what) in [
        ("megabytesPerSecond", "rate"),
        ("cpuSecondsPerGigabyte.both", "processor time"),
    ] {
        for (key, pair) in &PAIRS[..3] {
            let wish = (*key == "nativeToNative" && name == "megabytesPerSecond")
                .then_some(Wish::AtLeast(5.0));
            report.ratio(
                &format!("channel.ratio.{name}.{key}"),
                &format!("{what}, {pair} / browser to browser"),
                &format!("channel.{key}.{name}"),
                &format!("channel.browserToBrowser.{name}"),
                wish,
            );
        }
    }
    if troubles.is_empty() {
        Ok(())
    } else {
        Err(troubles.join("; "))
    }
}

/// The middle one of some transfers: a busy moment of the machine costs one of them, not the figure.
fn middle(what: &str, measure: &dyn Fn() -> Result<Passage, Trouble>) -> Result<Passage, Trouble> {
    let mut passages = Vec::new();
    for _ in 0..PASSAGES {
        let passage = measure()?;
        say(&format!(
            "  {what}: {:.0} MB/s",
            passage.megabytes_per_second
        ));
        passages.push(passage);
    }
    passages.sort_by(|a, b| a.megabytes_per_second.total_cmp(&b.megabytes_per_second));
    Ok(passages.swap_remove(PASSAGES / 2))
}

/// What one transfer took. Times are in seconds of a processor for a gigabyte.
struct Passage {
    megabytes_per_second: f64,
    /// Of the sender and the receiver; together, where one browser is both.
    cpu: Sides,
    /// The most memory, in megabytes.
    peak: Sides,
}

enum Sides {
    Each { sender: f64, receiver: f64 },
    Together(f64),
}

impl Passage {
    fn new(bytes: u64, seconds: f64, cpu: Sides, peak: Sides) -> Self {
        let gigabytes = bytes as f64 / 1e9;
        let per_gigabyte = |seconds: f64| seconds / gigabytes;
        Self {
            megabytes_per_second: gigabytes * 1e3 / seconds,
            cpu: match cpu {
                Sides::Each { sender, receiver } => Sides::Each {
                    sender: per_gigabyte(sender),
                    receiver: per_gigabyte(receiver),
                },
                Sides::Together(both) => Sides::Together(per_gigabyte(both)),
            },
            peak,
        }
    }

    fn add(&self, report: &mut Report, key: &str, what: &str) {
        report.add(
            &format!("channel.{key}.megabytesPerSecond"),
            what,
            self.megabytes_per_second,
            "MB/s",
            (key == "nativeToNative").then_some(Wish::AtLeast(100.0)),
        );
        let cpu = format!("channel.{key}.cpuSecondsPerGigabyte");
        add_sides(report, &cpu, "processor time", "s/GB", &self.cpu);
        if let Sides::Each { sender, receiver } = self.cpu {
            let what = "  processor time of both";
            report.add(
                &format!("{cpu}.both"),
                what,
                sender + receiver,
                "s/GB",
                None,
            );
        }
        let peak = format!("channel.{key}.peakMegabytes");
        add_sides(report, &peak, "peak memory", "MB", &self.peak);
    }
}

fn add_sides(report: &mut Report, key: &str, what: &str, unit: &str, sides: &Sides) {
    let rows: &[(&str, &str, f64)] = match sides {
        Sides::Each { sender, receiver } => &[
            ("sender", "sender", *sender),
            ("receiver", "receiver", *receiver),
        ],
        Sides::Together(both) => &[("both", "both", *both)],
    };
    for (name, whose, value) in rows {
        report.add(
            &format!("{key}.{name}"),
            &format!("  {what} of the {whose}").replace("the both", "both"),
            *value,
            unit,
            None,
        );
    }
}

/// The mesh crate's program: what the environment names, or what cargo builds.
fn program() -> Result<String, Trouble> {
    if let Ok(named) = std::env::var("CHITCHATTER_MESH_BENCH") {
        return Ok(named);
    }
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(&cargo)
        .args(["bench", "--package", "mesh", "--bench", "mesh-bench"])
        .args(["--no-run", "--message-format=json"])
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("cargo does not start: {error}"))?;
    String::from_utf8_lossy(&built.stdout)
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .find(|it| it["target"]["name"] == "mesh-bench" && it["executable"].is_string())
        .map(|it| text(&it["executable"]))
        .ok_or_else(|| "the mesh crate's program was not built".to_owned())
}

fn natives(program: &str) -> Result<Passage, Trouble> {
    let mut native = Native::start(Command::new(program).arg("--bench"))?;
    let (_, told) = native.lines.wait("throughput", TRANSFER, |it| {
        (it["kind"] == "throughput").then(|| it.clone())
    })?;
    let number = |value: &Value| value.as_f64().unwrap_or(f64::NAN);
    let sides = |value: &Value| Sides::Each {
        sender: number(&value["sender"]),
        receiver: number(&value["receiver"]),
    };
    Ok(Passage {
        megabytes_per_second: number(&told["megabytesPerSecond"]),
        cpu: sides(&told["cpuSecondsPerGigabyte"]),
        peak: sides(&told["peakMegabytes"]),
    })
}

fn browsers() -> Result<Passage, Trouble> {
    let mut pages = Pages::start()?;
    pages.ask(&json!({ "do": "open" }), SOON)?;
    let wish = json!({ "do": "send", "bytes": BYTES });
    let (seconds, cpu, peak) = pages.timed(|pages| pages.ask(&wish, TRANSFER).map(drop))?;
    Ok(Passage::new(
        BYTES,
        seconds,
        Sides::Together(cpu),
        Sides::Together(peak),
    ))
}

fn to_native(program: &str) -> Result<Passage, Trouble> {
    let (mut pages, mut native) = page_and_native(program)?;
    let mut cost = (0.0, 0.0);
    let (seconds, cpu, peak) = pages.timed(|pages| {
        native.tell(&json!({ "expect": BYTES }))?;
        pages.ask(&json!({ "do": "push", "bytes": BYTES }), TRANSFER)?;
        cost = native.cost()?;
        Ok(())
    })?;
    Ok(Passage::new(
        BYTES,
        seconds,
        Sides::Each {
            sender: cpu,
            receiver: cost.0,
        },
        Sides::Each {
            sender: peak,
            receiver: cost.1,
        },
    ))
}

fn to_browser(program: &str) -> Result<Passage, Trouble> {
    let (mut pages, mut native) = page_and_native(program)?;
    pages.ask(&json!({ "do": "expect", "bytes": BYTES }), SOON)?;
    let mut cost = (0.0, 0.0);
    let (seconds, cpu, peak) = pages.timed(|pages| {
        native.tell(&json!({ "send": BYTES }))?;
        pages.ask(&json!({ "do": "arrived" }), TRANSFER)?;
        native.tell(&Value::Null)?;
        cost = native.cost()?;
        Ok(())
    })?;
    Ok(Passage::new(
        BYTES,
        seconds,
        Sides::Each {
            sender: cost.0,
            receiver: cpu,
        },
        Sides::Each {
            sender: cost.1,
            receiver: peak,
        },
    ))
}

/// A page with an open channel to a native process. The page offers, as it is the one that can be
/// made to wait for all its candidates.
fn page_and_native(program: &str) -> Result<(Pages, Native), Trouble> {
    let mut pages = Pages::start()?;
    let mut native = Native::start(Command::new(program).env("MESH_BENCH_ROLE", "obey"))?;
    let offer = pages.ask(&json!({ "do": "offer" }), SOON)?;
    native.tell(&offer)?;
    let answer = native.line("an answer", SOON)?;
    pages.ask(&json!({ "do": "accept", "answer": answer }), SOON)?;
    Ok((pages, native))
}

/// Bare pages with a channel between them.
struct Pages {
    child: Child,
    input: ChildStdin,
    lines: Stream,
}

impl Pages {
    fn start() -> Result<Self, Trouble> {
        let folder = browser::folder()?;
        let folder = folder.canonicalize().map_err(|error| error.to_string())?;
        let mut child = Command::new("node")
            .args(["--input-type=module", "--eval", include_str!("pages.mjs")])
            .current_dir(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("node does not start: {error}"))?;
        let input = child.stdin.take().ok_or("no input")?;
        let lines = Stream::of(child.stdout.take().ok_or("no output")?);
        Ok(Self {
            child,
            input,
            lines,
        })
    }

    fn ask(&mut self, wish: &Value, limit: Duration) -> Result<Value, Trouble> {
        writeln!(self.input, "{wish}").map_err(|error| error.to_string())?;
        let (_, reply) = self.lines.wait("the pages", limit, |it| Some(it.clone()))?;
        match reply.get("error") {
            Some(error) => Err(format!("the pages: {error}")),
            None => Ok(reply["result"].clone()),
        }
    }

    /// How long something takes, how much processor time of the browser, and how much memory at most.
    fn timed(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<(), Trouble>,
    ) -> Result<(f64, f64, f64), Trouble> {
        let driver = self.child.id();
        let mut family = machine::family(driver);
        family.remove(&driver);
        let watch = PeakWatch::start(family.clone());
        let before = machine::cpu_seconds(family.iter().copied());
        let began = std::time::Instant::now();
        work(self)?;
        let seconds = began.elapsed().as_secs_f64();
        let cpu = machine::cpu_seconds(family.iter().copied()) - before;
        Ok((seconds, cpu, watch.end()))
    }
}

impl Drop for Pages {
    fn drop(&mut self) {
        let _ = writeln!(self.input, "{}", json!({ "do": "end" }));
        end_within(&mut self.child, Duration::from_secs(10));
    }
}

/// The mesh crate's program, as a process.
struct Native {
    child: Child,
    input: ChildStdin,
    lines: Stream,
}

impl Native {
    fn start(command: &mut Command) -> Result<Self, Trouble> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("the mesh crate's program does not start: {error}"))?;
        let input = child.stdin.take().ok_or("no input")?;
        let lines = Stream::of(child.stdout.take().ok_or("no output")?);
        Ok(Self {
            child,
            input,
            lines,
        })
    }

    fn tell(&mut self, wish: &Value) -> Result<(), Trouble> {
        writeln!(self.input, "{wish}").map_err(|error| error.to_string())
    }

    fn line(&mut self, what: &str, limit: Duration) -> Result<Value, Trouble> {
        Ok(self.lines.wait(what, limit, |it| Some(it.clone()))?.1)
    }

    /// Its processor time and its peak memory, once it tells them.
    fn cost(&mut self) -> Result<(f64, f64), Trouble> {
        let cost = self.line("the native side's account", TRANSFER)?;
        match (cost[0].as_f64(), cost[1].as_f64()) {
            (Some(cpu), Some(peak)) => Ok((cpu, peak)),
            _ => Err("the native side did not count".to_owned()),
        }
    }
}

impl Drop for Native {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
