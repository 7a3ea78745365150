//! The token service of a registry (the distribution project's "Token
//! Authentication Specification" and "Oauth2 Token Authentication").

use super::answer::Bound;
use super::error::RegistryError;
use super::limits;
use super::logins::Login;
use super::pool::Query;
use super::pools::{Pools, explain};
use crate::https::{HttpOrigin, Reach};
use crate::model::bounded;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use hyper::{Method, StatusCode, Uri};
use serde::Deserialize;
use std::time::{Duration, Instant};

/// What a token without a lifetime has, and the least that one is taken for.
const SHORTEST: Duration = Duration::from_mins(1);
const LONGEST: Duration = Duration::from_hours(1);
/// A token is not used in its last moments.
const SPARE: Duration = Duration::from_secs(10);
/// How we are called there.
const CLIENT_ID: &str = "dockermate";

const ANSWER: Bound = Bound {
    what: "the token",
    bytes: 64 * 1024,
};
/// A registry reads no longer header.
const LONGEST_TOKEN: usize = 32 * 1024;

/// It has no `Debug` of its own: a token is in no log.
#[derive(Clone)]
pub(super) struct Token {
    value: HeaderValue,
    issued: Instant,
    valid_for: Duration,
    is_single: bool,
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token")
    }
}

impl Token {
    /// `None` when it has ended.
    pub fn header(&self) -> Option<HeaderValue> {
        (self.issued.elapsed() < self.valid_for).then(|| self.value.clone())
    }

    /// It is for one repository.
    pub fn is_single(&self) -> bool {
        self.is_single
    }

    /// It may have ended sooner than it was said to.
    pub fn is_old(&self) -> bool {
        self.issued.elapsed() > SPARE
    }
}

#[derive(Debug)]
pub(super) struct TokenService {
    realm: Uri,
    origin: HttpOrigin,
    service: Option<String>,
    /// A login may be sent there.
    is_trusted: bool,
    /// Where the registry may lead to.
    reach: Reach,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Answer {
    #[serde(deserialize_with = "bounded::text::<LONGEST_TOKEN, _>")]
    token: String,
    #[serde(deserialize_with = "bounded::text::<LONGEST_TOKEN, _>")]
    access_token: String,
    expires_in: Option<u64>,
}

impl TokenService {
    /// # Errors
    /// A sentence, when the realm is not an address that this registry may name.
    pub fn new(
        registry: &HttpOrigin,
        reach: Reach,
        realm: &str,
        service: Option<String>,
    ) -> Result<Self, String> {
        let realm: Uri = realm
            .parse()
            .map_err(|_| "the address of its token service cannot be read")?;
        let origin = HttpOrigin::of(&realm)
            .map_err(|_| "the address of its token service is not one of HTTP")?;
        if registry.is_https && !origin.is_https {
            return Err("its token service would be asked without TLS".to_owned());
        }
        let is_trusted = origin.is_https || (!registry.is_https && origin.host == registry.host);
        Ok(Self {
            realm,
            origin,
            service,
            is_trusted,
            reach,
        })
    }

    /// A login may be sent there.
    pub fn is_trusted(&self) -> bool {
        self.is_trusted
    }

    /// A token to pull from these repositories; without any, one for the login alone.
    pub async fn token(
        &self,
        pools: &Pools,
        registry: &str,
        repositories: &[String],
        login: Option<&Login>,
    ) -> Result<Token, RegistryError> {
        let login = login.filter(|_| self.is_trusted);
        let query = self.query(repositories, login);
        let pool = pools
            .of_token_service(&self.origin)
            .map_err(|why| RegistryError::unreachable(registry, why))?;
        let answer = pool
            .ask(&query, self.reach)
            .await
            .map_err(|failure| explain(failure, registry))?;
        let repository = repositories.first().cloned().unwrap_or_default();
        let registry = registry.to_owned();
        match answer.status {
            StatusCode::OK => {}
            StatusCode::TOO_MANY_REQUESTS => {
                return Err(RegistryError::RateLimited {
                    registry,
                    retry_at: limits::retry_at(&answer.headers),
                });
            }
            status if status.is_server_error() => {
                return Err(RegistryError::Unreachable {
                    registry,
                    why: format!("its token service answers with status {}", status.as_u16()),
                });
            }
            status if status.is_client_error() && login.is_some() => {
                return Err(RegistryError::LoginRefused {
                    registry,
                    repository,
                });
            }
            status if status.is_client_error() => {
                return Err(RegistryError::LoginNeeded {
                    registry,
                    repository,
                });
            }
            status => {
                return Err(RegistryError::InvalidAnswer {
                    registry,
                    why: format!("its token service answers with status {}", status.as_u16()),
                });
            }
        }
        read(&answer.body, repositories.len() == 1)
            .ok_or_else(|| RegistryError::invalid(&registry, "its token service gave no token"))
    }

