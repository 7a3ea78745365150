//! The task that keeps the connection: looks for the engine, fills the
//! inventory, keeps it current by events, and starts again when it breaks.
//!
//! Invariant: the status is `Up` only while the event stream is open and the
//! inventory has been filled since it was opened.

use super::address::{Host, candidates};
use super::client::Client;
use super::convert;
use super::discover::try_host;
use super::error::EngineError;
use super::events::{self, Coalescer, Hint};
use super::inventory::{Change, Inventory, Record};
use super::problem::conclude;
use super::shared::Shared;
use super::wire::{Summary, parse};
use crate::model::engine::{EngineState, EngineStatus};
use crate::model::timestamp::Timestamp;
use bollard::models::EventMessage;
use bollard::query_parameters::EventsOptionsBuilder;
use futures_util::stream::FuturesUnordered;
use futures_util::{Stream, StreamExt};
use std::collections::HashSet;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep, sleep_until, timeout};

const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// A connection that lasted this long was a good one: the waits start over.
const GOOD: Duration = Duration::from_secs(10);
/// How long a doubtful engine has to answer a ping.
const PING: Duration = Duration::from_secs(5);
/// No answer is older than this when it arrives, so ids of removed containers
/// can be forgotten after it.
const YEAR: u64 = 365 * 24 * 3600;

type Events = Pin<Box<dyn Stream<Item = Result<EventMessage, bollard::errors::Error>> + Send>>;

/// Runs until the program stops.
pub(super) async fn run(shared: Arc<Shared>) {
    let stop = shared.stop.clone();
    let mut tries = 0;
    loop {
        let began = Instant::now();
        let error = tokio::select! {
            () = stop.cancelled() => break,
            ended = attempt(&shared, &mut tries) => ended,
        };
        shared.set_client(None);
        // A try that took long to fail has been part of the wait.
        let wait = backoff(tries, chance())
            .saturating_sub(began.elapsed())
            .max(FIRST_WAIT);
        tries += 1;
        // Said once: a line at each try would wear the card while nobody looks.
        if shared.status.borrow().error.as_ref() == Some(&error) {
            tracing::debug!(error, "the engine is still not available");
        } else {
            tracing::warn!(error, "the engine is not available");
        }
        shared.status.send_modify(|status| {
            if status.state != EngineState::Down {
                status.since = Timestamp::now();
            }
            status.state = EngineState::Down;
            status.error = Some(error);
            status.next_try = Some(Timestamp::now().plus(wait));
            status.info = None;
        });
        tokio::select! {
            () = stop.cancelled() => break,
            () = shared.retry.notified() => {}
            () = sleep(wait) => {}
        }
    }
    shared.set_client(None);
}

/// One second doubling to thirty, a fifth more or less by `chance` (0 to 1) so
/// that several boxes do not knock at one engine in step.
fn backoff(tries: u32, chance: f64) -> Duration {
    let factor = 2_u32.saturating_pow(tries.min(16));
    let wait = FIRST_WAIT.saturating_mul(factor).min(LONGEST_WAIT);
    wait.mul_f64(0.8 + 0.4 * chance.clamp(0.0, 1.0))
}

fn chance() -> f64 {
    getrandom::u32().map_or(0.5, |n| f64::from(n) / f64::from(u32::MAX))
}

/// One connection from the search to its end; gives the reason of the end.
async fn attempt(shared: &Shared, tries: &mut u32) -> String {
    let client = match search(shared).await {
        Ok(client) => client,
        Err(error) => return error,
    };
    let mut session = match Session::open(shared, client).await {
        Ok(session) => session,
        Err(error) => return error.to_string(),
    };
    let began = Instant::now();
    let error = session.run().await;
    if began.elapsed() >= GOOD {
        *tries = 0;
    }
    error
}

/// The first address at which an engine answers.
async fn search(shared: &Shared) -> Result<Client, String> {
    let hosts = candidates(&shared.settings.surroundings)
        .map_err(|why| format!("The address of the engine cannot be used: {why}."))?;
    let first = hosts.first().map(ToString::to_string);
    let cert_folder = shared.settings.cert_folder();
    let mut failures = Vec::new();
    for host in hosts {
        match try_host(host.clone(), cert_folder.as_deref()).await {
            Ok(client) => {
                shared.set_proxy(match client.transport.host() {
                    Host::Unix(_) => None,
                    Host::Tcp { host, .. } => Some(host.clone()),
                });
                return Ok(client);
            }
            Err(problem) => failures.push((host, problem)),
        }
    }
    let asked_for = shared.settings.surroundings.docker_host.is_some();
    shared.status.send_if_modified(|status| {
        if status.endpoint.is_none() && asked_for {
            status.endpoint = first;
        }
        false
    });
    Err(conclude(&failures))
}

