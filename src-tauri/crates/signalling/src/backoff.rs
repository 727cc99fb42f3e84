//! How long to wait before the next attempt.

use std::time::Duration;

use rand::Rng;
use tokio::time::Instant;

/// Trystero's first step: a tracker that restarts is back within seconds.
const FIRST: Duration = Duration::from_millis(3_333);

/// Trystero's longest step: a tracker that is gone for good is asked about once a minute.
const LONGEST: Duration = Duration::from_secs(60);

/// The longest for one that worked until a moment ago: more likely our own way there is gone, and
/// somebody waits for it to come back. Drawn at random below this, it is asked some eight times a
/// minute at most, and only for [`HOPE`].
const LONGEST_HOPED: Duration = Duration::from_secs(15);

/// How long after it last worked. A public tracker that is really down is then left in peace.
const HOPE: Duration = Duration::from_secs(10 * 60);

/// A tracker on this machine or network costs nobody anything to ask, and someone waits.
const FIRST_LOCAL: Duration = Duration::from_millis(250);

/// The same, while it stays away.
const LONGEST_LOCAL: Duration = Duration::from_secs(5);

/// The growing pause between attempts, each drawn at random so that all clients of a tracker that
/// restarts do not come back in the same moment.
#[derive(Clone, Debug)]
pub(crate) struct Backoff {
    first: Duration,
    longest: Duration,
    step: Duration,
    /// Until when it counts as one that is soon back.
    hoped_until: Option<Instant>,
}

impl Backoff {
    /// Nothing has failed yet.
    pub(crate) fn new(local: bool) -> Self {
        let (first, longest) = if local {
            (FIRST_LOCAL, LONGEST_LOCAL)
        } else {
            (FIRST, LONGEST)
        };
        Self {
            first,
            longest,
            step: first,
            hoped_until: None,
        }
    }

    /// The pause after one more failure.
    pub(crate) fn pause(&mut self, now: Instant, rng: &mut impl Rng) -> Duration {
        let pause = self.step.mul_f64(rng.gen_range(0.0..1.0));
        let is_hoped = self.hoped_until.is_some_and(|until| now < until);
        let longest = if is_hoped {
            self.longest.min(LONGEST_HOPED)
        } else {
            self.longest
        };
        self.step = (self.step * 2).min(longest);
        pause
    }

    /// The pause after misbehaviour: near the longest there is, never by luck a short one.
    pub(crate) fn penalty(&mut self, rng: &mut impl Rng) -> Duration {
        self.hoped_until = None;
        self.step = self.longest;
        self.step.mul_f64(rng.gen_range(0.5..1.0))
    }

    /// Things went well until now; the next pause is a short one again.
    pub(crate) fn worked(&mut self, now: Instant) {
        self.hoped_until = Some(now + HOPE);
        self.reset();
    }

    /// There is reason to think that it can be reached; the next pause is a short one again.
    pub(crate) fn reset(&mut self) {
        self.step = self.first;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    #[test]
    fn pauses_grow_to_the_longest_and_start_over_when_things_go_well() {
        let mut rng = StdRng::seed_from_u64(1);
        let mut backoff = Backoff::new(false);
        let mut steps = Vec::new();
        for _ in 0..8 {
            steps.push(backoff.step.as_millis());
            let pause = backoff.pause(Instant::now(), &mut rng);
            assert!(pause.as_millis() < steps[steps.len() - 1]);
        }
        assert_eq!(
            steps,
            [3_333, 6_666, 13_332, 26_664, 53_328, 60_000, 60_000, 60_000]
        );
        backoff.reset();
        assert_eq!(backoff.step, FIRST);
    }

    #[test]
    fn a_local_tracker_is_asked_again_within_seconds() {
        let mut rng = StdRng::seed_from_u64(1);
        let mut backoff = Backoff::new(true);
        let now = Instant::now();
        assert!(backoff.pause(now, &mut rng) < FIRST_LOCAL);
        for _ in 0..20 {
            assert!(backoff.pause(now, &mut rng) < LONGEST_LOCAL);
        }
        backoff.worked(now);
        for _ in 0..20 {
            assert!(backoff.pause(now, &mut rng) < LONGEST_LOCAL);
        }
    }

    #[test]
    fn a_tracker_that_worked_a_moment_ago_is_asked_more_often_but_not_for_ever() {
        let mut rng = StdRng::seed_from_u64(1);
        let mut backoff = Backoff::new(false);
        let mut now = Instant::now();
        backoff.worked(now);
        let mut asked = 0;
        let until = now + HOPE;
        while now < until {
            let pause = backoff.pause(now, &mut rng);
            assert!(pause < LONGEST_HOPED);
            now += pause;
            asked += 1;
        }
        assert!(asked <= 120, "asked {asked} times in ten minutes");
        for _ in 0..3 {
            now += backoff.pause(now, &mut rng);
        }
        assert_eq!(backoff.step, LONGEST);

        backoff.worked(now);
        backoff.penalty(&mut rng);
        assert!(
            backoff.penalty(&mut rng) >= LONGEST / 2,
            "whatever it did before"
        );
    }

    #[test]
    fn misbehaviour_is_never_forgiven_quickly() {
        let mut rng = StdRng::seed_from_u64(1);
        for _ in 0..50 {
            assert!(Backoff::new(false).penalty(&mut rng) >= LONGEST / 2);
        }
    }
}
