//! Whether a new container works. "Running" is not "healthy" (trap 22): one
//! with a health check must become healthy, one without must stay up for a
//! while, and answer where its predecessor answered.

use super::group::Member;
use crate::engine::{Engine, EngineError};
use crate::error::{Error, Result};
use crate::model::container::{Container, Health, State};
use serde_json::Value;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};

/// Between two looks; the engine's events bring changes sooner.
const LOOK: Duration = Duration::from_millis(500);
/// What one connection to a published port may take.
const CONNECT: Duration = Duration::from_millis(500);
/// How soon a connection is closed that leads nowhere.
const CLOSED: Duration = Duration::from_millis(300);
/// How long a port may take to answer again.
const ANSWER: Duration = Duration::from_mins(1);
/// How long the engine may take to remove what it removes by itself.
const GONE: Duration = Duration::from_secs(30);
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
        let mut open = Vec::new();
        for address in addresses(&container) {
            if accepts(address).await {
                open.push(address);
            }
        }
        found.insert(member.old_id.clone(), open);
    }
    found
}

fn addresses(container: &Container) -> Vec<SocketAddr> {
    let mut all: Vec<_> = container
        .ports
        .iter()
        .filter(|port| port.protocol == "tcp")
        .filter_map(|port| {
            let ip = port.host_ip.as_deref().unwrap_or("").parse::<IpAddr>().ok();
            let ip = ip
                .filter(|ip| !ip.is_unspecified())
                .unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
            Some(SocketAddr::new(ip, port.host_port?))
        })
        .collect();
    all.sort();
    all.dedup();
    all
}

/// Whether somebody is there. That a connection is made says nothing: the
/// engine's proxy takes it first, and closes it when the container does not.
async fn accepts(address: SocketAddr) -> bool {
    let Ok(Ok(mut stream)) = timeout(CONNECT, TcpStream::connect(address)).await else {
        return false;
    };
    let mut first = [0; 1];
    match timeout(CLOSED, stream.read(&mut first)).await {
        Ok(read) => matches!(read, Ok(1)),
        // It waits for a word of ours.
        Err(_) => true,
    }
}

/// Returns when it works.
///
/// # Errors
/// A sentence that says what it did instead, with its last words.
pub(super) async fn works(
    engine: &Engine,
    id: &str,
    stable: Duration,
    may_end: bool,
    tell: impl Fn(String),
) -> Result<()> {
    let (inspect, container) = engine.inspect_container(id).await?;
    let name = container.name.clone();
    if container.health == Health::None {
        tell(format!("It must stay up for {} seconds.", stable.as_secs()));
        stays_up(engine, id, &name, stable, may_end).await?;
    } else {
        let patience = patience(&inspect);
        let seconds = patience.as_secs();
        tell(format!("Its health check has {seconds} seconds to pass."));
        healthy(engine, id, &name, patience, may_end).await?;
    }
    Ok(())
}

/// Returns when it answers where its predecessor did. What answers may live in
/// another container of the group, so this comes when all are started.
///
/// # Errors
/// A sentence that says which port is silent.
pub(super) async fn answers(
    engine: &Engine,
    id: &str,
    ports: &[SocketAddr],
    stable: Duration,
) -> Result<()> {
    let name = engine.get(id)?.name.clone();
    // A random host port is another one now.
    let now = addresses(&*engine.get(id)?);
    let ports: Vec<_> = ports.iter().filter(|port| now.contains(port)).collect();
    // Who gives it more time to be stable gives it more time for this, too.
    let patience = ANSWER.max(stable * 6);
    let end = Instant::now() + patience;
    for port in ports {
        while !accepts(*port).await {
            if Instant::now() > end {
                return Err(failed(
                    engine,
                    id,
                    format!(
                        "{name} runs, but did not answer on port {} within {} seconds, as it did before. If it needs longer to start, give it more time with stable_seconds.",
                        port.port(),
                        patience.as_secs()
                    ),
                )
                .await);
            }
            running(engine, id, &name, true).await?;
            sleep(LOOK).await;
        }
    }
    Ok(())
}

