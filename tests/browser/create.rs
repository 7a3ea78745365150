//! The form: a container is made, changed and copied with it, and whatever the
//! server refuses is told at the field it is about.

use crate::support::app::{App, free_port};
use crate::support::browser::{Browser, key};
use crate::support::client::Client;
use crate::support::engine::{Engine, number};
use serde_json::{Value, json};

/// Notes whether an operation was shown, however short it was.
const WATCH: &str = "void (window.ran = '', new MutationObserver(() => { const r = document.querySelector('.running'); if (r) window.ran += r.innerText; }).observe(document.body, { childList: true, subtree: true, characterData: true }))";

/// The field that an element of the form belongs to.
fn field(path: &str) -> String {
    format!("[data-field=\"{path}\"]")
}

pub fn choose(browser: &Browser, selector: &str, value: &str) {
    browser.wait(&format!("document.querySelector({})", json!(selector)));
    browser.eval(&format!(
        "(() => {{ const s = document.querySelector({}); s.value = {}; s.dispatchEvent(new Event('change', {{ bubbles: true }})); return true; }})()",
        json!(selector),
        json!(value)
    ));
}

/// Whatever is marked as wrong.
const MARKED: &str = "[aria-invalid=true], .field-error, .form-section.faulty";

/// A fault is told at its field, and nowhere else.
#[track_caller]
fn said_once(browser: &Browser, text: &str) {
    browser.says(text);
    let times = browser.eval(&format!(
        "document.querySelector('main').innerText.split({}).length - 1",
        json!(text)
    ));
    assert_eq!(times, json!(1), "{text}");
}

/// Opens a section if it is folded.
pub fn unfold(browser: &Browser, section: &str) {
    let head = format!("#section-{section} .section-head");
    browser.wait(&format!("document.querySelector({})", json!(head)));
    if browser.eval(&format!(
        "document.querySelector({}).ariaExpanded === 'false'",
        json!(head)
    )) == json!(true)
    {
        browser.click(&head);
    }
    browser.wait(&format!(
        "document.querySelector('#section-{section} .form-body')"
    ));
}

fn inspect(engine: &Engine, name: &str) -> Value {
    let text = engine.docker(&["inspect", name]);
    serde_json::from_str::<Value>(&text).unwrap()[0].take()
}

/// The plan is that of what stands in the form now.
pub fn planned(browser: &Browser) {
    browser.wait(
        "document.querySelector('.form-aside section').ariaBusy === 'false' && document.querySelector('.form-aside .plan-list')",
    );
}

fn set(client: &Client, settings: &Value) {
    let answer = client.send(
        "PATCH",
        "/api/settings",
        &[("Content-Type", "application/json")],
        settings.to_string().as_bytes(),
    );
    assert_eq!(answer.status, 200, "{}", answer.text());
}

/// A host of one environment, and a window in which nothing lies under the bar.
fn open(engine: &Engine, level: &str, path: &str) -> (App, Client, Browser) {
    let (app, client) = App::ready(&engine.host());
    set(
        &client,
        &json!({"skill_level": level, "host_environment": "DEV"}),
    );
    let browser = Browser::signed_in(&app, &client, path);
    browser.size(1440, 8000);
    (app, client, browser)
}

