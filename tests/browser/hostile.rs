//! Whatever comes out of an engine is text, on every page.

use crate::support::app::App;
use crate::support::browser::Browser;
use crate::support::engine::{Engine, number};
use serde_json::json;

const SCRIPT: &str = "<script>window.hacked = 1</script>";
const IMAGE: &str = "\"><img/src=x/onerror=window.hacked=2>";
const CLOSE: &str = "</script></textarea></style><svg onload=window.hacked=3>";

#[test]
fn markup_in_labels_commands_and_outputs_is_inert() {
    let engine = Engine::shared();
    let name = format!("h{}", number());
    let label = |key: &str, value: &str| format!("{key}={value}");
    engine.docker(&[
        "run",
        "-d",
        "--network",
        "none",
        "--name",
        &name,
        "--label",
        &label("first", SCRIPT),
        "--label",
        &label(IMAGE, CLOSE),
        "--label",
        &label("com.docker.compose.project", IMAGE),
        "--label",
        &label("com.docker.compose.service", SCRIPT),
        "--label",
        &label("dockermate.environment", SCRIPT),
        "-e",
        &format!("GREETING={SCRIPT}{{{{ 7*7 }}}}"),
        "--hostname",
        "plain",
        "--health-cmd",
        &format!("echo \"{SCRIPT}{CLOSE}\"; exit 1"),
        "--health-interval",
        "1s",
        "--health-retries",
        "1",
        "bb:1",
        "sh",
        "-c",
        &format!("echo \"{SCRIPT}\"; sleep 1000; : {CLOSE:?}"),
    ]);
    let (app, client) = App::ready(&engine.host());
    let written = client.send(
        "PUT",
        &format!("/api/containers/{name}"),
        &[("Content-Type", "application/json")],
        json!({"description": format!("{SCRIPT}{IMAGE}")})
            .to_string()
            .as_bytes(),
    );
    assert_eq!(written.status, 200, "{}", written.text());
    client.send(
        "PATCH",
        "/api/settings",
        &[("Content-Type", "application/json")],
        json!({"host_name": "<img src=x onerror=alert(1)>", "skill_level": "advanced"})
            .to_string()
            .as_bytes(),
    );

    let browser = Browser::signed_in(&app, &client, &format!("/containers?q={name}"));
    let inert = |where_: &str| {
        assert_eq!(
            browser.eval("window.hacked === undefined"),
            json!(true),
            "{where_}"
        );
        assert_eq!(
            browser.count("main img, main script, main svg[onload]"),
            0,
            "{where_}"
        );
        browser.in_order();
    };
    browser.wait("document.querySelector('.row-item')");
    // Compact rows leave the stack out.
    browser.press("Compact rows");
    browser.says(IMAGE.trim());
    inert("list");
    browser.open("/");
    browser.wait(&format!(
        "[...document.querySelectorAll('.need b')].some((b) => b.innerText === '{name}')"
    ));
    assert_eq!(
        browser.text("[data-host-name]"),
        "<img src=x onerror=alert(1)>"
    );
    inert("dashboard");
    browser.open(&format!("/containers/{name}"));
    browser.wait("document.querySelector('main h1')");
    browser.says(SCRIPT);
    browser.says(CLOSE);
    browser.wait("[...document.querySelectorAll('.output')].some((o) => o.innerText.includes('window.hacked = 1'))");
    inert("overview");
    for tab in ["logs", "configuration", "cli"] {
        browser.open(&format!("/containers/{name}#{tab}"));
        browser.wait("document.querySelector('#panel')");
        browser.wait(if tab == "cli" {
            "document.querySelector('.cli pre')"
        } else {
            "document.querySelector('#panel').innerText.includes('<script>')"
        });
        inert(tab);
    }
    browser.press("More actions");
    browser.press_in("[role=menu]", "Delete");
    browser.wait("document.querySelector('dialog .plan-list')");
    inert("plan");
    engine.docker(&["rm", "-f", &name]);
}

#[test]
fn markup_in_the_url_is_shown_as_text() {
    let (app, client) = App::ready(&Engine::shared().host());
    let browser = Browser::signed_in(
        &app,
        &client,
        "/containers/%3Cimg%20src%3Dx%20onerror%3Dwindow.hacked%3D1%3E#%3Cscript%3E",
    );
    browser.says("Container not found");
    browser.says("<img src=x onerror=window.hacked=1>");
    assert_eq!(browser.eval("window.hacked === undefined"), json!(true));
    browser.in_order();
    browser.open(
        "/containers?q=%3Cscript%3Ewindow.hacked%3D1%3C/script%3E&state=__proto__&sort=constructor",
    );
    browser.says("<script>window.hacked=1</script>");
    assert_eq!(browser.eval("window.hacked === undefined"), json!(true));
    browser.in_order();
}
