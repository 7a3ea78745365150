//! What is read from the engine for its memory: one container, one list, or
//! everything when a connection is opened.

use super::client::Client;
use super::convert;
use super::error::EngineError;
use super::events::Subject;
use super::inventory::{Inventory, Record};
use super::resources::{Listed, Resource};
use super::shared::Shared;
use super::wire::{Summary, parse};
use futures_util::StreamExt as _;
use std::time::Duration;
use tokio::time::{Instant, timeout};

/// How long a list may take before the rest does without it.
const LIST: Duration = Duration::from_secs(10);

/// What was asked for, and what came.
pub(super) enum Answer {
    Container(String, Result<Record, EngineError>),
    List(Resource, Result<Listed, EngineError>),
}

pub(super) async fn read(shared: &Shared, client: &Client, subject: Subject) -> Answer {
    match subject {
        Subject::Container(id) => {
            let read = shared.inspect(client, &id).await;
            Answer::Container(id, read.map(|(_, record)| record))
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

/// A new inventory from the engine. One that vanishes meanwhile is left out;
/// one that cannot be inspected is kept with what the list says of it, and its
/// id is among those to be asked for again.
pub(super) async fn fill(
    shared: &Shared,
    client: &Client,
) -> Result<(Inventory, Vec<String>), EngineError> {
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
