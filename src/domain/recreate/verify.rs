//! Whether a new container works. "Running" is not "healthy": one with a health
//! check must become healthy, one without must stay up for a while, and accept
//! connections where the old one did. Every look asks the engine itself: what
//! memory says may be old, and is worth nothing without a connection.
//!
//! A container that was unhealthy or restarting before may be so afterwards:
//! that is a warning, not a failure.

use super::group::Member;
use crate::domain::containers::{accepts, answering, published_tcp};
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::model::container::{Container, Health, State};
use serde_json::Value;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Between two looks.
const LOOK: Duration = Duration::from_millis(500);
/// How long a port may take to answer again.
const ANSWER: Duration = Duration::from_mins(1);
/// How long the engine may take to remove what it removes by itself.
const GONE: Duration = Duration::from_secs(30);
/// What a health check may take beyond its own times.
const MARGIN: Duration = Duration::from_secs(10);
/// The longest that a health check is waited for.
const LONGEST: Duration = Duration::from_mins(15);

/// The published TCP ports of each container (by id) that answer now.
pub(super) async fn listening(
    engine: &Engine,
    members: &[Member],
) -> BTreeMap<String, Vec<SocketAddr>> {
    let mut found = BTreeMap::new();
    for member in members {
        let Ok(container) = engine.get(&member.old_id) else {
            continue;
        };
        let open = answering(&container).await;
        found.insert(member.old_id.clone(), open);
    }
    found
}

/// How a new container is judged.
#[derive(Debug, Clone, Copy)]
pub(super) struct Criteria {
    /// Without a health check: how long it must stay up.
    pub stable: Duration,
    pub may_end: bool,
    /// The old one was no better.
    pub may_be_unhealthy: bool,
    pub may_restart: bool,
}

/// Returns when it works, with what is not as it should be and was not before.
///
/// # Errors
/// A sentence that says what it did instead, with its last lines.
pub(super) async fn wait_until_ready(
    engine: &Engine,
    id: &str,
    criteria: Criteria,
    tell: impl Fn(String),
) -> Result<Option<String>> {
    let Some(container) = engine.current(id).await? else {
        return Err(removed("container"));
    };
    let watched = Watched {
        engine,
        id,
        name: &container.name,
        criteria,
    };
    if container.health == Health::None {
        let seconds = criteria.stable.as_secs();
        tell(format!("It must stay up for {seconds} seconds."));
        return watched.stays_up().await;
    }
    let inspect = engine.inspect_container(id).await?.0;
    let patience = patience(&inspect);
    let seconds = patience.as_secs();
    tell(format!("Its health check has {seconds} seconds to pass."));
    watched
        .becomes_healthy(patience, first_check(&inspect))
        .await
}

/// Returns when it accepts connections where the old one did. What accepts them
/// may live in another container of the group, so this comes when all are started.
///
/// # Errors
/// A sentence that says which port is silent.
pub(super) async fn wait_for_ports(
    engine: &Engine,
    id: &str,
    ports: &[SocketAddr],
    criteria: Criteria,
) -> Result<()> {
    let Some(container) = unless_it_may_end(engine, id, criteria).await? else {
        return Ok(());
    };
    let name = &container.name;
    let watched = Watched {
        engine,
        id,
        name,
        criteria: Criteria {
            may_end: true,
            ..criteria
        },
    };
    // A random host port is another one now.
    let now = published_tcp(&container);
    let ports: Vec<_> = ports.iter().filter(|port| now.contains(port)).collect();
    // Who gives it more time to be stable gives it more time for this, too.
    let patience = ANSWER.max(criteria.stable * 6);
    let end = Instant::now() + patience;
    for port in ports {
        while !accepts(*port).await {
            if Instant::now() > end {
                return Err(watched
                    .failed(format!(
                        "{name} runs, but did not answer on port {} within {} seconds, as it did before. If it needs longer to start, give it more time with stable_seconds.",
                        port.port(),
                        patience.as_secs()
                    ))
                    .await);
            }
            watched.look().await?;
            sleep(LOOK).await;
        }
    }
    Ok(())
}

/// One last look before the old one is removed.
///
/// # Errors
/// As [`wait_until_ready`].
pub(super) async fn still_works(engine: &Engine, id: &str, criteria: Criteria) -> Result<()> {
    let Some(container) = unless_it_may_end(engine, id, criteria).await? else {
        return Ok(());
    };
    let name = &container.name;
    let watched = Watched {
        engine,
        id,
        name,
        criteria,
    };
    let container = watched.look().await?;
    if container.health == Health::Unhealthy && !criteria.may_be_unhealthy {
        return Err(watched.unhealthy().await);
    }
    Ok(())
}

/// As the engine has it; `None` when it is gone and may be.
async fn unless_it_may_end(
    engine: &Engine,
    id: &str,
    criteria: Criteria,
) -> Result<Option<Arc<Container>>> {
    let found = engine.current(id).await?;
    if found.is_none() && !criteria.may_end {
        return Err(removed("container"));
    }
    Ok(found)
}

/// The longest that one health check and the pause before it take (Docker Engine
/// API, `HealthConfig`; the engine's defaults are 30 s and 30 s).
fn one_check(inspect: &Value) -> Duration {
    let default = 30_000_000_000;
    let interval = health_config(inspect, "Interval").unwrap_or(default);
    let limit = health_config(inspect, "Timeout").unwrap_or(default);
    Duration::from_nanos(interval.saturating_add(limit))
}

