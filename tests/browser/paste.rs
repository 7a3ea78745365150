//! A pasted `docker run` fills the form, says what it could not take over and
//! where, and becomes a template.

use crate::support::app::{App, NO_ENGINE, free_port};
use crate::support::browser::Browser;
use crate::support::engine::{Engine, number};
use serde_json::json;

/// What is selected in the text box.
const MARKED: &str = "(() => { const b = document.activeElement; return b.value.slice(b.selectionStart, b.selectionEnd); })()";

#[test]
fn pasted_run_line_creates_a_container() {
    let engine = Engine::shared();
    let (app, client) = App::ready(&engine.host());
    assert_eq!(
        client
            .send(
                "PATCH",
                "/api/settings",
                &[("Content-Type", "application/json")],
                br#"{"host_environment": "DEV"}"#
            )
            .status,
        200
    );
    let browser = Browser::signed_in(&app, &client, "/containers/new");
    browser.size(1440, 8000);
    let (name, port) = (format!("pasted{}", number()), free_port());
    browser.press("Paste a command");
    browser.says("only parsed, never run.");
    browser.in_order();

    // What is wrong is named with its place, and a click goes there.
    let line = format!(
        "# the web server\n$ docker run -d \\\n  --name={name} -p {port}:80 --no-such-thing 5 \\\n  -e 'GREETING=hello <b>you</b> & me' \\\n  -v {name}-data:/data:ro bb:1 sleep 100000"
    );
    browser.fill("#paste-run", &line);
    browser.says("Line 3, column");
    browser.says("Ignored");
    browser.press_in(".remarks", "Line 3, column");
    let marked = browser.eval(MARKED);
    assert!(
        marked.as_str().unwrap().starts_with("--no-such-thing"),
        "{marked}"
    );
    browser.in_order();
    let line = line.replace("--no-such-thing 5 ", "-e ME=$(id -u) --env-file ./my.env ");
    browser.fill("#paste-run", &line);
    // What only the shell would know is asked for, and so is a file.
    browser.fill("#paste-variable-UID", "1000");
    browser.fill("[id='paste-file-./my.env']", "FROM_FILE=yes\n");
    browser.wait("!document.querySelector('.remarks .bad, .remarks .look')");
    browser.says("1 container read.");
    browser.press("Fill in the form");
    browser.wait(&format!(
        "document.querySelector('#f-name')?.value === '{name}'"
    ));
    browser.wait("document.querySelector('#f-image').value === 'bb:1' && !document.querySelector('#paste-run').checkVisibility()");
    browser.wait(&format!(
        "document.querySelector('[data-field=\"ports[0].host_port\"] input').value === '{port}'"
    ));
    browser.wait(&format!(
        "document.querySelector('.cli pre')?.textContent.includes('{name}-data:/data:ro')"
    ));
    browser.press_in(".create-bar", "Create and start");
    browser.wait(&format!("location.pathname === '/containers/{name}'"));
    let made = engine.inspect(&name);
    assert_eq!(made["State"]["Running"], true);
    assert_eq!(made["Config"]["Cmd"], json!(["sleep", "100000"]));
    let env = made["Config"]["Env"].as_array().unwrap();
    for wanted in ["GREETING=hello <b>you</b> & me", "ME=1000", "FROM_FILE=yes"] {
        assert!(env.contains(&json!(wanted)), "{wanted} in {env:?}");
    }
    assert_eq!(
        made["HostConfig"]["PortBindings"]["80/tcp"][0]["HostPort"],
        port.to_string()
    );
    assert_eq!(
        made["HostConfig"]["Binds"],
        json!([format!("{name}-data:/data:ro")])
    );
    engine.docker(&["rm", "-f", &name]);

    // Several at once: one is chosen. And what is no such command is said.
    browser.open("/containers/new");
    browser.press("Paste a command");
    browser.fill(
        "#paste-run",
        "docker run --name one bb:1\ndocker run --name two bb:1",
    );
    browser.says("2 containers read.");
    browser.fill("#paste-run", "apt-get install nginx");
    browser.says("No container was found.");
    browser.fill(
        "#paste-run",
        "docker run --name one bb:1\ndocker run --name two bb:1",
    );
    browser.press("Fill in two");
    browser.wait("document.querySelector('#f-name').value === 'two'");
    browser.in_order();
}

