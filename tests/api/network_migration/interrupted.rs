//! The power is cut, the program is stopped, or the engine refuses, at every request of
//! a migration that changes something. Afterwards everything is as it was, or wholly new.

use super::Media;
use crate::support::app::{App, at_signal};
use crate::support::client::Client;
use crate::support::engine::Engine;
use crate::support::proxy::{FAULT, Proxy, When};
use crate::support::wait::until;
use rustix::process::Signal;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(90);
const MOST: u32 = 40;

fn newest(client: &Client) -> Option<Value> {
    let answer = client.try_get("/api/operations?limit=1")?;
    (answer.status == 200).then(|| answer.json()["items"][0].clone())
}

fn ended(client: &Client, last: &Value) -> Value {
    until("it has ended", PATIENCE, || {
        newest(client).filter(|one| is_over(one, last))
    })
}

fn is_over(one: &Value, last: &Value) -> bool {
    one["id"] != *last && !matches!(one["state"].as_str(), Some("running" | "interrupted"))
}

/// What must not differ after a rollback. An address that the engine chose may.
fn lasting(seen: &Value) -> Value {
    let mut seen = seen.clone();
    for place in seen["places"].as_array_mut().unwrap() {
        if place["config"]["IPv4Address"].is_null() {
            place["address"] = Value::Null;
            place["config"] = Value::Null;
        }
    }
    seen
}

/// Between two subnets, so that a round that succeeds can be followed by another.
fn wanted(media: &Media<'_>, now: &Value) -> Value {
    let smaller = format!("{}.0/27", media.base);
    if now["ipam"]["Config"][0]["Subnet"] == smaller.as_str() {
        json!({"subnet": format!("{}.0/24", media.base.replacen("10.14", "10.15", 1)), "acknowledge": ["oversized", "performance", "permanent"]})
    } else {
        json!({"subnet": smaller})
    }
}

/// `again`: once more while it recovers.
fn at_every_step(when: When, signal: Signal, again: bool) -> BTreeSet<String> {
    let engine = Engine::isolated();
    let media = Media::of(engine);
    let proxy = Proxy::start(engine.socket());
    let (mut app, client) = App::ready(&proxy.host());
    let mut ends = BTreeSet::new();
    for step in 1..=MOST {
        assert!(step < MOST, "it never ends");
        media.known(&client);
        let before = media.seen();
        let last = newest(&client).unwrap()["id"].clone();
        proxy.arm(step, when, at_signal(app.pid(), signal));
        let path = format!("{}/migrate", media.path());
        let answer = client.try_json("POST", &path, &wanted(&media, &before));
        let undisturbed = proxy.disarm();
        let seen = proxy.seen();
        if !undisturbed {
            app.ended();
            if again {
                app.spawn();
                proxy.arm(1 + step % 5, When::After, at_signal(app.pid(), signal));
                until("it is killed again, or done", PATIENCE, || {
                    let over = newest(&client).is_some_and(|one| is_over(&one, &last));
                    (app.has_ended() || over).then_some(())
                });
                proxy.disarm();
                app.kill();
            }
            app.up();
        }
        let operation = ended(&client, &last);
        let after = media.seen();
        let end = operation["state"].as_str().unwrap().to_owned();
        match end.as_str() {
            "succeeded" => assert_ne!(after["ipam"], before["ipam"], "at {step}: {operation}"),
            "rolled_back" | "cancelled" => {
                assert_eq!(
                    lasting(&after),
                    lasting(&before),
                    "at {step}: {operation} {seen:?}"
                );
            }
            _ => panic!("at {step}: {operation} {answer:?} {seen:?}"),
        }
        let names = engine.docker(&["network", "ls", "--format", "{{.Name}}"]);
        assert!(!names.contains(".new-"), "at {step}: {names}");
        ends.insert(end);
        if undisturbed {
            return ends;
        }
    }
    ends
}

fn both() -> BTreeSet<String> {
    BTreeSet::from(["rolled_back".to_owned(), "succeeded".to_owned()])
}

#[test]
fn migration_is_rolled_back_when_power_is_cut_before_any_step() {
    assert_eq!(at_every_step(When::Before, Signal::KILL, false), both());
}

#[test]
fn migration_is_rolled_back_when_power_is_cut_after_any_step() {
    assert_eq!(at_every_step(When::After, Signal::KILL, false), both());
}

