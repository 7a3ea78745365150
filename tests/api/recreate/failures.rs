//! Whatever fails on the way puts everything back, and says why.

use super::compare::Snapshot;
use super::{known, nothing_left, recreate};
use crate::support::app::App;
use crate::support::client::{Answer, Client};
use crate::support::engine::{Engine, Name, number};
use crate::support::proxy::{Proxy, Refusal};
use serde_json::{Value, json};

fn run<'a>(engine: &'a Engine, arguments: &[&str], command: &[&str]) -> Name<'a> {
    let name = engine.name("t");
    let mut all = vec!["run", "-d", "--name", &name];
    all.extend(arguments);
    all.push("bb:1");
    all.extend(command);
    engine.docker(&all);
    name
}

fn with(client: &Client, engine: &Engine, name: &str, changes: Value) -> Answer {
    known(client, engine, name);
    recreate(
        client,
        name,
        &json!({"changes": changes, "stable_seconds": 1, "pull": "never"}),
    )
}

/// It went back, for this reason, and everything is as it was.
#[track_caller]
fn went_back(
    client: &Client,
    engine: &Engine,
    before: &Snapshot,
    name: &str,
    answer: &Answer,
    words: &[&str],
) {
    assert_eq!(answer.problem(), "rolled_back", "{}", answer.text());
    let operation = client.get("/api/operations?limit=1").json()["items"][0].clone();
    assert_eq!(
        (operation["target"].as_str(), operation["state"].as_str()),
        (Some(name), Some("rolled_back")),
        "{operation}"
    );
    let told = operation["message"].as_str().unwrap();
    assert_eq!(answer.json()["message"].as_str().unwrap_or(told), told);
    let shown = format!("{told} {}", operation["log_lines"]);
    for word in words {
        assert!(shown.contains(word), "{word}: {shown}");
    }
    let steps = operation["steps"].as_array().unwrap();
    assert!(
        steps.iter().any(|step| step["state"] == "failed"),
        "{operation}"
    );
    // The rollback is a step that succeeded.
    let last = steps.last().unwrap();
    assert!(
        last["title"].as_str().unwrap().starts_with("Roll "),
        "{operation}"
    );
    assert_eq!(last["state"], "succeeded", "{operation}");
    same(engine, before, name);
}

#[track_caller]
fn same(engine: &Engine, before: &Snapshot, name: &str) {
    let after = Snapshot::of(engine, name);
    let said = before.differences(&after);
    assert!(said.is_empty(), "{name}: {}", said.join("\n"));
    assert_eq!(before.id, after.id, "{name}: the old one itself is back");
    nothing_left(engine, name);
}

#[test]
fn log_lines_of_a_failed_container_are_shown_and_neither_stored_nor_logged() {
    let engine = Engine::isolated();
    let (mut app, client) = App::ready(&engine.host());
    let name = run(engine, &[], &[]);
    let fails = json!({"command": ["sh", "-c", "echo TOKEN=$((6*7))secret; exit 7"]});
    let answer = with(&client, engine, &name, fails);
    assert_eq!(answer.problem(), "rolled_back", "{}", answer.text());
    let lines = json!(["TOKEN=42secret"]);
    assert_eq!(answer.json()["log_lines"], lines);
    let newest = |client: &Client| client.get("/api/operations?limit=1").json()["items"][0].clone();
    let operation = newest(&client);
    assert_eq!(operation["log_lines"], lines);
    assert!(!operation["message"].as_str().unwrap().contains("42secret"));
    assert!(!app.log().contains("42secret"), "{}", app.log());
    app.stop();
    app.up();
    let again = newest(&client);
    assert_eq!(
        (&again["id"], &again["state"]),
        (&operation["id"], &json!("rolled_back"))
    );
    assert_eq!(again["log_lines"], Value::Null);
}

