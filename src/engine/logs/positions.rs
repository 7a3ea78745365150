//! How far a log was read over several answers. Pure.

use crate::model::logs::{LogPosition, LogSource};

/// The engine stamps lines before it writes them, so those of one stream may be
/// written after younger ones of the other, by much less than this (nanoseconds).
const OUT_OF_ORDER: i128 = 5_000_000_000;

/// How far stdout and stderr were read, each of which is in order except where the
/// clock was set back.
#[derive(Debug, Default)]
pub(super) struct Positions {
    streams: [Stream; 2],
    /// The moment of the first line of this answer, of either stream.
    first: Option<i128>,
    /// The last line that was new, and its moment.
    last: Option<(LogSource, i128)>,
    /// Whether this answer had a line that was new.
    progress: bool,
}

#[derive(Debug, Default)]
struct Stream {
    /// The greatest position of the answers before this one.
    read: LogPosition,
    /// The last line that was new, in this answer or before it.
    last: LogPosition,
    /// How often the time went back since the greatest position.
    turns: u32,
    /// The newest line of this answer.
    reached: LogPosition,
    /// The greatest position of this answer.
    furthest: LogPosition,
    /// The moment of the first line of this answer.
    first: Option<i128>,
    /// Whether this answer is past what was read. What follows is new, also when
    /// the clock was set back.
    passed: bool,
}

impl Stream {
    fn is_new(&mut self, ns: i128) -> bool {
        self.reached = self.reached.next(ns);
        let is_greatest = self.reached > self.read.max(self.furthest);
        self.furthest = self.furthest.max(self.reached);
        self.first.get_or_insert(ns);
        self.passed |= is_greatest;
        if !self.passed {
            self.passed = self.is_the_last_one();
            return false;
        }
        if is_greatest {
            self.turns = 0;
        } else if self.reached < self.last {
            self.turns += 1;
        }
        self.last = self.reached;
        true
    }

    /// Whether all that comes after the newest line is new. Behind the greatest
    /// position and before the time goes back a second time, no other line has
    /// the position of the last one that was read.
    fn is_the_last_one(&self) -> bool {
        let only_one = match self.turns {
            0 => true,
            1 => self.last < self.read,
            _ => false,
        };
        only_one && self.furthest == self.read && self.reached == self.last
    }

    fn finish(&mut self, tail: bool) {
        if tail && self.first == Some(self.furthest.ns) {
            self.furthest.line = u32::MAX;
        }
        self.read = self.read.max(self.furthest);
        self.reached = LogPosition::default();
        self.furthest = LogPosition::default();
        self.first = None;
        self.passed = false;
    }
}

impl Positions {
    /// Whether the line was not in the answers before.
    pub fn is_new(&mut self, source: LogSource, ns: i128) -> bool {
        let stream = &mut self.streams[source as usize];
        let is_new = stream.is_new(ns);
        let is_the_last_one = stream.passed && self.last.is_some_and(|(of, _)| of == source);
        self.first.get_or_insert(ns);
        if is_new {
            self.last = Some((source, ns));
            self.progress = true;
        }
        // Both are in one log: what follows is new of either, also if this answer
        // does not have what a quiet one was read to.
        if is_new || is_the_last_one {
            for stream in &mut self.streams {
                stream.passed = true;
            }
        }
        is_new
    }

    /// The answer is over. One that began with the last lines (`tail`) and has
    /// but one moment does not tell how many of that moment are before it; and
    /// what a stream has before that answer is not wanted.
    /// Gives whether it had lines that were not in the answers before.
    pub fn finish(&mut self, tail: bool) -> bool {
        let first = self.first.take().filter(|_| tail);
        for stream in &mut self.streams {
            if let (Some(ns), None) = (first, stream.first) {
                let line = u32::MAX;
                stream.furthest = LogPosition { ns, line };
            }
            stream.finish(tail);
        }
        std::mem::take(&mut self.progress)
    }

