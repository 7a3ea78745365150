//! What a page is made of, and how it comes: few files, small ones, again when they
//! fail, and plain text when they do not come at all.

use crate::support::app::{App, NO_ENGINE};
use crate::support::browser::Browser;
use crate::support::engine::Engine;
use crate::support::wait::until;
use serde_json::{Value, json};
use std::time::Duration;

const KB: u64 = 1000;

/// Of each request of a page that has ended: its path and the bytes that came.
const REQUESTS: &str = "[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]\
    .map((e) => [new URL(e.name).pathname.replace(/^.assets.[0-9a-f]+/, ''), e.transferSize])";

fn requests(browser: &Browser) -> Vec<(String, u64)> {
    let list = browser.eval(REQUESTS);
    let list = list.as_array().unwrap().iter();
    list.map(|one| {
        (
            one[0].as_str().unwrap().to_owned(),
            one[1].as_u64().unwrap(),
        )
    })
    .collect()
}

/// As a browser that has never been here.
fn open_cold(browser: &Browser, path: &str) {
    browser.open("/healthz");
    browser.cdp("Network.clearBrowserCache", json!({}));
    browser.open(path);
}

fn block(browser: &Browser, patterns: &[&str]) {
    browser.cdp("Network.enable", json!({}));
    browser.cdp("Network.setBlockedURLs", json!({"urls": patterns}));
}

#[test]
fn cold_page_is_at_most_100_kb_in_12_requests() {
    let engine = Engine::start();
    engine.create_many(8);
    let name = engine.run(&[]);
    let (app, client) = App::ready(&engine.host());
    let browser = Browser::signed_in(&app, &client, "/");
    let container = format!("/containers/{name}");
    for path in [
        "/",
        "/containers",
        &container,
        "/containers/new",
        "/images",
        "/networks",
        "/networks/bridge",
        "/ports",
        "/topology",
        "/updates",
        "/registries",
        "/templates",
        "/operations",
        "/settings",
        "/login",
    ] {
        if path == "/login" {
            // Without a session, or it leads on.
            browser.eval("void localStorage.clear()");
            browser.cdp("Network.clearBrowserCookies", json!({}));
        }
        open_cold(&browser, path);
        let drawn = "performance.getEntriesByName('drawn').length || document.querySelector('[data-login] [data-reveal] svg')";
        browser.wait(drawn);
        // What is asked for once the page stands.
        std::thread::sleep(Duration::from_millis(700));
        let requests = requests(&browser);
        let bytes: u64 = requests.iter().map(|(_, bytes)| bytes).sum();
        let html = browser.eval("performance.getEntriesByType('navigation')[0].responseEnd");
        let ready = browser.eval("performance.getEntriesByName('drawn')[0]?.startTime");
        let ready = ready.as_f64().map(|ready| ready - html.as_f64().unwrap());
        eprintln!(
            "{path}: {:.1} kB in {} requests, drawn {:.0} ms after its HTML: {requests:?}",
            bytes as f64 / 1e3,
            requests.len(),
            ready.unwrap_or_default()
        );
        assert!(
            requests.iter().all(|(_, bytes)| *bytes > 0),
            "{path} was not cold: {requests:?}"
        );
        assert!(bytes <= 100 * KB, "{path}: {bytes} bytes");
        // The icon of the tab and the stream of events are not in the list.
        assert!(requests.len() + 2 <= 12, "{path}: {requests:?}");
        assert!(ready.unwrap_or_default() < 5000.0, "{path}: {ready:?} ms");
    }
}

#[test]
fn list_of_300_containers_is_at_most_60_kb() {
    let engine = Engine::start();
    engine.create_many(300);
    let (app, client) = App::ready(&engine.host());
    until("every container is known", Duration::from_mins(1), || {
        let answer = client.get("/api/containers?per_page=1");
        (answer.status == 200 && answer.json()["total"] == 300).then_some(())
    });
    let browser = Browser::signed_in(&app, &client, "/containers");
    open_cold(&browser, "/containers");
    browser.wait("document.querySelector('.row-item')");
    let own: Vec<_> = requests(&browser)
        .into_iter()
        .filter(|(path, _)| path == "/containers")
        .collect();
    eprintln!("300 containers: {own:?}");
    assert_eq!(own.len(), 2, "its document and its data: {own:?}");
    let bytes: u64 = own.iter().map(|(_, bytes)| bytes).sum();
    assert!(bytes <= 60 * KB, "{bytes} bytes");
}

