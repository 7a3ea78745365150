//! A thousand containers: the list is there at once and scrolls smoothly.
//!
//! Time on the wall is the business of the machine that runs the tests; what is
//! held here is the processor time of the page's one thread, which is what a
//! visitor with an idle machine waits for. Both are printed.

use crate::support::app::App;
use crate::support::browser::Browser;
use crate::support::engine::Engine;
use crate::support::wait::until;
use serde_json::{Value, json};
use std::time::Duration;

/// From the page's HTML until its rows can be used, and the longest step of scrolling.
const READY_MS: f64 = 300.0;
const STEP_MS: f64 = 50.0;
/// What a fast wheel moves in one frame.
const WHEEL: u32 = 300;

/// Set before any script of the page: when the first rows came, and every long task.
const OBSERVE: &str = r"
window.long = [];
new PerformanceObserver((list) => { for (const entry of list.getEntries()) long.push(Math.round(entry.duration)); }).observe({ type: 'longtask', buffered: true });
new MutationObserver((_, observer) => { if (document.querySelector('.row-item')) { window.rowsAt = performance.now(); observer.disconnect(); } }).observe(document, { childList: true, subtree: true });
";

/// Milliseconds of processor time that the page's main thread has taken.
fn taken(browser: &Browser) -> f64 {
    let answer = browser.cdp("Performance.getMetrics", json!({}));
    let metrics = answer["metrics"].as_array().unwrap();
    let found = metrics.iter().find(|metric| metric["name"] == "ThreadTime");
    found.expect("the browser measures its threads")["value"]
        .as_f64()
        .unwrap()
        * 1e3
}

#[test]
fn a_thousand_rows_are_there_at_once_and_scroll_smoothly() {
    let engine = Engine::start();
    engine.create_many(1000);
    let (app, client) = App::ready(&engine.host());
    until("every container is known", Duration::from_mins(1), || {
        let answer = client.get("/api/containers?per_page=1");
        (answer.status == 200 && answer.json()["total"] == 1000).then_some(())
    });
    let browser = Browser::signed_in(&app, &client, "/containers");
    browser.wait("document.querySelector('.row-item')");
    browser.cdp(
        "Page.addScriptToEvaluateOnNewDocument",
        json!({"source": OBSERVE}),
    );
    browser.cdp("Performance.enable", json!({}));

    // With what a visitor who comes again has: the scripts, kept by the browser.
    let before = taken(&browser);
    browser.reload();
    browser.wait("window.rowsAt");
    browser.keys("j");
    browser.wait("document.querySelector('.row-item.cursor')");
    let ready = taken(&browser) - before;
    let told = browser.eval(
        "({ html: performance.getEntriesByType('navigation')[0].responseEnd, rows: rowsAt, long })",
    );
    let wall = told["rows"].as_f64().unwrap() - told["html"].as_f64().unwrap();
    eprintln!(
        "1000 rows: {ready:.0} ms of processor time until a row is chosen; {wall:.0} ms on the wall from the HTML to the rows; long tasks {}",
        told["long"]
    );
    assert!(browser.count(".row-item") < 60);
    assert!(ready < READY_MS, "{ready:.0} ms until it can be used");

    browser.eval("void (long.length = 0)");
    let mut steps: Vec<f64> = Vec::new();
    for step in 1..=60 {
        let before = taken(&browser);
        browser.eval(&format!("(scrollTo(0, {step} * {WHEEL}), new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true)))))"));
        steps.push(taken(&browser) - before);
    }
    steps.sort_by(f64::total_cmp);
    let (middle, longest) = (steps[30], steps[59]);
    let long: Value = browser.eval("long");
    eprintln!(
        "scrolling by {WHEEL} pixels a frame: {middle:.1} ms of processor time, {longest:.1} at most; long tasks on the wall {long}"
    );
    assert!(longest < STEP_MS, "{steps:.1?}");
    assert!(browser.count(".row-item") < 60);

    // All of them chosen, the list is as quick, and the bar says how many.
    let before = taken(&browser);
    browser.click("input[aria-label='Select all that are shown']");
    browser.says("1000 selected");
    let chosen = taken(&browser) - before;
    eprintln!("choosing all: {chosen:.0} ms of processor time");
    browser.eval("scrollTo(0, 500 * 58)");
    browser.wait("document.querySelectorAll('.row-item input:checked').length > 5");
    browser.in_order();
}
