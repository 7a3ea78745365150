//! What the state of a container means: crash loops, ends that somebody asked for,
//! and the counts, against a real engine.

use crate::support::app::App;
use crate::support::client::Client;
use crate::support::engine::Engine;
use crate::support::wait::{SOON, until};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

fn status(client: &Client, name: &str) -> Value {
    let list = client.get(&format!("/api/containers?q={name}")).json();
    let mut items = list["items"].as_array().into_iter().flatten();
    let found = items.find(|item| item["name"] == name);
    found.map_or(Value::Null, |item| item["status"].clone())
}

fn becomes(client: &Client, name: &str, wanted: &str) -> Value {
    until(&format!("{name} is {wanted}"), SOON, || {
        Some(status(client, name)).filter(|status| status["name"] == wanted)
    })
}

fn run(engine: &Engine, name: &str, policy: &str, script: &str) {
    engine.docker(&[
        "run",
        "-d",
        "--name",
        name,
        "--restart",
        policy,
        "bb:1",
        "sh",
        "-c",
        script,
    ]);
}

#[test]
fn container_that_crashes_after_each_start_is_in_a_crash_loop_until_somebody_stops_it() {
    let engine = Engine::shared();
    let (mut app, client) = App::ready(&engine.host());
    let name = engine.name("loop");
    run(engine, &name, "always", "sleep 0.3; exit 3");
    let first = becomes(&client, &name, "crash_loop");
    assert_eq!(first["group"], "restarting", "{first}");
    assert_eq!(first["exit_code"], 3, "{first}");
    assert!(first["restarts"].as_u64().unwrap() >= 2, "{first}");
    assert!(first["since"].is_string(), "{first}");
    // Whatever the engine says meanwhile: it runs, it restarts, it runs.
    let mut events = client.events("/api/events", None);
    let end = Instant::now() + Duration::from_secs(4);
    let mut told = 0;
    while Instant::now() < end {
        let event = events.find("a change of it", |event| {
            event.kind == "container" && event.data["name"] == *name
        });
        assert_eq!(event.data["status"]["name"], "crash_loop", "{event:?}");
        assert_eq!(status(&client, &name)["name"], "crash_loop");
        told += 1;
    }
    assert!(told > 0);
    let found = client
        .get(&format!("/api/containers?status=crash_loop&q={name}"))
        .json();
    assert_eq!(found["total"], 1, "{found}");
    // A program that starts now has not seen how it began.
    app.stop();
    app.up();
    let again = becomes(&client, &name, "crash_loop");
    assert!(again["restarts"].as_u64() >= first["restarts"].as_u64());
    engine.docker(&["stop", &name]);
    let stopped = becomes(&client, &name, "stopped");
    assert_eq!(stopped["group"], "stopped", "{stopped}");
}

#[test]
fn crash_loop_whose_restarts_are_used_up_has_failed() {
    let engine = Engine::shared();
    let (_app, client) = App::ready(&engine.host());
    let name = engine.name("give-up");
    run(engine, &name, "on-failure:3", "sleep 0.2; exit 4");
    let failed = becomes(&client, &name, "failed");
    assert_eq!(failed["exit_code"], 4, "{failed}");
    assert_eq!(failed["group"], "failed", "{failed}");
}

#[test]
fn container_that_ends_with_an_error_has_failed_unless_somebody_stopped_it() {
    let engine = Engine::shared();
    let (_app, client) = App::ready(&engine.host());
    let script = "trap 'exit 1' TERM; while :; do sleep 0.1; done";
    let by_command = engine.name("by-command");
    let by_us = engine.name("by-us");
    let of_itself = engine.name("of-itself");
    let well = engine.name("well");
    run(engine, &by_command, "no", script);
    run(engine, &by_us, "no", script);
    run(engine, &of_itself, "no", "exit 1");
    run(engine, &well, "no", "exit 0");
    becomes(&client, &by_command, "running");
    becomes(&client, &by_us, "running");
    engine.docker(&["stop", &by_command]);
    let stop = client.send(
        "POST",
        &format!("/api/containers/{}/stop", *by_us),
        &[],
        b"",
    );
    assert_eq!(stop.status, 200, "{}", stop.text());
    for name in [&by_command, &by_us] {
        let stopped = becomes(&client, name, "stopped");
        assert_eq!(stopped["exit_code"], 1, "{stopped}");
    }
    assert_eq!(becomes(&client, &of_itself, "failed")["exit_code"], 1);
    becomes(&client, &well, "stopped");
    // One that was stopped once may still fail later.
    engine.docker(&["start", &by_us]);
    becomes(&client, &by_us, "running");
    engine.docker(&["exec", &by_us, "kill", "1"]);
    becomes(&client, &by_us, "failed");
}

#[test]
fn counts_are_told_when_they_change_and_are_those_of_the_list() {
    let engine = Engine::start();
    let (_app, client) = App::ready(&engine.host());
    let mut events = client.events("/api/events", None);
    let name = engine.run(&[]);
    let mut counted = |wanted: Value| {
        let event = events.find("the counts", |event| {
            event.kind == "counts" && event.data == wanted
        });
        event.data
    };
    counted(json!({"containers": 1, "groups": {"running": 1}}));
    engine.docker(&["create", "--name", "second", "bb:1"]);
    counted(json!({"containers": 2, "groups": {"running": 1, "stopped": 1}}));
    engine.docker(&["pause", &name]);
    let last = counted(json!({"containers": 2, "groups": {"paused": 1, "stopped": 1}}));
    let page = client.page("/containers").json();
    assert_eq!(page["frame"]["counts"], last);
    let items = page["data"]["items"].as_array().unwrap();
    for (group, count) in last["groups"].as_object().unwrap() {
        let of = items
            .iter()
            .filter(|item| item["status"]["group"] == **group);
        assert_eq!(of.count() as u64, count.as_u64().unwrap(), "{group}");
    }
}

#[test]
fn pages_keep_what_was_known_last_when_the_engine_goes_away() {
    let mut engine = Engine::start();
    let (_app, client) = App::ready(&engine.host());
    let name = engine.run(&["--restart", "always"]);
    becomes(&client, &name, "running");
    assert_eq!(
        client.page("/containers").json()["data"]["as_of"],
        Value::Null
    );
    engine.down();
    until("the engine is gone", SOON, || {
        (client.get("/api/containers").status == 503).then_some(())
    });
    for path in ["/containers", "/"] {
        let page = client.page(path).json();
        assert!(page["data"]["as_of"].is_string(), "{path}: {page}");
        assert_eq!(page["frame"]["counts"]["containers"], 1, "{path}");
        assert_eq!(page["frame"]["engine"]["state"], "down", "{path}");
    }
    engine.up();
}
