//! Pauses between tries: doubled after each failure, up to the longest.

use std::time::Duration;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    pub first: Duration,
    pub longest: Duration,
}

impl Backoff {
    /// The pause after so many failures in a row; the first for 0 and 1.
    pub fn after(self, failures: u32) -> Duration {
        let factor = 2_u32.saturating_pow(failures.saturating_sub(1));
        self.first.saturating_mul(factor).min(self.longest)
    }
}

/// From 0 to 1, for pauses that several hosts should not end at the same
/// moment; a half where there is no randomness.
pub fn chance() -> f64 {
    getrandom::u32().map_or(0.5, |n| f64::from(n) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backoff_delay_doubles_up_to_the_maximum() {
        let backoff = Backoff {
            first: Duration::from_secs(5),
            longest: Duration::from_mins(10),
        };
        let seconds: Vec<u64> = [0, 1, 2, 3, 8, 60, u32::MAX]
            .map(|failures| backoff.after(failures).as_secs())
            .into();
        assert_eq!(seconds, [5, 5, 10, 20, 600, 600, 600]);
    }
}
