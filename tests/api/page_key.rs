//! A browser's session is more than its cookie, which every program on another
//! port of this host receives too.

use crate::support::app::{App, NO_ENGINE, PASSWORD};
use crate::support::client::{Answer, BrowserSession, COOKIE, Client};
use dockermate::http::{Access, ROUTES, Route};
use serde_json::{Value, json};

/// What a browser sends with a request of one of our pages.
const FETCH: (&str, &str) = ("Sec-Fetch-Site", "same-origin");

/// A request with the cookie, and with the key if there is one.
fn send(
    client: &Client,
    (method, path): (&str, &str),
    session: &BrowserSession,
    page_key: Option<&str>,
) -> Answer {
    let cookie = format!("{COOKIE}={}", session.cookie);
    let mut headers = vec![
        FETCH,
        ("Cookie", cookie.as_str()),
        ("Accept", "application/json"),
    ];
    headers.extend(page_key.map(|key| ("X-DockerMate-Key", key)));
    client.send(method, path, &headers, b"")
}

fn ticket(client: &Client, session: &BrowserSession) -> String {
    let ask = ("POST", "/api/auth/ticket");
    let answer = send(client, ask, session, Some(&session.page_key)).json();
    assert_eq!(answer["expires_in"], 30);
    answer["ticket"].as_str().unwrap().to_owned()
}

#[test]
fn cookie_of_a_browser_alone_opens_no_endpoint_and_no_data_of_a_page() {
    let (app, client) = App::ready(NO_ENGINE);
    let session = client.browser.unwrap();
    let client = app.client();
    let mut tried = 0;
    for route in ROUTES.iter().filter(|route| needs_a_session(route)) {
        let path = route.path.replace("{id}", "x").replace("{name}", "x");
        tried += 1;
        for wrong in [None, Some(""), Some("x"), Some(session.cookie.as_str())] {
            let answer = send(&client, (route.method, &path), &session, wrong);
            assert_eq!(
                (answer.status, answer.problem().as_str()),
                (401, "page_key_required"),
                "{} {path} {wrong:?}",
                route.method
            );
        }
    }
    assert!(tried > 60, "{tried} endpoints");
    let own = Some(session.page_key.as_str());
    let other = app.client().browser_login(PASSWORD);
    let ask = ("GET", "/api/auth/session");
    assert_eq!(send(&client, ask, &session, own).status, 200);
    assert_eq!(
        send(&client, ask, &other, own).status,
        401,
        "of another session"
    );
}

fn needs_a_session(route: &Route) -> bool {
    matches!(route.access, Access::Session | Access::Account)
}

#[test]
fn document_of_a_page_is_the_same_for_everybody_and_its_data_needs_the_key() {
    let (app, owner) = App::ready(NO_ENGINE);
    let name = json!({"host_name": "kitchen-secret"});
    assert_eq!(owner.json("PATCH", "/api/settings", &name).status, 200);
    let session = owner.browser.unwrap();
    let client = app.client();
    let cookie = format!("{COOKIE}={}", session.cookie);
    let document = client.send("GET", "/settings", &[("Cookie", &cookie)], b"");
    assert_eq!(document.status, 200);
    let text = document.text();
    assert!(text.contains("id=\"main\""), "{text}");
    for private in ["kitchen-secret", "127.0.0.1", "data_dir", &session.page_key] {
        assert!(!text.contains(private), "{private}: {text}");
    }
    let headers = [
        ("Sec-Fetch-Mode", "navigate"),
        ("Sec-Fetch-Site", "cross-site"),
    ];
    let elsewhere = client.send("GET", "/settings", &headers, b"").text();
    assert_eq!(without_nonce(&text), without_nonce(&elsewhere));
    let data = send(
        &client,
        ("GET", "/settings"),
        &session,
        Some(&session.page_key),
    );
    assert_eq!(data.json()["frame"]["host_name"], "kitchen-secret");
}

fn without_nonce(document: &str) -> String {
    let (before, rest) = document.split_once("nonce=\"").unwrap();
    let (_, after) = rest.split_once('"').unwrap();
    format!("{before}{after}")
}

#[test]
fn link_from_another_site_shows_the_page_although_the_cookie_is_withheld() {
    let (app, _) = App::ready(NO_ENGINE);
    let client = app.client();
    let navigate = ("Sec-Fetch-Mode", "navigate");
    let open = |site: &str| {
        client.send(
            "GET",
            "/containers/x",
            &[navigate, ("Sec-Fetch-Site", site)],
            b"",
        )
    };
    for site in ["cross-site", "same-site"] {
        let page = open(site);
        assert_eq!(page.status, 200, "{site}");
        assert!(page.text().contains("id=\"main\""));
    }
    let typed = open("none");
    assert_eq!(
        (typed.status, typed.header("location")),
        (303, Some("/login?next=%2Fcontainers%2Fx"))
    );
}

