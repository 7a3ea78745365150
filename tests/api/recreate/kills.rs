//! The power is cut at every step: of the program before and after each request
//! that changes something, once more while it puts things right, and of the
//! engine. Afterwards everything is as it was, or wholly new.

use super::compare::Snapshot;
use super::succeeded;
use crate::support::app::{App, at_signal};
use crate::support::client::Client;
use crate::support::engine::{Engine, number};
use crate::support::proxy::{Proxy, When};
use crate::support::wait::until;
use rustix::process::Signal;
use serde_json::{Value, json};
use std::time::Duration;

/// A loaded machine starts slowly.
const PATIENCE: Duration = Duration::from_secs(90);
/// More steps than any of them has.
const MOST: u32 = 40;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    Once(When),
    /// And again while it recovers.
    Twice,
}

fn cut(pid: u32) -> impl FnOnce() + Send + 'static {
    at_signal(pid, Signal::KILL)
}

/// Whether the newest operation is another one than `last`, and has ended.
fn is_over(operation: &Value, last: &Value) -> bool {
    let state = operation["state"].as_str().unwrap_or_default();
    operation["id"] != *last && !matches!(state, "running" | "interrupted")
}

pub fn newest(client: &Client) -> Option<Value> {
    let answer = client.try_get("/api/operations?limit=1")?;
    (answer.status == 200).then(|| answer.json()["items"][0].clone())
}

/// No passing names, and nothing running.
fn quiet(engine: &Engine) -> bool {
    let Some(names) = engine.try_docker(&["ps", "-a", "--format", "{{.Names}}"]) else {
        return false;
    };
    !names
        .lines()
        .any(|name| name.contains(".new-") || name.contains(".old-"))
}

/// Cuts at each step in turn, until one round goes undisturbed.
fn at_every_step(engine: &Engine, target: &str, names: &[&str], data: &[(&str, &str)]) {
    let all = [
        How::Once(When::Before),
        How::Once(When::During),
        How::Once(When::After),
        How::Twice,
    ];
    at_every_step_in(engine, target, names, data, &all);
}

fn at_every_step_in(
    engine: &Engine,
    target: &str,
    names: &[&str],
    data: &[(&str, &str)],
    ways: &[How],
) {
    let proxy = Proxy::start(engine.socket());
    let (mut app, client) = App::ready(&proxy.host());
    for how in ways.iter().copied() {
        let mut rounds = 0;
        for step in 1..=MOST {
            rounds = step;
            for name in names {
                until("it is known", PATIENCE, || {
                    let id = Snapshot::of(engine, name).id;
                    let answer = client.try_get(&format!("/api/containers/{name}"))?;
                    (answer.status == 200 && answer.json()["id"] == id.as_str()).then_some(())
                });
            }
            let before: Vec<Snapshot> = names
                .iter()
                .map(|name| Snapshot::of(engine, name))
                .collect();
            let last = newest(&client).unwrap()["id"].clone();
            let when = match how {
                How::Once(when) => when,
                How::Twice => When::After,
            };
            proxy.arm(step, when, cut(app.pid()));
            // After a start the memory of the containers is made first.
            let description = || {
                until("the container is known", PATIENCE, || {
                    let answer = client.get(&format!("/api/containers/{target}"));
                    (answer.status == 200).then(|| answer.json()["description"].clone())
                })
            };
            let (said_before, said_after) = (description(), format!("{how:?} {step}"));
            let body = json!({
                "stable_seconds": 0, "pull": "never", "changes": {"description": said_after},
            });
            let answer =
                client.try_json("POST", &format!("/api/containers/{target}/recreate"), &body);
            let undisturbed = proxy.disarm();
            let seen = proxy.seen();
            if undisturbed {
                succeeded(&answer.unwrap());
            } else {
                app.ended();
                if how == How::Twice {
                    app.spawn();
                    proxy.arm(1 + step % 5, When::After, cut(app.pid()));
                    until("it is killed again, or done", PATIENCE, || {
                        let over =
                            newest(&client).is_some_and(|operation| is_over(&operation, &last));
                        (app.has_ended() || over).then_some(())
                    });
                    proxy.disarm();
                    app.kill();
                }
                app.up();
            }
            until(
                &format!("{how:?} at {step} is dealt with: {seen:?}"),
                PATIENCE,
                || {
                    let operation = newest(&client)?;
                    (is_over(&operation, &last) && quiet(engine)).then_some(())
                },
            );
            let operation = newest(&client).unwrap();
            for (name, before) in names.iter().zip(&before) {
                let said = before.differences(&Snapshot::of(engine, name));
                assert!(
                    said.is_empty(),
                    "{how:?} at {step} ({operation}): {name}: {}\n{seen:?}",
                    said.join("\n")
                );
            }
            for (name, path) in data {
                assert_eq!(
                    engine.docker(&["exec", name, "cat", path]),
                    "kept",
                    "{how:?} at {step}: {seen:?}"
                );
            }
            let state = operation["state"].as_str().unwrap();
            assert!(matches!(state, "succeeded" | "rolled_back"), "{operation}");
            let expected = if state == "succeeded" {
                said_after.into()
            } else {
                said_before
            };
            assert_eq!(description(), expected, "{how:?} at {step}: {operation}");
            if undisturbed {
                break;
            }
        }
        assert!((6..MOST).contains(&rounds), "{how:?}: {rounds} steps");
    }
}

