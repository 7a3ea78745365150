//! Asking registries for a while: connections, tokens and what failed are
//! remembered until the session is dropped, so that a registry which is down or
//! has had enough is not asked again for every image.

mod login;
mod open;

pub use login::LoginCheck;

use super::answer::Answer;
use super::auth::TokenService;
use super::challenge::{Challenge, challenge};
use super::endpoint::{Endpoint, Ready, endpoints};
use super::error::RegistryError;
use super::limits;
use super::logins::Logins;
use super::plain::PlainRegistries;
use super::pool::{Pool, Query};
use super::pools::{Pools, explain};
use super::redirect;
use crate::https::Reach;
use crate::model::reference::Reference;
use crate::model::registry::RegistryLimit;
use hyper::header::{AUTHORIZATION, HeaderValue, LOCATION};
use hyper::{Method, StatusCode};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

const MOST_REDIRECTS: usize = 5;

#[derive(Debug)]
pub struct RegistrySession {
    pools: Pools,
    logins: Logins,
    plain: PlainRegistries,
    /// Repositories by registry.
    expected: HashMap<String, Vec<String>>,
    registries: Mutex<HashMap<String, Vec<Arc<Endpoint>>>>,
}

/// An answer, and what the registry said of its limits with it.
#[derive(Debug)]
pub(super) struct Asked {
    pub answer: Answer,
    pub endpoint: Arc<Endpoint>,
}

impl RegistrySession {
    pub(super) fn new(
        pools: Pools,
        logins: Logins,
        plain: PlainRegistries,
        references: &[Reference],
    ) -> Self {
        let mut expected: HashMap<String, Vec<String>> = HashMap::new();
        for reference in references {
            let repositories = expected.entry(reference.registry.clone()).or_default();
            if !repositories.contains(&reference.repository) {
                repositories.push(reference.repository.clone());
            }
        }
        Self {
            pools,
            logins,
            plain,
            expected,
            registries: Mutex::default(),
        }
    }

    /// What a registry said of its limits last.
    pub fn limit(&self, registry: &str) -> Option<RegistryLimit> {
        let registries = self.registries();
        registries
            .get(registry)?
            .iter()
            .rev()
            .find_map(|endpoint| endpoint.limit())
    }

    /// Asks for something of a repository, at each place that may have it. `path`
    /// continues `/v2/<repository>`.
    pub(super) async fn ask(
        &self,
        reference: &Reference,
        query: &Query,
    ) -> Result<Asked, RegistryError> {
        let mut last = None;
        for endpoint in self.endpoints(&reference.registry) {
            match self.ask_endpoint(&endpoint, reference, query).await {
                Ok(answer) => return Ok(Asked { answer, endpoint }),
                Err(error) => last = Some(error),
            }
        }
        Err(last.unwrap_or_else(|| {
            RegistryError::unreachable(&reference.registry, "its address cannot be used")
        }))
    }

    fn registries(&self) -> MutexGuard<'_, HashMap<String, Vec<Arc<Endpoint>>>> {
        self.registries
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn endpoints(&self, registry: &str) -> Vec<Arc<Endpoint>> {
        let mut registries = self.registries();
        let found = registries
            .entry(registry.to_owned())
            .or_insert_with(|| endpoints(registry, &self.pools.policy));
        found.clone()
    }

    async fn ask_endpoint(
        &self,
        endpoint: &Arc<Endpoint>,
        reference: &Reference,
        query: &Query,
    ) -> Result<Answer, RegistryError> {
        if let Some(error) = endpoint.failure() {
            return Err(error);
        }
        let asked = self.ask_ready(endpoint, reference, query).await;
        if let Err(error @ RegistryError::RateLimited { .. }) = &asked {
            endpoint.fail(error);
        }
        asked
    }

