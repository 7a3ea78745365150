//! A request, once it has passed the guards: parameters, query, body, session.

use super::context::Context;
use super::forwarded::Relay;
use super::query::Query;
use super::unread::RequestBody;
use crate::domain::auth::Session;
use crate::domain::security::Client;
use crate::error::{Error, Kind, Result};
use crate::model::read::{self, Fault, Unread};
use bytes::Bytes;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::header::HeaderMap;
use hyper::{Method, Uri};
use serde::de::DeserializeOwned;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// The default limit of a request body.
pub const BODY_LIMIT: u64 = 1024 * 1024;
/// How long a body may take to arrive.
const BODY_TIME: Duration = Duration::from_secs(20);
/// What is read of a body that is too large, before it is refused.
const DRAIN_LIMIT: usize = 8 * 1024 * 1024;
const DRAIN_TIME: Duration = Duration::from_secs(5);
/// What the values of a JSON body may take in memory beside their text.
const VALUES: usize = 12 * 1024 * 1024;
/// The same without a session: room for some hundred fields.
const ANONYMOUS_VALUES: usize = 128 * 1024;
/// Fields of a form; no page has as many.
const FORM_FIELDS: usize = 64;

/// The two ends of the connection that a request came by.
#[derive(Debug, Clone, Copy)]
pub struct Ends {
    pub remote: SocketAddr,
    pub local: SocketAddr,
}

impl Ends {
    /// The index of the link that a link-local client came by; else 0.
    pub fn scope(&self) -> u32 {
        match self.remote {
            SocketAddr::V6(remote) => remote.scope_id(),
            SocketAddr::V4(_) => 0,
        }
    }
}

pub struct Call {
    pub context: Arc<Context>,
    pub method: Method,
    pub uri: Uri,
    pub headers: HeaderMap,
    pub params: Vec<(String, String)>,
    pub query: Query,
    pub ends: Ends,
    pub client: Client,
    /// What trusted proxies said of it.
    pub relay: Relay,
    pub session: Option<Session>,
    /// The session whose cookie came along, also without the page key.
    pub named_session: Option<Session>,
    /// The name of the session cookie at the port that was asked.
    pub cookie_name: std::borrow::Cow<'static, str>,
    /// For the styles that a page's scripts make.
    pub nonce: String,
    pub body: RequestBody,
    /// The body, where it was read before the handler was called.
    pub read: Option<Bytes>,
    pub version: hyper::Version,
    /// The connection itself, for a request that takes it over.
    pub upgrade: Option<hyper::upgrade::OnUpgrade>,
}

impl Call {
    /// A parameter of the path. A name that the route lacks is an internal error.
    pub fn param(&self, name: &str) -> Result<&str> {
        self.params
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
            .ok_or_else(|| Error::internal(format!("The route has no parameter {name}.")))
    }

    /// The session of a route that needs one.
    pub fn session(&self) -> Result<&Session> {
        self.session
            .as_ref()
            .ok_or_else(|| Error::new(Kind::Unauthenticated, "Log in first."))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Whether the client would rather have this media type.
    pub fn accepts(&self, media: &str) -> bool {
        self.header("accept")
            .is_some_and(|accept| accept.to_ascii_lowercase().contains(media))
    }

    /// The body, whatever its content type says, at most [`BODY_LIMIT`] bytes.
    pub async fn bytes(&mut self) -> Result<Bytes> {
        if let Some(read) = self.read.take() {
            return Ok(read);
        }
        let most = self.body_limit();
        let limit = usize::try_from(most).unwrap_or(usize::MAX);
        let context = Arc::clone(&self.context);
        let (_permit, place) = if self.session.is_some() {
            let permit = context.bodies.try_acquire().map_err(|_| {
                Error::new(
                    Kind::Busy,
                    "Too many requests are being received at once. Try again in a moment.",
                )
            })?;
            (Some(permit), None)
        } else if context.auth.knows(&self.client) {
            (None, Some(context.known_bodies.take(self.client.ip)))
        } else {
            (None, Some(context.anonymous_bodies.take(self.client.ip)))
        };
        let ended = async {
            match &place {
                Some(place) => place.ended().await,
                None => std::future::pending().await,
            }
        };
        // A change is not dropped with the task that answers it.
        let end = self.body.end();
        let read = Limited::new(&mut self.body, limit).collect();
        let read = tokio::select! {
            biased;
            read = tokio::time::timeout(BODY_TIME, read) => read,
            () = ended => {
                return Err(Error::new(
                    Kind::RequestTimeout,
                    "The request body arrived too slowly while many others were being received.",
                ));
            }
            () = end.cancelled() => {
                return Err(Error::new(
                    Kind::Busy,
                    "Too much is being received at once. Try again in a moment.",
                ));
            }
            // Nobody without a session holds up a stop.
            () = context.life.stop.cancelled(), if place.is_some() => {
                return Err(Error::new(Kind::Busy, "DockerMate is being stopped."));
            }
        };
        match read {
            Ok(Ok(collected)) => Ok(collected.to_bytes()),
            Ok(Err(error)) if error.is::<LengthLimitError>() => {
                // Closed with bytes still coming, the connection would be reset,
                // and the client would never read why.
                let drained = end.run_until_cancelled(self.drain());
                let _ = tokio::time::timeout(DRAIN_TIME, drained).await;
                Err(Error::new(
                    Kind::TooLarge { limit: most },
                    format!("The request body is larger than {most} bytes."),
                ))
            }
            Ok(Err(_)) => Err(Error::bad_request("The request body ended early.")),
            Err(_) => Err(Error::bad_request(format!(
                "The request body did not arrive within {} seconds.",
                BODY_TIME.as_secs()
            ))
            .code("body_timeout")),
        }
    }

    /// Without a session: room for a password, or for a setup request with a certificate.
    fn body_limit(&self) -> u64 {
        if self.session.is_some() {
            return BODY_LIMIT;
        }
        match self.uri.path() {
            "/api/setup" | "/setup" => 256 * 1024,
            _ => 16 * 1024,
        }
    }

    /// Whether the caller sits on this machine or its own network. A request that
    /// a proxy passed on never tells: whoever can connect from the address of a trusted
    /// proxy, as every user of this machine can, names any client. A proxy need not
    /// say that it is one: a connection of this machine itself counts only if it
    /// is root's or our own user's, as that of a proxy's worker is not.
    pub async fn is_at_home(&self) -> bool {
        const RELAYED: [&str; 4] = ["forwarded", "x-forwarded-for", "x-real-ip", "via"];
        let system = &self.context.system;
        let is_own = system.is_this_machine(self.client.ip);
        // `--allow-host` means that a proxy is expected, and not each adds a header.
        let expected = !self.context.config.allowed_hosts.is_empty();
        if self.relay.is_relayed
            || RELAYED.iter().any(|name| self.headers.contains_key(*name))
            || (expected && is_own)
            || !system.is_local_caller(self.client.ip, self.ends.scope())
        {
            return false;
        }
        !is_own
            || system
                .is_trusted_connection(self.ends.remote, self.ends.local)
                .await
    }

    /// Reads on and forgets, as far as a well-behaved client sends.
    async fn drain(&mut self) {
        let mut read = 0;
        while let Some(Ok(frame)) = self.body.frame().await {
            read += frame.data_ref().map_or(0, Bytes::len);
            if read > DRAIN_LIMIT {
                return;
            }
        }
    }

    /// A JSON body. The error names the field in which it is wrong.
    pub async fn json<T: DeserializeOwned>(&mut self) -> Result<T> {
        let bytes = self.bytes().await?;
        self.parse(&bytes)
    }

    /// A JSON body that may be left out.
    pub async fn json_or_default<T: DeserializeOwned + Default>(&mut self) -> Result<T> {
        let bytes = self.bytes().await?;
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Ok(T::default());
        }
        self.parse(&bytes)
    }

