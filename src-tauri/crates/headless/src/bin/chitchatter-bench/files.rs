//! Files, from disk to disk, and what they cost: processor time, memory, and the patience of those who
//! talk meanwhile.
//!
//! Each side is a terminal peer, or a browser with the libraries Chitchatter moves files with. Browsers
//! are timed until all has come, which is before they unlock and save it; terminal peers until it is
//! saved under its name.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::browser::{Browser, Page};
use crate::distance::{ADDRESSES, Distance, Place};
use crate::figures::{Report, Times, TimesWish, Wish};
use crate::machine::{self, PeakWatch};
use crate::terminal::{LIMIT, Profile, Terminal, Tracker, room, text};
use crate::{Trouble, say};

/// The slowest transfer.
const TRANSFER: Duration = Duration::from_secs(300);
/// How often something is said while files move.
const TALK_EVERY: Duration = Duration::from_millis(100);
/// Chat beside a transfer at full speed, between native peers, in milliseconds, without the distance.
const CHAT_P99: f64 = 100.0;

/// What is measured: between whom, in the JSON and in words. The last is what the others are compared with.
const PAIRS: [(&str, &str, [Kind; 2]); 4] = [
    (
        "nativeToNative",
        "native to native",
        [Kind::Native, Kind::Native],
    ),
    (
        "nativeToBrowser",
        "native to browser",
        [Kind::Native, Kind::Browser],
    ),
    (
        "browserToNative",
        "browser to native",
        [Kind::Browser, Kind::Native],
    ),
    (
        "browserToBrowser",
        "browser to browser",
        [Kind::Browser, Kind::Browser],
    ),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Native,
    Browser,
}

/// How far, how much, and what is wanted of it.
struct Way {
    key: &'static str,
    what: &'static str,
    round_trip: Duration,
    /// Megabytes between native peers, and where a browser takes part: a gigabyte of theirs would take a
    /// quarter of an hour each way.
    mebibytes: [u64; 2],
    /// How much faster native peers shall be among themselves than browsers.
    ratio: f64,
}

const WAYS: [Way; 3] = [
    Way {
        key: "loopback",
        what: "on this machine",
        round_trip: Duration::ZERO,
        mebibytes: [1024, 256],
        ratio: 5.0,
    },
    Way {
        key: "at20ms",
        what: "at a distance of 20 ms and back",
        round_trip: Duration::from_millis(20),
        mebibytes: [1024, 64],
        ratio: 3.0,
    },
    Way {
        key: "at100ms",
        what: "at a distance of 100 ms and back",
        round_trip: Duration::from_millis(100),
        mebibytes: [1024, 32],
        ratio: 3.0,
    },
];

/// Measures all pairs at all distances; `share` of the usual sizes, to see that it works.
pub(crate) fn measure(
    report: &mut Report,
    profile: &Profile,
    with_browser: bool,
    share: f64,
) -> Result<(), Trouble> {
    let mut troubles = Vec::new();
    for way in &WAYS {
        say(&format!("Measuring files {}…", way.what));
        if let Err(trouble) = measure_way(report, profile, way, with_browser, share) {
            say(&format!("  {}: {trouble}", way.what));
            troubles.push(format!("{}: {trouble}", way.what));
        }
    }
    if troubles.is_empty() {
        Ok(())
    } else {
        Err(troubles.join("; "))
    }
}

