//! How busy the containers are, for those who look: one loop for all of them,
//! which ends when the last one looks away.
//!
//! The kernel's files first, the engine where they cannot be seen; rates are
//! ours, from two looks at the same source.
//! Invariant: what cannot be measured is unknown, never nothing.

mod rates;

use crate::engine::{Engine, Running};
use crate::error::{Error, Kind, Result};
use crate::host::usage::{Place, Usage};
use crate::model::container::{Container, State};
use crate::model::profile::Profile;
use crate::model::stats::{ContainerSample, Counters, SampleSource, StatsSnapshot};
use crate::model::timestamp::Timestamp;
use futures_util::StreamExt as _;
use rates::{Host, sample};
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
    eyes: Arc<Mutex<Eyes>>,
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

/// What is remembered from one look to the next.
#[derive(Debug, Default)]
struct Eyes {
    usage: Option<Usage>,
    /// By id: the process number it was found by, and where; `None` when it
    /// cannot be seen from here.
    places: HashMap<String, (u32, Option<Place>)>,
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
            eyes: Arc::default(),
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
            *self.eyes() = Eyes::default();
            return None;
        }
        let mut running = self.engine.running().unwrap_or_default();
        if viewers.all == 0 {
            running.retain(|(container, _)| viewers.one.contains_key(&container.id));
        }
        running.sort_by(|a, b| a.0.name.cmp(&b.0.name));
        Some(running)
    }

    fn eyes(&self) -> std::sync::MutexGuard<'_, Eyes> {
        self.eyes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn round(&self, targets: Vec<Running>) -> StatsSnapshot {
        let (local, cpus, memory_bytes) = self.engine.host();
        let shared = self.shared_with_host();
        let eyes = Arc::clone(&self.eyes);
        let look = tokio::task::spawn_blocking(move || {
            let mut eyes = eyes.lock().unwrap_or_else(PoisonError::into_inner);
            let known: HashSet<&str> = targets.iter().map(|(c, _)| c.id.as_str()).collect();
            eyes.places.retain(|id, _| known.contains(id.as_str()));
            targets
                .into_iter()
                .map(|(container, pid)| {
                    let network = !shared.contains(&container.id);
                    let seen = local.then(|| eyes.look(&container.id, pid, network));
                    (container, seen.flatten())
                })
                .collect::<Vec<_>>()
        });
        let looks = look.await.unwrap_or_default();
        let looks = futures_util::stream::iter(looks)
            .map(|(container, seen)| async move {
                if let Some(seen) = seen {
                    return Some((container, SampleSource::Cgroup, seen));
                }
                let counted = self.engine.counters(&container.id).await.ok().flatten()?;
                Some((container, SampleSource::Engine, counted))
            })
            .buffered(self.at_once.max(1))
            .filter_map(|look| async { look })
            .collect::<Vec<_>>()
            .await;
        let at = Timestamp::now();
        let host = Host { cpus, memory_bytes };
        let mut eyes = self.eyes();
        let mut before = std::mem::take(&mut eyes.before);
        let items = looks
            .into_iter()
            .map(|(container, source, now)| {
                let last = before
                    .remove(&container.id)
                    .filter(|(of, _)| *of == source)
                    .map(|(_, counters)| counters);
                eyes.before.insert(container.id.clone(), (source, now));
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

impl Eyes {
    /// The kernel's own counters, where they can be seen.
    fn look(&mut self, id: &str, pid: u32, network: bool) -> Option<Counters> {
        let usage = self.usage.get_or_insert_default();
        let known = self.places.get(id).filter(|(by, _)| *by == pid);
        let place = if let Some((_, place)) = known {
            place.clone()
        } else {
            let found = usage.locate(pid, id);
            self.places.insert(id.to_owned(), (pid, found.clone()));
            found
        };
        usage.look(&place?, network)
    }
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
