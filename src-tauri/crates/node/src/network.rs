//! Notices that this machine's addresses changed or that it slept.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::{Duration, Instant, SystemTime};

use tokio::sync::mpsc;

/// Between two looks. A change is noticed within it, and a look costs microseconds.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// A clock that counts sleep runs so much further than one that does not, and the machine slept. A
/// shorter nap breaks nothing: connections last longer.
const SLEPT: Duration = Duration::from_secs(4);

/// What the clocks say and which addresses there are, at one moment.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// Stands still while the machine sleeps, on most systems.
    awake: Instant,
    /// Goes on while it sleeps, where the system has such a clock.
    always: Option<Duration>,
    /// Goes on too, but people and servers set it.
    wall: SystemTime,
    addresses: BTreeSet<IpAddr>,
}

impl Seen {
    fn now() -> Self {
        Self {
            awake: Instant::now(),
            always: since_boot(),
            wall: SystemTime::now(),
            addresses: addresses(),
        }
    }

    /// Whether connections made before are likely to be dead.
    fn is_other_network_than(&self, before: &Self) -> bool {
        self.addresses != before.addresses || self.slept_since(before)
    }

    fn slept_since(&self, before: &Self) -> bool {
        let awake = self.awake.saturating_duration_since(before.awake);
        let jumped = |passed: Duration| passed > awake.max(LOOK_EVERY) + SLEPT;
        if let (Some(now), Some(then)) = (self.always, before.always) {
            // The better witness: nobody sets it.
            return jumped(now.saturating_sub(then));
        }
        // Where there is none, a clock that was put forward counts as sleep. That costs little, and
        // the other way round a person would wait.
        self.wall.duration_since(before.wall).is_ok_and(jumped)
            // Where the first clock goes on in sleep, a look that comes so late was slept over.
            || awake > LOOK_EVERY + LATE
    }
}

/// No machine is so busy that a look comes later than this.
const LATE: Duration = Duration::from_secs(30);

/// Sends a word into `changed` whenever the addresses of this machine changed or it woke up. Ends
/// with its receiver.
pub(crate) async fn watch(changed: mpsc::Sender<()>) {
    watch_by(changed, Seen::now).await;
}

async fn watch_by(changed: mpsc::Sender<()>, mut look: impl FnMut() -> Seen) {
    let mut before = look();
    loop {
        tokio::select! {
            () = tokio::time::sleep(LOOK_EVERY) => {}
            () = changed.closed() => return,
        }
        let now = look();
        if now.is_other_network_than(&before) && changed.send(()).await.is_err() {
            return;
        }
        before = now;
    }
}

/// The time since the machine started, sleep included.
#[cfg(target_os = "linux")]
fn since_boot() -> Option<Duration> {
    // The first number of this file counts seconds since the start, sleep included.
    let text = std::fs::read_to_string("/proc/uptime").ok()?;
    let seconds: f64 = text.split_ascii_whitespace().next()?.parse().ok()?;
    Duration::try_from_secs_f64(seconds).ok()
}

#[cfg(not(target_os = "linux"))]
fn since_boot() -> Option<Duration> {
    None
}

/// The addresses by which others could reach this machine.
pub(crate) fn addresses() -> BTreeSet<IpAddr> {
    if_addrs::get_if_addrs()
        .unwrap_or_default()
        .into_iter()
        .map(|interface| interface.ip())
        .filter(|ip| !ip.is_loopback())
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const HOUR: Duration = Duration::from_secs(3600);

    #[test]
    fn a_clock_that_counts_sleep_tells_of_it_and_one_that_is_set_does_not() {
        let before = seen();
        let later = |awake, always, wall| Seen {
            awake: before.awake + awake,
            always: before.always.map(|at| at + always),
            wall: before.wall + wall,
            addresses: before.addresses.clone(),
        };

        assert!(later(SECOND, HOUR, HOUR).slept_since(&before));
        assert!(later(SECOND, HOUR, SECOND).slept_since(&before));
        assert!(!later(SECOND, SECOND, SECOND).slept_since(&before));
        // A clock that was set forward, and a machine too busy to look.
        assert!(!later(SECOND, SECOND, HOUR).slept_since(&before));
        assert!(!later(HOUR, HOUR, HOUR).slept_since(&before));
    }

    #[test]
    fn without_such_a_clock_a_jump_of_the_others_tells_of_sleep() {
        let before = Seen {
            always: None,
            ..seen()
        };
        let later = |awake, wall| Seen {
            awake: before.awake + awake,
            wall: before.wall + wall,
            ..before.clone()
        };

        assert!(later(SECOND, HOUR).slept_since(&before));
        assert!(later(HOUR, HOUR).slept_since(&before));
        assert!(!later(SECOND * 2, SECOND * 2).slept_since(&before));
        let set_back = Seen {
            wall: before.wall - HOUR,
            awake: before.awake + SECOND,
            ..before.clone()
        };
        assert!(!set_back.slept_since(&before));
    }

    #[tokio::test(start_paused = true)]
    async fn waking_and_another_network_are_told_once_each_and_nothing_else_is() {
        let first = seen();
        let after = move |seconds: u64, slept: Duration, address: &str| Seen {
            awake: first.awake + SECOND * u32::try_from(seconds).expect("few"),
            always: first
                .always
                .map(|at| at + SECOND * u32::try_from(seconds).expect("few") + slept),
            wall: first.wall,
            addresses: [address.parse().expect("an address")].into(),
        };
        let mut looks = VecDeque::from([
            after(0, Duration::ZERO, "192.0.2.1"),
            after(1, Duration::ZERO, "192.0.2.1"),
            after(2, HOUR, "192.0.2.1"),
            after(3, HOUR, "192.0.2.1"),
            after(4, HOUR, "192.0.2.2"),
            after(5, HOUR, "192.0.2.2"),
        ]);
        let (changed, mut told) = mpsc::channel(8);
        let (done, mut all_looked) = mpsc::channel(1);
        let watching = tokio::spawn(watch_by(changed, move || {
            let next = looks.pop_front();
            if looks.is_empty() {
                let _ = done.try_send(());
            }
            next.unwrap_or_else(|| after(6, HOUR, "192.0.2.2"))
        }));

        all_looked.recv().await.expect("all looks were taken");
        tokio::time::sleep(SECOND * 3).await;
        let mut times = 0;
        while told.try_recv().is_ok() {
            times += 1;
        }
        assert_eq!(times, 2);

        drop(told);
        watching.await.expect("it ends with its listener");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_system_has_a_clock_that_counts_sleep() {
        let (one, other) = (since_boot(), since_boot());
        assert!(one.is_some() && one <= other);
    }

    fn seen() -> Seen {
        Seen {
            awake: Instant::now(),
            always: Some(HOUR),
            wall: SystemTime::now(),
            addresses: BTreeSet::new(),
        }
    }
}
