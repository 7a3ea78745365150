//! How busy the containers are, for those who look: one loop for all of them,
//! which ends when the last one looks away. And how busy they were during the last
//! day, from a slower one that always runs.
//!
//! The kernel's files first, the engine where they cannot be seen; rates are
//! ours, from two looks at the same source.
//! Invariant: what cannot be measured is unknown, never nothing.

mod counter_reader;
mod figure;
mod history;
mod past;
mod rates;
mod recorder;

use crate::engine::{Engine, Running};
use crate::error::{Error, Kind, Result};
use crate::model::container::{Container, State};
use crate::model::profile::Profile;
use crate::model::stats::{ContainerSample, Counters, SampleSource, StatsSnapshot};
use crate::model::timestamp::Timestamp;
use counter_reader::{CounterReader, read_all};
use futures_util::StreamExt as _;
use history::Histories;
use rates::{Host, sample};
use recorder::Record;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::broadcast;
use tokio::time::{Instant, sleep, timeout};

/// From the first look to the second: who has just come sees figures soon.
const FIRST: Duration = Duration::from_millis(500);
/// However long a round took, the next one does not follow at once.
const REST: Duration = Duration::from_millis(100);
/// Waited for until everything has a rate; something may begin in each.
const ROUNDS: usize = 2;
/// Longer than two answers of an old engine.
const ANSWERS: Duration = Duration::from_secs(15);

/// The figures, and who looks at them.
#[derive(Debug)]
pub struct Stats {
    engine: Engine,
    interval: Duration,
    /// Questions to the engine at the same time.
    at_once: usize,
    viewers: Mutex<Viewers>,
    rounds: broadcast::Sender<Arc<StatsSnapshot>>,
    watched: Mutex<Watched>,
    history_interval: Duration,
    kept: Mutex<Record>,
}

#[derive(Debug, Default)]
struct Viewers {
    /// Of every container.
    all: usize,
    /// Of one, by its id.
    one: HashMap<String, usize>,
    sampling: bool,
    last: Option<Arc<StatsSnapshot>>,
}

/// What is remembered from one look to the next while somebody watches.
#[derive(Debug, Default)]
struct Watched {
    reader: Arc<Mutex<CounterReader>>,
    before: HashMap<String, (SampleSource, Counters)>,
}

/// Somebody's look. Ends when dropped.
#[derive(Debug)]
pub struct Watching {
    stats: Arc<Stats>,
    whom: Option<String>,
    first: Option<Arc<StatsSnapshot>>,
    rounds: broadcast::Receiver<Arc<StatsSnapshot>>,
}

impl Stats {
    pub fn new(engine: Engine, profile: &Profile) -> Arc<Self> {
        Arc::new(Self {
            engine,
            interval: profile.container_sample_interval,
            at_once: profile.engine_concurrency,
            viewers: Mutex::default(),
            rounds: broadcast::channel(4).0,
            watched: Mutex::default(),
            history_interval: profile.history_interval,
            kept: Mutex::new(Record::new(Histories::new(
                profile.history_interval,
                profile.most_histories(),
            ))),
        })
    }

    /// The container, if it can be measured.
    pub fn measurable(&self, reference: &str) -> Result<Arc<Container>> {
        let container = self.engine.get(reference)?;
        if matches!(container.state, State::Running | State::Paused) {
            return Ok(container);
        }
        Err(Error::conflict(format!(
            "{} does not run, so there is nothing to measure. Start it first.",
            container.name
        ))
        .code("container_not_running"))
    }

    /// Whether anything can be measured.
    ///
    /// # Errors
    /// `engine_unavailable` while the engine does not answer.
    pub fn available(&self) -> Result<()> {
        self.engine.running()?;
        Ok(())
    }

    /// Looks at one container by its full id, or at all, from now on.
    pub fn watch(self: &Arc<Self>, whom: Option<String>) -> Watching {
        let mut viewers = self.viewers();
        match &whom {
            None => viewers.all += 1,
            Some(id) => *viewers.one.entry(id.clone()).or_default() += 1,
        }
        let first = viewers.last.clone();
        let rounds = self.rounds.subscribe();
        if !viewers.sampling {
            viewers.sampling = true;
            tokio::spawn(Arc::clone(self).sample_on());
        }
        drop(viewers);
        Watching {
            stats: Arc::clone(self),
            whom,
            first,
            rounds,
        }
    }

    /// One whole sample of one container.
    pub async fn once(self: &Arc<Self>, reference: &str) -> Result<ContainerSample> {
        let container = self.measurable(reference)?;
        let mut watching = self.watch(Some(container.id.clone()));
        let look = async {
            loop {
                let round = watching.next().await?;
                let found = round.items.iter().find(|one| one.id == container.id);
                if let Some(sample) = found.filter(|one| one.cpu_percent.is_some()) {
                    return Some(sample.clone());
                }
                if found.is_none() {
                    self.measurable(&container.id).ok()?;
                }
            }
        };
        match timeout(ANSWERS, look).await {
            Ok(Some(sample)) => Ok(sample),
            Ok(None) => self.measurable(&container.id).and(Err(unmeasured())),
            Err(_) => Err(unmeasured()),
        }
    }

