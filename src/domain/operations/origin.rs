//! What an operation was started with: the id that the client gave its request,
//! so that it can ask again what became of it, and what it asked for, so that a
//! person can change that and try again.

use super::{KEEP, Operations};
use crate::error::{Error, Kind, Result};
use crate::model::operation::Operation;
use crate::store::KeyedDigest;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Failed operations whose request is kept in memory.
const KEEP_REQUESTS: usize = 20;
/// A request is not sent again after so long; its id may stand for another by then.
const KEEP_FOR: Duration = Duration::from_hours(24);

/// The request of a client that is carried out.
#[derive(Debug, Clone)]
pub struct ClientRequest {
    /// The client's own name for it.
    pub id: String,
    /// Tells it from other requests: a text made from all that is in it.
    pub fingerprint: String,
}

tokio::task_local! {
    static REQUEST: ClientRequest;
}

/// The operations that are started within `work` carry this id of the client's.
/// It is a property of the task, so that an operation has it from its first
/// moment on, and no handler can forget it.
pub async fn with_request<T>(request: ClientRequest, work: impl Future<Output = T>) -> T {
    REQUEST.scope(request, work).await
}

pub(super) fn request() -> Option<ClientRequest> {
    REQUEST.try_with(Clone::clone).ok()
}

/// What is known of the beginnings of operations.
#[derive(Debug, Default)]
pub(super) struct Origins {
    /// Operations of earlier runs of the program, by the client's id. Never more
    /// than are stored; what this run was asked, the HTTP side knows.
    earlier: BTreeMap<String, String>,
    digest: KeyedDigest,
    /// What failed operations were asked for, by their ids. It may hold secrets,
    /// and is never stored.
    requests: Mutex<BTreeMap<String, Arc<Value>>>,
}

impl Origins {
    pub fn new(stored: impl IntoIterator<Item = Operation>, digest: KeyedDigest) -> Self {
        let mut earlier = BTreeMap::new();
        // The newest first: one that was sent again stands for its request.
        for operation in stored {
            let is_recent = operation.started_at.age() < KEEP_FOR;
            if let Some(id) = operation.request_id.filter(|_| is_recent) {
                earlier.entry(id).or_insert(operation.id);
            }
        }
        Self {
            earlier,
            digest,
            requests: Mutex::default(),
        }
    }

    /// What is stored of a request: it may hold secrets, which a plain digest would
    /// allow to guess.
    pub fn digest(&self, request: &ClientRequest) -> Option<String> {
        let text = format!("request:{}", request.fingerprint);
        self.digest.of(&text)
    }

    pub fn keep(&self, operation: &str, request: Value) {
        let mut all = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(operation.to_owned(), Arc::new(request));
        while all.len() > KEEP_REQUESTS {
            all.pop_first();
        }
    }

    pub fn request(&self, operation: &str) -> Option<Arc<Value>> {
        self.requests
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(operation)
            .cloned()
    }
}

/// One id stands for one request.
pub fn key_reused() -> Error {
    Error::new(
        Kind::KeyReused,
        "This Idempotency-Key was sent with another request before. Send a new key with each change; repeat a key only with the very same method, address and body.",
    )
}

impl Operations {
    /// The operation that a request with this id of the client's has started in
    /// an earlier run of the program.
    ///
    /// # Errors
    /// `KeyReused` when that request was another one.
    pub fn started_earlier(&self, request: &ClientRequest) -> Result<Option<String>> {
        let origins = &self.inner.origins;
        let Some(id) = origins.earlier.get(&request.id) else {
            return Ok(None);
        };
        let Ok(operation) = self.get(id) else {
            return Ok(None);
        };
        // Versions before this kept no digest, and none is made without a key.
        let known = operation.request_digest.zip(origins.digest(request));
        if known.is_some_and(|(earlier, now)| earlier != now) {
            return Err(key_reused());
        }
        Ok(Some(operation.id))
    }

    /// What a failed operation was asked for.
    ///
    /// # Errors
    /// Not found, when there is no such operation or this is no longer known.
    pub fn request(&self, id: &str) -> Result<Arc<Value>> {
        let operation = self.get(id)?;
        self.inner.origins.request(id).ok_or_else(|| {
            Error::not_found(format!(
                "What \"{}\" was asked for is no longer known: it is kept for the last {KEEP_REQUESTS} failed creations, and until DockerMate restarts.",
                operation.title
            ))
        })
    }

    /// Of the operations that are stored, those that carry an id of a client's.
    pub(super) fn origins(store: &crate::store::Store) -> Result<Origins> {
        let most = usize::try_from(KEEP).unwrap_or(usize::MAX);
        Ok(Origins::new(
            store.operations(most)?,
            store.command_digest()?,
        ))
    }
}

impl super::Task {
    /// What it was asked for: kept in memory if it fails.
    pub fn requested(&self, request: &impl Serialize) {
        let Ok(request) = serde_json::to_value(request) else {
            return;
        };
        if let Some(running) = self.operations().running().get_mut(self.id()) {
            running.request = Some(request);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_of_the_newest_failed_operations_are_kept_and_no_more() {
        let origins = Origins::default();
        for number in 0..30 {
            origins.keep(&format!("{number:02}"), number.into());
        }
        assert_eq!(origins.request("09"), None);
        assert_eq!(origins.request("10").as_deref(), Some(&Value::from(10)));
        assert_eq!(origins.request("29").as_deref(), Some(&Value::from(29)));
    }

    #[tokio::test]
    async fn request_id_is_that_of_the_task_and_of_no_other() {
        let asked = ClientRequest {
            id: "abc".to_owned(),
            fingerprint: "f".to_owned(),
        };
        let id = with_request(asked, async { request() }).await;
        assert_eq!(id.map(|request| request.id).as_deref(), Some("abc"));
        assert!(request().is_none());
    }
}
