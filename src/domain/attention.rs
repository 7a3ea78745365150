//! What the owner should look at, worst first, each with its way out.

use crate::model::certificate::{AcmeInfo, CertificateInfo};
use crate::model::container::ContainerView;
use crate::model::engine::EngineStatus;
use crate::model::environment::AlertLevel;
use crate::model::operation::Operation;
use crate::model::profile::{LimitLevel, Profile};
use crate::model::status::{ContainerStatus, StatusName};
use crate::model::system::HostSample;
use crate::model::timestamp::Timestamp;
use crate::model::update_history::{UpdateHistoryEntry, UpdateOutcome};
use crate::store::UnreadableRecord;
use serde::Serialize;
use std::collections::HashSet;
use std::net::IpAddr;
use std::time::Duration;
use utoipa::ToSchema;

#[derive(Debug, Clone, Copy, Serialize, PartialEq, Eq, PartialOrd, Ord, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum AttentionLevel {
    Critical,
    Warning,
    Info,
}

#[derive(Debug, Clone, Serialize, PartialEq, Eq, ToSchema)]
pub struct Attention {
    pub level: AttentionLevel,
    pub title: String,
    /// What happened and what to do.
    pub text: String,
    /// Id of the container that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub container: Option<String>,
    /// `logs`, `restart`, `start`, `stop`, `unpause`, `containers`, `settings`, `https`,
    /// `updates`.
    pub actions: Vec<&'static str>,
}

/// What is known of the host beside its figures.
#[derive(Debug)]
pub struct HostCondition {
    pub clock_is_plausible: bool,
    /// The database file is the one that was opened.
    pub database_is_in_place: bool,
    /// A reverse proxy whose word on its visitors is not believed.
    pub untrusted_proxy: Option<IpAddr>,
    /// Stored records that cannot be read.
    pub unreadable: Vec<UnreadableRecord>,
}

fn unreadable(records: &[UnreadableRecord]) -> Option<Attention> {
    let first = records.first()?;
    let more = match records.len() - 1 {
        0 => String::new(),
        1 => " One more record is affected; the log names it.".to_owned(),
        more => format!(" {more} more records are affected; the log names them."),
    };
    Some(Attention {
        level: AttentionLevel::Warning,
        title: "Stored data cannot be read".into(),
        text: format!(
            "The record {:?} in the table {} is skipped and left unchanged: {}.{more}",
            first.key, first.table, first.reason
        ),
        container: None,
        actions: vec![],
    })
}

/// Operations that were interrupted and wait to be recovered.
pub fn unrecovered(operations: &[Operation]) -> impl Iterator<Item = Attention> {
    operations.iter().map(|operation| Attention {
        level: AttentionLevel::Warning,
        title: format!("Interrupted: {}", operation.title),
        text: format!(
            "{} Until then nothing else can be done with its containers. Operations has its details, and can discard it.",
            operation.message.as_deref().unwrap_or_default()
        ),
        container: None,
        actions: vec![],
    })
}

/// How long a failed update is told of.
const FAILED_UPDATE: Duration = Duration::from_hours(7 * 24);

/// Containers whose last update did not succeed, unless that is long ago. The history
/// begins with the newest entry.
pub fn failed_updates(history: &[UpdateHistoryEntry]) -> Vec<Attention> {
    let mut seen = HashSet::new();
    history
        .iter()
        .filter(|entry| seen.insert(entry.container.as_str()))
        .filter(|entry| {
            matches!(
                entry.outcome,
                UpdateOutcome::RolledBack | UpdateOutcome::Failed
            )
        })
        .filter(|entry| entry.started_at.age() < FAILED_UPDATE)
        .map(|entry| Attention {
            level: AttentionLevel::Warning,
            title: format!("The last update of {} failed", entry.container),
            text: entry.message.clone().unwrap_or_default(),
            container: None,
            actions: vec!["updates"],
        })
        .collect()
}

