//! An ACME authority (RFC 8555): an account, an order of a certificate with
//! its HTTP-01 challenges, and when the authority would like it renewed
//! (RFC 9773).
//!
//! What an authority says is untrusted text. It comes out of here cut to
//! a sentence's length and without control characters.

use crate::https::{ClientError, HttpsClient};
use crate::model::timestamp::Timestamp;
use bytes::Bytes;
use hyper::Request;
use hyper::header::RETRY_AFTER;
use instant_acme::{
    AccountCredentials, AuthorizationStatus, BodyWrapper, BytesResponse, CertificateIdentifier,
    ChallengeType, HttpClient, Identifier, NewAccount, NewOrder, Order, OrderStatus, Problem,
    RetryPolicy,
};
use rustls::pki_types::CertificateDer;
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::pin::Pin;
use std::time::Duration;

/// How long an authority may look at the challenges, and then sign.
const PATIENCE: RetryPolicy = RetryPolicy::new()
    .initial_delay(Duration::from_millis(300))
    .backoff(1.5)
    .timeout(Duration::from_mins(1));

#[derive(Debug, thiserror::Error)]
pub enum AcmeError {
    #[error(transparent)]
    Unreachable(#[from] ClientError),
    /// `kind` is the last part of the problem's type (RFC 8555, 6.7).
    #[error("{detail} ({kind})")]
    Refused {
        kind: String,
        detail: String,
        /// The name that it is about, where the authority says so.
        name: Option<String>,
    },
    #[error("the authority did not finish in time")]
    Slow,
    #[error("the authority's answer is not valid ACME: {0}")]
    Strange(String),
}

/// A certificate, its chain and its key, PEM.
#[derive(Debug)]
pub struct Issued {
    pub chain: String,
    pub private_key: String,
}

/// When the authority would like a certificate to be renewed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    pub start: Timestamp,
    pub end: Timestamp,
}

/// An account at one authority.
pub struct Account(instant_acme::Account);

/// What is kept of an account. Holds its private key.
#[derive(Serialize, Deserialize)]
struct Kept {
    directory: String,
    contact: Option<String>,
    credentials: AccountCredentials,
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Account")
    }
}

impl Account {
    /// The account that `kept` describes, or a new one where it is of another
    /// authority or unreadable. Gives what is to be kept, when that changed.
    /// The caller has agreed to the authority's terms.
    pub async fn open(
        directory: &str,
        ca: Option<&Path>,
        contact: Option<&str>,
        kept: Option<&str>,
    ) -> Result<(Self, Option<String>), AcmeError> {
        let http = Box::new(Http(HttpsClient::new(ca)?));
        let builder = instant_acme::Account::builder_with_http(http);
        let address = contact.map(|email| format!("mailto:{email}"));
        let contacts: Vec<&str> = address.iter().map(String::as_str).collect();
        let kept = kept
            .and_then(|text| serde_json::from_str::<Kept>(text).ok())
            .filter(|kept| kept.directory == directory);
        if let Some(kept) = kept {
            let same = kept.contact.as_deref() == contact;
            let text = Kept {
                contact: contact.map(ToOwned::to_owned),
                ..kept
            };
            let changed = (!same).then(|| write(&text)).transpose()?;
            let account = builder.from_credentials(text.credentials).await?;
            if !same {
                account.update_contacts(&contacts).await?;
            }
            return Ok((Self(account), changed));
        }
        let wanted = NewAccount {
            contact: &contacts,
            terms_of_service_agreed: true,
            only_return_existing: false,
        };
        let (account, credentials) = builder.create(&wanted, directory.to_owned(), None).await?;
        let text = write(&Kept {
            directory: directory.to_owned(),
            contact: contact.map(ToOwned::to_owned),
            credentials,
        })?;
        Ok((Self(account), Some(text)))
    }

    /// Orders a certificate for these names. `publish` gets each challenge's
    /// token and what plain HTTP must answer to it, before it is asked for.
    pub async fn order(
        &self,
        names: &[String],
        replaces: Option<&CertificateDer<'_>>,
        publish: &(dyn Fn(&str, &str) + Sync),
    ) -> Result<Issued, AcmeError> {
        let mut order = self.begin(names, replaces).await?;
        let mut authorizations = order.authorizations();
        while let Some(authorization) = authorizations.next().await {
            let mut authorization = authorization?;
            if authorization.status != AuthorizationStatus::Pending {
                // Valid from before, or refused: the order's state says which.
                continue;
            }
            let mut challenge = authorization
                .challenge(ChallengeType::Http01)
                .ok_or_else(|| AcmeError::Strange("it offers no HTTP-01 challenge".to_owned()))?;
            publish(&challenge.token, challenge.key_authorization().as_str());
            challenge.set_ready().await?;
        }
        match order.poll_ready(&PATIENCE).await {
            Ok(OrderStatus::Ready) => {}
            Ok(_) => return Err(why_refused(&mut order).await.unwrap_or(AcmeError::Slow)),
            Err(error @ instant_acme::Error::Api(_)) => {
                return Err(why_refused(&mut order)
                    .await
                    .unwrap_or_else(|| error.into()));
            }
            Err(error) => return Err(error.into()),
        }
        let private_key = order.finalize().await?;
        let chain = order.poll_certificate(&PATIENCE).await?;
        Ok(Issued { chain, private_key })
    }

