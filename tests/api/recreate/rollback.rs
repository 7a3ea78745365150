//! Rollbacks while others work on the same containers, and entries of the
//! journal that act a second time because their end was lost.

use super::{known, recreate};
use crate::support::app::{App, at_signal};
use crate::support::client::{Answer, Client};
use crate::support::engine::Engine;
use crate::support::proxy::{Proxy, When};
use crate::support::wait::{SOON, until};
use rustix::process::Signal;
use serde_json::{Value, json};
use std::process::Command;

fn failing(client: &Client, name: &str) -> Answer {
    let fails = json!({"entrypoint": [], "command": ["sh", "-c", "exit 7"]});
    recreate(
        client,
        name,
        &json!({"changes": fails, "stable_seconds": 1, "pull": "never"}),
    )
}

/// A recreation whose new container fails after a while; `meanwhile` is what others do
/// while it runs.
fn failing_later(engine: &Engine, client: &Client, name: &str, meanwhile: impl FnOnce()) -> Answer {
    let id = engine.inspect(name)["Id"].clone();
    let body = json!({"changes": {"command": ["sh", "-c", "sleep 4; exit 3"]}, "stable_seconds": 30, "pull": "never"});
    let path = format!("/api/containers/{name}/recreate");
    std::thread::scope(|scope| {
        let recreation = scope.spawn(|| client.json("POST", &path, &body));
        until("the new one runs", SOON, || {
            let now = engine.inspect(name);
            (now["Id"] != id && now["State"]["Running"] == true).then_some(())
        });
        meanwhile();
        recreation.join().unwrap()
    })
}

fn takes_the_name(engine: &Engine, name: &str) -> impl FnOnce() + Send + 'static {
    let mut command = engine.client();
    command.args(["run", "-d", "--name", name, "bb:1"]);
    move || assert!(command.output().unwrap().status.success())
}

pub fn state(engine: &Engine, reference: &str) -> String {
    engine.docker(&["inspect", "-f", "{{.State.Status}}", reference])
}

#[test]
fn rollback_leaves_the_old_container_and_its_dependents_stopped_when_its_name_is_taken() {
    let engine = Engine::isolated();
    let proxy = Proxy::start(engine.socket());
    let (_app, client) = App::ready(&proxy.host());
    let name = engine.name("b");
    let user = format!("{name}-user");
    engine.docker(&[
        "run",
        "-d",
        "--name",
        &name,
        "--restart",
        "on-failure:3",
        "-v",
        "/data",
        "bb:1",
    ]);
    engine.docker(&[
        "run",
        "-d",
        "--name",
        &user,
        "--volumes-from",
        &name,
        "bb:1",
    ]);
    let old = known(&client, engine, &name)["id"]
        .as_str()
        .unwrap()
        .to_owned();
    known(&client, engine, &user);
    until("it runs again", SOON, || {
        (state(engine, &name) == "running").then_some(())
    });
    known(&client, engine, &name);
    known(&client, engine, &user);
    // The new one of the dependent is removed before that of the container.
    proxy.arm_for("DELETE ", 2, When::Along, takes_the_name(engine, &name));
    let answer = failing(&client, &name);
    let seen = proxy.seen();
    assert!(!proxy.disarm(), "{seen:?}");
    assert_eq!(
        answer.problem(),
        "rolled_back",
        "{} {seen:?}",
        answer.text()
    );
    let detail = answer.json()["detail"].as_str().unwrap().to_owned();
    assert!(
        detail.contains("left stopped") && detail.contains("docker rename"),
        "{detail}"
    );
    let inspect = engine.inspect(&old);
    assert_eq!(inspect["State"]["Status"], "exited", "{seen:?}");
    // The engine does not start it after a restart either.
    assert_eq!(inspect["HostConfig"]["RestartPolicy"]["Name"], "no");
    assert_eq!(state(engine, &user), "exited", "{detail}");
    assert_ne!(engine.inspect(&name)["Id"], old.as_str());
    // What it says brings everything back.
    engine.docker(&["rm", "-f", "-v", &name]);
    let commands = detail.split("then run: ").nth(1).unwrap();
    for command in commands.split(" && ") {
        let mut words: Vec<&str> = command.split_whitespace().collect();
        words.truncate(if words[1] == "start" { 3 } else { 5 });
        assert_eq!(words[0], "docker", "{detail}");
        engine.docker(&words[1..]);
    }
    let inspect = engine.inspect(&name);
    assert_eq!(
        (&inspect["Id"], &inspect["State"]["Status"]),
        (&json!(old), &json!("running"))
    );
    let policy = json!({"Name": "on-failure", "MaximumRetryCount": 3});
    assert_eq!(inspect["HostConfig"]["RestartPolicy"], policy);
}

