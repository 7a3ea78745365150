//! One old container of a rollback: as it is, or created again where it is
//! gone or where what it names is gone.
//!
//! Owners come first, so what is created names the containers that are there
//! now. What a container was created with is noted before: when an owner has
//! to be created once more, its dependents follow. What the engine removes by
//! itself (`--rm`) may be gone at any moment, also because it could not be
//! started or because the engine was restarted; the journal is all that is left
//! of it then, so it is created again as long as the entry is open.

use super::apply::remove_old;
use super::group::{Member, PreviousState, ReplacedIds, namespace_owners, redirected, references};
use super::journal::Journal;
use super::phase::Phase;
use super::verify;
use crate::domain::networks;
use crate::engine::{CreateBody, Engine, EngineError};
use crate::error::{Error, Kind, Result};
use crate::model::container::{Container, State};
use serde_json::json;
use std::sync::Arc;

/// What became of one old container.
pub(super) enum Restored {
    /// It is back, and is started if it ran.
    Back(String),
    /// Another container has its name; it is not started beside that one.
    NameTaken { id: String, current_name: String },
    /// It was removed by others.
    Gone,
}

/// Creates again, in the order of the group, what is gone and what names a
/// container that was created again. Gives those for which that failed; where
/// the new one is still there, it stands for the old one.
///
/// # Errors
/// When the engine does not answer, or the journal cannot be written.
pub(super) async fn create_missing(
    engine: &Engine,
    journal: &mut Journal<'_>,
    replaced: &mut ReplacedIds,
    problems: &mut Vec<String>,
) -> Result<Vec<(usize, Error)>> {
    let mut failed = Vec::new();
    for at in 0..journal.content.members.len() {
        let member = &journal.content.members[at];
        let name = member.name.clone();
        let new = match &member.new_id {
            Some(id) => engine.current(id).await?,
            None => None,
        };
        let new = new.filter(|new| member.names_new(&new.name));
        let is_ours = member.auto_remove || member.rebuild || member.restored_id.is_some();
        let by_others = !is_ours && engine.current(&member.old_id).await?.is_none();
        match provide(engine, journal, at, replaced, new.is_some()).await {
            Ok(Some(id)) => {
                let member = &journal.content.members[at];
                if id != member.old_id {
                    replaced.add(member, &id, true);
                }
                if by_others {
                    problems.push(format!(
                        "The old {name} was removed meanwhile, not by DockerMate; it was created again with its settings and volumes."
                    ));
                }
            }
            Ok(None) => {}
            Err(error) if error.kind == Kind::EngineUnavailable => return Err(error),
            Err(error) => {
                engine.require_open().await?;
                tracing::error!(%error, name, "a container that was removed cannot be created again");
                if let Some(new) = new {
                    replaced.add(&journal.content.members[at], &new.id, true);
                }
                failed.push((at, error));
            }
        }
    }
    Ok(failed)
}

/// The id of the old one, or of what was created in its place; `None` when
/// others have removed it and nothing of ours is left.
async fn provide(
    engine: &Engine,
    journal: &mut Journal<'_>,
    at: usize,
    replaced: &ReplacedIds,
    has_new: bool,
) -> Result<Option<String>> {
    let member = &journal.content.members[at];
    let body = redirected(&member.old, replaced);
    if let Some(old) = engine.current(&member.old_id).await? {
        if body == member.old {
            return Ok(Some(old.id.clone()));
        }
        journal.content.members[at].rebuild = true;
        journal.write().await?;
        remove_for_good(engine, &old.id).await?;
    } else if let Some(restored) = restored(engine, member).await? {
        if member.names_still(&body) {
            if member.restored_id.as_ref() != Some(&restored.id) {
                journal.content.members[at].restored_id = Some(restored.id.clone());
                journal.write().await?;
            }
            return Ok(Some(restored.id.clone()));
        }
        let member = &mut journal.content.members[at];
        member.rebuild = true;
        member.restored_id = None;
        journal.write().await?;
        remove_for_good(engine, &restored.id).await?;
    } else {
        let is_removed_by_others = member.restored_id.is_some() || !(member.rebuild || has_new);
        if is_removed_by_others && !member.auto_remove {
            return Ok(None);
        }
    }
    let member = &journal.content.members[at];
    let (request, other_image) = of_old_image(engine, member, body.clone()).await?;
    let member = &mut journal.content.members[at];
    member.restored_id = None;
    member.restored_references = Some(references(&body));
    member.other_image = other_image;
    journal.write().await?;
    let member = &journal.content.members[at];
    let created = engine
        .create_container(Some(&member.backup_name), &request)
        .await?;
    journal.content.members[at].restored_id = Some(created.id.clone());
    journal.write().await?;
    Ok(Some(created.id))
}

