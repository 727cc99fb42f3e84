//! What the stories share: the trackers they are told on, and the proof that two can talk.
#![allow(
    dead_code,
    unused_imports,
    unused_macros,
    reason = "each test file uses its own part of this"
)]

pub(crate) mod files;

use std::time::Duration;

use interop::{Foreign, Meeting, Native, OurTracker, Page};

/// Nobody who is met without waiting for somebody's timer takes longer, even on a busy machine. The
/// shortest such timer is 10 s.
pub(crate) const AT_ONCE: Duration = Duration::from_secs(8);

/// How soon a peer that went without a word is seen to be gone.
pub(crate) const GONE: Duration = Duration::from_secs(15);

/// Which tracker a story is told on.
#[derive(Clone, Copy, Debug)]
pub(crate) enum On {
    Reference,
    Ours,
}

/// Room for browsers, and a tracker.
pub(crate) struct World {
    pub(crate) foreign: Foreign,
    pub(crate) tracker: String,
    _ours: Option<OurTracker>,
}

impl World {
    pub(crate) async fn with_tracker(on: On) -> Self {
        let foreign = Foreign::start();
        match on {
            On::Reference => {
                let tracker = foreign.tracker().await;
                Self {
                    foreign,
                    tracker,
                    _ours: None,
                }
            }
            On::Ours => {
                let ours = OurTracker::start().await;
                Self {
                    foreign,
                    tracker: ours.url().to_owned(),
                    _ours: Some(ours),
                }
            }
        }
    }
}

/// Waits until both can talk to each other.
pub(crate) async fn meet(limit: Duration, native: &Native, page: &Page) {
    tokio::join!(
        native.meets(limit, page.peer_id()),
        page.meets(limit, native.peer_id())
    );
}

/// Says something each way, and waits until it is heard.
pub(crate) async fn talk(native: &mut Native, page: &Page, meeting: &Meeting, about: &str) {
    let from_native = format!("{about}, says the native peer");
    let from_page = format!("{about}, says the browser");
    native.type_lines(&[&from_native]).await;
    page.hears(&from_native).await;
    page.say(meeting, &from_page).await;
    native.hears(&from_page).await;
}

/// Tells each story on the reference tracker and on ours.
macro_rules! on_both_trackers {
    ($($story:ident)*) => {
        mod on_the_reference_tracker {
            $(#[tokio::test] async fn $story() { super::$story(crate::common::On::Reference).await; })*
        }
        mod on_our_tracker {
            $(#[tokio::test] async fn $story() { super::$story(crate::common::On::Ours).await; })*
        }
    };
}
pub(crate) use on_both_trackers;

/// Tells each story on one tracker: what is said among those who met does not depend on who
/// introduced them.
macro_rules! on_one_tracker {
    ($($story:ident)*) => {
        mod on_the_reference_tracker {
            $(#[tokio::test] async fn $story() { super::$story(crate::common::On::Reference).await; })*
        }
    };
}
pub(crate) use on_one_tracker;
