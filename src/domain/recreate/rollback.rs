//! The rollback. It reads off the engine how far things went, so that it can
//! be run after any crash, and again after its own. It changes containers by
//! ids, or by names that only an operation of ours gives: people may have
//! removed, renamed or started what the journal names since.

use super::apply::{is_gone, remove_old};
use super::group::{Member, PreviousState, ReplacedIds};
use super::journal::Journal;
use super::phase::Phase;
use super::restore::{
    Restored, create_missing, has_only_id, left_stopped, restart_policy_command, restore_old,
    start_again,
};
use super::{tag, verify};
use crate::engine::{Engine, EngineError, RemoveOptions, StopOptions};
use crate::error::{Error, Kind, Result};
use crate::model::container::Container;
use crate::model::volume::VolumeOrigin;
use std::time::Duration;

/// Longer than any new container is watched before it is kept.
pub(super) const TRIAL: Duration = Duration::from_hours(1);

/// Everything as it was. Volumes that the new ones brought along are removed
/// with them; those of the old ones stay.
///
/// # Errors
/// When the engine does not answer: try again later. An old container that
/// is restored but cannot be started is not an error: the sentence says so, and
/// trying again would not help.
pub(super) async fn roll_back(
    engine: &Engine,
    journal: &mut Journal<'_>,
) -> Result<Option<String>> {
    let phase = journal.content.phase;
    let is_trial = journal.is_trial(TRIAL);
    engine.require_open().await?;
    for member in journal.content.members.iter().rev() {
        await_pending_stop(engine, phase, member).await?;
    }
    if phase == Phase::Preparing {
        // The old ones were not touched yet.
        for member in journal.content.members.iter().rev() {
            remove_new(engine, member, is_trial).await?;
        }
        return restore_tag(engine, journal).await;
    }
    let mut problems = Vec::new();
    // First: what is created again is to be created from its tag, and not from an id, which
    // no update ever follows. The containers come back without it, too.
    let tag = restore_tag(engine, journal).await;
    if tag.is_err() {
        engine.require_open().await?;
    }
    let is_tag_done = tag.is_ok();
    problems.extend(tag.ok().flatten());
    let mut replaced = ReplacedIds::default();
    // Before the new ones go: one of the two must remain.
    let failed = create_missing(engine, journal, &mut replaced, &mut problems).await?;
    let mut theirs = Vec::new();
    let mut nothing_left = false;
    if !is_trial {
        note_kept_volumes(engine, journal).await?;
    }
    for (at, member) in journal.content.members.iter().enumerate().rev() {
        if let Some((_, error)) = failed.iter().find(|(of, _)| *of == at) {
            let kept = keep_new(engine, member).await?;
            nothing_left |= !kept;
            problems.push(not_created_again(member, error, kept));
        } else if let Some(current_name) = remove_new(engine, member, is_trial).await? {
            theirs.push((at, current_name));
        }
    }
    let mut blocked = ReplacedIds::default();
    let mut back = Vec::new();
    for at in 0..journal.content.members.len() {
        if failed.iter().any(|(of, _)| *of == at) {
            continue;
        }
        let restored = restore_old(engine, journal, at, &mut replaced).await?;
        let member = &journal.content.members[at];
        let name = &member.name;
        match restored {
            Restored::Back(id) => {
                let new = theirs.iter().find(|(of, _)| *of == at);
                if let Some((_, current_name)) = new {
                    blocked.add(member, &id, true);
                    problems.push(format!(
                        "{name} was restored but left stopped, because the new one, which was renamed to {current_name} meanwhile, was kept: two containers must not write to the same volumes. To have it back, stop {current_name}, then run: {}docker start {id:.12}",
                        restart_policy_command(member)
                    ));
                } else if let Some(why) = left_stopped(member) {
                    blocked.add(member, &id, true);
                    problems.push(why);
                } else if member.depends_on_any(&blocked) {
                    blocked.add(member, &id, true);
                    problems.push(format!("{name} depends on it and was left stopped, too."));
                } else {
                    back.push((at, id));
                }
            }
            Restored::NameTaken { id, current_name } => {
                problems.push(format!(
                    "{name} was restored but left stopped, because another container has its name now: two containers must not write to the same volumes. It is called {current_name}. To have it back, remove or rename the other container, then run: docker rename {current_name} {name} && {}docker start {name}",
                    restart_policy_command(member)
                ));
                blocked.add(member, &id, true);
            }
            Restored::Gone => problems.push(format!(
                "The old {name} was removed meanwhile, not by DockerMate; it was not created again."
            )),
        }
    }
    for (at, id) in back {
        problems.extend(start_again(engine, journal, at, id, &mut replaced).await?);
    }
    if !is_tag_done {
        problems.extend(restore_tag_at_last(engine, journal).await?);
    }
    for member in &journal.content.members {
        problems.extend(has_only_id(engine, member).await?);
    }
    problems.extend(kept_volumes(&journal.content.members));
    if nothing_left {
        // The journal is all that is left of one: it stays open.
        return Err(Error::conflict(problems.join(" ")));
    }
    Ok((!problems.is_empty()).then(|| problems.join(" ")))
}

