//! Making and changing containers: create, connect, rename, update, and the
//! snapshot of one that is to be made again.
//!
//! These are single steps; in which order they are taken, and what happens
//! when one fails, is for the domain to decide.

use super::client::Client;
use super::convert::{self, CreateBody, Defaults, EngineFacts};
use super::error::EngineError;
use super::handle::Engine;
use super::transport::REQUEST;
use super::wire::{encode, or_default, parse};
use crate::model::container::Container;
use crate::model::logs::LogQuery;
use crate::model::spec::ContainerSpec;
use futures_util::StreamExt as _;
use hyper::Method;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Making a container copies nothing, but a slow card may take its time.
const CREATE: Duration = Duration::from_mins(2);

/// From one try to read a changed container to the next.
const REFRESH_PAUSES: [Duration; 3] = [
    Duration::from_millis(100),
    Duration::from_millis(400),
    Duration::ZERO,
];

/// A container that was made.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Created {
    pub id: String,
    /// What the engine remarks ("Your kernel does not support swap limit …").
    #[serde(default, deserialize_with = "or_default")]
    pub warnings: Vec<String>,
}

/// A container as it is, ready to be made again.
#[derive(Debug, Clone)]
pub struct Snapshot {
    pub container: Arc<Container>,
    pub inspect: Value,
    /// The image it was made from still exists, so its defaults were told apart.
    pub image_known: bool,
    pub body: CreateBody,
    /// The same in a person's words, without what the engine filled in.
    pub spec: ContainerSpec,
    /// What the engine does not tell, and what becomes of it in a replacement.
    pub uncertain: Option<String>,
    /// The pod of Podman that it is a member of.
    pub pod: Option<String>,
}

/// The platform of an image (`linux/arm64/v8`) that is not of the engine's
/// architecture (`x86_64`): somebody asked for it.
fn foreign(image: &str, engine: &str) -> Option<String> {
    let own = match engine {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "i386" | "i686" => "386",
        arm if arm.starts_with("armv") => "arm",
        other => other,
    };
    let architecture = image.split('/').nth(1).unwrap_or("");
    let both_known = !own.is_empty() && !architecture.is_empty();
    (both_known && architecture != own).then(|| image.to_owned())
}

impl Engine {
    /// What a create request for this engine looks like.
    ///
    /// # Errors
    /// Names the field that cannot be read.
    pub fn create_body(&self, spec: &ContainerSpec) -> crate::error::Result<CreateBody> {
        let api = self.shared.client()?.api;
        convert::create_body(spec, api)
    }

    /// What somebody would write to get this request.
    pub fn spec_of(&self, body: &CreateBody) -> Result<ContainerSpec, EngineError> {
        let client = self.shared.client()?;
        Ok(convert::spec_of(body, &defaults(&client)))
    }

    /// `POST /containers/create` with the primary network.
    ///
    /// # Errors
    /// All of [`EngineError`]; the engine's reason word for word.
    pub async fn create_container(
        &self,
        name: Option<&str>,
        body: &CreateBody,
    ) -> Result<Created, EngineError> {
        let client = self.shared.client()?;
        let mut path = String::from("/containers/create?");
        if let Some(name) = name {
            path.push_str(&format!("name={}&", encode(name)));
        }
        // Older engines would ignore it silently.
        if let Some(platform) = &body.platform
            && client.api >= (1, 41)
        {
            path.push_str(&format!("platform={}&", encode(platform)));
        }
        let mut request = body.request(client.api);
        if self.is_podman()
            && let Some(endpoints) = request
                .pointer_mut("/NetworkingConfig/EndpointsConfig")
                .and_then(Value::as_object_mut)
        {
            *endpoints = std::mem::take(endpoints)
                .into_iter()
                .map(|(name, endpoint)| (convert::podman_network_name(&name).to_owned(), endpoint))
                .collect();
        }
        let answer = self
            .ask(
                &client,
                Method::POST,
                path.trim_end_matches(['?', '&']),
                Some(&request),
                CREATE,
                "",
            )
            .await?;
        let mut created: Created = parse(&answer)?;
        self.refresh_after_change(&created.id).await;
        created
            .warnings
            .extend(self.ignored(&created.id, &request).await);
        Ok(created)
    }

