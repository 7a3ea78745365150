//! The page of registries: a login is entered, tested at its registry, saved, changed
//! and removed, and its secret is never on the page again.

use super::shots::take;
use crate::support::app::{App, NO_ENGINE, free_port};
use crate::support::browser::Browser;
use crate::support::client::Client;
use crate::support::engine::{Engine, number, root};
use crate::support::simulated_registry::{Door, Published, SimulatedRegistry};
use crate::support::wait::{SOON, until};
use serde_json::json;

const SECRET: &str = "hunter2-token";

fn locked() -> SimulatedRegistry {
    let registry = SimulatedRegistry::start();
    let login = ("me".to_owned(), SECRET.to_owned());
    registry.set_door(Door::Token(Some(login)));
    registry
}

fn row(registry: &str) -> String {
    format!("document.querySelector('[data-registry=\"{registry}\"]')")
}

#[test]
fn login_is_entered_tested_saved_changed_and_removed() {
    let registry = locked();
    let host = registry.host();
    let (app, client) = App::ready(NO_ENGINE);
    let browser = Browser::signed_in(&app, &client, "/registries");
    browser.expect_in_console("status of 400");
    browser.wait(&row("docker.io"));
    browser.says("Images are pulled without a login.");
    assert_eq!(browser.text("nav [aria-current]").trim(), "Registries");
    browser.accessible();

    browser.press_in(".head .actions", "Add a login");
    browser.type_into("#login-registry", &format!("https://{host}"));
    browser.type_into("#login-username", "me");
    browser.type_into("#login-secret", "hunter2-wrong");
    let hidden = "document.querySelector('#login-secret').type === 'password' && document.querySelector('#login-secret').autocomplete === 'new-password'";
    browser.wait(hidden);
    browser.press_in("dialog footer", "Save");
    browser.wait("document.querySelector('#login-registry-error').innerText.includes('scheme')");
    browser
        .wait("document.querySelector('#login-registry').getAttribute('aria-invalid') === 'true'");
    browser.accessible();
    browser.fill("#login-registry", &host);
    browser.press_in("dialog form", "Test login");
    browser.wait("document.querySelector('#login-secret-error').innerText.includes('refuses')");
    browser.accessible();
    browser.fill("#login-secret", SECRET);
    browser.wait("!document.querySelector('#login-secret-error').innerText");
    browser.press_in("dialog form", "Test login");
    browser.says("accepts this login.");
    let command =
        "document.querySelector('dialog .cli pre').innerText.includes('--password-stdin')";
    browser.wait(command);
    browser.press_in("dialog footer", "Save");
    browser.wait("!document.querySelector('dialog')");
    browser.says(&format!("The login at {host} was saved"));
    browser.wait(&format!("{}.innerText.includes('Saved here')", row(&host)));

    browser.press(&format!("Test login at {host}"));
    browser.wait(&format!(
        "{}.innerText.includes('accepts this login')",
        row(&host)
    ));
    browser.accessible();
    browser.press(&format!("Edit the login at {host}"));
    browser.wait("document.querySelector('#login-username').value === 'me' && document.querySelector('#login-secret').value === ''");
    browser.wait("document.querySelector('dialog .warns').innerText.includes('login of me')");
    browser.fill("#login-username", "somebody");
    browser.type_into("#login-secret", SECRET);
    browser.press_in("dialog footer", "Save");
    browser.wait(&format!("{}.innerText.includes('somebody')", row(&host)));
    browser.press(&format!("Test login at {host}"));
    browser.wait(&format!("{}.innerText.includes('refuses')", row(&host)));

    browser.press(&format!("Remove the login at {host}"));
    browser.says("without a login from now on");
    browser.wait("document.querySelector('dialog .cli pre').innerText.includes('DELETE')");
    browser.accessible();
    browser.click("dialog footer button[type=submit]:not([disabled])");
    browser.wait(&format!("!{}", row(&host)));
    browser.says("Images are pulled without a login.");
    let page = browser
        .eval("document.documentElement.outerHTML")
        .to_string();
    assert!(!page.contains("hunter2"), "the secret is on the page");
    browser.in_order();
}

