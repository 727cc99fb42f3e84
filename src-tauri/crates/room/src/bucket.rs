//! A token bucket: how much of something is allowed at once, and how fast that comes back.

use std::time::Duration;

/// Tokens that fill up with time.
#[derive(Debug)]
pub(crate) struct Bucket {
    tokens: f64,
    filled_at: Duration,
    capacity: f64,
    per_second: f64,
}

impl Bucket {
    /// A full bucket of `capacity` tokens that refills by `per_second`.
    pub(crate) fn new(capacity: u32, per_second: f64) -> Self {
        Self {
            tokens: f64::from(capacity),
            filled_at: Duration::ZERO,
            capacity: f64::from(capacity),
            per_second,
        }
    }

    /// Takes `cost` tokens, or none when there are fewer.
    pub(crate) fn take(&mut self, now: Duration, cost: u32) -> bool {
        let gone = now.saturating_sub(self.filled_at).as_secs_f64();
        self.filled_at = self.filled_at.max(now);
        self.tokens = (self.tokens + gone * self.per_second).min(self.capacity);
        let cost = f64::from(cost);
        if self.tokens < cost {
            return false;
        }
        self.tokens -= cost;
        true
    }

    /// Puts back what was taken and turned out not to be needed.
    pub(crate) fn give_back(&mut self, cost: u32) {
        self.tokens = (self.tokens + f64::from(cost)).min(self.capacity);
    }

    /// How long until one token is there.
    pub(crate) fn wait(&self) -> Duration {
        Duration::from_secs_f64(((1.0 - self.tokens) / self.per_second).clamp(0.0, 3600.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_bucket_refuses_until_time_has_passed() {
        let mut bucket = Bucket::new(2, 1.0);

        assert!(bucket.take(Duration::ZERO, 2));
        assert!(!bucket.take(Duration::from_millis(500), 1));
        assert!(bucket.wait() <= Duration::from_millis(500));
        assert!(bucket.take(Duration::from_millis(1100), 1));
    }
}
