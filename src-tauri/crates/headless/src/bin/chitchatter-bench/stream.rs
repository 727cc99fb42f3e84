//! What a process says, each line with the time it came.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::Trouble;

/// One line, and when it came.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) at: Instant,
    pub(crate) line: String,
}

/// The lines of a process.
pub(crate) struct Stream {
    lines: Receiver<Said>,
    passed_over: VecDeque<(Instant, Value)>,
}

impl Stream {
    pub(crate) fn of(output: impl Read + Send + 'static) -> Self {
        let (told, lines) = channel();
        std::thread::spawn(move || read(output, &told));
        Self {
            lines,
            passed_over: VecDeque::new(),
        }
    }

    /// The first line that pleases, of those nobody took yet. What is passed over is kept for
    /// others to look for.
    pub(crate) fn wait<T>(
        &mut self,
        what: &str,
        limit: Duration,
        mut look: impl FnMut(&Value) -> Option<T>,
    ) -> Result<(Instant, T), Trouble> {
        for index in 0..self.passed_over.len() {
            if let Some((at, value)) = self.passed_over.get(index)
                && let Some(found) = look(value)
            {
                let at = *at;
                self.passed_over.remove(index);
                return Ok((at, found));
            }
        }
        let deadline = Instant::now() + limit;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let said = self
                .lines
                .recv_timeout(left)
                .map_err(|reason| format!("{what}: {reason}"))?;
            let value = parse(&said.line);
            if let Some(found) = look(&value) {
                return Ok((said.at, found));
            }
            self.passed_over.push_back((said.at, value));
            if self.passed_over.len() > MAX_KEPT {
                self.passed_over.pop_front();
            }
        }
    }

    /// Forgets all that was said until now.
    pub(crate) fn forget(&mut self) {
        self.passed_over.clear();
        while self.lines.try_recv().is_ok() {}
    }

    /// The next line as it came; nothing that was passed over.
    pub(crate) fn next(&mut self, limit: Duration) -> Result<Said, Trouble> {
        self.lines
            .recv_timeout(limit)
            .map_err(|reason| format!("silence: {reason}"))
    }
}

/// Lines passed over that are kept; what is looked for is never far back.
const MAX_KEPT: usize = 2_000;

fn read(output: impl Read, told: &Sender<Said>) {
    for line in BufReader::new(output).lines().map_while(Result::ok) {
        let said = Said {
            at: Instant::now(),
            line,
        };
        if told.send(said).is_err() {
            return;
        }
    }
}

fn parse(line: &str) -> Value {
    serde_json::from_str(line).unwrap_or(Value::Null)
}
