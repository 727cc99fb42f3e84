//! Message latency, a burst of messages, and the memory of those who talk.

use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::browser::Browser;
use crate::figures::{Report, Times, TimesWish, Wish};
use crate::machine::{self, PeakWatch};
use crate::terminal::{LIMIT, Profile, Terminal, Tracker, room};
use crate::{Trouble, say};

/// Messages whose way is timed between native peers, and the pause between two.
const NATIVE: (usize, Duration) = (500, Duration::from_millis(10));
/// The same with a browser, which must be given time to redraw.
const WITH_BROWSER: (usize, Duration) = (60, Duration::from_millis(300));
/// Messages said as fast as they can be.
const BURST: usize = 10_000;
/// The same to a browser, which gets them one by one.
const BROWSER_BURST: usize = 100;
/// A terminal peer's memory, in megabytes.
const TERMINAL_MEGABYTES: f64 = 30.0;

pub(crate) fn measure(
    report: &mut Report,
    tracker: &Tracker,
    profile: &Profile,
    browser: Option<&mut Browser>,
) -> Result<(), Trouble> {
    say("Measuring how messages travel…");
    natives(report, tracker, profile)?;
    match browser {
        Some(browser) => with_browser(report, tracker, profile, browser),
        None => Ok(()),
    }
}

fn natives(report: &mut Report, tracker: &Tracker, profile: &Profile) -> Result<(), Trouble> {
    let room = room("talk");
    let mut ada = Terminal::join(tracker, profile, &room)?;
    let mut ben = Terminal::join(tracker, profile, &room)?;
    ada.meets(&ben.peer_id, LIMIT)?;
    ben.meets(&ada.peer_id, LIMIT)?;

    let mut times = Vec::new();
    for number in 0..NATIVE.0 {
        let line = format!("latency {number}");
        let said = ada.say(&format!("{line}\n"))?;
        times.push(ben.hears(&line)?.saturating_duration_since(said));
        sleep(NATIVE.1);
    }
    report.part("A message, from standard input to the other side's standard output");
    let times = Times::new(&times);
    report.add_times(
        "latency.nativeToNative",
        "native to native",
        &times,
        &TimesWish::default(),
    );

    let before = machine::cpu_seconds([ada.id(), ben.id()]);
    ben.events.forget();
    let lines: String = (0..BURST)
        .map(|number| format!("burst {number}\n"))
        .collect();
    let speaker = ada.id();
    // Said by a thread of its own: nobody may wait for anybody here.
    let (burst, heard) = std::thread::scope(|scope| {
        let said = scope.spawn(|| ada.say(&lines));
        let heard = hear_burst(&mut ben);
        if heard.is_err() {
            // Nobody reads any more, so what is still being said would never be taken.
            machine::end(speaker);
        }
        (
            said.join()
                .unwrap_or_else(|_| Err("the sender broke".to_owned())),
            heard,
        )
    });
    let (began, (ended, in_order)) = (burst?, heard?);
    let seconds = ended.saturating_duration_since(began).as_secs_f64();
    report.part(&format!("{BURST} messages as fast as they can be said"));
    report.add(
        "burst.delivered",
        "delivered in order",
        in_order as f64,
        "messages",
        Some(Wish::AtLeast(BURST as f64)),
    );
    report.add(
        "burst.seconds",
        "until the last was heard",
        seconds,
        "s",
        None,
    );
    report.add(
        "burst.perSecond",
        "rate",
        BURST as f64 / seconds,
        "messages/s",
        None,
    );
    let cpu = machine::cpu_seconds([ada.id(), ben.id()]) - before;
    report.add("burst.cpuSeconds", "processor time of both", cpu, "s", None);

    report.part("Peak memory, the burst included");
    let wish = Some(Wish::AtMost(TERMINAL_MEGABYTES));
    report.add(
        "memory.sender",
        "terminal peer that said all that",
        machine::peak_megabytes(ada.id()),
        "MB",
        wish,
    );
    report.add(
        "memory.receiver",
        "terminal peer that heard it",
        machine::peak_megabytes(ben.id()),
        "MB",
        wish,
    );
    ada.leave()?;
    ben.leave()
}

