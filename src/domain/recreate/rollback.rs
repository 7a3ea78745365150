//! The rollback. It reads off the engine how far things went, so that it can
//! be run after any crash, and again after its own. It changes containers by
//! ids, or by names that only an operation of ours gives: people may have
//! removed, renamed or started what the journal names since.

use super::apply::{is_gone, remove_old};
use super::group::{Member, PreviousState, ReplacedIds, redirected};
use super::journal::Journal;
use super::phase::Phase;
use super::verify;
use crate::domain::networks;
use crate::engine::{CreateBody, Engine, EngineError, RemoveOptions, StopOptions};
use crate::error::{Error, Kind, Result};
use crate::model::container::{Container, State};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

/// Longer than any new container is watched before it is kept.
const TRIAL: Duration = Duration::from_hours(1);

/// What became of one old container.
enum Restored {
    /// It is back, and is started if it ran.
    Back(String),
    /// Another container has its name; it is not started beside that one.
    NameTaken { id: String, current_name: String },
    /// It was removed by others.
    Gone,
}

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
    engine.require_open().await?;
    for member in journal.content.members.iter().rev() {
        await_pending_stop(engine, phase, member).await?;
    }
    let mut problems = Vec::new();
    // Before the new ones go: one of the two must remain.
    let lost = if phase == Phase::Preparing {
        Vec::new()
    } else {
        create_lost_again(engine, journal, &mut problems).await?
    };
    let mut theirs = Vec::new();
    for (at, member) in journal.content.members.iter().enumerate().rev() {
        if lost.contains(&at) {
            keep_new(engine, member).await?;
        } else if let Some(current_name) = remove_new(engine, member).await? {
            theirs.push((at, current_name));
        }
    }
    if phase == Phase::Preparing {
        // The old ones were not touched yet.
        return Ok(None);
    }
    let mut replaced = ReplacedIds::default();
    let mut blocked = ReplacedIds::default();
    let mut back = Vec::new();
    for at in 0..journal.content.members.len() {
        if lost.contains(&at) {
            let member = &journal.content.members[at];
            if let Some(id) = &member.new_id {
                replaced.add(member, id, true);
            }
            continue;
        }
        let restored = restore_old(engine, journal, at, &replaced).await?;
        let member = &journal.content.members[at];
        let name = &member.name;
        match restored {
            Restored::Back(id) => {
                if id != member.old_id {
                    replaced.add(member, &id, true);
                }
                let new = theirs.iter().find(|(of, _)| *of == at);
                if let Some((_, current_name)) = new {
                    blocked.add(member, &id, true);
                    problems.push(format!(
                        "{name} was restored but left stopped, because the new one, which was renamed to {current_name} meanwhile, was kept: two containers must not write to the same volumes. To have it back, stop {current_name}, then run: {}docker start {id:.12}",
                        restart_policy_command(member)
                    ));
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
        let member = &journal.content.members[at];
        if let Err(error) = resume(engine, phase, member, &id).await {
            if error.kind == Kind::EngineUnavailable {
                return Err(error);
            }
            engine.require_open().await?;
            tracing::error!(%error, name = member.name, "a container was restored but cannot be started");
            problems.push(format!(
                "{} was restored, but could not be started: {}",
                member.name, error.message
            ));
        }
    }
    Ok((!problems.is_empty()).then(|| problems.join(" ")))
}

fn restart_policy_command(member: &Member) -> String {
    if member.has_restart_policy() {
        let policy = member.restart_policy_argument();
        return format!("docker update --restart {policy} {} && ", member.name);
    }
    String::new()
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

/// Creates again what others have removed while it was replaced, or the engine because it
/// was stopped (`--rm`), from what the journal knows of it. Gives those for which that
/// failed: nothing but the new one is left of them.
/// Where the new one is gone as well, this acts a second time, or somebody wanted neither.
async fn create_lost_again(
    engine: &Engine,
    journal: &mut Journal<'_>,
    problems: &mut Vec<String>,
) -> Result<Vec<usize>> {
    let mut lost = Vec::new();
    let mut replaced = ReplacedIds::default();
    for at in 0..journal.content.members.len() {
        let member = &journal.content.members[at];
        let is_ours = member.rebuild || member.restored_id.is_some();
        if is_ours || engine.current(&member.old_id).await?.is_some() {
            continue;
        }
        let by_engine = member.auto_remove;
        let new = match &member.new_id {
            Some(id) => engine.current(id).await?,
            None => None,
        };
        if new.is_none_or(|new| !is_ours_by_name(member, &new.name)) {
            continue;
        }
        let name = member.name.clone();
        match create_again(engine, journal, at, &replaced).await {
            Ok(id) => {
                replaced.add(&journal.content.members[at], &id, true);
                if !by_engine {
                    problems.push(format!(
                        "The old {name} was removed meanwhile, not by DockerMate; it was created again with its settings and volumes."
                    ));
                }
            }
            Err(error) if error.kind == Kind::EngineUnavailable => return Err(error),
            Err(error) => {
                tracing::error!(%error, name, "a container that was removed cannot be created again");
                lost.push(at);
                let by_whom = if by_engine {
                    "by the engine when it stopped"
                } else {
                    "meanwhile, not by DockerMate,"
                };
                problems.push(format!(
                    "The old {name} was removed {by_whom} and cannot be created again ({}). The new one was kept.",
                    error.message
                ));
            }
        }
    }
    Ok(lost)
}

/// Whether a new one has the name that it was given, or the one that it was to get.
fn is_ours_by_name(member: &Member, name: &str) -> bool {
    [&member.name, &member.temporary_name]
        .iter()
        .any(|ours| *ours == name)
}

/// The old one once more, under its temporary name.
async fn create_again(
    engine: &Engine,
    journal: &mut Journal<'_>,
    at: usize,
    replaced: &ReplacedIds,
) -> Result<String> {
    let member = &journal.content.members[at];
    let body = redirected(&member.old, replaced);
    // One that a rollback before this one created, and was cut off.
    let id = if let Some(restored) = engine.current(&member.backup_name).await? {
        restored.id.clone()
    } else {
        let request = of_old_image(engine, member, body).await?;
        let name = member.backup_name.clone();
        engine.create_container(Some(&name), &request).await?.id
    };
    journal.content.members[at].restored_id = Some(id.clone());
    journal.write().await?;
    Ok(id)
}

/// The new one under the name, running if the old one did.
async fn keep_new(engine: &Engine, member: &Member) -> Result<()> {
    let Some(id) = &member.new_id else {
        return Ok(());
    };
    if let Some(new) = engine.current(id).await?
        && new.name == member.temporary_name
    {
        unless_unavailable(engine.rename_container(id, &member.name).await)?;
    }
    if member.previous != PreviousState::Stopped {
        unless_unavailable(engine.start_container(id).await)?;
    }
    Ok(())
}

/// The new one, by id or by the name that only it can have. One that somebody has given
/// another name is theirs: that name is returned, and nothing is done.
async fn remove_new(engine: &Engine, member: &Member) -> Result<Option<String>> {
    // Its own anonymous volumes are empty; those of the old one are attached by
    // name, which Podman does not heed: it removes them with their last user.
    // Where the old one was removed by the engine or by others, that would be the data.
    let was_removed = member.auto_remove || member.restored_id.is_some();
    for reference in member.new_id.iter().chain([&member.temporary_name]) {
        let Some(new) = engine.current(reference).await? else {
            continue;
        };
        if !is_ours_by_name(member, &new.name) {
            return Ok(Some(new.name.clone()));
        }
        // One that has run for long holds data, although nobody has decided for it.
        let is_used = new.started_at.is_some_and(|started| started.age() > TRIAL);
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

/// The old one under its own name. It is created again if the engine removed
/// it, or if it lived in the namespaces of one that had to be created again.
async fn restore_old(
    engine: &Engine,
    journal: &mut Journal<'_>,
    at: usize,
    replaced: &ReplacedIds,
) -> Result<Restored> {
    let phase = journal.content.phase;
    let member = &journal.content.members[at];
    let old = engine.current(&member.old_id).await?;
    if let Some(old) = old {
        if !member.depends_on_any(replaced) {
            return take_name_back(engine, member, &old).await;
        }
        journal.content.members[at].rebuild = true;
        journal.write().await?;
        remove_old(engine, &old.id).await?;
    }
    let member = &journal.content.members[at];
    if let Some(id) = &member.restored_id {
        return match engine.current(id).await? {
            Some(restored) => {
                let body = redirected(&member.old, replaced);
                reconnect(engine, id, &body).await?;
                take_name_back(engine, member, &restored).await
            }
            // It was started, has ended, and the engine has removed it again.
            None => Ok(Restored::Gone),
        };
    }
    let by_engine = member.auto_remove && phase >= Phase::Stopping;
    if !by_engine && !member.rebuild {
        return Ok(Restored::Gone);
    }
    let id = create_again(engine, journal, at, replaced).await?;
    let member = &journal.content.members[at];
    let body = redirected(&member.old, replaced);
    reconnect(engine, &id, &body).await?;
    match engine.current(&id).await? {
        Some(restored) => take_name_back(engine, member, &restored).await,
        None => Ok(Restored::Gone),
    }
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

async fn restore_restart_policy(engine: &Engine, member: &Member, old: &Container) -> Result<()> {
    // Another policy was chosen by somebody since.
    let was_taken = matches!(old.restart_policy.as_str(), "" | "no");
    if !member.has_restart_policy() || !was_taken {
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
    if member.previous == PreviousState::Stopped {
        return Ok(());
    }
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
