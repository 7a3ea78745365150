//! Saved configurations of containers that live in others: restored, each uses the
//! container that has the name of its partner now.

use super::ready;
use crate::api::recreate::known;
use crate::support::client::Client;
use crate::support::engine::Engine;
use serde_json::{Value, json};

const PRD: [&str; 2] = ["--label", "dockermate.environment=PRD"];

fn run(engine: &Engine, name: &str, arguments: &[&str]) {
    let line = ["run", "-d", "--stop-timeout", "0", "--name", name];
    engine.docker(&[&line[..], &PRD[..], arguments, &["bb:1"]].concat());
}

fn backup(client: &Client, name: &str) -> String {
    let all = client.get(&format!("/api/backups?container={name}")).json();
    all["items"][0]["id"].as_str().unwrap().to_owned()
}

fn restore(client: &Client, backup: &str, query: &str) -> (u16, Value) {
    let answer = client.post(&format!("/api/backups/{backup}/restore{query}"), &json!({}));
    (answer.status, answer.json())
}

#[track_caller]
fn is_inside(engine: &Engine, name: &str, key: &str, owner: &str) {
    let mode = engine.inspect(name)["HostConfig"][key].clone();
    let id = engine.inspect(owner)["Id"].as_str().unwrap().to_owned();
    assert_eq!(mode, format!("container:{id}"), "{name} {key}");
    assert_eq!(engine.inspect(name)["State"]["Status"], "running");
}

#[test]
fn deleted_container_is_restored_into_the_owner_that_was_recreated_since() {
    let engine = Engine::isolated();
    let (_app, client) = ready(engine);
    let (owner, inside) = (engine.name("g"), engine.name("g"));
    run(engine, &owner, &["--ipc", "shareable", "-v", "/data"]);
    let of = format!("container:{owner}");
    let id = engine.inspect(&owner)["Id"].as_str().unwrap().to_owned();
    let all = [
        "--network",
        &of,
        "--ipc",
        &of,
        "--pid",
        &of,
        "--volumes-from",
        &id,
    ];
    run(engine, &inside, &all);
    known(&client, engine, &owner);
    known(&client, engine, &inside);
    let gone = client.delete(&format!(
        "/api/containers/{inside}?force=true&confirm={inside}"
    ));
    assert_eq!(gone.status, 200, "{}", gone.text());
    let body = json!({"stable_seconds": 0, "pull": "never"});
    let again = client.post(
        &format!("/api/containers/{owner}/recreate?confirm={owner}"),
        &body,
    );
    assert_eq!(again.status, 200, "{}", again.text());
    let saved = backup(&client, &inside);
    let detail = client.get(&format!("/api/backups/{saved}")).json();
    assert_eq!(detail["spec"]["network_mode"], of.as_str(), "{detail}");
    let (status, plan) = restore(&client, &saved, "?dry_run=true");
    assert_eq!(status, 200, "{plan}");
    assert!(plan["warnings"].to_string().contains(&*owner), "{plan}");
    let (status, restored) = restore(&client, &saved, "");
    assert_eq!(status, 200, "{restored}");
    for key in ["NetworkMode", "IpcMode", "PidMode"] {
        is_inside(engine, &inside, key, &owner);
    }
    let mounts = engine.inspect(&inside)["Mounts"].clone();
    assert_eq!(
        mounts[0]["Name"],
        engine.inspect(&owner)["Mounts"][0]["Name"]
    );
    engine.docker(&["rm", "-f", &inside, &owner]);
}

#[test]
fn containers_deleted_together_are_restored_one_after_another() {
    let engine = Engine::isolated();
    let (_app, client) = ready(engine);
    let (owner, inside) = (engine.name("g"), engine.name("g"));
    run(engine, &owner, &["-v", "/data"]);
    let of = format!("container:{owner}");
    run(
        engine,
        &inside,
        &["--network", &of, "--volumes-from", &owner],
    );
    known(&client, engine, &owner);
    known(&client, engine, &inside);
    let body = json!({"action": "delete", "force": true, "containers": [*owner, *inside]});
    let gone = client.post("/api/containers/bulk?confirm=delete%202", &body);
    assert_eq!(gone.status, 200, "{}", gone.text());
    let (first, second) = (backup(&client, &owner), backup(&client, &inside));
    // Its owner has to be there.
    let (status, refused) = restore(&client, &second, "?dry_run=true");
    assert_eq!(status, 400, "{refused}");
    let said = refused["detail"].as_str().unwrap();
    assert!(said.contains(&*owner), "{refused}");
    let (status, restored) = restore(&client, &first, "");
    assert_eq!(status, 200, "{restored}");
    let (status, restored) = restore(&client, &second, "");
    assert_eq!(status, 200, "{restored}");
    is_inside(engine, &inside, "NetworkMode", &owner);
    engine.docker(&["rm", "-f", &inside, &owner]);
}
