//! Restarts of containers whose namespaces others use: these are restarted right
//! after them, whatever ends the operation or the program in between.

use crate::api::recreate::known;
use crate::support::app::{App, at_signal};
use crate::support::client::Client;
use crate::support::engine::Engine;
use crate::support::proxy::{Proxy, When};
use crate::support::wait::{SOON, until};
use rustix::process::Signal;
use serde_json::{Value, json};
use std::time::Duration;

/// Ends only when it is killed, after this many seconds.
fn slow(engine: &Engine, name: &str, seconds: u32) {
    let seconds = seconds.to_string();
    let line = "trap '' TERM; while true; do sleep 1; done";
    let arguments = ["run", "-d", "--stop-timeout", &seconds, "--name", name];
    engine.docker(&[&arguments, ["bb:1", "sh", "-c", line].as_slice()].concat());
}

fn quick(engine: &Engine, name: &str, arguments: &[&str]) {
    let all = ["run", "-d", "--stop-timeout", "0", "--name", name];
    engine.docker(&[&all, arguments, &["bb:1"]].concat());
}

fn inside(owner: &str) -> String {
    format!("container:{owner}")
}

fn started_at(engine: &Engine, name: &str) -> String {
    engine.docker(&["inspect", "-f", "{{.State.StartedAt}}", name])
}

/// Whether it is in the network namespace that the owner has now.
fn is_inside(engine: &Engine, name: &str, owner: &str) -> bool {
    let of = |name: &str| {
        let pid = engine.try_docker(&["inspect", "-f", "{{.State.Pid}}", name])?;
        std::fs::read_link(format!("/proc/{pid}/ns/net")).ok()
    };
    of(name).is_some() && of(name) == of(owner)
}

fn begin(client: &Client, path: &str, body: &Value) {
    let headers = [
        ("Content-Type", "application/json"),
        ("Prefer", "respond-async"),
    ];
    let answer = client.send("POST", path, &headers, body.to_string().as_bytes());
    assert_eq!(answer.status, 202, "{}", answer.text());
}

fn newest(client: &Client) -> Option<Value> {
    let answer = client.try_get("/api/operations?limit=1")?;
    (answer.status == 200).then(|| answer.json()["items"][0].clone())
}

fn over(client: &Client) -> Value {
    until("the operation is over", Duration::from_mins(2), || {
        newest(client).filter(|newest| !newest["finished_at"].is_null())
    })
}

/// A bulk restart of one that others use and of some that stop slowly.
fn bulk_with_slow_ones(engine: &Engine, client: &Client, owner: &str) -> Value {
    quick(engine, owner, &[]);
    quick(
        engine,
        &format!("{owner}-user"),
        &["--network", &inside(owner)],
    );
    let mut names = vec![owner.to_owned()];
    for at in 0..5 {
        let name = format!("{owner}-slow{at}");
        slow(engine, &name, 4);
        names.push(name);
    }
    names.push(format!("{owner}-user"));
    for name in &names {
        known(client, engine, name);
    }
    names.pop();
    json!({"action": "restart", "containers": names, "restart_dependents": true})
}

#[test]
fn dependents_are_restarted_right_after_their_owner_although_the_rest_is_cancelled() {
    let engine = Engine::isolated();
    let (_app, client) = App::ready(&engine.host());
    let owner = engine.name("d");
    let user = format!("{owner}-user");
    let body = bulk_with_slow_ones(engine, &client, &owner);
    let before = started_at(engine, &owner);
    begin(&client, "/api/containers/bulk", &body);
    until("the owner is restarted", SOON, || {
        (started_at(engine, &owner) != before).then_some(())
    });
    let id = newest(&client).unwrap()["id"].clone();
    client.delete(&format!("/api/operations/{}", id.as_str().unwrap()));
    let ended = over(&client);
    assert_eq!(ended["state"], "cancelled", "{ended}");
    assert!(ended["message"].to_string().contains(&user), "{ended}");
    assert!(is_inside(engine, &user, &owner), "{ended}");
}

