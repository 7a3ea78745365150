//! What the pages say of updates: the mark in the list, the line of a container, and
//! the dashboard, live.

use crate::api::updates::apply::{SERVE, image_of, run, version};
use crate::api::updates::container;
use crate::support::app::App;
use crate::support::browser::Browser;
use crate::support::engine::{Engine, number};
use crate::support::simulated_registry::{Published, SimulatedRegistry};
use serde_json::json;

#[test]
fn update_is_shown_in_the_list_on_the_page_and_on_the_dashboard() {
    let engine = Engine::shared();
    let registry = SimulatedRegistry::start();
    let publish = |text: &str| {
        let image = Published::new(&format!("{text} {}", number()));
        registry.publish("app", "1.0", &image);
    };
    publish("first");
    let name = container(engine, &registry.reference("app:1.0"));
    let (app, client) = App::ready(&engine.host());
    let browser = Browser::signed_in(&app, &client, &format!("/containers/{}", *name));
    browser.press("Check now");
    browser.wait("document.querySelector('main').innerText.includes('Up to date')");
    publish("second");
    browser.press("Check now");
    browser.wait("document.querySelector('main').innerText.includes('Update available')");
    browser.open(&format!("/containers?q={}", *name));
    browser.wait("[...document.querySelectorAll('.row-item .c-image .tag')].some((tag) => tag.innerText === 'update')");
    // From its menu, and for those that are chosen.
    browser.press(&format!("More for {}", *name));
    browser.press_in("[role=menu]", "Update…");
    browser.says(&format!("Update {}", *name));
    browser.says("Save its configuration.");
    browser.press("Close");
    browser.click(&format!("input[aria-label='Select {}']", *name));
    browser.press("More for the selected");
    browser.press_in("[role=menu]", "Update 1 container…");
    browser.says("Update the selected containers");
    browser.wait("!document.querySelector('dialog footer .primary').disabled");
    browser.press_in("dialog footer", "Update");
    browser.wait(&format!(
        "document.querySelector('.row-item .c-image').closest('.row-item').innerText.includes('{}')
            && !document.querySelector('.row-item .c-image .tag')",
        *name
    ));
    publish("third");
    browser.open(&format!("/containers/{}", *name));
    browser.press("Check now");
    browser.wait("document.querySelector('main').innerText.includes('Update available')");
    browser.open("/");
    browser.wait(&format!(
        "document.querySelector('main').innerText.includes('1 update available: {}')",
        *name
    ));
}

#[test]
fn update_is_reviewed_made_and_taken_back_on_the_pages() {
    let engine = &Engine::start();
    let registry = SimulatedRegistry::start();
    let mut first = version("one", SERVE);
    first.config["Env"] = json!(["PATH=/bin", "MODE=calm"]);
    registry.publish("app", "1.0", &first);
    let name = run(engine, &registry.reference("app:1.0"), &["-v", "/data"]);
    let mut second = version("two", SERVE);
    second.config["Env"] = json!(["PATH=/bin", "MODE=fast"]);
    registry.publish("app", "1.0", &second);
    let (app, client) = App::ready(&engine.host());
    let browser = Browser::signed_in(&app, &client, "/updates");
    browser.says("1 update available.");
    // The entry of the navigation counts it.
    browser.wait("document.querySelector('[data-count=updates]').innerText === '1'");
    browser.press_in("#available", "Update…");
    browser.says("MODE");
    browser.says("calm → fast");
    browser.says("Save its configuration.");
    browser.says("/data");
    browser.wait("!document.querySelector('dialog footer .primary').disabled");
    let old = image_of(engine, &name);
    browser.press_in("dialog footer", "Update");
    browser.says("No updates available.");
    browser.says("Updated");
    assert_ne!(image_of(engine, &name), old);
    browser.press_in("#history", "Roll back");
    browser.says("from the earlier image");
    browser.wait("!document.querySelector('dialog footer .primary').disabled");
    browser.press_in("dialog footer", "Roll back");
    browser.says("1 update available.");
    browser.says("Updated, taken back");
    assert_eq!(image_of(engine, &name), old);
    // All of them, and on the page of the container.
    browser.press_in("main .head", "Update all");
    browser.says(&format!("Update {}", *name));
    browser.press("Close");
    browser.open(&format!("/containers/{}#updates", *name));
    browser.says("Update available");
    browser.says("Rolled back");
    browser.press_in("#panel", "Update…");
    browser.says("What will happen");
}
