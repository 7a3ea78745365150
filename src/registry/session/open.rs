//! The first look at an endpoint: how it is reached, and what it wants to see.

use super::{RegistrySession, failed};
use crate::https::{ClientError, HttpOrigin, Reach, look_up};
use crate::model::reference::DOCKER_HUB;
use crate::registry::answer::{Answer, Bound};
use crate::registry::authorizer::Authorizer;
use crate::registry::challenge::challenge;
use crate::registry::endpoint::{Endpoint, Ready};
use crate::registry::error::RegistryError;
use crate::registry::pool::{Failure, Pool, Query};
use crate::registry::pools::explain;
use hyper::StatusCode;
use std::sync::Arc;

/// Whether an endpoint answers, and what it wants to see.
pub(super) const PING: Bound = Bound {
    what: "the answer to /v2/",
    bytes: 64 * 1024,
};

impl RegistrySession {
    /// Finds out how an endpoint is reached and what it wants to see.
    pub(super) async fn open(
        &self,
        endpoint: &Endpoint,
        registry: &str,
    ) -> Result<Arc<Ready>, RegistryError> {
        let query = Query::get("/v2/", PING);
        let mut last = None;
        let (mut origins, is_insecure) = self.ways(endpoint).await;
        let was_plain = self.plain.has(&endpoint.name);
        if was_plain {
            origins.sort_by_key(|origin| origin.is_https);
        }
        let is_past = |origin: &HttpOrigin| was_plain && !origin.is_https && origins.len() > 1;
        for origin in &origins {
            let pool = self
                .pools
                .pool(origin, is_insecure)
                .map_err(|why| RegistryError::unreachable(&endpoint.name, why))?;
            let answer = match pool.ask(&query, Reach::Anywhere).await {
                Ok(answer) => answer,
                Err(failure) => {
                    // Only what does not speak TLS is asked without.
                    let is_plain = matches!(
                        &failure,
                        Failure::Client(error @ ClientError::Trust { .. })
                            if !error.is_about_the_certificate()
                    );
                    last = Some(explain(failure, &endpoint.name));
                    if is_plain || is_past(origin) {
                        continue;
                    }
                    break;
                }
            };
            // What speaks TLS by now answers so, or not at all.
            if is_past(origin) && answer.status == StatusCode::BAD_REQUEST {
                continue;
            }
            self.plain.note(&endpoint.name, !origin.is_https);
            if let Some(error) = failed(&answer, &endpoint.name) {
                return Err(error);
            }
            return self.ready(endpoint, registry, pool, &answer).await;
        }
        Err(last.unwrap_or_else(|| {
            RegistryError::unreachable(&endpoint.name, "its address cannot be used")
        }))
    }

    /// How an endpoint may be reached. A name whose address is in a network that the
    /// engine's owner called insecure is, as with the engine.
    async fn ways(&self, endpoint: &Endpoint) -> (Vec<HttpOrigin>, bool) {
        let mut origins = endpoint.origins.clone();
        let [origin] = &endpoint.origins[..] else {
            return (origins, endpoint.is_insecure);
        };
        let networks = &self.pools.policy.insecure_networks;
        let is_only_loopback = networks.iter().all(|network| network.ip().is_loopback());
        if endpoint.is_insecure || is_only_loopback || endpoint.name == DOCKER_HUB {
            return (origins, endpoint.is_insecure);
        }
        let found = look_up(origin).await;
        let mut addresses = found.into_iter().flatten();
        let is_insecure =
            addresses.any(|address| self.pools.policy.is_insecure_address(address.ip()));
        if is_insecure {
            let plain = HttpOrigin {
                is_https: false,
                port: if origin.port == 443 { 80 } else { origin.port },
                ..origin.clone()
            };
            origins.push(plain);
        }
        (origins, is_insecure)
    }

    async fn ready(
        &self,
        endpoint: &Endpoint,
        registry: &str,
        pool: Arc<Pool>,
        answer: &Answer,
    ) -> Result<Arc<Ready>, RegistryError> {
        let is_closed = answer.status == StatusCode::UNAUTHORIZED;
        let challenge = if is_closed {
            let offered = challenge(&answer.headers);
            Some(offered.ok_or_else(|| {
                RegistryError::invalid(&endpoint.name, "it asks for a login of an unknown kind")
            })?)
        } else {
            None
        };
        let logins = &self.logins;
        let login = if is_closed {
            logins.login(&endpoint.login_name).await
        } else {
            None
        };
        let reach = Reach::Anywhere.after(answer.peer);
        let expected = self.expected.get(registry).cloned().unwrap_or_default();
        let authorizer = Authorizer::new((&pool.origin, reach), challenge, login, expected)
            .map_err(|why| RegistryError::invalid(&endpoint.name, why))?;
        Ok(Arc::new(Ready { pool, authorizer }))
    }
}
