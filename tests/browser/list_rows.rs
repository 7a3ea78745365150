//! The rows of the list and what stands over them: one row of filters, nothing
//! important cut, compact rows, what a row offers, and the order of figures.

use super::shots::WIDTHS;
use crate::support::app::App;
use crate::support::browser::{Browser, key};
use crate::support::engine::{Engine, number};
use crate::support::wait::{SOON, until};
use serde_json::{Value, json};
use std::time::Duration;

const LONG: &str = "registry.example.com:5000/some/very/long/path/name:2024.11.3-alpine3.20";

fn remove(engine: &Engine, names: &[&str]) {
    engine.docker(&[&["rm", "-f"], names].concat());
}

#[test]
fn filters_are_one_row_and_active_ones_are_chips_that_remove_them() {
    let engine = Engine::shared();
    let tag = format!("row{}", number());
    let label = format!("kind={tag}");
    let stack = format!("com.docker.compose.project={tag}");
    let name = engine.run(&["--label", &label, "--label", &stack, "--health-cmd", "true"]);
    let other = engine.run(&["--label", "dockermate.environment=DEV"]);
    let (app, client) = App::ready(&engine.host());
    let path = format!("/api/containers/{name}");
    until("the container is known", SOON, || {
        (client.get(&path).status == 200).then_some(())
    });
    let saved = client.json(
        "PUT",
        &path,
        &json!({"tags": ["media"], "environment": "PRD"}),
    );
    assert_eq!(saved.status, 200, "{}", saved.text());
    let browser = Browser::signed_in(&app, &client, "/containers");
    for (width, height) in &WIDTHS[..2] {
        browser.size(*width, *height);
        browser.open("/containers");
        browser.wait("document.querySelector('.row-item')");
        // Whatever stands in the row has its middle at the same height, and nothing leaves the page.
        let row = browser.eval(
            "[...document.querySelector('.list-tools').children].filter((e) => e.offsetWidth > 0).map((e) => {
                const { top, bottom, right } = e.getBoundingClientRect();
                return [Math.round((top + bottom) / 2), right <= innerWidth];
            })",
        );
        let parts = row.as_array().unwrap();
        assert!(parts.len() >= 6, "{row}");
        let middle = parts[0][0].as_i64().unwrap();
        for part in parts {
            assert!((part[0].as_i64().unwrap() - middle).abs() <= 2, "{row}");
            assert_eq!(part[1], true, "{row} at {width}");
        }
    }
    // What is behind the button: a stack, a tag, the health, a label.
    browser.press_in(".list-tools", "Filter");
    browser.wait("document.activeElement.getAttribute('aria-label') === 'Health'");
    browser.eval("(() => { const s = document.querySelector('.filter-box select[aria-label=Tag]'); s.value = 'media'; s.dispatchEvent(new Event('change', { bubbles: true })); })()");
    browser.fill(".filter-box input[aria-label=Label]", &label);
    browser.keys(key::ENTER);
    browser.wait("document.querySelectorAll('.row-item').length === 1");
    browser.in_order();
    browser.keys(key::ESCAPE);
    browser.wait("!document.querySelector('.filter-box:popover-open')");
    browser.press("Environment: all");
    browser.press_in("[role=menu]", "PRD");
    browser.wait("document.querySelectorAll('.active-filters .chip').length === 3");
    assert_eq!(
        browser.eval("Object.fromEntries(new URLSearchParams(location.search))"),
        json!({"environment": "PRD", "tag": "media", "label": label})
    );
    browser.in_order();
    browser.press_in(".active-filters", "Remove the filter Tag: media");
    browser.wait("document.querySelectorAll('.active-filters .chip').length === 2");
    browser.press_in(".active-filters", "Remove all");
    browser.wait("!document.querySelector('.active-filters')");
    browser.wait("document.querySelectorAll('.row-item').length >= 2");
    // The counts are the program's own, whatever is filtered.
    browser.size(1440, 900);
    browser.open(&format!("/containers?q={name}"));
    browser.wait("document.querySelectorAll('.row-item').length === 1");
    let all = browser.text(".list-tools .chip");
    let count: usize = all.strip_prefix("All ").unwrap().parse().unwrap();
    assert!(count >= 2, "{all}");
    remove(engine, &[&name, &other]);
}

