//! What one peer told us, in order, and waiting for it to tell something.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::sync::watch;

/// How long an event is waited for that has no limit of its own: long enough for a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(45);

/// How many events a failure shows.
const SHOWN: usize = 40;

/// How much of each.
const SHOWN_CHARS: usize = 300;

/// One event, and when it came.
#[derive(Clone, Debug)]
struct Told {
    after: Duration,
    event: Value,
}

/// What one peer told us, oldest first. Clones share it.
#[derive(Clone, Debug)]
pub struct Log {
    name: Arc<str>,
    start: Instant,
    events: watch::Sender<Vec<Told>>,
    from: Arc<AtomicUsize>,
}

impl Log {
    /// An empty log of the peer with that name.
    pub(crate) fn of(name: &str) -> Self {
        Self {
            name: name.into(),
            start: Instant::now(),
            events: watch::Sender::new(Vec::new()),
            from: Arc::default(),
        }
    }

    pub(crate) fn push(&self, event: Value) {
        let after = self.start.elapsed();
        self.events
            .send_modify(|events| events.push(Told { after, event }));
    }

    /// Leaves out of sight what was told so far, so that only news is waited for.
    pub fn forget(&self) {
        self.from
            .store(self.events.borrow().len(), Ordering::Relaxed);
    }

    /// All events of that kind, except the forgotten.
    pub fn all(&self, kind: &str) -> Vec<Value> {
        self.all_where(|event| event["kind"] == kind)
    }

    /// All events like that, except the forgotten.
    pub fn all_where(&self, is_it: impl Fn(&Value) -> bool) -> Vec<Value> {
        let told = self.events.borrow();
        let news = told.iter().skip(self.from.load(Ordering::Relaxed));
        news.map(|told| &told.event)
            .filter(|event| is_it(event))
            .cloned()
            .collect()
    }

    /// Waits for an event like that; `what` says in a failure what was waited for.
    ///
    /// # Panics
    /// If it does not come within [`PATIENCE`].
    pub async fn until(&self, what: &str, is_it: impl Fn(&Value) -> bool) -> Value {
        self.within(PATIENCE, what, is_it).await
    }

    /// Waits for an event like that.
    ///
    /// # Panics
    /// If it does not come in time.
    pub async fn within(
        &self,
        limit: Duration,
        what: &str,
        is_it: impl Fn(&Value) -> bool,
    ) -> Value {
        let all = self.count_within(limit, what, 1, is_it).await;
        all.into_iter().next().unwrap_or_default()
    }

    /// Waits for that many events like that, and gives all of them.
    ///
    /// # Panics
    /// If they do not come in time.
    pub async fn count_within(
        &self,
        limit: Duration,
        what: &str,
        count: usize,
        is_it: impl Fn(&Value) -> bool,
    ) -> Vec<Value> {
        let from = self.from.load(Ordering::Relaxed);
        let enough = |told: &Vec<Told>| {
            told.iter()
                .skip(from)
                .filter(|told| is_it(&told.event))
                .count()
                >= count
        };
        let mut events = self.events.subscribe();
        if tokio::time::timeout(limit, events.wait_for(enough))
            .await
            .is_err()
        {
            panic!(
                "{}: no {what} within {limit:?}. It told:\n{}",
                self.name,
                self.tail()
            );
        }
        self.all_where(is_it)
    }

    /// The last events, each with its time in seconds and cut to a readable length.
    pub fn tail(&self) -> String {
        let told = self.events.borrow();
        let mut lines = String::new();
        for Told { after, event } in told.iter().skip(told.len().saturating_sub(SHOWN)) {
            let text: String = event.to_string().chars().take(SHOWN_CHARS).collect();
            // Writing to a String cannot fail.
            let _ = writeln!(lines, "{:8.3} {text}", after.as_secs_f64());
        }
        lines
    }
}