struct Session<'a> {
    shared: &'a Shared,
    client: Client,
    events: Events,
    pending: Coalescer,
}

impl<'a> Session<'a> {
    /// Opens the event stream, reads everything, and reports `Up`.
    async fn open(shared: &'a Shared, client: Client) -> Result<Self, EngineError> {
        // The engine replays what happened since its own "now", so nothing between
        // the list and the opening of the stream is missed.
        let mut options = EventsOptionsBuilder::new().filters(&events::filters());
        if let Some(clock) = client.clock {
            options = options.since(&clock.to_string());
        }
        // The head of a quiet stream may take any time.
        let patient = client
            .docker
            .clone()
            .with_timeout(Duration::from_secs(YEAR));
        let events: Events = Box::pin(patient.events(Some(options.build())));
        let mut session = Self {
            shared,
            client,
            events,
            pending: Coalescer::default(),
        };
        let inventory = session.read_everything().await?;
        *shared.inventory_mut() = inventory;
        shared.set_client(Some(session.client.clone()));
        let endpoint = session.client.transport.host().to_string();
        let info = session.client.info.clone();
        tracing::info!(
            endpoint,
            product = info.product,
            version = info.version,
            api = info.api_version,
            "engine connected"
        );
        shared.status.send_replace(EngineStatus {
            state: EngineState::Up,
            since: Timestamp::now(),
            endpoint: Some(endpoint),
            error: None,
            next_try: None,
            info: Some(info),
        });
        let _ = shared.changes.send(Change::Relisted);
        Ok(session)
    }

    /// Lists and inspects all, while the event stream is already being read.
    async fn read_everything(&mut self) -> Result<Inventory, EngineError> {
        let Self {
            shared,
            client,
            events,
            pending,
        } = self;
        let reading = fill(shared, client);
        tokio::pin!(reading);
        loop {
            tokio::select! {
                filled = &mut reading => return filled,
                event = events.next() => match to_hint(event)? {
                    // Looked at after the reading, whatever it was.
                    Some(Hint::Look(id) | Hint::Gone(id)) => pending.touch(id, Instant::now()),
                    None => {}
                },
            }
        }
    }

    /// Keeps the inventory current; returns why it could not any longer.
    async fn run(&mut self) -> String {
        let shared = self.shared;
        let mut inspects = FuturesUnordered::new();
        let limit = shared.settings.list_concurrency.max(1);
        let mut reconcile = Instant::now() + shared.settings.reconcile_every;
        loop {
            while inspects.len() < limit
                && let Some(id) = self.pending.take(Instant::now())
            {
                let client = self.client.clone();
                inspects.push(async move {
                    let answer = shared.inspect(&client, &id).await.map(|(_, record)| record);
                    (id, answer)
                });
            }
            let next = self.pending.next().filter(|_| inspects.len() < limit);
            tokio::select! {
                event = self.events.next() => match to_hint(event) {
                    Ok(Some(Hint::Look(id))) => self.pending.touch(id, Instant::now()),
                    Ok(Some(Hint::Gone(id))) => {
                        self.pending.forget(&id);
                        let _ = shared.apply(&id, Err(EngineError::NotFound(String::new())));
                    }
                    Ok(None) => {}
                    Err(error) => return error.to_string(),
                },
                Some((id, answer)) = inspects.next(), if !inspects.is_empty() => {
                    self.pending.finished(&id, Instant::now());
                    if let Err(error) = shared.apply(&id, answer) {
                        tracing::warn!(id, %error, "a container could not be inspected");
                        if error.is_about_the_connection() {
                            shared.check_connection.notify_one();
                        }
                    }
                }
                () = sleep_until(next.unwrap_or_else(Instant::now)), if next.is_some() => {}
                () = shared.check_connection.notified() => {
                    if let Err(error) = ping(&self.client).await {
                        return error;
                    }
                }
                () = sleep_until(reconcile) => {
                    if let Err(error) = self.reconcile().await {
                        if let Err(error) = ping(&self.client).await {
                            return error;
                        }
                        tracing::warn!(%error, "the list could not be compared");
                    }
                    reconcile = Instant::now() + shared.settings.reconcile_every;
                }
            }
        }
    }

