//! A journal that is not of this moment, and an engine that is not the one or is about to
//! stop: the container that works is never given up for one that cannot be had.

use super::known;
use super::rollback::state;
use crate::support::app::{App, at_signal};
use crate::support::client::Client;
use crate::support::engine::Engine;
use crate::support::proxy::{Proxy, When};
use crate::support::wait::{SOON, until};
use rustix::process::Signal;
use serde_json::{Value, json};
use std::time::Duration;

/// Starts a recreation that watches for long, and returns in the middle of that.
pub fn watched(client: &Client, engine: &Engine, name: &str, seconds: u32, changes: &Value) {
    let body = json!({"changes": changes, "stable_seconds": seconds, "pull": "never"});
    let answer = client.send(
        "POST",
        &format!("/api/containers/{name}/recreate"),
        &[
            ("Content-Type", "application/json"),
            ("Prefer", "respond-async"),
        ],
        body.to_string().as_bytes(),
    );
    assert_eq!(answer.status, 202, "{}", answer.text());
    until("the new one is watched", SOON, || {
        let newest = newest(client);
        let step = newest["steps"].as_array()?.last()?["title"].to_string();
        (step.contains("Watch") && state(engine, name) == "running").then_some(())
    });
}

fn newest(client: &Client) -> Value {
    client.get("/api/operations?limit=1").json()["items"][0].clone()
}

pub fn over(client: &Client) -> Value {
    until("the operation is over", Duration::from_mins(2), || {
        let newest = newest(client);
        (!newest["finished_at"].is_null()).then_some(newest)
    })
}

#[test]
fn container_runs_again_after_the_engine_was_stopped_during_its_recreation() {
    let mut engine = Engine::start();
    let (_app, client) = App::ready(&engine.host());
    let name = "web";
    engine.docker(&[
        "run",
        "-d",
        "--name",
        name,
        "--network",
        "none",
        "--restart",
        "unless-stopped",
        "-v",
        "web-data:/data",
        "bb:1",
    ]);
    let id = engine.inspect(name)["Id"].clone();
    known(&client, &engine, name);
    watched(&client, &engine, name, 60, &json!({"labels": {"a": "b"}}));
    // Its containers are stopped first, while connections that are open still answer.
    engine.down();
    engine.up();
    until("only the old one is left, and runs", SOON, || {
        let all = engine.docker(&["ps", "-a", "--format", "{{.Names}}"]);
        (all == name && engine.inspect(name)["Id"] == id && state(&engine, name) == "running")
            .then_some(())
    });
    let policy = &engine.inspect(name)["HostConfig"]["RestartPolicy"]["Name"];
    assert_eq!(policy, "unless-stopped");
}

#[test]
fn restored_backup_with_an_open_entry_does_not_undo_what_succeeded_since() {
    let engine = Engine::isolated();
    let (mut app, client) = App::ready(&engine.host());
    let sleeps = "CMD [\"sleep\", \"100000\"]";
    engine.import("bb:more", &["VOLUME /new", sleeps]);
    for rm in [false, true] {
        let name = engine.name("b");
        let mut line = vec!["run", "-d", "--name", &name, "-v", "/data", "bb:1"];
        if rm {
            line.insert(2, "--rm");
        }
        engine.docker(&line);
        let old = engine.inspect(&name)["Id"].clone();
        known(&client, engine, &name);
        watched(&client, engine, &name, 5, &json!({"image": "bb:more"}));
        let copy = app.dir().join(format!("copy-{name}"));
        let made = app.command(&["backup", copy.to_str().unwrap()]);
        assert!(made.status.success(), "{made:?}");
        assert_eq!(over(&client)["state"], "succeeded");
        engine.docker(&["exec", &name, "sh", "-c", "echo weeks > /new/marker"]);
        let new = engine.inspect(&name)["Id"].clone();
        assert_ne!(new, old);

        app.stop();
        std::fs::copy(&copy, app.data_dir().join("db/data.mdb")).unwrap();
        let key = copy.with_extension("key");
        std::fs::copy(key, app.data_dir().join("secret.key")).unwrap();
        app.up();
        let recovered = over(&client);
        assert_eq!(recovered["state"], "succeeded", "{recovered}");
        assert_eq!(engine.inspect(&name)["Id"], new, "{recovered}");
        let read = engine.docker(&["exec", &name, "cat", "/new/marker"]);
        assert_eq!(read, "weeks");
    }
}

