//! One connection to the engine, from its opening to its end: the event stream,
//! and the memory that it keeps current.
//!
//! Invariant: the status is `Up` only while the event stream is open and the
//! inventory has been filled since it was opened.

use super::client::Client;
use super::convert;
use super::error::EngineError;
use super::events::{self, Coalescer, Hint, retry_after};
use super::inventory::{Change, Inventory, Record};
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
use std::time::Duration;
use tokio::time::{Instant, sleep_until, timeout};

/// How long a doubtful engine has to answer a ping.
const PING: Duration = Duration::from_secs(5);
/// The head of a quiet event stream may take any time.
const YEAR: Duration = Duration::from_secs(365 * 24 * 3600);

type Events = Pin<Box<dyn Stream<Item = Result<EventMessage, bollard::errors::Error>> + Send>>;

pub(super) struct Session<'a> {
    shared: &'a Shared,
    client: Client,
    events: Events,
    pending: Coalescer,
}

impl<'a> Session<'a> {
    /// Opens the event stream, reads everything, and reports `Up`.
    pub async fn open(shared: &'a Shared, client: Client) -> Result<Self, EngineError> {
        // The engine replays what happened since its own "now", so nothing between
        // the list and the opening of the stream is missed.
        let mut options = EventsOptionsBuilder::new().filters(&events::filters());
        if let Some(clock) = client.clock {
            options = options.since(&clock.to_string());
        }
        let patient = client.docker.clone().with_timeout(YEAR);
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
                filled = &mut reading => {
                    let (inventory, failed) = filled?;
                    for id in failed {
                        pending.retry(&id, Instant::now());
                    }
                    return Ok(inventory);
                }
                event = events.next() => match to_hint(event)? {
                    // Looked at after the reading, whatever it was.
                    Some(Hint::Look(id) | Hint::Gone(id)) => pending.touch(id, Instant::now()),
                    None => {}
                },
            }
        }
    }

    /// Keeps the inventory current; returns why it could not any longer.
    pub async fn run(&mut self) -> String {
        let shared = self.shared;
        let mut inspects = FuturesUnordered::new();
        let limit = shared.settings.list_concurrency.max(1);
        let mut reconcile = Instant::now() + shared.settings.reconcile_every;
        let mut failures = 0;
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
                    match shared.apply(&id, answer) {
                        Ok(_) => self.pending.finished(&id, Instant::now()),
                        Err(error) => self.inspect_failed(&id, &error),
                    }
                }
                () = sleep_until(next.unwrap_or_else(Instant::now)), if next.is_some() => {}
                () = shared.check_connection.notified() => {
                    if let Err(error) = ping(&self.client).await {
                        return error;
                    }
                }
                () = sleep_until(reconcile) => {
                    let wait = match self.reconcile().await {
                        Ok(()) => {
                            failures = 0;
                            shared.settings.reconcile_every
                        }
                        Err(error) => {
                            if let Err(error) = ping(&self.client).await {
                                return error;
                            }
                            failures += 1;
                            tracing::warn!(%error, "the list could not be compared");
                            retry_after(failures).min(shared.settings.reconcile_every)
                        }
                    };
                    reconcile = Instant::now() + wait;
                }
            }
        }
    }

    /// It is asked again; said once, not at each try.
    fn inspect_failed(&mut self, id: &str, error: &EngineError) {
        if self.pending.failed(id, Instant::now()) == 1 {
            tracing::warn!(id, %error, "a container could not be inspected, and is asked for again");
        } else {
            tracing::debug!(id, %error, "a container still cannot be inspected");
        }
        if error.is_about_the_connection() {
            self.shared.check_connection.notify_one();
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
        Some(Err(error)) => {
            tracing::debug!(%error, "the event stream broke off");
            match EngineError::from_bollard(error, "") {
                EngineError::Unavailable(_) | EngineError::Protocol(_) => Err(lost()),
                answered => Err(answered),
            }
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
/// one that cannot be inspected is kept with what the list says of it, and its
/// id is among those to be asked for again.
async fn fill(shared: &Shared, client: &Client) -> Result<(Inventory, Vec<String>), EngineError> {
    let began = Instant::now();
    let listed = list(client).await?;
    let count = listed.len();
    let limit = shared.settings.list_concurrency.max(1);
    let mut inspects = futures_util::stream::iter(listed)
        .map(|row| async move {
            let asked = shared.next_request();
            match shared.inspect(client, &row.id).await {
                Ok((_, record)) => Ok(Some((record, true))),
                Err(EngineError::NotFound(_)) => Ok(None),
                Err(error) if error.is_about_the_connection() => Err(error),
                Err(error) => {
                    tracing::warn!(id = row.id, %error, "a container could not be inspected, and is asked for again");
                    let record = Record {
                        pid: 0,
                        container: shared.finish(convert::from_summary(&row)),
                        stop_timeout: None,
                        asked,
                    };
                    Ok(Some((record, false)))
                }
            }
        })
        .buffer_unordered(limit);
    let mut inventory = Inventory::default();
    let mut failed = Vec::new();
    while let Some(answer) = inspects.next().await {
        if let Some((record, inspected)) = answer? {
            if !inspected {
                failed.push(record.container.id.clone());
            }
            inventory.put(record);
        }
    }
    client.transport.trim();
    tracing::debug!(count, ms = began.elapsed().as_millis(), "containers read");
    Ok((inventory, failed))
}
