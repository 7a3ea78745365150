//! The gallery of templates: found, filtered, opened, tried, imported, saved,
//! and used.

use crate::support::app::{App, NO_ENGINE};
use crate::support::browser::{Browser, key};
use crate::support::client::Client;
use crate::support::engine::{Engine, number};
use serde_json::json;

fn level(client: &Client, level: &str) {
    let answer = client.json("PATCH", "/api/settings", &json!({"skill_level": level}));
    assert_eq!(answer.status, 200, "{}", answer.text());
}

fn names(browser: &Browser) -> Vec<String> {
    let found =
        browser.eval("[...document.querySelectorAll('.pattern-head b')].map((b) => b.textContent)");
    serde_json::from_value(found).unwrap()
}

/// The only one that is shown.
fn only(browser: &Browser, name: &str) {
    browser.wait(&format!(
        "(() => {{ const all = [...document.querySelectorAll('.pattern-head b')].map((b) => b.textContent); return all.length === 1 && all[0] === {}; }})()",
        json!(name)
    ));
}

#[test]
fn template_is_found_filtered_opened_and_used() {
    let engine = Engine::shared();
    let (app, client) = App::ready(&engine.host());
    let browser = Browser::signed_in(&app, &client, "/containers");
    browser.wait("document.querySelector('main h1')");
    browser.press_in("nav.side", "Templates");
    browser.wait(
        "location.pathname === '/templates' && document.querySelectorAll('.pattern').length >= 48",
    );
    browser.in_order();
    browser.keys("/");
    browser.wait("document.activeElement.type === 'search'");
    browser.keys("pi-hole");
    browser.wait("location.search === '?q=pi-hole'");
    browser.wait("document.querySelector('.pattern-head b').textContent === 'Pi-hole'");
    browser.keys(" engine");
    browser.says("No template matches");
    browser.press("Show all");
    browser.wait("document.querySelectorAll('.pattern').length >= 48");
    browser.fill(".tools input", "pihole/pihole");
    only(&browser, "Pi-hole");
    browser.keys(key::ESCAPE);
    browser.wait("document.querySelectorAll('.pattern').length >= 48 && document.activeElement.type !== 'search'");
    browser.press_in(".categories", "Databases");
    browser.wait("document.querySelectorAll('.pattern').length < 12");
    let shown = names(&browser);
    assert!(shown.contains(&"PostgreSQL".to_owned()), "{shown:?}");
    assert!(!shown.contains(&"Jellyfin".to_owned()), "{shown:?}");
    browser.reload();
    browser.wait(
        "document.querySelector('.categories [aria-pressed=true]')?.innerText.includes('Databases')",
    );
    assert_eq!(names(&browser), shown, "the address keeps the filter");
    browser.in_order();

    // The drawer, by the keyboard, and what it says at each level.
    browser.open("/templates?q=pihole/");
    only(&browser, "Pi-hole");
    browser.eval("void document.querySelector('.pattern').focus()");
    browser.keys(key::ENTER);
    browser.wait("document.querySelector('.drawer .facts-list')");
    browser.wait("location.hash === '#pihole'");
    browser.says("systemd-resolved");
    browser.says("Password of the page");
    browser.says("SYS_NICE");
    let quiet =
        "!document.querySelector('.drawer').innerText.includes('FTLCONF_dns_listeningMode')";
    browser.wait(quiet);
    browser.in_order();
    browser.press_in(".drawer", "more setting");
    browser.says("FTLCONF_dns_listeningMode");
    assert_eq!(
        browser.eval("document.querySelector('.drawer-foot .primary').getAttribute('href')"),
        "/containers/new?template=pihole"
    );
    browser.keys(key::ESCAPE);
    browser.wait("!document.querySelector('dialog') && location.hash.length < 2");
    browser.wait("document.activeElement.classList.contains('pattern')");

    // Nothing found teaches what to do.
    browser.fill(".tools input", "no such thing");
    browser.says("No template matches");
    browser.press("Show all");
    browser.wait("document.querySelectorAll('.pattern').length >= 48");

    // A link to one opens it. The form asks for the plan, which needs an environment here.
    browser.expect_in_console("status of 400");
    browser.open("/templates#jellyfin");
    browser.wait("document.querySelector('.drawer h2')?.textContent === 'Jellyfin'");
    browser.click(".drawer-foot .primary");
    browser.wait("location.pathname + location.search === '/containers/new?template=jellyfin'");
    browser.wait("Boolean(document.querySelector('.template-form #t-name'))");
    browser.fill("#t-name", "tv");
    browser.wait("[...document.querySelectorAll('.template-form input')].some((i) => i.value === '/mnt/appdata/tv/config')");
    browser.press("All other settings");
    browser.click("#section-general .section-head");
    browser.wait("[...document.querySelectorAll('form.create input')].some((i) => i.value === 'jellyfin/jellyfin:latest')");
    browser.in_order();
}

