//! What surrounds every page: moving about, the palette, keys, the small screen.

use crate::support::app::App;
use crate::support::browser::{Browser, key};
use crate::support::engine::Engine;
use serde_json::json;

#[test]
fn navigation_never_shows_an_empty_page() {
    let engine = Engine::shared();
    let name = engine.run(&[]);
    let (app, client) = App::ready(&engine.host());
    let browser = Browser::signed_in(&app, &client, "/");
    browser.wait("document.querySelector('main h1')");
    // From now on every frame that is painted is looked at.
    browser.eval("(() => { window.same = true; window.empty = 0; const look = () => { if (document.querySelector('main').innerText.trim() === '') window.empty += 1; requestAnimationFrame(look); }; look(); return true; })()");
    browser.press_in("#side", "Containers");
    browser.wait("location.pathname === '/containers' && document.querySelector('.row-item')");
    browser.wait("document.activeElement.id === 'main'");
    assert_eq!(browser.eval("document.title"), "Containers · DockerMate");
    assert_eq!(
        browser
            .eval("document.querySelector('#side [aria-current=page]').innerText.split('\\n')[0]"),
        "Containers"
    );
    browser.press_in(".row-item", &name);
    browser.wait(&format!("location.pathname === '/containers/{name}' && document.querySelector('h1')?.innerText === '{name}'"));
    browser.press_in("#side", "Settings");
    browser.wait("location.pathname === '/settings' && document.querySelector('#host-name')");
    browser.back();
    browser.wait(&format!("location.pathname === '/containers/{name}' && document.querySelector('h1')?.innerText === '{name}'"));
    browser.back();
    browser.wait("location.pathname === '/containers' && document.querySelector('.row-item')");
    browser.back();
    browser.wait(
        "location.pathname === '/' && /running/.test(document.querySelector('h1').innerText)",
    );
    assert_eq!(
        browser.eval("[window.same, window.empty]"),
        json!([true, 0])
    );
    browser.in_order();
    engine.docker(&["rm", "-f", &name]);
}

#[test]
fn palette_finds_pages_containers_and_actions() {
    let engine = Engine::shared();
    let name = engine.run(&[]);
    let (app, client) = App::ready(&engine.host());
    let browser = Browser::signed_in(&app, &client, "/settings");
    browser.wait("document.querySelector('main h1')");
    browser.keys(&format!("{}k", key::CTRL));
    browser.wait("document.querySelector('dialog.palette[open]')");
    browser.in_order();
    browser.keys(key::ESCAPE);
    browser.wait("!document.querySelector('dialog')");
    browser.keys("/");
    browser.wait("document.activeElement.role === 'combobox' || document.activeElement.getAttribute('role') === 'combobox'");
    browser.keys("no such thing at all");
    browser.says("No results");
    browser.fill("[role=combobox]", &name);
    browser.wait(&format!(
        "document.querySelector('[role=option][aria-selected=true]')?.innerText.includes('{name}')"
    ));
    browser.keys(key::ENTER);
    browser.wait(&format!("location.pathname === '/containers/{name}'"));

    browser.keys(&format!("{}k", key::CTRL));
    browser.type_into("[role=combobox]", &format!("pause {name}"));
    browser.wait(&format!("document.querySelector('[role=option][aria-selected=true]')?.innerText.includes('Pause {name}')"));
    browser.keys(key::ENTER);
    browser.wait("document.querySelector('.head-line').innerText.includes('Paused')");
    assert_eq!(
        engine.docker(&["inspect", "-f", "{{.State.Status}}", &name]),
        "paused"
    );
    browser.in_order();
    engine.docker(&["rm", "-f", &name]);
}

#[test]
fn keyboard_shortcuts_navigate_and_are_listed_in_the_help() {
    let engine = Engine::shared();
    let name = engine.run(&[]);
    let (app, client) = App::ready(&engine.host());
    let browser = Browser::signed_in(&app, &client, "/");
    browser.wait("document.querySelector('main h1')");
    browser.keys("gs");
    browser.wait("location.pathname === '/settings'");
    browser.keys("gc");
    browser.wait("location.pathname === '/containers'");
    browser.keys("gd");
    browser.wait("location.pathname === '/'");
    browser.keys("?");
    browser.says("Search or run a command");
    browser.wait("document.querySelector('dialog[open] .keys')");
    browser.in_order();
    browser.keys(key::ESCAPE);
    browser.wait("!document.querySelector('dialog')");
    // Typing is never taken for a shortcut.
    browser.open("/containers");
    browser.wait("document.querySelector('main h1')");
    browser.keys("/");
    browser.keys("gs?");
    browser.wait("document.activeElement.value === 'gs?'");
    assert_eq!(browser.eval("location.pathname"), "/containers");
    engine.docker(&["rm", "-f", &name]);
}

#[test]
fn menu_opens_and_closes_on_a_phone() {
    let engine = Engine::shared();
    let name = engine.run(&[]);
    let (app, client) = App::ready(&engine.host());
    let browser = Browser::signed_in(&app, &client, "/");
    browser.size(390, 844);
    browser.wait("document.querySelector('main h1')");
    let hidden = "!document.querySelector('#side').checkVisibility({ visibilityProperty: true })";
    browser.wait(hidden);
    browser.in_order();
    browser.click("[data-menu]");
    browser.wait("document.activeElement.closest('#side')");
    assert_eq!(
        browser.eval("document.querySelector('[data-menu]').ariaExpanded"),
        "true"
    );
    browser.keys(key::ESCAPE);
    browser.wait(hidden);
    browser.wait("document.activeElement.matches('[data-menu]')");
    browser.click("[data-menu]");
    browser.press_in("#side", "Containers");
    browser.wait("location.pathname === '/containers' && document.querySelector('.row-item')");
    browser.wait(hidden);
    // Whatever is touched is large enough for a thumb.
    let small = browser.eval("[...document.querySelectorAll('main button, main a, .top button, .top a')].filter((e) => e.checkVisibility() && !e.closest('.visually-hidden')).map((e) => [e.getBoundingClientRect().height, e.outerHTML.slice(0, 90)]).filter(([h]) => h < 24)");
    assert_eq!(small, json!([]));
    browser.in_order();
    for path in [
        "/settings",
        "/settings#https",
        "/settings#security",
        "/settings#about",
        &format!("/containers/{name}"),
        &format!("/containers/{name}#logs"),
        &format!("/containers/{name}#configuration"),
        &format!("/containers/{name}#cli"),
    ] {
        browser.open(path);
        browser.wait("document.querySelector('main h1')");
        browser.in_order();
    }
    engine.docker(&["rm", "-f", &name]);
}

#[test]
fn unknown_path_shows_a_page_with_links() {
    let (app, client) = App::ready(&Engine::shared().host());
    let browser = Browser::signed_in(&app, &client, "/no/such/page");
    browser.expect_in_console("status of 404");
    browser.says("404");
    assert!(browser.count("main a[href]") > 0);
    browser.in_order();
}
