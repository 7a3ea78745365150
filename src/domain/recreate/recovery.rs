//! Recovery of recreations that were interrupted.

use super::journal::{self, Journal};
use super::phase::Phase;
use super::plan::RecreateService;
use super::{apply, rollback};
use crate::domain::operations::{EntryKind, JournalEntry, Recovered, Recovery};
use crate::error::Result;
use crate::model::operation::OperationState;
use futures_util::future::BoxFuture;

impl Recovery for RecreateService {
    fn kind(&self) -> EntryKind {
        journal::KIND
    }

    fn recover<'a>(&'a self, entry: &'a mut JournalEntry) -> BoxFuture<'a, Result<Recovered>> {
        Box::pin(self.recover_entry(entry))
    }
}

impl RecreateService {
    async fn recover_entry(&self, entry: &mut JournalEntry) -> Result<Recovered> {
        let mut journal = Journal::read(entry)?;
        if journal.content.phase < Phase::Committed {
            let message = match rollback::roll_back(self.engine(), &mut journal).await? {
                None => "was interrupted. Everything is as it was before.".to_owned(),
                Some(problem) => format!("was interrupted and rolled back. {problem}"),
            };
            return Ok(Recovered::new(OperationState::RolledBack, message));
        }
        let members = &journal.content.members;
        let kept = apply::clean_up(self.engine(), members).await?;
        let mut message = "was interrupted at its end, and was completed.".to_owned();
        for kept in &kept {
            message.push(' ');
            message.push_str(kept);
        }
        let created: Vec<(String, String)> = members
            .iter()
            .map(|member| (member.name.clone(), member.new_id().to_owned()))
            .collect();
        let annotation = journal.content.pending_annotation.clone();
        let pending = self
            .containers()
            .replaced(
                &created,
                self.containers().annotation_from_journal(annotation),
            )
            .await?;
        Ok(Recovered {
            pending,
            ..Recovered::new(OperationState::Succeeded, message)
        })
    }
}
