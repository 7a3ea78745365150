//! The page of one container: overview, log, configuration, command line.

use crate::support::app::App;
use crate::support::browser::{Browser, key};
use crate::support::engine::{Engine, number};
use crate::support::wait::{SOON, until};
use serde_json::json;

/// Runs a script in a container of its own; gives its name.
fn run(engine: &Engine, extra: &[&str], script: &str) -> String {
    let name = format!("c{}", number());
    let mut arguments = vec!["run", "-d", "--network", "none", "--name", &name];
    arguments.extend(extra);
    arguments.extend(["bb:1", "sh", "-c", script]);
    engine.docker(&arguments);
    name
}

#[test]
fn production_container_leaves_its_environment_only_after_its_name_is_typed() {
    let engine = Engine::shared();
    let name = engine.run(&["--label", "dockermate.environment=PRD"]);
    let (app, client) = App::ready(&engine.host());
    let browser = Browser::signed_in(&app, &client, &format!("/containers/{name}"));
    browser.press("Environment: PRD");
    browser.press_in("[role=menu]", "SANDBOX");
    browser.wait("document.querySelector('dialog[open] input')");
    browser.says("type its name to change it");
    browser.type_into("dialog[open] input", &name);
    browser.click("dialog footer button[type=submit]:not([disabled])");
    browser.wait("document.querySelector('.head-line .env.sandbox')");
    let view = client.get(&format!("/api/containers/{name}")).json();
    assert_eq!(view["environment"], "SANDBOX");
    engine.docker(&["rm", "-f", &name]);
}

const LINES: &str = "document.querySelector('.log-lines').innerText";

#[test]
fn overview_updates_live_and_its_annotations_can_be_edited() {
    let engine = Engine::shared();
    let name = engine.run(&["--restart", "unless-stopped", "--label", "team=attic"]);
    let (app, client) = App::ready(&engine.host());
    let browser = Browser::signed_in(&app, &client, &format!("/containers/{name}"));
    assert_eq!(browser.text("main h1"), name);
    browser.says("Always, unless stopped manually");
    browser.says("bb:1");
    browser.in_order();

    browser.press("Add a description");
    browser.wait("document.activeElement.getAttribute('aria-label') === 'Description'");
    browser.keys("Plays <b>music</b> in the attic");
    browser.press("Save");
    browser.says("Plays <b>music</b> in the attic");
    browser.press("Environment: none");
    browser.press_in("[role=menu]", "DEV");
    browser.wait("document.querySelector('.head-line .env.dev')");
    let view = client.get(&format!("/api/containers/{name}")).json();
    assert_eq!(view["description"], "Plays <b>music</b> in the attic");
    assert_eq!(view["environment"], "DEV");
    browser.reload();
    browser.says("Plays <b>music</b> in the attic");

    engine.docker(&["stop", "-t", "5", &name]);
    browser.wait("document.querySelector('.head-line').innerText.includes('Stopped')");
    browser.press_in(".head", "Start");
    browser.wait("document.querySelector('.head-line').innerText.includes('Running')");
    // The page may be asking for it at that very moment.
    browser.expect_in_console("status of 404");
    engine.docker(&["rm", "-f", &name]);
    browser.says("This container no longer exists");
    assert_eq!(
        browser.eval(
            "[...document.querySelectorAll('.head > .actions button')].every((b) => b.disabled)"
        ),
        json!(true)
    );
    browser.in_order();

    browser.open(&format!("/containers/{name}"));
    browser.says("Container not found");
    browser.in_order();
}

#[test]
fn tabs_are_in_the_url_and_follow_arrow_keys() {
    let engine = Engine::shared();
    let name = engine.run(&[]);
    let (app, client) = App::ready(&engine.host());
    let browser = Browser::signed_in(&app, &client, &format!("/containers/{name}#configuration"));
    browser.wait("document.querySelector('#tab-configuration').ariaSelected === 'true'");
    browser.in_order();
    browser.press_in("[role=tablist]", "Overview");
    browser.wait("location.hash === '#overview'");
    browser.keys(key::RIGHT);
    browser.wait("location.hash === '#logs' && document.activeElement.id === 'tab-logs'");
    browser.wait(&format!("{LINES}.includes('tick')"));
    browser.in_order();
    browser.press_in("[role=tablist]", "CLI");
    browser.wait("document.querySelector('.cli pre')");
    browser.in_order();
    engine.docker(&["rm", "-f", &name]);
}

