//! A certificate from an ACME authority, asked for in the settings and in the
//! wizard.

use super::shots::take;
use crate::support::app::{App, NO_ENGINE, PASSWORD, free_port};
use crate::support::browser::{Browser, FETCH};
use crate::support::client::Client;
use crate::support::engine::number;
use crate::support::pebble::Pebble;
use crate::support::wait::{SOON, until};
use serde_json::{Value, json};

const LONG: u64 = 90 * 24 * 3600;
const HTTPS: &str = "document.querySelector('.fingerprint')";

fn place() -> (App, Pebble) {
    let http_port = free_port();
    let pebble = Pebble::start(http_port, LONG);
    let arguments = pebble.arguments(http_port);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    (App::start_with(NO_ENGINE, &arguments), pebble)
}

fn https(client: &Client) -> Value {
    client.get("/api/system/https").json()
}

#[test]
fn settings_order_a_certificate_and_report_what_prevents_it() {
    let (app, pebble) = place();
    let client = app.set_up();
    let name = format!("nas-{}.example.org", number());
    pebble.lose(&name);
    let browser = Browser::signed_in(&app, &client, "/settings#https");
    browser.expect_in_console("status of 400");
    browser.wait(HTTPS);
    let ways = "[aria-label='Other certificates']";
    browser.press_in(ways, "localhost");
    browser.says("DockerMate does not listen on port 80");
    browser.says(&format!("to port {} of this host", app.port));
    let ready = "![...document.querySelectorAll('button')].find((b) => b.textContent === 'Order the certificate').disabled";
    browser.type_into("#acme-domains", &format!("{name}, bücher.example.org"));
    assert_eq!(browser.eval(ready), json!(false), "not without consent");
    browser.press("I agree to the terms");
    browser.in_order();
    browser.press("Order the certificate");
    browser.says("Create an A (or AAAA) record");
    let beside = "document.querySelector('#acme-domains').getAttribute('aria-invalid') === 'true'";
    browser.wait(beside);
    take(
        &browser,
        &client,
        "acme",
        &[("failed", "/settings#https", HTTPS)],
    );

    pebble.point(&name, "127.0.0.1");
    browser.says("The last order failed");
    let kept = browser.eval("document.querySelector('#acme-domains').value");
    assert_eq!(kept, json!(format!("{name}, xn--bcher-kva.example.org")));
    browser.press("I agree to the terms");
    browser.press("Order the certificate");
    browser.says("The certificate is in use");
    let info = https(&client);
    assert_eq!(
        info["acme"]["domains"],
        json!([name, "xn--bcher-kva.example.org"])
    );
    browser.wait(&format!(
        "document.querySelector('.fingerprint').textContent === {}",
        info["fingerprint_sha256"]
    ));
    browser.says("automatically from");
    take(
        &browser,
        &client,
        "acme",
        &[("https", "/settings#https", HTTPS)],
    );

    browser.press("Renew");
    browser.says("The certificate was renewed");
    browser.press("Switch to the local authority");
    // It is asked for before a certificate and its key are deleted.
    browser.press_in("dialog", "Use the local authority");
    browser.says("The local certificate is in use");
    assert_eq!(https(&client)["mode"], "self_signed");
    browser.in_order();
}

#[test]
fn wizard_orders_a_certificate_and_opens_its_result() {
    let (app, _pebble) = place();
    let name = format!("nas-{}.example.org", number());
    let browser = Browser::new(&app);
    browser.open("/setup");
    browser.type_into("#password", PASSWORD);
    browser.type_into("#password_repeat", PASSWORD);
    browser.press("Continue");
    browser.press_in(
        "[data-step]:not([hidden])",
        "The authority from the configuration",
    );
    browser.press("Continue");
    browser.says("Enter the domain that points to this host");
    browser.type_into("#domains", &name);
    browser.press("Continue");
    browser.says("Agree to the authority's terms");
    browser.press("I agree to the terms");
    browser.in_order();
    for _next_step in ["This host", "Skill level", "Review"] {
        browser.press("Continue");
    }
    let review = browser.text("[data-review]");
    assert!(review.contains(&format!("then one for {name}")), "{review}");
    assert!(
        review.contains("Mixed") && !review.contains("MIXED"),
        "{review}"
    );
    browser.press("Finish the setup");
    browser.wait("location.pathname + location.hash === '/settings#https'");
    browser.wait(&format!(
        "[...document.querySelectorAll('main .tag')].some((tag) => tag.textContent === '{name}')"
    ));
    browser.says("automatically from");
    browser.in_order();
    until("the security log has it", SOON, || {
        let text = browser.eval(&format!(
            "{FETCH}('/api/security/events').then((r) => r.text())"
        ));
        text.as_str()?.contains("certificate_changed").then_some(())
    });
}
