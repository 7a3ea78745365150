//! The figures of the last day, in memory. Pure: whoever calls tells the time,
//! by a clock that never goes back; the wall clock is asked when they are read.
//!
//! Three rings for a container: 64 fine slots of the profile's interval (the last
//! 5 minutes, and what a list's small lines show), 60 of a minute, 288 of five
//! minutes, the latter two with mean and peak. Seven figures of two bytes: 10.7 KB
//! a container, never more than the profile's number of them (a Raspberry Pi: 30,
//! 0.3 MB; a server for 100: 200, 2.1 MB).
//!
//! Invariants: a slot in which nothing was measured is missing, so a gap stays a
//! gap; a slot of an earlier turn of the ring is never read.

use super::figure::Figure;
use std::collections::{HashMap, HashSet};
use std::time::Duration;

/// Kinds of figures.
pub(super) const KINDS: usize = 7;
/// Hundredths of a percent of a core, bytes, bytes received, sent, read and written
/// a second, processes.
pub(super) type Row = [Option<f64>; KINDS];

const FINE: usize = 64;
const MINUTES: usize = 60;
const DAY: usize = 288;
pub(super) const MINUTE: Duration = Duration::from_mins(1);
pub(super) const FIVE_MINUTES: Duration = Duration::from_mins(5);
/// One measurement tells about so much time before it at most: the fine ring holds
/// this and five minutes more, of which the coarse ones are made.
pub(super) const LONGEST: Duration = Duration::from_secs(330);
/// A container that the engine does not list is forgotten after this.
const FORGOTTEN: Duration = Duration::from_mins(10);
/// One that has not run for so long has nothing left to show.
const EMPTY: Duration = Duration::from_hours(25);
/// One that was measured within this gives its place to no other.
const CURRENT: Duration = Duration::from_mins(3);

/// A ring of slots, numbered from the start of the clock.
#[derive(Debug)]
struct Ring<const SLOTS: usize, const WIDTH: usize> {
    newest: i64,
    slots: [[Figure; WIDTH]; SLOTS],
}

impl<const SLOTS: usize, const WIDTH: usize> Ring<SLOTS, WIDTH> {
    const fn new() -> Self {
        Self {
            newest: -1,
            slots: [[Figure::MISSING; WIDTH]; SLOTS],
        }
    }

    fn place(slot: i64) -> usize {
        usize::try_from(slot.rem_euclid(SLOTS as i64)).unwrap_or(0)
    }

    /// Older than the ring: not written.
    fn write(&mut self, slot: i64, figures: [Figure; WIDTH]) {
        if slot <= self.newest - SLOTS as i64 {
            return;
        }
        let first_skipped = (self.newest + 1).max(slot - SLOTS as i64 + 1);
        for skipped in first_skipped..slot {
            self.slots[Self::place(skipped)] = [Figure::MISSING; WIDTH];
        }
        self.newest = self.newest.max(slot);
        self.slots[Self::place(slot)] = figures;
    }

    fn read(&self, slot: i64) -> [Figure; WIDTH] {
        if slot < 0 || slot > self.newest || slot <= self.newest - SLOTS as i64 {
            return [Figure::MISSING; WIDTH];
        }
        self.slots[Self::place(slot)]
    }
}

/// Which ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Resolution {
    Fine,
    Minutes,
    FiveMinutes,
}

/// What was read: rows of means and of peaks, oldest first.
#[derive(Debug)]
pub(super) struct Rows {
    pub interval: Duration,
    /// How long before now the first one begins.
    pub age: Duration,
    pub means_and_peaks: Vec<(Row, Row)>,
}

#[derive(Debug)]
struct ContainerHistory {
    fine: Ring<FINE, KINDS>,
    minutes: Ring<MINUTES, { KINDS * 2 }>,
    day: Ring<DAY, { KINDS * 2 }>,
}

/// One container, and when it was last of interest.
#[derive(Debug)]
struct Entry {
    /// Whoever has this name next continues it: a container that was recreated.
    name: String,
    history: Box<ContainerHistory>,
    listed: Duration,
    measured: Duration,
}

/// All of them, by the id of the container.
#[derive(Debug)]
pub(super) struct Histories {
    interval: Duration,
    most: usize,
    entries: HashMap<String, Entry>,
}

fn slot(at: Duration, interval: Duration) -> i64 {
    i64::try_from(at.as_millis() / interval.as_millis().max(1)).unwrap_or(i64::MAX)
}

impl ContainerHistory {
    const fn new() -> Self {
        Self {
            fine: Ring::new(),
            minutes: Ring::new(),
            day: Ring::new(),
        }
    }

    /// Writes the slots whose middle lies in the time that was measured, so that
    /// each is written once whenever the measurements come.
    fn record(&mut self, interval: Duration, since: Duration, at: Duration, row: &Row) {
        let half = interval / 2;
        let first = slot(since + half, interval);
        let Some(last) = at.checked_sub(half).map(|middle| slot(middle, interval)) else {
            return;
        };
        let figures = row.map(Figure::of);
        for one in first..=last {
            self.fine.write(one, figures);
        }
        let per_minute = slot(MINUTE, interval).max(1);
        let per_five = slot(FIVE_MINUTES, interval).max(1);
        for minute in first.div_euclid(per_minute)..=last.div_euclid(per_minute) {
            self.minutes.write(minute, self.summary(minute, per_minute));
        }
        for five in first.div_euclid(per_five)..=last.div_euclid(per_five) {
            self.day.write(five, self.summary(five, per_five));
        }
    }