#[test]
fn ticket_stands_for_the_page_key_in_one_get_request_of_its_session() {
    let (app, owner) = App::ready(NO_ENGINE);
    let session = owner.browser.unwrap();
    let client = app.client();
    let with = |method: &str, session: &BrowserSession, ticket: &str| {
        let path = format!("/api/operations?limit=5&ticket={ticket}");
        send(&client, (method, &path), session, None)
    };
    let other = app.client().browser_login(PASSWORD);
    let first = ticket(&client, &session);
    assert_eq!(
        with("GET", &other, &first).status,
        401,
        "of another session"
    );
    assert_eq!(with("GET", &session, &first).status, 200);
    assert_eq!(with("GET", &session, &first).status, 401, "used");
    assert_eq!(with("GET", &session, "guess").status, 401);

    let second = ticket(&client, &session);
    let change = format!("/api/auth/logout?ticket={second}");
    let refused = send(&client, ("POST", &change), &session, None);
    assert_eq!(refused.problem(), "page_key_required");
    assert!(!app.log().contains(&first), "the ticket is in the log");
}

#[test]
fn token_of_a_script_is_refused_where_a_browser_sends_it() {
    let (app, owner) = App::ready(NO_ENGINE);
    let token = owner.session.unwrap();
    let client = app.client();
    let bearer = format!("Bearer {token}");
    let cookies = [format!("session={token}"), format!("{COOKIE}={token}")];
    let ways = [
        ("Authorization", bearer.as_str()),
        ("Cookie", cookies[0].as_str()),
        ("Cookie", cookies[1].as_str()),
    ];
    for way in ways {
        let ask = |headers: &[(&str, &str)]| client.send("GET", "/api/auth/session", headers, b"");
        assert_eq!(ask(&[way]).status, 200, "{way:?}");
        for site in ["same-origin", "same-site", "cross-site", "none"] {
            let answer = ask(&[way, ("Sec-Fetch-Site", site)]);
            assert_eq!(
                (answer.status, answer.problem().as_str()),
                (401, "script_session"),
                "{way:?} {site}"
            );
        }
    }
}

#[test]
fn login_gives_a_browser_the_cookie_and_the_key_and_a_script_the_token() {
    let (app, _) = App::ready(NO_ENGINE);
    let client = app.client();
    let body = json!({"password": PASSWORD}).to_string();
    let login = |headers: &[(&str, &str)]| {
        let answer = client.send("POST", "/api/auth/login", headers, body.as_bytes());
        assert_eq!(answer.status, 200, "{}", answer.text());
        let cookie = answer.header("set-cookie").unwrap().to_owned();
        (answer.json(), cookie)
    };
    let origin = format!("https://localhost:{}", app.port);
    for headers in [
        &[("Origin", origin.as_str())][..],
        &[FETCH],
        &[("Origin", &origin), FETCH],
    ] {
        let (answer, cookie) = login(headers);
        assert!(answer["page_key"].is_string() && answer["session_token"] == Value::Null);
        assert!(cookie.starts_with("__Host-dockermate="), "{cookie}");
        for part in ["HttpOnly", "Secure", "SameSite=Strict", "Path=/"] {
            assert!(cookie.contains(part), "{cookie}");
        }
        assert!(!cookie.contains("Domain"), "{cookie}");
    }
    // Node's `fetch` sends a mode, and no site.
    for headers in [&[][..], &[("Sec-Fetch-Mode", "cors")]] {
        let (answer, _) = login(headers);
        assert!(answer["session_token"].is_string() && answer["page_key"] == Value::Null);
    }
    // Another port of this host has a cookie of its own.
    let (_, cookie) = login(&[FETCH, ("Host", "localhost:8443")]);
    assert!(cookie.starts_with("__Host-dockermate-8443="), "{cookie}");
}

#[test]
fn new_login_of_a_browser_replaces_its_session_and_no_other() {
    let (app, owner) = App::ready(NO_ENGINE);
    let count = || {
        let list = owner.get("/api/auth/sessions").json();
        list["items"].as_array().unwrap().len()
    };
    let before = count();
    let old = owner.browser.clone().unwrap();
    let cookie = format!("{COOKIE}={}", old.cookie);
    let body = json!({"password": PASSWORD}).to_string();
    let headers = [FETCH, ("Cookie", cookie.as_str())];
    let answer = app
        .client()
        .send("POST", "/api/auth/login", &headers, body.as_bytes());
    let new = BrowserSession::of(&answer);
    assert_eq!(count(), before);
    let ask = ("GET", "/api/auth/session");
    let client = app.client();
    assert_eq!(send(&client, ask, &old, Some(&old.page_key)).status, 401);
    assert_eq!(send(&client, ask, &new, Some(&new.page_key)).status, 200);
    // A wrong password ends nothing.
    let cookie = format!("{COOKIE}={}", new.cookie);
    let headers = [FETCH, ("Cookie", cookie.as_str())];
    let wrong = json!({"password": "Wrong1Password"}).to_string();
    client.send("POST", "/api/auth/login", &headers, wrong.as_bytes());
    assert_eq!(send(&client, ask, &new, Some(&new.page_key)).status, 200);
}
