//! Polls with a deadline; never sleeps a fixed time and hopes.

use std::time::{Duration, Instant};

/// Asks again until there is an answer. Panics with `what` after `within`.
#[track_caller]
pub fn until<T>(what: &str, within: Duration, mut ask: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + within;
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < deadline, "not within {within:?}: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Long enough for a machine on which everything else works too.
pub const SOON: Duration = Duration::from_mins(2);
