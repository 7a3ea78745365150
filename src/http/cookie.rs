//! The session cookie (RFC 6265): `session`, HttpOnly, Secure, SameSite=Strict.

use super::reply::Reply;
use crate::domain::auth::LoginResult;
use crate::model::timestamp::Timestamp;
use cookie::{Cookie, SameSite};
use hyper::header::{COOKIE, HeaderMap, HeaderValue, SET_COOKIE};

const NAME: &str = "session";

/// Every value sent under our name; a stale one beside a good one does no harm.
pub fn tokens(headers: &HeaderMap) -> Vec<String> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| Cookie::split_parse(text).flatten())
        .filter(|cookie| cookie.name() == NAME)
        .map(|cookie| cookie.value().to_owned())
        .take(4)
        .collect()
}

pub fn set(login: &LoginResult) -> Option<HeaderValue> {
    let mut cookie = base(login.session_token.clone());
    if login.remember {
        // Relative, so that a browser with another clock than ours keeps it as long.
        let life = (login.expires_at.0 - Timestamp::now().0) / 1000;
        cookie.set_max_age(time::Duration::seconds(life));
    }
    HeaderValue::from_str(&cookie.to_string()).ok()
}

pub fn clear() -> Option<HeaderValue> {
    let mut cookie = base(String::new());
    cookie.set_max_age(time::Duration::ZERO);
    HeaderValue::from_str(&cookie.to_string()).ok()
}

/// Adds the header to an answer.
pub fn put(reply: &mut Reply, cookie: Option<HeaderValue>) {
    if let Some(cookie) = cookie {
        reply.headers_mut().insert(SET_COOKIE, cookie);
    }
}

fn base(value: String) -> Cookie<'static> {
    Cookie::build((NAME, value))
        .http_only(true)
        .secure(true)
        .same_site(SameSite::Strict)
        .path("/")
        .build()
}