async fn restore_tag(engine: &Engine, journal: &Journal<'_>) -> Result<Option<String>> {
    match &journal.content.tag {
        Some(tag) => tag::restore(engine, tag).await,
        None => Ok(None),
    }
}

/// The containers are back: a proxy that lets no tag be moved is not waited for.
async fn restore_tag_at_last(engine: &Engine, journal: &Journal<'_>) -> Result<Option<String>> {
    let error = match restore_tag(engine, journal).await {
        Ok(problem) => return Ok(problem),
        Err(error) => error,
    };
    engine.require_open().await?;
    Ok(journal
        .content
        .tag
        .as_ref()
        .map(|tag| tag.not_restored(&error)))
}

/// The engine continues a requested stop although its client has gone: it is
/// waited for, or it would stop the old one after it was restored. One that the
/// engine removes when it stops is gone for good once a stop may have begun,
/// and must be gone before the new one is: until then it is the new one that
/// keeps the engine from removing the volumes with it.
async fn await_pending_stop(engine: &Engine, phase: Phase, member: &Member) -> Result<()> {
    let may_be_stopping =
        phase == Phase::Stopping || (member.auto_remove && phase > Phase::Stopping);
    if member.previous == PreviousState::Stopped || !may_be_stopping {
        return Ok(());
    }
    let id = &member.old_id;
    let Some(old) = engine.current(id).await? else {
        return Ok(());
    };
    if member.started_since(&old, phase) {
        return Ok(());
    }
    if member.previous == PreviousState::Paused {
        unless_unavailable(engine.unpause_container(id).await)?;
    }
    unless_unavailable(engine.stop_container(id, &StopOptions::default()).await)?;
    if !member.auto_remove {
        return Ok(());
    }
    verify::wait_until_removed(engine, id).await;
    if engine.current(id).await?.is_some() {
        // The engine has given up on it half-way.
        remove_old(engine, id).await?;
        verify::wait_until_removed(engine, id).await;
    }
    Ok(())
}

/// Whatever else is wrong shows when it is started again.
fn unless_unavailable<T>(done: Result<T, EngineError>) -> Result<()> {
    match done.map_err(Error::from) {
        Err(error) if error.kind == Kind::EngineUnavailable => Err(error),
        _ => Ok(()),
    }
}

fn not_created_again(member: &Member, error: &Error, kept: bool) -> String {
    let name = &member.name;
    let by_whom = if member.auto_remove {
        "removed by the engine when it stopped"
    } else if member.rebuild {
        "removed, because it used a container that had to be created again,"
    } else {
        "removed meanwhile, not by DockerMate,"
    };
    let rest = if kept {
        "The new one was kept.".to_owned()
    } else {
        format!(
            "The new one is gone as well. What {name} is created from is in the journal of this operation: mend the cause, and do not discard the operation."
        )
    };
    format!(
        "The old {name} was {by_whom} and cannot be created again ({}). {rest}",
        error.message
    )
}

