//! Messages of work that is tried again and again: each is logged once a minute at most.
//! The log is on a card that wears out.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

const PAUSE: Duration = Duration::from_mins(1);

#[derive(Debug, Default)]
pub(super) struct Recurring(Mutex<HashMap<String, Instant>>);

impl Recurring {
    /// Whether it was not logged within the last minute; it counts as logged from now on.
    pub fn is_due(&self, message: String) -> bool {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        told.retain(|_, at| at.elapsed() < PAUSE);
        let is_new = !told.contains_key(&message);
        if is_new {
            told.insert(message, Instant::now());
        }
        is_new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_message_is_due_once_and_another_one_at_once() {
        let log = Recurring::default();
        let due: Vec<bool> = ["disk full", "disk full", "read-only", "disk full"]
            .map(|message| log.is_due(message.to_owned()))
            .into();
        assert_eq!(due, [true, false, true, false]);
    }
}
