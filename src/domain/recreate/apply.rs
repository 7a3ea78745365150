//! The way forward: prepare, stop, swap, prove, commit.

use super::group::{Before, Member, Moved, redirected, volumes};
use super::journal::{self, Entry, Phase};
use super::{Options, Outcome, prove};
use crate::domain::networks;
use crate::domain::operations::Task;
use crate::engine::{Engine, EngineError, RemoveOptions, StopOptions};
use crate::error::{Error, Kind, Result};
use crate::store::Store;
use serde_json::json;
use std::collections::BTreeMap;

pub(super) async fn apply(
    engine: &Engine,
    store: &Store,
    task: &Task,
    entry: &mut Entry,
    options: &Options,
) -> Result<Outcome> {
    let mut warnings = Vec::new();
    prepare(engine, store, task, entry, &mut warnings).await?;

    // From here on a service is down; whoever wants to cancel had the time before.
    task.point_of_no_return()?;
    let listening = prove::listening(engine, &entry.members).await;
    look_again(engine, entry).await?;
    enter(store, entry, Phase::Stopping).await?;
    for member in entry.members.iter().rev() {
        stop(engine, task, member).await?;
    }
    enter(store, entry, Phase::Swapping).await?;
    for member in &entry.members {
        swap(engine, task, member).await?;
    }
    enter(store, entry, Phase::Proving).await?;
    // All of them before one is watched: what proves one may live in another.
    for member in &entry.members {
        start(engine, task, member).await?;
    }
    for member in &entry.members {
        watch(engine, task, member, options).await?;
    }
    for member in &entry.members {
        answer(engine, member, &listening, options).await?;
    }

    // One commit decides it: before, everything goes back; after, the old ones go.
    enter(store, entry, Phase::Committed).await?;
    task.step("Remove what was replaced");
    let unused_volumes = unused_volumes(engine, entry).await;
    let cleaned = clean_up(engine, entry).await;
    let gone_away = cleaned
        .as_ref()
        .is_err_and(|error| error.kind == Kind::EngineUnavailable);
    if let Err(error) = cleaned {
        // The new one runs and is proven; that the old one lies about is no failure of it.
        tracing::error!(%error, "a replaced container could not be removed");
        let aside = &entry.members[0].aside;
        task.note(if gone_away {
            format!(
                "{} {aside} is removed as soon as the engine answers.",
                error.message
            )
        } else {
            format!("{} It is kept under the name {aside}.", error.message)
        });
    }
    Ok(Outcome {
        made: entry
            .members
            .iter()
            .filter_map(|member| Some((member.name.clone(), member.new_id.clone()?)))
            .collect(),
        warnings,
        unused_volumes,
        finished: !gone_away,
    })
}

async fn enter(store: &Store, entry: &mut Entry, phase: Phase) -> Result<()> {
    entry.phase = phase;
    journal::write(store, entry).await
}

/// Makes every new container beside the old one, with all its networks, so that
/// whatever the engine refuses is known while everything still runs.
async fn prepare(
    engine: &Engine,
    store: &Store,
    task: &Task,
    entry: &mut Entry,
    warnings: &mut Vec<String>,
) -> Result<()> {
    let mut moved = Moved::default();
    for at in 0..entry.members.len() {
        task.check()?;
        let member = &entry.members[at];
        task.step(format!("Make the new {}", member.name));
        let body = redirected(&member.new, &moved);
        let temporary = member.temporary.clone();
        let created = engine.create_container(Some(&temporary), &body).await?;
        warnings.extend(created.warnings);
        entry.members[at].new_id = Some(created.id.clone());
        entry.members[at].new = body;
        journal::write(store, entry).await?;
        let member = &entry.members[at];
        networks::connect(engine, &created.id, &member.new, |_| {}).await?;
        let other_mounts =
            engine.mounts_of(&member.old_id).await? != engine.mounts_of(&created.id).await?;
        moved.add(member, &created.id, other_mounts);
    }
    Ok(())
}

