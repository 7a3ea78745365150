//! How busy containers are, on their page and in the list.

use super::shots::{WIDTHS, folder};
use crate::support::app::App;
use crate::support::browser::Browser;
use crate::support::client::Client;
use crate::support::engine::{Engine, number};
use crate::support::wait::{SOON, until};
use serde_json::json;

fn busy(engine: &Engine) -> String {
    let name = format!("busy{}", number());
    engine.docker(&[
        "run",
        "-d",
        "--network",
        "none",
        "--cpus",
        "0.4",
        "--memory",
        "128m",
        "--name",
        &name,
        "bb:1",
        "sh",
        "-c",
        "while :; do busybox dd if=/dev/zero of=/tmp/x bs=1M count=8 2>/dev/null; done",
    ]);
    name
}

fn measured(app: &App) -> (usize, usize) {
    let log = app.log();
    (
        log.matches("containers are being measured").count(),
        log.matches("not measured any more").count(),
    )
}

fn set(client: &Client, theme: &str) {
    let body = json!({ "theme": theme }).to_string();
    let kind = [("Content-Type", "application/json")];
    let answer = client.send("PATCH", "/api/settings", &kind, body.as_bytes());
    assert_eq!(answer.status, 200);
}

/// Waits until so many figures were kept.
fn kept(client: &Client, name: &str, count: usize) {
    until("figures are kept", SOON, || {
        let history = client
            .get(&format!("/api/containers/{name}/stats/history"))
            .json();
        let cpu = history["points"]["cpu_percent"].as_array()?.clone();
        (cpu.iter().filter(|one| one.is_number()).count() >= count).then_some(())
    });
}

/// How much of the width of the first chart is drawn on, in hundredths.
const DRAWN: &str = "(() => { const canvas = document.querySelector('.chart canvas'); if (!canvas) return 0; \
     const { width, height } = canvas; const bits = canvas.getContext('2d').getImageData(0, 0, width, height).data; \
     let [least, most] = [width, 0]; for (let i = 0; i < bits.length; i += 4) if (bits[i + 3] > 200 && bits[i + 2] > bits[i] + 60) { \
     const x = (i / 4) % width; least = Math.min(least, x); most = Math.max(most, x); } return Math.round((most - least) / width * 100); })()";

#[test]
fn chart_is_full_at_first_glance_in_each_span_and_shows_limits() {
    let engine = Engine::shared();
    let name = busy(engine);
    let (app, client) = App::ready(&engine.host());
    kept(&client, &name, 7);
    let browser = Browser::signed_in(&app, &client, &format!("/containers/{name}#stats"));
    browser.expect_in_console("willReadFrequently");
    // Seventy seconds of three hundred, long before as many were watched.
    browser.wait(&format!("{DRAWN} >= 12"));
    let legend = "document.querySelector('.chart .chart-legend').innerText.replace(/\\s+/g, ' ')";
    browser.wait(&format!(
        "{legend}.match(/CPU \\d+(\\.\\d)? % Limit 40 % \\d\\d:\\d\\d:\\d\\d/)"
    ));
    browser.wait(
        "document.querySelector('.chart-limit:not([hidden]) span')?.innerText === 'Limit 40 %'",
    );
    browser.wait("document.querySelector('.charts section:nth-child(2) .legend-limit').innerText.includes('128 MiB')");

    // The keyboard reads the values, the newest first.
    browser.eval("document.querySelector('.chart-box').focus()");
    let spoken = "document.querySelector('.chart-box').getAttribute('aria-valuetext')";
    browser.wait(&format!("{spoken}.match(/^\\d\\d:\\d\\d:\\d\\d: CPU \\d/)"));
    let newest = browser.eval("document.querySelector('.chart-box').getAttribute('aria-valuenow')");
    browser.strike(&["\u{E012}", "\u{E012}", "\u{E012}"]);
    browser.wait(&format!(
        "Number(document.querySelector('.chart-box').getAttribute('aria-valuenow')) < Number({newest})"
    ));
    browser.in_order();

    browser.press_in(".stats-head", "1 h");
    browser.wait(&format!(
        "{legend}.match(/CPU \\d.* peak \\d.* Limit 40 %/)"
    ));
    browser.wait("document.querySelectorAll('.chart canvas').length === 5");
    browser.says("Each point is the mean of a minute");
    browser.wait("document.querySelector('.chart-box').getAttribute('aria-valuemax') === '59'");
    browser.screenshot_page(&folder().join("stats-hour-1440-dark.png"), 2400);
    browser.press_in(".stats-head", "24 h");
    browser.wait("document.querySelector('.chart-box').getAttribute('aria-valuemax') === '287'");
    browser.in_order();
    // It is remembered, and a stopped container shows its day.
    engine.docker(&["kill", &name]);
    browser.reload();
    browser.says("This is its usage before");
    browser.wait("document.querySelector('.stats-head [aria-pressed=true]').innerText === '24 h'");
    browser.wait("document.querySelectorAll('.chart canvas').length === 5");
    browser.wait(
        "document.querySelector('.chart-box').getAttribute('aria-valuetext').match(/CPU (not measured|\\d)/)",
    );
    browser.in_order();
    engine.docker(&["rm", "-f", &name]);
}

