//! Containers that use the namespaces or volumes of others: they are recreated
//! with them, in order.

use super::compare::Snapshot;
use super::{again, known, nothing_left, succeeded, twice};
use crate::support::app::App;
use crate::support::engine::Engine;
use serde_json::json;

fn run(engine: &Engine, name: &str, arguments: &[&str]) {
    let mut all = vec!["run", "-d", "--name", name];
    all.extend(arguments);
    all.push("bb:1");
    engine.docker(&all);
}

#[test]
fn health_check_that_needs_its_dependents_passes_with_them() {
    let engine = Engine::isolated();
    let (_app, client) = App::ready(&engine.host());
    let owner = engine.name("t");
    let inside = format!("{owner}-inside");
    run(
        engine,
        &owner,
        &[
            "--health-cmd",
            "wget -q -O - http://127.0.0.1:8080/ || exit 1",
            "--health-interval",
            "1s",
            "--health-retries",
            "5",
        ],
    );
    let network = format!("container:{owner}");
    let line = "mkdir -p /www; echo here > /www/index.html; exec httpd -f -p 8080 -h /www";
    engine.docker(&[
        "run",
        "-d",
        "--name",
        &inside,
        "--network",
        &network,
        "bb:1",
        "sh",
        "-c",
        line,
    ]);
    known(&client, engine, &inside);
    known(&client, engine, &owner);
    succeeded(&again(&client, &owner));
    nothing_left(engine, &owner);
    assert_eq!(
        engine.docker(&[
            "exec",
            &owner,
            "wget",
            "-q",
            "-O",
            "-",
            "http://127.0.0.1:8080/"
        ]),
        "here"
    );
}