/// What must be read whole lies inside its cell and its row, uncut.
const UNCUT: &str = "[...document.querySelectorAll('.row-item')].flatMap((row) => {
    const box = row.getBoundingClientRect();
    return ['.c-state .st > span', '.img-tag'].flatMap((part) => {
        const element = row.querySelector(part);
        if (!element) return [];
        const cell = element.closest('[role=cell]').getBoundingClientRect();
        return [...element.getClientRects()].map((at) => [
            part, element.innerText.replace(/\\s+/g, ' '),
            at.left >= cell.left - 1 && at.right <= cell.right + 1 && at.top >= box.top - 1 && at.bottom <= box.bottom + 1 && element.scrollWidth <= element.clientWidth + 1 || element.clientWidth === 0,
        ]);
    });
})";

#[test]
fn state_and_tag_of_the_image_are_never_cut() {
    let engine = Engine::start();
    engine.docker(&["tag", "bb:1", LONG]);
    engine.docker(&[
        "run",
        "-d",
        "--network",
        "none",
        "--name",
        "crashing",
        "--restart",
        "always",
        LONG,
        "sh",
        "-c",
        "sleep 0.2; exit 1",
    ]);
    engine.docker(&[
        "run",
        "-d",
        "--network",
        "none",
        "--name",
        "failed",
        LONG,
        "sh",
        "-c",
        "exit 3",
    ]);
    let (app, client) = App::ready(&engine.host());
    let browser = Browser::signed_in(&app, &client, "/containers");
    browser.wait("/Crash loop/.test(document.querySelector('.list').innerText)");
    for (width, height) in WIDTHS {
        browser.size(width, height);
        for density in ["comfortable", "compact"] {
            browser.eval(&format!(
                "localStorage.setItem('list-density', '{density}')"
            ));
            browser.open("/containers");
            browser.wait("/Crash loop/.test(document.querySelector('.list')?.innerText ?? '')");
            let parts = browser.eval(UNCUT);
            let when = format!("{density} at {width}: {parts}");
            let all = parts.as_array().unwrap();
            assert!(all.iter().all(|part| part[2] == true), "{when}");
            let said = |text: &str| {
                all.iter()
                    .any(|part| part[1].as_str().unwrap().contains(text))
            };
            assert!(said(":2024.11.3-alpine3.20"), "{when}");
            assert!(said("(exit 1)") && said("Exited with 3"), "{when}");
            // The registry is what gives way, and the whole is in the title.
            assert_eq!(
                browser.eval("document.querySelector('.img').title"),
                json!(LONG)
            );
            browser.in_order();
        }
    }
}

#[test]
fn rows_are_compact_by_choice_and_at_the_level_advanced() {
    let engine = Engine::shared();
    let name = engine.run(&[]);
    let (app, client) = App::ready(&engine.host());
    let browser = Browser::signed_in(&app, &client, &format!("/containers?q={name}"));
    let tall = |height: u32| {
        browser.wait(&format!(
            "document.querySelector('.row-item')?.getBoundingClientRect().height === {height}"
        ));
    };
    tall(58);
    browser.press("Advanced");
    tall(40);
    browser.in_order();
    browser.press("Intermediate");
    tall(58);
    browser.press("Compact rows");
    tall(40);
    browser.reload();
    tall(40);
    browser.press("Advanced");
    browser.press("Compact rows");
    tall(58);
    browser.reload();
    tall(58);
    engine.docker(&["rm", "-f", &name]);
}

#[test]
fn row_actions_are_there_for_pointer_keyboard_and_touch_and_move_nothing() {
    let engine = Engine::shared();
    let name = engine.run(&["--label", "homepage.href=http://tea.example/"]);
    let (app, client) = App::ready(&engine.host());
    let browser = Browser::signed_in(&app, &client, &format!("/containers?q={name}"));
    browser.wait("document.querySelector('.quick-rest')");
    let labels = browser.eval(
        "[...document.querySelectorAll('.row-item .quick a, .row-item .quick button')].map((e) => e.getAttribute('aria-label').split(' ')[0])",
    );
    assert_eq!(labels, json!(["Open", "Stop", "Restart", "Logs", "More"]));
    // Stop is a filled square.
    browser.wait("document.querySelector('[aria-label^=\"Stop\"] svg rect')?.getAttribute('fill') === 'currentColor'");
    // They are shown to a pointer on the row and to a keyboard in it; their place is kept.
    let shown = "getComputedStyle(document.querySelector('.quick-rest')).opacity";
    let places = "JSON.stringify([...document.querySelectorAll('.row-item > *, .row-item .quick *')].map((e) => e.getBoundingClientRect().x))";
    let before = browser.eval(places);
    let hovers = browser.eval("matchMedia('(hover: hover)').matches") == json!(true);
    assert_eq!(browser.eval(shown), json!(if hovers { "0" } else { "1" }));
    browser.keys("j");
    browser.wait(&format!("{shown} === '1'"));
    assert_eq!(browser.eval(places), before);
    // Where there is little room Open and the menu stay, and the image too.
    browser.size(820, 1180);
    let seen = |selector: &str| {
        browser.eval(&format!(
            "document.querySelector('.row-item {selector}').checkVisibility()"
        ))
    };
    browser.wait("!document.querySelector('.quick-rest').checkVisibility()");
    for part in ["[aria-label^=Open]", "[data-more]", ".c-image", ".c-state"] {
        assert_eq!(seen(part), json!(true), "{part}");
    }
    engine.docker(&["rm", "-f", &name]);
}