#[test]
fn figures_and_charts_update_while_visible() {
    let engine = Engine::shared();
    let name = busy(engine);
    let (app, client) = App::ready(&engine.host());
    let browser = Browser::signed_in(&app, &client, &format!("/containers/{name}#configuration"));
    assert_eq!(browser.text("main h1"), name);
    assert_eq!(measured(&app), (0, 0), "nobody looks at figures");
    browser.press_in("[role=tablist]", "Stats");
    browser.wait("document.querySelectorAll('.chart canvas').length === 5");
    browser.wait("document.querySelector('.chart header b').innerText.match(/^\\d+(\\.\\d)? % of one core$/)");
    browser.says("Measured from the cgroups of this host.");
    // Something was drawn, in our colours. The browser has advice for those who look often.
    browser.expect_in_console("willReadFrequently");
    browser.wait(
        "(() => { const canvas = document.querySelector('.chart canvas'); const bits = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data; \
         let blue = 0; for (let i = 0; i < bits.length; i += 4) if (bits[i + 3] > 200 && bits[i + 2] > bits[i] + 60) blue += 1; return blue > 40; })()",
    );
    let memory = browser.text(".charts section:nth-child(2) header b");
    assert!(memory.contains("of 128 MiB"), "{memory}");
    browser.in_order();

    browser.press_in("[role=tablist]", "Configuration");
    until("nobody looks any more", SOON, || {
        (measured(&app) == (1, 1)).then_some(())
    });
    browser.press_in("[role=tablist]", "Stats");
    browser.wait("document.querySelectorAll('.chart canvas').length === 5");
    engine.docker(&["kill", &name]);
    browser.says("It is no longer running");
    until("a stopped one is not measured", SOON, || {
        (measured(&app) == (2, 2)).then_some(())
    });
    browser.reload();
    browser.says("This is its usage before");
    browser.in_order();
    engine.docker(&["start", &name]);
    browser.wait("document.querySelectorAll('.chart canvas').length === 5");
    browser.in_order();
    engine.docker(&["rm", "-f", &name]);
}

#[test]
fn list_shows_figures_without_redrawing_its_rows() {
    let engine = Engine::start();
    let name = busy(&engine);
    let idle = engine.run(&[]);
    let gone = engine.run(&[]);
    engine.docker(&["kill", &gone]);
    let (app, client) = App::ready(&engine.host());
    let browser = Browser::signed_in(&app, &client, "/containers");
    let cell = |name: &str, kind: &str| {
        format!(
            "[...document.querySelectorAll('.row-item')].find((r) => r.querySelector('.c-name a').textContent === {})?.querySelector('.c-{kind}')",
            json!(name)
        )
    };
    browser.wait(&format!(
        "{}?.innerText.match(/\\d+(\\.\\d)? %/)",
        cell(&name, "cpu")
    ));
    browser.wait(&format!(
        "{}?.innerText.match(/[KM]iB/)",
        cell(&name, "memory")
    ));
    browser.wait(&format!(
        "{}?.querySelector('.spark .area')",
        cell(&name, "cpu")
    ));
    browser.wait(&format!("{}?.innerText.match(/ %/)", cell(&idle, "cpu")));
    // The line is full at once: it begins where its oldest figure is.
    kept(&client, &idle, 6);
    browser.reload();
    browser.wait(&format!(
        "Number({}?.querySelector('polyline[points]')?.getAttribute('points').split(',')[0]) < 90",
        cell(&idle, "cpu")
    ));
    assert_eq!(
        browser.eval(&format!("{}.innerText", cell(&gone, "cpu"))),
        json!("")
    );
    // The elements of the row stay while its figures change.
    browser.eval(&format!(
        "(window.changes = 0, window.before = {0}.closest('.row-item'), new MutationObserver((all) => {{ window.changes += all.filter((m) => !m.target.parentElement?.closest('.use, time') && !m.target.closest?.('.use, time')).length; }}).observe(document.querySelector('.list-body'), {{ subtree: true, childList: true, characterData: true, attributes: true }}))",
        cell(&name, "cpu")
    ));
    let points = format!(
        "{}.querySelector('polyline').getAttribute('points')",
        cell(&name, "cpu")
    );
    let before = browser.eval(&points);
    browser.wait(&format!("{points} !== {before}"));
    assert_eq!(
        browser.eval(&format!(
            "{}.closest('.row-item') === window.before",
            cell(&name, "cpu")
        )),
        json!(true)
    );
    let changes = browser.eval("window.changes").as_u64().unwrap();
    assert!(changes < 4, "{changes} changes outside of the figures");
    browser.in_order();
    for theme in ["dark", "light"] {
        set(&client, theme);
        browser.open("/containers");
        browser.wait(&format!(
            "{}?.querySelector('.spark .area')",
            cell(&name, "cpu")
        ));
        for (width, height) in [WIDTHS[0], (1180, 820), WIDTHS[1], WIDTHS[2]] {
            browser.size(width, height);
            browser.wait("new Promise((done) => setTimeout(() => done(true), 150))");
            browser.screenshot_page(
                &folder().join(format!("stats-list-{width}-{theme}.png")),
                2000,
            );
            browser.in_order();
        }
        browser.size(1440, 900);
        browser.open(&format!("/containers/{name}#stats"));
        browser.wait("document.querySelectorAll('.chart canvas').length === 5");
        browser.wait("new Promise((done) => setTimeout(() => done(true), 6000))");
        for (width, height) in WIDTHS {
            browser.size(width, height);
            browser.wait("new Promise((done) => setTimeout(() => done(true), 300))");
            browser.screenshot_page(&folder().join(format!("stats-{width}-{theme}.png")), 2400);
            browser.in_order();
        }
        browser.size(1440, 900);
    }

    browser.open("/settings");
    until("nobody looks any more", SOON, || {
        let (begun, ended) = measured(&app);
        (begun == ended).then_some(())
    });
}
