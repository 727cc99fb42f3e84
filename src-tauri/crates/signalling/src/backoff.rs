//! How long to wait before the next attempt.

use std::time::Duration;

use rand::Rng;

/// Trystero's first step: a tracker that restarts is back within seconds.
const FIRST: Duration = Duration::from_millis(3_333);

/// Trystero's longest step: a tracker that is gone for good is asked about once a minute.
const LONGEST: Duration = Duration::from_secs(60);

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
        }
    }

    /// The pause after one more failure.
    pub(crate) fn pause(&mut self, rng: &mut impl Rng) -> Duration {
        let pause = self.step.mul_f64(rng.gen_range(0.0..1.0));
        self.step = (self.step * 2).min(self.longest);
        pause
    }

    /// The pause after misbehaviour: near the longest there is, never by luck a short one.
    pub(crate) fn penalty(&mut self, rng: &mut impl Rng) -> Duration {
        self.step = self.longest;
        self.step.mul_f64(rng.gen_range(0.5..1.0))
    }

    /// Things went well; the next pause is a short one again.
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
            assert!(backoff.pause(&mut rng).as_millis() < steps[steps.len() - 1]);
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
        assert!(backoff.pause(&mut rng) < FIRST_LOCAL);
        for _ in 0..20 {
            assert!(backoff.pause(&mut rng) < LONGEST_LOCAL);
        }
    }

    #[test]
    fn misbehaviour_is_never_forgiven_quickly() {
        let mut rng = StdRng::seed_from_u64(1);
        for _ in 0..50 {
            assert!(Backoff::new(false).penalty(&mut rng) >= LONGEST / 2);
        }
    }
}
