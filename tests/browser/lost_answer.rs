//! The connection is lost at the moment of a change: the page looks for the result
//! and shows it. What failed can be changed and tried again.

use crate::support::app::App;
use crate::support::browser::Browser;
use crate::support::cuttable::Cuttable;
use crate::support::engine::Engine;
use crate::support::proxy::Proxy;
use crate::support::wait::{SOON, until};
use serde_json::{Value, json};

/// Notes every text of the page that speaks of a failure.
const WATCH: &str = "void (window.failures = [], new MutationObserver(() => { const said = document.body.innerText; if (/failed|went wrong/i.test(said)) window.failures.push(said); }).observe(document.body, { childList: true, subtree: true, characterData: true }))";

fn planned(browser: &Browser) {
    browser.wait(
        "document.querySelector('.form-aside section').ariaBusy === 'false' && document.querySelector('.form-aside .plan-list')",
    );
}

fn dev(client: &crate::support::client::Client) {
    let body = json!({"host_environment": "DEV", "skill_level": "intermediate"});
    let answer = client.json("PATCH", "/api/settings", &body);
    assert_eq!(answer.status, 200, "{}", answer.text());
}

#[test]
fn creation_whose_answer_is_lost_is_looked_for_and_shown() {
    let engine = Engine::shared();
    let (app, client) = App::ready(&engine.host());
    dev(&client);
    let relay = Cuttable::start(app.port);
    let path = "/containers/new?image=bb:1";
    let browser = Browser::signed_in_by(&app, relay.port, &client, path);
    browser.expect_in_console("net::ERR_");
    browser.size(1440, 8000);
    let name = engine.name("lost");
    browser.fill("#f-name", &name);
    planned(&browser);
    browser.eval(WATCH);

    // The request arrives, its answer does not.
    relay.hold();
    browser.press_in(".create-bar", "Create and start");
    let created = || {
        let list = client.get("/api/operations").json()["items"].take();
        let mut items = list.as_array().unwrap().clone();
        items.retain(|one| one["target"] == *name);
        items
    };
    until("it is created", SOON, || {
        let operation = created().pop()?;
        (operation["state"] == "succeeded").then_some(())
    });
    relay.cut();
    browser.says("Looking for the result…");
    browser.wait("document.querySelector('#f-name') && !document.querySelector('.form-failure')");
    relay.pass();
    browser.wait(&format!("location.pathname === '/containers/{}'", *name));
    browser.says("was created and is running");
    browser.wait("![...document.querySelectorAll('.toast')].some((t) => t.innerText.includes('Looking for'))");
    assert_eq!(browser.eval("window.failures"), json!([]));
    assert_eq!(created().len(), 1);
    assert!(created()[0]["request_id"].is_string());
    browser.in_order();
}

#[test]
fn result_that_is_not_found_in_time_is_unknown_and_not_a_failure() {
    let engine = Engine::shared();
    let name = engine.run(&[]);
    let (app, client) = App::ready(&engine.host());
    dev(&client);
    let relay = Cuttable::start(app.port);
    let path = format!("/containers/{name}");
    let browser = Browser::signed_in_by(&app, relay.port, &client, &path);
    browser.expect_in_console("net::ERR_");
    browser.press("Add notes");
    browser.wait("document.activeElement.matches('textarea')");
    browser.type_into("textarea", "Ask Ada.");
    browser.eval(WATCH);
    relay.cut();
    browser.press("Save");
    browser.says("Looking for the result…");
    browser.says("it is not known whether the change was made");
    browser.says("Look at Operations");
    assert_eq!(browser.eval("window.failures"), json!([]));
    relay.pass();
    engine.docker(&["rm", "-f", &name]);
}

#[test]
fn failed_creation_is_changed_and_tried_again_from_its_operation() {
    let engine = Engine::isolated();
    let proxy = Proxy::start(engine.socket());
    let (app, client) = App::ready(&proxy.host());
    dev(&client);
    let name = engine.name("retry");
    let spec = json!({
        "image": "bb:1", "name": *name, "env": {"DB_PASSWORD": "hunter2"},
        "description": "as it was sent",
    });
    proxy.refuse("/start", 1);
    let answer = client.post("/api/containers?pull=never", &spec);
    assert!(answer.status >= 400, "{}", answer.text());
    let browser = Browser::signed_in(&app, &client, "/operations");
    browser.size(1440, 8000);
    browser.press_in("main .op", "Change and try again");
    browser.wait("location.search.startsWith('?operation=')");
    browser.wait(&format!(
        "document.querySelector('#f-name')?.value === '{}'",
        *name
    ));
    assert_eq!(
        browser.eval("document.querySelector('#f-description').value"),
        "as it was sent"
    );
    browser.in_order();
    browser.fill("#f-description", "changed");
    planned(&browser);
    browser.press_in(".create-bar", "Create and start");
    browser.wait(&format!("location.pathname === '/containers/{}'", *name));
    let env = engine.inspect(&name)["Config"]["Env"].clone();
    let has = |text: &str| env.as_array().unwrap().contains(&Value::from(text));
    assert!(has("DB_PASSWORD=hunter2"), "{env}");
    let said = client.get(&format!("/api/containers/{}", *name)).json();
    assert_eq!(said["description"], "changed");
}
