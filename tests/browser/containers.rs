//! The list of containers: live, filtered, sorted, acted on, and quick with
//! hundreds of rows.

use crate::support::app::{App, free_port};
use crate::support::browser::{Browser, key};
use crate::support::engine::{Engine, number};
use serde_json::json;

/// The row of a container, as an expression.
fn row(name: &str) -> String {
    format!(
        "[...document.querySelectorAll('.row-item')].find((r) => r.querySelector('.c-name a').textContent === {})",
        json!(name)
    )
}

fn state(browser: &Browser, name: &str, state: &str) {
    browser.wait(&format!(
        "{}?.querySelector('.c-state').innerText.includes({})",
        row(name),
        json!(state)
    ));
}

fn names(browser: &Browser) -> Vec<String> {
    let found = browser
        .eval("[...document.querySelectorAll('.row-item .c-name a')].map((a) => a.textContent)");
    serde_json::from_value(found).unwrap()
}

#[test]
fn changes_from_the_command_line_appear_without_a_reload() {
    let engine = Engine::shared();
    let (app, client) = App::ready(&engine.host());
    let browser = Browser::signed_in(&app, &client, "/containers");
    browser.wait("document.querySelector('main h1')");
    browser.eval("void (window.same = true)");

    let name = engine.run(&["--label", "dockermate.environment=DEV"]);
    state(&browser, &name, "Running");
    browser.wait(&format!("{}.querySelector('.env.dev')", row(&name)));
    engine.docker(&["pause", &name]);
    state(&browser, &name, "Paused");
    engine.docker(&["unpause", &name]);
    state(&browser, &name, "Running");
    engine.docker(&["stop", "-t", "5", &name]);
    state(&browser, &name, "Stopped");
    let renamed = format!("{name}-renamed");
    engine.docker(&["rename", &name, &renamed]);
    state(&browser, &renamed, "Stopped");
    assert!(!names(&browser).contains(&name));
    engine.docker(&["start", &renamed]);
    state(&browser, &renamed, "Running");
    engine.docker(&["rm", "-f", &renamed]);
    browser.wait(&format!("!({})", row(&renamed)));
    assert_eq!(
        browser.eval("window.same"),
        json!(true),
        "it was loaded once"
    );
    browser.in_order();
}

#[test]
fn filters_and_order_are_kept_in_the_url() {
    let engine = Engine::shared();
    let tag = format!("pick{}", number());
    let label = format!("pick={tag}");
    let stack = format!("com.docker.compose.project={tag}");
    let mut made = Vec::new();
    for (suffix, environment, started) in
        [("b", "PRD", true), ("a", "DEV", true), ("c", "DEV", false)]
    {
        let name = format!("{tag}-{suffix}");
        let environment = format!("dockermate.environment={environment}");
        engine.docker(&[
            if started { "run" } else { "create" },
            if started { "-d" } else { "-i" },
            "--network",
            "none",
            "--name",
            &name,
            "--label",
            &label,
            "--label",
            &environment,
            "--label",
            &stack,
            "bb:1",
        ]);
        made.push(name);
    }
    let (app, client) = App::ready(&engine.host());
    let browser = Browser::signed_in(&app, &client, "/containers");
    browser.wait("document.querySelector('.row-item')");
    let [b, a, c] = [0, 1, 2].map(|n| made[n].as_str());

    browser.keys("/");
    assert_eq!(
        browser.eval("document.activeElement.getAttribute('aria-label')"),
        "Filter containers"
    );
    browser.type_into(".tools input[type=search]", &tag);
    browser.wait("document.querySelectorAll('.row-item').length === 3");
    assert_eq!(names(&browser), [a, b, c]);
    browser.press_in(".list-head", "Name");
    browser.wait(&format!("{}.getAttribute('aria-rowindex') === '2'", row(c)));
    assert_eq!(names(&browser), [c, b, a]);
    assert_eq!(browser.path(), format!("/containers?q={tag}&sort=-name"));

    browser.press_in("[aria-label=State]", "Running");
    browser.wait("document.querySelectorAll('.row-item').length === 2");
    browser.press("Environment: all");
    browser.press_in("[role=menu]", "PRD");
    browser.wait("document.querySelectorAll('.row-item').length === 1");
    assert_eq!(names(&browser), [b]);

    browser.reload();
    browser.wait("document.querySelectorAll('.row-item').length === 1");
    assert_eq!(names(&browser), [b], "the address holds the filter");

    browser.fill(".tools input[type=search]", "nothing-is-called-so");
    browser.says("No container matches");
    browser.in_order();
    browser.press("Show all");
    browser.wait("document.querySelectorAll('.row-item').length >= 3");

    browser.open(&format!("/containers?label={label}&sort=state"));
    browser.wait("document.querySelectorAll('.row-item').length === 3");
    browser.open(&format!("/containers?q=stack:{tag}%20env:dev"));
    browser.wait("document.querySelectorAll('.row-item').length === 2");
    browser.in_order();
    for name in &made {
        engine.docker(&["rm", "-f", name]);
    }
}