#[test]
fn log_is_followed_and_searched() {
    let engine = Engine::shared();
    let name = run(
        engine,
        &[],
        "for i in $(seq 1 400); do echo line number $i; done; echo WARN careful; echo ERROR broken; \
         while true; do echo fresh; sleep 0.2; done",
    );
    let (app, client) = App::ready(&engine.host());
    let browser = Browser::signed_in(&app, &client, &format!("/containers/{name}#logs"));
    browser.wait(&format!("{LINES}.includes('fresh')"));
    browser.wait("document.querySelector('.log-foot').innerText.includes('Live')");
    assert!(
        browser.count(".log-lines .line") < 120,
        "only those in sight are drawn"
    );
    let bottom = "(() => { const b = document.querySelector('.log-box'); return b.scrollHeight - b.scrollTop - b.clientHeight < 40; })()";
    browser.wait(bottom);
    // A menu stays open while the log runs on below.
    browser.click("[aria-label='More actions']");
    browser.wait("document.querySelector('.menu')");
    let lines = browser.eval("document.querySelector('.log-foot').innerText");
    browser.wait(&format!(
        "document.querySelector('.log-foot').innerText !== {lines} && document.querySelector('.log-box').scrollTop > 0"
    ));
    browser.wait("new Promise((done) => setTimeout(() => done(true), 500))");
    assert_eq!(browser.count(".menu"), 1);
    browser.keys(key::ESCAPE);
    browser.wait("!document.querySelector('.menu')");

    // Looking up stops the following; new lines are counted and one click away.
    browser.eval("document.querySelector('.log-box').scrollTop = 0");
    browser.wait(&format!("{LINES}.includes('line number 1\\n')"));
    browser.wait("document.querySelector('.log-new')?.innerText.match(/[1-9]\\d* new/)");
    assert_eq!(
        browser.eval("document.querySelector('.log-box').scrollTop"),
        json!(0),
        "the place is kept"
    );
    browser.press_in(".log", "new");
    browser.wait(bottom);
    browser.wait("!document.querySelector('.log-new')");

    browser.keys("/");
    browser.keys("Number 123");
    browser.wait("document.querySelector('.log-tools .found').innerText === '1'");
    browser.keys(key::ENTER);
    browser.wait("document.querySelector('.line.current mark')?.innerText === 'number 123'");
    browser.wait("(() => { const r = document.querySelector('.line.current').getBoundingClientRect(); return r.top > 0 && r.bottom < innerHeight; })()");
    browser.keys(key::ESCAPE);
    browser.wait("!document.querySelector('.log-lines mark')");

    browser.eval("(() => { const s = document.querySelector('select[aria-label=\"Which lines\"]'); s.value = 'warn'; s.dispatchEvent(new Event('change', { bubbles: true })); })()");
    browser.wait(&format!("{LINES}.trim() === 'WARN careful\\nERROR broken'"));
    assert_eq!(
        browser.count(".line.l-error") + browser.count(".line.l-warn"),
        2
    );

    // The end of the container is the end of the log, said plainly.
    engine.docker(&["kill", &name]);
    browser.wait("document.querySelector('.log-foot').innerText.includes('Ended')");
    browser.in_order();
    engine.docker(&["rm", "-f", &name]);
}