#[test]
fn recovery_waits_while_the_data_of_the_engine_is_somewhere_else() {
    let mut engine = Engine::start();
    let (mut app, client) = App::ready(&engine.host());
    let name = "web";
    engine.docker(&["run", "-d", "--name", name, "--network", "none", "bb:1"]);
    let id = engine.inspect(name)["Id"].clone();
    known(&client, &engine, name);
    watched(&client, &engine, name, 60, &json!({"labels": {"a": "b"}}));
    at_signal(app.pid(), Signal::KILL)();
    app.ended();
    engine.down();
    engine.move_data_away();
    engine.up();
    app.up();
    let waits = until("it is said why nothing is done", SOON, || {
        let newest = newest(&client);
        let message = newest["message"].as_str()?.to_owned();
        message.contains("discard this operation").then_some(newest)
    });
    assert_eq!(waits["error"], "recovery_pending");
    let dashboard = client.page("/").text();
    assert!(
        dashboard.contains("Interrupted: Recreate web"),
        "{dashboard}"
    );
    app.stop();
    engine.down();
    engine.bring_data_back();
    engine.up();
    app.up();
    assert_eq!(over(&client)["state"], "rolled_back");
    assert_eq!(engine.inspect(name)["Id"], id);
    assert_eq!(state(&engine, name), "running");
    assert_eq!(engine.docker(&["ps", "-a", "--format", "{{.Names}}"]), name);
}

#[test]
fn recovery_of_a_creation_waits_for_the_engine_that_it_began_on() {
    let (first, other) = (Engine::start(), Engine::start());
    let proxy = Proxy::start(first.socket());
    let (mut app, client) = App::ready(&proxy.host());
    let kill = at_signal(app.pid(), Signal::KILL);
    proxy.arm_for("/containers/create", 1, When::After, kill);
    let spec = json!({
        "image": "bb:1", "name": "web", "environment": "DEV", "network_mode": "none",
    });
    let _ = client.try_json("POST", "/api/containers?pull=never", &spec);
    assert!(!proxy.disarm(), "{:?}", proxy.seen());
    app.ended();
    app.reach(&other.host());
    app.up();
    let waits = until("it is said why nothing is done", SOON, || {
        let newest = newest(&client);
        let message = newest["message"].as_str()?.to_owned();
        message.contains("Another engine").then_some(newest)
    });
    assert_eq!(waits["error"], "recovery_pending");
    app.stop();
    app.reach(&proxy.host());
    app.up();
    assert_eq!(over(&client)["state"], "rolled_back");
    assert_eq!(first.docker(&["ps", "-a", "--format", "{{.Names}}"]), "");
}

#[test]
fn new_container_is_kept_when_the_old_one_that_the_engine_removed_cannot_be_created_again() {
    let engine = Engine::isolated();
    let (_app, client) = App::ready(&engine.host());
    let name = engine.name("b");
    engine.import("bb:lost", &["CMD [\"sleep\", \"100000\"]"]);
    engine.docker(&["run", "-d", "--rm", "--name", &name, "bb:lost"]);
    known(&client, engine, &name);
    // It runs, and does not become healthy.
    let check = json!({"test": ["CMD", "false"], "interval": "3s", "retries": 2});
    let changes = json!({"image": "bb:1", "healthcheck": check});
    watched(&client, engine, &name, 60, &changes);
    engine.docker(&["rmi", "-f", "bb:lost"]);
    let ended = over(&client);
    assert!(
        ended["message"]
            .as_str()
            .unwrap()
            .contains("The new one was kept"),
        "{ended}"
    );
    assert_eq!(state(engine, &name), "running", "{ended}");
}
