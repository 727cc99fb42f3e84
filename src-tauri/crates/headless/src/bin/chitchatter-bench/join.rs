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

/// No further round of one kind begins after this: two browsers may need a minute for each.
const KIND_WITHIN: Duration = Duration::from_secs(600);

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
    let mut troubles = Vec::new();
    let mut kind = |key: &str, what: &str, wish: &TimesWish, measured: Result<Rounds, Trouble>| {
        match measured {
            Ok(rounds) => rounds.add(report, key, what, wish, &mut troubles),
            // One kind that fails does not cost the others.
            Err(trouble) => troubles.push(format!("{what}: {trouble}")),
        }
    };
    let measured = native_joins_native(tracker, profile, rounds);
    kind(
        "nativeToNative",
        "native joins native",
        &BOTH_NATIVE,
        measured,
    );
    if let Some(browser) = browser {
        let measured = native_joins_browser(tracker, profile, browser, rounds);
        kind(
            "nativeToBrowser",
            "native joins browser",
            &WITH_BROWSER,
            measured,
        );
        let measured = browser_joins_native(tracker, profile, browser, rounds);
        kind(
            "browserToNative",
            "browser joins native",
            &WITH_BROWSER,
            measured,
        );
        let measured = browser_joins_browser(tracker, browser, rounds);
        let no_wish = TimesWish::default();
        kind(
            "browserToBrowser",
            "browser joins browser",
            &no_wish,
            measured,
        );
    }
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
    if troubles.is_empty() {
        Ok(())
    } else {
        Err(troubles.join("; "))
    }
}

/// The rounds of one kind.
struct Rounds {
    times: Vec<Duration>,
    /// How many of them never met.
    given_up: usize,
    /// Why there are fewer than wanted.
    ended_early: Option<Trouble>,
}

impl Rounds {
    fn add(
        self,
        report: &mut Report,
        key: &str,
        what: &str,
        wish: &TimesWish,
        troubles: &mut Vec<Trouble>,
    ) {
        if !self.times.is_empty() {
            let key = format!("join.{key}");
            report.add_times(&key, what, &Times::new(&self.times), wish);
            report.add(
                &format!("{key}.neverMet"),
                &format!("  never met within {} s", GIVEN_UP.as_secs()),
                self.given_up as f64,
                "times",
                None,
            );
        }
        if let Some(trouble) = self.ended_early {
            troubles.push(format!(
                "{what}, after {} rounds: {trouble}",
                self.times.len()
            ));
        }
    }
}

fn native_joins_native(
    tracker: &Tracker,
    profile: &Profile,
    rounds: usize,
) -> Result<Rounds, Trouble> {
    let room = room("native-native");
    let mut waiting = Terminal::join(tracker, profile, &room)?;
    sleep(SETTLED);
    Ok(times("native joins native", rounds, || {
        let mut joiner = Terminal::join(tracker, profile, &room)?;
        let joined = joiner.joined_at;
        let met = joiner.meets(&waiting.peer_id, left(joined));
        let was_met = waiting.meets(&joiner.peer_id, left(joined));
        let id = joiner.peer_id.clone();
        joiner.leave()?;
        if was_met.is_ok() {
            waiting.loses(&id)?;
        }
        Ok(took(joined, met, was_met))
    }))
}

fn native_joins_browser(
    tracker: &Tracker,
    profile: &Profile,
    browser: &mut Browser,
    rounds: usize,
) -> Result<Rounds, Trouble> {
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
    Ok(times)
}

fn browser_joins_native(
    tracker: &Tracker,
    profile: &Profile,
    browser: &mut Browser,
    rounds: usize,
) -> Result<Rounds, Trouble> {
    let room = room("browser-native");
    let mut waiting = Terminal::join(tracker, profile, &room)?;
    sleep(SETTLED);
    Ok(times("browser joins native", rounds, || {
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
    }))
}

/// Each time in a room of its own, unlike the others, to the browsers' advantage: where one page saw
/// many come and go, 7 rounds of 16 were given up. Even so the times fall in two groups, a quarter of
/// a second and nine seconds, about as often; which of them is in the middle is chance.
fn browser_joins_browser(
    tracker: &Tracker,
    browser: &mut Browser,
    rounds: usize,
) -> Result<Rounds, Trouble> {
    let mut number = 0;
    Ok(times("browser joins browser", rounds, || {
        number += 1;
        let room = room(&format!("browser-browser-{number}"));
        let waiting = browser.page()?;
        let page = browser.page()?;
        browser.join(&waiting, tracker, &room)?;
        sleep(SETTLED);
        let joined = browser.join(&page, tracker, &room)?;
        let met = browser.meets(&page, &waiting.peer_id, left(joined));
        let was_met = browser.meets(&waiting, &page.peer_id, left(joined));
        browser.close(&page)?;
        browser.close(&waiting)?;
        browser.forget();
        Ok(took(joined, met, was_met))
    }))
}

fn times(
    what: &str,
    rounds: usize,
    mut round: impl FnMut() -> Result<Option<Duration>, Trouble>,
) -> Rounds {
    let deadline = Instant::now() + KIND_WITHIN;
    let mut done = Rounds {
        times: Vec::new(),
        given_up: 0,
        ended_early: None,
    };
    while done.times.len() < rounds {
        if Instant::now() > deadline {
            let minutes = KIND_WITHIN.as_secs() / 60;
            done.ended_early = Some(format!("{minutes} minutes were over"));
            break;
        }
        match round() {
            Ok(Some(took)) => {
                say(&format!("  {what}: {:.0} ms", took.as_secs_f64() * 1e3));
                done.times.push(took);
            }
            Ok(None) => {
                say(&format!("  {what}: not within {} s", GIVEN_UP.as_secs()));
                done.given_up += 1;
                done.times.push(GIVEN_UP);
            }
            Err(trouble) => {
                done.ended_early = Some(trouble);
                break;
            }
        }
        sleep(PAUSE);
    }
    done
}

/// How long to wait on for someone who joined then.
fn left(joined: Instant) -> Duration {
    GIVEN_UP.saturating_sub(joined.elapsed())
}

/// Until both sides knew; nothing, if one of them never did.
fn took(
    joined: Instant,
    met: Result<Instant, Trouble>,
    was_met: Result<Instant, Trouble>,
) -> Option<Duration> {
    let both = met.ok()?.max(was_met.ok()?);
    Some(both.saturating_duration_since(joined))
}
