//! Storing and deleting a login: checked, told as a plan, done, written down. What
//! could not be looked up without it is looked up again.

use super::{Registries, RegistryView, check};
use crate::domain::commands::{self, RegistryLoginCommand};
use crate::domain::security::Client;
use crate::error::{Error, Result};
use crate::model::plan::Plan;
use crate::model::reference::DOCKER_HUB;
use crate::model::registry::SecretText;
use crate::model::timestamp::Timestamp;
use crate::store::RegistryLoginRecord;
use serde::Deserialize;
use utoipa::ToSchema;

/// More registries than any household has.
const MOST: u64 = 100;

/// A login at a registry.
// It has no `Debug`: its secret is in no log.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RegistryLoginRequest {
    /// 1 to 255 bytes, without a colon.
    pub username: String,
    /// A password or an access token, at most 8192 bytes on one line. It is stored
    /// encrypted and never shown again.
    #[schema(value_type = String, format = Password, write_only)]
    pub secret: SecretText,
}

impl Registries {
    /// What storing it would do.
    pub async fn plan_set(&self, registry: &str, request: &RegistryLoginRequest) -> Result<Plan> {
        let registry = check::registry(registry)?;
        let login = check::login(&request.username, &request.secret.0)?;
        let shown = shown(&registry);
        let stored = self.store.registry_login(&registry)?;
        let mut plan = Plan {
            title: format!("Save the login at {shown}"),
            steps: vec![
                format!(
                    "Store the user name {} and the secret for {shown}, encrypted.",
                    login.username
                ),
                "Use them for every pull from there, and to look for updates there.".to_owned(),
            ],
            keeps: vec![
                "Logins at other registries, and those of docker login on this host.".to_owned(),
            ],
            commands: Some(commands::registry_login(
                &RegistryLoginCommand {
                    registry,
                    username: login.username,
                },
                self.engine.cli_endpoint().as_deref(),
            )),
            ..Plan::default()
        };
        if let Some(stored) = stored {
            plan.warnings.push(format!(
                "The login of {} that is stored now is replaced.",
                stored.username
            ));
        }
        Ok(plan)
    }

    /// Stores it in place of an earlier one; gives the registry as it is listed then.
    pub async fn set(
        &self,
        registry: &str,
        request: RegistryLoginRequest,
        client: &Client,
    ) -> Result<RegistryView> {
        let registry = check::registry(registry)?;
        let login = check::login(&request.username, &request.secret.0)?;
        let details = format!("{} at {registry}", login.username);
        let record = RegistryLoginRecord {
            username: login.username,
            secret: login.secret,
            updated_at: Timestamp::now(),
        };
        let put = self
            .store
            .put_registry_login(registry.clone(), record, MOST);
        if !put.await? {
            return Err(Error::conflict(format!(
                "At most {MOST} logins are stored. Remove one that is not needed."
            ))
            .code("registry_login_limit"));
        }
        self.security
            .add(client, "registry_login_saved", true, &details)
            .await;
        self.updates.login_changed(&registry);
        self.get(&registry).await
    }

    /// What deleting it would do.
    pub async fn plan_delete(&self, registry: &str) -> Result<Plan> {
        let registry = check::registry(registry)?;
        if !self.store.has_registry_login(&registry)? {
            return Err(missing(&registry));
        }
        let shown = shown(&registry);
        let stored = self.store.registry_login(&registry)?;
        let of = stored.map_or_else(String::new, |stored| format!(" of {}", stored.username));
        let files = self.files.overview().await;
        let next = files.of(&registry).map_or_else(
            || format!("Ask {shown} without a login from now on: private images cannot be pulled or looked up."),
            |file| format!("Use the login of {} for {shown} from now on, if there is one.", file.path),
        );
        Ok(Plan {
            title: format!("Remove the login at {shown}"),
            steps: vec![format!("Delete the stored login{of}."), next],
            keeps: vec!["Containers and images on this host.".to_owned()],
            ..Plan::default()
        })
    }

    pub async fn delete(&self, registry: &str, client: &Client) -> Result<()> {
        let registry = check::registry(registry)?;
        let deleted = self.store.delete_registry_login(registry.clone());
        if !deleted.await? {
            return Err(missing(&registry));
        }
        self.security
            .add(client, "registry_login_removed", true, &registry)
            .await;
        self.updates.login_changed(&registry);
        Ok(())
    }
}

/// As a person calls it.
pub(super) fn shown(registry: &str) -> &str {
    if registry == DOCKER_HUB {
        "Docker Hub"
    } else {
        registry
    }
}

fn missing(registry: &str) -> Error {
    Error::not_found(format!(
        "No login at {registry} is stored here. Logins of docker login are removed with docker logout."
    ))
    .code("registry_login_not_found")
}
