//! Bytes over one data channel, and what they cost.
//!
//! Between native peers this is the mesh crate's own measuring program; with browsers, a bare page
//! with nothing but a channel.

use std::io::Write;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::figures::{Report, Wish};
use crate::stream::Stream;
use crate::terminal::text;
use crate::{Trouble, browser, machine, say};

/// What is sent between browsers. They are slow.
const BYTES: u64 = 128 * 1024 * 1024;
/// What the mesh crate's program counts to.
const NATIVE_BYTES: u64 = 256 * 1024 * 1024;
/// Building a program may be part of it.
const LONG: Duration = Duration::from_secs(1_800);
/// The slowest transfer.
const TRANSFER: Duration = Duration::from_secs(300);

pub(crate) fn measure(report: &mut Report, with_browser: bool) -> Result<(), Trouble> {
    say("Measuring data channels…");
    report.part("Data channel, one way, 16 KiB messages");
    let program = natives(report)?;
    if with_browser {
        browsers(report)?;
        to_native(report, &program)?;
        report.ratio(
            "channel.ratio",
            "native to native / browser to browser",
            "channel.nativeToNative.megabytesPerSecond",
            "channel.browserToBrowser.megabytesPerSecond",
            Some(Wish::AtLeast(5.0)),
        );
    }
    Ok(())
}

/// Runs the mesh crate's program, and tells where it is.
fn natives(report: &mut Report) -> Result<String, Trouble> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(&cargo);
    build.args([
        "bench",
        "--package",
        "mesh",
        "--bench",
        "mesh-bench",
        "--no-run",
    ]);
    build.arg("--message-format=json");
    let built = build
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("cargo does not start: {error}"))?;
    let program = String::from_utf8_lossy(&built.stdout)
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .find(|it| it["target"]["name"] == "mesh-bench" && it["executable"].is_string())
        .map(|it| text(&it["executable"]))
        .ok_or("the mesh crate's program was not built")?;
    let mut child = Command::new(&program)
        .arg("--bench")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| error.to_string())?;
    let mut figures = Stream::of(child.stdout.take().ok_or("no output")?);
    let throughput = figures.wait("throughput", LONG, |it| {
        (it["kind"] == "throughput").then(|| it.clone())
    });
    let ended = child.wait().map_err(|error| error.to_string())?;
    let (_, throughput) = throughput?;
    if !ended.success() {
        return Err(format!("the mesh crate's program ended with {ended}"));
    }
    let number = |value: &Value| value.as_f64().unwrap_or(f64::NAN);
    let cpu = &throughput["cpuSecondsPerGigabyte"];
    let peak = &throughput["peakMegabytes"];
    let key = |name: &str| format!("channel.nativeToNative.{name}");
    report.add(
        &key("megabytesPerSecond"),
        "native to native",
        number(&throughput["megabytesPerSecond"]),
        "MB/s",
        Some(Wish::AtLeast(100.0)),
    );
    report.add(
        &key("cpuSecondsPerGigabyte"),
        "  processor time of both",
        number(&cpu["sender"]) + number(&cpu["receiver"]),
        "s/GB",
        None,
    );
    report.add(
        &key("peakMegabytes"),
        "  peak memory of the larger",
        number(&peak["sender"]).max(number(&peak["receiver"])),
        "MB",
        None,
    );
    Ok(program)
}

fn browsers(report: &mut Report) -> Result<(), Trouble> {
    let mut pages = Pages::start()?;
    pages.ask(&json!({ "do": "open" }))?;
    let (seconds, cpu) = pages.timed(|pages| {
        pages
            .ask(&json!({ "do": "send", "bytes": BYTES }))
            .map(drop)
    })?;
    add(
        report,
        "browserToBrowser",
        "browser to browser",
        BYTES,
        seconds,
        cpu,
    );
    Ok(())
}

/// The mesh crate's second process answers a page instead of its first.
fn to_native(report: &mut Report, program: &str) -> Result<(), Trouble> {
    let mut pages = Pages::start()?;
    let mut native = Native::start(program)?;
    let offer = pages.ask(&json!({ "do": "offer" }))?;
    let answer = native.ask(&offer)?;
    pages.ask(&json!({ "do": "accept", "answer": answer }))?;
    let mut used = 0.0;
    let (seconds, cpu) = pages.timed(|pages| {
        pages.ask(&json!({ "do": "push", "bytes": NATIVE_BYTES }))?;
        used = native.counted()?;
        Ok(())
    })?;
    add(
        report,
        "browserToNative",
        "browser to native",
        NATIVE_BYTES,
        seconds,
        cpu + used,
    );
    Ok(())
}

fn add(report: &mut Report, key: &str, what: &str, bytes: u64, seconds: f64, cpu: f64) {
    let gigabytes = bytes as f64 / 1e9;
    report.add(
        &format!("channel.{key}.megabytesPerSecond"),
        what,
        gigabytes * 1e3 / seconds,
        "MB/s",
        None,
    );
    report.add(
        &format!("channel.{key}.cpuSecondsPerGigabyte"),
        "  processor time of both",
        cpu / gigabytes,
        "s/GB",
        None,
    );
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

    fn ask(&mut self, wish: &Value) -> Result<Value, Trouble> {
        writeln!(self.input, "{wish}").map_err(|error| error.to_string())?;
        let (_, reply) = self
            .lines
            .wait("the pages", TRANSFER, |it| Some(it.clone()))?;
        match reply.get("error") {
            Some(error) => Err(format!("the pages: {error}")),
            None => Ok(reply["result"].clone()),
        }
    }

    /// How long something takes, and how much processor time of the browser.
    fn timed(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<(), Trouble>,
    ) -> Result<(f64, f64), Trouble> {
        let family = machine::family(self.child.id());
        let before = machine::cpu_seconds(family.iter().copied());
        let began = std::time::Instant::now();
        work(self)?;
        let seconds = began.elapsed().as_secs_f64();
        Ok((
            seconds,
            machine::cpu_seconds(family.iter().copied()) - before,
        ))
    }
}

impl Drop for Pages {
    fn drop(&mut self) {
        let _ = writeln!(self.input, "{}", json!({ "do": "end" }));
        let _ = self.child.wait();
    }
}

/// The process that answers and counts.
struct Native {
    child: Child,
    input: ChildStdin,
    lines: Stream,
}

impl Native {
    fn start(program: &str) -> Result<Self, Trouble> {
        let mut child = Command::new(program)
            .env("MESH_BENCH_ROLE", "answer")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| error.to_string())?;
        let input = child.stdin.take().ok_or("no input")?;
        let lines = Stream::of(child.stdout.take().ok_or("no output")?);
        Ok(Self {
            child,
            input,
            lines,
        })
    }

    fn ask(&mut self, offer: &Value) -> Result<Value, Trouble> {
        writeln!(self.input, "{offer}").map_err(|error| error.to_string())?;
        Ok(self
            .lines
            .wait("an answer", TRANSFER, |it| Some(it.clone()))?
            .1)
    }

    /// Waits until it has everything; the processor time that took it.
    fn counted(&mut self) -> Result<f64, Trouble> {
        let (_, counted) = self
            .lines
            .wait("all bytes", TRANSFER, |it| Some(it.clone()))?;
        counted[0]
            .as_f64()
            .ok_or_else(|| "the native side did not count".to_owned())
    }
}

impl Drop for Native {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