/// The check's own start period and retries (3 unless set), and a margin.
fn patience(inspect: &Value) -> Duration {
    let retries = health_config(inspect, "Retries").unwrap_or(3);
    let start = Duration::from_nanos(health_config(inspect, "StartPeriod").unwrap_or(0));
    let times = u32::try_from(retries.saturating_add(1)).unwrap_or(u32::MAX);
    let checks = one_check(inspect).saturating_mul(times);
    start
        .saturating_add(checks)
        .saturating_add(MARGIN)
        .min(LONGEST)
}

/// When the first check must have run, with or without a start period.
fn first_check(inspect: &Value) -> Duration {
    one_check(inspect).saturating_add(MARGIN).min(LONGEST)
}

fn health_config(inspect: &Value, key: &str) -> Option<u64> {
    inspect
        .pointer(&format!("/Config/Healthcheck/{key}"))
        .and_then(Value::as_u64)
        .filter(|n| *n > 0)
}

/// Whether the health check has ever run.
fn has_been_checked(inspect: &Value) -> bool {
    let log = inspect
        .pointer("/State/Health/Log")
        .and_then(Value::as_array);
    log.is_some_and(|log| !log.is_empty())
}

pub(super) fn removed(name: &str) -> Error {
    Error::conflict(format!(
        "The new {name} ended at once and was removed by the engine."
    ))
}

/// A new container that is being judged.
struct Watched<'a> {
    engine: &'a Engine,
    id: &'a str,
    name: &'a str,
    criteria: Criteria,
}

impl Watched<'_> {
    async fn becomes_healthy(&self, patience: Duration, first: Duration) -> Result<Option<String>> {
        let name = self.name;
        let began = Instant::now();
        loop {
            let container = self.look().await?;
            // A job that has done its work is checked no more.
            if container.state == State::Exited {
                return Ok(None);
            }
            match container.health {
                Health::Healthy | Health::None => return Ok(None),
                Health::Unhealthy if self.criteria.may_be_unhealthy => {
                    return Ok(Some(format!(
                        "The health check of the new {name} fails, as it did before."
                    )));
                }
                Health::Unhealthy => return Err(self.unhealthy().await),
                Health::Starting if began.elapsed() > first => {
                    let inspect = self.engine.inspect_container(self.id).await?.0;
                    if !has_been_checked(&inspect) {
                        return Ok(Some(format!(
                            "The health check of {name} has not run within {} seconds, so the engine does not seem to run it. The new {name} has stayed up for that time.",
                            first.as_secs()
                        )));
                    }
                }
                Health::Starting => {}
            }
            if began.elapsed() > patience {
                let seconds = patience.as_secs();
                if self.criteria.may_be_unhealthy {
                    return Ok(Some(format!(
                        "The new {name} did not become healthy within {seconds} seconds; the old one was not healthy either."
                    )));
                }
                return Err(self
                    .failed(format!(
                        "The new {name} did not become healthy within {seconds} seconds."
                    ))
                    .await);
            }
            sleep(LOOK).await;
        }
    }

    async fn stays_up(&self) -> Result<Option<String>> {
        let end = Instant::now() + self.criteria.stable;
        loop {
            let container = self.look().await?;
            // A job that has done its work is done.
            if container.state == State::Exited {
                return Ok(None);
            }
            if Instant::now() >= end {
                let restarts = container.state == State::Restarting || container.restart_count > 0;
                return Ok(restarts.then(|| {
                    format!(
                        "The new {} keeps restarting, as the old one did.",
                        self.name
                    )
                }));
            }
            sleep(LOOK.min(end.saturating_duration_since(Instant::now()))).await;
        }
    }

    /// As it is, while that is good enough.
    async fn look(&self) -> Result<Arc<Container>> {
        let name = self.name;
        let Some(container) = self.engine.settled(self.id).await? else {
            // `--rm`, and it has ended: the engine has removed it.
            return Err(removed(name));
        };
        let done = self.criteria.may_end
            && container.state == State::Exited
            && container.exit_code == Some(0)
            && matches!(container.restart_policy.as_str(), "" | "no" | "on-failure");
        let steady = container.restart_count == 0 || self.criteria.may_restart;
        let good = match container.state {
            State::Running => steady,
            State::Restarting => self.criteria.may_restart,
            _ => false,
        };
        if good || done {
            return Ok(container);
        }
        let what = match (container.state, container.exit_code) {
            (State::Restarting | State::Running, _) => {
                format!("The new {name} does not stay up: it keeps restarting.")
            }
            (_, Some(code)) => format!("The new {name} ended with exit code {code}."),
            (state, None) => format!("The new {name} is {}.", format!("{state:?}").to_lowercase()),
        };
        Err(self.failed(what).await)
    }

    async fn unhealthy(&self) -> Error {
        self.failed(format!(
            "The new {} runs, but its health check fails.",
            self.name
        ))
        .await
    }

    /// The error with the container's last lines, which mostly say why.
    async fn failed(&self, what: String) -> Error {
        Error::conflict(what).with_log_lines(&self.engine.last_lines(self.id, 5).await)
    }
}

/// Waits until the engine has removed what it removes by itself.
pub(super) async fn wait_until_removed(engine: &Engine, id: &str) {
    let end = Instant::now() + GONE;
    while Instant::now() < end {
        match engine.inspect_name(id).await {
            Ok(None) | Err(_) => return,
            Ok(Some(_)) => sleep(Duration::from_millis(50)).await,
        }
    }
}
