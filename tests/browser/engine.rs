//! The engine goes away and comes back under the eyes of a browser.

use crate::support::app::App;
use crate::support::browser::Browser;
use crate::support::engine::Engine;
use serde_json::json;

const BANNER: &str = "[...document.querySelectorAll('#banner .banner')].some((b) => /engine has not responded since/.test(b.innerText))";

#[test]
fn banner_shows_since_when_the_engine_is_down_and_disappears_when_it_returns() {
    let mut engine = Engine::start();
    let name = engine.run(&["--restart", "always"]);
    let (app, client) = App::ready(&engine.host());
    let browser = Browser::signed_in(&app, &client, "/containers");
    browser.expect_in_console("status of 503");
    browser.wait("document.querySelector('.row-item')");
    assert_eq!(browser.eval(BANNER), json!(false));

    engine.down();
    browser.wait(BANNER);
    // What was known stays, as what it is: old.
    browser.says("As of");
    assert_eq!(browser.count(".row-item"), 1);
    browser.wait("document.querySelector('.fold.stale')");
    browser.says("ext attempt in");
    browser.in_order();

    // Every page opened meanwhile says the same and does not wait for anything.
    for path in [
        "/",
        "/containers",
        &format!("/containers/{name}"),
        &format!("/containers/{name}#logs"),
        "/settings#about",
    ] {
        browser.open(path);
        browser.wait(BANNER);
        browser.wait("document.querySelector('main h1, main h2')");
        assert_eq!(
            browser.count("main .spin, main [role=progressbar]"),
            0,
            "{path}"
        );
        let console = browser.console();
        assert!(console.is_empty(), "{path}: {console:?}");
    }
    // Nothing is green, also after a reload; what was known last stays.
    browser.open("/");
    browser.wait("/^Last known: [01] running/.test(document.querySelector('h1').innerText)");
    browser.wait("/^As of/.test(document.querySelector('.head p').innerText)");
    assert_eq!(browser.count("main .ok"), 0);
    browser.in_order();
    browser.open("/containers");
    browser.wait("/Was (running|stopped)/.test(document.querySelector('.row-item').innerText)");
    browser.says("As of");
    assert_eq!(browser.count("main .ok, main .tone-ok"), 0);
    browser.in_order();
    browser.open(&format!("/containers/{name}"));
    browser.wait("/Was (running|stopped)/.test(document.querySelector('.head-line').innerText)");
    browser.says("As of");
    assert_eq!(browser.count("main .ok"), 0);
    browser.open("/containers");

    let other = Browser::signed_in(&app, &client, &format!("/containers/{name}"));
    other.expect_in_console("status of 503");
    other.wait(BANNER);

    engine.up();
    // A page that came without an engine fills itself.
    other.wait("document.querySelector('.env-button')");
    assert_eq!(other.text("h1"), name);
    other.in_order();
    browser.wait("document.querySelector('.row-item .c-name a')");
    browser.wait(&format!("!({BANNER})"));
    browser.wait("!document.querySelector('.stale')");
    assert_eq!(browser.text(".row-item .c-name a"), name);
    browser.in_order();
}

#[test]
fn container_page_survives_an_engine_restart() {
    let mut engine = Engine::start();
    let name = engine.run(&["--restart", "always"]);
    let (app, client) = App::ready(&engine.host());
    let browser = Browser::signed_in(&app, &client, &format!("/containers/{name}"));
    browser.expect_in_console("status of 503");
    browser.wait("document.querySelector('.head-line')");
    engine.down();
    browser.wait(BANNER);
    assert_eq!(
        browser.eval(
            "[...document.querySelectorAll('.head > .actions button')].every((b) => b.disabled)"
        ),
        json!(true)
    );
    engine.up();
    browser.wait(&format!("!({BANNER})"));
    browser.wait("document.querySelector('.head-line').innerText.includes('Running')");
    browser
        .wait("![...document.querySelectorAll('.head > .actions button')].some((b) => b.disabled)");
    browser.press_in("[role=tablist]", "Logs");
    browser.wait("document.querySelector('.log-lines').innerText.includes('tick')");
    browser.in_order();
}