#[test]
fn program_killed_at_every_request_of_a_recreate() {
    let engine = Engine::isolated();
    let name = engine.name("k");
    let (one, two) = (format!("{name}-one"), format!("{name}-two"));
    engine.docker(&[
        "network",
        "create",
        "--subnet",
        &format!("10.91.{}.0/24", number() % 200),
        &one,
    ]);
    engine.docker(&["network", "create", &two]);
    engine.docker(&[
        "run",
        "-d",
        "--name",
        &name,
        "--restart",
        "always",
        "--network",
        &one,
        "--network-alias",
        "web",
        "-v",
        "/data",
        "bb:1",
    ]);
    engine.docker(&["network", "connect", "--alias", "second", &two, &name]);
    engine.docker(&["exec", &name, "sh", "-c", "echo kept > /data/marker"]);
    at_every_step(engine, &name, &[&name], &[(&name, "/data/marker")]);
}

#[test]
fn program_killed_at_every_request_of_a_recreate_with_dependents() {
    let engine = Engine::isolated();
    let name = engine.name("k");
    let inside = format!("{name}-inside");
    engine.docker(&["run", "-d", "--name", &name, "-v", "/data", "bb:1"]);
    engine.docker(&[
        "run",
        "-d",
        "--name",
        &inside,
        "--network",
        &format!("container:{name}"),
        "--restart",
        "unless-stopped",
        "bb:1",
    ]);
    engine.docker(&["exec", &name, "sh", "-c", "echo kept > /data/marker"]);
    at_every_step(engine, &name, &[&name, &inside], &[(&name, "/data/marker")]);
}

#[test]
fn program_killed_at_every_request_of_a_recreate_of_an_auto_remove_container() {
    let engine = Engine::isolated();
    let name = engine.name("k");
    let two = format!("{name}-two");
    engine.docker(&["network", "create", &two]);
    engine.docker(&["run", "-d", "--rm", "--name", &name, "-v", "/data", "bb:1"]);
    engine.docker(&["network", "connect", "--alias", "second", &two, &name]);
    engine.docker(&["exec", &name, "sh", "-c", "echo kept > /data/marker"]);
    at_every_step(engine, &name, &[&name], &[(&name, "/data/marker")]);
}

/// Those of which nothing is left once they have stopped, behind and before one
/// that is still there.
#[test]
fn program_killed_at_every_request_of_a_recreate_with_auto_remove_dependents() {
    let engine = Engine::isolated();
    let name = engine.name("k");
    let (inside, behind) = (format!("{name}-inside"), format!("{name}-behind"));
    let run = |name: &str, arguments: &[&str]| {
        let mut all = vec!["run", "-d", "--stop-timeout", "0", "--name", name];
        all.extend(arguments);
        all.push("bb:1");
        engine.docker(&all);
    };
    run(&name, &["--rm", "-v", "/data"]);
    let namespace = format!("container:{name}");
    run(&inside, &["--restart", "always", "--network", &namespace]);
    let namespace = format!("container:{inside}");
    // By id: the name of one that is created again leads to the new one meanwhile.
    let id = Snapshot::of(engine, &name).id;
    let arguments = ["--rm", "--pid", &namespace, "--volumes-from", &id];
    run(&behind, &arguments);
    engine.docker(&["exec", &name, "sh", "-c", "echo kept > /data/marker"]);
    at_every_step_in(
        engine,
        &name,
        &[&name, &inside, &behind],
        &[(&name, "/data/marker"), (&behind, "/data/marker")],
        &[How::Once(When::After), How::Twice],
    );
}

