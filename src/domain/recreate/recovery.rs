//! Recovery of recreations that were interrupted.

use super::group::Member;
use super::journal::{self, Journal};
use super::phase::Phase;
use super::plan::RecreateService;
use super::{STABLE, apply, rollback, tag, verify};
use crate::domain::operations::{
    EntryKind, JournalEntry, Recovered, Recovery, require_same_engine,
};
use crate::engine::Engine;
use crate::error::{Error, Kind, Result};
use crate::model::operation::OperationState;
use crate::model::timestamp::Timestamp;
use crate::model::update_history::UpdateOutcome;
use futures_util::future::BoxFuture;
use std::time::Duration;

/// What is there of the containers of an entry that was left open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Remains {
    /// None of them, old or new: they are another engine's, or others have removed all.
    Nothing,
    /// None of them, and their names belong to others: what was done since is not
    /// to be undone by an entry from before.
    Superseded,
    /// Every old one is gone, and every new one has its name and has been started
    /// if it was to be: it is the owner's container now, whatever it does.
    OnlyNew,
    /// Every old one is gone, and not by a stop or for a rollback: the commit has removed
    /// them. What stands under its name is the owner's; others may have become of the rest.
    Committed,
    /// What can be rolled back.
    Both,
}

/// Looks, and changes nothing.
async fn remains(engine: &Engine, members: &[Member]) -> Result<Remains> {
    let mut any = false;
    let mut only_new = true;
    let mut superseded = true;
    // Under their names, and created but not all the way there.
    let (mut standing, mut unfinished) = (false, false);
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
        let is_standing = new.as_ref().is_some_and(|new| {
            new.name == member.name && (!member.runs() || new.started_at.is_some())
        });
        only_new &= is_standing;
        standing |= is_standing;
        unfinished |= !is_standing && new.is_some_and(|new| member.names_new(&new.name));
        superseded &= engine.current(&member.name).await?.is_some();
    }
    Ok(match (any, only_new) {
        (false, _) if superseded => Remains::Superseded,
        (false, _) => Remains::Nothing,
        (true, true) => Remains::OnlyNew,
        (true, false) if standing && !unfinished && only_commit_removes(members) => {
            Remains::Committed
        }
        (true, false) => Remains::Both,
    })
}