#[test]
fn menus_have_at_most_eight_entries_and_end_with_what_destroys() {
    let engine = Engine::shared();
    let name = engine.run(&[]);
    let (app, client) = App::ready(&engine.host());
    let browser = Browser::signed_in(&app, &client, &format!("/containers?q={name}"));
    let entries = || -> Vec<String> {
        browser.wait("document.querySelector('[role=menu]')");
        let found = browser.eval(
            "[...document.querySelectorAll('[role=menu] [role^=menuitem]')].map((e) => e.innerText.trim())",
        );
        serde_json::from_value(found).unwrap()
    };
    browser.press(&format!("More for {name}"));
    let first = entries();
    assert_eq!(
        first,
        [
            "Logs",
            "Terminal",
            "Stop",
            "Restart",
            "Edit",
            "Recreate…",
            "More…",
            "Delete…"
        ]
    );
    // By keyboard into the further ones and back.
    for _ in 0..6 {
        browser.keys(key::DOWN);
    }
    browser.keys(key::RIGHT);
    browser.wait("document.querySelector('[role=menu]').innerText.includes('Rename')");
    assert_eq!(
        entries(),
        [
            "Back",
            "Environment…",
            "Rename…",
            "Duplicate",
            "Save as template…",
            "Copy the ID",
            "Pause",
            "Kill…"
        ]
    );
    browser.in_order();
    browser.keys(key::LEFT);
    browser.wait("document.querySelector('[role=menu]').innerText.includes('Terminal')");
    browser.keys(key::ESCAPE);
    browser.wait("!document.querySelector('[role=menu]')");
    engine.docker(&["pause", &name]);
    browser.wait("/Paused/.test(document.querySelector('.row-item .c-state').innerText)");
    browser.press(&format!("More for {name}"));
    assert!(entries().len() <= 8 && entries().last().unwrap() == "Delete…");
    browser.open(&format!("/containers/{name}"));
    browser.press("More actions");
    let on_page = entries();
    assert!(on_page.len() <= 8, "{on_page:?}");
    assert_eq!(on_page.last().unwrap(), "Delete…");
    engine.docker(&["rm", "-f", &name]);
}

#[test]
fn order_by_memory_settles_and_does_not_move_under_the_keyboard() {
    let engine = Engine::start();
    for (name, length) in [("small", "1"), ("large", "400000")] {
        let script = format!("x=$(seq 1 {length}); while true; do sleep 1; done");
        engine.docker(&[
            "run",
            "-d",
            "--network",
            "none",
            "--name",
            name,
            "bb:1",
            "sh",
            "-c",
            &script,
        ]);
    }
    let (app, client) = App::ready(&engine.host());
    let browser = Browser::signed_in(&app, &client, "/containers");
    let order = || {
        browser
            .eval("[...document.querySelectorAll('.row-item .c-name a')].map((a) => a.textContent)")
    };
    let first = |name: &str| {
        browser.wait(&format!(
            "document.querySelector('.row-item .c-name a')?.textContent === '{name}'"
        ));
    };
    browser.wait("document.querySelectorAll('.c-memory .use-text').length === 2");
    browser.press_in(".list-head", "Memory");
    first("large");
    assert_eq!(
        browser.eval("document.querySelector('.list-head .c-memory').getAttribute('aria-sort')"),
        json!("descending")
    );
    assert_eq!(browser.path(), "/containers?sort=memory");
    // It needs more than the other now, but the keyboard is on a row.
    browser.keys("j");
    browser.wait("document.activeElement.closest('.row-item')");
    engine.docker(&[
        "exec",
        "-d",
        "small",
        "sh",
        "-c",
        "x=$(seq 1 2500000); while true; do sleep 1; done",
    ]);
    browser.wait("(() => { const mib = (name) => { const row = [...document.querySelectorAll('.row-item')].find((r) => r.querySelector('.c-name a').textContent === name); const [, n, unit] = /([0-9.]+) (.)/.exec(row.querySelector('.c-memory').innerText); return n * (unit === 'G' ? 1024 : unit === 'K' ? 1 / 1024 : 1); }; return mib('small') > mib('large'); })()");
    std::thread::sleep(Duration::from_secs(6));
    assert_eq!(order(), json!(["large", "small"]));
    browser.keys(key::ESCAPE);
    browser.eval("document.activeElement.blur()");
    first("small");
    browser.in_order();
}