#[test]
fn migration_is_rolled_back_when_power_is_cut_again_while_it_recovers() {
    assert_eq!(at_every_step(When::After, Signal::KILL, true), both());
}

#[test]
fn migration_is_completed_or_cancelled_when_the_program_is_stopped() {
    let ends = at_every_step(When::Along, Signal::TERM, false);
    assert!(ends.contains("succeeded"), "{ends:?}");
}

#[test]
fn migration_is_rolled_back_whatever_the_engine_refuses() {
    let engine = Engine::isolated();
    let media = Media::of(engine);
    let proxy = Proxy::start(engine.socket());
    let (_app, client) = App::ready(&proxy.host());
    for step in 1..=MOST {
        assert!(step < MOST, "it never ends");
        media.known(&client);
        let before = media.seen();
        let asked = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&asked);
        proxy.filter(move |line| {
            let changes = !line.starts_with("GET") && !line.starts_with("HEAD");
            (changes && counted.fetch_add(1, Ordering::Relaxed) + 1 == step).then_some(FAULT)
        });
        let path = format!("{}/migrate", media.path());
        let answer = client.post(&path, &wanted(&media, &before));
        proxy.filter(|_| None);
        let after = media.seen();
        if answer.status == 200 {
            assert!(asked.load(Ordering::Relaxed) < step, "at {step}");
            assert!(step > 8, "{step}");
            return;
        }
        assert_eq!(
            answer.problem(),
            "rolled_back",
            "at {step}: {}",
            answer.text()
        );
        assert_eq!(lasting(&after), lasting(&before), "at {step}");
    }
}

/// The subnet, and the address and state of the container on it.
fn told(engine: &Engine, network: &str, container: &str) -> Option<(Value, Value, Value)> {
    let text = engine.try_docker(&["network", "inspect", network])?;
    let subnet =
        serde_json::from_str::<Value>(&text).ok()?[0]["IPAM"]["Config"][0]["Subnet"].clone();
    let text = engine.try_docker(&["inspect", container])?;
    let inspect = serde_json::from_str::<Value>(&text).ok()?[0].clone();
    let place = &inspect["NetworkSettings"]["Networks"][network];
    Some((
        subnet,
        place["IPAddress"].clone(),
        inspect["State"]["Status"].clone(),
    ))
}

#[test]
fn engine_killed_at_every_request_of_a_migration_leaves_nothing_down() {
    let mut engine = Engine::start_isolated();
    let (network, container) = ("kept", "on-kept");
    engine.docker(&["network", "create", "--subnet", "10.170.0.0/24", network]);
    engine.docker(&[
        "run",
        "-d",
        "--name",
        container,
        "--restart",
        "always",
        "--network",
        network,
        "--ip",
        "10.170.0.10",
        "bb:1",
    ]);
    let proxy = Proxy::start(engine.socket());
    let (_app, client) = App::ready(&proxy.host());
    let path = format!("/api/networks/{network}/migrate");
    for step in 1..=MOST {
        assert!(step < MOST, "it never ends");
        let before = told(&engine, network, container).unwrap();
        until("it is known", PATIENCE, || {
            let view = client.try_get(&format!("/api/networks/{network}"))?.json();
            let all = client.try_get("/api/networks")?.text();
            let is_as_before =
                view["members"][0]["running"] == true && view["subnets"][0]["network"] == before.0;
            (is_as_before && !all.contains(".new-")).then_some(())
        });
        let last = newest(&client).unwrap()["id"].clone();
        proxy.arm(step, When::After, at_signal(engine.pid(), Signal::KILL));
        let answer = client.post(&path, &json!({"subnet": "10.171.0.0/27"}));
        let seen = proxy.seen();
        if proxy.disarm() {
            assert_eq!(answer.status, 200, "{}", answer.text());
            let after = told(&engine, network, container).unwrap();
            assert_eq!(
                (&after.0, &after.1),
                (&json!("10.171.0.0/27"), &json!("10.171.0.10"))
            );
            assert!(step > 4, "{step}");
            return;
        }
        engine.kill();
        engine.up();
        until(
            &format!("it is put back at {step}: {seen:?} {}", answer.text()),
            PATIENCE,
            || {
                let over = newest(&client).is_some_and(|one| is_over(&one, &last));
                let now = told(&engine, network, container)?;
                let names = engine.try_docker(&["network", "ls", "--format", "{{.Name}}"])?;
                (over && now == before && !names.contains(".new-")).then_some(())
            },
        );
    }
}