#[test]
fn page_reconnects_after_a_restart_of_the_program() {
    let engine = Engine::shared();
    let name = engine.run(&[]);
    let (mut app, client) = App::ready(&engine.host());
    let browser = Browser::signed_in(&app, &client, &format!("/containers?q={name}"));
    browser.expect_in_console("ERR_");
    browser.wait("document.querySelector('.row-item')");
    browser.eval("void (window.same = true)");
    app.stop();
    browser.says("Reconnecting to DockerMate");
    engine.docker(&["pause", &name]);
    app.up();
    browser.wait("!document.querySelector('#banner .banner')");
    browser.wait("document.querySelector('.row-item').innerText.includes('Paused')");
    assert_eq!(browser.eval("window.same"), json!(true), "without a reload");
    browser.in_order();
    engine.docker(&["rm", "-f", &name]);
}

#[test]
fn interrupted_log_waits_for_the_engine_and_continues_by_itself() {
    const FOOT: &str = "document.querySelector('.log-foot').innerText";
    let mut engine = Engine::start();
    let name = engine.run(&["--restart", "always"]);
    let (app, client) = App::ready(&engine.host());
    let browser = Browser::signed_in(&app, &client, &format!("/containers/{name}#logs"));
    browser.expect_in_console("status of 503");
    browser.wait(&format!("{FOOT}.includes('Live')"));
    // An orderly stop ends the container first, and its log with it.
    engine.kill();
    browser.wait(BANNER);
    browser.wait(&format!("{FOOT}.includes('Reconnecting')"));
    assert_eq!(
        browser.eval(&format!("{FOOT}.includes('Ended')")),
        json!(false)
    );
    engine.up();
    browser.wait(&format!("!({BANNER})"));
    // The engine has started the container again.
    let ticks = "document.querySelector('.log-lines').innerText.match(/tick 1$/gm)?.length === 2";
    browser.wait(&format!("{FOOT}.includes('Live') && {ticks}"));
    browser.in_order();
}

#[test]
fn crash_loop_looks_the_same_through_its_restarts_on_every_page() {
    let engine = Engine::start();
    let name = engine.name("loop");
    let script = "sleep 0.2; exit 3";
    engine.docker(&[
        "run",
        "-d",
        "--network",
        "none",
        "--name",
        &name,
        "--restart",
        "always",
        "bb:1",
        "sh",
        "-c",
        script,
    ]);
    let (app, client) = App::ready(&engine.host());
    let browser = Browser::signed_in(&app, &client, "/containers");
    let watch = |place: &str| {
        browser.wait(&format!(
            "/Crash loop/.test(document.querySelector('{place}')?.innerText ?? '')"
        ));
        browser.eval(&format!(
            "void (window.seen = new Set(), window.watching = setInterval(() => window.seen.add(
                document.querySelector('{place}').innerText.replace(/[0-9]+/g, 'N').trim()), 20))"
        ));
        std::thread::sleep(std::time::Duration::from_secs(4));
        browser.eval("clearInterval(window.watching), [...window.seen]")
    };
    let seen = watch(".row-item .c-state");
    assert_eq!(seen, json!(["Crash loop\n×N (exit N)"]));
    assert_eq!(browser.text(".chip[aria-pressed=false]"), "Running 0");
    browser.in_order();
    browser.open("/");
    browser.wait("document.querySelector('h1').innerText.includes('1 restarting')");
    browser.says("It ends soon after each start");
    browser.in_order();
    browser.open(&format!("/containers/{}", *name));
    let seen = watch(".head-line .st");
    assert_eq!(seen.as_array().unwrap().len(), 1, "{seen}");
    browser.in_order();
}
