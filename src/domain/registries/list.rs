//! The list: registries that images come from, that have a login, or that the
//! engine's owner named.

use super::Registries;
use crate::domain::updates::RegistryReport;
use crate::error::{Error, Kind, Result};
use crate::model::container::Container;
use crate::model::image::ImageSummary;
use crate::model::reference::{DOCKER_HUB, Reference};
use crate::model::registry::{RegistryLimit, RegistryPolicy, registry_name};
use crate::model::timestamp::Timestamp;
use crate::registry::{FileLogins, mirror_name};
use crate::store::RegistryLoginRecord;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;
use utoipa::ToSchema;

/// A list that waits longer for the engine says what is known without it.
const PATIENCE: Duration = Duration::from_secs(3);

/// Where a login is taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LoginOrigin {
    /// It was entered here.
    Own,
    /// `docker login` or `podman login` wrote it into a file.
    File,
    /// A credential helper is asked, which may have one.
    Helper,
    None,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RegistryLoginView {
    pub origin: LoginOrigin,
    /// `null` where it is not known without asking a helper, and for tokens without one.
    pub username: Option<String>,
    /// The file that has it or names the helper.
    pub file: Option<String>,
    /// The helper: `docker-credential-` and this.
    pub helper: Option<String>,
    /// When it was entered here.
    pub updated_at: Option<Timestamp>,
}

/// A registry with its login; the secret is never shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RegistryView {
    /// `ghcr.io`, `nas.home:5000`; Docker Hub is `docker.io`.
    pub registry: String,
    pub login: RegistryLoginView,
    /// Containers whose image came from there.
    pub containers: u32,
    /// Images on this host that came from there.
    pub images: u32,
    /// What it said of its limits last.
    pub limit: Option<RegistryLimit>,
    /// It is not asked for updates before.
    pub retry_at: Option<Timestamp>,
    /// Why images could not be looked up there the last time, if a login can change that.
    pub problem: Option<String>,
    /// The engine may ask it without verified TLS.
    pub is_insecure: bool,
    /// The engine asks it for images of Docker Hub first.
    pub is_mirror: bool,
}

/// The answer of `GET /api/registries`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RegistryList {
    /// By name, Docker Hub first.
    pub items: Vec<RegistryView>,
    /// Networks whose registries the engine may ask without verified TLS.
    #[schema(value_type = Vec<String>)]
    pub insecure_networks: Vec<ipnetwork::IpNetwork>,
    /// Where logins of the command line are looked for.
    pub login_files: Vec<String>,
    /// Why the engine could not be asked for images, mirrors and insecure registries.
    pub engine_problem: Option<String>,
}

impl Registries {
    /// # Errors
    /// When the store cannot be read. Without the engine it lists what is known without.
    pub async fn list(&self) -> Result<RegistryList> {
        let known = self.known_to_engine().await;
        let (policy, uses, engine_problem) = match known {
            Ok((policy, uses)) => (policy, uses, None),
            Err(error) => (
                RegistryPolicy::default(),
                BTreeMap::new(),
                Some(error.message),
            ),
        };
        let sources = Sources {
            own: self.store.registry_logins()?.into_iter().collect(),
            files: self.files.overview().await,
            policy,
            uses,
            reports: self.updates.registry_reports(),
        };
        Ok(RegistryList {
            items: sources.views(),
            insecure_networks: sources.policy.insecure_networks,
            login_files: self.files.paths(),
            engine_problem,
        })
    }

    async fn known_to_engine(&self) -> Result<(RegistryPolicy, BTreeMap<String, Uses>)> {
        let (images, containers) = (self.engine.images()?, self.engine.containers()?);
        let Ok(policy) = timeout(PATIENCE, self.engine.registry_policy()).await else {
            return Err(Error::new(
                Kind::EngineUnavailable,
                "The engine is slow to say which mirrors and insecure registries it has. Load the list again in a moment.",
            ));
        };
        Ok((policy?, uses(&images, &containers)))
    }

    /// One of the list.
    pub(super) async fn get(&self, registry: &str) -> Result<RegistryView> {
        let list = self.list().await?;
        let found = list.items.into_iter().find(|one| one.registry == registry);
        found.ok_or_else(|| {
            Error::not_found(format!("{registry} is not in the list of registries."))
        })
    }
}

/// Containers and images from one registry.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Uses {
    containers: u32,
    images: u32,
}

/// What the list is made of.
struct Sources {
    own: BTreeMap<String, RegistryLoginRecord>,
    files: FileLogins,
    policy: RegistryPolicy,
    uses: BTreeMap<String, Uses>,
    reports: BTreeMap<String, RegistryReport>,
}

impl Sources {
    fn views(&self) -> Vec<RegistryView> {
        let mirrors: BTreeSet<String> = self
            .policy
            .mirrors
            .iter()
            .filter_map(|mirror| registry_name(&mirror_name(mirror)?).ok())
            .collect();
        let insecure = self.policy.insecure_hosts.iter();
        let insecure = insecure.filter_map(|host| registry_name(host).ok());
        let mut names: BTreeSet<String> = insecure.collect();
        names.extend(self.own.keys().cloned());
        names.extend(self.files.registries().cloned());
        names.extend(self.uses.keys().cloned());
        names.extend(mirrors.iter().cloned());
        names.insert(DOCKER_HUB.to_owned());
        let mut views: Vec<RegistryView> = names
            .into_iter()
            .map(|name| self.view(name, &mirrors))
            .collect();
        views.sort_by_key(|view| view.registry != DOCKER_HUB);
        views
    }

