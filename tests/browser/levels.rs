//! The three skill levels: what each shows of the same pages, and that a switch takes
//! effect at once and moves nothing.

use super::shifts::stays;
use crate::support::app::App;
use crate::support::browser::Browser;
use crate::support::client::Client;
use crate::support::engine::Engine;
use serde_json::json;
use std::time::Duration;

fn set(client: &Client, level: &str) {
    let settings = json!({"skill_level": level, "host_environment": "DEV"});
    let answer = client.json("PATCH", "/api/settings", &settings);
    assert_eq!(answer.status, 200, "{}", answer.text());
}

/// One that serves, one that failed, one that crashes again and again.
fn household() -> Engine {
    let engine = Engine::start();
    let run = |name: &str, options: &[&str], command: &[&str]| {
        let fixed = ["run", "-d", "--network", "none", "--name", name];
        engine.docker(&[&fixed, options, &["bb:1"], command].concat());
    };
    let labels = [
        "--label",
        "homepage.href=http://tea.example/",
        "--label",
        "x.y=z",
    ];
    run("web", &labels, &[]);
    run("failed", &[], &["sh", "-c", "exit 127"]);
    run(
        "loop",
        &["--restart", "always"],
        &["sh", "-c", "sleep 0.3; exit 1"],
    );
    engine
}

fn text_of(browser: &Browser, name: &str) -> String {
    let row = format!(
        "[...document.querySelectorAll('.row-item')].find((row) => row.querySelector('.c-name a')?.innerText === '{name}')"
    );
    browser.wait(&format!("Boolean({row})"));
    browser
        .eval(&format!("{row}.innerText.replace(/\\s+/g, ' ')"))
        .as_str()
        .unwrap()
        .to_owned()
}

#[test]
fn list_and_dashboard_are_quiet_for_a_beginner_and_dense_for_an_expert() {
    let engine = household();
    let (app, client) = App::ready(&engine.host());
    set(&client, "beginner");
    let browser = Browser::signed_in(&app, &client, "/containers");
    browser.says("Keeps crashing");
    let heads =
        "[...document.querySelectorAll('.list-head button')].map((e) => e.innerText.trim())";
    assert_eq!(browser.eval(heads), json!(["Name", "State"]));
    browser.says("Container: A program that runs isolated");
    let web = text_of(&browser, "web");
    assert!(
        web.contains("Running") && web.contains("Open") && web.contains("Stop"),
        "{web}"
    );
    let failed = text_of(&browser, "failed");
    assert!(
        failed.contains("Stopped by an error") && failed.contains("Start"),
        "{failed}"
    );
    // No code, neither of an exit nor of an environment.
    assert!(
        !failed.contains("127") && failed.contains("Development"),
        "{failed}"
    );
    let explained = "[...document.querySelectorAll('.row-item .st')].some((e) => e.title.includes('Exit code 127: its command was not found in the image'))";
    assert_eq!(browser.eval(explained), json!(true));
    // Nothing is out of reach: the other columns are one button away, and stay.
    assert_eq!(browser.count(".row-item .c-image"), 0);
    browser.press("6 more columns");
    browser.wait("document.querySelectorAll('.row-item .c-image').length === 3");
    browser.press("Fewer columns");
    browser.wait("document.querySelectorAll('.row-item .c-image').length === 0");

    // Without a new page.
    browser.eval("window.sameDocument = true");
    browser.press_in(".top", "Advanced");
    browser.says("exited (127)");
    let (web, row) = (
        text_of(&browser, "web"),
        "document.querySelector('.row-item')",
    );
    let id = engine.docker(&["inspect", "-f", "{{.Id}}", "web"]);
    assert!(web.contains(&id[..12]) && web.contains("sha256:"), "{web}");
    assert!(
        web.contains("running") && text_of(&browser, "loop").contains("(exit 1)"),
        "{web}"
    );
    assert_eq!(
        browser.eval(&format!("{row}.getBoundingClientRect().height")),
        json!(40)
    );
    browser.press_in(".top", "Intermediate");
    browser.says("Exited with 127");
    browser.wait(&format!("{row}.getBoundingClientRect().height === 58"));
    assert_eq!(browser.count(".short-id"), 0);
    assert_eq!(browser.eval("window.sameDocument"), json!(true));
    browser.in_order();

    // The dashboard.
    browser.press_in(".side", "Dashboard");
    browser.wait("document.querySelectorAll('.gauge').length >= 3");
    browser.says(" containers");
    assert_eq!(browser.count(".level-help"), 0);
    browser.press_in(".top", "Beginner");
    browser.wait("/Memory:\\s+(plenty free|getting full|almost full)/.test(document.querySelector('.host-words')?.innerText ?? '')");
    assert_eq!(browser.count(".gauge"), 0);
    browser.says("What does not work as it should, and what you can do about it.");
    browser.says("Exit code 127: its command was not found in the image.");
    assert_eq!(
        browser.eval("/\\d of \\d+ containers/.test(document.body.innerText)"),
        json!(false)
    );
    browser.press_in("[aria-label='This host']", "figures");
    browser.wait("document.querySelectorAll('.gauge').length >= 3");
    browser.reload();
    browser.wait("document.querySelector('.host-words')");
    // What somebody stops is told apart from what fails, whatever its exit code.
    engine.docker(&["kill", "web"]);
    browser.open("/containers?q=web");
    browser.says("Stopped by you");
    let title = browser.eval("document.querySelector('.row-item .st').title");
    assert!(
        title.as_str().unwrap().contains("did not stop in time"),
        "{title}"
    );
    browser.in_order();
}

