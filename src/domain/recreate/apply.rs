//! Recreating: prepare, stop, swap, verify, commit.

use super::group::{Member, PreviousState, ReplacedIds, redirected, volumes};
use super::journal::Journal;
use super::phase::Phase;
use super::verify::{self, Criteria};
use super::{Outcome, RecreateOptions, tag};
use crate::domain::networks;
use crate::domain::operations::Task;
use crate::engine::{Engine, EngineError, RemoveOptions, StopOptions};
use crate::error::{Error, Kind, Result};
use serde_json::json;
use std::collections::BTreeMap;
use std::time::Duration;

pub(super) async fn apply(
    engine: &Engine,
    task: &Task,
    journal: &mut Journal<'_>,
    options: &RecreateOptions,
) -> Result<Outcome> {
    let mut warnings = Vec::new();
    if let Some(tag) = &journal.content.tag {
        tag::apply(engine, tag).await?;
    }
    prepare(engine, task, journal, &mut warnings).await?;

    // From here on a service is down; whoever wants to cancel had the time before.
    let _uninterruptible = task.uninterruptible()?;
    let listening = verify::listening(engine, &journal.content.members).await;
    refresh_members(engine, journal).await?;
    journal.enter(Phase::Stopping).await?;
    for member in journal.content.members.iter_mut().rev() {
        stop(engine, task, member).await?;
    }
    journal.enter(Phase::Swapping).await?;
    for member in &journal.content.members {
        swap(engine, task, member).await?;
    }
    journal.enter(Phase::Verifying).await?;
    // All of them before one is watched: what makes one work may live in another.
    for member in &journal.content.members {
        start(engine, task, member).await?;
    }
    for member in &journal.content.members {
        warnings.extend(watch(engine, task, member, options).await?);
    }
    for member in &journal.content.members {
        wait_for_ports(engine, member, &listening, options).await?;
    }
    for member in journal
        .content
        .members
        .iter()
        .filter(|member| member.runs())
    {
        verify::still_works(engine, member.new_id(), criteria(member, options.stable)).await?;
    }
    for member in &journal.content.members {
        if member.previous == PreviousState::Paused {
            engine.pause_container(member.new_id()).await?;
        }
    }

    // One commit decides it: before, everything is rolled back; after, the old ones are removed.
    journal.enter(Phase::Committed).await?;
    task.step("Remove what was replaced");
    let unused_volumes = unused_volumes(engine, &journal.content.members).await;
    let cleaned = clean_up(engine, &journal.content.members).await;
    let pending = cleaned
        .as_ref()
        .is_err_and(|error| error.kind == Kind::EngineUnavailable);
    match cleaned {
        Ok(kept) if kept.is_empty() => {}
        Ok(kept) => task.note(kept.join(" ")),
        // The new one runs and works; that the old one is still there is no failure of it.
        Err(error) => {
            tracing::error!(%error, "a replaced container could not be removed");
            let name = &journal.content.members[0].backup_name;
            task.note(if pending {
                format!(
                    "{} {name} is removed as soon as the engine answers.",
                    error.message
                )
            } else {
                format!("{} It is kept under the name {name}.", error.message)
            });
        }
    }
    let members = &journal.content.members;
    Ok(Outcome {
        created: members
            .iter()
            .filter_map(|member| Some((member.name.clone(), member.new_id.clone()?)))
            .collect(),
        warnings,
        unused_volumes,
        clean_up_pending: pending,
    })
}

/// Creates every new container beside the old one, with all its networks, so
/// that whatever the engine refuses is known while everything still runs.
async fn prepare(
    engine: &Engine,
    task: &Task,
    journal: &mut Journal<'_>,
    warnings: &mut Vec<String>,
) -> Result<()> {
    let mut replaced = ReplacedIds::default();
    for at in 0..journal.content.members.len() {
        task.check()?;
        let member = &journal.content.members[at];
        task.step(format!("Create the new {}", member.name));
        let body = redirected(&member.new, &replaced);
        let name = member.temporary_name.clone();
        let created = engine.create_container(Some(&name), &body).await?;
        warnings.extend(created.warnings);
        journal.content.members[at].new_id = Some(created.id.clone());
        journal.content.members[at].new = body;
        journal.write().await?;
        let member = &journal.content.members[at];
        networks::connect(engine, &created.id, &member.new, |_| {}).await?;
        let other_mounts =
            engine.mounts_of(&member.old_id).await? != engine.mounts_of(&created.id).await?;
        replaced.add(member, &created.id, other_mounts);
    }
    Ok(())
}

/// Others may have started or stopped one while the new ones were created.
async fn refresh_members(engine: &Engine, journal: &mut Journal<'_>) -> Result<()> {
    let is_update = journal.content.update.is_some();
    for (at, member) in journal.content.members.iter_mut().enumerate() {
        // One that the engine has removed is created again as it was.
        if let Some(container) = engine.settled(&member.old_id).await? {
            member.update_state(&container);
            // Those that depend on it may be jobs that end as they did before.
            if is_update && at == 0 {
                member.must_work(&container);
            }
        }
    }
    Ok(())
}

async fn stop(engine: &Engine, task: &Task, member: &mut Member) -> Result<()> {
    if !member.runs() {
        return Ok(());
    }
    task.step(member.title("Stop"));
    if member.previous == PreviousState::Paused {
        // A frozen process hears no signal and would be killed.
        tolerate_gone(engine.unpause_container(&member.old_id).await.map(drop))?;
    }
    let stopped = engine
        .stop_container(&member.old_id, &StopOptions::default())
        .await;
    tolerate_gone(stopped.map(drop))?;
    // Its restart policy may have started it once more just before.
    if let Some(old) = engine.current(&member.old_id).await? {
        member.started_at = old.started_at;
    }
    Ok(())
}