#[test]
fn rollback_of_a_container_that_the_engine_removed_does_not_adopt_another_of_its_name() {
    let engine = Engine::isolated();
    let proxy = Proxy::start(engine.socket());
    let (_app, client) = App::ready(&proxy.host());
    let name = engine.name("b");
    engine.docker(&["run", "-d", "--rm", "--name", &name, "-v", "/data", "bb:1"]);
    engine.docker(&["exec", &name, "sh", "-c", "echo kept > /data/marker"]);
    known(&client, engine, &name);
    // The first is the new one, the second what the rollback creates again.
    proxy.arm_for(
        "/containers/create",
        2,
        When::Along,
        takes_the_name(engine, &name),
    );
    let answer = failing(&client, &name);
    assert!(!proxy.disarm(), "{:?}", proxy.seen());
    assert_eq!(answer.problem(), "rolled_back", "{}", answer.text());
    let detail = answer.json()["detail"].as_str().unwrap().to_owned();
    let restored = detail
        .split("It is called ")
        .nth(1)
        .unwrap()
        .split_whitespace()
        .next()
        .unwrap();
    let restored = restored.trim_end_matches('.').to_owned();
    let inspect = engine.inspect(&restored);
    assert_eq!(inspect["State"]["Status"], "created", "{detail}");
    engine.docker(&["rm", "-f", &name]);
    engine.docker(&["rename", &restored, &name]);
    engine.docker(&["start", &name]);
    assert_eq!(
        engine.docker(&["exec", &name, "cat", "/data/marker"]),
        "kept"
    );
}

#[test]
fn rollback_creates_an_old_container_again_that_others_have_removed() {
    let engine = Engine::isolated();
    let (_app, client) = App::ready(&engine.host());
    let name = engine.name("b");
    engine.docker(&[
        "run", "-d", "--name", &name, "-v", "/data", "-e", "A=1", "bb:1",
    ]);
    engine.docker(&["exec", &name, "sh", "-c", "echo kept > /data/marker"]);
    let id = engine.inspect(&name)["Id"].clone();
    known(&client, engine, &name);
    let answer = failing_later(engine, &client, &name, || {
        // As `docker container prune` does.
        engine.docker(&["rm", id.as_str().unwrap()]);
    });
    assert_eq!(answer.problem(), "rolled_back", "{}", answer.text());
    assert!(answer.text().contains("created again"), "{}", answer.text());
    assert_eq!(state(engine, &name), "running");
    let inspect = engine.inspect(&name);
    assert!(inspect["Config"]["Env"].to_string().contains("A=1"));
    assert_eq!(
        engine.docker(&["exec", &name, "cat", "/data/marker"]),
        "kept"
    );
}

#[test]
fn new_container_that_somebody_renamed_is_kept_by_the_rollback_and_the_old_one_left_stopped() {
    let engine = Engine::isolated();
    let (_app, client) = App::ready(&engine.host());
    let name = engine.name("b");
    engine.docker(&["run", "-d", "--name", &name, "-v", "/data", "bb:1"]);
    let id = engine.inspect(&name)["Id"].clone();
    known(&client, engine, &name);
    let mine = format!("{name}-mine");
    let answer = failing_later(engine, &client, &name, || {
        engine.docker(&["rename", &name, &mine]);
    });
    assert_eq!(answer.problem(), "rolled_back", "{}", answer.text());
    assert!(answer.text().contains(&mine), "{}", answer.text());
    assert_ne!(engine.inspect(&mine)["Id"], id);
    assert_eq!(engine.inspect(&name)["Id"], id);
    assert_eq!(state(engine, &name), "exited");
}

