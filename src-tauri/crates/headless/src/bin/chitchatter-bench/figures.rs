//! What was measured, as a table and as JSON.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value, json};

use crate::{Trouble, machine};

/// Everything measured in one run.
pub(crate) struct Report {
    started: u64,
    load: f64,
    rows: Vec<Row>,
    json: Map<String, Value>,
}

struct Row {
    what: String,
    value: String,
    remark: String,
}

/// What a figure should be.
#[derive(Clone, Copy)]
pub(crate) enum Wish {
    AtMost(f64),
    AtLeast(f64),
}

impl Wish {
    fn remark(self, value: f64) -> String {
        let (is_met, sign, bound) = match self {
            Self::AtMost(bound) => (value <= bound, "≤", bound),
            Self::AtLeast(bound) => (value >= bound, "≥", bound),
        };
        format!(
            "{} wanted {sign} {}",
            if is_met { "ok," } else { "MISSED," },
            short(bound)
        )
    }
}

impl Report {
    pub(crate) fn start() -> Self {
        let started = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default()
            .as_secs();
        Self {
            started,
            load: machine::load(),
            rows: Vec::new(),
            json: Map::new(),
        }
    }

    /// A heading.
    pub(crate) fn part(&mut self, title: &str) {
        self.rows.push(Row {
            what: title.to_owned(),
            value: String::new(),
            remark: String::new(),
        });
    }

    /// One figure. `key` names it in the JSON, with dots between levels.
    pub(crate) fn add(
        &mut self,
        key: &str,
        what: &str,
        value: f64,
        unit: &str,
        wish: Option<Wish>,
    ) {
        let remark = wish.map(|wish| wish.remark(value)).unwrap_or_default();
        self.rows.push(Row {
            what: format!("  {what}"),
            value: format!("{} {unit}", short(value)),
            remark,
        });
        self.put(key, json!(value));
    }

    /// Times: half of them, most of them, the longest.
    pub(crate) fn add_times(&mut self, key: &str, what: &str, times: &Times, wish: &TimesWish) {
        let mut remark = String::new();
        for (label, wish, value) in [
            ("p50", wish.p50, times.at(0.5)),
            ("max", wish.max, times.at(1.0)),
        ] {
            if let Some(bound) = wish {
                let _ = write!(remark, "{label} {}; ", Wish::AtMost(bound).remark(value));
            }
        }
        self.rows.push(Row {
            what: format!("  {what}"),
            value: format!(
                "p50 {}  p95 {}  p99 {}  max {} ms  ({} times)",
                short(times.at(0.5)),
                short(times.at(0.95)),
                short(times.at(0.99)),
                short(times.at(1.0)),
                times.count()
            ),
            remark: remark.trim_end_matches("; ").to_owned(),
        });
        self.put(
            key,
            json!({
                "p50": times.at(0.5), "p95": times.at(0.95), "p99": times.at(0.99),
                "max": times.at(1.0), "all": times.0,
            }),
        );
    }

    /// How two figures relate, where both were measured.
    pub(crate) fn ratio(
        &mut self,
        key: &str,
        what: &str,
        over: &str,
        under: &str,
        wish: Option<Wish>,
    ) {
        if let (Some(over), Some(under)) = (self.number(over), self.number(under))
            && under > 0.0
        {
            self.add(key, what, over / under, "×", wish);
        }
    }

    pub(crate) fn table(&self) -> String {
        let widest = |cell: fn(&Row) -> &str| {
            let lengths = self.rows.iter().filter(|row| !row.value.is_empty());
            lengths
                .map(|row| cell(row).chars().count())
                .max()
                .unwrap_or(0)
        };
        let (first, second) = (widest(|row| &row.what), widest(|row| &row.value));
        let mut table = String::new();
        for Row {
            what,
            value,
            remark,
        } in &self.rows
        {
            // Writing to a text cannot fail.
            let _ = if value.is_empty() {
                writeln!(table, "\n{what}")
            } else {
                writeln!(
                    table,
                    "{}",
                    format!("{what:<first$}  {value:<second$}  {remark}").trim_end()
                )
            };
        }
        table
    }