#[test]
fn markup_in_a_log_is_shown_as_text() {
    let engine = Engine::shared();
    let name = run(
        engine,
        &[],
        r"printf '\033[31mred alert\033[0m calm\n'; echo '<script>window.hacked=1</script><img src=x onerror=window.hacked=2>'; \
          printf '\033]0;stolen title\007after the title\n'; printf '\033[2J\033[Hcleared\n'; printf 'nul\000bell\007end\n'; \
          printf '\033]8;;https://evil.example\033\\link\033]8;;\033\\\n'; printf '\377\376 not utf8\n'; \
          printf 'gnp.\342\200\256exe\n'; seq -s x 1 9000; echo last words; sleep 1000",
    );
    let (app, client) = App::ready(&engine.host());
    let browser = Browser::signed_in(&app, &client, &format!("/containers/{name}#logs"));
    browser.wait(&format!("{LINES}.includes('last words')"));
    browser.eval("document.querySelector('.log-box').scrollTop = 0");
    browser.wait(&format!("{LINES}.includes('red alert')"));
    let text = browser.eval(LINES);
    let text = text.as_str().unwrap();
    for part in [
        "red alert calm",
        "<script>window.hacked=1</script><img src=x onerror=window.hacked=2>",
        "after the title",
        "cleared",
        "nulbellend",
        "not utf8",
    ] {
        assert!(text.contains(part), "{part} in {text:.2000}");
    }
    assert!(
        !text.contains("stolen") && !text.contains('\u{1b}') && !text.contains('\u{202e}'),
        "{text:.2000}"
    );
    assert_eq!(
        browser.eval("document.querySelector('.a-f1').innerText"),
        "red alert"
    );
    assert_eq!(browser.eval("window.hacked === undefined"), json!(true));
    assert_eq!(
        browser.count(".log-lines a, .log-lines img, .log-lines script"),
        0
    );
    assert!(
        browser
            .eval("document.title")
            .as_str()
            .unwrap()
            .contains(&name)
    );
    browser.in_order();
    engine.docker(&["rm", "-f", &name]);
}

#[test]
fn secrets_of_the_configuration_are_hidden_until_requested() {
    let engine = Engine::shared();
    let name = engine.run(&[
        "-e",
        "DB_PASSWORD=hunter2secret",
        "-e",
        "TZ=Europe/Berlin",
        "--memory",
        "64m",
        "-v",
        "/tmp:/data:ro",
    ]);
    let (app, client) = App::ready(&engine.host());
    let browser = Browser::signed_in(&app, &client, &format!("/containers/{name}#configuration"));
    browser.says("DB_PASSWORD env ••••••••");
    browser.says("Europe/Berlin");
    assert_eq!(
        browser.eval("document.querySelector('main').innerText.includes('hunter2secret')"),
        json!(false)
    );
    browser.press_in(".setting", "Show");
    browser.says("hunter2secret");
    browser.press_in(".setting", "Hide");
    browser.wait("!document.querySelector('main').innerText.includes('hunter2secret')");

    // What a beginner does not see is counted, and there when asked for.
    browser.press_in(".top", "Beginner");
    browser.wait("document.querySelector('.fold-button')");
    let folded = browser.count(".setting");
    browser.click(".fold-button");
    browser.wait(&format!(
        "document.querySelectorAll('.setting').length > {folded}"
    ));
    browser.type_into("input[aria-label='Find a setting']", "memory");
    browser.wait("document.querySelector('.settings-list').innerText.includes('64')");
    browser.in_order();
    engine.docker(&["rm", "-f", &name]);
}

