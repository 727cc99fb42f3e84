//! The one driver of a test program, `browser/driver.mjs`, and the stories that are told with it.
//!
//! It takes its time to start and so do browsers, so all tests of a program share it. Each test has a
//! runtime that ends with it; what reads and writes here are therefore threads, which end with the
//! program. Then the driver's input ends too, which tells it to end all it started.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::oneshot;

use crate::Log;
use crate::tools::browser_folder;

/// Starting a browser on a busy machine takes its time.
pub(crate) const ANSWER_LIMIT: Duration = Duration::from_secs(90);

/// What the pages, clients and trackers of one test are told by. When it is dropped they all end.
#[derive(Debug)]
pub(crate) struct Story {
    driver: Arc<Driver>,
    number: u64,
}

/// What was asked for, or why it cannot be had.
type Answer = Result<Value, String>;

#[derive(Debug)]
struct Driver {
    lines: mpsc::Sender<String>,
    /// Who waits for an answer; nobody can any longer once the driver is gone.
    waiting: Mutex<Option<HashMap<u64, oneshot::Sender<Answer>>>>,
    /// What was told, by the story and the name in it.
    logs: Mutex<HashMap<(u64, String), Log>>,
    next_id: AtomicU64,
}

impl Story {
    /// A new one, in which there is nobody yet.
    ///
    /// # Panics
    /// If it is the first, and Node cannot be started.
    pub(crate) fn begin() -> Self {
        let driver = Driver::of_this_program();
        let number = driver.next_id();
        Self { driver, number }
    }

    /// What whoever has that name in it told.
    pub(crate) fn log(&self, name: &str) -> Log {
        let mut logs = locked(&self.driver.logs);
        logs.entry((self.number, name.to_owned()))
            .or_insert_with(|| Log::of(name))
            .clone()
    }

    /// Asks the driver for something.
    ///
    /// # Panics
    /// If it cannot do it, or not in time.
    pub(crate) async fn ask(&self, wish: Value) -> Value {
        self.ask_within(ANSWER_LIMIT, wish).await
    }

    pub(crate) async fn ask_within(&self, limit: Duration, mut wish: Value) -> Value {
        let id = self.driver.next_id();
        let (sender, receiver) = oneshot::channel();
        locked(&self.driver.waiting)
            .as_mut()
            .expect("the driver is running")
            .insert(id, sender);
        wish["id"] = json!(id);
        self.tell(&mut wish).expect("the driver reads its input");
        let answer = tokio::time::timeout(limit, receiver)
            .await
            .unwrap_or_else(|_| panic!("the driver did not answer {}", wish["do"]))
            .expect("the driver is running");
        answer.unwrap_or_else(|error| panic!("{} failed: {error}", wish["do"]))
    }

    fn tell(&self, wish: &mut Value) -> Result<(), mpsc::SendError<String>> {
        wish["story"] = json!(self.number);
        self.driver.lines.send(format!("{wish}\n"))
    }
}

impl Drop for Story {
    fn drop(&mut self) {
        locked(&self.driver.logs).retain(|(story, _), _| *story != self.number);
        // A driver that is gone has ended everything already.
        let _ = self.tell(&mut json!({"do": "end"}));
    }
}

impl Driver {
    fn of_this_program() -> Arc<Self> {
        static DRIVER: OnceLock<Arc<Driver>> = OnceLock::new();
        Arc::clone(DRIVER.get_or_init(Self::start))
    }

    fn start() -> Arc<Self> {
        let mut child = Command::new("node")
            .arg("driver.mjs")
            .current_dir(browser_folder())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node can be started");
        let input = child.stdin.take().expect("its input is piped");
        let output = child.stdout.take().expect("its output is piped");
        let (lines, written) = mpsc::channel();
        let driver = Arc::new(Self {
            lines,
            waiting: Mutex::new(Some(HashMap::new())),
            logs: Mutex::default(),
            next_id: AtomicU64::new(1),
        });
        thread::spawn(move || write_all(input, &written));
        let listener = Arc::clone(&driver);
        thread::spawn(move || {
            listener.listen(output);
            // It is going, if it is not gone.
            let _ = child.wait();
        });
        driver
    }

    fn next_id(&self) -> u64 {
        self.next_id.fetch_add(1, Ordering::Relaxed)
    }

    /// Hears all it says; whoever still waits when it says no more is told so.
    fn listen(&self, output: ChildStdout) {
        let mut why = "the driver ended".to_owned();
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            match serde_json::from_str(&line) {
                Ok(message) => self.hear(message),
                Err(error) => {
                    why = format!("the driver said {line:?}: {error}");
                    break;
                }
            }
        }
        for (_, waiting) in locked(&self.waiting).take().unwrap_or_default() {
            // A test that has given up no longer waits.
            let _ = waiting.send(Err(why.clone()));
        }
    }

    fn hear(&self, mut message: Value) {
        if let (Some(story), Some(name)) = (message["story"].as_u64(), message["page"].as_str()) {
            // What comes after the end of its story is of no interest to anybody.
            if let Some(log) = locked(&self.logs).get(&(story, name.to_owned())) {
                log.push(message["event"].take());
            }
        } else if let Some(id) = message["id"].as_u64() {
            let waiting = locked(&self.waiting)
                .as_mut()
                .and_then(|waiting| waiting.remove(&id));
            let answer = match message["error"].as_str() {
                Some(error) => Err(error.to_owned()),
                None => Ok(message["result"].take()),
            };
            if let Some(waiting) = waiting {
                // A test that has given up no longer waits.
                let _ = waiting.send(answer);
            }
        }
    }
}

fn write_all(mut input: ChildStdin, lines: &mpsc::Receiver<String>) {
    for line in lines {
        if input.write_all(line.as_bytes()).is_err() {
            return;
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