    /// Writes the figures where builds go, each run into a file of its own.
    pub(crate) fn write(&self) -> Result<PathBuf, Trouble> {
        let target = std::env::var_os("CARGO_TARGET_DIR").map_or("target".into(), PathBuf::from);
        let folder = target.join("bench");
        let path = folder.join(format!("{}.json", self.started));
        let text = serde_json::to_string_pretty(&json!({
            "startedAt": self.started,
            "processors": std::thread::available_parallelism().map_or(0, usize::from),
            "loadAtStart": self.load,
            "figures": self.json,
        }));
        std::fs::create_dir_all(&folder)
            .and_then(|()| std::fs::write(&path, text.unwrap_or_default()))
            .map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(path)
    }

    fn put(&mut self, key: &str, value: Value) {
        let mut levels: Vec<&str> = key.split('.').collect();
        let Some(last) = levels.pop() else { return };
        let mut map = &mut self.json;
        for level in levels {
            let inner = map.entry(level).or_insert_with(|| json!({}));
            if !inner.is_object() {
                *inner = json!({});
            }
            match inner {
                Value::Object(inner) => map = inner,
                _ => return,
            }
        }
        map.insert(last.to_owned(), value);
    }

    fn number(&self, key: &str) -> Option<f64> {
        let mut levels = key.split('.');
        let mut value = self.json.get(levels.next()?)?;
        for level in levels {
            value = value.get(level)?;
        }
        value.as_f64()
    }
}

/// What times should be, in milliseconds.
#[derive(Default)]
pub(crate) struct TimesWish {
    pub(crate) p50: Option<f64>,
    pub(crate) max: Option<f64>,
}

/// Durations in milliseconds, shortest first.
pub(crate) struct Times(Vec<f64>);

impl Times {
    pub(crate) fn new(times: &[Duration]) -> Self {
        let mut times: Vec<f64> = times.iter().map(|it| it.as_secs_f64() * 1e3).collect();
        times.sort_by(f64::total_cmp);
        Self(times)
    }

    /// The time that so large a share of all does not exceed.
    pub(crate) fn at(&self, share: f64) -> f64 {
        let last = self.0.len().saturating_sub(1);
        let index = (last as f64 * share).ceil() as usize;
        self.0.get(index.min(last)).copied().unwrap_or(f64::NAN)
    }

    fn count(&self) -> usize {
        self.0.len()
    }
}

/// A number with as many places as matter.
fn short(value: f64) -> String {
    match value.abs() {
        it if it == it.trunc() => format!("{value:.0}"),
        it if it >= 100.0 => format!("{value:.0}"),
        it if it >= 10.0 => format!("{value:.1}"),
        it if it >= 0.1 => format!("{value:.2}"),
        _ => format!("{value:.4}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_of_times_are_times_that_were_measured() {
        let all: Vec<Duration> = (1..=20).rev().map(Duration::from_millis).collect();
        let times = Times::new(&all);

        assert_eq!(times.at(0.5), 11.0);
        assert_eq!(times.at(0.95), 20.0);
        assert_eq!(times.at(1.0), 20.0);
        assert!(Times::new(&[]).at(0.5).is_nan());
    }

    #[test]
    fn a_ratio_needs_both_figures() {
        let mut report = Report::start();
        report.add("a.b", "one", 10.0, "MB/s", None);
        report.ratio("a.ratio", "ratio", "a.b", "a.c", None);
        report.add("a.c", "other", 5.0, "MB/s", None);
        report.ratio("a.ratio", "ratio", "a.b", "a.c", Some(Wish::AtLeast(5.0)));

        assert_eq!(report.number("a.ratio"), Some(2.0));
        assert_eq!(report.table().matches("MISSED").count(), 1);
    }
}
