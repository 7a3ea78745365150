//! Recovery of recreations that were interrupted.

use super::apply;
use super::journal::{self, Journal};
use super::phase::Phase;
use super::plan::RecreateService;
use super::rollback::{self, Remains};
use crate::domain::operations::{EntryKind, JournalEntry, Recovered, Recovery};
use crate::error::{Error, Result};
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
        if let (Some(its), Some(now)) = (&journal.content.engine, self.engine().identity())
            && *its != now
        {
            return Err(Error::conflict(
                "Another engine is connected, or this one with another data folder. Connect the one that it ran on, or discard this operation.",
            ));
        }
        let mut ended = "was interrupted at its end, and was completed.";
        let mut is_committed = journal.content.phase == Phase::Committed;
        if !is_committed {
            match rollback::remains(self.engine(), &journal.content.members).await? {
                // Its data may not be mounted yet.
                Remains::Nothing if self.engine().images()?.is_empty() => {
                    return Err(Error::conflict(
                        "None of its containers is there, and no image either: the engine's data is probably somewhere else. Bring it back, or discard this operation.",
                    ));
                }
                Remains::OnlyNew => {
                    journal.enter(Phase::Committed).await?;
                    ended = "was interrupted. Only what it created is left, and is as it should be, so it was completed.";
                    is_committed = true;
                }
                Remains::Nothing | Remains::Both => {}
            }
        }
        if !is_committed {
            let message = match rollback::roll_back(self.engine(), &mut journal).await? {
                None => "was interrupted. Everything is as it was before.".to_owned(),
                Some(problem) => format!("was interrupted and rolled back. {problem}"),
            };
            return Ok(Recovered::new(OperationState::RolledBack, message));
        }
        let members = &journal.content.members;
        let kept = apply::clean_up(self.engine(), members).await?;
        let mut message = ended.to_owned();
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