/// When the burst was over, and how many of it came in order.
fn hear_burst(ben: &mut Terminal) -> Result<(Instant, usize), Trouble> {
    let mut next = 0;
    loop {
        let said = ben.events.next(LIMIT)?;
        // Not parsed as a whole: this program would be busier than those it measures.
        if said.line.contains(&format!("\"text\":\"burst {next}\"")) {
            next += 1;
        } else if said.line.contains("\"text\":\"burst ") {
            return Ok((said.at, next));
        }
        if next == BURST {
            return Ok((said.at, next));
        }
    }
}

fn with_browser(
    report: &mut Report,
    tracker: &Tracker,
    profile: &Profile,
    browser: &mut Browser,
) -> Result<(), Trouble> {
    let room = room("talk-browser");
    let mut ada = Terminal::join(tracker, profile, &room)?;
    let page = browser.page()?;
    browser.join(&page, tracker, &room)?;
    ada.meets(&page.peer_id, LIMIT)?;
    browser.meets(&page, &ada.peer_id, LIMIT)?;
    sleep(Duration::from_secs(1));
    let mut pages = machine::family(browser.id());
    pages.remove(&browser.id());
    let watch = PeakWatch::start(pages);

    report.part("A message, with the browser's remote control on the way");
    let (mut there, mut back) = (Vec::new(), Vec::new());
    for number in 0..WITH_BROWSER.0 {
        let line = format!("to the page {number}");
        let said = ada.say(&format!("{line}\n"))?;
        there.push(browser.hears(&page, &line)?.saturating_duration_since(said));
        sleep(WITH_BROWSER.1);
        let line = format!("from the page {number}");
        let said = browser.say(&page, &room, &line)?;
        back.push(ada.hears(&line)?.saturating_duration_since(said));
    }
    let wish = TimesWish::default();
    report.add_times(
        "latency.nativeToBrowser",
        "native to browser",
        &Times::new(&there),
        &wish,
    );
    report.add_times(
        "latency.browserToNative",
        "browser to native",
        &Times::new(&back),
        &wish,
    );

    let lines: String = (0..BROWSER_BURST)
        .map(|number| format!("burst {number}\n"))
        .collect();
    let began = ada.say(&lines)?;
    let mut ended = began;
    for number in 0..BROWSER_BURST {
        ended = browser.hears(&page, &format!("burst {number}"))?;
    }
    let seconds = ended.saturating_duration_since(began).as_secs_f64();
    report.add(
        "burst.toBrowserSeconds",
        &format!("{BROWSER_BURST} messages at once, paced, all heard"),
        seconds,
        "s",
        None,
    );

    let browser_peak = watch.end();

    let other = browser.page()?;
    browser.join(&other, tracker, &room)?;
    // Two browsers may need a minute to meet.
    browser.meets(&page, &other.peer_id, LIMIT * 2)?;
    let mut times = Vec::new();
    for number in 0..WITH_BROWSER.0 {
        let line = format!("between pages {number}");
        let said = browser.say(&page, &room, &line)?;
        times.push(
            browser
                .hears(&other, &line)?
                .saturating_duration_since(said),
        );
        sleep(WITH_BROWSER.1);
    }
    report.add_times(
        "latency.browserToBrowser",
        "browser to browser",
        &Times::new(&times),
        &wish,
    );
    browser.close(&other)?;
    for (key, what) in [
        ("nativeToNative", "native to native"),
        ("nativeToBrowser", "native to browser"),
        ("browserToNative", "browser to native"),
    ] {
        for share in ["p50", "p99"] {
            report.ratio(
                &format!("latency.ratio.{key}.{share}"),
                &format!("{what} / browsers, {share}"),
                &format!("latency.{key}.{share}"),
                &format!("latency.browserToBrowser.{share}"),
                None,
            );
        }
    }

    report.part("Peak memory, while a native peer and a browser talk");
    report.add(
        "memory.browser",
        "browser with one page",
        browser_peak,
        "MB",
        None,
    );
    report.add(
        "memory.withBrowser",
        "terminal peer that talked to it",
        machine::peak_megabytes(ada.id()),
        "MB",
        Some(Wish::AtMost(TERMINAL_MEGABYTES)),
    );
    report.ratio(
        "memory.ratio",
        "browser / terminal peer",
        "memory.browser",
        "memory.withBrowser",
        None,
    );
    browser.close(&page)?;
    browser.forget();
    ada.leave()
}