#[test]
fn dependents_of_a_bulk_restart_are_restarted_when_the_program_is_stopped_or_killed() {
    let engine = Engine::isolated();
    for signal in [Signal::TERM, Signal::KILL] {
        let (mut app, client) = App::ready(&engine.host());
        let owner = engine.name("d");
        let body = bulk_with_slow_ones(engine, &client, &owner);
        let before = started_at(engine, &owner);
        begin(&client, "/api/containers/bulk", &body);
        until("the owner is restarted", SOON, || {
            (started_at(engine, &owner) != before).then_some(())
        });
        at_signal(app.pid(), signal)();
        app.ended();
        app.up();
        let user = format!("{owner}-user");
        until(
            &format!("{signal:?}: its user is in its network"),
            SOON,
            || is_inside(engine, &user, &owner).then_some(()),
        );
        until("the operation is not pending", SOON, || {
            newest(&client).filter(|newest| !newest["finished_at"].is_null())
        });
    }
}

/// The program is killed between the two restarts.
#[test]
fn dependent_is_restarted_at_the_next_start_and_so_is_what_uses_it() {
    let engine = Engine::isolated();
    let proxy = Proxy::start(engine.socket());
    let (mut app, client) = App::ready(&proxy.host());
    let owner = engine.name("d");
    let (user, behind) = (format!("{owner}-user"), format!("{owner}-behind"));
    quick(engine, &owner, &[]);
    quick(engine, &user, &["--rm", "--network", &inside(&owner)]);
    quick(engine, &behind, &["--network", &inside(&user)]);
    for name in [&*owner, &user, &behind] {
        known(&client, engine, name);
    }
    for at in [2, 3] {
        let kill = at_signal(app.pid(), Signal::KILL);
        proxy.arm_for("/restart", at, When::Before, kill);
        let path = format!("/api/containers/{owner}/restart");
        let body = json!({"restart_dependents": true});
        let _ = client.try_json("POST", &path, &body);
        assert!(!proxy.disarm(), "{:?}", proxy.seen());
        app.ended();
        app.up();
        let ended = over(&client);
        assert_eq!(ended["state"], "succeeded", "{ended}");
        assert!(ended["message"].to_string().contains(&behind), "{ended}");
        assert!(is_inside(engine, &user, &owner), "{ended}");
        assert!(is_inside(engine, &behind, &owner), "{ended}");
    }
}

/// The engine completes a restart although its client has gone.
#[test]
fn dependent_is_restarted_after_a_restart_that_ended_without_the_program() {
    let engine = Engine::isolated();
    let (mut app, client) = App::ready(&engine.host());
    let owner = engine.name("d");
    let user = format!("{owner}-user");
    slow(engine, &owner, 6);
    quick(engine, &user, &["--network", &inside(&owner)]);
    for name in [&*owner, &user] {
        known(&client, engine, name);
    }
    let before = started_at(engine, &owner);
    let path = format!("/api/containers/{owner}/restart");
    begin(&client, &path, &json!({"restart_dependents": true}));
    until("it is stored", SOON, || {
        newest(&client).filter(|newest| newest["state"] == "running")
    });
    std::thread::sleep(Duration::from_secs(2));
    at_signal(app.pid(), Signal::KILL)();
    app.ended();
    app.up();
    until("the engine has restarted it", SOON, || {
        (started_at(engine, &owner) != before).then_some(())
    });
    let ended = over(&client);
    assert_eq!(ended["state"], "succeeded", "{ended}");
    assert!(is_inside(engine, &user, &owner), "{ended}");
}

#[test]
fn dependent_of_an_owner_that_could_not_be_restarted_is_left_as_it_is() {
    let engine = Engine::isolated();
    let proxy = Proxy::start(engine.socket());
    let (_app, client) = App::ready(&proxy.host());
    let owner = engine.name("d");
    let user = format!("{owner}-user");
    quick(engine, &owner, &[]);
    quick(engine, &user, &["--rm", "--network", &inside(&owner)]);
    for name in [&*owner, &user] {
        known(&client, engine, name);
    }
    let before = started_at(engine, &user);
    let single = json!({"restart_dependents": true});
    let bulk = json!({"action": "restart", "containers": [&*owner, &user]});
    let path = format!("/api/containers/{owner}/restart");
    for (path, body) in [(path.as_str(), single), ("/api/containers/bulk", bulk)] {
        proxy.refuse("/restart", 1);
        let answer = client.post(path, &body);
        assert_ne!(answer.status, 200, "{}", answer.text());
        assert_eq!(started_at(engine, &user), before, "{}", answer.text());
    }
}
