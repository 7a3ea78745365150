//! Signing in and out.

use crate::support::app::{App, NO_ENGINE, PASSWORD};
use crate::support::browser::Browser;
use crate::support::client::COOKIE;
use serde_json::{Value, json};

#[test]
fn login_returns_to_the_requested_page() {
    let (app, _) = App::ready(NO_ENGINE);
    let browser = Browser::new(&app);
    browser.expect_in_console("status of 401");
    browser.open("/containers?state=running");
    assert_eq!(
        browser.path(),
        "/login?next=%2Fcontainers%3Fstate%3Drunning"
    );
    assert_eq!(browser.eval("document.activeElement.id"), "password");
    browser.in_order();

    browser.type_into("#password", "WrongPassword1");
    browser.press("Sign in");
    let message = browser
        .wait("[...document.querySelectorAll('.field-error')].find((e) => e.innerText)?.innerText");
    assert!(message.as_str().unwrap().contains("password"), "{message}");
    assert_eq!(
        browser.eval("document.querySelector('#password').getAttribute('aria-invalid')"),
        "true"
    );

    browser.fill("#password", PASSWORD);
    browser.press("Stay signed in");
    // After a wrong one the next try may have to wait a moment.
    browser.wait("!document.querySelector('[type=submit]').disabled");
    browser.press("Sign in");
    browser.wait("location.pathname === '/containers' && document.querySelector('main h1')");
    assert_eq!(browser.path(), "/containers?state=running");
    let cookie = session_cookie(&browser);
    assert_eq!(
        (&cookie["httpOnly"], &cookie["secure"], &cookie["sameSite"]),
        (&json!(true), &json!(true), &json!("Strict"))
    );
    let left =
        cookie["expires"].as_f64().unwrap() - browser.eval("Date.now() / 1000").as_f64().unwrap();
    assert!((left / 86400.0 - 7.0).abs() < 0.1, "{left} s");
    browser.in_order();

    browser.press("Session");
    browser.press("Sign out");
    browser.wait("location.pathname === '/login'");
    browser.back();
    browser.wait("location.pathname === '/login' && !document.querySelector('.app')");
    browser.in_order();
}

/// As the browser would send it to any port of this host.
#[track_caller]
fn session_cookie(browser: &Browser) -> Value {
    let jar = browser.cdp(
        "Network.getCookies",
        json!({"urls": ["https://localhost:1/"]}),
    );
    let mut cookies = jar["cookies"].as_array().unwrap().iter();
    cookies
        .find(|cookie| cookie["name"] == COOKIE)
        .unwrap()
        .clone()
}

#[test]
fn login_never_redirects_to_another_site() {
    let (app, _) = App::ready(NO_ENGINE);
    let browser = Browser::new(&app);
    browser.open("/login?next=//evil.example/");
    browser.type_into("#password", PASSWORD);
    browser.press("Sign in");
    browser.wait("location.pathname === '/' && document.querySelector('.app')");
    browser.in_order();
}

#[test]
fn login_works_without_scripts() {
    let (app, _) = App::ready(NO_ENGINE);
    let browser = Browser::new(&app);
    browser.cdp(
        "Emulation.setScriptExecutionDisabled",
        json!({"value": true}),
    );
    browser.open("/login?next=/settings");
    browser.type_into("#password", "WrongPassword1");
    browser.press("Sign in");
    browser.wait("document.querySelector('#password-error')");
    browser.type_into("#password", PASSWORD);
    browser.press("Sign in");
    browser.says("This page needs JavaScript");
    assert!(session_cookie(&browser)["value"].as_str().unwrap().len() > 40);
}

#[test]
fn ended_session_opens_the_login() {
    let (app, client) = App::ready(NO_ENGINE);
    let browser = Browser::signed_in(&app, &client, "/settings");
    browser.expect_in_console("status of 401");
    browser.wait("document.querySelector('main h1')");
    let sessions = client.get("/api/auth/sessions").json();
    let items = sessions["items"].as_array().unwrap();
    let of_browser = items.iter().find(|item| item["current"] == false).unwrap();
    let id = of_browser["id"].as_str().unwrap().to_owned();
    assert_eq!(
        client.delete(&format!("/api/auth/sessions/{id}")).status,
        204
    );
    browser.press("Containers");
    browser.wait("location.pathname === '/login'");
    assert_eq!(browser.path(), "/login?next=%2Fcontainers");
    browser.in_order();
}

#[test]
fn cookie_that_a_neighbor_on_another_port_received_opens_nothing() {
    let (app, _) = App::ready(NO_ENGINE);
    let browser = Browser::new(&app);
    browser.open("/login");
    browser.type_into("#password", PASSWORD);
    browser.press("Sign in");
    browser.wait("location.pathname === '/' && document.querySelector('main h1')");
    let cookie = session_cookie(&browser);
    let cookie = cookie["value"].as_str().unwrap();
    for way in [
        ("Cookie", format!("{COOKIE}={cookie}")),
        ("Cookie", format!("session={cookie}")),
        ("Authorization", format!("Bearer {cookie}")),
    ] {
        let headers = [(way.0, way.1.as_str())];
        let answer = app.client().send("GET", "/api/settings", &headers, b"");
        assert_eq!(answer.problem(), "page_key_required", "{way:?}");
    }
    browser.open("/settings");
    browser.wait("document.querySelector('main h1')");
    browser.in_order();
}
