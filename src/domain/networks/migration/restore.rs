//! The rollback: the old network with its containers on it, wherever it was broken off.

use super::attach::{attach, detach};
use super::journal::{Content, Moved};
use crate::domain::operations::JournalEntry;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::model::container::State;
use serde_json::Value;

/// Everything as it was. It may have been run before, and cut off.
pub(super) async fn restore(
    engine: &Engine,
    entry: &mut JournalEntry,
    content: &mut Content,
) -> Result<()> {
    remove_by_name(engine, &content.temporary_name).await?;
    let id = match engine.inspect_network(&content.old_id).await? {
        Some(_) => content.old_id.clone(),
        None => old_again(engine, entry, content).await?,
    };
    for one in &content.members {
        attach(engine, (&id, &content.name), one, &one.old).await?;
    }
    for one in content.members.iter().filter(|one| one.running) {
        start_again(engine, one).await?;
    }
    Ok(())
}

/// An engine that comes up while the network is missing cannot start the containers on
/// it, and does not try again.
async fn start_again(engine: &Engine, one: &Moved) -> Result<()> {
    let Some(container) = engine.settled(&one.id).await? else {
        return Ok(());
    };
    let is_down = matches!(container.state, State::Exited | State::Created);
    let is_kept_up = matches!(
        container.restart_policy.as_str(),
        "always" | "unless-stopped" | "on-failure"
    );
    if !(is_down && is_kept_up) {
        return Ok(());
    }
    if let Err(error) = engine.start_container(&one.id).await {
        engine.require_open().await?;
        tracing::warn!(%error, name = one.name, "a container could not be started again");
    }
    Ok(())
}

/// The network of this name, should there be one, is removed.
pub(super) async fn remove_by_name(engine: &Engine, name: &str) -> Result<()> {
    if let Some(found) = engine.inspect_network(name).await? {
        engine.remove_network(id_of(&found)).await?;
    }
    Ok(())
}

/// The old network is gone: it is created again in place of the new one.
async fn old_again(
    engine: &Engine,
    entry: &mut JournalEntry,
    content: &mut Content,
) -> Result<String> {
    let name = content.name.clone();
    if let Some(now) = engine.inspect_network(&name).await? {
        let id = id_of(&now).to_owned();
        let is = |known: &Option<String>| known.as_ref() == Some(&id);
        if is(&content.restored_id) || (!is(&content.new_id) && content.old.has_subnets_of(&now)) {
            return Ok(id);
        }
        if !is(&content.new_id) && !content.new.has_subnets_of(&now) {
            return Err(Error::conflict(format!(
                "Another network {name} has been created meanwhile. Remove it, and the old one is created again."
            ))
            .code("network_replaced"));
        }
        for one in &content.members {
            detach(engine, &name, one).await?;
        }
        engine.remove_network(&id).await?;
    }
    let id = engine.create_network_again(&content.old).await?;
    content.restored_id = Some(id.clone());
    entry.write(content).await?;
    Ok(id)
}

fn id_of(inspect: &Value) -> &str {
    inspect.get("Id").and_then(Value::as_str).unwrap_or("")
}
