//! The session cookie (RFC 6265): `__Host-dockermate`, HttpOnly, Secure,
//! SameSite=Strict. The prefix keeps programs on other ports from setting it for
//! a domain or a path. `session`, the default name of many frameworks, would be
//! overwritten by theirs and overwrite theirs; it is only read, for scripts.

use super::reply::Reply;
use crate::domain::auth::LoginResult;
use crate::model::timestamp::Timestamp;
use cookie::{Cookie, SameSite};
use hyper::header::{COOKIE, HeaderMap, HeaderValue, SET_COOKIE};
use std::borrow::Cow;

const NAME: &str = "__Host-dockermate";
const OF_SCRIPTS: &str = "session";

/// The name for the port that a request names. A browser has one cookie of a name
/// for all ports, and the page keys of each port for itself: signing in on
/// another port of ours must not sign out on this one.
pub fn name(named_port: u16, main_port: u16) -> Cow<'static, str> {
    if named_port == main_port {
        NAME.into()
    } else {
        format!("{NAME}-{named_port}").into()
    }
}

/// A device that has logged in before (`domain/auth/devices`).
const DEVICE: &str = "__Host-dockermate-device";

pub fn device(headers: &HeaderMap) -> Option<String> {
    values(headers, DEVICE).into_iter().next()
}

/// A year: it opens nothing.
pub fn set_device(value: String) -> Option<HeaderValue> {
    let mut cookie = base(DEVICE, value);
    cookie.set_max_age(time::Duration::days(365));
    HeaderValue::from_str(&cookie.to_string()).ok()
}

/// Every token sent as a cookie; a stale one beside a good one does no harm.
/// Ours first: another program's many must not hide it.
pub fn tokens(headers: &HeaderMap, name: &str) -> Vec<String> {
    [values(headers, name), values(headers, OF_SCRIPTS)].concat()
}

fn values(headers: &HeaderMap, name: &str) -> Vec<String> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| Cookie::split_parse(text).flatten())
        .filter(|cookie| cookie.name() == name)
        .map(|cookie| cookie.value().to_owned())
        .take(4)
        .collect()
}

pub fn set(name: &str, login: &LoginResult) -> Option<HeaderValue> {
    let mut cookie = base(name, login.cookie.clone());
    if login.remember {
        // Relative, so that a browser with another clock than ours keeps it as long.
        let life = (login.expires_at.0 - Timestamp::now().0) / 1000;
        cookie.set_max_age(time::Duration::seconds(life));
    }
    HeaderValue::from_str(&cookie.to_string()).ok()
}

pub fn clear(name: &str) -> Option<HeaderValue> {
    let mut cookie = base(name, String::new());
    cookie.set_max_age(time::Duration::ZERO);
    HeaderValue::from_str(&cookie.to_string()).ok()
}

/// Adds the header to an answer.
pub fn put(reply: &mut Reply, cookie: Option<HeaderValue>) {
    if let Some(cookie) = cookie {
        reply.headers_mut().append(SET_COOKIE, cookie);
    }
}

fn base(name: &str, value: String) -> Cookie<'static> {
    Cookie::build((name.to_owned(), value))
        .http_only(true)
        .secure(true)
        .same_site(SameSite::Strict)
        .path("/")
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_cookie_is_found_among_many_of_another_program() {
        let mut headers = HeaderMap::new();
        for n in 0..9 {
            let value = format!("session=theirs{n}; other=1");
            headers.append(COOKIE, value.parse().unwrap());
        }
        headers.append(COOKIE, "__Host-dockermate=ours".parse().unwrap());
        let found = tokens(&headers, &name(5000, 5000));
        assert_eq!(found[0], "ours");
        assert_eq!(found.len(), 5);
        assert!(!tokens(&headers, &name(443, 5000)).contains(&"ours".to_owned()));
    }
}