/// The old one gives its name to the new one. While it is aside it must not
/// come back by itself: two databases on one volume would be the end of it.
async fn swap(engine: &Engine, task: &Task, member: &Member) -> Result<()> {
    task.step(format!("Give the name {} to the new one", member.name));
    let old = &member.old_id;
    if member.auto_remove && member.runs() {
        // The engine removes it in its own time, and the name is free only then.
        // Docker 20.10 may never come to the end of it when it is renamed meanwhile.
        verify::wait_until_removed(engine, old).await;
    }
    let gone = is_gone(engine.rename_container(old, &member.backup_name).await)?;
    if !gone && member.has_restart_policy() {
        let never = json!({ "RestartPolicy": { "Name": "no" } });
        match engine.update_container(old, &never).await {
            // Podman before 4.7 changes no policy: the old one is stopped, and is
            // not started again by it unless the machine restarts meanwhile.
            Err(EngineError::NotOffered(_)) => {}
            other => tolerate_gone(other.map(drop))?,
        }
    }
    engine
        .rename_container(member.new_id(), &member.name)
        .await?;
    // The old one is removed because of this name: the answer alone is not enough.
    match engine.current(member.new_id()).await? {
        Some(new) if new.name != member.name => Err(Error::conflict(format!(
            "The engine answered that the new container has the name {}, but it is still called {}.",
            member.name, new.name
        ))
        .code("not_renamed")),
        _ => Ok(()),
    }
}

async fn start(engine: &Engine, task: &Task, member: &Member) -> Result<()> {
    if member.runs() {
        task.step(member.title("Start"));
        engine.start_container(member.new_id()).await?;
    }
    Ok(())
}

async fn watch(
    engine: &Engine,
    task: &Task,
    member: &Member,
    options: &RecreateOptions,
) -> Result<Option<String>> {
    if !member.runs() {
        return Ok(None);
    }
    task.step(member.title("Watch"));
    let tell = |told| task.note(told);
    verify::wait_until_ready(
        engine,
        member.new_id(),
        criteria(member, options.stable),
        tell,
    )
    .await
}

async fn wait_for_ports(
    engine: &Engine,
    member: &Member,
    listening: &BTreeMap<String, Vec<std::net::SocketAddr>>,
    options: &RecreateOptions,
) -> Result<()> {
    if !member.runs() {
        return Ok(());
    }
    let ports = listening.get(&member.old_id).map_or(&[][..], Vec::as_slice);
    verify::wait_for_ports(
        engine,
        member.new_id(),
        ports,
        criteria(member, options.stable),
    )
    .await
}

pub(super) fn criteria(member: &Member, stable: Duration) -> Criteria {
    Criteria {
        stable,
        may_end: member.may_end,
        may_be_unhealthy: member.was_unhealthy,
        may_restart: member.was_restarting,
    }
}

/// Removes the old ones; says which it kept, and why. Their volumes stay: the
/// new ones use them, or the person decides.
pub(super) async fn clean_up(engine: &Engine, members: &[Member]) -> Result<Vec<String>> {
    let mut kept = Vec::new();
    for member in members.iter().rev() {
        let Some(old) = engine.current(&member.old_id).await? else {
            continue;
        };
        let name = &old.name;
        if old.name != member.backup_name || member.started_since(&old, Phase::Committed) {
            kept.push(format!(
                "The old {name} was renamed or started meanwhile, so it was kept."
            ));
        } else if !member.auto_remove && engine.current(member.new_id()).await?.is_none() {
            kept.push(format!(
                "The new {} was removed meanwhile, so the old one was kept as {name}.",
                member.name
            ));
        } else {
            remove_old(engine, &member.old_id).await?;
        }
    }
    Ok(kept)
}

/// Removes an old one, whatever it does, and none of its volumes.
pub(super) async fn remove_old(engine: &Engine, id: &str) -> Result<()> {
    let remove = RemoveOptions {
        force: true,
        volumes: false,
    };
    tolerate_gone(engine.remove_container(id, remove).await.map(drop))
}

async fn unused_volumes(engine: &Engine, members: &[Member]) -> Vec<String> {
    let mut unused = Vec::new();
    for member in members {
        let Some(id) = &member.new_id else { continue };
        let Ok((inspect, _)) = engine.inspect_container(id).await else {
            continue;
        };
        let used = volumes(&inspect);
        unused.extend(
            member
                .volumes
                .iter()
                .filter(|name| !used.contains(name))
                .cloned(),
        );
    }
    // Members of a group use volumes of each other.
    unused.sort();
    unused.dedup();
    unused
}

/// That it is gone already is what was wanted.
pub(super) fn tolerate_gone(done: Result<(), EngineError>) -> Result<()> {
    is_gone(done).map(drop)
}

/// Whether the container was not there any more.
pub(super) fn is_gone(done: Result<(), EngineError>) -> Result<bool> {
    match done {
        Ok(()) => Ok(false),
        Err(EngineError::NotFound(_)) => Ok(true),
        Err(EngineError::Conflict(message))
            if message.contains("already in progress")
                || message.contains("is marked for removal") =>
        {
            Ok(true)
        }
        Err(other) => Err(Error::from(other)),
    }
}
