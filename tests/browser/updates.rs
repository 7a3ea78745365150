//! What the pages say of updates: the mark in the list, the line of a container, and
//! the dashboard, live.

use crate::api::updates::container;
use crate::support::app::App;
use crate::support::browser::Browser;
use crate::support::engine::{Engine, number};
use crate::support::simulated_registry::{Published, SimulatedRegistry};

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
    browser.open("/");
    browser.wait(&format!(
        "document.querySelector('main').innerText.includes('1 update available: {}')",
        *name
    ));
}
