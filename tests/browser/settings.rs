//! The settings: looks, host, environments, HTTPS, the door, this version.

use crate::support::app::{App, NO_ENGINE, PASSWORD};
use crate::support::browser::Browser;
use crate::support::engine::Engine;
use serde_json::json;

#[test]
fn theme_and_skill_level_are_saved_for_every_browser() {
    let (app, client) = App::ready(NO_ENGINE);
    let browser = Browser::signed_in(&app, &client, "/settings#appearance");
    let other = Browser::signed_in(&app, &client, "/");
    other.wait("document.querySelector('main h1')");
    browser.press("Light background");
    browser.wait("document.documentElement.dataset.theme === 'light'");
    let ground = "getComputedStyle(document.documentElement).backgroundColor";
    assert_eq!(browser.eval(ground), "rgb(245, 247, 250)");
    other.wait("document.documentElement.dataset.theme === 'light'");
    browser.press("Dark background");
    browser.wait("document.documentElement.dataset.theme === 'dark'");
    assert_eq!(browser.eval(ground), "rgb(15, 23, 42)");
    browser.press_in(".top", "Advanced");
    browser.wait("document.documentElement.dataset.level === 'advanced'");
    other.wait("document.documentElement.dataset.level === 'advanced'");
    let settings = client.get("/api/settings").json();
    assert_eq!(
        (&settings["theme"], &settings["skill_level"]),
        (&json!("dark"), &json!("advanced"))
    );
    browser.reload();
    browser.wait("document.querySelector('main h1')");
    assert_eq!(
        browser.eval("document.documentElement.dataset.theme"),
        "dark"
    );
    browser.press("Change the theme");
    browser.press_in("[role=menu]", "System");
    browser.wait("document.documentElement.dataset.theme === 'auto'");
    browser.cdp(
        "Emulation.setEmulatedMedia",
        json!({"features": [{"name": "prefers-color-scheme", "value": "light"}]}),
    );
    browser.wait(&format!("{ground} === 'rgb(245, 247, 250)'"));
    browser.in_order();
}

#[test]
fn sections_are_listed_at_the_side_or_in_a_strip_that_shows_there_is_more() {
    let (app, client) = App::ready(NO_ENGINE);
    let browser = Browser::signed_in(&app, &client, "/settings#https");
    let list = "document.querySelector('nav[aria-label=Settings]')";
    let current = format!("{list}.querySelector('[aria-current]').innerText.trim()");
    browser.wait(&format!("{current} === 'HTTPS'"));
    let place = "(() => { const [a, b] = ['.side-list', '.settings-panel'].map((e) => document.querySelector(e).getBoundingClientRect()); return [a.right <= b.left, a.bottom <= b.top, a.top]; })()";
    let before = browser.eval(place);
    assert_eq!((&before[0], &before[1]), (&json!(true), &json!(false)));
    browser.wait("document.querySelector('.fingerprint')");
    browser.size(1440, 500);
    browser.eval("scrollTo(0, 300)");
    browser.wait("scrollY > 100");
    let scrolled = browser.eval(place);
    assert!(
        scrolled[2].as_f64().unwrap() > 50.0,
        "it stays in sight: {scrolled}"
    );
    browser.press_in(".side-list", "About");
    browser.wait(&format!(
        "{current} === 'About' && location.hash === '#about' && scrollY === 0"
    ));
    browser.size(390, 844);
    browser.open("/settings#host");
    let fades = format!(
        "['--fade-start', '--fade-end'].map((edge) => getComputedStyle({list}).getPropertyValue(edge)).join()"
    );
    browser.wait(&format!("{list} && {fades} === '0px,36px'"));
    let narrow = browser.eval(place);
    assert_eq!((&narrow[0], &narrow[1]), (&json!(false), &json!(true)));
    browser.eval(&format!("{list}.scrollTo(1000, 0)"));
    browser.wait(&format!("{fades} === '36px,0px'"));
    // The chosen one is in sight.
    browser.open("/settings#about");
    browser.wait(&format!(
        "{list} && {list}.querySelector('[aria-current]').getBoundingClientRect().right <= innerWidth"
    ));
    browser.size(1440, 900);
    browser.wait(&format!("{fades} === '0px,0px'"));
    browser.in_order();
}

#[test]
fn background_jobs_show_their_last_run_and_run_on_request() {
    let (app, client) = App::ready(NO_ENGINE);
    let browser = Browser::signed_in(&app, &client, "/settings");
    browser.says("Background jobs");
    browser.says("Nothing to remove.");
    browser.says("Waiting for the engine.");
    let before = client.get("/api/system/jobs").json();
    let started = "document.querySelector('[data-job=remove_old_records] time')?.title";
    let earlier = browser.eval(started);
    // The time is shown to the second.
    std::thread::sleep(std::time::Duration::from_millis(1100));
    browser.press("Run now: Remove old records");
    browser.wait(&format!("{started} && {started} !== {earlier}"));
    let after = client.get("/api/system/jobs").json();
    assert_ne!(before, after);
    browser.in_order();
}