/// Whether old ones that are gone were removed by the commit: one of them does not go by
/// itself when it stops, and no rollback has begun to create any of them again.
fn only_commit_removes(members: &[Member]) -> bool {
    members.iter().any(|member| !member.auto_remove)
        && members.iter().all(|member| {
            !member.rebuild && member.restored_id.is_none() && member.restored_references.is_none()
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
    /// A new one that the engine removes when it ends has to be watched while the
    /// journal still has what creates the old one again. Any other stays whatever
    /// it does, and one that has run for long has proven itself.
    async fn verify_unverified(&self, journal: &Journal<'_>) -> Result<()> {
        let engine = self.engine();
        let content = &journal.content;
        let stable = content.stable_seconds.map_or(STABLE, Duration::from_secs);
        for member in content.members.iter().filter(|member| member.runs()) {
            let Some(new) = engine.current(member.new_id()).await? else {
                // It has ended since.
                return Err(verify::removed(&member.name));
            };
            let age = new.started_at.map(Timestamp::age);
            if !new.auto_remove || age.is_some_and(|age| age > rollback::TRIAL) {
                continue;
            }
            let criteria = apply::criteria(member, stable);
            verify::wait_until_ready(engine, member.new_id(), criteria, |_| {}).await?;
        }
        Ok(())
    }

    /// A rollback that has put the tag back may have begun, and nothing is left of what
    /// it would have restored.
    async fn commit(&self, journal: &mut Journal<'_>) -> Result<()> {
        if let Some(tag) = &journal.content.tag
            && let Err(error) = tag::complete(self.engine(), tag).await
        {
            // A proxy that lets no tag be moved is not waited for.
            self.engine().require_open().await?;
            tracing::warn!(%error, reference = tag.reference, "a tag could not be moved");
        }
        journal.enter(Phase::Committed).await
    }

    async fn recover_entry(&self, entry: &mut JournalEntry) -> Result<Recovered> {
        let mut journal = Journal::read(entry)?;
        require_same_engine(journal.content.engine.as_deref(), self.engine().identity())?;
        let mut cause = None;
        let mut how = "was interrupted at its end, and was completed.";
        if journal.content.phase < Phase::Committed {
            match remains(self.engine(), &journal.content.members).await? {
                // Its data may not be mounted yet.
                Remains::Nothing if self.engine().images()?.is_empty() => {
                    return Err(Error::conflict(
                        "None of its containers is there, and no image either: the engine's data is probably somewhere else. Bring it back, or discard this operation.",
                    ));
                }
                Remains::Superseded => {
                    return Ok(ended(
                        &journal,
                        OperationState::RolledBack,
                        "was interrupted. None of its containers is left and others have their names, so nothing was changed.".to_owned(),
                    ));
                }
                Remains::OnlyNew => match self.verify_unverified(&journal).await {
                    Ok(()) => {
                        self.commit(&mut journal).await?;
                        how = "was interrupted. Only what it created is left, so it was completed.";
                    }
                    Err(error) if error.kind == Kind::EngineUnavailable => return Err(error),
                    Err(error) => {
                        self.engine().require_open().await?;
                        cause = Some(error);
                    }
                },
                Remains::Committed => {
                    self.commit(&mut journal).await?;
                    how = "was interrupted. Only what it created is left, so it was completed.";
                }
                Remains::Nothing | Remains::Both => {}
            }
        }
        journal.content.failed |= cause.is_some();
        if journal.content.phase < Phase::Committed {
            let problem = rollback::roll_back(self.engine(), &mut journal).await?;
            let mut message = "was interrupted and rolled back.".to_owned();
            for told in cause.map(|cause| cause.message).iter().chain(&problem) {
                message.push(' ');
                message.push_str(told);
            }
            if problem.is_none() {
                message.push_str(" Everything is as it was before.");
            }
            return Ok(ended(&journal, OperationState::RolledBack, message));
        }
        let members = &journal.content.members;
        let kept = apply::clean_up(self.engine(), members).await?;
        let mut message = how.to_owned();
        for kept in &kept {
            message.push(' ');
            message.push_str(kept);
        }
        let created: Vec<(String, String)> = members
            .iter()
            .filter_map(|member| Some((member.name.clone(), member.new_id.clone()?)))
            .collect();
        let annotation = journal.content.pending_annotation.clone();
        let mut recovered = ended(&journal, OperationState::Succeeded, message);
        let pending = self
            .containers()
            .replaced(
                &created,
                self.containers().annotation_from_journal(annotation),
            )
            .await?;
        recovered.pending = recovered.pending.and(pending);
        Ok(recovered)
    }
}

/// How it ended, for the operation and for the history of updates.
fn ended(journal: &Journal<'_>, state: OperationState, message: String) -> Recovered {
    let mut recovered = Recovered::new(state, message);
    let successors = match state {
        OperationState::Succeeded => journal.replaced(),
        _ => journal.restored(),
    };
    let commit = std::mem::take(&mut recovered.pending.commit);
    recovered.pending.commit = commit.follow_in_update_history(successors);
    if let Some(update) = &journal.content.update {
        let outcome = match state {
            OperationState::Succeeded => UpdateOutcome::Succeeded,
            _ => UpdateOutcome::RolledBack,
        };
        let told = format!("It {}", recovered.message);
        let commit = std::mem::take(&mut recovered.pending.commit);
        let mut commit = commit.end_update_history(update, outcome, told);
        if outcome == UpdateOutcome::RolledBack && !journal.content.failed {
            commit = commit.interrupted_update_history(update);
        }
        recovered.pending.commit = commit;
    }
    recovered
}
