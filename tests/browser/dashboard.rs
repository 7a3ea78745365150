//! The dashboard: the state in a sentence, and what needs attention with its
//! way out.

use crate::support::app::App;
use crate::support::browser::Browser;
use crate::support::engine::Engine;
use serde_json::json;

#[test]
fn empty_host_shows_how_to_begin() {
    let engine = Engine::start();
    let (app, client) = App::ready(&engine.host());
    let browser = Browser::signed_in(&app, &client, "/");
    browser.wait("document.querySelector('main h1')");
    browser.says("Nothing is running yet");
    browser.says("docker run -d --name web");
    browser.in_order();
    browser.open("/containers");
    browser.says("No containers yet");
    browser.in_order();
    engine.docker(&["run", "-d", "--network", "none", "--name", "first", "bb:1"]);
    browser.wait("document.querySelector('.row-item')");
    browser.open("/");
    browser.says("1 running");
}

#[test]
fn attention_list_is_counted_and_offers_the_fix() {
    let engine = Engine::start();
    let sick = engine.run(&[
        "--label",
        "dockermate.environment=PRD",
        "--health-cmd",
        "test -e /tmp/well",
        "--health-interval",
        "1s",
        "--health-retries",
        "1",
        "--health-start-period",
        "0s",
    ]);
    engine.run(&[]);
    engine.docker(&["create", "--network", "none", "--name", "resting", "bb:1"]);
    engine.docker(&[
        "run",
        "-d",
        "--network",
        "none",
        "--name",
        "looping",
        "--restart",
        "always",
        "bb:1",
        "sh",
        "-c",
        "exit 3",
    ]);
    engine.docker(&[
        "run",
        "-d",
        "--network",
        "none",
        "--name",
        "fell",
        "--restart",
        "on-failure:1",
        "bb:1",
        "sh",
        "-c",
        "exit 4",
    ]);
    let (app, client) = App::ready(&engine.host());
    let browser = Browser::signed_in(&app, &client, "/");

    let item = |name: &str| {
        format!(
            "[...document.querySelectorAll('.need')].find((n) => n.querySelector('b').innerText === '{name}')"
        )
    };
    browser.wait(&format!(
        "{}?.innerText.includes('health check')",
        item(&sick)
    ));
    browser.wait(&format!(
        "{}?.innerText.includes('code 3')",
        item("looping")
    ));
    browser.wait(&format!("{}?.innerText.includes('code 4')", item("fell")));
    browser.wait(&format!("{}.querySelector('.env.prd')", item(&sick)));
    browser.wait("/^1 running, 1 unhealthy, 1 restarting, 1 failed, 1 stopped$/.test(document.querySelector('main h1').innerText)");
    browser.wait("document.querySelector('[data-count=containers]').textContent === '5'");
    assert_eq!(browser.eval("document.querySelector('.env-table tr').innerText.replace(/\\s+/g, ' ').includes('0 of 1 running')"), json!(true));
    browser.says("5 of");
    browser.in_order();

    // Mended by hand, it goes away by itself.
    engine.docker(&["exec", &sick, "sh", "-c", "echo > /tmp/well"]);
    browser.wait(&format!("!({})", item(&sick)));
    browser.wait("/^2 running, 1 restarting/.test(document.querySelector('main h1').innerText)");
    engine.docker(&["exec", &sick, "busybox", "rm", "/tmp/well"]);
    browser.wait(&format!("{}?.querySelector('button')", item(&sick)));

    // The buttons do what they say.
    let before = engine.docker(&["inspect", "-f", "{{.State.StartedAt}}", &sick]);
    browser.wait(&format!(
        "({}.querySelector('button').click(), true)",
        item(&sick)
    ));
    browser.wait("[...document.querySelectorAll('.toast, dialog')].some((t) => /restart/i.test(t.innerText))");
    if browser.count("dialog[open]") > 0 {
        browser.press_in("dialog footer", "Restart");
    }
    crate::support::wait::until("it was restarted", crate::support::wait::SOON, || {
        (engine.docker(&["inspect", "-f", "{{.State.StartedAt}}", &sick]) != before).then_some(())
    });
    browser.says("Recent operations");
    browser.wait(&format!(
        "[...document.querySelectorAll('.op')].some((o) => o.innerText.includes('{sick}'))"
    ));
    browser.wait(&format!(
        "({}.querySelector('a.btn').click(), true)",
        item("looping")
    ));
    browser.wait("location.pathname === '/containers/looping' && location.hash === '#logs'");
    browser.in_order();
}

#[test]
fn cards_are_moved_and_hidden_and_the_layout_is_saved() {
    let engine = Engine::shared();
    let (app, client) = App::ready(&engine.host());
    let browser = Browser::signed_in(&app, &client, "/");
    browser.press("Arrange");
    browser.press("Move Environments up");
    browser.press("Hide Recent operations");
    browser.press("Done");
    browser.wait("!document.querySelector('section[aria-label=\"Recent operations\"]')");
    browser.reload();
    browser.wait("document.querySelector('main h1')");
    let order =
        browser.eval("[...document.querySelectorAll('.cols section')].map((s) => s.ariaLabel)");
    assert_eq!(
        order,
        json!([
            "Services",
            "Needs attention",
            "This host",
            "Environments",
            "Containers"
        ])
    );
    browser.press("Arrange");
    browser.press_in(".arrange", "Recent operations");
    browser.wait("document.querySelector('section[aria-label=\"Recent operations\"]')");
    browser.in_order();
}