#[test]
fn pasted_run_line_creates_a_template() {
    let (app, client) = App::ready(NO_ENGINE);
    let browser = Browser::signed_in(&app, &client, "/templates?source=own");
    browser.press("Import a file");
    browser.fill(
        "#import-text",
        "docker run -d --name=sonarr -e PUID=1000 -e API_TOKEN=hunter2 -p 8989:8989 -v /path/to/config:/config lscr.io/linuxserver/sonarr:latest",
    );
    browser.press("Preview");
    browser.says("1 template can be imported");
    browser.says("The value of API_TOKEN was left out");
    browser.in_order();
    browser.press("Import 1 template");
    browser.says("1 template imported");
    let own = client.get("/api/templates?source=own").json();
    assert_eq!(own["items"][0]["name"], "sonarr");
    let text = client.get(&format!(
        "/api/templates/{}",
        own["items"][0]["id"].as_str().unwrap()
    ));
    assert!(!text.text().contains("hunter2"), "{}", text.text());
    browser.in_order();
}

#[test]
fn open_placeholder_stays_empty_and_stops_create() {
    let engine = Engine::shared();
    let (app, client) = App::ready(&engine.host());
    client.json(
        "PATCH",
        "/api/settings",
        &json!({"host_environment": "DEV"}),
    );
    let browser = Browser::signed_in(&app, &client, "/containers/new#paste");
    browser.size(1440, 4000);
    let name = format!("asks{}", number());
    browser.fill(
        "#paste-run",
        &format!("docker run -d --name {name} --network none -e DB_PASSWORD='<your-password>' -e TZ=MY_TIME_ZONE -e MY_VAR=fine -e URL=https://app.example.com/x -v /path/to/data:/data bb:1"),
    );
    browser.says("4 values of the text are yet to be chosen by you");
    browser.press("Fill in the form");
    browser.wait(&format!(
        "document.querySelector('#f-name').value === '{name}'"
    ));
    browser.says("Waits for: 4 answers");
    browser.says("The command says <your-password> here");
    browser.wait("document.querySelectorAll('.to-fill').length === 4");
    assert_eq!(
        browser.count("[aria-invalid=true]"),
        0,
        "asked, and not marked as wrong"
    );
    let value = |field: &str, input: &str| {
        browser.eval(&format!(
            "document.querySelector('[data-field=\"{field}\"] {input}').value"
        ))
    };
    assert_eq!(value("env[0]", ".grow-cell input"), "");
    assert_eq!(value("env[2]", ".grow-cell input"), "fine");
    assert_eq!(
        value("env[3]", ".grow-cell input"),
        "https://app.example.com/x"
    );
    assert_eq!(value("mounts[0].source", "input"), "");
    browser.in_order();
    // It is not created with them.
    browser.press_in(".create-bar", "Create and start");
    browser.wait("document.querySelectorAll('[aria-invalid=true]').length === 4");
    browser.says("4 fields to correct:");
    assert!(engine.try_docker(&["inspect", &name]).is_none());
    browser.in_order();
    // A reload keeps the questions; answered, it is created.
    let folder = format!("/srv/{name}");
    browser.wait("Object.keys(sessionStorage).some((k) => k.startsWith('form:') && sessionStorage[k].includes('MY_TIME_ZONE'))");
    browser.reload();
    browser.says("Waits for: 4 answers");
    for (field, answer) in [
        ("[data-field='env[0]'] .grow-cell input", "hunter2"),
        ("[data-field='env[1]'] .grow-cell input", "Europe/Berlin"),
        (
            "[data-field='env[3]'] .grow-cell input",
            "https://app.home.lan/x",
        ),
        ("[data-field='mounts[0].source'] input", folder.as_str()),
    ] {
        browser.fill(field, answer);
    }
    browser.wait("!document.querySelector('.waits-for') && document.querySelector('.plan-list')");
    browser.press_in(".create-bar", "Create and start");
    browser.wait(&format!("location.pathname === '/containers/{name}'"));
    let env = engine.inspect(&name)["Config"]["Env"].clone();
    assert!(
        env.as_array().unwrap().contains(&json!("TZ=Europe/Berlin")),
        "{env}"
    );
    engine.docker(&["rm", "-f", &name]);
    let _ = std::fs::remove_dir(folder);
}