#[test]
fn failing_replacement_is_rolled_back() {
    let engine = Engine::isolated();
    let (_app, client) = App::ready(&engine.host());
    let name = run(engine, &["--restart", "always", "-v", "/data"], &[]);
    let before = Snapshot::of(engine, &name);
    let answer = with(
        &client,
        engine,
        &name,
        json!({"command": ["sh", "-c", "echo boo; exit 7"], "restart": "no"}),
    );
    went_back(
        &client,
        engine,
        &before,
        &name,
        &answer,
        &["exit code 7", "boo", &name],
    );
    let answer = with(
        &client,
        engine,
        &name,
        json!({"command": ["sh", "-c", "exit 7"]}),
    );
    went_back(
        &client,
        engine,
        &before,
        &name,
        &answer,
        &["keeps restarting"],
    );
    let answer = with(
        &client,
        engine,
        &name,
        json!({"command": ["/no/such/program"]}),
    );
    went_back(
        &client,
        engine,
        &before,
        &name,
        &answer,
        &["/no/such/program"],
    );
    let check = json!({"test": ["CMD-SHELL", "exit 1"], "interval": "1s", "retries": 1});
    let answer = with(&client, engine, &name, json!({"healthcheck": check}));
    went_back(&client, engine, &before, &name, &answer, &["health check"]);
    let answer = with(&client, engine, &name, json!({"cap_add": ["NONSENSE"]}));
    went_back(&client, engine, &before, &name, &answer, &["NONSENSE"]);
    // A program of the engine's machine that nobody could know of.
    let port = 20000 + number();
    let _holder = run(
        engine,
        &["--network", "host"],
        &["nc", "-l", "-p", &port.to_string()],
    );
    let answer = with(
        &client,
        engine,
        &name,
        json!({"ports": [format!("{port}:80")]}),
    );
    went_back(
        &client,
        engine,
        &before,
        &name,
        &answer,
        &[&port.to_string()],
    );
}

#[test]
fn failing_replacement_is_stopped_before_the_rollback() {
    let engine = Engine::isolated();
    let (_app, client) = App::ready(&engine.host());
    let name = run(engine, &["-v", "/data"], &[]);
    let before = Snapshot::of(engine, &name);
    let line = "trap 'echo kept > /data/last; exit 0' TERM; while true; do sleep 1 & wait; done";
    let check = json!({"test": ["CMD-SHELL", "exit 1"], "interval": "1s", "retries": 1});
    let changes = json!({"command": ["sh", "-c", line], "healthcheck": check});
    let answer = with(&client, engine, &name, changes);
    went_back(&client, engine, &before, &name, &answer, &["health check"]);
    assert_eq!(engine.docker(&["exec", &name, "cat", "/data/last"]), "kept");
}

#[test]
fn recreate_that_is_refused_beforehand_changes_nothing() {
    let engine = Engine::isolated();
    let (_app, client) = App::ready(&engine.host());
    let network = engine.name("net");
    let third = number() % 200;
    engine.docker(&[
        "network",
        "create",
        "--subnet",
        &format!("10.77.{third}.0/24"),
        &network,
    ]);
    let address = |last: u32| format!("10.77.{third}.{last}");
    let neighbour = run(
        engine,
        &["--network", &network, "--ip", &address(9), "-p", "19809:80"],
        &[],
    );
    let name = run(engine, &["--network", &network], &[]);
    known(&client, engine, &neighbour);
    let before = Snapshot::of(engine, &name);
    let started = engine.inspect(&name)["State"]["StartedAt"].clone();
    for (changes, code, field) in [
        (json!({"image": "nowhere:1"}), "image_missing", ""),
        (
            json!({"networks": ["nonet"]}),
            "network_missing",
            "networks[0].name",
        ),
        (
            json!({"networks": [{"name": network, "ipv4": address(9)}]}),
            "address_unavailable",
            "networks[0].ipv4",
        ),
        (
            json!({"networks": [{"name": network, "ipv4": "10.78.0.1"}]}),
            "address_unavailable",
            "networks[0].ipv4",
        ),
        (
            json!({"ports": ["19809:80"]}),
            "port_taken",
            "ports[0].host_port",
        ),
        (json!({"name": "other"}), "invalid_request", "changes.name"),
        (
            json!({"colour": "red"}),
            "invalid_request",
            "changes.colour",
        ),
        (
            json!({"memory": "much"}),
            "invalid_request",
            "changes.memory",
        ),
        (json!({"env": ["=x"]}), "invalid_request", "env[0]"),
    ] {
        let answer = with(&client, engine, &name, changes.clone());
        assert!(
            (400..=422).contains(&answer.status),
            "{changes}: {}",
            answer.text()
        );
        let problem = answer.json();
        assert_eq!(
            problem["field"].as_str().unwrap_or(""),
            field,
            "{changes}: {problem}"
        );
        if code != "invalid_request" {
            assert_eq!(answer.problem(), code, "{changes}: {problem}");
        }
    }
    let answer = recreate(&client, &name, &json!({"stable_seconds": 601}));
    assert_eq!(answer.json()["field"], "stable_seconds");
    same(engine, &before, &name);
    assert_eq!(
        engine.inspect(&name)["State"]["StartedAt"],
        started,
        "it never stopped"
    );
}

