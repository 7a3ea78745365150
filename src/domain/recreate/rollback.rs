//! The way back. It reads off the engine how far things went, so that it can
//! be run after any crash, and again after its own.

use super::apply::{is_gone, remove_old};
use super::group::{Before, Member, Moved, redirected};
use super::journal::{Entry, Phase};
use super::prove;
use crate::domain::networks;
use crate::engine::{CreateBody, Engine, EngineError, RemoveOptions, StopOptions};
use crate::error::{Error, Kind, Result};
use serde_json::json;

/// Everything as it was. Volumes that the new ones brought along go with them;
/// those of the old ones stay.
///
/// # Errors
/// When the engine does not answer: try again later. An old container that is
/// there again and does not start is no error, but a sentence that says so:
/// trying again would not help, its trouble is another.
pub(super) async fn rollback(engine: &Engine, entry: &Entry) -> Result<Option<String>> {
    for member in entry.members.iter().rev() {
        settle(engine, entry.phase, member).await?;
    }
    for member in entry.members.iter().rev() {
        remove_new(engine, member).await?;
    }
    let mut moved = Moved::default();
    let mut ids = Vec::new();
    let mut failed = None;
    for member in &entry.members {
        let id = restore_old(engine, member, &moved, &mut failed).await?;
        if id != member.old_id {
            moved.add(member, &id, true);
        }
        ids.push(id);
    }
    for (member, id) in entry.members.iter().zip(&ids) {
        if let Err(error) = resume(engine, member, id).await {
            if error.kind == Kind::EngineUnavailable {
                return Err(error);
            }
            tracing::error!(%error, name = member.name, "a container was put back but does not start");
            failed.get_or_insert(format!(
                "{} is back with all it had, but could not be started again: {}",
                member.name, error.message
            ));
        }
    }
    Ok(failed)
}