#[test]
fn templates_too_large_for_a_small_host_are_marked() {
    let app = App::start_with(NO_ENGINE, &["--profile", "RASPBERRY_PI"]);
    let client = app.set_up();
    let browser = Browser::signed_in(&app, &client, "/templates?q=frigate");
    only(&browser, "Frigate");
    browser.says("Too big for this host");
    browser.press("Frigate");
    browser.says("Coral or Hailo accelerator");
    browser.open("/templates");
    browser.press("For this host");
    browser.wait("!document.querySelector('.pattern.unfit') && document.querySelectorAll('.pattern').length > 30");
    browser.in_order();
}

#[test]
fn answers_update_the_preview_while_typing() {
    let (app, client) = App::ready(NO_ENGINE);
    level(&client, "advanced");
    let browser = Browser::signed_in(&app, &client, "/templates#pihole");
    browser.expect_in_console("status of 400");
    browser.press("Try answers");
    browser.says("an answer is missing");
    browser.press_in(".template-form", "Generate");
    browser.wait("document.querySelector('.try-it pre')");
    let spec = |browser: &Browser| -> serde_json::Value {
        let text = browser.text(".try-it pre");
        serde_json::from_str(&text).unwrap()
    };
    let made = spec(&browser);
    let password = made["env"]
        .as_array()
        .unwrap()
        .iter()
        .find_map(|pair| {
            pair.as_str()?
                .strip_prefix("FTLCONF_webserver_api_password=")
        })
        .expect("a password");
    assert_eq!(password.len(), 24, "{password}");
    browser.fill("#t-name", "hole");
    browser.wait(
        "JSON.parse(document.querySelector('.try-it pre')?.innerText ?? '{}').name === 'hole'",
    );
    assert_eq!(
        spec(&browser)["mounts"][0]["source"],
        "/mnt/appdata/hole/etc-pihole"
    );
    browser.fill("#t-name", &format!("-wrong{}", key::TAB));
    browser.says("cannot be the name of a container");
    browser.fill("#t-name", "hole");
    browser.wait("document.querySelector('.try-it pre')");
    // A port is moved.
    browser.fill("input[id^='t-ports-80_tcp']", "8888");
    browser.wait("document.querySelector('.try-it pre')?.innerText.includes('8888')");
    browser.in_order();
}

#[test]
fn last_answers_are_sent() {
    let engine = Engine::shared();
    let (app, client) = App::ready(&engine.host());
    client.json(
        "PATCH",
        "/api/settings",
        &json!({"host_environment": "DEV"}),
    );
    let from = engine.run(&[]);
    let template = format!("tpl-{}", number());
    let saved = client.post(
        "/api/templates",
        &json!({"name": template, "container": from}),
    );
    assert_eq!(saved.status, 201, "{}", saved.text());
    engine.docker(&["rm", "-f", &from]);
    let name = engine.name("b");
    let browser = Browser::signed_in(
        &app,
        &client,
        &format!("/containers/new?template={template}"),
    );
    browser.wait("document.querySelector('.plan-list')");
    // Sent before the answer has been worked out.
    browser.fill("#t-name", &format!("{name}{}", key::ENTER));
    browser.wait(&format!("location.pathname === '/containers/{name}'"));
    assert!(engine.try_docker(&["inspect", &name]).is_some());
    // An answer that cannot be is not taken for the one before.
    browser.open(&format!("/containers/new?template={template}"));
    browser.expect_in_console("status of 400");
    browser.wait("document.querySelector('.plan-list')");
    browser.fill("#t-name", &format!("-wrong{}", key::ENTER));
    browser.says("cannot be the name of a container");
    assert!(browser.path().starts_with("/containers/new"));
    assert!(engine.try_docker(&["inspect", &template]).is_none());
}

