//! Keeps the figures of the last day, whether somebody looks or not.
//!
//! One look each interval where the kernel's files can be seen. Where only the
//! engine can tell, it is asked for one container at a time and for each once in
//! five minutes, since an answer takes it 11 ms of work (20.10; 20 containers each
//! minute would be 0.4 % of a core); while somebody looks, what they are shown is
//! kept too. It has its own last look of every container, so the rates of those who
//! watch are not disturbed, and a peak means the same with and without them.

use super::Stats;
use super::counter_reader::{CounterReader, read_all};
use super::history::{FIVE_MINUTES, Histories, KINDS, LONGEST, Row};
use super::rates::{Host, sample};
use crate::host::clock::since_boot;
use crate::model::container::{Container, lasting_name};
use crate::model::stats::{ContainerSample, Counters, SampleSource};
use crate::model::timestamp::Timestamp;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// The engine is asked about one container again after this: a round early rather
/// than one late.
const ENGINE_INTERVAL: Duration = FIVE_MINUTES.saturating_sub(Duration::from_secs(8));
/// Between two looks at the kernel's files that are longer apart the program slept,
/// or the machine did: that is a gap.
const ASLEEP: Duration = Duration::from_secs(90);

/// What is kept, and the last look of each container.
#[derive(Debug)]
pub(super) struct Record {
    pub histories: Histories,
    before: HashMap<String, Before>,
}

#[derive(Debug)]
struct Before {
    /// Of its first process: another one has counters of its own.
    pid: u32,
    source: SampleSource,
    at: Duration,
    counters: Counters,
}

impl Record {
    pub fn new(histories: Histories) -> Self {
        Self {
            histories,
            before: HashMap::new(),
        }
    }

    /// Keeps what a look shows. More than one in a slot are one.
    pub fn take(
        &mut self,
        (container, pid): (&Container, u32),
        source: SampleSource,
        counters: &Counters,
        at: Duration,
        host: Host,
    ) {
        let before = self
            .before
            .get(&container.id)
            .filter(|before| before.pid == pid && before.source == source);
        if before.is_some_and(|before| self.histories.same_slot(before.at, at)) {
            return;
        }
        let longest = match source {
            SampleSource::Cgroup => ASLEEP,
            SampleSource::Engine => LONGEST,
        };
        let before = before.filter(|before| at.saturating_sub(before.at) <= longest);
        let last = before.map(|before| &before.counters);
        let found = sample(container, Timestamp(0), source, counters, last, host);
        let since = before.map(|before| before.at);
        self.histories
            .record(subject(container), since, at, &row(&found));
        let now = Before {
            pid,
            source,
            at,
            counters: *counters,
        };
        self.before.insert(container.id.clone(), now);
    }

    /// Whether the engine is to be asked about it.
    fn is_due(&self, id: &str, at: Duration) -> bool {
        self.before.get(id).is_none_or(|before| {
            before.source == SampleSource::Cgroup || at.saturating_sub(before.at) >= ENGINE_INTERVAL
        })
    }
}

/// What the figures of a container are kept under.
pub(super) fn subject(container: &Container) -> (&str, &str) {
    (&container.id, lasting_name(&container.name))
}

fn row(sample: &ContainerSample) -> Row {
    let number = |count: Option<u64>| count.map(|count| count as f64);
    let row: Row = [
        sample.cpu_percent.map(|percent| percent * 100.0),
        number(sample.memory_used_bytes),
        sample.network_rx_per_s,
        sample.network_tx_per_s,
        sample.block_read_per_s,
        sample.block_write_per_s,
        number(sample.pids),
    ];
    const { assert!(KINDS == 7) };
    row
}

/// How long until the next slot begins.
fn until_next(interval: Duration, now: Duration) -> Duration {
    let interval = interval.as_nanos().max(1);
    let into = now.as_nanos() % interval;
    Duration::from_nanos(u64::try_from(interval - into).unwrap_or(u64::MAX))
}

impl Stats {
    /// Measures each interval until the program stops.
    pub async fn record(self: Arc<Self>, stop: CancellationToken) {
        let mut status = self.engine.watch();
        let mut reader = Arc::default();
        while !stop.is_cancelled() {
            tokio::select! {
                () = stop.cancelled() => return,
                // Of an engine that has just come there is a first look at once.
                Ok(()) = status.changed() => {}
                () = tokio::time::sleep(until_next(self.history_interval, since_boot())) => {}
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.record_round(&mut reader) => {}
            }
        }
    }

