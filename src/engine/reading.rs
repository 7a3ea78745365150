//! What is read from the engine for its memory: one container, one list, or
//! everything when a connection is opened.

use super::client::Client;
use super::convert;
use super::error::EngineError;
use super::events::Subject;
use super::inventory::{Inventory, Record};
use super::resources::{Listed, Resource};
use super::shared::Shared;
use super::transport::within;
use super::wire::{Summary, parse};
use futures_util::StreamExt as _;
use std::time::Duration;
use tokio::time::{Instant, timeout};

/// How long a list may take before the rest does without it.
const LIST: Duration = Duration::from_secs(10);

/// How long the inspect of one container may take at first. The engine answers none
/// while it is busy with that container, which can be for ever.
pub(super) const INSPECT: Duration = Duration::from_secs(5);
/// The same for one that has failed, which may be slow rather than hang.
pub(super) const INSPECT_AGAIN: Duration = Duration::from_secs(10);
/// How long all of them may take when a connection is opened, before the rest is
/// known from the list at first.
const FILL: Duration = Duration::from_secs(30);

/// What was asked for, and what came.
pub(super) enum Answer {
    Container(String, Result<Record, EngineError>),
    List(Resource, Result<Listed, EngineError>),
}

/// Reads one thing again; a container within `patience`.
pub(super) async fn read(
    shared: &Shared,
    client: &Client,
    subject: Subject,
    patience: Duration,
) -> Answer {
    match subject {
        Subject::Container(id) => {
            let read = inspect(shared, client, &id, patience).await;
            Answer::Container(id, read)
        }
        Subject::List(resource) => Answer::List(resource, shared.list(client, resource).await),
    }
}

/// Every list but that of the containers. One that fails, or takes long, is in
/// the way of nothing else.
pub(super) async fn list_all(
    shared: &Shared,
    client: &Client,
) -> [(Resource, Result<Listed, EngineError>); 3] {
    let one = |resource| async move {
        let listed = timeout(LIST, shared.list(client, resource)).await;
        let slow = EngineError::Timeout {
            seconds: LIST.as_secs(),
        };
        (resource, listed.unwrap_or(Err(slow)))
    };
    let (images, networks, volumes) = tokio::join!(
        one(Resource::Images),
        one(Resource::Networks),
        one(Resource::Volumes),
    );
    [images, networks, volumes]
}

/// Not when a proxy does not let it through, or the engine does not offer it.
pub(super) fn is_worth_a_retry(error: &EngineError) -> bool {
    !matches!(error, EngineError::Filtered(_) | EngineError::NotOffered(_))
}

pub(super) async fn list(client: &Client) -> Result<Vec<Summary>, EngineError> {
    let body = client.transport.get("/containers/json?all=1", "").await?;
    parse(&body)
}

async fn inspect(
    shared: &Shared,
    client: &Client,
    id: &str,
    patience: Duration,
) -> Result<Record, EngineError> {
    let asked = shared.next_request();
    let inspected = within(patience, shared.inspect(client, id)).await;
    match inspected {
        Err(error @ EngineError::TooLarge { .. }) => {
            let listed = list(client).await?;
            let row = listed.iter().find(|row| row.id == id);
            let missing = || EngineError::NotFound(id.to_owned());
            Ok(of_row(
                shared,
                row.ok_or_else(missing)?,
                asked,
                Some(&error),
            ))
        }
        other => other.map(|(_, record)| record),
    }
}

/// What the list says of a container, and why there is not more.
fn of_row(shared: &Shared, row: &Summary, asked: u64, why: Option<&EngineError>) -> Record {
    let mut container = convert::from_summary(row);
    container.error = why.map(|why| {
        format!("Only what the list of containers tells is known of it, because {why}.")
    });
    Record {
        pid: 0,
        container: shared.finish(container),
        stop_timeout: None,
        asked,
    }
}

/// What was read when a connection was opened.
pub(super) struct Filled {
    pub inventory: Inventory,
    /// The ids of those that could not be inspected, to be asked for again.
    pub failed: Vec<String>,
    /// Something failed in a way that throws doubt on the connection.
    pub is_connection_doubtful: bool,
}

/// A new inventory from the engine. One that vanishes meanwhile is left out; one that
/// cannot be inspected, or not in time, is kept with what the list says of it, and is
/// in the way of no other.
pub(super) async fn fill(shared: &Shared, client: &Client) -> Result<Filled, EngineError> {
    let began = Instant::now();
    let listed = list(client).await?;
    let count = listed.len();
    let limit = shared.settings.list_concurrency.max(1);
    let mut inspects = futures_util::stream::iter(listed)
        .map(|row| async move {
            let asked = shared.next_request();
            let patience = INSPECT.min(FILL.saturating_sub(began.elapsed()));
            match within(patience, shared.inspect(client, &row.id)).await {
                Ok((_, record)) => Some((record, None)),
                Err(error @ EngineError::TooLarge { .. }) => {
                    tracing::warn!(id = row.id, %error, "a container is known from the list only");
                    Some((of_row(shared, &row, asked, Some(&error)), None))
                }
                Err(EngineError::NotFound(_)) => None,
                Err(error) => {
                    tracing::warn!(id = row.id, %error, "a container could not be inspected, and is asked for again");
                    Some((of_row(shared, &row, asked, None), Some(error)))
                }
            }
        })
        .buffer_unordered(limit);
    let mut filled = Filled {
        inventory: Inventory::default(),
        failed: Vec::new(),
        is_connection_doubtful: false,
    };
    while let Some(answer) = inspects.next().await {
        let Some((record, error)) = answer else {
            continue;
        };
        if let Some(error) = error {
            filled.failed.push(record.container.id.clone());
            filled.is_connection_doubtful |= error.is_about_the_connection();
        }
        filled.inventory.put(record);
    }
    client.transport.trim();
    tracing::debug!(count, ms = began.elapsed().as_millis(), "containers read");
    Ok(filled)
}
