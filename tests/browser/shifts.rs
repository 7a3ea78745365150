//! Nothing jumps: the shifts of a page's layout that no input has caused (Layout
//! Instability API), when pages load and while things happen under them.

use super::shots::WIDTHS;
use crate::support::app::{App, NO_ENGINE};
use crate::support::browser::Browser;
use crate::support::engine::Engine;
use std::time::Duration;

const MOST: f64 = 0.01;

/// The sum of the shifts since the page began to load, and what moved most.
fn shifts(browser: &Browser) -> (f64, String) {
    let found = browser.eval(
        "new Promise((done) => {
            let sum = 0;
            let worst = { value: 0 };
            const take = (list) => {
                for (const entry of list)
                    if (!entry.hadRecentInput) {
                        sum += entry.value;
                        if (entry.value > worst.value) worst = entry;
                    }
            };
            const observer = new PerformanceObserver((list) => take(list.getEntries()));
            observer.observe({ type: 'layout-shift', buffered: true });
            setTimeout(() => {
                take(observer.takeRecords());
                const moved = (worst.sources ?? []).map((s) => s.node?.outerHTML?.slice(0, 120));
                done([sum, moved.join(' | ')]);
            }, 150);
        })",
    );
    let moved = found[1].as_str().unwrap_or_default().to_owned();
    (found[0].as_f64().unwrap(), moved)
}

#[track_caller]
pub(super) fn stays(browser: &Browser, when: &str) {
    let (sum, moved) = shifts(browser);
    assert!(sum < MOST, "{when} at {}: {sum} by {moved}", browser.path());
}

#[test]
fn pages_do_not_move_while_they_load() {
    let engine = Engine::start();
    for n in 0..3 {
        engine.docker(&[
            "run",
            "-d",
            "--network",
            "none",
            "--name",
            &format!("web-{n}"),
            "bb:1",
        ]);
    }
    let (app, client) = App::ready(&engine.host());
    let browser = Browser::signed_in(&app, &client, "/");
    for path in [
        "/",
        "/containers",
        "/containers/web-1",
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
    ] {
        for (width, height) in WIDTHS {
            browser.size(width, height);
            browser.open(path);
            browser.wait("document.querySelector('main h1')");
            // Figures and samples arrive with the streams.
            std::thread::sleep(Duration::from_millis(1200));
            stays(&browser, &format!("load with {width} px"));
        }
    }
}

#[test]
fn pages_of_somebody_who_is_not_signed_in_do_not_move_while_they_load() {
    let fresh = App::start(NO_ENGINE);
    let (ready, _client) = App::ready(NO_ENGINE);
    for (app, path, drawn) in [
        (&fresh, "/setup", "document.querySelector('.stepped')"),
        (
            &ready,
            "/login",
            "document.querySelector('[data-reveal] svg')",
        ),
    ] {
        let browser = Browser::new(app);
        for (width, height) in WIDTHS {
            browser.size(width, height);
            browser.open(path);
            browser.wait(drawn);
            std::thread::sleep(Duration::from_millis(400));
            stays(&browser, &format!("load with {width} px"));
        }
    }
}

#[test]
fn page_does_not_move_while_containers_crash_operations_begin_and_the_engine_goes_and_comes() {
    let mut engine = Engine::start();
    let run = |name: &str, script: &str| {
        engine.docker(&[
            "run",
            "-d",
            "--network",
            "none",
            "--name",
            name,
            "--restart",
            "always",
            "bb:1",
            "sh",
            "-c",
            script,
        ]);
    };
    run("steady", "exec sleep 1000");
    run("loop", "sleep 0.3; exit 1");
    let (app, client) = App::ready(&engine.host());
    let browser = Browser::signed_in(&app, &client, "/");
    browser.expect_in_console("status of 503");
    for (path, (width, height)) in [
        ("/", WIDTHS[0]),
        ("/containers", WIDTHS[0]),
        ("/containers", WIDTHS[2]),
        ("/containers/steady", WIDTHS[1]),
        ("/containers/loop", WIDTHS[2]),
    ] {
        browser.size(width, height);
        browser.open(path);
        browser.wait("document.querySelector('main h1')");
        browser.wait("/[Cc]rash loop|restarting|Running/.test(document.body.innerText)");
        std::thread::sleep(Duration::from_secs(3));
        stays(&browser, "during a crash loop");
        let answer = client.send("POST", "/api/containers/steady/restart", &[], b"");
        assert_eq!(answer.status, 200, "{}", answer.text());
        std::thread::sleep(Duration::from_millis(800));
        stays(&browser, "during an operation");
    }
    browser.size(1440, 900);
    browser.open("/containers");
    browser.wait("document.querySelector('.row-item')");
    engine.kill();
    browser.wait("document.querySelector('#banner .banner')");
    std::thread::sleep(Duration::from_secs(1));
    stays(&browser, "without the engine");
    browser.press("Try now");
    engine.up();
    browser.wait("!document.querySelector('#banner .banner')");
    browser.wait("!document.querySelector('.stale')");
    stays(&browser, "with the engine again");
}
