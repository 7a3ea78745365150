//! A thousand containers: only the rows in view exist, and what the page costs
//! is printed, in processor time of its one thread and on the wall. Times are
//! not held here: they are this machine's, and it runs other tests besides.

use crate::support::app::App;
use crate::support::browser::Browser;
use crate::support::engine::Engine;
use crate::support::wait::until;
use serde_json::json;
use std::time::Duration;

/// What a fast wheel moves in one frame.
const WHEEL: u32 = 300;
/// Frames that are measured together.
const FRAMES: u32 = 8;

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
    let seconds = found.and_then(|metric| metric["value"].as_f64());
    seconds.expect("the browser measures its threads") * 1e3
}

#[test]
fn thousand_rows_render_at_once_and_scroll_smoothly() {
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

    // A few frames at a time, from the first row to the last.
    browser.eval("void (long.length = 0)");
    let step = FRAMES * WHEEL;
    let mut frames: Vec<f64> = Vec::new();
    for from in (0..1000 * 58 - step).step_by(step as usize) {
        let before = taken(&browser);
        browser.eval(&format!("(async () => {{ for (let y = {from}; y < {from} + {step}; y += {WHEEL}) {{ scrollTo(0, y); await new Promise(requestAnimationFrame); }} return true; }})()"));
        frames.push((taken(&browser) - before) / f64::from(FRAMES));
    }
    frames.sort_by(f64::total_cmp);
    let (middle, longest) = (frames[frames.len() / 2], frames[frames.len() - 1]);
    eprintln!(
        "scrolling by {WHEEL} pixels a frame: {middle:.1} ms of processor time a frame, {longest:.1} at most; long tasks on the wall {}",
        browser.eval("long")
    );
    assert!(browser.count(".row-item") < 60);

    // All of them chosen, the bar says how many, and it scrolls on.
    let before = taken(&browser);
    browser.click("input[aria-label='Select all shown']");
    browser.says("1000 selected");
    let chosen = taken(&browser) - before;
    eprintln!("choosing all: {chosen:.0} ms of processor time");
    browser.eval("scrollTo(0, 500 * 58)");
    browser.wait("document.querySelectorAll('.row-item input:checked').length > 5");
    browser.in_order();

    // In groups and compact: twenty headings and a thousand rows of 40 pixels each.
    let before = taken(&browser);
    browser.eval("scrollTo(0, 0)");
    browser.press("Group by stack");
    browser.press("Compact rows");
    browser
        .wait("document.querySelector('.group-item') && document.querySelector('.list.compact')");
    browser.eval("scrollTo(0, 500 * 40)");
    browser.wait("[...document.querySelectorAll('.row-item')].some((row) => { const { top, bottom, height } = row.getBoundingClientRect(); return height === 40 && top > 100 && bottom < innerHeight; })");
    assert!(browser.count(".row-item") < 60);
    assert_eq!(
        browser.eval("document.querySelector('.list-body').getBoundingClientRect().height"),
        json!(1020 * 40)
    );
    browser.eval("scrollTo(0, document.documentElement.scrollHeight)");
    browser.wait("[...document.querySelectorAll('.row-item')].some((row) => row.getAttribute('aria-rowindex') === '1021')");
    eprintln!(
        "grouping and scrolling: {:.0} ms of processor time",
        taken(&browser) - before
    );
}
