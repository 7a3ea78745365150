//! Changing a container from its page: its name, our words on it, its limits,
//! recreating it, and going back to how it was.

use crate::support::app::App;
use crate::support::browser::{Browser, key};
use crate::support::engine::Engine;
use crate::support::wait::{SOON, until};
use serde_json::json;

/// Opens the menu of the page and chooses.
pub fn menu(browser: &Browser, item: &str) {
    browser.press("More actions");
    browser.press_in("[role=menu]", item);
}

/// Waits for the toast, since the page says so of saved configurations as well.
pub fn recreated(browser: &Browser, name: &str) {
    browser.wait(&format!(
        "[...document.querySelectorAll('.toast.ok')].some((t) => t.innerText.includes('{name} was recreated.'))"
    ));
}

pub const READY: &str = "document.querySelector('dialog button[type=submit]')?.disabled === false";

#[test]
fn name_is_validated_while_typing() {
    let engine = Engine::shared();
    let (name, taken) = (engine.run(&[]), engine.run(&[]));
    let (app, client) = App::ready(&engine.host());
    let browser = Browser::signed_in(&app, &client, &format!("/containers/{name}"));
    menu(&browser, "Rename");
    browser.wait("document.activeElement.id === 'new-name'");
    browser.fill("#new-name", &taken);
    browser.says(&format!("A container named {taken} exists already"));
    assert_eq!(browser.eval(READY), json!(false));
    browser.fill("#new-name", "-bad");
    browser.says("must begin with a letter or digit");
    browser.in_order();
    browser.fill("#new-name", &taken);
    // One of the free names beside it is a click away.
    browser.click("dialog .wrap-chips .chip");
    browser.says("This name is free");
    browser.wait(READY);
    let new = browser.eval("document.querySelector('#new-name').value");
    let new = new.as_str().unwrap();
    assert!(browser.text("dialog .cli pre").contains("rename"));
    browser.keys(key::ENTER);
    browser.wait(&format!("location.pathname === '/containers/{new}'"));
    browser.wait(&format!(
        "document.querySelector('main h1').innerText === '{new}'"
    ));
    engine.docker(&["inspect", new]);
    browser.in_order();
    engine.docker(&["rm", "-f", new, &taken]);
}

#[test]
fn notes_and_tags_are_saved_and_shown_as_text() {
    let engine = Engine::shared();
    let name = engine.run(&[]);
    let (app, client) = App::ready(&engine.host());
    let browser = Browser::signed_in(&app, &client, &format!("/containers/{name}"));
    browser.press("Add notes");
    browser.wait("document.activeElement.matches('textarea')");
    browser.type_into("textarea", "Password is in the <i>safe</i>.\nAsk Ada.");
    browser.press("Save");
    browser.says("Password is in the <i>safe</i>. Ask Ada.");
    browser.press("Add a tag");
    browser.type_into("input[aria-label='New tag']", "media, family");
    browser.keys(key::ENTER);
    browser.wait("document.querySelectorAll('.chip-tag').length === 2");
    browser.press("Remove the tag family");
    browser.wait("document.querySelectorAll('.chip-tag').length === 1");
    let view = client.get(&format!("/api/containers/{name}")).json();
    assert_eq!(view["notes"], "Password is in the <i>safe</i>.\nAsk Ada.");
    assert_eq!(view["tags"], json!(["media"]));
    browser.reload();
    browser.says("Ask Ada.");
    browser.press_in(".chip-tag", "media");
    browser.wait("location.search === '?tag=media'");
    browser.wait("document.querySelectorAll('.row-item').length === 1");
    browser.in_order();
    engine.docker(&["rm", "-f", &name]);
}

#[test]
fn limits_of_a_running_container_are_changed() {
    let engine = Engine::shared();
    let name = engine.run(&["--memory", "64m"]);
    let started = || engine.docker(&["inspect", "-f", "{{.State.StartedAt}}", &name]);
    let before = started();
    let (app, client) = App::ready(&engine.host());
    let browser = Browser::signed_in(&app, &client, &format!("/containers/{name}"));
    browser.press("Change the limits");
    browser.says("No changes yet");
    browser.fill("#limit-memory", "much");
    browser.says("One of the values is invalid");
    assert_eq!(browser.eval(READY), json!(false));
    browser.fill("#limit-memory", "96m");
    browser.fill("#limit-cpus", "0.5");
    browser.eval("(() => { const s = document.querySelector('#limit-restart'); s.value = 'unless-stopped'; s.dispatchEvent(new Event('change', { bubbles: true })); })()");
    browser.wait(
        "/ update [^]*unless-stopped/.test(document.querySelector('dialog .cli pre')?.innerText)",
    );
    browser.wait(READY);
    browser.in_order();
    browser.press_in("dialog footer", "Apply");
    browser.says("limits applied");
    let limits = engine.docker(&[
        "inspect",
        "-f",
        "{{.HostConfig.Memory}} {{.HostConfig.NanoCpus}} {{.HostConfig.RestartPolicy.Name}}",
        &name,
    ]);
    assert_eq!(limits, "100663296 500000000 unless-stopped");
    assert_eq!(started(), before, "it went on running");
    browser.says("96 MiB");
    browser.in_order();
    engine.docker(&["rm", "-f", &name]);
}

