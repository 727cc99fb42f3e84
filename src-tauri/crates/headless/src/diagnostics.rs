//! `--verbose`: what goes on underneath, on standard error.
//!
//! Only what our own crates report, and they report neither what is said nor who is where.

use std::fmt::{self, Write as _};
use std::io::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

/// Reports from now on.
pub(crate) fn start() {
    // It is the only one and set once.
    let _ = tracing::subscriber::set_global_default(Reporter {
        spans: AtomicU64::new(1),
    });
}

/// The crates that are ours. Foreign ones report addresses.
const OURS: [&str; 7] = [
    "headless",
    "mesh",
    "node",
    "room",
    "signalling",
    "tracker",
    "wire",
];

struct Reporter {
    spans: AtomicU64,
}

impl Subscriber for Reporter {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        let from = metadata.target().split("::").next().unwrap_or_default();
        OURS.contains(&from) && *metadata.level() <= Level::DEBUG
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(self.spans.fetch_add(1, Ordering::Relaxed))
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let metadata = event.metadata();
        let mut text = Words(String::new());
        event.record(&mut text);
        let line = format!("{} {}:{}\n", metadata.level(), metadata.target(), text.0);
        let _ = std::io::stderr().lock().write_all(line.as_bytes());
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

struct Words(String);

impl Visit for Words {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // Writing to a text cannot fail.
        let _ = match field.name() {
            "message" => write!(self.0, " {value:?}"),
            name => write!(self.0, " {name}={value:?}"),
        };
    }
}