/// The new one under the name, running if the old one did; false when there is none.
async fn keep_new(engine: &Engine, member: &Member) -> Result<bool> {
    let Some(id) = &member.new_id else {
        return Ok(false);
    };
    let Some(new) = engine.current(id).await? else {
        return Ok(false);
    };
    if !member.names_new(&new.name) {
        return Ok(true);
    }
    if new.name == member.temporary_name {
        unless_unavailable(engine.rename_container(id, &member.name).await)?;
    }
    if member.previous != PreviousState::Stopped {
        unless_unavailable(engine.start_container(id).await)?;
    }
    // With --rm the engine removes what cannot be started.
    Ok(engine.current(id).await?.is_some())
}

/// One that may have run for long may hold data, although nobody has decided for
/// it. After an interruption nobody knows for how long it ran: the engine only
/// tells when it was started last.
fn may_hold_data(new: &Container, is_trial: bool) -> bool {
    !is_trial && new.started_at.is_some()
}

/// Notes the volumes that the new ones brought along and that stay without them.
async fn note_kept_volumes(engine: &Engine, journal: &mut Journal<'_>) -> Result<()> {
    let mut any = false;
    for member in &mut journal.content.members {
        for reference in member.new_id.iter().chain([&member.temporary_name]) {
            let Some(new) = engine.current(reference).await? else {
                continue;
            };
            if !may_hold_data(&new, false) {
                continue;
            }
            let brought = new.volumes.iter().filter(|volume| {
                volume.origin == VolumeOrigin::Anonymous
                    && !member.volumes.contains(&volume.name)
                    && !member.kept_volumes.contains(&volume.name)
            });
            let brought: Vec<String> = brought.map(|volume| volume.name.clone()).collect();
            any |= !brought.is_empty();
            member.kept_volumes.extend(brought);
        }
    }
    if any {
        journal.write().await?;
    }
    Ok(())
}

fn kept_volumes(members: &[Member]) -> Option<String> {
    let mut volumes: Vec<&str> = members
        .iter()
        .flat_map(|member| &member.kept_volumes)
        .map(String::as_str)
        .collect();
    volumes.sort_unstable();
    volumes.dedup();
    (!volumes.is_empty()).then(|| {
        format!(
            "The new container had run, so the volumes that it brought along were kept: {}. Remove them if nothing in them is needed.",
            volumes.join(", ")
        )
    })
}

/// The new one, by id or by the name that only it can have. One that somebody has given
/// another name is theirs: that name is returned, and nothing is done.
async fn remove_new(engine: &Engine, member: &Member, is_trial: bool) -> Result<Option<String>> {
    // Its own anonymous volumes are empty; those of the old one are attached by
    // name, which Podman does not heed: it removes them with their last user.
    // Where the old one was removed by the engine or by others, that would be the data.
    let was_removed = member.auto_remove || member.restored_id.is_some();
    for reference in member.new_id.iter().chain([&member.temporary_name]) {
        let Some(new) = engine.current(reference).await? else {
            continue;
        };
        if !member.names_new(&new.name) {
            return Ok(Some(new.name.clone()));
        }
        let is_used = may_hold_data(&new, is_trial);
        let remove = RemoveOptions {
            force: true,
            volumes: !(is_used || was_removed && engine.is_podman()),
        };
        // It may be writing to the data that the old one continues with.
        unless_unavailable(
            engine
                .stop_container(&new.id, &StopOptions::default())
                .await,
        )?;
        if !is_gone(engine.remove_container(&new.id, remove).await.map(drop))? {
            continue;
        }
        verify::wait_until_removed(engine, &new.id).await;
    }
    Ok(None)
}