#[test]
fn container_is_created_from_the_list_page() {
    let engine = Engine::shared();
    let taken = engine.run(&[]);
    let port = free_port();
    let holder = engine.run(&["-p", &format!("{port}:80")]);
    let (_app, _client, browser) = open(engine, "beginner", "/containers");
    browser.expect_in_console("status of 400");
    browser.wait("document.querySelector('.row-item')");
    browser.keys("c");
    browser.wait("location.pathname === '/containers/new'");
    assert_eq!(browser.text("main h1"), "New container");
    browser.says("What should it begin with?");
    browser.in_order();
    browser.press("Name an image");
    browser.wait("document.activeElement.id === 'f-image'");
    browser.says("Waits for: image");
    assert_eq!(browser.count(MARKED), 0, "nothing is marked before a try");
    browser.in_order();

    // Nothing is refused before it was tried; then it stands at the field, which has the focus.
    browser.press_in(".create-bar", "Create and start");
    browser.wait("document.activeElement.id === 'f-image' && document.querySelector('#f-image').ariaInvalid === 'true'");
    said_once(&browser, "An image is required");
    browser.fill("#f-image", "bb:1");

    // A name that is taken is told while it is typed, and a free one is a click away.
    browser.fill("#f-name", &taken);
    browser.says("A container named");
    browser.click("#f-description");
    browser.wait("document.querySelector('#f-name').ariaInvalid === 'true'");
    said_once(&browser, "A container named");
    browser.click(".suggest .chip");
    let free = browser.wait(&format!(
        "(() => {{ const v = document.querySelector('#f-name').value; return v !== {} && v; }})()",
        json!(taken)
    ));
    assert!(free.as_str().unwrap().starts_with(&taken), "{free}");
    browser.wait("document.querySelector('.ok-hint')");
    let name = format!("made{}", number());
    browser.fill("#f-name", &name);

    // The port of another container, and the way out.
    browser.press("Publish a port");
    browser.wait("document.activeElement.closest('.form-row.port')");
    browser.fill(
        &format!("{} input", field("ports[0].host_port")),
        &port.to_string(),
    );
    browser.says(&format!("{holder} has port {port} already"));
    browser.fill(&format!("{} input", field("ports[0].container_port")), "80");
    browser.press_in(".form-row.port", "Use ");
    browser.wait(&format!(
        "document.querySelector('.form-row.port input').value !== '{port}'"
    ));
    browser.fill(
        &format!("{} input", field("ports[0].host_port")),
        &free_port().to_string(),
    );

    // A whole file of variables, its faults by line.
    browser.press("Paste .env");
    browser.wait("document.activeElement.id === 'env-paste'");
    browser.type_into("#env-paste", "# a comment\nexport GREETING=\"hello # you\"\nTZ=Europe/Berlin # note\nDB_PASSWORD='two\nlines'\nnonsense\n");
    browser.says("Line 6. An = is missing after “nonsense”.");
    browser.type_into("#env-paste", "LAST=1");
    browser.says("Line 6.");
    browser.fill("#env-paste", "# a comment\nexport GREETING=\"hello # you\"\nTZ=Europe/Berlin # note\nDB_PASSWORD='two\nlines'\n");
    browser.press("Add 3 variables");
    browser.wait("document.querySelectorAll('.form-row.pair').length === 3");
    assert_eq!(
        browser.eval("[...document.querySelectorAll('.pair .grow-cell input')].some((e) => e.type === 'text' && e.value.includes('two'))"),
        json!(false),
        "a secret is hidden"
    );
    planned(&browser);
    browser.says(&format!("Create the container {name} from bb:1."));
    browser.click(".cli-fold");
    browser.wait(&format!(
        "document.querySelector('.cli pre')?.textContent.includes('--name {name}')"
    ));
    browser.in_order();

    browser.eval(WATCH);
    browser.press_in(".create-bar", "Create and start");
    browser.wait(&format!("location.pathname === '/containers/{name}'"));
    browser.says("was created and is running");
    let ran = browser.eval("window.ran");
    assert!(
        ran.as_str().unwrap().contains(&format!("Create {name}")),
        "{ran}"
    );
    browser.in_order();
    let made = inspect(engine, &name);
    assert_eq!(made["State"]["Running"], true);
    assert_eq!(
        made["HostConfig"]["RestartPolicy"]["Name"],
        "unless-stopped"
    );
    let env = made["Config"]["Env"].as_array().unwrap();
    for wanted in [
        "GREETING=hello # you",
        "TZ=Europe/Berlin",
        "DB_PASSWORD=two\nlines",
    ] {
        assert!(env.contains(&json!(wanted)), "{wanted} in {env:?}");
    }
    engine.docker(&["rm", "-f", &name, &taken, &holder]);
}