    async fn begin(
        &self,
        names: &[String],
        replaces: Option<&CertificateDer<'_>>,
    ) -> Result<Order, AcmeError> {
        let identifiers: Vec<Identifier> = names.iter().cloned().map(Identifier::Dns).collect();
        let plain = NewOrder::new(&identifiers);
        // A hint that spares the renewal from rate limits; not every authority
        // knows it, and none may fail for it.
        if let Some(id) = replaces.and_then(|old| CertificateIdentifier::try_from(old).ok()) {
            let order = NewOrder::new(&identifiers).replaces(id);
            match self.0.new_order(&order).await {
                Ok(order) => return Ok(order),
                Err(error) => {
                    tracing::debug!(%error, "ordered without naming the previous certificate");
                }
            }
        }
        Ok(self.0.new_order(&plain).await?)
    }

    /// `None` where the authority has no opinion.
    pub async fn renewal(
        &self,
        certificate: &CertificateDer<'_>,
    ) -> Result<Option<Window>, AcmeError> {
        let Ok(id) = CertificateIdentifier::try_from(certificate) else {
            return Ok(None);
        };
        match self.0.renewal_info(&id).await {
            Ok((info, _)) => Ok(Some(Window {
                start: Timestamp::from_seconds(info.suggested_window.start.unix_timestamp()),
                end: Timestamp::from_seconds(info.suggested_window.end.unix_timestamp()),
            })),
            Err(instant_acme::Error::Unsupported(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

/// What the authority found wrong with the first name that it refused.
async fn why_refused(order: &mut Order) -> Option<AcmeError> {
    let mut authorizations = order.authorizations();
    while let Some(Ok(mut authorization)) = authorizations.next().await {
        let Ok(state) = authorization.refresh().await else {
            continue;
        };
        let name = state.identifier().to_string();
        let error = state.challenges.iter().find_map(|one| one.error.clone());
        if let Some(problem) = error {
            return Some(refused(problem, Some(name)));
        }
    }
    None
}

fn write(kept: &Kept) -> Result<String, AcmeError> {
    serde_json::to_string(kept).map_err(|error| AcmeError::Strange(error.to_string()))
}

fn refused(problem: Problem, name: Option<String>) -> AcmeError {
    let first = problem.subproblems.into_iter().next();
    let (kind, detail, about) = match first {
        Some(one) => (
            one.r#type,
            one.detail,
            one.identifier.map(|id| id.authorized(false).to_string()),
        ),
        None => (problem.r#type, problem.detail, None),
    };
    let kind = kind.unwrap_or_default();
    AcmeError::Refused {
        kind: sentence(kind.rsplit(':').next().unwrap_or_default()),
        detail: sentence(&detail.unwrap_or_default()),
        name: name.or(about).map(|name| sentence(&name)),
    }
}

fn sentence(text: &str) -> String {
    let text: String = text.chars().filter(|c| !c.is_control()).take(400).collect();
    text.trim().to_owned()
}

impl From<instant_acme::Error> for AcmeError {
    fn from(error: instant_acme::Error) -> Self {
        match error {
            instant_acme::Error::Api(problem) => refused(problem, None),
            instant_acme::Error::Timeout(_) => Self::Slow,
            instant_acme::Error::Other(inner) => match inner.downcast::<ClientError>() {
                Ok(error) => Self::Unreachable(*error),
                Err(other) => Self::Strange(sentence(&other.to_string())),
            },
            other => Self::Strange(sentence(&other.to_string())),
        }
    }
}

/// Our client, as the library wants it.
struct Http(HttpsClient);

impl HttpClient for Http {
    fn request(
        &self,
        request: Request<BodyWrapper<Bytes>>,
    ) -> Pin<Box<dyn Future<Output = Result<BytesResponse, instant_acme::Error>> + Send>> {
        let client = self.0.clone();
        Box::pin(async move {
            let mut answer = client
                .send(request)
                .await
                .map_err(|error| instant_acme::Error::Other(Box::new(error)))?;
            // The library adds this to the present time, and a number without
            // sense would overflow there.
            let seconds = answer
                .headers()
                .get(RETRY_AFTER)
                .and_then(|value| value.to_str().ok()?.trim().parse::<u64>().ok());
            if seconds.is_some_and(|seconds| seconds > 1 << 30) {
                answer.headers_mut().remove(RETRY_AFTER);
            }
            Ok(BytesResponse::from(answer))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn acme_problem_yields_kind_detail_and_name_of_its_first_subproblem() {
        let problem: Problem = serde_json::from_str(
            r#"{"type":"urn:ietf:params:acme:error:compound","detail":"all",
                "subproblems":[{"type":"urn:ietf:params:acme:error:caa","detail":"CAA\u0007 forbids",
                "identifier":{"type":"dns","value":"nas.example.org"}}]}"#,
        )
        .unwrap();
        let AcmeError::Refused { kind, detail, name } = refused(problem, None) else {
            panic!("not refused");
        };
        assert_eq!((kind.as_str(), detail.as_str()), ("caa", "CAA forbids"));
        assert_eq!(name.as_deref(), Some("nas.example.org"));
        assert_eq!(sentence(&"x".repeat(9000)).len(), 400);
    }
}
