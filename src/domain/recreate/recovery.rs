//! Recovery of recreations that were interrupted.

use super::group::Member;
use super::journal::{self, Journal};
use super::phase::Phase;
use super::plan::RecreateService;
use super::{apply, rollback};
use crate::domain::operations::{
    EntryKind, JournalEntry, Recovered, Recovery, require_same_engine,
};
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::model::container::{Health, State};
use crate::model::operation::OperationState;
use futures_util::future::BoxFuture;

/// What is there of the containers of an entry that was left open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Remains {
    /// None of them, old or new: they are another engine's, or others have removed all.
    Nothing,
    /// Every old one is gone, and every new one has its name and is as it should be:
    /// there is nothing to go back to, and no reason for it.
    OnlyNew,
    /// What can be rolled back.
    Both,
}

/// Looks, and changes nothing.
async fn remains(engine: &Engine, members: &[Member]) -> Result<Remains> {
    let mut any = false;
    let mut only_new = true;
    for member in members {
        let mut olds = vec![&member.old_id, &member.backup_name];
        olds.extend(&member.restored_id);
        for reference in olds {
            if engine.current(reference).await?.is_some() {
                return Ok(Remains::Both);
            }
        }
        let new = match &member.new_id {
            Some(id) => engine.current(id).await?,
            None => engine.current(&member.temporary_name).await?,
        };
        any |= new.is_some();
        only_new &= new.is_some_and(|new| {
            new.name == member.name
                && (!member.runs()
                    || (new.state == State::Running && new.health != Health::Unhealthy))
        });
    }
    Ok(match (any, only_new) {
        (false, _) => Remains::Nothing,
        (true, true) => Remains::OnlyNew,
        (true, false) => Remains::Both,
    })
}

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
        require_same_engine(journal.content.engine.as_deref(), self.engine().identity())?;
        let mut ended = "was interrupted at its end, and was completed.";
        if journal.content.phase < Phase::Committed {
            match remains(self.engine(), &journal.content.members).await? {
                // Its data may not be mounted yet.
                Remains::Nothing if self.engine().images()?.is_empty() => {
                    return Err(Error::conflict(
                        "None of its containers is there, and no image either: the engine's data is probably somewhere else. Bring it back, or discard this operation.",
                    ));
                }
                Remains::OnlyNew => {
                    journal.enter(Phase::Committed).await?;
                    ended = "was interrupted. Only what it created is left, and is as it should be, so it was completed.";
                }
                Remains::Nothing | Remains::Both => {}
            }
        }
        if journal.content.phase < Phase::Committed {
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