fn measure_way(
    report: &mut Report,
    profile: &Profile,
    way: &Way,
    with_browser: bool,
    share: f64,
) -> Result<(), Trouble> {
    let distance = match way.round_trip {
        Duration::ZERO => None,
        round_trip => Some(Distance::of(round_trip)?),
    };
    let places = distance.as_ref().map_or([Place::Here; 2], Distance::places);
    let tracker = match distance {
        Some(_) => Tracker::start_at(places[0], ADDRESSES[0])?,
        None => Tracker::start()?,
    };
    let sizes = way
        .mebibytes
        .map(|mebibytes| ((mebibytes << 20) as f64 * share) as u64);
    report.part(&format!(
        "Files {}, from disk to disk: {} between native peers, {} with browsers",
        way.what,
        mebibytes(sizes[0]),
        mebibytes(sizes[1]),
    ));
    let mut troubles = Vec::new();
    for (key, what, kinds) in PAIRS {
        let has_browser = kinds.contains(&Kind::Browser);
        if has_browser && !with_browser {
            continue;
        }
        let size = sizes[usize::from(has_browser)];
        let measured = Meeting::of(
            kinds,
            places,
            &tracker,
            profile,
            &format!("{}-{key}", way.key),
        )
        .and_then(|mut meeting| meeting.transfer(size));
        // One pair that fails does not cost the others.
        match measured {
            Ok(passage) => {
                say(&format!("  {what}: {:.1} MB/s", passage.rate()));
                passage.add(report, way, key, what);
            }
            Err(trouble) => {
                say(&format!("  {what}: {trouble}"));
                troubles.push(format!("{what}: {trouble}"));
            }
        }
    }
    for (key, what, _) in &PAIRS[..3] {
        let wish = match *key {
            "nativeToNative" => Some(Wish::AtLeast(way.ratio)),
            "browserToNative" if way.key == "at100ms" => Some(Wish::AtLeast(1.0)),
            _ => None,
        };
        let figure = |key: &str, name: &str| format!("files.{}.{key}.{name}", way.key);
        for (name, label, wish) in [
            ("megabytesPerSecond", "rate", wish),
            ("cpuSecondsPerGibibyte.both", "processor time", None),
        ] {
            report.ratio(
                &format!("files.{}.ratio.{name}.{key}", way.key),
                &format!("{label}, {what} / browser to browser"),
                &figure(key, name),
                &figure("browserToBrowser", name),
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

/// Two who share a room: who gives, and who gets.
struct Meeting {
    sides: [Side; 2],
    tracker: String,
    room: String,
    /// Where files are made, and saved.
    folder: Folder,
    said: usize,
}

enum Side {
    Native(Box<Terminal>),
    Browser(Box<(Browser, Page)>),
}

/// What one transfer took.
struct Passage {
    bytes: u64,
    /// From choosing the file until the other side was offered it.
    offered: Duration,
    /// From wanting it until it was there.
    took: Duration,
    /// Processor time of both sides while it moved, in seconds.
    cpu: [f64; 2],
    /// The most memory of both sides, in megabytes.
    peak: [f64; 2],
    /// How long what was said meanwhile took.
    chat: Vec<Duration>,
}

impl Meeting {
    fn of(
        kinds: [Kind; 2],
        places: [Place; 2],
        tracker: &Tracker,
        profile: &Profile,
        what: &str,
    ) -> Result<Self, Trouble> {
        let room = room(&format!("files-{what}"));
        let folder = Folder::make(what)?;
        let side = |index: usize| -> Result<Side, Trouble> {
            Ok(match kinds[index] {
                Kind::Native => {
                    let terminal = Terminal::join_at(places[index], tracker, profile, &room)?;
                    Side::Native(Box::new(terminal))
                }
                Kind::Browser => {
                    let mut browser = Browser::start_at(places[index], ADDRESSES[0])?;
                    let page = browser.page()?;
                    browser.join(&page, tracker, &room)?;
                    Side::Browser(Box::new((browser, page)))
                }
            })
        };
        let mut meeting = Self {
            sides: [side(0)?, side(1)?],
            tracker: tracker.url.clone(),
            room: room.clone(),
            folder,
            said: 0,
        };
        let ids = [meeting.sides[0].peer_id(), meeting.sides[1].peer_id()];
        meeting.sides[0].meets(&ids[1])?;
        meeting.sides[1].meets(&ids[0])?;
        Ok(meeting)
    }

    fn transfer(&mut self, bytes: u64) -> Result<Passage, Trouble> {
        let path = self.folder.file(bytes)?;
        let [giver, getter] = &mut self.sides;
        let began = Instant::now();
        let magnet = giver.offer(&self.room, &path)?;
        let offer = getter.is_offered(&giver.peer_id(), magnet.as_deref())?;
        let offered = began.elapsed();

        let families = self.sides.each_ref().map(Side::family);
        let watches = families.clone().map(PeakWatch::start);
        let cpu = || {
            families
                .each_ref()
                .map(|family| machine::cpu_seconds(family.iter().copied()))
        };
        let before = cpu();
        let into = self.folder.path.join("into");
        let wanted = Instant::now();
        let mut fetch = self.sides[1].want(&self.room, &self.tracker, &offer, &into)?;
        let mut chat = Vec::new();
        let took = loop {
            chat.push(self.talk()?);
            if let Some(ended) = self.sides[1].ended(&mut fetch, wanted)? {
                break ended;
            }
            if wanted.elapsed() > TRANSFER {
                return Err("it takes too long".to_owned());
            }
            std::thread::sleep(TALK_EVERY);
        };
        let after = cpu();
        let peak = watches.map(PeakWatch::end);
        self.folder.is_the_same(bytes)?;
        Ok(Passage {
            bytes,
            offered,
            took,
            cpu: [after[0] - before[0], after[1] - before[1]],
            peak,
            chat,
        })
    }

    /// The giver says something, and the getter hears it so much later.
    fn talk(&mut self) -> Result<Duration, Trouble> {
        self.said += 1;
        let line = format!("meanwhile {}", self.said);
        let [giver, getter] = &mut self.sides;
        let said = giver.say(&self.room, &line)?;
        Ok(getter.hears(&line)?.saturating_duration_since(said))
    }
}

/// A transfer under way: what to look for.
enum Fetch {
    /// The number of the line that shares it.
    Native(u64),
    /// What the driver was asked.
    Browser(u64),
}

impl Side {
    fn peer_id(&self) -> String {
        match self {
            Self::Native(terminal) => terminal.peer_id.clone(),
            Self::Browser(it) => it.1.peer_id.clone(),
        }
    }

    /// All processes of this side, without those that only drive it.
    fn family(&self) -> std::collections::BTreeSet<u32> {
        match self {
            Self::Native(terminal) => machine::family(terminal.id()),
            Self::Browser(it) => {
                let driver = it.0.id();
                let mut family = machine::family(driver);
                family.remove(&driver);
                family
            }
        }
    }

    fn meets(&mut self, peer_id: &str) -> Result<(), Trouble> {
        match self {
            Self::Native(terminal) => terminal.meets(peer_id, LIMIT).map(drop),
            Self::Browser(it) => {
                let (browser, page) = &mut **it;
                browser.meets(page, peer_id, LIMIT).map(drop)
            }
        }
    }

    fn say(&mut self, room: &str, line: &str) -> Result<Instant, Trouble> {
        match self {
            Self::Native(terminal) => terminal.say(&format!("{line}\n")),
            Self::Browser(it) => {
                let (browser, page) = &mut **it;
                browser.say(page, room, line)
            }
        }
    }

    fn hears(&mut self, line: &str) -> Result<Instant, Trouble> {
        match self {
            Self::Native(terminal) => terminal.hears(line),
            Self::Browser(it) => {
                let (browser, page) = &mut **it;
                browser.hears(page, line)
            }
        }
    }

    /// Offers a file; a browser tells its magnet link.
    fn offer(&mut self, room: &str, path: &Path) -> Result<Option<String>, Trouble> {
        match self {
            Self::Native(terminal) => {
                terminal.say(&format!("/file '{}'\n", path.display()))?;
                Ok(None)
            }
            Self::Browser(it) => {
                let (browser, page) = &mut **it;
                let wish = json!({ "room": room, "paths": [path], "files": [{}] });
                let asked = browser.begin("offer", page, wish)?;
                let (_, offer) = browser.reply("offer", asked, TRANSFER)?;
                Ok(Some(text(&offer["magnetURI"])))
            }
        }
    }

    /// Waits for an offer: the number of its line, or its magnet link.
    fn is_offered(&mut self, from: &str, magnet: Option<&str>) -> Result<Value, Trouble> {
        match self {
            Self::Native(terminal) => {
                let look =
                    |event: &Value| (event["kind"] == "fileOffered").then(|| event["n"].clone());
                Ok(terminal.events.wait("an offer", TRANSFER, look)?.1)
            }
            Self::Browser(it) => {
                let (browser, page) = &mut **it;
                let offered = browser.is_pointed_to(page, from, TRANSFER)?;
                if magnet.is_some_and(|magnet| offered != magnet) {
                    return Err("another offer came".to_owned());
                }
                Ok(json!(offered))
            }
        }
    }

    /// Begins to fetch.
    fn want(
        &mut self,
        room: &str,
        tracker: &str,
        offer: &Value,
        into: &Path,
    ) -> Result<Fetch, Trouble> {
        match self {
            Self::Native(terminal) => {
                let number = offer.as_u64().ok_or("the offer has no number")?;
                terminal.say(&format!("/get {number} {}\n", into.display()))?;
                Ok(Fetch::Native(number))
            }
            Self::Browser(it) => {
                let (browser, page) = &mut **it;
                let wish = json!({
                    "room": room, "trackers": [tracker], "magnet": offer,
                    "into": into, "limit": TRANSFER.as_millis() as u64,
                });
                Ok(Fetch::Browser(browser.begin("fetchFiles", page, wish)?))
            }
        }
    }

    /// How long a transfer took, if it has ended.
    fn ended(&mut self, fetch: &mut Fetch, wanted: Instant) -> Result<Option<Duration>, Trouble> {
        match (self, fetch) {
            (Self::Native(terminal), Fetch::Native(number)) => {
                let look = |event: &Value| {
                    let is_it = event["n"] == *number
                        && (event["kind"] == "fileDone" || event["kind"] == "fileFailed");
                    is_it.then(|| event["reason"].clone())
                };
                match terminal.events.wait("it", Duration::ZERO, look) {
                    Ok((at, Value::Null)) => Ok(Some(at.saturating_duration_since(wanted))),
                    Ok((_, reason)) => Err(format!("it did not come: {reason}")),
                    Err(_) => Ok(None),
                }
            }
            (Self::Browser(it), Fetch::Browser(asked)) => {
                let reply = match it.0.reply("fetching", *asked, Duration::ZERO) {
                    Ok((_, reply)) => reply,
                    Err(_) => return Ok(None),
                };
                match reply["took"].as_f64() {
                    Some(took) => Ok(Some(Duration::from_secs_f64(took / 1e3))),
                    None => Err(format!("it did not come: {}", reply["failed"])),
                }
            }
            _ => Err("that was asked of another side".to_owned()),
        }
    }
}

impl Passage {
    fn rate(&self) -> f64 {
        self.bytes as f64 / 1e6 / self.took.as_secs_f64()
    }

    fn add(&self, report: &mut Report, way: &Way, key: &str, what: &str) {
        let figure = |name: &str| format!("files.{}.{key}.{name}", way.key);
        report.add(
            &figure("megabytesPerSecond"),
            what,
            self.rate(),
            "MB/s",
            None,
        );
        report.add(
            &figure("offeredSeconds"),
            "  until it was offered",
            self.offered.as_secs_f64(),
            "s",
            None,
        );
        let per_gibibyte = (1_u64 << 30) as f64 / self.bytes as f64;
        let cpu = self.cpu.map(|seconds| seconds * per_gibibyte);
        for (name, whose, value) in [
            ("giver", "giver", cpu[0]),
            ("getter", "getter", cpu[1]),
            ("both", "both", cpu[0] + cpu[1]),
        ] {
            report.add(
                &figure(&format!("cpuSecondsPerGibibyte.{name}")),
                &format!("  processor time of {whose}"),
                value,
                "s/GiB",
                None,
            );
        }
        for (name, value) in [("giver", self.peak[0]), ("getter", self.peak[1])] {
            report.add(
                &figure(&format!("peakMegabytes.{name}")),
                &format!("  peak memory of {name}"),
                value,
                "MB",
                None,
            );
        }
        let times = Times::new(&self.chat);
        report.add_times(
            &figure("chat"),
            "  a message meanwhile",
            &times,
            &TimesWish::default(),
        );
        if key == "nativeToNative" {
            let wish = Wish::AtMost(CHAT_P99 + way.round_trip.as_secs_f64() * 1e3);
            report.add(
                &figure("chatP99"),
                "  of a hundred the slowest",
                times.at(0.99),
                "ms",
                Some(wish),
            );
        }
    }
}

/// A folder of this run alone, gone with it.
struct Folder {
    path: PathBuf,
}

/// How much is made at once. A prime, so that no two pieces of a file are the same.
const STEP: usize = 1_048_573;

impl Folder {
    fn make(what: &str) -> Result<Self, Trouble> {
        let name = format!("chitchatter-bench-{}-{what}", std::process::id());
        let path = std::env::temp_dir().join(name);
        let made = std::fs::create_dir_all(path.join("into"));
        made.map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Self { path })
    }

    /// A file of so many bytes, on the disk.
    fn file(&self, bytes: u64) -> Result<PathBuf, Trouble> {
        let path = self.path.join("film.bin");
        let write = || {
            let mut file = std::fs::File::create(&path)?;
            let mut left = bytes;
            let mut state = 1_u64;
            let mut part = vec![0_u8; STEP];
            while left > 0 {
                for byte in &mut part {
                    // Nothing makes it smaller on its way.
                    state = state
                        .wrapping_mul(6_364_136_223_846_793_005)
                        .wrapping_add(1);
                    *byte = (state >> 56) as u8;
                }
                let len = part.len().min(usize::try_from(left).unwrap_or(usize::MAX));
                file.write_all(part.get(..len).unwrap_or_default())?;
                left -= len as u64;
            }
            file.sync_all()
        };
        write().map_err(|error: std::io::Error| format!("{}: {error}", path.display()))?;
        Ok(path)
    }

    /// Whether what came is as long as what was given. That it is the same is for hashes to say.
    fn is_the_same(&self, bytes: u64) -> Result<(), Trouble> {
        let into = self.path.join("into");
        let entries = std::fs::read_dir(&into).map_err(|error| error.to_string())?;
        let sizes: Vec<u64> = entries
            .flatten()
            .filter_map(|entry| entry.metadata().ok())
            .map(|about| about.len())
            .collect();
        if sizes == [bytes] {
            Ok(())
        } else {
            Err(format!("what came has {sizes:?} bytes, not {bytes}"))
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.path);
    }
}

fn mebibytes(bytes: u64) -> String {
    format!("{} MiB", bytes >> 20)
}