    /// From which moment on there may be lines that were not read. Both streams
    /// are in one log, so it is where the later one was read to, and not where a
    /// quiet one was: that would be nearly the whole log.
    pub fn since(&self) -> Option<i128> {
        let furthest = self.streams.iter().map(|stream| stream.read.ns).max();
        // The clock may have been set back.
        let reached = self.last?.1.min(furthest?);
        Some(reached - OUT_OF_ORDER)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lines_of_a_repeated_answer_are_new_from_the_reached_position_on() {
        let mut positions = Positions::default();
        for ns in [5, 5, 7] {
            assert!(positions.is_new(LogSource::Stdout, ns));
        }
        assert!(positions.is_new(LogSource::Stderr, 6));
        assert!(positions.finish(false));
        assert_eq!(positions.since(), Some(6 - OUT_OF_ORDER));
        for ns in [5, 5, 7] {
            assert!(!positions.is_new(LogSource::Stdout, ns));
        }
        assert!(!positions.is_new(LogSource::Stderr, 6));
        assert!(!positions.finish(false), "nothing but what was read");
        assert!(!positions.is_new(LogSource::Stdout, 7));
        assert!(positions.is_new(LogSource::Stdout, 7));
        assert!(positions.is_new(LogSource::Stdout, 3), "a clock set back");
        assert!(positions.is_new(LogSource::Stderr, 5), "after new ones");
        assert!(positions.finish(false));
        for ns in [7, 7, 3] {
            assert!(!positions.is_new(LogSource::Stdout, ns));
        }
    }

    /// Reads an answer and gives what of it is new.
    fn read(positions: &mut Positions, answer: &[i128]) -> Vec<i128> {
        let is_new = |ns: &&i128| positions.is_new(LogSource::Stdout, **ns);
        let new = answer.iter().filter(is_new).copied().collect();
        positions.finish(false);
        new
    }

    #[test]
    fn lines_are_new_after_the_last_one_also_if_the_clock_was_set_back() {
        let cases: [(&[i128], &[i128], &[i128]); 5] = [
            // Set back between the answers.
            (&[5, 6, 7], &[7, 3, 4, 5], &[3, 4, 5]),
            (&[5, 6, 7, 7], &[7, 7, 7, 3], &[7, 3]),
            // And in the middle of an answer.
            (&[5, 7, 3], &[7, 3, 4, 5, 6], &[4, 5, 6]),
            (&[3, 5, 7, 3], &[3, 5, 7, 3, 3, 4], &[3, 4]),
            // The same moment again: rather lost than given twice.
            (&[7, 5, 7], &[7, 5, 7, 8], &[8]),
        ];
        for (before, answer, new) in cases {
            let mut positions = Positions::default();
            assert_eq!(read(&mut positions, before), before);
            assert_eq!(read(&mut positions, answer), new, "{before:?}, {answer:?}");
            assert!(read(&mut positions, answer).is_empty(), "{answer:?}");
        }
    }

    #[test]
    fn quiet_stream_does_not_make_the_log_be_read_again() {
        const SECOND: i128 = 1_000_000_000;
        let mut positions = Positions::default();
        assert!(positions.is_new(LogSource::Stderr, SECOND));
        assert!(positions.is_new(LogSource::Stdout, 1000 * SECOND));
        positions.finish(false);
        assert_eq!(positions.since(), Some(1000 * SECOND - OUT_OF_ORDER));
        assert!(!positions.is_new(LogSource::Stdout, 1000 * SECOND));
        assert!(positions.is_new(LogSource::Stderr, 1000 * SECOND - 1));
    }

    #[test]
    fn what_a_quiet_stream_has_before_the_last_lines_is_not_new() {
        let mut positions = Positions::default();
        assert!(positions.is_new(LogSource::Stdout, 7));
        assert!(positions.finish(true));
        assert!(!positions.is_new(LogSource::Stderr, 6));
        assert!(!positions.is_new(LogSource::Stdout, 7));
        assert!(positions.is_new(LogSource::Stderr, 8));
    }

    proptest! {
        /// However often the answers break, each line is given once.
        #[test]
        fn no_line_is_given_twice_or_lost_also_if_the_clock_was_set_back_once(
            mut lines in proptest::collection::vec((any::<bool>(), 1i128..9), 1..30),
            back in 0usize..30,
            breaks in proptest::collection::vec((0usize..9, 0usize..30), 0..6),
        ) {
            // In order, but for one moment when the clock is set back. It does not
            // come to the very same nanosecond again.
            let back = back.min(lines.len());
            for (at, line) in lines.iter_mut().enumerate() {
                line.1 = line.1 * 2 + i128::from(at >= back);
            }
            lines[..back].sort_by_key(|line| line.1);
            lines[back..].sort_by_key(|line| line.1);
            let mut positions = Positions::default();
            let mut given = vec![0; lines.len()];
            for (begin, end) in breaks.into_iter().chain([(0, lines.len())]) {
                // It may begin earlier than it must.
                let all: Vec<_> = lines.iter().enumerate().collect();
                let from = positions.since().map(|since| since + OUT_OF_ORDER);
                let from = from.map_or(0, |from| from - begin as i128);
                let first = lines.iter().position(|line| line.1 >= from).unwrap_or(0);
                let part = &all[first..end.clamp(first, lines.len())];
                for (at, (is_error, ns)) in part {
                    let source = if *is_error { LogSource::Stderr } else { LogSource::Stdout };
                    given[*at] += i32::from(positions.is_new(source, *ns));
                }
                positions.finish(false);
            }
            prop_assert!(given.iter().all(|times| *times == 1), "{:?} of {:?}", given, lines);
        }
    }
}