#[test]
fn template_file_is_previewed_and_imported() {
    let (app, client) = App::ready(NO_ENGINE);
    let browser = Browser::signed_in(&app, &client, "/templates");
    browser.expect_in_console("status of 400");
    browser.wait("document.querySelector('.pattern')");
    browser.press("Yours");
    browser.says("No own templates yet");
    browser.in_order();
    browser.press("Import a file");
    browser.fill("#import-text", "{}");
    browser.press("Preview");
    browser.says("There is no list of templates");
    let file = json!({"version": "3", "templates": [
        {"type": 1, "title": "<img src=x onerror=alert(1)>", "image": "nginx:1", "description": "<b>bold</b>",
         "env": [{"name": "PASSWORD", "default": "changeme"}], "ports": ["80/tcp"]},
        {"type": 3, "title": "A stack"},
    ]});
    browser.fill("#import-text", &file.to_string());
    browser.press("Preview");
    browser.says("1 template can be imported");
    browser.says("not one container");
    browser.says("The value of PASSWORD was left out");
    assert_eq!(
        client.get("/api/templates?source=own").json()["items"],
        json!([])
    );
    browser.in_order();
    browser.press("Import 1 template");
    browser.says("1 template imported");
    only(&browser, "<img src=x onerror=alert(1)>");
    browser.press_in(".patterns", "onerror");
    browser.wait("document.querySelector('.drawer .tag')?.innerText === 'Yours'");
    let export =
        browser.eval("document.querySelector('.drawer-foot a[download]').getAttribute('href')");
    let export = client.get(export.as_str().unwrap());
    assert_eq!(export.json()["dockermate_templates"], 1);
    browser.press_in(".drawer-foot", "Edit");
    browser.fill("#tpl-name", "Front page");
    browser.press("Save");
    browser.wait("document.querySelector('.drawer h2')?.textContent === 'Front page'");
    browser.press_in(".drawer-foot", "Delete");
    browser.says("Every container that was created from it");
    browser.press_in("dialog footer", "Delete");
    browser.says("No own templates yet");
    browser.in_order();
}

#[test]
fn container_is_saved_as_a_template_from_the_templates_page() {
    let engine = Engine::shared();
    let name = engine.run(&["-e", "API_TOKEN=hunter2", "-p", "0:80"]);
    let (app, client) = App::ready(&engine.host());
    let browser = Browser::signed_in(&app, &client, "/templates");
    browser.press("Save a container");
    browser.wait(&format!(
        "[...document.querySelectorAll('#tpl-container option')].some((o) => o.value === {})",
        json!(name)
    ));
    browser.eval(&format!(
        "void (document.querySelector('#tpl-container').value = {}, document.querySelector('#tpl-container').dispatchEvent(new Event('change')))",
        json!(name)
    ));
    browser.press("Preview");
    browser.says("Leave out the value of API_TOKEN");
    browser.in_order();
    browser.press("Save the template");
    browser.wait(&format!(
        "document.querySelector('.drawer h2')?.textContent === {}",
        json!(name)
    ));
    browser.wait("document.querySelector('.drawer .facts-list')");
    browser.in_order();
    let list = client.get("/api/templates?source=own").json();
    assert_eq!(list["items"][0]["name"], json!(name));
    engine.docker(&["rm", "-f", &name]);
}

#[test]
fn template_asks_its_own_questions_first_and_folds_everything_else() {
    let engine = Engine::shared();
    let (app, client) = App::ready(&engine.host());
    level(&client, "beginner");
    let browser = Browser::signed_in(&app, &client, "/containers/new?template=pihole");
    browser.size(1440, 4000);
    browser.expect_in_console("status of 400");
    browser.wait("document.querySelector('.template-form #t-name')");
    // The host has several environments: the template's card asks for one.
    browser.says("Waits for: environment, 1 answer");
    browser.wait("document.querySelector('.from-template [data-field=environment]')");
    assert_eq!(browser.count("[data-field=environment]"), 1);
    assert_eq!(browser.count("[aria-invalid=true], .field-error"), 0);
    // One fold with what the template sets, and no section beside it.
    browser.wait(
        "document.querySelector('.other-settings .tag')?.innerText === '4 set by the template'",
    );
    assert_eq!(browser.count(".form-section"), 0);
    browser.in_order();
    browser.press_in(".create-bar", "Create and start");
    browser.wait("document.querySelectorAll('.from-template .field-error').length === 2");
    browser.says("2 fields to correct:");
    browser.press_in(".bar-status", "Password of the page");
    browser.wait("document.activeElement.id.includes('FTLCONF_webserver_api_password')");
    browser.press_in(".template-form", "Generate");
    browser.wait("document.querySelectorAll('.from-template .field-error').length === 1");
    browser.says("Waits for: environment");
    browser.press_in(".radios", "Development");
    browser.wait("!document.querySelector('.waits-for')");
    browser.press("All other settings");
    browser.wait("document.querySelectorAll('.form-section').length > 8");
    for section in ["general", "ports"] {
        browser.click(&format!("#section-{section} .section-head"));
    }
    browser.wait("document.querySelector('#f-image')?.value === 'pihole/pihole:latest'");
    browser.wait("document.querySelector('#section-ports .form-body')");
    // What the questions are about is not asked twice.
    assert_eq!(browser.count("#f-name"), 0);
    assert_eq!(browser.count(".form-row.port"), 0);
    browser.in_order();
}