    /// One whole sample of everything that runs.
    pub async fn once_all(self: &Arc<Self>) -> Result<Arc<StatsSnapshot>> {
        self.engine.running()?;
        let mut watching = self.watch(None);
        let look = async {
            for _ in 0..ROUNDS {
                let round = watching.next().await?;
                if round.items.iter().all(|one| one.cpu_percent.is_some()) {
                    return Some(round);
                }
            }
            watching.next().await
        };
        timeout(ANSWERS, look)
            .await
            .ok()
            .flatten()
            .ok_or_else(unmeasured)
    }

    fn viewers(&self) -> std::sync::MutexGuard<'_, Viewers> {
        self.viewers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn sample_on(self: Arc<Self>) {
        tracing::debug!("containers are being measured");
        let mut gap = FIRST.min(self.interval);
        while let Some(targets) = self.targets() {
            let began = Instant::now();
            let round = Arc::new(self.round(targets).await);
            self.viewers().last = Some(Arc::clone(&round));
            // Nobody listening is fine: they left during the round.
            let _ = self.rounds.send(round);
            sleep(gap.saturating_sub(began.elapsed()).max(REST)).await;
            gap = self.interval;
        }
        tracing::debug!("containers are not measured any more");
    }

    /// Whom to look at. `None` when nobody looks any more: then the loop ends,
    /// decided under the lock that a newcomer takes.
    fn targets(&self) -> Option<Vec<Running>> {
        let mut viewers = self.viewers();
        if viewers.all == 0 && viewers.one.is_empty() {
            viewers.sampling = false;
            viewers.last = None;
            *self.watched() = Watched::default();
            return None;
        }
        let mut running = self.engine.running().unwrap_or_default();
        if viewers.all == 0 {
            running.retain(|(container, _)| viewers.one.contains_key(&container.id));
        }
        running.sort_by(|a, b| a.0.name.cmp(&b.0.name));
        Some(running)
    }

    fn watched(&self) -> std::sync::MutexGuard<'_, Watched> {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn round(&self, targets: Vec<Running>) -> StatsSnapshot {
        let (local, cpus, memory_bytes) = self.engine.host();
        let reader = Arc::clone(&self.watched().reader);
        let looks = read_all(&reader, targets, local, self.shared_with_host()).await;
        let looks = futures_util::stream::iter(looks)
            .map(|(container, pid, seen)| async move {
                if let Some(seen) = seen {
                    return Some((container, pid, SampleSource::Cgroup, seen));
                }
                let counted = self.engine.counters(&container.id).await.ok().flatten()?;
                Some((container, pid, SampleSource::Engine, counted))
            })
            .buffered(self.at_once.max(1))
            .filter_map(|look| async { look })
            .collect::<Vec<_>>()
            .await;
        let at = Timestamp::now();
        let host = Host { cpus, memory_bytes };
        self.keep_engine_looks(&looks, host);
        let mut watched = self.watched();
        let mut before = std::mem::take(&mut watched.before);
        let items = looks
            .into_iter()
            .map(|(container, _, source, now)| {
                let last = before
                    .remove(&container.id)
                    .filter(|(of, _)| *of == source)
                    .map(|(_, counters)| counters);
                watched.before.insert(container.id.clone(), (source, now));
                sample(&container, at, source, &now, last.as_ref(), host)
            })
            .collect();
        StatsSnapshot { at, items }
    }

    /// Ids of those that use the host's network, themselves or through another.
    fn shared_with_host(&self) -> HashSet<String> {
        let all = self.engine.containers().unwrap_or_else(|_| Arc::from([]));
        rates::on_the_hosts_network(&all)
    }
}

fn unmeasured() -> Error {
    Error::new(
        Kind::EngineUnavailable,
        "Nothing was measured in time. Try again in a moment.",
    )
    .code("not_measured")
}

impl Watching {
    /// The next round; at once when there was one a moment ago. `None` when
    /// there will be none.
    pub async fn next(&mut self) -> Option<Arc<StatsSnapshot>> {
        if let Some(first) = self.first.take()
            && self
                .whom
                .as_ref()
                .is_none_or(|id| first.items.iter().any(|one| one.id == *id))
        {
            return Some(first);
        }
        loop {
            match self.rounds.recv().await {
                Ok(round) => return Some(round),
                // A slow one needs the newest, not each.
                Err(broadcast::error::RecvError::Lagged(_)) => {}
                Err(broadcast::error::RecvError::Closed) => return None,
            }
        }
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        let mut viewers = self.stats.viewers();
        match &self.whom {
            None => viewers.all -= 1,
            Some(id) => {
                if let Some(count) = viewers.one.get_mut(id) {
                    *count -= 1;
                    if *count == 0 {
                        viewers.one.remove(id);
                    }
                }
            }
        }
    }
}