    /// Mean and peak of the fine slots that make a coarse one.
    fn summary(&self, coarse: i64, per: i64) -> [Figure; KINDS * 2] {
        let mut found = [Figure::MISSING; KINDS * 2];
        let slots = (coarse * per..(coarse + 1) * per).map(|one| self.fine.read(one));
        let mut sums = [(0_f64, 0_u64, 0_u32); KINDS];
        for figures in slots {
            for (sum, value) in sums.iter_mut().zip(figures) {
                if let Some(value) = value.value() {
                    *sum = (sum.0 + value as f64, sum.1.max(value), sum.2 + 1);
                }
            }
        }
        for (kind, (sum, peak, count)) in sums.into_iter().enumerate() {
            if count > 0 {
                found[kind] = Figure::of(Some(sum / f64::from(count)));
                found[KINDS + kind] = Figure::of(Some(peak as f64));
            }
        }
        found
    }

    fn read(&self, resolution: Resolution, slot: i64) -> (Row, Row) {
        let number = |figure: Figure| figure.value().map(|value| value as f64);
        let both = |figures: [Figure; KINDS * 2]| {
            (
                std::array::from_fn(|kind| number(figures[kind])),
                std::array::from_fn(|kind| number(figures[KINDS + kind])),
            )
        };
        match resolution {
            Resolution::Fine => {
                let row = self.fine.read(slot).map(number);
                (row, row)
            }
            Resolution::Minutes => both(self.minutes.read(slot)),
            Resolution::FiveMinutes => both(self.day.read(slot)),
        }
    }
}

impl Histories {
    pub fn new(interval: Duration, most: usize) -> Self {
        Self {
            interval,
            most,
            entries: HashMap::new(),
        }
    }

    /// Whether two moments are in one slot: then the second tells nothing more.
    pub fn same_slot(&self, one: Duration, other: Duration) -> bool {
        slot(one, self.interval) == slot(other, self.interval)
    }

    /// Figures of the time from `since` (or of one slot) to `at`. `name` is the one that
    /// a container keeps when it is recreated.
    pub fn record(
        &mut self,
        (id, name): (&str, &str),
        since: Option<Duration>,
        at: Duration,
        row: &Row,
    ) {
        if !self.entries.contains_key(id)
            && let Some(before) = self.of_name(name).cloned()
            && let Some(entry) = self.entries.remove(&before)
        {
            self.entries.insert(id.to_owned(), entry);
        }
        if !self.entries.contains_key(id) && !self.has_place(at) {
            return;
        }
        let entry = self.entries.entry(id.to_owned()).or_insert_with(|| Entry {
            name: String::new(),
            history: Box::new(ContainerHistory::new()),
            listed: at,
            measured: at,
        });
        if entry.name != name {
            name.clone_into(&mut entry.name);
        }
        entry.measured = at;
        let since = since
            .filter(|since| at.saturating_sub(*since) <= LONGEST)
            .unwrap_or(at.saturating_sub(self.interval));
        entry.history.record(self.interval, since, at, row);
    }

    /// The id of the container that had the name last.
    fn of_name(&self, name: &str) -> Option<&String> {
        let had = self.entries.iter().filter(|(_, entry)| entry.name == name);
        had.max_by_key(|(_, entry)| entry.measured)
            .map(|(id, _)| id)
    }

    /// Makes a place when there is none: the one that the engine listed longest ago
    /// goes, then the one that was measured longest ago.
    fn has_place(&mut self, at: Duration) -> bool {
        if self.entries.len() < self.most {
            return true;
        }
        let oldest = self
            .entries
            .iter()
            .min_by_key(|(_, entry)| (entry.listed, entry.measured))
            .filter(|(_, entry)| at.saturating_sub(entry.measured) > CURRENT)
            .map(|(id, _)| id.clone());
        oldest.is_some_and(|id| self.entries.remove(&id).is_some())
    }

    /// Forgets what the engine has not listed for a while, and what is empty.
    pub fn retain(&mut self, listed: &HashSet<&str>, now: Duration) {
        self.entries.retain(|id, entry| {
            if listed.contains(id.as_str()) {
                entry.listed = now;
            }
            now.saturating_sub(entry.listed) < FORGOTTEN
                && now.saturating_sub(entry.measured) < EMPTY
        });
    }

    /// The last `count` slots. What was never measured is missing throughout.
    pub fn read(
        &self,
        (id, name): (&str, &str),
        resolution: Resolution,
        count: usize,
        now: Duration,
    ) -> Rows {
        let interval = match resolution {
            Resolution::Fine => self.interval,
            Resolution::Minutes => MINUTE,
            Resolution::FiveMinutes => FIVE_MINUTES,
        };
        // A fine slot is written at its end, the others are summed up as they go.
        let current = slot(now, interval);
        let last = current - i64::from(resolution == Resolution::Fine);
        let count = i64::try_from(count).unwrap_or(0);
        let entry = self.entries.get(id);
        let entry = entry.or_else(|| self.entries.get(self.of_name(name)?));
        let history = entry.map(|entry| &entry.history);
        let means_and_peaks = (last - count + 1..=last)
            .map(|slot| {
                history.map_or(([None; KINDS], [None; KINDS]), |history| {
                    history.read(resolution, slot)
                })
            })
            .collect();
        let into = Duration::from_millis((now.as_millis() % interval.as_millis().max(1)) as u64);
        let slots = u32::try_from(current - (last - count + 1)).unwrap_or(0);
        Rows {
            interval,
            age: interval * slots + into,
            means_and_peaks,
        }
    }
}

#[cfg(test)]
mod tests;
