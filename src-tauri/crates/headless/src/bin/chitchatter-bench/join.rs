//! From joining to being able to talk, with one peer already waiting.

use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::browser::Browser;
use crate::figures::{Report, Times, TimesWish};
use crate::terminal::{Profile, Terminal, Tracker, room};
use crate::{Trouble, say};

/// How long the waiting peer has been there when the first one joins.
const SETTLED: Duration = Duration::from_secs(5);
/// Between two who join.
const PAUSE: Duration = Duration::from_millis(500);
/// A join that takes longer counts as this long.
const GIVEN_UP: Duration = Duration::from_secs(70);

/// What two peers of which one is native may take, in milliseconds.
const WITH_BROWSER: TimesWish = TimesWish {
    p50: Some(300.0),
    max: Some(2_000.0),
};
const BOTH_NATIVE: TimesWish = TimesWish {
    p50: Some(100.0),
    max: Some(2_000.0),
};

pub(crate) fn measure(
    report: &mut Report,
    tracker: &Tracker,
    profile: &Profile,
    browser: Option<&mut Browser>,
    rounds: usize,
) -> Result<(), Trouble> {
    report.part("From joining to being able to talk, one peer waiting");
    say("Measuring how long joining takes…");
    let times = native_joins_native(tracker, profile, rounds)?;
    report.add_times(
        "join.nativeToNative",
        "native joins native",
        &times,
        &BOTH_NATIVE,
    );
    let Some(browser) = browser else {
        return Ok(());
    };
    let times = native_joins_browser(tracker, profile, browser, rounds)?;
    report.add_times(
        "join.nativeToBrowser",
        "native joins browser",
        &times,
        &WITH_BROWSER,
    );
    let times = browser_joins_native(tracker, profile, browser, rounds)?;
    report.add_times(
        "join.browserToNative",
        "browser joins native",
        &times,
        &WITH_BROWSER,
    );
    let times = browser_joins_browser(tracker, browser, rounds)?;
    report.add_times(
        "join.browserToBrowser",
        "browser joins browser",
        &times,
        &TimesWish::default(),
    );
    for (over, what) in [
        ("nativeToNative", "native joins native / browsers"),
        ("nativeToBrowser", "native joins browser / browsers"),
        ("browserToNative", "browser joins native / browsers"),
    ] {
        report.ratio(
            &format!("join.ratio.{over}"),
            &format!("{what}, p50"),
            &format!("join.{over}.p50"),
            "join.browserToBrowser.p50",
            None,
        );
    }
    Ok(())
}

fn native_joins_native(
    tracker: &Tracker,
    profile: &Profile,
    rounds: usize,
) -> Result<Times, Trouble> {
    let room = room("native-native");
    let mut waiting = Terminal::join(tracker, profile, &room)?;
    sleep(SETTLED);
    times("native joins native", rounds, || {
        let mut joiner = Terminal::join(tracker, profile, &room)?;
        let joined = joiner.joined_at;
        let met = joiner.meets(&waiting.peer_id, left(joined));
        let was_met = waiting.meets(&joiner.peer_id, left(joined));
        let id = joiner.peer_id.clone();
        joiner.leave()?;
        waiting.loses(&id)?;
        Ok(took(joined, met, was_met))
    })
}

fn native_joins_browser(
    tracker: &Tracker,
    profile: &Profile,
    browser: &mut Browser,
    rounds: usize,
) -> Result<Times, Trouble> {
    let room = room("native-browser");
    let page = browser.page()?;
    browser.join(&page, tracker, &room)?;
    sleep(SETTLED);
    let times = times("native joins browser", rounds, || {
        let mut joiner = Terminal::join(tracker, profile, &room)?;
        let joined = joiner.joined_at;
        let met = joiner.meets(&page.peer_id, left(joined));
        let was_met = browser.meets(&page, &joiner.peer_id, left(joined));
        let id = joiner.peer_id.clone();
        joiner.leave()?;
        if was_met.is_ok() {
            browser.loses(&page, &id)?;
        }
        Ok(took(joined, met, was_met))
    });
    browser.close(&page)?;
    times
}

fn browser_joins_native(
    tracker: &Tracker,
    profile: &Profile,
    browser: &mut Browser,
    rounds: usize,
) -> Result<Times, Trouble> {
    let room = room("browser-native");
    let mut waiting = Terminal::join(tracker, profile, &room)?;
    sleep(SETTLED);
    times("browser joins native", rounds, || {
        let page = browser.page()?;
        let joined = browser.join(&page, tracker, &room)?;
        let met = browser.meets(&page, &waiting.peer_id, left(joined));
        let was_met = waiting.meets(&page.peer_id, left(joined));
        browser.leave(&page, &room)?;
        if was_met.is_ok() {
            waiting.loses(&page.peer_id)?;
        }
        browser.close(&page)?;
        browser.forget();
        Ok(took(joined, met, was_met))
    })
}

fn browser_joins_browser(
    tracker: &Tracker,
    browser: &mut Browser,
    rounds: usize,
) -> Result<Times, Trouble> {
    let room = room("browser-browser");
    let waiting = browser.page()?;
    browser.join(&waiting, tracker, &room)?;
    sleep(SETTLED);
    let times = times("browser joins browser", rounds, || {
        let page = browser.page()?;
        let joined = browser.join(&page, tracker, &room)?;
        let met = browser.meets(&page, &waiting.peer_id, left(joined));
        let was_met = browser.meets(&waiting, &page.peer_id, left(joined));
        browser.leave(&page, &room)?;
        browser.close(&page)?;
        browser.forget();
        Ok(took(joined, met, was_met))
    });
    browser.close(&waiting)?;
    times
}

fn times(
    what: &str,
    rounds: usize,
    mut round: impl FnMut() -> Result<Duration, Trouble>,
) -> Result<Times, Trouble> {
    let mut all = Vec::new();
    for _ in 0..rounds {
        let took = round()?;
        say(&format!("  {what}: {:.0} ms", took.as_secs_f64() * 1e3));
        all.push(took);
        sleep(PAUSE);
    }
    Ok(Times::new(&all))
}

/// How long to wait on for someone who joined then.
fn left(joined: Instant) -> Duration {
    GIVEN_UP.saturating_sub(joined.elapsed())
}

/// Until both sides knew; a side that never did counts as given up.
fn took(
    joined: Instant,
    met: Result<Instant, Trouble>,
    was_met: Result<Instant, Trouble>,
) -> Duration {
    match (met, was_met) {
        (Ok(met), Ok(was_met)) => met.max(was_met).saturating_duration_since(joined),
        _ => GIVEN_UP,
    }
}