#[test]
fn risk_needs_a_checkbox_and_an_error_is_shown_at_its_field() {
    let engine = Engine::shared();
    let name = format!("risk{}", number());
    let (_app, _client, browser) = open(engine, "intermediate", "/containers/new?image=bb:1");
    browser.expect_in_console("status of 400");
    browser.expect_in_console("status of 428");
    browser.fill("#f-name", &name);
    browser.press("Add a folder");
    browser.fill(&format!("{} input", field("mounts[0].source")), "/etc");
    browser.fill(
        &format!("{} input", field("mounts[0].target")),
        &format!("etc{}", key::TAB),
    );
    browser.wait(&format!(
        "document.querySelector('{} .field-error')?.innerText.includes('absolute path')",
        field("mounts[0].target")
    ));
    browser.press("Create and start");
    browser.wait(&format!(
        "document.activeElement.closest('{}')",
        field("mounts[0].target")
    ));
    browser.fill(&format!("{} input", field("mounts[0].target")), "/host-etc");
    // The danger is told at the folder before anything is sent.
    browser
        .wait("document.querySelector('.form-row.mount .row-warning')?.innerText.includes('/etc')");
    planned(&browser);
    browser.press("Create and start");
    browser.wait("document.activeElement.matches('[data-risk=mounts]')");
    browser.wait("document.querySelector('.create-bar [type=submit]').disabled");
    browser.in_order();
    browser.keys(" ");
    browser.wait("!document.querySelector('.create-bar [type=submit]').disabled");
    browser.press("Create and start");
    browser.wait(&format!("location.pathname === '/containers/{name}'"));
    let made = inspect(engine, &name);
    assert_eq!(made["HostConfig"]["Binds"], json!(["/etc:/host-etc"]));
    engine.docker(&["rm", "-f", &name]);
}

#[test]
fn failed_creation_keeps_the_form() {
    let engine = Engine::shared();
    let name = format!("fail{}", number());
    let (_app, _client, browser) = open(engine, "intermediate", "/containers/new#form");
    browser.fill("#f-image", "127.0.0.1:1/nothing:1");
    browser.fill("#f-name", &name);
    browser.fill("#f-description", "keeps what was typed");
    planned(&browser);
    browser.says("it is not on this host yet");
    browser.press("Create and start");
    browser.wait("document.querySelector('.form-failure')");
    browser.wait("document.activeElement.matches('.form-failure')");
    assert_eq!(
        browser.eval("document.querySelector('#f-description').value"),
        "keeps what was typed"
    );
    browser.in_order();

    // A reload loses nothing; leaving asks.
    browser.wait("Object.keys(sessionStorage).some((k) => k.startsWith('form:') && sessionStorage[k].includes('keeps what was typed'))");
    browser.reload();
    browser.wait("document.querySelector('#f-description')?.value === 'keeps what was typed'");
    browser.press_in("#side", "Dashboard");
    browser.says("Leave without saving?");
    browser.in_order();
    browser.press_in("dialog", "Stay");
    browser.wait("!document.querySelector('dialog')");
    assert_eq!(browser.path(), "/containers/new#form");
    browser.press_in("#side", "Dashboard");
    browser.press_in("dialog", "Leave");
    browser.wait("location.pathname === '/'");
    browser.open("/containers/new#form");
    browser.wait("document.querySelector('#f-description')?.value === ''");
}

#[test]
fn secret_is_not_kept_across_a_reload() {
    let engine = Engine::shared();
    let (_app, _client, browser) = open(engine, "intermediate", "/containers/new?image=bb:1");
    unfold(&browser, "variables");
    browser.press("Paste .env");
    browser.type_into("#env-paste", "DB_PASSWORD=hunter2secret\nTZ=UTC");
    browser.press("Add 2 variables");
    browser.wait("Object.keys(sessionStorage).some((k) => k.startsWith('form:') && sessionStorage[k].includes('DB_PASSWORD'))");
    assert_eq!(
        browser.eval("JSON.stringify(sessionStorage).includes('hunter2secret')"),
        json!(false)
    );
    browser.reload();
    browser.says("Secrets are not stored across a reload. Enter again: DB_PASSWORD.");
    browser.in_order();
}