    /// Whose way with anonymous volumes differs: it removes them with their last
    /// user, however that one got them.
    pub fn is_podman(&self) -> bool {
        let status = self.status();
        status
            .info
            .is_some_and(|info| info.product.contains("Podman"))
    }

    /// The API version in use, and Podman's major version where it is one.
    ///
    /// # Errors
    /// [`EngineError::Unavailable`] without a connection.
    pub fn capabilities(&self) -> Result<((usize, usize), Option<u32>), EngineError> {
        let client = self.shared.client()?;
        let podman = client.info.product.contains("Podman").then(|| {
            let major = client.info.version.split('.').next().unwrap_or("");
            major.parse().unwrap_or(0)
        });
        Ok((client.api, podman))
    }

    /// The name that this engine takes for a network.
    pub(super) fn network_name<'a>(&self, name: &'a str) -> &'a str {
        if self.is_podman() {
            convert::podman_network_name(name)
        } else {
            name
        }
    }

    /// Whether the create request connects to all of its networks.
    pub fn connects_at_once(&self, body: &CreateBody) -> Result<bool, EngineError> {
        Ok(body.at_once(self.shared.client()?.api))
    }

    /// `POST /networks/{name}/connect`.
    pub async fn connect_network(
        &self,
        network: &str,
        id: &str,
        endpoint: &Map<String, Value>,
    ) -> Result<(), EngineError> {
        let client = self.shared.client()?;
        let path = format!("/networks/{}/connect", encode(self.network_name(network)));
        let body = json!({ "Container": id, "EndpointConfig": endpoint });
        self.ask(&client, Method::POST, &path, Some(&body), REQUEST, id)
            .await?;
        self.refresh_after_change(id).await;
        Ok(())
    }

    /// `POST /networks/{name}/disconnect`.
    pub async fn disconnect_network(&self, network: &str, id: &str) -> Result<(), EngineError> {
        let client = self.shared.client()?;
        let path = format!(
            "/networks/{}/disconnect",
            encode(self.network_name(network))
        );
        let body = json!({ "Container": id, "Force": false });
        self.ask(&client, Method::POST, &path, Some(&body), REQUEST, id)
            .await?;
        self.refresh_after_change(id).await;
        Ok(())
    }

    /// `POST /containers/{id}/rename`.
    ///
    /// # Errors
    /// [`EngineError::Conflict`] when the name is taken.
    pub async fn rename_container(&self, id: &str, name: &str) -> Result<(), EngineError> {
        let client = self.shared.client()?;
        let path = format!("/containers/{}/rename?name={}", encode(id), encode(name));
        self.ask(&client, Method::POST, &path, None, REQUEST, id)
            .await?;
        self.refresh_after_change(id).await;
        Ok(())
    }

    /// `POST /containers/{id}/update`: limits and the restart policy, in the
    /// engine's words. Gives the engine's warnings.
    pub async fn update_container(
        &self,
        id: &str,
        change: &Value,
    ) -> Result<Vec<String>, EngineError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Answer {
            #[serde(default, deserialize_with = "or_default")]
            warnings: Vec<String>,
        }
        let client = self.shared.client()?;
        let path = format!("/containers/{}/update", encode(id));
        let answer = self
            .ask(&client, Method::POST, &path, Some(change), REQUEST, id)
            .await?;
        self.refresh_after_change(id).await;
        Ok(serde_json::from_slice::<Answer>(&answer)
            .map(|answer| answer.warnings)
            .unwrap_or_default())
    }

    /// Everything that is needed to make this container again.
    pub async fn snapshot(&self, reference: &str) -> Result<Snapshot, EngineError> {
        let (inspect, container) = self.inspect_container(reference).await?;
        let client = self.shared.client()?;
        let image = self
            .image_of_container(&inspect, &container.image_id)
            .await?;
        let config = image.as_ref().map(|image| &image.config);
        let mut body = convert::body_of(&inspect, config, &facts(&client));
        let own = super::images::platform_of_container(&inspect);
        body.platform = own
            .as_ref()
            .or(image.as_ref().map(|image| &image.platform))
            .and_then(|platform| foreign(platform, &client.info.architecture));
        let mut spec = convert::spec_of(&body, &defaults(&client));
        spec.name = Some(container.name.clone());
        let pod = self.pod_of(&container.id).await;
        let uncertain = convert::keep_assigned(&mut body, &inspect, &facts(&client));
        Ok(Snapshot {
            container,
            inspect,
            image_known: image.is_some(),
            body,
            spec,
            uncertain,
            pod,
        })
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

    /// `DELETE /volumes/{name}`; false when it is gone already, or in use.
    pub async fn remove_volume(&self, name: &str) -> Result<bool, EngineError> {
        let client = self.shared.client()?;
        let path = format!("/volumes/{}", encode(name));
        match self
            .ask(&client, Method::DELETE, &path, None, REQUEST, name)
            .await
        {
            Ok(_) => Ok(true),
            Err(
                EngineError::NotFound(_)
                | EngineError::Conflict(_)
                | EngineError::Engine {
                    status: 404 | 409, ..
                },
            ) => Ok(false),
            Err(error) => Err(error),
        }
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

    /// Brings memory up to date for one container, known to it or not.
    pub async fn refresh(&self, id: &str) -> Result<(), EngineError> {
        let client = self.shared.client()?;
        let answer = self
            .shared
            .inspect(&client, id)
            .await
            .map(|(_, record)| record);
        self.shared.apply(id, answer).map(drop)
    }

    /// The same after a call that succeeded. When the container cannot be read
    /// the call has succeeded all the same: it is asked for a few times, and then
    /// left to the event stream.
    async fn refresh_after_change(&self, id: &str) {
        for pause in REFRESH_PAUSES {
            let Err(error) = self.refresh(id).await else {
                return;
            };
            tracing::warn!(id, %error, "a container that was changed could not be inspected");
            if error.is_about_the_connection() {
                self.shared.check_connection.notify_one();
                return;
            }
            tokio::time::sleep(pause).await;
        }
    }

    /// One request; a failure of the connection makes it be looked at.
    pub(super) async fn ask(
        &self,
        client: &Client,
        method: Method,
        path: &str,
        body: Option<&Value>,
        limit: Duration,
        what: &str,
    ) -> Result<bytes::Bytes, EngineError> {
        let answer = client.transport.call(method, path, body, limit, what).await;
        if answer
            .as_ref()
            .is_err_and(EngineError::is_about_the_connection)
        {
            self.shared.check_connection.notify_one();
        }
        answer
    }
}

fn text_of(value: &Value, key: &str) -> String {
    value
        .get(key)
        .and_then(Value::as_str)
        .unwrap_or("")
        .to_owned()
}

pub(super) fn defaults(client: &Client) -> Defaults {
    Defaults {
        cgroup_v2: client.info.cgroup_version == "2",
        logging_driver: client.logging_driver.clone(),
        runtime: client.default_runtime.clone(),
    }
}

pub(super) fn facts(client: &Client) -> EngineFacts {
    EngineFacts {
        api: client.api,
        version: client.info.version.clone(),
        podman: client.info.product.contains("Podman"),
        host_name: client.info.name.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_platform_counts_where_it_is_not_the_engines_own() {
        for (image, engine, wanted) in [
            ("linux/amd64", "x86_64", None),
            ("linux/arm64/v8", "aarch64", None),
            ("linux/arm/v6", "armv7l", None),
            ("linux/amd64", "aarch64", Some("linux/amd64")),
            ("linux/arm/v7", "aarch64", Some("linux/arm/v7")),
            ("linux/386", "x86_64", Some("linux/386")),
            ("/", "x86_64", None),
            ("linux/amd64", "", None),
        ] {
            assert_eq!(
                foreign(image, engine).as_deref(),
                wanted,
                "{image} on {engine}"
            );
        }
    }
}