    /// Compares the engine's list with memory and looks at what differs: a net
    /// under the event stream, not a replacement.
    async fn reconcile(&mut self) -> Result<(), EngineError> {
        let listed = list(&self.client).await?;
        self.shared.inventory_mut().forget_gone();
        let now = Instant::now();
        let ids: HashSet<&str> = listed.iter().map(|row| row.id.as_str()).collect();
        for id in self.shared.inventory().ids() {
            if !ids.contains(id.as_str()) {
                self.pending.touch(id, now);
            }
        }
        for row in &listed {
            let inventory = self.shared.inventory();
            let known = inventory.get(&row.id).map(|record| &record.container);
            if known.is_none_or(|known| convert::differs(row, known)) {
                self.pending.touch(row.id.clone(), now);
            }
        }
        Ok(())
    }
}

/// Whether a doubtful engine still answers.
async fn ping(client: &Client) -> Result<(), String> {
    match timeout(PING, client.docker.ping()).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(EngineError::from_bollard(error, "").to_string()),
        Err(_) => Err(format!(
            "The engine at {} no longer answers. If it hangs, restart it (sudo systemctl restart docker).",
            client.transport.host()
        )),
    }
}

/// What the stream gave. Its end is an error: the engine is going away.
fn to_hint(
    event: Option<Result<EventMessage, bollard::errors::Error>>,
) -> Result<Option<Hint>, EngineError> {
    match event {
        Some(Ok(event)) => Ok(events::hint(event)),
        Some(Err(error @ bollard::errors::Error::DockerResponseServerError { .. })) => {
            Err(EngineError::from_bollard(error, ""))
        }
        Some(Err(error)) => {
            tracing::debug!(%error, "the event stream broke off");
            Err(lost())
        }
        None => Err(lost()),
    }
}

fn lost() -> EngineError {
    EngineError::Unavailable(
        "The engine closed the connection: it is stopping or restarting.".to_owned(),
    )
}

async fn list(client: &Client) -> Result<Vec<Summary>, EngineError> {
    let body = client.transport.get("/containers/json?all=1", "").await?;
    parse(&body)
}

/// A new inventory from the engine. One that vanishes meanwhile is left out;
/// one that cannot be inspected is kept with what the list says of it.
async fn fill(shared: &Shared, client: &Client) -> Result<Inventory, EngineError> {
    let began = Instant::now();
    let listed = list(client).await?;
    let count = listed.len();
    let limit = shared.settings.list_concurrency.max(1);
    let mut inspects = futures_util::stream::iter(listed)
        .map(|row| async move {
            let asked = shared.next_request();
            match shared.inspect(client, &row.id).await {
                Ok((_, record)) => Ok(Some(record)),
                Err(EngineError::NotFound(_)) => Ok(None),
                Err(error) if error.is_about_the_connection() => Err(error),
                Err(error) => {
                    tracing::warn!(id = row.id, %error, "a container could not be inspected");
                    Ok(Some(Record {
                        pid: 0,
                        container: shared.finish(convert::from_summary(&row)),
                        stop_timeout: None,
                        asked,
                    }))
                }
            }
        })
        .buffer_unordered(limit);
    let mut inventory = Inventory::default();
    while let Some(answer) = inspects.next().await {
        if let Some(record) = answer? {
            inventory.put(record);
        }
    }
    client.transport.trim();
    tracing::debug!(count, ms = began.elapsed().as_millis(), "containers read");
    Ok(inventory)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_half_a_minute() {
        let at = |tries| backoff(tries, 0.5).as_secs_f64().round() as u64;
        assert_eq!(
            [at(0), at(1), at(2), at(3), at(4), at(5), at(200)],
            [1, 2, 4, 8, 16, 30, 30]
        );
        assert!(backoff(0, 0.0) < backoff(0, 1.0));
        assert!(backoff(200, 1.0) <= LONGEST_WAIT.mul_f64(1.2));
    }
}
