//! The options that a plan offers: keep the annotations of a container that is
//! removed, restart the containers that depend on one.

use super::shots::{WIDTHS, folder};
use crate::support::app::App;
use crate::support::browser::Browser;
use crate::support::engine::{Engine, number};
use crate::support::wait::{SOON, until};
use serde_json::json;

const KEEP: &str = "dialog[open] input[name=keep_annotations]";
const RESTART: &str = "dialog[open] input[name=restart_dependents]";

/// Pictures of the dialog at every width.
fn shots(browser: &Browser, what: &str) {
    for (width, height) in WIDTHS {
        browser.size(width, height);
        browser.wait("document.getAnimations().every((a) => a.timeline !== document.timeline || a.playState !== 'running')");
        browser.screenshot(&folder().join(format!("option-{what}-{width}.png")));
        browser.in_order();
    }
    browser.size(1440, 900);
}

fn submit(browser: &Browser) {
    browser.click("dialog footer button[type=submit]:not([disabled])");
    browser.wait("!document.querySelector('dialog')");
}

fn started_at(engine: &Engine, name: &str) -> String {
    engine.docker(&["inspect", "-f", "{{.State.StartedAt}}", name])
}

fn create(engine: &Engine, name: &str) {
    engine.docker(&["create", "--network", "none", "--name", name, "bb:1"]);
}

#[test]
fn delete_with_annotations_offers_to_keep_them_and_keeps_them_for_the_next_of_the_name() {
    let engine = Engine::shared();
    let (app, client) = App::ready(&engine.host());
    let name = format!("t{}", number());
    create(engine, &name);
    let path = format!("/api/containers/{name}");
    until("the container is known", SOON, || {
        (client.get(&path).status == 200).then_some(())
    });
    let saved = client.json("PUT", &path, &json!({"notes": "mine", "tags": ["media"]}));
    assert_eq!(saved.status, 200, "{}", saved.text());
    let browser = Browser::signed_in(&app, &client, &format!("/containers/{name}"));
    browser.press("More actions");
    browser.press_in("[role=menu]", "Delete");
    browser.wait(&format!("document.querySelector('{KEEP}')"));
    browser.says("Delete its annotations in DockerMate");
    browser.click(KEEP);
    browser.wait(
        "[...document.querySelectorAll('dialog .plan-list.keeps li')].some((l) => l.innerText.includes('annotations'))",
    );
    shots(&browser, "keep");
    submit(&browser);
    browser.says("This container no longer exists");
    create(engine, &name);
    let view = until("the next container is known", SOON, || {
        let answer = client.get(&path);
        (answer.status == 200).then(|| answer.json())
    });
    assert_eq!(view["notes"], "mine", "{view}");
    // Without the option they are gone.
    browser.open(&format!("/containers/{name}"));
    browser.press("More actions");
    browser.press_in("[role=menu]", "Delete");
    browser.wait(&format!("document.querySelector('{KEEP}')"));
    submit(&browser);
    browser.says("This container no longer exists");
    create(engine, &name);
    let view = until("the last container is known", SOON, || {
        let answer = client.get(&path);
        (answer.status == 200).then(|| answer.json())
    });
    assert_eq!(view["notes"], "", "{view}");
    engine.docker(&["rm", &name]);
}

#[test]
fn restart_of_a_namespace_owner_offers_to_restart_its_dependents_and_restarts_them() {
    let engine = Engine::shared();
    let (app, client) = App::ready(&engine.host());
    let owner = engine.run(&[]);
    let user = format!("t{}", number());
    let network = format!("container:{owner}");
    engine.docker(&["run", "-d", "--name", &user, "--network", &network, "bb:1"]);
    until("both are known", SOON, || {
        [&owner, &user]
            .iter()
            .all(|name| client.get(&format!("/api/containers/{name}")).status == 200)
            .then_some(())
    });
    let before = (started_at(engine, &owner), started_at(engine, &user));
    let browser = Browser::signed_in(&app, &client, &format!("/containers/{owner}"));
    browser.press_in(".head", "Restart");
    browser.wait(&format!("document.querySelector('{RESTART}')"));
    browser.says(&user);
    browser.click(RESTART);
    browser.says(&format!("Restart {user}."));
    shots(&browser, "restart");
    submit(&browser);
    until("both were restarted", SOON, || {
        let now = (started_at(engine, &owner), started_at(engine, &user));
        (now.0 != before.0 && now.1 != before.1).then_some(())
    });
    browser.in_order();
    engine.docker(&["rm", "-f", &user, &owner]);
}
