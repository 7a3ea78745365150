//! Whether a registry accepts a login, found out as `docker login` does: `/v2/` with
//! the login itself, or with a token of the registry's service (Docker Engine API,
//! `POST /auth`; the distribution project's "Token Authentication Specification").
//!
//! Invariant: redirects are not followed, so that a login goes nowhere else.

use super::open::PING;
use super::{RegistrySession, failed};
use crate::https::Reach;
use crate::model::reference::DOCKER_HUB;
use crate::registry::answer::Answer;
use crate::registry::endpoint::{Endpoint, Ready};
use crate::registry::error::RegistryError;
use crate::registry::pool::Query;
use crate::registry::pools::explain;
use hyper::StatusCode;
use hyper::header::{AUTHORIZATION, HeaderValue};
use std::sync::Arc;

/// What a registry made of a login.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoginCheck {
    Accepted,
    Refused,
    /// There is none for this registry.
    Missing,
    /// It lets everybody in and has not looked at it.
    NotAsked,
}

impl RegistrySession {
    /// Shows a registry its login. Of Docker Hub no mirror is asked.
    pub(in crate::registry) async fn check_login(
        &self,
        registry: &str,
    ) -> Result<LoginCheck, RegistryError> {
        let Some(endpoint) = self.endpoint(registry) else {
            let why = "its address cannot be used";
            return Err(RegistryError::unreachable(registry, why));
        };
        let ready = self.open(&endpoint, registry).await?;
        if !ready.authorizer.asks_for_login() {
            let answer = self.ping(&ready, &endpoint, None).await?;
            return registry_answer(&answer, &endpoint).map(|()| LoginCheck::NotAsked);
        }
        if !ready.authorizer.has_login() {
            return Ok(LoginCheck::Missing);
        }
        let shown = ready
            .authorizer
            .general_header(&self.pools, &endpoint.name)
            .await;
        let header = match shown {
            Ok(header) => header,
            Err(RegistryError::LoginRefused { .. }) => return Ok(LoginCheck::Refused),
            Err(error) => return Err(error),
        };
        let answer = self.ping(&ready, &endpoint, Some(header)).await?;
        match answer.status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Ok(LoginCheck::Refused),
            _ => registry_answer(&answer, &endpoint).map(|()| LoginCheck::Accepted),
        }
    }

    /// The registry itself; a mirror of Docker Hub where its name is one's.
    fn endpoint(&self, registry: &str) -> Option<Arc<Endpoint>> {
        let mut of_hub = self.endpoints(DOCKER_HUB).into_iter();
        of_hub
            .find(|endpoint| endpoint.login_name == registry)
            .or_else(|| self.endpoints(registry).pop())
    }

    async fn ping(
        &self,
        ready: &Ready,
        endpoint: &Endpoint,
        header: Option<HeaderValue>,
    ) -> Result<Answer, RegistryError> {
        let mut query = Query::get("/v2/", PING);
        if let Some(header) = header {
            query.headers.insert(AUTHORIZATION, header);
        }
        let answer = ready.pool.ask(&query, Reach::Anywhere).await;
        let answer = answer.map_err(|failure| explain(failure, &endpoint.name))?;
        failed(&answer, &endpoint.name).map_or(Ok(answer), Err)
    }
}

/// Whether it is a registry that has answered.
fn registry_answer(answer: &Answer, endpoint: &Endpoint) -> Result<(), RegistryError> {
    if answer.status == StatusCode::OK && answer.media_type() != "text/html" {
        return Ok(());
    }
    let why = format!(
        "it does not answer as a registry does (status {}{})",
        answer.status.as_u16(),
        if answer.media_type() == "text/html" {
            ", a web page"
        } else {
            ""
        }
    );
    Err(RegistryError::invalid(&endpoint.name, why))
}
