//! What is shown to one registry: nothing, a password, or a token for the
//! repository, which is reused until it ends.
//!
//! Invariant: the login of a registry leaves only for that registry, or for its
//! token service: over TLS, or on the host of a registry without TLS. A registry of the
//! internet has no token service in a private network.

use super::auth::{Token, TokenService, basic};
use super::challenge::Challenge;
use super::error::RegistryError;
use super::logins::Login;
use super::pools::Pools;
use crate::https::{HttpOrigin, Reach};
use hyper::header::HeaderValue;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Repositories that one token is asked for: their scopes are part of an address.
const TOGETHER: usize = 20;

pub(super) struct Authorizer {
    scheme: Scheme,
    login: Option<Login>,
    /// By repository.
    tokens: Mutex<HashMap<String, Token>>,
    /// Repositories that will be asked for.
    expected: Vec<String>,
    /// One exchange for many at a time: it may serve those who wait.
    exchanging: tokio::sync::Mutex<()>,
    /// The token service gives nothing in this session.
    failed: Mutex<Option<RegistryError>>,
    /// This registry's tokens are for one repository each.
    is_single: AtomicBool,
}

#[derive(Debug)]
enum Scheme {
    Open,
    Basic,
    Bearer(TokenService),
}

/// Without the login.
impl std::fmt::Debug for Authorizer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.scheme.fmt(f)
    }
}

impl Authorizer {
    pub fn new(
        (origin, reach): (&HttpOrigin, Reach),
        challenge: Option<Challenge>,
        login: Option<Login>,
        expected: Vec<String>,
    ) -> Result<Self, String> {
        let scheme = match challenge {
            None => Scheme::Open,
            Some(Challenge::Basic) => Scheme::Basic,
            Some(Challenge::Bearer { realm, service }) => {
                Scheme::Bearer(TokenService::new(origin, reach, &realm, service)?)
            }
        };
        Ok(Self {
            scheme,
            login,
            tokens: Mutex::default(),
            is_single: AtomicBool::new(expected.len() < 2),
            expected,
            exchanging: tokio::sync::Mutex::default(),
            failed: Mutex::default(),
        })
    }

    pub fn has_login(&self) -> bool {
        self.login.is_some()
    }

    pub fn asks_for_login(&self) -> bool {
        !matches!(self.scheme, Scheme::Open)
    }

    /// What is shown where no repository is named: the login, or a token that its
    /// service gives for it and that opens nothing.
    pub async fn general_header(
        &self,
        pools: &Pools,
        registry: &str,
    ) -> Result<HeaderValue, RegistryError> {
        let service = match &self.scheme {
            Scheme::Open | Scheme::Basic => return self.basic(registry, ""),
            Scheme::Bearer(service) => service,
        };
        if !service.is_trusted() {
            let why = "its token service is not reached over TLS, so the login was not sent to it";
            return Err(RegistryError::invalid(registry, why));
        }
        let token = service
            .token(pools, registry, &[], self.login.as_ref())
            .await?;
        token
            .header()
            .ok_or_else(|| RegistryError::invalid(registry, "the token it gave has ended"))
    }

    fn tokens(&self) -> MutexGuard<'_, HashMap<String, Token>> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn failed(&self) -> MutexGuard<'_, Option<RegistryError>> {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn valid(&self, repository: &str) -> Option<HeaderValue> {
        let tokens = self.tokens();
        tokens.get(repository).and_then(Token::header)
    }

    /// The header for a request about a repository.
    pub async fn header(
        &self,
        pools: &Pools,
        registry: &str,
        repository: &str,
    ) -> Result<Option<HeaderValue>, RegistryError> {
        let service = match &self.scheme {
            Scheme::Open => return Ok(None),
            Scheme::Basic => return self.basic(registry, repository).map(Some),
            Scheme::Bearer(service) => service,
        };
        if let Some(valid) = self.valid(repository) {
            return Ok(Some(valid));
        }
        if !self.is_single.load(Ordering::Relaxed) {
            let _one = self.exchanging.lock().await;
            if let Some(valid) = self.valid(repository) {
                return Ok(Some(valid));
            }
            if let Some(error) = self.failed().clone() {
                return Err(error);
            }
            if !self.is_single.load(Ordering::Relaxed) {
                let together = self.together(repository);
                let asked = service
                    .token(pools, registry, &together, self.login.as_ref())
                    .await;
                match asked {
                    Ok(token) => {
                        let header = token.header();
                        let mut tokens = self.tokens();
                        for one in together {
                            tokens.insert(one, token.clone());
                        }
                        return Ok(header);
                    }
                    Err(error) if error.is_general() => {
                        self.failed().get_or_insert(error.clone());
                        return Err(error);
                    }
                    // It may not know of several at once.
                    Err(_) => self.is_single.store(true, Ordering::Relaxed),
                }
            }
        }
        self.exchange(service, pools, registry, repository).await
    }

    /// Whether the token of a repository is for others too.
    pub fn is_shared(&self, repository: &str) -> bool {
        let tokens = self.tokens();
        tokens
            .get(repository)
            .is_some_and(|token| !token.is_single())
    }

    /// A token for one repository got further than one for several.
    pub fn use_single(&self) {
        self.is_single.store(true, Ordering::Relaxed);
        self.tokens().retain(|_, token| token.is_single());
    }

    /// A token of a repository was refused: one for it alone, or nothing to show.
    pub async fn renewed(
        &self,
        pools: &Pools,
        registry: &str,
        repository: &str,
    ) -> Result<Option<HeaderValue>, RegistryError> {
        let Scheme::Bearer(service) = &self.scheme else {
            return Ok(None);
        };
        let refused = self.tokens().remove(repository);
        match refused {
            // One for it alone, and fresh: another would be the same.
            Some(token) if token.is_single() && !token.is_old() => Ok(None),
            Some(_) => self.exchange(service, pools, registry, repository).await,
            None => Ok(None),
        }
    }

    async fn exchange(
        &self,
        service: &TokenService,
        pools: &Pools,
        registry: &str,
        repository: &str,
    ) -> Result<Option<HeaderValue>, RegistryError> {
        if let Some(error) = self.failed().clone() {
            return Err(error);
        }
        let alone = [repository.to_owned()];
        let token = service
            .token(pools, registry, &alone, self.login.as_ref())
            .await
            .inspect_err(|error| {
                if error.is_general() {
                    self.failed().get_or_insert(error.clone());
                }
            })?;
        let header = token.header();
        self.tokens().insert(repository.to_owned(), token);
        Ok(header)
    }

    /// This repository and others that have no token yet.
    fn together(&self, repository: &str) -> Vec<String> {
        let tokens = self.tokens();
        let others = self
            .expected
            .iter()
            .filter(|one| *one != repository && !tokens.contains_key(*one));
        [repository.to_owned()]
            .into_iter()
            .chain(others.take(TOGETHER - 1).cloned())
            .collect()
    }

    fn basic(&self, registry: &str, repository: &str) -> Result<HeaderValue, RegistryError> {
        match &self.login {
            Some(Login::Password { user, password }) => Ok(basic(user, password)),
            _ => Err(RegistryError::LoginNeeded {
                registry: registry.to_owned(),
                repository: repository.to_owned(),
            }),
        }
    }
}
