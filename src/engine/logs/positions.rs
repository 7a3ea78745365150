//! How far a log was read over several answers. Pure.

use crate::model::logs::{LogPosition, LogSource};

/// How far stdout and stderr were read, each of which is in order.
#[derive(Debug, Default)]
pub(super) struct Positions {
    /// In the answers before this one.
    read: [LogPosition; 2],
    /// The newest line of this one.
    reached: [LogPosition; 2],
    /// The latest line of this one.
    furthest: [LogPosition; 2],
    /// The moment of the first line of this one.
    first: [Option<i128>; 2],
    /// Whether this one is past what was read. What follows is new, also when the
    /// clock was set back.
    passed: [bool; 2],
}

impl Positions {
    /// Whether the line was not in the answers before.
    pub fn is_new(&mut self, source: LogSource, ns: i128) -> bool {
        let at = source as usize;
        self.reached[at] = self.reached[at].next(ns);
        self.furthest[at] = self.furthest[at].max(self.reached[at]);
        self.first[at].get_or_insert(ns);
        self.passed[at] |= self.reached[at] > self.read[at];
        self.passed[at]
    }

    /// The answer is over. One that began with the last lines (`tail`) and has
    /// but one moment does not tell how many of that moment are before it.
    /// Gives whether it had lines that were not in the answers before.
    pub fn finish(&mut self, tail: bool) -> bool {
        let mut progress = false;
        for at in 0..2 {
            let mut reached = self.furthest[at];
            progress |= self.passed[at];
            if tail && self.first[at] == Some(reached.ns) {
                reached.line = u32::MAX;
            }
            self.read[at] = self.read[at].max(reached);
        }
        self.reached = Default::default();
        self.furthest = Default::default();
        self.first = Default::default();
        self.passed = Default::default();
        progress
    }

    /// From which moment on there may be lines that were not read.
    pub fn since(&self) -> Option<i128> {
        let read = self.read.iter().filter(|read| read.line > 0);
        read.map(|read| read.ns).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_a_repeated_answer_are_new_from_the_reached_position_on() {
        let mut positions = Positions::default();
        for ns in [5, 5, 7] {
            assert!(positions.is_new(LogSource::Stdout, ns));
        }
        assert!(positions.is_new(LogSource::Stderr, 6));
        assert!(positions.finish(false));
        assert_eq!(positions.since(), Some(6));
        for ns in [5, 5, 7] {
            assert!(!positions.is_new(LogSource::Stdout, ns));
        }
        assert!(!positions.is_new(LogSource::Stderr, 6));
        assert!(!positions.finish(false), "nothing but what was read");
        assert!(!positions.is_new(LogSource::Stdout, 7));
        assert!(positions.is_new(LogSource::Stdout, 7));
        assert!(positions.is_new(LogSource::Stdout, 3), "a clock set back");
        assert!(!positions.is_new(LogSource::Stderr, 5));
        assert!(positions.finish(false));
        for ns in [7, 7, 3] {
            assert!(!positions.is_new(LogSource::Stdout, ns));
        }
    }
}
