//! What is asked of the engine itself about one container, where memory may be
//! a moment behind or does not hold it.

use super::error::EngineError;
use super::handle::Engine;
use super::transport::REQUEST;
use super::wire::{encode, parse};
use crate::model::container::{Container, State};
use crate::model::logs::LogQuery;
use futures_util::StreamExt as _;
use hyper::Method;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::sleep;

/// Within which Podman starts a container again by its restart policy.
const RESTARTED_WITHIN: Duration = Duration::from_secs(2);

/// Whether it has just ended, and its policy restarts it.
fn may_be_restarting(container: &Container) -> bool {
    let by_policy = match container.restart_policy.as_str() {
        "always" | "unless-stopped" => true,
        policy => policy.starts_with("on-failure") && container.exit_code != Some(0),
    };
    let ended = container.finished_at;
    container.state == State::Exited
        && by_policy
        && ended.is_some_and(|ended| ended.age() < RESTARTED_WITHIN)
}

impl Engine {
    /// A container as the engine has it at this moment, whatever memory says of
    /// it: by full id or exact name. `None` when there is none.
    ///
    /// # Errors
    /// When the engine does not answer.
    pub async fn current(&self, reference: &str) -> Result<Option<Arc<Container>>, EngineError> {
        let client = self.shared.client()?;
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
        if reference.is_empty() || !reference.chars().all(plain) {
            return Ok(None);
        }
        match self.shared.inspect(&client, reference).await {
            Ok((_, record)) => {
                let container = Arc::clone(&record.container);
                let id = container.id.clone();
                let _ = self.shared.apply(&id, Ok(record));
                // An engine also takes the beginning of an id.
                let meant = container.id == reference || container.name == reference;
                Ok(meant.then_some(container))
            }
            Err(EngineError::NotFound(_)) => {
                let missing = EngineError::NotFound(reference.to_owned());
                let known = self.shared.inventory().get(reference).is_some();
                if known {
                    let _ = self.shared.apply(reference, Err(missing));
                }
                Ok(None)
            }
            Err(error) => {
                if error.is_about_the_connection() {
                    self.shared.check_connection.notify_one();
                }
                Err(error)
            }
        }
    }

    /// The same, between two runs of a container that its policy restarts not as
    /// exited: Podman has no state "restarting".
    pub async fn settled(&self, reference: &str) -> Result<Option<Arc<Container>>, EngineError> {
        loop {
            let found = self.current(reference).await?;
            if !self.is_podman() || !found.as_deref().is_some_and(may_be_restarting) {
                return Ok(found);
            }
            sleep(Duration::from_millis(100)).await;
        }
    }

    /// The full id of a name or id, asked of the engine itself; `None` when
    /// there is no such container.
    pub async fn find_container(&self, reference: &str) -> Result<Option<String>, EngineError> {
        Ok(self
            .raw_inspect(reference)
            .await?
            .map(|inspect| text_of(&inspect, "Id")))
    }

    /// Makes sure that memory, which learns by events, knows a container that was
    /// made a moment ago. One that it does not know is asked for once, by its
    /// exact name or full id; so is one that fits by the beginning of its id
    /// only, since the name of another one comes first.
    ///
    /// # Errors
    /// [`EngineError::NotFound`] when the engine does not know it either.
    pub async fn look_up(&self, reference: &str) -> Result<(), EngineError> {
        let name = reference.trim_start_matches('/');
        let unknown = match self.shared.record(reference) {
            Ok(found) if found.container.name == name || found.container.id == name => {
                return Ok(());
            }
            Ok(_) => Ok(()),
            Err(error @ EngineError::NotFound(_)) => Err(error),
            Err(error) => return Err(error),
        };
        let possible = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
        if name.is_empty() || !name.chars().all(possible) {
            return unknown;
        }
        let Some(inspect) = self.raw_inspect(name).await? else {
            return unknown;
        };
        let id = text_of(&inspect, "Id");
        // The engine also takes the beginning of an id, which may be a removed one's name.
        if id != name && text_of(&inspect, "Name").trim_start_matches('/') != name {
            return unknown;
        }
        self.refresh(&id).await
    }

    /// Whether a container has this name. Before it is said the engine itself is
    /// asked: memory may still know one that was removed a moment ago.
    pub async fn has_name(&self, name: &str) -> Result<bool, EngineError> {
        let holder = |engine: &Self| engine.get(name).ok().filter(|found| found.name == name);
        let Some(found) = holder(self) else {
            return Ok(false);
        };
        if self.inspect_name(&found.id).await?.as_deref() == Some(name) {
            return Ok(true);
        }
        self.refresh(&found.id).await?;
        Ok(holder(self).is_some())
    }