#[test]
fn limit_is_changed_in_place_and_a_variable_recreates() {
    let engine = Engine::shared();
    let name = engine.run(&["-e", "COLOUR=red", "--label", "team=attic"]);
    let id = inspect(engine, &name)["Id"].clone();
    let (_app, client, browser) = open(engine, "intermediate", &format!("/containers/{name}"));
    browser.press_in(".head", "Edit");
    browser.wait(&format!("location.pathname === '/containers/{name}/edit'"));
    browser.says("Nothing was changed yet");
    // What is only said of it has no command.
    browser.fill("#f-description", "Paints the attic.");
    browser.says("Save its annotations");
    planned(&browser);
    browser.in_order();
    unfold(&browser, "limits");
    browser.fill("#f-cpus", "0.5");
    browser.says("Takes effect immediately");
    planned(&browser);
    browser.in_order();
    browser.press_in(".create-bar", "Save");
    browser.wait(&format!("location.pathname === '/containers/{name}'"));
    let now = inspect(engine, &name);
    assert_eq!(now["Id"], id, "it is the same container");
    let said = client.get(&format!("/api/containers/{name}")).json()["description"].take();
    assert_eq!(said, "Paints the attic.");
    assert_eq!(now["HostConfig"]["NanoCpus"], 500_000_000);

    browser.open(&format!("/containers/{name}/edit"));
    unfold(&browser, "variables");
    browser.fill(".pair .grow-cell input", "blue");
    browser.says("Needs a new container");
    browser.says("Because of env");
    let renamed = format!("{name}-blue");
    browser.fill("#f-name", &renamed);
    planned(&browser);
    browser.says(&format!("Rename {name} to {renamed}."));
    browser.in_order();
    browser.press_in(".create-bar", "Recreate");
    browser.wait("document.querySelector('.running')");
    browser.wait(&format!("location.pathname === '/containers/{renamed}'"));
    let now = inspect(engine, &renamed);
    assert_ne!(now["Id"], id);
    assert_eq!(now["Config"]["Labels"]["team"], "attic");
    assert_eq!(now["HostConfig"]["NanoCpus"], 500_000_000);
    let env = now["Config"]["Env"].as_array().unwrap();
    assert!(env.contains(&json!("COLOUR=blue")), "{env:?}");
    engine.docker(&["rm", "-f", &renamed]);
}

#[test]
fn production_change_needs_the_typed_name() {
    let engine = Engine::shared();
    let name = engine.run(&["--label", "dockermate.environment=PRD"]);
    let (_app, _client, browser) =
        open(engine, "intermediate", &format!("/containers/{name}/edit"));
    unfold(&browser, "limits");
    browser.fill("#f-cpus", "0.5");
    planned(&browser);
    browser.press_in(".create-bar", "Save");
    browser.wait("document.querySelector('dialog #confirm-name')");
    browser.in_order();
    assert_eq!(
        browser.eval("document.querySelector('dialog [type=submit]').disabled"),
        json!(true)
    );
    browser.type_into("#confirm-name", &name);
    browser.keys(key::ENTER);
    browser.wait(&format!("location.pathname === '/containers/{name}'"));
    assert_eq!(
        inspect(engine, &name)["HostConfig"]["NanoCpus"],
        500_000_000
    );
    engine.docker(&["rm", "-f", &name]);
}

#[test]
fn duplicate_gets_a_new_name_and_no_host_port() {
    let engine = Engine::shared();
    let port = free_port();
    let name = engine.run(&["-p", &format!("{port}:80"), "-e", "A=1"]);
    let (_app, _client, browser) = open(engine, "intermediate", "/containers");
    browser.press(&format!("More for {name}"));
    browser.press_in("[role=menu]", "More…");
    browser.press_in("[role=menu]", "Duplicate");
    browser.wait("location.search.startsWith('?from=')");
    assert_eq!(browser.text("main h1"), format!("Copy of {name}"));
    let copy = format!("{name}-2");
    browser.wait(&format!(
        "document.querySelector('#f-name').value === '{copy}'"
    ));
    assert_eq!(
        browser.eval("document.querySelector('.form-row.port input').value"),
        ""
    );
    planned(&browser);
    browser.in_order();
    browser.press("Create and start");
    browser.wait(&format!("location.pathname === '/containers/{copy}'"));
    let made = inspect(engine, &copy);
    let env = made["Config"]["Env"].as_array().unwrap();
    assert!(env.contains(&json!("A=1")), "{env:?}");
    engine.docker(&["rm", "-f", &name, &copy]);
}

