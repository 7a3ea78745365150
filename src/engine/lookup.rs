//! What is asked of the engine itself about one container, where memory may be
//! a moment behind or does not hold it.

use super::convert;
use super::error::EngineError;
use super::handle::Engine;
use super::transport::REQUEST;
use super::wire::{encode, parse};
use crate::model::logs::LogQuery;
use futures_util::StreamExt as _;
use hyper::Method;
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;

impl Engine {
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

    /// The volumes mounted in a container that nobody named.
    pub async fn anonymous_volumes(&self, id: &str) -> Result<Vec<String>, EngineError> {
        let inspect = self.raw_inspect(id).await?.unwrap_or_default();
        let mounts = inspect.get("Mounts").and_then(Value::as_array);
        Ok(mounts
            .into_iter()
            .flatten()
            .filter(|mount| text_of(mount, "Type") == "volume")
            .map(|mount| text_of(mount, "Name"))
            .filter(|name| convert::is_generated(name))
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

    /// The name that a container has now, asked of the engine itself; `None`
    /// when it is gone.
    pub async fn inspect_name(&self, id: &str) -> Result<Option<String>, EngineError> {
        let inspect = self.raw_inspect(id).await?;
        Ok(inspect.map(|inspect| text_of(&inspect, "Name").trim_start_matches('/').to_owned()))
    }

    async fn raw_inspect(&self, reference: &str) -> Result<Option<Value>, EngineError> {
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
