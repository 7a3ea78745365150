//! What the checks know of registries, and what a new login there changes.

use super::Updates;
use crate::model::reference::registry_of;
use crate::model::registry::RegistryLimit;
use crate::model::timestamp::Timestamp;
use crate::model::update::UnknownReason;
use std::collections::BTreeMap;

/// What one registry said last.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RegistryReport {
    pub limit: Option<RegistryLimit>,
    /// It is not asked before.
    pub retry_at: Option<Timestamp>,
    /// Why an image could not be looked up there without a login, or with this one.
    pub login_problem: Option<String>,
}

impl Updates {
    /// By registry.
    pub fn registry_reports(&self) -> BTreeMap<String, RegistryReport> {
        let known = self.known();
        let mut reports: BTreeMap<String, RegistryReport> = BTreeMap::new();
        for (registry, status) in &known.registries {
            let report = reports.entry(registry.clone()).or_default();
            report.limit = status.limit;
            report.retry_at = status.retry_at.filter(|at| *at > Timestamp::now());
        }
        for (reference, record) in &known.records {
            let problem = record.problem.as_ref();
            if let Some(problem) = problem.filter(|one| one.reason == UnknownReason::Login) {
                let report = reports
                    .entry(registry_of(reference).to_owned())
                    .or_default();
                report.login_problem = Some(problem.message.clone());
            }
        }
        reports
    }

    /// The login at a registry is another one: what was refused there, or put off
    /// because of a limit, is looked up again soon.
    pub fn login_changed(&self, registry: &str) {
        let now = Timestamp::now();
        let mut known = self.known();
        if let Some(status) = known.registries.get_mut(registry) {
            status.retry_at = None;
        }
        let of_registry = known
            .records
            .iter_mut()
            .filter(|(reference, _)| registry_of(reference) == registry);
        for (_, record) in of_registry {
            if let Some(problem) = &mut record.problem
                && matches!(
                    problem.reason,
                    UnknownReason::Login | UnknownReason::RateLimited
                )
            {
                problem.retry_at = Some(now);
            }
        }
        drop(known);
        self.unchecked.notify_one();
    }
}