#[test]
fn program_killed_at_every_request_of_a_creation() {
    let engine = Engine::start_isolated();
    let two = format!("k{}-two", number());
    engine.docker(&["network", "create", &two]);
    let proxy = Proxy::start(engine.socket());
    let (mut app, client) = App::ready(&proxy.host());
    let volumes = || engine.docker(&["volume", "ls", "-q"]).lines().count();
    for when in [When::Before, When::After] {
        let (mut whole, mut nothing) = (0, 0);
        for step in 1..=MOST {
            let name = format!("k{}", number());
            let spec = json!({"image": "bb:1", "name": name, "environment": "DEV", "mounts": ["/data"], "networks": ["bridge", two]});
            let had = volumes();
            let last = newest(&client).unwrap()["id"].clone();
            proxy.arm(step, when, cut(app.pid()));
            let answer = client.try_json("POST", "/api/containers?pull=never", &spec);
            let undisturbed = proxy.disarm();
            if undisturbed {
                succeeded(&answer.unwrap());
            } else {
                app.ended();
                app.up();
            }
            until("it is dealt with", PATIENCE, || {
                let operation = newest(&client)?;
                is_over(&operation, &last).then_some(())
            });
            if engine.try_docker(&["inspect", &name]).is_some() {
                let made = engine.inspect(&name);
                assert_eq!(
                    made["State"]["Status"],
                    "running",
                    "{when:?} at {step}: {:?}",
                    proxy.seen()
                );
                assert_eq!(
                    made["NetworkSettings"]["Networks"]
                        .as_object()
                        .unwrap()
                        .len(),
                    2
                );
                assert_eq!(volumes(), had + 1);
                whole += 1;
            } else {
                assert_eq!(volumes(), had, "{when:?} at {step}: a volume is left");
                nothing += 1;
            }
            if undisturbed {
                break;
            }
        }
        assert!(
            whole > 0 && nothing > 0,
            "{when:?}: {whole} whole, {nothing} nothing"
        );
    }
}

#[test]
fn engine_killed_at_every_request_of_a_recreate() {
    let mut engine = Engine::start_isolated();
    let name = format!("k{}", number());
    let network = format!("{name}-net");
    engine.docker(&["network", "create", &network]);
    engine.docker(&[
        "run",
        "-d",
        "--name",
        &name,
        "--restart",
        "always",
        "--network",
        &network,
        "-v",
        "/data",
        "bb:1",
    ]);
    engine.docker(&["exec", &name, "sh", "-c", "echo kept > /data/marker"]);
    let proxy = Proxy::start(engine.socket());
    let (_app, client) = App::ready(&proxy.host());
    for step in 1..=MOST {
        assert!(step < MOST, "it never ends");
        let before = Snapshot::of(&engine, &name);
        until("it is known", PATIENCE, || {
            let answer = client.try_get(&format!("/api/containers/{name}"))?;
            (answer.status == 200
                && answer.json()["id"] == before.id.as_str()
                && answer.json()["state"] == "running")
                .then_some(())
        });
        let last = newest(&client).unwrap()["id"].clone();
        proxy.arm(step, When::After, cut(engine.pid()));
        let answer = super::again(&client, &name);
        let seen = proxy.seen();
        if proxy.disarm() {
            succeeded(&answer);
            break;
        }
        engine.kill();
        engine.up();
        until(
            &format!(
                "the engine's end at {step} is dealt with: {seen:?} {}",
                answer.text()
            ),
            PATIENCE,
            || {
                let operation = newest(&client)?;
                let over = is_over(&operation, &last);
                let runs =
                    engine.try_docker(&["inspect", "-f", "{{.State.Status}}", &name])? == "running";
                (over && runs && quiet(&engine)).then_some(())
            },
        );
        let said = before.differences(&Snapshot::of(&engine, &name));
        assert!(said.is_empty(), "at {step}: {}\n{seen:?}", said.join("\n"));
        assert_eq!(
            engine.docker(&["exec", &name, "cat", "/data/marker"]),
            "kept"
        );
    }
}