/// A stop that was asked for goes on although whoever asked is gone: it is
/// waited for, or it would hit the old one after it was put back. One that the
/// engine removes when it stops is gone for good once a stop may have begun,
/// and must be gone before the new one is: until then it is the new one that
/// keeps the engine from removing the volumes with it.
async fn settle(engine: &Engine, phase: Phase, member: &Member) -> Result<()> {
    let may_be_stopping = phase == Phase::Stopping || (member.vanishes && phase > Phase::Stopping);
    if member.before == Before::Stopped || !may_be_stopping {
        return Ok(());
    }
    let id = &member.old_id;
    if member.before == Before::Paused {
        unless_unavailable(engine.unpause_container(id).await)?;
    }
    unless_unavailable(engine.stop_container(id, &StopOptions::default()).await)?;
    if !member.vanishes {
        return Ok(());
    }
    prove::until_gone(engine, id).await;
    if engine.inspect_name(id).await?.is_some() {
        // The engine has given up on it half-way.
        remove_old(engine, id).await?;
        prove::until_gone(engine, id).await;
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

/// The new one, by id or by the name that only it can have.
async fn remove_new(engine: &Engine, member: &Member) -> Result<()> {
    // Its own anonymous volumes are empty; those of the old one are attached by
    // name, which Podman does not heed: it removes them with their last user.
    // Where the old one is gone by itself, that would be the data.
    let remove = RemoveOptions {
        force: true,
        volumes: !(member.vanishes && engine.is_podman()),
    };
    let by_name = engine.find_container(&member.temporary).await?;
    for id in member.new_id.iter().chain(&by_name) {
        engine
            .refresh(id)
            .await
            .map_err(Error::from)
            .or_else(ignore_missing)?;
        // It may be writing to the data that the old one goes on with.
        unless_unavailable(engine.stop_container(id, &StopOptions::default()).await)?;
        if !is_gone(engine.remove_container(id, remove).await.map(drop))? {
            continue;
        }
        prove::until_gone(engine, id).await;
    }
    Ok(())
}

fn ignore_missing(error: Error) -> Result<()> {
    if error.kind == Kind::NotFound {
        Ok(())
    } else {
        Err(error)
    }
}

/// The old one under its own name. It is made again if it went by itself.
async fn restore_old(
    engine: &Engine,
    member: &Member,
    moved: &Moved,
    trouble: &mut Option<String>,
) -> Result<String> {
    let depends = redirected(&member.old, moved) != member.old;
    let id = match engine.inspect_name(&member.old_id).await? {
        Some(name) if !depends => {
            if name != member.name {
                take_name_back(engine, member, &name, trouble).await?;
            }
            rest_no_more(engine, member).await?;
            return Ok(member.old_id.clone());
        }
        Some(_) => {
            // It lived inside one that had to be made again, and cannot live without.
            remove_old(engine, &member.old_id).await?;
            None
        }
        None => engine.find_container(&member.name).await?,
    };
    let body = redirected(&member.old, moved);
    if let Some(id) = id {
        // Made again by a recovery before this one, which may have been cut off too.
        engine.refresh(&id).await?;
        reconnect(engine, &id, &body).await?;
        return Ok(id);
    }
    let body = of_old_image(engine, member, body).await?;
    let created = engine.create_container(Some(&member.name), &body).await?;
    networks::connect(engine, &created.id, &body, |_| {}).await?;
    Ok(created.id)
}

/// Somebody may have given the name away meanwhile; trying again would not help.
async fn take_name_back(
    engine: &Engine,
    member: &Member,
    now: &str,
    trouble: &mut Option<String>,
) -> Result<()> {
    let Member { name, old_id, .. } = member;
    match engine.rename_container(old_id, name).await {
        Ok(()) => Ok(()),
        Err(EngineError::Conflict(message)) => {
            tracing::error!(message, name, "a container cannot have its name back");
            trouble.get_or_insert(format!(
                "{name} is back with all it had, but another container has its name now: it is called {now}."
            ));
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}

/// The tag may lead to another image since: the one that has just failed.
async fn of_old_image(
    engine: &Engine,
    member: &Member,
    mut body: CreateBody,
) -> Result<CreateBody> {
    let old = &member.image_id;
    let now = engine.image(body.config_text("Image")).await?;
    if !old.is_empty()
        && now.is_none_or(|image| image.id != *old)
        && engine.image(old).await?.is_some()
    {
        body.config.insert("Image".to_owned(), old.as_str().into());
    }
    Ok(body)
}

/// Connects what is not connected yet.
async fn reconnect(engine: &Engine, id: &str, body: &CreateBody) -> Result<()> {
    let on = engine.networks_of(id).await?.unwrap_or_default();
    let mut rest = body.clone();
    let primary = rest.networks.first().cloned();
    rest.networks.retain(|(name, _)| !on.contains(name));
    rest.networks.splice(..0, primary);
    networks::connect(engine, id, &rest, |_| {}).await
}

/// Gives the restart policy back.
async fn rest_no_more(engine: &Engine, member: &Member) -> Result<()> {
    let known = engine.get(&member.old_id)?;
    let name = member
        .restart
        .get("Name")
        .and_then(serde_json::Value::as_str)
        .unwrap_or("");
    if matches!(name, "" | "no") || known.restart_policy == name {
        return Ok(());
    }
    let policy = json!({ "RestartPolicy": member.restart });
    match engine.update_container(&member.old_id, &policy).await {
        // It never was taken away where it cannot be changed.
        Ok(_) | Err(EngineError::NotOffered(_)) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

async fn resume(engine: &Engine, member: &Member, id: &str) -> Result<()> {
    match member.before {
        Before::Stopped => return Ok(()),
        Before::Running | Before::Paused => {}
    }
    match engine.start_container(id).await {
        // Frozen: it runs already.
        Err(EngineError::Conflict(_) | EngineError::Engine { .. })
            if engine.get(id)?.state == crate::model::container::State::Paused => {}
        other => {
            other?;
        }
    }
    if member.before == Before::Paused {
        engine.pause_container(id).await?;
    }
    Ok(())
}
