//! What is written before it is done. An entry says who is to be replaced by
//! what; how far that went is read off the engine, so that no crash between an
//! act and its note can mislead the recovery.

use super::group::Member;
use super::phase::Phase;
use super::plan::Purpose;
use super::tag::TagMove;
use super::{PendingUpdate, RecreateOptions, Replacement};
use crate::domain::operations::{EntryKind, JournalEntry, Task};
use crate::error::{Error, Result};
use crate::model::operation::Target;
use crate::store::Commit;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::time::{Duration, Instant};

/// Version 2 notes when the old container was started, and what a rollback has
/// created again.
pub(super) const KIND: EntryKind = EntryKind {
    name: "recreate",
    version: 2,
};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Content {
    pub phase: Phase,
    /// The one that was asked for, then its dependents in order.
    pub members: Vec<Member>,
    /// The engine that they are on, if that is known.
    #[serde(default)]
    pub engine: Option<String>,
    /// Without a health check: how long a new one must stay up.
    #[serde(default)]
    pub stable_seconds: Option<u64>,
    /// What is stored as the annotation of the first once the new ones work.
    #[serde(default, alias = "afterwards")]
    pub pending_annotation: Value,
    /// Of an update: its entry in the history.
    #[serde(default)]
    pub update: Option<String>,
    /// The new ones did not work: what is left is the rollback.
    #[serde(default)]
    pub failed: bool,
    /// The tag that names another image while the new ones are watched, and after.
    #[serde(default)]
    pub tag: Option<TagMove>,
}

/// A recreation that is under way, as the journal has it.
#[derive(Debug)]
pub(super) struct Journal<'a> {
    entry: &'a mut JournalEntry,
    pub content: Content,
    /// When this run of the program began it; `None` when an earlier one did.
    began: Option<Instant>,
}

impl<'a> Journal<'a> {
    /// Nothing is written yet.
    pub fn begin(
        entry: &'a mut JournalEntry,
        group: &[Replacement],
        engine: Option<String>,
        options: &RecreateOptions,
    ) -> Self {
        let operation = entry.operation().to_owned();
        let members = group
            .iter()
            .map(|one| Member::new(&operation, one))
            .collect();
        let content = Content {
            phase: Phase::Preparing,
            members,
            engine,
            stable_seconds: Some(options.stable.as_secs()),
            pending_annotation: options.pending_annotation.clone(),
            update: options
                .update
                .as_ref()
                .map(|update| update.entry.id.clone()),
            failed: false,
            tag: options
                .update
                .as_ref()
                .and_then(|update| update.tag.clone()),
        };
        Self {
            entry,
            content,
            began: Some(Instant::now()),
        }
    }

    /// One that was left open.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn read(entry: &'a mut JournalEntry) -> Result<Self> {
        let content: Content = entry.read()?;
        if content.members.is_empty() {
            return Err(Error::internal("The journal entry names no container."));
        }
        Ok(Self {
            entry,
            content,
            began: None,
        })
    }

    /// The first write, with which the history knows of an update.
    pub async fn write_first(&mut self, update: Option<&PendingUpdate>) -> Result<()> {
        let mut commit = Commit::new();
        if let Some(update) = update {
            commit = commit.put_update_history(update.entry.clone());
        }
        self.entry.write_with(&self.content, commit).await
    }

    /// Committed to disk when it returns.
    pub async fn write(&mut self) -> Result<()> {
        self.entry.write(&self.content).await
    }

    pub async fn enter(&mut self, phase: Phase) -> Result<()> {
        self.content.phase = phase;
        self.write().await
    }

    /// Whether the new ones have been watched all the time, and for no longer than this.
    pub fn is_trial(&self, longest: Duration) -> bool {
        self.began.is_some_and(|began| began.elapsed() <= longest)
    }

    /// Ids of the old containers, and of what stands for each of them once the new ones
    /// work.
    pub fn replaced(&self) -> Vec<(String, String)> {
        self.successors(|member| member.new_id.as_ref())
    }

    /// The same after a rollback, of those that it has created again.
    pub fn restored(&self) -> Vec<(String, String)> {
        self.successors(|member| member.restored_id.as_ref())
    }

    fn successors(&self, of: fn(&Member) -> Option<&String>) -> Vec<(String, String)> {
        let members = self.content.members.iter();
        members
            .filter_map(|member| Some((member.old_id.clone(), of(member)?.clone())))
            .collect()
    }

    pub fn first_name(&self) -> &str {
        self.content
            .members
            .first()
            .map_or("", |member| &member.name)
    }
}

/// The entry for a group, not written yet.
pub(super) fn entry(task: &Task, group: &[Replacement], purpose: Purpose) -> JournalEntry {
    let names = group.iter().map(|one| one.snapshot.container.name.as_str());
    let targets: Vec<Target> = Target::containers(names);
    let first = targets.first().map_or("", |target| &target.name);
    task.journal(KIND, purpose.title(first), targets.clone())
}
