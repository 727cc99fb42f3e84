//! What one peer told us, in order, and waiting for it to tell something.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::watch;

/// How long an event is waited for that has no limit of its own: long enough for a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(45);

/// How many events a failure shows.
const SHOWN: usize = 40;

/// How much of each.
const SHOWN_CHARS: usize = 300;

/// What one peer told us, oldest first. Clones share it.
#[derive(Clone, Debug)]
pub struct Log {
    name: Arc<str>,
    events: watch::Sender<Vec<Value>>,
    from: Arc<AtomicUsize>,
}

impl Log {
    /// An empty log of the peer with that name.
    pub(crate) fn of(name: &str) -> Self {
        Self {
            name: name.into(),
            events: watch::Sender::new(Vec::new()),
            from: Arc::default(),
        }
    }

    pub(crate) fn push(&self, event: Value) {
        self.events.send_modify(|events| events.push(event));
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
        let events = self.events.borrow();
        events
            .iter()
            .skip(self.from.load(Ordering::Relaxed))
            .filter(|it| is_it(it))
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
        let enough =
            |events: &Vec<Value>| events.iter().skip(from).filter(|it| is_it(it)).count() >= count;
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

    /// The last events, each cut to a readable length.
    pub fn tail(&self) -> String {
        let events = self.events.borrow();
        let lines = events
            .iter()
            .skip(events.len().saturating_sub(SHOWN))
            .map(|event| {
                let text = event.to_string();
                text.chars().take(SHOWN_CHARS).collect::<String>()
            });
        lines.collect::<Vec<_>>().join("\n")
    }
}