    fn query(&self, repositories: &[String], login: Option<&Login>) -> Query {
        let scopes = repositories
            .iter()
            .map(|repository| format!("repository:{repository}:pull"));
        let path = self.realm.path();
        if let Some(Login::IdentityToken(token)) = login {
            let mut form = form_urlencoded::Serializer::new(String::new());
            form.append_pair("grant_type", "refresh_token")
                .append_pair("service", self.service.as_deref().unwrap_or_default())
                .append_pair("client_id", CLIENT_ID)
                .append_pair("scope", &scopes.collect::<Vec<_>>().join(" "))
                .append_pair("refresh_token", token);
            let path = self
                .realm
                .path_and_query()
                .map_or(path, |path| path.as_str());
            return Query {
                method: Method::POST,
                form: Some(form.finish()),
                ..Query::get(path, ANSWER)
            };
        }
        let own = self.realm.query().unwrap_or_default();
        let mut query = form_urlencoded::Serializer::new(own.to_owned());
        if let Some(service) = &self.service {
            query.append_pair("service", service);
        }
        for scope in scopes {
            query.append_pair("scope", &scope);
        }
        let mut headers = HeaderMap::new();
        if let Some(Login::Password { user, password }) = login {
            query.append_pair("account", user);
            headers.insert(AUTHORIZATION, basic(user, password));
        }
        Query {
            headers,
            ..Query::get(format!("{path}?{}", query.finish()), ANSWER)
        }
    }
}

/// RFC 7617.
pub(super) fn basic(user: &str, password: &str) -> HeaderValue {
    let encoded = STANDARD.encode(format!("{user}:{password}"));
    let mut value = HeaderValue::from_str(&format!("Basic {encoded}"))
        .unwrap_or_else(|_| HeaderValue::from_static("Basic"));
    value.set_sensitive(true);
    value
}

fn read(body: &[u8], is_single: bool) -> Option<Token> {
    let answer: Answer = serde_json::from_slice(body).ok()?;
    let text = [answer.token, answer.access_token]
        .into_iter()
        .find(|text| !text.is_empty())?;
    let mut value = HeaderValue::from_str(&format!("Bearer {text}")).ok()?;
    value.set_sensitive(true);
    let lifetime = answer.expires_in.map_or(SHORTEST, Duration::from_secs);
    Some(Token {
        value,
        issued: Instant::now(),
        valid_for: lifetime.clamp(SHORTEST, LONGEST).saturating_sub(SPARE),
        is_single,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(address: &str) -> HttpOrigin {
        HttpOrigin::of(&address.parse().unwrap()).unwrap()
    }

    fn service(registry: &str, realm: &str) -> TokenService {
        TokenService::new(
            &origin(registry),
            Reach::Anywhere,
            realm,
            Some("s".to_owned()),
        )
        .unwrap()
    }

    #[test]
    fn login_is_sent_to_token_services_over_tls_or_on_the_host_of_a_registry_without() {
        for (registry, realm, is_trusted) in [
            ("https://ghcr.io", "https://ghcr.io/token", true),
            (
                "https://registry-1.docker.io",
                "https://auth.docker.io/token",
                true,
            ),
            ("http://localhost:5000", "http://localhost:5001/token", true),
            ("http://localhost:5000", "http://evil.example/token", false),
            ("http://localhost:5000", "https://auth.example/token", true),
        ] {
            assert_eq!(
                service(registry, realm).is_trusted,
                is_trusted,
                "{registry} {realm}"
            );
        }
        for realm in [
            "",
            "token",
            "ftp://x/",
            "file:///etc/passwd",
            "http://x/token",
        ] {
            assert!(
                TokenService::new(&origin("https://x"), Reach::Anywhere, realm, None).is_err(),
                "{realm}"
            );
        }
    }

    #[test]
    fn token_is_asked_for_with_service_and_every_scope() {
        let service = service("https://x", "https://x/token?a=b");
        let two = ["a/b".to_owned(), "c".to_owned()];
        let query = service.query(&two, None);
        assert_eq!(
            query.path,
            "/token?a=b&service=s&scope=repository%3Aa%2Fb%3Apull&scope=repository%3Ac%3Apull"
        );
        assert!(query.headers.is_empty());
        let login = Login::Password {
            user: "me".to_owned(),
            password: "p".to_owned(),
        };
        let query = service.query(&two[1..], Some(&login));
        assert!(query.path.ends_with("&account=me"), "{}", query.path);
        assert!(query.headers[AUTHORIZATION].is_sensitive());
        let query = service.query(&two, Some(&Login::IdentityToken("t".to_owned())));
        assert_eq!(
            (query.method, query.path.as_str()),
            (Method::POST, "/token?a=b")
        );
        assert!(query.form.unwrap().ends_with("&refresh_token=t"));
    }

    #[test]
    fn tokens_live_as_long_as_is_said_within_bounds() {
        let of = |text: &str| read(text.as_bytes(), true);
        let seconds = |text: &str| of(text).unwrap().valid_for.as_secs();
        assert_eq!(seconds(r#"{"token":"t","expires_in":300}"#), 290);
        assert_eq!(seconds(r#"{"access_token":"t"}"#), 50);
        assert_eq!(
            seconds(r#"{"token":"","access_token":"t","expires_in":1}"#),
            50
        );
        assert_eq!(seconds(r#"{"token":"t","expires_in":999999999}"#), 3590);
        for text in ["{}", "<html>", r#"{"token":""}"#, "{\"token\":\"a\\nb\"}"] {
            assert!(of(text).is_none(), "{text}");
        }
    }
}