#[test]
fn row_buttons_start_stop_restart_and_pause() {
    let engine = Engine::shared();
    let name = engine.run(&[]);
    let running = || engine.docker(&["inspect", "-f", "{{.State.Status}}", &name]);
    let (app, client) = App::ready(&engine.host());
    let browser = Browser::signed_in(&app, &client, &format!("/containers?q={name}"));

    browser.press(&format!("Stop {name}"));
    state(&browser, &name, "Stopped");
    assert_eq!(running(), "exited");
    // What a click did, a click takes back.
    browser.press("Undo");
    state(&browser, &name, "Running");
    assert_eq!(running(), "running");

    let before = engine.docker(&["inspect", "-f", "{{.State.StartedAt}}", &name]);
    browser.press(&format!("Restart {name}"));
    browser.wait(
        "[...document.querySelectorAll('.toast')].some((t) => /restarted/i.test(t.innerText))",
    );
    assert_ne!(
        engine.docker(&["inspect", "-f", "{{.State.StartedAt}}", &name]),
        before
    );

    browser.press(&format!("More for {name}"));
    browser.press_in("[role=menu]", "More…");
    browser.press_in("[role=menu]", "Pause");
    state(&browser, &name, "Paused");
    assert_eq!(running(), "paused");
    browser.press(&format!("Resume {name}"));
    state(&browser, &name, "Running");

    browser.press(&format!("More for {name}"));
    browser.press_in("[role=menu]", "More…");
    browser.press_in("[role=menu]", "Environment…");
    browser.press_in("dialog", "UAT");
    browser.in_order();
    browser.press_in("dialog footer", "Save");
    browser.wait(&format!("{}.querySelector('.env.uat')", row(&name)));
    let view = client.get(&format!("/api/containers/{name}")).json();
    assert_eq!(
        (&view["environment"], &view["environment_source"]),
        (&json!("UAT"), &json!("user"))
    );
    browser.in_order();
    engine.docker(&["rm", "-f", &name]);
}

#[test]
fn delete_shows_the_plan_and_asks_for_the_name_in_production() {
    let engine = Engine::shared();
    let name = engine.run(&["--label", "dockermate.environment=PRD"]);
    let (app, client) = App::ready(&engine.host());
    let browser = Browser::signed_in(&app, &client, &format!("/containers?q={name}"));

    browser.press(&format!("More for {name}"));
    browser.press_in("[role=menu]", "Delete");
    browser.wait("document.querySelector('dialog[open] .plan-list')");
    browser.says("What will happen");
    browser.says("What stays");
    let command = browser.text("dialog .cli pre");
    assert!(
        command.contains("docker") && command.contains(&name),
        "{command}"
    );
    let ready = "!document.querySelector('dialog button[type=submit]').disabled";
    assert_eq!(browser.eval(ready), json!(false));
    browser.type_into("#confirm-name", "something-else");
    assert_eq!(browser.eval(ready), json!(false));
    browser.keys(key::ENTER);
    browser.in_order();
    engine.docker(&["inspect", &name]);

    browser.keys(key::ESCAPE);
    browser.wait("!document.querySelector('dialog')");
    browser.press(&format!("More for {name}"));
    browser.press_in("[role=menu]", "Delete");
    browser.type_into("#confirm-name", &name);
    browser.wait(ready);
    browser.press_in("dialog footer", "Delete");
    browser.wait(&format!(
        "!document.querySelector('dialog') && !({})",
        row(&name)
    ));
    assert_eq!(
        engine.docker(&["ps", "-aq", "--filter", &format!("name=^{name}$")]),
        ""
    );
    browser.in_order();
}

#[test]
fn rows_are_reached_and_selected_by_keyboard() {
    let engine = Engine::shared();
    let tag = format!("keys{}", number());
    for n in 1..=3 {
        engine.docker(&[
            "create",
            "--network",
            "none",
            "--name",
            &format!("{tag}-{n}"),
            "bb:1",
        ]);
    }
    let (app, client) = App::ready(&engine.host());
    let browser = Browser::signed_in(&app, &client, &format!("/containers?q={tag}"));
    browser.wait("document.querySelectorAll('.row-item').length === 3");
    let at = |n: u32| {
        browser.wait(&format!(
            "document.activeElement.textContent === '{tag}-{n}'"
        ))
    };
    browser.keys("j");
    at(1);
    browser.keys("jj");
    at(3);
    browser.keys("k");
    at(2);
    browser.keys("x");
    browser.says("1 selected");
    browser.keys(key::ESCAPE);
    browser.wait("!document.querySelector('.bulk')");
    browser.keys(".");
    browser.wait("document.querySelector('[role=menu]')");
    browser.keys(key::ESCAPE);
    browser.wait("!document.querySelector('[role=menu]')");
    browser.open(&format!("/containers?q={tag}"));
    browser.wait("document.querySelectorAll('.row-item').length === 3");
    browser.keys("jj");
    at(2);
    browser.keys(key::ENTER);
    browser.wait(&format!("location.pathname === '/containers/{tag}-2'"));
    browser.in_order();
    for n in 1..=3 {
        engine.docker(&["rm", &format!("{tag}-{n}")]);
    }
}

