//! The program is asked to stop (SIGTERM) at every request of a recreation that
//! changes something. It ends by itself, and before it has ended the service is
//! either as it was or wholly new, and runs.

use super::compare::Snapshot;
use super::kills::newest;
use crate::support::app::{App, at_signal};
use crate::support::engine::Engine;
use crate::support::proxy::{Proxy, When};
use crate::support::wait::until;
use rustix::process::Signal;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(90);
const MOST: u32 = 40;

/// Stops it at each step in turn until one round goes undisturbed; gives the
/// states that the operations ended in.
fn at_every_step(engine: &Engine, name: &str, changes: &Value) -> BTreeSet<String> {
    let proxy = Proxy::start(engine.socket());
    let (mut app, client) = App::ready(&proxy.host());
    let mut ends = BTreeSet::new();
    for step in 1..=MOST {
        assert!(step < MOST, "it never ends");
        let before = Snapshot::of(engine, name);
        until("it is known", PATIENCE, || {
            let answer = client.try_get(&format!("/api/containers/{name}"))?;
            let known = answer.json();
            (answer.status == 200
                && known["id"] == before.id.as_str()
                && known["state"] == "running")
                .then_some(())
        });
        let last = newest(&client).unwrap()["id"].clone();
        proxy.arm(step, When::Along, at_signal(app.pid(), Signal::TERM));
        let body = json!({"stable_seconds": 2, "pull": "never", "changes": changes});
        let answer = client.try_json("POST", &format!("/api/containers/{name}/recreate"), &body);
        let undisturbed = proxy.disarm();
        let seen = proxy.seen();
        if !undisturbed {
            let ended = app.ended();
            assert!(ended.success(), "{ended} at {step}: {}", app.log());
        }
        let now = Snapshot::of(engine, name);
        let state = engine.docker(&["inspect", "-f", "{{.State.Status}}", name]);
        assert_eq!(state, "running", "at {step} {answer:?}: {seen:?}");
        let names = engine.docker(&["ps", "-a", "--format", "{{.Names}}"]);
        let left = names
            .lines()
            .find(|other| other.starts_with(&format!("{name}.")));
        assert_eq!(left, None, "at {step}: {seen:?}");
        if !undisturbed {
            app.up();
        }
        let operation = until("its end is stored", PATIENCE, || {
            newest(&client).filter(|operation| operation["id"] != last)
        });
        let end = operation["state"].as_str().unwrap().to_owned();
        match end.as_str() {
            "succeeded" => assert_ne!(now.id, before.id, "at {step}: {operation}"),
            "rolled_back" | "cancelled" => {
                assert_eq!(now.id, before.id, "at {step}: {operation}");
                let differences = before.differences(&now);
                assert!(
                    differences.is_empty(),
                    "at {step}: {}",
                    differences.join("\n")
                );
            }
            _ => panic!("at {step}: {operation} {seen:?}"),
        }
        ends.insert(end);
        if undisturbed {
            break;
        }
    }
    ends
}

#[test]
fn recreation_is_cancelled_or_completed_when_the_program_is_stopped() {
    let engine = Engine::isolated();
    let name = engine.name("t");
    engine.docker(&[
        "run",
        "-d",
        "--name",
        &name,
        "--restart",
        "always",
        "-v",
        "/data",
        "bb:1",
    ]);
    let ends = at_every_step(engine, &name, &json!({"labels": {"round": "next"}}));
    assert_eq!(
        ends,
        BTreeSet::from(["cancelled".to_owned(), "succeeded".to_owned()])
    );
}

#[test]
fn recreation_that_fails_while_the_program_stops_is_rolled_back() {
    let engine = Engine::isolated();
    let name = engine.name("t");
    engine.docker(&["run", "-d", "--name", &name, "bb:1"]);
    let fails = json!({"entrypoint": [], "command": ["sh", "-c", "sleep 1; exit 3"]});
    let ends = at_every_step(engine, &name, &fails);
    assert_eq!(
        ends,
        BTreeSet::from(["cancelled".to_owned(), "rolled_back".to_owned()])
    );
}
