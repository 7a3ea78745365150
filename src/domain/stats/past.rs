//! How busy the containers were: the figures that were kept, with the wall clock
//! and the limits of now.

use super::Stats;
use super::history::{FIVE_MINUTES, Histories, Resolution, Row, Rows};
use super::rates::Host;
use super::recorder::{Record, subject};
use crate::error::{Kind, Result};
use crate::host::clock::since_boot;
use crate::model::container::Container;
use crate::model::spec::ContainerSpec;
use crate::model::stats::{Counters, SampleSource};
use crate::model::stats_history::{
    HistoryColumns, HistorySpan, RecentStats, RecentUsage, StatsHistory,
};
use crate::model::timestamp::Timestamp;
use std::sync::{Arc, MutexGuard, PoisonError};

/// Fine slots that a list's small lines show.
const RECENT: usize = 40;
/// Microseconds: what a quota is of when nothing else is said.
const CPU_PERIOD: i64 = 100_000;

impl Stats {
    /// The figures of a container over a span, running or not.
    ///
    /// # Errors
    /// As for every container that is not known. While the engine does not answer,
    /// those that it had are known still.
    pub async fn history(&self, reference: &str, span: HistorySpan) -> Result<StatsHistory> {
        let container = self.known(reference)?;
        let (resolution, count) = match span {
            HistorySpan::FiveMinutes => {
                let fine = FIVE_MINUTES.as_secs() / self.history_interval.as_secs().max(1);
                (Resolution::Fine, usize::try_from(fine).unwrap_or(RECENT))
            }
            HistorySpan::Hour => (Resolution::Minutes, 60),
            HistorySpan::Day => (Resolution::FiveMinutes, 288),
        };
        let details = self.engine.container_details(&container.id).await.ok();
        let spec = details.as_ref().map(|details| &details.spec);
        let (rows, now) =
            self.read(|histories, now| histories.read(subject(&container), resolution, count, now));
        Ok(StatsHistory {
            span,
            interval_seconds: rows.interval.as_secs(),
            from: now.minus(rows.age),
            points: columns(&rows, |(mean, _)| mean),
            peaks: (span != HistorySpan::FiveMinutes).then(|| columns(&rows, |(_, peak)| peak)),
            memory_limit_bytes: spec.and_then(memory_limit),
            cpu_limit: spec.and_then(cpu_limit),
        })
    }

    /// The last figures of everything that runs.
    pub fn recent(&self) -> RecentStats {
        let running = self.engine.running().unwrap_or_default();
        let (items, now) = self.read(|histories, now| {
            let recent = |(container, _): &(Arc<Container>, u32)| {
                let rows = histories.read(subject(container), Resolution::Fine, RECENT, now);
                let found = columns(&rows, |(mean, _)| mean);
                let until = rows.age.saturating_sub(rows.interval * RECENT as u32);
                let usage = RecentUsage {
                    id: container.id.clone(),
                    cpu_percent: found.cpu_percent,
                    memory_used_bytes: found.memory_used_bytes,
                };
                (usage, until)
            };
            running.iter().map(recent).collect::<Vec<_>>()
        });
        let since_last = items.first().map(|(_, until)| *until);
        RecentStats {
            interval_seconds: self.history_interval.as_secs(),
            until: now.minus(since_last.unwrap_or_default()),
            items: items.into_iter().map(|(usage, _)| usage).collect(),
        }
    }

    /// What the engine told those who watch is kept: it would be asked for the same.
    pub(super) fn keep_engine_looks(
        &self,
        looks: &[(Arc<Container>, u32, SampleSource, Counters)],
        host: Host,
    ) {
        let told = looks
            .iter()
            .filter(|(_, _, source, _)| *source == SampleSource::Engine);
        for (container, pid, source, counters) in told {
            self.kept()
                .take((container, *pid), *source, counters, since_boot(), host);
        }
    }

    pub(super) fn kept(&self) -> MutexGuard<'_, Record> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads at one moment of both clocks.
    fn read<T>(&self, read: impl FnOnce(&Histories, std::time::Duration) -> T) -> (T, Timestamp) {
        let kept = self.kept();
        (read(&kept.histories, since_boot()), Timestamp::now())
    }

    fn known(&self, reference: &str) -> Result<Arc<Container>> {
        let error = match self.engine.get(reference) {
            Ok(container) => return Ok(container),
            Err(error) => crate::error::Error::from(error),
        };
        let last = (error.kind == Kind::EngineUnavailable)
            .then(|| self.engine.last_known())
            .flatten();
        let found = last.and_then(|(all, _)| {
            let mut all = all.iter();
            all.find(|one| one.id == reference || one.name == reference)
                .cloned()
        });
        found.ok_or(error)
    }
}

fn columns(rows: &Rows, pick: fn(&(Row, Row)) -> &Row) -> HistoryColumns {
    let column = |kind: usize| {
        rows.means_and_peaks
            .iter()
            .map(move |both| pick(both)[kind])
    };
    let whole = |kind: usize| column(kind).map(|one| one.map(|one| one as u64)).collect();
    HistoryColumns {
        cpu_percent: column(0).map(|one| one.map(|one| one / 100.0)).collect(),
        memory_used_bytes: whole(1),
        network_rx_per_s: whole(2),
        network_tx_per_s: whole(3),
        block_read_per_s: whole(4),
        block_write_per_s: whole(5),
        pids: whole(6),
    }
}

fn memory_limit(spec: &ContainerSpec) -> Option<u64> {
    u64::try_from(spec.memory?).ok().filter(|bytes| *bytes > 0)
}

/// In cores, however it was given.
fn cpu_limit(spec: &ContainerSpec) -> Option<f64> {
    let period = spec.cpu_period.filter(|period| *period > 0);
    let quota = spec.cpu_quota.filter(|quota| *quota > 0);
    let by_quota = quota.map(|quota| quota as f64 / period.unwrap_or(CPU_PERIOD) as f64);
    spec.cpus.filter(|cpus| *cpus > 0.0).or(by_quota)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_limit_is_read_from_cores_or_from_quota_and_period() {
        let of = |cpus, cpu_quota, cpu_period| {
            cpu_limit(&ContainerSpec {
                cpus,
                cpu_period,
                cpu_quota,
                ..ContainerSpec::default()
            })
        };
        assert_eq!(of(Some(1.5), None, None), Some(1.5));
        assert_eq!(of(None, Some(50_000), None), Some(0.5));
        assert_eq!(of(None, Some(50_000), Some(25_000)), Some(2.0));
        assert_eq!(of(None, Some(-1), None), None);
        assert_eq!(of(Some(0.0), None, None), None);
    }
}
