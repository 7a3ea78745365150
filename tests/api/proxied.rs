//! Requests that a reverse proxy passed on.

use crate::support::app::{App, NO_ENGINE, PASSWORD};
use crate::support::client::{Answer, Client};
use serde_json::json;
use std::net::Ipv4Addr;

const VISITOR: &str = "203.0.113.9";
const OWNER: &str = "203.0.113.77";

/// Through the proxy, which is this test, for somebody.
fn passed_on(client: &Client, path: &str, body: &serde_json::Value, whom: &str) -> Answer {
    let headers = [("X-Forwarded-For", whom), ("X-Forwarded-Proto", "https")];
    client.send("POST", path, &headers, body.to_string().as_bytes())
}

fn login(client: &Client, password: &str, whom: &str) -> Answer {
    passed_on(
        client,
        "/api/auth/login",
        &json!({"password": password}),
        whom,
    )
}

#[test]
fn clients_of_a_trusted_proxy_are_told_apart() {
    let app = App::start_with(NO_ENGINE, &["--trusted-proxy", "127.7.0.1"]);
    let owner = app.set_up();
    let proxy = app.client().from(Ipv4Addr::new(127, 7, 0, 1));
    let blocked = (0..6).any(|_| login(&proxy, "Wrong1Password", VISITOR).status == 429);
    assert!(blocked, "the visitor is not slowed");
    let answer = login(&proxy, PASSWORD, OWNER);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let sessions = owner.get("/api/auth/sessions").json().to_string();
    assert!(sessions.contains(OWNER), "{sessions}");
    let events = owner.get("/api/security/events").json().to_string();
    assert!(events.contains(VISITOR), "{events}");
}

#[test]
fn word_of_anybody_but_the_trusted_proxy_is_ignored() {
    let app = App::start_with(NO_ENGINE, &["--trusted-proxy", "127.7.0.0/16"]);
    let owner = app.set_up();
    let direct = app.client();
    assert_eq!(login(&direct, PASSWORD, OWNER).status, 200);
    let through = app.client().from(Ipv4Addr::new(127, 7, 1, 1));
    assert_eq!(login(&through, PASSWORD, VISITOR).status, 200);
    let sessions = owner.get("/api/auth/sessions").json().to_string();
    assert!(
        !sessions.contains(OWNER) && sessions.contains(VISITOR),
        "{sessions}"
    );
    // It cannot make itself somebody of this network, either.
    let plain = [("X-Forwarded-Proto", "http")];
    assert_eq!(direct.send("GET", "/healthz", &plain, b"").status, 200);
}

#[test]
fn plain_http_in_front_of_a_trusted_proxy_leads_to_https() {
    let app = App::start_with(NO_ENGINE, &["--trusted-proxy", "127.0.0.1"]);
    let client = app.client();
    for header in [
        ("X-Forwarded-Proto", "http"),
        ("Forwarded", "for=1.2.3.4;proto=http"),
    ] {
        // On the proxy's own port, whatever ours is.
        let page = client.send(
            "GET",
            "/login?next=/x",
            &[header, ("Host", "localhost")],
            b"",
        );
        let to = "https://localhost/login?next=/x";
        assert_eq!((page.status, page.header("location")), (307, Some(to)));
        let change = client.send("POST", "/api/auth/login", &[header], b"{}");
        assert_eq!(
            (change.status, change.json()["error"].clone()),
            (307, json!("https_required"))
        );
    }
}

#[test]
fn setup_through_a_trusted_proxy_asks_who_is_not_at_home_for_the_token() {
    let app = App::start_with(NO_ENGINE, &["--trusted-proxy", "127.0.0.1"]);
    let client = app.client();
    let asks = |headers: &[(&str, &str)]| {
        client.send("GET", "/api/setup", headers, b"").json()["token_required"].clone()
    };
    assert_eq!(asks(&[("X-Forwarded-For", VISITOR)]), true);
    assert_eq!(asks(&[("X-Forwarded-For", "127.0.0.1, 203.0.113.9")]), true);
    assert_eq!(asks(&[]), true, "it does not say for whom");
    assert_eq!(asks(&[("X-Forwarded-For", "127.3.4.5")]), false);
    let refused = passed_on(
        &client,
        "/api/setup",
        &json!({"password": PASSWORD}),
        VISITOR,
    );
    assert_eq!(refused.problem(), "setup_token_required");
}