#[test]
fn stopped_or_paused_container_has_the_same_state_after_a_rollback() {
    let engine = Engine::isolated();
    let (_app, client) = App::ready(&engine.host());
    let bad = json!({"command": ["sh", "-c", "exit 7"]});
    let frozen = run(engine, &["--restart", "on-failure:2"], &[]);
    engine.docker(&["pause", &frozen]);
    let before = Snapshot::of(engine, &frozen);
    let answer = with(&client, engine, &frozen, bad);
    went_back(&client, engine, &before, &frozen, &answer, &["restarting"]);
    assert_eq!(engine.inspect(&frozen)["State"]["Status"], "paused");

    let stopped = engine.name("t");
    engine.docker(&[
        "create",
        "--name",
        &stopped,
        "--restart",
        "unless-stopped",
        "bb:1",
    ]);
    let before = Snapshot::of(engine, &stopped);
    let answer = with(&client, engine, &stopped, json!({"cap_add": ["NONSENSE"]}));
    went_back(&client, engine, &before, &stopped, &answer, &["NONSENSE"]);
}

#[test]
fn auto_remove_container_is_created_again_by_the_rollback() {
    let engine = Engine::isolated();
    let (_app, client) = App::ready(&engine.host());
    let network = engine.name("net");
    engine.docker(&["network", "create", &network]);
    let name = run(
        engine,
        &[
            "--rm",
            "-v",
            "/data",
            "--network",
            &network,
            "--network-alias",
            "web",
        ],
        &[],
    );
    let two = format!("{network}-two");
    engine.docker(&["network", "create", &two]);
    engine.docker(&["network", "connect", "--alias", "two", &two, &name]);
    engine.docker(&["exec", &name, "sh", "-c", "echo kept > /data/marker"]);
    let inside = run(engine, &["--network", &format!("container:{name}")], &[]);
    known(&client, engine, &inside);
    let before = Snapshot::of(engine, &name);
    let inner = Snapshot::of(engine, &inside);
    let answer = with(
        &client,
        engine,
        &name,
        json!({"command": ["sh", "-c", "exit 7"], "restart": null}),
    );
    assert_eq!(answer.problem(), "rolled_back", "{}", answer.text());
    for (name, before) in [(&name, &before), (&inside, &inner)] {
        let said = before.differences(&Snapshot::of(engine, name));
        assert!(said.is_empty(), "{name}: {}", said.join("\n"));
        nothing_left(engine, name);
    }
    assert_eq!(
        engine.docker(&["exec", &name, "cat", "/data/marker"]),
        "kept"
    );
}