/// Somebody may have started or stopped one while the new ones were made.
async fn look_again(engine: &Engine, entry: &mut Entry) -> Result<()> {
    for member in &mut entry.members {
        match engine.inspect_container(&member.old_id).await {
            Ok((_, container)) => member.see(&container),
            // It went by itself; it is made again as it was.
            Err(EngineError::NotFound(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

async fn stop(engine: &Engine, task: &Task, member: &Member) -> Result<()> {
    if member.before == Before::Stopped {
        return Ok(());
    }
    task.step(member.title("Stop"));
    if member.before == Before::Paused {
        // A frozen process hears no signal and would be killed.
        tolerate_gone(engine.unpause_container(&member.old_id).await.map(drop))?;
    }
    let stopped = engine
        .stop_container(&member.old_id, &StopOptions::default())
        .await;
    tolerate_gone(stopped.map(drop))
}

/// The old one gives its name to the new one. While it is aside it must not
/// come back by itself: two databases on one volume would be the end of it.
async fn swap(engine: &Engine, task: &Task, member: &Member) -> Result<()> {
    task.step(format!("Give the name {} to the new one", member.name));
    let old = &member.old_id;
    if member.vanishes && member.before != Before::Stopped {
        // The engine removes it in its own time, and the name is free only then.
        // Docker 20.10 may never come to the end of it when it is renamed meanwhile.
        prove::until_gone(engine, old).await;
    }
    if !is_gone(engine.rename_container(old, &member.aside).await)? {
        let policy = member
            .restart
            .get("Name")
            .and_then(serde_json::Value::as_str);
        if !matches!(policy, None | Some("" | "no")) {
            let rest = json!({ "RestartPolicy": { "Name": "no" } });
            match engine.update_container(old, &rest).await {
                // Podman before 4.7 changes no policy: the old one is stopped, and is
                // not started again by it unless the machine restarts meanwhile.
                Err(EngineError::NotOffered(_)) => {}
                other => tolerate_gone(other.map(drop))?,
            }
        }
    }
    let new = member.new_id.as_deref().unwrap_or_default();
    engine.rename_container(new, &member.name).await?;
    Ok(())
}

async fn start(engine: &Engine, task: &Task, member: &Member) -> Result<()> {
    if member.before == Before::Stopped {
        return Ok(());
    }
    task.step(member.title("Start"));
    let new = member.new_id.as_deref().unwrap_or_default();
    engine.start_container(new).await?;
    Ok(())
}

async fn watch(engine: &Engine, task: &Task, member: &Member, options: &Options) -> Result<()> {
    if member.before == Before::Stopped {
        return Ok(());
    }
    task.step(format!("Watch {}", member.name));
    let new = member.new_id.as_deref().unwrap_or_default();
    let tell = |told| task.note(told);
    prove::works(engine, new, options.stable, member.may_end, tell).await
}

async fn answer(
    engine: &Engine,
    member: &Member,
    listening: &BTreeMap<String, Vec<std::net::SocketAddr>>,
    options: &Options,
) -> Result<()> {
    if member.before == Before::Stopped {
        return Ok(());
    }
    let new = member.new_id.as_deref().unwrap_or_default();
    let ports = listening.get(&member.old_id).map_or(&[][..], Vec::as_slice);
    prove::answers(engine, new, ports, options.stable).await?;
    if member.before == Before::Paused {
        engine.pause_container(new).await?;
    }
    Ok(())
}

/// Removes the old ones. Their volumes stay: the new ones use them, or the
/// person decides.
pub(super) async fn clean_up(engine: &Engine, entry: &Entry) -> Result<()> {
    for member in entry.members.iter().rev() {
        remove_old(engine, &member.old_id).await?;
    }
    Ok(())
}

/// Removes an old one, whatever it does, and none of its volumes.
pub(super) async fn remove_old(engine: &Engine, id: &str) -> Result<()> {
    let remove = RemoveOptions {
        force: true,
        volumes: false,
    };
    tolerate_gone(engine.remove_container(id, remove).await.map(drop))
}

async fn unused_volumes(engine: &Engine, entry: &Entry) -> Vec<String> {
    let mut unused = Vec::new();
    for member in &entry.members {
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