/// Kills the program when the recreation has failed and is rolled back, gives
/// the data folder as it was at that moment back after the recovery, and starts
/// it once more after `between`.
fn recovered_twice(engine: &Engine, name: &str, between: impl FnOnce()) -> (App, Client) {
    let proxy = Proxy::start(engine.socket());
    let (mut app, client) = App::ready(&proxy.host());
    known(&client, engine, name);
    proxy.arm_for(
        "DELETE ",
        1,
        When::After,
        at_signal(app.pid(), Signal::KILL),
    );
    let body = json!({"changes": {"command": ["sh", "-c", "exit 7"]}, "stable_seconds": 1, "pull": "never"});
    let _ = client.try_json("POST", &format!("/api/containers/{name}/recreate"), &body);
    assert!(!proxy.disarm());
    app.ended();
    let copy = app.dir().join("copy");
    copied(&app.data_dir(), &copy);
    app.up();
    let ended = |client: &Client| {
        let newest = client.get("/api/operations?limit=1").json()["items"][0].clone();
        (newest["state"] == "rolled_back" && newest["error"] == "interrupted").then_some(newest)
    };
    until("it is recovered", SOON, || ended(&client));
    app.stop();
    between();
    std::fs::remove_dir_all(app.data_dir()).unwrap();
    copied(&copy, &app.data_dir());
    app.up();
    until("the same entry is recovered again", SOON, || ended(&client));
    // The socket of the engine is needed until the end.
    std::mem::forget(proxy);
    (app, client)
}

fn copied(from: &std::path::Path, to: &std::path::Path) {
    let done = Command::new("cp")
        .arg("-a")
        .arg(from)
        .arg(to)
        .status()
        .unwrap();
    assert!(done.success());
}

#[test]
fn journal_entry_that_acts_again_does_not_start_what_was_stopped_since() {
    let engine = Engine::isolated();
    let name = engine.name("b");
    engine.docker(&["run", "-d", "--name", &name, "--restart", "always", "bb:1"]);
    let id = engine.inspect(&name)["Id"].clone();
    let (_app, _client) = recovered_twice(engine, &name, || {
        engine.docker(&["stop", &name]);
    });
    let inspect = engine.inspect(&name);
    assert_eq!(
        (&inspect["Id"], &inspect["State"]["Status"]),
        (&id, &json!("exited"))
    );
    assert_eq!(inspect["HostConfig"]["RestartPolicy"]["Name"], "always");
}

#[test]
fn journal_entry_that_acts_again_does_not_create_what_was_removed_since() {
    let engine = Engine::isolated();
    let name = engine.name("b");
    engine.docker(&["run", "-d", "--name", &name, "bb:1"]);
    let (_app, client) = recovered_twice(engine, &name, || {
        engine.docker(&["rm", "-f", &name]);
    });
    assert!(engine.try_docker(&["inspect", &name]).is_none());
    let newest = client.get("/api/operations?limit=1").json()["items"][0].clone();
    assert!(
        newest["message"]
            .as_str()
            .unwrap()
            .contains("not created again"),
        "{newest}"
    );
}

#[test]
fn journal_entry_that_acts_again_leaves_a_new_container_of_the_name_alone() {
    let engine = Engine::isolated();
    let name = engine.name("b");
    engine.docker(&["run", "-d", "--name", &name, "bb:1"]);
    let mut other = Value::Null;
    let (_app, _client) = recovered_twice(engine, &name, || {
        engine.docker(&["rm", "-f", &name]);
        engine.docker(&["create", "--name", &name, "bb:1"]);
        other = engine.inspect(&name)["Id"].clone();
    });
    let inspect = engine.inspect(&name);
    assert_eq!(
        (&inspect["Id"], &inspect["State"]["Status"]),
        (&other, &json!("created"))
    );
}
