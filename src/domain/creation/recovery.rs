//! Recovery of creations that were interrupted: a container that was started,
//! or that has everything and was not to be started, is complete; anything less
//! is removed. Ours is known by its id, or by a name that only we give.

use super::Creation;
use super::request::CreateRequest;
use crate::domain::operations::{
    EntryKind, JournalEntry, Recovered, Recovery, require_same_engine,
};
use crate::engine::{EngineError, RemoveOptions};
use crate::error::Result;
use crate::model::container::temporary_name;
use crate::model::operation::OperationState;
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;

/// Version 2 creates under a temporary name and notes the id.
pub(super) const KIND: EntryKind = EntryKind {
    name: "create",
    version: 2,
};

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Content {
    pub name: String,
    /// Its name until it has all its networks.
    #[serde(default)]
    pub temporary_name: String,
    /// Known from the moment the engine has answered.
    #[serde(default)]
    pub id: Option<String>,
    #[serde(default)]
    pub start: bool,
    #[serde(default)]
    pub takes_over: bool,
    #[serde(default)]
    pub annotation: Value,
    /// The engine that it is created on, if that is known.
    #[serde(default)]
    pub engine: Option<String>,
}

impl Content {
    pub fn new(
        entry: &JournalEntry,
        name: &str,
        request: &CreateRequest,
        engine: Option<String>,
    ) -> Self {
        Self {
            name: name.to_owned(),
            temporary_name: temporary_name(name, entry.operation()),
            id: None,
            start: request.start,
            takes_over: request.takes_over,
            annotation: request.annotation().to_json(),
            engine,
        }
    }
}

/// The recovery of creations.
#[derive(Debug)]
pub struct CreationRecovery(pub Arc<Creation>);

impl Recovery for CreationRecovery {
    fn kind(&self) -> EntryKind {
        KIND
    }

    fn recover<'a>(&'a self, entry: &'a mut JournalEntry) -> BoxFuture<'a, Result<Recovered>> {
        Box::pin(self.0.recover_entry(entry))
    }
}

impl Creation {
    async fn recover_entry(self: &Arc<Self>, entry: &mut JournalEntry) -> Result<Recovered> {
        let content: Content = entry.read()?;
        require_same_engine(content.engine.as_deref(), self.engine.identity())?;
        let removed = Recovered::new(
            OperationState::RolledBack,
            "was interrupted. Nothing half-created remains.",
        );
        let found = match &content.id {
            Some(id) => self.engine.current(id).await?,
            None if content.temporary_name.is_empty() => None,
            None => self.engine.current(&content.temporary_name).await?,
        };
        let Some(found) = found else {
            return Ok(removed);
        };
        let ready = !content.start && found.name == content.name;
        // Others may have renamed it since: then it is theirs.
        let theirs = found.name != content.name && found.name != content.temporary_name;
        if found.started_at.is_none() && !ready && !theirs {
            // Podman would remove volumes that it was given by name, too.
            self.remove_half_created(&content, !self.engine.is_podman())
                .await?;
            return Ok(removed);
        }
        let annotation = self.containers.annotation_from_journal(content.annotation);
        let pending = self
            .containers
            .created(&found.id, content.takes_over, annotation)
            .await?;
        Ok(Recovered {
            pending,
            ..Recovered::new(
                OperationState::Succeeded,
                "was interrupted at its end. The container was created.",
            )
        })
    }

    /// # Errors
    /// When it may still be there: try again later.
    pub(super) async fn remove_half_created(&self, content: &Content, volumes: bool) -> Result<()> {
        let remove = RemoveOptions {
            force: true,
            volumes,
        };
        for reference in content.id.iter().chain([&content.temporary_name]) {
            let Some(found) = self.engine.current(reference).await? else {
                continue;
            };
            match self.engine.remove_container(&found.id, remove).await {
                Ok(_) | Err(EngineError::NotFound(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}