    /// What of the host a container can write to: volumes by their names, folders by
    /// their paths. Nothing when it is not there any more.
    pub async fn written_by(&self, id: &str) -> Result<Vec<String>, EngineError> {
        let inspect = self.raw_inspect(id).await?.unwrap_or_default();
        let mounts = inspect.get("Mounts").and_then(Value::as_array);
        Ok(mounts
            .into_iter()
            .flatten()
            .filter(|mount| mount.get("RW") == Some(&Value::Bool(true)))
            .map(|mount| match text_of(mount, "Name") {
                name if name.is_empty() => text_of(mount, "Source"),
                name => name,
            })
            .collect())
    }

    /// Where in a container what of the host is mounted, and whether it can be
    /// written to.
    pub async fn mounts_of(
        &self,
        id: &str,
    ) -> Result<BTreeMap<String, (String, bool)>, EngineError> {
        let inspect = self.raw_inspect(id).await?.unwrap_or_default();
        let mounts = inspect.get("Mounts").and_then(Value::as_array);
        Ok(mounts
            .into_iter()
            .flatten()
            .map(|mount| {
                let writable = mount.get("RW") == Some(&Value::Bool(true));
                let source = text_of(mount, "Source");
                (text_of(mount, "Destination"), (source, writable))
            })
            .collect())
    }

    /// Bytes that were written in a container outside of its mounts; `None` when
    /// the engine does not tell in time.
    pub async fn written_inside(&self, id: &str) -> Option<u64> {
        let client = self.shared.client().ok()?;
        let path = format!("/containers/{}/json?size=1", encode(id));
        let limit = Duration::from_secs(3);
        let answer = client
            .transport
            .call(Method::GET, &path, None, limit, id)
            .await
            .ok()?;
        let inspect: Value = parse(&answer).ok()?;
        inspect.get("SizeRw")?.as_u64()
    }

    /// The networks that a container is on now; `None` when it is gone.
    pub async fn networks_of(&self, id: &str) -> Result<Option<Vec<String>>, EngineError> {
        let inspect = self.raw_inspect(id).await?;
        Ok(inspect.map(|inspect| {
            let networks = inspect.pointer("/NetworkSettings/Networks");
            networks
                .and_then(Value::as_object)
                .into_iter()
                .flatten()
                .map(|(name, _)| {
                    if self.network_name("bridge") == name {
                        "bridge".to_owned()
                    } else {
                        name.clone()
                    }
                })
                .collect()
        }))
    }

    /// The id of the network of this name that a container is on now, empty where the
    /// engine does not tell it; `None` inside when it is on none, and outside when the
    /// container is gone.
    pub async fn place_on(
        &self,
        id: &str,
        network: &str,
    ) -> Result<Option<Option<String>>, EngineError> {
        let inspect = self.raw_inspect(id).await?;
        Ok(inspect.map(|inspect| {
            let place = inspect
                .pointer("/NetworkSettings/Networks")?
                .get(self.network_name(network))?;
            Some(text_of(place, "NetworkID"))
        }))
    }

    /// The name that a container has now, asked of the engine itself; `None`
    /// when it is gone.
    pub async fn inspect_name(&self, id: &str) -> Result<Option<String>, EngineError> {
        let inspect = self.raw_inspect(id).await?;
        Ok(inspect.map(|inspect| text_of(&inspect, "Name").trim_start_matches('/').to_owned()))
    }

    pub(super) async fn raw_inspect(&self, reference: &str) -> Result<Option<Value>, EngineError> {
        let client = self.shared.client()?;
        let path = format!("/containers/{}/json", encode(reference));
        match self
            .ask(&client, Method::GET, &path, None, REQUEST, reference)
            .await
        {
            Ok(answer) => parse(&answer).map(Some),
            Err(EngineError::NotFound(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// What a container wrote last, at most `most` lines of 200 characters;
    /// nothing when it cannot be read.
    pub async fn last_lines(&self, id: &str, most: u64) -> Vec<String> {
        let query = LogQuery {
            tail: Some(most),
            stdout: true,
            stderr: true,
            ..LogQuery::default()
        };
        let Ok(lines) = self.logs(id, &query).await else {
            return Vec::new();
        };
        let read = lines
            .filter_map(|line| std::future::ready(line.ok()))
            .take(most as usize)
            .collect::<Vec<_>>();
        let lines = tokio::time::timeout(REQUEST, read)
            .await
            .unwrap_or_default();
        lines
            .into_iter()
            .map(|line| {
                line.message
                    .chars()
                    .filter(|c| !c.is_control())
                    .take(200)
                    .collect()
            })
            .collect()
    }
}

fn text_of(value: &Value, key: &str) -> String {
    value
        .get(key)
        .and_then(Value::as_str)
        .unwrap_or("")
        .to_owned()
}