#[test]
fn dependents_of_every_namespace_are_recreated_too() {
    let engine = Engine::isolated();
    let (_app, client) = App::ready(&engine.host());
    let owner = engine.name("t");
    let name = |rest: &str| format!("{owner}-{rest}");
    let inside = format!("container:{owner}");
    run(engine, &owner, &["-v", "/data", "--ipc", "shareable"]);
    run(engine, &name("net"), &["--network", &inside, "-v", "/own"]);
    run(engine, &name("pid"), &["--pid", &inside, "--ipc", &inside]);
    run(
        engine,
        &name("vol"),
        &[
            "--volumes-from",
            &format!("{owner}:ro"),
            "--network",
            "none",
        ],
    );
    // A chain of three, and one that does not run.
    run(
        engine,
        &name("chain"),
        &["--pid", &format!("container:{}", name("net"))],
    );
    engine.docker(&[
        "create",
        "--name",
        &name("idle"),
        "--network",
        &inside,
        "bb:1",
    ]);
    run(engine, &name("aside"), &[]);
    let with: Vec<String> = ["net", "pid", "vol", "chain", "idle"]
        .iter()
        .map(|rest| name(rest))
        .collect();
    engine.docker(&["exec", &owner, "sh", "-c", "echo kept > /data/marker"]);
    let before: Vec<Snapshot> = with.iter().map(|name| Snapshot::of(engine, name)).collect();
    let aside = Snapshot::of(engine, &name("aside")).id;
    for name in &with {
        known(&client, engine, name);
    }
    known(&client, engine, &owner);
    let plan = client
        .post(
            &format!("/api/containers/{owner}/recreate?dry_run=true"),
            &json!({}),
        )
        .json();
    for name in &with {
        assert!(plan["steps"].to_string().contains(name.as_str()), "{plan}");
    }
    let said = twice(&client, engine, &owner);
    assert!(said.is_empty(), "{}", said.join("\n"));
    for (name, before) in with.iter().zip(&before) {
        let after = Snapshot::of(engine, name);
        assert_ne!(before.id, after.id, "{name} came along");
        let said = before.differences(&after);
        assert!(said.is_empty(), "{name}: {}", said.join("\n"));
        nothing_left(engine, name);
    }
    assert_eq!(
        Snapshot::of(engine, &name("aside")).id,
        aside,
        "an unrelated container was touched"
    );
    assert_eq!(
        engine.docker(&["exec", &name("vol"), "cat", "/data/marker"]),
        "kept"
    );
    // They are in the new one's namespace, not in a dead one's.
    engine.docker(&["exec", &owner, "sh", "-c", "hostname > /data/name"]);
    assert_eq!(
        engine.docker(&["exec", &owner, "hostname"]),
        engine.docker(&["exec", &name("net"), "hostname"])
    );
    let operation = client.get("/api/operations?limit=1").json()["items"][0].clone();
    let made: Vec<_> = operation["result"]["containers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|made| made["name"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(made[0], *owner);
    let at = |rest: &str| made.iter().position(|made| *made == name(rest)).unwrap();
    assert!(at("net") < at("chain"), "{made:?}");
    assert_eq!(made.len(), 6);
}

#[test]
fn stopped_and_paused_dependents_keep_their_state() {
    let engine = Engine::isolated();
    let (_app, client) = App::ready(&engine.host());
    let owner = engine.name("t");
    let name = |rest: &str| format!("{owner}-{rest}");
    let inside = format!("container:{owner}");
    run(engine, &owner, &[]);
    run(engine, &name("stopped"), &["--network", &inside]);
    run(engine, &name("frozen"), &["--network", &inside]);
    run(
        engine,
        &name("going"),
        &["--rm", "--network", &inside, "-v", "/data"],
    );
    engine.docker(&[
        "exec",
        &name("going"),
        "sh",
        "-c",
        "echo kept > /data/marker",
    ]);
    engine.docker(&["stop", &name("stopped")]);
    engine.docker(&["pause", &name("frozen")]);
    let all: Vec<String> = ["stopped", "frozen", "going"]
        .iter()
        .map(|rest| name(rest))
        .collect();
    let before: Vec<Snapshot> = all.iter().map(|name| Snapshot::of(engine, name)).collect();
    for name in &all {
        known(&client, engine, name);
    }
    let said = twice(&client, engine, &owner);
    assert!(said.is_empty(), "{}", said.join("\n"));
    for (name, before) in all.iter().zip(&before) {
        let said = before.differences(&Snapshot::of(engine, name));
        assert!(said.is_empty(), "{name}: {}", said.join("\n"));
    }
    assert_eq!(
        engine.docker(&["exec", &name("going"), "cat", "/data/marker"]),
        "kept"
    );
}

/// The engine keeps a link to the container itself, not to its name: with the
/// old one the link would go.
#[test]
fn linked_containers_keep_their_link() {
    let engine = Engine::isolated();
    let (_app, client) = App::ready(&engine.host());
    let owner = engine.name("t");
    let linking = format!("{owner}-linking");
    run(engine, &owner, &[]);
    run(engine, &linking, &["--link", &format!("{owner}:db")]);
    let before = Snapshot::of(engine, &linking);
    known(&client, engine, &owner);
    known(&client, engine, &linking);
    succeeded(&again(&client, &owner));
    let said = before.differences(&Snapshot::of(engine, &linking));
    assert!(said.is_empty(), "{}", said.join("\n"));
    let hosts = engine.docker(&["exec", &linking, "cat", "/etc/hosts"]);
    let id = Snapshot::of(engine, &owner).id;
    assert!(hosts.contains(&id[..12]), "{hosts}");
}

#[test]
fn recreating_a_dependent_leaves_its_owner_untouched() {
    let engine = Engine::isolated();
    let (_app, client) = App::ready(&engine.host());
    let owner = engine.name("t");
    let inside = format!("{owner}-inside");
    run(engine, &owner, &[]);
    run(
        engine,
        &inside,
        &["--network", &format!("container:{owner}")],
    );
    let before = Snapshot::of(engine, &owner).id;
    let said = twice(&client, engine, &inside);
    assert!(said.is_empty(), "{}", said.join("\n"));
    assert_eq!(Snapshot::of(engine, &owner).id, before);
}

/// The requested container needs no confirmation; its dependent is production.
#[test]
fn production_dependent_needs_confirmation_and_is_backed_up() {
    let engine = Engine::isolated();
    let (_app, client) = App::ready(&engine.host());
    let owner = engine.name("t");
    let inside = format!("{owner}-db");
    let environment = |code: &str| format!("dockermate.environment={code}");
    run(engine, &owner, &["--label", &environment("DEV")]);
    let network = format!("container:{owner}");
    run(
        engine,
        &inside,
        &["--network", &network, "--label", &environment("PRD")],
    );
    known(&client, engine, &inside);
    let answer = again(&client, &owner);
    assert_eq!(answer.status, 428, "{}", answer.text());
    assert_eq!(answer.json()["confirm"], "recreate 2", "{}", answer.text());
    let path = format!("/api/containers/{owner}/recreate?confirm=recreate%202");
    succeeded(&client.post(&path, &json!({"stable_seconds": 0, "pull": "never"})));
    let kept = client
        .get(&format!("/api/backups?container={inside}"))
        .json();
    assert_eq!(kept["items"].as_array().map(Vec::len), Some(1), "{kept}");
    nothing_left(engine, &owner);
}

/// The engine lists the newest first, so the one that depends on both is met
/// before the one in between.
#[test]
fn dependents_are_started_after_what_they_depend_on() {
    let engine = Engine::isolated();
    let (_app, client) = App::ready(&engine.host());
    let owner = engine.name("t");
    let (middle, last) = (format!("{owner}-middle"), format!("{owner}-last"));
    run(engine, &owner, &["-v", "/data"]);
    run(
        engine,
        &middle,
        &["--network", &format!("container:{owner}")],
    );
    let pid = engine.docker(&["inspect", "-f", "{{.Id}}", &middle]);
    run(
        engine,
        &last,
        &[
            "--volumes-from",
            &owner,
            "--pid",
            &format!("container:{pid}"),
        ],
    );
    for name in [&middle, &last] {
        known(&client, engine, name);
    }
    succeeded(&again(&client, &owner));
    let now = engine.docker(&["inspect", "-f", "{{.Id}}", &middle]);
    assert_eq!(
        engine.inspect(&last)["HostConfig"]["PidMode"],
        format!("container:{now}")
    );
    assert_eq!(engine.inspect(&last)["State"]["Running"], true);
    nothing_left(engine, &owner);
}