/// Everything worth attention now. `alert_level` is the one of an environment:
/// high comes first within a severity, low is reported one severity lower.
pub fn list(
    containers: &[ContainerView],
    alert_level: impl Fn(Option<&str>) -> AlertLevel,
    profile: &Profile,
    host: &HostSample,
    engine: &EngineStatus,
    condition: &HostCondition,
    https: &CertificateInfo,
) -> Vec<Attention> {
    let mut found: Vec<Attention> = Vec::new();
    let mut first = 0;
    for view in containers {
        let level = alert_level(view.environment.as_deref());
        let Some(item) = container(view).and_then(|item| filter_by_alert_level(item, level)) else {
            continue;
        };
        // The sort below is stable, so that these stay ahead of all others.
        if level == AlertLevel::High {
            found.insert(first, item);
            first += 1;
        } else {
            found.push(item);
        }
    }
    found.extend(limit(containers.len(), profile));
    found.extend(machine(host));
    found.extend(engine_warnings(engine));
    found.extend(certificate(&https.acme, Timestamp::now()));
    found.extend(unreadable(&condition.unreadable));
    if let Some(address) = condition.untrusted_proxy {
        found.push(Attention {
            level: AttentionLevel::Info,
            title: "A reverse proxy is not trusted".into(),
            text: format!(
                "Requests come through a proxy at {address}, so all of its visitors count as one: wrong passwords of a visitor delay your own login. Start DockerMate with --trusted-proxy {address}."
            ),
            container: None,
            actions: vec![],
        });
    }
    if !condition.database_is_in_place {
        found.push(Attention {
            level: AttentionLevel::Critical,
            title: "DockerMate's data folder is missing".into(),
            text: "Its database was deleted or replaced while DockerMate is running, so no change can be saved. Put the folder back or restore a copy, then restart DockerMate."
                .into(),
            container: None,
            actions: vec![],
        });
    }
    if !condition.clock_is_plausible {
        found.push(Attention {
            level: AttentionLevel::Warning,
            title: "The clock of this host is wrong".into(),
            text: "It is set to a time before this version was built. Logins and schedules depend on it: connect the host to a network with NTP, or set the clock."
                .into(),
            container: None,
            actions: vec![],
        });
    }
    found.sort_by_key(|item| item.level);
    found
}

fn filter_by_alert_level(mut item: Attention, level: AlertLevel) -> Option<Attention> {
    match (level, item.level) {
        (AlertLevel::High | AlertLevel::Medium, _) => Some(item),
        (AlertLevel::Low, AttentionLevel::Critical) => {
            item.level = AttentionLevel::Warning;
            Some(item)
        }
        (AlertLevel::Low, AttentionLevel::Warning) => {
            item.level = AttentionLevel::Info;
            Some(item)
        }
        (AlertLevel::Low, AttentionLevel::Info) | (AlertLevel::None, _) => None,
    }
}

fn container(view: &ContainerView) -> Option<Attention> {
    let c = &view.container;
    let about = |level, text: String, actions: &[&'static str]| {
        Some(Attention {
            level,
            title: c.name.clone(),
            text,
            container: Some(c.id.clone()),
            actions: actions.to_vec(),
        })
    };
    let status = &view.status;
    match status.name {
        StatusName::Unhealthy => about(
            AttentionLevel::Critical,
            match c.failing_streak {
                0 | 1 => "Its last health check failed. Its log usually says why.".to_owned(),
                many => {
                    format!("Its last {many} health checks failed. Its log usually says why.")
                }
            },
            &["logs", "restart"],
        ),
        StatusName::CrashLoop => about(
            AttentionLevel::Critical,
            format!(
                "It ends soon after each start and has been restarted {}.{}",
                times(status.restarts),
                ended(status)
            ),
            &["logs", "stop"],
        ),
        StatusName::Dead => about(
            AttentionLevel::Critical,
            "The engine could not remove it completely. Delete it again, or restart the engine."
                .into(),
            &["logs"],
        ),
        StatusName::Failed if status.out_of_memory => about(
            AttentionLevel::Critical,
            "The kernel stopped it because it ran out of memory.".into(),
            &["logs", "start"],
        ),
        StatusName::Failed if c.error.is_some() => about(
            AttentionLevel::Warning,
            format!(
                "It could not start: {}",
                c.error.as_deref().unwrap_or_default()
            ),
            &["start"],
        ),
        StatusName::Failed => about(
            AttentionLevel::Warning,
            format!("It stopped because of an error.{}", exit(status.exit_code)),
            &["logs", "start"],
        ),
        StatusName::Paused => about(
            AttentionLevel::Info,
            "It is paused and does not respond until it is resumed.".into(),
            &["unpause"],
        ),
        _ => None,
    }
}