    /// JSON of the body, within what its sender may have made of it.
    pub fn parse<T: DeserializeOwned>(&self, bytes: &[u8]) -> Result<T> {
        let most = if self.session.is_some() {
            VALUES
        } else {
            ANONYMOUS_VALUES
        };
        parse_json(bytes, most)
    }

    /// The fields of an HTML form.
    pub async fn form(&mut self) -> Result<Vec<(String, String)>> {
        let bytes = self.bytes().await?;
        Ok(form_urlencoded::parse(&bytes)
            .into_owned()
            .take(FORM_FIELDS)
            .collect())
    }
}

fn parse_json<T: DeserializeOwned>(bytes: &[u8], most: usize) -> Result<T> {
    if std::str::from_utf8(bytes).is_err() {
        return Err(Error::bad_request("The body is not UTF-8.").code("invalid_json"));
    }
    let value = read::document(bytes, most).map_err(|why| match why {
        Unread::NotJson(message) => {
            Error::bad_request(format!("The body is not JSON: {message}.")).code("invalid_json")
        }
        Unread::Twice(fault) => invalid_field(fault),
        Unread::TooMany => Error::bad_request(
            "The body has more values than can be read at once. Send it in smaller parts.",
        )
        .code("too_many_values"),
    })?;
    // A list would do for a struct too, field by field in their order; and what is said of
    // a mere text would have it in it, which may be a password.
    if !value.is_object() {
        return Err(Error::bad_request("The body is not a JSON object.").code("invalid_json"));
    }
    read::from_value(value).map_err(invalid_field)
}

fn invalid_field(fault: Fault) -> Error {
    match fault.field {
        Some(field) => Error::invalid(field, fault.message),
        None => Error::bad_request(fault.message).code("invalid_json"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only parsed")]
    struct Body {
        password: String,
        inner: Option<Inner>,
        kind: Option<Word>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Word {
        A,
        B,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only parsed")]
    struct Inner {
        port: u16,
    }

    #[test]
    fn json_body_error_names_the_invalid_field() {
        for (body, field) in [
            (r#"{"password":1}"#, Some("password")),
            (r#"{"passwort":"x"}"#, Some("passwort")),
            ("{}", Some("password")),
            (
                r#"{"password":"x","inner":{"port":70000}}"#,
                Some("inner.port"),
            ),
            (r#"{"password":"x","inner":{"prot":1}}"#, Some("inner.prot")),
            (r#"{"password":"x","kind":1}"#, Some("kind")),
            (r#"{"password":"x","kind":"c"}"#, Some("kind")),
            ("[", None),
            (r#"["x", null, null]"#, None),
            ("", None),
            ("\u{feff}{}", None),
            (r#"{"password":"x"} trailing"#, None),
        ] {
            let error = parse_json::<Body>(body.as_bytes(), VALUES).unwrap_err();
            let Kind::Invalid { field: found } = &error.kind else {
                panic!("{body}: {error:?}");
            };
            assert_eq!(found.as_deref(), field, "{body}: {error}");
        }
        assert!(parse_json::<Body>(b"{\"password\":\"\xff\"}", VALUES).is_err());
    }

    proptest! {
        #[test]
        fn json_body_parsing_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse_json::<Body>(&bytes, VALUES);
        }
    }
}
