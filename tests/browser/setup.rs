//! The first start: five steps, and the same form without scripts.

use crate::support::app::{App, NO_ENGINE, PASSWORD};
use crate::support::browser::Browser;
use serde_json::json;

#[test]
fn setup_in_five_steps_ends_on_the_dashboard() {
    let app = App::start(NO_ENGINE);
    let browser = Browser::new(&app);
    browser.open("/containers");
    assert_eq!(browser.path(), "/setup", "every page leads to the setup");
    assert_eq!(browser.text("h2:not([hidden] h2)"), "Choose a password");
    browser.in_order();

    // A weak one is told, rule by rule, and leads nowhere.
    browser.type_into("#password", "kitten");
    browser.wait("document.querySelector('[data-rule=lowercase]').classList.contains('ok')");
    for rule in ["length", "uppercase", "number"] {
        let met = browser.eval(&format!(
            "document.querySelector('[data-rule={rule}]').classList.contains('ok')"
        ));
        assert_eq!(met, json!(false), "{rule}");
    }
    browser.press("Continue");
    browser.says("The password does not meet every rule yet.");
    assert_eq!(browser.eval("document.activeElement.id"), "password");

    // Common ones are known to the server only.
    browser.fill("#password", "Password1234");
    browser.wait("document.querySelector('[data-strength-text]').textContent === 'weak'");
    browser.wait("!document.querySelector('[data-rule=uncommon]').classList.contains('ok')");

    browser.fill("#password", PASSWORD);
    browser.type_into("#password_repeat", "TestPassword124");
    browser.says("The passwords do not match.");
    browser.fill("#password_repeat", PASSWORD);
    browser.wait("document.querySelector('[data-repeat-error]').hidden");
    browser.press("Show the password");
    assert_eq!(
        browser.eval("document.querySelector('#password').type"),
        "text"
    );
    browser.press("Continue");

    browser.says("The connection is already encrypted.");
    let fingerprint = browser.text("[data-for-mode=self_signed] .fingerprint");
    let setup = app.client().get("/api/setup").json();
    assert_eq!(setup["https"]["fingerprint_sha256"], fingerprint);
    assert_eq!(
        browser.eval("document.querySelector('a[href=\"/ca.crt\"]').download"),
        "dockermate-ca.crt"
    );
    let authority = browser.eval("(() => { const r = new XMLHttpRequest(); r.open('GET', '/ca.crt', false); r.send(); return r.responseText; })()");
    assert!(
        authority
            .as_str()
            .unwrap()
            .starts_with("-----BEGIN CERTIFICATE-----")
    );
    browser.press("Custom certificate");
    browser.press("Continue");
    browser.says("Paste your certificate in PEM form");
    browser.press("Local authority");
    browser.press("Continue");

    browser.says("Environment");
    browser.fill("#host_name", "homelab");
    browser.press("UAT");
    browser.press("Back");
    browser.says("The connection is already encrypted.");
    browser.press("Continue");
    browser.press("Continue");
    browser.says("How well do you know Docker?");
    let chosen = "document.querySelector('[name=skill_level]:checked').value";
    assert_eq!(browser.eval(chosen), "beginner");
    browser.press("Advanced");
    browser.press("Continue");
    browser.says("Next: trust DockerMate on your devices");
    let review = browser.text("[data-review]");
    assert!(
        ["homelab", "Acceptance testing", "Advanced"]
            .iter()
            .all(|part| review.contains(part)),
        "{review}"
    );
    browser.in_order();
    browser.press("Finish the setup");

    browser.wait("location.pathname === '/' && document.querySelector('main h1')");
    assert_eq!(browser.text("[data-host-name]"), "homelab");
    assert_eq!(browser.text("[data-host-env]"), "UAT host");
    assert_eq!(
        browser.eval("document.documentElement.dataset.level"),
        "advanced"
    );
    browser.says("The container engine is not responding");
    browser.in_order();
    browser.open("/setup");
    browser.wait("location.pathname !== '/setup'");
}

#[test]
fn setup_works_without_scripts_on_one_page() {
    let app = App::start(NO_ENGINE);
    let browser = Browser::new(&app);
    browser.cdp(
        "Emulation.setScriptExecutionDisabled",
        json!({"value": true}),
    );
    browser.open("/setup");
    browser.type_into("#password", "TooWeakButLong");
    browser.type_into("#password_repeat", "TooWeakButLong");
    browser.type_into("#host_name", "attic");
    browser.press("Intermediate");
    browser.press("Finish the setup");
    assert_eq!(browser.path(), "/setup");
    let error = browser.text("#password-error");
    assert!(
        error.contains("number") || error.contains("digit"),
        "{error}"
    );
    assert_eq!(
        browser.eval("document.querySelector('#host_name').value"),
        "attic",
        "what was typed comes back"
    );
    assert_eq!(
        browser.eval("document.querySelector('[name=skill_level]:checked').value"),
        "intermediate"
    );
    assert_eq!(
        browser.eval("document.querySelector('#password').value"),
        "",
        "but no secret"
    );

    browser.type_into("#password", PASSWORD);
    browser.type_into("#password_repeat", "AnotherPassword1");
    browser.press("Finish the setup");
    assert_eq!(
        browser.text("#password_repeat-error"),
        "The passwords do not match."
    );

    browser.type_into("#password", PASSWORD);
    browser.type_into("#password_repeat", PASSWORD);
    browser.press("Finish the setup");
    browser.says("This page needs JavaScript");
    let settings = app.client();
    assert_eq!(settings.get("/api/setup").status, 409);
}