#[test]
fn test_of_a_login_says_what_is_wrong_with_the_registry_at_its_field() {
    let (app, client) = App::ready(NO_ENGINE);
    let browser = Browser::signed_in(&app, &client, "/registries?do=login");
    browser.type_into("#login-registry", &format!("localhost:{}", free_port()));
    browser.type_into("#login-username", "me");
    browser.type_into("#login-secret", SECRET);
    browser.press_in("dialog form", "Test login");
    browser.wait(
        "document.querySelector('#login-registry-error').innerText.includes('refuses connections')",
    );
    // What was never tested can be saved: the registry may be off at the moment.
    browser.press_in("dialog footer", "Save");
    browser.wait("!document.querySelector('dialog')");
    browser.says("2 registries, 1 with a login.");
    browser.in_order();
}

#[test]
fn refused_pull_leads_to_the_form_for_a_login_at_its_registry() {
    let engine = Engine::shared();
    let registry = locked();
    let host = registry.host();
    let (app, client) = App::ready(&engine.host());
    let browser = Browser::signed_in(&app, &client, "/images?do=pull");
    browser.type_into("#pull-image", &registry.reference("team/app:1.0"));
    browser.wait("document.querySelector('dialog .cli pre')?.innerText.includes('team/app')");
    browser.click("dialog footer button[type=submit]:not([disabled])");
    browser.says("under Registries");
    browser.press_in("dialog footer", "Enter a login");
    let filled = format!("document.querySelector('#login-registry')?.value === '{host}'");
    browser.wait(&filled);
    browser.in_order();
}

/// Stores a login by the API.
fn store(client: &Client, registry: &str, username: &str) {
    let body = json!({"username": username, "secret": SECRET});
    let answer = client.json("PUT", &format!("/api/registries/{registry}/login"), &body);
    assert_eq!(answer.status, 200, "{}", answer.text());
}

#[test]
fn pictures_of_registries() {
    let engine = Engine::start();
    let registry = SimulatedRegistry::start();
    let private = locked();
    let busy = SimulatedRegistry::start();
    private.set_door(Door::Open);
    for (from, name) in [
        (&registry, "app:1.0"),
        (&private, "team/app:1.0"),
        (&busy, "app:1.0"),
    ] {
        let (repository, tag) = name.split_once(':').unwrap();
        from.publish(
            repository,
            tag,
            &Published::new(&format!("{name} {}", number())),
        );
        let reference = from.reference(name);
        engine.docker(&["pull", "-q", &reference]);
        engine.docker(&["create", "--network", "none", &reference]);
    }
    private.set_door(Door::Token(Some(("me".to_owned(), SECRET.to_owned()))));
    busy.set_mood(
        "app",
        crate::support::simulated_registry::Mood::Limited(3600),
    );
    let folder = root().join(format!("docker-{}", number()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = json!({"auths": {"registry.gitlab.com": {"username": "ci-bot", "password": SECRET}}, "credHelpers": {"eu.gcr.io": "gcloud"}});
    std::fs::write(folder.join("config.json"), file.to_string()).unwrap();
    let (mut app, client) = App::ready(&engine.host());
    app.stop();
    app.env.push((
        "DOCKER_CONFIG".to_owned(),
        folder.to_str().unwrap().to_owned(),
    ));
    app.up();
    store(&client, "docker.io", "octavia");
    store(&client, "ghcr.io", "octavia");
    store(
        &client,
        "a-registry-with-a-very-long-name.of-a-department.of-a-company.example:65535",
        "robot$with+a-name-that-is-as-long-as-names-of-robots-are",
    );
    until("the registries were asked", SOON, || {
        let list = client.try_get("/api/registries")?.json();
        let items = list["items"].as_array()?;
        let of = |host: String| items.iter().find(|item| item["registry"] == host);
        let is_known = of(private.host())?["problem"].is_string()
            && of(busy.host())?["retry_at"].is_string()
            && of(registry.host())?["limit"].is_object();
        is_known.then_some(())
    });
    let browser = Browser::signed_in(&app, &client, "/registries");
    take(
        &browser,
        &client,
        "8",
        &[
            (
                "registries",
                "/registries",
                "document.querySelectorAll('[data-registry]').length === 8",
            ),
            (
                "registries-login",
                "/registries?do=login&registry=ghcr.io",
                "document.querySelector('dialog .cli, dialog .cli-fold')",
            ),
        ],
    );
}