#[test]
fn container_page_folds_its_facts_for_a_beginner_and_unfolds_all_for_an_expert() {
    let engine = household();
    let (app, client) = App::ready(&engine.host());
    set(&client, "beginner");
    let browser = Browser::signed_in(&app, &client, "/containers/web");
    browser.wait("/^\\d\\d? more settings$/.test(document.querySelector('#panel > .fold-button')?.innerText.trim() ?? '')");
    assert_eq!(browser.count(".facts-list"), 0, "the facts are folded");
    let first = browser
        .eval("document.querySelector('#panel > .cockpit, #panel > .fold-button').className");
    assert_eq!(first, json!("cockpit"));
    browser.wait("/not busy|busy/.test(document.querySelector('.live-strip').innerText)");
    let buttons = "[...document.querySelectorAll('.head .actions a, .head .actions button')].map((e) => e.innerText.trim()).filter(Boolean)";
    assert_eq!(browser.eval(buttons), json!(["Open\ntea.example", "Stop"]));
    let id = engine.docker(&["inspect", "-f", "{{.Id}}", "web"]);
    let told = format!(
        "document.querySelector('main').innerText.includes('{}')",
        &id[..12]
    );
    assert_eq!(
        browser.eval(&told),
        json!(false),
        "no id until it is asked for"
    );
    browser.click("#panel > .fold-button");
    browser.wait(&told);
    browser.says("A port is a number under which a program is reached");
    // The rest of what can be done is in the menu; the command is folded there, too.
    browser.press("More actions");
    browser.press_in("[role=menu]", "Restart");
    browser.wait("document.querySelector('.dialog .cli-fold')");
    assert_eq!(browser.count(".dialog .cli"), 0);
    browser.click(".dialog .cli-fold");
    browser.wait("document.querySelector('.dialog .cli [role=tab][aria-selected=true]').innerText === 'Simple'");
    browser.keys("\u{e00c}");
    browser.wait("!document.querySelector('.dialog')");

    browser.press_in(".top", "Advanced");
    browser.says("Raw engine data");
    assert_eq!(browser.count("#panel > .fold-button"), 0);
    for told in ["Labels", "x.y", "CPU weight", "Which CPUs"] {
        browser.says(told);
    }
    assert_eq!(
        browser.eval(buttons),
        json!(["Open\ntea.example", "Stop", "Restart", "Edit"])
    );
    browser.wait(&told);
    browser.press_in(".tabs", "CLI");
    browser.wait(
        "document.querySelector('.cli [role=tab][aria-selected=true]')?.innerText === 'Script'",
    );
    browser.press_in(".top", "Beginner");
    browser.says("The commands that do the same on the command line");
    browser.in_order();
    browser.open("/containers/failed");
    browser.says("Stopped by an error");
    browser.says("Exit code 127: its command was not found in the image.");
    browser.click("#panel > .fold-button");
    browser.says("127 its command was not found in the image");
}

#[test]
fn form_templates_operations_and_settings_explain_themselves_to_a_beginner() {
    let engine = household();
    let (app, client) = App::ready(&engine.host());
    set(&client, "beginner");
    let browser = Browser::signed_in(&app, &client, "/containers/new#form");
    for sentence in [
        "Image: The packed files of a program",
        "Port: A number under which a program is reached",
        "Volume: Storage outside the container",
    ] {
        browser.says(sentence);
    }
    browser.fill("#f-image", "bb:1");
    browser.wait("document.querySelector('.form-aside .cli-fold')");
    assert_eq!(browser.count(".form-aside .cli"), 0);
    browser.press_in(".top", "Advanced");
    browser.wait("document.querySelector('.form-aside .cli [role=tab][aria-selected=true]')?.innerText === 'Script'");
    assert_eq!(browser.count(".level-help"), 0);
    assert_eq!(browser.count(".section-head[aria-expanded=false]"), 0);
    browser.in_order();

    let answer = client.send("POST", "/api/containers/web/recreate", &[], b"");
    assert_eq!(answer.status, 200, "{}", answer.text());
    browser.open("/operations");
    browser.says("container.recreate");
    browser.wait("document.querySelector('.op details')?.open");
    browser.press_in(".top", "Beginner");
    browser.says("Operation: Work that takes a while");
    browser.wait("!document.querySelector('.op-raw')");
    browser.open("/templates");
    browser.says("Template: A prepared configuration for a service");
    browser.open("/settings");
    browser.says("What DockerMate has found out about this machine.");
    assert_eq!(browser.count("main .plain-table"), 0);
    browser.press("more values");
    browser.wait("document.querySelectorAll('main .plain-table tr').length > 5");
    browser.in_order();
}

#[test]
fn pages_do_not_move_while_they_load_at_the_other_levels() {
    let engine = household();
    let (app, client) = App::ready(&engine.host());
    let browser = Browser::signed_in(&app, &client, "/");
    for level in ["beginner", "advanced"] {
        set(&client, level);
        for path in [
            "/",
            "/containers",
            "/containers/web",
            "/containers/new",
            "/settings",
        ] {
            for (width, height) in [(1440, 900), (390, 844)] {
                browser.size(width, height);
                browser.open(path);
                browser.wait("document.querySelector('main h1')");
                let shown = browser.eval("document.documentElement.dataset.level");
                assert_eq!(shown, json!(level));
                std::thread::sleep(Duration::from_millis(1000));
                stays(&browser, &format!("load at {level} with {width} px"));
            }
        }
    }
}