/// Returns when its name is free.
async fn remove_for_good(engine: &Engine, id: &str) -> Result<()> {
    remove_old(engine, id).await?;
    verify::wait_until_removed(engine, id).await;
    Ok(())
}

/// What an earlier pass has created, even one that was cut off before it could
/// note the id.
async fn restored(engine: &Engine, member: &Member) -> Result<Option<Arc<Container>>> {
    for reference in member.restored_id.iter().chain([&member.backup_name]) {
        if let Some(found) = engine.current(reference).await? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// The old one under its own name.
///
/// # Errors
/// When it has to be tried again.
pub(super) async fn restore_old(
    engine: &Engine,
    journal: &mut Journal<'_>,
    at: usize,
    replaced: &mut ReplacedIds,
) -> Result<Restored> {
    let Some(id) = provide(engine, journal, at, replaced, false).await? else {
        return Ok(Restored::Gone);
    };
    let member = &journal.content.members[at];
    if id != member.old_id {
        reconnect(engine, &id, &redirected(&member.old, replaced)).await?;
        replaced.add(member, &id, true);
    }
    match engine.current(&id).await? {
        Some(restored) => take_name_back(engine, member, &restored).await,
        None => Ok(Restored::Gone),
    }
}

/// Starts a restored one, if it ran. Gives the sentence that says why it does
/// not run.
///
/// # Errors
/// When the engine does not answer.
pub(super) async fn start_again(
    engine: &Engine,
    journal: &mut Journal<'_>,
    at: usize,
    id: String,
    replaced: &mut ReplacedIds,
) -> Result<Option<String>> {
    let phase = journal.content.phase;
    let member = &journal.content.members[at];
    let name = member.name.clone();
    if member.previous == PreviousState::Stopped {
        return Ok(None);
    }
    let mut id = id;
    // One that it depends on may have been created once more since.
    if !member.is_up_to_date(&id, replaced)
        && let Restored::Back(now) = restore_old(engine, journal, at, replaced).await?
    {
        id = now;
    }
    let member = &journal.content.members[at];
    if let Some(why) = left_stopped(member) {
        return Ok(Some(why));
    }
    if member.auto_remove
        && let Some(missing) = missing_owner(engine, member, replaced).await?
    {
        return Ok(Some(format!(
            "{name} was restored but left stopped, because {missing}, whose namespace it uses, does not run, and the engine removes {name} (--rm) when it cannot be started. Start {missing} first, then {name}."
        )));
    }
    let Err(error) = resume(engine, phase, member, &id).await else {
        return Ok(None);
    };
    if error.kind == Kind::EngineUnavailable {
        return Err(error);
    }
    engine.require_open().await?;
    tracing::error!(%error, name, "a container was restored but cannot be started");
    let mut problem = format!(
        "{name} was restored, but could not be started: {}",
        error.message
    );
    if member.auto_remove && engine.current(&id).await?.is_none() {
        restore_old(engine, journal, at, replaced).await?;
        problem.push_str(&format!(
            " The engine removed it for that (--rm), so {name} was created once more and left stopped."
        ));
    }
    Ok(Some(problem))
}

/// The container whose namespace it needs and that does not run.
async fn missing_owner(
    engine: &Engine,
    member: &Member,
    replaced: &ReplacedIds,
) -> Result<Option<String>> {
    for owner in namespace_owners(&redirected(&member.old, replaced)) {
        let id = engine.find_container(&owner).await?;
        let found = match &id {
            Some(id) => engine.current(id).await?,
            None => None,
        };
        match found {
            Some(found) if matches!(found.state, State::Running | State::Paused) => {}
            Some(found) => return Ok(Some(found.name.clone())),
            None => return Ok(Some(format!("the container {owner:.12}"))),
        }
    }
    Ok(None)
}

/// Gives it the name and the restart policy back. A name that somebody gave it
/// meanwhile stays.
async fn take_name_back(
    engine: &Engine,
    member: &Member,
    old: &Arc<Container>,
) -> Result<Restored> {
    let id = old.id.clone();
    if old.name == member.backup_name {
        match engine.rename_container(&id, &member.name).await {
            Ok(()) => {}
            Err(EngineError::Conflict(message)) => {
                tracing::error!(
                    message,
                    name = member.name,
                    "a container cannot have its name back"
                );
                return Ok(Restored::NameTaken {
                    id,
                    current_name: old.name.clone(),
                });
            }
            Err(error) => return Err(error.into()),
        }
    }
    restore_restart_policy(engine, member, old).await?;
    Ok(Restored::Back(id))
}

/// The tag may lead to another image since, where somebody has moved it. Whether all that
/// is left is such a one; what is created from it must not start by itself.
async fn of_old_image(
    engine: &Engine,
    member: &Member,
    mut body: CreateBody,
) -> Result<(CreateBody, bool)> {
    let old = &member.image_id;
    let now = engine.image(body.config_text("Image")).await?;
    if old.is_empty() || now.as_ref().is_some_and(|image| image.id == *old) {
        return Ok((body, false));
    }
    if engine.image(old).await?.is_some() {
        body.config.insert("Image".to_owned(), old.as_str().into());
        return Ok((body, false));
    }
    body.host_config.remove("RestartPolicy");
    Ok((body, now.is_some()))
}

/// Why it is not started, where it was created from another image than it had: a newer
/// one may change its data for good.
pub(super) fn left_stopped(member: &Member) -> Option<String> {
    let name = &member.name;
    let tag = member.old.config_text("Image");
    let id = member.image_id.trim_start_matches("sha256:");
    member.other_image.then(|| {
        format!(
            "The image {id:.12} of {name} is no longer on this host. {name} was created again from the image that {tag} names now, and was left stopped: another version may change its data for good. To run it all the same: {}docker start {name}",
            restart_policy_command(member)
        )
    })
}

/// What was created from the ID of its image, because its tag names another one, and so is
/// never updated.
pub(super) async fn has_only_id(engine: &Engine, member: &Member) -> Result<Option<String>> {
    let Some(id) = &member.restored_id else {
        return Ok(None);
    };
    let tag = member.old.config_text("Image");
    let found = engine.current(id).await?;
    let has_only_id = found.is_some_and(|now| now.image == member.image_id && now.image != tag);
    let name = &member.name;
    Ok(has_only_id.then(|| {
        format!(
            "{name} was created again by the ID of its image, because {tag} does not name that image any more, so no update is found for it. To change that, recreate {name} with the image {tag}."
        )
    }))
}

/// Gives it its restart policy back, as the first part of a command line.
pub(super) fn restart_policy_command(member: &Member) -> String {
    if member.has_restart_policy() {
        let policy = member.restart_policy_argument();
        return format!("docker update --restart {policy} {} && ", member.name);
    }
    String::new()
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

async fn restore_restart_policy(engine: &Engine, member: &Member, old: &Container) -> Result<()> {
    // Another policy was chosen by somebody since.
    let was_taken = matches!(old.restart_policy.as_str(), "" | "no");
    if !member.has_restart_policy() || !was_taken || member.other_image {
        return Ok(());
    }
    let policy = json!({ "RestartPolicy": member.restart_policy });
    match engine.update_container(&old.id, &policy).await {
        // It never was taken away where it cannot be changed.
        Ok(_) | Err(EngineError::NotOffered(_)) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Starts it if it ran, unless others have started or stopped it since.
async fn resume(engine: &Engine, phase: Phase, member: &Member, id: &str) -> Result<()> {
    let Some(now) = engine.current(id).await? else {
        return Ok(());
    };
    let restored = id != member.old_id && now.started_at.is_some();
    let started = restored || (id == member.old_id && member.started_since(&now, phase));
    if !started {
        match engine.start_container(id).await {
            // Paused: it runs already.
            Err(EngineError::Conflict(_) | EngineError::Engine { .. })
                if engine.get(id)?.state == State::Paused => {}
            other => {
                other?;
            }
        }
    }
    if member.previous == PreviousState::Paused && engine.get(id)?.state == State::Running {
        engine.pause_container(id).await?;
    }
    Ok(())
}