#[test]
fn order_by_state_is_the_order_of_the_program() {
    let engine = Engine::start();
    let run = |name: &str, extra: &[&str], script: &str| {
        let common = ["run", "-d", "--network", "none", "--name", name];
        engine.docker(&[&common, extra, &["bb:1", "sh", "-c", script]].concat());
    };
    run("a-runs", &[], "exec sleep 1000");
    run("b-failed", &[], "exit 3");
    run("c-ended", &[], "exit 0");
    run("d-paused", &[], "exec sleep 1000");
    engine.docker(&["pause", "d-paused"]);
    engine.docker(&["create", "--network", "none", "--name", "e-new", "bb:1"]);
    let (app, client) = App::ready(&engine.host());
    let browser = Browser::signed_in(&app, &client, "/containers?sort=state");
    browser.wait("document.querySelectorAll('.row-item').length === 5");
    browser.wait("/Exited with 3/.test(document.querySelector('.row-item').innerText)");
    let shown = browser
        .eval("[...document.querySelectorAll('.row-item .c-name a')].map((a) => a.textContent)");
    let listed = client.get("/api/containers?sort=state").json();
    let names: Vec<&Value> = listed["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| &item["name"])
        .collect();
    assert_eq!(shown, json!(names));
    assert_eq!(
        shown,
        json!(["b-failed", "d-paused", "a-runs", "e-new", "c-ended"])
    );
}

#[test]
fn phone_has_a_search_and_one_filter_button_and_the_first_container_in_sight() {
    let engine = Engine::shared();
    let label = "homepage.href=http://tea.example/";
    let name = engine.run(&["--label", label, "--label", "dockermate.environment=DEV"]);
    let (app, client) = App::ready(&engine.host());
    let browser = Browser::signed_in(&app, &client, "/containers");
    browser.size(390, 844);
    browser.open(&format!("/containers?q={name}"));
    browser.wait("document.querySelector('.row-item [aria-label^=Open]')");
    assert_eq!(browser.count(".list-tools button"), 1);
    assert_eq!(browser.count(".list-tools input"), 1);
    // The card is whole above the fold, and shows what matters.
    let (bottom, card) = (
        browser.eval("document.querySelector('.row-item').getBoundingClientRect().bottom"),
        browser.text(".row-item"),
    );
    assert!(bottom.as_f64().unwrap() <= 844.0, "{bottom}");
    for part in [name.as_str(), "Running", "bb", ":1", "Open"] {
        assert!(card.contains(part), "{part} in {card}");
    }
    let small = browser.eval(
        "[...document.querySelectorAll('.list-tools button, .row-item .quick a, .row-item .quick button')].filter((e) => e.checkVisibility() && e.getBoundingClientRect().height < 44).length",
    );
    assert_eq!(small, json!(0));
    browser.in_order();
    browser.press_in(".list-tools", "Filter");
    browser.wait("document.querySelector('dialog[open] select[aria-label=Order]')");
    browser.in_order();
    let choose = |label: &str, value: &str| {
        browser.eval(&format!("(() => {{ const s = document.querySelector('dialog select[aria-label={label}]'); s.value = '{value}'; s.dispatchEvent(new Event('change', {{ bubbles: true }})); }})()"));
    };
    choose("Order", "memory");
    choose("State", "stopped");
    browser.press_in("dialog footer", "Show the list");
    browser.wait("!document.querySelector('dialog')");
    browser.wait("!document.querySelector('.row-item')");
    assert_eq!(
        browser.path(),
        format!("/containers?q={name}&state=stopped&sort=memory")
    );
    browser.press_in(".active-filters", "Remove the filter State: Stopped");
    browser.wait("document.querySelectorAll('.row-item').length === 1");
    engine.docker(&["rm", "-f", &name]);
}