#[test]
fn three_hundred_rows_scroll_with_few_rendered() {
    let engine = Engine::start();
    many(&engine, 300);
    let (app, client) = App::ready(&engine.host());
    let browser = Browser::signed_in(&app, &client, "/containers");
    browser.wait("document.querySelectorAll('.row-item').length > 10");
    assert!(
        browser.count(".row-item") < 60,
        "{}",
        browser.count(".row-item")
    );
    browser.wait("document.querySelector('[role=table]').getAttribute('aria-rowcount') === '301'");
    let tall = browser
        .eval("document.documentElement.scrollHeight")
        .as_u64()
        .unwrap();
    assert!(tall > 300 * 58, "{tall}");

    browser.eval("scrollTo(0, 150 * 58)");
    browser.wait(&format!("(() => {{ const r = {}?.getBoundingClientRect(); return r && r.top < innerHeight && r.bottom > 0; }})()", row("many-0150")));
    assert!(browser.count(".row-item") < 60);
    browser.eval("scrollTo(0, document.documentElement.scrollHeight)");
    browser.wait(&row("many-0299"));
    assert!(browser.count(".row-item") < 60);
    let rows = names(&browser);
    assert!(rows.is_sorted(), "{rows:?}");

    // Filtered to few, the page is short again.
    browser.eval("scrollTo(0, 0)");
    browser.type_into(".tools input[type=search]", "many-029");
    browser.wait("document.querySelectorAll('.row-item').length === 10");
    browser.in_order();

    // And one that comes while we look is put where it belongs.
    engine.docker(&[
        "create",
        "--network",
        "none",
        "--name",
        "many-0290-b",
        "bb:1",
    ]);
    browser.wait("document.querySelectorAll('.row-item').length === 11");
    assert_eq!(names(&browser)[1], "many-0290-b");
}

/// Creates containers `many-0000` and so on, several at a time.
pub fn many(engine: &Engine, count: usize) {
    let next = std::sync::atomic::AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                loop {
                    let n = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    if n >= count {
                        return;
                    }
                    engine.docker(&[
                        "create",
                        "--network",
                        "none",
                        "--name",
                        &format!("many-{n:04}"),
                        "bb:1",
                    ]);
                }
            });
        }
    });
}

#[test]
fn open_is_the_first_button_wherever_a_service_is_named() {
    let engine = Engine::start();
    let (app, client) = App::ready(&engine.host());
    let browser = Browser::signed_in(&app, &client, "/containers");
    let port = free_port();
    let script = "mkdir /w; echo hello > /w/index.html; exec httpd -f -p 80 -h /w";
    engine.docker(&[
        "run",
        "-d",
        "--name",
        "wiki",
        "-p",
        &format!("{port}:80"),
        "bb:1",
        "sh",
        "-c",
        script,
    ]);
    let opens = |place: &str| {
        browser.wait(&format!(
            "document.querySelector('{place}')?.getAttribute('aria-label') === 'Open wiki' &&
             document.querySelector('{place}').href === `http://${{location.hostname}}:{port}/`"
        ));
    };
    opens(".row-item .quick a, .row-item .quick button");
    browser.in_order();
    browser.open("/");
    opens(".tile .btn");
    browser.wait("document.querySelector('.tile').innerText.includes('Running')");
    browser.in_order();
    browser.open("/containers/wiki");
    opens(".head > .actions a, .head > .actions button");
    browser.in_order();

    // Behind a proxy the owner says where.
    browser.press("Set the address to open");
    browser.fill("input[type=url]", "https://wiki.example.org/");
    browser.press("Save");
    browser
        .wait("document.querySelector('.head > .actions a').href === 'https://wiki.example.org/'");
    // The port stays within reach.
    browser.press("All addresses of wiki");
    browser.wait(&format!(
        "[...document.querySelectorAll('[role=menuitem]')].some((item) => item.innerText.includes(':{port}'))"
    ));
    browser.in_order();

    engine.docker(&["stop", "-t", "0", "wiki"]);
    browser.open("/");
    browser.wait("document.querySelector('.tile').innerText.includes('Stopped')");
    browser.in_order();
}