fn ended(status: &ContainerStatus) -> String {
    if status.out_of_memory {
        " The kernel ended it because it ran out of memory.".to_owned()
    } else {
        exit(status.exit_code)
    }
}

fn limit(count: usize, profile: &Profile) -> Option<Attention> {
    let limits = profile.limits()?;
    let level = limits.level(u32::try_from(count).unwrap_or(u32::MAX));
    let (level, title) = match level {
        LimitLevel::Fine => return None,
        LimitLevel::Approaching => (AttentionLevel::Info, "Near the limit"),
        LimitLevel::AtLimit => (AttentionLevel::Warning, "At the limit"),
        LimitLevel::Blocked => (AttentionLevel::Critical, "Over the limit"),
    };
    Some(Attention {
        level,
        title: format!("{title}: {count} of {} containers", limits.max),
        text: format!(
            "The profile of this host ({}) is designed for up to {}. Delete containers you no longer use.",
            profile.title, limits.max
        ),
        container: None,
        actions: vec!["containers"],
    })
}

fn machine(host: &HostSample) -> Vec<Attention> {
    let mut found = Vec::new();
    let mut add = |level, title: String, text: String| {
        found.push(Attention {
            level,
            title,
            text,
            container: None,
            actions: vec![],
        });
    };
    if let Some(percent) = percent(host.disk_used_bytes, host.disk_total_bytes)
        && percent >= 90
    {
        add(
            if percent >= 95 {
                AttentionLevel::Critical
            } else {
                AttentionLevel::Warning
            },
            format!("The disk is {percent} % full"),
            format!(
                "{} holds the engine's images and volumes. Remove unused images with: docker image prune",
                host.disk_path
            ),
        );
    }
    if let Some(percent) = percent(host.memory_used_bytes, host.memory_total_bytes)
        && percent >= 92
    {
        add(
            AttentionLevel::Warning,
            format!("{percent} % of the memory is in use"),
            "The kernel may soon kill containers. Stop those you do not need.".into(),
        );
    }
    if let Some(celsius) = host.temperature_celsius
        && celsius >= 80.0
    {
        add(
            AttentionLevel::Warning,
            format!("The processor is at {celsius:.0} °C"),
            "It throttles to avoid overheating. Improve the airflow or add a heat sink.".into(),
        );
    }
    found
}

/// Without the memory cgroup, memory usage and memory limits do not work.
fn engine_warnings(engine: &EngineStatus) -> Option<Attention> {
    let info = engine.info.as_ref()?;
    if info.memory_limit {
        return None;
    }
    Some(Attention {
        level: AttentionLevel::Warning,
        title: "Memory limits do not work on this host".into(),
        text: "The kernel runs without its memory cgroup, so limits are ignored and figures are zero. \
               On a Raspberry Pi add \"cgroup_enable=memory cgroup_memory=1\" to the line in \
               /boot/firmware/cmdline.txt and restart it."
            .into(),
        container: None,
        actions: vec![],
    })
}

