//! Recovery of a migration that was interrupted: put back, or completed where all was done.

use super::journal::{Content, KIND, Stage};
use super::restore::restore;
use super::{NetworkService, done};
use crate::domain::operations::{
    EntryKind, JournalEntry, Recovered, Recovery, require_same_engine,
};
use crate::error::Result;
use crate::model::operation::OperationState;
use futures_util::future::BoxFuture;
use std::sync::Arc;

/// Brings interrupted migrations of networks to an end.
#[derive(Debug)]
pub struct MigrationRecovery(pub Arc<NetworkService>);

impl Recovery for MigrationRecovery {
    fn kind(&self) -> EntryKind {
        KIND
    }

    fn recover<'a>(&'a self, entry: &'a mut JournalEntry) -> BoxFuture<'a, Result<Recovered>> {
        Box::pin(self.0.recover_migration(entry))
    }
}

impl NetworkService {
    async fn recover_migration(&self, entry: &mut JournalEntry) -> Result<Recovered> {
        let mut content: Content = entry.read()?;
        require_same_engine(content.engine.as_deref(), self.engine.identity())?;
        let _alone = self.changing.lock().await;
        if content.stage == Stage::Committed {
            let message = format!(
                "was interrupted at its end, and was completed. {}",
                done(&content)
            );
            let mut recovered = Recovered::new(OperationState::Succeeded, message);
            recovered.pending = self.finished(&content)?;
            return Ok(recovered);
        }
        restore(&self.engine, entry, &mut content).await?;
        Ok(Recovered::new(
            OperationState::RolledBack,
            "was interrupted and rolled back. Everything is as it was before.",
        ))
    }
}