/// Its tag has moved to an image that does not work.
#[test]
fn auto_remove_container_is_rolled_back_to_its_own_image() {
    let engine = Engine::isolated();
    let (_app, client) = App::ready(&engine.host());
    let tag = format!("breaks{}:1", number());
    engine.build(&tag, &[r#"CMD ["sleep", "9999"]"#]);
    let name = engine.name("t");
    engine.docker(&["run", "-d", "--rm", "--name", &name, &tag]);
    let before = engine.inspect(&name);
    engine.build(&tag, &[r#"CMD ["sh", "-c", "exit 3"]"#]);
    let answer = with(&client, engine, &name, json!({"env": ["A=1"]}));
    assert_eq!(answer.problem(), "rolled_back", "{}", answer.text());
    let after = engine.inspect(&name);
    assert_eq!(after["Image"], before["Image"]);
    assert_eq!(after["State"]["Running"], true);
    nothing_left(engine, &name);
}

#[test]
fn failing_dependent_rolls_all_containers_back() {
    let engine = Engine::isolated();
    let (_app, client) = App::ready(&engine.host());
    let owner = run(engine, &["-v", "/data"], &[]);
    // It works the first and the third time that it is started.
    let line = "trap exit TERM; n=$(cat /count/n 2>/dev/null || echo 0); echo $((n+1)) > /count/n; [ $n = 1 ] && exit 9; sleep 9999 & wait";
    let inside = run(
        engine,
        &["--network", &format!("container:{owner}"), "-v", "/count"],
        &["sh", "-c", line],
    );
    known(&client, engine, &inside);
    let before = Snapshot::of(engine, &owner);
    let inner = Snapshot::of(engine, &inside);
    let answer = with(&client, engine, &owner, json!({}));
    went_back(
        &client,
        engine,
        &before,
        &owner,
        &answer,
        &["exit code 9", &inside],
    );
    same(engine, &inner, &inside);
    assert_eq!(engine.docker(&["exec", &inside, "cat", "/count/n"]), "3");
}

#[test]
fn rollback_reports_a_restored_container_that_does_not_start() {
    let engine = Engine::isolated();
    let (_app, client) = App::ready(&engine.host());
    let folder = crate::support::engine::root().join(format!("folder-{}", number()));
    std::fs::create_dir(&folder).unwrap();
    let mount = format!("type=bind,source={},target=/x", folder.display());
    let name = run(engine, &["--mount", &mount], &[]);
    known(&client, engine, &name);
    // The engine looks again at each start, and refuses to make a new one.
    std::fs::remove_dir(&folder).unwrap();
    let id = Snapshot::of(engine, &name).id;
    let answer = with(
        &client,
        engine,
        &name,
        json!({"mounts": [], "command": ["sh", "-c", "exit 7"]}),
    );
    assert_eq!(answer.problem(), "rolled_back", "{}", answer.text());
    let told = answer.json()["detail"].to_string() + &answer.json()["message"].to_string();
    assert!(told.contains("could not be started:"), "{}", answer.text());
    assert_eq!(Snapshot::of(engine, &name).id, id);
    nothing_left(engine, &name);
}

#[test]
fn rename_that_the_engine_only_pretends_to_do_is_rolled_back_before_anything_is_removed() {
    let engine = Engine::shared();
    let proxy = Proxy::start(engine.socket());
    let (_app, client) = App::ready(&proxy.host());
    let name = run(engine, &[], &["sleep", "1000"]);
    known(&client, engine, &name);
    let before = Snapshot::of(engine, &name);
    let wanted = format!("rename?name={}", &*name);
    let mut is_first = true;
    proxy.filter(move |request| {
        let is_ours = request.starts_with("POST ") && request.ends_with(&wanted);
        (is_ours && std::mem::take(&mut is_first)).then_some(Refusal::Answer {
            status: 204,
            content_type: "text/plain",
            body: "",
        })
    });
    let answer = with(&client, engine, &name, json!({}));
    went_back(&client, engine, &before, &name, &answer, &["still called"]);
}