/// A certificate that was ordered and did not come, or cannot be renewed.
fn certificate(acme: &AcmeInfo, now: Timestamp) -> Option<Attention> {
    let error = acme.last_error.as_deref().unwrap_or_default();
    let name = acme.domains.first()?;
    let about = |level, title: String, text: String| {
        Some(Attention {
            level,
            title,
            text,
            container: None,
            actions: vec!["https"],
        })
    };
    if !acme.active {
        return about(
            AttentionLevel::Warning,
            format!("No certificate for {name} yet"),
            format!("{error} The local certificate is in use."),
        )
        .filter(|_| !error.is_empty());
    }
    let (Some(from), Some(to)) = (acme.not_before, acme.not_after) else {
        return about(
            AttentionLevel::Warning,
            format!("The certificate for {name} is lost"),
            format!("A new one is being ordered. {error}")
                .trim()
                .to_owned(),
        );
    };
    if now > to {
        return about(
            AttentionLevel::Critical,
            format!("The certificate for {name} has expired"),
            format!("Browsers get the local certificate instead and show a warning. {error}")
                .trim()
                .to_owned(),
        );
    }
    // A quarter of its life is left: renewal had some days to succeed.
    if acme.failures > 0 && now.0 > to.0 - (to.0 - from.0) / 4 {
        let hours = (to.0 - now.0) / 3_600_000;
        let left = match hours {
            0..48 => format!("{hours} hours"),
            _ => format!("{} days", hours / 24),
        };
        return about(
            AttentionLevel::Warning,
            format!("The certificate for {name} is not renewed"),
            format!("It expires in {left}; DockerMate keeps trying. {error}")
                .trim()
                .to_owned(),
        );
    }
    None
}

fn percent(used: u64, total: u64) -> Option<u64> {
    (total > 0).then(|| used.saturating_mul(100) / total)
}

fn times(count: u32) -> String {
    match count {
        0 | 1 => "once".to_owned(),
        2 => "twice".to_owned(),
        n => format!("{n} times"),
    }
}

/// What a code means, the page explains.
fn exit(code: Option<i64>) -> String {
    match code {
        None | Some(0) => String::new(),
        Some(code) => format!(" Exit code {code}."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(n: i64) -> Timestamp {
        Timestamp(n * 86_400_000)
    }

    #[test]
    fn last_update_of_a_container_is_told_of_when_it_failed_lately() {
        let entry = |container: &str, outcome, started_at| UpdateHistoryEntry {
            container: container.to_owned(),
            outcome,
            started_at,
            ..UpdateHistoryEntry::example()
        };
        let now = Timestamp::now();
        let history = [
            entry("mended", UpdateOutcome::Succeeded, now),
            entry("mended", UpdateOutcome::RolledBack, now),
            entry("broken", UpdateOutcome::RolledBack, now),
            entry("broken", UpdateOutcome::Succeeded, now),
            entry("long ago", UpdateOutcome::Failed, days(1)),
            entry("under way", UpdateOutcome::Running, now),
        ];
        let found = failed_updates(&history);
        let titles: Vec<&str> = found.iter().map(|one| &*one.title).collect();
        assert_eq!(titles, ["The last update of broken failed"]);
    }

    #[test]
    fn acme_certificate_needs_attention_when_lost_or_when_renewal_fails_near_expiry() {
        let mut acme = AcmeInfo {
            active: true,
            domains: vec!["nas.example.org".into()],
            not_before: Some(days(0)),
            not_after: Some(days(90)),
            ..AcmeInfo::default()
        };
        let level = |acme: &AcmeInfo, now| certificate(acme, now).map(|found| found.level);
        assert_eq!(level(&acme, days(80)), None, "nothing failed");
        acme.failures = 3;
        acme.last_error = Some("Nothing answered.".into());
        assert_eq!(level(&acme, days(61)), None, "there is time");
        assert_eq!(level(&acme, days(70)), Some(AttentionLevel::Warning));
        let text = certificate(&acme, days(70)).unwrap().text;
        assert!(
            text.contains("20 days") && text.contains("Nothing answered."),
            "{text}"
        );
        assert_eq!(level(&acme, days(91)), Some(AttentionLevel::Critical));
        acme.not_after = None;
        assert_eq!(level(&acme, days(1)), Some(AttentionLevel::Warning), "lost");
        acme.active = false;
        assert_eq!(
            level(&acme, days(1)),
            Some(AttentionLevel::Warning),
            "never came"
        );
        acme.last_error = None;
        assert_eq!(level(&acme, days(1)), None, "nothing was asked for");
        assert_eq!(certificate(&AcmeInfo::default(), days(1)), None);
    }
}