#[test]
fn host_name_and_environment_are_changed() {
    let engine = Engine::shared();
    let name = engine.run(&[]);
    let (app, client) = App::ready(&engine.host());
    let browser = Browser::signed_in(&app, &client, "/settings");
    browser.wait("document.querySelector('#host-name')");
    browser.in_order();
    browser.fill("#host-name", "<i>attic</i>");
    browser.press("Save");
    browser.wait("document.querySelector('[data-host-name]').textContent === '<i>attic</i>'");
    browser.press("For development, changed often");
    browser.wait("document.querySelector('[data-host-env]').textContent === 'DEV host'");
    browser.open(&format!("/containers/{name}"));
    browser.wait("document.querySelector('.head-line .env.dev')");
    browser.open("/settings#environments");
    browser.says("Type the name before a production container is deleted");
    browser.press("Type the name before");
    crate::support::wait::until("the setting is saved", crate::support::wait::SOON, || {
        (client.get("/api/settings").json()["require_prd_confirmation"] == false).then_some(())
    });
    browser.in_order();
    engine.docker(&["rm", "-f", &name]);
}

#[test]
fn certificate_is_shown_renewed_and_offered_for_download() {
    let (app, client) = App::ready(NO_ENGINE);
    let browser = Browser::signed_in(&app, &client, "/settings#https");
    let https = client.get("/api/system/https").json();
    assert_eq!(
        browser.text("code.fingerprint"),
        https["fingerprint_sha256"]
    );
    browser.says("local authority");
    browser.says("localhost");
    assert_eq!(
        browser.eval("document.querySelector('a[href=\"/ca.crt\"]').download"),
        "dockermate-ca.crt"
    );
    browser.in_order();
    browser.press("Renew");
    browser.says("The certificate was renewed");
    let renewed = client.get("/api/system/https").json();
    assert_ne!(renewed["fingerprint_sha256"], https["fingerprint_sha256"]);
    assert_eq!(
        renewed["ca_fingerprint_sha256"],
        https["ca_fingerprint_sha256"]
    );
    assert_eq!(
        browser.text("code.fingerprint"),
        renewed["fingerprint_sha256"]
    );
    browser.expect_in_console("status of 400");
    browser.press("Custom certificate");
    browser.type_into("#certificate", "nonsense");
    browser.type_into("#private_key", "nonsense");
    browser.press("Use this certificate");
    browser.wait("document.querySelector('main .field-error')");
    browser.in_order();
    for (name, text) in [
        ("Windows", "Trusted Root"),
        ("macOS", "mobileconfig"),
        ("Android", "CA certificate"),
    ] {
        browser.press(name);
        browser.says(text);
    }
    browser.in_order();
}

#[test]
fn password_change_enforces_the_rules() {
    let (app, client) = App::ready(NO_ENGINE);
    let browser = Browser::signed_in(&app, &client, "/settings#security");
    let mut second = app.client();
    second.session = Some(
        second
            .post("/api/auth/login", &json!({"password": PASSWORD}))
            .json()["session_token"]
            .as_str()
            .unwrap()
            .to_owned(),
    );
    browser.expect_in_console("status of 40");
    browser.wait("document.querySelector('#current')");
    browser.in_order();
    browser.type_into("#current", "WrongPassword1");
    browser.type_into("#fresh", "short");
    browser.type_into("#repeat", "short");
    let ready = "[...document.querySelectorAll('button[type=submit]')].some((b) => b.innerText === 'Change the password' && !b.disabled)";
    assert_eq!(browser.eval(ready), json!(false));
    browser.fill("#fresh", "BrighterDays2026");
    browser.fill("#repeat", "BrighterDays2027");
    browser.says("The passwords do not match.");
    browser.fill("#repeat", "BrighterDays2026");
    browser.wait(ready);
    browser.press("Change the password");
    browser.wait("document.querySelector('#current').ariaInvalid === 'true' || document.querySelector('#current').getAttribute('aria-invalid') === 'true'");
    browser.fill("#current", PASSWORD);
    browser.wait(ready);
    browser.press("Change the password");
    browser.says("The password was changed");
    assert_eq!(
        second.get("/api/settings").status,
        401,
        "other sessions have ended"
    );
    assert_eq!(browser.eval("document.querySelector('#current').value"), "");
    browser.open("/settings#security");
    browser.wait("document.querySelector('#current')");
    browser.says("Password changed");
    assert_eq!(
        app.client()
            .post("/api/auth/login", &json!({"password": "BrighterDays2026"}))
            .status,
        200
    );
    browser.in_order();
}

#[test]
fn sessions_are_listed_and_ended() {
    let (app, client) = App::ready(NO_ENGINE);
    let browser = Browser::signed_in(&app, &client, "/settings#security");
    browser.says("2 sessions");
    browser.says("this one");
    browser.says("Signed in");
    browser.wait("([...document.querySelectorAll('.need')].find((n) => !n.innerText.includes('this one')).querySelector('button').click(), true)");
    browser.says("1 session");
    crate::support::wait::until("it has ended", crate::support::wait::SOON, || {
        (client.get("/api/settings").status == 401).then_some(())
    });
    browser.in_order();
}

#[test]
fn about_page_shows_version_engine_and_licences() {
    let engine = Engine::shared();
    let (app, client) = App::ready(&engine.host());
    let browser = Browser::signed_in(&app, &client, "/settings#about");
    let system = client.get("/api/system").json();
    browser.says(system["version"].as_str().unwrap());
    browser.says(system["engine"]["info"]["version"].as_str().unwrap());
    browser.press_in(".card", "more");
    browser.says("tokio");
    browser.says("preact");
    browser.in_order();
    let description = client.get("/api/openapi.json");
    assert_eq!(description.status, 200);
}
