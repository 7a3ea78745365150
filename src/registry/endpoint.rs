//! Where a registry is: Docker Hub behind its mirrors, others at their own
//! address.

use super::authorizer::Authorizer;
use super::error::RegistryError;
use super::pool::Pool;
use crate::https::HttpOrigin;
use crate::model::reference::DOCKER_HUB;
use crate::model::registry::{RegistryLimit, RegistryPolicy};
use hyper::Uri;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::OnceCell;

/// Where Docker Hub answers.
const HUB_HOST: &str = "registry-1.docker.io";

/// One place that may have what is asked for.
#[derive(Debug)]
pub(super) struct Endpoint {
    /// As messages name it.
    pub name: String,
    /// The registry that a login is for.
    pub login_name: String,
    /// How it may be reached, in the order of trying.
    pub origins: Vec<HttpOrigin>,
    /// Its certificate does not count.
    pub is_insecure: bool,
    pub ready: OnceCell<Result<Arc<Ready>, RegistryError>>,
    /// Nothing more is asked of it in this session.
    failed: Mutex<Option<RegistryError>>,
    limit: Mutex<Option<RegistryLimit>>,
}

/// An endpoint that has answered.
#[derive(Debug)]
pub(super) struct Ready {
    pub pool: Arc<Pool>,
    pub authorizer: Authorizer,
}

impl Endpoint {
    fn new(name: &str, login_name: &str, origins: Vec<HttpOrigin>, is_insecure: bool) -> Arc<Self> {
        Arc::new(Self {
            name: name.to_owned(),
            login_name: login_name.to_owned(),
            origins,
            is_insecure,
            ready: OnceCell::new(),
            failed: Mutex::default(),
            limit: Mutex::default(),
        })
    }

    pub fn failure(&self) -> Option<RegistryError> {
        let failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        failed.clone()
    }

    pub fn fail(&self, error: &RegistryError) {
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        failed.get_or_insert_with(|| error.clone());
    }

    pub fn limit(&self) -> Option<RegistryLimit> {
        *self.limit.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn note_limit(&self, limit: RegistryLimit) {
        *self.limit.lock().unwrap_or_else(PoisonError::into_inner) = Some(limit);
    }
}

/// The places to ask for images of a registry, best first.
pub(super) fn endpoints(registry: &str, policy: &RegistryPolicy) -> Vec<Arc<Endpoint>> {
    if registry != DOCKER_HUB {
        return direct(registry, registry, policy).into_iter().collect();
    }
    let mirrors = policy.mirrors.iter().filter_map(|mirror| {
        let origin = mirror_origin(mirror)?;
        let name = origin.authority();
        let is_insecure = !origin.is_https || policy.is_insecure(&name);
        Some(Endpoint::new(&name, &name, vec![origin], is_insecure))
    });
    let hub = HttpOrigin {
        is_https: true,
        host: HUB_HOST.to_owned(),
        port: 443,
    };
    mirrors
        .chain([Endpoint::new(DOCKER_HUB, DOCKER_HUB, vec![hub], false)])
        .collect()
}

fn mirror_origin(address: &str) -> Option<HttpOrigin> {
    let uri: Uri = address.parse().ok()?;
    HttpOrigin::of(&uri).ok()
}

/// `host[:port]` of a mirror, by the address that the engine was told: the registry
/// that its login is for.
pub fn mirror_name(address: &str) -> Option<String> {
    mirror_origin(address).map(|origin| origin.authority())
}

fn direct(registry: &str, login_name: &str, policy: &RegistryPolicy) -> Option<Arc<Endpoint>> {
    let origin = |scheme: &str| {
        let uri: Uri = format!("{scheme}://{registry}/").parse().ok()?;
        HttpOrigin::of(&uri).ok()
    };
    let is_insecure = policy.is_insecure(registry);
    let mut origins = vec![origin("https")?];
    if is_insecure {
        origins.push(origin("http")?);
    }
    Some(Endpoint::new(registry, login_name, origins, is_insecure))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(registry: &str, policy: &RegistryPolicy) -> Vec<String> {
        let all = endpoints(registry, policy);
        all.iter()
            .flat_map(|endpoint| endpoint.origins.iter().map(ToString::to_string))
            .collect()
    }

    #[test]
    fn docker_hub_is_asked_after_its_mirrors_and_others_at_their_own_address() {
        let policy = RegistryPolicy {
            mirrors: vec![
                "https://mirror.lan:5443/".to_owned(),
                "no address".to_owned(),
            ],
            insecure_hosts: vec!["nas:5000".to_owned()],
            ..RegistryPolicy::default()
        };
        assert_eq!(
            addresses("docker.io", &policy),
            ["https://mirror.lan:5443", "https://registry-1.docker.io"]
        );
        assert_eq!(addresses("ghcr.io", &policy), ["https://ghcr.io"]);
        assert_eq!(
            addresses("nas:5000", &policy),
            ["https://nas:5000", "http://nas:5000"]
        );
        assert_eq!(
            addresses("[::1]:5000", &policy),
            ["https://[::1]:5000", "http://[::1]:5000"]
        );
    }
}