#[test]
fn every_field_is_reachable_and_fields_with_values_are_unfolded() {
    let engine = Engine::shared();
    let name = engine.run(&[
        "--cap-add",
        "NET_ADMIN",
        "--sysctl",
        "net.ipv4.ip_forward=1",
        "--ulimit",
        "nofile=1024:2048",
    ]);
    let (_app, client, browser) = open(engine, "advanced", "/containers/new#form");
    browser.wait("document.querySelector('#section-advanced .form-body')");
    choose(&browser, "#f-network", "networks");
    choose(&browser, "#f-health", "shell");
    for add in [
        "Publish a port",
        "Add a volume",
        "Add a variable",
        "Add GPUs",
    ] {
        browser.press(add);
    }
    browser.wait(&format!(
        "document.querySelector('{}')",
        field("networks[0].mac")
    ));
    let here = browser
        .eval("[...document.querySelectorAll('[data-field]')].map((e) => e.dataset.field.split(/[.[]/)[0])");
    let api = client.get("/api/openapi.json").json();
    let fields = api["components"]["schemas"]["ContainerSpec"]["properties"]
        .as_object()
        .unwrap();
    assert!(fields.len() > 80, "{}", fields.len());
    let missing: Vec<_> = fields
        .keys()
        .filter(|key| !here.as_array().unwrap().contains(&json!(key)))
        .collect();
    assert!(missing.is_empty(), "no place in the form: {missing:?}");
    browser.in_order();

    // A beginner sees that there is more, and how much of it.
    set(&client, &json!({"skill_level": "beginner"}));
    browser.open(&format!("/containers/{name}/edit"));
    for section in ["security", "advanced", "limits"] {
        browser.wait(&format!(
            "document.querySelector('#section-{section} .section-head').ariaExpanded === 'false' && document.querySelector('#section-{section} .tag')?.innerText === '1 setting'"
        ));
    }
    unfold(&browser, "limits");
    browser.wait("document.querySelector('#f-ulimits').value === 'nofile=1024:2048'");
    assert_eq!(browser.count("#f-cpu_shares"), 0);
    browser.press_in("#section-limits", "more setting");
    browser.in_order();

    browser.open("/containers/there-is-none/edit");
    browser.says("Container not found");
    browser.open("/containers/new?from=there-is-none");
    browser.says("Container not found");
    browser.in_order();
    engine.docker(&["rm", "-f", &name]);
}

#[test]
fn mixed_host_asks_for_an_environment() {
    let engine = Engine::shared();
    let name = format!("mixed{}", number());
    let (_app, client, browser) = open(engine, "beginner", "/containers");
    set(&client, &json!({"host_environment": "MIXED"}));
    browser.open("/containers/new?image=bb:1");
    browser.expect_in_console("status of 400");
    browser.fill("#f-name", &name);
    browser.says("Waits for: environment");
    assert_eq!(browser.count(MARKED), 0, "not marked before it was tried");
    browser.press_in(".create-bar", "Create and start");
    browser.wait(
        "document.querySelector('#f-env-e') && document.activeElement.name === 'environment'",
    );
    browser.press_in(".radios", "Development");
    planned(&browser);
    browser.press_in(".create-bar", "Create and start");
    browser.wait(&format!("location.pathname === '/containers/{name}'"));
    let view = client.get(&format!("/api/containers/{name}")).json();
    assert_eq!(view["environment"], "DEV");
    engine.docker(&["rm", "-f", &name]);
}