#[test]
fn commands_follow_the_skill_level_and_are_copied_unchanged() {
    let engine = Engine::shared();
    let name = engine.run(&[]);
    let (app, client) = App::ready(&engine.host());
    let browser = Browser::signed_in(&app, &client, &format!("/containers/{name}#cli"));
    browser.cdp(
        "Browser.grantPermissions",
        json!({"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]}),
    );
    browser.press_in(".pick", "Stop it");
    let commands = client
        .get(&format!("/api/containers/{name}/commands?action=stop"))
        .json();
    for (level, tab, mode) in [
        ("Beginner", "Simple", "simple"),
        ("Advanced", "Script", "advanced"),
        ("Intermediate", "Intermediate", "intermediate"),
    ] {
        browser.press_in(".top", level);
        browser.wait(&format!(
            "document.querySelector('.cli [role=tab][aria-selected=true]').innerText === '{tab}'"
        ));
        let text = commands[mode]["text"].as_str().unwrap();
        browser.wait(&format!(
            "document.querySelector('.cli pre').textContent === {}",
            json!(text)
        ));
        browser.press_in(".cli", "Copy");
        browser.says("Copied");
        let copied = browser.wait("navigator.clipboard.readText()");
        assert_eq!(copied, text);
        browser.wait("document.querySelector('.cli header').innerText.includes('Copy\\n') || document.querySelector('.cli header').innerText.endsWith('Copy')");
    }
    // Program, subcommand, flag and value have a colour of their own.
    let parts = |kind: &str| {
        browser.eval(&format!(
            "[...document.querySelectorAll('.cli pre .{kind}')].map((e) => e.textContent)"
        ))
    };
    assert_eq!(parts("p"), json!(["docker"]));
    assert!(parts("k").as_array().unwrap().contains(&json!("stop")));
    let host = parts("v").to_string();
    assert!(host.contains("unix://"), "{host}");
    assert!(parts("f").as_array().unwrap().contains(&json!("-H")));
    assert_eq!(
        browser.eval("new Set(['p', 'k', 'v', 'f'].map((kind) => getComputedStyle(document.querySelector(`.cli pre .${kind}`)).color)).size"),
        4
    );
    assert_eq!(
        browser.eval("getComputedStyle(document.querySelector('.cli pre')).fontVariantLigatures"),
        "none"
    );
    let explained = commands["intermediate"]["explain"].as_array().unwrap();
    browser.click(".cli .x");
    browser.wait(&format!(
        "document.querySelector('.cli .why').innerText.includes({})",
        explained[0]["meaning"]
    ));
    browser.in_order();

    // What the page says is what a shell does.
    let script = commands["advanced"]["text"].as_str().unwrap();
    let output = std::process::Command::new("bash")
        .args(["-c", script])
        .env("DOCKER_HOST", engine.host())
        .env("PATH", "/usr/bin:/bin")
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(
        engine.docker(&["inspect", "-f", "{{.State.Running}}", &name]),
        "false"
    );
    engine.docker(&["rm", "-f", &name]);
}

#[test]
fn overview_begins_with_live_usage_the_last_log_lines_and_the_health_check() {
    let engine = Engine::shared();
    let script = "i=0; while true; do i=$((i+1)); echo line-$i; sleep 1; done";
    let check = [
        "--health-cmd",
        "echo checked the pump; test -e /well",
        "--health-interval",
        "1s",
        "--health-retries",
        "2",
    ];
    let name = run(engine, &check, script);
    let (app, client) = App::ready(&engine.host());
    let browser = Browser::signed_in(&app, &client, &format!("/containers/{name}"));
    let log = "document.querySelector('.latest-log').innerText";
    browser.wait(&format!("/line-\\d+/.test({log})"));
    // It is live, and never longer than its place.
    browser.wait(&format!(
        "/line-1\\d/.test({log}) && !/line-2\\b/.test({log})"
    ));
    browser.wait("document.querySelectorAll('.latest-log .line').length === 8");
    browser.wait("/ %/.test(document.querySelector('.live-strip').innerText)");
    browser.wait("document.querySelectorAll('.live-strip .spark .area').length >= 2");
    browser.wait("document.querySelector('.health-dots .crit')");
    browser.says("checked the pump");
    browser.says("Failed with exit code 1");
    engine.docker(&["exec", &name, "sh", "-c", ": > /well"]);
    browser.wait("document.querySelector('.health-dots .ok:last-child')");
    browser.in_order();
    browser.press("Open the charts");
    browser.wait("location.hash === '#stats'");
    engine.docker(&["rm", "-f", &name]);
}

#[test]
fn stop_of_production_asks_and_is_undone_while_it_is_under_way() {
    let engine = Engine::shared();
    // It takes its whole grace time to stop.
    let options = [
        "--label",
        "dockermate.environment=PRD",
        "--stop-timeout",
        "4",
    ];
    let name = run(
        engine,
        &options,
        "trap '' TERM; while true; do sleep 1; done",
    );
    let state = || engine.docker(&["inspect", "-f", "{{.State.Status}}", &name]);
    let started = || engine.docker(&["inspect", "-f", "{{.State.StartedAt}}", &name]);
    let before = started();
    let (app, client) = App::ready(&engine.host());
    let browser = Browser::signed_in(&app, &client, &format!("/containers/{name}"));
    browser.press_in(".head", "Stop");
    browser.says("whoever relies on it will notice");
    browser.says(&format!("{name} is tagged PRD: confirm to stop it."));
    assert_eq!(state(), "running");
    browser.press_in("dialog[open]", "Stop");
    browser.wait(
        "[...document.querySelectorAll('.toast button')].some((b) => b.innerText === 'Undo')",
    );
    assert_eq!(state(), "running", "it is offered at once");
    browser.press("Undo");
    browser.says("it is undone afterwards");
    browser.wait("document.querySelector('.head-line').innerText.includes('Running')");
    until("it runs again", SOON, || {
        (state() == "running" && started() != before).then_some(())
    });
    engine.docker(&["rm", "-f", &name]);
}