    fn view(&self, registry: String, mirrors: &BTreeSet<String>) -> RegistryView {
        let uses = self.uses.get(&registry).copied().unwrap_or_default();
        let report = self.reports.get(&registry);
        RegistryView {
            login: self.login(&registry),
            containers: uses.containers,
            images: uses.images,
            limit: report.and_then(|report| report.limit),
            retry_at: report.and_then(|report| report.retry_at),
            problem: report.and_then(|report| report.login_problem.clone()),
            is_insecure: self.policy.is_insecure(&registry),
            is_mirror: mirrors.contains(&registry),
            registry,
        }
    }

    fn login(&self, registry: &str) -> RegistryLoginView {
        if let Some(own) = self.own.get(registry) {
            return RegistryLoginView {
                origin: LoginOrigin::Own,
                username: Some(own.username.clone()),
                file: None,
                helper: None,
                updated_at: Some(own.updated_at),
            };
        }
        let file = self.files.of(registry);
        RegistryLoginView {
            origin: match file {
                None => LoginOrigin::None,
                Some(file) if file.helper.is_some() => LoginOrigin::Helper,
                Some(_) => LoginOrigin::File,
            },
            username: file.and_then(|file| file.username.clone()),
            file: file.map(|file| file.path.clone()),
            helper: file.and_then(|file| file.helper.clone()),
            updated_at: None,
        }
    }
}

/// Where images came from: the repositories of their digests. What was built on this
/// host has none.
fn uses(images: &[Arc<ImageSummary>], containers: &[Arc<Container>]) -> BTreeMap<String, Uses> {
    let mut uses: BTreeMap<String, Uses> = BTreeMap::new();
    let mut by_id: HashMap<&str, BTreeSet<String>> = HashMap::new();
    for image in images {
        let from: BTreeSet<String> = image
            .digests
            .iter()
            .filter_map(|text| origin(text))
            .collect();
        for registry in &from {
            uses.entry(registry.clone()).or_default().images += 1;
        }
        by_id.insert(&image.id, from);
    }
    for container in containers {
        let named = origin(&container.image);
        let from = match by_id.get(container.image_id.as_str()) {
            // An image that is in several registries counts where its container names it.
            Some(from) => named
                .filter(|named| from.contains(named))
                .or_else(|| from.first().cloned()),
            None => named,
        };
        if let Some(registry) = from {
            uses.entry(registry).or_default().containers += 1;
        }
    }
    uses
}

/// The registry of a reference. Podman calls what it builds `localhost/…`.
fn origin(reference: &str) -> Option<String> {
    let registry = Reference::parse(reference).ok()?.registry;
    let name = registry_name(&registry).ok()?;
    (name != "localhost").then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(id: &str, digests: &[&str]) -> Arc<ImageSummary> {
        let mut image = ImageSummary::named(id, &[]);
        image.digests = digests
            .iter()
            .map(|name| format!("{name}@sha256:{}", "0".repeat(64)))
            .collect();
        Arc::new(image)
    }

    fn container(image: &str, id: &str) -> Arc<Container> {
        Arc::new(Container {
            image: image.to_owned(),
            image_id: id.to_owned(),
            ..Container::running("c")
        })
    }

    #[test]
    fn images_and_containers_count_for_the_registry_that_they_came_from() {
        let images = [
            image("a", &["nginx"]),
            image("b", &["ghcr.io/a/b", "nas:5000/b"]),
            image("c", &[]),
            image("d", &["localhost/own"]),
        ];
        let containers = [
            container("nginx:1", "a"),
            container("nas:5000/b:1", "b"),
            container("sha256:b", "b"),
            container("built:1", "c"),
            container("localhost/own", "d"),
            container("quay.io/gone:1", "e"),
        ];
        let uses = uses(&images, &containers);
        let of = |registry: &str| {
            uses.get(registry)
                .map(|uses| (uses.containers, uses.images))
        };
        assert_eq!(of("docker.io"), Some((1, 1)));
        assert_eq!(of("nas:5000"), Some((1, 1)));
        assert_eq!(of("ghcr.io"), Some((1, 1)));
        assert_eq!(of("quay.io"), Some((1, 0)));
        assert_eq!(of("localhost"), None);
        assert_eq!(uses.len(), 4);
    }

    #[test]
    fn list_has_every_source_once_and_docker_hub_first() {
        let record = RegistryLoginRecord {
            username: "me".to_owned(),
            secret: "s3cret".to_owned(),
            updated_at: Timestamp(1),
        };
        let sources = Sources {
            own: BTreeMap::from([("ghcr.io".to_owned(), record)]),
            files: FileLogins::default(),
            policy: RegistryPolicy {
                mirrors: vec![
                    "https://mirror.lan:5443/".to_owned(),
                    "no address".to_owned(),
                ],
                insecure_hosts: vec!["NAS:5000".to_owned()],
                ..RegistryPolicy::default()
            },
            uses: BTreeMap::from([("ghcr.io".to_owned(), Uses::default())]),
            reports: BTreeMap::new(),
        };
        let views = sources.views();
        let names: Vec<&str> = views.iter().map(|view| &*view.registry).collect();
        assert_eq!(
            names,
            ["docker.io", "ghcr.io", "mirror.lan:5443", "nas:5000"]
        );
        assert_eq!(views[0].login.origin, LoginOrigin::None);
        assert_eq!(views[1].login.origin, LoginOrigin::Own);
        assert!(views[2].is_mirror && !views[1].is_mirror);
        assert!(views[3].is_insecure && !views[1].is_insecure);
        let json = serde_json::to_string(&views).unwrap();
        assert!(
            json.contains("\"me\"") && !json.contains("s3cret"),
            "{json}"
        );
    }
}