#[test]
fn three_beginnings_work_by_keyboard_and_keep_what_was_begun() {
    let engine = Engine::shared();
    let (_app, _client, browser) = open(engine, "beginner", "/containers/new");
    browser.wait("document.querySelectorAll('.beginning').length === 3");
    assert_eq!(browser.count("form.create #f-image"), 1);
    browser.in_order();
    // By the keyboard: each is one stop, in their order.
    browser.eval("void document.querySelector('.beginning').focus()");
    browser.keys(key::TAB);
    browser.wait("document.activeElement.matches('.beginning.paste')");
    browser.keys(key::ENTER);
    browser.wait("document.activeElement.id === 'paste-run' && location.hash === '#paste'");
    browser.fill("#paste-run", "docker run --name half bb:1");
    browser.says("1 container read.");
    browser.press_in(".paste-start", "Back");
    browser.wait("document.querySelector('.begin')");
    browser.press("Paste a command");
    browser.wait("document.querySelector('#paste-run').value === 'docker run --name half bb:1'");
    browser.press("Begin with something else");
    browser.press("Name an image");
    browser.wait("document.activeElement.id === 'f-image'");
    browser.fill("#f-image", "nginx:1.27");
    browser.fill("#f-name", "half-done");
    // Back to the beginnings and on: nothing is lost, also by way of the templates.
    browser.press("Begin with something else");
    browser.says("You have begun half-done.");
    browser.in_order();
    browser.press("Browse the templates");
    browser.wait("location.pathname === '/templates'");
    browser.back();
    browser.wait("document.querySelector('.begun')");
    browser.press_in(".begun", "Continue");
    browser.wait("document.querySelector('#f-name')?.value === 'half-done' && document.querySelector('#f-image').value === 'nginx:1.27'");
    browser.press("Begin with something else");
    browser.press_in(".begun", "Discard");
    browser.wait("!document.querySelector('.begun')");
    browser.press("Name an image");
    browser.wait("document.querySelector('#f-name').value === ''");
    // An address that names a beginning needs none.
    browser.open("/containers/new?image=bb:1");
    browser.wait("document.querySelector('#f-image')?.value === 'bb:1'");
    assert_eq!(browser.count(".beginning"), 0);
}

#[test]
fn field_is_marked_when_it_was_left_and_the_summary_leads_to_it() {
    let engine = Engine::shared();
    let (_app, _client, browser) = open(engine, "intermediate", "/containers/new?image=bb:1");
    browser.press("Publish a port");
    let host = format!("{} input", field("ports[0].host_port"));
    let inside = format!("{} input", field("ports[0].container_port"));
    browser.fill(&host, "8099");
    browser.fill(&inside, "x");
    browser.says("Waits for: port 8099");
    assert_eq!(browser.count(MARKED), 0, "not while it is typed");
    browser.keys(key::TAB);
    browser.wait(&format!(
        "document.querySelector({}).ariaInvalid === 'true'",
        json!(inside)
    ));
    said_once(&browser, "A port from 1 to 65535, or a range");
    browser.press("Add a folder");
    browser.fill(&format!("{} input", field("mounts[0].source")), "/srv/data");
    assert_eq!(browser.count("#section-storage .field-error"), 0);
    unfold(&browser, "limits");
    browser.fill("#f-pids_limit", "many");
    browser.press_in(".create-bar", "Create and start");
    browser.says("3 fields to correct:");
    said_once(&browser, "is not a whole number");
    said_once(&browser, "Enter the path that it has in the container");
    browser.in_order();
    // The summary names the fields, and leads to each of them.
    browser.press_in(".bar-status", "Processes");
    browser.wait("document.activeElement.id === 'f-pids_limit'");
    browser.press_in(".bar-status", "port 8099");
    browser.wait(&format!(
        "document.activeElement === document.querySelector({})",
        json!(inside)
    ));
    browser.fill(&inside, "80");
    browser.fill("#f-pids_limit", "100");
    browser.wait("!document.querySelector('.bar-status').innerText.includes('Processes')");
    browser.in_order();
}

#[test]
fn refusal_of_the_engine_is_told_at_its_field() {
    let engine = Engine::shared();
    let name = format!("refused{}", number());
    let (_app, _client, browser) = open(engine, "intermediate", "/containers/new?image=not-here:1");
    browser.fill("#f-name", &name);
    browser.says("Not on this host yet");
    choose(&browser, "#f-pull", "never");
    planned(&browser);
    browser.press_in(".create-bar", "Create and start");
    browser.wait("document.querySelector('.form-failure') && document.activeElement.id === 'f-image' && document.activeElement.ariaInvalid === 'true'");
    said_once(&browser, "does not exist on this host");
    assert_eq!(
        browser.eval("document.querySelector('#f-name').value"),
        json!(name)
    );
    browser.in_order();
    // Corrected, it is created.
    browser.fill("#f-image", "bb:1");
    planned(&browser);
    browser.press_in(".create-bar", "Create and start");
    browser.wait(&format!("location.pathname === '/containers/{name}'"));
    engine.docker(&["rm", "-f", &name]);
}