#[test]
fn production_container_is_recreated_and_restored_from_its_saved_configuration() {
    let engine = Engine::shared();
    let name = engine.run(&[
        "--label",
        "dockermate.environment=PRD",
        "-e",
        "COLOUR=green",
        "-e",
        "DB_PASSWORD=hunter2secret",
    ]);
    let id = || engine.docker(&["inspect", "-f", "{{.Id}}", &name]);
    let colour = || engine.docker(&["exec", &name, "sh", "-c", "echo $COLOUR"]);
    let before = id();
    let (app, client) = App::ready(&engine.host());
    let browser = Browser::signed_in(&app, &client, &format!("/containers/{name}"));
    menu(&browser, "Recreate");
    browser.wait("document.querySelector('#confirm-name')");
    browser.says("What stays");
    assert_eq!(browser.eval(READY), json!(false));
    browser.in_order();
    browser.type_into("#confirm-name", &name);
    browser.wait(READY);
    browser.keys(key::ENTER);
    // The page follows it to its new id.
    recreated(&browser, &name);
    let after = id();
    assert_ne!(after, before);
    browser.wait(&format!(
        "document.querySelector('.head-line .copyable').innerText.includes('{}')",
        &after[..12]
    ));
    assert_eq!(browser.text("main h1"), name);

    // A change from elsewhere, and what differs since.
    let changed = client.send(
        "POST",
        &format!("/api/containers/{name}/recreate?confirm={name}"),
        &[("Content-Type", "application/json")],
        json!({"changes": {"env": ["COLOUR=red", "DB_PASSWORD=other"]}})
            .to_string()
            .as_bytes(),
    );
    assert_eq!(changed.status, 200, "{}", changed.text());
    assert_eq!(colour(), "red");
    browser.open(&format!("/containers/{name}"));
    browser.wait("document.querySelectorAll('.backup').length === 2");
    browser.press_in(".backup", "Compare");
    browser.wait("document.querySelector('.diff')");
    let shown = browser.text(".diff");
    assert!(
        shown.contains("COLOUR=green") && shown.contains("COLOUR=red"),
        "{shown}"
    );
    assert!(!shown.contains("hunter2secret"), "{shown}");
    browser.press_in("dialog", "Show secrets");
    browser.wait("document.querySelector('.diff').innerText.includes('hunter2secret')");
    browser.in_order();
    browser.keys(key::ESCAPE);
    browser.press_in(".backup", "Restore");
    browser.wait("document.querySelector('#confirm-name')");
    browser.type_into("#confirm-name", &name);
    browser.wait(READY);
    browser.keys(key::ENTER);
    recreated(&browser, &name);
    assert_eq!(colour(), "green", "as it was before");

    // Deleted, it can be created again from its saved configuration.
    let deleted = client.send(
        "DELETE",
        &format!("/api/containers/{name}?force=true&confirm={name}"),
        &[],
        b"",
    );
    assert_eq!(deleted.status, 200, "{}", deleted.text());
    browser.says("This container no longer exists");
    browser.open(&format!("/containers/{name}"));
    browser.says("Container not found");
    browser.press_in(".backup", "Restore");
    browser.wait("document.querySelector('dialog .plan-list')");
    browser.wait(READY);
    browser.press_in("dialog footer", "Restore");
    until("it is made again", SOON, || {
        let newest = &client.get("/api/operations?limit=1").json()["items"][0];
        (newest["kind"] == "container.create" && newest["state"] == "succeeded").then_some(())
    });
    assert_eq!(colour(), "green");
    engine.docker(&["rm", "-f", &name]);
}

#[test]
fn container_is_saved_as_a_template_from_its_menu() {
    let engine = Engine::shared();
    let name = engine.run(&["-e", "COLOUR=green"]);
    let (app, client) = App::ready(&engine.host());
    let browser = Browser::signed_in(&app, &client, &format!("/containers/{name}"));
    menu(&browser, "Save as template");
    browser.wait("document.querySelector('#save-template')");
    browser.fill("#tpl-name", "Green things");
    browser.click("dialog footer button[type=submit]");
    browser.says("What will happen");
    browser.in_order();
    browser.click("dialog footer button[type=submit]");
    browser.says("Green things was saved as a template");
    browser.in_order();
    engine.docker(&["rm", "-f", &name]);
}

#[test]
fn dependencies_are_shown_on_both_container_pages() {
    let engine = Engine::shared();
    let owner = engine.run(&[]);
    let guest = format!("{owner}-guest");
    let network = format!("container:{owner}");
    engine.docker(&["run", "-d", "--network", &network, "--name", &guest, "bb:1"]);
    let (app, client) = App::ready(&engine.host());
    let browser = Browser::signed_in(&app, &client, &format!("/containers/{guest}"));
    browser.says(&format!("Depends on {owner}"));
    browser.press_in("dd", &owner);
    browser.wait(&format!(
        "document.querySelector('main h1').innerText === '{owner}'"
    ));
    browser.says(&format!("Used by {guest}"));
    browser.in_order();
    engine.docker(&["rm", "-f", &guest, &owner]);
}