    async fn record_round(&self, reader: &mut Arc<Mutex<CounterReader>>) {
        let (Ok(running), Ok(all)) = (self.engine.running(), self.engine.containers()) else {
            // The next engine may be another one. What was before is older than any
            // measurement may be, or continues.
            *reader = Arc::default();
            return;
        };
        let listed: HashSet<&str> = all.iter().map(|one| one.id.as_str()).collect();
        {
            let mut record = self.kept();
            record.histories.retain(&listed, since_boot());
            let runs: HashSet<&str> = running.iter().map(|(one, _)| one.id.as_str()).collect();
            record.before.retain(|id, _| runs.contains(id.as_str()));
        }
        let (local, cpus, memory_bytes) = self.engine.host();
        let host = Host { cpus, memory_bytes };
        let looks = read_all(reader, running, local, self.shared_with_host()).await;
        let at = since_boot();
        let mut unseen = Vec::new();
        {
            let mut record = self.kept();
            for (container, pid, counters) in looks {
                let one = (&*container, pid);
                if let Some(counters) = counters {
                    record.take(one, SampleSource::Cgroup, &counters, at, host);
                } else if record.is_due(&container.id, at) {
                    unseen.push((container, pid));
                }
            }
        }
        for (container, pid) in unseen {
            // An old engine takes a second for each: the rest has its turn next time.
            if since_boot().saturating_sub(at) > self.history_interval / 2 {
                break;
            }
            if let Ok(Some(counters)) = self.engine.counters(&container.id).await {
                let (one, source) = ((&*container, pid), SampleSource::Engine);
                self.kept().take(one, source, &counters, since_boot(), host);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::stats::history::Resolution;

    const HOST: Host = Host {
        cpus: 4,
        memory_bytes: 1000,
    };
    const TEN: Duration = Duration::from_secs(10);

    fn record() -> Record {
        Record::new(Histories::new(TEN, 10))
    }

    /// Half a core and 100 bytes a second since the start.
    fn look(record: &mut Record, pid: u32, source: SampleSource, second: f64) {
        let counters = Counters {
            clock_ns: (second * 1e9) as i128,
            cpu_ns: (second * 5e8) as u64,
            network: Some(((second * 100.0) as u64, 0)),
            ..Counters::default()
        };
        let at = Duration::from_secs_f64(second);
        record.take((&Container::running("a"), pid), source, &counters, at, HOST);
    }

    /// Processor and network of the last slots, oldest first.
    fn last(record: &Record, count: usize, second: f64) -> Vec<(Option<f64>, Option<f64>)> {
        let id = Container::running("a").id;
        let now = Duration::from_secs_f64(second);
        let read = record
            .histories
            .read((&id, &id), Resolution::Fine, count, now);
        let rows = read.means_and_peaks.iter().map(|(row, _)| (row[0], row[2]));
        rows.collect()
    }

    #[test]
    fn looks_within_one_slot_count_once_over_the_whole_time() {
        let mut record = record();
        for tenth in 0..=200 {
            look(
                &mut record,
                7,
                SampleSource::Engine,
                100.1 + f64::from(tenth) / 10.0,
            );
        }
        assert_eq!(
            last(&record, 3, 120.2),
            [
                (None, None),
                (Some(5000.0), Some(100.0)),
                (Some(5000.0), Some(100.0))
            ]
        );
    }

    #[test]
    fn one_look_of_the_engine_fills_the_five_minutes_before_it() {
        let mut record = record();
        look(&mut record, 7, SampleSource::Engine, 100.1);
        let id = Container::running("a").id;
        assert!(!record.is_due(&id, Duration::from_secs(380)));
        assert!(record.is_due(&id, Duration::from_secs(395)));
        look(&mut record, 7, SampleSource::Engine, 400.2);
        assert_eq!(last(&record, 30, 400.3), [(Some(5000.0), Some(100.0)); 30]);
    }

    #[test]
    fn no_rate_is_computed_over_a_sleep_another_process_or_another_source() {
        for (pid, source, second) in [
            (7, SampleSource::Cgroup, 400.1),
            (8, SampleSource::Cgroup, 110.1),
            (7, SampleSource::Engine, 110.1),
        ] {
            let mut record = record();
            look(&mut record, 7, SampleSource::Cgroup, 100.1);
            look(&mut record, pid, source, second);
            assert_eq!(last(&record, 1, second), [(None, None)]);
            look(&mut record, pid, source, second + 10.0);
            assert_eq!(
                last(&record, 1, second + 10.0),
                [(Some(5000.0), Some(100.0))]
            );
        }
    }

    #[test]
    fn measurements_are_taken_where_slots_meet() {
        let at = |ms| until_next(TEN, Duration::from_millis(ms)).as_millis();
        assert_eq!((at(20_001), at(29_999), at(20_000)), (9_999, 1, 10_000));
    }
}