#[test]
fn plan_opens_from_the_bar_in_a_narrow_window() {
    let engine = Engine::shared();
    let (_app, _client, browser) = open(engine, "beginner", "/containers/new#form");
    for width in [820, 390] {
        browser.size(width, 900);
        browser.open("/containers/new#form");
        browser
            .wait("document.querySelector('.plan-toggle')?.innerText.includes('waits for image')");
        // In sight without scrolling, and the plan is not.
        let seen = "(() => { const r = document.querySelector('.create-bar [type=submit]').getBoundingClientRect(); return r.top > 0 && r.bottom <= innerHeight; })()";
        browser.wait(seen);
        browser.wait("!document.querySelector('#create-plan').checkVisibility()");
        browser.click(".plan-toggle");
        browser.wait("document.querySelector('#create-plan').checkVisibility() && document.querySelector('.plan-toggle').ariaExpanded === 'true'");
        browser.says("Waits for: image");
        browser.in_order();
        browser.keys(key::ESCAPE);
        browser.wait("!document.querySelector('#create-plan').checkVisibility() && document.activeElement.matches('.plan-toggle')");
        browser.fill("#f-image", "bb:1");
        browser.wait("/ steps?/.test(document.querySelector('.plan-toggle').innerText)");
        browser.click(".plan-toggle");
        browser.wait("document.querySelector('#create-plan .plan-list')?.checkVisibility()");
        browser.wait(seen);
        browser.in_order();
        browser.press("Begin with something else");
        browser.press_in(".begun", "Discard");
    }
    browser.size(1440, 900);
    browser.open("/containers/new#form");
    browser.wait("document.querySelector('#create-plan').checkVisibility() && !document.querySelector('.plan-toggle').checkVisibility()");
}

#[test]
fn image_proposes_its_ports_folders_and_variables() {
    let engine = Engine::shared();
    let tag = format!("proposes{}:1", number());
    engine.import(
        &tag,
        &[
            "EXPOSE 80",
            "EXPOSE 9443",
            "VOLUME /var/lib/app",
            "ENV APP_MODE=quiet",
            "ENV APP_VERSION=3",
            "CMD [\"sleep\", \"1000\"]",
        ],
    );
    let (_app, client, browser) = open(engine, "beginner", "/containers/new#form");
    browser.fill("#f-image", &tag);
    browser.fill("#f-name", "app");
    browser.says("On this host.");
    browser.says("Publish 80/tcp as");
    browser.says("Keep /var/lib/app in a volume");
    assert_eq!(
        browser.eval("document.querySelector('main').innerText.includes('APP_VERSION')"),
        json!(false)
    );
    assert_eq!(browser.count(".form-row"), 0, "nothing is set by itself");
    browser.in_order();
    let known = client
        .get(&format!("/api/images/proposals?image={tag}"))
        .json();
    let host = known["ports"][0]["host_port"].clone();
    browser.press("Publish 80/tcp as");
    browser.wait(&format!(
        "document.querySelector('[data-field=\"ports[0].host_port\"] input').value === '{host}' && document.querySelector('[data-field=\"ports[0].container_port\"] input').value === '80'"
    ));
    browser.wait("!document.querySelector('.proposals[aria-label=\"Ports of the image\"]').innerText.includes(' 80/tcp')");
    browser.press("Keep /var/lib/app in a volume");
    browser.wait("document.querySelector('[data-field=\"mounts[0].source\"] input').value === 'app-app' && document.querySelector('[data-field=\"mounts[0].target\"] input').value === '/var/lib/app'");
    browser.press("APP_MODE=quiet");
    browser.wait(
        "[...document.querySelectorAll('.pair .grow-cell input')].some((e) => e.value === 'quiet')",
    );
    // What is set is neither proposed nor changed.
    browser.wait("!document.querySelector('.proposals[aria-label=\"Variables of the image\"]')");
    browser.in_order();
    engine.docker(&["rmi", &tag]);
    // Of an image that is elsewhere nothing is known before a pull, which can fail.
    browser.fill("#f-image", "127.0.0.1:1/nothing:1");
    browser.says("Its ports, folders and variables are known after the pull.");
    browser.press("Pull now");
    browser.wait("document.querySelector('#f-image').ariaInvalid === 'true' && document.querySelector('#f-image-e')");
}