#[test]
fn script_or_style_sheet_that_fails_once_is_fetched_again() {
    let (app, client) = App::ready(NO_ENGINE);
    let browser = Browser::signed_in(&app, &client, "/settings");
    browser.expect_in_console("net::ERR_BLOCKED_BY_CLIENT");
    browser.wait("performance.getEntriesByName('drawn').length");
    let files: Vec<String> = requests(&browser)
        .into_iter()
        .map(|(path, _)| path)
        .filter(|path| path.ends_with(".js") || path.ends_with(".css"))
        .collect();
    for file in ["/js/app.js", "/js/pages/settings.js", "/css/app.css"] {
        assert!(files.iter().any(|one| one == file), "{files:?}");
    }
    for file in &files {
        block(&browser, &[file]);
        open_cold(&browser, "/settings");
        let tries = format!(
            "performance.getEntriesByType('resource').filter((e) => e.name.includes('{file}'))"
        );
        browser.wait(&format!("{tries}.some((e) => e.responseStatus === 0)"));
        block(&browser, &[]);
        // From an address that did not fail before.
        browser.wait(&format!(
            "{tries}.some((e) => e.name.includes('?again=') && e.responseStatus === 200)"
        ));
        browser.wait("document.querySelector('main h1')");
        browser.wait("getComputedStyle(document.querySelector('.app')).display === 'grid'");
        browser.says("Settings");
        browser.in_order();
    }
    block(&browser, &[]);
}

#[test]
fn page_whose_script_never_comes_says_so_in_plain_text() {
    let (app, client) = App::ready(NO_ENGINE);
    let browser = Browser::signed_in(&app, &client, "/settings");
    browser.expect_in_console("net::ERR_BLOCKED_BY_CLIENT");
    browser.expect_in_console("Failed to fetch dynamically imported module");
    for file in ["/js/app.js", "/css/app.css"] {
        block(&browser, &[file]);
        open_cold(&browser, "/operations");
        if file.contains("css") {
            // Without its style sheet the page is plain, and works.
            browser.wait("performance.getEntriesByName('drawn').length");
            continue;
        }
        browser.says("This page has not loaded completely.");
        browser.says("Your containers keep running");
        browser.says("dockermate doctor");
        assert_eq!(browser.text(".unloaded .btn"), "Reload the page");
    }
    // The script of one page alone: the frame says it.
    block(&browser, &["/js/pages/operations.js"]);
    open_cold(&browser, "/operations");
    browser.says("This page failed to load");
    block(&browser, &[]);
    browser.press("Reload");
    browser.wait("document.querySelector('main h1')?.textContent === 'Operations'");
}

/// While the scripts are only slow: without an answer of theirs the text appears by itself.
#[test]
fn page_without_scripts_says_what_it_needs() {
    let (app, client) = App::ready(NO_ENGINE);
    let browser = Browser::signed_in(&app, &client, "/settings");
    let visible = "getComputedStyle(document.querySelector('.unloaded')).visibility === 'visible'";
    browser.cdp(
        "Emulation.setScriptExecutionDisabled",
        json!({"value": true}),
    );
    browser.open("/settings");
    browser.says("This page needs JavaScript, which is disabled in your browser.");
    browser.says("Your containers keep running");
    assert_eq!(browser.eval(visible), Value::Bool(true));
    assert_eq!(browser.count(".unloaded .if-scripts"), 1);
    assert_eq!(
        browser.eval("document.querySelector('.if-scripts').checkVisibility()"),
        Value::Bool(false)
    );
}

#[test]
fn text_appears_by_itself_while_scripts_do_not_come() {
    let (app, client) = App::ready(NO_ENGINE);
    let browser = Browser::signed_in(&app, &client, "/healthz");
    browser.expect_in_console("net::ERR_");
    // The loader still tries for four seconds; the animation is moved to its end.
    block(&browser, &["/js/app.js"]);
    browser.open("/operations");
    let visible = "getComputedStyle(document.querySelector('.unloaded')).visibility === 'visible'";
    let early = browser.eval(&format!(
        "!('failed' in document.documentElement.dataset) && {visible}"
    ));
    assert_eq!(early, Value::Bool(false), "at once");
    let late = browser.eval(&format!(
        "(() => {{ const failed = 'failed' in document.documentElement.dataset; document.querySelector('.unloaded').getAnimations()[0].currentTime = 6001; return [failed, {visible}]; }})()"
    ));
    assert_eq!(late, json!([false, true]));
}
