//! Asking the registries: what may be asked for, how many at once, and what they
//! said of their limits.

use super::super::Updates;
use super::super::look_up::{LookUp, Looker};
use super::super::problem::{problem, refusal};
use crate::domain::operations::Task;
use crate::error::Result;
use crate::model::operation::Progress;
use crate::model::timestamp::Timestamp;
use crate::model::update::RegistryStatus;
use crate::registry::{RegistryError, RegistrySession};
use crate::store::UpdateRecord;
use futures_util::future::BoxFuture;
use futures_util::{FutureExt as _, StreamExt as _, stream};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// Registries that are asked at the same time.
const REGISTRIES: usize = 16;
/// What one reference may take, and all of one registry together: a slow one holds up
/// only what is its own.
const REFERENCE: Duration = Duration::from_mins(2);
const REGISTRY: Duration = Duration::from_mins(10);

/// A canonical reference, and what is known of it now.
pub(super) type Found = (String, UpdateRecord);

/// How far a check is.
struct Told<'a> {
    task: Option<&'a Task>,
    done: AtomicU64,
    total: u64,
    end: Instant,
}

impl Told<'_> {
    fn one_more(&self) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        if let Some(task) = self.task {
            task.progress(Progress {
                done,
                total: Some(self.total),
                unit: "images".to_owned(),
                parts: Vec::new(),
            });
        }
    }
}

impl Updates {
    /// Without what registries do not want to be asked for yet.
    pub(super) fn without_limited<'a>(
        &self,
        wanted: &'a BTreeMap<String, LookUp>,
    ) -> Vec<(&'a String, &'a LookUp)> {
        let known = self.known();
        let now = Timestamp::now();
        let is_limited = |registry: &str| {
            let status = known.registries.get(registry);
            status
                .and_then(|status| status.retry_at)
                .is_some_and(|at| at > now)
        };
        let all = wanted.iter();
        all.filter(|(_, look_up)| !is_limited(&look_up.reference.registry))
            .collect()
    }

    /// What was never looked up, and is of a registry that does not want to be asked yet.
    pub(super) fn put_off(&self, wanted: &BTreeMap<String, LookUp>) -> Vec<Found> {
        let known = self.known();
        let unknown = wanted
            .iter()
            .filter(|(reference, _)| !known.records.contains_key(*reference));
        let limited = unknown.filter_map(|(reference, look_up)| {
            let registry = &look_up.reference.registry;
            let retry_at = known.registries.get(registry)?.retry_at?;
            let error = RegistryError::RateLimited {
                registry: registry.clone(),
                retry_at: Some(retry_at),
            };
            let record = UpdateRecord {
                problem: Some(problem(&error)),
                ..UpdateRecord::default()
            };
            (retry_at > Timestamp::now()).then(|| (reference.clone(), record))
        });
        limited.collect()
    }

    /// Asks every registry for its references, all at the same time.
    pub(super) async fn ask(
        &self,
        asked: &[(&String, &LookUp)],
        task: Option<&Task>,
    ) -> Result<()> {
        let policy = self.engine.registry_policy().await?;
        let expected: Vec<_> = asked
            .iter()
            .map(|(_, look_up)| look_up.reference.clone())
            .collect();
        let session = self
            .registry
            .session(policy, &expected)
            .await
            .map_err(refusal)?;
        let looker = Looker::new(&session, &self.engine);
        let told = Told {
            task,
            done: AtomicU64::new(0),
            total: asked.len() as u64,
            end: Instant::now() + REGISTRY,
        };
        let mut by_registry: BTreeMap<String, Vec<BoxFuture<'_, Found>>> = BTreeMap::new();
        for (reference, look_up) in asked {
            let one = self.one(&looker, &told, reference, look_up);
            let registry = look_up.reference.registry.clone();
            by_registry.entry(registry).or_default().push(Box::pin(one));
        }
        let at_once = self.profile.update_check_concurrency;
        let groups: Vec<BoxFuture<'_, Result<()>>> = by_registry
            .into_iter()
            .map(|(registry, all)| {
                let all = stream::iter(all).buffer_unordered(at_once).collect();
                self.of_registry(&session, registry, all).boxed()
            })
            .collect();
        let groups = stream::iter(groups).buffer_unordered(REGISTRIES);
        let kept: Vec<Result<()>> = groups.collect().await;
        kept.into_iter().collect()
    }

    /// What one registry said is known before the others have answered.
    async fn of_registry(
        &self,
        session: &RegistrySession,
        registry: String,
        asking: impl Future<Output = Vec<Found>>,
    ) -> Result<()> {
        let found = asking.await;
        self.note_registry(session, registry, &found);
        let kept = self.keep(found).await;
        // Shown also where it could not be stored.
        self.refresh();
        kept
    }

    async fn one(
        &self,
        looker: &Looker<'_>,
        told: &Told<'_>,
        reference: &str,
        look_up: &LookUp,
    ) -> Found {
        let before = self.known().records.get(reference).cloned();
        let before = before.unwrap_or_default();
        let end = told.end.min(Instant::now() + REFERENCE);
        let looking = looker.look_up(look_up, before.clone());
        let record = timeout_at(end, looking)
            .await
            .unwrap_or_else(|_| UpdateRecord {
                problem: Some(problem(&RegistryError::Unreachable {
                    registry: look_up.reference.registry.clone(),
                    why: "it takes too long to answer".to_owned(),
                })),
                ..before
            });
        told.one_more();
        (reference.to_owned(), record)
    }

    /// What a registry said of its limits.
    fn note_registry(&self, session: &RegistrySession, registry: String, found: &[Found]) {
        let retry_at = found
            .iter()
            .filter_map(|(_, record)| record.problem.as_ref()?.retry_at)
            .max();
        let status = RegistryStatus {
            limit: session.limit(&registry),
            retry_at,
            registry: registry.clone(),
        };
        self.known().registries.insert(registry, status);
    }
}