/// The check's own start period and retries, and a margin (Docker Engine API,
/// `HealthConfig`; the engine's defaults are 30 s, 30 s and 3).
fn patience(inspect: &Value) -> Duration {
    let number = |key: &str| {
        inspect
            .pointer(&format!("/Config/Healthcheck/{key}"))
            .and_then(Value::as_u64)
            .filter(|n| *n > 0)
    };
    let second = 1_000_000_000;
    let interval = number("Interval").unwrap_or(30 * second);
    let limit = number("Timeout").unwrap_or(30 * second);
    let retries = number("Retries").unwrap_or(3);
    let start = number("StartPeriod").unwrap_or(0);
    let checks = interval.saturating_add(limit).saturating_mul(retries + 1);
    let total = Duration::from_nanos(start.saturating_add(checks)) + Duration::from_secs(10);
    total.min(LONGEST)
}

async fn healthy(
    engine: &Engine,
    id: &str,
    name: &str,
    patience: Duration,
    may_end: bool,
) -> Result<()> {
    let end = Instant::now() + patience;
    loop {
        let container = running(engine, id, name, may_end).await?;
        // A job that has done its work is checked no more.
        if container.state == State::Exited {
            return Ok(());
        }
        match container.health {
            Health::Healthy | Health::None => return Ok(()),
            Health::Unhealthy => {
                return Err(failed(
                    engine,
                    id,
                    format!("The new {name} runs, but its health check fails."),
                )
                .await);
            }
            Health::Starting if Instant::now() > end => {
                return Err(failed(
                    engine,
                    id,
                    format!(
                        "The new {name} did not become healthy within {} seconds.",
                        patience.as_secs()
                    ),
                )
                .await);
            }
            Health::Starting => sleep(LOOK).await,
        }
    }
}

async fn stays_up(
    engine: &Engine,
    id: &str,
    name: &str,
    stable: Duration,
    may_end: bool,
) -> Result<()> {
    let end = Instant::now() + stable;
    loop {
        let container = running(engine, id, name, may_end).await?;
        // A job that has done its work is done.
        if container.state == State::Exited || Instant::now() >= end {
            return Ok(());
        }
        sleep(LOOK.min(end.saturating_duration_since(Instant::now()))).await;
    }
}

/// As it is, while that is good enough.
async fn running(
    engine: &Engine,
    id: &str,
    name: &str,
    may_end: bool,
) -> Result<std::sync::Arc<Container>> {
    let container = match engine.get(id) {
        Ok(container) => container,
        // `--rm`, and it has ended: the engine has taken it away.
        Err(EngineError::NotFound(_)) => {
            return Err(Error::conflict(format!(
                "The new {name} ended at once and was removed by the engine."
            )));
        }
        Err(other) => return Err(other.into()),
    };
    let done = may_end
        && container.state == State::Exited
        && container.exit_code == Some(0)
        && matches!(container.restart_policy.as_str(), "" | "no" | "on-failure");
    let good = container.state == State::Running && container.restart_count == 0;
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
    Err(failed(engine, id, what).await)
}

/// The error with the container's last lines, which mostly say why.
async fn failed(engine: &Engine, id: &str, what: String) -> Error {
    let lines = engine.last_lines(id, 5).await;
    if lines.is_empty() {
        return Error::conflict(what);
    }
    Error::conflict(format!("{what} Its last lines: {}", lines.join(" ⏎ ")))
}

/// Waits until the engine has removed what it removes by itself.
pub(super) async fn until_gone(engine: &Engine, id: &str) {
    let end = Instant::now() + GONE;
    while Instant::now() < end {
        match engine.inspect_name(id).await {
            Ok(None) | Err(_) => return,
            Ok(Some(_)) => sleep(Duration::from_millis(50)).await,
        }
    }
}