    async fn ask_ready(
        &self,
        endpoint: &Arc<Endpoint>,
        reference: &Reference,
        query: &Query,
    ) -> Result<Answer, RegistryError> {
        let ready = endpoint
            .ready
            .get_or_init(|| Box::pin(self.open(endpoint, &reference.registry)))
            .await
            .clone()?;
        let registry = &endpoint.name;
        let repository = &reference.repository;
        let header = ready
            .authorizer
            .header(&self.pools, registry, repository)
            .await?;
        let mut answer = self
            .follow(&ready.pool, endpoint, reference, query, header.as_ref())
            .await?;
        // A token for several repositories may not be known as one for this.
        let is_refused = match answer.status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => true,
            StatusCode::NOT_FOUND => ready.authorizer.is_shared(repository),
            _ => false,
        };
        if is_refused
            && let Some(alone) = ready
                .authorizer
                .renewed(&self.pools, registry, repository)
                .await?
        {
            let again = self
                .follow(&ready.pool, endpoint, reference, query, Some(&alone))
                .await?;
            if again.status != answer.status {
                ready.authorizer.use_single();
            }
            answer = again;
        }
        if let Some(limit) = limits::rate_limit(&answer.headers) {
            endpoint.note_limit(limit);
        }
        refused(&answer, endpoint, &ready, reference).map_or(Ok(answer), Err)
    }

    /// Follows redirects. What was shown to the registry is shown to nobody else.
    async fn follow(
        &self,
        start: &Arc<Pool>,
        endpoint: &Endpoint,
        reference: &Reference,
        query: &Query,
        header: Option<&HeaderValue>,
    ) -> Result<Answer, RegistryError> {
        let mut pool = Arc::clone(start);
        let mut query = query.clone();
        if let Some(header) = header {
            query.headers.insert(AUTHORIZATION, header.clone());
        }
        let (mut reach, mut redirects, mut has_asked) = (Reach::Anywhere, 0, false);
        loop {
            let answer = match pool.ask(&query, reach).await {
                Ok(answer) => answer,
                Err(failure) => {
                    let is_gone = pool.origin == start.origin && failure.is_about_the_server();
                    let error = explain(failure, &endpoint.name);
                    // What is large may be slow; a look at a tag is not.
                    if is_gone && query.method == Method::HEAD {
                        endpoint.fail(&error);
                    }
                    return Err(error);
                }
            };
            reach = reach.after(answer.peer);
            let invalid = |why: &str| RegistryError::invalid(&endpoint.name, why);
            let is_elsewhere = pool.origin != start.origin;
            if is_elsewhere && answer.status == StatusCode::UNAUTHORIZED && !has_asked {
                has_asked = true;
                let Some(Challenge::Bearer { realm, service }) = challenge(&answer.headers) else {
                    return Ok(answer);
                };
                let service = TokenService::new(&pool.origin, reach, &realm, service)
                    .map_err(|why| invalid(&why))?;
                let alone = [reference.repository.clone()];
                let token = service
                    .token(&self.pools, &endpoint.name, &alone, None)
                    .await?;
                if let Some(anonymous) = token.header() {
                    query.headers.insert(AUTHORIZATION, anonymous);
                }
                continue;
            }
            if !redirect::is_redirect(answer.status) {
                return Ok(answer);
            }
            redirects += 1;
            if redirects > MOST_REDIRECTS {
                return Err(invalid("it redirects too often"));
            }
            let location = answer
                .text(LOCATION.as_str())
                .ok_or_else(|| invalid("it redirects to nowhere"))?;
            let (origin, path) = redirect::target(&pool.origin, &query.path, location)
                .map_err(|why| invalid(&why))?;
            if origin != pool.origin {
                query.headers.remove(AUTHORIZATION);
                let is_insecure = self.pools.policy.is_insecure(&origin.authority());
                pool = self
                    .pools
                    .pool(&origin, is_insecure)
                    .map_err(|why| invalid(&why))?;
            }
            query.path = path;
        }
    }
}

/// An answer that ends every attempt at this registry.
fn failed(answer: &Answer, registry: &str) -> Option<RegistryError> {
    let registry = registry.to_owned();
    match answer.status {
        StatusCode::TOO_MANY_REQUESTS => Some(RegistryError::RateLimited {
            registry,
            retry_at: limits::retry_at(&answer.headers),
        }),
        status if status.is_server_error() => Some(RegistryError::Unreachable {
            registry,
            why: format!("it answers with status {}", status.as_u16()),
        }),
        _ => None,
    }
}

/// What an answer without success means; `None` for one that the caller reads.
fn refused(
    answer: &Answer,
    endpoint: &Endpoint,
    ready: &Ready,
    reference: &Reference,
) -> Option<RegistryError> {
    let registry = endpoint.name.clone();
    let repository = reference.repository.clone();
    match answer.status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN if ready.authorizer.has_login() => {
            Some(RegistryError::LoginRefused {
                registry,
                repository,
            })
        }
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Some(RegistryError::LoginNeeded {
            registry,
            repository,
        }),
        _ => failed(answer, &registry),
    }
}
