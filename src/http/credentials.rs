//! Who sends a request: what its cookies, its headers and its ticket prove.
//!
//! A script's token proves it by itself, however it is sent. A browser's cookie
//! does not (see `domain/auth/sessions`): the page key must come beside it, or a
//! ticket that was issued for the page key.

use super::context::Context;
use super::{cookie, guard};
use crate::domain::auth::Session;
use crate::error::{Error, Kind, Result};
use hyper::Uri;
use hyper::header::{AUTHORIZATION, HeaderMap};
use hyper::http::uri::PathAndQuery;

/// The header with the page key.
pub const PAGE_KEY: &str = "x-dockermate-key";
/// The query parameter with a ticket.
const TICKET: &str = "ticket";

/// What a request proves.
#[derive(Debug, Default)]
pub struct Identity {
    /// The session, fully proved.
    pub session: Option<Session>,
    /// The session whose token came along, also where that is not enough.
    pub named: Option<Session>,
}

/// `ticket` is good once: it must come from a request that changes nothing.
pub async fn identify(
    context: &Context,
    headers: &HeaderMap,
    cookie_name: &str,
    ticket: Option<&str>,
) -> Result<Identity> {
    let page_key = headers
        .get(PAGE_KEY)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("");
    let mut named = None;
    for token in bearer(headers)
        .into_iter()
        .chain(cookie::tokens(headers, cookie_name))
    {
        let Some(session) = context.auth.session(&token).await? else {
            continue;
        };
        let proved = if session.is_browsers() {
            session.has_page_key(page_key)
                || ticket.is_some_and(|ticket| context.auth.redeem_ticket(&session, ticket))
        } else {
            !guard::is_from_a_page(headers)
        };
        if proved {
            return Ok(Identity {
                session: Some(session.clone()),
                named: Some(session),
            });
        }
        named = named.or(Some(session));
    }
    Ok(Identity {
        session: None,
        named,
    })
}

impl Identity {
    /// Why the request is not let in.
    pub fn refusal(&self) -> Error {
        match &self.named {
            None => Error::new(
                Kind::Unauthenticated,
                "Log in first: the session is missing or has ended.",
            ),
            Some(session) if session.is_browsers() => Error::new(
                Kind::Unauthenticated,
                "The cookie of a browser's session is not enough, because programs on other ports of this host receive it too. \
                 Send the page_key of the login as the header X-DockerMate-Key, or log in again.",
            )
            .code("page_key_required"),
            Some(_) => Error::new(
                Kind::Unauthenticated,
                "This is the session of a script, and a browser sent it. Log in with this browser.",
            )
            .code("script_session"),
        }
    }
}

/// Takes the ticket out of an address: no handler, log or error needs to see it.
pub fn take_ticket(uri: &mut Uri) -> Option<String> {
    let query = uri.query()?;
    let mut ticket = None;
    let rest: Vec<&str> = query
        .split('&')
        .filter(|pair| match pair.split_once('=') {
            Some((TICKET, value)) => {
                ticket = Some(value.to_owned());
                false
            }
            _ => true,
        })
        .collect();
    ticket.as_ref()?;
    let path = if rest.is_empty() {
        uri.path().to_owned()
    } else {
        format!("{}?{}", uri.path(), rest.join("&"))
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(path).ok()?);
    *uri = Uri::from_parts(parts).ok()?;
    ticket
}

fn bearer(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| token.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticket_is_taken_out_of_the_address_and_the_rest_of_the_query_stays() {
        for (address, ticket, rest) in [
            ("/api/events?ticket=abc", Some("abc"), "/api/events"),
            ("/x?a=1&ticket=t-_9&b=%20", Some("t-_9"), "/x?a=1&b=%20"),
            (
                "https://nas:5000/x?ticket=t&b",
                Some("t"),
                "https://nas:5000/x?b",
            ),
            ("/x?ticket=", Some(""), "/x"),
            ("/x?tickets=1", None, "/x?tickets=1"),
            ("/x", None, "/x"),
        ] {
            let mut uri: Uri = address.parse().unwrap();
            assert_eq!(take_ticket(&mut uri).as_deref(), ticket, "{address}");
            assert_eq!(uri.to_string(), rest, "{address}");
        }
    }

    #[test]
    fn only_a_bearer_token_is_taken_from_the_authorization_header() {
        for (sent, expected) in [
            ("Bearer abc", Some("abc")),
            ("bearer  abc", Some("abc")),
            ("Basic abc", None),
            ("Bearer", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(AUTHORIZATION, sent.parse().unwrap());
            assert_eq!(bearer(&headers).as_deref(), expected, "{sent}");
        }
    }
}
