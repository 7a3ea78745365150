//! Making and changing containers: create, rename and update.
//!
//! These are single steps; in which order they are taken, and what happens
//! when one fails, is for the domain to decide.

use super::client::Client;
use super::convert::{self, CreateBody};
use super::error::EngineError;
use super::handle::Engine;
use super::transport::REQUEST;
use super::wire::{encode, or_default, parse};
use crate::model::spec::ContainerSpec;
use hyper::Method;
use serde::Deserialize;
use serde_json::Value;
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

impl Engine {
    /// What a create request for this engine looks like.
    ///
    /// # Errors
    /// Names the field that cannot be read.
    pub fn create_body(&self, spec: &ContainerSpec) -> crate::error::Result<CreateBody> {
        let api = self.shared.client()?.api;
        convert::create_body(spec, api)
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

    /// Whether the create request connects to all of its networks.
    pub fn connects_at_once(&self, body: &CreateBody) -> Result<bool, EngineError> {
        Ok(body.at_once(self.shared.client()?.api))
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
    pub(super) async fn refresh_after_change(&self, id: &str) {
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
